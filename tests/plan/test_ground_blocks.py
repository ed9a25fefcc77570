"""Blocks are the faces of the street plane: none lost, borders met, households in their block."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from tests.plan.test_ground_travel import grid
from wuxiao.plan.form import BadProblem
from wuxiao.plan.ground import Network, Street, blocks, read, town
from wuxiao.plan.ground.osm import Barrier, Building


def box(x: float, y: float, side: float, **more: object) -> Building:
    ring = np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]])
    return Building(ring=ring, **{"storeys": 0.0, "dwellings": -1, "lived_in": True, **more})  # type: ignore[arg-type]


def test_a_chessboard() -> None:
    found = blocks.cut(grid(4, 5))
    assert len(found.block_area) == 12
    np.testing.assert_allclose(found.block_area, 10_000)
    assert len(found.borders) == 3 * 3 + 2 * 4
    np.testing.assert_allclose(found.border_metres, 100)
    assert (found.border_street == Street.RESIDENTIAL).all()
    assert not found.border_main.any()
    assert np.diff(found.block_at).tolist() == [4] * 12
    ring = found.block_corners[:4]
    assert shapely.Polygon(ring).exterior.is_ccw
    assert blocks.block_of(found, [[50, 50], [450, 50], [-5, 5]])[2] == -1
    middles = blocks.block_of(found, found.block_centre)
    assert middles.tolist() == list(range(12))


def test_a_river_and_a_main_street_part_blocks() -> None:
    plain = grid(2, 4)
    street = plain.street.copy()
    link = next(k for k, ends in enumerate(plain.links.tolist()) if ends == [2, 6])
    street[link] = Street.SECONDARY
    river = Barrier(kind=Street.RIVER, line=np.array([[150.0, -50.0], [150.0, 150.0]]))
    found = blocks.cut(grid(2, 4, street=street), [river])
    assert sorted(found.block_area.round().tolist()) == [5000, 5000, 10_000, 10_000]
    kinds = dict(zip(map(tuple, found.borders.tolist()), found.border_street.tolist(), strict=True))
    assert sorted(kinds.values()) == [Street.SECONDARY, Street.RESIDENTIAL, Street.RIVER]
    assert found.border_main.sum() == 2


def test_a_street_that_ends_on_the_bank_reaches_the_river() -> None:
    river = Barrier(kind=Street.RIVER, line=np.array([[-50.0, 112.0], [250.0, 112.0]]))
    links = [(0, 1), (1, 2), (0, 3), (1, 4), (2, 5)]
    net = Network(
        nodes=[[0, 0], [100, 0], [200, 0], [0, 100], [100, 100], [200, 100]], links=links, street=[5] * 5,
        metres=[100.0] * 5, along=[True] * 5, back=[True] * 5,
    )  # fmt: skip
    found = blocks.cut(net, [river])
    np.testing.assert_allclose(found.block_area, 11_200, rtol=1e-3)
    with pytest.raises(BadProblem, match="enclose"):
        blocks.cut(net, [river], close=5.0)


def test_the_strip_between_carriageways_is_no_block() -> None:
    ys = [0, 100, 106, 206]
    nodes = [(x, y) for y in ys for x in (0, 300)]
    links = [(2 * k, 2 * k + 1) for k in range(4)] + [(a, a + 2) for a in range(6)]
    street = [5, 2, 2, 5] + [5] * 6
    metres = [300.0] * 4 + [100.0, 100.0, 6.0, 6.0, 100.0, 100.0]
    net = Network(nodes=nodes, links=links, street=street, metres=metres, along=[True] * 10, back=[True] * 10)
    assert len(blocks.cut(net, thin=0.0).block_area) == 3
    found = blocks.cut(net)
    assert len(found.block_area) == 2
    assert found.block_area.sum() == pytest.approx(206 * 300)
    assert found.borders.tolist() == [[0, 1]]
    assert found.border_street.tolist() == [Street.PRIMARY]


def test_an_invented_town_is_cut_into_its_blocks() -> None:
    made = next(t for t in (town.make(s, households=9_000) for s in range(30)) if t.river_names)
    rivers = [
        Barrier(kind=Street.RIVER, line=made.river_points[a:b])
        for a, b in zip(made.river_at[:-1], made.river_at[1:], strict=True)
    ]
    found = blocks.cut(made.streets, rivers)
    assert len(found.block_area) == made.blocks
    same = blocks.block_of(found, made.block_centre)
    assert sorted(same.tolist()) == list(range(made.blocks))
    dry = made.border_street != Street.RIVER
    mine = {tuple(sorted(p)): s for p, s in zip(same[made.borders[dry]].tolist(), made.border_street[dry], strict=True)}
    theirs = dict(zip(map(tuple, found.borders.tolist()), found.border_street.tolist(), strict=True))
    assert {p: s for p, s in theirs.items() if s != Street.RIVER} == mine
    houses = [
        Building(ring=made.footprint(k), storeys=1.0, dwellings=int(made.building_households[k]), lived_in=True)
        for k in range(len(made.building_xy))
    ]
    homes = blocks.households(houses)
    np.testing.assert_array_equal(blocks.households_in(found, houses, homes)[same], made.block_households)


def test_households_of_buildings() -> None:
    houses = [box(0, 0, 10), box(20, 0, 20, storeys=6.0), box(50, 0, 10, dwellings=9), box(70, 0, 30, lived_in=False)]
    guess = blocks.households(houses)
    np.testing.assert_allclose(guess, [1.0, 400 * 6 * 0.8 / 115, 9, 0])
    scaled = blocks.households(houses, total=100)
    assert scaled.sum() == pytest.approx(100)
    assert scaled[2] == 9
    assert scaled[1] / scaled[0] == pytest.approx(guess[1] / guess[0])
    found = blocks.cut(grid(2, 3))
    np.testing.assert_allclose(blocks.households_in(found, houses, guess), [guess[:3].sum(), 0])


@pytest.mark.data
def test_blocks_of_nauru(shared_data: Path) -> None:
    net = read.network(shared_data / "roads" / "aequilibrae_examples" / "nauru.zip")
    found = blocks.cut(net, least=Street.SERVICE)
    assert 50 < len(found.block_area) < 200
    whole = shapely.union_all(found.shapes)
    assert whole.area == pytest.approx(found.block_area.sum(), rel=1e-9)
    assert whole.area < 21.3e6, "the island has 21 square kilometres"
    a, b = found.borders.T
    shared = shapely.length(shapely.intersection(found.shapes[a], found.shapes[b]))
    np.testing.assert_allclose(shared, found.border_metres, rtol=1e-4, atol=0.05)
