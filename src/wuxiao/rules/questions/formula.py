"""The formulas of a question set, read into a tree: the part of XPath that XLSForm uses, and nothing that runs code.

`read` returns a tree or says what it cannot follow (`Unsupported`, with the name of the feature) or cannot read
(`Unreadable`, with the place). What a formula means is in `evaluate`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from wuxiao.rules.questions.functions import counts
from wuxiao.rules.words import Text

MOST_LETTERS = 10_000
MOST_DEEP = 50
#: A name as forms allow it: a letter or underscore, then letters, digits, `_`, `-`, `.`.
NAME = r"[^\W\d][\w.\-·]*"


@dataclass(frozen=True, slots=True)
class Literal:
    """A text in quotation marks, or a number."""

    value: str | float


@dataclass(frozen=True, slots=True)
class Ref:
    """`${name}`: the answer of another question."""

    name: str


@dataclass(frozen=True, slots=True)
class Here:
    """`.`: the answer that is being judged."""


@dataclass(frozen=True, slots=True)
class Child:
    """A bare name: a column of the choice in a choice filter, nothing elsewhere."""

    name: str


@dataclass(frozen=True, slots=True)
class Beside:
    """`../name`: a question `up` groups above, then down by names; no names: that group itself."""

    up: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function and what it is given."""

    name: str
    given: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Two sides and what stands between them."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Minus:
    """The negative of a number."""

    of: Node


Node = Literal | Ref | Here | Child | Beside | Call | Binary | Minus


class FormulaError(ValueError):
    """A formula that cannot be used; `text` says why in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class Unsupported(FormulaError):
    """A good formula with a feature that this house does not have; `feature` names it."""

    def __init__(self, feature: str) -> None:
        super().__init__(Text(f"本系统不支持 {feature}", f"{feature} is not supported here"))
        self.feature = feature


class Unreadable(FormulaError):
    """No formula; says where it stops making sense."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int


_TOKENS = re.compile(
    rf"""\s*(?:
    (?P<ref>\$\{{\s*(?:last-saved\#)?{NAME}\s*\}})
  | (?P<number>\d+(?:\.\d*)?|\.\d+)
  | (?P<text>"[^"]*"|'[^']*')
  | (?P<name>{NAME}(?::{NAME})?)
  | (?P<sign>\.\.|::|//|!=|<=|>=|[-+*=<>|()\[\],./@$])
  )""",
    re.VERBOSE,
)
_BEFORE_OPERAND = frozenset(
    {"", "(", ",", "[", "@", "::", "/", "//", "|", "+", "-", "*", "=", "!=", "<", "<=", ">"}
) | {
    ">=",
    "and",
    "or",
    "div",
    "mod",
}
_WORDS = frozenset({"and", "or", "div", "mod"})


def _tokens(source: str) -> Iterator[_Token]:
    place, before = 0, ""
    end = len(source.rstrip())
    while place < end:
        found = _TOKENS.match(source, place)
        if not found:
            # Told only when the reading comes to it: what stands before may be wrong already.
            yield _Token("bad", "", place)
            break
        kind = str(found.lastgroup)
        text, start = found[kind], found.start(kind)
        # XPath's own rule: after something that can be worked with, `*` and the four words are operators.
        if before not in _BEFORE_OPERAND and (text == "*" or text in _WORDS):
            kind = "operator"
        elif kind == "sign" and text == "*":
            kind = "star"
        before = text if kind in ("sign", "operator") else "x"
        yield _Token(kind, text, start)
        place = found.end()
    yield _Token("end", "", end)


def _wrong(source: str, place: int) -> Unreadable:
    rest = source[place:].strip()[:30]
    if not rest:
        return Unreadable(
            Text("公式没有写完，请补上后半部分", "the formula stops short: something is missing at its end")
        )
    return Unreadable(
        Text(
            f"公式从“{rest}”起读不懂，请检查括号、引号和运算符",
            f"the formula makes no sense from “{rest}” on: check brackets, quotation marks and operators",
        )
    )


@lru_cache(maxsize=4096)
def read(source: str) -> Node:
    """Return the tree of a formula; raises `Unsupported` or `Unreadable`.

    >>> read("${age} >= 18")
    Binary(operator='>=', left=Ref(name='age'), right=Literal(value=18.0))
    """
    if len(source) > MOST_LETTERS:
        raise Unreadable(
            Text(
                f"公式超过{MOST_LETTERS}个字符，请拆成几步计算",
                f"the formula is longer than {MOST_LETTERS} characters: split it into several calculations",
            )
        )
    return _Reader(source).whole()


_LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = list(_tokens(source))
        self.place = 0
        self.depth = 0

    @property
    def now(self) -> _Token:
        return self.tokens[self.place]

    def _take(self, text: str) -> bool:
        if self.now.text == text and self.now.kind in ("sign", "operator", "star"):
            self.place += 1
            return True
        return False

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise _wrong(self.source, self.now.place)

    def whole(self) -> Node:
        made = self._level(0)
        if self.now.kind != "end":
            raise _wrong(self.source, self.now.place)
        return made

    def _level(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._minus()
        left = self._level(level + 1)
        while self.now.text in _LEVELS[level] and self.now.kind in ("sign", "operator"):
            operator = self.now.text
            self.place += 1
            left = Binary(operator, left, self._level(level + 1))
        return left

    def _minus(self) -> Node:
        minuses = 0
        while self._take("-"):
            minuses += 1
        made = self._one()
        if self._take("|"):
            raise Unsupported("a | b")
        # Two minuses still make a number of what stands behind them.
        for _ in range(min(minuses, 2 - minuses % 2)):
            made = Minus(made)
        return made

    def _one(self) -> Node:
        self.depth += 1
        if self.depth > MOST_DEEP:
            raise Unreadable(
                Text(
                    "公式的括号层数太多，请拆成几步计算",
                    "the formula is nested too deeply: split it into several calculations",
                )
            )
        made = self._bare()
        if self.now.text == "[" and self.now.kind == "sign":
            raise Unsupported("[…]")
        if self.now.text in ("/", "//") and self.now.kind == "sign":
            if isinstance(made, Call) and made.name == "current" and not made.given and self.now.text == "/":
                self.place += 1
                made = self._path()
            else:
                raise Unsupported(f"{made.name}()/…" if isinstance(made, Call) else "a/b")
        self.depth -= 1
        return made

    def _bare(self) -> Node:
        token = self.now
        if token.kind == "end":
            raise _wrong(self.source, token.place)
        if token.kind == "number":
            self.place += 1
            return Literal(float(token.text))
        if token.kind == "text":
            self.place += 1
            return Literal(token.text[1:-1])
        if token.kind == "ref":
            self.place += 1
            name = token.text[2:-1].strip()
            if name.startswith("last-saved#"):
                raise Unsupported("${last-saved#…}")
            return Ref(name)
        if self._take("("):
            made = self._level(0)
            self._need(")")
            return made
        if token.kind == "name":
            return self._named()
        return self._path()

    def _named(self) -> Node:
        token = self.now
        self.place += 1
        if self._take("("):
            given: list[Node] = []
            if not self._take(")"):
                given.append(self._level(0))
                while self._take(","):
                    given.append(self._level(0))
                self._need(")")
            return _checked(token.text, tuple(given))
        if self.now.text == "::" and self.now.kind == "sign":
            raise Unsupported(f"{token.text}::")
        if self.now.text in ("/", "//") and self.now.kind == "sign":
            raise Unsupported("a/b")
        return Child(token.text)

    def _path(self) -> Node:
        """Read `.`, `..`, `../a/b`; name the other paths."""
        token = self.now
        up, names = 0, []
        if self._take("."):
            if not self._take("/"):
                return Here()
            if self.now.text != "..":
                raise Unsupported("./a")
        if self.now.text in ("/", "//"):
            raise Unsupported("/a/b")
        if self.now.text in ("@", "*"):
            raise Unsupported(self.now.text)
        while self._take(".."):
            up += 1
            if not self._take("/"):
                return Beside(up, ())
        if not up:
            raise _wrong(self.source, token.place)
        while self.now.kind == "name":
            names.append(self.now.text)
            self.place += 1
            if not self._take("/"):
                return Beside(up, tuple(names))
        raise Unsupported("../*") if self.now.text in ("*", "@") else _wrong(self.source, self.now.place)


def _checked(name: str, given: tuple[Node, ...]) -> Node:
    if name == "current":
        return Call(name, given)
    allowed = counts(name)
    if allowed is None:
        raise Unsupported(f"{name}()")
    least, most = allowed
    if len(given) < least or (most is not None and len(given) > most):
        wanted = str(least) if least == most else f"{least}–{most}" if most is not None else f"≥ {least}"
        raise Unreadable(
            Text(
                f"{name}() 要有 {wanted} 个参数，这里有 {len(given)} 个",
                f"{name}() takes {wanted} arguments; there are {len(given)} here",
            )
        )
    return Call(name, given)


def parts(node: Node) -> Iterator[Node]:
    """Yield a tree's nodes, the outer before the inner."""
    todo = [node]
    while todo:
        one = todo.pop()
        yield one
        if isinstance(one, Binary):
            todo += [one.right, one.left]
        elif isinstance(one, Minus):
            todo.append(one.of)
        elif isinstance(one, Call):
            todo += reversed(one.given)


_PLACES = re.compile(rf"\$\{{\s*((?:last-saved\#)?{NAME})\s*\}}")


def places(text: str) -> list[str]:
    """Return the names of the answers that a label or message shows: `${name}`.

    >>> places("${a} 到 ${ b }")
    ['a', 'b']
    """
    return _PLACES.findall(text)


def filled(text: str, say: dict[str, str]) -> str:
    """Return a label or message with its `${name}` filled; names that are not in `say` become nothing."""
    return _PLACES.sub(lambda found: say.get(found[1], ""), text)
