"""How little can be foretold: entropy of the hours, a watcher's best bet against a blind one, spread of gaps."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from wuxiao.plan.beats.problem import Problem, Round

#: Parts of a shift a watcher bets on.
PARTS = 4


def figures(problem: Problem, rounds: Sequence[Round]) -> tuple[float, float, float, float]:
    """Return entropy, foretold, chance and gap_spread as `Plan` explains them, over asked and drawn visits alike."""
    bins: dict[int, list[int]] = defaultdict(list)
    whens: dict[int, list[float]] = defaultdict(list)
    minutes = problem.minutes_of
    for r in sorted(rounds, key=lambda r: (r.day, r.shift)):
        at = r.start
        seen: set[int] = set()
        for street, kind in zip(r.steps.tolist(), r.kind.tolist(), strict=True):
            if kind and street not in seen:
                seen.add(street)
                part = min(PARTS - 1, int(at / problem.minutes * PARTS))
                bins[street].append(r.shift * PARTS + part)
                whens[street].append(r.day * 1440.0 + r.shift * problem.minutes + at)
            at += float(minutes[street])
    entropies, gaps = [], []
    often_right = seldom_right = blind = bets = 0.0
    for street, hours in bins.items():
        if len(hours) < 3:
            continue
        count = Counter(hours)
        most = math.log(min(len(hours), problem.shifts * PARTS))
        entropies.append(-sum(c / len(hours) * math.log(c / len(hours)) for c in count.values()) / most)
        days: dict[int, set[int]] = defaultdict(set)
        for when, hour in zip(whens[street], hours, strict=True):
            days[int(when // 1440.0)].add(hour)
        often = Counter(hour for came in days.values() for hour in came)
        for day in range(problem.days):
            # The watcher has seen all days but this one, and bets on one quarter of a shift: the most frequent,
            # or, since what came often may be due less, the least frequent, whichever pays better in the end.
            came = days.get(day, set())
            seen_else = {hour: often[hour] - (hour in came) for hour in range(problem.shifts * PARTS)}
            top, bottom = max(seen_else.values()), min(seen_else.values())
            most_often = [hour for hour, c in seen_else.items() if c == top]
            most_seldom = [hour for hour, c in seen_else.items() if c == bottom]
            often_right += len(came.intersection(most_often)) / len(most_often)
            seldom_right += len(came.intersection(most_seldom)) / len(most_seldom)
            blind += len(came) / (problem.shifts * PARTS)
            bets += 1.0
        times = whens[street]
        apart = [b - a for a, b in itertools.pairwise(times)]
        mean = sum(apart) / len(apart)
        gaps.append(math.sqrt(sum((g - mean) ** 2 for g in apart) / len(apart)) / mean if mean else 0.0)
    if not entropies:
        return 1.0, 0.0, 0.0, 1.0
    foretold = max(often_right, seldom_right) / bets
    return sum(entropies) / len(entropies), foretold, blind / bets, sum(gaps) / len(gaps)


def if_under_reported(problem: Problem, unit_field: Sequence[int], share: float = 0.3, draws: int = 200) -> float:
    """Return the mean largest deviation of a field's true work where units report up to a share too little.

    Every unit's true work is what was given over 1 - u, u drawn evenly from 0 to `share`, always alike.
    """
    draw = np.random.default_rng(0)
    worst = []
    for _ in range(draws):
        true = problem.work / (1.0 - draw.uniform(0.0, share, len(problem.work)))
        have = np.bincount(np.asarray(unit_field), true, problem.fields)
        worst.append(float(np.abs(have / have.mean() - 1.0).max()))
    return float(np.mean(worst))
