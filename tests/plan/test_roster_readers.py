"""Published rosters are read as meant: what others say their rosters cost, ours cost too."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from wuxiao.plan import cli, roster
from wuxiao.plan.form import BadProblem
from wuxiao.plan.roster.finish import cost_of
from wuxiao.plan.roster.inrc import read_inrc1, read_inrc2
from wuxiao.plan.roster.readers import read_benchmark

TINY = """# own
SECTION_HORIZON
7
SECTION_SHIFTS
E,480,
L,480,E
SECTION_STAFF
A,E=7|L=2,2400,960,5,2,2,1
B,E=7|L=0,2400,960,5,2,2,1
SECTION_DAYS_OFF
A,3
SECTION_SHIFT_ON_REQUESTS
A,0,L,2
SECTION_SHIFT_OFF_REQUESTS
B,1,E,3
SECTION_COVER
0,E,1,100,1
0,L,1,100,1
1,E,2,100,1
"""


def test_a_file_of_our_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tiny.txt"
    path.write_text(TINY, encoding="utf-8")
    problem = read_benchmark(path)
    assert [c.of_shift["L"].most for c in problem.contracts] == [2, 0]
    assert problem.people[0].away == (3,)
    assert problem.shifts[1].not_before == ("E",)
    assert cli.main(["roster", "--benchmark", str(path), "--seconds", "20", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    # A works the late shift of day 0 as wished and so not the early one of day 1: short of one there, or B's wish.
    assert said["objective"] == said["bound"] == 103
    assert {"objective", "bound", "gap", "seconds"} <= set(said)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("A,E=7|L=2,2400,960,5,2,2,1", "A,E=7|L=2,2400", "tiny.txt line"),
        ("0,L,1,100,1", "0,L,one,100,1", "tiny.txt line"),
        ("SECTION_COVER", "SECTION_OTHER", "tiny.txt"),
        ("A,3", "A,9", "people.away"),
        ("0,L,1,100,1", "0,X,1,100,1", "cover.shift"),
    ],
)
def test_a_bad_file_is_refused_where_it_is_bad(tmp_path: Path, old: str, new: str, where: str) -> None:
    path = tmp_path / "tiny.txt"
    path.write_text(TINY.replace(old, new), encoding="utf-8")
    with pytest.raises(BadProblem) as caught:
        read_benchmark(path)
    assert caught.value.where == where


def test_other_files_are_refused(tmp_path: Path) -> None:
    bad = tmp_path / "n030.txt"
    bad.write_text("x")
    with pytest.raises(BadProblem):
        read_inrc2(bad)
    with pytest.raises(BadProblem):
        read_inrc1(bad)
    with pytest.raises(BadProblem):
        read_benchmark(tmp_path / "none.txt")
    bad.write_text('{"nDays": 3}')
    with pytest.raises(BadProblem):
        read_benchmark(bad)


@pytest.mark.data
def test_both_forms_of_one_benchmark_are_one_problem(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "rosters" / "schedulingbenchmarks"
    with zipfile.ZipFile(folder / "instances_00-24_json.zip") as packed:
        for number in (1, 2, 3, 6, 9):
            other = read_benchmark(Path(packed.extract(f"json/NurseRostering-{number:02d}.json", tmp_path)))
            text = read_benchmark(folder / f"Instance{number}.txt")
            for name in ("days", "people", "cover"):
                assert getattr(text, name) == getattr(other, name), (number, name)
            assert set(text.wishes) == set(other.wishes)
            assert text.shifts == other.shifts
            assert [(c.minutes, c.run, c.off, c.weekends) for c in text.contracts] == [
                (c.minutes, c.run, c.off, c.weekends) for c in other.contracts
            ]


@pytest.mark.data
@pytest.mark.parametrize(("number", "known"), [(1, 607), (2, 828), (3, 1001)])
def test_small_benchmarks_reach_the_best_known(shared_data: Path, number: int, known: int) -> None:
    folder = shared_data / "rosters" / "schedulingbenchmarks"
    problem = read_benchmark(folder / f"Instance{number}.txt")
    plan = roster.solve(problem, seconds=90, seed=1)
    assert roster.check(problem, plan) == []
    assert plan.head.objective == known
    assert plan.head.stopped == "proved"


@pytest.mark.data
def test_inrc2_costs_what_its_validator_says(shared_data: Path) -> None:
    folder = shared_data / "rosters" / "inrc2" / "n005w4"
    problem = read_inrc2(folder / "n005w4_0_1-2-3-3.txt")
    rows = {q.id: [""] * problem.days for q in problem.people}
    weeks = ("1-0", "2-1", "3-2", "3-3")
    for number, name in enumerate(weeks):
        for line in (folder / "Solution_H_0-WD_1-2-3-3" / f"Sol-n005w4-{name}.txt").read_text().splitlines():
            words = line.split()
            if len(words) == 4 and words[0] in rows:
                day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun").index(words[1])
                rows[words[0]][7 * number + day] = f"{words[2]}/{words[3]}"
    found = cost_of(problem, tuple(tuple(rows[q.id]) for q in problem.people))
    assert found["shifts"] == 320
    assert found["run"] + found["runs_of"] == 465
    assert found["off"] == 330
    assert found["wishes"] == 70
    assert found["weekends"] == 210
    assert found["split_weekend"] == 60
    assert found["cover"] == 240
    assert sum(found.values()) == 1695


@pytest.mark.data
def test_every_inrc_instance_is_understood(shared_data: Path) -> None:
    folder = shared_data / "rosters"
    files = sorted((folder / "inrc1").glob("*.xml"))
    assert files
    for path in files:
        problem = read_inrc1(path)
        assert problem.days == 28
        assert {c.shift for c in problem.cover} == {s.id for s in problem.shifts}
    for name in ("n005w4", "n030w4", "n040w4", "n120w4"):
        problem = read_inrc2(folder / "inrc2" / name / f"{name}_0_1-2-3-4")
        assert problem.days == 28
        assert len(problem.people) == int(name[1:4])
