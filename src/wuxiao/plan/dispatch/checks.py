"""Look at a plan of dispatch from outside: nobody in two places, nobody without the skill, figures as they are."""

from __future__ import annotations

import math

from wuxiao.plan.dispatch.problem import Plan, Problem
from wuxiao.plan.form import Said

DEPTH = 4


def check(problem: Problem, plan: Plan) -> list[Said]:
    """Return where a plan breaks a rule or says a wrong figure."""
    tell: list[Said] = []
    if len(plan.waiting) != len(problem.calls):
        return [Said("等候的数目与呼叫不对应", "the list of what lacks does not match the calls")]
    if any(not (0 <= o.unit < len(problem.units) and 0 <= o.call < len(problem.calls)) for o in plan.orders):
        return [Said("命令里有不存在的单位或呼叫", "an order names a unit or call there is not")]
    sent: set[int] = set()
    got = [0] * len(problem.calls)
    delay = 0.0
    for order in plan.orders:
        unit, call = problem.units[order.unit], problem.calls[order.call]
        if order.unit in sent:
            tell.append(Said(f"{unit.id}被同时派往两处", f"{unit.id} is sent to two calls at once"))
        sent.add(order.unit)
        got[order.call] += 1
        if call.skills - unit.skills:
            tell.append(Said(f"{unit.id}不具备{call.id}所需技能", f"{unit.id} lacks a skill that {call.id} wants"))
        minutes = unit.free_in + float(problem.minutes[unit.place][call.place])
        if abs(minutes - order.minutes) > 1e-6:
            tell.append(Said(f"{unit.id}到达{call.id}的分钟数不对", f"the minutes of {unit.id} to {call.id} are wrong"))
        delay += problem.weight[call.priority] * (1 + call.waited / problem.patience) * minutes
    for c, call in enumerate(problem.calls):
        if got[c] + plan.waiting[c] != call.needs or plan.waiting[c] < 0:
            tell.append(Said(f"{call.id}的单位数对不上", f"the units of {call.id} do not add up"))
        weighs = float(problem.weight[call.priority]) * (1 + call.waited / problem.patience)
        ways = [
            float(problem.minutes[unit.place][call.place])
            for unit in problem.units
            if unit.free_in <= 0 and not call.skills - unit.skills
        ]
        far = max((way for way in ways if way != math.inf), default=0.0)
        counts = problem.patience if far < problem.patience or weighs == 0 else far + 1.0 + problem.keep / weighs
        delay += (call.needs - got[c]) * weighs * counts
    whole = sum(problem.demand.tolist()) or 1.0
    cover, before, bare = 0.0, 0.0, []
    for p, demand in enumerate(problem.demand.tolist()):
        near = [
            u
            for u, unit in enumerate(problem.units)
            if unit.free_in <= 0 and problem.minutes[unit.place][p] <= problem.radius + 1e-9
        ]
        stay = [u for u in near if u not in sent]
        before += demand / whole * (1 - problem.busy ** min(DEPTH, len(near)))
        cover += demand / whole * (1 - problem.busy ** min(DEPTH, len(stay)))
        if near and not stay and demand > 0:
            bare.append(p)
    if abs(before - plan.cover_before) > 1e-6 or abs(cover - plan.cover) > 1e-6:
        tell.append(Said("覆盖比例不对", "the shares of cover are wrong"))
    if bare != list(plan.bare) or [problem.places[p] for p in bare] != list(plan.bare_names):
        tell.append(Said("空白地点列得不对", "the bare places are wrongly listed"))
    slack = 1e-6 * max(abs(delay), problem.keep * cover)
    if abs(delay - problem.keep * cover - plan.head.objective) > slack:
        tell.append(Said("目标值不对", "the objective is wrong"))
    if plan.head.bound is not None and plan.head.bound > plan.head.objective + slack:
        tell.append(Said("界限高于目标值", "the bound lies above the objective"))
    return tell
