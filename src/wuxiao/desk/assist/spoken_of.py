"""What words of officers say of persons before they go to another side: advice to the writer, who sends or mends them.

Nothing is held back for good: the writer sees it once for these very words. Numbers of persons are not shown to the
other side in any case (`reading.redact.without_numbers`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wuxiao.reading import redact
from wuxiao.rules.words import Text

#: A number of a case of ours.
_OURS = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}\d{8}-[0-9A-Z]{5}(?![0-9A-Za-z])")
#: A number plate or an address may be what was found; a name, a number or an account is a person's.
_CLASSES = ("name", *redact.NUMBERS, "email", "qq", "wechat")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One personal detail in the words: what it is, and the words themselves."""

    name: Text
    text: str


def look(texts: Iterable[str], *, known: str = "") -> list[Spoken]:
    """Return what the texts say of persons, each once in the order of the texts; what stands in `known` is no news."""
    found: dict[tuple[str, str], Spoken] = {}
    for text in texts:
        # A number of ours is nobody's: `WX20261202-…` is no name in WeChat.
        for mark in redact.find(_OURS.sub("（编号）", text), classes=_CLASSES):
            if mark.text not in known:
                label = redact.LABELS[mark.kind]
                name = Text(label.zh.strip("〔〕"), label.en.strip("[]"))
                found.setdefault((mark.kind, mark.text), Spoken(name, mark.text))
    return list(found.values())


def mark_of(texts: Sequence[str]) -> str:
    """Return what names these very words, so that advice about them is given once."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
