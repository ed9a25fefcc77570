"""The one worker loop of a town: clock, outbox, jobs, figures, housekeeping."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from datetime import datetime

from django.db import close_old_connections
from django.utils import timezone

from wuxiao.desk import clock, house, jobs, outbox

log = logging.getLogger("wuxiao.worker")
PAUSE = 0.5
LONG_PAUSE = 5.0


def run(*, once: bool = False, now: Callable[[], datetime] = timezone.now) -> None:
    """Loop until SIGTERM or SIGINT; with `once` do one round. Whatever fails is logged and tried again."""
    stop = False

    def ask_to_stop(_number: int, _frame: object) -> None:
        nonlocal stop
        stop = True

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    parts: tuple[Callable[[], int], ...] = (
        lambda: clock.tick(at=now()),
        lambda: outbox.send_due(at=now()),
        lambda: int(jobs.run_due(now=now)),
        lambda: house.keep(at=now()),
    )
    pause = PAUSE
    while not stop:
        busy = 0
        for part in parts:
            try:
                busy += part()
                pause = PAUSE
            except Exception:
                log.exception("the worker will try again")
                close_old_connections()
                pause = LONG_PAUSE
            if stop:
                break
        if once:
            return
        if not busy:
            time.sleep(pause)
