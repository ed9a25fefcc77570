"""A qualified provider of map pictures: off until the operator names one, and then no page asks anybody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.desk.people import Town
from tests.desk.test_grounds import town as town
from tests.desk.test_register import HOTEL
from tests.subjects.test_service_points import ROOM
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.register import acts
from wuxiao.desk.town import provider
from wuxiao.desk.town.pmtiles import BadTiles
from wuxiao.records.models import Entry, Staff
from wuxiao.site.cli import main
from wuxiao.typed import crs as systems
from wuxiao.typed.crs import Crs
from wuxiao.web.shared import maps
from wuxiao.web.shared.middleware import CSP

pytestmark = [pytest.mark.django_db, pytest.mark.either]
HERE = (30.1, 104.205)
GIVEN: dict[str, Any] = {
    "url": "https://t{s}.maps.example.cn/{z}/{x}/{y}.png?tk=KEY",
    "subdomains": ["0", "1"],
    "approval": "GS(2024)1234号",
    "attribution": "某某地图",
    "crs": "gcj02",
    "from_zoom": 5,
    "to_zoom": 16,
    "public": True,
}
needs_library = pytest.mark.skipif(maps.libraries() is None, reason="set-up could not bring the library of the map")


def toml(folder: Path, **more: Any) -> Path:
    """A file of a provider, some keys set otherwise; `None` leaves one out."""

    def said(value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return f"[{', '.join(said(one) for one in value)}]" if isinstance(value, list) else repr(value)

    given = {name: value for name, value in (GIVEN | more).items() if value is not None}
    (folder / "map.toml").write_text("".join(f"{name} = {said(value)}\n" for name, value in given.items()), "utf-8")
    return folder / "map.toml"


def adopted(folder: Path, **more: Any) -> provider.Provider:
    return provider.adopt(toml(folder, **more), by=SYSTEM, at=timezone.now())


@pytest.fixture
def places(town: Town) -> Town:
    now = timezone.now()
    acts.put_in(
        "premises", HOTEL | {"point": f"{HERE[0]},{HERE[1]}", "address": "文庙街10号"}, by=town.lead, at=now
    )  # fmt: skip
    room = {"title": "警务室", "title_en": "Room", "hours": "每天 全天", "holidays": "usual", "address": "文庙街10号"}
    place = {"division": "990101001001", "point": f"{HERE[0]},{HERE[1]}"}
    acts.put_in("service_points", ROOM | room | place, by=town.lead, at=now)
    return town


def staff(town: Town) -> Client:
    client = Client()
    client.force_login(Staff.objects.get(pk=town.lead.staff_id))
    return client


PAGES = ("/staff/r/premises/map", "/points/map")


@needs_library
def test_without_a_provider_nobody_is_asked_and_with_one_the_provider_alone(places: Town, tmp_path: Path) -> None:
    client = staff(places)
    for path in PAGES:
        answer = client.get(path)
        assert answer["Content-Security-Policy"] == CSP
        assert "审图号" not in answer.content.decode()
    assert "data-live" not in client.get("/points/map").content.decode(), "what the public sees is a sketch"
    assert client.get("/points/map.json").status_code == 404
    assert main(["map", "provider", str(toml(tmp_path)), "--by", "运营"]) == 0
    for path in PAGES:
        answer = client.get(path)
        origins = "connect-src 'self' https://t0.maps.example.cn https://t1.maps.example.cn;"
        assert answer["Content-Security-Policy"] == CSP.replace("connect-src 'self';", origins)
        for said in ("某某地图", "GS(2024)1234号", "data-live"):
            assert said in answer.content.decode()
    assert client.get("/points")["Content-Security-Policy"] == CSP, "no other page may ask it"
    assert main(["map", "drop", "provider", "--by", "运营"]) == 0
    assert client.get("/points/map.json").status_code == 404
    assert client.get("/points/map")["Content-Security-Policy"] == CSP
    assert [e.facts["what"] for e in Entry.objects.filter(verb__endswith="_map").order_by("turn")] == ["provider"] * 2


@needs_library
@pytest.mark.parametrize("crs", [Crs.WGS84, Crs.GCJ02])
def test_marks_stand_in_the_system_of_its_tiles_and_what_is_kept_does_not_change(
    places: Town, tmp_path: Path, crs: Crs
) -> None:
    client = staff(places)
    plain = client.get("/staff/r/premises/map.json").json()
    assert plain["provider"] is None
    assert plain["blocks"]["features"]
    adopted(tmp_path, crs=crs.value)
    meant = systems.of_wgs84(HERE, crs)
    for path in ("/staff/r/premises/map.json", "/points/map.json"):
        told = client.get(path).json()
        mark = told["marks"][0]
        assert systems.metres((mark["lat"], mark["lon"]), meant) < 0.05
        assert told["provider"] == {
            "urls": [f"https://t{n}.maps.example.cn/{{z}}/{{x}}/{{y}}.png?tk=KEY" for n in (0, 1)],
            "from": 5, "to": 16, "said": "某某地图 · GS(2024)1234号",
        }  # fmt: skip
        assert told["blocks"]["features"] == told["streets"]["features"] == [], "its map is the ground"
    assert crs is Crs.WGS84 or systems.metres(HERE, meant) > 200
    provider.grounds.drop("provider", by=SYSTEM, at=timezone.now())
    assert client.get("/staff/r/premises/map.json").json() == plain


@needs_library
def test_a_provider_that_is_not_for_all_is_for_staff_alone(places: Town, tmp_path: Path) -> None:
    adopted(tmp_path, public=False)
    client = staff(places)
    assert "某某地图" in client.get("/staff/r/premises/map").content.decode()
    page = client.get("/points/map")
    assert "某某地图" not in page.content.decode()
    assert page["Content-Security-Policy"] == CSP
    assert client.get("/points/map.json").status_code == 404


def test_every_key_goes_another_way(town: Town, tmp_path: Path) -> None:
    first = adopted(tmp_path)
    others: dict[str, dict[str, Any]] = {
        "url": {"url": "https://t{s}.other.example.cn/{z}/{x}/{y}"}, "subdomains": {"subdomains": ["a"]},
        "approval": {"approval": "川S（2026）00017号"}, "attribution": {"attribution": "另一家"},
        "crs": {"crs": "wgs84"}, "from_zoom": {"from_zoom": 4}, "to_zoom": {"to_zoom": 17}, "public": {"public": False},
    }  # fmt: skip
    assert set(others) == provider.KEYS
    for name, more in others.items():
        assert adopted(tmp_path, **more) != first, name
        assert provider.current() == adopted(tmp_path, **more)
    assert adopted(tmp_path) == first, "and back again"


def test_what_does_not_fit_is_refused_with_a_sentence_and_the_old_one_stays(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = adopted(tmp_path)
    one = {"subdomains": None}
    bad: list[tuple[dict[str, Any], str]] = [
        ({"approval": None}, "must be the approval number"), ({"approval": "GS2024"}, "must be the approval number"),
        ({"attribution": " "}, "must name the provider"), ({"crs": None}, "that of the tiles"),
        ({"crs": "bd09"}, "projection of their own"), ({"public": None}, "must say true or false"),
        ({"public": "true"}, "must say true or false"), ({"from_zoom": 17}, "whole numbers"),
        ({"to_zoom": 23}, "whole numbers"), ({"to_zoom": True}, "whole numbers"),
        ({"colour": "red"}, "no key “colour”"),
        ({"subdomains": None}, "come together"), ({"subdomains": ["a.b"]}, "come together"),
        ({"url": "https://t.example.cn/{z}/{x}/{y}"}, "come together"),
        ({"url": "http://t.example.cn/{z}/{x}/{y}", **one}, "begins with https"),
        ({"url": "https://t.example.cn/{z}/{x}", **one}, "begins with https"),
        ({"url": "https://a:b@t.example.cn/{z}/{x}/{y}", **one}, "begins with https"),
        ({"url": "https://t.example.cn;script-src */{z}/{x}/{y}", **one}, "begins with https"),
        ({"url": "https://*/{z}/{x}/{y}", **one}, "begins with https"),
        ({"url": "https://t.example.cn:x/{z}/{x}/{y}", **one}, "begins with https"),
        ({"url": "https:///{z}/{x}/{y}", **one}, "begins with https"),
    ]  # fmt: skip
    for more, words in bad:
        with pytest.raises(BadTiles, match=words) as refused:
            adopted(tmp_path, **more)
        assert refused.value.text.zh
    (tmp_path / "map.toml").write_text("url = ")
    assert main(["map", "provider", str(tmp_path / "map.toml"), "--by", "x"]) == 1
    assert "no TOML file" in capsys.readouterr().err
    assert provider.current() == first
