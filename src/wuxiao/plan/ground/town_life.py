"""Life on the plan of an invented town: uses, households, communities, buildings, schools, premises, calls."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.streets import LAST_MAIN, WIDTHS, Street
from wuxiao.plan.ground.town import Premise, Town, Use, main_border
from wuxiao.plan.ground.town_names import Namer
from wuxiao.plan.ground.town_streets import Plan, Point
from wuxiao.plan.store import Floats, Ints

#: Greatest number of households in one block.
MOST = 150
#: Households a community has about.
COMMUNITY = 2000
#: Households on a square metre relative to one another, by use.
_DENSE = {Use.HOMES: 1.0, Use.OLD_TOWN: 0.6, Use.MIXED: 0.75, Use.WORKS: 0.06}
#: How calls are spread over the week: by homes, by shops and offices, by the places of the night.
_DAY_HOME = (6, 4, 3, 2, 2, 3, 5, 8, 9, 9, 9, 9, 10, 9, 8, 8, 9, 11, 13, 15, 16, 15, 12, 9)
_DAY_WORK = (2, 1, 1, 1, 1, 2, 4, 8, 14, 17, 18, 16, 13, 13, 16, 17, 16, 14, 11, 9, 7, 5, 4, 3)
_DAY_NIGHT = (14, 12, 9, 6, 3, 2, 2, 3, 5, 6, 7, 9, 10, 8, 7, 7, 8, 10, 13, 15, 17, 19, 19, 17)
_WEEK = (
    (1.0, 0.98, 0.98, 1.0, 1.05, 1.08, 1.04),
    (1.1, 1.06, 1.05, 1.05, 1.06, 0.8, 0.7),
    (0.8, 0.8, 0.85, 0.9, 1.3, 1.5, 1.0),
)


def settle(plan: Plan, households: int) -> Town:
    """Return the town on a plan."""
    namer = Namer(plan.seed)
    points = sorted({p for edge in plan.edges for p in edge})
    index = {p: k for k, p in enumerate(points)}
    rng = np.random.default_rng([plan.seed, 2])
    grid = np.array(points, dtype=np.float64)
    xy = plan.metres(grid) + rng.uniform(-2.5, 2.5, (len(points), 2))
    starts = np.r_[0, np.cumsum([len(r) for r in plan.rings])].astype(np.int64)
    corners = xy[np.array([index[p] for ring in plan.rings for p in ring], dtype=np.int64)]
    area, centre = _measure(starts, corners)
    quarter = np.array([r.quarter for r in plan.rects], dtype=np.int64)
    middle = plan.metres(np.array([plan.centre], dtype=np.float64))[0]
    streets, names_en, node_of = _streets(plan, xy, index, namer)
    borders, metres, kind = _borders(plan, xy, index)
    use, quarter_use = _uses(plan, quarter, area, centre, middle, households)
    people = _households(plan, use, area, centre, middle, households)
    community = _communities(plan, quarter, people, borders, metres, kind)
    count = int(community.max()) + 1
    labels = [namer.community() for _ in range(count)]
    buildings = _buildings(plan, use, people, streets, names_of(plan, node_of))
    schools = _schools(centre, use, people)
    premises = _premises(plan, xy, index, centre, use, people, quarter_use)
    calls, rhythm = _calls(plan, use, people, premises)
    river_at, river_points, river_names = _rivers(plan, xy, index, namer)
    return Town(
        seed=plan.seed,
        households=households,
        name=namer.county[0],
        name_en=namer.county[1],
        streets=streets,
        street_names_en=names_en,
        block_at=starts,
        block_corners=corners,
        block_centre=centre,
        block_area=area,
        block_households=people,
        block_use=use,
        block_community=community,
        block_node=_nearest_own_node(plan, centre, node_of, streets),
        block_calls=calls,
        block_rhythm=rhythm,
        borders=borders,
        border_metres=metres,
        border_street=kind,
        border_main=main_border(kind),
        community_names=tuple(a for a, _ in labels),
        community_names_en=tuple(b for _, b in labels),
        river_at=river_at,
        river_points=river_points,
        river_names=river_names,
        **buildings,
        **schools,
        **premises,
        hours=_hours(),
    )


def names_of(plan: Plan, node_of: dict[object, int]) -> dict[int, tuple[int, int, int, int]]:
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


def _measure(starts: Ints, corners: Floats) -> tuple[Floats, Floats]:
    """Return area and centroid of every ring."""
    after = np.arange(1, len(corners) + 1)
    after[starts[1:] - 1] = starts[:-1]
    x, y = corners.T
    cross = x * y[after] - x[after] * y
    area = np.add.reduceat(cross, starts[:-1]) / 2
    centre = np.stack([np.add.reduceat((v + v[after]) * cross, starts[:-1]) / (6 * area) for v in (x, y)], axis=1)
    return area, centre


def _streets(
    plan: Plan, xy: Floats, index: dict[Point, int], namer: Namer
) -> tuple[Network, tuple[str, ...], dict[object, int]]:
    """Return the network; a street that meets a river without a bridge ends on the bank."""
    wet = {p for edge, kind in plan.edges.items() if kind == Street.RIVER for p in edge}
    node_of: dict[object, int] = {}
    nodes: list[Floats] = []
    links, kinds, names = [], [], []
    for edge, kind in plan.edges.items():
        if kind == Street.RIVER:
            continue
        ends = []
        for p, other in (edge, edge[::-1]):
            dry = p not in wet or p in plan.bridges
            key: object = p if dry else (p, edge)
            if key not in node_of:
                node_of[key] = len(nodes)
                at, away = xy[index[p]], xy[index[other]]
                nodes.append(at if dry else at + (away - at) * min(0.4, 14 / float(np.hypot(*(away - at)))))
            ends.append(node_of[key])
        links.append(ends)
        kinds.append(int(kind))
        names.append(plan.names[edge])
    place = np.array(nodes)
    ends_of = np.array(links, dtype=np.int64)
    street = np.array(kinds, dtype=np.int64)
    metres = np.hypot(*(place[ends_of[:, 0]] - place[ends_of[:, 1]]).T)
    zh, en = _street_names(plan, namer)
    every = np.ones(len(links), dtype=bool)
    rng = np.random.default_rng([plan.seed, 3])
    width = np.round(WIDTHS[street] * rng.uniform(0.85, 1.15, len(plan.streets))[names], 1)
    network = Network(
        nodes=place, links=ends_of, street=street, metres=metres, along=every, back=every, width=width,
        name=np.array(names, dtype=np.int64), names=zh,
    )  # fmt: skip
    return network, en, node_of


def _street_names(plan: Plan, namer: Namer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name main streets and rivers; a lesser street is a numbered lane of a main street of its quarter."""
    main: dict[int, tuple[int, int]] = {}
    home: dict[int, int] = {}
    for edge, kind in plan.edges.items():
        number, quarter = plan.names[edge], plan.rects[plan.sides[edge][0]].quarter
        home.setdefault(number, quarter)
        if kind <= LAST_MAIN:
            for block in plan.sides[edge]:
                best = (int(kind), number)
                at = plan.rects[block].quarter
                main[at] = min(main.get(at, best), best)
    zh, en = [""] * len(plan.streets), [""] * len(plan.streets)
    for number, (kind, _) in enumerate(plan.streets):
        if kind <= LAST_MAIN or kind == Street.RIVER:
            zh[number], en[number] = namer.street(kind)
    lanes: dict[int, int] = defaultdict(int)
    for number, (kind, _) in enumerate(plan.streets):
        if not zh[number]:
            of = main[home[number]][1]
            lanes[of] += 1
            zh[number], en[number] = f"{zh[of]}{lanes[of]}巷", f"{en[of]} Lane {lanes[of]}"
    return tuple(zh), tuple(en)


