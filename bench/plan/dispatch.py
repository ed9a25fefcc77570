"""Dispatch: time to an optimal answer, gain over the rule of thumb when calls pile up."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from bench.plan.figure import Figure
from wuxiao.plan import dispatch
from wuxiao.plan.dispatch.solver import fits, greedy, value


def desk(units: int, calls: int, seed: int, m: int = 200) -> dispatch.Problem:
    """A town of 20 by 20 minutes, calls of three priorities, a fifth of which need two units."""
    source = np.random.default_rng(seed)
    spots = source.uniform(0, 20, (m, 2))
    return dispatch.Problem(
        places=tuple(map(str, range(m))), minutes=np.abs(spots[:, None] - spots).sum(axis=2),
        units=tuple(
            dispatch.Unit(id=f"u{k}", place=int(source.integers(m)), free_in=float(source.choice([0, 0, 0, 8])))
            for k in range(units)
        ),
        calls=tuple(
            dispatch.Call(id=f"c{k}", place=int(source.integers(m)), priority=int(source.integers(3)),
                          needs=int(source.choice([1, 1, 1, 1, 2])))
            for k in range(calls)
        ),
        demand=source.gamma(1, 1, m),
    )  # fmt: skip


def _many(units: int, calls: int, runs: int) -> dict[str, Any]:
    times, gains, proved = [], [], 0
    for seed in range(runs):
        problem = desk(units, calls, seed)
        began = time.perf_counter()
        plan = dispatch.solve(problem, seconds=20, seed=1)
        times.append(time.perf_counter() - began)
        pairs = [(u, c) for u, x in enumerate(problem.units) for c, y in enumerate(problem.calls) if fits(x, y)]
        gains.append(1.0 - plan.head.objective / value(problem, greedy(problem, pairs)))
        proved += plan.head.stopped == "proved"
        assert dispatch.check(problem, plan) == []
    return {
        "cases": runs,
        "proved": proved,
        "seconds, median": round(float(np.median(times)), 3),
        "seconds, longest": round(max(times), 3),
        "objective below the rule of thumb (nearest by priority)": Figure(round(float(np.mean(gains)), 4)),
    }


CASES = {
    "one call, 20 units": lambda: _many(20, 1, 20),
    "a pile of 12 calls, 20 units": lambda: _many(20, 12, 10),
    "a pile of 25 calls, 60 units": lambda: _many(60, 25, 5),
}
