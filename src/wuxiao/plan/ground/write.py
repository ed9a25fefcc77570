"""Write a town or a network for other programs: GeoJSON for maps, plain tables that `table.load` reads again."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from wuxiao.plan.ground.network import Network, globe
from wuxiao.plan.ground.streets import Street
from wuxiao.plan.ground.town import Premise, Town, Use
from wuxiao.plan.store import Floats

#: Where invented towns are put on a globe: the middle of an ocean, so that nobody takes them for a real one.
NOWHERE = (-150.0, 30.0)


def town_geojson(town: Town) -> dict[str, Any]:
    """Return a town as one FeatureCollection in longitude and latitude (mid-ocean): blocks, streets, rivers, places."""
    features: list[dict[str, Any]] = []

    def add(layer: str, shape: str, points: Any, **more: Any) -> None:
        geometry = {"type": shape, "coordinates": points}
        features.append({"type": "Feature", "properties": {"layer": layer, **more}, "geometry": geometry})

    for k in range(town.blocks):
        add("block", "Polygon", [_ring(town.ring(k))], block=k, households=int(town.block_households[k]),
            community=town.community_names[town.block_community[k]],
            use=Use(int(town.block_use[k])).name.lower())  # fmt: skip
    for k in range(len(town.river_names)):
        line = town.river_points[town.river_at[k] : town.river_at[k + 1]]
        add("river", "LineString", _points(line), name=town.river_names[k])
    net = town.streets
    for k in range(len(net.links)):
        add("street", "LineString", _points(net.line(k)), name=net.names[net.name[k]],
            **{"class": Street(int(net.street[k])).name.lower(), "width": float(net.width[k])})  # fmt: skip
    for k in range(len(town.building_xy)):
        address = f"{net.names[town.building_street[k]]}{town.building_number[k]}号"
        add("building", "Polygon", [_ring(town.footprint(k))], address=address,
            households=int(town.building_households[k]), storeys=int(town.building_storeys[k]))  # fmt: skip
    for k, spot in enumerate(_points(town.school_xy)):
        add("school", "Point", spot, pupils=int(town.school_pupils[k]))
    for k, spot in enumerate(_points(town.premise_xy)):
        add("premise", "Point", spot, kind=Premise(int(town.premise_kind[k])).name.lower())
    return {"type": "FeatureCollection", "name": town.name, "features": features}


def save_geojson(data: dict[str, Any], path: Path) -> None:
    """Write a FeatureCollection, one feature a line."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        head = json.dumps(data.get("name", ""), ensure_ascii=False)
        file.write(f'{{"type": "FeatureCollection", "name": {head}, "features": [\n')
        file.write(",\n".join(json.dumps(f, ensure_ascii=False) for f in data["features"]))
        file.write("\n]}\n")
    part.replace(path)


def save_tables(network: Network, folder: Path) -> None:
    """Write ``nodes.csv`` and ``links.csv``; bends and turns are not kept, lengths are."""
    folder.mkdir(parents=True, exist_ok=True)
    places = network.nodes if network.origin is None else globe(network.nodes, network.origin)
    ids = network.node_ids or tuple(str(k) for k in range(len(places)))
    with (folder / "nodes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "x", "y"])
        writer.writerows([key, repr(float(x)), repr(float(y))] for key, (x, y) in zip(ids, places, strict=True))
    with (folder / "links.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "from", "to", "class", "length", "oneway", "speed", "width", "name"])
        for k, (a, b) in enumerate(network.links.tolist()):
            along, back = bool(network.along[k]), bool(network.back[k])
            a, b = (b, a) if back and not along else (a, b)
            key = network.link_ids[k] if network.link_ids else str(k)
            kind = Street(int(network.street[k])).name.lower()
            name = network.names[network.name[k]] if network.name[k] >= 0 else ""
            speed = repr(float(network.speed[k, 0 if along else 1]))
            length, width = repr(float(network.metres[k])), repr(float(network.width[k]))
            writer.writerow([key, ids[a], ids[b], kind, length, int(along != back), speed, width, name])


def _points(metres: Floats) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in np.round(globe(metres, NOWHERE), 7)]


def _ring(metres: Floats) -> list[list[float]]:
    points = _points(metres)
    return [*points, points[0]]
