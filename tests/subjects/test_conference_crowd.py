"""Two chairs at once: one is told, nothing is decided twice, nothing half; each race is let go many times."""

from __future__ import annotations

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_crowd import together
from tests.subjects.test_conference import DAY, LEAD, person, ping_pong, propose, sitting, step
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.errors import DeskError, Stale
from wuxiao.desk.case.act import act
from wuxiao.desk.tasks import acts as tasks
from wuxiao.records.models import AgendaItem, Case, Matter, Task
from wuxiao.rules.access import Role
from wuxiao.subjects.conference import acts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def town() -> Town:
    made = settle()
    person(made, "chair", Role.LEAD)
    person(made, "second", Role.LEAD)
    person(made, "clerk", unit=LEAD)
    return made


def test_of_two_chairs_who_decide_one_item_one_wins(town: Town) -> None:
    matter = ping_pong(town)
    case = sitting(town, matter)
    seen = Case.objects.get(pk=case.pk).version

    def decide(by: str, unit: str) -> Case:
        given = {"item": matter.number, "unit": unit, "what": "去管", "due": "2026-09-25"}
        return act(  # type: ignore[no-any-return]
            case.pk, "decide", given, by=town.people[by], at=MONDAY + 3 * DAY, version=seen
        )

    out = together(*[lambda: decide("chair", "eco"), lambda: decide("second", "urban_mgmt")] * 3)
    assert sum(isinstance(one, Case) for one in out) == 1
    assert sum(isinstance(one, Stale) for one in out) == 5
    task = Task.objects.get()
    assert Matter.objects.get(pk=matter.pk).holder == task.unit
    assert verify(at=MONDAY + 4 * DAY).breaks == []


def test_two_sittings_that_put_on_one_matter_at_once_do_not_both(town: Town) -> None:
    matter = ping_pong(town)
    one, two = propose(town), propose(town, "2026-09-17")

    def put(case: Case, by: str) -> Case:
        return step(case, "put_on", town.people[by], MONDAY, item=matter.number, brief="x")

    out = together(*[lambda: put(one, "chair"), lambda: put(two, "second")] * 2)
    assert sum(isinstance(found, Case) for found in out) == 1
    assert sum(isinstance(found, DeskError) for found in out) == 3
    assert AgendaItem.objects.filter(state="on").count() == 1
    assert verify(at=MONDAY).breaks == []


def test_loops_that_propose_at_once_propose_one(town: Town) -> None:
    at = MONDAY.replace(month=8, day=26)
    assert sum(n for n in together(*[lambda: acts.keep(at)] * 4) if isinstance(n, int)) == 1
    assert Case.objects.filter(life="conference").count() == 1


def test_a_task_is_done_once(town: Town) -> None:
    matter = ping_pong(town)
    case = sitting(town, matter)
    given = {"item": matter.number, "unit": "eco", "what": "去管", "due": "2026-09-25"}
    step(case, "decide", town.chair, **given)
    task = Task.objects.get()
    eco, at = of_unit(town, "eco"), MONDAY + 4 * DAY
    task = tasks.act(task.code, "task_take", by=eco, at=at)

    def done() -> Task:
        return tasks.act(task.code, "task_done", {"proof": "办了"}, by=eco, at=at, turn=task.turn)

    out = together(*[done] * 4)
    assert sum(isinstance(one, Task) for one in out) == 1
    assert sum(isinstance(one, DeskError) for one in out) == 3
    assert verify(at=at).breaks == []
