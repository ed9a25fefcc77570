"""The ground of the fictional county: the doors of five towns made from seed numbers, and village groups around them.

Streets, buildings, homes, schools and shops are those of `wuxiao.plan.ground.town`; estates and villages are invented
here. Nothing of it exists, and on a globe all of it lies in mid-ocean.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wuxiao.desk.town.places import AddressRow
from wuxiao.plan.ground.network import globe
from wuxiao.plan.ground.town import Premise, Town, Use, make
from wuxiao.plan.ground.write import NOWHERE
from wuxiao.rules.words import Text
from wuxiao.site.demo.texts import sections


@dataclass(frozen=True, slots=True)
class Site:
    """Where a generated town lies, in metres east and north of the middle of the county seat, and what it is made from.

    `divisions` names the division of each of its communities, in the order the generator numbers them.
    """

    seed: int
    households: int
    middle: tuple[float, float]
    divisions: tuple[str, ...]


#: The county seat with its two sub-districts, then the towns. 桥南 and 湖滨 are the communities south of the river.
SITES = (
    Site(23, 17_000, (0, 0), (
        "990101001004", "990101002002", "990101002003", "990101002004",
        "990101001001", "990101001002", "990101002001", "990101001003",
    )),
    Site(81, 2_300, (-5800, 2200), ("990101100001",)),
    Site(17, 2_300, (6200, -3000), ("990101101001",)),
    Site(92, 2_300, (-3400, 8200), ("990101102001",)),
    Site(32, 2_300, (4800, 7000), ("990101103001",)),
)  # fmt: skip
#: Villages: metres east and north of the middle of the county seat, and how many groups (村民小组) they have.
VILLAGES: dict[str, tuple[float, float, int]] = {
    "990101100200": (-6600, 3000, 6), "990101100201": (-5000, 3400, 5), "990101100202": (-7200, 1400, 5),
    "990101101200": (7400, -3600, 6), "990101101201": (5800, -4400, 5), "990101102200": (-4400, 9400, 6),
    "990101102201": (-2000, 9000, 4), "990101103200": (6000, 8000, 5), "990101103201": (3800, 6000, 4),
    "990101200200": (-9000, -5400, 5), "990101200201": (-10400, -6600, 4), "990101200202": (-9800, -4000, 4),
}  # fmt: skip
#: Apartment buildings of a named estate, at least.
ESTATE = 10
#: The name of what has none.
NONE = Text("", "")
_NUMERALS = "零一二三四五六七八九"


def _lines(name: str) -> Iterator[tuple[str, str]]:
    for line in sections("names")[name]:
        key, _, rest = line.partition(" ")
        yield key, rest


#: Estates of the communities.
ESTATES = {code: tuple(Text(*pair.split(" ", 1)) for pair in rest.split("|")) for code, rest in _lines("estates")}
_SCHOOLS = {code: rest.split("|") for code, rest in _lines("schools")}
_LANDMARKS = {Premise[kind]: word for kind, word in _lines("landmarks")}


@dataclass(frozen=True, slots=True)
class Spot:
    """One address as a story needs it; `kind` is estate, street or village, `short` how people call the place.

    `school`, `market` and `landmark` are the nearest ones, as people call them.
    """

    row: AddressRow
    kind: str
    short: str
    short_en: str
    school: str
    market: str
    landmark: str


def spots(names: dict[str, tuple[str, str]], *, small: bool = False) -> list[Spot]:
    """Return every address of the county: some six thousand, or a tenth with `small`, always the same ones.

    `names` gives the Chinese and English names of the divisions by code, the township's included.
    """
    towns = [(site, make(site.seed, households=site.households)) for site in SITES]
    known = _Known(names, towns)
    local: dict[str, list[Spot]] = defaultdict(list)
    for site, town in towns:
        for spot in _Doors(site, town, names, known).all():
            local[spot.row.division].append(spot)
    for code in VILLAGES:
        local[code] = list(_of_village(code, names, known))
    found: list[Spot] = []
    for code, here in sorted(local.items()):
        if small:
            kept = set(random.Random(f"spots:{code}").sample(range(len(here)), max(20, len(here) // 10)))
            here = [spot for n, spot in enumerate(here) if n in kept]
        found += here
    return found


def _nearest(points: NDArray[Any], places: NDArray[Any]) -> list[int]:
    """Return, for every point, the row of the nearest place."""
    away: NDArray[Any] = np.hypot(*(points[:, None] - places).transpose(2, 0, 1)).argmin(axis=1)
    return [int(row) for row in away]


@dataclass(frozen=True, slots=True)
class _Named:
    """Places people call by a name, in metres on the county's plane."""

    words: list[str] = field(default_factory=list)
    at: list[NDArray[Any]] = field(default_factory=list)

    def put(self, word: str, at: NDArray[Any]) -> None:
        self.words.append(word)
        self.at.append(at)

    def near(self, points: NDArray[Any]) -> list[str]:
        """Return the name of the nearest place for every point."""
        return [self.words[row] for row in _nearest(points, np.array(self.at))]


