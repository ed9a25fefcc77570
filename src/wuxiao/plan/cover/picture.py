"""A picture of standby points: demand served, points, who moves. ``python -m wuxiao.plan.cover.picture FILE.svg``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from wuxiao.plan.cover import Level, Plan, Problem, solve
from wuxiao.plan.store import Floats

#: Fills of demand by how many levels serve it, none first.
FILLS = ("#c0392b", "#e3b23c", "#2e7d5b")


def county(seed: int) -> tuple[Problem, Floats, Floats]:
    """Return a made-up county with two towns, and where its demand and standby points lie (kilometres).

    Minutes are along the axes at 40 km/h; eight units of which two may move; each busy a quarter of its time.
    """
    rng = np.random.default_rng(seed)
    towns = np.vstack(
        [rng.normal((8, 7), 2.2, (150, 2)), rng.normal((19, 12), 1.6, (90, 2)), rng.random((60, 2)) * (26, 18)]
    )
    points = np.clip(towns, 0.3, (25.7, 17.7))
    sites = np.vstack([points[rng.choice(len(points), 40, replace=False)], rng.random((20, 2)) * (26, 18)])
    times = np.abs(points[:, None] - sites[None]).sum(axis=2) * 60 / 40
    between = np.abs(sites[:, None] - sites[None]).sum(axis=2) * 60 / 40
    demand = rng.integers(1, 30, len(points)).astype(float)
    problem = Problem(
        kind="covering", times=times, demand=demand, p=8, busy=0.25, between=between,
        levels=(Level(name="5 min", minutes=5.0, weight=2.0), Level(name="8 min", minutes=8.0)),
        now=rng.choice(40, 8, replace=False), moves=6,
    )  # fmt: skip
    return problem, points, sites


def svg(problem: Problem, plan: Plan, points: Floats, sites: Floats, *, scale: float = 30.0) -> str:
    """Return the picture: dots are demand (size: how much, colour: levels that serve it), squares where units stand."""
    wide, tall = (np.vstack([points, sites]).max(axis=0) + 0.5) * scale
    served = np.zeros(len(points), np.int64)
    for level in problem.levels:
        served += (problem.times[:, plan.sites] <= level.minutes).any(axis=1)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {tall:.0f}" role="img">']
    parts.append(f'<rect width="{wide:.0f}" height="{tall:.0f}" fill="#fbfaf7"/>')
    for j in range(len(sites)):
        x, y = sites[j] * scale
        parts.append(f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" fill="none" stroke="#b9b4a8"/>')
    for i in range(len(points)):
        x, y = points[i] * scale
        fill = FILLS[min(2, round(2 * served[i] / max(1, len(problem.levels))))]
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{1.5 + 0.9 * np.sqrt(problem.demand[i]):.1f}" '
            f'fill="{fill}" fill-opacity="0.55"/>'
        )
    for move in plan.relocation:
        (a, b), (x, y) = sites[move.start] * scale, sites[move.end] * scale
        if move.start != move.end:
            parts.append(
                f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{x:.1f}" y2="{y:.1f}" stroke="#1f3b57" stroke-dasharray="5 4"/>'
            )
    for j in plan.sites.tolist():
        x, y = sites[j] * scale
        parts.append(f'<rect x="{x - 8:.1f}" y="{y - 8:.1f}" width="16" height="16" fill="#1f3b57" stroke="#fff"/>')
    return "".join([*parts, "</svg>\n"])


def main(path: Path) -> None:
    """Write the picture of the made-up county."""
    problem, points, sites = county(3)
    path.write_text(svg(problem, solve(problem, seconds=60, seed=1), points, sites), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
