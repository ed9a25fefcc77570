"""A register in a real browser: a station keeps it, on the phone and at the desk, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.utils import timezone

from tests.browser.sent import sent
from tests.browser.test_staff_story import PASSWORD, no_sideways, sign_in
from tests.desk.people import Town, of_unit, settle
from tests.desk.test_register import HOTEL, RENTED
from wuxiao.desk.register import acts
from wuxiao.records.models import Row, Staff
from wuxiao.rules.access import Role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.either]
HERE = "/staff/r/premises"


@pytest.fixture
def town(transactional_db: None) -> Town:
    cache.clear()
    made = settle()
    made.people["lead"] = of_unit(made, "ps_qingping", Role.LEAD)
    old = timezone.now() - timedelta(days=100)
    for n in range(6):
        acts.put_in("premises", HOTEL | {"address": f"清平路{n + 1}号"}, by=made.lead, at=old + timedelta(days=4 * n))
    acts.put_in("premises", RENTED, by=made.lead, at=timezone.now())
    Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))
    return made


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("view", ["desk", "phone"])
def test_a_station_keeps_its_places(
    town: Town,
    live_server: Any,
    open_page: Callable[..., Any],
    axe: Callable[..., None],
    watch: Any,
    tmp_path: Path,
    view: str,
    lang: str,
) -> None:
    page = open_page(view, lang, base_url=live_server.url)

    def look(name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}-{view}-{lang}.png", full_page=True)
        axe(page)
        no_sideways(page)

    sign_in(page, "lead_ps_qingping", lang)
    page.goto(HERE)
    look("list")
    page.goto(f"{HERE}?fresh=dormant")
    look("dormant")
    assert page.locator("tbody tr").count() == 3
    page.goto(f"{HERE}/new")
    look("kinds")
    page.click("a[href$='kind=rented']")
    page.wait_for_selector("[name=rooms_let]")
    look("form")
    page.fill("[name=title]", "桂花里5栋302")
    page.select_option("[name=division]", "990101001001")
    page.fill("[name=address]", "桂花里5栋302")
    page.fill("[name=rooms_let]", "3")
    page.select_option("[name=bars]", "blocked")
    page.check("[name=let_check][value=smoke]")
    page.fill("[name=duty_phone]", "5551234")
    sent(page, page.locator("main form .btn.primary"))
    look("row")
    row = Row.objects.get(title="桂花里5栋302")
    page.goto(f"{HERE}/row/{row.code}/change")
    page.select_option("[name=bars]", "opens")
    page.check("[name=why][value=changed]")
    look("change")
    sent(page, page.locator("main form .btn.primary"))
    sent(page, page.locator("button[name=do][value=confirm]"))
    look("history")
    row.refresh_from_db()
    assert (row.version, row.state) == (3, "live")
    page.click("details.more summary")
    page.select_option("details.more [name=why]", "closed")
    sent(page, page.locator("button[name=do][value=end]"))
    look("ended")
    page.goto(f"{HERE}/quality")
    look("quality")
    page.goto(f"{HERE}/export")
    look("export")
    page.goto(f"{HERE}/file")
    look("file")
    watch.allow("400 (Bad Request)")
    page.set_input_files(
        "[name=file]",
        {"name": "t.csv", "mimeType": "text/csv", "buffer": "编号,种类,名称,地址\nA/1,城堡,甲,路1\n".encode()},
    )
    page.click("main form .btn.primary")
    page.wait_for_selector("main table")
    look("faults")
