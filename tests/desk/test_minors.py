"""Where a child is concerned, who reported is shown once, to one person, after another agreed, and all is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.desk.people import MONDAY, Town, of_unit, settle
from wuxiao.desk.audit import verify
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.look import matter as look
from wuxiao.desk.look import shelves
from wuxiao.desk.matters import call_backs, matters, progress
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.people import minors
from wuxiao.desk.town import books
from wuxiao.records.models import ApiKey, Entry, Matter, Staff
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db
PHONE = "13912345670"
WHY = "孩子走失，要马上联系家长"


@pytest.fixture
def town() -> Town:
    return settle()


def test_a_caller_asks_on_the_page_of_the_call_back_and_sees_the_number_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_backs, "lot", lambda *_: 0.0)
    now = timezone.now()
    matter = held(town)
    handler = of_unit(town, "urban_mgmt")
    act(matter.pk, "mark_child", {}, by=handler, at=MONDAY)
    evidence = next(k for k, e in books.current(MONDAY).book.evidence_kinds.items() if not e.file)
    given = {"evidence": evidence, "reply": "红灯已修好", "ticked": [], "contact_made": "1"}
    act(matter.pk, "answer", given, by=handler, at=now - timedelta(days=8))
    act(matter.pk, "close", by=SYSTEM, at=now - timedelta(hours=2))
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(Staff.objects.get(pk=town.caller.staff_id))
    url = f"/staff/call-backs/{matter.number}"
    page = client.get(url).content.decode()
    assert f'action="{url}/ask"' in page
    assert f'action="{url}/phone"' not in page
    refused = client.post(f"{url}/phone")
    assert (refused.status_code, PHONE in refused.content.decode()) == (409, False)
    assert client.post(f"{url}/ask", {"reason": ""}).status_code == 400
    assert client.post(f"{url}/ask", {"reason": "回访"}).status_code == 302
    assert "等另一位负责人答复" in client.get(url).content.decode()
    assert client.post(f"{url}/ask", {"reason": "回访"}).status_code == 409
    act(matter.pk, "let_contact", {}, by=town.shift_lead, at=now)
    assert f'action="{url}/phone"' in client.get(url).content.decode()
    assert PHONE in client.post(f"{url}/phone").content.decode()
    # Another browser of the same person has to ask again.
    again = Client()
    again.force_login(Staff.objects.get(pk=town.caller.staff_id))
    assert again.post(f"{url}/phone").status_code == 409


def held(town: Town) -> Matter:
    """A matter that a unit handles, with a contact."""
    given = {"category": "urban.facility.lamp", "handling_class": "request"}
    matter = matters.receive(Report(words="路口红灯坏了，学校门口很危险", phone=PHONE), by=RESIDENT, at=MONDAY)
    act(matter.pk, "classify", given, by=town.operator, at=MONDAY)
    act(matter.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=MONDAY)
    act(matter.pk, "accept", {}, by=of_unit(town, "urban_mgmt"), at=MONDAY)
    return Matter.objects.get(pk=matter.pk)


def shows(matter: Matter, by: Actor, at: Any = MONDAY) -> bool:
    try:
        return look.show_contact(matter.number, by=by, at=at, why="ask", purpose="").phone == PHONE
    except Refused as refused:
        if refused.text != minors.NEEDED:
            raise
        return False


def test_a_named_person_marks_it_and_from_then_on_it_is_shown_once_after_another_agreed(town: Town) -> None:
    matter = held(town)
    handler, lead = of_unit(town, "urban_mgmt"), of_unit(town, "urban_mgmt", Role.LEAD)
    assert shows(matter, handler), "before the mark it is an ordinary matter"
    act(matter.pk, "mark_child", {}, by=handler, at=MONDAY)
    assert not shows(matter, handler)
    assert not shows(matter, town.operator)
    assert not shows(matter, lead), "a lead is no exception"
    act(matter.pk, "ask_contact", {"reason": WHY}, by=handler, at=MONDAY)
    assert not shows(matter, handler), "asking is not enough"
    with pytest.raises(Refused):
        act(matter.pk, "let_contact", {}, by=handler, at=MONDAY)
    act(matter.pk, "let_contact", {}, by=lead, at=MONDAY)
    assert not shows(matter, lead), "the consent is for who asked"
    assert not shows(matter, town.operator)
    assert shows(matter, handler)
    assert not shows(matter, handler), "once"
    act(matter.pk, "ask_contact", {"reason": WHY}, by=handler, at=MONDAY)
    act(matter.pk, "keep_contact", {"reason": "请先由社区联系"}, by=lead, at=MONDAY)
    assert not shows(matter, handler)
    reads = [(r.verb, r.fields) for r in progress.look(matter.code, "zh-hans", at=MONDAY).reads]
    assert reads[1:] == [
        ("ask_contact", "联系方式"), ("let_contact", "联系方式"), ("read", "电话"), ("ask_contact", "联系方式"),
        ("keep_contact", "联系方式"),
    ]  # fmt: skip
    assert verify.verify().breaks == []


def test_who_leads_the_one_who_asked_decides_or_supervision_and_nobody_decides_for_oneself(town: Town) -> None:
    matter = held(town)
    handler, lead = of_unit(town, "urban_mgmt"), of_unit(town, "urban_mgmt", Role.LEAD)
    act(matter.pk, "mark_child", {}, by=town.operator, at=MONDAY)

    def may_let(by: Actor) -> bool:
        before = Matter.objects.filter(pk=matter.pk).values("contact_ask", "contact_asked_at").get()
        try:
            act(matter.pk, "let_contact", {}, by=by, at=MONDAY)
        except (Refused, NotFound):
            return False
        Matter.objects.filter(pk=matter.pk).update(**before)
        return True

    def ask(by: Actor) -> dict[str, bool]:
        act(matter.pk, "ask_contact", {"reason": WHY}, by=by, at=MONDAY)
        people = {
            "handler": handler, "lead": lead, "operator": town.operator, "shift_lead": town.shift_lead,
            "supervisor": town.supervisor, "chief": town.chief, "other": of_unit(town, "housing", Role.LEAD),
        }  # fmt: skip
        found = {name: may_let(person) for name, person in people.items()}
        act(matter.pk, "keep_contact", {"reason": "不必"}, by=town.supervisor, at=MONDAY)
        return found

    nobody = dict.fromkeys(("handler", "lead", "operator", "shift_lead", "supervisor", "chief", "other"), False)
    assert ask(handler) == nobody | {"lead": True, "supervisor": True}
    assert ask(town.operator) == nobody | {"shift_lead": True, "supervisor": True}
    assert ask(lead) == nobody | {"supervisor": True}
    assert ask(town.shift_lead) == nobody | {"supervisor": True}


@pytest.mark.parametrize("late", [False, True])
def test_neither_a_request_nor_a_consent_lies_about_for_longer_than_three_days(town: Town, late: bool) -> None:
    matter = held(town)
    handler, lead = of_unit(town, "urban_mgmt"), of_unit(town, "urban_mgmt", Role.LEAD)
    assert lead.viewer is not None
    act(matter.pk, "mark_child", {}, by=handler, at=MONDAY)
    act(matter.pk, "ask_contact", {"reason": WHY}, by=handler, at=MONDAY)
    end = MONDAY + minors.HOLDS - timedelta(seconds=0 if late else 1)
    listed = [m.pk for m in shelves.watched(lead.viewer, "contacts", now=end)]
    assert listed == ([] if late else [matter.pk])
    if late:
        with pytest.raises(Refused):
            act(matter.pk, "let_contact", {}, by=lead, at=end)
        act(matter.pk, "ask_contact", {"reason": WHY}, by=handler, at=end)
    else:
        with pytest.raises(Refused):
            act(matter.pk, "ask_contact", {"reason": WHY}, by=town.operator, at=end)
    act(matter.pk, "let_contact", {}, by=lead, at=end)
    assert list(shelves.watched(lead.viewer, "contacts", now=end)) == []
    assert shows(matter, handler, end + minors.HOLDS - timedelta(seconds=0 if late else 1)) is not late


def test_a_category_says_it_and_only_a_lead_takes_back_what_a_person_marked(town: Town) -> None:
    matter = matters.receive(Report(words="孩子没人照看", phone=PHONE), by=RESIDENT, at=MONDAY)
    given = {"category": "social.family.children", "handling_class": "request"}
    act(matter.pk, "classify", given, by=town.operator, at=MONDAY)
    assert not Matter.objects.get(pk=matter.pk).child
    handler = of_unit(town, "urban_mgmt")
    assert not shows(matter, town.operator)
    with pytest.raises(Refused):
        act(matter.pk, "mark_child", {}, by=town.operator, at=MONDAY)
    plain = held(town)
    lead = of_unit(town, "urban_mgmt", Role.LEAD)
    with pytest.raises(Refused):
        act(plain.pk, "unmark_child", {"reason": "标错了"}, by=lead, at=MONDAY)
    act(plain.pk, "mark_child", {}, by=handler, at=MONDAY)
    with pytest.raises(Refused):
        act(plain.pk, "unmark_child", {"reason": "标错了"}, by=handler, at=MONDAY)
    act(plain.pk, "unmark_child", {"reason": "标错了"}, by=lead, at=MONDAY)
    assert shows(plain, handler)


def test_numbers_in_the_words_and_machines_go_through_the_same_gate(town: Town) -> None:
    said = Report(words="孩子在学校被打，我的电话13800001111")
    matter = matters.receive(said, by=RESIDENT, at=MONDAY)
    act(matter.pk, "mark_child", {}, by=town.operator, at=MONDAY)
    with pytest.raises(Refused):
        look.show_numbers(matter.number, by=town.operator, at=MONDAY, purpose="", why="ask")
    act(matter.pk, "ask_contact", {"reason": WHY}, by=town.operator, at=MONDAY)
    act(matter.pk, "let_contact", {}, by=town.shift_lead, at=MONDAY)
    look.show_numbers(matter.number, by=town.operator, at=MONDAY, purpose="", why="ask")
    with pytest.raises(Refused):
        look.show_numbers(matter.number, by=town.operator, at=MONDAY, purpose="", why="ask")
    key = ApiKey.objects.create(name="desk", digest="d", unit="hotline", powers=["read", "act"], created_at=MONDAY)
    machine = actor.of_key(key, books.current(MONDAY).book)
    for verb in ("ask_contact", "let_contact", "mark_child"):
        with pytest.raises(Refused):
            act(matter.pk, verb, {"reason": WHY}, by=machine, at=MONDAY)
    assert Entry.objects.filter(matter=matter, verb="read").count() == 1


def test_two_clicks_at_once_use_one_consent(town: Town) -> None:
    matter = held(town)
    handler, lead = of_unit(town, "urban_mgmt"), of_unit(town, "urban_mgmt", Role.LEAD)
    act(matter.pk, "mark_child", {}, by=handler, at=MONDAY)
    act(matter.pk, "ask_contact", {"reason": WHY}, by=handler, at=MONDAY)
    act(matter.pk, "let_contact", {}, by=lead, at=MONDAY)
    # Both looked at the matter while the consent stood; the second comes to the row after the first took it.
    first, second = Matter.objects.get(pk=matter.pk), Matter.objects.get(pk=matter.pk)
    minors.use(first, by=handler, at=MONDAY)
    with pytest.raises(Refused):
        minors.use(second, by=handler, at=MONDAY)


def test_the_pages_lead_from_asking_to_the_lead_s_list_to_the_number(town: Town) -> None:
    matter = held(town)
    handler = of_unit(town, "urban_mgmt")
    of_unit(town, "urban_mgmt", Role.LEAD)
    act(matter.pk, "mark_child", {}, by=handler, at=MONDAY)
    Staff.objects.update(must_change_password=False)

    def client(name: str) -> Client:
        found = Client()
        found.force_login(town.staff(name))
        return found

    def do(who: Client, verb: str, **given: str) -> None:
        page = who.get(f"/staff/m/{matter.number}").content.decode()
        assert f"/staff/m/{matter.number}/{verb}" in page
        version = str(Matter.objects.get(pk=matter.pk).version)
        answer = who.post(f"/staff/m/{matter.number}/{verb}", {"version": version, **given})
        assert answer.status_code == 302

    worker, head = client("handler_urban_mgmt"), client("lead_urban_mgmt")
    page = worker.get(f"/staff/m/{matter.number}").content.decode()
    assert minors.NEEDED.zh in page
    assert f"/staff/m/{matter.number}/contact" not in page
    do(worker, "ask_contact", reason=WHY)
    assert matter.number in head.get("/staff/q/contacts").content.decode()
    assert worker.get("/staff/q/contacts").status_code in {403, 404}
    do(head, "let_contact")
    shown = worker.post(f"/staff/m/{matter.number}/contact", {"why": "visit", "purpose": ""}).content.decode()
    assert PHONE in shown
    again = worker.post(f"/staff/m/{matter.number}/contact", {"why": "visit", "purpose": ""}, follow=True)
    assert PHONE not in again.content.decode()
    readers = Client().get(f"/p/{matter.code}/readers").content.decode()
    assert "申请查看联系方式（涉及未成年人，要经负责人同意）" in readers
    assert WHY in readers
