"""The peers of `grids`, METIS and GerryChain, and the figures of any labelling, however it was found.

GerryChain is run where it can be imported, or where `WUXIAO_PEERS` names the python of an environment that has it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import warnings
from typing import Any

import numpy as np

from wuxiao.plan import grids
from wuxiao.plan.grids.parts import rows_of


def metis(problem: grids.Problem, cells: int, seed: int = 1, whole: bool = False) -> Any:
    """Return the cell of every block by METIS k-way alone: households even, lanes eight times dearer."""
    import pymetis

    inside = problem.homes[problem.pairs[:, 0]] == problem.homes[problem.pairs[:, 1]]
    xadj, adj, order = rows_of(len(problem.blocks), *problem.pairs[inside].T)
    weight = problem.border[inside] / problem.border.mean() * 10.0 * (1.0 + 7.0 * (1.0 - problem.street[inside]))
    load = np.rint(problem.households * 10.0).astype(np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        _, label = pymetis.part_graph(
            cells,
            pymetis.CSRAdjacency(xadj, adj),
            vweights=load,
            eweights=np.maximum(1, np.rint(weight)).astype(np.int64)[order],
            recursive=False,
            options=pymetis.Options(seed=seed, contig=int(whole)),
        )
    return np.array(label)


def metis_for(problem: grids.Problem, cells: int, seconds: float) -> tuple[Any, dict[str, float]]:
    """Give METIS so many seconds: seed after seed, with and without its wish for whole parts; keep the best."""
    began, seed = time.perf_counter(), 0
    best: tuple[float, float] = (-1.0, -1.0)
    while time.perf_counter() - began < seconds:
        seed += 1
        label = metis(problem, cells, seed, bool(seed % 2))
        found = figures_of(problem, label)
        key = (found["in_band_share"] + found["contiguous_share"], found["compactness"])
        if key > best:
            best, kept = key, (label, found)
    return kept[0], {"seconds": round(time.perf_counter() - began, 2), **kept[1], "seeds": seed}


GERRYCHAIN = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
from functools import partial
import networkx
from gerrychain import GeographicPartition, Graph
from gerrychain.constraints import contiguous
from gerrychain.metrics import polsby_popper
from gerrychain.optimization import SingleMetricOptimizer
from gerrychain.partition import recursive_tree_part
from gerrychain.proposals import recom
from gerrychain.updaters import Tally

data = json.load(sys.stdin)
began, cells, start = time.perf_counter(), data["cells"], data["start"]
graph = networkx.Graph()
for i, (households, area, outer) in enumerate(zip(data["households"], data["area"], data["outer"])):
    graph.add_node(i, households=households, area=area, boundary_node=outer > 0.0, boundary_perim=outer)
for (a, b), metres in zip(data["pairs"], data["border"]):
    graph.add_edge(a, b, shared_perim=metres)
graph = Graph.from_networkx(graph)
middle = sum(data["households"]) / cells
steps = 0
if start is None:
    found = recursive_tree_part(graph, range(cells), middle, "households", 0.25, rng=3)
else:
    first = GeographicPartition(graph, dict(enumerate(start)), {"households": Tally("households")})
    search = SingleMetricOptimizer(
        partial(recom, pop_col="households", pop_target=middle, epsilon=0.25), [contiguous], first,
        lambda plan: sum(polsby_popper(plan).values()), rng=1,
    )
    for _ in search.short_bursts(5, 10**9):
        steps += 1
        if time.perf_counter() - began > data["seconds"]:
            break
    found = search.best_part.assignment
label = [found[i] for i in range(len(data["area"]))]
print(json.dumps({"seconds": time.perf_counter() - began, "steps": steps, "label": label}))
"""


def gerrychain(problem: grids.Problem, cells: int, seconds: float, start: Any = None) -> dict[str, Any]:
    """Return the figures of GerryChain's tree seed, or from a start of its short bursts of ReCom for so many seconds.

    The bursts seek the mean Polsby-Popper compactness, both keep households within a quarter of the mean.
    """
    shared = np.bincount(problem.pairs.ravel(), np.repeat(problem.border, 2), len(problem.blocks))
    outer = np.maximum(0.0, problem.perimeter - shared)
    given = {
        "households": problem.households.tolist(),
        "area": problem.area.tolist(),
        "outer": np.where(outer < 0.01, 0.0, outer).tolist(),
        "pairs": problem.pairs.tolist(),
        "border": problem.border.tolist(),
        "cells": cells,
        "start": None if start is None else np.asarray(start).tolist(),
        "seconds": seconds,
    }
    command = [os.environ.get("WUXIAO_PEERS", sys.executable), "-c", GERRYCHAIN]
    try:
        done = subprocess.run(
            command, input=json.dumps(given), capture_output=True, text=True, timeout=seconds + 30.0, check=False
        )
    except subprocess.TimeoutExpired:
        return {"timed out": f"no plan in {seconds:g} s"}
    if done.returncode:
        if "ModuleNotFoundError" in done.stderr:
            return {"skipped": "gerrychain is not installed; name a python that has it in WUXIAO_PEERS"}
        return {"failed": done.stderr.splitlines()[-1][:200]}
    found = json.loads(done.stdout.splitlines()[-1])
    return {
        "seconds": round(found["seconds"], 2),
        "steps": found["steps"],
        **figures_of(problem, np.array(found["label"])),
    }


def figures_of(problem: grids.Problem, label: Any) -> dict[str, float]:
    """Return the figures of any labelling, rounded; `contiguous_share` is the share of cells in one piece."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    label = np.unique(label, return_inverse=True)[1]
    count = int(label.max()) + 1
    n = len(label)
    a, b = problem.pairs.T
    cut = label[a] != label[b]
    kept = coo_array((np.ones((~cut).sum()), (a[~cut], b[~cut])), shape=(n, n))
    _, piece = connected_components(kept, directed=False)
    households = np.bincount(label, problem.households)
    outline = np.bincount(label, problem.perimeter) - 2.0 * np.bincount(label[a[~cut]], problem.border[~cut], count)
    good = (households >= problem.low - 1e-6) & (households <= problem.high + 1e-6)
    first = np.unique(piece, return_index=True)[1]
    per = np.bincount(label[first], minlength=count)
    metres = problem.border[cut].sum()
    return {
        "cells": count,
        "in_band_share": round(float(good.mean()), 4),
        "contiguous_share": round(float((per == 1).mean()), 4),
        "compactness": round(float((4.0 * np.pi * np.bincount(label, problem.area) / outline**2).mean()), 4),
        "border_km": round(float(metres) / 1000.0, 1),
        "street_share": round(float((problem.border * problem.street)[cut].sum() / metres) if metres else 1.0, 4),
    }
