"""Open311 GeoReport v2: the specification's answers, what is public and what never is, and the clients that exist."""

from __future__ import annotations

import base64
import io
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from tests.desk.people import Town, of_unit, settle
from tests.feeds import georeport
from tests.feeds.machines import key
from wuxiao.desk.assist import redaction
from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import matters, released
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import addresses, books, places
from wuxiao.desk.town.places import AddressRow
from wuxiao.records.models import Address, Attachment, Contact, Matter, Words
from wuxiao.rules.calendar import SHANGHAI

pytestmark = pytest.mark.django_db
BASE = "/open311/v2/"
LAMP = "urban.facility.lamp"
PERSON = "王秀英"
PHONE = "13812345678"


@pytest.fixture
def town() -> Town:
    town = settle()
    rows = [
        AddressRow("A-1", "990101001", "幸福路", "3号", "望川县清平街道幸福路3号", "Xingfu Road", "3 Xingfu Road",
                   lat=30.123456, lon=110.654321)
    ]  # fmt: skip
    places.load_addresses(rows, by=SYSTEM, at=timezone.now())
    addresses.forget()
    return town


@pytest.fixture
def secret(town: Town) -> str:
    return key("hotline", "receive")


def get(path: str, **query: Any) -> Any:
    return Client().get(BASE + path, query)


def ask(path: str, **query: Any) -> Any:
    answer = get(path, **query)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    return answer.json()


def post(secret: str, form: str = "json", **fields: Any) -> Any:
    given = {"api_key": secret, "service_code": LAMP, "address_string": "幸福路口", "description": "路灯坏了三天"}
    given |= fields
    return Client().post(f"{BASE}requests.{form}", {k: v for k, v in given.items() if v is not None})


def lamp(**more: Any) -> Matter:
    """A public matter of this town, through another door."""
    report = {"words": "路灯坏了三天", "category": LAMP, "division": "990101001", **more}
    return matters.receive(Report(**report), by=RESIDENT, at=timezone.now() - timedelta(hours=1))


def let_out(town: Town, matter: Matter) -> None:
    """A named person looks at the masked words and releases them."""
    seen = released.digest(redaction.of_matter(matter))
    released.release(matter.pk, seen=seen, by=town.operator, at=timezone.now())


def ids(answer: Any) -> list[str]:
    return [row["service_request_id"] for row in answer]


def test_services_are_the_leaves_of_the_tree_in_both_forms(town: Town) -> None:
    rows = ask("services.json")
    assert georeport.wrong(rows, georeport.SERVICE) == []
    by_code = {row["service_code"]: row for row in rows}
    assert by_code[LAMP]["service_name"] == "路灯"
    assert by_code[LAMP]["group"] == "城市管理"
    assert "照明" in by_code[LAMP]["keywords"].split(",")
    assert by_code[LAMP]["type"] == "realtime"
    assert by_code["order.safety.gambling"]["type"] == "blackbox"
    assert "urban.facility" not in by_code
    xml = get("services.xml")
    assert xml["Content-Type"] == "text/xml; charset=utf-8"
    root, content = georeport.from_xml(xml.content)
    assert root == "services"
    assert content == georeport.as_text(rows)
    english = Client().get(BASE + "services.json", headers={"Accept-Language": "en"}).json()
    assert {row["service_code"]: row for row in english}[LAMP]["service_name"] == "Street lamps"


def test_definitions_ask_what_is_useful_and_nothing_by_force(town: Town) -> None:
    definition = ask("services/order.safety.gambling.json")
    assert definition["service_code"] == "order.safety.gambling"
    assert georeport.wrong_attributes(definition) == []
    assert [a["code"] for a in definition["attributes"]] == ["ITEMS", "HIDDEN_UNIT"]
    assert not any(a["required"] for a in definition["attributes"])
    root, content = georeport.from_xml(get("services/order.safety.gambling.xml").content)
    assert (root, content) == ("service_definition", georeport.as_text(definition))
    for service in ask("services.json"):
        assert service["metadata"] is bool(ask(f"services/{service['service_code']}.json")["attributes"])
        if service["service_code"] > "env":
            break


