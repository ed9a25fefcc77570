"""Single matters as anyone may read them (Open311): which ones, and how much of each.

Published are everyday matters about places and services. Never: reports of wrongdoing, matters with danger, petitions,
disputes between people, police matters, complaints about a unit, anything where the requester is kept hidden. What is
published has no contact. Its words are published once a named person looked at them with the personal details hidden
and released them (`desk.released`); with them the street and a block of about a hundred metres. Until then the public
reads category and state, and of the place only what the rule of small numbers allows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from wuxiao.desk.matters import released
from wuxiao.desk.matters.released import public
from wuxiao.desk.town import books
from wuxiao.records.models import Matter
from wuxiao.rules.book_model import Book, Category
from wuxiao.rules.flow import STANDINGS, State
from wuxiao.rules.words import Text

CHANNEL = "open311"
WINDOW = timedelta(days=90)
#: Three decimals of a degree are about a hundred metres.
DECIMALS = 3
#: Two decimals are about a kilometre: all that is told while nobody has released the words.
WIDE = 2
#: The digits of the code of a sub-district or town, the widest place below the county.
LEAST_DIVISION = 9
MEDIA = "媒体链接(未下载):"
_OUTCOMES: Mapping[str, Text] = {
    "answered": Text("已答复并办结", "answered and closed"),
    "declined": Text("依法不予受理", "declined by law"),
    "merged": Text("与同一件事并案办理", "joined with an earlier report of the same thing"),
    "withdrawn": Text("诉求人撤回", "withdrawn by the requester"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One matter as the public may read it; instants are aware, coordinates WGS 84, rounded.

    `words` are the released ones (in the language they were written in), or before that the category and the place.
    """

    number: str
    closed: bool
    note: Text
    category: Category
    words: Text
    released: bool
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


def by_numbers(numbers: Sequence[str], *, at: datetime) -> list[Shown]:
    """Return the published matters among these numbers, in their order; others are as if they were not there."""
    book = books.current(at).book
    found = {row.number: row for row in public(book).select_related("address__street").filter(number__in=numbers)}
    return _shown([found[n] for n in dict.fromkeys(numbers) if n in found], book, at)


def page(wish: Wish, *, at: datetime) -> tuple[list[Shown], tuple[datetime, int] | None]:
    """Return published matters, the latest first, and where the next page starts, if there is one (five queries)."""
    book = books.current(at).book
    rows = public(book).filter(received_at__gte=wish.since, received_at__lte=wish.until)
    rows = rows.select_related("address__street")
    if wish.categories:
        rows = rows.filter(category__in=wish.categories)
    if wish.closed is not None:
        rows = rows.filter(state="closed") if wish.closed else rows.exclude(state="closed")
    if wish.after is not None:
        moment, pk = wish.after
        rows = rows.filter(received_at__lte=moment).filter(Q(received_at__lt=moment) | Q(pk__lt=pk))
    found = list(rows.order_by("-received_at", "-pk")[wish.skip : wish.skip + wish.limit + 1])
    more = found[wish.limit - 1] if len(found) > wish.limit else None
    return _shown(found[: wish.limit], book, at), (more.received_at, more.pk) if more else None


def _shown(rows: Sequence[Matter], book: Book, at: datetime) -> list[Shown]:
    words = released.texts([row.pk for row in rows])
    many = _many([row for row in rows if row.pk not in words], book, at)
    return [_one(row, words.get(row.pk), many, book, at) for row in rows]


@dataclass(frozen=True, slots=True)
class _Many:
    """The streets and divisions where enough matters became public of late that naming one points at nobody."""

    streets: frozenset[int] = frozenset()
    divisions: frozenset[str] = frozenset()


