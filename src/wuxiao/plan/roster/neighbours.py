"""Large neighbourhoods: again and again a part of the best roster is freed and solved exactly, or the whole annealed.

Sizes grow while parts are solved to their end and shrink while they are not. On an instance of 45 people and six weeks
five days of all people took 0.3 s of CPU time and were proved; five people on all days were not within 8 s and brought
less: so days come more often.
"""

from __future__ import annotations

import numpy as np

from wuxiao.plan.form import Watch
from wuxiao.plan.roster.local import Local
from wuxiao.plan.roster.parts import Parts, divides
from wuxiao.plan.roster.problem import Problem


def improve(problem: Problem, local: Local, watch: Watch, seed: int, *, until: float, bound: float) -> None:
    """Improve the best roster of `local` until the watch says so, `until` seconds are over, or the bound is met."""
    parts, random = Parts(problem), np.random.default_rng(seed)
    many, days = len(problem.people), problem.days
    some, span, turn = min(many, 4), min(days, 5), 0
    apart = divides(problem)
    while local.cost > bound + 1e-9 and watch.seconds < until and not watch(local.steps, local.cost, bound):
        kind = ("days", "anneal", "days", "people")[turn % 4]
        turn += 1
        left = min(watch.left, until - watch.seconds)
        if kind == "anneal":
            local.again()
            # Hot enough to leave the roster's own hollow, and not to lose it.
            local.cool(min(left, max(0.5, 0.01 * watch.limit)), 0.15 * local.hot, local.cold, bound)
            continue
        each = int(random.integers(1 << 30))
        if kind == "people" and apart:
            who = _together(problem, local, random, some)
            fresh, exact = parts.people(local.best, who, min(left, 6.0), each)
            some = max(3, min(many, some + (1 if exact else -1)))
        else:
            first = int(random.integers(0, max(1, days - span + 1)))
            free = {(p, d) for p in range(many) for d in range(first, min(days, first + span))}
            fresh, exact = parts.cells(local.best, free, min(left, 8.0), each)
            span = max(2, min(days, span + (1 if exact else -1)))
        if fresh is not None:
            local.take(fresh)


def _together(problem: Problem, local: Local, random: np.random.Generator, count: int) -> list[int]:
    """Return people to free together: some by lot, or those whose rows cost most, who have most to exchange."""
    many = len(problem.people)
    if random.integers(3):
        return [int(p) for p in random.choice(many, size=min(count, many), replace=False)]
    costs = local.by_person()
    weights = costs + costs.mean() + 1e-9
    return [int(p) for p in random.choice(many, size=min(count, many), replace=False, p=weights / weights.sum())]
