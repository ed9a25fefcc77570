"""What an invented town consists of: one frozen table of everything in it, checked to fit together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.streets import Street
from wuxiao.plan.store import Bools, Floats, Ints, frozen


class Use(IntEnum):
    """What a block is used for."""

    HOMES = 0
    OLD_TOWN = 1
    MIXED = 2
    WORKS = 3
    SCHOOL = 4
    PARK = 5
    PUBLIC = 6


class Premise(IntEnum):
    """What a place of business or service is."""

    SHOP = 0
    RESTAURANT = 1
    MARKET = 2
    HOTEL = 3
    KARAOKE = 4
    NET_CAFE = 5
    WORKSHOP = 6
    FUEL = 7
    BANK = 8
    CLINIC = 9
    HOSPITAL = 10
    BUS_STATION = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """One invented town; coordinates are metres east and north of the middle, rows of every table count from 0.

    Streets: `streets`; rivers are not in it, and a bridge is a node of it that lies on a river.
    Blocks (B of them): block k has the corners ``block_corners[block_at[k]:block_at[k + 1]]``, counter-clockwise, the
    first not repeated; `block_centre`, `block_area` (m2), `block_households`, `block_use` (`Use`), `block_community`,
    `block_node` (the node of the streets on its own border nearest its centre), `block_calls` (calls in a year).
    Borders, pairs of blocks with a common side (rook): `borders` (P, 2) with the lower number first, `border_metres`,
    `border_street` (greatest class on it, a river before all), `border_main` (a main street or a river). Boundaries of
    communities always lie on such borders.
    Buildings: `building_xy`, `building_block`, `building_households`, `building_storeys`, `building_size` (length,
    depth, angle), `building_street` and `building_number`: its address, a row of ``streets.names`` and a house number.
    Schools: `school_xy`, `school_block`, `school_pupils`. Premises: `premise_xy`, `premise_block`, `premise_kind`.
    River k runs through ``river_points[river_at[k]:river_at[k + 1]]``.
    Calls: in hour h of the week (0 = Monday 0-1 h) block k gives `rates(h)[k]`, which is
    ``block_calls[k] / 52 * hours[block_rhythm[k], h]``; `wuxiao.plan.ground.calls.make` draws single ones.

    Raises `BadProblem` naming table and row where a table does not fit the others.
    """

    seed: int
    households: int
    name: str
    name_en: str
    streets: Network
    street_names_en: tuple[str, ...]
    block_at: Ints
    block_corners: Floats
    block_centre: Floats
    block_area: Floats
    block_households: Ints
    block_use: Ints
    block_community: Ints
    block_node: Ints
    block_calls: Floats
    block_rhythm: Ints
    borders: Ints
    border_metres: Floats
    border_street: Ints
    border_main: Bools
    community_names: tuple[str, ...]
    community_names_en: tuple[str, ...]
    river_at: Ints
    river_points: Floats
    river_names: tuple[str, ...]
    building_xy: Floats
    building_block: Ints
    building_households: Ints
    building_storeys: Ints
    building_size: Floats
    building_street: Ints
    building_number: Ints
    school_xy: Floats
    school_block: Ints
    school_pupils: Ints
    premise_xy: Floats
    premise_block: Ints
    premise_kind: Ints
    hours: Floats

    def __post_init__(self) -> None:
        for name, (dtype, dimensions) in _ARRAYS.items():
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, name, dimensions=dimensions))
        for first, others in _SAME_LENGTH.items():
            want = len(getattr(self, first))
            for name in others.split():
                found = len(getattr(self, name))
                if found != want:
                    said = Said(f"应有{want}行，实有{found}行", f"expected {want} rows, found {found}")
                    raise BadProblem(name, said)
        self._look_at_rows()

    def _look_at_rows(self) -> None:
        sizes = {
            "block": len(self.block_households),
            "community": len(self.community_names),
            "node": len(self.streets.nodes),
            "name": len(self.streets.names),
            "rhythm": len(self.hours),
            "use": len(Use),
            "premise": len(Premise),
            "street": len(Street),
        }
        for name, of in _POINTS_AT.items():
            rows = getattr(self, name)
            bad = np.argwhere((rows < 0) | (rows >= sizes[of]))
            if len(bad):
                raise BadProblem(name, Said("指向没有的行", "points at a row there is not"), int(bad[0][0]))
        for name in ("block_households", "block_area", "block_calls", "border_metres", "building_households", "hours"):
            bad = np.argwhere(getattr(self, name) < 0)
            if len(bad):
                raise BadProblem(name, Said("不能小于零", "cannot be below zero"), int(bad[0][0]))
        for name, table in (("block_at", self.block_corners), ("river_at", self.river_points)):
            at = getattr(self, name)
            if len(at) == 0 or at[0] != 0 or at[-1] != len(table) or np.any(np.diff(at) < 2):
                raise BadProblem(name, Said("与点表对不上", "does not fit the table of points"))
        if self.block_households.sum() != self.households:
            said = Said("各地块户数之和与总户数不符", "the households of the blocks do not sum to the town's")
            raise BadProblem("households", said)
        swapped = np.flatnonzero(self.borders[:, 0] >= self.borders[:, 1])
        if len(swapped):
            raise BadProblem("borders", Said("小号应在前", "the lower number must come first"), int(swapped[0]))

    @property
    def blocks(self) -> int:
        """Return the number of blocks."""
        return len(self.block_households)

    @property
    def communities(self) -> int:
        """Return the number of communities."""
        return len(self.community_names)

    def ring(self, block: int) -> Floats:
        """Return the corners of a block, metres, shape (k, 2)."""
        return self.block_corners[self.block_at[block] : self.block_at[block + 1]]

    def footprint(self, building: int) -> Floats:
        """Return the four corners of a building, metres."""
        length, depth, angle = self.building_size[building]
        half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array([length, depth]) / 2
        cos, sin = np.cos(angle), np.sin(angle)
        return np.asarray(half @ np.array([[cos, sin], [-sin, cos]]) + self.building_xy[building])

    def rates(self, hour_of_week: int) -> Floats:
        """Return, for every block, the calls expected in one hour of the week (0 = Monday 0–1 h)."""
        return np.asarray(self.block_calls / 52 * self.hours[self.block_rhythm, hour_of_week])


_ROWS = (
    "block_at block_households block_use block_community block_node block_rhythm border_street river_at building_block "
    "building_households building_storeys building_street building_number school_block school_pupils premise_block "
    "premise_kind"
)
_PLACES = "block_corners block_centre river_points building_xy building_size school_xy premise_xy hours"
_ARRAYS: dict[str, tuple[type[np.generic], int]] = {
    **dict.fromkeys(_ROWS.split(), (np.int64, 1)),
    **dict.fromkeys(("block_area", "block_calls", "border_metres"), (np.float64, 1)),
    **dict.fromkeys(_PLACES.split(), (np.float64, 2)),
    "borders": (np.int64, 2),
    "border_main": (np.bool_, 1),
}


_SAME_LENGTH = {
    "block_households": "block_centre block_area block_use block_community block_node block_calls block_rhythm",
    "borders": "border_metres border_street border_main",
    "community_names": "community_names_en",
    "building_xy": "building_block building_households building_storeys building_size building_street building_number",
    "school_xy": "school_block school_pupils",
    "premise_xy": "premise_block premise_kind",
}
_POINTS_AT = {
    "borders": "block",
    "building_block": "block",
    "school_block": "block",
    "premise_block": "block",
    "block_community": "community",
    "block_node": "node",
    "building_street": "name",
    "block_rhythm": "rhythm",
    "block_use": "use",
    "premise_kind": "premise",
    "border_street": "street",
}
