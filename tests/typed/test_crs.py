"""Positions of map sites and those inside: there and back within a centimetre, and what looks like another system.

The oracle is written here a second time, as the public has the forward formulas, and goes back by Newton's method.
"""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.typed.crs import Crs, apart, metres, named, of_wgs84, read, swapped, to_wgs84
from wuxiao.typed.shifted import guess
from wuxiao.typed.trouble import Trouble

Pair = tuple[float, float]
#: All of the country, islands and corners too.
CHINA = st.tuples(st.floats(3.4, 53.6), st.floats(73.4, 135.1))
PI = 3.1415926535897932384626
A, EE = 6378245.0, 0.00669342162296594323
X_PI = PI * 3000.0 / 180.0


def transform_lat(lng: float, lat: float) -> float:
    ret = -100.0 + 2.0 * lng + 3.0 * lat + 0.2 * lat * lat + 0.1 * lng * lat + 0.2 * math.sqrt(math.fabs(lng))
    ret += (20.0 * math.sin(6.0 * lng * PI) + 20.0 * math.sin(2.0 * lng * PI)) * 2.0 / 3.0
    ret += (20.0 * math.sin(lat * PI) + 40.0 * math.sin(lat / 3.0 * PI)) * 2.0 / 3.0
    ret += (160.0 * math.sin(lat / 12.0 * PI) + 320 * math.sin(lat * PI / 30.0)) * 2.0 / 3.0
    return ret


def transform_lng(lng: float, lat: float) -> float:
    ret = 300.0 + lng + 2.0 * lat + 0.1 * lng * lng + 0.1 * lng * lat + 0.1 * math.sqrt(math.fabs(lng))
    ret += (20.0 * math.sin(6.0 * lng * PI) + 20.0 * math.sin(2.0 * lng * PI)) * 2.0 / 3.0
    ret += (20.0 * math.sin(lng * PI) + 40.0 * math.sin(lng / 3.0 * PI)) * 2.0 / 3.0
    ret += (150.0 * math.sin(lng / 12.0 * PI) + 300.0 * math.sin(lng / 30.0 * PI)) * 2.0 / 3.0
    return ret


def gcj(at: Pair) -> Pair:
    lat, lng = at
    dlat, dlng = transform_lat(lng - 105.0, lat - 35.0), transform_lng(lng - 105.0, lat - 35.0)
    radlat = lat / 180.0 * PI
    magic = 1 - EE * math.sin(radlat) * math.sin(radlat)
    root = math.sqrt(magic)
    dlat = (dlat * 180.0) / ((A * (1 - EE)) / (magic * root) * PI)
    dlng = (dlng * 180.0) / (A / root * math.cos(radlat) * PI)
    return lat + dlat, lng + dlng


def baidu(at: Pair) -> Pair:
    lat, lng = at
    z = math.sqrt(lng * lng + lat * lat) + 0.00002 * math.sin(lat * X_PI)
    theta = math.atan2(lat, lng) + 0.000003 * math.cos(lng * X_PI)
    return z * math.sin(theta) + 0.006, z * math.cos(theta) + 0.0065


FORWARD = {Crs.WGS84: lambda at: at, Crs.GCJ02: gcj, Crs.BD09: lambda at: baidu(gcj(at))}


def newton(crs: Crs, there: Pair) -> Pair:
    """Where a position of a system is in WGS-84: Newton in two dimensions on the forward formula."""
    lat, lng = there
    step = 1e-6
    for _ in range(8):
        here = FORWARD[crs]((lat, lng))
        north, east = FORWARD[crs]((lat + step, lng)), FORWARD[crs]((lat, lng + step))
        a, c = (north[0] - here[0]) / step, (north[1] - here[1]) / step
        b, d = (east[0] - here[0]) / step, (east[1] - here[1]) / step
        dy, dx = there[0] - here[0], there[1] - here[1]
        det = a * d - b * c
        lat, lng = lat + (d * dy - b * dx) / det, lng + (a * dx - c * dy) / det
    return lat, lng


