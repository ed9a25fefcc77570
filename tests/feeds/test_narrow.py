"""The machines' doors at their edges: the last value taken and the first refused, whose row it is, what is written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.desk.people import Town, settle
from tests.feeds.machines import Machine, fields, key
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.doors import keys
from wuxiao.desk.files import tables
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.people import identity
from wuxiao.desk.town import places
from wuxiao.desk.town.places import AddressRow
from wuxiao.feeds import door, problems
from wuxiao.feeds.api import paper, shapes
from wuxiao.feeds.exchange import views as exchange
from wuxiao.feeds.open311 import render, views
from wuxiao.feeds.problems import status_of
from wuxiao.feeds.sheets import moments, rows
from wuxiao.records.models import Entry, Matter
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.flow import STEPS
from wuxiao.rules.words import Text


@pytest.fixture
def town(db: None) -> Town:
    made = settle()
    many = [
        AddressRow(f"A-{n}", "990101001", "幸福路", f"{n}号", f"望川县清平街道幸福路{n}号", lat=30.0 + n, lon=110.0 + n)
        for n in (1, 2, 3)
    ]
    places.load_addresses(many, by=SYSTEM, at=timezone.now())
    return made


def reads(number: str) -> list[tuple[str, list[str]]]:
    found = Entry.objects.filter(verb="read", matter__number=number).order_by("turn")
    return [(entry.facts["how"], entry.facts["fields"]) for entry in found]


def test_each_way_of_reading_a_matter_is_written_and_the_address_named_is_its_place(town: Town) -> None:
    centre = Machine(key("hotline", name="in"))
    given = {"words": "路灯坏了三天", "external_id": "CRM-9", "address_code": "A-2"}
    number = centre.post("matters", given).json()["number"]
    assert Matter.objects.get(number=number).lat == 32.0
    assert fields(centre.post("matters", {**given, "address_code": "A-9"})) == {"address_code"}
    assert reads(number) == []
    ways: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("list", "matters", {}),
        ("by their number", "matters", {"external_id": "CRM-9"}),
        ("alone", f"matters/{number}", {}),
    )
    for n, (name, path, query) in enumerate(ways, 1):
        answer = Machine(key("hotline", "read", name=name)).get(path, **query)
        assert answer.status_code == 200
        assert reads(number) == [("api", ["title"])] * n, name


def test_json_is_an_object_no_deeper_than_said() -> None:
    def nested(depth: int) -> Any:
        value: Any = "x"
        for _ in range(depth):
            value = [value]
        return value

    assert door.clean(nested(door.MAX_DEPTH)) == nested(12)
    with pytest.raises(door.Unreadable):
        door.clean(nested(13))
    for body in (b"[]", b'"x"', b"5", b"null", b"{", b"\xff", b'{"a": NaN}'):
        with pytest.raises(door.Unreadable):
            door.read_json(body)
    assert door.read_json(b'{"a": ["b\\u0000"]}') == {"a": ["b"]}


def test_a_schema_names_the_very_place_that_is_wrong() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 2, "maxLength": 4},
            "list": {"type": "array", "maxItems": 2, "items": {"type": "integer", "minimum": 1, "maximum": 3}},
        },
        "required": ["name"],
        "additionalProperties": False,
    }
    for good in ({"name": "ab"}, {"name": "abcd", "list": [1, 3]}, {"name": "abc", "list": []}):
        assert shapes.wrongs(schema, good) == {}
    bad: tuple[tuple[dict[str, Any], set[str]], ...] = (
        ({}, {"name"}),
        ({"name": "a"}, {"name"}),
        ({"name": "abcde"}, {"name"}),
        ({"name": "ab", "list": [1, 0]}, {"list[1]"}),
        ({"name": "ab", "list": [4, "x"]}, {"list[0]", "list[1]"}),
        ({"name": "ab", "list": [1, 1, 1]}, {"list"}),
        ({"name": "ab", "other": 1}, {"other"}),
        ({"name": 5, "list": [0]}, {"name", "list[0]"}),
    )
    for value, places_ in bad:
        assert set(shapes.wrongs(schema, value)) == places_, value


def test_the_papers_of_the_api_speak_both_languages() -> None:
    said = str(paper.document(None))
    for step in STEPS.values():
        if f"/{step.verb}" in said:
            assert f"{step.name.zh} · {step.name.en}" in said
    for code, text in keys.POWERS.items():
        assert f"- `{code}`: {text.zh} · {text.en}" in said


def test_what_the_desk_says_has_its_status() -> None:
    none = Text("", "")
    for code, status in (("who", 403), ("contact", 403), ("keys", 403), ("purpose", 422), ("state", 409)):
        assert status_of(Refused(none, code)) == status
    assert (status_of(NotFound()), status_of(Invalid({"a": none}))) == (404, 422)
    assert problems.json({}, 429, headers={"Retry-After": "7"})["Retry-After"] == "7"


def test_a_notice_of_a_platform_is_read_up_to_its_limits() -> None:
    whole = {"verb": "accept", "number": "A1"}
    assert exchange._read(whole, "x" * 80).id == "x" * 80
    for raw, delivery, wrong in (
        (whole, "x" * 81, "id"),
        (whole, "投递", "id"),
        ({"number": "A1"}, "x", "verb"),
        ({**whole, "verb": " "}, "x", "verb"),
        ({**whole, "number": 5}, "x", "number"),
        ({**whole, "offer": []}, "x", "offer"),
    ):
        with pytest.raises(Invalid) as no:
            exchange._read(raw, delivery)
        assert set(no.value.fields) == {wrong}


@pytest.mark.django_db
def test_a_platform_may_send_half_a_megabyte(town: Town) -> None:
    keys.create_hook("far", "police_110", "https://far.example/x", by=SYSTEM, at=timezone.now())

    def send(size: int) -> int:
        answer = Client().post("/exchange/v1/far/notices", b"x" * size, content_type="application/json")
        return answer.status_code

    assert exchange.MAX_BODY == 524_288
    assert send(524_289) == 400
    assert send(524_288) == 401


@pytest.mark.django_db
def test_pages_windows_and_methods_of_the_public_list(town: Town) -> None:
    now = timezone.now()
    numbers = []
    for n in range(5):
        report = Report(words="路灯坏了", category="urban.facility.lamp", division="990101001")
        numbers.append(matters.receive(report, by=RESIDENT, at=now - timedelta(days=100 - n)).number)

    def listed(**query: Any) -> list[str]:
        answer = Client().get("/open311/v2/requests.json", query)
        assert answer.status_code == 200, answer.content
        return [row["service_request_id"] for row in answer.json()]

    start = (now - timedelta(days=101)).isoformat()
    whole = listed(start_date=start)
    assert sorted(whole) == sorted(numbers)
    assert listed(start_date=start, page_size=2) == whole[:2]
    assert listed(start_date=start, page_size=2, page=2) == whole[2:4]
    assert listed(start_date=start, page_size=2, page=3) == whole[4:]
    assert listed() == []
    assert Client().head("/open311/v2/requests.json").status_code == 200
    refused = Client().put("/open311/v2/requests.json")
    assert (refused.status_code, "GET" in refused["Allow"]) == (405, True)


@pytest.mark.django_db
def test_open311_takes_the_address_and_the_name_that_were_given(town: Town) -> None:
    secret = key("hotline", "receive")

    def post(**fields: str) -> Any:
        given = {"api_key": secret, "service_code": "urban.facility.lamp", "description": "路灯坏了三天", **fields}
        return Client().post("/open311/v2/requests.json", given)

    for names, wanted in (
        ({"first_name": "秀英", "last_name": "王"}, "王秀英"),
        ({"first_name": "Anna", "last_name": "Li"}, "Anna Li"),
        ({"first_name": "Anna", "last_name": "李"}, "李Anna"),
        ({"last_name": "王"}, "王"),
    ):
        answer = post(address_id="A-3", **names)
        assert answer.status_code in (200, 201), answer.content
        made = Matter.objects.order_by("-pk")[0]
        found = identity.of(made.pk, identity.Use.HAND_OVER)
        assert found is not None
        assert (made.lat, found.name) == (33.0, wanted)
    wrong = post(address_id="A-9")
    assert wrong.status_code == 400
    assert [set(row) for row in wrong.json()] == [{"code", "description"}]
    assert wrong.json()[0]["description"]


def test_an_answer_stands_in_its_form_with_its_status() -> None:
    made = render.answer("json", "services", [{"a": "灯"}])
    assert (made.status_code, made["Content-Type"]) == (200, "application/json; charset=utf-8")
    xml = render.answer("xml", "services", [{"a": "灯"}], 404)
    assert (xml.status_code, "灯" in xml.content.decode()) == (404, True)
    assert views.PAGE_SIZE <= views.MOST


def test_moments_of_sheets_as_people_write_them() -> None:
    def at(text: str) -> Any:
        return moments.read_moment(text, SHANGHAI)

    assert at("2026年3月5日 下午3点20分") == datetime(2026, 3, 5, 15, 20, tzinfo=SHANGHAI)
    for half in ("pm", "PM"):
        assert at(f"2026-03-05 3:20 {half}") == datetime(2026, 3, 5, 15, 20, tzinfo=SHANGHAI)
    assert at("2026-03-05 12:20 pm") == datetime(2026, 3, 5, 12, 20, tzinfo=SHANGHAI)
    assert at("2026-03-05 15:20") == datetime(2026, 3, 5, 15, 20, tzinfo=SHANGHAI)


def test_yes_and_no_and_columns_of_sheets() -> None:
    assert sorted(rows._YES) == sorted(["1", "yes", "y", "true", "是", "已解决", "解决"])
    assert sorted(rows._NO) == sorted(["0", "no", "n", "false", "否", "未解决"])
    assert [tables.column_of(name) for name in (b"A", b"Z", b"AA", b"AZ", b"BA")] == [1, 26, 27, 52, 53]
