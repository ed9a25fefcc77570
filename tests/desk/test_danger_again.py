"""New danger after it was passed on is passed on again; an erasure waits until somebody settled the danger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.desk.people import MONDAY, Town, of_unit, settle
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case import held
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.people import identity
from wuxiao.desk.people.identity import Use
from wuxiao.records.models import Entry, Matter, Message, Staff, Words
from wuxiao.rules.book import default
from wuxiao.site.demo import people

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HURT = "他在砸门要弄死我，快来人"
WORSE = "他们把我拖到3号仓库了，还在打"
GAS = "屋里全是煤气味，老人晕倒了"


@pytest.fixture
def town() -> Town:
    return settle()


def passed(town: Town) -> Matter:
    report = Report(words=HURT, about=("some_station",), division="990101001", place="河滨路12号", phone="19909900001")
    matter = matters.receive(report, by=RESIDENT, at=MONDAY)
    return act(matter.pk, "bypass", {"reason": "有人要伤害她"}, by=town.operator, at=MONDAY)


def test_new_danger_in_an_emergency_is_told_110_again_and_whoever_has_it(town: Town) -> None:
    matter = passed(town)
    first = Entry.objects.get(matter=matter, verb="bypass").facts
    with pytest.raises(Refused) as early:
        act(matter.pk, "bypass", {"reason": "再说一次"}, by=town.operator, at=MONDAY + HOUR)
    assert early.value.code == "danger_again"
    act(matter.pk, "add", {"words": WORSE}, by=RESIDENT, at=MONDAY + HOUR)
    matter.refresh_from_db()
    assert (matter.state, matter.danger_open) == ("urgent", True)
    given = {"reason": "又有险情", "words": "有人在3号仓库里被打"}
    matter = act(matter.pk, "bypass", given, by=town.operator, at=MONDAY + 2 * HOUR)
    assert (matter.state, matter.holder, matter.danger_open) == ("urgent", "police_supervision", False)
    alarm = Matter.objects.exclude(pk=matter.pk).get()
    assert (alarm.holder, alarm.state, alarm.place) == ("police_110", "urgent", "河滨路12号")
    assert list(alarm.words.filter(field="words").values_list("text", flat=True)) == ["有人在3号仓库里被打"]
    again = Entry.objects.filter(matter=matter, verb="bypass").latest("turn").facts
    assert {name: again[name] for name in ("from", "was")} == {name: first[name] for name in ("from", "was")}
    assert again["told"] == "police_110"
    assert Message.objects.filter(matter=matter, way="sms", verb="bypass").count() == 2
    by = of_unit(town, "police_supervision")
    back = act(matter.pk, "stand_down", {"reply": "已到场"}, by=by, at=MONDAY + 3 * HOUR)
    assert (back.state, back.holder) == ("intake", "hotline")
    assert verify.verify(at=MONDAY + 4 * HOUR).breaks == []


def test_the_page_offers_it_and_says_truly_what_110_knows(town: Town, client: Client) -> None:
    matter = passed(town)
    Staff.objects.update(must_change_password=False)
    client.force_login(town.staff("operator"))
    act(matter.pk, "add", {"words": WORSE}, by=RESIDENT, at=MONDAY + HOUR)
    url = reverse("staff:matter", args=[matter.number])
    page = client.get(url).content.decode()
    assert "告诉县公安局110指挥中心的话" in page
    sent = {"reason": "又有险情", "words": "有人在3号仓库里被打"}
    told = client.post(reverse("staff:act", args=[matter.number, "bypass"]), sent, follow=True)
    page = told.content.decode()
    assert "地点和正在发生什么也已告诉 110" in page
    assert "110 看不到这件事：请让诉求人自己现在就打 110" not in page


def test_the_demo_county_has_somebody_who_takes_it() -> None:
    entry = {post.unit for one in people.accounts(default()) if one.entry for post in one.posts}
    assert "police_supervision" in entry


# ------------------------------------------------------------------------------------------------------------- erasure


def in_danger() -> Matter:
    report = Report(words=GAS, place="河滨路12号", phone="19909900001", name="陈女士")
    return matters.receive(report, by=RESIDENT, at=MONDAY)


def reach(matter: Matter) -> str:
    found = identity.of(matter.pk, Use.TELL)
    return found.phone if found else ""


def words(matter: Matter) -> list[str]:
    return list(
        Words.objects.filter(matter=matter, field="words", erased_at__isnull=True).values_list("text", flat=True)
    )


def test_an_erasure_in_danger_waits_and_is_done_by_itself(town: Town, client: Client) -> None:
    matter = in_danger()
    page = reverse("resident_erase", args=[matter.code])
    for _ in range(2):
        # The second asking is the same wish.
        client.post(page, {"understood": "1"})
        matter.refresh_from_db()
        assert matter.place == "河滨路12号"
        assert words(matter) == [GAS]
        assert reach(matter)
    assert Entry.objects.filter(matter=matter, verb="ask_erase").count() == 1
    assert "看过以后自动删除" in client.get(page).content.decode()
    assert "看过以后自动删除" in client.get(reverse("resident_progress", args=[matter.code])).content.decode()
    # More words from her are no wish that all be kept.
    act(matter.pk, "add", {"words": "门在左边"}, by=RESIDENT, at=MONDAY + HOUR)
    act(matter.pk, "look", {"reason": "已到场，没有危险"}, by=town.operator, at=MONDAY + 2 * HOUR)
    matter.refresh_from_db()
    assert (matter.place, words(matter), reach(matter)) == ("", [], "")
    assert Entry.objects.filter(matter=matter, verb="erase").count() == 1
    assert verify.verify(at=MONDAY + 3 * HOUR).breaks == []


def test_she_takes_the_erasure_back_and_asks_again(town: Town, client: Client) -> None:
    matter = in_danger()
    page = reverse("resident_erase", args=[matter.code])
    client.post(page, {"understood": "1"})
    client.post(page, {"keep": "1"})
    assert not held.erasure(matter.pk)
    act(matter.pk, "look", {"reason": "没有危险"}, by=town.operator, at=MONDAY + HOUR)
    assert words(matter) == [GAS]
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY + HOUR)
    assert words(matter) == []


@pytest.mark.parametrize("joined", [False, True])
def test_it_waits_also_while_110_is_on_its_way_and_for_who_was_joined(town: Town, joined: bool) -> None:
    matter = in_danger()
    other = matters.receive(Report(words="楼里有煤气味道", phone="19909900002"), by=RESIDENT, at=MONDAY)
    if joined:
        act(other.pk, "merge", {"matter": matter.number}, by=town.operator, at=MONDAY)
    mine = other if joined else matter
    act(matter.pk, "bypass", {"reason": "煤气"}, by=town.operator, at=MONDAY)
    matters.erase(mine.pk, by=RESIDENT, at=MONDAY + HOUR)
    assert len(words(mine)) == 1
    act(matter.pk, "stand_down", {"reply": "已处置"}, by=town.police, at=MONDAY + 2 * HOUR)
    assert words(mine) == []
    assert len(words(matter if joined else other)) == 1


def test_what_danger_left_in_another_way_is_erased_by_the_worker(town: Town) -> None:
    matter = in_danger()
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY)
    assert matters.erase_waiting(at=MONDAY) == 0
    Matter.objects.filter(pk=matter.pk).update(danger_open=False)
    assert (matters.erase_waiting(at=MONDAY), matters.erase_waiting(at=MONDAY)) == (1, 0)
    assert words(matter) == []
    assert SYSTEM.kind == Entry.objects.get(matter=matter, verb="erase").actor


# -------------------------------------------------------------------------------------- fields nobody listened to


def test_danger_in_a_name_or_a_files_name_is_heard(town: Town) -> None:
    matter = matters.receive(Report(words="路灯不亮", name=GAS), by=RESIDENT, at=MONDAY)
    assert matter.danger_open
