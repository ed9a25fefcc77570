"""The queue of call-backs and one call-back, for those who did not handle the matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from wuxiao.desk import books, call_backs, identity, readings, sentences, standing
from wuxiao.desk.actor import Actor
from wuxiao.desk.books import Rules
from wuxiao.desk.errors import NotFound
from wuxiao.desk.identity import Person
from wuxiao.desk.look.rows import ROW_FIELDS, Row
from wuxiao.desk.shown import not_hidden
from wuxiao.records.models import CallBack, Matter
from wuxiao.rules.access import Viewer
from wuxiao.rules.flow import Facts, Who

OPEN = ("drawn", "trying")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One call-back of the queue with its matter."""

    row: Row
    due_at: datetime
    next_at: datetime
    attempts: int
    visit_consent: bool


@dataclass(frozen=True, slots=True)
class Call:
    """What a caller needs on the phone: what it was about, what was answered, and how often it was tried."""

    matter: Matter
    rules: Rules
    facts: Facts
    call_back: CallBack
    words: str
    reply: str
    has_phone: bool


def _open(viewer: Viewer) -> QuerySet[CallBack]:
    own = sorted(viewer.units)
    return (
        CallBack.objects.filter(state__in=OPEN)
        .exclude(matter__holder__in=own)
        .filter(not_hidden(viewer.units, "matter__hidden_units"))
        .exclude(Exists(call_backs.handled(OuterRef("matter"), viewer)))
        .exclude(Exists(call_backs.handled_by(OuterRef("matter"), viewer.staff_id)))
    )


def waiting(viewer: Viewer, *, at: datetime, cap: int = 100) -> int:
    """Return how many call-backs the viewer could make now, counted to the cap (one query)."""
    return _open(viewer).filter(next_at__lte=at).order_by()[:cap].count()


def queue(viewer: Viewer, *, at: datetime, limit: int = 50) -> list[Waiting]:
    """Return the call-backs drawn for others' matters: those to be tried now first, then by their date (one query)."""
    fields = [f"matter__{name}" for name in ROW_FIELDS]
    found = (
        _open(viewer)
        .filter(next_at__lte=at)
        .order_by("due_at", "id")
        .values_list("due_at", "next_at", "attempts", "visit_consent", *fields)[:limit]
    )
    return [Waiting(Row(*values), due, nxt, tries, consent) for due, nxt, tries, consent, *values in found]


def call(number: str, *, by: Actor, at: datetime) -> Call:
    """Return one open call-back; `NotFound` unless it is drawn and the actor stands apart from its handling."""
    matter = identity.beside(Matter.objects.filter(number=number.strip().upper())).first()
    if matter is None:
        raise NotFound
    rules = books.of_version(matter.book_id)
    facts = standing.seen_by(standing.facts_of(matter, rules.book, rules.calendar, at), by)
    row = CallBack.objects.filter(matter=matter, round=matter.reopened, state__in=OPEN).first()
    if row is None or Who.CALLER not in facts.by or not call_backs.stands_apart(matter, by):
        raise NotFound
    words = sentences.read_words(matter.pk)
    readings.note(matter, by=by, at=at, fields=["words"], how="call_back")
    contact = getattr(matter, "contact", None)
    return Call(
        matter=matter,
        rules=rules,
        facts=facts,
        call_back=row,
        words=words.get((1, "words")) or "",
        reply=_last(words, "reply"),
        has_phone=bool(contact and contact.phone_mark and contact.erased_at is None),
    )


def _last(words: sentences.Said, field: str) -> str:
    turns: Sequence[int] = sorted(turn for turn, name in words if name == field)
    return (words[(turns[-1], field)] or "") if turns else ""


def show_phone(number: str, *, by: Actor, at: datetime) -> Person:
    """Return the contact for a call-back and write the read down; the requester sees it."""
    found = call(number, by=by, at=at)
    return identity.read(found.matter, by=by, at=at, why="call_back", purpose="", fields=("name", "phone"))
