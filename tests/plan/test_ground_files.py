"""Networks in every form they come in: what is read, what is refused and how it is said."""

from __future__ import annotations

import json
import sqlite3
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wuxiao.plan import cli, store
from wuxiao.plan.form import BadProblem
from wuxiao.plan.ground import Mode, Network, Street, aequilibrae, blocks, geojson, gmns, osm, read, table
from wuxiao.plan.ground.travel import Travel

OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" lat="30.000" lon="110.000"/><node id="2" lat="30.000" lon="110.001"/>
 <node id="3" lat="30.000" lon="110.002"/><node id="4" lat="30.001" lon="110.001"/>
 <node id="5" lat="29.999" lon="110.001"/><node id="6" lat="30.0012" lon="110.0015"/>
 <node id="7" lat="30.0015" lon="110.001"/><node id="8" lat="30.0012" lon="110.0005"/>
 <node id="20" lat="30.0004" lon="110.0014"/><node id="21" lat="30.0004" lon="110.0016"/>
 <node id="22" lat="30.0006" lon="110.0016"/><node id="23" lat="30.0006" lon="110.0014"/>
 <node id="30" lat="29.9995" lon="109.99"/><node id="31" lat="29.9995" lon="110.01"/>
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
  <tag k="highway" v="primary"/><tag k="name" v="枕荻路"/><tag k="maxspeed" v="60"/><tag k="lanes" v="4"/></way>
 <way id="11"><nd ref="4"/><nd ref="2"/><tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
 <way id="12"><nd ref="2"/><nd ref="5"/><tag k="highway" v="service"/><tag k="access" v="private"/>
  <tag k="foot" v="yes"/></way>
 <way id="13"><nd ref="4"/><nd ref="6"/><nd ref="7"/><nd ref="8"/><nd ref="4"/>
  <tag k="highway" v="living_street"/></way>
 <way id="14"><nd ref="20"/><nd ref="21"/><nd ref="22"/><nd ref="23"/><nd ref="20"/>
  <tag k="building" v="apartments"/><tag k="building:levels" v="6"/><tag k="building:flats" v="48"/></way>
 <way id="15"><nd ref="30"/><nd ref="31"/><tag k="waterway" v="river"/></way>
 <way id="16"><nd ref="1"/><nd ref="5"/><tag k="highway" v="proposed"/></way>
 <relation id="40"><member type="way" ref="10" role="from"/><member type="node" ref="2" role="via"/>
  <member type="way" ref="12" role="to"/><tag k="type" v="restriction"/>
  <tag k="restriction" v="no_left_turn"/></relation>
 <relation id="41"><member type="way" ref="11" role="from"/><member type="node" ref="2" role="via"/>
  <member type="way" ref="10" role="to"/><tag k="type" v="restriction"/>
  <tag k="restriction" v="only_right_turn"/></relation>
 <relation id="42"><member type="way" ref="11" role="from"/><member type="way" ref="10" role="via"/>
  <member type="way" ref="12" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="no_u_turn"/></relation>
