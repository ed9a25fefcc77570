"""What pages say of words that nobody here can read: to who wrote them, and to those who have to find a reader."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.desk.people import Town, settle
from tests.desk.test_joined import answer, in_hand
from tests.web.test_points import put, town
from tests.web.test_staff_day import signed_in
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Entry, Matter
from wuxiao.web.shared.middleware import asked_for

__all__ = ["town"]
pytestmark = [pytest.mark.django_db, pytest.mark.either]
RUSSIAN = "Подскажите, пожалуйста, какие документы нужны для вида на жительство?"
ARABIC = "إنه يكسر الباب الآن"


def made(words: str, **more: str) -> Matter:
    return matters.receive(Report(words=words, channel="web", **more), by=RESIDENT, at=timezone.now())


def main_of(page: object) -> str:
    return page.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_the_first_button_goes_on_and_claims_nothing(client: Client) -> None:
    settle()
    page = main_of(client.post(reverse("resident_new"), {"words": RUSSIAN}, follow=True))
    buttons = re.findall(r"<button[^>]*>", page[page.index('class="go"') :])
    assert 'value="go_on"' in buttons[0]
    assert "现在没有危险，继续反映" not in page
    assert "找懂的人读" in page
    client.post(reverse("resident_new_danger"), {"called": "go_on"})
    assert client.session["draft"]["said_of_danger"] == ""
    # Where the danger is certain in words read here, the numbers keep the first place.
    sure = main_of(client.post(reverse("resident_new"), {"words": "着火了，楼里还有人，快来人"}, follow=True))
    assert 'value="go_on"' not in sure


@pytest.mark.parametrize("pressed", ["110", "119", "none", ""])
def test_receipt_and_progress_keep_the_numbers_whatever_was_pressed(client: Client, pressed: str) -> None:
    settle()
    matter = made(RUSSIAN, said_of_danger=pressed)
    for name in ("resident_receipt", "resident_progress"):
        page = main_of(client.get(reverse(name, args=[matter.code])))
        assert 'href="tel:110"' in page, name
        assert "您已经打了" not in page, name
    client.post(reverse("resident_do", args=[matter.code, "add"]), {"words": ARABIC, "key": "k"})
    assert 'href="tel:110"' in main_of(client.get(reverse("resident_progress", args=[matter.code])))


def test_a_new_cry_brings_the_numbers_back_after_110_was_pressed(client: Client) -> None:
    settle()
    matter = made("着火了，楼里还有人，快来人", said_of_danger="119")
    here = reverse("resident_progress", args=[matter.code])
    assert "马上打：" not in main_of(client.get(here))
    client.post(reverse("resident_do", args=[matter.code, "add"]), {"words": ARABIC, "key": "k"})
    after = main_of(client.get(here))
    assert "马上打：" in after
    assert after.index('href="tel:110"') < after.index("<h1")


def test_an_answered_matter_shows_the_numbers_and_the_staff_page_says_to_find_a_reader(client: Client) -> None:
    town = settle()
    matter = made("路灯不亮，三天了")
    handler = in_hand(town, matter)
    answer(matter, handler, timezone.now())
    here = reverse("resident_progress", args=[matter.code])
    assert "马上打：" not in main_of(client.get(here))
    act(matter.pk, "add", {"words": "Au secours, mon mari me frappe, un couteau"}, by=RESIDENT, at=timezone.now())
    assert "马上打：" in main_of(client.get(here))
    desk = signed_in(town, "operator")
    row = main_of(desk.get("/staff/q/unread"))
    assert matter.number in row
    assert "外语没读懂" in row
    page = main_of(desk.get(f"/staff/m/{matter.number}"))
    assert "找懂这种话的人读" in page


def test_the_desk_says_what_it_says_on_the_page(client: Client) -> None:
    town = settle()
    matter = made(ARABIC)
    desk = signed_in(town, "operator")
    page = main_of(desk.get(f"/staff/m/{matter.number}"))
    assert page.index("说明外语的意思") < page.index("核定分类")
    wrong = desk.post(f"/staff/m/{matter.number}/do/read_out", {"words": "他在砸门"})
    assert Matter.objects.get(pk=matter.pk).unread_since is not None, wrong.status_code
    act(matter.pk, "read_out", {"words": "他正在砸门", "in_danger": "yes"}, by=town.operator, at=timezone.now())
    page = main_of(desk.get(f"/staff/m/{matter.number}"))
    assert "懂的人读过，说有危险：他正在砸门" in page
    assert matter.number in main_of(desk.get("/staff/q/danger"))
    # What staff wrote down is for those who work on it: her page says that there is danger, not how it was read.
    hers = main_of(client.get(reverse("resident_progress", args=[matter.code])))
    assert "他正在砸门" not in hers
    assert "马上打：" in hers


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("ru-RU,ru;q=0.9,en-US;q=0.8", "en"),
        ("ko", "en"),
        ("fr-FR, fr;q=0.9", "en"),
        ("ar", "en"),
        ("en-GB,en;q=0.9,zh;q=0.5", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("en;q=0.5,zh;q=0.9", "zh-hans"),
        ("fr,zh;q=0.3", "zh-hans"),
        ("en, zh;q=0", "en"),
        ("ru, en;q=0.4, zh-TW;q=0.2", "en"),
        ("yue-HK,yue", "zh-hans"),
        ("", "zh-hans"),
        ("*", "zh-hans"),
        ("zh", "zh-hans"),
        ("ZH-cn;Q=0.9, EN;Q=0.1", "zh-hans"),
        ("; ,, q=1", "zh-hans"),
        ("en;q=2,zh", "zh-hans"),
        ("x" * 5000, "zh-hans"),
    ],
)
def test_the_whole_header_of_the_browser_is_heard(header: str, lang: str) -> None:
    assert asked_for(header) == lang


def test_who_asks_for_russian_reads_english_and_who_chose_chinese_reads_chinese(client: Client) -> None:
    settle()
    header = {"accept-language": "ru-RU,ru;q=0.9,en-US;q=0.8"}
    assert client.get("/", headers=header).headers["Content-Language"] == "en"
    client.cookies["lang"] = "zh-hans"
    assert client.get("/", headers=header).headers["Content-Language"] == "zh-hans"


def test_many_stars_with_words_nobody_reads_count_at_once_and_frighten_nobody(town: Town) -> None:

    room = put(town)
    found = main_of(
        Client().post(f"/points/{room.code}/rate", {"key": "k", "level": "5", "words": "Très bien, merci beaucoup"})
    )
    assert "谢谢您的评价，打分已经记下了" in found
    assert "像是有危险" not in found
    assert "马上打：" not in found
    assert 'href="tel:110"' in found, "quietly"
    assert Entry.objects.filter(row=room, verb="answered").count() == 1
    matter = Matter.objects.get()
    assert (matter.danger_open, matter.unread_since is not None) == (False, True)
    # Few stars go the careful way, and a second rating of the day says why it does not count.
    low = main_of(
        Client().post(f"/points/{room.code}/rate", {"key": "k2", "level": "1", "words": "Au secours, il va me tuer"})
    )
    assert low.index('href="tel:110"') < low.index("<h1>")
    assert "一天只算一次" in low
