"""Secrecy is the requester's wish: nobody at work on a matter hides it from those who look at the work."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_kept_from_110 import about, passed
from tests.desk.test_secrecy import BOOK, LATER, handled, received, sees
from tests.web.test_staff import signed_in
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import secrecy
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Matter, Staff
from wuxiao.rules import hide
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    made = settle()
    Staff.objects.update(must_change_password=False)
    return made


@pytest.mark.parametrize("role", [Role.HANDLER, Role.LEAD])
def test_who_works_on_it_notes_a_callers_wish_alone_and_hides_it_from_nobody_who_supervises(
    town: Town, role: Role
) -> None:
    matter, by = handled(town), of_unit(town, "urban_mgmt", role)
    for given in ({"unit": "efficiency"}, {"unit": "eco"}, {}):
        with pytest.raises(Invalid) as no:
            act(matter.pk, "shield", given, by=by, at=LATER)
        assert set(no.value.fields) == {"for_caller"}
    for unit in ("efficiency", "hotline", "gov", "police_supervision", "police_bureau"):
        with pytest.raises(Invalid) as no:
            act(matter.pk, "shield", {"unit": unit, "for_caller": "number"}, by=by, at=LATER)
        assert set(no.value.fields) == {"unit"}
    act(matter.pk, "shield", {"unit": "eco", "for_caller": "number"}, by=by, at=LATER)
    matter.refresh_from_db()
    assert matter.hidden == {"eco"}
    assert all(sees(one, matter) for one in (town.operator, town.supervisor, town.chief))


def test_no_words_written_down_hide_it_from_those_who_supervise_either(town: Town) -> None:
    matter, by = handled(town), of_unit(town, "urban_mgmt")
    secrecy.keep_from(matter.pk, [{"unit": "efficiency"}], by=by, at=LATER, once="")
    matter.refresh_from_db()
    assert (matter.shielded, matter.hidden) == (True, frozenset())
    assert sees(town.supervisor, matter)


def test_110_may_not_either_and_the_requester_and_the_hotline_for_her_may(town: Town) -> None:
    matter = received()
    Matter.objects.filter(pk=matter.pk).update(holder="police_110", danger_open=False)
    with pytest.raises(Invalid):
        act(matter.pk, "shield", {"unit": "efficiency", "for_caller": "number"}, by=town.police, at=LATER)
    mine, hers = handled(town), received()
    with pytest.raises(Invalid):
        act(hers.pk, "shield", {"unit": "efficiency"}, by=town.operator, at=LATER)
    act(hers.pk, "shield", {"unit": "efficiency", "for_caller": "code"}, by=town.operator, at=LATER)
    act(mine.pk, "shield", {"unit": "efficiency"}, by=RESIDENT, at=LATER)
    assert not sees(town.supervisor, Matter.objects.get(pk=hers.pk))
    assert not sees(town.supervisor, Matter.objects.get(pk=mine.pk))


def test_who_supervises_stands_in_the_book() -> None:
    assert hide.overseeing(BOOK) == {"efficiency", "police_supervision", "hotline", "gov"}


def test_a_class_of_bodies_is_that_of_the_new_place_too(town: Town) -> None:
    matter = received("村支书把低保给了自己亲戚", about=("some_village",))
    before = matter.hidden
    assert "rc_huaiyin" in before
    assert "rc_gudu" not in before
    given = {"category": "urban.street.stalls", "handling_class": "request", "division": "990101103201"}
    act(matter.pk, "classify", given, by=town.operator, at=MONDAY)
    matter.refresh_from_db()
    assert matter.hidden == before | hide.from_type(BOOK, "some_village", "990101103201")
    assert "rc_gudu" in matter.hidden
    with pytest.raises(Invalid):
        act(matter.pk, "assign", {"unit": "rc_gudu"}, by=town.operator, at=MONDAY)


def test_who_has_it_loses_it_when_its_place_makes_it_theirs(town: Town) -> None:
    matter = handled(town, about=("some_township",))
    given = {"category": "urban.street.stalls", "handling_class": "request", "division": "990101103200"}
    Matter.objects.filter(pk=matter.pk).update(holder="sd_qingshi", handler=None, state="intake")
    act(matter.pk, "classify", given, by=of_unit(town, "sd_qingshi"), at=LATER)
    matter.refresh_from_db()
    assert "sd_qingshi" in matter.hidden
    assert matter.holder == "hotline"


@pytest.mark.parametrize(
    "place", ["西街3号李红家，清平派出所民警张伟在屋里，电话13800001111", "河滨路12号，电话13800001111", ""]
)
def test_a_place_that_names_somebody_is_not_passed_to_110(town: Town, place: str) -> None:
    matter = about("some_station")
    Matter.objects.filter(pk=matter.pk).update(place=place)
    with pytest.raises(Invalid) as no:
        passed(town, matter, words="有人砸门，屋里有老人")
    assert set(no.value.fields) == {"words"}
    passed(town, matter, words="西街3号有人砸门，屋里有老人")
    alarm = Matter.objects.exclude(pk=matter.pk).get()
    assert (alarm.place, alarm.holder) == ("", "police_110")
    for secret in ("李红", "张伟", "13800001111", "清平"):
        assert secret not in f"{alarm.title}{alarm.place}{list(alarm.words.values_list('text', flat=True))}"


# ------------------------------------------------------------------------------------------------- at every door

ACCUSES = "来电人称清平派出所民警昨天收了他五百元"


@pytest.mark.parametrize("who", ["operator", "police"])
def test_the_telephone_desk_is_asked_before_it_is_registered(town: Town, who: str) -> None:
    client: Client = signed_in(town, who)
    given = {"words": ACCUSES, "channel": "phone", "once": "k1"}
    asked = client.post("/staff/intake", given)
    assert asked.status_code == 400
    assert not Matter.objects.exists()
    page = asked.content.decode()
    assert 'name="hide" value="1"' in page
    assert "清平派出所" in page
    done = client.post("/staff/intake", {**given, "hide": "1", "unit": "清平派出所", "body": ""})
    assert done.status_code == 302
    matter = Matter.objects.get()
    assert (matter.shielded, "police_110" in matter.hidden) == (True, True)
    assert matter.holder == ("hotline" if who == "operator" else "police_supervision")


def test_a_no_at_the_desk_is_taken_and_a_lamp_is_not_asked_about(town: Town) -> None:
    client = signed_in(town, "operator")
    assert client.post("/staff/intake", {"words": "文庙街的路灯坏了", "once": "k1"}).status_code == 302
    answer = {"words": ACCUSES, "hide": "0", "unit": "", "body": "", "once": "k2"}
    assert client.post("/staff/intake", answer).status_code == 302
    assert (Matter.objects.latest("pk").shielded, Matter.objects.latest("pk").hidden) == (False, frozenset())
    chosen = {"words": "路灯坏了没人修", "hidden_unit": "housing", "once": "k3"}
    assert client.post("/staff/intake", chosen).status_code == 302
    assert (Matter.objects.latest("pk").shielded, Matter.objects.latest("pk").hidden) == (True, {"housing"})


@pytest.mark.parametrize(
    ("given", "about_", "shielded"),
    [
        ({"words": ACCUSES}, ("ps_qingping",), True),
        ({"words": "派出所的民警收了我两条烟"}, ("some_station",), True),
        ({"words": "路灯坏了"}, (), None),
        ({"words": "我家门口有人持刀打架，派出所快来人！"}, (), None),
        ({"words": "他这个人不行", "category": "conduct.police.corrupt"}, (), True),
        ({"words": "路灯坏了", "about": ("housing",)}, ("housing",), True),
        ({"words": ACCUSES, "shielded": False}, (), False),
    ],
)
def test_where_a_machine_says_nothing_it_is_kept_from_whom_the_words_accuse(
    given: dict[str, Any], about_: tuple[str, ...], shielded: bool | None
) -> None:
    kept = secrecy.by_default(Report(**given), BOOK)
    assert (kept.about, kept.shielded) == (about_, shielded)


def test_another_body_in_later_words_is_asked_about_and_the_first_stays(town: Town) -> None:
    client = Client()
    client.cookies["lang"] = "zh-hans"
    client.post("/new", {"words": "城管收了我的三轮车不给收据"})
    client.post("/new/contact", {"hide": "1", "unit": "", "body": "some_chengguan"})
    assert client.get("/new/check").status_code == 200
    client.post("/new?then=check", {"words": "派出所民警昨天收了我三百块钱", "then": "check"})
    for ask in (client.get("/new/check"), client.post("/new/check", {"key": "x"})):
        assert (ask.status_code, ask["Location"]) == (302, "/new/contact?then=check#f-hide")
    client.post("/new/contact", {"hide": "1", "unit": "", "body": "some_station"})
    page = client.get("/new/check")
    assert page.status_code == 200
    assert "城管" in page.content.decode()
    assert "派出所" in page.content.decode()


@pytest.mark.parametrize(
    ("unit", "body"), [("张伟", "other"), ("派出所", "some_station"), ("没有这个单位", "some_village")]
)
def test_the_class_is_taken_where_the_name_that_was_typed_is_not_found(town: Town, unit: str, body: str) -> None:
    client = Client()
    client.post("/new", {"words": "有人欺负我"})
    sent = client.post("/new/contact", {"hide": "1", "unit": unit, "body": body})
    assert (sent.status_code, sent["Location"]) == (302, "/new/check")
    assert client.post("/new/contact", {"hide": "1", "unit": unit, "body": ""}).status_code == 400
