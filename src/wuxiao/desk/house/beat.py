"""The worker's heartbeat: one loop leads, it shows that it lives, and it does not trust a clock that jumped.

Reminders, escalations and erasure follow the wall clock and cannot be taken back. So before it acts the leading loop
asks whether the wall clock follows from what was sealed: from the last moment it believed, over the entries that came
since, no step may be longer than `LONGEST` and the clock may not stand before them. If it does, nothing ticks and
nothing is erased until a named person confirms the clock. Messages already written go out all the while, and whoever
is to hear of open danger hears of it (`desk.case.clock.alarms`). What waited for a moment that a wrong clock had set is
looked at as soon as the clock is confirmed.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from wuxiao.desk.base import jobs
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case import clock, clocks, outbox
from wuxiao.desk.diary import diary
from wuxiao.records.models import Beat, Entry
from wuxiao.rules.access import Power
from wuxiao.rules.words import Text

WORKER = "worker"
#: How long a loop leads without renewing; after a loop died, another one leads this much later at the latest.
LEASE = timedelta(seconds=30)
RENEW = timedelta(seconds=10)
#: A town is never without an entry for longer than this, unless everything stood still; then a person says that the
#: clock is right.
LONGEST = timedelta(hours=36)
#: How far the clocks of two machines, or one clock put right, may stand apart.
SLACK = clocks.APART
#: How often what is believed is written down while all goes well.
BELIEVE = timedelta(minutes=1)


def new_holder() -> str:
    """Return a name for one loop: where it runs, and a part that no other has."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"


def lead(holder: str, *, at: datetime) -> bool:
    """Return whether this loop leads; it leads if it did, or if nobody does (one query while it leads)."""
    row = _row()
    if row.holder == holder and row.until is not None and at < row.until and row.until - at > LEASE - RENEW:
        return True
    # A lease that ends later than any lease can was written by a clock that stood ahead.
    free = Q(holder=holder) | Q(until__isnull=True) | Q(until__lte=at) | Q(until__gt=at + LEASE * 2)
    won = Beat.objects.filter(free, name=WORKER).update(holder=holder, until=at + LEASE, beat_at=at)
    return bool(won)


def leave(holder: str) -> None:
    """Give the lead up at once, so that the next loop need not wait for the lease."""
    Beat.objects.filter(name=WORKER, holder=holder).update(until=None)


def _row() -> Beat:
    row = Beat.objects.filter(name=WORKER).first()
    return row or Beat.objects.get_or_create(name=WORKER)[0]


def believable(*, at: datetime) -> bool:
    """Return whether the wall clock follows from what was sealed; once in doubt, a person must confirm it."""
    row = _row()
    if row.doubted_at is not None:
        return False
    newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    if row.believed_at is None:
        # The first look of this town's first worker: there is nothing to compare with.
        Beat.objects.filter(pk=row.pk).update(believed_at=at, entry=newest)
        return True
    known = row.believed_at
    sealed = Entry.objects.filter(id__gt=row.entry, id__lte=newest).order_by("id").values_list("at", flat=True)
    for moment in [*sealed.iterator(), at]:
        if moment - known > LONGEST:
            return _doubt(row, at)
        known = max(known, moment)
    if known - at > SLACK:
        return _doubt(row, at)
    if at - row.believed_at >= BELIEVE or newest - row.entry > 1000:
        Beat.objects.filter(pk=row.pk, doubted_at__isnull=True).update(believed_at=at, entry=newest)
    return True


def _doubt(row: Beat, at: datetime) -> bool:
    Beat.objects.filter(pk=row.pk, doubted_at__isnull=True).update(doubted_at=at)
    return False


def doubted() -> datetime | None:
    """Return what the wall clock showed when it was first doubted, or `None` while it is believed (one query)."""
    return Beat.objects.filter(name=WORKER).values_list("doubted_at", flat=True).first()


def confirm(*, by: Actor, at: datetime) -> None:
    """A named person says that the wall clock is right now: ticking and erasing go on from this moment.

    What was to wait until a moment that only a clock ahead has seen waits no more: cases are looked at anew, jobs and
    messages are tried.

    Raises `Refused` for somebody who is neither administrator nor supervises.
    """
    powers = by.viewer.powers if by.viewer is not None else frozenset()
    if by.kind == "staff" and not powers & {Power.KEYS, Power.SUPERVISION}:
        raise Refused(Text("您的岗位不能确认系统时钟。", "Your post does not confirm the clock."), "post")
    row = _row()
    with transaction.atomic():
        entry = diary.write_town("clock_confirmed", by=by, at=at, facts={"who": by.name, "clock": at.isoformat()})
        clock.look_at_all(at=at)
        jobs.come_back(at=at)
        outbox.come_back(at=at)
        Beat.objects.filter(pk=row.pk).update(believed_at=at, entry=entry.pk, doubted_at=None, until=None)
