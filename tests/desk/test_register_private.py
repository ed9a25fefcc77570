"""A field that is personal data: in no list, search or file; each reading is written down; the seal never holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_register import HOTEL, broken, put_in
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.files.tables import open_table
from wuxiao.desk.register import acts, look, sheets, shelf
from wuxiao.desk.register.look import Wanted
from wuxiao.desk.register.shelf import Shelf
from wuxiao.records.models import Entry, Premises, Row, Words
from wuxiao.rules.access import Role
from wuxiao.rules.field import Audience
from wuxiao.subjects.premises.rules import PREMISES

pytestmark = pytest.mark.django_db
PHONE = "09905551234"


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town in which the telephone of an office and the day it was told are somebody's own."""
    fields = tuple(
        replace(one, private=True, why=replace(one.why, seen=Audience.KEEPERS))
        if one.name in {"duty_phone", "duty_signed"}
        else one
        for one in PREMISES.fields
    )
    monkeypatch.setitem(shelf._installed, "premises", Shelf(replace(PREMISES, fields=fields), Premises))
    return settle()


@pytest.fixture
def lead(town: Town) -> Actor:
    return of_unit(town, "ps_qingping", Role.LEAD)


def reads() -> list[tuple[int | None, list[str]]]:
    rows = Entry.objects.filter(row__isnull=False, verb="read").order_by("pk")
    return [(staff, facts["fields"]) for staff, facts in rows.values_list("staff_id", "facts")]


def test_each_person_who_reads_it_is_written_down_once_a_day(town: Town, lead: Actor) -> None:
    row = put_in(lead, duty_signed="2026-09-01")
    other = of_unit(town, "police_bureau")
    for by in (lead, lead, other, town.chief):
        look.view("premises", row.code, by=by, at=MONDAY)
    both = ["duty_phone", "duty_signed"]
    assert reads() == [(lead.staff_id, both), (other.staff_id, both)], "who does not see it has not read it"
    look.view("premises", row.code, by=lead, at=MONDAY + timedelta(days=1))
    assert len(reads()) == 3
    kept = Row.objects.get()
    assert (kept.version, kept.turn) == (1, 4), "a reading is no change: who writes is not told to look again"
    acts.confirm("premises", row.code, by=lead, at=MONDAY, version=1)
    assert broken() == []


def test_a_row_without_it_is_not_read(lead: Actor) -> None:
    row = put_in(lead, duty_phone="")
    look.view("premises", row.code, by=lead, at=MONDAY)
    assert reads() == []


def test_it_stands_in_no_seal_list_search_or_file(lead: Actor, tmp_path: Path) -> None:
    put_in(lead, duty_signed="2026-09-01")
    assert Words.objects.filter(field="duty_phone", text=PHONE).exists()
    assert Words.objects.filter(field="duty_signed", text="2026-09-01").exists()
    for entry in Entry.objects.all():
        assert PHONE not in str(entry.facts) + str(entry.stand)
        assert "2026-09-01" not in str(entry.facts) + str(entry.stand)
    assert look.page("premises", Wanted(words=PHONE), by=lead, at=MONDAY).rows == []
    assert look.page("premises", Wanted(words=HOTEL["title"]), by=lead, at=MONDAY).rows
    table = sheets.give("premises", Wanted(), purpose="check", by=lead, at=MONDAY, lang="zh")
    assert HOTEL["title"] in table[1]
    assert "值班电话" not in table[0]
    assert PHONE not in table[1]
    path = tmp_path / "t.csv"
    path.write_text(f"编号,种类,名称,所在地,地址,值班电话\nA-1,旅馆,甲,990101001,路1,{PHONE}\n", encoding="utf-8")
    taken = sheets.take("premises", open_table(path), by=lead, at=MONDAY)
    assert (taken.new, taken.left_out) == (1, ["值班电话"])
    assert Premises.objects.get(row__code="A-1").duty_phone == ""


def test_it_is_erased_whatever_its_kind(lead: Actor) -> None:
    row = put_in(lead, duty_signed="2026-09-01")
    acts.end("premises", row.code, day="2026-09-07", why="closed", by=lead, at=MONDAY, version=1)
    acts.retire(
        next(one for one in shelf.all_shelves() if one.name == "premises"), by=SYSTEM, at=MONDAY + timedelta(days=731)
    )
    part = Premises.objects.get()
    assert (part.duty_phone, part.duty_signed) == ("", None)
    assert not Words.objects.filter(text__in=[PHONE, "2026-09-01"]).exists()
    assert broken() == []


def test_what_is_taken_back_is_erased_at_once_and_the_chain_stays_whole(town: Town, lead: Actor) -> None:
    """Whoever takes a consent back is not readable in the history any more; nor is who was there before them."""
    row = put_in(lead)
    assert Words.objects.get(row_id=row.pk, turn=1, field="duty_phone").text == PHONE, "what could stay is there"
    acts.change("premises", row.code, {"duty_phone": "0990-5559999"}, why="changed", by=lead, at=MONDAY, version=1)
    first = Words.objects.get(row_id=row.pk, turn=1, field="duty_phone")
    assert (first.text, first.salt, first.erased_at) == ("", "", MONDAY)
    assert Words.objects.get(row_id=row.pk, turn=1, field="title").text, "what is nobody's own stays"
    seen = look.view("premises", row.code, by=lead, at=MONDAY)
    said = " ".join(change.zh for one in seen.history for change in one.changes)
    assert PHONE not in said
    acts.change("premises", row.code, {"duty_phone": ""}, why="changed", by=lead, at=MONDAY, version=2)
    assert not Words.objects.filter(row_id=row.pk, field="duty_phone").exclude(text="").exists()
    told = (
        Entry.objects.filter(row_id=row.pk, verb="change_row").order_by("turn").values_list("facts__erased", flat=True)
    )
    assert list(told) == [["duty_phone"], ["duty_phone"]]
    assert broken() == []
    # Erased by hand, without a change that says so, it is found.
    Words.objects.filter(row_id=row.pk, field="title").update(text="", salt="", erased_at=MONDAY)
    assert broken() != []
