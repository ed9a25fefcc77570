"""What became of what a desk handed over: state, holder, date and answer, read only, for 110 and its reviewers.

A desk that passed a call on no longer has the matter: it is on none of its lists and it can do nothing to it. But the
caller rings that desk again, and who signed a diversion learns from what it led to. So it keeps this look: of a matter
hidden from a unit only since when it is watched over, without a word or number; whether it is hidden from the desk
itself or from somebody else looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.case import sentences
from wuxiao.desk.case.keyset import Cursor
from wuxiao.records.models import Entry, Matter, WorkOrder
from wuxiao.rules.access import Role
from wuxiao.rules.codes import same_number
from wuxiao.rules.flow import DESK_TYPES

#: Who keeps an eye on what their desk handed over.
KEEPS = frozenset({Role.POLICE_OPERATOR, Role.REVIEWER})
#: States of a lead's work order that never left the desk, or came back to it.
_NOT_OUT = ("proposed", "sent_back")


@dataclass(frozen=True, slots=True)
class Handed:
    """One matter as its former desk may see it; a `watched` one shows nothing but the instant."""

    number: str
    received_at: datetime
    handed_at: datetime
    watched: bool
    state: str = ""
    holder: str = ""
    due_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    answer: str = ""


def desks_of(by: Actor) -> tuple[str, ...]:
    """Return the desks in whose name somebody keeps an eye on what was handed over."""
    if by.viewer is None:
        return ()
    return tuple(sorted({p.unit for p in by.viewer.posts if p.role in KEEPS and p.unit_type in DESK_TYPES}))


def _orders(desks: tuple[str, ...]) -> QuerySet[WorkOrder]:
    # Handed over by sign-offs: those orders have a way, and the index holds them alone. What was refused and handed
    # over again is one matter: its last hand-over counts.
    out = WorkOrder.objects.filter(sender__in=desks, role="lead").exclude(way="").exclude(state__in=_NOT_OUT)
    again = out.filter(matter=OuterRef("matter"), id__gt=OuterRef("id"))
    return out.exclude(matter__holder=F("sender")).exclude(Exists(again))


def page(by: Actor, *, after: Cursor | None = None, limit: int = 50) -> tuple[list[Handed], Cursor | None]:
    """Return what the actor's desks handed over and no longer have, the newest first, and where the next page begins.

    One query. A hidden matter stands there without its number.
    """
    desks = desks_of(by)
    if not desks:
        return [], None
    rows = _orders(desks)
    if after is not None:
        rows = rows.filter(Q(sent_at__lt=after.at) | Q(sent_at=after.at, id__lt=after.matter))
    found = list(rows.select_related("matter").order_by("-sent_at", "-id")[: limit + 1])
    shown = [_shown(order.matter, order.accepted_at or order.sent_at) for order in found[:limit]]
    following = Cursor(found[limit - 1].sent_at, found[limit - 1].pk) if len(found) > limit else None
    return shown, following


def _shown(matter: Matter, at: datetime, answer: str = "") -> Handed:
    if matter.hidden:
        return Handed("", matter.received_at, at, watched=True)
    return Handed(
        number=matter.number,
        received_at=matter.received_at,
        handed_at=at,
        watched=False,
        state=matter.state,
        holder=matter.holder,
        due_at=matter.due_at,
        answered_at=matter.answered_at,
        closed_at=matter.closed_at,
        answer=answer,
    )


def one(number: str, *, by: Actor) -> Handed:
    """Return what a desk may still see of a matter it had; `NotFound` if it never had it."""
    desks = desks_of(by)
    matter = Matter.objects.filter(number=same_number(number)).first() if desks else None
    if matter is None:
        raise NotFound
    order = WorkOrder.objects.filter(matter=matter, role="lead", sender__in=desks).exclude(state__in=_NOT_OUT)
    at = order.order_by("-id").values_list("sent_at", flat=True).first()
    if at is None:
        # Taken by 110 in an emergency and given back, or received and moved by the other side.
        had = Entry.objects.filter(matter=matter, verb__in=["receive", "stand_down"], unit__in=desks)
        at = had.order_by("-turn").values_list("at", flat=True).first()
    if at is None:
        raise NotFound
    answer = ""
    if matter.answered_at is not None:
        entry = Entry.objects.filter(matter=matter, verb__in=["answer", "uphold"]).order_by("-turn").first()
        words = sentences.read_words(matter.pk)
        answer = (words.get((entry.turn, "reply")) or "") if entry is not None else ""
    return _shown(matter, at, answer)
