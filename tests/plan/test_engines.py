"""What holds for every engine: a true register, published forms, refusals, a paper with its picture."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from wuxiao import plan
from wuxiao.plan import cli, register, store
from wuxiao.plan.engine import NAMES, engine
from wuxiao.plan.form import Progress, State
from wuxiao.plan.rounds.sample import county_month

PAPERS = Path(__file__).resolve().parents[2] / "docs" / "planning"


@pytest.mark.parametrize("name", NAMES)
def test_the_register_is_true_and_complete(name: str) -> None:
    it = engine(name)
    assert it.name == name
    assert register.faults(it.entry, it.problem) == []
    for said in (it.entry.purpose, it.entry.method, it.entry.output, it.entry.limits, it.entry.decides):
        assert re.search(r"[\u4e00-\u9fff]", said.zh)
        assert re.search(r"[a-z]{3}", said.en)
        assert not re.search(r"[\u4e00-\u9fff]", said.en)


@pytest.mark.parametrize("name", NAMES)
def test_forms_of_problem_and_plan_are_published(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--schema"]) == 0
    forms = json.loads(capsys.readouterr().out)
    for which in ("problem", "plan"):
        form = forms[which]
        top = form["$defs"][form["$ref"].rpartition("/")[2]]
        assert top["properties"]
    assert "head" in forms["plan"]["$defs"][forms["plan"]["$ref"].rpartition("/")[2]]["properties"]


@pytest.mark.parametrize("name", NAMES)
def test_a_problem_that_is_none_is_refused_with_its_field(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "problem.json"
    path.write_text('{"colour": "blue"}', encoding="utf-8")
    assert cli.main([name, str(path), "--seconds", "1"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("colour: ")
    assert "unknown field" in said


@pytest.mark.parametrize("name", NAMES)
def test_every_engine_has_its_paper_with_a_picture(name: str) -> None:
    paper = (PAPERS / f"{name}.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", paper)
    assert pictures
    assert all((PAPERS / picture).is_file() for picture in pictures)


def test_the_whole_register_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["register"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["engine"] for entry in entries] == list(NAMES)
    assert store.same(store.from_json(register.Entry, entries[0]), engine(NAMES[0]).entry)


def test_engines_are_named_from_the_package() -> None:
    assert plan.grids.solve is engine("grids").solve
    with pytest.raises(AttributeError):
        _ = plan.horoscope


def test_an_engine_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["horoscope"])
    assert "invalid choice" in capsys.readouterr().err


def test_limits_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.save(county_month(1), tmp_path / "month.json")
    for words, where in ((["--seconds", "0"], "seconds"), (["--iterations", "0"], "iterations")):
        assert cli.main(["rounds", str(tmp_path / "month.json"), *words]) == 2
        assert capsys.readouterr().err.startswith(where)


def test_an_interrupt_ends_the_search_with_the_best_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(county_month(1), tmp_path / "month.json")
    before = signal.getsignal(signal.SIGINT)
    teller = cli._teller

    def interrupted() -> Progress:
        tell, told = teller(), iter((True,))

        def told_and_interrupted(state: State) -> None:
            tell(state)
            if next(told, False):
                signal.raise_signal(signal.SIGINT)

        return told_and_interrupted

    monkeypatch.setattr(cli, "_teller", interrupted)
    words = ["--seconds", "300", "--progress", "--json", "--out", str(tmp_path / "plan.json")]
    assert cli.main(["rounds", str(tmp_path / "month.json"), *words]) in (0, 1)
    told = capsys.readouterr()
    assert json.loads(told.out)["stopped"] == "cancelled"
    assert "once more breaks off" in told.err
    assert " s  0" in told.err
    assert (tmp_path / "plan.json").is_file()
    assert signal.getsignal(signal.SIGINT) is before
