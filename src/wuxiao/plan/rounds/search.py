"""Compiled ruin and recreate over all days at once: strings of visits out, best days and ways back in, annealing.

After Christiaens & Vanden Berghe, Slack Induction by String Removals for Vehicle Routing Problems (2020), carried over
to periods: strings leave the routes of one day or of all days around a place; a place that leaves as a whole comes back
on the days that are cheapest together, so patterns, officers and routes change in one step.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wuxiao.plan.rounds.choose import choose, open_days, settle
from wuxiao.plan.rounds.kernel import (
    INF,
    LEFT,
    NO_WAY,
    NONE,
    Solution,
    compiled,
    draw,
    empty,
    fits_between,
    refresh,
    ways_in,
)
from wuxiao.plan.rounds.tables import Tables

MEAN_REMOVED = 10.0
LONGEST_STRING = 10.0
BLINK = 0.01
#: Shares of iterations: strings from one day only; whole places out rather than single visits.
ONE_DAY = 0.5
WHOLE = 0.6


def figures() -> NDArray[np.float64]:
    """Return the running figures of a search that has not begun."""
    run = np.zeros(14)
    run[PENALTY] = 1e6
    run[DAYWISE], run[WHOLLY], run[MEAN] = ONE_DAY, WHOLE, MEAN_REMOVED
    return run


class Work(NamedTuple):
    """Room for the search, made once."""

    cost: NDArray[np.float64]  # (T, G)
    route: NDArray[np.int32]
    spot: NDArray[np.int32]
    wanted: NDArray[np.bool_]
    price: NDArray[np.float64]
    with_group: NDArray[np.int32]
    best: NDArray[np.float64]  # (visits, T)
    came: NDArray[np.int32]  # (visits + 1, T)
    chosen: NDArray[np.int32]
    with_chosen: NDArray[np.int32]
    times: NDArray[np.float64]
    seen: NDArray[np.int64]  # (kinds)
    out: NDArray[np.int32]  # places taken out
    is_out: NDArray[np.int64]  # (n) stamp
    key: NDArray[np.float64]
    route_mark: NDArray[np.int64]  # (R) iteration that changed it
    routes: NDArray[np.int32]  # changed routes
    old_seq: NDArray[np.int32]
    old_count: NDArray[np.int32]
    old_travel: NDArray[np.float64]
    place_mark: NDArray[np.int64]
    old_places: NDArray[np.int32]
    old_where: NDArray[np.int32]  # (n, T)
    ruined: NDArray[np.int64]  # (R) iteration that ruined it
    dirty: NDArray[np.bool_]  # (R) differs from the best


class Best(NamedTuple):
    """The best solution so far."""

    seq: NDArray[np.int32]
    size: NDArray[np.int32]
    where: NDArray[np.int32]


#: Slots of the running figures.
TRAVEL, SOFT, MISSING, BEST_COST, BEST_MISSING, PENALTY, ITERATION, STAMP = range(8)
SHARE, TRIES, DAYWISE, WHOLLY, MEAN, FLOOR = range(8, 14)


def work(t: Tables) -> Work:
    """Return room for a search."""
    n, days, routes, groups, breaks, width, _, kinds = (int(x) for x in t.sizes)
    most = max(int(t.visits.max(initial=1)), 1)
    i32, i64 = np.int32, np.int64
    return Work(
        cost=np.full((days, groups), INF), route=np.zeros((days, groups), i32), spot=np.zeros((days, groups), i32),
        wanted=np.zeros(days, np.bool_), price=np.zeros(days), with_group=np.zeros(days, i32),
        best=np.zeros((most, days)), came=np.zeros((most + 1, max(days, most)), i32), chosen=np.zeros(most, i32),
        with_chosen=np.zeros(most, i32), times=np.zeros(breaks + 1), seen=np.full(kinds, -1, i64),
        out=np.zeros(n, i32), is_out=np.full(n, -1, i64), key=np.zeros(n), route_mark=np.full(routes, -1, i64),
        routes=np.zeros(routes, i32), old_seq=np.zeros((routes, width), i32), old_count=np.zeros(routes, i32),
        old_travel=np.zeros(routes),
        place_mark=np.full(n, -1, i64), old_places=np.zeros(n, i32), old_where=np.zeros((n, days), i32),
        ruined=np.full(routes, -1, i64), dirty=np.ones(routes, np.bool_),
    )  # fmt: skip


@compiled
def _touch_route(s: Solution, w: Work, r: int, it: int, marks: Any) -> None:
    if w.route_mark[r] != it:
        w.route_mark[r] = it
        w.routes[marks[0]] = r
        marks[0] += 1
        w.old_count[r] = s.size[r]
        w.old_travel[r] = s.travel[r]
        for p in range(1, s.size[r] + 1):
            w.old_seq[r, p] = s.seq[r, p]


@compiled
def _touch_place(t: Tables, s: Solution, w: Work, u: int, it: int, marks: Any) -> None:
    if w.place_mark[u] != it:
        w.place_mark[u] = it
        w.old_places[marks[1]] = u
        marks[1] += 1
        for d in range(t.sizes[1]):
            w.old_where[u, d] = s.where[u, d]


@compiled
def _position(s: Solution, r: int, u: int) -> int:
    for p in range(1, s.size[r] + 1):
        if s.seq[r, p] == u:
            return p
    return -1


@compiled
def _mark_out(w: Work, u: int, it: int, marks: Any) -> None:
    if w.is_out[u] != it:
        w.is_out[u] = it
        w.out[marks[2]] = u
        marks[2] += 1


@compiled
def _take_out(t: Tables, s: Solution, w: Work, r: int, first: int, last: int, it: int, marks: Any) -> None:
    """Take the visits of positions first to last out of a route."""
    _touch_route(s, w, r, it, marks)
    d = t.day[r]
    for p in range(first, last + 1):
        u = s.seq[r, p]
        _touch_place(t, s, w, u, it, marks)
        _mark_out(w, u, it, marks)
        s.where[u, d] = NONE
    gone = last - first + 1
    for p in range(last + 1, s.size[r] + 1):
        s.seq[r, p - gone] = s.seq[r, p]
    s.size[r] -= gone


@compiled
def _ruin(t: Tables, s: Solution, w: Work, it: int, random: Any, run: Any, marks: Any) -> None:
    n, days, routes = t.sizes[0], t.sizes[1], t.sizes[2]
    used = 0
    total = 0
    for r in range(routes):
        if s.size[r] > 0:
            used += 1
            total += s.size[r]
    if used == 0:
        return
    longest = min(LONGEST_STRING, total / used)
    strings = math.floor(draw(random) * (4.0 * run[MEAN] / (1.0 + longest) - 1.0) + 1.0)
    whole = draw(random) < run[WHOLLY]
    seed = int(draw(random) * n)
    only = -1
    strings = min(strings, used)
    if days > 1 and draw(random) < run[DAYWISE]:
        # A day on which the seed has a visit, else any day.
        only = int(draw(random) * days)
        for shift in range(days):
            if s.where[seed, (only + shift) % days] >= 0:
                only = (only + shift) % days
                break
        busy = 0
        for r in range(t.day_from[only], t.day_from[only + 1]):
            if s.size[r] > 0:
                busy += 1
        strings = min(strings, busy)
    for i in range(n):
        if strings <= 0:
            break
        u = t.near[seed, i]
        begin = int(draw(random) * days) if only < 0 else only
        for shift in range(days if only < 0 else 1):
            d = begin + shift
            if d >= days:
                d -= days
            r = s.where[u, d]
            if r < 0 or w.ruined[r] == it or strings <= 0:
                continue
            w.ruined[r] = it
            strings -= 1
            count = s.size[r]
            length = math.floor(draw(random) * min(count, longest) + 1.0)
            length = min(length, count)
            p = _position(s, r, u)
            kept = 0
            if length > 1 and length < count and draw(random) < 0.5:
                kept = 1
                while length + kept < count and draw(random) > 0.01:
                    kept += 1
            span = length + kept
            low = max(1, p - span + 1)
            high = min(p, count - span + 1)
            first = low + int(draw(random) * (high - low + 1))
            if kept == 0:
                _take_out(t, s, w, r, first, first + span - 1, it, marks)
            else:
                skip = int(draw(random) * (length + 1))
                if skip < length:
                    _take_out(t, s, w, r, first + skip + kept, first + span - 1, it, marks)
                if skip > 0:
                    _take_out(t, s, w, r, first, first + skip - 1, it, marks)
    if whole:
        for i in range(marks[2]):
            u = w.out[i]
            for d in range(days):
                r = s.where[u, d]
                if r >= 0:
                    p = _position(s, r, u)
                    _take_out(t, s, w, r, p, p, it, marks)


@compiled
def _order(t: Tables, w: Work, count: int, random: Any) -> None:
    """Sort the places that are out: at random, heavy, far, near, often or narrow first."""
    pick = draw(random) * 12.0
    for i in range(count):
        u = w.out[i]
        key = draw(random)
        if pick < 4.0:
            pass
        elif pick < 7.0:
            key = -t.load[u] - (t.minutes[u] if t.sizes[6] != 0 else 0.0)
        elif pick < 8.0:
            key = -t.far[u]
        elif pick < 9.0:
            key = t.far[u]
        elif pick < 11.0:
            key += -float(t.visits[u])
        else:
            key = t.closes[u] - t.opens[u]
        w.key[i] = key
    for i in range(1, count):
        u = w.out[i]
        key = w.key[i]
        j = i - 1
        while j >= 0 and w.key[j] > key:
            w.key[j + 1] = w.key[j]
            w.out[j + 1] = w.out[j]
            j -= 1
        w.key[j + 1] = key
        w.out[j + 1] = u


@compiled
def put_in(
    t: Tables, s: Solution, w: Work, u: int, penalty: float, blink: float, it: int, random: Any, run: Any, marks: Any
) -> None:
    """Give all visits of a place that are not done their days, officers and positions, or leave them."""
    left = penalty if t.must[u] else min(penalty, t.worth[u])
    found = False
    for attempt in range(2):
        open_days(t, s, u, w.wanted)
        run[STAMP] += 1.0
        ways_in(t, s, u, w.wanted, blink, random, w.seen, int(run[STAMP]), w.cost, w.route, w.spot, w.times)
        found = choose(t, s, u, left, w.cost, w.wanted, w.price, w.with_group, w.best, w.came, w.chosen, w.with_chosen)
        if found or attempt > 0:
            break
        # The visits it has fit no set of days (an earlier plan under other rules): begin again without them.
        for d in range(t.sizes[1]):
            r = s.where[u, d]
            if r >= 0:
                p = _position(s, r, u)
                _take_out(t, s, w, r, p, p, it, marks)
                refresh(t, s, r)
    if not found:
        return
    for k in range(t.visits[u]):
        d = w.chosen[k]
        g = w.with_chosen[k]
        if s.where[u, d] >= 0:
            continue
        if g == LEFT:
            s.where[u, d] = LEFT
            continue
        r = w.route[d, g]
        p = w.spot[d, g]
        _touch_route(s, w, r, it, marks)
        for q in range(s.size[r], p, -1):
            s.seq[r, q + 1] = s.seq[r, q]
        s.seq[r, p + 1] = u
        s.size[r] += 1
        s.where[u, d] = r
        refresh(t, s, r)


@compiled
def _keep_best(t: Tables, s: Solution, w: Work, b: Best) -> None:
    for r in range(t.sizes[2]):
        if w.dirty[r]:
            w.dirty[r] = False
            b.size[r] = s.size[r]
            for p in range(1, s.size[r] + 1):
                b.seq[r, p] = s.seq[r, p]
    b.where[:] = s.where


@compiled
def _back_to_best(t: Tables, s: Solution, w: Work, b: Best, run: Any) -> None:
    """Leave a solution that has long lacked visits for the best one."""
    run[TRAVEL] = 0.0
    run[SOFT] = 0.0
    run[MISSING] = 0.0
    s.where[:] = b.where
    for r in range(t.sizes[2]):
        if w.dirty[r]:
            w.dirty[r] = False
            s.size[r] = b.size[r]
            for p in range(1, b.size[r] + 1):
                s.seq[r, p] = b.seq[r, p]
            refresh(t, s, r)
        run[TRAVEL] += s.travel[r]
    for u in range(t.sizes[0]):
        settle(t, s, u)
        run[SOFT] += s.soft[u]
        run[MISSING] += s.missing[u]


@compiled
def build(t: Tables, s: Solution, w: Work, b: Best, random: Any, run: Any) -> None:
    """Put in every visit that is not done, the places with most visits and narrowest times first; set the figures."""
    marks = np.zeros(3, np.int64)
    it = int(run[ITERATION])
    n, days, routes = t.sizes[0], t.sizes[1], t.sizes[2]
    for u in range(n):
        done = 0
        for d in range(days):
            if s.where[u, d] >= 0:
                done += 1
            elif s.where[u, d] == LEFT:
                s.where[u, d] = NONE
        if done < t.visits[u]:
            _mark_out(w, u, it, marks)
    for i in range(marks[2]):
        u = w.out[i]
        w.key[i] = (0.0 if t.must[u] else 1e6) - 1000.0 * t.visits[u] - t.far[u]
    order = np.argsort(w.key[: marks[2]])
    queue = w.out[: marks[2]].copy()
    for i in order:
        put_in(t, s, w, queue[i], run[PENALTY], 0.0, it, random, run, marks)
    run[TRAVEL] = 0.0
    run[SOFT] = 0.0
    run[MISSING] = 0.0
    for r in range(routes):
        refresh(t, s, r)
        run[TRAVEL] += s.travel[r]
    for u in range(n):
        settle(t, s, u)
        run[SOFT] += s.soft[u]
        run[MISSING] += s.missing[u]
    run[BEST_COST] = run[TRAVEL] + run[SOFT]
    run[BEST_MISSING] = run[MISSING]
    w.dirty[:] = True
    _keep_best(t, s, w, b)
    run[ITERATION] += 1.0


@compiled
def anneal(
    t: Tables, s: Solution, w: Work, b: Best, random: Any, run: Any, steps: int, hot: float, cold: float
) -> None:
    """Run so many steps while the temperature falls from hot to cold."""
    marks = np.zeros(3, np.int64)
    n, days = t.sizes[0], t.sizes[1]
    heat = hot
    cooling = (cold / hot) ** (1.0 / max(1, steps))
    for _ in range(steps):
        it = int(run[ITERATION])
        run[ITERATION] += 1.0
        heat *= cooling
        marks[:] = 0
        travel, soft, missing = run[TRAVEL], run[SOFT], run[MISSING]
        _ruin(t, s, w, it, random, run, marks)
        if run[MISSING] > 0.0 or run[SOFT] > 0.0:
            # What was left gets another try, a few at a time.
            tries = 0
            begin = int(draw(random) * n)
            for i in range(n):
                u = (begin + i) % n
                if s.missing[u] == 0 and s.soft[u] == 0.0:
                    continue
                again = False
                for d in range(days):
                    if s.where[u, d] == LEFT:
                        if not again:
                            _touch_place(t, s, w, u, it, marks)
                            _mark_out(w, u, it, marks)
                            again = True
                        s.where[u, d] = NONE
                if again:
                    tries += 1
                    if tries >= 6:
                        break
        for i in range(marks[2]):
            u = w.out[i]
            run[SOFT] -= s.soft[u]
            run[MISSING] -= s.missing[u]
        for i in range(marks[0]):
            r = w.routes[i]
            refresh(t, s, r)
        _order(t, w, marks[2], random)
        for i in range(marks[2]):
            put_in(t, s, w, w.out[i], run[PENALTY], BLINK, it, random, run, marks)
        for i in range(marks[2]):
            u = w.out[i]
            settle(t, s, u)
            run[SOFT] += s.soft[u]
            run[MISSING] += s.missing[u]
        now = run[TRAVEL]
        for i in range(marks[0]):
            r = w.routes[i]
            now += s.travel[r] - w.old_travel[r]
        run[TRAVEL] = now
        more = (run[TRAVEL] - travel) + (run[SOFT] - soft) + run[PENALTY] * (run[MISSING] - missing)
        if more < -heat * math.log(max(1e-300, draw(random))):
            for i in range(marks[0]):
                w.dirty[w.routes[i]] = True
            cost = run[TRAVEL] + run[SOFT]
            if run[MISSING] < run[BEST_MISSING] or (run[MISSING] == run[BEST_MISSING] and cost < run[BEST_COST] - 1e-7):
                run[BEST_COST] = cost
                run[BEST_MISSING] = run[MISSING]
                _keep_best(t, s, w, b)
        else:
            for i in range(marks[0]):
                r = w.routes[i]
                s.size[r] = w.old_count[r]
                for p in range(1, s.size[r] + 1):
                    s.seq[r, p] = w.old_seq[r, p]
                refresh(t, s, r)
            for i in range(marks[1]):
                u = w.old_places[i]
                for d in range(days):
                    s.where[u, d] = w.old_where[u, d]
                settle(t, s, u)
            run[TRAVEL], run[SOFT], run[MISSING] = travel, soft, missing
        run[TRIES] += 1.0
        if run[MISSING] > 0.0:
            run[SHARE] += 1.0
        if run[TRIES] >= 500.0:
            share = run[SHARE] / run[TRIES]
            if share > 0.3:
                run[PENALTY] = min(1e6, run[PENALTY] * 1.3)
            elif share < 0.1:
                run[PENALTY] = max(run[PENALTY] * 0.95, run[FLOOR])
            if share > 0.99 and run[MISSING] > run[BEST_MISSING]:
                _back_to_best(t, s, w, b, run)
            run[TRIES] = 0.0
            run[SHARE] = 0.0


@compiled
def append(t: Tables, s: Solution, w: Work, u: int, r: int) -> bool:
    """Put a visit at the end of a route if its place may be visited then and it fits; for taking over a plan."""
    d = t.day[r]
    open_days(t, s, u, w.wanted)
    held = 0
    for e in range(t.sizes[1]):
        if s.where[u, e] >= 0:
            held += 1
    if held >= t.visits[u] or not w.wanted[d] or not t.able[u, r]:
        return False
    p = s.size[r]
    to = t.there[t.mode[r], s.loc[r, p], t.at[u]]
    on = t.there[t.mode[r], t.at[u], t.base[r]]
    more = to + on - s.leg[r, p]
    if s.load[r] + t.load[u] > t.capacity[r] + 1e-9 or to + on >= NO_WAY:
        return False
    if s.work[r] + t.minutes[u] + s.travel[r] + more > t.longest[r] + 1e-9:
        return False
    if t.sizes[6] != 0 and not fits_between(
        s.done, s.due, t.break_first, t.break_last, t.break_minutes, r, t.breaks[r], p,
        t.opens[u], t.closes[u], t.minutes[u], to, on, w.times,
    ):  # fmt: skip
        return False
    s.seq[r, p + 1] = u
    s.size[r] += 1
    s.where[u, d] = r
    refresh(t, s, r)
    return True


@compiled
def drop(t: Tables, s: Solution, u: int) -> None:
    """Take all visits of a place out of their routes."""
    for d in range(t.sizes[1]):
        r = s.where[u, d]
        if r >= 0:
            p = _position(s, r, u)
            for q in range(p, s.size[r]):
                s.seq[r, q] = s.seq[r, q + 1]
            s.size[r] -= 1
            refresh(t, s, r)
        s.where[u, d] = NONE


@cache
def compile_once() -> None:
    """Compile all of the search (or fetch it from the cache on disk), so that no limit of time pays for it."""
    from wuxiao.plan.rounds.problem import Officer, Place, Problem, Shift
    from wuxiao.plan.rounds.tables import tables

    tiny = Problem(
        days=1,
        places=(Place(id="a", at=1, minutes=1.0), Place(id="b", at=1, minutes=1.0)),
        officers=(Officer(id="o"),),
        shifts=(Shift(officer="o", day=0, end=60.0),),
        minutes={"ride": np.array([[0.0, 1.0], [1.0, 0.0]])},
    )
    t = tables(tiny, tiny.shifts)
    s, w = empty(t), work(t)
    b = Best(np.zeros_like(s.seq), np.zeros_like(s.size), np.zeros_like(s.where))
    random, run = np.array([1], np.uint64), figures()
    append(t, s, w, 0, 0)
    drop(t, s, 0)
    build(t, s, w, b, random, run)
    anneal(t, s, w, b, random, run, 2, 1.0, 0.5)
    _back_to_best(t, s, w, b, run)
