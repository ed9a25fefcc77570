"""A plan of beats as a small SVG: `python -m wuxiao.plan.beats.picture FILE.svg`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from wuxiao.plan import beats
from wuxiao.plan.beats.problem import ASKED, RANDOM
from wuxiao.plan.beats.sample import crossings, sample
from wuxiao.plan.form import after_iterations
from wuxiao.plan.grids.lattice import lattice
from wuxiao.plan.grids.picture import FILLS

COLOURS = {0: "#9a9a9a", ASKED: "#0b57d0", RANDOM: "#b3261e"}


def draw(corners: Any, spots: Any, problem: beats.Problem, plan: beats.Plan, width: int = 640) -> str:
    """Return the SVG of fields (fills) and of one round of each: grey on the way, blue asked, red drawn by lot."""
    low, high = corners.reshape(-1, 2).min(axis=0), corners.reshape(-1, 2).max(axis=0)
    scale = width / float(high[0] - low[0])

    def at(points: Any) -> Any:
        return np.stack([(points[..., 0] - low[0]) * scale, (high[1] - points[..., 1]) * scale], -1)

    height = round(float(high[1] - low[1]) * scale)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">']
    parts.append(f"<title>{problem.fields} fields and one round of each / {problem.fields}个责任区各一轮</title>")
    flat, where = at(corners), at(spots)
    for k in range(problem.fields):
        blocks = flat[plan.unit_field == k]
        path = "".join("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in block) + "Z" for block in blocks)
        parts.append(f'<path d="{path}" fill="{FILLS[k % len(FILLS)]}" stroke="#fff" stroke-width=".5"/>')
    for k in range(problem.fields):
        one = next((r for r in plan.rounds if r.field == k), None)
        if one is None:
            continue
        for kind, colour in COLOURS.items():
            ends = where[problem.ends[one.steps[one.kind == kind]]]
            path = "".join(f"M{a[0]:.0f} {a[1]:.0f}L{b[0]:.0f} {b[1]:.0f}" for a, b in ends)
            parts.append(f'<path d="{path}" stroke="{colour}" stroke-width="3" stroke-linecap="round"/>')
        x, y = where[int(plan.bases[k])]
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="6" fill="#222"/>')
    return "\n".join([*parts, "</svg>\n"])


def main(argv: list[str]) -> int:
    """Draw a made-up town of 144 units in five fields."""
    problem = sample(12, 3, 5)
    made = lattice(12, 3, block=300.0, spacing=(2, 3))
    plan = beats.solve(problem, seconds=120.0, seed=1, stop=after_iterations(20_000))
    Path(argv[0]).write_text(draw(made.corners, crossings(made.corners), problem, plan), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
