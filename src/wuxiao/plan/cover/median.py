"""The p-median with proof: interchange from above, Lagrangian prices from below, branching, HiGHS on the small rest.

What the prices leave open is small: a site that would lift the bound above the best plan is shut, and a point is never
served from farther than its price plus the gap. On that rest the model of Elloumi (2010; after Cornuejols, Nemhauser
and Wolsey 1980) has one variable for each distance a point may still be served from.
"""

from __future__ import annotations

import heapq
import math
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from wuxiao.plan.cover.covering import Answer
from wuxiao.plan.cover.exact import NODES
from wuxiao.plan.cover.nearest import Lists, interchange, lists, price
from wuxiao.plan.cover.problem import Problem
from wuxiao.plan.form import BadProblem, NotYet, Said, Watch
from wuxiao.plan.store import Floats, Ints

#: Interchange runs before prices are asked for, and subgradient steps at the root and at a node.
RUNS, ROOT, NODE = 40, 1500, 60
#: Nodes of our own before HiGHS is asked, where the rest has so many variables at most; then more, for a larger rest.
OWN, SMALL = 24, 4_000
MORE, LARGE = 300, 60_000


class Search:
    """One p-median search: best plan, open nodes and the bound they prove."""

    def __init__(self, problem: Problem, watch: Watch, seed: int) -> None:
        with np.errstate(invalid="ignore"):
            cost = np.where(problem.demand[:, None] > 0, problem.times * problem.demand[:, None], 0.0)
        far = ~np.isfinite(problem.times)
        if problem.floor_minutes is not None:
            far |= problem.times > problem.floor_minutes
        cost[far] = np.inf
        finite = cost[np.isfinite(cost)]
        self.whole = bool(np.all(finite == np.round(finite)))
        self.cost: Floats = cost
        now = np.zeros(problem.sites, bool)
        now[problem.now] = True
        self.it: Lists = lists(cost, now, problem.kept, problem.p)
        self.watch, self.rng = watch, np.random.default_rng(seed)
        self.best: Ints | None = None
        self.objective = math.inf
        self.limit = -math.inf
        self.steps = 0
        self.made = 0
        self.nodes: list[tuple[float, int, Ints, Floats, Floats]] = []

    @property
    def reach(self) -> float:
        """Return what a better plan must stay below."""
        return self.objective - (1 - 1e-6 if self.whole else 1e-9 * max(1.0, self.objective))

    def value(self, sites: Ints) -> float:
        """Return the cost of serving every point from the nearest of these sites."""
        return float(self.cost[:, sites].min(axis=1).sum())

    def take(self, sites: Ints) -> None:
        """Keep a choice where it is the best so far."""
        value = self.value(sites)
        if value < self.objective - 1e-9 * max(1.0, abs(value)):
            self.best, self.objective = np.sort(sites), value

    def told(self) -> bool:
        """Count a step; return whether the search must end."""
        self.steps += 1
        limit = self.bound
        found = self.objective if self.best is not None else None
        return self.watch(self.steps, found, limit) or (self.best is not None and self.limit >= self.reach)

    @property
    def bound(self) -> float | None:
        """Return what is proven, or None; whole costs round it up."""
        if math.isinf(self.limit) and self.limit < 0:
            return None
        whole = math.ceil(self.limit - 1e-6) if self.whole and math.isfinite(self.limit) else self.limit
        return self.objective if self.limit >= self.reach else min(whole, self.objective)

    def run(self, warm: Ints | None) -> None:
        """Search until proved or stopped."""
        if self.swaps(warm) or self.root():
            return
        for nodes, size in ((OWN, SMALL), (MORE, LARGE)):
            for _ in range(nodes):
                if self.branch():
                    return
            if self.finish(size):
                return
        while not self.branch():
            continue

    def swaps(self, warm: Ints | None) -> bool:
        """Interchange from several starts; return whether the search must end."""
        it, free = self.it, np.ones(self.it.count, bool)
        current = self.start(warm)
        for run in range(RUNS):
            chosen, _ = interchange(it, current, free)
            self.take(chosen)
            if self.told():
                return True
            current = self.shaken(self.best if self.best is not None else chosen, run)
        return False

    def start(self, warm: Ints | None) -> Ints:
        """Return sites to begin with: the ones given, those that stay, and others at random."""
        given: list[int] = [] if warm is None else warm.tolist()
        stays: list[int] = np.flatnonzero(self.it.now).tolist() if self.it.kept or warm is None else []
        have = list(dict.fromkeys([*stays, *given]))
        rest = np.setdiff1d(np.arange(self.it.count), have)
        more = self.rng.permutation(rest)[: max(0, self.it.p - len(have))]
        return np.array([*have, *more][: self.it.p], np.int64)

    def shaken(self, sites: Ints, run: int) -> Ints:
        """Return a choice with some sites changed, at least as many kept as must be."""
        out, p = sites.copy(), self.it.p
        most = max(1, p // 4) if run % 2 else max(1, min(4, p // 4))
        rest = np.setdiff1d(np.arange(self.it.count), out)
        count = min(int(self.rng.integers(1, most + 1)), len(rest))
        if not count:
            return out
        leave = self.rng.choice(p, count, replace=False)
        if self.it.kept:
            spare = int(self.it.now[out].sum()) - self.it.kept
            stays = [k for k in leave if self.it.now[out[k]]][: max(0, spare)]
            leave = np.array([k for k in leave if not self.it.now[out[k]]] + stays, np.int64)
        out[leave] = self.rng.choice(rest, len(leave), replace=False)
        return out

    def root(self) -> bool:
        """Price the whole problem; return whether the search must end."""
        state = np.zeros(self.it.count, np.int64)
        chosen = np.zeros(self.it.count, bool)
        if self.best is not None:
            chosen[self.best] = True
        near = np.where(chosen[None, :], self.cost, np.inf)
        prices = np.partition(near, 1, axis=1)[:, 1] if self.it.p > 1 else near.min(axis=1)
        top = np.where(np.isfinite(self.cost), self.cost, 0.0).max(axis=1)
        prices = np.where(np.isfinite(prices), prices, top)
        reach = self.reach if self.best is not None else float(top.sum())
        limit, often = price(self.it, state, prices, reach, ROOT, 30, 1.5)
        self.nodes = [(limit, 0, state, prices, often)]
        return self.closed()

    def closed(self) -> bool:
        """Set the bound from the nodes that are open; return whether the search must end."""
        while self.nodes and self.nodes[0][0] >= self.reach:
            heapq.heappop(self.nodes)
        self.limit = max(self.limit, self.nodes[0][0] if self.nodes else self.reach)
        return self.told()

    def branch(self) -> bool:
        """Open the node with the least bound; return whether the search must end."""
        if not self.nodes:
            return True
        limit, _, state, prices, often = heapq.heappop(self.nodes)
        free = np.flatnonzero(state == 0)
        sure = np.flatnonzero(state == 1)
        if len(sure) >= self.it.p or len(free) == 0:
            if len(sure) == self.it.p and int(self.it.now[sure].sum()) >= self.it.kept:
                self.take(sure)
            return self.closed()
        j = free[int(np.argmin(np.abs(often[free] - 0.5)))]
        for way in (1, -1):
            below, more = state.copy(), prices.copy()
            below[j] = way
            value, seen = price(self.it, below, more, self.reach, NODE, 8, 0.5)
            value = max(value, limit)
            if value < self.reach:
                self.made += 1
                heapq.heappush(self.nodes, (value, self.made, below, more, seen))
        return self.closed()

    def finish(self, size: int) -> bool:
        """Give the rest of the root to HiGHS where it is small; return whether the search must end."""
        if not self.nodes or self.best is None:
            return not self.nodes
        # The nodes share one model: a site is shut where all nodes shut it; prices of the weakest node bound the way.
        states = np.array([node[2] for node in self.nodes])
        shut, sure = (states == -1).all(axis=0), (states == 1).all(axis=0)
        caps = np.max([self.reach - node[0] + node[3] for node in self.nodes], axis=0)
        model = _rest(self.cost, ~shut, caps, self.it, size)
        if model is None:
            return False
        cost, matrix, low, high, live = model
        lower = np.zeros(len(cost))
        lower[: len(live)] = sure[live]
        upper = np.ones(len(cost))
        options: dict[str, Any] = {"mip_rel_gap": 0.0}
        left = self.watch.left
        options |= {"time_limit": max(0.05, 0.6 * left)} if math.isfinite(left) else {"node_limit": NODES}
        whole = np.concatenate((np.ones(len(live), np.int64), np.zeros(len(cost) - len(live), np.int64)))
        base = float(low[-1]) if len(low) else 0.0
        answer = milp(
            cost, constraints=LinearConstraint(matrix, low[:-1], high[:-1]), integrality=whole,
            bounds=Bounds(lower, upper), options=options,
        )  # fmt: skip
        if answer.x is not None:
            self.take(live[np.round(answer.x[: len(live)]) > 0])
        if answer.status == 2:
            self.nodes, self.limit = [], max(self.limit, self.reach)
        elif answer.mip_dual_bound is not None and math.isfinite(answer.mip_dual_bound):
            self.limit = max(self.limit, min(base + float(answer.mip_dual_bound) + 1e-7, self.objective))
        if answer.status == 0:
            self.nodes, self.limit = [], max(self.limit, self.reach)
        return self.told()


def _rest(
    cost: Floats, open_sites: Any, caps: Floats, it: Lists, size: int
) -> tuple[Floats, Any, Floats, Floats, Ints] | None:
    """Return Elloumi's model of what is open (its constant as the last limit), or None where it is not small.

    For each point z_k says that no chosen site is as near as its k-th distance: z_k + sum of sites at that distance
    >= z_(k-1), the last z being nought, and the cost is the first distance plus the steps between.
    """
    live = np.flatnonzero(open_sites)
    near = cost[:, live]
    allowed = near <= caps[:, None] + 1e-9 * np.maximum(1.0, np.abs(caps[:, None]))
    if int(allowed.sum()) > 40 * size:
        return None
    rows, columns, values, steps = [], [], [], []
    base, row, column = 0.0, 0, len(live)
    for i in range(cost.shape[0]):
        mine = np.flatnonzero(allowed[i])
        if not len(mine):
            return None
        distances, which = np.unique(near[i, mine], return_inverse=True)
        base += float(distances[0])
        for k in range(len(distances)):
            at = mine[which == k]
            rows += [row] * len(at)
            columns += at.tolist()
            values += [1.0] * len(at)
            if k > 0:
                rows.append(row)
                columns.append(column - 1)
                values.append(-1.0)
            if k < len(distances) - 1:
                rows.append(row)
                columns.append(column)
                values.append(1.0)
                steps.append(float(distances[k + 1] - distances[k]))
                column += 1
            row += 1
        if column > size:
            return None
    first = np.zeros(row)
    starts = [r for r, c, v in zip(rows, columns, values, strict=True) if v < 0]
    first[:] = 1.0
    first[starts] = 0.0
    matrix = sp.csr_matrix((values, (rows, columns)), shape=(row, column))
    count = sp.csr_matrix(
        (np.ones(len(live)), (np.zeros(len(live), np.int64), np.arange(len(live)))), shape=(1, column)
    )
    stay = np.flatnonzero(it.now[live])
    kept = sp.csr_matrix((np.ones(len(stay)), (np.zeros(len(stay), np.int64), stay)), shape=(1, column))
    whole = sp.vstack([matrix, count, kept], format="csr")
    low = np.concatenate((first, [it.p, it.kept, base]))
    high = np.concatenate((np.full(row, np.inf), [it.p, np.inf, base]))
    return np.concatenate((np.zeros(len(live)), steps)), whole, low, high, live


def solve(problem: Problem, watch: Watch, seed: int, warm: Ints | None = None) -> tuple[Ints, Answer]:
    """Return the sites of the best plan found, and objective and bound; raises `BadProblem` where none serves all."""
    it = Search(problem, watch, seed)
    it.run(warm)
    if it.best is None:
        said = Said("没有找到让每个需求点都能到达的方案：多给单元、时间或放宽保底",
                    "no plan found that reaches every point: more units, more time or a wider floor")  # fmt: skip
        raise (NotYet if watch.reason else BadProblem)("p", said)
    return it.best, Answer(it.best, it.objective, it.bound, it.steps)
