"""The two international nurse rostering competitions: INRC-I (XML) and INRC-II (its text files, all weeks at once)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException, ElementTree

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.roster.problem import (
    Band,
    Contract,
    Cover,
    Pattern,
    Person,
    Problem,
    Shift,
    Step,
    Wish,
)

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


# ------------------------------------------------------------------------------------------------------------- INRC-I


def read_inrc1(path: Path) -> Problem:
    """Return an INRC-I instance: cover is exact and hard, everything else is soft, nothing lies beyond the edges.

    Raises `BadProblem` naming the element that is missing or wrong.
    """
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except (OSError, ElementTree.ParseError, DefusedXmlException) as error:
        raise BadProblem(path.name, Said(f"不是可读的XML：{error}", f"is no readable XML: {error}")) from error
    start, end = dt.date.fromisoformat(_text(root, "StartDate")), dt.date.fromisoformat(_text(root, "EndDate"))
    shifts = tuple(_inrc1_shift(e) for e in _all(root, "ShiftTypes/Shift") + _all(root, "ShiftTypes/ShiftType"))
    patterns = {e.get("ID", ""): _inrc1_pattern(e) for e in _all(root, "Patterns/Pattern")}
    people = tuple(
        Person(
            id=e.get("ID", ""),
            contract=_text(e, "ContractID"),
            skills=tuple(_words(k) for k in _all(e, "Skills/Skill")),
        )
        for e in _all(root, "Employees/Employee")
    )
    return Problem(
        days=(end - start).days + 1,
        first=start.weekday(),
        edges="shut",
        shifts=shifts,
        contracts=tuple(_inrc1_contract(e, patterns) for e in _all(root, "Contracts/Contract")),
        people=people,
        cover=tuple(_inrc1_cover(root, start, end)),
        wishes=tuple(_inrc1_wishes(root, start)),
    )


def _all(element: Element, path: str) -> list[Element]:
    return list(element.findall(path))


def _words(element: Element) -> str:
    return (element.text or "").strip()


def _text(element: Element, name: str) -> str:
    found = element.find(name)
    if found is None or not _words(found):
        raise BadProblem(f"{element.tag}.{name}", Said("缺少此项", "this element is missing"))
    return _words(found)


def _inrc1_shift(e: Element) -> Shift:
    def minutes(name: str) -> int:
        hours, mins, *_ = _text(e, name).split(":")
        return int(hours) * 60 + int(mins)

    start, end = minutes("StartTime"), minutes("EndTime")
    # Rest is a soft pattern in these files: length is cut to what remains of the day, so that none is forbidden.
    length = (end - start) % 1440 or 1440
    night = start > end
    return Shift(
        id=e.get("ID", ""),
        start=0,
        minutes=length,
        night=night,
        skills=tuple(_words(k) for k in _all(e, "Skills/Skill")),
    )


def _inrc1_pattern(e: Element) -> Pattern:
    steps = []
    for entry in _all(e, "PatternEntries/PatternEntry"):
        shift, day = _text(entry, "ShiftType"), _text(entry, "Day")
        name = {"Any": "*", "None": "-"}.get(shift, shift)
        steps.append(Step(shift=name, weekday=_DAYS.index(day) if day in _DAYS else -1))
    return Pattern(steps=tuple(steps), weight=int(e.get("weight", "1")))


def _inrc1_contract(e: Element, patterns: dict[str, Pattern]) -> Contract:
    def weight(name: str) -> int:
        found = e.find(name)
        if found is None or found.get("on") == "0" or _words(found) == "false":
            return 0
        return int(found.get("weight", "0"))

    def band(what: str) -> Band:
        low, high = weight(f"Min{what}"), weight(f"Max{what}")
        return Band(
            least=int(_text(e, f"Min{what}")) if low else 0,
            most=int(_text(e, f"Max{what}")) if high else None,
            under=low,
            over=high,
        )

    weekend = e.find("WeekendDefinition")
    named = _words(weekend) if weekend is not None else "SaturdaySunday"
    weekend_most = weight("MaxWorkingWeekendsInFourWeeks")
    return Contract(
        id=e.get("ID", ""),
        shifts=band("NumAssignments"),
        run=band("ConsecutiveWorkingDays"),
        off=band("ConsecutiveFreeDays"),
        weekend_run=band("ConsecutiveWorkingWeekends"),
        weekends=Band(most=int(_text(e, "MaxWorkingWeekendsInFourWeeks")), over=weekend_most)
        if weekend_most
        else Band(),
        weekend_days=tuple(i for i, name in enumerate(_DAYS) if name in named),
        split_weekend=weight("CompleteWeekends"),
        mixed_weekend=weight("IdenticalShiftTypesDuringWeekend"),
        night_before_free=weight("NoNightShiftBeforeFreeWeekend"),
        unskilled=weight("AlternativeSkillCategory"),
        unwanted=tuple(patterns[_words(p)] for p in _all(e, "UnwantedPatterns/Pattern")),
    )


def _inrc1_cover(root: Element, start: dt.date, end: dt.date) -> Iterator[Cover]:
    by_weekday: dict[int, list[tuple[str, int]]] = {}
    by_date: dict[dt.date, list[tuple[str, int]]] = {}
    for e in _all(root, "CoverRequirements/DayOfWeekCover"):
        by_weekday[_DAYS.index(_text(e, "Day"))] = [
            (_text(c, "Shift"), int(_text(c, "Preferred"))) for c in _all(e, "Cover")
        ]
    for e in _all(root, "CoverRequirements/DateSpecificCover"):
        by_date[dt.date.fromisoformat(_text(e, "Date"))] = [
            (_text(c, "Shift"), int(_text(c, "Preferred"))) for c in _all(e, "Cover")
        ]
    for day in range((end - start).days + 1):
        date = start + dt.timedelta(days=day)
        for shift, need in by_date.get(date, by_weekday.get(date.weekday(), [])):
            yield Cover(day=day, shift=shift, need=need, under=None, over=None)


def _inrc1_wishes(root: Element, start: dt.date) -> Iterator[Wish]:
    for path, wants in (
        ("DayOffRequests/DayOff", False),
        ("DayOnRequests/DayOn", True),
        ("ShiftOffRequests/ShiftOff", False),
        ("ShiftOnRequests/ShiftOn", True),
    ):
        for e in _all(root, path):
            yield Wish(
                person=_text(e, "EmployeeID"),
                day=(dt.date.fromisoformat(_text(e, "Date")) - start).days,
                shift=_text(e, "ShiftTypeID") if "Shift" in path else "",
                wants=wants,
                weight=int(e.get("weight", "1")),
            )


# ------------------------------------------------------------------------------------------------------------ INRC-II


def read_inrc2(path: Path) -> Problem:
    """Return an INRC-II instance with all its weeks known at once.

    `path` is named as the competition names instances: ``n030w4_1_6-2-9-1`` (scenario, initial state, weeks), with any
    ending; the scenario, state and week files are read from its folder. Raises `BadProblem` naming file and line.
    """
    match = re.match(r"^(n\d+w\d+)_(\d+)_(\d+(?:-\d+)*)(?:\.\w+)?$", path.name)
    if match is None:
        wanted = Said("文件名应如 n030w4_1_6-2-9-1.txt", "the file's name must be like n030w4_1_6-2-9-1.txt")
        raise BadProblem(path.name, wanted)
    scenario, state, weeks = match[1], match[2], [int(w) for w in match[3].split("-")]
    said = _Words(path.parent / f"Sc-{scenario}.txt")
    kinds, bans, contracts, nurses = _scenario(said)
    count = 7 * len(weeks)
    groups = list(kinds)
    skills = sorted({k for _, _, ks in nurses for k in ks})
    shifts = tuple(
        Shift(id=f"{g}/{k}", group=g, start=0, minutes=480, night=g == "Night", skills=(k,), not_before=bans.get(g, ()))
        for g in groups
        for k in skills
    )
    tails = _state(_Words(path.parent / f"H0-{scenario}-{state}.txt"), groups, skills)
    cover: list[Cover] = []
    wishes: list[Wish] = []
    for number, week in enumerate(weeks):
        _week(_Words(path.parent / f"WD-{scenario}-{week}.txt"), 7 * number, skills, cover, wishes)
    used = tuple(
        Contract(
            id=name,
            shifts=Band(least=a, most=b, under=20, over=20),
            run=Band(least=c, most=d, under=30, over=30),
            off=Band(least=e, most=f, under=30, over=30),
            weekends=Band(most=g, over=30),
            runs_of={k: Band(least=low, most=high, under=15, over=15) for k, (low, high) in kinds.items()},
            split_weekend=30 if whole else 0,
        )
        for name, (a, b, c, d, e, f, g, whole) in contracts.items()
    )
    people = tuple(Person(id=name, contract=contract, skills=ks, before=tails[name]) for name, contract, ks in nurses)
    return Problem(days=count, shifts=shifts, contracts=used, people=people, cover=tuple(cover), wishes=tuple(wishes))


class _Words:
    """The lines of a file with their numbers, blank ones left out."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise BadProblem(path.name, Said(f"打不开文件：{error}", f"the file cannot be opened: {error}")) from error
        self.lines = [(i, line.strip()) for i, line in enumerate(text.splitlines(), 1) if line.strip()]

    def after(self, title: str) -> list[tuple[int, str]]:
        """Return the lines below a title, up to the next title."""
        for place, (_, line) in enumerate(self.lines):
            if line.split("=")[0].strip() == title:
                below = []
                for number, text in self.lines[place + 1 :]:
                    if re.match(r"^[A-Z][A-Z_]+(\s*=.*)?$", text):
                        break
                    below.append((number, text))
                return below
        raise BadProblem(self.name, Said(f"缺少{title}", f"{title} is missing"))

    def numbers(self, line: int, text: str) -> list[int]:
        found = [int(x) for x in re.findall(r"-?\d+", text)]
        if not found:
            raise BadProblem(f"{self.name} line", Said("这一行应有数", "numbers expected in this line"), line)
        return found


