"""The one worker loop of a town: clock, outbox, jobs, figures, housekeeping."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import close_old_connections
from django.utils import timezone

from wuxiao.desk import clock, house, jobs, outbox
from wuxiao.feeds.sheets import job as _sheets  # noqa: F401  (it registers what it does with files)

log = logging.getLogger("wuxiao.worker")
PAUSE = 0.5
LONG_PAUSE = 5.0


def run(*, once: bool = False, now: Callable[[], datetime] = timezone.now) -> None:
    """Loop until SIGTERM or SIGINT; with `once` do one round. Whatever fails is logged and tried again."""
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    parts: tuple[Callable[[], int], ...] = (
        lambda: clock.tick(at=now()),
        lambda: outbox.send_due(at=now()),
        lambda: int(jobs.run_due(now=now)),
        lambda: house.keep(at=now()),
    )
    pause = PAUSE
    while not stop.is_set():
        busy = 0
        for part in parts:
            try:
                busy += part()
                pause = PAUSE
            except Exception:
                log.exception("the worker will try again")
                close_old_connections()
                pause = LONG_PAUSE
            if stop.is_set():
                break
        if once:
            return
        if not busy:
            # Not time.sleep: that goes on to its end after the signal, and a stop would take as long.
            stop.wait(pause)
