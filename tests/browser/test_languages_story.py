"""Who reads Arabic finds her language without a script, is told whom to call, and reports; staff read drafts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.utils import timezone

from tests.browser.test_staff_story import PASSWORD, no_sideways, sign_in
from tests.desk.people import Town, settle
from wuxiao.desk.publish import wording
from wuxiao.desk.register import foreign
from wuxiao.desk.town import books
from wuxiao.records.models import Matter, Staff
from wuxiao.rules import declared

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.either]


@pytest.fixture
def town(transactional_db: None) -> Town:
    cache.clear()
    town = settle()
    at = timezone.now()
    foreign.say_languages(["ar", "fr"], by=town.shift_lead, at=at)
    sentences = declared.sentences(books.current(at).book).values()
    marks = [one.mark for one in wording.of(sentences, "ar") if one.text]
    assert wording.read(marks, sentences, "ar", by=town.shift_lead, at=at) == len(sentences)
    Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))
    return town


def choose(page: Any, lang: str) -> None:
    page.click(".chooser summary")
    page.click(f".chooser a[lang={lang}]")
    page.wait_for_selector(f".chooser summary [lang={lang}]")


@pytest.mark.parametrize("view", ["desk", "phone"])
def test_a_page_stands_as_a_whole_from_right_to_left_and_numbers_do_not_turn(
    town: Town,
    live_server: Any,
    open_page: Callable[..., Any],
    axe: Callable[..., None],
    tmp_path: Path,
    view: str,
) -> None:
    page = open_page(view, "zh", base_url=live_server.url)

    def look(name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}-{view}.png", full_page=True)
        axe(page)
        no_sideways(page)

    page.goto("/")
    page.click(".chooser summary")
    page.screenshot(path=tmp_path / f"chooser-{view}.png")
    assert page.locator(".chooser li a").all_text_contents() == [
        "简体中文", "繁體中文", "English", "العربية", "Français", "Español", "Русский", "한국어"
    ]  # fmt: skip
    page.click(".chooser summary")
    choose(page, "ar")
    look("start-ar")
    main = page.locator("main")
    assert (main.get_attribute("lang"), main.get_attribute("dir")) == ("ar", "rtl")
    numbers = page.locator(".sos li a")
    assert [text[:3] for text in numbers.all_text_contents()][:3] == ["110", "119", "120"]
    assert page.locator(".sos .hotline a").get_attribute("href") == "tel:12345"
    # What stands first in danger stands before everything else.
    assert page.locator(".sos").bounding_box()["y"] < page.locator("h1").bounding_box()["y"]
    page.click("main .go a")
    page.wait_for_selector("textarea")
    look("words-ar")
    page.fill("textarea", "زوجي يضربني وأنا خائفة")
    page.click("main form .go button")
    page.wait_for_url("**/new/danger")
    look("danger-ar")
    assert page.locator("main").get_attribute("dir") == "rtl"
    # Every other page is in English, as it ever was.
    page.locator("main form button").last.click()
    page.wait_for_url("**/new/place*")
    assert page.locator("main").get_attribute("dir") is None
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto("/new/place/other")
    page.click("main form button.primary")
    page.click("main form button.primary")
    page.click("main form button.primary")
    page.wait_for_url("**/new/check")
    look("check")
    assert "العربية" in page.locator("main").text_content()
    page.click("main form button.primary")
    page.wait_for_url("**/receipt")
    look("receipt-ar")
    code = page.locator("main .code.big")
    assert code.evaluate("e => getComputedStyle(e).direction") == "ltr"
    assert Matter.objects.get().reads == "ar"
    # Nobody read the French yet: English beside the Chinese.
    page.goto("/")
    choose(page, "fr")
    look("start-fr")
    assert page.locator("main").get_attribute("dir") is None
    for lang in ("ko", "zh-Hant"):
        choose(page, lang)
        look(f"start-{lang}")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("view", ["desk", "phone"])
def test_a_colleague_reads_the_french_and_the_page_speaks_it(
    town: Town,
    live_server: Any,
    open_page: Callable[..., Any],
    axe: Callable[..., None],
    tmp_path: Path,
    view: str,
    lang: str,
) -> None:
    page = open_page(view, lang, base_url=live_server.url)

    def look(name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}-{view}-{lang}.png", full_page=True)
        axe(page)
        no_sideways(page)

    sign_in(page, "shift_lead", lang)
    page.goto("/staff/languages")
    look("pages")
    page.click('a[href="/staff/languages/danger/fr"]')
    page.wait_for_selector(".wordings")
    look("page-fr")
    for box in page.locator(".wordings input[type=checkbox]").all():
        box.check()
    page.click(".bulk button")
    page.wait_for_selector(".notice.done")
    look("page-fr-read")
    assert page.locator(".wordings input[type=checkbox]").count() == 0
    page.goto("/")
    choose(page, "fr")
    look("start-fr-half")
    assert page.locator(".sos strong [lang=fr]").count() == 1
    assert page.locator("h1 [lang=fr]").count() == 0
    assert page.locator("h1 [lang=zh-Hans]").count() == page.locator("h1 [lang=en]").count() == 1