</osm>
"""


@pytest.fixture
def extract(tmp_path: Path) -> osm.Extract:
    path = tmp_path / "little.osm"
    path.write_text(OSM, encoding="utf-8")
    return osm.read(path)


def by_id(net: Network) -> dict[str, int]:
    return {key: k for k, key in enumerate(net.link_ids)}


def test_osm_streets_are_cut_where_they_meet(extract: osm.Extract) -> None:
    net = extract.network
    row = by_id(net)
    assert set(row) == {"10.0", "10.1", "11.0", "12.0", "13.0", "13.1"}, "a proposed street is none; the loop is halved"
    assert net.street[[row["10.0"], row["11.0"], row["12.0"], row["13.0"]]].tolist() == [
        Street.PRIMARY,
        Street.RESIDENTIAL,
        Street.SERVICE,
        Street.LANE,
    ]
    assert net.names[net.name[row["10.0"]]] == "枕荻路"
    assert net.speed[row["10.0"]].tolist() == [54.0, 54.0]
    assert net.width[row["10.0"]] == 14.0
    assert (bool(net.along[row["11.0"]]), bool(net.back[row["11.0"]])) == (True, False)
    assert net.access[row["12.0"]] == int(Mode.WALK)
    assert net.metres[row["10.0"]] == pytest.approx(111_320 * np.cos(np.radians(30.00025)) / 1000, rel=1e-3)
    loop = net.metres[row["13.0"]] + net.metres[row["13.1"]]
    assert loop == pytest.approx(sum(np.hypot(x, y) for x, y in ((48, 22), (48, 33), (48, 33), (48, 22))), rel=0.02)
    assert net.origin is not None


def test_osm_turns_rivers_and_buildings(extract: osm.Extract) -> None:
    net = extract.network
    turns = {(net.link_ids[a], net.node_ids[v], net.link_ids[b]) for a, v, b in net.turns.tolist()}
    assert ("10.0", "2", "12.0") not in turns, "way 10 runs through the node: which half is meant nobody can tell"
    assert ("11.0", "2", "12.0") not in turns, "only onto 10, but onto which half of it"
    assert ("11.0", "2", "10.0") not in turns
    assert np.isinf(net.turn_seconds).all()
    assert extract.passed_over == 3, "a rule by way of a way is counted as passed over"
    (river,) = extract.barriers
    assert river.kind == Street.RIVER
    (house,) = extract.buildings
    assert (house.storeys, house.dwellings, house.lived_in, len(house.ring)) == (6.0, 48, True, 4)
    node = {key: k for k, key in enumerate(net.node_ids)}
    foot, car = Travel(net, mode=Mode.WALK), Travel(net)
    assert np.isfinite(foot.seconds([node["1"]], [node["5"]])[0, 0])
    assert car.seconds([node["1"]], [node["5"]])[0, 0] == np.inf
    assert car.seconds([node["1"]], [node["4"]])[0, 0] == np.inf, "one way"
    assert np.isfinite(car.seconds([node["4"]], [node["1"]])[0, 0])


WIDE = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" lat="30.000" lon="110.000"/><node id="2" lat="30.000" lon="110.001"/>
 <node id="3" lat="30.000" lon="110.002"/><node id="4" lat="30.001" lon="110.002"/>
 <node id="5" lat="30.001" lon="110.000"/><node id="6" lat="30.000" lon="110.003"/>
 <node id="20" lat="30.0020" lon="110.000"/><node id="21" lat="30.0020" lon="110.001"/>
 <node id="22" lat="30.0030" lon="110.001"/><node id="23" lat="30.0030" lon="110.000"/>
 <node id="24" lat="30.0023" lon="110.0003"/><node id="25" lat="30.0023" lon="110.0007"/>
 <node id="26" lat="30.0027" lon="110.0007"/><node id="27" lat="30.0027" lon="110.0003"/>
 <node id="30" lat="30.0040" lon="110.0000"/><node id="31" lat="30.0040" lon="110.0001"/>
 <node id="32" lat="30.0041" lon="110.0001"/>
 <way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="secondary"/>
  <tag k="maxspeed:conditional" v="30 @ (07:00-09:00)"/><tag k="oneway:conditional" v="yes @ (Mo-Fr)"/></way>
 <way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="secondary"/></way>
 <way id="12"><nd ref="3"/><nd ref="4"/><tag k="highway" v="residential"/></way>
 <way id="13"><nd ref="4"/><nd ref="5"/><tag k="highway" v="residential"/></way>
 <way id="14"><nd ref="5"/><nd ref="2"/><tag k="highway" v="residential"/></way>
 <way id="15"><nd ref="3"/><nd ref="6"/><tag k="highway" v="secondary"/></way>
 <way id="20"><nd ref="20"/><nd ref="21"/><nd ref="22"/></way>
 <way id="21"><nd ref="22"/><nd ref="23"/><nd ref="20"/></way>
 <way id="22"><nd ref="24"/><nd ref="25"/><nd ref="26"/><nd ref="27"/><nd ref="24"/></way>
 <way id="23"><nd ref="30"/><nd ref="31"/><nd ref="32"/><nd ref="30"/></way>
 <relation id="40"><member type="way" ref="10" role="from"/><member type="way" ref="11" role="via"/>
  <member type="way" ref="12" role="to"/><tag k="type" v="restriction"/>
  <tag k="restriction" v="KIND"/></relation>
 <relation id="41"><member type="way" ref="14" role="from"/><member type="node" ref="2" role="via"/>
  <member type="way" ref="11" role="to"/><tag k="type" v="restriction"/>
  <tag k="restriction:conditional" v="no_left_turn @ (07:00-09:00)"/></relation>
 <relation id="42"><member type="way" ref="20" role="outer"/><member type="way" ref="21" role="outer"/>
  <member type="way" ref="22" role="inner"/><member type="way" ref="23" role="outer"/>
  <tag k="type" v="multipolygon"/><tag k="building" v="apartments"/><tag k="building:flats" v="60"/></relation>
</osm>
"""


