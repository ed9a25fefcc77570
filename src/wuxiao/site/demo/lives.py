"""The lives of the matters: each is a small story that waits for its next instant and then acts through the desk."""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from wuxiao.desk.base import ask
from wuxiao.desk.base.actor import RESIDENT, Actor
from wuxiao.desk.case import standing
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.matters import call_backs, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import CallBack, Matter
from wuxiao.rules import route
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.site.demo import people
from wuxiao.site.demo.texts import sections
from wuxiao.site.demo.wording import Scene, Situation, answer_words, report_words

Story = Generator[datetime, None, None]
HOTLINE, POLICE = "hotline", "police_110"
DECLINES = ("litigation", "petition_open", "same_matter", "beyond_duty", "decided")


def phrases() -> Mapping[str, list[str]]:
    """Return what people say on the way, by occasion; `occasion@category` is for that category and those under it."""
    return sections("phrases")


#: Occasions whose lines answer, one by one, those of another.
ANSWERS: Mapping[str, str] = {"reply": "ask", "stand_down": "bypass", "part": "task"}
_TOGETHER = frozenset([*ANSWERS, *ANSWERS.values()])


def phrases_of(occasion: str, category: str) -> list[str]:
    """Return the phrases that fit a category: those for anything and those of its branch; of what is asked and answered
    those of the closest branch alone, so that both speak of the same."""
    parts = category.split(".")
    near = [f"{occasion}@{'.'.join(parts[:n])}" for n in range(len(parts), 0, -1)]
    found = [phrases()[name] for name in near if name in phrases()]
    if occasion in _TOGETHER:
        return found[0] if found else phrases()[occasion]
    return [*phrases()[occasion], *(line for lines in found for line in lines)]


@dataclass
class Team:
    """Everybody who acts, by role and unit, with names and telephone numbers."""

    rules: Rules
    posts: dict[tuple[Role, str, int], list[Actor]] = field(default_factory=dict)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    pace: dict[str, float] = field(default_factory=dict)

    def some(self, rng: random.Random, role: Role, unit: str, level: int = 0) -> Actor:
        """Return one of those appointed to this post."""
        return rng.choice(self.posts[role, unit, level])

    def of_unit(self, rng: random.Random, unit: str) -> Actor:
        """Return a handler of a unit, or its lead where it has no other."""
        return rng.choice(self.posts.get((Role.HANDLER, unit, 0)) or self.posts[Role.LEAD, unit, 0])

    def lead(self, unit: str) -> Actor:
        """Return the lead of a unit."""
        return self.posts[Role.LEAD, unit, 0][0]


@dataclass
class Plan:
    """What is decided before a life begins: when, what, where, by which door, and what will happen on the way.

    `will` are turns the life takes; `stop` is the point where it is left open for whoever signs in today.
    """

    at: datetime
    situation: Situation
    scene: Scene
    channel: str
    rng: random.Random
    will: set[str]
    stop: str = ""
    follows: Plan | None = None
    hidden: str = ""
    slow: float = 1.0


