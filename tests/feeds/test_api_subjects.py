"""Registers and lives beside matters by the JSON API: other systems keep rows and plan visits as their unit would."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from jsonschema_rs import validator_for

from tests.desk.people import Town, of_unit, settle
from tests.desk.test_register import HOTEL
from tests.feeds.machines import Machine, fields, key
from tests.subjects.test_inspection import all_answers, person, photo, reported
from tests.typed.test_crs import FORWARD
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case import opening, subject
from wuxiao.desk.case.act import act
from wuxiao.desk.matters.matters import Report, receive
from wuxiao.desk.register import acts, shelf
from wuxiao.desk.register.shelf import Shelf
from wuxiao.desk.town import books
from wuxiao.feeds.api import paper
from wuxiao.records.models import Case, Entry, Once, Premises, Row, Words
from wuxiao.rules.access import Role
from wuxiao.rules.field import Audience
from wuxiao.rules.life import Life
from wuxiao.subjects.inspection.face import SUBJECT
from wuxiao.subjects.premises.rules import PREMISES
from wuxiao.subjects.service_points.rules import SERVICE_POINTS
from wuxiao.typed.crs import Crs

pytestmark = pytest.mark.django_db
ALL = ("subjects", "act", "read", "receive")
UNIT, FIRE = "ps_qingping", "fire"
NEW = HOTEL
HERE = "registers/premises"


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def station(town: Town) -> Machine:
    return Machine(key(UNIT, *ALL))


def put_in(machine: Machine, **more: Any) -> dict[str, Any]:
    answer = machine.post(HERE, {"values": NEW | more})
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def schema_of(name: str) -> Any:
    document = paper.document(books.current(timezone.now()).book)
    return validator_for({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


# ------------------------------------------------------------------------------------------------------------ registers


def test_a_row_goes_from_being_put_in_to_its_end_and_is_sealed(station: Machine) -> None:
    made = station.post(HERE, {"values": NEW})
    row = made.json()
    assert made["Location"] == f"/api/v1/{HERE}/{row['code']}"
    assert (row["state"], row["version"], row["values"]["title"]) == ("live", 1, "望川旅馆")
    assert row["values"]["point"] == "30.123456,104.654321"
    assert schema_of("row_premises").is_valid(row)
    one = f"{HERE}/{row['code']}"
    assert station.get(one).json() == row
    done = station.post(f"{one}/confirm", {"version": 1}).json()
    assert done["version"] == 2
    changed = station.post(
        f"{one}/change", {"version": 2, "why": "changed", "values": {"licence": None, "title": "望川大旅馆"}}
    ).json()
    assert (changed["values"]["title"], changed["values"]["licence"]) == ("望川大旅馆", None)
    today = timezone.localdate().isoformat()
    ended = station.post(f"{one}/end", {"version": 3, "day": today, "why": "closed"}).json()
    assert (ended["state"], ended["valid_to"]) == ("ended", today)
    assert station.post(f"{one}/revive", {"version": 4}).json()["state"] == "live"
    verbs = Entry.objects.filter(row__code=row["code"]).order_by("turn").values_list("verb", "actor", "unit")
    assert list(verbs) == [
        (verb, "machine", UNIT) for verb in ("put_in", "confirm_row", "change_row", "end_row", "revive_row")
    ]
    assert verify(at=timezone.now()).breaks == []


def test_lists_are_narrowed_and_go_on_where_they_stopped(station: Machine) -> None:
    codes = [put_in(station, address=f"清平路{n}号", title=f"旅馆{n}号")["code"] for n in range(1, 6)]
    cafe = {
        "kind": "net_cafe", "title": "星海网吧", "unit": UNIT, "division": "990101001", "address": "北街3号",
    }  # fmt: skip
    assert station.post(HERE, {"values": cafe}).status_code == 201
    first = station.get(HERE, kind="hotel", limit=2).json()
    second = station.get(HERE, kind="hotel", limit=2, after=first["next"]).json()
    third = station.get(HERE, kind="hotel", limit=2, after=second["next"]).json()
    assert [row["code"] for page in (first, second, third) for row in page["rows"]] == codes
    assert third["next"] is None
    assert schema_of("rows_premises").is_valid(first)
    assert [row["values"]["title"] for row in station.get(HERE, q="星海 北街").json()["rows"]] == ["星海网吧"]
    assert station.get(HERE, fresh="dormant").json()["rows"] == []
    assert station.get(HERE, state="ended").json()["rows"] == []
    for wrong, name in (({"after": "x"}, "after"), ({"kind": "palace"}, "kind"), ({"colour": "red"}, "colour")):
        answer = station.get(HERE, **wrong)
        assert (answer.status_code, fields(answer)) == (422, {name})
    # That a machine reads a register is an entry of the town, once a day.
    (read,) = Entry.objects.filter(verb="read_rows")
    assert read.facts == {"register": "premises", "name": "ps_qingping subjects-act-read-receive"}


def test_what_is_wrong_is_said_by_field_and_nothing_is_written(station: Machine) -> None:
    bad: tuple[tuple[dict[str, Any], set[str]], ...] = (
        ({}, {"values"}),
        ({"values": {**NEW, "kind": "palace"}}, {"values.kind"}),
        ({"values": {k: v for k, v in NEW.items() if k != "title"}}, {"values.title"}),
        ({"values": {**NEW, "colour": "red"}}, {"values.colour"}),
        ({"values": {**NEW, "rooms_let": 3}}, {"values.rooms_let"}),
        ({"values": {**NEW, "licence_until": "soon"}}, {"values.licence_until"}),
        ({"values": {**NEW, "duty_phone": "12"}}, {"duty_phone"}),
        ({"values": {**NEW, "unit": "nobody"}}, {"unit"}),
        ({"values": {**NEW, "title": 7}}, {"values.title"}),
    )
    for body, names in bad:
        answer = station.post(HERE, body)
        assert (answer.status_code, fields(answer)) == (422, names), body
    assert not Row.objects.exists()
    row = put_in(station)
    one = f"{HERE}/{row['code']}"
    assert station.post(f"{one}/change", {"version": 9, "why": "changed", "values": {}}).status_code == 409
    assert fields(station.post(f"{one}/end", {"version": 1, "day": "2001-01-01", "why": "closed"})) == {"day"}
    assert station.post(f"{one}/paint", {"version": 1}).status_code == 404
    assert station.get(f"{HERE}/P999999").status_code == 404
    assert station.get("registers/dragons").status_code == 404
    assert station.post(HERE, {"values": NEW}).status_code == 409, "the same place twice"
    assert Row.objects.get().version == 1


def test_a_change_of_kind_is_judged_by_the_fields_of_the_new_kind(station: Machine) -> None:
    row = put_in(station)
    one = f"{HERE}/{row['code']}/change"
    body = {"version": 1, "why": "changed", "values": {"kind": "rented", "licence": "特旅0990-1"}}
    answer = station.post(one, body)
    assert (answer.status_code, fields(answer)) == (422, {"values.licence"}), "a let house has no licence"
    assert Row.objects.get(code=row["code"]).version == 1
    answer = station.post(one, {**body, "values": {"kind": "rented", "rooms_let": 3}})
    assert answer.status_code == 200, answer.json()
    now = answer.json()["values"]
    assert (now["kind"], now["rooms_let"]) == ("rented", 3)


def test_the_same_request_again_is_answered_and_done_once(station: Machine) -> None:
    again = {"Idempotency-Key": "one"}
    first = station.post(HERE, {"values": NEW}, again)
    second = station.post(HERE, {"values": NEW}, again)
    assert (second.status_code, second.json()) == (201, first.json())
    assert station.post(HERE, {"values": NEW | {"title": "别的"}}, again).status_code == 422
    one = f"{HERE}/{first.json()['code']}"
    body = {"version": 1, "why": "changed", "values": {"title": "望川大旅馆"}}
    two = [station.post(f"{one}/change", body, {"Idempotency-Key": "two"}).json() for _ in range(2)]
    assert two[0] == two[1]
    assert two[0]["version"] == 2
    assert Row.objects.count() == 1
    assert Once.objects.filter(key__startswith="api-").count() == 2


def test_rights_are_those_of_the_keys_unit_and_powers(town: Town, station: Machine) -> None:
    row = put_in(station)
    one = f"{HERE}/{row['code']}"
    assert Machine("").get(HERE).status_code == 401
    # Powers given before registers could be read open none of them.
    assert Machine(key(UNIT, "read", "act")).get(HERE).status_code == 403
    reader = Machine(key(UNIT, "subjects"))
    assert reader.get(one).status_code == 200
    assert reader.post(f"{one}/confirm", {"version": 1}).status_code == 403
    assert reader.post(HERE, {"values": NEW | {"title": "又一家"}}).status_code == 403
    # The trade department may write it, another bureau reads it only; the hotline keeps no registers at all.
    assert Machine(key("police_bureau", *ALL)).post(f"{one}/confirm", {"version": 1}).json()["version"] == 2
    housing = Machine(key("housing", *ALL))
    assert housing.get(one).json()["values"]["title"] == "望川旅馆"
    refused = housing.post(f"{one}/confirm", {"version": 2})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:wuxiao:problem:keep")
    assert Machine(key("hotline", *ALL)).get(HERE).status_code == 403
    assert Row.objects.get().version == 2


def test_a_register_that_came_later_is_served_by_the_same_operations(town: Town, station: Machine) -> None:
    """Service points: nothing in the interface knows them; whoever is on duty by name stands in no list."""
    given = {
        "kind": "police_room", "title": "清平警务室", "unit": UNIT, "division": "990101001", "address": "清平路1号",
        "hours": "周一至周五 9:00-17:00", "holidays": "shut", "services": ["report"], "duty_name": "王某某",
    }  # fmt: skip
    kind = books.current(timezone.now()).book.registers["service_points"]
    given["kind"] = next(iter(kind))
    fields_ = {one.name: one for one in SERVICE_POINTS.fields}
    private = next(one.name for one in SERVICE_POINTS.fields if one.private)
    given = {name: value for name, value in given.items() if name not in {"holidays", "services", "duty_name"}}
    for one in fields_.values():
        if one.required and one.choices:
            given[one.name] = [next(iter(one.choices))] if one.kind.value == "choices" else next(iter(one.choices))
    given[private] = "王某某"
    made = station.post("registers/service_points", {"values": given})
    assert made.status_code == 201, made.json()
    row = made.json()
    assert row["values"][private] == "王某某", "what could leak is there"
    assert schema_of("row_service_points").is_valid(row)
    listed = station.get("registers/service_points")
    assert [one["code"] for one in listed.json()["rows"]] == [row["code"]]
    assert schema_of("rows_service_points").is_valid(listed.json())
    assert "王某某" not in listed.content.decode()
    reader = Machine(key(UNIT, "subjects"))
    assert "王某某" not in reader.get(f"registers/service_points/{row['code']}").content.decode()
    assert station.get(HERE).json()["rows"] == []


@pytest.fixture
def private(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A register in which the telephone of an office is somebody's own."""
    own = tuple(
        replace(one, private=True, why=replace(one.why, seen=Audience.KEEPERS)) if one.name == "duty_phone" else one
        for one in PREMISES.fields
    )
    monkeypatch.setitem(shelf._installed, "premises", Shelf(replace(PREMISES, fields=own), Premises))


