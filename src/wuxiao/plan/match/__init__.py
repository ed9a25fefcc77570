"""Hearings: which mediator hears which case in which room and slot.

``plan = match.solve(match.Problem(days=..., cases=..., parties=..., mediators=..., rooms=...), seconds=10, seed=1)``
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wuxiao.plan.engine import Engine
from wuxiao.plan.form import Progress, Stop
from wuxiao.plan.match.checks import check
from wuxiao.plan.match.entry import ENTRY
from wuxiao.plan.match.problem import Case, Mediator, Meeting, Party, Plan, Problem, Room

__all__ = ["ENGINE", "Case", "Mediator", "Meeting", "Party", "Plan", "Problem", "Room", "check", "solve"]


def solve(
    problem: Problem,
    /,
    *,
    seconds: float,
    seed: int,
    warm: Plan | None = None,
    stop: Stop | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Return a timetable; see `wuxiao.plan.match.run` (its compiled parts load on the first call)."""
    from wuxiao.plan.match import run

    return run.solve(problem, seconds=seconds, seed=seed, warm=warm, stop=stop, progress=progress)


def _figures(problem: Problem, plan: Plan) -> Mapping[str, Any]:
    return {"heard": len(plan.meetings), "left": plan.left, "waiting": plan.waiting, "moved": plan.moved}


ENGINE = Engine(name="match", problem=Problem, plan=Plan, solve=solve, check=check, entry=ENTRY, figures=_figures)
