"""`solve`: the kind's search, then what the plan means: shares, times, who moves, under-reporting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from wuxiao.plan.cover import centre, covering, median, table
from wuxiao.plan.cover.anneal import anneal, start
from wuxiao.plan.cover.nearest import interchange, lists
from wuxiao.plan.cover.problem import Move, Plan, Problem, Row, Under
from wuxiao.plan.cover.rows import build
from wuxiao.plan.form import Head, Progress, State, Stop, Watch, own_scale
from wuxiao.plan.store import Floats, Ints

VERSION = "1.0"
#: Share of the objective within which it and its bound are the same (HiGHS works to 1e-6 of a unit).
PROVED = 1e-7
#: Shares of under-reporting every plan is tried with.
UNDER = (0.1, 0.3)
#: Proposals of the short search that answers "what would a plan made for that demand reach".
AGAIN = 60_000


def solve(
    problem: Problem,
    /,
    *,
    seconds: float,
    seed: int,
    warm: Plan | None = None,
    stop: Stop | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Return where units should stand, with the bound that was proven.

    A step is one search run, one bound, one node or one call of HiGHS; a cancel is heard between steps. `warm` is a
    plan to start from. Raises `BadProblem` where no plan keeps the hard rules, or none was found within the limit.
    """
    unit = _unit(problem)
    told = progress
    if progress is not None and unit != 1.0:
        told = lambda state: progress(_in_units(state, unit))  # noqa: E731
    watch = Watch(seconds, stop, told)
    given, problem = problem, replace(problem, demand=problem.demand * unit)
    begin = warm.sites if warm is not None and not len(warm.unit_levels) else None
    if begin is not None and (len(begin) != problem.p or begin.min() < 0 or begin.max() >= problem.sites):
        begin = None
    levels = np.zeros(0, np.int64)
    rows: tuple[Row, ...] = ()
    limit: float | None
    if problem.kind == "table":
        rows, objective, limit, steps = table.solve(problem, watch, seed, warm.table if warm is not None else ())
        sites = rows[-1].sites
    elif problem.kind == "covering":
        model = build(problem)
        found = covering.solve(model, watch, seed, begin)
        sites = np.repeat(model.site, found.x)
        if problem.own_units:
            levels = np.repeat(model.group, found.x)
        order = np.lexsort((sites, levels)) if len(levels) else np.argsort(sites)
        sites, levels = sites[order], levels[order] if len(levels) else levels
        objective, limit, steps = found.objective, found.bound, found.steps
    else:
        solver: Any = median.solve if problem.kind == "median" else centre.solve
        sites, found = solver(problem, watch, seed, begin)
        objective, limit, steps = found.objective, found.bound, found.steps
    if problem.kind != "centre":
        objective, limit = objective / unit, None if limit is None else limit / unit
        rows = tuple(
            replace(row, objective=row.objective / unit, bound=None if row.bound is None else row.bound / unit)
            for row in rows
        )
    return _plan(given, watch, seed, sites, levels, rows, objective, limit, steps)


def _unit(problem: Problem) -> float:
    """Return what demand is multiplied by inside, so that tolerances are shares of the problem and not of a unit."""
    if problem.kind == "centre":
        return 1.0
    if problem.kind == "median":
        with np.errstate(invalid="ignore"):
            cost = np.where(problem.demand[:, None] > 0, problem.times * problem.demand[:, None], 0.0)
        finite = cost[np.isfinite(cost)]
        size, whole = float(np.where(np.isfinite(cost), cost, 0.0).max(axis=1).sum()), finite
    else:
        parts = np.array([problem.demand * level.weight for level in problem.levels])
        size, whole = float(parts.sum()), parts
    return own_scale(size, whole=bool(np.all(whole == np.round(whole))))


def _in_units(state: State, unit: float) -> State:
    return replace(
        state,
        objective=None if state.objective is None else state.objective / unit,
        bound=None if state.bound is None else state.bound / unit,
    )


def _plan(
    problem: Problem, watch: Watch, seed: int, sites: Ints, levels: Ints, rows: tuple[Row, ...],
    objective: float, limit: float | None, steps: int,
) -> Plan:  # fmt: skip
    shares, unserved = _levels(problem, sites, levels)
    nearest = problem.times[:, sites].min(axis=1)
    there = np.isfinite(nearest) & (problem.demand > 0)
    weight = problem.demand[there]
    mean = float(weight @ nearest[there] / weight.sum()) if weight.sum() > 0 else 0.0
    least = problem.kind in ("median", "centre")
    within = limit is not None and abs(objective - limit) <= PROVED * max(abs(objective), abs(limit))
    under = _under(problem, sites, levels, seed)
    return Plan(
        head=Head(
            engine="cover", version=VERSION, seed=seed, seconds=watch.seconds, iterations=steps, objective=objective,
            bound=limit, stopped="proved" if within else watch.reason or "done", minimise=least,
        ),
        kind=problem.kind, sites=sites, unit_levels=levels, level_shares=shares, mean_time=mean,
        longest_time=float(nearest[there].max()) if there.any() else 0.0, unserved=unserved,
        relocation=relocate(problem, sites), table=rows, under_reporting=under,
    )  # fmt: skip


