"""What people type, at every door: one person is one number, and no odd number breaks a page."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from tests.desk.people import BOOK_TEXT, Town, settle
from tests.feeds.machines import Machine, key
from wuxiao.desk.assist import redaction
from wuxiao.desk.base import jobs
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import keys
from wuxiao.desk.matters import imports, matters, released
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.people import identity
from wuxiao.feeds.sheets import job as handlers
from wuxiao.records.models import Contact, Entry, ImportRow, Matter, Staff, Words
from wuxiao.rules import book as rulebook
from wuxiao.rules.codes import grouped
from wuxiao.site.logs import masked
from wuxiao.typed import ids

pytestmark = [pytest.mark.django_db, pytest.mark.either]
SOURCE = Path(matters.__file__).resolve().parents[2]
assert handlers  # takes up the jobs of imports
SPELLINGS = [
    "\u202d139 0000 0055\u202c", "139‑0000–0055", "\ufeff13900000055", "１３９００００００５５", "+86 139-0000-0055",
    "电话：13900000055",
]  # fmt: skip


@pytest.fixture
def town() -> Town:
    return settle()


def signed_in(town: Town, name: str) -> Client:
    person = town.staff(name)
    Staff.objects.filter(pk=person.pk).update(must_change_password=False)
    client = Client()
    client.force_login(person)
    return client


def by_resident(phone: str) -> str:
    client = Client(headers={"accept-language": "zh-CN"})
    client.post("/new", {"words": "东门路的路灯不亮"})
    client.post("/new/place/other", {"division": "", "words": "东门路口"})
    client.post("/new/photos", {})
    answer = client.post("/new/contact", {"phone": phone, "by_sms": "1"})
    if answer.status_code == 400:
        return answer.content.decode()
    page = client.get("/new/check").content.decode()
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    client.post("/new/check", {"key": found[1]})
    return ""


def kept() -> list[str]:
    return list(Contact.objects.values_list("phone", flat=True))


def test_six_spellings_at_six_doors_are_one_person(town: Town, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert [by_resident(phone) for phone in SPELLINGS] == [""] * 6
    operator = signed_in(town, "operator")
    for phone in SPELLINGS:
        given = {"words": "东门路的路灯不亮", "phone": phone, "channel": "phone", "category": "urban.facility.lamp"}
        assert operator.post("/staff/intake", given).status_code == 302
    machine = Machine(key("hotline"))
    for phone in SPELLINGS:
        made = machine.post("matters", {"words": "东门路的路灯不亮", "phone": phone})
        assert made.status_code == 201, made.content
    secret = key("hotline", "receive", name="open311")
    for phone in SPELLINGS:
        given = {"api_key": secret, "service_code": "urban.facility.lamp", "address_string": "东门路",
                 "description": "路灯坏了", "phone": phone}  # fmt: skip
        assert Client().post("/open311/v2/requests.json", given).status_code == 201
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["编号", "登记时间", "内容", "电话", "办结时间"])
    for n, phone in enumerate(SPELLINGS):
        table.writerow([f"K{n}", "2026-03-02 09:00", "路灯不亮", phone, "2026-03-03 09:00"])
    stored, shown = imports.keep("一.csv", io.BytesIO(out.getvalue().encode()))
    job = imports.start(stored, shown, {"source": "热线"}, by=town.operator, at=timezone.now())
    while job.state in {"queued", "running"}:
        assert jobs.run_due(now=lambda: timezone.now() + timedelta(hours=1), job_id=job.pk)
        job.refresh_from_db()
    assert len(kept()) == 30, list(ImportRow.objects.values_list("error", flat=True))
    assert set(kept()) == {"13900000055"}
    page = operator.post("/staff/intake/caller", {"phone": "＋86 139 0000 0055"}).content.decode()
    assert "这个号码以前的事项" in page, "the operator finds the caller by any spelling"


@pytest.mark.parametrize(
    ("phone", "says"), [("1.39E+10", "设成“文本”"), ("1390000005", "现在是 10 位"), ("abc", "只能有数字")]
)
def test_a_wrong_number_is_told_and_kept_in_the_field(town: Town, phone: str, says: str) -> None:
    page = by_resident(phone)
    assert says in page
    assert phone in page
    assert not Matter.objects.exists()


def test_numbers_a_spreadsheet_has_spoilt_are_refused_with_their_row(town: Town, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    text = (
        "编号,登记时间,内容,电话\n2.02603E+14,2026/3/2 9:00,路灯不亮,13900000055\n"
        "2.02603E+14,2026/3/2 9:00,井盖丢了,13900000056\nB1,2026/3/2 9:00,噪音,1.39E+10\n"
        "B2,2026/3/2 9:00,垃圾,13900000055.0\nB3,2026/3/2 9:00,漏水,13900000057\n"
    )
    stored, shown = imports.keep("一.csv", io.BytesIO(text.encode("gb18030")))
    job = imports.start(stored, shown, {"source": "热线"}, by=town.operator, at=timezone.now())
    while job.state in {"queued", "running"}:
        assert jobs.run_due(now=lambda: timezone.now() + timedelta(hours=1), job_id=job.pk)
        job.refresh_from_db()
    errors = dict(ImportRow.objects.exclude(error="").values_list("line", "error"))
    assert sorted(errors) == [2, 3, 4, 5]
    assert all("设成“文本”" in error and "重复" not in error for error in errors.values())
    assert kept() == ["13900000057"]


def test_a_number_a_spreadsheet_has_spoilt_is_told_at_the_desk_and_to_machines(town: Town) -> None:
    given = {"words": "东门路的路灯不亮", "phone": "1.39E+10", "channel": "phone", "category": "urban.facility.lamp"}
    page = signed_in(town, "operator").post("/staff/intake", given)
    assert page.status_code in {200, 400}
    assert "设成“文本”" in page.content.decode()
    made = Machine(key("hotline")).post("matters", {"words": "东门路的路灯不亮", "phone": "1.39E+10"})
    assert (made.status_code, "设成“文本”" in made.content.decode()) == (422, True), made.content
    asked = {"api_key": key("hotline", "receive", name="open311"), "service_code": "urban.facility.lamp",
             "address_string": "东门路", "description": "路灯坏了", "phone": "1.39E+10"}  # fmt: skip
    answer = Client().post("/open311/v2/requests.json", asked)
    assert (answer.status_code, "设成“文本”" in answer.content.decode()) == (400, True), answer.content
    assert not Matter.objects.exists()


def test_plates_and_numbers_of_other_offices_are_one_form_at_every_door(town: Town) -> None:
    given = {"words": "车挡住了门", "phone": "", "channel": "phone", "category": "urban.facility.lamp",
             "plate": "湘Ａ·Ｄ１２３４５ 和 京a-12345"}  # fmt: skip
    assert signed_in(town, "operator").post("/staff/intake", given).status_code == 302
    details = Words.objects.filter(field="details").values_list("text", flat=True)
    assert [json.loads(text)["plate"] for text in details] == ["湘AD12345、京A12345"]
    machine = Machine(key("hotline"))
    made = machine.post("matters", {"words": "路灯不亮", "external_id": "ＷＸ－１​２ "})
    assert made.status_code == 201, made.content
    assert Matter.objects.exclude(external_id="").get().external_id == "WX-12"
    for asked in ("WX-12", "ＷＸ－１２", "WX‑12"):
        found = machine.get("matters", external_id=asked).json()
        assert len(found["matters"]) == 1, (asked, found)


def test_a_code_in_any_dress_opens_its_matter_and_each_mistake_is_told(town: Town) -> None:
    matter = matters.receive(Report("路灯坏了"), by=RESIDENT, at=timezone.now())
    full = "".join(chr(ord(c) + 0xFEE0) for c in matter.code)
    for typed in (full, f"查询码：{matter.code}。", f"https://x.example/p/{matter.code}", f"\u202d{matter.code}\u202c"):
        answer = Client().post("/find", {"code": typed})
        assert (answer.status_code, answer.headers.get("Location")) == (302, f"/p/{matter.code}"), typed
    for typed, says in ((matter.code[:19], "现在是 19 位"), (matter.code + "A", "现在是 21 位"),
                        (matter.number, "事项编号")):  # fmt: skip
        answer = Client(headers={"accept-language": "zh-CN"}).post("/find", {"code": typed})
        assert answer.status_code == 400
        assert says in answer.content.decode()


def test_mail_addresses_that_cannot_be_sent_to_are_refused_at_the_form(town: Town) -> None:
    client = Client(headers={"accept-language": "zh-CN"})
    client.post("/new", {"words": "东门路的路灯不亮"})
    for email, says in (("王@例子.中国", "@ 前面有中文"), ('"<x>,y@b.c', "邮箱格式不对")):
        answer = client.post("/new/contact", {"email": email})
        assert answer.status_code == 400
        assert says in answer.content.decode()
    assert client.post("/new/contact", {"email": "wang@例子.中国"}).status_code == 302
    matters.receive(Report("路灯", email="wang@例子.中国"), by=RESIDENT, at=timezone.now())
    assert list(Contact.objects.values_list("email", flat=True)) == ["wang@xn--fsqu00a.xn--fiqs8s"]


def test_long_texts_come_back_whole_with_the_sentence(town: Town) -> None:
    client = Client(headers={"accept-language": "zh-CN"})
    words = "路灯坏了，" * 999 + "请修好最后这一盏"
    answer = client.post("/new", {"words": words})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "请修好最后这一盏" in page
    assert "最多 4000 字" in page
    assert "maxlength" not in page
    matter = matters.receive(Report("路灯坏了"), by=RESIDENT, at=timezone.now())
    answer = client.post(f"/p/{matter.code}/do/add", {"words": words})
    assert "请修好最后这一盏" in answer.content.decode()
    assert "maxlength" not in answer.content.decode()
    assert Entry.objects.filter(verb="add").count() == 0


def test_tables_leave_whatever_was_typed_and_only_then_it_is_written_down(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "＝1+1 小区门口\x08路灯_x000D_坏了\u202e三天"
    client = signed_in(town, "shift_lead")
    # What an older version kept: the doors of today take it out.
    matter = matters.receive(Report(words, category="urban.facility.lamp"), by=RESIDENT, at=timezone.now())
    assert "\x08" not in Matter.objects.get().title
    Words.objects.filter(matter=matter, field="words").update(text=words)
    seen = released.digest(redaction.of_matter(matter))
    released.release(matter.pk, seen=seen, by=town.operator, at=timezone.now())
    ask = {"query": "state=open", "purpose": "周例会"}
    for way in ("xlsx", "csv"):
        answer = client.post("/staff/search/export", {**ask, "as": way})
        assert answer.status_code == 200
        if way == "xlsx":
            rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
            assert load_workbook(io.BytesIO(answer.content)).active is not None
        else:
            rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        cells = [str(cell) for cell in rows[1]]
        assert "'＝1+1 小区门口路灯_x000D_坏了三天" in cells
    assert Entry.objects.filter(verb="export").count() == 2
    from wuxiao.web.staff.overview import search

    def broken(*_args: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(search, "_xlsx", broken)
    client.raise_request_exception = False
    assert client.post("/staff/search/export", {**ask, "as": "xlsx"}).status_code == 500
    assert Entry.objects.filter(verb="export").count() == 2, "no file left: nothing is told to the requester"


# ------------------------------------------------------------------------------- no odd number breaks a page

ODD = ["²", "①", "９９", "9" * 40, "-1", "1e400", "NaN", "٣", "9999-12-31", "0001-01-01", "\x00",
       "½", "[]", "+7", "a:²", "s:²",
       "2026-13", "99999-01", "0", "9223372036854775808", "１2", "8-²"]  # fmt: skip
_ASKED = re.compile(r"""(?:GET|POST|get|post|given|asked)(?:\.get|\.getlist|)[(\[]\s*f?["']([a-z_]+)["']""")


def parameters() -> list[str]:
    found: set[str] = set()
    for folder in ("web", "feeds", "desk/look"):
        for file in (SOURCE / folder).rglob("*.py"):
            found |= set(_ASKED.findall(file.read_text(encoding="utf-8")))
    return sorted(found | {"since", "until", "level0", "level1", "page", "month"})


def addresses(patterns: Any = None, before: str = "") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route


def test_no_odd_number_breaks_any_page(town: Town) -> None:
    matter = matters.receive(Report("东门路的路灯不亮", phone="13900000055"), by=RESIDENT, at=timezone.now())
    names, rng = parameters(), random.Random(15)
    assert {"version", "id", "address", "before", "message", "alert", "sign_off", "forget"} <= set(names)
    clients = [Client(raise_request_exception=False)]
    for name in ("operator", "shift_lead", "admin", "auditor", "supervisor", "caller"):
        one = signed_in(town, name)
        one.raise_request_exception = False
        clients.append(one)
    routes = sorted(set(addresses()))
    assert len(routes) > 90
    broken: list[str] = []
    for route in routes:
        staff_page = "staff" in route
        for n in range(3):
            odd = rng.choice(ODD)
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: _part(m[1], matter, rng, odd), route)  # noqa: B023
            path = "/" + re.sub(r"[\^$?]|\(\?P<\w+>[^)]*\)", "", path).replace("\\", "").lstrip("/")
            some = names if n == 0 else rng.sample(names, 12)
            given = {name: odd if rng.random() < 0.7 else rng.choice(ODD) for name in some}
            client = rng.choice(clients[1:]) if staff_page else clients[0]
            for ask in (client.get, client.post):
                answer = ask(path, given)
                if answer.status_code >= 500:
                    broken.append(f"{ask.__name__} {path} {odd!r}: {answer.status_code}")
    assert broken == []


def _part(name: str, matter: Matter, rng: random.Random, odd: str) -> str:
    known = {"code": matter.code, "number": matter.number, "verb": "withdraw"}.get(name)
    return known if known and rng.random() < 0.7 else odd.replace("\x00", "%00")


#: What the Cyrillic and the Greek keyboard of a telephone give for the letters that look the same.
ALIKE = [str.maketrans("ABCEHKMPTXabcehkmptx", "АВСЕНКМРТХавсенкмртх"), str.maketrans("ABEHKMNPTXZ", "ΑΒΕΗΚΜΝΡΤΧΖ")]


@pytest.mark.parametrize("keyboard", ALIKE)
def test_letters_of_another_keyboard_that_look_the_same_are_read_at_every_door(
    town: Town, keyboard: dict[int, int]
) -> None:
    matter = matters.receive(Report(words="Саша просит 路灯", name="Ольга"), by=RESIDENT, at=timezone.now())
    other = matters.receive(Report(words="路灯"), by=RESIDENT, at=timezone.now())
    code, number = grouped(matter.code).translate(keyboard), matter.number.translate(keyboard)
    assert number != matter.number
    assert matters.by_code(code).pk == matter.pk
    assert Client().post("/find", {"code": code})["Location"] == f"/p/{matter.code}"
    staff = signed_in(town, "operator")
    assert matter.number in staff.get("/staff/search", {"q": number}, follow=True).content.decode()
    assert staff.get(f"/staff/m/{number}").status_code == 200
    joined = act(other.pk, "merge", {"matter": number.lower()}, by=town.operator, at=timezone.now())
    assert joined.merged_into_id == matter.pk
    assert ids.plates("京A12345".translate(keyboard)) == "京A12345"
    assert ids.number(number) == matter.number
    assert masked(f"no {code}") == "no …"
    # Names and words are what they are.
    assert Words.objects.get(matter=matter, turn=1, field="words").text == "Саша просит 路灯"
    assert identity.of(matter.pk, identity.Use.OWN).name == "Ольга"


DRESSED = "\u202d{}\u202c\u200b"


def test_the_fields_of_staff_and_administrators_are_read_like_everybody_elses(town: Town) -> None:
    client = signed_in(town, "security")
    given = {
        "username": DRESSED.format("Ｍｅｉ"), "name": DRESSED.format("梅\t香"), "name_en": "Mei\u200b Xiang",
        "phone": DRESSED.format("５５５－００１１"), "email": DRESSED.format("ｍｅｉ＠例子.中国"),
        "role0": "handler", "unit0": "urban_mgmt",
    }  # fmt: skip
    made = client.post("/staff/people/new", given)
    assert made.status_code == 200, made.content.decode()
    mei = Staff.objects.get(username="mei")
    assert (mei.name, mei.name_en, mei.phone, mei.email) == (
        "梅 香", "Mei Xiang", "09905550011", "mei@xn--fsqu00a.xn--fiqs8s",
    )  # fmt: skip
    for field, typed, says in (("phone", "139000", "手机号应是 11 位"), ("email", "梅@example.com", "@ 前面")):
        wrong = client.post("/staff/people/new", {**given, "username": "other", field: typed})
        assert (wrong.status_code, says in wrong.content.decode()) == (400, True), field
    assert not Staff.objects.filter(username="other").exists()
    at = timezone.now()
    hook, secret = keys.create_hook(
        DRESSED.format("ｆａｒ"), "hotline", DRESSED.format("https://far.example/x "), by=town.admin, at=at,
        secret=DRESSED.format("s" * 40),
    )  # fmt: skip
    assert (hook.name, hook.url, secret) == ("far", "https://far.example/x", "s" * 40)
    last = (at + timedelta(days=30)).date().isoformat()
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in last)
    key, _ = keys.create_key(
        DRESSED.format("接口"), "hotline", ["read"], by=town.admin, at=at, expires=wide,
        addresses=DRESSED.format("１０．１．２．３，10.1.0.0／16"),
    )  # fmt: skip
    assert (key.name, key.addresses) == ("接口", ["10.1.0.0/16", "10.1.2.3/32"])
    assert key.expires_at is not None
    text = BOOK_TEXT.replace("\nfire = { zh", '\nfire = { mail = "\u200bＦｉｒｅ＠Example.com", zh', 1)
    text = text.replace('"0990-5550027"', '"０９９０—5550027\u200b"')
    book = rulebook.loads(text)
    assert (book.units["fire"].mail, book.units["fire"].phone) == ("Fire@example.com", "0990-5550027")
    with pytest.raises(rulebook.BookError) as bad:
        rulebook.loads(BOOK_TEXT.replace("\nfire = { zh", '\nfire = { mail = "火@example.com", zh', 1))
    assert "units.fire.mail" in str(bad.value)
