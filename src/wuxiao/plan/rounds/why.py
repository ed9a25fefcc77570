"""Why a plan is as it is, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from wuxiao.plan.form import Said
from wuxiao.plan.rounds.problem import Left, Place, Plan, Problem, Shift


def left(problem: Problem, shifts: Sequence[Shift], place: Place, day: int) -> Left:
    """Return a visit that was left, with the nearest reason that can be told for sure."""
    officers = {o.id: o for o in problem.officers}
    able = [
        s for s in shifts if place.skills <= officers[s.officer].skills and place.people <= officers[s.officer].people
    ]
    if not any(s.day == day for s in shifts):
        zh, en = "当天无人出班", "nobody works on that day"
    elif not any(s.day == day for s in able):
        zh, en = "当天出班的人没有所需的技能或人数", "nobody at work on that day has the skills or the number it needs"
    elif place.must:
        zh, en = "班次时间已满，必访之间也排不开", "the shifts are full, even among the visits that must be made"
    else:
        zh = f"班次时间已满，或绕路超过它所值的{place.worth:g}分钟"
        en = f"the shifts are full, or the detour is above the {place.worth:g} minutes it is worth"
    return Left(place=place.id, day=day, must=place.must, zh=zh, en=en)


def reasons(problem: Problem, plan: Plan, loosened: int) -> list[Said]:
    """Return what weighed in a plan, the weightiest first, and what is not guaranteed."""
    wanted = sum(p.visits for p in problem.places)
    out = len(plan.rounds)
    said = [
        Said(
            f"{len(problem.places)}处、{wanted}访次，排上{plan.visits}次，用{out}个班次（共{len(problem.shifts)}个）。",
            f"{len(problem.places)} places, {wanted} visits: {plan.visits} planned in {out} of "
            f"{len(problem.shifts)} shifts.",
        )
    ]
    must = [x for x in plan.left if x.must]
    free = [x for x in plan.left if not x.must]
    if must:
        names = "、".join(sorted({x.place for x in must})[:8])
        said.append(
            Said(
                f"必访有{len(must)}次没有排上（{names}）：需要加班次、放宽时段或改访次，请负责人决定。",
                f"{len(must)} must-visits found no room ({names}): more shifts, wider windows or fewer visits are "
                "needed; a named person decides.",
            )
        )
    elif any(p.must for p in problem.places):
        said.append(Said("必访全部排上，先于其他访次。", "All must-visits are planned; they come before all others."))
    if free:
        said.append(
            Said(
                f"其他访次有{len(free)}次留下：为它们绕路或加班不值所定的分钟数，或班次已满。",
                f"{len(free)} other visits were left: shifts are full or the detour is above what they are worth.",
            )
        )
    spaced = [gap for days in _days(plan).values() for gap in (b - a for a, b in pairwise(days))]
    if spaced:
        said.append(
            Said(
                f"同一处两次之间相隔{min(spaced)}到{max(spaced)}天；每处的日子按其间隔、可选日或日子组合选，"
                "在允许的日子里选与邻近各处同路的一天。",
                f"Visits of one place lie {min(spaced)} to {max(spaced)} days apart; its days follow its gaps, "
                "days or patterns, and among those the days on which its neighbours are visited too.",
            )
        )
    if plan.visits:
        said.append(
            Said(
                f"路上共{plan.travel / 60:.1f}小时，平均每访次{plan.travel / plan.visits:.1f}分钟。",
                f"Travel is {plan.travel / 60:.1f} hours, {plan.travel / plan.visits:.1f} minutes a visit.",
            )
        )
    if problem.other_officer_minutes > 0 and plan.visits:
        said.append(
            Said(
                f"{plan.visits - plan.other_officer}次由熟悉的人去，{plan.other_officer}次换了人"
                f"（每换一次按多走{problem.other_officer_minutes:g}分钟计）。",
                f"{plan.visits - plan.other_officer} visits by the officer the place knows, {plan.other_officer} by "
                f"another (each counted as {problem.other_officer_minutes:g} minutes of travel).",
            )
        )
    rests = sum(len(r.rests) for r in plan.rounds)
    if rests:
        said.append(Said(f"用餐和休息{rests}次，都在规定时段。", f"{rests} meals and rests, all within their times."))
    if plan.kept is not None:
        said.append(
            Said(
                f"原计划的访次保留{plan.kept}次，改动{plan.moved}次。",
                f"Of the earlier plan {plan.kept} visits keep day and officer, {plan.moved} do not.",
            )
        )
    if loosened:
        said.append(
            Said(
                f"{loosened}处因过去几天未访，最长间隔已无法遵守，从今天起重新计。",
                f"{loosened} places were missed in the days past: their longest gap cannot be kept any more.",
            )
        )
    said.append(
        Said(
            "不保证最优：各天一起改进的搜索没有证明界限；路上时间按所给时间表，不含当天拥堵。",
            "Not guaranteed best: the search across the days proves no bound; travel is as the tables say, without "
            "the day's jams.",
        )
    )
    return said


def _days(plan: Plan) -> dict[str, list[int]]:
    days: dict[str, list[int]] = {}
    for one in plan.rounds:
        for visit in one.visits:
            days.setdefault(visit.place, []).append(one.day)
    return {place: sorted(d) for place, d in days.items()}
