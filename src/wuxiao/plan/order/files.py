"""Visits from CSV: our own columns, or those of the published Chicago file; whatever else a file has is not read."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.order.problem import LEAST_DRAWN, Listed, Problem, Visits
from wuxiao.plan.order.words import YEAR
from wuxiao.plan.shared.files import text
from wuxiao.plan.store import Floats, Ints

#: What we read under which names; the first is ours.
NAMES: dict[str, tuple[str, ...]] = {
    "day": ("day", "Inspection_Date"),
    "place": ("place", "License"),
    "kind": ("kind", "Facility_Type"),
    "lines": ("lines",),
    "licensed": ("licensed",),
    "years": ("licensed_years", "ageAtInspection"),
    "critical": ("critical", "criticalCount"),
    "serious": ("serious", "seriousCount"),
    "minor": ("minor", "minorCount"),
    "since": ("years_since_last", "timeSinceLast"),
    "first": ("never_seen", "firstRecord"),
    "last_critical": ("last_critical", "pastCritical"),
    "last_serious": ("last_serious", "pastSerious"),
    "last_minor": ("last_minor", "pastMinor"),
    "score": ("score",),
}
#: Columns of 0 and 1 that say which lines of business a place has.
LINES = (
    "consumption_on_premises_incidental_activity", "tobacco_retail_over_counter", "package_goods",
    "limited_business_license", "outdoor_patio", "public_place_of_amusement", "childrens_services_facility_license",
    "tavern", "regulated_business_license", "filling_station", "caterers_liquor_license", "mobile_food_license",
)  # fmt: skip
#: Columns of numbers that tell reports about the surroundings, beside every one whose name begins so.
NEARBY, NEARBY_BEGINS = {"heat_sanitation": "sanitation", "heat_garbage": "garbage"}, "nearby_"
#: Two tellings of one visit may differ by so many days: years since the last are rounded.
SAME_VISIT = 4.0


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a file: `day` in days of the calendar, nan where a number is not known."""

    place: tuple[str, ...]
    day: Floats
    kind: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    licensed: Floats
    nearby: dict[str, Floats]
    critical: Floats | None
    serious: Floats
    minor: Floats
    last: tuple[tuple[float, int, int, int] | None, ...]
    score: Floats | None
    not_read: tuple[str, ...]


class _Table:
    """A CSV file with its head; cells as text, days, numbers, each refused with its row and line."""

    def __init__(self, path: Path) -> None:
        lines = csv.reader(io.StringIO(text(path)))
        try:
            self.head = [name.strip() for name in next(lines, [])]
            self.rows = [(lines.line_num, row) for row in lines if row]
        except csv.Error as error:
            raise BadProblem(path.name, Said(f"不是CSV：{error}", f"is no CSV: {error}")) from error
        if not self.rows:
            raise BadProblem(path.name, Said("没有任何检查", "there is not one visit"))
        for k, (line, row) in enumerate(self.rows):
            if len(row) != len(self.head):
                said = Said(
                    f"文件第{line}行有{len(row)}格，表头有{len(self.head)}格",
                    f"line {line} of the file has {len(row)} cells, the head {len(self.head)}",
                )
                raise BadProblem(path.name, said, k)
        self.used: set[str] = set()

    def column(self, what: str) -> str | None:
        """Return the name under which the file has something we read."""
        return next((name for name in NAMES[what] if name in self.head), None)

    def need(self, what: str) -> str:
        name = self.column(what)
        if name is None:
            names = " / ".join(NAMES[what])
            raise BadProblem(NAMES[what][0], Said(f"缺少此列（{names}）", f"this column is missing ({names})"))
        return name

    def text(self, name: str) -> list[str]:
        self.used.add(name)
        at = self.head.index(name)
        return [row[at].strip() for _, row in self.rows]

    def numbers(self, name: str, *, unknown: bool = False, least: float = -1e9, whole: bool = False) -> Floats:
        found = np.full(len(self.rows), np.nan)
        for k, cell in enumerate(self.text(name)):
            if unknown and cell in ("", "NA", "nan"):
                continue
            try:
                found[k] = float(cell)
            except ValueError:
                found[k] = np.nan
            if not least <= found[k] <= 1e15 or (whole and found[k] != np.floor(found[k])):
                line = self.rows[k][0]
                kind_zh, kind = ("不小于零的整数", "a whole number, not below zero") if whole else ("数", "a number")
                said = Said(
                    f"文件第{line}行的“{cell[:30]}”不是{kind_zh}", f"“{cell[:30]}” in line {line} is not {kind}"
                )
                raise BadProblem(name, said, k)
        return found

    def days(self, name: str, *, unknown: bool = False) -> Floats:
        found = np.full(len(self.rows), np.nan)
        for k, cell in enumerate(self.text(name)):
            if unknown and cell in ("", "NA"):
                continue
            try:
                found[k] = date.fromisoformat(cell[:10]).toordinal()
            except ValueError as error:
                line = self.rows[k][0]
                said = Said(
                    f"文件第{line}行的日期须写作2026-01-31，实为“{cell[:30]}”",
                    f"write the day in line {line} as 2026-01-31, found “{cell[:30]}”",
                )
                raise BadProblem(name, said, k) from error
        return found


