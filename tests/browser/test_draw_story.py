"""A drawn round worked out anew in a reader's browser: the same places, and one changed byte does not fit.

The golden vectors are those of `tests/subjects/test_inspection_seed.py`: the page's JavaScript says the same as Python
and as the oracle written with coreutils.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
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
from wuxiao.records.models import Case, Draw, DrawShare
from wuxiao.rules.access import Role
from wuxiao.subjects.inspection import rounds
from wuxiao.subjects.inspection.acts import commit, draw_round
from wuxiao.subjects.inspection.draw import Inspector, Place, Round

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.either]
DAY = timedelta(days=1)
RESULT = " ".join(str(n) for n in range(2, 42, 2))
SAID = {
    "zh": {
        "fits": "对得上", "noList": "有改动", "noSeal": "和这一页公布的不同", "noRead": "读不懂",
        "noShare": "揭开的份额不是",
        "noSeed": "种子不是份额和公开数算出来的", "otherFigure": "和这一轮用的不同", "noFigure": "不像那个公开数",
        "witnessed": "在检查点之下", "needFigure": "请在上面填", "wouldDraw": "本来会抽中",
    },
    "en": {
        "fits": "It fits", "noList": "something was changed", "noSeal": "not those published", "noRead": "read",
        "noShare": "not the one whose hash", "noSeed": "does not follow", "otherFigure": "not the one this round",
        "noFigure": "does not look like", "witnessed": "lies under the checkpoint", "needFigure": "Type the figure",
        "wouldDraw": "would have been drawn",
    },
}  # fmt: skip
VECTORS = json.loads((Path(__file__).parents[1] / "subjects" / "draw_vectors.json").read_text(encoding="utf-8"))


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
    asked = {"of_kind": {"rented": 3, "hotel": 4}, "named": {codes[1].code: "到期"}, "figure": "kl8"}
    fixed = commit(places, people, by=town.lead, at=now - 10 * DAY, on=(now - 6 * DAY).date(), **asked)
    assert fixed.opens_at is not None
    row, out, cases = draw_round(fixed.number, RESULT, seen="中国福利彩票网", by=town.lead, at=fixed.opens_at)
    Case.objects.filter(pk__in=[one.pk for one in cases]).update(closed_at=now)
    return row, out


def golden(vector: dict[str, Any]) -> Draw:
    """A round as a vector says it, as if the house had drawn it."""
    said = vector["round"]
    moments = {f"{name}_at": datetime.fromisoformat(said[name]) for name in ("opens", "closes", "told")}
    whole = (
        "number",
        "commitment",
        "source",
        "figure",
        "share",
        "share_hash",
        "result",
        "seen",
        "seed",
        "strata",
        "drawn",
    )
    return Draw.objects.create(
        unit="ps_qingping", lists=vector["lists"], named=dict.fromkeys(said["apart"], "到期"),
        committed_at=datetime.fromisoformat(said["committed_at"]), drawn_at=datetime.fromisoformat(said["drawn_at"]),
        mark="m", **moments, **{name: said[name] for name in [*whole, "drawn"]},
    )  # fmt: skip


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
    page.locator("[data-run-witness]").click()
    said("witnessed")
    for typed, name in (
        ("40 " + RESULT.removesuffix(" 40"), "fits"),
        ("1 2 3", "noFigure"),
        (RESULT[2:] + " 41", "otherFigure"),
    ):
        page.fill("#own-figure", typed)
        page.locator("[data-run]").click()
        said(name)
    page.fill("#own-figure", "")
    text = rounds.lists_of(row.number, timezone.now()).encode()
    told = rounds.published(row.number, timezone.now())

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
    for more in (
        {"seed": "1"},
        {"closes": "2030-01-01"},
        {"strata": {"rented": 4, "hotel": 4}},
        {"apart": []},
        {"commitment": "0" * 64},
    ):
        own(text, {**told, **more})
        said("noSeal")
        own(text, told)
        said("fits")
    own(text, {**told, "share": "0" * 64})
    said("noShare")
    own(text, {**told, "result": "01 02"})
    said("noSeed")
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


@pytest.mark.parametrize("vector", VECTORS, ids=[one["name"] for one in VECTORS])
def test_the_page_says_of_the_golden_vectors_what_the_others_say(
    drawn: tuple[Draw, Round], live_server: Any, open_page: Callable[..., Any], vector: dict[str, Any]
) -> None:
    row = golden(vector)
    # The visits of no such round are open; its last day need not have come.
    page = open_page("desk", "zh", base_url=live_server.url)
    page.goto(f"/report/draws/{row.number}")
    page.locator("[data-run]").click()
    page.wait_for_selector('[data-verdict="fits"]')
    assert page.locator("[data-verdict] + p").inner_text().endswith(" ".join(vector["round"]["drawn"]))
    page.fill("#own-figure", vector["round"]["result"])
    page.locator("[data-run]").click()
    page.wait_for_selector('[data-verdict="fits"]')
    assert page.locator("[data-run-witness]").count() == 0, "there is no entry of it"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("view", ["desk", "phone"])
def test_a_round_that_was_not_drawn_in_time_says_what_it_would_have_drawn(
    drawn: tuple[Draw, Round], live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None],
    tmp_path: Path, view: str, lang: str,
) -> None:  # fmt: skip
    row, made = drawn
    share = row.share
    Draw.objects.update(drawn_at=None, drawn=[], seed="", result="", seen="", share="")
    DrawShare.objects.create(draw=row, text=share)
    page = open_page(view, lang, base_url=live_server.url)
    page.goto("/report/draws")
    page.screenshot(path=tmp_path / f"void-list-{view}-{lang}.png", full_page=True)
    page.goto(f"/report/draws/{row.number}")
    verdict = page.locator("[data-verdict]")
    for typed, name in (("", "needFigure"), (RESULT, "wouldDraw")):
        page.fill("#own-figure", typed)
        page.locator("[data-run]").click()
        page.wait_for_selector(f'[data-verdict="{name}"]')
        assert SAID[lang][name] in verdict.inner_text()
    assert page.locator("[data-verdict] + p").inner_text().endswith(" ".join(made.drawn))
    page.screenshot(path=tmp_path / f"void-{view}-{lang}.png", full_page=True)
    axe(page)
    no_sideways(page)
