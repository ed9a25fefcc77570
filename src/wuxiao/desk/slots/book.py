"""Booking a place in a slot for a case, giving it back, moving it; whether they came, and what was promised.

The database counts: a place is taken by one conditional UPDATE, whose condition no interleaving can pass, and a check
on the row stands behind it. The case's row is locked first, then the slot's; two slots in the order of their numbers.
Each act is one entry of the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from wuxiao.desk.base import ask as rows
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import clocks, subject, tell
from wuxiao.desk.case.needs import CALLER_CHECKS, LABELS
from wuxiao.desk.diary import diary
from wuxiao.desk.people import identity
from wuxiao.desk.people.identity import Use
from wuxiao.desk.slots import ask, kinds
from wuxiao.desk.slots.kinds import PARTED, Kind
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Booking, Case, Message, Slot
from wuxiao.rules.access import Power
from wuxiao.rules.flow import Need
from wuxiao.rules.slots import Booked, SlotState
from wuxiao.rules.words import Text

#: As much as is written down of what was promised.
PROMISED = 2000


class Full(Refused):
    """There is no room any more; `offers` are the next slots that had some a moment ago."""

    code = "full"

    def __init__(self, offers: Sequence[Slot]) -> None:
        super().__init__(
            Text("这一场刚刚约满了，请看看别的时间", "This one has just filled up; please look at another time."),
            "full",
        )
        self.offers = tuple(offers)


def book(case_id: int, slot_id: int, *, by: Actor, at: datetime, for_caller: str | None = None) -> Booking:
    """Take a place in a slot for a case and return it; the case that has one there already gets that one.

    Staff book, move and give back for a caller alone: `for_caller` says how they were checked (`CALLER_CHECKS`).

    Raises `Full` with the next offers, `Refused` where the case may not have it, waits for another of that kind, or the
    slot is over; `NotFound` where there is no such case or slot.
    """
    try:
        with transaction.atomic():
            case, slot, kind, rules = _both(case_id, slot_id, at)
            facts = _for_caller(case, by, for_caller, at)
            held = ask.waiting(case.pk, kind.name)
            if held is not None and held.slot_id == slot.pk:
                return held
            _may(case, slot, kind, rules, at)
            if held is not None:
                raise Refused(
                    Text(
                        "已经约了一场：要换时间，请在想换的那一场点“改到这一场”",
                        "one is booked already: to change it, move it",
                    ),
                    "booked",
                )
            _take(slot, at)
            made = Booking(matter=case, slot=slot, kind=kind.name, at=at, turn=case.turn + 1)
            made.save()
            _note(case, "book_slot", slot, by=by, at=at, facts=facts)
            _tell(case, "book_slot", slot, rules, at=at)
    except _NoRoom:
        raise Full(_next(case_id, slot_id, at)) from None
    return made


def move(booking_id: int, slot_id: int, *, by: Actor, at: datetime, for_caller: str | None = None) -> Booking:
    """Move a booking to another slot of its kind: the new place is taken and the old given back, or neither."""
    found = Booking.objects.filter(pk=booking_id).first()
    if found is None:
        raise NotFound
    try:
        with transaction.atomic():
            case, slot, kind, rules = _both(found.matter_id, slot_id, at)
            facts = _for_caller(case, by, for_caller, at)
            one = _waiting(found.pk, at)
            if one.slot_id == slot.pk:
                return one
            if one.kind != kind.name:
                raise NotFound
            _may(case, slot, kind, rules, at)
            old = one.slot
            if slot.pk < old.pk:
                _take(slot, at)
                _give_back(old)
            else:
                _give_back(old)
                _take(slot, at)
            one.slot, one.at, one.turn = slot, at, case.turn + 1
            one.save(update_fields=["slot", "at", "turn"])
            _note(case, "move_slot", slot, by=by, at=at, facts={**facts, "old": old.starts_at.isoformat()})
            _tell(case, "move_slot", slot, rules, at=at)
    except _NoRoom:
        raise Full(_next(found.matter_id, slot_id, at)) from None
    return one


def release(booking_id: int, *, by: Actor, at: datetime, for_caller: str | None = None) -> Booking:
    """Give a place back before the slot begins; given back twice it is given back once."""
    return _end(booking_id, Booked.RELEASED, "release_slot", by=by, at=at, for_caller=for_caller)


def _end(booking_id: int, to: Booked, verb: str, *, by: Actor, at: datetime, for_caller: str | None = None) -> Booking:
    found = Booking.objects.filter(pk=booking_id).first()
    if found is None:
        raise NotFound
    with transaction.atomic():
        case: Any = rows.one(Case, lock=True, id=found.matter_id)
        facts = _for_caller(case, by, for_caller, at)
        again = Booking.objects.select_related("slot").get(pk=found.pk)
        if again.state == to:
            return again
        one = _waiting(found.pk, at)
        _give_back(one.slot)
        one.state = to
        one.save(update_fields=["state"])
        _note(case, verb, one.slot, by=by, at=at, facts=facts)
    return one


def mark(booking_id: int, came: bool, *, by: Actor, at: datetime) -> Booking:
    """Note whether they came, once the slot has begun; who keeps the slot may put it right. It has no consequence."""
    to = Booked.ATTENDED if came else Booked.ABSENT
    with transaction.atomic():
        case, one = _kept(booking_id, by, at)
        if one.slot.starts_at > at:
            raise Refused(Text("还没到时间，到了再记", "it has not begun yet; note it then"), "early")
        if one.state not in Booking.HOLDS:
            raise Refused(Text("这个约已经取消了", "this booking was cancelled"), "over")
        if one.state != to:
            one.state = to
            one.save(update_fields=["state"])
            _note(case, "attend_slot" if came else "miss_slot", one.slot, by=by, at=at)
    return one


def promise(booking_id: int, words: str, *, by: Actor, at: datetime) -> Booking:
    """Write down what was promised to whoever came: they read it, and so does whoever handles the case."""
    words = words.strip()
    if not words or len(words) > PROMISED:
        raise Invalid(
            {
                "words": Text(
                    f"请写答应了什么（最多{PROMISED}字）",
                    f"please write what was promised (at most {PROMISED} characters)",
                )
            }
        )
    with transaction.atomic():
        case, one = _kept(booking_id, by, at)
        if one.state != Booked.ATTENDED:
            raise Refused(
                Text("先记“来过了”，再写答应的事", "note that they came first, then what was promised"), "absent"
            )
        _note(case, "promise_slot", one.slot, by=by, at=at, texts={"words": words})
    return one


# -- what the slot does to its bookings (called with case and slot locked) ---------------------------------------------


@dataclass(frozen=True, slots=True)
class Was:
    """When and where a slot was before it was moved."""

    starts_at: datetime
    ends_at: datetime
    place: str

    def facts(self, slot: Slot) -> dict[str, str]:
        """Return what an entry says of the change (`rules.slots.moved`): what stayed as it was is not named."""
        found = {"old": self.starts_at.isoformat()}
        if self.place != slot.place:
            found |= {"old_place": self.place, "place": slot.place}
        if self.starts_at == slot.starts_at and self.ends_at != slot.ends_at:
            found["ends"] = slot.ends_at.isoformat()
        return found


def shifted(one: Booking, case: Case, slot: Slot, was: Was, *, by: Actor, at: datetime) -> None:
    """Say in a case that the slot it waits for was moved, and tell whoever booked; they are reminded anew."""
    one.turn = case.turn + 1
    one.save(update_fields=["turn"])
    _note(case, "shift_slot", slot, by=by, at=at, facts=was.facts(slot))
    _tell(case, "shift_slot", slot, books.current(at), at=at)


def cancelled(one: Booking, case: Case, slot: Slot, reason: str, *, by: Actor, at: datetime) -> None:
    """Cancel a booking together with its slot, and tell whoever booked."""
    one.state = Booked.CANCELLED
    one.save(update_fields=["state"])
    _note(case, "cancel_slot", slot, by=by, at=at, texts={"reason": reason})
    _tell(case, "cancel_slot", slot, books.current(at), at=at)


# -- what the worker does ----------------------------------------------------------------------------------------------


def remind(*, by: Actor, at: datetime) -> int:
    """Remind whoever booked before it takes place, each once; returns how many were."""
    rules, done = books.current(at), 0
    for kind in kinds.kept(rules.book):
        before = kind.remind(rules.book)
        soon = Booking.objects.filter(kind=kind.name, state=Booked.BOOKED, slot__state=SlotState.OPEN)
        soon = soon.filter(slot__starts_at__gt=at, slot__starts_at__lte=at + before)
        # Who booked a moment ago needs no reminder; who did so at a moment to come, by a clock ahead, may need one.
        found = [
            one
            for one in soon.select_related("slot", "matter").order_by("pk")
            if one.at < one.slot.starts_at - before or one.at > at + clocks.APART
        ]
        told = set(
            Message.objects.filter(matter_id__in=[one.matter_id for one in found], verb="remind_slot").values_list(
                "matter_id", "turn"
            )
        )
        for one in found:
            if (one.matter_id, one.turn) not in told:
                _tell(one.matter, "remind_slot", one.slot, rules, at=at, turn=one.turn)
                done += 1
    return done


def part(*, by: Actor, at: datetime) -> int:
    """End bookings of cases that by now are kept from who keeps the slot, or that are no more; returns how many."""
    rules, done = books.current(at), 0
    waiting = Booking.objects.filter(state=Booked.BOOKED, slot__state=SlotState.OPEN, slot__starts_at__gt=at)
    for kind in kinds.kept(rules.book):
        for one in waiting.filter(kind=kind.name).select_related("matter").order_by("pk"):
            (slot,) = ask.ready(ask.with_hosts(Slot.objects.filter(pk=one.slot_id)))
            why = kind.judge(one.matter, rules, at)(slot)
            if why is not None and why.code == PARTED:
                _end(one.pk, Booked.CANCELLED, "part_slot", by=SYSTEM, at=at)
                done += 1
    return done


def part_from(case: Case, rules: Rules, *, at: datetime) -> int:
    """End what a locked case is booked for with whom it is by now kept from, in the caller's act; returns how many."""
    done = 0
    for one in Booking.objects.filter(matter_id=case.pk, state=Booked.BOOKED, slot__starts_at__gt=at).order_by("pk"):
        (slot,) = ask.ready(ask.with_hosts(Slot.objects.filter(pk=one.slot_id)))
        why = kinds.of(one.kind, rules.book).judge(case, rules, at)(slot) if slot.state == SlotState.OPEN else None
        if why is not None and why.code == PARTED:
            _give_back(slot)
            one.state = Booked.CANCELLED
            one.save(update_fields=["state"])
            _note(case, "part_slot", slot, by=SYSTEM, at=at)
            done += 1
    return done


