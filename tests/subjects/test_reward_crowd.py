"""One payout code at two desks at once, and two who propose at once: exactly one of them has it, on both databases."""

from __future__ import annotations

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_crowd import together
from tests.subjects.test_reward import GIVEN, UNIT, answered, payable
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.errors import DeskError
from wuxiao.desk.case import opening
from wuxiao.records.models import Case, Entry, Reward
from wuxiao.rules.access import Role
from wuxiao.subjects.reward import acts
from wuxiao.subjects.reward.acts import Payable

pytestmark = pytest.mark.django_db(transaction=True)
DESKS = 6


@pytest.fixture
def town() -> Town:
    made = settle()
    of_unit(made, UNIT)
    of_unit(made, UNIT, Role.LEAD)
    return made


def cashiers(town: Town) -> list[object]:
    from wuxiao.desk.base import actor
    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.doors import staff
    from wuxiao.desk.doors.staff import Appointment
    from wuxiao.desk.town import books

    made = []
    for n in range(DESKS):
        person, _ = staff.create(
            f"desk{n}", f"desk{n}", [Appointment(Role.CASHIER, "data_bureau")], by=SYSTEM, at=MONDAY, encoded="!"
        )
        made.append(actor.of_staff(person, books.current(MONDAY).book))
    return made


def test_a_code_at_many_desks_at_once_is_paid_once(town: Town) -> None:
    case = payable(town, answered(town))
    code = acts.fetch(case, "yes", at=MONDAY)
    out = together(*[lambda by=by: acts.pay(code, by=by, at=MONDAY) for by in cashiers(town)])
    paid = [one for one in out if isinstance(one, Payable)]
    late = [one for one in out if isinstance(one, DeskError)]
    assert (len(paid), len(late)) == (1, DESKS - 1)
    assert {getattr(one, "code", "") for one in late} == {"spent"}, "each of the others is told that it was paid"
    assert Entry.objects.filter(matter_id=case.pk, verb="pay").count() == 1
    assert Reward.objects.get(matter_id=case.pk).voucher == paid[0].voucher
    assert verify(at=MONDAY).breaks == []


def test_a_code_fetched_anew_while_the_old_one_is_paid_is_paid_once(town: Town) -> None:
    case = payable(town, answered(town))
    code, (by, *_) = acts.fetch(case, "yes", at=MONDAY), cashiers(town)
    out = together(lambda: acts.pay(code, by=by, at=MONDAY), lambda: acts.fetch(case, "yes", at=MONDAY))
    paid, anew = out
    assert isinstance(paid, Payable) != isinstance(anew, str), "the one that came first holds"
    if isinstance(anew, str):
        assert acts.pay(anew, by=by, at=MONDAY).amount == 200
    assert Entry.objects.filter(matter_id=case.pk, verb="pay").count() == 1
    assert verify(at=MONDAY).breaks == []


def test_of_two_who_propose_for_one_report_at_once_one_does(town: Town) -> None:
    matter = answered(town)
    two = (town.people[f"handler_{UNIT}"], town.people[f"lead_{UNIT}"])
    out = together(
        *[lambda by=by: opening.plan("reward", {"report": matter.number, **GIVEN}, by=by, at=MONDAY) for by in two]
    )
    assert sum(isinstance(one, Case) for one in out) == 1
    assert Case.objects.filter(life="reward").count() == 1
