"""The p-centre with proof: the least radius within which p units reach every point.

Bisection over the distances there are: annealing shows a radius can be kept, the linear relaxation or HiGHS that it
cannot (Minieka 1970; Elloumi, Labbe, Pochet 2004).
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from wuxiao.plan.cover import rows as model
from wuxiao.plan.cover.anneal import anneal, start
from wuxiao.plan.cover.covering import Answer
from wuxiao.plan.cover.exact import NODES
from wuxiao.plan.cover.problem import Level, Problem
from wuxiao.plan.form import BadProblem, NotYet, Said, Watch, seeded
from wuxiao.plan.store import Floats, Ints


class Search:
    """Radii known to be kept (`high` and above) and known not to be (below `low`), as places in the list of radii."""

    def __init__(self, problem: Problem, watch: Watch, seed: int) -> None:
        self.problem, self.watch, self.seed, self.steps = problem, watch, seed, 0
        used = problem.times[problem.demand > 0]
        least = float(used.min(axis=1).max())
        radii = np.unique(used[np.isfinite(used)])
        self.radii: Floats = radii[radii >= least]
        self.used = used
        self.low, self.high = 0, len(self.radii)
        self.best: Ints | None = None

    def told(self) -> bool:
        """Count a step; return whether the search must end."""
        self.steps += 1
        top = float(self.radii[self.high]) if self.best is not None else None
        limit = float(self.radii[min(self.low, len(self.radii) - 1)])
        return self.watch(self.steps, top, limit) or self.low >= self.high

    def take(self, sites: Ints) -> None:
        """Keep a choice, whatever radius it has."""
        radius = float(self.used[:, sites].min(axis=1).max())
        if math.isfinite(radius):
            at = int(np.searchsorted(self.radii, radius))
            if self.best is None or at < self.high:
                self.best, self.high = np.sort(sites), at

    def rows(self, at: int) -> model.Rows:
        """Return the rows of one radius: each point counts one, whatever its demand."""
        level = Level(name="radius", minutes=float(self.radii[at]))
        wanted = (self.problem.demand > 0).astype(float)
        covering = dataclasses.replace(self.problem, kind="covering", levels=(level,), floor_minutes=None)
        return model.build(covering, demand=wanted)

    def try_search(self, at: int, proposals: int) -> bool:
        """Look for a choice within a radius by annealing; return whether there is one."""
        rows = self.rows(at)
        begin = start(rows, self.seed, self.best)
        before = self.high
        for x in (begin, anneal(rows, begin, proposals=proposals, seed=seeded(self.seed, self.steps))):
            self.take(rows.site[np.flatnonzero(x)])
        return self.high < before

    def try_exact(self, at: int, *, whole: bool) -> bool | None:
        """Ask HiGHS (or its relaxation) whether a radius can be kept: True, False, or None for not known."""
        rows = self.rows(at)
        n, m = rows.near.shape
        stay = (rows.now > 0).astype(float)
        matrix = sp.vstack([rows.near, sp.csr_matrix(stay[None, :])], format="csr")
        options: dict[str, Any] = {}
        if whole and math.isfinite(self.watch.left):
            options = {"time_limit": max(0.05, 0.6 * self.watch.left)}
        elif whole:
            options = {"node_limit": NODES}
        answer = milp(
            np.ones(m), constraints=LinearConstraint(matrix, np.r_[np.ones(n), rows.kept], np.inf),
            integrality=np.full(m, int(whole)), bounds=Bounds(0, 1), options=options,
        )  # fmt: skip
        if answer.status == 2:
            return False
        known = answer.mip_dual_bound if whole else answer.fun
        if known is not None and math.isfinite(known) and math.ceil(known - 1e-6) > self.problem.p:
            return False
        if whole and answer.x is not None and round(answer.fun) <= self.problem.p:
            sites = rows.site[np.round(answer.x) > 0]
            rest = np.setdiff1d(np.arange(self.problem.sites), sites)
            rest = rest[np.argsort(~np.isin(rest, self.problem.now), kind="stable")] if self.problem.kept else rest
            self.take(np.concatenate((sites, rest[: self.problem.p - len(sites)])))
            return True
        return None

    def run(self, warm: Ints | None) -> None:
        """Search until proved or stopped."""
        if warm is not None and len(warm) == self.problem.p and len(np.unique(warm)) == len(warm):
            stays = int(np.isin(self.problem.now, warm).sum())
            if stays >= self.problem.kept:
                self.take(np.asarray(warm))
        low, high = 0, len(self.radii) - 1
        while low <= high:
            middle = (low + high) // 2
            if self.try_search(middle, 100_000):
                high = min(middle, self.high) - 1
            else:
                low = middle + 1
            if self.told():
                return
        low, high = self.low, self.high
        while low < high:
            middle = (low + high) // 2
            if self.try_exact(middle, whole=False) is False:
                self.low = low = middle + 1
            else:
                high = middle
            if self.told():
                return
        while self.low < self.high:
            middle = (self.low + self.high) // 2
            kept = self.try_exact(middle, whole=True)
            if kept is False:
                self.low = middle + 1
            elif kept is None:
                break
            if self.told():
                return
        while not self.try_search(max(self.low, self.high - 1), 1_000_000) and not self.told():
            continue


def solve(problem: Problem, watch: Watch, seed: int, warm: Ints | None = None) -> tuple[Ints, Answer]:
    """Return the sites of least radius found, and radius and bound; raises `BadProblem` where no radius serves all."""
    it = Search(problem, watch, seed)
    it.run(warm)
    limit = problem.floor_minutes if problem.floor_minutes is not None else math.inf
    if it.best is None or it.radii[it.high] > limit:
        said = Said("没有找到让每个需求点都能到达（在保底之内）的方案：多给单元或时间",
                    "no plan found that reaches every point (within the floor): more units or more time")  # fmt: skip
        raise (NotYet if watch.reason else BadProblem)("p" if it.best is None else "floor_minutes", said)
    low = float(it.radii[min(it.low, it.high)])
    return it.best, Answer(it.best, float(it.radii[it.high]), low, it.steps)
