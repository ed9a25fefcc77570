"""Networks drawn as GeoJSON lines: streets meet where they share a point."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.raw import Raw, are_spherical
from wuxiao.plan.ground.streets import of_words
from wuxiao.plan.shared.files import text
from wuxiao.plan.store import Floats, parsed
from wuxiao.typed.crs import Crs, named

#: What a one-way word means: open along the line, open against it. F, T and B are those of Geofabrik's files.
_ONE_WAY = {
    ("", "no", "false", "0", "none", "b", "both", "否", "双向"): (True, True),
    ("yes", "true", "1", "f", "forward", "是", "单向"): (True, False),
    ("-1", "reverse", "t", "backward"): (False, True),
}
#: Degrees (WGS 84, CGCS2000) and metres (CGCS2000 in zones, UTM); web maps' metres are not those of the ground.
_SYSTEMS = re.compile(r"CRS84|\b(4326|4490|44(9[1-9])|45[0-4]\d|455[0-4]|32[67]\d\d)$")
_DEGREES = re.compile(r"CRS84|\b(4326|4490)$")


def load(path: Path) -> Network:
    """Return the streets of a FeatureCollection of LineString or MultiLineString.

    Properties, all optional: ``class`` (or ``highway``, ``type``), ``name``, ``oneway`` (yes, no, -1), ``speed`` (or
    ``maxspeed``) km/h, ``width`` m. Coordinates are longitudes and latitudes, or metres where they cannot be those.
    Points within a centimetre are one. Raises `BadProblem` naming the feature.
    """
    try:
        data = parsed(text(path), path.name)
        features = data["features"]
    except (ValueError, KeyError, TypeError) as error:
        said = Said("不是GeoJSON的FeatureCollection", "is no GeoJSON FeatureCollection")
        raise BadProblem(path.name, said) from error
    _known_system(data, path.name)
    lines = [(k, f.get("properties") or {}, line) for k, f in enumerate(features) for line in _lines(f, k)]
    spherical = are_spherical(np.vstack([line for *_, line in lines])) if lines else True
    digits = 7 if spherical else 2
    keyed = [[f"{x:.{digits}f},{y:.{digits}f}" for x, y in line.tolist()] for *_, line in lines]
    times = Counter(key for keys in keyed for key in keys)
    for keys in keyed:
        times.update({keys[0]: 1, keys[-1]: 1})
    raw, known = Raw(spherical=spherical), set()
    for number, ((feature, given, line), keys) in enumerate(zip(lines, keyed, strict=True)):
        cuts = [k for k, key in enumerate(keys) if times[key] > 1 or k in (0, len(keys) - 1)]
        cuts = sorted({*cuts, *((a + b) // 2 for a, b in pairwise(cuts) if keys[a] == keys[b])})
        for part, (a, b) in enumerate(pairwise(cuts)):
            if keys[a] == keys[b]:
                continue
            for k in (a, b):
                if keys[k] not in known:
                    known.add(keys[k])
                    raw.node(keys[k], float(line[k, 0]), float(line[k, 1]), row=feature)
            along, back = one_way(given.get("oneway"), feature)
            speed = _number(given.get("speed", given.get("maxspeed", 0)), "speed", feature)
            raw.link(
                f"{number}.{part}",
                keys[a],
                keys[b],
                street=of_words(str(given.get("class", given.get("highway", given.get("type", ""))))),
                line=line[a : b + 1],
                along=along,
                back=back,
                speed=(speed, speed),
                width=_number(given.get("width", 0), "width", feature),
                name=str(given.get("name") or ""),
                row=feature,
            )
    return raw.network()


def says(path: Path) -> Crs | None:
    """Return the system that a file's ``crs`` states; `None` without one (RFC 7946 has none), or one of metres."""
    try:
        crs = _told(parsed(text(path), path.name))
    except ValueError:
        return None
    return Crs.WGS84 if _DEGREES.search(crs) else named(crs)


def _told(data: Any) -> str:
    told = data.get("crs") if isinstance(data, dict) else None
    return str((told.get("properties", {}).get("name", "") if isinstance(told, dict) else told) or "")


def one_way(word: Any, row: int) -> tuple[bool, bool]:
    """Return whether a street is open along and against its line; refuses a word it does not know, naming the row."""
    for words, open_ in _ONE_WAY.items():
        if str("" if word is None else word).strip().lower() in words:
            return open_
    said = Said(f"不认识的oneway：“{word}”，可用yes、no、-1", f"oneway is “{word}”: use yes, no or -1")
    raise BadProblem("oneway", said, row)


def _known_system(data: Any, name: str) -> None:
    """Refuse coordinates of a system that are neither degrees nor metres as they lie on the ground."""
    told = _told(data)
    if told and not _SYSTEMS.search(told) and named(told) is None:
        said = Said(
            f"坐标系是{told}，请先转为WGS 84或CGCS2000（经纬度）",
            f"the system is {told}: use WGS 84 or CGCS2000",
        )
        raise BadProblem(f"{name} crs", said)


def _lines(feature: Any, row: int) -> list[Floats]:
    shape = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(shape, dict):
        raise BadProblem("features", Said("没有geometry", "has no geometry"), row)
    kind, coordinates = shape.get("type"), shape.get("coordinates")
    if kind not in ("LineString", "MultiLineString"):
        return []
    try:
        each: Any = [coordinates] if kind == "LineString" else coordinates
        lines = [np.array([point[:2] for point in line], dtype=np.float64) for line in each]
    except (TypeError, ValueError) as error:
        raise BadProblem("features", Said("坐标不是数", "coordinates are not numbers"), row) from error
    if any(line.ndim != 2 or len(line) < 2 or not np.isfinite(line).all() for line in lines):
        raise BadProblem("features", Said("一条线至少要两个点", "a line needs two points at least"), row)
    return lines


def _number(value: Any, name: str, row: int) -> float:
    try:
        return float(value or 0)
    except (TypeError, ValueError) as error:
        raise BadProblem("features", Said(f"{name}不是数：{value}", f"{name} is not a number: {value}"), row) from error
