"""Unusual readings are told to the auditor, once, with what they are made of; everybody else hears nothing."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.diary import diary, readings
from wuxiao.desk.doors import staff
from wuxiao.desk.house import house, unusual
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Matter, Message, Staff
from wuxiao.rules import book as rulebook
from wuxiao.rules.access import Role
from wuxiao.rules.book_model import Unusual
from wuxiao.rules.calendar import SHANGHAI

pytestmark = pytest.mark.django_db
SMALL = """night_from = "22:00"
night_to = "06:00"
usual = { contacts = 2, matters = 4, at_night = 1, units_of_place = 1, exports = 1 }

[unusual.roles]
centre_lead = { contacts = 5 }
"""
HOUR = timedelta(hours=1)
EVENING = MONDAY + timedelta(hours=14)


@pytest.fixture
def town(settings: Any) -> Town:
    town = settle()
    start = BOOK_TEXT.index("[unusual]\n")
    text = BOOK_TEXT[:start] + "[unusual]\n" + SMALL + "\n" + BOOK_TEXT[BOOK_TEXT.index("[uploads]\n") :]
    books.adopt(text, name="small.toml", effective_from=MONDAY - HOUR, by=SYSTEM, at=MONDAY - HOUR)
    books.forget()
    Staff.objects.filter(username="auditor").update(email="audit@wangchuan.example")
    return town


def some(count: int, place: str = "") -> list[Matter]:
    return [
        matters.receive(Report(words=f"路灯第{n}盏不亮", phone="13912345670", place=place), by=RESIDENT, at=MONDAY)
        for n in range(count)
    ]


def look_up(rows: list[Matter], by: Actor, at: datetime) -> None:
    for row in rows:
        diary.log_read(row, by=by, at=at, fields=["phone"], purpose="联系诉求人")


def told() -> list[tuple[str, str, int, str]]:
    rows = Entry.objects.filter(matter=None, verb="unusual_reading").order_by("turn")
    return [(e.facts["account"], e.facts["kind"], e.facts["limit"], e.facts["day"]) for e in rows]


def test_one_more_than_the_book_says_is_told_once_a_day_and_again_on_the_next(town: Town) -> None:
    rows = some(4)
    look_up(rows[:2], town.operator, MONDAY)
    look_up(rows[:2], town.operator, MONDAY + HOUR)
    assert unusual.look(at=MONDAY + HOUR) == 0, "two matters are two, however often"
    look_up(rows[2:3], town.operator, MONDAY + HOUR)
    assert unusual.look(at=MONDAY + 2 * HOUR) == 1
    assert told() == [("operator", "contacts", 2, "2026-09-07")]
    look_up(rows[3:], town.operator, MONDAY + 2 * HOUR)
    assert unusual.look(at=MONDAY + 3 * HOUR) == 0, "a fourth is the same alarm"
    tuesday = MONDAY + timedelta(days=1)
    assert unusual.look(at=tuesday) == 0
    look_up(rows[:2], town.operator, tuesday)
    assert unusual.look(at=tuesday) == 0, "yesterday's three do not count into today"
    look_up(rows[2:3], town.operator, tuesday)
    assert unusual.look(at=tuesday) == 1
    assert told()[1:] == [("operator", "contacts", 2, "2026-09-08")]
    # What was read just before midnight is told when the worker looks after it.
    assert unusual.look(at=tuesday + timedelta(days=1)) == 0
    assert verify.verify().breaks == []


def test_the_post_decides_and_the_widest_of_several_counts(town: Town) -> None:
    rows = some(4)
    lead, handler = town.shift_lead, of_unit(town, "urban_mgmt")
    look_up(rows[:3], lead, MONDAY)
    assert unusual.look(at=MONDAY) == 0, "a shift lead's book says five"
    look_up(rows[:3], handler, MONDAY)
    assert unusual.look(at=MONDAY) == 1
    rule = books.current(MONDAY).book.unusual
    assert rule.of_roles(["handler", "centre_lead"]).contacts == 5
    assert rule.of_roles(["centre_lead"]).matters == 4, "what a post does not say it takes from the usual"
    assert rule.of_roles([]).contacts == 2


def test_reading_many_matters_by_night_of_one_place_and_exporting(town: Town) -> None:
    rows = some(5, "幸福小区3幢502室")
    by = town.operator
    for row in rows[:4]:
        readings.note(Matter.objects.get(pk=row.pk), by=by, at=MONDAY, fields=["words"], how="page")
    assert unusual.look(at=MONDAY) == 0
    # Titles in a list while taking a call are no reading of a matter.
    readings.note(Matter.objects.get(pk=rows[4].pk), by=by, at=MONDAY, fields=["title"], how="alike")
    assert unusual.look(at=MONDAY) == 0
    readings.note(Matter.objects.get(pk=rows[4].pk), by=by, at=MONDAY, fields=["words"], how="page")
    assert unusual.look(at=MONDAY) == 1
    assert told() == [("operator", "matters", 4, "2026-09-07")]
    Matter.objects.filter(pk=rows[0].pk).update(holder="urban_mgmt")
    assert unusual.look(at=MONDAY) == 1
    assert told()[-1] == ("operator", "units_of_place", 1, "2026-09-07")
    for at in (EVENING, EVENING + 3 * HOUR):
        assert unusual.night_of(at, books.current(MONDAY).book.unusual) == date(2026, 9, 7)
    look_up(rows[:1], by, EVENING)
    assert unusual.look(at=EVENING) == 0
    # After midnight it is still the night of Monday; another matter makes two.
    look_up(rows[1:2], by, EVENING + 3 * HOUR)
    assert unusual.look(at=EVENING + 3 * HOUR) == 1
    assert told()[-1] == ("operator", "at_night", 1, "2026-09-07")
    for _ in range(2):
        diary.write_town("export_rows", by=town.shift_lead, at=MONDAY, facts={"count": 1, "who": "x"})
        unusual.look(at=MONDAY)
    assert [t for t in told() if t[1] == "exports"] == [("shift_lead", "exports", 1, "2026-09-07")]


@pytest.mark.parametrize(("place", "told_of"), [("河滨路", 0), ("河滨路口", 1)])
def test_a_few_characters_are_no_place(town: Town, place: str, told_of: int) -> None:
    rows = some(2, place)
    Matter.objects.filter(pk=rows[0].pk).update(holder="urban_mgmt")
    for row in rows:
        readings.note(Matter.objects.get(pk=row.pk), by=town.operator, at=MONDAY, fields=["words"], how="page")
    assert unusual.look(at=MONDAY) == told_of


@pytest.mark.parametrize(
    ("clock", "night"),
    [
        ("21:59", None),
        ("22:00", date(2026, 9, 7)),
        ("05:59", date(2026, 9, 6)),
        ("06:00", None),
    ],
)
def test_the_night_has_ends_and_belongs_to_its_evening(clock: str, night: date | None) -> None:
    at = datetime.fromisoformat(f"2026-09-07T{clock}").replace(tzinfo=SHANGHAI)
    assert unusual.night_of(at, Unusual()) == night
    assert unusual.night_of(at, Unusual(night_from=0, night_to=24 * 60)) == date(2026, 9, 7)


def signed_in(town: Town, name: str) -> Client:
    client = Client()
    Staff.objects.filter(username=name).update(must_change_password=False)
    client.force_login(town.staff(name))
    return client


def test_the_auditor_finds_the_reason_and_the_readings_and_nobody_else_hears_of_it(town: Town) -> None:
    rows = some(3)
    handler, lead = of_unit(town, "urban_mgmt"), of_unit(town, "urban_mgmt", Role.LEAD)
    assert lead.viewer is not None
    Staff.objects.filter(pk__in=[lead.staff_id, handler.staff_id]).update(email="unit@wangchuan.example")
    # An auditor whose account was closed reads no such mail any more.
    gone = Staff.objects.create(username="gone", name="钱离", email="gone@wangchuan.example", created_at=MONDAY)
    staff.appoint(gone, [staff.Appointment(Role.AUDITOR, "supervision")])
    Staff.objects.filter(pk=gone.pk).update(is_active=False)
    look_up(rows, handler, MONDAY)
    house._last.clear()
    house.keep(at=MONDAY + HOUR)
    assert len(told()) == 1
    page = signed_in(town, "auditor").get("/staff/audit?verb=unusual_reading").content.decode()
    assert "异常查阅，请核对：handler_urban_mgmt在2026年9月7日查看联系方式超过2件" in page
    last = Entry.objects.filter(verb="read").latest("pk").pk
    assert f"/staff/audit?who=handler_urban_mgmt&amp;before={last + 1}" in page
    listed = signed_in(town, "auditor").get(f"/staff/audit?who=handler_urban_mgmt&before={last + 1}").content.decode()
    assert all(row.number in listed for row in rows)
    assert "异常查阅" in signed_in(town, "auditor").get("/staff/audit").content.decode()
    for name in (
        "handler_urban_mgmt", "lead_urban_mgmt", "operator", "shift_lead", "supervisor", "chief", "admin", "security",
    ):  # fmt: skip
        client = signed_in(town, name)
        for path in ("/staff/audit", "/staff/audit?verb=unusual_reading"):
            assert client.get(path).status_code == 403, name
        home = client.get("/staff/", follow=True).content.decode()
        assert "异常查阅" not in home, name
    # The mail says that there is something, not about whom; it goes to auditors only.
    mails = list(Message.objects.filter(verb="unusual_reading"))
    assert [m.address for m in mails] == ["audit@wangchuan.example"]
    assert "urban" not in json.dumps([m.text + m.subject for m in mails])
    # It is about a day's readings and holds no count by which people could be put in an order.
    facts = Entry.objects.get(verb="unusual_reading").facts
    assert set(facts) == {"who", "account", "day", "kind", "limit", "entries"}


def test_a_book_without_the_section_keeps_the_usual_numbers_and_mistakes_are_named() -> None:
    start, end = BOOK_TEXT.index("[unusual]\n"), BOOK_TEXT.index("[uploads]\n")
    bare = rulebook.loads(BOOK_TEXT[:start] + BOOK_TEXT[end:])
    assert bare.unusual == Unusual()
    wrong = BOOK_TEXT.replace('night_from = "22:00"', 'night_from = "24:30"').replace(
        "[unusual.roles]\noperator", "[unusual.roles]\nking"
    )
    with pytest.raises(rulebook.BookError) as said:
        rulebook.loads(wrong)
    assert len(said.value.problems) == 2
