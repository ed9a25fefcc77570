"""Reading a PMTiles file (version 3) as far as one must know before pages draw it: header, layers, one tile.

Source: the PMTiles specification, version 3. All positions of such a file are WGS-84 in Web Mercator; it cannot say
anything else, so a file made of shifted data must be made anew and is never moved here.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from wuxiao.rules.words import Text

#: Bytes of the header, and the most of a directory, of metadata and of one tile that are read.
HEADER, MOST = 127, 16_000_000
_FORM = struct.Struct("<7sB11QBBBBBBiiiiBii")
_NONE, _GZIP, _VECTOR = 1, 2, 1


class BadTiles(ValueError):
    """A file that pages could not draw; `text` says what is wrong and how to mend it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


@dataclass(frozen=True, slots=True)
class Tiles:
    """What a file holds: south, west, north, east edge in degrees, zooms from and to, names of its vector layers."""

    box: tuple[float, float, float, float]
    zooms: tuple[int, int]
    layers: tuple[str, ...]
    size: int


def read(path: Path) -> Tiles:
    """Return what a PMTiles file holds; raises `BadTiles` for one that pages could not draw, and `OSError`."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        head = file.read(HEADER)
        if len(head) < HEADER or head[:7] != b"PMTiles":
            raise BadTiles("这不是 PMTiles 文件", "this is no PMTiles file")
        values = _FORM.unpack(head)
        if values[1] != 3:
            raise BadTiles(
                f"是 PMTiles 第{values[1]}版，只读第3版：请用 pmtiles convert 转换",
                f"this is PMTiles version {values[1]}; only version 3 is read: convert it with pmtiles convert",
            )
        root, rooted, told, long, leaves, leafy, data, length = values[2:10]
        internal, packed, kind, low, high = values[14:19]
        for at, many in ((root, rooted), (told, long), (leaves, leafy), (data, length)):
            if at + many > size:
                raise BadTiles(
                    f"文件不完整：应有{at + many}字节，只有{size}字节，请重新拷贝",
                    f"the file is cut off: {at + many} bytes are wanted, {size} are there: copy it again",
                )
        if kind != _VECTOR:
            raise BadTiles(
                "里面是图片瓦片，只用矢量瓦片（MVT）", "it holds pictures; only vector tiles (MVT) are drawn"
            )
        if not {internal, packed} <= {_NONE, _GZIP}:
            raise BadTiles(
                "压缩方式浏览器读不了，只用 gzip 或不压缩", "browsers cannot read this compression: use gzip or none"
            )
        if not 0 <= low <= high <= 22:
            raise BadTiles(f"缩放级别{low}到{high}不对", f"zooms from {low} to {high} cannot be")
        west, south, east, north = (one / 1e7 for one in values[19:23])
        if not (-180 <= west < east <= 180 and -85.06 <= south < north <= 85.06):
            raise BadTiles("文件里写的范围不对", "the bounds in the file cannot be")
        try:
            listed = _directory(_plain(_part(file, root, rooted), internal))
            layers = _layers(_plain(_part(file, told, long), internal))
            first = next((entry for entry in listed if entry[1]), None)
            if first is not None:
                _plain(_part(file, data + first[3], first[2]), packed)
        except (zlib.error, ValueError, IndexError, KeyError, TypeError) as error:
            raise BadTiles(
                "目录或瓦片读不出来，文件坏了", "its directory or its tiles cannot be read: the file is broken"
            ) from error
    if not listed:
        raise BadTiles("里面没有瓦片", "there are no tiles in it")
    if not layers:
        raise BadTiles(
            "没有写有哪些图层（vector_layers），画不出来", "it does not say which layers it has (vector_layers)"
        )
    return Tiles((south, west, north, east), (low, high), layers, size)


def _part(file: object, at: int, many: int) -> bytes:
    if many > MOST:
        raise ValueError("too long")
    file.seek(at)  # type: ignore[attr-defined]
    return bytes(file.read(many))  # type: ignore[attr-defined]


def _plain(data: bytes, packed: int) -> bytes:
    if packed == _NONE:
        return data
    reader = zlib.decompressobj(wbits=31)
    found = reader.decompress(data, MOST)
    if not reader.eof:
        raise ValueError("cut off, or too long")
    return found


def _directory(data: bytes) -> list[tuple[int, int, int, int]]:
    """Return the entries of a directory: tile id, run length (0 of a leaf), length, offset."""
    at = 0

    def number() -> int:
        nonlocal at
        found = shift = 0
        while True:
            byte = data[at]
            at += 1
            found |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return found

    many = number()
    if many > len(data):
        raise ValueError("more entries than bytes")
    ids, last = [], 0
    for _ in range(many):
        last += number()
        ids.append(last)
    runs = [number() for _ in range(many)]
    lengths = [number() for _ in range(many)]
    offsets: list[int] = []
    for place in range(many):
        value = number()
        offsets.append(offsets[-1] + lengths[place - 1] if value == 0 and place else value - 1)
    return list(zip(ids, runs, lengths, offsets, strict=True))


def _layers(data: bytes) -> tuple[str, ...]:
    told = json.loads(data or b"{}")
    return tuple(str(one["id"])[:80] for one in told.get("vector_layers") or ())[:60]
