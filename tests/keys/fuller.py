"""The town of `world`, with everything in it that has a form: texts, papers, sittings, tasks, receptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django.utils import timezone

from tests.keys import filling
from tests.keys.stage import DAY, HOUR
from tests.keys.world import NOISE, World
from tests.subjects.test_inspection import all_answers
from tests.subjects.test_service_points import ROOM
from wuxiao.desk.assist import hot
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.desk.documents import adopted
from wuxiao.desk.doors import appointments
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.publish import acts as publishing
from wuxiao.desk.register import acts as rows
from wuxiao.desk.register import foreign
from wuxiao.desk.slots import book as booking
from wuxiao.desk.town import books
from wuxiao.records.models import (
    Beat,
    HotIssue,
    Job,
    Matter,
    Message,
    ReadingModel,
    Row,
    Slot,
    Staff,
    Task,
)
from wuxiao.rules.access import Role
from wuxiao.subjects.reception import acts as reception
from wuxiao.subjects.service_points import acts as points

CHINESE, SECRET = "zh-hans", "JBSWY3DPEHPK3PXP"
PASSWORD = "a-long-word-of-its-own-7"


@dataclass
class Fuller(World):
    """Beside what `World` has: sittings and their tasks, points with ratings, texts, papers, receptions, what waits."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.chair = self.stage.of_unit("petition_office", Role.LEAD, "chair")
        self.clerk = self.stage.of_unit("petition_office", name="clerk")
        self.eco = self.stage.of_unit("eco", name="eco")
        self.station = self.stage.of_unit("ps_qingping", Role.LEAD)
        self.admin, self.security = self.stage.actor("admin"), self.stage.actor("security")
        self.chief = self.stage.actor("chief")
        for made in (self._sit, self._points, self._texts, self._papers, self._receive, self._visits, self._wait,
                     self._more_matters):  # fmt: skip
            made()
        self.people = [*self.people, "chair", "clerk", "eco"]
        Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))

    def _nobodys(self, name: str) -> Matter:
        """Make a matter that three units would not have."""
        matter = self._report(words=f"{NOISE}（{name}）", phone="13900000077")
        for _ in range(3):
            given = {"reason": "不属我局职责"}
            matter = act(self._assigned(matter).pk, "refuse", given, by=self.handler, at=self.now)
        self.matters[name] = matter
        return matter

    def _sit(self) -> None:
        joint = self.matters["joint"]
        second, _ = self._nobodys("second"), self._nobodys("third")
        for name in ("sat", "written", "proposed"):
            day = (self.now + 3 * DAY).date().isoformat() if name == "proposed" else self.now.date().isoformat()
            case = opening.plan("conference", {"date": day}, by=self.chair, at=self.start)
            if name != "proposed":
                about = joint if name == "written" else second
                given = {"item": about.number, "brief": "谁来管夜里打桩"}
                act(case.pk, "put_on", given, by=self.clerk, at=self.start + HOUR)
                given = {"date": day, "place": "上午9:30，二楼"}
                act(case.pk, "convene", given, by=self.chair, at=self.start + HOUR)
                present = ["petition_office", "hotline", "justice", "housing", "urban_mgmt", "eco"]
                case = act(case.pk, "sit", {"present": present}, by=self.chair, at=self.now)
            if name == "written":
                due = (self.now + 20 * DAY).date().isoformat()
                given = {"item": joint.number, "unit": "urban_mgmt", "what": "夜里巡查，叫停打桩", "due": due}
                act(case.pk, "decide", given, by=self.chair, at=self.now)
                case = act(case.pk, "write_up", {"minutes": "定了：夜里巡查。"}, by=self.clerk, at=self.now)
            self.cases[f"conference {name}"] = case
        self.tasks = list(Task.objects.values_list("code", flat=True))

    def _points(self) -> None:
        always = {"hours": "每天 全天", "holidays": "usual"}
        self.room = rows.put_in("service_points", ROOM | always, by=self.keeper, at=self.start)
        rows.put_in(
            "service_points", ROOM | {"hours": "周一 3:00-3:10", "title": "夜里的警务室"}, by=self.keeper, at=self.start
        )
        for n, level in enumerate("52"):
            given = {"level": level, "words": "窗口的人很耐心，下次还来。"}
            points.rate(self.room.code, given, key=f"k{n}", caller=f"c{n}", lang=CHINESE, by=RESIDENT, at=self.start)
        foreign.enter(
            self.room.pk, "title", "fr", "Poste de police", source=self.room.title, by=self.keeper, at=self.now
        )
        foreign.say_languages(["fr", "ru"], by=self.station, at=self.now)

    def _texts(self) -> None:
        given = {"title_en": "Must a dog be licensed?", "text_en": "Yes, at the station.", "law": "《养犬规定》"}
        self.texts = []
        for n, kind in enumerate(sorted(books.current(self.now).book.registers["publications"])):
            for shown in (False, True):
                try:
                    code = publishing.propose(
                        kind,
                        f"养狗要办证吗{n}{shown}",
                        "要。带免疫证明和身份证到窗口办。",
                        by=self.keeper,
                        at=self.start,
                        **given,
                    )
                except Exception:  # Kinds another unit answers for.
                    continue
                if shown:
                    publishing.release(code, version=1, by=self.station, at=self.start)
                    pk = Row.objects.get(code=code).pk
                    foreign.enter(
                        pk, "title", "fr", "Un chien?", source=f"养狗要办证吗{n}{shown}", by=self.keeper, at=self.now
                    )
                self.texts.append((kind, code))

    def _papers(self) -> None:
        from wuxiao.desk.matters import letters

        self.paper = letters.write(self.matters["closed"].pk, books.current(self.now), by=self.handler, at=self.now)
        reader, number = self.client(self.handler.name), self.matters["closed"].number
        answer = reader.get(reverse("staff:paper", args=[number, self.paper.code, "pdf"]))
        self.pdf = b"".join(answer.streaming_content) if answer.streaming else answer.content
        data = ours_bytes()
        adopted.propose("letter", "函.docx", data, by=self.admin, at=self.now)

    def _receive(self) -> None:
        rules = books.current(self.now)
        days = [rules.calendar.add_workdays(timezone.localdate(self.now), n).isoformat() for n in (3, 4)]
        for day in days:
            given = {
                "host": str(self.chief.staff_id), "day": day, "starts": "09:00", "ends": "11:30",
                "place": "县政务服务中心一楼", "places": "3", "every": "once", "times": "1",
            }  # fmt: skip
            reception.publish(given, by=self.chief, at=self.start, rules=rules)
        self.slots = list(Slot.objects.filter(kind="reception").order_by("pk"))
        booking.book(self.matters["handling"].pk, self.slots[0].pk, by=RESIDENT, at=self.now)
        reception.take_over(self.matters["late"].number, by=self.chief, at=self.now, rules=rules)

    def _visits(self) -> None:
        li, wang = (self.stage.of_unit("ps_qingping", name=name) for name in ("li", "wang"))
        cafe = Row.objects.filter(kind="net_cafe").latest("pk")
        self.cafe = cafe.code
        # Something happened after it was planned: who comes late is told it.
        act(self.cases["planned"].pk, "note", {"words": "先打电话"}, by=self.station, at=self.start + HOUR)
        for name in ("filled", "fixed"):
            given = {"place": cafe.code, "why": "cycle", "date": (self.start + DAY).date().isoformat()}
            case = opening.plan("inspection", given, by=self.station, at=self.start)
            act(
                case.pk,
                "assign",
                {"pair": [str(li.staff_id), str(wang.staff_id)]},
                by=self.station,
                at=self.start,
            )
            act(case.pk, "arrive", {}, by=li, at=self.start + DAY)
            act(case.pk, "arrive", {}, by=wang, at=self.start + DAY)
            case = act(case.pk, "fill", all_answers(lights="no"), by=wang, at=self.start + DAY)
            if name == "fixed":
                due = (self.start + 9 * DAY).date().isoformat()
                act(case.pk, "leave", {"signed": "signed", "due": due}, by=li, at=self.start + DAY)
                case = act(case.pk, "mended", {"words": "都改好了，请来看。"}, by=RESIDENT, at=self.start + 2 * DAY)
            self.cases[name] = case

    def csv(self, register: str) -> bytes:
        """Return the rows of a register as a file of one's own, with a new one in it."""
        reader = self.client("supervisor")
        answer = reader.post(f"/staff/r/{register}/export", {"purpose": "核对", "as": "csv"})
        body = b"".join(answer) if answer.streaming else answer.content
        return bytes(body)

    def workday(self, after: int) -> str:
        """Return a day on which offices work, so many of them from now."""
        rules = books.current(self.now)
        return rules.calendar.add_workdays(timezone.localdate(self.now), after).isoformat()

    def known(self, form: filling.Form) -> list[filling.Given]:
        """What only somebody of this town can write into a form: codes, days and numbers that there are."""
        options = {c.name: c.options for c in form.controls}
        posts: list[filling.Given] = [{}, {}]
        for n, level in enumerate("123"):
            posts[0] |= {f"role{n}": ["reviewer"], f"unit{n}": ["police_110"], f"level{n}": [level], f"scope{n}": [""]}
            unit = ("eco", "urban_mgmt", "housing")[n]
            posts[1] |= {f"role{n}": ["handler"], f"unit{n}": [unit], f"level{n}": [""], f"scope{n}": [""]}
        words = "已到场清理，今天起每天巡查，请您再看看。"
        told: dict[str, list[filling.Given]] = {
            "post resident_find": [{"code": [self.matters["handling"].code]}],
            "post paper_find": [{"code": [self.paper.code]}],
            "post paper_check": [{"file": [("paper.pdf", self.pdf, "application/pdf")]}],
            "post staff:password": [{"old": [PASSWORD], "new": [f"{PASSWORD}-8"], "again": [f"{PASSWORD}-8"]}],
            "post staff:prove": [{"password": [PASSWORD]}],
            "post staff:sign_in": [{"username": ["operator"], "password": [PASSWORD]}],
            "post staff:case_new conference": [{"date": [self.workday(5)]}],
            "post staff:case_new inspection": [{"place": [self.cafe], "report": [""], "date": [self.workday(3)]}],
            "post staff:case_act extend inspection": [{"due": [(self.start + 12 * DAY).date().isoformat()]}],
            "post staff:case_act put_on conference": [
                {"number": [""]}, {"item": [""], "number": [self.matters["third"].number]},
            ],
            "post staff:case_act assign inspection": [{"pair": list(options.get("pair", ())[:2])}],
            "post staff:paper_templates": [
                {"kind": ["order"], "file": [("o.docx", ours_bytes("order"), "application/octet-stream")]}
            ],
            "post staff:new_person": posts,
            "post staff:person": posts,
            "post staff:platforms": [{"name": ["far"], "url": ["https://far.example/notices"], "secret": [""]}],
            "post staff:hot_issue": [
                {}, {"do": ["split"], "name": ["另一件"], "number": list(options.get("number", ())[:1])},
            ],
            "post staff:reception do=publish": [{"day": [self.workday(6)]}],
            "post staff:redaction": [{}, {"text": ["东门"]}],
            **{
                f"post staff:register_file {name}": [{"file": [("rows.csv", self.csv(name), "text/csv")]}]
                for name in ("premises", "service_points")
                if form.kind.startswith("post staff:register_file")
            },
            "post staff:export": [{"query": ["state=open"]}],
            "post staff:act answer": [{"reply": [words], "evidence": ["phone_record"]}],
        }  # fmt: skip
        return told.get(form.kind, [{}])

    def _wait(self) -> None:
        two = [Appointment(Role.OPERATOR, "hotline")]
        appointments.propose_account("waiting", "等批准", two, by=self.security, at=self.now)
        Beat.objects.update_or_create(name="worker", defaults={"doubted_at": self.now})
        Message.objects.filter(pk__in=Message.objects.values_list("pk", flat=True)[:2]).update(state="failed")
        for better in (True, False):
            ReadingModel.objects.create(
                task="category", state="waiting" if better else "retired", folder="made", made_at=self.now,
                learned_from=self.now, learned_to=self.now, judged_to=self.now, texts=300, better=better,
                card={"held_out": {"macro_f1": 0.9, "per_label": {}}},
                judged={"n": 60, "new_right": 50, "old_right": 40, "against": "words", "why": {"zh": "比", "en": "so"}},
            )  # fmt: skip

    def _more_matters(self) -> None:
        for n, word in enumerate("甲乙丙丁戊己"):
            matter = self._held(words=f"{word}幸福小区东门搅拌站噪音灰尘扰民", phone=f"1390000010{n}")
        self.matters["hot"] = matter
        hot.look(at=self.now)
        for one in HotIssue.objects.all()[:1]:
            hot.tell(one, books.current(self.now).book, at=self.now)


