"""A book without a unit or a kind is not adopted while something stands there: each thing is named and counted."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit
from tests.subjects.test_inspection import DAY, UNIT, cafe, ordered, reported, town
from tests.subjects.test_service_points import ROOM
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.house import left
from wuxiao.desk.publish import acts as publishing
from wuxiao.desk.register import acts as rows
from wuxiao.desk.tasks import acts as tasks
from wuxiao.desk.town import books
from wuxiao.records.models import BookVersion, Case, Post, Row, Staff
from wuxiao.rules import book as rulebook

__all__ = ["cafe", "town"]
pytestmark = pytest.mark.django_db
NEW = "ps_qp"


def renamed(old: str = UNIT, new: str = NEW) -> str:
    text = re.sub(rf'(?m)^{old}(?= = )|(?<="){old}(?=")', new, BOOK_TEXT)
    assert text != BOOK_TEXT
    return text


def adopt(text: str, *, since: datetime = MONDAY, at: datetime = MONDAY) -> None:
    books.adopt(text, name="book.toml", effective_from=since, by=SYSTEM, at=at)


def refused(text: str, **more: Any) -> Refused:
    before = BookVersion.objects.count()
    with pytest.raises(Refused) as said:
        adopt(text, **more)
    assert said.value.code == "open_cases"
    assert BookVersion.objects.count() == before, "nothing was adopted"
    return said.value


def test_a_unit_of_another_code_is_another_unit_and_all_that_stands_on_the_old_one_is_named(
    town: Town, cafe: Row
) -> None:
    ordered(town, cafe)
    reported(town)
    code = publishing.propose("knowledge", "养狗要办证吗", "要，到窗口办。", by=town.li, at=MONDAY)
    said = refused(renamed()).text
    for zh in (
        f"[units.{UNIT}]（", "没办结的检查1", "没办结的事项1", "在册的行1", "发布着或者等发布的文章1", "任职5", "账号5",
        "先启用新旧两个单位都在的手册",
    ):  # fmt: skip
        assert zh in said.zh, zh
    for en in ("rows of registers: 1", "texts shown or waiting: 1", "accounts: 5", "adopt a book that has both units"):
        assert en in said.en, en
    assert "ps_bailu" not in said.zh, "nothing stands there"
    publishing.withdraw(code, "写错了", version=1, by=town.li, at=MONDAY)
    assert "文章" not in refused(renamed()).text.zh, "what was withdrawn stands on nothing"


def test_a_book_that_has_both_units_is_the_way_and_what_was_moved_holds_up_no_more(town: Town) -> None:
    line = next(line for line in BOOK_TEXT.splitlines() if line.startswith(f"{UNIT} = "))
    # The old one is a station no more, so that the routes of its division lead to the new one alone.
    old = line.replace('type = "station"', 'type = "department"')
    assert old != line
    both = BOOK_TEXT.replace(line, f"{old}\n{line.replace(UNIT, NEW, 1)}")
    assert "任职" in refused(renamed()).text.zh
    adopt(both)
    Staff.objects.filter(unit=UNIT).update(unit=NEW)
    Post.objects.filter(unit=UNIT).update(unit=NEW)
    adopt(renamed())
    assert UNIT not in books.current(MONDAY).book.units


def test_a_task_to_be_done_keeps_its_unit_and_one_that_is_done_does_not(town: Town, cafe: Row) -> None:
    case, unit = ordered(town, cafe), "rc_xinzhan"
    rules = books.current(MONDAY)
    book = rules.book
    assert unit in book.units
    text = renamed(unit, "rc_new")
    assert left.units(rulebook.loads(text, "b"), book, MONDAY) == [], "nothing stands there yet"
    task = tasks.give(
        Case.objects.get(pk=case.pk), "rectify", unit, date(2026, 10, 1), rules=books.current(MONDAY), at=MONDAY
    )
    assert "没办完的任务1" in refused(text).text.zh
    type(task).objects.filter(pk=task.pk).update(state="done")
    adopt(text)


def test_who_has_what_was_handed_over_stays_named_and_another_body_for_what_comes_takes_nothing_away(
    town: Town, cafe: Row
) -> None:
    case, fire = ordered(town, cafe, accepted="no"), of_unit(town, "fire")
    act(case.pk, "hand_over", {"unit": "fire", "reason": "没有办过检查"}, by=town.lead, at=MONDAY + 2 * DAY)
    gone = refused(
        renamed("fire", "fire_two").replace('\nfire_two = "fire_two"', '\nfire = "fire_two"'), at=MONDAY + 2 * DAY
    ).text
    assert "没办结的检查1" in gone.zh
    start = BOOK_TEXT.index("[lives.inspection]")
    other = BOOK_TEXT[:start] + BOOK_TEXT[start:].replace('fire = "fire"', 'fire = "housing"', 1)
    assert other != BOOK_TEXT
    adopt(other, at=MONDAY + 2 * DAY)
    case = act(case.pk, "conclude", {"reply": "已办检查"}, by=fire, at=MONDAY + 3 * DAY)
    assert case.outcome == "handed", "whoever it was handed to answers it"


def test_a_kind_of_rows_that_are_in_the_register_is_not_left_out(town: Town, cafe: Row) -> None:
    def without(kind: str) -> str:
        start = BOOK_TEXT.index("[registers.premises]")
        head, tail = BOOK_TEXT[:start], BOOK_TEXT[start:]
        return head + re.sub(rf"(?m)^{kind} = .*\n", "", tail, count=1)

    assert without("hotel") != BOOK_TEXT != without("net_cafe")
    said = refused(without("net_cafe")).text
    assert "[registers.premises.net_cafe]（在册的" in said.zh
    assert "rows in the register: 1" in said.en
    adopt(without("hotel"))


def test_a_whole_register_with_rows_is_not_left_out_either(town: Town, cafe: Row) -> None:
    def without(name: str) -> str:
        left, count = re.subn(rf"(?m)^\[registers\.{name}\]\n(?:.+\n)+", "", BOOK_TEXT)
        assert count == 1
        return left

    point = rows.put_in("service_points", ROOM, by=of_unit(town, UNIT), at=MONDAY)
    said = refused(without("service_points")).text
    assert "[registers.service_points.police_room]（在册的服务点1" in said.zh
    assert "rows in the register: 1" in said.en
    rows.end("service_points", point.code, day=MONDAY.date().isoformat(), why="closed", version=1,
             by=of_unit(town, UNIT), at=MONDAY)  # fmt: skip
    adopt(without("service_points"))


def test_a_book_without_a_unit_is_not_adopted_ahead_of_its_day(town: Town) -> None:
    text = renamed("rc_xinzhan", "rc_new")
    assert "[units.rc_xinzhan]" in refused(text, since=MONDAY + 9 * DAY).text.zh
    adopt(text, since=MONDAY + 9 * DAY, at=MONDAY + 9 * DAY)


def test_every_column_that_holds_a_unit_is_asked_or_has_its_reason() -> None:
    asked = {f"{one.table.__name__}.{column}" for one in left.HOLDS for column in one.columns}
    asked |= {f"Case.{column}" for column in left.CASE}
    names = {"unit", *left.CASE, *(name.partition(".")[2] for name in left.PAST)}
    held = {
        f"{table.__name__}.{one.name}"
        for table in apps.get_app_config("records").get_models()
        for one in table._meta.local_concrete_fields
        if isinstance(one, models.CharField) and (one.name in names or one.name.endswith("_unit"))
        if not table._meta.proxy
    }
    assert len(held) > 15
    # Another word of the same name: which loop leads.
    assert held - {"Beat.holder"} == asked | set(left.PAST)
    assert not asked & set(left.PAST)
    assert all(left.PAST.values())
