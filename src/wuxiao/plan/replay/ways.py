"""Where units are at a moment, how they set out: by Stewart's theorem, or on a stretch of road where ways are known.

The parts of the compiled replay that know of ways; a unit's state lies in rows of arrays with named columns.
"""

from __future__ import annotations

import numpy as np

from wuxiao.plan.shared.compiled import compiled, inlined
from wuxiao.plan.store import Floats, Ints

#: Columns of the units' times and of their whole numbers; SENT is when a trip began.
LEFT, ARRIVE, SCENE_END, SENT = 0, 1, 2, 3
STATE, FROM, TO, CALL, BREAK, GOING, HOPS, ON = 0, 1, 2, 3, 4, 5, 6, 7
#: More columns where ways are known: a unit is between FROM, left at LEFT, and NEXT, reached at THERE (before LEFT it
#: is still coming to FROM), in table BY, and may turn BACK; it will LEAVE a scene by that place, AWAY minutes off.
THERE, AWAY = 0, 1
NEXT, BY, BACK, LEAVE = 0, 1, 2, 3
#: What is known of ways: minutes off the road `[table, place]`, minutes turning round costs, the columns of ways. It
#: goes with a table's number `tab`, -1 where places of units under way are estimated.
Roads = tuple[Floats, float, Ints, Floats]


@inlined
def between(times: Floats, a: int, b: int, p: float, c: int) -> float:
    """Return minutes to c for a unit that has gone the share p of its way from a to b; `times[to, from]`.

    Stewart's theorem (exact on a plane), kept within the triangle inequality.
    """
    far, near, way = times[c, a], times[c, b], times[b, a]
    gone = p * way
    rest = way - gone
    square = (1.0 - p) * far * far + p * near * near - p * (1.0 - p) * way * way
    guess = np.sqrt(square) if square > 0.0 else 0.0
    low = max(far - gone, near - rest)
    high = min(far + gone, near + rest)
    return float(max(min(guess, high), max(low, 0.0)))


@inlined
def beyond(times: Floats, aside: Floats, end: int, c: int) -> float:
    """Return minutes to c from the road at a place."""
    return float(aside[c] if c == end else times[c, end] - aside[end])


@compiled
def on_stretch(
    times: Floats, roads: Roads, tab: int, whole: Ints, clock: Floats, u: int, t: float, c: int
) -> tuple[float, float, int]:
    """Return minutes to c for a unit on its stretch of road, those of them to its end it leaves by, and that end.

    It goes on, or back where one may and that is shorter.
    """
    every, turn, step, pace = roads
    aside = every[tab]
    a, b = whole[u, FROM], step[u, NEXT]
    begin, end = clock[u, LEFT], pace[u, THERE]
    late = max(0.0, t - end)
    if t <= begin or a == b:
        way = max(0.0, begin - t) + late
        return way + beyond(times, aside, a, c), way, a
    p = min(1.0, (t - begin) / (end - begin))
    on = (1.0 - p) * max(0.0, times[b, a] - aside[a] - aside[b]) + late
    ahead = on + beyond(times, aside, b, c)
    if not step[u, BACK]:
        return ahead, on, b
    back = p * max(0.0, times[a, b] - aside[a] - aside[b]) + late + turn
    behind = back + beyond(times, aside, a, c)
    if ahead <= behind:
        return ahead, on, b
    return behind, back, a


@compiled
def onward(
    t: float, times: Floats, via: Ints, aside: Floats, whole: Ints, clock: Floats, step: Ints, pace: Floats
) -> None:
    """Move every unit under way to the stretch of road it is on at t; `via[table, to, from]`."""
    for u in range(whole.shape[0]):
        k = step[u, BY]
        while step[u, NEXT] != whole[u, TO] and t >= pace[u, THERE]:
            a = step[u, NEXT]
            b = via[k, whole[u, TO], a]
            whole[u, FROM], step[u, NEXT] = a, b
            step[u, BACK] = via[k, a, b] == a
            clock[u, LEFT] = pace[u, THERE]
            pace[u, THERE] += max(0.0, times[k, b, a] - aside[k, a] - aside[k, b])


@inlined
def minutes_to(times: Floats, roads: Roads, tab: int, whole: Ints, clock: Floats, u: int, t: float, c: int) -> float:
    """Return minutes for unit u, wherever it is at t, to reach place c."""
    b = whole[u, TO]
    end = clock[u, ARRIVE]
    if t >= end:
        return float(times[c, b])
    if tab >= 0:
        return on_stretch(times, roads, tab, whole, clock, u, t, c)[0]
    begin = clock[u, LEFT]
    return between(times, whole[u, FROM], b, (t - begin) / (end - begin), c)


@inlined
def minutes_to_scene(
    times: Floats, roads: Roads, tab: int, whole: Ints, clock: Floats, u: int, t: float, place: int, other: int,
    gap: float,
) -> float:  # fmt: skip
    """Return minutes for unit u to reach a place, or the other one the scene lies `gap` minutes farther from."""
    way = minutes_to(times, roads, tab, whole, clock, u, t, place)
    if other != place:
        way = min(way, gap + minutes_to(times, roads, tab, whole, clock, u, t, other))
    return way


@inlined
def go(times: Floats, whole: Ints, clock: Floats, u: int, t: float, place: int) -> float:
    """Set unit u on its way to a place; return the minutes it takes."""
    end, begin = clock[u, ARRIVE], clock[u, LEFT]
    clock[u, SENT] = t
    if t >= end:
        way = times[place, whole[u, TO]]
        whole[u, FROM] = whole[u, TO]
        whole[u, TO] = place
        clock[u, LEFT] = t
        clock[u, ARRIVE] = t + way
        return float(way)
    way = between(times, whole[u, FROM], whole[u, TO], (t - begin) / (end - begin), place)
    if (t - begin) >= 0.5 * (end - begin):
        whole[u, FROM] = whole[u, TO]
    whole[u, TO] = place
    clock[u, LEFT] = t
    clock[u, ARRIVE] = t + way
    return way


@compiled
def go_on(
    times: Floats, roads: Roads, tab: int, whole: Ints, clock: Floats, u: int, t: float, place: int
) -> float:  # fmt: skip
    """Do what `go` does where ways are known (apart from it: what it holds makes `go` slow even if not used)."""
    aside, _, step, pace = roads
    clock[u, SENT] = t
    a = whole[u, TO]
    way, first = times[place, a], aside[tab, a]
    if t < clock[u, ARRIVE]:
        way, first, a = on_stretch(times, roads, tab, whole, clock, u, t, place)
    clock[u, LEFT] = pace[u, THERE] = t + first
    whole[u, FROM], step[u, NEXT], whole[u, TO], step[u, BY] = a, a, place, tab
    clock[u, ARRIVE] = t + way
    return float(way)
