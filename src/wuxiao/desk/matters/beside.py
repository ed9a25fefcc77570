"""Danger told where nobody takes reports: behind the code of a place inspected, in the rating of a service point."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case import heard
from wuxiao.desk.matters import matters, secrecy
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Matter
from wuxiao.rules.flow import DESK_TYPES


def take_up(report: Report, *, told_of: str, by: Actor, at: datetime, once: str) -> Matter | None:
    """Make a report of words that speak of danger, certain or perhaps, or that nobody here can read, and return it;
    `None` where they do not.

    Sent again with the same `once` it is one report. Every other one is a report of its own with a code of its own,
    however many come from one network in an hour: behind one address sit strangers, and of two of them nobody may read
    or answer for the other (decision 44). Words that are too long are shortened, never by their danger. Nobody is asked
    about secrecy at such a door: from whom the words speak against it is kept, and where they speak against somebody,
    or nobody can say whether they do, also from the unit they are `told_of`.
    """
    found = heard.listen([report.words])
    if found is None:
        return None
    report = replace(report, words=heard.shortened(report.words, matters.MAX_WORDS))
    book = books.current(at).book
    kept = secrecy.by_default(report, book)
    unit = book.units.get(told_of)
    against = kept.about or found.unread or secrecy.speaks_against(report.words, book)
    if unit is not None and unit.type not in DESK_TYPES and against:
        about = tuple(dict.fromkeys((*kept.about, unit.code)))
        kept = replace(kept, shielded=True, about=about, extra={**report.extra, "kept": "default"})
    return matters.receive(kept, by=by, at=at, once=once)
