"""Networks kept by AequilibraE: ``links`` and ``nodes`` in SQLite with SpatiaLite geometry, or such a file zipped."""

from __future__ import annotations

import sqlite3
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.raw import Raw
from wuxiao.plan.ground.streets import ACCESS, Mode, of_words
from wuxiao.plan.store import Floats

_MODES = {"car": Mode.DRIVE, "walk": Mode.WALK, "bicycle": Mode.RIDE}


def load(path: Path) -> Network:
    """Return the network of a project (``project_database.sqlite``, or a zip that holds one), without centroids.

    Lengths are the file's; where it holds free-flow minutes or speeds, those are the free speeds of driving. Raises
    `BadProblem` naming the table, the row and what is wrong with it.
    """
    with _open(path) as base:
        try:
            return _read(base)
        except sqlite3.Error as error:
            said = Said(f"不是AequilibraE项目：{error}", f"is no AequilibraE project: {error}")
            raise BadProblem(path.name, said) from error


def _open(path: Path) -> sqlite3.Connection:
    if not zipfile.is_zipfile(path):
        if not path.is_file():
            raise BadProblem(path.name, Said("没有这个文件", "there is no such file"))
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    with zipfile.ZipFile(path) as packed:
        inside = [name for name in packed.namelist() if name.endswith("project_database.sqlite")]
        if not inside:
            said = Said("压缩包里没有project_database.sqlite", "the zip holds no project_database.sqlite")
            raise BadProblem(path.name, said)
        base = sqlite3.connect(":memory:")
        base.deserialize(packed.read(inside[0]))
        return base


def _read(base: sqlite3.Connection) -> Network:
    raw = Raw(spherical=True)
    for node, shape in base.execute("select node_id, geometry from nodes order by node_id"):
        raw.node(str(node), *_points(shape, "nodes", str(node))[0])
    known = {row[1] for row in base.execute("pragma table_info(links)")}
    minutes = "free_flow_time" if "free_flow_time" in known else "null"
    bits = {i: _MODES.get(name, Mode(0)) for name, i in base.execute("select mode_name, mode_id from modes")}
    used = {letter for (word,) in base.execute("select distinct modes from links") for letter in word}
    told = Mode(0)
    for letter in used:
        told |= bits.get(letter, Mode(0))
    wanted = (
        f"link_id, a_node, b_node, direction, distance, modes, link_type, name, speed_ab, speed_ba, {minutes}, geometry"
    )
    for row in base.execute(f"select {wanted} from links where link_type <> 'centroid_connector' order by link_id"):
        link, a, b, way, metres, modes, kind, name, ab, ba, took, shape = row
        street = of_words(str(kind or ""))
        access = Mode(0)
        for letter in modes:
            access |= bits.get(letter, Mode(0))
        # Its modes are those of a traffic model and seldom name walkers; where one may walk and ride the class says.
        access |= Mode(int(ACCESS[street])) & (Mode.WALK | Mode.RIDE | (Mode(0) if Mode.DRIVE in told else Mode.DRIVE))
        speed = [_number(ab), _number(ba)]
        if took and _number(took) > 0:
            speed = [_number(metres) * 0.06 / _number(took)] * 2
        raw.link(
            str(link),
            str(a),
            str(b),
            street=street,
            line=_points(shape, "links", str(link)),
            metres=_number(metres) or None,
            along=way >= 0,
            back=way <= 0,
            speed=(speed[0], speed[1]),
            access=int(access),
            name=str(name or ""),
        )
    return raw.network()


def _number(value: Any) -> float:
    try:
        number = float(value or 0.0)
    except (TypeError, ValueError):
        return 0.0
    return number if np.isfinite(number) and number > 0 else 0.0


def _points(shape: bytes | None, table: str, row: str) -> Floats:
    """Return the points of a SpatiaLite POINT or LINESTRING: 39 bytes of box and mark, class, then the points."""
    if not shape or len(shape) < 60 or shape[0] != 0 or shape[38] != 0x7C:
        raise BadProblem(f"{table} {row}", Said("没有SpatiaLite几何", "has no SpatiaLite geometry"))
    order = "<" if shape[1] == 1 else ">"
    (kind,) = struct.unpack_from(f"{order}i", shape, 39)
    if kind == 1:
        return np.array([struct.unpack_from(f"{order}2d", shape, 43)])
    if kind == 2:
        (count,) = struct.unpack_from(f"{order}i", shape, 43)
        return np.frombuffer(shape, dtype=f"{order}f8", count=2 * count, offset=47).reshape(-1, 2).astype(np.float64)
    raise BadProblem(f"{table} {row}", Said(f"不认识的几何类型{kind}", f"geometry of class {kind} is not known"))