def _scenario(
    said: _Words,
) -> tuple[
    dict[str, tuple[int, int]], dict[str, tuple[str, ...]], dict[str, list[int]], list[tuple[str, str, tuple[str, ...]]]
]:
    kinds: dict[str, tuple[int, int]] = {}
    for line, text in said.after("SHIFT_TYPES"):
        low, high = said.numbers(line, text.split(" ", 1)[1])
        kinds[text.split()[0]] = (low, high)
    bans = {t.split()[0]: tuple(t.split()[2:]) for _, t in said.after("FORBIDDEN_SHIFT_TYPES_SUCCESSIONS")}
    contracts = {t.split()[0]: said.numbers(i, t.split(" ", 1)[1]) for i, t in said.after("CONTRACTS")}
    nurses = []
    for _, text in said.after("NURSES"):
        name, contract, _, *skills = text.split()
        nurses.append((name, contract, tuple(skills)))
    return kinds, bans, contracts, nurses


def _state(said: _Words, groups: list[str], skills: list[str]) -> dict[str, tuple[str, ...]]:
    """Return, for each nurse, last days that stand for the state: row of work, row of the last shift, row of rest."""
    tails: dict[str, tuple[str, ...]] = {}
    for line, text in said.after("NURSE_HISTORY"):
        name, _, _, last, *counts = text.split()
        same, work, rest = said.numbers(line, " ".join(counts))
        if last == "None":
            other = f"{groups[0]}/{skills[0]}"
            tails[name] = (other, *("",) * rest)
        else:
            same = min(same, work)
            # Days of the row before its last shifts were of some other kind, which one no longer matters.
            other = next(g for g in groups if g != last)
            earlier = (f"{other}/{skills[0]}",) * (work - same)
            tails[name] = ("", *earlier, *(f"{last}/{skills[0]}",) * same)
    return tails


def _week(said: _Words, start: int, skills: list[str], cover: list[Cover], wishes: list[Wish]) -> None:
    for line, text in said.after("REQUIREMENTS"):
        group, skill, rest = text.split(" ", 2)
        numbers = said.numbers(line, rest)
        if len(numbers) != 14:
            raise BadProblem(f"{said.name} line", Said("应有7对数", "seven pairs of numbers expected"), line)
        for day in range(7):
            least, best = numbers[2 * day], numbers[2 * day + 1]
            shift = f"{group}/{skill}"
            if least:
                cover.append(Cover(day=start + day, shift=shift, need=least))
            if best > least:
                cover.append(Cover(day=start + day, shift=shift, need=best, under=30))
    for _, text in said.after("SHIFT_OFF_REQUESTS"):
        name, group, weekday = text.split()
        # A request names the kind of shift; whatever skill it is done with counts.
        for shift in [""] if group == "Any" else [f"{group}/{skill}" for skill in skills]:
            wishes.append(Wish(person=name, day=start + _SHORT.index(weekday), shift=shift, weight=10))
