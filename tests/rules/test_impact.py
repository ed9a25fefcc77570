"""The impact sheets of matters and of lives say of everything that is asked why, how long and for whom."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from wuxiao.desk.matters.matters import Report
from wuxiao.rules import book as rulebook
from wuxiao.rules import impact
from wuxiao.rules.flow import Need
from wuxiao.subjects.inspection.checklists import checklists
from wuxiao.subjects.inspection.face import SUBJECT
from wuxiao.subjects.inspection.fields import possible

BOOK = rulebook.default()
PAGES = SUBJECT.pages
assert PAGES is not None


def lines(lang: str, days: int = 7) -> list[str]:
    sheet = impact.of_life(SUBJECT.life, PAGES.title, PAGES.meaning, lambda step: possible(step, BOOK), days)
    return [one.say(lang) for one in sheet]


@pytest.mark.parametrize(("lang", "asked"), [("zh", "用在：派两人"), ("en", "asked by: Send two")])
def test_a_life_says_each_field_once_with_its_steps(lang: str, asked: str) -> None:
    said = lines(lang)
    listed = [one for one in said if one.startswith("- ")]
    names = {field.name for step in SUBJECT.life.rows for field in possible(step, BOOK)}
    assert len(listed) == len(names) > 15
    assert any(asked in one for one in listed)
    purpose, basis = ("用途：", "依据：") if lang == "zh" else ("purpose: ", "basis: ")
    assert all(purpose in one and basis in one for one in listed)
    assert any("7" in one for one in said[-4:]), "the retention of the life is said"


def test_what_its_other_side_reads_and_what_stays_is_told_apart() -> None:
    by_name = {one.name: one for one in impact.parts_of_life(SUBJECT.life, lambda step: possible(step, BOOK))}
    assert "by code" in by_name["finding"].seen.en
    assert "by code" not in by_name["pair"].seen.en, "who goes is not told to the place"
    assert (by_name["finding"].days, by_name["signed"].days) == (1095, None)


def test_every_question_of_a_step_stands_on_the_sheet() -> None:
    """What a step asks of a true case: its fixed fields, and one for each question of a list."""
    for listed in checklists().values():
        for item in listed.items:
            assert item.code.isidentifier()
    asked = {step.verb: {one.name for one in possible(step, BOOK)} for step in SUBJECT.life.rows}
    assert asked["plan"] == {"place", "why", "checklist", "report", "date"}
    assert asked["fill"] == {"q_"}
    assert asked["recheck"] == {"o_", "due"}
    assert asked["hand_over"] == {"unit", "reason"}


def test_everything_a_report_and_a_step_hold_is_on_the_sheet_of_matters() -> None:
    kept = {one.name for one in fields(Report)}
    assert kept <= impact.FIELDS.keys() | {"uploads"}
    parts = {part.name: part for group in impact.parts_of_matters(BOOK).values() for part in group}
    assert parts.keys() == impact.FIELDS.keys()
    assert {need.value for need in Need} <= parts.keys() | {"files"}
    contact = BOOK.retention["contact"]
    assert (parts["phone"].days, parts["phone"].purpose) == (contact.days, contact.purpose)
    assert parts["words"].days == BOOK.retention["words"].days
    assert parts["category"].days is None
    for lang in ("zh", "en"):
        said = [one.say(lang) for one in impact.of_matters(BOOK)]
        assert sum(one.startswith("- ") for one in said) == len(impact.FIELDS)
        assert all(kind.name.say(lang) in "\n".join(said) for kind in BOOK.retention.values())


@pytest.mark.parametrize("days", [0, -1, True, None])
def test_a_life_that_does_not_say_how_long_is_no_life(days: Any) -> None:
    assert PAGES is not None
    with pytest.raises(ValueError, match="retention"):
        replace(PAGES, days=days)


def test_a_life_that_does_not_say_its_fields_is_no_life() -> None:
    assert PAGES is not None
    said = {one.name: getattr(PAGES, one.name) for one in fields(PAGES)}
    del said["fields"]
    with pytest.raises(TypeError, match="fields"):
        type(PAGES)(**said)
