"""What stands in an invented town: buildings with addresses, schools, premises, rivers, and the calls they give."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.streets import WIDTHS, Street
from wuxiao.plan.ground.town.names import Namer
from wuxiao.plan.ground.town.streets import Plan, Point, Q
from wuxiao.plan.ground.town.table import Premise, Use
from wuxiao.plan.store import Floats, Ints

#: How calls are spread over the week: by homes, by shops and offices, by the places of the night.
_DAY_HOME = (6, 4, 3, 2, 2, 3, 5, 8, 9, 9, 9, 9, 10, 9, 8, 8, 9, 11, 13, 15, 16, 15, 12, 9)
_DAY_WORK = (2, 1, 1, 1, 1, 2, 4, 8, 14, 17, 18, 16, 13, 13, 16, 17, 16, 14, 11, 9, 7, 5, 4, 3)
_DAY_NIGHT = (14, 12, 9, 6, 3, 2, 2, 3, 5, 6, 7, 9, 10, 8, 7, 7, 8, 10, 13, 15, 17, 19, 19, 17)
_WEEK = (
    (1.0, 0.98, 0.98, 1.0, 1.05, 1.08, 1.04),
    (1.1, 1.06, 1.05, 1.05, 1.06, 0.8, 0.7),
    (0.8, 0.8, 0.85, 0.9, 1.3, 1.5, 1.0),
)


def sides_of(plan: Plan) -> dict[int, tuple[int, int, int, int]]:
    """Return, for every block, the street at its south, east, north and west side; -1 where a river flows."""
    found = {}
    for block, r in enumerate(plan.rects):
        ring = plan.rings[block]
        at = {p: k for k, p in enumerate(ring)}
        sides = []
        for p in ((r.u0, r.v0), (r.u1, r.v0), (r.u1, r.v1), (r.u0, r.v1)):
            q = ring[(at[p] + 1) % len(ring)]
            edge = (p, q) if p < q else (q, p)
            sides.append(-1 if plan.edges[edge] == Street.RIVER else plan.names[edge])
        found[block] = (sides[0], sides[1], sides[2], sides[3])
    return found


def buildings(
    plan: Plan, use: Ints, people: Ints, streets: Network, sides: dict[int, tuple[int, int, int, int]]
) -> dict[str, Any]:
    rng = np.random.default_rng([plan.seed, 6])
    rect = np.array([(r.u0, r.v0, r.u1, r.v1) for r in plan.rects], dtype=np.float64)
    spans = np.abs(plan.flat(rect[:, 2:]) - plan.flat(rect[:, :2]))
    around = np.array([sides[b] for b in range(len(use))], dtype=np.int64).reshape(-1, 4)
    # Nothing stands within a strip along each side; beside a river, which takes its half width, it is broader.
    bank = np.minimum(0.42, (WIDTHS[Street.RIVER] / 2 + 6) / spans)
    low = np.where(around[:, [3, 0]] < 0, bank, 0.14)
    share = 1 - low - np.where(around[:, [1, 2]] < 0, bank, 0.14)
    room = (spans * share).prod(axis=1) / 0.52
    each = np.array([26.0, 2.6, 16.0, 10.0, 1.0, 1.0, 1.0])[use] * rng.uniform(0.7, 1.5, len(use))
    least = np.array([1, 2, 2, 4, 3, 0, 2])[use]
    count = np.maximum(least, np.ceil(people / each)).astype(np.int64)
    count = np.minimum(count, np.maximum(1, room // 170).astype(np.int64))
    count[(people > 0) & (count == 0)] = 1
    block = np.repeat(np.arange(len(use)), count)
    rank = np.arange(len(block)) - np.repeat(np.cumsum(count) - count, count)
    columns = np.clip(np.ceil(np.sqrt(count * spans[:, 0] / spans[:, 1])), 1, np.maximum(count, 1)).astype(np.int64)
    rows = -(-count // columns)
    part = np.stack([(rank % columns[block] + 0.5) / columns[block], (rank // columns[block] + 0.5) / rows[block]], 1)
    inside = low[block] + share[block] * part
    lattice = rect[block, :2] + inside * (rect[block, 2:] - rect[block, :2])
    xy = plan.metres(lattice)
    ahead = plan.metres(lattice + np.array([0.5, 0.0])) - xy
    angle = np.arctan2(ahead[:, 1], ahead[:, 0])
    cell = (share * spans)[block] / np.stack([columns[block], rows[block]], 1)
    size = np.minimum(cell * rng.uniform(0.5, 0.72, cell.shape), np.array([60.0, 16.0]))
    base, extra = people[block] // np.maximum(count[block], 1), people[block] % np.maximum(count[block], 1)
    homes = (base + (rank < extra)).astype(np.int64)
    floors = np.array([3, 2, 2, 1, 4, 1, 4])[use[block]]
    needed = np.ceil(homes / np.maximum(1, size.prod(axis=1) // 95))
    storeys = np.clip(np.maximum(floors, needed), 1, 33).astype(np.int64)
    gaps = np.stack([inside[:, 1], 1 - inside[:, 0], 1 - inside[:, 1], inside[:, 0]], 1)
    gaps *= np.stack([spans[block, 1], spans[block, 0]] * 2, 1)
    names = around[block]
    gaps[names < 0] = np.inf
    side = gaps.argmin(axis=1)
    street = names[np.arange(len(block)), side]
    along = np.where(side % 2 == 0, lattice[:, 0], lattice[:, 1])
    odd = side % 3 == 0
    order = np.lexsort((along, odd, street))
    new = np.r_[True, (np.diff(street[order]) != 0) | (np.diff(odd[order].astype(np.int8)) != 0)]
    since = np.arange(len(order)) - np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    number = np.empty(len(block), dtype=np.int64)
    number[order] = 2 * since + np.where(odd[order], 1, 2)
    return {
        "building_xy": xy,
        "building_block": block,
        "building_households": homes,
        "building_storeys": storeys,
        "building_size": np.column_stack([size, angle]),
        "building_street": street,
        "building_number": number,
    }


def schools(centre: Floats, use: Ints, people: Ints) -> dict[str, Any]:
    """Every school takes the children of the households nearest to it: one child at school to three households."""
    from scipy.spatial import cKDTree

    block = np.flatnonzero(use == Use.SCHOOL)
    if len(block) == 0:
        return {"school_xy": np.empty((0, 2)), "school_block": block, "school_pupils": block}
    _, nearest = cKDTree(centre[block]).query(centre)
    pupils = np.bincount(nearest, people / 3.0, len(block)).round().astype(np.int64)
    return {"school_xy": centre[block], "school_block": block.astype(np.int64), "school_pupils": pupils}


def premises(
    plan: Plan, xy: Floats, index: dict[Point, int], centre: Floats, use: Ints, people: Ints, quarter_use: Ints
) -> dict[str, Any]:
    rng = np.random.default_rng([plan.seed, 7])
    total = int(people.sum())
    dry = [(e, b) for e, blocks in plan.sides.items() if plan.edges[e] != Street.RIVER for b in blocks]
    ends = np.array([[index[e[0]], index[e[1]]] for e, _ in dry])
    block = np.array([b for _, b in dry])
    kind = np.array([int(plan.edges[e]) for e, _ in dry])
    lively = np.array([1.0, 1.3, 4.0, 0.25, 0.0, 0.0, 0.5])[use[block]]
    draw = lively * np.array([0, 0, 3.0, 3.0, 2.4, 1.0, 0.35, 0, 0, 0, 0, 0])[kind]
    draw = draw * np.hypot(*(xy[ends[:, 0]] - xy[ends[:, 1]]).T)
    if not draw.any():
        draw = np.ones(len(block))
    many = {
        Premise.SHOP: total // 45, Premise.RESTAURANT: total // 160, Premise.MARKET: 1 + total // 9000,
        Premise.HOTEL: 1 + total // 1500, Premise.KARAOKE: total // 4000, Premise.NET_CAFE: total // 3500,
        Premise.WORKSHOP: total // 700, Premise.FUEL: 1 + total // 7000, Premise.BANK: 1 + total // 3000,
        Premise.CLINIC: 1 + total // 2500, Premise.HOSPITAL: 1 + total // 40000, Premise.BUS_STATION: 1,
    }  # fmt: skip
    what = np.repeat(np.array([int(k) for k in many]), list(many.values()))
    at = rng.choice(len(block), len(what), p=draw / draw.sum())
    t = rng.uniform(0.15, 0.85, (len(what), 1))
    on_street = xy[ends[at, 0]] * (1 - t) + xy[ends[at, 1]] * t
    inward = centre[block[at]] - on_street
    place = on_street + inward * np.minimum(0.5, 9 / np.hypot(*inward.T))[:, None]
    return {"premise_xy": place, "premise_block": block[at].astype(np.int64), "premise_kind": what.astype(np.int64)}


def calls(plan: Plan, use: Ints, people: Ints, premises: dict[str, Any]) -> tuple[Floats, Ints]:
    """Return the calls a year and the rhythm of every block: what homes and what premises give."""
    rng = np.random.default_rng([plan.seed, 8])
    year = np.array([0.5, 1.2, 8.0, 2.5, 6.0, 4.0, 0.4, 2.0, 1.0, 1.0, 16.0, 22.0])
    kinds, blocks = np.asarray(premises["premise_kind"], int), np.asarray(premises["premise_block"], int)
    night = np.isin(kinds, [Premise.RESTAURANT, Premise.KARAOKE, Premise.NET_CAFE, Premise.HOTEL])
    homes = people * 0.11 * rng.gamma(6.0, 1 / 6.0, len(people))
    work = np.bincount(blocks, year[kinds] * ~night, len(people)) + np.where(use >= Use.WORKS, 0.8, 0.1)
    late = np.bincount(blocks, year[kinds] * night, len(people))
    return homes + work + late, np.argmax([homes, work, late], axis=0).astype(np.int64)


def hours() -> Floats:
    rows = []
    for day, week in zip((_DAY_HOME, _DAY_WORK, _DAY_NIGHT), _WEEK, strict=True):
        row = np.outer(week, day).ravel()
        rows.append(row / row.sum())
    return np.array(rows)


def rivers(plan: Plan, xy: Floats, index: dict[Point, int], namer: Namer) -> tuple[Ints, Floats, tuple[str, ...]]:
    lines: dict[int, set[Point]] = defaultdict(set)
    for edge, kind in plan.edges.items():
        if kind == Street.RIVER:
            lines[plan.names[edge]] |= set(edge)
    rows = []
    for _, points in sorted(lines.items()):
        inside = sorted(points)
        first, last = inside[0], inside[-1]
        axis = 0 if first[1] == last[1] else 1
        # Past the town the river flows on for a while in the same bends.
        before = [_step(first, axis, -Q * k // 4) for k in range(6, 0, -1)]
        after = [_step(last, axis, Q * k // 4) for k in range(1, 7)]
        outside = plan.metres(np.array(before + after, dtype=np.float64))
        rows.append(np.vstack([outside[:6], [xy[index[p]] for p in inside], outside[6:]]))
    starts = np.r_[0, np.cumsum([len(r) for r in rows])].astype(np.int64)
    names = tuple(namer.street(Street.RIVER)[0] for _ in rows)
    return starts, np.concatenate(rows) if rows else np.empty((0, 2)), names


def _step(point: Point, axis: int, far: int) -> Point:
    return (point[0] + far, point[1]) if axis == 0 else (point[0], point[1] + far)
