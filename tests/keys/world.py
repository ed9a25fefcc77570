"""A town in which there is something of everything, and everybody's way through its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from tests.desk.test_register import HOTEL
from tests.feeds.machines import key
from tests.keys.stage import DAY, HOUR, Stage
from tests.stories.canary import _patterns
from tests.subjects.test_inspection import CAFE, all_answers
from tests.web.resident_town import load_places, photo
from wuxiao.desk.assist import hot, similar
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.veiled import veil
from wuxiao.desk.case import clock, opening
from wuxiao.desk.case.act import act
from wuxiao.desk.files import files
from wuxiao.desk.matters import figures, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.register import acts as rows
from wuxiao.records.models import Attachment, CallBack, Case, HotIssue, Matter, Proposal, Row, Staff
from wuxiao.rules.access import Role

PLACE = "990101001002"
UNIT = "urban_mgmt"
NOISE = "幸福小区东门工地夜里十二点还在打桩，吵得老人孩子睡不着，请管一管。"
EVERYBODY = (
    "operator", "shift_lead", "police", "reviewer1", "caller", "supervisor", "chief", "auditor", "security", "admin",
)  # fmt: skip


@dataclass
class World:
    """What there is: matters by what they stand for, an inspection, rows, the people, the keys."""

    stage: Stage
    now: datetime = field(default_factory=timezone.now)
    matters: dict[str, Matter] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    secret: str = ""

    def __post_init__(self) -> None:
        cache.clear()
        similar.forget()
        self.start = self.now - 4 * DAY
        load_places(self.now)
        self.operator = self.stage.actor("operator")
        self.handler = self.stage.of_unit(UNIT)
        self.lead = self.stage.of_unit(UNIT, Role.LEAD)
        self.keeper = self.stage.of_unit("ps_qingping")
        for name in EVERYBODY:
            self.stage.actor(name)
        Staff.objects.update(email=Concat("username", Value("@wangchuan.example")))
        self._fill()
        self._inspect()
        self.people = [*EVERYBODY, self.handler.name, self.lead.name, self.keeper.name, "lead_ps_qingping"]
        Staff.objects.update(must_change_password=False)
        self.secret = key(UNIT)
        hot.look(at=self.now)
        figures.refresh(at=self.now, everything=True)

    def _report(self, words: str = NOISE, **more: Any) -> Matter:
        given: dict[str, Any] = {"division": PLACE, "phone": "13900000001", "name": "王女士"} | more
        at = given.pop("at", self.start)
        return matters.receive(Report(words=words, **given), by=given.pop("by", RESIDENT), at=at)

    def _assigned(self, matter: Matter, category: str = "urban.street.vendors", class_: str = "complaint") -> Matter:
        given = {"category": category, "handling_class": class_, "items": "停止夜间施工\n告诉我结果"}
        act(matter.pk, "classify", given, by=self.operator, at=self.start + HOUR)
        return act(matter.pk, "assign", {"unit": UNIT}, by=self.operator, at=self.start + HOUR)

    def _held(self, **more: Any) -> Matter:
        return act(self._assigned(self._report(**more)).pk, "accept", {}, by=self.handler, at=self.start + 2 * HOUR)

    def _do(self, name: str, matter: Matter, verb: str, given: dict[str, Any], by: Any, after: float = 3) -> None:
        self.matters[name] = act(matter.pk, verb, given, by=by, at=self.start + after * HOUR)

    def _fill(self) -> None:
        shot = files.check("灯.jpg", photo(), self.stage.book.uploads)
        reply = {"evidence": "phone_record", "reply": "已到场清理，以后每天巡查。", "ticked": ["0", "1"]}
        self.matters["fresh"] = self._report("文庙街12号路灯坏了", uploads=(shot,))
        self.matters["offered"] = self._assigned(self._report())
        self._do("refused", self._assigned(self._report()), "refuse", {"reason": "不属我局职责"}, self.handler)
        self.matters["handling"] = self._held()
        self._do("waiting", self._held(), "ask", {"reply": "请问是哪一栋楼？"}, self.handler)
        self._do("extension", self._held(), "extend", {"term_days": "3", "reason": "等材料"}, self.handler)
        self._do("answered", self._held(), "answer", reply, self.handler)
        declined = {
            "decline_reason": "litigation",
            "reply": "法院已经判决的事，行政机关不能改。",
            "channel": "中级法院",
        }
        self._do("declining", self._held(), "decline", declined, self.handler)
        self._do("declined", self._held(), "decline", declined, self.handler)
        self._do("declined", self.matters["declined"], "uphold", {"reason": "属实"}, self.lead, 4)
        self._do("closed", self._held(), "answer", reply, self.handler)
        self._do("closed", self.matters["closed"], "rate", {"rating": "2", "solved": "no"}, RESIDENT, 5)
        self._do("helped", self._held(), "join", {"unit": "eco", "task": "测噪声", "term_days": "3"}, self.handler)
        joint = self._report()
        for _ in range(3):
            joint = act(self._assigned(joint).pk, "refuse", {"reason": "不属我局职责"}, by=self.handler, at=self.now)
        self.matters["joint"] = joint
        joined = self._report("东门工地太吵了", phone="13900000009")
        self._do("joined", joined, "merge", {"matter": self.matters["handling"].number}, self.operator, 6)
        petition = self._report("我要信访")
        given = {"category": "gov.service.petition", "handling_class": "complaint", "petition": "yes"}
        self._do("petition", petition, "classify", given, self.operator)
        child = self._report("学校里有同学欺负我的孩子", about=(UNIT,))
        given = {"category": "edu.school.bullying", "handling_class": "report"}
        self._do("child", child, "classify", given, self.operator)
        self.matters["police"] = self._report("派出所的人收钱", about=("some_station",))
        self.matters["danger"] = self._report("邻居拿着刀堵在我家门口要杀人", at=self.now - HOUR)
        police = self.stage.actor("police")
        called = matters.receive(Report(words="楼上漏水泡了天花板", division=PLACE), by=police, at=self.start)
        given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "物业纠纷"}
        self._do("signing", called, "divert", given, police)
        self.matters["late"] = self._report(at=self.now - 40 * DAY)
        for n in range(40):
            if n % 8 == 0:
                clock.tick(at=self.now - timedelta(days=40 - n))
        clock.tick(at=self.now)
        self._do("late", self.matters["late"], "note", {"words": "还在等"}, self.operator, 95)

    def _inspect(self) -> None:
        li, wang = (self.stage.of_unit("ps_qingping", name=name) for name in ("li", "wang"))
        lead = self.stage.of_unit("ps_qingping", Role.LEAD)
        cafe = rows.put_in("premises", CAFE, by=li, at=self.start)
        rows.put_in("premises", HOTEL, by=li, at=self.start)
        for name in ("planned", "arrived", "ordered"):
            given = {"place": cafe.code, "why": "cycle", "date": (self.start + DAY).date().isoformat()}
            case = opening.plan("inspection", given, by=lead, at=self.start)
            if name != "planned":
                pair = {"pair": [str(li.staff_id), str(wang.staff_id)]}
                act(case.pk, "assign", pair, by=lead, at=self.start)
                act(case.pk, "arrive", {}, by=li, at=self.start + DAY)
                case = act(case.pk, "arrive", {}, by=wang, at=self.start + DAY)
            if name == "ordered":
                act(case.pk, "fill", all_answers(lights="no"), by=wang, at=self.start + DAY)
                due = (self.start + 9 * DAY).date().isoformat()
                case = act(case.pk, "leave", {"signed": "signed", "due": due}, by=li, at=self.start + DAY)
            self.cases[name] = case

    def client(self, name: str = "", lang: str = "zh") -> Client:
        """Return somebody's browser; an empty name is a visitor, `machine` one with a key."""
        return self.stage.client("" if name == "machine" else name, lang)

    # ------------------------------------------------------------------------------------------------- the pages

    def pages(self, name: str) -> Iterator[str]:
        """Yield every address somebody may try: for a visitor those of residents, of the public and of machines."""
        for pattern in _patterns(get_resolver().url_patterns):
            staff = pattern.startswith("/staff")
            if staff == bool(name) and "signout" not in pattern and pattern != "/robots.txt":
                yield from self._filled(pattern)

    def _filled(self, pattern: str) -> list[str]:
        one = {name: matter.number for name, matter in self.matters.items()}
        codes = [matter.code for matter in self.matters.values()]
        if pattern.startswith("/o/"):
            codes = [case.code for case in self.cases.values()]
        if pattern.startswith("/staff/r/"):
            codes = list(Row.objects.values_list("code", flat=True)[:2])
        if "discovery" in pattern or "/services" in pattern or "/requests" in pattern:
            codes = ["urban.facility.lamp"]
        numbers = list(one.values())
        if pattern.startswith("/staff/c/"):
            numbers = [case.number for case in self.cases.values()]
        if "call-backs" in pattern:
            numbers = list(CallBack.objects.values_list("matter__number", flat=True)[:1])
        tokens = list(CallBack.objects.values_list("token", flat=True)[:1])
        choices: dict[str, list[str]] = {
            "number": numbers,
            "code": codes,
            "token": tokens or ["none"],
            "file_id": [str(veil("file", pk)) for pk in Attachment.objects.values_list("pk", flat=True)[:1]] or ["1"],
            "issue_id": [str(pk) for pk in HotIssue.objects.values_list("pk", flat=True)[:1]] or ["1"],
            "staff_id": [str(Staff.objects.get(username="operator").pk)],
            "proposal_id": [str(pk) for pk in Proposal.objects.values_list("pk", flat=True)[:1]] or ["1"],
            "name": ["inbox", "mine", "all", "intake", "sign", "handle", "overdue", "danger", "supervised"],
            "verb": self._verbs(pattern),
            "form": ["json"],
            "month": [f"{self.now:%Y-%m}"],
            "register": sorted(self.stage.book.registers),
            "life": sorted(self.stage.book.lives),
        }
        made = [pattern]
        while any("<" in url for url in made):
            following = []
            for url in made:
                hole = re.search(r"<(?:\w+:)?(\w+)>", url)
                if hole is None:
                    following.append(url)
                    continue
                for value in choices.get(hole.group(1), ["1"]):
                    following.append(url[: hole.start()] + value + url[hole.end() :])
            made = following
        return made

    @staticmethod
    def _verbs(pattern: str) -> list[str]:
        if pattern.startswith("/p/"):
            return ["add", "reply", "rate", "object", "withdraw", "shield", "appeal", "say_apart", "urge"]
        # What staff do with a matter or a case stands on its page; there are no pages of verbs.
        return []


_ = SYSTEM
