"""A register as a table: every row of a file is checked before one is written; what leaves is written down.

A file names its rows by their code, so bringing it in twice changes nothing. Of a row that is known an empty cell
leaves what stands there; a column that is not known is left out and said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Model

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.desk.diary import diary
from wuxiao.desk.files.tables import NO_COLUMN, Fault, Line, Table, plain
from wuxiao.desk.register import placed
from wuxiao.desk.register.acts import New, _must_keep, apply, make, once_only, read, today
from wuxiao.desk.register.look import Wanted, _must_read, _rows
from wuxiao.desk.register.shelf import CODE as CODE_SHAPE
from wuxiao.desk.register.shelf import Shelf, may_keep_of, of, values_of
from wuxiao.desk.town import books
from wuxiao.records.models import Row
from wuxiao.records.models.row import NEVER
from wuxiao.rules.access import Power
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.field import BETWEEN, Field, Kind
from wuxiao.rules.positions import ASK, OURS
from wuxiao.rules.register import STATES, RowState
from wuxiao.rules.words import Text
from wuxiao.typed import dates, ids
from wuxiao.typed.crs import Crs, Position, named
from wuxiao.typed.crs import read as position_in
from wuxiao.typed.trouble import Trouble

#: Rows one file may bring, and one file may take out.
MOST = 5000
CODE = Text("编号", "code")
CHECKED = Text("核对日期", "checked on")
SYSTEM = Text("坐标系", "coordinate system")
STATE = Text("状态", "state")
#: For what a list is taken out: chosen, not written, so that no name stands in the diary.
PURPOSES: Mapping[str, Text] = {
    "check": Text("核对、更正", "checking and mending"),
    "inspect": Text("安排检查", "planning inspections"),
    "report": Text("报送、移交有关部门", "handing to the department concerned"),
    "emergency": Text("应急准备", "preparing for emergencies"),
}


@dataclass(slots=True)
class Taken:
    """What became of a file: rows put in, changed, the same as before; or its faults, and then nothing was written."""

    new: int = 0
    changed: int = 0
    same: int = 0
    faults: list[Fault] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def headings(shelf: Shelf, book: Book) -> dict[str, Text]:
    """Return the columns of the register's table by name, in their order; personal data is in none."""
    found = {"code": CODE}
    found |= {one.name: one.label for one in shelf.register.all_fields(book) if not one.private}
    return found | {"crs": SYSTEM, "checked_on": CHECKED}


def known_headings(shelf: Shelf, book: Book) -> frozenset[str]:
    """Return every heading by which a column is known, as they are compared."""
    columns = headings(shelf, book)
    return frozenset(plain(one) for name, text in columns.items() for one in (name, text.zh, text.en))


def take(name: str, table: Table, *, by: Actor, at: datetime, crs: str = "") -> Taken:
    """Bring a table in: all rows are checked, then all are written, in one transaction; or none, and why not.

    `crs` is the system of its positions where the rows do not say their own; what looks like another is refused.
    """
    _must_keep(by)
    if by.kind != "system" and (by.viewer is None or Power.BULK not in by.viewer.powers):
        raise Refused(Text("您的岗位不能整批导入。", "Your post does not bring in whole files."), "bulk")
    book = books.current(at).book
    shelf = of(name, book)
    columns = _columns(shelf, book, table.headings)
    taken = Taken(left_out=[one for one in table.headings if one not in columns.values()])
    for needed in ("code", "kind", "title"):
        if needed not in columns:
            label = headings(shelf, book)[needed]
            said = Text(f"缺少“{label.zh}”一列", f"the column “{label.en}” is missing")
            taken.faults.append(Fault(table.header_line, label, said))
    if taken.faults:
        return taken
    lines = []
    for one in table.lines():
        lines.append(one)
        if len(lines) > MOST:
            text = Text(f"一次最多{MOST}行，请拆成几个文件", f"at most {MOST} rows at a time: split the file")
            taken.faults.append(Fault(one.line, NO_COLUMN, text))
            return taken
    with once_only("—"):
        _take(shelf, book, columns, lines, taken, by=by, at=at, crs=crs)
    return taken


