"""Compiled parts of the search: a route's times with breaks, the cheapest way in, the choice of days."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wuxiao.plan.rounds.tables import Tables
from wuxiao.plan.shared.compiled import njit

INF = 1e18
#: From here on there is no way.
NO_WAY = 1e8
NONE = -1
LEFT = -2


class Solution(NamedTuple):
    """Routes and what is known of them; a route's position 0 is the base, then its visits, then the base again."""

    seq: NDArray[np.int32]  # (R, W) place at a position
    loc: NDArray[np.int32]  # (R, W) row of the travel table at a position
    leg: NDArray[np.float64]  # (R, W) travel from a position to the next
    size: NDArray[np.int32]  # (R) visits
    load: NDArray[np.float64]
    travel: NDArray[np.float64]
    work: NDArray[np.float64]
    done: NDArray[np.float64]  # (R, W, J + 1) earliest end at a position with j breaks taken
    due: NDArray[np.float64]  # (R, W, J + 1) latest arrival at a position with j breaks taken
    margin: NDArray[np.float64]  # (R, W) most time a way in between a position and the next may take, breaks apart
    where: NDArray[np.int32]  # (n, T) route of a visit, NONE or LEFT
    soft: NDArray[np.float64]  # (n) cost of the place beside travel: others' visits, changes, worth left
    missing: NDArray[np.int32]  # (n) must visits left


def empty(t: Tables) -> Solution:
    """Return a solution without a visit; every visit is neither done nor left yet."""
    n, days, routes, _, breaks, width = (int(x) for x in t.sizes[:6])
    one = Solution(
        seq=np.zeros((routes, width), np.int32),
        loc=np.zeros((routes, width), np.int32),
        leg=np.zeros((routes, width)),
        size=np.zeros(routes, np.int32),
        load=np.zeros(routes),
        travel=np.zeros(routes),
        work=np.zeros(routes),
        done=np.zeros((routes, width, breaks + 1)),
        due=np.zeros((routes, width, breaks + 1)),
        margin=np.zeros((routes, width)),
        where=np.full((n, days), NONE, np.int32),
        soft=np.zeros(n),
        missing=np.zeros(n, np.int32),
    )
    for r in range(routes):
        refresh(t, one, r)
    return one


def compiled(function: Any) -> Any:
    return njit(nogil=True, fastmath=False)(function)


# The innermost functions take single arrays: handing over all of a named tuple costs more than their work.


@compiled
def rest(first: Any, last: Any, minutes: Any, r: int, k: int, times: Any) -> None:
    """Let breaks be taken here: times[j] is the earliest moment with j breaks taken."""
    for j in range(k):
        begin = max(times[j], first[r, j])
        if begin <= last[r, j] + 1e-9 and begin + minutes[r, j] < times[j + 1]:
            times[j + 1] = begin + minutes[r, j]


@compiled
def serve(
    first: Any, last: Any, minutes: Any, r: int, k: int, opens: float, closes: float, stay: float, times: Any
) -> bool:
    """Turn arrival times at a place into ends of its visit, breaks before or after; False where all are too late."""
    rest(first, last, minutes, r, k, times)
    alive = False
    for j in range(k + 1):
        begin = max(times[j], opens)
        if begin <= closes + 1e-9:
            times[j] = begin + stay
            alive = True
        else:
            times[j] = INF
    if alive:
        rest(first, last, minutes, r, k, times)
    return alive


@compiled
def rest_back(first: Any, last: Any, minutes: Any, r: int, k: int, times: Any) -> None:
    """Let breaks be taken here, seen from the end: times[j] is the latest moment with j breaks taken."""
    for j in range(k - 1, -1, -1):
        if first[r, j] + minutes[r, j] <= times[j + 1] + 1e-9:
            latest = min(last[r, j], times[j + 1] - minutes[r, j])
            if latest > times[j]:
                times[j] = latest


