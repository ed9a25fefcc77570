"""Receipt codes and matter numbers.

A receipt code is what a resident holds instead of an account: 20 Crockford base-32 characters, 19 of them random
(95 bits) and one check character, shown in groups of four (`7F3K-9QXM-…`). It forgives the usual misreadings (O for
0, I and L for 1, lower case, spaces) and refuses every single wrong character and almost every transposition before
anything is looked up. The check is the weighted sum modulo 31, a prime, so both error kinds change it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import date

from wuxiao.rules.words import Text
from wuxiao.typed.plain import latin

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_LENGTH = 19
LENGTH = RANDOM_LENGTH + 1
_PRIME = 31
#: The random part uses the first 31 characters only, so that each is a residue of the prime (94 bits in 19).
_VALUES = {c: i for i, c in enumerate(ALPHABET[:_PRIME])}
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_SIGN = f"[{ALPHABET}OILU]"
#: What people, forms and spreadsheets put between groups.
_BETWEEN = r"[ .·,_/。、-]+"
_RUN = re.compile(rf"{_SIGN}+(?:{_BETWEEN}{_SIGN}+)*")
_IN_ADDRESS = re.compile(r"/P/([A-Z0-9 -]+)")
_NUMBER = re.compile(rf"WX ?-?(?P<day>20[0-9]{{6}}) ?-? ?(?P<end>{_SIGN}{{0,5}})(?!{_SIGN})")

_WHOLE = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+)+")


def _check(body: str) -> str:
    total = sum((i + 1) * _VALUES[c] for i, c in enumerate(body))
    return ALPHABET[total % _PRIME]


def new_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a new receipt code of 20 characters, without groups; `choose` picks one character of an alphabet."""
    body = "".join(choose(ALPHABET[:_PRIME]) for _ in range(RANDOM_LENGTH))
    return body + _check(body)


#: A paper's code is typed from paper by anybody and opens nothing of anybody: 54 drawn bits and a check are enough.
PAPER_LENGTH = 12


def new_paper_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a new code of a paper, 12 characters of the same alphabet, the last a check."""
    body = "".join(choose(ALPHABET[:_PRIME]) for _ in range(PAPER_LENGTH - 1))
    return body + _check(body)


def read_paper_code(typed: str) -> str | None:
    """Return the code of a paper that was typed or scanned, misreadings mended; `None` if it is none.

    >>> read_paper_code("编码：0000-oooo-0000。")
    '000000000000'
    """
    for groups in _groups(latin(typed[:200]).upper()):
        for first in range(len(groups)):
            code = "".join(groups[first:])
            if len(code) == PAPER_LENGTH and all(c in _VALUES for c in code) and _check(code[:-1]) == code[-1]:
                return code
    return None


#: A payout code is written down, carried to a counter and typed there, as a paper's is.
new_payout_code, read_payout_code = new_paper_code, read_paper_code


def grouped(code: str) -> str:
    """Return the code in groups of four, as people read it aloud."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def _right(code: str) -> bool:
    return len(code) == LENGTH and all(c in _VALUES for c in code) and _check(code[:-1]) == code[-1]


def _groups(text: str) -> list[list[str]]:
    """Return the runs of signs in a text, each as the groups it was written in, misreadings mended."""
    return [[g.translate(_MISREAD) for g in re.split(_BETWEEN, run)] for run in _RUN.findall(text)]


def _upper(typed: str) -> str:
    text = latin(typed[:600]).upper()
    if (found := _IN_ADDRESS.search(text)) is not None:
        return found[1]
    return text


def read_code(typed: str) -> str | None:
    """Return the code a person meant, or `None` if what they typed holds none (length, character, check).

    It is found in full-width letters, in letters of another script that look the same, behind a label ("查询码：…"), in
    a link (`https://…/p/CODE`), among invisible marks, with any blanks and dashes between its groups, a full stop
    behind it.
    """
    for groups in _groups(_upper(typed)):
        # A label in Latin letters may stand before the code, a word behind it: any run of whole groups may be it.
        for first in range(len(groups)):
            code = ""
            for group in groups[first:]:
                code += group
                if len(code) >= LENGTH:
                    break
            if _right(code):
                return code
    return None


def code_trouble(typed: str) -> Text:
    """Return why what was typed cannot be a code, in a sentence that helps to mend it."""
    if read_number(typed):
        return Text(
            "这是事项编号，不是查询码：查询码是回执上的 20 位，编号只给工作人员用",
            "This is a matter's number, not its receipt code. The code has 20 characters and stands on your receipt",
        )
    runs = _groups(_upper(typed))
    best = max(("".join(groups) for groups in runs), key=len, default="")
    if len(best) > LENGTH:
        # A label of letters before it is no part of the code.
        best = min(
            ("".join(groups[first:]) for groups in runs for first in range(len(groups))),
            key=lambda code: (abs(len(code) - LENGTH), -len(code)),
        )
    if len(best) == LENGTH:
        return Text(
            "查询码有一位不对：请对照回执再看一遍（没有字母 I、L、O、U）",
            "One character of the code is wrong. Compare it with your receipt (it has no letters I, L, O or U)",
        )
    if best:
        return Text(
            f"查询码是 20 位，现在是 {len(best)} 位，请对照回执核对",
            f"A code has 20 characters, this one has {len(best)}. Compare it with your receipt",
        )
    return Text(
        "这里没有查询码：它是 20 位字母和数字，在回执或短信里",
        "There is no code in this. It has 20 letters and digits and stands on your receipt or in the text message",
    )


def read_number(typed: str) -> str:
    """Return the number of a matter, whole or its beginning from the day on, that a text holds; "" when there is none.

    >>> read_number("编号：ｗｘ20261122－7f3k9。")
    'WX20261122-7F3K9'
    """
    found = _NUMBER.search(latin(typed[:600]).upper())
    if found is None:
        return ""
    end = found["end"].translate(_MISREAD)
    return f"WX{found['day']}-{end}" if end else f"WX{found['day']}"


def same_number(typed: str) -> str:
    """Return the number of a matter as it is stored, for one that was typed or stands in an address.

    >>> same_number(" ｗｘ20261122－7f3k9 "), same_number("jq2026-000123")
    ('WX20261122-7F3K9', 'JQ2026-000123')
    """
    plain = latin(typed[:600]).strip().upper()
    # Numbers of other platforms have forms of their own: one that may stand as it is, does.
    return plain if _WHOLE.fullmatch(plain) else read_number(typed) or plain


def new_number(prefix: str, on: date, choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a short number for staff, for example `WX20261122-7F3K9`; it opens nothing by itself.

    It is drawn, not counted: a counter would be one hot row that every door waits for. The caller retries the one time
    in 28 million that a day draws the same twice.
    """
    return f"{prefix}{on:%Y%m%d}-" + "".join(choose(ALPHABET) for _ in range(5))
