"""Maximal and expected covering: search, prices, what the prices leave open, and HiGHS for the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from wuxiao.plan.cover import exact
from wuxiao.plan.cover.anneal import anneal, start
from wuxiao.plan.cover.rows import Rows
from wuxiao.plan.form import BadProblem, NotYet, Said, Watch, seeded
from wuxiao.plan.store import Floats, Ints

#: Columns open after fixing at or below which HiGHS is asked at once, before more search.
FEW = 160
#: Proposals of the first quick search and of a full one at 30 rows a column; more rows, fewer proposals.
QUICK, FULL = 200_000, 1_000_000
#: Full searches before HiGHS is asked, and their most share of the time.
RUNS, SHARE = 6, 0.25
#: The same where the model is too large for the relaxation, and so for HiGHS to get far.
LARGE_RUNS, LARGE_SHARE = 12, 0.6
#: Subgradient steps before a first look at the bound, and after it.
FIRST, MORE = 500, 4000


@dataclass(slots=True)
class Answer:
    """Units per column, objective, proven bound (None: none), steps."""

    x: Ints
    objective: float
    bound: float | None
    steps: int


class Search:
    """One covering search: holds the best plan and the best bound and says when they meet."""

    def __init__(self, rows: Rows, watch: Watch, seed: int) -> None:
        self.rows, self.watch, self.seed = rows, watch, seed
        self.best: Ints | None = None
        self.objective = -math.inf
        self.bound: exact.Bound | None = None
        self.limit = math.inf
        self.steps = 0
        self.large = False

    @property
    def reach(self) -> float:
        """Return what a better plan must exceed."""
        small = 1.0 - 1e-6 if self.rows.whole else 1e-9 * max(1.0, self.rows.total)
        return self.objective + small

    @property
    def proved(self) -> bool:
        """Return whether no better plan can be."""
        return self.best is not None and self.limit < self.reach + (1e-9 if self.rows.whole else 0.0)

    def take(self, x: Ints) -> None:
        """Keep a plan where it is the best so far and serves every row that must be."""
        if self.rows.missed(x):
            return
        value = self.rows.value(x)
        if value > self.objective + 1e-9:
            self.best, self.objective = x.copy(), value

    def told(self) -> bool:
        """Count a step; return whether the search must end."""
        self.steps += 1
        limit = None if math.isinf(self.limit) else max(self.limit, self.objective)
        return self.watch(self.steps, self.objective if self.best is not None else None, limit) or self.proved

    def search(self, x: Ints, proposals: int) -> bool:
        """Anneal once from a plan; return whether the search must end."""
        deep = max(1.0, self.rows.near.nnz / max(1, self.rows.columns) / 30)
        self.take(anneal(self.rows, x, proposals=int(proposals / deep), seed=seeded(self.seed, self.steps)))
        return self.told()

    def price(self) -> bool:
        """Find prices and the bound they prove; return whether the search must end."""
        size = self.rows.near.nnz + self.rows.near.shape[0] * len(self.rows.gains)
        reach = self.objective if self.best is not None else 0.0
        prices = None
        if size <= exact.LARGE:
            prices = exact.relaxed(self.rows, 0.5 * self.watch.left)
        if prices is None:
            prices = exact.subgradient(self.rows, reach, FIRST)
            self.large = True
            if self.fix(prices):
                return True
            prices = exact.subgradient(self.rows, reach, MORE, prices)
        return self.fix(prices)

    def fix(self, prices: Floats | None = None) -> bool:
        """Bound again with these prices (or the last) against the best plan; return whether the search must end."""
        if prices is None:
            if self.bound is None:
                return False
            prices = self.bound.prices
        reach = self.reach if self.best is not None else -math.inf
        found = exact.bound(self.rows, prices, reach)
        self.limit = min(self.limit, self._floored(found.value))
        if self.bound is None or found.value <= self.bound.value + 1e-9:
            self.bound = found
        return self.told()

    def finish(self, seconds: float) -> bool:
        """Ask HiGHS for the plans the prices leave open; return whether the search must end."""
        least = self.bound.least if self.bound else np.zeros(self.rows.columns, np.int64)
        most = self.bound.most if self.bound else self.rows.most
        found = exact.highs(self.rows, least, most, seconds)
        if found.x is not None:
            self.take(found.x)
        # Outside the fixed columns nothing is better than the best plan the columns were fixed against.
        self.limit = min(self.limit, max(self._floored(found.bound), self.objective))
        if found.done and self.best is None and math.isinf(-found.bound):
            said = Said(
                "单元太少：没有方案能让每个需求点都在保底之内",
                "too few units: no plan keeps every point within the floor",
            )
            raise BadProblem("floor_minutes", said)
        return self.told() or found.done

    def _floored(self, value: float) -> float:
        return math.floor(value + 1e-6) if self.rows.whole else value


def solve(rows: Rows, watch: Watch, seed: int, warm: Ints | None = None) -> Answer:
    """Return the best plan found for rows and columns and the bound that was proven.

    Raises `BadProblem` where the floor of service cannot be kept, or was not within the limit.
    """
    it = Search(rows, watch, seed)
    _run(it, warm)
    if it.best is None:
        said = Said("限时内没有找到满足保底的方案：多给时间、单元或放宽保底",
                    "no plan that keeps the floor within the limit: more time, units or a wider floor")  # fmt: skip
        raise NotYet("floor_minutes", said)
    bound = None if math.isinf(it.limit) else max(it.limit, it.objective)
    return Answer(it.best, it.objective, bound, it.steps)


def _run(it: Search, warm: Ints | None) -> None:
    begin = start(it.rows, it.seed, warm)
    it.take(begin)
    if it.search(begin, QUICK) or it.price():
        return
    tried = 0
    runs, share = (LARGE_RUNS, LARGE_SHARE) if it.large else (RUNS, SHARE)
    while not (it.bound is not None and it.bound.free <= FEW) and tried < runs:
        if it.watch.seconds > share * it.watch.limit:
            break
        before = it.objective
        if it.search(begin if tried % 2 == 0 or it.best is None else it.best, FULL * (3 if it.large else 1)):
            return
        tried += 1
        if it.objective > before and it.fix():
            return
    if it.finish(0.95 * it.watch.left):
        return
    while not it.search(it.best if it.best is not None else begin, FULL):
        continue
