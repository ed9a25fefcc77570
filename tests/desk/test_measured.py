"""Measures are declarations: what they count of a town made from a seed is what was counted before they were."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
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
from wuxiao.desk.figures import declared, kept
from wuxiao.desk.look.board import board
from wuxiao.desk.matters import figures
from wuxiao.desk.register import look
from wuxiao.desk.town import books
from wuxiao.records.models import Booking, Case, Entry, Finding, Inspection, Row, Slot, Snapshot, Task
from wuxiao.rules import book as rulebook
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.measures import MATTERS, RECEIVED, Measure, counted
from wuxiao.rules.measures.counted import (
    ALWAYS,
    Beside,
    Count,
    Dimension,
    Not,
    Overtaken,
    Source,
    Standing,
    all_,
    any_,
    is_,
    known,
)
from wuxiao.rules.measures.disclosure import Floor
from wuxiao.rules.measures.told import Part, Told, tell
from wuxiao.rules.words import Text
from wuxiao.subjects.inspection.board import ageing
from wuxiao.subjects.inspection.measures import FINDINGS

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
    prepared = figures.published(*MONTHS)
    for name in MONTHS:
        one = counted[name].to_json()
        assert prepared[name].to_json() == one | {"final": prepared[name].final}
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
    # Nor where two columns are compared, nor in any part of what stands at an instant.
    hows: tuple[Any, ...] = ("by", "past", "by day", "same")
    pairs = (("due_at", column), (column, "due_at"))
    compared = [counted.by("due_at", column), *(counted.Test(one, how, other) for how in hows for one, other in pairs)]
    for condition in (*compared, Overtaken(column, ALWAYS), Overtaken("state", known(column))):
        with pytest.raises(ValueError, match="no figure is about a person"):
            Count("x", MATTERS, "received_at", where=condition)
    for standing in (
        Standing((column,), ("closed_at",)),
        Standing(("received_at",), (column,)),
        Standing(("received_at",), ("closed_at",), open=known(column)),
        Standing(("received_at",), ("closed_at",), ended=(ALWAYS, known(column))),
    ):
        with pytest.raises(ValueError, match="no figure is about a person"):
            Count("x", MATTERS, standing)


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


# ---------------------------------------------------------------------------------------- months of the other subjects


def inside(moment: datetime | None, month: str) -> bool:
    first, after = figures.month_bounds(month)
    return moment is not None and first <= moment < after


def slowly(month: str) -> dict[str, Any]:
    """What the words of the measures of hazards say, finding by finding in plain Python."""
    found, kinds = [0, 0, 0], {}
    for one in Finding.objects.all():
        visit = Inspection.objects.select_related("premises").get(matter_id=one.matter_id)
        kind = kinds.setdefault(visit.premises.kind, [0, 0, 0])
        if visit.left_at is not None and one.state != "withdrawn" and inside(one.found_at, month):
            found[0] += 1
            kind[0] += 1
        due = visit.promised_on
        if due is None or f"{due:%Y-%m}" != month or one.state not in ("open", "mended"):
            continue
        moments = [m for m in (one.said_at, one.settled_at) if m is not None]
        in_time = one.state == "mended" and bool(moments) and min(moments).astimezone(SHANGHAI).date() <= due
        for cell in (found, kind):
            cell[1] += in_time
            cell[2] += 1
    return {
        "hazards_found": ([found[0], 0], {k: [n[0], 0] for k, n in kinds.items() if n[0]}),
        "hazards_in_time": (found[1:], {k: n[1:] for k, n in kinds.items() if n[2]}),
    }


def test_months_of_hazards_are_what_their_words_say_and_stand_until_they_are_final() -> None:
    settle()
    counted_town.fill(5, places=90)
    book = books.current(NOW).book
    counted = kept.refresh(book, at=NOW)
    assert {one.split()[0] for one in counted} >= {"2025-10", "2026-10"}
    held = Snapshot.objects.get(name=kept.NAME).data["months"]
    assert "2026-11" not in held, "a month that is not over is not told"
    told = 0
    for month in ("2026-07", "2026-09", "2026-10"):
        for code, (whole, kinds) in slowly(month).items():
            assert held[month][code]["whole"] == whole, (month, code)
            assert held[month][code]["by"]["kind"] == kinds, (month, code)
            told += whole[0]
    assert told > 20
    Finding.objects.all().delete()
    assert kept.refresh(book, at=NOW + timedelta(days=5)) == []
    later = {one.split()[0] for one in kept.refresh(book, at=NOW + timedelta(days=20))}
    assert later == {"2026-11", "2026-09"}, "the month that ended, and the one that became final"
    held = Snapshot.objects.get(name=kept.NAME).data["months"]
    assert held["2026-09"]["hazards_found"] == {"whole": [0, 0], "by": {"kind": {}}, "final": True}
    assert held["2026-10"]["hazards_found"]["whole"][0] > 0
    # Only where a history was brought in is everything counted anew.
    kept.refresh(book, at=NOW + timedelta(days=20), everything=True)
    held = Snapshot.objects.get(name=kept.NAME).data["months"]
    assert held["2026-10"]["hazards_found"]["whole"] == [0, 0]


def test_decisions_are_in_time_by_the_end_of_their_day_and_replaced_or_kept_ones_are_left_out() -> None:
    settle()
    rules = books.current(NOW)

    def case(n: int, hidden: str = "") -> Case:
        return Case.objects.create(
            life="conference", number=f"LX-{n}", code=f"L{n:019d}", state="carrying", holder="gov", holder_since=NOW,
            received_at=NOW, changed_at=NOW, book_id=rules.id, hidden_units=hidden,
        )  # fmt: skip

    sitting, about = case(0), case(1)

    def task(n: int, **values: Any) -> None:
        given = {"matter": sitting, "about": case(10 + n), "kind": "decision", "state": "doing",
                 "due_on": date(2026, 10, 15)} | values  # fmt: skip
        Task.objects.create(code=f"T{n}", unit="housing", given=1, turn=1, **given)

    day = datetime(2026, 10, 15, 23, 59, 59, tzinfo=SHANGHAI)
    task(1, state="done", done_at=day)
    task(2, state="done", done_at=day + timedelta(seconds=1))
    task(3, state="done", done_at=day - timedelta(days=40), due_on=date(2026, 10, 31))
    task(4, due_on=date(2026, 10, 1))
    task(5, about=about, binds=True)
    task(6, about=about, state="done", done_at=day)
    task(7, about=about, binds=True, due_on=date(2026, 11, 30))
    task(8, kind="review", state="done", done_at=day)
    task(9, about=case(9, ",housing,"), state="done", done_at=day)
    task(10, matter=case(8, ",housing,"), state="done", done_at=day)
    task(11, about=None, due_on=date(2026, 9, 30), state="done", done_at=day)
    one = next(m for m in declared.every() if m.code == "decisions_in_time")
    pairs = [one.pair(counter.whole((*one.k, *one.n), *figures.month_bounds(m))) for m in ("2026-09", "2026-10")]
    # Of October: 1, 3 and 6 in time, 2 late, 4 open; 5 was replaced before it was done, the others are not told of.
    assert pairs == [(0, 1), (3, 5)]


def test_what_is_hidden_after_a_month_was_told_changes_no_number_of_it() -> None:
    """Told twice, the lesser number would say that one of them became a secret, and whether it was done in time."""
    settle()
    rules = books.current(NOW)

    def case(n: int) -> Case:
        return Case.objects.create(
            life="conference", number=f"LX-{n}", code=f"L{n:019d}", state="carrying", holder="gov", holder_since=NOW,
            received_at=NOW, changed_at=NOW, book_id=rules.id,
        )  # fmt: skip

    sitting = case(0)
    for n in range(6):
        Task.objects.create(
            matter=sitting, about=case(10 + n), kind="decision", state="doing", due_on=date(2026, 10, 15),
            code=f"T{n}", unit="housing", given=1, turn=1,
        )  # fmt: skip
    kept.refresh(rules.book, at=NOW)
    told = kept.published(rules.book)
    assert told is not None
    Case.objects.filter(number="LX-12").update(hidden_units=",housing,")
    assert kept.refresh(rules.book, at=NOW) == []
    anew = kept.refresh(rules.book, at=NOW + timedelta(days=92))
    assert "2026-10 decisions_in_time" not in anew
    assert "2026-10 hazards_found" in anew, "what leaves nothing out is counted once more when it is final"
    after = Snapshot.objects.get(name=kept.NAME).data["months"]["2026-10"]["decisions_in_time"]
    assert (after["whole"], after["final"]) == ([0, 6], True)
    sources = {one.source.name for one in declared.every() if one.source.once}
    assert sources == {"conference.decision"}


def test_receptions_are_held_unless_they_were_called_off_and_who_came_is_counted() -> None:
    settle()
    rules = books.current(NOW)
    day = datetime(2026, 10, 31, 23, 30, tzinfo=SHANGHAI)
    for n, (at, state, kind) in enumerate(
        ((day, "open", "reception"), (day, "cancelled", "reception"), (day + timedelta(hours=1), "open", "reception"),
         (day, "open", "sitting"))
    ):  # fmt: skip
        slot = Slot.objects.create(
            kind=kind, unit="gov", starts_at=at + timedelta(seconds=n), ends_at=at + timedelta(hours=2), place="大厅",
            capacity=9, state=state, changed_at=NOW,
        )  # fmt: skip
        for k, booked in enumerate(("attended", "attended", "absent", "released")):
            case = Case.objects.create(
                life="matter", number=f"S{n}-{k}", code=f"S{n}{k:018d}", state="handling", holder="gov", kind="request",
                holder_since=NOW, received_at=NOW, changed_at=NOW, book_id=rules.id, channel="web",
            )  # fmt: skip
            Booking.objects.create(matter=case, slot=slot, kind=kind, state=booked, at=NOW, turn=1)
    held, came = (next(m for m in declared.every() if m.code == c) for c in ("receptions_held", "received_by_leaders"))
    first, until = figures.month_bounds("2026-10")
    assert held.pair(counter.whole((*held.k, *held.n), first, until)) == (1, 2)
    assert came.pair(counter.whole(came.k, first, until)) == (4, 0)


def test_ratings_are_counted_by_kind_of_point_and_answers_to_something_else_are_not() -> None:
    settle()
    first, until = figures.month_bounds("2026-10")
    for n, (register, kind) in enumerate((("service_points", "station"), ("service_points", "hall"), ("other", "x"))):
        row = Row.objects.create(register=register, code=f"R{n}", kind=kind, title=f"点{n}", unit="gov",
                                 division="990101001", valid_from=first.date(), checked_at=first)  # fmt: skip
        for turn, (at, name, level) in enumerate(
            ((first, "service_rating", "3"), (until - timedelta(seconds=1), "service_rating", "2"),
             (until, "service_rating", "5"), (first, "other_set", "5"), (first, "service_rating", None))
        ):  # fmt: skip
            Entry.objects.create(
                row=row, turn=turn, verb="answered", at=at, actor="resident", seen=False, texts={}, seal="x",
                facts={"set": name, "answers": {"level": level} if level else {"done": "yes"}},
            )  # fmt: skip
    one = next(m for m in declared.every() if m.code == "points_satisfied")
    found = counter.tables((*one.k, *one.n), first, until)
    assert one.pair(found[()][()]) == (2, 4)
    assert {cell[0]: one.pair(n) for cell, n in found["kind",].items()} == {"station": (1, 2), "hall": (1, 2)}


# --------------------------------------------------------------------------------------------------- what may be told


NAMES = {code: Text(code, code) for code in "abcd"}


def told(code: str, whole: tuple[int, int], parts: dict[str, tuple[int, int]]) -> Told:
    one = next(m for m in declared.every() if m.code == code)
    return tell(one, "2026-10", whole, parts, NAMES, rulebook.default(), final=False)


def test_a_count_of_few_is_withheld_with_all_its_kinds_and_one_small_kind_with_another() -> None:
    assert told("hazards_found", (4, 0), {"a": (4, 0)}) == replace(
        told("hazards_found", (4, 0), {}), whole=Part("", Text("其他", "other"), None, None, "small"), parts=()
    )
    assert told("hazards_found", (0, 0), {}).whole.count == 0
    many = told("hazards_found", (63, 0), {"b": (20, 0), "a": (3, 0), "gone": (2, 0), "c": (38, 0)})
    assert many.whole.count == 63
    assert [(p.code, p.count, p.mark) for p in many.parts] == [
        ("a", None, "small"), ("b", 20, ""), ("c", None, "held"), ("", None, "small"),
    ]  # fmt: skip


def test_a_share_is_told_from_its_floor_on_and_one_of_the_house_is_never_split() -> None:
    assert told("hazards_in_time", (20, 29), {}).whole == Part("", Text("其他", "other"), 29, None, "", True)
    whole = told("hazards_in_time", (40, 60), {"a": (20, 31), "b": (20, 29)})
    assert whole.whole.share is not None
    assert [(p.count, p.share is None) for p in whole.parts] == [(31, False), (29, True)]
    few = told("receptions_held", (0, 1), {})
    assert few.whole.share is not None
    assert few.whole.share.share == 0.0
    assert told("receptions_held", (8, 9), {"a": (8, 9)}).parts == ()
    assert told("decisions_in_time", (4, 4), {}).whole.mark == "small"
    assert told("decisions_in_time", (4, 5), {}).whole.share is not None


def test_page_and_file_tell_the_same_and_nothing_small() -> None:
    settle()
    counted_town.fill(5, places=90)
    client, book = Client(), books.current(NOW).book
    cache.clear()
    assert "还没有数过" in client.get("/report/subjects").content.decode()
    kept.refresh(book, at=NOW)
    body = client.get("/report/measures.json").json()
    cells = [cell for cell in body["cells"] if cell["month"] == "2026-10"]
    assert {"hazards_found", "hazards_in_time"} <= {cell["measure"] for cell in cells}
    for cell in body["cells"]:
        n = cell.get("n", cell["value"])
        few = 1 if body["measures"][cell["measure"]]["floor"]["code"] == "house" else book.suppress_below
        assert n is None or n == 0 or n >= few, cell
    page = client.get("/report/subjects?month=2026-10").content.decode()
    found = next(c["value"] for c in cells if c["measure"] == "hazards_found" and c["split"] == "county")
    assert f">{found}<" in page
    assert any(cell.get("withheld") for cell in cells), "a town of few has something to withhold"
    defined = client.get("/report/definitions").content.decode()
    assert set(re.findall(r"/report/definitions#(\w+)\"", page)) >= {"hazards_found", "decisions_in_time"}
    for code in body["measures"]:
        assert f'id="{code}"' in defined, code
        assert declared_code(code).public
    assert "late" not in body["measures"]
    assert client.get("/report/subjects?month=2026-11").status_code == 404
    answer = client.get("/report/subjects?month=2026-10", headers={"Accept-Language": "en"}).content.decode()
    english = re.sub(r"<[^>]+>", "", answer)
    assert "Hazards found" in english
    assert "Decisions done in time" in english


def declared_code(code: str) -> Measure:
    return next(one for one in declared.every() if one.code == code)


def test_a_town_has_no_measure_of_what_it_does_not_keep() -> None:
    book = rulebook.default()
    bare = replace(book, lives={}, registers={})
    assert kept.monthly(bare) == ()
    assert {one.source.name for one in declared.kept(bare)} == {"matter", "matter.call_back"}
    assert {one.code for one in declared.kept(book)} == {one.code for one in declared.every()}


def test_one_declaration_is_a_page_a_definition_an_entry_of_the_dictionary_and_its_months() -> None:
    settle()
    counted_town.fill(5, places=90)
    grave = Measure(
        "grave_hazards",
        Text("严重隐患", "grave hazards"),
        Text("期内查出的严重隐患", "grave hazards found in the period"),
        k=(Count("grave", FINDINGS, "found_at", where=is_("grave", True), splits=(("kind",),)),),
        by=(("kind",),),
        floor=Floor.PEOPLE,
    )
    first, until = figures.month_bounds("2026-10")
    Finding.objects.filter(found_at__gte=first, found_at__lt=until).update(grave=True)
    n = sum(1 for one in Finding.objects.all() if inside(one.found_at, "2026-10"))
    assert n > 5
    client, book = Client(), books.current(NOW).book
    with declared.beside(grave):
        kept.refresh(book, at=NOW)
        assert f">{n}<" in client.get("/report/subjects?month=2026-10").content.decode()
        assert "期内查出的严重隐患" in client.get("/report/definitions").content.decode()
        body = client.get("/report/measures.json").json()
        assert body["measures"]["grave_hazards"]["above"]["en"] == "grave hazards found in the period"
        assert n in [c["value"] for c in body["cells"] if c["measure"] == "grave_hazards" and c["split"] == "county"]
    cache.clear()
    assert "grave_hazards" not in client.get("/report/measures.json").json()["measures"]
