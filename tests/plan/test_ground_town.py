"""Invented towns fit together: every household in a building, every block in its community, every street reached."""

from __future__ import annotations

import csv
import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tests.support.lots import lots
from wuxiao.plan import cli, register, store
from wuxiao.plan.form import BadProblem
from wuxiao.plan.ground import Mode, Street, Town, town
from wuxiao.plan.ground import calls as calls_
from wuxiao.plan.ground import read as read_
from wuxiao.plan.ground.town import Use


@pytest.fixture(scope="module")
def made() -> Town:
    return town.make(3, households=9_000)


def pieces(pairs: np.ndarray, n: int) -> np.ndarray:
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1])


@settings(max_examples=lots(4, 12))
@given(seed=st.integers(0, 2**40), households=st.integers(200, 12_000))
@example(seed=1, households=901)
def test_every_town_holds_together(seed: int, households: int) -> None:
    t = town.make(seed, households=households)
    assert t.block_households.sum() == households
    assert t.block_households.max() <= 150 or households > 150 * (t.block_use <= Use.WORKS).sum()
    np.testing.assert_array_equal(np.bincount(t.building_block, t.building_households, t.blocks), t.block_households)
    assert t.streets.parts(Mode.DRIVE).max() == 0, "all streets are joined, over bridges too"
    assert (t.streets.parts(Mode.WALK) == 0).all()
    assert pieces(t.borders, t.blocks).max() == 0
    same = t.block_community[t.borders[:, 0]] == t.block_community[t.borders[:, 1]]
    assert len(np.unique(pieces(t.borders[same], t.blocks))) == t.communities, "each community is in one piece"
    assert t.border_main[~same].all(), "communities part at main streets and rivers"
    assert (t.block_area > 500).all()
    assert (t.borders[:, 0] < t.borders[:, 1]).all()
    assert len(np.unique(t.borders, axis=0)) == len(t.borders)
    assert len(set(t.community_names)) == t.communities
    address = np.column_stack([t.building_street, t.building_number])
    assert len(np.unique(address, axis=0)) == len(address), "no two buildings have one address"
    assert set(t.building_street.tolist()) <= set(t.streets.name.tolist())


def test_the_map_is_a_plane_without_overlap(made: Town) -> None:
    shapes = np.array([shapely.Polygon(made.ring(k)) for k in range(made.blocks)], dtype=object)
    assert shapely.is_valid(shapes).all()
    assert shapely.is_ccw(shapely.get_exterior_ring(shapes)).all()
    np.testing.assert_allclose(shapely.area(shapes), made.block_area)
    whole = shapely.union_all(shapes)
    assert whole.area == pytest.approx(made.block_area.sum(), rel=1e-9), "blocks do not overlap"
    a, b = made.borders.T
    shared = shapely.length(shapely.intersection(shapes[a], shapes[b]))
    np.testing.assert_allclose(shared, made.border_metres, atol=1e-6)
    touching = shapely.STRtree(shapes).query(shapes, predicate="touches").T
    touching = touching[touching[:, 0] < touching[:, 1]]
    rook = touching[shapely.length(shapely.intersection(shapes[touching[:, 0]], shapes[touching[:, 1]])) > 1e-6]
    assert {tuple(p) for p in rook.tolist()} == {tuple(p) for p in made.borders.tolist()}
    feet = np.array([shapely.Polygon(made.footprint(k)) for k in range(len(made.building_xy))], dtype=object)
    assert shapely.contains(shapes[made.building_block], feet).mean() > 0.999
    assert shapely.contains(shapes[made.building_block], shapely.points(made.building_xy)).all()
    assert shapely.contains(shapes[made.premise_block], shapely.points(made.premise_xy)).all()
    assert shapely.contains(shapes[made.school_block], shapely.points(made.school_xy)).all()
    near = shapely.distance(shapes, shapely.points(made.streets.nodes[made.block_node]))
    assert near.max() < 33, "beside a river without a bridge the street ends on the bank"


def test_rivers_part_the_town_and_bridges_join_it() -> None:
    t = next(t for t in (town.make(s, households=12_000) for s in range(20)) if t.river_names)
    wet = t.border_street == Street.RIVER
    assert wet.any()
    dry = pieces(t.borders[~wet], t.blocks)
    assert dry.max() >= 1, "without bridges the banks are apart"
    river = shapely.MultiLineString([t.river_points[a:b] for a, b in zip(t.river_at[:-1], t.river_at[1:], strict=True)])
    on = shapely.distance(river, shapely.points(t.streets.nodes)) < 0.01
    degree = np.bincount(t.streets.links.ravel(), minlength=len(t.streets.nodes))
    assert on.sum() >= 1
    assert (degree[on] == 2).all(), "a bridge is a node on the river with one street on each bank"


def test_one_seed_one_town_and_json_both_ways(made: Town, tmp_path: Path) -> None:
    assert store.same(made, town.make(3, households=9_000))
    assert not store.same(made, town.make(4, households=9_000))
    store.save(made, tmp_path / "town.json")
    again = store.load(Town, tmp_path / "town.json")
    assert store.same(again, made)
    assert not again.block_households.flags.writeable
    assert store.schema(Town)["$defs"]["Town"]["properties"]["borders"]
    assert made.name.startswith("拟")
    assert "invented" in made.name_en


