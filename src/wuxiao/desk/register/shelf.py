"""Which registers the house keeps: a declaration and the table of its own columns, told once at the start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from wuxiao.desk.base import ask
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound
from wuxiao.records.models import Row
from wuxiao.rules.access import Power
from wuxiao.rules.book_model import Book, RowKind
from wuxiao.rules.field import Audience, Field, Kind
from wuxiao.rules.questions.form import QuestionSet
from wuxiao.rules.register import SPINE, Register, kinds_of


@dataclass(frozen=True, slots=True)
class Shelf:
    """One register with the table of its own columns; a column without a field, or a field without one, is refused.

    `page` names the address of a row's page for the public, `form` the set by which those who came answer about it, and
    `spoken` the fields that may carry further languages; `lives` those that begin at its rows. None is needed.
    """

    register: Register
    part: type[Model]
    page: str = ""
    form: QuestionSet | None = None
    spoken: tuple[str, ...] = ()
    lives: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Compare the declaration with the table."""
        columns = {f.name for f in self.part._meta.concrete_fields if not f.primary_key}
        fields = {one.name for one in self.register.fields}
        lacks = [f"the column “{name}” has no field in the register" for name in sorted(columns - fields)]
        lacks += [f"the field “{name}” has no column in {self.part.__name__}" for name in sorted(fields - columns)]
        if lacks:
            raise ValueError(f"{self.register.name}: {'; '.join(lacks)}")

    @property
    def name(self) -> str:
        """The name in addresses, rule books and rows."""
        return self.register.name

    def kinds(self, book: Book) -> Mapping[str, RowKind]:
        """Return the kinds of rows this town keeps."""
        return kinds_of(book, self.name)

    def asked(self, book: Book, kind: str) -> tuple[Field, ...]:
        """Return all fields a row of a kind is asked for, those of the spine first."""
        known = self.kinds(book).get(kind)
        own = self.register.own(known.like if known else kind)
        return (*self.register.all_fields(book)[: len(SPINE)], *own)

    def seen(self, book: Book, kind: str, by: Actor) -> tuple[Field, ...]:
        """Return the fields of a row of a kind that somebody sees."""
        return tuple(one for one in self.asked(book, kind) if one.why.seen is not Audience.KEEPERS or may_keep(by))


#: What a code may be made of: it stands in addresses and files.
CODE = re.compile(r"\w[\w.()-]{0,39}")
_installed: dict[str, Shelf] = {}


def install(shelves: Iterable[Shelf]) -> None:
    """Say which registers there are; once a process, at its start."""
    if _installed:
        raise RuntimeError("the registers were installed already")
    found = tuple(shelves)
    if len({one.name for one in found}) != len(found):
        raise ValueError("two registers have one name")
    _installed.update({one.name: one for one in found})


def all_shelves() -> tuple[Shelf, ...]:
    """Return every register the house knows, whether or not this town keeps it."""
    return tuple(_installed.values())


def kept(book: Book) -> tuple[Shelf, ...]:
    """Return the registers this town keeps: those its rule book has a section for."""
    return tuple(one for one in _installed.values() if one.kinds(book))


def of(name: str, book: Book) -> Shelf:
    """Return a register this town keeps; `NotFound` for any other."""
    shelf = _installed.get(name)
    if shelf is None or not shelf.kinds(book):
        raise NotFound
    return shelf


def known(name: str) -> Shelf:
    """Return a register the house knows, whether or not this town keeps it; `NotFound` for any other."""
    if name not in _installed:
        raise NotFound
    return _installed[name]


def find(shelf: Shelf, code: str, *, lock: bool = False) -> tuple[Row, Model]:
    """Return a row with its part by its code, locked for the caller's transaction if asked; `NotFound` for none."""
    row = ask.one(Row, lock=lock, register=shelf.name, code=code) if CODE.fullmatch(code) else None
    part = ask.one(shelf.part, row_id=row.pk) if row is not None else None
    if row is None or part is None:
        raise NotFound
    return row, part


def may_read(by: Actor) -> bool:
    """Whether somebody's posts open the registers."""
    return by.kind == "system" or (by.viewer is not None and Power.REGISTERS in by.viewer.powers)


def may_keep(by: Actor) -> bool:
    """Whether somebody's posts let them keep rows of registers at all; a machine does what its unit would."""
    if by.kind not in {"staff", "machine"} or not by.writes:
        return by.kind == "system"
    return by.viewer is not None and Power.KEEP_ROWS in by.viewer.powers


def may_keep_of(by: Actor, unit: str, kind: RowKind | None) -> bool:
    """Whether somebody may write a row: their unit keeps it, or answers for its kind."""
    if by.kind == "system":
        return True
    units = by.viewer.units if by.viewer is not None else frozenset()
    return may_keep(by) and (unit in units or (kind is not None and kind.unit in units))


def units_of(by: Actor, kind: RowKind | None, book: Book) -> tuple[str, ...]:
    """Return the units for which somebody may put rows of a kind in, in the order of the book."""
    return tuple(code for code in book.units if may_keep_of(by, code, kind))


# ------------------------------------------------------------------------------------------------------------ values


def values_of(shelf: Shelf, row: Row, part: Model | None) -> dict[str, Any]:
    """Return the values of a row by the names of its fields; empty is `None`."""
    found: dict[str, Any] = {name: getattr(row, name) for name in SPINE if name != "point"}
    found["point"] = None if row.lat is None or row.lon is None else (row.lat, row.lon)
    for one in shelf.register.fields:
        found[one.name] = getattr(part, one.name) if part is not None else None
    return {name: None if value == "" else value for name, value in found.items()}


def set_values(shelf: Shelf, row: Row, part: Model, values: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Put values into a row and its part; returns the columns of each that were set."""
    own = {one.name: one for one in shelf.register.fields}
    of_row: list[str] = []
    of_part: list[str] = []
    for name, value in values.items():
        if name == "point":
            row.lat, row.lon = value if value is not None else (None, None)
            of_row += ["lat", "lon"]
        elif name in own:
            setattr(part, name, empty(own[name]) if value is None else value)
            of_part.append(name)
        else:
            setattr(row, name, "" if value is None and name != "valid_from" else value)
            of_row.append(name)
    return of_row, of_part


def empty(one: Field) -> Any:
    """Return what a column holds for nothing."""
    return None if one.kind in {Kind.NUMBER, Kind.DATE, Kind.YES} else ""
