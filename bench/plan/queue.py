"""Hypercube: time of the exact model by units, beside scipy's sparse solver; truth against Erlang's formula."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import linalg

from bench.plan.figure import Figure
from wuxiao.plan import queue

PLACES = 300


def problem(
    n: int, *, mixed: bool = False, method: Any = "exact", full: Any = "waits", use: float = 0.5
) -> queue.Problem:
    """Units and places at random on a square of 10 minutes, half of the time busy."""
    source = np.random.default_rng(n)
    units, places = source.uniform(0, 10, (n, 2)), source.uniform(0, 10, (PLACES, 2))
    busy = source.uniform(20, 40, n) if mixed else np.full(n, 30.0)
    calls = source.gamma(1, 1, PLACES)
    calls *= use * (60 / busy).sum() / calls.sum()
    return queue.Problem(
        units=tuple(f"u{i}" for i in range(n)), places=tuple(f"p{j}" for j in range(PLACES)), calls_per_hour=calls,
        minutes=np.abs(units[:, None] - places).sum(axis=2), busy_minutes=busy, method=method, full=full,
    )  # fmt: skip


def _solve(one: queue.Problem) -> tuple[queue.Plan, float]:
    began = time.perf_counter()
    plan = queue.solve(one, seconds=600, seed=1, sensitivity=False)
    return plan, time.perf_counter() - began


def _exact(n: int, must: str, aim: str, repeats: int) -> Callable[[], dict[str, Any]]:
    def run() -> dict[str, Any]:
        _solve(problem(3))
        times = []
        for _ in range(repeats):
            plan, seconds = _solve(problem(n))
            times.append(seconds)
        near, _ = _solve(problem(n, method="approximate"))
        told: dict[str, Any] = {
            "seconds": Figure(round(float(np.median(times)), 3), must, aim),
            "sweeps": plan.head.iterations,
            "residual": plan.residual,
            "breaches": len(queue.check(problem(n), plan)),
            "approximation: greatest error of a load": round(float(np.abs(plan.load - near.load).max()), 4),
            "approximation: error of mean response": round(near.mean_response / plan.mean_response - 1, 4),
        }
        if n == 12:
            told |= _scipy(problem(n, full="lost"))
        return told

    return run


def _scipy(one: queue.Problem) -> dict[str, Any]:
    """The same chain built row by row in Python and given to scipy's direct sparse solver."""
    plan, ours = _solve(one)
    began = time.perf_counter()
    n = len(one.units)
    order, calls, rate = one.sent_in_order(), one.calls_per_hour / 60, 1 / one.busy_minutes
    unique, group = np.unique(order, axis=0, return_inverse=True)
    weight = np.bincount(group.ravel(), calls)
    rows, columns, values = [], [], []
    for b in range(1 << n):
        for g in range(len(unique)):
            u = next((x for x in unique[g] if not b >> int(x) & 1), None)
            if u is not None:
                rows += [b | 1 << int(u), b]
                columns += [b, b]
                values += [weight[g], -weight[g]]
        for u in range(n):
            if b >> u & 1:
                rows += [b & ~(1 << u), b]
                columns += [b, b]
                values += [rate[u], -rate[u]]
    built = time.perf_counter() - began
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(1 << n, 1 << n)).tolil()
    matrix[0] = np.ones(1 << n)
    right = np.zeros(1 << n)
    right[0] = 1.0
    chance = linalg.spsolve(matrix.tocsc(), right)
    peer = time.perf_counter() - began
    load = np.array([chance[(np.arange(1 << n) >> u & 1) == 1].sum() for u in range(n)])
    return {
        "scipy seconds": round(peer, 2),
        "scipy seconds of building": round(built, 2),
        "ratio to scipy": round(peer / ours, 1),
        "greatest difference of a load": float(np.abs(load - plan.load).max()),
    }


def truth() -> dict[str, Any]:
    """Equal units answer as Erlang's formulas say."""
    worst = 0.0
    for n in (1, 4, 9, 14):
        for use in (0.3, 0.6, 0.9):
            blocked = ((use * n) ** n / math.factorial(n)) / sum(
                (use * n) ** k / math.factorial(k) for k in range(n + 1)
            )
            lost, _ = _solve(problem(n, full="lost", use=use))
            line, _ = _solve(problem(n, full="waits", use=use))
            worst = max(worst, abs(lost.all_busy - blocked), abs(line.all_busy - blocked / (1 - use * (1 - blocked))))
    return {"greatest error of the chance that all are busy": Figure(worst, "<= 1e-6")}


CASES = {
    "exact, 12 units": _exact(12, "<= 0.2", "", 5),
    "exact, 15 units": _exact(15, "<= 3", "", 5),
    "exact, 18 units": _exact(18, "", "<= 10", 3),
    "exact, 20 units": _exact(20, "", "<= 40", 1),
    "truth": truth,
}
