"""An order against what was found: critical findings in its first half, days by which they come sooner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wuxiao.plan.order import past
from wuxiao.plan.order.problem import Plan, Problem
from wuxiao.plan.store import Bools, Floats

#: Times the visits with a critical finding are drawn anew for the intervals.
DRAWS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The share of critical findings in the first half of an order and the mean days they come sooner, with 95 %."""

    share_first_half: float
    share_low: float
    share_high: float
    days_earlier: float
    days_low: float
    days_high: float


def judged(key: Floats, day: Floats, critical: Bools, seed: int = 0) -> Judged | None:
    """Return what an order by `key` (the smallest first) would have found; None where there was no critical finding.

    The order keeps the number of visits of each day as they were. Rows of one key share their stretch of the list
    evenly, so no tie is decided for or against an order; of an odd list the middle counts half to each side.
    """
    if not critical.any():
        return None
    inside, when = _places(key, np.sort(day))
    half, sooner = inside[critical], (day - when)[critical]
    draws = np.random.default_rng([seed, 95]).integers(0, len(half), (DRAWS, len(half)))
    low, high = np.quantile(half[draws].mean(axis=1), (0.025, 0.975))
    days_low, days_high = np.quantile(sooner[draws].mean(axis=1), (0.025, 0.975))
    return Judged(
        share_first_half=float(half.mean()), share_low=float(low), share_high=float(high),
        days_earlier=float(sooner.mean()), days_low=float(days_low), days_high=float(days_high),
    )  # fmt: skip


def _places(key: Floats, days: Floats) -> tuple[Floats, Floats]:
    """Return for each row how much of it stands in the first half, and the mean day of its stretch of the list."""
    n = len(key)
    _, block, size = np.unique(key, return_inverse=True, return_counts=True)
    end = np.cumsum(size)
    begin = end - size
    inside = np.clip(n / 2.0 - begin, 0.0, size) / size
    total = np.concatenate([[0.0], np.cumsum(days)])
    when = (total[end] - total[begin]) / size
    return inside[block], when[block]


def position(plan: Plan) -> Floats:
    """Return where each row of the list stands in the order."""
    found = np.zeros(len(plan.order))
    found[plan.order] = np.arange(len(plan.order), dtype=np.float64)
    return found


def last_result(problem: Problem) -> Floats:
    """Return a key that looks at the last visit alone: a critical finding first, then a serious one, then the rest."""
    seen = past.by_place(problem.visits)
    found = [seen[place].found[-1] if place in seen else (0, 0, 0) for place in problem.listed.place]
    return np.array([0.0 if f[0] else 1.0 if f[1] else 2.0 for f in found])
