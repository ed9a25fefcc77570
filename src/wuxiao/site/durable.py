"""What the database must promise before the town opens: acknowledged rows survive a power cut."""

from __future__ import annotations

from django.db import connection


def assert_durable() -> None:
    """Stop with a plain message unless SQLite runs WAL with synchronous=FULL, or PostgreSQL >= 15 with fsync on."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA journal_mode")
            mode = cursor.fetchone()[0]
            cursor.execute("PRAGMA synchronous")
            sync = cursor.fetchone()[0]
            if mode != "wal" or sync != 2:
                raise SystemExit(f"SQLite must run with journal_mode=wal and synchronous=FULL (found {mode}, {sync})")
            return
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0])
        if version < 150_000:
            raise SystemExit(f"PostgreSQL 15 or newer is needed (found {version // 10_000})")
        cursor.execute("SHOW fsync")
        if cursor.fetchone()[0] != "on":
            raise SystemExit("PostgreSQL must run with fsync=on")
