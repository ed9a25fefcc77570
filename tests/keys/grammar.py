"""What a rule book may say, learnt from its reader: every key it asks for, how it reads it, what else it would take.

Nothing here lists keys. The reader is watched while it reads the fullest book (the shipped one and what that leaves
unsaid), so a key that is added to a section, or a section that a subject brings, is found the day it can be read.
"""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.desk.people import BOOK_TEXT
from wuxiao.rules import book as rulebook
from wuxiao.rules.book.source import Node
from wuxiao.rules.book_model import Book

Path = tuple[str | int, ...]
Shape = tuple[str, ...]


@dataclass(frozen=True)
class Leaf:
    """One place of a book that holds a value: where, how the reader reads it, what it holds, what it may be."""

    path: Path
    shape: Shape
    kind: str
    value: Any
    extra: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        return ".".join(self.shape)

    @property
    def place(self) -> str:
        return ".".join(str(part) for part in self.path)


#: Tables whose names the program fixes and treats alike: one is as good as another.
ALIKE = {("office_hours", "weekdays"), ("registers",)}


@dataclass(frozen=True)
class Whole:
    """A whole parsed book, where a key can be turned only together with another."""

    parsed: dict[str, Any]


@dataclass
class Grammar:
    """What was seen while a book was read."""

    reads: dict[Path, tuple[str, tuple[Any, ...]]] = field(default_factory=dict)
    open_tables: set[Path] = field(default_factory=set)
    asked: set[Path] = field(default_factory=set)

    def shape(self, path: Path) -> Shape:
        """Return the kind of place a path is: names people choose are `*`, numbers in a row `#`."""
        out: list[str] = []
        for n, part in enumerate(path):
            if isinstance(part, int):
                out.append("#")
            elif path[:n] in self.open_tables or path[:n] in ALIKE:
                out.append("*")
            else:
                out.append(part)
        return tuple(out)


@contextmanager
def watched() -> Iterator[Grammar]:
    """Watch every question that the reader of books puts to a text, for as long as the block runs."""
    seen = Grammar()
    kept = {
        name: Node.__dict__[name]
        for name in ("has", "get", "string", "whole", "flag", "strings", "known", "parse_term", "table")
    }

    def note(node: Node, rest: Path, kind: str, *extra: Any) -> None:
        path = (*node.path, *rest)
        # The closer reading wins: a term is read as a text first.
        if kind != "text" or path not in seen.reads:
            seen.reads[path] = (kind, extra)

    def has(node: Node, key: str) -> bool:
        seen.asked.add((*node.path, key))
        return bool(kept["has"](node, key))

    def get(node: Node, key: str, wanted: type) -> Any:
        if wanted in {float, bool}:
            note(node, (key,), {float: "real", bool: "flag"}[wanted])
        return kept["get"](node, key, wanted)

    def string(node: Node, key: str, pattern: str | None = None, default: str | None = None) -> Any:
        note(node, (key,), "words" if key in {"zh", "en", "phone"} else "text", pattern)
        return kept["string"](node, key, pattern, default)

    def whole(node: Node, key: str, low: int, high: int) -> Any:
        note(node, (key,), "whole", low, high)
        return kept["whole"](node, key, low, high)

    def strings(node: Node, key: str, **more: Any) -> Any:
        note(node, (key,), "list")
        return kept["strings"](node, key, **more)

    def known(node: Node, rest: Path, value: str, allowed: Iterable[str]) -> Any:
        listed = tuple(allowed)
        note(node, rest, "code", listed)
        return kept["known"](node, rest, value, listed)

    def parse_term(node: Node, rest: Path, value: object) -> Any:
        note(node, rest, "term")
        return kept["parse_term"](node, rest, value)

    def table(node: Node, key: str) -> Any:
        # Which lives there are is the program's to say: each is a section of its own.
        if (*node.path, key) != ("lives",):
            seen.open_tables.add((*node.path, key))
        return kept["table"](node, key)

    made = (has, get, string, whole, strings, known, parse_term, table)
    try:
        for function in made:
            setattr(Node, function.__name__, function)
        yield seen
    finally:
        for name, function in kept.items():
            setattr(Node, name, function)


