"""Blocks: the pieces of ground that streets, rivers and railways cut out, what they border on, who lives in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.osm import Barrier, Building
from wuxiao.plan.ground.snap import lines
from wuxiao.plan.ground.streets import Street, main_border
from wuxiao.plan.store import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Blocks and their borders, under the names they have in `wuxiao.plan.ground.town.Town`; metres and square metres.

    Outer ring of block k: ``block_corners[block_at[k]:block_at[k + 1]]``, counter-clockwise, first corner not repeated.
    `borders` (P, 2) are pairs with a common side, the lower number first; `border_street` is the class the longest part
    of the side has, `border_main` whether that is a main street or a river. `shapes` are the same blocks for shapely,
    with holes where another block lies inside.
    """

    block_at: Ints
    block_corners: Floats
    block_centre: Floats
    block_area: Floats
    borders: Ints
    border_metres: Floats
    border_street: Ints
    border_main: Bools
    shapes: Any


def cut(
    network: Network,
    barriers: Sequence[Barrier] = (),
    *,
    least: Street = Street.LANE,
    thin: float = 8.0,
    close: float = 40.0,
) -> Blocks:
    """Return the blocks between all streets up to class `least` and the barriers.

    What is on average thinner than `thin` metres (the strip between two carriageways, the inside of a junction) is no
    block; it joins the neighbour with which it shares the longest side. A street that ends within `close` metres of a
    barrier (on the bank of a river) is taken to reach it; other blind ends cut nothing out. Raises `BadProblem` where
    the streets enclose nothing.
    """
    import shapely

    rows = np.flatnonzero((network.street <= least) & (network.links[:, 0] != network.links[:, 1]))
    drawn = [lines(network, rows)] if len(rows) else []
    kinds = [network.street[rows]]
    if barriers:
        dams = np.array([shapely.linestrings(b.line) for b in barriers], dtype=object)
        ends, of = _to_bank(network, rows, dams, close)
        drawn += [dams, ends]
        kinds += [np.array([int(b.kind) for b in barriers]), of]
    walls = np.concatenate(drawn) if drawn else np.empty(0, dtype=object)
    kind_of = np.concatenate(kinds).astype(np.int64)
    # A grid of a millimetre lets ends that are meant to meet do so.
    noded = shapely.union_all(walls, grid_size=0.001) if len(walls) else shapely.GeometryCollection()
    faces = shapely.get_parts(shapely.polygonize([noded]))
    if len(faces) == 0:
        said = Said("街道没有围出任何地块", "the streets enclose no block")
        raise BadProblem("network", said)
    faces = faces[_order(faces)]
    tree = shapely.STRtree(walls)
    for _ in range(6):
        pairs, metres, kind = _borders(faces, tree, kind_of)
        joined = _absorb(faces, pairs, metres, thin)
        if len(joined) == len(faces):
            break
        faces = joined
    pairs, metres, kind = _borders(faces, tree, kind_of)
    shells = shapely.get_exterior_ring(shapely.orient_polygons(faces))
    counts = shapely.get_num_coordinates(shells) - 1
    corners, owner = shapely.get_coordinates(shells, return_index=True)
    last = np.r_[np.flatnonzero(np.diff(owner)), len(owner) - 1]
    corners = np.delete(corners, last, axis=0)
    return Blocks(
        block_at=np.r_[0, np.cumsum(counts)].astype(np.int64),
        block_corners=corners,
        block_centre=shapely.get_coordinates(shapely.centroid(faces)),
        block_area=shapely.area(faces),
        borders=pairs,
        border_metres=metres,
        border_street=kind,
        border_main=main_border(kind),
        shapes=faces,
    )


def _to_bank(network: Network, rows: Ints, dams: Any, close: float) -> tuple[Any, Ints]:
    """Return pieces from blind ends of streets to a barrier close by, and their classes."""
    import shapely

    ends = network.links[rows]
    count = np.bincount(ends.ravel(), minlength=len(network.nodes))
    link, side = np.nonzero(count[ends] == 1)
    spots = shapely.points(network.nodes[ends[link, side]])
    tree = shapely.STRtree(dams)
    which, dam = tree.query_nearest(spots, max_distance=close, all_matches=False)
    pieces = shapely.shortest_line(spots[which], dams[dam])
    # Drawn a little past the line, so that the crossing is one whatever the rounding.
    tips = shapely.get_coordinates(pieces).reshape(-1, 2, 2)
    away = tips[:, 1] - tips[:, 0]
    long = np.hypot(*away.T)
    some = long > 0
    tips[some, 1] += 0.1 * away[some] / long[some, None]
    return shapely.linestrings(tips[some]), network.street[rows[link[which[some]]]]


def _order(faces: Any) -> Ints:
    """Return an order of faces by place, so that the numbers of blocks do not hang on the order of lines."""
    import shapely

    box = shapely.bounds(faces)
    return np.lexsort((box[:, 2], box[:, 3], box[:, 0], box[:, 1]))


