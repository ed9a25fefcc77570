"""Ground of its own for the maps of staff: what is adopted is whole, in its place and system; else nothing changes."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.desk.people import Town, of_unit, settle
from tests.desk.test_register import HOTEL
from tests.support import tiles
from tests.web.test_maps import rows
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base import fresh
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.register import acts
from wuxiao.desk.town import addresses, books, grounds, pmtiles
from wuxiao.desk.town.places import load_addresses
from wuxiao.desk.town.pmtiles import BadTiles
from wuxiao.records.models import Entry, Staff
from wuxiao.rules.access import Role
from wuxiao.site.cli import main
from wuxiao.typed import crs as systems
from wuxiao.typed.crs import Crs
from wuxiao.web.shared import maps

pytestmark = [pytest.mark.django_db, pytest.mark.either]
SQUARE = ((30.095, 104.195), (30.095, 104.225), (30.105, 104.225), (30.105, 104.195), (30.095, 104.195))
LAYERS = {
    "water": [(3, SQUARE, "镜湖")],
    "roads": [(2, ((30.1, 104.2), (30.1, 104.22)), "文庙街")],
    "places": [(1, ((30.1, 104.21),), "城关")],
}
CODE = "990101001001"


@pytest.fixture
def town(tmp_path: Path, settings: Any) -> Town:
    settings.DATA_DIR = tmp_path / "data"
    cache.clear()
    grounds._kept.stamps.clear()
    made = settle()
    load_addresses(rows("文庙街", CODE, 30.1, 104.2, 40), by=SYSTEM, at=timezone.now())
    addresses.forget()
    fresh.forget()
    made.people["lead"] = of_unit(made, "ps_qingping", Role.LEAD)
    Staff.objects.update(must_change_password=False)
    return made


def written(folder: Path, data: bytes) -> Path:
    (folder / "given.pmtiles").write_bytes(data)
    return folder / "given.pmtiles"


def edges(folder: Path, rings: Any, code: str = CODE, **more: Any) -> Path:
    feature = {
        "type": "Feature",
        "properties": {"code": code},
        "geometry": {"type": "Polygon", "coordinates": rings},
        **more,
    }
    (folder / "edges.json").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return folder / "edges.json"


def adopted(path: Path, crs: Crs) -> int:
    now = timezone.now()
    return grounds.adopt_boundaries(path, crs, book=books.current(now).book, by=SYSTEM, at=now)


def test_a_file_is_adopted_served_in_parts_to_staff_and_taken_away(town: Town, tmp_path: Path) -> None:
    data = tiles.archive(LAYERS)
    assert grounds.ground() is None
    assert main(["map", "tiles", str(written(tmp_path, data)), "--crs", "wgs84", "--by", "测绘"]) == 0
    found = grounds.ground()
    assert found is not None
    assert found.tiles.layers == ("water", "roads", "places")
    assert found.tiles.zooms == (12, 12)
    assert found.tiles.box == pytest.approx((30.095, 104.195, 30.105, 104.225))
    url = f"/staff/maps/{found.digest}.pmtiles"
    assert Client().get(url, headers={"range": "bytes=0-126"}).status_code == 302, "it is for staff"
    client = Client()
    client.force_login(Staff.objects.get(pk=town.lead.staff_id))
    for first, last in ((0, 126), (127, 200), (len(data) - 5, len(data) + 900), (0, len(data) - 1)):
        got = client.get(url, headers={"range": f"bytes={first}-{last}"})
        end = min(last, len(data) - 1)
        assert (got.status_code, got.content) == (206, data[first : last + 1])
        assert got["Content-Range"] == f"bytes {first}-{end}/{len(data)}"
    assert client.get(url, headers={"range": "bytes=5-"}).content == data[5:]
    for asked in ({}, {"range": f"bytes={len(data)}-"}, {"range": "bytes=-5"}, {"range": "bytes=0-1,4-5"}):
        assert client.get(url, headers=asked).status_code == 416
    assert client.get(url.replace(found.digest, "0" * 64), headers={"range": "bytes=0-1"}).status_code == 404
    acts.put_in("premises", HOTEL | {"point": "30.1,104.205", "address": "文庙街10号"}, by=town.lead, at=timezone.now())
    told = client.get("/staff/r/premises/map.json").json()
    if maps.libraries() is None or not (maps.libraries() or {})["tiles"]:
        pytest.skip("set-up could not bring the reader of tiles")
    assert told["tiles"] == {"url": url, "to": 12, "layers": ["water", "roads", "places"]}
    assert main(["map", "drop", "tiles", "--by", "测绘"]) == 0
    assert grounds.ground() is None
    assert client.get("/staff/r/premises/map.json").json()["tiles"] is None
    assert client.get(url, headers={"range": "bytes=0-1"}).status_code == 404
    assert list(Entry.objects.filter(verb__endswith="_map").order_by("turn").values_list("verb", flat=True)) == [
        "adopt_map", "drop_map",
    ]  # fmt: skip
    assert verify().breaks == []


def test_a_broken_file_is_refused_with_a_sentence_and_the_old_one_stays(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = tiles.archive(LAYERS)
    first = grounds.adopt_tiles(written(tmp_path, good), by=SYSTEM, at=timezone.now())
    far = {"places": [(1, ((40.0, 116.0), (40.01, 116.01)), "远")]}
    turned = bytearray(good)
    turned[200] ^= 255
    bad = [
        (b"", "no PMTiles"), (b"PK\x03\x04" + good[4:], "no PMTiles"), (good[:100], "no PMTiles"),
        (good[:7] + b"\x02" + good[8:], "version 2"), (good[:-1], "cut off"), (good[:300], "cut off"),
        (tiles.archive(LAYERS, kind=2), "pictures"), (tiles.archive(LAYERS, packed=3), "compression"),
        (tiles.archive(LAYERS, internal=4), "compression"), (tiles.archive(LAYERS, low=13), "zooms from 13 to 12"),
        (tiles.archive(LAYERS, high=40), "zooms"), (tiles.archive(LAYERS, west=104.3), "bounds"),
        (tiles.archive(LAYERS, metadata=b"{}"), "which layers"), (tiles.archive(LAYERS, metadata=b"[1"), "broken"),
        (tiles.archive(LAYERS, rooted=3), "broken"), (bytes(turned), "broken"), (tiles.archive(far), "elsewhere"),
        (good[:8] + struct.pack("<Q", 2**63) + good[16:], "cut off"),
    ]  # fmt: skip
    for data, words in bad:
        with pytest.raises(BadTiles, match=words) as refused:
            grounds.adopt_tiles(written(tmp_path, data), by=SYSTEM, at=timezone.now())
        assert refused.value.text.zh
    assert main(["map", "tiles", str(written(tmp_path, good)), "--crs", "gcj02", "--by", "x"]) == 1
    assert "tiles cannot be moved" in capsys.readouterr().err
    assert main(["map", "tiles", str(tmp_path / "none.pmtiles"), "--crs", "wgs84", "--by", "x"]) == 2
    assert grounds.ground() == first
    assert grounds.tiles_path().read_bytes() == good
    assert Entry.objects.filter(verb="adopt_map").count() == 1


def test_bytes_that_are_anything_are_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    import random

    drawn, good = random.Random(9), tiles.archive(LAYERS)
    refused = 0
    for _ in range(600):
        data = bytearray(good)
        for _ in range(drawn.randint(1, 4)):
            data[drawn.randrange(len(data))] = drawn.randrange(256)
        try:
            pmtiles.read(written(tmp_path, bytes(data[: drawn.choice((len(data), drawn.randrange(len(data))))])))
        except BadTiles:
            refused += 1
    assert refused > 300


@pytest.mark.parametrize("crs", list(Crs))
def test_boundaries_are_kept_in_wgs84_whatever_system_they_came_in(town: Town, tmp_path: Path, crs: Crs) -> None:
    ring = [list(systems.of_wgs84(at, crs)[::-1]) for at in SQUARE]
    assert adopted(edges(tmp_path, [ring]), crs) == 1
    kept = grounds.boundaries()[CODE]
    for got, was in zip(kept[0], SQUARE, strict=True):
        assert systems.metres(got, was) < 0.2


def test_boundaries_stand_on_maps_of_staff_and_on_nobody_elses(town: Town, tmp_path: Path) -> None:
    client = Client()
    client.force_login(Staff.objects.get(pk=town.lead.staff_id))
    acts.put_in("premises", HOTEL | {"point": "30.1,104.205", "address": "文庙街10号"}, by=town.lead, at=timezone.now())
    page = client.get("/staff/r/premises/map").content.decode()
    assert 'class="bound"' not in page
    assert main(
        ["map", "boundaries", str(edges(tmp_path, [[list(at[::-1]) for at in SQUARE]])), "--crs", "wgs84", "--by", "x"]
    ) == 0  # fmt: skip
    page = client.get("/staff/r/premises/map").content.decode()
    assert page.count('class="bound"') == 2, "in the wide drawing and in the narrow one"
    told = client.get("/staff/r/premises/map.json").json()["edges"]["features"]
    assert [one["geometry"]["coordinates"] for one in told] == [[list(at[::-1]) for at in SQUARE]]
    public = Client().get("/points/map").content.decode()
    assert 'class="bound"' not in public
    assert main(["map", "drop", "boundaries", "--by", "x"]) == 0
    assert 'class="bound"' not in client.get("/staff/r/premises/map").content.decode()


def test_boundaries_that_do_not_fit_are_refused_with_a_sentence(town: Town, tmp_path: Path) -> None:
    ring = [list(at[::-1]) for at in SQUARE]
    bow = [ring[0], ring[2], ring[1], ring[3], ring[0]]
    bad = [
        (edges, [[at[::-1] for at in ring]], {}, "longitude comes first"),
        (edges, [[[500000 + at[0], 3300000 + at[1]] for at in ring]], {}, "no degrees"),
        (edges, [ring], {"code": "1"}, "no division “1”"),
        (edges, [bow], {}, "crosses itself"),
        (edges, [ring[:2]], {}, "cannot be read"),
        (edges, [ring], {"geometry": {"type": "Point", "coordinates": ring[0]}}, "no polygon"),
        (edges, [ring], {"geometry": None}, "cannot be read"),
    ]  # fmt: skip
    for make, rings, more, words in bad:
        with pytest.raises(BadTiles, match=words) as refused:
            adopted(make(tmp_path, rings, **more), Crs.WGS84)
        assert refused.value.text.zh
    for text in ("", "[]", "{}", '{"type":"FeatureCollection","features":[]}', "[" * 90_000):
        (tmp_path / "edges.json").write_text(text)
        with pytest.raises(BadTiles, match="FeatureCollection"):
            adopted(tmp_path / "edges.json", Crs.WGS84)
    path = edges(tmp_path, [ring])
    both = json.loads(path.read_text())
    both["features"] *= 2
    path.write_text(json.dumps(both))
    with pytest.raises(BadTiles, match="stands twice"):
        adopted(path, Crs.WGS84)
    assert grounds.boundaries() == {}
    assert not Entry.objects.filter(verb="adopt_map").exists()


def test_boundaries_beside_which_the_addresses_lie_are_doubted_with_a_guess(town: Town, tmp_path: Path) -> None:
    tight = ((30.0985, 104.199), (30.0985, 104.2215), (30.1015, 104.2215), (30.1015, 104.199), (30.0985, 104.199))
    for meant in (Crs.GCJ02, Crs.BD09):
        path = edges(tmp_path, [[list(systems.of_wgs84(at, meant)[::-1]) for at in tight]])
        with pytest.raises(BadTiles, match=f"as {meant.value} 100%"):
            adopted(path, Crs.WGS84)
        assert adopted(path, meant) == 1
    assert adopted(edges(tmp_path, [[list(at[::-1]) for at in tight]]), Crs.WGS84) == 1
