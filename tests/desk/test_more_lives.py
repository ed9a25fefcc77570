"""More courses of a life: petitions, declines, merges, splits, co-units, withdrawals, and what must be refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import clock, clocks
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.matters.progress import look
from wuxiao.desk.town import books
from wuxiao.records.models import Access, Entry, Matter, Message, WorkOrder
from wuxiao.rules import route
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOISE = "env.noise.construction"


@pytest.fixture
def town() -> Town:
    return settle()


def received(at: datetime = MONDAY, **more: object) -> Matter:
    values: dict[str, object] = {"words": "工地夜里施工太吵", "division": "990101001", "phone": "19909900001", **more}
    return matters.receive(Report(**values), by=RESIDENT, at=at)  # type: ignore[arg-type]


def classed(town: Town, matter: Matter, at: datetime = MONDAY, **more: object) -> Matter:
    given = {"category": NOISE, "handling_class": "complaint", **more}
    return act(matter.pk, "classify", given, by=town.operator, at=at)


def handling(town: Town, at: datetime = MONDAY, **more: object) -> tuple[Matter, Actor]:
    matter = classed(town, received(at), at, **more)
    lead = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=at)
    handler = of_unit(town, lead, at=at)
    return act(matter.pk, "accept", {}, by=handler, at=at), handler


def evidence(file: bool = False) -> str:
    return next(k for k, e in books.current(MONDAY).book.evidence_kinds.items() if e.file is file)


def answered(town: Town, matter: Matter, handler: Actor, at: datetime) -> Matter:
    given = {"evidence": evidence(), "reply": "已经处理", "ticked": [str(n) for n in range(len(matter.items))]}
    return act(matter.pk, "answer", given, by=handler, at=at)


def test_a_petition_runs_in_calendar_days_and_has_two_appeals_and_no_third(town: Town) -> None:
    matter, handler = handling(town, petition=True)
    assert matter.promise["term"].startswith("60 calendar_days")
    assert matter.due_at is not None
    assert (matter.due_at - MONDAY).days >= 59
    at = MONDAY + 30 * DAY
    for level in (1, 2):
        matter = answered(town, matter, handler, at)
        matter = act(matter.pk, "rate", {"rating": "1", "solved": "no"}, by=RESIDENT, at=at)
        matter = act(matter.pk, "appeal", {"reason": "对处理意见不服"}, by=RESIDENT, at=at + DAY)
        assert (matter.state, matter.appeal_level) == ("intake", level)
        assert matter.promise["term"].startswith("30 calendar_days")
        above = matter.route_why["lead"]
        act(matter.pk, "assign", {"unit": above}, by=town.operator, at=at + DAY)
        handler = of_unit(town, above, at=at)
        matter = act(matter.pk, "accept", {}, by=handler, at=at + DAY)
        at += 20 * DAY
    matter = answered(town, matter, handler, at)
    matter = act(matter.pk, "rate", {"rating": "2", "solved": "no"}, by=RESIDENT, at=at)
    with pytest.raises(Refused) as no:
        act(matter.pk, "appeal", {"reason": "还是不服"}, by=RESIDENT, at=at + DAY)
    assert no.value.code == "may_appeal"


def test_a_petition_may_be_extended_once_by_at_most_thirty_days(town: Town) -> None:
    matter, handler = handling(town, petition=True)
    with pytest.raises(Invalid):
        act(matter.pk, "extend", {"term_days": "31", "reason": "情况复杂"}, by=handler, at=MONDAY)
    act(matter.pk, "extend", {"term_days": "30", "reason": "情况复杂"}, by=handler, at=MONDAY)
    lead = of_unit(town, matter.holder, Role.LEAD)
    before = matter.due_at
    matter = act(matter.pk, "grant", {}, by=lead, at=MONDAY)
    assert before is not None
    assert matter.due_at is not None
    assert matter.due_at - before >= 30 * DAY
    with pytest.raises(Refused):
        act(matter.pk, "extend", {"term_days": "5", "reason": "再延"}, by=handler, at=MONDAY)


def test_one_timeline_from_a_call_at_18_53_to_an_agreement_after_151_days(town: Town) -> None:
    """The case of seed S4.22: a call to 110, the hotline, a petition; one number and one diary for all of it."""
    call = datetime(2026, 5, 28, 18, 53, tzinfo=SHANGHAI)
    matter = matters.receive(
        Report(words="邻居动手打人,我爸被打伤流血了", channel="110", phone="19909900003"), by=town.police, at=call
    )
    assert matter.danger_open
    act(matter.pk, "look", {"reason": "民警到场看过,无人受伤"}, by=town.police, at=call + HOUR / 12)
    given = {"unit": "hotline", "way": "three_way", "caller_agrees": "yes", "reason": "民间纠纷"}
    act(matter.pk, "divert", given, by=town.police, at=call + HOUR / 6)
    for level in range(1, 5):
        act(matter.pk, "sign", {"reason": "同意"}, by=town.people[f"reviewer{level}"], at=call + HOUR / 4)
    act(matter.pk, "accept", {}, by=town.operator, at=call + HOUR / 2)
    next_day = datetime(2026, 5, 29, 9, 0, tzinfo=SHANGHAI)
    matter = act(
        matter.pk,
        "classify",
        {"category": NOISE, "handling_class": "request", "petition": "yes"},
        by=town.operator,
        at=next_day,
    )
    lead = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=next_day)
    handler = of_unit(town, lead, at=next_day)
    matter = act(matter.pk, "accept", {}, by=handler, at=next_day)
    end = call + 151 * DAY
    matter = answered(town, matter, handler, end)
    entries = list(Entry.objects.filter(matter=matter).order_by("turn"))
    assert [e.verb for e in entries[:8]] == ["receive", "look", "divert", "sign", "sign", "sign", "sign", "accept"]
    assert (entries[-1].at - entries[0].at).days == 151
    assert len({e.matter_id for e in entries}) == 1


def test_a_decline_needs_ground_and_channel_and_another_persons_second_look(town: Town) -> None:
    matter, handler = handling(town)
    reason = next(iter(books.current(MONDAY).book.decline_reasons))
    with pytest.raises(Invalid) as wrong:
        act(matter.pk, "decline", {"decline_reason": reason}, by=handler, at=MONDAY)
    assert set(wrong.value.fields) == {"reply", "channel"}
    given = {"decline_reason": reason, "reply": "已在法院审理", "channel": "县人民法院"}
    act(matter.pk, "decline", given, by=handler, at=MONDAY)
    with pytest.raises(Refused):
        act(matter.pk, "uphold", {"reason": "同意"}, by=handler, at=MONDAY)
    lead = of_unit(town, matter.holder, Role.LEAD)
    matter = act(matter.pk, "uphold", {"reason": "已核对案号"}, by=lead, at=MONDAY)
    assert (matter.state, matter.outcome) == ("closed", "declined")
    assert Message.objects.filter(matter=matter, verb="uphold").exists()
    with pytest.raises(Refused):
        act(matter.pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=MONDAY)
    matter = act(matter.pk, "object", {"reason": "法院没有受理"}, by=RESIDENT, at=MONDAY + DAY)
    assert matter.state == "handling"


def test_an_overturned_decline_is_taken_on(town: Town) -> None:
    matter, handler = handling(town)
    reason = next(iter(books.current(MONDAY).book.decline_reasons))
    given = {"decline_reason": reason, "reply": "不归我们", "channel": "其他部门"}
    act(matter.pk, "decline", given, by=handler, at=MONDAY)
    lead = of_unit(town, matter.holder, Role.LEAD)
    matter = act(matter.pk, "overturn", {"reason": "属本单位职责"}, by=lead, at=MONDAY)
    assert matter.state == "handling"


def test_many_reporters_on_one_matter_are_each_told_and_may_each_rate(town: Town) -> None:
    main, handler = handling(town)
    other = classed(town, received(phone="19909900002"))
    other = act(other.pk, "merge", {"matter": main.number.lower()}, by=town.operator, at=MONDAY)
    assert (other.state, other.outcome) == ("closed", "merged")
    with pytest.raises(Refused):
        act(other.pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=MONDAY)
    main = answered(town, main, handler, MONDAY + DAY)
    told = Message.objects.filter(verb="answer").values_list("matter_id", flat=True)
    assert set(told) == {main.pk, other.pk}
    other = act(other.pk, "rate", {"rating": "2", "solved": "no"}, by=RESIDENT, at=MONDAY + DAY)
    main.refresh_from_db()
    assert (other.satisfied, main.satisfied) == (2, None)
    other = act(other.pk, "unmerge", {"reason": "不是同一处工地"}, by=town.operator, at=MONDAY + 2 * DAY)
    assert (other.state, other.outcome, other.merged_into_id) == ("intake", "", None)


def test_a_merge_into_itself_a_closed_or_an_unknown_matter_is_refused(town: Town) -> None:
    main, _ = handling(town)
    closed = received()
    closed = act(closed.pk, "withdraw", {}, by=RESIDENT, at=MONDAY)
    for number in (main.number, closed.number, "WX20260101-XXXXX"):
        with pytest.raises(Invalid) as wrong:
            act(main.pk, "merge", {"matter": number}, by=town.operator, at=MONDAY)
        assert set(wrong.value.fields) == {"matter"}


def test_a_split_makes_matters_of_their_own_and_the_reporter_holds_a_code_for_each(town: Town) -> None:
    whole = classed(town, received())
    whole = act(whole.pk, "split", {"parts": "路灯不亮\n\n井盖松动"}, by=town.operator, at=MONDAY)
    parts = list(Matter.objects.filter(split_from=whole).order_by("id"))
    assert [p.title for p in parts] == ["路灯不亮", "井盖松动"]
    assert len({whole.code, *(p.code for p in parts)}) == 3
    assert Message.objects.filter(matter__in=parts, verb="receive").count() == 2
    assert whole.state == "intake"


def test_the_lead_waits_for_its_co_units_and_each_has_a_clock(town: Town) -> None:
    matter, handler = handling(town)
    book = books.current(MONDAY).book
    noise = book.categories[NOISE]
    co = next(
        u.code
        for u in book.units.values()
        if u.type == "department" and u.code != matter.holder and route.may_help(book, u.code, noise.code)[0]
    )
    act(matter.pk, "join", {"unit": co, "task": "现场检测噪声", "term_days": "2"}, by=handler, at=MONDAY)
    order = WorkOrder.objects.get(matter=matter, role="co")
    assert order.due_at is not None
    assert Access.objects.filter(matter=matter, principal=f"u:{co}").exists()
    with pytest.raises(Refused) as no:
        answered(town, Matter.objects.get(pk=matter.pk), handler, MONDAY)
    assert no.value.code == "parts_done"
    act(matter.pk, "part", {"words": "昼间65分贝,夜间58分贝"}, by=of_unit(town, co), at=MONDAY + DAY)
    matter = answered(town, Matter.objects.get(pk=matter.pk), handler, MONDAY + DAY)
    assert matter.state == "answered"


def test_a_residents_committee_is_not_given_work_outside_its_list(town: Town) -> None:
    matter = classed(town, received())
    book = books.current(MONDAY).book
    committee = next(u.code for u in book.units.values() if u.type == "community")
    with pytest.raises(Invalid) as wrong:
        act(matter.pk, "assign", {"unit": committee}, by=town.operator, at=MONDAY)
    assert set(wrong.value.fields) == {"unit"}
    powerless = next(
        u.code for u in book.units.values() if u.type == "department" and not u.has_power(book.categories[NOISE])
    )
    with pytest.raises(Invalid):
        act(matter.pk, "assign", {"unit": powerless}, by=town.operator, at=MONDAY)


def test_a_second_stop_of_the_clock_is_the_leads_and_the_total_is_capped(town: Town) -> None:
    matter, handler = handling(town)
    book = books.current(MONDAY).book
    at = MONDAY
    for _ in range(book.pause.approver_from - 1):
        act(matter.pk, "ask", {"reply": "请补充"}, by=handler, at=at)
        act(matter.pk, "reply", {"words": "补充了"}, by=RESIDENT, at=at + HOUR)
        at += 2 * HOUR
    with pytest.raises(Refused) as no:
        act(matter.pk, "ask", {"reply": "再请补充"}, by=handler, at=at)
    assert no.value.code == "may_pause"
    lead = of_unit(town, matter.holder, Role.LEAD)
    matter = act(matter.pk, "ask", {"reply": "再请补充"}, by=lead, at=at)
    rules = books.of_version(matter.book_id)
    assert matter.step_due_at is not None
    assert matter.step_due_at <= clocks.wait_end(matter, rules, at=at)


def test_after_the_window_an_objection_is_told_to_come_as_a_new_matter(town: Town) -> None:
    matter, handler = handling(town)
    answered(town, matter, handler, MONDAY + DAY)
    act(matter.pk, "rate", {"rating": "3", "solved": "yes"}, by=RESIDENT, at=MONDAY + DAY)
    with pytest.raises(Refused) as no:
        act(matter.pk, "object", {"reason": "又坏了"}, by=RESIDENT, at=MONDAY + 200 * DAY)
    assert no.value.code == "in_object_window"


def test_danger_in_words_added_later_raises_the_banner_again(town: Town) -> None:
    matter, handler = handling(town)
    act(matter.pk, "add", {"words": "他拿刀砍人了,快来人"}, by=RESIDENT, at=MONDAY)
    with pytest.raises(Refused) as no:
        answered(town, Matter.objects.get(pk=matter.pk), handler, MONDAY)
    assert no.value.code == "no_danger_open"
    matter = act(matter.pk, "bypass", {"reason": "持刀伤人"}, by=handler, at=MONDAY)
    assert (matter.state, matter.holder) == ("urgent", "police_110")


def test_a_unit_that_let_go_knows_nothing_of_it_any_more(town: Town) -> None:
    matter = classed(town, received())
    lead = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=MONDAY)
    handler = of_unit(town, lead)
    act(matter.pk, "refuse", {"reason": "不属我局"}, by=handler, at=MONDAY)
    with pytest.raises(NotFound):
        act(matter.pk, "note", {"words": "再看看"}, by=handler, at=MONDAY)


def test_nobody_answers_over_the_head_of_the_unit_that_handles(town: Town) -> None:
    matter, _ = handling(town)
    with pytest.raises(Refused) as no:
        answered(town, matter, town.operator, MONDAY)
    assert no.value.code == "own_hands"


def test_the_desk_answers_an_enquiry_itself_and_nothing_else(town: Town) -> None:
    matter = classed(town, received())
    with pytest.raises(Refused) as no:
        answered(town, matter, town.operator, MONDAY)
    assert no.value.code == "desk_answers_enquiries"
    asked = received()
    act(asked.pk, "classify", {"category": NOISE, "handling_class": "enquiry"}, by=town.operator, at=MONDAY)
    asked = answered(town, Matter.objects.get(pk=asked.pk), town.operator, MONDAY)
    assert asked.state == "answered"


def test_one_cannot_urge_every_minute(town: Town) -> None:
    matter, _ = handling(town)
    act(matter.pk, "urge", {"reason": "请快点"}, by=RESIDENT, at=MONDAY)
    with pytest.raises(Refused):
        act(matter.pk, "urge", {"reason": "快"}, by=RESIDENT, at=MONDAY + HOUR)
    act(matter.pk, "urge", {}, by=RESIDENT, at=MONDAY + DAY)


def test_a_complaint_about_the_hotline_is_at_the_desk_of_the_body_that_oversees_it(town: Town) -> None:
    matter = received(about=("hotline",))
    above = books.current(MONDAY).book.units["hotline"].supervisor
    assert (matter.state, matter.holder) == ("intake", above)
    with pytest.raises(NotFound):
        classed(town, matter)
    overseer = of_unit(town, above)
    given = {"category": "conduct", "handling_class": "complaint"}
    book = books.current(MONDAY).book
    given["category"] = next(c.code for c in book.categories.values() if c.leaf and c.kind == "conduct_problem")
    matter = act(matter.pk, "classify", given, by=overseer, at=MONDAY)
    lead = matter.route_why["lead"]
    assert lead != "hotline"
    matter = act(matter.pk, "assign", {"unit": lead}, by=overseer, at=MONDAY) if lead != above else matter
    assert matter.state in {"offered", "intake"}


@pytest.mark.parametrize(("petition", "zh", "en"), [(False, "5个工作日", "5 working days"), (True, "5天", "5 days")])
def test_a_requester_is_told_which_days_were_granted(town: Town, petition: bool, zh: str, en: str) -> None:
    matter, handler = handling(town, petition=petition)
    act(matter.pk, "extend", {"term_days": "5", "reason": "等检测结果"}, by=handler, at=MONDAY)
    act(matter.pk, "grant", {}, by=of_unit(town, matter.holder, Role.LEAD), at=MONDAY + HOUR)
    for lang, days in (("zh", zh), ("en", en)):
        line = next(x for x in look(matter.code, lang, at=MONDAY + HOUR).lines if x.verb == "grant")
        assert days in line.sentence
        assert ("工作日" in line.sentence or "working" in line.sentence) is not petition
    told = Message.objects.get(matter=matter, verb="grant")
    assert f"延期{zh}" in told.text
    second = handling(town, petition=petition, phone="19909900003")[0]
    with pytest.raises(Invalid) as wrong:
        act(second.pk, "extend", {"term_days": "45", "reason": "x"}, by=of_unit(town, second.holder), at=MONDAY)
    assert (" working" in wrong.value.fields["term_days"].en) is not petition


def test_the_days_of_silence_say_what_they_are(town: Town) -> None:
    text = BOOK_TEXT.replace('after_answer = "7 calendar_days"', 'after_answer = "5 working_days"')
    books.adopt(text, name="silence.toml", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
    matter, handler = handling(town)
    matter = answered(town, matter, handler, MONDAY)
    assert matter.step_due_at is not None
    clock.tick(at=matter.step_due_at)
    line = next(x for x in look(matter.code, "en", at=MONDAY + 30 * DAY).lines if x.verb == "close")
    assert "within 5 working days" in line.sentence
