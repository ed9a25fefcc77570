"""Does a plan of grids keep every rule? From the rules alone, with plain sets; nothing of the solver is used."""

from __future__ import annotations

import math
from collections import defaultdict

from wuxiao.plan.form import Said
from wuxiao.plan.grids.problem import Plan, Problem


def check(problem: Problem, plan: Plan) -> list[Said]:
    """Return every breach of a hard rule and every stated figure that is not so; empty for a sound plan.

    Every block in one cell; every cell in one piece, inside one community and in the band, or listed as outside for a
    reason that is true; fixed blocks where they were fixed; no more households moved than allowed; codes different.
    """
    n = len(problem.blocks)
    if len(plan.cell) != n:
        return [Said(f"有{n}个地块，计划只给了{len(plan.cell)}个", f"{n} blocks, but the plan places {len(plan.cell)}")]
    count = len(plan.codes)
    members: dict[int, list[int]] = defaultdict(list)
    for row, cell in enumerate(plan.cell.tolist()):
        members[cell].append(row)
    said: list[Said] = []
    strange = [c for c in members if not 0 <= c < count]
    if strange or len(members) != count or not (len(plan.households) == len(plan.compact) == len(plan.names) == count):
        return [Said("网格号与网格表不符", "cell numbers do not match the list of cells")]
    near = _neighbours(problem)
    for cell, rows in sorted(members.items()):
        said += _pieces(problem, plan, cell, rows, near)
    said += _bands(problem, plan, members, near)
    said += _decided(problem, plan)
    said += _figures(problem, plan, members)
    if len(set(plan.codes)) < count:
        said.append(Said("有两个网格代码相同", "two cells have one code"))
    if plan.head.bound is not None and plan.head.bound > plan.head.objective * (1.0 + 1e-9):
        said.append(Said("证明的界限高于目标值", "the proven bound is above the objective"))
    return said


def _decided(problem: Problem, plan: Plan) -> list[Said]:
    """Return where a person's decision was not kept."""
    said = []
    sealed = set(problem.sealed)
    for row, code in enumerate(problem.fixed):
        name, lies = problem.blocks[row], plan.codes[plan.cell[row]]
        if code and lies != code:
            said.append(
                Said(
                    f"地块{name}被固定在网格{code}，却在{lies}",
                    f"block {name} was fixed in cell {code} and lies in {lies}",
                )
            )
        elif not code and lies in sealed:
            said.append(
                Said(f"网格{lies}已封定，却加进了地块{name}", f"cell {lies} is sealed, yet block {name} was added")
            )
    return said


def _neighbours(problem: Problem) -> list[list[int]]:
    near: list[list[int]] = [[] for _ in problem.blocks]
    for a, b in problem.pairs.tolist():
        near[a].append(b)
        near[b].append(a)
    return near


def _reach(start: int, inside: set[int], near: list[list[int]]) -> set[int]:
    found, todo = {start}, [start]
    while todo:
        for other in near[todo.pop()]:
            if other in inside and other not in found:
                found.add(other)
                todo.append(other)
    return found


def _pieces(problem: Problem, plan: Plan, cell: int, rows: list[int], near: list[list[int]]) -> list[Said]:
    said = []
    code = plan.codes[cell]
    if len(_reach(rows[0], set(rows), near)) < len(rows):
        said.append(Said(f"网格{code}不连通", f"cell {code} is in several pieces"))
    if len(problem.community):
        homes = {int(problem.community[r]) for r in rows}
        if len(homes) > 1:
            said.append(Said(f"网格{code}跨社区", f"cell {code} crosses the boundary of a community"))
        elif int(plan.community[cell]) not in homes:
            said.append(Said(f"网格{code}的社区写错了", f"cell {code} states another community than its blocks'"))
    return said


def _bands(problem: Problem, plan: Plan, members: dict[int, list[int]], near: list[list[int]]) -> list[Said]:
    said = []
    excused = {o.cell: o.kind for o in plan.outside}
    if len(excused) < len(plan.outside):
        said.append(Said("同一网格两次列为例外", "one cell is listed as outside twice"))
    slack = 1e-6 * max(1.0, problem.high)
    for cell, rows in sorted(members.items()):
        have = math.fsum(float(problem.households[r]) for r in rows)
        code = plan.codes[cell]
        if abs(have - float(plan.households[cell])) > slack:
            said.append(Said(f"网格{code}的户数写错了", f"cell {code} states a wrong number of households"))
        good = problem.low - slack <= have <= problem.high + slack
        kind = excused.get(cell)
        if good and kind is not None:
            said.append(Said(f"网格{code}在范围内却列为例外", f"cell {code} is in the band and listed as outside"))
        elif not good and not _excused(problem, cell, rows, kind, near):
            said.append(
                Said(
                    f"网格{code}有{have:g}户，不在{problem.low:g}–{problem.high:g}内",
                    f"cell {code} has {have:g} households, outside {problem.low:g}-{problem.high:g}",
                )
            )
    return said


