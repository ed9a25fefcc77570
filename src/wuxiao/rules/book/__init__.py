"""The rule book of a town: one TOML file, read whole or refused whole.

`load` and `loads` return a frozen `Book` or raise `BookError` with every mistake, its line and its reason in Chinese
and English. The records are described in `book_model`, routing in `route`, the sentences of `words` in `sentences`,
and what a changed book would have done in `rehearse`.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

from wuxiao.rules.book.check import check_rules, index_routes, index_units
from wuxiao.rules.book.read import read
from wuxiao.rules.book.rehearse import Change, PastMatter, Rehearsal, Shift, changes, rehearse
from wuxiao.rules.book.sentences import words
from wuxiao.rules.book.source import BookError, Node, Notes, Problem, freeze, positions, show
from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text

__all__ = [
    "Book",
    "BookError",
    "Change",
    "PastMatter",
    "Problem",
    "Rehearsal",
    "Shift",
    "changes",
    "default",
    "load",
    "loads",
    "rehearse",
    "words",
]


def load(path: str | Path) -> Book:
    """Read the rule book in a file; `BookError` if it is refused, `OSError` if it cannot be read.

    The file is UTF-8 (a byte order mark is let pass).
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        reason = Text("文件不是 UTF-8 编码；请另存为 UTF-8", "the file is not UTF-8; save it again as UTF-8")
        raise BookError(str(path), [Problem(line, "", reason)]) from None
    return loads(text, str(path))


@cache
def default() -> Book:
    """Return the book that comes with the product, that of the fictional county 望川县."""
    text = resources.files("wuxiao.rules.book").joinpath("book.toml").read_text(encoding="utf-8")
    return loads(text, "book.toml")


def loads(text: str, name: str = "<text>", *, adopted: bool = False) -> Book:
    """Read a rule book from its text; raises `BookError` with all mistakes at once.

    `name` stands for the file in messages. A text that was `adopted` by an earlier version of the program may hold keys
    that have left the book since.
    """
    text = text.replace("\r\n", "\n")
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BookError(name, _broken(text, error)) from None
    notes = Notes(adopted=adopted)
    root = Node(notes, parsed, ())
    parts = read(root)
    # deeper checks lean on names that exist; with names in doubt they would only echo the first mistakes
    doubtful = any(path[:1] in _NAMED for path, _ in notes.found) or any(name not in parsed for (name,) in _NAMED)
    book = Book(
        source=name,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        categories=parts.categories,
        divisions=parts.divisions,
        units=parts.units,
        routes=parts.routes,
        route_index=freeze(index_routes(parts.routes)),
        units_at=freeze(index_units(parts.units.values())),
        **parts.values,
    )
    if not doubtful:
        check_rules(root, book)
    if notes.found:
        raise BookError(name, notes.problems(text))
    return book


_NAMED = {("units",), ("categories",), ("divisions",), ("route",)}


def _broken(text: str, error: tomllib.TOMLDecodeError) -> Iterator[Problem]:
    """Say what is wrong with a text that is not TOML: names that stand twice, else what the parser met."""
    _, twice = positions(text)
    for path, first, again in twice:
        yield Problem(
            again, show(path), Text(f"重复:第 {first} 行已经写过", f"stands twice: it is already on line {first}")
        )
    if not twice:
        m = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line = int(m.group(1)) if m else text.count("\n") + 1
        what = re.sub(r" \(at .*\)$", "", str(error))
        yield Problem(line, "", Text(f"不是合乎规范的 TOML:{what}", f"this is not TOML: {what}"))
