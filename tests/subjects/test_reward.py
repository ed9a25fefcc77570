"""Rewards at the desk: proposed by one, approved by another, paid against a code without a name."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from tests.stories.test_permissions import category_of
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Throttled
from wuxiao.desk.case import clock, opening, outbox, tale
from wuxiao.desk.case.act import act
from wuxiao.desk.house import house
from wuxiao.desk.look import cases
from wuxiao.desk.matters.matters import Report, receive
from wuxiao.desk.town import books
from wuxiao.records.models import Access, Case, Entry, Matter, Message, Reward, Staff, Words
from wuxiao.rules.access import Role
from wuxiao.rules.book import BookError
from wuxiao.rules.codes import grouped
from wuxiao.subjects.reward import acts, asks

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
UNIT = "urban_mgmt"
ROAD = "hazard.road.manhole"


@pytest.fixture
def town() -> Town:
    made = settle()
    of_unit(made, UNIT)
    of_unit(made, UNIT, Role.LEAD)
    of_unit(made, "data_bureau", Role.CASHIER)
    return made


def hazard(town: Town, at: datetime = MONDAY, *, category: str = "", unit: str = UNIT, **more: Any) -> Matter:
    """A reported hazard that a unit has in hand."""
    report = {"words": "桥头的井盖没有了，骑车差点掉下去", "phone": "13800000001", "division": "990101001"} | more
    matter = receive(Report(**report), by=RESIDENT, at=at)
    given = {"category": category or HAZARD_OF[unit], "handling_class": "request"}
    act(matter.pk, "classify", given, by=town.operator, at=at)
    act(matter.pk, "assign", {"unit": unit}, by=town.operator, at=at)
    return act(matter.pk, "accept", {}, by=of_unit(town, unit), at=at)  # type: ignore[no-any-return]


HAZARD_OF = {UNIT: "urban.facility.lamp", "ps_qingping": "hazard.fire.premises"}


def answered(town: Town, at: datetime = MONDAY, **more: Any) -> Matter:
    matter = hazard(town, at, **more)
    given = {"evidence": "phone_record", "reply": "查过了，井盖已经装好。", "ticked": []}
    return act(matter.pk, "answer", given, by=of_unit(town, matter.holder), at=at)  # type: ignore[no-any-return]


GIVEN = {"grade": "general", "amount": "200", "found": "井盖丢失，行人会跌落"}


def proposed(town: Town, matter: Matter, at: datetime = MONDAY, by: str = f"handler_{UNIT}", **more: Any) -> Case:
    given = {"report": matter.number, **GIVEN, **more}
    return opening.plan("reward", given, by=town.people[by], at=at)


def payable(town: Town, matter: Matter, at: datetime = MONDAY, **more: Any) -> Case:
    case = proposed(town, matter, at, **more)
    return act(case.pk, "approve", {}, by=town.people[f"lead_{UNIT}"], at=at)  # type: ignore[no-any-return]


def desk_of(town: Town) -> Actor:
    return town.people["cashier_data_bureau"]


def said(case: Case, by: Actor, lang: str = "zh") -> list[str]:
    seen = cases.view("reward", case.number, by=by, at=MONDAY + 100 * DAY, lang=lang)
    return [tale.say(e, seen.words, seen.subject, seen.rules.book, lang, people=seen.people) for e in seen.entries]


# --------------------------------------------------------------------------------------------------------------- story


def test_from_the_proposal_to_the_counter_and_nobody_is_named(town: Town) -> None:
    matter = answered(town)
    case = payable(town, matter)
    assert (case.state, case.parent_id, case.holder) == ("payable", matter.pk, UNIT)
    found = asks.of_report(matter)
    assert found is not None
    assert found[1].amount == 200
    code = acts.fetch(case, "yes", at=MONDAY + DAY)
    assert acts.look_up(grouped(code).lower(), by=desk_of(town), at=MONDAY + DAY).amount == 200
    paid = acts.pay(grouped(code), by=desk_of(town), at=MONDAY + DAY)
    assert (paid.amount, paid.voucher[:10]) == (200, "FK20260908")
    part = Reward.objects.get(matter_id=case.pk)
    assert (part.desk, part.voucher, part.paid_at) == ("data_bureau", paid.voucher, MONDAY + DAY)
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.outcome, case.tick_at) == ("closed", "paid", None)
    assert said(case, town.people[f"lead_{UNIT}"]) == [
        "提请奖励200元（一般隐患）：井盖丢失，行人会跌落",
        "同意奖励200元",
        "反映的人取了领取码",
        f"凭码付了200元，凭单{paid.voucher}",
    ]
    english = said(case, town.people[f"lead_{UNIT}"], "en")
    assert english[1:3] == ["200 yuan approved", "Whoever reported fetched a payout code"]
    assert verify(at=MONDAY + 2 * DAY).breaks == []


def test_a_code_is_kept_nowhere_and_its_mark_is_no_code(town: Town) -> None:
    case = payable(town, answered(town))
    code = acts.fetch(case, "yes", at=MONDAY)
    kept = [
        *(json.dumps([e.facts, e.texts, e.stand]) for e in Entry.objects.all()),
        *Words.objects.values_list("text", flat=True),
        *Message.objects.values_list("text", flat=True),
        Reward.objects.get(matter_id=case.pk).mark,
    ]
    assert Reward.objects.get(matter_id=case.pk).mark in "".join(kept[:-1]), "what is sealed is its mark"
    assert not [one for one in kept if code in one or grouped(code) in one]


def test_who_lost_the_code_fetches_another_and_the_first_is_void(town: Town) -> None:
    case = payable(town, answered(town))
    first, second = (acts.fetch(case, "yes", at=MONDAY + n * DAY) for n in (1, 2))
    assert first != second
    with pytest.raises(NotFound) as unknown:
        acts.pay(first, by=desk_of(town), at=MONDAY + 3 * DAY)
    assert unknown.value.text.zh == "没有这个领取码。重新取过码的，只有最后一次的有用。"
    assert acts.pay(second, by=desk_of(town), at=MONDAY + 3 * DAY).amount == 200


def test_a_code_is_spent_once(town: Town) -> None:
    case = payable(town, answered(town))
    code = acts.fetch(case, "yes", at=MONDAY)
    acts.pay(code, by=desk_of(town), at=MONDAY + DAY)
    for what in (acts.pay, acts.look_up):
        with pytest.raises(Refused) as refused:
            what(code, by=desk_of(town), at=MONDAY + 2 * DAY)
        assert refused.value.code == "spent"
        assert refused.value.text.zh == "这个领取码不能再付：已领（9月8日09:30）"
    with pytest.raises(Refused):
        acts.fetch(case, "yes", at=MONDAY + 2 * DAY)
    assert Entry.objects.filter(matter_id=case.pk, verb="pay").count() == 1


def test_whose_duty_it_was_is_told_to_do_without_and_can(town: Town) -> None:
    case = payable(town, answered(town))
    with pytest.raises(Invalid) as wrong:
        acts.fetch(case, "no", at=MONDAY)
    assert wrong.value.fields["own"].zh == "请先勾选；发现它就是您的工作的，不领这笔奖励，请点“不要这笔奖励”"
    with pytest.raises(Invalid):
        acts.fetch(case, "", at=MONDAY)
    assert Reward.objects.get(matter_id=case.pk).mark == ""
    code = acts.fetch(case, "yes", at=MONDAY)
    acts.waive(case, at=MONDAY)
    assert Case.objects.get(pk=case.pk).outcome == "waived"
    with pytest.raises(NotFound):
        acts.pay(code, by=desk_of(town), at=MONDAY)
    assert verify(at=MONDAY).breaks == []


# ------------------------------------------------------------------------------------------------ who decides, how much


def test_who_proposed_it_does_not_approve_it(town: Town) -> None:
    case = proposed(town, answered(town), by=f"lead_{UNIT}")
    for name in (f"lead_{UNIT}", f"handler_{UNIT}"):
        with pytest.raises(Refused) as refused:
            act(case.pk, "approve", {}, by=town.people[name], at=MONDAY)
        assert refused.value.code == "who"
    assert act(case.pk, "approve", {}, by=town.supervisor, at=MONDAY).state == "payable"


@pytest.mark.parametrize(
    ("grade", "amount", "right"),
    [("general", 49, False), ("general", 50, True), ("general", 500, True), ("general", 501, False),
     ("major", 999, False), ("major", 1000, True), ("major", 5000, True), ("major", 5001, False)],
)  # fmt: skip
def test_the_sum_is_the_book_s_for_its_grade(town: Town, grade: str, amount: int, right: bool) -> None:
    matter = answered(town)
    if right:
        assert asks.part_of(proposed(town, matter, grade=grade, amount=str(amount))).amount == amount
        return
    with pytest.raises(Invalid) as wrong:
        proposed(town, matter, grade=grade, amount=str(amount))
    low, high = (50, 500) if grade == "general" else (1000, 5000)
    assert wrong.value.fields["amount"].zh == f"按规则手册，应在{low}到{high}元之间"
    assert not Case.objects.filter(life="reward").exists()


def test_a_book_whose_table_runs_backwards_is_refused(town: Town) -> None:
    text = BOOK_TEXT.replace("general_to = 500", "general_to = 40")
    with pytest.raises(BookError) as wrong:
        books.adopt(text, name="b", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
    told = [(one.where, one.reason.zh) for one in wrong.value.problems]
    assert told == [("lives.reward.general_to", "不能比general_from小")]


def test_only_what_was_confirmed_is_rewarded(town: Town) -> None:
    matter = hazard(town)
    with pytest.raises(Invalid) as wrong:
        proposed(town, matter)
    assert wrong.value.fields["report"].zh.startswith("还没有查实")
    act(matter.pk, "answer", {"evidence": "phone_record", "reply": "装好了", "ticked": []},
        by=of_unit(town, UNIT), at=MONDAY)  # fmt: skip
    assert proposed(town, matter).state == "proposed"


def test_no_hazard_no_reward_and_an_unknown_number_says_so(town: Town) -> None:
    noise = receive(Report(words="夜里太吵"), by=RESIDENT, at=MONDAY)
    act(noise.pk, "classify", {"category": category_of(UNIT), "handling_class": "request"}, by=town.operator, at=MONDAY)
    act(noise.pk, "assign", {"unit": UNIT}, by=town.operator, at=MONDAY)
    for number, zh in (
        (noise.number, "只有反映隐患的才奖励，这件不是隐患"),
        ("WX20260907-00000", "没有这件事项，或者您看不到它"),
    ):
        with pytest.raises(Invalid) as wrong:
            proposed(town, Matter(number=number))
        assert wrong.value.fields["report"].zh == zh


def test_a_unit_that_had_no_part_in_it_proposes_nothing(town: Town) -> None:
    matter = answered(town)
    of_unit(town, "market_reg")
    with pytest.raises(Invalid):
        proposed(town, matter, by="handler_market_reg")
    with pytest.raises(Refused):
        opening.plan("reward", {"report": matter.number, **GIVEN}, by=town.supervisor, at=MONDAY)


# ------------------------------------------------------------------------------------------------- several who reported


def test_of_several_who_reported_one_thing_the_first_is_rewarded_once(town: Town) -> None:
    first = hazard(town, MONDAY)
    second = hazard(town, MONDAY + timedelta(hours=1), phone="13800000002")
    act(first.pk, "merge", {"matter": second.number}, by=of_unit(town, UNIT), at=MONDAY + timedelta(hours=2))
    given = {"evidence": "phone_record", "reply": "装好了", "ticked": []}
    main = act(second.pk, "answer", given, by=of_unit(town, UNIT), at=MONDAY + timedelta(hours=3))
    case = payable(town, main, MONDAY + DAY)
    assert case.parent_id == first.pk, "the main report came later: it is not the one that is rewarded"
    assert asks.of_report(Case.objects.get(pk=second.pk)) is None
    assert {m.matter_id for m in Message.objects.filter(verb="own_news")} == {first.pk}
    with pytest.raises(Invalid) as wrong:
        proposed(town, main, MONDAY + DAY)
    assert wrong.value.fields["report"].zh == "同一处隐患已经有一笔奖励，不重复奖励"


def test_two_proposed_before_their_reports_were_joined_are_not_both_approved(town: Town) -> None:
    first, second = answered(town), answered(town, phone="13800000002")
    one, two = proposed(town, first), proposed(town, second)
    Matter.objects.filter(pk=second.pk).update(merged_into=first.pk, outcome="merged")
    act(one.pk, "reject", {"reason": "和另一件重了"}, by=town.people[f"lead_{UNIT}"], at=MONDAY)
    assert act(two.pk, "approve", {}, by=town.people[f"lead_{UNIT}"], at=MONDAY).state == "payable"
    three = Case.objects.get(pk=one.pk)
    assert three.outcome == "rejected"
    with pytest.raises(Invalid):
        proposed(town, first)


def test_one_that_was_not_given_may_be_proposed_again(town: Town) -> None:
    matter = answered(town)
    case = proposed(town, matter)
    act(case.pk, "reject", {"reason": "金额写错"}, by=town.people[f"lead_{UNIT}"], at=MONDAY)
    assert asks.of_report(matter) is None, "she never reads of what was not given"
    assert not Message.objects.filter(verb="own_news").exists()
    assert payable(town, matter).state == "payable"


# ------------------------------------------------------------------------------------------------------------- its end


def run(case: Case, until: datetime) -> Case:
    for _ in range(20):
        at = Case.objects.get(pk=case.pk).tick_at
        if at is None or at > until:
            break
        clock.tick(at=at)
    return Case.objects.get(pk=case.pk)


def test_it_lapses_by_the_book_and_says_so_before(town: Town) -> None:
    matter = answered(town)
    case = payable(town, matter)
    assert case.step_due_at is not None
    end = case.step_due_at
    assert end.isoformat() == "2026-11-06T18:00:00+08:00", "sixty days, until the offices close on the last"
    code = acts.fetch(case, "yes", at=MONDAY)
    assert run(case, end - 10 * DAY - timedelta(seconds=1)).version == Case.objects.get(pk=case.pk).version
    assert not Message.objects.filter(verb="own_news_ends").exists()
    assert run(case, end - 10 * DAY).state == "payable"
    (message,) = Message.objects.filter(verb="own_news_ends")
    assert message.matter_id == matter.pk
    assert "11月6日18:00" in message.text
    assert "元" not in message.text, "who reads her telephone learns nothing of money"
    assert acts.look_up(code, by=desk_of(town), at=end).amount == 200, "to the last moment"
    with pytest.raises(Refused) as over:
        acts.pay(code, by=desk_of(town), at=end + timedelta(seconds=1))
    assert over.value.code == "over", "also where nobody has written yet that it lapsed"
    case = run(case, end + DAY)
    assert (case.state, case.outcome) == ("closed", "lapsed")
    with pytest.raises(Refused) as over:
        acts.pay(code, by=desk_of(town), at=end + DAY)
    assert (over.value.code, over.value.text.zh) == ("over", "这个领取码不能再付：过期没有领（11月6日18:00）")
    assert verify(at=end + DAY).breaks == []


def test_after_an_outage_nothing_lapses_that_was_not_said(town: Town) -> None:
    case = payable(town, answered(town))
    assert case.step_due_at is not None
    late = case.step_due_at + 5 * DAY
    code = acts.fetch(case, "yes", at=late)
    clock.tick(at=late)
    now = Case.objects.get(pk=case.pk)
    assert (now.state, now.step_due_at) == ("payable", late + 10 * DAY)
    assert Message.objects.filter(verb="own_news_ends").count() == 1
    assert acts.pay(code, by=desk_of(town), at=late + 9 * DAY).amount == 200


# --------------------------------------------------------------------------------------------- whom it never reaches


def test_whom_the_report_is_kept_from_or_about_learns_nothing_of_the_reward(town: Town) -> None:
    matter = answered(town, about=("market_reg",))
    case = payable(town, matter)
    there = of_unit(town, "market_reg", Role.LEAD)
    assert "market_reg" in case.hidden
    with pytest.raises(NotFound):
        cases.view("reward", case.number, by=there, at=MONDAY, lang="zh")
    with pytest.raises(NotFound):
        act(case.pk, "approve", {}, by=there, at=MONDAY)
    assert cases.counts("reward", by=there, at=MONDAY) == {}
    assert cases.counts("reward", by=town.people[f"lead_{UNIT}"], at=MONDAY) == {"rw.claim": 1}


def test_what_is_kept_from_somebody_later_is_kept_with_its_reward(town: Town) -> None:
    matter = answered(town)
    case = payable(town, matter)
    act(matter.pk, "shield", {"unit": "housing"}, by=RESIDENT, at=MONDAY)
    case = Case.objects.get(pk=case.pk)
    assert "housing" in case.hidden
    assert {one.hidden for one in Access.objects.filter(matter_id=case.pk)} == {case.hidden_units}
    assert verify(at=MONDAY).breaks == []


def test_taking_secrecy_back_does_not_open_the_reward_to_whom_it_is_about(town: Town) -> None:
    matter = answered(town, about=("market_reg",))
    case = payable(town, matter)
    act(matter.pk, "unshield", {"whom": ["market_reg"]}, by=RESIDENT, at=MONDAY)
    assert "market_reg" not in Case.objects.get(pk=matter.pk).hidden, "the report is open to it now"
    assert "market_reg" in Case.objects.get(pk=case.pk).hidden


def test_a_unit_complained_of_proposes_no_reward(town: Town) -> None:
    matter = answered(town)
    Matter.objects.filter(pk=matter.pk).update(about=f",{UNIT},")
    with pytest.raises(Refused) as refused:
        proposed(town, matter)
    assert refused.value.code == "unit"


def test_a_paying_desk_opens_no_case_no_list_and_no_matter(town: Town) -> None:
    matter = answered(town)
    case = payable(town, matter)
    desk = desk_of(town)
    assert desk.viewer is not None
    assert desk.viewer.principals == ()
    for what in (
        lambda: cases.view("reward", case.number, by=desk, at=MONDAY, lang="zh"),
        lambda: cases.page("reward", by=desk, at=MONDAY),
    ):
        with pytest.raises((NotFound, Refused)):
            what()
    # The step of the table is not taken without the code, by whatever door.
    with pytest.raises(NotFound):
        act(case.pk, "pay", {}, by=desk, at=MONDAY)
    with pytest.raises(NotFound):
        act(case.pk, "pay", {"mark": Reward.objects.get(matter_id=case.pk).mark}, by=desk, at=MONDAY)
    with pytest.raises(NotFound):
        act(case.pk, "fetch", {"own": "yes"}, by=RESIDENT, at=MONDAY)
    assert Case.objects.get(pk=case.pk).state == "payable"


def test_who_pays_holds_no_other_post_and_nobody_else_pays(town: Town) -> None:
    from wuxiao.desk.doors import staff
    from wuxiao.desk.doors.staff import Appointment

    code = acts.fetch(payable(town, answered(town)), "yes", at=MONDAY)
    for name in (f"lead_{UNIT}", "supervisor", "auditor", "operator"):
        with pytest.raises(NotFound):
            acts.pay(code, by=town.people[name], at=MONDAY)
    elsewhere = of_unit(town, "market_reg", Role.CASHIER)
    with pytest.raises(Refused) as refused:
        acts.pay(code, by=elsewhere, at=MONDAY)
    assert refused.value.code == "desk"
    wrong: dict[str, Any] = {}
    staff.check_posts(
        [Appointment(Role.CASHIER, "data_bureau"), Appointment(Role.HANDLER, "data_bureau")], MONDAY, wrong
    )
    assert wrong["posts"].zh == "付款窗口和承办人不能由一人兼任"


def test_guesses_are_throttled_and_a_right_code_is_no_guess(town: Town) -> None:
    case = payable(town, answered(town))
    limit = books.current(MONDAY).book.throttle.sign_in_attempts
    right = acts.fetch(case, "yes", at=MONDAY)
    for _ in range(limit + 2):
        assert acts.look_up(right, by=desk_of(town), at=MONDAY).amount == 200
    from wuxiao.rules.codes import new_payout_code

    for _ in range(limit):
        with pytest.raises(NotFound):
            acts.look_up(new_payout_code(), by=desk_of(town), at=MONDAY)
    with pytest.raises(Throttled):
        acts.look_up(right, by=desk_of(town), at=MONDAY)
    assert acts.look_up(right, by=desk_of(town), at=MONDAY + timedelta(minutes=16)).amount == 200


@pytest.mark.parametrize("typed", ["", "领取码", "7F3K-9QXM", "0000-0000-0001", "x" * 5000, "ＩＬＯＵ"])
def test_what_is_no_code_is_said_to_be_none_and_counts_as_no_guess(town: Town, typed: str) -> None:
    for _ in range(30):
        with pytest.raises(NotFound) as none:
            acts.look_up(typed, by=desk_of(town), at=MONDAY)
        assert none.value.text.zh.startswith("领取码是12位")


# ---------------------------------------------------------------------------------------------- erasure, a town without


def test_who_had_her_data_erased_still_gets_her_reward(town: Town) -> None:
    from wuxiao.desk.matters import matters

    matter = answered(town)
    case = payable(town, matter)
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY + DAY)
    found = asks.of_report(Matter.objects.get(pk=matter.pk))
    assert found is not None
    code = acts.fetch(found[0], "yes", at=MONDAY + 2 * DAY)
    assert acts.pay(code, by=desk_of(town), at=MONDAY + 2 * DAY).amount == 200
    assert case.title == matter.number
    assert verify(at=MONDAY + 3 * DAY).breaks == []


def test_what_was_written_is_emptied_when_its_days_are_over_and_the_sums_stay(town: Town) -> None:
    case = payable(town, answered(town))
    acts.pay(acts.fetch(case, "yes", at=MONDAY), by=desk_of(town), at=MONDAY)
    assert Words.objects.get(matter_id=case.pk, field="found").text
    later = MONDAY + 1096 * DAY
    house._retire(later)
    assert Words.objects.get(matter_id=case.pk, field="found").text == ""
    assert Reward.objects.get(matter_id=case.pk).amount == 200


def test_a_town_without_the_section_has_no_reward_no_post_and_no_page(town: Town) -> None:
    from wuxiao.desk.doors import staff
    from wuxiao.desk.doors.staff import Appointment

    start = BOOK_TEXT.index("[lives.reward]")
    without = BOOK_TEXT[:start] + BOOK_TEXT[BOOK_TEXT.index("\n# ----", start) :]
    matter = answered(town)
    at = MONDAY + DAY
    books.adopt(without, name="book.toml", effective_from=at, by=SYSTEM, at=at)
    assert "reward" not in books.current(at).book.lives
    with pytest.raises(NotFound):
        proposed(town, matter, at + DAY)
    lead = actor.of_staff(Staff.objects.get(username=f"lead_{UNIT}"), books.current(at).book)
    assert [life for life, _ in cases.from_reports(by=lead, at=MONDAY, report=matter)] == ["inspection", "reward"]
    assert [life for life, _ in cases.from_reports(by=lead, at=at, report=matter)] == ["inspection"]
    wrong: dict[str, Any] = {}
    staff.check_posts([Appointment(Role.CASHIER, "data_bureau")], at, wrong)
    assert wrong["posts"].zh == "本地没有这个岗位"


def test_nothing_is_sent_but_that_there_is_news(town: Town) -> None:
    matter = answered(town)
    payable(town, matter)
    (message,) = Message.objects.filter(verb="own_news")
    assert (message.matter_id, "奖" in message.text, "元" in message.text) == (matter.pk, False, False)
    assert "只给您本人看" in message.text
    outbox.send_due(at=MONDAY)
