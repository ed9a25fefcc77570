"""Compiled search for a timetable: a case left over is put where it drives out the least, those driven out go on.

What a case counts when it would be driven out grows each time it had to be placed again, so that the search leaves
its old ways (breakout weights, Morris 1993; ejection chains, Glover 1996).
"""

from __future__ import annotations

import numpy as np

from wuxiao.plan.match.options import Options
from wuxiao.plan.shared.compiled import njit
from wuxiao.plan.store import Bools, Floats, Ints


class Chain:
    """A running search: `place` is option and room of each case, or -1; `best` the best so far."""

    def __init__(self, it: Options, fixed: Bools, place: Ints) -> None:
        self.it, self.fixed, self.place = it, fixed, place
        self.best = place.copy()
        self.grown: Floats = np.zeros(len(it.length))

    def run(self, steps: int, seed: int) -> None:
        """Drive the chain so many steps; ends early when nothing is left over."""
        it = self.it
        _run(
            it.begin, it.mediator, it.start, it.room_begin, it.room, it.party_begin, it.party, it.length, it.weight,
            it.room_free, it.days, it.most, it.parties, self.fixed, self.place, self.best, self.grown, steps, seed,
        )  # fmt: skip

    def earlier(self) -> None:
        """Move meetings of the best timetable to earlier starts wherever nothing is in the way."""
        it = self.it
        _earlier(
            it.begin, it.mediator, it.start, it.room_begin, it.room, it.party_begin, it.party, it.length, it.weight,
            it.room_free, it.days, it.most, it.parties, self.fixed, self.best,
        )  # fmt: skip

    @property
    def heard(self) -> float:
        """Return the weight of the cases on the best timetable."""
        return float(self.it.weight[self.best[:, 0] >= 0].sum())


@njit()
def _set(c, k, r, who, mediator, start, party_begin, party, length, days, by_mediator, by_room, by_party, load):  # type: ignore[no-untyped-def]
    m = mediator[k]
    t = start[k]
    for s in range(t, t + length[c]):
        by_mediator[m, s] = who
        by_room[r, s] = who
        for e in range(party_begin[c], party_begin[c + 1]):
            by_party[party[e], s] = who
    load[m, days[t]] += 1 if who >= 0 else -1


@njit()
def _boards(place, mediator, start, party_begin, party, length, days, most, rooms, parties):  # type: ignore[no-untyped-def]
    slots = days.shape[0]
    by_mediator = np.full((most.shape[0], slots), -1)
    by_room = np.full((rooms, slots), -1)
    by_party = np.full((parties, slots), -1)
    load = np.zeros((most.shape[0], days[-1] + 1), np.int64)
    for c in range(place.shape[0]):
        if place[c, 0] >= 0:
            _set(c, place[c, 0], place[c, 1], c, mediator, start, party_begin, party, length, days,
                 by_mediator, by_room, by_party, load)  # fmt: skip
    return by_mediator, by_room, by_party, load


