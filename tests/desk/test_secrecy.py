"""Hidden means hidden: from whom, whoever passes it on, whatever it is joined with, and when it is asked for later."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_reading_hot import OTHER, SAID
from wuxiao.desk.assist import hot, models, reply_checks, similar
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import standing
from wuxiao.desk.case.act import act
from wuxiao.desk.case.rows import rows
from wuxiao.desk.doors import keys
from wuxiao.desk.look.matter import view
from wuxiao.desk.look.suggestions import report as suggestion_report
from wuxiao.desk.matters import exchange, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Access, Entry, HotIssue, HotMatter, Matter, Message, Staff, Suggestion, WorkOrder
from wuxiao.rules import book as rulebook
from wuxiao.rules import hide
from wuxiao.rules.access import Role
from wuxiao.rules.flow import State

pytestmark = pytest.mark.django_db
BOOK = rulebook.default()
LATER = MONDAY + timedelta(hours=2)
#: The police of the default book, by hand: every post but the one that supervises them.
POLICE = {
    "police_bureau", "police_110", "police_traffic", "ps_qingping", "ps_guihu", "ps_liuxi", "ps_shuanghe",
    "ps_yuntai", "ps_qingshi", "ps_bailu",
}  # fmt: skip


@pytest.fixture
def town() -> Town:
    made = settle()
    Staff.objects.update(must_change_password=False)
    return made


def received(words: str = "城管队员收了我的秤，要我交五百块", **more: Any) -> Matter:
    report = {"words": words, "division": "990101001001", "phone": "19909900001", "name": "陈女士"}
    return matters.receive(Report(**{**report, **more}), by=RESIDENT, at=MONDAY)


def classed(town: Town, matter: Matter, category: str = "urban.street.stalls") -> None:
    if matter.danger_open:
        act(matter.pk, "look", {"reason": "电话核实过，没有危险"}, by=town.operator, at=MONDAY)
    act(matter.pk, "classify", {"category": category, "handling_class": "request"}, by=town.operator, at=MONDAY)


def handled(town: Town, unit: str = "urban_mgmt", category: str = "urban.street.stalls", **more: Any) -> Matter:
    matter = received(**more)
    classed(town, matter, category)
    act(matter.pk, "assign", {"unit": unit}, by=town.operator, at=MONDAY)
    return act(matter.pk, "accept", {}, by=of_unit(town, unit), at=MONDAY)


def sees(by: Actor, matter: Matter) -> bool:
    """Ask the page and the list; they must say the same."""
    assert by.viewer is not None
    listed = bool(rows([matter.pk], viewer=by.viewer))
    try:
        view(matter.number, by=by, at=LATER, lang="zh")
    except NotFound:
        assert not listed
        return False
    assert listed
    return True


# ------------------------------------------------------------------------------------------------- from whom


def test_a_report_about_one_station_is_hidden_from_every_police_post_but_supervision() -> None:
    assert hide.from_unit(BOOK, "ps_qingping") == POLICE
    assert hide.from_unit(BOOK, "police_110") == POLICE
    # About the bureau above supervision, or about supervision itself: then it is hidden from supervision too.
    assert hide.from_unit(BOOK, "police_bureau") == POLICE | {"police_supervision"}
    assert hide.from_unit(BOOK, "police_supervision") == POLICE | {"police_supervision"}
    assert hide.from_unit(BOOK, "urban_mgmt") == {"urban_mgmt"}


def test_a_township_takes_its_villages_along_and_the_county_office_only_itself() -> None:
    assert hide.from_unit(BOOK, "sd_qingshi") == {"sd_qingshi", "rc_qingshi_street", "rc_shipo", "rc_gudu"}
    assert hide.from_unit(BOOK, "rc_gudu") == {"rc_gudu"}
    assert hide.from_unit(BOOK, "gov") == {"gov"}
    # The hotline stands beneath the service bureau and still is the desk where it is received.
    assert hide.from_unit(BOOK, "data_bureau") == {"data_bureau"}


def test_who_does_not_know_the_name_names_what_it_is() -> None:
    assert hide.from_type(BOOK, "some_station", "990101001001") == POLICE
    assert hide.from_type(BOOK, "station") == POLICE
    villages = hide.from_type(BOOK, "some_village", "990101103200")
    assert villages == {"rc_qingshi_street", "rc_shipo", "rc_gudu"}
    everywhere = {u.code for u in BOOK.units.values() if u.type == "community"}
    assert hide.from_type(BOOK, "some_village") == everywhere == hide.from_type(BOOK, "some_village", "990101")
    assert hide.from_type(BOOK, "some_chengguan", "990101103200") == {"urban_mgmt"}
    assert hide.from_type(BOOK, "some_window") == {"data_bureau"}
    with pytest.raises(KeyError):
        hide.from_type(BOOK, "the_moon")


def test_a_book_that_says_nothing_of_secrecy_still_keeps_the_police_together() -> None:
    text = (rulebook.resources.files("wuxiao.rules.book") / "book.toml").read_text(encoding="utf-8")
    start, end = text.index("[[hide.circle]]"), text.index("# ------", text.index("[hide.body]"))
    plain = rulebook.loads(text[:start] + text[end:])
    assert hide.from_unit(plain, "ps_bailu") == POLICE
    assert set(plain.hide.bodies) == {"station", "community", "sub_district"}


# ------------------------------------------------------------------------------------------------- where it goes


def test_a_matter_about_the_police_lies_with_supervision_from_the_first_second(town: Town) -> None:
    """Registered at 110 it does not even rest there."""
    matter = matters.receive(Report(words="你们的民警打人", about=("ps_qingping",)), by=town.police, at=MONDAY)
    assert matter.holder == "police_supervision"
    assert matter.hidden == POLICE
    assert not sees(town.police, matter)
    assert sees(of_unit(town, "police_supervision"), matter)
    assert not sees(of_unit(town, "ps_bailu"), matter)


def test_no_way_of_passing_it_on_leads_to_a_hidden_unit(town: Town) -> None:
    matter = received("派出所的民警收了我两条烟", about=("some_station",))
    classed(town, matter, "conduct.police.corrupt")
    matter.refresh_from_db()
    assert matter.route_why["lead"] == "police_supervision"
    for unit in ("ps_qingping", "ps_bailu", "police_110", "police_bureau", "police_traffic"):
        with pytest.raises(Invalid):
            act(matter.pk, "assign", {"unit": unit}, by=town.operator, at=MONDAY)
        with pytest.raises(Invalid):
            act(matter.pk, "assign", {"unit": "police_supervision", "co_units": [unit]}, by=town.operator, at=MONDAY)
    act(matter.pk, "assign", {"unit": "police_supervision"}, by=town.operator, at=MONDAY)
    supervision = of_unit(town, "police_supervision")
    with pytest.raises(Invalid):
        act(matter.pk, "reassign", {"unit": "ps_bailu", "reason": "就近"}, by=town.operator, at=MONDAY)
    act(matter.pk, "accept", {}, by=supervision, at=MONDAY)
    with pytest.raises(Invalid):
        act(matter.pk, "join", {"unit": "ps_qingping", "task": "说明情况", "term_days": 3}, by=supervision, at=MONDAY)
    assert not WorkOrder.objects.filter(matter=matter, unit__in=POLICE).exists()


def test_danger_in_a_matter_about_the_police_goes_to_supervision_and_can_end_there(town: Town) -> None:
    matter = received("民警还在打人，救命", about=("ps_qingping",))
    urgent = act(matter.pk, "bypass", {"reason": "正在发生"}, by=town.operator, at=MONDAY)
    assert (urgent.state, urgent.holder) == (State.URGENT, "police_supervision")
    assert not sees(town.police, urgent)
    calm = act(matter.pk, "stand_down", {"reply": "已到场"}, by=of_unit(town, "police_supervision"), at=LATER)
    assert (calm.state, calm.holder) == (State.INTAKE, "hotline")
    assert not sees(town.police, calm)


def test_a_post_with_the_whole_county_in_view_is_no_way_round(town: Town) -> None:
    from wuxiao.desk.base.actor import of_staff
    from wuxiao.desk.doors import staff
    from wuxiao.desk.doors.staff import Appointment
    from wuxiao.rules.access import Scope

    both = [Appointment(Role.CHIEF, "gov", Scope.COUNTY), Appointment(Role.HANDLER, "ps_bailu")]
    person, _ = staff.create("both", "both", both, by=SYSTEM, at=MONDAY, encoded="x")
    by = of_staff(person, BOOK)
    open_one, hidden = received("路灯不亮"), received("派出所乱收费", about=("ps_qingping",))
    assert sees(by, open_one)
    assert not sees(by, hidden)


def test_a_division_ends_where_its_own_body_is_complained_of(town: Town) -> None:
    from wuxiao.desk.base.actor import of_staff
    from wuxiao.desk.doors import staff
    from wuxiao.desk.doors.staff import Appointment
    from wuxiao.rules.access import Scope

    person, _ = staff.create(
        "wide", "wide", [Appointment(Role.LEAD, "ps_qingping", Scope.DIVISION)], by=SYSTEM, at=MONDAY, encoded="x"
    )
    by = of_staff(person, BOOK)
    assert sees(by, received("路灯不亮"))
    assert sees(by, received("村里的账", about=("rc_huaiyin",)))
    assert not sees(by, received("街道办的账", about=("sd_qingping",)))


# ------------------------------------------------------------------------------------------------- the leaks


def test_many_at_once_by_number_tell_nothing_of_what_one_may_not_see(town: Town) -> None:
    hidden = received(about=("urban_mgmt",))
    foreign = handled(town, "housing", "housing.property.service")
    lead = of_unit(town, "urban_mgmt", Role.LEAD)
    client = Client()
    client.force_login(Staff.objects.get(pk=lead.staff_id))
    Staff.objects.update(must_change_password=False)
    url = reverse("staff:bulk_assign")
    answer = client.post(url, {"number": [hidden.number, foreign.number, "x"]})
    nothing = client.post(url, {"number": ["x"]})
    for matter in (hidden, foreign):
        assert matter.number.encode() not in answer.content
        assert matter.title[:8].encode() not in answer.content
    assert (answer.status_code, answer.content) == (nothing.status_code, nothing.content)
    boss = Client()
    boss.force_login(Staff.objects.get(pk=town.shift_lead.staff_id))
    seen = boss.post(url, {"number": [hidden.number], "unit": "efficiency"})
    assert hidden.number.encode() in seen.content


def test_what_is_joined_is_hidden_from_all_that_any_is_hidden_from(town: Town) -> None:
    secret = received(about=("urban_mgmt",))
    lamp = received("东门市场路灯不亮")
    act(secret.pk, "merge", {"matter": lamp.number}, by=town.operator, at=MONDAY)
    lamp.refresh_from_db()
    assert lamp.hidden == {"urban_mgmt"}
    assert set(lamp.access.values_list("hidden", flat=True)) == {",urban_mgmt,"}
    classed(town, lamp)
    with pytest.raises(Invalid):
        act(lamp.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=MONDAY)
    (told,) = Entry.objects.filter(matter=lamp, verb="hide")
    assert told.facts == {"hidden": ["urban_mgmt"]}
    assert not told.seen
    act(secret.pk, "unmerge", {"reason": "不是一件事"}, by=town.operator, at=LATER)
    lamp.refresh_from_db()
    secret.refresh_from_db()
    assert (lamp.hidden, secret.hidden) == (frozenset(), {"urban_mgmt"})
    act(lamp.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=LATER)
    assert sees(of_unit(town, "urban_mgmt"), lamp)
    assert not sees(of_unit(town, "urban_mgmt"), secret)


def test_two_secrets_in_one_give_back_each_only_its_own(town: Town) -> None:
    main = received("东门市场路灯不亮")
    one, two = received(about=("urban_mgmt",)), received("住建局的人吃拿卡要", about=("housing",))
    act(one.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    act(two.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    for matter in (main, one, two):
        matter.refresh_from_db()
        assert matter.hidden == {"urban_mgmt", "housing"}, matter
    act(one.pk, "unmerge", {"reason": "不是一件事"}, by=town.operator, at=LATER)
    for matter in (main, one, two):
        matter.refresh_from_db()
    assert (main.hidden, one.hidden) == ({"housing"}, {"urban_mgmt"})
    # What stays joined shares with the main one; what it had of the other is of no use to it any more.
    assert two.hidden == {"housing"}


def test_what_a_hidden_unit_has_in_hand_is_not_joined(town: Town) -> None:
    secret, theirs = received(about=("urban_mgmt",)), handled(town)
    with pytest.raises(Invalid):
        act(secret.pk, "merge", {"matter": theirs.number}, by=town.operator, at=MONDAY)
    with pytest.raises(Invalid):
        act(theirs.pk, "merge", {"matter": secret.number}, by=town.operator, at=MONDAY)
    # The unit itself is told what it is told of a number that does not exist.
    errors = []
    for number in (secret.number, "WX20260907-00000"):
        with pytest.raises(Invalid) as refused:
            act(theirs.pk, "merge", {"matter": number}, by=of_unit(town, "urban_mgmt"), at=MONDAY)
        errors.append(refused.value.fields["matter"].zh.replace(number, "N"))
    assert errors[0] == errors[1]


def test_parts_inherit_and_the_diary_of_one_never_names_a_hidden_other(town: Town) -> None:
    whole = received("城管收钱；路灯不亮", about=("urban_mgmt",))
    act(whole.pk, "split", {"parts": "城管收钱\n路灯不亮"}, by=town.operator, at=MONDAY)
    parts = list(Matter.objects.filter(split_from=whole))
    assert [p.hidden for p in parts] == [{"urban_mgmt"}] * 2
    secret, lamp = received(about=("urban_mgmt",)), received("南门的路灯不亮")
    act(lamp.pk, "merge", {"matter": secret.number}, by=town.operator, at=MONDAY)
    act(lamp.pk, "unmerge", {"reason": "不是一件事"}, by=town.operator, at=MONDAY)
    classed(town, lamp)
    act(lamp.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=MONDAY)
    theirs = view(lamp.number, by=of_unit(town, "urban_mgmt"), at=LATER, lang="zh")
    ours = view(lamp.number, by=town.operator, at=LATER, lang="zh")
    assert secret.number in json.dumps([e.facts for e in ours.entries], ensure_ascii=False)
    assert secret.number not in json.dumps([e.facts for e in theirs.entries], ensure_ascii=False)


def test_the_unit_before_loses_it_person_and_all_when_another_accepts(town: Town) -> None:
    """The handler named by the unit before keeps nothing of it."""
    matter = handled(town)
    before = of_unit(town, "urban_mgmt")
    act(matter.pk, "appoint", {"staff": str(before.staff_id)}, by=before, at=MONDAY)
    assert sees(before, matter)
    act(matter.pk, "reassign", {"unit": "sd_qingping", "reason": "属地"}, by=town.operator, at=MONDAY)
    act(matter.pk, "accept", {}, by=of_unit(town, "sd_qingping"), at=MONDAY)
    matter.refresh_from_db()
    assert matter.handler_id is None
    assert not sees(before, matter)
    assert not Access.objects.filter(matter=matter, principal=f"p:{before.staff_id}").exists()


def test_notices_go_to_a_platform_but_never_about_itself(town: Town) -> None:
    """The second one is the proof that something could have gone."""
    keys.create_hook("police", "police_110", "https://police.example/notices", by=SYSTEM, at=MONDAY)
    hidden = matters.receive(Report(words="110出警慢", about=("police_110",)), by=town.police, at=MONDAY)
    plain = matters.receive(Report(words="楼上漏水"), by=town.police, at=MONDAY)
    told = set(Message.objects.filter(way="hook").values_list("matter_id", flat=True))
    assert plain.pk in told
    assert hidden.pk not in told
    # Kept from it later: what is still waiting does not go either.
    act(plain.pk, "shield", {"unit": "police_110"}, by=RESIDENT, at=LATER)
    assert set(Message.objects.filter(matter=plain, way="hook").values_list("state", flat=True)) == {"dropped"}
    # Nor where the one complained of is another, from whose whole circle it is kept.
    other = matters.receive(Report(words="楼下漏水"), by=town.police, at=MONDAY)
    act(other.pk, "shield", {"unit": "police_bureau"}, by=RESIDENT, at=LATER)
    assert set(Message.objects.filter(matter=other, way="hook").values_list("state", flat=True)) == {"dropped"}


def test_a_contact_goes_to_the_other_platform_only_with_consent_or_in_danger(town: Town) -> None:
    keys.create_hook("police", "police_110", "https://police.example/notices", by=SYSTEM, at=MONDAY)
    for agrees, danger in ((True, False), (False, False), (None, False), (False, True)):
        matter = received("楼上漏水")
        if danger:
            act(matter.pk, "bypass", {"reason": "有危险"}, by=town.operator, at=MONDAY)
        else:
            classed(town, matter, "order.safety.fraud")
            act(matter.pk, "assign", {"unit": "police_110"}, by=town.operator, at=MONDAY)
            WorkOrder.objects.filter(matter=matter).update(caller_agrees=agrees)
        row = Message.objects.filter(matter=matter, way="hook").latest("id")
        body = json.loads(exchange.text_of(row))
        assert body["offer"]["words"] == "楼上漏水"
        assert ("contact" in body["offer"]) == (bool(agrees) or danger), (agrees, danger)
        assert ("19909900001" in json.dumps(body)) == (bool(agrees) or danger)


def test_hot_issues_are_made_without_what_is_hidden(town: Town) -> None:
    """Six speak of the same thing; five of them against the unit that may look at the list."""
    words = "丽发新城城管队员张三收保护费，摊主都怕"
    plain = [
        matters.receive(Report(words=SAID[n], phone=f"1390000{n:04d}"), by=RESIDENT, at=MONDAY - timedelta(days=n))
        for n in range(5)
    ]
    for n, other in enumerate(OTHER):
        matters.receive(Report(words=other, phone=f"1392222{n:04d}"), by=RESIDENT, at=MONDAY - timedelta(days=n))
    for n in range(6):
        matters.receive(
            Report(words=words + "。" * n, phone=f"1391111{n:04d}", about=("urban_mgmt",)), by=RESIDENT, at=MONDAY
        )
    hot.look(at=LATER)
    said = "".join(issue.name + "".join(issue.words) + json.dumps(issue.why) for issue in HotIssue.objects.all())
    assert "搅拌站" in said
    assert "张三" not in said
    assert "保护费" not in said
    members = HotMatter.objects.values_list("matter_id", flat=True)
    assert set(members) <= {m.pk for m in plain}
    assert members
    # One of them asks for secrecy later: the issue goes, and comes back without that one.
    (issue,) = HotIssue.objects.exclude(state="gone")
    hot.confirm(issue.pk, by=town.chief, at=LATER)
    act(plain[0].pk, "shield", {"unit": "eco"}, by=RESIDENT, at=LATER)
    issue.refresh_from_db()
    assert (issue.state, issue.name, issue.words, issue.people) == ("gone", "", [], 0)
    hot.look(at=LATER)
    assert plain[0].pk not in set(HotMatter.objects.values_list("matter_id", flat=True))
    (again,) = HotIssue.objects.exclude(state="gone")
    assert again.people == 4


def test_nothing_is_learned_or_counted_from_what_is_hidden(town: Town) -> None:
    open_one, hidden = received("路灯不亮"), received("城管收黑钱", about=("urban_mgmt",))
    for matter in (open_one, hidden):
        classed(town, matter)
    assert Suggestion.objects.filter(matter=hidden).exists()
    assert suggestion_report("category", at=LATER).total.n == 1
    assert models.decisions("category").texts == ["路灯不亮"]


def test_a_copy_of_a_hidden_answer_is_not_told_of(town: Town) -> None:
    answer = "经核实，您反映的情况属实，已经责令整改，并向您致歉，今后将加强管理。"
    secret = handled(town, "sd_qingping", "village.affairs.proof", about=("urban_mgmt",))
    similar.forget()
    given = {"reply": answer, "evidence": "work_record", "ticked": []}
    act(secret.pk, "answer", given, by=of_unit(town, "sd_qingping"), at=MONDAY)
    other = handled(town)
    from wuxiao.desk.town import books

    rules = books.of_version(other.book_id)
    assert reply_checks.check(other, answer, rules)["copy"][0]
    Matter.objects.filter(pk=secret.pk).update(hidden_units="")
    assert not reply_checks.check(other, answer, rules)["copy"][0]


# ------------------------------------------------------------------------------------------------- asked for later


def test_secrecy_asked_for_later_takes_it_out_of_the_hands_it_was_in(town: Town) -> None:
    matter = handled(town)
    unit = of_unit(town, "urban_mgmt")
    act(matter.pk, "appoint", {"staff": str(unit.staff_id)}, by=unit, at=MONDAY)
    assert sees(unit, matter)
    after = act(matter.pk, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=LATER)
    assert (after.state, after.holder, after.handler_id) == (State.INTAKE, "hotline", None)
    assert (after.shielded, after.hidden, hide.unpack(after.about)) == (True, {"urban_mgmt"}, {"urban_mgmt"})
    assert not sees(unit, after)
    assert sees(town.operator, after)
    verbs = list(
        Entry.objects.filter(matter=matter).exclude(verb="read").order_by("-turn").values_list("verb", "actor")[:2]
    )
    assert verbs == [("take_back", "system"), ("shield", "resident")]
    (asked,) = Entry.objects.filter(matter=matter, verb="shield")
    assert asked.facts == {"about": ["urban_mgmt"], "hidden": ["urban_mgmt"]}
    with pytest.raises(NotFound):
        act(matter.pk, "note", {"words": "我来看看"}, by=unit, at=LATER)
    with pytest.raises(Refused):
        act(matter.pk, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=LATER)


@pytest.mark.parametrize(
    "state", ["intake", "offered", "signing", "waiting", "declining", "answered", "urgent", "closed"]
)
def test_in_whatever_state_it_stands(town: Town, state: str) -> None:
    """The unit that has it, or is about to get it, loses it; the clock of the promise goes on."""
    if state in {"intake", "signing", "urgent"}:
        matter = matters.receive(Report(words="楼上漏水", division="990101001"), by=town.police, at=MONDAY)
        target = "police_110"
        if state == "signing":
            given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "非警务"}
            act(matter.pk, "divert", given, by=town.police, at=MONDAY)
        if state == "urgent":
            act(matter.pk, "bypass", {"reason": "有危险"}, by=town.police, at=MONDAY)
    else:
        target = "urban_mgmt"
        matter = handled(town) if state != "offered" else received("摊贩占道")
        unit = of_unit(town, target)
        if state == "offered":
            classed(town, matter)
            act(matter.pk, "assign", {"unit": target}, by=town.operator, at=MONDAY)
        if state == "waiting":
            act(matter.pk, "ask", {"reply": "在哪一段"}, by=unit, at=MONDAY)
        if state == "declining":
            reason = next(iter(BOOK.decline_reasons))
            given = {"decline_reason": reason, "reply": "不归我们管", "channel": "法院"}
            act(matter.pk, "decline", given, by=unit, at=MONDAY)
        if state in {"answered", "closed"}:
            given = {"reply": "已经清理了现场，并安排人员每天巡查。", "evidence": "work_record", "ticked": []}
            act(matter.pk, "answer", given, by=unit, at=MONDAY)
        if state == "closed":
            act(matter.pk, "rate", {"rating": "3", "solved": "yes"}, by=RESIDENT, at=MONDAY)
    matter.refresh_from_db()
    assert matter.state == state
    holder = town.police if target == "police_110" else of_unit(town, target)
    assert sees(holder, matter)
    after = act(matter.pk, "shield", {"unit": target}, by=RESIDENT, at=LATER)
    assert not sees(holder, after)
    assert not {after.holder, after.offered_to} & after.hidden
    assert after.state == (state if state in {"answered", "urgent", "closed"} else "intake")
    assert after.due_at is not None
    assert (after.tick_at is None) == (state == "closed")


def test_the_desk_asks_for_a_caller_who_does_not_know_the_name(town: Town) -> None:
    matter = received("派出所开证明要两条烟")
    act(matter.pk, "shield", {"body": "some_station", "reason": "来电要求保密"}, by=town.operator, at=LATER)
    matter.refresh_from_db()
    assert matter.hidden == POLICE
    assert hide.unpack(matter.about) == {"some_station"}


def test_only_the_name_is_kept_where_no_unit_is_named(town: Town) -> None:
    matter = handled(town)
    after = act(matter.pk, "shield", {}, by=RESIDENT, at=LATER)
    assert (after.shielded, after.hidden, after.holder) == (True, frozenset(), "urban_mgmt")


def test_what_was_reported_in_one_go_is_hidden_together(town: Town) -> None:
    whole = received("城管收钱；路灯不亮；摊贩占道")
    act(whole.pk, "split", {"parts": "路灯不亮\n摊贩占道"}, by=town.operator, at=MONDAY)
    lamp, stalls = Matter.objects.filter(split_from=whole).order_by("pk")
    classed(town, stalls)
    act(stalls.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=MONDAY)
    act(stalls.pk, "accept", {}, by=of_unit(town, "urban_mgmt"), at=MONDAY)
    act(lamp.pk, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=LATER)
    for matter in (whole, lamp, stalls):
        matter.refresh_from_db()
        assert matter.hidden == {"urban_mgmt"}, matter
        assert not sees(of_unit(town, "urban_mgmt"), matter)
    assert stalls.state == State.INTAKE


def test_a_joined_reporter_asks_for_secrecy_and_leaves_what_the_unit_may_keep(town: Town) -> None:
    main, joined = handled(town), received("摊贩占道，还有人收钱")
    act(joined.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    act(joined.pk, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=LATER)
    main.refresh_from_db()
    joined.refresh_from_db()
    assert (main.holder, main.hidden) == ("urban_mgmt", frozenset())
    assert (joined.state, joined.merged_into_id, joined.holder) == (State.INTAKE, None, "hotline")
    theirs = view(main.number, by=of_unit(town, "urban_mgmt"), at=LATER, lang="zh")
    assert list(theirs.merged) == []
    assert joined.number not in json.dumps([e.facts for e in theirs.entries], ensure_ascii=False)


def test_the_resident_asks_on_the_page_and_staff_on_theirs(town: Town) -> None:
    matter = handled(town)
    client = Client()
    page = client.get(reverse("resident_do", args=[matter.code, "shield"]))
    assert page.status_code == 200
    assert "派出所或民警" in page.content.decode()
    sent = client.post(reverse("resident_do", args=[matter.code, "shield"]), {"body": "some_chengguan", "key": "k1"})
    assert sent.status_code == 302
    matter.refresh_from_db()
    assert (matter.hidden, matter.holder) == ({"urban_mgmt"}, "hotline")
    other = handled(town)
    desk = Client()
    desk.force_login(Staff.objects.get(pk=town.operator.staff_id))
    assert "替诉求人保密" in desk.get(reverse("staff:matter", args=[other.number])).content.decode()
    desk.post(reverse("staff:act", args=[other.number, "shield"]), {"unit": "urban_mgmt", "once": "s1"})
    other.refresh_from_db()
    assert other.hidden == {"urban_mgmt"}


def test_facts_and_rows_agree_after_everything(town: Town) -> None:
    from wuxiao.desk.town import books
    from wuxiao.rules import access

    matter = handled(town)
    act(matter.pk, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=LATER)
    matter.refresh_from_db()
    rules = books.of_version(matter.book_id)
    facts = standing.facts_of(matter, rules.book, rules.calendar, LATER)
    assert set(matter.access.values_list("principal", flat=True)) == access.principals(facts)
