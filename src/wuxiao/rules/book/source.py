"""Reading a rule book with its positions, so that every mistake can be told with its line.

`tomllib` says what a text holds but not where. `positions` walks the same text again, only when something is wrong, and
notes the line of every table, key and array element. `Node` reads values out of the parsed text, collects mistakes and
goes on.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from wuxiao.rules.promise import Term, Unit
from wuxiao.rules.words import Text

Path = tuple[str | int, ...]
K = TypeVar("K")
V = TypeVar("V")

_ANY = Term(1, Unit.WORKING_DAYS)

_SKIP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_BLANK = re.compile(r"[ \t]+")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.S)
_LONG_LITERAL = re.compile(r"'''.*?'{3,5}", re.S)
_PLAIN = re.compile(r"[^,\]}\n#]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a rule book: the line it stands on (0 if it concerns the whole file), where, and the reason."""

    line: int
    where: str
    reason: Text

    def say(self, lang: str) -> str:
        """Return the mistake as one line of text without the file name."""
        return f"{self.line}: {self.where + ': ' if self.where else ''}{self.reason.say(lang)}"


class BookError(ValueError):
    """A rule book was refused; `problems` holds every mistake found, in the order of the lines."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(sorted(set(problems), key=lambda p: (p.line, p.where, p.reason.en)))
        super().__init__(self.say("en"))

    def say(self, lang: str) -> str:
        """Return every mistake as `file:line: where: reason`, one a line, in the language asked for."""
        return "\n".join(f"{self.source}:{problem.say(lang)}" for problem in self.problems)


class _Walker:
    """Walks TOML text that may be assumed well formed and notes where things stand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.twice: list[tuple[Path, int, int]] = []
        self.counts: dict[Path, int] = {}
        self._starts = [m.start() for m in re.finditer(r"\n", text)]

    def line(self) -> int:
        return bisect_left(self._starts, self.at) + 1

    def skip(self, pattern: re.Pattern[str] = _SKIP) -> None:
        if m := pattern.match(self.text, self.at):
            self.at = m.end()

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def note(self, path: Path, *, check: bool = True) -> None:
        line = self.line()
        if path in self.lines and check:
            self.twice.append((path, self.lines[path], line))
        self.lines.setdefault(path, line)

    def string(self) -> str:
        for pattern, width in ((_LONG_BASIC, 3), (_LONG_LITERAL, 3), (_BASIC, 1), (_LITERAL, 1)):
            if m := pattern.match(self.text, self.at):
                self.at = m.end()
                return m.group()[width:-width]
        raise IndexError

    def key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self.skip(_BLANK)
            if m := _BARE.match(self.text, self.at):
                parts.append(m.group())
                self.at = m.end()
            else:
                parts.append(self.string())
            self.skip(_BLANK)
            if self.peek() != ".":
                return parts
            self.at += 1

    def resolve(self, parts: list[str], base: Path = ()) -> Path:
        """Follow dotted names to the element of an array of tables that is open now."""
        path: Path = base
        for part in parts:
            path = (*path, part)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        return path

    def value(self, path: Path) -> None:
        char = self.peek()
        if char in "\"'":
            self.string()
        elif char == "[":
            self.at += 1
            index = 0
            while True:
                self.skip()
                if self.peek() == "]":
                    self.at += 1
                    return
                self.note((*path, index))
                self.value((*path, index))
                index += 1
                self.skip()
                if self.peek() == ",":
                    self.at += 1
        elif char == "{":
            self.at += 1
            while True:
                self.skip()
                if self.peek() == "}":
                    self.at += 1
                    return
                self.pair(path)
                self.skip()
                if self.peek() == ",":
                    self.at += 1
        elif m := _PLAIN.match(self.text, self.at):
            self.at = m.end()
        else:
            raise IndexError

    def pair(self, base: Path) -> None:
        start = self.at
        parts = self.key()
        end, self.at = self.at, start
        for depth in range(1, len(parts)):
            self.note((*base, *parts[:depth]), check=False)
        path = (*base, *parts)
        self.note(path)
        self.at = end
        if self.peek() != "=":
            raise IndexError
        self.at += 1
        self.skip(_BLANK)
        self.value(path)

    def walk(self) -> None:
        base: Path = ()
        while True:
            self.skip()
            if self.at >= len(self.text):
                return
            if self.text.startswith("[[", self.at):
                start = self.at
                self.at += 2
                parts = self.key()
                head = (*self.resolve(parts[:-1]), parts[-1])
                self.counts[head] = self.counts.get(head, 0) + 1
                base = (*head, self.counts[head] - 1)
                end, self.at = self.at + 2, start
                self.note(head, check=False)
                self.note(base)
                self.at = end
            elif self.peek() == "[":
                start = self.at
                self.at += 1
                base = self.resolve(self.key())
                end, self.at = self.at + 1, start
                self.note(base)
                self.at = end
            else:
                self.pair(base)


