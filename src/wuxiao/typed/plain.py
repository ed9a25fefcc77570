"""One form for what is typed: widths, blanks, dashes, invisible marks and control characters.

Two kinds of text, two strengths. `clean` and `line` are for sentences: they take out only what nobody can see or what
a file, a table or a terminal chokes on, and leave every word and mark as written. `flat` is for fields and searches
(codes, phones, numbers, plates): full width becomes half width, every blank one blank, every dash `-`, digits of any
script ASCII digits. `Flat` is the same with the way back: which stretch of the original each character came from.
`even` never changes the length, for patterns whose places must hold in the original as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

#: Format characters that are printed (they enclose digits) and stay.
_PRINTED_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
#: Joiners carry meaning between letters of some scripts and inside emoji; elsewhere they are nothing.
_JOINERS = "\u200c\u200d"
#: Blanks that Unicode calls letters or symbols.
_ODD_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u00a0\u0085")
#: Strokes that people take for a dash, beside the category of dashes itself.
_ODD_DASHES = frozenset("\u2212\u02d7\u2043\u2500\u2501\u00af\u203e\u2e3a\u2e3b\u2796")
_LINE_ENDS = {"\r": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n", "\x0b": "\n", "\x0c": "\n"}
_KEPT_CONTROLS = frozenset("\n\t")
_REPLACEMENT = "\ufffd"
_MOST_LEARNED = 40_000
_SEVERAL_BLANKS = re.compile(" {2,}")


def invisible(char: str) -> bool:
    """Return whether a character shows nothing and separates nothing: direction marks, zero-width marks, selectors."""
    if unicodedata.category(char) == "Cf":
        return char not in _PRINTED_FORMAT
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef" or char in "\u034f\u17b4\u17b5"


def broken(char: str) -> bool:
    """Return whether a character can be in no file and no message: half of a pair, or one of the 66 never used."""
    code = ord(char)
    return 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def _mended(char: str) -> str:
    # Half a pair was a character once; a code that is never used was none.
    return _REPLACEMENT if "\ud800" <= char <= "\udfff" else ""


class _Learned(dict[int, str]):
    """A table for `str.translate` that works out a character when it first meets it."""

    def __init__(self, rule: Callable[[str], str]) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, code: int) -> str:
        made = self._rule(chr(code))
        if len(self) < _MOST_LEARNED:
            self[code] = made
        return made


def _clean(char: str) -> str:
    if char in _LINE_ENDS:
        return _LINE_ENDS[char]
    if broken(char):
        return _mended(char)
    category = unicodedata.category(char)
    if category == "Cc" and char not in _KEPT_CONTROLS:
        return ""
    return "" if category == "Cf" and char not in _PRINTED_FORMAT and char not in _JOINERS else char


_CLEANING = _Learned(_clean)

# Joiners stand between two characters that are neither blank, mark, ASCII nor Han: letters of Arabic, Indic, emoji.
_PLAIN_SIDE = "\\s\\x00-\\x7f\u2e80-\u2fdf\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef\U00020000-\U000323af"
_IDLE_JOINER = re.compile(f"(?<![^{_PLAIN_SIDE}])[{_JOINERS}]+|[{_JOINERS}]+(?![^{_PLAIN_SIDE}])")


def clean(text: str) -> str:
    """Return a text of one or more lines without what nobody can see: control characters, direction and zero-width
    marks, half pairs; line ends as `\\n`. Every word, mark and width stays as written. Cleaning twice changes nothing.

    >>> clean("路灯\\x08坏了\\u202e三天\\r\\n门口")
    '路灯坏了三天\\n门口'
    """
    text = text.replace("\r\n", "\n").translate(_CLEANING)
    return _IDLE_JOINER.sub("", text) if "\u200d" in text or "\u200c" in text else text


def line(text: str) -> str:
    """Return a text of one line: cleaned, line ends and tabs as blanks, no blanks around it.

    >>> line(" 河滨路\\t12号\\n门口 ")
    '河滨路 12号 门口'
    """
    return _SEVERAL_BLANKS.sub(" ", re.sub(r"[\n\t]", " ", clean(text))).strip()


def _flat(char: str) -> str:
    """Return what one character becomes in a flat text; "" for what shows nothing."""
    category = unicodedata.category(char)
    if char in _ODD_BLANKS or category in {"Zs", "Zl", "Zp"} or char in "\t\n\r\x0b\x0c":
        return " "
    if category == "Cc" or invisible(char):
        return ""
    if broken(char):
        return _mended(char)
    if category == "Pd" or char in _ODD_DASHES:
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(char))
    folded = unicodedata.normalize("NFKC", char)
    # A compatibility form can open a blank or a dash of its own.
    return folded if len(folded) == 1 and folded == char else "".join(_flat_once(c) for c in folded)


def _flat_once(char: str) -> str:
    category = unicodedata.category(char)
    if category in {"Zs", "Zl", "Zp"}:
        return " "
    if category == "Cc" or invisible(char):
        return ""
    if category == "Pd" or char in _ODD_DASHES:
        return "-"
    return str(unicodedata.decimal(char)) if category == "Nd" else char


_FLATTENING = _Learned(_flat)


def flat(text: str) -> str:
    """Return the form in which fields are read: NFKC a character at a time, every blank a blank, every dash `-`,
    digits of all scripts as ASCII, nothing invisible, no control characters. The case stays; flattening twice changes
    nothing.

    >>> flat("\\u202d１３９\\u20110000—0009\\u202c")
    '139-0000-0009'
    """
    return text if text.isascii() and text.isprintable() else text.translate(_FLATTENING)


@dataclass(frozen=True, slots=True)
class Flat:
    """A flat text with the way back: character i came from `whole[starts[i]:ends[i]]`."""

    whole: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch of the original that made `text[start:end]`, invisible marks inside it included."""
        if start >= end:
            place = self.starts[start] if start < len(self.starts) else len(self.whole)
            return place, place
        return self.starts[start], self.ends[end - 1]


