"""Classes of streets, what they are wide, how fast one goes there by mode and hour, and who may use them."""

from __future__ import annotations

from enum import IntEnum, IntFlag

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.store import Bools, Floats, Ints


class Street(IntEnum):
    """Class of a street, or of what else two blocks may border on; the smaller the number the greater the street."""

    MOTORWAY = 0
    TRUNK = 1
    PRIMARY = 2
    SECONDARY = 3
    TERTIARY = 4
    RESIDENTIAL = 5
    LANE = 6
    SERVICE = 7
    PATH = 8
    RIVER = 9
    RAIL = 10
    NONE = 11


class Mode(IntFlag):
    """How one goes: on foot, by bicycle or electric two-wheeler, by car."""

    WALK = 1
    RIDE = 2
    DRIVE = 4


#: Greatest class number that still counts as a main street.
LAST_MAIN = Street.TERTIARY
#: What a street of a class is wide, kerb to kerb, where the source does not say; metres.
WIDTHS: Floats = np.array([28.0, 24.0, 30.0, 22.0, 14.0, 8.0, 5.0, 4.0, 2.0, 60.0, 12.0, 0.0])
#: Free speed by class, km/h: on foot, riding, driving. Zero: not at all.
FREE: Floats = np.array(
    [
        [0.0, 0.0, 90.0],
        [4.8, 15.0, 65.0],
        [4.8, 15.0, 50.0],
        [4.8, 15.0, 45.0],
        [4.8, 15.0, 38.0],
        [4.8, 14.0, 28.0],
        [4.8, 12.0, 16.0],
        [4.8, 10.0, 12.0],
        [4.5, 8.0, 0.0],
        [0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0],
    ]
)
#: Who may use a street of a class where the source does not say.
ACCESS = np.array([4, 7, 7, 7, 7, 7, 7, 7, 3, 0, 0, 0], dtype=np.int64)
#: Share of the free driving speed that is left in each hour on main streets; lesser streets lose half as much.
BUSY: Floats = np.array(
    [
        *(1.0, 1.0, 1.0, 1.0, 1.0, 0.98, 0.92, 0.72, 0.66, 0.80, 0.86, 0.82),
        *(0.84, 0.86, 0.86, 0.84, 0.78, 0.64, 0.66, 0.80, 0.88, 0.93, 0.97, 1.0),
    ]
)

_OSM = {
    "motorway": Street.MOTORWAY,
    "trunk": Street.TRUNK,
    "primary": Street.PRIMARY,
    "secondary": Street.SECONDARY,
    "tertiary": Street.TERTIARY,
    "unclassified": Street.RESIDENTIAL,
    "residential": Street.RESIDENTIAL,
    "road": Street.RESIDENTIAL,
    "busway": Street.SERVICE,
    "living_street": Street.LANE,
    "service": Street.SERVICE,
    "track": Street.SERVICE,
    "pedestrian": Street.PATH,
    "path": Street.PATH,
    "footway": Street.PATH,
    "cycleway": Street.PATH,
    "bridleway": Street.PATH,
    "steps": Street.PATH,
    "corridor": Street.PATH,
}


def of_osm(highway: str) -> Street | None:
    """Return the class of an OSM ``highway`` value (links count as their street); None for what is no street."""
    return _OSM.get(highway.removesuffix("_link"))


def of_words(name: str) -> Street:
    """Return a class by its own name or an OSM, GMNS or AequilibraE name; unknown words count as residential."""
    word = name.strip().lower().replace(" ", "_")
    known = {s.name.lower(): s for s in Street}
    also = {"arterial": Street.PRIMARY, "collector": Street.TERTIARY, "local": Street.RESIDENTIAL}
    more = {"freeway": Street.MOTORWAY, "highway": Street.TRUNK, "expressway": Street.TRUNK, "ramp": Street.TRUNK}
    found = (known.get(word), also.get(word), more.get(word), of_osm(word))
    return next((one for one in found if one is not None), Street.RESIDENTIAL)


def speed_share(hour: float | None) -> Floats:
    """Return, for every class, the share of free driving speed left at an hour of the day (0–24, None: free)."""
    if hour is None:
        return np.ones(len(Street))
    if not 0 <= hour <= 24:
        raise BadProblem("hour", Said("钟点应在0到24之间", "the hour must lie between 0 and 24"))
    whole = int(hour) % 24
    part = hour - int(hour)
    share = float(BUSY[whole] * (1 - part) + BUSY[(whole + 1) % 24] * part)
    shares = np.full(len(Street), (1 + share) / 2)
    shares[: LAST_MAIN + 1] = share
    return shares


def main_border(street: Ints) -> Bools:
    """Return which classes make a border that grids like: a main street or a river."""
    return np.asarray((street <= LAST_MAIN) | (street == Street.RIVER))
