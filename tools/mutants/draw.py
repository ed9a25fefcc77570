"""Draw small faults from today's code: every place a rule below fits, then some of each, by lot from a fixed seed.

    python -m tools.mutants.draw desk 100     prints a list for faults/desk.toml without what stands there already

The kinds are those that people make: a boundary moved, a condition turned, a check, a call or a member of a set left
out, the other language, a filter of a query forgotten, one too many, nothing given back.
"""

from __future__ import annotations

import ast
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tools.mutants.place import ROOT, Fault, Gone, functions, line_starts, place, read

SEED = 2026
COMPARE = {
    ast.Lt: ("<", "<=", "boundary"),
    ast.LtE: ("<=", "<", "boundary"),
    ast.Gt: (">", ">=", "boundary"),
    ast.GtE: (">=", ">", "boundary"),
    ast.Eq: ("==", "!=", "turned"),
    ast.NotEq: ("!=", "==", "turned"),
    ast.In: ("in", "not in", "turned"),
    ast.NotIn: ("not in", "in", "turned"),
    ast.Is: ("is", "is not", "turned"),
    ast.IsNot: ("is not", "is", "turned"),
}
WRITTEN = re.compile(r"\b(diary\.|log_|_log|audit|note_read|readings\.|log\()")
LOOKUPS = {"__lt=": "__lte=", "__lte=": "__lt=", "__gt=": "__gte=", "__gte=": "__gt="}
EMPTY = {"list": "[]", "tuple": "()", "dict": "{}", "str": '""', "set": "set()", "frozenset": "frozenset()", "int": "0"}
#: Words whose values nobody outside the function can tell apart, and what only one of the two databases runs.
UNSEEN = re.compile(
    r"\b(slots|frozen|kw_only|maxsize|ensure_ascii|missing_ok|exist_ok|parents|write_only|batch_size|chunk_size|strict)=|"
    r"postgres|sqlite|vendor|FOR UPDATE|\b(log|logger)\."
)
IF = re.compile(r"\{%-? (?:el)?if (?P<condition>[^%]+?) -?%\}")
Edit = tuple[str, int, int, str]


