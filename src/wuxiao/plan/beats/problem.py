"""What a problem of beats is - responsibility fields and patrol rounds - and what a plan of beats is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from wuxiao.plan.form import BadProblem, Head, Said
from wuxiao.plan.store import Floats, Ints, frozen

VERSION = "1"
_NONE_F = np.zeros(0)
_NONE_I = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Units (grids, blocks) to be gathered into fields, and streets to be patrolled in shifts.

    n units: `units` their ids; `work` of each (hours a week, or what one measures work by); `area` in square metres,
    `perimeter` in metres; `pairs` (m, 2) rows of units that share a border of `border` metres; `place` (n, 2) metres.
    They make `fields` connected fields whose work is within `tolerance` (a share) of the mean. `before` is the field of
    each unit in an earlier plan (empty: none); at most the share `moved_share` of the work may change field.
    s streets: `streets` their ids; `ends` (s, 2) crossings, numbered from 0; `metres`; `level` 0, 1, 2 … (what a level
    means is the town's own rule); `street_unit` the row of the unit it counts for.
    `visits` is how often a day each level must be patrolled (0.5: every second day), `pace` metres a minute by level;
    the plan runs over `days` of `shifts` shifts of `minutes` each, with one patrol in every field and shift.
    Every unit gets at least `floor` street visits a day on the mean. `random_low` to `random_high` is the share of all
    minutes walked that is drawn by lot.
    """

    units: tuple[str, ...]
    work: Floats
    area: Floats
    perimeter: Floats
    pairs: Ints
    border: Floats
    fields: int
    streets: tuple[str, ...]
    ends: Ints
    metres: Floats
    level: Ints
    street_unit: Ints
    visits: Floats
    pace: Floats
    place: Floats = field(default_factory=lambda: _NONE_F)
    tolerance: float = 0.1
    before: Ints = field(default_factory=lambda: _NONE_I)
    moved_share: float = 1.0
    days: int = 14
    shifts: int = 3
    minutes: float = 240.0
    floor: float = 0.0
    random_low: float = 0.05
    random_high: float = 0.10

    def __post_init__(self) -> None:
        n, s = len(self.units), len(self.streets)
        for name, words in (("units", self.units), ("streets", self.streets)):
            seen: set[str] = set()
            for row, word in enumerate(words):
                if word in seen:
                    raise BadProblem(name, Said(f"编号“{word}”重复", f"the id “{word}” is there twice"), row)
                seen.add(word)
            if not words:
                raise BadProblem(name, Said("是空的", "is empty"))
        for name, rows, dtype, low in (
            ("work", n, np.float64, 0.0), ("area", n, np.float64, None), ("perimeter", n, np.float64, None),
            ("metres", s, np.float64, None), ("level", s, np.int64, 0), ("street_unit", s, np.int64, 0),
            ("border", len(self.pairs), np.float64, None), ("visits", None, np.float64, 0.0),
            ("pace", None, np.float64, None), ("before", n if len(self.before) else 0, np.int64, 0),
        ):  # fmt: skip
            values = frozen(getattr(self, name), dtype, name)
            object.__setattr__(self, name, values)
            if rows is not None and len(values) != rows:
                raise BadProblem(
                    name, Said(f"应有{rows}行，实有{len(values)}行", f"must have {rows} rows, has {len(values)}")
                )
            bad = np.flatnonzero(values <= 0.0 if low is None else values < low)
            if len(bad):
                said = Said(
                    "须大于0" if low is None else "不能小于0",
                    "must be above 0" if low is None else "must not be below 0",
                )
                raise BadProblem(name, said, int(bad[0]))
        for name, top in (("pairs", n), ("ends", None)):
            values = frozen(getattr(self, name), np.int64, name, dimensions=2)
            object.__setattr__(self, name, values)
            if len(values) and values.shape[1] != 2:
                raise BadProblem(name, Said("每行应有两个数", "each row must hold two numbers"))
            out = np.flatnonzero(((values < 0) | (values >= (top if top is not None else 1 << 40))).any(axis=1))
            if len(out):
                raise BadProblem(name, Said("行号不存在", "names a row there is not"), int(out[0]))
        if len(self.ends) != s:
            raise BadProblem(
                "ends", Said(f"应有{s}行，实有{len(self.ends)}行", f"must have {s} rows, has {len(self.ends)}")
            )
        object.__setattr__(self, "place", frozen(self.place, np.float64, "place", dimensions=2))
        if len(self.place) and self.place.shape != (n, 2):
            raise BadProblem("place", Said(f"应有{n}行两列", f"must have {n} rows of two columns"))
        self._settings(n)
        self._levels(n)
        self._joined()

    def _settings(self, n: int) -> None:
        for name, low, high in (
            ("tolerance", 0.0, 1.0), ("moved_share", 0.0, 1.0), ("minutes", 1.0, 1440.0), ("floor", 0.0, 1000.0),
            ("random_low", 0.0, 0.5), ("random_high", 0.0, 0.5), ("fields", 1, n), ("days", 1, 366), ("shifts", 1, 24),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadProblem(name, Said(f"须在{low:g}与{high:g}之间", f"must lie between {low:g} and {high:g}"))
        if self.random_low > self.random_high:
            raise BadProblem("random_low", Said("下限高于上限", "the low end is above the high one"))
        if self.shifts * self.minutes > 1440.0 + 1e-9:
            raise BadProblem("minutes", Said("一天的各班加起来超过24小时", "the shifts of a day exceed 24 hours"))
        if float(self.work.sum()) <= 0.0:
            raise BadProblem("work", Said("全部为0，无从均衡", "is 0 everywhere: nothing to balance"))

    def _levels(self, n: int) -> None:
        if len(self.pace) != len(self.visits):
            raise BadProblem("pace", Said("须与visits同样多", "must be as many as visits"))
        far = np.flatnonzero(self.level >= len(self.visits))
        if len(far):
            raise BadProblem(
                "level", Said("没有这个级别的巡逻频次", "has no visit frequency for this level"), int(far[0])
            )
        out = np.flatnonzero(self.street_unit >= n)
        if len(out):
            raise BadProblem("street_unit", Said("没有这个单元", "names a unit there is not"), int(out[0]))
        often = np.flatnonzero(np.ceil(self.visits - 1e-9) > self.shifts)
        if len(often):
            said = Said(
                f"一天只有{self.shifts}班，每班每街最多算一次，请增加班次或降低频次",
                f"a day has {self.shifts} shifts, each counts once for a street: add shifts or ask for less",
            )
            raise BadProblem("visits", said, int(often[0]))
        wide = np.flatnonzero(self.metres > 20_000.0)
        if len(wide):
            said = Said("一段街超过20公里，单位应为米", "one street is over 20 km: give metres")
            raise BadProblem("metres", said, int(wide[0]))

    def _joined(self) -> None:
        near: dict[int, list[int]] = {}
        for row, (a, b) in enumerate(self.ends.tolist()):
            near.setdefault(a, []).append(row)
            near.setdefault(b, []).append(row)
        reached, todo = {0}, [0]
        while todo:
            for crossing in self.ends[todo.pop()].tolist():
                for other in near[crossing]:
                    if other not in reached:
                        reached.add(other)
                        todo.append(other)
        if len(reached) < len(self.streets):
            row = next(r for r in range(len(self.streets)) if r not in reached)
            said = Said(
                f"街段“{self.streets[row]}”与第一段不相通，请补上缺的街段",
                f"street “{self.streets[row]}” cannot be reached from the first: add what is missing",
            )
            raise BadProblem("ends", said, row)

    @property
    def minutes_of(self) -> Floats:
        """Return the minutes one walk along each street takes."""
        out: Floats = self.metres / self.pace[self.level]
        return out

    def window(self, level: int) -> tuple[int, int]:
        """Return (days, visits): so many visits in every so many days is what a level is owed; (0, 0) for none."""
        often = float(self.visits[level])
        if often <= 0.0:
            return 0, 0
        return (1, math.ceil(often - 1e-9)) if often > 1.0 - 1e-9 else (max(1, math.floor(1.0 / often + 1e-9)), 1)


#: What a walked street counts as in a round.
PASSED, ASKED, RANDOM = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One patrol: leaves its field's base `start` minutes into the shift and walks `steps` (rows of streets) in turn.

    `kind` says of every step whether it is on the way (0), an asked visit (1) or drawn by lot (2).
    """

    day: int
    shift: int
    field: int
    start: float
    minutes: float
    steps: Ints
    kind: Ints

    def __post_init__(self) -> None:
        for name in ("steps", "kind"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int64, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The field of every unit, the base crossing of every field, and all rounds, with figures.

    `entropy`: mean over streets of the entropy of the hours (quarters of a shift) of its visits, as a share of the most
    that so many visits can have.
    `foretold`: how often one who has seen all other days and bets for every street and day on its most (or its least,
    whichever pays) frequent quarter of a shift meets the patrol; `chance`: how often a blind bet does. `gap_spread`:
    mean coefficient of variation of the times between visits (0: by the clock, 1: as by chance).
    """

    head: Head
    unit_field: Ints
    bases: Ints
    work: Floats
    rounds: tuple[Round, ...]
    moved: float
    asked_minutes: float
    walked_minutes: float
    random_share: float
    entropy: float
    foretold: float
    chance: float
    gap_spread: float
    reasons: tuple[Said, ...] = ()

    def __post_init__(self) -> None:
        for name, dtype in (("unit_field", np.int64), ("bases", np.int64), ("work", np.float64)):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, name))

    def why(self) -> tuple[Said, ...]:
        """Return the reasons for the plan in plain words, the weightiest first."""
        return self.reasons
