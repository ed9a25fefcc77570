"""From streets to a graph of seconds: speeds by class and hour, one-way streets, barred and costly turns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.streets import FREE, Mode, speed_share
from wuxiao.plan.store import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCost:
    """Seconds every turn costs a driver at a crossing of three or more links; straight on is within 35 degrees."""

    left: float = 0.0
    right: float = 0.0
    straight: float = 0.0
    back: float = 0.0

    def __post_init__(self) -> None:
        for name in ("left", "right", "straight", "back"):
            if not getattr(self, name) >= 0:
                raise BadProblem(name, Said("转弯秒数须不小于零", "the seconds of a turn must not be below zero"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arcs:
    """A directed graph: arc k goes from `tail[k]` to `head[k]` in `seconds[k]`.

    `link[k]` is its street and `way[k]` 0 along it or 1 back; a turn has link -1.

    A node of the network is entered into the graph at `leave[node]` and reached at `reach[node]`; they are the node's
    own number but where turns cost something: such a node is drawn out into one vertex for every arc in and out.
    `door[k]` is the vertex where one is who comes to a place on arc k: its tail, but where the arc is there more than
    once, for who came by a path that is barred further on and for others; such copies stand after all others.
    """

    vertices: int
    tail: Ints
    head: Ints
    seconds: Floats
    link: Ints
    way: Ints
    leave: Ints
    reach: Ints
    door: Ints


def link_seconds(network: Network, mode: Mode, hour: float | None = None) -> Floats:
    """Return the seconds along and back of every link, shape (m, 2), infinite where one may not go.

    Driving: the link's own free speed, or its class's, times the share left at `hour` (0-24; None: free roads).
    """
    column = {Mode.WALK: 0, Mode.RIDE: 1, Mode.DRIVE: 2}[mode]
    base = np.repeat(FREE[network.street, column][:, None], 2, axis=1)
    if mode == Mode.DRIVE:
        base = np.where(network.speed > 0, network.speed, base) * speed_share(hour)[network.street][:, None]
    with np.errstate(divide="ignore"):
        seconds = network.metres[:, None] * 3.6 / base
    seconds[~network.may(mode)] = np.inf
    if mode != Mode.WALK:
        seconds[~network.along, 0] = np.inf
        seconds[~network.back, 1] = np.inf
    return np.asarray(seconds)


def arcs(network: Network, mode: Mode = Mode.DRIVE, hour: float | None = None, cost: TurnCost | None = None) -> Arcs:
    """Return the graph of a mode at an hour; turns bind drivers and riders, not walkers."""
    seconds = link_seconds(network, mode, hour)
    network = _binding(network, mode)
    n = len(network.nodes)
    link, way = np.nonzero(np.isfinite(seconds))
    tail, head = network.links[link, way], network.links[link, 1 - way]
    moving = tail != head
    link, way, tail, head = link[moving], way[moving], tail[moving], head[moving]
    took = seconds[link, way]
    own = np.arange(n)
    turned = mode != Mode.WALK and (len(network.turns) > 0 or len(network.paths) > 0 or cost is not None)
    if not turned:
        return Arcs(vertices=n, tail=tail, head=head, seconds=took, link=link, way=way, leave=own, reach=own, door=tail)
    many = np.bincount(network.links[np.unique(link)].ravel(), minlength=n)
    split = np.zeros(n, bool)
    split[network.turns[:, 1]] = True
    split[[node for path in network.paths for node in path[1::2]]] = True
    if cost is not None:
        split |= many > 2
    twin, onto = _twins(network, link, way, tail, head)
    link, way, tail, head, took = (np.r_[x, x[twin]] for x in (link, way, tail, head, took))
    return _drawn_out(network, tail, head, took, link, way, split, many, cost, twin, onto)


def _binding(network: Network, mode: Mode) -> Network:
    """Return the network with those turns and paths alone that bind a mode."""
    turns, paths = (np.asarray(modes & int(mode), bool) for modes in (network.turn_modes, network.path_modes))
    if turns.all() and paths.all():
        return network
    return replace(
        network, turns=network.turns[turns], turn_seconds=network.turn_seconds[turns],
        turn_modes=network.turn_modes[turns],
        paths=tuple(path for path, there in zip(network.paths, paths, strict=True) if there),
        path_modes=network.path_modes[paths],
    )  # fmt: skip


def _twins(
    network: Network, link: Ints, way: Ints, tail: Ints, head: Ints
) -> tuple[Ints, dict[tuple[int, int], int | None]]:
    """Return the arcs that are needed once more to remember by which path one came, and who must go on to what.

    Twin t of arc ``twin[t]`` is arc m + t. ``onto[k, j]`` is where arc k goes on to instead of j, None where barred;
    a twin that is not named goes on like the arc it is the twin of.
    """
    m = len(link)
    arc_of = {(int(link[k]), int(tail[k])): k for k in range(m)} if network.paths else {}
    twin: list[int] = []
    onto: dict[tuple[int, int], int | None] = {}
    for path in network.paths:
        # Whoever goes through a node leaves by an arc whose tail it is; the first arc is the one that ends there.
        first = int(network.links[path[0]].sum()) - path[1]
        keys = [(path[0], first), *((path[k + 1], path[k]) for k in range(1, len(path), 2))]
        steps = [arc_of[key] for key in keys if key in arc_of]
        if len(steps) < len(keys):
            continue
        at: int | None = steps[0]
        for step in steps[1:-1]:
            if at is not None and (at, step) not in onto:
                onto[at, step] = m + len(twin)
                twin.append(step)
            at = None if at is None else onto[at, step]
        if at is not None:
            onto[at, steps[-1]] = None
    return np.array(twin, dtype=np.int64), onto


def _drawn_out(
    network: Network,
    tail: Ints,
    head: Ints,
    took: Floats,
    link: Ints,
    way: Ints,
    split: Bools,
    many: Ints,
    cost: TurnCost | None,
    twin: Ints,
    onto: dict[tuple[int, int], int | None],
) -> Arcs:
    """Give every arc its own vertex at each end that is split, and join them by the turns that may be made."""
    n, m = len(network.nodes), len(link) - len(twin)
    out_at, in_at = split[tail], split[head]
    vertex_out = np.where(out_at, n + np.cumsum(out_at) - 1, tail)
    first_in = n + int(out_at.sum())
    vertex_in = np.where(in_at, first_in + np.cumsum(in_at) - 1, head)
    last = first_in + int(in_at.sum())
    ends = np.flatnonzero(split)
    reach = np.arange(n)
    reach[ends] = last + np.arange(len(ends))
    listed: dict[tuple[int, int, int], float] = {}
    for (a, node, b), held in zip(network.turns.tolist(), network.turn_seconds.tolist(), strict=True):
        listed[a, node, b] = max(held, listed.get((a, node, b), 0.0))
    coming: dict[int, list[int]] = {}
    going: dict[int, list[int]] = {}
    for k in np.flatnonzero(in_at).tolist():
        coming.setdefault(int(head[k]), []).append(k)
    for k in np.flatnonzero(out_at[:m]).tolist():
        going.setdefault(int(tail[k]), []).append(k)
    heading_in, heading_out = _headings(network, link, way)
    tails, heads, seconds = [], [], []
    for node, into in coming.items():
        out = going.get(node, [])
        for a in into:
            for b in out:
                held = listed.get((int(link[a]), node, int(link[b])), 0.0)
                if cost is not None and many[node] > 2:
                    held += cost.back if link[a] == link[b] else _turn(cost, heading_out[b] - heading_in[a])
                like = a if (a, b) in onto or a < m else int(twin[a - m])
                next_ = onto.get((like, b), b)
                if next_ is not None and np.isfinite(held):
                    tails.append(vertex_in[a])
                    heads.append(vertex_out[next_])
                    seconds.append(held)
    # One may set out on an arc from its node, but on no twin; a place on an arc with twins is reached by any of them.
    start = np.flatnonzero(out_at[:m])
    doubled = np.unique(twin)
    door = vertex_out.copy()
    door[doubled] = last + len(ends) + np.arange(len(doubled))
    of_twin = door[twin]
    free = int(len(start) + in_at.sum() + len(doubled) + len(twin))
    return Arcs(
        vertices=last + len(ends) + len(doubled),
        tail=np.r_[
            vertex_out, tail[start], vertex_in[in_at], vertex_out[doubled], vertex_out[m:], np.array(tails, np.int64)
        ],
        head=np.r_[vertex_in, vertex_out[start], reach[head[in_at]], door[doubled], of_twin, np.array(heads, np.int64)],
        seconds=np.r_[took, np.zeros(free), np.array(seconds, dtype=np.float64)],
        link=np.r_[link, np.full(free + len(tails), -1)],
        way=np.r_[way, np.zeros(free + len(tails), np.int64)],
        leave=np.arange(n),
        reach=reach,
        door=door,
    )


def _headings(network: Network, link: Ints, way: Ints) -> tuple[Floats, Floats]:
    """Return the heading with which every arc arrives and with which it leaves, radians."""
    arrive, leave = np.empty(len(link)), np.empty(len(link))
    for k, (row, back) in enumerate(zip(link.tolist(), way.tolist(), strict=True)):
        line = network.line(row)
        line = line[::-1] if back else line
        first, last = line[1] - line[0], line[-1] - line[-2]
        leave[k], arrive[k] = np.arctan2(first[1], first[0]), np.arctan2(last[1], last[0])
    return arrive, leave


def _turn(cost: TurnCost, angle: float) -> float:
    bent = (angle + np.pi) % (2 * np.pi) - np.pi
    if abs(bent) <= np.radians(35):
        return cost.straight
    if abs(bent) >= np.radians(170):
        return cost.back
    return cost.left if bent > 0 else cost.right
