"""Choose whom to send to all waiting calls at once, exactly, by mixed-integer programming (HiGHS through scipy)."""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, sparse

from wuxiao.plan.dispatch.problem import Call, Order, Plan, Problem, Unit
from wuxiao.plan.form import Head, Progress, Said, State, Stop, Watch, own_scale
from wuxiao.plan.shared.under_reporting import tried
from wuxiao.plan.store import Bools, Floats, Ints

VERSION = "1"
#: A place counts at most so many free units near it; the next would add less than busy^4 of its demand.
DEPTH = 4


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
    """Return orders for the calls that wait, with the bound of the model; `warm` is not needed and passed over.

    Binary x says which unit goes to which call, s how many units a call still lacks, y whether a place keeps a k-th
    free unit near it (continuous: it is whole by itself, as the first unit is worth more than the second). A call that
    lacks a unit costs `lack` weighted minutes, so nobody is held back from a call who could come sooner than that.
    """
    watch = Watch(seconds, stop, progress)
    watch(0)
    pairs = [
        (u, c)
        for u, unit in enumerate(problem.units)
        for c, call in enumerate(problem.calls)
        if fits(unit, call) and math.isfinite(arrival(problem, u, c))
    ]
    free = np.array([u for u, unit in enumerate(problem.units) if unit.free_in <= 0], dtype=np.int64)
    near, places = _near(problem, free)
    share = problem.demand[places] / (float(problem.demand.sum()) or 1.0)
    depth = min(DEPTH, max(1, len(free)))
    n_x, n_c, n_p = len(pairs), len(problem.calls), len(places)
    cost = np.concatenate(
        [
            [worth(problem, c) * arrival(problem, u, c) for u, c in pairs],
            [worth(problem, c) * lack(problem, c) for c in range(len(problem.calls))],
            np.concatenate([-problem.keep * share * (1 - problem.busy) * problem.busy**k for k in range(depth)])
            if n_p
            else [],
        ]
    )
    size = len(cost)
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    low: list[float] = []
    high: list[float] = []

    def row(parts: list[tuple[int, float]], least: float, most: float) -> None:
        for column, value in parts:
            rows.append(len(low))
            columns.append(column)
            values.append(value)
        low.append(least)
        high.append(most)

    by_unit: dict[int, list[int]] = {}
    by_call: dict[int, list[int]] = {}
    for k, (u, c) in enumerate(pairs):
        by_unit.setdefault(u, []).append(k)
        by_call.setdefault(c, []).append(k)
    for mine in by_unit.values():
        row([(k, 1.0) for k in mine], -math.inf, 1.0)
    for c, call in enumerate(problem.calls):
        row([*((k, 1.0) for k in by_call.get(c, [])), (n_x + c, 1.0)], call.needs, call.needs)
    for p in range(n_p):
        here = free[near[:, p]]
        # y_1 + … + y_depth <= free units near - those of them that are sent
        parts = [(n_x + n_c + k * n_p + p, 1.0) for k in range(depth)]
        parts += [(k, 1.0) for u in here.tolist() for k in by_unit.get(u, [])]
        row(parts, -math.inf, float(len(here)))
    upper = np.concatenate([np.ones(n_x), [call.needs for call in problem.calls], np.ones(depth * n_p)])
    whole = np.concatenate([np.ones(n_x + n_c), np.zeros(depth * n_p)])
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(len(low), size))
    options = {"time_limit": seconds, "mip_rel_gap": 0.0} if math.isfinite(seconds) else {"mip_rel_gap": 0.0}
    # Weights may be given in any unit: the model is solved in the problem's own, and its bound divided by it again.
    unit = own_scale(float(np.abs(cost[np.isfinite(cost)]).max(initial=0.0)), bits=10)
    found = optimize.milp(
        cost * unit, constraints=optimize.LinearConstraint(matrix, low, high), integrality=whole,
        bounds=optimize.Bounds(0.0, upper), options=options,
    )  # fmt: skip
    nodes = int(getattr(found, "mip_node_count", 0) or 0)
    if found.x is not None:
        chosen = [pairs[k] for k in np.flatnonzero(found.x[:n_x] > 0.5)]
        bound: float | None = None if found.mip_dual_bound is None else float(found.mip_dual_bound) / unit
    else:
        # out of time before any answer: nearest by priority, which is always allowed
        chosen, bound = greedy(problem, pairs), None
    objective = value(problem, chosen)
    if bound is not None:
        bound = min(objective, bound)
    reason = "proved" if found.status == 0 else "seconds"
    if progress is not None:
        progress(State(nodes, watch.seconds, objective, bound))
    head = Head(
        engine="dispatch", version=VERSION, seed=seed, seconds=watch.seconds, iterations=nodes, objective=objective,
        bound=bound, stopped=watch.reason or reason,
    )  # fmt: skip
    return _told(problem, chosen, head)


