"""Inspections of the county's premises at every stage, told through the desk; no place and no finding of them exists.

A course is what happens and how many days before the present; a visit is one course at one place. What lasts minutes
(the list, the findings, the signature) has no day of its own and follows what was before it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

from django.db.models import Q
from PIL import Image, ImageDraw

from wuxiao.desk.base.actor import RESIDENT, Actor
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.desk.files import files
from wuxiao.desk.files.files import Upload
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Row
from wuxiao.rules.access import Role
from wuxiao.rules.book_model import Uploads
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.site.demo import premises
from wuxiao.site.demo.lives import Team
from wuxiao.site.demo.people import ENTRY_UNITS
from wuxiao.site.demo.texts import sections
from wuxiao.subjects.inspection import asks
from wuxiao.subjects.inspection.checklists import Checklist
from wuxiao.subjects.inspection.rules import INSPECTION

#: A verb with the days before the present, or without: some minutes after what was before it.
Course = tuple[tuple[str, float] | str, ...]
_AGO: Course = (("plan", 9), ("assign", 7))


def _visit(days: float, *more: tuple[str, float] | str) -> Course:
    """A whole visit that found something, so many days ago, and what came after it."""
    return (("plan", days + 5), ("assign", days + 3), ("arrive", days), "fill", "find", "leave", *more)


#: What stands open today. No day lies so close to another that a long holiday between them would turn them round.
OPEN: Mapping[str, Course] = {
    "planned": (("plan", 3),),
    "planned_late": (("plan", 36),),
    "assigned": (("plan", 6), ("assign", 2)),
    "assigned_late": (("plan", 40), ("assign", 36), ("note", 20)),
    "stood_aside": (("plan", 7), ("assign", 4), ("stand_aside", 1)),
    "put_off": (("plan", 8), ("assign", 5), ("put_off", 1)),
    "on_site": (("plan", 5), ("assign", 3), ("arrive", 0), "half"),
    "ordered": _visit(3),
    "ordered_objected": _visit(4, ("object", 1)),
    "extended": _visit(5, ("extend", 1)),
    "grave_unsigned": _visit(2),
    "recheck": _visit(7, ("mended", 1)),
    "recheck_late": _visit(26, ("mended", 17)),
    "fell_due": _visit(16),
    "recheck_objected": _visit(9, ("mended", 3), ("object", 1)),
    "mended_in_part": _visit(12, ("mended", 7), ("not_yet", 4)),
    "handed": _visit(9, ("hand_over", 2)),
    "handed_late": _visit(26, ("hand_over", 20)),
    "handed_back": _visit(12, ("hand_over", 9), ("refuse", 3)),
}
#: What is closed, the last step so many days ago; a course is moved back by up to two months.
CLOSED: Mapping[str, Course] = {
    "clean": (*_AGO, ("arrive", 3), "fill", "leave"),
    "mended": _visit(12, ("mended", 5), ("recheck", 3)),
    "mended_twice": _visit(24, ("mended", 18), ("not_yet", 16), ("mended", 9), ("recheck", 6)),
    "grave": _visit(12, "sign", ("mended", 10), ("recheck", 8)),
    "withdrawn": _visit(12, ("object", 9), ("withdraw", 6)),
    "in_part": _visit(16, ("object", 14), ("settle", 11), ("mended", 6), ("recheck", 4)),
    "concluded": _visit(20, ("hand_over", 17), ("conclude", 10)),
    "gone": _visit(14, ("gone", 4)),
    "dropped": (("plan", 12), ("drop", 8)),
}
COURSES: Mapping[str, Course] = {**OPEN, **CLOSED}
#: How often each closed course is told in the whole county; open ones come `MANY` times, and in the small one all once.
OFTEN: Mapping[str, int] = {
    "clean": 54, "mended": 48, "mended_twice": 12, "grave": 12, "withdrawn": 4, "in_part": 6, "concluded": 3,
    "gone": 2, "dropped": 3,
}  # fmt: skip
MANY = 3
#: Courses of what was never accepted, of a grave hazard, those that people try, and kinds that are open at night too.
_NEVER = frozenset({"handed", "handed_late", "handed_back", "concluded"})
_GRAVE = frozenset({"grave", "grave_unsigned"})
_TRIED = frozenset({"on_site", "ordered", "recheck", "grave_unsigned", "assigned", "ordered_objected"})
_NIGHT = frozenset({"hotel", "ktv", "net_cafe", "foot_bath"})
#: Steps of a course that are taken in a way of their own.
_STEP: Mapping[str, str] = {"half": "fill", "not_yet": "recheck", "withdraw": "settle"}
_STOREYS, _SIDES, _NUMBERS = ("一楼", "二楼", "三楼"), ("东侧", "西侧", "北侧", "靠街一侧"), ("两", "三", "四")
_LIMIT = timedelta(days=14)


def phrases() -> Mapping[str, list[str]]:
    """Return what is written in inspections, by question of the list or by step."""
    return sections("inspection")


@dataclass(frozen=True, slots=True)
class Plan:
    """One visit before it is told: which course at which place, since when; `stop` is its course while it is open."""

    at: datetime
    course: str
    place: Row
    unit: str
    until: datetime
    back: int
    rng: random.Random
    stop: str
    follows: None = None


def make(seed: int, now: datetime, rules: Rules, team: Team, *, small: bool) -> list[Visit]:
    """Return the visits of the county, in no order; none where the rule book keeps no inspections.

    They are the same however often they are asked for: whatever people did to the register since `now` decides nothing.
    """
    if INSPECTION.name not in rules.book.lives:
        return []
    wanted = premises.SMALL if small else premises.WHOLE
    told = Row.objects.filter(register=premises.NAME).order_by("pk")[:wanted].values_list("pk", flat=True)
    there = Q(valid_to=None) | Q(valid_to__gte=now.astimezone(SHANGHAI).date())
    places = list(Row.objects.filter(there, pk__in=list(told)).order_by("pk"))
    random.Random(f"{seed}:visits").shuffle(places)
    uses: Counter[int] = Counter()
    courses = [*OPEN] * (1 if small else MANY)
    courses += [name for name in CLOSED for _ in range(1 if small else OFTEN[name])]
    if not places:
        return []
    plans = [_plan(f"{seed}:{n}", name, places, uses, now, rules) for n, name in enumerate(courses)]
    return [Visit(plan, team) for plan in plans]


def _plan(seed: str, course: str, places: Sequence[Row], uses: Counter[int], now: datetime, rules: Rules) -> Plan:
    rng = random.Random(f"{seed}:visit")
    back = rng.randrange(60) if course in CLOSED else 0
    first = COURSES[course][0]
    assert isinstance(first, tuple)
    at = now - timedelta(days=first[1] + back)
    # A place is looked at by the station it lies in, seldom twice, and not before somebody put it into the register.
    fits = [row for row in places if _fits(course, row) and row.valid_from < (at - timedelta(days=10)).date()]
    # Whoever tries the demo is of one station: what can be tried stands there, as far as it has such places.
    row = min(fits or places, key=lambda one: (uses[one.pk], (one.unit in ENTRY_UNITS) != (course in _TRIED)))
    uses[row.pk] += 1
    unit = rules.book.units_at["station", row.division[:9]][0]
    return Plan(at, course, row, unit, now, back, rng, course if course in OPEN else "")


def _fits(course: str, row: Row) -> bool:
    if course in _NEVER:
        return any(item.code == "accepted" for item in asks.lists_for(row.kind)[0].items)
    if course == "on_site":
        return row.kind in _NIGHT
    return course != "gone" or row.kind in _NIGHT | {"rented"}


# ------------------------------------------------------------------------------------------------------------ pictures


@cache
def picture(name: str, limits: Uploads) -> Upload:
    """Return a drawn picture: an exit sign, an extinguisher or a lamp on a wall; no photo of anything."""
    image = Image.new("RGB", (640, 480), "#d9d4c7")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 400, 640, 480), fill="#8d8578")
    if name == "出口.jpg":
        draw.rectangle((220, 120, 420, 400), fill="#6f5b48", outline="#3b3128", width=6)
        draw.rectangle((240, 60, 400, 104), fill="#1f8f4d")
        draw.polygon(((340, 66), (384, 82), (340, 98)), fill="#ffffff")
    elif name == "灭火器.jpg":
        for left in (210, 330):
            draw.rounded_rectangle((left, 220, left + 90, 400), 24, fill="#b3261e")
            draw.rectangle((left + 32, 186, left + 58, 222), fill="#222222")
            draw.ellipse((left + 30, 240, left + 60, 270), fill="#e8e8e8")
    else:
        draw.rectangle((230, 150, 410, 230), fill="#f4f1e6", outline="#777777", width=4)
        for left in (255, 345):
            draw.ellipse((left, 165, left + 44, 209), fill="#fff3a6", outline="#777777", width=3)
    out = BytesIO()
    image.save(out, "JPEG")
    return files.check(name, out.getvalue(), limits)


PICTURES = ("出口.jpg", "灭火器.jpg", "应急灯.jpg")


# --------------------------------------------------------------------------------------------------------------- visit


class Visit:
    """One inspection from its plan until it rests or the present is reached."""

    joins = None

    def __init__(self, plan: Plan, team: Team) -> None:
        self.plan, self.team, self.rng = plan, team, plan.rng
        self.rules, self.at = team.rules, plan.at
        self.matter = Case()
        self.pair: list[Actor] = []
        self.wrong: list[str] = []
        self.uploads: tuple[Upload, ...] = ()

    def wills(self, turn: str) -> bool:
        """Return whether it takes a turn of matters: none."""
        return False

    def story(self) -> Generator[datetime, None, None]:
        """Live."""
        for step in COURSES[self.plan.course]:
            verb, days = step if isinstance(step, tuple) else (step, None)
            self.at = max(self._when(verb, days), self.at + timedelta(seconds=self.rng.randrange(300, 1500)))
            if verb == "plan":
                self.at = self._when(verb, days)
            yield self.at
            if verb == "plan":
                if not Row.objects.filter(pk=self.plan.place.pk, state="live").exists():
                    return
                self._plan()
                continue
            self.matter = Case.objects.get(pk=self.matter.pk)
            # A holiday may have moved a step behind the clock: what fell due meanwhile needs no word of the place.
            if self.matter.state in INSPECTION.steps[_STEP.get(verb, verb)].sources:
                getattr(self, f"_{verb}")()

    def _when(self, verb: str, days: float | None) -> datetime:
        """Return when a step is taken: in office hours at the latest so many days ago, by the place at any hour."""
        if days is None:
            return self.at
        if days == 0:
            return self.plan.until - timedelta(minutes=55)
        at = self.plan.until - timedelta(days=days + self.plan.back)
        if verb in {"mended", "object"}:
            return at
        day = at.astimezone(SHANGHAI).date()
        if not self.rules.calendar.is_workday(day):
            day = self.rules.calendar.add_workdays(day, -1)
        opens, closes = (datetime.combine(day, moment, SHANGHAI) for moment in self.rules.calendar.spans(day)[0])
        return opens + (closes - opens) * self.rng.random()

    def _do(self, verb: str, by: Actor, given: Mapping[str, Any], uploads: tuple[Upload, ...] = ()) -> None:
        self.matter = act(self.matter.pk, verb, given, by=by, at=self.at, uploads=uploads)

    def _says(self, *occasions: str) -> str:
        """Return one of the phrases of the first occasion that has some."""
        lines = next(phrases()[one] for one in occasions if one in phrases())
        said = self.rng.choice(lines)
        return said.format(f=self.rng.choice(_STOREYS), d=self.rng.choice(_SIDES), n=self.rng.choice(_NUMBERS))

    def _picture(self) -> tuple[Upload, ...]:
        return (picture(self.rng.choice(PICTURES), self.rules.book.uploads),)

    def _day(self, days: int) -> str:
        return (self.at + timedelta(days=days)).astimezone(SHANGHAI).date().isoformat()

    @property
    def _lead(self) -> Actor:
        return self.team.lead(self.plan.unit)

    @property
    def _above(self) -> Actor:
        return self.team.some(self.rng, Role.SUPERVISOR, "efficiency")

    @property
    def _others(self) -> list[Actor]:
        everybody = [*self.team.posts[Role.HANDLER, self.plan.unit, 0], self._lead]
        return [one for one in everybody if one.staff_id not in {two.staff_id for two in self.pair}]

    @property
    def _list(self) -> Checklist:
        return asks.list_of(asks.part_of(self.matter))

    # ------------------------------------------------------------------------------------------------ before the visit

    def _plan(self) -> None:
        why = self.rng.choice(("cycle", "cycle", "cycle", "campaign"))
        given = {"place": self.plan.place.code, "why": why, "date": self._day(self.rng.randrange(6, 12))}
        self.matter = opening.plan(INSPECTION.name, given, by=self._lead, at=self.at)

    def _assign(self) -> None:
        everybody = self.team.posts[Role.HANDLER, self.plan.unit, 0]
        first, others = everybody[0], self.rng.sample(everybody[1:], len(everybody) - 1)
        # The first can be signed in as: one of the two where there is a visit to go on with, another where there is
        # something to look at again.
        goes = len(others) < 2 or self.plan.course in _TRIED - {"recheck"}
        self.pair = [first, others[0]] if goes else others[:2]
        self._do("assign", self._lead, {"pair": [str(one.staff_id) for one in self.pair]})

    def _stand_aside(self) -> None:
        who = self.pair[0]
        self._do("stand_aside", who, {"who": str(who.staff_id), "reason": self._says("aside")})

    def _put_off(self) -> None:
        self._do("put_off", self._lead, {"date": self._day(self.rng.randrange(4, 9)), "reason": self._says("put_off")})

    def _drop(self) -> None:
        self._do("drop", self._above, {"reason": self._says("drop")})

    def _note(self) -> None:
        self._do("note", self.rng.choice(self.pair), {"words": self._says("note")})

    # --------------------------------------------------------------------------------------------------------- on site

    def _arrive(self) -> None:
        self._do("arrive", self.pair[0], {})
        self._do("arrive", self.pair[1], {})
        self.wrong = self._found_wrong()

    def _found_wrong(self) -> list[str]:
        course, items = self.plan.course, self._list.items
        if course == "clean":
            return []
        if course in _NEVER:
            return ["accepted", *self.rng.sample(["lights", "drill", "wiring"], self.rng.randrange(2))]
        usual = [one.code for one in items if not one.grave and one.code != "accepted"]
        if course in _GRAVE:
            return [self.rng.choice([one.code for one in items if one.grave]), self.rng.choice(usual)]
        few = 1 if course in {"withdrawn", "gone"} else 2 if course in {"mended_in_part", "mended_twice"} else 0
        return self.rng.sample(usual, min(len(usual), few or self.rng.randrange(1, 4)))

    def _answers(self) -> dict[str, str]:
        found = {}
        for one in self._list.items:
            usual = "none" if not one.grave and self.rng.random() < 0.08 else "yes"
            found[f"q_{one.code}"] = "no" if one.code in self.wrong else usual
        return found

    def _fill(self) -> None:
        self._do("fill", self.pair[1], self._answers())

    def _half(self) -> None:
        answers = self._answers()
        self._do("fill", self.pair[1], dict(list(answers.items())[: len(answers) // 2]))

    def _find(self) -> None:
        for item in self.wrong:
            given = {"item": item, "finding": self._says(item)}
            self._do("find", self.rng.choice(self.pair), given, self._picture() if self.rng.random() < 0.6 else ())
        if self.rng.random() < 0.15:
            self._do("find", self.pair[0], {"item": "other", "finding": self._says("other")})

    def _leave(self) -> None:
        given = {"signed": self.rng.choices(("signed", "refused", "absent"), (88, 6, 6))[0]}
        if self.wrong:
            # What is still open is not due before today; who asks for more time had less.
            longest = self.plan.stop and self.plan.course != "extended"
            term = _LIMIT.days if longest else self.rng.randrange(10, _LIMIT.days)
            given["due"] = self._day(term)
        self._do("leave", self.pair[0], given)

    def _sign(self) -> None:
        self._do("sign", self._lead, {"reports": self._says("reports")})

    # ------------------------------------------------------------------------------------------------- after the visit

    def _extend(self) -> None:
        self._do("extend", self._lead, {"due": self._day(_LIMIT.days), "reason": self._says("extend")})

    def _mended(self) -> None:
        said = [self._says(f"mended@{one.item}") for one in asks.open_findings(self.matter)]
        by = RESIDENT if self.rng.random() < 0.7 else self.pair[0]
        self._do("mended", by, {"words": "；".join(said)}, self._picture() if self.rng.random() < 0.7 else ())

    def _recheck(self) -> None:
        given = {f"o_{one.number}": "mended" for one in asks.open_findings(self.matter)}
        self._do("recheck", self.rng.choice(self._others), given, self._picture())

    def _not_yet(self) -> None:
        left = asks.open_findings(self.matter)
        given = {f"o_{one.number}": "mended" for one in left[:-1]} | {f"o_{left[-1].number}": "not_yet"}
        self._do("recheck", self.rng.choice(self._others), given | {"due": self._day(_LIMIT.days)}, self._picture())

    def _object(self) -> None:
        self._do("object", RESIDENT, {"words": self._says("object")})

    def _settle(self) -> None:
        self._answer("settle_no", "not_yet")

    def _withdraw(self) -> None:
        self._answer("settle_yes", "withdrawn")

    def _answer(self, occasion: str, outcome: str) -> None:
        given = {f"o_{one.number}": outcome for one in asks.open_findings(self.matter)}
        self._do("settle", self._above, given | {"reply": self._says(occasion)})

    def _hand_over(self) -> None:
        unit = self.rules.book.lives[INSPECTION.name].units["fire"]
        self._do("hand_over", self._lead, {"unit": unit, "reason": self._says("hand_over")})

    def _refuse(self) -> None:
        self._do("refuse", self.team.lead(self.matter.offered_to), {"reason": self._says("back")})

    def _conclude(self) -> None:
        self._do("conclude", self.team.lead(self.matter.offered_to), {"reply": self._says("conclude")})

    def _gone(self) -> None:
        self._do("gone", self._above, {"reason": self._says("gone")}, self._picture())
