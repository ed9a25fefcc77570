"""Published instances: periodic routing (Cordeau, Gendreau & Laporte 1997), routing with time windows (Solomon)."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.rounds.problem import Officer, Place, Problem, Shift, euclid


def load_pvrp(path: Path) -> Problem:
    """Return a periodic instance (type 1): travel is the straight distance, a vehicle of a day is a shift.

    Pattern numbers are read as days in binary, the highest bit the first day. Customers without a visit are left out.
    """
    rows = _rows(path)
    if not rows or len(rows[0]) < 4:
        raise _bad(path, 0, "首行应是：类型 车辆 客户 天数", "the first line must be: type vehicles customers days")
    kind, vehicles, _, days = (int(x) for x in rows[0][:4])
    if kind != 1:
        raise _bad(path, 0, f"类型{kind}不是周期问题（1）", f"type {kind} is not the periodic problem (1)")
    limits, body = rows[1 : 1 + days], rows[1 + days :]
    if len(body) < 2:
        raise _bad(path, len(rows), "没有客户", "there are no customers")
    places = []
    for i, row in enumerate(body):
        at = 1 + days + i
        if len(row) < 7 or len(row) < 7 + int(row[6]):
            raise _bad(path, at, "客户一行的数太少", "a customer's line has too few numbers")
        if i == 0 or row[5] == 0:
            continue
        codes = [int(x) for x in row[7 : 7 + int(row[6])]]
        patterns = tuple(tuple(d for d in range(days) if code >> (days - 1 - d) & 1) for code in codes)
        places.append(
            Place(id=str(int(row[0])), at=i, minutes=row[3], visits=int(row[5]), patterns=patterns, load=row[4])
        )
    shifts = tuple(
        Shift(
            officer=f"v{v + 1}",
            day=d,
            mode="straight",
            longest=limit[0] if limit[0] > 0 else math.inf,
            capacity=limit[1] if limit[1] > 0 else math.inf,
        )
        for d, limit in enumerate(limits)
        for v in range(vehicles)
    )
    return Problem(
        days=days,
        places=tuple(places),
        officers=tuple(Officer(id=f"v{v + 1}") for v in range(vehicles)),
        shifts=shifts,
        minutes={"straight": euclid([row[1:3] for row in body])},
    )


def load_solomon(path: Path) -> Problem:
    """Return an instance with time windows in Solomon's form or in VRPLIB's (``.vrp``), one day, distance as cost.

    VRPLIB's distances are cut off after the first decimal, as the DIMACS challenge does; Solomon's are not rounded.
    """
    text = _text(path)
    if "NODE_COORD_SECTION" in text:
        return _vrplib(path, text)
    rows = [_numbers(line) for line in text.splitlines()]
    fleet = next((i for i, row in enumerate(rows) if row is not None and len(row) == 2), None)
    body = [row for row in rows if row is not None and len(row) == 7]
    if fleet is None or len(body) < 2:
        zh, en = (
            "应有车辆数、容量一行和每行七个数的客户",
            "needs a line of vehicles and capacity, and customers of 7 numbers",
        )
        raise _bad(path, 0, zh, en)
    vehicles, capacity = rows[fleet] or []
    table = euclid([row[1:3] for row in body])
    return _windows(int(vehicles), capacity, np.array([row[3:] for row in body]), table)


def _vrplib(path: Path, text: str) -> Problem:
    head: dict[str, str] = {}
    parts: dict[str, list[list[float]]] = {}
    here = ""
    for i, line in enumerate(text.splitlines()):
        word = line.strip()
        if not word or word == "EOF":
            continue
        if word.endswith("_SECTION"):
            here = word
            parts[here] = []
        elif ":" in word:
            name, value = word.split(":", 1)
            head[name.strip()] = value.strip()
        else:
            row = _numbers(word)
            if row is None or not here:
                raise _bad(path, i, "不是数", "is not a row of numbers")
            parts[here].append(row)
    try:
        xy = np.array([row[1:3] for row in parts["NODE_COORD_SECTION"]])
        loads = {int(row[0]): row[1] for row in parts["DEMAND_SECTION"]}
        windows = {int(row[0]): row[1:3] for row in parts["TIME_WINDOW_SECTION"]}
        vehicles, capacity = int(head["VEHICLES"]), float(head["CAPACITY"])
        service = float(head.get("SERVICE_TIME", "0"))
    except KeyError as error:
        raise _bad(path, 0, f"缺少{error}", f"{error} is missing") from error
    own = {int(row[0]): row[1] for row in parts.get("SERVICE_TIME_SECTION", [])}
    body = [[loads[i], *windows[i], own.get(i, service if k else 0.0)] for k, i in enumerate(sorted(loads))]
    table = np.floor(euclid(xy) * 10) / 10
    return _windows(vehicles, capacity, np.array(body), table)


def _windows(vehicles: int, capacity: float, body: np.ndarray, table: np.ndarray) -> Problem:
    places = tuple(
        Place(id=str(i), at=i, minutes=float(row[3]), load=float(row[0]), opens=float(row[1]), closes=float(row[2]))
        for i, row in enumerate(body)
        if i
    )
    depot = body[0]
    return Problem(
        days=1,
        places=places,
        officers=tuple(Officer(id=f"v{v + 1}") for v in range(vehicles)),
        shifts=tuple(
            Shift(
                officer=f"v{v + 1}", day=0, mode="straight", capacity=capacity, start=float(depot[1]),
                end=float(depot[2]),
            )
            for v in range(vehicles)
        ),
        minutes={"straight": table},
    )  # fmt: skip


def load_pvrp_solution(path: Path) -> tuple[float, list[tuple[int, list[int]]]]:
    """Return a published solution of a periodic instance: the cost it says, its routes as (day from 0, customers)."""
    rows = _rows(path)
    routes = []
    for i, row in enumerate(rows[1:], 1):
        stops = [int(x) for x in row[4:]]
        if len(stops) < 2 or stops[0] != 0 or stops[-1] != 0:
            raise _bad(path, i, "路线应从0到0", "a route must go from 0 to 0")
        routes.append((int(row[0]) - 1, stops[1:-1]))
    return rows[0][0], routes


def length(table: np.ndarray, routes: list[tuple[int, list[int]]]) -> float:
    """Return the length of routes from the base and back, recomputed."""
    return math.fsum(float(table[a, b]) for _, stops in routes for a, b in pairwise([0, *stops, 0]))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadProblem(path.name, Said(f"打不开文件：{error}", f"the file cannot be opened: {error}")) from error


def _numbers(line: str) -> list[float] | None:
    try:
        row = [float(x) for x in line.split()]
    except ValueError:
        return None
    return row or None


def _rows(path: Path) -> list[list[float]]:
    rows = []
    for i, line in enumerate(_text(path).splitlines()):
        if line.strip():
            row = _numbers(line)
            if row is None:
                raise _bad(path, i, "这一行不是数", "this line is not numbers")
            rows.append(row)
    return rows


def _bad(path: Path, row: int, zh: str, en: str) -> BadProblem:
    return BadProblem(path.name, Said(zh, en), row)
