"""Suggestions, hot issues and marks in a real browser: taken with one key, readable for all, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from tests.browser.test_staff_story import no_sideways, sign_in, town
from tests.desk.people import Town
from tests.desk.test_reading_hot import OTHER, SAID
from tests.web.test_staff import handling, noise
from wuxiao.desk.assist import hot, similar
from wuxiao.desk.case.act import act
from wuxiao.records.models import HotIssue, Matter, Suggestion

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.either]
__all__ = ["town"]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    similar.forget()


CALL = "昨晚九点幸福小区东门工地又在打桩施工，吵得睡不着，车牌粤B12345，我的电话13900000009"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_key_takes_what_was_read_and_a_person_sends_it(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None], lang: str
) -> None:
    noise()
    page = open_page("desk", lang, base_url=live_server.url)
    sign_in(page, "operator", lang)
    page.goto("/staff/intake")
    page.fill("[name=words]", CALL)
    page.wait_for_selector("[data-read] mark.plate")
    assert not page.is_checked("[data-guesses] input >> nth=0")
    page.focus("[name=words]")
    page.keyboard.press("F2")
    assert page.is_checked("[data-guesses] input >> nth=0")
    assert page.input_value("[name=phone]") == "13900000009"
    assert page.input_value("[name=plate]") == "粤B12345"
    assert page.input_value("[name=time]").endswith("21:00")
    page.wait_for_selector("[data-alike-box] li")
    axe(page)
    no_sideways(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".code.big")
    matter = Matter.objects.latest("id")
    assert Suggestion.objects.get(matter=matter, task="category").place == 1
    page.goto(f"/staff/m/{matter.number}")
    page.wait_for_selector("#alike li")
    axe(page)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_of_reading_are_readable_for_everybody(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None], lang: str
) -> None:
    now = timezone.now()
    for n, words in enumerate((*OTHER, *SAID)):
        noise(words=words, phone=f"139000000{n:02d}")
    matter = handling(town, noise())
    handler = town.people[f"handler_{matter.holder}"]
    act(matter.pk, "answer", {"reply": "已办。", "evidence": "site_visit", "ticked": ["0"]}, by=handler, at=now)
    hot.look(at=timezone.now())
    issue = HotIssue.objects.latest("heat")
    for view in ("desk", "phone"):
        page = open_page(view, lang, base_url=live_server.url)
        sign_in(page, "shift_lead", lang)
        for name, url in (
            ("reading", "/staff/reading"),
            ("models", "/staff/reading/models"),
            ("replies", "/staff/reading/replies"),
            ("hot", "/staff/hot"),
            ("issue", f"/staff/hot/{issue.pk}"),
            ("marks", f"/staff/m/{matter.number}/public"),
        ):
            page.goto(url)
            assert page.inner_text("h1"), name
            no_sideways(page)
            axe(page)
