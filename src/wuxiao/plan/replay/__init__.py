"""Replay of calls under candidate plans: who comes when, and whether a difference of plans is more than chance.

``plan = replay.solve(replay.Problem(...), seconds=60, seed=1)``; see `problem.Setting` for dispatch and idle policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from wuxiao.plan.engine import Engine, Reader
from wuxiao.plan.form import Progress, Said, Stop
from wuxiao.plan.replay.checks import check
from wuxiao.plan.replay.entry import ENTRY
from wuxiao.plan.replay.problem import Calls, Difference, Outcome, Plan, Problem, Setting, Span, Stream, Trips

__all__ = [
    "ENGINE", "Calls", "Difference", "Outcome", "Plan", "Problem", "Setting", "Span", "Stream", "Trips", "check",
    "solve",
]  # fmt: skip


def solve(
    problem: Problem,
    /,
    *,
    seconds: float,
    seed: int,
    warm: Plan | None = None,
    stop: Stop | None = None,
    progress: Progress | None = None,
    processes: int = 1,
    executor: Executor | None = None,
    sensitivity: bool = True,
) -> Plan:
    """Return the settings' outcomes; see `wuxiao.plan.replay.solver.solve` (numba is loaded on the first call)."""
    from wuxiao.plan.replay.solver import solve as run

    return run(
        problem, seconds=seconds, seed=seed, warm=warm, stop=stop, progress=progress, processes=processes,
        executor=executor, sensitivity=sensitivity,
    )  # fmt: skip


def _figures(problem: Problem, plan: Plan) -> Mapping[str, Any]:
    return {
        "best": plan.best,
        "calls": plan.calls,
        "events": plan.events,
        "outcomes": {
            o.name: {
                "mean_response": o.mean_response, "half": o.response_half, "late_share": o.late_share,
                "in_time": o.in_time, "in_time_half": o.in_time_half,
            }
            for o in plan.outcomes
        },
        "differences": {d.name: [d.response, d.response_low, d.response_high] for d in plan.differences},
    }  # fmt: skip


def _jemss(path: Path) -> Problem:
    from wuxiao.plan.replay.jemss import read

    return read(path)


ENGINE = Engine(
    name="replay",
    problem=Problem,
    plan=Plan,
    solve=solve,
    check=check,
    entry=ENTRY,
    readers=(
        Reader(
            "jemss",
            _jemss,
            Said(
                "JEMSS城市模型的目录（含stations、ambulances、travel等）",
                "the folder of a JEMSS city model (stations, ambulances, travel …)",
            ),
        ),
    ),
    figures=_figures,
)