def _levels(problem: Problem, sites: Ints, levels: Ints) -> tuple[Floats, Ints]:
    shares, served = [], np.zeros(problem.points, bool)
    for k, level in enumerate(problem.levels):
        mine = sites[levels >= k] if len(levels) else sites
        count = (problem.times[:, mine] <= level.minutes).sum(axis=1)
        got = 1.0 - problem.busy**count if problem.busy else (count > 0).astype(float)
        shares.append(float(problem.demand @ got / problem.demand.sum()))
        served |= count > 0
    missed = np.flatnonzero(~served & (problem.demand > 0)) if problem.levels else np.zeros(0, np.int64)
    return np.array(shares), missed


def relocate(problem: Problem, sites: Ints) -> tuple[Move, ...]:
    """Return which unit goes where from `now`: whoever can stays, the longest way is least, then the sum of ways.

    Without `between` every way counts alike. With fewer units wanted than stand, those left out are not named.
    """
    if not len(problem.now):
        return ()
    now = problem.now
    ways = problem.between[np.ix_(now, sites)] if problem.between.size else (now[:, None] != sites[None, :]) * 1.0
    stays = _stays(now, sites)
    free_units = np.array([k for k in range(len(now)) if k not in stays], np.int64)
    free_sites = np.array([k for k in range(len(sites)) if k not in stays.values()], np.int64)
    pairs = dict(stays)
    if len(free_units) and len(free_sites):
        cost = ways[np.ix_(free_units, free_sites)]
        top = float(cost[np.isfinite(cost)].max(initial=1.0)) * 1000 + 1
        cost = np.where(np.isfinite(cost), cost, top)
        steps = np.unique(cost)
        low, high = 0, len(steps) - 1
        while low < high:
            middle = (low + high) // 2
            over = (cost > steps[middle]).astype(float)
            a, b = linear_sum_assignment(over)
            if over[a, b].sum() == 0:
                high = middle
            else:
                low = middle + 1
        a, b = linear_sum_assignment(np.where(cost > steps[high], top * (len(now) + 1), cost))
        pairs |= {int(free_units[u]): int(free_sites[s]) for u, s in zip(a, b, strict=True)}
    known = bool(problem.between.size)
    return tuple(
        Move(start=int(now[u]), end=int(sites[s]), minutes=float(ways[u, s]) if known else None)
        for u, s in sorted(pairs.items())
    )


def _stays(now: Ints, sites: Ints) -> dict[int, int]:
    taken: dict[int, int] = {}
    for u, j in enumerate(now):
        spot = next((k for k in range(len(sites)) if sites[k] == j and k not in taken.values()), None)
        if spot is not None:
            taken[u] = spot
    return taken


def _under(problem: Problem, sites: Ints, levels: Ints, seed: int) -> tuple[Under, ...]:
    """Return what follows if the worse served half of the demand is under-reported; nothing for the centre."""
    if problem.kind == "centre":
        return ()
    nearest = problem.times[:, sites].min(axis=1)
    order = np.argsort(nearest, kind="stable")
    reached = np.cumsum(problem.demand[order])
    worse = np.zeros(problem.points, bool)
    worse[order[reached > 0.5 * reached[-1]]] = True
    found = []
    for share in UNDER:
        true = np.where(worse, problem.demand / (1 - share), problem.demand)
        again = _again(problem, true, sites, levels, seed)
        figures = (
            _figure(problem, problem.demand, sites, levels),
            _figure(problem, true, sites, levels),
            _figure(problem, true, *again),
        )
        better = min if problem.kind == "median" else max
        found.append(Under(share=share, planned=figures[0], true=figures[1], again=better(figures[1:])))
    return tuple(found)


def _again(problem: Problem, demand: Floats, sites: Ints, levels: Ints, seed: int) -> tuple[Ints, Ints]:
    if problem.kind == "median":
        with np.errstate(invalid="ignore"):
            cost = np.where(demand[:, None] > 0, problem.times * demand[:, None], 0.0)
        if problem.floor_minutes is not None:
            cost[problem.times > problem.floor_minutes] = np.inf
        now = np.zeros(problem.sites, bool)
        now[problem.now] = True
        it = lists(cost, now, problem.kept, problem.p)
        chosen, _ = interchange(it, sites, np.ones(problem.sites, bool))
        return np.sort(chosen), levels
    rows = build(problem, demand=demand)
    x = anneal(rows, start(rows, seed, sites), proposals=AGAIN, seed=seed, hot=0.01)
    return np.repeat(rows.site, x), np.repeat(rows.group, x) if len(levels) else levels


def _figure(problem: Problem, demand: Floats, sites: Ints, levels: Ints) -> float:
    if problem.kind == "median":
        nearest = problem.times[:, sites].min(axis=1)
        return float(np.where(demand > 0, nearest, 0.0) @ demand / demand.sum())
    total = 0.0
    for k, level in enumerate(problem.levels):
        mine = sites[levels >= k] if len(levels) else sites
        count = (problem.times[:, mine] <= level.minutes).sum(axis=1)
        got = 1.0 - problem.busy**count if problem.busy else (count > 0).astype(float)
        total += level.weight * float(demand @ got)
    return total / (float(demand.sum()) * sum(level.weight for level in problem.levels))
