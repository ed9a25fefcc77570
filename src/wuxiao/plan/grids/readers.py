"""Published forms of districting problems: GerryChain's dual graph as JSON, and polygons with population."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.grids.problem import Problem
from wuxiao.plan.grids.shapes import Row, read_shapes, to_metres

#: People in a household where a file counts people; what the figures on Providence are stated with.
PERSONS = 2.4
HOUSEHOLDS = ("households", "HOUSEHOLDS", "Households", "hh", "HH", "户数")
PEOPLE = ("TOTPOP", "population", "POPULATION", "POP", "POP100", "P0010001", "TOTPOP20", "TOTPOP10", "pop", "人口")
NAMES = ("GEOID20", "GEOID10", "GEOID", "block", "BLOCK", "id", "编号")
COMMUNITY = ("community", "COMMUNITY", "社区")
AREA = ("area", "AREA", "area_m2")
STREET = ("street", "main", "main_street")
SHARED = ("shared_perim", "shared_perimeter", "length", "border")


def graph(path: Path) -> Problem:
    """Return the problem of a dual graph as GerryChain (networkx) writes it, adjacency or node-link JSON.

    Nodes: households, or people divided by 2.4; `area`, `boundary_perim`, `community`. Edges: `shared_perim` and, where
    known, `street` (0 to 1). Without areas every block counts as a unit square. Where all households together are fewer
    than one cell needs, the file is a toy whose band is its mean district (`district` of the nodes) give or take 25 %.
    A block that alone exceeds the band stays a cell by itself and is listed.
    """
    try:
        data = json.loads(_text(path))
        nodes: list[Row] = data["nodes"]
        edges = list(_edges(data))
    except (ValueError, KeyError, TypeError) as error:
        said = Said(f"不是GerryChain图：{error}", f"is no dual graph of GerryChain: {error}")
        raise BadProblem(path.name, said) from error
    names = {str(node.get("id", i)): i for i, node in enumerate(nodes)}
    pairs: dict[tuple[int, int], tuple[float, float]] = {}
    for number, (one, other, row) in enumerate(edges):
        if str(one) not in names or str(other) not in names:
            raise BadProblem("edges", Said(f"没有节点{one}或{other}", f"there is no node {one} or {other}"), number)
        a, b = sorted((names[str(one)], names[str(other)]))
        if a != b:
            metres = _first(row, SHARED)
            pairs[a, b] = (1.0 if metres is None else float(metres), float(_first(row, STREET) or 0.0))
    # Corners where blocks only touch have no border to share.
    pairs = {key: value for key, value in pairs.items() if value[0] > 0.0}
    n = len(nodes)
    ends = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    border = np.array([v[0] for v in pairs.values()])
    shared = np.bincount(ends.ravel(), np.repeat(border, 2), n) if len(ends) else np.zeros(n)
    outer = np.array([float(_first(node, ("boundary_perim",)) or 0.0) for node in nodes])
    area, perimeter = _ground(nodes, shared + outer)
    households = _households(nodes, "nodes")
    settings: dict[str, Any] = {}
    if households.sum() < 300.0:
        kinds = {str(node["district"]) for node in nodes if "district" in node}
        if not kinds:
            said = Said(
                "户数不足一格，且没有district列可取范围",
                "too few households for one cell, and no district column to take a band from",
            )
            raise BadProblem("households", said)
        mean = float(households.sum()) / len(kinds)
        settings = {"low": 0.75 * mean, "high": 1.25 * mean}
    street = np.array([v[1] for v in pairs.values()])
    return Problem(
        blocks=tuple(names), households=households, area=area, perimeter=perimeter, pairs=ends, border=border,
        street=street, place=_places(nodes), forgive=True, weigh_street=0.25 if street.any() else 0.0,
        **settings, **_communities(nodes),
    )  # fmt: skip


def polygons(path: Path, *, divide: bool = True) -> Problem:
    """Return the problem of polygons with households or people (divided by 2.4): GeoJSON, SHP, zipped SHP, GPKG.

    Blocks that share a line are neighbours. With `divide` a block that exceeds the band, alone or with what it shuts
    in, is cut by straight lines into parts of at most half a cell, households shared out by area, and named in
    `cut_blocks`; without it such a block is a cell by itself and listed. Such files know no streets, so compactness
    alone is sought.
    """
    shapes, rows, degrees = read_shapes(path)
    flat = to_metres(shapes, degrees)
    households = _households(rows, "features")
    names = [str(_first(row, NAMES) if _first(row, NAMES) is not None else i) for i, row in enumerate(rows)]
    cut: tuple[str, ...] = ()
    pairs, border = borders(flat)
    if divide:
        from wuxiao.plan.grids.parts import too_big

        big = too_big(households, pairs[:, 0], pairs[:, 1], 300.0, 500.0)
        if big.any():
            flat, households, names, rows, cut = _divide(flat, households, names, rows, big.tolist())
            pairs, border = borders(flat)
    points = shapely.point_on_surface(flat)
    place = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    return Problem(
        blocks=tuple(names), households=households, area=shapely.area(flat), perimeter=shapely.length(flat),
        pairs=pairs, border=border, street=np.zeros(len(pairs)), place=place,
        forgive=True, weigh_street=0.0, cut_blocks=cut, **_communities(rows),
    )  # fmt: skip


def borders(shapes: Any, least: float = 0.01) -> tuple[Any, Any]:
    """Return pairs of polygons that share a line, and its metres; lines shorter than `least` do not count."""
    tree = shapely.STRtree(shapes)
    a, b = tree.query(shapes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    metres = shapely.length(shapely.intersection(shapely.boundary(shapes[a]), shapely.boundary(shapes[b])))
    good = metres > least
    return np.column_stack([a[good], b[good]]).astype(np.int64), metres[good]


def _divide(flat: Any, households: Any, names: list[str], rows: list[Row], big: list[bool]) -> Any:
    shapes: list[Any] = []
    share: list[float] = []
    called: list[str] = []
    kept: list[Row] = []
    cut = []
    for shape, count, name, row, apart in zip(flat, households.tolist(), names, rows, big, strict=True):
        pieces = _slices(shape, math.ceil(count / 150.0)) if apart else [shape]
        whole = sum(piece.area for piece in pieces)
        if len(pieces) > 1:
            cut.append(name)
        for i, piece in enumerate(pieces):
            shapes.append(piece)
            share.append(count * piece.area / whole if len(pieces) > 1 else count)
            called.append(f"{name}/{i + 1}" if len(pieces) > 1 else name)
            kept.append(row)
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out, np.array(share), called, kept, tuple(cut)


def _slices(shape: Any, parts: int) -> list[Any]:
    """Cut a polygon into parts of equal area by lines across its longer side, in halves as even as can be."""
    if parts <= 1:
        return [shape]
    x0, y0, x1, y1 = shape.bounds
    wide = x1 - x0 >= y1 - y0
    wanted = shape.area * (parts // 2) / parts
    low, high = (x0, x1) if wide else (y0, y1)
    for _ in range(60):
        middle = (low + high) / 2.0
        side = shape.intersection(shapely.box(x0, y0, middle, y1) if wide else shapely.box(x0, y0, x1, middle))
        low, high = (middle, high) if side.area < wanted else (low, middle)
    first = shapely.box(x0, y0, middle, y1) if wide else shapely.box(x0, y0, x1, middle)
    one, other = shape.intersection(first), shape.difference(first)
    return [*_slices(one, parts // 2), *_slices(other, parts - parts // 2)]


def _text(path: Path) -> str:
    import gzip

    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except OSError as error:
        raise BadProblem(path.name, Said(f"打不开：{error}", f"cannot be opened: {error}")) from error


def _edges(data: Row) -> Iterable[tuple[Any, Any, Row]]:
    if "adjacency" in data:
        for node, near in zip(data["nodes"], data["adjacency"], strict=True):
            for row in near:
                yield node["id"], row["id"], row
    else:
        for row in data["links"] if "links" in data else data["edges"]:
            yield row["source"], row["target"], row


def _first(row: Row, names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _households(rows: list[Row], where: str) -> Any:
    if not any(_first(row, HOUSEHOLDS + PEOPLE) is not None for row in rows):
        known = "、".join(HOUSEHOLDS + PEOPLE)
        said = Said(f"没有户数或人口列，认得：{known}", f"no column of households or people; known: {known}")
        raise BadProblem(where, said)
    found = []
    for i, row in enumerate(rows):
        own, people = _first(row, HOUSEHOLDS), _first(row, PEOPLE)
        try:
            found.append(float(own) if own is not None else float(people) / PERSONS)
        except (TypeError, ValueError) as error:
            raise BadProblem(where, Said("户数或人口不是数", "households or people are no number"), i) from error
    return np.array(found)


def _ground(nodes: list[Row], outline: Any) -> tuple[Any, Any]:
    given = [_first(node, AREA) for node in nodes]
    if all(x is not None and float(x) > 0.0 for x in given):
        return np.array([float(x) for x in given]), outline
    return np.ones(len(nodes)), np.maximum(4.0, outline)


def _places(nodes: list[Row]) -> Any:
    for x, y in (("x", "y"), ("C_X", "C_Y"), ("INTPTLON10", "INTPTLAT10"), ("INTPTLON20", "INTPTLAT20")):
        if all(node.get(x) is not None and node.get(y) is not None for node in nodes):
            return np.array([[float(node[x]), float(node[y])] for node in nodes])
    return np.zeros(0)


def _communities(rows: list[Row]) -> dict[str, Any]:
    given = [_first(row, COMMUNITY) for row in rows]
    if all(x is None for x in given):
        return {}
    names = sorted({str(x) for x in given if x is not None})
    number = {name: i for i, name in enumerate(names)}
    return {
        "community": np.array([-1 if x is None else number[str(x)] for x in given]),
        "communities": tuple(names),
    }
