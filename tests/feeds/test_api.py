"""The JSON API as other systems use it: a hotline's own desk software, a department's line system."""

from __future__ import annotations

import base64
import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from jsonschema_rs import validator_for
from PIL import Image

from tests.desk.people import Town, settle
from tests.feeds.machines import Machine, fields, key, verbs
from tests.typed.test_crs import FORWARD, far
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.doors import keys
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.feeds.api.shapes import OPERATIONS
from wuxiao.records.models import ApiKey, Attachment, Entry, Matter, Words
from wuxiao.rules.flow import STEPS
from wuxiao.typed.crs import Crs

pytestmark = pytest.mark.django_db
WORDS = "幸福小区东门工地夜里十二点还在打桩,吵得老人孩子睡不着,请管一管。"


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def centre(town: Town) -> Machine:
    return Machine(key("hotline"))


def photo() -> str:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(out, "JPEG", exif=b"Exif\x00\x00secret place")
    return base64.b64encode(out.getvalue()).decode()


def test_two_systems_take_a_matter_from_the_first_word_to_the_answer(town: Town, centre: Machine) -> None:
    made = centre.post(
        "matters",
        {"words": WORDS, "division": "990101001", "phone": "13900000001", "name": "王女士", "external_id": "CRM-7"},
    )
    assert made.status_code == 201
    receipt = made.json()
    assert made["Location"] == f"/api/v1/matters/{receipt['number']}"
    assert receipt["progress_url"].endswith(receipt["code"].replace("-", ""))
    number = receipt["number"]
    whole = centre.get(f"matters/{number}").json()
    assert (whole["state"], whole["external_id"], whole["late"]) == ("intake", "CRM-7", False)
    open_now = {s["verb"] for s in whole["steps"] if s["open"]}
    assert {"classify", "note", "bypass"} <= open_now
    shut = {s["verb"]: s["why_not"] for s in whole["steps"] if not s["open"]}
    assert shut["assign"]["en"] == "confirm the category first"

    given = {"category": "env.noise.construction", "handling_class": "complaint", "items": ["停止夜间施工"]}
    classed = centre.post(f"matters/{number}/classify", given).json()
    lead = Matter.objects.get(number=number).route_why["lead"]
    assert centre.post(f"matters/{number}/assign", {"unit": lead}).json()["state"] == "offered"
    bureau = Machine(key(lead))
    inbox = bureau.get("matters", queue="offer").json()
    assert [m["number"] for m in inbox["matters"]] == [number]
    assert bureau.post(f"matters/{number}/accept", {}).json()["holder"] == lead
    stale = bureau.post(f"matters/{number}/note", {"words": "去现场", "version": classed["version"]})
    assert (stale.status_code, stale.json()["type"]) == (409, "urn:wuxiao:problem:stale")
    assert stale.json()["version"] > classed["version"]
    wrong = bureau.post(f"matters/{number}/answer", {"evidence": "photo", "reply": "好了", "ticked": [0]})
    assert (wrong.status_code, fields(wrong)) == (422, {"files"})
    photos = [{"name": "现场.jpg", "content": photo()}]
    answer = {"evidence": "photo", "reply": "已责令停止夜间施工。", "ticked": [0], "files": photos}
    assert bureau.post(f"matters/{number}/answer", answer).json()["state"] == "answered"

    diary = bureau.get(f"matters/{number}/entries").json()
    assert verbs(diary["entries"])[:5] == ["receive", "classify", "assign", "accept", "answer"]
    assert diary["entries"][0]["said"] == {"words": WORDS}
    assert diary["entries"][3]["sentence"]["zh"].endswith("已签收")
    (listed,) = diary["files"]
    got = bureau.get(f"matters/{number}/files/{listed['id']}")
    assert got["Content-Type"] == "image/jpeg"
    assert b"secret place" not in got.content
    assert "attachment" in got["Content-Disposition"]


