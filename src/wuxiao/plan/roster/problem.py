"""What is to be rostered: shifts, people with contracts, cover, wishes, fairness, an earlier roster; and the roster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from wuxiao.plan.form import BadProblem, Head, Said

DAY = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A count from `least` to `most` (None: no upper end).

    `under` and `over` are what each unit outside costs; None makes that end a hard rule.
    """

    least: int = 0
    most: int | None = None
    under: int | None = None
    over: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One kind of duty that starts on a day: `start` in minutes after midnight, `minutes` long (1440: a 24 h watch).

    `post` is where it is done (only people of that post do it, where people name posts), `group` the name shared by
    shifts that count as the same kind (empty: its own id), `skills` what a person must all have, `not_before` the ids
    or groups that may not follow on the next day. `duty` and `area` serve the three don'ts of community officers.
    """

    id: str
    start: int = 480
    minutes: int = 480
    night: bool = False
    post: str = ""
    group: str = ""
    duty: Literal["other", "community", "station_duty", "case_work", "response"] = "other"
    area: str = ""
    skills: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One day of a pattern: `shift` is an id, a group, ``*`` for any shift or ``-`` for none; `weekday` 0-6 or -1."""

    shift: str
    weekday: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Days in a row that are unwanted; each time they occur costs `weight`, None forbids them."""

    steps: tuple[Step, ...]
    weight: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The rules of working time shared by some people.

    Bands count, over the horizon: `shifts`, `minutes`, `nights`, `weekends` (with any work in them), `of_shift` by
    shift id or group; and the length of unbroken rows of: working days `run`, free days `off`, nights `night_run`,
    worked weekends `weekend_run`, days of one group `runs_of`. `rest` is the minutes between the end of a shift and the
    start of the next, a hard rule. Weights (0: none) for a weekend worked in part (`split_weekend`), with different
    groups (`mixed_weekend`), and for a night before a free weekend (`night_before_free`). `unskilled` is the cost of
    a shift done without its skill, None forbids it.
    """

    id: str
    shifts: Band = Band()
    minutes: Band = Band()
    nights: Band = Band()
    weekends: Band = Band()
    run: Band = Band()
    off: Band = Band()
    night_run: Band = Band()
    weekend_run: Band = Band()
    of_shift: dict[str, Band] = field(default_factory=dict)
    runs_of: dict[str, Band] = field(default_factory=dict)
    rest: int = 0
    weekend_days: tuple[int, ...] = (5, 6)
    split_weekend: int = 0
    mixed_weekend: int = 0
    night_before_free: int = 0
    unskilled: int | None = None
    unwanted: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person by id: contract, skills, posts (empty: any), days away, and what is carried in.

    `community` is the area of a community officer, empty for everyone else: the three don'ts hold for them. `before`
    holds the shifts of the last days before the first, "" for a day off. `carried` is the balance of former months:
    how many nights, weekends, days or minutes more (or fewer, below zero) than the even share.
    """

    id: str
    contract: str
    skills: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    community: str = ""
    away: tuple[int, ...] = ()
    before: tuple[str, ...] = ()
    carried: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """How many people a shift needs on a day; with `skill`, how many of them must have it.

    Each one missing costs `under`, each one too many `over`; None makes that end a hard rule.
    """

    day: int
    shift: str
    need: int
    under: int | None = None
    over: int | None = 0
    skill: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A person wants (or wants not) a shift on a day; `shift` empty: any work. Not met costs `weight`; None binds."""

    person: str
    day: int
    shift: str = ""
    wants: bool = False
    weight: int | None = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A cell that is fixed: `shift` empty means off."""

    person: str
    day: int
    shift: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fair:
    """Spread a burden evenly over people (empty: all): most minus fewest, what is carried in included.

    `most` is a hard limit on that spread, `weight` the cost of each unit of it.
    """

    what: Literal["nights", "weekends", "days", "minutes"]
    people: tuple[str, ...] = ()
    most: int | None = None
    weight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Stay near an earlier roster: `rows` by person and day.

    Cells that differ, from day `since` on (earlier days do not change at all), cost `weight` each and are at most
    `most`. A cell of a person who is away on that day does not count.
    """

    rows: tuple[tuple[str, ...], ...]
    since: int = 0
    most: int | None = None
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Who works when, over `days` days that begin on weekday `first` (0 Monday).

    `edges` says what lies beyond the first day (of people without `before`) and the last: ``open``, a row of days may
    go on there and falls short of nothing, or ``shut``, it ends there.
    """

    days: int
    shifts: tuple[Shift, ...]
    contracts: tuple[Contract, ...]
    people: tuple[Person, ...]
    cover: tuple[Cover, ...]
    wishes: tuple[Wish, ...] = ()
    pins: tuple[Pin, ...] = ()
    fair: tuple[Fair, ...] = ()
    keep: Keep | None = None
    first: int = 0
    edges: Literal["open", "shut"] = "open"

    def __post_init__(self) -> None:
        _Checker(self).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A roster: `rows` by person and day, the shift's id or ""; `costs` by rule; `changed` cells against an earlier."""

    head: Head
    rows: tuple[tuple[str, ...], ...]
    costs: dict[str, int] = field(default_factory=dict)
    spread: dict[str, int] = field(default_factory=dict)
    changed: int | None = None
    met: int = 0
    wished: int = 0

    def why(self) -> tuple[Said, ...]:
        """Return the reasons for the roster in plain words, the weightiest first."""
        from wuxiao.plan.roster.words import why

        return why(self)


