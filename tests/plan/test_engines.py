"""What holds for every engine: a true register, published forms, refusals, a paper with its picture."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from wuxiao import plan
from wuxiao.plan import cli, register, store
from wuxiao.plan.engine import NAMES, engine

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
