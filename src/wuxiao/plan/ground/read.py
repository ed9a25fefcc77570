"""Read a network file whatever its form, and say what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground import aequilibrae, geojson, gmns, osm, table
from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.streets import Mode, Street


def network(path: Path) -> Network:
    """Return the network of a file or folder: OSM, GMNS, GeoJSON, CSV, AequilibraE or JEMSS, told by names and content.

    Raises `BadProblem` for a file of no known form and for whatever its reader refuses.
    """
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
