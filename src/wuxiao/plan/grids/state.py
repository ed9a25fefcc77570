"""One division of the map while it is being searched: labels, sums per cell, and the compiled moves applied to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from wuxiao.plan.grids import anneal, trees
from wuxiao.plan.grids.parts import Map
from wuxiao.plan.grids.problem import Problem

#: A piece moved at once holds at most so many blocks.
LONGEST = 8


class State:
    """Labels and sums; `cells` slots, of which some may be empty.

    Costs are those of the problem times the number of cells, so that one cell's want of compactness counts as it is;
    edges between parts are left out, for no move changes them.
    """

    def __init__(self, problem: Problem, land: Map, label: Any, slots: int, seed: int) -> None:
        n = len(problem.blocks)
        self.problem, self.land = problem, land
        self.label = np.ascontiguousarray(label, dtype=np.int64)
        self.slots = slots
        self.cells = float(sum(land.wanted))
        per_metre = problem.weigh_street * (1.0 - land.street) + problem.weigh_length
        self.cost = np.ascontiguousarray(per_metre * land.length * self.cells / problem.scale)
        self.plain = land.street < 0.5
        self.lock = np.array([bool(code) for code in problem.fixed] or [False] * n)
        self.sealed = np.zeros(slots, dtype=np.bool_)
        self.before = np.full(n, -2, dtype=np.int64)
        total = max(1e-9, float(problem.households.sum()))
        self.stay = problem.weigh_moved * self.cells / total
        self.most_moved = problem.moved_share * total + 1e-9
        self.moved = np.zeros(1)
        self.random = np.array([(seed * 2654435761 + 88172645463325252) % 2**64 or 1], dtype=np.uint64)
        self.stamp = np.zeros(n, dtype=np.int64)
        self.inpart = np.zeros(n, dtype=np.int64)
        self.marks = np.full(1, 2, dtype=np.int64)
        self._order = np.zeros(n, dtype=np.int64)
        self._parent = np.zeros(n, dtype=np.int64)
        self._front = np.zeros(2 * len(land.adj) + 2, dtype=np.int64)
        self._owner = np.zeros(2 * len(land.adj) + 2, dtype=np.int64)
        self._load = np.zeros(n)
        self._fixed_a = np.zeros(n, dtype=np.int64)
        self._fixed_b = np.zeros(n, dtype=np.int64)
        self._side = np.zeros(n, dtype=np.int64)
        self.count()

    def count(self) -> None:
        """Sum up every cell from its blocks, and the households that strayed."""
        p, land = self.problem, self.land
        self.cell = anneal.sums(
            self.label, self.slots, land.xadj, land.adj, land.length, p.households, p.area, p.perimeter
        )
        away = (self.before >= 0) & (self.before != self.label)
        self.moved[0] = float(p.households[away].sum())

    def anneal(self, free: Any, hot: float, cold: float, steps: int, pen: float, frozen: Any = None) -> int:
        """Anneal the blocks `free` for a number of proposals; returns how many moves were made."""
        p, land = self.problem, self.land
        if not len(free):
            return 0
        taken: int = anneal.anneal(
            self.label, self.cell, land.xadj, land.adj, land.length, self.cost, self.plain,
            p.households, p.area, p.perimeter, self.lock, self.sealed if frozen is None else frozen, self.before,
            p.low, p.high, p.weigh_compact, pen, self.stay, self.moved, self.most_moved,
            hot, cold, steps, self.random, self.stamp, self.inpart, self.marks, free, LONGEST,
        )  # fmt: skip
        return taken

    def resplit(self, a: int, b: int, tries: int, heat: float, pen: float, even: bool = False) -> bool:
        """Divide two cells anew by trees, or with `even` cell a into a and the empty b; returns whether it was done."""
        p, land = self.problem, self.land
        nodes = np.flatnonzero((self.label == a) | (self.label == b))
        done: bool = trees.resplit(
            a, b, nodes, len(nodes), tries, heat, 1e-3 if even else 0.0,
            self.label, self.cell, land.xadj, land.adj, land.length, self.cost, self.plain,
            p.households, p.area, p.perimeter, self.lock, self.before, self.stay, self.moved,
            np.inf if even else self.most_moved, p.low, p.high, p.weigh_compact, pen, self.random,
            self.inpart, self.stamp, self.marks, self._order, self._parent, self._front, self._owner,
            self._load, self._fixed_a, self._fixed_b, self._side,
        )  # fmt: skip
        return done

    def off_band(self) -> Any:
        """Return the numbers of cells that are in use and outside the band, those excused left out."""
        p, slack = self.problem, 1e-7 * max(1.0, self.problem.high)
        held = self.cell[3] > 0.5
        bad = held & ((self.cell[0] < p.low - slack) | (self.cell[0] > p.high + slack))
        found = np.flatnonzero(bad)
        if not len(found):
            return found
        home = self.home()
        return found[[self.land.excuse[home[c]] is None for c in found]]

    def home(self) -> Any:
        """Return the part of every cell, -1 for an empty slot."""
        home = np.full(self.slots, -1, dtype=np.int64)
        home[self.label] = self.land.part
        return home

    def value(self) -> float:
        """Return the objective times the number of cells, without what no move changes."""
        p = self.problem
        held = self.cell[3] > 0.5
        shape = p.weigh_compact * float((1.0 - 4.0 * np.pi * self.cell[1, held] / self.cell[2, held] ** 2).sum())
        tails = np.repeat(np.arange(len(self.label)), np.diff(self.land.xadj))
        cut = self.label[tails] != self.label[self.land.adj]
        return shape + float(self.cost[cut].sum()) / 2.0 + self.stay * float(self.moved[0])

    def neighbours(self) -> dict[int, list[int]]:
        """Return the neighbouring cells of every cell, inside its part."""
        tails = np.repeat(np.arange(len(self.label)), np.diff(self.land.xadj))
        a, b = self.label[tails], self.label[self.land.adj]
        pairs = np.unique((a * self.slots + b)[a != b])
        near: dict[int, list[int]] = {}
        for key in pairs.tolist():
            near.setdefault(key // self.slots, []).append(key % self.slots)
        return near
