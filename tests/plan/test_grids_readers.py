"""Files of blocks: GerryChain graphs, GeoJSON, shapefiles, GeoPackage; the Providence blocks, whole."""

from __future__ import annotations

import json
import sqlite3
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from wuxiao.plan import cli, grids, store
from wuxiao.plan.form import BadProblem
from wuxiao.plan.grids import readers


def squares(side: int = 3, size: float = 100.0) -> list[Any]:
    return [shapely.box(x * size, y * size, (x + 1) * size, (y + 1) * size) for y in range(side) for x in range(side)]


def as_geojson(path: Path, shapes: list[Any], people: list[Any], crs: str = "urn:ogc:def:crs:EPSG::4547") -> Path:
    features = [
        {"type": "Feature", "properties": {"GEOID": f"g{i}", "TOTPOP": p}, "geometry": shapely.geometry.mapping(s)}
        for i, (s, p) in enumerate(zip(shapes, people, strict=True))
    ]
    data = {"type": "FeatureCollection", "features": features}
    if crs:
        data["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def as_geopackage(path: Path, shapes: list[Any], people: list[int]) -> Path:
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE gpkg_geometry_columns (table_name, column_name, srs_id)")
        base.execute("CREATE TABLE gpkg_spatial_ref_sys (srs_id, definition)")
        base.execute("INSERT INTO gpkg_geometry_columns VALUES ('blocks', 'geom', 1)")
        base.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (1, 'PROJCS[...]')")
        base.execute("CREATE TABLE blocks (GEOID, TOTPOP, geom)")
        for i, (s, p) in enumerate(zip(shapes, people, strict=True)):
            head = b"GP\0\x03" + struct.pack("<i", 1) + struct.pack("<4d", *s.bounds)
            base.execute("INSERT INTO blocks VALUES (?, ?, ?)", (f"g{i}", p, head + s.wkb))
    base.close()
    return path


def as_shapefile(path: Path, shapes: list[Any], people: list[int]) -> Path:
    body = b""
    for i, s in enumerate(shapes):
        xy = list(shapely.geometry.polygon.orient(s, -1.0).exterior.coords)
        content = struct.pack("<i4d2i", 5, *s.bounds, 1, len(xy)) + struct.pack("<i", 0)
        content += b"".join(struct.pack("<2d", *p) for p in xy)
        body += struct.pack(">2i", i + 1, len(content) // 2) + content
    field = lambda name, kind, size: struct.pack("<11sc4xBB14x", name, kind, size, 0)  # noqa: E731
    rows = b"".join(b" " + f"g{i}".ljust(8).encode() + str(p).rjust(9).encode() for i, p in enumerate(people))
    fields = field(b"GEOID", b"C", 8) + field(b"TOTPOP", b"N", 9) + b"\r"
    dbf = struct.pack("<B3xIHH20x", 3, len(people), 32 + len(fields), 18) + fields + rows
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("blocks.shp", b"\0" * 100 + body)
        packed.writestr("blocks.dbf", dbf)
        packed.writestr("blocks.prj", 'PROJCS["x"]')
    return path


def test_the_same_blocks_from_every_format(tmp_path: Path) -> None:
    people = [240, 480, 0, 240, 720, 240, 120, 480, 360]
    made = [
        readers.polygons(as_geojson(tmp_path / "a.geojson", squares(), people)),
        readers.polygons(as_geopackage(tmp_path / "a.gpkg", squares(), people)),
        readers.polygons(as_shapefile(tmp_path / "a.zip", squares(), people)),
    ]
    for problem in made:
        assert problem.blocks == tuple(f"g{i}" for i in range(9))
        assert problem.households.tolist() == [p / 2.4 for p in people]
        assert len(problem.pairs) == 12
        assert np.allclose(problem.border, 100.0)
        assert np.allclose(problem.area, 10_000.0)
        assert np.allclose(problem.perimeter, 400.0)
    plan = grids.solve(made[0], seconds=1.0, seed=1)
    assert grids.check(made[0], plan) == []
    assert plan.in_band_share == 1.0


def test_degrees_become_metres_within_a_thousandth(tmp_path: Path) -> None:
    box = shapely.box(120.0, 32.0, 120.01, 32.01)
    problem = readers.polygons(as_geojson(tmp_path / "d.json", [box], [1000], crs=""))
    # A hundredth of a degree at 32 degrees north: 945.0 by 1108.8 m on the ellipsoid.
    assert problem.area[0] == pytest.approx(945.0 * 1108.8, rel=2e-3)


def test_a_block_too_big_is_cut_by_area_and_named(tmp_path: Path) -> None:
    people = [1920, 240, 240, 240, 480, 240, 480, 480, 480]
    problem = readers.polygons(as_geojson(tmp_path / "a.geojson", squares(), people))
    assert problem.cut_blocks == ("g0",)
    parts = [i for i, name in enumerate(problem.blocks) if name.startswith("g0/")]
    assert len(parts) == 6
    assert problem.households[parts].sum() == pytest.approx(800.0)
    assert problem.area[parts].sum() == pytest.approx(10_000.0)
    plan = grids.solve(problem, seconds=1.0, seed=1)
    assert grids.check(problem, plan) == []
    assert plan.outside == ()
    assert any("cut by area" in said.en for said in plan.why())
    whole = readers.polygons(tmp_path / "a.geojson", whole=True)
    plan = grids.solve(whole, seconds=1.0, seed=1)
    assert [o.households for o in plan.outside] == [800.0]
    assert grids.check(whole, plan) == []


def test_files_that_are_no_blocks_are_refused(tmp_path: Path) -> None:
    cases: list[tuple[str, Any]] = []
    (tmp_path / "x.geojson").write_text("{")
    (tmp_path / "y.geojson").write_text('{"type": "Polygon"}')
    (tmp_path / "z.txt").write_text("")
    (tmp_path / "w.zip").write_bytes(b"no zip")
    cases += [(name, readers.polygons) for name in ("x.geojson", "y.geojson", "z.txt", "w.zip", "none.shp")]
    as_geojson(tmp_path / "far.geojson", [shapely.box(500, 0, 501, 1)], [1000], crs="")
    as_geojson(tmp_path / "word.geojson", squares(1), ["many"])
    as_geojson(tmp_path / "none.geojson", squares(1), [None])
    cases += [(name, readers.polygons) for name in ("far.geojson", "word.geojson", "none.geojson")]
    (tmp_path / "g.json").write_text('{"nodes": [{"id": 1}], "links": [{"source": 1, "target": 9}]}')
    (tmp_path / "h.json").write_text('{"nodes": [{"id": 1, "TOTPOP": 5}], "links": []}')
    cases += [(name, readers.graph) for name in ("x.geojson", "g.json", "h.json", "none.json")]
    for name, read in cases:
        with pytest.raises(BadProblem) as caught:
            read(tmp_path / name)
        assert caught.value.said.zh, name
        assert caught.value.said.en, name


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (["--low", "500", "--high", "300"], "low:"),
        (["--low", "nan"], "low:"),
        (["--low", "399", "--high", "401"], "households[0]:"),
        (["--low", "100000", "--high", "200000"], "households[0]:"),
        (["--target", "900"], "target:"),
        (["--cells", "50"], "cells:"),
        (["--people", "NOPE"], "features:"),
        (["--persons", "0"], "persons:"),
        (["--community", "NOPE"], "community:"),
        (["--id", "TOTPOP"], "blocks[1]:"),
        (["--before", "none.json"], "none.json:"),
        (["--moved-share", "2"], "moved_share:"),
    ],
)
def test_impossible_settings_are_refused_naming_them(
    words: list[str], place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = as_geojson(tmp_path / "a.geojson", squares(6), [100] * 36)
    assert cli.main(["grids", "--polygons", str(path), "--seconds", "1", *words]) == 2
    zh, en = capsys.readouterr().err.splitlines()
    assert zh.startswith(place)
    assert en.startswith(place)


def test_settings_of_the_command_reach_the_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = as_geojson(tmp_path / "a.geojson", squares(6), [90] * 36)
    words = ["grids", "--polygons", str(path), "--seconds", "5", "--json"]
    first = ["--households", "TOTPOP", "--low", "700", "--high", "900", "--out", str(tmp_path / "p.json")]
    assert cli.main([*words, *first]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["cells"], told["in_band_share"], told["contiguous"], told["gap"]) == (4, 1.0, True, 0.0)
    later = ["--households", "TOTPOP", "--low", "900", "--high", "1200", "--before", str(tmp_path / "p.json")]
    assert cli.main([*words, *later]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["cells"] == 3
    assert 0.2 < told["moved"] < 0.5
    assert cli.main([*words, *later, "--moved-share", "0.05"]) == 2
    assert capsys.readouterr().err.startswith("moved_share:")


def test_a_setting_of_the_readers_does_not_go_with_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.save(readers.polygons(as_geojson(tmp_path / "a.geojson", squares(6), [100] * 36)), tmp_path / "p.json")
    assert cli.main(["grids", str(tmp_path / "p.json"), "--persons", "3"]) == 2
    assert "--polygons" in capsys.readouterr().err
    assert cli.main(["grids", str(tmp_path / "p.json"), "--low", "200", "--high", "250", "--seconds", "2"]) == 0


def test_blocks_that_overlap_and_degrees_called_metres_are_refused(tmp_path: Path) -> None:
    over = as_geojson(tmp_path / "o.geojson", [*squares(3), shapely.box(50, 50, 250, 250)], [300] * 10)
    with pytest.raises(BadProblem) as caught:
        readers.polygons(over)
    assert (caught.value.where, caught.value.row) == ("features", 9)
    with pytest.raises(BadProblem) as caught:
        readers.polygons(as_geojson(tmp_path / "d.geojson", [shapely.box(120, 32, 120.01, 32.01)], [1000]))
    assert "degrees" in caught.value.said.en


def test_large_cells_are_compact_too(tmp_path: Path) -> None:
    path = as_geojson(tmp_path / "a.geojson", squares(24), [10] * 576)
    plan = grids.solve(readers.polygons(path, low=500.0, high=700.0), seconds=2.0, seed=1)
    assert plan.compactness > 0.65


@pytest.mark.data
def test_the_toy_graph_of_gerrychain_is_divided(shared_data: Path) -> None:
    problem = readers.graph(shared_data / "districts" / "gerrymandria_8x8.json.gz")
    assert len(problem.blocks) == 64
    assert len(problem.pairs) == 112
    plan = grids.solve(problem, seconds=2.0, seed=1)
    assert len(plan.codes) == 8
    assert grids.check(problem, plan) == []
    assert plan.in_band_share == 1.0


@pytest.mark.data
def test_every_cell_of_providence_is_whole_and_in_the_band(shared_data: Path) -> None:
    path = shared_data / "districts" / "providence_blocks_2010.zip"
    whole = readers.polygons(path, whole=True)
    assert len(whole.blocks) == 3014
    # 7,438 borders are drawn alike on both sides; the others nearly meet and are told.
    assert 7438 <= len(whole.pairs) <= 7438 + whole.drawn_together
    assert whole.households.sum() * 2.4 == pytest.approx(178_040)
    problem = readers.polygons(path)
    assert len(problem.cut_blocks) == 3
    plan = grids.solve(problem, seconds=2.0, seed=1)
    assert grids.check(problem, plan) == []
    assert plan.outside == ()
    assert plan.in_band_share == 1.0
    assert plan.compactness > 0.55
    plan = grids.solve(whole, seconds=2.0, seed=1)
    assert sorted(o.kind for o in plan.outside) == ["oversized"] * 3
    assert grids.check(whole, plan) == []
