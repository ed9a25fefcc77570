"""A made-up town of perturbed square blocks with main streets and a river: for measurements, examples and tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wuxiao.plan.grids.problem import Problem


@dataclass(frozen=True, slots=True)
class Lattice:
    """A problem and the corners (n, 4, 2) of its blocks, in metres."""

    problem: Problem
    corners: Any


def lattice(
    side: int,
    seed: int,
    *,
    block: float = 100.0,
    shift: float = 0.18,
    spacing: tuple[int, ...] = (1, 2, 3),
    households: float = 40.6,
    spread: float = 0.4,
    quarters: int = 1,
    **settings: Any,
) -> Lattice:
    """Return side x side blocks of about `block` metres whose corners are shifted by up to a share of that.

    Main streets lie every so many rows and columns drawn from `spacing`, a river winds from west to east; households
    are gamma-distributed with the relative `spread`; `quarters` x `quarters` communities meet on main streets.
    """
    draw = np.random.default_rng(seed)
    at = np.arange(side + 1, dtype=float)
    corner = np.stack(np.meshgrid(at, at, indexing="xy"), -1) * block
    corner += draw.uniform(-shift, shift, corner.shape) * block
    rows, columns = (_main_lines(side, spacing, draw) for _ in range(2))
    north, south = corner[1:], corner[:-1]
    ring = np.stack([south[:, :-1], south[:, 1:], north[:, 1:], north[:, :-1]], axis=2)
    nxt = np.roll(ring, -1, axis=2)
    area = 0.5 * (ring[..., 0] * nxt[..., 1] - ring[..., 1] * nxt[..., 0]).sum(axis=2)
    edge = np.hypot(*np.moveaxis(nxt - ring, -1, 0))
    number = np.arange(side * side).reshape(side, side)
    upright = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], 1)
    level = np.stack([number[:-1].ravel(), number[1:].ravel()], 1)
    upright_main = np.broadcast_to(columns[1:-1], (side, side - 1)).copy()
    level_main = np.broadcast_to(rows[1:-1, None], (side - 1, side)).copy()
    _river(upright_main, level_main, draw)
    count = np.round(draw.gamma(1.0 / spread**2, households * spread**2, side * side))
    problem = Problem(
        blocks=tuple(f"B{i}" for i in range(side * side)), households=count, area=area.ravel(),
        perimeter=edge.sum(axis=2).ravel(), pairs=np.concatenate([upright, level]),
        border=np.concatenate([edge[:, :-1, 1].ravel(), edge[:-1, :, 2].ravel()]),
        street=np.concatenate([upright_main.ravel(), level_main.ravel()]).astype(float),
        place=ring.mean(axis=2).reshape(-1, 2), **_quarters(side, quarters, rows, columns), **settings,
    )  # fmt: skip
    return Lattice(problem, ring.reshape(-1, 4, 2))


def _main_lines(side: int, spacing: tuple[int, ...], draw: Any) -> Any:
    main = np.zeros(side + 1, dtype=bool)
    at = 0
    while at <= side:
        main[at] = True
        at += int(draw.choice(spacing))
    return main


def _river(upright: Any, level: Any, draw: Any) -> None:
    side = len(upright)
    row = side // 2
    for column in range(side):
        level[min(max(row, 0), side - 2), column] = True
        step = int(draw.choice((-1, 0, 0, 1)))
        if step and column < side - 1 and 0 <= row + step < side - 1:
            upright[row + 1 if step > 0 else row, column] = True
            row += step


def _quarters(side: int, quarters: int, rows: Any, columns: Any) -> dict[str, Any]:
    if quarters <= 1:
        return {}
    place = []
    for main in (rows, columns):
        lines = np.flatnonzero(main)
        cuts = [int(lines[np.abs(lines - side * q / quarters).argmin()]) for q in range(1, quarters)]
        place.append(np.searchsorted(cuts, np.arange(side), side="right"))
    _, home = np.unique((place[0][:, None] * quarters + place[1]).ravel(), return_inverse=True)
    names = tuple(f"社区{i + 1}" for i in range(int(home.max()) + 1))
    codes = tuple(f"3201{i + 1:05d}" for i in range(len(names)))
    return {"community": home, "communities": names, "community_codes": codes}
