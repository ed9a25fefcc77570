"""Schematic maps: the rows of their list in its order, drawn from the town's own addresses, for whom they are."""

from __future__ import annotations

import html
import json
import re
import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from tests.desk.people import Town, of_unit, settle
from tests.desk.test_register import HOTEL
from tests.subjects.test_service_points import ROOM
from wuxiao.desk.base import fresh
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.register import acts
from wuxiao.desk.town import addresses, schematic
from wuxiao.desk.town.places import AddressRow, load_addresses
from wuxiao.desk.town.schematic import Ground, Line
from wuxiao.records.models import Address, Row, Staff
from wuxiao.rules.access import Role
from wuxiao.rules.words import Text
from wuxiao.web.shared import maps
from wuxiao.web.shared.charts import text_width
from wuxiao.web.shared.maps import Mark

pytestmark = pytest.mark.django_db
HERE = "/staff/r/premises/map"
SVG = re.compile(r'<svg class="map (\w+)".*?</svg>', re.S)


def rows(street: str, division: str, south: float, west: float, many: int) -> list[AddressRow]:
    """The doors of a street that runs from west to east."""
    return [
        AddressRow(
            f"{division}-{street}-{n}", division, street, f"{n}号", f"{street}{n}号", f"{street} Road",
            lat=south, lon=west + n / 2000,
        )
        for n in range(1, many + 1)
    ]  # fmt: skip


@pytest.fixture
def town() -> Town:
    cache.clear()
    made = settle()
    some = rows("文庙街", "990101001001", 30.1, 104.2, 40) + rows("河滨路", "990101002002", 30.12, 104.21, 12)
    load_addresses(some, by=SYSTEM, at=timezone.now())
    addresses.forget()
    fresh.forget()
    made.people["keeper"] = of_unit(made, "ps_qingping")
    made.people["lead"] = of_unit(made, "ps_qingping", Role.LEAD)
    Staff.objects.update(must_change_password=False)
    return made


def signed_in(town: Town, name: str, lang: str = "zh-hans") -> Client:
    client = Client()
    client.force_login(Staff.objects.get(pk=town.people[name].staff_id))
    client.cookies["lang"] = lang
    return client


def hotel(town: Town, n: int, **more: Any) -> Row:
    given = HOTEL | {"title": f"旅馆{n}", "address": f"文庙街{n}号"}
    given["point"] = f"30.1,{104.2 + n / 2000:.6f}"
    return acts.put_in("premises", given | more, by=town.lead, at=timezone.now() - timedelta(days=n))


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def drawings(text: str) -> dict[str, ET.Element]:
    """The drawings of a page, read as XML by a reader of its own."""
    found = {}
    for one in SVG.finditer(text):
        found[one[1]] = ET.fromstring(one[0].replace("&nbsp;", " "))
    return found


def marked(svg: ET.Element) -> list[tuple[str, str]]:
    """What each mark of a drawing says and where it leads."""
    return [(one.get("aria-label", ""), html.unescape(one.get("href", ""))) for one in svg.iter("a")]


def numbers(svg: ET.Element) -> list[int]:
    """Every row that some mark stands for: its own number, or those it names."""
    return sorted(int(n) for label, _url in marked(svg) for n in re.findall(r"(?:^|[：、: ])(\d+) 旅馆", label))


def listed(text: str) -> list[str]:
    body = text.split("<tbody data-rows>")[1].split("</tbody>")[0]
    return re.findall(r'href="/staff/r/premises/row/([^"]+)"', body)


def test_the_list_beside_the_map_has_the_same_rows_in_the_same_order_as_the_list(town: Town) -> None:
    made = [hotel(town, n) for n in (5, 20, 35)]
    bare = hotel(town, 50, address="没有门牌的地方", point="")
    client = signed_in(town, "keeper")
    for query in ("", "?q=旅馆2", "?kind=hotel&division=990101001", "?fresh=dormant", "?kind=ktv"):
        plain = page(client, f"/staff/r/premises{query}")
        beside = page(client, f"{HERE}{query}")
        if "<tbody" not in plain:
            assert "map wide" not in beside
            continue
        assert listed(beside) == listed(plain)
        drawn = drawings(beside)
        assert set(drawn) == {"wide", "narrow"}
    text = page(client, HERE)
    assert listed(text) == [row.code for row in [*made, bare]]
    for svg in drawings(text).values():
        assert numbers(svg) == [1, 2, 3]
    assert "1 处没有坐标，只在列表里" in text
    for row in made:
        assert f'href="/staff/r/premises/row/{row.code}"' in text


