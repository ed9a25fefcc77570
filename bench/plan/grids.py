"""Figures of `grids`: a town beside METIS, small maps beside exact answers, Providence beside METIS and GerryChain.

The town is made from a seed number so that METIS k-way stands where it stood on the map the figures were set on: about
99 % of cells in the band, compactness 0.51, 86 % of borders on main streets.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.plan.figure import Figure
from bench.plan.grids_peers import figures_of, gerrychain, metis, metis_for
from wuxiao.plan import grids
from wuxiao.plan.grids.exact import by_choice, by_flow
from wuxiao.plan.grids.lattice import lattice

SECONDS = 7.5


def town() -> dict[str, Any]:
    """19,881 blocks, about 2,020 cells, in 7.5 s; METIS alone in the same run."""
    return _town(1)


def town_with_communities() -> dict[str, Any]:
    """The same blocks in 49 communities that no cell may cross."""
    return _town(7)


def _town(quarters: int) -> dict[str, Any]:
    problem = lattice(141, 4, quarters=quarters).problem
    grids.solve(lattice(8, 1).problem, seconds=1.0, seed=1)
    cells = round(float(problem.households.sum()) / 400.0)
    began = time.perf_counter()
    label = metis(problem, cells)
    alone = time.perf_counter() - began
    began = time.perf_counter()
    plan = grids.solve(problem, seconds=SECONDS, seed=1)
    took = time.perf_counter() - began
    breaches = grids.check(problem, plan)
    return {
        "cells": len(plan.codes),
        "metis": {"seconds": round(alone, 2), **figures_of(problem, label)},
        "in_band_share": Figure(plan.in_band_share, ">= 1", ">= 1"),
        "contiguous_and_whole (breaches)": Figure(len(breaches), "<= 0"),
        "compactness": Figure(round(plan.compactness, 4), ">= 0.66", ">= 0.70"),
        "street_share": Figure(round(plan.street_share, 4), ">= 0.91", ">= 0.94"),
        "seconds": Figure(round(took, 2), "<= 20", "<= 8"),
        "times METIS": round(took / alone, 1),
        "iterations": plan.head.iterations,
    }


def small() -> dict[str, Any]:
    """24 small maps against the best choice among all cells there can be, for the whole objective and a linear one."""
    gaps: dict[str, list[float]] = {"whole objective": [], "borders only": []}
    slowest = unsolved = 0.0
    grids.solve(lattice(8, 1).problem, seconds=1.0, seed=1)
    for seed in range(1, 13):
        whole = lattice(6, seed, spread=0.3, low=120.0, high=200.0).problem
        for name, problem in (
            ("whole objective", whole),
            ("borders only", replace(whole, weigh_compact=0.0, weigh_street=0.5, weigh_length=0.5)),
        ):
            began = time.perf_counter()
            plan = grids.solve(problem, seconds=3.0, seed=1)
            slowest = max(slowest, time.perf_counter() - began)
            best = by_choice(problem, len(plan.codes), 60.0)
            if best.objective - best.bound > 1e-4 * best.objective:
                unsolved += 1
            gaps[name].append(plan.head.objective / best.bound - 1.0)
    figures: dict[str, Any] = {}
    for name, row in gaps.items():
        figures[f"{name}: above the exact bound, mean of 12"] = Figure(
            round(float(np.mean(row)), 5), "<= 0.01", "<= 0.01"
        )
        figures[f"{name}: above the exact bound, worst"] = Figure(round(max(row), 5), "", "<= 0.01")
    return {**figures, "not proven in 60 s": unsolved, "slowest search, s": round(slowest, 2)}


def proven() -> dict[str, Any]:
    """32 maps of 64 to 400 blocks in 20 s each: how many are proven best, and how long that takes."""
    grids.solve(lattice(8, 1).problem, seconds=1.0, seed=1)
    gaps, took = list[float](), list[float]()
    for side, low, high in ((8, 120.0, 200.0), (8, 300.0, 420.0), (14, 120.0, 200.0), (20, 120.0, 200.0)):
        for seed in (1, 2, 3, 4):
            whole = lattice(side, seed, spread=0.3, low=low, high=high).problem
            for problem in (whole, replace(whole, weigh_compact=0.0, weigh_street=0.5, weigh_length=0.5)):
                plan = grids.solve(problem, seconds=20.0, seed=1)
                gaps.append(1.0 if plan.head.gap is None else plan.head.gap)
                took.append(plan.head.seconds)
    return {
        "gap to the proven bound, worst": Figure(round(max(gaps), 5), "<= 0.01", "<= 0.01"),
        "proven best": f"{sum(g <= 1e-9 for g in gaps)} of {len(gaps)}",
        "seconds, median": round(float(np.median(took)), 2),
        "seconds, slowest": round(max(took), 2),
    }


def flow() -> dict[str, Any]:
    """The flow model against the choice among all cells and the search: tiny maps, linear objective."""
    rows = []
    for seed in (1, 2, 3):
        problem = lattice(
            4, seed, spread=0.3, low=100.0, high=200.0, weigh_compact=0.0, weigh_street=0.5, weigh_length=0.5
        ).problem
        plan = grids.solve(problem, seconds=2.0, seed=1)
        began = time.perf_counter()
        exact = by_flow(problem, len(plan.codes), 60.0)
        took = time.perf_counter() - began
        other = by_choice(problem, len(plan.codes), 60.0)
        rows.append((plan.head.objective / exact.objective - 1.0, other.objective / exact.objective - 1.0, took))
    return {
        "search above the flow model, worst": Figure(round(max(r[0] for r in rows), 5), "<= 0.01", "<= 0.01"),
        "choice above the flow model, worst": Figure(round(max(r[1] for r in rows), 5), "<= 0.0001"),
        "flow model, slowest s": round(max(r[2] for r in rows), 1),
    }


def providence() -> dict[str, Any]:
    """Census blocks of Providence, households = people / 2.4: grids, METIS and GerryChain, 10 s for each."""
    data = Path(os.environ.get("WUXIAO_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    path = data / "districts" / "providence_blocks_2010.zip"
    if not path.is_file():
        return {"skipped": "needs the Providence blocks; name the folder of the data in WUXIAO_DATA"}
    from wuxiao.plan.grids import readers

    grids.solve(lattice(8, 1).problem, seconds=1.0, seed=1)
    figures: dict[str, Any] = {}
    for name, whole in (("3 blocks cut", False), ("whole blocks", True)):
        problem = readers.polygons(path, whole=whole)
        plan = grids.solve(problem, seconds=10.0, seed=1)
        own = figures_of(problem, plan.cell)
        label, peer = metis_for(problem, len(plan.codes), 10.0)
        peers = {"METIS": peer, "GerryChain from there": gerrychain(problem, len(plan.codes), 10.0, label)}
        if not whole:
            peers["GerryChain from its own seed, 60 s"] = gerrychain(problem, len(plan.codes), 60.0)
        best = {
            key: (min if key == "border_km" else max)(p[key] for p in peers.values() if key in p)
            for key in ("in_band_share", "contiguous_share", "compactness", "border_km")
        }
        figures |= {
            f"{name}: in_band_share": Figure(plan.in_band_share, ">= 1"),
            f"{name}: in_band_share, oversized counted": Figure(
                own["in_band_share"], "", f">= {best['in_band_share']}"
            ),
            f"{name}: breaches": Figure(len(grids.check(problem, plan)), "<= 0"),
            f"{name}: contiguous_share": Figure(own["contiguous_share"], ">= 1", f">= {best['contiguous_share']}"),
            f"{name}: compactness": Figure(own["compactness"], "", f">= {best['compactness']}"),
            f"{name}: border_km": Figure(own["border_km"], "", f"<= {best['border_km']}"),
            f"{name}: seconds": Figure(round(plan.head.seconds, 2), "", "<= 10"),
            f"{name}: outside": [(o.kind, round(o.households, 1)) for o in plan.outside],
            **{f"{name}: {peer}": row for peer, row in peers.items()},
        }
    return figures


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "town of 19,881 blocks": town,
    "town in 49 communities": town_with_communities,
    "small maps, exact": small,
    "middling maps, proven": proven,
    "flow model": flow,
    "Providence": providence,
}
