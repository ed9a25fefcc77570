"""PDFs from strangers: whether a file really is one, and whether it does nothing but show pages.

Read without a library that would run any of it: header, end mark, cross-reference and trailer must stand where they
say, and no object, also none in a compressed object stream or with its name written in escapes, may run, start, carry
or send anything.
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
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.S)
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
    names = _names(_STREAM.sub(b" ", data))
    for content in _object_streams(data):
        names |= _names(content)
    if b"Encrypt" in names:
        raise NoPaper("locked")
    for name, why in DOES.items():
        if name in names:
            raise NoPaper(why)
    if b"Root" not in names or not names & {b"Page", b"Pages"}:
        raise NoPaper("broken")


def _names(content: bytes) -> set[bytes]:
    found = _NAME.findall(content)
    return {_ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), name) for name in found}


def _object_streams(data: bytes) -> list[bytes]:
    found, left = [], _MOST
    for match in _STREAM.finditer(data):
        head = data[max(0, match.start() - 600) : match.start()]
        if b"ObjStm" not in _names(head[head.rfind(b"obj") :]):
            continue
        try:
            opened = zlib.decompressobj().decompress(match[1], left)
        except zlib.error:
            raise NoPaper("broken") from None
        left -= len(opened)
        if left <= 0:
            raise NoPaper("broken")
        found.append(opened)
    return found
