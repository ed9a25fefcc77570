"""The question and the answer of demand: residents' own calls, and how many to expect where and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from wuxiao.plan.form import BadProblem, Head, Said
from wuxiao.plan.shared.under_reporting import Variant
from wuxiao.plan.store import Floats, Ints, frozen

HOURS = 168
#: The only source of calls that may enter.
RESIDENT = "resident"
#: Longest past and future in days and weeks: a century of calls, ten years ahead.
MOST_DAYS, MOST_WEEKS = 36_600, 520


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Calls of the past, a row each.

    `at` minutes from a Monday 00:00, `place` (row in `places`), `source` who told: every row must say ``resident``.
    What patrols found cannot enter, or patrols would be sent where patrols were sent before; see `urn`. `days` is the
    length looked at; the last share `held_out` of it judges the models; `level` is that of the intervals, `weeks` the
    stretch the intervals of counts are for.
    `first_day` is the day of the first week on which the record begins: the days before it are no days without calls.
    """

    places: tuple[str, ...]
    at: Floats
    place: Ints
    source: tuple[str, ...]
    days: float
    model: Literal["auto", "simple", "rich"] = "auto"
    held_out: float = 0.25
    level: float = 0.9
    weeks: float = 4.0
    first_day: float = 0.0

    def __post_init__(self) -> None:
        seen: set[str] = set()
        if not self.places:
            raise BadProblem("places", Said("至少要有一个", "at least one is needed"))
        for row, one in enumerate(self.places):
            if one in seen:
                raise BadProblem("places", Said(f"编号重复：{one}", f"the id {one} appears twice"), row)
            seen.add(one)
        object.__setattr__(self, "at", frozen(self.at, np.float64, "at"))
        object.__setattr__(self, "place", frozen(self.place, np.int64, "place"))
        n = len(self.at)
        if not n:
            raise BadProblem("at", Said("没有任何呼叫", "there is not one call"))
        for name, size in (("place", len(self.place)), ("source", len(self.source))):
            if size != n:
                raise BadProblem(name, Said(f"应有{n}行，实为{size}行", f"expected {n} rows, found {size}"))
        for row, one in enumerate(self.source):
            if one != RESIDENT:
                raise BadProblem(
                    "source",
                    Said(
                        f"来源是“{one}”：只收居民自己的呼叫（resident）。巡逻发现的不可进入需求，否则去得越多显得越多；请剔除此行",
                        f"the source is “{one}”: only residents' own calls (resident) may enter. What patrols "
                        "find must not, or the more they go the more there seems to be; take this row out",
                    ),
                    row,
                )
        if not 0 <= self.first_day < 7:
            raise BadProblem("first_day", Said("须是第一周里的一天", "must be a day of the first week"))
        if not self.days - self.first_day >= 14 or self.days > MOST_DAYS:
            said = Said(
                f"至少要两周、至多{MOST_DAYS}天的呼叫",
                f"calls of at least two weeks and at most {MOST_DAYS} days are needed",
            )
            raise BadProblem("days", said)
        for name, values, most in (("at", self.at, self.days * 1440.0), ("place", self.place, len(self.places) - 1)):
            least = self.first_day * 1440.0 if name == "at" else 0.0
            bad = np.flatnonzero((values < least) | (values > most))
            if len(bad):
                raise BadProblem(
                    name,
                    Said("在所给时段或地点之外", "lies outside the days or the places that are given"),
                    int(bad[0]),
                )
        for name in ("held_out", "level"):
            if not 0.001 <= getattr(self, name) <= 0.999:
                raise BadProblem(name, Said("须在0.001与0.999之间", "must lie between 0.001 and 0.999"))
        if not 0 < self.weeks <= MOST_WEEKS:
            said = Said(f"须大于零、不超过{MOST_WEEKS}周", f"must be above zero and at most {MOST_WEEKS} weeks")
            raise BadProblem("weeks", said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to expect.

    `per_hour[place, hour of week]` calls per hour, hour 0 is Monday 00:00–01:00; `low` and `high` bound the number of
    calls in that hour of the week over the coming `weeks`, at the level asked for. `gain` is the log score of the rich
    model less that of the simple one per day of the held-out part, with its 95 % interval; `covered` the share of
    held-out counts that fell inside their intervals. The objective is the mean held-out log score per day of the model
    taken (higher is better).
    """

    head: Head
    model: Literal["simple", "rich"]
    per_hour: Floats
    low: Floats
    high: Floats
    gain: float
    gain_low: float
    gain_high: float
    covered: float
    level: float
    weeks: float
    under_reporting: tuple[Variant, ...] = ()

    def __post_init__(self) -> None:
        for name in ("per_hour", "low", "high"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, name, dimensions=2))

    def why(self) -> tuple[Said, ...]:
        """Return which model was taken and why, how well its intervals held, what the figures are not."""
        total = float(self.per_hour.mean(axis=1).sum()) * 24.0
        hour = int(self.per_hour.sum(axis=0).argmax())
        days_zh, days_en = "一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        better = self.gain_low > 0
        said = [
            Said(
                f"预计每天{total:.1f}个呼叫，最忙是周{days_zh[hour // 24]}{hour % 24}时。",
                f"{total:.1f} calls a day are expected, most on {days_en[hour // 24]} at {hour % 24}:00.",
            ),
            Said(
                f"用{'细' if self.model == 'rich' else '简'}模型：在留出的后段数据上，细模型每天得分"
                f"{'高' if self.gain > 0 else '低'}{abs(self.gain):.3f}"
                f"（{self.gain_low:+.3f}至{self.gain_high:+.3f}），"
                + ("确有改善。" if better else "没有可信的改善，故越简单越好。"),
                f"The {self.model} model: on the later data held out, the rich model scores {self.gain:+.3f} a day "
                f"({self.gain_low:+.3f} to {self.gain_high:+.3f}), "
                + ("a true gain." if better else "no sure gain, so the simpler is better."),
            ),
            Said(
                f"留出数据有{self.covered:.1%}落在{self.level:.0%}区间内。",
                f"{self.covered:.1%} of the held-out counts fell inside their {self.level:.0%} intervals.",
            ),
        ]
        if self.under_reporting:
            worst = max(v.objective for v in self.under_reporting if not v.even)
            said.append(
                Said(
                    f"各处未报程度若不同（平均至30%），某处占比最多会差{worst:.1%}；未报程度到处一样则占比不变。呼叫少不等于事情少。",
                    f"If places hide unlike shares (30 % on average), a place's share is off by up to {worst:.1%}; "
                    "hidden alike everywhere, shares stay. Few calls do not mean few needs.",
                )
            )
        said.append(
            Said(
                "只含居民自己的呼叫，不含巡逻发现；只说地点与时间，不说任何人。",
                "Residents' own calls only, nothing that patrols found; it speaks of places and hours, of no person.",
            )
        )
        return tuple(said)
