"""What of an inspection is filled in on a phone: today's round of one inspector, and what can collide in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case.shown import visible_of
from wuxiao.desk.case.subject import Tray, TrayFile, TrayPlace
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Entry, Finding, Inspection, StandAside
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.tray import PLACES
from wuxiao.rules.words import Text
from wuxiao.subjects.inspection import asks, fields
from wuxiao.subjects.inspection.checklists import Checklist
from wuxiao.subjects.inspection.rules import INSPECTION, State
from wuxiao.subjects.inspection.words import WHOSE

#: On a phone a visit that has ended is one thing, whatever it led to.
_LEFT = "left"
_GOING = (State.ASSIGNED, State.ON_SITE)


def places(rules: Rules, by: Actor, at: datetime) -> list[TrayPlace]:
    """Return what an inspector is to look at, what is due first at the head (five queries, however many).

    Only what she is sent to herself and has not ended: planned for today or earlier, or she is on site. No case she
    stands aside from, none she has not begun whose day is still to come.
    """
    assert by.viewer is not None
    units = {post.unit for post in by.viewer.posts if post.role in asks.GOING}
    today = at.astimezone(SHANGHAI).date()
    mine = Inspection.objects.filter(Q(first=by.staff_id) | Q(second=by.staff_id))
    # A visit she is in the middle of is hers whatever day it was planned for.
    now = Q(planned_on=None) | Q(planned_on__lte=today) | Q(matter__state=State.ON_SITE)
    mine = mine.filter(now, matter__holder__in=units)
    mine = mine.filter(matter__state__in=_GOING, matter__in=visible_of(INSPECTION.name, by.viewer))
    rows = mine.exclude(premises__in=_asides(by)).select_related("premises", "matter", "first", "second")
    parts = list(rows.order_by("matter__step_due_at", "matter_id")[: PLACES + 1])
    found, orders = _found([part.matter_id for part in parts]), _orders(parts, by)
    kinds = rules.book.registers.get("premises", {})
    names = {code: kind.name for code, kind in kinds.items()}
    latest = asks.latest_due(parts[0].matter, rules, at).isoformat() if parts else ""
    return [
        TrayPlace(
            case=part.matter,
            kind=names.get(part.premises.kind, Text(part.premises.kind, part.premises.kind)),
            form=part.checklist,
            stands=_stands(part, part.matter, found.get(part.matter_id, []), by),
            latest=latest,
            orders=tuple(orders.get(part.premises_id, ())),
            names=asks.hands(part),
        )
        for part in parts
    ]


def _asides(by: Actor) -> Any:
    """Return the places somebody stands aside from, as a query: said at one inspection, it holds for the place."""
    assert by.staff_id is not None
    said = StandAside.objects.filter(staff_id=by.staff_id).values("matter_id")
    return Inspection.objects.filter(matter_id__in=said).values("premises_id")


def _found(ids: list[int]) -> Mapping[int, list[Finding]]:
    rows: dict[int, list[Finding]] = {}
    for one in Finding.objects.filter(matter_id__in=ids).order_by("matter_id", "number"):
        rows.setdefault(one.matter_id, []).append(one)
    return rows


def _orders(parts: list[Inspection], by: Actor) -> Mapping[int, list[tuple[str, str, tuple[Text, ...]]]]:
    """Return the open orders at the same places that the inspector may see, by place."""
    assert by.viewer is not None
    there = Inspection.objects.filter(premises__in={part.premises_id for part in parts}, due_on__isnull=False)
    there = there.filter(matter__state__in=(State.ORDERED, State.RECHECK))
    there = there.filter(matter__in=visible_of(INSPECTION.name, by.viewer)).select_related("matter")
    listed = list(there.order_by("due_on", "matter_id"))
    found = _found([part.matter_id for part in listed])
    orders: dict[int, list[tuple[str, str, tuple[Text, ...]]]] = {}
    for part in listed:
        assert part.due_on is not None
        still = [one for one in found.get(part.matter_id, []) if one.state == "open"]
        words = tuple(_words(asks.list_of(part), one) for one in still)
        orders.setdefault(part.premises_id, []).append((part.matter.number, part.due_on.isoformat(), words))
    return orders


def _words(listed: Checklist, one: Finding) -> Text:
    item = listed.item(one.item)
    return fields.OTHER if item is None else item.words


def stands(case: Case, by: Actor) -> Mapping[str, str]:
    """Return what the fields of an inspection that can collide hold now (three queries)."""
    return _stands(asks.part_of(case), case, asks.findings_of(case), by)


def _stands(part: Inspection, case: Case, found: list[Finding], by: Actor) -> Mapping[str, str]:
    state = case.state if case.state in {State.PLANNED, *_GOING} else _LEFT
    values = {f"q_{one.code}": part.answers.get(one.code, "") for one in asks.list_of(part).items}
    # What she noted herself she knows; what another noted that no question asks for, she may not.
    turns = [one.found for one in found if one.item == "other"]
    others = 0
    if turns:
        noted = Entry.objects.filter(matter_id=case.pk, turn__in=turns)
        others = sum(1 for staff_id in noted.values_list("staff_id", flat=True) if staff_id != by.staff_id)
    due = part.due_on.isoformat() if part.due_on is not None else ""
    mine = {part.first_id: part.first_here_at, part.second_id: part.second_here_at}.get(by.staff_id)
    here = "here" if mine is not None else ""
    return values | {"state": str(state), "here": here, "others": str(others), "signed": part.signed, "due": due}


def joined(verb: str, what: str, entry: Entry | None) -> Mapping[str, Any]:
    """Return what a picture is given beside it: the finding it shows, or whose hand it is."""
    if verb == "signature":
        return {"whose": what}
    return {"about": str(entry.facts.get("number", "")) if entry is not None else ""}


TRAY = Tray(
    verbs=("arrive", "fill", "find", "leave", "note"),
    whole=frozenset({"arrive", "find", "leave"}),
    looked={"leave": ("q_", "others")},
    sets={"arrive": {"state": "on_site", "here": "here"}, "leave": {"state": _LEFT}},
    marks={"find": ("item", "q_", "no")},
    files={
        "find": (TrayFile("picture", "", Text("照片", "photos")),),
        "leave": tuple(TrayFile("signature", code, WHOSE[code], drawn=True) for code in ("first", "second", "place")),
    },
    # The other inspector's own word may still lie on her phone.
    until=frozenset({"both_here"}),
    places=places,
    stands=stands,
    joined=joined,
)
