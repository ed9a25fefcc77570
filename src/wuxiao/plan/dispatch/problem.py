"""The question and the answer of dispatch: calls that wait, units that can be sent, whom to send to which."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from wuxiao.plan.form import BadProblem, Head, Said
from wuxiao.plan.shared.under_reporting import Variant, words
from wuxiao.plan.store import Floats, frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit on duty at `place` (its row in `places`), free in `free_in` minutes (0: now), with skills."""

    id: str
    place: int
    free_in: float = 0.0
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call at `place` that has waited `waited` minutes; `priority` 0 is the most urgent; wants so many units.

    Every unit sent must have all the `skills`.
    """

    id: str
    place: int
    priority: int = 0
    waited: float = 0.0
    needs: int = 1
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything that is known at this minute.

    `minutes[from, to]` between places; `demand[place]` residents' calls per hour, for the cover that stays behind;
    a place is covered by a free unit within `radius` minutes, and counts more with a second and third unit as each may
    be busy with chance `busy`. `weight[priority]` is what a minute's delay of a call of that priority is worth; a call
    that gets nobody now is taken to wait `patience` minutes more (longer where the free units that could come are
    farther away: they are sent all the same), and a call that has waited `patience` minutes already weighs twice.
    `keep` minutes of delay is what the whole expected cover is worth: 0 sends the nearest. `minutes` are infinite where
    there is no way.
    """

    places: tuple[str, ...]
    minutes: Floats
    units: tuple[Unit, ...]
    calls: tuple[Call, ...]
    demand: Floats
    weight: Floats = field(default_factory=lambda: np.array([4.0, 2.0, 1.0]))
    radius: float = 8.0
    busy: float = 0.3
    keep: float = 10.0
    patience: float = 30.0

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        m = len(self.places)
        for name, ids in (
            ("places", self.places),
            ("units", tuple(u.id for u in self.units)),
            ("calls", tuple(c.id for c in self.calls)),
        ):
            if not ids:
                raise BadProblem(name, Said("至少要有一个", "at least one is needed"))
            seen: set[str] = set()
            for row, one in enumerate(ids):
                if one in seen:
                    raise BadProblem(name, Said(f"编号重复：{one}", f"the id {one} appears twice"), row)
                seen.add(one)
        set_(self, "minutes", frozen(self.minutes, np.float64, "minutes", dimensions=2, finite=False))
        set_(self, "demand", frozen(self.demand, np.float64, "demand"))
        set_(self, "weight", frozen(self.weight, np.float64, "weight"))
        for name, have, want in (("minutes", self.minutes.shape, (m, m)), ("demand", self.demand.shape, (m,))):
            if have != want:
                raise BadProblem(name, Said(f"大小应为{want}，实为{have}", f"expected size {want}, found {have}"))
        for name in ("minutes", "demand", "weight"):
            bad = np.argwhere(~(getattr(self, name) >= 0))
            if len(bad):
                raise BadProblem(name, Said("须是不为负的数", "must be numbers, not negative"), int(bad[0][0]))
        for row, unit in enumerate(self.units):
            _on_map("units.place", unit.place, m, row)
            _not_negative("units.free_in", unit.free_in, row)
        for row, call in enumerate(self.calls):
            _on_map("calls.place", call.place, m, row)
            _not_negative("calls.waited", call.waited, row)
            if not 0 <= call.priority < len(self.weight):
                raise BadProblem("calls.priority", Said("没有这个级别", "there is no such priority"), row)
            if call.needs < 1:
                raise BadProblem("calls.needs", Said("至少要一个单位", "at least one unit is needed"), row)
        if not 0 <= self.busy < 1:
            raise BadProblem("busy", Said("须在0与1之间", "must lie between 0 and 1"))
        for name in ("radius", "patience"):
            if not 0 < getattr(self, name) < math.inf:
                raise BadProblem(name, Said("须是大于零的数（分钟）", "must be a number above zero (minutes)"))
        if not 0 <= self.keep < math.inf:
            raise BadProblem("keep", Said("须是不为负的数（分钟）", "must be a number not below zero (minutes)"))


def _on_map(name: str, place: int, m: int, row: int) -> None:
    if not 0 <= place < m:
        raise BadProblem(name, Said("地点不在图上", "the place is off the map"), row)


def _not_negative(name: str, value: float, row: int) -> None:
    if not (np.isfinite(value) and value >= 0):
        raise BadProblem(name, Said("须是不小于零的分钟数", "must be minutes, not below zero"), row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One proposed order: `unit` (row) to `call` (row), there after `minutes`; whom else one might have sent.

    `nearest` is the row of the soonest fitting unit, `nearest_minutes` its time; `cover_kept` what sending this one
    instead leaves covered, in share of all demand.
    """

    unit: int
    call: int
    minutes: float
    nearest: int
    nearest_minutes: float
    cover_kept: float
    reason: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Whom to send now. A proposal: a dispatcher decides.

    `waiting[call]` is the number of units each call still lacks; `cover` the expected cover that stays, as a share of
    demand, `cover_before` that of all free units; `bare` the places with demand that had a free unit near and have none
    now; `held` why a call still lacks units; `under_reporting` that cover if residents had not reported all. The
    objective is weighted minutes of delay less the worth of the cover kept (see the docs).
    """

    head: Head
    orders: tuple[Order, ...]
    waiting: tuple[int, ...]
    cover_before: float
    cover: float
    bare: tuple[int, ...]
    bare_names: tuple[str, ...]
    held: tuple[Said, ...] = ()
    under_reporting: tuple[Variant, ...] = ()

    def why(self) -> tuple[Said, ...]:
        """Return each order with its reason, what stays uncovered, what is not promised."""
        said = [order.reason for order in self.orders]
        lacking = sum(self.waiting)
        if lacking:
            said.append(
                Said(f"还缺{lacking}个单位，有呼叫须等候。", f"{lacking} more units are needed: calls must wait.")
            )
        said += self.held
        listed = "、".join(self.bare_names[:10]) + ("……" if len(self.bare_names) > 10 else "")
        said.append(
            Said(
                f"派出后预计覆盖由{self.cover_before:.1%}变为{self.cover:.1%}；"
                + (f"新出现无人覆盖的地点{len(self.bare)}处：{listed}。" if self.bare else "没有新的空白地点。"),
                f"Expected cover goes from {self.cover_before:.1%} to {self.cover:.1%}; "
                + (f"{len(self.bare)} places are newly bare: {listed}." if self.bare else "no place becomes bare."),
            )
        )
        if self.under_reporting:
            said.append(words(self.under_reporting, self.cover, "派后覆盖", "the cover that stays"))
        said.append(
            Said(
                "这是建议，由值班指挥员决定；只看得到所给的位置、时间与技能。",
                "A proposal: the dispatcher on duty decides; it sees only the places, times and skills it was given.",
            )
        )
        return tuple(said)
