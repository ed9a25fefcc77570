"""Where a draw's seed comes from: the same vectors for every writing of the rule, and figures as people type them."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from wuxiao.site.cli import main
from wuxiao.subjects.inspection import draw, recomputed, seed
from wuxiao.subjects.inspection.draw import BadDraw
from wuxiao.subjects.inspection.seed import Terms

HERE = Path(__file__).parent
VECTORS: list[dict[str, Any]] = json.loads((HERE / "draw_vectors.json").read_text(encoding="utf-8"))
ids = [one["name"] for one in VECTORS]


@pytest.mark.parametrize("vector", VECTORS, ids=ids)
@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="the oracle is written with coreutils")
def test_a_second_writing_with_coreutils_says_the_same(vector: dict[str, Any], tmp_path: Path) -> None:
    said = vector["round"]
    (tmp_path / "list.txt").write_bytes(vector["lists"].encode())
    strata = " ".join(f"{kind}={count}" for kind, count in said["strata"].items())
    given = [said[name] for name in ("share", "figure", "source", "opens", "closes", "told", "result")]
    command = ["sh", str(HERE / "draw_oracle.sh"), str(tmp_path / "list.txt"), *given, strata, " ".join(said["apart"])]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    told = dict(line.split(" ", 1) for line in out.splitlines())
    names = ("digest", "share_hash", "commitment", "seed")
    assert told == {**{name: said[name] for name in names}, "drawn": " ".join(said["drawn"])}


@pytest.mark.parametrize("vector", VECTORS, ids=ids)
def test_ours_says_the_same(vector: dict[str, Any]) -> None:
    said = vector["round"]
    places, people, salt = draw.read_listed(vector["lists"])
    assert draw.digest(places, people, salt) == said["digest"]
    opens, closes, told = (datetime.fromisoformat(said[name]) for name in ("opens", "closes", "told"))
    terms = Terms(said["share_hash"], said["figure"], said["source"], opens, closes, told)
    assert seed.commitment(said["digest"], terms, said["strata"], said["apart"]) == said["commitment"]
    assert seed.result(said["figure"], said["result"]) == said["result"], "written once, it stays"
    assert seed.seed(said["share"], said["result"]) == said["seed"]
    named = dict.fromkeys(said["apart"], "到期")
    made = draw.draw(places, people, seed=said["seed"], of_kind=said["strata"], named=named, salt=salt)
    assert list(made.drawn) == said["drawn"]


@pytest.mark.parametrize("vector", VECTORS, ids=ids)
def test_the_command_checks_the_files_of_a_round(
    vector: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.txt").write_bytes(vector["lists"].encode())

    def check(round_: dict[str, Any], *more: str) -> tuple[int, list[str]]:
        (tmp_path / "round.json").write_text(json.dumps(round_, ensure_ascii=False), encoding="utf-8")
        asked = ["inspection", "draw", "--check", str(tmp_path / "round.json"), "--json", *more]
        code = main([*asked, "--lists", str(tmp_path / "list.txt")])
        return code, json.loads(capsys.readouterr().out)["differs"]

    said = vector["round"]
    assert check(said) == (0, [])
    assert check(said, "--result", f" {said['result']} ") == (0, [])
    changed = {
        "share": ("0" * 64, ["share", "seed", "places"]),
        "share_hash": ("0" * 64, ["commitment", "share"]),
        "closes": ("2026-09-12T20:00:00+08:00", ["commitment"]),
        "seed": ("0" * 64, ["seed"]),
        "drawn": (said["drawn"][::-1], ["places"]),
        "drawn_at": ("2026-09-08T19:59:59+08:00", ["time"]),
        "committed_at": ("2026-09-08T20:00:00+08:00", ["order"]),
        "commitment": ("0" * 64, ["commitment"]),
        "digest": ("0" * 64, ["lists", "commitment"]),
    }
    for name, (value, parts) in changed.items():
        assert check({**said, name: value}) == (1, parts), name
    (tmp_path / "list.txt").write_bytes(vector["lists"].replace("停业", "停业了", 1).encode())
    assert check(said)[1] == (["lists"] if "停业" not in vector["lists"] else ["lists", "places"])
    for bad in (["--check", str(tmp_path / "none.json")], ["--check", str(tmp_path / "round.json")]):
        assert main(["inspection", "draw", *bad, "--lists", str(tmp_path / "none.txt")]) == 2
    assert "This cannot be read" in capsys.readouterr().err


def test_a_round_that_was_never_drawn_says_what_it_would_have_drawn() -> None:
    vector = deepcopy(VECTORS[0])
    drawn = vector["round"]["drawn"]
    never = vector["round"] | {"seed": "", "result": "", "seen": "", "drawn": [], "drawn_at": ""}
    text = vector["lists"].encode()
    assert recomputed.judge(never, text)[-1].code == "result"
    would = recomputed.judge(never, text, "31 22 19 14 08 03 07")
    assert all(one.good for one in would)
    assert would[-1].said.en == f"it would have drawn {' '.join(drawn)}"
    assert not recomputed.judge(never, text, "3 8")[-1].good


@pytest.mark.parametrize(
    ("figure", "typed", "written"),
    [
        ("ssq", "31 8 14 19 22 3 7", "03 08 14 19 22 31 + 07"),
        ("ssq", "０３，０８、14 19 22 31＋07", "03 08 14 19 22 31 + 07"),
        ("qlc", "1 2 3 4 5 6 30 29", "01 02 03 04 05 06 30 + 29"),
        ("kl8", " ".join(str(n) for n in range(80, 60, -1)), " ".join(str(n) for n in range(61, 81))),
        ("dlt", "01 05 09 30 35 | 2 12", "01 05 09 30 35 + 02 12"),
        ("other", "  8123 4567\t8901 元 ", "8123 4567 8901 元"),
    ],
)
def test_a_figure_is_read_as_people_write_it(figure: str, typed: str, written: str) -> None:
    assert seed.result(figure, typed) == written
    assert seed.result(figure, written) == written, "the second time nothing changes"


@pytest.mark.parametrize(
    ("figure", "typed", "words"),
    [
        ("ssq", "3 8 14 19 22 31", "has 7 numbers"),
        ("ssq", "第2026104期 3 8 14 19 22 31 7", "no issue number"),
        ("ssq", "3 8 14 19 22 34 7", "from 1 to 33"),
        ("ssq", "0 8 14 19 22 31 7", "from 1 to 33"),
        ("ssq", "3 3 14 19 22 31 7", "different numbers"),
        ("ssq", "3 8 14 19 22 31 17", "from 1 to 16"),
        ("qlc", "1 2 3 4 5 6 7 7", "comes twice"),
        ("dlt", "1 2 3 4 36 1 2", "from 1 to 35"),
        ("kl8", "1 2 3", "has 20 numbers"),
        ("other", "12345678901", "at least 12 digits"),
        ("other", "", "at least 12 digits"),
    ],
)
def test_what_a_figure_cannot_be_is_refused_in_words(figure: str, typed: str, words: str) -> None:
    with pytest.raises(BadDraw, match=words) as refused:
        seed.result(figure, typed)
    assert refused.value.text.zh


def test_a_figure_comes_on_its_weekdays() -> None:
    week = [date(2026, 9, day) for day in range(7, 14)]
    assert [day.isoweekday() for day in week] == list(range(1, 8))
    allowed = {"ssq": {2, 4, 7}, "qlc": {1, 3, 5}, "dlt": {1, 3, 6}, "kl8": set(range(1, 8)), "other": set(range(1, 8))}
    for figure, days in allowed.items():
        for day in week:
            if day.isoweekday() in days:
                seed.comes_on(figure, day)
            else:
                with pytest.raises(BadDraw):
                    seed.comes_on(figure, day)


def test_with_few_outcomes_a_house_could_spare_a_place_and_with_these_it_cannot() -> None:
    """Why a small lottery is none of the figures: shares are tried until one place is drawn half as often as it should.

    A place is one of ten, one is drawn. Over 40 outcomes the best of 60 shares spares it; over 4,000 it hardly does.
    """

    def drawn(share: int, outcome: int) -> bool:
        made = seed.seed(f"share {share}", str(outcome))
        lots = [hashlib.sha256(f"{made}\n{n}".encode()).digest() for n in range(10)]
        return min(range(10), key=lots.__getitem__) == 0

    few = min(sum(drawn(share, n) for n in range(40)) / 40 for share in range(60))
    many = min(sum(drawn(share, n) for n in range(4000)) / 4000 for share in range(8))
    assert few <= 0.05
    assert many >= 0.08