def _many(rows: Sequence[Matter], book: Book, at: datetime) -> _Many:
    """Ask once for all rows how many public matters their streets and divisions had within the window."""
    if not rows:
        return _Many()
    near = {row.division[:LEAST_DIVISION] for row in rows if row.division}
    asked = Q(pk__in=[])
    for division in near:
        asked |= Q(division__startswith=division)
    recent = public(book).filter(asked, received_at__gt=at - WINDOW, received_at__lte=at)
    counts = recent.order_by().values_list("division", "address__street_id").annotate(n=Count("pk"))
    streets: dict[int, int] = {}
    divisions: dict[str, int] = {}
    for division, street, n in counts:
        if street is not None:
            streets[street] = streets.get(street, 0) + n
        for size in range(LEAST_DIVISION, len(division) + 1, 3):
            divisions[division[:size]] = divisions.get(division[:size], 0) + n
    least = book.suppress_below
    return _Many(
        frozenset(street for street, n in streets.items() if n >= least),
        frozenset(division for division, n in divisions.items() if n >= least),
    )


def _one(row: Matter, words: str | None, many: _Many, book: Book, at: datetime) -> Shown:
    unit = book.units.get(row.holder)
    closed = row.state == "closed"
    note = _OUTCOMES.get(row.outcome) if closed else STANDINGS[State(row.state)].name
    category = book.categories[row.category]
    decimals: int | None = DECIMALS
    if words is not None:
        place = place_of(row, book)
        said = public_words(words)
        text = Text(said, said)
    else:
        place, decimals = _wide_place(row, many, book)
        text = _summary(category, place)
    return Shown(
        number=row.number,
        closed=closed,
        note=note or Text("已办结", "closed"),
        category=category,
        words=text,
        released=words is not None,
        unit=unit.name if unit else Text("", ""),
        requested_at=row.received_at,
        updated_at=(row.closed_at or row.changed_at) if closed else row.changed_at,
        expected_at=row.due_at,
        place=place,
        lat=round(row.lat, decimals) if row.lat is not None and decimals is not None else None,
        lon=round(row.lon, decimals) if row.lon is not None and decimals is not None else None,
        kind=row.kind,
        division=row.division if words is not None or row.division in many.divisions else "",
        late=not closed and row.answered_at is None and row.due_at is not None and at > row.due_at,
    )


def _summary(category: Category, place: Text) -> Text:
    """What is said of a matter whose words nobody released: its category and where it is, in the desk's own words."""
    zh, en = category.name.zh, category.name.en
    return Text(f"{zh}（{place.zh}）" if place.zh else zh, f"{en} ({place.en})" if place.en else en)


def public_words(words: str) -> str:
    """Return words whose personal details are hidden already without the links to their writer's pictures."""
    return "\n".join(line for line in words.splitlines() if not line.startswith(MEDIA)).strip()


def place_of(row: Matter, book: Book) -> Text:
    """The street of a standard address, then the division; what the requester wrote of the place is never public.

    For matters whose words a named person released: the place was on the same screen.
    """
    division = book.divisions.get(row.division)
    around = division.name if division else Text("", "")
    return _street(row, around) if row.address is not None else around


def streets(ids: Collection[int]) -> dict[int, str]:
    """Return the streets of those of these matters that stand at a standard address (one query)."""
    rows = Matter.objects.filter(pk__in=ids, address__isnull=False).values_list("pk", "address__street__name")
    return dict(rows)


def _street(row: Matter, around: Text) -> Text:
    assert row.address is not None
    street = row.address.street
    return Text(around.zh + street.name, ", ".join(p for p in (street.name_en or street.name, around.en) if p))


def _wide_place(row: Matter, many: _Many, book: Book) -> tuple[Text, int | None]:
    """The street or the division if enough matters are public there, else the next wider one, else nothing.

    Never what the requester wrote. Coordinates come with a street only, to a kilometre.
    """
    code = row.division
    while code and code not in many.divisions:
        code = code[:-3] if len(code) > LEAST_DIVISION else ""
    division = book.divisions.get(code)
    around = division.name if division else Text("", "")
    if row.address is not None and code == row.division and row.address.street_id in many.streets:
        return _street(row, around), WIDE
    return around, None
