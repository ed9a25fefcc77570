"""Blocks as people draw them: last digits that differ, slanted corners, hands that shake by a centimetre."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wuxiao.plan import grids
from wuxiao.plan.form import BadProblem
from wuxiao.plan.grids.readers import polygons

SIDE = 100.0


def _squares(shift: Any, n: int = 4) -> list[list[tuple[float, float]]]:
    """Return n x n squares of 100 m, row by row, each corner moved by `shift(block, corner, x, y)`."""
    rings = []
    for k in range(n * n):
        x, y = SIDE * (k % n), SIDE * (k // n)
        ring = [(x, y), (x + SIDE, y), (x + SIDE, y + SIDE), (x, y + SIDE)]
        rings.append([shift(k, c, *at) for c, at in enumerate(ring)])
    return rings


def _write(folder: Path, rings: list[list[tuple[float, float]]], households: float = 100.0) -> Path:
    path = folder / "blocks.geojson"
    shapes = [
        {
            "type": "Feature",
            "properties": {"households": households},
            "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        }
        for ring in rings
    ]
    data: dict[str, Any] = {"type": "FeatureCollection", "features": shapes}
    if rings[0][0][0] > 180.0:
        data["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def _far(x: float, y: float) -> tuple[float, float]:
    # Metres, far enough from zero that they cannot be degrees.
    return x + 500_000.0, y + 3_000_000.0


def test_exact_squares_need_no_drawing_together(tmp_path: Path) -> None:
    problem = polygons(_write(tmp_path, _squares(lambda k, c, x, y: _far(x, y))))
    assert len(problem.pairs) == 24
    assert problem.border.tolist() == pytest.approx([SIDE] * 24)
    assert problem.drawn_together == 0


@pytest.mark.parametrize("by", [1e-9, 1e-6, 1e-4, 0.01, 0.02])
def test_hands_that_shake_lose_no_border(by: float, tmp_path: Path) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        rings = _squares(lambda k, c, x, y, rng=rng: _far(x + rng.uniform(-by, by), y + rng.uniform(-by, by)))
        problem = polygons(_write(tmp_path, rings))
        assert len(problem.pairs) == 24
        assert problem.border.tolist() == pytest.approx([SIDE] * 24, abs=0.6)
        assert problem.drawn_together == 24


@pytest.mark.parametrize("gap", [0.01, -0.01])
def test_a_gap_and_an_overlap_of_a_centimetre_are_the_same_town(gap: float, tmp_path: Path) -> None:
    """Sixteen blocks of 100 households: four cells of 400, compact, not cells of 300 and 500 by borders of 2 cm."""
    rings = _squares(lambda k, c, x, y: _far(x + (k % 4) * gap, y + (k // 4) * gap))
    problem = polygons(_write(tmp_path, rings))
    assert len(problem.pairs) == 24
    assert min(problem.border) > 99.0
    plan = grids.solve(problem, seconds=60, seed=1)
    assert grids.check(problem, plan) == []
    assert sorted(plan.households.tolist()) == [400.0] * 4
    assert plan.compact.tolist() == pytest.approx([0.785] * 4, abs=0.01)
    assert any("24 borders did not meet exactly" in said.en for said in plan.why())


def test_corners_of_one_side_on_the_middle_of_another(tmp_path: Path) -> None:
    """Blocks of two sizes on both sides of a slanted street, coordinates rounded to seven decimals of a degree."""
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    rings = []
    for side, width in ((0, 100.0), (1, 70.0)):
        for k in range(7 if side == 0 else 10):
            x = k * width
            ring = [
                (x, side * 80.0),
                (x + width, side * 80.0),
                (x + width, side * 80.0 + 80.0),
                (x, side * 80.0 + 80.0),
            ]
            rings.append([tuple(turn @ np.array(at)) for at in ring])
    to_degrees = np.array([1 / (111_320 * np.cos(np.radians(28.2))), 1 / 110_860])
    for digits in (9, 7):
        drawn = [
            [tuple(np.round(np.array(at) * to_degrees + (112.9, 28.2), digits).tolist()) for at in r] for r in rings
        ]
        problem = polygons(_write(tmp_path, drawn))
        across = [
            (int(a), int(b), float(m)) for (a, b), m in zip(problem.pairs, problem.border, strict=True) if a < 7 <= b
        ]
        expected = {
            (a, 7 + b): min(100 * (a + 1), 70 * (b + 1)) - max(100 * a, 70 * b)
            for a in range(7)
            for b in range(10)
            if min(100 * (a + 1), 70 * (b + 1)) > max(100 * a, 70 * b)
        }
        assert {(a, b) for a, b, _ in across} == set(expected)
        assert all(abs(m - expected[a, b]) < 1.5 for a, b, m in across)


def test_squares_that_touch_in_a_corner_share_nothing(tmp_path: Path) -> None:
    rings = [ring for k, ring in enumerate(_squares(lambda k, c, x, y: _far(x, y))) if (k % 4 + k // 4) % 2 == 0]
    problem = polygons(_write(tmp_path, rings, 400.0))
    assert len(problem.pairs) == 0


def test_a_wide_strip_is_refused_by_its_width(tmp_path: Path) -> None:
    rings = _squares(lambda k, c, x, y: _far(x - (k % 4) * 2.0, y))
    with pytest.raises(BadProblem) as caught:
        polygons(_write(tmp_path, rings))
    assert caught.value.where == "features"
    assert "about 1.96 m" in caught.value.said.en
    assert "mend the drawing" in caught.value.said.en
