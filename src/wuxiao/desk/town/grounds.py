"""Ground of its own that a town gives its maps: a PMTiles file, and its divisions as polygons, kept in the data folder.

Both are for staff: what the public sees stays a sketch. What is adopted is checked whole first, and the town's diary
says who gave which file. A file is known by its digest, so that a page never mixes two of them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from shapely import Point, make_valid
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.prepared import prep

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.diary import diary
from wuxiao.desk.town import pmtiles, schematic
from wuxiao.desk.town.pmtiles import BadTiles, Tiles
from wuxiao.records import kept
from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text
from wuxiao.typed import crs as systems
from wuxiao.typed.crs import Crs, Position

TILES, EDGES, TOLD, PROVIDER = "ground.pmtiles", "boundaries.json", "ground.json", "provider.json"
#: The most bytes of a file of boundaries, and positions in it.
LARGEST, POSITIONS = 40_000_000, 400_000
#: So many shares of the blocks must lie better in another system before a file is doubted, and so many lie well there.
_BETTER, _WELL = 0.1, 0.8
Ring = tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """The town's own tiles as pages draw them; `digest` names the file."""

    digest: str
    tiles: Tiles


@dataclass(slots=True)
class _Kept:
    stamps: dict[str, tuple[int, int]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


_kept = _Kept()


def folder() -> Path:
    """Return where both lie: `maps` in the data folder."""
    return Path(settings.DATA_DIR) / "maps"


def tiles_path() -> Path:
    """Return the town's own tiles; the file may not be there."""
    return folder() / TILES


def kept_file(name: str, make: Any) -> Any:
    """Return what a file says, read anew when it was replaced; `None` where there is none or it cannot be read."""
    try:
        stat = (folder() / name).stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        if _kept.stamps.get(name) != stamp:
            _kept.values[name] = make(json.loads((folder() / name).read_text(encoding="utf-8")))
            _kept.stamps[name] = stamp
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _kept.values[name]


def ground() -> Ground | None:
    """Return the town's own tiles, or `None` for a town without."""
    found: Ground | None = kept_file(TOLD, _ground)
    return found if found is not None and tiles_path().is_file() else None


def _ground(told: Mapping[str, Any]) -> Ground:
    south, west, north, east = told["box"]
    low, high = told["zooms"]
    tiles = Tiles((south, west, north, east), (low, high), tuple(told["layers"]), told["size"])
    return Ground(str(told["digest"]), tiles)


def boundaries() -> Mapping[str, Sequence[Ring]]:
    """Return the rings of each division (latitude, longitude, WGS-84); none for a town that gave none."""
    return kept_file(EDGES, _boundaries) or {}


def _boundaries(told: Mapping[str, Any]) -> dict[str, list[Ring]]:
    return {
        code: [tuple((lat, lon) for lat, lon in ring) for ring in rings] for code, rings in told["divisions"].items()
    }


# --------------------------------------------------------------------------------------------------------- the tiles


def adopt_tiles(path: Path, *, by: Actor, at: datetime) -> Ground:
    """Take a PMTiles file as the ground of the town's maps.

    Raises `BadTiles` and `OSError`, and then nothing changed.
    """
    found = pmtiles.read(path)
    own = schematic.ground().box
    if own is not None and not _meet(own, found.box):
        raise BadTiles(
            f"这张底图在别处（{_edges(found.box)}），本地的地址在{_edges(own)}",
            f"this ground lies elsewhere ({_edges(found.box)}); the town's addresses lie at {_edges(own)}",
        )
    folder().mkdir(parents=True, exist_ok=True)
    part = folder() / f"{TILES}.part"
    shutil.copyfile(path, part)
    digest = _digest(part)
    part.chmod(0o600)
    part.replace(tiles_path())
    kept.sync(folder())
    made = Ground(digest, found)
    told = {"digest": digest, "box": found.box, "zooms": found.zooms, "layers": found.layers, "size": found.size}
    kept.write(folder() / TOLD, json.dumps(told).encode())
    diary.write_town("adopt_map", by=by, at=at, facts={"what": "tiles", "digest": digest, "count": len(found.layers)})
    return made


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _edges(box: tuple[float, ...]) -> str:
    south, west, north, east = box
    return f"{south:.3f}–{north:.3f}, {west:.3f}–{east:.3f}"


def drop(what: str, *, by: Actor, at: datetime) -> bool:
    """Take the tiles (`tiles`), `boundaries` or the `provider` away again; whether there were any."""
    names = {"tiles": (TOLD, TILES), "boundaries": (EDGES,), "provider": (PROVIDER,)}[what]
    there = [folder() / name for name in names if (folder() / name).is_file()]
    for path in there:
        path.unlink()
    if there:
        diary.write_town("drop_map", by=by, at=at, facts={"what": what})
    return bool(there)


# ----------------------------------------------------------------------------------------------------- the boundaries


def adopt_boundaries(path: Path, crs: Crs, *, book: Book, by: Actor, at: datetime) -> int:
    """Take the divisions of a GeoJSON file as their boundaries; returns how many there are.

    Each feature is a polygon or several, with the code of a division of the rule book as `code` or `division`. `crs`
    says in which system its positions are: they are kept in WGS-84. Raises `BadTiles` and `OSError`, and then nothing
    changed.
    """
    given = path.stat().st_size
    if given > LARGEST:
        raise BadTiles(f"文件太大（{given}字节），最多{LARGEST}字节", f"{given} bytes are too many; {LARGEST} at most")
    try:
        body = json.loads(path.read_text(encoding="utf-8-sig"))
        features = body["features"] if body["type"] == "FeatureCollection" else None
    except (ValueError, KeyError, TypeError, RecursionError):
        features = None
    if not isinstance(features, list) or not features:
        raise BadTiles("不是 GeoJSON 的 FeatureCollection", "this is no GeoJSON FeatureCollection")
    found: dict[str, list[Ring]] = {}
    places = 0
    for place, feature in enumerate(features, start=1):
        code, rings = _feature(place, feature, book)
        places += sum(len(ring) for ring in rings)
        if code in found:
            raise BadTiles(f"第{place}个：区划{code}出现了两次", f"no. {place}: the division {code} stands twice")
        found[code] = rings
    if places > POSITIONS:
        raise BadTiles(
            f"有{places}个点，最多{POSITIONS}个：请先简化",
            f"{places} positions are too many ({POSITIONS}): simplify it",
        )
    _doubted(found, crs)
    here = {
        code: [[_round(systems.to_wgs84(at, crs)) for at in ring] for ring in rings] for code, rings in found.items()
    }
    data = json.dumps({"divisions": here}).encode()
    folder().mkdir(parents=True, exist_ok=True)
    kept.write(folder() / EDGES, data)
    facts = {"what": "boundaries", "digest": hashlib.sha256(data).hexdigest(), "count": len(here)}
    diary.write_town("adopt_map", by=by, at=at, facts=facts)
    return len(here)


def _round(at: Position) -> tuple[float, float]:
    return round(at[0], 6), round(at[1], 6)


def _feature(place: int, feature: Any, book: Book) -> tuple[str, list[Ring]]:
    try:
        said = feature["properties"] or {}
        code = str(said.get("code") or said.get("division") or "")
        made = shape(feature["geometry"])
        parts = [made] if isinstance(made, Polygon) else list(made.geoms) if isinstance(made, MultiPolygon) else []
    except Exception as error:  # shapely raises whatever a strange geometry makes it stumble over
        raise BadTiles(f"第{place}个读不懂", f"no. {place} cannot be read") from error
    if code not in book.divisions:
        raise BadTiles(
            f"第{place}个：规则手册里没有区划“{code}”（属性 code 或 division）",
            f"no. {place}: the rule book has no division “{code}” (property code or division)",
        )
    if not parts:
        raise BadTiles(f"第{place}个（{code}）不是多边形", f"no. {place} ({code}) is no polygon")
    rings = [[(at[1], at[0]) for at in ring.coords] for part in parts for ring in (part.exterior, *part.interiors)]
    for ring in rings:
        for at in ring:
            if not (15 <= at[0] <= 55 and 70 <= at[1] <= 140):
                turned = systems.swapped(at)
                raise BadTiles(
                    f"第{place}个（{code}）有一点在{at[1]}, {at[0]}"
                    + ("：经度、纬度写反了（GeoJSON 先经度）" if turned else "：不是经纬度，或不在国内"),
                    f"no. {place} ({code}) has a position at {at[1]}, {at[0]}"
                    + (": longitude comes first in GeoJSON" if turned else ": no degrees, or not in the country"),
                )
    if not all(part.is_valid for part in parts):
        raise BadTiles(
            f"第{place}个（{code}）的边自己相交，请先修好",
            f"the edge of no. {place} ({code}) crosses itself: mend it first",
        )
    return code, [tuple(ring) for ring in rings]


def _doubted(found: Mapping[str, Sequence[Ring]], said: Crs) -> None:
    """Refuse boundaries beside which the town's addresses lie, and in another system would not."""
    blocks = [
        (code, ((row + 0.5) / schematic.STEP, (column + 0.5) / schematic.STEP))
        for (row, column), division in schematic.ground().blocks.items()
        for code in found
        if division.startswith(code)
    ]
    if len(blocks) < 20:
        return
    shares = {one: _inside(found, blocks, one) for one in Crs}
    best = max(shares, key=lambda one: shares[one])
    if best is not said and shares[best] >= _WELL and shares[best] - shares[said] >= _BETTER:
        raise BadTiles(
            f"按{said.value}只有{shares[said]:.0%}的地址在自己的界线里，按{best.value}有{shares[best]:.0%}：请核对坐标系",
            f"as {said.value} {shares[said]:.0%} of the addresses lie within their own boundary, as {best.value} "
            f"{shares[best]:.0%}: check the coordinate system",
        )


def _inside(found: Mapping[str, Sequence[Ring]], blocks: Sequence[tuple[str, Position]], crs: Crs) -> float:
    areas = {}
    for code, rings in found.items():
        whole = Polygon()
        for ring in rings:
            # Holes and parts alike: what lies in an odd number of rings is inside.
            whole = whole.symmetric_difference(make_valid(Polygon([systems.to_wgs84(at, crs)[::-1] for at in ring])))
        areas[code] = prep(whole)
    held = sum(1 for code, at in blocks if areas[code].contains(Point(at[1], at[0])))
    return held / len(blocks)


def said(found: Ground) -> Text:
    """Return what was adopted, in a sentence."""
    low, high = found.tiles.zooms
    layers = found.tiles.layers
    return Text(
        f"底图{found.digest[:12]}：{_edges(found.tiles.box)}，{low}到{high}级，图层{'、'.join(layers)}",
        f"ground {found.digest[:12]}: {_edges(found.tiles.box)}, zooms {low} to {high}, layers {', '.join(layers)}",
    )
