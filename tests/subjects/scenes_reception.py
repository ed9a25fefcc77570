"""Scenes of receptions for the test that no key of the rule book is dead (tests/keys)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.desk.people import MONDAY
from tests.keys.stage import HOUR, Stage, said, sees, told_of
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.slots import book
from wuxiao.desk.town import books
from wuxiao.subjects.reception import acts


@sees("lives.reception.*")
def received(stage: Stage) -> Iterator[Any]:
    """How many a date takes, how far ahead it can be booked, how long before it people are reminded."""
    chief, rules = stage.actor("chief"), books.current(MONDAY)
    typed = {
        "host": str(chief.staff_id), "day": "2026-10-20", "starts": "09:00", "ends": "11:30", "place": "103",
        "places": "", "every": "once", "times": "1",
    }  # fmt: skip
    (slot,) = acts.publish(typed, by=chief, at=MONDAY, rules=rules).slots
    yield slot.capacity
    matter = stage.told()
    for days in range(15, 9, -1):
        when = slot.starts_at - timedelta(days=days * 2 + 8)
        booked = said(lambda when=when: book.book(matter.pk, slot.pk, by=RESIDENT, at=when).state)
        yield days, booked
    for days in (31, 30, 29, 28):
        when = slot.starts_at - timedelta(days=days) - HOUR
        yield days, said(lambda when=when: book.book(matter.pk, slot.pk, by=RESIDENT, at=when).state)
    for hours in range(26, 21, -1):
        book.remind(by=SYSTEM, at=slot.starts_at - hours * HOUR)
        yield hours, len([one for one in told_of(matter.pk) if one[0] == "remind_slot"])
