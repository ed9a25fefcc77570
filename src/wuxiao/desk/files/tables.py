"""Reading a table out of a file that somebody sent: CSV in the usual encodings, XLSX with everything people do in it.

What is refused is refused with a sentence that says how to mend the file. Encodings are tried, never guessed: a byte
order mark decides, then UTF-8, then GB18030. Workbooks are weighed before they are opened, because a few kilobytes can
unfold to gigabytes and one far-away cell makes a reader allocate everything between.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine as calamine

from wuxiao.desk.base.errors import DeskError
from wuxiao.rules.words import Text
from wuxiao.typed.cells import unguarded

#: A cell longer than this is refused with its row.
MAX_CELL = 20_000
MAX_UNFOLDED = 256 * 1024 * 1024
MAX_PARTS = 2_000
MAX_CELLS = 20_000_000
MAX_COLUMNS = 400
#: Spreadsheets keep 15 digits of a number; a longer one has already lost its end.
EXACT = 10**15
DELIMITERS = (",", "\t", ";", "|")
#: Faults that are listed; of more the number is said.
SHOWN = 200
#: Stands for the column of what is wrong with a row as a whole.
NO_COLUMN = Text("整行", "the row")
_HEAD_ROWS = 12
_OLE = b"\xd0\xcf\x11\xe0"


class SheetError(DeskError):
    """The file cannot be read as a table."""

    code = "sheet"


def _bad(zh: str, en: str) -> SheetError:
    return SheetError(Text(zh, en))


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: its line in the file, its cells by heading, and what is wrong with it as a row."""

    line: int
    cells: dict[str, str]
    trouble: Text | None = None
    #: Headings whose number was too long for a spreadsheet and lost its last digits.
    rounded: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """True when nothing stands in the row."""
        return not any(self.cells.values()) and self.trouble is None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file: the line, the column, and how to mend it."""

    line: int
    column: Text
    text: Text


def fold_faults(faults: Iterable[Fault]) -> tuple[list[Fault], int]:
    """Return the faults that are shown, by line, and how many more there are."""
    found = sorted(faults, key=lambda one: one.line)
    return found[:SHOWN], max(0, len(found) - SHOWN)


@dataclass(slots=True)
class Table:
    """A table as it was found: what kind of file, its sheets, which line holds the headings, and its lines."""

    kind: str
    encoding: str = ""
    delimiter: str = ""
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    header_line: int = 1
    headings: tuple[str, ...] = ()
    notes: list[Text] = field(default_factory=list)
    _rows: Iterator[tuple[int, list[Any]]] = field(default_factory=lambda: iter(()))

    def lines(self, skip: Container[int] = ()) -> Iterator[Line]:
        """Yield the rows below the headings, empty ones and those of `skip` left out; can be asked once."""
        for number, values in self._rows:
            if number in skip:
                continue
            line = _line(number, values, self.headings, guarded=self.kind == "csv")
            if not line.empty:
                yield line


@dataclass(frozen=True, slots=True)
class How:
    """How to read a file; empty means: find out (and say so in the table)."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_line: int = 0