def _borders(plan: Plan, xy: Floats, index: dict[Point, int]) -> tuple[Ints, Floats, Ints]:
    metres: dict[tuple[int, int], float] = defaultdict(float)
    kinds: dict[tuple[int, int], Street] = {}
    for edge, blocks in plan.sides.items():
        if len(blocks) != 2:
            continue
        pair = (min(blocks), max(blocks))
        a, b = (xy[index[p]] for p in edge)
        metres[pair] += float(np.hypot(*(a - b)))
        kind = plan.edges[edge]
        before = kinds.get(pair, kind)
        kinds[pair] = Street.RIVER if Street.RIVER in (kind, before) else min(kind, before)
    pairs = sorted(metres)
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table, np.array([metres[p] for p in pairs]), np.array([kinds[p] for p in pairs], dtype=np.int64)


def _uses(
    plan: Plan, quarter: Ints, area: Floats, centre: Floats, middle: Floats, households: int
) -> tuple[Ints, Ints]:
    rng = np.random.default_rng([plan.seed, 4])
    away = np.hypot(*(centre - middle).T)
    reach = float(np.quantile(away, 0.95)) + 1.0
    quarters = len(plan.quarters)
    far = np.bincount(quarter, away, quarters) / np.bincount(quarter, minlength=quarters) / reach
    lot = rng.random(quarters)
    of = np.full(quarters, int(Use.HOMES))
    of[(far < 0.55) & (lot < 0.75 - far)] = Use.OLD_TOWN
    of[(far < 0.35) & (lot > 0.62)] = Use.MIXED
    of[(far > 0.7) & (lot > 0.88)] = Use.WORKS
    use = of[quarter]
    lot = rng.random(len(use))
    use[(lot < 0.10) & (use == Use.HOMES)] = Use.MIXED
    use[(lot > 0.975) & (use != Use.WORKS)] = Use.PARK
    use[(lot > 0.962) & (lot <= 0.975)] = Use.PUBLIC
    wanted = max(1, round(households / 2600))
    roomy = np.flatnonzero((area > np.quantile(area, 0.5)) & (use <= Use.MIXED))
    # Schools stand apart: each next one is the farthest, of a few drawn, from those there are.
    chosen: list[int] = []
    for _ in range(min(wanted, len(roomy) // 2)):
        few = rng.choice(roomy, min(8, len(roomy)), replace=False)
        if chosen:
            apart = np.hypot(*(centre[few][:, None] - centre[chosen][None]).transpose(2, 0, 1)).min(axis=1)
            few = few[np.argsort(-apart, kind="stable")]
        pick = int(few[0])
        if pick not in chosen:
            chosen.append(pick)
    use[chosen] = Use.SCHOOL
    return use.astype(np.int64), of


def _households(plan: Plan, use: Ints, area: Floats, centre: Floats, middle: Floats, total: int) -> Ints:
    rng = np.random.default_rng([plan.seed, 5])
    dense = np.array([_DENSE.get(Use(k), 0.0) for k in range(len(Use))])
    away = np.hypot(*(centre - middle).T)
    near = 1.25 - 0.55 * away / (away.max() + 1)
    weight = area * dense[use] * near * rng.gamma(5.0, 0.2, len(use))
    if not weight.any():
        weight = area.copy()
    people = np.zeros(len(use))
    free = weight > 0
    # What the cap cuts off goes to the blocks that have room.
    for _ in range(60):
        left = total - people.sum()
        if left < 0.5 or not free.any():
            break
        people[free] += left * weight[free] / weight[free].sum()
        people = np.minimum(people, MOST)
        free = (weight > 0) & (people < MOST)
    whole = np.floor(people).astype(np.int64)
    lacking = int(total - whole.sum())
    order = np.argsort(-(people - whole), kind="stable")
    while lacking > 0:
        take = order[(whole[order] < MOST) & (weight[order] > 0)][:lacking]
        take = take if len(take) else order[:lacking]
        whole[take] += 1
        lacking -= len(take)
    return whole


def _communities(plan: Plan, quarter: Ints, people: Ints, borders: Ints, metres: Floats, kind: Ints) -> Ints:
    """Join whole quarters on one bank of the rivers into communities of about `COMMUNITY` households."""
    n = len(plan.quarters)
    size = np.bincount(quarter, people, n)
    touch: list[dict[int, float]] = [{} for _ in range(n)]
    wet: list[dict[int, float]] = [{} for _ in range(n)]
    for (a, b), long, what in zip(quarter[borders].tolist(), metres.tolist(), kind.tolist(), strict=True):
        if a != b:
            for one, other in ((a, b), (b, a)):
                into = wet if what == Street.RIVER else touch
                into[one][other] = into[one].get(other, 0.0) + long
    label = np.full(n, -1)
    totals: list[float] = []
    while (label < 0).any():
        open_ = [q for q in range(n) if label[q] < 0]
        start = min(open_, key=lambda q: (sum(label[x] < 0 for x in touch[q]), q)) if n < 400 else open_[0]
        here, held = [start], float(size[start])
        label[start] = len(totals)
        while held < COMMUNITY:
            around: dict[int, float] = defaultdict(float)
            for q in here:
                for x, long in touch[q].items():
                    if label[x] < 0 and held + size[x] <= COMMUNITY * 1.3:
                        around[x] += long
            if not around:
                break
            best = max(sorted(around), key=lambda x: around[x])
            label[best] = len(totals)
            here.append(best)
            held += float(size[best])
        totals.append(held)
    while len(alive := [k for k in range(len(totals)) if totals[k] >= 0]) > 1:
        small = min(alive, key=lambda k: (totals[k], k))
        if totals[small] >= COMMUNITY * 0.4:
            break
        mine = np.flatnonzero(label == small).tolist()
        beside = {int(label[x]) for q in mine for x in touch[q] if label[x] != small}
        beside = beside or {int(label[x]) for q in mine for x in wet[q] if label[x] != small}
        if not beside:
            break
        into = min(sorted(beside), key=lambda k: totals[k])
        label[mine] = into
        totals[into] += totals[small]
        totals[small] = -1.0
    _, tidy = np.unique(label, return_inverse=True)
    return np.asarray(tidy[quarter], dtype=np.int64)


def _nearest_own_node(plan: Plan, centre: Floats, node_of: dict[object, int], streets: Network) -> Ints:
    block, node = [], []
    for edge, blocks in plan.sides.items():
        if plan.edges[edge] == Street.RIVER:
            continue
        for p in edge:
            row = node_of[p] if p in node_of and (p, edge) not in node_of else node_of[p, edge]
            for b in blocks:
                block.append(b)
                node.append(row)
    blocks_of, nodes_of = np.array(block), np.array(node)
    apart = np.hypot(*(centre[blocks_of] - streets.nodes[nodes_of]).T)
    order = np.lexsort((nodes_of, apart, blocks_of))
    first = np.r_[True, np.diff(blocks_of[order]) > 0]
    return np.asarray(nodes_of[order][first], dtype=np.int64)


def _buildings(
    plan: Plan, use: Ints, people: Ints, streets: Network, sides: dict[int, tuple[int, int, int, int]]
) -> dict[str, Ints | Floats]:
    rng = np.random.default_rng([plan.seed, 6])
    rect = np.array([(r.u0, r.v0, r.u1, r.v1) for r in plan.rects], dtype=np.float64)
    low, high = plan.metres(rect[:, :2]), plan.metres(rect[:, 2:])
    spans = np.abs(plan.flat(rect[:, 2:]) - plan.flat(rect[:, :2]))
    room = spans.prod(axis=1)
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
    inside = 0.14 + 0.72 * part
    lattice = rect[block, :2] + inside * (rect[block, 2:] - rect[block, :2])
    xy = plan.metres(lattice)
    ahead = plan.metres(lattice + np.array([0.5, 0.0])) - xy
    angle = np.arctan2(ahead[:, 1], ahead[:, 0])
    cell = 0.72 * spans[block] / np.stack([columns[block], rows[block]], 1)
    size = np.minimum(cell * rng.uniform(0.5, 0.72, cell.shape), np.array([60.0, 16.0]))
    base, extra = people[block] // np.maximum(count[block], 1), people[block] % np.maximum(count[block], 1)
    homes = (base + (rank < extra)).astype(np.int64)
    floors = np.array([3, 2, 2, 1, 4, 1, 4])[use[block]]
    needed = np.ceil(homes / np.maximum(1, size.prod(axis=1) // 95))
    storeys = np.clip(np.maximum(floors, needed), 1, 33).astype(np.int64)
    del low, high
    gaps = np.stack([inside[:, 1], 1 - inside[:, 0], 1 - inside[:, 1], inside[:, 0]], 1)
    gaps *= np.stack([spans[block, 1], spans[block, 0]] * 2, 1)
    names = np.array([sides[b] for b in range(len(use))], dtype=np.int64).reshape(-1, 4)[block]
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


def _schools(centre: Floats, use: Ints, people: Ints) -> dict[str, Ints | Floats]:
    """Every school takes the children of the households nearest to it: one child at school to three households."""
    from scipy.spatial import cKDTree

    block = np.flatnonzero(use == Use.SCHOOL)
    if len(block) == 0:
        return {"school_xy": np.empty((0, 2)), "school_block": block, "school_pupils": block}
    _, nearest = cKDTree(centre[block]).query(centre)
    pupils = np.bincount(nearest, people / 3.0, len(block)).round().astype(np.int64)
    return {"school_xy": centre[block], "school_block": block.astype(np.int64), "school_pupils": pupils}


def _premises(
    plan: Plan, xy: Floats, index: dict[Point, int], centre: Floats, use: Ints, people: Ints, quarter_use: Ints
) -> dict[str, Ints | Floats]:
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


def _calls(plan: Plan, use: Ints, people: Ints, premises: dict[str, Ints | Floats]) -> tuple[Floats, Ints]:
    """Return the calls a year and the rhythm of every block: what homes and what premises give."""
    rng = np.random.default_rng([plan.seed, 8])
    year = np.array([0.5, 1.2, 8.0, 2.5, 6.0, 4.0, 0.4, 2.0, 1.0, 1.0, 16.0, 22.0])
    kinds, blocks = np.asarray(premises["premise_kind"], int), np.asarray(premises["premise_block"], int)
    night = np.isin(kinds, [Premise.RESTAURANT, Premise.KARAOKE, Premise.NET_CAFE, Premise.HOTEL])
    homes = people * 0.11 * rng.gamma(6.0, 1 / 6.0, len(people))
    work = np.bincount(blocks, year[kinds] * ~night, len(people)) + np.where(use >= Use.WORKS, 0.8, 0.1)
    late = np.bincount(blocks, year[kinds] * night, len(people))
    return homes + work + late, np.argmax([homes, work, late], axis=0).astype(np.int64)


def _hours() -> Floats:
    rows = []
    for day, week in zip((_DAY_HOME, _DAY_WORK, _DAY_NIGHT), _WEEK, strict=True):
        row = np.outer(week, day).ravel()
        rows.append(row / row.sum())
    return np.array(rows)


def _rivers(plan: Plan, xy: Floats, index: dict[Point, int], namer: Namer) -> tuple[Ints, Floats, tuple[str, ...]]:
    lines: dict[int, set[Point]] = defaultdict(set)
    for edge, kind in plan.edges.items():
        if kind == Street.RIVER:
            lines[plan.names[edge]] |= set(edge)
    rows = [np.array([xy[index[p]] for p in sorted(points)]) for _, points in sorted(lines.items())]
    starts = np.r_[0, np.cumsum([len(r) for r in rows])].astype(np.int64)
    names = tuple(namer.street(Street.RIVER)[0] for _ in rows)
    return starts, np.concatenate(rows) if rows else np.empty((0, 2)), names
