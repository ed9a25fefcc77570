"""What residents and outsiders see of the diary: who read, the proof on the receipt, the paper that opens no door."""

from __future__ import annotations

import ast
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.desk.people import Town, settle
from tests.web.resident_town import photo
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.base.veiled import veil
from wuxiao.desk.diary import checkpoints, diary, notes, readings, receipts
from wuxiao.desk.files import files
from wuxiao.desk.matters import matters, printed
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Attachment, Entry, Matter, Staff
from wuxiao.web.staff.admin.office import TOWN_VERBS

pytestmark = [pytest.mark.django_db, pytest.mark.either]
WORDS = "文庙街路灯不亮，老人晚上出门摔过一次，请派人来看一看。"


@pytest.fixture
def town() -> Town:
    cache.clear()
    return settle()


def reported(**more: Any) -> Matter:
    limits = books.current(timezone.now()).book.uploads
    upload = files.check("灯.jpg", photo(), limits)
    report = Report(words=WORDS, name="王女士", phone="13900000001", uploads=(upload,), **more)
    return matters.receive(report, by=RESIDENT, at=timezone.now())


def signed_in(town: Town, name: str) -> Client:
    person = town.staff(name)
    Staff.objects.filter(pk=person.pk).update(must_change_password=False)
    client = Client()
    client.force_login(person)
    return client


def reads(matter: Matter) -> list[tuple[str, list[str]]]:
    rows = Entry.objects.filter(matter=matter, verb="read").order_by("turn")
    return [(e.facts.get("how", ""), e.facts["fields"]) for e in rows]


def test_a_number_looked_up_for_a_purpose_is_no_reading_of_the_page(town: Town) -> None:
    matter = reported()
    by, at = town.operator, timezone.now()
    diary.log_read(matter, by=by, at=at, fields=readings.PAGE, purpose="核实")
    assert readings.note(matter, by=by, at=at, fields=readings.PAGE, how="page")
    assert not readings.note(matter, by=by, at=at, fields=readings.PAGE, how="page")
    assert [how for how, _ in reads(matter)] == ["", "page"]