def ours_bytes(kind: str = "letter") -> bytes:
    """Return our own template of a paper."""
    from wuxiao.desk.documents import documents

    return documents.template_of(kind)


def addresses(world: Fuller, name: str) -> Iterator[str]:
    """Yield the addresses of everything of this town that somebody may try, once each."""
    seen: set[str] = set()
    for url in [*_more(world, name), *world.pages(name)]:
        if url not in seen:
            seen.add(url)
            yield url


def _more(world: Fuller, name: str) -> Iterator[str]:
    if not name:
        yield from ("/staff/sign-in", f"/points/{world.room.code}", f"/points/{world.room.code}/rate")
        yield f"/paper/{world.paper.code}"
        yield from ("/new", "/new/danger", "/new/place?q=文庙街12号", "/new/place/other", "/new/photos", "/new/contact")
        yield from ("/new/kind", "/new/check", "/published/knowledge?q=狗")
        for case in world.cases.values():
            yield from (f"/o/{case.code}/do/{verb}" for verb in ("mended", "object"))
        for name_ in ("handling", "fresh"):
            yield f"/p/{world.matters[name_].code}/reception"
        return
    book = world.stage.book
    for register in ("premises", "service_points"):
        yield from (f"/staff/r/{register}/new?kind={kind}" for kind in book.registers[register])
        for code in Row.objects.filter(register=register).values_list("code", flat=True):
            row = f"/staff/r/{register}/row/{code}"
            yield from (row, f"{row}/change", f"{row}/answers", f"{row}/languages")
    for kind, code in world.texts:
        text = f"/staff/t/{kind}"
        yield from (text, f"{text}/new", f"{text}/{code}", f"{text}/{code}/change", f"{text}/{code}/languages")
        yield from (f"/staff/read/{kind}", f"/staff/read/{kind}/{code}")
    yield from (f"/staff/tasks/{code}" for code in world.tasks)
    yield from (reverse("staff:reception_one", args=[slot.pk]) for slot in world.slots)
    yield from (f"/staff/m/{world.matters[one].number}/reception" for one in ("handling", "fresh", "late"))
    yield from (f"/staff/reading/models/{pk}" for pk in ReadingModel.objects.values_list("pk", flat=True))
    yield from (f"/staff/imports/look/{pk}" for pk in Job.objects.values_list("pk", flat=True))
    yield from (f"/staff/people/{pk}" for pk in Staff.objects.values_list("pk", flat=True)[:12])
    yield from ("/staff/account/app", "/staff/account", "/staff/search?q=路灯")
    for number in (world.cases[one].number for one in world.cases):
        for life in book.lives:
            yield f"/staff/c/{life}/{number}"
