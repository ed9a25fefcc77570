"""Chinese full-text search: one small inverted index, the same tokens on SQLite (FTS5) and PostgreSQL (tsvector).

The tokens are bigrams and run-final characters (`reading.tokens`); a hit is rechecked by substring, so recall is full
and precision exact for the words that were stored.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from wuxiao.reading.tokens import fold, fts5_match, index_tokens, query_words, tsquery
from wuxiao.records.models import Snapshot


def _sqlite() -> bool:
    return connection.vendor == "sqlite"


def _tokens(folded: str) -> str:
    return " ".join(dict.fromkeys(index_tokens(folded)))


def index(matter_id: int, text: str, old: str | None = None) -> None:
    """Put a matter's whole text into the index, replacing `old` (the folded text indexed before) if there was one."""
    folded = fold(text)
    with connection.cursor() as cursor:
        if _sqlite():
            if old is not None:
                cursor.execute(
                    "INSERT INTO matter_search(matter_search, rowid, tokens) VALUES ('delete', %s, %s)",
                    [matter_id, _tokens(old)],
                )
            cursor.execute("INSERT INTO matter_search(rowid, tokens) VALUES (%s, %s)", [matter_id, _tokens(folded)])
            cursor.execute("INSERT OR REPLACE INTO matter_text(matter_id, folded) VALUES (%s, %s)", [matter_id, folded])
        else:
            cursor.execute(
                "INSERT INTO matter_text(matter_id, folded, tokens) VALUES (%s, %s, array_to_tsvector(%s::text[])) "
                "ON CONFLICT (matter_id) DO UPDATE SET folded = EXCLUDED.folded, tokens = EXCLUDED.tokens",
                [matter_id, folded, sorted(set(_tokens(folded).split(" ")) - {""})],
            )


def index_many(texts: Iterable[tuple[int, str]]) -> None:
    """Put the texts of many new matters into the index at once (id and whole text of each)."""
    rows = [(matter_id, fold(text)) for matter_id, text in texts]
    with connection.cursor() as cursor:
        if _sqlite():
            cursor.executemany(
                "INSERT INTO matter_search(rowid, tokens) VALUES (%s, %s)", [(pk, _tokens(f)) for pk, f in rows]
            )
            cursor.executemany("INSERT INTO matter_text(matter_id, folded) VALUES (%s, %s)", rows)
        else:
            cursor.executemany(
                "INSERT INTO matter_text(matter_id, folded, tokens) VALUES (%s, %s, array_to_tsvector(%s::text[]))",
                [(pk, f, sorted(set(_tokens(f).split(" ")) - {""})) for pk, f in rows],
            )


def text_of(matter_id: int) -> str | None:
    """Return the folded text that is in the index for a matter, or `None`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT folded FROM matter_text WHERE matter_id = %s", [matter_id])
        row = cursor.fetchone()
    return row[0] if row else None


def extend(matter_id: int, more: str) -> None:
    """Add words to what is indexed of a matter."""
    old = text_of(matter_id)
    index(matter_id, f"{old}\n{more}" if old else more, old)


def forget(matter_id: int, *, at: datetime) -> None:
    """Take a matter's words out of the index (erasure); `settle` follows the commit."""
    old = text_of(matter_id)
    if old is None:
        return
    if not _sqlite():
        index(matter_id, "", old)
        return
    # By default FTS5 only notes that a row is gone and keeps its words until segments are merged.
    _secure(True)
    index(matter_id, "", old)
    _secure(False)
    if not _CAN_DELETE:
        Snapshot.objects.update_or_create(name=_FORGOTTEN, defaults={"data": matter_id, "at": at})


#: Whether SQLite takes the words of a row out of its index by itself (3.42; many systems ship an older one).
_CAN_DELETE = sqlite3.sqlite_version_info >= (3, 42)
_FORGOTTEN = "search: words to be merged away"
#: Pages written in one step of a merge, and the most steps in a row: writers wait for one step at most.
_PAGES = 64
_STEPS = 400


def _secure(on: bool) -> None:
    if _CAN_DELETE:
        _command("secure-delete", int(on))


def _command(word: str, rank: int) -> int:
    """Give the index a command and return how many rows of its own tables that wrote."""
    before = connection.connection.total_changes
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO matter_search(matter_search, rank) VALUES (%s, %s)", [word, rank])
    found: int = connection.connection.total_changes - before
    return found


def settle() -> bool:
    """Merge the index until no forgotten word is left in its pages; returns whether that is done.

    Only an SQLite before 3.42 needs it, and only after `forget`. What is not done in one go the housekeeping goes on
    with.
    """
    if not _sqlite() or _CAN_DELETE:
        return True
    waits = Snapshot.objects.filter(name=_FORGOTTEN).values_list("data", "at").first()
    if waits is None:
        return True
    _command("merge", -_PAGES)
    for _ in range(_STEPS):
        # A merge that has nothing left to do writes less than two rows (the manual of FTS5).
        if _command("merge", _PAGES) < 2:
            # What was forgotten meanwhile waits for the next time.
            Snapshot.objects.filter(name=_FORGOTTEN, data=waits[0], at=waits[1]).delete()
            return True
    return False


def condition(words: str, column: str) -> tuple[str, list[object]] | None:
    """Return an SQL condition on a matter-id column with its parameters, or `None` when nothing can be searched."""
    wanted = query_words(words)
    if not wanted:
        return None
    if _sqlite():
        recheck = " AND ".join(["instr(t.folded, %s) > 0"] * len(wanted))
        return (
            f"{column} IN (SELECT s.rowid FROM matter_search s JOIN matter_text t ON t.matter_id = s.rowid "
            f"WHERE s.matter_search MATCH %s AND {recheck})",
            [fts5_match(words), *wanted],
        )
    recheck = " AND ".join(["strpos(t.folded, %s) > 0"] * len(wanted))
    return (
        f"{column} IN (SELECT t.matter_id FROM matter_text t WHERE t.tokens @@ to_tsquery('simple', %s) AND {recheck})",
        [tsquery(words), *wanted],
    )


#: A word that is one token of the index: where the token stands the word stands, so no text is left to be read.
_PAIR = re.compile("[\u4e00-\u9fff]{2}")


def driven(words: str) -> tuple[str, str, list[object]] | None:
    """Return FROM and WHERE of a query driven by the index, newest matter first, or `None` for nothing to search.

    A caller joins the matter on `row_of_index()`, adds its own conditions, orders by it descending and stops after a
    page: the index is then walked backward instead of collecting every hit.
    """
    wanted = query_words(words)
    if not wanted:
        return None
    if _sqlite() and all(_PAIR.fullmatch(word) for word in wanted):
        # Not on PostgreSQL: without the comparison it expects so many hits that it walks every text instead.
        return "matter_search AS f", "f.matter_search MATCH %s", [fts5_match(words)]
    if _sqlite():
        recheck = " AND ".join(["instr(t.folded, %s) > 0"] * len(wanted))
        return (
            "matter_search AS f CROSS JOIN matter_text AS t ON t.matter_id = f.rowid",
            f"f.matter_search MATCH %s AND {recheck}",
            [fts5_match(words), *wanted],
        )
    recheck = " AND ".join(["strpos(t.folded, %s) > 0"] * len(wanted))
    return (
        "matter_text AS t",
        f"t.tokens @@ to_tsquery('simple', %s) AND {recheck}",
        [tsquery(words), *wanted],
    )


def row_of_index() -> str:
    """Return the column that `driven` queries are ordered and continued by."""
    return "f.rowid" if _sqlite() else "t.matter_id"
