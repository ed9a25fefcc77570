"""What an administrator meets: places that cannot be written, odd words, a first run, and codes of exit that say it."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.plan import test_match
from wuxiao.plan import cli, cover, form, roster, store
from wuxiao.plan.cover import Problem
from wuxiao.plan.form import BadProblem, NotYet


def _file(folder: Path, **more: Any) -> Path:
    told = {"kind": "median", "times": [[1.0, 2.0], [3.0, 1.0]], "demand": [1.0, 1.0], "p": 1, **more}
    path = folder / "cover.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def test_where_to_write_is_tried_before_the_search(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path)
    assert cli.main(["cover", str(path), "--seconds", "5", "--out", str(tmp_path / "plan.json")]) == 0
    assert (tmp_path / "plan.json").is_file()
    capsys.readouterr()

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("the search ran")

    monkeypatch.setattr("wuxiao.plan.cover.run.solve", never)
    (tmp_path / "d").mkdir()
    for out in (tmp_path / "none" / "x.json", tmp_path / "d"):
        assert cli.main(["cover", str(path), "--out", str(out)]) == 2
        assert capsys.readouterr().err.startswith("--out: ")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cover.json", "d", "plan.json"]
    assert (tmp_path / "plan.json").stat().st_size > 0


def test_a_plan_is_not_lost_where_its_place_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    path, folder = _file(tmp_path), tmp_path / "there"
    folder.mkdir()
    solve = cover.solve

    def and_gone(*given: Any, **more: Any) -> Any:
        folder.rmdir()
        return solve(*given, **more)

    engine = cli.engine("cover")
    monkeypatch.setattr(cli, "engine", lambda name: type("E", (), {**_faces(engine), "solve": staticmethod(and_gone)}))
    assert cli.main(["cover", str(path), "--seconds", "5", "--out", str(folder / "plan.json")]) == 4
    told = capsys.readouterr().err
    (kept,) = tmp_path.glob("wuxiao-plan-*/plan.json")
    assert str(kept) in told
    assert store.load(cover.Plan, kept).sites.tolist() == [1]


def _faces(engine: Any) -> dict[str, Any]:
    return {name: getattr(engine, name) for name in ("name", "problem", "plan", "entry", "readers", "settings")} | {
        "check": staticmethod(engine.check),
        "figures": staticmethod(engine.figures),
    }


@pytest.mark.parametrize("seed", ["-1", str(2**31), "100000000000000000000000000"])
def test_seeds_that_are_none(seed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["cover", str(_file(tmp_path)), "--seconds", "5", f"--seed={seed}"]) == 2
    assert capsys.readouterr().err.startswith("seed: ")
    assert cli.main(["town", f"--seed={seed}"]) == 2
    assert capsys.readouterr().err.startswith("seed: ")


def test_the_largest_seed_is_one(tmp_path: Path) -> None:
    assert cli.main(["cover", str(_file(tmp_path)), "--seconds", "5", "--seed", str(2**31 - 1)]) == 0
    plan = test_match.solve(test_match.drawn(3), seconds=20, seed=2**31 - 1)
    assert test_match.check(test_match.drawn(3), plan) == []


@pytest.mark.parametrize("word", ["²", "--3", "１x", "", "٣x"])
def test_whole_numbers_that_are_none(word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["cover", str(_file(tmp_path, p=word)), "--seconds", "5"]) == 2
    assert capsys.readouterr().err.startswith("p: ")


def test_whole_numbers_as_words() -> None:
    told = {"kind": "median", "times": [[1.0, 2.0]], "demand": [1.0], "p": "1"}
    assert store.from_json(Problem, told).p == 1


def test_json_nested_without_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000 + "]" * 100_000, encoding="utf-8")
    assert cli.main(["cover", str(path)]) == 2
    assert "nested too deep" in capsys.readouterr().err


def test_a_fault_of_the_program_is_a_sentence_with_its_own_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError(0)

    monkeypatch.setattr("wuxiao.plan.cover.run.solve", broken)
    assert cli.main(["cover", str(_file(tmp_path)), "--seconds", "5"]) == 4
    told = capsys.readouterr().err
    assert "KeyError: 0" in told
    assert "Traceback" not in told
    monkeypatch.setenv("WUXIAO_TRACE", "1")
    with pytest.raises(KeyError):
        cli.main(["cover", str(_file(tmp_path)), "--seconds", "5"])


def test_no_plan_found_yet_has_its_own_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_yet(*_: Any, **__: Any) -> Any:
        raise NotYet("seconds", form.Said("还没有", "none yet"))

    monkeypatch.setattr("wuxiao.plan.cover.run.solve", not_yet)
    assert cli.main(["cover", str(_file(tmp_path)), "--seconds", "5"]) == 3
    assert "none yet" in capsys.readouterr().err
    assert issubclass(NotYet, BadProblem)


def test_compiling_is_not_counted() -> None:
    watch = form.Watch(100.0)
    before = watch.seconds
    assert before < 50.0
    form.COMPILING.seconds += 1000.0
    try:
        assert watch.compiled >= 1000.0
        assert watch.seconds < 50.0
        assert watch.left > 50.0
        assert not watch(1)
    finally:
        form.COMPILING.seconds -= 1000.0


def test_what_numba_compiles_is_seen_by_the_clock() -> None:
    import numba

    from wuxiao.plan.shared import compiled as door

    assert door.njit
    before = form.COMPILING.seconds
    assert numba.njit(lambda x: x + 1)(1) == 2
    assert form.COMPILING.seconds > before
    assert form.COMPILING.began is None


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    """Numba looks beside the file and in the user's cache: with neither, a folder of the temporary one is taken."""
    script = (
        "from numba.core import caching\n"
        "for one in caching.CacheImpl._locator_classes[1:]:\n"
        "    one.from_function = classmethod(lambda cls, *given: None)\n"
        "from wuxiao.plan.match import chain\n"
        "import numba\n"
        "print(chain._set is not None, numba.config.CACHE_DIR)\n"
    )
    own = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    told = subprocess.run(
        [sys.executable, "-c", script], env={**own, "TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=True
    ).stdout.split()
    assert told == ["True", str(tmp_path / f"wuxiao-numba-{os.getuid()}")]
    assert (tmp_path / told[1]).stat().st_mode & 0o077 == 0
    (tmp_path / told[1]).chmod(0o777)
    told = subprocess.run(
        [sys.executable, "-c", script], env={**own, "TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=True
    ).stdout.split()
    assert told == ["True"], "a folder that others may write is not taken"


def test_a_roster_is_there_at_once() -> None:
    """50 people over four weeks, stopped before the search proper begins: a whole roster, and no KeyError."""
    problem = large(50, 28, 1)
    plan = _stopped(problem)
    assert roster.check(problem, plan) == []
    assert len(plan.rows) == 50
    assert plan.head.stopped == "cancelled"
    assert not math.isinf(plan.head.objective)


def _stopped(problem: roster.Problem) -> roster.Plan:
    cancel = form.Cancel()
    cancel.now()
    return roster.solve(problem, seconds=600, seed=1, stop=cancel)


def large(people: int, days: int, seed: int) -> roster.Problem:
    """Return a roster of the kind and size of the published benchmarks: cover at a cost, rules and wishes of people."""
    import random

    draw = random.Random(seed)
    shifts = tuple(
        roster.Shift(id=name, start=start, minutes=480) for name, start in (("E", 360), ("D", 540), ("L", 840))
    )
    contract = roster.Contract(
        id="c", minutes=roster.Band(least=480 * days // 2, most=480 * days * 3 // 4), run=roster.Band(least=2, most=5),
        off=roster.Band(least=2), weekends=roster.Band(most=days // 14), rest=660,
    )  # fmt: skip
    who = tuple(
        roster.Person(id=f"p{n}", contract="c", away=tuple(sorted(draw.sample(range(days), 2)))) for n in range(people)
    )
    cover_ = tuple(
        roster.Cover(day=d, shift=s.id, need=round(people * share), under=100, over=1)
        for d in range(days)
        for s, share in zip(shifts, (0.2, 0.15, 0.2), strict=True)
    )
    wishes = tuple(
        roster.Wish(person=q.id, day=d, shift=draw.choice("EDL"), wants=draw.random() < 0.5, weight=draw.randint(1, 3))
        for q in who
        for d in draw.sample(range(days), 4)
        if d not in q.away
    )
    return roster.Problem(days=days, shifts=shifts, contracts=(contract,), people=who, cover=cover_, wishes=wishes)
