"""The map as the search sees it: islands within communities, how many cells each can have, edges in compressed rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.grids.anneal import compiled
from wuxiao.plan.grids.problem import Kind, Problem


@dataclass(slots=True)
class Map:
    """Edges inside parts (compressed rows) and, for every part, its blocks, its number of cells and its excuse.

    A part is what may be divided by itself: blocks of one community that are joined without a block that alone exceeds
    the band; such a block is a part of its own, together with what it cuts off.
    """

    xadj: Any
    adj: Any
    length: Any
    street: Any
    part: Any
    rows: list[Any]
    least: list[int]
    most: list[int]
    wanted: list[int]
    excuse: list[Kind | None]


def survey(problem: Problem) -> Map:
    """Return the map of a problem; raises `BadProblem` for a part that no number of cells in the band can cover."""
    n = len(problem.blocks)
    homes = problem.homes
    a, b = (problem.pairs[:, 0], problem.pairs[:, 1]) if len(problem.pairs) else (np.zeros(0, int), np.zeros(0, int))
    inside = homes[a] == homes[b]
    big = too_big(problem.households, a[inside], b[inside], problem.low, problem.high)
    free = inside & ~big[a] & ~big[b]
    part = _joined(n, a[free], b[free])
    totals = np.bincount(part, problem.households)
    _join_pockets(part, totals, a[inside], b[inside], big, problem.low)
    _, part = np.unique(part, return_inverse=True)
    own = inside & (part[a] == part[b])
    # A block that exceeds the band keeps to itself even where two of them meet.
    xadj, adj, order = rows_of(n, a[own], b[own])
    count = int(part.max()) + 1
    by = np.argsort(part, kind="stable")
    rows = np.split(by, np.cumsum(np.bincount(part, minlength=count))[:-1])
    found = Map(
        xadj=xadj, adj=adj, length=problem.border[own][order], street=problem.street[own][order], part=part, rows=rows,
        least=[], most=[], wanted=[], excuse=[],
    )  # fmt: skip
    for mine in rows:
        _count_cells(problem, found, mine, bool(big[mine].any()))
    if all(excuse == "community" for excuse in found.excuse):
        # To list everything as outside would be no answer.
        mine = max(rows, key=len)
        raise BadProblem("households", _awkward(problem, mine, float(problem.households[mine].sum())), int(mine[0]))
    if problem.cells is not None:
        _so_many(problem, found)
    return found


def _so_many(problem: Problem, found: Map) -> None:
    if len(found.rows) > 1:
        said = Said(
            "有多个社区、孤岛或超大地块，不能指定总格数",
            "several communities, islands or oversized blocks: cells cannot be set",
        )
        raise BadProblem("cells", said)
    if not found.least[0] <= problem.cells <= found.most[0]:  # type: ignore[operator]
        said = Said(
            f"户数范围只容{found.least[0]}到{found.most[0]}格",
            f"the band allows {found.least[0]} to {found.most[0]} cells",
        )
        raise BadProblem("cells", said)
    found.least[0] = found.most[0] = found.wanted[0] = int(problem.cells or 0)


def too_big(households: Any, a: Any, b: Any, low: float, high: float) -> Any:
    """Return which blocks can be in no cell of the band: alone, or with what they shut in, they exceed it.

    What a block shuts in is what only it joins to the rest and what is too small to be a cell by itself.
    """
    big = households > high
    while True:
        free = ~big[a] & ~big[b]
        xadj, adj, _ = rows_of(len(households), a[free], b[free])
        shut = _shut_in(xadj, adj, households, low)
        more = ~big & (shut > 0.0) & (households + shut > high)
        if not more.any():
            return big
        big |= more


@compiled
def _shut_in(xadj: Any, adj: Any, households: Any, low: float) -> Any:
    """Return of every block the households of the pieces below `low` that taking it away would cut off (Tarjan)."""
    n = len(households)
    out = np.zeros(n)
    found = np.full(n, -1, np.int64)
    lowest = np.zeros(n, np.int64)
    parent = np.full(n, -1, np.int64)
    at = np.zeros(n, np.int64)
    load = households.copy()
    cut = np.zeros(n)
    parts = np.zeros(n, np.int64)
    order = np.empty(n, np.int64)
    stack = np.empty(n, np.int64)
    clock = 0
    for root in range(n):
        if found[root] >= 0:
            continue
        first = clock
        top = 0
        stack[0] = root
        found[root] = clock
        lowest[root] = clock
        at[root] = xadj[root]
        order[clock] = root
        clock += 1
        while top >= 0:
            v = stack[top]
            if at[v] < xadj[v + 1]:
                u = adj[at[v]]
                at[v] += 1
                if found[u] < 0:
                    parent[u] = v
                    found[u] = clock
                    lowest[u] = clock
                    at[u] = xadj[u]
                    order[clock] = u
                    clock += 1
                    top += 1
                    stack[top] = u
                elif u != parent[v]:
                    lowest[v] = min(lowest[v], found[u])
                continue
            top -= 1
            w = parent[v]
            if w >= 0:
                lowest[w] = min(lowest[w], lowest[v])
                load[w] += load[v]
                if lowest[v] >= found[w]:
                    parts[w] += 1
                    cut[w] += load[v]
                    if load[v] < low:
                        out[w] += load[v]
        # The side of the root is a piece too, for every block but the root.
        for i in range(first + 1, clock):
            v = order[i]
            rest = load[root] - households[v] - cut[v]
            if parts[v] > 0 and rest < low:
                out[v] += rest
        if parts[root] < 2:
            out[root] = 0.0
    return out


def rows_of(n: int, a: Any, b: Any) -> tuple[Any, Any, Any]:
    """Return starts, neighbours and edge numbers of an undirected graph in compressed rows."""
    tail, head = np.concatenate([a, b]), np.concatenate([b, a])
    number = np.tile(np.arange(len(a)), 2)
    order = np.argsort(tail, kind="stable")
    xadj = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=n), out=xadj[1:])
    return xadj, head[order].astype(np.int64), number[order]


def _joined(n: int, a: Any, b: Any) -> Any:
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _join_pockets(part: Any, totals: Any, a: Any, b: Any, big: Any, low: float) -> None:
    """Give what a block exceeding the band cuts off, and what is too small to be a cell, to that block."""
    touching: dict[int, int] = {}
    for one, other in zip(np.concatenate([a, b]).tolist(), np.concatenate([b, a]).tolist(), strict=True):
        if big[one] and not big[other] and totals[part[other]] < low:
            touching.setdefault(int(part[other]), int(part[one]))
    for pocket, block in touching.items():
        part[part == pocket] = block


def _count_cells(problem: Problem, found: Map, mine: Any, oversized: bool) -> None:
    total = float(problem.households[mine].sum())
    least = max(1, math.ceil(total / problem.high - 1e-9))
    most = math.floor(total / problem.low + 1e-9)
    excuse: Kind | None = None
    if oversized:
        least = most = 1
        excuse = "oversized"
    elif least > most or total < problem.low:
        excuse = "community"
        least = most = max(1, round(total / problem.middle))
        if not problem.forgive:
            raise BadProblem("households", _awkward(problem, mine, total), int(mine[0]))
    found.least.append(least)
    found.most.append(most)
    found.wanted.append(min(max(round(total / problem.middle), least), most))
    found.excuse.append(excuse)


def _awkward(problem: Problem, mine: Any, total: float) -> Said:
    name = problem.blocks[int(mine[0])]
    home = int(problem.homes[mine[0]])
    zh = en = ""
    if 0 <= home < len(problem.communities):
        zh, en = f"社区“{problem.communities[home]}”", f"community “{problem.communities[home]}”, "
    return Said(
        f"{zh}从地块{name}起相连的{len(mine)}个地块共{total:g}户，分不成每格{problem.low:g}–{problem.high:g}户的整数个网格；"
        "请补上漏掉的相邻关系、调整社区界或范围，或允许列为例外（forgive）",
        f"{en}the {len(mine)} blocks joined to block {name} have {total:g} households, which no whole number of cells "
        f"of {problem.low:g}-{problem.high:g} can hold; add missing borders, move the community's boundary or the "
        "band, or let it be listed as outside (forgive)",
    )