class Source:
    """One module's text, with the places of its nodes as characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = line_starts(text)
        self.lines = text.splitlines(keepends=True)

    def at(self, line: int, column: int) -> int:
        """The character of a place that ast counts in bytes."""
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def begin(self, node: ast.expr | ast.stmt) -> int:
        """Its first character."""
        return self.at(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        """One beyond its last."""
        return self.at(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def of(self, node: ast.expr | ast.stmt) -> str:
        """Its text."""
        return self.text[self.begin(node) : self.end(node)]


def edits(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Every small change of this one node: (kind, from, to, new text)."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        old, new, kind = COMPARE[type(node.ops[0])]
        yield from _between(source, kind, node.left, node.comparators[0], old, new)
    elif isinstance(node, ast.BoolOp):
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        yield from _between(source, "joined", node.values[0], node.values[1], old, new)
        for left_out in (0, len(node.values) - 1):
            kept = node.values[1 - left_out] if left_out == 0 else node.values[left_out - 1]
            if left_out == 0:
                yield "half", source.begin(node.values[0]), source.begin(kept), ""
            else:
                yield "half", source.end(kept), source.end(node.values[left_out]), ""
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "turned", source.begin(node), source.begin(node.operand), ""
    elif isinstance(node, ast.If):
        yield from _guard(source, node)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        kind = "unwritten" if WRITTEN.search(source.of(node)) else "call"
        yield kind, source.begin(node), source.end(node), "pass"
    elif isinstance(node, ast.AugAssign):
        yield "call", source.begin(node), source.end(node), "pass"
    elif isinstance(node, ast.Constant):
        yield from _constant(source, node)
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield "nothing", source.begin(node.value), source.end(node.value), "None"
    elif isinstance(node, ast.Call):
        yield from _call(source, node)
    elif isinstance(node, ast.Attribute) and node.attr in {"zh", "en"}:
        yield "language", source.end(node) - 2, source.end(node), "en" if node.attr == "zh" else "zh"
    elif isinstance(node, ast.Set) and len(node.elts) > 1:
        yield from _member(source, node.elts)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        old, new = ("+", "-") if isinstance(node.op, ast.Add) else ("-", "+")
        if not isinstance(node.left, ast.Constant | ast.JoinedStr) and not isinstance(
            node.right, ast.JoinedStr | ast.Tuple
        ):
            yield from _between(source, "sum", node.left, node.right, old, new)


def _between(source: Source, kind: str, left: ast.expr, right: ast.expr, old: str, new: str) -> Iterator[Edit]:
    first, last = source.end(left), source.begin(right)
    found = re.search(rf"(?<!\w){re.escape(old)}(?!\w)", source.text[first:last])
    if found and "#" not in source.text[first:last]:
        yield kind, first + found.start(), first + found.end(), new


def _guard(source: Source, node: ast.If) -> Iterator[Edit]:
    if node.lineno == node.test.lineno == node.test.end_lineno:
        first, last = source.begin(node.test), source.end(node.test)
        if isinstance(node.body[0], ast.Raise) and not node.orelse:
            yield "unguarded", first, last, "False"
        else:
            yield "turned", first, last, f"not ({source.text[first:last]})"


def _constant(source: Source, node: ast.Constant) -> Iterator[Edit]:
    first, last = source.begin(node), source.end(node)
    if isinstance(node.value, bool):
        yield "default", first, last, str(not node.value)
    elif isinstance(node.value, int) and re.fullmatch(r"[\d_]+", source.text[first:last]):
        yield "number", first, last, str(node.value + 1)


def _call(source: Source, node: ast.Call) -> Iterator[Edit]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in {"filter", "exclude", "get", "count", "update", "Q"} and node.keywords:
        for keyword in node.keywords:
            if keyword.arg:
                begin = source.at(keyword.lineno, keyword.col_offset)
                word = f"{keyword.arg}="
                for old, new in LOOKUPS.items():
                    if word.endswith(old):
                        yield "boundary", begin, begin + len(word), word.removesuffix(old) + new
        if name in {"filter", "exclude", "get", "count"} and len(node.keywords) + len(node.args) > 1:
            yield from _argument(source, node)
    if name in {"exclude", "filter"} and isinstance(node.func, ast.Attribute):
        yield "filter", source.end(node.func), source.end(node), "()"
    if name in {"any", "all", "min", "max"} and isinstance(node.func, ast.Name):
        other = {"any": "all", "all": "any", "min": "max", "max": "min"}[name]
        yield "other", source.begin(node.func), source.end(node.func), other
    if (
        name == "frozenset"
        and node.args
        and isinstance(node.args[0], ast.Tuple | ast.List)
        and len(node.args[0].elts) > 1
    ):
        yield from _member(source, node.args[0].elts)
    if name == "Text" and len(node.args) == 2 and all(one.lineno == one.end_lineno for one in node.args):
        zh, en = node.args
        yield "language", source.begin(zh), source.end(en), f"{source.of(en)}, {source.of(zh)}"


def _argument(source: Source, node: ast.Call) -> Iterator[Edit]:
    """Leave out the last keyword of a query."""
    last = node.keywords[-1]
    before = [*node.args, *(one.value for one in node.keywords[:-1])]
    if last.arg and before:
        yield "filter", source.end(before[-1]), source.end(last.value), ""


def _member(source: Source, members: list[ast.expr]) -> Iterator[Edit]:
    for number, one in enumerate(members):
        if number + 1 < len(members):
            yield "member", source.begin(one), source.begin(members[number + 1]), ""
        else:
            yield "member", source.end(members[number - 1]), source.end(one), ""


def all_of(file: str) -> list[Fault]:
    """Every fault the rules find in a module or a template."""
    if not file.endswith(".py"):
        return _of_template(file)
    source = Source((ROOT / "src" / "wuxiao" / file).read_text(encoding="utf-8"))
    found: list[Fault] = []
    for node, where in _walk(ast.parse(source.text), ""):
        for kind, first, last, new in edits(source, node):
            fault = _anchored(source, file, where, kind, first, last, new)
            if fault is not None and not UNSEEN.search(fault.old) and all(one.id != fault.id for one in found):
                found.append(fault)
    return found


def _of_template(file: str) -> list[Fault]:
    """Each condition of a template, turned."""
    text, found = (ROOT / "src" / "wuxiao" / file).read_text(encoding="utf-8"), []
    for match in IF.finditer(text):
        old, condition = match[0], match["condition"]
        new = old.replace(condition, f"not ({condition})")
        page = file.removesuffix(".html").replace("/templates/", ".").replace("/", ".")
        name = f"{page}-shown-{_mark(old, match.start())}"
        found.append(Fault(name, file, "", "shown", old, new, text.count(old, 0, match.start())))
    return found


def _mark(*parts: object) -> str:
    return sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:5]


def _walk(node: ast.AST, where: str, kept: bool = False) -> Iterator[tuple[ast.AST, str]]:
    """Every node with the function it stands in; no annotations, docstrings, imports or type checkers' parts."""
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "type_comment"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.Import | ast.ImportFrom):
                continue
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            inner, named = where, kept
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{where}.{child.name}".lstrip(".")
                named = not isinstance(child, ast.ClassDef)
            yield child, where if kept else ""
            yield from _walk(child, inner, named)


