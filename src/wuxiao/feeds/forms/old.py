"""Old workbooks (.xls), opened in a process of their own.

The reader is compiled, and a damaged old workbook can make it ask for more memory than there is, which ends the process
it runs in. So it runs in one that is made for it and has bounds; what becomes of it is a sentence.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from wuxiao.desk.files.tables import SheetError
from wuxiao.feeds.forms.book import Book, Row, Sheet, damaged, first_bytes, open_book, workbook
from wuxiao.rules.words import Text

MOST_MEMORY = 1 << 30
MOST_SECONDS = 60
_OLE = b"\xd0\xcf\x11\xe0"


def open_any(path: Path) -> Book:
    """Open the workbook of a form, old or new; raises `SheetError` with what is wrong and how to mend it."""
    return open_old(path) if first_bytes(path).startswith(_OLE) else open_book(path)


def open_old(path: Path) -> Book:
    """Open an old workbook in a process of its own."""
    command = [sys.executable, "-m", "wuxiao.feeds.forms.old", str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=MOST_SECONDS, stdin=subprocess.DEVNULL, env=_environment()
        )
        found = json.loads(done.stdout) if done.returncode == 0 else {}
    except (subprocess.TimeoutExpired, ValueError):
        found = {}
    if "why" in found:
        raise SheetError(Text(*found["why"]))
    if "names" not in found:
        raise damaged(ValueError(".xls"))
    sheets = {
        key: Sheet(
            one["name"],
            [Row(number, tuple(cells)) for number, cells in one["rows"]],
            tuple((tuple(first), tuple(last)) for first, last in one["merged"]),
            left=one["left"],
        )
        for key, one in found["sheets"].items()
    }
    return Book(sheets, tuple(found["names"]))


def _environment() -> dict[str, str]:
    """Return what the other process needs of this one's: where this package stands, and none of its secrets."""
    here = str(Path(__file__).resolve().parents[3])
    return {"PYTHONPATH": here, "PYTHONUTF8": "1", "PATH": os.environ.get("PATH", "")}


def main(path: Path) -> None:
    """Print an old workbook as JSON, or why it cannot be read."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        # Not every system has bounds of this kind; a process of its own is what matters.
        pass
    try:
        book = workbook(path, {})
    except SheetError as error:
        print(json.dumps({"why": [error.text.zh, error.text.en]}))
        return
    sheets = {
        key: {
            "name": one.name,
            "rows": [(row.number, row.cells) for row in one.rows],
            "merged": one.merged,
            "left": one.left,
        }
        for key, one in book.sheets.items()
    }
    print(json.dumps({"names": book.names, "sheets": sheets}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
