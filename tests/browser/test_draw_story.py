"""A drawn round worked out anew in a reader's browser: the same places, and one changed byte does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from tests.browser.test_staff_story import no_sideways
from tests.desk.people import Town, settle
from tests.desk.test_register import HOTEL, RENTED
from tests.subjects.test_inspection import person
from wuxiao.desk.register import acts as rows
from wuxiao.records.models import Case, Draw
from wuxiao.rules.access import Role
from wuxiao.subjects.inspection import rounds
from wuxiao.subjects.inspection.acts import commit, draw_round
from wuxiao.subjects.inspection.draw import Inspector, Place, Round

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.either]
SEED = "双色球2026137期 03 08 14 19 22 31 07"
SAID = {
    "zh": {"fits": "对得上", "noList": "有改动", "noSeal": "和这一页公布的不同", "noRead": "读不懂"},
    "en": {"fits": "It fits", "noList": "something was changed", "noSeal": "not those published", "noRead": "read"},
}


@pytest.fixture
def drawn(transactional_db: None) -> tuple[Draw, Round]:
    """A round of two kinds, all of its visits over."""
    cache.clear()
    town: Town = settle()
    for name, role in (("li", Role.HANDLER), ("wang", Role.HANDLER), ("zhao", Role.HANDLER), ("lead", Role.LEAD)):
        person(town, name, role)
    now = timezone.now()
    made = [HOTEL | {"address": f"清平路{n}号"} for n in range(12)]
    made += [RENTED | {"title": f"槐荫里{n}", "address": f"槐荫里{n}"} for n in range(8)]
    codes = [rows.put_in("premises", one, by=town.lead, at=now) for one in made]
    places = [Place(one.code, one.kind, "上月查过" if n % 7 == 3 else "") for n, one in enumerate(codes)]
    people = [Inspector("li", {codes[0].code: "亲属"}), Inspector("wang"), Inspector("zhao")]
    asked = {"of_kind": {"rented": 3, "hotel": 4}, "named": {codes[1].code: "到期"}, "source": "明天的双色球"}
    fixed = commit(places, people, by=town.lead, at=now - timedelta(days=2), **asked)
    row, out, cases = draw_round(fixed.number, SEED, by=town.lead, at=now - timedelta(days=1))
    Case.objects.filter(pk__in=[one.pk for one in cases]).update(closed_at=now)
    return row, out


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("view", ["desk", "phone"])
def test_anybody_works_the_draw_out_anew(
    drawn: tuple[Draw, Round],
    live_server: Any,
    open_page: Callable[..., Any],
    axe: Callable[..., None],
    tmp_path: Path,
    view: str,
    lang: str,
) -> None:
    row, made = drawn
    page = open_page(view, lang, base_url=live_server.url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/report/draws")
    page.screenshot(path=tmp_path / f"draws-{view}-{lang}.png", full_page=True)
    page.get_by_role("link", name=row.number).click()
    verdict = page.locator("[data-verdict]")

    def said(name: str) -> None:
        page.wait_for_selector(f'[data-verdict="{name}"]')
        assert SAID[lang][name] in verdict.inner_text()

    page.locator("[data-run]").click()
    said("fits")
    assert page.locator("[data-verdict] + p").inner_text().split(" ")[-len(made.drawn) :] == list(made.drawn)
    page.screenshot(path=tmp_path / f"draw-{view}-{lang}.png", full_page=True)
    axe(page)
    no_sideways(page)
    text = rounds.lists_of(row.number).encode()
    told = rounds.published(row.number)

    def own(lists: bytes, result: dict[str, Any] | str) -> None:
        whole = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        files = {"list": ("list.txt", lists), "round": ("round.json", whole.encode())}
        for name, (called, data) in files.items():
            page.set_input_files(f"#own-{name}", {"name": called, "mimeType": "text/plain", "buffer": data})
        page.locator("[data-run-own]").click()

    page.locator("[data-own] summary").click()
    own(text, told)
    said("fits")
    # One byte of the register is another: a place that was left out, a kind, the last digit of a code.
    place = text.index(b"place\t")
    for at in (place + 7, len(text) - 1, 5):
        changed = bytearray(text)
        changed[at] ^= 1
        own(bytes(changed), told)
        said("noList")
        own(text, told)
        said("fits")
    for more in ({"seed": SEED + "1"}, {"strata": {"rented": 4, "hotel": 4}}, {"apart": []}, {"commitment": "0" * 64}):
        own(text, {**told, **more})
        said("noSeal")
        own(text, told)
        said("fits")
    own(text, "no json")
    said("noRead")
    assert asked
    assert all(url.startswith((live_server.url, "data:", "blob:")) for url in asked), "it asks nobody else"


def test_other_places_do_not_come_out(
    drawn: tuple[Draw, Round], live_server: Any, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    """The house itself says other places than its seed draws: the reader is told."""
    row, made = drawn
    Draw.objects.update(drawn=[*made.drawn[:-1], "P999999"])
    page = open_page("desk", "zh", base_url=live_server.url)
    page.goto(f"/report/draws/{row.number}")
    page.locator("[data-run]").click()
    page.wait_for_selector('[data-verdict="noPlaces"]')
    assert made.drawn[-1] in page.locator("[data-said]").inner_text()
