"""What is open and stands on a section of the rule book: while there is some, no book without the section is adopted.

Whoever keeps open things says of a book which of them it would leave behind (`site.subjects.LEFT`); the storey of the
book knows none of them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text


@dataclass(frozen=True, slots=True)
class Left:
    """One kind of open things: the section it stands on, what and how many they are, and how they are ended."""

    section: str
    what: Text
    ends: Text


#: Says what a book would leave behind at an instant; the second book is the one in force.
Leaves = Callable[[Book, Book, datetime], Iterable[Left]]
_installed: list[Leaves] = []


def install(leaves: Iterable[Leaves]) -> None:
    """Say who keeps open things; once a process, at its start."""
    if _installed:
        raise RuntimeError("who keeps open things was said already")
    _installed.extend(leaves)


def behind(book: Book, now: Book, at: datetime) -> list[Left]:
    """Return all that a book would leave behind, by section."""
    return sorted((one for leaves in _installed for one in leaves(book, now, at)), key=lambda one: one.section)


def sections(book: Book) -> frozenset[str]:
    """Return the sections of a book that things may stand on, its units among them."""
    lives = {f"lives.{name}" for name in book.lives}
    units = {f"units.{code}" for code in book.units}
    return frozenset(
        lives | units | {f"registers.{name}.{kind}" for name, kinds in book.registers.items() for kind in kinds}
    )
