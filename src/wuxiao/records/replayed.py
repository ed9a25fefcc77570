"""Rows that the diary must know: what changes in them waits, in the same transaction, for the entry that seals it.

A table says with `Replayed` that its columns are replayable: the newest value an entry sealed is the value the row must
hold. Every way of writing such a row (`save`, `create`, `update`, `bulk_create`, `delete`, and the statements of
`desk.put` and `desk.bulk`) leaves a `Change` with the transaction; `desk.diary` takes the changes of a matter into its
next entry. A change rolled back is gone with its savepoint. One that reaches the commit without an entry is logged as
a fault of the program, and `wuxiao verify` finds it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any, ClassVar, TypeVar

from django.db import connection, models, transaction

log = logging.getLogger("wuxiao.diary")
#: Stands in place of the values of a row that was taken away.
GONE = "gone"
Row = TypeVar("Row", bound=models.Model)


class Change:
    """Some columns of one row as they were just written, waiting for the entry that seals them."""

    __slots__ = ("matter", "row", "sealed", "table", "values")

    def __init__(self, matter: int, table: str, row: str, values: dict[str, Any]) -> None:
        self.matter, self.table, self.row, self.values = matter, table, row, values
        self.sealed = False

    def __call__(self) -> None:
        """Called at the commit: a change that no entry sealed is a fault."""
        if not self.sealed:
            log.error("matter %s: %s %s changed without an entry", self.matter, self.table, sorted(self.values))


def plain(value: Any) -> Any:
    """Return a value as the seal writes it: instants in UTC, days as they are written, the rest as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def columns(model: type[models.Model]) -> tuple[str, ...]:
    """Return the columns of a table that entries seal."""
    found: tuple[str, ...] | None = _COLUMNS.get(model)
    if found is None:
        outside: frozenset[str] = getattr(model, "OUTSIDE", frozenset())
        names = (f.attname for f in model._meta.concrete_fields)
        found = _COLUMNS[model] = tuple(n for n in names if n not in outside and n not in {"id", "matter_id"})
    return found


_COLUMNS: dict[type[models.Model], tuple[str, ...]] = {}


def _column(model: type[models.Model], name: str) -> str:
    found: str = getattr(model._meta.get_field(name), "attname", name)
    return found


def of_row(row: models.Model, names: Iterable[str] | None = None) -> dict[str, Any]:
    """Return what an entry seals of a row, of all its columns or of some."""
    known = columns(type(row))
    return {n: plain(getattr(row, n)) for n in (known if names is None else names) if n in known}


def key(row: models.Model) -> str:
    """Return the name of a row inside its matter."""
    return row_key(type(row), row.pk)


def row_key(model: type[models.Model], pk: int) -> str:
    """Return the name of a row of a table inside its matter: its id, or "1" where a matter has only one."""
    return "1" if getattr(model, "ONE", False) else str(pk)


def _matter_of(row: models.Model) -> int:
    name = "pk" if getattr(row, "SEALED", "") == "matter" else "matter_id"
    found: int = getattr(row, name)
    return found


def note(matter: int, table: str, row: str, values: dict[str, Any]) -> None:
    """Leave a change with the transaction."""
    if values and not _same.get():
        transaction.on_commit(Change(matter, table, row, values), robust=True)


@contextlib.contextmanager
def same() -> Iterator[None]:
    """Note nothing of what is written inside: the values stay, only how they lie on the disk changes (a new key)."""
    token = _same.set(True)
    try:
        yield
    finally:
        _same.reset(token)


_same: ContextVar[bool] = ContextVar("same", default=False)


def written(rows: Sequence[models.Model], names: Iterable[str] | None = None) -> None:
    """Note rows that were written by a statement of our own; nothing happens for tables that are not sealed."""
    if rows and (table := getattr(type(rows[0]), "SEALED", "")):
        for row in rows:
            note(_matter_of(row), table, key(row), of_row(row, names))


def waiting(matter: int | None = None) -> list[Change]:
    """Return the changes of this transaction that no entry has sealed yet, of one matter or of all."""
    found = [f for _, f, *_ in connection.run_on_commit if isinstance(f, Change) and not f.sealed]
    return [c for c in found if matter is None or c.matter == matter]


