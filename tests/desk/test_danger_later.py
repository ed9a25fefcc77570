"""Danger that shows after a matter was received: it is on a desk's list, looked at or passed to 110, and never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_joined import answer, classed, in_hand, joined, report
from wuxiao.desk import books, matters, verify
from wuxiao.desk.act import act
from wuxiao.desk.actor import RESIDENT, Actor
from wuxiao.desk.errors import Refused
from wuxiao.desk.look import shelves
from wuxiao.desk.matters import Report
from wuxiao.records.models import Matter
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
GAS = "现在屋里全是煤气味，老人晕倒了，快来人"


@pytest.fixture
def town() -> Town:
    return settle()


def joint(town: Town) -> Matter:
    matter = classed(town, report(0))
    unit = matter.route_why["lead"]
    for _ in range(3):
        act(matter.pk, "assign", {"unit": unit}, by=town.operator, at=MONDAY)
        matter = act(matter.pk, "refuse", {"reason": "不归我们"}, by=of_unit(town, unit), at=MONDAY)
    return matter


def waiting(town: Town) -> Matter:
    main, _, handler = joined(town, 1)
    return act(main.pk, "ask", {"reply": "哪一栋？"}, by=handler, at=MONDAY + 2 * HOUR)


def declining(town: Town) -> Matter:
    matter = report(0)
    handler = in_hand(town, matter)
    reason = next(iter(books.current(MONDAY).book.decline_reasons))
    given = {"decline_reason": reason, "reply": "请走法院", "channel": "法院"}
    return act(matter.pk, "decline", given, by=handler, at=MONDAY + 2 * HOUR)


def answered(town: Town) -> Matter:
    main, _, handler = joined(town, 1)
    return answer(main, handler, MONDAY + 2 * HOUR)


#: How a matter comes to stand where its unit does nothing, or somebody else decides.
RESTING: dict[str, Callable[[Town], Matter]] = {
    "joint": joint,
    "waiting": waiting,
    "declining": declining,
    "answered": answered,
}


def cry(matter: Matter) -> Matter:
    """Let danger be told: by who was joined where there is somebody, for the first is asked something else."""
    other = Matter.objects.filter(merged_into=matter).first()
    act((other or matter).pk, "add", {"words": GAS}, by=RESIDENT, at=MONDAY + 3 * HOUR)
    return Matter.objects.get(pk=matter.pk)


def who(town: Town, matter: Matter) -> Actor:
    return town.shift_lead if matter.state in {"joint", "declining"} else of_unit(town, matter.holder)


@pytest.mark.parametrize("state", RESTING)
class TestWhereverItStands:
    def test_it_is_first_among_what_is_to_do(self, town: Town, state: str) -> None:
        late = in_hand(town, report(7))
        matter = cry(RESTING[state](town))
        assert (matter.state, matter.danger_open) == (state, True)
        by = who(town, matter)
        assert by.viewer is not None
        assert late is not None
        assert shelves.shelf_page(by.viewer, "inbox", now=MONDAY + 4 * HOUR).ids[0] == matter.pk

    def test_it_goes_to_110_and_comes_back_to_whom_it_was_taken_from(self, town: Town, state: str) -> None:
        matter = cry(RESTING[state](town))
        holder = matter.holder
        by = of_unit(town, holder) if state != "joint" else town.shift_lead
        if state == "declining":
            by = of_unit(town, holder, Role.LEAD)
        matter = act(matter.pk, "bypass", {"reason": "煤气，有人晕倒"}, by=by, at=MONDAY + 4 * HOUR)
        assert (matter.state, matter.danger_open, matter.paused_at, matter.answered_at) == ("urgent", False, None, None)
        matter = act(matter.pk, "stand_down", {"reply": "已通风救人"}, by=town.police, at=MONDAY + 5 * HOUR)
        assert (matter.state, matter.holder) == ("intake" if state == "joint" else "handling", holder)
        assert matter.due_at is not None
        assert verify.verify(at=MONDAY + 5 * HOUR).breaks == []

    def test_who_looks_and_finds_none_lets_it_go_on_as_before(self, town: Town, state: str) -> None:
        matter = cry(RESTING[state](town))
        by = who(town, matter)
        matter = act(matter.pk, "look", {"reason": "打过电话：是昨天的事"}, by=by, at=MONDAY + 4 * HOUR)
        assert (matter.state, matter.danger_open) == (state, False)


def test_a_decline_is_not_upheld_over_danger_nobody_looked_at(town: Town) -> None:
    matter = cry(declining(town))
    with pytest.raises(Refused) as no:
        act(matter.pk, "uphold", {"reason": "同意"}, by=town.shift_lead, at=MONDAY + 4 * HOUR)
    assert no.value.code == "no_danger_open"


def test_an_answer_without_danger_is_not_taken_to_110(town: Town) -> None:
    matter = answered(town)
    with pytest.raises(Refused) as no:
        act(matter.pk, "bypass", {"reason": "想让 110 看看"}, by=of_unit(town, matter.holder), at=MONDAY + 4 * HOUR)
    assert no.value.code == "danger_after_answer"


@pytest.mark.parametrize("verb", ["object", "urge"])
def test_what_they_say_when_they_object_or_urge_is_looked_at_too(town: Town, verb: str) -> None:
    matter = report(0)
    handler = in_hand(town, matter)
    if verb == "object":
        answer(matter, handler, MONDAY + HOUR)
    matter = act(matter.pk, verb, {"reason": GAS}, by=RESIDENT, at=MONDAY + 3 * HOUR)
    assert (matter.state, matter.danger_open) == ("handling", True)


class TestJoining:
    def danger(self, town: Town) -> Matter:
        given = Report(words=GAS, channel="phone", phone="19909900099")
        matter = matters.receive(given, by=town.operator, at=MONDAY + HOUR)
        assert matter.danger_open
        return matter

    def test_danger_nobody_looked_at_is_not_closed_as_joined(self, town: Town) -> None:
        main, danger = report(0), self.danger(town)
        in_hand(town, main)
        with pytest.raises(Refused) as no:
            act(danger.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + 2 * HOUR)
        assert no.value.code == "no_danger_open"
        act(danger.pk, "look", {"reason": "回电：没有人晕倒"}, by=town.operator, at=MONDAY + 2 * HOUR)
        danger = act(danger.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + 2 * HOUR)
        assert danger.outcome == "merged"

    def test_it_joins_one_that_110_is_acting_on(self, town: Town) -> None:
        main, danger = self.danger(town), self.danger(town)
        act(main.pk, "bypass", {"reason": "煤气"}, by=town.operator, at=MONDAY + 2 * HOUR)
        danger = act(danger.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + 2 * HOUR)
        assert danger.merged_into_id == main.pk


def test_more_time_asked_for_goes_with_who_asked(town: Town) -> None:
    matter = report(0)
    handler = in_hand(town, matter)
    act(matter.pk, "extend", {"term_days": "2", "reason": "等材料"}, by=handler, at=MONDAY + HOUR)
    act(matter.pk, "bypass", {"reason": "打起来了"}, by=handler, at=MONDAY + 2 * HOUR)
    matter = act(matter.pk, "stand_down", {"reply": "带走一人", "keep": "yes"}, by=town.police, at=MONDAY + 3 * HOUR)
    assert (matter.state, matter.extension) == ("intake", None)
