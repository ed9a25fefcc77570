"""Standby points that follow the number of idle units, against fixed ones, on drawn towns; bounds on late calls."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from bench.plan.figure import Figure
from wuxiao.plan import cover
from wuxiao.plan.ground import town
from wuxiao.plan.ground.travel import Travel
from wuxiao.plan.replay import bound, run
from wuxiao.plan.replay.problem import Calls, Problem, Setting, Stream

UNITS, SITES, SCENE = 8, 30, 30.0


def of_town(seed: int, *, use: float = 0.35, days: float = 60.0) -> tuple[Problem, np.ndarray]:
    """A generated town: its blocks, their residents' calls, times on its streets; and the rows of 30 possible points.

    A call is late when nobody is there in the minutes within which 8 fixed units would cover 85 % of calls if all
    were free; so towns of any size are alike hard.
    """
    made = town.make(seed, households=30_000)
    seconds = Travel(made.streets).seconds(made.block_node, made.block_node)
    minutes = seconds / 60.0
    np.fill_diagonal(minutes, 0.0)
    calls = np.asarray(made.block_calls, dtype=np.float64)
    source = np.random.default_rng(seed)
    # the points lie apart from one another: each next one is the best covered least
    sites = [int(np.argmax(calls))]
    while len(sites) < SITES:
        near = minutes[sites].min(axis=0) * np.sqrt(calls + 1e-9)
        sites.append(int(np.argmax(near * source.uniform(0.8, 1.2, len(near)))))
    rows = np.array(sites)
    late = next(
        r for r in np.arange(0.5, 60.0, 0.1) if _share(minutes[rows] <= r, calls, UNITS) >= 0.85
    )  # fmt: skip
    hours = np.array([made.rates(h).sum() for h in range(168)])
    per_hour = calls / calls.sum() * use * UNITS * 60.0 / (SCENE + late / 2)
    stream = Stream(per_hour=per_hour, days=days, scene=SCENE, profile=hours)
    problem = Problem(
        places=tuple(f"block{k}" for k in range(made.blocks)), minutes=minutes,
        units=tuple(f"u{k}" for k in range(UNITS)), settings=(Setting(name="none", home=np.zeros(UNITS)),),
        late=np.array([late]), stream=stream, warm_up=1440.0,
    )  # fmt: skip
    return problem, rows


def _share(near: np.ndarray, calls: np.ndarray, p: int) -> float:
    """The share of calls that p points cover, by greedy choice."""
    left = calls.copy()
    for _ in range(p):
        left[near[int((near * left).sum(axis=1).argmax())]] = 0.0
    return 1.0 - float(left.sum() / calls.sum())


def expected(problem: Problem, rows: np.ndarray, p: int, busy: float, radius: float) -> tuple[int, ...]:
    """The p points of greatest expected cover, proven by the cover engine."""
    assert problem.stream is not None
    asked = cover.Problem(
        kind="covering", times=problem.minutes[0][rows].T, demand=problem.stream.per_hour, p=p, busy=busy,
        levels=(cover.Level(name="promise", minutes=radius),), room=np.full(len(rows), 2),
    )  # fmt: skip
    return tuple(int(rows[s]) for s in cover.solve(asked, seconds=20, seed=1).sites)


def settings(problem: Problem, rows: np.ndarray, busy: float) -> tuple[Setting, ...]:
    """The fixed plan first, then the ones that follow the number of idle units."""
    late = float(problem.late[0])
    home = np.array(expected(problem, rows, UNITS, busy, late))
    table = tuple(expected(problem, rows, n, busy, late) for n in range(1, UNITS + 1))
    same = {"radius": late, "busy": busy, "sites": rows}
    return (
        Setting(name="static", home=home),
        Setting(name="return rule", home=home, idle="cover", **same),
        Setting(name="return rule, one move", home=home, idle="cover", moves=1, gain=0.02, **same),
        Setting(name="table", home=home, idle="table", table=table),
        Setting(name="table, one move", home=home, idle="table", table=table, moves=1),
    )  # type: ignore[arg-type]


def clairvoyant(problem: Problem, calls: Calls) -> int:
    """A lower bound on late calls for any policy, even one that knows all calls: a flow of units through calls.

    A unit goes from call to call it reaches in time (it may set out before the call comes, and is free at the call's
    time plus its work at the earliest); calls nobody reaches in time are late and cost no work. Real policies do worse
    on each point, so no policy has fewer late calls; `bound.least_late` is the one for policies without foresight.
    """
    from ortools.graph.python import min_cost_flow

    n, late = len(calls.at), float(problem.late[0])
    minutes = problem.minutes[0]
    free = calls.at + calls.scene
    longest = float(minutes.max())
    flow = min_cost_flow.SimpleMinCostFlow()
    # nodes: 2c in, 2c+1 out of call c; then the time line of calls; source, sink
    line, source, sink = 2 * n, 3 * n, 3 * n + 1
    arcs: list[tuple[int, int, int, int]] = [(2 * c, 2 * c + 1, 1, -1) for c in range(n)]
    arcs += [(line + c, 2 * c, 1, 0) for c in range(n)]
    arcs += [(line + c, line + c + 1, UNITS, 0) for c in range(n - 1)]
    arcs += [(source, line, UNITS, 0), (line + n - 1, sink, UNITS, 0)]
    for c in range(n):
        # from here on every call is in reach: join the line there
        far = int(np.searchsorted(calls.at, free[c] + longest - late))
        near = int(np.searchsorted(calls.at, free[c] - late))
        for d in range(max(c + 1, near), min(far, n)):
            if free[c] + minutes[calls.place[c], calls.place[d]] <= calls.at[d] + late:
                arcs.append((2 * c + 1, 2 * d, 1, 0))
        arcs.append((2 * c + 1, line + far if far < n else sink, 1, 0))
    tail, head, room, cost = np.array(arcs).T
    flow.add_arcs_with_capacity_and_unit_cost(tail, head, room, cost)
    flow.set_node_supply(source, UNITS)
    flow.set_node_supply(sink, -UNITS)
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("the flow has no solution")
    return n + int(flow.optimal_cost())


def towns(count: int = 12, *, days: float = 60.0, bound_days: float = 6.0) -> dict[str, Any]:
    """Late calls and mean response of each way of standing by, on so many towns; the ratio to the bound."""
    late: dict[str, list[float]] = {}
    mean: dict[str, list[float]] = {}
    ahead_of_calls: list[float] = []
    bounds: list[float] = []
    for seed in range(1, count + 1):
        problem, rows = of_town(seed, days=days)
        busy = 0.35
        tried = settings(problem, rows, busy)
        ready, calls = run.Ready.of(problem), run.draw_calls(problem, 100 + seed, 0)
        ahead = calls.at < bound_days * 1440.0
        first = Calls(**{field.name: getattr(calls, field.name)[ahead] for field in fields(Calls)})
        least = clairvoyant(problem, first)
        bounds.append(bound.least_late(problem, seed=100 + seed).late)
        for setting in tried:
            told = ready.run(setting, calls, seed)
            late.setdefault(setting.name, []).append(float((told.response > problem.late[0] + 1e-9).mean()))
            mean.setdefault(setting.name, []).append(float(told.response.mean()))
            if setting.name == "return rule, one move":
                ahead_of_calls.append(float((told.response[ahead] > problem.late[0] + 1e-9).sum()) / max(1, least))
    base = np.array(late["static"])
    told_all: dict[str, Any] = {"towns": count, "late, static": round(float(base.mean()), 4)}
    told_all["mean response, static"] = round(float(np.mean(mean["static"])), 3)
    for name in list(late)[1:]:
        fewer = 1.0 - np.array(late[name]) / base
        half = 2.2 * float(fewer.std(ddof=1)) / np.sqrt(count)
        must = ">= 0.10" if name == "return rule, one move" else ""
        told_all[f"fewer late calls, {name}"] = Figure(round(float(fewer.mean()), 4), must)
        told_all[f"  ± over towns, {name}"] = round(half, 4)
        told_all[f"  least and most, {name}"] = [round(float(fewer.min()), 3), round(float(fewer.max()), 3)]
        told_all[f"  mean response, {name}"] = round(float(np.mean(mean[name])), 3)
    over = {name: np.array(late[name]) / bounds for name in late}
    told_all["bound on late calls, any policy without foresight"] = round(float(np.mean(bounds)), 4)
    told_all["late calls over that bound, static"] = round(float(over["static"].mean()), 2)
    told_all["late calls over that bound"] = Figure(round(float(over["return rule, one move"].mean()), 2), "", "<= 1.9")
    told_all["  least and most"] = [round(float(f(over["return rule, one move"])), 2) for f in (np.min, np.max)]
    told_all["late calls over the clairvoyant flow (units drive ahead of calls)"] = round(
        float(np.mean(ahead_of_calls)), 1
    )
    return told_all
