"""What a search finds beside matters: cases of other lives and rows of registers, for whoever may see them.

Cases stand in the one index of words and are joined with their access rows, which bear the name of their life; rows are
compared by their folded code, name and address. Of neither is personal data searched: what is private stands in no
index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case import subject
from wuxiao.desk.case.shown import visible_of_lives
from wuxiao.desk.case.subject import Subject
from wuxiao.desk.look.search import by_words
from wuxiao.desk.register import shelf
from wuxiao.desk.register.shelf import Shelf
from wuxiao.desk.town import books
from wuxiao.reading.tokens import query_words
from wuxiao.records.models import Case, Row

#: How many cases, and how many rows, are shown beside the matters found.
LIMIT = 20


@dataclass(frozen=True, slots=True)
class Found:
    """Cases with what they are, the latest first, and rows with their register, those that hold first.

    `more_cases` and `more_rows` say that there are others beside those listed.
    """

    cases: Sequence[tuple[Subject[Any], Case]]
    rows: Sequence[tuple[Shelf, Row]]
    more_cases: bool
    more_rows: bool


NOTHING = Found((), (), False, False)


def elsewhere(words: str, *, by: Actor, at: datetime, limit: int = LIMIT) -> Found:
    """Return what has all the words beside matters (at most three queries); nothing where nothing can be searched."""
    if by.viewer is None or not query_words(words):
        return NOTHING
    cases, rows = _cases(words, by, at, limit), _rows(words, by, at, limit)
    return Found(cases[:limit], rows[:limit], len(cases) > limit, len(rows) > limit)


def _cases(words: str, by: Actor, at: datetime, limit: int) -> list[tuple[Subject[Any], Case]]:
    assert by.viewer is not None
    lives = {
        one.life.name: one
        for one in subject.kept(books.current(at).book)
        if one.pages is not None and one.pages.power in by.viewer.powers
    }
    if not lives:
        return []
    visible = visible_of_lives(lives, by.viewer)
    ids = by_words(visible, words, None, limit)
    found = visible.in_bulk(ids)
    return [(lives[found[pk].life], found[pk]) for pk in ids if pk in found]


def _rows(words: str, by: Actor, at: datetime, limit: int) -> list[tuple[Shelf, Row]]:
    if not shelf.may_read(by):
        return []
    kept = {one.name: one for one in shelf.kept(books.current(at).book)}
    rows = Row.objects.filter(register__in=sorted(kept))
    for word in query_words(words):
        rows = rows.filter(folded__contains=word)
    # In the order of words “live” comes after “ended”: what holds stands first.
    return [(kept[row.register], row) for row in rows.order_by("-state", "-id")[: limit + 1]] if kept else []
