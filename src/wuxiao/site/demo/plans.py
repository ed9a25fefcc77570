"""What will happen in the year: drawn from the seed alone, before anything is written."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from wuxiao.desk.town.books import Rules
from wuxiao.rules.calendar import SHANGHAI, Calendar
from wuxiao.site.demo.ground import Spot
from wuxiao.site.demo.lives import Plan
from wuxiao.site.demo.wording import Scene, Situation, situations

FULL, SMALL = 1500, 120
DAYS = 364

#: How often people write through the day, per hour from midnight.
_HOURS = (3, 2, 1, 1, 1, 2, 6, 14, 26, 34, 32, 24, 14, 15, 24, 28, 26, 22, 18, 20, 22, 18, 11, 6)
_NIGHT = (18, 10, 5, 3, 2, 2, 4, 8, 12, 12, 8, 6, 5, 4, 5, 6, 6, 6, 8, 12, 20, 28, 30, 26)
_EVENING = (4, 1, 1, 0, 0, 1, 4, 10, 14, 12, 10, 8, 8, 6, 8, 10, 12, 18, 28, 32, 30, 22, 14, 8)
_WEEKDAYS = (1.25, 1.12, 1.05, 1.0, 1.05, 0.66, 0.6)

#: Turns a life may take, and how likely each is.
TURNS: dict[str, float] = {
    "withdraw": 0.02,
    "refuse": 0.07,
    "joint": 0.012,
    "slow_accept": 0.1,
    "co": 0.4,
    "reassign": 0.015,
    "decline": 0.03,
    "join": 0.04,
    "ask": 0.07,
    "silent": 0.01,
    "add": 0.05,
    "extend": 0.06,
    "deny": 0.015,
    "object": 0.015,
    "redo": 0.012,
    "send_back": 0.08,
    "refuse110": 0.05,
    "sits": 0.14,
    "fault": 0.07,
    "split": 0.008,
}
#: What must stand open today: where a life is left, the door, hours ago, turns, and how many in the full county.
STAGED: tuple[tuple[str, str, float, str, int], ...] = (
    ("intake", "web", 0.4, "", 4),
    ("intake", "wechat", 2.0, "", 3),
    ("intake", "web", 30.0, "", 2),
    ("danger", "web", 0.3, "", 2),
    ("sign1", "call_110", 0.35, "", 2),
    ("sign2", "call_110", 0.6, "", 2),
    ("sign3", "call_110", 0.9, "", 2),
    ("sign4", "call_110", 1.3, "", 2),
    ("escalated", "call_110", 4.0, "sits", 2),
    ("offered110", "call_110", 2.2, "", 2),
    ("handling", "call_110", 30.0, "fault send_back", 2),
    ("offered", "phone", 1.0, "co", 4),
    ("offered_late", "phone", 9.0, "", 2),
    ("joint", "phone", 26.0, "joint", 2),
    ("joint", "phone", 50.0, "joint", 1),
    ("handling", "phone", 14.0, "co", 5),
    ("overdue", "phone", 62.0, "", 4),
    ("overdue", "web", 84.0, "", 2),
    ("extension", "phone", 40.0, "extend", 2),
    ("waiting", "web", 30.0, "ask", 3),
    ("declining", "phone", 26.0, "decline", 2),
    ("answered", "web", 44.0, "", 4),
    ("urgent", "phone", 0.6, "", 1),
)
#: What every year holds, whatever the seed: an option or beginning of a category, days ago, door, turns.
CERTAIN: tuple[tuple[str, int, str, str], ...] = (
    ("petition", 38, "mail", ""),
    ("petition", 170, "desk", ""),
    ("danger", 21, "phone", ""),
    ("english", 16, "web", "add"),
    ("english", 4, "web", ""),
    ("hide", 11, "web", ""),
    ("hide", 75, "phone", "object"),
    ("dispute.", 27, "call_110", "send_back"),
    ("dispute.", 44, "phone", "decline"),
    ("housing.", 33, "phone", "decline"),
    ("market.", 52, "wechat", "withdraw"),
    ("urban.", 64, "phone", "joint co"),
    ("traffic.", 81, "phone", "refuse"),
    ("utility.", 29, "web", "ask add"),
    ("village.", 95, "phone", "extend"),
    ("hazard.", 58, "phone", "object co"),
    ("conduct.", 47, "mail", "redo"),
    ("case.", 36, "phone", ""),
)
#: Places where many report the same: category, kind of spot, days ago it began, over how many days, reports, left open.
HOT: tuple[tuple[str, str, int, int, int, bool], ...] = (
    ("env.noise.construction", "estate", 9, 8, 13, True),
    ("urban.facility.drain", "estate", 142, 6, 10, False),
    ("utility.heat.cold", "estate", 300, 7, 11, False),
)


def working_back(calendar: Calendar, now: datetime, hours: float) -> datetime:
    """Return the instant from which so many office hours lie before `now`."""
    wanted = timedelta(hours=hours)
    low, high = now - timedelta(days=60), now
    while high - low > timedelta(seconds=30):
        middle = low + (high - low) / 2
        if calendar.working_time(middle, now) >= wanted:
            low = middle
        else:
            high = middle
    return low


def make(
    seed: int, now: datetime, rules: Rules, spots: Sequence[Spot], names: dict[str, tuple[str, str]], *, small: bool
) -> list[Plan]:
    """Return every life of the year, unplayed, in the order of their beginnings."""
    maker = _Maker(seed, now, rules, spots, names)
    staged = maker.staged(small=small)
    pinned = [*maker.certain(), *maker.hot(small=small)]
    rest = max(0, (SMALL if small else FULL) - len(staged) - len(pinned))
    return sorted([*staged, *pinned, *maker.ordinary(rest)], key=lambda plan: plan.at)


class _Maker:
    def __init__(
        self, seed: int, now: datetime, rules: Rules, spots: Sequence[Spot], names: dict[str, tuple[str, str]]
    ) -> None:
        self.seed, self.now, self.rules, self.names = seed, now, rules, names
        self.calendar, self.book = rules.calendar, rules.book
        self.spots = {kind: [s for s in spots if s.kind == kind] for kind in ("estate", "street", "village")}
        self.made = 0

    def _rng(self) -> random.Random:
        self.made += 1
        return random.Random(f"{self.seed}:life:{self.made}")

    def _spot(self, situation: Situation, rng: random.Random) -> Spot:
        kinds = {"urban": ("street",), "any": ("estate", "street", "village"), "none": ("estate", "street", "village")}
        kind = rng.choice(kinds.get(situation.where, (situation.where,)))
        # More people live in the county seat than in the hills.
        found = rng.choice(self.spots[kind])
        if kind != "village" and found.row.division >= "990101100" and rng.random() < 0.4:
            found = rng.choice(self.spots[kind])
        return found

    def _hidden(self, situation: Situation, spot: Spot, rng: random.Random) -> str:
        division = spot.row.division
        here = {u.type: u.code for u in self.book.units.values() if u.division in {division, division[:9]}}
        match situation.options.get("hide"):
            case "unit":
                return rng.choice(("urban_mgmt", "housing", "hrss", "civil_affairs", "transport", here["sub_district"]))
            case "community":
                return here.get("community", here["sub_district"])
            case "station":
                return here["station"]
        return ""

    def plan(
        self,
        at: datetime,
        situation: Situation,
        rng: random.Random,
        *,
        channel: str = "",
        spot: Spot | None = None,
        stop: str = "",
        will: set[str] | None = None,
    ) -> Plan:
        spot = spot or self._spot(situation, rng)
        category = self.book.categories[situation.category]
        hidden = self._hidden(situation, spot, rng)
        if not channel:
            channel = rng.choices(("phone", "web", "wechat", "desk", "mail"), (42, 26, 20, 7, 5))[0]
            favours = situation.options.get("via") == "110"
            if (
                not category.police
                and not hidden
                and situation.where != "none"
                and rng.random() < (0.45 if favours else 0.12)
            ):
                channel = "call_110"
            if situation.options.get("danger"):
                channel = rng.choice(("phone", "call_110", "web"))
            if situation.english:
                channel = rng.choice(("web", "web", "wechat"))
        scene = Scene(rng, spot, at, self.names)
        if hidden:
            scene.fixed["unit"] = self.book.units[hidden].name.zh.removeprefix("县")
        turns = will if will is not None else {turn for turn, chance in TURNS.items() if rng.random() < chance}
        if will is None and category.handling_class == "enquiry" and situation.where == "none" and rng.random() < 0.4:
            turns.add("desk")
        slow = rng.choices((1.0, 0.5, 4.0), (83, 13, 4))[0] if not stop else 1.0
        return Plan(at, situation, scene, channel, rng, turns, stop, hidden=hidden, slow=slow)

    # ------------------------------------------------------------------------------------------------ ordinary days

    def ordinary(self, number: int) -> list[Plan]:
        """Spread so many lives over the year by season, weekday and hour."""
        rng = random.Random(f"{self.seed}:year")
        first = (self.now - timedelta(days=DAYS)).astimezone(SHANGHAI).date()
        days = [first + timedelta(days=n) for n in range(DAYS)]
        weights = []
        for n, day in enumerate(days):
            weight = _WEEKDAYS[day.weekday()] * (1.0 if self.calendar.is_workday(day) else 0.72)
            weight *= 1 + 0.35 * n / DAYS + (0.5 if DAYS - n < 12 else 0.0)
            weight *= 1.25 if day.month in {7, 8, 12} else 0.6 if day.month == 2 else 1.0
            weights.append(weight * rng.uniform(0.75, 1.3))
        pool = situations()
        found = []
        for day in rng.choices(days, weights, k=number):
            own = self._rng()
            fitting = [s for s in pool if s.in_season(day.month)]
            situation = own.choices(fitting, [s.weight for s in fitting])[0]
            hours = {"night": _NIGHT, "evening": _EVENING}.get(situation.options.get("hours", ""), _HOURS)
            hour = own.choices(range(24), hours)[0]
            at = datetime.combine(day, time(hour, own.randrange(60), own.randrange(60)), SHANGHAI)
            found.append(self.plan(at, situation, own))
        return found

    # ------------------------------------------------------------------------------------------------------- staged

    def staged(self, *, small: bool) -> list[Plan]:
        """Lives that stand in every state and queue today."""
        found = []
        month = self.now.astimezone(SHANGHAI).month
        pool = [s for s in situations() if s.in_season(month) and not s.english and not s.options.get("hide")]
        calm = [s for s in pool if not s.options.get("danger") and not s.options.get("petition")]
        for stop, channel, hours, turns, many in STAGED:
            for n in range(1 if small else many):
                rng = self._rng()
                situation = self._fitting(calm, stop, channel, rng)
                if stop in {"danger", "urgent"}:
                    situation = rng.choice([s for s in situations() if s.options.get("danger")])
                at = self.now - timedelta(hours=hours * (1 + 0.2 * n))
                if channel != "call_110" and stop not in {"danger", "urgent"} and hours > 0.5:
                    at = working_back(self.calendar, self.now, hours * (1 + 0.13 * n))
                found.append(self.plan(at, situation, rng, channel=channel, stop=stop, will=set(turns.split())))
        return found

    def _fitting(self, pool: list[Situation], stop: str, channel: str, rng: random.Random) -> Situation:
        """Return a situation whose course leads through the wanted state."""
        while True:
            situation = rng.choices(pool, [s.weight for s in pool])[0]
            category = self.book.categories[situation.category]
            if category.handling_class == "urgent" or situation.category == "gov.service.policy":
                continue
            if channel == "call_110" and (category.police or situation.where == "none"):
                continue
            if stop == "extension" and not self.book.extension.allowed(category.handling_class):
                continue
            return situation

    def certain(self) -> list[Plan]:
        """Lives that every year holds, so that no page depends on luck."""
        found = []
        for what, days, channel, turns in CERTAIN:
            rng = self._rng()
            if "." in what:
                own = [
                    s
                    for s in situations()
                    if s.category.startswith(what) and not (s.english or s.options.get("danger"))
                ]
                if channel == "call_110":
                    own = [s for s in own if s.where != "none"]
                own = [
                    s for s in own if self.book.categories[s.category].handling_class not in {"urgent", "enquiry"}
                ] or own
            else:
                own = [s for s in situations() if s.english] if what == "english" else []
                own = own or [s for s in situations() if s.options.get(what) not in {None, "no"}]
            day = self.calendar.next_workday((self.now - timedelta(days=days)).astimezone(SHANGHAI).date())
            at = datetime.combine(day, time(rng.randint(8, 16), rng.randrange(60), rng.randrange(60)), SHANGHAI)
            found.append(self.plan(at, rng.choice(own), rng, channel=channel, will=set(turns.split())))
        return found

    # ---------------------------------------------------------------------------------------------------------- hot

    def hot(self, *, small: bool) -> list[Plan]:
        """Places where many people report the same thing: one matter, the others joined to it, a few handled alone."""
        found: list[Plan] = []
        for category, kind, ago, span, reports, is_open in HOT:
            rng = self._rng()
            situation = next(s for s in situations() if s.category == category and not s.english)
            spot = rng.choice([s for s in self.spots[kind] if s.row.division < "990101100"])
            near = [s for s in self.spots[kind] if s.row.estate == spot.row.estate]
            begun = self.now - timedelta(days=ago, hours=rng.uniform(1, 6))
            turns = {"extend", "co"} if is_open else {"extend"}
            main = self.plan(begun, situation, rng, channel="phone", spot=spot, will=turns)
            main.slow = 5.0
            if is_open:
                main.stop = "overdue"
            found.append(main)
            for n in range((reports if not small else min(reports, 5)) - 1):
                own = self._rng()
                at = begun + timedelta(days=rng.uniform(0.2, span))
                if at >= self.now - timedelta(hours=2):
                    at = self.now - timedelta(hours=own.uniform(3, 40))
                one = self.plan(at, situation, own, spot=own.choice(near), will={"unmerge"} if n == 2 else set())
                one.scene.fixed |= {k: main.scene.fixed[k] for k in ("site", "e", "lm", "st")}
                one.channel = own.choice(("phone", "web", "wechat"))
                one.follows = main if n % 6 != 5 else None
                found.append(one)
        return found
