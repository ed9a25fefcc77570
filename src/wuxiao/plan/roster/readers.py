"""Published rosters: schedulingbenchmarks.org (its text files, and the same instances as JSON)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.roster.problem import Band, Contract, Cover, Person, Problem, Shift, Wish
from wuxiao.plan.store import parsed


def read_benchmark(path: Path) -> Problem:
    """Return an instance of schedulingbenchmarks.org, from its text file or the JSON of the XCSP collection.

    Runs of days that touch the first or last day may go on outside; weekends are Saturday and Sunday; day 0 is Monday.
    Raises `BadProblem` naming the line or field.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadProblem(path.name, Said(f"打不开文件：{error}", f"the file cannot be read: {error}")) from error
    return _from_json(text, path.name) if text.lstrip().startswith("{") else _from_text(text, path.name)


class _Lines:
    """The sections of a text file, each row with the number of its line."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.sections: dict[str, list[tuple[int, list[str]]]] = {}
        section = ""
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if line.startswith("SECTION_"):
                section = line
                self.sections[section] = []
            elif not section:
                raise self.bad(number, "应以SECTION_开头", "expected a line that begins with SECTION_")
            else:
                self.sections[section].append((number, [part.strip() for part in line.split(",")]))
        for wanted in ("SECTION_HORIZON", "SECTION_SHIFTS", "SECTION_STAFF", "SECTION_COVER"):
            if wanted not in self.sections:
                raise BadProblem(name, Said(f"缺少{wanted}", f"{wanted} is missing"))
            if wanted != "SECTION_COVER" and not self.sections[wanted]:
                raise BadProblem(name, Said(f"{wanted}是空的", f"{wanted} is empty"))

    def bad(self, number: int, zh: str, en: str) -> BadProblem:
        return BadProblem(f"{self.name} line", Said(zh, en), number)

    def rows(self, section: str, width: int) -> list[tuple[int, list[str]]]:
        found = self.sections.get(section, [])
        for number, parts in found:
            if len(parts) < width:
                raise self.bad(number, f"应有{width}栏", f"expected {width} columns")
        return found

    def number(self, text: str, line: int) -> int:
        try:
            return int(text)
        except ValueError as error:
            raise self.bad(line, f"“{text}”不是整数", f"“{text}” is no whole number") from error


def _from_text(text: str, name: str) -> Problem:
    lines = _Lines(text, name)
    line, parts = lines.rows("SECTION_HORIZON", 1)[0]
    days = lines.number(parts[0], line)
    shifts = []
    for line, parts in lines.rows("SECTION_SHIFTS", 2):
        after = tuple(x for x in "|".join(parts[2:]).split("|") if x)
        shifts.append(_shift(parts[0], lines.number(parts[1], line), after))
    contracts, people = [], []
    away: dict[str, tuple[int, ...]] = {}
    away_at: dict[str, int] = {}
    for line, parts in lines.rows("SECTION_DAYS_OFF", 1):
        # A person may stand in several rows: days off add up.
        away[parts[0]] = (*away.get(parts[0], ()), *(lines.number(x, line) for x in parts[1:] if x))
        away_at.setdefault(parts[0], line)
    for line, parts in lines.rows("SECTION_STAFF", 8):
        most = {}
        for pair in parts[1].split("|"):
            shift, _, count = pair.partition("=")
            most[shift] = lines.number(count, line)
        numbers = [lines.number(x, line) for x in parts[2:8]]
        contracts.append(_contract(parts[0], most, numbers[1], numbers[0], *numbers[2:], days=days))
        people.append(Person(id=parts[0], contract=parts[0], away=away.get(parts[0], ())))
    for who in sorted(set(away) - {q.id for q in people}, key=lambda who: away_at[who]):
        raise lines.bad(away_at[who], f"SECTION_STAFF里没有{who}", f"{who} is not in SECTION_STAFF")
    wishes = []
    for section, wants in (("SECTION_SHIFT_ON_REQUESTS", True), ("SECTION_SHIFT_OFF_REQUESTS", False)):
        for line, parts in lines.rows(section, 4):
            day, weight = lines.number(parts[1], line), lines.number(parts[3], line)
            wishes.append(Wish(person=parts[0], day=day, shift=parts[2], wants=wants, weight=weight))
    cover = []
    for line, parts in lines.rows("SECTION_COVER", 5):
        day, need, under, over = (lines.number(parts[i], line) for i in (0, 2, 3, 4))
        cover.append(Cover(day=day, shift=parts[1], need=need, under=under, over=over))
    return Problem(
        days=days, shifts=tuple(shifts), contracts=tuple(contracts), people=tuple(people), cover=tuple(cover),
        wishes=tuple(wishes),
    )  # fmt: skip


def _from_json(text: str, name: str) -> Problem:
    try:
        data: dict[str, Any] = parsed(text, name)
        days = data["nDays"]
        ids = [s["id"] for s in data["shifts"] if s["id"] != "_off"]
        shifts = [
            _shift(s["id"], s["length"], tuple(s.get("forbiddenFollowingShifts") or ()))
            for s in data["shifts"]
            if s["id"] != "_off"
        ]
        contracts, people, wishes, cover = [], [], [], []
        for row in data["staffs"]:
            most = dict(zip(ids, row["maxShifts"], strict=False))
            contracts.append(
                _contract(
                    row["id"],
                    most,
                    row["minTotalMinutes"],
                    row["maxTotalMinutes"],
                    row["maxConsecutiveShifts"],
                    row["minConsecutiveShifts"],
                    row["minConsecutiveDaysOff"],
                    row["maxWeekends"],
                    days=days,
                )
            )
            people.append(Person(id=row["id"], contract=row["id"], away=tuple(row.get("daysOff") or ())))
            for key, wants in (("onRequests", True), ("offRequests", False)):
                for r in row.get(key) or ():
                    wishes.append(
                        Wish(person=row["id"], day=r["day"], shift=r["shift"], wants=wants, weight=r["weight"])
                    )
        for day, needs in enumerate(data["covers"]):
            for shift, c in zip(ids, needs, strict=False):
                under, over = c["weightIfUnder"], c["weightIfOver"]
                cover.append(Cover(day=day, shift=shift, need=c["requirement"], under=under, over=over))
    except (ValueError, KeyError, TypeError) as error:
        said = Said(f"读不懂：{error!r}", f"cannot be understood: {error!r}")
        raise BadProblem(name, said) from error
    return Problem(
        days=days, shifts=tuple(shifts), contracts=tuple(contracts), people=tuple(people), cover=tuple(cover),
        wishes=tuple(wishes),
    )  # fmt: skip


def _shift(name: str, minutes: int, after: tuple[str, ...]) -> Shift:
    # The files state lengths only; what may follow is listed, so the time of day plays no part.
    return Shift(id=name, start=0, minutes=minutes, not_before=after)


def _contract(
    name: str, most: dict[str, int], low: int, high: int, run_most: int, run_least: int, off_least: int, weekends: int,
    *, days: int,
) -> Contract:  # fmt: skip
    return Contract(
        id=name,
        minutes=Band(least=low, most=high),
        run=Band(least=run_least, most=run_most),
        off=Band(least=off_least),
        weekends=Band(most=weekends),
        of_shift={shift: Band(most=count) for shift, count in most.items() if count < days},
    )