class ReplayedRows(models.QuerySet[Row]):
    """Rows whose changes wait for an entry, however many one statement writes."""

    def update(self, **values: Any) -> int:
        """Write the rows and note what was written, in one statement that says which rows it met."""
        known = columns(self.model)
        named = {_column(self.model, name): value for name, value in values.items()}
        wanted = {n: plain(v.pk if isinstance(v, models.Model) else v) for n, v in named.items() if n in known}
        if not wanted:
            return super().update(**values)
        if any(hasattr(v, "resolve_expression") for v in wanted.values()):
            raise TypeError(f"{sorted(wanted)}: a sealed column takes a value, not an expression")
        with transaction.atomic(using=self.db, savepoint=False):
            return self._update_told(values, wanted)

    update.alters_data = True  # type: ignore[attr-defined]

    def _update_told(self, values: dict[str, Any], wanted: dict[str, Any]) -> int:
        model = self.model
        named = getattr(model, "SEALED", "")
        of = "pk" if named == "matter" else "matter_id"
        rows = list(self.select_for_update().order_by("pk").values_list("pk", of)) if self._crosses() else None
        if rows is None:
            query = self.query.chain(models.sql.UpdateQuery)
            query.add_update_values(values)  # type: ignore[attr-defined]
            query.annotations = {}
            sql, params = query.get_compiler(self.db).as_sql()
            quote = connection.ops.quote_name
            second = "id" if named == "matter" else "matter_id"
            with connection.cursor() as cursor:
                cursor.execute(f"{sql} RETURNING {quote('id')}, {quote(second)}", params)
                rows = cursor.fetchall()
            self._result_cache = None
        elif rows:
            models.QuerySet(model, using=self.db).filter(pk__in=[pk for pk, _ in rows]).update(**values)
        for pk, matter in rows:
            note(matter, named, row_key(model, pk), dict(wanted))
        return len(rows)

    def _crosses(self) -> bool:
        """Whether the rows are chosen through another table, which an UPDATE that returns rows cannot say."""
        return len([a for a, n in self.query.alias_refcount.items() if n]) > 1 or self.query.is_sliced

    def bulk_create(self, objs: Iterable[Row], *args: Any, **more: Any) -> list[Row]:
        """Insert rows and note them."""
        made = super().bulk_create(objs, *args, **more)
        written(made)
        return made

    def bulk_update(self, objs: Iterable[Row], fields: Iterable[str], *args: Any, **more: Any) -> int:
        """Refused: it takes expressions, and no verb needs it."""
        raise TypeError("write sealed rows with update() or save()")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Take rows away and note it."""
        for row in self:
            note(_matter_of(row), row.SEALED, key(row), {GONE: True})  # type: ignore[attr-defined]
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class Replayed(models.Model):
    """A table whose rows the diary can replay.

    `SEALED` is its name in the seal. `OUTSIDE` names the columns that no entry holds (the reasons stand beside them),
    `HASHED` those that hold what a person wrote: only their salted hash is sealed, and empty stays empty. `SALTED` are
    hashed with a salt of the row's own, erased with what they hold, because they could be guessed. `ONE` says that a
    matter has one such row at most.
    """

    SEALED: ClassVar[str] = ""
    OUTSIDE: ClassVar[frozenset[str]] = frozenset()
    HASHED: ClassVar[frozenset[str]] = frozenset()
    SALTED: ClassVar[frozenset[str]] = frozenset()
    ONE: ClassVar[bool] = False
    objects: ClassVar[models.Manager[Any]] = models.Manager.from_queryset(ReplayedRows)()

    class Meta:
        abstract = True

    def save(self, *args: Any, **more: Any) -> None:
        """Write the row and note what was written."""
        super().save(*args, **more)
        names = more.get("update_fields")
        given = None if names is None else [_column(type(self), name) for name in names]
        note(_matter_of(self), self.SEALED, key(self), of_row(self, given))

    def delete(self, *args: Any, **more: Any) -> tuple[int, dict[str, int]]:
        """Take the row away and note it."""
        note(_matter_of(self), self.SEALED, key(self), {GONE: True})
        return super().delete(*args, **more)


class OwnColumns(Replayed):
    """The columns a life has beside those of every case: one row a case, sealed with it.

    What they hold are codes, numbers and days; what people write stands in `Words`. `FATES` says of each column that
    can hold a text what becomes of it when somebody's data is erased; every table of a subject may say so.
    """

    ONE: ClassVar[bool] = True
    FATES: ClassVar[Mapping[str, str]] = {}

    matter = models.OneToOneField("records.Case", on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.SEALED}:{_matter_of(self)}"


def tables() -> dict[str, type[Replayed]]:
    """Return the tables that entries replay, by their names in the seal."""
    every = (*Replayed.__subclasses__(), *OwnColumns.__subclasses__())
    return {one.SEALED: one for one in every if not one._meta.abstract}
