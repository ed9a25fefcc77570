"""What pages, sheets and machines ask of a register: its list, one row with its history, and how good its data is."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from wuxiao.desk.base import veiled
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.base.put import put
from wuxiao.desk.diary import diary
from wuxiao.desk.figures.count import whole
from wuxiao.desk.register import chain
from wuxiao.desk.register.acts import note_read
from wuxiao.desk.register.answers import APART
from wuxiao.desk.register.shelf import Shelf, find, may_keep, may_keep_of, may_read, of, values_of
from wuxiao.desk.town import books
from wuxiao.reading.tokens import fold
from wuxiao.records.models import Entry, Once, Row, Words
from wuxiao.rules.book_model import Book, RowKind
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.field import Field
from wuxiao.rules.measures.quality import YEAR, names, of_register
from wuxiao.rules.register import RowState, due_at, over_before
from wuxiao.rules.words import Text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: What was done to a row, in words.
VERBS: Mapping[str, Text] = {
    "put_in": Text("登记", "put in"),
    "change_row": Text("更改", "changed"),
    "confirm_row": Text("核对无误", "looked at and right"),
    "end_row": Text("销册", "ended"),
    "revive_row": Text("恢复在册", "taken up again"),
    "retire": Text("按保存期删除内容", "emptied, its time was over"),
    "read": Text("查看个人信息", "personal data read"),
    "print_paper": Text("打印文书", "a paper printed"),
    "enter_foreign": Text("录入外文", "entered in another language"),
    "read_foreign": Text("外文由第二人读过", "read in that language by a second person"),
}
#: Days before a row is due in which it stands on the list of what is due next.
SOON = 14
LIMIT = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; `fresh` is `dormant` (over its time), `soon` (due within two weeks) or empty.

    `area` is a stretch of the map: south, west, north, east in degrees; rows without a position are not in it.
    """

    kind: str = ""
    division: str = ""
    unit: str = ""
    words: str = ""
    fresh: str = ""
    ended: bool = False
    area: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows in order, and where the next begins."""

    rows: Sequence[Row]
    next: str


def _must_read(by: Actor) -> None:
    if not may_read(by):
        raise Refused(Text("您的岗位不看登记册。", "Your post does not open registers."), "registers")


def _after(text: str) -> tuple[datetime, int] | None:
    plain = veiled.unseal("row", text) if 0 < len(text) <= 200 else None
    if plain is None or len(plain) != struct.calcsize(">qq"):
        return None
    micros, pk = struct.unpack(">qq", plain)
    return _EPOCH + timedelta(microseconds=micros), pk


def is_cursor(text: str) -> bool:
    """Whether a text is the `next` of some page."""
    return _after(text) is not None


def _cursor(row: Row) -> str:
    return veiled.seal("row", struct.pack(">qq", (row.checked_at - _EPOCH) // timedelta(microseconds=1), row.pk))


def _due(kinds: Mapping[str, RowKind], at: datetime, *, soon: bool = False) -> Q:
    """The condition that a row is over its time, or `soon` will be: each kind has its own cycle."""
    cycles: dict[tuple[datetime, datetime], list[str]] = {}
    for code, kind in kinds.items():
        spans = over_before(kind, at), over_before(kind, at + timedelta(days=SOON))
        cycles.setdefault(spans, []).append(code)
    found = Q(pk__in=())
    for (over, then), codes in cycles.items():
        when = Q(checked_at__gte=over, checked_at__lt=then) if soon else Q(checked_at__lt=over)
        found |= Q(kind__in=codes) & when
    return found


def _rows(shelf: Shelf, wanted: Wanted, book: Book, at: datetime) -> QuerySet[Row]:
    state = RowState.ENDED if wanted.ended else RowState.LIVE
    rows = Row.objects.filter(register=shelf.name, state=state.value)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.unit:
        rows = rows.filter(unit=wanted.unit)
    if wanted.division:
        rows = rows.filter(division__startswith=wanted.division)
    if wanted.area is not None:
        south, west, north, east = wanted.area
        rows = rows.filter(lat__gte=south, lat__lte=north, lon__gte=west, lon__lte=east)
    if wanted.fresh == "dormant":
        rows = rows.filter(_due(shelf.kinds(book), at))
    elif wanted.fresh == "soon":
        rows = rows.filter(_due(shelf.kinds(book), at, soon=True))
    for word in wanted.words.split():
        if folded := fold(word):
            rows = rows.filter(folded__contains=folded)
    return rows


def page(name: str, wanted: Wanted, *, by: Actor, at: datetime, after: str = "", limit: int = LIMIT) -> Page:
    """Return a page of a register (one query): as they were put in, or what is due the longest first."""
    _must_read(by)
    book = books.current(at).book
    shelf = of(name, book)
    rows = _rows(shelf, wanted, book, at)
    from_here = _after(after)
    if wanted.fresh:
        if from_here is not None:
            moment, pk = from_here
            rows = rows.filter(checked_at__gte=moment).filter(Q(checked_at__gt=moment) | Q(pk__gt=pk))
        rows = rows.order_by("checked_at", "id")
    else:
        if from_here is not None:
            rows = rows.filter(pk__gt=from_here[1])
        rows = rows.order_by("id")
    found = list(rows[: limit + 1])
    return Page(found[:limit], _cursor(found[limit - 1]) if len(found) > limit else "")


def values_of_many(shelf: Shelf, rows: Sequence[Row]) -> dict[int, dict[str, Any]]:
    """Return the values of many rows by their ids (one query); whoever shows them leaves out what is not for lists."""
    parts = {part.pk: part for part in shelf.part._default_manager.filter(pk__in=[row.pk for row in rows])}
    return {row.pk: values_of(shelf, row, parts.get(row.pk)) for row in rows}


def note_list(shelf: Shelf, *, by: Actor, at: datetime) -> None:
    """Write into the town's diary that a machine reads a register: once a key, register and day."""
    day = at.astimezone(SHANGHAI).date()
    row = Once(key=f"rows:{shelf.name}:{by.name}:{day}"[:120], digest="", at=at)
    with transaction.atomic():
        if put([row], ignore=True):
            facts = {"register": shelf.name, "name": by.name}
            diary.write_town("read_rows", by=by, at=at, facts=facts)


