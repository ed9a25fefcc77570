"""The life of a matter, told as stories: each test is one course that people really see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Access, Entry, Matter, Message, SignOff, WorkOrder

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def town() -> Town:
    return settle()


def noise(**more: object) -> Matter:
    report = Report(
        words="幸福小区东门工地夜里十二点还在打桩,吵得老人孩子睡不着,请管一管。",
        division="990101001",
        phone="13900000001",
        **more,  # type: ignore[arg-type]
    )
    return matters.receive(report, by=RESIDENT, at=MONDAY)


def classed(town: Town, matter: Matter) -> Matter:
    given = {"category": "env.noise.construction", "handling_class": "complaint", "items": "停止夜间施工"}
    return act(matter.pk, "classify", given, by=town.operator, at=MONDAY + HOUR)


def test_from_the_first_word_to_a_rated_close(town: Town) -> None:
    matter = noise()
    assert matter.state == "intake"
    assert matter.holder == "hotline"
    assert matter.due_at is not None
    matter = classed(town, matter)
    lead = matter.route_why["lead"]
    matter = act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=MONDAY + HOUR)
    assert (matter.state, matter.holder, matter.offered_to) == ("offered", "hotline", lead)
    handler = of_unit(town, lead)
    matter = act(matter.pk, "accept", {}, by=handler, at=MONDAY + 2 * HOUR)
    assert (matter.state, matter.holder) == ("handling", lead)
    with pytest.raises(Invalid) as wrong:
        act(matter.pk, "answer", {"evidence": "phone_call", "reply": "好了"}, by=handler, at=MONDAY + 3 * HOUR)
    assert set(wrong.value.fields) & {"ticked", "evidence"}
    evidence = next(iter(k for k, e in _book().evidence_kinds.items() if not e.file))
    given = {"evidence": evidence, "reply": "已到工地制止,夜间不再打桩。", "ticked": "0"}
    matter = act(matter.pk, "answer", given, by=handler, at=MONDAY + 3 * HOUR)
    assert matter.state == "answered"
    assert matter.closed_at is None
    assert matter.told_at is None
    matter = act(matter.pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=MONDAY + 4 * HOUR)
    assert (matter.state, matter.outcome, matter.solved, matter.satisfied) == ("closed", "answered", True, 5)
    verbs = list(Entry.objects.filter(matter=matter).order_by("turn").values_list("verb", flat=True))
    assert verbs[:6] == ["receive", "classify", "assign", "accept", "answer", "rate"]
    told = list(Message.objects.filter(matter=matter).order_by("id").values_list("verb", "way"))
    assert told[:4] == [("receive", "sms"), ("assign", "sms"), ("accept", "sms"), ("answer", "sms")]


def _book():  # type: ignore[no-untyped-def]
    from wuxiao.desk.town import books

    return books.current(MONDAY).book


def test_four_sign_offs_then_the_hotline_accepts(town: Town) -> None:
    matter = matters.receive(
        Report(words="楼上漏水把我家天花板泡了,物业不管", division="990101001"), by=town.police, at=MONDAY
    )
    assert matter.holder == "police_110"
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "物业纠纷,不属警务"}
    matter = act(matter.pk, "divert", given, by=town.police, at=MONDAY)
    assert matter.state == "signing"
    with pytest.raises(Refused):
        act(matter.pk, "sign", {"reason": "同意"}, by=town.reviewer2, at=MONDAY)
    for level in range(1, 5):
        reviewer = town.people[f"reviewer{level}"]
        matter = act(matter.pk, "sign", {"reason": f"第{level}级同意"}, by=reviewer, at=MONDAY + level * HOUR / 4)
    assert (matter.state, matter.holder, matter.offered_to) == ("offered", "police_110", "hotline")
    matter = act(matter.pk, "accept", {}, by=town.operator, at=MONDAY + 2 * HOUR)
    assert (matter.state, matter.holder) == ("intake", "hotline")
    act(matter.pk, "fault", {"reason": "实为殴打他人,应由110处理"}, by=town.operator, at=MONDAY + 3 * HOUR)
    assert SignOff.objects.filter(matter=matter).exclude(fault="").count() == 4


def test_the_third_refusal_calls_a_joint_meeting_whose_decision_stands(town: Town) -> None:
    matter = classed(town, noise())
    lead = matter.route_why["lead"]
    handler = of_unit(town, lead)
    for _ in range(3):
        matter = act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=MONDAY + HOUR)
        matter = act(matter.pk, "refuse", {"reason": "不属我单位职责"}, by=handler, at=MONDAY + 2 * HOUR)
    assert matter.state == "joint"
    matter = act(
        matter.pk, "decide", {"unit": lead, "reason": "会议纪要第3号"}, by=town.shift_lead, at=MONDAY + 3 * HOUR
    )
    assert (matter.state, matter.holder, matter.decided) == ("handling", lead, True)
    assert WorkOrder.objects.filter(matter=matter, state="refused").count() == 3


def test_asking_stops_the_clock_and_the_reply_adds_exactly_the_pause(town: Town) -> None:
    matter = classed(town, noise())
    lead = matter.route_why["lead"]
    handler = of_unit(town, lead)
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=MONDAY + HOUR)
    matter = act(matter.pk, "accept", {}, by=handler, at=MONDAY + HOUR)
    before = matter.due_at
    matter = act(matter.pk, "ask", {"reply": "请问是哪一栋楼?"}, by=handler, at=MONDAY + HOUR)
    assert matter.state == "waiting"
    matter = act(matter.pk, "reply", {"words": "3幢"}, by=RESIDENT, at=MONDAY + HOUR + timedelta(days=2))
    assert matter.state == "handling"
    assert before is not None
    assert matter.due_at == before + timedelta(days=2)


def test_two_people_at_once_one_wins_and_the_other_is_told(town: Town) -> None:
    matter = noise()
    seen = matter.version
    act(matter.pk, "note", {"words": "已电话核实"}, by=town.operator, at=MONDAY, version=seen)
    with pytest.raises(Stale):
        act(matter.pk, "note", {"words": "我也核实了"}, by=town.shift_lead, at=MONDAY, version=seen)


def test_the_same_click_twice_makes_one_matter(town: Town) -> None:
    report = Report(words="路灯坏了三天")
    first = matters.receive(report, by=RESIDENT, at=MONDAY, once="k1")
    again = matters.receive(report, by=RESIDENT, at=MONDAY, once="k1")
    assert first.pk == again.pk
    assert Matter.objects.count() == 1


def test_the_unit_complained_of_never_sees_it(town: Town) -> None:
    target = "police_110"
    matter = noise(about=(target,))
    assert not Access.objects.filter(matter=matter, principal=f"u:{target}").exists()
    with pytest.raises(NotFound):
        act(matter.pk, "note", {"words": "看看"}, by=town.police, at=MONDAY)


def test_danger_blocks_the_ordinary_course_until_somebody_looked(town: Town) -> None:
    matter = matters.receive(Report(words="邻居拿着刀堵在我家门口要杀人", division="990101001"), by=RESIDENT, at=MONDAY)
    assert matter.danger_open
    act(
        matter.pk,
        "classify",
        {"category": "env.noise.construction", "handling_class": "request"},
        by=town.operator,
        at=MONDAY,
    )
    with pytest.raises(Refused) as no:
        act(matter.pk, "assign", {"unit": "hotline"}, by=town.operator, at=MONDAY)
    assert no.value.code == "no_danger_open"
    matter = act(matter.pk, "bypass", {"reason": "持刀"}, by=town.operator, at=MONDAY)
    assert (matter.state, matter.holder) == ("urgent", "police_110")
    matter = act(matter.pk, "stand_down", {"reply": "民警到场,双方已分开。"}, by=town.police, at=MONDAY + HOUR)
    assert matter.state == "intake"


def test_erasing_leaves_the_chain_whole(town: Town) -> None:
    matter = noise()
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY)
    previous = ""
    for entry in Entry.objects.filter(matter=matter).order_by("turn"):
        assert entry.seal == diary.seal_of(previous, entry)
        previous = entry.seal
    assert SYSTEM.kind == "system"


def test_an_empty_list_wipes_nothing_of_what_the_requester_asked_for(town: Town) -> None:
    said = Report(words="路灯坏了，路面也塌了", items=("修路灯", "补路面"))
    matter = matters.receive(said, by=RESIDENT, at=MONDAY)
    given = {"category": "urban.facility.lamp", "handling_class": "request"}
    asked = ["修路灯", "补路面"]
    for items in ("", " \n ", [], None):
        act(matter.pk, "classify", {**given, "items": items}, by=town.operator, at=MONDAY)
        assert [i["text"] for i in Matter.objects.get(pk=matter.pk).items] == asked, items
    act(matter.pk, "classify", given, by=town.operator, at=MONDAY)
    assert [i["text"] for i in Matter.objects.get(pk=matter.pk).items] == asked
    # Somebody who writes the list anew does change it; what was done of it stays done.
    Matter.objects.filter(pk=matter.pk).update(
        items=[{"text": "修路灯", "done": True}, {"text": "补路面", "done": False}]
    )
    act(matter.pk, "classify", {**given, "items": "修路灯\n查线路"}, by=town.operator, at=MONDAY)
    assert Matter.objects.get(pk=matter.pk).items == [
        {"text": "修路灯", "done": True},
        {"text": "查线路", "done": False},
    ]
