"""Danger that shows after a matter was received: it is on a desk's list, looked at or passed to 110, and never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_joined import answer, classed, in_hand, joined, report
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case import clock
from wuxiao.desk.case.act import act
from wuxiao.desk.look import matter as staff_look
from wuxiao.desk.look import shelves
from wuxiao.desk.matters import call_backs, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.matters.progress import look
from wuxiao.desk.town import books
from wuxiao.records.models import CallBack, Entry, Matter
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
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


def in_hands(town: Town) -> Matter:
    matter = report(0)
    in_hand(town, matter)
    return Matter.objects.get(pk=matter.pk)


def silent(town: Town) -> Matter:
    """Closed because nobody said anything after the answer."""
    matter = in_hands(town)
    matter = answer(matter, of_unit(town, matter.holder), MONDAY - 30 * DAY)
    clock.tick(at=MONDAY)
    return Matter.objects.get(pk=matter.pk)


def closed(town: Town) -> Matter:
    matter = answered(town)
    return act(matter.pk, "rate", {"rating": 4, "solved": True}, by=RESIDENT, at=MONDAY + 2 * HOUR)


@pytest.fixture(autouse=True)
def every_one_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)


def by_link(town: Town, matter: Matter) -> None:
    row = CallBack.objects.get(matter=matter)
    call_backs.answer_by_link(row.token, {"rating": "1", "solved": "no", "words": GAS}, at=MONDAY + 3 * HOUR)


def by_telephone(town: Town, matter: Matter) -> None:
    given = {"way": "phone", "contacted": "yes", "solved": "no", "rating": 1, "words": GAS}
    act(matter.pk, "call_back", given, by=town.caller, at=MONDAY + 3 * HOUR)


def _step(verb: str, field: str = "reason", **more: object) -> Callable[[Town, Matter], None]:
    def take(town: Town, matter: Matter) -> None:
        act(matter.pk, verb, {field: GAS, **more}, by=RESIDENT, at=MONDAY + 3 * HOUR)

    return take


def _caller(verb: str, field: str = "reason", **more: object) -> Callable[[Town, Matter], None]:
    def take(town: Town, matter: Matter) -> None:
        given = {field: GAS, "for_caller": "number", **more}
        act(matter.pk, verb, given, by=town.operator, at=MONDAY + 3 * HOUR)

    return take


_RATED = {"rating": 1, "solved": False}
#: Every way in which a requester's words come in after the first: how it stood, the step, how it stands then.
WAYS: dict[str, tuple[Callable[[Town], Matter], Callable[[Town, Matter], None], str]] = {
    "withdraw": (in_hands, _step("withdraw"), "handling"),
    "withdraw by telephone": (in_hands, _caller("withdraw"), "handling"),
    "withdraw while asked": (lambda town: waiting(town), _step("withdraw"), "waiting"),
    "add": (in_hands, _step("add", "words"), "handling"),
    "urge by telephone": (in_hands, _caller("urge"), "handling"),
    "shield": (in_hands, _step("shield"), "handling"),
    "reply": (lambda town: waiting(town), _step("reply", "words"), "handling"),
    "rate": (answered, _step("rate", "words", **_RATED), "answered"),
    "rate by telephone": (answered, _caller("rate", "words", **_RATED), "answered"),
    "rate when closed": (silent, _step("rate", "words", **_RATED), "closed"),
    "shield when closed": (closed, _step("shield"), "closed"),
    "object": (answered, _step("object"), "handling"),
    "link": (closed, by_link, "closed"),
    "call-back": (closed, by_telephone, "closed"),
}


@pytest.mark.parametrize("way", WAYS)
class TestWhateverWayItIsTold:
    def test_it_stands_first_and_ends_nothing(self, town: Town, way: str) -> None:
        make, tell, state = WAYS[way]
        matter = make(town)
        tell(town, matter)
        matter = Matter.objects.get(pk=matter.pk)
        assert (matter.state, matter.danger_open) == (state, True)
        assert "danger" in Entry.objects.filter(matter=matter).latest("turn").facts
        viewer = of_unit(town, matter.holder).viewer
        assert viewer is not None
        assert shelves.shelf_page(viewer, "inbox", now=MONDAY + 4 * HOUR).ids[0] == matter.pk
        assert verify.verify(at=MONDAY + 4 * HOUR).breaks == []

    def test_it_goes_to_110_and_comes_back(self, town: Town, way: str) -> None:
        make, tell, _ = WAYS[way]
        matter = make(town)
        holder = matter.holder
        tell(town, matter)
        matter = act(matter.pk, "bypass", {"reason": "煤气"}, by=of_unit(town, holder), at=MONDAY + 4 * HOUR)
        assert (matter.state, matter.outcome, matter.closed_at, matter.danger_open) == ("urgent", "", None, False)
        matter = act(matter.pk, "stand_down", {"reply": "已通风"}, by=town.police, at=MONDAY + 5 * HOUR)
        assert (matter.state, matter.holder) == ("handling", holder)
        assert verify.verify(at=MONDAY + 5 * HOUR).breaks == []

    def test_quiet_words_warn_nobody(self, town: Town, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(globals(), "GAS", "谢谢，路灯修好了")
        make, tell, _ = WAYS[way]
        matter = make(town)
        tell(town, matter)
        assert not Matter.objects.get(pk=matter.pk).danger_open


@pytest.mark.parametrize("verb", ["withdraw", "rate", "call_back", "link"])
def test_what_one_who_was_joined_says_with_her_own_report_warns_on_the_main_one(town: Town, verb: str) -> None:
    main, (other,), handler = joined(town, 1)
    if verb != "withdraw":
        main = answer(main, handler, MONDAY + 2 * HOUR)
        act(main.pk, "rate", {"rating": 4, "solved": True}, by=RESIDENT, at=MONDAY + 2 * HOUR)
        other.refresh_from_db()
    if verb == "link":
        by_link(town, other)
    elif verb == "call_back":
        by_telephone(town, other)
    else:
        field = "reason" if verb == "withdraw" else "words"
        _step(verb, field, **({} if verb == "withdraw" else _RATED))(town, other)
    main.refresh_from_db()
    other.refresh_from_db()
    assert (main.danger_open, other.danger_open) == (True, False)
    viewer = of_unit(town, main.holder).viewer
    assert viewer is not None
    assert shelves.shelf_page(viewer, "inbox", now=MONDAY + 4 * HOUR).ids[0] == main.pk
    view = staff_look.view(main.number, by=of_unit(town, main.holder), at=MONDAY + 4 * HOUR, lang="zh-hans")
    assert GAS in view.words.values()
    assert verify.verify(at=MONDAY + 4 * HOUR).breaks == []


def test_a_withdrawal_over_danger_is_taken_once_somebody_settled_it(town: Town) -> None:
    matter = in_hands(town)
    _step("withdraw")(town, matter)
    said = look(matter.code, "zh", at=MONDAY + 4 * HOUR).lines[-1].sentence
    assert "先由工作人员看过" in said
    by = of_unit(town, matter.holder)
    matter = act(matter.pk, "look", {"reason": "打过电话：已经通风"}, by=by, at=MONDAY + 4 * HOUR)
    assert (matter.state, matter.outcome, matter.danger_open) == ("closed", "withdrawn", False)
    assert verify.verify(at=MONDAY + 5 * HOUR).breaks == []


def test_who_asks_for_it_after_all_has_not_withdrawn(town: Town) -> None:
    matter = in_hands(town)
    _step("withdraw")(town, matter)
    act(matter.pk, "urge", {"reason": "还是请来看看"}, by=RESIDENT, at=MONDAY + 4 * HOUR)
    by = of_unit(town, matter.holder)
    matter = act(matter.pk, "look", {"reason": "打过电话：已经通风"}, by=by, at=MONDAY + 5 * HOUR)
    assert (matter.state, matter.outcome) == ("handling", "")


class TestSilence:
    def test_it_closes_nothing_while_danger_stands_open(self, town: Town) -> None:
        matter = cry(answered(town))
        assert matter.step_due_at is not None
        late = matter.step_due_at + HOUR
        for n in range(3):
            clock.tick(at=late + n * DAY)
        matter.refresh_from_db()
        assert (matter.state, matter.danger_open) == ("answered", True)
        assert matter.tick_at is not None
        assert verify.verify(at=late + 2 * DAY).breaks == []
        with pytest.raises(Refused) as no:
            act(matter.pk, "close", by=SYSTEM, at=late)
        assert no.value.code == "no_danger_open"

    def test_the_days_to_object_begin_when_somebody_settled_it(self, town: Town) -> None:
        matter = cry(answered(town))
        assert matter.step_due_at is not None
        late = matter.step_due_at + 60 * DAY
        clock.tick(at=late)
        by = of_unit(town, matter.holder)
        act(matter.pk, "look", {"reason": "打过电话：是昨天的事"}, by=by, at=late)
        clock.tick(at=late + DAY)
        matter.refresh_from_db()
        assert matter.state == "answered"
        assert matter.step_due_at is not None
        assert matter.step_due_at > late + DAY
        assert "object" in look(matter.code, "zh", at=late + DAY).open_verbs
        clock.tick(at=matter.step_due_at)
        matter.refresh_from_db()
        assert (matter.state, matter.outcome) == ("closed", "answered")
        assert verify.verify(at=late + 30 * DAY).breaks == []


def test_danger_settled_on_the_main_one_does_not_stand_open_on_the_joined(town: Town) -> None:
    both = [matters.receive(Report(words=GAS, phone=f"1990990009{n}"), by=RESIDENT, at=MONDAY) for n in range(2)]
    main, other = both
    other = act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + HOUR)
    assert (other.outcome, other.danger_open) == ("merged", False)
    other = act(other.pk, "unmerge", {"reason": "不是一件事"}, by=town.operator, at=MONDAY + 2 * HOUR)
    assert other.danger_open
