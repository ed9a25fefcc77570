"""Six sittings of the joint conference, one at each stage today, told through the desk; nothing of it happened.

What is decided of a matter is decided last, minutes before the present: whatever the year told of it lies before. A
sitting whose items are hazards of premises may lie further back, for its decision writes nothing into them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.desk.tasks import acts as tasks
from wuxiao.desk.tasks import look
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import AgendaItem, Case, Conference, Task
from wuxiao.rules import flow
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.flow import DESK_TYPES
from wuxiao.rules.route import may_lead
from wuxiao.site.demo.lives import Team
from wuxiao.subjects.conference import acts, asks
from wuxiao.subjects.conference.rules import CONFERENCE, next_sitting

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_ROOM, _CLOCK = "县信访局二楼会议室", "09:30"
_DECIDED_FROM = flow.STEPS["decide"].sources
_BRIEFS = {
    "refused": "几家都说不归自己管，请定由谁牵头",
    "collective": "反映的人多，请定一家牵头答复、几家配合",
    "hazard": "严重隐患，请定由谁盯到整改完",
}
_WHAT = {
    "refused": "牵头到现场看一次，定出处理办法并答复诉求人",
    "collective": "牵头开一次说明会，把办理安排讲清楚",
    "hazard": "每周到场看一次，整改完以前不离手",
}


class Sittings:
    """The sittings as they are told, for one county at one present."""

    def __init__(self, until: datetime, team: Team) -> None:
        self.until, self.team, self.rules = until, team, team.rules
        said = self.rules.book.lives[CONFERENCE.name]
        self.lead = said.units["lead"]
        self.members = said.lists["members"]
        self.chair = team.lead(self.lead)
        self.clerk = team.posts[Role.HANDLER, self.lead, 0][0]
        self.made: list[Case] = []

    def tell(self) -> list[Case]:
        """Tell all six, in the order in which they were called."""
        self.closed(self.opened(2))
        self.carried(self.opened(3))
        self.minuted(self.opened(8))
        self.sitting(self.opened(0))
        self.convened()
        self.proposed()
        return self.made

    def _workday(self, days: int) -> date:
        """Return the working day so many days from today, or the next one; the last one for days that are over."""
        day = look.today(self.until) + days * DAY
        back = self.rules.calendar.add_workdays(day, 0)
        return self.rules.calendar.add_workdays(day, -1) if days <= 0 and back > day else back

    def opened(self, ago: int) -> tuple[Case, datetime]:
        """Propose and convene a sitting of some days ago; returns it with the moment it opens."""
        day = self._workday(-ago)
        sat = datetime.combine(day, time.fromisoformat(_CLOCK), SHANGHAI)
        if sat > self.until - HOUR:
            # It is too early in the day for one to sit already: it sat on the last working day before.
            day = self.rules.calendar.add_workdays(look.today(self.until), -1)
            sat = datetime.combine(day, time.fromisoformat(_CLOCK), SHANGHAI)
        at = sat - 7 * DAY
        case = opening.plan(CONFERENCE.name, {"date": day.isoformat()}, by=self.chair, at=at)
        self.made.append(case)
        self._do(case, "convene", self.chair, at + DAY, date=day.isoformat(), time=_CLOCK, place=_ROOM)
        return case, sat

    def _do(self, case: Case, verb: str, by: Actor, at: datetime, **given: Any) -> None:
        act(case.pk, verb, given, by=by, at=at)

    def _put_on(self, case: Case, at: datetime, *whys: str) -> asks.Proposal | None:
        """Put the first on the agenda that is proposed for one of these reasons, and return it."""
        found = asks.proposed(Case.objects.get(pk=case.pk), self.rules, self.clerk)
        one = next((p for why in whys for p in found if p.why == why and self._free(p, found)), None)
        if one is not None:
            self._do(case, "put_on", self.clerk, at, item=one.case.number, brief=_BRIEFS[one.why])
        return one

    def _free(self, one: asks.Proposal, found: Sequence[asks.Proposal]) -> bool:
        """Whether something may be decided here: people who try the county find a matter that waits for a sitting."""
        if one.why == "refused":
            return sum(p.why == "refused" for p in found) > 1
        return one.case.life != "matter" or (one.case.state in _DECIDED_FROM and not one.case.danger_open)

    def _sit(self, case: Case, at: datetime, present: int) -> None:
        self._do(case, "sit", self.chair, at, present=[self.lead, *self.members[: present - 1]])

    def _decide(self, case: Case, one: asks.Proposal, at: datetime, days: int) -> None:
        due = look.today(self.until) + days * DAY
        if one.case.life == "matter" and one.case.due_at is not None:
            # What the requester was promised is not decided to be late.
            due = max(min(due, look.today(one.case.due_at)), look.today(at))
        given = {"item": one.case.number, "unit": self._unit(one), "what": _WHAT[one.why], "due": due.isoformat()}
        self._do(case, "decide", self.chair, at, **given)

    def _unit(self, one: asks.Proposal) -> str:
        """Return who is to lead: of a matter whoever may by the rule book, of a hazard the first member."""
        book, about = self.rules.book, one.case
        able = [u for u in (str(about.route_why.get("lead", "")), *self.members) if u in book.units]
        able = [u for u in able if book.units[u].type not in DESK_TYPES]
        if about.life == "matter":
            able = [u for u in able if may_lead(book, u, about.category, hidden=about.hidden)[0]]
        return able[0]

    def _minutes(self, case: Case, at: datetime) -> None:
        self._do(case, "write_up", self.clerk, at, minutes=asks.drafted(Case.objects.get(pk=case.pk), self.clerk))

    # ------------------------------------------------------------------------------------------------------ the six

    def closed(self, opened: tuple[Case, datetime]) -> None:
        """One that decided of a hazard, whose task is done and whose digest is public."""
        case, at = opened
        one = self._put_on(case, at, "hazard")
        self._sit(case, at + MINUTE, 8)
        if one is not None:
            self._decide(case, one, at + 20 * MINUTE, 5)
        self._minutes(case, at + 60 * MINUTE)
        self._do(case, "confirm", self.chair, at + 90 * MINUTE)
        for task in Task.objects.filter(matter_id=case.pk):
            who = self.team.lead(task.unit)
            tasks.act(task.code, "task_take", by=who, at=at + 2 * HOUR)
            tasks.act(
                task.code,
                "task_done",
                {"proof": "已到场，门锁已拆，通道畅通，照片在检查记录里"},
                by=who,
                at=at + 5 * HOUR,
            )
            acts.finish(Case.objects.get(pk=case.pk), at + 5 * HOUR + MINUTE)
        said = asks.digested(Case.objects.get(pk=case.pk))
        self._do(case, "draft", self.clerk, at + 20 * HOUR, digest=said.zh, digest_en=said.en)
        self._do(case, "release", self.chair, at + 21 * HOUR)

    def carried(self, opened: tuple[Case, datetime]) -> None:
        """One that ended a ping-pong minutes ago: its task is with the unit that was named."""
        case, at = opened
        one = self._put_on(case, at, "refused", "collective", "hazard")
        self._sit(case, at + MINUTE, 7)
        if one is not None:
            self._decide(case, one, self.until - 40 * MINUTE, 20)
        self._minutes(case, self.until - 30 * MINUTE)
        self._do(case, "confirm", self.chair, self.until - 20 * MINUTE)

    def minuted(self, opened: tuple[Case, datetime]) -> None:
        """One too few came to: its minutes wait to be confirmed, nothing was decided."""
        case, at = opened
        self._sit(case, at, 4)
        self._minutes(case, at + DAY)

    def sitting(self, opened: tuple[Case, datetime]) -> None:
        """One that sits, with an item to be decided."""
        case, at = opened
        self._put_on(case, at, "refused", "hazard")
        self._sit(case, at, 8)

    def convened(self) -> None:
        """One that is called, to which some members have answered."""
        day, at = self._workday(6), self.until - DAY
        case = opening.plan(CONFERENCE.name, {"date": day.isoformat()}, by=self.chair, at=at)
        self.made.append(case)
        self._put_on(case, at + MINUTE, "collective", "refused", "hazard")
        self._do(case, "convene", self.chair, at + 2 * MINUTE, date=day.isoformat(), time=_CLOCK, place=_ROOM)
        members = [unit for unit in self.members if self.rules.book.units[unit].type not in DESK_TYPES]
        for n, (unit, answer) in enumerate(zip(members, ("come", "deputy", "cannot"), strict=False)):
            self._do(case, "answer", self.team.lead(unit), at + (30 + n) * MINUTE, unit=unit, answer=answer)

    def proposed(self) -> None:
        """The next one by the book, which the house proposes."""
        said = self.rules.book.lives[CONFERENCE.name].numbers
        day = next_sitting(look.today(self.until), said["week"], said["weekday"], self.rules.calendar)
        if not Conference.objects.filter(regular=day.isoformat()).exists():
            made = acts.begin({"date": day}, self.rules, SYSTEM, self.until - MINUTE, regular=day.isoformat())
            self.made.append(made)


def tell(until: datetime, rules: Rules, team: Team) -> Sequence[int]:
    """Tell the sittings once; returns their ids and those of the matters they decided.

    None where the rule book keeps no conference, or they are told.
    """
    if CONFERENCE.name not in rules.book.lives or Conference.objects.filter(regular="").exists():
        return []
    made = [case.pk for case in Sittings(until, team).tell()]
    about = AgendaItem.objects.filter(matter_id__in=made).values_list("about_id", flat=True)
    return [*made, *(pk for pk in about if pk is not None)]