def test_discovery_tells_where_and_how(town: Town) -> None:
    found = ask("discovery.json")
    assert set(found) == {"changeset", "contact", "key_service", "endpoints"}
    (endpoint,) = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"].endswith("/open311/v2")
    assert endpoint["formats"] == ["text/xml", "application/json"]
    # The county of the default book is fictional: nothing sent here is acted upon.
    assert endpoint["type"] == "test"
    assert georeport.from_xml(get("discovery.xml").content) == ("discovery", georeport.as_text(found))


def test_a_request_is_posted_read_back_and_closed(town: Town, secret: str) -> None:
    answer = post(
        secret,
        address_id="A-1",
        address_string=None,
        first_name="秀英",
        last_name="王",
        phone=PHONE,
        email="wang@example.cn",
        media_url="https://pictures.example/1.jpg",
        description=f"幸福路3号门口路灯坏了三天,请联系{PERSON},电话{PHONE}。",
        **{"attribute[ITEMS]": "修好路灯\n装反光条", "attribute[UNKNOWN]": "x", "device_id": "d", "account_id": "a"},
    )
    assert answer.status_code == 201
    (made,) = answer.json()
    assert set(made) == {"service_request_id", "service_notice", "account_id"}
    matter = Matter.objects.get(number=made["service_request_id"])
    assert matter.code[:4] in made["service_notice"]
    assert (matter.channel, matter.category, matter.division) == ("open311", LAMP, "990101001")
    assert [item["text"] for item in matter.items] == ["修好路灯", "装反光条"]
    contact = Contact.objects.get(matter=matter)
    assert (contact.name, contact.phone, contact.email) == (PERSON, PHONE, "wang@example.cn")
    assert "https://pictures.example/1.jpg" in Words.objects.get(matter=matter).text

    (row,) = ask(f"requests/{matter.number}.json")
    assert georeport.wrong([row], georeport.REQUEST) == []
    assert (row["description"], row["address"], row["lat"], row["long"]) == ("路灯", None, None, None)
    let_out(town, matter)
    (row,) = ask(f"requests/{matter.number}.json")
    assert georeport.wrong([row], georeport.REQUEST) == []
    assert (row["status"], row["service_code"]) == ("open", LAMP)
    assert row["address"] == "清平街道幸福路"
    assert (row["lat"], row["long"]) == (30.123, 110.654)
    assert row["expected_datetime"] is not None
    shown = str(row)
    for private in (PERSON, PHONE, "wang@", "pictures.example", "3号", matter.code):
        assert private not in shown
    assert "路灯坏了三天" in row["description"]
    root, content = georeport.from_xml(get(f"requests/{matter.number}.xml").content)
    assert (root, content) == ("service_requests", georeport.as_text([row]))

    at = timezone.now()
    given = {"category": LAMP, "handling_class": "request"}
    act(matter.pk, "classify", given, by=town.operator, at=at)
    lead = Matter.objects.get(pk=matter.pk).route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=at)
    handler = of_unit(town, lead, at=at)
    act(matter.pk, "accept", {}, by=handler, at=at)
    answered = {"evidence": "work_record", "reply": "已换灯泡", "ticked": ["0", "1"]}
    act(matter.pk, "answer", answered, by=handler, at=at)
    assert ask(f"requests/{matter.number}.json")[0]["status"] == "open"
    act(matter.pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=at)
    (row,) = ask(f"requests/{matter.number}.json")
    assert (row["status"], row["status_notes"]) == ("closed", "已答复并办结")
    assert row["updated_datetime"] == f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert row["agency_responsible"]


def test_what_is_not_for_the_public_does_not_exist(town: Town, secret: str) -> None:
    public = lamp()
    urgent = lamp(words="路灯杆要倒了,有人被砸伤流血,快救命")
    assert urgent.danger
    police = matters.receive(Report(words="路灯坏了", category=LAMP), by=town.police, at=timezone.now())
    hidden = {
        "report class": lamp(handling_class="report"),
        "urgent class": lamp(handling_class="urgent"),
        "danger": urgent,
        "petition": lamp(petition=True),
        "unit complained of": lamp(about=("urban_mgmt",)),
        "requester hidden": lamp(shielded=True),
        "with the police": police,
        "police category": lamp(category="traffic.parking.illegal", words="违停"),
        "dispute": lamp(kind="dispute"),
        "conduct": lamp(kind="conduct_problem"),
        "minor case": lamp(kind="minor_case"),
        "not classed": lamp(category=""),
    }
    listed = ids(ask("requests.json"))
    assert listed == [public.number]
    for why, matter in hidden.items():
        assert get(f"requests/{matter.number}.json").status_code == 404, why
        assert ids(ask("requests.json", service_request_id=f"{matter.number},{public.number}")) == [public.number], why
    # Somebody looked at the danger: it may be shown again only if nothing was found; what was found stays.
    act(urgent.pk, "look", {"reason": "已核实无人受伤"}, by=town.operator, at=timezone.now())
    assert get(f"requests/{urgent.number}.json").status_code == 404


