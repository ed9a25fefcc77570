"""Service points in a real browser: the list, the card in three languages, the rating, and danger among its words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.utils import timezone

from tests.browser.test_staff_story import PASSWORD, no_sideways, sign_in
from tests.desk.people import Town, of_unit, settle
from tests.subjects.test_service_points import ROOM, UNIT
from wuxiao.desk.register import acts, answers, foreign
from wuxiao.records.models import Entry, Matter, Row, Staff
from wuxiao.rules.access import Role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.either]
ARABIC = {"title": "مكتب شرطة الحي", "about": "ادخل من الباب الشرقي للسوق، الغرفة الأولى على اليسار."}


@pytest.fixture
def room(transactional_db: None) -> Row:
    cache.clear()
    town: Town = settle()
    keeper, reader = of_unit(town, UNIT), of_unit(town, UNIT, Role.LEAD)
    at = timezone.now() - timedelta(days=3)
    given = ROOM | {"hours": "每天 全天", "holidays": "usual"}
    made = acts.put_in("service_points", given, by=keeper, at=at)
    later = (timezone.now() + timedelta(days=50)).date().isoformat()
    office = {"kind": "enterprise_office", "title": "江畔产业园警务室", "title_en": "Riverside park police office"}
    acts.put_in("service_points", given | office | {"opens_on": later}, by=keeper, at=at)
    foreign.say_languages(["ar"], by=reader, at=at)
    now = {"title": made.title, "about": ROOM["about"]}
    for name, text in ARABIC.items():
        foreign.enter(made.pk, name, "ar", text, source=now[name], by=keeper, at=at)
    for one in foreign.texts(made.pk, now):
        foreign.read(made.pk, one.turn, now=now, by=reader, at=at)
    Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))
    return made


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("view", ["desk", "phone"])
def test_somebody_finds_a_point_reads_its_card_and_rates_it(
    room: Row,
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

    page.goto("/points")
    look("points")
    page.click(f'main a[href="/points/{room.code}"]')
    look("card")
    page.click('nav.tongues a[lang="ar"]')
    look("card-ar")
    heading = page.locator("h1 [lang=ar]")
    assert heading.text_content() == ARABIC["title"]
    assert heading.evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert page.locator("h1 [lang=zh-Hans]").text_content() == room.title
    page.goto(f"/points/{room.code}/rate")
    page.check("[name=level][value='4']")
    look("rate")
    page.fill("[name=words]", "很快")
    page.click("main form button[type=submit]")
    page.wait_for_url(f"**/points/{room.code}?done=1")
    assert Entry.objects.filter(row=room, verb=answers.GIVE).count() == 1
    page.goto(f"/points/{room.code}/rate")
    page.check("[name=level][value='1']")
    page.fill("[name=words]", "有人拿刀砍人，救命")
    page.click("main form button[type=submit]")
    page.wait_for_selector(".sos")
    look("danger")
    assert Matter.objects.get().danger_open
    # A person who keeps the point reads the quiet words, and not those of danger.
    sign_in(page, f"handler_{UNIT}", lang)
    page.goto(f"/staff/r/service_points/row/{room.code}/answers")
    look("answers")
    assert page.locator("main q").all_text_contents() == ["很快"]
    page.goto(f"/staff/r/service_points/row/{room.code}/languages")
    look("languages")
    page.goto("/staff/t/knowledge/new")
    look("text-new")
