"""Reading a calendar file that somebody sent: what is in it, or in words why not. Nothing in a file makes it fail.

`read` takes bytes and returns what could be read beside what could not; whoever imports decides whether part of a
file is enough. It touches no network, no clock and no database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from wuxiao.feeds.calendars.events import Event, Events, made_uid
from wuxiao.feeds.calendars.findings import Findings
from wuxiao.feeds.calendars.lines import open_bytes
from wuxiao.feeds.calendars.parts import Part, parts
from wuxiao.feeds.calendars.values import Moments, Unreadable, words
from wuxiao.feeds.calendars.zones import MOST_ZONES, Observance, WrittenZone, Zones
from wuxiao.rules.calendar.occasions import Occasion, Series, Taken, take_place
from wuxiao.rules.calendar.recurrence import WIDE, Bounds, RuleError, read_rule

#: Times written out over a whole file, and days looked at for them.
MOST_TIMES = 20_000
MOST_LOOKS = 500_000


@dataclass(slots=True)
class CalendarFile:
    """What a file holds: its events in order, the series they make, and the findings."""

    findings: Findings = field(default_factory=Findings)
    encoding: str = ""
    lines: int = 0
    calendars: int = 0
    name: str = ""
    events: list[Event] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when nothing in it is wrong."""
        return not self.findings.errors_in_all

    def times(self, bounds: Bounds = WIDE) -> list[Taken]:
        """Return each time of each series within bounds, and no more than `MOST_TIMES` in all."""
        left, looks, found = MOST_TIMES, MOST_LOOKS, list[Taken]()
        for series in self.series:
            most = replace(bounds, most=min(bounds.most, left), looks=min(bounds.looks, looks))
            taken = take_place(series, most) if left > 0 else Taken((), False)
            left, looks = left - len(taken.times), looks - taken.looks
            found.append(taken)
        return found


def read(data: bytes) -> CalendarFile:
    """Read a file."""
    found = CalendarFile()
    source = open_bytes(data, found.findings)
    if source is None:
        return found
    found.encoding, found.lines = source.encoding, source.count
    for calendar in parts(source.content(), found.findings):
        found.calendars += 1
        _one_calendar(calendar, found)
    found.series = _series(found.events, found.findings)
    if found.ok and not found.events:
        found.findings.note("no_events", 1)
    return found


def not_there(why: str) -> CalendarFile:
    """Return what is to be said of a file that cannot be opened."""
    found = CalendarFile()
    found.findings.error("not_there", 1, found=why)
    return found


def _one_calendar(calendar: Part, found: CalendarFile) -> None:
    findings = found.findings
    said = {line.name: value.strip() for line in calendar.lines for value in [_value(line.rest)]}
    if calendar.number:
        findings.note("no_version", calendar.number) if "VERSION" not in said else None
        findings.note("no_maker", calendar.number) if "PRODID" not in said else None
    if said.get("VERSION", "2.0")[:1] == "1":
        findings.unsupported("old_version", calendar.number, found=said["VERSION"])
    if said.get("CALSCALE", "GREGORIAN").upper() != "GREGORIAN":
        findings.error("calendar_kind", calendar.named("CALSCALE")[0].number, found=said["CALSCALE"])
        return
    found.name = found.name or words(said.get("X-WR-CALNAME", said.get("NAME", "")))[:100]
    zones = Zones()
    needed = _zones(calendar, zones, findings)
    events = Events(Moments(zones, findings), findings, said.get("METHOD", "").upper())
    for part in calendar.parts:
        if part.kind == "VEVENT" and part.whole:
            event = events.one(part)
            found.events += [event] if event is not None else []
    for name, line in needed.items():
        if not zones.asked(name):
            findings.note("bad_zone_unused", line, found=name)


def _value(rest: str) -> str:
    """Return the value of a line of which no parameter matters."""
    return rest.partition(":")[2]


