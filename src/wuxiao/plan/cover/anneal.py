"""Compiled search for covering: simulated annealing that moves one unit at a time, mostly to a place near by."""

from __future__ import annotations

import numpy as np

from wuxiao.plan.cover.rows import Rows
from wuxiao.plan.shared.compiled import njit
from wuxiao.plan.store import Ints

#: Temperatures as shares of the value a unit adds on average (tuned on 1,000 x 1,000; see docs/planning/cover.md).
HOT, COLD = 0.03, 0.003
#: Share of moves to a column that shares a row with the one left.
NEAR = 0.8


def anneal(rows: Rows, x: Ints, *, proposals: int, seed: int, hot: float = HOT) -> Ints:
    """Return the best units per column found from `x` in so many proposed moves; same seed, same answer.

    The limits of `rows` (room, own units, units that stay) hold in the answer where they hold in `x`; rows that must
    have a unit near weigh more than everything else.
    """
    weight = rows.weight.copy()
    if rows.must.any():
        weight[rows.must] += rows.total + 1.0
    scale = max(1e-9, float(rows.total)) / max(1, int(rows.units.sum()))
    by = rows.by_column
    load = np.bincount(rows.site, x, minlength=len(rows.room)).astype(np.int64)
    out: Ints = _anneal(
        by.indptr.astype(np.int64), by.indices.astype(np.int64),
        rows.near.indptr.astype(np.int64), rows.near.indices.astype(np.int64),
        weight, np.append(rows.gains, 0.0), x.astype(np.int64), rows.most, rows.site, rows.group, load, rows.room,
        rows.now, rows.kept, proposals, scale * hot, scale * hot * COLD / HOT, NEAR, seed,
    )  # fmt: skip
    return out


@njit()
def _anneal(cs, cr, rs, rc, w, gains, x, most, site, group, load, room, now, kept, steps, hot, cold, near, seed):  # type: ignore[no-untyped-def]
    np.random.seed(seed)
    m, n, deep = x.shape[0], w.shape[0], gains.shape[0] - 1
    count = np.zeros(n, np.int64)
    p = 0
    stay = 0
    for j in range(m):
        p += x[j]
        stay += min(x[j], now[j])
        for e in range(cs[j], cs[j + 1]):
            count[cr[e]] += x[j]
    stand = np.empty(p, np.int64)
    k = 0
    for j in range(m):
        for _ in range(x[j]):
            stand[k] = j
            k += 1
    value = 0.0
    best = 0.0
    best_x = x.copy()
    factor = (cold / hot) ** (1.0 / max(1, steps))
    heat = hot
    for _ in range(steps):
        heat *= factor
        k = np.random.randint(p)
        o = stand[k]
        if np.random.random() < near and cs[o + 1] > cs[o]:
            r = cr[cs[o] + np.random.randint(cs[o + 1] - cs[o])]
            j = rc[rs[r] + np.random.randint(rs[r + 1] - rs[r])]
        else:
            j = np.random.randint(m)
        if j == o or x[j] >= most[j] or group[j] != group[o]:
            continue
        if site[j] != site[o] and load[site[j]] >= room[site[j]]:
            continue
        change = (1 if x[j] < now[j] else 0) - (1 if x[o] <= now[o] else 0)
        if change < 0 and stay + change < kept:
            continue
        gain = 0.0
        for e in range(cs[o], cs[o + 1]):
            r = cr[e]
            count[r] -= 1
            if count[r] < deep:
                gain -= w[r] * gains[count[r]]
        for e in range(cs[j], cs[j + 1]):
            r = cr[e]
            if count[r] < deep:
                gain += w[r] * gains[count[r]]
        if gain >= 0 or np.random.random() < np.exp(gain / heat):
            for e in range(cs[j], cs[j + 1]):
                count[cr[e]] += 1
            x[o] -= 1
            x[j] += 1
            load[site[o]] -= 1
            load[site[j]] += 1
            stay += change
            stand[k] = j
            value += gain
            if value > best + 1e-9:
                best = value
                best_x[:] = x
        else:
            for e in range(cs[o], cs[o + 1]):
                count[cr[e]] += 1
    return best_x


def start(rows: Rows, seed: int, sites: Ints | None = None) -> Ints:
    """Return units per column to begin with: those that stay or were given, then greedily by what each adds."""
    rng = np.random.default_rng(seed)
    x = np.zeros(rows.columns, np.int64)
    load = np.zeros(len(rows.room), np.int64)
    left = rows.units.copy()
    wanted = np.zeros(rows.columns, np.int64)
    if sites is not None and len(rows.units) == 1:
        held = np.bincount(sites, minlength=len(rows.room))
        wanted = np.minimum(held[rows.site], rows.most)
    first = np.minimum(rows.now, rows.most)
    weight = np.where(rows.must, rows.total + 1.0, rows.weight)
    order = np.lexsort((-(rows.near.T @ weight), first == 0))
    stay = rows.kept
    for j in order[: int((first > 0).sum())]:
        take = int(min(first[j], stay, left[0]))
        x[j] += take
        load[rows.site[j]] += take
        left[0] -= take
        stay -= take
    for j in np.flatnonzero(wanted):
        take = int(max(0, min(wanted[j] - x[j], left[rows.group[j]], rows.room[rows.site[j]] - load[rows.site[j]])))
        x[j] += take
        load[rows.site[j]] += take
        left[rows.group[j]] -= take
    steps = np.append(rows.gains, 0.0)
    noise = 1.0 + 1e-6 * rng.random(rows.columns)
    while left.sum():
        count = np.minimum(rows.count(x), len(rows.gains))
        adds = np.asarray(rows.near.T @ (weight * steps[count])).ravel() * noise + 1e-9
        free = (x < rows.most) & (left[rows.group] > 0) & (load[rows.site] < rows.room[rows.site])
        if not free.any():
            break
        j = int(np.argmax(np.where(free, adds, -1.0)))
        x[j] += 1
        load[rows.site[j]] += 1
        left[rows.group[j]] -= 1
    return x
