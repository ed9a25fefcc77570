"""Leaders' reception hours of the county, past and to come, with bookings in every state; told through the desk.

One part of the county, told last: people come with matters of their own that stand open, and none of what is told
lies before the last entry of the matter it is about.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Max

from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.case import tell
from wuxiao.desk.slots import ask, book, keep, kinds
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Booking, Matter, Slot
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.site.demo.lives import Team
from wuxiao.subjects.reception import acts
from wuxiao.subjects.reception.rules import NAME

PLACE, OTHER_PLACE = "县政务服务中心一楼 103 接访室", "县信访局二楼接待室"
PROMISED = (
    "请城管和街道本周内到现场一起看，下周二前把怎么改写给您。",
    "这件事我来跟：两家单位各办各的，月底前都要有回音。",
    "说得对，上次答复没写清楚。请承办单位重新写明依据，十天内给您。",
)
_DAY = timedelta(days=1)
#: So long before a date that is over people booked it.
_SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Plan:
    """When it is told; it is left open for nobody in particular."""

    at: datetime
    stop: str = ""


class Receptions:
    """The county's receptions of some weeks, from the first date published until the present."""

    joins = None

    def __init__(self, seed: int, now: datetime, rules: Rules, team: Team) -> None:
        self.now, self.rules, self.rng = now, rules, random.Random(f"{seed}:receptions")
        self.plan, self.matter = Plan(now), Matter()
        self.chief = team.posts[Role.CHIEF, "gov", 0][0]
        self.supervisor = team.posts[Role.SUPERVISOR, "efficiency", 0][0]
        self.used: set[int] = set()

    def wills(self, turn: str) -> bool:
        """It has no turns of its own."""
        return False

    def story(self) -> Generator[datetime]:
        """Tell it in the order of time: dates published, bookings for those that are over, then what is to come."""
        begun = self.now - 16 * _DAY
        yield begun
        past, coming = self._publish(begun)
        for slot in past:
            yield slot.starts_at - _SOON
            bookings = self._book(slot, 3, slot.starts_at - _SOON)
            yield slot.starts_at + timedelta(minutes=30)
            self._hold(slot, bookings, slot.starts_at + timedelta(minutes=30))
        at = self.now - timedelta(hours=4)
        yield at
        self._ahead(coming, at)
        tell.hush(self._heard(), by=SYSTEM, at=self.now)

    def _heard(self) -> set[int]:
        """Return whose reporters were told: of those that came, and of all that is joined with them."""
        mains = Matter.objects.filter(pk__in=self.used, merged_into__isnull=False)
        those = self.used | set(mains.values_list("merged_into_id", flat=True))
        return those | set(Matter.objects.filter(merged_into__in=those).values_list("pk", flat=True))

    def _publish(self, at: datetime) -> tuple[list[Slot], list[Slot]]:
        made: list[Slot] = []
        # One date lies on the last working day, so that something has come of a reception whenever the demo begins.
        last = self.rules.calendar.add_workdays(self.now.astimezone(SHANGHAI).date(), -1)
        for by, starts, ends, first, place, every in (
            (self.chief, "15:00", "17:00", last, PLACE, "once"),
            (self.chief, "09:00", "11:30", self._first(at, 1), PLACE, "week"),
            (self.supervisor, "14:30", "17:00", self._first(at, 3), OTHER_PLACE, "fortnight"),
        ):
            given = {
                "host": str(by.staff_id), "day": first.isoformat(), "starts": starts, "ends": ends, "place": place,
                "places": "4", "every": every, "times": {"once": "1", "week": "8", "fortnight": "4"}[every],
            }  # fmt: skip
            made += acts.publish(given, by=by, at=at, rules=self.rules).slots
        made.sort(key=lambda slot: slot.starts_at)
        past = [slot for slot in made if slot.ends_at < self.now]
        return past, [slot for slot in made if slot.starts_at > self.now + timedelta(hours=2)]

    def _first(self, at: datetime, weekday: int) -> date:
        day = at.astimezone(SHANGHAI).date() + _DAY
        return day + ((weekday - day.weekday()) % 7) * _DAY

    def _book(self, slot: Slot, most: int, at: datetime) -> list[Booking]:
        """Let some people come whose matters stand open and were touched before; joined ones ask for themselves."""
        kind = kinds.of(NAME, self.rules.book)
        (ready,) = ask.ready(ask.with_hosts(Slot.objects.filter(pk=slot.pk)))
        rows = Matter.objects.filter(closed_at=None).exclude(pk__in=self.used).annotate(last=Max("entries__at"))
        found: list[Booking] = []
        for matter in rows.filter(last__lt=at).order_by("-last", "pk"):
            if len(found) == most:
                break
            if kind.judge(matter, self.rules, at)(ready) is None:
                self.used.add(matter.pk)
                found.append(book.book(matter.pk, slot.pk, by=RESIDENT, at=at))
        return found

    def _hold(self, slot: Slot, bookings: list[Booking], at: datetime) -> None:
        keeper = self._keeper(slot)
        for n, one in enumerate(bookings):
            book.mark(one.pk, n != 1, by=keeper, at=at)
            if n == 0:
                book.promise(one.pk, self.rng.choice(PROMISED), by=keeper, at=at)
                acts.take_over(one.matter.number, by=keeper, at=at, rules=self.rules)

    def _keeper(self, slot: Slot) -> Actor:
        return self.chief if slot.host_id == self.chief.staff_id else self.supervisor

    def _ahead(self, coming: list[Slot], at: datetime) -> None:
        """What is to come: one date full, one moved, one cancelled, a booking moved and one given back."""
        if len(coming) < 4:
            return
        first, second, third, fourth = coming[:4]
        full = self._book(first, 4, at)
        some = self._book(second, 2, at)
        gone = self._book(third, 1, at)
        if some:
            book.move(some[0].pk, fourth.pk, by=RESIDENT, at=at)
        if len(full) > 3:
            book.release(full[3].pk, by=RESIDENT, at=at)
            self._book(first, 1, at)
        if gone:
            keep.cancel(third.pk, "当天县里有防汛会，改在下一场", by=self._keeper(third), at=at)
        moved = fourth.starts_at.astimezone(SHANGHAI)
        hours = keep.Hours(
            datetime.combine(moved.date(), time(14, 30), SHANGHAI), datetime.combine(moved.date(), time(17), SHANGHAI)
        )
        if hours.starts_at != fourth.starts_at:
            keep.change(fourth.pk, hours, place=fourth.place, by=self._keeper(fourth), at=at)


def make(seed: int, now: datetime, rules: Rules, team: Team) -> list[Receptions]:
    """Return the receptions of the county; none where the rule book keeps none."""
    return [Receptions(seed, now, rules, team)] if NAME in rules.book.lives else []
