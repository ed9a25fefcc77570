"""`wuxiao plan ground`: degrees say their system, are converted, and doubted beside streets that are known."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.typed.test_crs import FORWARD, far
from wuxiao.plan import cli
from wuxiao.plan.ground import read
from wuxiao.typed.crs import Crs

CORNERS = [(30.10 + n / 300, 104.20 + n / 200) for n in range(5)]


def drawn(path: Path, system: Crs, *, says: str = "") -> Path:
    """Five streets from corner to corner, with longitude first, as a map site of a system has them."""
    at = [FORWARD[system](one) for one in CORNERS]
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"街{n}", "class": "residential"},
            "geometry": {"type": "LineString", "coordinates": [[lon, lat] for lat, lon in (a, b)]},
        }
        for n, (a, b) in enumerate(pairwise(at))
    ]
    whole: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if says:
        whole["crs"] = {"type": "name", "properties": {"name": says}}
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def corners(net: Any) -> list[tuple[float, float]]:
    from wuxiao.plan.ground.network import globe

    return sorted((float(lat), float(lon)) for lon, lat in globe(net.nodes, net.origin))


@pytest.mark.parametrize("system", list(Crs))
def test_streets_of_any_system_lie_in_wgs84_and_are_as_long_as_before(tmp_path: Path, system: Crs) -> None:
    net = read.network(drawn(tmp_path / "a.geojson", system), system)
    for found, true in zip(corners(net), sorted(CORNERS), strict=True):
        assert far(found, true) < 0.05
    assert float(net.metres.sum()) == pytest.approx(
        float(read.network(drawn(tmp_path / "b.geojson", Crs.WGS84)).metres.sum()), rel=1e-5
    )


def test_degrees_of_an_unknown_system_are_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = drawn(tmp_path / "a.geojson", Crs.GCJ02)
    assert cli.main(["ground", str(path)]) == 2
    said = capsys.readouterr().err
    assert "坐标是哪个坐标系的" in said
    assert "in which system" in said
    assert cli.main(["ground", str(path), "--crs", "gcj02", "--json"]) == 0
    lon, lat = json.loads(capsys.readouterr().out)["origin"]
    middle = ((CORNERS[0][0] + CORNERS[-1][0]) / 2, (CORNERS[0][1] + CORNERS[-1][1]) / 2)
    assert far((lat, lon), middle) < 1


@pytest.mark.parametrize(
    ("says", "means"),
    [("urn:ogc:def:crs:OGC:1.3:CRS84", Crs.WGS84), ("urn:ogc:def:crs:EPSG::4490", Crs.WGS84), ("GCJ-02", Crs.GCJ02)],
)
def test_a_file_that_says_its_system_is_believed_and_not_contradicted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], says: str, means: Crs
) -> None:
    path = drawn(tmp_path / "a.geojson", means, says=says)
    assert read.says(path) is means
    assert cli.main(["ground", str(path), "--json"]) == 0
    lon, lat = json.loads(capsys.readouterr().out)["origin"]
    assert far((lat, lon), ((CORNERS[0][0] + CORNERS[-1][0]) / 2, (CORNERS[0][1] + CORNERS[-1][1]) / 2)) < 1
    assert cli.main(["ground", str(path), "--crs", "bd09"]) == 2
    assert f"the file itself says {means}" in capsys.readouterr().err


def test_gmns_says_it_in_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "node.csv").write_text("node_id,x_coord,y_coord\n1,104.2,30.1\n2,104.201,30.1\n")
    (tmp_path / "link.csv").write_text("link_id,from_node_id,to_node_id\n1,1,2\n")
    assert read.says(tmp_path) is None
    (tmp_path / "config.csv").write_text("long_length,crs\nm,GCJ02\n")
    assert read.says(tmp_path) is Crs.GCJ02
    net = read.network(tmp_path)
    assert net.origin is not None, "degrees, though the system is none of those with a number"


@pytest.mark.parametrize("meant", [Crs.GCJ02, Crs.BD09])
def test_streets_that_look_shifted_beside_known_ones_are_refused_with_a_guess(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], meant: Crs
) -> None:
    known = drawn(tmp_path / "known.geojson", Crs.WGS84)
    path = drawn(tmp_path / "a.geojson", meant)
    assert cli.main(["ground", str(path), "--crs", "wgs84", "--beside", str(known)]) == 2
    said = capsys.readouterr().err
    assert f"看起来是{meant}" in said
    assert f"looks like {meant}: 4 streets" in said
    assert cli.main(["ground", str(path), "--crs", meant.value, "--beside", str(known)]) == 0


def test_metres_have_none_of_these_systems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nodes.csv").write_text("id,x,y\n1,500100,3330200\n2,500300,3330200\n")
    (tmp_path / "links.csv").write_text("from,to\n1,2\n")
    assert cli.main(["ground", str(tmp_path)]) == 0
    assert cli.main(["ground", str(tmp_path), "--crs", "gcj02"]) == 2
    assert "metres, not degrees" in capsys.readouterr().err