def read(path: Path, *, findings: bool) -> Read:
    """Return the rows of a file; with `findings` it must tell what was found.

    Raises `BadProblem` naming column and row.
    """
    table = _Table(path)
    day, place = table.days(table.need("day")), tuple(table.text(table.need("place")))
    for k, name in enumerate(place):
        if not name:
            line = table.rows[k][0]
            said = Said(f"文件第{line}行没有场所编号", f"line {line} names no place")
            raise BadProblem(table.need("place"), said, k)
    n = len(place)
    kind = table.column("kind")
    licensed = np.full(n, np.nan)
    if (since := table.column("licensed")) is not None:
        licensed = table.days(since, unknown=True)
    elif (since := table.column("years")) is not None:
        licensed = day - table.numbers(since, unknown=True) * YEAR
    nearby: dict[str, Floats] = {}
    for name in table.head:
        report = NEARBY.get(name) or (name.removeprefix(NEARBY_BEGINS) if name.startswith(NEARBY_BEGINS) else "")
        if report:
            near = table.numbers(name, least=0.0, unknown=True)
            # Where nobody counted, neither many nor few are supposed.
            middle = float(np.nanmedian(near)) if not np.isnan(near).all() else 0.0
            nearby[report] = np.where(np.isnan(near), middle, near)

    def counts(what: str, must: bool) -> Floats | None:
        name = table.need(what) if must else table.column(what)
        return None if name is None else table.numbers(name, least=0.0, whole=True)

    nothing = np.zeros(n)
    critical = counts("critical", findings)
    serious, minor = counts("serious", False), counts("minor", False)
    score = table.column("score")
    kinds = tuple(one.replace("_", " ") for one in table.text(kind)) if kind else ("",) * n
    return Read(
        place=place, day=day, kind=kinds, lines=_lines(table),
        licensed=licensed, nearby=nearby, critical=critical, serious=nothing if serious is None else serious,
        minor=nothing if minor is None else minor, last=_last(table, day),
        score=None if score is None else table.numbers(score, unknown=True),
        not_read=tuple(name for name in table.head if name not in table.used),
    )  # fmt: skip


def _lines(table: _Table) -> tuple[tuple[str, ...], ...]:
    found: list[list[str]] = [[] for _ in table.rows]
    if (name := table.column("lines")) is not None:
        for row, cell in zip(found, table.text(name), strict=True):
            row += [part.strip() for part in cell.replace("；", ";").split(";") if part.strip()]
    for name in LINES:
        if name in table.head:
            for row, value in zip(found, table.numbers(name, least=0.0), strict=True):
                if value > 0:
                    row.append(name.replace("_", " "))
    return tuple(map(tuple, found))


def _last(table: _Table, day: Floats) -> tuple[tuple[float, int, int, int] | None, ...]:
    """Return the visit before each row as the row itself tells it: its day and what was found, or none."""
    since = table.column("since")
    if since is None:
        return (None,) * len(day)
    years, first = table.numbers(since, unknown=True), table.column("first")
    never = table.numbers(first) > 0 if first else np.isnan(years)
    parts = []
    for what in ("last_critical", "last_serious", "last_minor"):
        name = table.column(what)
        parts.append(table.numbers(name, least=0.0, whole=True) if name else np.zeros(len(day)))
    found: list[tuple[float, int, int, int] | None] = []
    for k in range(len(day)):
        known = not never[k] and years[k] > 0
        critical, serious, minor = (int(p[k]) for p in parts)
        found.append((float(round(day[k] - years[k] * YEAR)), critical, serious, minor) if known else None)
    return tuple(found)


def question(train: Read, due: Read, *, drawn: float = LEAST_DRAWN) -> tuple[Problem, int]:
    """Return the problem of ordering one file from another, and how many visits were left out.

    The list is made on the first day of `due`. A visit of `train` on that day or later is left out, and so is what a
    row tells of a last visit on or after it: on that morning nobody knew.
    """
    if train.critical is None:
        raise BadProblem("critical", Said("缺少此列", "this column is missing"))
    today = float(due.day.min())
    keep = np.flatnonzero(train.day < today)
    reports = tuple(name for name in train.nearby if name in due.nearby)
    days: dict[str, list[float]] = {}
    for r in keep:
        days.setdefault(train.place[r], []).append(float(train.day[r]))
    earlier: list[tuple[str, float, int, int, int]] = []
    for one, rows in ((train, keep), (due, np.arange(len(due.place)))):
        for r in rows:
            last = one.last[r]
            if last is None or last[0] >= today:
                continue
            known = days.setdefault(one.place[r], [])
            if all(abs(last[0] - d) > SAME_VISIT for d in known):
                known.append(last[0])
                earlier.append((one.place[r], *last))
    n, more = len(keep), len(earlier)

    def both(values: Floats, k: int) -> Floats:
        return np.concatenate([values[keep], np.array([e[k] for e in earlier], dtype=np.float64)])

    def counts(values: Floats, k: int) -> Ints:
        return both(values, k).astype(np.int64)

    nearby = [np.concatenate([train.nearby[name][keep], np.zeros(more)]) for name in reports]
    visits = Visits(
        place=(*(train.place[r] for r in keep), *(e[0] for e in earlier)), day=both(train.day, 1),
        kind=(*(train.kind[r] for r in keep), *("",) * more), lines=(*(train.lines[r] for r in keep), *((),) * more),
        licensed=np.concatenate([train.licensed[keep], np.full(more, np.nan)]),
        nearby=np.column_stack(nearby) if reports else np.zeros((n + more, 0)),
        critical=counts(train.critical, 2), serious=counts(train.serious, 3), minor=counts(train.minor, 4),
        told=np.arange(n + more) < n,
    )  # fmt: skip
    listed = Listed(
        place=due.place, kind=due.kind, lines=due.lines, licensed=due.licensed,
        nearby=np.column_stack([due.nearby[name] for name in reports]) if reports else np.zeros((len(due.place), 0)),
    )  # fmt: skip
    problem = Problem(visits=visits, listed=listed, today=today, drawn=drawn, reports=reports)
    return problem, len(train.place) - n
