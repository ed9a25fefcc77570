"""What lies within so many minutes of a place: pieces of street and the ground around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wuxiao.plan.ground.arcs import link_seconds
from wuxiao.plan.ground.snap import lines
from wuxiao.plan.ground.travel import Travel
from wuxiao.plan.store import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """An isochrone: the nodes reached with their seconds, the metres of street, and the ground as a shapely shape."""

    limit: float
    nodes: Ints
    seconds: Floats
    metres: float
    ground: Any

    def geojson(self) -> dict[str, Any]:
        """Return the ground as a GeoJSON feature in metres of the plane."""
        import shapely

        shape = dict(shapely.geometry.mapping(self.ground))
        return {"type": "Feature", "properties": {"seconds": self.limit}, "geometry": shape}


def isochrones(travel: Travel, point: Any, limits: tuple[float, ...], *, beside: float = 40.0) -> tuple[Reach, ...]:
    """Return what is reached from a point (metres) within each limit of seconds.

    Streets are cut where the time is up; the ground is everything within `beside` metres of a reached piece of street.
    """
    import shapely
    from shapely.ops import substring

    network = travel.network
    took = travel.from_point(point)
    seconds = link_seconds(network, travel.mode, travel.hour)
    usable = np.flatnonzero(np.isfinite(seconds).any(axis=1))
    shapes = lines(network, usable)
    found = []
    for limit in limits:
        left = limit - took
        pieces, metres = [], 0.0
        with np.errstate(invalid="ignore"):
            along = np.clip(left[network.links[usable, 0]] / seconds[usable, 0], 0.0, 1.0)
            back = np.clip(left[network.links[usable, 1]] / seconds[usable, 1], 0.0, 1.0)
        along, back = np.nan_to_num(along), np.nan_to_num(back)
        for k in np.flatnonzero(along + back > 0).tolist():
            covered = min(1.0, float(along[k] + back[k]))
            metres += covered * float(network.metres[usable[k]])
            if covered >= 1.0:
                pieces.append(shapes[k])
                continue
            if along[k] > 0:
                pieces.append(substring(shapes[k], 0.0, float(along[k]), normalized=True))
            if back[k] > 0:
                pieces.append(substring(shapes[k], 1.0 - float(back[k]), 1.0, normalized=True))
        pieces.append(shapely.Point(np.asarray(point, dtype=float)))
        ground = shapely.union_all(shapely.buffer(np.array(pieces, dtype=object), beside, quad_segs=4))
        nodes = np.flatnonzero(took <= limit)
        found.append(Reach(limit=limit, nodes=nodes, seconds=took[nodes], metres=metres, ground=ground))
    return tuple(found)
