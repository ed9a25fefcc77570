"""The kinds of slots the house keeps: a subject says in its face what one is for and which cases may have a place.

They are installed once, at the start. A town whose rule book has no section of that name keeps none of that kind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Slot
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar.occasions import NEUTRAL_TITLES
from wuxiao.rules.life import Refusal
from wuxiao.rules.words import Text

#: Says of each slot why a case may not have a place in it; `None` where it may. A refusal with the code `PARTED` ends a
#: booking there is, too: the case is kept from those who keep the slot, or it is no more.
Judge = Callable[[Slot], Refusal | None]
PARTED = "parted"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its name in the book and in rows, its words, what calendars call it (`NEUTRAL_TITLES`).

    `judge` looks at a case once and then at each slot; how far ahead one books and how long before it people are
    reminded are the book's. Where hours are a case's own (sittings) `judge` is `nobody`, and the kind says in whose
    calendar one stands beside its keeper's (`invited`: ids of slots, by units) and how many places are held in each
    (`held`). `named` says whose hour it is where the public calendar of the kind may say so.
    """

    name: str
    title: Text
    item: str
    judge: Callable[[Case, Rules, datetime], Judge]
    ahead: Callable[[Book], timedelta]
    remind: Callable[[Book], timedelta]
    invited: Callable[[Collection[str], datetime], Collection[int]] | None = None
    held: Callable[[], Mapping[int, int]] | None = None
    named: Callable[[Slot, Book], Text] = lambda slot, book: Text("", "")

    def __post_init__(self) -> None:
        """Refuse a kind that calendars have no words for."""
        if self.item not in NEUTRAL_TITLES:
            raise ValueError(f"{self.item!r} has no neutral title")


def nobody(case: Case, rules: Rules, at: datetime) -> Judge:
    """Say of each slot that no case books a place in it: whose hour it is puts in what belongs there."""
    return lambda slot: Refusal(PARTED, Text("这一场不能预约", "nobody books a place here"))


_installed: dict[str, Kind] = {}


def install(kinds: Iterable[Kind]) -> None:
    """Say which kinds there are; once a process, at its start."""
    found = {one.name: one for one in kinds}
    if _installed and _installed != found:
        raise RuntimeError("other kinds of slots were installed already")
    _installed.update(found)


def of(name: str, book: Book) -> Kind:
    """Return a kind this town keeps; `NotFound` for any other."""
    if name not in _installed or name not in book.lives:
        raise NotFound
    return _installed[name]


def kept(book: Book) -> tuple[Kind, ...]:
    """Return the kinds this town keeps."""
    return tuple(one for name, one in _installed.items() if name in book.lives)


def every() -> tuple[Kind, ...]:
    """Return every kind the house knows, whatever the town's book says now."""
    return tuple(_installed.values())


def title_of(name: str) -> Text:
    """Return what a kind is called, its code where the house does not know it any more."""
    return _installed[name].title if name in _installed else Text(name, name)
