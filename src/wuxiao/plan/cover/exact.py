"""Proven bounds for covering: Lagrangian prices, columns fixed by them, and HiGHS on what is left.

Prices come from the linear relaxation (HiGHS) while it is small, from a compiled subgradient above that; either way the
bound is computed again here from the prices alone, so that it holds whatever the solver's tolerances were.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from wuxiao.plan.cover.rows import Rows
from wuxiao.plan.shared.compiled import njit
from wuxiao.plan.store import Floats, Ints

#: Entries of the model above which prices come from the subgradient instead of the linear relaxation.
LARGE = 120_000
#: Nodes HiGHS may open where there is no limit of time, so that the same plan can be had again.
NODES = 2_000


@dataclass(slots=True)
class Bound:
    """A proven upper bound, the prices it came from and the units each column may have in any better plan."""

    value: float
    prices: Floats
    least: Ints
    most: Ints

    @property
    def free(self) -> int:
        """Return how many columns are still open."""
        return int((self.least < self.most).sum())


@dataclass(slots=True)
class Found:
    """What HiGHS gave back: units per column or None, a bound on every plan within the fixed columns, whether done."""

    x: Ints | None
    bound: float
    done: bool


def relaxed(rows: Rows, seconds: float) -> Floats | None:
    """Return prices of the rows from the linear relaxation, or None where it took too long."""
    cost, matrix, low, high, upper, _ = model(rows, np.zeros(rows.columns, np.int64), rows.most)
    equal = low == high
    signed = sp.vstack([matrix[~equal & np.isfinite(high)], -matrix[~equal & np.isfinite(low)]], format="csc")
    limits = np.concatenate((high[~equal & np.isfinite(high)], -low[~equal & np.isfinite(low)]))
    options = {"time_limit": seconds} if math.isfinite(seconds) else {}
    answer = linprog(
        cost, A_ub=signed, b_ub=limits, A_eq=matrix[equal], b_eq=high[equal],
        bounds=np.column_stack((np.zeros(len(upper)), upper)), method="highs", options=options,
    )  # fmt: skip
    if answer.status != 0:
        return None
    price = np.zeros(matrix.shape[0])
    marginals = -np.asarray(answer.ineqlin.marginals)
    ups = np.flatnonzero(~equal & np.isfinite(high))
    price[ups] += marginals[: len(ups)]
    price[np.flatnonzero(~equal & np.isfinite(low))] += marginals[len(ups) :]
    prices = np.maximum(0.0, price[: rows.near.shape[0]])
    return np.where(rows.must, prices, np.minimum(prices, rows.weight * rows.gains[0]))


def bound(rows: Rows, prices: Floats, reach: float) -> Bound:
    """Return the bound that prices prove, and what every plan better than `reach` must look like.

    Multipliers `prices` on "no more is counted than units stand near": what the rows keep plus the best units' profit.
    """
    kept = np.where(rows.must, -prices, 0.0).sum()
    for gain in rows.gains:
        kept += np.where(rows.must, 0.0, np.maximum(0.0, rows.weight * gain - prices)).sum()
    profit = np.asarray(rows.near.T @ prices).ravel()
    least, most = np.zeros(rows.columns, np.int64), rows.most.copy()
    value, parts = float(kept), []
    for group, units in enumerate(rows.units):
        mine = np.flatnonzero(rows.group == group)
        chosen = _best(profit[mine], rows.most[mine], rows.now[mine], int(units), rows.kept)
        value += float(profit[mine] @ chosen)
        parts.append((mine, chosen))
    room = value + rows.slack - reach
    for mine, chosen in parts:
        worth = profit[mine]
        worst = worth[chosen > 0].min(initial=math.inf)
        other = worth[chosen < rows.most[mine]].max(initial=-math.inf)
        most[mine] = np.where(worst - worth > room, chosen, most[mine])
        least[mine] = np.where((worth - other > room) & (chosen > 0), chosen, 0)
    return Bound(value + rows.slack, prices, least, most)


def _best(profit: Floats, most: Ints, now: Ints, units: int, kept: int) -> Ints:
    """Return the units per column of greatest profit, at least `kept` of them where units stand now."""
    order = np.argsort(-profit, kind="stable")
    chosen = np.zeros(len(profit), np.int64)

    def take(limit: Ints, count: int) -> int:
        room = (limit - chosen)[order]
        before = np.concatenate(([0], np.cumsum(room)[:-1]))
        chosen[order] += np.clip(count - before, 0, room)
        return int(np.clip(count - before, 0, room).sum())

    done = take(np.minimum(now, most), kept) if kept else 0
    take(most, units - done)
    return chosen


def model(rows: Rows, least: Ints, most: Ints) -> tuple[Floats, Any, Floats, Floats, Floats, Ints]:
    """Return cost, rows, their limits, upper bounds and integrality of the covering model, columns first."""
    m, n, deep = rows.columns, rows.near.shape[0], len(rows.gains)
    paid = np.flatnonzero(~rows.must)
    pick = sp.csr_matrix((np.ones(len(paid)), (paid, np.arange(len(paid)))), shape=(n, len(paid)))
    stay = np.flatnonzero(rows.now > 0) if rows.kept else np.zeros(0, np.int64)
    near = sp.hstack([-rows.near, *[pick] * deep, sp.csr_matrix((n, len(stay)))], format="csr")
    blocks, low, high = [near], [np.full(n, -np.inf)], [np.where(rows.must, -1.0, 0.0)]
    width = near.shape[1]
    groups = len(rows.units)
    blocks.append(sp.csr_matrix((np.ones(m), (rows.group, np.arange(m))), shape=(groups, width)))
    low.append(rows.units.astype(float))
    high.append(rows.units.astype(float))
    if groups > 1:
        blocks.append(sp.csr_matrix((np.ones(m), (rows.site, np.arange(m))), shape=(len(rows.room), width)))
        low.append(np.full(len(rows.room), -np.inf))
        high.append(rows.room.astype(float))
    if len(stay):
        at = m + deep * len(paid) + np.arange(len(stay))
        each = np.arange(len(stay))
        ones = np.ones(len(stay))
        linked = sp.csr_matrix((np.r_[ones, -ones], (np.r_[each, each], np.r_[at, stay])), shape=(len(stay), width))
        blocks += [linked, sp.csr_matrix((ones, (np.zeros(len(stay), np.int64), at)), shape=(1, width))]
        low += [np.full(len(stay), -np.inf), np.array([float(rows.kept)])]
        high += [np.zeros(len(stay)), np.array([np.inf])]
    cost = np.concatenate((np.zeros(m), *[-rows.weight[paid] * g for g in rows.gains], np.zeros(len(stay))))
    upper = np.concatenate((most.astype(float), np.ones(deep * len(paid)), rows.now[stay].astype(float)))
    whole = np.concatenate((np.ones(m, np.int64), np.zeros(width - m, np.int64)))
    return cost, sp.vstack(blocks, format="csr"), np.concatenate(low), np.concatenate(high), upper, whole


def highs(rows: Rows, least: Ints, most: Ints, seconds: float) -> Found:
    """Return HiGHS's answer within `least` and `most` units per column; its bound holds for those plans only."""
    live = np.flatnonzero(most > 0)
    sure = np.asarray(rows.near @ (least > 0)).ravel() > 0
    settled = sure if len(rows.gains) == 1 else sure & rows.must
    base = float(rows.weight[settled & ~rows.must].sum() * rows.gains[0]) if len(rows.gains) == 1 else 0.0
    near = rows.near[:, live]
    useful = ~settled & ((np.diff(near.indptr) > 0) | rows.must)
    small = Rows(
        near=near[useful], by_column=near[useful].tocsc(), weight=rows.weight[useful], must=rows.must[useful],
        gains=rows.gains, site=rows.site[live], group=rows.group[live], units=rows.units, most=most[live],
        room=rows.room, now=rows.now[live], kept=rows.kept, slack=rows.slack, total=rows.total, whole=rows.whole,
    )  # fmt: skip
    cost, matrix, low, high, upper, whole = model(small, least[live], most[live])
    lower = np.zeros(len(upper))
    lower[: len(live)] = least[live]
    options: dict[str, Any] = {"mip_rel_gap": 0.0}
    options |= {"time_limit": max(0.05, seconds)} if math.isfinite(seconds) else {"node_limit": NODES}
    answer = milp(
        cost, constraints=LinearConstraint(matrix, low, high), integrality=whole,
        bounds=Bounds(lower, upper), options=options,
    )  # fmt: skip
    x = None
    if answer.x is not None:
        x = np.zeros(rows.columns, np.int64)
        x[live] = np.round(answer.x[: len(live)]).astype(np.int64)
    if answer.status == 2:
        return Found(None, -math.inf, True)
    known = answer.mip_dual_bound
    limit = math.inf if known is None or not math.isfinite(known) else base - float(known) + rows.slack
    return Found(x, limit, answer.status == 0)


