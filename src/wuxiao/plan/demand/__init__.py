"""How many calls to expect by place and hour, with intervals, from residents' own calls only.

``plan = demand.solve(demand.Problem(...), seconds=10, seed=1)``; `urn` shows why patrol-found incidents cannot enter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wuxiao.plan.demand.checks import check
from wuxiao.plan.demand.entry import ENTRY
from wuxiao.plan.demand.problem import Plan, Problem
from wuxiao.plan.demand.readers import read_csv
from wuxiao.plan.demand.solver import solve
from wuxiao.plan.engine import Engine, Reader
from wuxiao.plan.form import Said

__all__ = ["ENGINE", "Plan", "Problem", "check", "solve"]


def _figures(problem: Problem, plan: Plan) -> Mapping[str, Any]:
    return {
        "model": plan.model,
        "calls_a_day": float(plan.per_hour.sum()) / 7.0,
        "gain": [plan.gain, plan.gain_low, plan.gain_high],
        "covered": plan.covered,
        "per_day": {p: float(x) / 7.0 for p, x in zip(problem.places, plan.per_hour.sum(axis=1), strict=True)},
    }


ENGINE = Engine(
    name="demand", problem=Problem, plan=Plan, solve=solve, check=check, entry=ENTRY,
    readers=(Reader("csv", read_csv, Said("呼叫的CSV：at、place、source", "calls as CSV: at, place, source")),),
    figures=_figures,
)  # fmt: skip
