"""From a problem to a plan: build or take over, ruin and recreate across all days, times, words."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np

from wuxiao.plan.form import Head, Progress, State, Stop, Watch
from wuxiao.plan.rounds import why
from wuxiao.plan.rounds.problem import Left, Place, Plan, Problem, Round, Shift
from wuxiao.plan.rounds.schedule import round_of
from wuxiao.plan.rounds.today import rest_of

VERSION = "1.0"
#: Steps of one compiled run where the limit is by steps, and its share of a second where it is by time.
CHUNK, CHUNK_SECONDS = 1000, 0.1
#: Temperatures in mean legs of travel: at the start of a short and of a long search (by seconds, by steps), at the end,
#: and at the start from an earlier plan. Clustered places need the heat, short searches cannot use it.
HOT, COLD, WARM = (1.0, 6.0), 0.01, 0.1
LONG_SECONDS, LONG_STEPS = 30.0, 250_000


def solve(
    problem: Problem,
    /,
    *,
    seconds: float,
    seed: int,
    warm: Plan | None = None,
    stop: Stop | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Return rounds for all shifts: every visit on a day its place allows, by an officer who can, in time.

    `seconds` of wall time (the compiling at the first use on a machine is not counted); with a `stop` by steps the same
    seed gives the same plan. `warm` is an earlier plan: the search starts from it, stays near it as far as
    ``problem.change_minutes`` says, and keeps its visits before ``problem.today``. Visits that find no room are
    named in ``Plan.left``, must-visits last of all. There is no bound: none is proven.
    """
    from wuxiao.plan.rounds import search

    search.compile_once()
    watch = Watch(seconds, stop, progress)
    ahead, past, gone, loosened = rest_of(problem, warm)
    shifts = tuple(sorted(ahead.shifts, key=lambda s: (s.day, s.officer)))
    found = _Search(ahead, shifts, seed, warm)
    steps = found.run(watch, _limit(stop), seconds)
    rounds = [*past, *found.rounds()]
    rounds.sort(key=lambda r: (r.day, r.officer))
    left = sorted((*gone, *found.left()), key=lambda x: (not x.must, x.day, x.place))
    return _plan(problem, tuple(rounds), tuple(left), warm, watch, steps, seed, loosened)


class _Search:
    """One search: arrays, running figures, and the way back to rounds."""

    def __init__(self, problem: Problem, shifts: tuple[Shift, ...], seed: int, warm: Plan | None) -> None:
        from wuxiao.plan.rounds import kernel, search
        from wuxiao.plan.rounds.tables import tables

        self.problem, self.shifts = problem, shifts
        self.row = {p.id: i for i, p in enumerate(problem.places)}
        self.earlier = [r for r in (warm.rounds if warm else ()) if r.day >= problem.today]
        before = [
            (self.row[v.place], r.day, r.officer)
            for r in self.earlier
            for v in r.visits
            if v.place in self.row and r.day < problem.days
        ]
        self.t = tables(problem, shifts, before if problem.change_minutes > 0 else ())
        self.s = kernel.empty(self.t)
        self.w = search.work(self.t)
        self.b = search.Best(np.zeros_like(self.s.seq), np.zeros_like(self.s.size), np.zeros_like(self.s.where))
        self.random = np.array([(seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) % 2**64 | 1], np.uint64)
        self.figures = search.figures()
        for _ in range(10):
            kernel.draw(self.random)
        self.warm = bool(before)
        if warm is not None:
            self._take_over()
        search.build(self.t, self.s, self.w, self.b, self.random, self.figures)
        legs = int(self.s.size.sum()) + int((self.s.size > 0).sum())
        self.scale = max(1e-6, float(self.figures[search.TRAVEL]) / max(1, legs))
        # What a must-visit left costs in the search at first: clearly more than any way in.
        self.figures[search.PENALTY] = 10 * self.scale + 4 * float(self.t.weights.sum())
        self.figures[search.FLOOR] = 2 * self.scale + float(self.t.weights.sum())

    def _take_over(self) -> None:
        from wuxiao.plan.rounds.search import append, drop

        route = {(s.officer, s.day): r for r, s in enumerate(self.shifts)}
        for one in self.earlier:
            r = route.get((one.officer, one.day))
            for visit in one.visits if r is not None else ():
                u = self.row.get(visit.place)
                if u is not None:
                    append(self.t, self.s, self.w, u, r)
        for u, place in enumerate(self.problem.places):
            days = [int(d) for d in np.flatnonzero(self.s.where[u] >= 0)]
            if len(days) == place.visits and not _kept_apart(place, days):
                drop(self.t, self.s, u)

    def run(self, watch: Watch, limit: int | None, seconds: float) -> int:
        from wuxiao.plan.rounds import search

        length = seconds / LONG_SECONDS if limit is None else limit / LONG_STEPS
        hot = self.scale * (WARM if self.warm else min(HOT[1], max(HOT[0], HOT[1] * length)))
        cold = COLD * self.scale
        steps, size, cycle = 0, CHUNK if limit is not None or math.isinf(seconds) else 50, 20 * CHUNK
        if not self.problem.places or not self.shifts:
            watch.reason = "done"
            return 0
        begun = 0
        while not watch(steps, self.objective()):
            if limit is not None:
                count = min(CHUNK, limit - steps)
                part = steps / limit, (steps + count) / limit
            elif math.isinf(seconds):
                if steps - begun >= cycle:
                    begun, cycle, hot = steps, 2 * cycle, max(0.3 * hot, 2 * cold)
                count = CHUNK
                part = (steps - begun) / cycle, (steps - begun + count) / cycle
            else:
                count = size
                share = min(1.0, watch.seconds / seconds)
                part = share, min(1.0, share + CHUNK_SECONDS / seconds)
            before = watch.seconds
            heats = [hot * (cold / hot) ** p for p in part]
            search.anneal(self.t, self.s, self.w, self.b, self.random, self.figures, max(1, count), *heats)
            steps += max(1, count)
            took = max(1e-6, watch.seconds - before)
            size = max(1, min(50_000, int(size * min(4.0, min(CHUNK_SECONDS, max(1e-3, watch.left)) / took))))
        return steps

    def objective(self) -> float:
        """Return the cost of the best solution, without the must-visits it leaves."""
        from wuxiao.plan.rounds.search import BEST_COST

        return float(self.figures[BEST_COST])

    def places_of(self, r: int) -> list[Place]:
        return [self.problem.places[int(u)] for u in self.b.seq[r, 1 : int(self.b.size[r]) + 1]]

    def rounds(self) -> list[Round]:
        found = []
        for r, shift in enumerate(self.shifts):
            if self.b.size[r]:
                one = round_of(self.problem, shift, self.places_of(r))
                if one is None:
                    raise RuntimeError(f"the search left round {shift.officer} on day {shift.day} out of time")
                found.append(one)
        return found

    def left(self) -> list[Left]:
        from wuxiao.plan.rounds.kernel import LEFT

        found = []
        for u, place in enumerate(self.problem.places):
            days = [int(d) for d in np.flatnonzero(self.b.where[u] == LEFT)]
            kept = int((self.b.where[u] >= 0).sum())
            days += [self.problem.today] * (place.visits - kept - len(days))
            found += [why.left(self.problem, self.shifts, place, d) for d in days]
        return found


