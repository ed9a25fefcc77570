"""From rows to facts: what the step table and the access predicate need to know of a matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from wuxiao.desk.actor import Actor
from wuxiao.records.models import Entry, Matter, SignOff, WorkOrder
from wuxiao.rules import hide
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import Calendar
from wuxiao.rules.flow import Facts, State
from wuxiao.rules.promise import promise

URGE_GAP = timedelta(hours=12)


def unit_type(book: Book, code: str) -> str:
    """Return the type of a unit, or an empty text for none or one that is no longer in the book."""
    unit = book.units.get(code)
    return unit.type if unit else ""


def _rows(sql: str, *params: int) -> list[tuple[Any, ...]]:
    # Every act asks these twice: building them anew costs many times what the database needs.
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def facts_of(
    matter: Matter,
    book: Book,
    calendar: Calendar,
    at: datetime,
    *,
    known_orders: Sequence[WorkOrder] | None = None,
    known_signoffs: Sequence[SignOff] | None = None,
) -> Facts:
    """Return the facts of a matter (one to three queries); `by` is left empty, see `seen_by`.

    `known_orders` and `known_signoffs` are all of the matter's own, where the caller has read them.
    """
    state = State(matter.state)
    if known_orders is not None:
        orders = [(o.unit, o.state) for o in known_orders if o.role == "co"]
    else:
        orders = _rows("SELECT unit, state FROM records_workorder WHERE matter_id = %s AND role = 'co'", matter.pk)
    signed: frozenset[int] = frozenset()
    if state is State.SIGNING and known_signoffs is not None:
        signed = frozenset(s.staff_id for s in known_signoffs if s.round == matter.sign_round)
    elif state is State.SIGNING:
        signs = "SELECT staff_id FROM records_signoff WHERE matter_id = %s AND round = %s"
        signed = frozenset(pk for (pk,) in _rows(signs, matter.pk, matter.sign_round))
    drawn = False
    in_window = in_appeal = False
    if state in {State.ANSWERED, State.CLOSED}:
        drawn = bool(
            _rows(
                "SELECT 1 FROM records_callback WHERE matter_id = %s AND round = %s AND state IN ('drawn', 'trying')",
                matter.pk,
                matter.reopened,
            )
        )
        since = matter.closed_at or matter.answered_at
        if since is not None:
            in_window = at <= promise(since, book.reopen.window, calendar).due and matter.reopened < book.reopen.times
            term = book.petition.ask_review if matter.appeal_level == 0 else book.petition.ask_re_review
            in_appeal = matter.petition and at <= promise(since, term, calendar).due
    allowed = book.extension.times if book.extension.allowed(matter.handling_class) else 0
    if matter.petition:
        allowed = 1
    return Facts(
        state=state,
        holder=matter.holder,
        holder_type=unit_type(book, matter.holder),
        offered_to=matter.offered_to,
        offered_type=unit_type(book, matter.offered_to),
        sender=matter.sender,
        co_units=frozenset(unit for unit, _ in orders),
        co_units_open=frozenset(unit for unit, st in orders if st == "accepted"),
        supervisor_unit=matter.supervisor_unit,
        division=matter.division,
        hidden=matter.hidden,
        hidden_divisions=hide.divisions_of(book, matter.hidden) if matter.hidden_units else frozenset(),
        handler_id=matter.handler_id,
        proposer_id=matter.proposer_id,
        extension_asker_id=(matter.extension or {}).get("staff"),
        extension_pending=matter.extension is not None,
        extensions=matter.extensions,
        max_extensions=allowed,
        waits=matter.waits,
        pause_approver_from=book.pause.approver_from,
        handling_class=matter.handling_class,
        category=matter.category,
        petition=matter.petition,
        appeal_level=matter.appeal_level,
        sign_level=matter.sign_level,
        sign_levels=len(book.sign_levels),
        sign_escalated=matter.sign_escalated,
        signed_by=signed,
        was_signed=matter.was_signed,
        refusals=matter.refusals,
        refusals_before_joint=book.handover.refusals_before_joint,
        decided=matter.decided,
        danger_open=matter.danger_open,
        parts_open=sum(1 for _, st in orders if st == "accepted"),
        outcome=matter.outcome,
        in_object_window=in_window,
        in_appeal_window=in_appeal,
        call_back_drawn=drawn,
        answered=matter.answered_at is not None,
        rated_by_resident=matter.rated_by == "resident",
        urged_recently=matter.urged_at is not None and at - matter.urged_at < URGE_GAP,
        was_handling=matter.was_handling,
    )


def seen_by(facts: Facts, actor: Actor) -> Facts:
    """Return the facts as they stand for one actor."""
    return replace(facts, by=actor.relations(facts))


def past_units(matter: Matter) -> set[str]:
    """Return the units that a matter went through, its first holder among them (two queries)."""
    orders = WorkOrder.objects.filter(matter_id=matter.pk, role="lead").exclude(state__in=["proposed", "sent_back"])
    found = {unit for pair in orders.values_list("unit", "sender") for unit in pair}
    first = Entry.objects.filter(matter_id=matter.pk, turn=1, actor="platform").values_list("unit", flat=True).first()
    return found | ({first} if first else set())
