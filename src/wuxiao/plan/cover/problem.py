"""The question of where units should stand, and the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from wuxiao.plan.form import BadProblem, Head, Said
from wuxiao.plan.store import Floats, Ints, frozen

Kind = Literal["covering", "median", "centre", "table"]

#: Minutes beyond which a table of times is taken for seconds or metres.
A_DAY = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One standard of service: a demand point counts `weight` when a unit stands within `minutes`.

    With `units` the level has that many units of its own (levels from the lowest to the highest; a unit of a higher
    level also serves the levels below it, within their minutes; Moore and ReVelle 1982). Without, all levels are
    standards for the same units.
    """

    name: str
    minutes: float
    weight: float = 1.0
    units: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Demand points, standby points, times between them, and what is wanted.

    `kind` is ``covering`` (most demand within the levels' minutes; with `busy` above zero the expected demand when each
    unit is busy that share of its time, Daskin 1983), ``median`` (least demand-weighted time), ``centre`` (least
    longest time), or ``table`` (one set of points for every number of idle units from 1 to `p`, no more than `moves`
    of them given up between neighbours; Gendreau, Laporte, Semet 2006).

    `times` is one row a demand point, one column a standby point, in `unit`; infinite means there is no way. `demand`
    is calls or households, not below zero. `room` is how many units may stand at a point (empty: one). `now` are the
    points where units stand, one entry a unit; with `moves` at most so many of these units leave (relocation).
    `between` are the times from point to point, wanted to say which unit goes where. `floor_minutes` is the floor of
    service: every demand point must have a unit within it. `idle_share` weighs the rows of a table (empty: equal).
    """

    kind: Kind
    times: Floats
    demand: Floats
    p: int
    levels: tuple[Level, ...] = ()
    busy: float = 0.0
    room: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    now: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    moves: int | None = None
    between: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    floor_minutes: float | None = None
    idle_share: Floats = field(default_factory=lambda: np.zeros(0))
    unit: Literal["minutes", "metres"] = "minutes"
    demand_names: tuple[str, ...] = ()
    site_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "times", _times(self.times, "times"))
        put(self, "demand", frozen(self.demand, np.float64, "demand"))
        put(self, "room", frozen(self.room, np.int64, "room"))
        put(self, "now", frozen(self.now, np.int64, "now"))
        put(self, "between", _times(self.between, "between"))
        put(self, "idle_share", frozen(self.idle_share, np.float64, "idle_share"))
        _shape(self)
        _units(self)
        _levels(self)
        _wants(self)

    @property
    def points(self) -> int:
        """Return the number of demand points."""
        return int(self.times.shape[0])

    @property
    def sites(self) -> int:
        """Return the number of standby points."""
        return int(self.times.shape[1])

    @property
    def rooms(self) -> Ints:
        """Return how many units may stand at each point."""
        return self.room if len(self.room) else np.ones(self.sites, np.int64)

    @property
    def kept(self) -> int:
        """Return how many of the units standing now must stay where they are."""
        if self.moves is None or not len(self.now) or self.kind == "table":
            return 0
        return max(0, min(len(self.now), self.p) - self.moves)

    @property
    def own_units(self) -> bool:
        """Return whether levels have units of their own."""
        return any(level.units is not None for level in self.levels)

    def site(self, j: int) -> str:
        """Return a standby point's name, or its number where it has none."""
        return self.site_names[j] if self.site_names else f"#{j}"

    def point(self, i: int) -> str:
        """Return a demand point's name, or its number where it has none."""
        return self.demand_names[i] if self.demand_names else f"#{i}"


def _times(values: object, where: str) -> Floats:
    array: Floats = frozen(values, np.float64, where, dimensions=2, finite=False)
    bad = np.argwhere(np.isnan(array) | (array < 0))
    if len(bad):
        i, j = map(int, bad[0])
        said = Said(f"第{j}列不是数或小于零；没有路请写inf", f"column {j} is no number or below zero; no way is inf")
        raise BadProblem(where, said, i)
    return array


