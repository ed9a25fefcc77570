"""Whether what lies on the disk can be read: the database's own check, and every file against its digest."""

from __future__ import annotations

import hashlib

from django.db import DatabaseError, connection

from wuxiao.desk.files import files
from wuxiao.rules.words import Text

#: Lines of the database's own check that are shown.
MOST = 20


def _sentence(error: object) -> Text:
    said = " ".join(str(error).split())[:200]
    return Text(
        f"数据库损坏，读不出来：{said}。请停用并从备份恢复。",
        f"the database is damaged and cannot be read: {said}. Stop it and restore a backup.",
    )


def database() -> list[Text]:
    """Return what the database's own check finds; nothing when it is whole.

    SQLite: `PRAGMA integrity_check`. PostgreSQL: `amcheck` over tables and indexes where it is installed, and in any
    case one read of every value of every table.
    """
    try:
        return _sqlite() if connection.vendor == "sqlite" else _postgres()
    except DatabaseError as error:
        return [_sentence(error)]


def _sqlite() -> list[Text]:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA integrity_check({MOST})")
        rows = [str(row[0]) for row in cursor.fetchall()]
    return [] if rows == ["ok"] else [_sentence(line) for line in rows]


def _postgres() -> list[Text]:
    found: list[Text] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'")
        checked = cursor.fetchone() is not None
    for table in connection.introspection.table_names():
        name = connection.ops.quote_name(table)
        try:
            with connection.cursor() as cursor:
                # Turned into text, so that values stored apart are fetched too.
                cursor.execute(f"SELECT count(length(t::text)) FROM {name} AS t")
                cursor.fetchone()
                if checked:
                    cursor.execute("SELECT blkno, msg FROM verify_heapam(%s)", [table])
                    found += [_sentence(f"{table} {block}: {words}") for block, words in cursor.fetchmany(MOST)]
                    cursor.execute(
                        "SELECT bt_index_check(i.indexrelid, true) FROM pg_index i JOIN pg_class c"
                        " ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
                        " WHERE i.indrelid = %s::regclass AND a.amname = 'btree' AND i.indisvalid",
                        [table],
                    )
        except DatabaseError as error:
            found.append(_sentence(f"{table}: {error}"))
    return found[:MOST]


def file_fault(sha256: str) -> Text | None:
    """Return what is wrong with a stored file, or `None`: it must exist and be what its digest says."""
    try:
        with open(files.path_of(sha256), "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return Text(f"文件{sha256[:12]}…不在了（{error.strerror}）", f"file {sha256[:12]}… is gone ({error.strerror})")
    if digest != sha256:
        return Text(f"文件{sha256[:12]}…的内容被改动", f"the content of file {sha256[:12]}… was changed")
    return None