def fits(unit: Unit, call: Call) -> bool:
    """Return whether a unit has all the skills that a call wants."""
    return call.skills <= unit.skills


def worth(problem: Problem, c: int) -> float:
    """Return what a minute's delay of call c is worth: its priority's weight, growing as it waits."""
    call = problem.calls[c]
    return float(problem.weight[call.priority]) * (1.0 + call.waited / problem.patience)


def lack(problem: Problem, c: int) -> float:
    """Return the minutes that a unit which call c lacks counts as: `patience`, and more where help is farther away.

    A call that only a free unit beyond patience can come to would else be kept waiting for nothing: going there counts
    less than staying, whatever cover staying would keep.
    """
    call, weighs = problem.calls[c], worth(problem, c)
    come = [arrival(problem, u, c) for u, unit in enumerate(problem.units) if unit.free_in <= 0 and fits(unit, call)]
    far = max((minutes for minutes in come if math.isfinite(minutes)), default=0.0)
    return problem.patience if far < problem.patience or not weighs else far + 1.0 + problem.keep / weighs


def arrival(problem: Problem, u: int, c: int) -> float:
    """Return minutes from now until unit u can be at call c."""
    unit = problem.units[u]
    return float(unit.free_in + problem.minutes[unit.place, problem.calls[c].place])


def expected_cover(problem: Problem, units: list[int]) -> float:
    """Return the expected cover of free units, as a share of demand."""
    return float(_cover_by_place(problem, units).sum())


def value(problem: Problem, chosen: list[tuple[int, int]]) -> float:
    """Return the objective of a set of (unit, call): weighted minutes, plus what lacks, less the worth of the cover."""
    lacks = [call.needs for call in problem.calls]
    total = 0.0
    for u, c in chosen:
        lacks[c] -= 1
        total += worth(problem, c) * arrival(problem, u, c)
    total += sum(less * worth(problem, c) * lack(problem, c) for c, less in enumerate(lacks))
    return total - problem.keep * expected_cover(problem, _left(problem, chosen))


