"""The holiday tables shipped with the product, and the reading of a newly published notice.

`YEAR.toml` holds one State Council notice; `lunar.csv` the moving holidays of years that have no notice yet. A new
notice is a file of the same shape:

    year = 2027
    source = "国务院办公厅关于2027年部分节假日安排的通知"

    [[holiday]]
    zh = "元旦"
    en = "New Year's Day"
    off = "2027-01-01..2027-01-03"
    work = ["2027-01-10"]

or a CSV with the columns `date,kind,zh,en` (kind `off` or `work`; a spreadsheet's "save as CSV" will do).
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path

from wuxiao.rules.hours import CalendarError
from wuxiao.rules.notice import Notice
from wuxiao.rules.words import Text

LONGEST_HOLIDAY = 31


class NoticeError(CalendarError):
    """A holiday file that cannot be used: `problems` lists (line or None, reason), the message has file, line and
    reason.
    """

    def __init__(self, name: str, problems: list[tuple[int | None, str]]) -> None:
        self.name = name
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{name}:{line}: {why}" if line else f"{name}: {why}" for line, why in problems))


class _Reader:
    """Collects days and every problem with its line, so that one run shows all that has to be mended."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = text.splitlines()
        self.problems: list[tuple[int | None, str]] = []
        self.off: dict[date, Text] = {}
        self.work: dict[date, Text] = {}

    def wrong(self, line: int | None, why: str) -> None:
        self.problems.append((line, why))

    def line_of(self, token: str, key: str = "") -> int | None:
        """The last line with the token (and key): a date given twice is pointed at where it is repeated."""
        found = [n for n, line in enumerate(self.lines, 1) if token in line and key in line]
        return found[-1] if found else None

    def line_of_key(self, key: str, after: int | None = None) -> int | None:
        """The line that sets a key, from `after` on."""
        sets = re.compile(rf"\s*{re.escape(key)}\s*=")
        return next((n for n, line in enumerate(self.lines, 1) if n >= (after or 1) and sets.match(line)), None)

    def read_date(self, raw: object, line: int | None) -> date | None:
        if isinstance(raw, date) and not isinstance(raw, datetime):
            return raw
        try:
            return date.fromisoformat(raw.strip() if isinstance(raw, str) else "")
        except ValueError:
            self.wrong(line, f"{raw!r} is not a date such as 2027-02-06")
            return None

    def read_span(self, raw: object, line: int | None) -> Iterator[date]:
        first_raw, dots, last_raw = str(raw).partition("..")
        first = self.read_date(first_raw, line)
        last = self.read_date(last_raw, line) if dots else first
        if first is None or last is None:
            return
        days = (last - first).days + 1
        if days < 1:
            self.wrong(line, f"{raw} ends before it begins")
        elif days > LONGEST_HOLIDAY:
            self.wrong(line, f"{raw} is {days} days: no holiday is longer than {LONGEST_HOLIDAY}")
        else:
            yield from (first + timedelta(n) for n in range(days))

    def put(self, into: dict[date, Text], day: date, name: Text, line: int | None) -> None:
        if day in into:
            self.wrong(line, f"{day} is given twice")
        into[day] = name

    def done(self, year: int, source: str) -> Notice:
        notice = Notice(year, source, self.off, self.work)
        if not self.problems:
            self.problems = [
                (self.line_of(day.isoformat()) if day is not None else None, why) for day, why in notice.problems()
            ]
        if self.problems:
            raise NoticeError(self.name, self.problems)
        return notice


def read_notice(path: str | Path) -> Notice:
    """Read one year's holiday notice from a TOML or CSV file (UTF-8, or GB18030 as Chinese spreadsheets save CSV).

    Returns a sound `Notice`, to be given to `Calendar.with_notice`. Raises `NoticeError` (a `ValueError`) with file,
    line and reason for each problem: unreadable text, no real date, a date given twice, a day both off and worked, a
    make-up day that is no weekend, a day outside the year and the December before, or a statutory day that is
    missing; `OSError` if the file is not there.
    """
    path = Path(path)
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise NoticeError(path.name, [(None, "the text is neither UTF-8 nor GB18030")])
    return _from_csv(path.name, text) if path.suffix.lower() == ".csv" else _from_toml(path.name, text)


