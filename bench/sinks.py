"""Putting many rows in at once: `executemany` on SQLite, `COPY` on PostgreSQL, indexes dropped before and made after."""

from __future__ import annotations

import json
import re
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


_ESCAPE = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PLAIN = re.compile(r"[\w]+")


class Pg:
    """PostgreSQL: values are the text form of COPY."""

    def __init__(self) -> None:
        connection.ensure_connection()
        self.again: list[str] = []
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")
            cursor.execute(
                "SELECT c.conname, c.conrelid::regclass::text, pg_get_constraintdef(c.oid), c.contype FROM pg_constraint c "
                "JOIN pg_class r ON r.oid = c.conrelid WHERE c.contype IN ('f', 'u') AND r.relname LIKE 'records_%' "
                "ORDER BY c.contype"
            )
            found = cursor.fetchall()
            for name, table, definition, _kind in found:
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
                self.again.insert(0, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND "
                "(tablename LIKE 'records_%' OR indexname = 'matter_text_tokens') AND indexname NOT LIKE '%_pkey'"
            )
            for name, definition in cursor.fetchall():
                cursor.execute(f'DROP INDEX "{name}"')
                self.again.insert(0, definition)

    @staticmethod
    def value(value: Any, as_json: bool = False) -> str:
        """Return a Python value in COPY's text form."""
        if value is None:
            return "\\N"
        if as_json:
            return _json(value).translate(_ESCAPE)
        match value:
            case bool():
                return "t" if value else "f"
            case datetime():
                return value.isoformat()
            case str():
                return value.translate(_ESCAPE)
            case _:
                return str(value)

    def put(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Copy rows of text forms."""
        names = ",".join(f'"{c}"' for c in columns)
        data = "".join("\t".join(map(str, row)) + "\n" for row in rows)
        with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            copy.write(data.encode())

    def text(self, rows: Sequence[tuple[int, str, list[str]]]) -> None:
        """Put folded texts and their tokens into the search index."""
        value = self.value
        self.put(
            "matter_text",
            ("matter_id", "folded", "tokens"),
            [(pk, value(folded), value(" ".join(f"'{t}'" for t in tokens))) for pk, folded, tokens in rows],
        )

    def pause(self) -> None:
        """Nothing: each COPY commits."""

    def finish(self) -> None:
        """Make indexes, constraints, sequences and statistics again."""
        with connection.cursor() as cursor:
            for sql in self.again:
                cursor.execute(sql)
            cursor.execute(
                "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id' "
                "AND is_identity = 'YES' AND table_name LIKE 'records_%'"
            )
            for (table,) in cursor.fetchall():
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(max(id), 1) FROM {table}))"
                )
            cursor.execute("VACUUM (ANALYZE)")
            cursor.execute("CHECKPOINT")
        connection.close()


def sink() -> Lite | Pg:
    """Return the sink of the configured database."""
    return Lite() if connection.vendor == "sqlite" else Pg()
