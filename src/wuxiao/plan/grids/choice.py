"""Proof on small maps: list every cell there can be and choose the best set of them that covers the map once.

Set partition by column generation: the linear relaxation starts from the cells of a division that is known and is given
those of the listed cells that would better it, until none would. What it leaves open bounds how far any better division
can be, so nearly all cells are ruled out by their reduced cost before HiGHS chooses among the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array, hstack

from wuxiao.plan.form import Watch
from wuxiao.plan.grids.anneal import compiled
from wuxiao.plan.grids.state import State

#: Maps of more blocks, or with more possible cells, are not listed.
BLOCKS, MOST = 2_000, 5_000_000
#: Fewest cells that join the linear relaxation at once; cells HiGHS chooses among at first, and its search nodes.
BATCH, LEFT, NODES = 1000, 12_000, 20_000


@dataclass(frozen=True, slots=True)
class Listed:
    """Possible cells as compressed rows of blocks, and the cost of each: its shape and half of its borders."""

    starts: Any
    blocks: Any
    cost: Any


def list_cells(state: State) -> Listed | None:
    """Return every connected set of blocks of one part in the band; None where they are too many or blocks are bound.

    A part whose one cell is excused has no choice and is left out; one that is excused with several cells has no proof.
    """
    land = state.land
    bound = state.lock.any() or state.before[0] > -2 or len(state.label) > BLOCKS
    if bound or any(kind and wanted > 1 for kind, wanted in zip(land.excuse, land.wanted, strict=True)):
        return None
    free = np.array([kind is None for kind in land.excuse])[land.part]
    none = Listed(np.zeros(0, np.int64), np.zeros(0, np.int16), np.zeros(0))
    count, length = _list(_map_of(state, free), MOST, none.starts, none.blocks, none.cost)
    if not 0 < count <= MOST:
        return None
    starts, blocks, cost = np.zeros(count + 1, np.int64), np.empty(length, np.int16), np.empty(count)
    _list(_map_of(state, free), MOST, starts, blocks, cost)
    return Listed(starts, blocks, cost)


def _map_of(state: State, free: Any) -> tuple[Any, ...]:
    p, land = state.problem, state.land
    slack = 1e-7 * max(1.0, p.high)
    return (
        land.xadj, land.adj, land.length, state.cost, p.households, p.area, p.perimeter, free,
        p.low - slack, p.high + slack, p.weigh_compact,
    )  # fmt: skip


@compiled
def _list(land: Any, most: int, starts: Any, blocks: Any, cost: Any) -> tuple[int, int]:
    """Go through every possible cell once, grown from its first block (Wernicke 2006); returns how many and how long.

    Where `starts` is empty they are only counted. Ends at one more than `most`.
    """
    xadj, adj, length, border, households, area, perimeter, free, low, high, compact = land
    n = len(xadj) - 1
    count = total = 0
    seen = np.zeros(n, np.bool_)
    held = np.zeros(n, np.bool_)
    rows = np.empty(n + 1, np.int64)
    # Each depth has a stretch of blocks that may yet join; those from `fresh` on came with its last block.
    edge = np.empty((n + 1) * (n + 1), np.int64)
    end = np.zeros(n + 1, np.int64)
    last = np.zeros(n + 1, np.int64)
    fresh = np.zeros(n + 1, np.int64)
    sums = np.zeros((n + 1, 4))
    for root in range(n):
        if not free[root] or households[root] > high:
            continue
        depth = 0
        joins = root
        while depth >= 0:
            if joins >= 0:
                at = depth * n
                if depth > 0:
                    for i in range(end[depth - 1]):
                        edge[at + i] = edge[at - n + i]
                fresh[depth] = end[depth] = end[depth - 1] if depth > 0 else 0
                outline, cut = perimeter[joins], 0.0
                for e in range(xadj[joins], xadj[joins + 1]):
                    u = adj[e]
                    cut += border[e]
                    if held[u]:
                        outline -= 2.0 * length[e]
                        cut -= 2.0 * border[e]
                    if u > root and not seen[u]:
                        seen[u] = True
                        edge[at + end[depth]] = u
                        end[depth] += 1
                last[depth] = end[depth]
                held[joins] = True
                rows[depth] = joins
                for k in range(4):
                    sums[depth, k] = sums[depth - 1, k] if depth > 0 else 0.0
                sums[depth, 0] += households[joins]
                sums[depth, 1] += area[joins]
                sums[depth, 2] += outline
                sums[depth, 3] += cut
                if sums[depth, 0] >= low:
                    if len(starts):
                        for i in range(depth + 1):
                            blocks[total + i] = rows[i]
                        starts[count + 1] = total + depth + 1
                        shape = 1.0 - 4.0 * math.pi * sums[depth, 1] / (sums[depth, 2] * sums[depth, 2])
                        cost[count] = compact * shape + sums[depth, 3] / 2.0
                    count += 1
                    total += depth + 1
                    if count > most:
                        return count, total
            if end[depth] > 0:
                end[depth] -= 1
                joins = edge[depth * n + end[depth]]
                if sums[depth, 0] + households[joins] > high:
                    joins = -1
                else:
                    depth += 1
            else:
                for i in range(fresh[depth], last[depth]):
                    seen[edge[depth * n + i]] = False
                held[rows[depth]] = False
                depth -= 1
                joins = -1
    return count, total


@compiled
def _reduced(starts: Any, blocks: Any, cost: Any, part: Any, price: Any, price_of_part: Any) -> Any:
    """Return the cost of every listed cell less the prices of its blocks and of a cell in its part."""
    out = np.empty(len(cost))
    for k in range(len(cost)):
        left = cost[k] - price_of_part[part[blocks[starts[k]]]]
        for i in range(starts[k], starts[k + 1]):
            left -= price[blocks[i]]
        out[k] = left
    return out


def choose(state: State, listed: Listed, watch: Watch) -> float:
    """Put the best choice of cells into the state where it is better; return the proven bound on `State.value`.

    The bound is for as many cells in each part as the state has.
    """
    land = state.land
    inside = np.array([kind is None for kind in land.excuse])[land.part]
    known = _known(state, inside)
    count = np.bincount(land.part[known.blocks[known.starts[:-1]]], minlength=len(land.rows)).astype(float)
    once = np.concatenate([inside.astype(float), count])
    aside = state.value() - float(known.cost.sum())
    began = watch.seconds
    bound, left = _relax(land.part, once, count, known, listed, watch)
    # HiGHS looks at the clock now and then only: it is not begun where it would run far over the limit.
    least = 2.0 * (watch.seconds - began)
    most = LEFT
    while watch.left > least:
        # A cell whose reduced cost exceeds what is open cannot be in a better division.
        open_ = state.value() - aside - bound
        kept = np.flatnonzero(left <= open_ + 1e-9)
        some = len(kept) > most
        if some:
            kept = np.argpartition(left, most)[:most]
        limits: dict[str, Any] = {"mip_rel_gap": 0.0, "node_limit": NODES}
        if math.isfinite(watch.left):
            limits["time_limit"] = 0.7 * watch.left
        made = milp(
            listed.cost[kept], integrality=np.ones(len(kept)), bounds=Bounds(0.0, 1.0), options=limits,
            constraints=LinearConstraint(_columns(listed, land.part, len(once), kept), once, once),
        )  # fmt: skip
        if not some and made.mip_dual_bound is not None:
            bound = max(bound, min(float(made.mip_dual_bound), state.value() - aside))
        better = made.x is not None and made.fun + aside < state.value() - 1e-9
        if better:
            _take(state, listed, inside, kept[made.x > 0.5])
        if not some:
            break
        most = most if better else 2 * most
    return min(state.value(), bound + aside)


def _relax(part: Any, once: Any, count: Any, known: Listed, listed: Listed, watch: Watch) -> tuple[float, Any]:
    """Solve the linear relaxation in half of the time; return its bound and the reduced costs that go with it."""
    n, until = len(part), watch.seconds + watch.left / 2.0
    columns, cost = _columns(known, part, len(once), np.arange(len(known.cost))), known.cost
    home = part[listed.blocks[listed.starts[:-1]]]
    batch = min(len(listed.cost) - 1, max(BATCH, 3 * n))
    best: tuple[float, Any] = (-math.inf, None)
    while True:
        found = linprog(cost, A_eq=columns, b_eq=once, method="highs-ds")
        price = found.eqlin.marginals
        reduced = _reduced(listed.starts, listed.blocks, listed.cost, part, price[:n], price[n:])
        least = np.zeros(len(count))
        np.minimum.at(least, home, reduced)
        # These prices, lowered in every part to where no cell is below zero, prove a bound at any time.
        bound = float(found.fun + count @ least)
        if bound > best[0]:
            best = bound, reduced - least[home]
        better = np.argpartition(reduced, batch)[: batch + 1]
        better = better[reduced[better] < -1e-9]
        if not len(better) or found.fun - best[0] <= 1e-6 * abs(found.fun) or watch.seconds >= until:
            return best
        columns = hstack([columns, _columns(listed, part, len(once), better)], format="csc")
        cost = np.concatenate([cost, listed.cost[better]])


def _take(state: State, listed: Listed, inside: Any, chosen: Any) -> None:
    """Give the chosen cells the numbers that the cells of the state have."""
    numbers = np.unique(state.label[inside])
    for number, k in zip(numbers.tolist(), chosen.tolist(), strict=True):
        state.label[listed.blocks[listed.starts[k] : listed.starts[k + 1]]] = number
    state.count()


def _known(state: State, inside: Any) -> Listed:
    """Return the cells of the state as a list."""
    p = state.problem
    order = np.flatnonzero(inside)
    order = order[np.argsort(state.label[order], kind="stable")]
    cells, sizes = np.unique(state.label[order], return_counts=True)
    tails = np.repeat(np.arange(len(state.label)), np.diff(state.land.xadj))
    cut = state.label[tails] != state.label[state.land.adj]
    half = np.bincount(state.label[tails[cut]], state.cost[cut], state.slots)[cells] / 2.0
    _, area, outline, _ = state.cell[:, cells]
    cost = p.weigh_compact * (1.0 - 4.0 * np.pi * area / outline**2) + half
    return Listed(np.concatenate([[0], np.cumsum(sizes)]), order.astype(np.int16), cost)


def _columns(listed: Listed, part: Any, high: int, which: Any) -> Any:
    """Return some of the listed cells as columns: a one for every block, and one for a cell in its part."""
    spans = [listed.blocks[listed.starts[k] : listed.starts[k + 1]] for k in which.tolist()]
    rows = [np.append(span.astype(np.int64), len(part) + part[span[0]]) for span in spans]
    ends = np.concatenate([[0], np.cumsum([len(r) for r in rows])])
    index = np.concatenate(rows) if rows else np.zeros(0, np.int64)
    return csc_array((np.ones(len(index)), index, ends), shape=(high, len(rows)))
