"""Loading the yearly holiday notice: open promises are counted anew, every change is logged, none is shortened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.case import clocks
from wuxiao.desk.case.shown import write_access
from wuxiao.desk.case.standing import facts_of
from wuxiao.desk.diary import diary
from wuxiao.desk.town import books
from wuxiao.records.models import HolidayNotice, Matter
from wuxiao.rules.calendar import load_notice
from wuxiao.rules.promise import Promise, Term, recompute


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a notice did: the year, how many open promises were counted anew, how many moved."""

    year: int
    looked_at: int
    moved: int


def load(path: Path, *, by: Actor, at: datetime) -> Loaded:
    """Load a notice file; raises `CalendarError` with file, line and reason if it is impossible."""
    notice = load_notice(path)
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    with transaction.atomic():
        HolidayNotice.objects.update_or_create(
            year=notice.year,
            defaults={"source": path.name, "text": text, "loaded_at": at, "loaded_by": by.name},
        )
        diary.write_town("load_notice", by=by, at=at, facts={"year": notice.year, "source": notice.source})
    books.forget()
    looked = moved = 0
    open_ones = Matter.objects.exclude(state="closed").filter(due_at__isnull=False).values_list("pk", flat=True)
    for pk in list(open_ones):
        looked += 1
        moved += _recount(pk, at)
    return Loaded(notice.year, looked, moved)


def _recount(pk: int, at: datetime) -> int:
    """Count one open promise anew in its own transaction; 1 if the date moved."""
    with transaction.atomic():
        matter = Matter.objects.select_for_update().get(pk=pk)
        rules = books.of_version(matter.book_id)
        why = clocks.why_of(matter)
        if why.calendar == rules.calendar.version:
            return 0
        old = matter.due_at
        made = recompute(Promise(why.start, Term.parse(matter.promise["term"]), why.due, why), rules.calendar)
        clocks.store(matter, made)
        if made.due == old:
            Matter.objects.filter(pk=pk).update(promise=matter.promise)
            return 0
        clocks.set_clocks(matter, rules, at=at, entered=False)
        Matter.objects.filter(pk=pk).update(
            due_at=matter.due_at, promise=matter.promise, tick_at=matter.tick_at, version=matter.version + 1
        )
        diary.write(
            matter,
            "recompute",
            by=SYSTEM,
            at=at,
            facts={"old": old.isoformat() if old else "", "due": made.due.isoformat()},
            seen=True,
        )
        write_access(matter, facts_of(matter, rules.book, rules.calendar, at))
    return 1
