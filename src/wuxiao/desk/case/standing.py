"""From rows to facts: what the step table and the access predicate need to know of a matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from wuxiao.desk.base import ask
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case import wishes
from wuxiao.desk.people import minors
from wuxiao.records.models import Case, Entry, Matter, SignOff, Task, WorkOrder
from wuxiao.rules import hide
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI, Calendar
from wuxiao.rules.flow import Facts, State
from wuxiao.rules.promise import promise
from wuxiao.rules.words import Text

URGE_GAP = timedelta(hours=12)
#: A call begun before the last day was over is still recorded after it.
CALL_GRACE = timedelta(days=1)
#: Ratings a requester gave of their own will: on the page, or on the telephone through an operator.
RATED_THEMSELVES = frozenset({"resident", "phone"})
#: States besides handling out of which danger takes a matter that its unit has in hand.
_WORKED = frozenset({State.WAITING, State.ANSWERED, State.DECLINING, State.CLOSED})


def unit_type(book: Book, code: str) -> str:
    """Return the type of a unit, or an empty text for none or one that is no longer in the book."""
    unit = book.units.get(code)
    return unit.type if unit else ""


def _rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
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
        orders = [(o.unit, o.state, o.due_at) for o in known_orders if o.role == "co"]
    else:
        asked = "SELECT unit, state, due_at FROM records_workorder WHERE matter_id = %s AND role = 'co' ORDER BY id"
        orders = [(unit, st, ask.moment(due) if due else None) for unit, st, due in _rows(asked, matter.pk)]
    signed: frozenset[int] = frozenset()
    if state is State.SIGNING and known_signoffs is not None:
        signed = frozenset(s.staff_id for s in known_signoffs if s.round == matter.sign_round)
    elif state is State.SIGNING:
        signs = "SELECT staff_id FROM records_signoff WHERE matter_id = %s AND round = %s"
        signed = frozenset(pk for (pk,) in _rows(signs, matter.pk, matter.sign_round))
    drawn = False
    in_window = in_appeal = back_handling = False
    objected = 0
    if state in {State.ANSWERED, State.CLOSED}:
        drawn = bool(
            _rows(
                "SELECT 1 FROM records_callback WHERE matter_id = %s AND round = %s AND state IN ('drawn', 'trying')"
                " AND due_at > %s",
                matter.pk,
                matter.reopened,
                connection.ops.adapt_datetimefield_value(at - CALL_GRACE),
            )
        )
        since = matter.closed_at or matter.answered_at
        if since is not None:
            # Only the requester's own objections count: a redo, or another reporter's objection, takes nothing away.
            objected = own_objections(matter) if matter.reopened >= book.reopen.times else matter.reopened
            in_window = in_days_to_object(matter, since, book, calendar, at) and objected < book.reopen.times
            term = book.petition.ask_review if matter.appeal_level == 0 else book.petition.ask_re_review
            in_appeal = matter.petition and at <= promise(since, term, calendar).due
    if state is State.URGENT:
        came = bypassed_from(matter)
        worked = came.was == State.HANDLING or (came.was in _WORKED and matter.was_handling)
        back_handling = worked and came.unit not in matter.hidden
    kept = bool(matter.shielded or matter.about)
    in_time = not is_joined(matter) or _apart_in_time(matter.merged_into, book, calendar, at)
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
        co_units=frozenset(unit for unit, _, _ in orders),
        co_units_open=frozenset(unit for unit, st, _ in orders if st == "accepted"),
        co_due=tuple((unit, due) for unit, st, due in orders if st == "accepted" and due is not None),
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
        extension_approver=book.extension.approver,
        waits=matter.waits,
        pause_approver_from=book.pause.approver_from,
        handling_class=matter.handling_class,
        category=matter.category,
        petition=matter.petition,
        appeal_level=matter.appeal_level,
        sign_level=matter.sign_level,
        sign_levels=len(book.sign_levels),
        sign_escalated=matter.sign_escalated,
        sign_above=sign_above(matter, book),
        signed_by=signed,
        was_signed=matter.was_signed,
        refusals=matter.refusals,
        refusals_before_joint=book.handover.refusals_before_joint,
        decided=matter.decided,
        bound=matter.decided and Task.objects.filter(about_id=matter.pk, binds=True).exists(),
        danger_open=matter.danger_open,
        unread_open=matter.unread_since is not None,
        parts_open=sum(1 for _, st, _ in orders if st == "accepted"),
        outcome=matter.outcome,
        in_object_window=in_window,
        in_appeal_window=in_appeal,
        call_back_drawn=drawn,
        answered=matter.answered_at is not None,
        rated_by_resident=matter.rated_by in RATED_THEMSELVES,
        urged_recently=matter.urged_at is not None and at - matter.urged_at < URGE_GAP,
        was_handling=matter.was_handling,
        objected=objected,
        object_times=book.reopen.times,
        urge_again=_clock(matter.urged_at + URGE_GAP) if matter.urged_at is not None else Text("", ""),
        missing=_names(book, [unit for unit, st, _ in orders if st == "accepted"]),
        police_duty=is_police_duty(book, matter.category),
        back_handling=back_handling,
        child=minors.concerns(matter, book),
        child_marked=matter.child,
        contact_pending=minors.pending(matter, at),
        contact_asker_id=(matter.contact_ask or {}).get("staff"),
        contact_unit=(matter.contact_ask or {}).get("unit", ""),
        apart_waits=matter.apart_asked_at is not None,
        apart_in_time=in_time,
        desk_aside=any(unit_type(book, code) == "centre" for code in matter.hidden),
        kept=kept,
        kept_by_house=kept and wishes.set_by_house(matter),
    )


def of_row(matter: Case, book: Book, orders: Sequence[WorkOrder] = ()) -> Facts:
    """Return the facts of a matter that say who sees it, from its row and its co-units' orders alone (no query)."""
    accepted = [o for o in orders if o.state == "accepted"]
    return Facts(
        state=State(matter.state),
        holder=matter.holder,
        holder_type=unit_type(book, matter.holder),
        offered_to=matter.offered_to,
        sender=matter.sender,
        co_units=frozenset(o.unit for o in orders),
        co_units_open=frozenset(o.unit for o in accepted),
        co_due=tuple((o.unit, o.due_at) for o in accepted if o.due_at is not None),
        supervisor_unit=matter.supervisor_unit,
        division=matter.division,
        hidden=matter.hidden,
        hidden_divisions=hide.divisions_of(book, matter.hidden) if matter.hidden_units else frozenset(),
        handler_id=matter.handler_id,
        sign_above=sign_above(matter, book),
    )


