"""A plan's reasons in plain Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wuxiao.plan.form import Said

if TYPE_CHECKING:
    from wuxiao.plan.cover.problem import Plan

_WEIGHED = {
    "covering": Said("驻点按“规定时间内够得到的需求最多”选出", "points were chosen to reach the most demand in time"),
    "median": Said("驻点按“总路程时间（按需求加权）最少”选出", "points were chosen for the least weighted time"),
    "centre": Said("驻点按“最远的需求点也最近”选出", "points were chosen so that the farthest demand is nearest"),
    "table": Said(
        "每种空闲数各有一组驻点，相邻两行移动不超过限定",
        "each number of idle units has its points; neighbours differ by no more than the limit",
    ),
}


def reasons(plan: Plan) -> tuple[Said, ...]:
    """Return the reasons of a plan, the weightiest first."""
    said = [_WEIGHED[plan.kind]]
    if len(plan.level_shares):
        shares = "、".join(f"{s:.1%}" for s in plan.level_shares)
        in_english = ", ".join(f"{s:.1%}" for s in plan.level_shares)
        said.append(Said(f"各级达标需求：{shares}", f"demand served at each level: {in_english}"))
    said.append(
        Said(
            f"到最近单元平均{plan.mean_time:.2f}，最长{plan.longest_time:.2f}",
            f"to the nearest unit {plan.mean_time:.2f} on average, {plan.longest_time:.2f} at most",
        )
    )
    if len(plan.unserved):
        said.append(
            Said(
                f"{len(plan.unserved)}个需求点不在任何一级之内",
                f"{len(plan.unserved)} demand points are within no level",
            )
        )
    if plan.relocation:
        moved = [m for m in plan.relocation if m.start != m.end]
        longest = max((m.minutes or 0.0 for m in moved), default=0.0)
        said.append(
            Said(
                f"移动{len(moved)}个单元，最远一个{longest:.1f}", f"{len(moved)} units move, the farthest {longest:.1f}"
            )
        )
    for row in plan.table:
        said.append(
            Said(
                f"空闲{row.idle}个：驻点{' '.join(map(str, row.sites))}，目标值{row.objective:.6g}",
                f"{row.idle} idle: points {' '.join(map(str, row.sites))}, objective {row.objective:.6g}",
            )
        )
    for under in plan.under_reporting:
        kind = "平均时间" if plan.kind == "median" else "覆盖份额"
        english = "mean time" if plan.kind == "median" else "share served"
        said.append(
            Said(
                f"若最照顾不到处少报{under.share:.0%}：{kind}由{under.planned:.4g}成为{under.true:.4g}，"
                f"另做方案可达{under.again:.4g}",
                f"if what is served worst were under-reported by {under.share:.0%}: {english} {under.planned:.4g} "
                f"becomes {under.true:.4g}; a plan made for it reaches {under.again:.4g}",
            )
        )
    said.append(
        Said(
            "未保证：路况与忙闲随时变化，时间是输入的平均值；忙的份额各单元视为相同且互不影响",
            "not guaranteed: roads and work change, times are the averages given; units count as equally and "
            "independently busy",
        )
    )
    return tuple(said)
