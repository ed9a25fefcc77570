"""The register's entry of the roster engine, and what the engine shows to the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wuxiao.plan.engine import Engine, Reader
from wuxiao.plan.form import Said
from wuxiao.plan.register import Entry
from wuxiao.plan.roster.checks import check
from wuxiao.plan.roster.problem import Plan, Problem
from wuxiao.plan.roster.search import solve

_BAND = {
    "least": Said("下限", "least"),
    "most": Said("上限", "most"),
    "under": Said("每少一个的代价（空为硬规则）", "cost of each one missing (none: hard rule)"),
    "over": Said("每多一个的代价（空为硬规则）", "cost of each one too many (none: hard rule)"),
}


def _bands(name: str, zh: str, en: str) -> dict[str, Said]:
    return {f"{name}.{k}": Said(f"{zh}：{v.zh}", f"{en}: {v.en}") for k, v in _BAND.items()}


INPUTS: dict[str, Said] = {
    "days": Said("排班的天数", "days to roster"),
    "first": Said("第一天是星期几", "weekday of the first day"),
    "edges": Said("首尾两端之外怎样看", "what lies beyond both ends"),
    "shifts.id": Said("班次编号", "id of a shift"),
    "shifts.start": Said("开始时刻（分）", "minute of the day it starts"),
    "shifts.minutes": Said("时长（分）", "its length in minutes"),
    "shifts.night": Said("是否夜班", "whether it is a night"),
    "shifts.post": Said("岗位", "its post"),
    "shifts.group": Said("同类班次名", "name of its kind"),
    "shifts.duty": Said("勤务种类", "kind of duty"),
    "shifts.area": Said("所在辖区", "the area it is in"),
    "shifts.skills": Said("所需技能", "skills needed"),
    "shifts.not_before": Said("次日不得接的班次", "shifts that may not follow on the next day"),
    "contracts.id": Said("工时规则编号", "id of a set of working-time rules"),
    **_bands("contracts.shifts", "班次总数", "number of shifts"),
    **_bands("contracts.minutes", "总工时", "minutes"),
    **_bands("contracts.nights", "夜班数", "nights"),
    **_bands("contracts.weekends", "周末数", "weekends"),
    **_bands("contracts.run", "连续上班", "working days in a row"),
    **_bands("contracts.off", "连续休息", "free days in a row"),
    **_bands("contracts.night_run", "连续夜班", "nights in a row"),
    **_bands("contracts.weekend_run", "连续周末", "weekends in a row"),
    **_bands("contracts.of_shift", "某类班次数", "number of one kind"),
    **_bands("contracts.runs_of", "某类班次连排", "one kind in a row"),
    "contracts.rest": Said("两班之间休息（分）", "minutes of rest between shifts"),
    "contracts.weekend_days": Said("周末是哪几天", "days of a weekend"),
    "contracts.split_weekend": Said("周末只上一半的代价", "cost of a weekend worked in part"),
    "contracts.mixed_weekend": Said("周末班次不一的代价", "cost of mixed shifts in a weekend"),
    "contracts.night_before_free": Said("休息周末前上夜班的代价", "cost of a night before a free weekend"),
    "contracts.unskilled": Said("缺技能上岗的代价", "cost of a shift without the skill"),
    "contracts.unwanted.steps.shift": Said("不希望的排法：班次", "unwanted pattern: shift"),
    "contracts.unwanted.steps.weekday": Said("不希望的排法：星期", "unwanted pattern: weekday"),
    "contracts.unwanted.weight": Said("不希望的排法：代价", "unwanted pattern: cost"),
    "people.id": Said("人员编号", "id of a person"),
    "people.contract": Said("适用的工时规则", "their working-time rules"),
    "people.skills": Said("岗位技能", "skills for posts"),
    "people.posts": Said("所属岗位", "posts they belong to"),
    "people.community": Said("社区民警的辖区", "area of a community officer"),
    "people.away": Said("不在岗的日子（不问原因）", "days away (no reason asked)"),
    "people.before": Said("上月末几天的班", "shifts of the last days before"),
    "people.carried": Said("往月结转的班数差额", "balance of shifts carried in"),
    "cover.day": Said("日", "day"),
    "cover.shift": Said("班次", "shift"),
    "cover.need": Said("需要人数", "people needed"),
    "cover.under": Said("每少一人的代价", "cost of each one missing"),
    "cover.over": Said("每多一人的代价", "cost of each one too many"),
    "cover.skill": Said("其中须有的技能", "skill that these must have"),
    "wishes.person": Said("谁的意愿", "whose wish"),
    "wishes.day": Said("哪天", "which day"),
    "wishes.shift": Said("哪班（空为任何班）", "which shift (empty: any)"),
    "wishes.wants": Said("想上还是不想上", "wants it or wants it not"),
    "wishes.weight": Said("分量", "weight"),
    "pins.person": Said("固定：谁", "fixed: who"),
    "pins.day": Said("固定：哪天", "fixed: day"),
    "pins.shift": Said("固定：哪班", "fixed: shift"),
    "fair.what": Said("均衡什么", "what is to be even"),
    "fair.people": Said("在哪些人之间", "among whom"),
    "fair.most": Said("最多相差", "most they may differ"),
    "fair.weight": Said("每差一个的代价", "cost of each unit"),
    "keep.rows": Said("旧班表", "the earlier roster"),
    "keep.since": Said("从哪天起可改", "first day that may change"),
    "keep.most": Said("最多改几处", "most changes"),
    "keep.weight": Said("每处改动的代价", "cost of each change"),
}

ENTRY = Entry(
    engine="roster",
    purpose=Said(
        "谁在何时上哪一班：技能、休息、夜班、周末、往月均衡、意愿、24小时岗位、三不要求",
        "Who works when: skills, rest, nights, weekends, fairness over months, wishes, posts of 24 hours, three don'ts",
    ),
    method=Said(
        "约束规划（OR-Tools CP-SAT）；只有各人自身规则与岗位人数时，用列生成：每人的最佳班表由动态规划算出",
        "Constraint programming (OR-Tools CP-SAT); where there are only people's own rules and cover, column "
        "generation: each person's best row by dynamic programming",
    ),
    inputs=INPUTS,
    output=Said(
        "每人每天的班次、代价及来源、证明的界限", "the shift of each person and day, its costs, a proven bound"
    ),
    limits=Said(
        "不评价、不排名任何人；均衡的是班次。意愿的分量由人设定；规则没写的约定不会被遵守。",
        "It values and orders nobody; what is evened out is shifts. Weights of wishes are set by people; agreements "
        "that are not in the rules are not kept.",
    ),
    decides=Said("派出所或值班单位的值班负责人", "the roster officer of the station or unit"),
    sources=("001 §二（三不要求）", "002（每卡点12人、24小时）", "schedulingbenchmarks.org", "INRC-I", "INRC-II"),
)


def _inrc1(path: Path) -> Problem:
    from wuxiao.plan.roster.inrc import read_inrc1

    return read_inrc1(path)


def _inrc2(path: Path) -> Problem:
    from wuxiao.plan.roster.inrc import read_inrc2

    return read_inrc2(path)


def _benchmark(path: Path) -> Problem:
    from wuxiao.plan.roster.readers import read_benchmark

    return read_benchmark(path)


def figures(problem: Problem, plan: Plan) -> Mapping[str, Any]:
    """Return what the command prints beside the head."""
    return {"spread": plan.spread, "changed": plan.changed, "wishes_met": plan.met, "wishes": plan.wished}


ENGINE = Engine(
    name="roster",
    problem=Problem,
    plan=Plan,
    solve=solve,
    check=check,
    entry=ENTRY,
    readers=(
        Reader("benchmark", _benchmark, Said("schedulingbenchmarks.org 实例", "instance of schedulingbenchmarks.org")),
        Reader("inrc1", _inrc1, Said("INRC-I 的实例（XML）", "an instance of INRC-I (XML)")),
        Reader(
            "inrc2",
            _inrc2,
            Said("INRC-II 的整期实例，如 n030w4_1_6-2-9-1.txt", "an INRC-II instance whole, as n030w4_1_6-2-9-1.txt"),
        ),
    ),
    figures=figures,
)  # fmt: skip
