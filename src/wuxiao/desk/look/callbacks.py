"""The queue of call-backs and one call-back, for those who did not handle the matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from wuxiao.desk import books, diary, sentences, standing
from wuxiao.desk.actor import Actor
from wuxiao.desk.books import Rules
from wuxiao.desk.errors import NotFound
from wuxiao.desk.look.rows import ROW_FIELDS, Row
from wuxiao.desk.shown import not_hidden
from wuxiao.records.models import CallBack, Contact, Matter, WorkOrder
from wuxiao.rules.access import Role, Viewer
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
    own = sorted(post.unit for post in viewer.posts if post.role is Role.CALLER)
    helped = WorkOrder.objects.filter(matter=OuterRef("matter"), role="co", unit__in=own)
    return (
        CallBack.objects.filter(state__in=OPEN)
        .exclude(matter__holder__in=own)
        .filter(not_hidden(viewer.units, "matter__hidden_units"))
        .exclude(Exists(helped))
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
    matter = Matter.objects.filter(number=number.strip().upper()).select_related("contact").first()
    if matter is None:
        raise NotFound
    rules = books.of_version(matter.book_id)
    facts = standing.seen_by(standing.facts_of(matter, rules.book, rules.calendar, at), by)
    row = CallBack.objects.filter(matter=matter, round=matter.reopened, state__in=OPEN).first()
    if row is None or Who.CALLER not in facts.by:
        raise NotFound
    words = sentences.read_words(matter.pk)
    contact = getattr(matter, "contact", None)
    return Call(
        matter=matter,
        rules=rules,
        facts=facts,
        call_back=row,
        words=words.get((1, "words")) or "",
        reply=_last(words, "reply"),
        has_phone=bool(contact and contact.phone and contact.erased_at is None),
    )


def _last(words: sentences.Said, field: str) -> str:
    turns: Sequence[int] = sorted(turn for turn, name in words if name == field)
    return (words[(turns[-1], field)] or "") if turns else ""


def show_phone(number: str, *, by: Actor, at: datetime) -> Contact:
    """Return the contact for a call-back and write the read down; the requester sees it."""
    found = call(number, by=by, at=at)
    contact: Contact | None = getattr(found.matter, "contact", None)
    if contact is None or contact.erased_at is not None:
        raise NotFound
    diary.log_read(found.matter, by=by, at=at, fields=["name", "phone"], purpose="回访")
    return contact
