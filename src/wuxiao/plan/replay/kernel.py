"""The compiled replay: one pass over calls, units' free times and shift changes, everything else worked out when asked.

A trip to a call has its arrival and its end fixed when it begins, so it needs one event (the unit is free); where an
idle unit is on its way is worked out only when someone asks. Ties: shifts before units (lowest row first) before calls.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wuxiao.plan.replay.ways import (
    ARRIVE,
    AWAY,
    BREAK,
    CALL,
    FROM,
    GOING,
    HOPS,
    LEAVE,
    LEFT,
    NEXT,
    ON,
    SCENE_END,
    SENT,
    STATE,
    THERE,
    TO,
    Roads,
    go,
    go_on,
    minutes_to,
    minutes_to_scene,
    onward,
)
from wuxiao.plan.shared.compiled import compiled, inlined
from wuxiao.plan.store import Floats, Ints

OFF, IDLE, OUT = 0, 1, 2
NEAREST, ORDER, SPARE = 0, 1, 2
HOME, TABLE, COVER, PATROL = 0, 1, 2, 3


@compiled
def draw(seed: int, unit: int, count: int) -> float:
    """Return a number in [0, 1) that depends only on its three arguments (a mixing of bits, the same in the twin)."""
    x = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(unit) * np.uint64(0xBF58476D1CE4E5B9)
    x += np.uint64(count) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return float(x >> np.uint64(11)) / 9007199254740992.0


@compiled
def covered(whole: Ints, site_of: Ints, start: Ints, inside: Ints, count: Ints) -> None:
    """Fill `count[place]` with the number of idle units whose goal covers it."""
    count[:] = 0
    for u in range(whole.shape[0]):
        if whole[u, STATE] == IDLE:
            s = site_of[whole[u, TO]]
            if s >= 0:
                for k in range(start[s], start[s + 1]):
                    count[inside[k]] += 1


@compiled
def adds(s: int, start: Ints, inside: Ints, weight: Floats, power: Floats, count: Ints) -> float:
    """Return the expected cover that one more unit at site s adds."""
    total = 0.0
    for k in range(start[s], start[s + 1]):
        i = inside[k]
        total += weight[i] * power[count[i]]
    return total


@inlined
def nearest(
    t: float, place: int, kind: int, times: Floats, roads: Roads, whole: Ints, clock: Floats, priority: Ints,
    preempt: Any,
) -> int:  # fmt: skip
    """Return the unit that is soonest at a place, or -1; the way of `choose` that most runs take, so kept short.

    For places of units under way that are estimated, and calls that lie at a place.
    """
    best, least = -1, np.inf
    row = times[place]
    for u in range(whole.shape[0]):
        state = whole[u, STATE]
        if state == IDLE:
            end = clock[u, ARRIVE]
            b = whole[u, TO]
            if t >= end:
                cost = row[b]
            else:
                begin = clock[u, LEFT]
                a = whole[u, FROM]
                p = (t - begin) / (end - begin)
                far, near, way = row[a], row[b], times[b, a]
                gone = p * way
                rest = way - gone
                low = max(far - gone, near - rest)
                if low >= least:
                    continue
                square = (1.0 - p) * far * far + p * near * near - p * (1.0 - p) * way * way
                guess = np.sqrt(square) if square > 0.0 else 0.0
                cost = max(min(guess, min(far + gone, near + rest)), max(low, 0.0))
            if cost < least:
                best, least = u, cost
        elif state == OUT and t < clock[u, ARRIVE] and preempt[priority[whole[u, CALL]], kind]:
            cost = minutes_to(times, roads, -1, whole, clock, u, t, place)
            if cost < least:
                best, least = u, cost
    return best


@compiled
def choose(
    how: int, spare: float, order: Ints, t: float, place: int, other: int, gap: float, kind: int, times: Floats,
    roads: Roads, tab: int, whole: Ints, clock: Floats, priority: Ints, preempt: Any, scene_too: bool, needs: Ints,
    site_of: Ints, start: Ints, inside: Ints,
    weight: Floats, power: Floats, count: Ints,
) -> int:  # fmt: skip
    """Return the unit to send to a call at t, or -1: idle ones and those that may be taken from a lesser call."""
    best, least = -1, np.inf
    n = whole.shape[0]
    if how == SPARE:
        covered(whole, site_of, start, inside, count)
    for k in range(n):
        u = order[place, k] if how == ORDER else k
        state = whole[u, STATE]
        if state == OFF:
            continue
        if state == OUT and (t >= clock[u, ARRIVE] or not preempt[priority[whole[u, CALL]], kind]):
            continue
        if how == ORDER:
            return int(u)
        cost = minutes_to_scene(times, roads, tab, whole, clock, u, t, place, other, gap)
        if how == SPARE and state == IDLE:
            s = site_of[whole[u, TO]]
            if s >= 0:
                loss = 0.0
                for j in range(start[s], start[s + 1]):
                    i = inside[j]
                    loss += weight[i] * power[count[i] - 1]
                cost += spare * loss
        if cost < least:
            best, least = u, cost
    if best < 0 and scene_too:
        for u in range(n):
            if whole[u, STATE] == OUT and clock[u, ARRIVE] <= t < clock[u, SCENE_END]:
                c = whole[u, CALL]
                if needs[c] == 1 and preempt[priority[c], kind]:
                    cost = minutes_to_scene(times, roads, tab, whole, clock, u, t, place, other, gap)
                    if cost < least:
                        best, least = u, cost
    return best


@compiled
def settle(
    how: int, u: int, t: float, home: Ints, table: Ints, sites: Ints, times: Floats, roads: Roads, tab: int,
    whole: Ints, clock: Floats, site_of: Ints, start: Ints, inside: Ints, weight: Floats, power: Floats, count: Ints,
    patrol: Ints, seed: int, random_share: float, open_slots: Ints,
) -> int:  # fmt: skip
    """Return the place where unit u, just idle, goes."""
    if how == TABLE:
        idle = open_table(u, whole, table, open_slots)
        best, least = int(home[u]), np.inf
        for k in range(idle):
            p = table[idle - 1, k]
            if open_slots[k] and minutes_to(times, roads, tab, whole, clock, u, t, p) < least:
                best, least = int(p), minutes_to(times, roads, tab, whole, clock, u, t, p)
        return best
    if how == COVER:
        whole[u, STATE] = OFF
        covered(whole, site_of, start, inside, count)
        whole[u, STATE] = IDLE
        best, most, least = int(home[u]), -1.0, np.inf
        for k in range(len(sites)):
            more = adds(site_of[sites[k]], start, inside, weight, power, count)
            if more > most - 1e-12:
                way = minutes_to(times, roads, tab, whole, clock, u, t, sites[k])
                if more > most + 1e-12 or way < least:
                    best, most, least = int(sites[k]), more, way
        return best
    if how == PATROL:
        hop = whole[u, HOPS]
        whole[u, HOPS] = hop + 1
        if draw(seed, u, 2 * hop) < random_share:
            return int(draw(seed, u, 2 * hop + 1) * times.shape[0])
        length = 0
        while length < patrol.shape[1] and patrol[u, length] >= 0:
            length += 1
        return int(patrol[u, hop % length])
    return int(home[u])


@compiled
def open_table(skip: int, whole: Ints, table: Ints, open_slots: Ints) -> int:
    """Mark the table's slots that no idle unit (but `skip`) stands at or goes to; return the number of idle units."""
    n = whole.shape[0]
    idle = 0
    for v in range(n):
        if whole[v, STATE] == IDLE:
            idle += 1
    for k in range(idle):
        open_slots[k] = 1
    for v in range(n):
        whole[v, GOING] = 0
        if whole[v, STATE] == IDLE and v != skip:
            for k in range(idle):
                if open_slots[k] and table[idle - 1, k] == whole[v, TO]:
                    open_slots[k] = 0
                    whole[v, GOING] = 1
                    break
    return idle


