"""Which small counts are withheld from a published split, so that nobody is recognised and none can be worked out.

A count of 1 to `below - 1` is *small* and never printed. One hole in a column of numbers with a printed total is no
hole: so further counts are *held* back until every small one could still be anything from 1 to `below - 1`, even for a
reader who knows this very rule. Which further ones does not depend on how large they are (only on their place: the
last of the list first), because a choice by size would itself tell something. Where even that cannot protect, the
whole split is withheld. Method: complementary cell suppression with an interval audit (Hundepool et al., Statistical
Disclosure Control, 2012, ch. 4). A test plays the reader and tries every table that would have been printed alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Literal, TypeVar

from wuxiao.rules.book_model import Book

Key = TypeVar("Key")
Mark = Literal["", "small", "held", "none"]


class Floor(StrEnum):
    """How few may stand behind a number that is told; a measure without one cannot be declared.

    PEOPLE: matters and voices of people. Counts below `suppress_below` are withheld, and what gives them away; a share
    of the whole is told from as many on, that of a part from `minimum_n` on. COMPARED: likewise, and a share of the
    whole from `minimum_n` on too. HOUSE: what the house itself left undone; told of the whole however small, so that
    nobody hides behind the rule, and never of a part. STAFF: inside the house, for those who see the rows anyway; never
    published.
    """

    PEOPLE = "people"
    COMPARED = "compared"
    HOUSE = "house"
    STAFF = "staff"

    def least(self, book: Book, *, whole: bool) -> int:
        """Return how many must stand behind a share for it to be told, of the whole or of a part of it."""
        if self in {Floor.HOUSE, Floor.STAFF}:
            return 1
        return book.suppress_below if whole and self is Floor.PEOPLE else book.minimum_n

    def counted(self, count: int, book: Book) -> Mark:
        """Return why a count of the whole is not told, or nothing."""
        withheld = self in {Floor.PEOPLE, Floor.COMPARED} and 0 < count < book.suppress_below
        return "small" if withheld else ""

    def of_split(self, counts: Sequence[int], book: Book) -> list[Mark]:
        """Return for each count of a split beside a told total why it is not told (`hide`)."""
        if self is Floor.HOUSE:
            return ["none"] * len(counts)
        return [""] * len(counts) if self is Floor.STAFF else hide(counts, book.suppress_below)

    def tree(self, root: Node[Key], book: Book) -> Node[Key]:
        """Mark what of a tree of counts may be told (`protect`); returns its root."""
        if self is Floor.STAFF:
            return root
        if self is Floor.HOUSE:
            for child in root.children:
                _all(child, "none")
            return root
        return protect(root, book.suppress_below)


def hide(counts: Sequence[int], below: int) -> list[Mark]:
    """Return for each count of a split whose total is printed: "" print it, or why not.

    "small": 1 to `below - 1`. "held": at least `below`, withheld to protect the small ones. "none" for every count:
    nothing of this split can be printed. The list is best ordered so that the least telling comes last.
    """
    small = [i for i, c in enumerate(counts) if 0 < c < below]
    if not small:
        return [""] * len(counts)
    rest = [i for i, c in reversed(list(enumerate(counts))) if c >= below]
    # Even where the small counts alone would protect one another: holding one back only when they would not, would
    # tell what they add up to.
    held = rest[:1]
    while not _safe(sum(counts[i] for i in (*small, *held)), len(small), len(held), below):
        if len(held) == len(rest):
            return ["none"] * len(counts)
        held = rest[: len(held) + 1]
    return ["small" if i in small else "held" if i in held else "" for i in range(len(counts))]


def _safe(total: int, small: int, held: int, below: int) -> bool:
    """Tell whether every small count may still be 1 to `below - 1` (and every held one wide open), given their sum."""
    if held:
        return total >= below * (held + 1) + small - 1
    return below - 1 + small - 1 <= total <= 1 + (below - 1) * (small - 1)


@dataclass(slots=True)
class Node(Generic[Key]):
    """One line of a tree of counts: its own value already includes all beneath it."""

    key: Key
    count: int
    children: list[Node[Key]] = field(default_factory=list)
    mark: Mark = ""

    def walk(self, level: int = 0) -> Iterator[tuple[int, Node[Key]]]:
        """Yield this node and all beneath it, parents first, each with its level."""
        yield level, self
        for child in self.children:
            yield from child.walk(level + 1)


def protect(root: Node[Key], below: int) -> Node[Key]:
    """Mark what of a tree may be printed: beneath a line that is not printed, nothing is. Returns the root, marked."""
    if 0 < root.count < below:
        _all(root, "small")
    else:
        _split(root, below)
    return root


def _split(node: Node[Key], below: int) -> None:
    for child, mark in zip(node.children, hide([c.count for c in node.children], below), strict=True):
        if mark:
            _all(child, "none")
            child.mark = mark
        else:
            _split(child, below)


def _all(node: Node[Key], mark: Mark) -> None:
    for _, each in node.walk():
        each.mark = mark
