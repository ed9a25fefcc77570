"""Places in a slot under a crowd: a thousand tries at one slot of so many places give exactly so many bookings."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, models, transaction

from tests.desk.people import MONDAY, Town, settle
from tests.desk.test_crowd import together
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import DeskError, Refused
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.slots import book, keep
from wuxiao.desk.slots.book import Full
from wuxiao.desk.slots.keep import Hours
from wuxiao.records.models import Booking, Entry, Matter, Slot
from wuxiao.rules.slots import Booked

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
TRIES, THREADS, PLACES, CASES = 1000, 10, 7, 100


@pytest.fixture
def town() -> Town:
    return settle()


def slot_of(town: Town, places: int, days: int = 3) -> Slot:
    hours = Hours(MONDAY + days * DAY, MONDAY + days * DAY + timedelta(hours=2))
    (made,) = keep.create(
        "reception", [hours], host=town.staff("chief"), place="103", capacity=places, by=town.chief, at=MONDAY
    )
    return made


def reported(count: int) -> list[Matter]:
    said = [Report(words=f"第{n}件：井盖松动", phone=f"199099{n:05d}") for n in range(count)]
    return [matters.receive(one, by=RESIDENT, at=MONDAY) for one in said]


def test_a_thousand_tries_give_exactly_the_places_there_are_and_the_rest_the_next_three(town: Town) -> None:
    slot = slot_of(town, PLACES)
    after = [slot_of(town, 5, days) for days in (4, 7, 8, 9)]
    cases = reported(CASES)
    got: list[tuple[int, object]] = []

    def tries(thread: int) -> None:
        own: list[tuple[int, object]] = []
        # Each thread goes through all cases from another place: the same case tries in several threads at once.
        for n in range(TRIES // THREADS):
            case = cases[(thread * 7 + n * 3) % CASES]
            try:
                own.append((case.pk, book.book(case.pk, slot.pk, by=RESIDENT, at=MONDAY)))
            except DeskError as error:
                own.append((case.pk, error))
            finally:
                # As after a request: whoever waits for a connection gets it, however slow the machine is.
                connections.close_all()
        got.extend(own)

    threads = [threading.Thread(target=tries, args=(n,)) for n in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(got) == TRIES
    booked = {pk for pk, one in got if isinstance(one, Booking)}
    assert len(booked) == PLACES
    assert Counter(Booking.objects.filter(slot=slot).values_list("matter_id", flat=True)) == Counter(booked)
    assert Slot.objects.get(pk=slot.pk).taken == PLACES
    # Who has a place is told so each time, everybody else the next three: there is no third answer.
    others = [(pk, one) for pk, one in got if not isinstance(one, Booking)]
    assert {type(one) for _, one in others} == {Full}
    assert not {pk for pk, _ in others} - {case.pk for case in cases}
    wanted = [one.pk for one in after[:3]]
    assert all([offer.pk for offer in one.offers] == wanted for _, one in others if isinstance(one, Full))
    assert Entry.objects.filter(verb="book_slot").count() == PLACES
    assert verify.verify().breaks == []


def test_of_many_who_move_back_and_forth_between_two_full_slots_nobody_is_lost(town: Town) -> None:
    one, other = slot_of(town, 4), slot_of(town, 4, 4)
    bookings = [
        book.book(case.pk, slot.pk, by=RESIDENT, at=MONDAY)
        for case, slot in zip(reported(6), [one, one, one, other, other, other], strict=True)
    ]

    def swap(booking: Booking) -> None:
        for n in range(6):
            target = other if (booking.slot_id == one.pk) == (n % 2 == 0) else one
            try:
                book.move(booking.pk, target.pk, by=RESIDENT, at=MONDAY)
            except Refused:
                continue

    out = together(*[lambda b=b: swap(b) for b in bookings])
    assert not [o for o in out if isinstance(o, DeskError)]
    held = Counter(Booking.objects.filter(state=Booked.BOOKED).values_list("slot_id", flat=True))
    assert sum(held.values()) == 6
    assert all(Slot.objects.get(pk=slot.pk).taken == held[slot.pk] <= 4 for slot in (one, other))
    assert verify.verify().breaks == []


def test_who_books_while_the_slot_is_cancelled_is_refused_or_told(town: Town) -> None:
    slot = slot_of(town, 20)
    cases = reported(8)
    for case in cases[:4]:
        book.book(case.pk, slot.pk, by=RESIDENT, at=MONDAY)
    out = together(
        lambda: keep.cancel(slot.pk, "领导出差", by=town.chief, at=MONDAY),
        *[lambda c=c: book.book(c.pk, slot.pk, by=RESIDENT, at=MONDAY) for c in cases[4:]],
    )
    assert isinstance(out[0], Slot)
    assert not Booking.objects.filter(state=Booked.BOOKED).exists()
    now = Slot.objects.get(pk=slot.pk)
    assert (now.state, now.taken) == ("cancelled", 0)
    assert verify.verify().breaks == []


def test_a_case_gives_its_place_back_once_under_ten_clicks(town: Town) -> None:
    slot = slot_of(town, 2)
    first, second = (book.book(case.pk, slot.pk, by=RESIDENT, at=MONDAY) for case in reported(2))
    together(*[lambda: book.release(first.pk, by=RESIDENT, at=MONDAY)] * 10)
    assert Slot.objects.get(pk=slot.pk).taken == 1
    assert Entry.objects.filter(verb="release_slot").count() == 1
    assert Booking.objects.get(pk=second.pk).state == Booked.BOOKED


@pytest.mark.parametrize("values", [{"taken": 3}, {"taken": -1}, {"ends_at": MONDAY}])
def test_the_database_itself_refuses_what_there_is_no_room_for(town: Town, values: dict[str, object]) -> None:
    slot = slot_of(town, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        models.QuerySet(Slot).filter(pk=slot.pk).update(**values)


def test_the_database_itself_refuses_a_second_booking_that_waits(town: Town) -> None:
    one, other = slot_of(town, 2), slot_of(town, 2, 4)
    (case,) = reported(1)
    book.book(case.pk, one.pk, by=RESIDENT, at=MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.create(matter=case, slot=other, kind="reception", at=MONDAY, turn=9)
