"""What a log says while the database server is away: one line each time, and every other fault with its trace."""

from __future__ import annotations

import io
import logging
import threading
import time

import psycopg
import pytest
from django.db import OperationalError, connection
from psycopg import errors
from psycopg_pool import PoolTimeout

from tests.desk.people import MONDAY
from wuxiao.site import logs, settings, worker


def line_of(error: BaseException) -> str:
    """What the log of the house writes of an error that reached it."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    for name in settings.LOGGING["handlers"]["stderr"]["filters"]:
        handler.addFilter({"strangers": logs.Strangers, "away": logs.Away, "secrets": logs.Masked}[name]())
    log = logging.Logger("wuxiao.tried")
    log.addHandler(handler)
    try:
        raise error
    except type(error):
        log.exception("the worker will try again")
    return out.getvalue()


def wrapped(cause: BaseException) -> OperationalError:
    """An error as Django raises it in place of the driver's."""
    found = OperationalError(*cause.args)
    found.__cause__ = cause
    return found


@pytest.mark.parametrize(
    "cause",
    [
        psycopg.OperationalError("connection failed:\nconnection to server refused"),
        psycopg.OperationalError("the connection is closed"),
        PoolTimeout("couldn't get a connection after 5.00 sec"),
        errors.AdminShutdown("terminating connection due to administrator command"),
        errors.CannotConnectNow("the database system is starting up"),
        errors.ConnectionFailure("lost"),
    ],
)
def test_that_the_server_is_away_is_one_line(cause: BaseException) -> None:
    said = line_of(wrapped(cause))
    assert said.count("\n") == 1
    assert "the worker will try again (the database is away: " in said
    assert str(cause).splitlines()[-1] in said
    lost = KeyError("a page of what was not read")
    lost.__context__ = wrapped(cause)
    assert line_of(lost).count("\n") == 1, "what follows from it is no other fault"


@pytest.mark.parametrize(
    "error",
    [
        wrapped(errors.DeadlockDetected("deadlock detected")),
        wrapped(errors.LockNotAvailable("lock timeout")),
        wrapped(errors.TooManyConnections("sorry")),
        errors.UndefinedColumn("no column"),
        OperationalError("no such table: x"),
        KeyError("x"),
    ],
)
def test_every_other_fault_keeps_its_trace(error: BaseException) -> None:
    said = line_of(error)
    assert "Traceback" in said
    assert "away" not in said


def test_the_pool_says_once_a_minute_that_it_cannot_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    one = logs.Away()

    def passes(level: int, name: str = "psycopg.pool") -> bool:
        return bool(one.filter(logging.LogRecord(name, level, "", 0, "error connecting in 'pool-1'", None, None)))

    assert [passes(logging.WARNING) for _ in range(3)] == [True, False, False]
    assert passes(logging.ERROR)
    assert passes(logging.WARNING, "psycopg.pooling")
    now[0] += 59
    assert not passes(logging.WARNING)
    now[0] += 1
    assert [passes(logging.WARNING) for _ in range(2)] == [True, False]


@pytest.mark.django_db
def test_a_round_of_the_worker_ends_with_the_first_part_that_finds_no_server(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[str] = []

    def gone(execute: object, sql: str, *_rest: object) -> None:
        tried.append(sql)
        raise wrapped(psycopg.OperationalError("the connection is closed"))

    with connection.execute_wrapper(gone):
        assert worker._round(worker.Leader(), threading.Event(), lambda: MONDAY) == (0, True)
    assert len(tried) == 1
    assert len([one for one in caplog.records if one.name == "wuxiao.worker"]) == 1
