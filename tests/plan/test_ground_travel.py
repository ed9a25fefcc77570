"""Times from many to many are Dijkstra's, with one-way streets, hours, turns and points off the street."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from tests.support.lots import lots
from wuxiao.plan.form import BadProblem
from wuxiao.plan.ground import Mode, Network, Street, hierarchy, town
from wuxiao.plan.ground import read as read_
from wuxiao.plan.ground.arcs import Arcs, TurnCost, arcs, link_seconds
from wuxiao.plan.ground.reach import isochrones
from wuxiao.plan.ground.snap import snap
from wuxiao.plan.ground.travel import ON_FOOT, Travel


def by_scipy(graph: Arcs, sources: np.ndarray) -> np.ndarray:
    """Return the seconds to every vertex, by the library; of parallel arcs the quickest counts."""
    order = np.lexsort((graph.seconds, graph.head, graph.tail))
    tail, head, seconds = graph.tail[order], graph.head[order], graph.seconds[order]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)][: len(tail)]
    at = np.searchsorted(tail[first], np.arange(graph.vertices + 1))
    matrix = csr_array((seconds[first], head[first], at), shape=(graph.vertices,) * 2)
    return np.asarray(dijkstra(matrix, indices=sources))


def grid(rows: int, columns: int, **more: object) -> Network:
    """Return a chessboard of streets 100 m apart; node r * columns + c lies at (100 c, 100 r)."""
    links = [(r * columns + c, r * columns + c + 1) for r in range(rows) for c in range(columns - 1)]
    links += [(r * columns + c, (r + 1) * columns + c) for r in range(rows - 1) for c in range(columns)]
    nodes = [(100.0 * c, 100.0 * r) for r in range(rows) for c in range(columns)]
    m = len(links)
    given_: dict[str, object] = {
        "nodes": nodes, "links": links, "street": [int(Street.RESIDENTIAL)] * m, "metres": [100.0] * m,
        "along": [True] * m, "back": [True] * m, "speed": [[36.0, 36.0]] * m,
    }  # fmt: skip
    return Network(**{**given_, **more})  # type: ignore[arg-type]


@settings(max_examples=lots(15, 60))
@given(st.data())
def test_any_graph_as_scipy(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 24))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    many = data.draw(st.integers(0, 4 * n))
    tail, head = rng.integers(0, n, many), rng.integers(0, n, many)
    seconds = rng.choice([0.0, 0.5, 1.0, 2.0, rng.uniform(0, 5)], many)
    own = np.arange(n)
    graph = Arcs(vertices=n, tail=tail, head=head, seconds=seconds, link=own, way=own, leave=own, reach=own, door=tail)
    weighted = hierarchy.weigh(hierarchy.prepare(graph), graph.seconds)
    np.testing.assert_allclose(hierarchy.many_to_many(weighted, own, own), by_scipy(graph, own), rtol=1e-12, atol=1e-12)


def test_a_town_at_every_hour_with_one_order() -> None:
    net = town.make(7, households=6_000).streets
    free = Travel(net)
    rng = np.random.default_rng(1)
    sources, targets = rng.integers(0, len(net.nodes), 37), rng.integers(0, len(net.nodes), 53)
    before = free.seconds(sources, targets)
    for hour in (3.0, 8.0, 17.5):
        later = free.at(hour)
        want = by_scipy(later.arcs, sources)[:, targets]
        np.testing.assert_allclose(later.seconds(sources, targets), want, rtol=1e-12)
    rush = free.at(17.5).seconds(sources, targets)
    assert (rush[before > 0] > before[before > 0]).all()
    walk = Travel(net, mode=Mode.WALK).seconds(sources, targets)
    assert (walk >= before).all()
    assert free.seconds([], targets).shape == (0, 53)


def test_one_way_streets_and_severed_parts() -> None:
    net = grid(1, 4, back=[True, False, True])
    car, foot = Travel(net), Travel(net, mode=Mode.WALK)
    assert car.seconds([0], [3])[0, 0] == pytest.approx(30)
    assert car.seconds([3], [0])[0, 0] == np.inf
    assert foot.seconds([3], [0])[0, 0] == pytest.approx(300 / ON_FOOT)
    with pytest.raises(BadProblem) as caught:
        car.seconds([0, 3], [3, 1], all_reached=True)
    assert (caught.value.where, caught.value.row) == ("sources", 1)
    with pytest.raises(BadProblem):
        car.seconds([4], [0])
    assert net.parts(Mode.DRIVE).tolist() == [1, 1, 0, 0] or net.parts(Mode.DRIVE).tolist() == [0, 0, 1, 1]


def slow_turns(net: Network, mode: Mode, cost: TurnCost | None, source: int) -> np.ndarray:
    """Return the seconds to every node by relaxing pairs (node, link come by) until nothing changes."""
    seconds = link_seconds(net, mode)
    listed: dict[tuple[int, int, int], float] = {}
    for (a, v, b), s in zip(net.turns.tolist(), net.turn_seconds.tolist(), strict=True):
        listed[a, v, b] = max(s, listed.get((a, v, b), 0.0))
    best: dict[tuple[int, int], float] = {(source, -1): 0.0}
    many = np.bincount(net.links[np.isfinite(seconds).any(axis=1)].ravel(), minlength=len(net.nodes))
    changed = True
    while changed:
        changed = False
        for (v, by), took in list(best.items()):
            for link, ends in enumerate(net.links.tolist()):
                for way in range(2):
                    if ends[way] != v or not np.isfinite(seconds[link, way]):
                        continue
                    held = 0.0 if by < 0 else listed.get((by, v, link), 0.0)
                    if cost is not None and by >= 0 and many[v] > 2:
                        held += turn(net, cost, by, v, link)
                    at = (ends[1 - way], link)
                    total = took + held + seconds[link, way]
                    if total < best.get(at, np.inf) - 1e-12:
                        best[at] = total
                        changed = True
    out = np.full(len(net.nodes), np.inf)
    for (v, _), took in best.items():
        out[v] = min(out[v], took)
    return out


def turn(net: Network, cost: TurnCost, by: int, node: int, link: int) -> float:
    if by == link:
        return cost.back
    come = net.line(by) if net.links[by, 1] == node else net.line(by)[::-1]
    go = net.line(link) if net.links[link, 0] == node else net.line(link)[::-1]
    one, two = come[-1] - come[-2], go[1] - go[0]
    angle = np.degrees(np.arctan2(one[0] * two[1] - one[1] * two[0], one @ two))
    return cost.straight if abs(angle) <= 35 else cost.left if angle > 0 else cost.right


@settings(max_examples=lots(5, 15))
@given(st.integers(0, 10**6), st.booleans())
def test_turns_as_a_slow_search_finds_them(seed: int, costly: bool) -> None:
    rng = np.random.default_rng(seed)
    plain = grid(3, 3)
    m = len(plain.links)
    barred = []
    for _ in range(8):
        node = int(rng.integers(9))
        near = np.flatnonzero((plain.links == node).any(axis=1))
        a, b = rng.choice(near, 2)
        barred.append((int(a), node, int(b)))
    barred = sorted(set(barred))
    held = rng.choice([np.inf, 7.0, 30.0], len(barred))
    net = grid(3, 3, back=rng.random(m) < 0.8, turns=barred, turn_seconds=held)
    cost = TurnCost(left=9.0, right=4.0, straight=1.0, back=15.0) if costly else None
    travel = Travel(net, cost=cost)
    everywhere = np.arange(9)
    took = travel.seconds(everywhere, everywhere)
    for source in range(9):
        np.testing.assert_allclose(took[source], slow_turns(net, Mode.DRIVE, cost, source), rtol=1e-12)


def slow_paths(net: Network, source: int) -> np.ndarray:
    """Return the seconds to every node by relaxing (node, the way come by, as long as barred paths are)."""
    seconds = link_seconds(net, Mode.DRIVE)
    longest = max(len(path) for path in net.paths)
    best: dict[tuple[int, ...], float] = {(source,): 0.0}
    todo = [(source,)]
    while todo:
        come = todo.pop()
        for link, ends in enumerate(net.links.tolist()):
            for way in range(2):
                whole = (*come, link)
                if ends[way] != come[-1] or any(whole[-len(path) :] == path for path in net.paths):
                    continue
                at = (*whole, ends[1 - way])[-(longest - 1) :]
                at = at if len(at) % 2 == 0 or len(whole) + 1 < longest else at[1:]
                total = best[come] + seconds[link, way]
                if total < best.get(at, np.inf) - 1e-12:
                    best[at] = total
                    todo.append(at)
    out = np.full(len(net.nodes), np.inf)
    for come, took in best.items():
        out[come[-1]] = min(out[come[-1]], took)
    return out


@settings(max_examples=lots(5, 15))
@given(st.integers(0, 10**6))
def test_barred_paths_as_a_slow_search_finds_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plain = grid(3, 3)
    paths = set()
    for _ in range(12):
        link = int(rng.integers(len(plain.links)))
        node = int(rng.choice(plain.links[link]))
        path = [link]
        for _ in range(int(rng.integers(2, 4))):
            link = int(rng.choice(np.flatnonzero((plain.links == node).any(axis=1))))
            path += [node, link]
            node = int(plain.links[link].sum()) - node
        paths.add(tuple(path))
    net = grid(3, 3, paths=tuple(sorted(paths)), speed=rng.uniform(20, 60, (len(plain.links), 2)))
    everywhere = np.arange(9)
    took = Travel(net).seconds(everywhere, everywhere)
    for source in range(9):
        np.testing.assert_allclose(took[source], slow_paths(net, source), rtol=1e-12)


def test_a_barred_path_may_be_gone_in_part_and_its_middle_is_reached() -> None:
    # Nodes 0 - 1 - 2 in a row; from link 0-1 by 1-2 onto 2-5 is barred, so one goes round by 4.
    links = {frozenset(ends): k for k, ends in enumerate(grid(2, 3).links.tolist())}
    a, b, c = (links[frozenset(ends)] for ends in ((0, 1), (1, 2), (2, 5)))
    net = grid(2, 3, paths=((a, 1, b, 2, c),))
    travel = Travel(net)
    assert travel.seconds([0], [2])[0, 0] == pytest.approx(20.0)
    assert travel.seconds([1], [5])[0, 0] == pytest.approx(20.0)
    assert travel.seconds([0], [5])[0, 0] == pytest.approx(30.0)
    way = travel.route(0, 5)
    assert [way.links[k] for k in range(3)] != [a, b, c]
    assert way.seconds == pytest.approx(30.0)
    only = grid(2, 3, paths=((a, 1, b, 2, c),), access=[7 if k in (a, b, c) else 1 for k in range(7)])
    assert Travel(only).seconds([0], [5])[0, 0] > 30.0, "only by turning back"
    middle = net.nodes[[1, 2]].mean(axis=0)
    assert travel.between([net.nodes[0]], [middle])[0, 0] == pytest.approx(15.0)
    assert travel.between([middle], [net.nodes[5]])[0, 0] == pytest.approx(15.0)
    with pytest.raises(BadProblem) as caught:
        grid(2, 3, paths=((a, 2, b, 1, c),))
    assert (caught.value.where, caught.value.row) == ("paths", 0)


def test_a_barred_turn_leads_round_the_block() -> None:
    # 3 - 4 - 5      from 0 by 1 to 4 is a left turn at node 1
    # |   |   |
    # 0 - 1 - 2
    free = grid(2, 3)
    links = {tuple(sorted(ends)): k for k, ends in enumerate(free.links.tolist())}
    barred = [[links[0, 1], 1, links[1, 4]]]
    net = grid(2, 3, turns=barred, turn_seconds=[np.inf])
    assert Travel(free).seconds([0], [4])[0, 0] == pytest.approx(20)
    assert Travel(net).route(0, 4).nodes.tolist() == [0, 3, 4]
    away = free.along.copy()
    away[links[0, 3]] = False
    blocked = grid(2, 3, turns=barred, turn_seconds=[np.inf], along=away, back=away)
    way = Travel(blocked).route(0, 4)
    assert way.seconds in (pytest.approx(40), pytest.approx(30))
    assert way.nodes[0] == 0
    assert way.nodes[-1] == 4
    assert way.nodes.tolist() != [0, 1, 4]
    foot = grid(2, 3, turns=barred, turn_seconds=[np.inf], access=np.where(np.arange(7) == links[0, 3], 4, 7))
    assert Travel(foot, mode=Mode.WALK).route(0, 4).nodes.tolist() == [0, 1, 4], "walkers may turn"
    with pytest.raises(BadProblem) as caught:
        grid(2, 3, turns=[[links[0, 1], 5, links[1, 4]]], turn_seconds=[1.0])
    assert (caught.value.where, caught.value.row) == ("turns", 0)


def test_routes_are_as_long_as_their_times() -> None:
    net = town.make(8, households=3_000).streets
    travel = Travel(net, hour=8.0, cost=TurnCost(left=12, right=5, straight=3, back=30))
    rng = np.random.default_rng(2)
    for a, b in rng.integers(0, len(net.nodes), (20, 2)).tolist():
        way = travel.route(a, b)
        assert way.seconds == pytest.approx(travel.seconds([a], [b])[0, 0])
        assert (way.nodes[0], way.nodes[-1]) == (a, b)
        for link, one, other in zip(way.links.tolist(), way.nodes[:-1].tolist(), way.nodes[1:].tolist(), strict=True):
            assert set(net.links[link].tolist()) == {one, other}
        assert way.metres == pytest.approx(net.metres[way.links].sum())


def split_at(net: Network, link: int, share: float) -> tuple[Network, int]:
    """Return the network with a node put into a link, and that node."""
    a, b = net.links[link].tolist()
    point = net.nodes[a] + share * (net.nodes[b] - net.nodes[a])
    new = len(net.nodes)
    links = np.vstack([net.links, [new, b]])
    links[link] = [a, new]
    rows = np.r_[np.arange(len(net.links)), link]
    metres = np.r_[net.metres, net.metres[link] * (1 - share)]
    metres[link] *= share
    more = {k: getattr(net, k)[rows] for k in ("street", "along", "back", "speed", "access", "width")}
    return Network(nodes=np.vstack([net.nodes, point]), links=links, metres=metres, **more), new


def test_points_between_crossings_as_if_nodes_were_there() -> None:
    net = grid(3, 3, back=np.arange(12) % 3 != 0)
    travel = Travel(net)
    rng = np.random.default_rng(3)
    for _ in range(20):
        (l1, l2), (s1, s2) = rng.integers(0, 12, 2).tolist(), rng.uniform(0.1, 0.9, 2).tolist()
        if l1 == l2:
            continue
        cut, one = split_at(net, l1, s1)
        cut, two = split_at(cut, l2, s2)
        want = Travel(cut).seconds([one], [two])[0, 0]
        found = travel.between(cut.nodes[[one]], cut.nodes[[two]])[0, 0]
        assert found == pytest.approx(want)
    line = grid(1, 2)
    took = Travel(line).between([[20.0, 6.0]], [[70.0, -3.0], [10.0, 0.0]])
    assert took[0, 0] == pytest.approx(5.0 + 9 / ON_FOOT)
    assert took[0, 1] == pytest.approx(1.0 + 6 / ON_FOOT)
    one_way = grid(1, 2, back=[False])
    assert Travel(one_way).between([[70.0, 0.0]], [[20.0, 0.0]])[0, 0] == np.inf


def test_points_off_the_map_are_refused_with_their_row() -> None:
    net = grid(2, 2)
    with pytest.raises(BadProblem) as caught:
        snap(net, [[0.0, 5.0], [4000.0, 0.0]])
    assert caught.value.row == 1
    assert "4000" not in caught.value.said.en or "m from" in caught.value.said.en
    with pytest.raises(BadProblem) as caught:
        Travel(net).between([[0.0, 0.0]], [[np.nan, 0.0]])
    assert (caught.value.where, caught.value.row) == ("targets", 0)
    found = snap(net, [[50.0, 10.0], [-5.0, 0.0]])
    np.testing.assert_allclose(found.off, [10.0, 5.0])
    assert found.share[0] == pytest.approx(0.5)


def test_isochrones_end_where_the_time_is_up() -> None:
    travel = Travel(grid(5, 5))
    inner, outer = isochrones(travel, [200.0, 200.0], (5.0, 15.0))
    assert inner.metres == pytest.approx(4 * 50.0)
    assert set(inner.nodes.tolist()) == {12}
    # 15 s = 150 m: the four arms whole, and from each of their ends 50 m to three sides
    assert outer.metres == pytest.approx(4 * 100 + 4 * 3 * 50)
    assert set(outer.nodes.tolist()) == {12, 7, 11, 13, 17}
    assert outer.ground.contains(inner.ground)
    assert outer.geojson()["properties"]["seconds"] == 15.0
    for limit in (inner, outer):
        assert limit.ground.bounds[2] == pytest.approx(200 + 10 * limit.limit + 40, abs=1)


def test_networks_that_cannot_be_are_refused() -> None:
    ok = {"nodes": [[0, 0], [1, 1]], "links": [[0, 1]], "street": [5], "metres": [2.0], "along": [True], "back": [True]}
    Network(**ok)  # type: ignore[arg-type]
    for change, where, row in (
        ({"links": [[0, 2]]}, "links", 0),
        ({"nodes": [[0, 0], [np.nan, 1]]}, "nodes", 1),
        ({"metres": [0.0]}, "metres", 0),
        ({"metres": [1.0, 2.0]}, "metres", None),
        ({"street": [40]}, "street", 0),
        ({"node_ids": ("a", "a")}, "node_ids", 1),
        ({"width": [-1.0]}, "width", 0),
        ({"name": [0]}, "name", None),
        ({"nodes": [[0, 0, 0], [1, 1, 1]]}, "nodes", None),
    ):
        with pytest.raises(BadProblem) as caught:
            Network(**{**ok, **change})  # type: ignore[arg-type]
        assert (caught.value.where, caught.value.row) == (where, row)
    with pytest.raises(BadProblem):
        TurnCost(left=-1)
    with pytest.raises(BadProblem):
        Travel(grid(2, 2), hour=25)


@pytest.mark.data
@pytest.mark.parametrize("name", ["nauru", "coquimbo", "sioux_falls"])
def test_real_streets_as_scipy(shared_data: Path, name: str) -> None:
    net = read_.network(shared_data / "roads" / "aequilibrae_examples" / f"{name}.zip")
    travel = Travel(net, hour=8.0)
    rng = np.random.default_rng(5)
    sources, targets = rng.integers(0, len(net.nodes), (2, 40))
    want = by_scipy(arcs(net, Mode.DRIVE, 8.0), sources)[:, targets]
    np.testing.assert_allclose(travel.seconds(sources, targets), want, rtol=1e-11)