def far(one: Pair, other: Pair) -> float:
    """Metres on a sphere, by the chord."""
    u, v = (
        (math.cos(math.radians(p[0])) * math.cos(math.radians(p[1])),
         math.cos(math.radians(p[0])) * math.sin(math.radians(p[1])), math.sin(math.radians(p[0])))
        for p in (one, other)
    )  # fmt: skip
    return 2 * 6_371_008.8 * math.asin(math.dist(u, v) / 2)


def test_known_pairs_of_a_widely_used_converter() -> None:
    tiananmen = (39.915, 116.404)
    assert of_wgs84(tiananmen, Crs.GCJ02) == pytest.approx((39.91640428150164, 116.41024449916938), abs=1e-11)
    assert of_wgs84(to_wgs84(tiananmen, Crs.GCJ02), Crs.BD09) == pytest.approx(
        (39.92133699351021, 116.41036949371029), abs=1e-10
    )


@settings(max_examples=lots(300, 20_000), deadline=None)
@given(CHINA)
@pytest.mark.parametrize("crs", [Crs.GCJ02, Crs.BD09])
def test_there_and_back_is_within_a_centimetre_all_over_the_country(crs: Crs, at: Pair) -> None:
    there = of_wgs84(at, crs)
    assert far(there, FORWARD[crs](at)) < 0.001
    assert far(at, there) > 10
    back = to_wgs84(there, crs)
    assert far(back, at) < 0.01
    assert far(back, newton(crs, there)) < 0.001
    # The other way round: what a map site gives, brought in and given out again.
    assert far(of_wgs84(to_wgs84(at, crs), crs), at) < 0.01


@settings(max_examples=lots(200, 5000), deadline=None)
@given(CHINA)
def test_baidus_differs_from_the_shifted_one_by_about_a_kilometre(at: Pair) -> None:
    assert 500 < far(of_wgs84(at, Crs.GCJ02), of_wgs84(at, Crs.BD09)) < 1500


@pytest.mark.parametrize("at", [(40.7, -74.0), (30.0, -150.0), (-33.9, 151.2), (0.0, 0.0)])
def test_outside_the_country_nothing_is_shifted(at: Pair) -> None:
    assert of_wgs84(at, Crs.GCJ02) == at
    assert to_wgs84(at, Crs.GCJ02) == at
    assert far(to_wgs84(of_wgs84(at, Crs.BD09), Crs.BD09), at) < 0.01


@pytest.mark.parametrize(
    ("text", "crs"),
    [
        ("WGS-84", Crs.WGS84), ("wgs 84", Crs.WGS84), ("CGCS2000", Crs.WGS84), ("EPSG:4490", Crs.WGS84),
        ("ＧＣＪ－０２", Crs.GCJ02), ("火星坐标系", Crs.GCJ02), ("高德", Crs.GCJ02), ("crs=gcj02", Crs.GCJ02),
        ("BD-09", Crs.BD09), ("百度坐标", Crs.BD09), ("西安80", None), ("", None),
    ],
)  # fmt: skip
def test_systems_are_known_by_the_names_people_use(text: str, crs: Crs | None) -> None:
    assert named(text) is crs


@pytest.mark.parametrize(
    ("text", "at", "crs"),
    [
        ("30.1,104.2", (30.1, 104.2), None), ("30.1， 104.2", (30.1, 104.2), None),
        ("30.1 104.2 gcj02", (30.1, 104.2), Crs.GCJ02), ("高德：30.1，104.2", (30.1, 104.2), Crs.GCJ02),
        ("30.1,104.2 crs=bd09", (30.1, 104.2), Crs.BD09), ("-30,-150.5", (-30.0, -150.5), None),
    ],
)  # fmt: skip
def test_a_position_is_read_with_the_system_beside_it(text: str, at: Pair, crs: Crs | None) -> None:
    assert read(text) == (at, crs)