# -- inside ------------------------------------------------------------------------------------------------------------


class _NoRoom(Exception):
    """Another was first."""


def _both(case_id: int, slot_id: int, at: datetime) -> tuple[Any, Slot, Kind, Rules]:
    """Lock the case and look at the slot, with the kind it is of."""
    case: Any = rows.one(Case, lock=True, id=case_id)
    found = ask.ready(ask.with_hosts(Slot.objects.filter(pk=slot_id)))
    if case is None or not found:
        raise NotFound
    rules = books.current(at)
    return case, found[0], kinds.of(found[0].kind, rules.book), rules


def _for_caller(case: Case, by: Actor, checked: str | None, at: datetime) -> dict[str, str]:
    """Return what the entry says of a caller; a booking is the requester's own, so staff make one for a caller alone.

    `NotFound` for staff who take no calls or do not see the case; `Invalid` where it is not said how she was checked.
    """
    if by.kind != "staff":
        return {}
    of = subject.of(case)
    facts = of.seen_by(of.facts(case, books.of_version(case.book_id), at, ""), by)
    if by.viewer is None or Power.INTAKE not in by.viewer.powers or not of.sees(by, facts, case):
        raise NotFound
    if checked is None or checked not in CALLER_CHECKS:
        label = LABELS[Need.FOR_CALLER]
        raise Invalid({"for_caller": Text(f"请选择“{label.zh}”", f"please choose: {label.en}")})
    return {"for_caller": checked}