def test_whoever_tells_a_machine_of_danger_is_told_whom_to_call(town: Town, centre: Machine) -> None:
    quiet = centre.post("matters", {"words": WORDS}).json()
    assert quiet["danger"] == {"tier": "none", "kinds": [], "call": [], "said": None}
    made = centre.post("matters", {"words": "路灯不亮", "place": "屋里全是煤气味，老人晕倒了"}).json()
    assert made["danger"]["tier"] == "certain"
    assert made["danger"]["call"]
    assert set(made["danger"]["call"]) <= {"110", "119", "120"}
    assert all(number in made["danger"]["said"]["zh"] for number in made["danger"]["call"])

    number = quiet["number"]
    urged = centre.post(f"matters/{number}/urge", {"reason": "屋里全是煤气味，老人晕倒了"}).json()
    assert (urged["danger_open"], bool(urged["call"])) == (True, True)
    other = centre.post("matters", {"words": WORDS}).json()["number"]
    centre.post(f"matters/{other}/urge", {"reason": "请快一点"})
    refused = centre.post(f"matters/{other}/urge", {"reason": "屋里全是煤气味，老人晕倒了"})
    assert refused.status_code == 409
    assert refused.json()["danger"]["call"] == urged["call"]
    assert Matter.objects.get(number=other).danger_open


def test_reading_words_is_recorded_once_a_day_for_each_key(town: Town, centre: Machine) -> None:
    number = centre.post("matters", {"words": WORDS}).json()["number"]
    for _ in range(3):
        centre.get(f"matters/{number}/entries")
    reads = Entry.objects.filter(verb="read")
    assert reads.count() == 1
    assert reads[0].facts["fields"] == ["words", "place"]
    assert reads[0].seen
    # The matter alone and the list lay open less than what is written already; another key is another reader.
    centre.get(f"matters/{number}")
    centre.get("matters")
    assert reads.count() == 1
    Machine(key("hotline", "read")).get("matters")
    assert [e.facts["fields"] for e in reads.order_by("turn")] == [["words", "place"], ["title"]]


def test_contact_needs_a_purpose_and_the_requester_sees_the_look(town: Town, centre: Machine) -> None:
    number = centre.post("matters", {"words": WORDS, "phone": "13900000001"}).json()["number"]
    assert fields(centre.get(f"matters/{number}/contact")) == {"purpose"}
    assert fields(centre.get(f"matters/{number}/contact", purpose=" ")) == {"purpose"}
    assert not Entry.objects.filter(verb="read").exists()
    assert centre.get(f"matters/{number}/contact", purpose="约定上门时间").json()["phone"] == "13900000001"
    assert Words.objects.get(field="purpose").text == "约定上门时间"
    reader = Machine(key("hotline", "read"))
    assert reader.get(f"matters/{number}/contact", purpose="x").status_code == 403


def test_the_same_predicate_guards_keys_and_people(town: Town, centre: Machine) -> None:
    number = centre.post("matters", {"words": WORDS, "hidden_unit": "urban_mgmt"}).json()["number"]
    for unit in ("urban_mgmt", "water_co", "police_110"):
        machine = Machine(key(unit))
        for path in (f"matters/{number}", f"matters/{number}/entries", f"matters/{number}/contact?purpose=x"):
            answer = machine.get(path)
            assert answer.status_code == 404, (unit, path)
            assert WORDS[:6] not in answer.content.decode()
        assert machine.post(f"matters/{number}/note", {"words": "看看"}).status_code == 404
        assert machine.get("matters").json()["matters"] == []
    assert [m["number"] for m in centre.get("matters").json()["matters"]] == [number]


