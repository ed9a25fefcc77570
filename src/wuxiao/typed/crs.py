"""In which system a pair of degrees is meant: WGS-84 inside, GCJ-02 and BD-09 as Chinese map sites give them.

GCJ-02 and BD-09 are known by their forward formulas alone, as the public has them; the way back is found by
iteration, to less than a hundredth of a millimetre. CGCS2000 and WGS-84 are equal here (they differ by centimetres).
Positions are (latitude, longitude) in degrees.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from math import atan2, cos, hypot, pi, radians, sin, sqrt

from wuxiao.typed.plain import compact, flat
from wuxiao.typed.trouble import Trouble

Position = tuple[float, float]


class Crs(StrEnum):
    """The systems in which positions come."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


#: How people and files call them.
_NAMES = {
    Crs.WGS84: "wgs84 wgs1984 cgcs2000 国家2000 2000国家大地坐标系 大地2000 gps gps坐标 epsg4326 epsg4490 天地图",
    Crs.GCJ02: "gcj02 gcj2 gcj 火星坐标 火星坐标系 国测局 国测局坐标 高德 高德坐标 腾讯 腾讯坐标 amap",
    Crs.BD09: "bd09 bd09ll bd9 bd 百度 百度坐标 百度经纬度 baidu",
}
_KNOWN = {word: crs for crs, words in _NAMES.items() for word in words.split()}
#: Where GCJ-02 departs from WGS-84: latitudes, longitudes.
_SHIFTED = ((0.8293, 55.8271), (72.004, 137.8347))
#: Where the shift carries to; beyond it the formula does not hold.
_REACHED = tuple((low - 0.05, high + 0.05) for low, high in _SHIFTED)
#: Latitudes and longitudes of the country: no latitude there can be a longitude.
CHINA = ((3.0, 54.0), (73.0, 136.0))
#: The ellipsoid of Krasovsky, by which GCJ-02 is written.
_AXIS, _FLAT = 6378245.0, 0.00669342162296594323
_BAIDU = pi * 3000.0 / 180.0
#: Each round leaves less than a fiftieth of the error; this is more than a double can tell.
_ROUNDS = 12
_METRES = 111_195.0
_BETWEEN = re.compile(r"[,;:=，；：、\s]+")
_DEGREES = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,15})?")


def named(text: str) -> Crs | None:
    """Return the system that a name means, however it is spelled; `None` for a name of none."""
    plain = re.sub(r"[-_:=/.()\s]", "", compact(flat(text)).casefold())
    return _KNOWN.get(plain.removeprefix("crs"))


def read(text: str) -> tuple[Position, Crs | None] | Trouble | None:
    """Return the position a text gives and the system it names beside it, `None` for no text at all.

    Latitude stands first. `30.1,104.2`, `30.1 104.2 gcj02` and `高德：30.1，104.2` are read. What is none, or has
    its numbers the other way round, comes back as the trouble with how it should be written.
    """
    parts = [one for one in _BETWEEN.split(flat(text)) if one]
    if not parts:
        return None
    numbers = [number for one in parts if (number := _degrees(one)) is not None]
    words = "".join(one for one in parts if _degrees(one) is None)
    crs = named(words) if words else None
    if len(numbers) != 2 or (words and crs is None):
        return Trouble(
            "point",
            "坐标请写成“纬度,经度”，例如 30.1,104.1；从高德、腾讯抄的在后面写 gcj02，从百度抄的写 bd09",
            "write latitude,longitude, for example 30.1,104.1; behind it gcj02 if it is from AMap or Tencent, bd09 if "
            "from Baidu",
        )
    lat, lon = numbers
    if swapped((lat, lon)):
        turned = f"{lon:.6f},{lat:.6f}"
        return Trouble(
            "swapped",
            f"看起来经纬度写反了：纬度在前，经度在后，应写 {turned}",
            f"the two numbers look swapped: latitude comes first, so write {turned}",
        )
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return Trouble(
            "point",
            "纬度在前，经度在后，中间用逗号",
            "latitude comes first, then longitude, with a comma between",
        )
    return (lat, lon), crs


def _degrees(text: str) -> float | None:
    return float(text) if _DEGREES.fullmatch(text) else None


def to_wgs84(at: Position, crs: Crs) -> Position:
    """Return a position of a system in WGS-84."""
    if crs is Crs.WGS84:
        return at
    return _unshifted(_unturned(at) if crs is Crs.BD09 else at)


def of_wgs84(at: Position, crs: Crs) -> Position:
    """Return a position of WGS-84 in a system."""
    if crs is Crs.WGS84:
        return at
    moved = _shifted(at) if _within(at, _SHIFTED) else at
    return _turned(moved) if crs is Crs.BD09 else moved


def swapped(at: Position) -> bool:
    """Whether a position would lie in China if its two numbers changed places, and does not as it stands."""
    return not _within(at, CHINA) and _within((at[1], at[0]), CHINA)


def apart(one: Position, other: Position) -> tuple[float, float]:
    """Return how many metres a position lies north and east of another; for distances within a town."""
    north = (one[0] - other[0]) * _METRES
    return north, (one[1] - other[1]) * _METRES * cos(radians((one[0] + other[0]) / 2))


def metres(one: Position, other: Position) -> float:
    """Return the distance of two positions within a town."""
    return hypot(*apart(one, other))


def _within(at: Position, box: Sequence[tuple[float, float]]) -> bool:
    return all(low <= value <= high for value, (low, high) in zip(at, box, strict=True))


def _waves(x: float, *parts: tuple[float, float]) -> float:
    return sum(size * sin(x * often * pi) for size, often in parts) * 2.0 / 3.0


def _shifted(at: Position) -> Position:
    """Return the place of GCJ-02 for one of WGS-84 within the country's frame."""
    y, x = at[0] - 35.0, at[1] - 105.0
    both = _waves(x, (20.0, 6.0), (20.0, 2.0))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += both + _waves(y, (20.0, 1.0), (40.0, 1 / 3)) + _waves(y, (160.0, 1 / 12), (320.0, 1 / 30))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += both + _waves(x, (20.0, 1.0), (40.0, 1 / 3)) + _waves(x, (150.0, 1 / 12), (300.0, 1 / 30))
    phi = radians(at[0])
    square = 1 - _FLAT * sin(phi) ** 2
    meridian = _AXIS * (1 - _FLAT) / (square * sqrt(square))
    parallel = _AXIS / sqrt(square) * cos(phi)
    return at[0] + north * 180.0 / (meridian * pi), at[1] + east * 180.0 / (parallel * pi)


def _unshifted(at: Position) -> Position:
    if not _within(at, _REACHED):
        return at
    found = at
    for _ in range(_ROUNDS):
        there = _shifted(found)
        found = found[0] - (there[0] - at[0]), found[1] - (there[1] - at[1])
    # Outside the frame nothing was shifted.
    return found if _within(found, _SHIFTED) else at


def _turned(at: Position) -> Position:
    """Return the place of BD-09 for one of GCJ-02."""
    y, x = at
    far = hypot(x, y) + 0.00002 * sin(y * _BAIDU)
    angle = atan2(y, x) + 0.000003 * cos(x * _BAIDU)
    return far * sin(angle) + 0.006, far * cos(angle) + 0.0065


def _unturned(at: Position) -> Position:
    found = at[0] - 0.006, at[1] - 0.0065
    for _ in range(_ROUNDS):
        there = _turned(found)
        found = found[0] - (there[0] - at[0]), found[1] - (there[1] - at[1])
    return found
