"""What a date is made of: terms, pauses, extensions, and the stored reason with everything that was counted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from wuxiao.rules.calendar import SHANGHAI, OffSpan
from wuxiao.rules.hours import OfficeHours, Spans, spans_from_json
from wuxiao.rules.words import Text

_MOST = 100_000


class Unit(StrEnum):
    """The measures a term can have."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    WORKING_HOURS = "working_hours"
    HOURS = "hours"
    MINUTES = "minutes"


DAY_UNITS = frozenset({Unit.WORKING_DAYS, Unit.CALENDAR_DAYS})
OFFICE_UNITS = frozenset({Unit.WORKING_DAYS, Unit.WORKING_HOURS})
WALL_UNITS = frozenset({Unit.HOURS, Unit.MINUTES})

_UNIT_WORDS = {
    Unit.WORKING_DAYS: (Text("个工作日", "working day"), ("工作日", "个工作日")),
    Unit.CALENDAR_DAYS: (Text("天", "day"), ("天", "日", "自然日", "个自然日")),
    Unit.WORKING_HOURS: (Text("个工作小时", "working hour"), ("工作小时", "个工作小时")),
    Unit.HOURS: (Text("小时", "hour"), ("小时", "个小时")),
    Unit.MINUTES: (Text("分钟", "minute"), ("分钟",)),
}
_UNIT_NAMES: dict[str, Unit] = {
    **{name: unit for unit in Unit for name in (unit.value, unit.value[:-1])},
    **{word: unit for unit, (_, words) in _UNIT_WORDS.items() for word in words},
}
_TERM = re.compile(
    r"\s*([0-9]+(?:\.[0-9]+)?(?:e-[0-9]{1,3})?)\s*([^\s0-9]+(?:[ -][a-z]+)?)\s*?(\s+no_roll)?\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time in one measure; days are whole numbers, hours and minutes may be fractions.

    `roll` says whether a last calendar day on a rest day moves on; it means nothing for other units and is then False.
    Raises `ValueError` for an amount that is not above zero, not finite, too large, or a fraction of a day.
    """

    amount: int | float
    unit: Unit
    roll: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", Unit(self.unit))
        amount = self.amount
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not math.isfinite(amount):
            raise ValueError(f"the amount of a term must be a number, not {amount!r}")
        if not 0 < amount <= _MOST:
            raise ValueError(f"the amount of a term must be above 0 and at most {_MOST}, not {amount}")
        if isinstance(amount, float) and amount.is_integer():
            object.__setattr__(self, "amount", int(amount))
        elif self.unit in DAY_UNITS and not isinstance(amount, int):
            raise ValueError(f"{amount} {self.unit}: days are counted whole; use hours for a part of a day")
        if self.unit is not Unit.CALENDAR_DAYS:
            object.__setattr__(self, "roll", False)

    @classmethod
    def parse(cls, text: str) -> Term:
        """Read "5 working_days", "24 hours", "15 calendar_days no_roll" or "5个工作日"; raises `ValueError` saying
        what is allowed.
        """
        match = _TERM.fullmatch(text)
        unit = _UNIT_NAMES.get(re.sub(r"[ -]", "_", match[2].lower())) if match else None
        if match is None or unit is None:
            raise ValueError(
                f'"{text}" is not a term: write a number and one of {", ".join(Unit)}, as in "5 working_days"; '
                'calendar days take a last word "no_roll" when a last day on a holiday does not move on'
            )
        amount = float(match[1]) if "." in match[1] or "e" in match[1] else int(match[1])
        return cls(amount, unit, roll=not match[3])

    def __str__(self) -> str:
        """Return the form `parse` reads back to an equal term."""
        flag = " no_roll" if self.unit is Unit.CALENDAR_DAYS and not self.roll else ""
        # Written out: a date that was given, not counted, can make a term of a millionth of a second.
        amount = format(Decimal(repr(self.amount)), "f")
        return f"{amount} {self.unit}{flag}"

    @property
    def words(self) -> Text:
        """The term in words, as "5个工作日" and "5 working days"."""
        name = _UNIT_WORDS[self.unit][0]
        return Text(f"{self.amount}{name.zh}", f"{self.amount} {name.en}{'' if self.amount == 1 else 's'}")

    @property
    def length(self) -> timedelta:
        """The length of a term of hours or minutes; raises `ValueError` for days, whose length depends on the
        calendar.
        """
        if self.unit in DAY_UNITS:
            raise ValueError(f"{self} has no fixed length: ask promise() for its date")
        return timedelta(**{"minutes" if self.unit is Unit.MINUTES else "hours": self.amount})


def aware(moment: datetime, what: str) -> datetime:
    """Return the moment in Asia/Shanghai; raises `ValueError` naming `what` when it has no zone."""
    if not isinstance(moment, datetime):
        raise ValueError(f"{what} must be a date and time, not {moment!r}")
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"{what} {moment.isoformat()} has no time zone: say which zone it is in")
    try:
        return moment.astimezone(SHANGHAI)
    except OverflowError as error:
        raise ValueError(f"{what} {moment.isoformat()} is no usable date") from error


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which the clock stands still, with its reason; `end` is None while it lasts.

    Raises `ValueError` for times without a zone or an end before the start.
    """

    start: datetime
    end: datetime | None
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", aware(self.start, "the pause's start"))
        if self.end is not None:
            object.__setattr__(self, "end", aware(self.end, "the pause's end"))
            if self.end < self.start:
                raise ValueError(f"the pause ends ({self.end.isoformat()}) before it starts ({self.start.isoformat()})")


@dataclass(frozen=True, slots=True)
class Extension:
    """A further term granted after the date then standing, with its reason."""

    term: Term
    reason: str
    granted: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "granted", aware(self.granted, "the time the extension was granted"))