@compiled
def relocate(
    how: int, t: float, table: Ints, sites: Ints, times: Floats, roads: Roads, tab: int,
    whole: Ints, clock: Floats, site_of: Ints, start: Ints, inside: Ints, weight: Floats, power: Floats, count: Ints,
    open_slots: Ints, gain: float, found: Ints,
) -> bool:  # fmt: skip
    """Find one move of an idle unit that mends the cover; fill `found` with unit and place; False if there is none."""
    n = whole.shape[0]
    if how == TABLE:
        idle = open_table(-1, whole, table, open_slots)
        least = np.inf
        for u in range(n):
            if whole[u, STATE] == IDLE and whole[u, GOING] == 0:
                for k in range(idle):
                    if open_slots[k]:
                        way = minutes_to(times, roads, tab, whole, clock, u, t, table[idle - 1, k])
                        if way < least:
                            least, found[0], found[1] = way, u, table[idle - 1, k]
        return least < np.inf
    if how == COVER:
        covered(whole, site_of, start, inside, count)
        most = gain
        for u in range(n):
            if whole[u, STATE] != IDLE:
                continue
            s = site_of[whole[u, TO]]
            if s >= 0:
                for k in range(start[s], start[s + 1]):
                    count[inside[k]] -= 1
                have = adds(s, start, inside, weight, power, count)
            else:
                have = 0.0
            for k in range(len(sites)):
                more = adds(site_of[sites[k]], start, inside, weight, power, count) - have
                if more > most + 1e-12:
                    most, found[0], found[1] = more, u, sites[k]
            if s >= 0:
                for k in range(start[s], start[s + 1]):
                    count[inside[k]] += 1
        return most > gain
    return False


