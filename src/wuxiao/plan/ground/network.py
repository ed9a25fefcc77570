"""The street network: nodes in metres, links with class, width, name, direction, and turns that cost or are barred."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.streets import ACCESS, WIDTHS, Mode, Street
from wuxiao.plan.store import Bools, Floats, Ints, frozen

#: Metres of one degree of latitude.
DEGREE = 111_320.0


def plane(lon_lat: Any, origin: tuple[float, float]) -> Floats:
    """Return longitudes and latitudes as metres east and north of an origin (true near it: 0.1 % at 100 km)."""
    points = np.asarray(lon_lat, dtype=np.float64).reshape(-1, 2)
    shrink = math.cos(math.radians(origin[1]))
    return np.asarray((points - np.asarray(origin)) * np.array([DEGREE * shrink, DEGREE]))


def globe(metres: Any, origin: tuple[float, float]) -> Floats:
    """Return metres east and north of an origin as longitudes and latitudes; the inverse of `plane`."""
    points = np.asarray(metres, dtype=np.float64).reshape(-1, 2)
    shrink = math.cos(math.radians(origin[1]))
    return np.asarray(points / np.array([DEGREE * shrink, DEGREE]) + np.asarray(origin))


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Streets as nodes and links; rows of every table count from 0.

    `nodes` (n, 2) metres east and north; `links` (m, 2) rows of nodes. `along` and `back` say whether one may drive
    from the first node to the second and the other way (on foot one goes both ways). `speed` (m, 2) is the free driving
    speed in km/h along and back, 0 where the class decides; `access` holds bits of `Mode`. The points between the ends
    of link k are ``bends[bend_at[k]:bend_at[k + 1]]``. `turns` (t, 3) are link in, node, link out with `turn_seconds`,
    infinite where barred. `paths` are barred too, each link, node, link, node, link and so on: any part may be gone,
    not the whole. `turn_modes` and `path_modes` hold bits of `Mode`, whom a turn or path binds (empty: all but those on
    foot, whom none binds). `origin` is longitude and latitude of metre zero, None on an invented plane.

    Raises `BadProblem` naming table and row: unknown nodes, no length, not a number, classes there are not.
    """

    nodes: Floats
    links: Ints
    street: Ints
    metres: Floats
    along: Bools
    back: Bools
    width: Floats = field(default_factory=lambda: np.empty(0))
    speed: Floats = field(default_factory=lambda: np.empty((0, 2)))
    access: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    name: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    names: tuple[str, ...] = ()
    bend_at: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    bends: Floats = field(default_factory=lambda: np.empty((0, 2)))
    turns: Ints = field(default_factory=lambda: np.empty((0, 3), np.int64))
    turn_seconds: Floats = field(default_factory=lambda: np.empty(0))
    turn_modes: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    paths: tuple[tuple[int, ...], ...] = ()
    path_modes: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    node_ids: tuple[str, ...] = ()
    link_ids: tuple[str, ...] = ()
    origin: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "nodes", _two(self.nodes, "nodes", np.float64, 2))
        put(self, "links", _two(self.links, "links", np.int64, 2))
        n, m = len(self.nodes), len(self.links)
        kinds: dict[str, type[np.generic]]
        kinds = {"street": np.int64, "metres": np.float64, "along": np.bool_, "back": np.bool_}
        for name, kind in kinds.items():
            put(self, name, _long(frozen(getattr(self, name), kind, name), m, name))
        _rows(self.links, n, "links", Said("没有这个路口", "there is no such node"))
        _rows(self.street, len(Street), "street", Said("没有这个道路等级", "there is no such class of street"))
        short = np.flatnonzero(~(self.metres > 0))
        if len(short):
            raise BadProblem("metres", Said("路段长度须大于零", "a link must have a length above zero"), int(short[0]))
        filled: dict[str, tuple[type[np.generic], NDArray[Any]]] = {
            "width": (np.float64, WIDTHS[self.street]),
            "speed": (np.float64, np.zeros((m, 2))),
            "access": (np.int64, ACCESS[self.street]),
            "name": (np.int64, np.full(m, -1)),
            "bend_at": (np.int64, np.zeros(m + 1)),
        }
        for name, (dtype, default) in filled.items():
            given = getattr(self, name)
            values = default if len(given) == 0 else given
            put(self, name, frozen(values, dtype, name, dimensions=default.ndim))
            _long(getattr(self, name), m + (name == "bend_at"), name)
        put(self, "bends", _two(self.bends, "bends", np.float64, 2))
        put(self, "turns", _two(self.turns, "turns", np.int64, 3))
        put(self, "turn_seconds", frozen(self.turn_seconds, np.float64, "turn_seconds", finite=False))
        _long(self.turn_seconds, len(self.turns), "turn_seconds")
        for name, many in (("turn_modes", len(self.turns)), ("path_modes", len(self.paths))):
            given = getattr(self, name)
            values = np.full(many, int(Mode.RIDE | Mode.DRIVE)) if len(given) == 0 else given
            put(self, name, _long(frozen(values, np.int64, name), many, name))
        self._look_closer(n, m)

    def _look_closer(self, n: int, m: int) -> None:
        for name in ("width", "speed"):
            bad = np.argwhere(getattr(self, name) < 0)
            if len(bad):
                raise BadProblem(name, Said("不能小于零", "cannot be below zero"), int(bad[0][0]))
        if m and (self.bend_at[0] != 0 or self.bend_at[-1] != len(self.bends) or np.any(np.diff(self.bend_at) < 0)):
            raise BadProblem("bend_at", Said("与bends的行数对不上", "does not fit the rows of bends"))
        if np.any(self.name >= len(self.names)) or np.any(self.name < -1):
            raise BadProblem("name", Said("没有这个路名", "there is no such name of a street"))
        if len(self.turns):
            _rows(self.turns[:, [0, 2]], m, "turns", Said("没有这个路段", "there is no such link"))
            _rows(self.turns[:, 1], n, "turns", Said("没有这个路口", "there is no such node"))
            for column in (0, 2):
                met = self.links[self.turns[:, column]]
                off = np.flatnonzero((met != self.turns[:, 1:2]).all(axis=1))
                if len(off):
                    said = Said("路段不通到这个路口", "the link does not end at this node")
                    raise BadProblem("turns", said, int(off[0]))
            odd = np.flatnonzero(np.isnan(self.turn_seconds) | (self.turn_seconds < 0))
            if len(odd):
                said = Said("转弯秒数须不小于零", "the seconds of a turn must not be below zero")
                raise BadProblem("turn_seconds", said, int(odd[0]))
        for row, path in enumerate(self.paths):
            fits = len(path) % 2 == 1 and len(path) >= 5 and all(0 <= link < m for link in path[::2])
            if not fits or any(
                node not in self.links[path[k]] or node not in self.links[path[k + 2]]
                for k, node in zip(range(0, len(path), 2), path[1::2], strict=False)
            ):
                said = Said("应是首尾相接的路段、路口、路段", "must be link, node, link, node, link that meet")
                raise BadProblem("paths", said, row)
        for name, size in (("node_ids", n), ("link_ids", m)):
            ids = getattr(self, name)
            if not ids:
                continue
            if len(ids) != size:
                raise BadProblem(name, Said(f"应有{size}个，实有{len(ids)}个", f"expected {size}, found {len(ids)}"))
            seen: set[str] = set()
            for row, one in enumerate(ids):
                if one in seen:
                    raise BadProblem(name, Said(f"编号{one}重复", f"the id {one} is used twice"), row)
                seen.add(one)

    def line(self, link: int) -> Floats:
        """Return the points of a link from its first node to its second, metres, shape (k, 2)."""
        a, b = self.links[link]
        inner = self.bends[self.bend_at[link] : self.bend_at[link + 1]]
        return np.vstack([self.nodes[a], inner, self.nodes[b]])

    def may(self, mode: Mode) -> Bools:
        """Return, for every link, whether a mode may use it."""
        return np.asarray((self.access & int(mode)) > 0)

    def parts(self, mode: Mode = Mode.DRIVE) -> Ints:
        """Return, for every node, the number of its strongly connected part, 0 the largest; -1 where no link leads."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        use = self.may(mode)
        both = mode == Mode.WALK
        a, b = self.links[:, 0], self.links[:, 1]
        go, come = use & (self.along | both), use & (self.back | both)
        tail, head = np.r_[a[go], b[come]], np.r_[b[go], a[come]]
        n = len(self.nodes)
        graph = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(n, n)).tocsr()
        _, label = connected_components(graph, directed=True, connection="strong")
        touched = np.zeros(n, bool)
        touched[np.r_[tail, head]] = True
        sizes = np.bincount(label[touched], minlength=int(label.max(initial=0)) + 1)
        rank = np.empty(len(sizes), np.int64)
        rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
        return np.where(touched, rank[label], -1)


def _two(values: Any, where: str, dtype: type[np.generic], columns: int) -> Any:
    array = np.asarray(values)
    if array.size == 0:
        array = np.empty((0, columns))
    table = frozen(array, dtype, where, dimensions=2)
    if table.shape[1] != columns:
        found = table.shape[1]
        raise BadProblem(where, Said(f"应有{columns}列，实有{found}列", f"expected {columns} columns, found {found}"))
    return table


def _long(array: Any, size: int, where: str) -> Any:
    if len(array) != size:
        raise BadProblem(where, Said(f"应有{size}行，实有{len(array)}行", f"expected {size} rows, found {len(array)}"))
    return array


def _rows(rows: Ints, size: int, where: str, said: Said) -> None:
    bad = np.argwhere((rows < 0) | (rows >= size))
    if len(bad):
        raise BadProblem(where, said, int(bad[0][0]))
