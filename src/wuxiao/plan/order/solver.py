"""Learn from the visits, give every place that is due its chance, try the same on the last quarter, mix in the lot."""

from __future__ import annotations

from typing import Any

import numpy as np

from wuxiao.plan.form import Head, Progress, Stop, Watch, seeded
from wuxiao.plan.order import learn, lot, past
from wuxiao.plan.order.problem import Plan, Problem, Trial
from wuxiao.plan.store import Floats, Ints

VERSION = "1"
#: The share of the visits, the last ones, on which the order is tried.
TRIED = 0.25


def solve(
    problem: Problem,
    /,
    *,
    seconds: float,
    seed: int,
    warm: Any = None,
    stop: Stop | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Return the order of the list; `warm` is not used: what was learnt before must not decide what is learnt now."""
    seed = seeded(seed)
    watch = Watch(seconds, stop, progress)
    visits, n = problem.visits, len(problem.listed.place)
    seen = past.by_place(visits)
    told: Ints = np.flatnonzero(visits.told).astype(np.int64)
    fitted = learn.enough(visits.critical[told])
    groups, steps = learn.GROUPS, 0
    weighed = np.zeros((n, len(groups)))
    trial = None
    if fitted:
        line = learn.fit(visits, seen, told, watch)
        steps = line.steps
        table = learn.listed(line, problem, seen)
        for g in range(len(groups)):
            weighed[:, g] = table[:, line.group == g] @ line.weight[line.group == g]
        chance = _chance(line.odds(table))
        trial = _tried(problem, seen, told, Watch(seconds, stop))
    else:
        own = past.own(seen, problem.listed.place, np.full(n, problem.today), problem.listed.licensed)
        chance = own[:, [name for name, _ in past.OWN].index("critical_share")]
        weighed[:, 0] = np.log(chance / (1.0 - chance))
    if n:
        weighed -= weighed.mean(axis=0)
    ranked = lot.by_chance(chance, seed)
    order, drawn = lot.mixed(ranked, problem.drawn, seed)
    head = Head(
        engine="order", version=VERSION, seed=seed, seconds=watch.seconds, iterations=steps,
        objective=first_half(chance, order), bound=first_half(chance, ranked), stopped=watch.reason or "done",
        minimise=False,
    )  # fmt: skip
    return Plan(
        head=head, order=order, drawn=drawn, chance=chance, groups=groups, weighed=weighed, fitted=fitted,
        visits=len(told), trial=trial,
    )  # fmt: skip


def first_half(worth: Floats, order: Ints) -> float:
    """Return the share of a sum that stands in the first half of an order; of an odd list, half of its middle too."""
    half = len(order) // 2
    inside = float(worth[order[:half]].sum()) + (float(worth[order[half]]) / 2.0 if len(order) % 2 else 0.0)
    whole = float(worth.sum())
    return inside / whole if whole > 0 else 0.0


def _chance(odds: Floats) -> Floats:
    found: Floats = 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))
    return found


def _tried(problem: Problem, seen: dict[str, past.Seen], told: Ints, watch: Watch) -> Trial | None:
    """Return how the order does on the last quarter of the visits, all of them known as on its first morning."""
    visits = problem.visits
    cut = float(np.quantile(visits.day[told], 1.0 - TRIED))
    before, after = told[visits.day[told] < cut], told[visits.day[told] >= cut]
    if not learn.enough(visits.critical[before]) or not (visits.critical[after] > 0).any():
        return None
    line = learn.fit(visits, seen, before, watch)
    place = [visits.place[r] for r in after]
    own = past.own(seen, place, np.full(len(after), cut), visits.licensed[after])
    nearby = visits.nearby[after].reshape(len(after), len(problem.reports))
    table = line.table(own, tuple(visits.kind[r] for r in after), tuple(visits.lines[r] for r in after), nearby)
    chance = _chance(line.odds(table))
    critical = (visits.critical[after] > 0).astype(np.float64)
    share = first_half(critical, lot.by_chance(chance, 0))
    low, high = _wilson(share, float(critical.sum()))
    return Trial(
        visits=len(after), critical=int(critical.sum()), expected=float(chance.sum()), share=share, low=low, high=high
    )  # fmt: skip


def _wilson(share: float, number: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share of so many."""
    z = 1.959964
    middle = (share + z * z / (2.0 * number)) / (1.0 + z * z / number)
    wide = z * np.sqrt(share * (1.0 - share) / number + z * z / (4.0 * number * number)) / (1.0 + z * z / number)
    return float(max(0.0, middle - wide)), float(min(1.0, middle + wide))
