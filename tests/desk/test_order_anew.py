"""After an upgrade that orders lists otherwise, what stood there before has its new place without a step."""

from __future__ import annotations

import hashlib
import inspect
from typing import Any

import pytest
from django.db.models import F

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_danger_later import GAS, HOUR, answered, joint, waiting
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case import opening, shown
from wuxiao.desk.case.act import act
from wuxiao.desk.house import order_anew
from wuxiao.records.models import Access, Case, Snapshot
from wuxiao.records.replayed import same
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db
#: What the order is made of, as it was when `order_anew.ORDER` was set last.
MADE_OF = {1: "3d2f40ae875322c1", 2: "3d2f40ae875322c1", 3: "16cbbaea165eb31a"}


@pytest.fixture
def town() -> Town:
    return settle()


def test_what_is_promised_for_no_day_goes_behind_what_is(town: Town) -> None:
    """A case of another life that stood in a list by the day it came goes where the program puts it now."""
    case = opening.plan("conference", {"date": "2026-09-10"}, by=of_unit(town, "petition_office", Role.LEAD), at=MONDAY)
    order_anew.settle(by=SYSTEM, at=MONDAY)
    assert order_anew.settle(by=SYSTEM, at=MONDAY) == 0
    mine = Access.objects.filter(matter_id=case.pk)
    assert mine.exists()
    assert set(mine.values_list("sort_at", flat=True)) == {case.step_due_at}, "its day is its place"
    with same():
        Case.objects.filter(pk=case.pk).update(step_due_at=None)
    mine.update(sort_at=MONDAY, late_at=None)
    Snapshot.objects.filter(name=order_anew.NAME).delete()
    assert order_anew.settle(by=SYSTEM, at=MONDAY) == 1
    assert set(mine.values_list("sort_at", flat=True)) == {shown.NO_DAY}


def places() -> list[tuple[Any, ...]]:
    names = ("matter_id", "principal", "hidden", "queue", "is_open", "own", "sort_at", "late_at")
    return sorted(Access.objects.values_list(*names), key=str)


def as_an_older_program_left_it() -> None:
    """Danger had no place of its own: it stood by its date, and what rested or was closed was no work."""
    dangerous = Access.objects.filter(matter__danger_open=True)
    assert dangerous.exists()
    dangerous.update(sort_at=F("sort_at") + shown.BEFORE_ALL, queue="wait", is_open=False, own=False, late_at=None)


def test_danger_that_stood_far_down_comes_first_at_the_upgrade(town: Town) -> None:
    for make in (waiting, answered):
        make(town)
    matter = joint(town)
    act(matter.pk, "add", {"words": GAS}, by=RESIDENT, at=MONDAY + 3 * HOUR)
    matter.refresh_from_db()
    assert matter.danger_open
    right = places()
    as_an_older_program_left_it()
    assert places() != right
    entries = verify().entries
    assert order_anew.settle(by=SYSTEM, at=MONDAY, batch=2) == 1
    assert places() == right
    assert order_anew.settle(by=SYSTEM, at=MONDAY) == 0
    assert (verify().breaks, verify().entries) == ([], entries)
    as_an_older_program_left_it()
    assert order_anew.settle(by=SYSTEM, at=MONDAY) == 0, "once for each order, not at each start"
    Snapshot.objects.filter(name=order_anew.NAME).update(data={"order": order_anew.ORDER - 1})
    assert order_anew.settle(by=SYSTEM, at=MONDAY) == 1
    assert places() == right


def test_who_was_let_in_by_hand_is_not_made_right_quietly(town: Town) -> None:
    matter = waiting(town)
    row = Access.objects.filter(matter=matter).first()
    assert row is not None
    Access.objects.create(
        matter=matter, principal="p:999", queue=row.queue, is_open=True, sort_at=row.sort_at, own=False, hidden=""
    )
    assert order_anew.settle(by=SYSTEM, at=MONDAY) == 0
    assert Access.objects.filter(principal="p:999").exists()
    assert [one.column for one in verify().breaks] == ["access"]


def test_whoever_changes_the_order_says_so(town: Town) -> None:
    """The number goes up with the functions, or towns would keep the old order until each matter's next step."""
    parts = (shown.queue_of, shown.sort_at, shown.access_rows)
    made = "".join("".join(inspect.getsource(one).split()) for one in parts)
    digest = hashlib.sha256(made.encode()).hexdigest()[:16]
    assert MADE_OF.get(order_anew.ORDER) == digest, (
        f"raise order_anew.ORDER by one and write its line here: {order_anew.ORDER + 1}: {digest!r}"
    )
    assert max(MADE_OF) == order_anew.ORDER
