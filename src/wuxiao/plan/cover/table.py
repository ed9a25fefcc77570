"""Tables: for every number of idle units its points, neighbours no more than `moves` points apart.

Rows k and k+1 may differ so that no more than `moves` units of row k stand where row k+1 has none (Gendreau, Laporte,
Semet 2006). Annealing over the whole table from a nested start, prices for each row, HiGHS over all rows where small.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from wuxiao.plan.cover import exact
from wuxiao.plan.cover.covering import Search as RowSearch
from wuxiao.plan.cover.exact import NODES
from wuxiao.plan.cover.problem import Problem, Row
from wuxiao.plan.cover.rows import Rows, build
from wuxiao.plan.form import Watch, seeded
from wuxiao.plan.shared.compiled import njit
from wuxiao.plan.store import Floats, Ints

#: Entries of the joint model above which it is not asked for.
JOINT = 400_000
#: Proposals of one annealing of the table.
PROPOSALS = 400_000


def shares(problem: Problem) -> Floats:
    """Return the weight of each row of a table, one sum."""
    given = problem.idle_share if len(problem.idle_share) else np.ones(problem.p)
    weights: Floats = given / given.sum()
    return weights


class Search:
    """One search for a table: units per row and column, objective, a bound for each row."""

    def __init__(self, problem: Problem, watch: Watch, seed: int) -> None:
        self.problem, self.watch, self.seed, self.steps = problem, watch, seed, 0
        # A dominated column may still be the better step to a neighbouring row: rooms of two keep all of them.
        roomy = np.where(problem.rooms > 0, np.maximum(problem.rooms, 2), 0)
        self.rows: Rows = build(dataclasses.replace(problem, room=roomy))
        self.rows.most = problem.rooms[self.rows.site]
        self.rows.room = problem.rooms
        self.weight = shares(problem)
        self.moves = int(problem.moves or 0)
        self.best: Ints | None = None
        self.objective = -math.inf
        self.row_bounds = np.full(problem.p, np.inf)
        self.limit = math.inf

    def row(self, k: int) -> Rows:
        """Return the model of the row with k idle units."""
        return dataclasses.replace(self.rows, units=np.array([k], np.int64), most=np.minimum(self.rows.most, k))

    def take(self, x: Ints) -> None:
        """Keep a table where it is the best so far."""
        value = float(self.weight @ [self.rows.value(line) for line in x])
        if value > self.objective + 1e-12:
            self.best, self.objective = x.copy(), value

    def told(self) -> bool:
        """Count a step; return whether the search must end."""
        self.steps += 1
        limit = None if math.isinf(self.bound) else self.bound
        near = self.bound - self.objective <= 1e-7 * max(1.0, self.objective)
        return self.watch(self.steps, self.objective, limit) or near

    @property
    def bound(self) -> float:
        """Return what is proven about the whole table."""
        return max(self.objective, min(self.limit, float(self.weight @ self.row_bounds)))

    def run(self, warm: tuple[Row, ...]) -> None:
        """Search until proved or stopped."""
        begin = self.nested()
        self.take(begin)
        given = self.given(warm)
        if given is not None:
            self.take(given)
        if self.improve(begin):
            return
        for k in range(1, self.problem.p + 1):
            one = RowSearch(self.row(k), Watch(max(0.05, self.watch.left)), self.seed)
            assert self.best is not None
            one.take(self.best[k - 1])
            one.price()
            self.row_bounds[k - 1] = max(one.limit, one.objective)
            if self.told():
                return
        for _ in range(4):
            if self.improve(self.best if self.best is not None else begin):
                return
        if self.joint():
            return
        while not self.improve(self.best if self.best is not None else begin):
            continue

    def given(self, warm: tuple[Row, ...]) -> Ints | None:
        """Return an earlier table as units per column where it still keeps the limits."""
        lines = {row.idle: row.sites for row in warm}
        if set(lines) != set(range(1, self.problem.p + 1)):
            return None
        x = np.zeros((self.problem.p, self.rows.columns), np.int64)
        for k, sites in lines.items():
            if len(sites) != k or (sites >= self.problem.sites).any() or (sites < 0).any():
                return None
            x[k - 1] = np.bincount(sites, minlength=self.problem.sites)[self.rows.site]
        fits = (x <= self.rows.most).all() and (x.sum(axis=1) == np.arange(1, self.problem.p + 1)).all()
        apart = np.maximum(0, x[:-1] - x[1:]).sum(axis=1)
        return x if fits and (apart <= self.moves).all() else None

    def nested(self) -> Ints:
        """Return a table whose rows hold one another: greedily one unit more each row."""
        x = np.zeros((self.problem.p, self.rows.columns), np.int64)
        line = np.zeros(self.rows.columns, np.int64)
        gains = np.append(self.rows.gains, 0.0)
        for k in range(self.problem.p):
            count = np.minimum(self.rows.count(line), len(self.rows.gains))
            adds = np.asarray(self.rows.near.T @ (self.rows.weight * gains[count])).ravel()
            line[int(np.argmax(np.where(line < self.rows.most, adds, -1.0)))] += 1
            x[k] = line
        return x

    def improve(self, x: Ints) -> bool:
        """Anneal the whole table once; return whether the search must end."""
        by = self.rows.by_column
        scale = 0.03 * self.rows.total / max(1, self.problem.p) * float(self.weight.max())
        self.take(
            _anneal_table(
                by.indptr.astype(np.int64),
                by.indices.astype(np.int64),
                self.rows.near.indptr.astype(np.int64),
                self.rows.near.indices.astype(np.int64),
                self.rows.weight,
                np.append(self.rows.gains, 0.0),
                x.copy(),
                self.rows.most,
                self.weight,
                self.moves,
                PROPOSALS,
                scale,
                scale / 30,
                seeded(self.seed, self.steps),
            )
        )
        return self.told()

    def joint(self) -> bool:
        """Ask HiGHS for the whole table where that is small; return whether the search must end."""
        p, m, n = self.problem.p, self.rows.columns, self.rows.near.shape[0]
        if (self.rows.near.nnz + n * len(self.rows.gains) + 3 * m) * p > JOINT:
            return False
        blocks, costs, lows, highs, uppers, wholes = [], [], [], [], [], []
        for k in range(1, p + 1):
            cost, matrix, low, high, upper, whole = exact.model(self.row(k), np.zeros(m, np.int64), self.row(k).most)
            blocks.append(matrix)
            costs.append(cost * self.weight[k - 1])
            lows.append(low)
            highs.append(high)
            uppers.append(upper)
            wholes.append(whole)
        widths = np.cumsum([0, *[len(c) for c in costs]])
        leave = int(widths[-1])
        width = leave + m * (p - 1)
        limits = []
        for k in range(p - 1):
            each, ones = np.arange(m), np.ones(m)
            own = leave + k * m + each
            at = (np.r_[each, each, each], np.r_[widths[k] + each, widths[k + 1] + each, own])
            limits.append(sp.csr_matrix((np.r_[ones, -ones, -ones], at), shape=(m, width)))
            limits.append(sp.csr_matrix((ones, (np.zeros(m, np.int64), own)), shape=(1, width)))
            lows += [np.full(m + 1, -np.inf)]
            highs += [np.append(np.zeros(m), float(self.moves))]
        wide = sp.hstack([sp.block_diag(blocks), sp.csr_matrix((sum(b.shape[0] for b in blocks), m * (p - 1)))])
        options: dict[str, Any] = {"mip_rel_gap": 0.0}
        left = self.watch.left
        options |= {"time_limit": max(0.05, left)} if math.isfinite(left) else {"node_limit": NODES}
        answer = milp(
            np.concatenate((*costs, np.zeros(m * (p - 1)))),
            constraints=LinearConstraint(
                sp.vstack([wide, *limits], format="csr"), np.concatenate(lows), np.concatenate(highs)
            ),
            integrality=np.concatenate((*wholes, np.zeros(m * (p - 1), np.int64))),
            bounds=Bounds(0, np.concatenate((*uppers, np.full(m * (p - 1), float(p))))),
            options=options,
        )
        if answer.x is not None:
            self.take(np.array([np.round(answer.x[widths[k] : widths[k] + m]).astype(np.int64) for k in range(p)]))
        if answer.mip_dual_bound is not None and math.isfinite(answer.mip_dual_bound):
            self.limit = min(self.limit, -float(answer.mip_dual_bound) + self.rows.slack)
        return self.told() or answer.status == 0


def solve(
    problem: Problem, watch: Watch, seed: int, warm: tuple[Row, ...] = ()
) -> tuple[tuple[Row, ...], float, Any, int]:
    """Return the rows of the best table found, its objective, the proven bound (None: none) and the steps."""
    it = Search(problem, watch, seed)
    it.run(warm)
    assert it.best is not None
    rows = []
    for k in range(problem.p):
        sites = np.repeat(it.rows.site, it.best[k])
        value = it.rows.value(it.best[k])
        limit = None if math.isinf(it.row_bounds[k]) else max(value, float(it.row_bounds[k]))
        rows.append(Row(idle=k + 1, sites=np.sort(sites), objective=value, bound=limit))
    return tuple(rows), it.objective, None if math.isinf(it.bound) else it.bound, it.steps


@njit()
def _anneal_table(cs, cr, rs, rc, w, gains, x, most, share, moves, steps, hot, cold, seed):  # type: ignore[no-untyped-def]
    np.random.seed(seed)
    p, m = x.shape
    n, deep = w.shape[0], gains.shape[0] - 1
    count = np.zeros((p, n), np.int64)
    stand = np.zeros((p, p), np.int64)
    for k in range(p):
        at = 0
        for j in range(m):
            for _ in range(x[k, j]):
                stand[k, at] = j
                at += 1
            if x[k, j]:
                for e in range(cs[j], cs[j + 1]):
                    count[k, cr[e]] += x[k, j]
    apart = np.zeros(p, np.int64)
    for k in range(p - 1):
        for j in range(m):
            apart[k] += max(0, x[k, j] - x[k + 1, j])
    value = 0.0
    best = 0.0
    best_x = x.copy()
    factor = (cold / hot) ** (1.0 / max(1, steps))
    heat = hot
    for _ in range(steps):
        heat *= factor
        k = np.random.randint(p)
        at = np.random.randint(k + 1)
        o = stand[k, at]
        if np.random.random() < 0.6 and cs[o + 1] > cs[o]:
            r = cr[cs[o] + np.random.randint(cs[o + 1] - cs[o])]
            j = rc[rs[r] + np.random.randint(rs[r + 1] - rs[r])]
        else:
            j = np.random.randint(m)
        if j == o or x[k, j] >= most[j]:
            continue
        # What this changes in the differences to the row above and to the row below.
        up = 0
        down = 0
        if k < p - 1:
            up = (1 if x[k, j] >= x[k + 1, j] else 0) - (1 if x[k, o] > x[k + 1, o] else 0)
            if up > 0 and apart[k] + up > moves:
                continue
        if k > 0:
            down = (1 if x[k - 1, o] >= x[k, o] else 0) - (1 if x[k - 1, j] > x[k, j] else 0)
            if down > 0 and apart[k - 1] + down > moves:
                continue
        gain = 0.0
        for e in range(cs[o], cs[o + 1]):
            r = cr[e]
            count[k, r] -= 1
            if count[k, r] < deep:
                gain -= w[r] * gains[count[k, r]]
        for e in range(cs[j], cs[j + 1]):
            r = cr[e]
            if count[k, r] < deep:
                gain += w[r] * gains[count[k, r]]
        gain *= share[k]
        if gain >= 0 or np.random.random() < np.exp(gain / heat):
            for e in range(cs[j], cs[j + 1]):
                count[k, cr[e]] += 1
            x[k, o] -= 1
            x[k, j] += 1
            stand[k, at] = j
            if k < p - 1:
                apart[k] += up
            if k > 0:
                apart[k - 1] += down
            value += gain
            if value > best + 1e-12:
                best = value
                best_x[:] = x
        else:
            for e in range(cs[o], cs[o + 1]):
                count[k, cr[e]] += 1
    return best_x
