"""Standby points: maximal and expected covering, p-median, p-centre, tables for every number of idle units, relocation.

``plan = cover.solve(cover.Problem(kind="covering", times=..., demand=..., p=8, levels=(...)), seconds=10, seed=1)``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wuxiao.plan.cover.checks import check
from wuxiao.plan.cover.entry import ENTRY
from wuxiao.plan.cover.problem import Level, Move, Plan, Problem, Row, Under
from wuxiao.plan.cover.readers import orlib, orlib_centre
from wuxiao.plan.engine import Engine, Reader
from wuxiao.plan.form import Progress, Said, Stop

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ENGINE", "Level", "Move", "Plan", "Problem", "Row", "Under", "check", "solve"]


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
    """Return where units should stand; see `wuxiao.plan.cover.run` (its compiled parts load on the first call)."""
    from wuxiao.plan.cover import run

    return run.solve(problem, seconds=seconds, seed=seed, warm=warm, stop=stop, progress=progress)


def _figures(problem: Problem, plan: Plan) -> Mapping[str, Any]:
    return {
        "kind": plan.kind,
        "p": problem.p,
        "sites": plan.sites,
        "level_shares": plan.level_shares,
        "mean_time": plan.mean_time,
        "longest_time": plan.longest_time,
        "moved": sum(move.start != move.end for move in plan.relocation),
        "under_reporting": plan.under_reporting,
    }


ENGINE = Engine(
    name="cover",
    problem=Problem,
    plan=Plan,
    solve=solve,
    check=check,
    entry=ENTRY,
    readers=(
        Reader("orlib", orlib, Said("OR-Library p中位", "OR-Library p-median")),
        Reader("orlib-centre", orlib_centre, Said("OR-Library文件作p中心", "an OR-Library file as p-centre")),
    ),
    figures=_figures,
)
