"""What lies inside an answer: packed, compressed, set as a PDF, or beside the pixels of a picture.

A search for bytes in a PDF or a workbook finds nothing, whatever they say. `inside` opens what it is given, and what
it finds in there again, so that whoever looks for a text looks where a reader would.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

import pypdfium2
import zxingcpp
from PIL import Image, UnidentifiedImageError

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*")
#: Files written as letters: after `data:`, or by how PNG, JPEG, PDF, packed and compressed files begin.
_EMBEDDED = re.compile(rb"(?:data:[\w/+.-]+;base64,|(?=iVBOR|/9j/|JVBER|UEsD|H4sI))([A-Za-z0-9+/=]{16,})")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
#: How deep packages in packages are opened.
_DEEP = 4


def inside(content: bytes, deep: int = _DEEP) -> Iterator[bytes]:
    """Yield the content and everything that can be read in it, as bytes in which texts stand in UTF-8."""
    yield content
    if not deep:
        return
    for part in _parts(content):
        yield from inside(part, deep - 1)


def _parts(content: bytes) -> Iterator[bytes]:
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    elif content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for one in packed.infolist():
                yield one.filename.encode()
                yield one.comment
                yield packed.read(one)
                if one.filename.endswith(".xml"):
                    # Letters may be written as their numbers.
                    yield html.unescape(packed.read(one).decode("utf-8", "replace")).encode()
    elif content[:5] == b"%PDF-":
        yield from _pdf(content)
    elif content.startswith(_PICTURES) or content[4:8] == b"ftyp":
        yield from _picture(content)
    for found in _EMBEDDED.findall(content):
        try:
            yield base64.b64decode(found, validate=True)
        except binascii.Error:
            continue


def _pdf(content: bytes) -> Iterator[bytes]:
    """The text a reader sees, its codes of squares, its properties, what is attached, and every stream unpacked."""
    with pypdfium2.PdfDocument(content) as document:
        yield str(document.get_metadata_dict()).encode()
        for page in document:
            # Lines are put together again: a text may be cut anywhere.
            yield re.sub(r"\s*\r?\n\s*", "", page.get_textpage().get_text_range()).encode("utf-8", "replace")
            yield from _squares(page.render(scale=2).to_pil())
    for packed in _STREAM.findall(content):
        try:
            yield zlib.decompressobj().decompress(packed)
        except zlib.error:
            continue


def _picture(content: bytes) -> Iterator[bytes]:
    """What stands beside the pixels, and the pixels themselves as they are without a format around them."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            for name, value in picture.info.items():
                yield f"{name}: ".encode() + (value if isinstance(value, bytes) else str(value).encode())
            for tag, value in picture.getexif().items():
                yield f"{tag}: {value}".encode("utf-8", "replace")
            yield picture.convert("RGB").tobytes()
            yield from _squares(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError):
        return


def _squares(picture: Image.Image) -> Iterator[bytes]:
    """What QR and other codes in a picture say."""
    for found in zxingcpp.read_barcodes(picture):
        yield found.text.encode()