@pytest.mark.parametrize("kind", ["no_left_turn", "only_straight_on"])
def test_osm_turn_rules_by_way_of_a_way(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "wide.osm"
    text = WIDE.replace("KIND", kind)
    if kind.startswith("only"):
        text = text.replace('ref="12" role="to"', 'ref="15" role="to"')
    path.write_text(text, encoding="utf-8")
    extract = osm.read(path)
    net = extract.network
    ids = {tuple(net.node_ids[x] if k % 2 else net.link_ids[x] for k, x in enumerate(way)) for way in net.paths}
    barred = ("10.0", "2", "11.0", "3", "12.0")
    assert barred in ids
    assert ids == ({barred} if kind.startswith("no") else {barred, ("10.0", "2", "11.0", "3", "11.0")})
    assert extract.passed_over == 0
    node = {key: k for k, key in enumerate(net.node_ids)}
    took = Travel(net).seconds([node["1"], node["2"]], [node["4"], node["6"]])
    free = Travel(replace(net, paths=(), path_modes=())).seconds([node["1"], node["2"]], [node["4"], node["6"]])
    assert took[0, 0] > free[0, 0] + 1.0
    np.testing.assert_allclose(took[[0, 1, 1], [1, 0, 1]], free[[0, 1, 1], [1, 0, 1]])
    assert store.same(store.from_json(Network, json.loads(json.dumps(store.to_json(net)))), net)


def test_osm_multipolygons_and_what_holds_at_some_hours_only(tmp_path: Path) -> None:
    path = tmp_path / "wide.osm"
    path.write_text(WIDE.replace("KIND", "no_left_turn"), encoding="utf-8")
    extract = osm.read(path)
    assert extract.conditional == 3, "two tags of way 10 and one turn rule"
    block, shed = sorted(extract.buildings, key=lambda b: -len(b.ring))
    assert (len(block.ring), len(block.holes), block.dwellings) == (4, 1, 60)
    assert (len(shed.ring), shed.holes, shed.dwellings) == (3, (), 0)
    bare = replace(block, dwellings=-1, storeys=1.0)
    whole = blocks.households([replace(bare, holes=())])[0]
    assert blocks.households([bare])[0] == pytest.approx(whole * (1 - 0.4 * 0.4), rel=1e-6)


def test_osm_by_the_command_and_as_json(
    extract: osm.Extract, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ground", str(tmp_path / "little.osm"), "--blocks", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["turn_rules_passed_over"] == 3
    assert figures["rivers_and_railways"] == 1
    assert figures["buildings"] == 1
    assert figures["blocks"]["number"] == 1, "the loop encloses the only block"
    assert figures["blocks"]["households"] == 0, "the house stands outside"
    net = extract.network
    again = store.from_json(Network, json.loads(json.dumps(store.to_json(net), allow_nan=False)))
    assert store.same(again, net)
    assert again.origin == net.origin
    assert np.isinf(again.turn_seconds).all()


def test_osm_as_pbf_is_the_same(extract: osm.Extract, tmp_path: Path) -> None:
    import osmium

    with osmium.SimpleWriter(str(tmp_path / "little.osm.pbf")) as writer:
        for thing in osmium.FileProcessor(str(tmp_path / "little.osm")):
            writer.add(thing)
    again = read.network(tmp_path / "little.osm.pbf")
    assert again.link_ids == extract.network.link_ids
    np.testing.assert_allclose(again.nodes, extract.network.nodes, atol=0.02)
    np.testing.assert_array_equal(again.turns, extract.network.turns)
    (tmp_path / "bad.osm").write_text("not xml")
    with pytest.raises(BadProblem, match="OSM"):
        osm.read(tmp_path / "bad.osm")


def files(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in texts.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return folder


GMNS = {
    "node": "node_id,x_coord,y_coord\nA,0,0\nB,1000,0\nC,1000,1000\nD,2000,0\n",
    "link": "link_id,from_node_id,to_node_id,directed,length,free_speed,lanes,facility_type,allowed_uses,"
    "geometry,name\n"
    "ab,A,B,true,1,50,2,arterial,,,\n"
    'bc,B,C,false,,30,1,local,"walk,bike","LINESTRING (1000 0, 1300 400, 1000 1000)",疏桐街\n'
    "bd,B,D,true,1.0,50,2,arterial,,,\nda,D,A,true,2.5,50,2,freeway,auto,,\n",
    "config": "dataset_name,short_length,long_length,speed,crs\nx,m,km,kph,EPSG:32649\n",
    "movement": "mvmt_id,node_id,ib_link_id,ob_link_id,type,penalty\n1,B,ab,bd,thru,7.5\n",
}


def test_gmns_with_units_and_movements(tmp_path: Path) -> None:
    net = read.network(files(tmp_path / "g", **GMNS))
    row = by_id(net)
    assert net.origin is None
    assert net.metres[row["da"]] == 2500
    assert net.metres[row["bc"]] == pytest.approx(500 + np.hypot(300, 600))
    assert net.access[row["bc"]] == int(Mode.WALK | Mode.RIDE)
    assert net.back[[row["bc"], row["ab"]]].tolist() == [True, False]
    assert net.street[row["da"]] == Street.MOTORWAY
    node = {key: k for k, key in enumerate(net.node_ids)}
    rules = zip(net.turns.tolist(), net.turn_seconds.tolist(), strict=True)
    held = {(net.link_ids[a], net.link_ids[b]): s for (a, _, b), s in rules}
    assert held == {("ab", "bd"): 7.5, ("ab", "bc"): np.inf}
    took = Travel(net).seconds([node["A"]], [node["D"]])[0, 0]
    assert took == pytest.approx(2 * 72 + 7.5)
    miles = {**GMNS, "config": GMNS["config"].replace("m,km,kph", "ft,mile,mph")}
    net = read.network(files(tmp_path / "m", **miles))
    assert net.metres[by_id(net)["da"]] == pytest.approx(2.5 * 1609.344)
    assert net.speed[by_id(net)["ab"], 0] == pytest.approx(50 * 1.609344)


@pytest.mark.parametrize(
    ("table_", "old", "new", "where", "row"),
    [
        ("link", "ab,A,B", "ab,A,X", "links", 2),
        ("link", "bd,B,D", "ab,B,D", "links", 4),
        ("node", "B,1000,0", "B,here,0", "node.csv", 3),
        ("node", "C,1000,1000", "A,1000,1000", "nodes", 4),
        ("link", "true,1,50", "true,1,nan", "link.csv", 2),
        ("link", "2.5,50", "-2.5,50", "links", 5),
        ("config", "m,km", "m,li", "config.csv long_length", None),
        ("link", "LINESTRING (1000 0", "LINESTRING (1000", "link.csv", 3),
        ("node", "node_id", "number", "node.csv", None),
    ],
)
def test_gmns_refusals_name_file_and_row(
    tmp_path: Path, table_: str, old: str, new: str, where: str, row: int | None
) -> None:
    assert old in GMNS[table_]
    with pytest.raises(BadProblem) as caught:
        gmns.load(files(tmp_path / "g", **{**GMNS, table_: GMNS[table_].replace(old, new)}))
    assert (caught.value.where, caught.value.row) == (where, row)


def test_geojson_lines_meet_where_they_share_a_point(tmp_path: Path) -> None:
    def street(points: list[list[float]], **properties: object) -> dict[str, object]:
        return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": points}}

    lines = [
        street([[0, 0], [200, 0], [400, 0]], name="织麦街", **{"class": "secondary"}),
        street([[200, 0], [200, 300]], highway="residential", oneway="yes", maxspeed=36),
        street([[200, 300], [300, 400], [100, 400], [200, 300]], type="living_street"),
        {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": [0, 0]}},
    ]
    path = tmp_path / "s.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": lines}), encoding="utf-8")
    net = read.network(path)
    assert len(net.nodes) == 5
    assert sorted(net.metres.round(3).tolist()) == sorted([200, 200, 300, round(np.hypot(100, 100), 3), 341.421])
    assert net.street.tolist() == [3, 3, 5, 6, 6]
    took = Travel(net).seconds([0], [net.node_ids.index("200.00,300.00")])[0, 0]
    assert took == pytest.approx(200 / 12.5 + 30)
    for broken in ({}, {"features": [{"type": "Feature"}]}, {"features": [street([[0, 0]])]}):
        path.write_text(json.dumps(broken), encoding="utf-8")
        with pytest.raises(BadProblem):
            geojson.load(path)


def test_plain_tables_in_gb18030(tmp_path: Path) -> None:
    folder = files(tmp_path / "t", nodes="id,x,y\na,110.0,30.0\nb,110.01,30.0\n")
    words = "id,from,to,class,length,oneway,name\n1,a,b,primary,1000,1,拾穗路\n"
    (folder / "links.csv").write_bytes(words.encode("gb18030"))
    net = read.network(folder)
    assert net.names == ("拾穗路",)
    assert net.metres.tolist() == [1000.0]
    assert not net.back[0]
    assert net.nodes[1, 0] - net.nodes[0, 0] == pytest.approx(111_320 * np.cos(np.radians(30)) / 100, rel=1e-4)
    (folder / "nodes.csv").write_text("id,x,y\na,110.0,30.0\nb,500.0,oops\n")
    with pytest.raises(BadProblem) as caught:
        table.load(folder)
    assert (caught.value.where, caught.value.row) == ("nodes.csv", 3)


def spatial(points: list[tuple[float, float]]) -> bytes:
    """Return a SpatiaLite POINT or LINESTRING in longitude and latitude."""
    flat = np.array(points)
    box = struct.pack("<4d", *flat.min(axis=0), *flat.max(axis=0))
    head = b"\x00\x01" + struct.pack("<i", 4326) + box + b"\x7c"
    body = struct.pack("<i", 1) if len(points) == 1 else struct.pack("<2i", 2, len(points))
    return head + body + flat.astype("<f8").tobytes() + b"\xfe"


@pytest.mark.parametrize("packed", [False, True])
def test_aequilibrae_projects(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "project_database.sqlite"
    base = sqlite3.connect(path)
    base.executescript(
        "create table nodes(node_id, is_centroid, geometry); create table modes(mode_name, mode_id);"
        "create table links(link_id, a_node, b_node, direction, distance, modes, link_type, name, speed_ab, speed_ba,"
        " geometry);"
        "insert into modes values ('car', 'c'), ('walk', 'w'), ('bicycle', 'b');"
    )
    spots = {1: (110.0, 30.0), 2: (110.01, 30.0), 3: (110.01, 30.01), 9: (110.005, 30.005)}
    base.executemany("insert into nodes values (?, ?, ?)", [(k, k == 9, spatial([p])) for k, p in spots.items()])
    base.executemany(
        "insert into links values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (1, 1, 2, 1, 970.0, "cw", "primary", "洗砚路", 60, None, spatial([spots[1], (110.005, 30.001), spots[2]])),
            (2, 2, 3, 0, 1110.0, "wb", "footway", None, None, None, spatial([spots[2], spots[3]])),
            (3, 9, 1, 0, 700.0, "cwb", "centroid_connector", None, None, None, spatial([spots[9], spots[1]])),
        ],
    )
    base.commit()
    base.close()
    if packed:
        with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
            archive.write(path, "inner/project_database.sqlite")
        path = tmp_path / "p.zip"
    net = read.network(path)
    assert net.node_ids == ("1", "2", "3"), "the centroid is left out"
    assert net.metres.tolist() == [970.0, 1110.0]
    assert len(net.line(0)) == 3
    assert net.access.tolist() == [int(Mode.DRIVE | Mode.WALK | Mode.RIDE), int(Mode.WALK | Mode.RIDE)]
    assert Travel(net).seconds([0], [1])[0, 0] == pytest.approx(970 * 3.6 / 60)
    assert Travel(net).seconds([1], [0])[0, 0] == np.inf


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.sqlite").execute("create table x(y)").connection.close()
    (tmp_path / "x.txt").write_text("?")
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("readme", "")
    for name in ("empty.sqlite", "x.txt", "none.zip", "missing.osm"):
        with pytest.raises(BadProblem) as caught:
            read.network(tmp_path / name)
        assert caught.value.where == name
    with pytest.raises(BadProblem, match="SpatiaLite"):
        aequilibrae._points(b"\x01" * 80, "nodes", "7")


JEMSS = {
    "nodes": "nodes,,,\nindex,x,y,offRoadAccess\n1.0,174.70,-36.80,0.0\n2.0,174.71,-36.80,1.0\n3.0,174.72,-36.80,1.0\n",
    "arcs": "miscData,,,\narcForm,numModes,\ndirected,2\n,\narcs,,,\nindex,fromNode,toNode,distance,mode_1,mode_2,\n"
    "1.0,1.0,2.0,0.9,0.0005,0.0007\n2.0,2.0,3.0,0.9,0.0004,0.0006\n3.0,3.0,2.0,0.9,0.0003,0.0006\n,\n",
}


def test_jemss_times_are_the_files(tmp_path: Path) -> None:
    net = read.network(files(tmp_path / "j", **JEMSS))
    assert Travel(net).seconds([0, 2], [2, 1]) == pytest.approx(np.array([[77.76, 43.2], [0.0, 25.92]]))
    slow = table.load_jemss(tmp_path / "j", mode=2)
    assert Travel(slow).seconds([0], [2])[0, 0] == pytest.approx(0.0013 * 86400)
    with pytest.raises(BadProblem):
        table.load_jemss(tmp_path / "j", mode=3)
    with pytest.raises(BadProblem) as caught:
        table.load_jemss(files(tmp_path / "k", **{**JEMSS, "arcs": JEMSS["arcs"].replace("0.0004", "0")}))
    assert (caught.value.where, caught.value.row) == ("arcs.csv", 1)


@pytest.mark.data
def test_real_networks(shared_data: Path) -> None:
    nauru = read.network(shared_data / "roads" / "aequilibrae_examples" / "nauru.zip")
    assert len(nauru.links) == 1389
    assert nauru.metres.sum() == pytest.approx(109_304, abs=1)
    assert read.figures(nauru)["modes"]["walk"]["largest"] > 1200
    drawn = np.array([np.hypot(*np.diff(nauru.line(k), axis=0).T).sum() for k in range(len(nauru.links))])
    long = nauru.metres > 20
    assert abs(drawn[long] / nauru.metres[long] - 1).max() < 0.01, "the plane keeps the file's lengths"
    falls = read.network(shared_data / "roads" / "aequilibrae_examples" / "sioux_falls.zip")
    assert Travel(falls).seconds([0], [1])[0, 0] == pytest.approx(360), "6 minutes from node 1 to node 2"


@pytest.mark.data
@pytest.mark.slow
def test_jemss_auckland(shared_data: Path) -> None:
    found = list((shared_data / "calls" / "jemss_auckland").rglob("roads.zip"))
    net = read.network(found[0])
    assert (len(net.nodes), len(net.links)) == (54_370, 90_638)
    assert net.parts(Mode.DRIVE).max() == 0
    travel = Travel(net)
    rng = np.random.default_rng(0)
    a, b, c = rng.integers(0, len(net.nodes), (3, 30))
    ab, bc, ac = (travel.seconds(x, y) for x, y in ((a, b), (b, c), (a, c)))
    assert (ac <= (ab[:, :, None] + bc[None]).min(axis=1) + 1e-9).all()


def test_latitude_before_longitude_is_told(tmp_path: Path) -> None:
    shape = {"type": "LineString", "coordinates": [[30.0, 110.0], [30.001, 110.001]]}
    path = tmp_path / "swapped.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": shape}]}))
    with pytest.raises(BadProblem) as caught:
        read.network(path)
    assert "longitude first" in caught.value.said.en
    assert "经度" in caught.value.said.zh
