"""By when: the date a term gives on the working calendar, why that date, and the same date again from its reason.

How each measure counts (all in Asia/Shanghai, whatever the server's zone):

- working days: the day of receipt is not counted; day 1 is the first workday after it (a matter received on a
  rest day has the next workday as day 1); due when the last day ends (`OfficeHours.due`; Civil Code art. 201, 203);
- calendar days: the day of receipt is not counted; a last day on a rest day moves to the next workday when the
  term rolls (行政办案程序规定 art. 35; Civil Code art. 203); due when that day ends;
- working hours run only while offices are open; hours and minutes run on the wall, day and night.

A pause gives back exactly what it took, in the measure of the term that was running when it began: office time for
working days and working hours, to the microsecond (a pause of one whole working day moves the date by one working
day, a pause of two office hours by two office hours); elapsed time for hours and minutes; for calendar days the
elapsed time of all pauses together, a begun day counting as a day. Time covered by two pauses counts once. A pause
that begins when the date has already passed gives nothing back, and one that is still open gives nothing back until
it ends.

An extension adds its term after the date then standing: same measure, the count simply goes on; another measure, it
starts there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wuxiao.rules.calendar import Calendar, CalendarError, DueAt, OffSpan, Spans
from wuxiao.rules.hours import MIDNIGHT
from wuxiao.rules.promise.parts import (
    DAY_UNITS,
    OFFICE_UNITS,
    WALL_UNITS,
    CountedExtension,
    CountedPause,
    EndRule,
    Extension,
    Pause,
    PauseEffect,
    StartRule,
    Term,
    Told,
    Unit,
    Why,
    aware,
)
from wuxiao.rules.words import Text

__all__ = [
    "CountedExtension",
    "CountedPause",
    "EndRule",
    "Extension",
    "Pause",
    "PauseEffect",
    "Promise",
    "StartRule",
    "Term",
    "Told",
    "Unit",
    "Why",
    "at_share",
    "aware",
    "promise",
    "recompute",
    "replay",
    "revise",
]

_US = timedelta(microseconds=1)
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Promise:
    """A term begun at a moment, the moment it runs out (Asia/Shanghai), and why."""

    start: datetime
    term: Term
    due: datetime
    why: Why


def promise(
    start: datetime,
    term: Term,
    calendar: Calendar,
    *,
    pauses: Iterable[Pause] = (),
    extensions: Iterable[Extension] = (),
    told: Told | None = None,
) -> Promise:
    """Return by when a term that begins at `start` must be met, and why (see the module for how each measure counts).

    `told` is a date already told to the resident: the result is never earlier, and pauses and extensions that came
    after it are added to the later of both. Raises `ValueError` for a time without a zone or a pause that begins
    before the start, and `CalendarError` when the count leaves the calendar (2004-2050). Working terms follow Civil
    Code art. 201 and 203; rules R6.16.
    """
    start = aware(start, "the start")
    waits = sorted(pauses, key=lambda p: (p.start, p.end or p.start))
    grants = sorted(extensions, key=lambda e: e.granted)
    if waits and waits[0].start < start:
        raise ValueError(
            f"a pause begins {waits[0].start.isoformat()}, before the clock it stops ({start.isoformat()}): "
            "mend its start"
        )
    count = _Count(calendar, start, term)
    if told is None:
        count.take(waits, grants)
    else:
        known = set(told.known)
        count.take([p for p in waits if p.start in known], [e for e in grants if e.granted in known])
        count.hold(told.due)
        count.take([p for p in waits if p.start not in known], [e for e in grants if e.granted not in known])
    due = count.leg.due()
    return Promise(start, term, due, _reason(count, start, term, due, told))


def revise(
    why: Why, calendar: Calendar, *, pauses: Iterable[Pause] = (), extensions: Iterable[Extension] = ()
) -> Promise:
    """Count again after a pause ended or an extension was granted, keeping every date already told.

    `pauses` and `extensions` are all of the matter's, old and new. If the calendar changed since `why`, the date is
    first recomputed with the same parts, so that the date told stays a floor and the new pause or extension still
    counts in full.
    """
    told = why.told
    if why.calendar != calendar.version:
        told = recompute(Promise(why.start, why.term, why.due, why), calendar).why.told
    return promise(why.start, why.term, calendar, pauses=pauses, extensions=extensions, told=told)


def recompute(old: Promise, calendar_new: Calendar) -> Promise:
    """Count an open promise again on a new calendar: the later of the new count and the date already told.

    The reason keeps what changed: `kept` (the new count was earlier, the date told stands) or `moved_from` (the date
    moved later).
    """
    why = old.why
    pauses = [c.pause for c in why.pauses]
    extensions = [c.extension for c in why.extensions]
    known = {p.start for p in pauses if p.end is not None} | {e.granted for e in extensions}
    return promise(
        old.start,
        old.term,
        calendar_new,
        pauses=pauses,
        extensions=extensions,
        told=Told(old.due, tuple(sorted(known))),
    )


def at_share(why: Why, calendar: Calendar, share: float) -> datetime:
    """Return the moment when a share (0 to 1) of the promise's own time has run, in the measure its term counts in.

    Office time for working days and working hours, so that half of a promise is half of the hours offices were open;
    elapsed time for the other measures. While a pause lasted no time ran. A share of 1 is the due date itself.
    """
    if share >= 1:
        return why.due
    office = why.term.unit in OFFICE_UNITS
    ended = [(c.pause.start, c.pause.end) for c in why.pauses if c.pause.end is not None and c.pause.start < why.due]
    stretches: list[tuple[datetime, datetime]] = []
    for first, last in sorted(ended):
        if stretches and first <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(last, stretches[-1][1]))
        else:
            stretches.append((first, last))

    def ran(a: datetime, b: datetime) -> timedelta:
        return calendar.working_time(a, b) if office else max(b - a, timedelta(0))

    whole = ran(why.start, why.due) - sum((ran(a, min(b, why.due)) for a, b in stretches), timedelta(0))
    left = max(whole, timedelta(0)) * share
    at = why.start
    for first, last in stretches:
        before = ran(at, first)
        if left <= before:
            break
        left -= before
        at = max(at, last)
    return calendar.add_working_time(at, left) if office else at + left


def replay(why: Why, calendar: Calendar) -> datetime:
    """Return the instant a stored reason leads to: the same as its `due` for as long as the record is whole.

    With the calendar the reason was made with (same version) it is counted on that; with any other it is counted on
    the days the reason itself recorded, so old promises replay after new notices. A result other than `why.due` means
    the record was altered.
    """
    if why.calendar != calendar.version:
        moments = [why.start, why.due, *(c.pause.end for c in why.pauses if c.pause.end is not None)]
        calendar = Calendar.from_record(
            (why.start.year, max(moments).year), why.hours, why.skipped, dict(why.made_up), dict(why.half_days)
        )
    again = promise(
        why.start,
        why.term,
        calendar,
        pauses=[c.pause for c in why.pauses],
        extensions=[c.extension for c in why.extensions],
        told=why.told,
    )
    return again.due


# -- the count ---------------------------------------------------------------------------------------------------------


class _Leg:
    """A running measure: an anchor, and the microseconds to add to it in that measure."""

    __slots__ = ("anchor", "calendar", "carried", "raw", "roll", "unit")

    def __init__(self, calendar: Calendar, start: datetime, term: Term) -> None:
        self.calendar = calendar
        self.unit = term.unit
        self.roll = term.roll
        self.carried = 0
        self.raw = start.date()
        self.anchor = start
        if term.unit is Unit.WORKING_DAYS:
            self.anchor = calendar.end_of(calendar.add_workdays(start.date(), int(term.amount)))
        elif term.unit is Unit.CALENDAR_DAYS:
            try:
                self.raw = start.date() + timedelta(days=int(term.amount))
            except OverflowError as error:
                raise CalendarError(f"{term} from {start.date()} lies beyond the calendar") from error
            self.anchor = calendar.end_of(self._last())
        else:
            self.carried = round(term.length / _US)

    def _last(self) -> date:
        day = self.raw + timedelta(days=-(-self.carried // _DAY_US))
        return self.calendar.add_workdays(day, 0) if self.roll else day

    def due(self) -> datetime:
        if self.carried == 0:
            return self.anchor
        if self.unit in OFFICE_UNITS:
            moved = self.calendar.add_working_time(self.anchor, timedelta(microseconds=self.carried))
            if self.unit is Unit.WORKING_DAYS and moved.time() == MIDNIGHT:
                return self.calendar.end_of(moved.date() - timedelta(days=1))
            if (
                self.unit is Unit.WORKING_DAYS
                and self.calendar.hours.due is DueAt.DAY_END
                and moved == self.calendar.close_of(moved.date())
            ):
                return self.calendar.end_of(moved.date())
            return moved
        if self.unit is Unit.CALENDAR_DAYS:
            return self.calendar.end_of(self._last())
        try:
            return self.anchor + timedelta(microseconds=self.carried)
        except OverflowError as error:
            raise CalendarError(f"the time counted from {self.anchor} lies beyond the calendar") from error

    def rolled_from(self) -> date | None:
        if self.unit is not Unit.CALENDAR_DAYS or not self.roll:
            return None
        day = self.raw + timedelta(days=-(-self.carried // _DAY_US))
        return day if not self.calendar.is_workday(day) else None

    def measure(self, a: datetime, b: datetime) -> timedelta:
        return self.calendar.working_time(a, b) if self.unit in OFFICE_UNITS else b - a

    def extend(self, term: Term) -> _Leg:
        if term.unit is self.unit is Unit.WORKING_DAYS:
            last = self.calendar.add_workdays(self.anchor.date(), int(term.amount))
            self.anchor = self.calendar.end_of(last)
            return self
        if term.unit not in DAY_UNITS and (term.unit is self.unit or {term.unit, self.unit} <= WALL_UNITS):
            self.carried += round(term.length / _US)
            return self
        return _Leg(self.calendar, self.due(), term)

    def hold(self, due: datetime) -> None:
        self.anchor = due
        self.raw = due.date()
        self.carried = 0


class _Count:
    """The events of a promise taken in their order, with what each did."""

    __slots__ = ("calendar", "covered", "extensions", "kept", "leg", "moved_from", "pauses", "wall")

    def __init__(self, calendar: Calendar, start: datetime, term: Term) -> None:
        self.calendar = calendar
        self.leg = _Leg(calendar, start, term)
        self.covered = start
        self.wall = term.unit in WALL_UNITS
        self.pauses: list[CountedPause] = []
        self.extensions: list[CountedExtension] = []
        self.kept: datetime | None = None
        self.moved_from: datetime | None = None

    def take(self, waits: list[Pause], grants: list[Extension]) -> None:
        grants = list(reversed(grants))
        for wait in waits:
            while grants and grants[-1].granted <= wait.start:
                self._extend(grants.pop())
            self._pause(wait)
        while grants:
            self._extend(grants.pop())

    def _extend(self, extension: Extension) -> None:
        self.leg = self.leg.extend(extension.term)
        self.wall = self.wall and extension.term.unit in WALL_UNITS
        self.extensions.append(CountedExtension(extension, self.leg.due()))

    def _pause(self, wait: Pause) -> None:
        working = self.leg.unit in OFFICE_UNITS
        added = timedelta(0)
        if wait.end is None:
            effect = PauseEffect.OPEN
        elif wait.start >= self.leg.due():
            effect = PauseEffect.AFTER_DUE
        elif wait.end <= self.covered:
            effect = PauseEffect.COVERED
        else:
            effect = PauseEffect.ADDED
            added = self.leg.measure(max(wait.start, self.covered), wait.end)
            self.leg.carried += round(added / _US)
            self.covered = wait.end
        self.pauses.append(CountedPause(wait, effect, added, working))

    def hold(self, told: datetime) -> None:
        counted = self.leg.due()
        if counted < told:
            self.kept = counted
            self.leg.hold(told)
        elif counted > told:
            self.moved_from = told


def _reason(count: _Count, start: datetime, term: Term, due: datetime, told: Told | None) -> Why:
    calendar, leg = count.calendar, count.leg
    first_day, start_rule = _start(calendar, start, term)
    skipped: tuple[OffSpan, ...] = ()
    made_up: tuple[tuple[date, Text], ...] = ()
    half_days: tuple[tuple[date, Spans], ...] = ()
    provisional: tuple[int, ...] = ()
    if not count.wall:
        a, b = start.date(), due.date()
        for counted in count.pauses:
            if counted.pause.end is not None:
                b = max(b, counted.pause.end.date())
        skipped = tuple(calendar.off_spans(a, b))
        made_up = tuple(calendar.made_up(a, b))
        half_days = tuple(calendar.special_hours(a, b))
        provisional = calendar.provisional_years(first_day or a, due.date())
    end_rule = EndRule.EXACT
    if leg.unit in DAY_UNITS:
        spans = calendar.spans(due.date())
        if spans and due.time() == spans[-1][1]:
            end_rule = EndRule.OFFICE_CLOSE
        elif (due.hour, due.minute, due.second) == (23, 59, 59):
            end_rule = EndRule.DAY_END
    return Why(
        start=start,
        term=term,
        due=due,
        start_rule=start_rule,
        first_day=first_day,
        end_rule=end_rule,
        rolled_from=leg.rolled_from(),
        skipped=skipped,
        made_up=made_up,
        half_days=half_days,
        pauses=tuple(count.pauses),
        extensions=tuple(count.extensions),
        told=told,
        kept=count.kept,
        moved_from=count.moved_from,
        provisional=provisional,
        hours=calendar.hours,
        calendar=calendar.version,
    )


def _start(calendar: Calendar, start: datetime, term: Term) -> tuple[date | None, StartRule]:
    day = start.date()
    match term.unit:
        case Unit.WORKING_DAYS:
            rule = StartRule.WORKDAY_NOT_COUNTED if calendar.is_workday(day) else StartRule.REST_DAY_NEXT_WORKDAY
            return calendar.next_workday(day), rule
        case Unit.CALENDAR_DAYS:
            return day + timedelta(days=1), StartRule.DAY_NOT_COUNTED
        case Unit.WORKING_HOURS:
            now = start.time()
            if any(opens <= now and (now < closes or closes == MIDNIGHT) for opens, closes in calendar.spans(day)):
                return day, StartRule.IN_OFFICE_HOURS
            return calendar.add_working_time(start, _US).date(), StartRule.NEXT_OPENING
        case _:
            return None, StartRule.AT_ONCE
