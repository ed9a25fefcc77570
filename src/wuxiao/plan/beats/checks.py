"""Does a plan of beats keep every rule? Walks every round step by step; nothing of the solver is used."""

from __future__ import annotations

import math
from collections import defaultdict

from wuxiao.plan.beats.problem import ASKED, RANDOM, Plan, Problem
from wuxiao.plan.form import Said


def check(problem: Problem, plan: Plan) -> list[Said]:
    """Return every breach: fields in pieces or out of balance, rounds that jump or are too long, visits not made, …"""
    n = len(problem.units)
    if len(plan.unit_field) != n or len(plan.bases) != problem.fields or len(plan.work) != problem.fields:
        return [Said("单元或责任区的数目不符", "the number of units or fields is not that of the problem")]
    if not ((plan.unit_field >= 0) & (plan.unit_field < problem.fields)).all():
        return [Said("有单元不在任何责任区", "a unit is in no field")]
    return [*_fields(problem, plan), *_rounds(problem, plan), *_owed(problem, plan), *_figures(problem, plan)]


def _fields(problem: Problem, plan: Plan) -> list[Said]:
    said = []
    near: dict[int, set[int]] = defaultdict(set)
    for a, b in problem.pairs.tolist():
        near[a].add(b)
        near[b].add(a)
    mean = math.fsum(problem.work.tolist()) / problem.fields
    for k in range(problem.fields):
        mine = {u for u in range(len(problem.units)) if plan.unit_field[u] == k}
        if not mine:
            said.append(Said(f"责任区{k}是空的", f"field {k} is empty"))
            continue
        first = min(mine)
        reached, todo = {first}, [first]
        while todo:
            for other in near[todo.pop()] & mine - reached:
                reached.add(other)
                todo.append(other)
        if reached != mine:
            said.append(Said(f"责任区{k}不连通", f"field {k} is in several pieces"))
        have = math.fsum(float(problem.work[u]) for u in mine)
        if abs(have - float(plan.work[k])) > 1e-6 * (1.0 + mean):
            said.append(Said(f"责任区{k}的工作量写错了", f"field {k} states a wrong amount of work"))
        if abs(have - mean) > problem.tolerance * mean * (1.0 + 1e-6) + 1e-9:
            said.append(
                Said(
                    f"责任区{k}的工作量偏离平均{have / mean - 1:+.1%}",
                    f"field {k} is {have / mean - 1:+.1%} off the mean",
                )
            )
    total = math.fsum(problem.work.tolist())
    moved = 0.0
    if len(problem.before):
        moved = sum(
            float(problem.work[u]) for u in range(len(problem.units)) if plan.unit_field[u] != problem.before[u]
        )
        moved /= total
    if abs(moved - plan.moved) > 1e-6:
        said.append(Said("调整份额写错了", "the stated share of work moved is not so"))
    if moved > problem.moved_share + 1e-9:
        said.append(Said("调整超过限度", f"{moved:.1%} of the work changes field, more than {problem.moved_share:.1%}"))
    return said


def _rounds(problem: Problem, plan: Plan) -> list[Said]:
    said = []
    seen: set[tuple[int, int, int]] = set()
    for number, r in enumerate(plan.rounds):
        slot = (r.day, r.shift, r.field)
        if not (0 <= r.day < problem.days and 0 <= r.shift < problem.shifts and 0 <= r.field < problem.fields):
            said.append(
                Said(f"第{number}轮的日、班或责任区不存在", f"round {number} is on no day, shift or field there is")
            )
            continue
        if slot in seen:
            said.append(Said(f"第{number}轮与另一轮同时", f"round {number} is at the time of another of its field"))
        seen.add(slot)
        at = int(plan.bases[r.field])
        walked = 0.0
        for street in r.steps.tolist():
            one, other = problem.ends[street].tolist()
            if at not in (one, other):
                said.append(Said(f"第{number}轮在街段间跳跃", f"round {number} jumps between streets"))
                break
            at = other if at == one else one
            walked += float(problem.metres[street]) / float(problem.pace[problem.level[street]])
        else:
            if at != plan.bases[r.field]:
                said.append(Said(f"第{number}轮没有回到起点", f"round {number} does not return to its base"))
            if abs(walked - r.minutes) > 1e-6 * (1.0 + walked):
                said.append(Said(f"第{number}轮的时间写错了", f"round {number} states wrong minutes"))
        if len(r.kind) != len(r.steps):
            said.append(Said(f"第{number}轮的步数不符", f"round {number} has not one kind for each step"))
        if r.start < -1e-9 or r.start + walked > problem.minutes + 1e-6:
            said.append(Said(f"第{number}轮超出班次", f"round {number} does not fit into its shift"))
    return said


def _owed(problem: Problem, plan: Plan) -> list[Said]:
    said = []
    slots: dict[int, set[tuple[int, int]]] = defaultdict(set)
    served: dict[int, int] = defaultdict(int)
    for r in plan.rounds:
        for street, kind in zip(r.steps.tolist(), r.kind.tolist(), strict=False):
            served[int(problem.street_unit[street])] += 1
            if kind == ASKED:
                slots[street].add((r.day, r.shift))
    for street, name in enumerate(problem.streets):
        often = float(problem.visits[problem.level[street]])
        if often <= 0.0:
            continue
        length = 1 if often >= 1.0 else math.floor(1.0 / often + 1e-9)
        owed = math.ceil(often - 1e-9) if often >= 1.0 else 1
        for first in range(0, problem.days - length + 1, length):
            have = sum(1 for day, _ in slots[street] if first <= day < first + length)
            if have < owed:
                said.append(
                    Said(
                        f"街段{name}在第{first + 1}–{first + length}天只到{have}次，应到{owed}次",
                        f"street {name} has {have} visits on days {first + 1} to {first + length}, {owed} are owed",
                    )
                )
    for unit in sorted(set(problem.street_unit.tolist())):
        if served[unit] < problem.floor * problem.days - 1e-9:
            name = problem.units[unit]
            said.append(Said(f"单元{name}低于服务下限", f"unit {name} is below the floor of service"))
    return said


def _figures(problem: Problem, plan: Plan) -> list[Said]:
    said = []
    walked = lot = asked = 0.0
    for r in plan.rounds:
        for street, kind in zip(r.steps.tolist(), r.kind.tolist(), strict=False):
            minutes = float(problem.metres[street]) / float(problem.pace[problem.level[street]])
            walked += minutes
            lot += minutes * (kind == RANDOM)
            asked += minutes * (kind == ASKED)
    share = lot / walked if walked else 0.0
    if walked and not problem.random_low - 1e-9 <= share <= problem.random_high + 1e-9:
        said.append(
            Said(f"随机巡逻占{share:.1%}，不在规定内", f"{share:.1%} of the minutes are by lot, outside what is asked")
        )
    for stated, true in ((plan.random_share, share), (plan.asked_minutes, asked), (plan.walked_minutes, walked)):
        if abs(stated - true) > 1e-6 * (1.0 + true):
            said.append(Said("所写的分钟或份额不符", "stated minutes or shares are not so"))
            break
    if abs(plan.head.objective - (walked - lot)) > 1e-6 * (1.0 + walked):
        said.append(Said("目标值不符", "the objective is not the minutes walked without those by lot"))
    if plan.head.bound is not None and plan.head.bound > plan.head.objective + 1e-6:
        said.append(Said("界限高于目标值", "the bound is above the objective"))
    return said