def positions(text: str) -> tuple[dict[Path, int], list[tuple[Path, int, int]]]:
    """Return the line of every table, key and array element, and the names that stand twice with both lines.

    Paths are tuples of names and element numbers, as `("route", 3, "lead")`. Where the text is broken the walk ends
    early and what was found so far is returned.
    """
    walker = _Walker(text)
    with suppress(IndexError):
        walker.walk()
    again = {path for path, _, _ in walker.twice}
    outermost = [t for t in walker.twice if not any(t[0][:n] in again for n in range(1, len(t[0])))]
    return walker.lines, outermost


class Notes:
    """The mistakes found so far, by path; lines are looked up at the end."""

    def __init__(self, *, adopted: bool = False) -> None:
        self.found: list[tuple[Path, Text]] = []
        self.adopted = adopted

    def add(self, path: Path, zh: str, en: str) -> None:
        """Note one mistake at a path, in both languages."""
        self.found.append((path, Text(zh, en)))

    def __len__(self) -> int:
        return len(self.found)

    def problems(self, text: str) -> list[Problem]:
        """Return the mistakes with the line of the path, or of the nearest thing around it that stands in the text."""
        lines, _ = positions(text)
        out = []
        for path, reason in self.found:
            near = path
            while near and near not in lines:
                near = near[:-1]
            out.append(Problem(lines.get(near, 0), show(path), reason))
        return out


def show(path: Path) -> str:
    """Write a path as people name it: `route[3].lead`, counting elements from 1."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part + 1}]"
        else:
            name = part if _BARE.fullmatch(part) else f'"{part}"'
            out += f".{name}" if out else name
    return out


def suggest(word: str, known: Iterable[str]) -> Text:
    """Return a closing 'did you mean' in both languages, empty when nothing is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return Text(f";您是否想写「{near[0]}」?", f'; did you mean "{near[0]}"?') if near else Text("", "")


_TYPES = {str: Text("文字", "text"), int: Text("整数", "a whole number"), float: Text("数", "a number")}
_TYPES |= {bool: Text("true 或 false", "true or false"), list: Text("列表", "a list"), dict: Text("表", "a table")}