@dataclass(frozen=True, slots=True)
class Told:
    """A date a resident was told before; counting again may move it later, never earlier.

    `known` holds the starts of the pauses and the times of the extensions that were already in that date; what came
    after them is added on top of it.
    """

    due: datetime
    known: tuple[datetime, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "due", aware(self.due, "the date told"))
        object.__setattr__(self, "known", tuple(aware(moment, "a known event") for moment in self.known))


class StartRule(StrEnum):
    """How the day or moment of receipt was treated."""

    WORKDAY_NOT_COUNTED = "workday_not_counted"
    REST_DAY_NEXT_WORKDAY = "rest_day_next_workday"
    DAY_NOT_COUNTED = "day_not_counted"
    IN_OFFICE_HOURS = "in_office_hours"
    NEXT_OPENING = "next_opening"
    AT_ONCE = "at_once"


class EndRule(StrEnum):
    """What the moment of the date is."""

    OFFICE_CLOSE = "office_close"
    DAY_END = "day_end"
    EXACT = "exact"


class PauseEffect(StrEnum):
    """What became of a pause: given back, still running, begun after the date had passed, or already covered by
    another.
    """

    ADDED = "added"
    OPEN = "open"
    AFTER_DUE = "after_due"
    COVERED = "covered"


@dataclass(frozen=True, slots=True)
class CountedPause:
    """A pause with what it gave back: `added` is office time for working terms and elapsed time for the others."""

    pause: Pause
    effect: PauseEffect
    added: timedelta
    working: bool


