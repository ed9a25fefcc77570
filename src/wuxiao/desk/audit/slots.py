"""How many places of a slot are taken, compared with the bookings that hold one, or what its case has put into it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, Q

from wuxiao.desk.slots import kinds
from wuxiao.records.models import Booking, Slot
from wuxiao.rules.words import Text


def differences() -> Iterator[tuple[str, Text]]:
    """Yield where a slot gives away more or fewer places than are held in it: what it is, and a sentence."""
    booked = Count("bookings", filter=Q(bookings__state__in=Booking.HOLDS))
    for slot in Slot.objects.filter(case=None).annotate(held=booked).exclude(taken=F("held")).order_by("pk"):
        yield (
            f"{slot.kind}:{slot.pk}",
            Text(
                f"场次（{slot.pk}号）记着约出去{slot.taken}个位置，预约实有{slot.held}个",
                f"slot no. {slot.pk} says that {slot.taken} places are taken; its bookings hold {slot.held}",
            ),
        )
    inside = {pk: n for kind in kinds.every() if kind.held is not None for pk, n in kind.held().items()}
    for own in Slot.objects.exclude(case=None).order_by("pk"):
        if own.taken != (held := inside.get(own.pk, 0)):
            yield (
                f"{own.kind}:{own.pk}",
                Text(
                    f"场次（{own.pk}号）记着占了{own.taken}个位置，实际列入{held}件",
                    f"slot no. {own.pk} says that {own.taken} places are taken; {held} items stand in it",
                ),
            )
