"""A register as a table: checked whole before a row is written, the same the second time, safe when it leaves."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_register import HOTEL, broken, put_in
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.files.tables import Table, open_table
from wuxiao.desk.register import acts, look, sheets, shelf
from wuxiao.desk.register.look import Wanted
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Premises, Row
from wuxiao.records.models.row import NEVER
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db

HEAD = "编号,种类,名称,登记单位,所在地,地址,坐标,责任科室,值班电话,出租间数,安全合格项,核对日期\n"
GOOD = HEAD + (
    'H-1,旅馆,望川旅馆,清平派出所,清平街道,清平路1号,"30.1,104.2 WGS-84",值班室,0990-5551234,,,2026-09-01\n'
    "R-1,出租房屋,槐荫里3栋401,,990101001001,槐荫里3栋401,,,,2,装有烟感报警、燃气软管在有效期内,\n"
)


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def lead(town: Town) -> Actor:
    return of_unit(town, "ps_qingping", Role.LEAD)


@pytest.fixture
def table(tmp_path: Path) -> Any:
    def made(text: str, name: str = "t.csv") -> Table:
        path = tmp_path / name
        path.write_bytes(text.encode())
        book = books.current(MONDAY).book
        return open_table(path, known=sheets.known_headings(shelf.of("premises", book), book))

    return made


def faults(taken: sheets.Taken) -> list[tuple[int, str]]:
    return [(one.line, one.column.zh) for one in sorted(taken.faults, key=lambda f: f.line)]


def test_a_file_is_brought_in_and_the_second_time_nothing_happens(lead: Actor, table: Any) -> None:
    taken = sheets.take("premises", table(GOOD), by=lead, at=MONDAY)
    assert (taken.new, taken.changed, taken.same, taken.faults, taken.left_out) == (2, 0, 0, [], [])
    hotel, rented = Row.objects.order_by("code")
    assert (hotel.code, hotel.kind, hotel.unit, hotel.division, hotel.lat) == (
        "H-1", "hotel", "ps_qingping", "990101001", 30.1,
    )  # fmt: skip
    assert (rented.unit, rented.checked_at, rented.checked) == ("ps_qingping", NEVER, None)
    assert acts.today(hotel.checked_at).isoformat() == "2026-09-01"
    assert Premises.objects.get(pk=rented.pk).let_check == "smoke gas"
    assert [e.verb for e in Entry.objects.filter(row__isnull=False)] == ["put_in", "put_in"]
    before = Entry.objects.count()
    again = sheets.take("premises", table(GOOD), by=lead, at=MONDAY + timedelta(days=1))
    assert (again.new, again.changed, again.same, again.faults) == (0, 0, 2, [])
    assert Entry.objects.count() == before
    assert broken() == []


def test_what_differs_is_changed_and_an_empty_cell_leaves_what_stands(lead: Actor, table: Any) -> None:
    sheets.take("premises", table(GOOD), by=lead, at=MONDAY)
    other = "编号,种类,名称,地址,值班电话\nH-1,旅馆,望川大旅馆,,\nR-1,,槐荫里3栋401,,\n"
    taken = sheets.take("premises", table(other), by=lead, at=MONDAY + timedelta(days=1))
    assert (taken.new, taken.changed, taken.same, taken.faults) == (0, 1, 1, [])
    hotel = Row.objects.get(code="H-1")
    assert (hotel.title, hotel.address, hotel.version) == ("望川大旅馆", "清平路1号", 2)
    assert Premises.objects.get(pk=hotel.pk).duty_phone == "09905551234"
    (line, _) = look.view("premises", "H-1", by=lead, at=MONDAY).history
    assert [one.zh for one in line.changes] == ["名称由“望川旅馆”改为“望川大旅馆”"]
    assert broken() == []


def test_one_wrong_row_and_none_is_written_every_one_named_with_its_column(lead: Actor, table: Any) -> None:
    put_in(lead)
    code = Row.objects.get().code
    acts.end("premises", code, day="2026-09-07", why="closed", by=lead, at=MONDAY, version=1)
    bad = HEAD + (
        "A-1,城堡,甲,,990101001,路1,,,,,,\n"
        ",旅馆,乙,,990101001,路2,,,,,,\n"
        "A-3,旅馆,,,月球,路3,,,12,,,\n"
        'A-4,旅馆,丁,,990101001,路4,"104.2,30.1",,,,,昨天\n'
        "A-4,旅馆,戊,,990101001,路5,,,,,,\n"
        "A-6,出租房屋,己,县住房和城乡建设局,990101001,路6,,,,多,,2026-09-08\n"
        "A-7,旅馆,庚,,990101001,路7,,,,,,\n"
        "A-8,旅馆,庚,,990101001,路7,,,,,,\n"
        f"{code},旅馆,辛,,990101001,路9,,,,,,\n"
        "P123456,旅馆,壬,,990101001,路10,,,,,,\n"
    )
    before = Entry.objects.count()
    taken = sheets.take("premises", table(bad), by=lead, at=MONDAY)
    assert set(faults(taken)) == {
        (2, "种类"), (3, "编号"), (4, "名称"), (4, "所在地"), (4, "值班电话"), (5, "坐标"), (5, "核对日期"),
        (6, "编号"), (7, "出租间数"), (7, "核对日期"), (9, "名称"), (10, "编号"), (11, "编号"),
    }  # fmt: skip
    assert all(one.text.zh and one.text.en for one in taken.faults)
    assert (taken.new, taken.changed) == (0, 0)
    assert Row.objects.count() == 1
    assert Entry.objects.count() == before


def test_the_same_place_under_two_codes_is_named(lead: Actor, table: Any) -> None:
    put_in(lead)
    text = "编号,种类,名称,所在地,地址\n" + (
        "B-1,旅馆,庚,990101001,路7\nB-2,旅馆,庚,990101001,路7\nB-3,旅馆,望川旅馆,990101001,清平路1号\n"
    )
    taken = sheets.take("premises", table(text), by=lead, at=MONDAY)
    assert faults(taken) == [(3, "名称"), (4, "名称")]
    assert Row.objects.count() == 1


def test_columns_that_are_missing_or_not_known_are_said(lead: Actor, table: Any) -> None:
    missing = sheets.take("premises", table("种类,地址\n旅馆,路1\n"), by=lead, at=MONDAY)
    assert {one.text.en for one in missing.faults} == {
        "the column “code” is missing", "the column “name” is missing",
    }  # fmt: skip
    assert not Row.objects.exists()
    more = "序号,code,kind,name,division,address,房东身份证\n1,C-1,hotel,甲,990101001,路1,990101199001011234\n"
    taken = sheets.take("premises", table(more), by=lead, at=MONDAY)
    assert (taken.new, taken.left_out) == (1, ["序号", "房东身份证"])
    assert "990101199001011234" not in str(list(Row.objects.values())) + str(list(Entry.objects.values("facts")))


def test_rows_of_other_units_are_refused_row_by_row(lead: Actor, town: Town, table: Any) -> None:
    text = "编号,种类,名称,登记单位,所在地,地址\nD-1,旅馆,甲,桂湖派出所,990101001,路1\nD-2,旅馆,乙,,990101001,路2\n"
    taken = sheets.take("premises", table(text), by=lead, at=MONDAY)
    assert faults(taken) == [(2, "登记单位")]
    department = of_unit(town, "police_bureau", Role.LEAD)
    assert sheets.take("premises", table(text), by=department, at=MONDAY).new == 2


def test_who_keeps_but_has_no_bulk_and_who_only_reads_brings_nothing_in(town: Town, lead: Actor, table: Any) -> None:
    for by in (of_unit(town, "ps_qingping"), town.supervisor, town.shift_lead):
        with pytest.raises(Refused):
            sheets.take("premises", table(GOOD), by=by, at=MONDAY)
    assert not Row.objects.exists()
    with pytest.raises(NotFound):
        sheets.take("nothing", table(GOOD), by=lead, at=MONDAY)


def test_a_file_that_is_too_long_is_refused_at_its_first_row_too_many(
    lead: Actor, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST", 2)
    assert sheets.take("premises", table(GOOD), by=lead, at=MONDAY).new == 2
    text = GOOD + "R-2,出租房屋,槐荫里3栋402,,990101001001,槐荫里3栋402,,,,2,,\n"
    taken = sheets.take("premises", table(text), by=lead, at=MONDAY)
    assert [one.line for one in taken.faults] == [4]
    assert Row.objects.count() == 2


def test_a_workbook_is_read_as_a_table_too(lead: Actor, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["编号", "种类", "名称", "所在地", "地址", "核对日期"])
    sheet.append(["E-1", "旅馆", "甲", 990101001, "路1", MONDAY.replace(tzinfo=None, hour=0, minute=0)])
    workbook.save(tmp_path / "t.xlsx")
    taken = sheets.take("premises", open_table(tmp_path / "t.xlsx"), by=lead, at=MONDAY)
    assert (taken.new, taken.faults) == (1, [])
    assert acts.today(Row.objects.get().checked_at) == acts.today(MONDAY)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_given_out_comes_back_as_it_was(lead: Actor, table: Any, lang: str) -> None:
    sheets.take("premises", table(GOOD), by=lead, at=MONDAY)
    given = sheets.give("premises", Wanted(), purpose="check", by=lead, at=MONDAY, lang=lang)
    assert len(given) == 3
    buffer = io.StringIO()
    csv.writer(buffer).writerows(given)
    before = Entry.objects.filter(row__isnull=False).count()
    taken = sheets.take("premises", table(buffer.getvalue()), by=lead, at=MONDAY + timedelta(days=1))
    assert (taken.new, taken.changed, taken.same, taken.faults) == (0, 0, 2, [])
    assert taken.left_out == ["状态" if lang == "zh" else "state"]
    assert Entry.objects.filter(row__isnull=False).count() == before


def test_what_leaves_is_written_down_with_its_purpose(lead: Actor, town: Town) -> None:
    put_in(lead)
    for purpose in ("", "因为"):
        with pytest.raises(Invalid):
            sheets.give("premises", Wanted(), purpose=purpose, by=lead, at=MONDAY, lang="zh")
    assert not Entry.objects.filter(verb="give_rows").exists()
    sheets.give("premises", Wanted(kind="hotel"), purpose="inspect", by=lead, at=MONDAY, lang="zh")
    (entry,) = Entry.objects.filter(verb="give_rows")
    assert entry.facts == {"register": "premises", "count": 1, "purpose": "inspect", "who": lead.name}
    for by in (of_unit(town, "ps_qingping"), town.chief, town.shift_lead):
        with pytest.raises(Refused):
            sheets.give("premises", Wanted(), purpose="check", by=by, at=MONDAY, lang="zh")


def test_who_does_not_keep_takes_out_no_office_contacts(lead: Actor, town: Town) -> None:
    put_in(lead)
    kept = sheets.give("premises", Wanted(), purpose="check", by=lead, at=MONDAY, lang="zh")
    assert HOTEL["duty_office"] in kept[1]
    read = sheets.give("premises", Wanted(), purpose="check", by=town.supervisor, at=MONDAY, lang="zh")
    assert HOTEL["duty_office"] not in read[1]
    assert read[0] == kept[0]


def test_a_thousand_rows_at_once(lead: Actor, table: Any) -> None:
    text = "编号,种类,名称,所在地,地址\n" + "".join(f"T-{n},旅馆,旅馆{n},990101001,路{n}\n" for n in range(1000))
    assert sheets.take("premises", table(text), by=lead, at=MONDAY).new == 1000
    assert Entry.objects.filter(row__isnull=False).count() == 1000
    assert broken() == []
