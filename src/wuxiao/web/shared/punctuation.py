"""Gives Chinese sentences their full-width punctuation, in templates, catalogues and marked strings of Python files.

Keyboards and tools easily leave half-width marks between Chinese characters; a printed page must not show them. Names
of placeholders, code and addresses are left alone: a mark is changed only where a Chinese character stands next to
it. `python -m wuxiao.web.shared.punctuation FILES...` mends files in place; with `--check` it only tells what it
would change.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

HAN = r"\u2e80-\u2fdf\u3005\u3007\u3400-\u9fff\uf900-\ufaff"
_FULL = {",": "\uff0c", ";": "\uff1b", ":": "\uff1a", "?": "\uff1f", "!": "\uff01", "(": "\uff08", ")": "\uff09"}
_AFTER = re.compile(rf"(?<=[{HAN}\u201d\u2019\u300b\u3011\uff09\u300d%])([,;:?!])(?![/\w]*//) ?")
_BEFORE = re.compile(rf"(?<=[0-9A-Za-z%)}}])([,;:?!])(?=[{HAN}\u201c\u300a])")
_HAN = re.compile(f"[{HAN}]")
_MARKED = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext", "npgettext", "Text", "T"}


def full_width(text: str) -> str:
    """Return the text with full-width commas, colons, question marks and brackets wherever Chinese stands next to them.

    >>> full_width("\u7b2c 2 \u6b65,\u5171 5 \u6b65") == "\u7b2c 2 \u6b65\uff0c\u5171 5 \u6b65"
    True
    """
    if not _HAN.search(text):
        return text

    def after(m: re.Match[str]) -> str:
        before, following = m.string[m.start() - 1], m.string[m.end() : m.end() + 1]
        if (
            before in "%\u201d\u2019"
            and not _HAN.match(following)
            and not (before != "%" and _HAN.match(m.string[m.start() - 2 : m.start() - 1]))
        ):
            return m.group(0)
        return _FULL[m.group(1)]

    text = _AFTER.sub(after, text)
    text = _BEFORE.sub(lambda m: _FULL[m.group(1)], text)
    chars, open_at = list(text), list[int]()
    for i, ch in enumerate(text):
        if ch == "\n":
            open_at.clear()
        elif ch == "(":
            open_at.append(i)
        elif ch == ")" and open_at:
            start = open_at.pop()
            before = text[start - 1 : start]
            inside = text[start + 1 : i]
            if before not in ("%", "_") and (
                _HAN.match(inside) or _HAN.match(before) or (inside and _HAN.match(inside[-1]))
            ):
                chars[start], chars[i] = _FULL["("], _FULL[")"]
    return "".join(chars)


def _mend_python(source: str) -> str:
    lines = source.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line.encode()) + 1)
    data, spans = source.encode(), list[tuple[int, int]]()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in _MARKED:
            continue
        for arg in [*node.args, *(k.value for k in node.keywords)]:
            if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and arg.end_lineno and arg.end_col_offset:
                spans.append(
                    (offsets[arg.lineno - 1] + arg.col_offset, offsets[arg.end_lineno - 1] + arg.end_col_offset)
                )
    for start, end in sorted(set(spans), reverse=True):
        data = data[:start] + full_width(data[start:end].decode()).encode() + data[end:]
    return data.decode()


def mend(path: Path) -> tuple[str, str]:
    """Return a file's text before and after mending; in Python only `_(...)`, `Text(...)` and such."""
    before = path.read_text(encoding="utf-8")
    return before, _mend_python(before) if path.suffix == ".py" else full_width(before)


def main(arguments: list[str]) -> int:
    """Mend the files and folders named; `--check` only tells, and returns 1 if any is wrong."""
    check, changed = "--check" in arguments, 0
    for name in (a for a in arguments if not a.startswith("--")):
        root = Path(name)
        files = (
            [root]
            if root.is_file()
            else [p for p in sorted(root.rglob("*")) if p.suffix in (".html", ".po", ".py", ".txt")]
        )
        for path in files:
            before, after = mend(path)
            if before != after:
                changed += 1
                print(f"{path}: {sum(a != b for a, b in zip(before, after, strict=False))} marks")
                if not check:
                    path.write_text(after, encoding="utf-8")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
