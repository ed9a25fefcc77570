"""How long functions are and how many files a folder holds: bounds a newcomer can read within."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

SRC = Path(__file__).resolve().parent.parent / "src" / "wuxiao"
#: Engines: their inner loops are one function, because a call a step is what they cannot afford.
KERNELS = "plan"
#: Lines of code of half, of nine in ten and of ninety-nine in a hundred functions, at most.
LENGTHS = {0.5: 8, 0.9: 25, 0.99: 50}
FILES = 25
#: Migrations are history: one after another, read by nobody but the machine.
HISTORY = "records/migrations"


def lengths(text: str) -> list[int]:
    """The lines of code of each function: without its docstring, comments and blank lines."""
    lines, found = text.splitlines(), []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        own = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            own -= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
        found.append(sum(1 for n in own if lines[n - 1].strip() and not lines[n - 1].strip().startswith("#")))
    return found


def test_functions_are_short_outside_the_engines() -> None:
    found: list[int] = []
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC)
        if name.parts[0] != KERNELS and not str(name).startswith(HISTORY):
            found += lengths(path.read_text(encoding="utf-8"))
    found.sort()
    assert len(found) > 4000
    measured = {share: found[int(len(found) * share)] for share in LENGTHS}
    assert all(measured[share] <= most for share, most in LENGTHS.items()), measured


def test_no_folder_holds_more_files_than_one_reads_at_a_glance() -> None:
    found = Counter(str(path.parent.relative_to(SRC)) for path in SRC.rglob("*.py"))
    assert found["desk/case"] > 20
    assert {name: n for name, n in found.items() if n > FILES and name != HISTORY} == {}


def test_the_measure_counts_code_and_nothing_else() -> None:
    assert lengths('def one():\n    """Two\n    lines."""\n\n    # Why.\n    return 1\n') == [2]
    assert lengths("def one():\n    def two():\n        pass\n    return two\n") == [4, 2]
