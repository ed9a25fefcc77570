"""Measures are declarations: what they count of a town made from a seed is what was counted before they were."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from tests.desk import counted_town
from tests.desk.counted_town import MONTHS, NOW
from tests.desk.people import Town, of_unit, settle
from tests.test_plans import Plans, whole_tables
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.figures import count as counter
from wuxiao.desk.figures import declared
from wuxiao.desk.look.board import board
from wuxiao.desk.matters import figures
from wuxiao.desk.register import look
from wuxiao.desk.town import books
from wuxiao.rules import book as rulebook
from wuxiao.rules.book_model import Book
from wuxiao.rules.counted import (
    Beside,
    Count,
    Dimension,
    Not,
    Source,
    Standing,
    all_,
    any_,
    is_,
    known,
)
from wuxiao.rules.disclosure import Floor
from wuxiao.rules.measures import MATTERS, RECEIVED, Measure
from wuxiao.rules.words import Text
from wuxiao.subjects.inspection.board import ageing

pytestmark = pytest.mark.django_db
WORDS = Text("字", "words")
GOLDEN = Path(__file__).parent / "golden" / "figures.json"


def plain(value: Any) -> Any:
    """What was counted as JSON, in one order."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=str, sort_keys=True))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def said(town: Town) -> dict[str, Any]:
    """Everything that is told of the town as it stands, for the public and for staff."""
    cache.clear()
    found: dict[str, Any] = {}
    counted = figures.count(*MONTHS, at=NOW)
    figures.refresh(at=NOW)
    kept = figures.published(*MONTHS)
    for name in MONTHS:
        one = counted[name].to_json()
        assert kept[name].to_json() == one | {"final": kept[name].final}
        total = counted[name].total().to_json()
        found[f"month {name}"] = {"total": total, "channels": one["channels"], "whole": digest(json.dumps(one))}
    index = figures.index()
    assert index is not None
    found["open"] = index.open
    client = Client()
    found["page /report/data.csv"] = digest(client.get("/report/data.csv").content.decode())
    cells = client.get("/report/data.json").json()["cells"]
    found["page /report/data.json"] = {"cells": len(cells), "whole": digest(json.dumps(cells, sort_keys=True))}
    for by in (town.chief, of_unit(town, sorted(books.current(NOW).book.units)[1])):
        assert by.viewer is not None
        seen = board(by.viewer, now=NOW)
        days = [[f"{day}", came, gone] for day, came, gone in seen.days]
        found[f"board {by.name}"] = plain({"states": seen.states, "units": seen.units, "days": days})
    found["ageing"] = plain(asdict(ageing(books.current(NOW).book, at=NOW)))
    quality = look.quality("premises", by=SYSTEM, at=NOW)
    rates = {name: getattr(quality, name) for name in ("complete", "accurate", "used", "dormant")}
    found["quality"] = {name: [rate.part, rate.n] for name, rate in rates.items()}
    found["quality"]["fields"] = {one.name: [rate.part, rate.n] for one, rate in quality.fields}
    return found


def test_a_town_is_counted_as_it_was_before_measures_were_declared() -> None:
    """The golden numbers are those of the counting by hand that stood here before (commit 71c9ccc)."""
    town = settle()
    counted_town.fill(7)
    assert said(town) == json.loads(GOLDEN.read_text(encoding="utf-8"))


# ------------------------------------------------------------------------------------------------- every declaration


def test_every_measure_is_said_in_two_languages_and_has_a_floor() -> None:
    assert len(declared.every()) > 25
    for one in declared.every():
        texts = [one.name, one.above, one.below, one.left_out, one.note, one.unit, one.source.words]
        texts += [dimension.words for count in (*one.k, *one.n) for dimension in count.of.dimensions]
        for text in (text for text in texts if text is not None):
            assert re.search(r"[\u4e00-\u9fff]", text.zh), (one.code, text)
            assert re.search(r"[a-z]", text.en), (one.code, text)
            assert not re.search(r"[\u4e00-\u9fff]", text.en), (one.code, text)
        assert isinstance(one.floor, Floor), one.code
        assert one.public != (one.floor is Floor.STAFF), one.code


def asked(one: Measure, first: datetime, until: datetime, book: Book) -> None:
    """Ask for all that may be asked of a measure: a period, its end, its days."""
    counts = (*one.k, *one.n)
    moments = [count for count in counts if not isinstance(count.when, Standing)]
    counter.tables(moments, first, until, book=book)
    for count in counts:
        if isinstance(count.when, Standing):
            counter.at_ends(count, [first, until])
    days = [count for count in moments if isinstance(count.when, str)]
    counter.by_day(days, counter.spans(first, until), book=book)


