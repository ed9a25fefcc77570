"""The refused rows of an import as a file to mend and bring in again: the original cells and the reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from wuxiao.typed import cells as cells_of

#: Our own two columns; a mapping of the original columns passes over them when the mended file comes back.
LINE, REASON = "原行号 Line", "错误 Error"
Refused = Sequence[tuple[int, str, dict[str, str]]]


def columns_of(rows: Refused, headings: Sequence[str]) -> list[str]:
    """Return the original headings in their order, and any other that a row has."""
    found = dict.fromkeys(h for h in headings if h not in {LINE, REASON})
    for _, _, cells in rows:
        found |= dict.fromkeys(h for h in sorted(cells) if h not in {LINE, REASON})
    return list(found)


def safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe goes before it, unless it is a number."""
    return cells_of.cell(text, numbers=True, verbatim=True)


def as_csv(rows: Refused, headings: Sequence[str]) -> bytes:
    """Return the refused rows as CSV (UTF-8 with its mark, as spreadsheets expect)."""
    columns = columns_of(rows, headings)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([LINE, REASON, *(safe(c) for c in columns)])
    for line, reason, cells in rows:
        writer.writerow([line, _one_line(reason), *(safe(cells.get(c, "")) for c in columns)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(rows: Refused, headings: Sequence[str]) -> bytes:
    """Return the refused rows as a workbook in which every original cell is text."""
    columns = columns_of(rows, headings)
    from openpyxl import Workbook  # a workbook is seldom asked for, and its library is heavy
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("错误 Errors")

    def cell(text: str) -> WriteOnlyCell:
        made = WriteOnlyCell(sheet, value=cells_of.workbook_text(text))
        made.data_type = "s"
        made.number_format = "@"
        return made

    sheet.append([cell(c) for c in (LINE, REASON, *columns)])
    for line, reason, cells in rows:
        sheet.append([line, cell(_one_line(reason)), *(cell(cells.get(c, "")) for c in columns)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _one_line(reason: str) -> str:
    return " / ".join(part for part in reason.splitlines() if part)