# -- zones -----------------------------------------------------------------------------------------------------------


def _zones(calendar: Part, zones: Zones, findings: Findings) -> dict[str, int]:
    """Read what the file says of its zones; return those that cannot be read, with their lines."""
    bad: dict[str, int] = {}
    described = [part for part in calendar.parts if part.kind == "VTIMEZONE" and part.named("TZID")]
    if len(described) > MOST_ZONES:
        findings.error("too_many_zones", described[MOST_ZONES].number, most=MOST_ZONES)
    for part in described[:MOST_ZONES]:
        name = _value(part.named("TZID")[0].rest).strip().strip('"').strip()
        try:
            observances = tuple(_observance(one) for one in part.parts if one.whole)
            if not observances:
                raise Unreadable("zone_rule")
            zones.own[name] = WrittenZone(name, observances)
        except (Unreadable, RuleError):
            zones.own[name] = None
            bad[name] = part.number
    return bad


def _observance(part: Part) -> Observance:
    said = {line.name: _value(line.rest).strip() for line in part.lines}
    rules = tuple(read_rule(_value(line.rest)) for line in part.named("RRULE"))
    if any(rule.freq != "YEARLY" for rule in rules):
        raise Unreadable("zone_rule")
    dates = [item for line in part.named("RDATE") for item in _value(line.rest).split(",") if item.strip()]
    if len(dates) > 1_000:
        raise Unreadable("zone_rule")
    return Observance(
        _wall(said.get("DTSTART", "")),
        _offset(said.get("TZOFFSETFROM", "")),
        _offset(said.get("TZOFFSETTO", "")),
        rules,
        tuple(_wall(item.partition("/")[0]) for item in dates),
    )


def _wall(text: str) -> datetime:
    """Return the wall-clock time of a change; centuries back are the beginning of time here."""
    text = text.strip().rstrip("Zz")
    for form in ("%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise Unreadable("bad_date", name="DTSTART", found=text)


def _offset(text: str) -> timedelta:
    digits = text[1:]
    if text[:1] not in {"+", "-"} or not (digits.isascii() and digits.isdigit()) or len(digits) not in {4, 6}:
        raise Unreadable("zone_rule")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise Unreadable("zone_rule")
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -offset if text[0] == "-" else offset


# -- series ----------------------------------------------------------------------------------------------------------


def _series(events: Iterable[Event], findings: Findings) -> list[Series]:
    """Put the changes of single times to the series they change; the newest of each wins."""
    heads: dict[str, Event] = {}
    changes: dict[str, dict[date | datetime, Event]] = {}
    for event in events:
        uid = event.occasion.uid
        if event.again is None:
            old = heads.get(uid)
            if old is not None and _age(old) == _age(event) and _told_of(old) != _told_of(event):
                findings.note("two_of_a_uid", event.line)
                uid = made_uid(event.occasion)
                event, old = replace(event, occasion=replace(event.occasion, uid=uid)), heads.get(uid)
            elif old is not None:
                findings.note("same_uid", event.line)
            heads[uid] = _newer(old, event)
        else:
            of_series = changes.setdefault(uid, {})
            of_series[event.again] = _newer(of_series.get(event.again), event)
    found = []
    for uid, event in heads.items():
        changed: dict[date | datetime, Occasion] = {at: one.occasion for at, one in changes.pop(uid, {}).items()}
        found.append(Series(event.occasion, event.rules, event.added, event.without, changed))
    for alone in changes.values():
        # A change without its series (an invitation to one time of it) is an entry of its own.
        found += [Series(event.occasion) for event in alone.values()]
    return found


def _newer(old: Event | None, new: Event) -> Event:
    if old is None:
        return new
    return max(new, old, key=_age)


def _age(event: Event) -> tuple[int, datetime]:
    return event.occasion.sequence, event.written


def _told_of(event: Event) -> tuple[object, ...]:
    return event.occasion, event.rules, event.added, event.without
