"""Whether a plan of standby points is what it says; written against the problem alone, without the solver's code."""

from __future__ import annotations

import math
from collections import Counter

from wuxiao.plan.cover.problem import Plan, Problem
from wuxiao.plan.form import Said

#: Share of the objective within which two ways of adding up may differ.
NEAR = 1e-6


def check(problem: Problem, plan: Plan) -> list[Said]:
    """Return every breach: number of units, room, moves, floor, units by level, objective, bound, table, relocation."""
    found: list[Said] = []
    sites = [int(s) for s in plan.sites]
    if plan.kind != problem.kind:
        found.append(
            Said(f"方案是{plan.kind}，问题是{problem.kind}", f"the plan is {plan.kind}, the problem {problem.kind}")
        )
    if not _known(problem, sites, found):
        return found
    _room(problem, sites, problem.p, "", found)
    owners = [int(k) for k in plan.unit_levels]
    if problem.own_units:
        counted = Counter(owners)
        for k, level in enumerate(problem.levels):
            if counted[k] != level.units:
                found.append(Said(f"等级{level.name}应有{level.units}个单元，实有{counted[k]}",
                                  f"level {level.name} has {level.units} units, found {counted[k]}"))  # fmt: skip
        if len(owners) != len(sites):
            return [*found, Said("单元与等级数目不符", "units and their levels differ in number")]
    if problem.kind != "table" and problem.moves is not None and len(problem.now):
        stay = sum((Counter(int(j) for j in problem.now) & Counter(sites)).values())
        must = min(len(problem.now), problem.p) - problem.moves
        if stay < must:
            found.append(Said(f"应有至少{must}个单元不动，只有{stay}个", f"at least {must} units must stay, {stay} do"))
    if problem.floor_minutes is not None:
        _floor(problem, sites, found)
    table = problem.kind == "table"
    objective = _table(problem, plan, found) if table else _objective(problem, sites, owners)
    head = plan.head
    if not math.isclose(objective, head.objective, rel_tol=NEAR):
        found.append(Said(f"目标值应为{objective:.9g}，写的是{head.objective:.9g}",
                          f"the objective is {objective:.9g}, the plan says {head.objective:.9g}"))  # fmt: skip
    if head.minimise != (problem.kind in ("median", "centre")):
        found.append(Said("求大求小写反了", "the sense of the objective is the wrong way round"))
    if head.bound is not None:
        beyond = head.bound - objective if head.minimise else objective - head.bound
        if beyond > NEAR * max(abs(head.bound), abs(objective)):
            found.append(
                Said(f"界限{head.bound:.9g}比目标值还好", f"the bound {head.bound:.9g} is better than the plan")
            )
    _relocation(problem, plan, sites, found)
    return found


def _known(problem: Problem, sites: list[int], found: list[Said]) -> bool:
    strange = [j for j in sites if not 0 <= j < problem.sites]
    if strange:
        found.append(Said(f"没有驻点{strange[0]}", f"there is no standby point {strange[0]}"))
    return not strange


def _room(problem: Problem, sites: list[int], units: int, where: str, found: list[Said]) -> None:
    if len(sites) != units:
        found.append(
            Said(f"{where}应有{units}个单元，实有{len(sites)}", f"{where}{units} units wanted, found {len(sites)}")
        )
    for j, standing in Counter(sites).items():
        room = int(problem.room[j]) if len(problem.room) else 1
        if standing > room:
            found.append(Said(f"{where}驻点{problem.site(j)}容{room}个，站了{standing}个",
                              f"{where}{problem.site(j)} has room for {room}, {standing} stand there"))  # fmt: skip


def _floor(problem: Problem, sites: list[int], found: list[Said]) -> None:
    for i in range(problem.points):
        if min(float(problem.times[i, j]) for j in sites) > float(problem.floor_minutes or 0.0):
            said = Said(f"需求点{problem.point(i)}不在保底{problem.floor_minutes:g}之内",
                        f"{problem.point(i)} is beyond the floor of {problem.floor_minutes:g}")  # fmt: skip
            found.append(said)


def _objective(problem: Problem, sites: list[int], owners: list[int]) -> float:
    total, longest = 0.0, 0.0
    for i in range(problem.points):
        demand = float(problem.demand[i])
        times = [float(problem.times[i, j]) for j in sites]
        if problem.kind == "median" and demand > 0:
            total += demand * min(times)
        elif problem.kind == "centre" and demand > 0:
            longest = max(longest, min(times))
        elif problem.kind in ("covering", "table"):
            for k, level in enumerate(problem.levels):
                near = sum(t <= level.minutes and (not owners or owners[u] >= k) for u, t in enumerate(times))
                total += demand * level.weight * (1.0 - problem.busy**near if near else 0.0)
    return longest if problem.kind == "centre" else total


def _table(problem: Problem, plan: Plan, found: list[Said]) -> float:
    total, weights = 0.0, [float(w) for w in problem.idle_share] or [1.0] * problem.p
    if [row.idle for row in plan.table] != list(range(1, problem.p + 1)):
        found.append(Said(f"应有1到{problem.p}各一行", f"one row for each number from 1 to {problem.p} is wanted"))
        return math.nan
    previous: Counter[int] | None = None
    for row, weight in zip(plan.table, weights, strict=True):
        sites = [int(j) for j in row.sites]
        if not _known(problem, sites, found):
            return math.nan
        _room(problem, sites, row.idle, f"[{row.idle}] ", found)
        value = _objective(problem, sites, [])
        if not math.isclose(value, row.objective, rel_tol=NEAR):
            found.append(Said(f"第{row.idle}行目标值应为{value:.9g}", f"row {row.idle}: the objective is {value:.9g}"))
        if row.bound is not None and value > row.bound * (1 + NEAR):
            found.append(Said(f"第{row.idle}行界限不成立", f"row {row.idle}: the bound does not hold"))
        here = Counter(sites)
        if previous is not None and sum((previous - here).values()) > (problem.moves or 0):
            found.append(Said(f"第{row.idle - 1}、{row.idle}行之间移动超过{problem.moves}个",
                              f"rows {row.idle - 1} and {row.idle} differ by more than {problem.moves}"))  # fmt: skip
        previous = here
        total += weight * value
    if plan.table and Counter(int(j) for j in plan.table[-1].sites) != Counter(int(j) for j in plan.sites):
        found.append(Said("sites与最后一行不符", "sites are not those of the last row"))
    return total / sum(weights)


def _relocation(problem: Problem, plan: Plan, sites: list[int], found: list[Said]) -> None:
    if not len(problem.now):
        if plan.relocation:
            found.append(Said("没有now却有移动", "there are moves without now"))
        return
    starts, ends = Counter(m.start for m in plan.relocation), Counter(m.end for m in plan.relocation)
    if starts - Counter(int(j) for j in problem.now) or ends - Counter(sites):
        found.append(
            Said("移动的起点或终点不是单元所在或驻点", "a move starts where no unit is or ends where none should be")
        )
    if len(plan.relocation) != min(len(problem.now), len(sites)):
        found.append(Said("不是每个单元都有去处", "not every unit has a place to go to"))
    for move in plan.relocation:
        if problem.between.size and move.start >= 0 and move.end >= 0:
            true = float(problem.between[move.start, move.end])
            if move.minutes is None or not (move.minutes == true or math.isclose(true, move.minutes, rel_tol=NEAR)):
                found.append(Said(f"{move.start}到{move.end}的时间应为{true:g}",
                                  f"the way from {move.start} to {move.end} takes {true:g}"))  # fmt: skip