def parse_text(text: str, source: str) -> Notice:
    """Read a notice from its text, TOML or CSV; `source` names it in messages, and the notice where the text does not.

    Raises `NoticeError` as `read_notice` does.
    """
    first = next((line for line in text.lstrip("\ufeff").splitlines() if line.strip() and line.strip()[0] != "#"), "")
    if "=" not in first and "[" not in first and "date" in first:
        return _from_csv(source, text.lstrip("\ufeff"), source)
    return _from_toml(source, text.lstrip("\ufeff"), source)


def _from_toml(name: str, text: str, default: str | None = None) -> Notice:
    reader = _Reader(name, text)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        raise NoticeError(name, [(int(at[1]) if at else len(reader.lines) or None, f"not TOML: {error}")]) from error
    for key in raw.keys() - {"year", "source", "holiday"}:
        reader.wrong(reader.line_of_key(key), f"unknown key {key!r}; known are year, source and [[holiday]]")
    year, source, holidays = raw.get("year"), raw.get("source", default), raw.get("holiday")
    if not isinstance(year, int) or isinstance(year, bool):
        reader.wrong(reader.line_of_key("year"), "year must be a number such as 2027")
    if not isinstance(source, str):
        reader.wrong(reader.line_of_key("source"), "source must name the notice")
    if not isinstance(holidays, list) or not all(isinstance(h, dict) for h in holidays):
        reader.wrong(reader.line_of("holiday"), "at least one [[holiday]] is needed")
        holidays = []
    for holiday in holidays:
        off_raw = holiday.get("off")
        named = reader.line_of(str(holiday.get("zh", "[[")))
        line = reader.line_of(str(off_raw), "off") if off_raw is not None else named
        for key in holiday.keys() - {"zh", "en", "off", "work"}:
            reader.wrong(
                reader.line_of_key(key, named), f"unknown key {key!r} in [[holiday]]; known are zh, en, off and work"
            )
        zh, en, work = holiday.get("zh"), holiday.get("en"), holiday.get("work", [])
        if not isinstance(zh, str) or not isinstance(en, str) or not zh.strip() or not en.strip():
            reader.wrong(line, "a [[holiday]] needs its name in zh and en")
            continue
        if off_raw is None or not isinstance(work, list):
            reader.wrong(line, f'{zh}: off must be a date or "first..last", work a list of dates')
            continue
        for day in reader.read_span(off_raw, line):
            reader.put(reader.off, day, Text(zh, en), line)
        for item in work:
            line = reader.line_of(str(item), "work") or reader.line_of(str(item))
            worked = reader.read_date(item, line)
            if worked is not None:
                reader.put(reader.work, worked, Text(zh, en), line)
    if reader.problems or not isinstance(year, int) or not isinstance(source, str):
        raise NoticeError(name, reader.problems)
    return reader.done(year, source)


def _from_csv(name: str, text: str, default: str | None = None) -> Notice:
    reader = _Reader(name, text)
    rows = csv.DictReader(io.StringIO(text))
    missing = {"date", "kind", "zh", "en"} - {(column or "").strip() for column in rows.fieldnames or []}
    if missing:
        raise NoticeError(name, [(1, f"missing columns: {', '.join(sorted(missing))}; needed are date,kind,zh,en")])
    source = ""
    for row in rows:
        line = rows.line_num
        cell = {(key or "").strip(): value.strip() for key, value in row.items() if isinstance(value, str)}
        day = reader.read_date(cell.get("date"), line)
        kind = cell.get("kind", "")
        source = source or cell.get("source", "")
        if kind not in ("off", "work"):
            reader.wrong(line, f'kind is {kind!r}; it must be "off" (a day off) or "work" (a make-up workday)')
        elif not cell.get("zh") or not cell.get("en"):
            reader.wrong(line, "the holiday's name is needed in both zh and en")
        elif day is not None:
            reader.put(reader.off if kind == "off" else reader.work, day, Text(cell["zh"], cell["en"]), line)
    years = Counter(day.year for day in [*reader.off, *reader.work])
    if not years:
        raise NoticeError(name, [*reader.problems, (None, "no usable day in the file")])
    year = years.most_common(1)[0][0]
    return reader.done(year, source or default or f"国务院办公厅关于{year}年部分节假日安排的通知")


def read_shipped() -> Mapping[int, Notice]:
    """Return the notices shipped with the product by year, in order."""
    folder = resources.files(__package__)
    out: dict[int, Notice] = {}
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.name.endswith(".toml"):
            notice = _from_toml(item.name, item.read_text(encoding="utf-8"))
            out[notice.year] = notice
    return out
