"""What stands in a calendar: an occasion, the series it may head, and each time it takes place.

An occasion lies on days (a `date`: school terms, holidays) or at a time in a zone (an aware `datetime`: a sitting, an
hour of reception). Whatever its zone, each time it takes place is told in the time of the house, Asia/Shanghai.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.calendar.recurrence import LAST_DAY, WIDE, Bounds, Recurrence, Times, write_out
from wuxiao.rules.words import Text

#: What a calendar that leaves the house may call an occasion. No free words: they would name somebody one day.
NEUTRAL_TITLES: Mapping[str, Text] = {
    "conference": Text("联席会议", "Joint conference"),
    "reception": Text("接访时间", "Reception hours"),
    "mediation": Text("调解安排", "Mediation"),
    "inspection": Text("检查安排", "Inspection"),
    "training": Text("培训", "Training"),
    "duty": Text("值班", "Duty"),
    "other": Text("工作安排", "Work"),
}


class Status(StrEnum):
    """Whether an occasion takes place."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Length:
    """How long: whole days by the calendar (over a change of clocks too), then seconds by the watch."""

    days: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Occasion:
    """One entry of a calendar: who it is (`uid`, `sequence`), when it begins, how long it lasts, what it is called."""

    uid: str
    start: date | datetime
    length: Length = Length()
    title: str = ""
    place: str = ""
    status: Status = Status.CONFIRMED
    sequence: int = 0

    @property
    def whole_days(self) -> bool:
        """True when it lies on days and not at a time."""
        return not isinstance(self.start, datetime)


@dataclass(frozen=True, slots=True)
class Added:
    """A date a series has beside its rules, with a length of its own or the series'."""

    start: date | datetime
    length: Length | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """An occasion and when it comes again. `without` and `changed` name single times by `key`, or by their day."""

    head: Occasion
    rules: tuple[Recurrence, ...] = ()
    added: tuple[Added, ...] = ()
    without: frozenset[date | datetime] = frozenset()
    changed: Mapping[date | datetime, Occasion] = field(default_factory=dict)

    @property
    def endless(self) -> bool:
        """True when some rule of it says no end."""
        return any(rule.endless for rule in self.rules)


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One time an occasion takes place, in the time of the house; `end` is the first moment (or day) after it."""

    begins: datetime
    start: date | datetime = field(compare=False)
    end: date | datetime = field(compare=False)
    uid: str = field(compare=False)
    title: str = field(compare=False)
    place: str = field(compare=False)
    status: Status = field(compare=False)

    @property
    def first_day(self) -> date:
        """The day it begins on."""
        return self.begins.date()

    @property
    def last_day(self) -> date:
        """The last day it touches."""
        if isinstance(self.end, datetime):
            return max(self.begins, self.end - timedelta(microseconds=1)).date()
        return self.end - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """The times of a series in order; `whole` is False when a bound ended the list."""

    times: tuple[Occurrence, ...]
    whole: bool
    looks: int = 0


def instant(moment: datetime) -> datetime:
    """Return an aware moment in UTC; a time that a change of clocks skips or doubles is read as RFC 5545 says."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a moment needs a zone")
    return (moment.replace(tzinfo=None) - offset).replace(tzinfo=UTC)


def wall_clock(start: date | datetime) -> datetime:
    """Return a beginning as its own clocks show it, a day as its midnight; rules count in this."""
    return start.replace(tzinfo=None) if isinstance(start, datetime) else datetime(start.year, start.month, start.day)


def in_house(moment: datetime) -> datetime:
    """Return an aware moment in the time of the house."""
    return instant(moment).astimezone(SHANGHAI)


def key(moment: date | datetime) -> date | datetime:
    """Return what tells one time of a series from the others: the day, or the moment in UTC."""
    return instant(moment) if isinstance(moment, datetime) else moment


def ends(start: date | datetime, length: Length) -> date | datetime:
    """Return the day after, or the moment in the time of the house, at which something of this length is over."""
    if not isinstance(start, datetime):
        return start + timedelta(days=length.days)
    return (instant(start + timedelta(days=length.days)) + timedelta(seconds=length.seconds)).astimezone(SHANGHAI)


def occurrence(occasion: Occasion, start: date | datetime, length: Length | None = None) -> Occurrence:
    """Return an occasion as it takes place at one time."""
    timed = isinstance(start, datetime)
    begins = in_house(start) if isinstance(start, datetime) else wall_clock(start).replace(tzinfo=SHANGHAI)
    return Occurrence(
        begins=begins,
        start=begins if timed else start,
        end=ends(start, length or occasion.length),
        uid=occasion.uid,
        title=occasion.title,
        place=occasion.place,
        status=occasion.status,
    )


def take_place(series: Series, bounds: Bounds = WIDE) -> Taken:
    """Return each time a series takes place within bounds, cancelled ones among them."""
    starts: dict[date | datetime, tuple[date | datetime, Length | None]] = {}
    starts[key(series.head.start)] = (series.head.start, None)
    whole, looks = True, 0
    for rule in series.rules:
        times = _by_rule(series.head, rule, replace(bounds, looks=bounds.looks - looks))
        whole, looks = whole and times.whole, looks + times.looks
        for moment in times.times:
            start = _like(series.head.start, moment)
            starts.setdefault(key(start), (start, None))
    for one in series.added:
        starts[key(one.start)] = (one.start, one.length)
    found = [
        occurrence(series.head, start, length)
        for name, (start, length) in starts.items()
        if not {name, _wall_day(start)} & (series.without | series.changed.keys())
    ]
    found += [occurrence(changed, changed.start) for changed in series.changed.values()]
    kept = sorted(one for one in found if bounds.first <= one.last_day and one.first_day <= bounds.last)
    return Taken(tuple(kept[: bounds.most]), whole and len(kept) <= bounds.most, looks)


def _wall_day(start: date | datetime) -> date:
    return start.date() if isinstance(start, datetime) else start


def _like(start: date | datetime, moment: datetime) -> date | datetime:
    return moment.replace(tzinfo=start.tzinfo) if isinstance(start, datetime) else moment.date()


def _by_rule(head: Occasion, rule: Recurrence, bounds: Bounds) -> Times:
    zone: tzinfo | None = head.start.tzinfo if isinstance(head.start, datetime) else None
    # What began before the first day may still go on, and another zone may be a day away: look a little wider.
    wider = timedelta(days=min(head.length.days + head.length.seconds // 86_400, 3_660) + 2)
    last = min(bounds.last, LAST_DAY - timedelta(days=2)) + timedelta(days=2)
    return write_out(rule, wall_clock(head.start), replace(bounds, first=bounds.first - wider, last=last), zone)
