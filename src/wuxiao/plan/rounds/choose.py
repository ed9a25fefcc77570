"""Compiled choice of a place's days, given what a visit would cost on each day with each officer."""

from __future__ import annotations

from typing import Any

from wuxiao.plan.rounds.kernel import INF, LEFT, NONE, Solution, compiled
from wuxiao.plan.rounds.tables import NEVER, Tables

#: Added to a day that is already taken, so that the choice keeps it.
TAKEN = -1e10


@compiled
def open_days(t: Tables, s: Solution, u: int, wanted: Any) -> None:
    """Mark the days a new visit could be on, given the visits the place has."""
    days = t.sizes[1]
    for d in range(days):
        wanted[d] = False
    if t.pattern_from[u] >= 0:
        taken = 0
        for d in range(days):
            if s.where[u, d] >= 0:
                taken += 1
        for i in range(t.pattern_from[u], t.pattern_to[u]):
            held = 0
            for k in range(t.visits[u]):
                if s.where[u, t.pattern_days[i, k]] >= 0:
                    held += 1
            if held == taken:
                for k in range(t.visits[u]):
                    wanted[t.pattern_days[i, k]] = True
        for d in range(days):
            if s.where[u, d] >= 0:
                wanted[d] = False
        return
    least = t.gap_least[u]
    for d in range(days):
        if not t.day_ok[u, d] or s.where[u, d] >= 0:
            continue
        near = False
        for e in range(max(0, d - least + 1), min(days, d + least)):
            if s.where[u, e] >= 0:
                near = True
        wanted[d] = not near


@compiled
def by_gaps(t: Tables, u: int, price: Any, best: Any, came: Any, chosen: Any) -> float:
    """Choose the cheapest days that keep the gaps, by dynamic programming; their price, INF where there are none."""
    days, visits = t.sizes[1], t.visits[u]
    least, most, last = t.gap_least[u], t.gap_most[u], t.last_day[u]
    for d in range(days):
        fits = last == NEVER or least <= d - last <= most
        best[0, d] = price[d] if fits else INF
        came[0, d] = -1
    for k in range(1, visits):
        for d in range(days):
            best[k, d] = INF
            if price[d] >= INF:
                continue
            low = INF
            who = -1
            for e in range(max(0, d - most), d - least + 1):
                if best[k - 1, e] < low:
                    low = best[k - 1, e]
                    who = e
            if who >= 0:
                best[k, d] = low + price[d]
                came[k, d] = who
    low = INF
    at = -1
    for d in range(days):
        if best[visits - 1, d] < low:
            low = best[visits - 1, d]
            at = d
    if at < 0:
        return INF
    for k in range(visits - 1, -1, -1):
        chosen[k] = at
        at = came[k, at]
    return low


@compiled
def by_patterns(t: Tables, u: int, price: Any, chosen: Any) -> float:
    """Choose the cheapest of the listed patterns; the price of its days, INF where none can be had."""
    low = INF
    for i in range(t.pattern_from[u], t.pattern_to[u]):
        total = 0.0
        for k in range(t.visits[u]):
            one = price[t.pattern_days[i, k]]
            if one >= INF:
                total = INF
                break
            total += one
        if total < low:
            low = total
            for k in range(t.visits[u]):
                chosen[k] = t.pattern_days[i, k]
    return low


@compiled
def choose(
    t: Tables, s: Solution, u: int, left_cost: float, cost: Any, wanted: Any,
    price: Any, with_group: Any, best: Any, came: Any, chosen: Any, with_chosen: Any,
) -> bool:  # fmt: skip
    """Choose days and officers for all visits of a place that are not done; False where no set of days can be had.

    `chosen[k]` is a day, `with_chosen[k]` a group, LEFT for a visit that is better left, NONE for one already done.
    """
    days, groups = t.sizes[1], t.sizes[3]
    other, change = t.weights[0], t.weights[1]
    low = INF
    first, last = 0, 1
    if other > 0.0 and t.usual[u] >= 0:
        first, last = t.usual[u], t.usual[u] + 1
    elif other > 0.0 and t.visits[u] > 1:
        last = groups
    elif groups > 1:
        first, last = -1, 0
    for main in range(first, last):
        for d in range(days):
            price[d] = INF
            with_group[d] = NONE
            r = s.where[u, d]
            if r >= 0:
                price[d] = TAKEN
                if groups > 1 and main >= 0 and t.group[r] != main:
                    price[d] += other
            elif wanted[d]:
                price[d] = left_cost
                with_group[d] = LEFT
                for g in range(groups):
                    one = cost[d, g]
                    if groups > 1:
                        if main >= 0 and g != main:
                            one += other
                        if change > 0.0 and t.before[u, d] != g:
                            one += change
                    if one < price[d]:
                        price[d] = one
                        with_group[d] = g
        if t.pattern_from[u] >= 0:
            total = by_patterns(t, u, price, came[0])
        else:
            total = by_gaps(t, u, price, best, came, came[t.visits[u]])
            for k in range(t.visits[u]):
                came[0, k] = came[t.visits[u], k]
        if total < low:
            low = total
            for k in range(t.visits[u]):
                chosen[k] = came[0, k]
                with_chosen[k] = with_group[came[0, k]]
    return low < INF


@compiled
def settle(t: Tables, s: Solution, u: int) -> None:
    """Recompute what a place costs beside travel from where its visits are."""
    days, groups = t.sizes[1], t.sizes[3]
    soft = 0.0
    missing = 0
    done = 0
    most = 0
    for d in range(days):
        if s.where[u, d] == LEFT:
            if t.must[u]:
                missing += 1
            else:
                soft += t.worth[u]
        elif s.where[u, d] >= 0:
            done += 1
            if groups > 1 and t.weights[1] > 0.0 and t.before[u, d] != t.group[s.where[u, d]]:
                soft += t.weights[1]
    if groups > 1 and t.weights[0] > 0.0 and done > 0:
        if t.usual[u] >= 0:
            for d in range(days):
                if s.where[u, d] >= 0 and t.group[s.where[u, d]] == t.usual[u]:
                    most += 1
        else:
            for g in range(groups):
                count = 0
                for d in range(days):
                    if s.where[u, d] >= 0 and t.group[s.where[u, d]] == g:
                        count += 1
                most = max(most, count)
        soft += t.weights[0] * (done - most)
    s.soft[u] = soft
    s.missing[u] = missing
