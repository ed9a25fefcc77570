"""The address office's list as a file: its system stated, converted, doubted; all of it is taken or nothing.

What was meant is known by the town's own addresses: those of the same code, else the middle of the same street. The
first file of a town has nothing beside it, and says so (`Taken.compared`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Avg

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.files.tables import NO_COLUMN, Fault, Line, Table, plain
from wuxiao.desk.town import addresses, books
from wuxiao.desk.town.places import AddressRow, load_addresses
from wuxiao.records.models import Address, Street
from wuxiao.rules.access import Power
from wuxiao.rules.book_model import Book
from wuxiao.rules.positions import ASK, told
from wuxiao.rules.words import Text
from wuxiao.typed import shifted
from wuxiao.typed.crs import Crs, Position, named, to_wgs84
from wuxiao.typed.crs import read as position_in
from wuxiao.typed.trouble import Trouble

#: Rows one file may bring: a county has some hundred thousand doors.
MOST = 300_000
#: Positions that are compared with what the town knows: enough to be sure.
COMPARED = 300
#: The columns by name, with the words that files use for them beside their own.
COLUMNS: Mapping[str, tuple[Text, tuple[str, ...]]] = {
    "code": (Text("地址编码", "address code"), ("编码", "code", "标准地址编码", "DZBM")),
    "division": (Text("区划", "division"), ("区划代码", "村居", "所在地")),
    "street": (Text("街路巷", "street"), ("街路", "路名", "街道名称")),
    "door": (Text("门牌", "door"), ("门牌号", "number")),
    "full": (Text("全称", "full address"), ("地址全称", "标准地址", "address", "full")),
    "estate": (Text("小区", "estate"), ("小区名称",)),
    "building": (Text("楼栋", "building"), ("楼号", "幢号")),
    "street_en": (Text("街路巷英文", "street in English"), ("street_en",)),
    "full_en": (Text("全称英文", "full address in English"), ("full_en",)),
    "estate_en": (Text("小区英文", "estate in English"), ("estate_en",)),
    "point": (Text("坐标", "position"), ("point", "经纬度坐标")),
    "lat": (Text("纬度", "latitude"), ("lat", "y")),
    "lon": (Text("经度", "longitude"), ("lon", "lng", "x")),
    "crs": (Text("坐标系", "coordinate system"), ("crs",)),
}
#: Without these no address is known; of a line that is known they may stay empty.
_NEEDED = ("code", "division", "street", "full")
_COLUMNS = {(one.model, one.name): one.max_length for one in (*Address._meta.fields, *Street._meta.fields)}
_LONGEST = {name: _COLUMNS.get((Address, name)) for name in COLUMNS if name not in {"division", "lat", "lon", "street"}}
_LONGEST |= {"street": _COLUMNS[Street, "name"], "street_en": _COLUMNS[Street, "name_en"]}
_BATCH = 500


@dataclass(slots=True)
class Taken:
    """What became of a file: rows new, changed, as before; how many positions were compared; or its faults.

    With a fault nothing was written. `doubted` says that the file was refused because it looks as if another system was
    meant.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    placed: int = 0
    compared: int = 0
    doubted: bool = False
    faults: list[Fault] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Given:
    line: int
    row: AddressRow
    #: As the file has it, and in which system.
    at: Position | None
    system: Crs | None


def known_headings() -> frozenset[str]:
    """Return every heading by which a column is known, as they are compared."""
    return frozenset(plain(one) for text, more in COLUMNS.values() for one in (text.zh, text.en, *more))


def take(table: Table, *, by: Actor, at: datetime, crs: str = "", certain: bool = False, write: bool = True) -> Taken:
    """Bring a list of standard addresses in, in one transaction; or nothing of it, with every fault.

    `crs` is the system of its positions where neither a column nor the position says it; a file with positions of an
    unknown system is refused, as is one whose positions look as if another was meant or the numbers were swapped.
    `certain` takes it all the same: somebody says that what the town has was wrong. Without `write` it is only
    looked at. A known code is brought up to date, its empty cells left as they stand; a second time changes nothing.
    Raises `Refused` for whoever does not look after the town's rules and tables.
    """
    if by.kind != "system" and (by.viewer is None or Power.BOOK not in by.viewer.powers):
        raise Refused(Text("您的岗位不能导入地址。", "Your post does not bring addresses in."), "book")
    book = books.current(at).book
    columns = _columns(table.headings)
    taken = Taken(left_out=[one for one in table.headings if one not in columns.values()])
    for name in _NEEDED:
        if name not in columns:
            label = COLUMNS[name][0]
            said = Text(f"缺少“{label.zh}”一列", f"the column “{label.en}” is missing")
            taken.faults.append(Fault(table.header_line, label, said))
    if taken.faults:
        return taken
    lines = list(_lines(table, taken))
    if not taken.faults:
        reader = _Reader(columns, book, named(crs), taken)
        with transaction.atomic():
            _take(lines, reader, certain=certain, write=write, by=by, at=at)
    return taken


