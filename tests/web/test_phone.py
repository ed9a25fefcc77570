"""The doors of the phone tray: who opens them, what they hand out and take, how much, and what a sign-out ends."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.desk.people import BOOK_TEXT, Town
from tests.web.test_cases import CAFE, cafe, client, planned, post, text, town
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.register import acts as rows
from wuxiao.desk.town import books
from wuxiao.records.models import Case, Entry, Inspection, Row

pytestmark = [pytest.mark.django_db, pytest.mark.either]
assert town
assert cafe
PAGE, STATE, ROUND, SLIP = "/staff/phone/", "/staff/phone/state", "/staff/phone/round", "/staff/phone/slip"
NOBODY = ("operator", "shift_lead", "caller", "reviewer1", "auditor", "admin", "security")


@pytest.fixture
def sent(town: Town, cafe: Row) -> Case:
    answer = client(town, "lead").post("/staff/c/inspection/new", {"place": cafe.code, "why": "cycle"})
    assert answer.status_code == 302
    case = Case.objects.get(life="inspection")
    post(town, "lead", case, "assign", pair=[town.people[name].staff_id for name in ("li", "wang")])
    return case


def slip(case: Case, verb: str = "arrive", **fields: Any) -> dict[str, Any]:
    forms = fields or {"state": {"was": "assigned", "now": "on_site"}, "here": {"was": "", "now": "here"}}
    made = timezone.now().isoformat()
    return {"id": str(uuid.uuid4()), "case": case.number, "verb": verb, "fields": forms, "made": made, "offset": 0}


def who(browser: Client) -> str:
    return str(browser.get(STATE).json()["who"])


def knock(browser: Client, one: Any, **more: Any) -> Any:
    return browser.post(SLIP, {"who": who(browser), "slip": one if isinstance(one, str) else json.dumps(one), **more})


def test_the_round_is_handed_out_and_a_slip_comes_back(town: Town, sent: Case) -> None:
    li = client(town, "li")
    taken = li.post(ROUND).json()
    (place,) = taken["places"]
    assert (place["number"], place["stands"]["state"]) == (sent.number, "assigned")
    steps = {form["verb"]: form for form in taken["forms"][place["form"]]}
    assert set(steps) == {"arrive", "fill", "find", "leave", "note"}
    assert len(steps["fill"]["fields"]) == 10
    assert [file["verb"] for file in steps["leave"]["files"]] == ["signature"] * 3
    assert place["names"]["second"] == {"zh": "wang", "en": "wang"}, "each has a box of her own, by her name"
    assert steps["leave"]["whole"] is True
    one = slip(sent)
    first, again = knock(li, one), knock(li, one)
    assert first.json()["verdict"] == "taken"
    assert {**first.json(), "now": ""} == {**again.json(), "now": ""}
    entry = Entry.objects.get(matter_id=sent.pk, verb="arrive")
    assert (first.json()["turn"], first.json()["head"]) == (entry.turn, entry.seal)


def test_the_diary_says_what_was_filled_in_on_a_phone_and_when(town: Town, sent: Case) -> None:
    li = client(town, "li")
    early = timezone.now() - timedelta(hours=3)
    knock(li, slip(sent) | {"made": early.isoformat()})
    knock(li, slip(sent, "note", words={"now": "a"}))
    knock(li, slip(sent, "note", words={"now": "b"}) | {"made": "2031-01-01T00:00:00Z"})
    page = text(li.get(f"/staff/c/inspection/{sent.number}"))
    assert f"{timezone.localtime(early):%H:%M} 填，后来传到" in page
    assert page.count("（从手机传来）") == 1
    assert page.count("手机时钟不准") == 1
    assert "2031" not in page


def test_who_may_open_what(town: Town, sent: Case) -> None:
    """Every address of the tray for every post: inspectors and whoever reads registers open it, nobody else."""
    said = {"li": "taken", "wang": "taken"}
    for name in ("zhao", "lead", "supervisor", "chief", "handler_ps_bailu", "li", "wang"):
        browser = client(town, name)
        assert [browser.get(PAGE).status_code, browser.get(STATE).status_code] == [200, 200], name
        assert browser.post(ROUND).status_code == 200
        listed = browser.post(ROUND).json()["places"]
        assert [one["number"] for one in listed] == ([sent.number] if name in said else []), name
        assert knock(browser, slip(sent)).json()["verdict"] == said.get(name, "refused"), name
    for name in NOBODY:
        browser = client(town, name)
        assert [browser.get(PAGE).status_code, browser.get(STATE).status_code] == [403, 403], name
        assert [browser.post(ROUND).status_code, browser.post(SLIP).status_code] == [403, 403], name
    stranger = Client()
    assert stranger.get(PAGE).status_code == 302
    for answer in (stranger.get(STATE), stranger.post(ROUND), stranger.post(SLIP)):
        assert answer.status_code == 401
        assert set(answer.json()) == {"error", "now"}
    arrived = Entry.objects.filter(matter_id=sent.pk, verb="arrive")
    assert [one.staff_id for one in arrived.order_by("turn")] == [town.people[name].staff_id for name in ("li", "wang")]


def test_a_town_without_the_life_has_no_tray(town: Town, sent: Case) -> None:
    li = client(town, "li")
    assert PAGE in li.get("/staff/c/inspection").content.decode()
    post(town, "supervisor", sent, "drop", reason="停业")
    without = re.sub(r"\[lives\.inspection\]\n(?:.+\n)+", "", BOOK_TEXT)
    now = timezone.now()
    books.adopt(without, name="book.toml", effective_from=now, by=SYSTEM, at=now)
    assert li.get(PAGE).status_code == 404
    assert li.post(ROUND).status_code == 403
    assert knock(li, slip(sent)).json()["verdict"] == "refused"


def test_another_site_cannot_send_and_get_opens_nothing(town: Town, sent: Case) -> None:
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(client_of(town, "li"))
    for address in (ROUND, SLIP):
        assert checked.post(address).status_code == 403
        assert checked.get(address).status_code == 405
    token = checked.get(STATE).json()["csrf"]
    assert checked.post(ROUND, headers={"X-CSRFToken": token}).status_code == 200


def client_of(town: Town, name: str) -> Any:
    from wuxiao.records.models import Staff

    return Staff.objects.get(pk=town.people[name].staff_id)


def test_nobody_sends_what_another_filled_in(town: Town, sent: Case) -> None:
    li, wang = client(town, "li"), client(town, "wang")
    answer = wang.post(SLIP, {"who": who(li), "slip": json.dumps(slip(sent))})
    assert answer.status_code == 409
    assert Case.objects.get(pk=sent.pk).state == "assigned"


@pytest.mark.parametrize(
    "bad", ["", "{", "[]", "null", "1", '{"id": 1}', "[" * 60_000, '{"id": "' + "x" * 70_000 + '"}']
)
def test_what_is_no_slip_is_refused_with_a_sentence(town: Town, sent: Case, bad: str) -> None:
    answer = knock(client(town, "li"), bad)
    assert answer.status_code == 400
    assert "读不出来" in answer.json()["error"]


def test_what_is_too_large_is_refused(town: Town, sent: Case) -> None:
    li = client(town, "li")
    one = slip(sent) | {"of": str(uuid.uuid4()), "sha256": "0" * 64, "verb": "picture", "fields": {}}
    large = SimpleUploadedFile("x.jpg", b"x" * 11_000_000, "image/jpeg")
    assert knock(li, one, file=large).status_code == 413


def test_the_page_and_its_worker_name_no_person_and_no_case(town: Town, sent: Case) -> None:
    li = client(town, "li")
    page = li.get(PAGE)
    assert "星海网吧" in li.get(f"/staff/c/inspection/{sent.number}").content.decode()
    for named in ("星海网吧", sent.number, ">li<", "清平", "data-who"):
        assert named not in page.content.decode(), named
    assert "csrfmiddlewaretoken" not in page.content.decode()
    worker = Client().get("/staff/phone/worker.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert "Service-Worker-Allowed" not in worker, "its reach is its own folder"
    kept = json.loads(re.search(r"const KEEP = (.+);", worker.content.decode())[1])  # type: ignore[index]
    assert kept["page"] == PAGE
    assert all(one.startswith("/static/wuxiao/") for one in kept["files"])


def test_signing_out_deletes_what_was_taken_along_on_this_device_and_elsewhere_nothing(town: Town, sent: Case) -> None:
    li, wang = client(town, "li"), client(town, "wang")
    li.post(ROUND)
    assert li.post("/staff/signout")["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in wang.post("/staff/signout")


def test_a_round_of_five_hundred_places_is_under_three_megabytes(town: Town, cafe: Row) -> None:
    """Names and addresses as long as the register takes them; the first five hundred, and how many are left."""
    first = planned(town, cafe)
    post(town, "lead", first, "assign", pair=[town.people[name].staff_id for name in ("li", "wang")])
    long = {"title": "星" * 118, "address": "清平路" + "长" * 115}
    part = Inspection.objects.get(matter_id=first.pk)
    Inspection.objects.filter(pk=part.pk).update(planned_on=None)
    by, now = town.li, timezone.now()
    place = rows.put_in("premises", CAFE | long, by=by, at=now)
    made = copies(first, place, 502)
    answer = client(town, "li").post(ROUND)
    taken = answer.json()
    assert (len(taken["places"]), taken["left"]) == (500, 1)
    assert made == 502
    size = len(answer.content)
    print(f"a round of 500 places: {size} bytes")
    assert 300_000 < size <= 3_000_000
    assert Entry.objects.filter(verb="read", facts__how="phone").count() == 500


def copies(case: Case, place: Row, many: int) -> int:
    """Make inspections like one that was planned and sent, quickly: rows of the tables, with who sees them."""
    from wuxiao.desk.case.shown import write_access
    from wuxiao.rules.codes import new_code
    from wuxiao.subjects.inspection import asks

    book = books.current(timezone.now()).book
    part = Inspection.objects.get(matter_id=case.pk)
    for n in range(many):
        more = Case.objects.get(pk=case.pk)
        more.pk, more.code, more.number, more.title, more.place = (
            None,
            new_code(),
            f"JC20260101-{n:04}",
            place.title,
            "长" * 118,
        )
        more._state.adding = True
        more.state = "assigned"
        more.save(force_insert=True)
        own = Inspection.objects.get(pk=part.pk)
        own.pk, own.matter_id, own.premises_id = None, more.pk, place.pk
        own._state.adding = True
        own.first_id, own.second_id, own.planned_on = part.first_id, part.second_id, None
        own.save(force_insert=True)
        write_access(more, asks.of_row(more, book))
    return many