def test_what_a_key_may_do_is_what_it_was_given(town: Town, centre: Machine) -> None:
    number = centre.post("matters", {"words": WORDS}).json()["number"]
    reader = Machine(key("hotline", "read"))
    assert reader.get(f"matters/{number}").status_code == 200
    assert reader.post("matters", {"words": "x"}).status_code == 403
    assert reader.post(f"matters/{number}/note", {"words": "x"}).status_code == 403
    writer = Machine(key("hotline", "receive"))
    assert writer.post("matters", {"words": "路灯坏了"}).status_code == 201
    assert writer.get("matters").status_code == 403
    partner = Machine(key("hotline", "exchange"))
    assert partner.post(f"matters/{number}/note", {"words": "已看"}).status_code == 200
    refused = partner.post(f"matters/{number}/classify", {"category": "env", "handling_class": "request"})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:wuxiao:problem:power")


def test_no_key_a_wrong_one_and_a_revoked_one(town: Town, centre: Machine) -> None:
    for secret in ("", "wx_wrong", "x" * 300):
        answer = Machine(secret).get("matters")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"].startswith("application/problem+json")
    basic = Client().get("/api/v1/matters", headers={"Authorization": f"Basic {centre.secret}"})
    assert basic.status_code == 401
    assert centre.get("matters").status_code == 200
    keys.revoke_key(ApiKey.objects.get().pk, by=town.admin, at=timezone.now())
    assert centre.get("matters").status_code == 401


def test_an_idempotency_key_makes_one_matter_and_one_step(town: Town, centre: Machine) -> None:
    once = {"Idempotency-Key": "order-77"}
    body = {"words": WORDS, "name": "王女士"}
    first = centre.post("matters", body, once)
    again = centre.post("matters", body, once)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = centre.post("matters", {**body, "name": "李先生"}, once)
    assert (other.status_code, other.json()["type"]) == (422, "urn:wuxiao:problem:conflict")
    assert Matter.objects.count() == 1
    stranger = Machine(key("hotline", "receive", "act", "read"))
    assert stranger.post("matters", body, once).json()["number"] != first.json()["number"]

    number = first.json()["number"]
    for _ in range(2):
        assert centre.post(f"matters/{number}/note", {"words": "已看"}, {"Idempotency-Key": "n1"}).status_code == 200
    assert Entry.objects.filter(verb="note").count() == 1
    changed = centre.post(f"matters/{number}/note", {"words": "没看"}, {"Idempotency-Key": "n1"})
    assert changed.status_code == 422
    bad = centre.post("matters", body, {"Idempotency-Key": "含中文".encode().decode("latin-1")})
    assert fields(bad) == {"Idempotency-Key"}


def test_the_same_answer_with_another_file_is_another_request(town: Town, centre: Machine) -> None:
    number = centre.post("matters", {"words": WORDS}).json()["number"]
    once = {"Idempotency-Key": "f1"}
    add = {"words": "照片", "files": [{"name": "a.jpg", "content": photo()}]}
    assert centre.post(f"matters/{number}/add", add, once).status_code == 200
    assert centre.post(f"matters/{number}/add", add, once).status_code == 200
    assert Attachment.objects.count() == 1
    assert centre.post(f"matters/{number}/add", {"words": "照片"}, once).status_code == 422


def test_a_key_that_asks_too_often_is_told_when_to_come_back(town: Town) -> None:
    machine = Machine(key("hotline", "read"))
    statuses = [machine.get("codes").status_code for _ in range(245)]
    assert statuses[0] == 200
    assert 429 in statuses
    answer = next(a for a in (machine.get("codes") for _ in range(130)) if a.status_code == 429)
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer.json()["detail_en"].startswith("Too many")