def test_personal_data_is_in_no_list_and_each_reading_is_written_down(private: None, station: Machine) -> None:
    row = put_in(station)
    one = f"{HERE}/{row['code']}"
    assert row["values"]["duty_phone"] == "09905551234", "what could leak is there"
    before = Entry.objects.filter(verb="read").count()
    for _ in range(2):
        assert station.get(one).json()["values"]["duty_phone"] == "09905551234"
    (read,) = Entry.objects.filter(verb="read")
    assert before == 1, "what a writing answers with is read too, and once a day is enough"
    assert read.facts == {"fields": ["duty_phone"], "who": "ps_qingping subjects-act-read-receive"}
    assert "5551234" not in station.get(HERE).content.decode()
    assert "5551234" not in station.get(HERE, q="5551234").content.decode()
    only = Machine(key(UNIT, "subjects"))
    assert "5551234" not in only.get(one).content.decode(), "a key that only reads is no keeper"
    assert Entry.objects.filter(verb="read").count() == 1
    assert verify(at=timezone.now()).breaks == []


def test_of_a_list_what_is_for_keepers_is_left_out(station: Machine) -> None:
    put_in(station)
    (row,) = station.get(HERE).json()["rows"]
    hidden = {one.name for one in PREMISES.fields if one.why.seen is Audience.KEEPERS}
    assert hidden
    assert hidden.isdisjoint(row["values"])


