"""Office hours: when offices work on a workday, and when the last day of a term ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any

#: Spans of office hours of one day; a close of 00:00 is the midnight that ends the day.
Spans = tuple[tuple[time, time], ...]
MIDNIGHT = time(0)
_END = "24:00"
#: More hours than this over a midnight are two times the wrong way round, not a night.
_LONGEST_NIGHT = 16


class CalendarError(ValueError):
    """A date outside the calendar, or hours or days that cannot be a working calendar; the message says which and
    why.
    """


class DueAt(StrEnum):
    """When the last day of a day-counted term ends.

    `CLOSE`: when the office closes (Civil Code art. 203: where there are business hours, the period ends when
    business stops). `DAY_END`: at 23:59:59 of that day.
    """

    CLOSE = "close"
    DAY_END = "day_end"


def parse_spans(text: str) -> Spans:
    """Read office hours written as "09:00-12:00, 13:30-17:30" (comma, semicolon or space between spans).

    "00:00-24:00" is an office that never closes. Hours over midnight, "18:00-02:00", are two stretches of each
    workday: from midnight to two, and from six in the evening on.

    Raises `CalendarError` naming the part that is wrong.
    """
    spans: list[tuple[time, time]] = []
    for part in text.replace(",", " ").replace(";", " ").replace("，", " ").replace("；", " ").split():
        first, dash, last = part.partition("-")
        try:
            opens, closes = time.fromisoformat(first), _close(last)
            if MIDNIGHT < closes < opens and (24 - opens.hour) + closes.hour <= _LONGEST_NIGHT:
                spans = [(MIDNIGHT, closes), *spans, (opens, MIDNIGHT)]
            else:
                spans.append((opens, closes))
        except ValueError as error:
            raise CalendarError(f'office hours "{part}" should look like 09:00-12:00 ({error})') from error
        if not dash:
            raise CalendarError(f'office hours "{part}" should look like 09:00-12:00')
    return checked_spans(tuple(spans), "office hours")


def _close(text: str) -> time:
    return MIDNIGHT if text == _END else time.fromisoformat(text)


def span_words(opens: time, closes: time) -> str:
    """Return a span as people write it: 09:00–12:00, 18:00–24:00."""
    return f"{opens:%H:%M}–{_END if closes == MIDNIGHT else f'{closes:%H:%M}'}"


def checked_spans(spans: Spans, what: str) -> Spans:
    """Return the spans if they are ordered, apart and not empty; raises `CalendarError` naming `what` otherwise."""
    if not spans:
        raise CalendarError(
            f"{what}: at least one span of hours is needed; a closed day is an override, not empty hours"
        )
    before: time | None = None
    for opens, closes in spans:
        if opens.tzinfo is not None or closes.tzinfo is not None:
            raise CalendarError(f"{what}: give plain local times, without a zone")
        if opens >= closes != MIDNIGHT:
            raise CalendarError(f"{what}: {opens:%H:%M}-{closes:%H:%M} ends before it begins")
        if before is not None and (opens < before or before == MIDNIGHT):
            raise CalendarError(f"{what}: {opens:%H:%M}-{closes:%H:%M} overlaps the span before it, or is out of order")
        before = closes
    return spans


@dataclass(frozen=True, slots=True)
class Season:
    """Office hours from one (month, day) to another, both included, each year; may run over New Year."""

    first: tuple[int, int]
    last: tuple[int, int]
    spans: Spans

    def holds(self, day: date) -> bool:
        """Say whether a date falls in the season."""
        here = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When offices work on a workday, as local times, and when the last day of a term ends.

    `weekdays` pairs a weekday (Monday 0 ... Sunday 6) with other hours; `seasons` are summer or winter hours. A
    weekday's own hours win over a season's, and a season's over `spans`. A make-up workday on a weekend uses `spans`
    (or the season's) unless Saturday or Sunday is named in `weekdays`. Raises `CalendarError` for overlapping,
    reversed or empty spans.
    """

    spans: Spans = ((time(9), time(12)), (time(13, 30), time(17, 30)))
    weekdays: tuple[tuple[int, Spans], ...] = ()
    seasons: tuple[Season, ...] = ()
    due: DueAt = DueAt.CLOSE

    def __post_init__(self) -> None:
        checked_spans(self.spans, "office hours")
        seen: set[int] = set()
        for weekday, spans in self.weekdays:
            if not 0 <= weekday <= 6 or weekday in seen:
                raise CalendarError(f"weekday {weekday}: each weekday is a number from 0 (Monday) to 6, named once")
            seen.add(weekday)
            checked_spans(spans, f"hours of weekday {weekday}")
        for season in self.seasons:
            for month, day in (season.first, season.last):
                try:
                    date(2024, month, day)
                except ValueError as error:
                    raise CalendarError(f"season: {month}-{day} is not a day of the year") from error
            checked_spans(season.spans, "hours of a season")

    @classmethod
    def of(cls, spans: Iterable[tuple[time, time]], **other: Any) -> OfficeHours:
        """Return office hours of these spans on every workday; `other` are the remaining fields."""
        return cls(spans=tuple((opens, closes) for opens, closes in spans), **other)

    def on(self, day: date) -> Spans:
        """Return the hours a workday on this date has."""
        for weekday, spans in self.weekdays:
            if weekday == day.weekday():
                return spans
        for season in self.seasons:
            if season.holds(day):
                return season.spans
        return self.spans

    @property
    def uniform(self) -> bool:
        """Say whether every workday has the same hours."""
        return not self.weekdays and not self.seasons

    def to_json(self) -> dict[str, object]:
        """Return the hours as plain JSON values; `from_json` reads them back."""
        out: dict[str, object] = {"spans": spans_json(self.spans), "due": self.due.value}
        if self.weekdays:
            out["weekdays"] = [[weekday, spans_json(spans)] for weekday, spans in self.weekdays]
        if self.seasons:
            out["seasons"] = [[list(s.first), list(s.last), spans_json(s.spans)] for s in self.seasons]
        return out

    @classmethod
    def from_json(cls, raw: Mapping[str, object]) -> OfficeHours:
        """Read what `to_json` wrote; raises `CalendarError` or `KeyError` for anything else."""
        weekdays = raw.get("weekdays", [])
        seasons = raw.get("seasons", [])
        if not isinstance(weekdays, list) or not isinstance(seasons, list):
            raise CalendarError("office hours: weekdays and seasons are lists")
        return cls(
            spans=spans_from_json(raw["spans"]),
            weekdays=tuple((int(weekday), spans_from_json(spans)) for weekday, spans in weekdays),
            seasons=tuple(
                Season((int(a[0]), int(a[1])), (int(b[0]), int(b[1])), spans_from_json(spans))
                for a, b, spans in seasons
            ),
            due=DueAt(str(raw.get("due", "close"))),
        )


def _clock(moment: time) -> str:
    """Shortest exact form: 09:00, or with seconds when there are any."""
    return moment.isoformat("minutes") if moment == moment.replace(second=0, microsecond=0) else moment.isoformat()


def spans_json(spans: Spans) -> list[list[str]]:
    """Return spans as JSON pairs such as [["09:00", "12:00"]]."""
    return [[_clock(a), _END if b == MIDNIGHT else _clock(b)] for a, b in spans]


def spans_from_json(raw: object) -> Spans:
    """Read spans of hours from JSON pairs such as [["09:00", "12:00"]]; raises `CalendarError` for anything else."""
    if not isinstance(raw, list):
        raise CalendarError("hours are a list of [from, to] pairs")
    return checked_spans(tuple((time.fromisoformat(a), _close(b)) for a, b in raw), "hours")