def test_a_position_of_another_system_is_kept_in_ours(town: Town, centre: Machine) -> None:
    here = (30.123, 104.654)
    for system in Crs:
        lat, lon = FORWARD[system](here)
        body = {"words": WORDS, "lat": lat, "lon": lon} | ({"crs": system.value} if system is not Crs.WGS84 else {})
        made = Matter.objects.get(number=centre.post("matters", body).json()["number"])
        assert made.lat is not None
        assert made.lon is not None
        assert far((made.lat, made.lon), here) < 0.01
    assert fields(centre.post("matters", {"words": WORDS, "lat": 30.1, "lon": 104.2, "crs": "xian80"})) == {"crs"}


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        (b"\xff\xfe", 400, None),
        ("{", 400, None),
        ("[]", 400, None),
        ('{"words": NaN}', 400, None),
        ('{"words": "\\ud800"}', 400, None),
        ("[" * 100_000, 400, None),
        ({}, 422, {"words"}),
        ({"words": "  "}, 422, {"words"}),
        ({"words": 5}, 422, {"words"}),
        ({"words": "x" * 20_001}, 422, {"words"}),
        ({"words": "x", "colour": "red"}, 422, {"colour"}),
        ({"words": "x", "category": "nothing.here"}, 422, {"category"}),
        ({"words": "x", "lat": 30.0}, 422, {"lat"}),
        ({"words": "x", "lat": 91, "lon": 0}, 422, {"lat"}),
        ({"words": "x", "email": "nobody"}, 422, {"email"}),
        ({"words": "x", "phone": "1" * 25}, 422, {"phone"}),
        ({"words": "x", "address_code": "no"}, 422, {"address_code"}),
        ({"words": "x", "files": [{"name": "a", "content": "%%"}]}, 422, {"files[0].content"}),
        ({"words": "x", "files": [{"name": "a.jpg", "content": "AAAA"}]}, 422, {"files"}),
        ({"words": "x", "petition": "yes"}, 422, {"petition"}),
    ],
)
def test_nonsense_is_named_and_nothing_is_made(
    town: Town, centre: Machine, body: object, status: int, names: set[str] | None
) -> None:
    answer = centre.post("matters", body)
    assert answer.status_code == status, answer.content
    problem = answer.json()
    assert problem["detail_zh"]
    assert problem["detail_en"]
    if names is not None:
        assert fields(answer) == names
    assert Matter.objects.count() == 0


def test_nul_characters_fall_away(town: Town, centre: Machine) -> None:
    number = centre.post("matters", {"words": "路灯\u0000坏了"}).json()["number"]
    assert Matter.objects.get(number=number).title == "路灯坏了"


def test_wrong_method_wrong_format_wrong_place(town: Town, centre: Machine) -> None:
    assert centre.client.delete("/api/v1/matters", headers=centre.pass_)["Allow"] == "GET, POST"
    assert centre.get("matters/WX1/classify").status_code == 405
    form = centre.client.post("/api/v1/matters", {"words": "x"}, headers=centre.pass_)
    assert form.status_code == 415
    for path in ("nothing", "matters/WX20260907-AAAAA", "matters/..%2f", "matters/WX20260907-AAAAA/files/x"):
        answer = centre.get(path)
        assert answer.status_code == 404, path
        assert answer["Content-Type"].startswith("application/problem+json")
    assert centre.post("matters/WX20260907-AAAAA/fly", {}).status_code == 404


def test_refusals_say_whether_it_is_the_person_or_the_moment(town: Town, centre: Machine) -> None:
    number = centre.post("matters", {"words": WORDS}).json()["number"]
    moment = centre.post(f"matters/{number}/accept", {})
    assert (moment.status_code, moment.json()["type"]) == (409, "urn:wuxiao:problem:state")
    person = centre.post(f"matters/{number}/stand_down", {"reply": "x"})
    assert person.status_code in {403, 409}
    english = centre.post(f"matters/{number}/accept", {}, {"Accept-Language": "en"}).json()
    assert english["detail"] == english["detail_en"] != english["detail_zh"]


