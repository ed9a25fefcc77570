"""The address office's list at the door: its system is stated, converted and doubted; all of it is taken or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.typed.test_crs import FORWARD, far
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.files.address_file import MOST, Taken, known_headings, take
from wuxiao.desk.files.tables import Table, open_table
from wuxiao.records.models import Address, Entry, Street
from wuxiao.rules.access import Role
from wuxiao.site.cli import main
from wuxiao.typed.crs import Crs

pytestmark = pytest.mark.django_db
HEAD = "地址编码,区划,街路巷,门牌,全称,纬度,经度"
DOORS = {n: (30.1 + n / 2000, 104.2 + n / 1500) for n in range(1, 13)}
Make = Callable[..., Table]


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def table(tmp_path: Path) -> Make:
    def made(lines: list[str], head: str = HEAD) -> Table:
        path = tmp_path / "t.csv"
        path.write_bytes("\n".join([head, *lines]).encode())
        return open_table(path, known=known_headings())

    return made


def lines(system: Crs = Crs.WGS84, *, swap: bool = False, street: str = "文庙街", first: str = "A") -> list[str]:
    """A line for each door, as a map site of a system would give its position."""
    found = []
    for n, door in DOORS.items():
        lat, lon = FORWARD[system](door)
        lat, lon = (lon, lat) if swap else (lat, lon)
        found.append(f"{first}{n},990101001,{street},{n}号,望川县清平街道{street}{n}号,{lat:.7f},{lon:.7f}")
    return found


def told(taken: Taken) -> list[tuple[int, str, str]]:
    return [(one.line, one.column.zh, one.text.zh) for one in taken.faults]


@pytest.mark.parametrize("system", list(Crs))
def test_a_list_that_states_its_system_stands_in_wgs84_and_a_second_time_nothing_happens(
    town: Town, table: Make, system: Crs
) -> None:
    taken = take(table(lines(system)), by=town.admin, at=MONDAY, crs=system.value)
    assert (told(taken), taken.new, taken.compared) == ([], 12, 0)
    for n, door in DOORS.items():
        row = Address.objects.get(code=f"A{n}")
        assert row.lat is not None
        assert row.lon is not None
        assert far((row.lat, row.lon), door) < 0.02
    entries = Entry.objects.count()
    column = table([f"{one},{system}" for one in lines(system)], f"{HEAD},坐标系")
    again = take(column, by=town.admin, at=MONDAY)
    assert (told(again), again.new, again.changed, again.same, again.compared) == ([], 0, 0, 12, 12)
    assert Entry.objects.count() == entries


def test_a_list_that_does_not_say_is_asked_and_nothing_is_written(town: Town, table: Make) -> None:
    entries = Entry.objects.count()
    taken = take(table(lines()), by=town.admin, at=MONDAY)
    assert len(taken.faults) == 12
    assert "坐标是哪个坐标系的" in taken.faults[0].text.zh
    strange = take(table([f"{one},西安80" for one in lines()], f"{HEAD},坐标系"), by=town.admin, at=MONDAY)
    assert {column for _line, column, _text in told(strange)} == {"坐标系"}
    assert (Address.objects.count(), Street.objects.count(), Entry.objects.count()) == (0, 0, entries)
    # One without positions is asked nothing.
    bare = table(["B1,990101001,文庙街,1号,望川县清平街道文庙街1号,,"])
    assert take(bare, by=town.admin, at=MONDAY).new == 1


@pytest.mark.parametrize("meant", [Crs.GCJ02, Crs.BD09])
@pytest.mark.parametrize("known", ["codes", "streets"])
def test_a_list_that_looks_shifted_is_refused_with_a_guess(town: Town, table: Make, meant: Crs, known: str) -> None:
    """By the doors the town has, or, where all codes are new, by the streets."""
    streets = ["文庙街", "北门街", "河边路"]
    before = [line for n, street in enumerate(streets) for line in lines(street=street, first=f"{n}A")]
    take(table(before), by=town.admin, at=MONDAY, crs="wgs84")
    mark = "A" if known == "codes" else "N"
    after = [line for n, street in enumerate(streets) for line in lines(meant, street=street, first=f"{n}{mark}")]
    entries = Entry.objects.count()
    taken = take(table(after), by=town.admin, at=MONDAY, crs="wgs84")
    ((_line, _column, text),) = told(taken)
    assert f"crs={meant}" in text
    assert taken.doubted
    assert (Address.objects.count(), Entry.objects.count()) == (36, entries)
    # Said rightly it is taken; the streets of before stay where they were.
    right = take(table(after), by=town.admin, at=MONDAY, crs=meant.value)
    assert (told(right), right.new) == ([], 0 if known == "codes" else 36)


def test_a_town_that_had_it_wrong_is_mended_by_whoever_is_certain(town: Town, table: Make) -> None:
    take(table(lines(Crs.GCJ02)), by=town.admin, at=MONDAY, crs="wgs84")
    assert take(table(lines(Crs.GCJ02)), by=town.admin, at=MONDAY, crs="gcj02").doubted
    taken = take(table(lines(Crs.GCJ02)), by=town.admin, at=MONDAY, crs="gcj02", certain=True)
    assert (told(taken), taken.changed) == ([], 12)
    assert [one.facts.get("certain") for one in Entry.objects.filter(verb="import_rows").order_by("turn")] == [
        None,
        True,
    ]
    row = Address.objects.get(code="A1")
    assert row.lat == pytest.approx(DOORS[1][0], abs=1e-6)


def test_swapped_numbers_are_told_how_to_be_written(town: Town, table: Make) -> None:
    taken = take(table(lines(swap=True)), by=town.admin, at=MONDAY, crs="wgs84")
    lat, lon = DOORS[1]
    assert len(taken.faults) == 12
    assert f"{lat:.6f},{lon:.6f}" in told(taken)[0][2]
    assert Address.objects.count() == 0


def test_faults_are_named_by_line_and_nothing_is_half_written(town: Town, table: Make) -> None:
    good = "A1,990101001,文庙街,1号,望川县清平街道文庙街1号,30.1,104.2"
    bad = [
        good,
        good,
        "A2,不知道的村,文庙街,2号,望川县清平街道文庙街2号,30.1,104.2",
        "A3,990101001,,3号,望川县清平街道文庙街3号,30.1,104.2",
        "A4,990101001,文庙街,4号,望川县清平街道文庙街4号,30.1,",
        f"A5,990101001,文庙街,5号,{'长' * 161},30.1,104.2",
    ]
    taken = take(table(bad), by=town.admin, at=MONDAY, crs="wgs84")
    assert [(line, column) for line, column, _text in told(taken)] == [
        (3, "地址编码"),
        (4, "区划"),
        (5, "街路巷"),
        (6, "纬度"),
        (7, "全称"),
    ]
    assert Address.objects.count() == 0
    assert told(take(table(["A1,990101001"], "地址编码,区划"), by=town.admin, at=MONDAY))[0][2] == "缺少“街路巷”一列"
    # A division by its name, the longest that fits, and a cell left empty of a door that is known.
    longest = f"A6,文庙社区,文庙街,6号,{'长' * 160},30.1,104.2"
    taken = take(table([good, longest]), by=town.admin, at=MONDAY, crs="wgs84")
    assert told(taken) == []
    empty = take(table(["A1,990101001,文庙街,,望川县清平街道文庙街1号,,"]), by=town.admin, at=MONDAY)
    assert (told(empty), empty.same) == ([], 1)


def test_only_who_keeps_the_towns_tables_brings_addresses_in(town: Town, table: Make) -> None:
    for person in (town.operator, of_unit(town, "ps_qingping", Role.LEAD), town.auditor, town.security):
        with pytest.raises(Refused):
            take(table(lines()), by=person, at=MONDAY, crs="wgs84")
    assert take(table(lines()), by=SYSTEM, at=MONDAY, crs="wgs84", write=False).new == 12
    assert Address.objects.count() == 0
    assert MOST >= 100_000


@pytest.mark.django_db(transaction=True)
def test_the_command_looks_refuses_and_takes(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "doors.csv"
    file.write_text("\n".join([HEAD, *lines(Crs.GCJ02)]), encoding="gb18030")
    assert main(["addresses", str(file), "--by", "王工"]) == 1
    assert "坐标是哪个坐标系的" in capsys.readouterr().err
    assert main(["addresses", str(file), "--crs", "gcj02", "--look", "--json"]) == 0
    assert '"new": 12' in capsys.readouterr().out
    assert Address.objects.count() == 0
    assert main(["addresses", str(file), "--crs", "gcj02"]) == 2
    assert main(["addresses", str(tmp_path / "none.csv"), "--crs", "gcj02", "--by", "王工"]) == 2
    assert main(["addresses", str(file), "--crs", "gcj02", "--by", "王工"]) == 0
    assert "new 12" in capsys.readouterr().out.replace("新增 ", "")
    assert Address.objects.count() == 12
    assert main(["addresses", str(file), "--crs", "bd09", "--by", "王工"]) == 1
    assert "crs=gcj02" in capsys.readouterr().err
