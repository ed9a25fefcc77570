"""Work that waits for the worker: tried again, never for ever."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.desk.people import MONDAY
from wuxiao.desk.base import jobs, living
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


def mark_of_another() -> tuple[str, subprocess.Popen[str]]:
    """A process of its own that holds something, and the name it gave it."""
    tell = "from wuxiao.desk.base import living; print(living.mark(), flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", tell], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    return other.stdout.readline().strip(), other


def test_a_process_is_gone_when_it_ended_and_never_where_nobody_can_know() -> None:
    name, other = mark_of_another()
    assert len(name) <= Job._meta.get_field("lease").max_length
    assert not living.gone(name)
    other.kill()
    # Ended and not yet fetched by who started it: it does no more work.
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert living.gone(name)
    other.communicate()
    assert living.gone(name)
    pid, began, here, own = name.split(".")
    assert living.gone(f"{os.getpid()}.{began}.{here}.{own}"), "the number was given to another process"
    assert not living.gone(f"{pid}.{began}.elsewhere.{own}")
    for unknown in ("", "a" * 32, f"{pid}..{here}.{own}", f"x.{began}.{here}.{own}"):
        assert not living.gone(unknown)
    assert not living.gone(living.mark())


def test_a_job_of_a_worker_that_was_killed_goes_on_as_soon_as_one_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    name, other = mark_of_another()
    job, soon = _job(), MONDAY + timedelta(seconds=1)
    held = {"state": "running", "lease": name, "attempts": 1, "next_at": MONDAY + jobs.LEASE}
    Job.objects.filter(pk=job.pk).update(**held)
    monkeypatch.setitem(jobs.HANDLERS, "import_rows", lambda job, report: {})
    assert not jobs.run_due(now=partial(_same, soon)), "its worker is at it"
    other.kill()
    other.communicate()
    Job.objects.filter(pk=job.pk).update(attempts=2)
    assert not jobs.run_due(now=partial(_same, soon)), "it may be what ends them: not at once a second time"
    Job.objects.filter(pk=job.pk).update(attempts=1)
    assert jobs.run_due(now=partial(_same, soon))
    job.refresh_from_db()
    assert job.state == "done"


def test_kills_count_only_while_it_gets_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[int] = []

    def on(job: Job, report: Any) -> Any:
        # Each time one row further than the last, then the end of its worker; in the end none further.
        reached.append(min(job.progress + 1, 2 * jobs.TRIES))
        report(reached[-1], 100)
        raise _Killed

    job = _job()
    monkeypatch.setitem(jobs.HANDLERS, "import_rows", on)
    for n in range(5 * jobs.TRIES):
        with contextlib.suppress(_Killed):
            jobs.run_due(now=partial(_same, MONDAY + timedelta(hours=n)))
    job.refresh_from_db()
    assert (reached[2 * jobs.TRIES - 1], job.progress) == (2 * jobs.TRIES, 2 * jobs.TRIES)
    assert len(reached) == 2 * jobs.TRIES + jobs.TRIES - 1, "then as often as any"
    assert job.state == "failed"