@compiled
def push(heap: Ints, size: int, key: int) -> int:
    """Put a key on the heap; return its new size."""
    k = size
    heap[k] = key
    while k > 0:
        up = (k - 1) >> 1
        if heap[up] <= heap[k]:
            break
        heap[up], heap[k] = heap[k], heap[up]
        k = up
    return size + 1


@compiled
def pop(heap: Ints, size: int) -> int:
    """Take the least key off the heap; return its new size."""
    size -= 1
    heap[0] = heap[size]
    k = 0
    while True:
        low = 2 * k + 1
        if low >= size:
            break
        if low + 1 < size and heap[low + 1] < heap[low]:
            low += 1
        if heap[k] <= heap[low]:
            break
        heap[low], heap[k] = heap[k], heap[low]
        k = low
    return size


@compiled
def replay(
    at: Floats, ready: Floats, by_ready: Ints, place: Ints, priority: Ints, needs: Ints, scene: Floats, carry: Ints,
    handover: Floats, off: Floats, other: Ints, other_off: Floats, times: Floats, via: Ints, aside: Floats, turn: float,
    hourly: Ints, mode: Ints, calm: int, home: Ints, plan_time: Floats, plan_unit: Ints, plan_what: Ints,
    plan_long: Floats, preempt: Any, scene_too: bool, max_waiting: int,
    send: int, order: Ints, spare: float, rest: int, table: Ints, sites: Ints, site_of: Ints, start: Ints, inside: Ints,
    weight: Floats, power: Floats, moves: int, gain: float, patrol: Ints, stay: float, random_share: float, seed: int,
    response: Floats, full: Floats, waited: Floats, first: Ints, done: Ints, bumped: Ints, work: Floats,
    trip_whole: Ints, trip_clock: Floats,
) -> tuple[int, int, int, float]:  # fmt: skip
    """Run all calls; fill the answers per call and the work per unit; return (events, idle moves, trips, last time).

    `times[table, to, from]`, `via` likewise (empty: not known), `aside[table, place]` (empty without `via`),
    `hourly[hour, way]` the table of a trip that begins then; `by_ready` the calls in the order in which someone can be
    sent; `plan_*` shift begins (0), ends (1) and breaks (2) in order of time. `response`, `full`, `waited`, `first`,
    `done`, `bumped` are per call, `work[unit]` minutes on calls, minutes under way to them, calls. See `run.py`
    for how a problem becomes this.
    """
    n, calls, plans = len(home), len(at), len(plan_time)
    whole = np.zeros((n, 8), np.int64)
    clock = np.zeros((n, 4))
    step, pace = np.zeros((n, 4), np.int64), np.zeros((n, 2))
    due = np.full(n, np.inf)
    rest_long = np.zeros(n)
    left = needs.copy()
    lead = np.full(calls, -1, np.int64)
    remain = scene.copy()
    in_line = np.zeros(calls, np.bool_)
    heap = np.empty(calls + 1, np.int64)
    count = np.zeros(times.shape[1], np.int64)
    open_slots = np.zeros(n + 1, np.int64)
    found = np.zeros(2, np.int64)
    redo = np.empty(n * preempt.shape[0] + 2, np.int64)
    hours, along = len(hourly), len(via) > 0
    now = hourly[0]
    roads = (aside, turn, step, pace)
    slow, tab = times[now[calm]], now[calm] if along else -1
    waiting, events, moved, trips, out = 0, 0, 0, 0, 0
    room = len(trip_whole)
    last = 0.0
    for u in range(n):
        whole[u, FROM] = home[u]
        whole[u, TO] = home[u]
        step[u, NEXT] = home[u]
        whole[u, CALL] = -1
        whole[u, STATE] = OFF
    now_call, now_plan = 0, 0
    soon, who = np.inf, -1
    t_call = ready[by_ready[0]] if calls > 0 else np.inf
    t_plan = plan_time[0] if plans > 0 else np.inf
    stale = False
    while True:
        if stale:
            stale = False
            soon, who = np.inf, -1
            for u in range(n):
                if due[u] < soon:
                    soon, who = due[u], u
        if now_call >= calls and out == 0 and (waiting == 0 or (soon == np.inf and t_plan == np.inf)):
            break
        t = min(t_plan, min(soon, t_call))
        if hours > 1:
            now = hourly[int(t / 60.0) % hours]
            slow, tab = times[now[calm]], now[calm] if along else -1
        if along:
            onward(t, times, via, aside, whole, clock, step, pace)
        if t_plan <= soon and t_plan <= t_call:
            freed, todo = -1, -1
            u, what, long = plan_unit[now_plan], plan_what[now_plan], plan_long[now_plan]
            now_plan += 1
            t_plan = plan_time[now_plan] if now_plan < plans else np.inf
            stale = True
            if what == 0:
                whole[u, ON] = 1
                if whole[u, STATE] == OFF:
                    whole[u, FROM] = home[u]
                    whole[u, TO] = home[u]
                    step[u, NEXT] = home[u]
                    clock[u, LEFT] = t
                    clock[u, ARRIVE] = t
                    freed = u
            elif what == 1:
                whole[u, ON] = 0
                whole[u, BREAK] = 0
                if whole[u, STATE] != OUT:
                    whole[u, STATE] = OFF
                    due[u] = np.inf
            elif whole[u, ON] == 1:
                if whole[u, STATE] == IDLE:
                    whole[u, STATE] = OFF
                    due[u] = t + long
                else:
                    whole[u, BREAK] = 1
                    rest_long[u] = long
        elif soon <= t_call:
            freed, todo = who, -1
            stale = True
            due[who] = np.inf
            if whole[who, STATE] == OUT:
                c = whole[who, CALL]
                reply = clock[who, ARRIVE] - at[c]
                if reply < response[c]:
                    response[c] = reply
                    first[c] = who
                if reply > full[c]:
                    full[c] = reply
                done[c] += 1
                out -= 1
                work[who, 0] += t - clock[who, SENT]
                work[who, 1] += clock[who, ARRIVE] - clock[who, SENT]
                work[who, 2] += 1.0
                events += 2
                last = t
                if trips < room:
                    trip_whole[trips, 0], trip_whole[trips, 1], trip_whole[trips, 2] = c, who, 1
                    trip_clock[trips, 0], trip_clock[trips, 1] = clock[who, SENT], clock[who, ARRIVE]
                    trip_clock[trips, 2] = t
                    trips += 1
                whole[who, CALL] = -1
                if lead[c] == who and carry[c] >= 0:
                    events += 2
                    whole[who, TO] = carry[c]
                whole[who, FROM] = whole[who, TO]
                clock[who, LEFT] = t
                clock[who, ARRIVE] = t
                if along:
                    if lead[c] != who or carry[c] < 0:
                        # it may be sent at once, and first comes back to the road
                        whole[who, FROM] = whole[who, TO] = step[who, LEAVE]
                        clock[who, ARRIVE] += pace[who, AWAY] + aside[now[calm], whole[who, TO]]
                    step[who, NEXT] = whole[who, TO]
                    clock[who, LEFT] = pace[who, THERE] = clock[who, ARRIVE]
            elif whole[who, STATE] == IDLE:
                p = settle(
                    rest, who, t, home, table, sites, slow, roads, tab, whole, clock, site_of, start, inside, weight,
                    power, count, patrol, seed, random_share, open_slots,
                )  # fmt: skip
                if along:
                    due[who] = t + go_on(slow, roads, tab, whole, clock, who, t, p) + stay
                else:
                    due[who] = t + go(slow, whole, clock, who, t, p) + stay
                events += 1
                continue
        else:
            freed = -1
            todo = by_ready[now_call]
            now_call += 1
            t_call = ready[by_ready[now_call]] if now_call < calls else np.inf
            events += 1
        idle_changed = False
        if freed >= 0:
            u = freed
            if whole[u, ON] == 0:
                whole[u, STATE] = OFF
            elif whole[u, BREAK] == 1:
                whole[u, BREAK] = 0
                whole[u, STATE] = OFF
                due[u] = t + rest_long[u]
            else:
                whole[u, STATE] = IDLE
                if waiting > 0:
                    todo = heap[0] % calls
                else:
                    idle_changed = True
                    p = home[u]
                    if rest != HOME:
                        p = settle(
                            rest, u, t, home, table, sites, slow, roads, tab, whole, clock, site_of, start, inside,
                            weight, power, count, patrol, seed, random_share, open_slots,
                        )  # fmt: skip
                    if p != whole[u, TO]:
                        if along:
                            go_on(slow, roads, tab, whole, clock, u, t, p)
                        else:
                            go(slow, whole, clock, u, t, p)
                        events += 1
                    if rest == PATROL:
                        due[u] = max(t, clock[u, ARRIVE]) + stay
        redo_size = 0
        while todo >= 0:
            c = todo
            kind = priority[c]
            fast, quick = times[now[mode[kind]]], now[mode[kind]] if along else -1
            while left[c] > 0:
                door, gap = place[c], other_off[c, 0] - off[c, 0]
                plain = send == NEAREST and not along and other[c] == door
                u = nearest(t, door, kind, fast, roads, whole, clock, priority, preempt) if plain else -1
                if u < 0 and (scene_too or not plain):
                    u = choose(
                        send, spare, order, t, door, other[c], gap, kind, fast, roads, quick, whole, clock, priority,
                        preempt, scene_too, needs, site_of, start, inside, weight, power, count,
                    )  # fmt: skip
                if u < 0:
                    break
                if whole[u, STATE] == OUT:
                    stale = True
                    b = whole[u, CALL]
                    out -= 1
                    bumped[b] += 1
                    left[b] += 1
                    if lead[b] == u:
                        lead[b] = -1
                    if t >= clock[u, ARRIVE]:
                        reply = clock[u, ARRIVE] - at[b]
                        if reply < response[b]:
                            response[b] = reply
                            first[b] = u
                        remain[b] = clock[u, SCENE_END] - t
                    work[u, 0] += t - clock[u, SENT]
                    work[u, 1] += min(t, clock[u, ARRIVE]) - clock[u, SENT]
                    if trips < room:
                        trip_whole[trips, 0], trip_whole[trips, 1], trip_whole[trips, 2] = b, u, 0
                        trip_clock[trips, 0], trip_clock[trips, 1] = clock[u, SENT], clock[u, ARRIVE]
                        trip_clock[trips, 2] = t
                        trips += 1
                    if not in_line[b]:
                        redo[redo_size] = b
                        redo_size += 1
                else:
                    idle_changed = True
                there = off[c, 0]
                if other[c] != door:
                    way = minutes_to(fast, roads, quick, whole, clock, u, t, door)
                    if gap + minutes_to(fast, roads, quick, whole, clock, u, t, other[c]) < way:
                        door, there = other[c], other_off[c, 0]
                if along:
                    go_on(fast, roads, quick, whole, clock, u, t, door)
                else:
                    go(fast, whole, clock, u, t, door)
                clock[u, ARRIVE] += there
                whole[u, STATE] = OUT
                whole[u, CALL] = c
                left[c] -= 1
                out += 1
                if waited[c] == np.inf:
                    waited[c] = t - ready[c]
                clock[u, SCENE_END] = clock[u, ARRIVE] + remain[c]
                free = clock[u, SCENE_END]
                if lead[c] < 0:
                    lead[c] = u
                carried = lead[c] == u and carry[c] >= 0
                if carried or along:
                    goal = carry[c] if carried else home[u]
                    k = hourly[int(free / 60.0) % hours, calm]
                    step[u, LEAVE], pace[u, AWAY] = place[c], off[c, 1]
                    leg = off[c, 1] + times[k, goal, place[c]]
                    if other[c] != place[c] and other_off[c, 1] + times[k, goal, other[c]] < leg:
                        step[u, LEAVE], pace[u, AWAY] = other[c], other_off[c, 1]
                        leg = other_off[c, 1] + times[k, goal, other[c]]
                    if carried:
                        free += leg + handover[c]
                # only a unit that stood idle with nothing due can move the next event without a new look at all
                stale = stale or due[u] < np.inf
                due[u] = free
                if free < soon or (free == soon and u < who):
                    soon, who = free, u
            if left[c] > 0:
                if not in_line[c]:
                    if max_waiting < 0 or waiting < max_waiting or bumped[c] > 0:
                        in_line[c] = True
                        waiting = push(heap, waiting, kind * calls + c)
                    else:
                        left[c] = 0
            elif in_line[c]:
                in_line[c] = False
                waiting = pop(heap, waiting)
            todo = -1
            if redo_size > 0:
                todo = redo[0]
                redo_size -= 1
                for j in range(redo_size):
                    redo[j] = redo[j + 1]
        if moves > 0 and idle_changed and waiting == 0:
            for _ in range(moves):
                if not relocate(
                    rest, t, table, sites, slow, roads, tab, whole, clock, site_of, start, inside, weight, power,
                    count, open_slots, gain, found,
                ):  # fmt: skip
                    break
                if along:
                    go_on(slow, roads, tab, whole, clock, found[0], t, found[1])
                else:
                    go(slow, whole, clock, found[0], t, found[1])
                moved += 1
                events += 1
    return events, moved, trips, last
