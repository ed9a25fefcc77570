"""Small promises of the pages, each at its edge: the last moment, the second time, and what must not reach somebody."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.desk.people import Town, settle
from tests.web.resident_town import load_places
from tests.web.test_resident import (  # noqa: F401
    at_most,
    codes,
    en,
    follow,
    key_of,
    report_quickly,
    text,
    to_check,
    upload,
    zh,
)
from tests.web.test_staff import NOISE, classed, hidden_of, noise, signed_in
from wuxiao.desk.assist import similar
from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.diary import diary, filling
from wuxiao.desk.documents import typeset as paper
from wuxiao.desk.town import books
from wuxiao.records.models import Matter, ReadingModel, Staff
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.web.resident import base
from wuxiao.web.shared.account import Account
from wuxiao.web.staff.lists import due_chip

pytestmark = [pytest.mark.django_db, pytest.mark.either]
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def town() -> Town:
    cache.clear()
    made = settle()
    load_places(timezone.now())
    return made


# ------------------------------------------------------------------------------------------------- a resident's pages


@pytest.mark.parametrize(("visitor", "lang"), [(zh, "zh-hans"), (en, "en")])
def test_messages_come_in_the_language_one_reported_in(town: Town, visitor: Callable[[], Client], lang: str) -> None:
    assert report_quickly(visitor(), "The street lamp at our gate is dark").status_code == 302
    assert Matter.objects.get().lang == lang


def test_an_hour_after_a_report_it_no_longer_counts_against_the_next(
    at_most: Callable[[int], None],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_most(1)
    client, still = zh(), base.now()
    assert report_quickly(client, "垃圾没人收，第一处").status_code == 302
    monkeypatch.setattr(base, "now", lambda: still + throttle.HOUR * SECOND - SECOND)
    assert report_quickly(client, "垃圾没人收，第二处").status_code == 400
    monkeypatch.setattr(base, "now", lambda: still + throttle.HOUR * SECOND)
    assert report_quickly(client, "垃圾没人收，第二处").status_code == 302


def test_a_joined_reporter_withdraws_her_own_report_and_not_the_main_one(codes: dict[str, str]) -> None:  # noqa: F811
    own, main = (Matter.objects.get(code=codes[name]) for name in ("merged", "main"))
    Matter.objects.filter(pk=main.pk).update(version=own.version + 5)
    client = zh()
    address = f"/p/{own.code}/do/withdraw"
    page = client.get(address)
    version = re.search(r'name="version" value="(\d+)"', page.content.decode())
    assert version is not None
    assert int(version[1]) == own.version
    given = {"key": key_of(page), "version": version[1], "reason": "已经自己解决了"}
    follow(client, client.post(address, given), f"/p/{own.code}")
    own.refresh_from_db()
    main.refresh_from_db()
    assert (own.outcome, main.outcome) == ("withdrawn", "")


def test_a_form_given_back_holds_what_was_written_once(codes: dict[str, str]) -> None:  # noqa: F811
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "zh-CN"})
    given = {"key": "late", "version": "3", "words": "还没有人来", "csrfmiddlewaretoken": "x"}
    body = client.post(f"/p/{codes['handling']}/do/add", given, headers={"origin": "http://testserver"})
    fields = re.findall(r'<(?:input|textarea)[^>]* name="([^"]+)"', body.content.decode())
    assert sorted(fields) == ["csrfmiddlewaretoken", "key", "version", "words"]


def test_a_photo_can_be_taken_away_where_photos_are_chosen_and_is_only_shown_before_sending(town: Town) -> None:
    client = zh()
    check = to_check(client).content.decode()
    photos = client.get("/new/photos").content.decode()
    assert photos.count("<img src=") == check.count('<img src="/new/photo') == 1
    assert (photos.count('name="remove"'), check.count('name="remove"')) == (1, 0)


def test_who_comes_back_from_the_last_page_to_change_something_goes_back_there(town: Town) -> None:
    client = zh()
    to_check(client)
    plain, back = (client.get(f"/new/contact{more}").content.decode() for more in ("", "?then=check"))
    hidden = re.compile(r'<input type="hidden" name="then" value="([^"]*)">')
    assert (hidden.findall(plain), hidden.findall(back)) == ([], ["check"])


def test_a_demo_county_says_whether_it_is_still_being_filled(
    town: Town, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    monkeypatch.setattr(filling._Over, "yes", False)
    now = timezone.now()
    for ago, going in ((timedelta(), True), (filling.STOPPED + HOUR, False)):
        stand = filling.begin(seed=1, until=now, small=True, by=SYSTEM, at=now - ago)
        filling.advance(stand, parts=1, lives=50, total=100, spent=60.0, by=SYSTEM, at=now - ago)
        said = text(zh().get("/"))
        assert ("停在这里了" in said, "演示县正在填入" in said) == (not going, going)


# ------------------------------------------------------------------------------------------------------ a desk's pages


def test_a_closed_account_is_nobody_even_where_it_was_signed_in(town: Town) -> None:
    client, person = signed_in(town, "operator"), town.staff("operator")
    assert client.get("/staff/").status_code == 200
    assert Account().get_user(person.pk) == person
    Staff.objects.filter(pk=person.pk).update(is_active=False)
    assert Account().get_user(person.pk) is None
    assert client.get("/staff/").status_code == 302


def test_before_something_guards_the_account_the_password_is_asked_and_a_wrong_one_proves_nothing(town: Town) -> None:
    client = signed_in(town, "operator")
    Staff.objects.filter(username="operator").update(password=make_password("柳树下的石桥边晒鱼干"))
    client.force_login(town.staff("operator"))
    wrong = client.post("/staff/account/prove", {"password": "猜一个", "next": "/staff/account"})
    assert (wrong.status_code, "proved" in client.session) == (403, False)
    assert "原密码不对" in wrong.content.decode()
    right = client.post("/staff/account/prove", {"password": "柳树下的石桥边晒鱼干", "next": "/staff/account"})
    assert (right.status_code, right["Location"], "proved" in client.session) == (302, "/staff/account", True)


def test_who_signed_in_with_a_one_time_password_is_told_why_it_must_change(town: Town) -> None:
    client, why = signed_in(town, "operator"), "您用的是一次性密码"
    assert why not in client.get("/staff/password").content.decode()
    Staff.objects.filter(username="operator").update(must_change_password=True)
    assert why in client.get("/staff/password").content.decode()


@pytest.mark.parametrize(("lang", "comma"), [("zh-hans", "，"), ("en", ", ")])
def test_reasons_of_likeness_are_strung_together_as_the_language_does(town: Town, lang: str, comma: str) -> None:
    noise()
    second = noise(phone="13900000003")
    first = next(iter(similar.like_matter(second, NOISE, by=town.operator, at=timezone.now())))
    assert len(first.why) > 1
    page = signed_in(town, "operator", lang).get(f"/staff/m/{second.number}").content.decode()
    part = page[page.index('id="alike"') :].split("</section>")[0]
    told = unescape(re.findall(r'<div class="d">(.*?)</div>', part)[0])
    assert told == comma.join(why.say("en" if lang == "en" else "zh") for why in first.why)


def test_the_first_and_loudest_step_is_the_one_that_moves_the_matter_on(town: Town) -> None:
    matter = noise()
    desk = signed_in(town, "operator")

    def first() -> tuple[str, list[str]]:
        page = desk.get(f"/staff/m/{matter.number}").content.decode()
        verbs = re.findall(rf'action="/staff/m/{matter.number}/(\w+)"', page)
        return verbs[0], re.findall(r'id="act-(\w+)"[^>]*class="[^"]*primary', page)

    assert first()[0] == "classify"
    classed(town, matter)
    assert first()[0] == "assign"


def test_the_category_one_ticked_counts_and_the_list_beside_it_only_for_other(town: Town) -> None:
    desk = signed_in(town, "operator")
    for ticked, wanted in (("env.noise.construction", "env.noise.construction"), ("other", "env.noise.life")):
        matter = noise(words=f"{NOISE}{ticked}")
        page = desk.get(f"/staff/m/{matter.number}").content.decode()
        given = {"category": ticked, "category_other": "env.noise.life", "handling_class": "complaint"}
        answer = desk.post(f"/staff/m/{matter.number}/classify", {**given, **hidden_of(page, "classify")})
        assert answer.status_code == 302
        assert Matter.objects.get(pk=matter.pk).category == wanted


def test_a_tick_that_was_taken_away_is_taken_away(town: Town) -> None:
    matter, desk = noise(), signed_in(town, "operator")
    for tick in ({"petition": "1"}, {}):
        page = desk.get(f"/staff/m/{matter.number}").content.decode()
        given = {"category": "env.noise.construction", "handling_class": "complaint", **tick}
        answer = desk.post(f"/staff/m/{matter.number}/classify", {**given, **hidden_of(page, "classify")})
        assert answer.status_code == 302
        assert Matter.objects.get(pk=matter.pk).petition is bool(tick)


def test_a_suggested_category_stands_with_its_reason_and_one_without_a_reason_with_none(town: Town) -> None:
    matter = noise()
    page = signed_in(town, "operator").get(f"/staff/m/{matter.number}/classify").content.decode()
    part = page[page.index('name="category"') - 200 :].split("</fieldset>")[0]
    assert re.findall(r'<span class="d">(.*?)</span>', part)
    assert '<span class="d"></span>' not in page


def test_a_date_is_near_today_and_within_four_hours_and_else_told_in_working_days(town: Town) -> None:
    calendar = books.current(timezone.now()).calendar

    def chip(now: datetime, due: datetime) -> tuple[str, str]:
        made = due_chip(due, now, calendar, "zh", state="handling", promise=None)
        return made.tone, made.text

    morning, night = (datetime(2026, 9, 7, hour, tzinfo=SHANGHAI) for hour in (9, 22))
    assert chip(morning, morning + 8 * HOUR) == ("soon", "还剩 8 小时")
    assert chip(night, night + 4 * HOUR) == ("soon", "还剩 4 小时")
    assert chip(night, night + 4 * HOUR + SECOND) == ("soon", "还剩 1 个工作日")
    assert chip(morning, morning + 24 * HOUR) == ("soon", "还剩 1 个工作日")
    assert chip(morning, morning + 48 * HOUR) == ("plain", "还剩 2 个工作日")


@pytest.mark.parametrize("who", ["operator", "shift_lead", "police", "supervisor"])
def test_the_keys_of_the_rail_are_told_and_no_two_are_the_same(town: Town, who: str) -> None:
    page = signed_in(town, who).get("/staff/").content.decode()
    keys = re.findall(r'data-go="([^"]*)" aria-keyshortcuts="g ([^"]*)"', page)
    assert len(keys) >= 2
    assert all(one and one == other for one, other in keys)
    assert len({one for one, _ in keys}) == len(keys) == page.count('aria-keyshortcuts="g ')


def test_the_towns_diary_goes_on_to_the_next_page_only_where_there_is_one(town: Town) -> None:
    client = signed_in(town, "auditor")
    more = re.compile(r'rel="next" href="([^"]+)"')
    for n in range(120):
        diary.write_town("message_decided", by=SYSTEM, at=timezone.now(), facts={"choice": "history", "count": n})
    address, pages = "/staff/audit", 0
    while address and pages < 20:
        found = more.findall(client.get(address).content.decode())
        address, pages = found[0].replace("&amp;", "&") if found else "", pages + 1
    assert 1 < pages < 20


def test_a_printed_sheet_says_who_printed_it_and_when(town: Town) -> None:
    matter = noise()
    sheet = signed_in(town, "operator").post(f"/staff/m/{matter.number}/print", {"as": "page"}).content.decode()
    foot = re.sub(r"<[^>]+>", "", sheet[sheet.index("sheet-foot") :])
    assert re.search(r"打印人：\S+ · 打印时间：\d{4}.*\d{2}:\d{2}", foot), foot[:200]


def test_certain_danger_is_shouted_at_whoever_takes_the_call(town: Town) -> None:
    client, loud = signed_in(town, "operator"), "有险情：先问清楚"
    once = re.search(r'name="once" value="([^"]+)"', client.get("/staff/intake").content.decode())
    assert once is not None
    said = {}
    for words in ("楼下有人拿刀追着人砍", "路灯坏了"):
        # Without a phone number that can be read the form comes back as it was.
        page = client.post("/staff/intake", {"words": words, "phone": "不知道", "once": once[1]})
        box = re.search(r'<div data-danger role="alert">(.*?)</form>', page.content.decode(), re.S)
        assert box is not None
        said[words] = loud in box[1].split("<template")[0]
    assert said == {"楼下有人拿刀追着人砍": True, "路灯坏了": False}


def test_each_kind_of_model_lists_its_own_and_no_others(town: Town) -> None:
    now = timezone.now()
    made = {
        task: ReadingModel.objects.create(
            task=task, state="waiting", folder=task, made_at=now, learned_from=now, learned_to=now, judged_to=now,
            texts=300, better=True, card={"text": "", "held_out": {"precision": 0.81, "recall": 0.97, "f1": 0.88}},
            judged={"n": 60, "new_right": 55, "old_right": 40, "against": "rule", "why": {"zh": "比", "en": "so"}},
        ).pk
        for task in ("duplicate", "personal")
    }  # fmt: skip
    page = signed_in(town, "supervisor").get("/staff/reading/models").content.decode()
    assert sorted(map(int, re.findall(r'href="/staff/reading/models/(\d+)"', page))) == sorted(made.values())


# --------------------------------------------------------------------------------------------------------------- paper


def test_a_font_of_the_older_table_is_read_and_its_characters_are_known() -> None:
    ranges = [(0x41, 0x43), (0x4E00, 0x4E02), (0xFFFF, 0xFFFF)]
    ends, begins = (struct.pack(f">{len(ranges)}H", *(one[n] for one in ranges)) for n in (1, 0))
    table = struct.pack(">7H", 4, 0, 0, 2 * len(ranges), 0, 0, 0) + ends + b"\0\0" + begins
    cmap = struct.pack(">2H2HI", 0, 1, 3, 1, 12) + table
    font = struct.pack(">IHHHH", 0x00010000, 1, 0, 0, 0) + struct.pack(">4sIII", b"cmap", 0, 28, len(cmap)) + cmap
    assert list(paper._characters(font, 0)) == [0x41, 0x42, 0x43, 0x4E00, 0x4E01, 0x4E02]