def test_words_wait_for_a_person_and_a_place_as_written_is_never_shown(town: Town) -> None:
    matter = lamp(words=f"路灯坏了,我是{PERSON},{PHONE}", place=f"{PERSON}家门口3号楼2单元", lat=30.123456, lon=110.65)
    (row,) = ask(f"requests/{matter.number}.json", extensions="true")
    assert (row["description"], row["address"], row["lat"]) == ("路灯", None, None)
    assert row["extended_attributes"] == {"kind": "hazard", "division": "", "late": False, "words_released": False}
    let_out(town, matter)
    (row,) = ask(f"requests/{matter.number}.json", extensions="true")
    assert (row["description"], row["address"], row["lat"]) == ("路灯坏了,我是〔姓名〕,〔电话〕", "清平街道", 30.123)
    assert (row["extended_attributes"]["division"], row["extended_attributes"]["words_released"]) == ("990101001", True)
    matters.erase(matter.pk, by=RESIDENT, at=timezone.now())
    assert ask(f"requests/{matter.number}.json")[0]["description"] == "路灯"


def test_confidential_services_give_no_id_to_ask_after(town: Town, secret: str) -> None:
    answer = post(secret, service_code="order.safety.gambling", **{"attribute[HIDDEN_UNIT]": "police_bureau"})
    assert answer.status_code == 201
    (made,) = answer.json()
    assert "service_request_id" not in made
    matter = Matter.objects.get()
    assert matter.number not in str(made)
    assert "police_bureau" in matter.hidden
    assert matter.code[:4] in made["service_notice"]


def test_danger_in_a_posted_request_says_to_call(town: Town, secret: str) -> None:
    (made,) = post(secret, description="路灯漏电,有人触电倒地了").json()
    assert "110" in made["service_notice"]


@pytest.mark.parametrize(
    "words", ["Street light out at the corner of 5th and Main", "Graffiti on the wall of the school", "Missed trash"]
)
def test_everyday_english_is_not_heard_as_danger(town: Town, secret: str, words: str) -> None:
    (made,) = post(secret, description=words).json()
    let_out(town, Matter.objects.get(number=made["service_request_id"]))
    assert ask(f"requests/{made['service_request_id']}.json")[0]["description"] == words


def test_filters_windows_and_pages(town: Town) -> None:
    now = timezone.now()
    made = [
        matters.receive(
            Report(words=f"路灯{n}", category=LAMP if n % 2 else "urban.facility.park"),
            by=RESIDENT,
            at=now - timedelta(days=20 * n, minutes=1),
            quiet=True,
        )
        for n in range(7)
    ]
    numbers = [m.number for m in made]
    assert ids(ask("requests.json")) == numbers[:5]
    assert ids(ask("requests.json", service_code=LAMP)) == [numbers[1], numbers[3]]
    assert ids(ask("requests.json", service_code=f"{LAMP},urban.facility.park")) == numbers[:5]
    assert ids(ask("requests.json", status="closed")) == []
    assert ids(ask("requests.json", status="open,closed")) == numbers[:5]
    day = "%Y-%m-%dT%H:%M:%SZ"
    old = (now - timedelta(days=130)).strftime(day)
    assert ids(ask("requests.json", start_date=old)) == numbers[2:]
    assert ids(ask("requests.json", end_date=(now - timedelta(days=45)).strftime(day))) == numbers[3:]
    one_day = made[2].received_at.astimezone(SHANGHAI).strftime("%Y-%m-%d")
    assert ids(ask("requests.json", start_date=one_day, end_date=one_day)) == [numbers[2]]
    assert ids(ask("requests.json", status="OPEN", start_date=one_day)) == numbers[:3]
    assert ids(ask("requests.json", page_size=2, page=2)) == numbers[2:4]
    walked, query = [], {"page_size": "2"}
    for _ in range(5):
        answer = get("requests.json", **query)
        walked += ids(answer.json())
        if "Link" not in answer:
            break
        address = answer["Link"].split(">")[0][1:]
        query = dict(parse_qsl(urlsplit(address).query))
    assert walked == numbers[:5]
    by_id = ask("requests.json", service_request_id=f"{numbers[6]},{numbers[0]},WX1", status="closed")
    assert ids(by_id) == [numbers[6], numbers[0]]
    extended = ask("requests.json", extensions="true", page_size=1)
    assert extended[0]["extended_attributes"]["kind"] == "request"


