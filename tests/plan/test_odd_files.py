"""Odd files, as a stranger gives them to the command: each ends in a plan or a sentence, none in a fault."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plan.test_altered import SMALL
from wuxiao.plan import cli, store
from wuxiao.plan.engine import NAMES, engine

#: What no problem is, whatever the engine.
FILES: dict[str, bytes] = {
    "empty": b"", "null": b"null", "list": b"[]", "word": b'"x"', "NUL": b"\0\0\0", "bytes": bytes(range(256)),
    "utf-16": "{}".encode("utf-16"), "deep": b'{"a":' * 3000 + b"1" + b"}" * 3000,
    "digits": b'{"days":' + b"9" * 5000 + b"}", "no year": b"at,place,source\n0001-01-01T00:00+14:00,a,resident\n",
    "last year": b"at,place,source\n9999-12-31T23:59-23:59,a,resident\n", "no time": b"at,place,source\n,,\n",
    "table": b"a,b\n1,2\n", "numbers": b"1 2 3\n4 5 6\n", "below zero": b"-1 -1 -1\n-5 -5 -5\n",
    "nan": b"nan nan nan\n",
    "long number": b"9" * 400 + b" 1 1\n", "elements": b"<a></a>",
    "entities": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l>&b;</l>',
    "no features": b'{"type":"FeatureCollection","features":[]}',
    "bare feature": b'{"type":"FeatureCollection","features":[{}]}',
    "no horizon": b"SECTION_HORIZON\nSECTION_SHIFTS\nSECTION_STAFF\nSECTION_COVER\n",
    "stranger off": b"SECTION_HORIZON\n14\nSECTION_DAYS_OFF\nB,1\nSECTION_SHIFTS\nD,480,\nSECTION_STAFF\n"
                    b"A,D=9,9600,0,5,1,1,2\nSECTION_COVER\n0,D,1,1,1\n",
    "days below zero": b"SECTION_HORIZON\n-3\nSECTION_SHIFTS\nD,480,\nSECTION_STAFF\nA,D=1,1,1,1,1,1,1\n"
                       b"SECTION_COVER\n",
    "loose graph": b'{"directed":false,"graph":[],"nodes":[{"id":1,"TOTPOP":"x"}],"adjacency":[[{"id":7}]]}',
}  # fmt: skip
#: What no field of a problem is, or only seldom.
VALUES: tuple[Any, ...] = (-1, 1e300, "x", [], None, {}, float("nan"), True, [[[]]], "\ud800", 10**400)
_NODES = '<node id="1" lat="28" lon="112"/><node id="2" lat="28.001" lon="112"/>'
_WAY = '<way id="1"><nd ref="1"/><nd ref="{}"/><tag k="highway" v="residential"/>{}</way>'
MAPS: dict[str, str] = {
    "nothing": "", "nodes": _NODES, "way to nowhere": _NODES + _WAY.format(9, ""),
    "way to itself": _NODES + _WAY.format(1, ""),
    "odd tags": _NODES + _WAY.format(2, '<tag k="maxspeed" v="-50"/><tag k="lanes" v="1e9"/>'),
    "id that is none": '<node id="x" lat="28" lon="112"/>', "beyond the pole": '<node id="1" lat="95" lon="112"/>',
    "twice": (_NODES + _WAY.format(2, "")) * 2,
    "rule of nobody": _NODES + _WAY.format(2, "") + '<relation id="1"><tag k="type" v="restriction"/></relation>',
}  # fmt: skip


def _words(name: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    it = engine(name)
    paths = {}
    for label, data in FILES.items():
        paths[label] = folder / f"{label}.json"
        paths[label].write_bytes(data)
        yield label, [str(paths[label]), "--iterations", "2"]
        for reader in it.readers:
            yield f"{label} --{reader.flag}", [f"--{reader.flag}", str(paths[label]), "--iterations", "2"]
    base = json.loads(json.dumps(store.to_json(SMALL[name]())))
    for n, key in enumerate(base):
        # Each field meets some of the odd values, so that all of them meet some field of each engine.
        for value in VALUES[n % 3 :: 3]:
            path = folder / f"{key}-{VALUES.index(value) if value == value else 'nan'}.json"
            path.write_text(json.dumps({**base, key: value}), encoding="utf-8")
            yield f"{key} = {value!r:.20}", [str(path), "--iterations", "2", "--json"]
    good = folder / "good.json"
    good.write_text(json.dumps(base), encoding="utf-8")
    for more in (["--seconds", "nan"], ["--seconds", "-1"], ["--warm", str(good)], ["--warm", str(folder)],
                 ["--out", "a\0b"], ["--out", ""]):  # fmt: skip
        yield " ".join(more), [str(good), "--iterations", "2", *more]
    for path in (folder, Path("/dev/null"), folder / ("x" * 300), folder / "none"):
        yield str(path)[-20:], [str(path), "--iterations", "2"]


@pytest.mark.parametrize("name", NAMES)
def test_odd_files_end_in_a_plan_or_a_sentence(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended: dict[str, int] = {}
    for label, words in _words(name, tmp_path):
        code = cli.main([name, *words])
        told = capsys.readouterr().err
        assert code in (0, 1, 2, 3), (label, told)
        assert code in (0, 1) or told.strip(), label
        ended[label] = code
    assert len(ended) >= 50
    assert all(ended[label] == 2 for label in FILES if label != "stranger off")


@pytest.mark.parametrize("ending", ["osm", "osm.pbf", "geojson", "csv", "sqlite"])
def test_odd_maps_end_in_a_sentence(ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = dict(FILES)
    if ending == "osm":
        given |= {label: f'<osm version="0.6">{body}</osm>'.encode() for label, body in MAPS.items()}
    for label, data in given.items():
        path = tmp_path / f"map.{ending}"
        path.write_bytes(data)
        code = cli.main(["ground", str(path)])
        told = capsys.readouterr().err
        assert code in (0, 2), (label, told)
        assert code == 0 or told.strip()


def test_a_name_that_is_no_text_is_told_to_any_terminal(tmp_path: Path) -> None:
    base = json.loads(json.dumps(store.to_json(SMALL["match"]())))
    base["cases"][0]["name"] = "\ud800"
    path = tmp_path / "p.json"
    path.write_text(json.dumps(base), encoding="utf-8")
    run = "import sys; from wuxiao.plan import cli; sys.exit(cli.main())"
    words = [sys.executable, "-c", run, "match", str(path), "--iterations", "5", "--out", str(tmp_path / "o")]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    assert told.returncode == 2, told.stderr
    assert "Traceback" not in told.stderr
