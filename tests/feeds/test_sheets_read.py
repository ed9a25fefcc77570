"""Files as people send them: every encoding, every spreadsheet habit, and files made to hurt."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.desk.files import tables as read
from wuxiao.desk.files.tables import How, SheetError, Table, open_table
from wuxiao.desk.matters import mend
from wuxiao.feeds.sheets.moments import NoMoment, guess_order, read_moment
from wuxiao.feeds.sheets.plan import KNOWN, guess_columns

HEAD = "工单编号,来电时间,诉求内容,联系电话\n"
ROW = "7,2026-03-02 09:30,路灯不亮,13900000001\n"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def saved(folder: Path, data: bytes | str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def opened(folder: Path, data: bytes | str, how: How | None = None) -> Table:
    return open_table(saved(folder, data), how or How(), KNOWN)


def book(folder: Path, fill) -> Path:  # type: ignore[no-untyped-def]
    made = openpyxl.Workbook()
    fill(made)
    made.save(folder / "a.xlsx")
    return folder / "a.xlsx"


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_each_usual_encoding_is_read_and_named(tmp_path: Path, codec: str, named: str) -> None:
    table = opened(tmp_path, (HEAD + ROW).encode(codec))
    assert table.encoding == named
    [line] = table.lines()
    assert line.cells["诉求内容"] == "路灯不亮"


def test_no_encoding_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(SheetError) as wrong:
        opened(tmp_path, HEAD.encode() + b"7,2026-03-02,\xff\xff,1\n")
    assert "CSV UTF-8" in wrong.value.text.zh
    assert "line 2" in wrong.value.text.en
    with pytest.raises(SheetError, match="UTF-16 without its mark"):
        opened(tmp_path, "id,received,words\n1,2026-03-02,a lamp is out\n".encode("utf-16-le"))


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_that_of_the_first_line(tmp_path: Path, mark: str) -> None:
    text = (HEAD + ROW).replace(",", mark) + mark.join(["8", "2026-03-03", '"a,b;c\td|e"', "1"]) + "\n"
    first, second = opened(tmp_path, text).lines()
    assert first.cells["工单编号"] == "7"
    assert second.cells["诉求内容"] == "a,b;c\td|e"


def test_what_a_broken_csv_says(tmp_path: Path) -> None:
    rows = (
        HEAD
        + ROW
        + "8,2026-03-02,坏\x00了,1\n"
        + "9,2026-03-02,多,了,一格\n"
        + "10,2026-03-02,少\n"
        + ",,,\n"
        + f"11,2026-03-02,{'长' * (read.MAX_CELL + 1)},1\n"
    )
    good, nul, wide, short, huge = opened(tmp_path, rows).lines()
    assert good.trouble is None
    assert nul.trouble
    assert "NUL" in nul.trouble.en
    assert wide.trouble
    assert "4" in wide.trouble.zh
    assert "引号" in wide.trouble.zh
    assert short.trouble is None
    assert short.cells["联系电话"] == ""
    assert huge.trouble
    assert str(read.MAX_CELL) in huge.trouble.en
    assert [line.line for line in (good, nul, wide, short, huge)] == [2, 3, 4, 5, 7]


def test_a_cell_of_ten_megabytes_is_refused_with_its_row(tmp_path: Path) -> None:
    big = "x" * 10_000_000
    first, second = opened(tmp_path, f"{HEAD}1,2026-03-02,{big},1\n{ROW}").lines()
    assert first.trouble
    assert "10000000" in first.trouble.en
    assert len(first.cells["诉求内容"]) < 300
    assert second.trouble is None


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SheetError, match=r"empty|nothing"):
        opened(tmp_path, data)


def test_a_title_above_the_headings_is_passed_over(tmp_path: Path) -> None:
    table = opened(tmp_path, "2026年热线工单,,,\n,,,\n" + HEAD + ROW)
    assert table.header_line == 3
    assert [line.line for line in table.lines()] == [4]


def test_headings_that_repeat_or_are_missing_get_names(tmp_path: Path) -> None:
    table = opened(tmp_path, "编号,内容,内容,,时间\n1,a,b,c,2026-01-01\n")
    assert table.headings == ("编号", "内容", "内容 (2)", "#4", "时间")


def test_gzip_is_unfolded_and_a_bomb_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(list(open_table(saved(tmp_path, gzip.compress((HEAD + ROW).encode())), How(), KNOWN).lines())) == 1
    monkeypatch.setattr(read, "MAX_UNFOLDED", 1_000_000)
    with pytest.raises(SheetError, match="split"):
        opened(tmp_path, gzip.compress(b"a," * 2_000_000))


def test_a_workbook_with_everything_people_do_in_it(tmp_path: Path) -> None:
    def fill(wb) -> None:  # type: ignore[no-untyped-def]
        wb.active.title = "空表"
        ws = wb.create_sheet("三月")
        ws["B2"] = "三月热线工单"
        ws.merge_cells("B2:F2")
        for column, text in zip("BCDEF", ("工单编号", "来电时间", "所属街道", "诉求内容", "联系电话"), strict=True):
            ws[f"{column}4"] = text
        ws["B5"], ws["C5"], ws["D5"] = 7, datetime(2026, 3, 2, 9, 30), "清平街道"
        ws["E5"], ws["F5"] = "路灯不亮", 13900000001
        ws.merge_cells("D5:D6")
        ws["B6"], ws["C6"], ws["E6"], ws["F6"] = 8, datetime(2026, 3, 2), "井盖", "'=1+1"
        ws["B8"], ws["C8"], ws["E8"], ws["F8"] = 123456789012345678, time(9, 5), True, 1.5

    table = open_table(book(tmp_path, fill), How(), KNOWN)
    assert (table.kind, table.sheet, table.header_line) == ("xlsx", "三月", 4)
    one, two, three = table.lines()
    assert one.cells == {
        "#1": "",
        "工单编号": "7",
        "来电时间": "2026-03-02 09:30:00",
        "所属街道": "清平街道",
        "诉求内容": "路灯不亮",
        "联系电话": "13900000001",
    }
    assert two.cells["所属街道"] == "清平街道", "a merged cell says the same for each of its rows"
    assert two.cells["联系电话"] == "'=1+1"
    assert three.line == 8
    assert three.rounded == {"工单编号"}, "a number over 15 digits lost its end"
    assert not one.rounded


def test_a_formula_gives_the_value_that_was_last_computed(tmp_path: Path) -> None:
    path = book(tmp_path, lambda wb: [wb.active.append(["编号", "内容"]), wb.active.append([1, "=1+2"])])
    old = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(old)) as box, zipfile.ZipFile(path, "w") as out:
        for part in box.infolist():
            data = box.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                assert b"<f>1+2</f><v" in data
                data = data.replace(b"<f>1+2</f><v></v>", b"<f>1+2</f><v>3</v>")
                data = data.replace(b"<f>1+2</f><v />", b"<f>1+2</f><v>3</v>")
            out.writestr(part, data)
    [line] = open_table(path, How(), KNOWN).lines()
    assert line.cells["内容"] == "3"


def test_the_wrong_sheet_is_answered_with_the_right_names(tmp_path: Path) -> None:
    path = book(tmp_path, lambda wb: wb.active.append(["编号", "内容"]))
    with pytest.raises(SheetError) as wrong:
        open_table(path, How(sheet="四月"), KNOWN)
    assert "Sheet" in wrong.value.text.zh


def test_workbooks_made_to_hurt_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = book(tmp_path, lambda wb: [wb.active.append(["编号"]), wb.active.__setitem__("XFD1048576", 1)])
    with pytest.raises(SheetError, match="1048576"):
        open_table(far, How(), KNOWN)
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("[Content_Types].xml", "<x/>")
        box.writestr("xl/worksheets/sheet1.xml", b" " * 3_000_000)
    assert bomb.stat().st_size < 10_000
    monkeypatch.setattr(read, "MAX_UNFOLDED", 2_000_000)
    with pytest.raises(SheetError, match="split"):
        open_table(bomb, How(), KNOWN)
    # One that lies about its size in the directory is caught while unfolding.
    lying = bytearray(bomb.read_bytes())
    size = (3_000_000).to_bytes(4, "little")
    assert lying.count(size) == 2
    bomb.write_bytes(bytes(lying).replace(size, (1000).to_bytes(4, "little")))
    with pytest.raises(SheetError):
        open_table(bomb, How(), KNOWN)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old .xls"),
        (b"PK\x03\x04 and then nothing", "cannot be opened"),
        (b"\x1f\x8b\x08\x00broken", "damaged"),
    ],
)
def test_other_files_say_what_to_save_them_as(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(SheetError, match=said):
        opened(tmp_path, data)


def test_a_workbook_with_any_byte_broken_is_read_or_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["编号", "内容"])
    book.active.append(["1", "路灯坏了"])
    stream = io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream, "a") as box:
        # A name in Chinese is kept as UTF-8, which a broken byte makes unreadable.
        box.writestr("xl/media/图.png", b"x")
    whole = stream.getvalue()
    told = 0
    # Names, sizes and places of the parts stand at the end; each of them fails in its own way.
    for place in [*range(30, 60), *range(len(whole) - 700, len(whole))]:
        for value in (0xFF, 0xAB):
            data = bytearray(whole)
            data[place] = value
            (tmp_path / "a.xlsx").write_bytes(data)
            try:
                open_table(tmp_path / "a.xlsx", How(), KNOWN)
            except SheetError as error:
                told += bool(error.text.zh)
    assert told > 100


def test_a_zip_that_is_no_workbook_is_told_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as box:
        box.writestr("a.csv", HEAD)
    with pytest.raises(SheetError, match="unpack"):
        open_table(tmp_path / "a.zip", How(), KNOWN)


def test_columns_are_known_by_their_headings_in_both_languages() -> None:
    zh = guess_columns(["工单编号", "来电时间", "诉求标题", "诉求内容", "问题分类", "联系电话", "办结时间", "满意度"])
    assert {n: h[0] for n, h in zh.items()} == {
        "external_id": "工单编号",
        "received_at": "来电时间",
        "title": "诉求标题",
        "words": "诉求内容",
        "category": "问题分类",
        "phone": "联系电话",
        "closed_at": "办结时间",
        "rating": "满意度",
    }
    en = guess_columns(["Service Request ID", "Created Date", "Description", "Due Date", "Latitude", "Longitude"])
    assert set(en) == {"external_id", "received_at", "words", "promised_at", "lat", "lon"}


def test_a_latin_word_counts_at_the_end_of_a_heading_from_its_fifth_letter_on() -> None:
    assert guess_columns(["work_phone"]) == {"phone": ["work_phone"]}
    assert guess_columns(["phone_private"]) == {"phone": ["phone_private"]}
    assert guess_columns(["my_phone_bill"]) == {}
    assert {"lat", "id"} <= KNOWN
    assert guess_columns(["flat", "paid"]) == {}, "lat and id are part of too many words"


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2026-02-26 17:30", "", (2026, 2, 26, 17, 30)),
        ("2026/2/6 7:05:09", "", (2026, 2, 6, 7, 5, 9)),
        ("2026年2月26日 下午5时30分", "", (2026, 2, 26, 17, 30)),
        ("20260226", "", (2026, 2, 26)),
        ("04/12/2018 12:05:48 AM", "mdy", (2018, 4, 12, 0, 5, 48)),
        ("04/12/2018", "dmy", (2018, 12, 4)),
        ("31.12.2018", "", (2018, 12, 31)),
    ],
)
def test_dates_as_people_write_them(text: str, order: str, expected: tuple[int, ...]) -> None:
    assert read_moment(text, SHANGHAI, order) == datetime(*expected, tzinfo=SHANGHAI)  # type: ignore[arg-type, misc]


def test_lengths_are_true_across_a_change_of_the_clocks() -> None:
    zone = ZoneInfo("America/New_York")
    before, after = (read_moment(f"2018-03-{day} 12:00", zone) for day in (10, 11))
    assert (after - before).total_seconds() == 23 * 3600


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026年3月2日下午5时", "2026-03-02 17:00"),
        ("2026年3月2日17时", "2026-03-02 17:00"),
        ("2026年3月2日17时30分", "2026-03-02 17:30"),
        ("2026年3月2日 晚8点半", "2026-03-02 20:30"),
        ("2026-03-02 24:00", "2026-03-03 00:00"),
        ("2026-03-02 周一 09:00", "2026-03-02 09:00"),
        ("2026-03-02（星期一）09:00:30", "2026-03-02 09:00"),
        ("２０２６－０３－０２　０９：００", "2026-03-02 09:00"),
        ("46083.375", "2026-03-02 09:00"),
        ("46083", "2026-03-02 00:00"),
        ("20260302", "2026-03-02 00:00"),
        ("2026-03-02 9:05 PM", "2026-03-02 21:05"),
    ],
)
def test_times_as_offices_write_them(text: str, moment: str) -> None:
    assert f"{read_moment(text, SHANGHAI).astimezone(SHANGHAI):%Y-%m-%d %H:%M}" == moment


@pytest.mark.parametrize("text", ["2026-03-02 24:30", "2026-03-02 25:00", "19999", "80000.5", "2026年3月2日下午"])
def test_times_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(NoMoment):
        read_moment(text, SHANGHAI)


def test_dates_that_cannot_be_told_are_not_guessed() -> None:
    assert read_moment("2026-02-26T17:30:00Z", SHANGHAI) == datetime(2026, 2, 26, 17, 30, tzinfo=UTC)
    assert read_moment("2026-02-26", SHANGHAI, day_ends=True).astimezone(SHANGHAI).time() == time(23, 59, 59)
    for text in ("04/05/2018", "2026-02-30", "昨天", "26-02-03"):
        with pytest.raises(NoMoment):
            read_moment(text, SHANGHAI)
    assert guess_order(["04/05/2018", "04/13/2018"]) == "mdy"
    assert guess_order(["04/05/2018", "13/04/2018"]) == "dmy"
    assert guess_order(["04/05/2018"]) == ""


CELL = st.sampled_from(["=1+1", "'=1", "''@x", "-5", "+86 139", "'", "-x"]) | st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=12
)


@settings(max_examples=lots(15, 60), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=6), wide=st.booleans())
def test_refused_rows_come_back_as_they_were(tmp_path: Path, rows: list[list[str]], wide: bool) -> None:
    heads = ["编号", "内容", "电话"]
    refused = [(n, "原因\nreason", dict(zip(heads, row, strict=True))) for n, row in enumerate(rows, 2)]
    data = mend.as_xlsx(refused, heads) if wide else mend.as_csv(refused, heads)
    if not wide:
        for cells in list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1:]:
            assert not any(c.startswith(("=", "@")) for c in cells)
    back = list(opened(tmp_path, data).lines())
    assert [[line.cells[h] for h in heads] for line in back] == [[c.strip() for c in row] for row in rows]