def test_every_entry_of_the_town_s_diary_can_be_looked_for_by_its_kind(town: Town) -> None:
    """An auditor who cannot choose a kind finds it only by leafing through years of sign-ins."""
    written: set[str] = set()
    house = Path(diary.__file__).parents[2]
    for path in sorted([*(house / "desk").rglob("*.py"), *(house / "subjects").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("write_town"):
                written |= {str(n.value) for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)}
    assert {"sign_in", "create_staff", "change_staff", "restored", "adopt_book"} <= written
    assert written == set(TOWN_VERBS)
    page = signed_in(town, "auditor").get("/staff/audit").content.decode()
    assert [verb for verb in written if f'value="{verb}"' not in page] == []


def test_a_day_s_reading_is_one_entry_a_person_whatever_they_open(town: Town) -> None:
    matter = reported()
    url, row = f"/staff/m/{matter.number}", Attachment.objects.get(matter=matter)
    desk = signed_in(town, "operator")
    for _ in range(2):
        assert desk.get(url).status_code == 200
        assert desk.get(f"{url}/file/{veil('file', row.pk)}").status_code == 200
    assert reads(matter) == [("page", ["words", "place", "files"])]
    assert signed_in(town, "shift_lead").get(url).status_code == 200
    assert len(reads(matter)) == 2
    # Who may not see it reads nothing and leaves nothing.
    assert signed_in(town, "police").get(url).status_code == 404
    assert len(reads(matter)) == 2
    # Another day is another reading.
    Entry.objects.filter(matter=matter, verb="read").update(at=timezone.now() - timedelta(days=2))
    desk.get(url)
    assert len(reads(matter)) == 3


def test_the_first_reading_of_a_day_costs_two_statements_and_the_second_none(town: Town) -> None:
    matter = reported()
    url, desk = f"/staff/m/{matter.number}", signed_in(town, "operator")
    desk.get(f"/staff/m/{reported().number}")
    with CaptureQueriesContext(connection) as first:
        desk.get(url)
    with CaptureQueriesContext(connection) as second:
        desk.get(url)
    said = [q["sql"] for q in first.captured_queries if "SAVEPOINT" not in q["sql"]]
    again = [q["sql"] for q in second.captured_queries if "SAVEPOINT" not in q["sql"]]
    # The insert, and the swap of the chain's head that keeps two from writing the same turn: nothing is looked up, for
    # the page has read the entries.
    written = [s.split()[0] for s in said if s.startswith(("INSERT", "UPDATE")) and "django_session" not in s]
    assert written == ["UPDATE", "INSERT"]
    assert not [s for s in again if s.startswith(("INSERT", "UPDATE")) and "django_session" not in s]
    assert len(said) - len(again) <= 2


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_the_readers_page_says_by_day_and_unit_who_read_what(town: Town, lang: str) -> None:
    matter = reported()
    page = f"/p/{matter.code}/readers"
    resident = Client(headers={"Accept-Language": lang})
    empty = resident.get(page).content.decode()
    assert ("还没有人打开过" in empty) == (lang == "zh-hans")
    Staff.objects.filter(username="operator").update(name="宋小明", name_en="Song Xiaoming")
    desk = signed_in(town, "operator")
    desk.get(f"/staff/m/{matter.number}")
    desk.post(f"/staff/m/{matter.number}/contact", {"purpose": "回电核实地点"})
    assert len(reads(matter)) == 2
    shown = resident.get(page).content.decode()
    for text in (
        ("打开事项", "照片和附件", "回电核实地点") if lang == "zh-hans" else ("opening the matter", "photos and files")
    ):
        assert text in shown, text
    assert shown.count("<h2>") == 1, "one day"
    for name in ("宋小明", "Song Xiaoming"):
        assert name not in shown
    assert "、" not in shown or lang == "zh-hans"


def test_the_receipt_carries_a_proof_that_needs_nothing_of_ours(town: Town) -> None:
    matter = reported()
    first = Entry.objects.get(matter=matter, turn=1)
    early = receipts.read(Client().get(f"/p/{matter.code}/receipt.txt").content.decode())
    assert (early.seal, early.size) == (first.seal, 0)
    assert first.seal[:8] in Client().get(f"/p/{matter.code}").content.decode()
    checkpoints.grow(at=timezone.now())
    text = Client().get(f"/p/{matter.code}/receipt.txt").content.decode()
    body = Client().get(f"/p/{matter.code}/data.json").content.decode()
    key = notes.read_key(Client().get("/report/log-key").content.decode().strip())
    saved = notes.parse_many(Client().get("/report/checkpoints.txt").content.decode())
    assert saved == notes.parse_many(Client().get("/report/checkpoint").content.decode())
    for given in (text, body):
        found = receipts.check(receipts.read(given), [key], saved)
        assert (found.holds, found.wrong) == (True, [])
    assert not receipts.check(receipts.read(text.replace(first.seal, "ab" * 32)), [key], saved).holds


def test_a_consistency_proof_is_served_for_any_two_sizes(town: Town) -> None:
    for _ in range(3):
        reported()
    checkpoints.grow(at=timezone.now())
    size = checkpoints.log_size()
    leaves = [checkpoints.leaf_hash(e.seal) for e in Entry.objects.order_by("leaf")]
    for first in (1, 2, 3, size - 1, size):
        path = json.loads(Client().get(f"/report/consistency/{first}/{size}").content)["path"]
        old, new = (checkpoints.root_of(leaves[:n]).hex() for n in (first, size))
        assert checkpoints.consistent(first, old, size, new, path)
    for first, second in ((0, size), (size, size - 1), (1, size + 1)):
        assert Client().get(f"/report/consistency/{first}/{second}").status_code == 404


def test_a_paper_printed_at_a_desk_opens_the_state_and_nothing_else(town: Town) -> None:
    matter = reported()
    token = printed.token(matter, at=timezone.now())
    assert matter.code not in token
    page = Client().get(f"/s/{token}")
    assert page.status_code == 200
    assert matter.number in page.content.decode()
    for secret in (matter.code, WORDS[:8], "13900000001", "王女士", f"/p/{matter.code}"):
        assert secret not in page.content.decode()
    sheet = signed_in(town, "operator").post(f"/staff/m/{matter.number}/print", {"as": "page"}).content.decode()
    assert matter.code not in sheet
    assert Client().get(f"/s/{token[:-1]}{'a' if token[-1] != 'a' else 'b'}").status_code == 404
    for at in (timezone.now() + timedelta(days=printed.DAYS + 1), timezone.now() + timedelta(days=4000)):
        with pytest.raises(NotFound):
            printed.standing(token, "zh", at=at)
    assert printed.standing(token, "zh", at=timezone.now() + timedelta(days=printed.DAYS - 1)).number == matter.number


def test_somebody_signed_in_as_staff_takes_no_step_with_a_code_and_is_written_down(town: Town) -> None:
    matter = reported()
    desk = signed_in(town, "operator")
    for path, given in (("do/withdraw", {"reason": "不办了"}), ("erase", {"understood": "1"})):
        answer = desk.post(f"/p/{matter.code}/{path}", given)
        assert answer.status_code == 403
    matter.refresh_from_db()
    assert (matter.state, Entry.objects.filter(matter=matter, verb__in=["withdraw", "erase"]).count()) == ("intake", 0)
    assert desk.get(f"/p/{matter.code}").status_code == 200
    desk.get(f"/p/{matter.code}/data.json")
    assert reads(matter) == [("code", ["words", "place"]), ("code", ["words", "place", "contact"])]
    # The resident is nobody's reader, and may.
    Client().get(f"/p/{matter.code}/data.json")
    assert len(reads(matter)) == 2
    assert Client().post(f"/p/{matter.code}/do/withdraw", {"reason": "不办了"}).status_code == 302
    assert verify().breaks == []
    assert diary.TOWN


def test_who_withdraws_in_danger_reads_what_becomes_of_it(town: Town) -> None:
    matter = matters.receive(Report(words="楼道灯坏了"), by=RESIDENT, at=timezone.now())
    why = "不用了，现在屋里全是煤气味，老人晕倒了"
    sent = Client().post(f"/p/{matter.code}/do/withdraw", {"reason": why}, follow=True)
    matter.refresh_from_db()
    assert (matter.state, matter.danger_open) == ("intake", True)
    page = sent.content.decode()
    assert "工作人员先看过" in page
    assert "这件事不再办了" not in page
    assert 'href="tel:110"' in page
