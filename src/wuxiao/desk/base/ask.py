"""Asking for one row by statements that are built once: most of the time of a small question goes into building it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model
from django.utils.dateparse import parse_datetime

Row = TypeVar("Row", bound=Model)
Many = TypeVar("Many", bound=Model)
_Shape = tuple[tuple[str, ...], tuple[tuple[int, tuple[Callable[[Any], Any], ...]], ...]]


def _converters(field: Field[Any, Any], table: str) -> tuple[Callable[[Any], Any], ...]:
    column = field.get_col(table)
    found = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
    return tuple(lambda value, turn=turn: turn(value, column, connection) for turn in found)


@lru_cache(maxsize=64)
def _shape(model: type[Model], vendor: str) -> _Shape:
    fields = model._meta.concrete_fields
    turns = [(n, _converters(f, model._meta.db_table)) for n, f in enumerate(fields)]
    return tuple(f.attname for f in fields), tuple((n, found) for n, found in turns if found)


def _columns(model: type[Model]) -> str:
    quote = connection.ops.quote_name
    return ", ".join(f"{quote(model._meta.db_table)}.{quote(str(f.column))}" for f in model._meta.concrete_fields)


def _only(model: type[Model]) -> list[str]:
    """What sets the rows of a proxy apart from the others of its table: words of the code, never of a person."""
    only: dict[str, str] = getattr(model, "ONLY", {})
    quote = connection.ops.quote_name
    assert all(word.isidentifier() for word in only.values())
    return [f"{quote(model._meta.db_table)}.{quote(name)} = '{word}'" for name, word in sorted(only.items())]


@lru_cache(maxsize=64)
def _select(model: type[Model], names: tuple[str, ...], vendor: str, tail: str) -> str:
    quote = connection.ops.quote_name
    parts = [f"{quote(str(model._meta.get_field(name).column))} = %s" for name in names]  # type: ignore[union-attr]
    where = " AND ".join([*parts, *_only(model)])
    asked = f"WHERE {where} " if where else ""
    return f"SELECT {_columns(model)} FROM {quote(model._meta.db_table)} {asked}{tail}"


def _key(model: type[Model]) -> str:
    assert model._meta.pk is not None
    return connection.ops.quote_name(str(model._meta.pk.column))


@lru_cache(maxsize=16)
def _with(model: type[Model], many: type[Model], link: str, vendor: str) -> str:
    quote = connection.ops.quote_name
    one, other = quote(model._meta.db_table), quote(many._meta.db_table)
    pk = f"{one}.{_key(model)}"
    return (
        f"SELECT {_columns(model)}, {_columns(many)} FROM {one} LEFT JOIN {other} ON {other}.{quote(link)} = {pk} "
        f"WHERE {' AND '.join([f'{pk} = %s', *_only(model)])} ORDER BY {other}.{_key(many)}"
    )


def _made(model: type[Row], values: Sequence[Any]) -> Row:
    names, turns = _shape(model, connection.vendor)
    row = list(values)
    for place, found in turns:
        for turn in found:
            row[place] = turn(row[place])
    return model.from_db(connection.alias, names, row)


def _asked(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def one(model: type[Row], *, lock: bool = False, **where: Any) -> Row | None:
    """Return a row whose columns equal the values given (plain texts and numbers), or `None` (one query).

    With `lock` nobody else changes it before the caller's transaction ends (SQLite locks the whole database anyway).
    """
    tail = "LIMIT 1 FOR UPDATE" if lock and connection.vendor != "sqlite" else "LIMIT 1"
    found = _asked(_select(model, tuple(where), connection.vendor, tail), list(where.values()))
    return _made(model, found[0]) if found else None


def many(model: type[Row], **where: Any) -> list[Row]:
    """Return the rows whose columns equal the values given, by key (one query)."""
    tail = f"ORDER BY {_key(model)}"
    found = _asked(_select(model, tuple(where), connection.vendor, tail), list(where.values()))
    return [_made(model, row) for row in found]


def one_with(model: type[Row], many: type[Many], link: str, pk: int) -> tuple[Row, list[Many]] | None:
    """Return the row of a key with the rows of another table that point to it by `link`, or `None` (one query)."""
    found = _asked(_with(model, many, link, connection.vendor), [pk])
    if not found:
        return None
    width = len(_shape(model, connection.vendor)[0])
    # An outer join: a row without any has one line of nothing.
    key = [f.primary_key for f in many._meta.concrete_fields].index(True)
    return _made(model, found[0][:width]), [_made(many, r[width:]) for r in found if r[width + key] is not None]


def moment(value: datetime | str) -> datetime:
    """Return an instant as the database gave it, text on SQLite, with its zone."""
    found = parse_datetime(value) if isinstance(value, str) else value
    assert found is not None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