def _kept_apart(place: Place, days: list[int]) -> bool:
    if place.patterns is not None:
        return tuple(days) in {tuple(sorted(p)) for p in place.patterns}
    row = days if place.last_day is None else [place.last_day, *days]
    most = math.inf if place.gap_most is None else place.gap_most
    return all(place.gap_least <= b - a <= most for a, b in pairwise(row))


def _limit(stop: Stop | None) -> int | None:
    """Return the number of steps after which a stop rule ends every search, or None; so the cooling can be planned."""
    most = 2**40
    if stop is None or not stop(State(most, 0.0)):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if stop(State(middle, 0.0)) else (middle, high)
    return high


def travel_of(rounds: tuple[Round, ...]) -> float:
    """Return the travel of rounds, summed without loss."""
    return math.fsum(r.travel for r in rounds)


def others(problem: Problem, rounds: tuple[Round, ...]) -> int:
    """Return how many visits are made by another than the place's usual, or else most frequent, officer."""
    by: dict[str, Counter[str]] = {}
    for one in rounds:
        for visit in one.visits:
            by.setdefault(visit.place, Counter())[one.officer] += 1
    usual = {p.id: p.usual for p in problem.places}
    count = 0
    for place, counts in by.items():
        known = usual.get(place)
        count += counts.total() - (counts[known] if known is not None else max(counts.values()))
    return count


def _plan(
    problem: Problem,
    rounds: tuple[Round, ...],
    left: tuple[Left, ...],
    warm: Plan | None,
    watch: Watch,
    steps: int,
    seed: int,
    loosened: int,
) -> Plan:
    travel, other = travel_of(rounds), others(problem, rounds)
    worth = {p.id: p.worth for p in problem.places}
    missed = math.fsum(worth[x.place] for x in left if not x.must)
    visits = sum(len(r.visits) for r in rounds)
    kept = moved = None
    if warm is not None:
        old = {(r.officer, r.day, v.place) for r in warm.rounds for v in r.visits if v.place in worth}
        new = {(r.officer, r.day, v.place) for r in rounds for v in r.visits}
        kept, moved = len(old & new), len(old - new)
    head = Head(
        engine="rounds",
        version=VERSION,
        seed=seed,
        seconds=watch.seconds,
        iterations=steps,
        objective=travel + problem.other_officer_minutes * other + missed,
        bound=None,
        stopped=watch.reason,
    )
    parts: dict[str, Any] = {
        "rounds": rounds, "left": left, "travel": travel, "other_officer": other, "visits": visits,
        "kept": kept, "moved": moved,
    }  # fmt: skip
    bare = Plan(head=head, **parts)
    return Plan(head=head, **parts, reasons=tuple((s.zh, s.en) for s in why.reasons(problem, bare, loosened)))
