"""Putting new rows in by statements that are built once: most of the time of an insert goes into building its SQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model

from wuxiao.records import replayed

#: Kinds of fields whose values drivers take as they are.
_AS_THEY_ARE = {
    "CharField",
    "TextField",
    "BooleanField",
    "FloatField",
    "PositiveSmallIntegerField",
    "PositiveIntegerField",
    "ForeignKey",
    "OneToOneField",
}


def _lite_instant(value: datetime | None) -> str | None:
    # As Django writes it on SQLite: in UTC, without the zone.
    return None if value is None else str(value.astimezone(UTC).replace(tzinfo=None))


def _lite_json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def _turn(field: Field[Any, Any]) -> Callable[[Any], Any] | None:
    """Return how a value becomes what the driver takes; `None` where it is that already."""
    kind = field.get_internal_type()
    if kind in _AS_THEY_ARE:
        return None
    if connection.vendor == "sqlite" and kind == "DateTimeField":
        return _lite_instant
    if connection.vendor == "sqlite" and kind == "JSONField":
        return _lite_json
    if kind == "DateTimeField":
        return None
    return lambda value: field.get_db_prep_save(value, connection)


def columns(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    """Return the fields that have a column in the model's own table, the key among them.

    A proxy has no fields of its own: its columns are those of the table it looks at.
    """
    concrete = model._meta.concrete_model or model
    return tuple(concrete._meta.local_concrete_fields)


def key(model: type[Model]) -> Field[Any, Any]:
    """Return the primary key of the model's own table, whatever its name and kind."""
    concrete = model._meta.concrete_model or model
    found = concrete._meta.pk
    assert found is not None
    return found


def drawn(model: type[Model]) -> bool:
    """Whether the database draws the keys; where it does not (a part whose key is its case), they are written."""
    return isinstance(key(model), AutoField)


@lru_cache(maxsize=256)
def _statement(
    model: type[Model], count: int, ignore: bool
) -> tuple[str, tuple[tuple[str, Callable[[Any], Any] | None], ...]]:
    fields = tuple(f for f in columns(model) if not (f.primary_key and drawn(model)))
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(f.column)) for f in fields)
    marks = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * count)
    tail = " ON CONFLICT DO NOTHING" if ignore else ""
    table, pk = quote(model._meta.db_table), quote(str(key(model).column))
    return f"INSERT INTO {table} ({names}) VALUES {marks}{tail} RETURNING {pk}", tuple(
        (f.attname, _turn(f)) for f in fields
    )


@lru_cache(maxsize=512)
def _setting(
    model: type[Model], names: tuple[str, ...], unless: str
) -> tuple[str, tuple[tuple[str, Callable[[Any], Any] | None], ...]]:
    fields = {f.attname: f for f in columns(model)}
    quote = connection.ops.quote_name
    given = ", ".join(f"{quote(str(fields[name].column))} = %s" for name in names)
    pk = quote(str(key(model).column))
    sql = f"UPDATE {quote(model._meta.db_table)} SET {given} WHERE {pk} = %s AND {quote(unless)} = %s"
    return sql, tuple((name, _turn(fields[name])) for name in names)


def change(row: Model, names: Sequence[str], *, unless: str, was: Any, told: bool = False) -> bool:
    """Write some columns of a row whose column `unless` still is what it was; returns whether it did.

    `told` says that the entry that seals them (`diary.write(changed=)`) was written before.
    """
    sql, fields = _setting(type(row), tuple(names), unless)
    values = [getattr(row, name) if turn is None else turn(getattr(row, name)) for name, turn in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, row.pk, was])
        done = bool(cursor.rowcount)
    if done and not told:
        replayed.written([row], names)
    return done


def put(rows: Sequence[Model], *, ignore: bool = False) -> int:
    """Insert new rows of one table in one statement and give them their keys; returns how many went in.

    With `ignore` rows that meet a unique key already taken are left out (then no keys are given). Raises
    `IntegrityError` as a save would.
    """
    if not rows:
        return 0
    sql, fields = _statement(type(rows[0]), len(rows), ignore)
    values = [getattr(row, name) if turn is None else turn(getattr(row, name)) for row in rows for name, turn in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
    if not ignore:
        for row, (pk,) in zip(rows, found, strict=True):
            row.pk = pk
            row._state.adding = False
            row._state.db = connection.alias
        replayed.written(rows)
    return len(found)
