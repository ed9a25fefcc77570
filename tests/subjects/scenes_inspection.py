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
from wuxiao.rules.access import Role

# Sooner than the time to mend, so that the earlier of both is seen.
small("lives.inspection.answer", "4 working_days")


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
