"""Which case is heard by whom, where and when: the question and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from wuxiao.plan.form import BadProblem, Head, Said
from wuxiao.plan.store import Ints, frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of a case: languages it can be spoken to in (empty: any), slots it can come in (empty: all)."""

    name: str
    languages: frozenset[str] = frozenset()
    slots: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mediator:
    """One mediator as the timetable needs it: languages, skills, slots (empty: all) and most cases a day."""

    name: str
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    slots: frozenset[int] = frozenset()
    most_a_day: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One room: seats, what it offers (a lift, video), slots it is free in (empty: all)."""

    name: str
    seats: int
    offers: frozenset[str] = frozenset()
    slots: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: its parties, skills wanted of the mediator, slots in a row it lasts, seats and things the room must
    have, mediators who are barred (they know a party), first and last slot, and its weight.
    """

    name: str
    parties: tuple[str, ...]
    skills: frozenset[str] = frozenset()
    length: int = 1
    seats: int = 2
    needs: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    first: int = 0
    last: int | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One case on the timetable; all three are places in the problem's lists, `start` is its first slot."""

    case: int
    mediator: int
    room: int
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Cases, parties, mediators and rooms over slots; `days` is the day of each slot, not falling.

    A mediator shares a language with every party and has every skill the case wants; nobody and no room is in two
    places; a case stays within one day; `fixed` meetings have been told to the parties and stay.
    """

    days: Ints
    cases: tuple[Case, ...]
    parties: tuple[Party, ...]
    mediators: tuple[Mediator, ...]
    rooms: tuple[Room, ...]
    fixed: tuple[Meeting, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", frozen(self.days, np.int64, "days"))
        if not len(self.days):
            raise BadProblem("days", Said("至少要有一个时段", "at least one slot"))
        down = np.flatnonzero(np.diff(self.days) < 0)
        if len(down):
            raise BadProblem("days", Said("日序不能倒退", "days must not fall"), int(down[0]) + 1)
        for name in ("cases", "parties", "mediators", "rooms"):
            _unique(getattr(self, name), name)
        _slots(self)
        _cases(self)
        _fixed(self)


def _unique(things: Sequence[Case | Party | Mediator | Room], where: str) -> None:
    if not things:
        raise BadProblem(where, Said("不能为空", "must not be empty"))
    seen: dict[str, int] = {}
    for k, thing in enumerate(things):
        if thing.name in seen:
            first = seen[thing.name]
            raise BadProblem(where, Said(f"“{thing.name}”与第{first}个重复", f"“{thing.name}” is row {first} too"), k)
        seen[thing.name] = k


def _slots(it: Problem) -> None:
    groups: tuple[tuple[str, Sequence[Party | Mediator | Room]], ...] = (
        ("parties", it.parties),
        ("mediators", it.mediators),
        ("rooms", it.rooms),
    )
    for where, things in groups:
        for k, thing in enumerate(things):
            off = [s for s in thing.slots if not 0 <= s < len(it.days)]
            if off:
                said = Said(
                    f"没有时段{off[0]}，应在0到{len(it.days) - 1}", f"no slot {off[0]}: give 0 to {len(it.days) - 1}"
                )
                raise BadProblem(f"{where}.slots", said, k)
    for k, mediator in enumerate(it.mediators):
        if mediator.most_a_day < 0:
            raise BadProblem("mediators.most_a_day", Said("不能小于零", "cannot be below zero"), k)
    for k, room in enumerate(it.rooms):
        if room.seats < 1:
            raise BadProblem("rooms.seats", Said("至少一个座位", "at least one seat"), k)


def _cases(it: Problem) -> None:
    parties = {party.name for party in it.parties}
    mediators = {mediator.name for mediator in it.mediators}
    for k, case in enumerate(it.cases):
        lost = [name for name in case.parties if name not in parties]
        if lost or not case.parties or len(set(case.parties)) != len(case.parties):
            said = Said(f"没有当事人“{lost[0]}”" if lost else "当事人不能为空或重复",
                        f"there is no party “{lost[0]}”" if lost else "parties must be there, each once")  # fmt: skip
            raise BadProblem("cases.parties", said, k)
        strange = sorted(case.barred - mediators)
        if strange:
            raise BadProblem(
                "cases.barred", Said(f"没有调解员“{strange[0]}”", f"there is no mediator “{strange[0]}”"), k
            )
        if case.length < 1:
            raise BadProblem("cases.length", Said("至少一个时段", "at least one slot"), k)
        if not (case.weight > 0 and np.isfinite(case.weight)):
            raise BadProblem("cases.weight", Said("应大于零", "must be above zero"), k)
        if case.first < 0 or (case.last is not None and case.last < case.first):
            raise BadProblem("cases.first", Said("最早不能晚于最晚", "first must not be after last"), k)


def _fixed(it: Problem) -> None:
    limits = (
        ("case", len(it.cases)),
        ("mediator", len(it.mediators)),
        ("room", len(it.rooms)),
        ("start", len(it.days)),
    )
    for k, meeting in enumerate(it.fixed):
        for name, count in limits:
            if not 0 <= getattr(meeting, name) < count:
                raise BadProblem(f"fixed.{name}", Said(f"应在0到{count - 1}", f"must be from 0 to {count - 1}"), k)
    if it.fixed:
        from wuxiao.plan.match.checks import clashes

        found = clashes(it, it.fixed)
        if found:
            raise BadProblem("fixed", Said(f"已定的会相互冲突：{found[0].zh}", f"fixed meetings clash: {found[0].en}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A timetable: the meetings by start, the cases left over with the reason, and the days waited.

    `head.objective` is the weight of the cases that are heard; `waiting` is the weighted sum of the days they are
    heard on, made small second and without a bound; `moved` counts meetings that differ from the earlier plan.
    """

    head: Head
    meetings: tuple[Meeting, ...]
    left: Ints
    reasons: tuple[Said, ...]
    waiting: float
    moved: int = 0
    names: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "left", frozen(self.left, np.int64, "left"))

    def why(self) -> tuple[Said, ...]:
        """Return how many are heard, why some are not, and what is not guaranteed."""
        heard, out = len(self.meetings), len(self.left)
        said = [Said(f"排定{heard}件，未排{out}件；先求排得多，再求等得少",
                     f"{heard} cases are heard, {out} left over; first as many as can be, then as early")]  # fmt: skip
        said += list(self.reasons)
        said.append(
            Said(
                "未保证：等待天数只是尽量少，没有证明；临时缺席要重排",
                "not guaranteed: waiting is short but unproven; absence needs a new plan",
            )
        )
        return tuple(said)
