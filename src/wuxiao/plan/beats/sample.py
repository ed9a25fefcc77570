"""A made-up town for beats: units of blocks of a lattice, its lanes and main streets as the streets to patrol."""

from __future__ import annotations

from typing import Any

import numpy as np

from wuxiao.plan.beats.problem import Problem
from wuxiao.plan.grids.lattice import lattice


def crossings(corners: Any) -> Any:
    """Return the place (k, 2) of every crossing of a lattice, numbered as `sample` numbers them."""
    return np.array(list(_numbered(corners)))


def _numbered(corners: Any) -> dict[tuple[float, float], int]:
    found: dict[tuple[float, float], int] = {}
    for x, y in np.round(corners, 3).reshape(-1, 2).tolist():
        found.setdefault((x, y), len(found))
    return found


def sample(side: int, seed: int, fields: int, **given: Any) -> Problem:
    """Return side x side units of about 300 m with drawn work; every edge of the lattice is a street of level 0 or 1.

    Level 0 are main streets (twice a day), level 1 lanes (every second day), unless `given` says otherwise.
    """
    made = lattice(side, seed, block=300.0, spacing=(2, 3))
    land = made.problem
    draw = np.random.default_rng(seed + 1)
    known = _numbered(made.corners)
    number = [[known[x, y] for x, y in block] for block in np.round(made.corners, 3).tolist()]
    main = {tuple(sorted(pair)): bool(s) for pair, s in zip(land.pairs.tolist(), land.street.tolist(), strict=True)}
    owner: dict[tuple[int, int], list[int]] = {}
    metres: dict[tuple[int, int], float] = {}
    for unit, corner in enumerate(number):
        for i in range(4):
            a, b = sorted((corner[i], corner[(i + 1) % 4]))
            owner.setdefault((a, b), []).append(unit)
            metres[a, b] = float(np.hypot(*(made.corners[unit, i] - made.corners[unit, (i + 1) % 4])))
    ends = list(owner)
    level = [0 if len(owner[e]) == 2 and main[tuple(sorted(owner[e]))] else 1 for e in ends]
    base: dict[str, Any] = {
        "units": land.blocks, "work": np.round(draw.gamma(9.0, 2.0, side * side), 1), "area": land.area,
        "perimeter": land.perimeter, "pairs": land.pairs, "border": land.border, "place": land.place, "fields": fields,
        "streets": tuple(f"S{i}" for i in range(len(ends))), "ends": np.array(ends),
        "metres": np.array([metres[e] for e in ends]), "level": np.array(level),
        "street_unit": np.array([owner[e][0] for e in ends]), "visits": np.array([2.0, 0.5]),
        "pace": np.array([250.0, 80.0]), "minutes": 240.0,
    }  # fmt: skip
    return Problem(**{**base, **given})
