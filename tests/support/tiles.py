"""A PMTiles file written by hand (version 3), as the specification says, for a town of a few streets."""

from __future__ import annotations

import gzip
import json
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

Points = Sequence[tuple[float, float]]
#: What stands on it: the name of a layer, and of each feature its kind (1 point, 2 line, 3 area), points, name.
Layers = Mapping[str, Sequence[tuple[int, Points, str]]]


def number(value: int) -> bytes:
    """Return a whole number as a varint."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _field(tag: int, data: bytes) -> bytes:
    return number(tag << 3 | 2) + number(len(data)) + data


def _zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def _geometry(kind: int, points: Sequence[tuple[int, int]]) -> bytes:
    steps = [(x - a, y - b) for (a, b), (x, y) in zip([(0, 0), *points], points, strict=False)]
    said = [9, *(_zigzag(one) for one in steps[0])]
    if len(steps) > 1:
        said += [(len(steps) - 1) << 3 | 2, *(_zigzag(one) for step in steps[1:] for one in step)]
    if kind == 3:
        said.append(15)
    return b"".join(number(one) for one in said)


def place(at: tuple[float, float], zoom: int) -> tuple[float, float]:
    """Return where a latitude and longitude lie, in tiles of a zoom."""
    tall = math.asinh(math.tan(math.radians(at[0])))
    return (at[1] + 180) / 360 * 2**zoom, (1 - tall / math.pi) / 2 * 2**zoom


def tile(x: int, y: int, zoom: int, layers: Layers) -> bytes:
    """Return one vector tile."""
    found = b""
    for name, features in layers.items():
        body = _field(1, name.encode())
        names = sorted({said for _, _, said in features})
        for kind, points, said in features:
            inside = [place(at, zoom) for at in points]
            geometry = _geometry(kind, [(round((a - x) * 4096), round((b - y) * 4096)) for a, b in inside])
            tags = number(0) + number(names.index(said))
            body += _field(2, _field(2, tags) + number(3 << 3) + number(kind) + _field(4, geometry))
        body += _field(3, b"name")
        for said in names:
            body += _field(4, _field(1, said.encode()))
        found += _field(3, body + number(5 << 3) + number(4096) + number(15 << 3) + number(2))
    return found


def tile_id(zoom: int, x: int, y: int) -> int:
    """Return the number of a tile on the curve of Hilbert, all lower zooms before it."""
    found, half = (4**zoom - 1) // 3, 2**zoom // 2
    while half:
        right, below = int(x & half > 0), int(y & half > 0)
        found += half * half * ((3 * right) ^ below)
        if not below:
            if right:
                x, y = half - 1 - x, half - 1 - y
            x, y = y, x
        half //= 2
    return found


def archive(layers: Layers, *, zoom: int = 12, packed: int = 2, **more: Any) -> bytes:
    """Return a whole file; `more` sets values of the header otherwise."""
    points = [at for features in layers.values() for _, some, _ in features for at in some]
    box = [f([at[n] for at in points]) for f in (min, max) for n in (0, 1)]
    edges = [place((box[2], box[1]), zoom), place((box[0], box[3]), zoom)]
    tiles = {
        tile_id(zoom, x, y): gzip.compress(tile(x, y, zoom, layers), mtime=0)
        for x in range(int(edges[0][0]), int(edges[1][0]) + 1)
        for y in range(int(edges[0][1]), int(edges[1][1]) + 1)
    }
    ids = sorted(tiles)
    root = number(len(ids))
    root += b"".join(number(b - a) for a, b in zip([0, *ids], ids, strict=False))
    root += b"".join(number(1) for _ in ids) + b"".join(number(len(tiles[one])) for one in ids)
    root += b"".join(number(1 if n == 0 else 0) for n, _ in enumerate(ids))
    said = json.dumps({"vector_layers": [{"id": name, "fields": {"name": "String"}} for name in layers]}).encode()
    root, told = gzip.compress(root, mtime=0), gzip.compress(more.pop("metadata", said), mtime=0)
    data = b"".join(tiles[one] for one in ids)
    start = 127
    values = {
        "magic": b"PMTiles", "version": 3,
        "root": start, "rooted": len(root), "told": start + len(root), "long": len(told),
        "leaves": start + len(root) + len(told), "leafy": 0, "data": start + len(root) + len(told), "length": len(data),
        "addressed": len(ids), "entries": len(ids), "contents": len(ids),
        "clustered": 1, "internal": 2, "packed": packed, "kind": 1, "low": zoom, "high": zoom,
        "west": box[1], "south": box[0], "east": box[3], "north": box[2],
        "middle": zoom, "lon": (box[1] + box[3]) / 2, "lat": (box[0] + box[2]) / 2, **more,
    }  # fmt: skip
    for name in ("west", "south", "east", "north", "lon", "lat"):
        values[name] = round(values[name] * 1e7)
    return struct.pack("<7sB11Q6B4iB2i", *values.values()) + root + told + data
