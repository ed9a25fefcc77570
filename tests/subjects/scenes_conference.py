"""Scenes of the joint conference for the test that no key of the rule book is dead (tests/keys)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.desk.people import MONDAY
from tests.keys.stage import DAY, HOUR, Stage, moment, sees, small, undone
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.records.models import Case, Conference, Matter, Slot, Task
from wuxiao.rules.access import Role
from wuxiao.subjects.conference import acts

small("lives.conference.parties", 2)


@sees("lives.conference.week", "lives.conference.weekday", "lives.conference.ahead", "lives.conference.lead",
      "lives.conference.members")  # fmt: skip
def proposed(stage: Stage) -> Iterator[Any]:
    """On which day of which month a sitting is proposed by the house, for which day, of whom, who leads it."""
    for days in range(75):
        if acts.keep(MONDAY + timedelta(days=days)):
            part = Conference.objects.order_by("pk").last()
            assert part is not None
            yield days, part.regular, part.members, part.matter.holder


@sees("lives.conference.quorum", "lives.conference.minutes")
def sat(stage: Stage) -> Iterator[Any]:
    """How many members must be there to decide, and until when the minutes are written."""
    chair = stage.of_unit("petition_office", Role.LEAD)
    case = opening.plan("conference", {"date": "2026-09-10"}, by=chair, at=MONDAY)
    act(case.pk, "convene", {"date": "2026-09-10", "place": "二楼"}, by=chair, at=MONDAY + DAY)
    members = Conference.objects.get(matter_id=case.pk).members
    for count in range(4, 9):

        def decided(present: list[str] = members[:count]) -> Case:
            act(case.pk, "sit", {"present": present}, by=chair, at=MONDAY + 3 * DAY)
            return act(case.pk, "decide", {"item": "none"}, by=chair, at=MONDAY + 3 * DAY)

        yield count, undone(decided)
    act(case.pk, "sit", {"present": members}, by=chair, at=MONDAY + 3 * DAY)
    yield moment(Case.objects.get(pk=case.pk).step_due_at)


@sees("lives.conference.places", "lives.conference.hour", "lives.conference.hours")
def planned(stage: Stage) -> Iterator[Any]:
    """When a sitting begins and ends in calendars where no time was given, and for how many items it has room."""
    chair = stage.of_unit("petition_office", Role.LEAD)
    case = opening.plan("conference", {"date": "2026-09-10"}, by=chair, at=MONDAY)
    slot = Slot.objects.get(case=case)
    yield moment(slot.starts_at), moment(slot.ends_at), slot.capacity


@sees("lives.conference.parties", "lives.conference.review")
def looked_back(stage: Stage) -> Iterator[Any]:
    """From how many parties on a matter that ended is looked back at, and until when."""
    for parties in range(1, 4):
        main = stage.held()
        for n in range(1, parties):
            other = stage.told(phone=f"1390000200{n}")
            given = {"matter": main.number, "reason": "同一件事"}
            act(other.pk, "merge", given, by=stage.actor("operator"), at=MONDAY)
        stage.answered(Matter.objects.get(pk=main.pk), MONDAY + HOUR)
        act(main.pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=MONDAY + DAY)
        yield parties, [str(task.due_on) for task in Task.objects.filter(matter_id=main.pk)]