def _waiting(booking_id: int, at: datetime) -> Booking:
    one = Booking.objects.select_related("slot").get(pk=booking_id)
    if one.state != Booked.BOOKED or one.slot.starts_at <= at:
        raise Refused(Text("这个约已经过了或取消了", "this booking is over or was cancelled"), "over")
    return one


def _kept(booking_id: int, by: Actor, at: datetime) -> tuple[Any, Booking]:
    """Lock the case of a booking for somebody who keeps its slot and may see the case; else `NotFound`."""
    found = Booking.objects.filter(pk=booking_id).first()
    case: Any = rows.one(Case, lock=True, id=found.matter_id) if found is not None else None
    if found is None or case is None:
        raise NotFound
    one = Booking.objects.select_related("slot").get(pk=found.pk)
    of = subject.of(case)
    facts = of.seen_by(of.facts(case, books.of_version(case.book_id), at, ""), by)
    if not ask.keeps(one.slot, by) or not of.sees(by, facts, case):
        raise NotFound
    return case, one


def _may(case: Case, slot: Slot, kind: Kind, rules: Rules, at: datetime) -> None:
    if slot.state != SlotState.OPEN or slot.starts_at <= at:
        raise Refused(
            Text("这一场已经过了或取消了，请选别的", "it is over or was cancelled; please choose another"), "over"
        )
    if slot.starts_at > at + kind.ahead(rules.book):
        raise Refused(Text("这一场还没开始预约", "this one cannot be booked yet"), "early")
    if (why := kind.judge(case, rules, at)(slot)) is not None:
        raise Refused(why.text, why.code)


