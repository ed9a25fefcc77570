"""The rows of registers, compared with what their entries say: every chain, every text, every column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from wuxiao.desk.publish import look as published
from wuxiao.desk.publish.acts import CALLED_IN
from wuxiao.desk.register import chain
from wuxiao.desk.register.shelf import Shelf, all_shelves, values_of
from wuxiao.records.models import Entry, Publication, Row, Words
from wuxiao.rules.book_model import Book
from wuxiao.rules.field import Field
from wuxiao.rules.publication import NAME as PUBLICATIONS
from wuxiao.rules.words import Text

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Held:
    """One row with everything that is kept of it."""

    row: Row
    shelf: Shelf | None
    part: Model | None
    entries: Sequence[Entry]
    words: Mapping[tuple[int, str], Words]

    @property
    def where(self) -> str:
        """What a break names it by."""
        return f"{self.row.register}:{self.row.code}"


def held() -> Iterator[Held]:
    """Yield every row of every register."""
    shelves = {one.name: one for one in all_shelves()}
    after = 0
    while True:
        rows = list(Row.objects.filter(pk__gt=after).order_by("pk")[:BATCH])
        if not rows:
            return
        after = rows[-1].pk
        ids = [row.pk for row in rows]
        entries: dict[int, list[Entry]] = {pk: [] for pk in ids}
        for entry in Entry.objects.filter(row_id__in=ids).order_by("row_id", "turn"):
            entries[entry.row_id or 0].append(entry)
        words: dict[int, dict[tuple[int, str], Words]] = {pk: {} for pk in ids}
        for one in Words.objects.filter(row_id__in=ids):
            words[one.row_id or 0][one.turn, one.field] = one
        parts: dict[int, Model] = {}
        for shelf in {row.register: shelves[row.register] for row in rows if row.register in shelves}.values():
            parts |= {part.pk: part for part in shelf.part._default_manager.filter(pk__in=ids)}
        parts |= {part.pk: part for part in Publication.objects.filter(pk__in=ids)}
        for row in rows:
            yield Held(row, shelves.get(row.register), parts.get(row.pk), entries[row.pk], words[row.pk])


def differences(one: Held, book: Book) -> Iterator[tuple[str, Text]]:
    """Yield where a row is not what its entries say: the column, and a sentence."""
    row = one.row
    sealed: dict[str, Any] = {}
    told: dict[str, int] = {}
    for entry in one.entries:
        sealed |= (entry.stand or {}).get(chain.TABLE, {}).get("1", {})
        told |= dict.fromkeys(entry.texts, entry.turn)
    for name, now in chain.fixed(row).items():
        if sealed.get(name) != now:
            yield _changed(name, name, sealed.get(name), now)
    if row.register == PUBLICATIONS:
        part = one.part if isinstance(one.part, Publication) else None
        called_in = any(entry.verb == CALLED_IN for entry in one.entries)
        for name, before, now in published.differences(row, part, sealed, one.words, called_in=called_in):
            yield _changed(name, name, before, now)
        return
    if one.shelf is None:
        return
    if one.part is None:
        yield one.shelf.name, Text("登记内容的一半不见了", "half of the row is gone")
        return
    values = values_of(one.shelf, row, one.part)
    for field in one.shelf.register.all_fields(book):
        value = values[field.name]
        if field.written:
            turn = told.get(field.name)
            words = one.words.get((turn, field.name)) if turn is not None else None
            if (words.text if words is not None else "") != field.typed(value):
                yield _of(field)
        elif sealed.get(field.name) != chain.sealed(value):
            yield _changed(field.name, field.label, sealed.get(field.name), value)
    if row.folded != chain.folded(row):
        yield "folded", Text("检索用的文字和内容对不上", "what is searched is not what the row says")


def _of(field: Field) -> tuple[str, Text]:
    return field.name, Text(
        f"“{field.label.zh}”（{field.name}）被改动，日志里没有记",
        f"“{field.label.en}” ({field.name}) was changed and no entry says so",
    )


def _changed(name: str, label: Text | str, before: Any, now: Any) -> tuple[str, Text]:
    words = label if isinstance(label, Text) else Text(label, label)
    old, new = ("—" if one is None or one == "" else str(one)[:80] for one in (before, now))
    return name, Text(
        f"“{words.zh}”（{name}）被改动：日志记的是{old}，现在是{new}",
        f"“{words.en}” ({name}) was changed: the diary says {old}, now it is {new}",
    )
