"""The ageing board: what was found wrong and is not mended, by age and by kind of place, and how much was in time.

There is no target of zero and no pressure to close: an old hazard that is shown is worth more than a young one that is
closed on paper. What is counted is declared in `measures`; counts of a few are withheld as everywhere.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from wuxiao.desk.figures.count import tables, whole
from wuxiao.rules.book_model import Book
from wuxiao.rules.measures import Share
from wuxiao.rules.measures.disclosure import Node
from wuxiao.rules.words import Text
from wuxiao.subjects.inspection import measures
from wuxiao.subjects.inspection.measures import DUE, HAZARDS_IN_TIME, HAZARDS_OPEN, IN_TIME, OPEN

#: Bands of age in whole days: to which day each reaches, the last to none.
BANDS: tuple[int | None, ...] = (*measures.BANDS, None)
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


def ageing(book: Book, *, at: datetime) -> Board:
    """Return the board (two queries): findings of all units; withheld counts are marked, not left out."""
    kinds = book.registers.get("premises", {})
    cells: Counter[tuple[str, int]] = Counter()
    for (kind, band), n in tables((OPEN,), at, at, book=book).get(("kind", "age"), {}).items():
        cells[kind if kind in kinds else "", band] += n[OPEN.name]
    bands = range(len(BANDS))
    rows = [
        Node(code, sum(cells[code, n] for n in bands), [Node(str(n), cells[code, n]) for n in bands])
        for code in (*kinds, "")
        if any(cells[code, n] for n in bands)
    ]
    assert HAZARDS_OPEN.floor is not None
    root = HAZARDS_OPEN.floor.tree(Node("", sum(row.count for row in rows), rows), book)
    lines = tuple(
        Line(kinds[row.key].name if row.key in kinds else Text("其他", "other"), row, tuple(row.children))
        for row in root.children
    )
    # Of what was to be mended by a day within the year that is over.
    within = whole((DUE, IN_TIME), at - LOOKS_BACK, at, book=book)
    return Board(at, root, lines, HAZARDS_IN_TIME.share(*HAZARDS_IN_TIME.pair(within), book))