def sign_above(matter: Case, book: Book) -> str:
    """Return the unit that signs in place of the last level once that sat too long, or an empty text before that."""
    last = book.sign_levels[-1]
    if matter.state != State.SIGNING or not matter.sign_escalated or matter.sign_level < last.level:
        return ""
    unit = last.escalation.to_unit or ""
    return "" if hide.barred(book, matter.hidden, unit) else unit


def is_police_duty(book: Book, category: str) -> bool:
    """Return whether the rule book makes this a duty of the police, which 110 does not divert (R1.8)."""
    found = book.categories.get(category)
    return found is not None and not found.non_police


def in_days_to_object(matter: Matter, since: datetime, book: Book, calendar: Calendar, at: datetime) -> bool:
    """Return whether the days to object run still: not while danger holds the answer, and anew once it is settled."""
    if matter.state == State.ANSWERED and (
        matter.danger_open or matter.unread_since or (matter.step_due_at and at <= matter.step_due_at)
    ):
        return True
    return at <= promise(since, book.reopen.window, calendar).due


def own_objections(matter: Matter) -> int:
    """Return how often this requester objected, those joined to the matter and checks by others not counted."""
    rows = Entry.objects.filter(matter_id=matter.pk, verb="object").values_list("facts", flat=True)
    return sum(1 for facts in rows if "voice" not in facts)


