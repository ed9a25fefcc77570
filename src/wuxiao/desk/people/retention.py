"""Personal data ends: each kind is erased when the days of the rule book after the closing are over (PIPL art. 19, 47).

Each kind goes at its own time by its eraser (`desk.erasure`); the diary keeps that something was there, its seals stay
whole. Of the log of readers the sealed fact stays, that a post of a unit read something on a day; the words in which
the purpose was given go. What the book freezes is kept and not touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.diary import diary
from wuxiao.desk.people import erasure
from wuxiao.desk.town import books
from wuxiao.records import replayed
from wuxiao.records.models import Case, Matter

BATCH = 200


#: The bit of `Matter.retired` of each kind; a kind added later takes the next.
BITS = {"contact": 1, "words": 2, "files": 4, "messages": 8, "call_backs": 16, "reads": 32}


def _still(kind: str, over: datetime) -> QuerySet[Matter]:
    """Return the matters closed before an instant whose data of this kind was not retired yet."""
    closed = Matter.objects.filter(state="closed", closed_at__lt=over, retired__lt=sum(BITS.values()))
    return closed.annotate(_done=F("retired").bitand(BITS[kind])).filter(_done=0)


def retire(*, by: Actor, at: datetime, limit: int = BATCH) -> int:
    """Erase what is over for at most `limit` matters of each kind, each in its own transaction; returns how many."""
    book = books.current(at).book
    done = 0
    for kind, eraser in erasure.ERASERS.items():
        kept = book.retention.get(kind)
        if kept is None or kept.then == "freeze":
            continue
        over = _still(kind, at - timedelta(days=kept.days)).order_by("closed_at", "pk")
        for pk in list(over.values_list("pk", flat=True)[:limit]):
            with transaction.atomic():
                matter = Matter.objects.select_for_update().get(pk=pk)
                if eraser(matter, at) or replayed.waiting(pk):
                    diary.write(matter, "retire", by=by, at=at, facts={"kind": kind}, seen=True)
                Matter.objects.filter(pk=pk).update(retired=F("retired").bitor(BITS[kind]))
            done += 1
    if done:
        transaction.on_commit(erasure.scrub)
    return done


def retire_cases(kept: Mapping[str, int], *, by: Actor, at: datetime, limit: int = BATCH) -> int:
    """Erase what was written in cases of other lives that ended `kept` days ago, by life; returns in how many."""
    done = 0
    for life, days in kept.items():
        over = Case.objects.filter(life=life, closed_at__lt=at - timedelta(days=days), retired=0).order_by(
            "closed_at", "pk"
        )
        for pk in list(over.values_list("pk", flat=True)[:limit]):
            with transaction.atomic():
                case = Case.objects.select_for_update().get(pk=pk)
                for kind, eraser in erasure.OF_A_CASE.items():
                    eraser(case, at)
                    diary.write(case, "retire", by=by, at=at, facts={"kind": kind}, seen=True)
                Case.objects.filter(pk=pk).update(retired=sum(BITS.values()))
            done += 1
    if done:
        transaction.on_commit(erasure.scrub)
    return done