def _shape(it: Problem) -> None:
    n, m = it.times.shape
    if n == 0 or m == 0:
        raise BadProblem("times", Said("至少要有一个需求点和一个驻点", "at least one demand and one standby point"))
    if len(it.demand) != n:
        said = Said(
            f"应有{n}个数（每个需求点一个），实有{len(it.demand)}", f"{n} numbers wanted, found {len(it.demand)}"
        )
        raise BadProblem("demand", said)
    low = np.flatnonzero(it.demand < 0)
    if len(low):
        raise BadProblem("demand", Said("需求不能小于零", "demand cannot be below zero"), int(low[0]))
    if not it.demand.sum() > 0:
        raise BadProblem("demand", Said("需求全为零", "all demand is zero"))
    if len(it.room) not in (0, m):
        raise BadProblem("room", Said(f"应有{m}个数或留空", f"{m} numbers wanted, or none"))
    low = np.flatnonzero(it.room < 0)
    if len(low):
        raise BadProblem("room", Said("容量不能小于零", "room cannot be below zero"), int(low[0]))
    off = np.flatnonzero((it.now < 0) | (it.now >= m))
    if len(off):
        raise BadProblem("now", Said(f"没有这个驻点，应在0到{m - 1}", f"no such point: give 0 to {m - 1}"), int(off[0]))
    if it.between.size and it.between.shape != (m, m):
        raise BadProblem("between", Said(f"应为{m}行{m}列", f"must have {m} rows and {m} columns"))
    for name, names, count in (("demand_names", it.demand_names, n), ("site_names", it.site_names, m)):
        if names and len(names) != count:
            raise BadProblem(name, Said(f"应有{count}个名称", f"{count} names wanted"))
        seen: dict[str, int] = {}
        for k, one in enumerate(names):
            if one in seen:
                raise BadProblem(name, Said(f"“{one}”与第{seen[one]}个重复", f"“{one}” is row {seen[one]} too"), k)
            seen[one] = k


def _units(it: Problem) -> None:
    if it.unit != "minutes":
        return
    known = it.times[np.isfinite(it.times)]
    if known.size and float(np.median(known)) > A_DAY:
        said = Said("一半以上超过一天：单位应是分钟，不是秒或米（米请写unit=metres）",
                    "half exceed a day: the unit is minutes, not seconds or metres (metres: unit=metres)")  # fmt: skip
        raise BadProblem("times", said)


def _levels(it: Problem) -> None:
    if it.kind in ("covering", "table") and not it.levels:
        raise BadProblem("levels", Said("覆盖问题至少要一个等级", "covering needs at least one level"))
    nearest = it.times.min(axis=1)
    seen: set[str] = set()
    for k, level in enumerate(it.levels):
        if level.name in seen:
            raise BadProblem("levels", Said(f"名称“{level.name}”重复", f"the name “{level.name}” is there twice"), k)
        seen.add(level.name)
        if not (level.minutes >= 0 and math.isfinite(level.minutes)):
            raise BadProblem("levels", Said("minutes应是不小于零的数", "minutes must be a number not below zero"), k)
        if not (level.weight > 0 and math.isfinite(level.weight)):
            raise BadProblem("levels", Said("weight应大于零", "weight must be above zero"), k)
        if (level.units is None) == it.own_units:
            raise BadProblem("levels", Said("units要么每级都写，要么都不写", "units: every level or none"), k)
        if level.units is not None and level.units < 0:
            raise BadProblem("levels", Said("units不能小于零", "units cannot be below zero"), k)
        if not (nearest <= level.minutes).any():
            said = Said(f"没有驻点能在{level.minutes:g}内到达任何需求点，单位对吗？",
                        f"no point reaches any demand within {level.minutes:g}: is the unit right?")  # fmt: skip
            raise BadProblem("levels", said, k)
    total = sum(level.units or 0 for level in it.levels)
    if it.own_units and total != it.p:
        raise BadProblem(
            "p", Said(f"各级units之和是{total}，p是{it.p}", f"the levels' units sum to {total}, p is {it.p}")
        )


