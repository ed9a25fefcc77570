"""From bytes to content lines: encodings, line ends, folds, names and parameters (RFC 5545, 3.1).

Folds are undone before the letters are read, because a fold may stand inside a letter. Lines keep the number they
have in the file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from wuxiao.feeds.calendars.findings import Findings

MOST_BYTES = 16 * 1024 * 1024
MOST_LINES = 1_000_000
#: Letters of the parameters of one line; no calendar needs so many.
MOST_PARAMETERS = 5_000
_END = re.compile(rb"\r\n|\n|\r")
_BEGINS = re.compile(rb"(?im)^[ \t]*BEGIN[ \t]*:")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER = re.compile(r"\s*([A-Za-z0-9-]+)\s*=((?:\"[^\"]*\"|[^\";:,])*(?:,(?:\"[^\"]*\"|[^\";:,])*)*)")
_NOTHING = re.compile(r"[^;:]*")
_KINDS = {
    b"PK": "ZIP, Word, Excel",
    b"%PDF": "PDF",
    b"\x1f\x8b": "gzip",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\xd0\xcf\x11\xe0": "Office",
    b"{": "JSON",
    b"[": "JSON",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One content line: where it begins, its name in capitals, what follows the name, and the whole of it."""

    number: int
    name: str
    rest: str

    def split(self) -> tuple[dict[str, str], str, bool] | None:
        """Return parameters (names in capitals, quotes gone), the value, and whether odd signs were passed over.

        None when no colon ends the parameters.
        """
        parameters: dict[str, str] = {}
        at, odd = 0, False
        rest = self.rest
        while at < len(rest) and rest[at] == ";":
            if at > MOST_PARAMETERS:
                return None
            found = _PARAMETER.match(rest, at + 1, MOST_PARAMETERS + at)
            if found is None:
                # A second semicolon, or a parameter without a value: its meaning is nothing.
                odd = True
                ahead = _NOTHING.match(rest, at + 1)
                at = ahead.end() if ahead else at + 1
                continue
            parameters.setdefault(found[1].upper(), found[2].replace('"', "").strip())
            at = found.end()
        colon = rest.find(":", at)
        if colon < 0:
            return None
        return parameters, rest[colon + 1 :], odd or bool(rest[at:colon].strip())


@dataclass(frozen=True, slots=True)
class Source:
    """The lines of a file, and what it is written in."""

    lines: tuple[tuple[int, str], ...]
    encoding: str
    count: int

    def content(self) -> Iterator[Line]:
        """Yield the content lines; what has no name is told and passed over."""
        for number, raw in self.lines:
            # Files put together keep the marks of their beginnings inside.
            text = raw.lstrip("\ufeff")
            if not text.strip():
                continue
            found = _NAME.match(text)
            if found is None or (found.end() < len(text) and text[found.end()] not in ":;"):
                # `NAME :value` and `NAME` alone are the slips that still have a name.
                name = text[: found.end()].upper() if found is not None else ""
                rest = text[found.end() :].lstrip() if found is not None else ""
                if not name or (rest and rest[0] not in ":;"):
                    yield Line(number, "", text)
                    continue
                yield Line(number, name, rest)
                continue
            yield Line(number, found[0].upper(), text[found.end() :])


def open_bytes(data: bytes, findings: Findings) -> Source | None:
    """Return the unfolded lines of a file, or None with the reason among the findings."""
    if not data.strip():
        findings.error("empty", 1)
        return None
    if len(data) > MOST_BYTES:
        findings.error("too_big", 1, size=round(len(data) / 2**20, 1), most=MOST_BYTES // 2**20)
        return None
    data, encoding = _without_mark(data)
    if encoding == "utf-16":
        findings.note("utf16", 1)
    if _another_kind(data, findings):
        return None
    if not _BEGINS.search(data):
        findings.error("no_calendar", 1)
        return None
    ends = data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")
    if ends >= MOST_LINES:
        findings.error("too_many_lines", MOST_LINES, most=MOST_LINES)
        return None
    numbers, lines = _unfolded(data)
    return Source(tuple(zip(numbers, _letters(numbers, lines, findings), strict=True)), encoding, ends + 1)


def _without_mark(data: bytes) -> tuple[bytes, str]:
    """Return UTF-8 or GB18030 bytes without the byte order mark; UTF-16 becomes UTF-8 here."""
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :], "utf-8"
    little = data.startswith(codecs.BOM_UTF16_LE) or data[:6] == b"B\x00E\x00G\x00"
    if little or data.startswith(codecs.BOM_UTF16_BE) or data[:6] == b"\x00B\x00E\x00G":
        text = data.decode("utf-16-le" if little else "utf-16-be", errors="replace").lstrip("\ufeff")
        return text.encode("utf-8", errors="replace"), "utf-16"
    return data, "utf-8"


def _another_kind(data: bytes, findings: Findings) -> bool:
    start = data[:512].lstrip()
    if start.startswith(b"<"):
        findings.error("web_page", 1)
        return True
    for mark, kind in _KINDS.items():
        if start.startswith(mark):
            findings.error("other_file", 1, kind=kind)
            return True
    return False


def _unfolded(data: bytes) -> tuple[list[int], list[bytes]]:
    """Return the content lines and the numbers of the lines they begin on; empty lines are nothing."""
    numbers: list[int] = []
    lines: list[bytes] = []
    pieces: list[bytes] = []
    for number, raw in enumerate(_END.split(data), start=1):
        if not raw.strip():
            continue
        if raw[:1] in (b" ", b"\t") and numbers:
            pieces.append(raw[1:])
            continue
        if numbers:
            lines.append(b"".join(pieces))
        numbers.append(number)
        pieces = [raw]
    if numbers:
        lines.append(b"".join(pieces))
    return numbers, lines


def _letters(numbers: list[int], lines: list[bytes], findings: Findings) -> list[str]:
    """Read the letters: all as UTF-8, else all as GB18030, else line by line with what cannot be read named."""
    whole = b"\n".join(lines)
    for encoding in ("utf-8", "gb18030"):
        try:
            text = whole.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "gb18030":
            findings.note("gb18030", _first_foreign(numbers, lines))
        return text.split("\n")
    read = []
    for number, line in zip(numbers, lines, strict=True):
        try:
            read.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            findings.error("encoding", number)
            read.append(line.decode("utf-8", errors="replace"))
    return read


def _first_foreign(numbers: list[int], lines: list[bytes]) -> int:
    return next((number for number, line in zip(numbers, lines, strict=True) if not line.isascii()), 1)
