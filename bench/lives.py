"""A town through its own desk: the staff, and some hundred matters whose lives the loader then multiplies."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bench import grammar
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import keys, staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books, places
from wuxiao.records.models import CallBack, Matter
from wuxiao.rules import book as rulebook
from wuxiao.rules import route
from wuxiao.rules.access import Role, Scope
from wuxiao.rules.book_model import Book, Category
from wuxiao.rules.calendar import SHANGHAI

ENCODED = "argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHQ$unusable"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Mondays of a year without a holiday nearby, from which the closed lives start.
YEARS = 3
DOORS = 40


@dataclass(slots=True)
class Town:
    """The people by name, the book, and the places by division."""

    book: Book
    people: dict[str, Actor]
    divisions: list[str]
    leaves: list[Category]
    weights: list[float]
    began: datetime

    def of_unit(self, unit: str, role: Role = Role.HANDLER) -> Actor:
        """Return (and appoint the first time) somebody of a unit."""
        name = f"{role.value}_{unit}"
        if name not in self.people:
            self.people[name] = _appoint(name, [Appointment(role, unit)], self.book, self.began)
        return self.people[name]


def _appoint(name: str, posts: list[Appointment], book: Book, at: datetime) -> Actor:
    person, _ = staff.create(name, name, posts, by=SYSTEM, at=at, encoded=ENCODED, must_change=False)
    return actor.of_staff(person, book)


def settle(now: datetime, dice: random.Random) -> tuple[Town, str]:
    """Adopt the default book, appoint the staff, load addresses; returns the town and a machine's key."""
    began = now - timedelta(days=365 * YEARS + 60)
    books.forget()
    text = (Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8")
    book = books.adopt(text, name="book.toml", effective_from=began, by=SYSTEM, at=began).book
    unit = {u.type: u.code for u in reversed(book.units.values())}
    posts = {
        "operator": [Appointment(Role.OPERATOR, "hotline")],
        "shift_lead": [Appointment(Role.CENTRE_LEAD, "hotline")],
        "police": [Appointment(Role.POLICE_OPERATOR, "police_110")],
        **{f"reviewer{n}": [Appointment(Role.REVIEWER, "police_110", level=n)] for n in range(1, 5)},
        "caller": [Appointment(Role.CALLER, "hotline")],
        "supervisor": [Appointment(Role.SUPERVISOR, unit["supervision"])],
        "chief": [Appointment(Role.CHIEF, "gov", Scope.COUNTY)],
    }
    people = {name: _appoint(name, held, book, began) for name, held in posts.items()}
    place = next(code for code in book.divisions if len(code) >= 12)
    leaves = [
        c
        for c in book.categories.values()
        if c.leaf and c.keywords and not c.police and route.route(book, c.code, place).lead not in {"", "hotline", None}
    ]
    dice.shuffle(leaves)
    town = Town(
        book=book,
        people=people,
        divisions=[code for code in book.divisions if len(code) >= 12],
        leaves=leaves,
        weights=[1 / (rank + 4) for rank in range(len(leaves))],
        began=began,
    )
    _addresses(town, dice)
    _key, secret = keys.create_key("bench", "hotline", ["read", "receive", "act"], by=SYSTEM, at=began)
    return town, secret


def _addresses(town: Town, dice: random.Random) -> None:
    rows = []
    for division in town.divisions:
        parent = town.book.divisions[division[:9]].name.zh
        for n, street in enumerate(dice.sample(grammar.STREETS, 6)):
            for door in range(1, DOORS + 1):
                estate = dice.choice(grammar.ESTATES)
                full = f"{parent}{street}{door}号" + (f"{estate}{door % 12 + 1}幢" if estate else "")
                rows.append(
                    places.AddressRow(
                        code=f"{division}-{n}-{door}",
                        division=division,
                        street=street,
                        door=f"{door}号",
                        estate=estate,
                        building=f"{door % 12 + 1}幢" if estate else "",
                        full=full,
                        lat=30.5 + dice.random() / 5,
                        lon=103.9 + dice.random() / 5,
                    )
                )
    places.load_addresses(rows, by=SYSTEM, at=town.began)


@dataclass(slots=True)
class Life:
    """One matter being led through its life: the clock moves on with every step."""

    town: Town
    dice: random.Random
    matter: Matter
    category: Category
    at: datetime

    def step(self, verb: str, by: str | Actor, hours: float = 1.0, **given: object) -> None:
        """Take one step after some hours."""
        self.at += timedelta(hours=hours)
        actor_ = self.town.people[by] if isinstance(by, str) else by
        self.matter = act(self.matter.pk, verb, given, by=actor_, at=self.at)

    @property
    def unit(self) -> Actor:
        """Somebody of the unit that holds the matter."""
        return self.town.of_unit(self.matter.holder)

    def classed(self) -> None:
        """The desk confirms the class."""
        self.looked("operator")
        items = self.dice.choice(("请尽快处理", "请尽快处理\n告诉我结果", "修好\n说明原因\n以后有人管"))
        self.step(
            "classify",
            "operator",
            0.3,
            category=self.category.code,
            handling_class=self.category.handling_class,
            items=items,
        )

    def looked(self, who: str) -> None:
        """Somebody looks at signs of danger, if there are any."""
        if self.matter.danger_open:
            self.step("look", who, 0.05, reason="已电话核实，没有危险")

    def assigned(self) -> None:
        """The desk sends it to the unit the book proposes."""
        self.classed()
        self.step("assign", "operator", 0.2, unit=self.matter.route_why["lead"])

    def handling(self) -> None:
        """The unit accepts."""
        self.assigned()
        self.step("accept", self.town.of_unit(self.matter.offered_to), 2)

    def answered(self, hours: float = 20.0) -> None:
        """The unit answers every item."""
        self.handling()
        self.answer(hours)

    def answer(self, hours: float = 20.0) -> None:
        """Answer."""
        plain = [k for k, e in self.town.book.evidence_kinds.items() if not e.file]
        reply = self.dice.choice(
            (
                "已到现场查看并安排人员处理，问题已经解决；以后再有，请随时拨打热线。",
                "经核实，情况属实。已责成施工单位限期整改，本周内完成，完成后另行告知。",
                "已与您电话联系并说明政策，所需材料清单已用短信发给您。",
                "已组织双方调解，达成一致；社区每周回访一次。",
            )
        )
        ticked = [str(n) for n in range(len(self.matter.items))]
        self.step("answer", self.unit, hours, evidence=self.dice.choice(plain), reply=reply, ticked=ticked)


def _receive(town: Town, dice: random.Random, at: datetime, *, police: bool = False, hidden: bool = False) -> Life:
    category = dice.choices(town.leaves, town.weights)[0]
    division = dice.choice(town.divisions)
    hide = next(iter(u.code for u in town.book.units.values() if u.division == division[:9])) if hidden else ""
    report = Report(
        words=grammar.words(dice, dice.choice(category.keywords)),
        channel="phone" if police or dice.random() < 0.5 else dice.choice(("web", "web", "app", "counter")),
        division=division,
        address_id=_some_address(division, dice) if dice.random() < 0.6 else None,
        name=grammar.person(dice) if dice.random() < 0.7 else "",
        phone=grammar.phone(dice) if dice.random() < 0.75 else "",
        about=(hide,) if hide else (),
    )
    by = town.people["police"] if police else RESIDENT if report.channel == "web" else town.people["operator"]
    return Life(town, dice, matters.receive(report, by=by, at=at), category, at)


def _some_address(division: str, dice: random.Random) -> int:
    from wuxiao.records.models import Address

    ids = list(Address.objects.filter(division=division).values_list("pk", flat=True))
    return dice.choice(ids)


def _rated(one: Life) -> None:
    one.answered(one.dice.uniform(4, 80))
    one.step("rate", RESIDENT, 30, rating=str(one.dice.choice((5, 5, 5, 4, 4, 3, 2, 1))), solved="yes")
    _called(one)


def _silent(one: Life) -> None:
    one.answered(one.dice.uniform(4, 80))
    one.step("close", SYSTEM, 24 * 7 + 0.1)
    _called(one)


def _called(one: Life) -> None:
    if CallBack.objects.filter(matter_id=one.matter.pk, state="drawn").exists():
        solved = one.dice.choice(("yes", "yes", "no"))
        one.step("call_back", "caller", 30, way="phone", contacted="yes", solved=solved, rating="4")


def _refused(one: Life) -> None:
    one.assigned()
    reason = "现场看过，产权属于另一个单位，不属我单位职责"
    one.step("refuse", one.town.of_unit(one.matter.offered_to), 3, reason=reason)
    one.step("assign", "shift_lead", 1, unit=one.matter.route_why["lead"])
    one.step("accept", one.town.of_unit(one.matter.offered_to), 2)
    one.answer()
    one.step("close", SYSTEM, 24 * 7 + 0.1)
    _called(one)


def _asked(one: Life) -> None:
    one.handling()
    one.step("ask", one.unit, 3, reply="请问具体是哪一栋楼？最近一次是哪一天？")
    one.step("reply", RESIDENT, 26, words="三号楼东边，就是前天夜里。")
    one.answer()
    one.step("rate", RESIDENT, 20, rating="5", solved="yes")
    _called(one)


def _reminded(one: Life) -> None:
    one.handling()
    one.step("remind", SYSTEM, 60, reason="提醒 · Remind")
    one.step("remind", SYSTEM, 24, reason="提醒 · Remind")
    one.step("note", one.unit, 2, words="已约施工单位明天上午到场。", seen="")
    one.answer(5)
    one.step("close", SYSTEM, 24 * 7 + 0.1)
    _called(one)


def _declined(one: Life) -> None:
    one.handling()
    reason = one.dice.choice(list(one.town.book.decline_reasons))
    one.step("decline", one.unit, 5, decline_reason=reason, reply="这件事已经进入诉讼程序。", channel="县人民法院")
    one.step("uphold", "shift_lead", 5, reason="属实，同意")


def _withdrawn(one: Life) -> None:
    one.handling()
    one.step("withdraw", RESIDENT, 5, reason="已经好了")


def _reopened(one: Life) -> None:
    one.answered()
    one.step("object", RESIDENT, 20, reason="只来看了一眼，问题还在。")
    one.answer()
    one.step("close", SYSTEM, 24 * 7 + 0.1)
    _called(one)


def _signing(one: Life, upto: int = 2) -> None:
    one.looked("police")
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务，转热线办理"}
    one.step("divert", "police", 0.2, **given)
    for level in range(1, upto + 1):
        one.step("sign", f"reviewer{level}", 0.3, reason="同意")


def _diverted(one: Life) -> None:
    _signing(one, 4)
    one.step("accept", "operator", 1)
    one.answered()
    one.step("close", SYSTEM, 24 * 7 + 0.1)
    _called(one)


def _waiting(one: Life) -> None:
    one.handling()
    one.step("ask", one.unit, 3, reply="请补充说明是哪一家店，发票还在不在。")


def _joint(one: Life) -> None:
    one.classed()
    for _ in range(3):
        one.step("assign", "operator", 0.2, unit=one.matter.route_why["lead"])
        one.step("refuse", one.town.of_unit(one.matter.offered_to), 1, reason="产权不清，不属我单位")


def _declining(one: Life) -> None:
    one.handling()
    reason = next(iter(one.town.book.decline_reasons))
    one.step("decline", one.unit, 5, decline_reason=reason, reply="这件事已经进入诉讼程序。", channel="县人民法院")


def _urgent(one: Life) -> None:
    one.step("bypass", "operator", 0.1, reason="来电人说有煤气味")


Course = tuple[float, Callable[[Life], None], bool]
#: How often each course of a closed life is met, and whether it begins with the police.
CLOSED: tuple[Course, ...] = (
    (0.33, _rated, False),
    (0.27, _silent, False),
    (0.10, _reminded, False),
    (0.08, _asked, False),
    (0.06, _refused, False),
    (0.05, _declined, False),
    (0.03, _withdrawn, False),
    (0.03, _reopened, False),
    (0.05, _diverted, True),
)
OPEN: tuple[Course, ...] = (
    (0.20, lambda one: None, False),
    (0.14, Life.assigned, False),
    (0.40, Life.handling, False),
    (0.05, _waiting, False),
    (0.05, _signing, True),
    (0.02, _joint, False),
    (0.03, _declining, False),
    (0.02, _urgent, False),
    (0.09, Life.answered, False),
)


def _begin(dice: random.Random, monday: datetime) -> datetime:
    day, hour = dice.choice((0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6)), dice.triangular(7.5, 22.5, 10)
    return monday + day * DAY + timedelta(seconds=int(hour * 3600))


def monday_of(at: datetime) -> datetime:
    """Return the Monday (midnight in Shanghai) of the week of an instant."""
    local = at.astimezone(SHANGHAI)
    return (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def closed_lives(town: Town, count: int, first_monday: datetime, dice: random.Random) -> list[int]:
    """Lead `count` matters of one week through whole lives; returns their ids."""
    made = []
    for _ in range(count):
        course = dice.choices(CLOSED, [weight for weight, _, _ in CLOSED])[0]
        hidden = dice.random() < 0.02 and not course[2]
        one = _receive(town, dice, _begin(dice, first_monday), police=course[2], hidden=hidden)
        course[1](one)
        assert one.matter.state == "closed", (course, one.matter.state)
        made.append(one.matter.pk)
    return made


def open_lives(town: Town, count: int, now: datetime, dice: random.Random) -> list[int]:
    """Begin `count` matters within the last days and leave each somewhere on its way; returns their ids."""
    made = []
    for _ in range(count):
        course = dice.choices(OPEN, [weight for weight, _, _ in OPEN])[0]
        at = now - timedelta(hours=dice.uniform(0.2, 20 if course[2] else 90) + (0 if course[0] == 0.20 else 30))
        one = _receive(town, dice, at, police=course[2])
        course[1](one)
        assert one.matter.state != "closed"
        made.append(one.matter.pk)
    return made
