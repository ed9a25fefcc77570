"""Addresses of calendar feeds: a person makes one and takes it back; only its hash is kept, and whoever holds it reads.

The feed shows when and where and never who: it is shared, synchronised and shown on locked screens.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.diary import diary, vouched
from wuxiao.records.models import CalendarKey, Staff

#: Random bytes of a key.
BYTES = 32


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def of(staff_id: int) -> CalendarKey | None:
    """Return the key a person has now, or `None`."""
    return CalendarKey.objects.filter(staff_id=staff_id, revoked_at__isnull=True).first()


def make(staff_id: int, *, by: Actor, at: datetime) -> str:
    """Make a new key for a person, who is shown it once; the one before opens nothing any more."""
    token = secrets.token_urlsafe(BYTES)
    with transaction.atomic():
        # The account's row is the lock: two clicks at once leave one key.
        Staff.objects.select_for_update().get(pk=staff_id)
        old = list(CalendarKey.objects.filter(staff_id=staff_id, revoked_at__isnull=True))
        for one in old:
            one.revoked_at = at
            one.save(update_fields=["revoked_at"])
        made = CalendarKey.objects.create(staff_id=staff_id, digest=_digest(token), made_at=at)
        diary.write_town("make_calendar_key", by=by, at=at, facts={"who": by.name}, rows=vouched.rows(made, *old))
    return token


def revoke(staff_id: int, *, by: Actor, at: datetime) -> bool:
    """Take a person's key back; returns whether there was one."""
    with transaction.atomic():
        old = list(CalendarKey.objects.select_for_update().filter(staff_id=staff_id, revoked_at__isnull=True))
        for one in old:
            one.revoked_at = at
            one.save(update_fields=["revoked_at"])
        if old:
            diary.write_town("revoke_calendar_key", by=by, at=at, facts={"who": by.name}, rows=vouched.rows(*old))
    return bool(old)


def whose(token: str) -> Staff | None:
    """Return whose feed a key opens: of somebody still in office, and as long as it was not taken back."""
    if not 40 <= len(token) <= 60:
        return None
    found = CalendarKey.objects.filter(digest=_digest(token), revoked_at__isnull=True).select_related("staff").first()
    return found.staff if found is not None and found.staff.is_active else None