def test_pages_of_a_long_list_join_without_gaps(town: Town, centre: Machine) -> None:
    at = timezone.now()
    made = [
        matters.receive(Report(words=f"路灯{n}坏了"), by=RESIDENT, at=at - timedelta(minutes=n), quiet=True).number
        for n in range(7)
    ]
    found: list[str] = []
    after: dict[str, str] = {}
    for _ in range(4):
        page = centre.get("matters", limit=2, **after).json()
        found += [m["number"] for m in page["matters"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert sorted(found) == sorted(made)
    assert len(found) == len(set(found))
    assert fields(centre.get("matters", after="nonsense")) == {"after"}
    assert fields(centre.get("matters", limit=0)) == {"limit"}
    assert fields(centre.get("matters", colour="red")) == {"colour"}
    by_theirs = centre.post("matters", {"words": "x", "external_id": "Z-1"}).json()["number"]
    assert [m["number"] for m in centre.get("matters", external_id="Z-1").json()["matters"]] == [by_theirs]


def test_a_list_takes_a_fixed_number_of_queries(
    town: Town, centre: Machine, django_assert_max_num_queries: object
) -> None:
    for n in range(12):
        matters.receive(Report(words=f"路灯{n}坏了"), by=RESIDENT, at=timezone.now(), quiet=True)
    # A key's first look of the day is written into each diary: one look-up, one read of the heads, one statement that
    # moves them all, one that adds the entries, and the transaction around them.
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        assert len(centre.get("matters").json()["matters"]) == 12
    assert Entry.objects.filter(verb="read").count() == 12
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        assert len(centre.get("matters").json()["matters"]) == 12
    assert Entry.objects.filter(verb="read").count() == 12


def test_the_document_is_made_of_the_table(town: Town, centre: Machine) -> None:
    answer = Client().get("/api/v1/openapi.json")
    paper = answer.json()
    assert paper["openapi"] == "3.1.0"
    operations = {o["operationId"]: o for path in paper["paths"].values() for o in path.values()}
    for verb, step in OPERATIONS.items():
        schema = operations[verb]["requestBody"]["content"]["application/json"]["schema"]
        assert set(schema["properties"]) == {n.value for n in (*step.needs, *step.may)} | {"version"}
        assert set(schema.get("required", ())) == {n.value for n in step.needs}
        assert schema["additionalProperties"] is False
    # Steps that are a person's own decision are no operations of machines.
    assert {
        "sign",
        "send_back",
        "uphold",
        "overturn",
        "grant",
        "deny",
        "decide",
        "call_back",
        "rate",
        "hand_in",
    }.isdisjoint(operations)
    assert set(OPERATIONS) <= set(STEPS)
    assert "env.noise.construction" in paper["components"]["schemas"]["Category"]["enum"]
    number = centre.post("matters", {"words": WORDS}).json()["number"]
    whole = {"$ref": "#/components/schemas/WholeMatter", "components": paper["components"]}
    checked = validator_for(whole)
    checked.validate(centre.get(f"matters/{number}").json())
    assert not checked.is_valid({"number": number})
    assert centre.get("codes").json()["units"]["hotline"]["en"] == "12345 Hotline Centre"
    assert json.dumps(paper)


def test_keys_are_shown_once_and_their_making_is_written_down(town: Town) -> None:
    now = timezone.now()
    made, secret = keys.create_key("line system", "water_co", ["read", "act"], by=town.admin, at=now)
    assert secret not in json.dumps(list(ApiKey.objects.values()), default=str)
    assert keys.find_key(secret) == made
    assert keys.find_key(secret + "x") is None
    with pytest.raises(Invalid):
        keys.create_key("line system", "water_co", ["read"], by=SYSTEM, at=now)
    with pytest.raises(Invalid) as wrong:
        keys.create_key("", "nobody", ["fly"], by=SYSTEM, at=now)
    assert set(wrong.value.fields) == {"name", "unit", "powers"}
    with pytest.raises(Refused):
        keys.create_key("mine", "water_co", ["read"], by=town.operator, at=now)
    keys.revoke_key(made.pk, by=town.admin, at=now)
    with pytest.raises(NotFound):
        keys.revoke_key(made.pk, by=town.admin, at=now)
    told = Entry.objects.filter(matter=None, verb__in=["create_key", "revoke_key"]).order_by("turn")
    assert [(e.verb, e.facts["name"]) for e in told] == [("create_key", "line system"), ("revoke_key", "line system")]
    assert keys.keys()[0].revoked_at is not None