@dataclass(frozen=True, slots=True)
class Came:
    """Out of whose hands danger took a matter: the unit, the state it stood in, its handler."""

    unit: str = ""
    was: str = ""
    handler_id: int | None = None


def bypassed_from(matter: Matter) -> Came:
    """Return from where the last emergency brought a matter to 110 (one query)."""
    found = Entry.objects.filter(matter_id=matter.pk, verb="bypass").order_by("-turn").values_list("facts", flat=True)
    facts = found.first() or {}
    return Came(facts.get("from", ""), facts.get("was", ""), facts.get("handler"))


def is_joined(matter: Case) -> bool:
    """Return whether this report was joined to another and follows that one's course."""
    return matter.outcome == "merged" and matter.merged_into_id is not None


def voice_of(matter: Matter, main: Matter, book: Book, calendar: Calendar, at: datetime) -> Facts:
    """Return the facts by which the reporter of a joined matter speaks: the main one's, with her own rights.

    Her rating, her objections and her review are her own; what others did with theirs takes nothing from her.
    """
    facts = facts_of(main, book, calendar, at)
    objected, in_window = facts.objected, facts.in_object_window
    since = main.closed_at or main.answered_at
    if facts.state in {State.ANSWERED, State.CLOSED} and since is not None:
        objected = own_objections(matter)
        in_window = in_days_to_object(main, since, book, calendar, at) and objected < book.reopen.times
    return replace(
        facts,
        joined=True,
        objected=objected,
        in_object_window=in_window,
        rated_by_resident=matter.rated_by in RATED_THEMSELVES,
        apart_waits=matter.apart_asked_at is not None,
        apart_in_time=_apart_in_time(main, book, calendar, at),
        kept=bool(matter.shielded or matter.about),
    )


def _apart_in_time(main: Matter | None, book: Book, calendar: Calendar, at: datetime) -> bool:
    """Return whether a joined report may still be said to be another thing: as long as an objection could be made."""
    since = (main.closed_at or main.answered_at) if main is not None else None
    if main is None or since is None or main.state not in {State.ANSWERED, State.CLOSED}:
        return True
    return in_days_to_object(main, since, book, calendar, at)


def asked_of(matter: Matter, book: Book, calendar: Calendar, at: datetime) -> Facts:
    """Return the facts of a matter for its call-back: the work of a joined one was done on the main one."""
    facts = facts_of(matter, book, calendar, at)
    if not is_joined(matter) or matter.merged_into is None:
        return facts
    main = matter.merged_into
    units = _rows("SELECT unit FROM records_workorder WHERE matter_id = %s AND role = 'co'", main.pk)
    return replace(
        facts,
        holder=main.holder,
        holder_type=unit_type(book, main.holder),
        co_units=facts.co_units | {unit for (unit,) in units},
    )


def _clock(moment: datetime) -> Text:
    local = moment.astimezone(SHANGHAI)
    return Text(f"{local.month}月{local.day}日{local:%H:%M}", f"{local.day} {local:%b %H:%M}")


def _names(book: Book, codes: Sequence[str]) -> Text:
    found = [book.units[code].name if code in book.units else Text(code, code) for code in sorted(set(codes))]
    return Text("、".join(t.zh for t in found), ", ".join(t.en for t in found))


def seen_by(facts: Facts, actor: Actor) -> Facts:
    """Return the facts as they stand for one actor."""
    return replace(facts, by=actor.relations(facts))


def past_units(matter: Case) -> set[str]:
    """Return the units that a matter went through, its first holder among them (two queries)."""
    orders = WorkOrder.objects.filter(matter_id=matter.pk, role="lead").exclude(state__in=["proposed", "sent_back"])
    found = {unit for pair in orders.values_list("unit", "sender") for unit in pair}
    first = Entry.objects.filter(matter_id=matter.pk, turn=1, actor="platform").values_list("unit", flat=True).first()
    return found | ({first} if first else set())
