"""Networks as plain tables: ``nodes.csv`` and ``links.csv`` in a folder; JEMSS's ``nodes.csv`` and ``arcs.csv``."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.raw import Raw, are_spherical, number, rows
from wuxiao.plan.ground.streets import Street, of_words


def load(path: Path) -> Network:
    """Return the network of a folder with ``nodes.csv`` (id, x, y) and ``links.csv`` (from, to).

    Columns that may be there: ``id``, ``class``, ``length`` (m), ``oneway`` (1 along only), ``speed`` (km/h), ``width``
    (m), ``name``. Coordinates all within ±180 and ±90 are longitudes and latitudes, else metres.
    """
    node_rows = rows(path / "nodes.csv", ("id", "x", "y"))
    link_rows = rows(path / "links.csv", ("from", "to"))
    at = [(number(r, "x", "nodes.csv", k), number(r, "y", "nodes.csv", k)) for k, r in enumerate(node_rows, 2)]
    raw = Raw(spherical=are_spherical(at))
    for k, (row, (x, y)) in enumerate(zip(node_rows, at, strict=True), 2):
        raw.node(row["id"], x, y, row=k)
    for k, row in enumerate(link_rows, 2):
        speed = number(row, "speed", "links.csv", k, 0.0)
        raw.link(
            row.get("id") or str(k),
            row["from"],
            row["to"],
            street=of_words(row.get("class", "")),
            metres=number(row, "length", "links.csv", k, 0.0) or None,
            back=row.get("oneway", "").strip().lower() not in ("1", "yes", "true"),
            speed=(speed, speed),
            width=number(row, "width", "links.csv", k, 0.0),
            name=row.get("name", ""),
            row=k,
        )
    return raw.network()


def load_jemss(path: Path, mode: int = 1) -> Network:
    """Return a road network of JEMSS: a folder or zip with ``nodes.csv`` and ``arcs.csv``, for one of its travel modes.

    Free speeds are such that every arc takes exactly the file's time (days). Arcs between nodes without access from
    beside the road count as trunk roads, all others as secondary: the files say no more.
    """
    node_table = _section(_text(path, "nodes.csv"), "nodes", "nodes.csv")
    misc = _section(_text(path, "arcs.csv"), "miscData", "arcs.csv")
    arc_table = _section(_text(path, "arcs.csv"), "arcs", "arcs.csv")
    column = f"mode_{mode}"
    if not arc_table or column not in arc_table[0]:
        raise BadProblem("arcs.csv", Said(f"没有出行方式{mode}", f"there is no travel mode {mode}"))
    directed = misc[0].get("arcForm", "directed") == "directed"
    raw = Raw(spherical=True)
    beside: dict[str, bool] = {}
    for k, row in enumerate(node_table):
        key = str(int(number(row, "index", "nodes.csv", k)))
        raw.node(key, number(row, "x", "nodes.csv", k), number(row, "y", "nodes.csv", k), row=k)
        beside[key] = number(row, "offRoadAccess", "nodes.csv", k, 1.0) > 0
    for k, row in enumerate(arc_table):
        a, b = (str(int(number(row, end, "arcs.csv", k))) for end in ("fromNode", "toNode"))
        days = number(row, column, "arcs.csv", k)
        metres = number(row, "distance", "arcs.csv", k) * 1000 if "distance" in row else days * 24 * 50_000
        if not days > 0 or not metres > 0:
            said = Said("时间和距离须大于零", "time and distance must be above zero")
            raise BadProblem("arcs.csv", said, k)
        speed = metres * 3.6 / (days * 86_400)
        trunk = not beside.get(a, True) and not beside.get(b, True)
        raw.link(
            str(int(number(row, "index", "arcs.csv", k))),
            a,
            b,
            street=Street.TRUNK if trunk else Street.SECONDARY,
            metres=metres,
            back=not directed,
            speed=(speed, speed),
            row=k,
        )
    return raw.network()


def is_jemss(path: Path) -> bool:
    """Return whether a folder or zip holds ``nodes.csv`` and ``arcs.csv``."""
    if path.is_dir():
        return (path / "arcs.csv").is_file() and (path / "nodes.csv").is_file()
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as packed:
        return {"nodes.csv", "arcs.csv"} <= {Path(name).name for name in packed.namelist()}


def _text(path: Path, name: str) -> str:
    if path.is_dir():
        return (path / name).read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(path) as packed:
        inside = next(full for full in packed.namelist() if Path(full).name == name)
        return packed.read(inside).decode("utf-8-sig")


def _section(content: str, title: str, where: str) -> list[dict[str, str]]:
    """Return one table of a JEMSS file: a line with its title, a line of columns, rows until an empty line."""
    lines = list(csv.reader(io.StringIO(content)))
    starts = [k for k, line in enumerate(lines) if line and line[0].strip() == title]
    if not starts or starts[0] + 1 >= len(lines):
        raise BadProblem(where, Said(f"没有“{title}”表", f"there is no table “{title}”"))
    columns = [name.strip() for name in lines[starts[0] + 1]]
    found = []
    for line in lines[starts[0] + 2 :]:
        if not any(cell.strip() for cell in line):
            break
        found.append(dict(zip(columns, line, strict=False)))
    return found