def _anchored(source: Source, file: str, where: str, kind: str, first: int, last: int, new: str) -> Fault | None:
    """Widen the change to whole lines, which read better and are found again."""
    if where and where not in functions(source.text):
        return None
    begin = source.text.rfind("\n", 0, first) + 1
    end = source.text.find("\n", last)
    line = source.text[begin:end]
    old = line.strip()
    begin += line.index(old)
    changed = source.text[begin:first] + new + source.text[last : begin + len(old)]
    if old.count("\n") > 3 or old == changed:
        return None
    try:
        starts = line_starts(source.text)
        span_first = 0
        if where:
            node = functions(source.text)[where]
            span_first = starts[min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1]
        nth, at = 0, source.text.find(old, span_first)
        while at < begin:
            nth, at = nth + 1, source.text.find(old, at + 1)
        mark = _mark(where, nth, old, changed)
        name = f"{file.removesuffix('.py').replace('/__init__', '').replace('/', '.')}-{kind}-{mark}"
        fault = Fault(name, file, where, kind, old, changed.strip(), nth)
        place(fault)
    except (Gone, KeyError):
        return None
    return fault


def draw(storey: str, number: int, seed: int = SEED) -> list[Fault]:
    """So many new faults of a storey: the kinds in turn, the files in turn, the place by lot."""
    lot = random.Random(f"{seed}{storey}")
    kept = {(one.file, one.where, one.old) for one in read()}
    folder = ROOT / "src" / "wuxiao"
    by_kind: dict[str, dict[str, list[Fault]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(one for one in (folder / storey).rglob("*") if one.suffix in {".py", ".html"}):
        for fault in all_of(str(path.relative_to(folder))):
            if (fault.file, fault.where, fault.old) not in kept:
                by_kind[fault.kind][fault.file].append(fault)
    taken: list[Fault] = []
    uses: dict[str, int] = defaultdict(int)
    while len(taken) < number and any(any(files.values()) for files in by_kind.values()):
        for kind in sorted(by_kind):
            files = [name for name, rest in by_kind[kind].items() if rest]
            if not files or len(taken) >= number:
                continue
            least = min(uses[name] for name in files)
            name = lot.choice([one for one in files if uses[one] == least])
            rest = by_kind[kind][name]
            fault = rest.pop(lot.randrange(len(rest)))
            if (fault.file, fault.where, fault.old) in kept:
                continue
            kept.add((fault.file, fault.where, fault.old))
            uses[name] += 1
            taken.append(fault)
    return sorted(taken, key=lambda one: (one.file, one.where, one.old))


def written(fault: Fault) -> str:
    """A fault as the list holds it."""

    def text(value: str) -> str:
        if "\n" not in value and "'" not in value:
            return f"'{value}'"
        if "\n" not in value and '"' not in value and "\\" not in value:
            return f'"{value}"'
        return f"'''{value}'''"

    rows = [
        "[[fault]]",
        *(f"{name} = {text(getattr(fault, name))}" for name in ("id", "file", "where", "kind", "old", "new")),
    ]
    if fault.nth:
        rows.append(f"nth = {fault.nth}")
    if fault.same:
        rows.append(f"same = {text(fault.same)}")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    for one in draw(sys.argv[1], int(sys.argv[2])):
        print(written(one))
