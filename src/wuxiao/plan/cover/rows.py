"""Covering as rows and columns: a row is demand that counts once for each unit near, a column is a unit's place.

Rows with the same columns are one row, and a column whose rows another column has too is left out where only the first
unit near counts: the optimum stays and the model shrinks (Church and ReVelle 1974; Downs and Camm 1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from wuxiao.plan.cover.problem import Problem
from wuxiao.plan.store import Bools, Floats, Ints

#: Gains of a further unit below this share of the first are added to the bound and left out of the model.
TINY = 1e-7
#: Columns above this are not compared with one another: the comparison would cost more than it saves.
COMPARED = 3000


@dataclass(slots=True)
class Rows:
    """`near` is rows x columns; `gains[k]` is what the k-th unit near adds, per weight; `slack` the gains left out."""

    near: sp.csr_matrix
    by_column: sp.csc_matrix
    weight: Floats
    must: Bools
    gains: Floats
    site: Ints
    group: Ints
    units: Ints
    most: Ints
    room: Ints
    now: Ints
    kept: int
    slack: float
    total: float
    whole: bool

    @property
    def columns(self) -> int:
        """Return the number of columns."""
        return len(self.site)

    def count(self, x: Ints) -> Ints:
        """Return how many units stand near each row."""
        return np.asarray(self.near @ x).ravel().astype(np.int64)

    def value(self, x: Ints) -> float:
        """Return the objective of so many units at each column."""
        count = np.minimum(self.count(x), len(self.gains))
        return float(self.weight @ np.concatenate(([0.0], np.cumsum(self.gains)))[count])

    def missed(self, x: Ints) -> int:
        """Return how many rows that must have a unit near have none."""
        return int(((self.count(x) == 0) & self.must).sum())


def build(problem: Problem, *, p: int | None = None, demand: Floats | None = None) -> Rows:
    """Return the rows and columns of a covering problem, for `p` units and another demand where given."""
    times, count = problem.times, problem.p if p is None else p
    demand = problem.demand if demand is None else demand
    rooms = problem.rooms
    places = np.flatnonzero(rooms > 0)
    held = np.bincount(problem.now, minlength=problem.sites) if problem.kept else np.zeros(problem.sites, np.int64)
    gains = _gains(problem.busy, count)
    parts: list[sp.csr_matrix] = []
    weights: list[Floats] = []
    for k, level in enumerate(problem.levels):
        near = sp.csr_matrix(times[:, places] <= level.minutes, dtype=np.float64)
        if problem.own_units:
            blank = sp.csr_matrix(near.shape)
            near = sp.hstack([near if own >= k else blank for own in range(len(problem.levels))], format="csr")
        parts.append(near)
        weights.append(demand * level.weight)
    must = [np.zeros(problem.points, bool)] * len(parts)
    if problem.floor_minutes is not None:
        near = sp.csr_matrix(times[:, places] <= problem.floor_minutes, dtype=np.float64)
        parts.append(sp.hstack([near] * len(problem.levels), format="csr") if problem.own_units else near)
        weights.append(np.zeros(problem.points))
        must = [*must, np.ones(problem.points, bool)]
    groups = len(problem.levels) if problem.own_units else 1
    site = np.tile(places, groups)
    group = np.repeat(np.arange(groups), len(places))
    units = np.array([level.units for level in problem.levels] if problem.own_units else [count], np.int64)
    matrix, weight, needed = _merged(sp.vstack(parts, format="csr"), np.concatenate(weights), np.concatenate(must))
    simple = len(gains) == 1 and not problem.kept and (rooms <= 1).all()
    if simple and groups == 1 and len(site) <= COMPARED:
        kept = _undominated(matrix.tocsc(), int(units[0]))
        matrix, site, group = matrix[:, kept], site[kept], group[kept]
    total = float(sum((demand * level.weight).sum() for level in problem.levels))
    tail = 0.0 if len(gains) == count else 1 - (1 - problem.busy) * sum(problem.busy**k for k in range(len(gains)))
    whole = bool(len(gains) == 1 and problem.busy == 0 and np.all(weight == np.round(weight)))
    if problem.busy == 0:
        tail = 0.0
    matrix = matrix.tocsr()
    matrix.sort_indices()
    return Rows(
        near=matrix,
        by_column=matrix.tocsc(),
        weight=weight,
        must=needed,
        gains=gains,
        site=site.astype(np.int64),
        group=group.astype(np.int64),
        units=units,
        most=np.minimum(rooms[site], units[group]).astype(np.int64),
        room=rooms.astype(np.int64),
        now=held[site].astype(np.int64),
        kept=min(problem.kept, count),
        slack=total * tail,
        total=total,
        whole=whole,
    )


def _gains(busy: float, units: int) -> Floats:
    gains = [1.0 - busy]
    while len(gains) < units and busy > 0 and gains[-1] * busy > TINY:
        gains.append(gains[-1] * busy)
    return np.array(gains)


def _merged(near: sp.csr_matrix, weight: Floats, must: Bools) -> tuple[sp.csr_matrix, Floats, Bools]:
    """Return rows with equal columns as one; rows nobody reaches and rows without weight fall away."""
    near.sort_indices()
    rng = np.random.default_rng(20260)
    marks = rng.integers(1, 2**62, size=(2, near.shape[1]), dtype=np.int64)
    keys = np.zeros((near.shape[0], 4), np.int64)
    filled = np.flatnonzero(np.diff(near.indptr))
    for k in range(2):
        keys[filled, k] = np.add.reduceat(marks[k][near.indices], near.indptr[filled]) if len(filled) else 0
    keys[:, 2] = np.diff(near.indptr)
    keys[:, 3] = must
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    summed = np.bincount(inverse.ravel(), weight, minlength=len(first))
    keep = (np.diff(near.indptr)[first] > 0) & ((summed > 0) | must[first])
    order = np.argsort(first[keep])
    first, summed = first[keep][order], summed[keep][order]
    return near[first], summed, must[first]


def _undominated(near: sp.csc_matrix, units: int) -> Ints:
    """Return the columns that no other column makes needless; at least as many as there are units."""
    shared = (near.T @ near).tocoo()
    size = np.diff(near.indptr)
    inside = (shared.row != shared.col) & (shared.data >= size[shared.row] - 0.5)
    small, large = shared.row[inside], shared.col[inside]
    beaten = (size[large] > size[small]) | (large < small)
    dead = np.zeros(near.shape[1], bool)
    dead[small[beaten]] = True
    dead |= size == 0
    kept = np.flatnonzero(~dead)
    if len(kept) < units:
        kept = np.sort(np.concatenate((kept, np.flatnonzero(dead)[: units - len(kept)])))
    return kept