def test_marks_stand_where_their_places_are(town: Town) -> None:
    west, east = hotel(town, 1), hotel(town, 40)
    north = hotel(town, 20, point="30.12,104.21")
    svg = drawings(page(signed_in(town, "keeper"), HERE))["wide"]
    at = {}
    for one in svg.iter("a"):
        x, y = re.search(r"translate\(([\d.]+) ([\d.]+)\)", one.find("g").get("transform")).groups()  # type: ignore[union-attr]
        at[one.get("href")] = (float(x), float(y))
    url = "/staff/r/premises/row/{}"
    (wx, wy), (ex, ey), (_nx, ny) = (at[url.format(row.code)] for row in (west, east, north))
    assert wx < ex
    assert wy == ey
    assert ny < wy
    # 39 doors lie 1876 m apart on the ground, as the scale of the drawing says too.
    metres = 39 / 2000 * 111_195 * 0.8652
    label = next(t.text for t in svg.iter("text") if t.text and "上北下南" in t.text)
    line = next(one.get("d") for one in svg.iter("path") if one.get("class") == "scale")
    said = int(re.match(r"(\d+) (米|公里)", label)[1]) * (1000 if "公里" in label else 1)  # type: ignore[index]
    pixels = float(re.search(r"h([\d.]+)v", line)[1])  # type: ignore[index, arg-type]
    assert (ex - wx) / pixels * said == pytest.approx(metres, rel=0.02)


def test_places_close_together_are_one_mark_that_leads_closer_with_the_same_filter(town: Town) -> None:
    for n in (1, 2, 3):
        hotel(town, n, point=f"30.1,{104.2 + n / 4000:.6f}")
    hotel(town, 39)
    client = signed_in(town, "keeper")
    found = marked(drawings(page(client, f"{HERE}?kind=hotel"))["wide"])
    (many,) = [one for one in found if one[0].startswith("3 处")]
    assert many[0] == "3 处：1 旅馆1、2 旅馆2、3 旅馆3"
    assert "kind=hotel" in many[1]
    assert "area=30.09" in many[1]
    closer = page(client, many[1])
    assert len(listed(closer)) == 3
    assert len(marked(drawings(closer)["wide"])) == 3
    assert "只看地图上的一块" in closer
    # The plain list can be narrowed to that part too; what is far away is not in it.
    assert listed(page(client, many[1].replace("/map", ""))) == listed(closer)
    assert "area=" in closer.split("<form", 2)[2] or 'name="area"' in closer


def test_places_of_one_house_lead_to_their_rows_in_the_list(town: Town) -> None:
    for n in (1, 2):
        hotel(town, n, point="30.1,104.21")
    text = page(signed_in(town, "keeper"), f"{HERE}?area=30.0990,104.2090,30.1010,104.2110")
    (one,) = marked(drawings(text)["wide"])
    assert one == ("2 处：1 旅馆1、2 旅馆2", "#r1")
    assert 'id="r1"' in text


def test_how_a_place_stands_is_a_shape_and_a_word_not_a_colour_alone(town: Town) -> None:
    fresh_one = acts.put_in(
        "premises", HOTEL | {"title": "旅馆甲", "point": "30.1,104.2005"}, by=town.lead, at=timezone.now()
    )
    hotel(town, 39, **{})
    old = acts.put_in(
        "premises", HOTEL | {"title": "旅馆乙", "address": "文庙街30号", "point": "30.12,104.215"}, by=town.lead,
        at=timezone.now() - timedelta(days=400),
    )  # fmt: skip
    svg = drawings(page(signed_in(town, "keeper"), HERE))["wide"]
    drawn = {one.get("href", "").rsplit("/", 1)[-1]: one for one in svg.iter("a")}
    assert drawn[fresh_one.code].find(".//circle") is not None
    assert drawn[old.code].find(".//circle") is None
    assert "在核对期内" in drawn[fresh_one.code].get("aria-label", "")
    assert "超过核对周期" in drawn[old.code].get("aria-label", "")


def test_a_place_far_out_does_not_make_a_dot_of_all_the_others(town: Town) -> None:
    hotel(town, 1)
    hotel(town, 40)
    hotel(town, 7, address="文庙街", point="10.0,80.0")
    text = page(signed_in(town, "keeper"), HERE)
    assert numbers(drawings(text)["wide"]) == [1, 2]
    assert "1 处的坐标离本地太远" in text
    assert len(listed(text)) == 3


@pytest.mark.either
@pytest.mark.parametrize("area", ["", "a,b,c,d", "1,2,3", "30,104,29,105", "nan,nan,nan,nan", "inf,1,2,3", "91,0,92,1"])
def test_an_address_that_names_no_stretch_shows_all(town: Town, area: str) -> None:
    hotel(town, 1)
    assert len(listed(page(signed_in(town, "keeper"), f"{HERE}?area={area}"))) == 1


def test_a_map_asks_as_many_questions_for_many_rows_as_for_few(town: Town) -> None:
    client = signed_in(town, "keeper")
    hotel(town, 1)
    page(client, HERE)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(client, HERE)
        counts.append(len(asked))
        for n in range(2, 30):
            if _round == 0:
                hotel(town, n)
        page(client, HERE)
    assert counts[0] == counts[1]