def subgradient(rows: Rows, reach: float, steps: int, prices: Floats | None = None, theta: float = 0.5) -> Floats:
    """Return prices found by a deflected subgradient with Polyak steps; the limit on units that stay is left out."""
    begin = 0.5 * rows.weight * rows.gains[0] if prices is None else prices.copy()
    out: Floats = _subgradient(
        rows.near.indptr.astype(np.int64), rows.near.indices.astype(np.int64), rows.weight, rows.must, rows.gains,
        rows.group, rows.units, rows.most, begin, reach, steps, theta,
    )  # fmt: skip
    return out


@njit()
def _subgradient(rs, rc, w, must, gains, group, units, most, u, reach, steps, theta):  # type: ignore[no-untyped-def]
    n, m = w.shape[0], most.shape[0]
    profit = np.empty(m)
    chosen = np.zeros(m, np.int64)
    way = np.zeros(n)
    best = np.inf
    best_u = u.copy()
    since = 0
    first = 0.0
    for it in range(steps):
        profit[:] = 0.0
        value = 0.0
        for r in range(n):
            p = u[r]
            if must[r]:
                value -= p
            else:
                for g in gains:
                    value += max(0.0, w[r] * g - p)
            if p > 0:
                for e in range(rs[r], rs[r + 1]):
                    profit[rc[e]] += p
        chosen[:] = 0
        order = np.argsort(-profit)
        left = units.copy()
        for j in order:
            take = min(most[j], left[group[j]])
            chosen[j] = take
            left[group[j]] -= take
            value += take * profit[j]
        if value < best:
            since = 0 if best - value > 1e-4 * max(1.0, best - reach) else since + 1
            best = value
            best_u[:] = u
            if best <= reach:
                break
        else:
            since += 1
        if since >= 30:
            theta *= 0.9
            since = 0
            u[:] = best_u
            way[:] = 0.0
            if theta < 0.002:
                break
        norm = 0.0
        for r in range(n):
            slope = 0.0
            for e in range(rs[r], rs[r + 1]):
                slope += chosen[rc[e]]
            if must[r]:
                slope -= 1.0
            else:
                for g in gains:
                    if w[r] * g > u[r]:
                        slope -= 1.0
            if u[r] <= 0 and slope > 0:
                slope = 0.0
            way[r] = slope if it == 0 else 0.1 * slope + 0.9 * way[r]
            norm += way[r] * way[r]
        if norm < 1e-12:
            break
        length = theta * max(value - reach, 1e-6 * first) / norm
        if it == 0:
            first = value - reach
        for r in range(n):
            p = u[r] - length * way[r]
            top = w[r] * gains[0]
            u[r] = max(0.0, p if must[r] else min(p, top))
    return best_u
