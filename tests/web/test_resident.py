"""Residents' pages, told as stories: everything here works without JavaScript, because a test client has none."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from tests.desk.people import settle
from tests.reading.accused_texts import TRIAL
from tests.web.resident_town import NOISE, WORDS, fill, load_places, photo
from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.base.veiled import veil
from wuxiao.desk.case import sentences
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.files import drafts
from wuxiao.desk.matters import call_backs, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import addresses, books
from wuxiao.records.models import Access, Address, Attachment, CallBack, Contact, Entry, Matter, Throttle
from wuxiao.rules import flow
from wuxiao.rules.codes import grouped
from wuxiao.web.resident import base

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def town() -> Any:
    made = settle()
    load_places(timezone.now())
    return made


@pytest.fixture
def codes() -> dict[str, str]:
    return fill(timezone.now())


def zh() -> Client:
    return Client(headers={"accept-language": "zh-CN"})


def en() -> Client:
    return Client(headers={"accept-language": "en-GB,en"})


def text(response: Any) -> str:
    """The words of a page without its tags."""
    body = re.sub(r"(?s)<(script|style|svg|head)\b.*?</\1>", " ", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def links_of_errors_lead_somewhere(response: Any) -> None:
    body = response.content.decode()
    assert 'id="errors"' in body, "there is no error summary"
    targets = re.findall(r'<a href="#([^"]+)"', body[body.index('id="errors"') :].split("</div>")[0])
    assert targets, "the summary links to no field"
    for target in targets:
        assert f'id="{target}"' in body, f"the summary links to #{target}, which is not on the page"


def follow(client: Client, response: Any, expected: str) -> Any:
    assert response.status_code == 302, text(response)[:600]
    assert urlsplit(response["Location"]).path == expected
    return client.get(response["Location"])


def upload(name: str = "灯.jpg", data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo() if data is None else data)


def to_check(client: Client, words: str = WORDS, **contact: str) -> Any:
    follow(client, client.post("/new", {"words": words}), "/new/place")
    row = Address.objects.get(full="清平街道文庙街12号")
    follow(client, client.post("/new/place", {"q": "文庙街12号", "place": f"a:{row.pk}"}), "/new/photos")
    follow(client, client.post("/new/photos", {"files": [upload()]}), "/new/contact")
    given = {"phone": "139 0000 1111", "by_sms": "1", "name": "王女士", **contact}
    return follow(client, client.post("/new/contact", given), "/new/check")


def key_of(response: Any) -> str:
    found = re.search(r'name="key" value="([^"]+)"', response.content.decode())
    assert found is not None
    return found.group(1)


def test_a_report_from_the_first_word_to_the_receipt(town: Any) -> None:
    client = zh()
    page = to_check(client, "文庙街 12 号门口的下水道堵了三天，污水漫到路上，很臭。")
    said = text(page)
    for shown in ("污水漫到路上", "清平街道文庙街12号", "1 张", "王女士", "13900001111"):
        assert shown in said
    sent = client.post("/new/check", {"key": key_of(page)})
    matter = Matter.objects.get()
    receipt = follow(client, sent, f"/p/{matter.code}/receipt")
    assert matter.address is not None
    assert (matter.channel, matter.division, matter.address.full) == ("web", "990101001002", "清平街道文庙街12号")
    assert Contact.objects.get(matter=matter).phone == "13900001111"
    stored = Attachment.objects.get(matter=matter)
    body = client.get(f"/p/{matter.code}/file/{veil('file', stored.pk)}").content
    assert b"secret comment" not in body
    assert b"SecretCamera" not in body
    assert Image.open(io.BytesIO(body)).size == (640, 480)
    for group in grouped(matter.code).split("-"):
        assert group in text(receipt)
    assert "<svg" in receipt.content.decode()
    assert "最晚什么时候答复您" in text(receipt)
    assert "当天不算" in text(receipt) or "当天休息" in text(receipt)
    assert client.get("/new/check").status_code == 302, "the draft is gone once it is sent"
    saved = client.get(f"/p/{matter.code}/receipt.txt")
    assert grouped(matter.code) in saved.content.decode("utf-8-sig")
    assert "attachment" in saved["Content-Disposition"]


def test_everything_may_be_left_open(town: Any) -> None:
    client = zh()
    follow(client, client.post("/new", {"words": "垃圾没人收"}), "/new/place")
    follow(client, client.post("/new/place/other", {"division": "", "words": ""}), "/new/photos")
    follow(client, client.post("/new/photos", {}), "/new/contact")
    page = follow(client, client.post("/new/contact", {}), "/new/check")
    assert "匿名" in text(page)
    client.post("/new/check", {"key": key_of(page)})
    matter = Matter.objects.get()
    assert not Contact.objects.filter(matter=matter).exists()
    assert "凭查询码" in text(client.get(f"/p/{matter.code}/receipt"))


@pytest.mark.both
def test_the_same_click_twice_makes_one_matter(town: Any) -> None:
    client = zh()
    key = key_of(to_check(client))
    if "/new/danger" in client.post("/new/check", {"key": key})["Location"]:
        client.post("/new/danger")
    first = client.post("/new/check", {"key": key})
    again = client.post("/new/check", {"key": key})
    assert first["Location"] == again["Location"]
    assert Matter.objects.count() == 1


def test_words_of_danger_bring_the_numbers_first(town: Any) -> None:
    client = zh()
    page = follow(client, client.post("/new", {"words": "楼下有人拿刀追着人砍"}), "/new/danger")
    body = page.content.decode()
    for number in ("tel:110", "tel:119", "tel:120"):
        assert number in body
    assert body.index("tel:110") < body.index("tel:119")
    assert client.get("/new/check")["Location"].endswith("/new/danger"), "the page cannot be walked around"
    follow(client, client.post("/new/danger"), "/new/place")
    follow(client, client.post("/new", {"words": "另外还着火了，救命"}), "/new/danger")


def _sent(client: Client, words: str, phone: str = "", **said: str) -> Matter:
    follow(client, client.post("/new", {"words": words}), "/new/danger" if said else "/new/place")
    if said:
        follow(client, client.post("/new/danger", {k: v for k, v in said.items() if v}), "/new/place")
    follow(client, client.post("/new/place/other", {"division": "", "words": ""}), "/new/photos")
    follow(client, client.post("/new/photos", {}), "/new/contact")
    page = follow(client, client.post("/new/contact", {"phone": phone}), "/new/check")
    client.post("/new/check", {"key": key_of(page)})
    return Matter.objects.latest("pk")


FIRE = "我家楼下着火了，楼道里有老人"


def test_whoever_has_called_119_says_so_and_the_receipt_speaks_of_that_first(town: Any) -> None:
    client = zh()
    page = text(follow(client, client.post("/new", {"words": FIRE}), "/new/danger"))
    assert "您写的话里有“着火”" in page
    for foreign in ("%", "分流", "调解", "请先看"):
        assert foreign not in page
    matter = _sent(client, FIRE, called="119")
    entry = Entry.objects.get(matter=matter, verb="receive")
    assert entry.facts["said_of_danger"] == "119"
    assert matter.danger_open, "staff still look"
    receipt = text(client.get(f"/p/{matter.code}/receipt"))
    assert receipt.index("您已经打了 119") < receipt.index("最晚什么时候答复您")
    assert "为什么是这一天" not in receipt
    progress = text(client.get(f"/p/{matter.code}"))
    assert "您已经打了 119" in progress
    assert "不要等我们，马上打" not in progress
    saved = client.get(f"/p/{matter.code}/receipt.txt").content.decode("utf-8-sig")
    assert "您已经打了 119" in saved


def test_only_whoever_left_a_phone_is_told_that_they_will_be_called(town: Any) -> None:
    client = zh()
    for phone, there, absent in (
        ("13900001111", "需要时马上联系您", "您没有留电话"),
        ("", "您没有留电话", "需要时马上联系您"),
    ):
        matter = _sent(client, FIRE, phone, called="119")
        for address in (f"/p/{matter.code}/receipt", f"/p/{matter.code}"):
            page = text(client.get(address))
            assert there in page
            assert absent not in page


def test_whoever_is_in_no_danger_says_that_and_a_number_nobody_knows_is_not_taken(town: Any) -> None:
    for called, kept in (("", "none"), ("999", "none"), ("120", "120")):
        matter = _sent(zh(), FIRE, called=called)
        assert Entry.objects.get(matter=matter, verb="receive").facts["said_of_danger"] == kept
    matter = _sent(zh(), "路灯坏了三盏")
    assert "said_of_danger" not in Entry.objects.get(matter=matter, verb="receive").facts
    assert "您已经打了" not in text(zh().get(f"/p/{matter.code}/receipt"))


def test_other_words_are_asked_about_anew_and_what_was_said_of_the_first_is_not_kept_for_them(town: Any) -> None:
    client = zh()
    follow(client, client.post("/new", {"words": FIRE}), "/new/danger")
    client.post("/new/danger", {"called": "119"})
    matter = _sent(client, "路灯坏了三盏")
    assert "said_of_danger" not in Entry.objects.get(matter=matter, verb="receive").facts


@pytest.mark.parametrize("words", ["我的电动车昨天被偷了", "昨天被邻居打了一拳，想问怎么处理", "派出所门口的路灯坏了"])
def test_what_may_be_danger_shows_a_resident_nothing(town: Any, words: str) -> None:
    matter = _sent(zh(), words)
    assert not matter.danger_open
    assert matter.danger == []
    pages = text(zh().get(f"/p/{matter.code}/receipt")) + text(zh().get(f"/p/{matter.code}"))
    assert "马上打" not in pages
    assert "险情" not in pages


def test_errors_say_how_to_mend_and_keep_what_was_typed(town: Any) -> None:
    client = zh()
    nothing = client.post("/new", {"words": "  "})
    assert nothing.status_code == 400
    links_of_errors_lead_somewhere(nothing)
    long = client.post("/new", {"words": "长" * 4001})
    assert "最多 4000 字" in text(long)
    assert "长" * 50 in text(long)
    client.post("/new", {"words": "路灯坏了"})
    wrong = client.post("/new/contact", {"phone": "1390000", "email": "nobody", "name": "王女士"})
    assert wrong.status_code == 400
    links_of_errors_lead_somewhere(wrong)
    assert "手机号应是 11 位，现在是 7 位" in text(wrong)
    for kept in ("1390000", "nobody", "王女士"):
        assert f'value="{kept}"' in wrong.content.decode()
    none = client.get("/new/place", {"q": "没有这条街"})
    links_of_errors_lead_somewhere(none)
    links_of_errors_lead_somewhere(client.post("/new/place", {"q": "文庙街", "place": ""}))
    links_of_errors_lead_somewhere(client.post("/new/place/other", {"division": "nowhere"}))
    links_of_errors_lead_somewhere(client.post("/new/kind", {"kind": "x"}))
    links_of_errors_lead_somewhere(client.post("/find", {"code": "7F3K"}))


def test_a_bad_photo_does_not_cost_the_good_ones(town: Any) -> None:
    client = zh()
    client.post("/new", {"words": "路灯坏了"})
    page = client.post("/new/photos", {"files": [upload("a.jpg"), upload("b.jpg", b"no picture at all")]})
    assert page.status_code == 400
    assert "b.jpg" in text(page)
    links_of_errors_lead_somewhere(page)
    tokens = re.findall(r"/new/photos/([\w-]{22})", page.content.decode())
    assert len(set(tokens)) == 1
    assert client.get(f"/new/photos/{tokens[0]}").status_code == 200
    assert zh().get(f"/new/photos/{tokens[0]}").status_code == 404, "a stranger's draft shows nothing"
    client.post("/new/photos", {"remove": tokens[0]})
    assert client.get(f"/new/photos/{tokens[0]}").status_code == 404
    many = client.post("/new/photos", {"files": [upload(f"{n}.jpg") for n in range(7)]})
    assert "最多6张" in text(many)
    assert len(set(re.findall(r"/new/photos/([\w-]{22})", many.content.decode()))) == 6


def test_the_draft_survives_a_change_of_language_and_going_back(town: Any) -> None:
    client = zh()
    page = to_check(client)
    key = key_of(page)
    client.get("/prefs", {"lang": "en", "next": "/new/check"})
    english = client.get("/new/check")
    assert "Check your answers" in text(english)
    assert "路灯三盏都不亮" in text(english)
    assert "12 Wenmiao Street, Qingping" in text(english)
    assert key_of(english) == key
    assert "路灯三盏都不亮" in client.get("/new").content.decode()
    assert "13900001111" in client.get("/new/contact").content.decode()
    changed = client.post("/new", {"words": "改过的话：井盖坏了", "then": "check"})
    assert "改过的话" in text(follow(client, changed, "/new/check"))


def test_unsent_photos_are_swept_after_a_day(town: Any) -> None:
    now = timezone.now()
    token = drafts.keep(matters.files.check("a.jpg", photo(), books.current(now).book.uploads), at=now)
    assert drafts.sweep(at=now + timedelta(hours=23)) == 0
    assert drafts.load(token) is not None
    assert drafts.sweep(at=now + timedelta(hours=25)) >= 1
    assert drafts.load(token) is None


def hides(client: Client) -> tuple[str, str, str]:
    """What the question about secrecy says now: yes or no, the unit, the body."""
    body = client.get("/new/contact").content.decode()
    yes = re.search(r'name="hide" value="([01])"[^>]* checked', body)
    unit = re.search(r'name="unit" type="text" value="([^"]*)"', body)
    kind = re.search(r'<option value="([^"]*)" selected', body)
    assert yes is not None, "it is always asked"
    assert unit is not None
    assert kind is not None
    return yes[1], unescape(unit[1]), kind[1]


def sent(client: Client, **contact: str) -> Matter:
    """Send the report that was begun, with these answers on the page of contact, and return the matter."""
    page = follow(client, client.post("/new/contact", contact), "/new/check")
    client.post("/new/check", {"key": key_of(page)})
    return Matter.objects.latest("pk")


@pytest.mark.parametrize("words", ["文庙街12号门口的路灯坏了三天了。", "The street lamp is dark."])
def test_everybody_is_asked_about_secrecy_and_a_lamp_begins_with_no(town: Any, words: str) -> None:
    client = zh()
    client.post("/new", {"words": words})
    assert "这件事要不要对某个单位或某个人保密？" in text(client.get("/new/contact"))
    assert hides(client) == ("0", "", "")
    matter = sent(client)
    assert (matter.hidden, matter.shielded) == (frozenset(), False)
    assert "替您保密" not in text(client.get(f"/p/{matter.code}/receipt"))
    assert "替您保密" not in text(client.get(f"/p/{matter.code}"))


@pytest.mark.parametrize("n", range(len(TRIAL)))
def test_the_nine_of_the_trial_begin_with_yes_and_are_kept_by_clicking_on(town: Any, n: int) -> None:
    client = zh()
    if "/new/danger" in client.post("/new", {"words": TRIAL[n]})["Location"]:
        client.post("/new/danger")
    assert hides(client)[0] == "1"
    matter = sent(client)
    assert matter.shielded
    for page in ("", "/receipt"):
        body = client.get(f"/p/{matter.code}{page}").content.decode()
        # Whom to call in danger stands before everything.
        said = re.sub(r'(?s)<section class="sos".*?</section>', "", body[body.index("<main") :])
        first = re.sub(r"<svg.*?</svg>|<[^>]+>|\s", "", said)
        assert first.startswith("这件事替您保密。"), "it is what the page says first"


def test_a_report_about_the_police_without_a_name_is_hidden_from_every_police_post_but_their_supervision(
    town: Any,
) -> None:
    client = zh()
    client.post("/new", {"words": TRIAL[0]})
    assert hides(client) == ("1", "", "some_station")
    page = follow(client, client.post("/new/contact", {}), "/new/check")
    assert "只有县公安局督察大队（管监督的）可以看" in text(page)
    assert "办理的单位看不到您的姓名" in text(page)
    client.post("/new/check", {"key": key_of(page)})
    matter = Matter.objects.get()
    book = books.current(timezone.now()).book
    police = {u.code for u in book.units.values() if "公安局" in u.name.zh or u.type in {"station", "police_command"}}
    assert len(police) >= 10
    assert matter.hidden == police - {"police_supervision"}
    assert not Access.objects.filter(matter=matter, principal__in=[f"u:{code}" for code in matter.hidden]).exists()
    saved = client.get(f"/p/{matter.code}/receipt.txt").content.decode("utf-8-sig").split("\r\n")
    assert saved[1].startswith("这件事替您保密。")
    assert "派出所或民警" in saved[1]
    english = en().get(f"/p/{matter.code}")
    assert "This is kept secret for you. Cannot see it: a police station or officer" in text(english)


def test_a_unit_is_found_by_typing_a_part_and_what_fits_several_is_asked_again(town: Any) -> None:
    client = zh()
    client.post("/new", {"words": "排队时有人插队"})
    body = client.get("/new/contact").content.decode()
    assert '<option value="清平派出所">清平街道</option>' in body, "offered while one types, without scripts"
    for typed in ("派出所", "没有这个所"):
        wrong = client.post("/new/contact", {"hide": "1", "unit": typed, "body": ""})
        assert wrong.status_code == 400
        links_of_errors_lead_somewhere(wrong)
        assert f'value="{typed}"' in wrong.content.decode(), "what was typed stays"
    assert "清平派出所" in text(client.post("/new/contact", {"hide": "1", "unit": "派出所", "body": ""}))
    matter = sent(client, hide="1", unit="上堰村委会、城管局", body="")
    about = {"urban_mgmt", next(c for c, u in books.current(timezone.now()).book.units.items() if "上堰" in u.name.zh)}
    assert matter.hidden == about
    english = en()
    english.post("/new", {"words": "Somebody jumped the queue."})
    assert '<option value="Qingping Police Station">' in english.get("/new/contact").content.decode()
    assert sent(english, hide="1", unit="qingping police", body="").hidden > {"police_bureau"}


def test_a_no_is_taken_and_holds_for_the_words_it_was_said_of(town: Any) -> None:
    client = zh()
    client.post("/new", {"words": TRIAL[3]})
    assert hides(client) == ("1", "", "some_chengguan")
    client.post("/new/contact", {"hide": "0", "unit": "没有这个所", "body": "some_chengguan"})
    assert "不用保密" in text(client.get("/new/check"))
    assert hides(client)[0] == "0"
    client.post("/new", {"words": TRIAL[0]})
    assert hides(client)[0] == "1", "other words are asked about anew"
    client.post("/new", {"words": TRIAL[3]})
    matter = sent(client, hide="0", unit="", body="some_chengguan")
    assert (matter.hidden, matter.shielded) == (frozenset(), False)


def test_a_yes_without_a_name_keeps_the_person_and_promises_no_more(town: Any) -> None:
    client = zh()
    client.post("/new", {"words": "县医院的医生让我到他老婆药店买钢板。"})
    page = follow(client, client.post("/new/contact", {"hide": "1", "unit": "", "body": "other"}), "/new/check")
    assert "没有写是哪个单位，所以还不能对某个单位隐去这件事" in text(page)
    assert "看不到这件事的" not in text(page)
    client.post("/new/check", {"key": key_of(page)})
    matter = Matter.objects.get()
    assert (matter.hidden, matter.shielded) == (frozenset(), True)
    assert "看不到这件事的" not in text(client.get(f"/p/{matter.code}"))
    assert client.post("/new/contact", {}).status_code == 302


def test_a_kind_chosen_against_somebody_begins_with_yes(town: Any) -> None:
    client = zh()
    client.post("/new", {"words": NOISE})
    assert hides(client)[0] == "0"
    client.post("/new/kind", {"kind": "c:env.noise.construction"})
    assert hides(client)[0] == "1"
    page = follow(client, client.post("/new/contact", {"hide": "1", "unit": "urban_mgmt"}), "/new/check")
    assert "县城市管理局" in text(page)
    client.post("/new/check", {"key": key_of(page)})
    matter = Matter.objects.get()
    assert (matter.hidden, matter.shielded) == ({"urban_mgmt"}, True)
    assert Access.objects.filter(matter=matter).exists()
    assert not Access.objects.filter(matter=matter, principal="u:urban_mgmt").exists()


def test_the_guess_is_shown_and_can_be_changed(town: Any) -> None:
    client = zh()
    client.post("/new", {"words": "楼下飞线充电，电线从五楼拉下来"})
    assert "猜的" in text(client.get("/new/check"))
    options = re.findall(r'name="kind" value="([^"]+)"', client.get("/new/kind").content.decode())
    assert {"k:dispute", "k:request", "k:minor_case", "k:hazard", "k:conduct_problem"} < set(options)
    follow(client, client.post("/new/kind", {"kind": "k:request"}), "/new/check")
    page = client.get("/new/check")
    assert "猜的" not in text(page)
    client.post("/new/check", {"key": key_of(page)})
    assert Matter.objects.get().kind == "request"


def test_a_doubtful_guess_is_none_and_the_five_kinds_are_asked(town: Any) -> None:
    client = zh()
    client.post("/new", {"words": "想问个事，能不能来看看"})
    options = re.findall(r'name="kind" value="([^"]+)"', client.get("/new/kind").content.decode())
    assert options == ["k:dispute", "k:request", "k:minor_case", "k:hazard", "k:conduct_problem"]


# ------------------------------------------------------------------------------------------------------------ progress


def test_the_page_says_who_when_next_why_and_every_hand_over(codes: dict[str, str]) -> None:
    said = text(zh().get(f"/p/{codes['handling']}"))
    for shown in (
        "县城市管理局",
        "从什么时候起",
        "下一步",
        "最晚什么时候答复您",
        "为什么是这一天？",
        "收到",
        "退回了（第1次），理由：该工地属省重点项目，由住建部门监管，不属我局职责",
        "县城市管理局接手了",
    ):
        assert shown in said, f"{shown} is missing in: {said}"
    english = text(en().get(f"/p/{codes['handling']}"))
    for shown in (
        "Who has it",
        "Urban Management Bureau took it on",
        "sent it back (no. 1): in Chinese below",
        "该工地属省重点项目",
        "Why this day?",
    ):
        assert shown in english
    chinese_left = re.findall(r"[\u4e00-\u9fff]+", english.replace(NOISE, ""))
    own = f"中文，{NOISE}该工地属省重点项目，由住建部门监管，不属我局职责"
    assert set(chinese_left) <= set(re.split("[，。]", own)), "a page in English says Chinese of its own"


def test_internal_notes_and_names_stay_inside(codes: dict[str, str]) -> None:
    matter = Matter.objects.get(code=codes["handling"])
    from tests.desk.people import of_unit
    from wuxiao.desk.base.actor import of_staff
    from wuxiao.records.models import Staff

    handler = of_staff(Staff.objects.get(username=f"handler_{matter.holder}"), books.current(timezone.now()).book)
    assert of_unit is not None
    at = timezone.now()
    act(matter.pk, "note", {"words": "内部:当事人情绪激动"}, by=handler, at=at)
    act(matter.pk, "note", {"words": "已联系施工方", "seen": "yes"}, by=handler, at=at)
    said = text(zh().get(f"/p/{codes['handling']}"))
    assert "已联系施工方" in said
    assert "情绪激动" not in said
    assert "operator" not in said, "no member of staff is named"


def test_reading_the_answer_is_a_fact_of_its_own(codes: dict[str, str]) -> None:
    assert Matter.objects.get(code=codes["answered"]).told_at is None
    said = text(zh().get(f"/p/{codes['answered']}"))
    assert "夜间不再打桩" in said
    assert said.count("夜间不再打桩") == 1, "the answer is not printed twice"
    assert "告诉我处理结果" in said
    assert Matter.objects.get(code=codes["answered"]).told_at is not None


def test_a_merged_reporter_follows_the_joint_course_without_the_others_words(codes: dict[str, str]) -> None:
    assert "门牌 5 幢 301" in text(zh().get(f"/p/{codes['main']}"))
    said = text(zh().get(f"/p/{codes['merged']}"))
    assert "同一件事" in said
    assert "县城市管理局接手了" in said
    assert "门牌" not in said
    main = Matter.objects.get(code=codes["main"])
    assert main.number not in said
    assert main.code not in said.replace(" ", "")


def test_a_declined_matter_says_law_and_channel(codes: dict[str, str]) -> None:
    said = text(zh().get(f"/p/{codes['declined']}"))
    assert "中级人民法院" in said
    assert "依据" in said
    assert "。。" not in said


def test_late_is_said_with_a_way_on(codes: dict[str, str]) -> None:
    page = zh().get(f"/p/{codes['late']}")
    assert "已经超过答应您的日期" in text(page)
    assert f"/p/{codes['late']}/do/urge" in page.content.decode()


def do(client: Client, code: str, verb: str, **given: Any) -> Any:
    page = client.get(f"/p/{code}/do/{verb}")
    assert page.status_code == 200, text(page)[:400]
    # Words are added whatever happened meanwhile: only steps that are compared say what was seen.
    version = re.search(r'name="version" value="(\d+)"', page.content.decode())
    assert (version is not None) == (verb in {"rate", "object", "withdraw", "appeal", "unshield"})
    seen = {"version": version[1]} if version is not None else {}
    return client.post(f"/p/{code}/do/{verb}", {"key": key_of(page), **seen, **given})


def state(code: str) -> str:
    return Matter.objects.get(code=code).state


def test_replying_with_a_photo_sets_the_clock_going(codes: dict[str, str]) -> None:
    client, code = zh(), codes["waiting"]
    assert "请问是哪一栋楼能听到" in text(client.get(f"/p/{code}"))
    empty = do(client, code, "reply", words="", files=[upload()])
    assert empty.status_code == 400
    links_of_errors_lead_somewhere(empty)
    kept = re.search(r'name="photo" value="([\w-]{22})"', empty.content.decode())
    assert kept is not None, "the photo is kept beside the missing words"
    sent = client.post(
        f"/p/{code}/do/reply", {"key": key_of(empty), "version": "0", "words": "3幢", "photo": kept.group(1)}
    )
    page = follow(client, sent, f"/p/{code}")
    assert "已收到您的补充" in text(page)
    assert state(code) == "handling"
    assert Attachment.objects.filter(matter__code=code, by_resident=True).count() == 1


def test_adding_only_a_photo_is_enough(codes: dict[str, str]) -> None:
    client, code = zh(), codes["handling"]
    assert do(client, code, "add", files=[upload()]).status_code == 302
    assert "补充了照片" in text(client.get(f"/p/{code}"))


def test_urging_twice_is_answered_with_the_reason(codes: dict[str, str]) -> None:
    client, code = zh(), codes["handling"]
    assert do(client, code, "urge", reason="快一点吧").status_code == 302
    assert "快一点吧" in text(client.get(f"/p/{code}"))
    again = client.get(f"/p/{code}/do/urge")
    assert again.status_code == 409
    assert "刚刚催办过" in text(again)
    posted = client.post(f"/p/{code}/do/urge", {"reason": "再催一次"})
    assert posted.status_code == 409
    assert "再催一次" in posted.content.decode(), "what was written is not lost"


def test_rating_closes_and_cannot_be_done_twice(codes: dict[str, str]) -> None:
    client, code = zh(), codes["answered"]
    missing = do(client, code, "rate", solved="yes")
    assert missing.status_code == 400
    links_of_errors_lead_somewhere(missing)
    assert do(client, code, "rate", rating="2", solved="no", contacted="no", words="只来了一次").status_code == 302
    matter = Matter.objects.get(code=code)
    assert (matter.state, matter.satisfied, matter.solved, matter.contacted) == ("closed", 2, False, False)
    page = client.get(f"/p/{code}")
    assert f"/p/{code}/do/rate" not in page.content.decode()
    assert client.get(f"/p/{code}/do/rate").status_code == 409
    assert client.get(f"/p/{code}/do/nothing").status_code == 404


def test_objecting_gives_a_fresh_promise(codes: dict[str, str]) -> None:
    client, code = zh(), codes["answered2"]
    assert do(client, code, "object", reason="昨晚又打桩了").status_code == 302
    matter = Matter.objects.get(code=code)
    assert (matter.state, matter.reopened) == ("handling", 1)
    said = text(client.get(f"/p/{code}"))
    assert "您提出异议，重新办理：昨晚又打桩了" in said
    assert "给您的答复" not in said, "the old answer no longer stands above"


def test_somebody_acted_meanwhile_and_nothing_typed_is_lost(codes: dict[str, str]) -> None:
    client, code = zh(), codes["handling"]
    page = client.get(f"/p/{code}/do/withdraw")
    do(client, code, "add", words="补充一句")
    stale = client.post(f"/p/{code}/do/withdraw", {"key": key_of(page), "version": "1", "reason": "已经自己解决了"})
    assert stale.status_code == 409
    assert "已经自己解决了" in stale.content.decode()
    assert state(code) == "handling"
    version = re.search(r'name="version" value="(\d+)"', stale.content.decode())
    assert version is not None
    client.post(f"/p/{code}/do/withdraw", {"key": key_of(stale), "version": version.group(1), "reason": "解决了"})
    assert state(code) == "closed"


@pytest.mark.both
def test_the_same_act_sent_twice_is_done_once(codes: dict[str, str]) -> None:
    client, code = zh(), codes["handling"]
    given = {"key": key_of(client.get(f"/p/{code}/do/add")), "words": "门口也有"}
    assert client.post(f"/p/{code}/do/add", given).status_code == 302
    assert client.post(f"/p/{code}/do/add", given).status_code == 302
    assert Entry.objects.filter(matter__code=code, verb="add").count() == 1


# ---------------------------------------------------------------------------------------------------------- their data


def test_the_resident_sees_who_read_their_data(codes: dict[str, str]) -> None:
    said = text(zh().get(f"/p/{codes['handling']}/readers"))
    assert "县12345热线中心 热线受理员查看了电话" in said
    assert "核实情况" in said
    assert "operator" not in said
    assert "Nobody has opened it yet" in text(en().get(f"/p/{codes['fresh']}/readers"))


def test_taking_the_data_along(codes: dict[str, str]) -> None:
    client, code = zh(), codes["handling"]
    given = json.loads(client.get(f"/p/{code}/data.json").content)
    assert given["words"] == NOISE
    assert given["contact"]["phone"] == "13900000001"
    assert [r["purpose"] for r in given["read_by"]] == ["核实情况"]
    assert len(given["steps"]) >= 7
    assert given["messages"]
    said = text(client.get(f"/p/{code}/data"))
    for shown in (NOISE, "13900000001", "王女士"):
        assert shown in said


def test_erasing_takes_two_steps_and_leaves_the_chain_whole(codes: dict[str, str]) -> None:
    client, code = zh(), codes["fresh"]
    matter = Matter.objects.get(code=code)
    stored = Attachment.objects.get(matter=matter)
    assert client.get(f"/p/{code}/file/{veil('file', stored.pk)}").status_code == 200
    assert 'name="understood"' not in client.get(f"/p/{code}/erase").content.decode()
    assert 'name="understood"' in client.get(f"/p/{code}/erase?sure=1").content.decode()
    links_of_errors_lead_somewhere(client.post(f"/p/{code}/erase"))
    assert Contact.objects.get(matter=matter).phone
    page = follow(client, client.post(f"/p/{code}/erase", {"understood": "1"}), f"/p/{code}")
    assert "路灯三盏" not in text(page)
    assert "内容已删除" in text(page)
    assert client.get(f"/p/{code}/file/{veil('file', stored.pk)}").status_code == 404
    assert Contact.objects.get(matter=matter).phone == ""
    previous = ""
    for entry in Entry.objects.filter(matter=matter).order_by("turn"):
        assert entry.seal == diary.seal_of(previous, entry)
        previous = entry.seal
    client.post(f"/p/{code}/erase", {"understood": "1"})
    assert Entry.objects.filter(matter=matter, verb="erase").count() == 1


# ----------------------------------------------------------------------------------------------------------- call-back


def test_the_link_in_the_message_is_answered_once(codes: dict[str, str]) -> None:
    client, token = zh(), codes["token"]
    assert client.get(f"/c/{token}").status_code == 200
    wrong = client.post(f"/c/{token}", {"solved": "yes", "words": "还行"})
    assert wrong.status_code == 400
    links_of_errors_lead_somewhere(wrong)
    assert "还行" in wrong.content.decode()
    done = client.post(f"/c/{token}", {"rating": "2", "solved": "no", "contacted": "yes", "words": "还行"})
    assert "谢谢您" in text(done)
    row = CallBack.objects.select_related("matter").get(token=token)
    assert (row.state, row.way, row.satisfied, row.solved, row.contacted) == ("done", "sms", 2, False, True)
    assert (row.matter.satisfied, row.matter.rated_by) == (4, "resident"), "the resident's own rating stands"
    entry = Entry.objects.get(matter=row.matter, verb="call_back")
    assert entry.actor == "resident"
    assert client.post(f"/c/{token}", {"rating": "5", "solved": "yes"}).status_code == 410
    assert CallBack.objects.get(token=token).satisfied == 2
    with pytest.raises(Refused):
        call_backs.answer_by_link(token, {"rating": "5", "solved": "yes"}, at=timezone.now())
    assert client.get("/c/no-such-token").status_code == 404


def test_a_silent_requester_is_rated_by_the_call_back(codes: dict[str, str]) -> None:
    row = CallBack.objects.select_related("matter").get(token=codes["token"])
    Matter.objects.filter(pk=row.matter_id).update(rated_by="", satisfied=None, solved=None)
    zh().post(f"/c/{codes['token']}", {"rating": "1", "solved": "no"})
    matter = Matter.objects.get(pk=row.matter_id)
    assert (matter.satisfied, matter.solved, matter.rated_by) == (1, False, "call_back")


# -------------------------------------------------------------------------------------------------------------- safety


def test_only_wrong_codes_count_and_a_right_one_is_never_refused(
    codes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # One minute, however slow the machine is.
    now = timezone.now().replace(second=1)
    monkeypatch.setattr("wuxiao.web.resident.base.now", lambda: now)
    ceiling = throttle.SHARED * books.current(now).book.throttle.lookups_per_minute
    village, stranger = zh(), zh()
    for _ in range(ceiling + 5):
        assert village.get(f"/p/{codes['handling']}").status_code == 200
    answers = [stranger.get("/p/0000000000000000000Z").status_code for _ in range(ceiling + 3)]
    assert answers == [404] * ceiling + [429] * 3
    for client in (village, stranger, zh()):
        assert client.get(f"/p/{codes['handling']}").status_code == 200
        assert client.post("/find", {"code": codes["handling"]}).status_code == 302
    wall = stranger.post("/find", {"code": "0000-0000-0000-0000-000Z"})
    assert wall.status_code == 429
    assert 'value="0000-0000-0000-0000-000Z"' in wall.content.decode(), "what was typed stays"
    elsewhere = Client(headers={"accept-language": "zh"}, REMOTE_ADDR="203.0.113.9")
    assert elsewhere.get("/p/0000000000000000000Z").status_code == 404
    assert not Throttle.objects.filter(key__contains="127.0.0.1").exists(), "addresses are not kept"
    assert Throttle.objects.exists()


def test_one_visitor_who_guesses_is_stopped_before_the_others_of_the_address(
    codes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now().replace(second=1)
    monkeypatch.setattr("wuxiao.web.resident.base.now", lambda: now)
    limit = books.current(now).book.throttle.lookups_per_minute
    visitor = zh()
    visitor.post("/new", {"words": "路灯不亮"})
    answers = [visitor.get("/p/0000000000000000000Z").status_code for _ in range(limit + 1)]
    assert answers == [404] * limit + [429]
    assert zh().get("/p/0000000000000000000Z").status_code == 404


def test_the_code_is_read_kindly(codes: dict[str, str]) -> None:
    code = codes["fresh"]
    typed = grouped(code).lower().replace("0", "o").replace("1", "l").replace("-", " ")
    sent = zh().post("/find", {"code": typed})
    assert sent["Location"] == f"/p/{code}"
    assert zh().get(f"/p/{grouped(code)}")["Location"] == f"/p/{code}"


def test_a_page_behind_a_code_is_kept_from_caches_and_referrers(codes: dict[str, str]) -> None:
    client, code = zh(), codes["fresh"]
    for path in (f"/p/{code}", f"/p/{code}/receipt", f"/p/{code}/readers", f"/p/{code}/data", f"/p/{code}/data.json"):
        answer = client.get(path)
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
    stored = Attachment.objects.get(matter__code=code)
    answer = client.get(f"/p/{code}/file/{veil('file', stored.pk)}")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("inline")
    other = f"/p/{codes['handling']}/file/{veil('file', stored.pk)}"
    assert client.get(other).status_code == 404, "not this matter's file"


def test_every_form_refuses_a_forged_request(codes: dict[str, str]) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "zh"})
    code = codes["answered"]
    paths = [
        "/find", "/new", "/new/again", "/new/danger", "/new/place", "/new/place/other", "/new/photos", "/new/contact",
        "/new/kind", "/new/check", f"/p/{code}/do/rate", f"/p/{code}/erase", f"/c/{codes['token']}",
    ]  # fmt: skip
    for path in paths:
        assert strict.post(path, {"words": "x"}).status_code == 403, path
    assert state(code) == "answered"


def test_the_progress_page_asks_the_same_few_questions_however_long_the_story(town: Any) -> None:
    now = timezone.now()
    one = matters.receive(Report(words="路灯坏了", division="990101001"), by=RESIDENT, at=now)
    three = matters.receive(Report(words="路灯又坏了", division="990101001"), by=RESIDENT, at=now)
    for n in range(2):
        act(three.pk, "add", {"words": f"补充{n}"}, by=RESIDENT, at=now)
    client = zh()
    counts = []
    for matter in (one, three):
        client.get(f"/p/{matter.code}")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(f"/p/{matter.code}").status_code == 200
        counts.append(
            [
                q["sql"][:80]
                for q in seen.captured_queries
                if "bookversion" not in q["sql"] and "holiday" not in q["sql"]
            ]
        )
    assert len(counts[0]) == len(counts[1]), counts
    assert 1 <= len(counts[0]) <= 15, counts


def test_the_pages_for_everybody(town: Any) -> None:
    book = books.current(timezone.now()).book
    for client, lang in ((zh(), "zh"), (en(), "en")):
        start = client.get("/")
        for number in book.town.emergency_numbers:
            assert f"tel:{number.number}" in start.content.decode()
        for kind in book.kinds.values():
            assert kind.name.say(lang) in text(start)
        notice = text(client.get("/privacy"))
        for kept in book.retention.values():
            assert kept.name.say(lang) in notice
        assert book.classes["complaint"].name.say(lang) in text(client.get("/help"))
    assert reverse("resident_new") == "/new"


def test_no_answer_yet_to_a_page_that_is_not_there(town: Any) -> None:
    assert zh().get("/p/nonsense").status_code == 404
    assert zh().get("/p/").status_code == 404


# ----------------------------------------------------------------------------------------------- sentences, addresses


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_entry_has_a_sentence_even_when_facts_are_missing(town: Any, lang: str) -> None:
    book = books.current(timezone.now()).book
    for verb in [*flow.STEPS, *flow.RECORDS, "something_new"]:
        for for_resident in (True, False):
            entry = Entry(verb=verb, turn=1, at=timezone.now(), actor="staff", unit="hotline", facts={}, texts={})
            said = sentences.say(entry, {(1, "reason"): None}, book, lang, for_resident=for_resident)
            assert said
            assert "{" not in said
            if for_resident:
                assert "诉求人" not in said
                assert "the requester" not in said


@pytest.mark.both
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("文庙街12号", "清平街道文庙街12号"),
        ("文庙街 十二号", "清平街道文庙街12号"),
        ("清平街道文庙街12号", "清平街道文庙街12号"),
        ("我家在文庙街12号对面", "清平街道文庙街12号"),
        ("幸福小区3幢", "清平街道东门路3号幸福小区3幢"),
        ("桃花巷", "柳溪社区桃花巷（门牌不清楚）"),
        ("桃花", "柳溪社区桃花巷（门牌不清楚）"),
        ("桃华巷", "柳溪社区桃花巷（门牌不清楚）"),
        ("桃化巷5号", "柳溪镇桃花巷5号"),
        ("文庙街12号3单元502", "清平街道文庙街12号"),
        ("清平街道", "清平街道"),
        ("清平", "清平街道"),
        ("柳溪", "柳溪镇"),
        ("wenmiao street 12", "清平街道文庙街12号"),
        ("12 Wenmiao Street", "清平街道文庙街12号"),
        ("Xingfu Court, Building 3", "清平街道东门路3号幸福小区3幢"),
    ],
)
def test_what_people_type_finds_the_standard_address(town: Any, typed: str, first: str) -> None:
    book = books.current(timezone.now()).book
    found = addresses.search(typed, book)
    assert found
    assert found[0].label.zh == first


def test_a_street_without_its_number_can_be_chosen(town: Any) -> None:
    book = books.current(timezone.now()).book
    found = addresses.search("桃花巷", book)
    whole = next(f for f in found if f.value.startswith("s:"))
    chosen = addresses.chosen(whole.value, book)
    assert chosen is not None
    assert (chosen[0], chosen[2]) == (None, "990101100001")
    assert addresses.search("不存在的地方", book) == []
    assert addresses.search("x", book) == []
    assert addresses.chosen("a:999999999", book) is None
    assert addresses.chosen("s:rubbish", book) is None
    hints = json.loads(en().get("/addresses", {"q": "桃花巷 5"}).content)
    assert hints["found"][0] == "5 Taohua Lane, Liuxi"


def test_secrecy_is_asked_for_later_with_the_same_choices_and_said_first(codes: dict[str, str]) -> None:
    client, code = zh(), codes["handling"]
    matter = Matter.objects.get(code=code)
    assert matter.holder == "urban_mgmt"
    assert Access.objects.filter(matter=matter, principal="u:urban_mgmt").exists()
    assert "替您保密。" not in text(client.get(f"/p/{code}"))
    assert "请替我保密" in text(client.get(f"/p/{code}"))
    asked = client.get(f"/p/{code}/do/shield")
    assert '<option value="县城市管理局">' in asked.content.decode()
    assert "以前已经看过的，收不回来" in text(asked)
    form = {"key": key_of(asked), "version": "0", "unit": "没有这个局", "body": "", "reason": "怕被报复"}
    wrong = client.post(f"/p/{code}/do/shield", form)
    assert wrong.status_code == 400
    links_of_errors_lead_somewhere(wrong)
    assert "怕被报复" in wrong.content.decode()
    done = client.post(f"/p/{code}/do/shield", form | {"unit": "城管局、上堰村委会", "body": "some_station"})
    page = follow(client, done, f"/p/{code}")
    matter.refresh_from_db()
    assert matter.shielded
    book = books.current(timezone.now()).book
    village = next(c for c, u in book.units.items() if "上堰" in u.name.zh)
    assert matter.hidden >= {"urban_mgmt", village, "police_bureau"}
    assert "police_supervision" not in matter.hidden
    assert matter.holder != "urban_mgmt", "it is out of their hands"
    assert not Access.objects.filter(matter=matter, principal="u:urban_mgmt").exists()
    said = text(page)
    assert "这件事替您保密。" in said
    assert "县城市管理局" in said.split("谁在办")[0]
    again = client.post(f"/p/{code}/do/shield", form | {"key": "another", "unit": "县城市管理局"})
    assert again.status_code == 409
    assert "已经在保密了" in text(again)


def test_secrecy_of_the_person_alone_names_no_unit(codes: dict[str, str]) -> None:
    client, code = zh(), codes["fresh"]
    follow(client, client.post(f"/p/{code}/do/shield", {"key": "k", "unit": "", "body": "other"}), f"/p/{code}")
    matter = Matter.objects.get(code=code)
    assert (matter.shielded, matter.hidden) == (True, frozenset())
    assert "看不到这件事的" not in text(client.get(f"/p/{code}"))


LATER = {
    "add": ("handling", "words", "城管队员收了摊主的烟，千万别让他们知道是我说的"),
    "urge": ("handling", "reason", "你们派来的人收了老板的烟，叫我别再打电话"),
    "reply": ("waiting", "words", "城管中队的人收了工地的红包"),
    "object": ("answered2", "reason", "来的人是工地老板的亲戚，还把我的电话给了老板"),
}


@pytest.mark.parametrize("verb", LATER)
def test_words_against_somebody_that_come_later_reach_nobody_before_secrecy_was_asked(
    codes: dict[str, str], verb: str
) -> None:
    which, field_name, words = LATER[verb]
    client, code = zh(), codes[which]
    before = Matter.objects.get(code=code)
    unit = before.holder
    asked = do(client, code, verb, **{field_name: words})
    assert asked.status_code == 200
    body = asked.content.decode()
    assert re.search(r'name="hide" value="1"[^>]* checked', body), "it begins with yes"
    assert "要不要对它保密" in text(asked)
    assert words in unescape(body), "nothing typed is lost"
    assert Matter.objects.get(code=code).version == before.version, "nothing was done yet"
    name = re.search(r'name="unit" type="text" value="([^"]*)"', body)
    kind = re.search(r'<option value="([^"]*)" selected', body)
    assert name is not None
    given = {"unit": name[1], "body": kind[1] if kind else "", "hide": "1"}
    form = {"key": key_of(asked), field_name: words, **given}
    page = follow(client, client.post(f"/p/{code}/do/{verb}", form), f"/p/{code}")
    matter = Matter.objects.get(code=code)
    assert matter.shielded
    assert unit in matter.hidden, "whoever had it in hand is meant"
    assert matter.holder != unit
    assert not Access.objects.filter(matter=matter, principal=f"u:{unit}").exists()
    kept = [e.verb for e in Entry.objects.filter(matter=matter).order_by("turn")]
    said = "add" if verb == "reply" else verb
    assert kept.index("shield") < kept.index(said), "they are out of it before the words are there"
    assert "这件事替您保密。" in text(page)
    assert words in text(page)
    client.post(f"/p/{code}/do/{verb}", form)
    assert Entry.objects.filter(matter=matter, verb__in=["shield", said]).count() == 2, "sent twice, done once"


def test_whoever_says_no_is_taken_at_their_word_and_a_plain_word_is_not_stopped(codes: dict[str, str]) -> None:
    client, code = zh(), codes["handling"]
    assert do(client, code, "add", words="城管来看过一次，垃圾还在").status_code == 302
    words = "城管队员骂我"
    assert do(client, code, "add", words=words).status_code == 200
    assert do(client, code, "add", words=words, hide="0").status_code == 302
    matter = Matter.objects.get(code=code)
    assert (matter.shielded, matter.hidden) == (False, frozenset())
    wrong = do(client, code, "add", words=words, hide="1", unit="没有这个局")
    assert wrong.status_code == 400
    links_of_errors_lead_somewhere(wrong)
    assert do(client, code, "add", words=words, hide="1", unit="县城市管理局").status_code == 302
    assert do(client, code, "add", words=words).status_code == 302, "what is kept from them is not asked again"


@pytest.mark.parametrize(("verb", "which"), [("urge", "handling"), ("object", "answered2")])
def test_danger_in_any_later_words_is_seen(codes: dict[str, str], verb: str, which: str) -> None:
    client, code = zh(), codes[which]
    assert do(client, code, verb, reason="现在厨房着火了，快来人").status_code == 302
    assert Matter.objects.get(code=code).danger_open
    assert "请先打电话" in text(client.get(f"/p/{code}")) or "马上打" in text(client.get(f"/p/{code}"))


# --------------------------------------------------------------------------------------------- words that came too late


def test_a_form_that_was_open_too_long_gives_the_words_back_to_be_sent_again(codes: dict[str, str]) -> None:
    client, code = Client(enforce_csrf_checks=True, headers={"accept-language": "zh-CN"}), codes["handling"]
    given = {"key": "late", "version": "3", "words": "还没有人来，<b>急</b>"}
    before = Entry.objects.filter(matter__code=code).count()
    page = client.post(f"/p/{code}/do/add", given, headers={"origin": "http://testserver"})
    assert page.status_code == 403
    assert "望川县" in text(page)
    assert "再提交一次" in text(page)
    body = page.content.decode()
    assert "还没有人来，&lt;b&gt;急&lt;/b&gt;</textarea>" in body
    assert Entry.objects.filter(matter__code=code).count() == before
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', body)
    fields_ = dict(re.findall(r'<input type="hidden" name="(key|version)" value="([^"]*)">', body))
    assert token is not None
    assert fields_ == {"key": "late", "version": "3"}
    sent_again = given | {"csrfmiddlewaretoken": token[1]}
    done = client.post(f"/p/{code}/do/add", sent_again, headers={"origin": "http://testserver"})
    assert "还没有人来" in text(follow(client, done, f"/p/{code}"))


def test_what_a_strangers_page_sends_is_not_offered_for_sending(codes: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "zh-CN"})
    for origin in ("http://evil.example", "null", "http://testserver.evil.example"):
        page = client.post("/new", {"words": "别人写的话"}, headers={"origin": origin})
        assert page.status_code == 403
        assert "别人写的话" not in page.content.decode()
        assert "再提交一次" not in text(page)
    staff = client.post("/staff/sign-in", {"words": "别人写的话"}, headers={"origin": "http://testserver"})
    assert "再提交一次" not in text(staff)


def test_a_session_lost_before_sending_keeps_the_words(town: Any) -> None:
    client = zh()
    page = to_check(client, "垃圾没人收，很久了")
    form = {"key": key_of(page), "words": "垃圾没人收，很久了"}
    assert 'name="words" value="垃圾没人收，很久了"' in page.content.decode()
    client.cookies.clear()
    back = client.post("/new/check", form)
    assert not Matter.objects.exists()
    assert urlsplit(back["Location"]).path == "/new"
    again = client.get(back["Location"])
    assert "垃圾没人收，很久了</textarea>" in again.content.decode()
    assert "没有留住" in text(again)
    assert "4 小时" in text(again)


# --------------------------------------------------------------------------------------------------- many from one door


@pytest.fixture
def at_most(town: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Set how many reports an hour the book allows; the clock of the pages stands still, so that no hour ends."""
    book, still = books.current(timezone.now()).book, timezone.now()
    kept = book.throttle
    monkeypatch.setattr(base, "now", lambda: still)
    yield lambda n: object.__setattr__(book, "throttle", replace(kept, reports_per_hour=n))
    object.__setattr__(book, "throttle", kept)


