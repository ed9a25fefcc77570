"""Figures of `beats`: balance of fields, minutes on due streets against the bound, and what a watcher can foretell.

No library or published instance covers frequencies, fields and unpredictability together; the peers here are the same
rounds walked by the clock (day one repeated) and rounds whose drawn slots were not improved.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bench.plan.figure import Figure
from wuxiao.plan import beats
from wuxiao.plan.beats.sample import sample
from wuxiao.plan.beats.unforeseen import figures
from wuxiao.plan.form import after_iterations


def county() -> dict[str, Any]:
    """225 units, 480 streets, 10 fields, 14 days of three shifts in 20 s."""
    problem = sample(15, 1, 10, floor=1.0)
    beats.solve(sample(4, 1, 2), seconds=1.0, seed=1)
    raw = beats.solve(problem, seconds=60.0, seed=1, stop=after_iterations(1))
    began = time.perf_counter()
    plan = beats.solve(problem, seconds=20.0, seed=1)
    took = time.perf_counter() - began
    first = [r for r in plan.rounds if r.day < 2]
    clock = [replace(r, day=day + r.day, start=10.0) for day in range(0, problem.days, 2) for r in first]
    seen = figures(problem, clock)
    mean = float(plan.work.mean())
    return {
        "breaches": Figure(len(beats.check(problem, plan)), "<= 0"),
        "imbalance of fields": Figure(round(float(abs(plan.work / mean - 1.0).max()), 4), "<= 0.1", "<= 0.05"),
        "random_share": round(plan.random_share, 4),
        "minutes above the bound": round(plan.head.gap or 0.0, 4),
        "minutes, share of the unimproved draw": Figure(round(plan.head.objective / raw.head.objective, 4), "<= 1"),
        "foretold (a blind bet: 1x)": Figure(round(plan.foretold / plan.chance, 3), "<= 2", "<= 1.25"),
        "foretold by the clock": round(seen[1] / seen[2], 2),
        "entropy": Figure(round(plan.entropy, 4), ">= 0.8"),
        "entropy by the clock": round(seen[0], 4),
        "gap_spread": round(plan.gap_spread, 3),
        "gap_spread by the clock": round(seen[3], 3),
        "seconds": Figure(round(took, 2), "<= 22"),
        "iterations": plan.head.iterations,
    }


CASES: dict[str, Callable[[], dict[str, Any]]] = {"225 units, 14 days": county}
