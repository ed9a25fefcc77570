"""Files as others write them: who may use a street, turns that spare cars, time zones, encodings, first days."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from wuxiao.plan import demand
from wuxiao.plan.demand.readers import read_csv
from wuxiao.plan.form import BadProblem
from wuxiao.plan.ground import geojson, gmns, osm
from wuxiao.plan.ground.osm import _attributes
from wuxiao.plan.ground.raw import Raw, are_spherical
from wuxiao.plan.ground.streets import Mode, Street
from wuxiao.plan.ground.travel import Travel
from wuxiao.plan.ground.turns import take


@pytest.mark.parametrize(
    ("tags", "drive", "ride", "walk"),
    [
        ({}, True, True, True),
        ({"vehicle": "no"}, False, False, True),
        ({"vehicle": "private"}, False, False, True),
        ({"vehicle": "no", "bicycle": "yes"}, False, True, True),
        ({"vehicle": "no", "motor_vehicle": "destination"}, True, False, True),
        ({"motor_vehicle": "agricultural;forestry"}, False, True, True),
        ({"motor_vehicle": "emergency"}, False, True, True),
        ({"access": "military"}, False, False, False),
        ({"access": "agricultural", "foot": "yes"}, False, False, True),
        ({"access": "no", "motor_vehicle": "no", "motorcar": "yes"}, True, False, False),
        ({"access": "permissive"}, True, True, True),
        ({"bicycle": "dismount"}, True, False, True),
        ({"highway": "busway"}, False, False, True),
        ({"highway": "busway", "bicycle": "yes"}, False, True, True),
    ],
)
def test_the_narrowest_tag_says_who_may_use_a_street(tags: dict[str, str], drive: bool, ride: bool, walk: bool) -> None:
    if tags.get("highway") == "busway" and osm.of_osm("busway") is None:
        pytest.skip("busways are not read at all")
    access = Mode(_attributes({"highway": "residential", **tags})["access"])
    assert (bool(access & Mode.DRIVE), bool(access & Mode.RIDE), bool(access & Mode.WALK)) == (drive, ride, walk)


@pytest.mark.parametrize("round_", [{"junction": "roundabout"}, {"highway": "motorway"}, {"junction": "circular"}])
def test_what_goes_round_is_open_one_way_whichever_way_it_was_drawn(round_: dict[str, str]) -> None:
    for word, along, back in (("", True, False), ("yes", True, False), ("-1", False, True), ("no", True, True)):
        given = _attributes({"highway": "primary", **round_, "oneway": word})
        assert (given["along"], given["back"]) == (along, back)


def test_uses_joined_by_either_mark() -> None:
    assert gmns._access("walk;bike", Street.PRIMARY) == gmns._access("walk,bike", Street.PRIMARY)
    assert gmns._access("walk;bike", Street.PRIMARY) == int(Mode.WALK | Mode.RIDE)
    assert gmns._access("bus", Street.PRIMARY) == 0
    assert gmns._access("", Street.PRIMARY) is None


def _calls(folder: Path, first: datetime, *, form: str = "%Y-%m-%d %H:%M", hour: int = 8, code: str = "utf-8") -> Path:
    path = folder / "calls.csv"
    rows = ["at,place,source"]
    for day in range(14):
        at = first + timedelta(days=day, hours=hour)
        rows += [f"{at.strftime(form)},东街,resident", f"{(at + timedelta(minutes=30)).strftime(form)},西街,resident"]
    path.write_bytes(("\n".join(rows) + "\n").encode(code))
    return path


def test_hours_are_those_of_the_towns_clock_however_written(tmp_path: Path) -> None:
    monday = datetime(2026, 3, 2)
    plain = read_csv(_calls(tmp_path, monday))
    east = read_csv(_calls(tmp_path, monday, form="%Y-%m-%dT%H:%M+08:00"))
    utc = read_csv(_calls(tmp_path, monday, form="%Y-%m-%dT%H:%MZ", hour=0))
    assert plain.at.tolist() == east.at.tolist() == utc.at.tolist()
    assert plain.at.min() == 480.0


def test_times_with_and_without_a_zone_are_refused(tmp_path: Path) -> None:
    path = _calls(tmp_path, datetime(2026, 3, 2))
    path.write_text(path.read_text(encoding="utf-8") + "2026-03-05T08:00Z,东街,resident\n", encoding="utf-8")
    with pytest.raises(BadProblem, match="name their zone") as caught:
        read_csv(path)
    assert (caught.value.where, caught.value.row) == ("at", 28)


def test_days_before_the_record_began_are_no_days_without_calls(tmp_path: Path) -> None:
    """Two calls a day for fourteen days are two a day, whatever weekday the record begins on."""
    for first in range(2, 9):
        problem = read_csv(_calls(tmp_path, datetime(2026, 3, first)))
        plan = demand.solve(problem, seconds=60, seed=1)
        assert plan.per_hour.mean(axis=1).sum() * 24 == pytest.approx(2.0, rel=2e-3)
        assert demand.check(problem, plan) == []


def test_offices_that_write_gb18030_and_rows_that_are_short(tmp_path: Path) -> None:
    assert read_csv(_calls(tmp_path, datetime(2026, 3, 2), code="gb18030")).places == ("东街", "西街")
    path = _calls(tmp_path, datetime(2026, 3, 2))
    for more in ("2026-03-05 08:00,东街\n", "2026-03-05 08:00,东街,resident,x\n"):
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
        with pytest.raises(BadProblem) as caught:
            read_csv(path)
        assert caught.value.row == 28


@pytest.mark.parametrize(("kind", "barred"), [("no_left_turn", {("2.0", "5", "4.0")}), ("only_left_turn", {
    ("2.0", "5", "2.0"), ("2.0", "5", "1.0"), ("2.0", "5", "3.0"),
})])  # fmt: skip
def test_turns_of_split_ways_are_kept_and_of_unsplit_ways_passed_over(kind: str, barred: set[object]) -> None:
    """A crossing at node 5: ways 1 to 4 end there, way 9 runs through it."""
    raw = Raw(spherical=False)
    for key, x, y in (("1", 0, 100), ("2", 100, 0), ("3", 0, -100), ("4", -100, 0), ("5", 0, 0)):
        raw.node(key, x, y)
    parts = {}
    for way in (1, 2, 3, 4):
        raw.link(f"{way}.0", str(way), "5", street=Street.RESIDENTIAL)
        parts[way] = [(f"{way}.0", way, 5)]
    assert take(raw, kind, [("from", "w", 2), ("via", "n", 5), ("to", "w", 4)], parts)
    assert {turn[:3] for turn in raw._turns} == barred
    through = {**parts, 9: [("9.0", 2, 5), ("9.1", 5, 4)]}
    for one, other in ((9, 1), (1, 9), (9, 9)):
        assert not take(raw, kind, [("from", "w", one), ("via", "n", 5), ("to", "w", other)], through)
    assert {turn[:3] for turn in raw._turns} == barred


def test_latitude_before_longitude_is_seen_all_over_china() -> None:
    for lon, lat in ((112.9, 28.2), (75.99, 39.47), (87.6, 43.8)):
        assert are_spherical([(lon, lat), (lon + 0.01, lat + 0.01)])
        with pytest.raises(BadProblem, match="longitude first"):
            are_spherical([(lat, lon), (lat + 0.01, lon + 0.01)])
    assert are_spherical([(10.7, 59.9), (10.8, 59.95)]), "Oslo lies where it lies"


@pytest.mark.parametrize(("word", "open_"), [
    (None, (True, True)), ("no", (True, True)), ("B", (True, True)), ("yes", (True, False)), ("F", (True, False)),
    ("是", (True, False)), ("T", (False, True)), ("-1", (False, True)), (-1, (False, True)), (True, (True, False)),
])  # fmt: skip
def test_one_way_words(word: object, open_: tuple[bool, bool]) -> None:
    assert geojson.one_way(word, 3) == open_
    with pytest.raises(BadProblem) as caught:
        geojson.one_way("perhaps", 3)
    assert (caught.value.where, caught.value.row) == ("oneway", 3)


@pytest.mark.parametrize(("system", "taken"), [
    ("urn:ogc:def:crs:OGC:1.3:CRS84", True), ("EPSG:4326", True), ("urn:ogc:def:crs:EPSG::4490", True),
    ("EPSG:4547", True), ("EPSG:3857", False), ("EPSG:2263", False), ("EPSG:14326", False),
])  # fmt: skip
def test_foreign_systems_are_refused(system: str, taken: bool) -> None:
    data = {"crs": {"type": "name", "properties": {"name": system}}}
    if taken:
        geojson._known_system(data, "x.geojson")
        return
    with pytest.raises(BadProblem, match="WGS 84"):
        geojson._known_system(data, "x.geojson")


def _crossing(folder: Path, *rules: str) -> osm.Extract:
    """A crossing at node 5 with arms 1 north, 2 east, 3 south, 4 west, way k ending in node 5; stairs from 2 to 3."""
    spots = {1: (28.001, 112.0), 2: (28.0, 112.001), 3: (27.999, 112.0), 4: (28.0, 111.999), 5: (28.0, 112.0)}
    nodes = "".join(f'<node id="{k}" lat="{lat}" lon="{lon}"/>' for k, (lat, lon) in spots.items())
    ways = "".join(
        f'<way id="{k}"><nd ref="{k}"/><nd ref="5"/><tag k="highway" v="residential"/></way>' for k in (1, 2, 3, 4)
    )
    ways += '<way id="9"><nd ref="2"/><nd ref="3"/><tag k="highway" v="steps"/></way>'
    path = folder / "crossing.osm"
    path.write_text(f'<osm version="0.6">{nodes}{ways}{"".join(rules)}</osm>', encoding="utf-8")
    return osm.read(path)


def _rule(number: int, from_: int, to: int, **tags: str) -> str:
    told = "".join(f'<tag k="{key.replace("__", ":")}" v="{word}"/>' for key, word in tags.items())
    ends = f'<member type="way" ref="{from_}" role="from"/><member type="way" ref="{to}" role="to"/>'
    via = '<member type="node" ref="5" role="via"/>'
    return f'<relation id="{number}"><tag k="type" v="restriction"/>{told}{ends}{via}</relation>'


def _seconds(found: osm.Extract, mode: Mode, a: int, b: int) -> float:
    row = {key: k for k, key in enumerate(found.network.node_ids)}
    return float(Travel(found.network, mode=mode).seconds([row[str(a)]], [row[str(b)]])[0, 0])


def _goes(found: osm.Extract, mode: Mode, a: int, b: int) -> bool:
    """Whether one may go from the end of arm a over the crossing to the end of arm b without turning back."""
    straight = _seconds(found, mode, a, 5) + _seconds(found, mode, 5, b)
    return _seconds(found, mode, a, b) < 1.2 * straight


@pytest.mark.parametrize(("tags", "drives", "rides"), [
    ({"restriction": "no_left_turn"}, False, False),
    ({"restriction": "no_left_turn", "except": "bicycle"}, False, True),
    ({"restriction": "no_left_turn", "except": "motorcar;psv"}, True, False),
    ({"restriction__motorcar": "no_left_turn"}, False, True),
    ({"restriction__bicycle": "no_left_turn"}, True, False),
    ({"restriction__hgv": "no_left_turn"}, True, True),
    ({"restriction": "no_left_turn", "except": "vehicle"}, True, True),
])  # fmt: skip
def test_turn_rules_bind_whom_they_name(tags: dict[str, str], drives: bool, rides: bool, tmp_path: Path) -> None:
    found = _crossing(tmp_path, _rule(1, 1, 2, **tags))
    assert (_goes(found, Mode.DRIVE, 1, 2), _goes(found, Mode.RIDE, 1, 2)) == (drives, rides)
    assert _goes(found, Mode.WALK, 1, 2)
    assert _goes(found, Mode.DRIVE, 1, 3)
    assert found.conditional == (drives and rides)


def test_two_only_ways_out_of_an_arm_are_both_open(tmp_path: Path) -> None:
    found = _crossing(
        tmp_path, _rule(1, 1, 3, restriction="only_straight_on"), _rule(2, 1, 4, restriction="only_right_turn")
    )
    assert [_goes(found, Mode.DRIVE, 1, arm) for arm in (2, 3, 4)] == [False, True, True]
    assert found.passed_over == 0


def test_nobody_rides_up_stairs(tmp_path: Path) -> None:
    found = _crossing(tmp_path)
    assert found.steps == 1
    round_the_corner = _seconds(found, Mode.RIDE, 2, 5) + _seconds(found, Mode.RIDE, 5, 3)
    assert _seconds(found, Mode.RIDE, 2, 3) == pytest.approx(round_the_corner)
    assert _seconds(found, Mode.WALK, 2, 3) < 0.8 * (
        _seconds(found, Mode.WALK, 2, 5) + _seconds(found, Mode.WALK, 5, 3)
    )