def report_quickly(client: Client, words: str, **more: str) -> Any:
    client.post("/new", {"words": words})
    return client.post("/new/check", {"key": key_of(client.get("/new/check")), **more})


def answer_of(page: Any) -> int:
    asked = re.search(r"(\S)加(\S)等于几", text(page))
    assert asked is not None
    return sum("零一二三四五六七八九".index(word) for word in asked.groups())


def test_one_visitor_who_sends_many_is_asked_a_small_question_and_loses_no_words(
    at_most: Callable[[int], None],
) -> None:
    at_most(3)
    client = zh()
    for n in range(3):
        assert report_quickly(client, f"垃圾没人收，第{n}处").status_code == 302
    wall = report_quickly(client, "垃圾没人收，第三处")
    assert wall.status_code == 400
    assert "垃圾没人收，第三处" in text(wall)
    links_of_errors_lead_somewhere(wall)
    key = key_of(wall)
    wrong = client.post("/new/check", {"key": key, "sum": str(answer_of(wall) + 1)})
    assert wrong.status_code == 400
    assert "答得不对" in text(wrong)
    assert Matter.objects.count() == 3
    right = client.post("/new/check", {"key": key, "sum": f" {answer_of(wrong)} "})
    assert right.status_code == 302
    assert Matter.objects.count() == 4
    other = zh()
    assert report_quickly(other, "路灯不亮").status_code == 302, "a neighbour behind the same address is not stopped"