# ---------------------------------------------------------------------------------------------------------------- lives


def handed(town: Town, row: Row, report: str = "") -> Case:
    """An inspection of a place that was never accepted, handed to the fire body."""
    now = timezone.now()
    given = {"place": row.code, "why": "report" if report else "cycle", "report": report}
    case = opening.plan("inspection", given, by=town.lead, at=now)
    act(case.pk, "assign", {"pair": [str(town.li.staff_id), str(town.wang.staff_id)]}, by=town.lead, at=now)
    act(case.pk, "arrive", {}, by=town.li, at=now)
    act(case.pk, "arrive", {}, by=town.wang, at=now)
    act(case.pk, "fill", all_answers(accepted="no"), by=town.li, at=now)
    due = (timezone.localdate() + timedelta(days=5)).isoformat()
    act(case.pk, "leave", {"signed": "signed", "due": due}, by=town.li, at=now)
    act(case.pk, "hand_over", {"unit": FIRE, "reason": "未经验收"}, by=town.lead, at=now)
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def hotel(town: Town) -> Row:
    of_unit(town, UNIT)
    for name, role in (("li", Role.HANDLER), ("wang", Role.HANDLER), ("lead", Role.LEAD)):
        person(town, name, role)
    return acts.put_in("premises", HOTEL, by=SYSTEM, at=timezone.now())


