"""The ground of the demo county: what it says of a door is true of the generated town the door stands in."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from wuxiao.plan.ground import town
from wuxiao.plan.ground.network import plane
from wuxiao.plan.ground.streets import Street
from wuxiao.plan.ground.write import NOWHERE
from wuxiao.rules import book as rulebook
from wuxiao.site.demo import ground
from wuxiao.site.demo.texts import sections

BOOK = rulebook.loads((Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8"), "book.toml")
NAMES = {d.code: (d.name.zh, d.name.en) for d in BOOK.divisions.values()}
SEAT = ground.SITES[0]
HAN = re.compile(r"[\u4e00-\u9fff]")


@cache
def made(site: ground.Site) -> town.Town:
    return town.make(site.seed, households=site.households)


@cache
def spots() -> tuple[ground.Spot, ...]:
    return tuple(ground.spots(NAMES))


@pytest.mark.parametrize("site", ground.SITES, ids=lambda site: str(site.seed))
def test_every_door_of_a_town_lies_on_its_street(site: ground.Site) -> None:
    streets = made(site).streets
    ends: dict[str, list[np.ndarray]] = defaultdict(list)
    for link, name in zip(streets.links, streets.name, strict=True):
        ends[streets.names[name]].append(streets.nodes[link])
    english = dict(zip(streets.names, made(site).street_names_en, strict=True))
    assert len(english) == len(streets.names), "a street's name is given twice"
    doors: list[float] = []
    yards: list[float] = []
    for spot in spots():
        row = spot.row
        if row.division not in site.divisions:
            continue
        assert row.street_en == english[row.street]
        at = plane((row.lon, row.lat), NOWHERE)[0] - site.middle
        first, last = np.array(ends[row.street]).transpose(1, 0, 2)
        along = last - first
        part = np.clip(((at - first) * along).sum(axis=1) / (along**2).sum(axis=1), 0, 1)
        away = float(np.hypot(*(first + part[:, None] * along - at).T).min())
        (yards if row.building else doors).append(away)
    assert len(doors) > 50
    assert len(yards) > 50
    assert max(doors) < 80
    assert max(yards) < 130, "farther behind a gate than a block is deep"
    assert np.median(doors + yards) < 35


def test_no_two_addresses_read_the_same() -> None:
    for lang in ("full", "full_en"):
        assert len({getattr(spot.row, lang) for spot in spots()}) == len(spots())
    for spot in spots():
        assert spot.row.full.startswith("望川县" + NAMES[spot.row.division[:9]][0] + NAMES[spot.row.division][0])
        assert not re.search("[A-Za-z]", spot.row.full + spot.short)
        assert spot.row.full_en.endswith(
            f"{NAMES[spot.row.division][1]}, {NAMES[spot.row.division[:9]][1]}, Wangchuan County"
        )
        assert not HAN.search(spot.row.full_en + spot.row.street_en + spot.short_en)
        assert len(spot.row.code) <= 32


def test_the_same_addresses_every_time_and_a_tenth_when_small() -> None:
    assert ground.spots(NAMES) == list(spots())
    small = ground.spots(NAMES, small=True)
    assert set(small) < set(spots())
    assert len(spots()) / 11 < len(small) < len(spots()) / 9
    assert {spot.row.division for spot in small} == {spot.row.division for spot in spots()}


def test_sub_districts_are_in_one_piece_and_the_bridge_leads_south() -> None:
    seat = made(SEAT)
    code_of = np.array(SEAT.divisions)[seat.block_community]
    touching = {frozenset(code_of[pair]) for pair in seat.borders}
    for sub_district in {code[:9] for code in SEAT.divisions}:
        rest = {code for code in SEAT.divisions if code.startswith(sub_district)}
        todo = [rest.pop()]
        while todo:
            code = todo.pop()
            beside = {one for one in rest if frozenset((code, one)) in touching}
            rest -= beside
            todo += beside
        assert not rest, sub_district
    wet = {frozenset(code_of[pair]) for pair in seat.borders[seat.border_street == Street.RIVER]}
    south, north = "990101001004", "990101001002"
    assert NAMES[south][0] == "桥南社区"
    assert frozenset((south, north)) in wet
    middle = {code: seat.block_centre[code_of == code].mean(axis=0) for code in SEAT.divisions}
    assert middle[south][1] < middle[north][1]
    assert middle["990101001003"][0] > middle[north][0], "the east gate lies east of the old town"


def test_towns_and_villages_keep_apart() -> None:
    reach = {site: float(np.hypot(*made(site).block_centre.T).max()) + 100 for site in ground.SITES}
    for n, site in enumerate(ground.SITES):
        for other in ground.SITES[:n]:
            assert np.hypot(*np.subtract(site.middle, other.middle)) > reach[site] + reach[other] + 1000
        for east, north, _ in ground.VILLAGES.values():
            assert np.hypot(*np.subtract(site.middle, (east, north))) > reach[site]
    assert {code for site in ground.SITES for code in site.divisions} | set(ground.VILLAGES) == {
        code for code in NAMES if len(code) == 12
    }


def test_what_stories_name_stands_in_the_county() -> None:
    estates = {spot.row.estate for spot in spots() if spot.row.estate}
    assert estates == {estate.zh for own in ground.ESTATES.values() for estate in own}
    assert {spot.school for spot in spots()} == {
        word for line in sections("names")["schools"] for word in line.split(" ")[1].split("|")
    }
    places = {name.removesuffix("社区") for name, _ in NAMES.values()}
    assert all(spot.market.endswith("菜市场") and spot.market[:2] in places for spot in spots())
    near = {spot.landmark for spot in spots() if spot.row.division == "990101001002"}
    assert len(near) >= 5
    assert any(word.startswith("文庙") for word in near)


def test_landmarks_are_places_of_their_own() -> None:
    rows = ground.landmarks(spots(), NAMES)
    assert {"菜市场", "小学", "汽车站"} <= {
        end for end in ("菜市场", "小学", "汽车站") for row in rows if row.full.endswith(end)
    }
    assert len({row.code for row in rows}) == len({row.full for row in rows}) == len(rows)
    assert not {row.code for row in rows} & {spot.row.code for spot in spots()}
    assert not any(HAN.search(row.full_en) for row in rows)
    assert all(row.street_en and row.lat is None for row in rows)
    # The same county gives the same places again.
    assert ground.landmarks(spots(), NAMES) == rows
