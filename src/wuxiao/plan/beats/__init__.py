"""Beats: fields of responsibility that are balanced and connected, and patrol rounds that cannot be foretold.

``plan = solve(problem, seconds=20, seed=1)``; ``check(problem, plan)`` is written apart from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wuxiao.plan.beats.checks import check
from wuxiao.plan.beats.entry import ENTRY
from wuxiao.plan.beats.problem import Plan, Problem, Round
from wuxiao.plan.beats.unforeseen import if_under_reported
from wuxiao.plan.engine import Engine
from wuxiao.plan.form import Progress, Stop

__all__ = ["ENGINE", "Plan", "Problem", "Round", "check", "solve"]


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
    """Make fields and rounds that keep every rule and cannot be foretold; see `search.solve`."""
    from wuxiao.plan.beats import search

    return search.solve(problem, seconds=seconds, seed=seed, warm=warm, stop=stop, progress=progress)


def figures(problem: Problem, plan: Plan) -> Mapping[str, Any]:
    """Return what is asked of beats: balance, minutes on due streets, share by lot, what can be foretold."""
    mean = float(plan.work.mean())
    planned = max(1e-9, plan.walked_minutes * (1.0 - plan.random_share))
    return {
        "fields": problem.fields,
        "imbalance": float(abs(plan.work / mean - 1.0).max()),
        "rounds": len(plan.rounds),
        "due_share": plan.asked_minutes / planned,
        "random_share": plan.random_share,
        "entropy": plan.entropy,
        "foretold": plan.foretold,
        "chance": plan.chance,
        "gap_spread": plan.gap_spread,
        "moved": plan.moved,
        "imbalance_if_under_reported": if_under_reported(problem, plan.unit_field.tolist()),
    }


ENGINE = Engine(
    name="beats", problem=Problem, plan=Plan, solve=solve, check=check, entry=ENTRY, figures=figures
)  # fmt: skip