def test_another_system_plans_a_visit_and_follows_it(town: Town, hotel: Row, station: Machine) -> None:
    given = {"place": hotel.code, "why": "cycle"}
    made = station.post("cases/inspection", {"given": given}, {"Idempotency-Key": "a"})
    assert made.status_code == 201, made.json()
    case = made.json()
    assert (case["state"], case["holder"], case["title"]) == ("planned", UNIT, "望川旅馆")
    assert (
        station.post("cases/inspection", {"given": given}, {"Idempotency-Key": "a"}).json()["number"]
        == (case["number"])
    )
    assert Case.objects.filter(life="inspection").count() == 1
    one = f"cases/inspection/{case['number']}"
    assert made["Location"] == f"/api/v1/{one}"
    read = station.get(one).json()
    assert schema_of("case_inspection").is_valid(read)
    assert {"zh": "种类", "en": "Kind"} in [line["label"] for line in read["about"]]
    listed = station.get("cases/inspection", queue="in.plan").json()
    assert [line["number"] for line in listed["cases"]] == [case["number"]]
    assert schema_of("cases_inspection").is_valid(listed)
    for body, names in (
        ({"given": {"why": "cycle"}}, {"given.place"}),
        ({"given": {**given, "place": "P999999"}}, {"place"}),
        ({"given": {**given, "inspector": "li"}}, {"given.inspector"}),
        ({"given": {**given, "date": "tomorrow"}}, {"given.date"}),
    ):
        answer = station.post("cases/inspection", body)
        assert (answer.status_code, fields(answer)) == (422, names), body
    # Who goes, and what they find, is for persons: no such operation.
    assert station.post(f"{one}/assign", {"given": {}}).status_code == 404
    reads = Entry.objects.filter(matter__number=case["number"], verb="read").values_list("actor", "facts__how")
    assert list(reads) == [("machine", "api")]
    assert verify(at=timezone.now()).breaks == []


def test_the_fire_body_answers_with_its_own_system(town: Town, hotel: Row) -> None:
    case = handed(town, hotel)
    rules = books.current(timezone.now())
    assert SUBJECT.pages is not None
    for step in SUBJECT.life.rows:
        declared = {field.name: field.why for field in SUBJECT.pages.fields(step, rules.book)}
        for field in SUBJECT.pages.asks(case if step.sources else None, step, rules, town.lead):
            name = field.name if field.name in declared else f"{field.name[:1]}_"
            assert declared[name] == field.why, "what a step asks, the papers and the impact sheet say"
    fire = Machine(key(FIRE, *ALL))
    one = f"cases/inspection/{case.number}"
    read = fire.get(one).json()
    open_now = {step["verb"]: step for step in read["steps"] if step["open"]}
    assert set(open_now) == {"refuse", "conclude"}
    assert set(open_now["conclude"]["fields"]) == {"reply"}
    assert fire.post(f"{one}/conclude", {"given": {}}).status_code == 422
    # The unit that handed it over reads on; it has nothing to answer here.
    station = Machine(key(UNIT, *ALL)).post(f"{one}/conclude", {"given": {"reply": "x"}})
    assert station.status_code == 403
    stale = fire.post(f"{one}/conclude", {"version": 1, "given": {"reply": "x"}})
    assert stale.status_code == 409
    upload = {"name": "门口.jpg", "content": base64.b64encode(photo().data).decode()}
    body = {"version": read["version"], "given": {"reply": "已责令停业"}, "files": [upload]}
    done = fire.post(f"{one}/conclude", body, {"Idempotency-Key": "end"}).json()
    assert (done["state"], done["outcome"], done["steps"]) == ("closed", "handed", [])
    assert schema_of("taken_inspection").is_valid(done)
    assert fire.post(f"{one}/conclude", body, {"Idempotency-Key": "end"}).json() == done
    said = Words.objects.get(matter_id=case.pk, field="reply")
    assert said.text == "已责令停业"
    assert verify(at=timezone.now()).breaks == []


