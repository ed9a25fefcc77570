"""Keeping slots: publishing, moving and cancelling them. What is done is an entry of the town; whoever had booked is
told, and each of their cases says so in its own chain.

The hour of a case (a sitting) is kept along with it: its steps open, move and cancel it, inside their transaction, and
its own chain seals it: who may not know of the case reads of no hour of it in the town's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from wuxiao.desk.base import ask
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Raced, Refused
from wuxiao.desk.diary import diary, vouched
from wuxiao.desk.slots import book
from wuxiao.desk.slots.ask import keeps
from wuxiao.desk.slots.book import Was
from wuxiao.desk.slots.kinds import title_of
from wuxiao.records.models import Booking, Case, Slot, Staff
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.slots import Booked, SlotState
from wuxiao.rules.words import Text

#: More than a leader can listen to in a day, and more than a hall holds.
MOST_ROOM = 500
PLACE = 120
#: Days ahead to which an hour is published or moved; a series may go on beyond that from its first.
FARTHEST = 366


def out_of_reach(starts_at: datetime, at: datetime) -> Text | None:
    """Return why an hour is over already, or too far away, in a year that was mistyped say; `None` where it is not."""
    if starts_at <= at:
        return Text("这一天已经过了，请选以后的日子", "that is over already; please choose a day to come")
    last = (at + timedelta(days=FARTHEST)).astimezone(SHANGHAI).date()
    if starts_at.astimezone(SHANGHAI).date() <= last:
        return None
    return Text(f"最远到{last}，请看看年份对不对", f"{last} is the last day possible: please check the year")


@dataclass(frozen=True, slots=True)
class Hours:
    """One hour to be published: when it begins and ends."""

    starts_at: datetime
    ends_at: datetime


def create(
    kind: str, hours: Sequence[Hours], *, host: Staff | None, place: str, capacity: int, by: Actor, at: datetime
) -> list[Slot]:
    """Publish hours of a kind, kept by the unit of whoever publishes them; returns those that were not there yet.

    Raises `Invalid` for an hour that is over or ends before it begins, no place, or no room; then none is published.
    """
    wrong: dict[str, Text] = {}
    place = place.strip()
    if not place or len(place) > PLACE:
        wrong["place"] = Text(f"请写明地点（最多{PLACE}字）", f"please say where (at most {PLACE} characters)")
    if not 1 <= capacity <= MOST_ROOM:
        wrong["capacity"] = Text(f"名额应为1到{MOST_ROOM}", f"places: 1 to {MOST_ROOM}")
    first = min(hours, key=lambda one: one.starts_at, default=None)
    if first is not None and (why := out_of_reach(first.starts_at, at)) is not None:
        wrong["day"] = why
    if any(one.ends_at <= one.starts_at for one in hours):
        wrong["ends"] = Text("结束时间应晚于开始时间", "it must end after it begins")
    if not hours:
        wrong["day"] = Text("没有一天可以公布：都是休息日", "no day is left to publish: all are days off")
    if wrong:
        raise Invalid(wrong)
    made = []
    with transaction.atomic():
        for one in hours:
            slot = Slot(
                kind=kind, unit=by.unit, host=host, starts_at=one.starts_at, ends_at=one.ends_at, place=place,
                capacity=capacity, changed_at=at,
            )  # fmt: skip
            try:
                with transaction.atomic():
                    slot.save()
            except IntegrityError:
                # It is published already; a series that is published again adds what is new.
                continue
            made.append(slot)
        if made:
            facts = {"slot": _named(kind), "count": len(made)}
            diary.write_town("publish_slots", by=by, at=at, facts=facts, rows=vouched.rows(*made))
    return made


def change(slot_id: int, hours: Hours, *, place: str, by: Actor, at: datetime) -> Slot:
    """Move a slot to another time or place: everybody who had booked keeps the place and is told."""
    place = place.strip()
    if not place or len(place) > PLACE:
        raise Invalid({"place": Text(f"请写明地点（最多{PLACE}字）", f"please say where (at most {PLACE} characters)")})
    if (why := out_of_reach(hours.starts_at, at)) is not None:
        raise Invalid({"day": why})
    if hours.ends_at <= hours.starts_at:
        raise Invalid({"ends": Text("结束时间应晚于开始时间", "it must end after it begins")})

    def do(slot: Slot, bookings: Sequence[Booking], cases: dict[int, Case]) -> Slot:
        if (slot.starts_at, slot.ends_at, slot.place) == (hours.starts_at, hours.ends_at, place):
            return slot
        was = _move(slot, hours, place, by, at)
        for one in bookings:
            book.shifted(one, cases[one.matter_id], slot, was, by=by, at=at)
        return slot

    return _locked(slot_id, by, at, do)


def cancel(slot_id: int, reason: str, *, by: Actor, at: datetime) -> Slot:
    """Cancel a slot: its bookings are cancelled with it, each case says so, and whoever had booked is told why."""
    reason = reason.strip()[:200]
    if not reason:
        raise Invalid(
            {"reason": Text("请写明为什么取消，约了的人会看到", "please say why: whoever had booked reads it")}
        )

    def do(slot: Slot, bookings: Sequence[Booking], cases: dict[int, Case]) -> Slot:
        slot.taken = max(0, slot.taken - len(bookings))
        _close(slot, by, at)
        for one in bookings:
            book.cancelled(one, cases[one.matter_id], slot, reason, by=by, at=at)
        return slot

    return _locked(slot_id, by, at, do)


# -- the hour of a case (called with the case locked) ------------------------------------------------------------------


def drawn_for(case: Case, hours: Hours, *, kind: str, place: str, capacity: int, at: datetime) -> Slot:
    """Return the hour of a case that is being opened, kept by the unit that holds it; nothing is written yet.

    The case's first entry says `vouched.of_hour` of it, then `open_for` saves it.
    """
    return Slot(
        kind=kind, unit=case.holder, starts_at=hours.starts_at, ends_at=hours.ends_at, place=place, capacity=capacity,
        changed_at=at,
    )  # fmt: skip


def open_for(case: Case, slot: Slot) -> None:
    """Open the hour that was drawn for a case, once the case is there."""
    slot.case = case
    slot.save()


def move_with(case: Case, hours: Hours, place: str, *, at: datetime) -> dict[str, str]:
    """Move the hour of a case along with it, and return what the entry of that step says of it.

    Nothing happens and nothing is said where it has none or stays as it is.
    """
    slot = Slot.objects.select_for_update().filter(case=case, state=SlotState.OPEN).first()
    if slot is None or (slot.starts_at, slot.ends_at, slot.place) == (hours.starts_at, hours.ends_at, place):
        return {}
    _put(slot, hours, place, at)
    return vouched.of_hour(slot)


def cancel_with(case: Case, *, at: datetime) -> dict[str, str]:
    """Cancel the hour of a case along with it, and return what the entry of that step says of it."""
    slot = Slot.objects.select_for_update().filter(case=case, state=SlotState.OPEN).first()
    if slot is None:
        return {}
    slot.state = SlotState.CANCELLED
    _changed(slot, at)
    return vouched.of_hour(slot)


def hold(case: Case) -> bool:
    """Take a place in the hour of a case for what is put into it; whether there was room, also while the hour runs.

    The database counts, as for bookings. A case from before it had an hour has room for whatever it is given.
    """
    free = Slot.objects.filter(case=case, state=SlotState.OPEN, taken__lt=F("capacity"))
    return bool(free.update(taken=F("taken") + 1)) or not Slot.objects.filter(case=case).exists()


def let_go(case: Case) -> None:
    """Give back what `hold` took."""
    Slot.objects.filter(case=case, taken__gt=0).update(taken=F("taken") - 1)


def _move(slot: Slot, hours: Hours, place: str, by: Actor, at: datetime) -> Was:
    was = _put(slot, hours, place, at)
    facts = {"slot": _named(slot.kind), "when": slot.starts_at.isoformat(), **was.facts(slot)}
    diary.write_town("change_slot", by=by, at=at, facts=facts, rows=vouched.rows(slot))
    return was


def _put(slot: Slot, hours: Hours, place: str, at: datetime) -> Was:
    was = Was(slot.starts_at, slot.ends_at, slot.place)
    slot.starts_at, slot.ends_at, slot.place = hours.starts_at, hours.ends_at, place
    _changed(slot, at)
    return was


def _close(slot: Slot, by: Actor, at: datetime) -> None:
    slot.state = SlotState.CANCELLED
    _changed(slot, at)
    facts = {"slot": _named(slot.kind), "when": slot.starts_at.isoformat()}
    diary.write_town("close_slot", by=by, at=at, facts=facts, rows=vouched.rows(slot))


def _named(kind: str) -> dict[str, str]:
    title = title_of(kind)
    return {"zh": title.zh, "en": title.en}


def _changed(slot: Slot, at: datetime) -> None:
    slot.sequence, slot.changed_at = slot.sequence + 1, at
    try:
        with transaction.atomic():
            slot.save(update_fields=["starts_at", "ends_at", "place", "state", "taken", "sequence", "changed_at"])
    except IntegrityError:
        raise Invalid({"day": Text("那个时间已经有一场了", "there is one at that time already")}) from None


def _locked(
    slot_id: int, by: Actor, at: datetime, do: Callable[[Slot, Sequence[Booking], dict[int, Case]], Slot]
) -> Slot:
    """Do something to a slot and its bookings. Whoever books locks the case first, then the slot: so do we."""
    for _ in range(5):
        waiting = Booking.objects.filter(slot_id=slot_id, state=Booked.BOOKED)
        ids = sorted(set(waiting.values_list("matter_id", flat=True)))
        with transaction.atomic():
            cases = {pk: found for pk in ids if (found := ask.one(Case, lock=True, id=pk)) is not None}
            slot = Slot.objects.select_for_update().filter(pk=slot_id, case=None).first()
            if slot is None or not keeps(slot, by):
                raise NotFound
            if slot.state != SlotState.OPEN or slot.starts_at <= at:
                raise Refused(Text("这一场已经开始、结束或取消了", "it has begun, is over, or was cancelled"), "over")
            bookings = list(waiting.order_by("pk"))
            if {one.matter_id for one in bookings} <= cases.keys():
                return do(slot, bookings, cases)
    raise Raced
