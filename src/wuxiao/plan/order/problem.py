"""The question and the answer of order: which places to look at first, from what earlier visits found there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wuxiao.plan.form import BadProblem, Head, Said
from wuxiao.plan.order import words
from wuxiao.plan.store import Bools, Floats, Ints, frozen

#: The least share of a list that is drawn by lot.
LEAST_DRAWN = 0.1


def _rows(where: str, size: int, parts: dict[str, int]) -> None:
    for name, have in parts.items():
        if have != size:
            said = Said(f"应有{size}行，实为{have}行", f"expected {size} rows, found {have}")
            raise BadProblem(f"{where}.{name}", said)


def _checked(one: Visits | Listed, where: str) -> None:
    """Freeze what visits and listed places have in common and refuse what cannot be meant."""
    for row, place in enumerate(one.place):
        if not place.strip():
            raise BadProblem(f"{where}.place", Said("缺少场所编号", "the id of the place is missing"), row)
    set_ = object.__setattr__
    set_(one, "licensed", frozen(one.licensed, np.float64, f"{where}.licensed", finite=False))
    bad = np.flatnonzero(np.isinf(one.licensed))
    if len(bad):
        said = Said("不是日子；不知道的填nan", "is no day; write nan where it is not known")
        raise BadProblem(f"{where}.licensed", said, int(bad[0]))
    set_(one, "nearby", frozen(one.nearby, np.float64, f"{where}.nearby", dimensions=2))
    bad = np.flatnonzero((one.nearby < 0).any(axis=1)) if one.nearby.size else np.array([], dtype=np.int64)
    if len(bad):
        raise BadProblem(f"{where}.nearby", Said("不能小于零", "must not be below zero"), int(bad[0]))
    sizes = {name: len(getattr(one, name)) for name in ("kind", "lines", "licensed")}
    _rows(where, len(one.place), sizes | ({"nearby": len(one.nearby)} if one.nearby.shape[1:] != (0,) else {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """What was found, a row for each visit of the past.

    `day` counts from any first day; `critical`, `serious`, `minor` are numbers of findings. `kind` is the kind of
    premises, `lines` the lines of business or classes it had then, `licensed` the day since which it has its licence
    (nan: not known), `nearby` the reports about its surroundings that were known on that morning, a column for each
    kind of `Problem.reports`. `told` is false for a visit of which only the findings are known.
    """

    place: tuple[str, ...]
    day: Floats
    kind: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    licensed: Floats
    nearby: Floats
    critical: Ints
    serious: Ints
    minor: Ints
    told: Bools

    def __post_init__(self) -> None:
        _checked(self, "visits")
        set_, n = object.__setattr__, len(self.place)
        set_(self, "day", frozen(self.day, np.float64, "visits.day"))
        set_(self, "told", frozen(self.told, np.bool_, "visits.told"))
        for name in ("critical", "serious", "minor"):
            set_(self, name, frozen(getattr(self, name), np.int64, f"visits.{name}"))
            bad = np.flatnonzero(getattr(self, name) < 0)
            if len(bad):
                raise BadProblem(f"visits.{name}", Said("不能小于零", "must not be below zero"), int(bad[0]))
        _rows("visits", n, {name: len(getattr(self, name)) for name in ("day", "critical", "serious", "minor", "told")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The places that are due, a row each, as they are known on the morning the list is made; see `Visits`."""

    place: tuple[str, ...]
    kind: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    licensed: Floats
    nearby: Floats

    def __post_init__(self) -> None:
        _checked(self, "listed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Places that are due on the day `today`, and what visits before it found.

    A visit on `today` or later is refused: nothing may be used that was not known on that morning. `drawn` is the share
    of the list that is drawn by lot, at least a tenth; `reports` names the columns of `nearby`. Nothing here speaks of
    a person, not of those who keep a place, live near it or inspect it.
    """

    visits: Visits
    listed: Listed
    today: float
    drawn: float = LEAST_DRAWN
    reports: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "today", float(frozen([self.today], np.float64, "today")[0]))
        late = np.flatnonzero(self.visits.day >= self.today)
        if len(late):
            said = Said(
                "这次检查在排序当天或以后，那天早上还不知道结果；请剔除此行",
                "this visit is on the day of the list or after it, when nobody knew what it would find: take it out",
            )
            raise BadProblem("visits.day", said, int(late[0]))
        if not LEAST_DRAWN <= self.drawn <= 1.0:
            said = Said(
                f"须在{LEAST_DRAWN}与1之间：至少一成随机抽取，名单才不会只印证自己",
                f"must lie between {LEAST_DRAWN} and 1: without a tenth by lot the order would only confirm itself",
            )
            raise BadProblem("drawn", said)
        for where, one in (("visits", self.visits), ("listed", self.listed)):
            if len(one.place) and one.nearby.shape != (len(one.place), len(self.reports)):
                wide = len(self.reports)
                raise BadProblem(
                    f"{where}.nearby",
                    Said(f"每行应有{wide}列，与reports一致", f"each row must have {wide} columns, as reports names"),
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How the order did on the last quarter of the visits, learnt from those before: once, on the problem itself.

    `expected` is the number of visits with a critical finding that the chances add up to, `critical` what it was;
    `share` of them stood in the first half of the order by chance alone, `low` and `high` its 95 % interval.
    """

    visits: int
    critical: int
    expected: float
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The order of the list.

    `order` holds rows of `listed`, the first to be seen first; `drawn` says of each position whether it went by lot;
    `chance` is the chance of a critical finding at each row; `weighed[row, group]` how far each of `groups` moved it
    from the mean of the list (log odds). The objective is the share of the expected critical findings that stands in
    the first half; the bound is that of the order by chance alone, so the gap is what the lot costs. `fitted` is false
    where the visits were too few to learn from: then a place's own share of visits with a critical finding is the
    chance, drawn to a common start.
    """

    head: Head
    order: Ints
    drawn: Bools
    chance: Floats
    groups: tuple[str, ...]
    weighed: Floats
    fitted: bool
    visits: int
    trial: Trial | None = None

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "order", frozen(self.order, np.int64, "order"))
        set_(self, "drawn", frozen(self.drawn, np.bool_, "drawn"))
        set_(self, "chance", frozen(self.chance, np.float64, "chance"))
        set_(self, "weighed", frozen(self.weighed, np.float64, "weighed", dimensions=2))

    def why(self) -> tuple[Said, ...]:
        """Return what the order rests on, how it did on later visits, what the lot costs and what it is not."""
        return words.of_plan(self)
