"""A problem as the flat arrays the compiled search reads."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wuxiao.plan.rounds.patterns import listed
from wuxiao.plan.rounds.problem import Problem, Shift

#: Stands for "no visit before the horizon" and "no longest gap".
NEVER = -(10**6)
FAR = 10**6
#: Stands for "no end of the day", below any state out of reach.
OPEN_END = 1e7


class Tables(NamedTuple):
    """Arrays of places (n), days (T), routes (R, sorted by day), groups of routes (G), breaks (J)."""

    there: NDArray[np.float64]  # (modes, rows, rows) travel from row to column
    back: NDArray[np.float64]  # the same, transposed
    at: NDArray[np.int32]
    minutes: NDArray[np.float64]
    opens: NDArray[np.float64]
    closes: NDArray[np.float64]
    load: NDArray[np.float64]
    visits: NDArray[np.int32]
    must: NDArray[np.bool_]
    worth: NDArray[np.float64]
    gap_least: NDArray[np.int32]
    gap_most: NDArray[np.int32]
    last_day: NDArray[np.int32]
    day_ok: NDArray[np.bool_]  # (n, T)
    pattern_from: NDArray[np.int32]  # -1: days by gaps
    pattern_to: NDArray[np.int32]
    pattern_days: NDArray[np.int32]  # (patterns, most visits)
    usual: NDArray[np.int32]  # group or -1
    before: NDArray[np.int32]  # (n, T) group of the earlier plan's visit or -1
    able: NDArray[np.bool_]  # (n, R)
    near: NDArray[np.int32]  # (n, n) places by distance, itself first
    day: NDArray[np.int32]
    group: NDArray[np.int32]
    mode: NDArray[np.int32]
    base: NDArray[np.int32]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    longest: NDArray[np.float64]
    capacity: NDArray[np.float64]
    breaks: NDArray[np.int32]  # (R) how many
    break_first: NDArray[np.float64]  # (R, J)
    break_last: NDArray[np.float64]
    break_minutes: NDArray[np.float64]
    kind: NDArray[np.int32]  # routes of one kind are alike
    day_from: NDArray[np.int32]  # (T + 1) first route of a day
    far: NDArray[np.float64]  # (n) travel from the nearest base
    weights: NDArray[np.float64]  # other officer, change
    sizes: NDArray[np.int64]  # n, T, R, G, J, width of a route, timed, kinds


def tables(problem: Problem, shifts: tuple[Shift, ...], before: Iterable[tuple[int, int, str]] = ()) -> Tables:
    """Return a problem's arrays for shifts sorted by day; `before` holds (place, day, officer) of an earlier plan."""
    places = problem.places
    modes = list(problem.minutes)
    there = np.stack([np.where(np.isfinite(problem.minutes[m]), problem.minutes[m], 1e9) for m in modes])
    n, days = len(places), problem.days
    before = list(before)
    grouped = problem.other_officer_minutes > 0 or bool(before)
    names = [o.id for o in problem.officers] if grouped else [""]
    group = {name: i for i, name in enumerate(names)}
    officers = {o.id: o for o in problem.officers}
    routes = len(shifts)
    at = np.array([p.at for p in places], np.int32)
    kinds: dict[Any, int] = {}
    kind = np.zeros(routes, np.int32)
    able = np.zeros((n, routes), np.bool_)
    reach: dict[tuple[str, int], NDArray[np.bool_]] = {}
    able_of: dict[str, NDArray[np.bool_]] = {
        o.id: np.array([p.skills <= o.skills and p.people <= o.people for p in places], np.bool_)
        for o in problem.officers
    }
    for r, s in enumerate(shifts):
        o = officers[s.officer]
        alike = (s.day, s.start, s.end, s.base, s.mode, s.longest, s.capacity, s.breaks, o.skills, o.people)
        kind[r] = kinds.setdefault((alike, s.officer if grouped else ""), len(kinds))
        if (s.mode, s.base) not in reach:
            table = problem.minutes[s.mode]
            reach[s.mode, s.base] = np.isfinite(table[s.base, at]) & np.isfinite(table[at, s.base])
        able[:, r] = able_of[s.officer] & reach[s.mode, s.base]
    pattern_from, pattern_to, pattern_days = _patterns(problem)
    day_ok = np.zeros((n, days), np.bool_)
    for i, p in enumerate(places):
        if p.patterns is not None:
            day_ok[i, sorted({d for one in p.patterns for d in one})] = True
        else:
            day_ok[i, list(p.days) if p.days is not None else slice(None)] = True
    earlier = np.full((n, days), -1, np.int32)
    for place, d, officer in before:
        earlier[place, d] = group.get(officer, -1)
    most_breaks = max((len(s.breaks) for s in shifts), default=0)
    breaks = np.zeros((3, routes, max(1, most_breaks)))
    for r, s in enumerate(shifts):
        for j, b in enumerate(s.breaks):
            breaks[:, r, j] = b.first, b.last, b.minutes
    timed = any(math.isfinite(s.end) or s.breaks for s in shifts) or any(math.isfinite(p.closes) for p in places)
    bases = sorted({(modes.index(s.mode), s.base) for s in shifts}) or [(0, 0)]
    both = (there[0] + there[0].T)[np.ix_(at, at)]
    near = np.argsort(both, axis=1, kind="stable").astype(np.int32)
    for i in range(n):
        row = near[i]
        own = int(np.flatnonzero(row == i)[0])
        row[1 : own + 1] = row[:own].copy()
        row[0] = i
    return Tables(
        there=there,
        back=np.ascontiguousarray(there.transpose(0, 2, 1)),
        at=at,
        minutes=_floats(p.minutes for p in places),
        opens=_floats(p.opens for p in places),
        closes=_floats(p.closes for p in places),
        load=_floats(p.load for p in places),
        visits=_ints(p.visits for p in places),
        must=np.array([p.must for p in places], np.bool_),
        worth=_floats(p.worth for p in places),
        gap_least=_ints(min(FAR, p.gap_least) for p in places),
        gap_most=_ints(FAR if p.gap_most is None else min(FAR, p.gap_most) for p in places),
        last_day=_ints(NEVER if p.last_day is None else max(NEVER, p.last_day) for p in places),
        day_ok=day_ok,
        pattern_from=pattern_from,
        pattern_to=pattern_to,
        pattern_days=pattern_days,
        usual=_ints(group.get(p.usual or "", -1) if grouped else -1 for p in places),
        before=earlier,
        able=able,
        near=near,
        day=_ints(s.day for s in shifts),
        group=_ints(group[s.officer] if grouped else 0 for s in shifts),
        mode=_ints(modes.index(s.mode) for s in shifts),
        base=_ints(s.base for s in shifts),
        start=_floats(s.start for s in shifts),
        end=_floats(min(s.end, OPEN_END) for s in shifts),
        longest=_floats(s.longest for s in shifts),
        capacity=_floats(s.capacity for s in shifts),
        breaks=_ints(len(s.breaks) for s in shifts),
        break_first=breaks[0],
        break_last=breaks[1],
        break_minutes=breaks[2],
        kind=kind,
        day_from=np.searchsorted([s.day for s in shifts], np.arange(days + 1)).astype(np.int32),
        far=np.min([there[m][b, at] for m, b in bases], axis=0),
        weights=np.array([problem.other_officer_minutes, problem.change_minutes if before else 0.0]),
        sizes=np.array(
            [n, days, routes, len(names), most_breaks, _width(problem, shifts) + 2, int(timed), max(1, len(kinds))],
            np.int64,
        ),
    )


