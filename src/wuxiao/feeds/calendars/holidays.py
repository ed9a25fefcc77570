"""From a holiday calendar as phones and web sites offer it to the draft of a notice that a named person can load.

Such a calendar is nobody's decision: the draft is compared with the State Council's notice by whoever loads it
(`wuxiao notice`), and its source says where it comes from. What is marked neither as off nor as worked is left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wuxiao.feeds.calendars.read import CalendarFile
from wuxiao.rules.calendar.occasions import Occurrence, Status
from wuxiao.rules.calendar.recurrence import Bounds
from wuxiao.rules.notice import Notice, statutory
from wuxiao.rules.words import Text

#: 班 is asked first: 调休上班 and 休息日上班 are worked. 调休 alone may mean either and is neither.
_WORKED = re.compile(r"班|workday|working day", re.I)
_OFF = re.compile(r"(?<!调)休|放假|假期|day off|holiday", re.I)
_HOLIDAYS = {name.zh[:2]: name for name in statutory(2027).values()}
_OTHER = Text("节假日", "Public holiday")
#: Longer than any holiday there has been: a summer, a term.
_MOST_DAYS = 31


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice as a calendar file has it, and how many entries on days of that year were neither off nor worked."""

    notice: Notice
    left_out: int

    def csv(self) -> str:
        """Return the draft in the form `wuxiao notice` reads."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("date", "kind", "zh", "en", "source"))
        days = [*((day, "off", name) for day, name in self.notice.days_off.items())]
        days += [(day, "work", name) for day, name in self.notice.make_up.items()]
        for day, kind, name in sorted(days, key=lambda one: one[:2]):
            writer.writerow((day.isoformat(), kind, name.zh, name.en, self.notice.source))
        return out.getvalue()


def draft(found: CalendarFile, year: int) -> Draft:
    """Return the days off and the worked weekend days of a year that a calendar file names."""
    off: dict[date, Text] = {}
    worked: dict[date, Text] = {}
    left_out = 0
    bounds = Bounds(first=date(year - 1, 12, 1), last=date(year, 12, 31))
    for one in (one for taken in found.times(bounds) for one in taken.times):
        kind = _kind(one)
        if kind is None:
            left_out += 1
            continue
        for day in _days(one):
            if bounds.first <= day <= bounds.last:
                (worked if kind == "work" else off)[day] = _name(one.title)
    # December before belongs to the notice only with what reaches over New Year or is worked for it.
    early = {day for day in (*off, *worked) if day.year < year and not _of_new_year(day, off, year)}
    notice = Notice(
        year,
        "由日历文件整理,须与国务院办公厅通知核对 drafted from a calendar file, to be compared with the notice",
        {day: name for day, name in off.items() if day not in early},
        {day: name for day, name in worked.items() if day not in early},
    )
    return Draft(notice, left_out)


def _of_new_year(day: date, off: dict[date, Text], year: int) -> bool:
    days = (date.fromordinal(one) for one in range(day.toordinal(), date(year, 1, 1).toordinal() + 1))
    return all(one in off for one in days)


def _kind(one: Occurrence) -> str | None:
    lasts = (one.last_day - one.first_day).days + 1
    if one.status is Status.CANCELLED or isinstance(one.start, datetime) or lasts > _MOST_DAYS:
        return None
    if _WORKED.search(one.title):
        return "work"
    return "off" if _OFF.search(one.title) else None


def _days(one: Occurrence) -> Iterator[date]:
    day = one.first_day
    while day <= one.last_day:
        yield day
        day += timedelta(days=1)


def _name(title: str) -> Text:
    named = [name for start, name in _HOLIDAYS.items() if start in title]
    if not named:
        return _OTHER
    return Text("、".join(name.zh for name in named), ", ".join(name.en for name in named))
