"""The statements of a page, recorded as they reach the driver, and played again by a bare script without Django."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection

BEGIN, COMMIT, ROLLBACK = "BEGIN", "COMMIT", "ROLLBACK"
_MARK = re.compile(r"(?<!%)%s")


@dataclass(slots=True)
class Script:
    """What one request sent: statements with parameters, and where transactions began and ended."""

    steps: list[tuple[str, Any, bool]] = field(default_factory=list)

    @property
    def queries(self) -> int:
        """Statements sent, savepoints included, begin and commit not."""
        return sum(1 for sql, _, _ in self.steps if sql not in (BEGIN, COMMIT, ROLLBACK))


@contextlib.contextmanager
def recorded() -> Iterator[Script]:
    """Record every statement that Django sends on this thread's connection."""
    script = Script()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith("BEGIN"):
            script.steps.append((sql, params, many))
        return execute(sql, params, many, context)

    autocommit, commit, rollback = connection.set_autocommit, connection.commit, connection.rollback

    def set_autocommit(on: bool, *args: Any, **kwargs: Any) -> None:
        if not on:
            script.steps.append((BEGIN, None, False))
        autocommit(on, *args, **kwargs)

    def commit_() -> None:
        script.steps.append((COMMIT, None, False))
        commit()

    def rollback_() -> None:
        script.steps.append((ROLLBACK, None, False))
        rollback()

    connection.set_autocommit, connection.commit, connection.rollback = set_autocommit, commit_, rollback_
    try:
        with connection.execute_wrapper(note):
            yield script
    finally:
        del connection.set_autocommit, connection.commit, connection.rollback


class Bare:
    """A connection of the plain driver, set as the town's own."""

    def __init__(self) -> None:
        database = settings.DATABASES["default"]
        self.raw: Any
        if connection.vendor == "sqlite":
            self.raw = sqlite3.connect(database["NAME"], isolation_level=None, timeout=20)
            for pragma in str(database["OPTIONS"]["init_command"]).split(";"):
                self.raw.execute(pragma)
            from django.db.backends.sqlite3 import _functions

            # Functions that Django's SQL calls on SQLite (none for our own pages, REGEXP and the like otherwise).
            _functions.register(self.raw)
        else:
            import psycopg

            params = connection.get_connection_params()
            keep = {k: params[k] for k in ("dbname", "user", "host", "port", "password") if params.get(k)}
            self.raw = psycopg.connect(
                **keep, autocommit=True, prepare_threshold=None, cursor_factory=psycopg.ClientCursor
            )

    def prepare(self, script: Script) -> list[tuple[str, Any, bool]]:
        """Bring a script into the form of the driver, so that playing it costs nothing but the statements."""
        if connection.vendor != "sqlite":
            return script.steps
        begin = {BEGIN: "BEGIN IMMEDIATE"}
        return [(begin.get(sql) or _MARK.sub("?", sql).replace("%%", "%"), p, many) for sql, p, many in script.steps]

    def play(self, steps: Sequence[tuple[str, Any, bool]]) -> None:
        """Send the statements and fetch every row."""
        cursor = self.raw.cursor()
        for sql, params, many in steps:
            if many:
                cursor.executemany(sql, params)
                continue
            if params is None:
                cursor.execute(sql)
            else:
                cursor.execute(sql, params)
            if cursor.description:
                cursor.fetchall()
        cursor.close()

    def close(self) -> None:
        """Close."""
        self.raw.close()
