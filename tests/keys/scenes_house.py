"""Scenes of matters: what a town's promises, clocks, limits and chances do to what people live through."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Value
from django.db.models.functions import Concat
from django.urls import reverse
from PIL import Image

from tests.desk.people import MONDAY
from tests.keys.grammar import Leaf, Whole, at, turned
from tests.keys.stage import (
    DAY,
    HOUR,
    PLACE,
    Stage,
    entries_of,
    moment,
    others,
    run_clock,
    said,
    sees,
    small,
    there,
    told_of,
    undone,
)
from tests.web.test_resident import report_quickly
from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Refused, Throttled
from wuxiao.desk.case import clock, outbox
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.doors import signing_in
from wuxiao.desk.files import files
from wuxiao.desk.house import unusual
from wuxiao.desk.matters import call_backs, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.people import retention
from wuxiao.desk.town import books
from wuxiao.records.models import Attachment, CallBack, Contact, Entry, Matter, Message, Staff, Words
from wuxiao.rules.access import Role
from wuxiao.rules.book_model import CLASSES
from wuxiao.rules.calendar import SHANGHAI, Calendar
from wuxiao.rules.promise import promise

#: When things begin: in office hours, on a Friday afternoon, at night, in the season, before a holiday.
STARTS = (
    MONDAY,
    datetime(2026, 9, 11, 15, 0, tzinfo=SHANGHAI),
    datetime(2026, 9, 12, 2, 0, tzinfo=SHANGHAI),
    *(datetime(2026, 11, day, 11, 0, tzinfo=SHANGHAI) for day in range(2, 9)),
    *(datetime(2026, 10, 26 + day, 16, 45, tzinfo=SHANGHAI) for day in range(5)),
    datetime(2026, 9, 18, 15, 0, tzinfo=SHANGHAI),
    datetime(2026, 10, 9, 15, 0, tzinfo=SHANGHAI),
    datetime(2026, 11, 27, 16, 0, tzinfo=SHANGHAI),
    datetime(2026, 11, 30, 16, 0, tzinfo=SHANGHAI),
)
HEAT, NOISE = "utility.heat", "env.noise.construction"


# -------------------------------------------------------------------------------------------------- promises


@sees("office_hours.**", "promise.profile", "promise.profiles.*.accept.*", "promise.profiles.*.answer.*")
def promised(stage: Stage) -> Iterator[Any]:
    """By when matters of each class are accepted and answered, in every set of promises."""
    calendar = Calendar.official(stage.book.office_hours)
    yield stage.book.profile.code
    for step in ("accept", "answer"):
        for class_ in CLASSES:
            for code in stage.book.profiles:
                term = stage.book.term(class_, NOISE, step=step, profile=code)  # type: ignore[arg-type]
                yield [moment(promise(start, term, calendar).due) for start in STARTS]


@sees("promise.profiles.*.override.**")
def promised_otherwise(stage: Stage) -> Iterator[Any]:
    """By when matters of each class about heating, water and power are accepted and answered."""
    calendar = Calendar.official(stage.book.office_hours)
    for category in ("utility.heat", "utility.water", "utility.power", "utility.gas", "urban.street", "utility"):
        for class_ in CLASSES:
            for code in stage.book.profiles:
                for step in ("accept", "answer"):
                    term = stage.book.term(class_, category, step=step, profile=code)  # type: ignore[arg-type]
                    yield moment(promise(MONDAY, term, calendar).due)


@sees("promise.profile", "promise.profiles.*.accept.*", "promise.profiles.*.answer.*", "office_hours.**")
def received(stage: Stage) -> Iterator[Any]:
    """The dates of a matter of each class as a resident is told them."""
    for class_ in CLASSES:
        matter = stage.classed(NOISE, class_)
        yield class_, moment(matter.due_at), moment(matter.step_due_at)


@sees("promise.profiles.*.own_choice", "promise.profile")
def read_by_residents(stage: Stage) -> Iterator[Any]:
    """Which terms the page for residents marks as our own choice."""
    yield stage.client().get(reverse("resident_help")).content.decode().split("<h2>")[2:4]


@sees("classes.*.shield")
def shielded(stage: Stage) -> Iterator[Any]:
    """Whether the unit that handles a matter of each class may know who reported it."""
    for class_ in CLASSES:
        yield class_, stage.classed(NOISE, class_).shielded


# -------------------------------------------------------------------------------------------- sign-off, hand-over


def diverted(stage: Stage, to: str = "hotline") -> Matter:
    police = stage.actor("police")
    matter = matters.receive(Report(words="楼上漏水把我家天花板泡了", division=PLACE), by=police, at=MONDAY)
    given = {"unit": to, "way": "push", "caller_agrees": "yes", "reason": "物业纠纷，不属警务"}
    return act(matter.pk, "divert", given, by=police, at=MONDAY)


@sees("sign_off.level.#.term", "sign_off.last_escalates_to")
def signed(stage: Stage) -> Iterator[Any]:
    """How long each level has; who may sign when it sat too long, at the last level too; who is told."""
    matter = diverted(stage)
    levels = len(stage.book.sign_levels)
    for level in range(1, levels + 1):
        yield moment(matter.step_due_at)
        if level < levels:
            given = {"reason": f"第{level}级同意"}
            matter = act(matter.pk, "sign", given, by=stage.actor(f"reviewer{level}"), at=MONDAY)
    assert matter.step_due_at is not None
    late = matter.step_due_at
    run_clock(matter.pk, late, 3)
    yield entries_of(matter.pk)
    for unit in stage.book.units:
        if stage.book.units[unit].type in {"police_command", "department", "government"}:
            lead = stage.of_unit(unit, Role.LEAD)
            if said(lambda lead=lead: act(matter.pk, "sign", {"reason": "同意"}, by=lead, at=late))[0] == "offered":
                yield unit, "signed"


@sees("hand_over.accept", "hand_over.refusals_before_joint", "hand_over.joint")
def handed_over(stage: Stage) -> Iterator[Any]:
    """How long a unit has to accept, after how many refusals there is a meeting, how long that has."""
    matter = stage.classed()
    lead = matter.route_why["lead"]
    for _ in range(5):
        matter = act(matter.pk, "assign", {"unit": lead}, by=stage.actor("operator"), at=MONDAY)
        yield stands_short(matter)
        matter = act(matter.pk, "refuse", {"reason": "不属我单位职责"}, by=stage.of_unit(lead), at=MONDAY)
        yield stands_short(matter)
        if matter.state == "joint":
            return


def stands_short(matter: Matter) -> tuple[str, str]:
    return matter.state, moment(matter.step_due_at)


# ------------------------------------------------------------------------------------------- ladder and danger

small("ladder.3.most", 2)
small("danger.1.most", 2)
small("unread.1.most", 2)


@sees("ladder.#.verb", "ladder.#.at", "ladder.#.to", "ladder.#.again", "ladder.#.most")
def late(stage: Stage) -> Iterator[Any]:
    """What the clock does about a matter that nobody answers: when, what, and who is told, to the very last time."""
    matter = stage.held(at=MONDAY)
    for role in (Role.HANDLER, Role.LEAD):
        stage.of_unit(matter.holder, role)
    Staff.objects.update(email=Concat("username", Value("@wangchuan.example")))
    run_clock(matter.pk, MONDAY + 200 * DAY, 12)
    yield entries_of(matter.pk)[4:]
    yield told_of(matter.pk)


@sees("danger.#.after", "danger.#.to", "danger.#.again", "danger.#.most")
def danger(stage: Stage) -> Iterator[Any]:
    """When who is told that nobody has looked at open danger."""
    matter = stage.told(words="楼道里有人拿刀追人，快来救命", at=MONDAY)
    assert matter.danger_open
    run_clock(matter.pk, MONDAY + 3 * HOUR, 12)
    yield entries_of(matter.pk)
    yield [(e.facts.get("units"), e.facts.get("rung")) for e in Entry.objects.filter(matter=matter, verb="danger_late")]


@sees("unread.#.after", "unread.#.to", "unread.#.again", "unread.#.most")
def unread(stage: Stage) -> Iterator[Any]:
    """When who is told that nobody has read words in a language the program does not know."""
    matter = stage.told(words="ساعدوني، زوجي يضربني الآن والباب مغلق", at=MONDAY)
    assert matter.unread_since is not None
    run_clock(matter.pk, MONDAY + 6 * HOUR, 12)
    yield entries_of(matter.pk)
    late = Entry.objects.filter(matter=matter, verb="unread_late")
    yield [(e.facts.get("units"), e.facts.get("rung")) for e in late]


# --------------------------------------------------------------------------------------------- extension, pause


@sees("extension.**")
def extended(stage: Stage) -> Iterator[Any]:
    """How many days may be asked for in each class, how often, and who may grant them."""
    for class_ in ("request", "complaint", "report", "enquiry"):
        matter = stage.held(class_=class_)
        unit = stage.of_unit(matter.holder)
        for days in ("9", "10", "11", "14", "15", "16"):

            def ask(pk: int = matter.pk, days: str = days, by: Actor = unit) -> Any:
                return act(pk, "extend", {"term_days": days, "reason": "等材料"}, by=by, at=MONDAY).extension["days"]

            yield class_, days, undone(ask)
    matter = stage.held(class_="request")
    leads = (stage.of_unit(matter.holder, Role.LEAD), stage.actor("shift_lead"), stage.actor("supervisor"))
    asked = {"term_days": "1", "reason": "等材料"}
    for _ in range(3):
        yield said(lambda: act(matter.pk, "extend", asked, by=stage.of_unit(matter.holder), at=MONDAY))
        for lead in leads:
            yield lead.name, undone(lambda lead=lead: act(matter.pk, "grant", {}, by=lead, at=MONDAY))
        for lead in leads:
            said(lambda lead=lead: act(matter.pk, "grant", {}, by=lead, at=MONDAY))


@sees("pause.**")
def paused(stage: Stage) -> Iterator[Any]:
    """Until when each wait for the resident lasts, one after another, and who may begin it."""
    matter = stage.held()
    unit, lead = stage.of_unit(matter.holder), stage.of_unit(matter.holder, Role.LEAD)
    now = MONDAY
    for _ in range(4):
        yield said(lambda now=now: act(matter.pk, "ask", {"reply": "请问是哪一栋楼？"}, by=unit, at=now))
        if Matter.objects.get(pk=matter.pk).state != "waiting":
            yield said(lambda now=now: act(matter.pk, "ask", {"reply": "请问是哪一栋？"}, by=lead, at=now))
        waiting = Matter.objects.get(pk=matter.pk)
        if waiting.state == "waiting" and waiting.step_due_at is not None:
            now = max(waiting.step_due_at, now)
            run_clock(matter.pk, now, 1)


@sees("second_look.within", "silence.after_answer", "reopen.**")
def objected(stage: Stage) -> Iterator[Any]:
    """Until when a refusal is looked at again, when silence ends a matter, until when and how often one may object."""
    matter = stage.held()
    given = {"decline_reason": "litigation", "reply": "已在法院立案", "channel": "法院"}
    yield undone(lambda: act(matter.pk, "decline", given, by=stage.of_unit(matter.holder), at=MONDAY))
    begin = MONDAY
    for _ in range(4):
        answered = stage.answered(Matter.objects.get(pk=matter.pk), begin)
        yield stands_short(answered)
        assert answered.step_due_at is not None
        closed = run_clock(matter.pk, answered.step_due_at, 1)
        yield closed.state, moment(closed.closed_at)
        for days in range(28, 34):
            when = datetime.combine(answered.step_due_at.date() + timedelta(days=days), time(10), SHANGHAI)
            found = undone(lambda when=when: act(matter.pk, "object", {"reason": "不行"}, by=RESIDENT, at=when))
            yield days, found[0]
        begin = answered.step_due_at + HOUR
        again = said(lambda begin=begin: act(matter.pk, "object", {"reason": "没办好"}, by=RESIDENT, at=begin))
        yield again
        if again[0] in {"refused", "wrong"}:
            return
        if again[0] == "intake":
            act(matter.pk, "assign", {"unit": closed.holder}, by=stage.actor("operator"), at=begin)
            act(matter.pk, "accept", {}, by=stage.of_unit(closed.holder), at=begin)


# -------------------------------------------------------------------------------------------- merging, declining

small("merge.reporters", 3)
small("merge.parts", 3)
small("merge.within", "3 calendar_days")
small("merge.looked", "1 calendar_days")


@sees("merge.**")
def merged(stage: Stage) -> Iterator[Any]:
    """How many reports are joined, how far apart in time, how soon one said to be another thing is looked at, parts."""
    operator = stage.actor("operator")
    main, one = stage.classed(), stage.told(phone="13900001008")
    act(one.pk, "merge", {"matter": main.number, "reason": "同一件事"}, by=operator, at=MONDAY)
    waits = act(one.pk, "say_apart", {"words": "不是同一件"}, by=RESIDENT, at=MONDAY)
    yield moment(waits.step_due_at)
    main = stage.classed()
    for n in range(5):
        one = stage.told(phone=f"1390000100{n}")
        given = {"matter": main.number, "reason": "同一件事"}
        yield said(lambda one=one, given=given: act(one.pk, "merge", given, by=operator, at=MONDAY))
    for days in (0, 1, 2, 3, 4, 5):
        main = stage.classed()
        one = stage.told(phone="13900001009", at=MONDAY + days * DAY)
        given = {"matter": main.number, "reason": "同一件事"}
        late = MONDAY + days * DAY
        yield undone(lambda one=one, given=given, late=late: act(one.pk, "merge", given, by=operator, at=late))
    for count in range(2, 6):
        parts = "\n".join(f"第{n}件事要办" for n in range(count))
        given = {"parts": parts, "reason": "几件事"}
        yield undone(lambda given=given: act(stage.classed().pk, "split", given, by=operator, at=MONDAY))


# --------------------------------------------------------------------------------------------------- call-backs

small("call_back.attempts", 2)


@sees("call_back.chance.*")
@there
def drawn(stage: Stage) -> Iterator[Any]:
    """Which lots are drawn for a call-back, in the class that was turned."""
    from unittest.mock import patch

    class_ = str(stage.path[-1])
    matter = stage.answered(stage.held(class_=class_))
    for n in range(0, 100, 5):
        # The lot is the town's secret; here each is held in the hand once.
        with patch.object(call_backs, "lot", lambda *_, n=n: n / 100):
            yield (
                n,
                undone(lambda: call_backs.maybe_draw(matter, books.of_version(matter.book_id), at=MONDAY) is not None),
            )


@sees("call_back.within", "call_back.attempts", "call_back.ways", "call_back.question.#.code")
def called_back(stage: Stage) -> Iterator[Any]:
    """Until when, how often and which way a requester is asked, and what the page of the caller asks."""
    matter = stage.answered(stage.held(class_="complaint"))
    matter = act(matter.pk, "rate", {"rating": "2", "solved": "no"}, by=RESIDENT, at=MONDAY)
    row = CallBack.objects.get(matter=matter)
    yield moment(row.due_at)
    yield [one for one in told_of(matter.pk) if one[0] == "call_back"]
    caller = stage.client("caller")
    page = caller.get(reverse("staff:call_back", args=[matter.number])).content.decode()
    yield sorted(w for w in ("phone", "visit", "sms") if f'value="{w}"' in page)
    asked = stage.client().get(f"/c/{row.token}").content.decode()
    yield [asked.find(question.text.zh) > 0 for question in stage.book.callback.questions]
    yield (
        [stage.book.callback.questions[n].code for n in range(3)],
        "".join(part.split(">")[0] for part in asked.split('name="')[1:]),
    )
    for n in range(4):
        found = said(lambda n=n: call_backs.try_again(matter.pk, by=stage.actor("caller"), at=MONDAY + n * HOUR))
        yield n, getattr(found, "state", found)


# --------------------------------------------------------------------------------------------------- petitions


@sees("petition.**")
def petitioned(stage: Stage) -> Iterator[Any]:
    """The dates of a petition in each state, and until when a review may be asked for."""
    asked = matters.receive(Report(words="信访", division=PLACE, petition=True), by=RESIDENT, at=MONDAY, quiet=True)
    yield moment(asked.step_due_at)
    matter = stage.told()
    given = {"category": "gov.service.petition", "handling_class": "complaint", "petition": "yes"}
    matter = act(matter.pk, "classify", given, by=stage.actor("operator"), at=MONDAY)
    yield moment(matter.due_at), moment(matter.step_due_at)
    lead = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=stage.actor("operator"), at=MONDAY)
    matter = Matter.objects.get(pk=matter.pk)
    yield moment(matter.step_due_at)
    unit = stage.of_unit(lead)
    act(matter.pk, "accept", {}, by=unit, at=MONDAY)
    for days in ("28", "29", "30", "31"):
        given = {"term_days": days, "reason": "案情复杂"}
        yield undone(lambda given=given: act(matter.pk, "extend", given, by=unit, at=MONDAY))
    begin = MONDAY
    for _ in range(3):
        stage.answered(Matter.objects.get(pk=matter.pk), begin)
        closed = act(matter.pk, "rate", {"rating": "1", "solved": "no"}, by=RESIDENT, at=begin)
        yield moment(closed.due_at)
        for days in (19, 24, 28, 29, 30, 31, 33, 36, 38):
            when = datetime.combine((begin + timedelta(days=days)).date(), time(10), SHANGHAI)
            yield undone(lambda when=when: act(matter.pk, "appeal", {"reason": "不服"}, by=RESIDENT, at=when))[0]
        begin = begin + DAY
        found = said(lambda begin=begin: act(matter.pk, "appeal", {"reason": "不服"}, by=RESIDENT, at=begin))
        yield found
        if found[0] != "intake":
            return
        now = Matter.objects.get(pk=matter.pk)
        act(matter.pk, "assign", {"unit": now.route_why["lead"]}, by=stage.actor("operator"), at=begin)
        act(matter.pk, "accept", {}, by=stage.of_unit(now.route_why["lead"]), at=begin)


# --------------------------------------------------------------------------------------------------- personal data


@sees("retention.*.days", "retention.*.then")
@there
def kept(stage: Stage) -> Iterator[Any]:
    """Which day what is kept of a closed matter goes, of the kind that was turned."""
    kind = str(stage.path[1])
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (10, 120, 90)).save(out, "PNG")
    photo = files.check("灯.png", out.getvalue(), stage.book.uploads)
    told = Report("路灯不亮", division=PLACE, phone="13900000001", name="陈女士", uploads=(photo,))
    matter = matters.receive(told, by=RESIDENT, at=MONDAY)
    outbox.send_due(at=MONDAY + timedelta(minutes=1))
    diary.log_read(matter, by=stage.actor("operator"), at=MONDAY, fields=["phone"], purpose="联系诉求人")
    act(matter.pk, "withdraw", {}, by=RESIDENT, at=MONDAY)
    CallBack.objects.create(
        matter=matter, state="done", drawn_at=MONDAY, due_at=MONDAY, chance=1.0, token="t", next_at=MONDAY,
        contacted=True, solved=False, satisfied=2
    )  # fmt: skip
    days = stage.book.retention[kind].days
    for after in range(days - 2, days + 4):
        retention.retire(by=SYSTEM, at=MONDAY + timedelta(days=after, hours=1))
        retired = Entry.objects.filter(matter=matter, verb="retire").values_list("facts", flat=True)
        yield (
            after,
            kind in {facts["kind"] for facts in retired},
            (
                Contact.objects.filter(matter=matter).exclude(phone="").count(),
                Words.objects.filter(matter=matter).exclude(text="").count(),
                Attachment.objects.filter(matter=matter, erased_at=None).count(),
                Message.objects.filter(matter=matter).exclude(text="").count(),
            ),
        )


# --------------------------------------------------------------------------------------------------- limits

small("throttle.lookups_per_minute", 2)
small("throttle.reports_per_hour", 2)
small("throttle.sign_in_attempts", 3)
small("throttle.api_per_minute", 3)


@sees("throttle.lookups_per_minute")
def looked_up(stage: Stage) -> Iterator[Any]:
    """How many wrong codes one visitor may try."""
    client = stage.client()
    client.post("/new", {"words": "路灯不亮"})
    for n in range(5):
        yield client.get(f"/p/{n}000000000000000000Z").status_code


@sees("throttle.sign_in_attempts")
def signed_in(stage: Stage) -> Iterator[Any]:
    """How often a password may be tried."""
    for _ in range(6):
        # Not taken back: a try counts whatever came of it.
        try:
            signing_in.first_step("nobody", "wrong", at=MONDAY, address="10.0.0.1")
        except (Refused, Throttled) as shut:
            yield type(shut).__name__


@sees("throttle.api_per_minute")
def asked_by_machines(stage: Stage) -> Iterator[Any]:
    """How often a machine may ask in a minute."""
    client = stage.client()
    for _ in range(6):
        yield client.get("/open311/v2/discovery.json").status_code


@sees("throttle.reports_per_hour")
def reported_again(stage: Stage) -> Iterator[Any]:
    """After how many reports in an hour a visitor is asked whether they are a machine."""
    client = stage.client()
    for n in range(4):
        yield report_quickly(client, f"第{n}盏路灯不亮").status_code


for _name, _value in {"contacts": 2, "matters": 3, "at_night": 1, "units_of_place": 1, "exports": 1}.items():
    small(f"unusual.usual.{_name}", _value)
for _role in ("operator", "police_operator", "centre_lead", "supervisor"):
    for _name, _value in {"contacts": 3, "matters": 4, "at_night": 2, "units_of_place": 2, "exports": 2}.items():
        small(f"unusual.roles.{_role}.{_name}", _value)


@sees("unusual.**")
@there
def read_much(stage: Stage) -> Iterator[Any]:
    """Beyond which number of readings of the sort that was turned the auditor is told, for the role that was turned."""
    rows = [stage.told(words=f"路灯第{n}盏不亮", phone="13912345670", place="幸福小区八号楼") for n in range(6)]
    for n, unit in enumerate(("urban_mgmt", "eco", "transport", "housing", "education", "health")):
        Matter.objects.filter(pk=rows[n].pk).update(holder=unit)
    names = {"operator": "operator", "police_operator": "police", "centre_lead": "shift_lead"}
    names["supervisor"] = "supervisor"
    by = stage.actor(names[str(stage.path[2])] if stage.path[1] == "roles" else "caller")
    kind = str(stage.path[-1])
    if kind.startswith("night"):
        for n, minute in enumerate((-181, -120, -61, -30, 0, 1, 359, 361, 420, 479, 500)):
            when = MONDAY.replace(hour=22, minute=0) + timedelta(days=n, minutes=minute)
            for row in rows[:3]:
                diary.log_read(row, by=by, at=when, fields=["words"], purpose="看")
            unusual.look(at=when)
            yield minute, unusual_told()
        return
    at_night = kind == "at_night"
    start = MONDAY.replace(hour=23) if at_night else MONDAY
    for count in range(6):
        if kind == "exports":
            diary.write_town("export_rows", by=by, at=start, facts={"count": 1})
        else:
            fields = ["phone"] if kind == "contacts" else ["words"]
            diary.log_read(rows[count], by=by, at=start, fields=fields, purpose="联系诉求人")
        unusual.look(at=start + HOUR / 4)
        yield count, [one for one in unusual_told() if one[1] == kind]


def unusual_told() -> list[Any]:
    rows = Entry.objects.filter(matter=None, verb="unusual_reading").order_by("turn")
    return [(e.facts["account"], e.facts["kind"], e.facts["day"]) for e in rows]


small("uploads.files", 2)
small("uploads.bytes", 20_000)
small("uploads.pixels", 10_100)


def picture(kind: str, side: int = 40, pad: int = 0) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, 100), (3, 90, 20)).save(out, kind)
    return out.getvalue() + b"\x00" * pad


PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)


@sees("uploads.**")
def uploaded(stage: Stage) -> Iterator[Any]:
    """How many files, how large, of how many pixels and of which kinds may come with a matter."""
    limits = stage.book.uploads

    def check(name: str, data: bytes) -> Any:
        return said(lambda: files.check(name, data, limits).kind)

    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        yield kind, check(f"a.{kind.lower()}", picture(kind))
    yield "pdf", check("a.pdf", PDF)
    for size in range(19_998, 20_003):
        data = picture("PNG")
        yield size, check("a.png", data + b"\x00" * (size - len(data)))
    for side in range(99, 104):
        yield side, check("a.png", picture("PNG", side))
    for count in range(1, 5):
        shots = tuple(
            files.check(f"{n}.png", picture("PNG", 20 + n), limits) for n in range(count)
        ) if limits.files else ()  # fmt: skip
        yield count, said(lambda shots=shots: Attachment.objects.filter(matter=stage.told(uploads=shots)).count())


others("petition.ask_review", lambda book, leaf: ["35 calendar_days"])
others("petition.ask_re_review", lambda book, leaf: ["35 calendar_days"])
others("petition.review", lambda book, leaf: ["20 calendar_days"])
others("petition.re_review", lambda book, leaf: ["20 calendar_days"])
others(
    "promise.profiles.*.own_choice",
    # Of a set that is not in force nobody is told anything.
    lambda book, leaf: [leaf.value[:-1], leaf.value[1:]] if leaf.path[2] == book["promise"]["profile"] else [],
)
others("uploads.pixels", lambda book, leaf: [leaf.value - 100, leaf.value + 100])
others("call_back.chance.*", lambda book, leaf: [max(0.0, leaf.value - 0.1), min(1.0, leaf.value + 0.1)])
others("unusual.night_from", lambda book, leaf: ["22:30", "23:00"])
others("unusual.night_to", lambda book, leaf: ["22:10", "06:30"])
others("office_hours.weekdays.*", lambda book, leaf: [["09:00-12:00", "13:30-16:00"]])
others("office_hours.season.#.spans", lambda book, leaf: [["09:30-12:00", "13:30-16:00"]])
others("office_hours.season.#.first", lambda book, leaf: ["11-03"])
others("office_hours.season.#.last", lambda book, leaf: ["11-26"])
others("office_hours.spans", lambda book, leaf: [["09:00-12:00", "14:00-17:00"]])
others("ladder.#.at", lambda book, leaf: ["60%", "51%", "85%", "due+2 working_days"])
others("ladder.#.verb", lambda book, leaf: ["urge", "remind", "supervise"])


@sees("town.code", "town.fictional", "town.phone")
def machines_told(stage: Stage) -> Iterator[Any]:
    """What the doors of machines and the public say of the town."""
    client = stage.client()
    yield client.get("/open311/v2/discovery.json").content
    yield client.get("/open311/v2/services.json?jurisdiction_id=990101").status_code
    yield client.get("/report").content.decode().count("虚构")


def _swapped(book: dict[str, Any], leaf: Leaf) -> list[Any]:
    """Each of the three questions is asked once: two change places."""
    questions = at(book, ("call_back", "question"))
    n = int(leaf.path[2])
    if n > 1:
        # The one with five answers cannot be another.
        return []
    changed = list(questions)
    changed[n], changed[1 - n] = (questions[a] | {"code": questions[b]["code"]} for a, b in ((n, 1 - n), (1 - n, n)))
    return [Whole(turned(book, ("call_back", "question"), changed))]


others("call_back.question.#.code", _swapped)
_ = (Leaf, at, throttle, clock, HEAT)
