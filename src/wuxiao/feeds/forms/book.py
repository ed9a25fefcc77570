"""A workbook of a form, opened with care: its sheets as rows of text, each row with its number in the sheet.

XLSX, XLS and CSV. What is too big, damaged, locked or no workbook at all is refused with a sentence, before anything of
it is unfolded. A CSV file holds one survey sheet, or several sheets, the name of each alone in its first column.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

import python_calamine as calamine
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from wuxiao.desk.files import tables as sheets
from wuxiao.desk.files.tables import SheetError
from wuxiao.rules.words import Text
from wuxiao.typed.plain import clean

MOST_BYTES = 20 * 1024 * 1024
MOST_UNFOLDED = 64 * 1024 * 1024
MOST_CELLS = 4_000_000
#: A sheet ends where so many empty rows or columns follow one another, as XLSForm has it.
EMPTY_ROWS = 60
EMPTY_COLUMNS = 20
#: The sheets of a form.
KNOWN = ("survey", "choices", "settings", "external_choices", "entities", "osm")
_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as the spreadsheet shows it, and its cells from the first column on."""

    number: int
    cells: tuple[str, ...]

    def __bool__(self) -> bool:
        """True when anything stands in it."""
        return any(self.cells)


@dataclass(slots=True)
class Sheet:
    """One sheet: its name as written, its rows; merged cells and formulas without a value by (row, column) from 1."""

    name: str
    rows: list[Row]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    formulas: frozenset[tuple[int, int]] = frozenset()
    #: The first row that was left unread because too many empty ones stand before it.
    left: int = 0


@dataclass(slots=True)
class Book:
    """The sheets of a form by their names in small letters, and the names of all sheets as written."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    names: tuple[str, ...] = ()


def _bad(zh: str, en: str) -> SheetError:
    return SheetError(Text(zh, en))


def first_bytes(path: Path) -> bytes:
    """Return how a file begins; raises `SheetError` for one that is empty or too big to be a form."""
    size = path.stat().st_size
    if size == 0:
        raise _bad("这是空文件", "The file is empty.")
    if size > MOST_BYTES:
        mega = MOST_BYTES >> 20
        raise _bad(
            f"文件有{size >> 20}MB，表单最多{mega}MB：请去掉图片等多余内容",
            f"The file has {size >> 20} MB, a form at most {mega} MB: take pictures and the like out of it.",
        )
    with path.open("rb") as file:
        return file.read(8)


def open_book(path: Path) -> Book:
    """Open an XLSX or CSV file; raises `SheetError` with what is wrong with the file and how to mend it."""
    if not first_bytes(path).startswith(b"PK"):
        return _csv(path)
    try:
        sheets.weigh(path, MOST_UNFOLDED, reach=False)
        looked = _looked(path)
    except SheetError:
        raise
    except Exception as error:
        raise damaged(error) from None
    return workbook(path, looked)


def cell(value: Any) -> str:
    """Return a cell as a form means it: whole numbers without a point, days without a time, nothing invisible."""
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return clean(sheets.as_text(value)[0]).replace("\u00a0", " ").strip()


# -- workbooks ---------------------------------------------------------------------------------------------------------


def damaged(error: BaseException) -> SheetError:
    """Return the refusal of a workbook that cannot be opened."""
    # The words of a panic are about the reader's own code and tell nobody anything.
    told = isinstance(error, Exception) and str(error)
    words = str(error).splitlines()[0][:160] if told else "?"
    return _bad(
        f"工作簿打不开（{words}）：请用表格软件打开，不加密码，另存为 .xlsx",
        f"The workbook cannot be opened ({words}): open it in a spreadsheet and save it as .xlsx, without a password.",
    )


def workbook(path: Path, without: dict[str, frozenset[tuple[int, int]]]) -> Book:
    """Read the sheets of a form out of a workbook; `without` are cells by sheet whose formula has no value."""
    try:
        with path.open("rb") as file:
            book = calamine.CalamineWorkbook.from_filelike(file)
            names = tuple(book.sheet_names)
            wanted = [name for name in names if name.strip().lower() in KNOWN]
            # A lone sheet is the survey, whatever it is called.
            chosen = wanted or list(names if len(names) == 1 else ())
            found = Book(names=names)
            for name in chosen:
                sheet = _sheet(book.get_sheet_by_name(name), name, without.get(name, frozenset()))
                found.sheets.setdefault(name.strip().lower() if wanted else "survey", sheet)
            return found
    except (KeyboardInterrupt, SystemExit, SheetError):
        raise
    except BaseException as error:
        # The reader is compiled: a damaged file may also end in a panic, which is no `Exception`.
        raise damaged(error) from None


def _looked(path: Path) -> dict[str, frozenset[tuple[int, int]]]:
    """Return, by the name of its sheet, the cells that hold a formula and no value: no spreadsheet worked them out.

    Refuses a sheet whose filled cells lie so far apart that a reader would hold everything between them. Empty cells
    and rows do not count: spreadsheets write them to the end of the sheet for a mere border.
    """
    found: dict[str, frozenset[tuple[int, int]]] = {}
    with zipfile.ZipFile(path) as box:
        names = _sheet_names(box)
        for part in box.namelist():
            if not (part.lower().startswith("xl/worksheets/") and part.lower().endswith(".xml")):
                continue
            try:
                with box.open(part) as stream:
                    cells = _Cells()
                    cells.read(stream)
            except expat.ExpatError as error:
                raise damaged(error) from None
            if cells.rows * cells.columns > MOST_CELLS:
                raise _bad(
                    f"工作表的范围到了第{cells.rows}行、第{cells.columns}列：远处有多余的单元格，请把内容复制到新表",
                    f"A sheet reaches row {cells.rows} and column {cells.columns}: a stray cell lies far away. "
                    "Copy the content into a new sheet.",
                )
            found[names.get(part.lower(), part)] = frozenset(cells.valueless)
    return found


def _sheet_names(box: zipfile.ZipFile) -> dict[str, str]:
    """Return which part of the workbook holds which sheet; nothing where its table of contents cannot be read."""
    try:
        book = ElementTree.fromstring(box.read("xl/workbook.xml"), forbid_dtd=True)
        links = ElementTree.fromstring(box.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    except (KeyError, DefusedXmlException, ElementTree.ParseError):
        return {}
    targets = {one.get("Id"): str(one.get("Target")) for one in links}
    found = {}
    for one in book.iter():
        if one.tag.rpartition("}")[2] == "sheet":
            key = next((value for name, value in one.attrib.items() if name.endswith("}id")), "")
            target = targets.get(key, "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            found[part.lower()] = str(one.get("name"))
    return found


class _Cells:
    """How far down and to the right the cells of a sheet reach that hold anything, and which lack their value."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self.valueless: set[tuple[int, int]] = set()
        self._at: tuple[int, int] | None = None
        self._formula = self._value = self._inside = False

    def read(self, stream: IO[bytes]) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._said
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ParseFile(stream)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            found = _PLACE.fullmatch(attributes.get("r", ""))
            self._at = (int(found[2]), sheets.column_of(found[1].upper().encode())) if found else None
            self._formula = self._value = False
        elif name in ("v", "is", "f") and self._at:
            self.rows, self.columns = max(self.rows, self._at[0]), max(self.columns, self._at[1])
            self._formula, self._inside = self._formula or name == "f", name != "f"

    def _said(self, text: str) -> None:
        # Programs write an empty value beside a formula that they did not work out.
        self._value = self._value or self._inside

    def _end(self, tag: str) -> None:
        self._inside = False
        if tag.rpartition(":")[2] == "c":
            if self._at and self._formula and not self._value:
                self.valueless.add(self._at)
            self._at = None

    def _doctype(self, *declared: object) -> None:
        # No spreadsheet declares entities; whoever does wants them unfolded.
        raise damaged(ValueError("DOCTYPE"))


