"""From content lines to components: what begins, what ends, what stands in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from wuxiao.feeds.calendars.findings import Findings
from wuxiao.feeds.calendars.lines import Line

MOST_DEEP = 20
#: Properties that are read, by component; all others are passed over.
READ: dict[str, frozenset[str]] = {
    "VCALENDAR": frozenset({"VERSION", "PRODID", "CALSCALE", "METHOD", "X-WR-CALNAME", "NAME"}),
    "VEVENT": frozenset(
        {
            *("UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND", "DURATION", "STATUS", "SUMMARY"),
            *("LOCATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID"),
        }
    ),
    "VTIMEZONE": frozenset({"TZID"}),
    "STANDARD": frozenset({"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"}),
}
READ["DAYLIGHT"] = READ["STANDARD"]
#: Where each may stand; what stands elsewhere is part of that and not read.
_INSIDE = {"VEVENT": "VCALENDAR", "VTIMEZONE": "VCALENDAR", "STANDARD": "VTIMEZONE", "DAYLIGHT": "VTIMEZONE"}
#: Names that begin no sentence: a line with one is a slip and not the rest of a description.
_NO_WORDS = {"DTSTART", "DTEND", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}
_LOOSE = {"VEVENT", "VTIMEZONE"}
_OTHER = {"VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", "VPOLL", "VALARM"}


@dataclass(slots=True)
class Part:
    """A component that is read: its kind, the line it begins on, its lines, and the components in it.

    `whole` is False until its end was found.
    """

    kind: str
    number: int
    lines: list[Line] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    whole: bool = False

    def named(self, name: str) -> list[Line]:
        """Return its lines of one name."""
        return [line for line in self.lines if line.name == name]


def parts(lines: Iterable[Line], findings: Findings) -> list[Part]:
    """Return the calendars of a file; entries that stand in none make one of their own."""
    building = _Building(findings)
    for line in lines:
        building.take(line)
    building.finish()
    return building.calendars


@dataclass(slots=True)
class _Open:
    kind: str
    number: int
    part: Part | None


@dataclass(slots=True)
class _Building:
    findings: Findings
    calendars: list[Part] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    deeper: int = 0
    known: bool = False

    def take(self, line: Line) -> None:
        if line.name == "BEGIN":
            self.begin(line.rest.lstrip(":").strip().upper(), line.number)
        elif line.name == "END":
            self.end(line.rest.lstrip(":").strip().upper(), line.number)
        elif not self.stack:
            self.findings.note("after" if self.calendars else "before", line.number)
        elif not line.name:
            word = line.rest.split(maxsplit=1)[0].upper()
            if word in _NO_WORDS and self.stack[-1].kind == "VEVENT":
                self.findings.error("bad_line", line.number, name=word)
            else:
                self.findings.note("stray_line", line.number)
        elif (part := self.stack[-1].part) is not None and line.name in READ[part.kind]:
            part.lines.append(line)

    def begin(self, kind: str, number: int) -> None:
        if len(self.stack) >= MOST_DEEP:
            if not self.deeper:
                self.findings.error("too_deep", number, most=MOST_DEEP)
            self.deeper += 1
            return
        if kind == "VEVENT" and self.stack and self.stack[-1].kind == "VEVENT":
            self.findings.error("cut_off", self.stack.pop().number, found="VEVENT")
        self.known = self.known or kind == "VCALENDAR" or kind in _LOOSE or kind in _OTHER
        part = Part(kind, number)
        above = self.stack[-1].part if self.stack else None
        if not self.stack and kind == "VCALENDAR":
            self.calendars.append(part)
        elif not self.stack and kind in _LOOSE:
            self.findings.note("no_outer", number)
            self.calendars.append(Part("VCALENDAR", 0, parts=[part], whole=True))
        elif above is not None and _INSIDE.get(kind) == above.kind:
            above.parts.append(part)
        else:
            self._unread(kind, number, above)
            self.stack.append(_Open(kind, number, None))
            return
        self.stack.append(_Open(kind, number, part))

    def _unread(self, kind: str, number: int, above: Part | None) -> None:
        if kind == "VALARM":
            self.findings.unsupported("alarm", number)
        elif not self.stack or (above is not None and above.kind == "VCALENDAR"):
            self.findings.unsupported("component", number, found=kind)

    def end(self, kind: str, number: int) -> None:
        if self.deeper:
            self.deeper -= 1
            return
        if all(one.kind != kind for one in self.stack):
            self.findings.error("stray_end", number, found=kind)
            return
        while (one := self.stack.pop()).kind != kind:
            self.findings.error("cut_off", one.number, found=one.kind)
        if one.part is not None:
            one.part.whole = True

    def finish(self) -> None:
        for one in self.stack:
            self.findings.error("cut_off", one.number, found=one.kind)
        if not self.known:
            self.findings.error("no_calendar", 1)
