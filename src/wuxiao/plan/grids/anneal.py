"""Compiled search by moving blocks between neighbouring cells: flips, moves of whole street pieces, swaps; annealed.

A state is a label per block and four sums per cell; every move is judged by the sums of its two cells and the edges of
what moves, and a cell stays in one piece because a search inside the giving cell, which ends as soon as the moved
part's neighbours have met, comes before it is accepted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from wuxiao.plan.shared.compiled import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return a function compiled on first use and kept on disk; typed as it was."""
    return njit(boundscheck=False, error_model="numpy")(function)  # type: ignore[no-any-return]


@compiled
def draw(state: Any) -> Any:
    """Return the next 64 random bits of an xorshift generator whose state is an array of one uint64."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return x * np.uint64(2685821657736338717)


@compiled
def below(state: Any, count: int) -> int:
    """Return a random whole number from 0 to count - 1."""
    return int(((draw(state) >> np.uint64(33)) * np.uint64(count)) >> np.uint64(31))


@compiled
def unit(state: Any) -> float:
    """Return a random number in [0, 1)."""
    return float(draw(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def sums(label: Any, cells: int, xadj: Any, adj: Any, length: Any, households: Any, area: Any, perimeter: Any) -> Any:
    """Return households, area, outline and number of blocks of every cell as the rows of an array."""
    out = np.zeros((4, cells))
    for v in range(len(label)):
        c = label[v]
        out[0, c] += households[v]
        out[1, c] += area[v]
        out[2, c] += perimeter[v]
        out[3, c] += 1.0
        for e in range(xadj[v], xadj[v + 1]):
            if label[adj[e]] == c:
                out[2, c] -= length[e]
    return out


@compiled
def shape_cost(
    households: float, area: float, outline: float, low: float, high: float, compact: float, pen: float
) -> float:
    """Return what one cell costs: its want of compactness and how far it is outside the band."""
    off = 0.0
    if households < low:
        off = low - households
    elif households > high:
        off = households - high
    cost = compact * (1.0 - 4.0 * math.pi * area / (outline * outline)) if outline > 0.0 else 0.0
    if off > 0.0:
        cost += pen * (0.1 + off / (high - low + 1.0))
    return cost


@compiled
def stays_whole(
    cell: int, label: Any, xadj: Any, adj: Any, part: Any, size: int, inpart: Any, stamp: Any, mark: int, queue: Any
) -> bool:
    """Return whether a cell without a part of it is one piece: the part's neighbours must meet without it."""
    wanted = 0
    first = -1
    for i in range(size):
        v = part[i]
        for e in range(xadj[v], xadj[v + 1]):
            u = adj[e]
            if label[u] == cell and inpart[u] != mark and stamp[u] != mark:
                stamp[u] = mark
                wanted += 1
                first = u
    if wanted == 0:
        return False
    if wanted == 1:
        return True
    found = 1
    head = 0
    tail = 1
    queue[0] = first
    stamp[first] = mark + 1
    while head < tail:
        v = queue[head]
        head += 1
        for e in range(xadj[v], xadj[v + 1]):
            u = adj[e]
            if label[u] == cell and inpart[u] != mark and stamp[u] != mark + 1:
                if stamp[u] == mark:
                    found += 1
                    if found == wanted:
                        return True
                stamp[u] = mark + 1
                queue[tail] = u
                tail += 1
    return False


@compiled
def gather(
    v: int, how: int, most: int, label: Any, xadj: Any, adj: Any, plain: Any, lock: Any,
    part: Any, inpart: Any, mark: int, random: Any,
) -> int:  # fmt: skip
    """Collect the part of v's cell that moves with v into `part`; returns its size, 0 where it cannot move.

    `how` 0: v alone; 1: all that is joined to v inside the cell without crossing a good border; 2: v and a neighbour.
    """
    cell = label[v]
    part[0] = v
    inpart[v] = mark
    size = 1
    if how == 0:
        return 1
    if how == 2:
        e = xadj[v] + below(random, xadj[v + 1] - xadj[v])
        u = adj[e]
        if label[u] != cell or lock[u]:
            return 0
        part[1] = u
        inpart[u] = mark
        return 2
    head = 0
    while head < size:
        w = part[head]
        head += 1
        for e in range(xadj[w], xadj[w + 1]):
            u = adj[e]
            if plain[e] and label[u] == cell and inpart[u] != mark:
                if lock[u] or size >= most:
                    return 0
                inpart[u] = mark
                part[size] = u
                size += 1
    return size


