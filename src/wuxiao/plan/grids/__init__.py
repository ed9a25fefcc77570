"""Grids: contiguous cells of blocks with 300-500 households, bordered by streets and rivers, inside their community.

``plan = solve(problem, seconds=8, seed=1)``; ``check(problem, plan)`` is written apart from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wuxiao.plan.engine import Engine, Reader
from wuxiao.plan.form import Progress, Said, Stop
from wuxiao.plan.grids.checks import check
from wuxiao.plan.grids.entry import ENTRY
from wuxiao.plan.grids.problem import Outside, Plan, Problem
from wuxiao.plan.grids.settings import SETTINGS

__all__ = ["ENGINE", "Outside", "Plan", "Problem", "check", "solve"]


def solve(
    problem: Problem,
    /,
    *,
    seconds: float,
    seed: int,
    warm: Plan | None = None,
    stop: Stop | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Divide the blocks into cells that keep every rule, compact and bordered by good streets; see `search.solve`."""
    from wuxiao.plan.grids import search

    return search.solve(problem, seconds=seconds, seed=seed, warm=warm, stop=stop, progress=progress)


def figures(problem: Problem, plan: Plan) -> Mapping[str, Any]:
    """Return what is asked of grids: shares in the band and on good borders, contiguity, compactness."""
    pieces = any("pieces" in said.en for said in check(problem, plan))
    return {
        "cells": len(plan.codes),
        "in_band_share": plan.in_band_share,
        "contiguous": not pieces,
        "compactness": plan.compactness,
        "street_share": plan.street_share,
        "moved": plan.moved,
        "in_band_if_5_percent_uncounted": float((plan.households * 1.05 <= problem.high + 1e-9).mean()),
        "outside": [{"cell": plan.codes[o.cell], "kind": o.kind, "households": o.households} for o in plan.outside],
        "cut_blocks": list(problem.cut_blocks),
        "drawn_together": problem.drawn_together,
    }


def _graph(path: Path, **given: Any) -> Problem:
    from wuxiao.plan.grids import readers

    return readers.graph(path, **given)


def _polygons(path: Path, **given: Any) -> Problem:
    from wuxiao.plan.grids import readers

    return readers.polygons(path, **given)


ENGINE = Engine(
    name="grids", problem=Problem, plan=Plan, solve=solve, check=check, entry=ENTRY, figures=figures, settings=SETTINGS,
    readers=(
        Reader("graph", _graph, Said("GerryChain对偶图JSON", "dual-graph JSON of GerryChain")),
        Reader("polygons", _polygons, Said("带人口或户数的面（GeoJSON、SHP、SHP的ZIP、GPKG）",
                                           "polygons with people or households (GeoJSON, SHP, zipped SHP, GPKG)")),
    ),
)  # fmt: skip
