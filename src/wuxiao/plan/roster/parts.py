"""Parts of a roster solved exactly by CP-SAT, the rest staying as it is: some people on all days, some days of all."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any

from wuxiao.plan.roster.problem import Problem

Names = tuple[tuple[str, ...], ...]
#: Search workers for a part: parts are small, and most machines that run this have two or four cores.
WORKERS = 4


class Parts:
    """Frees parts of a roster of one problem; each `solve` returns the new rows (or None) and whether it was exact."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._whole: Any = None

    def people(self, rows: Names, who: Sequence[int], seconds: float, seed: int) -> tuple[Names | None, bool]:
        """Roster some people anew on all days: a problem of its own, in which the others have filled their share."""
        from wuxiao.plan.roster.model import Model

        chosen = sorted(who)
        model = Model(_of(self.problem, rows, set(chosen)))
        model.hint([rows[p] for p in chosen])
        solver, found, exact = _run(model.cp, seconds, seed)
        if not found:
            return None, exact
        fresh = list(rows)
        for i, p in enumerate(chosen):
            fresh[p] = tuple(_name(model, solver, model.x[i, d]) for d in range(self.problem.days))
        return tuple(fresh), exact

    def cells(
        self, rows: Names, free: Collection[tuple[int, int]], seconds: float, seed: int
    ) -> tuple[Names | None, bool]:
        """Fill the free cells (person, day) anew in the model of the whole."""
        from wuxiao.plan.roster.model import Model

        if self._whole is None:
            self._whole = Model(self.problem)
        model = self._whole
        cp = model.cp.clone()
        cp.clear_hints()
        fixed = []
        for (p, d), cell in model.x.items():
            for k, x in cell.items():
                lit = cp.get_bool_var_from_proto_index(x.index)
                now = self.problem.shifts[k].id == rows[p][d]
                if (p, d) in free:
                    cp.add_hint(lit, now)
                else:
                    fixed.append(lit if now else lit.Not())
        cp.add_bool_and(fixed)
        solver, found, exact = _run(cp, seconds, seed)
        if not found:
            return None, exact
        fresh = [list(row) for row in rows]
        for p, d in free:
            lits = {k: cp.get_bool_var_from_proto_index(x.index) for k, x in model.x[p, d].items()}
            fresh[p][d] = next((self.problem.shifts[k].id for k, x in lits.items() if solver.boolean_value(x)), "")
        return tuple(map(tuple, fresh)), exact


def divides(problem: Problem) -> bool:
    """Return whether some people can be rostered apart from the others: nothing ties people together but cover."""
    return not problem.fair and (problem.keep is None or problem.keep.most is None)


def _run(cp: Any, seconds: float, seed: int) -> tuple[Any, bool, bool]:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = max(0.05, seconds)
    status = solver.solve(cp)
    return solver, status in (cp_model.OPTIMAL, cp_model.FEASIBLE), status == cp_model.OPTIMAL


def _name(model: Any, solver: Any, cell: dict[int, Any]) -> str:
    return next((model.problem.shifts[k].id for k, x in cell.items() if solver.boolean_value(x)), "")


def _of(problem: Problem, rows: Names, who: set[int]) -> Problem:
    """Return the problem of some people alone: what the others do is taken off the need."""
    names = {problem.people[p].id for p in who}
    there: dict[tuple[int, str, str], int] = {}
    skills = {c.skill for c in problem.cover}
    for p, row in enumerate(rows):
        if p not in who:
            mine = [skill for skill in skills if not skill or skill in problem.people[p].skills]
            for d, name in enumerate(row):
                for skill in mine if name else ():
                    there[d, name, skill] = there.get((d, name, skill), 0) + 1
    cover = []
    for c in problem.cover:
        left = c.need - there.get((c.day, c.shift, c.skill), 0)
        # Where the others are too many already, each more costs the same: the need is none.
        if left > 0 or c.over is None or c.over:
            cover.append(dataclasses.replace(c, need=max(0, left)))
    keep = problem.keep
    if keep is not None:
        keep = dataclasses.replace(keep, rows=tuple(row for p, row in enumerate(keep.rows) if p in who))
    return dataclasses.replace(
        problem,
        people=tuple(q for p, q in enumerate(problem.people) if p in who),
        cover=tuple(cover),
        wishes=tuple(w for w in problem.wishes if w.person in names),
        pins=tuple(pin for pin in problem.pins if pin.person in names),
        keep=keep,
    )