def count(name: str, wanted: Wanted, *, by: Actor, at: datetime) -> int:
    """Return how many rows a list holds."""
    _must_read(by)
    book = books.current(at).book
    return _rows(of(name, book), wanted, book, at).count()


# -------------------------------------------------------------------------------------------------------------- a row


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a row's history: what was done, when, by whom, and what became what."""

    verb: str
    at: datetime
    who: str
    unit: str
    why: str
    changes: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class View:
    """One row as somebody sees it."""

    row: Row
    shelf: Shelf
    kind: RowKind | None
    values: Mapping[str, Any]
    fields: Sequence[Field]
    history: Sequence[Line]
    due: datetime | None
    may_keep: bool


def view(name: str, code: str, *, by: Actor, at: datetime) -> View:
    """Return one row with its history; if personal data is in it, that it was read is written down first."""
    _must_read(by)
    book = books.current(at).book
    shelf = of(name, book)
    row, part = find(shelf, code)
    fields = shelf.seen(book, row.kind, by)
    kind = shelf.kinds(book).get(row.kind)
    values = values_of(shelf, row, part)
    if private := [one.name for one in fields if one.private and values[one.name] is not None]:
        note_read(shelf, row, private, by=by, at=at)
    return View(
        row=row,
        shelf=shelf,
        kind=kind,
        values={one.name: values[one.name] for one in fields},
        fields=fields,
        history=history(shelf, row, by=by, book=book),
        due=due_at(kind, row.checked_at) if row.state == RowState.LIVE else None,
        may_keep=may_keep_of(by, row.unit, kind),
    )


def history(shelf: Shelf, row: Row, *, by: Actor, book: Book) -> tuple[Line, ...]:
    """Return what was done to a row, the newest first: who, when, from what to what (two queries)."""
    entries = list(Entry.objects.filter(row_id=row.pk).exclude(verb__in=APART).order_by("turn"))
    words = {
        (turn, name): (text, erased is not None)
        for turn, name, text, erased in Words.objects.filter(row_id=row.pk).values_list(
            "turn", "field", "text", "erased_at"
        )
    }
    hidden = () if may_keep(by) else {f.name for f in shelf.register.fields if f.why.seen.value == "keepers"}
    known = [f for f in shelf.register.all_fields(book) if f.name not in hidden]
    stood: dict[str, Any] = {}
    lines = []
    for entry in entries:
        held = (entry.stand or {}).get(chain.TABLE, {}).get("1", {})
        changes = []
        for one in known:
            if one.name in entry.texts:
                text, erased = words.get((entry.turn, one.name), ("", True))
                value = _ERASED if erased else text or None
            elif one.name in held:
                value = held[one.name]
            else:
                continue
            if entry.verb != "put_in":
                changes.append(_said(one, stood.get(one.name), value, book))
            stood[one.name] = value
        who = (entry.stand or {}).get("who", "") or str(entry.facts.get("who", ""))
        lines.append(Line(entry.verb, entry.at, who, entry.unit, str(entry.facts.get("why", "")), tuple(changes)))
    return tuple(reversed(lines))


_ERASED = object()
_GONE = Text("（内容已删除）", "(erased)")


def _said(one: Field, before: Any, after: Any, book: Book) -> Text:
    if before is _ERASED or after is _ERASED:
        return Text(f"{one.label.zh}{_GONE.zh}", f"{one.label.en} {_GONE.en}")
    return one.sentence(before, after, book)


# ------------------------------------------------------------------------------------------------------------ quality


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with how many it is of; `None` of nothing."""

    part: int
    n: int

    @property
    def share(self) -> float | None:
        """The share, `None` where there is nothing to share."""
        return self.part / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a register's data is: filled of what is asked, right of what was looked at, looked at of what there is.

    `fields` says of each field how often it is filled; those hardly ever filled may not be needed (minimisation).
    """

    complete: Rate
    accurate: Rate
    used: Rate
    dormant: Rate
    fields: Sequence[tuple[Field, Rate]]


def quality(name: str, *, by: Actor, at: datetime) -> Quality:
    """Return the rates of completeness, accuracy and use of the rows in a register, counted by the database."""
    _must_read(by)
    book = books.current(at).book
    shelf = of(name, book)
    measures = of_register(shelf.register, shelf.part.__name__)
    counts = dict.fromkeys(count for one in measures for count in (*one.k, *one.n))
    # What was done at this very instant was done.
    since, until = at - timedelta(days=YEAR), at + timedelta(microseconds=1)
    found = whole((one for one in counts if one.when is not None), since, until, book=book)
    found += whole((one for one in counts if one.when is None), at, at, book=book)
    complete, accurate, used, dormant = (Rate(*one.pair(found)) for one in measures)
    filled = {name: Rate(found.get(f"has_{name}", 0), found.get(f"asked_{name}", 0)) for name in names(shelf.register)}
    fields = [(f, filled[f.name]) for f in shelf.register.all_fields(book) if filled[f.name].n]
    return Quality(complete=complete, accurate=accurate, used=used, dormant=dormant, fields=fields)
