"""Every sentence for people stands in two languages, Chinese first: read off the text of the code."""

from __future__ import annotations

import ast
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
