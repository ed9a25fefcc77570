"""Danger told where nobody takes reports: behind the code of a place inspected, in the rating of a service point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import DeskError
from wuxiao.desk.case import heard
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import matters, secrecy
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Matter, Once
from wuxiao.rules.flow import DESK_TYPES

#: So many reports one source makes of one thing in an hour; what it tells beyond is one more report, added to.
FEW = 3
_COLLECTS = "beside:"


@dataclass(frozen=True, slots=True)
class TakenUp:
    """The report that words became; `code` is empty where it holds what several wrote, who may not read one another."""

    matter: Matter
    code: str


def take_up(
    report: Report, *, told_of: str, source: str, thing: str, by: Actor, at: datetime, once: str
) -> TakenUp | None:
    """Make a report of words that speak of danger, certain or perhaps, and return it; `None` where they do not.

    Sent again with the same `once` it is one report. What one `source` (kept as a hash of the day only) tells of one
    `thing` beyond `FEW` in an hour is collected in one report, so that real alarms do not drown; nothing is left out.
    Words that are too long are shortened, never by their danger. Nobody is asked about secrecy at such a door: from
    whom the words speak against it is kept, and where they speak against somebody, also from the unit they are
    `told_of`.
    """
    if heard.listen([report.words]) is None:
        return None
    report = replace(report, words=heard.shortened(report.words, matters.MAX_WORDS))
    book = books.current(at).book
    kept = secrecy.by_default(report, book)
    unit = book.units.get(told_of)
    if unit is not None and unit.type not in DESK_TYPES and (kept.about or secrecy.speaks_against(report.words, book)):
        about = tuple(dict.fromkeys((*kept.about, unit.code)))
        kept = replace(kept, shielded=True, about=about, extra={**report.extra, "kept": "default"})
    return _collected(kept, source, thing, by=by, at=at, once=once)


def _collected(report: Report, source: str, thing: str, *, by: Actor, at: datetime, once: str) -> TakenUp:
    more = f"{once}+"
    if Once.objects.filter(key=once).exists():
        made = matters.receive(report, by=by, at=at, once=once)
        collects = Once.objects.filter(key__startswith=_COLLECTS, matter_id=made.pk).exists()
        return TakenUp(made, "" if collects else made.code)
    if (before := Matter.objects.filter(pk__in=Once.objects.filter(key=more).values("matter_id")).first()) is not None:
        return TakenUp(before, "")
    # Only what is kept from the same people is put together: nobody comes to read what speaks against them.
    mark = f"{source} {thing} {report.shielded} {' '.join(sorted(report.about))}"
    with transaction.atomic():
        full = throttle.Knock("beside", mark, FEW, throttle.HOUR, at).count() > 0
    if not full:
        made = matters.receive(report, by=by, at=at, once=once)
        return TakenUp(made, made.code)
    place = f"{_COLLECTS}{throttle.caller_hash(mark, at)}:{int(at.timestamp()) // throttle.HOUR}"
    last = Matter.objects.filter(pk__in=Once.objects.filter(key=place).values("matter_id")).first()
    if last is not None:
        try:
            act(last.pk, "add", {"words": report.words}, by=by, at=at, once=more)
            return TakenUp(Matter.objects.get(pk=last.pk), "")
        except DeskError:
            # It is over or gone by now: what is told of danger begins anew.
            pass
    made = matters.receive(report, by=by, at=at, once=once)
    Once.objects.update_or_create(key=place, defaults={"digest": "", "matter_id": made.pk, "at": at})
    return TakenUp(made, "")
