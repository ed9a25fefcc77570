"""What a calendar of terms would change: whose day to be looked at moves, and to when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from wuxiao.desk.register.shelf import kept
from wuxiao.desk.town import books
from wuxiao.records.models import Row
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.register import RowState, due_at, why_due
from wuxiao.rules.terms import Span, joined
from wuxiao.rules.words import Text

#: Rows that a preview names; of more the number is said.
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Move:
    """One row that is due on another day: its kind, its code (no name: who adopts a calendar reads no register)."""

    kind: Text
    code: str
    old: date
    new: date
    why: Text | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What adopting days would change: rows that go by the calendar, how many of them move, the first of those."""

    of: int
    moved: int
    shown: Sequence[Move]


def preview(calendar: str, spans: Sequence[Span], at: datetime) -> Preview:
    """Return what would change if these days counted for a calendar from now on (one query a register)."""
    book = books.current(at).book
    moves: list[Move] = []
    of = 0
    for shelf in kept(book):
        kinds = {code: one for code, one in shelf.kinds(book).items() if one.terms and one.terms.code == calendar}
        rows = Row.objects.filter(register=shelf.name, state=RowState.LIVE.value, kind__in=kinds)
        for code, kind_code, checked_at in rows.order_by("pk").values_list("code", "kind", "checked_at"):
            kind = kinds[kind_code]
            assert kind.terms is not None
            then = replace(kind, terms=replace(kind.terms, spans=joined(kind.terms.spans, spans)))
            old, new = due_at(kind, checked_at), due_at(then, checked_at)
            of += 1
            if old is not None and new is not None and old != new:
                was, will = (one.astimezone(SHANGHAI).date() for one in (old, new))
                moves.append(Move(kind.name, code, was, will, why_due(then, checked_at)))
    moves.sort(key=lambda one: (one.new, one.code))
    return Preview(of, len(moves), moves[:SHOWN])
