"""What a grid problem and a grid plan are."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from wuxiao.plan.form import BadProblem, Head, Said
from wuxiao.plan.store import Floats, Ints, frozen

VERSION = "1"
#: The band of seed 001 §二: households of a cell.
LOW, HIGH = 300.0, 500.0

_NONE_F = np.zeros(0)
_NONE_I = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Blocks to be gathered into grids of a number of households.

    n blocks: `blocks` their ids; `households` of each, not below zero; `area` in square metres and `perimeter`, the
    whole outline, in metres; `place` (n, 2) a point in each, metres, only to name and draw; `community` the index of
    the community a block lies in (a cell never crosses it), -1 for none, whose names and codes are `communities` and
    `community_codes`.
    m borders: `pairs` (m, 2) of rows of blocks that share a border of `border` metres, and `street`, how good a border
    of grids it is, 0 (a wall between yards, a lane) to 1 (a main street, a river, a railway).
    A cell holds `low` to `high` households, about `target` (None: the middle); an island or community gets the number
    of cells nearest to its households over `target`; `cells` sets it for a map that is all of one piece. `before` is
    the cell of each block in an earlier plan, -1 for none, a row of `before_codes`; of all households at most the share
    `moved_share` may come into a cell of another code. `fixed` is the code of the cell in which a block lies by a
    person's decision, "" where free; a cell whose code is in `sealed` holds its fixed blocks and no other.
    `forgive`: where no plan is in the band everywhere, give the best and list what is outside, rather than refuse.
    The objective is the sum of four shares, each times its weight: `weigh_compact` the mean over cells of 1 - 4 pi
    area / outline^2; `weigh_street` the metres of border between cells that are not good ones; `weigh_length` all
    metres of border between cells (both over 2 sqrt(whole area x cells wanted), about the least there can be);
    `weigh_moved` the share of households moved. `cut_blocks` names blocks that a reader cut into parts because alone
    they exceed the band; `drawn_together` counts borders whose two sides did not meet exactly.
    """

    blocks: tuple[str, ...]
    households: Floats
    area: Floats
    perimeter: Floats
    pairs: Ints
    border: Floats
    street: Floats
    place: Floats = field(default_factory=lambda: _NONE_F)
    community: Ints = field(default_factory=lambda: _NONE_I)
    communities: tuple[str, ...] = ()
    community_codes: tuple[str, ...] = ()
    low: float = LOW
    high: float = HIGH
    target: float | None = None
    cells: int | None = None
    before: Ints = field(default_factory=lambda: _NONE_I)
    before_codes: tuple[str, ...] = ()
    moved_share: float = 1.0
    fixed: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    forgive: bool = False
    weigh_compact: float = 1.0
    weigh_street: float = 0.35
    weigh_length: float = 0.0
    weigh_moved: float = 0.25
    cut_blocks: tuple[str, ...] = ()
    drawn_together: int = 0

    def __post_init__(self) -> None:
        n = len(self.blocks)
        if not n:
            raise BadProblem("blocks", Said("没有地块", "there are no blocks"))
        seen: dict[str, int] = {}
        for row, name in enumerate(self.blocks):
            if name in seen:
                other = seen[name]
                said = Said(f"编号“{name}”与第{other}行重复", f"the id “{name}” is that of row {other} too")
                raise BadProblem("blocks", said, row)
            seen[name] = row
        for name, low in (("households", 0.0), ("area", None), ("perimeter", None)):
            self._column(name, n, np.float64, low)
        self._column("pairs", None, np.int64, None, dimensions=2)
        m = len(self.pairs)
        if m and self.pairs.shape[1] != 2:
            raise BadProblem("pairs", Said("每行应是两个地块", "each row must hold two blocks"))
        self._column("border", m, np.float64, None)
        self._column("street", m, np.float64, 0.0)
        object.__setattr__(self, "place", frozen(self.place, np.float64, "place", dimensions=2))
        if len(self.place) and self.place.shape != (n, 2):
            raise BadProblem("place", Said(f"应有{n}行两列", f"must have {n} rows of two columns"))
        for name in ("community", "before"):
            values = getattr(self, name)
            self._column(name, n if len(values) else 0, np.int64, -1)
        self._settings()
        self._borders(n)
        self._outlines()
        self._numbers(n)

    def _column(
        self, name: str, rows: int | None, dtype: type[np.generic], low: float | None, dimensions: int = 1
    ) -> None:
        values = frozen(getattr(self, name), dtype, name, dimensions=dimensions)
        object.__setattr__(self, name, values)
        if rows is not None and len(values) != rows:
            raise BadProblem(
                name, Said(f"应有{rows}行，实有{len(values)}行", f"must have {rows} rows, has {len(values)}")
            )
        if dimensions == 1 and len(values):
            bad = np.flatnonzero(values <= 0.0 if low is None else values < low)
            if len(bad):
                floor = "大于0" if low is None else f"不小于{low:g}"
                wants = "above 0" if low is None else f"at least {low:g}"
                raise BadProblem(name, Said(f"须{floor}", f"must be {wants}"), int(bad[0]))

    def _settings(self) -> None:
        for name in ("low", "high", "moved_share", "weigh_compact", "weigh_street", "weigh_length", "weigh_moved"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise BadProblem(name, Said("须是不小于0的数", "must be a number not below 0"))
            object.__setattr__(self, name, float(value))
        if not 0.0 < self.low <= self.high:
            said = Said(
                f"户数范围{self.low:g}–{self.high:g}不成立，下限须大于0且不超过上限",
                f"the band {self.low:g}-{self.high:g} is impossible: the low must be above 0 and not above the high",
            )
            raise BadProblem("low", said)
        if self.target is not None and not self.low <= self.target <= self.high:
            raise BadProblem("target", Said("须在户数范围之内", "must lie inside the band"))
        if self.cells is not None and self.cells < 1:
            raise BadProblem("cells", Said("至少为1", "must be at least 1"))
        if self.moved_share > 1.0:
            raise BadProblem("moved_share", Said("是份额，不超过1", "is a share, not above 1"))
        total = float(self.households.sum())
        if total < self.low and not self.forgive:
            said = Said(
                f"共{total:g}户，不足一个网格的下限{self.low:g}户",
                f"{total:g} households in all are less than the {self.low:g} one cell must have",
            )
            raise BadProblem("households", said)

    def _borders(self, n: int) -> None:
        bad = np.flatnonzero((self.street > 1.0) | (self.street < 0.0))
        if len(bad):
            raise BadProblem("street", Said("须在0与1之间", "must lie between 0 and 1"), int(bad[0]))
        if not len(self.pairs):
            return
        out = np.flatnonzero(((self.pairs < 0) | (self.pairs >= n)).any(axis=1))
        if len(out):
            raise BadProblem("pairs", Said(f"行号须在0与{n - 1}之间", f"rows run from 0 to {n - 1}"), int(out[0]))
        same = np.flatnonzero(self.pairs[:, 0] == self.pairs[:, 1])
        if len(same):
            raise BadProblem("pairs", Said("地块不能与自身相邻", "a block is no neighbour of itself"), int(same[0]))
        key = np.sort(self.pairs, axis=1) @ np.array([n, 1])
        order = np.argsort(key, kind="stable")
        twice = np.flatnonzero(np.diff(key[order]) == 0)
        if len(twice):
            row = int(order[twice[0] + 1])
            raise BadProblem(
                "pairs", Said("这一对已经有了，请合并边长", "this pair is there already: add up the metres"), row
            )
        shared = np.bincount(self.pairs.ravel(), np.repeat(self.border, 2), n)
        over = np.flatnonzero(shared > self.perimeter * 1.01 + 1e-9)
        if len(over):
            row = int(over[0])
            said = Said(
                f"与邻块共边{shared[row]:.6g}，超过周长；周长和边长须用同一单位（米）",
                f"shares {shared[row]:.6g} with its neighbours, more than its outline: give both in metres",
            )
            raise BadProblem("perimeter", said, row)

    def _outlines(self) -> None:
        short = np.flatnonzero(self.perimeter**2 < 4.0 * math.pi * self.area * 0.98)
        if len(short):
            said = Said(
                "周长比同面积的圆还短，面积与周长的单位不一致（应为平方米与米）",
                "the outline is shorter than that of a circle of this area: units differ (give m² and m)",
            )
            raise BadProblem("perimeter", said, int(short[0]))

    def _numbers(self, n: int) -> None:
        count = int(self.community.max()) + 1 if len(self.community) else 0
        for name in ("communities", "community_codes"):
            words = getattr(self, name)
            if words and len(words) < count:
                said = Said(f"有{count}个社区，只给了{len(words)}个", f"{count} communities, only {len(words)} given")
                raise BadProblem(name, said)
        if len(set(self.community_codes)) < len(self.community_codes):
            raise BadProblem("community_codes", Said("有重复的代码", "a code is there twice"))
        cells = int(self.before.max()) + 1 if len(self.before) else 0
        if len(self.before_codes) < cells:
            said = Said(
                f"有{cells}个原网格，只给了{len(self.before_codes)}个代码",
                f"{cells} earlier cells, {len(self.before_codes)} codes",
            )
            raise BadProblem("before_codes", said)
        if len(set(self.before_codes)) < len(self.before_codes):
            raise BadProblem("before_codes", Said("有重复的代码", "a code is there twice"))
        if len(self.fixed) not in (0, n):
            raise BadProblem("fixed", Said(f"应有{n}行", f"must have {n} rows"))
        first: dict[str, int] = {}
        homes = self.homes
        for row, code in enumerate(self.fixed):
            if code and first.setdefault(code, int(homes[row])) != int(homes[row]):
                said = Said(f"网格{code}被指定跨社区", f"cell {code} is fixed across two communities")
                raise BadProblem("fixed", said, row)
        for row, code in enumerate(self.sealed):
            if code not in first:
                said = Said(f"封定的网格{code}没有固定的地块", f"sealed cell {code} has no fixed block")
                raise BadProblem("sealed", said, row)

    @property
    def middle(self) -> float:
        """Return the number of households a cell should have."""
        return (self.low + self.high) / 2.0 if self.target is None else self.target

    @property
    def homes(self) -> Ints:
        """Return the community of every block, 0 for all where none are given."""
        return self.community if len(self.community) else np.zeros(len(self.blocks), dtype=np.int64)

    @property
    def scale(self) -> float:
        """Return the metres by which border lengths are divided: about the least that so many cells can have."""
        wanted = max(1.0, float(self.households.sum()) / self.middle)
        return 2.0 * math.sqrt(float(self.area.sum()) * wanted)


#: Why a cell may be outside the band: it holds a block that alone exceeds it; its island or community holds too few or
#: an awkward number of households for any whole number of cells; or no way was found.
Kind = Literal["oversized", "community", "unfound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A cell outside the band and why."""

    cell: int
    kind: Kind
    households: float
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The cell of every block; the code, name, households, compactness and community of every cell; what is outside.

    `street_share` is the share of metres of border between cells that lies on good borders, weighted by how good;
    `moved` the share of households in another cell than before.
    """

    head: Head
    cell: Ints
    codes: tuple[str, ...]
    names: tuple[Said, ...]
    households: Floats
    compact: Floats
    community: Ints
    street_share: float
    border_metres: float
    moved: float
    outside: tuple[Outside, ...] = ()
    reasons: tuple[Said, ...] = ()

    def __post_init__(self) -> None:
        for name, dtype in (
            ("cell", np.int64),
            ("households", np.float64),
            ("compact", np.float64),
            ("community", np.int64),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, name))

    @property
    def in_band_share(self) -> float:
        """Return the share of cells in the band among those that hold no block exceeding it alone."""
        alone = sum(1 for o in self.outside if o.kind == "oversized")
        return 1.0 - (len(self.outside) - alone) / max(1, len(self.codes) - alone)

    @property
    def compactness(self) -> float:
        """Return the mean compactness of cells (Polsby-Popper)."""
        return float(self.compact.mean())

    def why(self) -> tuple[Said, ...]:
        """Return the reasons for the plan in plain words, the weightiest first."""
        return self.reasons
