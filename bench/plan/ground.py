"""Figures of the ground: times from many to many against scipy's Dijkstra, towns, blocks."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.plan.figure import Figure

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = Path(os.environ.get("WUXIAO_DATA", ROOT.parent / "shared" / "data"))


def _median(run: Callable[[], Any], times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _many(path: Path, count: int, asked: bool) -> dict[str, Any]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    from wuxiao.plan.ground import hierarchy, read
    from wuxiao.plan.ground.travel import Travel

    if not path.exists():
        return {"skipped": f"{path.name} is not there"}
    net = read.network(path)
    travel = Travel(net, hour=8.0)
    graph = travel.arcs
    rng = np.random.default_rng(1)
    largest = np.flatnonzero(net.parts() == 0)
    sources, targets = rng.choice(largest, count, replace=False), rng.choice(largest, count, replace=False)
    found = travel.seconds(sources, targets)
    # Of parallel arcs the quickest, as a matrix holds one value a place.
    order = np.lexsort((graph.seconds, graph.head, graph.tail))
    tail, head, seconds = graph.tail[order], graph.head[order], graph.seconds[order]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    at = np.searchsorted(tail[first], np.arange(graph.vertices + 1))
    matrix = csr_array((seconds[first], head[first], at), shape=(graph.vertices,) * 2)
    want = np.empty_like(found)

    def peer() -> None:
        want[:] = dijkstra(matrix, indices=sources)[:, targets]

    own = _median(lambda: travel.seconds(sources, targets), 7)
    theirs = _median(peer, 3)
    prepare = _median(lambda: hierarchy.prepare(graph), 3)
    weigh = _median(lambda: travel.at(17.5), 3)
    ratio = round(theirs / own, 1)
    return {
        "nodes": len(net.nodes),
        "links": len(net.links),
        "pairs": f"{count} x {count}",
        "scipy_seconds": round(theirs, 3),
        "own_seconds": round(own, 4),
        "ratio": Figure(ratio, ">= 5", ">= 30") if asked else ratio,
        "order_seconds": round(prepare, 3),
        "another_hour_seconds": round(weigh, 3),
        "ratio_with_all_preparation": round(theirs / (own + prepare + weigh), 1),
        "largest_relative_difference": float(np.max(np.abs(found - want) / np.maximum(want, 1e-9))),
        "peer_routingkit_cch": _routingkit(net, graph, sources, targets, own),
    }


def _routingkit(net: Any, graph: Any, sources: Any, targets: Any, own: float) -> dict[str, Any] | str:
    """The same method in C++ with whole milliseconds, where `pip install routingkit-cch` was done."""
    try:
        import routingkit_cch as peer
    except ImportError:
        return "not installed (pip install routingkit-cch)"
    tail, head, n = graph.tail.tolist(), graph.head.tolist(), graph.vertices
    y, x = net.nodes[:, 1].tolist(), net.nodes[:, 0].tolist()
    began = time.perf_counter()
    order = peer.compute_order_inertial(n, tail, head, y, x)
    cch = peer.CCH(order, tail, head, False)
    ordered = time.perf_counter() - began
    metric = peer.CCHMetric(cch, np.round(graph.seconds * 1000).astype(int).tolist())

    def ask() -> None:
        pinned = peer.CCHOneToMany(metric, targets.tolist())
        np.array([pinned.distances_from(source) for source in sources.tolist()], dtype=float)

    seconds = _median(ask, 3)
    return {"order_seconds": round(ordered, 3), "seconds": round(seconds, 3), "ratio": round(seconds / own, 1)}


def _coquimbo() -> dict[str, Any]:
    return _many(DATA / "roads" / "aequilibrae_examples" / "coquimbo.zip", 1000, asked=True)


def _auckland() -> dict[str, Any]:
    folder = DATA / "calls" / "jemss_auckland" / "data" / "cities" / "auckland" / "models" / "1" / "travel" / "roads"
    return _many(folder / "roads.zip", 300, asked=False)


def _turns() -> dict[str, Any]:
    """Every crossing drawn out: a town of 60,000 households in which each turn costs seconds."""
    from wuxiao.plan.ground import town
    from wuxiao.plan.ground.arcs import TurnCost
    from wuxiao.plan.ground.travel import Travel

    net = town.make(1, households=60_000).streets
    plain, turning = Travel(net), Travel(net, cost=TurnCost(left=12, right=5, straight=3, back=30))
    every = np.arange(len(net.nodes))
    return {
        "nodes": len(net.nodes),
        "vertices_with_turns": turning.arcs.vertices,
        "all_pairs_seconds": round(_median(lambda: plain.seconds(every, every), 3), 3),
        "all_pairs_seconds_with_turns": round(_median(lambda: turning.seconds(every, every), 3), 3),
    }


def _towns() -> dict[str, Any]:
    from wuxiao.plan.ground import town

    town.make(1, households=1000)
    return {
        f"{households}_households_seconds": round(_median(lambda h=households: town.make(1, households=h), times), 3)
        for households, times in ((30_000, 5), (200_000, 3), (800_000, 1))
    }


def _blocks() -> dict[str, Any]:
    from wuxiao.plan.ground import blocks, read

    path = DATA / "roads" / "aequilibrae_examples" / "coquimbo.zip"
    if not path.exists():
        return {"skipped": f"{path.name} is not there"}
    net = read.network(path)
    found = blocks.cut(net)
    return {
        "links": len(net.links),
        "blocks": len(found.block_area),
        "borders": len(found.borders),
        "seconds": round(_median(lambda: blocks.cut(net), 3), 2),
    }


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "many_to_many_coquimbo": _coquimbo,
    "many_to_many_auckland": _auckland,
    "turns": _turns,
    "towns": _towns,
    "blocks_coquimbo": _blocks,
}
