"""What may be told of a measure in a month: its whole, its kinds, each only as its floor lets it. Pure.

A page, a table and a file are all made of one `Told`, so what is withheld in one cannot be read in another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wuxiao.rules.book_model import Book
from wuxiao.rules.measures import Measure, Share
from wuxiao.rules.measures.disclosure import Mark
from wuxiao.rules.words import Text

#: Above and below the line.
Pair = tuple[int, int]
_FORMER = Text("其他", "other")


@dataclass(frozen=True, slots=True)
class Part:
    """A number that is told: a count, or (`of_share`) a share with how many it is of; a mark says why neither is told.

    A share of too few has its count and no more.
    """

    code: str
    name: Text
    count: int | None
    share: Share | None
    mark: Mark = ""
    of_share: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A measure in a month, the whole first; the parts of what is withheld are not told either."""

    measure: Measure
    month: str
    final: bool
    whole: Part
    parts: tuple[Part, ...]


def tell(
    measure: Measure,
    month: str,
    whole: Pair,
    parts: Mapping[str, Pair],
    names: Mapping[str, Text],
    book: Book,
    *,
    final: bool,
) -> Told:
    """Return what may be told of a measure counted as `whole` and, by one dimension, as `parts`.

    The parts come in the order of `names`; whatever these do not have is one part, the last.
    """
    assert measure.floor is not None
    behind = whole[measure.is_share]
    mark = measure.floor.counted(behind, book)
    told = _part(measure, "", _FORMER, whole, mark, book, whole=True)
    if mark or not parts:
        return Told(measure, month, final, told, ())
    others = [pair for code, pair in parts.items() if code not in names]
    cells = {code: parts[code] for code in names if code in parts}
    if others:
        cells[""] = (sum(k for k, _ in others), sum(n for _, n in others))
    marks = measure.floor.of_split([pair[measure.is_share] for pair in cells.values()], book)
    made = (
        _part(measure, code, names.get(code, _FORMER), pair, why, book, whole=False)
        for (code, pair), why in zip(cells.items(), marks, strict=True)
        if pair[measure.is_share]
    )
    return Told(measure, month, final, told, () if "none" in marks else tuple(made))


def _part(measure: Measure, code: str, name: Text, pair: Pair, mark: Mark, book: Book, *, whole: bool) -> Part:
    if mark:
        return Part(code, name, None, None, mark, measure.is_share)
    if not measure.is_share:
        return Part(code, name, pair[0], None)
    one = measure.share(*pair, book, whole=whole)
    return Part(code, name, one.n, one if one.share is not None else None, "", True)
