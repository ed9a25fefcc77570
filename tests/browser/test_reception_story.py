"""A leader's reception in a real browser: published at the desk, booked and moved on a phone, held and promised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.utils import timezone

from tests.browser.sent import sent
from tests.browser.test_staff_story import PASSWORD, no_sideways, sign_in
from tests.desk.people import Town, settle
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Booking, Matter, Slot, Staff, TakenOver

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.either]


@pytest.fixture
def town(transactional_db: None) -> Town:
    cache.clear()
    made = settle()
    Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))
    return made


def published(page: Any, look: Callable[[Any], None]) -> None:
    """Two weekly dates, with the mouse; the first time the place is forgotten, and what was typed stays."""
    day = books.current(timezone.now()).calendar.add_workdays(timezone.localdate(), 3)
    page.goto("/staff/reception")
    form = page.locator("form:has([value=publish])")
    form.locator("[name=day]").fill(day.isoformat())
    form.locator("[name=every]").select_option("week")
    form.locator("[name=times]").fill("2")
    form.locator("[name=places]").fill("1")
    form.locator("button").click()
    page.wait_for_selector("[name=place][aria-invalid=true]")
    look(page)
    form = page.locator("form:has([value=publish])")
    assert form.locator("[name=day]").input_value() == day.isoformat()
    form.locator("[name=place]").fill("县政务服务中心一楼 103")
    sent(page, form.locator("button"))
    look(page)


def received(words: str, phone: str) -> Matter:
    report = Report(words=words, division="990101001", phone=phone, name="陈女士")
    return matters.receive(report, by=RESIDENT, at=timezone.now())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_leaders_hour_from_the_desk_to_the_promise(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None], watch: Any, lang: str
) -> None:
    def look(page: Any) -> None:
        axe(page)
        no_sideways(page)

    watch.allow("400 (Bad Request)")
    watch.allow("409 (Conflict)")
    desk = open_page("desk", lang, base_url=live_server.url)
    sign_in(desk, "chief", lang)
    published(desk, look)
    first, second = Slot.objects.order_by("starts_at")
    her, other = received("文庙街路灯不亮，老人摔过一次", "19909900001"), received("占道经营，路走不了", "19909900002")

    phone = open_page("phone", lang, base_url=live_server.url)
    phone.goto("/reception")
    look(phone)
    phone.goto(f"/p/{her.code}")
    look(phone)
    phone.click(f"a[href='/p/{her.code}/reception']")
    look(phone)
    neighbour = open_page("phone", lang, base_url=live_server.url)
    neighbour.goto(f"/p/{other.code}/reception")
    # One tap, and it is hers.
    sent(phone, phone.locator(".slots button").first)
    assert "103" in phone.inner_text(".now-box")
    look(phone)
    # The neighbour's page was open before: it has filled up, and what has room is offered.
    sent(neighbour, neighbour.locator(".slots button").first, ".notice.caution")
    assert neighbour.locator(".slots li").count() == 1
    look(neighbour)
    sent(neighbour, neighbour.locator(".slots button").first)
    assert {one.matter_id: one.slot_id for one in Booking.objects.all()} == {her.pk: first.pk, other.pk: second.pk}
    neighbour.locator("details:has([value=release]) summary").click()
    sent(neighbour, neighbour.locator("form:has([value=release]) button"))
    phone.reload()
    sent(phone, phone.locator(".slots button").first)
    assert Booking.objects.get(matter=her).slot_id == second.pk

    desk.goto("/staff/reception")
    desk.locator("a.open[href*='/staff/reception/']").nth(1).click()
    assert her.number in desk.inner_text("main")
    assert "陈女士" not in desk.inner_text("main")
    look(desk)
    desk.locator("form:has([value=names]) button").click()
    desk.wait_for_selector("text=陈女士")
    # The hour comes.
    began = timezone.now() - timedelta(minutes=20)
    Slot.objects.filter(pk=second.pk).update(starts_at=began, ends_at=began + timedelta(hours=2))
    desk.goto("/staff/reception")
    desk.locator("a.open[href*='/staff/reception/']").first.click()
    sent(desk, desk.locator("form:has([value=came]) button"))
    desk.locator("details:has([value=promise]) summary").click()
    desk.fill("[name=words]", "本周五前换好三盏灯")
    look(desk)
    sent(desk, desk.locator("form:has([value=promise]) button"))
    desk.locator("form:has([value=take_over]) button").click()
    desk.wait_for_selector("form:has([name=sure])")
    look(desk)
    assert not TakenOver.objects.exists()
    sent(desk, desk.locator("form:has([name=sure]) button"))
    look(desk)
    assert TakenOver.objects.get().matter_id == her.pk
    phone.goto(f"/p/{her.code}")
    assert "本周五前换好三盏灯" in phone.inner_text("main")
    look(phone)
    # The hour was moved by this test's own hand, and nothing else.
    assert {one.column for one in verify.verify().breaks} == {"slots"}


def test_an_address_for_ones_calendar_is_shown_once(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None]
) -> None:
    page = open_page("phone", "zh", base_url=live_server.url)
    sign_in(page, "supervisor", "zh")
    page.goto("/staff/calendar")
    axe(page)
    page.locator("form:has([value=make]) button").click()
    address = page.inner_text(".notice .code").strip()
    axe(page)
    no_sideways(page)
    assert page.request.get(address[address.index("/calendar/") :]).status == 200
    page.goto("/staff/calendar")
    assert address not in page.content()
    sent(page, page.locator("form:has([value=revoke]) button"))
    assert page.request.get(address[address.index("/calendar/") :]).status == 404
