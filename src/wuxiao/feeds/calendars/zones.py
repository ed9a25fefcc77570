"""Zones by the names calendars write: those of the time zone data, those of Windows, offsets, and a file's own.

A name of the time zone data is read from there, also where the file describes it: exports cut the description short.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from wuxiao.late import late
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.calendar.recurrence import Bounds, Recurrence, write_out

MOST_ZONES = 100
MOST_CHANGES = 4_000
#: Beijing time as people and programs write it.
_BEIJING = {"china standard time", "beijing time", "prc", "中国标准时间", "北京时间", "北京", "中国"}
_OFFSET = re.compile(r"\(?(?:UTC|GMT)?\s*([+-])\s*([0-9]{1,2})(?::?([0-9]{2}))?(?![0-9])\)?(.*)", re.I | re.S)
_DOUBLED = re.compile(r" [0-9]{1,2}$")

_languages = late("babel.core")


class NoZone(Exception):
    """A zone nobody knows (`zone`), or one the file describes badly (`zone_rule`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Observance:
    """One STANDARD or DAYLIGHT of a VTIMEZONE: from when on, from which offset to which."""

    start: datetime
    before: timedelta
    after: timedelta
    rules: tuple[Recurrence, ...] = ()
    added: tuple[datetime, ...] = ()


class WrittenZone(tzinfo):
    """A zone as a file describes it. A time that does not exist has the offset before the gap, a doubled one the first
    (RFC 5545, 3.3.5).
    """

    def __init__(self, name: str, observances: tuple[Observance, ...]) -> None:
        self._name = name
        self._observances = observances
        self._changes: list[tuple[datetime, timedelta]] | None = None

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """Return the offset at a wall-clock time."""
        changes = self._table()
        wall = moment.replace(tzinfo=None) if moment is not None else datetime.max
        at = bisect_right(changes, wall, key=lambda change: change[0])
        return changes[at - 1][1] if at else min(self._observances, key=lambda one: one.start).before

    def dst(self, moment: datetime | None) -> None:
        """Unknown: offsets are all that is read."""
        return None

    def tzname(self, moment: datetime | None) -> str:
        """Return the name the file gives it."""
        return self._name

    def _table(self) -> list[tuple[datetime, timedelta]]:
        if self._changes is None:
            found = []
            for one in self._observances:
                gap = max(one.after - one.before, timedelta(0))
                starts = {one.start, *one.added}
                for rule in one.rules:
                    # The zone of the rule's end is the offset before the change.
                    bounds = Bounds(most=MOST_CHANGES, first=date(1895, 1, 1), years=400)
                    starts.update(write_out(rule, one.start, bounds, timezone(one.before)).times)
                found += [(start + gap, one.after) for start in starts]
            self._changes = sorted(found)
        return self._changes


@dataclass(slots=True)
class Zones:
    """The zones of one file: what it describes itself, and what everybody knows."""

    own: dict[str, WrittenZone | None] = field(default_factory=dict)
    _found: dict[str, tuple[tzinfo, bool]] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def find(self, name: str) -> tuple[tzinfo, bool]:
        """Return a zone and whether its name gave no more than an offset; raises `NoZone`."""
        name = name.strip().strip('"').strip()
        self._asked.add(name)
        if name not in self._found:
            self._found[name] = self._look(name)
        return self._found[name]

    def asked(self, name: str) -> bool:
        """Return whether somebody needed a zone of this name."""
        return name in self._asked

    def _look(self, name: str) -> tuple[tzinfo, bool]:
        known = _known().get(name.lower())
        if known:
            return ZoneInfo(known), False
        if name in self.own:
            own = self.own[name]
            if own is None:
                raise NoZone("zone_rule")
            return own, False
        if name.lower() in _BEIJING:
            return SHANGHAI, False
        # `/vendor/2005/Europe/Berlin`: names under a vendor's end in a common one.
        parts = [part for part in re.split(r"[/\\]", name) if part]
        for count in (3, 2):
            known = _known().get("/".join(parts[-count:]).lower()) if len(parts) >= count else None
            if known:
                return ZoneInfo(known), False
        windows = _windows()
        for guess in (name, _DOUBLED.sub("", name), parts[-1] if parts else ""):
            known = windows.get(guess.lower())
            if known:
                return ZoneInfo(known), False
        return _by_offset(name), True


def _by_offset(name: str) -> tzinfo:
    """A bare offset is one; with a place behind it only Beijing's, for other places change their clocks."""
    found = _OFFSET.fullmatch(name)
    if found is None:
        raise NoZone("zone")
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    minutes = -minutes if found[1] == "-" else minutes
    if abs(minutes) > 14 * 60 or int(found[3] or 0) > 59 or (found[4].strip() and minutes != 8 * 60):
        raise NoZone("zone")
    return timezone(timedelta(minutes=minutes))


@cache
def _known() -> Mapping[str, str]:
    return {name.lower(): name for name in sorted(available_timezones()) if name not in {"localtime", "Factory"}}


@cache
def _windows() -> Mapping[str, str]:
    """Return the zones of Windows by name, from CLDR as Babel carries it."""
    table: Mapping[str, str] = _languages.get_global("windows_zone_mapping")
    return {name.lower(): zone for name, zone in table.items() if zone.lower() in _known()} | {"utc": "UTC"}
