"""The working calendar of mainland China: official days off, make-up workdays, office hours.

Every date is a date in Asia/Shanghai. Years with a State Council notice are read from `holidays/YEAR.toml`; later
years are *provisional*: Monday to Friday without the statutory days of 全国年节及纪念日放假办法 (text of 2024-11-10),
because the swaps of weekends are decided only by the notice, usually in November. A notice also decides the last days
of the December before it (it did so for 2006-2008, 2012, 2019 and 2023), so 29-31 December stay provisional until the
next year's notice is loaded.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

from wuxiao.rules.holidays import parse_text, read_notice, read_shipped
from wuxiao.rules.hours import (
    MIDNIGHT,
    CalendarError,
    DueAt,
    OfficeHours,
    Season,
    Spans,
    checked_spans,
    parse_spans,
    spans_json,
)
from wuxiao.rules.notice import FIRST_YEAR, LAST_YEAR, ORDINARY_MAKE_UP, STATUTE, Notice, statutory
from wuxiao.rules.words import Text

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "SHANGHAI",
    "STATUTE",
    "Calendar",
    "CalendarError",
    "Day",
    "DueAt",
    "Notice",
    "OffSpan",
    "OfficeHours",
    "Season",
    "Spans",
    "load_notice",
    "parse_notice",
    "parse_spans",
]

SHANGHAI = ZoneInfo("Asia/Shanghai")

_DAY_END = time(23, 59, 59)
_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Day:
    """One date of the calendar: whether it is worked, its name if it is special, and where that is said.

    `name` is the holiday, the make-up workday's holiday or the town's own reason; plain weekdays and weekends have
    none.
    """

    date: date
    work: bool
    name: Text | None
    provisional: bool
    source: str


@dataclass(frozen=True, slots=True)
class _Override:
    work: bool
    name: Text
    spans: Spans | None = None


@dataclass(frozen=True, slots=True)
class OffSpan:
    """A run of consecutive days off that carry one name."""

    first: date
    last: date
    name: Text


@dataclass(frozen=True, slots=True)
class _Tables:
    """Prefix sums over the days of the calendar, so that counting costs a look-up and not a walk."""

    origin: int
    is_work: bytearray
    before: list[int]
    workdays: list[int]
    clock: list[int] | range
    off_spans: list[OffSpan]
    off_lasts: list[int]
    made_up: list[tuple[date, Text]]
    made_up_ordinals: list[int]
    special: list[tuple[date, Spans]]
    special_ordinals: list[int]


def _us_of(moment: time) -> int:
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * _US + moment.microsecond


def _us_of_close(moment: time) -> int:
    return 24 * 3600 * _US if moment == MIDNIGHT else _us_of(moment)


@dataclass(frozen=True, eq=False)
class Calendar:
    """An unchanging working calendar: notices, a town's own days, and office hours.

    Dates run from 2004-01-01 to 2050-12-31; anything outside raises `CalendarError`. Build one with `official()` and
    derive others with `with_year()` and `with_overrides()`; two calendars of the same content have the same `version`
    and are equal.
    """

    hours: OfficeHours
    _notices: Mapping[int, Notice]
    _overrides: Mapping[date, _Override]
    _years: tuple[int, int] = (FIRST_YEAR, LAST_YEAR)
    version: str = field(init=False)
    """Hash of everything that can move a date (16 hex digits); stored with every promise."""
    _tables: _Tables = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", self._digest())
        object.__setattr__(self, "_tables", self._build())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calendar) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)

    # -- making calendars --------------------------------------------------------------------------------------------

    @classmethod
    def official(cls, hours: OfficeHours | None = None) -> Calendar:
        """Return the calendar of the notices shipped with the product (2004-2026), later years provisional."""
        return _official(hours or OfficeHours())

    def with_year(
        self, year: int, days_off: Mapping[date, Text], make_up: Iterable[date] | Mapping[date, Text], source: str
    ) -> Calendar:
        """Return a calendar in which `year` follows a newly loaded notice, replacing any earlier one of that year.

        `make_up` may be plain dates or dates with names. Raises `CalendarError` with every reason when the notice is
        impossible.
        """
        named = dict(make_up) if isinstance(make_up, Mapping) else dict.fromkeys(make_up, ORDINARY_MAKE_UP)
        return self.with_notice(Notice(year, source, dict(days_off), named))

    def with_notice(self, notice: Notice) -> Calendar:
        """Return a calendar with one notice added or replaced; raises `CalendarError` when the notice is impossible."""
        problems = notice.problems()
        if problems:
            raise CalendarError(f"notice for {notice.year}: " + "; ".join(reason for _, reason in problems))
        notices = dict(sorted({**self._notices, notice.year: notice}.items()))
        return Calendar(self.hours, notices, self._overrides, self._years)

    def with_overrides(
        self,
        *,
        closed: Mapping[date, Text] | None = None,
        opened: Mapping[date, Text] | None = None,
        half_days: Mapping[date, tuple[Spans, Text]] | None = None,
    ) -> Calendar:
        """Return a calendar with a town's own days: closed (a regional festival), opened, or worked in part.

        A half day still counts as one working day; its hours, and so the moment it ends, are its own. These days win
        over the notices. Raises `CalendarError` when one date is given twice or lies outside the calendar.
        """
        new: dict[date, _Override] = {}
        for day, name in (closed or {}).items():
            new[day] = _Override(False, name)
        for day, name in (opened or {}).items():
            if day in new:
                raise CalendarError(f"{day} is given twice among the town's own days")
            new[day] = _Override(True, name)
        for day, (spans, name) in (half_days or {}).items():
            if day in new:
                raise CalendarError(f"{day} is given twice among the town's own days")
            new[day] = _Override(True, name, checked_spans(spans, f"hours of {day}"))
        for day in new:
            self._index(day)
        return Calendar(self.hours, self._notices, dict(sorted({**self._overrides, **new}.items())), self._years)

    def with_hours(self, hours: OfficeHours) -> Calendar:
        """Return the same days with other office hours."""
        return Calendar(hours, self._notices, self._overrides, self._years)

    @classmethod
    def from_record(
        cls,
        years: tuple[int, int],
        hours: OfficeHours,
        off: Iterable[OffSpan],
        made_up: Mapping[date, Text],
        special: Mapping[date, Spans],
    ) -> Calendar:
        """Rebuild the years a stored reason speaks of from that reason alone, so that it replays on its own.

        Only the days inside the record are meaningful. Used by `promise.replay`.
        """
        overrides: dict[date, _Override] = {}
        for span in off:
            for ordinal in range(span.first.toordinal(), span.last.toordinal() + 1):
                overrides[date.fromordinal(ordinal)] = _Override(False, span.name)
        for day, name in made_up.items():
            overrides[day] = _Override(True, name, special.get(day))
        for day, spans in special.items():
            overrides.setdefault(day, _Override(True, ORDINARY_MAKE_UP, spans))
        notices = {year: Notice(year, "record", {}, {}) for year in range(years[0], years[1] + 2)}
        overrides = {day: o for day, o in sorted(overrides.items()) if years[0] <= day.year <= years[1]}
        return cls(hours, notices, overrides, years)

    # -- asking ------------------------------------------------------------------------------------------------------

    @property
    def official_years(self) -> tuple[int, ...]:
        """The years that follow a loaded notice."""
        return tuple(self._notices)

    def provisional(self, year: int) -> bool:
        """Say whether the year's notice is not loaded yet (its last days can stay open even when it is: see
        `Day.provisional`).
        """
        return year not in self._notices

    def day(self, d: date) -> Day:
        """Return what the calendar knows of one date."""
        work = bool(self._tables.is_work[self._index(d)])
        override = self._overrides.get(d)
        if override is not None:
            return Day(d, work, override.name, False, "本地安排 local arrangement")
        for notice in (self._notices.get(d.year + 1), self._notices.get(d.year)):
            if notice is not None:
                name = notice.days_off.get(d) or notice.make_up.get(d)
                if name is not None:
                    return Day(d, work, name, False, notice.source)
        own = self._notices.get(d.year)
        if own is None:
            return Day(d, work, statutory(d.year).get(d), True, STATUTE)
        return Day(d, work, None, self.provisional_day(d), own.source)

    def provisional_day(self, d: date) -> bool:
        """Say whether a later notice can still change this date: no notice for its year, or 29-31 December before
        such a year.
        """
        if d in self._overrides:
            return False
        return d.year not in self._notices or (d.month == 12 and d.day >= 29 and d.year + 1 not in self._notices)

    def is_workday(self, d: date) -> bool:
        """Say whether offices work on this date."""
        return bool(self._tables.is_work[self._index(d)])

    def next_workday(self, d: date) -> date:
        """Return the first workday after this date (never the date itself)."""
        return self.add_workdays(d, 1)

    def add_workdays(self, d: date, n: int) -> date:
        """Return the n-th workday after this date, the date itself not counted; before it when n is negative.

        With n = 0: the date itself if it is a workday, else the next workday.
        """
        t = self._tables
        index = self._index(d)
        if n > 0:
            at = t.before[index + 1] + n - 1
        elif n == 0:
            at = t.before[index]
        else:
            at = t.before[index] + n
        if not 0 <= at < len(t.workdays):
            raise CalendarError(f"{n} workdays from {d} lie outside the calendar ({self._years[0]}-{self._years[1]})")
        return date.fromordinal(t.workdays[at])

    def workdays_between(self, a: date, b: date) -> int:
        """Count the workdays after a up to and including b, so that `workdays_between(d, add_workdays(d, n)) == n`.

        Negative when b lies before a.
        """
        before = self._tables.before
        return before[self._index(b) + 1] - before[self._index(a) + 1]

    def spans(self, d: date) -> Spans:
        """Return the hours worked on this date, none on a day off."""
        if not self.is_workday(d):
            return ()
        override = self._overrides.get(d)
        if override is not None and override.spans is not None:
            return override.spans
        return self.hours.on(d)

    def end_of(self, d: date) -> datetime:
        """Return the moment a term whose last day is `d` runs out: the office's close, or 23:59:59 (day off,
        `DueAt.DAY_END`, or an office that is open until midnight, so that the date said is the day meant).
        """
        spans = self.spans(d)
        if not spans or self.hours.due is DueAt.DAY_END or spans[-1][1] == MIDNIGHT:
            return datetime.combine(d, _DAY_END, SHANGHAI)
        return datetime.combine(d, spans[-1][1], SHANGHAI)

    def close_of(self, d: date) -> datetime:
        """Return when the office closes on a workday; raises `CalendarError` on a day off."""
        spans = self.spans(d)
        if not spans:
            raise CalendarError(f"{d} is a day off: the office does not close because it does not open")
        closes = spans[-1][1]
        return datetime.combine(d + timedelta(days=closes == MIDNIGHT), closes, SHANGHAI)

    def working_time(self, a: datetime, b: datetime) -> timedelta:
        """Return the office hours that lie between two aware datetimes (zero when b is not after a)."""
        if b <= a:
            return timedelta(0)
        return timedelta(microseconds=self._work_clock(b) - self._work_clock(a))

    def add_working_time(self, start: datetime, amount: timedelta) -> datetime:
        """Return the moment when `amount` of office time has run since `start`; a moment that falls on a close
        stays there.
        """
        us = round(amount / timedelta(microseconds=1))
        if us < 0:
            raise CalendarError("working time to add is negative")
        if us == 0:
            return start.astimezone(SHANGHAI)
        t = self._tables
        target = self._work_clock(start) + us
        at = bisect_left(t.clock, target) - 1
        if at + 1 >= len(t.clock):
            raise CalendarError(
                f"{amount} of working time from {start} lies beyond the calendar's last year {self._years[1]}"
            )
        left = target - t.clock[at]
        day = date.fromordinal(t.workdays[at])
        for opens, closes in self.spans(day):
            length = _us_of_close(closes) - _us_of(opens)
            if left <= length:
                return datetime.combine(day, opens, SHANGHAI) + timedelta(microseconds=left)
            left -= length
        raise AssertionError("the working clock and the day's hours disagree")

    def off_spans(self, first: date, last: date) -> list[OffSpan]:
        """Return the named days off touching first..last as runs, in order; plain weekends are not among them."""
        t = self._tables
        a, b = first.toordinal(), last.toordinal()
        out = []
        for at in range(bisect_left(t.off_lasts, a), len(t.off_lasts)):
            span = t.off_spans[at]
            if span.first.toordinal() > b:
                break
            out.append(span)
        return out

    def made_up(self, first: date, last: date) -> list[tuple[date, Text]]:
        """Return the worked Saturdays and Sundays in first..last with their names, in order."""
        t = self._tables
        return t.made_up[
            bisect_left(t.made_up_ordinals, first.toordinal()) : bisect_right(t.made_up_ordinals, last.toordinal())
        ]

    def special_hours(self, first: date, last: date) -> list[tuple[date, Spans]]:
        """Return the half days in first..last with their hours, in order."""
        t = self._tables
        return t.special[
            bisect_left(t.special_ordinals, first.toordinal()) : bisect_right(t.special_ordinals, last.toordinal())
        ]

    def provisional_years(self, first: date, last: date) -> tuple[int, ...]:
        """Return the years without a notice that decide any day in first..last."""
        end = last.year + 1 if last.month == 12 and last.day >= 29 else last.year
        return tuple(year for year in range(first.year, end + 1) if year not in self._notices)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _index(self, d: date) -> int:
        index = d.toordinal() - self._tables.origin
        if not 0 <= index < len(self._tables.is_work):
            raise CalendarError(f"{d} lies outside the calendar, which runs from {self._years[0]} to {self._years[1]}")
        return index

    def _work_clock(self, moment: datetime) -> int:
        """Office time from the calendar's first day to this moment, in microseconds."""
        local = moment.astimezone(SHANGHAI)
        day = local.date()
        index = self._index(day)
        t = self._tables
        total = t.clock[t.before[index]]
        if t.is_work[index]:
            now = _us_of(local.time())
            for opens, closes in self.spans(day):
                a = _us_of(opens)
                if now <= a:
                    break
                total += min(now, _us_of_close(closes)) - a
        return total

    def _digest(self) -> str:
        content = {
            "hours": self.hours.to_json(),
            "years": list(self._years),
            "notices": {
                year: [sorted(d.isoformat() for d in n.days_off), sorted(d.isoformat() for d in n.make_up)]
                for year, n in self._notices.items()
            },
            "statutory": {
                year: sorted(d.isoformat() for d in statutory(year))
                for year in range(self._years[0], self._years[1] + 1)
                if year not in self._notices
            },
            "own": {
                d.isoformat(): [o.work, spans_json(o.spans) if o.spans is not None else None]
                for d, o in self._overrides.items()
            },
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _build(self) -> _Tables:
        origin = date(self._years[0], 1, 1).toordinal()
        size = date(self._years[1], 12, 31).toordinal() - origin + 1
        is_work = bytearray(1 if (origin + i - 1) % 7 < 5 else 0 for i in range(size))
        off: dict[int, Text] = {}
        for year in range(self._years[0], self._years[1] + 2):
            notice = self._notices.get(year)
            days: Mapping[date, Text] = notice.days_off if notice is not None else statutory(year)
            # A later notice decides the December days it names, whatever the notice before said.
            for day in notice.make_up if notice is not None else ():
                off.pop(day.toordinal(), None)
                if 0 <= day.toordinal() - origin < size:
                    is_work[day.toordinal() - origin] = 1
            for day, name in days.items():
                if 0 <= day.toordinal() - origin < size:
                    is_work[day.toordinal() - origin] = 0
                    off[day.toordinal()] = name
        for day, override in self._overrides.items():
            ordinal = day.toordinal()
            is_work[ordinal - origin] = 1 if override.work else 0
            off.pop(ordinal, None)
            if not override.work:
                off[ordinal] = override.name
        workdays = [origin + i for i in range(size) if is_work[i]]
        special = [
            (d, o.spans)
            for d, o in sorted(self._overrides.items())
            if o.spans is not None and is_work[d.toordinal() - origin]
        ]
        spans: list[OffSpan] = []
        for ordinal in sorted(off):
            day = date.fromordinal(ordinal)
            if spans and spans[-1].name == off[ordinal] and spans[-1].last.toordinal() + 1 == ordinal:
                spans[-1] = OffSpan(spans[-1].first, day, off[ordinal])
            else:
                spans.append(OffSpan(day, day, off[ordinal]))
        made_up = [(date.fromordinal(o), self._made_up_name(date.fromordinal(o))) for o in workdays if (o - 1) % 7 >= 5]
        return _Tables(
            origin=origin,
            is_work=is_work,
            before=list(accumulate(is_work, initial=0)),
            workdays=workdays,
            clock=self._working_clock(workdays, dict(special)),
            off_spans=spans,
            off_lasts=[s.last.toordinal() for s in spans],
            made_up=made_up,
            made_up_ordinals=[d.toordinal() for d, _ in made_up],
            special=special,
            special_ordinals=[d.toordinal() for d, _ in special],
        )

    def _working_clock(self, workdays: list[int], special: Mapping[date, Spans]) -> list[int] | range:
        if self.hours.uniform and not special:
            length = _length(self.hours.spans)
            return range(0, (len(workdays) + 1) * length, length)
        days = (date.fromordinal(o) for o in workdays)
        return list(accumulate((_length(special.get(d) or self.hours.on(d)) for d in days), initial=0))

    def _made_up_name(self, day: date) -> Text:
        if day in self._overrides:
            return self._overrides[day].name
        for year in (day.year + 1, day.year):
            notice = self._notices.get(year)
            if notice is not None and day in notice.make_up:
                return notice.make_up[day]
        return ORDINARY_MAKE_UP


def load_notice(path: str | Path) -> Notice:
    """Read one year's holiday notice from a TOML or CSV file, to be given to `Calendar.with_notice`.

    The two shapes are described in `wuxiao.rules.holidays`. Raises `holidays.NoticeError` (a `CalendarError`, a
    `ValueError`) with file, line and reason of everything that is wrong; `OSError` when the file cannot be read.
    """
    return read_notice(path)


def parse_notice(text: str, source: str) -> Notice:
    """Read a holiday notice from its text (TOML or CSV); `source` stands in where the text names no notice.

    Raises `holidays.NoticeError` (a `ValueError`) with `source`, line and reason.
    """
    return parse_text(text, source)


def _length(spans: Spans) -> int:
    return sum(_us_of_close(b) - _us_of(a) for a, b in spans)


@lru_cache(maxsize=16)
def _official(hours: OfficeHours) -> Calendar:
    return Calendar(hours, read_shipped(), {})