def test_who_may_not_open_the_register_gets_no_map(town: Town) -> None:
    hotel(town, 1)
    town.people["operator_"] = town.people["operator"]
    refused = signed_in(town, "operator").get(HERE)
    assert refused.status_code == 403
    assert "旅馆1" not in refused.content.decode()
    assert Client().get(HERE).status_code == 302


@pytest.mark.either
def test_the_map_is_english_where_english_is_read(town: Town) -> None:
    for n in (1, 2, 3):
        hotel(town, n, title=f"Inn {n}", address=f"{n} Road", point=f"30.1,{104.2 + n / 4000:.6f}")
    hotel(town, 39, title="Inn 39", address="39 Road")
    text = page(signed_in(town, "keeper", "en"), HERE)
    said = re.sub(r"<[^>]+>", " ", text.split("<main", 1)[1].split("</main>")[0])
    assert re.findall(r"[\u4e00-\u9fff]+", said.replace("文庙街 Road", "").replace("河滨路 Road", "")) == []
    assert any(label.startswith("3 places: 1 Inn 1, 2 Inn 2") for label, _url in marked(drawings(text)["wide"]))


def test_the_map_one_can_drag_has_the_rows_of_the_page_that_asks(town: Town) -> None:
    for n in (5, 20, 35):
        hotel(town, n)
    hotel(town, 50, address="没有门牌的地方", point="")
    client = signed_in(town, "keeper")
    for query in ("", "?q=旅馆2", "?area=30.0900,104.2000,30.1100,104.2120", "?kind=ktv"):
        found = json.loads(page(client, f"/staff/r/premises/map.json{query}"))
        text = page(client, f"{HERE}{query}")
        drawn = drawings(text)
        assert [one["number"] for one in found["marks"]] == (numbers(drawn["wide"]) if drawn else [])
        for one in found["marks"]:
            row = Row.objects.get(code=one["url"].rsplit("/", 1)[-1])
            assert (one["lat"], one["lon"], one["label"]) == (row.lat, row.lon, row.title)
    assert {one["properties"]["name"] for one in found["streets"]["features"]} == {"文庙街", "河滨路"}
    (west, south), (east, north) = json.loads(page(client, "/staff/r/premises/map.json"))["bounds"]
    assert west < 104.2 < 104.22 < east
    assert south < 30.1 < 30.12 < north
    assert signed_in(town, "operator").get("/staff/r/premises/map.json").status_code == 403
    assert Client().get("/staff/r/premises/map.json").status_code == 302


# --------------------------------------------------------------------------------------------------- for everybody


def point(town: Town, title: str, lat: float, lon: float, division: str = "990101001001") -> Row:
    given = ROOM | {"hours": "每天 全天", "holidays": "usual", "title": title, "title_en": title, "division": division}
    return acts.put_in(
        "service_points", given | {"point": f"{lat},{lon}"}, by=town.keeper, at=timezone.now() - timedelta(days=3)
    )


def test_the_public_sketch_has_its_list_and_no_position(town: Town) -> None:
    first = point(town, "甲警务室", 30.1, 104.2013)
    second = point(town, "乙警务室", 30.1201, 104.2144)
    text = page(Client(), "/points/map")
    codes = re.findall(r'<h2><a href="/points/([^"]+)"', text)
    assert sorted(codes) == sorted([first.code, second.code])
    assert codes == re.findall(r'<h[23]><a href="/points/([^"]+)"', page(Client(), "/points"))
    assert {url for _label, url in marked(drawings(text)["wide"])} == {f"/points/{one}" for one in codes}
    assert "示意图，不按比例" in text
    assert "上北下南" not in text
    assert not re.search(r"(?<!\d)(30\.1|104\.2)\d*", text)
    assert "area=" not in text


def test_the_public_sketch_stands_on_a_lattice(town: Town) -> None:
    """Two places a few metres from each other's row of the lattice stand in the same line: nothing can be measured."""
    point(town, "甲警务室", 30.1, 104.2013)
    point(town, "乙警务室", 30.1, 104.2190)
    svg = drawings(page(Client(), "/points/map"))["wide"]
    spots = [re.search(r"translate\(([\d.]+) ([\d.]+)\)", ET.tostring(one).decode()) for one in svg.iter("a")]
    assert len(spots) == 2
    for one in spots:
        assert one is not None
        assert all(float(value) % 30 in {15.0, 20.0, 10.0} for value in one.groups())