@pytest.mark.parametrize(
    ("field", "row", "value"),
    [
        ("block_households", 3, -1),
        ("block_households", 3, 9999),
        ("block_community", 2, 999),
        ("borders", 0, [1, 1]),
        ("borders", 0, [0, 10**6]),
        ("border_metres", 1, -2.0),
        ("building_block", 4, -1),
        ("block_at", 1, 0),
        ("block_node", 0, 10**6),
    ],
)
def test_a_town_that_does_not_fit_together_is_refused(made: Town, field: str, row: int, value: object) -> None:
    data = store.to_json(made)
    data[field][row] = value
    with pytest.raises(BadProblem) as caught:
        store.from_json(Town, data)
    assert caught.value.where in (field, "households")
    data = store.to_json(made)
    data[field].pop()
    with pytest.raises(BadProblem):
        store.from_json(Town, data)


def test_no_field_speaks_of_a_person() -> None:
    names = [*register.fields_of(Town), *register.fields_of(calls_.Calls)]
    assert "block_households" in names
    words = {word for name in names for word in name.lower().replace(".", "_").split("_")}
    assert not words & set(register.FORBIDDEN)


def test_what_cannot_be_made_is_refused() -> None:
    for arguments in ({"seed": -1}, {"seed": 1, "households": 199}, {"seed": 1, "households": 5_000_000}):
        with pytest.raises(BadProblem):
            town.make(**arguments)


def test_calls_follow_the_rates(made: Town) -> None:
    weeks = 400
    drawn = calls_.make(made, days=7 * weeks, seed=1, growth=2.0)
    assert store.same(drawn, calls_.make(made, days=7 * weeks, seed=1, growth=2.0))
    assert (np.diff(drawn.minute) >= 0).all()
    expected = np.array([made.rates(h).sum() for h in range(168)]) * 2 * weeks
    assert expected.sum() == pytest.approx(made.block_calls.sum() / 52 * 2 * weeks)
    found = np.bincount((drawn.minute // 60).astype(int) % 168, minlength=168)
    apart = (found - expected) / np.sqrt(expected)
    assert abs(apart.mean()) < 4 / np.sqrt(168)
    assert 0.75 < (apart**2).mean() < 1.35, "counts vary as a Poisson stream does"
    by_block = np.bincount(drawn.block, minlength=made.blocks)
    apart = (by_block - made.block_calls / 52 * 2 * weeks) / np.sqrt(made.block_calls / 52 * 2 * weeks + 1)
    assert 0.75 < (apart**2).mean() < 1.35
    assert set(np.unique(drawn.urgency)) == {1, 2, 3}
    np.testing.assert_array_equal(drawn.node, made.block_node[drawn.block])
    with pytest.raises(BadProblem):
        calls_.make(made, days=0, seed=1)


def test_the_command_makes_a_town_and_reads_it_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "town.json"
    words = ["town", "--seed", "5", "--households", "2500"]
    assert cli.main([*words, "--out", str(out), "--days", "7", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    made = store.load(Town, out)
    assert figures["households"] == made.households == 2500
    assert figures["blocks"] == made.blocks
    with (tmp_path / "town.calls.csv").open() as file:
        table = list(csv.DictReader(file))
    assert len(table) > 3
    assert {int(row["block"]) for row in table} <= set(range(made.blocks))
    assert cli.main([*words, "--out", str(tmp_path / "town.geojson")]) == 0
    features = json.loads((tmp_path / "town.geojson").read_text(encoding="utf-8"))["features"]
    assert sum(f["properties"]["layer"] == "block" for f in features) == made.blocks
    assert cli.main([*words, "--out", str(tmp_path / "town.svg")]) == 0
    assert (tmp_path / "town.svg").read_text(encoding="utf-8").startswith("<svg")
    assert cli.main([*words, "--out", str(tmp_path / "streets")]) == 0
    capsys.readouterr()
    assert cli.main(["ground", str(tmp_path / "streets"), "--json", "--times", "20", "--blocks"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["links"] == len(made.streets.links)
    assert figures["modes"]["drive"]["parts"] == 1
    assert figures["kilometres"] == pytest.approx(made.streets.metres.sum() / 1000, abs=0.001)
    assert figures["times"]["mean_minutes"] > 0
    assert cli.main(["ground", str(tmp_path / "streets"), "--out", str(tmp_path / "copy")]) == 0
    again = read_.network(tmp_path / "copy")
    np.testing.assert_array_equal(again.street, made.streets.street)
    np.testing.assert_array_equal(again.metres, made.streets.metres)


@pytest.mark.parametrize(
    "words",
    [
        ["town", "--households", "7"],
        ["town", "--households", "300", "--out", "x.docx"],
        ["town", "--households", "300", "--days", "3"],
        ["ground", "nowhere.osm"],
    ],
)
def test_the_command_says_what_was_wrong(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 2, "once in Chinese, once in English"


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    root = Path(__file__).resolve().parent.parent.parent
    ran = runpy.run_path(str(root / "docs" / "planning" / "examples" / "ground.py"))
    said = capsys.readouterr().out
    assert f"{ran['here'].blocks} blocks cut out" in said
    assert "10 minutes" in said
