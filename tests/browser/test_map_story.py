"""Maps in a real browser: by keyboard from a mark to its place, closer and back, without script; for everybody too."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.utils import timezone
from PIL import Image

from tests.browser.test_staff_story import PASSWORD, no_sideways, sign_in
from tests.desk.people import Town, of_unit, settle
from tests.desk.test_map_provider import toml
from tests.desk.test_register import HOTEL
from tests.subjects.test_service_points import ROOM, UNIT
from tests.support import tiles
from wuxiao.desk.base import fresh
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.register import acts
from wuxiao.desk.town import addresses, books, grounds, provider
from wuxiao.desk.town.places import AddressRow, load_addresses
from wuxiao.records.models import Staff
from wuxiao.rules.access import Role
from wuxiao.typed.crs import Crs
from wuxiao.web.shared import maps

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.either]
STREETS = ("文庙街", "河滨路", "桂花路", "青年路", "人民路", "新开路", "槐荫巷", "北门街")
HERE = "/staff/r/premises/map"


def ground() -> list[AddressRow]:
    """A small town: four streets from west to east, four from south to north, a village apart."""
    found = []
    for n, name in enumerate(STREETS):
        for door in range(1, 41):
            along, across = door / 2000, (n % 4) / 180
            lat, lon = (30.1 + across, 104.2 + along) if n < 4 else (30.098 + along, 104.203 + across)
            division = "990101001001" if lon < 104.21 else "990101001002"
            found.append(AddressRow(f"D{n}-{door}", division, name, f"{door}号", f"{name}{door}号", f"{name} Road",
                                    lat=lat, lon=lon))  # fmt: skip
    for door in range(1, 30):
        lat, lon = 30.13 + math.sin(door) / 500, 104.24 + math.cos(door * 2) / 500
        found.append(AddressRow(f"V-{door}", "990101002002", "二组", f"{door}号", f"二组{door}号", "Group 2",
                                lat=lat, lon=lon))  # fmt: skip
    return found


@pytest.fixture
def town(transactional_db: None) -> Town:
    cache.clear()
    made = settle()
    doors = ground()
    load_addresses(doors, by=SYSTEM, at=timezone.now())
    addresses.forget()
    fresh.forget()
    lead, keeper = of_unit(made, "ps_qingping", Role.LEAD), of_unit(made, UNIT)
    made.people["lead"] = lead
    for n, door in enumerate(doors[::9]):
        at = timezone.now() - timedelta(days=(3, 80, 400)[n % 3])
        acts.put_in("premises", HOTEL | {"title": f"旅馆{n + 1}", "address": door.full, "division": door.division,
                    "point": f"{door.lat},{door.lon}"}, by=lead, at=at)  # fmt: skip
    acts.put_in("premises", HOTEL | {"title": "没有门牌的旅馆", "address": "渡口旁边", "point": ""}, by=lead,
                at=timezone.now())  # fmt: skip
    week = ("每天 全天", "每天 0:00-0:01")
    for n, door in enumerate(doors[3::29]):
        given = {
            "title": f"第{n + 1}警务室",
            "title_en": f"Police room {n + 1}",
            "hours": week[n % 2],
            "holidays": "usual",
        }
        place = {"address": door.full, "division": door.division, "point": f"{door.lat},{door.lon}"}
        acts.put_in("service_points", ROOM | given | place, by=keeper, at=timezone.now() - timedelta(days=2))
    Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))
    return made


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("view", ["desk", "phone"])
def test_places_are_found_on_the_map_and_in_the_list_beside_it(
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

    shown = ".map.narrow" if view == "phone" else ".map.wide"
    hidden = ".map.wide" if view == "phone" else ".map.narrow"
    page.goto("/points")
    page.click('main a[href="/points/map"]')
    assert page.locator(shown).is_visible()
    assert not page.locator(hidden).is_visible()
    look("sketch")
    # One can come by keyboard from the way past the map to each of its marks, and open the place.
    page.focus(".skip-map")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('svg.map') !== null")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label
    many = page.locator(f"{shown} a.many").first
    if many.count():
        many.click()
        look("sketch-closer")
    page.goto("/points/map")
    page.locator(f"{shown} a:not(.many)").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/points/F*")

    sign_in(page, "lead_ps_qingping", lang)
    page.goto("/staff/r/premises")
    page.click(f'a[href="{HERE}"]')
    page.wait_for_url(f"**{HERE}")
    assert page.locator(shown).is_visible()
    look("map")
    rows = page.locator("tbody tr").count()
    page.locator(f"{shown} a.many").first.click()
    page.wait_for_url("**area=**")
    look("map-closer")
    assert 0 < page.locator("tbody tr").count() < rows
    if page.locator("details.fold").get_attribute("open") is None:
        page.click("details.fold summary")
    page.select_option("[name=fresh]", "dormant")
    page.click("form.filters .btn.primary")
    page.wait_for_url("**fresh=dormant**")
    assert "area=" in page.url
    page.goto(f"{HERE}?fresh=dormant")
    look("map-dormant")
    page.locator(f"{shown} a:not(.many)").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/r/premises/row/*")


def test_the_map_is_there_without_script(town: Town, live_server: Any, open_page: Callable[..., Any]) -> None:
    page = open_page("desk", "zh", scripts=False, base_url=live_server.url)
    page.goto("/points/map")
    assert page.locator(".map.wide").is_visible()
    page.locator(".map.wide a:not(.many)").first.click()
    page.wait_for_url("**/points/F*")
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("view", ["desk", "phone"])
def test_where_webgl_is_there_the_map_can_be_dragged_and_asks_nobody_else(
    town: Town,
    live_server: Any,
    open_page: Callable[..., Any],
    axe: Callable[..., None],
    watch: Any,
    tmp_path: Path,
    view: str,
    lang: str,
) -> None:
    if maps.libraries() is None:
        pytest.skip("set-up could not bring the library of the map")
    page = open_page(view, lang, base_url=live_server.url)
    # Software that stands in for a graphics card says that it is slow.
    watch.allow("GPU stall")
    sign_in(page, "lead_ps_qingping", lang)
    page.goto(HERE)
    page.wait_for_function("document.querySelector('[data-live]') !== null")
    page.click("[data-live] > button")
    page.wait_for_selector("[data-live][data-state]")
    assert page.get_attribute("[data-live]", "data-state") == "live"
    assert not page.locator("svg.map.wide").is_visible()
    page.wait_for_selector(".live-map .live-many, .live-map .live-mark")
    page.screenshot(path=tmp_path / f"live-{view}-{lang}.png", full_page=True)
    axe(page)
    no_sideways(page)

    def stands_for() -> int:
        """How many rows the marks of the map stand for together."""
        counts = page.locator(".live-many").all_text_contents()
        return sum(int(text.removeprefix("×")) for text in counts) + page.locator(".live-mark").count()

    rows = page.locator("tbody tr").count()
    # One row has no position.
    assert stands_for() == rows - 1
    before = page.locator(".live-many").count()
    page.locator(".live-many").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("before => document.querySelectorAll('.live-many').length !== before", arg=before)
    assert stands_for() == rows - 1
    page.screenshot(path=tmp_path / f"live-closer-{view}-{lang}.png")


def test_where_webgl_is_not_there_nobody_is_offered_it(
    town: Town, live_server: Any, open_page: Callable[..., Any], watch: Any
) -> None:
    page = open_page("desk", "zh", base_url=live_server.url)
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    sign_in(page, "lead_ps_qingping", "zh")
    page.goto(HERE)
    page.wait_for_load_state("networkidle")
    assert page.locator(".map.wide").is_visible()
    if maps.libraries() is not None:
        assert page.locator("[data-live]").count() == 1
    assert not page.locator("[data-live] > button").is_visible()


def test_if_the_library_does_not_come_the_drawing_stays_and_it_is_said(
    town: Town, live_server: Any, open_page: Callable[..., Any], watch: Any
) -> None:
    if maps.libraries() is None:
        pytest.skip("set-up could not bring the library of the map")
    page = open_page("desk", "zh", base_url=live_server.url)
    watch.allow("Failed to load resource")
    watch.allow("maplibre-gl.mjs")
    page.route("**/vendor/maplibre-gl*.mjs", lambda route: route.fulfill(status=404))
    sign_in(page, "lead_ps_qingping", "zh")
    page.goto(HERE)
    page.click("[data-live] > button")
    page.wait_for_selector("[data-live][data-state=failed]")
    assert page.locator(".map.wide").is_visible()
    assert page.locator(".live-failed").is_visible()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("view", ["desk", "phone"])
def test_a_towns_own_tiles_and_boundaries_are_drawn_and_nobody_else_is_asked(
    town: Town,
    live_server: Any,
    open_page: Callable[..., Any],
    axe: Callable[..., None],
    watch: Any,
    tmp_path: Path,
    settings: Any,
    view: str,
    lang: str,
) -> None:
    if not (maps.libraries() or {"tiles": ""})["tiles"]:
        pytest.skip("set-up could not bring the library of the map")
    settings.DATA_DIR = tmp_path / "data"
    lake = ((30.104, 104.203), (30.104, 104.209), (30.109, 104.209), (30.109, 104.203), (30.104, 104.203))
    layers = {
        "water": [(3, lake, "镜湖")],
        "roads": [(2, ((30.095, 104.198), (30.12, 104.23)), "省道")],
        "places": [(1, ((30.1065, 104.206),), "镜湖 Lake 9")],
    }
    (tmp_path / "ground.pmtiles").write_bytes(tiles.archive(layers))
    grounds.adopt_tiles(tmp_path / "ground.pmtiles", by=SYSTEM, at=timezone.now())
    ring = [[104.198, 30.096], [104.224, 30.096], [104.224, 30.124], [104.198, 30.124], [104.198, 30.096]]
    feature = {
        "type": "Feature",
        "properties": {"code": "990101001"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (tmp_path / "edges.json").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    book = books.current(timezone.now()).book
    grounds.adopt_boundaries(tmp_path / "edges.json", Crs.WGS84, book=book, by=SYSTEM, at=timezone.now())
    page = open_page(view, lang, base_url=live_server.url)
    watch.allow("GPU stall")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page, "lead_ps_qingping", lang)
    page.goto(HERE)
    page.screenshot(path=tmp_path / f"bounds-{view}-{lang}.png", full_page=True)
    page.click("[data-live] > button")
    page.wait_for_selector("[data-live][data-state]")
    assert page.get_attribute("[data-live]", "data-state") == "live"
    page.wait_for_function("Number(document.querySelector('[data-live]').dataset.drawn) > 0")
    page.screenshot(path=tmp_path / f"tiles-{view}-{lang}.png", full_page=True)
    axe(page)
    no_sideways(page)
    assert any(".pmtiles" in url for url in asked)
    assert all(url.startswith((live_server.url, "data:", "blob:")) for url in asked), "it asks nobody else"


@pytest.mark.parametrize(("view", "lang"), [("desk", "zh"), ("phone", "en")])
def test_over_a_providers_pictures_its_approval_number_stands_and_only_it_is_asked(
    town: Town,
    live_server: Any,
    open_page: Callable[..., Any],
    axe: Callable[..., None],
    watch: Any,
    tmp_path: Path,
    settings: Any,
    view: str,
    lang: str,
) -> None:
    if maps.libraries() is None:
        pytest.skip("set-up could not bring the library of the map")
    settings.DATA_DIR = tmp_path / "data"
    provider.adopt(toml(tmp_path), by=SYSTEM, at=timezone.now())
    picture = io.BytesIO()
    Image.new("RGB", (256, 256), "#dfe8d8").save(picture, "PNG")
    page = open_page(view, lang, base_url=live_server.url)
    watch.allow("GPU stall")
    watch.allow("asked another host: https://t")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route(
        "https://*.maps.example.cn/**",
        lambda route: route.fulfill(
            body=picture.getvalue(), content_type="image/png", headers={"Access-Control-Allow-Origin": "*"}
        ),
    )
    page.goto("/points/map")
    assert page.locator("svg.map:visible").count() == 1
    assert not [url for url in asked if "example.cn" in url], "nobody is asked before somebody presses it"
    page.click("[data-live] > button")
    page.wait_for_selector("[data-live][data-state]")
    assert page.get_attribute("[data-live]", "data-state") == "live"
    assert page.locator(".live-said").inner_text() == "某某地图 · GS(2024)1234号"
    page.wait_for_selector(".live-map .live-many, .live-map .live-mark")
    page.screenshot(path=tmp_path / f"provider-{view}-{lang}.png", full_page=True)
    axe(page)
    no_sideways(page)
    others = {url.split("/")[2] for url in asked if not url.startswith((live_server.url, "data:", "blob:"))}
    assert others
    assert others <= {"t0.maps.example.cn", "t1.maps.example.cn"}
