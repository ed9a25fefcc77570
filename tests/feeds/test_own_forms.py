"""Our own question sets as workbooks: pyxform converts each without a warning, and each reads back as the same set."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.test import Client

from tests.desk.people import settle
from wuxiao.feeds.forms import sets
from wuxiao.feeds.forms.read import read_form
from wuxiao.feeds.forms.write import as_xlsx
from wuxiao.rules import book as rulebook
from wuxiao.rules.questions.faults import faults
from wuxiao.rules.questions.form import Question, QuestionSet
from wuxiao.site.cli import main

KNOWN: Mapping[str, QuestionSet] = sets.known(rulebook.default())


def test_checklists_and_the_rating_are_what_this_town_asks() -> None:
    assert {"fire", "service_rating"} <= set(KNOWN)
    assert len(KNOWN) >= 3


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_pyxform_converts_it_without_a_warning_and_it_reads_back_the_same(name: str, tmp_path: Path) -> None:
    xls2xform = pytest.importorskip("pyxform.xls2xform", reason="the judge of XLSForm is in requirements-dev.lock")
    form = KNOWN[name]
    assert faults(form) == ()
    path = tmp_path / f"{name}.xlsx"
    path.write_bytes(as_xlsx(form))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = xls2xform.convert(path)
    assert made.warnings == []
    assert f'id="{name}"' in made.xform
    for one in form.items:
        assert isinstance(one, Question)
        assert f"<{one.name}" in made.xform
    back = read_form(path)
    assert back.form == form
    assert back.form is not None
    assert back.form.digest == form.digest


def test_an_answer_that_must_be_given_is_asked_for_by_other_programs_too() -> None:
    xls2xform = pytest.importorskip("pyxform.xls2xform", reason="the judge of XLSForm is in requirements-dev.lock")
    made = xls2xform.convert(io.BytesIO(as_xlsx(KNOWN["service_rating"])))
    (bind,) = re.findall(r'<bind [^>]*nodeset="/data/level"[^>]*>', made.xform)
    assert 'required="true()"' in bind
    (free,) = re.findall(r'<bind [^>]*nodeset="/data/wait"[^>]*>', made.xform)
    assert "required" not in free


@pytest.mark.django_db
@pytest.mark.either
def test_the_address_gives_the_file_to_anybody_and_nothing_else(tmp_path: Path) -> None:
    settle()
    client = Client()
    answer = client.get("/forms/service_rating.xlsx")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'attachment; filename="service_rating-1.xlsx"'
    path = tmp_path / "a.xlsx"
    path.write_bytes(answer.content)
    assert read_form(path).form == KNOWN["service_rating"]
    assert client.get("/forms/nothing.xlsx").status_code == 404
    assert client.post("/forms/service_rating.xlsx").status_code == 405


def test_the_command_writes_a_file_and_never_over_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "fire.xlsx"
    assert main(["forms", "write", "fire", str(out)]) == 0
    assert read_form(out).form == KNOWN["fire"]
    held = out.read_bytes()
    assert main(["forms", "write", "fire", str(out)]) == 2
    assert out.read_bytes() == held
    assert main(["forms", "write", "nothing", str(tmp_path / "n.xlsx")]) == 2
    assert not (tmp_path / "n.xlsx").exists()
    assert main(["forms", "write", "fire", str(tmp_path / "no" / "n.xlsx")]) == 2
    capsys.readouterr()
    assert main(["forms", "write"]) == 0
    assert "service_rating 1 " in capsys.readouterr().out
