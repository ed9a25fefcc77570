"""Work that waits for the worker: tried again, never for ever."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.desk.people import MONDAY
from wuxiao.desk.base import jobs
from wuxiao.records.models import Job

pytestmark = pytest.mark.django_db


class _Killed(BaseException):
    """What a worker's end looks like to the job it was at: nothing of `run_due` is reached any more."""


def _run(monkeypatch: pytest.MonkeyPatch, handler: Callable[..., Any], times: int) -> list[datetime]:
    """Let one worker after the other take the job as soon as it is due; return when its handler ran."""
    ran: list[datetime] = []
    moments = [MONDAY + timedelta(hours=n) for n in range(times)]

    def one(job: Job, report: Any) -> Any:
        ran.append(job.next_at)
        return handler(job, len(ran))

    monkeypatch.setitem(jobs.HANDLERS, "import_rows", one)
    for moment in moments:
        with contextlib.suppress(_Killed):
            jobs.run_due(now=partial(_same, moment))
    return ran


def _same(moment: datetime) -> datetime:
    return moment


def _job() -> Job:
    return Job.objects.create(kind="import_rows", payload={}, state="queued", next_at=MONDAY, created_at=MONDAY)


def test_a_job_that_ends_its_workers_stops_coming_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(_job: Job, _time: int) -> None:
        raise _Killed

    job = _job()
    assert len(_run(monkeypatch, kill, 2 * jobs.TRIES)) == jobs.TRIES
    job.refresh_from_db()
    assert (job.state, job.done_at is None) == ("failed", False)
    assert str(jobs.TRIES) in job.error


def test_one_that_gets_on_between_the_kills_comes_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def now_and_then(_job: Job, time: int) -> dict[str, int]:
        if time % 3 == 0:
            raise jobs.Again
        if time < 4 * jobs.TRIES:
            raise _Killed
        return {"rows": time}

    job = _job()
    _run(monkeypatch, now_and_then, 5 * jobs.TRIES)
    job.refresh_from_db()
    assert job.state == "done"
