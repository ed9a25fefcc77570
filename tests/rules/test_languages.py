"""Every sentence for people stands in two languages, Chinese first: read off the text of the code."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import wuxiao

SOURCE = Path(wuxiao.__file__).parent
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
LETTERS = re.compile(r"[A-Za-z]")
#: An English sentence may name a Chinese word that is to be typed or read on a page.
QUOTED = re.compile('“[^”]*”|"[^"]*"|‘[^’]*’|`[^`]*`|\\([^)]*\\)')


def literal(node: ast.expr) -> str | None:
    """The words of a text that stands in the code; of what is filled in, nothing; None for anything computed."""
    match node:
        case ast.Constant(value=str(words)):
            return words
        case ast.JoinedStr(values=parts):
            return "".join(part.value for part in parts if isinstance(part, ast.Constant))
    return None


def sentences(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Each `Text(zh, en)` whose two sides stand there: line, Chinese, English."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text" and len(node.args) == 2:
            zh, en = literal(node.args[0]), literal(node.args[1])
            if zh is not None and en is not None:
                yield node.lineno, zh, en


def test_chinese_stands_first_and_english_second_in_every_sentence() -> None:
    wrong, seen = [], 0
    for path in sorted(SOURCE.rglob("*.py")):
        for line, zh, en in sentences(ast.parse(path.read_text(encoding="utf-8"))):
            seen += 1
            english = zh != en and LETTERS.search(zh) and not HAN.search(zh)
            chinese = HAN.search(QUOTED.sub("", en))
            if english or chinese:
                wrong.append(f"{path.relative_to(SOURCE)}:{line} {zh!r} {en!r}")
    assert seen > 1000
    assert wrong == []


def pairs(tree: ast.AST) -> Iterator[tuple[int, ast.expr, ast.expr]]:
    """Two neighbouring arguments of any call (a `Text`, a `bad`, a `wrong`) that say one thing in two languages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for first, second in itertools.pairwise(node.args):
                zh, en = literal(first), literal(second)
                if zh and en and HAN.search(zh) and LETTERS.search(en) and not HAN.search(QUOTED.sub("", en)):
                    yield node.lineno, first, second


def filled_from(node: ast.expr) -> set[str]:
    """The sides of other sentences that are filled into this one: `zh`, `en`, or none."""
    return {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute) and one.attr in {"zh", "en"}}


def test_what_is_filled_into_a_sentence_is_in_its_language() -> None:
    wrong, filled = [], 0
    for path in sorted(SOURCE.rglob("*.py")):
        for line, zh, en in pairs(ast.parse(path.read_text(encoding="utf-8"))):
            filled += bool(filled_from(zh) | filled_from(en))
            if "en" in filled_from(zh) or "zh" in filled_from(en):
                wrong.append(f"{path.relative_to(SOURCE)}:{line} {ast.unparse(zh)} {ast.unparse(en)}")
    assert filled > 20
    assert wrong == []
