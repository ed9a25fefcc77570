"""PDFs from strangers: whether a file really is one, and whether it does nothing but show pages.

Read without a library that would run any of it: header, end mark, cross-reference and trailer must stand where they
say, and no object, also none in a compressed object stream, with its name written in escapes or behind a text that
reads like the beginning of a stream, may run, start, carry or send anything.
"""

from __future__ import annotations

import re
import zlib

#: Names of what is not a page: scripts, programs, carried files, forms that send, players.
DOES = {
    b"JavaScript": "script", b"JS": "script", b"Launch": "launch", b"EmbeddedFile": "carried",
    b"EmbeddedFiles": "carried", b"RichMedia": "player", b"XFA": "form", b"SubmitForm": "form",
    b"ImportData": "form", b"GoToE": "carried", b"Rendition": "player", b"AA": "script",
}  # fmt: skip
#: Where a stream begins; readers put up with a lone carriage return.
_BEGINS = re.compile(rb"(?<![A-Za-z/])stream(?:\r\n|\n|\r)")
#: An object stream begins with the numbers and places of its objects, whatever its dictionary calls it.
_OBJECTS = re.compile(rb"\s*\d+\s+\d+\s")
#: Shorter names stand in compressed bytes by chance.
_LONG = 3
#: How often over something may be packed, the longest dictionary, the most object streams
#: and streams, how much is read at once.
_TIMES = 3
_DICTIONARY = 4096
_CALLED = 10_000
_STREAMS = 50_000
_PIECE = 65_536
_NAME = re.compile(rb"/([^\s()<>\[\]{}/%]{1,60})")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_MOST = 16_000_000


class NoPaper(Exception):
    """The file is not a PDF that can be taken; `why` is broken, locked, or one of the values of `DOES`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def check(data: bytes) -> None:
    """Raise `NoPaper` unless the bytes are a whole PDF that only shows pages."""
    if not re.match(rb"%PDF-[12]\.\d", data[:9]):
        raise NoPaper("broken")
    tail = data[-2048:]
    start = re.findall(rb"startxref\s+(\d{1,10})\s+%%EOF", tail)
    if not start:
        raise NoPaper("broken")
    at = int(start[-1])
    there = data[at : at + 40].lstrip()
    table, stream = there.startswith(b"xref"), re.match(rb"\d+\s+\d+\s+obj", there)
    if at >= len(data) or not (table or stream):
        raise NoPaper("broken")
    # In everything, for a text or a comment may say "stream" and so seem to begin one.
    names = _names(_outside(data)) | {name for name in _names(data) if len(name) >= _LONG}
    for content in _object_streams(data):
        names |= {name for name in _names(content) if len(name) >= _LONG}
    if b"Encrypt" in names:
        raise NoPaper("locked")
    for name, why in DOES.items():
        if name in names:
            raise NoPaper(why)
    if b"Root" not in names or not names & {b"Page", b"Pages"}:
        raise NoPaper("broken")


def _names(content: bytes) -> set[bytes]:
    return {_plain(name) for name in _NAME.findall(content)}


def _outside(data: bytes) -> bytes:
    """Return what stands outside of streams; in one pass, whatever the bytes are."""
    parts, at = [], 0
    while (begins := _BEGINS.search(data, at)) is not None:
        end = data.find(b"endstream", begins.end())
        if end < 0:
            break
        parts.append(data[at : begins.start()])
        at = end + len(b"endstream")
    return b" ".join([*parts, data[at:]])


def _plain(name: bytes) -> bytes:
    return _ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), name) if b"#" in name else name


def _object_streams(data: bytes) -> list[bytes]:
    """Open every stream that looks like an object stream; one that says it is and cannot be opened is refused.

    Readers go by the table of objects, not by what a stream is called, so all are looked into.
    """
    opened: dict[int, bytes] = {}
    left = _MOST
    for number, begins in enumerate(_BEGINS.finditer(data)):
        if number > _STREAMS:
            raise NoPaper("broken")
        content = _inflate(data, begins.end(), left)
        if content is not None:
            left -= len(content)
            if left <= 0:
                raise NoPaper("broken")
            opened[begins.start()] = content
    called = (name.end() for name in _NAME.finditer(data) if _plain(name[1]) == b"ObjStm")
    for number, at in enumerate(called):
        first = _BEGINS.search(data, at, at + _DICTIONARY)
        # A text or a comment between them could hold another "stream" than the one readers take.
        if (
            number > _CALLED
            or first is None
            or first.start() not in opened
            or set(data[at : first.start()]) & set(b"(%")
        ):
            raise NoPaper("broken")
    return list(opened.values())


def _inflate(data: bytes, at: int, most: int) -> bytes | None:
    """Return the objects that are packed from here on, once or several times over, or `None` if there are none.

    At most `most` bytes, and one more.
    """
    for _ in range(_TIMES):
        try:
            head = zlib.decompressobj().decompress(data[at : at + _PIECE // 128], 64)
            if not (_OBJECTS.match(head) or head[:1] == b"\x78"):
                return None
            content, opener = bytearray(), zlib.decompressobj()
            while not opener.eof and at < len(data) and len(content) <= most:
                content += opener.decompress(data[at : at + _PIECE], most + 1 - len(content))
                at += _PIECE
        except zlib.error:
            return None
        if _OBJECTS.match(content):
            return bytes(content)
        data, at = bytes(content), 0
    return None
