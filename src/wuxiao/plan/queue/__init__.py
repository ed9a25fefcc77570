"""Hypercube queueing: load per unit and response by place for a candidate plan of standby points.

``from wuxiao.plan import queue; plan = queue.solve(queue.Problem(...), seconds=10, seed=1)``
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wuxiao.plan.engine import Engine
from wuxiao.plan.form import Progress, Stop
from wuxiao.plan.queue.checks import check
from wuxiao.plan.queue.entry import ENTRY
from wuxiao.plan.queue.problem import Plan, Problem

__all__ = ["ENGINE", "Plan", "Problem", "check", "solve"]


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
    """Return loads and response by place; see `wuxiao.plan.queue.solver.solve` (numba is loaded on the first call)."""
    from wuxiao.plan.queue.solver import solve as run

    return run(
        problem, seconds=seconds, seed=seed, warm=warm, stop=stop, progress=progress, sensitivity=sensitivity
    )  # fmt: skip


def _figures(problem: Problem, plan: Plan) -> Mapping[str, Any]:
    return {
        "method": plan.method,
        "mean_response": plan.mean_response,
        "late_share": plan.late_share,
        "all_busy": plan.all_busy,
        "load": {u: float(x) for u, x in zip(problem.units, plan.load, strict=True)},
        "residual": plan.residual,
    }


ENGINE = Engine(
    name="queue", problem=Problem, plan=Plan, solve=solve, check=check, entry=ENTRY, figures=_figures
)  # fmt: skip
