"""Putting many rows into SQLite at once: indexes dropped before and made after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection


def _json(value: Any) -> str:
    # As Django's JSONField writes it.
    return json.dumps(value)


class Lite:
    """SQLite, straight through the driver."""

    def __init__(self) -> None:
        connection.ensure_connection()
        self.raw = connection.connection
        self.indexes: list[str] = []
        self.raw.commit()
        self.raw.isolation_level = None
        for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-600000", "wal_autocheckpoint=100000"):
            self.raw.execute(f"PRAGMA {pragma}")
        rows = self.raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name LIKE 'records_%'"
        ).fetchall()
        for name, sql in rows:
            self.indexes.append(sql)
            self.raw.execute(f'DROP INDEX "{name}"')
        self.raw.execute("BEGIN IMMEDIATE")

    @staticmethod
    def value(value: Any, as_json: bool = False) -> Any:
        """Return a Python value as Django would store it here."""
        if as_json:
            return None if value is None else _json(value)
        if isinstance(value, datetime):
            return str(value.astimezone(UTC).replace(tzinfo=None))
        return value

    def put(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows."""
        marks = ",".join("?" * len(columns))
        names = ",".join(f'"{c}"' for c in columns)
        self.raw.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)

    def text(self, rows: Sequence[tuple[int, str, list[str]]]) -> None:
        """Put folded texts and their tokens into the search index."""
        self.put("matter_text", ("matter_id", "folded"), [(pk, folded) for pk, folded, _ in rows])
        self.put("matter_search", ("rowid", "tokens"), [(pk, " ".join(tokens)) for pk, _, tokens in rows])

    def pause(self) -> None:
        """Commit what there is."""
        self.raw.execute("COMMIT")
        self.raw.execute("BEGIN IMMEDIATE")

    def finish(self) -> None:
        """Make the indexes again and the statistics, with the search index full."""
        self.raw.execute("COMMIT")
        for sql in self.indexes:
            self.raw.execute(sql)
        self.raw.execute("PRAGMA analysis_limit=0")
        self.raw.execute("ANALYZE")
        self.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
