"""Where somebody is signed in, and what is kept of a visitor between two pages.

A page needs one statement that is built once (`keep`). The list of places belongs to a member of staff, who may end any
of them; whatever ends an account's sign-ins (`end_all`) raises its epoch too, so that a session that is being made at
the same moment does not live on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import F

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.diary import diary
from wuxiao.records.models import Staff, Visit

_WRITE = "UPDATE django_session SET session_data = %s, expire_date = %s WHERE session_key = %s"


def keep(key: str, data: str, *, until: datetime) -> bool:
    """Write what is kept under a session's key, in the caller's transaction if any; `False` if it was ended."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [data, connection.ops.adapt_datetimefield_value(until), key])
        return bool(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class Place:
    """A place where one is signed in: since when, last seen, from which address and device; `here` is this one."""

    id: int
    began_at: datetime
    seen_at: datetime
    address: str
    device: str
    here: bool


def begin(staff: Staff, key: str, *, by: Actor, at: datetime, address: str, device: str) -> None:
    """Note a new place where a person is signed in; beyond the town's number the oldest is signed out."""
    with transaction.atomic():
        Visit.objects.filter(key=key).delete()
        Visit.objects.create(staff=staff, key=key, began_at=at, address=address[:45], device=device[:120])
        rows = list(Visit.objects.filter(staff=staff).order_by("-began_at", "-id"))
        _end(rows[settings.STAFF_SESSIONS :])


def moved(old: str, new: str) -> None:
    """Follow a session that got a new key (after a change of password)."""
    Visit.objects.filter(key=old).update(key=new)


def places(staff_id: int, here: str) -> list[Place]:
    """Return where a person is signed in now, the latest first."""
    rows = list(Visit.objects.filter(staff_id=staff_id).order_by("-began_at", "-id"))
    ends = dict(Session.objects.filter(session_key__in=[r.key for r in rows]).values_list("session_key", "expire_date"))
    life = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return [
        Place(r.pk, r.began_at, max(r.began_at, ends[r.key] - life), r.address, r.device, r.key == here)
        for r in rows
        if r.key in ends
    ]


def _end(rows: Sequence[Visit]) -> int:
    Session.objects.filter(session_key__in=[r.key for r in rows]).delete()
    Visit.objects.filter(pk__in=[r.pk for r in rows]).delete()
    return len(rows)


def end(staff_id: int, visit_id: int, *, by: Actor, at: datetime) -> None:
    """Sign a person out at one place. Raises `NotFound` if it is none of theirs."""
    with transaction.atomic():
        row = Visit.objects.filter(staff_id=staff_id, pk=visit_id).select_related("staff").first()
        if row is None:
            raise NotFound
        _end([row])
        diary.write_town("end_visits", by=by, at=at, facts={"name": row.staff.username, "count": 1})


def end_all(staff_id: int, *, but: str = "") -> int:
    """Sign a person out everywhere, inside the caller's transaction; `but` is the key of a session to leave.

    The one that is left must be given its new check (`update_session_auth_hash`), for the epoch moves on.
    """
    Staff.objects.filter(pk=staff_id).update(epoch=F("epoch") + 1)
    return _end([r for r in Visit.objects.filter(staff_id=staff_id) if r.key != but])


def end_everywhere(staff_id: int, *, by: Actor, at: datetime, but: str = "") -> Staff:
    """Sign a person out everywhere but here, at their own wish, and return the account as it is now."""
    with transaction.atomic():
        count = end_all(staff_id, but=but)
        staff = Staff.objects.get(pk=staff_id)
        diary.write_town("end_visits", by=by, at=at, facts={"name": staff.username, "count": count})
    return staff


def sweep(*, at: datetime) -> int:
    """Remove what was kept of visitors whose time is over, unsent reports among it; returns how many."""
    with transaction.atomic():
        gone, _ = Session.objects.filter(expire_date__lte=at).delete()
        Visit.objects.exclude(key__in=Session.objects.values("session_key")).delete()
    return int(gone)
