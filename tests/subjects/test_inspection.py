"""Inspections of premises at the desk: planned, two go, what is found is ordered mended, another looks again."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.desk.people import BOOK_TEXT, ENCODED, MONDAY, Town, of_unit, settle
from tests.desk.test_register import HOTEL
from tests.stories.test_permissions import category_of
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale
from wuxiao.desk.case import clock, opening, tale
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.files import files
from wuxiao.desk.look import cases
from wuxiao.desk.matters.matters import Report, receive
from wuxiao.desk.matters.progress import look
from wuxiao.desk.register import acts as rows
from wuxiao.desk.town import books
from wuxiao.records.models import Access, Case, Entry, Finding, Inspection, Matter, Message, Post, Row, Staff, Task
from wuxiao.rules import hide
from wuxiao.rules.access import Role, Scope
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.subjects.inspection import asks
from wuxiao.subjects.inspection.acts import lot_of, take_round
from wuxiao.subjects.inspection.checklists import checklists
from wuxiao.subjects.inspection.draw import Inspector, Place, Round, draw
from wuxiao.subjects.inspection.rules import INSPECTION

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
UNIT = "ps_qingping"
CAFE = HOTEL | {"kind": "net_cafe", "title": "星海网吧", "address": "清平路8号"}


def photo() -> files.Upload:
    out = BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG")
    return files.check("门口.jpg", out.getvalue(), books.current(MONDAY).book.uploads)


def person(town: Town, name: str, role: Role = Role.HANDLER, unit: str = UNIT) -> Actor:
    made, _ = staff.create(name, name, [Appointment(role, unit)], by=SYSTEM, at=MONDAY, encoded=ENCODED)
    town.people[name] = actor.of_staff(made, books.current(MONDAY).book)
    return town.people[name]


@pytest.fixture
def town() -> Town:
    made = settle()
    of_unit(made, UNIT)
    for name in ("li", "wang", "zhao"):
        person(made, name)
    person(made, "lead", Role.LEAD)
    return made


@pytest.fixture
def cafe(town: Town) -> Row:
    return rows.put_in("premises", CAFE, by=town.li, at=MONDAY)


def plan(town: Town, cafe: Row, by: str = "lead", **more: Any) -> Case:
    return opening.plan(
        "inspection", {"place": cafe.code, "why": "cycle", "date": "2026-09-08", **more}, by=town.people[by], at=MONDAY
    )


def send(town: Town, case: Case, *names: str) -> Case:
    pair = [str(town.people[name].staff_id) for name in names]
    return act(case.pk, "assign", {"pair": pair}, by=town.lead, at=MONDAY)  # type: ignore[no-any-return]


def on_site(town: Town, cafe: Row) -> Case:
    case = plan(town, cafe)
    send(town, case, "li", "wang")
    act(case.pk, "arrive", {}, by=town.li, at=MONDAY + DAY)
    return act(case.pk, "arrive", {}, by=town.wang, at=MONDAY + DAY)  # type: ignore[no-any-return]


def all_answers(**wrong: str) -> dict[str, str]:
    return {f"q_{one.code}": wrong.get(one.code, "yes") for one in checklists()["fire"].items}


def ordered(town: Town, cafe: Row, **wrong: str) -> Case:
    case = on_site(town, cafe)
    at = MONDAY + DAY
    act(case.pk, "fill", all_answers(**(wrong or {"lights": "no", "drill": "no"})), by=town.wang, at=at)
    return act(  # type: ignore[no-any-return]
        case.pk, "leave", {"signed": "signed", "due": "2026-09-15"}, by=town.li, at=at
    )


def told(case: Case, *, to: str = "staff") -> list[str]:
    at = MONDAY + 30 * DAY
    if to == "owner":
        seen = cases.by_code(case.code, at=at)
    else:
        seen = cases.view("inspection", case.number, by=of_lead(case), at=at, lang="zh")
    return [tale.say(e, seen.words, seen.subject, seen.rules.book, "zh", people=seen.people) for e in seen.entries]


def of_lead(case: Case) -> Actor:
    from wuxiao.records.models import Staff

    return actor.of_staff(Staff.objects.get(username="lead"), books.current(MONDAY).book)


def test_from_the_plan_to_the_proof(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    assert case.state == "ordered"
    assert [(one.item, one.state, one.grave) for one in asks.findings_of(case)] == [
        ("lights", "open", False),
        ("drill", "open", False),
    ]
    assert case.step_due_at is not None
    assert case.step_due_at.isoformat() == "2026-09-16T00:00:00+08:00", "to the end of the day in the order"
    case = act(case.pk, "mended", {"words": "灯换了，演练做了"}, by=RESIDENT, at=MONDAY + 4 * DAY)
    assert case.state == "recheck"
    again = {"o_1": "mended", "o_2": "not_yet", "due": "2026-09-20"}
    case = act(case.pk, "recheck", again, by=town.zhao, at=MONDAY + 5 * DAY, uploads=(photo(),))
    assert case.state == "ordered"
    assert asks.part_of(case).due_on.isoformat() == "2026-09-20"
    case = act(case.pk, "mended", {"words": "演练补了"}, by=town.li, at=MONDAY + 6 * DAY)
    case = act(case.pk, "recheck", {"o_2": "mended"}, by=town.zhao, at=MONDAY + 7 * DAY, uploads=(photo(),))
    assert (case.state, case.outcome, case.tick_at) == ("closed", "mended", None)
    assert verify(at=MONDAY + 8 * DAY).breaks == []


def test_its_diary_is_told_to_staff_with_names_and_to_the_owner_without(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    case = act(case.pk, "mended", {"words": "灯换了，演练做了。"}, by=RESIDENT, at=MONDAY + 4 * DAY)
    act(case.pk, "recheck", {"o_1": "mended", "o_2": "mended"}, by=town.zhao, at=MONDAY + 5 * DAY, uploads=(photo(),))
    assert told(case) == [
        "列入检查计划：到了检查周期",
        "派li、wang前往",
        "li到场，已出示证件",
        "wang到场，已出示证件",
        "检查表填了10/10项",
        "检查结束：现场负责人已签名",
        "出具责令改正通知书 责改〔2026〕1号",
        "单位说已整改：灯换了，演练做了",
        "复查：第1项已整改、第2项已整改",
    ]
    owner = told(case, to="owner")
    assert owner == [
        "1名工作人员到场，已出示证件",
        "1名工作人员到场，已出示证件",
        "检查表填了10/10项",
        "检查结束：现场负责人已签名",
        "出具责令改正通知书 责改〔2026〕1号",
        "单位说已整改：灯换了，演练做了",
        "复查：第1项已整改、第2项已整改",
    ], "why it was chosen and who went are not the owner's to read"


def test_a_clean_visit_ends_on_the_day_and_needs_no_date(town: Town, cafe: Row) -> None:
    case = on_site(town, cafe)
    act(case.pk, "fill", all_answers(), by=town.li, at=MONDAY + DAY)
    case = act(case.pk, "leave", {"signed": "signed"}, by=town.li, at=MONDAY + DAY)
    assert (case.state, case.outcome) == ("closed", "clean")


def test_two_go_and_each_of_them_is_of_the_unit(town: Town, cafe: Row) -> None:
    case = plan(town, cafe)
    for names in (("li",), ("li", "wang", "zhao")):
        with pytest.raises(Invalid) as said:
            send(town, case, *names)
        assert said.value.fields["pair"].en == "two inspectors go together: choose two"
    stranger = person(town, "stranger", unit="ps_bailu")
    with pytest.raises(Invalid):
        act(case.pk, "assign", {"pair": [str(stranger.staff_id), str(town.li.staff_id)]}, by=town.lead, at=MONDAY)
    with pytest.raises(Refused) as refused:
        act(case.pk, "assign", {"pair": []}, by=town.li, at=MONDAY)
    assert refused.value.code == "who"
    assert send(town, case, "li", "wang").state == "assigned"


def test_each_of_the_two_says_for_herself_that_she_is_there(town: Town, cafe: Row) -> None:
    case, at = send(town, plan(town, cafe), "li", "wang"), MONDAY + DAY
    with pytest.raises(Refused) as refused:
        act(case.pk, "arrive", {}, by=town.zhao, at=at)
    assert refused.value.code == "who"
    act(case.pk, "arrive", {}, by=town.li, at=at)
    assert told(case)[-1] == "li到场，已出示证件", "nobody is said to be there by another"
    assert told(case, to="owner") == ["1名工作人员到场，已出示证件"]
    with pytest.raises(Refused) as refused:
        act(case.pk, "arrive", {}, by=town.li, at=at)
    assert refused.value.code == "who", "the same one twice is not two"
    act(case.pk, "fill", all_answers(lights="no"), by=town.li, at=at)
    given = {"signed": "signed", "due": "2026-09-15"}
    with pytest.raises(Refused) as refused:
        act(case.pk, "leave", given, by=town.li, at=at)
    assert refused.value.code == "both_here"
    assert refused.value.text.zh.startswith("wang还没有说到场")
    assert Case.objects.get(pk=case.pk).state == "on_site"
    assert Inspection.objects.get(matter_id=case.pk).left_at is None, "no order goes out of what one alone saw"
    act(case.pk, "arrive", {}, by=town.wang, at=at)
    said = Entry.objects.filter(matter_id=case.pk, verb="arrive").order_by("turn")
    assert [(one.staff_id, one.facts["pair"]) for one in said] == [
        (pk, [pk]) for pk in (town.li.staff_id, town.wang.staff_id)
    ]
    assert act(case.pk, "leave", given, by=town.li, at=at).state == "ordered"
    assert verify(at=at).breaks == []


def test_who_is_sent_instead_says_it_anew(town: Town, cafe: Row) -> None:
    case = on_site(town, cafe)
    send(town, case, "li", "zhao")
    act(case.pk, "arrive", {}, by=town.zhao, at=MONDAY + DAY)
    act(case.pk, "fill", all_answers(), by=town.zhao, at=MONDAY + DAY)
    with pytest.raises(Refused) as refused:
        act(case.pk, "leave", {"signed": "signed"}, by=town.zhao, at=MONDAY + DAY)
    assert (refused.value.code, refused.value.text.zh[:2]) == ("both_here", "li")
    # Whoever has left the unit since is not waited for by name; the lead sends somebody else.
    Post.objects.filter(staff_id=town.li.staff_id).delete()
    with pytest.raises(Refused) as refused:
        act(case.pk, "leave", {"signed": "signed"}, by=town.zhao, at=MONDAY + DAY)
    assert refused.value.text.zh.startswith("另一名检查人员还没有说到场")


def test_what_was_sealed_of_both_reads_on_as_it_was(town: Town, cafe: Row) -> None:
    case = on_site(town, cafe)
    entry = Entry.objects.filter(matter_id=case.pk, verb="arrive").first()
    assert entry is not None
    entry.facts = {"pair": [town.li.staff_id, town.wang.staff_id]}
    seen = cases.by_code(case.code, at=MONDAY + DAY)
    book = seen.rules.book
    assert tale.say(entry, seen.words, seen.subject, book, "zh") == "2名工作人员到场，已出示证件"
    people = {town.li.staff_id or 0: "li", town.wang.staff_id or 0: "wang"}
    assert tale.say(entry, seen.words, seen.subject, book, "zh", people=people) == "li、wang到场，已出示证件"


def test_each_hand_has_its_own_box_by_name(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    hands = asks.hands(asks.part_of(case))
    assert {code: name.zh for code, name in hands.items()} == {"first": "li", "second": "wang", "place": "场所一方"}
    for whose in hands:
        act(case.pk, "signature", {"whose": whose}, by=town.li, at=MONDAY + DAY, uploads=(photo(),))
    assert told(case)[-3:] == ["补上li的签名", "补上wang的签名", "补上场所一方的签名"]
    with pytest.raises(Invalid):
        act(case.pk, "signature", {"whose": "inspectors"}, by=town.li, at=MONDAY + DAY, uploads=(photo(),))
    # A visit that ended when there was one box for both still gets the signature that lies on a phone.
    Inspection.objects.filter(matter_id=case.pk).update(first_here_at=None, second_here_at=None)
    act(case.pk, "signature", {"whose": "inspectors"}, by=town.li, at=MONDAY + DAY, uploads=(photo(),))
    assert told(case)[-1] == "补上检查人员的签名"


def test_who_stands_aside_is_not_sent_again(town: Town, cafe: Row) -> None:
    case = send(town, plan(town, cafe), "li", "wang")
    mine = {"who": str(town.li.staff_id), "reason": "店主是我表哥"}
    with pytest.raises(Invalid):
        act(case.pk, "stand_aside", mine, by=town.wang, at=MONDAY)
    case = act(case.pk, "stand_aside", mine, by=town.li, at=MONDAY)
    assert case.state == "planned"
    assert str(town.li.staff_id) not in asks.colleagues(UNIT, [town.li.staff_id])
    with pytest.raises(Invalid):
        send(town, case, "li", "wang")
    assert send(town, case, "wang", "zhao").state == "assigned"
    assert verify(at=MONDAY).breaks == []


def test_whoever_went_does_not_say_that_it_is_mended(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    act(case.pk, "mended", {"words": "好了"}, by=RESIDENT, at=MONDAY + 3 * DAY)
    given = {"o_1": "mended", "o_2": "mended"}
    for by in (town.li, town.wang, RESIDENT, SYSTEM):
        with pytest.raises(Refused):
            act(case.pk, "recheck", given, by=by, at=MONDAY + 4 * DAY, uploads=(photo(),))
    with pytest.raises(Invalid) as said:
        act(case.pk, "recheck", given, by=town.zhao, at=MONDAY + 4 * DAY)
    assert "files" in said.value.fields, "without a picture nothing is proved"
    with pytest.raises(Invalid) as said:
        act(case.pk, "recheck", {"o_1": "mended"}, by=town.zhao, at=MONDAY + 4 * DAY, uploads=(photo(),))
    assert set(said.value.fields) == {"o_2"}, "each finding is spoken of"


def test_the_time_to_mend_has_its_bounds(town: Town, cafe: Row) -> None:
    case = on_site(town, cafe)
    at = MONDAY + DAY
    act(case.pk, "fill", all_answers(lights="no"), by=town.li, at=at)
    for due in ("", "2026-09-07", "2026-09-24"):
        with pytest.raises(Invalid) as said:
            act(case.pk, "leave", {"signed": "signed", "due": due}, by=town.li, at=at)
        assert "due" in said.value.fields
    case = act(case.pk, "leave", {"signed": "refused", "due": "2026-09-23"}, by=town.li, at=at)
    assert case.state == "ordered"
    with pytest.raises(Invalid):
        act(case.pk, "extend", {"due": "2026-09-23", "reason": "等灯"}, by=town.lead, at=at + DAY)
    act(case.pk, "extend", {"due": "2026-09-24", "reason": "等灯"}, by=town.lead, at=at + DAY)
    with pytest.raises(Refused) as refused:
        act(case.pk, "extend", {"due": "2026-09-25", "reason": "再等"}, by=town.lead, at=at + 2 * DAY)
    assert refused.value.code == "may_extend"


def test_the_clock_sends_it_to_be_looked_at_when_the_day_is_over(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    assert case.step_due_at is not None
    clock.tick(at=case.step_due_at - timedelta(seconds=1))
    assert Case.objects.get(pk=case.pk).state == "ordered"
    clock.tick(at=case.step_due_at)
    case = Case.objects.get(pk=case.pk)
    assert case.state == "recheck"
    turn = case.turn
    clock.tick(at=case.step_due_at + DAY)
    assert Case.objects.get(pk=case.pk).turn == turn, "the second time nothing is left to do"


def test_a_grave_hazard_is_reported_before_it_is_looked_at_again(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe, exits="no")
    assert [one.grave for one in asks.findings_of(case)] == [True]
    act(case.pk, "mended", {"words": "搬走了"}, by=RESIDENT, at=MONDAY + 2 * DAY)
    with pytest.raises(Refused) as refused:
        act(case.pk, "recheck", {"o_1": "mended"}, by=town.zhao, at=MONDAY + 2 * DAY, uploads=(photo(),))
    assert refused.value.code == "grave_reported"
    drafted = asks.stands(case, INSPECTION.steps["sign"], SYSTEM)["reports"]
    assert "疏散通道、安全出口畅通" in drafted
    assert cafe.code in drafted
    with pytest.raises(Refused):
        act(case.pk, "sign", {"reports": "报告"}, by=town.zhao, at=MONDAY + 2 * DAY)
    act(case.pk, "sign", {"reports": "清平路8号疏散通道锁闭"}, by=town.lead, at=MONDAY + 2 * DAY)
    with pytest.raises(Refused):
        act(case.pk, "sign", {"reports": "再报"}, by=town.lead, at=MONDAY + 2 * DAY)
    case = act(case.pk, "recheck", {"o_1": "mended"}, by=town.zhao, at=MONDAY + 2 * DAY, uploads=(photo(),))
    assert case.state == "closed"


def test_an_answer_corrected_on_the_spot_takes_its_finding_back(town: Town, cafe: Row) -> None:
    case = on_site(town, cafe)
    at = MONDAY + DAY
    act(case.pk, "fill", all_answers(lights="no"), by=town.li, at=at)
    act(case.pk, "fill", {"q_lights": "yes"}, by=town.li, at=at)
    assert [one.state for one in asks.findings_of(case)] == ["withdrawn"]
    act(case.pk, "fill", {"q_lights": "no"}, by=town.li, at=at)
    assert [one.state for one in asks.findings_of(case)] == ["open"], "one finding, not two"
    act(case.pk, "find", {"item": "lights", "finding": "三楼两盏不亮"}, by=town.li, at=at, uploads=(photo(),))
    act(case.pk, "find", {"item": "other", "finding": "招牌松动", "grave": "yes"}, by=town.li, at=at)
    act(case.pk, "find", {"item": "other", "finding": "地板破洞"}, by=town.li, at=at)
    assert [(one.item, one.grave) for one in asks.findings_of(case)] == [
        ("lights", False),
        ("other", True),
        ("other", False),
    ]
    assert verify(at=at).breaks == []


def test_no_other_answer_on_the_spot_erases_a_hazard_that_was_reported(town: Town, cafe: Row) -> None:
    case = on_site(town, cafe)
    at = MONDAY + DAY
    act(case.pk, "fill", all_answers(exits="no"), by=town.li, at=at)
    act(case.pk, "sign", {"reports": "清平路8号疏散通道锁闭"}, by=town.lead, at=at)
    for answer in ("yes", "na"):
        with pytest.raises(Invalid) as said:
            act(case.pk, "fill", {"q_exits": answer}, by=town.li, at=at)
        assert set(said.value.fields) == {"q_exits"}
    assert [(one.item, one.state, one.reported, one.noted) for one in asks.findings_of(case)] == [
        ("exits", "open", True, False)
    ]
    assert asks.part_of(case).answers["exits"] == "no"


def test_the_list_is_filled_whole_before_the_visit_ends(town: Town, cafe: Row) -> None:
    case = on_site(town, cafe)
    with pytest.raises(Invalid):
        act(case.pk, "fill", {}, by=town.li, at=MONDAY + DAY)
    with pytest.raises(Invalid) as said:
        act(case.pk, "fill", {"q_lights": "maybe"}, by=town.li, at=MONDAY + DAY)
    assert "q_lights" in said.value.fields
    act(case.pk, "fill", {"q_lights": "yes"}, by=town.li, at=MONDAY + DAY)
    with pytest.raises(Refused) as refused:
        act(case.pk, "leave", {"signed": "signed"}, by=town.li, at=MONDAY + DAY)
    assert refused.value.text.zh == "检查表还有9项没有填"


def test_the_owner_objects_once_and_is_answered_by_somebody_above(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    act(case.pk, "object", {"words": "灯那天刚好停电"}, by=RESIDENT, at=MONDAY + 2 * DAY)
    with pytest.raises(Refused) as refused:
        act(case.pk, "object", {"words": "再说一次"}, by=RESIDENT, at=MONDAY + 2 * DAY)
    assert refused.value.code == "not_objected"
    answer = {"reply": "看过停电通知，这一条撤销", "o_1": "withdrawn", "o_2": "not_yet"}
    with pytest.raises(Refused):
        act(case.pk, "settle", answer, by=town.lead, at=MONDAY + 3 * DAY)
    case = act(case.pk, "settle", answer, by=town.supervisor, at=MONDAY + 3 * DAY)
    assert case.state == "ordered"
    assert [one.state for one in asks.findings_of(case)] == ["withdrawn", "open"]
    with pytest.raises(Refused) as refused:
        act(case.pk, "object", {"words": "演练也做过"}, by=RESIDENT, at=MONDAY + 4 * DAY)
    assert refused.value.code == "once_an_order"
    act(case.pk, "mended", {"words": "补了"}, by=RESIDENT, at=MONDAY + 4 * DAY)
    again = {"o_2": "not_yet", "due": "2026-09-20"}
    act(case.pk, "recheck", again, by=town.zhao, at=MONDAY + 5 * DAY, uploads=(photo(),))
    act(case.pk, "object", {"words": "演练也做过"}, by=RESIDENT, at=MONDAY + 5 * DAY)
    with pytest.raises(Refused) as refused:
        act(case.pk, "gone", {"reason": "关门了"}, by=town.supervisor, at=MONDAY + 5 * DAY, uploads=(photo(),))
    assert refused.value.code == "answer_first", "an objection is answered before anything ends"
    case = act(case.pk, "settle", {"reply": "看到了记录", "o_2": "withdrawn"}, by=town.supervisor, at=MONDAY + 6 * DAY)
    assert (case.state, case.outcome) == ("closed", "withdrawn")


def test_what_was_never_accepted_goes_to_the_fire_body_and_comes_back(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe, accepted="no")
    assert case.step_due_at is not None
    assert (f"{case.step_due_at:%m-%d}", f"{case.tick_at:%m-%d}") == ("09-15", "09-16"), "late before the time to mend"
    clock.tick(at=case.step_due_at + timedelta(hours=1))
    assert Case.objects.get(pk=case.pk).state == "ordered", "the time to mend still runs"
    fire = of_unit(town, "fire")
    assert not Access.objects.filter(matter_id=case.pk, principal="inspection/u:fire").exists()
    case = act(case.pk, "hand_over", {"unit": "fire", "reason": "没有办过检查"}, by=town.lead, at=MONDAY + 2 * DAY)
    assert Access.objects.filter(matter_id=case.pk, principal="inspection/u:fire").exists()
    assert cases.view("inspection", case.number, by=fire, at=MONDAY + 2 * DAY, lang="zh").case.pk == case.pk
    with pytest.raises(Refused):
        act(case.pk, "refuse", {"reason": "x"}, by=town.lead, at=MONDAY + 2 * DAY)
    assert case.step_due_at is not None
    case = act(case.pk, "refuse", {"reason": "2018年以后不归我们"}, by=fire, at=MONDAY + 3 * DAY)
    assert case.state == "ordered"
    assert not Access.objects.filter(matter_id=case.pk, principal="inspection/u:fire").exists()
    act(case.pk, "hand_over", {"unit": "fire", "reason": "已请示"}, by=town.lead, at=MONDAY + 4 * DAY)
    case = act(case.pk, "conclude", {"reply": "已办检查"}, by=fire, at=MONDAY + 5 * DAY)
    assert (case.state, case.outcome) == ("closed", "handed")


def test_what_comes_back_on_its_last_day_keeps_it_and_a_day_later_has_a_new_one(town: Town, cafe: Row) -> None:
    case, fire = ordered(town, cafe, accepted="no"), of_unit(town, "fire")
    due = asks.part_of(case).due_on
    assert due is not None
    act(case.pk, "hand_over", {"unit": "fire", "reason": "没有办过检查"}, by=town.lead, at=MONDAY + 2 * DAY)
    last = datetime.combine(due, time(9), SHANGHAI)
    act(case.pk, "refuse", {"reason": "不归我们"}, by=fire, at=last)
    assert asks.part_of(case).due_on == due
    act(case.pk, "hand_over", {"unit": "fire", "reason": "已请示"}, by=town.lead, at=last + timedelta(hours=1))
    act(case.pk, "refuse", {"reason": "不归我们"}, by=fire, at=last + DAY)
    assert asks.part_of(case).due_on > due + DAY


def test_who_cannot_hand_over_is_not_told_to_do_it_first(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe, accepted="no")
    case.hidden_units = hide.pack({"fire"})
    case.save()
    act(case.pk, "mended", {"words": "补办了检查"}, by=RESIDENT, at=MONDAY + 2 * DAY)
    again = {"o_1": "mended"}
    case = act(case.pk, "recheck", again, by=town.zhao, at=MONDAY + 3 * DAY, uploads=(photo(),))
    assert (case.state, case.outcome) == ("closed", "mended")


def test_an_objection_has_a_clock_of_its_own_until_it_is_answered(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe, lights="no")
    mend = case.step_due_at
    assert mend is not None
    case = act(case.pk, "object", {"words": "那天停电"}, by=RESIDENT, at=MONDAY + DAY)
    assert case.step_due_at == mend, "ten working days end after the time to mend"
    case = act(case.pk, "mended", {"words": "换了"}, by=RESIDENT, at=MONDAY + 2 * DAY)
    again = case.step_due_at
    clock.tick(at=MONDAY + 40 * DAY)
    case.refresh_from_db()
    assert (case.state, case.step_due_at) == ("recheck", again)
    given = {"reply": "维持", "o_1": "not_yet"}
    case = act(case.pk, "settle", given, by=town.supervisor, at=MONDAY + 41 * DAY)
    assert asks.part_of(case).objected_at is None


def test_the_days_for_an_objection_count_where_they_end_first(town: Town, cafe: Row) -> None:
    text = BOOK_TEXT.replace('answer = "10 working_days"', 'answer = "1 working_days"')
    books.adopt(text, name="book.toml", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
    case = ordered(town, cafe, lights="no")
    case = act(case.pk, "object", {"words": "那天停电"}, by=RESIDENT, at=MONDAY + 2 * DAY)
    assert f"{case.step_due_at:%m-%d}" == "09-10"
    assert any(label.zh == "异议答复期限" for label, _ in asks.told(case, books.current(MONDAY)))
    given = {"reply": "维持", "o_1": "not_yet"}
    case = act(case.pk, "settle", given, by=town.supervisor, at=MONDAY + 3 * DAY)
    assert f"{case.step_due_at:%m-%d}" != "09-10"


def test_who_has_two_posts_plans_in_the_name_of_the_unit_that_answers(town: Town, cafe: Row) -> None:
    posts = [Appointment(Role.HANDLER, "ps_bailu"), Appointment(Role.LEAD, UNIT)]
    made, _ = staff.create("two", "two", posts, by=SYSTEM, at=MONDAY, encoded=ENCODED)
    town.people["two"] = actor.of_staff(made, books.current(MONDAY).book)
    assert town.two.unit == "ps_bailu"
    assert plan(town, cafe, "two").holder == UNIT


def test_a_plan_needs_a_place_in_the_register_and_a_day_to_come(town: Town, cafe: Row) -> None:
    for given, field in (
        ({"place": "P-9999"}, "place"),
        ({"date": "2026-09-06"}, "date"),
        ({"date": "2026-11-07"}, "date"),
        ({"why": "quota"}, "why"),
        ({"why": ""}, "why"),
    ):
        with pytest.raises(Invalid) as said:
            plan(town, cafe, **given)
        assert set(said.value.fields) == {field}
    assert plan(town, cafe, date="2026-11-06").state == "planned"
    assert plan(town, cafe, by="li", place=cafe.code.lower()).state == "planned"
    with pytest.raises(Refused):
        plan(town, cafe, by="operator")
    assert Inspection.objects.count() == 2


def test_who_sees_it(town: Town, cafe: Row) -> None:
    case = plan(town, cafe)
    for name in ("lead", "li", "supervisor", "chief"):
        assert [c.pk for c in cases.page("inspection", by=town.people[name], at=MONDAY).cases] == [case.pk]
        assert cases.counts("inspection", by=town.people[name], at=MONDAY) == {"in.plan": 1}
    other = person(town, "other_station", unit="ps_bailu")
    assert cases.page("inspection", by=other, at=MONDAY).cases == []
    with pytest.raises(NotFound):
        cases.view("inspection", case.number, by=other, at=MONDAY, lang="zh")
    with pytest.raises(NotFound):
        act(case.pk, "note", {"words": "x"}, by=other, at=MONDAY)
    for name in ("operator", "caller", "auditor"):
        with pytest.raises(Refused):
            cases.page("inspection", by=town.people[name], at=MONDAY)
    with pytest.raises(NotFound):
        cases.page("matter", by=town.lead, at=MONDAY)
    with pytest.raises(NotFound):
        # That a visit is planned is not told by its code.
        cases.by_code(case.code, at=MONDAY)


def test_two_at_once_one_is_told_to_look_again(town: Town, cafe: Row) -> None:
    case = plan(town, cafe)
    pair = [str(town.li.staff_id), str(town.wang.staff_id)]
    act(case.pk, "assign", {"pair": pair}, by=town.lead, at=MONDAY, version=case.version)
    with pytest.raises(Stale):
        act(case.pk, "put_off", {"date": "2026-09-10", "reason": "x"}, by=town.lead, at=MONDAY, version=case.version)


def test_a_finding_changed_by_hand_is_found_out(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    one = asks.findings_of(case)[0]
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE records_finding SET state = 'mended' WHERE id = %s", [one.pk])
        cursor.execute("UPDATE records_inspection SET due_on = NULL WHERE matter_id = %s", [case.pk])
    broken = {(b.where, b.column) for b in verify(at=MONDAY + 2 * DAY).breaks}
    assert {column for _, column in broken} == {"findings.state", "inspection.due_on"}
    assert Finding.objects.get(pk=one.pk).state == "mended"


# ------------------------------------------------------------------------------------------------------ from a report


def reported(town: Town, **more: Any) -> Matter:
    matter = receive(
        Report(words="星海网吧的安全出口锁着，晚上人很多。", phone="13800000001", **more), by=RESIDENT, at=MONDAY
    )
    given = {"category": category_of(UNIT), "handling_class": "report"}
    act(matter.pk, "classify", given, by=town.operator, at=MONDAY)
    act(matter.pk, "assign", {"unit": UNIT}, by=town.operator, at=MONDAY)
    return act(matter.pk, "accept", {}, by=town.li, at=MONDAY)  # type: ignore[no-any-return]


def test_a_reported_hazard_is_looked_at_and_the_reporter_is_told_what_came_of_it(town: Town, cafe: Row) -> None:
    matter = reported(town)
    case = plan(town, cafe, why="report", report=matter.number.lower())
    assert case.parent_id == matter.pk
    send(town, case, "li", "wang")
    act(case.pk, "arrive", {}, by=town.li, at=MONDAY + DAY)
    act(case.pk, "arrive", {}, by=town.wang, at=MONDAY + DAY)
    act(case.pk, "fill", all_answers(lights="no"), by=town.li, at=MONDAY + DAY)
    act(case.pk, "leave", {"signed": "signed", "due": "2026-09-15"}, by=town.li, at=MONDAY + DAY)
    act(case.pk, "mended", {"words": "换了"}, by=RESIDENT, at=MONDAY + 2 * DAY)
    act(case.pk, "recheck", {"o_1": "mended"}, by=town.zhao, at=MONDAY + 3 * DAY, uploads=(photo(),))
    seen = look(matter.code, "zh", at=MONDAY + 4 * DAY)
    told_her = [line.sentence for line in seen.lines if line.verb == "inspected"]
    assert told_her == ["到场检查：查出1处问题，要求2026年9月15日前整改", "到场检查：问题全部整改，复查属实"]
    assert Message.objects.filter(matter=matter, verb="inspected").count() == 2
    assert Case.objects.get(pk=matter.pk).state == "handling", "to answer her stays somebody's work"
    assert verify(at=MONDAY + 4 * DAY).breaks == []


def test_a_report_that_was_joined_or_closed_meanwhile_is_told_all_the_same(town: Town, cafe: Row) -> None:
    first, second = reported(town), reported(town)
    case = plan(town, cafe, why="report", report=second.number)
    act(second.pk, "merge", {"matter": first.number}, by=town.li, at=MONDAY)
    act(
        first.pk,
        "answer",
        {"reply": "已安排检查", "evidence": next(iter(books.current(MONDAY).book.evidence_kinds))},
        by=town.li,
        at=MONDAY,
        uploads=(photo(),),
    )
    send(town, case, "li", "wang")
    act(case.pk, "arrive", {}, by=town.li, at=MONDAY + DAY)
    act(case.pk, "arrive", {}, by=town.wang, at=MONDAY + DAY)
    act(case.pk, "fill", all_answers(), by=town.li, at=MONDAY + DAY)
    act(case.pk, "leave", {"signed": "signed"}, by=town.li, at=MONDAY + DAY)
    assert Entry.objects.filter(matter_id=first.pk, verb="inspected").count() == 1
    assert Message.objects.filter(verb="inspected").count() == 1, "one phone, one text"


def test_a_report_one_may_not_see_leads_to_no_inspection_and_is_not_named_by_one(town: Town, cafe: Row) -> None:
    matter = reported(town)
    other = person(town, "other_lead", Role.LEAD, unit="ps_bailu")
    elsewhere = rows.put_in("premises", CAFE | {"address": "白鹿街1号", "unit": "ps_bailu"}, by=other, at=MONDAY)
    for number in (matter.number, "WX20260907-AAAA1"):
        with pytest.raises(Invalid) as said:
            plan(town, elsewhere, "other_lead", why="report", report=number)
        assert said.value.fields["report"].en == "no such open matter, or it is not yours to see"
    case = plan(town, cafe, why="report", report=matter.number)
    act(case.pk, "assign", {"pair": [str(town.li.staff_id), str(town.wang.staff_id)]}, by=town.lead, at=MONDAY)
    act(case.pk, "arrive", {}, by=town.li, at=MONDAY)
    act(case.pk, "arrive", {}, by=town.wang, at=MONDAY)
    act(case.pk, "find", {"item": "other", "grave": "yes", "finding": "x"}, by=town.li, at=MONDAY)
    act(case.pk, "fill", all_answers(), by=town.li, at=MONDAY)
    act(case.pk, "leave", {"signed": "signed", "due": "2026-09-15"}, by=town.li, at=MONDAY)
    act(case.pk, "sign", {"reports": "报告"}, by=town.lead, at=MONDAY)
    act(case.pk, "hand_over", {"unit": "fire", "reason": "严重"}, by=town.lead, at=MONDAY)
    fire = of_unit(town, "fire")
    assert cases.view("inspection", case.number, by=town.li, at=MONDAY, lang="zh").parent == matter.number
    assert cases.view("inspection", case.number, by=fire, at=MONDAY, lang="zh").parent == ""


def test_the_place_says_how_often_it_was_looked_at(town: Town, cafe: Row) -> None:
    first, second = ordered(town, cafe), plan(town, cafe)
    assert {case.pk for _, case in cases.at_row(cafe.pk, by=town.li, at=MONDAY)} == {first.pk, second.pk}
    assert cases.at_row(cafe.pk, by=town.operator, at=MONDAY) == []


# ------------------------------------------------------------------------------------------------------- a drawn round


def drawn(town: Town, *places: Row, seed: str = "2026-12-01 双色球") -> Round:
    names = [Inspector(name) for name in ("li", "wang", "zhao")]
    return draw([Place(one.code, one.kind) for one in places], names, seed=seed, of_kind={"net_cafe": len(places)})


def test_a_drawn_round_is_planned_with_those_whom_the_lot_sent(town: Town, cafe: Row) -> None:
    other = rows.put_in("premises", CAFE | {"address": "清平路9号"}, by=town.li, at=MONDAY)
    made = drawn(town, cafe, other)
    found = take_round(made, by=town.lead, at=MONDAY)
    assert [case.state for case in found] == ["assigned", "assigned"]
    for case, going in zip(found, made.going, strict=True):
        part = asks.part_of(case)
        assert (part.premises.code, part.why, part.draw) == (going.place, "draw", lot_of(made))
        assert {part.first_id, part.second_id} == {town.people[name].staff_id for name in going.inspectors}
        assert Entry.objects.get(matter_id=case.pk, turn=1).facts["draw"] == lot_of(made)
    with pytest.raises(Refused) as refused:
        take_round(made, by=town.lead, at=MONDAY)
    assert refused.value.code == "taken"
    assert Inspection.objects.count() == 2, "the second time nothing is half planned"
    assert len(take_round(drawn(town, cafe, other, seed="another seed"), by=town.lead, at=MONDAY)) == 2
    assert verify(at=MONDAY).breaks == []


def test_a_round_with_somebody_who_cannot_go_is_refused_whole(town: Town, cafe: Row) -> None:
    made = drawn(town, cafe)
    Post.objects.filter(staff__username=made.going[0].inspectors[1]).delete()
    with pytest.raises(Refused) as refused:
        take_round(made, by=town.lead, at=MONDAY)
    assert refused.value.code == "inspector"
    with pytest.raises(Refused):
        take_round(drawn(town, cafe, seed="a third seed"), by=town.operator, at=MONDAY)
    assert Inspection.objects.count() == 0


# ------------------------------------------------------------------------------------- what fresh eyes found, as kinds


def test_pictures_never_run_out_for_those_whose_step_needs_one(town: Town, cafe: Row) -> None:
    case = on_site(town, cafe)
    for n in range(8):
        act(case.pk, "find", {"item": "other", "finding": f"第{n}处"}, by=town.li, at=MONDAY + DAY, uploads=(photo(),))
    act(case.pk, "fill", all_answers(), by=town.li, at=MONDAY + DAY)
    act(case.pk, "leave", {"signed": "signed", "due": "2026-09-15"}, by=town.li, at=MONDAY + DAY)
    six = tuple(photo() for _ in range(6))
    act(case.pk, "object", {"words": "不认可"}, by=RESIDENT, at=MONDAY + 2 * DAY, uploads=six)
    with pytest.raises(Invalid):
        act(case.pk, "mended", {"words": "改好了"}, by=RESIDENT, at=MONDAY + 2 * DAY, uploads=(*six, photo()))
    answer = {"reply": "维持", **{f"o_{n + 1}": "not_yet" for n in range(8)}}
    act(case.pk, "settle", answer, by=town.supervisor, at=MONDAY + 3 * DAY)
    act(case.pk, "mended", {"words": "改好了"}, by=RESIDENT, at=MONDAY + 3 * DAY, uploads=six)
    outcomes = {f"o_{n + 1}": "mended" for n in range(8)}
    assert act(case.pk, "recheck", outcomes, by=town.zhao, at=MONDAY + 4 * DAY, uploads=(photo(),)).state == "closed"


def test_what_comes_of_a_hidden_report_is_hidden_from_the_same(town: Town, cafe: Row) -> None:
    matter = reported(town)
    case = plan(town, cafe, why="report", report=matter.number)
    chief = person(town, "fire_chief", Role.HANDLER, unit="fire")
    send(town, case, "li", "wang")
    act(case.pk, "arrive", {}, by=town.li, at=MONDAY)
    act(case.pk, "arrive", {}, by=town.wang, at=MONDAY)
    act(case.pk, "fill", all_answers(accepted="no"), by=town.li, at=MONDAY)
    act(case.pk, "leave", {"signed": "signed", "due": "2026-09-15"}, by=town.li, at=MONDAY)
    act(matter.pk, "shield", {"unit": "fire", "reason": "和老板熟"}, by=RESIDENT, at=MONDAY)
    case = Case.objects.get(pk=case.pk)
    assert case.hidden == Case.objects.get(pk=matter.pk).hidden
    assert "fire" in case.hidden
    with pytest.raises(Invalid) as said:
        act(case.pk, "hand_over", {"unit": "fire", "reason": "未验收"}, by=town.lead, at=MONDAY)
    assert said.value.fields["unit"].en == "this may not go to it: ask supervision"
    with pytest.raises(NotFound):
        cases.view("inspection", case.number, by=chief, at=MONDAY, lang="zh")
    assert verify(at=MONDAY).breaks == []
    later = plan(town, cafe, why="report", report=matter.number)
    assert later.hidden == case.hidden, "and what is planned from it afterwards"


@pytest.mark.parametrize("kept", [False, True])
def test_the_trade_department_has_a_part_in_what_was_found_unless_it_is_kept_from_it(
    town: Town, cafe: Row, kept: bool
) -> None:
    matter = reported(town)
    if kept:
        act(matter.pk, "shield", {"unit": "culture", "reason": "和老板熟"}, by=RESIDENT, at=MONDAY)
    case = plan(town, cafe, why="report", report=matter.number)
    assert ("culture" in case.hidden) is kept
    send(town, case, "li", "wang")
    for name in ("li", "wang"):
        act(case.pk, "arrive", {}, by=town.people[name], at=MONDAY + DAY)
    act(case.pk, "fill", all_answers(lights="no"), by=town.li, at=MONDAY + DAY)
    case = act(case.pk, "leave", {"signed": "signed", "due": "2026-09-15"}, by=town.li, at=MONDAY + DAY)
    assert case.state == "ordered", "whom it is kept from holds up no order"
    found = list(Task.objects.filter(matter_id=case.pk).values_list("kind", "unit"))
    assert found == ([] if kept else [("rectify", "culture")])
    assert asks.trade_of(case, cafe, books.current(MONDAY).book) == ("" if kept else "culture")


def test_no_danger_is_opened_that_nobody_could_settle(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    words = {"words": "着火了，有人被困，快来救命"}
    with pytest.raises(Stale):
        act(case.pk, "mended", words, by=RESIDENT, at=MONDAY + 2 * DAY, version=case.version - 1)
    assert not Case.objects.get(pk=case.pk).danger_open
    case = act(case.pk, "mended", words, by=RESIDENT, at=MONDAY + 2 * DAY)
    assert not case.danger_open


def test_who_stands_aside_does_not_look_again_and_is_not_sent_to_the_place_later(town: Town, cafe: Row) -> None:
    case = send(town, plan(town, cafe), "li", "zhao")
    act(case.pk, "stand_aside", {"who": str(town.zhao.staff_id), "reason": "亲戚"}, by=town.zhao, at=MONDAY)
    send(town, case, "li", "wang")
    act(case.pk, "arrive", {}, by=town.li, at=MONDAY)
    act(case.pk, "arrive", {}, by=town.wang, at=MONDAY)
    act(case.pk, "fill", all_answers(lights="no"), by=town.li, at=MONDAY)
    act(case.pk, "leave", {"signed": "signed", "due": "2026-09-15"}, by=town.li, at=MONDAY)
    act(case.pk, "mended", {"words": "好了"}, by=RESIDENT, at=MONDAY)
    for verb, given in (("recheck", {"o_1": "mended"}), ("note", {"words": "没事"})):
        with pytest.raises(Refused):
            act(case.pk, verb, given, by=town.zhao, at=MONDAY, uploads=(photo(),) if verb == "recheck" else ())
    given = {"o_1": "mended"}
    assert act(case.pk, "recheck", given, by=town.supervisor, at=MONDAY, uploads=(photo(),)).state == "closed"
    with pytest.raises(Invalid):
        send(town, plan(town, cafe), "zhao", "li")


def test_two_are_two_who_can_go(town: Town, cafe: Row) -> None:
    case = send(town, plan(town, cafe), "li", "wang")
    Staff.objects.filter(pk=town.wang.staff_id).update(is_active=False)
    with pytest.raises(Refused) as refused:
        act(case.pk, "arrive", {}, by=town.li, at=MONDAY)
    assert refused.value.code == "two_inspectors"
    send(town, case, "li", "zhao")
    act(case.pk, "arrive", {}, by=town.li, at=MONDAY)
    Staff.objects.filter(pk__in=[town.li.staff_id, town.zhao.staff_id]).update(is_active=False)
    Staff.objects.filter(pk=town.wang.staff_id).update(is_active=True)
    person(town, "sun")
    assert send(town, case, "wang", "sun").state == "assigned", "others are sent where the two are gone"


def test_who_sees_only_her_own_sees_the_visit_she_is_sent_on(town: Town, cafe: Row) -> None:
    made, _ = staff.create(
        "own", "own", [Appointment(Role.HANDLER, UNIT, Scope.OWN)], by=SYSTEM, at=MONDAY, encoded=ENCODED
    )
    town.people["own"] = actor.of_staff(made, books.current(MONDAY).book)
    case = plan(town, cafe)
    with pytest.raises(NotFound):
        cases.view("inspection", case.number, by=town.own, at=MONDAY, lang="zh")
    send(town, case, "own", "li")
    assert cases.view("inspection", case.number, by=town.own, at=MONDAY, lang="zh").case.pk == case.pk
    send(town, case, "wang", "li")
    with pytest.raises(NotFound):
        cases.view("inspection", case.number, by=town.own, at=MONDAY, lang="zh")
    assert verify(at=MONDAY).breaks == []


def test_what_was_written_is_not_wiped_out_by_an_answer(town: Town, cafe: Row) -> None:
    case = on_site(town, cafe)
    at = MONDAY + DAY
    act(case.pk, "fill", all_answers(), by=town.li, at=at)
    act(case.pk, "find", {"item": "exits", "finding": "后门锁着"}, by=town.li, at=at, uploads=(photo(),))
    assert asks.part_of(case).answers["exits"] == "no"
    with pytest.raises(Invalid) as said:
        act(case.pk, "fill", {"q_exits": "none"}, by=town.wang, at=at)
    assert "q_exits" in said.value.fields
    assert [one.state for one in asks.findings_of(case)] == ["open"]


def test_a_grave_hazard_goes_to_the_fire_body_with_its_report_signed_and_comes_back_as_it_was(
    town: Town, cafe: Row
) -> None:
    case = ordered(town, cafe, exits="no")
    assert case.step_due_at is not None
    assert f"{case.step_due_at:%m-%d %H}" == "09-09 00", "late when the day is over and nothing is signed"
    given = {"unit": "fire", "reason": "严重"}
    with pytest.raises(Refused) as refused:
        act(case.pk, "hand_over", given, by=town.lead, at=MONDAY + DAY)
    assert refused.value.code == "grave_reported"
    act(case.pk, "sign", {"reports": "报告"}, by=town.lead, at=MONDAY + DAY)
    case = act(case.pk, "hand_over", given, by=town.lead, at=MONDAY + DAY)
    assert act(case.pk, "recall", {"reason": "先自己办"}, by=town.lead, at=MONDAY + 40 * DAY).state == "ordered"
    assert asks.part_of(case).due_on > (MONDAY + 40 * DAY).date(), "not late the same second"
    act(case.pk, "hand_over", given, by=town.lead, at=MONDAY + 41 * DAY)
    fire = of_unit(town, "fire")
    case = act(case.pk, "conclude", {"reply": "不归我们管，没有改"}, by=fire, at=MONDAY + 42 * DAY)
    assert [one.state for one in asks.findings_of(case)] == ["handed"], "nobody of this house saw it mended"


def test_a_place_is_looked_at_by_its_unit_and_its_trade_department(town: Town, cafe: Row) -> None:
    trade = person(town, "culture_lead", Role.LEAD, unit="culture")
    water = person(town, "water_lead", Role.LEAD, unit="ps_bailu")
    assert plan(town, cafe, "culture_lead").holder == trade.unit
    with pytest.raises(Refused) as refused:
        plan(town, cafe, "water_lead")
    assert (refused.value.code, water.unit) == ("unit", "ps_bailu")
    with pytest.raises(Invalid) as said:
        plan(town, cafe, why="draw")
    assert set(said.value.fields) == {"why"}, "a draw is not chosen by hand"
    assert asks.part_of(plan(town, cafe, checklist="trade")).checklist == "trade"
    with pytest.raises(Invalid):
        plan(town, cafe, checklist="rooms")


def test_a_list_that_was_taken_out_leaves_its_inspections_readable(
    town: Town, cafe: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ordered(town, cafe)
    monkeypatch.setattr(asks, "checklists", dict)
    assert cases.by_code(case.code, at=MONDAY + 2 * DAY).told
    clock.tick(at=MONDAY + 20 * DAY)
    assert Case.objects.get(pk=case.pk).state == "recheck"


def test_a_visit_is_due_since_it_was_planned_whoever_is_named_for_it_since(town: Town, cafe: Row) -> None:
    case = plan(town, cafe, date="")
    due = case.step_due_at
    pair = [str(town.people[name].staff_id) for name in ("li", "wang")]
    case = act(case.pk, "assign", {"pair": pair}, by=town.lead, at=MONDAY + 5 * DAY)
    assert case.step_due_at == due
    case = act(case.pk, "put_off", {"date": "2026-10-20", "reason": "装修"}, by=town.lead, at=MONDAY + 5 * DAY)
    assert f"{case.step_due_at:%Y-%m-%d}" == "2026-10-21", "to the end of the day it was put off to"


def test_the_report_says_what_was_found_not_only_which_question(town: Town, cafe: Row) -> None:
    case, at = on_site(town, cafe), MONDAY + DAY
    act(case.pk, "fill", all_answers(exits="no"), by=town.li, at=at)
    words = {"item": "exits", "finding": "后门用链条锁锁死，里面还有人。"}
    act(case.pk, "find", words, by=town.li, at=at)
    act(case.pk, "find", {"item": "other", "finding": "液化气瓶堆在床边", "grave": "yes"}, by=town.wang, at=at)
    drafted = asks.stands(case, INSPECTION.steps["sign"], SYSTEM)["reports"]
    assert "1. 后门用链条锁锁死，里面还有人；不符合“疏散通道、安全出口畅通" in drafted
    assert "2. 液化气瓶堆在床边。" in drafted
    assert "其他问题" not in drafted
    assert "。。" not in drafted
    # Whoever looks again, or adds a picture, chooses among what was found by what it was.
    act(case.pk, "leave", {"signed": "signed", "due": "2026-09-15"}, by=town.li, at=at)
    case = act(case.pk, "sign", {"reports": drafted}, by=town.lead, at=at)
    case = act(case.pk, "mended", {"words": "好了"}, by=RESIDENT, at=at)
    rules = books.current(at)
    asked = {one.name: one for one in asks.asks(case, INSPECTION.steps["recheck"], rules, town.zhao)}
    assert asked["o_2"].label.zh == "问题2：其他问题：液化气瓶堆在床边"
    (about,) = asks.asks(case, INSPECTION.steps["picture"], rules, town.li)
    assert about.choices["2"].zh == "2. 其他问题：液化气瓶堆在床边"


def test_what_the_list_calls_grave_stays_grave_and_whoever_said_no_reads_why(town: Town, cafe: Row) -> None:
    case, at = on_site(town, cafe), MONDAY + DAY
    rules = books.current(at)
    rows = {one.name: one for one in asks.asks(case, INSPECTION.steps["fill"], rules, town.li)}
    said = {name for name, one in rows.items() if one.hint is not None and "不符合就是严重隐患" in one.hint.zh}
    grave = {f"q_{one.code}" for one in checklists()["fire"].items if one.grave}
    assert said == grave
    assert grave, "there is one to be said of"
    item, *_rest = asks.asks(case, INSPECTION.steps["find"], rules, town.li)
    assert {code for code, name in item.choices.items() if name.zh.endswith("（严重隐患）")} == {
        name.removeprefix("q_") for name in grave
    }
    act(case.pk, "find", {"item": "exits", "grave": "no", "finding": "门口两个纸箱"}, by=town.li, at=at)
    assert told(case)[-1].startswith("发现：门口两个纸箱（选了“否”；检查表这一项不符合就是严重隐患，仍按严重隐患办）")
    assert [one.grave for one in asks.findings_of(case)] == [True]
    # Nothing is added where nothing was said against it, nor where the inspector's word is the one that counts.
    act(case.pk, "find", {"item": "exits", "finding": "又见一个"}, by=town.li, at=at)
    act(case.pk, "find", {"item": "lights", "grave": "no", "finding": "一盏不亮"}, by=town.li, at=at)
    assert told(case)[-2:] == ["发现：又见一个", "发现：一盏不亮"]
    assert [one.grave for one in asks.findings_of(case)] == [True, False]


def test_days_are_said_as_people_read_them(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    at = MONDAY + DAY
    with pytest.raises(Invalid) as said:
        act(case.pk, "extend", {"due": "2026-12-12", "reason": "等灯"}, by=town.lead, at=at)
    assert said.value.fields["due"].zh == "应在2026年9月8日到2026年9月23日之间"
    assert said.value.fields["due"].en == "must be from 8 Sep 2026 to 23 Sep 2026"
    with pytest.raises(Invalid) as said:
        act(case.pk, "extend", {"due": "2026-09-10", "reason": "等灯"}, by=town.lead, at=at)
    assert said.value.fields["due"].zh == "应在原来的期限2026年9月15日之后"
    act(case.pk, "extend", {"due": "2026-09-20", "reason": "等灯"}, by=town.lead, at=at)
    assert "整改延到2026年9月20日：等灯" in told(case)


def test_the_day_is_asked_for_only_where_something_was_found(town: Town, cafe: Row) -> None:
    case, at = on_site(town, cafe), MONDAY + DAY
    act(case.pk, "fill", all_answers(), by=town.li, at=at)

    def due() -> Any:
        fields = asks.asks(case, INSPECTION.steps["leave"], books.current(at), town.li)
        return next(one for one in fields if one.name == "due")

    assert due().required is False
    act(case.pk, "find", {"item": "lights", "finding": "一盏不亮"}, by=town.li, at=at)
    assert due().required is True
    assert due().hint.zh.startswith("从今天起最长"), "the longest there is stands beside it, not only in the error"


def test_a_visit_ends_on_its_day_or_is_late_and_says_what_is_owed(town: Town, cafe: Row) -> None:
    """Visits whose second inspector never said that she was there had no date, stood last and were never red."""
    case = on_site(town, cafe)
    entry = Entry.objects.filter(matter=case, verb="arrive").earliest("turn")
    end = datetime.combine(entry.at.astimezone(SHANGHAI).date() + DAY, time(), SHANGHAI)
    assert (case.step_due_at, case.tick_at) == (end, end)
    assert asks.owes([case], {case.pk: books.of_version(case.book_id)})[case.pk].zh == "结束检查"
    clock.tick(at=end)
    after = Case.objects.get(pk=case.pk)
    assert (after.state, after.step_due_at) == ("on_site", end), "it is late, and nothing is ended by itself"
    assert after.tick_at is not None
    assert after.tick_at > end
    assert verify(at=end).breaks == []
