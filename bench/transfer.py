"""Bringing a measured town from SQLite to PostgreSQL, row by row the same: `python -m bench.transfer FILE.sqlite3`."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BATCH = 20_000
_ESCAPE = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
#: Filled by the migration itself.
_OWN = {"django_migrations", "django_content_type", "auth_permission"}


def _line(row: tuple[Any, ...]) -> str:
    # Booleans are 0 and 1 and instants UTC without a zone in SQLite; PostgreSQL (timezone UTC) reads both.
    cells = ("\\N" if v is None else v.translate(_ESCAPE) if isinstance(v, str) else str(v) for v in row)
    return "\t".join(cells) + "\n"


def _batches(cursor: sqlite3.Cursor) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(BATCH):
        yield rows


def transfer(source: Path) -> dict[str, Any]:
    """Fill the configured, empty PostgreSQL database from a SQLite town."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from wuxiao.reading.tokens import index_tokens

    begun = time.monotonic()
    call_command("migrate", verbosity=0)
    lite = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    again: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
        cursor.execute("SET timezone TO 'UTC'")
        cursor.execute(
            "SELECT c.conname, c.conrelid::regclass::text, pg_get_constraintdef(c.oid) FROM pg_constraint c "
            "JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace "
            "WHERE c.contype IN ('f', 'u') AND n.nspname = 'public' ORDER BY c.contype"
        )
        for name, table, definition in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
            again.insert(0, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%%_pkey'"
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
            again.insert(0, definition)
        cursor.execute(
            "SELECT table_name, string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns "
            "WHERE table_schema = 'public' GROUP BY table_name"
        )
        tables = {t: c.split(",") for t, c in cursor.fetchall() if t not in _OWN and t != "matter_text"}
        for table, columns in tables.items():
            names = ",".join(f'"{c}"' for c in columns)
            rows = lite.execute(f'SELECT {names} FROM "{table}"')
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for batch in _batches(rows):
                    copy.write("".join(map(_line, batch)).encode())
        print(f"  rows copied in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        texts = lite.execute("SELECT matter_id, folded FROM matter_text")
        with cursor.copy("COPY matter_text (matter_id, folded, tokens) FROM STDIN") as copy:
            for batch in _batches(texts):
                copy.write(
                    "".join(
                        _line((pk, folded, " ".join(f"'{t}'" for t in dict.fromkeys(index_tokens(folded)))))
                        for pk, folded in batch
                    ).encode()
                )
        print("  indexes and statistics", file=sys.stderr, flush=True)
        for sql in again:
            cursor.execute(sql)
        for table, columns in tables.items():
            if "id" in columns:
                cursor.execute(f"SELECT pg_get_serial_sequence('{table}', 'id')")
                (sequence,) = cursor.fetchone()
                if sequence:
                    cursor.execute(f"SELECT setval('{sequence}', (SELECT COALESCE(max(id), 1) FROM {table}))")
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
    done = json.loads((source.parent / "loaded.json").read_text(encoding="utf-8"))
    return {**done, "transfer_seconds": round(time.monotonic() - begun, 1)}


if __name__ == "__main__":
    from django.conf import settings

    given = Path(sys.argv[1])
    # Sessions and codes are signed by the town's key: it moves with its rows.
    shutil.copy(given.parent / "secret-key", Path(settings.DATA_DIR, "secret-key"))
    made = transfer(given)
    Path(settings.DATA_DIR, "loaded.json").write_text(json.dumps(made, indent=1), encoding="utf-8")
