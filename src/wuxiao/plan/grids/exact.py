"""Exact answers for small maps, to measure the search by: a flow model, and a choice among all cells there can be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from wuxiao.plan.form import BadProblem, NotYet, Said
from wuxiao.plan.grids.problem import Problem


@dataclass(frozen=True, slots=True)
class Exact:
    """The least objective, the bound the method proved (equal when it finished) and the cell of every block."""

    objective: float
    bound: float
    cell: Any


def by_flow(problem: Problem, cells: int, seconds: float) -> Exact:
    """Return the least border cost of a division into a number of cells, by a mixed-integer flow model (Shirabe 2009).

    Only for `weigh_compact` 0, for compactness is not linear. x[i, r] says that block i is in the cell whose first
    block is r; y[e] that border e parts two cells; a flow over uncut edges brings one unit from each first block to
    every block of its cell, so cells are whole. Raises `BadProblem` where there is no such division.
    """
    if problem.weigh_compact > 0.0 or len(problem.before) or problem.fixed:
        raise BadProblem(
            "weigh_compact",
            Said("流模型只用于线性目标、自由划分", "the flow model needs a linear objective and free blocks"),
        )
    n, m = len(problem.blocks), len(problem.pairs)
    homes = problem.homes
    roots = [(i, r) for i in range(n) for r in range(i + 1) if homes[i] == homes[r]]
    at = {key: k for k, key in enumerate(roots)}
    nx = len(roots)
    y0, f0 = nx, nx + m
    s0 = f0 + 2 * m
    width = s0 + n
    lines: list[tuple[dict[int, float], float, float]] = []
    for i in range(n):
        lines.append(({at[i, r]: 1.0 for r in range(i + 1) if (i, r) in at}, 1.0, 1.0))
    for r in range(n):
        load = {at[i, r]: float(problem.households[i]) for i in range(r, n) if (i, r) in at}
        lines.append(({**load, at[r, r]: load[at[r, r]] - problem.low}, 0.0, math.inf))
        lines.append(({**load, at[r, r]: load[at[r, r]] - problem.high}, -math.inf, 0.0))
        for i in range(r + 1, n):
            if (i, r) in at:
                lines.append(({at[i, r]: 1.0, at[r, r]: -1.0}, -math.inf, 0.0))
    lines.append(({at[r, r]: 1.0 for r in range(n)}, cells, cells))
    for e, (a, b) in enumerate(problem.pairs.tolist()):
        low, high = min(a, b), max(a, b)
        for r in range(high + 1):
            one, other = at.get((low, r)) if r <= low else None, at.get((high, r))
            if one is not None:
                lines.append(({y0 + e: 1.0, one: -1.0, **({other: 1.0} if other is not None else {})}, 0.0, math.inf))
            if other is not None:
                lines.append(({y0 + e: 1.0, other: -1.0, **({one: 1.0} if one is not None else {})}, 0.0, math.inf))
        for way in (0, 1):
            lines.append(({f0 + 2 * e + way: 1.0, y0 + e: float(n - 1)}, -math.inf, float(n - 1)))
    for i in range(n):
        row: dict[int, float] = {s0 + i: 1.0}
        for e, (a, b) in enumerate(problem.pairs.tolist()):
            if i in (a, b):
                into, out = (f0 + 2 * e, f0 + 2 * e + 1) if i == b else (f0 + 2 * e + 1, f0 + 2 * e)
                row[into], row[out] = 1.0, -1.0
        lines.append((row, 1.0, 1.0))
        lines.append(({s0 + i: 1.0, at[i, i]: -float(n)}, -math.inf, 0.0))
    cost = np.zeros(width)
    cost[y0 : y0 + m] = _border_cost(problem)
    whole = np.zeros(width)
    whole[:nx] = 1
    top = np.ones(width)
    top[f0:] = n
    found = _solve(lines, cost, whole, top, seconds)
    cell = np.array([max((found.x[at[i, r]], r) for r in range(i + 1) if (i, r) in at)[1] for i in range(n)])
    return Exact(float(found.fun), float(found.mip_dual_bound), np.unique(cell, return_inverse=True)[1])


def by_choice(problem: Problem, cells: int, seconds: float, most: int = 200_000) -> Exact:
    """Return the least objective by listing every connected cell in the band and choosing among them (set partition).

    Exact for the whole objective, compactness too, at a given number of cells. Raises `BadProblem` where there are more
    than `most` possible cells or no division.
    """
    listed = _all_cells(problem, most)
    near, per_edge, cost = _edges(problem), _border_cost(problem), []
    for rows in listed:
        outline = math.fsum(float(problem.perimeter[i]) for i in rows)
        outline -= math.fsum(float(problem.border[e]) for i in rows for j, e in near[i] if j in rows)
        border = math.fsum(float(per_edge[e]) / 2.0 for i in rows for j, e in near[i] if j not in rows)
        area = math.fsum(float(problem.area[i]) for i in rows)
        cost.append(problem.weigh_compact * (1.0 - 4.0 * math.pi * area / outline**2) / cells + border)
    lines: list[tuple[dict[int, float], float, float]] = [({}, 1.0, 1.0) for _ in problem.blocks]
    for k, rows in enumerate(listed):
        for i in rows:
            lines[i][0][k] = 1.0
    lines.append((dict.fromkeys(range(len(listed)), 1.0), cells, cells))
    found = _solve(lines, np.array(cost), np.ones(len(listed)), np.ones(len(listed)), seconds)
    cell = np.full(len(problem.blocks), -1)
    for number, k in enumerate(np.flatnonzero(found.x > 0.5).tolist()):
        cell[list(listed[k])] = number
    return Exact(float(found.fun), float(found.mip_dual_bound), cell)


def _border_cost(problem: Problem) -> Any:
    per_metre = problem.weigh_street * (1.0 - problem.street) + problem.weigh_length
    return per_metre * problem.border / problem.scale


def _edges(problem: Problem) -> list[list[tuple[int, int]]]:
    near: list[list[tuple[int, int]]] = [[] for _ in problem.blocks]
    for e, (a, b) in enumerate(problem.pairs.tolist()):
        near[a].append((b, e))
        near[b].append((a, e))
    return near


def _all_cells(problem: Problem, most: int) -> list[frozenset[int]]:
    """List every connected set of blocks in the band once: each grows from its first block (Wernicke 2006)."""
    near = [[j for j, _ in row] for row in _edges(problem)]
    homes, load = problem.homes, problem.households.tolist()
    found: list[frozenset[int]] = []

    def extend(rows: set[int], have: float, edge: list[int], seen: set[int], root: int) -> None:
        if problem.low - 1e-9 <= have <= problem.high + 1e-9:
            found.append(frozenset(rows))
            if len(found) > most:
                said = Said(f"可能的网格超过{most}个，太多", f"more than {most} possible cells: too many to list")
                raise BadProblem("blocks", said)
        edge = list(edge)
        while edge:
            v = edge.pop()
            if have + load[v] > problem.high + 1e-9:
                continue
            fresh = [u for u in near[v] if u > root and u not in seen and homes[u] == homes[root]]
            extend(rows | {v}, have + load[v], edge + fresh, seen | set(fresh), root)

    for root in range(len(load)):
        first = [u for u in near[root] if u > root and homes[u] == homes[root]]
        extend({root}, load[root], first, {root, *first}, root)
    return found


def _solve(lines: list[tuple[dict[int, float], float, float]], cost: Any, whole: Any, top: Any, seconds: float) -> Any:
    row = np.concatenate([np.full(len(line[0]), k) for k, line in enumerate(lines)])
    column = np.concatenate([np.array(list(line[0]), dtype=np.int64) for line in lines])
    value = np.concatenate([np.array(list(line[0].values()), dtype=float) for line in lines])
    matrix = coo_array((value, (row.astype(np.int64), column)), shape=(len(lines), len(cost))).tocsr()
    rules = LinearConstraint(matrix, [line[1] for line in lines], [line[2] for line in lines])
    options = {"time_limit": seconds, "mip_rel_gap": 1e-6}
    found = milp(cost, constraints=rules, integrality=whole, bounds=Bounds(0.0, top), options=options)
    if found.x is None and found.status == 1:
        raise NotYet("low", Said("时限内没有找到这样的划法，请放宽时限", "no such division was found in time"))
    if found.x is None:
        raise BadProblem("low", Said("没有这样的划法", "there is no such division"))
    return found
