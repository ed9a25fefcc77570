"""From rows of shifts to a plan: what each rule costs, and the counts that the words of a plan need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wuxiao.plan.form import BadProblem, Head, Said
from wuxiao.plan.roster.problem import Plan, Problem

VERSION = "1.0"


def costs(model: Any, solver: Any) -> dict[str, int]:
    """Return what each rule costs in a solved model."""
    found: dict[str, int] = {}
    for rule, weight, what in model.terms:
        found[rule] = found.get(rule, 0) + weight * int(solver.value(what))
    return {rule: value for rule, value in sorted(found.items()) if value}


def cost_of(problem: Problem, rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return what each rule costs in a roster; raises `BadProblem` where it breaks a hard rule."""
    from ortools.sat.python import cp_model

    from wuxiao.plan.roster.model import Model

    model = Model(problem)
    model.fix(rows)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if solver.solve(model.cp) != cp_model.OPTIMAL:
        raise BadProblem("warm", Said("这张班表违反硬规则", "this roster breaks a hard rule"))
    return costs(model, solver)


def finish(problem: Problem, head: Head, rows: tuple[tuple[str, ...], ...], by_rule: dict[str, int]) -> Plan:
    """Return the plan with the counts that its words need."""
    from wuxiao.plan.roster.tally import changed, spreads, wishes

    met, wished = wishes(problem, rows)
    return Plan(
        head=head,
        rows=rows,
        costs=by_rule,
        spread=spreads(problem, rows),
        changed=changed(problem, rows),
        met=met,
        wished=wished,
    )