def _excused(problem: Problem, cell: int, rows: list[int], kind: str | None, near: list[list[int]]) -> bool:
    if kind == "oversized":
        return any(_exceeds(problem, rows, block, near) for block in rows)
    if kind == "community" and problem.forgive:
        home = problem.homes
        mine = {r for r in range(len(problem.blocks)) if home[r] == home[rows[0]]}
        mine -= {r for r in mine if problem.households[r] > problem.high}
        island = _reach(rows[0], mine, near)
        total = math.fsum(float(problem.households[r]) for r in island)
        return math.ceil(total / problem.high - 1e-9) > math.floor(total / problem.low + 1e-9) or total < problem.low
    return kind == "unfound" and problem.forgive


def _exceeds(problem: Problem, rows: list[int], block: int, near: list[list[int]]) -> bool:
    """Return whether a cell is one block and what it cuts off from all the rest, and together too much for a cell."""
    walls = {r for r in range(len(problem.blocks)) if problem.households[r] > problem.high} | {block}
    home = problem.homes
    around = {r for r in range(len(problem.blocks)) if home[r] == home[block]} - walls
    rest = set(rows) - {block}
    if math.fsum(float(problem.households[r]) for r in rows) <= problem.high or rest & walls:
        return False
    while rest:
        piece = _reach(next(iter(rest)), around, near)
        if not piece <= set(rows) or math.fsum(float(problem.households[r]) for r in piece) >= problem.low:
            return False
        rest -= piece
    return True


def _figures(problem: Problem, plan: Plan, members: dict[int, list[int]]) -> list[Said]:
    """Compare what the plan says of itself with what its blocks say."""
    where = plan.cell.tolist()
    outline = [math.fsum(float(problem.perimeter[r]) for r in members[c]) for c in range(len(plan.codes))]
    ground = [math.fsum(float(problem.area[r]) for r in members[c]) for c in range(len(plan.codes))]
    metres = good = 0.0
    for (a, b), length, street in zip(
        problem.pairs.tolist(), problem.border.tolist(), problem.street.tolist(), strict=True
    ):
        if where[a] == where[b]:
            outline[where[a]] -= 2.0 * length
        else:
            metres += length
            good += length * street
    compact = [4.0 * math.pi * ground[c] / outline[c] ** 2 for c in range(len(plan.codes))]
    total = float(problem.households.sum())
    moved = 0.0
    for row, was in enumerate(problem.before.tolist()):
        if was >= 0 and plan.codes[where[row]] != problem.before_codes[was]:
            moved += float(problem.households[row])
    share = moved / total if total else 0.0
    objective = (
        problem.weigh_compact * (1.0 - math.fsum(compact) / len(compact))
        + problem.weigh_street * (metres - good) / problem.scale
        + problem.weigh_length * metres / problem.scale
        + problem.weigh_moved * share
    )
    said = []
    if any(abs(a - b) > 1e-6 for a, b in zip(compact, plan.compact.tolist(), strict=True)):
        said.append(Said("紧凑度写错了", "a stated compactness is not so"))
    if abs(plan.street_share - (good / metres if metres else 1.0)) > 1e-6 or abs(plan.border_metres - metres) > 1e-6 * (
        1 + metres
    ):
        said.append(Said("边界临街份额写错了", "the stated share of borders on streets is not so"))
    if abs(plan.moved - share) > 1e-6:
        said.append(Said("调整户数份额写错了", "the stated share of households moved is not so"))
    if share > problem.moved_share + 1e-9:
        said.append(
            Said(
                f"调整了{share:.1%}的住户，超过限度{problem.moved_share:.1%}",
                f"{share:.1%} of households moved, more than the limit of {problem.moved_share:.1%}",
            )
        )
    if abs(plan.head.objective - objective) > 1e-6 * (1.0 + abs(objective)):
        said.append(
            Said(f"目标值应为{objective:.6g}", f"the objective is {objective:.6g}, not {plan.head.objective:.6g}")
        )
    return said