@compiled
def weigh(
    part: Any, size: int, a: int, b: int, label: Any, xadj: Any, adj: Any, length: Any, cost: Any,
    households: Any, area: Any, perimeter: Any, inpart: Any, mark: int, out: Any,
) -> None:  # fmt: skip
    """Put into `out` what moving a part from a to b adds: households, area, outline of a, outline of b, border cost."""
    h = 0.0
    s = 0.0
    pa = 0.0
    pb = 0.0
    border = 0.0
    for i in range(size):
        v = part[i]
        h += households[v]
        s += area[v]
        pa -= perimeter[v]
        pb += perimeter[v]
        for e in range(xadj[v], xadj[v + 1]):
            u = adj[e]
            if inpart[u] == mark:
                pa += length[e]
                pb -= length[e]
            elif label[u] == a:
                pa += 2.0 * length[e]
                border += cost[e]
            elif label[u] == b:
                pb -= 2.0 * length[e]
                border -= cost[e]
    out[0] = h
    out[1] = s
    out[2] = pa
    out[3] = pb
    out[4] = border


@compiled
def anneal(
    label: Any, cell: Any, xadj: Any, adj: Any, length: Any, cost: Any, plain: Any,
    households: Any, area: Any, perimeter: Any, lock: Any, frozen: Any, before: Any,
    low: float, high: float, compact: float, pen: float, stay: float, moved: Any, most_moved: float,
    hot: float, cold: float, steps: int, random: Any, stamp: Any, inpart: Any, marks: Any, free: Any, longest: int,
) -> int:  # fmt: skip
    """Make `steps` proposals while the temperature falls from `hot` to `cold`; returns how many were taken.

    `cell` holds the sums of `sums`; `lock` are blocks that never move, `frozen` cells that never change; `moved` is an
    array of one number, the households that are not in the cell they had `before`, held at `most_moved`.
    """
    n = len(free)
    part = np.empty(longest + 2, np.int64)
    queue = np.empty(len(label), np.int64)
    d = np.empty(5)
    taken = 0
    falling = math.log(cold / hot) / max(1, steps)
    heat = hot
    for step in range(steps):
        if step & 1023 == 0:
            heat = hot * math.exp(falling * step)
        v = free[below(random, n)]
        a = label[v]
        degree = xadj[v + 1] - xadj[v]
        if degree == 0:
            continue
        u = adj[xadj[v] + below(random, degree)]
        b = label[u]
        if a == b or frozen[a] or frozen[b] or cell[3, a] <= 1.0:
            continue
        marks[0] += 2
        mark = marks[0]
        dice = below(random, 16)
        how = 0 if dice < 9 else 1 if dice < 13 else 2
        size = gather(v, how, longest, label, xadj, adj, plain, lock, part, inpart, mark, random)
        if size == 0 or size >= cell[3, a]:
            continue
        weigh(part, size, a, b, label, xadj, adj, length, cost, households, area, perimeter, inpart, mark, d)
        change = (
            shape_cost(cell[0, a] - d[0], cell[1, a] - d[1], cell[2, a] + d[2], low, high, compact, pen)
            + shape_cost(cell[0, b] + d[0], cell[1, b] + d[1], cell[2, b] + d[3], low, high, compact, pen)
            - shape_cost(cell[0, a], cell[1, a], cell[2, a], low, high, compact, pen)
            - shape_cost(cell[0, b], cell[1, b], cell[2, b], low, high, compact, pen)
            + d[4]
        )
        strayed = 0.0
        if before[0] > -2:
            for i in range(size):
                w = part[i]
                if before[w] == a:
                    strayed += households[w]
                elif before[w] == b:
                    strayed -= households[w]
            change += stay * strayed
            if strayed > 0.0 and moved[0] + strayed > most_moved:
                continue
        if change > 0.0 and (heat <= 0.0 or change > 12.0 * heat or unit(random) >= math.exp(-change / heat)):
            continue
        if not stays_whole(a, label, xadj, adj, part, size, inpart, stamp, mark, queue):
            continue
        for i in range(size):
            label[part[i]] = b
        cell[0, a] -= d[0]
        cell[0, b] += d[0]
        cell[1, a] -= d[1]
        cell[1, b] += d[1]
        cell[2, a] += d[2]
        cell[2, b] += d[3]
        cell[3, a] -= size
        cell[3, b] += size
        moved[0] += strayed
        taken += 1
    return taken
