"""Regular expressions of forms, matched in a time that grows with the text and never explodes.

Whoever writes a form writes its `regex()`; Python's own engine can be held up for hours by a short pattern. This one
knows what forms use (classes, groups, alternatives, counted repeats, the ends) and walks all ways at once. What it does
not know it names: `Odd` says which part of the pattern that is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

MOST_PARTS = 5_000
#: Parts of a pattern times letters of a text: what one look may cost.
MOST_WORK = 5_000_000
MOST_REPEATS = 1_000
MOST_NESTED = 50
_CLASSES: dict[str, Callable[[str], bool]] = {
    "d": lambda c: c.isascii() and c.isdigit(),
    "w": lambda c: c.isascii() and (c.isalnum() or c == "_"),
    "s": lambda c: c in " \t\n\r\f\v",
}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_PROPERTIES: dict[str, Callable[[str], bool]] = {
    "L": lambda c: unicodedata.category(c).startswith("L"),
    "Lu": lambda c: unicodedata.category(c) == "Lu",
    "Ll": lambda c: unicodedata.category(c) == "Ll",
    "N": lambda c: unicodedata.category(c).startswith("N"),
    "P": lambda c: unicodedata.category(c).startswith("P"),
    "Han": lambda c: "㐀" <= c <= "䶿" or "一" <= c <= "鿿" or "\U00020000" <= c <= "\U000323af",
}


class Odd(ValueError):
    """A part of a pattern that cannot be followed here; `wrong` where it is no pattern at all."""

    def __init__(self, part: str, *, wrong: bool) -> None:
        super().__init__(part)
        self.part, self.wrong = part, wrong


Test = Callable[[str], bool]


@dataclass(slots=True)
class _Part:
    """One state: reads a character that passes `test`, or forks to several, or looks where it stands (`at`)."""

    test: Test | None = None
    to: list[int] = field(default_factory=list)
    at: str = ""


@dataclass(slots=True)
class Pattern:
    """A pattern ready to be matched against whole texts."""

    parts: list[_Part]
    start: int
    end: int

    def matches(self, text: str) -> bool:
        """Return whether the whole text is of this pattern; raises `Odd` where that would take too long."""
        if len(self.parts) * len(text) > MOST_WORK:
            raise Odd(f"regex(…{len(text)}…)", wrong=False)
        now = self._reached({self.start}, text, 0)
        for place, char in enumerate(text):
            after = {to for one in now if (test := self.parts[one].test) and test(char) for to in self.parts[one].to}
            if not after:
                return False
            now = self._reached(after, text, place + 1)
        return self.end in now

    def _reached(self, first: set[int], text: str, place: int) -> set[int]:
        found, todo = set(first), list(first)
        while todo:
            part = self.parts[todo.pop()]
            if part.test is not None or not _stands(part.at, text, place):
                continue
            for to in part.to:
                if to not in found:
                    found.add(to)
                    todo.append(to)
        return found


def _stands(at: str, text: str, place: int) -> bool:
    if not at:
        return True
    if at == "^":
        return place == 0
    if at == "$":
        return place == len(text)
    before = place > 0 and _CLASSES["w"](text[place - 1])
    after = place < len(text) and _CLASSES["w"](text[place])
    return (before != after) == (at == "b")


@lru_cache(maxsize=512)
def compiled(source: str) -> Pattern:
    """Return the pattern; raises `Odd` where a part is not known or wrong."""
    return _Reader(source).whole()


class _Reader:
    def __init__(self, source: str) -> None:
        self.source, self.place, self.depth = source, 0, 0
        self.parts: list[_Part] = []

    def whole(self) -> Pattern:
        first, last = self._either()
        if self.place < len(self.source):
            raise Odd(self.source[self.place :][:20], wrong=True)
        return Pattern(self.parts, first, last)

    def _new(self, test: Test | None = None, at: str = "") -> int:
        if len(self.parts) >= MOST_PARTS:
            raise Odd(self.source[:20], wrong=False)
        self.parts.append(_Part(test, [], at))
        return len(self.parts) - 1

    def _peek(self) -> str:
        return self.source[self.place] if self.place < len(self.source) else ""

    def _either(self) -> tuple[int, int]:
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise Odd("(" * 10, wrong=False)
        first, last = self._new(), self._new()
        while True:
            start, end = self._row()
            self.parts[first].to.append(start)
            self.parts[end].to.append(last)
            if self._peek() != "|":
                break
            self.place += 1
        self.depth -= 1
        return first, last

    def _row(self) -> tuple[int, int]:
        first = last = self._new()
        while self._peek() not in ("", "|", ")"):
            begun = self.place
            start, end = self._one()
            start, end = self._repeated(begun, start, end)
            self.parts[last].to.append(start)
            last = end
        return first, last

    def _repeated(self, begun: int, start: int, end: int) -> tuple[int, int]:
        after = self.place
        found = re.compile(r"[*+?]|\{(\d+)(,?)(\d*)\}").match(self.source, self.place)
        if not found:
            return start, end
        self.place = found.end()
        if self._peek() in ("?", "+"):
            # Lazy finds the same whole texts; possessive may not.
            if self._peek() == "+":
                raise Odd(found.group() + "+", wrong=False)
            self.place += 1
        mark = found.group()[0]
        if mark == "{":
            least = int(found[1])
            most = (int(found[3]) if found[3] else None) if found[2] else least
        else:
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[mark]
        if max(least, most or 0) > MOST_REPEATS:
            raise Odd(found.group(), wrong=False)
        if most is not None and most < least:
            raise Odd(found.group(), wrong=True)
        done = self.place
        first, last = self._new(), self._new()
        stand = first
        copies = 0
        used = False

        def another() -> tuple[int, int]:
            nonlocal used
            if not used:
                used = True
                return start, end
            self.place = begun
            made = self._one()
            assert self.place == after
            return made

        while copies < least:
            start_, end_ = another()
            self.parts[stand].to.append(start_)
            stand, copies = end_, copies + 1
        if most is None:
            start_, end_ = another()
            loop = self._new()
            self.parts[stand].to.append(loop)
            self.parts[loop].to += [start_, last]
            self.parts[end_].to.append(loop)
        else:
            while copies < most:
                start_, end_ = another()
                self.parts[stand].to += [start_, last]
                stand, copies = end_, copies + 1
            self.parts[stand].to.append(last)
        self.place = done
        if re.compile(r"[*+?]|\{\d+,?\d*\}").match(self.source, self.place):
            raise Odd(self.source[self.place :][:10], wrong=True)
        return first, last

    def _one(self) -> tuple[int, int]:
        char = self._peek()
        self.place += 1
        if char == "(":
            return self._group()
        if char == "[":
            return self._reading(self._class())
        if char == ".":
            return self._reading(lambda c: c != "\n")
        if char in "^$":
            here = self._new(at=char)
            return here, here
        if char == "\\":
            return self._escaped()
        if char in "*+?" or (char == "{" and re.compile(r"\d+,?\d*\}").match(self.source, self.place)):
            raise Odd(char, wrong=True)
        return self._reading(lambda c: c == char)

    def _reading(self, test: Test) -> tuple[int, int]:
        first, last = self._new(test), self._new()
        self.parts[first].to.append(last)
        return first, last

    def _group(self) -> tuple[int, int]:
        if self._peek() == "?":
            mark = self.source[self.place : self.place + 2]
            if mark != "?:":
                raise Odd("(" + self.source[self.place : self.place + 3], wrong=False)
            self.place += 2
        made = self._either()
        if self._peek() != ")":
            raise Odd("(", wrong=True)
        self.place += 1
        return made

    def _escaped(self) -> tuple[int, int]:
        if self._peek() in ("b", "B"):
            here = self._new(at=self._peek())
            self.place += 1
            return here, here
        if self._peek().isdigit() and self._peek() != "0":
            raise Odd("\\" + self._peek(), wrong=False)
        return self._reading(self._escape())

    def _escape(self) -> Test:
        char = self._peek()
        self.place += 1
        if not char:
            raise Odd("\\", wrong=True)
        if char.lower() in _CLASSES:
            test = _CLASSES[char.lower()]
            return test if char.islower() else lambda c: not test(c)
        if char in "pP":
            found = re.compile(r"\{(?:Is|script=)?(\w+)\}").match(self.source, self.place)
            if not found or found[1] not in _PROPERTIES:
                raise Odd("\\" + char + self.source[self.place :][:10], wrong=False)
            self.place = found.end()
            has = _PROPERTIES[found[1]]
            return has if char == "p" else lambda c: not has(c)
        literal = self._literal(char)
        return lambda c: c == literal

    def _literal(self, char: str) -> str:
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char in "xu":
            long = 2 if char == "x" else 4
            digits = self.source[self.place : self.place + long]
            if not re.fullmatch(rf"[0-9A-Fa-f]{{{long}}}", digits):
                raise Odd("\\" + char + digits, wrong=True)
            self.place += long
            return chr(int(digits, 16))
        if char.isascii() and char.isalnum():
            raise Odd("\\" + char, wrong=False)
        return char

    def _class(self) -> Test:
        negated = self._peek() == "^"
        self.place += negated
        tests: list[Test] = []
        first = True
        while self._peek() != "]" or first:
            if not self._peek():
                raise Odd("[", wrong=True)
            if self.source.startswith("&&", self.place) or self._peek() == "[":
                # Java's intersections and unions of classes.
                raise Odd(self.source[self.place : self.place + 3], wrong=False)
            tests.append(self._range())
            first = False
        self.place += 1
        return lambda c: any(test(c) for test in tests) != negated

    def _range(self) -> Test:
        char = self._peek()
        self.place += 1
        if char == "\\":
            nxt = self._peek()
            if nxt.lower() in _CLASSES or nxt in "pP" or not nxt:
                return self._escape()
            self.place += 1
            char = "\b" if nxt == "b" else self._literal(nxt)
        if self._peek() == "-" and self.source[self.place + 1 : self.place + 2] not in ("", "]"):
            self.place += 1
            end = self._peek()
            self.place += 1
            if end == "\\":
                nxt = self._peek()
                if nxt.lower() in _CLASSES:
                    raise Odd("-\\" + nxt, wrong=True)
                self.place += 1
                end = self._literal(nxt)
            if end < char:
                raise Odd(f"{char}-{end}", wrong=True)
            return lambda c: char <= c <= end
        return lambda c: c == char
