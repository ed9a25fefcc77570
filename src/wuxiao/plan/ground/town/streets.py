"""The plan of an invented town: main streets as a warped lattice, cut into blocks by lesser streets, rivers between."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from wuxiao.plan.ground.streets import Street
from wuxiao.plan.store import Floats

#: Steps of the lattice from one main street to the next; lesser streets lie on every `STEP`-th, so that many cross.
Q, STEP = 48, 4
Point = tuple[int, int]
Edge = tuple[Point, Point]


@dataclass(slots=True)
class Rect:
    """A piece of ground on the lattice: `quarter` is the number of the piece between main streets it was cut from."""

    u0: int
    v0: int
    u1: int
    v1: int
    quarter: int


@dataclass(slots=True)
class Plan:
    """What the lattice became: blocks with their corners, edges with class, and the two blocks at each edge."""

    rects: list[Rect]
    rings: list[list[Point]]
    edges: dict[Edge, Street]
    sides: dict[Edge, list[int]]
    names: dict[Edge, int]
    streets: list[tuple[Street, int]]
    quarters: list[tuple[int, int]]
    rivers_u: tuple[int, ...]
    rivers_v: tuple[int, ...]
    xs: Floats
    ys: Floats
    waves: Floats
    centre: Point
    turn: float
    seed: int
    bridges: set[Point] = field(default_factory=set)

    def flat(self, points: Floats) -> Floats:
        """Return lattice points (k, 2) as metres before the warp."""
        out = np.empty_like(points)
        for axis, marks in ((0, self.xs), (1, self.ys)):
            out[:, axis] = np.interp(points[:, axis], np.arange(len(marks)) * Q, marks)
            # Beyond the lattice the scale is that of a usual quarter.
            out[:, axis] += (
                330 / Q * (np.minimum(points[:, axis], 0) + np.maximum(points[:, axis] - (len(marks) - 1) * Q, 0))
            )
        return out

    def metres(self, points: Floats) -> Floats:
        """Return lattice points (k, 2) as metres in the town, warped and turned."""
        flat = self.flat(points)
        out = flat.copy()
        for ax, ay, kx, ky, phase in self.waves:
            swing = np.sin(flat[:, 0] * kx + flat[:, 1] * ky + phase)
            out[:, 0] += ax * swing
            out[:, 1] += ay * swing
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        return np.asarray(out @ np.array([[cos, sin], [-sin, cos]]))


def draw(seed: int, quarters: int) -> Plan:
    """Return the plan of a town of so many quarters (pieces of about 330 m between main streets)."""
    rng = np.random.default_rng([seed, 1])
    side = int(np.ceil(np.sqrt(quarters * 1.75))) + 2
    xs = np.r_[0.0, np.cumsum(rng.uniform(250, 410, side))]
    ys = np.r_[0.0, np.cumsum(rng.uniform(250, 410, side))]
    xs, ys = xs - xs[side // 2], ys - ys[side // 2]
    kept = _shape(rng, xs, ys, quarters)
    rivers_u, rivers_v = _rivers(rng, side, quarters)
    centre = (side // 2 * Q, side // 2 * Q)
    order = sorted(kept)
    plan = Plan(
        rects=[],
        rings=[],
        edges={},
        sides={},
        names={},
        streets=[],
        quarters=order,
        rivers_u=rivers_u,
        rivers_v=rivers_v,
        xs=xs,
        ys=ys,
        waves=_waves(rng, float(xs[-1] - xs[0])),
        centre=centre,
        turn=float(rng.uniform(-0.25, 0.25)),
        seed=seed,
    )
    cuts = _cut(plan, rng)
    _trace(plan, cuts, rng)
    _bridge(plan, rng)
    return plan


def _shape(rng: np.random.Generator, xs: Floats, ys: Floats, quarters: int) -> set[tuple[int, int]]:
    """Return the cells nearest the centre in a lobed metric: a star-shaped town, hence in one piece."""
    lobes, phases = rng.uniform(0.0, 0.16, 3), rng.uniform(0, 2 * np.pi, 3)
    mx, my = (xs[:-1] + xs[1:]) / 2, (ys[:-1] + ys[1:]) / 2
    x, y = np.meshgrid(mx, my, indexing="ij")
    angle = np.arctan2(y, x)
    reach = 1 + sum(a * np.cos((k + 1) * angle + p) for k, (a, p) in enumerate(zip(lobes, phases, strict=True)))
    nearest = np.argsort((np.hypot(x, y) / reach).ravel(), kind="stable")[:quarters]
    cells = {(int(k) // len(my), int(k) % len(my)) for k in nearest}
    start = next((int(k) // len(my), int(k) % len(my)) for k in nearest)
    seen, todo = {start}, [start]
    while todo:
        i, j = todo.pop()
        for cell in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
            if cell in cells and cell not in seen:
                seen.add(cell)
                todo.append(cell)
    return seen


def _rivers(rng: np.random.Generator, side: int, quarters: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if quarters < 4:
        return (), ()
    off = max(1, round(float(rng.uniform(0.5, 1.6)) * np.sqrt(quarters) / 6))
    main = (side // 2 + off * int(rng.choice([-1, 1]))) * Q
    other: tuple[int, ...] = ()
    if quarters >= 40 and rng.random() < 0.6:
        other = ((side // 2 + int(rng.choice([-1, 1])) * max(2, round(np.sqrt(quarters) / 4))) * Q,)
    return ((main,), other) if rng.random() < 0.5 else (other, (main,))


def _waves(rng: np.random.Generator, across: float) -> Floats:
    """Return a few slow waves that bend all lines; their slopes sum to 0.62, so that no two lines ever cross."""
    rows = []
    for length, slope in ((max(2600.0, across / 1.2), 0.24), (1700.0, 0.22), (800.0, 0.16)):
        angle, way = rng.uniform(0, 2 * np.pi, 2)
        k = 2 * np.pi / length
        reach = slope / k
        phase = rng.uniform(0, 2 * np.pi)
        rows.append([reach * np.cos(way), reach * np.sin(way), k * np.cos(angle), k * np.sin(angle), phase])
    return np.array(rows)


def _cut(plan: Plan, rng: np.random.Generator) -> list[tuple[str, int, int, int, Street]]:
    """Cut every quarter into blocks by halving; returns the cuts as (line u or v, where, from, to, class)."""
    cuts: list[tuple[str, int, int, int, Street]] = []
    reach = max(1.0, np.sqrt(len(plan.quarters)) / 2)
    for number, (i, j) in enumerate(plan.quarters):
        wide = float(plan.xs[i + 1] - plan.xs[i]) / Q
        high = float(plan.ys[j + 1] - plan.ys[j]) / Q
        far = np.hypot(i + 0.5 - plan.centre[0] / Q, j + 0.5 - plan.centre[1] / Q) / reach
        wanted = float(rng.uniform(0.85, 1.2)) * (6200 + 4200 * min(1.0, far))
        todo = [(i * Q, j * Q, (i + 1) * Q, (j + 1) * Q, 0)]
        while todo:
            u0, v0, u1, v1, depth = todo.pop()
            w, h = (u1 - u0) * wide, (v1 - v0) * high
            across = w * rng.uniform(0.85, 1.15) > h
            low, top = (u0, u1) if across else (v0, v1)
            marks = np.arange(low + STEP, top, STEP)
            parts = (marks - low) / (top - low)
            span = w if across else h
            fair = marks[(parts > 0.33) & (parts < 0.67) & (parts * span > 38) & ((1 - parts) * span > 38)]
            if w * h < wanted * rng.uniform(1.15, 1.75) or len(fair) == 0:
                plan.rects.append(Rect(u0, v0, u1, v1, number))
                continue
            at = int(rng.choice(fair))
            kind = Street.RESIDENTIAL if depth < 2 else Street.LANE
            if across:
                cuts.append(("u", at, v0, v1, kind))
                todo += [(u0, v0, at, v1, depth + 1), (at, v0, u1, v1, depth + 1)]
            else:
                cuts.append(("v", at, u0, u1, kind))
                todo += [(u0, v0, u1, at, depth + 1), (u0, at, u1, v1, depth + 1)]
    return cuts


def _main_class(line: int, middle: int) -> Street:
    """Every fourth main line from the centre is primary, every second secondary, the rest tertiary."""
    away = abs(line - middle) // Q
    return Street.PRIMARY if away % 4 == 0 else Street.SECONDARY if away % 2 == 0 else Street.TERTIARY


def _trace(plan: Plan, cuts: list[tuple[str, int, int, int, Street]], rng: np.random.Generator) -> None:
    on_u: dict[int, set[int]] = defaultdict(set)
    on_v: dict[int, set[int]] = defaultdict(set)
    for r in plan.rects:
        for u in (r.u0, r.u1):
            for v in (r.v0, r.v1):
                on_u[u].add(v)
                on_v[v].add(u)
    lines_u = {u: sorted(vs) for u, vs in on_u.items()}
    lines_v = {v: sorted(us) for v, us in on_v.items()}

    def points(axis: str, at: int, low: int, top: int) -> list[Point]:
        marks = lines_u[at] if axis == "u" else lines_v[at]
        cut = marks[bisect_left(marks, low) : bisect_right(marks, top)]
        return [(at, m) if axis == "u" else (m, at) for m in cut]

    inner: dict[Edge, tuple[Street, int]] = {}
    for axis, at, low, top, kind in cuts:
        number = len(plan.streets)
        plan.streets.append((kind, number))
        along = points(axis, at, low, top)
        for edge in pairwise(along):
            inner[edge] = (kind, number)
    named: dict[tuple[str, int], int] = {}
    for block, r in enumerate(plan.rects):
        south = points("v", r.v0, r.u0, r.u1)
        east = points("u", r.u1, r.v0, r.v1)
        north = points("v", r.v1, r.u0, r.u1)
        west = points("u", r.u0, r.v0, r.v1)
        plan.rings.append(south[:-1] + east[:-1] + north[:0:-1] + west[:0:-1])
        for axis, at, row in (("v", r.v0, south), ("u", r.u1, east), ("v", r.v1, north), ("u", r.u0, west)):
            for edge in pairwise(row):
                plan.sides.setdefault(edge, []).append(block)
                if edge in plan.edges:
                    continue
                if edge in inner:
                    plan.edges[edge], plan.names[edge] = inner[edge]
                    continue
                river = at in (plan.rivers_u if axis == "u" else plan.rivers_v)
                kind = Street.RIVER if river else _main_class(at, plan.centre[0 if axis == "u" else 1])
                if (axis, at) not in named:
                    named[axis, at] = len(plan.streets)
                    plan.streets.append((kind, len(plan.streets)))
                plan.edges[edge], plan.names[edge] = kind, named[axis, at]


def _bridge(plan: Plan, rng: np.random.Generator) -> None:
    """Choose where streets cross rivers: all primary and most main streets, and more until all ground is joined."""
    wet = {p for e, kind in plan.edges.items() if kind == Street.RIVER for p in e}
    ends: dict[Point, list[Edge]] = defaultdict(list)
    for edge, kind in plan.edges.items():
        if kind != Street.RIVER:
            for p in edge:
                if p in wet:
                    ends[p].append(edge)
    both = sorted(p for p, met in ends.items() if len(met) == 2)
    for p in both:
        kind = max(plan.edges[e] for e in ends[p])
        if kind <= Street.PRIMARY or (kind <= Street.TERTIARY and rng.random() < 0.75):
            plan.bridges.add(p)
    parent: dict[object, object] = {}

    def find(x: object) -> object:
        while parent.setdefault(x, x) != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for edge, kind in plan.edges.items():
        if kind != Street.RIVER:
            a, b = (p if p not in wet or p in plan.bridges else (p, edge) for p in edge)
            parent[find(a)] = find(b)
    for p in sorted(both, key=lambda p: plan.edges[ends[p][0]]):
        if p not in plan.bridges:
            one, other = (find((p, e)) for e in ends[p])
            if one != other:
                parent[one] = other
                plan.bridges.add(p)
