"""JEMSS's rules once more, on every node of the road network: what a replay by zones is compared with.

A peer, not part of the product: it shares no code with `wuxiao.plan.replay`. It is our reading of JEMSS.jl's source
(simulation, dispatch, route, network, generation of calls, statistics), not a run of JEMSS. The rules:

- A call lies anywhere in a cell of the raster, cells by their value; it joins the road at the nearest node with access,
  in a straight line at the speed off road of the mode of travel. Stations and hospitals join it in the same way.
- When the dispatch delay is over, the unit with the least time is sent: those at a station or on the way to one, and
  those on the way to a call that may be left for this one. A unit under way goes on to its next node first.
- Without a unit a call waits by priority, then by arrival; a unit that becomes free takes the first of the line.
- After the work on scene the patient goes to the hospital nearest in time, at the speed of low priority; the free unit
  returns to its own station at that speed.
- A share is that of the calls that arrive in the period after the warm-up; its interval is Student's over replications.
"""

from __future__ import annotations

import re
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numba import njit
from scipy import sparse, stats
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

DAY = 1440.0
IDLE, RETURNING, TO_CALL, AT_CALL, TO_HOSPITAL, AT_HOSPITAL = range(6)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Calls of one replication; times in minutes, `xy` in the coordinates of the model."""

    at: np.ndarray
    priority: np.ndarray
    delay: np.ndarray
    scene: np.ndarray
    carried: np.ndarray
    handover: np.ndarray
    xy: np.ndarray


class City:
    """A city model's folder, read for node-by-node simulation."""

    def __init__(self, folder: Path, part: str = "test") -> None:
        def rows(pattern: str, table: str) -> list[dict[str, str]]:
            text = next(iter(sorted(folder.glob(pattern)))).read_text(encoding="utf-8-sig")
            block = next(b for b in re.split(r"\n[,\s]*\n", text) if b.lstrip().split(",")[0].strip() == table)
            head, *lines = [line.split(",") for line in block.strip().splitlines()[1:]]
            return [dict(zip(head, line, strict=False)) for line in lines if line[0]]

        def places(found: list[dict[str, str]]) -> np.ndarray:
            return np.array([[float(r["x"]), float(r["y"])] for r in found])

        scale = rows("maps/*.csv", "map")[0]
        self.km = np.array([float(scale["xScale"]), float(scale["yScale"])])
        self.off_road = np.array([float(r["offRoadSpeed"]) / DAY for r in rows("travel/travel/*.csv", "travelModes")])
        used = {r["priority"]: int(r["travelModeIndex"]) - 1 for r in rows("travel/travel/*.csv", "travelSets")}
        kinds = rows("misc/call priorities/*.csv", "priorities")
        self.mode = np.array([used[r["name"]] for r in kinds])
        self.target = np.array([float(r["targetResponseTime"]) * DAY for r in kinds])
        self.calm = used["lowPriority"]
        rank = {r["name"]: k for k, r in enumerate(kinds)}
        self.leave = np.zeros((len(kinds), len(kinds)), np.bool_)
        for r in rows("misc/redispatch/redispatch_lower_to_high.csv", "redispatchConditions"):
            self.leave[rank[r["fromCallPriority"]], rank[r["toCallPriority"]]] = r["allowRedispatch"] == "1"
        control = rows(f"calls/reps/{part}/stats_control.csv", "params")[0]
        self.warm_up = float(control["warmUpDuration"]) * DAY
        self.period = float(control["periodDurations"].strip("[]")) * DAY
        self._network(folder, len(self.off_road))
        self._generator(folder, part)
        self.open_tree = cKDTree(self.nodes[self.access] * self.km)
        self.station_node, self.station_off = self.join(places(rows("stations/*.csv", "stations")))
        self.hospital_node, self.hospital_off = self.join(places(rows("hospitals/*.csv", "hospitals")))
        self.station_of = np.array([int(r["stationIndex"]) - 1 for r in rows("ambulances/*.csv", "ambulances")])

    def _network(self, folder: Path, modes: int) -> None:
        with zipfile.ZipFile(next(iter(sorted(folder.glob("travel/roads/*.zip"))))) as inside:
            nodes = _last_table(inside.read("nodes.csv").decode("utf-8-sig"))
            arcs = _last_table(inside.read("arcs.csv").decode("utf-8-sig"))
        self.nodes, self.access = nodes[:, 1:3], np.flatnonzero(nodes[:, 3] == 1)
        arcs = arcs[np.lexsort((arcs[:, 4], arcs[:, 2], arcs[:, 1]))]
        a, b, minutes = arcs[:, 1].astype(int) - 1, arcs[:, 2].astype(int) - 1, arcs[:, 4 : 4 + modes] * DAY
        self.net = _chains(len(nodes), a, b, minutes)
        self.graphs = [sparse.csr_matrix((minutes[:, m], (a, b)), shape=(len(nodes), len(nodes))) for m in range(modes)]

    def _generator(self, folder: Path, part: str) -> None:
        root = ElementTree.parse(folder / f"calls/reps/{part}/gen_config.xml").getroot()

        def number(words: str) -> float:
            head, *rest = (float(x) for x in words.split("/"))
            return head / float(np.prod(rest)) if rest else head

        def law(tag: str) -> list[str]:
            inner = re.search(r"\((.*)\)", root.find(f".//{tag}").text)  # type: ignore[union-attr, arg-type]
            return inner[1].strip("[]").split(",")  # type: ignore[index]

        self.gap = number(law("interarrivalTime")[0]) * DAY
        self.shares = np.array([float(x) for x in law("priority")])
        self.delay = number(law("dispatchDelay")[0]) * DAY
        self.scene, self.handover = number(law("onSceneDuration")[0]) * DAY, number(law("handoverDuration")[0]) * DAY
        self.carried = float(law("transport")[0])
        last = root.find(".//minLastCallArrivalTime").text  # type: ignore[union-attr]
        self.until = float(sum(map(float, last.split("+")))) * DAY  # type: ignore[union-attr]
        name = Path(root.find(".//filename").text).stem  # type: ignore[union-attr, arg-type]
        path = next(iter(folder.parents[1].glob(f"data/**/{name}.zip")))
        with zipfile.ZipFile(path) as inside:
            self.cells, self.weight, self.cell_size = _raster(inside.read(f"{name}.tif"))

    def join(self, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The nearest node with access and the kilometres to it."""
        km, row = self.open_tree.query(xy * self.km)
        return self.access[row], km

    def draw(self, seed: int, replication: int) -> Drawn:
        """Calls until the last one comes after the end."""
        source = np.random.default_rng([2017, seed, replication])
        at = np.cumsum(source.exponential(self.gap, int(self.until / self.gap * 1.2)))
        at = at[: int(np.searchsorted(at, self.until)) + 1]
        n = len(at)
        cell = source.choice(len(self.weight), n, p=self.weight / self.weight.sum())
        carried = source.random(n) < self.carried
        return Drawn(
            at=at, priority=source.choice(len(self.shares), n, p=self.shares), delay=np.full(n, self.delay),
            scene=source.exponential(self.scene, n), carried=carried,
            handover=np.where(carried, source.exponential(self.handover, n), 0.0),
            xy=self.cells[cell] + (source.random((n, 2)) - 0.5) * self.cell_size,
        )  # fmt: skip

    def simulate(self, calls: Drawn) -> np.ndarray:
        """Minutes from a call's arrival to that of the unit."""
        node, off = self.join(calls.xy)
        response: np.ndarray = _simulate(
            calls.at, calls.priority, calls.delay, calls.scene, calls.carried, calls.handover, node, off,
            self.station_of, self.station_node, self.station_off, self.hospital_node, self.hospital_off,
            self.mode, self.calm, self.off_road, self.leave, self.net,
        )  # fmt: skip
        return response

    def worst_time(self, pairs: int = 6000) -> float:
        """The greatest difference of minutes between nodes drawn at random from those of Dijkstra on all nodes."""
        source = np.random.default_rng(1)
        go, to = source.choice(self.access, 20), source.choice(self.access, pairs // 20)
        worst = 0.0
        for mode, graph in enumerate(self.graphs):
            far = csgraph.dijkstra(graph, indices=go)[:, to]
            ours = np.array([[_minutes(u, v, self.net, mode) for v in to] for u in go])
            worst = max(worst, float(np.abs(far - ours).max()))
        return worst

    def in_time(self, calls: Drawn, response: np.ndarray) -> np.ndarray:
        """The share in time by priority, and last of all calls, in the period after the warm-up."""
        counted = (calls.at >= self.warm_up) & (calls.at < self.warm_up + self.period)
        good = response <= self.target[calls.priority]
        kinds = [counted & (calls.priority == k) for k in range(len(self.mode))]
        return np.array([good[chosen].mean() for chosen in (*kinds, counted)])


def interval(shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and half width at 95 % over replications (rows), as JEMSS does it."""
    n = len(shares)
    return shares.mean(axis=0), stats.t.ppf(0.975, n - 1) * shares.std(axis=0, ddof=1) / np.sqrt(n)


def _last_table(text: str) -> np.ndarray:
    body = re.split(r"\nindex,", text, maxsplit=1)[1]
    rows = [line.split(",") for line in body.splitlines()[1:]]
    width = next(k for k, x in enumerate([*rows[0], ""]) if x == "")
    return np.array([row[:width] for row in rows if row[0]], dtype=float)


def _raster(data: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centres, values and size of the cells above zero of a GeoTIFF of doubles in strips."""
    (at,) = struct.unpack_from("<I", data, 4)
    fields: dict[int, tuple[int, int, int]] = {}
    for k in range(struct.unpack_from("<H", data, at)[0]):
        tag, kind, count, where = struct.unpack_from("<HHII", data, at + 2 + 12 * k)
        inline = count * {3: 2, 4: 4}.get(kind, 8) <= 4
        fields[tag] = (kind, count, at + 10 + 12 * k if inline else where)

    def read(tag: int) -> Any:
        kind, count, where = fields[tag]
        return np.frombuffer(data, {3: "<u2", 4: "<u4", 12: "<f8"}[kind], count, where)

    wide, high = int(read(256)[0]), int(read(257)[0])
    values = np.frombuffer(b"".join(data[o : o + n] for o, n in zip(read(273), read(279), strict=True)), "<f8")
    row, column = np.divmod(np.flatnonzero(values > 0), wide)
    assert len(values) == wide * high
    size, tie = read(33550)[:2], read(33922)
    centres = np.stack([tie[3] + (column + 0.5) * size[0], tie[4] - (row + 0.5) * size[1]], axis=1)
    return centres, values[values > 0], size


def _chains(n: int, a: np.ndarray, b: np.ndarray, minutes: np.ndarray) -> tuple[np.ndarray, ...]:
    """Streets between junctions as chains of nodes, and the times between all junctions.

    Returns: nodes of chains one after another with their minutes from the chain's begin by mode, begin of each chain in
    them, first and last junction of a chain, chains by their first junction, up to two (chain, position) of each node
    on the way, junction of each node (-1: none), minutes [mode, to, from] between junctions.
    """
    out: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    seen: list[set[int]] = [set() for _ in range(n)]
    into = np.bincount(b, minlength=n)
    for k, (u, v) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        out[u].append((v, k))
        seen[u].add(v)
        seen[v].add(u)
    ends = np.array([len(seen[u]) != 2 or len(out[u]) + into[u] == 3 for u in range(n)])
    junction = np.where(ends, np.cumsum(ends) - 1, -1)
    path: list[int] = []
    passed: list[np.ndarray] = []
    begin = [0]
    first: list[int] = []
    last: list[int] = []
    on = np.full((n, 2, 2), -1)
    for u in np.flatnonzero(ends).tolist():
        for v, k in out[u]:
            came, here, clock = u, v, minutes[k]
            path.append(u)
            passed.append(np.zeros(minutes.shape[1]))
            while junction[here] < 0:
                on[here, 0 if on[here, 0, 0] < 0 else 1] = (len(first), len(path) - begin[-1])
                path.append(here)
                passed.append(clock)
                came, (here, k) = here, next(step for step in out[here] if step[0] != came)
                clock = clock + minutes[k]
            path.append(here)
            passed.append(clock)
            begin.append(len(path))
            first.append(junction[u])
            last.append(junction[here])
    start, times = np.array(begin), np.array(passed)
    ways = np.array([first, last])
    count = int(ends.sum())
    table = np.empty((minutes.shape[1], count, count))
    for m in range(minutes.shape[1]):
        long = times[start[1:] - 1, m]
        order = np.lexsort((long, ways[1], ways[0]))
        key = ways[0][order] * count + ways[1][order]
        order = order[np.r_[True, np.diff(key) != 0]]
        graph = sparse.csr_matrix((long[order], (ways[1][order], ways[0][order])), shape=(count, count))
        table[m] = csgraph.dijkstra(graph)
    by_first = np.searchsorted(ways[0], np.arange(count + 1))
    return np.array(path), times, start, ways, by_first, on, junction, table


@njit(cache=True)
def _doors(u: int, net: Any, out: bool, mode: int, who: Any, minutes: Any) -> int:
    """Fill the junctions through which one leaves (or comes to) a node with the minutes there; return their number."""
    _path, times, start, ways, _by_first, on, junction, _table = net
    if junction[u] >= 0:
        who[0], minutes[0] = junction[u], 0.0
        return 1
    count = 0
    for k in range(2):
        c, p = on[u, k]
        if c >= 0:
            here = times[start[c] + p, mode]
            who[count] = ways[1, c] if out else ways[0, c]
            minutes[count] = times[start[c + 1] - 1, mode] - here if out else here
            count += 1
    return count


@njit(cache=True)
def _along(u: int, v: int, net: Any, mode: int) -> float:
    """Minutes from u to v on one chain without a junction between, or infinity."""
    _path, times, start, _ways, _by_first, on, _junction, _table = net
    best = np.inf
    for k in range(2):
        for j in range(2):
            if on[u, k, 0] >= 0 and on[u, k, 0] == on[v, j, 0] and on[u, k, 1] <= on[v, j, 1]:
                s = start[on[u, k, 0]]
                best = min(best, times[s + on[v, j, 1], mode] - times[s + on[u, k, 1], mode])
    return best


@njit(cache=True)
def _minutes(u: int, v: int, net: Any, mode: int) -> float:
    """Minutes on the road from node u to node v."""
    if u == v:
        return 0.0
    table = net[7]
    gone, come = np.empty(2), np.empty(2)
    by, to = np.empty(2, np.int64), np.empty(2, np.int64)
    best = _along(u, v, net, mode)
    for i in range(_doors(u, net, True, mode, by, gone)):
        for j in range(_doors(v, net, False, mode, to, come)):
            best = min(best, gone[i] + table[mode, to[j], by[i]] + come[j])
    return best


@njit(cache=True)
def _ahead(chain: int, inside: float, net: Any, mode: int) -> tuple[int, float]:
    """The next node of a chain for one who is so many minutes into it, and the minutes to that node."""
    path, times, start, _ways, _by_first, _on, _junction, _table = net
    low, high = start[chain], start[chain + 1] - 1
    while low < high:
        middle = (low + high) // 2
        if times[middle, mode] > inside:
            high = middle
        else:
            low = middle + 1
    return path[low], max(0.0, times[low, mode] - inside)


@njit(cache=True)
def _next_node(u: int, v: int, gone: float, net: Any, mode: int) -> tuple[int, float]:
    """The next node and the minutes to it, for one who set out on the way from u to v so many minutes ago."""
    _path, times, start, ways, by_first, on, _junction, table = net
    whole = _minutes(u, v, net, mode)
    if _along(u, v, net, mode) <= whole:
        for k in range(2):
            c, p = on[u, k]
            for j in range(2):
                if c >= 0 and c == on[v, j, 0] and p <= on[v, j, 1]:
                    return _ahead(c, times[start[c] + p, mode] + gone, net, mode)
    left, come = np.empty(2), np.empty(2)
    by, to = np.empty(2, np.int64), np.empty(2, np.int64)
    doors, gates = _doors(u, net, True, mode, by, left), _doors(v, net, False, mode, to, come)
    door, gate, least = 0, 0, np.inf
    for i in range(doors):
        for j in range(gates):
            way = left[i] + table[mode, to[j], by[i]] + come[j]
            if way < least:
                door, gate, least = i, j, way
    if gone < left[door]:
        for k in range(2):
            c, p = on[u, k]
            if c >= 0 and ways[1, c] == by[door]:
                here = times[start[c] + p, mode]
                if abs(times[start[c + 1] - 1, mode] - here - left[door]) < 1e-9:
                    return _ahead(c, here + gone, net, mode)
    clock, here, goal = left[door], by[door], to[gate]
    row = table[mode, goal]
    while here != goal:
        best, least = -1, np.inf
        for c in range(by_first[here], by_first[here + 1]):
            way = times[start[c + 1] - 1, mode] + row[ways[1, c]]
            if way < least:
                best, least = c, way
        long = times[start[best + 1] - 1, mode]
        if gone < clock + long:
            return _ahead(best, gone - clock, net, mode)
        clock += long
        here = ways[1, best]
    for k in range(2):
        c, p = on[v, k]
        if c >= 0 and ways[0, c] == goal and abs(times[start[c] + p, mode] - come[gate]) < 1e-9:
            return _ahead(c, gone - clock, net, mode)
    return v, max(0.0, whole - gone)


@njit(cache=True)
def _simulate(  # type: ignore[no-untyped-def]
    at, priority, delay, scene, carried, handover, node, off, station_of, station_node, station_off, hospital_node,
    hospital_off, mode, calm, off_road, leave, net,
):  # fmt: skip
    n, calls = len(station_of), len(at)
    response = np.full(calls, np.inf)
    status = np.zeros(n, np.int64)
    due = np.full(n, np.inf)
    serves = np.full(n, -1)
    # a route: mode, first and last node, when at the first node, at the last node, at the end off the road; km off it
    way, first, last = np.full(n, calm), np.empty(n, np.int64), np.empty(n, np.int64)
    on_road, off_again, end, end_off = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for u in range(n):
        first[u] = last[u] = station_node[station_of[u]]
        end_off[u] = station_off[station_of[u]]
    nearest = np.full(len(net[6]), -1)
    line = np.empty(calls, np.int64)
    waiting = 0
    now_call = 0
    while True:
        u = int(np.argmin(due))
        t_call = at[now_call] + delay[now_call] if now_call < calls else np.inf
        if t_call == np.inf and due[u] == np.inf:
            return response
        c, fresh = -1, -1
        if t_call < due[u]:
            t, c = t_call, now_call
            now_call += 1
        else:
            t = due[u]
            k = serves[u]
            if status[u] == TO_CALL:
                response[k] = t - at[k]
                status[u], due[u] = AT_CALL, t + scene[k]
                continue
            if status[u] == AT_CALL and carried[k]:
                if nearest[node[k]] < 0:
                    least = np.inf
                    for h in range(len(hospital_node)):
                        ride = _minutes(node[k], hospital_node[h], net, calm) + hospital_off[h] / off_road[calm]
                        if ride < least:
                            nearest[node[k]], least = h, ride
                h = nearest[node[k]]
                status[u] = TO_HOSPITAL
                goal, goal_off, by = hospital_node[h], hospital_off[h], calm
            elif status[u] == TO_HOSPITAL:
                status[u], due[u] = AT_HOSPITAL, t + handover[k]
                continue
            elif status[u] == RETURNING:
                status[u], due[u] = IDLE, np.inf
                continue
            elif waiting > 0:
                waiting -= 1
                fresh = line[waiting]
            else:
                status[u] = RETURNING
                serves[u] = -1
                goal, goal_off, by = station_node[station_of[u]], station_off[station_of[u]], calm
            if fresh < 0:
                first[u], on_road[u] = last[u], t + end_off[u] / off_road[by]
                off_again[u] = on_road[u] + _minutes(first[u], goal, net, by)
                end[u] = due[u] = off_again[u] + goal_off / off_road[by]
                last[u], end_off[u], way[u] = goal, goal_off, by
                continue
        while c >= 0 or fresh >= 0:
            bumped = -1
            if fresh < 0:
                by = mode[priority[c]]
                u, least = -1, np.inf
                for v in range(n):
                    if status[v] <= RETURNING or (status[v] == TO_CALL and leave[priority[serves[v]], priority[c]]):
                        here, there = _where(
                            v, t, by, way, first, last, on_road, off_again, end, end_off, off_road, net
                        )
                        ride = there + _minutes(here, node[c], net, by) + off[c] / off_road[by]
                        if ride < least:
                            u, least = v, ride
                if u < 0:
                    # the line's end is served next: most urgent, then first come
                    k = waiting
                    while k > 0 and (priority[c], at[c]) > (priority[line[k - 1]], at[line[k - 1]]):
                        line[k] = line[k - 1]
                        k -= 1
                    line[k] = c
                    waiting += 1
                    break
                if status[u] == TO_CALL:
                    bumped = serves[u]
            else:
                c, fresh = fresh, -1
            by = mode[priority[c]]
            here, there = _where(u, t, by, way, first, last, on_road, off_again, end, end_off, off_road, net)
            first[u], on_road[u], way[u] = here, t + there, by
            off_again[u] = on_road[u] + _minutes(here, node[c], net, by)
            end[u] = due[u] = off_again[u] + off[c] / off_road[by]
            last[u], end_off[u], status[u], serves[u] = node[c], off[c], TO_CALL, c
            c = bumped


@njit(cache=True)
def _where(u, t, by, way, first, last, on_road, off_again, end, end_off, off_road, net):  # type: ignore[no-untyped-def]
    """The node a unit would start from at t by a mode of travel, and the minutes to it."""
    if t >= end[u]:
        return last[u], end_off[u] / off_road[by]
    if t <= on_road[u]:
        return first[u], on_road[u] - t
    if t >= off_again[u]:
        return last[u], (t - off_again[u]) * off_road[way[u]] / off_road[by]
    return _next_node(first[u], last[u], t - on_road[u], net, way[u])
