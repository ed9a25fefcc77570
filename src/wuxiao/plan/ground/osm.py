"""Ground from OpenStreetMap files (pbf or xml): streets with turns, rivers and railways, buildings."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.network import Network, plane
from wuxiao.plan.ground.raw import Raw
from wuxiao.plan.ground.streets import ACCESS, Mode, Street, of_osm
from wuxiao.plan.store import Floats

_NO = {"no", "private", "use_sidepath"}
_USES = {Mode.DRIVE: ("motor_vehicle", "motorcar"), Mode.RIDE: ("bicycle",), Mode.WALK: ("foot",)}
#: Buildings nobody lives in, as far as the map says.
_EMPTY = {
    "garage",
    "garages",
    "shed",
    "roof",
    "hut",
    "greenhouse",
    "industrial",
    "warehouse",
    "church",
    "school",
    "ruins",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """A line that parts the ground but is no street: a river or a railway; metres."""

    kind: Street
    line: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A building: ring in metres, storeys (0 unknown), dwellings (-1 unknown), and whether people may live in it."""

    ring: Floats
    storeys: float
    dwellings: int
    lived_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What an OpenStreetMap file holds of the ground; `passed_over` counts turn rules that could not be understood."""

    network: Network
    barriers: tuple[Barrier, ...]
    buildings: tuple[Building, ...]
    passed_over: int


def load(path: Path) -> Network:
    """Return the streets of an OSM file; see `read`."""
    return read(path).network


def read(path: Path) -> Extract:
    """Return streets, barriers and buildings of an OSM file (.osm.pbf, .osm, .osm.gz, .osm.bz2).

    Ways are cut where they meet. One-way tags bind drivers and riders. A `maxspeed` counts nine tenths; `width`, else
    3.5 m a lane, else the class gives the width. Turn restrictions with one node as via are kept, also ``only_...``.
    """
    import osmium

    if not path.is_file():
        raise BadProblem(path.name, Said("没有这个文件", "there is no such file"))
    ways: list[tuple[int, dict[str, str], list[int]]] = []
    lines: list[tuple[Street, list[int]]] = []
    houses: list[tuple[dict[str, str], list[int]]] = []
    rules: list[tuple[str, list[tuple[str, str, int]]]] = []
    place: dict[int, tuple[float, float]] = {}
    try:
        thing: Any
        for thing in osmium.FileProcessor(str(path)):
            tags = {tag.k: tag.v for tag in thing.tags}
            if thing.is_node():
                place[thing.id] = (
                    (thing.location.lon, thing.location.lat) if thing.location.valid() else (np.nan, np.nan)
                )
            elif thing.is_way() and tags:
                _sort(thing.id, tags, [n.ref for n in thing.nodes], ways, lines, houses)
            elif thing.is_relation() and tags.get("type") == "restriction":
                kind = tags.get("restriction") or tags.get("restriction:motorcar", "")
                rules.append((kind, [(m.role, m.type, m.ref) for m in thing.members]))
    except RuntimeError as error:
        said = Said(f"不是OSM文件：{error}", f"is no OSM file: {error}")
        raise BadProblem(path.name, said) from error
    raw = Raw(spherical=True)
    parts = _streets(raw, ways, place)
    passed = sum(not _rule(raw, kind, members, parts) for kind, members in rules)
    network = raw.network()
    assert network.origin is not None
    origin = network.origin

    def drawn(refs: list[int]) -> Floats:
        return plane([place[r] for r in refs if r in place], origin)

    barriers = [Barrier(kind=kind, line=drawn(refs)) for kind, refs in lines]
    buildings = [_building(tags, drawn(refs)) for tags, refs in houses]
    return Extract(
        network=network,
        barriers=tuple(b for b in barriers if len(b.line) > 1),
        buildings=tuple(b for b in buildings if len(b.ring) > 2),
        passed_over=passed,
    )


def _sort(key: int, tags: dict[str, str], refs: list[int], ways: Any, lines: Any, houses: Any) -> None:
    street = of_osm(tags.get("highway", ""))
    if street is not None and tags.get("area") != "yes" and len(refs) > 1:
        ways.append((key, tags, refs))
    elif tags.get("waterway") in ("river", "canal"):
        lines.append((Street.RIVER, refs))
    elif tags.get("railway") == "rail" and tags.get("tunnel") != "yes":
        lines.append((Street.RAIL, refs))
    elif tags.get("building", "no") != "no" and len(refs) > 3 and refs[0] == refs[-1]:
        houses.append((tags, refs[:-1]))


def _streets(
    raw: Raw, ways: list[tuple[int, dict[str, str], list[int]]], place: dict[int, tuple[float, float]]
) -> dict[int, list[tuple[str, int, int]]]:
    """Cut ways at their meetings into links; returns the links of every way with the OSM nodes at their ends."""
    whole = [(key, tags, [r for r in refs if r in place]) for key, tags, refs in ways]
    times = Counter(r for _, _, refs in whole for r in refs)
    for _, _, refs in whole:
        times.update({refs[0]: 1, refs[-1]: 1} if refs else {})
    parts: dict[int, list[tuple[str, int, int]]] = {}
    known: set[int] = set()
    for key, tags, refs in whole:
        cuts = [k for k, r in enumerate(refs) if times[r] > 1 or k in (0, len(refs) - 1)]
        # A ring that meets others in one node only, or in none, is cut once more, so that no link ends where it began.
        cuts = sorted({*cuts, *((a + b) // 2 for a, b in pairwise(cuts) if refs[a] == refs[b])})
        given = _attributes(tags)
        for number, (a, b) in enumerate(pairwise(cuts)):
            if a == b or refs[a] == refs[b]:
                continue
            for r in (refs[a], refs[b]):
                if r not in known:
                    known.add(r)
                    raw.node(str(r), *place[r])
            name = f"{key}.{number}"
            line = np.array([place[r] for r in refs[a : b + 1]])
            raw.link(name, str(refs[a]), str(refs[b]), line=line, **given)
            parts.setdefault(key, []).append((name, refs[a], refs[b]))
    return parts


def _attributes(tags: dict[str, str]) -> dict[str, Any]:
    street = of_osm(tags["highway"])
    assert street is not None
    one_way = tags.get("oneway", "")
    round_ = tags.get("junction") in ("roundabout", "circular") or tags["highway"] in ("motorway", "motorway_link")
    reverse = one_way in ("-1", "reverse")
    only_along = one_way in ("yes", "true", "1") or (round_ and one_way != "no")
    speed = 0.9 * _speed(tags.get("maxspeed", ""))
    access = Mode(int(ACCESS[street]))
    if tags.get("access") in _NO:
        access = Mode(0)
    for mode, keys in _USES.items():
        for key in keys:
            word = tags.get(key)
            if word is not None:
                access = access & ~mode if word in _NO else access | mode
    lanes = _first_number(tags.get("lanes", ""))
    return {
        "street": street,
        "along": not reverse,
        "back": not only_along,
        "speed": (speed, speed),
        "width": _first_number(tags.get("width", "")) or 3.5 * lanes,
        "access": int(access),
        "name": tags.get("name", tags.get("ref", "")),
    }


def _first_number(word: str) -> float:
    found = re.match(r"\s*(\d+(?:\.\d+)?)", word)
    return min(float(found.group(1)), 200.0) if found else 0.0


def _speed(word: str) -> float:
    number = _first_number(word)
    return number * 1.609344 if "mph" in word else number


def _rule(
    raw: Raw, kind: str, members: list[tuple[str, str, int]], parts: dict[int, list[tuple[str, int, int]]]
) -> bool:
    """Take one turn restriction; returns whether it was understood."""
    by_role: dict[str, list[tuple[str, int]]] = {}
    for role, what, ref in members:
        by_role.setdefault(role, []).append((what, ref))
    via = by_role.get("via", [])
    if len(via) != 1 or via[0][0] != "n" or not kind.startswith(("no_", "only_")):
        return False
    node = via[0][1]
    into = [
        n for what, ref in by_role.get("from", []) if what == "w" for n, *ends in parts.get(ref, []) if node in ends
    ]
    out = [n for what, ref in by_role.get("to", []) if what == "w" for n, *ends in parts.get(ref, []) if node in ends]
    if not into or not out:
        return False
    if kind.startswith("only_"):
        every = [n for links in parts.values() for n, *ends in links if node in ends]
        out = [n for n in every if n not in out]
    for a in into:
        for b in out:
            raw.turn(a, str(node), b, np.inf)
    return True


def _building(tags: dict[str, str], ring: Floats) -> Building:
    flats = tags.get("building:flats", "")
    return Building(
        ring=ring,
        storeys=_first_number(tags.get("building:levels", "")),
        dwellings=int(flats) if flats.isdigit() else -1,
        lived_in=tags["building"] not in _EMPTY,
    )
