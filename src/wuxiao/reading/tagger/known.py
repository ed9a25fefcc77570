"""Words that are widely known and look like names or places: countries, cities, clubs, firms, works, foreign names.

They serve as features of the tagger that ships: what is a known city in one sentence is a part of a team in the next.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "known_words.txt"


@cache
def known() -> dict[str, str]:
    """Return each known word, in simplified script and small letters, with its kind: country, region, place, team,
    firm, work, sound or sight; of a word in two kinds the first counts."""
    found: dict[str, str] = {}
    kind = ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[] ")
        elif not line.startswith("#"):
            for word in line.split():
                found.setdefault(word.lower(), kind)
    return found


@cache
def words_of(kind: str) -> tuple[str, ...]:
    """Return the words of a kind as they are written in the file, in its order."""
    rows, now = [], ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            now = line.strip("[] ")
        elif now == kind and not line.startswith("#"):
            rows += line.split()
    return tuple(dict.fromkeys(rows))


@cache
def _sizes() -> dict[str, tuple[int, ...]]:
    """Return for the first two characters of the known words how long such words are, longest first."""
    sizes: dict[str, set[int]] = {}
    for word in known():
        sizes.setdefault(word[:2], set()).add(len(word))
    return {head: tuple(sorted(of, reverse=True)) for head, of in sizes.items()}


def _inside_latin(text: str, at: int) -> bool:
    """Tell whether a place in a text lies inside a Latin word."""
    around = text[at - 1 : at + 1] if at else ""
    return len(around) == 2 and around.isascii() and around.isalnum()


def look_up(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, kind) of the known words in a text, the longest at each place, never overlapping.

    >>> look_up("从北京飞往法国")
    [(0, 3, 'place'), (5, 7, 'country')]
    """
    small = text.lower()
    if len(small) != len(text):
        small = text
    words, sizes = known(), _sizes()
    found: list[tuple[int, int, str]] = []
    at = 0
    while at < len(small) - 1:
        for size in sizes.get(small[at : at + 2], ()):
            end = at + size
            kind = words.get(small[at:end]) if end <= len(small) else None
            if kind and not (_inside_latin(small, at) or _inside_latin(small, end)):
                found.append((at, end, kind))
                at = end
                break
        else:
            at += 1
    return found
