"""The queue of call-backs and one call-back, for those who did not handle the matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.case import sentences, standing
from wuxiao.desk.case.keyset import Cursor
from wuxiao.desk.case.rows import ROW_FIELDS, Row
from wuxiao.desk.case.shown import not_hidden
from wuxiao.desk.diary import readings
from wuxiao.desk.matters import call_backs
from wuxiao.desk.people import identity
from wuxiao.desk.people.identity import Person, Use
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import CallBack, Matter
from wuxiao.rules.access import Viewer
from wuxiao.rules.codes import same_number
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
    unit: str


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
    #: The report it was joined to, where the work was done.
    main: Matter | None


def _open(viewer: Viewer) -> QuerySet[CallBack]:
    own = sorted(viewer.units)
    # Whoever worked on a report that others were joined to does not ask those others either.
    joined = Q(matter__outcome="merged", matter__merged_into__isnull=False)
    main = OuterRef("matter__merged_into")
    return (
        CallBack.objects.filter(state__in=OPEN)
        .exclude(~joined, matter__holder__in=own)
        .exclude(joined, matter__merged_into__holder__in=own)
        .filter(not_hidden(viewer.units, "matter__hidden_units"))
        .exclude(Exists(call_backs.handled(OuterRef("matter"), viewer)))
        .exclude(Exists(call_backs.handled_by(OuterRef("matter"), viewer.staff_id)))
        .exclude(joined & Exists(call_backs.handled(main, viewer)))
        .exclude(joined & Exists(call_backs.handled_by(main, viewer.staff_id)))
    )


def _now(viewer: Viewer, at: datetime) -> QuerySet[CallBack]:
    # What is past its date is over, also in the minutes before the worker says so.
    return _open(viewer).filter(next_at__lte=at, due_at__gt=at - standing.CALL_GRACE)


def waiting(viewer: Viewer, *, at: datetime, cap: int = 100) -> int:
    """Return how many call-backs the viewer could make now, counted to the cap (one query)."""
    return _now(viewer, at).order_by()[:cap].count()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller looks for: due before an instant, of one unit, of one branch of categories, tried or not."""

    due_before: datetime | None = None
    unit: str = ""
    branch: str = ""
    tried: bool | None = None


ANY = Wanted()


def queue(
    viewer: Viewer, *, at: datetime, wanted: Wanted = ANY, after: Cursor | None = None, limit: int = 50
) -> tuple[list[Waiting], Cursor | None]:
    """Return a page of the call-backs drawn for others' matters, what ends first on top, and where the next begins.

    One query. Only those whose time is not over and that are not put off until later.
    """
    fields = [f"matter__{name}" for name in ROW_FIELDS]
    rows = _now(viewer, at)
    if wanted.due_before is not None:
        rows = rows.filter(due_at__lt=wanted.due_before)
    if wanted.unit:
        rows = rows.filter(
            Q(matter__holder=wanted.unit) & ~Q(matter__outcome="merged") | Q(matter__merged_into__holder=wanted.unit)
        )
    if wanted.branch:
        rows = rows.filter(Q(matter__category=wanted.branch) | Q(matter__category__startswith=f"{wanted.branch}."))
    if wanted.tried is not None:
        rows = rows.filter(attempts__gt=0) if wanted.tried else rows.filter(attempts=0)
    if after is not None:
        rows = rows.filter(Q(due_at__gt=after.at) | Q(due_at=after.at, id__gt=after.matter))
    found = list(
        rows.order_by("due_at", "id").values_list(
            "id", "due_at", "next_at", "attempts", "visit_consent", "matter__merged_into__holder", *fields
        )[: limit + 1]
    )
    made = []
    for _pk, due, nxt, tries, consent, main_holder, *values in found[:limit]:
        row = Row(*values)
        made.append(Waiting(row, due, nxt, tries, consent, main_holder or row.holder))
    following = Cursor(found[limit - 1][1], found[limit - 1][0]) if len(found) > limit else None
    return made, following


def call(number: str, *, by: Actor, at: datetime) -> Call:
    """Return one open call-back; `NotFound` unless it is drawn and the actor stands apart from its handling."""
    # A hidden one is left out by the question itself: to deny it must not take longer than to deny what is not there.
    rows = Matter.objects.filter(not_hidden(by.viewer.units if by.viewer else ()), number=same_number(number))
    matter = identity.beside(rows).select_related("merged_into").first()
    if matter is None:
        raise NotFound
    rules = books.of_version(matter.book_id)
    facts = standing.seen_by(standing.asked_of(matter, rules.book, rules.calendar, at), by)
    row = CallBack.objects.filter(
        matter=matter, round=matter.reopened, state__in=OPEN, due_at__gt=at - standing.CALL_GRACE
    ).first()
    if row is None or Who.CALLER not in facts.by or not call_backs.stands_apart(matter, by):
        raise NotFound
    main = matter.merged_into if standing.is_joined(matter) else None
    words = sentences.read_words(matter.pk)
    readings.note(matter, by=by, at=at, fields=["words"], how="call_back")
    contact = getattr(matter, "contact", None)
    return Call(
        matter=matter,
        rules=rules,
        facts=facts,
        call_back=row,
        words=words.get((1, "words")) or "",
        reply=_last(words, "reply") or (_last(sentences.read_words(main.pk), "reply") if main else ""),
        main=main,
        has_phone=bool(contact and contact.phone_mark and contact.erased_at is None),
    )


def _last(words: sentences.Said, field: str) -> str:
    turns: Sequence[int] = sorted(turn for turn, name in words if name == field)
    return (words[(turns[-1], field)] or "") if turns else ""


def show_phone(number: str, *, by: Actor, at: datetime) -> Person:
    """Return the contact for a call-back and write the read down; the requester sees it."""
    found = call(number, by=by, at=at)
    return identity.read(found.matter, by=by, at=at, why="call_back", purpose="", fields=("name", "phone"))


def shown_before(found: Call) -> Person | None:
    """Return the contact to somebody who opened it for this call-back a short while ago and was written down."""
    return identity.of(found.matter.pk, Use.SHOW)
