"""Read a city model of JEMSS.jl: stations, ambulances, hospitals, roads, travel modes, priorities and call generator.

The folder is a `models/<n>` folder of a city. Calls lie on a raster of demand; it is looked for beside the model
(`data/**/<name>.tif` or `.zip`). Roads and raster are joined to about `zones` zones, each standing at the road node
nearest to its demand, so that all times fit one table; times are on roads, plus the way to the road off it.
"""

from __future__ import annotations

import csv
import io
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.replay.problem import Problem, Setting, Stream
from wuxiao.plan.store import Floats, Ints

DAY = 24.0 * 60.0


def read(
    folder: Path, *, zones: int = 3000, part: str = "test", replications: int = 10, days: float = 250.0
) -> Problem:
    """Return the city's own plan (every ambulance at its station) as a problem with a stream of calls.

    `part` picks the call generator (``train``, ``test``, ``validate``). Raises `BadProblem` naming the file that is
    missing or has another form.
    """
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
    xy = nodes[:, :2] * km
    ways = cKDTree(xy[nodes[:, 2] > 0])
    open_nodes = np.flatnonzero(nodes[:, 2] > 0)
    raster = _raster(folder, config["raster"])
    cells = raster[:, :2] * km
    away = ways.query(cells)[0]
    zone = _zones(cells, raster[:, 2], zones)
    count = int(zone.max()) + 1
    weight = np.bincount(zone, raster[:, 2], minlength=count)
    middle = np.stack([np.bincount(zone, raster[:, 2] * cells[:, k], minlength=count) / weight for k in (0, 1)], axis=1)
    stand = open_nodes[ways.query(middle)[1]]
    # cells reach the road off it; a zone's mean way there is kept, the way along the road is the zone's
    off = np.bincount(zone, raster[:, 2] * away, minlength=count) / weight
    fixed = np.array([[float(r["x"]), float(r["y"])] for r in (*stations, *hospitals)]) * km
    fixed_off, fixed_node = cKDTree(xy).query(fixed)
    where = np.concatenate([stand, fixed_node])
    way_off = np.concatenate([off, fixed_off])
    minutes = np.stack(
        [
            _times(arcs, m, len(nodes), where) + (way_off[:, None] + way_off[None, :]) / off_road[m]
            for m in range(len(modes))
        ]
    )
    for m in range(len(modes)):
        np.fill_diagonal(minutes[m], 0.0)
    if not np.isfinite(minutes).all():
        bad = int(np.argwhere(~np.isfinite(minutes).all(axis=(0, 1)))[0][0])
        raise BadProblem("roads", Said("路网不连通", "the roads are not connected"), bad)
    of = {row["priority"].replace("Priority", ""): int(row["travelModeIndex"]) - 1 for row in uses}
    names = [row["name"].replace("Priority", "") for row in priorities]
    m = count + len(fixed)
    per_hour = np.zeros(m)
    per_hour[:count] = weight / weight.sum() * config["per_day"] / 24.0
    lights = np.zeros((len(names), len(names)), dtype=np.bool_)
    lights[1:, 0] = True
    home = np.array([count + int(a["stationIndex"]) - 1 for a in ambulances])
    return Problem(
        places=(
            *(f"zone{k + 1}" for k in range(count)),
            *(f"station{r['index']}" for r in stations),
            *(f"hospital{r['index']}" for r in hospitals),
        ),
        minutes=minutes,
        units=tuple(f"ambulance{a['index']}" for a in ambulances),
        settings=(Setting(name="stations", home=home),),
        late=np.array([float(row["targetResponseTime"]) * DAY for row in priorities]),
        mode=np.array([of[name] for name in names]),
        calm=of["low"],
        stream=Stream(
            per_hour=per_hour, days=days, scene=config["scene"], priority=np.array(config["priority"]),
            delay=config["delay"], carry=config["carry"], handover=config["handover"],
            carry_to=np.arange(count + len(stations), m),
        ),
        replications=replications,
        preempt=lights,
        warm_up=DAY,
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
    """Return nodes (x, y, open to off-road) and arcs (from, to, days of travel by mode)."""
    with zipfile.ZipFile(path) as inside:
        nodes = _numbers(inside.read("nodes.csv"), (1, 2, 3))
        arcs = _numbers(inside.read("arcs.csv"), (1, 2, *range(4, 4 + modes)))
    return nodes, arcs


def _numbers(data: bytes, columns: tuple[int, ...]) -> Floats:
    """Return columns of the last table in a file: the lines whose first field is a number above zero, all filled."""
    lines = (line.split(",") for line in data.decode("utf-8-sig").splitlines())
    rows = [[float(line[k]) for k in columns] for line in lines if len(line) > max(columns) and line[0][:1].isdigit()]
    return np.array(rows, dtype=np.float64)


def _times(arcs: Floats, mode: int, size: int, where: Ints) -> Floats:
    a, b = arcs[:, 0].astype(int) - 1, arcs[:, 1].astype(int) - 1
    # of parallel arcs the fastest counts; a sparse matrix would add them
    order = np.lexsort((arcs[:, 2 + mode], b, a))
    first = np.ones(len(a), dtype=np.bool_)
    first[1:] = (np.diff(a[order]) != 0) | (np.diff(b[order]) != 0)
    keep = order[first]
    graph = sparse.csr_matrix((arcs[keep, 2 + mode] * DAY, (a[keep], b[keep])), shape=(size, size))
    spots, back = np.unique(where, return_inverse=True)
    found = np.empty((len(where), len(where)))
    for k in range(0, len(spots), 256):
        part = csgraph.dijkstra(graph, indices=spots[k : k + 256])[:, where]
        for row, line in enumerate(part, start=k):
            found[back == row] = line
    return found


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


def _zones(cells: Floats, weight: Floats, wanted: int) -> Ints:
    """Return a zone for each cell: squares whose side is made so that about the wanted number hold demand."""
    low, high = 0.05, 20.0
    for _ in range(30):
        side = (low * high) ** 0.5
        square = np.floor(cells / side).astype(np.int64)
        key = square[:, 0] * 1_000_003 + square[:, 1]
        if len(np.unique(key)) > wanted:
            low = side
        else:
            high = side
    found: Ints = np.unique(key, return_inverse=True)[1].ravel().astype(np.int64)
    return found
