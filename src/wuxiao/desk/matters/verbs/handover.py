"""Handing over: assign, accept, refuse, the joint decision, co-units."""

from __future__ import annotations

from wuxiao.desk.assist import suggest
from wuxiao.desk.case.turn import Effects, Turn
from wuxiao.desk.matters.verbs.sorting import check_lead, close_lead_orders
from wuxiao.records.models import Staff, WorkOrder
from wuxiao.rules import hide, route
from wuxiao.rules.flow import DESK_TYPES, State
from wuxiao.rules.promise import Term, promise

#: What each verb of this file does to a matter.
does = Effects()


def _order(turn: Turn, unit: str, role: str, state: str, *, task: str = "", days: int | None = None) -> None:
    due = None
    if days is not None:
        due = promise(turn.at, Term.parse(f"{days} working_days"), turn.rules.calendar).due
    turn.co_changed = turn.co_changed or role == "co"
    WorkOrder.objects.create(
        matter=turn.matter,
        unit=unit,
        role=role,
        state=state,
        sender=turn.matter.holder,
        task=task,
        reason=turn.given.get("reason", ""),
        sent_at=turn.at,
        due_at=due,
        accepted_at=turn.at if state == "accepted" else None,
    )


def _offer(turn: Turn, unit: str) -> None:
    matter = turn.matter
    matter.sender = matter.holder
    matter.offered_to = unit
    _order(turn, unit, "lead", "offered")
    turn.facts["to_unit"] = unit


@does("assign")
def assign(turn: Turn) -> None:
    """A named person sends the matter to a unit that has the power; co-units get a part when the lead has accepted."""
    unit = turn.given["unit"]
    check_lead(turn, unit)
    if unit == turn.matter.holder:
        turn.wrong("unit", "不能派给自己", "cannot be assigned to the desk itself")
    if turn.before.holder_type == "police_command" and turn.rules.book.units[unit].type != "station":
        turn.wrong(
            "unit",
            "110 只派给派出所；转出请用“提请分流”",
            "110 assigns to police stations; propose diversion for others",
        )
    suggest.remember(turn.matter, turn.matter.turn + 1, [(suggest.of_unit(turn.matter), unit)], by=turn.by, at=turn.at)
    _offer(turn, unit)
    co_units = [u for u in turn.given.get("co_units", []) if u != unit]
    turn.facts["with_units"] = co_units
    turn.facts["proposed"] = turn.matter.route_why.get("lead", "")
    for co_unit in co_units:
        _join(turn, co_unit, "", None)


@does("hand_in")
def hand_in(turn: Turn) -> None:
    """Another platform that has the matter offers it to our desk and keeps it until we accept (R1.3, R1.5)."""
    unit = turn.given["unit"]
    if hide.barred(turn.rules.book, turn.matter.hidden, unit):
        turn.wrong("unit", "不能交给被反映的单位", "it cannot go to the unit complained of")
    if turn.rules.book.units[unit].type not in DESK_TYPES or unit == turn.matter.holder:
        turn.wrong("unit", "平台之间只能转给对方的受理台", "platforms hand over to each other's desk only")
    _offer(turn, unit)
    WorkOrder.objects.filter(matter=turn.matter, role="lead", state="offered").update(
        way=turn.given["way"], caller_agrees=turn.given["caller_agrees"]
    )
    turn.facts |= {
        "unit": turn.matter.holder,
        "way": turn.given["way"],
        "caller_agrees": turn.given["caller_agrees"],
        "sign_offs": turn.given.get("sign_offs", []),
    }


@does("reassign")
def reassign(turn: Turn) -> None:
    """The centre takes the matter back from a unit and sends it to another, with its reason."""
    matter = turn.matter
    unit = turn.given["unit"]
    check_lead(turn, unit)
    if unit in {matter.offered_to, matter.holder if matter.was_handling else ""}:
        turn.wrong("unit", "已经在这个单位", "it is with this unit already")
    WorkOrder.objects.filter(matter=matter, role="lead", state__in=["offered", "accepted"]).update(
        state="taken_back", done_at=turn.at
    )
    turn.facts["from"] = matter.offered_to or matter.holder
    matter.extension = None
    _offer(turn, unit)