def test_an_address_that_sends_very_many_is_asked_too(at_most: Callable[[int], None]) -> None:
    at_most(1)
    for n in range(throttle.SHARED):
        assert report_quickly(zh(), f"垃圾没人收，第{n}处").status_code == 302
    last = zh()
    asked = report_quickly(last, "垃圾没人收，又一处")
    assert asked.status_code == 400
    assert last.post("/new/check", {"key": key_of(asked), "sum": str(answer_of(asked))}).status_code == 302
    assert Matter.objects.count() == throttle.SHARED + 1


def test_a_right_call_back_link_is_never_counted(codes: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    limit = throttle.SHARED * books.current(timezone.now()).book.throttle.lookups_per_minute
    client, still = zh(), timezone.now()
    monkeypatch.setattr(base, "now", lambda: still)
    for _n in range(limit):
        assert client.get("/c/no-such-link").status_code == 404
    assert client.get("/c/no-such-link").status_code == 429
    assert client.get(f"/c/{codes['token']}").status_code == 200


# ---------------------------------------------------------------------------------------------- smaller, and found less


def test_only_pages_that_everybody_reads_alike_are_compressed(codes: dict[str, str]) -> None:
    client = Client(headers={"accept-language": "zh-CN", "accept-encoding": "gzip, br"})
    for path in ("/", "/help", "/privacy", "/report", "/report/definitions"):
        answer = client.get(path)
        assert answer.headers.get("Content-Encoding") == "gzip", (path, answer.status_code, answer.cookies)
        plain = zh().get(path)
        assert gzip.decompress(answer.content) == plain.content, path
        assert "Content-Encoding" not in plain
        assert "Accept-Encoding" in plain["Vary"], "what stands between keeps them apart"
        assert int(answer["Content-Length"]) == len(answer.content) < len(plain.content)
    for path in (f"/p/{codes['handling']}", "/new", "/find", f"/c/{codes['token']}", "/staff/sign-in", "/reports"):
        assert "Content-Encoding" not in client.get(path), path


def test_search_machines_are_told_what_is_not_for_them(codes: dict[str, str]) -> None:
    said = zh().get("/robots.txt").content.decode().splitlines()
    assert said[0] == "User-agent: *"
    for path in (f"/p/{codes['fresh']}", f"/c/{codes['token']}", "/staff/", "/new/check"):
        assert any(path.startswith(line.removeprefix("Disallow: ")) for line in said[1:]), path
    assert not any("/report".startswith(line.removeprefix("Disallow: ")) for line in said[1:])


def test_what_is_chosen_is_asked_to_be_chosen(codes: dict[str, str]) -> None:
    version = Matter.objects.get(code=codes["answered"]).version
    said = text(zh().post(f"/p/{codes['answered']}/do/rate", {"key": "k", "version": str(version)}))
    assert "请选择满意程度" in said
    assert "请填写" not in said


def test_who_reads_english_is_told_that_answers_are_chinese_and_what_to_do(codes: dict[str, str]) -> None:
    said = "The answer is written in Chinese. If you cannot read it, call 12345"
    assert said in text(en().get(f"/p/{codes['answered']}"))
    assert "中文写的" not in text(zh().get(f"/p/{codes['answered']}"))
    assert "are written in Chinese" in text(en().get(f"/p/{codes['fresh']}/receipt"))
    assert "中文写的" not in text(zh().get(f"/p/{codes['fresh']}/receipt"))
