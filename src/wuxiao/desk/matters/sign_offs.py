"""Errors of sign-offs that came back to those who had agreed."""

from __future__ import annotations

from datetime import datetime

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case.shown import not_hidden
from wuxiao.records.models import SignOff


def faults(by: Actor, *, limit: int = 50) -> list[SignOff]:
    """Return a person's sign-offs that proved wrong and were not acknowledged yet, oldest first (one query)."""
    return list(
        SignOff.objects.filter(staff=by.staff_id, fault_at__isnull=False, fault_seen_at__isnull=True)
        .filter(not_hidden(by.viewer.units if by.viewer else (), "matter__hidden_units"))
        .select_related("matter")
        .order_by("fault_at", "pk")[:limit]
    )


def acknowledge(sign_off_id: int, *, by: Actor, at: datetime) -> bool:
    """Note that a reviewer has read an error that came back to them; somebody else's is left alone."""
    mine = SignOff.objects.filter(pk=sign_off_id, staff=by.staff_id, fault_at__isnull=False, fault_seen_at__isnull=True)
    return bool(mine.update(fault_seen_at=at))
