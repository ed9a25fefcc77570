"""Look at a replay's plan from outside: arithmetic of outcomes, and the trips one by one where they were kept."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from wuxiao.plan.form import Said
from wuxiao.plan.replay.problem import Calls, Plan, Problem

SLACK = 1e-6


def check(problem: Problem, plan: Plan) -> list[Said]:
    """Return where a plan breaks what must hold: shares, the best one, intervals, and for kept trips of given calls:
    no call lost, no unit in two places, nobody faster than the road, work done in full, nobody sent off duty."""
    tell: list[Said] = []
    names = [s.name for s in problem.settings]
    if [o.name for o in plan.outcomes] != names or [d.name for d in plan.differences] != names[1:]:
        return [Said("结果与方案不对应", "outcomes and settings do not match")]
    for o in plan.outcomes:
        shares = [o.late_share, o.unanswered, o.changed, o.worst_grid, *o.in_time.tolist()]
        if any(not -1e-9 <= x <= 1 + 1e-9 for x in shares):
            tell.append(Said(f"“{o.name}”有比例不在0与1之间", f"“{o.name}” has a share outside 0 to 1"))
        if o.mean_response < 0:
            tell.append(Said(f"“{o.name}”到场时间为负", f"“{o.name}” has a negative response"))
        setting = problem.settings[names.index(o.name)]
        changed = sum(a != b for a, b in zip(setting.home, problem.settings[0].home, strict=True)) / len(problem.units)
        if abs(changed - o.changed) > SLACK:
            tell.append(Said(f"“{o.name}”的改动比例不对", f"the share changed by “{o.name}” is wrong"))
        refuse = bool(o.under_floor) or o.changed > problem.change_cap + 1e-12
        if refuse != (o.name in plan.refused):
            tell.append(Said(f"“{o.name}”是否可选说错了", f"“{o.name}” is wrongly taken or refused"))
    base = plan.outcomes[0]
    for d, o in zip(plan.differences, plan.outcomes[1:], strict=True):
        if (
            abs(d.response - (o.mean_response - base.mean_response)) > SLACK
            or abs(d.late - (o.late_share - base.late_share)) > SLACK
        ):
            tell.append(
                Said(f"“{d.name}”的差别与结果不符", f"the difference of “{d.name}” does not match the outcomes")
            )
        if d.response_low > d.response + SLACK or d.response_high < d.response - SLACK:
            tell.append(Said(f"“{d.name}”的区间不含其差别", f"the interval of “{d.name}” does not hold its difference"))
    allowed = [o for o in plan.outcomes if o.name not in plan.refused] or [base]
    best = min(allowed, key=lambda o: o.mean_response)
    if plan.best not in {o.name for o in allowed} or abs(plan.head.objective - best.mean_response) > SLACK:
        tell.append(Said("选出的不是最好的方案", "the setting taken is not the best"))
    if plan.trips is not None and problem.calls is not None and plan.best in names:
        tell += _trips(problem, plan, problem.calls)
    return tell


def _trips(problem: Problem, plan: Plan, calls: Calls) -> list[Said]:
    trips = plan.trips
    assert trips is not None
    tell: list[Said] = []
    order = np.lexsort((trips.left, trips.unit))
    for a, b in pairwise(order):
        if trips.unit[a] == trips.unit[b] and trips.left[b] < trips.free[a] - SLACK:
            who = problem.units[int(trips.unit[a])]
            tell.append(Said(f"{who}同时在两处", f"{who} is in two places at once"))
            break
    ready = calls.at + calls.delay
    if (trips.left < ready[trips.call] - SLACK).any():
        tell.append(Said("有单位在呼叫之前出发", "a unit left before the call"))
    setting = next(s for s in problem.settings if s.name == plan.best)
    served = np.bincount(trips.call[trips.done], minlength=len(calls.at))
    if problem.max_waiting < 0 and not problem.shifts and (served != calls.needs).any():
        bad = int(np.flatnonzero(served != calls.needs)[0])
        tell.append(Said(f"第{bad + 1}个呼叫没有得到全部单位", f"call {bad + 1} did not get all its units"))
    if (served > calls.needs).any():
        tell.append(Said("有呼叫得到过多单位", "a call got more units than it needs"))
    if setting.idle == "home":
        tell += _roads(problem, plan, calls, setting.home.tolist())
    whole = trips.done & (np.bincount(trips.call, minlength=len(calls.at))[trips.call] == served[trips.call])
    if (trips.free - trips.arrived < calls.scene[trips.call] - SLACK)[whole].any():
        tell.append(Said("有呼叫没有处置完", "the work of a call was cut short"))
    for u in {s.unit for s in problem.shifts}:
        spans = [(s.begin, s.end) for s in problem.shifts if s.unit == u]
        fresh = np.flatnonzero(trips.unit == u)
        if any(not any(b - SLACK <= trips.left[k] <= e + SLACK for b, e in spans) for k in fresh):
            tell.append(Said(f"{problem.units[u]}在班外被派出", f"{problem.units[u]} was sent off duty"))
    return tell


def _roads(problem: Problem, plan: Plan, calls: Calls, home: list[int]) -> list[Said]:
    """Nobody is faster than the road from where it was last known, less what it had already gone of the way home."""
    trips, minutes = plan.trips, problem.minutes
    assert trips is not None

    def table(way: int, at: float) -> int:
        return int(problem.hourly[int(at / 60.0) % len(problem.hourly), way])

    # how many minutes of one table a minute on the road of another is at most
    road, known = minutes, problem.via is not None
    if known:
        road = np.maximum(0.0, minutes - problem.aside[:, :, None] - problem.aside[:, None, :])
    worth = np.ones((len(minutes), len(minutes)))
    for new, old in np.ndindex(worth.shape):
        worth[new, old] = (road[new][road[old] > 0] / road[old][road[old] > 0]).max(initial=1.0)
    for u in range(len(problem.units)):
        last, since = [(home[u], 0.0)], None
        for k in np.flatnonzero(trips.unit == u)[np.argsort(trips.left[trips.unit == u], kind="stable")]:
            c, left = int(trips.call[k]), float(trips.left[k])
            now, gone = table(problem.mode[calls.priority[c]], left), 0.0
            if since is not None and last:
                old = table(problem.calm, since)
                if left - since >= max(off + float(minutes[old, p, home[u]]) for p, off in last):
                    last = [(home[u], 0.0)]
                else:
                    gone = (left - since) * worth[now, old]
                    # what was begun off the road by one table ends so, though another counts it longer
                    gone += max((float(np.ptp(problem.aside[:, p])) for p, _ in last), default=0.0) if known else 0.0
            scene = ((int(calls.place[c]), calls.off[c, 0]), (int(calls.other[c]), calls.other_off[c, 0]))
            way = min((float(minutes[now, p, q] + off) for p, _ in last for q, off in scene), default=0.0)
            if trips.arrived[k] - left < way - gone - SLACK:
                return [Said(f"{problem.units[u]}比路还快", f"{problem.units[u]} was faster than the road")]
            carried = calls.carry[c] >= 0 and trips.free[k] - trips.arrived[k] > calls.scene[c] + SLACK
            # after a trip cut short nobody outside knows where the unit was
            last = [(int(calls.place[c]), calls.off[c, 1]), (int(calls.other[c]), calls.other_off[c, 1])]
            last = [(int(calls.carry[c]), 0.0)] if carried else last
            last = last if trips.done[k] else []
            since = float(trips.free[k])
    return []