def _sheet(sheet: calamine.CalamineSheet, name: str, without: frozenset[tuple[int, int]]) -> Sheet:
    if sheet.start is None:
        return Sheet(name, [])
    if (sheet.total_height or 0) * (sheet.total_width or 0) > MOST_CELLS:
        raise _bad(
            f"工作表“{name}”的范围太大：远处有多余的单元格，请把内容复制到新表",
            f"The sheet “{name}” reaches too far: a stray cell lies far away. Copy the content into a new sheet.",
        )
    left = sheet.start[1]
    lines = ([""] * left + [cell(value) for value in values] for values in sheet.iter_rows())
    merged = tuple(
        ((first[0] + 1, first[1] + 1), (last[0] + 1, last[1] + 1)) for first, last in sheet.merged_cell_ranges or ()
    )
    # `iter_rows` counts from the first row of the sheet, also where its first rows are empty.
    return _kept(Sheet(name, [], merged, without), enumerate(lines, start=1))


def _kept(sheet: Sheet, lines: Iterator[tuple[int, list[str]]]) -> Sheet:
    width, empty = -1, 0
    for number, cells in lines:
        if width < 0 and any(cells):
            width = _width(cells)
        row = Row(number, tuple(cells[: max(width, 0)]))
        if empty > EMPTY_ROWS:
            if row:
                sheet.left = number
                break
            continue
        empty = 0 if row else empty + 1
        sheet.rows.append(row)
    return sheet


def _width(headings: list[str]) -> int:
    """Return how many columns are read: up to where too many empty headings follow one another."""
    width = 0
    for place, heading in enumerate(headings, start=1):
        if heading:
            width = place
        elif place - width > EMPTY_COLUMNS:
            break
    return width


# -- CSV ---------------------------------------------------------------------------------------------------------------


def _csv(path: Path) -> Book:
    table = sheets.decode(path.read_bytes())[0]
    if re.search(r"<(?:!doctype|html|\?xml)", table[:500], re.IGNORECASE) or table.lstrip()[:1] in "{[%":
        raise _bad(
            "这不是工作簿：请给出 .xlsx、.xls 或 .csv 格式的 XLSForm 表单",
            "This is no workbook: give an XLSForm as .xlsx, .xls or .csv.",
        )
    rows = [
        (line, [cell(value) for value in values]) for line, values in sheets.csv_rows(table, sheets.delimiter_of(table))
    ]
    rows = [(line, values) for line, values in rows if values]
    first = next((values for _, values in rows if any(values)), [])
    if not any(first[1:]) and first[:1] and first[0].strip().lower() in KNOWN:
        return _stacked(rows)
    book = Book(names=("survey",))
    book.sheets["survey"] = _kept(Sheet("survey", []), iter(rows))
    return book


def _stacked(rows: list[tuple[int, list[str]]]) -> Book:
    found: dict[str, list[tuple[int, list[str]]]] = {}
    names: list[str] = []
    now: list[tuple[int, list[str]]] = []
    for line, values in rows:
        if values[0]:
            names.append(values[0])
            now = found.setdefault(values[0].strip().lower(), [])
        if any(values[1:]):
            now.append((line, values[1:]))
    book = Book(names=tuple(names))
    for name, lines in found.items():
        if name in KNOWN:
            book.sheets[name] = _kept(Sheet(name, []), iter(lines))
    return book
