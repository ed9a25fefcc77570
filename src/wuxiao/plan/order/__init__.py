"""Which of the places that are due to look at first, from what earlier visits found there; a tenth goes by lot.

``plan = order.solve(order.Problem(...), seconds=10, seed=1)``; `files` reads visits from CSV, `judged` compares an
order with what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wuxiao.plan.engine import Engine
from wuxiao.plan.order.checks import check
from wuxiao.plan.order.entry import ENTRY
from wuxiao.plan.order.problem import Listed, Plan, Problem, Trial, Visits
from wuxiao.plan.order.solver import solve
from wuxiao.plan.order.words import of_place

__all__ = ["ENGINE", "Listed", "Plan", "Problem", "Trial", "Visits", "check", "of_place", "solve"]


def _figures(problem: Problem, plan: Plan) -> Mapping[str, Any]:
    return {
        "places": [problem.listed.place[row] for row in plan.order],
        "chances": [float(plan.chance[row]) for row in plan.order],
        "drawn": plan.drawn.tolist(),
        "visits": plan.visits,
        "fitted": plan.fitted,
        "trial": plan.trial,
    }


ENGINE = Engine(
    name="order", problem=Problem, plan=Plan, solve=solve, check=check, entry=ENTRY, figures=_figures
)  # fmt: skip
