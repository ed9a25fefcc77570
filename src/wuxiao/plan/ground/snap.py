"""The place on a street that lies nearest to a point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.streets import Mode
from wuxiao.plan.store import Floats, Ints, frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapped:
    """For every point: its link, the share of the link (0 first node, 1 second) and how many metres off it lies."""

    link: Ints
    share: Floats
    off: Floats


def lines(network: Network, rows: Ints) -> Any:
    """Return links as an array of shapely lines."""
    import shapely

    counts = np.diff(network.bend_at)[rows]
    if not counts.any():
        return shapely.linestrings(network.nodes[network.links[rows]])
    points, owner = [], []
    for k, row in enumerate(rows.tolist()):
        line = network.line(row)
        points.append(line)
        owner.append(np.full(len(line), k))
    return shapely.linestrings(np.vstack(points), indices=np.concatenate(owner))


def snap(
    network: Network, points: Any, mode: Mode = Mode.DRIVE, *, furthest: float = 500.0, where: str = "points"
) -> Snapped:
    """Return the nearest place on a street that a mode may use, for points in metres, shape (k, 2).

    Raises `BadProblem` naming the row of a point that is no number or lies farther than `furthest` metres off.
    """
    import shapely

    places = frozen(points, np.float64, where, dimensions=2)
    usable = network.may(mode) & (network.links[:, 0] != network.links[:, 1])
    if mode != Mode.WALK:
        usable &= network.along | network.back
    rows = np.flatnonzero(usable)
    if len(rows) == 0:
        raise BadProblem("network", Said("没有这种方式可走的路段", "no link is open to this mode"))
    if len(places) == 0:
        return Snapped(link=np.empty(0, np.int64), share=np.empty(0), off=np.empty(0))
    shapes = lines(network, rows)
    spots = shapely.points(places)
    nearest = shapely.STRtree(shapes).nearest(spots)
    off = shapely.distance(shapes[nearest], spots)
    far = np.flatnonzero(off > furthest)
    if len(far):
        k = int(far[0])
        said = Said(
            f"离最近的街道{off[k]:.0f}米，超过{furthest:.0f}米；坐标是否用错了单位或地方？",
            f"lies {off[k]:.0f} m from the nearest street, more than {furthest:.0f} m; wrong units or another place?",
        )
        raise BadProblem(where, said, k)
    share = shapely.line_locate_point(shapes[nearest], spots, normalized=True)
    return Snapped(link=rows[nearest], share=np.clip(share, 0.0, 1.0), off=np.asarray(off))
