"""Inserting many rows with one prepared statement, for bulk intake only.

Django's `bulk_create` prepares each value of each row anew. Here the statement and the converters of a table are made
once, which halves the time an import holds SQLite's write lock (measured: 154 to 85 ms of CPU for 200 matters); and ids
are drawn beforehand, so that rows which point to one another can be finished before any of them is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models

from wuxiao.desk.base.put import columns, drawn, key
from wuxiao.records.sealed import Sealed

Adapt = Callable[[Any], Any]


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Return ids that no row has or will be given by the database; inside a transaction that writes."""
    table, pk = model._meta.db_table, str(key(model).column)
    if not drawn(model):
        raise TypeError(f"the keys of {table} are not drawn by the database but given with the rows")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # The write lock is held (transactions begin IMMEDIATE), so nobody draws between this and the insert.
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            row = cursor.fetchone()
            first = (row[0] if row else 0) + 1
            return list(range(first, first + count))
        draw = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
        cursor.execute(draw, [table, pk, count])
        return [row[0] for row in cursor.fetchall()]


def insert(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert rows of one table; those without an id are given theirs by the database (and are not told)."""
    if not rows:
        return
    with_id = rows[0].pk is not None
    statement, plan = _plan(model, with_id, connection.vendor)
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [tuple(adapt(getattr(row, name)) if adapt else getattr(row, name) for name, adapt in plan) for row in rows],
        )


@lru_cache(maxsize=32)
def _plan(model: type[models.Model], with_id: bool, vendor: str) -> tuple[str, tuple[tuple[str, Adapt | None], ...]]:
    fields = [f for f in columns(model) if with_id or not f.primary_key]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(f.column)) for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})"
    return statement, tuple((f.attname, _adapter(f)) for f in fields)


def _adapter(field: models.Field[Any, Any]) -> Adapt | None:
    if isinstance(field, models.JSONField | models.DateTimeField | Sealed):
        return lambda value: field.get_db_prep_save(value, connection)
    return None