@dataclass(frozen=True, slots=True)
class CountedExtension:
    """An extension with the date it led to."""

    extension: Extension
    due: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """Everything that made a date: enough to say it in plain words and to compute the same instant again.

    `skipped` are the named days off and `made_up` the worked weekend days from the start to the date, `half_days` the
    days with hours of their own; with `hours` they let the reason replay even when the calendar it was made with is
    gone. `rolled_from` is the last calendar day that fell on a rest day; `kept` the earlier date a new count gave
    when the date told was kept; `moved_from` the date told when a new count moved it later. `provisional` lists the
    years whose notice was not out.
    """

    start: datetime
    term: Term
    due: datetime
    start_rule: StartRule
    first_day: date | None
    end_rule: EndRule
    rolled_from: date | None
    skipped: tuple[OffSpan, ...]
    made_up: tuple[tuple[date, Text], ...]
    half_days: tuple[tuple[date, Spans], ...]
    pauses: tuple[CountedPause, ...]
    extensions: tuple[CountedExtension, ...]
    told: Told | None
    kept: datetime | None
    moved_from: datetime | None
    provisional: tuple[int, ...]
    hours: OfficeHours
    calendar: str

    def to_json(self) -> dict[str, Any]:
        """Return the reason as plain JSON values; `from_json` reads them back to an equal reason."""
        return {
            "start": self.start.isoformat(),
            "term": str(self.term),
            "due": self.due.isoformat(),
            "start_rule": self.start_rule.value,
            "first_day": self.first_day.isoformat() if self.first_day else None,
            "end_rule": self.end_rule.value,
            "rolled_from": self.rolled_from.isoformat() if self.rolled_from else None,
            "skipped": [[s.first.isoformat(), s.last.isoformat(), s.name.zh, s.name.en] for s in self.skipped],
            "made_up": [[day.isoformat(), name.zh, name.en] for day, name in self.made_up],
            "half_days": [
                [day.isoformat(), [[a.isoformat(), b.isoformat()] for a, b in spans]] for day, spans in self.half_days
            ],
            "pauses": [
                {
                    "start": c.pause.start.isoformat(),
                    "end": c.pause.end.isoformat() if c.pause.end else None,
                    "reason": c.pause.reason,
                    "effect": c.effect.value,
                    "added_seconds": c.added / timedelta(seconds=1),
                    "working": c.working,
                }
                for c in self.pauses
            ],
            "extensions": [
                {
                    "term": str(c.extension.term),
                    "reason": c.extension.reason,
                    "granted": c.extension.granted.isoformat(),
                    "due": c.due.isoformat(),
                }
                for c in self.extensions
            ],
            "told": {"due": self.told.due.isoformat(), "known": [k.isoformat() for k in self.told.known]}
            if self.told
            else None,
            "kept": self.kept.isoformat() if self.kept else None,
            "moved_from": self.moved_from.isoformat() if self.moved_from else None,
            "provisional": list(self.provisional),
            "hours": self.hours.to_json(),
            "calendar": self.calendar,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Why:
        """Read what `to_json` wrote; raises `ValueError` saying that the record is broken for anything else."""
        try:
            told = raw["told"]
            return cls(
                start=_moment(raw["start"]),
                term=Term.parse(raw["term"]),
                due=_moment(raw["due"]),
                start_rule=StartRule(raw["start_rule"]),
                first_day=_day(raw["first_day"]),
                end_rule=EndRule(raw["end_rule"]),
                rolled_from=_day(raw["rolled_from"]),
                skipped=tuple(
                    OffSpan(date.fromisoformat(a), date.fromisoformat(b), Text(zh, en))
                    for a, b, zh, en in raw["skipped"]
                ),
                made_up=tuple((date.fromisoformat(day), Text(zh, en)) for day, zh, en in raw["made_up"]),
                half_days=tuple((date.fromisoformat(day), spans_from_json(spans)) for day, spans in raw["half_days"]),
                pauses=tuple(
                    CountedPause(
                        Pause(_moment(p["start"]), _moment(p["end"]) if p["end"] else None, p["reason"]),
                        PauseEffect(p["effect"]),
                        timedelta(seconds=p["added_seconds"]),
                        bool(p["working"]),
                    )
                    for p in raw["pauses"]
                ),
                extensions=tuple(
                    CountedExtension(
                        Extension(Term.parse(e["term"]), e["reason"], _moment(e["granted"])), _moment(e["due"])
                    )
                    for e in raw["extensions"]
                ),
                told=Told(_moment(told["due"]), tuple(_moment(k) for k in told["known"])) if told else None,
                kept=_moment(raw["kept"]) if raw["kept"] else None,
                moved_from=_moment(raw["moved_from"]) if raw["moved_from"] else None,
                provisional=tuple(int(year) for year in raw["provisional"]),
                hours=OfficeHours.from_json(raw["hours"]),
                calendar=str(raw["calendar"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the stored reason of a date is broken: {error!r}") from error


def _moment(raw: str) -> datetime:
    return aware(datetime.fromisoformat(raw), "a stored time")


def _day(raw: str | None) -> date | None:
    return date.fromisoformat(raw) if raw else None