def _take(slot: Slot, at: datetime) -> None:
    """Take a place: one UPDATE, whose condition the database looks at again under the lock of the row."""
    free = Slot.objects.filter(pk=slot.pk, state=SlotState.OPEN, starts_at__gt=at, taken__lt=F("capacity"))
    if not free.update(taken=F("taken") + 1):
        raise _NoRoom


def _give_back(slot: Slot) -> None:
    Slot.objects.filter(pk=slot.pk, taken__gt=0).update(taken=F("taken") - 1)


def _next(case_id: int, slot_id: int, at: datetime) -> list[Slot]:
    """Return the next offers, after the transaction that found no room: no lock is held for them."""
    rules, slot = books.current(at), Slot.objects.get(pk=slot_id)
    return ask.offers(Case.objects.get(pk=case_id), kinds.of(slot.kind, rules.book), rules, at=at)


def _note(
    case: Case,
    verb: str,
    slot: Slot,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    texts: Mapping[str, str] | None = None,
) -> None:
    title = kinds.title_of(slot.kind)
    said = {"slot": {"zh": title.zh, "en": title.en}, "when": slot.starts_at.isoformat(), **(facts or {})}
    diary.write(case, verb, by=by, at=at, facts=said, texts=texts, seen=True)


def _tell(case: Case, verb: str, slot: Slot, rules: Rules, *, at: datetime, turn: int | None = None) -> None:
    """Tell the one who booked, and nobody who reported the same thing."""
    person = identity.of(case.pk, Use.TELL)
    if person is None:
        return
    tell.queue(
        case, verb, rules, at=at, turn=case.turn if turn is None else turn, contacts=[person], more=said_of(slot),
        tag=f"-{slot.pk}-{slot.sequence}" if turn is not None else "",
    )  # fmt: skip


def said_of(slot: Slot) -> Text:
    """Return a slot as a message says it: what, when, where."""
    title = kinds.title_of(slot.kind)
    return Text(
        f"{title.zh}，{tell.day(slot.starts_at, 'zh')}，{slot.place}",
        f"{title.en}, {tell.day(slot.starts_at, 'en')}, {slot.place}",
    )
