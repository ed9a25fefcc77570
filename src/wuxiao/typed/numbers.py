"""Whole numbers as machines and people send them, and the marks a spreadsheet leaves on numbers it has spoilt."""

from __future__ import annotations

import re

from wuxiao.typed.plain import flat, invisible
from wuxiao.typed.trouble import Trouble

_SPOILT = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+|\d+\.0+")
_DIGITS = re.compile(r"[+-]?[0-9]+")


def whole_number(text: object, lowest: int = 0, highest: int = 2**63 - 1) -> int | None:
    """Return the whole number a field holds when it lies between `lowest` and `highest`, else `None`; never raises.

    Digits of any script and width count; `²`, `①`, fractions, blanks between digits and anything else do not. A text
    longer than forty characters is no number.

    >>> whole_number("１２"), whole_number("²"), whole_number("12", highest=11), whole_number(None)
    (12, None, None, None)
    """
    if not isinstance(text, str) or len(text) > 40:
        return None
    # Superscripts and circled numbers would become digits in the flat form; they are no digits here.
    if any(char.isdigit() and not char.isdecimal() for char in text):
        return None
    plain = flat("".join(char for char in text if not invisible(char))).strip()
    if not _DIGITS.fullmatch(plain):
        return None
    number = int(plain)
    return number if lowest <= number <= highest else None


def spoilt(text: str) -> bool:
    """Return whether a long number was rounded or reshaped by a spreadsheet: `1.39E+10`, `13900000055.0`.

    >>> spoilt("1.39E+10"), spoilt("13900000055.0"), spoilt("13900000055")
    (True, True, False)
    """
    return bool(_SPOILT.fullmatch(flat(text).strip()))


def spoilt_words(field_zh: str, field_en: str) -> Trouble:
    """Return the sentence for a number that a spreadsheet has spoilt."""
    return Trouble(
        "rounded",
        f"{field_zh}已被表格软件改掉：请把这一列设成“文本”再填",
        f"{field_en} was changed by the spreadsheet: format the column as text and fill it in again",
    )