def _floats(values: Iterable[float]) -> NDArray[np.float64]:
    return np.array(list(values), np.float64)


def _ints(values: Iterable[int]) -> NDArray[np.int32]:
    return np.array(list(values), np.int32)


def _patterns(problem: Problem) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    rows: list[tuple[int, ...]] = []
    known: dict[Any, tuple[int, int]] = {}
    spans: list[tuple[int, int]] = []
    for p in problem.places:
        alike = (p.patterns, p.visits, p.gap_least, p.gap_most, p.days, p.last_day)
        if alike not in known:
            few = listed(problem.days, p)
            known[alike] = (-1, -1) if few is None else (len(rows), len(rows) + len(few))
            rows += few or ()
        spans.append(known[alike])
    wide = max((p.visits for p in problem.places), default=1)
    table = np.full((max(1, len(rows)), wide), -1, np.int32)
    for i, one in enumerate(rows):
        table[i, : len(one)] = one
    return _ints(a for a, _ in spans), _ints(b for _, b in spans), table


def _width(problem: Problem, shifts: tuple[Shift, ...]) -> int:
    """Return a bound on the visits of one route: as many of the shortest, or the lightest, as fit into a shift."""
    most = 0
    minutes = np.cumsum(np.sort([p.minutes for p in problem.places]))
    loads = np.cumsum(np.sort([p.load for p in problem.places]))
    late = max((p.closes for p in problem.places), default=0.0)
    for s in shifts:
        span = min(s.longest, s.end - s.start, late - s.start + float(minutes[-1] if len(minutes) else 0))
        fits = int(np.searchsorted(minutes, span * (1 + 1e-9) + 1e-6, side="right"))
        most = max(most, min(fits, int(np.searchsorted(loads, s.capacity * (1 + 1e-9) + 1e-6, side="right"))))
    return max(1, min(most, len(problem.places)))
