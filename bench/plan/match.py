"""Figures of `wuxiao.plan.match`: hearings made from a seed number, beside two greedy ways in the same run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bench.plan.figure import Figure
from wuxiao.plan import match
from wuxiao.plan.match.options import options
from wuxiao.plan.match.town import town


def greedy(problem: match.Problem, *, scarce_first: bool) -> int:
    """Return how many cases are heard when each takes its first free option, in order given or fewest options first."""
    it = options(problem)
    busy = [np.zeros((count, len(problem.days)), bool) for count in (len(it.most), it.parties)]
    rooms = ~it.room_free
    load = np.zeros((len(it.most), int(it.days[-1]) + 1), np.int64)
    order = np.argsort(np.diff(it.begin), kind="stable") if scarce_first else np.arange(len(problem.cases))
    return sum(_first(it, int(c), busy[0], busy[1], rooms, load) for c in order)


def _first(it: Any, c: int, mediators: Any, parties: Any, rooms: Any, load: Any) -> bool:
    who, length = it.party[it.party_begin[c] : it.party_begin[c + 1]], int(it.length[c])
    for k in range(it.begin[c], it.begin[c + 1]):
        m, t = it.mediator[k], it.start[k]
        over = slice(t, t + length)
        if mediators[m, over].any() or parties[who, over].any() or load[m, it.days[t]] >= it.most[m]:
            continue
        for r in it.room[it.room_begin[c] : it.room_begin[c + 1]]:
            if not rooms[r, over].any():
                mediators[m, over] = rooms[r, over] = parties[who, over] = True
                load[m, it.days[t]] += 1
                return True
    return False


def hearings(cases: int, limit: float, tight: tuple[float, ...]) -> Callable[[], Mapping[str, Any]]:
    """Return the case of so many hearings; each tightness with two seeds."""

    def case() -> Mapping[str, Any]:
        match.solve(town(20, 1), seconds=600, seed=1)
        rows: dict[str, Any] = {}
        ratios, spent, proved = [], [], 0
        for share in tight:
            for seed in (1, 2):
                problem = town(cases, seed, tight=share)
                simple, better = (greedy(problem, scarce_first=first) for first in (False, True))
                plan = match.solve(problem, seconds=limit, seed=1)
                head = plan.head
                ratios.append(head.objective / better)
                spent.append(head.seconds)
                proved += head.stopped == "proved"
                rows[f"load {share:g} seed {seed}"] = (
                    f"greedy {simple}, scarce first {better}, ours {head.objective:g} of at most {head.bound:g}, "
                    f"{head.stopped} {head.seconds:.2f} s"
                )
        rows["median ratio to the better greedy"] = Figure(round(float(np.median(ratios)), 4), aim=">= 1.02")
        if cases == 300:
            rows["proved"] = Figure(proved, must=f">= {2 * len(tight)}")
            rows["median s"] = Figure(round(float(np.median(spent)), 2), must="<= 10")
        else:
            rows["proved"] = proved
        return rows

    return case


CASES: dict[str, Callable[[], Mapping[str, Any]]] = {
    "300 cases": hearings(300, 10, (0.7, 0.85, 0.95)),
    "1,000 cases": hearings(1000, 30, (0.85, 0.95, 1.05)),
}
