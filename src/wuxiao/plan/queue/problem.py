"""The question and the answer of the hypercube: who is busy how much, and how long a call waits for whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from wuxiao.plan.form import BadProblem, Head, Said
from wuxiao.plan.shared.under_reporting import Variant, words
from wuxiao.plan.store import Floats, Ints, frozen

#: Beyond so many units the exact model needs more than 4 GB; the approximation is used.
EXACT_UNITS = 22
#: Longest mean work of one call in minutes.
MOST_BUSY = 7 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A candidate plan of units and the calls it must answer.

    `calls_per_hour[place]`; `minutes[unit, place]` is travel from the unit's standby point; `busy_minutes[unit]` is the
    mean time a call keeps the unit, travel included; `order[place]` lists units in the order they are sent, by travel
    time where it is not given. A call that finds all units busy `waits` in one line, or is `lost` to others.
    `late_minutes` is the promise; `grid[place]` groups places for the floor of service (each place by itself without
    it); `floor` is the least share of calls in time that every grid must see.
    """

    units: tuple[str, ...]
    places: tuple[str, ...]
    calls_per_hour: Floats
    minutes: Floats
    busy_minutes: Floats
    late_minutes: float = 8.0
    full: Literal["waits", "lost"] = "waits"
    method: Literal["auto", "exact", "approximate"] = "auto"
    order: Ints | None = None
    grid: Ints | None = None
    floor: float = 0.0

    def __post_init__(self) -> None:
        n, m = len(self.units), len(self.places)
        for name, ids in (("units", self.units), ("places", self.places)):
            if not ids:
                raise BadProblem(name, Said("至少要有一个", "at least one is needed"))
            seen: set[str] = set()
            for row, one in enumerate(ids):
                if one in seen:
                    raise BadProblem(name, Said(f"编号重复：{one}", f"the id {one} appears twice"), row)
                seen.add(one)
        set_ = object.__setattr__
        set_(self, "calls_per_hour", frozen(self.calls_per_hour, np.float64, "calls_per_hour"))
        set_(self, "minutes", frozen(self.minutes, np.float64, "minutes", dimensions=2))
        set_(self, "busy_minutes", frozen(self.busy_minutes, np.float64, "busy_minutes"))
        _shape("calls_per_hour", self.calls_per_hour.shape, (m,))
        _shape("minutes", self.minutes.shape, (n, m))
        _shape("busy_minutes", self.busy_minutes.shape, (n,))
        _least("calls_per_hour", self.calls_per_hour, 0.0)
        _least("minutes", self.minutes, 0.0)
        if not self.calls_per_hour.sum() > 0:
            raise BadProblem("calls_per_hour", Said("没有任何呼叫", "there is not one call"))
        bad = np.flatnonzero((self.busy_minutes <= 0) | (self.busy_minutes > MOST_BUSY))
        if len(bad):
            said = Said(
                f"须大于零、不超过{MOST_BUSY}分钟（一周）",
                f"must be above zero and at most {MOST_BUSY} minutes (a week)",
            )
            raise BadProblem("busy_minutes", said, int(bad[0]))
        if self.order is not None:
            set_(self, "order", frozen(self.order, np.int64, "order", dimensions=2))
            _shape("order", self.order.shape, (m, n))
            bad = np.flatnonzero((np.sort(self.order, axis=1) != np.arange(n)).any(axis=1))
            if len(bad):
                raise BadProblem(
                    "order", Said("每行须把每个单位列一次", "each row must list every unit once"), int(bad[0])
                )
        if self.grid is not None:
            set_(self, "grid", frozen(self.grid, np.int64, "grid"))
            _shape("grid", self.grid.shape, (m,))
            _least("grid", self.grid, 0)
        if not 0.0 <= self.floor <= 1.0:
            raise BadProblem("floor", Said("须在0与1之间", "must lie between 0 and 1"))
        if not self.late_minutes > 0:
            raise BadProblem("late_minutes", Said("须大于零（分钟）", "must be above zero (minutes)"))
        if self.method == "exact" and n > EXACT_UNITS:
            raise BadProblem(
                "method",
                Said(f"精确模型至多{EXACT_UNITS}个单位，现有{n}个，请用approximate",
                     f"the exact model takes at most {EXACT_UNITS} units, there are {n}: use approximate"),
            )  # fmt: skip
        work = float(self.calls_per_hour.sum()) / 60.0
        if self.full == "waits" and work >= float((1.0 / self.busy_minutes).sum()):
            raise BadProblem(
                "calls_per_hour",
                Said("呼叫多于全部单位所能应答，队伍会无限变长；请增单位或用lost",
                     "more calls than all units can answer, the line would grow for ever: add units or use lost"),
            )  # fmt: skip

    def sent_in_order(self) -> Ints:
        """Return for each place the units in the order they are sent."""
        if self.order is not None:
            return self.order
        found: Ints = np.argsort(self.minutes.T, axis=1, kind="stable").astype(np.int64)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the candidate plan gives.

    `load[unit]` is the share of time it is busy; `response[place]` mean minutes from call to arrival, waiting in line
    included; `late[place]` the share later than promised; `sent[unit, place]` the share of a place's answered calls the
    unit goes to; `all_busy` the share of calls that find no unit; `residual` the greatest imbalance of flow left, as a
    share of the calls' rate (None for the approximation). The objective is the mean response over all answered calls.
    """

    head: Head
    method: Literal["exact", "approximate"]
    load: Floats
    response: Floats
    late: Floats
    sent: Floats
    all_busy: float
    mean_response: float
    late_share: float
    residual: float | None
    under_floor: tuple[int, ...]
    under_reporting: tuple[Variant, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in ("load", "response", "late"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, name))
        object.__setattr__(self, "sent", frozen(self.sent, np.float64, "sent", dimensions=2))

    def why(self) -> tuple[Said, ...]:
        """Return what the figures say and what they do not promise."""
        top, low = int(np.argmax(self.load)), int(np.argmin(self.load))
        worst = int(np.argmax(self.response))
        said = [
            Said(
                f"平均{self.mean_response:.2f}分钟到场，{self.late_share:.1%}的呼叫超时；{self.all_busy:.2%}的呼叫遇上单位全忙。",
                f"Arrival after {self.mean_response:.2f} minutes on average, {self.late_share:.1%} of calls late; "
                f"{self.all_busy:.2%} of calls find all units busy.",
            ),
            Said(
                f"最忙的是第{top + 1}单位（{self.load[top]:.1%}的时间），"
                f"最闲的是第{low + 1}单位（{self.load[low]:.1%}）；"
                f"等得最久的是第{worst + 1}处（{self.response[worst]:.2f}分钟）。",
                f"Unit {top + 1} is the busiest ({self.load[top]:.1%} of the time), unit {low + 1} the least busy "
                f"({self.load[low]:.1%}); place {worst + 1} waits longest ({self.response[worst]:.2f} minutes).",
            ),
        ]
        if self.under_floor:
            listed = "、".join(str(g) for g in self.under_floor[:12])
            said.append(
                Said(f"低于服务底线的网格：{listed}（共{len(self.under_floor)}个）。",
                     f"Grids below the floor of service: {listed} ({len(self.under_floor)} in all).")
            )  # fmt: skip
        if self.under_reporting:
            said.append(words(self.under_reporting, self.mean_response, "平均到场分钟数", "mean minutes to arrival"))
        exact = self.method == "exact"
        said.append(
            Said(
                ("模型精确求解（残差" + f"{self.residual:.1e}）" if exact
                 else "用的是近似模型，单位忙闲差别大时误差可达数个百分点")
                + "；假定呼叫随机到达、处置时长为指数分布、一次呼叫一个单位、单位都从驻点出发。"
                "这些不成立时请用replay核对。",
                (f"Solved exactly (residual {self.residual:.1e})" if exact
                 else "An approximation, off by some percent where loads differ much")
                + "; it takes calls as random, busy times as exponential, one unit a call and every start from the "
                "standby point. Where these fail, check with replay.",
            )
        )  # fmt: skip
        return tuple(said)


def _shape(name: str, have: tuple[int, ...], want: tuple[int, ...]) -> None:
    if have != want:
        raise BadProblem(name, Said(f"大小应为{want}，实为{have}", f"expected size {want}, found {have}"))


def _least(name: str, values: Floats | Ints, least: float) -> None:
    bad = np.argwhere(values < least)
    if len(bad):
        raise BadProblem(name, Said(f"不可小于{least:g}", f"must not be below {least:g}"), int(bad[0][0]))
