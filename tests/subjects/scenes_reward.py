"""Scenes of rewards for the test that no key of the rule book is dead (tests/keys)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.desk.people import MONDAY
from tests.keys.stage import DAY, Stage, moment, run_clock, said, sees, told_of
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.records.models import Case, Matter
from wuxiao.rules.access import Role
from wuxiao.subjects.reward import acts


def proposed(stage: Stage, matter: Matter, grade: str, amount: int) -> Case:
    by = stage.of_unit(matter.holder)
    given = {"report": matter.number, "grade": grade, "amount": str(amount), "found": "路灯不亮"}
    return opening.plan("reward", given, by=by, at=MONDAY)


@sees("lives.reward.*")
def rewarded(stage: Stage) -> Iterator[Any]:
    """From how much to how much a grade is given, until when it is decided and fetched, when it is said, who pays."""
    matter = stage.answered(stage.held("urban.facility.lamp", "request"))
    numbers = stage.book.lives["reward"].numbers
    for grade in ("general", "major"):
        for amount in (1, 49, 50, 51, 499, 500, 501, 999, 1000, 1001, 4999, 5000, 5001):
            yield grade, amount, said(lambda g=grade, n=amount: _undone(lambda: proposed(stage, matter, g, n)))
    case = proposed(stage, matter, "general", numbers["general_to"])
    yield moment(case.step_due_at)
    case = act(case.pk, "approve", {}, by=stage.of_unit(matter.holder, Role.LEAD), at=MONDAY)
    yield moment(case.step_due_at), moment(case.tick_at)
    code = acts.fetch(case, "yes", at=MONDAY)
    for unit in ("data_bureau", "gov", "hotline", "emergency"):
        yield unit, said(lambda unit=unit: acts.look_up(code, by=desk(stage, unit), at=MONDAY).amount)
    run_clock(case.pk, MONDAY + 400 * DAY)
    yield [one for one in told_of(matter.pk) if one[0].startswith("own_news")]
    yield said(lambda: Case.objects.get(pk=case.pk))


def desk(stage: Stage, unit: str) -> Actor:
    return stage.of_unit(unit, Role.CASHIER)


class _Back(Exception):
    """What was tried is taken back."""


def _undone(what: Any) -> str:
    from django.db import transaction

    try:
        with transaction.atomic():
            what()
            raise _Back
    except _Back:
        return "taken"
