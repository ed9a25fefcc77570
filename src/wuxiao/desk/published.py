"""Single matters as anyone may read them (Open311): which ones, and how much of each.

Published are everyday matters about places and services. Never: reports of wrongdoing, matters with danger, petitions,
disputes between people, police matters, complaints about a unit, anything where the requester is kept hidden. What is
published has no contact, its words are redacted by machine, its place is the street, its coordinates a block of about
a hundred metres. Words that no person here has looked at yet are published only if they came through Open311 itself,
whose users write for the public.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from wuxiao.desk import books, redaction
from wuxiao.reading.redact import redact
from wuxiao.records.models import Matter, Words
from wuxiao.rules.book_model import Book, Category
from wuxiao.rules.flow import STANDINGS, State
from wuxiao.rules.words import Text

CHANNEL = "open311"
KINDS = ("request", "hazard")
CLASSES = ("enquiry", "request", "complaint")
WINDOW = timedelta(days=90)
#: Three decimals of a degree are about a hundred metres.
DECIMALS = 3
MEDIA = "媒体链接(未下载):"
_DOOR = re.compile(
    r"[0-9零〇一二三四五六七八九十百]+\s*(?:号楼|号院|号|幢|栋|座|单元|室|楼|层|户|组|弄)|#\s*\d+|\b\d+[A-Za-z]?\b"
)
_OUTCOMES: Mapping[str, Text] = {
    "answered": Text("已答复并办结", "answered and closed"),
    "declined": Text("依法不予受理", "declined by law"),
    "merged": Text("与同一件事并案办理", "joined with an earlier report of the same thing"),
    "withdrawn": Text("诉求人撤回", "withdrawn by the requester"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One matter as the public may read it; instants are aware, coordinates WGS 84 rounded to a block."""

    number: str
    closed: bool
    note: Text
    category: Category
    words: str
    unit: Text
    requested_at: datetime
    updated_at: datetime
    expected_at: datetime | None
    place: Text
    lat: float | None
    lon: float | None
    kind: str
    division: str
    late: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the published matters; `after` is the (instant, id) the page before ended with."""

    since: datetime
    until: datetime
    categories: Collection[str] = ()
    closed: bool | None = None
    skip: int = 0
    limit: int = 50
    after: tuple[datetime, int] | None = None


def is_open(category: Category) -> bool:
    """Tell whether matters of a category may be published at all."""
    return (
        not category.police and not category.petition and category.kind in KINDS and category.handling_class in CLASSES
    )


def open_categories(book: Book) -> frozenset[str]:
    """Return the codes of all categories whose matters may be published."""
    return frozenset(code for code, category in book.categories.items() if is_open(category))


def _public(book: Book) -> QuerySet[Matter]:
    command = [u.code for u in book.units.values() if u.type == "police_command"]
    return (
        Matter.objects.filter(
            kind__in=KINDS,
            handling_class__in=CLASSES,
            petition=False,
            danger_open=False,
            shielded=False,
            hidden_unit="",
            category__in=open_categories(book),
        )
        .exclude(state=State.URGENT.value)
        .exclude(holder__in=command)
        .select_related("address__street")
    )


def by_numbers(numbers: Sequence[str], *, at: datetime) -> list[Shown]:
    """Return the published matters among these numbers, in their order; others are as if they were not there."""
    book = books.current(at).book
    found = {row.number: row for row in _public(book).filter(number__in=numbers)}
    return _shown([found[n] for n in dict.fromkeys(numbers) if n in found], book, at)


def page(wish: Wish, *, at: datetime) -> tuple[list[Shown], tuple[datetime, int] | None]:
    """Return published matters, the latest first, and where the next page starts, if there is one (four queries)."""
    book = books.current(at).book
    rows = _public(book).filter(received_at__gte=wish.since, received_at__lte=wish.until)
    if wish.categories:
        rows = rows.filter(category__in=wish.categories)
    if wish.closed is not None:
        rows = rows.filter(state="closed") if wish.closed else rows.exclude(state="closed")
    if wish.after is not None:
        moment, pk = wish.after
        rows = rows.filter(received_at__lte=moment).filter(Q(received_at__lt=moment) | Q(pk__lt=pk))
    found = list(rows.order_by("-received_at", "-pk")[wish.skip : wish.skip + wish.limit + 1])
    kept = [row for row in found[: wish.limit] if not row.danger]
    more = found[wish.limit - 1] if len(found) > wish.limit else None
    return _shown(kept, book, at), (more.received_at, more.pk) if more else None


def _shown(rows: Sequence[Matter], book: Book, at: datetime) -> list[Shown]:
    kept = [row for row in rows if not row.danger]
    readable = [row.pk for row in kept if row.accepted_at is not None or row.channel == CHANNEL]
    words = dict(
        Words.objects.filter(matter_id__in=readable, turn=1, field="words", erased_at__isnull=True).values_list(
            "matter_id", "text"
        )
    )
    public = redaction.public_texts(words)
    return [_one(row, public.get(row.pk, ""), book, at) for row in kept]


def _one(row: Matter, words: str, book: Book, at: datetime) -> Shown:
    unit = book.units.get(row.holder)
    closed = row.state == "closed"
    note = _OUTCOMES.get(row.outcome) if closed else STANDINGS[State(row.state)].name
    return Shown(
        number=row.number,
        closed=closed,
        note=note or Text("已办结", "closed"),
        category=book.categories[row.category],
        words=public_words(words),
        unit=unit.name if unit else Text("", ""),
        requested_at=row.received_at,
        updated_at=(row.closed_at or row.changed_at) if closed else row.changed_at,
        expected_at=row.due_at,
        place=_place(row, book),
        lat=round(row.lat, DECIMALS) if row.lat is not None else None,
        lon=round(row.lon, DECIMALS) if row.lon is not None else None,
        kind=row.kind,
        division=row.division,
        late=not closed and row.answered_at is None and row.due_at is not None and at > row.due_at,
    )


def public_words(words: str) -> str:
    """Return words whose personal details are hidden already without the links to their writer's pictures."""
    return "\n".join(line for line in words.splitlines() if not line.startswith(MEDIA)).strip()


def _place(row: Matter, book: Book) -> Text:
    """The street, or for Open311's own the place as written without door numbers; then the division."""
    division = book.divisions.get(row.division)
    around = division.name if division else Text("", "")
    if row.address is not None:
        street = row.address.street
        return Text(around.zh + street.name, ", ".join(p for p in (street.name_en or street.name, around.en) if p))
    if row.channel != CHANNEL or not row.place:
        return around
    written = _DOOR.sub("", redact(row.place).text).strip(" ,，、-")
    return Text(around.zh + written, ", ".join(part for part in (written, around.en) if part))
