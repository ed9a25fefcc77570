"""Danger in a matter kept from 110: who acts is named, she is told to call 110 herself, 110 hears where and what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.matters.progress import look
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Matter, Message, Staff
from wuxiao.rules import book as rulebook
from wuxiao.rules import hide, route

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BOOK = rulebook.default()
HURT = "他在砸门要弄死我，快来人"
TELL_110 = "有人砸门，屋里有老人"


@pytest.fixture
def town() -> Town:
    return settle()


def about(*whom: str) -> Matter:
    given = Report(
        words=HURT, about=whom, division="990101001001", place="河滨路12号", phone="19909900001", name="陈女士"
    )
    matter = matters.receive(given, by=RESIDENT, at=MONDAY)
    assert matter.danger_open
    return matter


def passed(town: Town, matter: Matter, **more: str) -> Matter:
    by = of_unit(town, matter.holder) if matter.holder != "hotline" else town.operator
    return act(matter.pk, "bypass", {"reason": "有人要伤害她", **more}, by=by, at=MONDAY + HOUR)


def sms(matter: Matter) -> str:
    return Message.objects.filter(matter=matter, way="sms").latest("id").text


@pytest.mark.parametrize(
    ("whom", "unit", "name"),
    [
        ("some_station", "police_supervision", "县公安局督察大队"),
        ("ps_qingping", "police_supervision", "县公安局督察大队"),
        ("police_bureau", "efficiency", "望川县效能办"),
        ("police_supervision", "efficiency", "望川县效能办"),
    ],
)
def test_who_has_it_is_named_and_she_is_asked_to_call_110_herself(town: Town, whom: str, unit: str, name: str) -> None:
    matter = passed(town, about(whom))
    assert (matter.state, matter.holder) == ("urgent", unit)
    said = sms(matter)
    assert name in said
    assert "请您自己现在就打110" in said
    assert "已转110" not in said
    seen = look(matter.code, "zh", at=MONDAY + HOUR)
    for words in (seen.plain, seen.lines[-1].sentence):
        assert name in words
        assert "自己现在就打 110" in words
    assert "110" not in seen.next_step
    english = look(matter.code, "en", at=MONDAY + HOUR)
    assert "please call 110 yourself now" in english.plain
    assert "110 acts" not in english.plain + english.next_step
    assert not Matter.objects.exclude(pk=matter.pk).exists()
    by = of_unit(town, unit)
    matter = act(matter.pk, "stand_down", {"reply": "已到场"}, by=by, at=MONDAY + 2 * HOUR)
    assert "110先行" not in sms(matter)
    assert look(matter.code, "zh", at=MONDAY + 2 * HOUR).lines[-1].sentence.startswith(name)
    assert verify.verify(at=MONDAY + 3 * HOUR).breaks == []


def test_who_has_it_is_told_by_mail_where_the_book_names_one(town: Town) -> None:
    units = {**BOOK.units, "police_supervision": replace(BOOK.units["police_supervision"], mail="ducha@example.com")}
    assert "ducha@example.com" not in BOOK_TEXT
    text = BOOK_TEXT.replace(
        'police_supervision = { zh = "县公安局督察大队"',
        'police_supervision = { mail = "ducha@example.com", zh = "县公安局督察大队"',
    )
    books.adopt(text, name="book.toml", effective_from=MONDAY - HOUR, by=SYSTEM, at=MONDAY - HOUR)
    assert books.current(MONDAY).book.units["police_supervision"].mail == units["police_supervision"].mail
    matter = passed(town, about("some_station"))
    mail = Message.objects.get(address="ducha@example.com")
    assert "请马上看待办第一件" in mail.text
    assert HURT not in mail.text
    assert matter.number not in mail.text


def test_110_hears_the_place_and_what_happens_and_nothing_else(town: Town) -> None:
    matter = passed(town, about("some_station"), words=TELL_110)
    alarm = Matter.objects.exclude(pk=matter.pk).get()
    assert (alarm.state, alarm.holder, alarm.place) == ("urgent", "police_110", "河滨路12号")
    assert list(alarm.words.filter(field="words").values_list("text", flat=True)) == [TELL_110]
    # Nothing of hers, and no way from the one to the other.
    for row in (*alarm.words.values_list("text", flat=True), *map(str, alarm.entries.values_list("facts", flat=True))):
        for secret in (matter.number, matter.code, "19909900001", "陈女士", "some_station", "督察", HURT):
            assert secret not in row
    assert not hasattr(alarm, "contact")
    assert alarm.number not in str(list(matter.entries.values_list("facts", flat=True)))
    seen = look(matter.code, "zh", at=MONDAY + HOUR)
    assert "只告诉了 110 地点和正在发生什么" in seen.plain
    assert "只告诉了110地点和正在发生什么" in sms(matter)
    act(alarm.pk, "stand_down", {"reply": "已到场"}, by=town.police, at=MONDAY + 2 * HOUR)
    assert verify.verify(at=MONDAY + 3 * HOUR).breaks == []


@pytest.mark.parametrize(
    "words",
    ["陈女士家有人砸门，联系人：陈丽", "有人砸门，电话19909900001", "清平派出所的人在砸门", "民警砸门，屋里有老人"],
)
def test_110_is_told_no_name_no_number_and_not_whom_it_is_about(town: Town, words: str) -> None:
    matter = about("some_station")
    with pytest.raises(Invalid) as no:
        passed(town, matter, words=words)
    assert set(no.value.fields) == {"words"}
    assert Matter.objects.count() == 1


def test_a_book_that_names_no_exception_passes_nothing_on(town: Town) -> None:
    text = BOOK_TEXT.replace('[hide.danger]\nunits = ["police_110"]', "[hide.danger]\nunits = []")
    assert text != BOOK_TEXT
    books.adopt(text, name="book.toml", effective_from=MONDAY - HOUR, by=SYSTEM, at=MONDAY - HOUR)
    matter = passed(town, about("some_station"), words=TELL_110)
    assert not Matter.objects.exclude(pk=matter.pk).exists()
    assert "110并不知道" in sms(matter)
    assert not Entry.objects.filter(matter=matter, verb="bypass", facts__has_key="told").exists()


# ------------------------------------------------------------------------- about the county government, or its counter


@pytest.mark.parametrize("whom", ["gov", "data_bureau", "some_window", "efficiency"])
def test_danger_in_a_matter_about_an_office_that_is_not_the_police_goes_to_110(town: Town, whom: str) -> None:
    matter = passed(town, about(whom), words="不用写的话")
    assert (matter.state, matter.holder) == ("urgent", "police_110")
    assert "已转110先行处置" in sms(matter)
    assert not Matter.objects.exclude(pk=matter.pk).exists()
    matter = act(matter.pk, "stand_down", {"reply": "已到场"}, by=town.police, at=MONDAY + 2 * HOUR)
    assert "已由110先行处置" in sms(matter)


def test_offices_below_the_county_government_work_on_what_is_said_of_its_counter(town: Town) -> None:
    hidden = hide.from_about(BOOK, ["gov"])
    assert [code for code in BOOK.units if hide.barred(BOOK, hidden, code)] == ["gov"]
    found = route.route(BOOK, "urban.street.stalls", "990101001001", hidden=hidden)
    assert (found.lead, found.moved, found.supervisor) == ("urban_mgmt", False, "efficiency")
    assert "保密" not in found.why.zh
    matter = about("gov")
    act(matter.pk, "look", {"reason": "没有危险"}, by=town.operator, at=MONDAY)
    given = {"category": "urban.street.stalls", "handling_class": "request"}
    act(matter.pk, "classify", given, by=town.operator, at=MONDAY)
    matter = act(matter.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=MONDAY)
    matter = act(matter.pk, "accept", {}, by=of_unit(town, "urban_mgmt"), at=MONDAY)
    assert (matter.state, matter.holder) == ("handling", "urban_mgmt")


def test_the_reason_of_a_route_says_only_from_whom_it_is_kept() -> None:
    found = route.route(BOOK, "order", "990101001001", hidden=hide.from_about(BOOK, ["police_110"]))
    assert found.moved
    assert "反映的是" not in found.why.zh
    assert "保密" in found.why.zh
    assert "is kept from" in found.why.en


def test_a_township_is_still_barred_with_all_that_is_a_part_of_it() -> None:
    hidden = hide.from_about(BOOK, ["sd_qingshi"])
    assert {code for code in BOOK.units if hide.barred(BOOK, hidden, code)} == hidden
    assert "rc_gudu" in hidden


# ---------------------------------------------------------------------------------------------------- at the desk


def test_the_button_and_what_is_said_after_it_name_who_gets_it(town: Town, client: Client) -> None:
    matter, plain = about("some_station"), about()
    by = of_unit(town, matter.holder) if matter.holder != "hotline" else town.operator
    assert by is town.operator
    Staff.objects.update(must_change_password=False)
    client.force_login(town.staff("operator"))
    page = client.get(reverse("staff:matter", args=[matter.number])).content.decode()
    assert "紧急转县公安局督察大队" in page
    assert "请让诉求人自己现在就打 110" in page
    assert "告诉县公安局110指挥中心的话" in page
    assert "紧急转 110" not in page
    other = client.get(reverse("staff:matter", args=[plain.number])).content.decode()
    assert "紧急转 110" in other
    assert "指挥中心的话" not in other
    given = {"reason": "有人要伤害她", "words": TELL_110, "version": matter.version, "once": "one"}
    done = client.post(reverse("staff:act", args=[matter.number, "bypass"]), given, follow=True).content.decode()
    assert "已紧急转县公安局督察大队" in done
    assert "110 看不到这件事" in done
    assert Matter.objects.filter(holder="police_110", state="urgent").count() == 1
