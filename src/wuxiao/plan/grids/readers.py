"""Published forms of districting problems: GerryChain's dual graph as JSON, and polygons with population."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from wuxiao.plan import store
from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.grids.problem import HIGH, LOW, Plan, Problem
from wuxiao.plan.grids.shapes import Row, read_shapes, to_metres
from wuxiao.plan.shared.files import text

#: People in a household where a file counts people; what the figures on Providence are stated with.
PERSONS = 2.4
#: Metres within which two drawn lines are one: more than rounding and a shaking hand leave, less than any alley.
SNAP = 0.3
HOUSEHOLDS = ("households", "HOUSEHOLDS", "Households", "hh", "HH", "户数")
PEOPLE = ("TOTPOP", "population", "POPULATION", "POP", "POP100", "P0010001", "TOTPOP20", "TOTPOP10", "pop", "人口")
NAMES = ("GEOID20", "GEOID10", "GEOID", "block", "BLOCK", "id", "编号")
COMMUNITY = ("community", "COMMUNITY", "社区")
AREA = ("area", "AREA", "area_m2")
STREET = ("street", "main", "main_street")
SHARED = ("shared_perim", "shared_perimeter", "length", "border")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is read: names of its columns ("" for those commonly known), people in a household, what to do.

    `whole`: do not cut blocks that exceed the band; `strict`: refuse what is outside instead of listing it; `before`:
    the file of an earlier plan of the same blocks.
    """

    households: str = ""
    people: str = ""
    persons: float = PERSONS
    id: str = ""
    community: str = ""
    whole: bool = False
    strict: bool = False
    before: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.persons) and self.persons > 0.0):
            raise BadProblem("persons", Said("每户人数须大于0", "people in a household must be above 0"))


