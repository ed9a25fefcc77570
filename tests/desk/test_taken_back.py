"""Secrecy that is wrong or no longer needed is taken back: by whom, of what, and what nobody learns by it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_secrecy import BOOK, LATER, POLICE, classed, handled, received, sees
from tests.web.test_staff import signed_in
from wuxiao.desk.assist import similar
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import wishes
from wuxiao.desk.case.act import act
from wuxiao.desk.case.rows import rows
from wuxiao.desk.doors import keys
from wuxiao.desk.look.matter import view
from wuxiao.desk.matters import matters, secrecy
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.matters.progress import data_of, look
from wuxiao.records.models import Entry, Matter, Message, Staff
from wuxiao.rules import hide
from wuxiao.rules.access import Role
from wuxiao.rules.flow import State

pytestmark = pytest.mark.django_db
AFTER = LATER + timedelta(hours=1)


@pytest.fixture
def town() -> Town:
    made = settle()
    Staff.objects.update(must_change_password=False)
    return made


def again(matter: Matter) -> Matter:
    return Matter.objects.get(pk=matter.pk)


def opened(matter: Matter, *whom: str, by: Actor = RESIDENT, **more: Any) -> Matter:
    return act(matter.pk, "unshield", {"whom": list(whom), **more}, by=by, at=AFTER)


def whole() -> None:
    assert verify.verify(at=AFTER).breaks == []


def written(town: Town, **more: Any) -> Matter:
    """A report the desk wrote down for a caller, kept from the traffic wardens of the town."""
    report = {"words": "城管队员收了我的秤", "division": "990101001001", "phone": "19909900001", "shielded": True}
    return matters.receive(Report(**{**report, "about": ("urban_mgmt",), **more}), by=town.operator, at=MONDAY)


# ------------------------------------------------------------------------------------------------- by whom


def test_she_takes_it_back_and_lists_access_and_likeness_follow(town: Town) -> None:
    similar.forget()
    matter = received(about=("urban_mgmt",), shielded=True)
    unit = of_unit(town, "urban_mgmt")
    classed(town, matter)
    assert again(matter).route_why["lead"] != "urban_mgmt"
    assert not sees(unit, again(matter))
    after = opened(matter, "urban_mgmt")
    assert (after.hidden, after.hidden_own, after.about, after.shielded) == (frozenset(), "", "", True)
    assert after.route_why["lead"] == "urban_mgmt"
    assert not after.access.exclude(hidden="").exists()
    assert not sees(unit, after), "it is not theirs to deal with yet: they are an office like any other"
    act(matter.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=AFTER)
    assert sees(unit, again(matter))
    assert unit.viewer is not None
    assert rows([matter.pk], viewer=unit.viewer)
    whole()


def test_nothing_named_nothing_kept_and_a_stranger_are_refused(town: Town) -> None:
    matter = received(about=("urban_mgmt",), shielded=True)
    for given in ({}, {"whom": []}, {"whom": ["housing"]}, {"whom": ["urban_mgmt", "housing"]}, {"open_name": "no"}):
        with pytest.raises(Invalid) as no:
            act(matter.pk, "unshield", given, by=RESIDENT, at=AFTER)
        assert set(no.value.fields) == {"whom"}
    assert again(matter).hidden == {"urban_mgmt"}
    with pytest.raises(Refused) as shut:
        act(received().pk, "unshield", {"open_name": "yes"}, by=RESIDENT, at=AFTER)
    assert shut.value.code == "kept"


def test_the_second_time_it_is_refused_and_kept_again_it_is_kept(town: Town) -> None:
    matter = received(about=("urban_mgmt",), shielded=True)
    opened(matter, "urban_mgmt")
    with pytest.raises(Invalid):
        opened(matter, "urban_mgmt")
    act(matter.pk, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=AFTER)
    assert again(matter).hidden == {"urban_mgmt"}
    opened(matter, "urban_mgmt", open_name="yes")
    assert (again(matter).hidden, again(matter).shielded) == (frozenset(), False)
    with pytest.raises(Refused):
        opened(matter, "urban_mgmt", open_name="yes")
    act(matter.pk, "shield", {}, by=RESIDENT, at=AFTER)
    assert again(matter).shielded
    whole()


def test_each_alone_and_the_name_alone(town: Town) -> None:
    matter = received(about=("urban_mgmt", "some_station"), shielded=True)
    after = opened(matter, "some_station")
    assert (after.hidden, after.shielded) == ({"urban_mgmt"}, True)
    after = opened(matter, open_name="yes")
    assert (after.hidden, after.shielded) == ({"urban_mgmt"}, False)


def test_one_of_two_that_meet_leaves_what_the_other_hides(town: Town) -> None:
    matter = received(about=("ps_qingping", "some_station"), shielded=True)
    assert opened(matter, "ps_qingping").hidden == POLICE
    assert opened(matter, "some_station").hidden == frozenset()


def test_a_place_of_before_hides_only_for_those_who_remain(town: Town) -> None:
    matter = received("村支书把低保给了亲戚", about=("some_village", "urban_mgmt"), shielded=True)
    before = matter.hidden
    given = {"category": "urban.street.stalls", "handling_class": "request", "division": "990101103201"}
    act(matter.pk, "classify", given, by=town.operator, at=MONDAY)
    assert before < again(matter).hidden
    assert opened(matter, "urban_mgmt").hidden == again(matter).hidden == again(matter).hidden | before - {"urban_mgmt"}
    assert "rc_huaiyin" in again(matter).hidden
    assert opened(matter, "some_village").hidden == frozenset()


def test_the_body_complained_of_never_takes_it_back(town: Town) -> None:
    matter = received("效能办不管事", about=("efficiency",), shielded=True)
    for by in (town.supervisor, town.operator, town.shift_lead, town.chief, of_unit(town, "housing")):
        with pytest.raises((Refused, NotFound)):
            opened(matter, "efficiency", by=by, reason="查过了", for_caller="number")
    assert again(matter).hidden == {"efficiency"}
    with pytest.raises(NotFound):
        opened(matter, "efficiency", by=town.supervisor, reason="查过了", for_caller="number")


def test_supervision_opens_what_the_desk_wrote_once_she_was_asked_and_says_why(town: Town) -> None:
    matter = written(town)
    given: dict[str, Any] = {"reason": "电话问过她，是坐席选错了单位", "for_caller": "asked"}
    for left in ("reason", "for_caller"):
        with pytest.raises(Invalid) as no:
            opened(matter, "urban_mgmt", by=town.supervisor, **{k: v for k, v in given.items() if k != left})
        assert set(no.value.fields) == {left}
    for by in (town.operator, town.shift_lead, of_unit(town, "housing", Role.LEAD)):
        with pytest.raises((Refused, NotFound)):
            opened(matter, "urban_mgmt", by=by, **given)
    after = opened(matter, "urban_mgmt", by=town.supervisor, open_name="yes", **given)
    assert (after.hidden, after.shielded) == (frozenset(), False)
    entry = Entry.objects.get(matter=matter, verb="unshield")
    assert entry.facts["for_caller"] == "asked"
    assert Message.objects.filter(matter=matter, verb="by_phone").exists(), "she is told that it was done in her name"
    assert "选错了单位" in json.dumps(data_of(look(matter.code, "zh", at=AFTER)), ensure_ascii=False)
    whole()


def test_what_she_asked_for_herself_supervision_does_not_open(town: Town) -> None:
    given: dict[str, Any] = {"reason": "问过她", "for_caller": "asked"}
    hers = received(about=("urban_mgmt",), shielded=True)
    with pytest.raises(Refused) as shut:
        opened(hers, "urban_mgmt", by=town.supervisor, **given)
    assert shut.value.code == "hers_to_open"
    both = written(town)
    act(both.pk, "shield", {"unit": "housing"}, by=RESIDENT, at=LATER)
    for whom in (("housing",), ("housing", "urban_mgmt")):
        with pytest.raises(Invalid):
            opened(both, *whom, by=town.supervisor, **given)
    opened(both, "urban_mgmt", by=town.supervisor, **given)
    assert again(both).hidden == {"housing"}
    # Asked for again by herself, what the desk had written is hers.
    opened(both, "housing")
    act(both.pk, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=AFTER)
    with pytest.raises(Invalid):
        opened(both, "urban_mgmt", by=town.supervisor, **given)


def test_part_of_her_report_split_off_is_hers_as_the_whole_is(town: Town) -> None:
    matter = received("城管收钱；路灯不亮", about=("urban_mgmt",), shielded=True)
    act(matter.pk, "split", {"parts": "城管收钱\n路灯不亮"}, by=town.operator, at=MONDAY)
    part = Matter.objects.filter(split_from=matter).first()
    assert part is not None
    assert {wish.by for wish in wishes.of(part)} == {wishes.By.ALONG}
    with pytest.raises(Refused):
        opened(part, "urban_mgmt", by=town.supervisor, reason="问过她", for_caller="asked")
    opened(part, "urban_mgmt")
    assert (again(part).hidden, again(matter).hidden) == (frozenset(), {"urban_mgmt"}), "each part by itself"


# ------------------------------------------------------------------------------------------------- what nobody learns


def test_whom_it_was_kept_from_reads_nothing_of_it(town: Town) -> None:
    matter = handled(town)
    unit = of_unit(town, "urban_mgmt")
    act(matter.pk, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=LATER)
    act(matter.pk, "shield", {"unit": "housing"}, by=RESIDENT, at=LATER)
    opened(matter, "urban_mgmt")
    opened(matter, "housing")
    act(matter.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=AFTER)
    ours, theirs = (view(matter.number, by=by, at=AFTER, lang="zh") for by in (town.operator, unit))
    assert {"shield", "unshield", "take_back"} <= {entry.verb for entry in ours.entries}
    assert {"shield", "unshield", "take_back", "hide"}.isdisjoint(entry.verb for entry in theirs.entries)
    assert not {"about", "hidden", "freed", "kept"} & {name for entry in theirs.entries for name in entry.facts}
    client = signed_in(town, f"handler_{unit.unit}")
    page = client.get(reverse("staff:matter", args=[matter.number])).content.decode()
    for word in ("保密：不让", "瞒着", "回避收回", "看不到本事项"):
        assert word not in page, word
    wide = signed_in(town, "operator").get(reverse("staff:matter", args=[matter.number])).content.decode()
    assert "瞒着" in wide


def test_from_the_first_entry_on(town: Town) -> None:
    """Kept from it when it was received, by the rules alone: the first entry says nothing of that either."""
    report = secrecy.by_default(Report(words="城管队员收了我的秤，要我交五百块"), BOOK)
    assert report.about
    matter = matters.receive(report, by=town.operator, at=MONDAY)
    assert {wish.by for wish in wishes.of(matter)} == {wishes.By.DEFAULT}
    opened(matter, *report.about, open_name="yes", by=town.supervisor, reason="问过她", for_caller="asked")
    classed(town, matter)
    act(matter.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=AFTER)
    theirs = view(matter.number, by=of_unit(town, "urban_mgmt"), at=AFTER, lang="zh")
    first = theirs.entries[0]
    assert first.verb == "receive"
    assert not {"about", "hidden", "kept"} & set(first.facts)


def test_no_notice_goes_to_whom_it_was_kept_from_and_to_no_platform_without_her_word(town: Town) -> None:
    for unit in ("police_110", "urban_mgmt"):
        keys.create_hook(unit.replace("_", "-"), unit, "https://far.example/notices", by=SYSTEM, at=MONDAY)
    matter = handled(town)
    act(matter.pk, "shield", {"body": "some_station"}, by=RESIDENT, at=LATER)

    def told(verb: str) -> set[str]:
        found = Message.objects.filter(matter=matter, way="hook", verb=verb).exclude(state="dropped")
        return {row.webhook.unit for row in found if row.webhook is not None}

    assert told("shield") == {"urban_mgmt"}
    assert secrecy.copies(again(matter)) == {"urban_mgmt"}
    opened(matter, "some_station")
    assert told("unshield") == set()
    act(matter.pk, "shield", {"body": "some_station"}, by=RESIDENT, at=AFTER)
    opened(matter, "some_station", caller_agrees="yes")
    assert told("unshield") == {"urban_mgmt"}, "not 110: it never hears that it was kept out"


# ----------------------------------------------------------------------------------------- joined, split, danger


def test_joined_reports_stay_hidden_from_what_the_others_ask_for(town: Town) -> None:
    main, one, two = (received(f"东门市场路灯不亮{n}", about=a, shielded=True) for n, a in enumerate(_ABOUT))
    for other in (one, two):
        act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    everyone = (main, one, two)
    assert all(again(m).hidden == {"urban_mgmt", "housing"} for m in everyone)
    opened(one, "urban_mgmt")
    assert all(again(m).hidden == {"urban_mgmt", "housing"} for m in everyone), "the main one asks for it still"
    assert again(one).hidden_own == ""
    opened(main, "urban_mgmt")
    assert all(again(m).hidden == {"housing"} for m in everyone)
    assert look(one.code, "zh", at=AFTER).wishes != (), "her name is kept"
    opened(two, "housing")
    assert all(again(m).hidden == frozenset() for m in everyone)
    classed(town, main)
    act(main.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=AFTER)
    theirs = view(main.number, by=of_unit(town, "urban_mgmt"), at=AFTER, lang="zh")
    assert {"hide", "unshield"}.isdisjoint(entry.verb for entry in theirs.entries)
    assert len(theirs.merged) == 2
    whole()


_ABOUT: tuple[tuple[str, ...], ...] = (("urban_mgmt",), ("urban_mgmt",), ("housing",))


def test_a_joined_one_taken_apart_is_open_as_she_left_it(town: Town) -> None:
    main, one = received("路灯不亮", about=("housing",)), received("路灯坏了", about=("urban_mgmt",))
    act(one.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    opened(one, "urban_mgmt")
    assert again(one).hidden == again(main).hidden == {"housing"}
    act(one.pk, "unmerge", {"reason": "不是一件事"}, by=town.operator, at=AFTER)
    assert (again(one).hidden, again(main).hidden) == (frozenset(), {"housing"})
    whole()


def test_in_an_emergency_110_is_told_at_once_when_it_may_know(town: Town) -> None:
    matter = received("民警还在打人，救命", about=("some_station",), shielded=True)
    urgent = act(matter.pk, "bypass", {"reason": "正在发生"}, by=town.operator, at=MONDAY)
    assert (urgent.state, urgent.holder) == (State.URGENT, "police_supervision")
    after = opened(matter, "some_station")
    assert (after.state, after.holder, after.danger_open) == (State.URGENT, "police_110", False)
    theirs, ours = (view(matter.number, by=by, at=AFTER, lang="zh") for by in (town.police, town.operator))
    assert [e.verb for e in theirs.entries].count("bypass") == 1, "where it went while they must not know is not theirs"
    assert [e.verb for e in ours.entries].count("bypass") == 2
    calm = act(matter.pk, "stand_down", {"reply": "已到场"}, by=town.police, at=AFTER)
    assert calm.holder == "hotline"
    whole()


@pytest.mark.parametrize("state", ["intake", "handling", "waiting", "answered", "closed"])
def test_in_whatever_state_nothing_moves(town: Town, state: str) -> None:
    if state == "intake":
        matter = received()
    else:
        matter, unit = handled(town), of_unit(town, "urban_mgmt")
        if state == "waiting":
            act(matter.pk, "ask", {"reply": "在哪一段"}, by=unit, at=MONDAY)
        if state in {"answered", "closed"}:
            given = {"reply": "已经清理了现场，并安排人员每天巡查。", "evidence": "work_record", "ticked": []}
            act(matter.pk, "answer", given, by=unit, at=MONDAY)
        if state == "closed":
            act(matter.pk, "rate", {"rating": "3", "solved": "yes"}, by=RESIDENT, at=MONDAY)
    act(matter.pk, "shield", {"unit": "housing"}, by=RESIDENT, at=LATER)
    before = again(matter)
    after = opened(matter, "housing", open_name="yes")
    for name in ("state", "holder", "handler_id", "due_at", "step_due_at", "tick_at"):
        assert getattr(after, name) == getattr(before, name), name
    assert (after.hidden, after.shielded, hide.unpack(after.about)) == (frozenset(), False, frozenset())
    whole()


def test_the_same_class_once_more_does_not_close_her_name_again(town: Town) -> None:
    matter = received("举报有人卖假货", handling_class="report")
    assert matter.shielded
    assert {wish.by for wish in wishes.of(matter)} == {wishes.By.DEFAULT}
    opened(matter, open_name="yes")
    given = {"category": "urban.street.stalls", "handling_class": "report"}
    act(matter.pk, "classify", given, by=town.operator, at=AFTER)
    assert not again(matter).shielded
    act(matter.pk, "classify", {**given, "handling_class": "request"}, by=town.operator, at=AFTER)
    act(matter.pk, "classify", given, by=town.operator, at=AFTER)
    assert again(matter).shielded, "a new class is a new reason"
    assert [wish.by for wish in wishes.of(again(matter))] == [wishes.By.DEFAULT]


# ------------------------------------------------------------------------------------------------- her page


def page_of(matter: Matter, path: str = "", lang: str = "zh-hans") -> str:
    client = Client()
    client.cookies["lang"] = lang
    return client.get(reverse("resident_progress", args=[matter.code]) + path).content.decode()


def test_her_page_says_whose_wish_it_was_since_when_and_how_to_change_it(town: Town) -> None:
    hers = received(about=("urban_mgmt",), shielded=True)
    page = page_of(hers)
    assert "您自己要求的" in page
    assert reverse("resident_do", args=[hers.code, "unshield"]) in page
    desk = written(town)
    act(desk.pk, "shield", {"unit": "housing", "for_caller": "code"}, by=town.operator, at=LATER)
    page = page_of(desk)
    assert "替您记下的" in page
    assert "报出了查询码" in page
    assert "9月7日" in page
    english = page_of(desk, lang="en")
    assert "wrote it down for you (they gave the receipt code)" in english
    rules = received("举报有人卖假货", handling_class="report")
    assert "没有先问您，按规则先替您保密的" in page_of(rules)
    assert "替您保密" not in page_of(received("路灯不亮"))


def test_she_does_it_on_the_page_once_and_sees_what_is_left(town: Town) -> None:
    matter = received(about=("urban_mgmt", "housing"), shielded=True)
    url, client = reverse("resident_do", args=[matter.code, "unshield"]), Client()
    client.cookies["lang"] = "zh-hans"
    form = client.get(url).content.decode()
    assert form.count('name="whom"') == 2
    assert 'name="open_name"' in form
    assert 'name="caller_agrees"' not in form, "nobody else has a copy"
    nothing = client.post(url, {"key": "k0", "version": matter.version})
    assert nothing.status_code == 400
    assert "请选择不用再瞒着谁" in nothing.content.decode()
    given = {"key": "k1", "version": again(matter).version, "whom": ["urban_mgmt"]}
    for _ in range(2):
        done = client.post(url, given)
        assert done.status_code == 302
    assert again(matter).hidden == {"housing"}
    assert Entry.objects.filter(matter=matter, verb="unshield").count() == 1
    after = client.get(done["Location"]).content.decode()
    assert "好，照您说的改了" in after
    assert "您说不用再瞒着" in after
    client.post(url, {"key": "k2", "version": again(matter).version, "whom": ["housing"], "open_name": "1"})
    assert (again(matter).hidden, again(matter).shielded) == (frozenset(), False)
    assert client.get(url).status_code == 409
    assert reverse("resident_do", args=[matter.code, "unshield"]) not in page_of(matter)


def test_where_danger_was_told_and_nobody_asked_the_page_says_so(town: Town) -> None:
    matter, client = handled(town), Client()
    url = reverse("resident_do", args=[matter.code, "add"])
    sent = client.post(url, {"key": "k1", "words": "城管队员正在打我，有人拿刀，救命"})
    assert sent.status_code == 302
    assert again(matter).shielded
    assert {wish.by for wish in wishes.of(again(matter))} == {wishes.By.DEFAULT}


def test_supervision_has_the_button_where_it_may_and_the_reason_where_it_may_not(town: Town) -> None:
    desk, hers = written(town), received(about=("urban_mgmt",), shielded=True)
    client = signed_in(town, "supervisor")
    page = client.get(reverse("staff:matter", args=[desk.number])).content.decode()
    assert 'name="whom"' in page
    shut = client.get(reverse("staff:matter", args=[hers.number])).content.decode()
    assert 'name="whom"' not in shut
    assert "只能由她自己在进度页说不用了" in shut
    url = reverse("staff:act", args=[desk.number, "unshield"])
    client.post(url, {"whom": "urban_mgmt", "reason": "问过她", "for_caller": "asked", "once": "s1"})
    assert again(desk).hidden == frozenset()
