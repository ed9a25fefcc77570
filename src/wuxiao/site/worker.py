"""The worker of a town: one loop that looks after clock, jobs and house, and a sender for each way out beside it.

Several workers may run: messages and jobs are taken by lease, and one loop at a time leads (`desk.beat`). A far end
that is slow or silent holds up its own sender and nothing else.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import timezone

from wuxiao.desk.base import jobs
from wuxiao.desk.case import clock, outbox
from wuxiao.desk.house import beat, house
from wuxiao.feeds.sheets import job as _sheets  # noqa: F401  (it registers what it does with files)
from wuxiao.site.logs import away
from wuxiao.site.watch import alive

log = logging.getLogger("wuxiao.worker")
PAUSE = 0.5
LONG_PAUSE = 5.0
Now = Callable[[], datetime]


def run(*, once: bool = False, now: Now = timezone.now) -> None:
    """Loop until SIGTERM or SIGINT; with `once` do one round. Whatever fails is logged and tried again."""
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    if once:
        leader = Leader()
        _round(leader, stop, now)
        leader.leave()
        for way in outbox.WAYS:
            outbox.send_due(at=now(), now=now, ways=(way,))
        return
    senders = [threading.Thread(target=_send, args=(way, stop, now), name=f"send-{way}") for way in outbox.WAYS]
    for sender in senders:
        sender.daemon = True
        sender.start()
    leader = Leader()
    alive.show(settings.DATA_DIR, "worker")
    try:
        while not stop.is_set():
            with alive.IN_HAND.one():
                busy, failed = _round(leader, stop, now)
            if failed:
                stop.wait(LONG_PAUSE)
            elif not busy:
                # Not time.sleep: that goes on to its end after the signal, and a stop would take as long.
                stop.wait(PAUSE)
    finally:
        leader.leave()
        for sender in senders:
            sender.join(timeout=outbox.LEASE.total_seconds() / 8)


class Leader:
    """Whether this loop leads, and whether it trusts the clock; it says so once each time that changes."""

    def __init__(self) -> None:
        self.holder = beat.new_holder()
        self.trusted = True

    def look(self, at: datetime) -> tuple[bool, bool]:
        """Return whether this loop leads now, and whether it may act on the wall clock."""
        if not beat.lead(self.holder, at=at):
            return False, False
        trusted = beat.believable(at=at)
        if self.trusted and not trusted:
            log.error(
                "the wall clock (%s) does not follow from what was sealed before: nothing ticks and nothing is erased "
                "until somebody confirms it (page “系统时钟”, or: wuxiao clock confirm --by NAME)",
                at.isoformat(timespec="seconds"),
            )
        self.trusted = trusted
        return True, trusted

    def leave(self) -> None:
        """Let another loop lead."""
        try:
            beat.leave(self.holder)
        except Exception:
            # The database is away; the lease ends by itself.
            log.warning("the lead could not be given up; it ends with its lease")


def _round(leader: Leader, stop: threading.Event, now: Now) -> tuple[int, bool]:
    """Let each part have its turn; returns how much was done, and whether anything failed."""
    busy, failed = 0, False
    leads = trusted = False

    def ask() -> int:
        nonlocal leads, trusted
        leads, trusted = leader.look(now())
        return 0

    parts: tuple[Callable[[], int], ...] = (
        ask,
        lambda: clock.tick(at=now()) if trusted else 0,
        lambda: int(jobs.run_due(now=now)),
        lambda: house.keep(at=now(), trusted=trusted) if leads else 0,
    )
    for part in parts:
        try:
            busy += part()
        except Exception as error:
            log.exception("the worker will try again")
            close_old_connections()
            failed = True
            if away(error):
                # The other parts would say the same.
                break
        if stop.is_set():
            break
    return busy, failed


def _send(way: str, stop: threading.Event, now: Now) -> None:
    """Send what is due on one way until the stop."""
    while not stop.is_set():
        try:
            pause = 0.0 if outbox.send_due(at=now(), now=now, ways=(way,)) else PAUSE
        except Exception:
            log.exception("sending by %s will be tried again", way)
            close_old_connections()
            pause = LONG_PAUSE
        if pause:
            stop.wait(pause)
    connections.close_all()
