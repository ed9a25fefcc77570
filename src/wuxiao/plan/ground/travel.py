"""Travel over a street network: times from many to many, from points off the streets, routes, what is within reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground import hierarchy
from wuxiao.plan.ground.arcs import Arcs, TurnCost, arcs, link_seconds
from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.snap import Snapped, snap
from wuxiao.plan.ground.streets import FREE, Mode, Street
from wuxiao.plan.store import Floats, Ints

#: On foot from a door to the street, metres a second.
ON_FOOT = float(FREE[Street.RESIDENTIAL, 0]) / 3.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way: nodes from first to last, the links between them, its seconds and metres."""

    nodes: Ints
    links: Ints
    seconds: float
    metres: float


class Travel:
    """A network as one mode finds it at one hour (0-24, None: free roads); `at` gives another hour cheaply.

    Times are exact: the same as Dijkstra's but for the last bits of rounding. `cost` are seconds for every turn.
    """

    def __init__(
        self,
        network: Network,
        *,
        mode: Mode = Mode.DRIVE,
        hour: float | None = None,
        cost: TurnCost | None = None,
        _order: hierarchy.Order | None = None,
    ) -> None:
        self.network, self.mode, self.hour, self.cost = network, mode, hour, cost
        self.arcs: Arcs = arcs(network, mode, hour, cost)
        self._order = hierarchy.prepare(self.arcs) if _order is None else _order
        self._weighted = hierarchy.weigh(self._order, self.arcs.seconds)

    def at(self, hour: float | None) -> Travel:
        """Return the same network at another hour; the order of the hierarchy is kept."""
        return Travel(self.network, mode=self.mode, hour=hour, cost=self.cost, _order=self._order)

    def seconds(self, sources: Any, targets: Any, *, all_reached: bool = False) -> Floats:
        """Return the seconds between nodes, shape (sources, targets), infinite where there is no way.

        Raises `BadProblem` naming the row of a node there is not and, with `all_reached`, of a source that does not
        reach every target.
        """
        go, to = self._nodes(sources, "sources"), self._nodes(targets, "targets")
        took = hierarchy.many_to_many(self._weighted, self.arcs.leave[go], self.arcs.reach[to])
        if self.arcs.vertices > len(self.network.nodes):
            # A drawn-out node is left at one vertex and reached at another; one is nevertheless there at once.
            took[go[:, None] == to[None, :]] = 0.0
        if all_reached:
            _refuse_unreached(took, "sources")
        return took

    def between(self, sources: Any, targets: Any, *, furthest: float = 500.0, all_reached: bool = False) -> Floats:
        """Return the seconds between points (metres, shape (k, 2)), on foot from each to the nearest place of a street.

        Raises `BadProblem` naming the row of a point farther than `furthest` metres from any street of the mode.
        """
        from_ = snap(self.network, sources, self.mode, furthest=furthest, where="sources")
        to = snap(self.network, targets, self.mode, furthest=furthest, where="targets")
        seconds = link_seconds(self.network, self.mode, self.hour)
        row = _arc_rows(self.arcs, self.network)
        out_vertex, out_cost = self._doors(from_, seconds, row, leaving=True)
        in_vertex, in_cost = self._doors(to, seconds, row, leaving=False)
        starts, start_of = np.unique(out_vertex, return_inverse=True)
        ends, end_of = np.unique(in_vertex, return_inverse=True)
        core = hierarchy.many_to_many(self._weighted, starts, ends)
        start_of, end_of = start_of.reshape(out_vertex.shape), end_of.reshape(in_vertex.shape)
        took = np.full((len(from_.link), len(to.link)), np.inf)
        for i in range(2):
            for j in range(2):
                way = core[start_of[:, i][:, None], end_of[:, j][None, :]]
                took = np.minimum(took, way + out_cost[:, i][:, None] + in_cost[:, j][None, :])
        self._same_link(took, from_, to, seconds)
        took += (from_.off[:, None] + to.off[None, :]) / ON_FOOT
        if all_reached:
            _refuse_unreached(took, "sources")
        return np.asarray(took)

    def route(self, source: int, target: int) -> Route:
        """Return a fastest way between two nodes; raises `BadProblem` where there is none."""
        go, to = self._nodes([source], "source"), self._nodes([target], "target")
        if source == target:
            return Route(nodes=go, links=np.empty(0, np.int64), seconds=0.0, metres=0.0)
        everywhere = hierarchy.many_to_many(
            self._weighted, self.arcs.leave[go], np.arange(self.arcs.vertices, dtype=np.int64)
        )[0]
        at = int(self.arcs.reach[to[0]])
        if not np.isfinite(everywhere[at]):
            said = Said(f"从路口{source}到不了路口{target}", f"no way leads from node {source} to node {target}")
            raise BadProblem("target", said)
        by_head = np.argsort(self.arcs.head, kind="stable")
        first = np.searchsorted(self.arcs.head[by_head], np.arange(self.arcs.vertices + 1))
        total, links, nodes = float(everywhere[at]), [], [target]
        start = int(self.arcs.leave[go[0]])
        while at != start:
            into = by_head[first[at] : first[at + 1]]
            best = int(into[np.argmin(everywhere[self.arcs.tail[into]] + self.arcs.seconds[into])])
            link = int(self.arcs.link[best])
            if link >= 0:
                links.append(link)
                a, b = self.network.links[link].tolist()
                nodes.append(a if nodes[-1] == b else b)
            at = int(self.arcs.tail[best])
        way = np.array(links[::-1], dtype=np.int64)
        metres = float(self.network.metres[way].sum())
        return Route(nodes=np.array(nodes[::-1], dtype=np.int64), links=way, seconds=total, metres=metres)

    def from_point(self, point: Any, *, furthest: float = 500.0) -> Floats:
        """Return the seconds from one point (metres) to every node of the network."""
        snapped = snap(
            self.network, np.asarray(point, float).reshape(1, 2), self.mode, furthest=furthest, where="point"
        )
        seconds = link_seconds(self.network, self.mode, self.hour)
        vertex, cost = self._doors(snapped, seconds, _arc_rows(self.arcs, self.network), leaving=True)
        took = hierarchy.many_to_many(self._weighted, vertex[0], self.arcs.reach)
        best = np.min(took + cost[0][:, None], axis=0)
        return np.asarray(best + snapped.off[0] / ON_FOOT)

    def _nodes(self, rows: Any, where: str) -> Ints:
        nodes = np.asarray(rows, dtype=np.int64).reshape(-1)
        bad = np.flatnonzero((nodes < 0) | (nodes >= len(self.network.nodes)))
        if len(bad):
            raise BadProblem(where, Said("没有这个路口", "there is no such node"), int(bad[0]))
        return nodes

    def _doors(self, at: Snapped, seconds: Floats, row: Ints, *, leaving: bool) -> tuple[Ints, Floats]:
        """Return for every snapped point the two vertices by which one comes away from it or up to it, and the seconds.

        Going along the link one leaves it at its arc's head and comes to it by its arc's door; so turns are kept.
        """
        vertex, cost = np.zeros((len(at.link), 2), np.int64), np.full((len(at.link), 2), np.inf)
        for way in range(2):
            arc = row[at.link, way]
            may = arc >= 0
            done = at.share if way == 0 else 1 - at.share
            part = 1 - done if leaving else done
            ends = self.arcs.head if leaving else self.arcs.door
            vertex[may, way] = ends[arc[may]]
            cost[may, way] = (part * seconds[at.link, way])[may]
        return vertex, cost

    def _same_link(self, took: Floats, from_: Snapped, to: Snapped, seconds: Floats) -> None:
        """Two points on one link may be joined without reaching its ends."""
        by_link: dict[int, list[int]] = {}
        for j, link in enumerate(to.link.tolist()):
            by_link.setdefault(link, []).append(j)
        for i, link in enumerate(from_.link.tolist()):
            for j in by_link.get(link, ()):
                ahead = float(to.share[j] - from_.share[i])
                for way, gap in ((0, ahead), (1, -ahead)):
                    if gap >= 0 and np.isfinite(seconds[link, way]):
                        took[i, j] = min(took[i, j], gap * seconds[link, way])


def _arc_rows(graph: Arcs, network: Network) -> Ints:
    """Return the arc of every link along and back, -1 where there is none."""
    rows = np.full((len(network.links), 2), -1)
    # The first arc of a link counts: its twins stand behind.
    street = np.flatnonzero(graph.link >= 0)[::-1]
    rows[graph.link[street], graph.way[street]] = street
    return rows


def _refuse_unreached(took: Floats, where: str) -> None:
    bad = np.argwhere(~np.isfinite(took))
    if len(bad):
        i, j = bad[0].tolist()
        said = Said(
            f"到不了目标{j}：路网不连通，请补路段或去掉孤立部分",
            f"does not reach target {j}: the streets are not connected; add links or leave out the severed part",
        )
        raise BadProblem(where, said, i)