@pytest.mark.parametrize(
    "text", ["30.1", "30.1,104.2,7", "甲,乙", "30.1,104.2 西安80", "30.1,1e2", "nan,nan", "95,-10"]
)
def test_what_is_no_position_is_said(text: str) -> None:
    found = read(text)
    assert isinstance(found, Trouble)
    assert found.code == "point"


@pytest.mark.parametrize("text", ["104.2,30.1", "87.61,43.82", "119.3 26.08 gcj02"])
def test_swapped_numbers_are_recognised_and_written_the_right_way(text: str) -> None:
    found = read(text)
    assert isinstance(found, Trouble)
    assert found.code == "swapped"
    lon, lat = text.replace(",", " ").split()[:2]
    assert f"{float(lat):.6f},{float(lon):.6f}" in found.zh
    assert f"{float(lat):.6f},{float(lon):.6f}" in found.en
    assert read("") is None
    assert not swapped((30.1, 104.2))


def test_metres_within_a_town_agree_with_the_sphere() -> None:
    here = (30.1, 104.2)
    for there in ((30.12, 104.2), (30.1, 104.23), (30.08, 104.18)):
        assert metres(here, there) == pytest.approx(far(here, there), rel=2e-4)
    north, east = apart((30.11, 104.21), here)
    assert north > 0
    assert east > 0


# ------------------------------------------------------------------------------------------------------- guessing


def town(rng: random.Random, many: int, noise: float) -> list[tuple[Pair, Pair]]:
    """Places as they are, in no system, with the address each has: beside it by some metres in any direction."""
    middle = (rng.uniform(20, 45), rng.uniform(90, 125))
    found = []
    for _ in range(many):
        at = (middle[0] + rng.uniform(-0.03, 0.03), middle[1] + rng.uniform(-0.03, 0.03))
        angle, off = rng.uniform(0, 2 * math.pi), abs(rng.gauss(0, noise))
        beside = (
            at[0] + off * math.cos(angle) / 111_195,
            at[1] + off * math.sin(angle) / 111_195 / math.cos(math.radians(at[0])),
        )
        found.append((at, beside))
    return found


@pytest.mark.parametrize("meant", list(Crs))
@pytest.mark.parametrize("said", list(Crs))
@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize(("many", "noise"), [(3, 5.0), (10, 40.0), (60, 60.0)])
def test_what_was_meant_is_found_in_every_town(meant: Crs, said: Crs, swap: bool, many: int, noise: float) -> None:
    rng = random.Random(f"{meant}{said}{swap}{many}")
    for _ in range(lots(6, 100)):
        places = town(rng, many, noise)
        at = places[0][0]
        pairs = [(FORWARD[meant](at), beside) for at, beside in places]
        if swap:
            pairs = [((at[1], at[0]), beside) for at, beside in pairs]
        found = guess(pairs, said)
        if (meant, swap) == (said, False):
            assert found is None
            continue
        if found is None:
            # About longitude 97 the first shift is next to nothing, so that nothing can be seen of it.
            assert not swap
            assert {meant, said} == {Crs.WGS84, Crs.GCJ02}
            assert far(at, gcj(at)) < 200
            continue
        assert (found.crs, found.swapped, found.of) == (meant, swap, many)
        assert found.left < found.metres


def test_places_that_lie_anywhere_are_no_shift() -> None:
    rng = random.Random(7)
    for _ in range(lots(200, 5000)):
        assert guess(town(rng, rng.choice([1, 2, 3, 8, 50]), 300.0), Crs.WGS84) is None


def test_one_place_alone_must_fit_its_door_in_the_other_system() -> None:
    door = (30.1, 104.2)
    found = guess([(gcj(door), door)], Crs.WGS84)
    assert found is not None
    assert (found.crs, found.of) == (Crs.GCJ02, 1)
    beside = (gcj(door)[0] + 60 / 111_195, gcj(door)[1])
    assert guess([(beside, door)], Crs.WGS84) is None
    assert guess([], Crs.WGS84) is None