@does("accept")
def accept(turn: Turn) -> None:
    """The receiver takes over: only now does the sender let go (first receiver duty, R2.10)."""
    matter = turn.matter
    WorkOrder.objects.filter(matter=matter, role="lead", state="offered").update(
        state="accepted", accepted_at=turn.at, due_at=matter.due_at
    )
    matter.holder, matter.holder_since = matter.offered_to, turn.at
    matter.offered_to = matter.sender = ""
    matter.handler = None
    matter.accepted_at = matter.accepted_at or turn.at
    matter.was_handling = turn.target is State.HANDLING
    if "staff" in turn.given:
        appoint(turn)


@does("refuse")
def refuse(turn: Turn) -> None:
    """The receiver refuses with a reason; the sender still has the matter; the third time calls a joint meeting."""
    matter = turn.matter
    WorkOrder.objects.filter(matter=matter, role="lead", state="offered").update(
        state="refused", done_at=turn.at, reason=turn.given["reason"]
    )
    turn.facts["from"] = matter.offered_to
    matter.refusals += 1
    turn.facts["count"] = matter.refusals
    matter.offered_to = matter.sender = ""
    if matter.was_handling:
        # A unit that was handling it before a reassignment stays responsible through the desk, not by itself.
        centre = hide.desk(turn.rules.book, matter.hidden)
        matter.holder, matter.holder_since, matter.was_handling = centre, turn.at, False


@does("decide")
def decide(turn: Turn) -> None:
    """The joint meeting names the unit; it cannot be refused any more (R2.11)."""
    matter = turn.matter
    unit = turn.given["unit"]
    if turn.rules.book.units[unit].type in {"centre", "police_command"}:
        turn.wrong("unit", "联席会议应指定承办单位", "the meeting must name a handling unit")
    check_lead(turn, unit)
    if turn.by.kind == "system" and unit == matter.holder and turn.before.state is State.HANDLING:
        # A conference leaves it where it is: nobody hands it on any more, and whoever works on it goes on.
        matter.decided = True
        turn.facts["to_unit"] = unit
        return
    if turn.before.state is not State.JOINT:
        if unit == matter.holder:
            turn.wrong("unit", "已经在这个单位", "it is with this unit already")
        close_lead_orders(turn, "taken_back")
        turn.facts["from"] = matter.holder
        matter.extension = matter.handler = None
    _order(turn, unit, "lead", "accepted")
    matter.holder, matter.holder_since = unit, turn.at
    matter.offered_to = matter.sender = ""
    matter.accepted_at = matter.accepted_at or turn.at
    matter.decided = True
    matter.was_handling = True
    turn.facts["to_unit"] = unit


@does("appoint")
def appoint(turn: Turn) -> None:
    """Name the person of the unit who handles it."""
    matter = turn.matter
    staff = Staff.objects.filter(pk=turn.given["staff"], is_active=True, posts__unit=matter.holder).distinct().first()
    if staff is None or matter.hidden & set(staff.posts.values_list("unit", flat=True)):
        turn.wrong("staff", "请选择本单位在岗人员", "choose an active member of this unit")
        return
    matter.handler = staff
    turn.facts["handler"] = staff.pk


def _join(turn: Turn, unit: str, task: str, days: int | None) -> None:
    matter = turn.matter
    if hide.barred(turn.rules.book, matter.hidden, unit):
        turn.wrong("unit", "不能交给被反映的单位协办", "the unit complained of cannot take part")
    if matter.category:
        able, why = route.may_help(turn.rules.book, unit, matter.category, hidden=matter.hidden)
        if not able:
            turn.wrong("unit", why.zh, why.en)
    if WorkOrder.objects.filter(matter=matter, unit=unit, role="co", state="accepted").exists():
        turn.wrong("unit", "该单位已在协办", "this unit is a co-unit already")
    _order(turn, unit, "co", "accepted", task=task, days=days or 3)


@does("join")
def join(turn: Turn) -> None:
    """Add a co-unit with its part and its own clock."""
    unit = turn.given["unit"]
    if unit == turn.matter.holder:
        turn.wrong("unit", "主办单位不能同时协办", "the lead unit cannot be its own co-unit")
    _join(turn, unit, turn.given["task"], turn.given["term_days"])
    turn.facts |= {"to_unit": unit, "days": turn.given["term_days"]}


@does("part")
def part(turn: Turn) -> None:
    """A co-unit reports its part done."""
    unit = next(u for u in turn.before.co_units_open if turn.by.viewer and u in turn.by.viewer.units)
    WorkOrder.objects.filter(matter=turn.matter, unit=unit, role="co", state="accepted").update(
        state="done", done_at=turn.at
    )
    turn.co_changed = True
    turn.facts["unit"] = unit