def greedy(problem: Problem, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the dispatcher's rule of thumb: by priority and waiting, the nearest fitting unit."""
    taken: set[int] = set()
    chosen: list[tuple[int, int]] = []
    by = sorted(range(len(problem.calls)), key=lambda c: (problem.calls[c].priority, -problem.calls[c].waited, c))
    for c in by:
        fit = sorted((arrival(problem, u, c), u) for u, d in pairs if d == c and u not in taken)
        for minutes, u in fit[: problem.calls[c].needs]:
            if minutes < lack(problem, c):
                taken.add(u)
                chosen.append((u, c))
    return sorted(chosen)


def _left(problem: Problem, chosen: list[tuple[int, int]]) -> list[int]:
    gone = {u for u, _ in chosen}
    return [u for u, unit in enumerate(problem.units) if unit.free_in <= 0 and u not in gone]


def _held(problem: Problem, waiting: list[int], gone: set[int]) -> tuple[Said, ...]:
    """Return for every call that lacks units why nobody more is sent to it."""
    told = []
    for c, less in enumerate(waiting):
        if not less:
            continue
        call = problem.calls[c]
        able = [u for u, unit in enumerate(problem.units) if fits(unit, call) and math.isfinite(arrival(problem, u, c))]
        ready = [u for u in able if problem.units[u].free_in <= 0 and u not in gone]
        if not able:
            why = Said("没有具备所需技能又到得了的单位", "no unit has the skills it wants and a way there")
        elif ready:
            first = min(ready, key=lambda u: (arrival(problem, u, c), u))
            name, minutes = problem.units[first].id, arrival(problem, first, c)
            why = Said(
                f"{name}要{minutes:.1f}分钟，留下它保住的覆盖更值",
                f"{name} would take {minutes:.1f} minutes, and the cover kept by leaving it is worth more",
            )
        else:
            why = Said("能去的单位都已派出或正忙", "every unit that could go is sent elsewhere or busy")
        told.append(Said(f"{call.id}还缺{less}个单位：{why.zh}。", f"{call.id} still lacks {less}: {why.en}."))
    return tuple(told)


def _served(problem: Problem, units: list[int]) -> Floats:
    """Return for each place the chance that one of the units near it is free."""
    at = [problem.units[u].place for u in units]
    count = np.minimum(DEPTH, (problem.minutes[at] <= problem.radius + 1e-9).sum(axis=0))
    found: Floats = 1.0 - problem.busy**count
    return found


def _cover_by_place(problem: Problem, units: list[int]) -> Floats:
    found: Floats = problem.demand / (float(problem.demand.sum()) or 1.0) * _served(problem, units)
    return found


def _near(problem: Problem, free: Ints) -> tuple[Bools, Ints]:
    """Return which free unit is near which place, and the places with demand that have one; alike places are kept."""
    at = np.array([problem.units[u].place for u in free], dtype=np.int64)
    near = problem.minutes[at] <= problem.radius + 1e-9
    places = np.flatnonzero(near.any(axis=0) & (problem.demand > 0)).astype(np.int64)
    return near[:, places], places


def _told(problem: Problem, chosen: list[tuple[int, int]], head: Head) -> Plan:
    free = [u for u, unit in enumerate(problem.units) if unit.free_in <= 0]
    left = _left(problem, chosen)
    before, after = _cover_by_place(problem, free), _cover_by_place(problem, left)
    bare = np.flatnonzero((before > 0) & (after <= 0))
    waiting = [call.needs for call in problem.calls]
    orders = []
    gone = {u for u, _ in chosen}
    for u, c in chosen:
        waiting[c] -= 1
        call, unit = problem.calls[c], problem.units[u]
        # the soonest among those that stay free for this call: what one might have sent instead
        others = [v for v, other in enumerate(problem.units) if fits(other, call) and (v not in gone or v == u)]
        nearest = min(others, key=lambda v: (arrival(problem, v, c), v != u, v))
        swapped = [(nearest, d) if (w, d) == (u, c) else (w, d) for w, d in chosen]
        kept = expected_cover(problem, left) - expected_cover(problem, _left(problem, swapped))
        minutes, soonest = arrival(problem, u, c), arrival(problem, nearest, c)
        if nearest == u and minutes > problem.patience:
            why = Said(
                f"超过可等的{problem.patience:g}分钟，但没有更近的能去",
                f"farther than the {problem.patience:g} minutes of patience, but nobody nearer can go",
            )
        elif nearest == u:
            why = Said("在能派的单位中最快", "the soonest of those that can be sent")
        else:
            other = problem.units[nearest].id
            why = Said(
                f"{other}只快{minutes - soonest:.1f}分钟，留下它可多保住{kept:.1%}的覆盖",
                f"{other} is only {minutes - soonest:.1f} minutes sooner, and keeping it saves {kept:.1%} of the cover",
            )
        orders.append(
            Order(
                unit=u, call=c, minutes=minutes, nearest=nearest, nearest_minutes=soonest, cover_kept=kept,
                reason=Said(f"派{unit.id}去{call.id}，约{minutes:.1f}分钟到：{why.zh}。",
                            f"Send {unit.id} to {call.id}, there in about {minutes:.1f} minutes: {why.en}."),
            )
        )  # fmt: skip
    served = _served(problem, left)
    return Plan(
        head=head, orders=tuple(orders), waiting=tuple(waiting), held=_held(problem, waiting, gone),
        cover_before=float(before.sum()),
        cover=float(after.sum()), bare=tuple(int(p) for p in bare), bare_names=tuple(problem.places[p] for p in bare),
        under_reporting=tried(problem.demand, head.seed, lambda true: float(true @ served / (true.sum() or 1.0))),
    )  # fmt: skip
