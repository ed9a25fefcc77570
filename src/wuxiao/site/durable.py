"""What the database must promise before the town opens: acknowledged rows survive a power cut."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.loader import MigrationLoader


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


def unknown_migrations() -> list[str]:
    """Return the changes of the tables that this program does not know: a newer one was here."""
    loader = MigrationLoader(connection)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations} | _replaced(loader)
    return sorted(f"{app}.{name}" for app, name in loader.applied_migrations if f"{app}.{name}" not in known)


def _replaced(loader: MigrationLoader) -> set[str]:
    return {f"{app}.{name}" for one in loader.disk_migrations.values() for app, name in one.replaces}


def waiting_migrations() -> list[str]:
    """Return the changes of the tables that this program brings and that were not made yet."""
    loader = MigrationLoader(connection)
    return sorted(
        f"{app}.{name}" for app, name in loader.disk_migrations if (app, name) not in loader.applied_migrations
    )


def assert_not_newer() -> None:
    """Stop with a plain message where the tables were made by a newer program: this one would not understand them."""
    if unknown := unknown_migrations():
        raise SystemExit(
            f"数据库是较新版本的程序建的（{unknown[-1]}），旧程序不能用它。请装回较新的版本，或恢复升级前的备份。\n"
            f"The tables were made by a newer version ({unknown[-1]}); this one must not work on them. Install the "
            "newer version again, or restore the backup made before the upgrade."
        )