class _Known:
    """What everybody in the county knows: schools, markets, and all that one says a place by."""

    def __init__(self, names: dict[str, tuple[str, str]], towns: Sequence[tuple[Site, Town]]) -> None:
        self.schools, self.markets, others = _Named(), _Named(), _Named()
        for site, town in towns:
            codes = [site.divisions[community] for community in town.block_community]
            unused = {code: iter(_SCHOOLS[code]) for code in site.divisions if code in _SCHOOLS}
            for block, at in zip(town.school_block, town.school_xy + site.middle, strict=True):
                self.schools.put(next(unused[codes[block]]), at)
            premises = zip(town.premise_kind, town.premise_block, town.premise_xy + site.middle, strict=True)
            for kind, block, at in premises:
                if word := _LANDMARKS.get(Premise(int(kind))):
                    named = self.markets if kind == Premise.MARKET else others
                    named.put(names[codes[block]][0].removesuffix("社区") + word, at)
        every = (self.schools, self.markets, others)
        self.landmarks = _Named([word for named in every for word in named.words], [at for n in every for at in n.at])

    def near(self, points: NDArray[Any]) -> list[tuple[str, str, str]]:
        """Return the nearest school, market and landmark of every point."""
        named = (self.schools, self.markets, self.landmarks)
        return list(zip(*(places.near(points) for places in named), strict=True))


def _head(code: str, names: dict[str, tuple[str, str]]) -> tuple[str, str]:
    town, place = names[code[:9]], names[code]
    return f"望川县{town[0]}{place[0]}", f"{place[1]}, {town[1]}, Wangchuan County"


#: How landmarks are called in English, by the end of their Chinese names.
_LANDMARKS_EN = {
    "菜市场": "food market", "宾馆": "hotel", "加油站": "petrol station", "信用社": "credit union", "卫生站": "clinic",
    "汽车站": "bus station", "医院": "hospital", "小学": "primary school", "学校": "school", "中心校": "school",
}  # fmt: skip


def landmarks(spots: Sequence[Spot], names: dict[str, tuple[str, str]]) -> list[AddressRow]:
    """Return the schools, markets, stations and hospitals that people name, as places of the streets they stand on.

    Without a position: what is known of them is the nearest address, not their own door.
    """
    near: dict[str, Spot] = {}
    for spot in spots:
        for name in (spot.school, spot.market, spot.landmark):
            if name:
                near.setdefault(name, spot)
    rows = []
    for number, (name, spot) in enumerate(sorted(near.items())):
        head, head_en = _head(spot.row.division, names)
        kind = next((en for zh, en in _LANDMARKS_EN.items() if name.endswith(zh)), "place")
        english = f"{names[spot.row.division][1].removesuffix(' Community')} {kind}"
        rows.append(
            AddressRow(
                code=f"{spot.row.division}-L{number:04d}",
                division=spot.row.division,
                street=spot.row.street,
                street_en=spot.row.street_en,
                door="",
                estate=name,
                estate_en=english,
                full=f"{head}{name}",
                full_en=f"{english}, {head_en}",
            )
        )
    return rows


def _degrees(points: NDArray[Any]) -> list[tuple[float, float]]:
    """Return metres on the county's plane as latitudes and longitudes."""
    return [(round(float(lat), 6), round(float(lon), 6)) for lon, lat in globe(points, NOWHERE)]