def test_no_page_tells_by_a_gap_or_a_number_that_there_is_one_the_public_may_not_know_of(town: Town) -> None:
    """Danger somebody looked at leaves no empty page behind, and where a page ended is sealed."""
    made = [lamp(words=w) for w in ("路灯坏了一", "路灯杆要倒了,有人被砸伤流血,快救命", "路灯坏了三", "路灯坏了四")]
    act(made[1].pk, "look", {"reason": "已核实无人受伤"}, by=town.operator, at=timezone.now())
    pages: list[list[str]] = []
    query, texts = {"page_size": "1"}, ""
    for _ in range(len(made)):
        answer = get("requests.json", **query)
        pages.append(ids(answer.json()))
        if "Link" not in answer:
            break
        query = dict(parse_qsl(urlsplit(answer["Link"].split(">")[0][1:]).query))
        texts += f" {query['after']} {base64.urlsafe_b64decode(query['after'] + '==')!r}"
    assert pages == [[made[3].number], [made[2].number], [made[0].number]]
    assert not [m for m in made if f"|{m.pk}'" in texts or f"{m.received_at:%Y-%m-%dT}" in texts]


def test_a_page_of_requests_takes_a_fixed_number_of_queries(town: Town, django_assert_max_num_queries: Any) -> None:
    for _ in range(10):
        lamp(address_id=addresses_id())
    with django_assert_max_num_queries(6):
        assert len(ask("requests.json")) == 10


def addresses_id() -> int:
    return Address.objects.get(code="A-1").pk


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    ("path", "query", "status", "part"),
    [
        ("services", {"jurisdiction_id": "sfgov.org"}, 404, "jurisdiction_id"),
        ("services/nothing", {}, 404, "service_code"),
        ("services/urban", {}, 404, "service_code"),
        ("requests", {"service_code": "nothing"}, 404, "service_code"),
        ("requests", {"status": "maybe"}, 400, "status"),
        ("requests", {"start_date": "yesterday"}, 400, "start_date"),
        ("requests", {"start_date": "2026-02-30T00:00:00Z"}, 400, "start_date"),
        ("requests", {"end_date": "0001-01-01T00:00:00+14:00"}, 400, "end_date"),
        ("requests", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}, 400, "90"),
        ("requests", {"page": "0"}, 400, "page"),
        ("requests", {"page": "5000"}, 400, "Link"),
        ("requests", {"page_size": "x"}, 400, "page_size"),
        ("requests", {"after": "x"}, 400, "after"),
        ("requests", {"service_request_id": ",".join(f"n{n}" for n in range(201))}, 400, "200"),
        ("requests/WX20260101-AAAAA", {}, 404, "service_request_id"),
        ("tokens/1234", {}, 404, ""),
        ("nothing/at/all", {}, 404, ".json"),
    ],
)
def test_errors_have_the_form_and_status_of_the_specification(
    town: Town, form: str, path: str, query: dict[str, str], status: int, part: str
) -> None:
    answer = Client().get(f"{BASE}{path}.{form}", query, headers={"Accept-Language": "en"})
    assert answer.status_code == status
    if form == "json":
        rows = answer.json()
        assert georeport.wrong(rows, georeport.ERROR) == []
        assert part in rows[0]["description"]
    else:
        root, content = georeport.from_xml(answer.content)
        assert root == "errors"
        assert content[0]["code"] == str(status)
        assert part in content[0]["description"]


