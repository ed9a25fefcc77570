"""Work for the worker under a lease: a job whose worker was killed runs again, from where its handler left off.

At once where the worker's process is known to have ended, for the first time; otherwise, and where it ended a worker
more than once, when the lease is over. Who gets on was not what ended its worker: only times without any headway count.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from wuxiao.desk.base import living
from wuxiao.desk.base.errors import DeskError
from wuxiao.records.models import Job

log = logging.getLogger("wuxiao.jobs")
LEASE = timedelta(minutes=5)
TRIES = 5
#: A handler takes the job and a function to be called with (progress, total); it must be safe to run again.
Report = Callable[[int, int], None]
Handler = Callable[[Job, Report], dict[str, Any]]
HANDLERS: dict[str, Handler] = {}


class Again(Exception):
    """Raised by a handler that has done its share and wants its next turn after the other work of the loop."""


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job."""

    def keep(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return keep


def add(kind: str, payload: dict[str, Any], *, at: datetime, staff_id: int | None = None) -> Job:
    """Queue a job."""
    return Job.objects.create(kind=kind, payload=payload, created_at=at, next_at=at, staff_id=staff_id)


def come_back(*, at: datetime) -> int:
    """Let whatever waits be done now, but for what a worker has in hand: a clock ahead may have set its time."""
    forgotten = Q(state="queued", next_at__gt=at) | Q(state="running", next_at__gt=at + LEASE)
    return Job.objects.filter(forgotten).update(next_at=at)


def _left_lying(jobs: QuerySet[Job]) -> Job | None:
    """Return a job in hand whose worker's process has ended; one that ended more than one worker waits for its time."""
    held = jobs.filter(state="running", attempts=1).order_by("id")
    return next((job for job in held if living.gone(job.lease)), None)


def run_due(*, now: Callable[[], datetime], job_id: int | None = None) -> bool:
    """Run one due job (or a part of it, or only `job_id`) and return whether there was one.

    `now` is asked again while the job runs, to renew its lease.
    """
    at = now()
    jobs = Job.objects.filter(state__in=["queued", "running"])
    if job_id is not None:
        jobs = jobs.filter(pk=job_id)
    job = jobs.filter(next_at__lte=at).order_by("next_at", "id").first() or _left_lying(jobs)
    if job is None:
        return False
    if job.attempts >= TRIES:
        # Whoever took it so often never came back: it ends its workers, and would end this one too.
        lost = f"中断了 {job.attempts} 次，没有再试 / it broke off {job.attempts} times and is not tried again"
        same = Job.objects.filter(pk=job.pk, state=job.state, lease=job.lease, next_at=job.next_at)
        same.update(state="failed", done_at=at, error=lost)
        return True
    lease = living.mark()
    won = Job.objects.filter(pk=job.pk, state=job.state, lease=job.lease, next_at=job.next_at).update(
        state="running", lease=lease, next_at=at + LEASE, attempts=job.attempts + 1
    )
    if not won:
        return True
    mine = Job.objects.filter(pk=job.pk, lease=lease)

    def report(progress: int, total: int) -> None:
        # Further than ever before: whatever ended its workers, it was not this job.
        headway: dict[str, Any] = {"attempts": 1} if progress > farthest else {}
        if not mine.update(progress=progress, total=total, next_at=now() + LEASE, **headway):
            raise RuntimeError(f"job {job.pk} was taken over")

    job.refresh_from_db()
    farthest = job.progress
    try:
        result = HANDLERS[job.kind](job, report)
    except Again:
        mine.update(state="queued", attempts=0, next_at=now())
    except DeskError as error:
        mine.update(state="failed", done_at=now(), error=f"{error.text.zh}\n{error.text.en}")
    except Exception as error:
        log.exception("job %s failed", job.pk)
        over = job.attempts >= TRIES
        mine.update(
            state="failed" if over else "queued",
            done_at=now() if over else None,
            next_at=now() + timedelta(minutes=job.attempts),
            error=f"{type(error).__name__}: {error}",
        )
    else:
        mine.update(state="done", done_at=now(), result=result, error="")
    return True
