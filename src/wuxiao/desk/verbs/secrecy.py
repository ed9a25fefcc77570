"""Secrecy asked for later: from now on kept from those it is about, and out of their hands at once."""

from __future__ import annotations

from wuxiao.desk.turn import Turn, does
from wuxiao.desk.verbs.together import hide_from, share
from wuxiao.records.models import Matter, Message, WorkOrder
from wuxiao.rules import hide
from wuxiao.rules.flow import DESK_TYPES, State

#: States in which nobody is at work on it: whoever oversees the unit takes its place without another step.
_AT_REST = frozenset({State.ANSWERED, State.CLOSED, State.URGENT})


@does("shield")
def shield(turn: Turn) -> None:
    """Hide the requester from whoever handles it, and the matter from those named; nothing of it is taken back later.

    What was split off the same report is hidden too, and what was joined with it. A unit that has it in hand and must
    stand aside loses it to the desk, or to the body that oversees that; notices that wait for it are not sent.
    """
    matter, book = turn.matter, turn.rules.book
    about = [turn.given[name] for name in ("unit", "body") if turn.given.get(name)]
    own = hide.unpack(matter.hidden_own) | hide.from_about(book, about, matter.division)
    hidden = matter.hidden | own
    if matter.shielded and hidden == matter.hidden:
        turn.refuse("已经在保密了", "it is kept already", "shielded")
    turn.facts |= {"about": sorted(about), "hidden": sorted(hidden - matter.hidden)}
    matter.shielded = True
    matter.about = hide.pack({*hide.unpack(matter.about), *about})
    matter.hidden_own, matter.hidden_units = hide.pack(own), hide.pack(hidden)
    if matter.supervisor_unit:
        matter.supervisor_unit = hide.instead(book, hidden, matter.supervisor_unit)
    waiting = Message.objects.filter(matter=matter, state__in=["queued", "failed", "doubt"], way="hook")
    waiting.filter(webhook__unit__in=sorted(hidden)).update(state="dropped", next_at=None, error="hidden")
    _stand_aside(turn, hidden)
    _with_the_others(turn, about, hidden)


def _stand_aside(turn: Turn, hidden: frozenset[str]) -> None:
    """Take the matter out of the hands of units that must not see it any more."""
    matter, book = turn.matter, turn.rules.book
    for order in WorkOrder.objects.filter(matter=matter, role="co", state="accepted"):
        if hide.barred(book, hidden, order.unit):
            order.state, order.done_at = "taken_back", turn.at
            order.save(update_fields=["state", "done_at"])
            turn.co_changed = True
    if matter.handler is not None and hidden & set(matter.handler.posts.values_list("unit", flat=True)):
        matter.handler = None
    proposed = WorkOrder.objects.filter(matter=matter, role="lead", state="proposed").values_list("unit", flat=True)
    in_hand = {matter.holder, matter.offered_to, *(proposed if turn.target is State.SIGNING else ())} - {""}
    if not any(hide.barred(book, hidden, unit) for unit in in_hand):
        return
    state = turn.target
    if state in _AT_REST:
        matter.holder, matter.holder_since = hide.instead(book, hidden, matter.holder), turn.at
        matter.handler = None
        matter.was_handling = False
        return
    if state is State.WAITING:
        turn.follow.append((matter.pk, "resume", {}))
    turn.follow.append((matter.pk, "take_back", {}))


def _with_the_others(turn: Turn, about: list[str], hidden: frozenset[str]) -> None:
    """What the same person reported in one go is hidden too; what others reported of it shares the secrecy."""
    matter, book = turn.matter, turn.rules.book
    root = matter.split_from_id or matter.pk
    family = Matter.objects.filter(pk=root) | Matter.objects.filter(split_from_id=root)
    # The step somebody took reaches all of them; those the house takes after it reach no further.
    for other in family.exclude(pk=matter.pk).order_by("pk") if turn.by.kind != "system" else ():
        wanted = other.hidden | hide.from_about(book, about, other.division)
        if wanted != other.hidden or not other.shielded:
            given = {name: turn.given[name] for name in ("unit", "body") if turn.given.get(name)}
            turn.follow.append((other.pk, "shield", given))
    share(turn, matter)
    main = matter.merged_into if matter.outcome == "merged" else None
    if main is None:
        return
    main = Matter.objects.select_for_update().get(pk=main.pk)
    if hidden <= main.hidden:
        return
    helping = WorkOrder.objects.filter(matter=main, role="co", state="accepted").values_list("unit", flat=True)
    if any(hide.barred(book, hidden, unit) for unit in {main.holder, main.offered_to, *helping} - {""}):
        # The unit has somebody else's report of the same thing in hand, and may keep it; this one leaves it.
        turn.follow.append((matter.pk, "unmerge", {"reason": "诉求人要求保密，分开单独办理"}))
    else:
        hide_from(turn, main, main.hidden | hidden)


@does("take_back")
def take_back(turn: Turn) -> None:
    """The unit that has it must stand aside: it comes back to the desk, or to whoever oversees that (system)."""
    matter, book = turn.matter, turn.rules.book
    WorkOrder.objects.filter(matter=matter, role="lead", state__in=["proposed", "offered", "accepted"]).update(
        state="taken_back", done_at=turn.at
    )
    unit = book.units.get(matter.holder)
    held = matter.holder if unit is not None and unit.type in DESK_TYPES else ""
    matter.holder, matter.holder_since = hide.desk(book, matter.hidden, held), turn.at
    matter.offered_to = matter.sender = ""
    matter.handler = None
    matter.proposer = None
    matter.extension = None
    matter.decided = matter.was_handling = False
    matter.sign_level, matter.sign_escalated = 0, False
    lead = matter.route_why.get("lead", "")
    if lead and hide.barred(book, matter.hidden, lead):
        matter.route_why = {}
    turn.facts["to_unit"] = matter.holder