@pytest.mark.parametrize(
    ("fields", "status", "part"),
    [
        ({"api_key": ""}, 403, "key"),
        ({"api_key": "wx_wrong"}, 403, "key"),
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "nothing"}, 404, "service_code"),
        ({"address_string": ""}, 400, "location"),
        ({"lat": "30"}, 400, "long"),
        ({"lat": "30", "long": "x"}, 400, "long"),
        ({"lat": "91", "long": "110"}, 400, "lat"),
        ({"lat": "nan", "long": "110"}, 400, "lat"),
        ({"address_id": "nothing"}, 400, "address_id"),
        ({"description": "x" * 4001}, 400, "description"),
        ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
        ({"email": "nobody"}, 400, "email"),
        ({"phone": "1" * 30}, 400, "phone"),
        ({"attribute[HIDDEN_UNIT]": "nobody"}, 400, "HIDDEN_UNIT"),
        ({"jurisdiction_id": "sfgov.org"}, 404, "jurisdiction_id"),
    ],
)
def test_a_wrong_post_is_refused_and_nothing_is_made(
    town: Town, secret: str, fields: dict[str, str], status: int, part: str
) -> None:
    given = {"api_key": secret, "service_code": LAMP, "address_string": "幸福路口", "description": "路灯坏了", **fields}
    answer = Client().post(BASE + "requests.json", given, headers={"Accept-Language": "en"})
    assert answer.status_code == status, answer.content
    assert part in answer.json()[0]["description"]
    assert Matter.objects.count() == 0


def test_a_key_without_the_power_cannot_post(town: Town) -> None:
    assert post(key("hotline", "read")).status_code == 403
    json_body = Client().post(BASE + "requests.json", "{}", content_type="application/json")
    assert json_body.status_code == 400
    assert Client().delete(BASE + "requests.json").status_code == 405
    broken = Client().post(BASE + "requests.json", b"--x\r\n", content_type="multipart/form-data; boundary=")
    assert broken.status_code == 400


def test_a_picture_sent_along_is_drawn_anew(town: Town, secret: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), (9, 9, 9)).save(out, "JPEG", exif=b"Exif\x00\x00secret")
    media = SimpleUploadedFile("p.jpg", out.getvalue(), "image/jpeg")
    assert post(secret, media=media).status_code == 201
    assert Attachment.objects.get().kind == "image/jpeg"
    bad = post(secret, media=SimpleUploadedFile("p.jpg", b"not a picture", "image/jpeg"))
    assert bad.status_code == 400
    assert Matter.objects.count() == 1


def test_words_that_xml_cannot_hold_do_not_break_it(town: Town, secret: str) -> None:
    (made,) = post(secret, description="灯\u0001坏<了>&\x00]]>\ufffe").json()
    let_out(town, Matter.objects.get())
    root, content = georeport.from_xml(get(f"requests/{made['service_request_id']}.xml").content)
    assert root == "service_requests"
    assert content[0]["description"] == "灯坏<了>&]]>"


def test_the_receipt_code_is_the_token(town: Town, secret: str) -> None:
    post(secret)
    matter = Matter.objects.get()
    (row,) = ask(f"tokens/{matter.code}.json")
    assert row == {"service_request_id": matter.number, "token": matter.code}
    most = throttle.SHARED * books.current(timezone.now()).book.throttle.lookups_per_minute
    assert {get("tokens/1234.json").status_code for _ in range(most)} == {404}
    assert get("tokens/1234.json").status_code == 429
    assert get(f"tokens/{matter.code}.json").status_code == 200, "a right code is never counted and never refused"


def test_a_place_as_written_becomes_a_standard_address_or_stays_inside(town: Town, secret: str) -> None:
    (made,) = post(secret, address_string="幸福小区12号楼3单元402室").json()
    matter = Matter.objects.get(number=made["service_request_id"])
    assert matter.place == "幸福小区12号楼3单元402室"
    let_out(town, matter)
    assert "幸福小区" not in str(ask(f"requests/{matter.number}.json"))
    exact = post(secret, address_string="望川县清平街道幸福路3号").json()
    assert Matter.objects.get(number=exact[0]["service_request_id"]).address.code == "A-1"  # type: ignore[union-attr]
