"""Read a city model of JEMSS.jl: stations, ambulances, hospitals, roads, travel modes, priorities and call generator.

The folder is a `models/<n>` folder of a city. Calls lie on a raster of demand; it is looked for beside the model
(`data/**/<name>.tif` or `.zip`). The places of the problem are the junctions of the road network, nodes on stretches of
more than `step` minutes, stations and hospitals; a cell of the raster joins the road at the nearest node with access
and belongs to the place nearest to that node. Ways are known from junction to junction (`via`).
"""

from __future__ import annotations

import csv
import io
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.replay import junctions
from wuxiao.plan.replay.problem import Calls, Problem, Setting, Stream
from wuxiao.plan.replay.run import nearest_to
from wuxiao.plan.store import Floats, Ints

DAY = 24.0 * 60.0
#: Scenes that stand for all cells of one place.
SCENES = 24


@dataclass(frozen=True, slots=True)
class Joined:
    """Locations between two places of a city: the nearer one and the other, `off[way, location, (to it, back)]`."""

    place: Ints
    off: Floats
    other: Ints
    other_off: Floats


@dataclass(frozen=True, slots=True)
class Streets:
    """What joins locations (rows of x, y) to places: nodes with access, the junctions beside them, speeds off road."""

    km: Floats
    off_road: Floats
    nodes: cKDTree
    by: Ints
    minutes: Floats

    def join(self, xy: Floats) -> Joined:
        """Return the places locations lie between."""
        away, row = self.nodes.query(np.asarray(xy) * self.km)
        nearer = np.argmin(self.minutes[-1, row, :, 0], axis=1)
        walk = (away / self.off_road[:, None])[:, :, None]
        return Joined(
            self.by[row, nearer], self.minutes[:, row, nearer] + walk,
            self.by[row, 1 - nearer], self.minutes[:, row, 1 - nearer] + walk,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class City:
    """A city as a problem, and what joins locations to its places."""

    problem: Problem
    streets: Streets

    def calls(
        self, at: Floats, xy: Floats, priority: Ints, delay: Floats, scene: Floats, carried: Any, handover: Floats
    ) -> Calls:
        """Return calls as JEMSS's generator writes them (times in minutes) as calls of the problem."""
        p = self.problem
        assert p.stream is not None
        found, fast, every = self.streets.join(xy), p.mode[priority], np.arange(len(xy))
        sites = {
            "place": found.place, "other": found.other,
            "off": np.stack([found.off[fast, every, 0], found.off[p.calm, :, 1]], axis=1),
            "other_off": np.stack([found.other_off[fast, every, 0], found.other_off[p.calm, :, 1]], axis=1),
        }  # fmt: skip
        nearest = nearest_to(p, p.stream.carry_to, at, **sites)
        return Calls(
            at=at, priority=priority, needs=np.ones(len(xy), dtype=np.int64), delay=delay, scene=scene,
            carry=np.where(carried, nearest, -1), handover=handover, **sites,
        )  # fmt: skip


def read(folder: Path, *, part: str = "test", replications: int = 10, days: float = 250.0) -> Problem:
    """Return the city's own plan (every ambulance at its station) as a problem with a stream of calls.

    `part` picks the call generator (``train``, ``test``, ``validate``). Raises `BadProblem` naming the file that is
    missing or has another form.
    """
    return city(folder, part=part, replications=replications, days=days).problem


def city(folder: Path, *, part: str = "test", replications: int = 10, days: float = 250.0, step: float = 5.0) -> City:
    """Return what `read` does, ready to take calls that lie anywhere in the city."""
    if not folder.is_dir():
        raise BadProblem(folder.name, Said("没有这个目录", "there is no such folder"))
    stations = _table(_one(folder, "stations/*.csv"), "stations")
    hospitals = _table(_one(folder, "hospitals/*.csv"), "hospitals")
    ambulances = _table(_one(folder, "ambulances/*.csv"), "ambulances")
    priorities = _table(_one(folder, "misc/call priorities/*.csv"), "priorities")
    travel_file = _one(folder, "travel/travel/*.csv")
    modes, uses = _table(travel_file, "travelModes"), _table(travel_file, "travelSets")
    scale = _table(_one(folder, "maps/*.csv"), "map")[0]
    config = _generator(_one(folder, f"calls/reps/{part}/gen_config.xml"))
    km = np.array([float(scale["xScale"]), float(scale["yScale"])])
    off_road = np.array([float(row["offRoadSpeed"]) for row in modes]) / DAY  # km a minute
    nodes, arcs = _roads(_one(folder, "travel/roads/roads.zip"), len(modes))
    open_nodes = np.flatnonzero(nodes[:, 2] > 0)
    ways = cKDTree(nodes[open_nodes, :2] * km)
    fixed = np.array([[float(r["x"]), float(r["y"])] for r in (*stations, *hospitals)]) * km
    fixed_away, fixed_row = ways.query(fixed)
    of = {row["priority"].replace("Priority", ""): int(row["travelModeIndex"]) - 1 for row in uses}
    raster = _raster(folder, config["raster"])
    net = junctions.join(len(nodes), arcs, open_nodes[fixed_row], calm=of["low"], step=step)
    posts = np.array([int(a["stationIndex"]) - 1 for a in ambulances])
    count = len(net.spots)
    where = np.concatenate([np.arange(count), np.searchsorted(net.spots, open_nodes[fixed_row])])
    aside = np.concatenate([np.zeros((len(modes), count)), fixed_away / off_road[:, None]], axis=1)
    beside = np.stack([net.into, net.back], axis=3)[:, open_nodes]
    streets = Streets(km, off_road, ways, net.by[open_nodes], beside)
    minutes = net.minutes[:, where][:, :, where] + aside[:, :, None] + aside[:, None, :]
    minutes[:, np.arange(len(where)), np.arange(len(where))] = 0.0
    names = [row["name"].replace("Priority", "") for row in priorities]
    lights = np.zeros((len(names), len(names)), dtype=np.bool_)
    lights[1:, 0] = True
    problem = Problem(
        places=(
            *(f"node{k + 1}" for k in net.spots),
            *(f"station{r['index']}" for r in stations),
            *(f"hospital{r['index']}" for r in hospitals),
        ),
        minutes=minutes,
        via=net.via(where),
        aside=aside,
        turn=float((arcs[:, 2:] ** 2).sum() / arcs[:, 2:].sum()),
        units=tuple(f"ambulance{a['index']}" for a in ambulances),
        settings=(Setting(name="stations", home=count + posts),),
        late=np.array([float(row["targetResponseTime"]) * DAY for row in priorities]),
        mode=np.array([of[name] for name in names]),
        calm=of["low"],
        stream=_demand(
            streets.join(raster[:, :2]), raster[:, 2], len(where), per_hour=config["per_day"] / 24.0, days=days,
            scene=config["scene"], priority=np.array(config["priority"]), delay=config["delay"],
            carry=config["carry"], handover=config["handover"], carry_to=np.arange(count + len(stations), len(where)),
        ),
        replications=replications,
        preempt=lights,
        warm_up=DAY,
    )  # fmt: skip
    return City(problem, streets)


def _demand(cells: Joined, weight: Floats, m: int, *, per_hour: float, **rest: Any) -> Stream:
    """Return calls as the raster has them: how many at each of m places, and where about it."""
    order = np.lexsort((cells.off[0, :, 0], cells.other, cells.place))
    place, weight = cells.place[order], weight[order]
    total = np.bincount(place, weight, minlength=m)
    # the cells of a place lie on a unit of a line, each as wide as its weight; scenes are taken at equal steps
    line = np.cumsum(weight / total[place])
    line += place + 1.0 - line[np.searchsorted(place, place, side="right") - 1]
    steps = np.arange(m)[:, None] + (np.arange(SCENES) + 0.5) / SCENES
    row = order[np.minimum(np.searchsorted(line, steps), len(line) - 1)]
    other = np.where(total[:, None] > 0, cells.other[row], 0)
    return Stream(
        per_hour=total / total.sum() * per_hour, off=cells.off[:, row], other=other, other_off=cells.other_off[:, row],
        **rest,
    )  # fmt: skip


def _one(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise BadProblem(pattern, Said("模型里没有这个文件", "the model has no such file"))
    return found[0]


def _table(path: Path, name: str) -> list[dict[str, str]]:
    """Return one of the named tables of a JEMSS file: a line with the name, a header, rows to the next empty line."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    at = next((k for k, row in enumerate(rows) if row and row[0] == name), None)
    if at is None or at + 1 >= len(rows):
        raise BadProblem(path.name, Said(f"没有表{name}", f"there is no table {name}"))
    found = []
    for row in rows[at + 2 :]:
        if not row or not row[0]:
            break
        found.append(dict(zip(rows[at + 1], row, strict=False)))
    return found


def _generator(path: Path) -> dict[str, Any]:
    root = ET.parse(path).getroot()

    def text(tag: str) -> str:
        found = root.find(f".//{tag}")
        if found is None or not found.text:
            raise BadProblem(path.name, Said(f"缺少{tag}", f"{tag} is missing"))
        return found.text.strip()

    def number(words: str) -> float:
        # the files write days as products, as in 50/60/60/24
        parts = [float(x) for x in re.findall(r"[0-9.]+", words)]
        value = parts[0]
        for x in parts[1:]:
            value /= x
        return value

    def inside(tag: str, kind: str) -> str:
        found = re.fullmatch(rf"{kind}\((.*)\)", text(tag))
        if not found:
            raise BadProblem(path.name, Said(f"{tag}应是{kind}", f"{tag} should be {kind}"))
        return found.group(1)

    return {
        "per_day": 1.0 / number(inside("interarrivalTime", "Exponential")),
        "priority": [float(x) for x in inside("priority", "Categorical").strip("[]").split(",")],
        "delay": number(inside("dispatchDelay", "Normal").split(",")[0]) * DAY,
        "scene": number(inside("onSceneDuration", "Exponential")) * DAY,
        "carry": float(inside("transport", "Bernoulli")),
        "handover": number(inside("handoverDuration", "Exponential")) * DAY,
        "raster": Path(text("filename")).stem,
    }


def _roads(path: Path, modes: int) -> tuple[Floats, Floats]:
    """Return nodes (x, y, open to off-road) and arcs (from, to, minutes of travel by mode)."""
    with zipfile.ZipFile(path) as inside:
        nodes = _numbers(inside.read("nodes.csv"), (1, 2, 3))
        arcs = _numbers(inside.read("arcs.csv"), (1, 2, *range(4, 4 + modes)))
    arcs[:, :2] -= 1
    arcs[:, 2:] *= DAY
    return nodes, arcs


def _numbers(data: bytes, columns: tuple[int, ...]) -> Floats:
    """Return columns of the last table in a file: the lines whose first field is a number above zero, all filled."""
    lines = (line.split(",") for line in data.decode("utf-8-sig").splitlines())
    rows = [[float(line[k]) for k in columns] for line in lines if len(line) > max(columns) and line[0][:1].isdigit()]
    return np.array(rows, dtype=np.float64)


def _raster(folder: Path, name: str) -> Floats:
    """Return the cells with demand as rows of x, y, weight, from an uncompressed GeoTIFF of doubles."""
    for up in folder.parents[:3]:
        for path in sorted(up.glob(f"data/**/{name}.*")):
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as inside:
                    return _tiff(inside.read(f"{name}.tif"), path.name)
            if path.suffix == ".tif":
                return _tiff(path.read_bytes(), path.name)
    raise BadProblem(name, Said("找不到需求栅格", "the raster of demand is not there"))


def _tiff(data: bytes, name: str) -> Floats:
    end = "<" if data[:2] == b"II" else ">"
    at = struct.unpack(end + "I", data[4:8])[0]
    forms = {3: "H", 4: "I", 12: "d"}
    tags: dict[int, tuple[Any, ...]] = {}
    for k in range(struct.unpack(end + "H", data[at : at + 2])[0]):
        tag, kind, count, value = struct.unpack(end + "HHII", data[at + 2 + 12 * k : at + 14 + 12 * k])
        if kind in forms:
            size = struct.calcsize(forms[kind]) * count
            where = at + 10 + 12 * k if size <= 4 else value
            tags[tag] = struct.unpack(end + forms[kind] * count, data[where : where + size])
    if tags.get(259, (1,))[0] != 1 or tags.get(258) != (64,):
        raise BadProblem(name, Said("只读未压缩的双精度栅格", "only uncompressed rasters of doubles are read"))
    width, height = tags[256][0], tags[257][0]
    strips = b"".join(data[o : o + n] for o, n in zip(tags[273], tags[279], strict=True))
    values = np.frombuffer(strips, dtype=end + "f8").reshape(height, width)
    step, tie = tags[33550], tags[33922]
    row, column = np.nonzero(np.isfinite(values) & (values > 0))
    x = tie[3] + (column + 0.5) * step[0]
    y = tie[4] - (row + 0.5) * step[1]
    return np.stack([x, y, values[row, column]], axis=1)
