"""What a formula means where it stands: the answers around it, the day, the choice that is being looked at."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from wuxiao.rules.questions import functions, pattern
from wuxiao.rules.questions.formula import (
    Beside,
    Binary,
    Call,
    Child,
    Here,
    Literal,
    Minus,
    Node,
    Ref,
    Unreadable,
    Unsupported,
    places,
)
from wuxiao.rules.questions.functions import Value, number, text, truth
from wuxiao.rules.words import Text


class Around(Protocol):
    """The answers as they are seen from one question."""

    @property
    def now(self) -> datetime:
        """The moment the answers are read at, with its zone."""

    def ref(self, name: str) -> Value:
        """Return the answer of the question with this name that is nearest."""

    def here(self) -> Value:
        """Return the answer of the question itself."""

    def beside(self, up: int, names: Sequence[str]) -> Value:
        """Return the answer found by going up so many groups and down by names."""

    def position(self, up: int) -> int:
        """Return the place, from 1, of the repeat that stands so many groups above."""

    def indexed(self, name: str, at: Sequence[tuple[str, int]]) -> Value:
        """Return an answer in the repeats with these places."""

    def choice_name(self, value: str, name: str) -> str:
        """Return the words of a choice of a question."""


@dataclass(frozen=True, slots=True)
class Alone:
    """A formula that stands by itself, with answers by name: for examples and tests."""

    now: datetime
    answers: Mapping[str, Value] = field(default_factory=dict)
    own: Value = ""

    def ref(self, name: str) -> Value:
        """Return the answer of this name."""
        return self.answers.get(name, "")

    def here(self) -> Value:
        """Return the answer judged."""
        return self.own

    def beside(self, up: int, names: Sequence[str]) -> Value:
        """Return the answer of the last name."""
        return self.ref(names[-1]) if names else ""

    def position(self, up: int) -> int:
        """Return 1: it stands in no repeat."""
        return 1

    def indexed(self, name: str, at: Sequence[tuple[str, int]]) -> Value:
        """Return one of several answers."""
        found = self.answers.get(name, ())
        place = at[0][1] - 1
        return found[place] if isinstance(found, tuple) and 0 <= place < len(found) else ""

    def choice_name(self, value: str, name: str) -> str:
        """Return the choice itself: there are no words for it here."""
        return value


def value_of(node: Node, around: Around, choice: Mapping[str, str] | None = None) -> Value:
    """Return the value of a formula; `choice` are the columns of the choice a filter looks at."""
    if isinstance(node, Binary):
        return _binary(node, around, choice)
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Ref):
        return around.ref(node.name)
    if isinstance(node, Here):
        return around.here()
    if isinstance(node, Child):
        return choice.get(node.name, "") if choice is not None else ""
    if isinstance(node, Beside):
        return around.beside(node.up, node.names)
    if isinstance(node, Minus):
        return -number(value_of(node.of, around, choice))
    return _called(node, around, choice)


def holds(node: Node, around: Around, choice: Mapping[str, str] | None = None) -> bool:
    """Return whether a formula is true."""
    return truth(value_of(node, around, choice))


def _binary(node: Binary, around: Around, choice: Mapping[str, str] | None) -> Value:
    # A long row of `or` leans to the left: it is walked, not fallen into.
    row: list[Binary] = []
    left: Node = node
    while isinstance(left, Binary):
        row.append(left)
        left = left.left
    value = value_of(left, around, choice)
    for one in reversed(row):
        if one.operator in ("and", "or"):
            first = truth(value)
            settled = first == (one.operator == "or")
            value = first if settled else truth(value_of(one.right, around, choice))
        else:
            value = _worked(one.operator, value, value_of(one.right, around, choice))
    return value


def _worked(operator: str, left: Value, right: Value) -> Value:
    if operator == "=":
        return functions.equal(left, right)
    if operator == "!=":
        return functions.unequal(left, right)
    if operator in ("<", "<="):
        return functions.before(left, right, same=operator == "<=")
    if operator in (">", ">="):
        return functions.before(right, left, same=operator == ">=")
    a, b = number(left), number(right)
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    if operator == "*":
        return a * b
    return functions.divided(a, b) if operator == "div" else functions.remainder(a, b)


def _called(node: Call, around: Around, choice: Mapping[str, str] | None) -> Value:
    name, given = node.name, node.given
    if name == "if":
        return value_of(given[1] if holds(given[0], around, choice) else given[2], around, choice)
    if name == "today":
        return around.now.date()
    if name == "now":
        return around.now
    if name == "position":
        up = given[0].up if given and isinstance(given[0], Beside) else 0
        return float(around.position(up))
    values = [value_of(one, around, choice) for one in given]
    if name == "once":
        own = around.here()
        return own if text(own) != "" else values[0]
    if name == "jr:choice-name":
        return around.choice_name(text(values[0]), (places(text(values[1])) or [""])[0])
    if name == "indexed-repeat":
        return _indexed(given, values, around)
    if name == "date-time":
        return functions.as_moment(values[0], around.now.tzinfo) or ""
    try:
        return functions.call(name, values)
    except pattern.Odd as odd:
        raise _odd(odd) from None
    except functions.TooLong:
        raise Unreadable(
            Text(
                f"{name}() 拼出的文字超过{functions.MOST_LETTERS}个字",
                f"the text that {name}() puts together is longer than {functions.MOST_LETTERS} characters",
            )
        ) from None


def _odd(odd: pattern.Odd) -> Unsupported | Unreadable:
    if not odd.wrong:
        return Unsupported(f"regex {odd.part}")
    return Unreadable(Text(f"正则表达式在“{odd.part}”处写错了", f"the pattern of regex() is wrong at “{odd.part}”"))


def _indexed(given: Sequence[Node], values: Sequence[Value], around: Around) -> Value:
    at = []
    for place in range(1, len(given) - 1, 2):
        repeat, index = given[place], number(values[place + 1])
        if not isinstance(repeat, Ref) or not math.isfinite(index):
            return ""
        at.append((repeat.name, int(index)))
    return around.indexed(given[0].name, at) if isinstance(given[0], Ref) else ""


def check(node: Node) -> None:
    """Raise `Unsupported` or `Unreadable` for what can be known before any answer: the patterns of `regex`."""
    todo = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, Binary):
            todo += [one.left, one.right]
        elif isinstance(one, Minus):
            todo.append(one.of)
        elif isinstance(one, Call):
            todo += one.given
            if one.name == "current":
                raise Unsupported("current()")
            if one.name == "indexed-repeat" and not (
                len(one.given) % 2 and all(isinstance(each, Ref) for each in (one.given[0], *one.given[1::2]))
            ):
                raise Unsupported("indexed-repeat(…)")
            if one.name == "position" and one.given and not isinstance(one.given[0], Beside):
                raise Unsupported("position(…)")
            if one.name == "regex" and isinstance(one.given[1], Literal):
                try:
                    pattern.compiled(text(one.given[1].value))
                except pattern.Odd as odd:
                    raise _odd(odd) from None