def _lines(table: Table, taken: Taken) -> Iterator[Line]:
    for count, one in enumerate(table.lines(), start=1):
        if count > MOST:
            text = Text(f"一次最多{MOST}行，请拆成几个文件", f"at most {MOST} rows at a time: split the file")
            taken.faults.append(Fault(one.line, NO_COLUMN, text))
            return
        yield one


def _columns(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, (text, more) in COLUMNS.items():
        words = {plain(one) for one in (text.zh, text.en, *more)}
        heading = next((one for one in given if plain(one) in words), None)
        if heading is not None:
            found[name] = heading
    return found


def _take(lines: Sequence[Line], reader: _Reader, *, certain: bool, write: bool, by: Actor, at: datetime) -> None:
    taken = reader.taken
    held: dict[str, Address] = {}
    codes = [reader.cell(one, "code") for one in lines]
    for start in range(0, len(codes), _BATCH):
        rows = Address.objects.filter(code__in=codes[start : start + _BATCH]).select_related("street")
        held |= {row.code: row for row in rows}
    given = [one for line in lines if (one := reader.read(line, held)) is not None]
    if taken.faults:
        return
    _compare(given, held, reader, certain=certain)
    if taken.faults:
        return
    wanted = []
    for one in given:
        row = held.get(one.row.code)
        if row is None:
            taken.new += 1
        elif _as_row(row) == one.row:
            taken.same += 1
            continue
        else:
            taken.changed += 1
        wanted.append(one.row)
    taken.placed = sum(one.at is not None for one in given)
    if wanted and write:
        load_addresses(wanted, by=by, at=at, certain=certain)
        transaction.on_commit(addresses.forget)


def _as_row(row: Address) -> AddressRow:
    return AddressRow(
        code=row.code,
        division=row.division,
        street=row.street.name,
        door=row.door,
        full=row.full,
        street_en=row.street.name_en,
        full_en=row.full_en,
        estate=row.estate,
        estate_en=row.estate_en,
        building=row.building,
        lat=row.lat,
        lon=row.lon,
    )


def _compare(given: Sequence[_Given], held: Mapping[str, Address], reader: _Reader, *, certain: bool) -> None:
    """Refuse positions that lie beside what the town knows just as another system would put them."""
    taken = reader.taken
    placed = [one for one in given if one.at is not None]
    own = [(one, found) for one in placed if (found := _stood(held.get(one.row.code))) is not None]
    # Of doors that are moved with their code the old place says most; only without any does the street say it.
    pairs = own or _beside(placed)
    taken.compared = len(pairs)
    if certain:
        return
    for system in Crs:
        some = [(one, place) for one, place in pairs if one.system is system]
        some = some[:: max(1, len(some) // COMPARED)]
        meant = shifted.guess([(one.at, place) for one, place in some if one.at is not None], system)
        if meant is not None:
            taken.doubted = True
            reader.fault(some[0][0].line, "point", told(meant))


def _stood(row: Address | None) -> Position | None:
    return None if row is None or row.lat is None or row.lon is None else (row.lat, row.lon)


def _beside(placed: Sequence[_Given]) -> list[tuple[_Given, Position]]:
    """Return the streets that file and town know both: the middle the file gives them, and where the town has it."""
    middles = {
        (division, street): (lat, lon)
        for division, street, lat, lon in Address.objects.filter(lat__isnull=False, lon__isnull=False)
        .values_list("division", "street__name")
        .annotate(lat=Avg("lat"), lon=Avg("lon"))
    }
    doors: dict[tuple[str, str, Crs | None], list[_Given]] = {}
    for one in placed:
        if (one.row.division, one.row.street) in middles:
            doors.setdefault((one.row.division, one.row.street, one.system), []).append(one)
    found = []
    for (division, street, system), some in doors.items():
        points = [one.at for one in some if one.at is not None]
        lat, lon = (sum(point[n] for point in points) / len(points) for n in (0, 1))
        found.append((_Given(some[0].line, some[0].row, (lat, lon), system), middles[division, street]))
    return found


class _Reader:
    """Reads the lines of one file and collects what is wrong with them."""

    def __init__(self, columns: Mapping[str, str], book: Book, crs: Crs | None, taken: Taken) -> None:
        self.columns, self.book, self.crs, self.taken = columns, book, crs, taken
        self.seen: dict[str, int] = {}
        names: dict[str, str] = {}
        for one in book.divisions.values():
            for name in (one.name.zh, one.name.en):
                # A name that two places bear names neither.
                names[plain(name)] = "" if plain(name) in names else one.code
        self.divisions = names

    def cell(self, line: Line, name: str) -> str:
        return line.cells.get(self.columns[name], "").strip() if name in self.columns else ""

    def fault(self, line: int, name: str, text: Text) -> None:
        said = self.columns.get(name) or (self.columns.get("lat") if name == "point" else None)
        self.taken.faults.append(Fault(line, Text(said, said) if said else COLUMNS[name][0], text))

    def read(self, line: Line, held: Mapping[str, Address]) -> _Given | None:
        """Return what a line says of an address, `None` where something is wrong with it."""
        before = len(self.taken.faults)
        if line.trouble is not None:
            self.taken.faults.append(Fault(line.line, NO_COLUMN, line.trouble))
            return None
        code = self.cell(line, "code")
        row = held.get(code)
        if code in self.seen:
            first = self.seen[code]
            text = Text(f"编码{code}在第{first}行已经有了", f"the code {code} stands in line {first} too")
            self.fault(line.line, "code", text)
        self.seen.setdefault(code, line.line)
        values: dict[str, str] = {
            name: self.cell(line, name) for name in COLUMNS if name not in {"point", "lat", "lon", "crs"}
        }
        self._division(line, values)
        if row is not None:
            stood = _as_row(row)
            values = {name: value or getattr(stood, name) for name, value in values.items()}
        for name in _NEEDED:
            if not values[name]:
                self.fault(line.line, name, Text("这一格不能空着", "this cell may not stay empty"))
        for name, most in _LONGEST.items():
            if most is not None and len(values[name]) > most:
                self.fault(line.line, name, Text(f"超过{most}个字", f"more than {most} characters"))
        found = self._point(line)
        if len(self.taken.faults) > before:
            return None
        at, system, inside = found if found is not None else (None, None, _stood(row))
        lat, lon = inside if inside is not None else (None, None)
        return _Given(line.line, AddressRow(**values, lat=lat, lon=lon), at, system)

    def _division(self, line: Line, values: dict[str, str]) -> None:
        said = values["division"]
        if not said or said in self.book.divisions:
            return
        values["division"] = self.divisions.get(plain(said), "")
        if not values["division"]:
            values["division"] = said
            text = Text(f"规则手册里没有区划“{said}”", f"the rule book has no division “{said}”")
            self.fault(line.line, "division", text)

    def _point(self, line: Line) -> tuple[Position, Crs, Position] | None:
        """Return the position of a line as it stands there, its system, and in WGS-84."""
        parts = [self.cell(line, "lat"), self.cell(line, "lon")]
        if any(parts) and not all(parts):
            text = Text("经度和纬度要么都填，要么都不填", "give both coordinates or none")
            self.fault(line.line, "lat" if "lat" in self.columns else "lon", text)
            return None
        found = position_in(",".join(parts) if all(parts) else self.cell(line, "point"))
        if found is None:
            return None
        if isinstance(found, Trouble):
            self.fault(line.line, "point", Text(found.zh, found.en))
            return None
        at, own = found
        said = self.cell(line, "crs")
        system = own or (named(said) if said else self.crs)
        if system is None:
            self.fault(line.line, "crs" if said else "point", ASK)
            return None
        inside = to_wgs84(at, system)
        return at, system, (round(inside[0], 7), round(inside[1], 7))
