"""Unusual readings of personal data: what goes beyond a day's work is told to the auditor, once, with its entries.

The data is watched, not the staff. Nothing is counted up, kept or compared between people: there is an entry that says
beyond which number of the rule book somebody read on which day, and the auditor looks at the readings it points to.
Nobody but the auditor sees it, neither the person's own lead nor the person's unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import transaction

from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.base.put import put
from wuxiao.desk.case import tell
from wuxiao.desk.diary import diary
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Matter, Once, Post, Staff
from wuxiao.rules.book_model import Book, Unusual
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.words import Text

#: What of a contact a reading shows.
CONTACT = frozenset({"name", "phone", "email", "contact"})
_DAY = timedelta(days=1)
#: Places are told apart by their first characters; a shorter one names no place.
_PLACE = (4, 60)


@dataclass(slots=True)
class Day:
    """What one person read in one day: matters by kind, the units of each place, exports; and the entries."""

    contacts: set[int] = field(default_factory=set)
    matters: set[int] = field(default_factory=set)
    at_night: set[int] = field(default_factory=set)
    exports: int = 0
    first: int = 0
    last: int = 0

    def note(self, pk: int) -> None:
        """Keep which entries the day is made of."""
        self.first, self.last = min(self.first or pk, pk), max(self.last, pk)


def night_of(at: datetime, rule: Unusual) -> date | None:
    """Return the day on whose evening the night began in which an instant lies, or `None` by day."""
    local = at.astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    if rule.night_from <= rule.night_to:
        return local.date() if rule.night_from <= minute < rule.night_to else None
    if minute >= rule.night_from:
        return local.date()
    return local.date() - _DAY if minute < rule.night_to else None


def _days(since: datetime, people: Iterable[int], rule: Unusual) -> dict[tuple[int, date], Day]:
    found: dict[tuple[int, date], Day] = defaultdict(Day)
    rows = Entry.objects.filter(staff_id__in=list(people), at__gte=since, verb__in=("read", "print", "export_rows"))
    for pk, staff, matter, at, verb, facts in rows.values_list("pk", "staff_id", "matter_id", "at", "verb", "facts"):
        if staff is None:
            continue
        day = found[staff, at.astimezone(SHANGHAI).date()]
        day.note(pk)
        if verb == "export_rows":
            day.exports += 1
            continue
        shown = set(facts.get("fields", ()))
        if matter is None or shown == {"title"}:
            continue
        day.matters.add(matter)
        if shown & CONTACT:
            day.contacts.add(matter)
        if (evening := night_of(at, rule)) is not None:
            night = found[staff, evening]
            night.note(pk)
            night.at_night.add(matter)
    return found


def _places(ids: Iterable[int]) -> Mapping[int, tuple[str, str]]:
    """Return the place and the unit of matters, by matter; those without a place are left out."""
    rows = Matter.objects.filter(pk__in=list(ids)).values_list("pk", "address_id", "place", "holder")
    found = {}
    for pk, address, place, holder in rows:
        flat = "".join(place.split())
        if address is not None:
            found[pk] = (f"a{address}", holder)
        elif len(flat) >= _PLACE[0]:
            found[pk] = (flat[: _PLACE[1]], holder)
    return found


def _units_of_place(matters: Iterable[int], places: Mapping[int, tuple[str, str]]) -> int:
    units: dict[str, set[str]] = defaultdict(set)
    for matter in matters:
        if matter in places:
            place, unit = places[matter]
            units[place].add(unit)
    return max((len(found) for found in units.values()), default=0)


def look(*, at: datetime) -> int:
    """Tell the auditor of what was unusual today and yesterday and was not told yet; returns how much was told."""
    book = books.current(at).book
    since = datetime.combine(at.astimezone(SHANGHAI).date() - _DAY, time(), SHANGHAI)
    roles: dict[int, list[str]] = defaultdict(list)
    for staff, role in Post.objects.values_list("staff_id", "role"):
        roles[staff].append(role)
    # Somebody whose posts were taken today read what they read before.
    people = set(Staff.objects.filter(last_login__gte=since - 30 * _DAY).values_list("pk", flat=True)) | set(roles)
    days = _days(since, people, book.unusual)
    places = _places({m for day in days.values() for m in day.matters})
    told = 0
    for (staff, date_), day in sorted(days.items()):
        if date_ < since.date():
            continue
        usual = book.unusual.of_roles(roles.get(staff, ()))
        counts = {
            "contacts": len(day.contacts),
            "matters": len(day.matters),
            "at_night": len(day.at_night),
            "units_of_place": _units_of_place(day.matters, places),
            "exports": day.exports,
        }
        for kind, count in counts.items():
            limit = getattr(usual, kind)
            if count > limit:
                told += _tell(staff, date_, kind, limit, day, book, at)
    return told


def _tell(staff: int, date_: date, kind: str, limit: int, day: Day, book: Book, at: datetime) -> int:
    person = Staff.objects.get(pk=staff)
    with transaction.atomic():
        # One row that can be put in once: two workers, or the next look, tell it no second time.
        if not put([Once(key=f"unusual:{staff}:{date_}:{kind}", digest="", at=at)], ignore=True):
            return 0
        facts = {
            "who": person.name,
            "account": person.username,
            "day": date_.isoformat(),
            "kind": kind,
            "limit": limit,
            "entries": [day.first, day.last],
        }
        entry = diary.write_town("unusual_reading", by=SYSTEM, at=at, facts=facts)
        zh = f"【{book.town.name.zh}】有一次异常查阅要核对，请登录后看审计页面。"
        en = f"[{book.town.name.en}] There is an unusual reading to look at: please see the audit page."
        subject = "查阅提醒 / Unusual reading"
        mails = [
            tell.house_mail(address, "unusual_reading", subject, Text(zh, en), f"unusual-{entry.turn}-{n}", at=at)
            for n, address in enumerate(sorted(tell.auditors()))
        ]
        put(mails, ignore=True)
    return 1
