"""What all readers of networks share: take rows as a file gives them, refuse what cannot be, make a `Network`."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.network import Network, plane
from wuxiao.plan.ground.streets import ACCESS, WIDTHS, Mode, Street
from wuxiao.plan.shared.files import text
from wuxiao.plan.store import Floats

#: Whom a turn binds where nothing else is said: those who drive and those who ride.
BOUND = int(Mode.RIDE | Mode.DRIVE)


class Raw:
    """A network in the making; nodes and links are named by their ids in the file.

    `spherical` says that coordinates are longitudes and latitudes; metres are then taken about their middle.
    """

    def __init__(self, *, spherical: bool) -> None:
        self.spherical = spherical
        self._nodes: dict[str, tuple[float, float]] = {}
        self._links: list[dict[str, Any]] = []
        self._link_rows: dict[str, int] = {}
        self._turns: list[tuple[str, str, str, float, int]] = []
        self._paths: list[tuple[tuple[str, ...], int]] = []

    def node(self, key: str, x: float, y: float, *, row: int | None = None) -> None:
        """Take a node; refuses a second one of the same id, what is no number, and longitudes that are none."""
        if key in self._nodes:
            raise BadProblem("nodes", Said(f"编号{key}重复", f"the id {key} is used twice"), row)
        if not (math.isfinite(x) and math.isfinite(y)):
            said = Said(
                f"路口{key}的坐标不是数，或不在地图上", f"node {key} has no numbers as place, or is off the map"
            )
            raise BadProblem("nodes", said, row)
        if self.spherical and not (-180 <= x <= 180 and -90 <= y <= 90):
            said = Said(
                f"路口{key}的坐标({x:g}, {y:g})不是经纬度；若是米，请说明",
                f"node {key} ({x:g}, {y:g}) has no longitude and latitude; if these are metres, say so",
            )
            raise BadProblem("nodes", said, row)
        self._nodes[key] = (float(x), float(y))

    def link(
        self,
        key: str,
        a: str,
        b: str,
        *,
        street: Street,
        line: Floats | None = None,
        metres: float | None = None,
        along: bool = True,
        back: bool = True,
        speed: tuple[float, float] = (0.0, 0.0),
        width: float = 0.0,
        access: int | None = None,
        name: str = "",
        row: int | None = None,
    ) -> None:
        """Take a link; refuses unknown ends, a second link of the same id, and lengths or speeds that cannot be."""
        where = "links"
        if key in self._link_rows:
            raise BadProblem(where, Said(f"编号{key}重复", f"the id {key} is used twice"), row)
        for end in (a, b):
            if end not in self._nodes:
                said = Said(f"路段{key}通向没有的路口{end}", f"link {key} leads to node {end}, which there is not")
                raise BadProblem(where, said, row)
        for value in (*speed, width, 0.0 if metres is None else metres):
            if not (math.isfinite(value) and value >= 0):
                said = Said(f"路段{key}的长、宽或速度不对：{value}", f"length, width or speed of link {key}: {value}")
                raise BadProblem(where, said, row)
        self._link_rows[key] = len(self._links)
        self._links.append(
            {
                "key": key,
                "ends": (a, b),
                "street": street,
                "line": line,
                "metres": metres,
                "along": along,
                "back": back,
                "speed": speed,
                "width": width or float(WIDTHS[street]),
                "access": int(ACCESS[street]) if access is None else access,
                "name": name,
                "row": row,
            }
        )

    def turn(self, into: str, node: str, out: str, seconds: float, *, modes: int = BOUND) -> None:
        """Take a turn that costs seconds, or is barred (infinite); links of it that are not there are passed over."""
        if into in self._link_rows and out in self._link_rows:
            self._turns.append((into, node, out, seconds, modes))

    def path(self, *keys: str, modes: int = BOUND) -> None:
        """Take a barred path: link, node, link, node, link and so on, all of them there."""
        self._paths.append((keys, modes))

    def network(self) -> Network:
        """Return the network; nodes that no link leads to are left out."""
        if not self._links:
            raise BadProblem("links", Said("没有路段", "there are no links"))
        used = dict.fromkeys(end for link in self._links for end in link["ends"])
        keys = [key for key in self._nodes if key in used]
        index = {key: k for k, key in enumerate(keys)}
        places = np.array([self._nodes[key] for key in keys])
        origin: tuple[float, float] | None = None
        if self.spherical:
            middle = (places.min(axis=0) + places.max(axis=0)) / 2
            origin = (float(middle[0]), float(middle[1]))
            places = plane(places, origin)
        ends = np.array([[index[end] for end in link["ends"]] for link in self._links])
        lengths = np.hypot(*(places[ends[:, 0]] - places[ends[:, 1]]).T)
        bends, starts = [np.empty((0, 2))], np.zeros(len(self._links) + 1, np.int64)
        for k, link in enumerate(self._links):
            if link["line"] is not None and len(link["line"]) > 2:
                inner = np.asarray(link["line"], dtype=np.float64)[1:-1]
                inner = inner if origin is None else plane(inner, origin)
                bends.append(inner)
                starts[k + 1] = len(inner)
                line = np.vstack([places[ends[k, 0]], inner, places[ends[k, 1]]])
                lengths[k] = np.hypot(*np.diff(line, axis=0).T).sum()
            if link["metres"]:
                lengths[k] = link["metres"]
        # A link of no length is two nodes in one place; a centimetre keeps it a link.
        lengths = np.maximum(lengths, 0.01)
        names = list(dict.fromkeys(link["name"] for link in self._links if link["name"]))
        name_of = {name: k for k, name in enumerate(names)}
        rows = self._link_rows
        turns = [(rows[a], index[n], rows[b], s, modes) for a, n, b, s, modes in self._turns if n in index]
        return Network(
            nodes=places,
            links=ends,
            street=np.array([int(link["street"]) for link in self._links]),
            metres=lengths,
            along=np.array([link["along"] for link in self._links]),
            back=np.array([link["back"] for link in self._links]),
            width=np.array([link["width"] for link in self._links]),
            speed=np.array([link["speed"] for link in self._links]),
            access=np.array([link["access"] for link in self._links]),
            name=np.array([name_of.get(link["name"], -1) for link in self._links]),
            names=tuple(names),
            bend_at=np.cumsum(starts),
            bends=np.vstack(bends),
            turns=np.array([t[:3] for t in turns], dtype=np.int64).reshape(-1, 3),
            turn_seconds=np.array([t[3] for t in turns], dtype=np.float64),
            turn_modes=np.array([t[4] for t in turns], dtype=np.int64),
            paths=tuple(
                tuple((index if k % 2 else rows)[key] for k, key in enumerate(path)) for path, _ in self._paths
            ),
            path_modes=np.array([modes for _, modes in self._paths], dtype=np.int64),
            node_ids=tuple(keys),
            link_ids=tuple(link["key"] for link in self._links),
            origin=origin,
        )


def are_spherical(points: Any) -> bool:
    """Return whether points (k, 2) can be longitudes and latitudes; if not they are metres.

    Refuses what lies within a few "metres" and would be a place on the globe with latitude and longitude exchanged.
    """
    at = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if not len(at):
        return True
    x, y = np.abs(at).max(axis=0)
    # China lies from 73° to 136° east and 3° to 54° north; so far north at such longitudes there are no streets.
    low = at.min(axis=0)
    china = low[0] >= 3 and x <= 54 and low[1] >= 73 and y <= 136
    if (x <= 90 < y <= 180 or china) and np.ptp(at, axis=0).max() < 5:
        said = Said(
            "坐标像是先纬度后经度，应先经度后纬度", "looks like latitude before longitude: give longitude first"
        )
        raise BadProblem("nodes", said, 0)
    return bool(x <= 180 and y <= 90)


def rows(path: Path, needs: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the rows of a CSV file by column name, lower case; refuses a file without a needed column."""
    table = csv.DictReader(io.StringIO(text(path)))
    columns = [name.strip().lower() for name in table.fieldnames or ()]
    for need in needs:
        if need not in columns:
            found = "、".join(columns)
            raise BadProblem(path.name, Said(f"缺少列{need}，有：{found}", f"column {need} is missing; found: {found}"))
    return [dict(zip(columns, (value or "" for value in row.values()), strict=False)) for row in table]


def number(row: Mapping[str, str], column: str, where: str, line: int, default: float | None = None) -> float:
    """Return a number of a row; refuses what is none, naming file, row and column."""
    word = row.get(column, "").strip()
    if not word and default is not None:
        return default
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadProblem(where, Said(f"{column}不是数：“{word}”", f"{column} is not a number: “{word}”"), line)
    return value
