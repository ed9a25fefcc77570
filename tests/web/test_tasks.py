"""The pages of sittings and tasks: who opens them, what they say in both languages, what a wrong form keeps."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.desk.people import BOOK_TEXT, ENCODED, Town, of_unit, settle
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Case, Conference, Matter, Slot, Staff, Task
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import Calendar

pytestmark = pytest.mark.django_db
LIST = "/staff/c/conference"


@pytest.fixture
def town() -> Town:
    made, now = settle(), timezone.now()
    for name, role in (("chair", Role.LEAD), ("second", Role.LEAD), ("clerk", Role.HANDLER)):
        person, _ = staff.create(name, name, [Appointment(role, "petition_office")], by=SYSTEM, at=now, encoded=ENCODED)
        made.people[name] = actor.of_staff(person, books.current(now).book)
    of_unit(made, "eco")
    of_unit(made, "health")
    Staff.objects.update(must_change_password=False)
    return made


def client(town: Town, name: str, lang: str = "zh-hans") -> Client:
    found = Client()
    found.force_login(Staff.objects.get(pk=town.people[name].staff_id))
    found.cookies["lang"] = lang
    return found


def refused(town: Town, now: datetime) -> Matter:
    report = Report(words="工地夜里打桩", division="990101001", phone="13900000001")
    matter = matters.receive(report, by=RESIDENT, at=now)
    act(matter.pk, "classify", {"category": "env.noise.construction", "handling_class": "complaint"},
        by=town.operator, at=now)  # fmt: skip
    for unit in ("eco", "urban_mgmt", "eco"):
        act(matter.pk, "assign", {"unit": unit}, by=town.operator, at=now)
        matter = act(matter.pk, "refuse", {"reason": "不归我们"}, by=of_unit(town, unit), at=now)
    return matter


def workday(now: datetime) -> str:
    """The next working day after today, so that no hour of it is past whenever these tests run."""
    return Calendar.official().add_workdays(timezone.localtime(now).date(), 1).isoformat()


def post(c: Client, case: Case, verb: str, **given: Any) -> Any:
    fresh = Case.objects.get(pk=case.pk)
    return c.post(f"{LIST}/{case.number}/{verb}", {"version": fresh.version, **given})


@pytest.fixture
def told(town: Town) -> tuple[Town, Case, Matter]:
    now = timezone.now()
    matter = refused(town, now)
    case = opening.plan("conference", {"date": workday(now)}, by=town.chair, at=now)
    return town, case, matter


def its_day(case: Case) -> None:
    """The day and the hour of the sitting have come."""
    Conference.objects.filter(matter_id=case.pk).update(sits_on=timezone.localdate())
    Slot.objects.filter(case=case).update(starts_at=timezone.now())


def test_a_sitting_is_walked_through_its_pages(told: tuple[Town, Case, Matter]) -> None:
    town, case, matter = told
    chair, clerk, day = client(town, "chair"), client(town, "clerk"), workday(timezone.now())
    shown = clerk.get(f"{LIST}/{case.number}").content.decode()
    assert f"{matter.number} 施工噪声（多次退单，没有单位承办）" in shown
    assert post(clerk, case, "put_on", item=matter.number, brief="谁来管").status_code == 302
    assert post(chair, case, "convene", date=day, time="09:30", place="二楼").status_code == 302
    assert post(client(town, "handler_eco"), case, "answer", unit="eco", answer="come").status_code == 302
    here = ["petition_office", "hotline", "justice", "housing", "urban_mgmt", "eco"]
    its_day(case)
    assert post(chair, case, "sit", present=here).status_code == 302
    bad = post(chair, case, "decide", item=matter.number, unit="eco", what="夜里巡查", due="2020-01-01")
    assert bad.status_code == 400
    assert "夜里巡查" in bad.content.decode(), "what was written stays"
    assert matter.due_at is not None
    due = timezone.localtime(matter.due_at).date().isoformat()
    given = {"item": matter.number, "unit": "eco", "what": "夜里巡查", "due": due, "co": ["urban_mgmt"]}
    assert post(chair, case, "decide", **given).status_code == 302
    assert Matter.objects.get(pk=matter.pk).holder == "eco"
    drafted = clerk.get(f"{LIST}/{case.number}").content.decode()
    assert "决定：由县生态环境局主办" in drafted, "the minutes are begun for whoever writes them"
    assert post(clerk, case, "write_up", minutes="定了").status_code == 302
    assert post(chair, case, "confirm").status_code == 302

    eco = client(town, "handler_eco")
    task = Task.objects.get(unit="eco")
    listed = eco.get("/staff/tasks").content.decode()
    assert task.code in listed
    assert "夜里巡查" in listed, "a row says what is to be done, and for what"
    assert f"{matter.number} 施工噪声" in listed
    gave = clerk.get("/staff/tasks?where=given").content.decode()
    assert task.code in gave
    assert task.code not in clerk.get("/staff/tasks").content.decode()
    sat = clerk.get(f"{LIST}/{case.number}").content.decode()
    assert f'href="/staff/tasks/{task.code}"' in sat, "the sitting leads to what it gave"
    found = clerk.get("/staff/search", {"q": task.code.lower()})
    assert (found.status_code, found["Location"]) == (302, f"/staff/tasks/{task.code}")
    assert client(town, "handler_health").get("/staff/search", {"q": task.code}).status_code == 200
    assert 'href="/staff/tasks"' in eco.get("/staff/").content.decode()
    page = eco.get(f"/staff/tasks/{task.code}").content.decode()
    assert "夜里巡查" in page
    assert matter.number in page
    taken = eco.post(f"/staff/tasks/{task.code}/task_take", {"turn": task.turn})
    assert taken.status_code == 302
    late = eco.post(f"/staff/tasks/{task.code}/task_done", {"turn": task.turn, "proof": "连查三夜"})
    assert late.status_code == 409
    assert "连查三夜" in late.content.decode()
    task.refresh_from_db()
    empty = eco.post(f"/staff/tasks/{task.code}/task_done", {"turn": task.turn, "proof": ""})
    assert empty.status_code == 400
    assert eco.post(f"/staff/tasks/{task.code}/task_done", {"turn": task.turn, "proof": "连查三夜"}).status_code == 302
    assert task.code in eco.get("/staff/tasks?where=over").content.decode()


def test_words_about_somebody_are_shown_before_they_are_decided_and_go_into_minutes(
    told: tuple[Town, Case, Matter],
) -> None:
    town, case, matter = told
    chair, clerk, day = client(town, "chair"), client(town, "clerk"), workday(timezone.now())
    named = "答复诉求人张桂兰（13900139000）"
    asked = post(clerk, case, "put_on", item=matter.number, brief=named)
    assert asked.status_code == 200, "an agenda is read by every member"
    assert "说到了个人" in asked.content.decode()
    assert post(clerk, case, "put_on", item=matter.number, brief="谁来管").status_code == 302
    post(chair, case, "convene", date=day, time="09:30", place="二楼")
    its_day(case)
    post(chair, case, "sit", present=["petition_office", "hotline", "justice", "housing", "urban_mgmt", "eco"])
    assert matter.due_at is not None
    given = {
        "item": matter.number,
        "unit": "eco",
        "what": named,
        "due": timezone.localtime(matter.due_at).date().isoformat(),
    }
    asked = post(chair, case, "decide", **given)
    assert asked.status_code == 200
    shown = asked.content.decode()
    assert named in shown, "what was written stays"
    assert not Task.objects.exists()
    mark = re.search(r'name="advised" value="([^"]+)"', shown)
    assert mark is not None
    assert post(chair, case, "decide", **given, advised=mark[1]).status_code == 302, "a person decides"
    assert Task.objects.filter(unit="eco").exists()


def test_a_date_after_the_promise_is_warned_of_once_and_stops_nothing(told: tuple[Town, Case, Matter]) -> None:
    town, case, matter = told
    chair, clerk, day = client(town, "chair"), client(town, "clerk"), workday(timezone.now())
    post(clerk, case, "put_on", item=matter.number, brief="谁来管")
    post(chair, case, "convene", date=day, time="09:30", place="二楼")
    here = ["petition_office", "hotline", "justice", "housing", "urban_mgmt", "eco"]
    its_day(case)
    post(chair, case, "sit", present=here)
    assert matter.due_at is not None
    due = (timezone.localtime(matter.due_at) + timedelta(days=1)).date().isoformat()
    given = {"item": matter.number, "unit": "eco", "what": "夜里巡查", "due": due}
    paused = post(chair, case, "decide", **given)
    said = paused.content.decode()
    assert paused.status_code == 200
    assert "这件事答应诉求人" in said
    assert "夜里巡查" in said, "what was written stays"
    assert Matter.objects.get(pk=matter.pk).holder != "eco", "nothing was decided yet"
    mark = re.search(r'name="warned" value="([^"]+)"', said)
    assert mark is not None
    assert post(chair, case, "decide", **given, warned="x").status_code == 200, "the very warning, and no other"
    assert post(chair, case, "decide", **given, warned=mark[1]).status_code == 302
    assert Matter.objects.get(pk=matter.pk).holder == "eco"


def test_a_sitting_is_called_by_its_day_as_people_read_it(told: tuple[Town, Case, Matter]) -> None:
    town, case, _matter = told
    page = client(town, "chair").get(f"{LIST}/{case.number}").content.decode()
    heading = re.search(r"<h1>([^<]+)</h1>", page)
    assert heading is not None
    assert re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", heading[1])
    listed = client(town, "chair", "en").get(LIST).content.decode()
    assert re.search(r">\d{1,2} [A-Z][a-z]{2} \d{4}</a>", listed)
    assert f">{case.title}<" not in listed


def test_who_has_no_part_in_it_sees_nothing(told: tuple[Town, Case, Matter]) -> None:
    town, case, _matter = told
    health = client(town, "handler_health")
    assert case.number not in health.get(LIST).content.decode()
    assert health.get(f"{LIST}/{case.number}").status_code == 404
    assert health.get("/staff/tasks").status_code == 200
    assert health.get("/staff/tasks/RW20260101-AAAAA").status_code == 404
    for name in ("auditor", "admin", "security", "caller"):
        assert client(town, name).get("/staff/tasks").status_code in {302, 403}, name
    new = "/staff/c/conference/new"
    assert new in client(town, "chair").get(LIST).content.decode()
    assert new not in client(town, "handler_eco").get(LIST).content.decode(), "the lead body alone calls one"


def test_both_languages_say_all_of_it(told: tuple[Town, Case, Matter]) -> None:
    town, case, matter = told
    chair = client(town, "chair", "en")
    post(client(town, "clerk"), case, "put_on", item=matter.number, brief="谁来管")
    page = chair.get(f"{LIST}/{case.number}").content.decode()
    for said in ("Joint conference", "Put on the agenda", "Convene", "Construction noise", "refused again and again"):
        assert said in page, said
    body = re.sub(r"(?s)<(script|style|header|nav)\b.*?</\1>", "", page)
    said = re.sub(r"<[^>]+>", " ", body)
    left = set(re.findall(r"[\u4e00-\u9fff]{2,}", said)) - {"谁来管", "上午", "二楼"}
    assert left <= {"中文"}, left


def test_a_town_without_the_section_has_neither(town: Town) -> None:
    now = timezone.now()
    chair = client(town, "chair")
    assert chair.get(LIST).status_code == 200
    without = re.sub(r"\[lives\.(?:conference|inspection)\]\n(?:.+\n)+", "", BOOK_TEXT)
    books.adopt(without, name="town.toml", effective_from=now - timedelta(hours=1), by=SYSTEM, at=now)
    assert chair.get(LIST).status_code == 404
    assert chair.get("/staff/tasks").status_code == 404
    assert "/staff/tasks" not in chair.get("/staff/").content.decode()
