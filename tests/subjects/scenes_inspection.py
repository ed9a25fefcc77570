"""Scenes of inspections for the test that no key of the rule book is dead (tests/keys): how long each state lasts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.desk.people import MONDAY
from tests.keys.stage import DAY, Stage, moment, said, sees, small, undone
from tests.subjects.test_inspection import CAFE, UNIT, all_answers
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.desk.register import acts as rows
from wuxiao.records.models import Draw, Staff
from wuxiao.rules.access import Role
from wuxiao.subjects.inspection.acts import commit, draw_round
from wuxiao.subjects.inspection.draw import BadDraw, Inspector, Place

# Sooner than the time to mend, so that the earlier of both is seen.
small("lives.inspection.answer", "4 working_days")


@sees("lives.inspection.draw_*")
def drawn(stage: Stage) -> Iterator[Any]:
    """For which days a round may be fixed, and from when until when it is drawn and hidden."""
    li, wang = (stage.of_unit(UNIT, name=name) for name in ("li", "wang"))
    lead = stage.of_unit(UNIT, Role.LEAD)
    places = [
        Place(rows.put_in("premises", CAFE | {"address": f"清平路{n}号"}, by=li, at=MONDAY).code, "net_cafe")
        for n in range(3)
    ]
    names = list(Staff.objects.filter(pk__in=[li.staff_id, wang.staff_id]).values_list("username", flat=True))
    asked: dict[str, Any] = {"of_kind": {"net_cafe": 1}, "named": {}, "figure": "kl8"}

    def fixed(days: int) -> Draw:
        on = (MONDAY + timedelta(days=days)).date()
        return commit(places, [Inspector(one) for one in names], by=lead, at=MONDAY, on=on, **asked)

    def tried(what: Any) -> Any:
        try:
            return undone(lambda: what() and None)
        except BadDraw as bad:
            return bad.text.zh

    for days in (1, 2, 3):
        yield days, tried(lambda days=days: fixed(days))
    row = fixed(5)
    yield moment(row.opens_at), moment(row.closes_at), moment(row.told_at)
    assert row.opens_at is not None
    result = " ".join(str(n) for n in range(1, 21))
    for hours in (-1, 0, 1, 23, 25, 71, 73):
        at = row.opens_at + timedelta(hours=hours)
        yield tried(lambda at=at: draw_round(row.number, result, seen="网站", by=lead, at=at))


@sees("lives.inspection.*")
def inspected(stage: Stage) -> Iterator[Any]:
    """The dates of an inspection from the plan to the proof, how far the date to mend may go, whom it is handed to."""
    li, wang = (stage.of_unit(UNIT, name=name) for name in ("li", "wang"))
    lead = stage.of_unit(UNIT, Role.LEAD)
    cafe = rows.put_in("premises", CAFE, by=li, at=MONDAY)
    given = {"place": cafe.code, "why": "cycle", "date": "2026-09-08"}
    case = opening.plan("inspection", given, by=lead, at=MONDAY)
    yield moment(case.step_due_at)
    case = act(case.pk, "assign", {"pair": [str(li.staff_id), str(wang.staff_id)]}, by=lead, at=MONDAY)
    yield moment(case.step_due_at)
    at = MONDAY + DAY
    act(case.pk, "arrive", {}, by=li, at=at)
    act(case.pk, "arrive", {}, by=wang, at=at)
    act(case.pk, "fill", all_answers(lights="no", accepted="no"), by=wang, at=at)
    for days in range(13, 19):
        due = (at + timedelta(days=days)).date().isoformat()
        yield days, undone(lambda due=due: act(case.pk, "leave", {"signed": "signed", "due": due}, by=li, at=at))
    case = act(case.pk, "leave", {"signed": "signed", "due": "2026-09-15"}, by=li, at=at)
    yield moment(case.step_due_at), moment(case.tick_at)
    mended = undone(lambda: act(case.pk, "mended", {"words": "换好了"}, by=RESIDENT, at=at + DAY))
    yield mended
    for unit in ("fire", "gov", "efficiency", "data_bureau", "emergency"):
        given = {"unit": unit, "reason": "没有办过检查"}
        yield unit, undone(lambda given=given: act(case.pk, "hand_over", given, by=lead, at=at + DAY))
    for n in range(4):
        due = f"2026-09-{16 + n}"
        given = {"due": due, "reason": "等灯"}
        yield said(lambda given=given: act(case.pk, "extend", given, by=lead, at=at + DAY))
    objected = act(case.pk, "object", {"words": "灯那天刚好停电"}, by=RESIDENT, at=at + DAY)
    yield moment(objected.step_due_at), moment(objected.tick_at)
    page = stage.client("supervisor").get(f"/staff/c/inspection/{case.number}").content.decode()
    yield [line for line in page.split("<") if "月" in line and "日" in line]