def test_no_measure_reads_a_table_of_matters_from_end_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan of every count of every measure, in a month of a town of a million (SQLite) or without scans."""
    # What is fetched bit by bit from PostgreSQL is not told to whoever listens.
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    settle()
    counted_town.fill(3)
    first, until = figures.month_bounds("2026-10")
    book = books.current(NOW).book
    plans = Plans()
    plans.begin()
    try:
        for one in declared.every():
            lines = plans.of(lambda one=one: asked(one, first, until, book))
            assert whole_tables(lines) == [], one.code
    finally:
        plans.end()


@pytest.mark.parametrize(
    "column",
    ["handler", "handler__name", "holder__staff", "caller", "matter__proposer", "phone_mark", "contact__phone", "title",
     "words", "address", "number", "code", "division", "lat", "paused_at", "due_at"],
)  # fmt: skip
def test_nothing_is_split_by_a_person_a_place_or_one_single_thing(column: str) -> None:
    with pytest.raises(ValueError, match="split"):
        Source("x", WORDS, "Matter", dimensions=(Dimension("x", WORDS, column),))
    # Neither by another name for it.
    beside = {"kind": Beside("Inspection", "matter", column)}
    with pytest.raises(ValueError, match=r"split|person"):
        Source("x", WORDS, "Finding", dimensions=(Dimension("x", WORDS, "kind"),), beside=beside)


@pytest.mark.parametrize("column", ["handler", "handler__name", "caller__id", "contact__phone", "title", "facts__who"])
def test_no_condition_reads_who_somebody_is(column: str) -> None:
    for condition in (is_(column, 5), Not(known(column)), all_(is_("state", "x"), any_(is_(column, 5)))):
        with pytest.raises(ValueError, match="no figure is about a person"):
            Count("x", MATTERS, "received_at", among=condition)
        with pytest.raises(ValueError, match="no figure is about a person"):
            Count("x", MATTERS, "received_at", where=condition)
        with pytest.raises(ValueError, match="no figure is about a person"):
            Source("x", WORDS, "Matter", only=condition)
        late = Count("x", MATTERS, "received_at", where=lambda book, one=condition: one)
        with pytest.raises(ValueError, match="no figure is about a person"):
            late.condition(rulebook.default())
    with pytest.raises(ValueError, match="no figure is about a person"):
        Count("x", MATTERS, column)


def test_a_measure_is_refused_that_lacks_what_it_must_say() -> None:
    good = {"name": WORDS, "above": WORDS, "k": (RECEIVED,), "floor": Floor.PEOPLE}
    assert Measure("x", **good).by == ()
    for wrong, why in (
        ({"floor": None}, "floor"),
        ({"floor": Floor.STAFF}, "floor"),
        ({"public": False}, "floor"),
        ({"k": ()}, "counts something"),
        ({"below": WORDS}, "below its line"),
        ({"n": (RECEIVED,)}, "below its line"),
        ({"name": Text("名", " ")}, "Chinese and in English"),
        ({"by": (("unit", "class"),)}, "may be split"),
    ):
        with pytest.raises(ValueError, match=why):
            Measure("x", **(good | wrong))
    with pytest.raises(ValueError, match="to be split by"):
        Count("x", MATTERS, "received_at", splits=(("handler",),))


def test_a_column_that_is_not_there_or_leads_to_a_person_is_refused_at_the_start() -> None:
    for table, column, why in (
        ("Matter", "no_such", "has no no_such"),
        ("Slot", "capacity__x", "has no"),
        ("Words", "field", ""),
        ("CallBack", "matter__about", "what somebody wrote"),
    ):
        source = Source("x", WORDS, table)
        one = Measure("x", WORDS, WORDS, k=(Count("x", source, among=known(column)),), floor=Floor.PEOPLE)
        if not why:
            declared.check(one)
            continue
        with pytest.raises(ValueError, match=why):
            declared.check(one)
    # Under a name that says nothing: the table tells.
    source = Source("x", WORDS, "Post", only=known("staff_id"))
    with pytest.raises(ValueError, match="leads to a person"):
        declared.check(Measure("x", WORDS, WORDS, k=(Count("x", source),), floor=Floor.PEOPLE))


def test_two_measures_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"), declared.beside(declared.every()[0]):
        pass
