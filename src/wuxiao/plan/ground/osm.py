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
from wuxiao.plan.ground import turns
from wuxiao.plan.ground.network import Network, plane
from wuxiao.plan.ground.raw import Raw
from wuxiao.plan.ground.streets import ACCESS, Mode, Street, of_osm
from wuxiao.plan.store import Floats

#: What lets everybody in; any other word (private, agricultural, emergency, military …) lets the public out.
_YES = {"yes", "permissive", "designated", "destination", "official", "customers", "delivery", "public", "unknown"}
#: Keys of turn restrictions with whom they bind, and the words by which a restriction spares a mode.
_BOUND = {
    "restriction": int(Mode.RIDE | Mode.DRIVE),
    "restriction:motorcar": int(Mode.DRIVE),
    "restriction:motor_vehicle": int(Mode.DRIVE),
    "restriction:bicycle": int(Mode.RIDE),
}
_SPARED = {Mode.DRIVE: {"motorcar", "motor_vehicle", "vehicle"}, Mode.RIDE: {"bicycle", "vehicle"}}
#: A member of a relation, as role, type and id; a turn rule with its members and whom it binds.
Member = tuple[str, str, int]
Rule = tuple[str, list[Member], int]
#: Keys of each mode from the widest to its own: the narrowest that is there decides (the map's own hierarchy).
_USES = {
    Mode.DRIVE: ("access", "vehicle", "motor_vehicle", "motorcar"),
    Mode.RIDE: ("access", "vehicle", "bicycle"),
    Mode.WALK: ("access", "foot"),
}
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
    """A building: ring and courts in metres, storeys (0 unknown), dwellings (-1 unknown), whether lived in."""

    ring: Floats
    storeys: float
    dwellings: int
    lived_in: bool
    holes: tuple[Floats, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What an OpenStreetMap file holds of the ground, and what of it was not read.

    `passed_over` counts turn rules that could not be understood; `conditional` tags and turn rules of streets that hold
    only at some hours or for vehicles nobody here drives (``oneway:conditional``, ``restriction:hgv``), which are left
    out; `ferries` lines nobody is sent over; `steps` stairs, which nobody rides up.
    """

    network: Network
    barriers: tuple[Barrier, ...]
    buildings: tuple[Building, ...]
    passed_over: int
    conditional: int
    ferries: int = 0
    steps: int = 0


def load(path: Path) -> Network:
    """Return the streets of an OSM file; see `read`."""
    return read(path).network


def read(path: Path) -> Extract:
    """Return streets, barriers and buildings of an OSM file (.osm.pbf, .osm, .osm.gz, .osm.bz2).

    Ways are cut where they meet. One-way tags bind drivers and riders. A `maxspeed` counts nine tenths; `width`, else
    3.5 m a lane, else the class gives the width. Turn restrictions by way of a node or of ways are kept, also
    ``only_...``. Buildings are closed ways and multipolygons.
    """
    import osmium

    if not path.is_file():
        raise BadProblem(path.name, Said("没有这个文件", "there is no such file"))
    ways: list[tuple[int, dict[str, str], list[int]]] = []
    lines: list[tuple[Street, list[int]]] = []
    houses: list[tuple[dict[str, str], list[int]]] = []
    large: list[tuple[dict[str, str], Any, list[Any]]] = []
    rules: list[Rule] = []
    conditional = ferries = steps = 0
    place: dict[int, tuple[float, float]] = {}
    try:
        thing: Any
        for thing in osmium.FileProcessor(str(path)).with_areas(osmium.filter.KeyFilter("building")):
            tags = {tag.k: tag.v for tag in thing.tags}
            if thing.is_node():
                place[thing.id] = (
                    (thing.location.lon, thing.location.lat) if thing.location.valid() else (np.nan, np.nan)
                )
            elif thing.is_way() and tags:
                ferries += tags.get("route") == "ferry"
                steps += tags.get("highway") == "steps"
                _sort(thing.id, tags, [n.ref for n in thing.nodes], ways, lines, houses)
                conditional += "highway" in tags and sum(key.endswith(":conditional") for key in tags)
            elif thing.is_relation() and tags.get("type", "").startswith("restriction"):
                found = _rules(tags, [(m.role, m.type, m.ref) for m in thing.members])
                rules += found
                conditional += not found
            elif thing.is_area() and not thing.from_way() and tags.get("building", "no") != "no":
                large += _buildings(thing, tags)
    except (RuntimeError, ValueError) as error:
        said = Said(f"不是OSM文件：{error}", f"is no OSM file: {error}")
        raise BadProblem(path.name, said) from error
    raw = Raw(spherical=True)
    parts = _streets(raw, ways, place)
    passed = sum(not turns.take(raw, kind, members, parts, modes) for kind, members, modes in _together(rules))
    network = raw.network()
    assert network.origin is not None
    origin = network.origin

    def drawn(refs: list[int]) -> Floats:
        return plane([place[r] for r in refs if r in place], origin)

    barriers = [Barrier(kind=kind, line=drawn(refs)) for kind, refs in lines]
    buildings = [_building(tags, drawn(refs), ()) for tags, refs in houses]
    buildings += [
        _building(tags, plane(outer, origin), tuple(plane(ring, origin) for ring in inner))
        for tags, outer, inner in large
    ]
    return Extract(
        network=network,
        barriers=tuple(b for b in barriers if len(b.line) > 1),
        buildings=tuple(b for b in buildings if len(b.ring) > 2),
        passed_over=passed,
        conditional=conditional,
        ferries=ferries,
        steps=steps,
    )


def _rules(tags: dict[str, str], members: list[Member]) -> list[Rule]:
    """Return whom a restriction binds to what: all, or those named in its key, less those it excepts."""
    found: dict[str, int] = {}
    for key, modes in _BOUND.items():
        if tags.get(key):
            found[tags[key]] = found.get(tags[key], 0) | modes
    spared = {word.strip() for word in tags.get("except", "").split(";")}
    less = sum(int(mode) for mode, words in _SPARED.items() if spared & words)
    return [(kind, members, modes & ~less) for kind, modes in found.items() if modes & ~less]


def _together(rules: list[Rule]) -> list[Rule]:
    """Return the rules with those joined that name the only ways out of one arm: any of them may be taken."""
    found: list[Rule] = []
    at: dict[Any, int] = {}
    for kind, members, modes in rules:
        arm = (modes, *(m for m in members if m[0] != "to"))
        if kind.startswith("only_") and arm in at:
            found[at[arm]][1].extend(m for m in members if m[0] == "to")
            continue
        if kind.startswith("only_"):
            at[arm] = len(found)
        found.append((kind, list(members), modes))
    return found


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
    # What goes round runs along its line, unless its tag says that it was drawn the other way.
    only_along = one_way in ("yes", "true", "1") or (round_ and one_way != "no" and not reverse)
    speed = 0.9 * _speed(tags.get("maxspeed", ""))
    access = Mode(int(ACCESS[street]))
    if tags["highway"] in ("busway", "bus_guideway"):
        access &= ~(Mode.DRIVE | Mode.RIDE)
    if tags["highway"] == "steps":
        # A bicycle is carried up them; that is walking.
        access &= ~Mode.RIDE
    for mode, keys in _USES.items():
        told = [(key, tags[key]) for key in keys if tags.get(key)]
        if told:
            key, word = told[-1]
            if not any(part.strip() in _YES for part in word.split(";")):
                # A bicycle may be led where riding is barred; that is walking, which `foot` decides.
                access &= ~mode
            elif key not in ("access", "vehicle"):
                # General permission opens no street to a mode its class does not carry.
                access |= mode
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


def _buildings(area: Any, tags: dict[str, str]) -> list[tuple[dict[str, str], Any, list[Any]]]:
    """Return the outer rings of a multipolygon with what they hold open; dwellings are told of the largest alone."""
    found = [
        (
            tags,
            [(n.lon, n.lat) for n in outer][:-1],
            [[(n.lon, n.lat) for n in r][:-1] for r in area.inner_rings(outer)],
        )
        for outer in area.outer_rings()
    ]
    found.sort(key=lambda one: -abs(_twice_area(one[1])))
    rest = {**tags, "building:flats": "0"} if tags.get("building:flats", "").isdigit() else tags
    return [(tags if k == 0 else rest, outer, inner) for k, (_, outer, inner) in enumerate(found)]


def _twice_area(ring: list[tuple[float, float]]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def _building(tags: dict[str, str], ring: Floats, holes: tuple[Floats, ...]) -> Building:
    flats = tags.get("building:flats", "")
    return Building(
        ring=ring,
        storeys=_first_number(tags.get("building:levels", "")),
        dwellings=int(flats) if flats.isdigit() else -1,
        lived_in=tags["building"] not in _EMPTY,
        holes=holes,
    )
