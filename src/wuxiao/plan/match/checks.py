"""Whether a timetable keeps every rule; written against the problem alone, without the solver's code."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wuxiao.plan.form import Said

if TYPE_CHECKING:
    from wuxiao.plan.match.problem import Meeting, Plan, Problem


def check(problem: Problem, plan: Plan) -> list[Said]:
    """Return every breach: clashes, people who cannot, rooms that do not fit, fixed meetings moved, wrong sums."""
    strange = [m for m in plan.meetings if not _known(problem, m)]
    if strange:
        return [Said(f"会上有问题里没有的：{strange[0]}", f"a meeting names what the problem has not: {strange[0]}")]
    found = clashes(problem, plan.meetings)
    held = {m.case: m for m in plan.meetings}
    for meeting in problem.fixed:
        if held.get(meeting.case) != meeting:
            name = problem.cases[meeting.case].name
            found.append(Said(f"已定的{name}被动了", f"{name} was fixed and is not where it was"))
    if sorted([*held, *(int(c) for c in plan.left)]) != list(range(len(problem.cases))):
        found.append(Said("有案件既未排也未列入未排", "a case is neither heard nor among those left over, or is both"))
    weight = sum(problem.cases[c].weight for c in held)
    if not math.isclose(weight, plan.head.objective, rel_tol=1e-9):
        found.append(Said(f"目标值应为{weight:g}", f"the objective is {weight:g}"))
    if plan.head.bound is not None and weight > plan.head.bound * (1 + 1e-9):
        found.append(Said("界限不成立", "the bound does not hold"))
    waiting = sum(
        problem.cases[m.case].weight * (int(problem.days[m.start]) - int(problem.days[0])) for m in held.values()
    )
    if not math.isclose(waiting, plan.waiting, rel_tol=1e-9):
        found.append(Said(f"等待应为{waiting:g}", f"waiting is {waiting:g}"))
    return found


def _known(problem: Problem, m: Meeting) -> bool:
    counts = (
        (m.case, problem.cases),
        (m.mediator, problem.mediators),
        (m.room, problem.rooms),
        (m.start, problem.days),
    )
    return all(0 <= place < len(things) for place, things in counts)


def clashes(problem: Problem, meetings: Sequence[Meeting]) -> list[Said]:
    """Return where meetings break a rule: one by one, and against one another."""
    found: list[Said] = []
    parties = {party.name: party for party in problem.parties}
    busy: dict[tuple[str, str, int], str] = {}
    daily: Counter[tuple[int, int]] = Counter()
    seen: set[int] = set()
    for m in meetings:
        case, mediator, room = problem.cases[m.case], problem.mediators[m.mediator], problem.rooms[m.room]
        slots = range(m.start, m.start + case.length)
        if m.case in seen:
            found.append(Said(f"{case.name}排了两次", f"{case.name} is there twice"))
        seen.add(m.case)
        last = len(problem.days) - 1 if case.last is None else case.last
        if slots[-1] >= len(problem.days) or m.start < case.first or slots[-1] > last:
            found.append(Said(f"{case.name}不在许可的时段", f"{case.name} is outside its slots"))
            continue
        if problem.days[m.start] != problem.days[slots[-1]]:
            found.append(Said(f"{case.name}跨了两天", f"{case.name} runs over two days"))
        if mediator.name in case.barred:
            found.append(Said(f"{mediator.name}应回避{case.name}", f"{mediator.name} is barred from {case.name}"))
        if not case.skills <= mediator.skills:
            found.append(
                Said(f"{mediator.name}缺{case.name}要的专长", f"{mediator.name} lacks a skill for {case.name}")
            )
        for name in case.parties:
            if parties[name].languages and not parties[name].languages & mediator.languages:
                said = Said(
                    f"{mediator.name}与{name}没有共同语言", f"{mediator.name} has no language in common with {name}"
                )
                found.append(said)
        if room.seats < case.seats or not case.needs <= room.offers:
            found.append(Said(f"{room.name}不合{case.name}所需", f"{room.name} does not fit {case.name}"))
        daily[m.mediator, int(problem.days[m.start])] += 1
        taken = [("mediator", mediator.name, mediator.slots), ("room", room.name, room.slots)]
        taken += [("party", name, parties[name].slots) for name in case.parties]
        for kind, name, free in taken:
            for slot in slots:
                if free and slot not in free:
                    found.append(Said(f"{name}在时段{slot}没空", f"{name} is not free in slot {slot}"))
                other = busy.setdefault((kind, name, slot), case.name)
                if other != case.name:
                    said = Said(f"{name}在时段{slot}有{other}和{case.name}两件",
                                f"{name} has {other} and {case.name} in slot {slot}")  # fmt: skip
                    found.append(said)
    for (k, day), count in daily.items():
        most = problem.mediators[k].most_a_day
        if count > most:
            name = problem.mediators[k].name
            found.append(
                Said(f"{name}在第{day}天有{count}件，最多{most}", f"{name} has {count} on day {day}, most {most}")
            )
    return found
