"""Compiled search by trees: join neighbouring cells, grow a random tree over them, cut it where both sides are best.

The way of ReCom (DeFord, Duchin, Solomon 2021), here to split a cell in two, to mend cells that are outside the band
and to find changes that need many blocks to move at once. Trees prefer to grow over plain borders, so cuts fall on
main streets.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wuxiao.plan.grids.anneal import below, compiled, shape_cost, unit


@compiled
def grow(
    nodes: Any, count: int, inset: Any, mark: int, xadj: Any, adj: Any, plain: Any, random: Any,
    order: Any, parent: Any, front: Any, owner: Any, seen: Any,
) -> int:  # fmt: skip
    """Grow a random tree over a set of blocks; `order` lists them, parents before children; returns how many it met."""
    root = nodes[below(random, count)]
    order[0] = root
    parent[root] = -1
    seen[root] = mark
    met = 1
    plains = 0
    goods = 0
    cap = len(front) // 2
    last = root
    while True:
        for e in range(xadj[last], xadj[last + 1]):
            u = adj[e]
            if inset[u] == mark and seen[u] != mark:
                if plain[e]:
                    front[plains] = u
                    owner[plains] = last
                    plains += 1
                else:
                    front[cap + goods] = u
                    owner[cap + goods] = last
                    goods += 1
        picked = -1
        while picked < 0:
            if plains > 0 and (goods == 0 or below(random, 8) > 0):
                i = below(random, plains)
                u = front[i]
                w = owner[i]
                plains -= 1
                front[i] = front[plains]
                owner[i] = owner[plains]
            elif goods > 0:
                i = cap + below(random, goods)
                u = front[i]
                w = owner[i]
                goods -= 1
                front[i] = front[cap + goods]
                owner[i] = owner[cap + goods]
            else:
                return met
            if seen[u] != mark:
                picked = u
                parent[u] = w
        seen[picked] = mark
        order[met] = picked
        met += 1
        last = picked


@compiled
def resplit(
    a: int, b: int, nodes: Any, count: int, tries: int, heat: float, even: float,
    label: Any, cell: Any, xadj: Any, adj: Any, length: Any, cost: Any, plain: Any,
    households: Any, area: Any, perimeter: Any, lock: Any, before: Any, stay: float, moved: Any, most_moved: float,
    low: float, high: float, compact: float, pen: float, random: Any,
    inset: Any, seen: Any, marks: Any, order: Any, parent: Any, front: Any, owner: Any, below_h: Any, fixed_a: Any,
    fixed_b: Any, side: Any,
) -> bool:  # fmt: skip
    """Divide the blocks of cells a and b anew by cutting random trees; keeps the best of `tries` if it is accepted.

    `even` above 0 asks only for a first division of a into a and the empty b, as near to equal households as can be.
    Returns whether the labels changed. Blocks that are locked keep their cell.
    """
    total = 0.0
    fa = 0
    fb = 0
    for i in range(count):
        v = nodes[i]
        total += households[v]
        if lock[v]:
            if label[v] == a:
                fa += 1
            else:
                fb += 1
    old = 0.0
    if even <= 0.0:
        old = shape_cost(cell[0, a], cell[1, a], cell[2, a], low, high, compact, pen) + shape_cost(
            cell[0, b], cell[1, b], cell[2, b], low, high, compact, pen
        )
        for i in range(count):
            v = nodes[i]
            for e in range(xadj[v], xadj[v + 1]):
                u = adj[e]
                if label[v] == a and label[u] == b:
                    old += cost[e]
            if before[0] > -2 and before[v] >= 0 and before[v] != label[v]:
                old += stay * households[v]
    best = math.inf
    best_moved = 0.0
    s = np.empty(8)
    for _attempt in range(tries):
        marks[0] += 2
        mark = marks[0]
        for i in range(count):
            inset[nodes[i]] = mark
        if grow(nodes, count, inset, mark, xadj, adj, plain, random, order, parent, front, owner, seen) < count:
            return False
        for i in range(count):
            v = order[i]
            below_h[v] = households[v]
            fixed_a[v] = 1 if lock[v] and label[v] == a else 0
            fixed_b[v] = 1 if lock[v] and label[v] == b else 0
        for i in range(count - 1, 0, -1):
            v = order[i]
            below_h[parent[v]] += below_h[v]
            fixed_a[parent[v]] += fixed_a[v]
            fixed_b[parent[v]] += fixed_b[v]
        # Of all cuts of this tree, a few whose households fit best are weighed in full.
        for _look in range(4):
            pick = -1
            pick_off = math.inf
            for i in range(1, count):
                v = order[i]
                h = below_h[v]
                off = 0.0
                if even > 0.0:
                    off = abs(h - total * 0.5)
                else:
                    off = max(0.0, low - h, h - high) + max(0.0, low - (total - h), total - h - high)
                off += unit(random) * even + unit(random) * 1e-3
                if off < pick_off and not (fixed_a[v] > 0 and fixed_b[v] > 0):
                    rest_a = fa - fixed_a[v]
                    rest_b = fb - fixed_b[v]
                    torn = (fixed_a[v] > 0 and rest_a > 0) or (fixed_b[v] > 0 and rest_b > 0)
                    if not torn and not (rest_a > 0 and rest_b > 0):
                        pick = v
                        pick_off = off
            if pick < 0:
                break
            # The side below the cut is `under`; it takes b unless fixed blocks or the earlier plan say otherwise.
            marks[0] += 2
            mark = marks[0]
            seen[pick] = mark
            for i in range(1, count):
                v = order[i]
                if v != pick and parent[v] >= 0 and seen[parent[v]] == mark:
                    seen[v] = mark
            for i in range(8):
                s[i] = 0.0
            for i in range(count):
                v = nodes[i]
                under = seen[v] == mark
                o = 0 if under else 1
                s[o] += households[v]
                s[2 + o] += area[v]
                s[4 + o] += perimeter[v]
                for e in range(xadj[v], xadj[v + 1]):
                    u = adj[e]
                    if label[u] == a or label[u] == b:
                        if (seen[u] == mark) == under:
                            s[4 + o] -= length[e]
                        elif under:
                            s[6] += cost[e]
            new = s[6]
            new += shape_cost(s[0], s[2], s[4], low, high, compact, pen)
            new += shape_cost(s[1], s[3], s[5], low, high, compact, pen)
            flip = fixed_a[pick] > 0 or fb - fixed_b[pick] > 0
            away = 0.0
            if before[0] > -2:
                one = 0.0
                other = 0.0
                for i in range(count):
                    v = nodes[i]
                    if before[v] >= 0:
                        if before[v] != (b if seen[v] == mark else a):
                            one += households[v]
                        if before[v] != (a if seen[v] == mark else b):
                            other += households[v]
                if fa == 0 and fb == 0 and other < one:
                    flip = True
                away = other if flip else one
                new += stay * away
            if new < best:
                best = new
                best_moved = away
                for i in range(count):
                    v = nodes[i]
                    under = seen[v] == mark
                    side[i] = a if under == flip else b
            below_h[pick] = math.inf
    if best == math.inf:
        return False
    now_moved = 0.0
    if before[0] > -2:
        for i in range(count):
            v = nodes[i]
            if before[v] >= 0 and before[v] != label[v]:
                now_moved += households[v]
        if best_moved > now_moved and moved[0] + best_moved - now_moved > most_moved:
            return False
    if even <= 0.0 and best >= old and (heat <= 0.0 or unit(random) >= math.exp((old - best) / heat)):
        return False
    moved[0] += best_moved - now_moved
    for i in range(count):
        label[nodes[i]] = side[i]
    for c in (a, b):
        for i in range(4):
            cell[i, c] = 0.0
    for i in range(count):
        v = nodes[i]
        c = label[v]
        cell[0, c] += households[v]
        cell[1, c] += area[v]
        cell[2, c] += perimeter[v]
        cell[3, c] += 1.0
        for e in range(xadj[v], xadj[v + 1]):
            if label[adj[e]] == c:
                cell[2, c] -= length[e]
    return True
