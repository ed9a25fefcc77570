"""A morning at the hotline centre and in a bureau, in a real browser: keys, forms, both languages, desk and phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.utils import timezone

from tests.browser.sent import sent, turned
from tests.desk.people import Town, of_unit, settle
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import addresses
from wuxiao.records.models import Address, Matter, Staff, Street

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.either]
PASSWORD = "柳树下的石桥2026"
NOISE = "幸福小区东门工地夜里十二点还在打桩，吵得老人孩子睡不着，请管一管。"


@pytest.fixture
def town(transactional_db: None) -> Iterator[Town]:
    cache.clear()
    addresses.forget()
    made = settle()
    of_unit(made, "urban_mgmt")
    street = Street.objects.create(name="桃花巷", name_en="Taohua Lane", division="990101001")
    for door in range(1, 4):
        Address.objects.create(
            code=f"T{door}",
            division="990101001",
            street=street,
            door=f"{door}号",
            full=f"清平街道桃花巷{door}号",
            full_en=f"{door} Taohua Lane, Qingping",
        )
    addresses.forget()
    Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))
    yield made
    addresses.forget()


def sign_in(page: Any, name: str, lang: str) -> None:
    Staff.objects.filter(username=name).update(lang="en" if lang == "en" else "zh-hans")
    page.goto("/staff/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    turned(page, lambda: page.keyboard.press("Enter"))
    page.wait_for_selector("main h1")
    assert "/staff/sign-in" not in page.url


def no_sideways(page: Any) -> None:
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room, f"{page.url} is {wide} px wide on a screen of {room}"


@pytest.mark.parametrize("lang", [pytest.param("zh", marks=pytest.mark.both), "en"])
def test_from_the_ringing_phone_to_the_answer_by_keyboard(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None], lang: str
) -> None:
    page = open_page("desk", lang, base_url=live_server.url)
    page.goto("/staff/sign-in")
    axe(page)
    sign_in(page, "operator", lang)
    axe(page)
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/staff/intake")
    page.wait_for_selector("[name=words]:focus")
    page.keyboard.type(NOISE)
    page.wait_for_selector("[data-guesses] .choice")
    page.wait_for_selector("[data-read] mark")
    axe(page)
    page.keyboard.press("F2")
    # The key fills what is on the screen, and the class is not: the rule book's own class of the category holds.
    assert page.input_value("[name=category]").startswith("env.noise")
    assert page.input_value("[name=handling_class]") == ""
    page.fill("[name=phone]", "13900000001")
    page.fill("[name=place]", "桃花巷2号" if lang == "zh" else "2 Taohua Lane")
    page.wait_for_selector("#places option", state="attached")
    option = page.locator("#places option").first.get_attribute("value")
    page.fill("[name=place]", option)
    assert page.input_value("[name=address]")
    assert page.input_value("[name=division]") == "990101001"
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".code.big")
    matter = Matter.objects.get()
    assert matter.address_id
    assert matter.category.startswith("env.noise")
    shown = page.inner_text(".code.big").replace(" ", "").replace("\n", "")
    assert shown == matter.code
    axe(page)
    page.keyboard.press("o")
    page.wait_for_url(f"**/staff/m/{matter.number}")
    page.keyboard.press("l")
    assert page.locator("#do-classify").get_attribute("open") is not None
    axe(page)
    page.fill("#do-classify [name=items]", "停止夜间施工")
    page.click("#do-classify .send button")
    page.wait_for_selector("#do-assign")
    page.keyboard.press("a")
    sent(page, page.locator("#do-assign .send button"))
    matter.refresh_from_db()
    assert (matter.state, matter.offered_to) == ("offered", "urban_mgmt")

    unit = open_page("desk", lang, base_url=live_server.url)
    sign_in(unit, "handler_urban_mgmt", lang)
    unit.keyboard.press("j")
    unit.keyboard.press("Enter")
    unit.wait_for_url(f"**/staff/m/{matter.number}")
    unit.keyboard.press("a")
    unit.click("#do-accept .send button")
    unit.wait_for_selector("#do-answer", state="attached")
    unit.keyboard.press("r")
    axe(unit)
    unit.select_option("#do-answer [name=evidence]", "site_visit")
    unit.fill("#do-answer [name=reply]", "已到场制止，夜间不再施工。")
    unit.check("#do-answer [name=ticked]")
    unit.click("#do-answer .send button")
    unit.wait_for_selector("#advice")
    axe(unit)
    sent(unit, unit.locator("#do-answer .send button"))
    matter.refresh_from_db()
    assert matter.state == "answered"
    unit.keyboard.press("u")
    unit.wait_for_url("**/staff/")


def test_danger_shows_while_the_words_come_in(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None]
) -> None:
    page = open_page("desk", "zh", base_url=live_server.url)
    sign_in(page, "operator", "zh")
    page.goto("/staff/intake")
    page.wait_for_selector("[name=words]:focus")
    page.keyboard.type("隔壁有人拿刀砍人，流了好多血，快来")
    page.wait_for_selector("[data-danger] .notice")
    axe(page)
    page.fill("[name=words]", NOISE)
    page.wait_for_selector("[data-danger] .notice", state="detached")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_on_a_phone_a_handler_reads_and_answers(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None], watch: Any, lang: str
) -> None:
    from tests.web.test_staff import handling

    watch.allow("400 (Bad Request)")
    at = timezone.now()
    matter = matters.receive(
        Report(words=NOISE, division="990101001", place="桃花巷2号", phone="13900000001"), by=RESIDENT, at=at
    )
    matter = handling(town, matter)
    page = open_page("phone", lang, base_url=live_server.url)
    sign_in(page, f"handler_{matter.holder}", lang)
    no_sideways(page)
    axe(page)
    page.click(f'a.open[href$="{matter.number}"]')
    page.wait_for_url(f"**/staff/m/{matter.number}")
    no_sideways(page)
    axe(page)
    page.click("#do-answer summary")
    page.select_option("#do-answer [name=evidence]", "site_visit")
    page.fill("#do-answer [name=reply]", "已到场制止。")
    page.click("#do-answer .send button")
    page.wait_for_selector("#errors")
    assert page.input_value("#do-answer [name=reply]") == "已到场制止。"
    axe(page)
    page.check("#do-answer [name=ticked]")
    page.click("#do-answer .send button")
    page.wait_for_selector("#advice")
    no_sideways(page)
    sent(page, page.locator("#do-answer .send button"))


def test_without_scripts_everything_still_works(town: Town, live_server: Any, open_page: Callable[..., Any]) -> None:
    page = open_page("desk", "zh", scripts=False, base_url=live_server.url)
    sign_in(page, "operator", "zh")
    page.goto("/staff/intake")
    page.fill("[name=words]", NOISE)
    page.click(".bulk button")
    page.wait_for_selector(".code.big")
    matter = Matter.objects.get()
    page.goto(f"/staff/m/{matter.number}/classify")
    sent(page, page.locator("#do-classify .send button"))
    matter.refresh_from_db()
    assert matter.category


def test_buttons_stay_readable_files_leave_twice_and_the_open_queue_is_in_sight(
    town: Town, live_server: Any, open_page: Callable[..., Any]
) -> None:
    matter = matters.receive(Report(words=NOISE, division="990101001"), by=RESIDENT, at=timezone.now())
    page = open_page("desk", "zh", base_url=live_server.url)
    sign_in(page, "shift_lead", "zh")
    page.goto(f"/staff/m/{matter.number}")
    button = page.locator("#do-bypass > summary")
    button.click()
    button.hover()
    ink, ground = button.evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]")
    # Open and under the pointer at once, white on dark: it was white on rose.
    assert (ink, ground) == ("rgb(255, 255, 255)", "rgb(7, 61, 72)")

    page.goto("/staff/search/export?query=state%3Dopen")
    page.fill("[name=purpose]", "晨会材料")
    for kind in ("csv", "xlsx"):
        with page.expect_download() as got:
            page.click(f"button[value={kind}]")
        assert got.value.suggested_filename.endswith(kind)
        page.wait_for_selector("form[data-gives]:not([data-sent])")

    blocks = "main :is(.facts, .stats, .orders, .hint:has(+ section))"
    touching = """blocks => [...document.querySelectorAll(blocks)].filter(one => {
      const next = one.nextElementSibling;
      return next && next.offsetHeight && next.getBoundingClientRect().top - one.getBoundingClientRect().bottom < 6;
    }).map(one => one.className)"""
    for href in ("/staff/dashboard", f"/staff/m/{matter.number}"):
        page.goto(href)
        assert page.locator(".facts, .stats").count()
        assert page.evaluate(touching, blocks) == [], href

    phone = open_page("phone", "zh", base_url=live_server.url)
    sign_in(phone, "shift_lead", "zh")
    phone.goto("/staff/dashboard")
    left, right, wide = phone.evaluate(
        "(() => { const r = document.querySelector('.rail a[aria-current]').getBoundingClientRect();"
        " return [r.left, r.right, innerWidth]; })()"
    )
    assert 0 <= left < right <= wide
    assert phone.locator("header.top").bounding_box()["height"] <= 120
    phone.goto("/staff/search?state=open")
    assert phone.locator("details.fold").get_attribute("open") is None
    no_sideways(phone)
