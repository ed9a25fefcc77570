"""Terms and papers of places in a real browser: adopted by two, said on a page; printed, signed, asked about."""

from __future__ import annotations

import re
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
from tests.desk.test_register import HOTEL, RENTED
from wuxiao.desk.base import fresh
from wuxiao.desk.register import acts
from wuxiao.records.models import Premises, Row, RowPaper, Staff
from wuxiao.rules.access import Role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.either]


@pytest.fixture
def town(transactional_db: None, settings: Any, tmp_path: Path) -> Town:
    settings.FILES_DIR = tmp_path / "files"
    cache.clear()
    made = settle()
    fresh.forget()
    lead = made.people["lead"] = of_unit(made, "ps_qingping", Role.LEAD)
    now = timezone.now()
    school = HOTEL | {"kind": "school", "title": "望川县第一小学", "address": "文庙街3号", "point": ""}
    acts.put_in("premises", school, by=lead, at=now - timedelta(days=20))
    acts.put_in("premises", RENTED | {"point": ""}, by=lead, at=now)
    Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))
    return made


@pytest.mark.parametrize(("view", "lang"), [("desk", "zh"), ("phone", "en"), ("phone", "zh"), ("desk", "en")])
def test_terms_are_adopted_by_two_and_a_place_gets_its_papers(
    town: Town,
    live_server: Any,
    open_page: Callable[..., Any],
    axe: Callable[..., None],
    tmp_path: Path,
    view: str,
    lang: str,
) -> None:
    def look(page: Any, name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}-{view}-{lang}.png", full_page=True)
        axe(page)
        no_sideways(page)

    # A term that ended yesterday, and one that opens in forty days: what is due in ten moves to the day before.
    today = timezone.localdate()
    opens = today + timedelta(days=40)
    table = tmp_path / "terms.csv"
    table.write_text(
        "起,止,种类,名称,英文\n"
        f"{today - timedelta(days=120)},{today - timedelta(days=1)},学期,春季学期,the spring term\n"
        f"{opens},{opens + timedelta(days=120)},学期,秋季学期,the autumn term\n",
        encoding="utf-8",
    )
    page = open_page(view, lang, base_url=live_server.url)
    sign_in(page, "admin", lang)
    page.goto("/staff/terms")
    page.set_input_files("[name=file]", str(table))
    page.click("main form button[type=submit], main form button.primary")
    page.wait_for_url(re.compile(r"/staff/terms/\d+$"))
    look(page, "proposed")
    assert f"{opens - timedelta(days=1)}" in page.inner_text("main")
    sheet = page.url
    second = open_page(view, lang, base_url=live_server.url)
    sign_in(second, "security", lang)
    second.goto(sheet)
    second.click("button[value=adopt]")
    second.wait_for_url(re.compile(r"/staff/terms$"))
    look(second, "terms")

    desk = open_page(view, lang, base_url=live_server.url)
    sign_in(desk, "lead_ps_qingping", lang)
    code = Row.objects.get(kind="school").code
    desk.goto(f"/staff/r/premises/row/{code}")
    look(desk, "row")
    assert f"{opens - timedelta(days=1)}" in desk.inner_text("main")
    let = Row.objects.get(kind="rented").code
    desk.goto(f"/staff/r/premises/row/{let}")
    desk.click(f'main a[href$="/row/{let}/papers"]')
    look(desk, "papers-none")
    for n in (0, 1, 2):
        desk.locator("button[value=print]").nth(n).click()
        desk.wait_for_function("n => document.querySelectorAll('main a.code').length === n", arg=n + 1)
    look(desk, "papers")
    assert Premises.objects.get(row__code=let).rights_told_on is None
    desk.locator("main details summary").nth(1).click()
    form = desk.locator("main details form").nth(1)
    form.locator("[name=day]").fill(f"{today}")
    form.locator("button").click()
    desk.wait_for_selector(f"main summary:has-text('{today}')")
    assert Premises.objects.get(row__code=let).rights_told_on == today
    for paper in RowPaper.objects.all():
        for form_ in ("pdf", "docx"):
            answer = desk.request.get(f"/staff/r/premises/row/{let}/papers/{paper.code}/{form_}")
            (tmp_path / f"{paper.kind}.{form_}").write_bytes(answer.body())
    desk.goto(f"/paper/{RowPaper.objects.get(kind='tenant').code}")
    look(desk, "genuine")