@njit()
def _run(  # type: ignore[no-untyped-def]
    begin, mediator, start, room_begin, room, party_begin, party, length, weight, room_free, days, most, parties,
    fixed, place, best, grown, steps, seed,
):  # fmt: skip
    np.random.seed(seed)
    n = place.shape[0]
    by_mediator, by_room, by_party, load = _boards(
        place, mediator, start, party_begin, party, length, days, most, room_free.shape[0], parties
    )
    value = 0.0
    best_value = 0.0
    out = np.empty(n, np.int64)
    outs = 0
    for c in range(n):
        if best[c, 0] >= 0:
            best_value += weight[c]
        if place[c, 0] >= 0:
            value += weight[c]
        elif begin[c + 1] > begin[c]:
            out[outs] = c
            outs += 1
    until = np.zeros(n, np.int64)
    hit = np.empty(64, np.int64)
    chosen = np.empty(64, np.int64)
    for step in range(steps):
        if outs == 0:
            break
        q = np.random.randint(outs)
        c = out[q]
        least = np.inf
        pick = -1
        pick_room = -1
        hits = 0
        span = begin[c + 1] - begin[c]
        shift = np.random.randint(span)
        for o in range(span):
            k = begin[c] + (o + shift) % span
            m = mediator[k]
            t = start[k]
            found = 0
            cost = 0.0
            for s in range(t, t + length[c]):
                for e in range(party_begin[c] - 1, party_begin[c + 1]):
                    d = by_mediator[m, s] if e < party_begin[c] else by_party[party[e], s]
                    if d >= 0:
                        new = True
                        for h in range(found):
                            if hit[h] == d:
                                new = False
                        if new and found < 60:
                            hit[found] = d
                            found += 1
                            cost += np.inf if fixed[d] or until[d] > step else weight[d] * (1.0 + grown[d])
            if cost >= least:
                continue
            mine = 0
            for h in range(found):
                kk = place[hit[h], 0]
                if mediator[kk] == m and days[start[kk]] == days[t]:
                    mine += 1
            if load[m, days[t]] - mine >= most[m]:
                # One more of this mediator's cases of the day must go: the one that counts least.
                low = np.inf
                who = -1
                for s in range(days.shape[0]):
                    d = by_mediator[m, s]
                    if days[s] == days[t] and d >= 0 and not fixed[d] and until[d] <= step:
                        new = True
                        for h in range(found):
                            if hit[h] == d:
                                new = False
                        if new and weight[d] * (1.0 + grown[d]) < low:
                            low = weight[d] * (1.0 + grown[d])
                            who = d
                if who < 0 or found >= 60:
                    continue
                hit[found] = who
                found += 1
                cost += low
                if cost >= least:
                    continue
            for e in range(room_begin[c], room_begin[c + 1]):
                r = room[e]
                more = found
                total = cost
                for s in range(t, t + length[c]):
                    if not room_free[r, s]:
                        total = np.inf
                        break
                    d = by_room[r, s]
                    if d >= 0:
                        new = True
                        for h in range(more):
                            if hit[h] == d:
                                new = False
                        if new and more < 64:
                            hit[more] = d
                            more += 1
                            total += np.inf if fixed[d] or until[d] > step else weight[d] * (1.0 + grown[d])
                if total < least:
                    least = total
                    pick = k
                    pick_room = r
                    hits = more
                    for h in range(more):
                        chosen[h] = hit[h]
                    if total == 0.0:
                        break
            if least == 0.0:
                break
        if pick < 0:
            continue
        outs -= 1
        out[q] = out[outs]
        for h in range(hits):
            d = chosen[h]
            _set(d, place[d, 0], place[d, 1], -1, mediator, start, party_begin, party, length, days,
                 by_mediator, by_room, by_party, load)  # fmt: skip
            place[d, 0] = -1
            place[d, 1] = -1
            value -= weight[d]
            out[outs] = d
            outs += 1
        place[c, 0] = pick
        place[c, 1] = pick_room
        _set(c, pick, pick_room, c, mediator, start, party_begin, party, length, days,
             by_mediator, by_room, by_party, load)  # fmt: skip
        value += weight[c]
        if hits:
            grown[c] += 0.2
            until[c] = step + 3 + np.random.randint(8)
        if value > best_value + 1e-9:
            best_value = value
            best[:] = place


@njit()
def _earlier(  # type: ignore[no-untyped-def]
    begin, mediator, start, room_begin, room, party_begin, party, length, weight, room_free, days, most, parties,
    fixed, place,
):  # fmt: skip
    by_mediator, by_room, by_party, load = _boards(
        place, mediator, start, party_begin, party, length, days, most, room_free.shape[0], parties
    )
    again = True
    while again:
        again = False
        for c in range(place.shape[0]):
            if place[c, 0] < 0 or fixed[c]:
                continue
            old = place[c, 0]
            old_room = place[c, 1]
            _set(c, old, old_room, -1, mediator, start, party_begin, party, length, days,
                 by_mediator, by_room, by_party, load)  # fmt: skip
            done = False
            for k in range(begin[c], begin[c + 1]):
                t = start[k]
                if days[t] >= days[start[old]]:
                    break
                if load[mediator[k], days[t]] >= most[mediator[k]]:
                    continue
                clear = True
                for s in range(t, t + length[c]):
                    if by_mediator[mediator[k], s] >= 0:
                        clear = False
                    for e in range(party_begin[c], party_begin[c + 1]):
                        if by_party[party[e], s] >= 0:
                            clear = False
                if not clear:
                    continue
                for e in range(room_begin[c], room_begin[c + 1]):
                    r = room[e]
                    clear = True
                    for s in range(t, t + length[c]):
                        if by_room[r, s] >= 0 or not room_free[r, s]:
                            clear = False
                    if clear:
                        place[c, 0] = k
                        place[c, 1] = r
                        done = True
                        break
                if done:
                    break
            _set(c, place[c, 0], place[c, 1], c, mediator, start, party_begin, party, length, days,
                 by_mediator, by_room, by_party, load)  # fmt: skip
            again = again or done
