"""Life on the plan of an invented town: names, uses, households, communities."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.streets import LAST_MAIN, WIDTHS, Street, main_border
from wuxiao.plan.ground.town import built
from wuxiao.plan.ground.town.names import Namer
from wuxiao.plan.ground.town.streets import Plan, Point
from wuxiao.plan.ground.town.table import Town, Use
from wuxiao.plan.store import Floats, Ints

#: Greatest number of households in one block.
MOST = 150
#: How far from the middle of a river a street ends that no bridge carries over it; metres.
BANK = float(WIDTHS[Street.RIVER]) / 2 + 2
#: Households a community has about.
COMMUNITY = 2000
#: Households on a square metre relative to one another, by use.
_DENSE = {Use.HOMES: 1.0, Use.OLD_TOWN: 0.6, Use.MIXED: 0.75, Use.WORKS: 0.06}


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
    buildings = built.buildings(plan, use, people, streets, built.sides_of(plan))
    schools = built.schools(centre, use, people)
    premises = built.premises(plan, xy, index, centre, use, people, quarter_use)
    calls, rhythm = built.calls(plan, use, people, premises)
    river_at, river_points, river_names = built.rivers(plan, xy, index, namer)
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
        hours=built.hours(),
    )


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
                nodes.append(at if dry else at + (away - at) * min(0.4, BANK / float(np.hypot(*(away - at)))))
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
    """Name main streets and rivers; a lesser street is a numbered lane of the main street at hand that has fewest."""
    mains: dict[int, set[int]] = defaultdict(set)
    home: dict[int, int] = {}
    for edge, kind in plan.edges.items():
        number = plan.names[edge]
        for block in plan.sides[edge]:
            quarter = plan.rects[block].quarter
            home.setdefault(number, quarter)
            if kind <= LAST_MAIN:
                mains[quarter].add(number)
    zh, en = [""] * len(plan.streets), [""] * len(plan.streets)
    for number, (kind, _) in enumerate(plan.streets):
        if kind <= LAST_MAIN or kind == Street.RIVER:
            zh[number], en[number] = namer.street(kind)
    lanes: Counter[int] = Counter()
    for number in range(len(plan.streets)):
        if not zh[number]:
            of = min(mains[home[number]], key=lambda main: (lanes[main], main))
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
                near = wet if what == Street.RIVER else touch
                near[one][other] = near[one].get(other, 0.0) + long
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
