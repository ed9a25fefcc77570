"""Whom to send now, with the reason and what stays uncovered; several waiting calls are served together.

``plan = dispatch.solve(dispatch.Problem(...), seconds=2, seed=1)``; a proposal, the dispatcher on duty decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wuxiao.plan.dispatch.checks import check
from wuxiao.plan.dispatch.entry import ENTRY
from wuxiao.plan.dispatch.problem import Call, Order, Plan, Problem, Unit
from wuxiao.plan.dispatch.solver import solve
from wuxiao.plan.engine import Engine

__all__ = ["ENGINE", "Call", "Order", "Plan", "Problem", "Unit", "check", "solve"]


def _figures(problem: Problem, plan: Plan) -> Mapping[str, Any]:
    return {
        "orders": [
            {"unit": problem.units[o.unit].id, "call": problem.calls[o.call].id, "minutes": o.minutes}
            for o in plan.orders
        ],
        "waiting": sum(plan.waiting),
        "cover_before": plan.cover_before,
        "cover": plan.cover,
        "bare": list(plan.bare_names),
    }


ENGINE = Engine(
    name="dispatch", problem=Problem, plan=Plan, solve=solve, check=check, entry=ENTRY, figures=_figures
)  # fmt: skip
