"""A joined reporter says that hers is another thing: a person of the desk takes it apart, or tells her why not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_secrecy import LATER, classed, handled, received
from tests.web.test_staff import signed_in
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.case import clock
from wuxiao.desk.case.act import act
from wuxiao.desk.look import shelves
from wuxiao.desk.look.matter import view
from wuxiao.desk.matters.progress import look
from wuxiao.records.models import Entry, Matter, Message, Staff, Words
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.flow import State

pytestmark = pytest.mark.django_db
AFTER = LATER + timedelta(hours=1)
HERS = "我说的是南门的灯，不是东门市场"
OTHER = "东门市场门口路灯不亮，李四家门口最黑"


@pytest.fixture
def town() -> Town:
    made = settle()
    Staff.objects.update(must_change_password=False)
    return made


def joined(town: Town) -> tuple[Matter, Matter]:
    main, one = received(OTHER), received("路灯不亮", phone="19909900002")
    act(one.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    return again(main), again(one)


def again(matter: Matter) -> Matter:
    return Matter.objects.get(pk=matter.pk)


def said(one: Matter) -> Matter:
    return act(one.pk, "say_apart", {"words": HERS}, by=RESIDENT, at=LATER)


def listed(town: Town, name: str) -> list[int]:
    viewer = town.people[name].viewer
    assert viewer is not None
    if "apart" not in shelves.shelf_names(viewer):
        return []
    return list(shelves.shelf_page(viewer, "apart", now=AFTER).ids)


def test_she_says_so_and_it_waits_on_the_desks_list(town: Town) -> None:
    main, one = joined(town)
    assert listed(town, "operator") == []
    after = said(one)
    assert (after.state, after.merged_into_id, after.apart_asked_at) == (State.CLOSED, main.pk, LATER)
    for name in ("operator", "shift_lead", "supervisor"):
        assert listed(town, name) == [one.pk], name
    for name in ("police", "chief"):
        assert listed(town, name) == [], name
    assert Words.objects.get(matter=one, text=HERS).by_resident
    assert not Entry.objects.filter(matter=main, verb="say_apart").exists(), "the other's chain says nothing of it"
    with pytest.raises(Refused) as twice:
        said(one)
    assert twice.value.code == "not_said_apart"
    assert verify.verify(at=AFTER).breaks == []


def test_the_desk_takes_it_apart(town: Town) -> None:
    main, one = joined(town)
    said(one)
    after = act(one.pk, "unmerge", {"reason": "南门是另一处"}, by=town.operator, at=AFTER)
    assert (after.state, after.merged_into_id, after.apart_asked_at) == (State.INTAKE, None, None)
    assert again(main).state == State.INTAKE
    assert listed(town, "operator") == []
    assert Message.objects.filter(matter=one, verb="unmerge").exists()
    # Joined once more by mistake, she may say so once more.
    act(one.pk, "merge", {"matter": main.number}, by=town.operator, at=AFTER)
    said(one)
    assert again(one).apart_asked_at is not None
    assert verify.verify(at=AFTER).breaks == []


def test_or_tells_her_why_it_is_the_same_and_she_may_say_it_again(town: Town) -> None:
    _, one = joined(town)
    with pytest.raises(Refused):
        act(one.pk, "stay_joined", {"reply": "是同一盏"}, by=town.operator, at=LATER)
    said(one)
    after = act(one.pk, "stay_joined", {"reply": "去看过了，是同一盏灯"}, by=town.operator, at=AFTER)
    assert (after.state, after.apart_asked_at) == (State.CLOSED, None)
    assert Message.objects.filter(matter=one, verb="stay_joined").exists()
    assert listed(town, "operator") == []
    seen = look(one.code, "zh", at=AFTER)
    assert any("去看过了，是同一盏灯" in line.sentence for line in seen.lines)
    assert "say_apart" in seen.open_verbs
    said(one)
    assert listed(town, "operator") == [one.pk]


@pytest.mark.parametrize("who", ["unit", "lead", "police", "supervisor", "chief"])
def test_nobody_else_decides_whom_the_desk_may_see_it(town: Town, who: str) -> None:
    main, one = handled(town), received("摊贩占道，还有人收钱")
    act(one.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    said(one)
    by = {"unit": of_unit(town, "urban_mgmt"), "lead": of_unit(town, "urban_mgmt", Role.LEAD)}.get(who)
    for verb, given in (("unmerge", {"reason": "x"}), ("stay_joined", {"reply": "x"})):
        with pytest.raises((Refused, NotFound)):
            act(one.pk, verb, given, by=by or town.people[who], at=AFTER)


def test_where_the_desk_must_not_see_it_supervision_decides(town: Town) -> None:
    main, one = (received(words, about=("hotline",)) for words in ("12345接线员骂人", "12345坐席骂了我"))
    at_gov = of_unit(town, again(main).holder)
    act(one.pk, "merge", {"matter": main.number}, by=at_gov, at=MONDAY)
    said(one)
    assert listed(town, "operator") == []
    assert listed(town, "supervisor") == [one.pk]
    after = act(one.pk, "unmerge", {"reason": "不是同一个人"}, by=town.supervisor, at=AFTER)
    assert (after.state, after.holder) == (State.INTAKE, again(main).holder)


def test_not_joined_too_late_and_after_the_end(town: Town) -> None:
    with pytest.raises(Refused) as alone:
        said(received("路灯不亮"))
    assert alone.value.code == "joined"
    main, one = handled(town), received("摊贩占道，还有人收钱")
    act(one.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    given = {"reply": "已经清理了现场，并安排人员每天巡查。", "evidence": "work_record", "ticked": []}
    act(main.pk, "answer", given, by=of_unit(town, "urban_mgmt"), at=MONDAY)
    for days, code in ((1, None), (120, "apart_in_time")):
        at = MONDAY + timedelta(days=days)
        if code is None:
            assert "say_apart" in look(one.code, "zh", at=at).open_verbs
            act(one.pk, "say_apart", {"words": HERS}, by=RESIDENT, at=at)
            act(one.pk, "stay_joined", {"reply": "是同一处"}, by=town.operator, at=at)
        else:
            assert "say_apart" not in look(one.code, "zh", at=at).open_verbs
            with pytest.raises(Refused) as late:
                act(one.pk, "say_apart", {"words": HERS}, by=RESIDENT, at=at)
            assert late.value.code == code


def test_the_main_one_withdrawn_there_is_nothing_left_to_take_apart(town: Town) -> None:
    main, one = joined(town)
    said(one)
    act(main.pk, "withdraw", {}, by=RESIDENT, at=AFTER)
    assert (again(one).merged_into_id, again(one).apart_asked_at) == (None, None)
    assert listed(town, "operator") == []
    assert verify.verify(at=AFTER).breaks == []


def test_danger_in_her_words_stands_on_the_one_they_work_on(town: Town) -> None:
    main, one = joined(town)
    act(one.pk, "say_apart", {"words": "不是那件，我家煤气漏了，闻着要炸"}, by=RESIDENT, at=LATER)
    assert again(main).danger_open
    assert again(one).apart_asked_at is not None


def test_on_her_page_and_nothing_of_the_others_report(town: Town) -> None:
    main, one = joined(town)
    client, url = Client(), reverse("resident_do", args=[one.code, "say_apart"])
    client.cookies["lang"] = "zh-hans"
    page = client.get(reverse("resident_progress", args=[one.code])).content.decode()
    assert "不是同一件事" in page
    assert url in page
    form = client.get(url).content.decode()
    assert "哪里不一样" in form
    empty = client.post(url, {"key": "k0", "words": ""})
    assert empty.status_code == 400
    for _ in range(2):
        sent = client.post(url, {"key": "k1", "words": HERS})
        assert sent.status_code == 302
    assert Entry.objects.filter(matter=one, verb="say_apart").count() == 1
    after = client.get(sent["Location"]).content.decode()
    assert "工作人员会看是不是同一件事" in after
    assert "您说不是同一件事，工作人员正在看" in after
    assert HERS in after
    for secret in (main.number, main.code, "李四", "东门市场门口"):
        for seen in (page, form, after):
            assert secret not in seen, secret
    theirs = client.get(reverse("resident_progress", args=[main.code])).content.decode()
    assert HERS not in theirs
    assert "不是同一件事" not in theirs
    assert client.get(url).status_code == 409
    not_joined = received("路灯不亮")
    plain = client.get(reverse("resident_progress", args=[not_joined.code])).content.decode()
    assert "不是同一件事" not in plain


def test_words_against_somebody_are_kept_first_and_never_lost(town: Town) -> None:
    """Kept from the unit that has the main one, it leaves by itself: her words are there all the same."""
    main, one = handled(town), received("摊贩占道，还有人收钱")
    act(one.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    client, url = Client(), reverse("resident_do", args=[one.code, "say_apart"])
    words = "不是摊贩的事，是城管队员收了我五百块钱不给收据"
    asked = client.post(url, {"key": "k1", "words": words})
    assert asked.status_code == 200
    assert 'name="hide"' in asked.content.decode()
    sent = client.post(url, {"key": "k1", "words": words, "hide": "1", "unit": "", "body": "some_chengguan"})
    assert sent.status_code == 302
    assert (again(one).merged_into_id, again(one).hidden) == (None, {"urban_mgmt"})
    assert Words.objects.filter(matter=one, text=words).exists()


def test_the_desk_reads_her_words_and_has_both_buttons(town: Town) -> None:
    _, one = joined(town)
    said(one)
    client = signed_in(town, "operator")
    page = client.get(reverse("staff:matter", args=[one.number])).content.decode()
    assert HERS in page
    for verb in ("unmerge", "stay_joined"):
        assert reverse("staff:act", args=[one.number, verb]) in page
    assert one.number in client.get(reverse("staff:queue", args=["apart"])).content.decode()
    classed_page = signed_in(town, "operator").get(reverse("staff:matter", args=[received("路灯").number]))
    assert "诉求人没有说不是同一件事" not in classed_page.content.decode()
    assert view(one.number, by=town.operator, at=AFTER, lang="zh").matter.apart_asked_at is not None


def test_what_is_joined_and_classed_goes_on_meanwhile(town: Town) -> None:
    main, one = joined(town)
    said(one)
    classed(town, main)
    act(main.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=AFTER)
    assert again(main).state == State.OFFERED
    assert look(one.code, "zh", at=AFTER).state == State.OFFERED


def reminders(one: Matter) -> list[tuple[str, str]]:
    rows = Message.objects.filter(matter=one, verb="apart_late").order_by("created_at", "address")
    return [(f"{row.created_at.astimezone(SHANGHAI):%m-%d %H:%M}", row.address) for row in rows]


def test_nobody_looks_and_the_desk_is_reminded_three_times_and_no_more(town: Town) -> None:
    for name in ("shift_lead", "supervisor"):
        Staff.objects.filter(pk=town.people[name].staff_id).update(email=f"{name}@example.com")
    _main, one = joined(town)
    after = said(one)
    due = after.step_due_at
    assert due is not None
    # She says so on a Monday; the second working day after it is the Wednesday.
    assert f"{LATER.astimezone(SHANGHAI):%a}, {due.astimezone(SHANGHAI):%a %H:%M}" == "Mon, Wed 18:00"
    assert after.tick_at == due
    clock.tick(at=due - timedelta(seconds=1))
    assert reminders(one) == [], "a second before nobody is reminded"
    told = []
    for _ in range(6):
        moment = again(one).tick_at
        if moment is None:
            break
        clock.tick(at=moment)
        clock.tick(at=moment)
        told.append(moment)
        assert again(one).state == State.CLOSED
        assert verify.verify(at=moment).breaks == []
    assert len(told) == 3
    assert [who for _, who in reminders(one)] == [
        "shift_lead@example.com",
        *["shift_lead@example.com", "supervisor@example.com"] * 2,
    ]
    assert Entry.objects.filter(matter=one, verb="apart_late").count() == 3
    assert listed(town, "operator") == [one.pk], "it waits on the list however often it was told"
    assert not any("没有人看" in line.sentence for line in look(one.code, "zh", at=told[-1]).lines)


def test_who_looked_in_time_is_not_reminded_and_a_second_word_has_a_clock_of_its_own(town: Town) -> None:
    _main, one = joined(town)
    due = said(one).step_due_at
    assert due is not None
    after = act(one.pk, "stay_joined", {"reply": "是同一盏"}, by=town.operator, at=AFTER)
    assert (after.step_due_at, after.tick_at) == (None, None)
    clock.tick(at=due)
    assert not Entry.objects.filter(matter=one, verb="apart_late").exists()
    second = act(one.pk, "say_apart", {"words": HERS}, by=RESIDENT, at=AFTER + timedelta(days=1))
    assert second.step_due_at is not None
    assert second.step_due_at > due
    clock.tick(at=second.step_due_at)
    assert Entry.objects.filter(matter=one, verb="apart_late").count() == 1
    apart = act(one.pk, "unmerge", {"reason": "另一处"}, by=town.operator, at=second.step_due_at + timedelta(hours=1))
    assert (apart.state, apart.apart_asked_at) == (State.INTAKE, None)
    assert apart.step_due_at is not None
    assert apart.step_due_at > second.step_due_at, "the clock of the desk is its own"


def test_a_clock_that_was_put_off_by_hand_is_found(town: Town) -> None:
    _main, one = joined(town)
    due = said(one).step_due_at
    assert due is not None
    assert verify.verify(at=AFTER).breaks == []
    Matter.objects.filter(pk=one.pk).update(tick_at=due + timedelta(days=9))
    assert [found.where for found in verify.verify(at=AFTER).breaks] == [one.number]
