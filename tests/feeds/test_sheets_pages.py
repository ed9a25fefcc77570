"""The shift lead imports a file: upload, columns, preview, start, progress, rows to mend."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.desk.people import Town, settle
from wuxiao.desk.base import jobs
from wuxiao.feeds.sheets import job as _handlers  # noqa: F401  (it registers itself)
from wuxiao.records.models import Entry, Job, Matter, Staff
from wuxiao.rules.calendar import SHANGHAI

pytestmark = pytest.mark.django_db
TEXT = (
    "单号甲,何时,说了什么,老分类\n"
    "1,2026-03-02 09:30,槐树巷三盏路灯坏了,照明\n"
    "2,前天,=1+1,照明\n"
    "3,2026-03-03 09:30,<script>alert(1)</script>,没见过的\n"
)


@pytest.fixture
def town(settings: Any, tmp_path: Path) -> Town:
    settings.DATA_DIR = tmp_path
    return settle(datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI))


def signed_in(town: Town, name: str, lang: str) -> Client:
    person = town.staff(name)
    Staff.objects.filter(pk=person.pk).update(must_change_password=False, lang=lang)
    client = Client()
    client.force_login(person)
    client.cookies["lang"] = lang
    return client


def work() -> None:
    while jobs.run_due(now=timezone.now):
        pass


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_from_the_file_to_the_matters_and_the_rows_to_mend(town: Town, lang: str) -> None:
    client = signed_in(town, "shift_lead", lang)
    home = reverse("staff:imports")
    assert client.post(home, {"source": "老系统"}).status_code == 400
    file = SimpleUploadedFile("三月.csv", TEXT.encode("gb18030"))
    went = client.post(home, {"source": "老系统", "file": file}, follow=False)
    assert went.status_code == 302
    assert b'http-equiv="refresh"' in client.get(went["Location"]).content
    work()
    page = client.get(went["Location"]).content.decode()
    assert "gb18030" in page
    assert 'value="start"' not in page, "nothing can start before the columns are chosen"
    form = {
        "go": "look",
        "col_external_id": "单号甲",
        "col_received_at": "何时",
        "col_words": "说了什么",
        "col_category": "老分类",
        "zone": "Asia/Shanghai",
        "order": "",
        "promise": "given",
        "header_line": "1",
    }
    went = client.post(went["Location"], form)
    work()
    page = client.get(went["Location"]).content.decode()
    assert "槐树巷三盏路灯坏了" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert 'value="start"' in page
    start = {**form, "go": "start", "label_0": "照明", "means_0": "urban.facility.lamp 路灯"}
    went = client.post(went["Location"], start)
    assert "<progress" in client.get(went["Location"]).content.decode()
    work()
    page = client.get(went["Location"]).content.decode()
    assert "<progress" not in page
    assert ("看不懂的时间" if lang == "zh-hans" else "is no date") in page
    assert sorted(Matter.objects.values_list("external_id", "category")) == [("1", "urban.facility.lamp"), ("3", "")]
    job = Job.objects.get(kind="sheet_bring")
    address = reverse("staff:import_refused", args=[job.pk])
    assert client.get(address).status_code == 302
    sheet = client.post(address, {"as": "csv"})
    assert "'=1+1" in sheet.content.decode("utf-8-sig")
    assert client.post(address, {"as": "xlsx"}).content.startswith(b"PK")
    assert Entry.objects.filter(matter=None, verb="export_rows").count() == 2
    listed = client.get(home).content.decode()
    assert "三月.csv" in listed
    # The second file of the same source is read as the first one was.
    file = SimpleUploadedFile("四月.csv", TEXT.replace("1,2026", "9,2026").encode())
    went = client.post(home, {"source": "老系统", "file": file})
    work()
    assert 'value="start"' in client.get(went["Location"]).content.decode()


def test_a_file_that_is_no_table_says_so_on_the_page(town: Town) -> None:
    client = signed_in(town, "shift_lead", "zh-hans")
    file = SimpleUploadedFile("旧.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 900)
    went = client.post(reverse("staff:imports"), {"source": "旧", "file": file})
    work()
    assert "另存为" in client.get(went["Location"]).content.decode()


def test_nobody_else_imports(town: Town) -> None:
    for name in ("operator", "chief", "auditor", "admin"):
        client = signed_in(town, name, "zh-hans")
        assert client.get(reverse("staff:imports")).status_code == 403
    assert Client().get(reverse("staff:imports")).status_code == 302
