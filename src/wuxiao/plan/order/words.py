"""Why the order is as it is, and why a place stands where it does: facts of its past and which way they weighed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wuxiao.plan.form import Said

if TYPE_CHECKING:
    from wuxiao.plan.order.problem import Plan, Problem

#: Days of a year: ages and times between visits are told in years.
YEAR = 365.0

#: What moves the log odds by less is not told as a reason.
SLIGHT = 0.03
#: The visits that are told one by one.
LAST = 3

_TIMES = ("没有", "一次", "两次", "三次")
_TIMES_EN = ("none", "one", "two", "three")


def of_plan(plan: Plan) -> tuple[Said, ...]:
    """Return what the order rests on, how it did on later visits, what the lot costs and what it is not."""
    n, lots = len(plan.order), int(plan.drawn.sum())
    said = [
        Said(
            f"{n}处场所排了先后，依据{plan.visits}次过去的检查。"
            if plan.fitted
            else f"{n}处场所排了先后；过去的检查太少（{plan.visits}次），只看各处自己有过严重发现的比例。",
            f"{n} places were put in order from {plan.visits} visits of the past."
            if plan.fitted
            else f"{n} places were put in order; visits are too few to learn from ({plan.visits}), so only each "
            "place's own share of visits with a critical finding counts.",
        )
    ]
    if plan.trial is not None:
        t = plan.trial
        said.append(
            Said(
                f"试于最后{t.visits}次检查：{t.critical}次有严重发现，{t.share:.1%}排在前一半"
                f"（95%区间{t.low:.1%}至{t.high:.1%}；不排序为50%）；预计{t.expected:.0f}次。",
                f"Tried on the last {t.visits} visits: {t.critical} had a critical finding, {t.share:.1%} of them "
                f"stood in the first half (95 % {t.low:.1%} to {t.high:.1%}; without an order 50 %); "
                f"{t.expected:.0f} were expected.",
            )
        )
    if n and plan.head.bound is not None:
        cost = plan.head.bound - plan.head.objective
        said.append(
            Said(
                f"其中{lots}处随机抽取（种子{plan.head.seed}），不看过去，名单才不会只印证自己；"
                f"为此前一半的预计发现少{cost:.1%}。",
                f"{lots} of them were drawn by lot (seed {plan.head.seed}) whatever their past, so that the list does "
                f"not only confirm itself; it costs {cost:.1%} of the findings expected in the first half.",
            )
        )
    said.append(
        Said(
            "排的是场所，不是人；只定先看哪里，不是结论，也不作任务数。没有检查过不等于没有问题。",
            "Places are put in order, never people; it says where to look first, is no finding and no target. "
            "Not seen does not mean not wrong.",
        )
    )
    return tuple(said)


def of_place(problem: Problem, plan: Plan, row: int) -> tuple[Said, ...]:
    """Return why a row of the list stands where it does: by lot or not, then what weighed, the weightiest first."""
    position = int(np.flatnonzero(plan.order == row)[0])
    said: list[Said] = []
    if plan.drawn[position]:
        said.append(Said("随机抽取，与过去无关", "drawn by lot, whatever its past"))
    listed = problem.listed
    days, found = _seen(problem, listed.place[row])
    facts = {
        "found": _found(found),
        "seen": _last(problem.today, days),
        "licence": _licence(problem.today, float(listed.licensed[row])),
        "kind": _kind(listed.kind[row], listed.lines[row]),
        "nearby": Said(f"周边的反映（{'、'.join(problem.reports)}）", f"reports nearby ({', '.join(problem.reports)})"),
    }
    weighed = dict(zip(plan.groups, plan.weighed[row], strict=True))
    for group in sorted(facts, key=lambda g: (-abs(weighed[g]), g)):
        if abs(weighed[group]) >= SLIGHT:
            more = weighed[group] > 0
            said.append(
                Said(
                    f"{facts[group].zh}：{'更应先看' if more else '可稍后看'}",
                    f"{facts[group].en}: {'speaks for going sooner' if more else 'speaks for going later'}",
                )
            )
        elif group in ("found", "seen"):
            said.append(facts[group])
    return tuple(said)


def _seen(problem: Problem, place: str) -> tuple[list[float], list[tuple[int, int, int]]]:
    visits = problem.visits
    rows = [r for r in range(len(visits.place)) if visits.place[r] == place]
    rows.sort(key=lambda r: float(visits.day[r]))
    found = [(int(visits.critical[r]), int(visits.serious[r]), int(visits.minor[r])) for r in rows]
    return [float(visits.day[r]) for r in rows], found


def _found(found: list[tuple[int, int, int]]) -> Said:
    if not found:
        return Said("没有过去的发现可看", "no finding of the past to go by")
    last = found[-LAST:]
    n = len(last)
    zh = f"最近{_TIMES[n]}检查"
    en = "the last visit" if n == 1 else f"the last {_TIMES_EN[n]} visits"
    for which, name, name_en in ((0, "严重", "critical"), (1, "较重", "serious")):
        times = sum(1 for f in last if f[which])
        if times and n == 1:
            return Said(f"{zh}有{name}发现", f"a {name_en} finding at {en}")
        if times:
            one = f"a {name_en} finding" if times == 1 else f"{name_en} findings"
            return Said(f"{zh}中{_TIMES[times]}有{name}发现", f"{one} at {_TIMES_EN[times]} of {en}")
    return Said(f"{zh}没有严重或较重发现", f"no critical or serious finding at {en}")


def _last(today: float, days: list[float]) -> Said:
    if not days:
        return Said("记录中还没有检查过", "never seen, as far as is on file")
    ago = max(1, round(today - days[-1]))
    times = "once" if len(days) == 1 else f"{len(days)} times"
    return Said(
        f"检查过{len(days)}次，已有{ago}天没有检查",
        f"seen {times}, not for {ago} {'day' if ago == 1 else 'days'} now",
    )


def _licence(today: float, licensed: float) -> Said:
    if licensed != licensed:
        return Said("不知何时领证", "not known since when it has its licence")
    years = max(0.0, (today - licensed) / YEAR)
    if years < 1.0:
        return Said("领证不满一年", "licensed for less than a year")
    return Said(f"领证{int(years)}年多", f"licensed for {int(years)} {'year' if int(years) == 1 else 'years'} or more")


def _kind(kind: str, lines: tuple[str, ...]) -> Said:
    names = [name for name in (kind, *lines) if name]
    if not names:
        return Said("没有说明场所类别", "its kind is not told")
    return Said(f"场所类别（{'、'.join(names)}）", f"its kind and lines ({', '.join(names)})")
