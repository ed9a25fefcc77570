"""Questions about slots: what is offered to a case, who comes, what stands in whose calendar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.case import shown
from wuxiao.desk.slots import kinds
from wuxiao.desk.slots.kinds import Kind
from wuxiao.desk.town.books import Rules
from wuxiao.desk.town.left import Left
from wuxiao.records.models import Booking, Case, Slot
from wuxiao.rules.book_model import Book
from wuxiao.rules.slots import Booked, SlotState
from wuxiao.rules.words import Text

#: So many are told to whom a full slot was refused; and so many are looked at for them.
NEXT = 3
_LOOKED = 100
#: What is over stays so long in a calendar, that a telephone which was off hears of it.
_PAST = timedelta(days=60)


def with_hosts(rows: QuerySet[Slot]) -> QuerySet[Slot]:
    """Return slots together with who is met there and their posts (two more queries for all)."""
    return rows.select_related("host").prefetch_related("host__posts")


def ready(slots: Iterable[Slot]) -> list[Slot]:
    """Return slots whose hosts know their posts, so that asking about each costs nothing."""
    found = list(slots)
    for slot in found:
        if slot.host is not None:
            slot.host.known_posts = sorted(slot.host.posts.all(), key=lambda post: post.pk)
    return found


def coming(kind: Kind, rules: Rules, *, at: datetime) -> list[Slot]:
    """Return what is still to come of a kind, as far ahead as the book lets one book."""
    rows = Slot.objects.filter(kind=kind.name, state=SlotState.OPEN, starts_at__gt=at)
    rows = rows.filter(starts_at__lte=at + kind.ahead(rules.book)).order_by("starts_at", "id")
    return ready(with_hosts(rows))


def offers(case: Case, kind: Kind, rules: Rules, *, at: datetime, most: int = NEXT) -> list[Slot]:
    """Return the next slots of a kind that have room and that this case may have a place in, the soonest first."""
    rows = Slot.objects.filter(kind=kind.name, state=SlotState.OPEN, starts_at__gt=at, taken__lt=F("capacity"))
    rows = rows.filter(starts_at__lte=at + kind.ahead(rules.book)).order_by("starts_at", "id")[:_LOOKED]
    judge = kind.judge(case, rules, at)
    return [slot for slot in ready(with_hosts(rows)) if judge(slot) is None][:most]


def of_case(case_id: int) -> list[Booking]:
    """Return all bookings of a case, the newest first, each with its slot and who is met there."""
    rows = Booking.objects.filter(matter_id=case_id).select_related("slot__host").prefetch_related("slot__host__posts")
    found = list(rows.order_by("-pk"))
    ready(one.slot for one in found)
    return found


def waiting(case_id: int, kind: str) -> Booking | None:
    """Return the booking of a kind that a case waits for, or `None`."""
    return Booking.objects.filter(matter_id=case_id, kind=kind, state=Booked.BOOKED).select_related("slot").first()


def mine(slot_id: int, *, by: Actor) -> Slot:
    """Return a slot for somebody who keeps it: who is met there, or one of its unit. `NotFound` for anybody else."""
    # The hour of a case is opened, moved and cancelled by the steps of that case.
    found = ready(with_hosts(Slot.objects.filter(pk=slot_id, case=None)))
    if not found or not keeps(found[0], by):
        raise NotFound
    return found[0]


def keeps(slot: Slot, by: Actor) -> bool:
    """Whether somebody keeps a slot."""
    return by.viewer is not None and (by.staff_id == slot.host_id or slot.unit in by.viewer.units)


def who_comes(slot: Slot, *, by: Actor) -> list[Booking]:
    """Return the bookings of a slot, each with its case, as far as the reader may see the case."""
    assert by.viewer is not None
    rows = list(Booking.objects.filter(slot=slot).select_related("matter").order_by("pk"))
    seen = set(shown.visible(by.viewer).filter(pk__in=[one.matter_id for one in rows]).values_list("pk", flat=True))
    return [one for one in rows if one.matter_id in seen]


def held(slots: Sequence[Slot], *, by: Actor) -> Counter[int]:
    """Count the places of each slot that cases hold which the reader may see, by slot (two queries).

    What is kept from them is in no number they read, not even as the difference of two.
    """
    assert by.viewer is not None
    ids = [slot.pk for slot in slots]
    rows = list(Booking.objects.filter(slot_id__in=ids, state__in=Booking.HOLDS).values_list("slot_id", "matter_id"))
    seen = set(shown.visible(by.viewer).filter(pk__in=[case for _, case in rows]).values_list("pk", flat=True))
    return Counter(slot for slot, case in rows if case in seen)


def of_staff(staff_id: int, units: Sequence[str], *, at: datetime) -> list[Slot]:
    """Return what stands in the calendar of a person: where they are met, what their units keep or are invited to."""
    since = at - _PAST
    invited = [pk for kind in kinds.every() if kind.invited is not None for pk in kind.invited(units, since)]
    rows = Slot.objects.filter(Q(host_id=staff_id) | Q(unit__in=list(units)) | Q(pk__in=invited))
    # Whoever has two posts is told no hour of a case that is kept from one of them.
    rows = rows.filter(Q(case=None) | shown.not_hidden(units, "case__hidden_units"))
    return list(rows.filter(Q(ends_at__gt=since) | Q(changed_at__gt=since)).order_by("starts_at", "id"))


def public(kind: Kind, *, at: datetime) -> list[Slot]:
    """Return what the public calendar of a kind holds: what is to come, was not long ago, or was cancelled."""
    rows = with_hosts(Slot.objects.filter(kind=kind.name))
    rows = rows.filter(Q(ends_at__gt=at - _PAST) | Q(changed_at__gt=at - _PAST)).order_by("starts_at", "id")
    return ready(rows)


def left(book: Book, now: Book, at: datetime) -> list[Left]:
    """Return the hours to come whose kinds a book leaves out, and who booked them: nobody could move or cancel them."""
    found = []
    for kind in kinds.kept(now):
        rows = Slot.objects.filter(kind=kind.name, case=None, state=SlotState.OPEN, ends_at__gt=at)
        if kind.name in book.lives or not (hours := rows.count()):
            continue
        booked = Booking.objects.filter(slot__in=rows, state=Booked.BOOKED).count()
        what = Text(
            f"公布了还没开的{kind.title.zh}{hours}场，约了{booked}件",
            f"{kind.title.en} to come: {hours}, bookings: {booked}",
        )
        ends = Text("先取消这些场次，约了的人会收到通知", "cancel these hours first, and whoever had booked is told")
        found.append(Left(f"lives.{kind.name}", what, ends))
    return found
