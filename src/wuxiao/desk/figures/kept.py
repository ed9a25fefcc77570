"""The months of what is declared for the public beside matters, counted by the worker and kept ready for the pages.

A month is counted when it is over, and once more when it becomes final; in between it stands, so that nobody sees one
more case come by looking twice. Of a source that leaves out what is kept from somebody it is counted once for good.
Measures of matters have months of their own (`desk.matters.figures`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wuxiao.desk.figures import declared
from wuxiao.desk.figures.count import WHOLE, tables
from wuxiao.desk.figures.months import PROVISIONAL, earlier, month_bounds, month_of
from wuxiao.records.models import Snapshot
from wuxiao.rules.book_model import Book
from wuxiao.rules.measures import Measure
from wuxiao.rules.measures.told import Told, tell
from wuxiao.rules.words import Text

NAME = "figures:subjects"
#: How many months back are counted and shown.
MONTHS = 13


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that was counted: when it was looked at last, and what may be told, the newest month first."""

    at: datetime
    told: tuple[Told, ...]

    def of(self, month: str) -> tuple[Told, ...]:
        """Return what is told of one month, in the order of the measures."""
        return tuple(one for one in self.told if one.month == month)

    @property
    def months(self) -> tuple[str, ...]:
        """The months there are, the newest first."""
        return tuple(dict.fromkeys(one.month for one in self.told))


def monthly(book: Book) -> tuple[Measure, ...]:
    """Return the measures this town publishes month by month beside those of matters."""
    return tuple(one for one in declared.kept(book, public=True) if one.source.section and _flows(one))


def _flows(one: Measure) -> bool:
    return all(isinstance(count.when, str) for count in (*one.k, *one.n))


def refresh(book: Book, *, at: datetime, everything: bool = False) -> list[str]:
    """Count what is not counted yet or became final; returns `month measure` of each. Safe to interrupt and repeat.

    `everything` counts all months anew, also the final ones: after a history was brought in.
    """
    row = Snapshot.objects.filter(name=NAME).first()
    known: dict[str, dict[str, Any]] = row.data["months"] if row is not None and not everything else {}
    this = month_of(at)
    wanted = [earlier(this, n) for n in range(1, MONTHS + 1)]
    months = {month: dict(known.get(month, {})) for month in wanted}
    counted = []
    for month in wanted:
        for one in monthly(book):
            # A second count beside the first would show what was hidden in between.
            final = one.source.once or month < earlier(this, PROVISIONAL)
            if one.code in months[month] and months[month][one.code]["final"] == final:
                continue
            months[month][one.code] = _count(one, month, book) | {"final": final}
            counted.append(f"{month} {one.code}")
    if counted or row is None:
        Snapshot.objects.update_or_create(name=NAME, defaults={"data": {"months": months}, "at": at})
    return counted


def _count(one: Measure, month: str, book: Book) -> dict[str, Any]:
    found = tables(dict.fromkeys((*one.k, *one.n)), *month_bounds(month), book=book)
    return {
        "whole": one.pair(found.get(WHOLE, {}).get((), {})),
        "by": {split[0]: {str(cell[0]): one.pair(n) for cell, n in found.get(split, {}).items()} for split in _by(one)},
    }


def _by(one: Measure) -> list[tuple[str, ...]]:
    return [split for split in one.by if len(split) == 1]


def published(book: Book) -> Kept | None:
    """Return what may be told of the months that were counted; `None` if none was yet. One query."""
    row = Snapshot.objects.filter(name=NAME).first()
    if row is None:
        return None
    made = []
    for month in sorted(row.data["months"], reverse=True):
        for one in monthly(book):
            if (held := row.data["months"][month].get(one.code)) is not None:
                pairs = {code: (k, n) for parts in held["by"].values() for code, (k, n) in parts.items()}
                k, n = held["whole"]
                made.append(tell(one, month, (k, n), pairs, names(one, book), book, final=held["final"]))
    return Kept(row.at, tuple(made))


def names(one: Measure, book: Book) -> Mapping[str, Text]:
    """Return the names of the kinds a measure is told by, in the order of the rule book."""
    kinds = one.source.dimension("kind").of if one.by else ""
    return {code: kind.name for code, kind in book.registers.get(kinds, {}).items()}
