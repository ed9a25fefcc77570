"""The search of the desk beside matters: inspections and rows of registers, for whoever may see them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.desk.people import BOOK_TEXT, Town, of_unit, settle
from tests.desk.test_register import HOTEL
from tests.subjects.test_inspection import all_answers, person
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.desk.look.elsewhere import elsewhere
from wuxiao.desk.people.retention import retire_cases
from wuxiao.desk.register import acts
from wuxiao.desk.town import books
from wuxiao.records.models import Case, Row, Staff
from wuxiao.rules import hide
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db
UNIT = "ps_qingping"


@pytest.fixture
def town() -> Town:
    cache.clear()
    made = settle()
    made.people["stranger"] = of_unit(made, "housing")
    for name, role in (("li", Role.HANDLER), ("wang", Role.HANDLER), ("lead", Role.LEAD)):
        person(made, name, role)
    return made


@pytest.fixture
def hotel(town: Town) -> Row:
    return acts.put_in("premises", HOTEL, by=town.li, at=timezone.now())


def visited(town: Town, row: Row) -> Case:
    now = timezone.now()
    case = opening.plan("inspection", {"place": row.code, "why": "cycle"}, by=town.lead, at=now)
    act(case.pk, "assign", {"pair": [str(town.li.staff_id), str(town.wang.staff_id)]}, by=town.lead, at=now)
    for one in (town.li, town.wang):
        act(case.pk, "arrive", {}, by=one, at=now)
    act(case.pk, "fill", all_answers(), by=town.li, at=now)
    act(case.pk, "note", {"words": "夹层堆了油漆桶"}, by=town.li, at=now)
    return Case.objects.get(pk=case.pk)


def found(town: Town, name: str, words: str, lang: str = "zh-hans") -> str:
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(Staff.objects.get(pk=town.people[name].staff_id))
    client.cookies["lang"] = lang
    answer: Any = client.get("/staff/search", {"q": words})
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text.partition('<form class="filters"')[2]


def test_a_case_and_a_row_are_found_by_their_words_and_say_what_they_are(town: Town, hotel: Row) -> None:
    case = visited(town, hotel)
    for words in ("望川", "清平路1", "旅馆 清平路", "油漆桶"):
        page = found(town, "lead", words)
        assert f"/staff/c/inspection/{case.number}" in page
        assert "场所检查" in page
        assert (f"/staff/r/premises/row/{hotel.code}" in page) == (words != "油漆桶")
    assert "Inspections" in found(town, "lead", "望川", "en")


def test_they_are_found_by_their_numbers_and_codes(town: Town, hotel: Row) -> None:
    case = visited(town, hotel)
    assert hotel.code in found(town, "lead", hotel.code.lower())
    assert case.number in found(town, "lead", case.number[:10])


def test_nobody_else_finds_the_case(town: Town, hotel: Row) -> None:
    case = visited(town, hotel)
    assert case.number in found(town, "lead", "望川"), "what could leak is there"
    for name in ("operator", "shift_lead", "police", "reviewer1", "stranger"):
        for words in ("望川", "油漆桶", case.number[:10]):
            page = found(town, name, words)
            assert case.number not in page, (name, words)
            # The register is read by whoever handles or supervises; the telephone desk keeps none.
            assert (hotel.code in page) == (name == "stranger" and words == "望川")


def test_from_whom_it_is_kept_finds_nothing(town: Town, hotel: Row) -> None:
    case = visited(town, hotel)
    lead = town.lead
    assert [c.number for _one, c in elsewhere("望川", by=lead, at=timezone.now()).cases] == [case.number]
    Case.objects.filter(pk=case.pk).update(hidden_units=hide.pack({UNIT}))
    assert elsewhere("望川", by=lead, at=timezone.now()).cases == []


def test_conditions_of_matters_leave_the_others_out(town: Town, hotel: Row) -> None:
    visited(town, hotel)
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(Staff.objects.get(pk=town.lead.staff_id))
    page = client.get("/staff/search", {"q": "望川", "state": "open"}).content.decode()
    assert "/staff/c/inspection/JC" not in page
    assert hotel.code not in page


def test_a_town_without_the_sections_finds_matters_only(town: Town, hotel: Row) -> None:
    case = visited(town, hotel)
    act(case.pk, "leave", {"signed": "signed"}, by=town.li, at=timezone.now())
    assert elsewhere("望川", by=town.lead, at=timezone.now()).cases, "what could leak is there"
    without = re.sub(r"\n\[lives\.inspection\]\n(?:(?:[a-z_]+ = |#).*\n)+", "\n", BOOK_TEXT)
    books.adopt(without, name="without.toml", effective_from=timezone.now(), by=SYSTEM, at=timezone.now())
    assert elsewhere("望川", by=town.lead, at=timezone.now()).cases == []


def test_what_was_erased_is_not_found(town: Town, hotel: Row) -> None:
    case = visited(town, hotel)
    now = timezone.now()
    act(case.pk, "leave", {"signed": "signed"}, by=town.li, at=now)
    assert elsewhere("油漆桶", by=town.lead, at=now).cases
    assert retire_cases({"inspection": 0}, by=SYSTEM, at=timezone.now()) == 1
    assert elsewhere("油漆桶", by=town.lead, at=now).cases == []


def test_a_list_that_is_too_long_says_so_and_costs_no_more(town: Town) -> None:
    now = timezone.now()
    for n in range(4):
        acts.put_in("premises", HOTEL | {"address": f"清平路{n}号"}, by=town.li, at=now)
    few = elsewhere("望川", by=town.lead, at=now, limit=3)
    assert (len(few.rows), few.more_rows, few.more_cases) == (3, True, False)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        elsewhere("望川", by=town.lead, at=now)
    assert len(queries) <= 3
    for words in ("", "  ", "，。", "!!"):
        assert elsewhere(words, by=town.lead, at=now).rows == ()
