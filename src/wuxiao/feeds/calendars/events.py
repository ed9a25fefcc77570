"""From a VEVENT to an occasion: when it begins and ends, what it is called, when it comes again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from wuxiao.feeds.calendars.findings import Findings
from wuxiao.feeds.calendars.lines import Line
from wuxiao.feeds.calendars.parts import Part
from wuxiao.feeds.calendars.values import MOST_TITLE, Moments, Unreadable, Where, between, length, words
from wuxiao.rules.calendar.occasions import Added, Length, Occasion, Status, key, wall_clock
from wuxiao.rules.calendar.recurrence import Recurrence, RuleError, meets, read_rule
from wuxiao.rules.words import Text

#: Dates of one entry, in RDATE and in EXDATE.
MOST_DATES = 5_000
MOST_RULES = 20
_ONE_DAY = Text("一天", "one day")
_ONE_MOMENT = Text("一个时刻", "a moment")


@dataclass(frozen=True, slots=True)
class Event:
    """A VEVENT as it was read. `again` names the time of its series that it changes."""

    line: int
    occasion: Occasion
    rules: tuple[Recurrence, ...] = ()
    added: tuple[Added, ...] = ()
    without: frozenset[date | datetime] = frozenset()
    again: date | datetime | None = None
    written: datetime = datetime.min


@dataclass(slots=True)
class Events:
    """Reads the events of one file."""

    moments: Moments
    findings: Findings
    method: str = ""
    _part: Part = field(default_factory=lambda: Part("", 0))
    _floats: bool = False

    def one(self, part: Part) -> Event | None:
        """Return the event, or None with the reason among the findings."""
        self._part = part
        at = part.number
        try:
            for name in ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"):
                if len(part.named(name)) > 1:
                    at = part.named(name)[1].number
                    raise Unreadable("given_twice", name=name)
            starts = part.named("DTSTART")
            if not starts and self.method:
                self.findings.unsupported("undated", at)
                return None
            if not starts:
                raise Unreadable("no_start")
            at = starts[0].number
            start = self._moment(starts[0])
            self._floats = not re.search(r";\s*TZID\s*=|Z\s*$", starts[0].rest, re.I)
            lasts = part.named("DTEND") or part.named("DURATION")
            at = lasts[0].number if lasts else at
            occasion = Occasion(
                uid=self._text("UID"),
                start=start,
                length=self._length(start),
                title=self._title("SUMMARY"),
                place=self._title("LOCATION"),
                status=self._status(),
                sequence=self._sequence(),
            )
            if not occasion.uid:
                self.findings.note("no_uid", part.number)
                occasion = replace(occasion, uid=made_uid(occasion))
            return self._with_series(occasion)
        except _At as found:
            self.findings.error(found.code, found.line, **found.found)
        except Unreadable as found:
            self.findings.error(found.code, at, **found.found)
        return None

    # -- single properties -------------------------------------------------------------------------------------------

    def _split(self, line: Line) -> tuple[Where, str]:
        found = line.split()
        if found is None:
            raise _At(line.number, Unreadable("bad_line", name=line.name))
        parameters, value, odd = found
        if odd:
            self.findings.note("odd_signs", line.number, name=line.name)
        return Where(line.number, line.name, parameters), value

    def _moment(self, line: Line) -> date | datetime:
        where, value = self._split(line)
        return self.moments.one(where, value)

    def _text(self, name: str) -> str:
        for line in self._part.named(name):
            _, value = self._split(line)
            if value.strip():
                return words(value)[:1_000]
        return ""

    def _title(self, name: str) -> str:
        text = self._text(name)
        if len(text) > MOST_TITLE:
            self.findings.note("cut_title", self._part.named(name)[0].number, most=MOST_TITLE)
        return text[:MOST_TITLE]

    def _status(self) -> Status:
        said = self._text("STATUS").upper()
        if self.method == "CANCEL" or said in {"CANCELLED", "CANCELED"}:
            return Status.CANCELLED
        if said not in {"", "CONFIRMED", "TENTATIVE"}:
            self.findings.note("bad_status", self._part.named("STATUS")[0].number, found=said)
        return Status.TENTATIVE if said == "TENTATIVE" else Status.CONFIRMED

    def _sequence(self) -> int:
        said = self._text("SEQUENCE").strip()
        return int(said) if said.isascii() and said.isdigit() and len(said) <= 9 else 0

    def _length(self, start: date | datetime) -> Length:
        ends, lengths = self._part.named("DTEND"), self._part.named("DURATION")
        said = length(self._split(lengths[0])[1]) if lengths else None
        if said is not None and not isinstance(start, datetime) and said.seconds:
            if said.seconds % 86_400:
                raise Unreadable("mixed")
            said = Length(said.days + said.seconds // 86_400)
        if not ends:
            made = said if said is not None else Length(0 if isinstance(start, datetime) else 1)
        else:
            made = between(start, self._moment(ends[0]))
            if said is not None and said.days * 86_400 + said.seconds != made.days * 86_400 + made.seconds:
                raise Unreadable("two_ends")
        if made == Length() and (ends or lengths):
            timed = isinstance(start, datetime)
            at = (ends or lengths)[0].number
            self.findings.note("no_length", at, what=_ONE_MOMENT if timed else _ONE_DAY)
            made = made if timed else Length(1)
        return made

    def _written(self) -> datetime:
        for name in ("LAST-MODIFIED", "DTSTAMP"):
            for line in self._part.named(name):
                try:
                    moment = key(Moments(self.moments.zones, Findings()).one(*self._split(line)))
                except Unreadable:
                    continue
                if isinstance(moment, datetime):
                    return moment.replace(tzinfo=None)
        return datetime.min

    # -- series ------------------------------------------------------------------------------------------------------

    def _with_series(self, occasion: Occasion) -> Event:
        again = self._again(occasion.start)
        if len(self._part.named("RRULE")) > MOST_RULES:
            raise _At(self._part.named("RRULE")[MOST_RULES].number, Unreadable("too_many_rules", most=MOST_RULES))
        rules = tuple(rule for line in self._part.named("RRULE") if (rule := self._rule(line, occasion.start)))
        for line in self._part.named("EXRULE"):
            self.findings.unsupported("except_rule", line.number)
        added = tuple(Added(moment, own) for moment, own in self._dates("RDATE", occasion.start))
        without = frozenset(key(moment) for moment, _ in self._dates("EXDATE", occasion.start))
        return Event(self._part.number, occasion, rules, added, without, again, self._written())

    def _again(self, start: date | datetime) -> date | datetime | None:
        lines = self._part.named("RECURRENCE-ID")
        if not lines:
            return None
        where, value = self._split(lines[0])
        try:
            moment = self._in_zone_of(start, where, value)
        except Unreadable:
            raise _At(where.line, Unreadable("bad_again", found=value)) from None
        if where.parameters.get("RANGE", "").upper() == "THISANDFUTURE":
            self.findings.unsupported("this_and_future", where.line)
        return key(moment.date() if isinstance(moment, datetime) and not isinstance(start, datetime) else moment)

    def _in_zone_of(self, start: date | datetime, where: Where, value: str) -> date | datetime:
        """Read a moment; one without a zone lies in the zone of the beginning."""
        moment = self.moments.one(where, value)
        floating = not where.zone and not value.strip().upper().endswith("Z")
        if floating and isinstance(moment, datetime) and isinstance(start, datetime):
            return moment.replace(tzinfo=start.tzinfo)
        return moment

    def _dates(self, name: str, start: date | datetime) -> list[tuple[date | datetime, Length | None]]:
        found: list[tuple[date | datetime, Length | None]] = []
        for line in self._part.named(name):
            where, value = self._split(line)
            if not value.strip():
                self.findings.note("empty_value", where.line, name=name)
            if value.count(",") + len(found) >= MOST_DATES:
                raise _At(where.line, Unreadable("too_many_dates", name=name, most=MOST_DATES))
            for item in filter(str.strip, value.split(",")):
                try:
                    found += self._date(where, item, start)
                except Unreadable as bad:
                    raise _At(where.line, bad) from None
        return found

    def _date(self, where: Where, item: str, start: date | datetime) -> list[tuple[date | datetime, Length | None]]:
        if "/" in item:
            return self.moments.many(where, item)
        if self._floats and item.strip().upper().endswith("Z"):
            # The series has no zone, so the Z beside it can mean nothing but the same clock.
            self.findings.note("odd_date", where.line, name=where.name)
            item = item.strip()[:-1]
        moment = self._in_zone_of(start, where, item)
        if isinstance(moment, datetime) and not isinstance(start, datetime):
            # Whole days begin on a day, whatever hour was written beside it.
            return [(moment.date(), None)]
        if where.name == "RDATE" and isinstance(start, datetime) and not isinstance(moment, datetime):
            return [(datetime.combine(moment, start.time(), start.tzinfo), None)]
        return [(moment, None)]

    def _rule(self, line: Line, start: date | datetime) -> Recurrence | None:
        where, value = self._split(line)
        kept = self._without_other_calendars(where, value)
        if kept is None:
            return None
        try:
            rule = self._same_kind(read_rule(kept), where, start)
        except RuleError as error:
            raise _At(where.line, Unreadable("bad_rule", why=error.text)) from None
        self._outside(rule, where, start)
        return rule

    def _without_other_calendars(self, where: Where, value: str) -> str | None:
        """RFC 7529: rules of another calendar (festivals by the moon) and rules that move days that do not exist."""
        kept = []
        for part in value.split(";"):
            word, _, said = part.strip().upper().partition("=")
            if word == "RSCALE" and said not in {"GREGORIAN", "GREGORY"}:
                self.findings.unsupported("other_calendar", where.line, found=said)
                return None
            if word == "SKIP" and said != "OMIT":
                self.findings.unsupported("skip", where.line, found=said)
                return None
            kept += [] if word in {"RSCALE", "SKIP"} else [part]
        return ";".join(kept)

    def _same_kind(self, rule: Recurrence, where: Where, start: date | datetime) -> Recurrence:
        """A rule's end in the kind of its beginning: a day for days; a day for times means all of that day."""
        timed = isinstance(start, datetime)
        if rule.freq in {"SECONDLY", "MINUTELY", "HOURLY"} and not timed:
            raise RuleError("全天的安排不能按时、分、秒重复", "what lies on days cannot come again by the hour")
        if rule.until is None or isinstance(rule.until, datetime) == timed:
            return rule
        self.findings.note("until_kind", where.line)
        return replace(rule, until=rule.until.date()) if isinstance(rule.until, datetime) else rule

    def _outside(self, rule: Recurrence, where: Where, start: date | datetime) -> None:
        """Say when the beginning is no time of its own rule: it counts, but most often it is a slip."""
        if not meets(rule, wall_clock(start)):
            self.findings.note("outside_rule", where.line)


def made_uid(occasion: Occasion) -> str:
    """Return a UID from what an occasion says: the same for the same words, whenever the file is read."""
    said = "\x1f".join((str(key(occasion.start)), repr(occasion.length), occasion.title, occasion.place))
    return f"{hashlib.sha256(said.encode()).hexdigest()[:32]}@no-uid"


class _At(Exception):
    """What cannot be read, and the line where it stands."""

    def __init__(self, line: int, found: Unreadable) -> None:
        super().__init__(found.code)
        self.line, self.code, self.found = line, found.code, found.found
