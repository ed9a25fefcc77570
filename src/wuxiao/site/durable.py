"""What the database must promise before the town opens: acknowledged rows survive a power cut."""

from __future__ import annotations

import sys

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader

#: The exit code for a database that cannot be reached, or is none.
NO_DATABASE = 5


_BROKEN = (
    "请不要改动它，另存一份，再从备份恢复（wuxiao restore）。",
    "Keep it as it is and restore a backup (wuxiao restore).",
)
#: What to do when SQLite says this. Where nothing is broken nobody is sent to a backup.
_WAYS_ON = {
    "locked": (
        "数据没有坏：另一个程序正在用它，多半是上一次的 wuxiao 还没停。等它停下，或停掉它，再试一次。",
        "Nothing is broken: another program has it in hand, mostly a wuxiao started before. Wait for it or stop it, "
        "then try again.",
    ),
    "full": (
        "数据没有坏：磁盘满了。腾出地方，再试一次。",
        "Nothing is broken: the disk is full. Make room and try again.",
    ),
    "readonly": (
        "数据没有坏：这个账号不能写它。请看文件和文件夹的权限，或磁盘是不是只读。",
        "Nothing is broken: this account may not write it. See the rights of the file and its folder, and whether the "
        "disk is read-only.",
    ),
    "unable to open": (
        "这个账号打不开它。请看文件和文件夹的权限，或换一个 DATA_DIR。",
        "This account cannot open it. See the rights of the file and its folder, or choose another DATA_DIR.",
    ),
}


def assert_reachable() -> None:
    """Stop with a sentence and exit code 5 where the database is not there, within a few seconds."""
    if (error := _away()) is not None:
        refuse(error)


def assert_server_reachable() -> None:
    """The same where the database is a server."""
    if connection.vendor == "postgresql":
        assert_reachable()


def why_away() -> str:
    """Return why the database cannot be used; empty if it can. Asked in a few seconds, whatever is wrong."""
    error = _away()
    return "" if error is None else _why(error)


def _away() -> Exception | None:
    """What the database says when it is asked for; PostgreSQL past the pool, which would wait and then not say why."""
    try:
        if connection.vendor == "postgresql":
            import psycopg

            known = connection.settings_dict
            given = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
            words = {name: str(known[key]) for name, key in given.items() if known.get(key)}
            psycopg.connect(**words, connect_timeout=5).close()  # type: ignore[arg-type]
        else:
            connection.ensure_connection()
    except Exception as error:
        if not isinstance(error, Error) and type(error).__module__.partition(".")[0] != "psycopg":
            raise
        return error
    return None


def _why(error: BaseException) -> str:
    return " ".join(str(error).split()).rpartition("FATAL: ")[2] or type(error).__name__


def refuse(error: BaseException) -> None:
    """Say that the database cannot be used and why, and end."""
    why = _why(error)
    if connection.vendor == "postgresql":
        said = (
            f"连不上 PostgreSQL：{why}。请检查它是否在运行，DATABASE_URL 里的地址、库名、账号、口令是否对。\n"
            f"PostgreSQL cannot be reached: {why}. See whether it runs, and whether DATABASE_URL names the right one."
        )
    else:
        place = connection.settings_dict["NAME"]
        zh, en = next((way for mark, way in _WAYS_ON.items() if mark in why.lower()), _BROKEN)
        said = f"数据库文件 {place} 用不了：{why}。{zh}\nThe database file {place} cannot be used: {why}. {en}"
    print(said, file=sys.stderr)
    raise SystemExit(NO_DATABASE)


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
