"""Which measures there are: told once at the start, each compared with the tables it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models

from wuxiao.desk.figures.count import field_of, model
from wuxiao.rules.book_model import Book
from wuxiao.rules.measures import Measure
from wuxiao.rules.measures.counted import Count, Source, Standing, columns

#: Tables of persons: whatever leads to a row of one of them leads to somebody.
PERSONS = frozenset({"Staff", "Contact", "Post"})
_installed: dict[str, Measure] = {}


def install(measures: Iterable[Measure]) -> None:
    """Say which measures there are; once a process, at its start. `ValueError` for one that does not fit its tables."""
    if _installed:
        raise RuntimeError("the measures were installed already")
    found: dict[str, Measure] = {}
    for one in measures:
        if one.code in found:
            raise ValueError(f"two measures have one name: {one.code}")
        check(one)
        found[one.code] = one
    _installed.update(found)


@contextmanager
def beside(one: Measure) -> Iterator[None]:
    """Have one more measure inside this block: for trying one out before the town counts it."""
    if one.code in _installed:
        raise ValueError(f"two measures have one name: {one.code}")
    check(one)
    _installed[one.code] = one
    try:
        yield
    finally:
        del _installed[one.code]


def every() -> tuple[Measure, ...]:
    """Return all measures, those of matters first, then by subject."""
    return tuple(_installed.values())


def kept(book: Book, *, public: bool | None = None) -> tuple[Measure, ...]:
    """Return the measures a town has, as its book keeps what they count; only the public or the other ones if asked."""
    return tuple(one for one in every() if _keeps(one.source, book) and (public is None or one.public is public))


def _keeps(source: Source, book: Book) -> bool:
    where, _, name = source.section.partition(".")
    return not where or name in (book.lives if where == "lives" else book.registers)


def check(one: Measure) -> None:
    """Compare a measure with the tables it reads.

    `ValueError` for a column that is not there, and for one that leads to a person or holds what somebody wrote.
    """
    for count in (*one.k, *one.n):
        table = model(count.of.table)
        for column in _columns(count):
            beside_it = count.of.beside.get(column)
            _check(one, model(beside_it.table), beside_it.column) if beside_it else _check(one, table, column)


def _columns(count: Count) -> Iterator[str]:
    source = count.of
    yield from columns(source.only)
    yield from columns(count.among)
    yield from (column for column in (*(one.column for one in source.dimensions), count.each) if column)
    if not callable(count.where):
        yield from columns(count.where)
    if isinstance(count.when, Standing):
        yield from (*count.when.since, *count.when.until, *columns(count.when.open))
    elif count.when is not None:
        yield count.when


def _check(one: Measure, table: type[models.Model], path: str) -> None:
    here: Any = table
    for part in path.split("__"):
        found = field_of(here, part)
        if found.is_relation:
            here = found.related_model
            if here.__name__ in PERSONS:
                raise ValueError(f"{one.code}: {path} leads to a person, and no figure is about one")
        elif isinstance(found, models.JSONField):
            return
        elif isinstance(found, models.TextField) and part != "hidden_units":
            raise ValueError(f"{one.code}: {path} holds what somebody wrote, and no figure reads that")
