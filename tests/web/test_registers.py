"""The pages of a register, told as what a station, a bureau and a county leader see and do there."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from tests.desk.people import BOOK_TEXT, Town, of_unit, settle
from tests.desk.test_register import HOTEL, RENTED
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.register import acts, look
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Row, Staff
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db
HERE = "/staff/r/premises"


@pytest.fixture
def town() -> Town:
    cache.clear()
    made = settle()
    made.people["keeper"] = of_unit(made, "ps_qingping")
    made.people["lead"] = of_unit(made, "ps_qingping", Role.LEAD)
    made.people["stranger"] = of_unit(made, "housing")
    return made


def signed_in(town: Town, name: str, lang: str = "zh-hans") -> Client:
    Staff.objects.update(must_change_password=False)
    client = Client(raise_request_exception=True)
    client.force_login(Staff.objects.get(pk=town.people[name].staff_id))
    client.cookies["lang"] = lang
    return client


def hotel(town: Town, **more: Any) -> Row:
    return acts.put_in("premises", HOTEL | more, by=town.keeper, at=timezone.now())


def text_of(response: Any) -> str:
    return response.content.decode()


def test_the_trade_department_enters_rows_for_every_unit(town: Town) -> None:
    town.people["department"] = of_unit(town, "police_bureau")
    form = text_of(signed_in(town, "department").get(f"{HERE}/new?kind=hotel"))
    (units,) = re.findall(r'(?s)<select[^>]*name="unit".*?</select>', form)
    assert f'value="{town.keeper.unit}"' in units
    assert 'value="police_bureau" selected' in units


def test_a_telephone_stands_on_pages_as_it_is_written(town: Town) -> None:
    row = hotel(town, duty_phone="0990-5551234 转 12")
    client = signed_in(town, "keeper")
    page = text_of(client.get(f"{HERE}/row/{row.code}"))
    assert "0990-5551234-12" in page
    assert "09905551234" not in page
    form = text_of(client.get(f"{HERE}/row/{row.code}/change"))
    assert 'value="0990-5551234-12"' in form
    given = {**HOTEL, "duty_phone": "0990-5551234-12", "title": "改过名", "why": "mistake", "version": "1"}
    again = client.post(f"{HERE}/row/{row.code}/change", given)
    assert again.status_code == 302
    (changed,) = (one for one in look.view("premises", row.code, by=town.keeper, at=timezone.now()).history
                  if one.verb == "change_row")  # fmt: skip
    assert len(changed.changes) == 1, "the same number written another way is no change"


def test_a_station_puts_a_hotel_in_and_changes_it(town: Town) -> None:
    client = signed_in(town, "keeper")
    assert HERE in text_of(client.get("/staff/"))
    kinds = text_of(client.get(f"{HERE}/new"))
    assert f"{HERE}/new?kind=hotel" in kinds
    form = text_of(client.get(f"{HERE}/new?kind=hotel"))
    assert 'name="licence_until"' in form
    assert 'name="rooms_let"' not in form
    (units,) = re.findall(r'(?s)<select[^>]*name="unit".*?</select>', form)
    own = town.keeper.unit
    assert re.findall(r'<option value="([^"]+)"', units) == [own], "a new row is of those it may be entered for"
    assert f'value="{own}" selected' in units
    foreign = client.post(f"{HERE}/new", {**HOTEL, "unit": "housing"})
    assert foreign.status_code == 400
    assert 'href="#f-unit"' in text_of(foreign)
    assert "请选您自己的单位" in text_of(foreign)
    assert "不能改" not in text_of(foreign), "what is new is not said to be somebody's"
    refused = client.post(f"{HERE}/new", {**HOTEL, "duty_phone": "12", "title": ""})
    assert refused.status_code == 400
    assert 'href="#f-title"' in text_of(refused)
    assert "清平路1号" in text_of(refused), "what was written is kept"
    done = client.post(f"{HERE}/new", HOTEL)
    row = Row.objects.get()
    assert done["Location"] == f"{HERE}/row/{row.code}"
    page = text_of(client.get(done["Location"]))
    for said in (row.code, "望川旅馆", "县公安局", "能从里面打开", "0990", "核对无误", "在核对期内"):
        assert said in page
    form = text_of(client.get(f"{HERE}/row/{row.code}/change"))
    assert 'value="旅字001"' in form
    assert re.search(r'<option value="opens" selected>', form)
    changed = client.post(
        f"{HERE}/row/{row.code}/change", {**HOTEL, "bars": "blocked", "why": "mistake", "version": "1"}
    )
    assert changed.status_code == 302
    page = text_of(client.get(f"{HERE}/row/{row.code}"))
    assert "由“能从里面打开”改为“挡住逃生，须整改”" in page
    assert "原来登记有误" in page


def test_who_comes_second_keeps_what_was_written_and_sees_what_happened(town: Town) -> None:
    row = hotel(town)
    client = signed_in(town, "keeper")
    acts.change("premises", row.code, {"title": "新名"}, why="changed", by=town.keeper, at=timezone.now(), version=1)
    late = client.post(f"{HERE}/row/{row.code}/change", {**HOTEL, "title": "我的名", "why": "changed", "version": "1"})
    page = text_of(late)
    assert late.status_code == 400
    assert 'value="我的名"' in page
    assert "名称由“望川旅馆”改为“新名”" in page
    assert 'name="version" value="2"' in page
    again = client.post(f"{HERE}/row/{row.code}/change", {**HOTEL, "title": "我的名", "why": "changed", "version": "2"})
    assert again.status_code == 302
    assert Row.objects.get().title == "我的名"


def test_confirm_end_and_take_up_again(town: Town) -> None:
    row = hotel(town)
    client, url = signed_in(town, "keeper"), f"{HERE}/row/{row.code}"
    assert client.post(url, {"do": "confirm", "version": "1"}).status_code == 302
    assert client.post(url, {"do": "confirm", "version": "1"}).status_code == 400, "a second click is told"
    assert client.post(url, {"do": "burn", "version": "2"}).status_code == 400
    assert client.post(url, {"do": "end", "version": "2", "day": "", "why": ""}).status_code == 400
    today = timezone.localdate().isoformat()
    assert client.post(url, {"do": "end", "version": "2", "day": today, "why": "moved"}).status_code == 302
    page = text_of(client.get(url))
    assert "已销册" in page
    assert "迁出本地" in page
    assert "更改" not in page.split("<h1>")[1].split("历史")[0]
    assert client.post(url, {"do": "revive", "version": "3"}).status_code == 302
    assert [e.verb for e in Entry.objects.filter(row=row).order_by("turn")] == [
        "put_in", "confirm_row", "end_row", "revive_row",
    ]  # fmt: skip


def test_who_reads_only_has_no_buttons_and_no_office_contact(town: Town) -> None:
    row = hotel(town)
    for name in ("chief", "supervisor", "stranger"):
        client = signed_in(town, name)
        page = text_of(client.get(f"{HERE}/row/{row.code}"))
        assert "旅字001" in page
        assert ("值班室" in page) == (name == "stranger"), "offices on duty are for those who keep registers"
        assert 'value="confirm"' not in page
        assert client.post(f"{HERE}/row/{row.code}", {"do": "confirm", "version": "1"}).status_code in {400, 403}
        assert client.get(f"{HERE}/row/{row.code}/change").status_code == 403
    assert Row.objects.get().version == 1
    department = of_unit(town, "police_bureau")
    town.people["department"] = department
    assert 'value="confirm"' in text_of(signed_in(town, "department").get(f"{HERE}/row/{row.code}"))


def test_a_room_let_shows_duties_and_rights(town: Town) -> None:
    row = acts.put_in("premises", RENTED, by=town.keeper, at=timezone.now())
    page = text_of(signed_in(town, "chief").get(f"{HERE}/row/{row.code}"))
    assert "房东责任" in page
    assert "未经同意不得进屋" in page
    assert "房东责任" not in text_of(signed_in(town, "chief").get(f"{HERE}/row/{hotel(town).code}"))


def test_the_list_is_narrowed_and_says_what_is_overdue(town: Town) -> None:
    row = hotel(town)
    acts.put_in("premises", RENTED, by=town.keeper, at=timezone.now())
    Row.objects.filter(pk=row.pk).update(checked_at=timezone.now() - timedelta(days=91))
    client = signed_in(town, "chief")
    page = text_of(client.get(HERE))
    assert "望川旅馆" in page
    assert "槐荫里3栋2单元401" in page
    assert "超过核对周期" in page
    dormant = text_of(client.get(f"{HERE}?fresh=dormant"))
    assert "望川旅馆" in dormant
    assert "槐荫里3栋2单元401" not in dormant
    assert "没有符合条件的" in text_of(client.get(f"{HERE}?q=没有这家"))
    assert "望川旅馆" in text_of(client.get(f"{HERE}?kind=hotel&division=990101001&unit=ps_qingping&q=旅馆"))
    assert client.get(f"{HERE}/row/%00").status_code == 404
    for odd in ("fresh=x&kind=%00&after=zz", "q=" + "长" * 500, "state=ended&division='"):
        assert client.get(f"{HERE}?{odd}").status_code == 200


def test_the_list_costs_the_same_however_long_it_is(town: Town) -> None:
    client = signed_in(town, "chief")
    hotel(town)
    client.get(HERE)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(HERE)
    for n in range(60):
        hotel(town, address=f"清平路{n + 10}号")
    with CaptureQueriesContext(connection) as many:
        page = text_of(client.get(HERE))
    assert len(many) == len(few)
    assert page.count("望川旅馆") == 50
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    assert text_of(client.get(following[1].replace("&amp;", "&"))).count("望川旅馆") == 11


def test_a_file_is_taken_whole_or_every_fault_is_named(town: Town) -> None:
    client = signed_in(town, "lead")
    page = text_of(client.get(f"{HERE}/file"))
    assert "登记单位" in page
    head = "编号,种类,名称,所在地,地址,乱七八糟\n"

    def sent(text: str, name: str = "t.csv") -> Any:
        return client.post(f"{HERE}/file", {"file": SimpleUploadedFile(name, text.encode())})

    bad = sent(head + "A-1,城堡,甲,990101001,路1,x\nA/2,旅馆,乙,990101001,路2,x\n")
    assert bad.status_code == 400
    for said in ("城堡", "编号最多40个字", "一行也没有写入"):
        assert said in text_of(bad)
    assert not Row.objects.exists()
    assert sent("").status_code == 400
    assert sent("PK\x03\x04", "t.xlsx").status_code == 400
    assert client.post(f"{HERE}/file", {}).status_code == 400
    good = sent(head + "A-1,旅馆,甲,990101001,路1,x\n")
    assert good["Location"] == HERE
    after = text_of(client.get(HERE))
    assert "新增 1 行" in after
    assert "乱七八糟" in after
    assert Row.objects.get().code == "A-1"


def test_a_file_too_large_is_not_read(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wuxiao.web.staff.registers.LARGEST", 10)
    sent = signed_in(town, "lead").post(f"{HERE}/file", {"file": SimpleUploadedFile("t.csv", b"x" * 11)})
    assert sent.status_code == 400
    assert not Row.objects.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_leaves_safe_for_spreadsheets_and_written_down(town: Town, kind: str) -> None:
    hotel(town, title="=1+1", licence="＝HYPERLINK(1)")
    acts.put_in("premises", RENTED, by=town.keeper, at=timezone.now())
    client = signed_in(town, "lead")
    assert "共 1 行" in text_of(client.get(f"{HERE}/export?kind=hotel"))
    assert client.post(f"{HERE}/export", {"kind": "hotel", "as": kind}).status_code == 400
    assert not Entry.objects.filter(verb="give_rows").exists()
    given = client.post(f"{HERE}/export", {"kind": "hotel", "as": kind, "purpose": "inspect"})
    assert given.status_code == 200
    if kind == "csv":
        table = list(csv.reader(io.StringIO(given.content.decode("utf-8-sig"))))
    else:
        sheet = load_workbook(io.BytesIO(given.content)).active
        assert sheet is not None
        table = [[str(value or "") for value in line] for line in sheet.values]
    assert len(table) == 2
    held = dict(zip(*table, strict=True))
    assert held["名称"] == "'=1+1"
    assert held["许可证号"] == "'＝HYPERLINK(1)"
    (entry,) = Entry.objects.filter(verb="give_rows")
    assert entry.facts["count"] == 1
    audit = text_of(signed_in(town, "auditor").get("/staff/audit?verb=give_rows"))
    assert "导出登记册" in audit


def test_the_quality_page_says_what_each_rate_is_of(town: Town) -> None:
    client = signed_in(town, "supervisor")
    assert "—" in text_of(client.get(f"{HERE}/quality"))
    hotel(town)
    page = text_of(client.get(f"{HERE}/quality"))
    assert "完整率" in page
    assert "12 / 13" in page
    assert "0 / 1" in page


def test_a_town_without_the_section_has_no_page_and_no_entry_in_the_rail(town: Town) -> None:
    row = hotel(town)
    client = signed_in(town, "lead")
    assert HERE in text_of(client.get("/staff/"))
    start = BOOK_TEXT.index("[registers.premises]")
    end = BOOK_TEXT.index("# ----", BOOK_TEXT.index("[lives.conference]"))
    now = timezone.now()
    day = timezone.localdate().isoformat()
    acts.end("premises", row.code, day=day, why="closed", by=town.people["lead"], at=now, version=row.version)
    books.adopt(BOOK_TEXT[:start] + BOOK_TEXT[end:], name="without", effective_from=now, by=SYSTEM, at=now)
    for path in ("", "/new", "/file", "/export", "/quality", f"/row/{row.code}", f"/row/{row.code}/change"):
        assert client.get(f"{HERE}{path}").status_code == 404, path
    assert HERE not in text_of(client.get("/staff/"))
    assert client.get("/staff/r/nothing").status_code == 404


@pytest.mark.parametrize("path", ["", "/new", "/new?kind=rented", "/file", "/export", "/quality", "/row/", "/change"])
def test_every_page_is_english_where_english_is_read(town: Town, path: str) -> None:
    row = hotel(town, title="Inn", address="1 Road", licence="L1", duty_office="desk")
    path = {"/row/": f"/row/{row.code}", "/change": f"/row/{row.code}/change"}.get(path, path)
    page = text_of(signed_in(town, "lead", "en").get(f"{HERE}{path}"))
    said = re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1].split("</main>")[0])
    assert re.findall(r"[\u4e00-\u9fff]+", said) == []
