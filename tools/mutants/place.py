"""A fault, where it stands in today's code, and the source with it in.

A fault is anchored by file, function and text, not by line: it moves with the code, and `Gone` says plainly when the
text it changes stands there no longer, so that the list stays true.
"""

from __future__ import annotations

import ast
import hashlib
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTS = Path(__file__).resolve().parent / "faults"
STOREYS = ("rules", "desk", "subjects", "feeds", "web")


class Gone(Exception):
    """The text that a fault changes is not in today's code, or not so that it can be told which place is meant."""


@dataclass(frozen=True)
class Fault:
    """One small change; `where` is the function (`Class.method`), empty for the top of a module or a template.

    `old` stands in that function, as its occurrence number `nth` from 0; `same` is the reason why nobody could tell the
    difference, given when a survivor was judged.
    """

    id: str
    file: str
    where: str
    kind: str
    old: str
    new: str
    nth: int = 0
    same: str = ""

    @property
    def storey(self) -> str:
        """The storey whose tests must notice."""
        return self.file.split("/")[0]

    @property
    def path(self) -> str:
        """The file within the repository."""
        return f"src/wuxiao/{self.file}"

    @property
    def module(self) -> str:
        """The module's name; empty for a template."""
        return "" if not self.file.endswith(".py") else self.path[4:-3].replace("/", ".").removesuffix(".__init__")


@dataclass(frozen=True)
class Placed:
    """A fault in today's source: the whole text with it, the lines it touches (from 1), and whether a running
    process can take it on (its place is inside a function's body)."""

    fault: Fault
    before: str
    source: str
    lines: range
    live: bool

    @property
    def digest(self) -> str:
        """Changes when the code of the file or the fault does."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:16]


def read(folder: Path = LISTS) -> list[Fault]:
    """All faults of the lists, in their order."""
    found = []
    for storey in STOREYS:
        file = folder / f"{storey}.toml"
        if file.is_file():
            found += [Fault(**row) for row in tomllib.loads(file.read_text(encoding="utf-8")).get("fault", ())]
    twice = {one.id for one in found if sum(other.id == one.id for other in found) > 1}
    if twice:
        raise ValueError(f"two faults have the same name: {', '.join(sorted(twice))}")
    return found


@lru_cache(maxsize=512)
def functions(source: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method by its dotted name."""
    found: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}

    def walk(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                found.setdefault(prefix + child.name, child)
                walk(child, f"{prefix}{child.name}.")
            elif isinstance(child, ast.ClassDef):
                walk(child, f"{prefix}{child.name}.")
            else:
                walk(child, prefix)

    walk(ast.parse(source), "")
    return found


def span(source: str, where: str) -> tuple[int, int]:
    """First and last character of a function, its decorators included; of the whole text for an empty name."""
    if not where:
        return 0, len(source)
    node = functions(source).get(where)
    if node is None:
        raise Gone(f"there is no function {where}")
    starts = line_starts(source)
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return starts[first - 1], starts[node.end_lineno or node.lineno]


def line_starts(source: str) -> list[int]:
    """Where each line begins; one more than there are lines."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return [*starts, len(source)]


def place(fault: Fault, root: Path = ROOT) -> Placed:
    """Put it into today's source; Gone if it has no place there."""
    path = root / fault.path
    if not path.is_file():
        raise Gone(f"there is no file {fault.path}")
    source = path.read_text(encoding="utf-8")
    first, last = span(source, fault.where)
    at = first - 1
    for _ in range(fault.nth + 1):
        at = source.find(fault.old, at + 1, last)
        if at < 0:
            raise Gone(f"{fault.where or 'the file'} does not say {fault.old.splitlines()[0]!r}")
    changed = source[:at] + fault.new + source[at + len(fault.old) :]
    begin = source.count("\n", 0, at) + 1
    lines = range(begin, begin + fault.old.count("\n") + 1)
    if not fault.module:
        return Placed(fault, source, changed, range(0, 1), True)
    try:
        compile(changed, fault.path, "exec")
    except SyntaxError as wrong:
        raise Gone(f"with it the code cannot be read: {wrong.msg}") from None
    return Placed(fault, source, changed, lines, _inside(source, lines))


def _inside(source: str, lines: range) -> bool:
    """Whether all of these lines are statements of a function's body, which are read anew at each call."""
    return any(
        node.body[0].lineno <= lines.start and lines.stop - 1 <= (node.end_lineno or 0)
        for node in functions(source).values()
    )
