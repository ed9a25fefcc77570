"""Why a plan of beats is as it is, in plain words."""

from __future__ import annotations

from wuxiao.plan.beats.problem import Plan, Problem
from wuxiao.plan.beats.unforeseen import if_under_reported
from wuxiao.plan.form import Said


def reasons(problem: Problem, plan: Plan) -> tuple[Said, ...]:
    """Return the reasons for a plan, the weightiest first, and what is not promised."""
    mean = float(plan.work.mean())
    off = float(abs(plan.work / mean - 1.0).max())
    planned = plan.walked_minutes * (1.0 - plan.random_share)
    said = [
        Said(
            f"{problem.fields}个责任区，各自连成一片，工作量与平均相差不超过{off:.1%}（限度{problem.tolerance:.0%}）。",
            f"{problem.fields} fields, each in one piece, work within {off:.1%} of the mean (limit "
            f"{problem.tolerance:.0%}).",
        ),
        Said(
            f"{problem.days}天共{len(plan.rounds)}轮，每条街都到够应有的次数；"
            f"规定路线中{plan.asked_minutes / max(1e-9, planned):.0%}的时间走在该到的街上。",
            f"{len(plan.rounds)} rounds in {problem.days} days make every visit that is owed; "
            f"{plan.asked_minutes / max(1e-9, planned):.0%} of the planned minutes are on streets that are due.",
        ),
        Said(
            f"{plan.random_share:.1%}的时间抽签决定；看过其余各天的人每天押某街一个时段（每班分4段），押中{plan.foretold:.1%}，"
            f"盲押为{plan.chance:.1%}；到访时段的熵为最大值的{plan.entropy:.0%}，间隔离散度{plan.gap_spread:.2f}（准点为0，全凭偶然约为1）。",
            f"{plan.random_share:.1%} of the minutes are drawn by lot; one who saw all other days and bets on a "
            f"quarter of a shift is met {plan.foretold:.1%} of the time, a blind bet {plan.chance:.1%}; the hours "
            f"have {plan.entropy:.0%} of the entropy they can have; gaps spread {plan.gap_spread:.2f} (clockwork 0, "
            "chance about 1).",
        ),
    ]
    under = if_under_reported(problem, plan.unit_field.tolist())
    said.append(
        Said(
            f"若各单元实际工作量比所报多出不等（少报0–30%），责任区最大偏差平均为{under:.1%}。",
            f"If units in truth have more work than was reported (0 to 30 % missing), the largest deviation is "
            f"{under:.1%} on the mean.",
        )
    )
    if problem.floor > 0.0:
        said.append(
            Said(
                f"每个单元每天平均至少{problem.floor:g}次到访。",
                f"every unit gets at least {problem.floor:g} visits a day on the mean.",
            )
        )
    if len(problem.before):
        said.append(
            Said(
                f"换了责任区的工作量占{plan.moved:.1%}（限度{problem.moved_share:.1%}）。",
                f"{plan.moved:.1%} of the work changes field (limit {problem.moved_share:.1%}).",
            )
        )
    said.append(
        Said(
            "没有用到任何人的特征或经历，也不用巡逻中发现的事来加派巡逻；接到求助时计划让路，缺的到访须补上。",
            "Nothing about any person was used, nor does what patrols find send more patrols; calls for help come "
            "first, and what is missed must be made up.",
        )
    )
    return tuple(said)
