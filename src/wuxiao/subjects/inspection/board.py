"""The ageing board: what was found wrong and is not mended, by age and by kind of place, and how much was in time.

There is no target of zero and no pressure to close: an old hazard that is shown is worth more than a young one that is
closed on paper. Counts of a few are withheld as everywhere (`rules.disclosure`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from wuxiao.records.models import Finding, Inspection
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.disclosure import Node, protect
from wuxiao.rules.measures import Share, share
from wuxiao.rules.words import Text

#: Bands of age in whole days: to which day each reaches, the last to none.
BANDS: tuple[int | None, ...] = (7, 15, 30, 90, None)
#: How far back the dates to mend lie that the share is reckoned from.
LOOKS_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of place: its name, all of its open findings, and those of each band of age."""

    name: Text
    total: Node[str]
    bands: tuple[Node[str], ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The board at an instant: everything open, by kind and band of age; and the share mended in time."""

    at: datetime
    total: Node[str]
    lines: tuple[Line, ...]
    in_time: Share


def band_of(days: int) -> int:
    """Return the number of the band an age in whole days falls into."""
    return next(n for n, last in enumerate(BANDS) if last is None or days <= last)


def ageing(book: Book, *, at: datetime) -> Board:
    """Return the board (three queries): findings of all units; withheld counts are marked, not left out."""
    kinds = book.registers.get("premises", {})
    # Of a visit that is going on nothing is told before its order is written.
    over = Inspection.objects.filter(left_at__isnull=False)
    where: Mapping[int, str] = dict(over.values_list("matter_id", "premises__kind"))
    cells: Counter[tuple[str, int]] = Counter()
    today = at.astimezone(SHANGHAI).date()
    for matter, since in Finding.objects.filter(state="open").values_list("matter_id", "found_at"):
        if matter in where:
            kind = where[matter] if where[matter] in kinds else ""
            cells[kind, band_of((today - since.astimezone(SHANGHAI).date()).days)] += 1
    rows = [
        Node(code, sum(cells[code, n] for n in range(len(BANDS))), [Node(str(n), cells[code, n]) for n in range(5)])
        for code in (*kinds, "")
        if any(cells[code, n] for n in range(len(BANDS)))
    ]
    root = protect(Node("", sum(row.count for row in rows), rows), book.suppress_below)
    lines = tuple(
        Line(kinds[row.key].name if row.key in kinds else Text("其他", "other"), row, tuple(row.children))
        for row in root.children
    )
    return Board(at, root, lines, _in_time(book, at))


def _in_time(book: Book, at: datetime) -> Share:
    """Of what was to be mended by a day within the year that is over: how much was, by that day, and then proved.

    The day is that of the first order; more time moves it only where it was granted before it was over. What was handed
    to the fire body or withdrawn is left out.
    """
    today = at.astimezone(SHANGHAI).date()
    rows = Inspection.objects.filter(promised_on__lt=today, promised_on__gte=today - LOOKS_BACK)
    dues: dict[int, Any] = dict(rows.values_list("matter_id", "promised_on"))
    found = Finding.objects.filter(matter_id__in=dues).filter(state__in=("open", "mended"))
    k = n = 0
    for matter, state, said, settled in found.values_list("matter_id", "state", "said_at", "settled_at"):
        n += 1
        first = min((moment for moment in (said, settled) if moment is not None), default=None)
        k += state == "mended" and first is not None and first.astimezone(SHANGHAI).date() <= dues[matter]
    return share(k, n, book.minimum_n)
