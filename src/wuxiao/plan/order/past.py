"""What a place's past says on a morning: numbers from visits before that day and nothing else."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from wuxiao.plan.order.problem import Listed, Visits
from wuxiao.plan.order.words import YEAR
from wuxiao.plan.store import Floats

#: A finding weighs half after a year.
HALF_LIFE = YEAR
#: Where a place nobody has seen begins: so many visits of which this share had a critical (a serious) finding.
START, CRITICAL, SERIOUS = 3.0, 0.15, 0.18

#: The columns of `own`, each with the group under which it is told.
OWN: tuple[tuple[str, str], ...] = (
    ("critical_lately", "found"), ("serious_lately", "found"), ("critical_share", "found"),
    ("serious_share", "found"), ("minor_mean", "found"), ("clean_last", "found"), ("no_minor_last", "found"),
    ("never_seen", "seen"), ("seen_twice", "seen"), ("shortest_gap", "seen"),
    ("first_year", "licence"), ("first_two_years", "licence"), ("over_four_years", "licence"),
    ("licence_years", "licence"), ("never_seen_years", "licence"), ("licence_unknown", "licence"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """The visits of one place in the order of their days."""

    day: list[float]
    found: list[tuple[int, int, int]]

    def before(self, day: float) -> tuple[list[float], list[tuple[int, int, int]]]:
        """Return the visits before a day; one on the day itself is not before it."""
        cut = bisect_left(self.day, day)
        return self.day[:cut], self.found[:cut]


def by_place(visits: Visits) -> dict[str, Seen]:
    """Return the visits of every place."""
    rows = np.lexsort((visits.minor, visits.serious, visits.critical, visits.day))
    seen: dict[str, Seen] = {}
    for row in rows:
        one = seen.setdefault(visits.place[row], Seen([], []))
        one.day.append(float(visits.day[row]))
        one.found.append((int(visits.critical[row]), int(visits.serious[row]), int(visits.minor[row])))
    return seen


def own(seen: dict[str, Seen], place: Sequence[str], day: Floats, licensed: Floats) -> Floats:
    """Return the columns `OWN` for places as they were known on the morning of a day, a row each."""
    table = np.zeros((len(place), len(OWN)))
    nobody = Seen([], [])
    for row, name in enumerate(place):
        days, found = seen.get(name, nobody).before(float(day[row]))
        table[row] = _one(float(day[row]), days, found, float(licensed[row]))
    return table


def _one(today: float, days: list[float], found: list[tuple[int, int, int]], licensed: float) -> list[float]:
    number = len(days)
    critical = [1.0 if f[0] else 0.0 for f in found]
    serious = [1.0 if f[1] else 0.0 for f in found]
    weight = [0.5 ** ((today - d) / HALF_LIFE) for d in days]
    total = sum(weight)
    minor = sum(w * float(np.log1p(f[2])) for w, f in zip(weight, found, strict=True)) / total if total > 0 else 0.0
    gaps = [min((b - a) / YEAR, 2.0) for a, b in pairwise(days)]
    known = licensed == licensed
    years = max(0.0, (today - licensed) / YEAR) if known else 0.0
    never = 0.0 if number else 1.0
    return [
        sum(w * c for w, c in zip(weight, critical, strict=True)),
        sum(w * s for w, s in zip(weight, serious, strict=True)),
        (sum(critical) + START * CRITICAL) / (number + START),
        (sum(serious) + START * SERIOUS) / (number + START),
        minor,
        1.0 if number and not found[-1][0] and not found[-1][1] else 0.0,
        1.0 if number and not found[-1][2] else 0.0,
        never,
        1.0 if number > 1 else 0.0,
        min(gaps, default=1.0),
        1.0 if known and years < 1.0 else 0.0,
        1.0 if known and years < 2.0 else 0.0,
        1.0 if known and years > 4.0 else 0.0,
        float(np.log1p(years)),
        never * min(years, 4.0),
        0.0 if known else 1.0,
    ]  # fmt: skip


def sorts(kind: Sequence[str], lines: Sequence[Sequence[str]], columns: tuple[tuple[str, str], ...]) -> Floats:
    """Return a column for each (``kind`` or ``line``, name): whether a place is of that kind or has that line."""
    table = np.zeros((len(kind), len(columns)))
    for k, (what, name) in enumerate(columns):
        table[:, k] = [name == kind[r] if what == "kind" else name in lines[r] for r in range(len(kind))]
    return table


def known_sorts(visits: Visits | Listed, rows: Floats, least: float = 0.002) -> tuple[tuple[str, str], ...]:
    """Return the kinds and lines that at least a few of some rows have, in the order of their names."""
    need = max(5.0, least * len(rows))
    counts: dict[tuple[str, str], int] = {}
    for row in rows.astype(np.int64):
        for column in {("kind", visits.kind[row]), *(("line", line) for line in visits.lines[row])}:
            counts[column] = counts.get(column, 0) + 1
    return tuple(sorted(column for column, number in counts.items() if number >= need and column[1]))
