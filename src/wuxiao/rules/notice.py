"""What one State Council holiday notice decides, and the statutory days it must at least hold."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

from wuxiao.rules.words import Text

FIRST_YEAR = 2004
LAST_YEAR = 2050

STATUTE = "全国年节及纪念日放假办法（2024-11-10）"

ORDINARY_MAKE_UP = Text("调休上班", "make-up workday")
_NEW_YEAR = Text("元旦", "New Year's Day")
_SPRING = Text("春节", "Spring Festival")
_QINGMING = Text("清明节", "Qingming Festival")
_LABOUR = Text("劳动节", "Labour Day")
_DRAGON_BOAT = Text("端午节", "Dragon Boat Festival")
_MID_AUTUMN = Text("中秋节", "Mid-Autumn Festival")
_NATIONAL = Text("国庆节", "National Day")


def _read_lunar() -> dict[int, tuple[date, date, date, date]]:
    text = resources.files("wuxiao.rules.holidays").joinpath("lunar.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {
        int(row["year"]): (
            date.fromisoformat(row["spring_festival"]),
            date.fromisoformat(row["qingming"]),
            date.fromisoformat(row["dragon_boat"]),
            date.fromisoformat(row["mid_autumn"]),
        )
        for row in rows
    }


@lru_cache(maxsize=1)
def lunar() -> Mapping[int, tuple[date, date, date, date]]:
    """Return Spring Festival, Qingming, Dragon Boat and Mid-Autumn by year, for years that have no notice yet."""
    return MappingProxyType(_read_lunar())


@lru_cache(maxsize=128)
def statutory(year: int) -> Mapping[date, Text]:
    """Return the statutory days of a year; before 2027 only those of a fixed date that every text of the law has."""
    days = {date(year, 1, 1): _NEW_YEAR, date(year, 5, 1): _LABOUR}
    days.update((date(year, 10, d), _NATIONAL) for d in (1, 2, 3))
    if year in lunar():
        spring, qingming, dragon_boat, mid_autumn = lunar()[year]
        days.update((spring + timedelta(d), _SPRING) for d in (-1, 0, 1, 2))
        days[qingming] = _QINGMING
        days[date(year, 5, 2)] = _LABOUR
        days[dragon_boat] = _DRAGON_BOAT
        # Mid-Autumn can fall on National Day; the older name stays and the day is off either way.
        days.setdefault(mid_autumn, _MID_AUTUMN)
    return MappingProxyType(days)


@dataclass(frozen=True, slots=True)
class Notice:
    """The days one State Council notice decides: days off and worked weekend days, each with its holiday's name.

    Dates are of `year`, or of the December before it.
    """

    year: int
    source: str
    days_off: Mapping[date, Text]
    make_up: Mapping[date, Text]

    def problems(self) -> list[tuple[date | None, str]]:
        """Return what makes this notice impossible, as (date or None, reason); empty when it is sound."""
        out: list[tuple[date | None, str]] = []
        if not FIRST_YEAR <= self.year <= LAST_YEAR:
            return [(None, f"year {self.year} is outside {FIRST_YEAR}-{LAST_YEAR}")]
        if not self.source.strip():
            out.append((None, "source is empty: name the notice the days come from"))
        for day in [*self.days_off, *self.make_up]:
            if day.year != self.year and (day.year, day.month) != (self.year - 1, 12):
                out.append((day, f"{day} is neither in {self.year} nor in the December before it"))
        for day in self.make_up:
            if day in self.days_off:
                out.append((day, f"{day} is both a day off and a make-up workday"))
            elif day.weekday() < 5:
                out.append((day, f"{day} is a {day:%A}, already a workday: a make-up workday is a Saturday or Sunday"))
        for day, name in statutory(self.year).items():
            if day not in self.days_off:
                out.append((None, f"{day} ({name.zh} {name.en}) is a statutory day off but is not among the days off"))
        swapped = sum(day.weekday() < 5 for day in self.days_off)
        if not out and len(self.make_up) > swapped:
            out.append((None, f"{len(self.make_up)} make-up workdays but only {swapped} weekdays off"))
        return out
