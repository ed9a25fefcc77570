"""Look at a forecast from outside: sizes, order of bounds, the total, and that the model was taken by the rule."""

from __future__ import annotations

from wuxiao.plan.demand.problem import Plan, Problem
from wuxiao.plan.form import Said


def check(problem: Problem, plan: Plan) -> list[Said]:
    """Return where a forecast breaks what must hold."""
    size = (len(problem.places), 168)
    for name in ("per_hour", "low", "high"):
        if getattr(plan, name).shape != size:
            return [Said(f"{name}的大小应为{size}", f"{name} must have size {size}")]
    tell: list[Said] = []
    if (plan.per_hour <= 0).any():
        tell.append(Said("有预计为零或为负", "an expected number is not above zero"))
    if (plan.low < 0).any() or (plan.low > plan.high).any():
        tell.append(Said("区间上下界颠倒", "an interval is upside down"))
    mean = plan.per_hour * plan.weeks
    if (plan.low > mean + 1.0).any() or (plan.high < mean - 1.0).any():
        tell.append(Said("预计不在区间内", "an expected number lies outside its interval"))
    a_day = float(plan.per_hour.sum()) / 7.0
    # the rich model weighs new calls more, so its total may differ from the plain mean
    slack = 0.02 if plan.model == "simple" else 0.5
    seen = len(problem.at) / (problem.days - problem.first_day)
    if abs(a_day - seen) > slack * seen:
        tell.append(
            Said(
                f"预计每天{a_day:.2f}个，实有{seen:.2f}个",
                f"{a_day:.2f} calls a day are expected, {seen:.2f} were seen",
            )
        )
    wanted = "rich" if problem.model == "rich" or (problem.model == "auto" and plan.gain_low > 0) else "simple"
    if plan.model != wanted:
        tell.append(Said("取模型没有依照规则", "the model was not taken by the rule"))
    if not plan.gain_low <= plan.gain <= plan.gain_high:
        tell.append(Said("得分差不在其区间内", "the gain lies outside its interval"))
    if not 0 <= plan.covered <= 1 or plan.level != problem.level or plan.weeks != problem.weeks:
        tell.append(Said("区间的说明与问题不符", "what is said of the intervals does not match the question"))
    return tell