def _wants(it: Problem) -> None:
    if it.p < 1:
        raise BadProblem("p", Said("至少一个单元", "at least one unit"))
    if it.p > int(it.rooms.sum()):
        raise BadProblem(
            "p", Said(f"驻点只容得下{it.rooms.sum()}个", f"the points have room for {it.rooms.sum()} only")
        )
    if not 0 <= it.busy < 1:
        raise BadProblem("busy", Said("忙的份额应在0与1之间", "the busy share must be from 0 to below 1"))
    simple = it.kind in ("median", "centre")
    if simple and (len(it.room) and (it.room != 1).any()):
        raise BadProblem("room", Said("中位与中心问题每点一个单元", "median and centre: one unit a point"))
    if simple and (it.levels or it.busy):
        name = "levels" if it.levels else "busy"
        raise BadProblem(name, Said("只用于covering与table", "for covering and table only"))
    if it.kind == "table" and it.own_units:
        raise BadProblem("levels", Said("table不分各级单元", "a table has no units of their own by level"))
    if it.moves is not None and it.moves < 0:
        raise BadProblem("moves", Said("不能小于零", "cannot be below zero"))
    if it.kind == "table" and it.moves is None:
        raise BadProblem("moves", Said("table要写每步最多移动几个", "a table needs the limit on moves"))
    if it.own_units and len(it.now):
        raise BadProblem("now", Said("各级有各自单元时不支持now", "not with units of their own by level"))
    held = np.bincount(it.now, minlength=it.sites) if len(it.now) else np.zeros(it.sites, np.int64)
    over = np.flatnonzero(held > it.rooms)
    if len(over):
        j = int(over[0])
        raise BadProblem("now", Said(f"驻点{it.site(j)}站不下{held[j]}个", f"{it.site(j)} has no room for {held[j]}"))
    if len(it.idle_share) not in (0, it.p if it.kind == "table" else 0):
        raise BadProblem("idle_share", Said("仅用于table，应有p个数", "for a table only: p numbers"))
    low = np.flatnonzero(it.idle_share < 0)
    if len(low) or (len(it.idle_share) and not it.idle_share.sum() > 0):
        raise BadProblem("idle_share", Said("不能小于零，也不能全为零", "not below zero and not all zero"))
    if it.floor_minutes is not None:
        if it.kind == "table":
            raise BadProblem("floor_minutes", Said("table没有保底", "a table has no floor"))
        if not it.floor_minutes >= 0:
            raise BadProblem("floor_minutes", Said("不能小于零", "cannot be below zero"))
    limit = it.floor_minutes if it.floor_minutes is not None else math.inf
    if it.floor_minutes is not None or simple:
        nearest = it.times[:, it.rooms > 0].min(axis=1)
        lost = np.flatnonzero((nearest > limit) | ~np.isfinite(nearest))
        if len(lost):
            i = int(lost[0])
            said = Said(f"需求点{it.point(i)}没有驻点能到达（路网不连通，或超出保底时间）",
                        f"no standby point reaches {it.point(i)} (not connected, or beyond the floor)")  # fmt: skip
            raise BadProblem("times", said, i)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One unit's way from where it stands to where it should stand; minutes are None without `between`."""

    start: int
    end: int
    minutes: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table: with so many idle units they stand at these points."""

    idle: int
    sites: Ints
    objective: float
    bound: float | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sites", frozen(self.sites, np.int64, "sites"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """What follows if the demand this plan serves worst is under-reported by `share`.

    `planned` is the plan's figure with the reported demand, `true` its figure with the demand that would then be true,
    `again` what a plan made for that demand reaches (same units, a short search): covered share for covering and
    tables, mean time for median.
    """

    share: float
    planned: float
    true: float
    again: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where the units stand: `sites` one entry a unit, sorted; with own units by level `unit_levels` says whose.

    `level_shares` is the (expected) share of demand served at each level, `mean_time` and `longest_time` are to the
    nearest unit over the demand that can be reached, `unserved` are the demand points outside every level's reach.
    `relocation` says which unit goes where when `now` is given; `table` holds the rows of a table, and then `sites`
    is the row with all units idle.
    """

    head: Head
    kind: Kind
    sites: Ints
    unit_levels: Ints
    level_shares: Floats
    mean_time: float
    longest_time: float
    unserved: Ints
    relocation: tuple[Move, ...] = ()
    table: tuple[Row, ...] = ()
    under_reporting: tuple[Under, ...] = ()

    def __post_init__(self) -> None:
        for name in ("sites", "unit_levels", "unserved"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int64, name))
        object.__setattr__(self, "level_shares", frozen(self.level_shares, np.float64, "level_shares"))

    def why(self) -> tuple[Said, ...]:
        """Return what weighed, how it stands with under-reporting, and what is not guaranteed."""
        from wuxiao.plan.cover.words import reasons

        return reasons(self)
