"""Look at a plan of the hypercube from outside: conservation laws that hold whatever way it was computed."""

from __future__ import annotations

import numpy as np

from wuxiao.plan.form import Said
from wuxiao.plan.queue.problem import Plan, Problem


def check(problem: Problem, plan: Plan) -> list[Said]:
    """Return where a plan breaks what must hold: sizes, shares, work done equals work asked, means from their parts."""
    n, m = len(problem.units), len(problem.places)
    for name, have, want in (
        ("load", plan.load.shape, (n,)),
        ("response", plan.response.shape, (m,)),
        ("late", plan.late.shape, (m,)),
        ("sent", plan.sent.shape, (n, m)),
    ):
        if have != want:
            return [Said(f"{name}的大小是{have}，应为{want}", f"{name} has size {have}, expected {want}")]
    tell: list[Said] = []
    # the exact model balances to rounding, the approximation to its own fixed point
    slack = 1e-6 if plan.method == "exact" else 0.05
    if (plan.load < -1e-12).any() or (plan.load > 1 + 1e-9).any():
        tell.append(Said("有单位忙闲不在0与1之间", "a load lies outside 0 to 1"))
    if (plan.sent < -1e-9).any() or np.abs(plan.sent.sum(axis=0) - 1.0).max() > 1e-6:
        tell.append(Said("有地方的派出份额加起来不是1", "the shares sent to a place do not add up to 1"))
    if not -1e-12 <= plan.all_busy <= 1.0:
        tell.append(Said("全忙的概率不在0与1之间", "the chance of all busy lies outside 0 to 1"))
    rate = problem.calls_per_hour / 60.0
    answered = rate.sum() * (1.0 if problem.full == "waits" else 1.0 - plan.all_busy)
    asked = answered * ((plan.sent * rate).sum(axis=1) / rate.sum()) * problem.busy_minutes
    if np.abs(asked - plan.load).max() > slack:
        who = int(np.abs(asked - plan.load).argmax())
        tell.append(
            Said(f"{problem.units[who]}的忙闲{plan.load[who]:.4f}与派给它的活{asked[who]:.4f}不符",
                 f"the load of {problem.units[who]}, {plan.load[who]:.4f}, is not its work, {asked[who]:.4f}")
        )  # fmt: skip
    travel = (plan.sent * problem.minutes).sum(axis=0)
    wait = plan.response - travel
    if problem.full == "lost" and np.abs(wait).max() > 1e-6:
        tell.append(Said("没有队伍却有等候时间", "there is waiting without a line"))
    if problem.full == "waits":
        spare = (1.0 / problem.busy_minutes).sum() - rate.sum()
        if np.abs(wait - plan.all_busy / spare).max() > 1e-6:
            tell.append(Said("等候时间与全忙概率不符", "the waiting is not what the chance of all busy makes it"))
    share = rate / rate.sum()
    for name, one, parts in (
        ("mean_response", plan.mean_response, plan.response),
        ("late_share", plan.late_share, plan.late),
    ):
        if abs(one - float(share @ parts)) > 1e-6:
            tell.append(Said(f"{name}不是各处的加权平均", f"{name} is not the weighted mean over places"))
    if abs(plan.head.objective - plan.mean_response) > 1e-9:
        tell.append(Said("目标值不是平均到场时间", "the objective is not the mean response"))
    if plan.method == "exact" and plan.head.stopped == "done" and (plan.residual is None or plan.residual > 1e-6):
        tell.append(Said("精确模型没有收敛", "the exact model has not converged"))
    grid = problem.grid if problem.grid is not None else np.arange(m)
    for g in np.unique(grid[rate > 0]):
        inside = grid == g
        in_time = float(rate[inside] @ (1.0 - plan.late[inside])) / float(rate[inside].sum())
        if (in_time < problem.floor - 1e-9) != (int(g) in plan.under_floor) and abs(in_time - problem.floor) > 1e-9:
            tell.append(Said(f"网格{g}是否低于底线说错了", f"grid {g} is wrongly told against the floor"))
    return tell
