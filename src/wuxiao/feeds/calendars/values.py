"""Values of content lines: dates, times, lengths, texts (RFC 5545, 3.3), and the slips whose meaning is plain."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from wuxiao.feeds.calendars.findings import Findings
from wuxiao.feeds.calendars.zones import NoZone, Zones
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.calendar.occasions import Length
from wuxiao.rules.calendar.recurrence import FIRST_DAY, LAST_DAY
from wuxiao.typed.plain import line as one_line

MOST_TITLE = 300
_LONGEST = 10 * 366
_DATE = re.compile(r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})")
_TIME = re.compile(r"[T ]([0-9]{2})(:?)([0-9]{2})(?:\2([0-9]{2}))?(?:[.,][0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?", re.I)
_STANDARD = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_LENGTH = re.compile(
    r"([+-]?)P(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?", re.I
)
_ZONE_AND_DATE = re.compile(r"(.*):([0-9]{8}(?:T[0-9]{6}Z?)?)")
_ESCAPED = re.compile(r"\\(.)", re.S)


class Unreadable(Exception):
    """A value that cannot be read; `code` and `found` are for the findings."""

    def __init__(self, code: str, **found: object) -> None:
        super().__init__(code)
        self.code = code
        self.found = found


@dataclass(frozen=True, slots=True)
class Where:
    """What a value stands in: the line, the property, its parameters."""

    line: int
    name: str
    parameters: Mapping[str, str]

    @property
    def zone(self) -> str:
        """The zone it names."""
        return self.parameters.get("TZID", "")


@dataclass(slots=True)
class Moments:
    """Reads dates and times with the zones of one file."""

    zones: Zones
    findings: Findings

    def one(self, where: Where, text: str) -> date | datetime:
        """Return a day, or a moment in its zone; raises `Unreadable`."""
        text = text.strip().strip('"').strip()
        zone = where.zone
        if outer := _ZONE_AND_DATE.fullmatch(text):
            # A zone's name with a colon, not in quotes: the reader stopped at the wrong colon.
            zone, text = f"{zone}:{outer[1]}", outer[2]
        day, moment, offset = _split(where, text)
        if not _STANDARD.fullmatch(text):
            self.findings.note("odd_date", where.line, name=where.name)
        if day is not None:
            if where.parameters.get("VALUE", "").upper() != "DATE":
                self.findings.note("bare_date", where.line, name=where.name)
            return day
        assert moment is not None
        return self._timed(where, text, moment, offset, zone)

    def _timed(self, where: Where, text: str, moment: datetime, offset: tzinfo | None, zone: str) -> date | datetime:
        if where.parameters.get("VALUE", "").upper() == "DATE":
            if moment.time().isoformat() != "00:00:00":
                raise Unreadable("date_and_time", name=where.name, found=text)
            self.findings.note("midnight", where.line, name=where.name)
            return moment.date()
        if offset is not None:
            if zone and offset is UTC:
                self.findings.note("utc_and_zone", where.line, name=where.name)
            return moment.replace(tzinfo=offset)
        if not zone:
            self.findings.note("floating", where.line)
            return moment.replace(tzinfo=SHANGHAI)
        try:
            found, guessed = self.zones.find(zone)
        except NoZone as none:
            raise Unreadable(none.code, found=zone) from None
        if guessed:
            self.findings.note("zone_offset", where.line, found=zone)
        return moment.replace(tzinfo=found)

    def many(self, where: Where, text: str) -> list[tuple[date | datetime, Length | None]]:
        """Return the dates of a list, each with its own length where it is a period; raises `Unreadable`."""
        found = []
        for item in text.split(","):
            if not item.strip():
                continue
            start, slash, rest = item.partition("/")
            moment = self.one(where, start)
            found.append((moment, self._period(where, moment, rest.strip()) if slash else None))
        return found

    def _period(self, where: Where, start: date | datetime, rest: str) -> Length:
        if rest[:1].upper() in {"P", "+", "-"}:
            return length(rest)
        end = self.one(where, rest)
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            raise Unreadable("bad_date", name=where.name, found=rest)
        return between(start, end)


def between(start: date | datetime, end: date | datetime) -> Length:
    """Return the length from one to the other: days for days, seconds by the watch for times."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        start_offset, end_offset = start.utcoffset() or timedelta(0), end.utcoffset() or timedelta(0)
        gap = (end.replace(tzinfo=None) - end_offset) - (start.replace(tzinfo=None) - start_offset)
        seconds, days = int(gap.total_seconds()), 0
    elif isinstance(start, datetime) or isinstance(end, datetime):
        raise Unreadable("mixed")
    else:
        seconds, days = 0, (end - start).days
    if seconds < 0 or days < 0:
        raise Unreadable("ends_early")
    if days > _LONGEST or seconds > _LONGEST * 86_400:
        raise Unreadable("length_huge", found=f"{days or seconds // 86_400} d")
    return Length(days, seconds)


def _split(where: Where, text: str) -> tuple[date | None, datetime | None, tzinfo | None]:
    """Return a day, or a wall-clock time with the offset that stands in it."""
    found = _DATE.match(text)
    bad = Unreadable("bad_date", name=where.name, found=text)
    if found is None:
        raise bad
    clock = _TIME.fullmatch(text, found.end())
    if clock is None and found.end() != len(text):
        raise bad
    try:
        day = date(int(found[1]), int(found[3]), int(found[4]))
        if not FIRST_DAY <= day <= LAST_DAY:
            raise Unreadable("out_of_range", name=where.name, found=text)
        if clock is None:
            return day, None, None
        hour, minute, second = int(clock[1]), int(clock[3]), min(int(clock[4] or 0), 60)
        # Midnight at the end of a day and the leap second: the next moment, and the second before it.
        moment = datetime(day.year, day.month, day.day, hour % 24 if (hour, minute) == (24, 0) else hour, minute)
        moment += timedelta(days=hour == 24, seconds=min(second, 59))
        return None, moment, _offset(clock[5])
    except ValueError:
        # The year 0, the 30th of February, 25 o'clock.
        raise (Unreadable("out_of_range", name=where.name, found=text) if found[1] == "0000" else bad) from None


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text.upper() == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def length(text: str) -> Length:
    """Return how long a DURATION is; raises `Unreadable`."""
    text = text.strip()
    found = _LENGTH.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        raise Unreadable("bad_length", found=text)
    if any(len(part) > 12 for part in found.groups()[1:] if part):
        raise Unreadable("length_huge", found=text)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    made = Length(weeks * 7 + days, hours * 3_600 + minutes * 60 + seconds)
    if found[1] == "-" and made != Length():
        raise Unreadable("length_negative", found=text)
    if made.days > _LONGEST or made.seconds > _LONGEST * 86_400:
        raise Unreadable("length_huge", found=text)
    return made


def words(text: str) -> str:
    """Return a text without its escapes, on one line, without what nobody can see."""
    return one_line(_ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text))
