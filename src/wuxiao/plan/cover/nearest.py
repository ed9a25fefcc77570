"""Compiled kernels of the p-median: fast interchange from above, Lagrangian prices from below.

Each demand point keeps its standby points sorted by cost, so that a price looks only at the points cheaper than it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wuxiao.plan.shared.compiled import njit
from wuxiao.plan.store import Bools, Floats, Ints


@dataclass(slots=True)
class Lists:
    """Costs of points to sites, by row sorted by cost and by site; `none` is the cost of serving nothing (search)."""

    start: Ints
    sites: Ints
    costs: Floats
    begin: Ints
    rows: Ints
    by_site: Floats
    none: Floats
    now: Bools
    kept: int
    p: int

    @property
    def count(self) -> int:
        """Return the number of sites."""
        return len(self.begin) - 1


def lists(cost: Floats, now: Bools, kept: int, p: int) -> Lists:
    """Return the lists of a cost matrix; infinite costs are ways there are not."""
    n, m = cost.shape
    order = np.argsort(cost, axis=1, kind="stable")
    sorted_costs = np.take_along_axis(cost, order, axis=1)
    keep = np.isfinite(sorted_costs)
    start = np.concatenate(([0], np.cumsum(keep.sum(axis=1)))).astype(np.int64)
    sites, costs = order[keep].astype(np.int64), sorted_costs[keep]
    rows = np.repeat(np.arange(n), keep.sum(axis=1))
    by = np.argsort(sites, kind="stable")
    begin = np.concatenate(([0], np.cumsum(np.bincount(sites, minlength=m)))).astype(np.int64)
    worst = np.where(np.isfinite(cost), cost, 0.0).max(axis=1)
    none = worst + worst.sum() + 1.0
    return Lists(start, sites, costs, begin, rows[by].astype(np.int64), costs[by], none, now, kept, p)


def interchange(it: Lists, stand: Ints, free: Bools) -> tuple[Ints, float]:
    """Return a choice of sites no single swap betters, and its cost (Whitaker 1983; Resende and Werneck 2007)."""
    chosen = stand.astype(np.int64).copy()
    cost = _interchange(
        it.start, it.sites, it.costs, it.begin, it.rows, it.by_site, it.none, it.now, it.kept, chosen, free
    )
    return chosen, float(cost)


@njit()
def _interchange(start, sites, costs, begin, rows, by_site, none, now, kept, stand, free):  # type: ignore[no-untyped-def]
    n, m, p = none.shape[0], begin.shape[0] - 1, stand.shape[0]
    place = np.full(m, -1)
    stay = 0
    for k in range(p):
        place[stand[k]] = k
        stay += 1 if now[stand[k]] else 0
    first = np.empty(n)
    second = np.empty(n)
    closest = np.empty(n, np.int64)
    extra = np.empty(p)
    loss = np.empty(p)
    while True:
        total = 0.0
        loss[:] = 0.0
        for i in range(n):
            a = none[i]
            b = none[i]
            f = -1
            for e in range(start[i], start[i + 1]):
                k = place[sites[e]]
                if k >= 0:
                    if f < 0:
                        a = costs[e]
                        f = k
                    else:
                        b = costs[e]
                        break
            first[i] = a
            second[i] = b
            closest[i] = f
            total += a
            if f >= 0:
                loss[f] += b - a
        best = -1e-9 * max(1.0, total)
        enter = -1
        leave = -1
        for j in range(m):
            if place[j] >= 0 or not free[j]:
                continue
            gain = 0.0
            extra[:] = 0.0
            for e in range(begin[j], begin[j + 1]):
                i = rows[e]
                c = by_site[e]
                if c < first[i]:
                    gain += first[i] - c
                    if closest[i] >= 0:
                        extra[closest[i]] += second[i] - first[i]
                elif c < second[i] and closest[i] >= 0:
                    extra[closest[i]] += second[i] - c
            for k in range(p):
                change = loss[k] - extra[k] - gain
                if change < best:
                    if stay - (1 if now[stand[k]] else 0) + (1 if now[j] else 0) < kept and now[stand[k]]:
                        continue
                    best = change
                    enter = j
                    leave = k
        if enter < 0:
            return total
        stay += (1 if now[enter] else 0) - (1 if now[stand[leave]] else 0)
        place[stand[leave]] = -1
        stand[leave] = enter
        place[enter] = leave


def price(
    it: Lists, state: Ints, prices: Floats, reach: float, steps: int, patience: int, theta: float
) -> tuple[float, Floats]:
    """Return a proven bound over the choices `state` leaves (-1 shut, 0 open, 1 chosen) and how often each was chosen.

    `prices` become the best found; `state` gains what no plan below `reach` can have. Subgradient with deflection and
    Polyak steps on "every point is served once" (Cornuejols, Fisher, Nemhauser 1977; Beasley 1985).
    """
    often = np.zeros(it.count)
    value = _price(
        it.start, it.sites, it.costs, state, it.now, it.p, it.kept, prices, reach, steps, patience, theta, often
    )
    return float(value), often


@njit()
def _pick(rho, state, now, p, kept, take):  # type: ignore[no-untyped-def]
    worst = np.full(4, np.inf)
    worst[:2] = -np.inf
    free = np.flatnonzero(state == 0)
    value = 0.0
    k = 0
    stay = 0
    take[:] = 0
    for j in np.flatnonzero(state == 1):
        take[j] = 1
        value += rho[j]
        k += 1
        stay += 1 if now[j] else 0
    order = free[np.argsort(rho[free])]
    if stay < kept:
        for j in order:
            if stay >= kept or k >= p:
                break
            if now[j]:
                take[j] = 1
                value += rho[j]
                k += 1
                stay += 1
    for j in order:
        if k >= p:
            break
        if take[j] == 0:
            take[j] = 1
            value += rho[j]
            k += 1
            stay += 1 if now[j] else 0
    if k != p or stay < kept:
        return np.inf, worst
    # Losing a chosen site or gaining another costs at least these: any swap, or only swaps that keep enough in place.
    for j in free:
        if take[j]:
            worst[0] = max(worst[0], rho[j])
            if not now[j]:
                worst[1] = max(worst[1], rho[j])
        else:
            worst[2] = min(worst[2], rho[j])
            if now[j]:
                worst[3] = min(worst[3], rho[j])
    if stay > kept:
        worst[1] = worst[0]
        worst[3] = worst[2]
    return value, worst


@njit()
def _price(start, sites, costs, state, now, p, kept, u, reach, steps, patience, theta, often):  # type: ignore[no-untyped-def]
    n, m = u.shape[0], state.shape[0]
    rho = np.empty(m)
    take = np.zeros(m, np.int64)
    way = np.zeros(n)
    best = -np.inf
    best_u = u.copy()
    since = 0
    for it in range(steps):
        rho[:] = 0.0
        value = 0.0
        for i in range(n):
            p_i = u[i]
            value += p_i
            for e in range(start[i], start[i + 1]):
                c = costs[e]
                if c >= p_i:
                    break
                rho[sites[e]] += c - p_i
        more, worst = _pick(rho, state, now, p, kept, take)
        value += more
        if value == np.inf:
            return np.inf
        for j in range(m):
            often[j] = 0.9 * often[j] + 0.1 * take[j]
        if value > best:
            since = 0 if value - best > 1e-4 * (reach - best) else since + 1
            best = value
            best_u[:] = u
            if best >= reach:
                break
            for j in range(m):
                if state[j] == 0:
                    if take[j]:
                        inn = worst[3] if now[j] else worst[2]
                        if value - rho[j] + inn >= reach:
                            state[j] = 1
                    else:
                        out = worst[0] if now[j] else worst[1]
                        if value + rho[j] - out >= reach:
                            state[j] = -1
        else:
            since += 1
        if since >= patience:
            theta *= 0.6
            since = 0
            u[:] = best_u
            if theta < 0.004:
                break
        norm = 0.0
        for i in range(n):
            slope = 1.0
            for e in range(start[i], start[i + 1]):
                if costs[e] >= u[i]:
                    break
                if take[sites[e]]:
                    slope -= 1.0
            way[i] = slope if it == 0 else 0.3 * slope + 0.7 * way[i]
            norm += way[i] * way[i]
        if norm < 1e-12:
            break
        length = theta * (reach - value) / norm
        for i in range(n):
            u[i] += length * way[i]
    u[:] = best_u
    return best
