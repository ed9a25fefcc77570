"""A plan of grids as a small SVG: `python -m wuxiao.plan.grids.picture FILE.svg`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from wuxiao.plan import grids
from wuxiao.plan.form import after_iterations
from wuxiao.plan.grids.lattice import lattice

#: Soft fills that neighbours seldom share; no colour means anything.
FILLS = ("#dbe9f6", "#fde6c8", "#dcefd6", "#f4dcea", "#e8e2f4", "#fbf3c4", "#d5eeec")


def draw(corners: Any, problem: grids.Problem, plan: grids.Plan, width: int = 640) -> str:
    """Return the SVG of blocks gathered into cells: fills by cell, thick lines where main streets and rivers are."""
    low, high = corners.reshape(-1, 2).min(axis=0), corners.reshape(-1, 2).max(axis=0)
    scale = width / float(high[0] - low[0])
    flat = np.stack([(corners[..., 0] - low[0]) * scale, (high[1] - corners[..., 1]) * scale], -1)
    height = round(float(high[1] - low[1]) * scale)
    blocks = shapely.polygons(flat)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">']
    parts.append(f"<title>{len(plan.codes)} grids / {len(plan.codes)}个网格</title>")
    for cell in range(len(plan.codes)):
        body = shapely.union_all(blocks[plan.cell == cell])
        rings = [body.exterior, *body.interiors]
        path = "".join("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in ring.coords[:-1]) + "Z" for ring in rings)
        fill = FILLS[cell * 3 % len(FILLS)]
        parts.append(f'<path d="{path}" fill="{fill}" fill-rule="evenodd" stroke="#b3261e" stroke-width="1.6"/>')
    lines = []
    for (a, b), street in zip(problem.pairs.tolist(), problem.street.tolist(), strict=True):
        if street >= 0.5:
            shared = [p for p in flat[a].round(3).tolist() if p in flat[b].round(3).tolist()]
            if len(shared) == 2:
                lines.append("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in shared))
    parts.append(f'<path d="{"".join(lines)}" fill="none" stroke="#444" stroke-opacity=".45" stroke-width="3"/>')
    return "\n".join([*parts, "</svg>\n"])


def main(argv: list[str]) -> int:
    """Draw a made-up town of 576 blocks, divided."""
    made = lattice(24, 7)
    plan = grids.solve(made.problem, seconds=60.0, seed=1, stop=after_iterations(1_000_000))
    Path(argv[0]).write_text(draw(made.corners, made.problem, plan), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
