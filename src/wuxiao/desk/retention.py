"""Personal data ends: each kind is erased when the days of the rule book after the closing are over (PIPL art. 19, 47).

Contacts, the requester's own words, photos and files, and the texts of messages go each at its own time; the diary
keeps that something was there, its seal stays whole. The log of reads is part of the diary and is not shortened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from wuxiao.desk import books, diary, files, find
from wuxiao.desk.actor import Actor
from wuxiao.records.models import Attachment, Contact, Matter, Message, Words

BATCH = 200


def _contact(matter: Matter, at: datetime) -> None:
    Contact.objects.filter(matter=matter, erased_at__isnull=True).update(name="", phone="", email="", erased_at=at)


def _words(matter: Matter, at: datetime) -> None:
    own = Words.objects.filter(matter=matter, erased_at__isnull=True)
    own.filter(by_resident=True).update(text="", salt="", erased_at=at)
    own.filter(turn=1, field="words").update(text="", salt="", erased_at=at)
    Matter.objects.filter(pk=matter.pk).update(title="")
    find.forget(matter.pk)


def _files(matter: Matter, at: datetime) -> None:
    files.erase(matter, at=at)


def _messages(matter: Matter, at: datetime) -> None:
    Message.objects.filter(matter=matter, next_at__isnull=True).exclude(text="").update(text="", subject="")


_ERASERS: Mapping[str, Callable[[Matter, datetime], None]] = {
    "contact": _contact,
    "words": _words,
    "files": _files,
    "messages": _messages,
}


def _still(kind: str) -> QuerySet[Matter]:
    """Return the closed matters that still hold this kind of data."""
    closed = Matter.objects.filter(state="closed")
    match kind:
        case "contact":
            return closed.filter(contact__isnull=False, contact__erased_at__isnull=True)
        case "words":
            return closed.filter(
                pk__in=Words.objects.filter(turn=1, field="words", erased_at__isnull=True).values("matter_id")
            )
        case "files":
            return closed.filter(
                pk__in=Attachment.objects.filter(by_resident=True, erased_at__isnull=True).values("matter_id")
            )
        case _:
            sent = Message.objects.filter(next_at__isnull=True, way__in=["sms", "mail"]).exclude(text="")
            return closed.filter(pk__in=sent.values("matter_id"))


def retire(*, by: Actor, at: datetime, limit: int = BATCH) -> int:
    """Erase what is over for at most `limit` matters of each kind, each in its own transaction; returns how many."""
    book = books.current(at).book
    done = 0
    for kind, eraser in _ERASERS.items():
        kept = book.retention.get(kind)
        if kept is None or kept.then == "freeze":
            continue
        over = _still(kind).filter(closed_at__lt=at - timedelta(days=kept.days)).order_by("closed_at")
        for pk in list(over.values_list("pk", flat=True)[:limit]):
            with transaction.atomic():
                matter = Matter.objects.select_for_update().get(pk=pk)
                eraser(matter, at)
                diary.write(matter, "retire", by=by, at=at, facts={"kind": kind}, seen=True)
            done += 1
    return done
