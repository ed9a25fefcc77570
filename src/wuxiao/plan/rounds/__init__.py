"""Visits over weeks: which day, who, which way.

Frequencies or fixed days, spacing, time windows, crews and skills, the officer a place knows, must-visits first, meals
and rests, walking or riding; from an earlier plan with few changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from wuxiao.plan.engine import Engine, Reader
from wuxiao.plan.form import Said
from wuxiao.plan.rounds.checks import check
from wuxiao.plan.rounds.entry import ENTRY
from wuxiao.plan.rounds.problem import Break, Left, Officer, Place, Plan, Problem, Rest, Round, Shift, Visit, euclid
from wuxiao.plan.rounds.readers import load_pvrp, load_solomon
from wuxiao.plan.rounds.solve import solve


def figures(problem: Problem, plan: Plan) -> Mapping[str, Any]:
    """Return what the command prints beside the head: travel, visits, what was left, who goes, rounds."""
    gaps: dict[str, list[int]] = defaultdict(list)
    for one in plan.rounds:
        for visit in one.visits:
            gaps[visit.place].append(one.day)
    apart = [b - a for days in gaps.values() for a, b in zip(sorted(days), sorted(days)[1:], strict=False)]
    return {
        "travel_minutes": plan.travel,
        "visits": plan.visits,
        "left": len(plan.left),
        "must_left": sum(x.must for x in plan.left),
        "other_officer": plan.other_officer,
        "rounds": len(plan.rounds),
        "least_gap_days": min(apart, default=None),
        "kept": plan.kept,
        "moved": plan.moved,
    }


ENGINE = Engine(
    name="rounds",
    problem=Problem,
    plan=Plan,
    solve=solve,
    check=check,
    entry=ENTRY,
    readers=(
        Reader("pvrp", load_pvrp, Said("周期车辆路径问题，Cordeau格式", "periodic vehicle routing, Cordeau's form")),
        Reader("solomon", load_solomon, Said("带时间窗的路径问题，Solomon或VRPLIB", "time windows, Solomon or VRPLIB")),
    ),
    figures=figures,
)

__all__ = [
    "ENGINE",
    "Break",
    "Left",
    "Officer",
    "Place",
    "Plan",
    "Problem",
    "Rest",
    "Round",
    "Shift",
    "Visit",
    "check",
    "euclid",
    "figures",
    "load_pvrp",
    "load_solomon",
    "solve",
]
