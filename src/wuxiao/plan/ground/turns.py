"""Turn restrictions of OpenStreetMap: from a way, by way of a node or of ways, no or only to a way."""

from __future__ import annotations

from collections import deque

import numpy as np

from wuxiao.plan.ground.raw import BOUND, Raw

#: The links of every way: name, and the OSM nodes at its ends.
Parts = dict[int, list[tuple[str, int, int]]]


def take(raw: Raw, kind: str, members: list[tuple[str, str, int]], parts: Parts, modes: int = BOUND) -> bool:
    """Take one restriction, its members as role, type and id, for those it binds; returns whether it was understood."""
    by_role: dict[str, list[tuple[str, int]]] = {}
    for role, what, ref in members:
        by_role.setdefault(role, []).append((what, ref))
    via = by_role.get("via", [])
    if not kind.startswith(("no_", "only_")):
        return False
    ways = {role: [part for what, ref in by_role.get(role, []) if what == "w" for part in parts.get(ref, [])]
            for role in ("from", "to")}  # fmt: skip
    only = kind.startswith("only_")
    if [what for what, _ in via] == ["n"]:
        return _by_node(raw, only, via[0][1], ways["from"], ways["to"], parts, modes)
    if via and all(what == "w" for what, _ in via):
        between = [part for _, ref in via for part in parts.get(ref, [])]
        return _by_ways(raw, only, between, ways["from"], ways["to"], parts, modes)
    return False


def _by_node(
    raw: Raw, only: bool, node: int, from_: list[tuple[str, int, int]], to: list[tuple[str, int, int]], parts: Parts,
    modes: int,
) -> bool:  # fmt: skip
    into = [name for name, *ends in from_ if node in ends]
    out = [name for name, *ends in to if node in ends]
    # A way that runs through the node was not split there: which half is meant, nobody can tell.
    if len(into) != 1 and _through(node, from_):
        return False
    if len(out) != 1 and _through(node, to):
        return False
    if not into or not out:
        return False
    if only:
        out = [name for name in _at(node, parts) if name not in out]
    for a in into:
        for b in out:
            raw.turn(a, str(node), b, np.inf, modes=modes)
    return True


def _through(node: int, links: list[tuple[str, int, int]]) -> bool:
    """Return whether one way has two links at a node, that is, runs through it."""
    ways = [name.rpartition(".")[0] for name, *ends in links if node in ends]
    return len(set(ways)) < len(ways)


def _by_ways(
    raw: Raw,
    only: bool,
    between: list[tuple[str, int, int]],
    from_: list[tuple[str, int, int]],
    to: list[tuple[str, int, int]],
    parts: Parts,
    modes: int,
) -> bool:
    """Bar the path from every link that meets the ways between to every link beyond them."""
    nodes = {node for _, *ends in between for node in ends}
    taken = False
    for first, *ends in from_:
        for start in nodes & set(ends):
            for node, path in _paths(start, between).items():
                out = [name for name, *far in to if node in far]
                if not out or node == start:
                    continue
                taken = True
                if only:
                    out = [name for name in _at(node, parts) if name not in out]
                for last in out:
                    raw.path(first, *path, last, modes=modes)
    return taken


def _paths(start: int, links: list[tuple[str, int, int]]) -> dict[int, list[str]]:
    """Return for every node that links lead to from `start` the path of nodes and links, both ends of it nodes."""
    found: dict[int, list[str]] = {start: [str(start)]}
    todo = deque([start])
    while todo:
        node = todo.popleft()
        for name, a, b in links:
            if node in (a, b) and (other := a + b - node) not in found:
                found[other] = [*found[node], name, str(other)]
                todo.append(other)
    return found


def _at(node: int, parts: Parts) -> list[str]:
    return [name for links in parts.values() for name, *ends in links if node in ends]
