"""The ground of the fictional county: streets, estates, village groups and their doors, on an invented little plane.

No street, estate or village here exists; the coordinates lie on a schematic grid and point at nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from wuxiao.desk.places import AddressRow
from wuxiao.site.demo.texts import sections

ORIGIN = (30.4200, 109.2600)
#: About a hundred metres in degrees, north and east.
STEP = (0.00090, 0.00104)

#: Where each community or village lies on the grid, in hundreds of metres east and north of the county hall.
CENTRES: dict[str, tuple[float, float]] = {
    "990101001001": (0, 4), "990101001002": (-7, 0), "990101001003": (7, 1), "990101001004": (1, -7),
    "990101002001": (15, 3), "990101002002": (17, -5), "990101002003": (24, 5), "990101002004": (12, 11),
    "990101100001": (-58, 22), "990101100200": (-66, 30), "990101100201": (-50, 34), "990101100202": (-72, 14),
    "990101101001": (62, -30), "990101101200": (74, -36), "990101101201": (58, -44),
    "990101102001": (-34, 82), "990101102200": (-44, 94), "990101102201": (-20, 90),
    "990101103001": (48, 70), "990101103200": (60, 80), "990101103201": (38, 60),
    "990101200200": (-90, -54), "990101200201": (-104, -66), "990101200202": (-98, -40),
}  # fmt: skip


def _by_division(name: str) -> dict[str, str]:
    return {code: rest for code, _, rest in (line.partition(" ") for line in sections("names")[name])}


#: Streets of the communities: Chinese name and English name.
STREETS: dict[str, str] = _by_division("streets")
#: Estates of the communities: Chinese name, English name, how many buildings.
ESTATES: dict[str, str] = _by_division("estates")
#: Villages and how many groups (村民小组) they have.
VILLAGES: dict[str, int] = {
    "990101100200": 6, "990101100201": 5, "990101100202": 5, "990101101200": 6, "990101101201": 5, "990101102200": 6,
    "990101102201": 4, "990101103200": 5, "990101103201": 4, "990101200200": 5, "990101200201": 4, "990101200202": 4,
}  # fmt: skip
_NUMERALS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Spot:
    """One address as a story needs it; `kind` is estate, street or village, `short` how people call the place."""

    row: AddressRow
    kind: str
    short: str
    short_en: str


def _split(text: str) -> tuple[str, str]:
    zh, _, en = text.partition(" ")
    return zh, en


def _at(east: float, north: float) -> tuple[float, float]:
    return round(ORIGIN[0] + north * STEP[0], 6), round(ORIGIN[1] + east * STEP[1], 6)


def spots(names: dict[str, tuple[str, str]], *, small: bool = False) -> list[Spot]:
    """Return every address of the county: some six thousand, or a tenth with `small`, always the same ones.

    `names` gives the Chinese and English names of the divisions by code, the township's included.
    """
    found: list[Spot] = []
    for code, centre in CENTRES.items():
        local = list(_of_village(code, centre, names) if code in VILLAGES else _of_community(code, centre, names))
        if small:
            keep = random.Random(f"spots:{code}")
            kept = set(keep.sample(range(len(local)), max(20, len(local) // 10)))
            local = [spot for n, spot in enumerate(local) if n in kept]
        found += local
    return found


def _head(code: str, names: dict[str, tuple[str, str]]) -> tuple[str, str]:
    town, place = names[code[:9]], names[code]
    return f"望川县{town[0]}{place[0]}", f"{place[1]}, {town[1]}, Wangchuan County"


def _of_community(code: str, centre: tuple[float, float], names: dict[str, tuple[str, str]]) -> Iterator[Spot]:
    zh_head, en_head = _head(code, names)
    streets = [_split(s) for s in STREETS[code].split("|")]
    urban = code < "990101100"
    doors = 46 if urban else 52
    rng = random.Random(f"ground:{code}")
    for n, (zh, en) in enumerate(streets):
        along_east = n % 2 == 0
        offset = (n // 2 + 1) * (1 if n % 4 < 2 else -1) * 1.1
        numbers = sorted(rng.sample(range(1, doors * 2 + 20), doors))
        for door in numbers:
            run, side = (door - doors) * 0.07, 0.12 if door % 2 else -0.12
            east = centre[0] + (run if along_east else offset + side)
            north = centre[1] + (offset + side if along_east else run)
            lat, lon = _at(east, north)
            row = AddressRow(
                code=f"{code}-{n + 1:02d}-{door:04d}",
                division=code,
                street=zh,
                street_en=en,
                door=f"{door}号",
                full=f"{zh_head}{zh}{door}号",
                full_en=f"{door} {en}, {en_head}",
                lat=lat,
                lon=lon,
            )
            yield Spot(row, "street", f"{zh}{door}号", f"{door} {en}")
    for n, text in enumerate(ESTATES[code].split("|")):
        words = text.split(" ")
        estate, estate_en, buildings = words[0], " ".join(words[1:-1]), int(words[-1])
        zh, en = streets[n % len(streets)]
        door = 200 + n * 12
        for building in range(1, buildings + 1):
            for unit in range(1, 4 if urban else 3):
                lat, lon = _at(
                    centre[0] + 2.6 + (building % 4) * 0.55 + unit * 0.08,
                    centre[1] - 2.2 + n * 1.9 - building // 4 * 0.5,
                )
                row = AddressRow(
                    code=f"{code}-E{n + 1}-{building:02d}{unit:02d}",
                    division=code,
                    street=zh,
                    street_en=en,
                    door=f"{door}号",
                    estate=estate,
                    building=f"{building}幢{unit}单元",
                    full=f"{zh_head}{zh}{door}号{estate}{building}幢{unit}单元",
                    full_en=f"Entrance {unit}, Building {building}, {estate_en}, {door} {en}, {en_head}",
                    lat=lat,
                    lon=lon,
                )
                yield Spot(row, "estate", f"{estate}{building}幢", f"Building {building}, {estate_en}")


def _of_village(code: str, centre: tuple[float, float], names: dict[str, tuple[str, str]]) -> Iterator[Spot]:
    zh_head, en_head = _head(code, names)
    village = names[code][0]
    rng = random.Random(f"ground:{code}")
    for group in range(1, VILLAGES[code] + 1):
        east = centre[0] + rng.uniform(-6, 6)
        north = centre[1] + rng.uniform(-5, 5)
        zh, en = f"{_NUMERALS[group]}组", f"Group {group}"
        for door in range(1, rng.randint(34, 46)):
            lat, lon = _at(east + rng.uniform(-1.2, 1.2), north + rng.uniform(-0.9, 0.9))
            row = AddressRow(
                code=f"{code}-G{group}-{door:03d}",
                division=code,
                street=zh,
                street_en=en,
                door=f"{door}号",
                full=f"{zh_head}{zh}{door}号",
                full_en=f"No. {door}, {en}, {en_head}",
                lat=lat,
                lon=lon,
            )
            yield Spot(row, "village", f"{village}{zh}", f"{en}, {names[code][1]}")
