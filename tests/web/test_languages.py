"""Declared pages in the language somebody chose: who sees what, what stays Chinese and English, whom it misses."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.desk.people import Town, of_unit, settle
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case.act import act
from wuxiao.desk.look import offered
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.people import erasure
from wuxiao.desk.publish import wording
from wuxiao.desk.register import foreign
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Matter, Staff, Wording
from wuxiao.rules import declared

pytestmark = [pytest.mark.django_db, pytest.mark.either]
WORDS = "Le lampadaire devant la porte est éteint depuis une semaine"


@pytest.fixture
def town() -> Town:
    cache.clear()
    return settle()


def signed_in(town: Town, name: str, lang: str = "zh-hans") -> Client:
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(town.staff(name))
    client.cookies["lang"] = lang
    return client


def reads_all(town: Town, lang: str, pages: tuple[str, ...] = tuple(declared.PAGES)) -> None:
    """Somebody reads every draft of some pages."""
    at = timezone.now()
    foreign.say_languages(sorted(foreign.reads(town.shift_lead.staff_id) | {lang}), by=town.shift_lead, at=at)
    book = books.current(at).book
    sentences = [text for code in pages for text in declared.PAGES[code].sentences(book)]
    wording.read([one.mark for one in wording.of(sentences, lang)], sentences, lang, by=town.shift_lead, at=at)


def reader_of(lang: str) -> Client:
    client = Client()
    response = client.get("/prefs", {"reads": lang, "next": "/"})
    assert response.status_code == 302
    return client


def body(client: Client, url: str, **more: Any) -> str:
    response = client.get(url, **more)
    assert response.status_code == 200, response.content[:200]
    return response.content.decode()


def main(page: str) -> str:
    found = re.search(r"<main.*?</main>", page, re.S)
    assert found
    return found[0]


# ------------------------------------------------------------------------------------------------------- her own choice


def test_a_language_is_chosen_in_its_own_name_and_kept_on_the_device_alone(town: Town) -> None:
    before = Entry.objects.count()
    client = Client()
    page = body(client, "/")
    for lang, own in (("ar", "العربية"), ("ko", "한국어"), ("zh-Hant", "繁體中文")):
        assert re.search(f'<a href="/prefs\\?reads={lang}&amp;next=%2F" lang="{lang}"[^>]*>{own}</a>', page)
    client.get("/prefs", {"reads": "fr", "next": "/"})
    cookie = client.cookies["reads"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("fr", True, "Lax")
    assert client.cookies["lang"].value == "en"
    client.get("/prefs", {"reads": "zh-Hant", "next": "/"})
    assert client.cookies["lang"].value == "zh-hans"
    client.get("/prefs", {"reads": "tlh", "next": "/"})
    assert client.cookies["reads"].value == "zh-Hant"
    client.get("/prefs", {"lang": "en", "reads": "", "next": "/"})
    assert client.cookies["reads"].value == ""
    assert Entry.objects.count() == before


def test_what_nobody_read_is_never_shown_but_chinese_with_english_beside(town: Town) -> None:
    drafts = wording.drafts("fr")
    client = reader_of("fr")
    for url in ("/", "/new"):
        page = body(client, url)
        assert 'lang="fr"' not in main(page)
        assert not [text for text in drafts.values() if len(text) > 12 and text in main(page).replace("&#39;", "'")]
    page = main(body(client, "/"))
    lead = declared.PAGES["start"].says["lead"]
    assert f'<span lang="zh-Hans" dir="ltr">{lead.zh}</span> <span lang="en" dir="ltr" class="beside">{lead.en}' in page
    assert "no French that a second person has read" in page


def test_what_was_read_stands_in_its_language_and_the_rest_beside(town: Town) -> None:
    reads_all(town, "ar", ("danger",))
    page = main(body(reader_of("ar"), "/"))
    drafts = wording.drafts("ar")
    hurt, lead = declared.PAGES["danger"].says["hurt"], declared.PAGES["start"].says["lead"]
    assert f'<span lang="ar" dir="rtl">{drafts[hurt.zh]}</span>' in page
    assert f'<span lang="zh-Hans" dir="ltr">{lead.zh}</span>' in page
    assert page.startswith('<main id="main" tabindex="-1">')
    # The numbers come before everything else, and the hotline with them.
    assert page.index('href="tel:110"') < page.index('href="tel:12345"') < page.index("<h1")


def test_a_page_that_was_read_wholly_runs_from_right_to_left_with_its_numbers_kept(town: Town) -> None:
    reads_all(town, "ar")
    page = main(body(reader_of("ar"), "/"))
    assert page.startswith('<main id="main" tabindex="-1" lang="ar" dir="rtl">')
    assert "beside" not in page
    assert '<bdi dir="ltr">0990-5550000</bdi>' in page
    # A number within a sentence is kept together too, and no sentence nobody read here says so.
    assert '<bdi dir="ltr">110</bdi>' in page
    assert "notice" not in page


def test_all_other_pages_stay_chinese_and_english(town: Town) -> None:
    for lang in ("ar", "fr"):
        reads_all(town, lang)
    plain, other = Client(), reader_of("ar")
    plain.cookies["lang"] = "en"
    for url in ("/help", "/find", "/privacy", "/points", "/report", "/papers/check"):
        first, second = plain.get(url), other.get(url)
        assert first.status_code == second.status_code, url
        token = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')
        assert token.sub(b"", first.content) == token.sub(b"", second.content), url
    assert body(plain, "/") != body(other, "/")


def test_chinese_and_english_say_what_they_always_said(town: Town) -> None:
    reads_all(town, "fr")
    for lang in ("zh-hans", "en"):
        client = Client()
        client.cookies["lang"] = lang
        page = main(body(client, "/"))
        assert "<span lang=" not in page
        assert "<bdi" not in page
        assert declared.PAGES["start"].says["lead"].say(lang) in page


def test_a_town_with_other_numbers_of_its_own_has_no_text_for_them(town: Town) -> None:
    reads_all(town, "fr")
    rules = books.current(timezone.now())
    text = rules.book.town.emergency_numbers[0].name
    says = wording.shown("fr")
    assert foreign.digest(text.zh) in says
    assert foreign.digest(text.zh + "台") not in says


# ----------------------------------------------------------------------------------------------------------- her report


def report(client: Client, **words: str) -> Matter:
    client.post("/new", {"words": WORDS, **words})
    client.post("/new/danger", {"so_far": WORDS})
    for step in ("place/other", "photos", "contact"):
        response = client.post(f"/new/{step}", {"so_far": WORDS, "phone": "13900000001", "by_sms": "1"})
        assert response.status_code == 302, (step, response.content[:300])
    assert client.get("/new/check").status_code == 200
    assert client.post("/new/check", {"so_far": WORDS, "words": WORDS}).status_code == 302
    return Matter.objects.latest("pk")


def test_she_says_once_which_language_she_reads_and_staff_see_it_with_who_can_help(town: Town) -> None:
    foreign.say_languages(["fr"], by=town.shift_lead, at=timezone.now())
    client = reader_of("fr")
    assert 'name="reads" value="fr" checked' in body(client, "/new")
    matter = report(client, reads="fr")
    assert matter.reads == "fr"
    page = body(signed_in(town, "operator"), f"/staff/m/{matter.number}")
    assert "读：法语" in page
    assert "shift_lead" in page
    # A colleague the matter is kept from is not named to anybody as a help.
    Matter.objects.filter(pk=matter.pk).update(hidden_units=" hotline ")
    from wuxiao.web.staff.languages import interpreters

    class At:
        lang, at, rules = "zh", timezone.now(), books.current(timezone.now())

    assert interpreters(At, "fr")["colleagues"]  # type: ignore[arg-type,index]
    assert interpreters(At, "fr", frozenset({"hotline"}))["colleagues"] == []  # type: ignore[arg-type,index]
    assert interpreters(At, "") is None  # type: ignore[arg-type]


def test_without_the_tick_nobody_keeps_it(town: Town) -> None:
    client = reader_of("fr")
    matter = report(client)
    assert matter.reads == ""
    assert "读：法语" not in body(signed_in(town, "operator"), f"/staff/m/{matter.number}")
    # A form that names another language than she chose says nothing.
    assert report(client, reads="ar").reads == ""
    assert report(Client(), reads="fr").reads == ""


def test_it_reaches_no_list_no_search_no_interface_and_goes_with_her_contact(town: Town) -> None:
    at = timezone.now()
    made = matters.receive(Report(words="路灯不亮", phone="13900000001", reads="ar"), by=RESIDENT, at=at)
    assert made.reads == "ar"
    desk = signed_in(town, "operator")
    for url in ("/staff/", "/staff/q/all", "/staff/search?q=路灯", "/staff/search?q=ar"):
        response = desk.get(url)
        if response.status_code == 200:
            assert "阿拉伯" not in response.content.decode(), url
    assert "阿拉伯" not in body(Client(), "/report/data.json").encode().decode("unicode_escape", "ignore")
    assert not [
        entry for entry in Entry.objects.filter(matter=made) if "reads" in json.dumps([entry.facts, entry.stand])
    ]
    erasure.run(made, erasure.ALL_BUT_ANSWER, at=at)
    assert Matter.objects.get(pk=made.pk).reads == ""


def test_a_part_split_off_and_a_joined_report_keep_their_own(town: Town) -> None:
    at = timezone.now()
    whole = matters.receive(Report(words="路灯不亮，井盖也坏了", reads="ko"), by=RESIDENT, at=at)
    other = matters.receive(Report(words="路灯不亮"), by=RESIDENT, at=at)
    act(whole.pk, "split", {"parts": "路灯不亮\n井盖坏了"}, by=town.operator, at=at)
    assert set(Matter.objects.filter(split_from=whole.pk).values_list("reads", flat=True)) == {"ko"}
    assert Matter.objects.get(pk=other.pk).reads == ""


def test_an_operator_writes_it_down_and_a_made_up_language_is_refused_in_words(town: Town) -> None:
    desk = signed_in(town, "operator")
    assert 'name="reads"' in body(desk, "/staff/intake")
    given = {"words": "路灯不亮", "channel": "phone", "reads": "ru"}
    assert desk.post("/staff/intake", given).status_code == 302
    assert Matter.objects.latest("pk").reads == "ru"
    again = desk.post("/staff/intake", given | {"reads": "tlh"})
    assert again.status_code == 400
    assert "没有这个语言" in again.content.decode()
    assert Matter.objects.count() == 1


def test_the_receipt_stands_in_her_language_with_its_code_kept(town: Town) -> None:
    reads_all(town, "ar")
    client = reader_of("ar")
    matter = report(client, reads="ar")
    page = main(body(client, f"/p/{matter.code}/receipt"))
    assert page.startswith('<main id="main" tabindex="-1" lang="ar" dir="rtl">')
    assert f'<bdi lang="en" dir="ltr">{matter.number}</bdi>' in page
    assert wording.drafts("ar")[declared.PAGES["receipt"].says["in_chinese"].zh].split("12345")[0] in page
    # Her language is kept on her device: another who holds the code reads their own.
    assert "rtl" not in main(body(Client(), f"/p/{matter.code}/receipt"))


# ------------------------------------------------------------------------------------------------- who reads texts


def test_a_text_finds_its_reader_who_reads_and_it_is_shown(town: Town) -> None:
    desk = signed_in(town, "shift_lead")
    assert "等您读" not in body(desk, "/staff/languages").split("<main")[1].split("<table")[1]
    foreign.say_languages(["fr"], by=town.shift_lead, at=timezone.now())
    cache.clear()
    page = body(desk, "/staff/languages")
    assert page.count("等您读") >= len(declared.PAGES)
    page = body(desk, "/staff/languages/danger/fr")
    marks = re.findall(r'name="mark" value="(\w+)"', page)
    assert len(marks) == len(declared.PAGES["danger"].sentences(books.current(timezone.now()).book))
    assert desk.post("/staff/languages/danger/fr", {"do": "read", "mark": marks[:2]}).status_code == 302
    assert Wording.objects.filter(read_by__isnull=False).count() == 2
    assert len(re.findall('name="mark"', body(desk, "/staff/languages/danger/fr"))) == len(marks) - 2


def test_who_does_not_read_it_sees_it_and_can_say_nothing(town: Town) -> None:
    foreign.say_languages(["fr"], by=town.shift_lead, at=timezone.now())
    page = body(signed_in(town, "shift_lead"), "/staff/languages/danger/fr")
    marks = re.findall(r'name="mark" value="(\w+)"', page)
    other = signed_in(town, "auditor")
    page = body(other, "/staff/languages/danger/fr")
    assert 'name="mark"' not in page
    assert 'value="enter"' not in page
    refused = other.post("/staff/languages/danger/fr", {"do": "read", "mark": marks})
    assert refused.status_code == 400
    assert "没有说过您读法语" in refused.content.decode()
    assert not Wording.objects.exists()
    for url in ("/staff/languages/help/fr", "/staff/languages/danger/en", "/staff/languages/danger/tlh"):
        assert other.get(url).status_code == 404
    assert Client().get("/staff/languages").status_code == 302


def test_what_was_typed_wrongly_comes_back_with_why(town: Town) -> None:
    foreign.say_languages(["fr"], by=town.shift_lead, at=timezone.now())
    desk = signed_in(town, "shift_lead")
    called = declared.PAGES["danger"].says["called"]
    given = {"do": "enter", "zh": called.zh, "text": "J’ai appelé <b>"}
    page = desk.post("/staff/languages/danger/fr", given)
    assert page.status_code == 400
    assert "J’ai appelé &lt;b&gt;</textarea>" in page.content.decode()
    assert "{number}" in page.content.decode()
    assert not Wording.objects.exists()
    good = given | {"text": "<b>J’ai appelé le {number}</b>"}
    assert desk.post("/staff/languages/danger/fr", good).status_code == 302
    foreign.say_languages(["fr"], by=of_unit(town, "housing"), at=timezone.now())
    sentences = (called,)
    mark = wording.of(sentences, "fr")[0].mark
    wording.read([mark], sentences, "fr", by=of_unit(town, "housing"), at=timezone.now())
    client = reader_of("fr")
    client.post("/new", {"words": "有人拿刀砍人，救命"})
    page = body(client, "/new/danger")
    # What people enter is text and never markup.
    assert "&lt;b&gt;J’ai appelé le 110&lt;/b&gt;" in page
    assert "<b>J" not in page


def test_what_subjects_offer_on_the_first_page_is_declared_too(town: Town) -> None:
    book = books.current(timezone.now()).book
    known = declared.sentences(book)
    ways = offered.start(book)
    assert len(ways) > 1
    assert [
        text.zh for way in ways for text in (way.title, way.hint) if text is not None and text.zh not in known
    ] == []
