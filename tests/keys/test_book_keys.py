"""Every key of the rule book does something: it is turned, and a scene of the town goes another way.

The keys are those the reader asks for (`grammar`), the scenes are found (`scenes_*.py`); what no scene sees fails here
by name. CONTRIBUTING.md says what to do then.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.keys import grammar, stage
from tests.keys.grammar import Leaf, Whole
from tests.support.lots import lots
from wuxiao.rules.book import BookError
from wuxiao.rules.book_model import Book

pytestmark = [pytest.mark.django_db, pytest.mark.either]

#: How many places of one kind are turned, of how many there may be.
PLACES = lots(2, 400)
#: How many other values are tried at one place before it is dead.
TRIES = 6
WATCHING = stage.gather()


def town_book() -> dict[str, Any]:
    """The fullest book with the numbers of the scenes, so that they can stand on the boundary."""
    parsed = grammar.fullest()
    for key, value in WATCHING.small.items():
        path = tuple(int(part) if part.isdigit() else part for part in key.split("."))
        grammar.put(parsed, path, value)
    return parsed


def other_values(parsed: dict[str, Any], leaf: Leaf) -> Iterator[Any]:
    """Yield other values for a place, the likeliest first."""
    for key, made in WATCHING.others.items():
        if stage._pattern(key).fullmatch(leaf.name):
            yield from made(parsed, leaf)
            return
    value = leaf.value
    if leaf.kind == "flag":
        yield not value
    elif leaf.kind == "whole":
        yield from (n for n in (value + 1, value - 1) if leaf.extra[0] <= n <= leaf.extra[1])
    elif leaf.kind == "real":
        yield from (value * 1.5, value / 2, value + 0.1)
    elif leaf.kind == "term":
        amount, unit = value.removeprefix("due+").strip().split()
        before = "due+" if value.startswith("due+") else ""
        yield from (f"{before}{int(amount) + step} {unit}" for step in (1, -1) if int(amount) + step > 0)
    elif leaf.kind == "code":
        listed = [code for code in leaf.extra[0] if code != value]
        # Near ones and far ones: a neighbour may lack the power, or stand above.
        yield from dict.fromkeys([*listed[:8], *listed[len(listed) // 2 :][:8], *listed[-8:], *listed])
    elif leaf.kind == "list":
        yield from (value[:n] + value[n + 1 :] for n in range(len(value) - 1, -1, -1) if len(value) > 1)
        for more in leaf.extra[0] if leaf.extra and isinstance(leaf.extra[0], tuple) else ():
            if more not in value:
                yield [*value, more]
                yield [more]
        if not (leaf.extra and isinstance(leaf.extra[0], tuple)):
            yield [*value[:-1], "稀奇古怪"]
    elif leaf.kind == "text":
        yield f"{value}9"
        yield f"{value}x"


def books_turned(parsed: dict[str, Any], leaf: Leaf) -> Iterator[tuple[Any, Book]]:
    """Yield the books that hold another value at a place, as far as the reader takes them."""
    tried = 0
    for value in other_values(parsed, leaf):
        if value == leaf.value:
            continue
        try:
            whole = value.parsed if isinstance(value, Whole) else grammar.turned(parsed, leaf.path, value)
            book = grammar.read(whole)
        except BookError:
            continue
        yield value, book
        tried += 1
        if tried == TRIES:
            return


@cache
def town_read() -> tuple[dict[str, Any], dict[str, list[Leaf]], grammar.Grammar]:
    """Return the book of the scenes, its places by kind, and what the reader asked."""
    parsed = town_book()
    with grammar.watched() as seen:
        grammar.read(parsed)
    found: dict[str, list[Leaf]] = defaultdict(list)
    for leaf in grammar.leaves(parsed, seen):
        found[leaf.name].append(leaf)
    return parsed, found, seen


def by_lot(leaves: list[Leaf]) -> list[Leaf]:
    """Return the places of one kind in the order of a lot that does not change."""
    return sorted(leaves, key=lambda leaf: hashlib.sha256(leaf.place.encode()).hexdigest())


def test_every_key_the_reader_asks_for_stands_in_the_book_that_is_turned() -> None:
    parsed, found, seen = town_read()

    def stands(path: grammar.Path) -> bool:
        try:
            grammar.at(parsed, path)
        except (KeyError, IndexError, TypeError):
            return False
        return True

    known = {seen.shape(path) for path in seen.asked if stands(path)}
    missing = sorted({".".join(seen.shape(path)) for path in seen.asked} - {".".join(shape) for shape in known})
    assert missing == [], f"say a value for these in tests/keys/grammar.py (UNSAID): {missing}"
    assert len(found) > 250


@pytest.mark.parametrize("section", sorted(grammar.fullest()))
def test_every_key_that_is_no_word_goes_another_way(section: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed, found, _ = town_read()
    theatre, first = stage.Theatre(monkeypatch), grammar.read(parsed)
    dead, turned = [], 0
    for shape, leaves in sorted(found.items()):
        if leaves[0].kind == "words" or leaves[0].path[0] != section:
            continue
        scenes = WATCHING.of(shape)
        if not scenes:
            dead.append(f"{shape}: no scene looks at it")
            continue
        here = 0
        for leaf in by_lot(leaves):
            tried = []
            for value, book in books_turned(parsed, leaf):
                tried.append(value)
                if any(theatre.tell(s, book, leaf.path) != theatre.tell(s, first, leaf.path) for s in scenes):
                    break
            else:
                if tried:
                    dead.append(f"{leaf.place} = {leaf.value!r}: nothing changes with {tried!r}")
            here += bool(tried)
            if here == PLACES:
                break
        turned += here
        if not here:
            dead.append(f"{shape}: the reader takes no other value that was tried")
    print(f"{section}: {turned} places turned")
    assert dead == [], "these keys of the rule book do nothing (see CONTRIBUTING.md):\n" + "\n".join(dead)