def flat_of(text: str) -> Flat:
    """Return `flat(text)` with the place in the original of each of its characters.

    >>> flat_of("电话１\\u200b３").span(2, 4)
    (2, 5)
    """
    if text.isascii() and text.isprintable():
        places = tuple(range(len(text)))
        return Flat(text, text, places, tuple(range(1, len(text) + 1)))
    made: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for place, char in enumerate(text):
        for one in _FLATTENING[ord(char)]:
            made.append(one)
            starts.append(place)
            ends.append(place + 1)
    return Flat(text, "".join(made), tuple(starts), tuple(ends))


def _even(char: str) -> str:
    if char in "\n\r\u2028\u2029\x85":
        return char
    made = _flat(char)
    # What opens into several characters stays as it is; what is invisible becomes one that patterns can skip.
    return char if len(made) > 1 else made or "\u200b"


_EVENING = _Learned(_even)


def even(text: str) -> str:
    """Return a text of the same length in which widths, blanks, dashes and digits are one; whatever shows nothing is
    U+200B, line ends stay. Places found in it are places in the original.

    >>> even("１３９—０"), len(even("\\u202d１"))
    ('139-0', 2)
    """
    return text if text.isascii() and text.isprintable() else text.translate(_EVENING)


#: Letters of other scripts that look like Latin ones in capitals: a telephone's keyboard gives them for codes.
_ALIKE = {
    "АВСЕНІЈКМОРЅТУХԚԜԌҮӀ": "ABCEHIJKMOPSTYXQWGYI",
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ": "ABEZHIKMNOPTYXCJ",
}
_LATIN = str.maketrans(
    {
        one: latin
        for others, latins in _ALIKE.items()
        for capital, letter in zip(others, latins, strict=True)
        for one, latin in ((capital, letter), (capital.lower(), letter.lower()))
    }
)


#: Signs that say "number" or "telephone" before one and belong to none; opened into letters they would stick to it.
_LABELS = str.maketrans({"№": " ", "℡": " ", "℻": " ", "☎": " ", "☏": " ", "✆": " ", "📞": " ", "📱": " "})


def latin(text: str) -> str:
    """Return the flat text of a code, number or plate, letters that only look Latin (`С`, `Р`, `Χ`) as Latin ones,
    and a blank for a sign that stands for "number" or "telephone".

    Never for names and sentences, in which such a letter is what it is.

    >>> latin("ＷХ２０２６-Α1")
    'WX2026-A1'
    """
    if text.isascii():
        return flat(text)
    return alike(flat(text.translate(_LABELS)))


def alike(plain: str) -> str:
    """Return a flat text of the same length in which letters that only look Latin are Latin ones: for patterns of
    numbers, plates and addresses whose places must hold in the original.

    >>> alike("身份证…888Х")[-1].isascii()
    True
    """
    return plain if plain.isascii() else plain.translate(_LATIN)


def compact(text: str) -> str:
    """Return a latin text in capitals without blanks, dashes and points: how ids, plates and codes are compared.

    >>> compact("京Ａ·Ｄ１２３４５"), compact("3201 9900-3078 88x")
    ('京AD12345', '32019900307888X')
    """
    return re.sub(r"[\s\-.·•・‧∙]+", "", latin(text)).upper()
