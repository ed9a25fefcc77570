"""What is asked of the rounds and what comes back: places with visits over days, shifts, rounds with times."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from wuxiao.plan import store
from wuxiao.plan.form import BadProblem, Head, Said

#: Longest horizon in days and most breaks in a shift that the search is written for.
MOST_DAYS = 400
MOST_BREAKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place to be visited `visits` times within the horizon.

    `at` is its row in the travel tables; `minutes` one visit lasts; a visit begins within [`opens`, `closes`] minutes
    of the day. Days: either `patterns` (each a complete set of days, one is chosen), or any `visits` of `days` (all
    days where None) whose neighbours lie `gap_least` to `gap_most` days apart, counted also from `last_day`, the day
    of the visit before the horizon (negative), where it is given. `must` visits come before all others; another visit
    that finds no room costs `worth` minutes. `skills` and `people` are what the crew must have; `usual` is the officer
    people there know; `load` is carried in the shift's `capacity`.
    """

    id: str
    at: int
    minutes: float
    visits: int = 1
    gap_least: int = 1
    gap_most: int | None = None
    days: tuple[int, ...] | None = None
    patterns: tuple[tuple[int, ...], ...] | None = None
    last_day: int | None = None
    opens: float = 0.0
    closes: float = math.inf
    must: bool = True
    worth: float = 120.0
    skills: frozenset[str] = frozenset()
    people: int = 1
    usual: str | None = None
    load: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """An officer, or a crew that goes together (`people`), with the skills it has; nothing else about a person."""

    id: str
    skills: frozenset[str] = frozenset()
    people: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A meal or rest of `minutes` that begins within [`first`, `last`] minutes of the day, wherever one then is."""

    first: float
    last: float
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """An officer's working time on one day: from `base` and back to it within [`start`, `end`] minutes of the day.

    `end` may lie past midnight (above 1440), but not past the begin of the officer's next shift.

    `mode` names the travel table (walking, riding …); `longest` limits travel and visits together, `capacity` the
    loads; `breaks` are taken in their order, on the way, at a place before or after its visit, or at the base.
    """

    officer: str
    day: int
    start: float = 0.0
    end: float = math.inf
    base: int = 0
    mode: str = "ride"
    longest: float = math.inf
    capacity: float = math.inf
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Visits of places over `days` days by the officers' shifts.

    `minutes[mode]` is the table of travel minutes (rows and columns: `Place.at` and `Shift.base`; need not be
    symmetric; infinite where there is no way). `other_officer_minutes` is what a visit by another than the place's
    usual (or most frequent) officer costs; `change_minutes` what a visit costs in the search that the earlier plan did
    not have on that day with that officer. Days before `today` are past: what the earlier plan had there stays, and
    nothing new is put there. Raises `BadProblem` naming field and row.
    """

    days: int
    places: tuple[Place, ...]
    officers: tuple[Officer, ...]
    shifts: tuple[Shift, ...]
    minutes: dict[str, store.Floats]
    other_officer_minutes: float = 0.0
    change_minutes: float = 0.0
    today: int = 0

    def __post_init__(self) -> None:
        tables = {
            mode: store.frozen(table, np.float64, f"minutes.{mode}", dimensions=2, finite=False)
            for mode, table in self.minutes.items()
        }
        object.__setattr__(self, "minutes", tables)
        _check_days(self)
        _check_tables(tables)
        rows = len(next(iter(tables.values())))
        officers = _check_officers(self)
        _check_shifts(self, officers, rows)
        object.__setattr__(self, "shifts", _one_at_a_time(self.shifts))
        _check_places(self, officers, rows)
        for name in ("other_officer_minutes", "change_minutes"):
            _number(getattr(self, name), name, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit in a round: the place, arrival, begin and end in minutes of the day."""

    place: str
    arrive: float
    begin: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """One break in a round: taken after so many visits (0 before the first), begin and end in minutes of the day."""

    after: int
    begin: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One shift's round: leaves the base, makes its visits in order, takes its breaks, is back; `travel` minutes."""

    officer: str
    day: int
    leave: float
    back: float
    travel: float
    visits: tuple[Visit, ...]
    rests: tuple[Rest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A visit that found no room: the day it would have been due and why, in words."""

    place: str
    day: int
    must: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The rounds of all shifts that go out, what was left, and the parts of the objective.

    ``head.objective = travel + other_officer_minutes * other_officer + sum of worth of visits left``; `must` visits
    left are no part of it: the search puts them before everything, and `check` calls them by name. `kept` and `moved`
    count the visits of an earlier plan that were or were not kept on their day with their officer.
    """

    head: Head
    rounds: tuple[Round, ...]
    left: tuple[Left, ...]
    travel: float
    other_officer: int
    visits: int
    kept: int | None = None
    moved: int | None = None
    reasons: tuple[tuple[str, str], ...] = field(default=())

    def why(self) -> tuple[Said, ...]:
        """Return the reasons for the plan, weightiest first."""
        return tuple(Said(zh, en) for zh, en in self.reasons)


def euclid(positions: Any, *, per_minute: float = 1.0, detour: float = 1.0) -> store.Floats:
    """Return a travel table from positions: straight distance times `detour`, at `per_minute` units a minute."""
    xy = store.frozen(positions, np.float64, "positions", dimensions=2)
    apart = xy[:, None, :] - xy[None, :, :]
    table: store.Floats = np.hypot(apart[..., 0], apart[..., 1]) * (detour / per_minute)
    return table


# ------------------------------------------------------------------------------------------------------------ refusals


def _refuse(where: str, zh: str, en: str, row: int | None = None) -> BadProblem:
    return BadProblem(where, Said(zh, en), row)


def _number(value: float, where: str, row: int | None, *, finite: bool = True, least: float = 0.0) -> None:
    if math.isnan(value) or value < least or (finite and math.isinf(value)):
        raise _refuse(
            where, f"应是不小于{least:g}的数，实为{value}", f"must be a number from {least:g}, is {value}", row
        )


def _once(ids: Iterable[str], where: str) -> None:
    seen: dict[str, int] = {}
    for row, one in enumerate(ids):
        if one in seen:
            zh = f"编号“{one}”与第{seen[one]}行重复，请改用不同编号"
            raise _refuse(where, zh, f"id “{one}” is the same as in row {seen[one]}: give each its own", row)
        seen[one] = row


def _check_days(p: Problem) -> None:
    if not 1 <= p.days <= MOST_DAYS:
        raise _refuse("days", f"应在1到{MOST_DAYS}天之间", f"must be 1 to {MOST_DAYS} days")
    if not 0 <= p.today < p.days:
        raise _refuse("today", "须是计划期内的一天", "must be a day of the horizon")


def _check_tables(tables: dict[str, store.Floats]) -> None:
    if not tables:
        raise _refuse("minutes", "至少要有一种出行方式的时间表", "needs the table of at least one way of travel")
    sizes = {mode: table.shape for mode, table in tables.items()}
    first = next(iter(sizes.values()))
    for mode, table in tables.items():
        where = f"minutes.{mode}"
        if table.shape[0] != table.shape[1] or table.shape != first:
            raise _refuse(
                where, f"应是同样大小的方表，实为{table.shape}", f"must be square and of one size: {table.shape}"
            )
        bad = np.argwhere(np.isnan(table) | (table < 0))
        if len(bad):
            row = int(bad[0][0])
            raise _refuse(where, "出行时间须是不小于零的分钟数", "travel minutes must be numbers from zero", row)
        off = np.argwhere(np.diag(table) != 0)
        if len(off):
            raise _refuse(where, "到自己的时间须为零", "the time to oneself must be zero", int(off[0][0]))


def _check_officers(p: Problem) -> dict[str, Officer]:
    _once((o.id for o in p.officers), "officers")
    for row, o in enumerate(p.officers):
        if o.people < 1:
            raise _refuse("officers", "人数至少一人", "people must be at least one", row)
    return {o.id: o for o in p.officers}


def _check_shifts(p: Problem, officers: dict[str, Officer], rows: int) -> None:
    _once((f"{s.officer} @ {s.day}" for s in p.shifts), "shifts")
    for row, s in enumerate(p.shifts):
        if s.officer not in officers:
            raise _refuse("shifts", f"没有人员“{s.officer}”", f"there is no officer “{s.officer}”", row)
        if not 0 <= s.day < p.days:
            raise _refuse("shifts", f"第{s.day}天不在计划期内", f"day {s.day} is not in the horizon", row)
        if not 0 <= s.base < rows:
            raise _refuse("shifts", f"出发点{s.base}不在时间表内", f"base {s.base} is not in the travel table", row)
        if s.mode not in p.minutes:
            raise _refuse("shifts", f"没有“{s.mode}”的时间表", f"there is no travel table “{s.mode}”", row)
        _number(s.start, "shifts", row)
        for value in (s.end, s.longest, s.capacity):
            _number(value, "shifts", row, finite=False)
        if s.end < s.start:
            raise _refuse("shifts", "收班早于出班", "ends before it starts", row)
        if len(s.breaks) > MOST_BREAKS:
            raise _refuse("shifts", f"休息至多{MOST_BREAKS}次", f"at most {MOST_BREAKS} breaks", row)
        free = s.start
        for b in s.breaks:
            for value in (b.first, b.last, b.minutes):
                _number(value, "shifts", row)
            begin = max(free, b.first)
            if b.last < b.first or begin > b.last or begin + b.minutes > s.end:
                zh, en = "休息排不进班次：请核对先后和时段", "a break has no room in the shift: see order and times"
                raise _refuse("shifts", zh, en, row)
            free = begin + b.minutes


def _one_at_a_time(shifts: tuple[Shift, ...]) -> tuple[Shift, ...]:
    """Return the shifts, none of which runs into the officer's next; refuses those that are written to do so.

    A shift may run past midnight. One without an end ends, at the latest, when the officer's next begins.
    """
    following: dict[int, Shift] = {}
    by_officer: dict[str, list[int]] = {}
    for row, s in enumerate(shifts):
        by_officer.setdefault(s.officer, []).append(row)
    for rows in by_officer.values():
        rows.sort(key=lambda row: (shifts[row].day, shifts[row].start))
        for row, after in pairwise(rows):
            following[row] = shifts[after]
    made = []
    for row, s in enumerate(shifts):
        then = following.get(row)
        limit = math.inf if then is None else (then.day - s.day) * 1440.0 + then.start
        if then is not None and s.start <= limit < s.end and math.isinf(s.end):
            s = replace(s, end=limit)
        elif then is not None and s.end > limit:
            zh = f"“{s.officer}”第{s.day}天的班次到第{then.day}天的班次开始还没结束，一人不能同时上两班"
            en = f"the shift of “{s.officer}” on day {s.day} is not over when that of day {then.day} begins"
            raise _refuse("shifts", zh, en, row)
        made.append(s)
    return tuple(made)


def _check_places(p: Problem, officers: dict[str, Officer], rows: int) -> None:
    _once((x.id for x in p.places), "places")
    at_base = {(s.mode, s.base) for s in p.shifts}
    for row, x in enumerate(p.places):
        if not 0 <= x.at < rows:
            raise _refuse("places", f"位置{x.at}不在时间表内", f"row {x.at} is not in the travel table", row)
        for value in (x.minutes, x.opens, x.worth, x.load):
            _number(value, "places", row)
        _number(x.closes, "places", row, finite=False)
        if x.closes < x.opens:
            raise _refuse("places", "开放时段先后颠倒", "closes before it opens", row)
        if x.people < 1:
            raise _refuse("places", "到访人数至少一人", "people must be at least one", row)
        if x.usual is not None and x.usual not in officers:
            raise _refuse("places", f"没有人员“{x.usual}”", f"there is no officer “{x.usual}”", row)
        if not any(_able(o, x) for o in officers.values()):
            zh, en = "没有人员具备所需技能和人数", "no officer has the skills and number of people it needs"
            raise _refuse("places", zh, en, row)
        if at_base and all(
            math.isinf(p.minutes[mode][base, x.at]) or math.isinf(p.minutes[mode][x.at, base]) for mode, base in at_base
        ):
            raise _refuse("places", "从任何出发点都到不了", "cannot be reached from any base and back", row)
        _check_frequency(p, x, row)


def _able(officer: Officer, place: Place) -> bool:
    return place.skills <= officer.skills and place.people <= officer.people


def _check_frequency(p: Problem, x: Place, row: int) -> None:
    if x.visits < 1:
        raise _refuse("places", "访次至少一次", "visits must be at least one", row)
    if x.gap_least < 1 or (x.gap_most is not None and x.gap_most < x.gap_least):
        zh, en = "间隔须为1≤最短≤最长", "gaps must be 1 ≤ least ≤ most"
        raise _refuse("places", zh, en, row)
    if x.last_day is not None and x.last_day >= p.today:
        raise _refuse("places", "上次访问须早于今天", "the last visit must lie before today", row)
    for days in (*(x.patterns or ()), *((x.days,) if x.days is not None else ())):
        if any(not 0 <= d < p.days for d in days) or len(set(days)) != len(days):
            zh, en = "日子须在计划期内且不重复", "days must lie in the horizon, each once"
            raise _refuse("places", zh, en, row)
    if x.patterns is not None:
        if x.days is not None:
            raise _refuse("places", "日子组合与可选日子只填其一", "give patterns or days, not both", row)
        if not x.patterns or any(len(days) != x.visits for days in x.patterns):
            zh, en = f"每个日子组合须恰有{x.visits}天", f"every pattern must have {x.visits} days"
            raise _refuse("places", zh, en, row)
    elif not _fits(p.days, x):
        zh = f"{x.visits}次、间隔{x.gap_least}至{x.gap_most or '不限'}天，排不进可选的日子"
        en = f"{x.visits} visits {x.gap_least} to {x.gap_most or 'any'} days apart do not fit the days there are"
        raise _refuse("places", zh, en, row)


def _fits(days: int, x: Place) -> bool:
    free = sorted(x.days) if x.days is not None else list(range(days))
    most = x.gap_most if x.gap_most is not None else 10**9
    ends: Sequence[int] = free if x.last_day is None else [d for d in free if x.gap_least <= d - x.last_day <= most]
    for _ in range(x.visits - 1):
        ends = [d for d in free if any(x.gap_least <= d - e <= most for e in ends)]
    return bool(ends)