def _borders(faces: Any, tree: Any, kinds: Ints) -> tuple[Ints, Floats, Ints]:
    """Return pairs of faces with a common piece of ring (rook), its length, and the class most of it has."""
    import shapely

    rings, face = shapely.get_rings(faces, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    steps = np.flatnonzero(ring[1:] == ring[:-1])
    whole = np.round(points * 1000).astype(np.int64)
    one, other = whole[steps], whole[steps + 1]
    swap = (one[:, 0] > other[:, 0]) | ((one[:, 0] == other[:, 0]) & (one[:, 1] > other[:, 1]))
    key = np.where(swap[:, None], np.hstack([other, one]), np.hstack([one, other]))
    owner = face[ring[steps]]
    order = np.lexsort((owner, *key.T))
    same = (key[order][1:] == key[order][:-1]).all(axis=1)
    first = np.flatnonzero(same)
    a, b, step = owner[order[first]], owner[order[first + 1]], steps[order[first]]
    differ = a != b
    a, b, step = a[differ], b[differ], step[differ]
    if len(a) == 0:
        return np.empty((0, 2), np.int64), np.empty(0), np.empty(0, np.int64)
    long = np.hypot(*(points[step + 1] - points[step]).T)
    wall = tree.nearest(shapely.points((points[step] + points[step + 1]) / 2))
    low, high = np.minimum(a, b), np.maximum(a, b)
    pairs, of = np.unique(np.column_stack([low, high]), axis=0, return_inverse=True)
    of = of.reshape(-1)
    by_kind = np.zeros((len(pairs), len(Street)))
    np.add.at(by_kind, (of, kinds[wall]), long)
    return pairs.astype(np.int64), by_kind.sum(axis=1), by_kind.argmax(axis=1).astype(np.int64)


def _absorb(faces: Any, pairs: Ints, metres: Floats, thin: float) -> Any:
    """Join every thin face to the neighbour with the longest common side."""
    import shapely

    slim = 2 * shapely.area(faces) / shapely.length(faces) < thin
    if not slim.any() or len(pairs) == 0:
        return faces
    into = np.arange(len(faces))
    best = np.zeros(len(faces))
    for (a, b), long in zip(pairs.tolist(), metres.tolist(), strict=True):
        for one, other in ((a, b), (b, a)):
            if slim[one] and not slim[other] and long > best[one]:
                into[one], best[one] = other, long
    if (into == np.arange(len(faces))).all():
        return faces
    kept = np.unique(into)
    joined = []
    for k in kept.tolist():
        group = faces[into == k]
        shape = group[0] if len(group) == 1 else shapely.union_all(group)
        joined.append(shape)
    return np.array(joined, dtype=object)


def block_of(blocks: Blocks, points: Any) -> Ints:
    """Return the block each point (metres, shape (k, 2)) lies in, -1 where it lies in none."""
    import shapely

    places = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    point, block = shapely.STRtree(blocks.shapes).query(shapely.points(places), predicate="intersects")
    found = np.full(len(places), -1)
    # On a border line it is the block with the lower number.
    order = np.lexsort((-block, point))
    found[point[order]] = block[order]
    return found


def households(buildings: Sequence[Building], *, total: int | None = None, floor: float = 115.0) -> Floats:
    """Return the households of each building: its dwellings where the map says, else one for so much floor (m2).

    Unknown storeys count as 1 under 120 m2 of ground, 3 under 600, else 5. With `total` all that was not told is scaled
    so that the sum is that.
    """
    import shapely

    area = np.array([shapely.Polygon(b.ring, b.holes).area for b in buildings])
    storeys = np.array([b.storeys for b in buildings], dtype=np.float64)
    storeys = np.where(storeys > 0, storeys, np.where(area < 120, 1.0, np.where(area < 600, 3.0, 5.0)))
    told = np.array([b.dwellings for b in buildings], dtype=np.float64)
    lived = np.array([b.lived_in for b in buildings], dtype=bool)
    guess = np.where(lived & (area > 18), np.maximum(1.0, area * storeys * 0.8 / floor), 0.0)
    open_ = told < 0
    if total is not None and guess[open_].sum() > 0:
        guess *= max(0.0, total - float(told[~open_].sum())) / float(guess[open_].sum())
    return np.asarray(np.where(open_, guess, told), dtype=np.float64)


def households_in(blocks: Blocks, buildings: Sequence[Building], homes: Floats) -> Floats:
    """Return the households of every block from those of the buildings whose middle lies in it."""
    import shapely

    middles = np.array([shapely.get_coordinates(shapely.Polygon(b.ring).centroid)[0] for b in buildings]).reshape(-1, 2)
    at = block_of(blocks, middles)
    weights = np.asarray(homes, dtype=np.float64)[at >= 0]
    return np.asarray(np.bincount(at[at >= 0], weights, len(blocks.block_area)), dtype=np.float64)