def _columns(shelf: Shelf, book: Book, given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in headings(shelf, book).items():
        for heading in given:
            if plain(heading) in {plain(name), plain(text.zh), plain(text.en)} and name not in found:
                found[name] = heading
    return found


def _take(
    shelf: Shelf,
    book: Book,
    columns: Mapping[str, str],
    lines: Sequence[Line],
    taken: Taken,
    *,
    by: Actor,
    at: datetime,
    crs: str,
) -> None:
    codes = [ids.number(one.cells.get(columns["code"], "")) for one in lines]
    held = {row.code: row for row in Row.objects.select_for_update().filter(register=shelf.name, code__in=codes)}
    parts = {part.pk: part for part in shelf.part._default_manager.filter(pk__in=[row.pk for row in held.values()])}
    reader = _Reader(shelf, book, columns, by, at, taken, crs)
    new: list[New] = []
    old: list[tuple[Row, Model, dict[str, Any], datetime]] = []
    for one, code in zip(lines, codes, strict=True):
        row = held.get(code)
        now = values_of(shelf, row, parts[row.pk]) if row is not None else {}
        values = reader.read(one, code, row, now)
        if values is None:
            continue
        checked = reader.checked_at(one, row)
        if row is None:
            new.append(New(code, values, shelf.asked(book, values["kind"]), checked))
        elif values or checked != row.checked_at:
            old.append((row, parts[row.pk], values, checked))
        else:
            taken.same += 1
    reader.twice(lines, new, old)
    reader.shifted()
    if taken.faults:
        return
    for row, part, values, checked in old:
        apply(
            shelf,
            row,
            part,
            values,
            by=by,
            at=at,
            facts={"why": "changed", "how": "sheet"},
            book=book,
            checked_at=checked,
        )
    for start in range(0, len(new), 200):
        make(shelf, new[start : start + 200], by=by, at=at, how="sheet")
    taken.new, taken.changed = len(new), len(old)
    if new or old:
        facts = {"register": shelf.name, "new": taken.new, "changed": taken.changed, "same": taken.same}
        diary.write_town("take_rows", by=by, at=at, facts=facts)


class _Reader:
    """Reads the lines of one file and collects what is wrong with them."""

    def __init__(
        self,
        shelf: Shelf,
        book: Book,
        columns: Mapping[str, str],
        by: Actor,
        at: datetime,
        taken: Taken,
        crs: str,
    ) -> None:
        self.shelf, self.book, self.columns, self.by, self.at, self.taken = shelf, book, columns, by, at, taken
        self.crs = named(crs)
        self.seen: dict[str, int] = {}
        self.points: list[placed.Given] = []
        self.kinds = shelf.kinds(book)

    def fault(self, line: int, name: str, zh: str, en: str) -> None:
        # As the file calls the column; one it lacks, as the register does.
        said = self.columns.get(name)
        column = Text(said, said) if said else headings(self.shelf, self.book)[name]
        self.taken.faults.append(Fault(line, column, Text(zh, en)))

    def read(self, line: Line, code: str, row: Row | None, now: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what a line sets, `None` where something is wrong with it."""
        before = len(self.taken.faults)
        if line.trouble is not None:
            self.taken.faults.append(Fault(line.line, NO_COLUMN, line.trouble))
            return None
        self._code(line, code, row)
        given = {n: line.cells.get(h, "") for n, h in self.columns.items() if n not in {"code", "crs", "checked_on"}}
        # An empty cell says nothing about a row that is known.
        given = {n: cell for n, cell in given.items() if cell or row is None}
        if row is None:
            for name, usual in (("unit", self.by.unit), ("valid_from", today(self.at).isoformat())):
                given[name] = given.get(name) or usual
        point = self._point(line, given)
        values: dict[str, Any] = {}
        try:
            values = read(self.shelf, given, self.book, now=now)
        except Invalid as invalid:
            for name, text in invalid.fields.items():
                self.fault(line.line, name, text.zh, text.en)
        self._checked(line)
        if len(self.taken.faults) == before:
            kind = self.kinds.get(str(now.get("kind") or values.get("kind")))
            for unit in {str(now.get("unit") or ""), str(values.get("unit") or now.get("unit") or "")} - {""}:
                if not may_keep_of(self.by, unit, kind):
                    self.fault(line.line, "unit", "这一行不归您的单位维护", "this row is not kept by your unit")
        if point is not None and len(self.taken.faults) == before:
            self.points.append(placed.Given(line.line, *point, {**now, **values}, now.get("point")))
        return values if len(self.taken.faults) == before else None

    def _code(self, line: Line, code: str, row: Row | None) -> None:
        if not code:
            self.fault(
                line.line,
                "code",
                "请给每行一个编号，再导入一次时凭它认出这一行",
                "give each row a code: by it the row is known when the file comes again",
            )
        elif code in self.seen:
            first = self.seen[code]
            self.fault(
                line.line, "code", f"编号{code}在第{first}行已经有了", f"the code {code} stands in line {first} too"
            )
        elif not CODE_SHAPE.fullmatch(code):
            self.fault(
                line.line,
                "code",
                "编号最多40个字，只用汉字、字母、数字和 - _ . ( )",
                "a code has at most 40 characters: letters, digits and - _ . ( )",
            )
        elif (
            row is None
            and code.startswith(self.shelf.register.prefix)
            and code[len(self.shelf.register.prefix) :].isdigit()
        ):
            self.fault(
                line.line,
                "code",
                f"{code}像是本系统编的号，册里却没有：请换一个编号",
                f"{code} looks like a code of this register and is none: use another",
            )
        elif row is not None and row.state != RowState.LIVE:
            self.fault(line.line, "code", f"{code}已经销册", f"{code} has ended")
        self.seen.setdefault(code, line.line)

    def _point(self, line: Line, given: dict[str, Any]) -> tuple[Position, Crs] | None:
        """Put the system beside a position that does not say its own; one whose system nobody said is a fault."""
        found = position_in(given.get("point") or "")
        if found is None or isinstance(found, Trouble):
            return None
        at, own = found
        said = line.cells.get(self.columns["crs"], "").strip() if "crs" in self.columns else ""
        system = own or (named(said) if said else self.crs)
        if system is None:
            column = "crs" if said else "point"
            self.fault(line.line, column, ASK.zh, ASK.en)
            return None
        given["point"] = f"{at[0]:.12f},{at[1]:.12f} {system}"
        return at, system

    def shifted(self) -> None:
        """Refuse positions that look as if another system were meant than was stated."""
        for line, text in placed.doubts(self.points, self.book):
            self.fault(line, "point", text.zh, text.en)

    def _day(self, line: Line) -> date | Trouble | None:
        heading = self.columns.get("checked_on")
        return dates.read(line.cells.get(heading, ""), latest=today(self.at)) if heading else None

    def _checked(self, line: Line) -> None:
        if isinstance(found := self._day(line), Trouble):
            self.fault(line.line, "checked_on", found.zh, found.en)

    def checked_at(self, line: Line, row: Row | None) -> datetime:
        """Return when a row was last looked at, by the file; one it says nothing of was never."""
        found = self._day(line)
        if not isinstance(found, date):
            return row.checked_at if row is not None else NEVER
        if row is not None and row.checked is not None and today(row.checked_at) >= found:
            return row.checked_at
        return datetime.combine(found, time(), SHANGHAI)

    def twice(
        self, lines: Sequence[Line], new: Sequence[New], old: Sequence[tuple[Row, Model, dict[str, Any], datetime]]
    ) -> None:
        """Find rows that are the same place under two codes, in the file or in the register."""
        names = [(str(o.values["kind"]), str(o.values["title"]), str(o.values["address"]), o.code) for o in new]
        for row, _part, values, _checked in old:
            if values.keys() & {"kind", "title", "address"}:
                kind, title, address = (str(values.get(n, getattr(row, n))) for n in ("kind", "title", "address"))
                names.append((kind, title, address, row.code))
        first: dict[tuple[str, str, str], str] = {}
        titles = {title for _k, title, _a, _c in names}
        live = Row.objects.filter(register=self.shelf.name, state=RowState.LIVE.value, title__in=titles)
        moved = {row.code for row, *_ in old}
        for kind, title, address, code in live.values_list("kind", "title", "address", "code"):
            if code not in moved:
                first[kind, title, address] = code
        for kind, title, address, code in names:
            other = first.setdefault((kind, title, address), code)
            if other != code:
                self.fault(
                    self.seen[code],
                    "title",
                    f"和{other}是同一种类、名称和地址",
                    f"the same kind, name and address as {other}",
                )


# ---------------------------------------------------------------------------------------------------------- taking out


def give(name: str, wanted: Wanted, *, purpose: str, by: Actor, at: datetime, lang: str) -> list[list[str]]:
    """Return a list as a table of texts, the headings first; who took it out, and for what, is written down.

    The texts are what an import reads again. Whoever writes them into a file makes them safe for spreadsheets.
    """
    _must_read(by)
    if by.kind != "system" and (by.viewer is None or Power.EXPORT not in by.viewer.powers):
        raise Refused(Text("您的岗位不能导出。", "Your post may not export."), "export")
    if purpose not in PURPOSES:
        raise Invalid({"purpose": Text("请选择导出用途", "please choose what it is for")})
    book = books.current(at).book
    shelf = of(name, book)
    rows = list(_rows(shelf, wanted, book, at).order_by("id")[: MOST + 1])
    if len(rows) > MOST:
        raise Refused(
            Text(
                f"一次最多导出{MOST}行，请把条件收窄后分次导出。",
                f"At most {MOST} rows at a time: narrow the list and export in parts.",
            ),
            "too_many",
        )
    parts = {part.pk: part for part in shelf.part._default_manager.filter(pk__in=[row.pk for row in rows])}
    fields = [one for one in shelf.register.all_fields(book) if not one.private]
    seen = {kind: {one.name for one in shelf.seen(book, kind, by)} for kind in {row.kind for row in rows}}
    table = [[*(text.say(lang) for text in headings(shelf, book).values()), STATE.say(lang)]]
    for row in rows:
        values = values_of(shelf, row, parts.get(row.pk))
        cells = [_cell(one, values[one.name], book, lang) if one.name in seen[row.kind] else "" for one in fields]
        checked = today(row.checked_at).isoformat() if row.checked is not None else ""
        ours = OURS if row.lat is not None and "point" in seen[row.kind] else ""
        table.append([row.code, *cells, ours, checked, STATES[RowState(row.state)].say(lang)])
    with transaction.atomic():
        facts = {"register": shelf.name, "count": len(rows), "purpose": purpose, "who": by.name}
        diary.write_town("give_rows", by=by, at=at, facts=facts)
    return table


def _cell(one: Field, value: Any, book: Book, lang: str) -> str:
    """A cell as a person reads it and an import reads it again: of answers the words, of places the code."""
    if one.kind in {Kind.PLACE, Kind.UNIT}:
        return str(value or "")
    if one.kind is Kind.CHOICES and value:
        return ("; " if lang == "en" else "、").join(one.choices[code].say(lang) for code in str(value).split(BETWEEN))
    return one.say(value, book).say(lang)
