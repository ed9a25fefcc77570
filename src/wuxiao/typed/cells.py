"""Cells of the tables that leave the house: no formula, nothing that breaks the file, nothing read back as another."""

from __future__ import annotations

import re

from wuxiao.typed.plain import clean, flat

_FORMULA = frozenset("=+-@")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_BROKEN = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n?")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,3})?")


def _bearable(text: str) -> str:
    """Return a text without what no file of a spreadsheet can hold, and nothing else taken out."""
    return _LINE_END.sub("\n", _BROKEN.sub("\ufffd", _CONTROL.sub("", text)))


def cell(value: object, *, numbers: bool = False, verbatim: bool = False) -> str:
    """Return a cell that every spreadsheet shows as text: without control characters, and with an apostrophe before
    what would be run as a formula, in any width (`=`, `＝`, `＋`, `－`, `＠`), also behind blanks or line ends.

    With `numbers` a plain signed number stays as it is; with `verbatim` so does what shows nothing but does no harm
    (cells that must come back as they were).

    >>> cell("＝1+1"), cell("路灯\\x08坏了"), cell(None), cell("-3", numbers=True)
    ("'＝1+1", '路灯坏了', '', '-3')
    """
    text = "" if value is None else str(value)
    text = _bearable(text) if verbatim else clean(text)
    begins = flat(text[:200]).lstrip(" \"'")[:1]
    if text[:1] in {"\t", "\n"} or (begins in _FORMULA and not (numbers and _NUMBER.fullmatch(text))):
        return f"'{text}"
    return text


def unguarded(text: str) -> str:
    """Return a cell without the apostrophe that `cell` put before it, and any other cell as it is.

    >>> unguarded("'＝1+1"), unguarded("'t Hoff")
    ('＝1+1', "'t Hoff")
    """
    return text[1:] if text[:1] == "'" and text in {cell(text[1:], verbatim=True), cell(text[1:])} else text


def workbook_text(text: str) -> str:
    """Return a text for a cell of a workbook that is marked as text: cleaned, and what a workbook would read as an
    escaped character stays itself; at most what a cell can hold.

    >>> workbook_text("行_x000D_尾")
    '行_x005F_x000D_尾'
    """
    return _ESCAPE.sub("_x005F_", _bearable(text))[:32_767]


def workbook_cell(value: object, *, numbers: bool = False) -> str:
    """Return a cell of a workbook without a kind of its own: `cell`, then `workbook_text`."""
    return workbook_text(cell(value, numbers=numbers))
