"""Rewards for hazards that were reported in the county, at every stage, told through the desk; nobody was rewarded.

A course is what happens and how many days before the present; told last, of matters that were answered by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.base.errors import DeskError
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Matter
from wuxiao.rules.access import Role
from wuxiao.site.demo.lives import Team
from wuxiao.subjects.reward import acts
from wuxiao.subjects.reward.rules import NAME

#: What happens, the days before the present at which it does; those that people can try first.
COURSES: Sequence[Mapping[str, float]] = (
    {"propose": 3},
    {"propose": 9, "approve": 6},
    {"propose": 12, "approve": 10, "fetch": 7},
    {"propose": 12, "reject": 9},
    {"propose": 58, "approve": 54, "fetch": 50, "warn": 3},
    {"propose": 40, "approve": 37, "fetch": 30, "pay": 28},
    {"propose": 30, "approve": 29, "waive": 20},
    {"propose": 90, "approve": 86, "warn": 33, "lapse": 23},
    *({"propose": 118.0 + n, "approve": 113.0 + n, "fetch": 111.0 + n, "pay": 106.0 + n} for n in range(0, 70, 10)),
)
#: What is written of what was confirmed, and why none is given.
_FOUND = (
    "到现场看过，属实，当天围挡，三天内修好",
    "查实，危及过往行人，已经整改",
    "属实，住户多、夜里看不清，已经修复",
)
_REJECTED = "和另一处是同一件，不重复奖励"


def tell(until: datetime, rules: Rules, team: Team) -> Sequence[int]:
    """Tell the rewards once; returns their ids and those of their reports. None where the book keeps no rewards."""
    if NAME not in rules.book.lives or Case.objects.filter(life=NAME).exists():
        return []
    told: list[int] = []
    reports = _reports(until)
    for course in COURSES:
        for report in [one for one in reports if _fits(one, course, until)]:
            reports.remove(report)
            try:
                made = _tell(report, course, len(told), until, rules, team)
            except DeskError:
                # It was joined to one that is rewarded, or a visit found nothing: another one is taken.
                continue
            told += [made.pk, report.pk]
            break
    return told


def _reports(until: datetime) -> list[Matter]:
    rows = Matter.objects.filter(kind="hazard", answered_at__lt=until, outcome__in=["", "answered"])
    return list(rows.filter(merged_into=None).order_by("-answered_at", "pk"))


def _fits(report: Matter, course: Mapping[str, float], until: datetime) -> bool:
    return report.answered_at is not None and report.answered_at < until - timedelta(days=course["propose"])


def _tell(report: Matter, course: Mapping[str, float], n: int, until: datetime, rules: Rules, team: Team) -> Case:
    unit, numbers = report.holder, rules.book.lives[NAME].numbers
    low, high = numbers["general_from"], numbers["general_to"]
    lead = team.lead(unit)
    proposer = (team.posts.get((Role.HANDLER, unit, 0)) or [lead])[0]
    # Who proposed it does not decide it: where a unit has nobody else, supervision does.
    decides = lead if proposer is not lead else team.posts[Role.SUPERVISOR, "efficiency", 0][0]
    made, code = Case(), ""
    for verb, days in course.items():
        at = until - timedelta(days=days)
        match verb:
            case "propose":
                amount = min(high, low + 50 * (n % 7))
                given = {"report": report.number, "grade": "general", "amount": str(amount), "found": _FOUND[n % 3]}
                made = opening.plan(NAME, given, by=proposer, at=at)
            case "approve":
                act(made.pk, "approve", {}, by=decides, at=at)
            case "reject":
                act(made.pk, "reject", {"reason": _REJECTED}, by=decides, at=at)
            case "fetch":
                code = acts.fetch(made, "yes", at=at)
            case "pay":
                desk = acts.desks(rules)[0]
                acts.pay(code, by=team.posts[Role.CASHIER, desk, 0][0], at=at)
            case "waive":
                acts.waive(made, at=at)
            case _:
                act(made.pk, verb, {}, by=SYSTEM, at=at)
    return made
