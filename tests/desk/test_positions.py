"""Positions at the doors of registers: the system is stated, converted, and doubted where the town knows better."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_register import HOTEL, broken
from tests.typed.test_crs import FORWARD, far
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.files.tables import Table, open_table
from wuxiao.desk.register import acts, sheets, shelf
from wuxiao.desk.register.look import Wanted
from wuxiao.desk.town import addresses, books
from wuxiao.desk.town.places import AddressRow, load_addresses
from wuxiao.records.models import Address, Entry, Row, Words
from wuxiao.rules.access import Role
from wuxiao.typed.crs import Crs

pytestmark = pytest.mark.django_db
DOORS = {n: (30.1 + n / 2000, 104.2 + n / 1500) for n in range(1, 9)}


@pytest.fixture
def town() -> Town:
    made = settle()
    load_addresses(
        [
            AddressRow(f"A{n}", "990101001", "文庙街", f"{n}号", f"望川县清平街道文庙街{n}号", lat=lat, lon=lon)
            for n, (lat, lon) in DOORS.items()
        ],
        by=SYSTEM,
        at=MONDAY,
    )
    addresses.forget()
    return made


@pytest.fixture
def lead(town: Town) -> Actor:
    return of_unit(town, "ps_qingping", Role.LEAD)


@pytest.fixture
def table(tmp_path: Path) -> Any:
    def made(lines: list[str], head: str = "编号,种类,名称,所在地,地址,坐标") -> Table:
        path = tmp_path / "t.csv"
        path.write_bytes("\n".join([head, *lines]).encode())
        book = books.current(MONDAY).book
        return open_table(path, known=sheets.known_headings(shelf.of("premises", book), book))

    return made


def lines(system: Crs, *, swap: bool = False, more: str = "") -> list[str]:
    """A line for each door, as a map site of a system would give its position."""
    found = []
    for n, door in DOORS.items():
        lat, lon = FORWARD[system](door)
        lat, lon = (lon, lat) if swap else (lat, lon)
        found.append(f'H-{n},旅馆,旅馆{n},990101001,文庙街{n}号,"{lat:.7f},{lon:.7f}{more}"')
    return found


def told(taken: sheets.Taken) -> list[tuple[int, str, str]]:
    return [(one.line, one.column.zh, one.text.zh) for one in sorted(taken.faults, key=lambda one: one.line)]


@pytest.mark.parametrize("system", list(Crs))
def test_a_file_that_states_its_system_is_converted_and_the_second_time_nothing_happens(
    lead: Actor, table: Any, system: Crs
) -> None:
    for where in ("beside", "column", "stated"):
        taken = sheets.take(
            "premises",
            table(lines(system, more=f" {system}"))
            if where == "beside"
            else table([f"{one},{system}" for one in lines(system)], "编号,种类,名称,所在地,地址,坐标,坐标系")
            if where == "column"
            else table(lines(system)),
            by=lead,
            at=MONDAY,
            crs=system.value if where == "stated" else "",
        )
        assert told(taken) == []
        assert (taken.new, taken.same) == ((8, 0) if where == "beside" else (0, 8))
    for n, door in DOORS.items():
        row = Row.objects.get(code=f"H-{n}")
        assert row.lat is not None
        assert row.lon is not None
        # Six decimals are kept: within a hand's breadth.
        assert far((row.lat, row.lon), door) < 0.12
    assert broken() == []


def test_a_file_that_does_not_say_is_asked_and_nothing_is_written(lead: Actor, table: Any) -> None:
    before = Entry.objects.count()
    taken = sheets.take("premises", table(lines(Crs.WGS84)), by=lead, at=MONDAY)
    assert len(taken.faults) == 8
    assert "坐标是哪个坐标系的" in taken.faults[0].text.zh
    assert (Row.objects.count(), Entry.objects.count()) == (0, before)
    strange = table([f"{one},西安80" for one in lines(Crs.WGS84)], "编号,种类,名称,所在地,地址,坐标,坐标系")
    assert {column for _line, column, _text in told(sheets.take("premises", strange, by=lead, at=MONDAY))} == {"坐标系"}
    # A file without any position is asked nothing.
    bare = table(["H-1,旅馆,旅馆1,990101001,文庙街1号,"])
    assert sheets.take("premises", bare, by=lead, at=MONDAY).new == 1


@pytest.mark.parametrize("meant", list(Crs))
@pytest.mark.parametrize("said", list(Crs))
def test_a_file_that_looks_shifted_is_refused_with_the_system_it_looks_like(
    lead: Actor, table: Any, meant: Crs, said: Crs
) -> None:
    taken = sheets.take("premises", table(lines(meant)), by=lead, at=MONDAY, crs=said.value)
    if meant is said:
        assert taken.new == 8
        return
    assert (taken.new, Row.objects.count()) == (0, 0)
    ((line, column, text),) = told(taken)
    assert (line, column) == (2, "坐标")
    assert f"crs={meant}" in text
    assert "有8处" in text
    assert f"crs={meant}" in taken.faults[0].text.en


def test_swapped_numbers_are_refused_and_told_how_to_write_them(lead: Actor, table: Any) -> None:
    taken = sheets.take("premises", table(lines(Crs.WGS84, swap=True)), by=lead, at=MONDAY, crs="wgs84")
    assert len(taken.faults) == 8
    lat, lon = DOORS[1]
    assert f"{lat:.6f},{lon:.6f}" in told(taken)[0][2]
    assert Row.objects.count() == 0


def test_a_town_beyond_the_frame_knows_swapped_numbers_by_its_addresses(lead: Actor, table: Any) -> None:
    """The demo county lies in mid-ocean, where no number says by itself which of the two it is."""
    for n in DOORS:
        Address.objects.filter(code=f"A{n}").update(lat=30.0 + n / 2000, lon=-80.0)
    swapped = [f'H-{n},旅馆,旅馆{n},990101001,文庙街{n}号,"-80.0,{30.0 + n / 2000}"' for n in DOORS]
    ((_line, column, text),) = told(sheets.take("premises", table(swapped), by=lead, at=MONDAY, crs="wgs84"))
    assert column == "坐标"
    assert "写反" in text


def test_what_stands_in_the_register_tells_too_where_no_address_is_known(lead: Actor, table: Any) -> None:
    assert sheets.take("premises", table(lines(Crs.WGS84)), by=lead, at=MONDAY, crs="wgs84").new == 8
    Address.objects.all().delete()
    addresses.forget()
    ((_line, _column, text),) = told(sheets.take("premises", table(lines(Crs.BD09)), by=lead, at=MONDAY, crs="wgs84"))
    assert "crs=bd09" in text


def test_one_row_of_another_system_is_named_among_many_that_fit(lead: Actor, table: Any) -> None:
    given = lines(Crs.WGS84)
    given[4] = lines(Crs.GCJ02)[4]
    ((line, _column, text),) = told(sheets.take("premises", table(given), by=lead, at=MONDAY, crs="wgs84"))
    assert line == 6
    assert "crs=gcj02" in text


def test_what_is_typed_on_a_form_names_its_system_too(lead: Actor) -> None:
    lat, lon = FORWARD[Crs.GCJ02](DOORS[3])
    here = HOTEL | {"address": "文庙街3号"}
    with pytest.raises(Invalid) as refused:
        acts.put_in("premises", here | {"point": f"{lat:.6f},{lon:.6f}"}, by=lead, at=MONDAY)
    assert "crs=gcj02" in refused.value.fields["point"].zh
    assert "crs=gcj02" in refused.value.fields["point"].en
    assert Row.objects.count() == 0
    row = acts.put_in("premises", here | {"point": f"{lat:.6f},{lon:.6f} 高德"}, by=lead, at=MONDAY)
    assert row.lat is not None
    assert row.lon is not None
    assert far((row.lat, row.lon), DOORS[3]) < 0.2
    assert Words.objects.get(row=row, field="point").text == f"{row.lat:.6f},{row.lon:.6f}"
    with pytest.raises(Invalid):
        acts.change(
            "premises", row.code, {"point": f"{lat:.6f},{lon:.6f}"}, why="changed", by=lead, at=MONDAY, version=1
        )
    # A place a little beside its door is no shift.
    beside = f"{DOORS[3][0] + 0.001:.6f},{DOORS[3][1]:.6f}"
    assert acts.change("premises", row.code, {"point": beside}, why="changed", by=lead, at=MONDAY, version=1)
    assert broken() == []


def test_what_is_taken_out_states_its_system_and_comes_in_again_unchanged(
    lead: Actor, table: Any, tmp_path: Path
) -> None:
    sheets.take("premises", table(lines(Crs.GCJ02)), by=lead, at=MONDAY, crs="gcj02")
    out = sheets.give("premises", Wanted(), purpose="check", by=lead, at=MONDAY, lang="zh")
    assert out[1][out[0].index("坐标系")] == "WGS-84"
    head, *rest = [",".join(f'"{cell}"' for cell in one[:-1]) for one in out]
    again = sheets.take("premises", table(rest, head), by=lead, at=MONDAY)
    assert told(again) == []
    assert (again.new, again.changed, again.same) == (0, 0, 8)
