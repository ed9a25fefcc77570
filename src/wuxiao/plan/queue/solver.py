"""Evaluate a candidate plan by the hypercube, exact or approximate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from wuxiao.plan.form import Head, Progress, Stop, Watch
from wuxiao.plan.queue.approximate import approximate
from wuxiao.plan.queue.hypercube import busy_together, solve_states
from wuxiao.plan.queue.problem import Plan, Problem
from wuxiao.plan.shared.under_reporting import Variant, tried
from wuxiao.plan.store import Floats, Ints

VERSION = "1"
#: Up to so many units `auto` takes the exact model.
AUTO_UNITS = 16


def solve(
    problem: Problem,
    /,
    *,
    seconds: float,
    seed: int,
    warm: Plan | None = None,
    stop: Stop | None = None,
    progress: Progress | None = None,
    sensitivity: bool = True,
) -> Plan:
    """Return load per unit and response by place of a candidate plan; `warm` is not needed and passed over.

    Without `sensitivity` the under-reporting table is left out (it costs six approximate solutions). `seed` draws only
    the uneven under-reporting. `head.bound` is None: this evaluates, it does not search.
    """
    watch = Watch(seconds, stop, progress)
    exact = problem.method == "exact" or (problem.method == "auto" and len(problem.units) <= AUTO_UNITS)
    found = _evaluate(problem, problem.calls_per_hour / 60.0, exact, watch)
    variants: tuple[Variant, ...] = ()
    if sensitivity:
        base = found if not exact else _evaluate(problem, problem.calls_per_hour / 60.0, False, Watch(seconds))
        shift = found.mean - base.mean

        def again(true: Floats) -> float:
            if problem.full == "waits" and true.sum() >= (1.0 / problem.busy_minutes).sum() * 60.0:
                return float("inf")
            return _evaluate(problem, true / 60.0, False, Watch(seconds)).mean + shift

        variants = tried(problem.calls_per_hour, seed, again)
    method: Literal["exact", "approximate"] = "exact" if exact else "approximate"
    head = Head(
        engine="queue", version=VERSION, seed=seed, seconds=watch.seconds, iterations=found.steps,
        objective=found.mean, bound=None, stopped=watch.reason or "done",
    )  # fmt: skip
    grid = problem.grid if problem.grid is not None else np.arange(len(problem.places))
    calls = np.bincount(grid, problem.calls_per_hour)
    in_time = np.bincount(grid, problem.calls_per_hour * (1.0 - found.late))
    under = np.flatnonzero((calls > 0) & (in_time < problem.floor * calls - 1e-12))
    return Plan(
        head=head, method=method, load=found.load, response=found.response, late=found.late, sent=found.sent,
        all_busy=found.full, mean_response=found.mean, late_share=found.late_share, residual=found.residual,
        under_floor=tuple(int(g) for g in under), under_reporting=variants,
    )  # fmt: skip


class _Found:
    """The parts of an evaluation before they become a plan."""

    __slots__ = ("full", "late", "late_share", "load", "mean", "residual", "response", "sent", "steps")

    def __init__(self, load: Floats, free: Floats, full: float, problem: Problem, calls: Floats) -> None:
        """`free[unit, place]` are shares among calls that find a unit free (they sum to 1 over units)."""
        minutes, rate = problem.minutes, 1.0 / problem.busy_minutes
        late_after = problem.late_minutes
        direct = (free * minutes).sum(axis=0)
        direct_late = (free * (minutes > late_after + 1e-12)).sum(axis=0)
        self.load, self.full = load, full
        if problem.full == "lost":
            self.response, self.late, self.sent = direct, direct_late, free
        else:
            next_free = rate / rate.sum()
            spare = float(rate.sum() - calls.sum())
            waiting = 1.0 / spare + next_free @ minutes
            left = np.maximum(0.0, late_after - minutes)
            waiting_late = next_free @ np.where(minutes > late_after, 1.0, np.exp(-spare * left))
            self.response = (1.0 - full) * direct + full * waiting
            self.late = (1.0 - full) * direct_late + full * waiting_late
            self.sent = (1.0 - full) * free + full * next_free[:, None]
        weight = calls / calls.sum()
        self.mean = float(weight @ self.response)
        self.late_share = float(weight @ self.late)
        self.steps = 0
        self.residual: float | None = None


def _evaluate(problem: Problem, calls: Floats, exact: bool, watch: Watch) -> _Found:
    order = problem.sent_in_order()
    unique, group = np.unique(order, axis=0, return_inverse=True)
    group = group.ravel()
    weight = np.bincount(group, calls, minlength=len(unique)).astype(np.float64)
    work: Callable[[Ints, Floats, Problem, Watch], tuple[Floats, Floats, float, int, float | None]]
    work = _exactly if exact else _nearly
    load, shares, full, steps, residual = work(unique.astype(np.int64), weight, problem, watch)
    n, m = len(problem.units), len(problem.places)
    free = np.zeros((n, m))
    np.put_along_axis(free, unique[group].T, shares[group].T, axis=0)
    found = _Found(load, free, full, problem, calls)
    found.steps, found.residual = steps, residual
    return found


def _exactly(
    order: Ints, calls: Floats, problem: Problem, watch: Watch
) -> tuple[Floats, Floats, float, int, float | None]:
    rate = 1.0 / problem.busy_minutes
    solved = solve_states(np.ascontiguousarray(order), calls, rate, watch)
    chance, tail = solved.chance, 1.0
    if problem.full == "waits":
        # the full state with its line: a geometric tail of ratio calls / service
        tail = 1.0 / (1.0 - float(calls.sum()) / float(rate.sum()))
        chance[-1] *= tail
        chance /= chance.sum()
    together = busy_together(chance)
    n = len(rate)
    load: Floats = together[1 << np.arange(n)]
    sets = np.zeros(len(order), dtype=np.int64)
    shares = np.empty(order.shape)
    for k in range(n):
        more = sets | (1 << order[:, k])
        shares[:, k] = together[sets] - together[more]
        sets = more
    full = float(chance[-1])
    return load, shares / (1.0 - full), full, solved.sweeps, solved.residual


def _nearly(
    order: Ints, calls: Floats, problem: Problem, watch: Watch
) -> tuple[Floats, Floats, float, int, float | None]:
    found = approximate(order, calls, problem.busy_minutes, problem.full == "waits", watch)
    return found.load, found.sent, found.full, found.steps, None
