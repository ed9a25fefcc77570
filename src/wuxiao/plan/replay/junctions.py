"""A road network brought down to its junctions: times between them, the next one on every way, those beside a node.

Nodes where a road has no choice are left out, but for some on stretches longer than `step` minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.store import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Junctions:
    """`spots[k]` is the node of junction k; `minutes[mode, from, to]` and `next[mode, from, to]` go by junctions.

    A node lies between junctions `by[node, 0]` and `by[node, 1]` (often the same), `into[mode, node, j]` minutes from
    there and `back[mode, node, j]` minutes to there.
    """

    spots: Ints
    minutes: Floats
    next: Ints
    by: Ints
    into: Floats
    back: Floats

    def via(self, where: Ints) -> Ints:
        """Return the next place on every way between places, place p at junction `where[p]`, the first ones all."""
        step: Ints = self.next[:, where][:, :, where]
        goal = np.arange(len(where))
        step[step == where[None, None, :]] = np.broadcast_to(goal, step.shape)[step == where[None, None, :]]
        return step


def join(size: int, arcs: Floats, also: Ints, *, calm: int, step: float) -> Junctions:
    """Return the junctions of a network of `size` nodes with arcs (from, to, minutes by mode), the nodes `also` kept.

    Stretches of more than `step` minutes in the mode `calm` are cut into equal parts. Raises `BadProblem` naming a
    node that cannot be reached.
    """
    tail, head, minutes = arcs[:, 0].astype(np.int64), arcs[:, 1].astype(np.int64), arcs[:, 2:]
    out: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    beside: list[set[int]] = [set() for _ in range(size)]
    for k, (u, v) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
        out[u].append((v, k))
        beside[u].add(v)
        beside[v].add(u)
    keep = np.array([len(b) != 2 for b in beside])
    keep |= np.bincount(tail, minlength=size) != np.bincount(head, minlength=size)
    keep[also] = True
    for _, nodes, long in _stretches(out, keep, minutes):
        parts = int(np.ceil(long[-1, calm] / step))
        for k in range(1, parts):
            keep[nodes[int(np.searchsorted(long[:, calm], long[-1, calm] * k / parts))]] = True
    spots = np.flatnonzero(keep)
    row = np.full(size, -1)
    row[spots] = np.arange(len(spots))
    by = np.repeat(row[:, None], 2, axis=1)
    into, back = np.full((2, minutes.shape[1], size, 2), np.inf)
    into[:, spots], back[:, spots] = 0.0, 0.0
    ends, times = [], []
    for first, nodes, long in _stretches(out, keep, minutes):
        ends.append((row[first], row[nodes[-1]]))
        times.append(long[-1])
        inner = np.array(nodes[:-1], dtype=np.int64)
        for beside_, far, table in ((first, long[:-1], into), (nodes[-1], long[-1] - long[:-1], back)):
            slot = ((by[inner, 0] >= 0) & (by[inner, 0] != row[beside_])).astype(np.int64)
            by[inner, slot] = row[beside_]
            table[:, inner, slot] = np.minimum(table[:, inner, slot], far.T)
    if (by[:, 0] < 0).any():
        bad = int(np.flatnonzero(by[:, 0] < 0)[0])
        raise BadProblem("roads", Said("路网不连通", "the roads are not connected"), bad)
    found = [_ways(np.array(ends), np.array(times)[:, m], len(spots)) for m in range(minutes.shape[1])]
    far = np.array([way[0] for way in found])
    single = by[:, 1] < 0
    by[single, 1], into[:, single, 1], back[:, single, 1] = by[single, 0], into[:, single, 0], back[:, single, 0]
    for j in range(2):
        # a one-way street is come to by one end and left by the other; the wrong end means the way round
        into[:, :, j] = np.minimum(into[:, :, j], far[:, by[:, j], by[:, 1 - j]] + into[:, :, 1 - j])
        back[:, :, j] = np.minimum(back[:, :, j], far[:, by[:, 1 - j], by[:, j]] + back[:, :, 1 - j])
    return Junctions(spots, far, np.array([way[1] for way in found]), by, into, back)


def _stretches(
    out: list[list[tuple[int, int]]], keep: Bools, minutes: Floats
) -> Iterator[tuple[int, list[int], Floats]]:
    """Yield every stretch from a kept node to the next: its first node, the nodes after it, the minutes to each."""
    for first in np.flatnonzero(keep).tolist():
        for node, arc in out[first]:
            nodes, long, before = [node], [minutes[arc]], first
            while not keep[node]:
                before, (node, arc) = node, next(to for to in out[node] if to[0] != before)
                nodes.append(node)
                long.append(long[-1] + minutes[arc])
            yield first, nodes, np.array(long)


def _ways(ends: Ints, long: Floats, count: int) -> tuple[Floats, Ints]:
    """Return the minutes and the next junction between all junctions, from to."""
    # of parallel stretches the fastest counts; a sparse matrix would add them
    order = np.lexsort((long, ends[:, 1], ends[:, 0]))
    order = order[np.r_[True, (np.diff(ends[order], axis=0) != 0).any(axis=1)]]
    order = order[ends[order, 0] != ends[order, 1]]
    # backwards from every goal: what comes before a junction there is the next one on its way
    graph = sparse.csr_matrix((long[order], (ends[order, 1], ends[order, 0])), shape=(count, count))
    far, before = csgraph.dijkstra(graph, return_predecessors=True)
    if not np.isfinite(far).all():
        bad = int(np.argwhere(~np.isfinite(far))[0][1])
        raise BadProblem("roads", Said("路网不连通", "the roads are not connected"), bad)
    np.fill_diagonal(before, np.arange(count))
    return far.T, before.T
