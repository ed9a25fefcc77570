"""Rules, costs and reasons in plain Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wuxiao.plan.form import Said

if TYPE_CHECKING:
    from wuxiao.plan.roster.model import Key
    from wuxiao.plan.roster.problem import Band, Contract, Plan, Problem

BURDENS = {
    "nights": Said("夜班", "nights"),
    "weekends": Said("周末", "weekends"),
    "days": Said("出勤天数", "working days"),
    "minutes": Said("工时（分钟）", "minutes"),
}
COUNTS = {
    "shifts": Said("班次总数", "number of shifts"),
    "minutes": Said("总工时（分钟）", "minutes worked"),
    "nights": Said("夜班数", "number of nights"),
    "weekends": Said("上班的周末数", "number of weekends worked"),
    "run": Said("连续上班天数", "working days in a row"),
    "off": Said("连续休息天数", "free days in a row"),
    "night_run": Said("连续夜班数", "nights in a row"),
    "weekend_run": Said("连续上班的周末数", "worked weekends in a row"),
}
COSTS = {
    **COUNTS,
    "cover": Said("岗位人数不足或超出", "cover too low or too high"),
    "wishes": Said("未满足的意愿", "wishes not met"),
    "of_shift": Said("某类班次的数量", "number of a kind of shift"),
    "runs_of": Said("同类班次连排的长度", "length of rows of one shift"),
    "split_weekend": Said("只上一半的周末", "weekends worked in part"),
    "mixed_weekend": Said("周末班次不一", "weekends with mixed shifts"),
    "night_before_free": Said("休息周末前的夜班", "nights before a free weekend"),
    "unskilled": Said("缺技能上岗", "shifts without the skill"),
    "unwanted": Said("不希望的排法", "unwanted patterns"),
    "keep": Said("改动旧班表", "changes to the earlier roster"),
    **{f"fair_{k}": Said(f"{v.zh}不均", f"uneven {v.en}") for k, v in BURDENS.items()},
}


def day(number: int, problem: Problem) -> Said:
    """Return a day of the horizon in words."""
    zh = "一二三四五六日"[(number + problem.first) % 7]
    en = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[(number + problem.first) % 7]
    return Said(f"第{number + 1}天（周{zh}）", f"day {number + 1} ({en})")


def rule_words(problem: Problem, key: Key) -> Said:
    """Return a hard rule in words, by the name it has in the model."""
    kind, *of = key
    if kind == "cover":
        when, shift, skill = of
        on = day(when, problem)
        rows = [c for c in problem.cover if (c.day, c.shift, c.skill) == (when, shift, skill)]
        least = max((c.need for c in rows if c.under is None), default=None)
        most = min((c.need for c in rows if c.over is None), default=None)
        zh = "、".join(
            x for x in (f"至少{least}人" if least is not None else "", f"至多{most}人" if most is not None else "") if x
        )
        en = " and ".join(
            x
            for x in (f"at least {least}" if least is not None else "", f"at most {most}" if most is not None else "")
            if x
        )
        return Said(
            f"{on.zh}{shift}班{'有' + skill + '技能的' if skill else ''}须{zh}",
            f"{shift} on {on.en} needs {en} people{' skilled in ' + skill if skill else ''}",
        )
    if kind == "away":
        on = day(of[1], problem)
        return Said(f"{of[0]}在{on.zh}不在岗", f"{of[0]} is away on {on.en}")
    if kind == "donts":
        return Said(
            f"社区民警{of[0]}不参与派出所值班、办案和辖区外处突（三不要求：{of[1]}）",
            f"community officer {of[0]} does no station duty, case work or calls elsewhere (three don'ts: {of[1]})",
        )
    if kind == "post":
        return Said(f"{of[0]}不在{of[1]}岗位的编组内", f"{of[0]} does not belong to post {of[1]}")
    if kind == "skill":
        return Said(f"{of[0]}没有{of[1]}所需的技能", f"{of[0]} lacks the skill that {of[1]} needs")
    if kind == "rest":
        rest = _contract(problem, of[0]).rest
        return Said(f"{of[0]}两班之间须休息{rest}分钟", f"{of[0]} must rest {rest} minutes between shifts")
    if kind == "order":
        return Said(
            f"{of[0]}的班次先后顺序（某些班后次日不得接某些班）", f"{of[0]}: shifts that may not follow on others"
        )
    if kind == "pin":
        on = day(of[1], problem)
        return Said(f"{of[0]}在{on.zh}已定为{of[2] or '休息'}", f"{of[0]} is fixed to {of[2] or 'off'} on {on.en}")
    if kind == "wish":
        on = day(of[1], problem)
        return Said(
            f"{of[0]}在{on.zh}{'必须' if of[3] else '不得'}上{of[2] or '任何'}班",
            f"{of[0]} {'must' if of[3] else 'must not'} work {of[2] or 'any shift'} on {on.en}",
        )
    if kind == "fair":
        what, most = BURDENS[of[0]], problem.fair[of[1]].most
        return Said(f"{what.zh}最多与最少相差不超过{most}", f"{what.en}: most and fewest no more than {most} apart")
    if kind == "keep":
        most = problem.keep.most if problem.keep else None
        return Said(f"对旧班表的改动不超过{most}处", f"no more than {most} changes to the earlier roster")
    if kind == "since":
        since = problem.keep.since if problem.keep else 0
        return Said(f"{of[0]}第{since}天以前的班不再改", f"{of[0]}: the days before day {since + 1} do not change")
    if kind == "unwanted":
        return Said(f"{of[0]}的第{of[1] + 1}种禁用排法", f"{of[0]}: forbidden pattern {of[1] + 1}")
    contract = _contract(problem, of[0])
    if kind in ("of_shift", "runs_of"):
        band = getattr(contract, kind)[of[1]]
        what = (
            Said(f"{of[1]}班数", f"number of {of[1]}")
            if kind == "of_shift"
            else Said(f"连续{of[1]}班数", f"{of[1]} in a row")
        )
    else:
        band, what = getattr(contract, kind), COUNTS[kind]
    return Said(f"{of[0]}的{what.zh}{_band(band).zh}", f"{of[0]}: {what.en} {_band(band).en}")


def why(plan: Plan) -> tuple[Said, ...]:
    """Return the reasons for a roster, the weightiest first."""
    lines: list[Said] = []
    for rule, value in sorted(plan.costs.items(), key=lambda pair: -pair[1]):
        name = COSTS.get(rule, Said(rule, rule))
        lines.append(Said(f"代价{value}来自：{name.zh}。", f"{value} of the cost comes from: {name.en}."))
    if not plan.costs:
        lines.append(Said("没有任何代价：所有软规则都满足。", "Nothing was given up: every soft rule is kept."))
    for what, value in plan.spread.items():
        name = BURDENS[what]
        lines.append(
            Said(
                f"{name.zh}（含往月结转）最多与最少的人相差{value}。",
                f"{name.en.capitalize()} (former months carried in): most and fewest differ by {value}.",
            )
        )
    if plan.wished:
        lines.append(Said(f"意愿{plan.wished}条，满足{plan.met}条。", f"{plan.met} of {plan.wished} wishes are met."))
    if plan.changed is not None:
        lines.append(
            Said(f"与旧班表相比改动{plan.changed}处。", f"{plan.changed} cells differ from the earlier roster.")
        )
    lines.append(
        Said(
            "硬规则（技能、休息、三不要求、请假、上限）全部守住；由值班负责人审定，同样好的班表可能不止一张。",
            "Every hard rule (skills, rest, three don'ts, leave, limits) is kept; the roster officer decides; other "
            "rosters may be just as good.",
        )
    )
    lines.append(
        Said(
            "不保证的：临时病事假、规则里没有写的约定，以及意愿的轻重是否合各人心意。",
            "Not guaranteed: sick calls to come, agreements that are not in the rules, and that the weights of wishes "
            "are to everyone's mind.",
        )
    )
    return tuple(lines)


def _contract(problem: Problem, person: str) -> Contract:
    kind = next(q.contract for q in problem.people if q.id == person)
    return next(c for c in problem.contracts if c.id == kind)


def _band(band: Band) -> Said:
    least = band.least if band.least and band.under is None else None
    most = band.most if band.over is None else None
    if least is not None and most is not None:
        return Said(f"须在{least}到{most}之间", f"must be {least} to {most}")
    if least is not None:
        return Said(f"至少{least}", f"at least {least}")
    return Said(f"至多{most}", f"at most {most}")
