"""A case comes in by one door in the house: the first row of its table, whoever knocks."""

from __future__ import annotations

import ast
import re
from datetime import datetime
from pathlib import Path

import pytest

import wuxiao
from tests.desk.people import MONDAY, of_unit, settle
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.case.opening import begin
from wuxiao.desk.matters import intake
from wuxiao.desk.matters.matters import Report, receive
from wuxiao.desk.town import books
from wuxiao.records.models import Access, Entry, Matter
from wuxiao.rules.flow import MATTER, State

pytestmark = pytest.mark.django_db
WORDS = "文庙街路灯不亮，老人晚上出门摔过一次。"


def test_who_may_bring_a_matter_in_is_said_by_the_first_row_of_the_table() -> None:
    town = settle()
    for who in (RESIDENT, town.operator, town.police, SYSTEM):
        assert receive(Report(words=WORDS), by=who, at=MONDAY).state == State.INTAKE
    before = Matter.objects.count(), Entry.objects.filter(matter__isnull=False).count()
    for name in ("supervisor", "chief", "reviewer1"):
        with pytest.raises(Refused) as refused:
            receive(Report(words=WORDS), by=town.people[name], at=MONDAY)
        assert refused.value.code == "who"
    with pytest.raises(Refused):
        receive(Report(words=WORDS), by=of_unit(town, "housing"), at=MONDAY)
    assert (Matter.objects.count(), Entry.objects.filter(matter__isnull=False).count()) == before


def test_the_first_row_gives_the_state_and_the_promise() -> None:
    settle()
    rules = books.current(MONDAY)
    matter = Matter(handling_class="request", kind="request", book_id=rules.id)
    step = begin(matter, rules, by=RESIDENT, at=MONDAY)
    assert step is MATTER.first
    assert matter.state == State.INTAKE
    assert matter.due_at is not None
    assert matter.due_at > MONDAY


def test_a_part_split_off_and_a_past_matter_come_in_as_a_report_does() -> None:
    town = settle()
    whole = receive(Report(words=WORDS, phone="13900000001"), by=RESIDENT, at=MONDAY)
    act(whole.pk, "split", {"parts": "路灯不亮\n井盖松动"}, by=town.operator, at=MONDAY)
    past = intake.Past(1, "A-1", Report(words="以前的井盖问题", phone="13900000002"), MONDAY)
    made = intake.prepare(past, by=town.people["shift_lead"], at=MONDAY)
    intake.write([made], source="old", by=town.people["shift_lead"], at=MONDAY)

    rows = list(Matter.objects.order_by("pk"))
    assert len(rows) == 4
    for row in rows:
        first = row.entries.get(turn=1)
        assert (first.verb, first.state, first.seen) == ("receive", "intake", True)
        assert datetime.fromisoformat(first.facts["due"]) == row.due_at
        assert first.facts["unit"] == row.holder
        assert set((first.stand or {})["matter"]) == {str(row.pk)}
        assert set((first.stand or {})["contact"]) == {"1"}
        assert Access.objects.filter(matter=row, queue="intake", principal=f"u:{row.holder}").exists()
        assert row.tick_at is not None


#: What writes new rows of cases, or says who sees them.
WRITES = re.compile(
    r"(shown\.)?access_rows\(|of\.rows\(|subject\.of\(\w+\)\.rows\(|(Matter|Case)\.objects\.create\(|"
    r"bulk\.insert\((Matter|Case)\b"
)


@pytest.mark.either
def test_nowhere_else_is_the_row_of_a_case_written_for_the_first_time() -> None:
    """Whoever writes new rows of cases, or who sees them, beside `opening` and the acts has a door of its own."""
    found = []
    for path in sorted(Path(wuxiao.__file__).parent.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            words = ast.unparse(node)
            if WRITES.match(words):
                found.append((path.stem, words.split("(")[0]))
    assert sorted(set(found)) == [
        ("entitled", "of.rows"),
        ("face", "shown.access_rows"),
        ("opening", "bulk.insert"),
        ("opening", "of.rows"),
        ("order_anew", "shown.access_rows"),
        ("shown", "subject.of"),
    ]
