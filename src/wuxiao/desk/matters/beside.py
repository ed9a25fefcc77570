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
    """Make a report of words that speak of danger, certain or perhaps, and return it; `None` where they do not.

    Sent again with the same `once` it is one report. Nobody is asked about secrecy at such a door: from whom the words
    speak against it is kept, and where they speak against somebody, from the unit they are `told_of` too.
    """
    if heard.listen([report.words]) is None:
        return None
    book = books.current(at).book
    kept = secrecy.by_default(report, book)
    unit = book.units.get(told_of)
    if unit is not None and unit.type not in DESK_TYPES and (kept.about or secrecy.speaks_against(report.words, book)):
        about = tuple(dict.fromkeys((*kept.about, unit.code)))
        kept = replace(kept, shielded=True, about=about, extra={**report.extra, "kept": "default"})
    return matters.receive(kept, by=by, at=at, once=once)