class _Doors:
    """The addresses of one generated town."""

    def __init__(self, site: Site, town: Town, names: dict[str, tuple[str, str]], known: _Known) -> None:
        self.town, self.names, self.divisions = town, names, site.divisions
        points = town.building_xy + site.middle
        self.degrees, self.near = _degrees(points), known.near(points)

    def all(self) -> Iterator[Spot]:
        """Apartment buildings entrance by entrance, the others by their number, shops beside that of their building."""
        flats: dict[int, list[int]] = defaultdict(list)
        for at, block in enumerate(self.town.building_block.tolist()):
            if self.town.block_use[block] in {Use.HOMES, Use.MIXED}:
                flats[block].append(at)
            else:
                yield self._of_number(at)
        for estate, blocks in self._estates(flats):
            yield from self._of_flats(estate, [(flats[block][0], at) for block in blocks for at in flats[block]])
        shops: Counter[int] = Counter()
        for at in _nearest(self.town.premise_xy, self.town.building_xy):
            shops[at] += 1
            yield self._of_number(at, shops[at])

    def _estates(self, flats: dict[int, list[int]]) -> Iterator[tuple[Text, list[int]]]:
        """Join blocks of flats to the named estates of their community; the others stay alone and have no name."""
        for community, code in enumerate(self.divisions):
            free = [block for block in flats if self.town.block_community[block] == community]
            for estate in ESTATES[code]:
                middle = self.town.block_centre[max(free, key=lambda block: len(flats[block]))]
                free.sort(key=lambda block: float(np.hypot(*(self.town.block_centre[block] - middle))))
                sizes = np.cumsum([len(flats[block]) for block in free])
                count = int(np.searchsorted(sizes, ESTATE)) + 1
                yield estate, free[:count]
                del free[:count]
            for block in free:
                yield NONE, [block]

    def _of_flats(self, estate: Text, houses: list[tuple[int, int]]) -> Iterator[Spot]:
        """The entrances of buildings numbered together, each with its gate: the first building of its block."""
        for n, (gate, at) in enumerate(houses, start=1):
            street, number = self._gate(gate)
            house = Text(f"{n}幢", f"Building {n}, ") if len(houses) > 1 else NONE
            door = Text(f"{number}号" if estate.zh or not house.zh else f"{number}号院", f"{number} {street.en}")
            place = estate if estate.zh else Text(street.zh + door.zh, door.en)
            inside = f"{house.en}{estate.en}, " if estate.zh else house.en
            # Two homes on every landing.
            entrances = max(1, round(self.town.building_households[at] / (2 * self.town.building_storeys[at])))
            for k in range(1, entrances + 1):
                en, building = f"Entrance {k}, {inside}{door.en}", f"{house.zh}{k}单元"
                row = self._row(at, f"{at:04d}-{k}", street, door.zh, en, estate, building)
                kind = "estate" if estate.zh else "street"
                yield Spot(row, kind, place.zh + house.zh, house.en + place.en, *self.near[at])

    def _of_number(self, at: int, shop: int = 0) -> Spot:
        """A building by its number, or one of the shops beside it by theirs."""
        street, number = self._gate(at)
        code, door, en = f"{at:04d}", f"{number}号", f"{number} {street.en}"
        if shop:
            code, door, en = f"{at:04d}-S{shop}", f"{number}号附{shop}号", f"{number}-{shop} {street.en}"
        return Spot(self._row(at, code, street, door, en), "street", street.zh + door, en, *self.near[at])

    def _gate(self, at: int) -> tuple[Text, int]:
        """Return the street of a building and its number there."""
        row = self.town.building_street[at]
        street = Text(self.town.streets.names[row], self.town.street_names_en[row])
        return street, int(self.town.building_number[at])

    def _row(
        self, at: int, code: str, street: Text, door: str, en: str, estate: Text = NONE, building: str = ""
    ) -> AddressRow:
        division = self.divisions[self.town.block_community[self.town.building_block[at]]]
        head, head_en = _head(division, self.names)
        lat, lon = self.degrees[at]
        return AddressRow(
            code=f"{division}-{code}",
            division=division,
            street=street.zh,
            street_en=street.en,
            door=door,
            estate=estate.zh,
            estate_en=estate.en,
            building=building,
            full=f"{head}{street.zh}{door}{estate.zh}{building}",
            full_en=f"{en}, {head_en}",
            lat=lat,
            lon=lon,
        )


def _of_village(code: str, names: dict[str, tuple[str, str]], known: _Known) -> Iterator[Spot]:
    head, head_en = _head(code, names)
    village, village_en = names[code]
    east, north, groups = VILLAGES[code]
    rng = np.random.default_rng(int(code))
    for group in range(1, groups + 1):
        zh, en = f"{_NUMERALS[group]}组", f"Group {group}"
        middle = np.array([east, north]) + rng.uniform((-600, -500), (600, 500))
        points = middle + rng.uniform((-120, -90), (120, 90), (int(rng.integers(33, 45)), 2))
        near = known.near(middle[None])[0]
        for door, (lat, lon) in enumerate(_degrees(points), start=1):
            row = AddressRow(
                code=f"{code}-G{group}-{door:03d}",
                division=code,
                street=zh,
                street_en=en,
                door=f"{door}号",
                full=f"{head}{zh}{door}号",
                full_en=f"No. {door}, {en}, {head_en}",
                lat=lat,
                lon=lon,
            )
            yield Spot(row, "village", f"{village}{zh}", f"{en}, {village_en}", *near)