def test_public_marks_lead_closer_by_division(town: Town) -> None:
    for n in range(3):
        point(town, f"第{n}警务室", 30.1, 104.201 + n / 100_000)
    far_off = point(town, "远警务室", 30.1201, 104.2144, "990101002002")
    found = dict(marked(drawings(page(Client(), "/points/map?open=1"))["wide"]))
    (closer,) = [url for label, url in found.items() if label.startswith("3 处")]
    assert closer == "/points/map?open=1&division=990101001"
    text = page(Client(), closer)
    assert far_off.code not in text
    assert len(re.findall(r'<h2><a href="/points/', text)) == 3
    assert page(Client(), "/points/map?division=" + "9" * 40)


def test_premises_have_no_public_map(town: Town) -> None:
    """Places that are inspected are nobody's business outside: the register exists, its rows are nowhere public."""
    row = hotel(town, 1)
    point(town, "甲警务室", 30.1, 104.2013)
    assert row.title not in page(Client(), "/points/map")
    assert row.code not in page(Client(), "/points/map")
    for path in ("/premises/map", "/r/premises/map"):
        assert Client().get(path).status_code == 404


# ------------------------------------------------------------------------------------------------------- the ground


def test_streets_and_blocks_are_those_of_the_addresses(town: Town) -> None:
    ground = schematic.ground()
    lines = {one.name.zh: one for one in ground.streets}
    assert {name: one.doors for name, one in lines.items()} == {"文庙街": 40, "河滨路": 12}
    (south, west), (north, east) = sorted(lines["文庙街"].ends, key=lambda end: end[1])
    assert south == pytest.approx(30.1, abs=1e-5)
    assert north == pytest.approx(30.1, abs=1e-5)
    # Doors from 104.2005 to 104.22: a line along evenly spread doors is a little longer than from first to last.
    assert west == pytest.approx(104.2005, abs=5e-4)
    assert east == pytest.approx(104.2200, abs=5e-4)
    assert set(ground.blocks.values()) == {"990101001001", "990101002002"}
    assert (30100, 104205) in ground.blocks or (30099, 104205) in ground.blocks
    box = ground.box
    assert box is not None
    assert box[0] <= 30.1 <= box[2]


def test_new_addresses_are_seen_once_the_towns_chain_moved(town: Town) -> None:
    assert len(schematic.ground().streets) == 2
    load_addresses(rows("新开路", "990101001001", 30.11, 104.2, 5), by=SYSTEM, at=timezone.now())
    fresh.forget()
    assert len(schematic.ground().streets) == 3


def test_a_slanting_street_is_drawn_as_it_runs(town: Town) -> None:
    slant = [
        AddressRow(f"S{n}", "990101001001", "斜街", f"{n}号", f"斜街{n}号", lat=30.1 + n / 2000, lon=104.2 - n / 2000)
        for n in range(1, 21)
    ]
    load_addresses(slant, by=SYSTEM, at=timezone.now())
    fresh.forget()
    line = next(one for one in schematic.ground().streets if one.name.zh == "斜街")
    (south, east), (north, west) = sorted(line.ends)
    assert north - south == pytest.approx(19 / 2000, rel=0.1)
    assert east - west == pytest.approx(19 / 2000, rel=0.1)


@pytest.mark.either
def test_a_town_without_addresses_still_has_its_map(town: Town) -> None:
    Address.objects.all().delete()
    fresh.forget()
    hotel(town, 1)
    hotel(town, 40)
    assert schematic.ground() == Ground({}, ())
    assert numbers(drawings(page(signed_in(town, "keeper"), HERE))["wide"]) == [1, 2]


@pytest.mark.either
@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_names_never_lie_over_one_another_or_over_marks(lang: str) -> None:
    streets = tuple(
        Line(
            Text(f"第{n}条长长的街", f"Long street number {n}"),
            ((30.1 + n / 3000, 104.2), (30.1 + n / 3000, 104.23)),
            9,
        )
        for n in range(30)
    )
    blocks = {(30100 + n % 10, 104200 + n // 10): f"99010100{n % 3}" for n in range(300)}
    divisions = {f"99010100{n}": Text(f"第{n}街道", f"Sub-district {n}") for n in range(3)}
    marks = [Mark(n, (30.1 + n / 3000, 104.21), f"处{n}", "done", "在核对期内", f"/{n}") for n in range(1, 9)]
    with translation.override(lang):
        drawn = maps.draw(
            "图", marks, Ground(blocks, streets), divisions, area=None, closer=lambda *_: "", narrowed=False
        )
    svg = ET.fromstring(str(drawn.wide))
    boxes = []
    for one in svg.iter("text"):
        if one.get("class") in {"place", "road"} and one.get("text-anchor") == "middle":
            size = 13 if one.get("class") == "place" else 11
            half = text_width(one.text or "", size) / 2
            x, y = float(one.get("x", "")), float(one.get("y", ""))
            boxes.append((x - half, y - size, x + half, y + 3))
    assert len(boxes) > 5
    for n, a in enumerate(boxes):
        for b in boxes[n + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)
