"""Networks in the General Modeling Network Specification: ``node.csv``, ``link.csv``, movements and units if given."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.raw import Raw, are_spherical, number, rows
from wuxiao.plan.ground.streets import Mode, Street, of_words
from wuxiao.plan.store import Floats
from wuxiao.typed.crs import Crs, named

_METRES = {"m": 1.0, "meter": 1.0, "meters": 1.0, "metre": 1.0, "metres": 1.0, "ft": 0.3048, "feet": 0.3048}
_METRES |= {"foot": 0.3048, "km": 1000.0, "kilometer": 1000.0, "kilometers": 1000.0, "kilometre": 1000.0}
_METRES |= {"mi": 1609.344, "mile": 1609.344, "miles": 1609.344}
_KMH = {"kph": 1.0, "km/h": 1.0, "kmh": 1.0, "km/hr": 1.0, "mph": 1.609344, "mi/h": 1.609344}
_USES = {"auto": Mode.DRIVE, "car": Mode.DRIVE, "drive": Mode.DRIVE, "sov": Mode.DRIVE, "hov": Mode.DRIVE}
_USES |= {"bike": Mode.RIDE, "bicycle": Mode.RIDE, "walk": Mode.WALK, "ped": Mode.WALK, "pedestrian": Mode.WALK}


def load(path: Path) -> Network:
    """Return the network of a GMNS folder.

    Lengths count in the units of ``config.csv``; without one they are measured on the drawn line and speeds are km/h. A
    row of ``movement.csv`` lets a turn be made with its penalty; where a link has rows at a node, its other turns there
    are barred. Raises `BadProblem` naming file, row and column.
    """
    node_rows = rows(path / "node.csv", ("node_id", "x_coord", "y_coord"))
    link_rows = rows(path / "link.csv", ("link_id", "from_node_id", "to_node_id"))
    config = rows(path / "config.csv", ()) if (path / "config.csv").is_file() else []
    units = config[0] if config else {}
    long = _unit(units.get("long_length", ""), _METRES, "long_length")
    short = _unit(units.get("short_length", ""), _METRES, "short_length") or 1.0
    fast = _unit(units.get("speed", ""), _KMH, "speed") or 1.0
    crs = units.get("crs", "").upper()
    at = [
        (number(r, "x_coord", "node.csv", k), number(r, "y_coord", "node.csv", k)) for k, r in enumerate(node_rows, 2)
    ]
    degrees = "4326" in crs or "4490" in crs or named(crs) is not None
    spherical = degrees or (not crs and are_spherical(at))
    raw = Raw(spherical=spherical)
    for k, (row, (x, y)) in enumerate(zip(node_rows, at, strict=True), 2):
        raw.node(row["node_id"], x, y, row=k)
    for k, row in enumerate(link_rows, 2):
        street = of_words(row.get("facility_type", ""))
        speed = number(row, "free_speed", "link.csv", k, 0.0) * fast
        length = number(row, "length", "link.csv", k, 0.0) * long
        lanes = number(row, "lanes", "link.csv", k, 0.0)
        directed = row.get("directed", "true").strip().lower() not in ("false", "0", "f", "no")
        raw.link(
            row["link_id"],
            row["from_node_id"],
            row["to_node_id"],
            street=street,
            line=_line(row.get("geometry", ""), row.get("dir_flag", "1"), k),
            metres=length or None,
            back=not directed,
            speed=(speed, speed),
            width=number(row, "row_width", "link.csv", k, 0.0) * short or 3.5 * lanes * (1 if directed else 2),
            access=_access(row.get("allowed_uses", ""), street),
            name=row.get("name", ""),
            row=k,
        )
    if (path / "movement.csv").is_file():
        _movements(raw, path / "movement.csv", link_rows)
    return raw.network()


def says(path: Path) -> Crs | None:
    """Return the system that ``config.csv`` states; `None` where there is none, or one of metres."""
    config = rows(path / "config.csv", ()) if (path / "config.csv").is_file() else []
    crs = config[0].get("crs", "") if config else ""
    return Crs.WGS84 if "4326" in crs or "4490" in crs else named(crs)


def _unit(word: str, known: dict[str, float], column: str) -> float:
    word = word.strip().lower()
    if not word:
        return 0.0
    if word not in known:
        said = Said(
            f"不认识的单位“{word}”，有：{'、'.join(known)}", f"unknown unit “{word}”; known: {', '.join(known)}"
        )
        raise BadProblem(f"config.csv {column}", said)
    return known[word]


def _line(geometry: str, flag: str, row: int) -> Floats | None:
    if not geometry.strip():
        return None
    import shapely

    try:
        points = shapely.get_coordinates(shapely.from_wkt(geometry))
    except shapely.errors.GEOSException as error:
        raise BadProblem("link.csv", Said(f"geometry不是WKT：{error}", f"geometry is no WKT: {error}"), row) from error
    return np.asarray(points[::-1] if flag.strip() == "-1" else points)


def _access(uses: str, street: Street) -> int | None:
    words = [w.strip().lower() for w in re.split(r"[,;]", uses) if w.strip()]
    if not words or "all" in words:
        return None
    access = Mode(0)
    for word in words:
        access |= _USES.get(word, Mode(0))
    # Uses we know none of (a bus lane) let none of ours in; nothing said at all leaves it to the class.
    return int(access)


def _movements(raw: Raw, path: Path, link_rows: list[dict[str, str]]) -> None:
    leaving: dict[str, list[str]] = {}
    for row in link_rows:
        leaving.setdefault(row["from_node_id"], []).append(row["link_id"])
        if row.get("directed", "true").strip().lower() in ("false", "0", "f", "no"):
            leaving.setdefault(row["to_node_id"], []).append(row["link_id"])
    told: dict[tuple[str, str], dict[str, float]] = {}
    for k, row in enumerate(rows(path, ("node_id", "ib_link_id", "ob_link_id")), 2):
        seconds = number(row, "penalty", "movement.csv", k, 0.0)
        told.setdefault((row["ib_link_id"], row["node_id"]), {})[row["ob_link_id"]] = seconds
    for (into, node), open_ in told.items():
        for out in leaving.get(node, []):
            if out not in open_:
                raw.turn(into, node, out, np.inf)
            elif open_[out] > 0:
                raw.turn(into, node, out, open_[out])
