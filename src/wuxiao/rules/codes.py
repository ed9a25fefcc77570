"""Receipt codes and matter numbers.

A receipt code is what a resident holds instead of an account: 20 Crockford base-32 characters, 19 of them random
(95 bits) and one check character, shown in groups of four (`7F3K-9QXM-…`). It forgives the usual misreadings (O for
0, I and L for 1, lower case, spaces) and refuses every single wrong character and almost every transposition before
anything is looked up. The check is the weighted sum modulo 31, a prime, so both error kinds change it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_LENGTH = 19
LENGTH = RANDOM_LENGTH + 1
_PRIME = 31
#: The random part uses the first 31 characters only, so that each is a residue of the prime (94 bits in 19).
_VALUES = {c: i for i, c in enumerate(ALPHABET[:_PRIME])}
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": None, " ": None, "\u3000": None, "—": None})


def _check(body: str) -> str:
    total = sum((i + 1) * _VALUES[c] for i, c in enumerate(body))
    return ALPHABET[total % _PRIME]


def new_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a new receipt code of 20 characters, without groups; `choose` picks one character of an alphabet."""
    body = "".join(choose(ALPHABET[:_PRIME]) for _ in range(RANDOM_LENGTH))
    return body + _check(body)


def grouped(code: str) -> str:
    """Return the code in groups of four, as people read it aloud."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def read_code(typed: str) -> str | None:
    """Return the code a person meant, or `None` if what they typed cannot be one (length, character, check)."""
    code = typed.strip().upper().translate(_MISREAD)
    if len(code) != LENGTH or any(c not in _VALUES for c in code):
        return None
    return code if _check(code[:-1]) == code[-1] else None


def new_number(prefix: str, on: date, choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a short number for staff, for example `WX20261122-7F3K9`; it opens nothing by itself.

    It is drawn, not counted: a counter would be one hot row that every door waits for. The caller retries the one time
    in 28 million that a day draws the same twice.
    """
    return f"{prefix}{on:%Y%m%d}-" + "".join(choose(ALPHABET) for _ in range(5))
