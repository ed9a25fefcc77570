"""Whether a position fits what the town knows of its address: by that a shifted or swapped one is recognised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.town import addresses
from wuxiao.rules.book_model import Book
from wuxiao.rules.positions import told
from wuxiao.rules.words import Text
from wuxiao.typed import crs, shifted
from wuxiao.typed.crs import Crs, Position
from wuxiao.typed.trouble import Trouble

#: Rows of a file whose addresses are looked up: enough to know, few enough not to wait for.
LOOKED_UP = 60


@dataclass(frozen=True, slots=True)
class Given:
    """A position of a file: its line, what it says and of which system, its row's values, where that stood before."""

    line: int
    at: Position
    system: Crs
    values: Mapping[str, Any]
    stood: Position | None


def known(values: Mapping[str, Any], book: Book) -> Position | None:
    """Return where the address book has the door that a row names."""
    return addresses.door_at(str(values.get("address") or ""), str(values.get("division") or ""), book)


def check(given: Mapping[str, Any], values: Mapping[str, Any], now: Mapping[str, Any], book: Book) -> None:
    """Refuse a position somebody typed that lies beside its door just as another system would put it."""
    if values.get("point") is None:
        return
    found = crs.read(str(given["point"]))
    door = known({**now, **values}, book)
    if door is None or found is None or isinstance(found, Trouble):
        return
    at, system = found
    meant = shifted.guess([(at, door)], system or Crs.WGS84)
    if meant is not None:
        text = told(meant)
        raise Invalid({"point": Text(f"坐标：{text.zh}", f"position: {text.en}")})


def doubts(points: Sequence[Given], book: Book) -> Iterator[tuple[int, Text]]:
    """Yield the lines of a file whose positions look as if another system were meant, with the guess.

    One line for all where they are shifted together; else each that fits its door in another system only.
    """
    step = max(1, len(points) // LOOKED_UP)
    found: list[tuple[Given, tuple[Position, Position]]] = []
    for one in points[::step]:
        place = one.stood or known(one.values, book)
        if place is not None:
            found.append((one, (one.at, place)))
    found.sort(key=lambda pair: pair[0].system)
    for system, some in groupby(found, key=lambda pair: pair[0].system):
        held = list(some)
        meant = shifted.guess([pair for _, pair in held], system)
        if meant is not None:
            yield held[0][0].line, told(meant)
            continue
        for one, pair in held:
            if (meant := shifted.guess([pair], system)) is not None:
                yield one.line, told(meant)