def open_table(path: Path, how: How = How(), known: frozenset[str] = frozenset()) -> Table:
    """Open a file as a table; `known` are headings that tell a heading row from a title above it.

    Raises `SheetError` with what is wrong with the file and how to mend it.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise _bad("这是空文件", "The file is empty.")
    if start.startswith(b"PK"):
        return _workbook(path, how, known)
    if start.startswith(_OLE):
        raise _bad(
            "这是旧式 .xls 或加了密码的工作簿:请另存为不加密码的 .xlsx 或 CSV",
            "This is an old .xls file or a workbook with a password: save it as .xlsx without a password, or as CSV.",
        )
    data = _unzipped(path) if start.startswith(b"\x1f\x8b") else path.read_bytes()
    return _csv(data, how, known)


def _unzipped(path: Path) -> bytes:
    try:
        with gzip.open(path) as stream:
            data = stream.read(MAX_UNFOLDED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _bad(f"压缩文件已损坏:{error}", f"The compressed file is damaged: {error}") from None
    if len(data) > MAX_UNFOLDED:
        raise _too_big()
    return data


def _too_big(most: int | None = None) -> SheetError:
    mega = (MAX_UNFOLDED if most is None else most) >> 20
    return _bad(
        f"解开后超过{mega}MB,请拆成几个文件", f"Unfolded, the file is over {mega} MB: please split it into several."
    )


# -- CSV ---------------------------------------------------------------------------------------------------------------


def decode(data: bytes, encoding: str = "") -> tuple[str, str]:
    """Return the text and the encoding it was read in; raises `SheetError` where none fits.

    UTF-16 only with its byte order mark; else UTF-8 with or without one; else GB18030.
    """
    if encoding:
        try:
            return data.decode(codecs.lookup(encoding).name).removeprefix("\ufeff"), encoding
        except LookupError:
            raise _bad(f"没有这种编码:{encoding}", f"There is no such encoding: {encoding}.") from None
        except UnicodeDecodeError as error:
            raise _no_encoding(data, error, encoding) from None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise _no_encoding(data, error, "UTF-16") from None
    if data[:4096].count(0) * 20 > len(data[:4096]):
        raise _bad(
            "文件里全是空字符:可能是没有标记的 UTF-16,或根本不是文本;请另存为“CSV UTF-8”",
            "The file is full of NUL characters: UTF-16 without its mark, or no text at all. Save it as “CSV UTF-8”.",
        )
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as utf8:
        try:
            return data.decode("gb18030"), "gb18030"
        except UnicodeDecodeError as gb:
            raise _no_encoding(data, max(utf8, gb, key=lambda e: e.start), "UTF-8, GB18030") from None


def _no_encoding(data: bytes, error: UnicodeDecodeError, tried: str) -> SheetError:
    line = data.count(b"\n", 0, error.start) + 1
    return _bad(
        f"第{line}行起不是{tried}编码:请在表格软件里另存为“CSV UTF-8”",
        f"From line {line} on this is not {tried}: save it from your spreadsheet as “CSV UTF-8”.",
    )


def delimiter_of(text: str) -> str:
    """The mark that stands most often in the first line that has any, outside quotation marks."""
    for line in re.sub(r'"[^"]*"', "", text[:20_000]).splitlines()[:10]:
        counts = {mark: line.count(mark) for mark in DELIMITERS}
        best = max(counts, key=lambda mark: counts[mark])
        if counts[best]:
            return best
    return ","


def _csv(data: bytes, how: How, known: frozenset[str]) -> Table:
    text, encoding = decode(data, how.encoding)
    if not text.strip():
        raise _bad("文件里没有内容", "There is nothing in the file.")
    delimiter = how.delimiter
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text = delimiter or first.strip()[4], "\n" + rest
    delimiter = delimiter or delimiter_of(text)
    csv.field_size_limit(max(csv.field_size_limit(), MAX_UNFOLDED))
    table = Table("csv", encoding=encoding, delimiter=delimiter)
    _found_headings(table, csv_rows(text, delimiter), how, known)
    return table


def csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[Any]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for row in reader:
            yield line, list(row)
            line = reader.line_num + 1
    except csv.Error as error:
        raise _bad(f"第{line}行读不下去:{error}", f"Line {line} cannot be read: {error}.") from None


# -- workbooks ---------------------------------------------------------------------------------------------------------


def _workbook(path: Path, how: How, known: frozenset[str]) -> Table:
    weigh(path)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        visible = [
            m.name
            for m in book.sheets_metadata
            if m.visible == calamine.SheetVisibleEnum.Visible and m.typ == calamine.SheetTypeEnum.WorkSheet
        ]
    except Exception as error:
        raise _damaged(error) from None
    names = tuple(visible or book.sheet_names)
    if not names:
        raise _bad("工作簿里没有工作表", "There is no sheet in the workbook.")
    if how.sheet and how.sheet not in book.sheet_names:
        listed = "、".join(names)
        raise _bad(
            f"没有叫“{how.sheet}”的工作表;有:{listed}",
            f"There is no sheet “{how.sheet}”; there are: {', '.join(names)}.",
        )
    for name in [how.sheet] if how.sheet else names:
        try:
            sheet = book.get_sheet_by_name(name)
            rows = _sheet_rows(sheet)
        except Exception as error:
            raise _damaged(error) from None
        if sheet.start is not None:
            table = Table("xlsx", sheets=names, sheet=name)
            _found_headings(table, rows, how, known)
            return table
    raise _bad("工作表里没有内容", "There is nothing in the sheet.")


def _damaged(error: Exception) -> SheetError:
    words = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
    return _bad(
        f"工作簿打不开({words}):请用表格软件打开后另存为 .xlsx",
        f"The workbook cannot be opened ({words}): open it in a spreadsheet and save it as .xlsx.",
    )


def _sheet_rows(sheet: calamine.CalamineSheet) -> Iterator[tuple[int, list[Any]]]:
    left = sheet.start[1] if sheet.start else 0
    filled: dict[tuple[int, int], tuple[int, int]] = {}
    for first, last in sheet.merged_cell_ranges or []:
        if (last[0] - first[0] + 1) * (last[1] - first[1] + 1) <= MAX_CELL:
            for row in range(first[0], last[0] + 1):
                for column in range(first[1], last[1] + 1):
                    filled[(row, column)] = first
    origin: dict[tuple[int, int], Any] = {}
    firsts = set(filled.values())
    for number, values in enumerate(sheet.iter_rows()):
        cells: list[Any] = [None] * left + list(values)
        for column, value in enumerate(cells):
            spot = (number, column)
            if spot in firsts:
                origin[spot] = value
            elif spot in filled:
                cells[column] = origin.get(filled[spot])
        yield number + 1, cells


_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{1,3})([0-9]{1,7})"')
_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?r="([0-9]{1,7})"')


def weigh(path: Path, most: int | None = None, *, reach: bool = True) -> None:
    """Unfold every part of the workbook into nothing, counting: size (at most `most` bytes), damage, and with `reach`
    far-away cells.
    """
    most = MAX_UNFOLDED if most is None else most
    try:
        with zipfile.ZipFile(path) as box:
            parts = box.infolist()
            if len(parts) > MAX_PARTS or sum(p.file_size for p in parts) > most:
                raise _too_big(most)
            if any(p.flag_bits & 1 for p in parts):
                raise _bad("工作簿加了密码:请去掉密码再上传", "The workbook has a password: save it without one.")
            names = {p.filename for p in parts}
            if "[Content_Types].xml" not in names:
                raise _bad(
                    "这是压缩包,不是工作簿:请解压后上传里面的文件",
                    "This is a zip archive, not a workbook: unpack it and upload the file inside.",
                )
            total = 0
            for part in parts:
                total += _unfold(box, part, most - total, most, reach=reach)
    except SheetError:
        raise
    except Exception as error:
        # A damaged archive shows itself in any of a dozen errors: of the archive, its names, its packing, its sizes.
        raise _damaged(error) from None


def _unfold(box: zipfile.ZipFile, part: zipfile.ZipInfo, left: int, most: int, *, reach: bool) -> int:
    sheet = reach and part.filename.startswith("xl/worksheets/")
    size, tail, rows, columns = 0, b"", 0, 0
    with box.open(part) as stream:
        while block := stream.read(1 << 20):
            size += len(block)
            if size > left:
                raise _too_big(most)
            if sheet:
                text = tail + block
                for found in _CELL.finditer(text):
                    columns = max(columns, column_of(found[1]))
                    rows = max(rows, int(found[2]))
                for number in _ROW.findall(text):
                    rows = max(rows, int(number))
                tail = text[-256:]
    if rows * max(columns, 1) > MAX_CELLS:
        raise _bad(
            f"工作表的范围到了第{rows}行、第{columns}列:远处有多余的单元格,请把数据复制到新表再上传",
            f"The sheet reaches row {rows} and column {columns}: a stray cell lies far away. "
            "Copy the data into a new sheet.",
        )
    return size


def column_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


# -- headings and lines ------------------------------------------------------------------------------------------------


def plain(heading: str) -> str:
    """Return a heading as mappings compare it: without blanks, marks and case."""
    return re.sub(r"[\W_]+", "", heading.casefold())


def _found_headings(table: Table, rows: Iterator[tuple[int, list[Any]]], how: How, known: frozenset[str]) -> None:
    head: list[tuple[int, list[Any]]] = []
    for number, values in rows:
        if any(as_text(v)[0].strip() for v in values):
            head.append((number, values))
        if len(head) >= _HEAD_ROWS or (how.header_line and number >= how.header_line):
            break
    if not head:
        raise _bad("表里没有内容", "There is nothing in the table.")
    if how.header_line:
        chosen = next((n for n, (line, _) in enumerate(head) if line == how.header_line), None)
        if chosen is None:
            raise _bad(f"第{how.header_line}行是空的", f"Line {how.header_line} is empty.")
    else:
        # A title merged over the columns says one thing many times; a heading row says many things.
        scores = [sum(plain(t) in known for t in _distinct(v)) * 100 + len(_distinct(v)) for _, v in head]
        chosen = scores.index(max(scores)) if max(scores) >= 100 else 0
    table.header_line = head[chosen][0]
    table.headings = _headings(head[chosen][1])
    if len(table.headings) > MAX_COLUMNS:
        raise _bad(
            f"有{len(table.headings)}列,最多{MAX_COLUMNS}列", f"{len(table.headings)} columns; at most {MAX_COLUMNS}."
        )
    if len(table.headings) == 1 and table.kind == "csv":
        table.notes.append(
            Text(
                "只认出一列：分隔符可能不对",
                "only one column was found: the delimiter may be another one",
            )
        )
    table._rows = _then(head[chosen + 1 :], rows)


def _then(
    first: Sequence[tuple[int, list[Any]]], rest: Iterator[tuple[int, list[Any]]]
) -> Iterator[tuple[int, list[Any]]]:
    yield from first
    yield from rest


def _distinct(values: Sequence[Any]) -> set[str]:
    return {text for v in values if (text := as_text(v)[0].strip())}


def _headings(values: Sequence[Any]) -> tuple[str, ...]:
    texts = [re.sub(r"\s+", " ", as_text(v)[0].replace("\x00", "")).strip()[:80] for v in values]
    while texts and not texts[-1]:
        texts.pop()
    found: list[str] = []
    for place, text in enumerate(texts, 1):
        name = text or f"#{place}"
        again = 2
        while name in found:
            name = f"{text or f'#{place}'} ({again})"
            again += 1
        found.append(name)
    return tuple(found)


def as_text(value: Any) -> tuple[str, bool]:
    """Return a cell as text, and whether its number was too long for a spreadsheet to keep."""
    match value:
        case None:
            return "", False
        case str():
            return value, False
        case bool():
            return ("TRUE" if value else "FALSE"), False
        case int() | float():
            whole = float(value).is_integer()
            return (str(int(value)) if whole else repr(value)), whole and abs(value) >= EXACT
        case datetime():
            return value.isoformat(sep=" "), False
        case date() | time():
            return value.isoformat(), False
        case timedelta():
            return str(value), False
    return str(value), False


def _line(number: int, values: Sequence[Any], headings: Sequence[str], *, guarded: bool) -> Line:
    cells: dict[str, str] = {}
    rounded: set[str] = set()
    trouble: Text | None = None
    for place, heading in enumerate(headings):
        text, lost = as_text(values[place]) if place < len(values) else ("", False)
        if len(text) > MAX_CELL:
            trouble = Text(
                f"“{heading}”一格有{len(text)}个字符,最多{MAX_CELL}个:可能少了一个引号,或内容放错了地方",
                f"the cell “{heading}” holds {len(text)} characters, at most {MAX_CELL}: a quotation mark may be "
                "missing, or the content is in the wrong place",
            )
            text = text[:200] + "…"
        elif "\x00" in text:
            trouble = Text(
                f"“{heading}”一格里有空字符(NUL):文件可能已损坏",
                f"the cell “{heading}” holds a NUL character: the file may be damaged",
            )
            text = text.replace("\x00", "\ufffd")
        if lost:
            rounded.add(heading)
        text = text.strip()
        # The apostrophe that our own CSV files put before what looks like a formula.
        cells[heading] = unguarded(text) if guarded else text
    extra = [t for v in values[len(headings) :] if (t := as_text(v)[0].strip())]
    if extra:
        trouble = trouble or Text(
            f"有{len(values)}格,标题只有{len(headings)}格:内容里的分隔符要放在引号里",
            f"{len(values)} cells under {len(headings)} headings: "
            "put a cell that holds the delimiter in quotation marks",
        )
    return Line(number, cells, trouble, frozenset(rounded))
