"""How many places of a slot are taken, compared with the bookings that hold one, which their cases seal."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, Q

from wuxiao.records.models import Booking, Slot
from wuxiao.rules.words import Text


def differences() -> Iterator[tuple[str, Text]]:
    """Yield where a slot gives away more or fewer places than its bookings hold: what it is, and a sentence."""
    held = Count("bookings", filter=Q(bookings__state__in=Booking.HOLDS))
    for slot in Slot.objects.annotate(held=held).exclude(taken=F("held")).order_by("pk"):
        yield (
            f"{slot.kind}:{slot.pk}",
            Text(
                f"场次（{slot.pk}号）记着约出去{slot.taken}个位置，预约实有{slot.held}个",
                f"slot no. {slot.pk} says that {slot.taken} places are taken; its bookings hold {slot.held}",
            ),
        )