def test_what_is_not_a_keys_to_see_is_as_if_it_were_not_there(town: Town, hotel: Row, station: Machine) -> None:
    report = reported(town)
    case = handed(town, hotel, report.number)
    one, fire = f"cases/inspection/{case.number}", Machine(key(FIRE, *ALL))
    assert fire.get(one).status_code == 200, "what could leak is there"
    assert len(fire.get("cases/inspection").json()["cases"]) == 1
    act(report.pk, "shield", {"unit": FIRE, "reason": "和老板熟"}, by=RESIDENT, at=timezone.now())
    assert station.get(one).json()["parent"] == report.number
    unknown = station.get("cases/inspection/JC2026010100000").json()
    assert (unknown["status"], unknown["type"]) == (404, "urn:wuxiao:problem:not_found")
    for machine, path in (
        (fire, one),
        (Machine(key("market_reg", *ALL)), one),
        (station, f"cases/dragons/{case.number}"),
        (station, f"cases/inspection/{report.number}"),
        (station, f"matters/{case.number}"),
    ):
        assert machine.get(path).json() == unknown, path
    hidden = fire.post(f"{one}/conclude", {"given": {"reply": "x"}})
    assert hidden.json() == unknown
    assert fire.get("cases/inspection").json()["cases"] == []
    assert Machine(key(UNIT, "read", "act")).get(one).status_code == 403


# ------------------------------------------------------------------------------------------------------------- papers


@contextmanager
def patrols() -> Iterator[str]:
    """A life called patrol beside inspections, with the same table."""
    old = SUBJECT.life
    life = Life("patrol", old.noun, old.states, old.standings, old.rows, old.over)
    with subject.beside(replace(SUBJECT, life=life)):
        yield "patrol"


def test_a_new_subject_stands_in_the_document_by_itself(town: Town) -> None:
    book = books.current(timezone.now()).book
    before = paper.document(book)["paths"]
    with patrols() as name:
        assert paper.document(book)["paths"] == before, "the town does not keep it"
        there = replace(book, lives={**book.lives, name: book.lives["inspection"]})
        after = paper.document(there)["paths"]
    assert {path for path in after if path not in before} == {
        "/api/v1/cases/patrol",
        "/api/v1/cases/patrol/{number}",
        "/api/v1/cases/patrol/{number}/refuse",
        "/api/v1/cases/patrol/{number}/conclude",
    }
    assert {path: after[path] for path in before} == before
    without = paper.document(replace(book, lives={}, registers={}))["paths"]
    assert not [path for path in without if "/cases/" in path or "/registers/" in path]
    assert without == {path: before[path] for path in without}


def test_open311_knows_matters_only(town: Town, hotel: Row) -> None:
    case = handed(town, hotel)
    receive(Report(words="路灯不亮"), by=SYSTEM, at=timezone.now())
    client = Machine(key("hotline", "read", "receive")).client
    services = client.get("/open311/v2/services.json").content.decode()
    requests = client.get("/open311/v2/requests.json").content.decode()
    one = client.get(f"/open311/v2/requests/{case.number}.json")
    for said in (services, requests, one.content.decode()):
        for mark in ("场所检查", "望川旅馆", hotel.code, '"inspection"', '"premises"'):
            assert mark not in said
    assert case.number not in services + requests
    assert one.status_code == 404


def test_a_position_of_another_system_is_said_behind_it_and_kept_in_ours(station: Machine) -> None:
    lat, lon = FORWARD[Crs.BD09]((30.123456, 104.654321))
    row = put_in(station, point=f"{lat:.7f},{lon:.7f} bd09")
    assert row["values"]["point"] == "30.123456,104.654321"
    refused = station.post(HERE, {"values": NEW | {"title": "另一家", "point": "30.1,104.2 xian80"}})
    assert refused.status_code == 422
    assert Row.objects.count() == 1