def toml(value: Any) -> str:
    """Write a value as TOML; tables are written inline."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def text_of(parsed: dict[str, Any]) -> str:
    """Write a parsed book as a text that reads to the same book, a top-level key a line."""
    return "\n".join(f"{json.dumps(k)} = {toml(v)}" for k, v in parsed.items()) + "\n"


def read(parsed: dict[str, Any]) -> Book:
    """Read a parsed book; `BookError` where the reader refuses it."""
    return rulebook.loads(text_of(parsed), "turned")


#: What the shipped book leaves unsaid, so that every key the reader knows stands in the book that is turned.
UNSAID: dict[Path, Any] = {
    ("terms", "colleges"): {"zh": "职业学校", "en": "vocational schools", "before_days": 7},
    ("office_hours", "weekdays"): {"friday": ["09:00-12:00", "13:30-17:00"]},
    ("office_hours", "season"): [{"first": "11-01", "last": "11-30", "spans": ["09:30-12:00", "13:30-17:30"]}],
    ("reopen", "answer"): "3 working_days",
    **{("office_hours", "weekdays", day): ["09:00-11:00"] for day in ("saturday", "sunday")},
    **{("classes", name, "shield"): False for name in ("enquiry", "request", "complaint", "urgent")},
    ("divisions", "990102"): {"zh": "邻县", "en": "Next County"},
    ("divisions", "990101200202", "parent"): "990101200",
    ("categories", "urban.sanitation", "committee"): True,
    ("units", "urban_mgmt", "mail"): "chengguan@wangchuan.example",
    ("units", "efficiency", "mail"): "watch@wangchuan.example",
    ("registers", "premises", "ktv", "like"): "net_cafe",
    ("registers", "premises", "station", "terms"): "colleges",
    ("promise", "profiles", "five_working_days", "override"): [
        {
            "categories": ["utility.heat"],
            "classes": ["request"],
            "accept": "5 working_hours",
            "answer": "4 working_days",
            "why": {"zh": "供热先办", "en": "heating first"},
        }
    ],
}


def fullest() -> dict[str, Any]:
    """Return the parsed shipped book with what it leaves unsaid."""
    parsed = tomllib.loads(BOOK_TEXT)
    for path, value in UNSAID.items():
        put(parsed, path, value)
    return parsed


def put(parsed: Any, path: Path, value: Any) -> None:
    """Put a value at a path of a parsed book."""
    at = parsed
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value


def at(parsed: Any, path: Path) -> Any:
    """Return what stands at a path of a parsed book."""
    for part in path:
        parsed = parsed[part]
    return parsed


def turned(parsed: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return a parsed book that differs at one path alone."""
    # Only what lies on the way is copied: the rest is shared and read only.
    out = dict(parsed)
    here: Any = out
    for part in path[:-1]:
        here[part] = copy.copy(here[part])
        here = here[part]
    here[path[-1]] = value
    return out


def leaves(parsed: dict[str, Any], grammar: Grammar) -> Iterator[Leaf]:
    """Yield every place of a book that holds a value."""

    def walk(value: Any, path: Path) -> Iterator[Leaf]:
        kind, extra = grammar.reads.get(path, ("", ()))
        if isinstance(value, dict):
            for key, below in value.items():
                yield from walk(below, (*path, key))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for n, below in enumerate(value):
                yield from walk(below, (*path, n))
        elif isinstance(value, list):
            item = grammar.reads.get((*path, 0), ("", ()))
            yield Leaf(path, grammar.shape(path), "list", value, item[1])
        else:
            yield Leaf(path, grammar.shape(path), kind or "text", value, extra)

    for key, value in parsed.items():
        yield from walk(value, (key,))