def graph(path: Path, **given: Any) -> Problem:
    """Return the problem of a dual graph as GerryChain (networkx) writes it, adjacency or node-link JSON.

    Nodes: households, or people divided by 2.4; `area`, `boundary_perim`, `community`. Edges: `shared_perim` and, where
    known, `street` (0 to 1). Without areas every block counts as a unit square. Where all households together are fewer
    than one cell needs and no band is given, the file is a toy whose band is its mean district (`district` of the
    nodes) give or take 25 %. A block that alone exceeds the band stays a cell by itself and is listed. `given` are
    fields of `Reading` and settings of `Problem`.
    """
    how, settings = _sort(given)
    try:
        data = store.parsed(text(path), path.name)
        nodes: list[Row] = data["nodes"]
        edges = list(_edges(data))
        called = [str(node.get(how.id or "id", i)) for i, node in enumerate(nodes)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        said = Said(f"不是GerryChain图：{error}", f"is no dual graph of GerryChain: {error}")
        raise BadProblem(path.name, said) from error
    if not nodes:
        raise BadProblem(path.name, Said("没有节点", "holds no nodes"))
    names = {str(node.get("id", i)): i for i, node in enumerate(nodes)}
    pairs: dict[tuple[int, int], tuple[float, float]] = {}
    for number, (one, other, row) in enumerate(edges):
        if str(one) not in names or str(other) not in names:
            raise BadProblem("edges", Said(f"没有节点{one}或{other}", f"there is no node {one} or {other}"), number)
        a, b = sorted((names[str(one)], names[str(other)]))
        if a != b:
            metres = _number(row, SHARED, "edges", number)
            pairs[a, b] = (1.0 if metres is None else metres, _number(row, STREET, "edges", number) or 0.0)
    # Corners where blocks only touch have no border to share.
    pairs = {key: value for key, value in pairs.items() if value[0] > 0.0}
    n = len(nodes)
    ends = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    border = np.array([v[0] for v in pairs.values()])
    shared = np.bincount(ends.ravel(), np.repeat(border, 2), n) if len(ends) else np.zeros(n)
    outer = np.array([_number(node, ("boundary_perim",), "nodes", i) or 0.0 for i, node in enumerate(nodes)])
    area, perimeter = _ground(nodes, shared + outer)
    households = _households(nodes, "nodes", how)
    if households.sum() < LOW and not {"low", "high", "target"} & set(settings):
        kinds = {str(node["district"]) for node in nodes if "district" in node}
        if not kinds:
            said = Said(
                "户数不足一格，且没有district列可取范围",
                "too few households for one cell, and no district column to take a band from",
            )
            raise BadProblem("households", said)
        mean = float(households.sum()) / len(kinds)
        settings |= {"low": 0.75 * mean, "high": 1.25 * mean}
    street = np.array([v[1] for v in pairs.values()])
    made: dict[str, Any] = {"weigh_street": 0.25 if street.any() else 0.0, "forgive": not how.strict, **settings}
    return Problem(
        blocks=tuple(called), households=households, area=area, perimeter=perimeter, pairs=ends, border=border,
        street=street, place=_places(nodes), **made, **_communities(nodes, how), **_before(how, len(nodes)),
    )  # fmt: skip


def polygons(path: Path, **given: Any) -> Problem:
    """Return the problem of polygons with households or people (divided by 2.4): GeoJSON, SHP, zipped SHP, GPKG.

    Blocks that share a line are neighbours, also where the lines meet within `SNAP` metres only (`drawn_together`).
    A block that exceeds the band, alone or with what it shuts in, is cut by straight lines into parts of at most half
    of the least cell, households shared out by area, and named in `cut_blocks`; where the blocks are to stay `whole` it
    is a cell by itself and listed. Such files know no streets, so compactness alone is sought.
    `given` are fields of `Reading` and settings of `Problem`.
    """
    how, settings = _sort(given)
    shapes, rows, degrees = read_shapes(path)
    flat = to_metres(shapes, degrees)
    households = _households(rows, "features", how)
    columns = (how.id,) if how.id else NAMES
    names = [str(_first(row, columns) if _first(row, columns) is not None else i) for i, row in enumerate(rows)]
    cut: tuple[str, ...] = ()
    pairs, border, together = borders(flat)
    low, high = settings.get("low", LOW), settings.get("high", HIGH)
    if not how.whole and 0.0 < low <= high < math.inf and np.isfinite(households).all():
        from wuxiao.plan.grids.parts import too_big

        big = too_big(households, pairs[:, 0], pairs[:, 1], low, high)
        if big.any():
            flat, households, names, rows, cut = _divide(flat, households, names, rows, big.tolist(), low / 2.0)
            pairs, border, _ = borders(flat)
    points = shapely.point_on_surface(flat)
    place = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    made: dict[str, Any] = {"weigh_street": 0.0, "forgive": not how.strict, **settings}
    # Where outlines only nearly meet, the borders drawn together may be a little longer than the outline itself.
    shared = np.bincount(pairs.ravel(), np.repeat(border, 2), len(names)) if len(pairs) else np.zeros(len(names))
    perimeter = np.maximum(shapely.length(flat), shared)
    return Problem(
        blocks=tuple(names), households=households, area=shapely.area(flat), perimeter=perimeter,
        pairs=pairs, border=border, street=np.zeros(len(pairs)), place=place, cut_blocks=cut,
        drawn_together=together,
        **made, **_communities(rows, how), **_before(how, len(names)),
    )  # fmt: skip


def borders(shapes: Any, least: float = 0.01) -> tuple[Any, Any, int]:
    """Return pairs of polygons that share a line, its metres, and how many pairs had to be drawn together for it.

    Drawn lines seldom meet to the last digit: what lies within `SNAP` metres (a hundredth of a usual block's width
    where blocks are small) of the other polygon's line is shared. Where the lines meet exactly their own length counts;
    lines shorter than `least` are corners. Raises `BadProblem` where a polygon lies over another by a twentieth of the
    smaller one, or by a strip too wide to be a slip of the pen, whose border could not be measured.
    """
    area = shapely.area(shapes)
    near = min(SNAP, 0.01 * float(np.sqrt(np.median(area)))) if len(area) else SNAP
    tree = shapely.STRtree(shapes)
    a, b = tree.query(shapes, predicate="dwithin", distance=near)
    a, b = a[a < b], b[a < b]
    overlap = shapely.intersection(shapes[a], shapes[b])
    over = shapely.area(overlap) > 0.05 * np.minimum(area[a], area[b])
    if over.any():
        one, other = int(b[over][0]), int(a[over][0])
        said = Said(f"与第{other}个面重叠，地块不能相互重叠", f"lies over polygon {other}: blocks must not overlap")
        raise BadProblem("features", said, one)
    line = shapely.boundary(shapes)
    exact = shapely.length(shapely.intersection(line[a], line[b]))
    wide = shapely.buffer(line, near, quad_segs=2, cap_style="flat", join_style="bevel")
    both = shapely.length(shapely.intersection(line[a], wide[b])) + shapely.length(
        shapely.intersection(line[b], wide[a])
    )
    # At both ends of a shared line a little of the next sides lies within reach too.
    drawn = 0.5 * both - 2.0 * near
    together = (drawn > 1.05 * exact + 2.0 * near) & (drawn > 4.0 * near)
    metres = np.where(together, drawn, exact)
    strip = 0.5 * shapely.length(overlap)
    lost = (shapely.area(overlap) > near * near) & (strip > 8.0 * near) & (metres < 0.5 * strip)
    if lost.any():
        k = int(np.flatnonzero(lost)[0])
        apart = float(shapely.area(overlap[k]) / max(strip[k], 1e-9))
        said = Said(
            f"与第{int(a[k])}个面重叠约{apart:.2f}米宽的一条，量不出共同边界；请先修正图形",
            f"lies over polygon {int(a[k])} by a strip about {apart:.2f} m wide, so that their border cannot be "
            "measured: mend the drawing",
        )
        raise BadProblem("features", said, int(b[k]))
    # What is shared is never more than a polygon's outline.
    shared = np.bincount(a, metres, len(shapes)) + np.bincount(b, metres, len(shapes))
    room = np.minimum(1.0, shapely.length(shapes) / np.maximum(shared, 1e-12))
    metres = np.where(together, metres * np.minimum(room[a], room[b]), metres)
    good = metres > least
    pairs = np.column_stack([a[good], b[good]]).astype(np.int64)
    return pairs, metres[good], int((together & good).sum())


def _divide(flat: Any, households: Any, names: list[str], rows: list[Row], big: list[bool], most: float) -> Any:
    shapes: list[Any] = []
    share: list[float] = []
    called: list[str] = []
    kept: list[Row] = []
    cut = []
    for shape, count, name, row, apart in zip(flat, households.tolist(), names, rows, big, strict=True):
        pieces = _slices(shape, math.ceil(count / most)) if apart else [shape]
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


def _number(row: Row, names: tuple[str, ...], where: str, at: int) -> float | None:
    found = _first(row, names)
    try:
        return None if found is None else float(found)
    except (TypeError, ValueError) as error:
        name = next(name for name in names if row.get(name) is not None)
        raise BadProblem(f"{where}.{name}", Said(f"“{found}”不是数", f"“{found}” is no number"), at) from error


def _sort(given: dict[str, Any]) -> tuple[Reading, dict[str, Any]]:
    """Return what was given as a way of reading and settings of the problem."""
    own = {field.name for field in fields(Reading)}
    return Reading(**{k: v for k, v in given.items() if k in own}), {k: v for k, v in given.items() if k not in own}


def _households(rows: list[Row], where: str, how: Reading) -> Any:
    named = how.households or how.people
    own = (how.households,) if how.households else () if how.people else HOUSEHOLDS
    people = (how.people,) if how.people else () if how.households else PEOPLE
    if not any(_first(row, own + people) is not None for row in rows):
        known = named or "、".join(HOUSEHOLDS + PEOPLE)
        there = "、".join(sorted({str(name) for row in rows[:100] for name in row}))[:300]
        said = Said(
            f"没有户数或人口列（{known}），文件里有：{there}；用--households或--people指明",
            f"no column of households or people ({known}); the file has: {there}; name it by --households or --people",
        )
        raise BadProblem(where, said)
    found = []
    for i, row in enumerate(rows):
        count, heads = _number(row, own, where, i), _number(row, people, where, i)
        if count is None and heads is None:
            said = Said("没有户数或人口，没人住请填0", "has neither households nor people: give 0 where nobody lives")
            raise BadProblem(where, said, i)
        found.append(count if count is not None else heads / how.persons if heads is not None else 0.0)
    return np.array(found)


def _ground(nodes: list[Row], outline: Any) -> tuple[Any, Any]:
    given = [_number(node, AREA, "nodes", i) for i, node in enumerate(nodes)]
    area = np.array([x for x in given if x is not None])
    if len(area) == len(nodes) and (area > 0.0).all():
        return area, outline
    return np.ones(len(nodes)), np.maximum(4.0, outline)


def _places(nodes: list[Row]) -> Any:
    for x, y in (("x", "y"), ("C_X", "C_Y"), ("INTPTLON10", "INTPTLAT10"), ("INTPTLON20", "INTPTLAT20")):
        if all(node.get(x) is not None and node.get(y) is not None for node in nodes):
            return np.array([[_number(node, (k,), "nodes", i) for k in (x, y)] for i, node in enumerate(nodes)])
    return np.zeros(0)


def _communities(rows: list[Row], how: Reading) -> dict[str, Any]:
    given = [_first(row, (how.community,) if how.community else COMMUNITY) for row in rows]
    if all(x is None for x in given):
        if how.community:
            said = Said(f"没有列“{how.community}”", f"there is no column “{how.community}”")
            raise BadProblem("community", said)
        return {}
    names = sorted({str(x) for x in given if x is not None})
    number = {name: i for i, name in enumerate(names)}
    return {
        "community": np.array([-1 if x is None else number[str(x)] for x in given]),
        "communities": tuple(names),
    }


def _before(how: Reading, count: int) -> dict[str, Any]:
    if not how.before:
        return {}
    earlier = store.load(Plan, Path(how.before))
    if len(earlier.cell) != count:
        said = Said(
            f"原方案有{len(earlier.cell)}个地块，文件有{count}个",
            f"the earlier plan has {len(earlier.cell)} blocks, the file {count}",
        )
        raise BadProblem("before", said)
    return {"before": earlier.cell, "before_codes": earlier.codes}
