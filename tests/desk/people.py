"""A small staffed town for the stories of the desk: the default rule book and one person for each post."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.town import books
from wuxiao.records.models import Staff
from wuxiao.rules import book as rulebook
from wuxiao.rules.access import Role, Scope
from wuxiao.rules.calendar import SHANGHAI

#: A Monday morning in ordinary working time.
MONDAY = datetime(2026, 9, 7, 9, 30, tzinfo=SHANGHAI)
BOOK_TEXT = (Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8")
ENCODED = "argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHQ$unusable"


@dataclass(frozen=True)
class Town:
    """The actors of the stories by name."""

    people: dict[str, Actor]

    def __getattr__(self, name: str) -> Actor:
        return self.people[name]

    def staff(self, name: str) -> Staff:
        return Staff.objects.get(username=name)


def settle(at: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)) -> Town:
    """Adopt the default book and appoint the people."""
    books.forget()
    rules = books.adopt(BOOK_TEXT, name="book.toml", effective_from=at, by=SYSTEM, at=at)
    unit = {u.type: u.code for u in reversed(rules.book.units.values())}
    posts: dict[str, list[Appointment]] = {
        "operator": [Appointment(Role.OPERATOR, "hotline")],
        "shift_lead": [Appointment(Role.CENTRE_LEAD, "hotline")],
        "police": [Appointment(Role.POLICE_OPERATOR, "police_110")],
        "reviewer1": [Appointment(Role.REVIEWER, "police_110", level=1)],
        "reviewer2": [Appointment(Role.REVIEWER, "police_110", level=2)],
        "reviewer3": [Appointment(Role.REVIEWER, "police_110", level=3)],
        "reviewer4": [Appointment(Role.REVIEWER, "police_110", level=4)],
        "caller": [Appointment(Role.CALLER, "hotline")],
        "supervisor": [Appointment(Role.SUPERVISOR, unit["supervision"])],
        "chief": [Appointment(Role.CHIEF, "gov", Scope.COUNTY)],
        "auditor": [Appointment(Role.AUDITOR, "gov")],
        "security": [Appointment(Role.SECURITY, "data_bureau")],
        "admin": [Appointment(Role.ADMIN, "data_bureau")],
    }
    people = {}
    for name, held in posts.items():
        person, _ = staff.create(name, name, held, by=SYSTEM, at=at, encoded=ENCODED)
        people[name] = actor.of_staff(person, rules.book)
    return Town(people)


def of_unit(town: Town, unit: str, role: Role = Role.HANDLER, at: datetime = MONDAY) -> Actor:
    """Return (and appoint the first time) a handler or lead of a unit."""
    name = f"{role.value}_{unit}"
    if name not in town.people:
        person, _ = staff.create(name, name, [Appointment(role, unit)], by=SYSTEM, at=at, encoded=ENCODED)
        town.people[name] = actor.of_staff(person, books.current(at).book)
    return town.people[name]
