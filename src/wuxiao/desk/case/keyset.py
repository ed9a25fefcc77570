"""Pages of long lists without counting: several index ranges, the first few of each, merged by the database."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from wuxiao.desk.base import veiled
from wuxiao.desk.base.ask import moment
from wuxiao.desk.case.shown import not_hidden
from wuxiao.records.models import Access

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SORT, LATE = "sort_at", "late_at"


@dataclass(frozen=True, slots=True)
class Range:
    """One stretch of the access index: a principal, one queue or all that is open, and what else must hold.

    `by` is the instant that orders it: what is due next, or since when it is late (only rows that can be late).
    """

    principal: str
    queue: str = ""
    more: Q | None = None
    by: str = SORT


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the instant that orders the list, and the matter, which breaks ties; sealed as a text."""

    at: datetime
    matter: int

    def __str__(self) -> str:
        micros = (self.at - _EPOCH) // timedelta(microseconds=1)
        return veiled.seal("cursor", struct.pack(">qq", micros, self.matter))

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """Return the cursor written in an address, or `None` for none or one that was tampered with."""
        plain = veiled.unseal("cursor", text) if 0 < len(text) <= 200 else None
        if plain is None or len(plain) != struct.calcsize(">qq"):
            return None
        micros, matter = struct.unpack(">qq", plain)
        return cls(_EPOCH + timedelta(microseconds=micros), matter)


@dataclass(frozen=True, slots=True)
class Page:
    """The ids of one page in order, and the cursor of the next page if there is one."""

    ids: tuple[int, ...]
    next: Cursor | None


def _rows(part: Range, hidden: Sequence[str]) -> QuerySet[Access]:
    rows = Access.objects.filter(principal=part.principal)
    if part.queue:
        rows = rows.filter(queue=part.queue)
    elif part.by == SORT:
        # `is_open IN (1)`, because SQLite takes a bare `is_open` for no condition on the index.
        rows = rows.filter(is_open__in=[True])
    if hidden:
        rows = rows.filter(not_hidden(hidden, "hidden"))
    return rows.filter(part.more) if part.more is not None else rows


#: Stands for the present instant in a statement that is built once and asked many times.
NOW = datetime(1971, 1, 1, tzinfo=UTC)
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its parameters, built once: instants given relative to `NOW` are filled in when it is asked."""

    sql: str
    params: tuple[Any, ...]
    moments: tuple[tuple[int, timedelta], ...]

    @classmethod
    def of(cls, sql: str, params: Sequence[Any]) -> Statement:
        """Keep a built statement; which parameters are instants around `NOW` is found once."""
        moments = []
        for place, value in enumerate(params):
            if isinstance(value, datetime) or (isinstance(value, str) and value[:2] == "19" and len(value) >= 19):
                with contextlib.suppress(ValueError):
                    shown = moment(datetime.fromisoformat(value) if isinstance(value, str) else value)
                    if shown < _OLDEST:
                        moments.append((place, shown - NOW))
        return cls(sql, tuple(params), tuple(moments))

    def at(self, now: datetime) -> list[Any]:
        """Return the parameters as they stand at an instant."""
        params = list(self.params)
        for place, shift in self.moments:
            params[place] = connection.ops.adapt_datetimefield_value(now + shift)
        return params


def union(parts: Sequence[QuerySet[Any, Any]]) -> tuple[str, list[Any]]:
    """Return the SQL and parameters of several querysets as one; equal rows come once."""
    # A sub-select each, because SQLite knows no LIMIT inside the parts of a compound.
    sql: list[str] = []
    params: list[Any] = []
    for rows in parts:
        text, given = rows.query.sql_with_params()
        sql.append(f"SELECT * FROM ({text}) AS part")
        params += given
    return " UNION ".join(sql), params


def page(
    ranges: Sequence[Range],
    hidden: Sequence[str],
    *,
    after: Cursor | None = None,
    limit: int = 50,
    newest: bool = False,
) -> Page:
    """Return one page over all ranges in order of what is due (one query); a matter in two ranges comes once.

    `hidden` are the viewer's own units: matters kept hidden from them are left out. `newest` turns the order round, as
    for what is closed, where the last one is looked for first.
    """
    made = page_statement(ranges, hidden, after=after, limit=limit, newest=newest)
    return read_page(made, limit=limit) if made is not None else Page((), None)


def page_statement(
    ranges: Sequence[Range],
    hidden: Sequence[str],
    *,
    after: Cursor | None = None,
    limit: int = 50,
    newest: bool = False,
) -> Statement | None:
    """Return the statement of a page, which may be kept and asked again; `None` for no ranges."""
    if not ranges:
        return None
    parts, beyond, minus, down = [], "lt" if newest else "gt", "-" if newest else "", " DESC" if newest else ""
    for part in ranges:
        rows = _rows(part, hidden)
        if after is not None:
            later = Q(**{f"{part.by}__{beyond}": after.at}) | Q(**{f"matter_id__{beyond}": after.matter})
            rows = rows.filter(**{f"{part.by}__{beyond}e": after.at}).filter(later)
        ordered = rows.order_by(f"{minus}{part.by}", f"{minus}matter_id")
        parts.append(ordered.values_list(part.by, "matter_id")[: limit + 1])
    sql, params = union(parts)
    return Statement.of(f"{sql} ORDER BY 1{down}, 2{down} LIMIT {limit + 1}", params)


def read_page(statement: Statement, *, now: datetime = NOW, limit: int = 50) -> Page:
    """Ask the statement of a page (one query)."""
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.at(now))
        found = cursor.fetchall()
    ids = tuple(row[1] for row in found[:limit])
    following = Cursor(moment(found[limit - 1][0]), ids[-1]) if len(found) > limit else None
    return Page(ids, following)


def counts_statement(
    shelves: Sequence[tuple[str, Sequence[Range]]], hidden: Sequence[str], *, cap: int = 100
) -> Statement | None:
    """Return the statement that counts what each shelf holds, at most `cap`, for all of them at once."""
    sql: list[str] = []
    params: list[Any] = []
    for name, ranges in shelves:
        if not ranges:
            continue
        parts = [_rows(part, hidden).order_by(part.by).values_list("matter_id")[:cap] for part in ranges]
        text, given = union(parts)
        sql.append(f"SELECT '{_plain(name)}' AS name, COUNT(*) AS n FROM ({text}) AS shelf")
        params += given
    return Statement.of(" UNION ALL ".join(sql), params) if sql else None


def read_counts(statement: Statement, *, now: datetime, cap: int = 100) -> dict[str, int]:
    """Ask how many matters each shelf holds (one query)."""
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.at(now))
        return {name: min(n, cap) for name, n in cursor.fetchall()}


def _plain(name: str) -> str:
    assert name.replace("_", "").isalnum(), name
    return name