class Life:
    """One matter from its first word until it rests or the present is reached."""

    def __init__(self, plan: Plan, team: Team) -> None:
        self.plan, self.team, self.rng = plan, team, plan.rng
        self.rules, self.calendar, self.book = team.rules, team.rules.calendar, team.rules.book
        self.situation, self.scene, self.at = plan.situation, plan.scene, plan.at
        self.matter = Matter()
        self.name = ""
        self.handler: Actor | None = None
        self.solved = True
        #: The stored address of the spot, and the life this one is joined to; both set by the build.
        self.team_address: int | None = None
        self.joins: Life | None = None
        #: Which line was said last of each occasion: what answers it is the line of the same place.
        self.said: dict[str, int] = {}

    # ------------------------------------------------------------------------------------------------ time and acts

    def after(self, minutes: float) -> Story:
        """Wait so many minutes by the clock, as the desks that never close do."""
        self.at += timedelta(seconds=round(minutes * 60 * self.rng.uniform(0.6, 1.5)) + self.rng.randint(1, 59))
        yield self.at

    def office(self, hours: float) -> Story:
        """Wait so many office hours; what is urgent does not wait for the office."""
        spent = timedelta(seconds=round(hours * 3600 * self.rng.uniform(0.5, 1.6)) + self.rng.randint(1, 59))
        if self.matter.handling_class == "urgent":
            self.at += spent / 4
        else:
            self.at = self.calendar.add_working_time(self.at, spent) + timedelta(seconds=self.rng.randint(0, 59))
        yield self.at

    def do(self, verb: str, by: Actor, **given: Any) -> None:
        """Take one step now."""
        self.matter = act(self.matter.pk, verb, given, by=by, at=self.at)

    def now(self) -> Matter:
        """Return the matter as it stands: the clock may have moved it if its tick has come since the last act."""
        tick = self.matter.tick_at
        if self.matter.state != "closed" and (tick is None or tick <= self.at):
            found = ask.one(Matter, id=self.matter.pk)
            assert found is not None
            self.matter = found
        return self.matter

    def says(self, occasion: str) -> str:
        """Return one of the phrases of an occasion that fits what this is about; an answer fits its question."""
        lines = phrases_of(occasion, self.situation.category)
        if occasion in ANSWERS:
            return self.scene.fill(lines[self.said.get(ANSWERS[occasion], 0) % len(lines)])
        self.said[occasion] = self.rng.randrange(len(lines))
        return self.scene.fill(lines[self.said[occasion]])

    def wills(self, turn: str) -> bool:
        """Return whether the life takes this turn."""
        return turn in self.plan.will

    def wills_once(self, turn: str) -> bool:
        """Return whether the life takes this turn, which it takes no second time."""
        wanted = turn in self.plan.will
        self.plan.will.discard(turn)
        return wanted

    @property
    def operator(self) -> Actor:
        """Somebody at the hotline's desk."""
        return self.team.some(self.rng, Role.OPERATOR, HOTLINE)

    @property
    def shift_lead(self) -> Actor:
        """The hotline's shift lead."""
        return self.team.some(self.rng, Role.CENTRE_LEAD, HOTLINE)

    @property
    def police(self) -> Actor:
        """Somebody at the 110 desk."""
        return self.team.some(self.rng, Role.POLICE_OPERATOR, POLICE)

    # ------------------------------------------------------------------------------------------------------ courses

    def story(self) -> Story:
        """Live."""
        yield self.at
        self._receive()
        if self.plan.stop in {"intake", "danger"}:
            return
        if self.matter.danger_open and self.situation.options.get("danger"):
            yield from self._emergency()
            if self.plan.stop == "urgent":
                return
        if self.matter.holder == POLICE:
            stopped = yield from self._signed_over()
            if stopped:
                return
        if self.matter.state == "intake":
            yield from self._classified()
            if self.joins is not None and (yield from self._merged()):
                return
            if self.wills("withdraw"):
                yield from self.after(90)
                if self.now().state not in {"closed", "answered"}:
                    self.do("withdraw", RESIDENT, reason=self.says("withdraw"))
                return
            if self.wills("desk") or self.matter.route_why["lead"] == HOTLINE:
                yield from self._answered_at_desk()
                return
            if not (yield from self._assigned()):
                return
        yield from self._handled()

    def _receive(self) -> None:
        plan, rng, book = self.plan, self.rng, self.book
        options, category = self.situation.options, book.categories[self.situation.category]
        anonymous = plan.channel in {"web", "wechat"} and rng.random() < 0.12
        if not anonymous:
            self.name = rng.choice(people.FOREIGN) if self.situation.english else people.requester(rng)
        known = plan.channel in {"phone", "desk"} or rng.random() < 0.55
        spot = plan.scene.spot
        located = self.situation.where != "none" or rng.random() < 0.25
        actor = {"phone": self.operator, "desk": self.operator, "call_110": self.police}.get(plan.channel, RESIDENT)
        # Mail is only for some: the others are told by text message.
        mail = f"resident{rng.randrange(10**6):06d}@example.invalid" if self.name and rng.random() < 0.12 else ""
        report = Report(
            words=report_words(self.situation, plan.scene, plan.channel),
            channel=plan.channel,
            lang="en" if self.situation.english else "zh-hans",
            category=category.code if known else "",
            handling_class=category.handling_class if known else "",
            division=spot.row.division,
            address_id=self.team_address if located and rng.random() < 0.86 else None,
            place="" if not located else spot.short_en if self.situation.english else spot.short,
            name=self.name,
            phone=people.phone(rng) if self.name and not (mail and rng.random() < 0.5) else "",
            email=mail,
            by_sms=rng.random() < 0.93,
            visit_consent=rng.random() < 0.2,
            about=(plan.hidden,) if plan.hidden else (),
            shielded=True if options.get("hide") == "no" else None,
        )
        self.matter = matters.receive(report, by=actor, at=self.at)

    def _emergency(self) -> Story:
        yield from self.after(3)
        by = self.police if self.matter.holder == POLICE else self.operator
        self.do("bypass", by, reason=self.says("bypass"))
        if self.plan.stop == "urgent":
            return
        yield from self.after(70)
        self.do("stand_down", self.police, reply=self.says("stand_down"))

    def _look(self, by: Actor) -> None:
        if self.matter.danger_open:
            self.do("look", by, reason=self.says("look"))

    def _class(self, by: Actor) -> None:
        category = self.book.categories[self.situation.category]
        handling_class = category.handling_class
        if handling_class == "urgent" and self.situation.options.get("danger"):
            handling_class = "request"
        given: dict[str, Any] = {"category": category.code, "handling_class": handling_class}
        given["items"] = "\n".join(self.scene.fill(i) for i in self.situation.items)
        if self.situation.options.get("petition"):
            given["petition"] = "yes"
        self.do("classify", by, **given)

    def _classified(self) -> Story:
        quick = self.plan.channel in {"phone", "desk", "call_110"}
        hour = self.at.astimezone(SHANGHAI).hour
        yield from self.after(6 if quick else 25 if 8 <= hour < 22 else 160)
        by = self.operator
        self._look(by)
        self._class(by)

    def _signed_over(self) -> Generator[datetime, None, bool]:
        """The 110 desk proposes, four levels sign, the hotline (or the unit) accepts; true if left on the way."""
        yield from self.after(5)
        by = self.police
        self._look(by)
        self._class(by)
        if standing.is_police_duty(self.book, self.matter.category):
            # 110 diverts no duty of the police: it goes to a station.
            unit = str(self.matter.route_why["lead"])
            self.do("assign", by, unit=unit)
            if self.plan.stop:
                return True
            yield from self.office(0.9)
            self.handler = self.team.of_unit(self.rng, unit)
            self.do("accept", self.handler)
            return False
        to = HOTLINE
        if self.situation.options.get("danger") and self.matter.route_why["lead"] not in {HOTLINE, POLICE}:
            to = self.matter.route_why["lead"]
        for again in (False, True):
            yield from self.after(4)
            way = self.rng.choice(("push", "push", "one_touch", "three_way"))
            self.do("divert", by, unit=to, way=way, caller_agrees="yes", reason=self.says("divert"))
            back = yield from self._signs(self.wills("send_back") and not again)
            if back == "stop":
                return True
            if back == "signed":
                if self.plan.stop == "offered110":
                    return True
                yield from self.after(14)
                if not (self.wills("refuse110") and not again):
                    break
                self.do("refuse", self._receiver(to), reason="录音中提到对方有威胁,请先由派出所核实")
            by = self.police
        receiver = self._receiver(to)
        self.do("accept", receiver)
        if self.wills("fault") and to == HOTLINE and self.matter.state == "intake":
            yield from self.after(50)
            self.do("fault", self.operator, reason=self.says("fault"))
        return False

    def _receiver(self, unit: str) -> Actor:
        return self.operator if unit == HOTLINE else self.team.of_unit(self.rng, unit)

    def _signs(self, sent_back: bool) -> Generator[datetime, None, str]:
        sits = self.rng.randint(1, 3) if self.wills("sits") else 0
        signed: set[int | None] = set()
        for level in range(1, 5):
            if self.plan.stop == f"sign{level}":
                return "stop"
            who = level
            if level == sits:
                # The level sits too long: the clock raises it, and somebody of the next level signs in its place.
                yield from self.after((15, 30, 60)[level - 1] * 2.5)
                if self.plan.stop == "escalated":
                    return "stop"
                who = level + 1 if self.now().sign_escalated else level
            else:
                yield from self.after((3, 5, 9, 14)[level - 1])
            free = [a for a in self.team.posts[Role.REVIEWER, POLICE, who] if a.staff_id not in signed]
            by = self.rng.choice(free)
            signed.add(by.staff_id)
            if sent_back and level == 2:
                self.do("send_back", by, reason=self.says("send_back"))
                return "back"
            self.do("sign", by, reason=self.says("sign"))
        return "signed"

    def _merged(self) -> Generator[datetime, None, bool]:
        yield from self.after(12)
        other = self.joins
        main = Matter.objects.filter(pk=other.matter.pk).first() if other and other.matter.pk else None
        if main is None or main.state in {"closed", "answered"} or self.now().state != "intake":
            return False
        self.do("merge", self.operator, matter=main.number)
        if self.wills("unmerge"):
            yield from self.after(400)
            self.do("unmerge", self.operator, reason=self.says("unmerge"))
            yield from self._classified()
            yield from self._assigned()
            yield from self._handled()
        return True

    def _answered_at_desk(self) -> Story:
        yield from self.office(1.2 * self.plan.slow)
        by = self.operator
        if self.matter.handling_class != "enquiry":
            self._class_as_enquiry(by)
        self._answer(by, HOTLINE, "policy" if self.rng.random() < 0.6 else "phone_record")
        yield from self._aftermath()

    def _class_as_enquiry(self, by: Actor) -> None:
        items = "\n".join(item["text"] for item in self.matter.items)
        self.do("classify", by, category=self.matter.category, handling_class="enquiry", items=items)

    def _assigned(self) -> Generator[datetime, None, bool]:
        """Assign until a unit has it; false if it is left on the way or ended otherwise."""
        if self.wills("split"):
            parts = [report_words(self.situation, self.scene, "phone"), "同一地点的路灯也不亮,请一并处理"]
            self.do("split", self.operator, parts="\n".join(p.replace("\n", " ") for p in parts[1:]))
            self._settle_parts()
        lead = str(self.matter.route_why["lead"])
        refusals = 3 if self.wills("joint") else 1 if self.wills("refuse") else 0
        for turn in range(4):
            yield from self.after(8 if turn == 0 else 45)
            given: dict[str, Any] = {"unit": lead}
            if self.wills("co") and not turn:
                given["co_units"] = self._helpers(lead)
            if turn:
                given["reason"] = self.says("again")
            self.do("assign", self.operator, **given)
            if self.plan.stop in {"offered", "offered_late"}:
                return False
            late = self.wills("slow_accept")
            yield from self.office(4.5 if late else 0.9)
            if turn < refusals:
                self.do("refuse", self.team.of_unit(self.rng, lead), reason=self.says("refuse"))
                if self.matter.state == "joint":
                    break
                if refusals == 1 and self.rng.random() < 0.5:
                    lead = self._other_unit(lead)
                continue
            break
        if self.matter.state == "joint":
            if self.plan.stop == "joint":
                return False
            yield from self.office(7)
            self.do("decide", self.shift_lead, unit=lead, reason=self.says("joint"))
            self.handler = self.team.of_unit(self.rng, lead)
            return True
        self.handler = self.team.of_unit(self.rng, lead)
        self.do("accept", self.handler)
        return True

    def _settle_parts(self) -> None:
        """Take what was split off (a lamp) through a short life of its own."""
        for part in Matter.objects.filter(split_from=self.matter.pk, state="intake"):
            given = {"category": "urban.facility.lamp", "handling_class": "request"}
            sorted_ = act(part.pk, "classify", given, by=self.operator, at=self.at)
            unit = str(sorted_.route_why["lead"])
            handler = self.team.of_unit(self.rng, unit)
            act(part.pk, "assign", {"unit": unit}, by=self.operator, at=self.at)
            act(part.pk, "accept", {}, by=handler, at=self.at)
            reply = f"{handler.name}已到现场查看，更换了灯泡，当晚亮灯。"
            evidence = next(code for code, kind in self.book.evidence_kinds.items() if not kind.file)
            act(part.pk, "answer", {"evidence": evidence, "reply": reply}, by=handler, at=self.at)

    def _helpers(self, lead: str) -> str:
        return "\n".join(u for u in self.matter.route_why.get("co_units", []) if u not in {lead, self.plan.hidden})

    def _other_unit(self, lead: str) -> str:
        able = [
            code
            for code, unit in self.book.units.items()
            if code not in {lead, HOTLINE, POLICE, "gov", self.plan.hidden}
            and unit.type in {"department", "sub_district"}
            and (unit.type == "department" or self.matter.division.startswith(unit.division))
            and route.may_lead(self.book, code, self.matter.category)[0]
        ]
        return self.rng.choice(able) if able else lead

    def _handled(self) -> Story:
        unit = self.matter.holder
        handler = self.handler = self.handler or self.team.of_unit(self.rng, unit)
        lead, rng = self.team.lead(unit), self.rng
        pace = self.team.pace.get(unit, 1.0) * self.plan.slow
        yield from self.office(1.5)
        if self.now().state != "handling":
            return
        if rng.random() < 0.4:
            self.do("appoint", lead, staff=str(handler.staff_id))
        if self.name and rng.random() < 0.35:
            diary.log_read(self.matter, by=handler, at=self.at, fields=["phone"], purpose="联系诉求人核实情况")
        if rng.random() < 0.3:
            seen = rng.random() < 0.35
            self.do("note", handler, words=self.says("note_seen" if seen else "note"), seen="yes" if seen else "no")
        if self.plan.stop == "handling":
            return
        if self.wills("reassign"):
            other = self._other_unit(unit)
            if other != unit:
                yield from self.office(3)
                self.do("reassign", self.operator, unit=other, reason=self.says("reassign"))
                yield from self.office(1)
                self.handler = handler = self.team.of_unit(rng, other)
                self.do("accept", handler)
                unit, lead = other, self.team.lead(other)
        if self.wills("decline") and (yield from self._declined(handler, unit)):
            return
        if self.wills("join"):
            helper = rng.choice(["urban_mgmt", "housing", "justice", "market_reg", "fire"])
            if helper not in {unit, self.plan.hidden} and helper not in self._co_open():
                self.do("join", handler, unit=helper, task=self.says("task"), term_days="3")
        if self.wills("ask"):
            yield from self.office(2)
            self.do("ask", handler, reply=self.says("ask"))
            if self.plan.stop == "waiting":
                return
            if self.wills("silent"):
                self.at = self.calendar.add_working_time(self.at, timedelta(hours=76))
                yield self.at
            else:
                yield from self.after(60 * rng.choice((3, 9, 20, 46)))
                by, words = (
                    (self.operator, "电话核实:" + self.says("reply"))
                    if rng.random() < 0.3
                    else (RESIDENT, self.says("reply"))
                )
                if self.now().state == "waiting":
                    self.do("reply", by, words=words)
        if self.wills("add"):
            yield from self.after(500)
            if self.now().state == "handling":
                self.do("add", RESIDENT, words=self.says("add"))
                self._look(handler)
        if self.wills("extend") and self.book.extension.allowed(self.now().handling_class or "request"):
            yield from self.office(8)
            self.do("extend", handler, term_days=str(rng.choice((3, 5, 5, 7, 10))), reason=self.says("extend"))
            if self.plan.stop == "extension":
                return
            yield from self.office(3)
            approver = lead if lead.staff_id != handler.staff_id else self.shift_lead
            if self.wills("deny"):
                self.do("deny", approver, reason=self.says("deny"))
            else:
                self.do("grant", approver, words=self.says("grant"))
                pace *= 1.6
        hours = min(rng.lognormvariate(2.35, 0.75) * pace, 90)
        if self.plan.stop:
            # Left open on purpose: never finished in time, or finished early enough to stand answered today.
            hours = 400 if self.plan.stop == "overdue" else 6
        elif self.plan.slow >= 4:
            hours = 44
        yield from self._worked(hours, handler)
        if self.plan.stop == "overdue":
            return
        yield from self._answered(handler, unit)
        yield from self._aftermath()

    def _co_open(self) -> set[str]:
        return set(self.matter.orders.filter(role="co", state="accepted").values_list("unit", flat=True))

    def _worked(self, hours: float, handler: Actor) -> Story:
        """Work so many office hours; if that goes past the date, people ask where it is."""
        due = self.now().due_at
        end = self.calendar.add_working_time(self.at, timedelta(hours=hours))
        if self.matter.handling_class == "urgent":
            end = self.at + timedelta(hours=min(hours, 30) / 6)
        elif due is not None and end > due:
            # People hurry when a date is near: most are answered in the last hours, some are late all the same.
            if not self.plan.stop and self.plan.slow < 2 and self.rng.random() < 0.55:
                end = max(self.at, due - timedelta(minutes=self.rng.randint(12, 150)))
            else:
                self.at = due + timedelta(hours=self.rng.uniform(2, 40))
                yield self.at
                if self.now().state == "handling" and self.name and self.rng.random() < 0.5:
                    self._urge(RESIDENT, "urge_resident")
                elif self.rng.random() < 0.4:
                    self._urge(self.operator, "urge_centre")
                if self.rng.random() < 0.3:
                    self.at += timedelta(hours=self.rng.uniform(20, 60))
                    yield self.at
                    self.do(
                        "supervise",
                        self.team.some(self.rng, Role.SUPERVISOR, "efficiency"),
                        reason=self.says("supervise"),
                    )
                end = max(end, self.calendar.add_working_time(self.at, timedelta(hours=2)))
        self.at = max(end, self.at) + timedelta(seconds=self.rng.randint(5, 300))
        yield self.at

    def _urge(self, by: Actor, occasion: str) -> None:
        urged = self.matter.urged_at
        if urged is None or self.at - urged > timedelta(hours=12):
            self.do("urge", by, reason=self.says(occasion))

    def _answered(self, handler: Actor, unit: str) -> Story:
        for helper in sorted(self._co_open()):
            yield from self.office(1.2)
            self.do("part", self.team.of_unit(self.rng, helper), words=self.says("part"))
        if self.now().state == "waiting":
            self.do("resume", handler)
        self._look(handler)
        self.solved = not (self.situation.hard and self.rng.random() < 0.28)
        evidence = self.rng.choices(
            ("site_visit", "phone_record", "work_record", "system_record", "policy"), (40, 22, 20, 8, 10)
        )[0]
        self._answer(handler, unit, evidence)

    def _answer(self, by: Actor, unit: str, evidence: str) -> None:
        words = answer_words(
            self.situation, self.scene, solved=self.solved, at=self.at, req=self.name if len(self.name) < 6 else "",
            who=by.name, tel=self.book.units[unit].phone,
        )  # fmt: skip
        ticked = "\n".join(str(n) for n in range(len(self.matter.items)))
        self.do("answer", by, evidence=evidence, reply=words, ticked=ticked)

    def _declined(self, handler: Actor, unit: str) -> Generator[datetime, None, bool]:
        reason = self.rng.choice(DECLINES)
        ground = self.book.decline_reasons[reason]
        yield from self.office(3)
        self.do(
            "decline", handler, decline_reason=reason, reply=self.says(f"decline_{reason}"), channel=ground.channel.zh
        )
        if self.plan.stop == "declining":
            return True
        yield from self.office(5)
        lead = self.team.lead(unit)
        second = lead if lead.staff_id != handler.staff_id and self.rng.random() < 0.5 else self.shift_lead
        if self.rng.random() < 0.78:
            self.do("uphold", second, reason=self.says("uphold"))
            return True
        self.do("overturn", second, reason=self.says("overturn"))
        return False

    # --------------------------------------------------------------------------------------------------- afterwards

    def _aftermath(self) -> Story:
        rng = self.rng
        if self.plan.stop == "answered":
            return
        yield from self.after(60 * rng.choice((1, 3, 8, 20)))
        if rng.random() < 0.86:
            matters.mark_told(self.matter, at=self.at)
        roll = rng.random()
        if self.wills_once("object") or roll < (0.03 if self.solved else 0.2):
            if self.matter.reopened < 2:
                yield from self.after(60 * rng.choice((5, 20, 50)))
                self.do("object", RESIDENT, reason=self.says("object"))
                yield from self._again()
                return
        elif self.wills_once("redo"):
            yield from self.after(60 * 30)
            self.do("redo", self.team.some(rng, Role.SUPERVISOR, "efficiency"), reason=self.says("redo"))
            yield from self._again()
            return
        elif roll < 0.42 and self.name:
            yield from self.after(60 * rng.choice((2, 12, 30, 70)))
            self._rate()
        else:
            self.at = self.at + timedelta(days=7, hours=rng.uniform(1, 5))
            yield self.at
            if self.now().state != "closed":
                self.at += timedelta(days=1)
                yield self.at
        if (
            self.matter.petition
            and self.now().state == "closed"
            and rng.random() < 0.35
            and self.matter.appeal_level < 1
        ):
            yield from self.after(60 * 24 * 6)
            self.do("appeal", RESIDENT, reason=self.says("appeal"))
            return
        yield from self._called_back()

    def _again(self) -> Story:
        """Handled anew after an objection or a redo."""
        if self.matter.state == "intake":
            yield from self._answered_at_desk()
            return
        assert self.handler is not None
        unit = self.matter.holder
        yield from self._worked(min(self.rng.lognormvariate(2.5, 0.5), 30), self.handler)
        self.solved = self.rng.random() < 0.7
        yield from self._answered(self.handler, unit)
        yield from self._aftermath()

    def _mark(self) -> tuple[bool, int]:
        """Return whether the requester calls it solved, and the rating; late answers and put-offs cost."""
        matter, rng = self.matter, self.rng
        late = bool(matter.answered_at and matter.due_at and matter.answered_at > matter.due_at)
        solved = rng.random() < (0.88 if self.solved else 0.16) - (0.12 if late else 0)
        weights = (3, 6, 14, 28, 49) if solved and not late else (8, 15, 30, 28, 19) if solved else (24, 33, 27, 12, 4)
        return solved, rng.choices((1, 2, 3, 4, 5), weights)[0]

    def _rate(self) -> None:
        solved, rating = self._mark()
        given = {"rating": str(rating), "solved": "yes" if solved else "no"}
        if self.rng.random() < 0.35:
            given["words"] = self.says("rate_good" if rating >= 4 else "rate_mid" if rating == 3 else "rate_bad")
        if self.rng.random() < 0.7:
            given["contacted"] = "yes" if self.rng.random() < 0.86 else "no"
        self.do("rate", RESIDENT, **given)

    def _called_back(self) -> Story:
        drawn = CallBack.objects.filter(matter_id=self.matter.pk, round=self.matter.reopened, state="drawn").first()
        if drawn is None or self.plan.stop:
            return
        callers = [a for (role, _, _), found in self.team.posts.items() if role is Role.CALLER for a in found]
        yield from self.office(self.rng.choice((5, 12, 26, 44, 60)))
        able = [a for a in callers if call_backs.stands_apart(self.now(), a)]
        if not able:
            # All who call belong to a unit that handled it: the draw expires, and the figures say so.
            return
        by = self.rng.choice(able)
        while self.rng.random() < 0.16 and self.now().state == "closed" and self.at < drawn.due_at:
            row = call_backs.try_again(self.matter.pk, by=by, at=self.at)
            if row.state == "unreached":
                return
            yield from self.office(8)
        if self.now().state != "closed" or self.at >= drawn.due_at:
            return
        solved, rating = self._mark()
        way = "visit" if drawn.visit_consent and self.rng.random() < 0.3 else self.rng.choice(("phone", "phone", "sms"))
        words = phrases()["call_words"][0 if solved and rating >= 4 else 1 if solved else 3 if rating == 1 else 2]
        contacted = "yes" if self.rng.random() < 0.87 else "no"
        self.do(
            "call_back",
            by,
            way=way,
            contacted=contacted,
            solved="yes" if solved else "no",
            rating=str(rating),
            words=words,
        )
        if not solved and rating <= 2 and self.rng.random() < 0.25 and self.matter.reopened < 1:
            self.do("object", by, reason=words)
            yield from self._again()