class _Checker:
    """Refuses what cannot be meant, naming field and row."""

    def __init__(self, problem: Problem) -> None:
        self.p = problem

    def all(self) -> None:
        p = self.p
        self.number("days", p.days, 1, 400)
        self.number("first", p.first, 0, 6)
        self.unique("shifts", [s.id for s in p.shifts])
        self.unique("contracts", [c.id for c in p.contracts])
        self.unique("people", [q.id for q in p.people])
        if not p.people:
            raise BadProblem("people", Said("没有人可排", "there is nobody to roster"))
        if not p.shifts:
            raise BadProblem("shifts", Said("没有班次", "there is no shift"))
        self.ids = {s.id for s in p.shifts}
        self.names = self.ids | {s.group for s in p.shifts if s.group}
        self.who = {q.id for q in p.people}
        self.skills = {k for q in p.people for k in q.skills} | {k for s in p.shifts for k in s.skills}
        for i, s in enumerate(p.shifts):
            self.shift(i, s)
        for i, c in enumerate(p.contracts):
            self.contract(i, c)
        kinds = {c.id for c in p.contracts}
        for i, q in enumerate(p.people):
            self.person(i, q, kinds)
        self.rows()

    def shift(self, i: int, s: Shift) -> None:
        self.number("shifts.start", s.start, 0, DAY - 1, i)
        self.number("shifts.minutes", s.minutes, 1, 3 * DAY, i)
        for name in s.not_before:
            self.known("shifts.not_before", name, self.names, i)
        if s.duty not in ("other", "community", "station_duty", "case_work", "response"):
            raise BadProblem("shifts.duty", Said(f"没有“{s.duty}”这种勤务", f"no kind of duty “{s.duty}”"), i)

    def contract(self, i: int, c: Contract) -> None:
        for name in ("shifts", "minutes", "nights", "weekends", "run", "off", "night_run", "weekend_run"):
            self.band(f"contracts.{name}", getattr(c, name), i)
        for name, bands in (("of_shift", c.of_shift), ("runs_of", c.runs_of)):
            for key, band in bands.items():
                self.known(f"contracts.{name}", key, self.names, i)
                self.band(f"contracts.{name}", band, i)
        self.number("contracts.rest", c.rest, 0, 14 * DAY, i)
        for name in ("split_weekend", "mixed_weekend", "night_before_free"):
            self.number(f"contracts.{name}", getattr(c, name), 0, 10**9, i)
        self.weight("contracts.unskilled", c.unskilled, i)
        for day in c.weekend_days:
            self.number("contracts.weekend_days", day, 0, 6, i)
        for pattern in c.unwanted:
            self.weight("contracts.unwanted", pattern.weight, i)
            if not pattern.steps:
                raise BadProblem("contracts.unwanted", Said("空的模式", "an empty pattern"), i)
            for step in pattern.steps:
                self.known("contracts.unwanted", step.shift, {*self.names, "*", "-"}, i)
                self.number("contracts.unwanted", step.weekday, -1, 6, i)

    def person(self, i: int, q: Person, kinds: set[str]) -> None:
        self.known("people.contract", q.contract, kinds, i)
        for day in q.away:
            self.number("people.away", day, 0, self.p.days - 1, i)
        for name in q.before:
            self.known("people.before", name, {*self.ids, ""}, i)
        for name, value in q.carried.items():
            self.known("people.carried", name, {"nights", "weekends", "days", "minutes"}, i)
            self.number("people.carried", value, -(10**6), 10**6, i)

    def rows(self) -> None:
        p = self.p
        for i, c in enumerate(p.cover):
            self.number("cover.day", c.day, 0, p.days - 1, i)
            self.known("cover.shift", c.shift, self.ids, i)
            self.number("cover.need", c.need, 0, 10**6, i)
            self.weight("cover.under", c.under, i)
            self.weight("cover.over", c.over, i)
            if c.skill:
                self.known("cover.skill", c.skill, self.skills, i)
        for i, w in enumerate(p.wishes):
            self.cell("wishes", w.person, w.day, w.shift, i)
            self.weight("wishes.weight", w.weight, i)
        for i, pin in enumerate(p.pins):
            self.cell("pins", pin.person, pin.day, pin.shift, i)
        for i, f in enumerate(p.fair):
            self.known("fair.what", f.what, {"nights", "weekends", "days", "minutes"}, i)
            for name in f.people:
                self.known("fair.people", name, self.who, i)
            self.weight("fair.most", f.most, i)
            self.weight("fair.weight", f.weight, i)
        if p.keep is not None:
            self.number("keep.since", p.keep.since, 0, p.days, None)
            self.weight("keep.most", p.keep.most, None)
            self.weight("keep.weight", p.keep.weight, None)
            if len(p.keep.rows) != len(p.people):
                said = Said("旧班表的人数与本题不同", "the earlier roster has another number of people")
                raise BadProblem("keep.rows", said)
            for i, row in enumerate(p.keep.rows):
                if len(row) != p.days:
                    raise BadProblem("keep.rows", Said("旧班表的天数不同", "another number of days"), i)
                for name in row:
                    self.known("keep.rows", name, {*self.ids, ""}, i)

    def cell(self, where: str, person: str, day: int, shift: str, row: int) -> None:
        self.known(f"{where}.person", person, self.who, row)
        self.number(f"{where}.day", day, 0, self.p.days - 1, row)
        self.known(f"{where}.shift", shift, {*self.ids, ""}, row)

    def band(self, where: str, band: Band, row: int) -> None:
        self.number(where, band.least, 0, 10**9, row)
        if band.most is not None:
            self.number(where, band.most, 0, 10**9, row)
            if band.least > band.most:
                said = Said(
                    f"下限{band.least}大于上限{band.most}，请改其一",
                    f"least {band.least} is above most {band.most}: change one",
                )
                raise BadProblem(where, said, row)
        self.weight(where, band.under, row)
        self.weight(where, band.over, row)

    @staticmethod
    def weight(where: str, value: int | None, row: int | None) -> None:
        if value is not None:
            _Checker.number(where, value, 0, 10**9, row)

    @staticmethod
    def number(where: str, value: Any, low: int, high: int, row: int | None = None) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            said = Said(f"应是{low}到{high}的整数，实为{value}", f"must be a whole number {low}..{high}, found {value}")
            raise BadProblem(where, said, row)

    @staticmethod
    def known(where: str, name: str, names: Iterable[str], row: int | None) -> None:
        if name not in names:
            shown = "、".join(sorted(n or "（空）" for n in names)[:12])
            raise BadProblem(where, Said(f"没有“{name}”，有：{shown}", f"no “{name}”; there are: {shown}"), row)

    @staticmethod
    def unique(where: str, names: Sequence[str]) -> None:
        seen: set[str] = set()
        for i, name in enumerate(names):
            if not name:
                raise BadProblem(where, Said("编号是空的", "the id is empty"), i)
            if name in seen:
                raise BadProblem(where, Said(f"编号“{name}”重复", f"id “{name}” is there twice"), i)
            seen.add(name)
