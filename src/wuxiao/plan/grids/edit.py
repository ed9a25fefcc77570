"""Edit a plan by hand: put blocks into cells, and repair the cells around while all others stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.grids.problem import Plan, Problem


def repair(
    problem: Problem, plan: Plan, moves: Mapping[str, str], *, rings: int = 1, seconds: float, seed: int
) -> tuple[Problem, Plan]:
    """Return the problem with a person's decision in it, and a plan that keeps it.

    `moves` maps ids of blocks to the code of the cell they shall lie in; a code the plan has not makes a new cell.
    Cells within `rings` neighbours of those touched may change to keep band and contiguity; all others keep every
    block and their code. Where that is too narrow the ring is widened up to four. Raises `BadProblem` for unknown ids
    and where no repair is found.
    """
    from wuxiao.plan.grids.search import solve

    row_of = {name: row for row, name in enumerate(problem.blocks)}
    for name in moves:
        if name not in row_of:
            raise BadProblem("moves", Said(f"没有地块“{name}”", f"there is no block “{name}”"))
    for width in range(rings, 5):
        free = _around(problem, plan, {row_of[name]: code for name, code in moves.items()}, width)
        fixed = [
            moves.get(name) or (code if code not in free else problem.fixed[row] if problem.fixed else "")
            for row, (name, code) in enumerate(
                zip(problem.blocks, (plan.codes[c] for c in plan.cell.tolist()), strict=True)
            )
        ]
        asked = replace(
            problem, before=plan.cell, before_codes=plan.codes, moved_share=1.0, fixed=tuple(fixed),
            sealed=tuple(code for code in plan.codes if code not in free),
        )  # fmt: skip
        try:
            return asked, solve(asked, seconds=seconds, seed=seed)
        except BadProblem:
            if width == 4:
                raise
    raise AssertionError


def _around(problem: Problem, plan: Plan, moves: dict[int, str], rings: int) -> set[str]:
    """Return the codes of cells that may change: those the blocks leave and enter, and their neighbours."""
    codes = plan.codes
    near: dict[str, set[str]] = {}
    for a, b in problem.pairs.tolist():
        one, other = codes[plan.cell[a]], codes[plan.cell[b]]
        if one != other and problem.homes[a] == problem.homes[b]:
            near.setdefault(one, set()).add(other)
            near.setdefault(other, set()).add(one)
    free = {codes[plan.cell[row]] for row in moves} | set(moves.values())
    for _ in range(rings):
        free |= {other for code in free for other in near.get(code, ())}
    return free