class Node:
    """One table of a parsed book; reads its values by name, notes mistakes and gives a harmless value instead."""

    def __init__(self, notes: Notes, value: Any, path: Path) -> None:
        self.notes = notes
        self.path = path
        self.seen: list[str] = []
        self.map: Mapping[str, Any] = {}
        if isinstance(value, dict):
            self.map = value
        else:
            self.wrong((), dict)

    def wrong(self, rest: Path, wanted: type) -> None:
        """Note that the value at `rest` has the wrong type."""
        name = _TYPES[wanted]
        self.bad(rest, f"这里应当是{name.zh}", f"this should be {name.en}")

    def bad(self, rest: Path, zh: str, en: str) -> None:
        """Note a mistake at a path beneath this table."""
        self.notes.add((*self.path, *rest), zh, en)

    def has(self, key: str) -> bool:
        """Tell whether the key stands in the table, and count it as read."""
        self.seen.append(key)
        return key in self.map

    def get(self, key: str, wanted: type) -> Any:
        """Return a required value of the wanted type, or None with a mistake noted."""
        if not self.has(key):
            self.bad((), f"缺少「{key}」", f'"{key}" is missing')
            return None
        value = self.map[key]
        if (isinstance(value, bool) and wanted is not bool) or not isinstance(value, wanted):
            if wanted is float and isinstance(value, int) and not isinstance(value, bool):
                return float(value)
            self.wrong((key,), wanted)
            return None
        return value

    def string(self, key: str, pattern: str | None = None, default: str | None = None) -> str:
        """Return a text value, not blank; required unless a default is given."""
        if default is not None and not self.has(key):
            return default
        value = self.get(key, str)
        if value is None:
            return default or ""
        if not value.strip():
            self.bad((key,), "不能为空", "this must not be blank")
        elif pattern is not None and not re.fullmatch(pattern, value):
            self.bad((key,), f"「{value}」的写法不对", f'"{value}" is not written as it should be')
        return str(value)

    def whole(self, key: str, low: int, high: int) -> int:
        """Return a whole number within `low` to `high`, both included."""
        value = self.get(key, int)
        if value is None:
            return low
        if not low <= value <= high:
            self.bad((key,), f"{value} 不在 {low} 到 {high} 之间", f"{value} is not between {low} and {high}")
        return int(value)

    def flag(self, key: str, default: bool | None = None) -> bool:
        """Return true or false; required unless a default is given."""
        if default is not None and not self.has(key):
            return default
        return bool(self.get(key, bool))

    def text(self, key: str) -> Text:
        """Return a text given as `{ zh = "…", en = "…" }`, both required."""
        value = self.get(key, dict)
        if value is None:
            return Text("", "")
        return self.child(key).bilingual()

    def bilingual(self) -> Text:
        """Read this whole table as a two-language text."""
        out = Text(self.string("zh"), self.string("en"))
        self.done()
        return out

    def strings(self, key: str, *, least: int = 1, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of texts without repeats; one text alone counts as a list of one."""
        if default is not None and not self.has(key):
            return default
        self.has(key)
        if isinstance(self.map.get(key), str):
            return (self.string(key),)
        value = self.get(key, list)
        if value is None:
            return ()
        out: list[str] = []
        for n, item in enumerate(value):
            if not isinstance(item, str):
                self.wrong((key, n), str)
            elif not item.strip():
                self.bad((key, n), "不能为空", "this must not be blank")
            elif item in out:
                self.bad((key, n), f"「{item}」重复了", f'"{item}" stands twice')
            else:
                out.append(item)
        if len(value) < least:
            self.bad((key,), f"至少要有 {least} 项", f"at least {least} needed")
        return tuple(out)

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        """Return a text that must be one of the allowed words."""
        if default is not None and not self.has(key):
            return default
        value = self.get(key, str)
        if value is None:
            return ""
        self.known((key,), value, allowed)
        return str(value)

    def known(self, rest: Path, value: str, allowed: Iterable[str]) -> bool:
        """Note a mistake unless the word is among the allowed ones; tell whether it is."""
        words = list(allowed)
        if value in words:
            return True
        hint = suggest(value, words)
        listing = "、".join(words) if len(words) <= 9 else ""
        tail = Text(f"(可用:{listing})", f" (known: {', '.join(words)})") if listing else Text("", "")
        self.bad(rest, f"不认识「{value}」{tail.zh}{hint.zh}", f'"{value}" is not known{tail.en}{hint.en}')
        return False

    def term(self, key: str) -> Term:
        """Return a term such as `"5 working_days"`, more than nothing."""
        value = self.get(key, str)
        return self.parse_term((key,), value) if value is not None else _ANY

    def maybe_term(self, key: str) -> Term | None:
        """Return a term, or None when the key is absent."""
        return self.term(key) if self.has(key) else None

    def parse_term(self, rest: Path, value: object) -> Term:
        """Read one term, noting a mistake when it is nonsense."""
        if not isinstance(value, str):
            self.wrong(rest, str)
            return _ANY
        try:
            return Term.parse(value)
        except ValueError:
            self.bad(
                rest,
                f"「{value}」不是时限;应写作“数量 单位”,如 5 working_days,单位可用 "
                "working_days、calendar_days、working_hours、hours、minutes",
                f'"{value}" is not a term; write a number above 0 and a unit as in "5 working_days", the units being '
                "working_days, calendar_days, working_hours, hours, minutes",
            )
            return _ANY

    def child(self, key: str) -> Node:
        """Return the table under a key, required; a mistake is noted if it is absent or no table."""
        if not self.has(key):
            self.bad((), f"缺少「{key}」", f'"{key}" is missing')
            return Node(self.notes, {}, (*self.path, key))
        return Node(self.notes, self.map[key], (*self.path, key))

    def table(self, key: str) -> list[tuple[str, Node]]:
        """Return the named tables under a key, in the order of the text."""
        whole = self.child(key)
        return [(name, Node(self.notes, value, (*whole.path, name))) for name, value in whole.map.items()]

    def array(self, key: str, *, least: int = 0) -> list[Node]:
        """Return the tables of an array of tables, in the order of the text."""
        if not self.has(key) and least == 0:
            return []
        value = self.get(key, list)
        if value is None:
            return []
        if len(value) < least:
            self.bad((key,), f"至少要有 {least} 项", f"at least {least} needed")
        return [Node(self.notes, item, (*self.path, key, n)) for n, item in enumerate(value)]

    def gone(self, key: str, zh: str, en: str) -> None:
        """Note a key that did nothing and has left the book, with what to do instead.

        A book that a town adopted while the key was known is read as it is: it must not stop for it.
        """
        if key in self.map:
            self.seen.append(key)
            if not self.notes.adopted:
                self.bad((key,), f"「{key}」不起作用,已取消,请删去:{zh}", f'"{key}" did nothing and is gone: {en}')

    def done(self) -> None:
        """Note every key of this table that nobody read, with a likely meaning."""
        for key in self.map:
            if key not in self.seen:
                hint = suggest(key, self.seen)
                self.bad((key,), f"不认识的项「{key}」{hint.zh}", f'unknown key "{key}"{hint.en}')


def name_of(node: Node) -> Text:
    """Read the `zh` and `en` that stand beside the other keys of a table."""
    return Text(node.string("zh"), node.string("en"))


def fixed(root: Node, key: str, codes: Iterable[str]) -> list[tuple[str, Node]]:
    """Return the entries of a table whose names are fixed, noting the missing and the strange ones."""
    node = root.child(key)
    out = []
    for code in codes:
        if code in node.map:
            out.append((code, Node(root.notes, node.map[code], (*node.path, code))))
        else:
            node.bad((), f"缺少「{code}」", f'"{code}" is missing')
    node.seen.extend(codes)
    node.done()
    return out


def freeze(items: Mapping[K, V]) -> Mapping[K, V]:
    """Return a read-only copy."""
    return MappingProxyType(dict(items))
