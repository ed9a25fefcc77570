"""From a school calendar as a file (iCalendar, or a table) to the spans of a calendar of terms.

Of an iCalendar file whole days count whose title says 学期 or “term”, and 考试, 中考, 高考 or “exam”; the rest is left
out.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from wuxiao.feeds.calendars.check import report, say
from wuxiao.feeds.calendars.read import read
from wuxiao.rules import terms
from wuxiao.rules.calendar.occasions import Status
from wuxiao.rules.calendar.recurrence import Bounds
from wuxiao.rules.terms import Drafted, Span, SpanKind
from wuxiao.rules.words import Text

_EXAM = re.compile(r"考试|中考|高考|会考|学考|exam", re.I)
_TERM = re.compile(r"学期|\bterm\b|semester", re.I)
#: What names a term but is no span of it.
_NOT = re.compile(r"开学|放假|报到|begins|starts|ends", re.I)


def drafted(data: bytes) -> Drafted:
    """Return the spans of a file, whatever its form; with a fault none of it is to be used."""
    if b"BEGIN:VCALENDAR" in data[:4096].upper():
        return _of_calendar(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            said = Text("读不出文字：请另存为 UTF-8 的 CSV", "the text cannot be read: save it as CSV in UTF-8")
            return Drafted((), ((0, said),))
    spans, faults = terms.read(text)
    return Drafted(tuple(sorted(spans)), tuple(faults))


def _of_calendar(data: bytes) -> Drafted:
    found = read(data)
    if not found.ok:
        said = " ".join(say(report(found)))
        return Drafted((), ((0, Text(said, said)),))
    bounds = Bounds(first=date(terms.FIRST_YEAR, 1, 1), last=date(terms.LAST_YEAR, 12, 31))
    spans: set[Span] = set()
    left_out = 0
    for one in (one for taken in found.times(bounds) for one in taken.times):
        kind = _kind(one.title)
        if kind is None or one.status is Status.CANCELLED or isinstance(one.start, datetime):
            left_out += 1
            continue
        name = re.sub(r"\s+", " ", one.title).strip()[:40]
        spans.add(Span(one.first_day, one.last_day, kind, name, ""))
    faults = tuple((0, one) for one in terms.problems(sorted(spans)))
    return Drafted(tuple(sorted(spans)), faults, left_out)


def _kind(title: str) -> SpanKind | None:
    if _NOT.search(title):
        return None
    return SpanKind.EXAM if _EXAM.search(title) else SpanKind.TERM if _TERM.search(title) else None
