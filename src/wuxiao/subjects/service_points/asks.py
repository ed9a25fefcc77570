"""What the public is told of service points: the list, the nearest, one card, and what those who came say of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.register import answers, foreign, shelf
from wuxiao.desk.register.acts import today
from wuxiao.desk.register.foreign import Foreign
from wuxiao.desk.register.shelf import Shelf
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Row, ServicePoint
from wuxiao.rules.book_model import Book, RowKind
from wuxiao.rules.calendar import opening
from wuxiao.rules.calendar.opening import Opening, Standing, standing
from wuxiao.rules.measures import Share
from wuxiao.rules.questions.form import Question
from wuxiao.rules.questions.tally import Tally, tallies
from wuxiao.rules.register import RowState
from wuxiao.rules.words import Text
from wuxiao.subjects.service_points.measures import SATISFIED_MEASURE
from wuxiao.subjects.service_points.rating import LEVEL, RATING, SATISFIED, VERSIONS
from wuxiao.subjects.service_points.rules import NAME

MOST = 500
_EARTH = 6_371_000.0


@dataclass(frozen=True, slots=True)
class Point:
    """One service point as the public sees it; `metres` from the place that was asked, if one was."""

    row: Row
    part: ServicePoint
    kind: RowKind
    opening: Opening
    standing: Standing
    metres: float | None = None

    @property
    def title(self) -> Text:
        """Its name in both languages; the Chinese where there is no other."""
        return Text(self.row.title, self.part.title_en or self.row.title)


def kept(book: Book) -> Shelf:
    """Return the register of service points; `NotFound` in a town that keeps none."""
    return shelf.of(NAME, book)


def has_points(book: Book) -> bool:
    """Whether this town keeps service points."""
    return bool(shelf.known(NAME).kinds(book))


def hours_of(part: ServicePoint) -> Opening:
    """Return when a point is open."""
    return Opening(opening.read(part.hours), part.holidays == "usual", part.opens_on, part.shut_from, part.shut_to)


def points(
    *,
    at: datetime,
    kind: str = "",
    service: str = "",
    speaks: str = "",
    division: str = "",
    open_now: bool = False,
    near: tuple[float, float] | None = None,
) -> list[Point]:
    """Return the points in the register (one query): by division and name, or the nearest first; no place, no distance.

    Points without a position come last where a place is asked.
    """
    rules = books.current(at)
    kinds = kept(rules.book).kinds(rules.book)
    rows = ServicePoint.objects.filter(row__register=NAME, row__state=RowState.LIVE.value).select_related("row")
    if kind:
        rows = rows.filter(row__kind=kind)
    if division:
        rows = rows.filter(row__division__startswith=division)
    for column, code in (("services", service), ("speaks", speaks)):
        if code:
            rows = rows.filter(_among(column, code))
    found = [
        _point(part, kinds[part.row.kind], rules, at, near)
        for part in rows.order_by("row__division", "row__title", "pk")[:MOST]
        if part.row.kind in kinds and part.hours
    ]
    if open_now:
        found = [one for one in found if one.standing.state is opening.State.OPEN]
    if near is not None:
        found.sort(key=lambda one: (one.metres is None, one.metres or 0.0))
    return found


def _among(column: str, code: str) -> Q:
    # One of several codes in a column: whole words only.
    inside = Q(**{column: code}) | Q(**{f"{column}__startswith": f"{code} "}) | Q(**{f"{column}__endswith": f" {code}"})
    return inside | Q(**{f"{column}__contains": f" {code} "})


def _point(part: ServicePoint, kind: RowKind, rules: Rules, at: datetime, near: tuple[float, float] | None) -> Point:
    hours, row = hours_of(part), part.row
    metres = None
    if near is not None and row.lat is not None and row.lon is not None:
        metres = distance(near, (row.lat, row.lon))
    return Point(row, part, kind, hours, standing(hours, rules.calendar, at), metres)


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance of two positions (latitude, longitude) in metres."""
    a, b = math.radians(one[0]), math.radians(other[0])
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(half)))


# --------------------------------------------------------------------------------------------------------- a card


@dataclass(frozen=True, slots=True)
class Rated:
    """What those who came say of a point within a year, all withheld below the town's floor.

    `n` is how many answered; `satisfied` a share with its interval; `tallies` are those of each version of the set.
    """

    n: int
    satisfied: Share
    tallies: Sequence[Tally]
    said: Sequence[tuple[date, str]]

    @property
    def enough(self) -> bool:
        """Whether there are as many answers as the town's floor asks for."""
        return self.satisfied.share is not None


@dataclass(frozen=True, slots=True)
class Card:
    """One point with all its card says; `officer` only where the book lets it be named and who it is agreed."""

    point: Point
    officer: str
    foreign: Sequence[Foreign]
    rated: Rated


def by_code(code: str, *, at: datetime) -> Point:
    """Return a point in the register by its code; `NotFound` for one that has ended or never was."""
    rules = books.current(at)
    held = kept(rules.book)
    row, part = shelf.find(held, code)
    assert isinstance(part, ServicePoint)
    kinds = held.kinds(rules.book)
    if row.state != RowState.LIVE or row.kind not in kinds or not part.hours:
        raise NotFound
    part.row = row
    return _point(part, kinds[row.kind], rules, at, None)


def card(code: str, *, at: datetime) -> Card:
    """Return what the card of a point says."""
    point = by_code(code, at=at)
    book = books.current(at).book
    part = point.part
    named = point.kind.names and part.officer_agreed is not None and part.officer_agreed <= today(at)
    return Card(
        point=point,
        officer=part.officer if named else "",
        foreign=foreign.texts(point.row.pk, spoken(point)),
        rated=rated(point.row.pk, book, at=at),
    )


def spoken(point: Point) -> Mapping[str, str]:
    """Return the Chinese of what may carry other languages."""
    return {"title": point.row.title, "about": point.part.about}


def rated(row_id: int, book: Book, *, at: datetime) -> Rated:
    """Return what was answered about a row within a year; nothing of it below `minimum_n` of the book.

    A cell that fewer people stand behind than `suppress_below` is hidden, and whatever would give it away; answers are
    counted in lots of as many, so that nobody's is seen by looking twice. Versions are counted apart; the level is
    asked in all of them.
    """
    below = max(1, book.suppress_below)
    every = {digest: answers.given(row_id, form, at=at, together=below) for digest, form in VERSIONS.items()}
    levels = [str(one[LEVEL]) for values in every.values() for one in values if LEVEL in one]
    satisfied = SATISFIED_MEASURE.share(sum(level in SATISFIED for level in levels), len(levels), book)
    counted: list[Tally] = []
    if satisfied.share is not None:
        for digest, values in every.items():
            counted += tallies(VERSIONS[digest], values, below)
    return Rated(len(levels), satisfied, counted, answers.released(row_id))


def question(name: str) -> Question:
    """Return a question of the newest version."""
    return next(one for one in RATING.items if isinstance(one, Question) and one.name == name)