@compiled
def refresh(t: Tables, s: Solution, r: int) -> None:
    """Recompute all that is known of a route from its sequence."""
    count = s.size[r]
    way = t.there[t.mode[r]]
    s.loc[r, 0] = t.base[r]
    load = 0.0
    work = 0.0
    travel = 0.0
    for p in range(1, count + 1):
        u = s.seq[r, p]
        s.loc[r, p] = t.at[u]
        s.leg[r, p - 1] = way[s.loc[r, p - 1], t.at[u]]
        travel += s.leg[r, p - 1]
        load += t.load[u]
        work += t.minutes[u]
    s.loc[r, count + 1] = t.base[r]
    if count > 0:
        s.leg[r, count] = way[s.loc[r, count], t.base[r]]
    else:
        s.leg[r, 0] = 0.0
    travel += s.leg[r, count]
    s.load[r] = load
    s.work[r] = work
    s.travel[r] = travel
    if t.sizes[6] == 0:
        return
    k = t.breaks[r]
    if k == 0:
        now = t.start[r]
        s.done[r, 0, 0] = now
        for p in range(1, count + 1):
            u = s.seq[r, p]
            now = max(now + s.leg[r, p - 1], t.opens[u])
            now = now + t.minutes[u] if now <= t.closes[u] + 1e-9 else INF
            s.done[r, p, 0] = now
        now = t.end[r]
        s.due[r, count + 1, 0] = now
        for p in range(count, 0, -1):
            u = s.seq[r, p]
            now -= s.leg[r, p] + t.minutes[u]
            now = min(now, t.closes[u]) if now + 1e-9 >= t.opens[u] else -INF
            s.due[r, p, 0] = now
        for p in range(count + 1):
            s.margin[r, p] = s.due[r, p + 1, 0] - s.done[r, p, 0]
        return
    first, last, minutes = t.break_first, t.break_last, t.break_minutes
    times = s.done[r, 0]
    for j in range(k + 1):
        times[j] = INF
    times[0] = t.start[r]
    rest(first, last, minutes, r, k, times)
    for p in range(1, count + 1):
        times = s.done[r, p]
        for j in range(k + 1):
            times[j] = min(INF, s.done[r, p - 1, j] + s.leg[r, p - 1])
        u = s.seq[r, p]
        serve(first, last, minutes, r, k, t.opens[u], t.closes[u], t.minutes[u], times)
    times = s.due[r, count + 1]
    for j in range(k + 1):
        times[j] = -INF
    times[k] = t.end[r]
    rest_back(first, last, minutes, r, k, times)
    for p in range(count, 0, -1):
        u = s.seq[r, p]
        times = s.due[r, p]
        for j in range(k + 1):
            times[j] = max(-INF, s.due[r, p + 1, j] - s.leg[r, p])
        rest_back(first, last, minutes, r, k, times)
        for j in range(k + 1):
            if t.opens[u] + t.minutes[u] > times[j] + 1e-9:
                times[j] = -INF
            else:
                times[j] = min(t.closes[u], times[j] - t.minutes[u])
        rest_back(first, last, minutes, r, k, times)
    for p in range(count + 1):
        most = -INF
        for j in range(k + 1):
            now = s.done[r, p, j]
            for i in range(j, k + 1):
                most = max(most, s.due[r, p + 1, i] - now)
                if i < k:
                    now += minutes[r, i]
        s.margin[r, p] = most


@compiled
def fits_between(
    done: Any, due: Any, first: Any, last: Any, minutes: Any, r: int, k: int, p: int,
    opens: float, closes: float, stay: float, to: float, on: float, times: Any,
) -> bool:  # fmt: skip
    """Return whether a visit fits in time between positions p and p + 1 of a route, exactly, breaks included."""
    if k == 0:
        begin = max(done[r, p, 0] + to, opens)
        return bool(begin <= closes + 1e-9 and begin + stay + on <= due[r, p + 1, 0] + 1e-9)
    for j in range(k + 1):
        times[j] = min(INF, done[r, p, j] + to)
    if not serve(first, last, minutes, r, k, opens, closes, stay, times):
        return False
    fits = False
    for j in range(k + 1):
        if times[j] + on <= due[r, p + 1, j] + 1e-9:
            fits = True
    return fits


@compiled
def draw(state: Any) -> float:
    """Return a random number in [0, 1) (xorshift64*)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def ways_in(
    t: Tables, s: Solution, u: int, wanted: Any, blink: float, random: Any, seen: Any, stamp: int,
    cost: Any, route: Any, spot: Any, times: Any,
) -> None:  # fmt: skip
    """Fill the cheapest feasible way in for each wanted day and group of routes; INF where there is none."""
    days, groups, timed = t.sizes[1], t.sizes[3], t.sizes[6] != 0
    here = t.at[u]
    done, due, margin = s.done, s.due, s.margin
    first, last, minutes = t.break_first, t.break_last, t.break_minutes
    opens, closes, stay = t.opens[u], t.closes[u], t.minutes[u]
    for d in range(days):
        if not wanted[d]:
            continue
        for g in range(groups):
            cost[d, g] = INF
            route[d, g] = NONE
        for r in range(t.day_from[d], t.day_from[d + 1]):
            if not t.able[u, r]:
                continue
            count = s.size[r]
            if count == 0:
                if seen[t.kind[r]] == stamp:
                    continue
                seen[t.kind[r]] = stamp
            if s.load[r] + t.load[u] > t.capacity[r] + 1e-9:
                continue
            room = t.longest[r] - s.work[r] - t.minutes[u] - s.travel[r] + 1e-9
            g = t.group[r]
            k = t.breaks[r]
            best = min(cost[d, g], NO_WAY)
            to = t.back[t.mode[r], here]
            on = t.there[t.mode[r], here]
            for p in range(count + 1):
                before = s.loc[r, p]
                after = s.loc[r, p + 1]
                more = to[before] + on[after] - s.leg[r, p]
                if more >= best or more > room:
                    continue
                if blink > 0.0 and draw(random) < blink:
                    continue
                if timed:
                    if to[before] + stay + on[after] > margin[r, p] + 1e-9:
                        continue
                    begin = max(done[r, p, 0] + to[before], opens)
                    if begin > closes + 1e-9 or begin + stay + on[after] > due[r, p + 1, k] + 1e-9:
                        continue
                    if k > 0:
                        fits = False
                        for j in range(k + 1):
                            begin = max(done[r, p, j] + to[before], opens)
                            if begin <= closes and begin + stay + on[after] <= due[r, p + 1, j]:
                                fits = True
                                break
                        if not fits and not fits_between(
                            done, due, first, last, minutes, r, k, p, opens, closes, stay, to[before], on[after], times
                        ):
                            continue
                best = more
                cost[d, g] = more
                route[d, g] = r
                spot[d, g] = p
