"""Read a network file whatever its form, and say what is in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground import aequilibrae, geojson, gmns, osm, table
from wuxiao.plan.ground.network import Network, globe, plane
from wuxiao.plan.ground.streets import Mode, Street
from wuxiao.plan.store import Floats
from wuxiao.typed import shifted
from wuxiao.typed.crs import Crs, Position, to_wgs84


def network(path: Path, crs: Crs = Crs.WGS84) -> Network:
    """Return the network of a file or folder: OSM, GMNS, GeoJSON, CSV, AequilibraE or JEMSS, told by names and content.

    Degrees are of the system stated; inside they are WGS-84. Raises `BadProblem` for a file of no known form and for
    whatever its reader refuses.
    """
    return in_wgs84(_network(path), crs)


def says(path: Path) -> Crs | None:
    """Return the system that a file states by itself: OSM and AequilibraE are WGS-84 always, GMNS and GeoJSON may say.

    `None` where it does not say: whoever brings it in has to.
    """
    name = path.name.lower()
    if path.is_dir() and (path / "node.csv").is_file():
        return gmns.says(path)
    if is_osm(path) or (path / "project_database.sqlite").is_file():
        return Crs.WGS84
    if name.endswith((".geojson", ".json")):
        return geojson.says(path)
    return Crs.WGS84 if name.endswith((".sqlite", ".db", ".zip")) and not table.is_jemss(path) else None


def stated(path: Path, net: Network, crs: Crs | None) -> Crs:
    """Return the system of a network in degrees, by its file or by whoever brings it in; refuses where neither says.

    What the two say must be one thing, and metres have none of these systems.
    """
    own = says(path)
    if net.origin is None:
        if crs in (None, Crs.WGS84):
            return Crs.WGS84
        raise BadProblem("--crs", Said("坐标是米，不是经纬度", "the coordinates are metres, not degrees"))
    if own is None and crs is None:
        said = Said(
            "坐标是哪个坐标系的？请写 --crs wgs84、gcj02（高德、腾讯）或 bd09（百度）",
            "in which system are the coordinates? Say --crs wgs84, gcj02 (AMap, Tencent) or bd09 (Baidu)",
        )
        raise BadProblem("--crs", said)
    if own is not None and crs not in (None, own):
        raise BadProblem("--crs", Said(f"文件自己写的是 {own}", f"the file itself says {own}"))
    return own or crs or Crs.WGS84


def in_wgs84(net: Network, crs: Crs) -> Network:
    """Return a network whose degrees are of a system with those of WGS-84.

    Lengths that were measured on the drawn line are measured anew, those a file gives stay.
    """
    if crs is Crs.WGS84 or net.origin is None:
        return net
    lat, lon = to_wgs84((net.origin[1], net.origin[0]), crs)
    origin = net.origin
    nodes, bends = (plane(_moved(globe(some, origin), crs), (lon, lat)) for some in (net.nodes, net.bends))
    found = replace(net, nodes=nodes, bends=bends, origin=(lon, lat))
    before, after = _drawn(net), _drawn(found)
    measured = np.abs(net.metres - before) < 0.001
    return replace(found, metres=np.where(measured, np.maximum(after, 0.01), net.metres))


def _drawn(net: Network) -> Floats:
    """Return how long each link is as it is drawn, metres."""
    found: Floats = np.hypot(*(net.nodes[net.links[:, 0]] - net.nodes[net.links[:, 1]]).T)
    for k in np.flatnonzero(np.diff(net.bend_at)):
        ends = net.nodes[net.links[k]]
        line = np.vstack([ends[0], net.bends[net.bend_at[k] : net.bend_at[k + 1]], ends[1]])
        found[k] = np.hypot(*np.diff(line, axis=0).T).sum()
    return found


def _moved(points: Floats, crs: Crs) -> Floats:
    there = [to_wgs84((lat, lon), crs)[::-1] for lon, lat in points.tolist()]
    return np.array(there).reshape(-1, 2)


def doubt(net: Network, crs: Crs, beside: Network) -> None:
    """Refuse a network, still as its file has it, that lies beside a known one just as another system would put it.

    Streets of one name are compared by their middles.
    """
    known = _middles(beside)
    meant = shifted.guess([(at, known[name]) for name, at in _middles(net).items() if name in known], crs)
    if meant is None:
        return
    raise BadProblem(
        "--crs",
        Said(
            f"看起来是{'经纬度写反了的' if meant.swapped else ''}{meant.crs}：有{meant.of}条同名街路都偏向同一边约"
            f"{meant.metres:.0f}米",
            f"this looks like {meant.crs}{', latitude and longitude swapped' if meant.swapped else ''}: {meant.of} "
            f"streets of the same name lie about {meant.metres:.0f} m off, all the same way",
        ),
    )


def _middles(net: Network) -> dict[str, Position]:
    if net.origin is None:
        return {}
    at = globe((net.nodes[net.links[:, 0]] + net.nodes[net.links[:, 1]]) / 2, net.origin)
    found: dict[str, Position] = {}
    for k, name in enumerate(net.names):
        mine = net.name == k
        lon, lat = np.average(at[mine], axis=0, weights=net.metres[mine])
        found[name] = (float(lat), float(lon))
    return found


def _network(path: Path) -> Network:
    if not path.exists():
        raise BadProblem(str(path.name), Said("没有这个文件", "there is no such file"))
    name = path.name.lower()
    if table.is_jemss(path):
        return table.load_jemss(path)
    if path.is_dir():
        if (path / "node.csv").is_file():
            return gmns.load(path)
        if (path / "project_database.sqlite").is_file():
            return aequilibrae.load(path / "project_database.sqlite")
        return table.load(path)
    if is_osm(path):
        return osm.load(path)
    if name.endswith((".geojson", ".json")):
        return geojson.load(path)
    if name.endswith((".sqlite", ".db", ".zip")):
        return aequilibrae.load(path)
    said = Said(
        "不认识的路网文件；可用：.osm(.pbf)、GMNS文件夹、.geojson、nodes.csv+links.csv文件夹、AequilibraE、JEMSS",
        "a network file of unknown form; known: .osm(.pbf), a GMNS folder, .geojson, a folder with nodes.csv and "
        "links.csv, AequilibraE, JEMSS",
    )
    raise BadProblem(path.name, said)


def is_osm(path: Path) -> bool:
    """Return whether a file is OpenStreetMap data by its name."""
    return path.name.lower().endswith((".pbf", ".osm", ".osm.gz", ".osm.bz2", ".osm.xml"))


def figures(net: Network) -> dict[str, Any]:
    """Return what a network holds: nodes, links, kilometres by class, one-way share, parts by mode, turns."""
    kilometres = np.bincount(net.street, net.metres, len(Street)) / 1000
    parts = {}
    for mode in Mode:
        part = net.parts(mode)
        parts[mode.name.lower() if mode.name else ""] = {
            "nodes": int((part >= 0).sum()),
            "parts": int(part.max(initial=-1)) + 1,
            "largest": int((part == 0).sum()),
        }
    return {
        "nodes": len(net.nodes),
        "links": len(net.links),
        "kilometres": round(float(kilometres.sum()), 3),
        "kilometres_by_class": {s.name.lower(): round(float(kilometres[s]), 3) for s in Street if kilometres[s] > 0},
        "one_way_share": round(float((net.along ^ net.back).mean()), 4),
        "named_share": round(float((net.name >= 0).mean()), 4),
        "turn_rules": len(net.turns) + len(net.paths),
        "modes": parts,
        "extent_m": [round(float(v), 1) for v in np.ptp(net.nodes, axis=0)],
        "origin": list(net.origin) if net.origin else None,
    }
