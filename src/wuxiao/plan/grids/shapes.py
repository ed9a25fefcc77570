"""Polygons with attributes from the formats offices have: GeoJSON, shapefile (also zipped), GeoPackage."""

from __future__ import annotations

import contextlib
import itertools
import math
import sqlite3
import struct
import zipfile
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

from wuxiao.plan import store
from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.shared.files import text

Row = dict[str, Any]


def read_shapes(path: Path) -> tuple[list[Any], list[Row], bool]:
    """Return the polygons of a file, their attributes, and whether coordinates are degrees of longitude and latitude.

    Raises `BadProblem` naming the file, the layer or the row that cannot be read.
    """
    ending = path.suffix.lower()
    if not path.is_file():
        raise BadProblem(path.name, Said("没有这个文件", "there is no such file"))
    if ending in (".json", ".geojson"):
        shapes, rows, degrees = _geojson(path)
    elif ending == ".gpkg":
        shapes, rows, degrees = _geopackage(path)
    elif ending in (".shp", ".zip"):
        shapes, rows, degrees = _shapefile(path)
    else:
        said = Said("认得的格式：GeoJSON、SHP、SHP的ZIP、GPKG", "known formats: GeoJSON, SHP, zipped SHP, GPKG")
        raise BadProblem(path.name, said)
    if not shapes:
        raise BadProblem(path.name, Said("没有面", "holds no polygons"))
    for row, polygon in enumerate(shapes):
        if polygon is None or polygon.is_empty or polygon.geom_type not in ("Polygon", "MultiPolygon"):
            raise BadProblem(path.name, Said("不是面", "is no polygon"), row)
        x0, y0, x1, y1 = polygon.bounds
        if not all(map(math.isfinite, (x0, y0, x1, y1))):
            raise BadProblem(path.name, Said("坐标不是有限的数", "has a coordinate that is no finite number"), row)
        if degrees and (x0 < -180.0 or x1 > 180.0 or y0 < -90.0 or y1 > 90.0):
            said = Said(
                "经纬度超出地图；应先经度后纬度，投影坐标须在文件中写明坐标系（crs）",
                "lies off the map: give longitude first, then latitude; metres need their system named (crs)",
            )
            raise BadProblem(path.name, said, row)
    x0, y0, x1, y1 = shapely.total_bounds(_array(shapes))
    if not degrees and max(abs(x0), abs(x1)) <= 180.0 and max(abs(y0), abs(y1)) <= 90.0 and x1 - x0 < 1.0 > y1 - y0:
        said = Said(
            "文件说坐标是米，数值却像经纬度；请改正坐标系",
            "the file says metres, but the numbers are those of degrees: correct its coordinate system",
        )
        raise BadProblem(path.name, said)
    return shapes, rows, degrees


def to_metres(shapes: list[Any], degrees: bool) -> Any:
    """Return the shapes as an array in metres: degrees are laid flat around the middle, good within a county."""
    array = shapely.make_valid(shapely.force_2d(_array(shapes)))
    if not degrees:
        return array
    x0, y0, x1, y1 = shapely.total_bounds(array)
    middle_x, middle_y = (x0 + x1) / 2.0, math.radians((y0 + y1) / 2.0)
    # Metres of a degree on the GRS 80 ellipsoid at this latitude.
    east = 111_412.84 * math.cos(middle_y) - 93.5 * math.cos(3.0 * middle_y)
    north = 111_132.92 - 559.82 * math.cos(2.0 * middle_y)
    middle_lat = math.degrees(middle_y)
    return shapely.transform(array, lambda c: (c - (middle_x, middle_lat)) * (east, north))


def _array(shapes: list[Any]) -> Any:
    import numpy as np

    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


def _geojson(path: Path) -> tuple[list[Any], list[Row], bool]:
    data = store.parsed(text(path), path.name)
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list):
        raise BadProblem(path.name, Said("不是要素集（FeatureCollection）", "is no FeatureCollection"))
    shapes, rows = [], []
    for row, feature in enumerate(features):
        if isinstance(feature, dict) and feature.get("geometry") is None:
            raise BadProblem("features", Said("没有几何", "has no shape"), row)
        try:
            shapes.append(shape(feature["geometry"]))
        except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.GEOSException) as error:
            raise BadProblem(
                "features", Said(f"几何读不出：{error}", f"has no readable shape: {error}"), row
            ) from error
        rows.append({**(feature.get("properties") or {}), **({"id": feature["id"]} if "id" in feature else {})})
    named = str((data.get("crs") or {}).get("properties", {}).get("name", "")).upper()
    return shapes, rows, not named or "CRS84" in named or named.endswith(("4326", "4490", "4269"))


def _geopackage(path: Path) -> tuple[list[Any], list[Row], bool]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
        base.row_factory = sqlite3.Row
        try:
            layer = base.execute(
                "SELECT g.table_name, g.column_name, s.definition FROM gpkg_geometry_columns g "
                "LEFT JOIN gpkg_spatial_ref_sys s USING (srs_id)"
            ).fetchone()
        except sqlite3.DatabaseError as error:
            raise BadProblem(path.name, Said(f"不是GPKG：{error}", f"is no GeoPackage: {error}")) from error
        if layer is None:
            raise BadProblem(path.name, Said("没有图层", "holds no layer of features"))
        table, column = str(layer[0]).replace('"', '""'), str(layer[1])
        shapes, rows = [], []
        for number, found in enumerate(base.execute(f'SELECT * FROM "{table}"')):
            row = dict(found)
            blob = row.pop(column)
            try:
                envelope = (0, 32, 48, 48, 64)[(blob[3] >> 1) & 7]
                shapes.append(shapely.from_wkb(blob[8 + envelope :]))
            except (TypeError, IndexError, shapely.errors.GEOSException) as error:
                raise BadProblem(table, Said("几何读不出", "has no readable shape"), number) from error
            rows.append(row)
    return shapes, rows, str(layer[2] or "").upper().startswith(("GEOGCS", "GEOGCRS"))


