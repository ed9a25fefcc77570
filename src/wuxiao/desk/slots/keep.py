"""Keeping slots: publishing, moving and cancelling them. What is done is an entry of the town; whoever had booked is
told, and each of their cases says so in its own chain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from wuxiao.desk.base import ask
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Raced, Refused
from wuxiao.desk.diary import diary, vouched
from wuxiao.desk.slots import book
from wuxiao.desk.slots.ask import keeps
from wuxiao.desk.slots.book import Was
from wuxiao.desk.slots.kinds import title_of
from wuxiao.records.models import Booking, Case, Slot, Staff
from wuxiao.rules.slots import Booked, SlotState
from wuxiao.rules.words import Text

#: More than a leader can listen to in a day, and more than a hall holds.
MOST_ROOM = 500
PLACE = 120


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
    if any(one.starts_at <= at for one in hours):
        wrong["day"] = Text("这一天已经过了，请选以后的日子", "that is over already; please choose a day to come")
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
    if hours.starts_at <= at:
        raise Invalid(
            {"day": Text("这一天已经过了，请选以后的日子", "that is over already; please choose a day to come")}
        )
    if hours.ends_at <= hours.starts_at:
        raise Invalid({"ends": Text("结束时间应晚于开始时间", "it must end after it begins")})

    def do(slot: Slot, bookings: Sequence[Booking], cases: dict[int, Case]) -> Slot:
        if (slot.starts_at, slot.ends_at, slot.place) == (hours.starts_at, hours.ends_at, place):
            return slot
        was = Was(slot.starts_at, slot.ends_at, slot.place)
        slot.starts_at, slot.ends_at, slot.place = hours.starts_at, hours.ends_at, place
        _changed(slot, at)
        facts = {"slot": _named(slot.kind), "when": slot.starts_at.isoformat(), **was.facts(slot)}
        diary.write_town("change_slot", by=by, at=at, facts=facts, rows=vouched.rows(slot))
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
        slot.state = SlotState.CANCELLED
        slot.taken = max(0, slot.taken - len(bookings))
        _changed(slot, at)
        facts = {"slot": _named(slot.kind), "when": slot.starts_at.isoformat()}
        diary.write_town("close_slot", by=by, at=at, facts=facts, rows=vouched.rows(slot))
        for one in bookings:
            book.cancelled(one, cases[one.matter_id], slot, reason, by=by, at=at)
        return slot

    return _locked(slot_id, by, at, do)


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
            slot = Slot.objects.select_for_update().filter(pk=slot_id).first()
            if slot is None or not keeps(slot, by):
                raise NotFound
            if slot.state != SlotState.OPEN or slot.starts_at <= at:
                raise Refused(Text("这一场已经开始、结束或取消了", "it has begun, is over, or was cancelled"), "over")
            bookings = list(waiting.order_by("pk"))
            if {one.matter_id for one in bookings} <= cases.keys():
                return do(slot, bookings, cases)
    raise Raced