def _shapefile(path: Path) -> tuple[list[Any], list[Row], bool]:
    parts: dict[str, bytes] = {}
    if path.suffix.lower() == ".zip":
        try:
            with zipfile.ZipFile(path) as packed:
                names = [x for x in packed.namelist() if not x.startswith("__MACOSX") and "/._" not in x]
                main = next((x for x in names if x.lower().endswith(".shp")), "")
                for name in names:
                    if name[:-4] == main[:-4]:
                        parts[name[-3:].lower()] = packed.read(name)
        except zipfile.BadZipFile as error:
            raise BadProblem(path.name, Said("不是ZIP", "is no ZIP file")) from error
    else:
        for ending in ("shp", "dbf", "prj", "cpg"):
            beside = next(
                (path.with_suffix(e) for e in (f".{ending}", f".{ending.upper()}") if path.with_suffix(e).is_file()),
                None,
            )
            if beside:
                parts[ending] = beside.read_bytes()
    for ending in ("shp", "dbf"):
        if ending not in parts:
            raise BadProblem(path.name, Said(f"缺少.{ending}", f"has no .{ending} beside it"))
    try:
        shapes = _shp(parts["shp"])
        rows = _dbf(parts["dbf"], parts.get("cpg", b"").decode("ascii", "ignore").strip())
    except (struct.error, IndexError, ValueError) as error:
        raise BadProblem(path.name, Said(f"读不出：{error}", f"cannot be read: {error}")) from error
    if len(shapes) != len(rows):
        said = Said(f"{len(shapes)}个面，{len(rows)}行属性", f"{len(shapes)} shapes but {len(rows)} rows")
        raise BadProblem(path.name, said)
    return shapes, rows, parts.get("prj", b"").lstrip().upper().startswith((b"GEOGCS", b"GEOGCRS"))


def _shp(data: bytes) -> list[Any]:
    """Read polygons (types 5, 15, 25 of the ESRI description, July 1998)."""
    shapes: list[Any] = []
    at = 100
    while at + 12 <= len(data):
        words = struct.unpack(">i", data[at + 4 : at + 8])[0]
        kind = struct.unpack("<i", data[at + 8 : at + 12])[0]
        if kind in (5, 15, 25):
            count, points = struct.unpack("<2i", data[at + 44 : at + 52])
            starts = [*struct.unpack(f"<{count}i", data[at + 52 : at + 52 + 4 * count]), points]
            flat = struct.unpack_from(f"<{2 * points}d", data, at + 52 + 4 * count)
            xy = list(zip(flat[::2], flat[1::2], strict=True))
            shapes.append(_of_rings([xy[a:b] for a, b in itertools.pairwise(starts) if b - a >= 4]))
        else:
            shapes.append(None)
        at += 8 + 2 * words
    return shapes


def _of_rings(rings: list[list[tuple[float, float]]]) -> Any:
    """Outer rings run clockwise, holes the other way; each hole goes to the outer ring it lies in."""
    outer: list[list[tuple[float, float]]] = []
    holes: list[list[tuple[float, float]]] = []
    for ring in rings:
        twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring))
        (outer if twice <= 0 else holes).append(ring)
    if not outer:
        outer, holes = holes, []
    inside: list[list[Any]] = [[] for _ in outer]
    bodies = [shapely.Polygon(ring) for ring in outer]
    for hole in holes:
        point = shapely.Polygon(hole).representative_point()
        home = next((i for i, body in enumerate(bodies) if shapely.make_valid(body).covers(point)), 0)
        inside[home].append(hole)
    made = [shapely.Polygon(ring, held) for ring, held in zip(outer, inside, strict=True)]
    return made[0] if len(made) == 1 else shapely.MultiPolygon(made)


def _dbf(data: bytes, encoding: str) -> list[Row]:
    count, start, width = struct.unpack("<xxxxIHH", data[:12])
    fields: list[tuple[str, str, int, int]] = []
    at, offset = 32, 1
    while data[at] != 0x0D:
        name = data[at : at + 11].split(b"\0")[0].decode("latin-1")
        fields.append((name, chr(data[at + 11]), offset, data[at + 16]))
        offset += data[at + 16]
        at += 32
    rows = []
    for i in range(count):
        line = data[start + i * width : start + (i + 1) * width]
        row: Row = {}
        for name, kind, begin, size in fields:
            raw = line[begin : begin + size]
            if kind in "NF":
                text = raw.decode("ascii", "ignore").strip().strip("*")
                row[name] = float(text) if text else None
            else:
                row[name] = _text(raw, encoding).strip()
        rows.append(row)
    return rows


def _text(raw: bytes, encoding: str) -> str:
    for tried in (encoding, "utf-8", "gb18030"):
        with contextlib.suppress(LookupError, UnicodeDecodeError):
            if tried:
                return raw.decode(tried)
    return raw.decode("latin-1")
