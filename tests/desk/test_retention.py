"""What is over is erased, each kind at its own time, and the diary stays whole."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.desk.people import MONDAY, settle
from wuxiao.desk.audit import verify
from wuxiao.desk.base import find
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case import outbox
from wuxiao.desk.case.act import act
from wuxiao.desk.files import files
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.people import retention
from wuxiao.desk.town import books
from wuxiao.records.models import Attachment, Contact, Entry, Matter, Message, Words

pytestmark = pytest.mark.django_db


def photo() -> files.Upload:
    out = BytesIO()
    Image.new("RGB", (40, 30), (10, 120, 90)).save(out, "PNG")
    return files.check("灯.png", out.getvalue(), books.current(MONDAY).book.uploads)


def test_contact_files_words_and_messages_end_each_at_its_own_time(settings: Any, tmp_path: Any) -> None:
    settings.FILES_DIR = tmp_path / "files"
    settings.DATA_DIR = tmp_path
    settle()
    report = Report(words="路灯不亮", phone="19909900001", name="陈女士", uploads=(photo(),))
    matter = matters.receive(report, by=RESIDENT, at=MONDAY)
    outbox.send_due(at=MONDAY + timedelta(minutes=1))
    act(matter.pk, "withdraw", {}, by=RESIDENT, at=MONDAY)
    kept = books.current(MONDAY).book.retention
    days = {kind: kept[kind].days for kind in ("contact", "words", "files", "messages")}
    assert len(set(days.values())) > 1

    def holds() -> set[str]:
        left = set()
        if Contact.objects.filter(matter=matter).exclude(phone="").exists():
            left.add("contact")
        if Words.objects.filter(matter=matter, field="words").exclude(text="").exists():
            left.add("words")
        if Attachment.objects.filter(matter=matter, erased_at__isnull=True).exists():
            left.add("files")
        if Message.objects.filter(matter=matter).exclude(text="").exists():
            left.add("messages")
        return left

    assert holds() == set(days)
    assert retention.retire(by=SYSTEM, at=MONDAY + timedelta(days=min(days.values()) - 1)) == 0
    for after in sorted(set(days.values())):
        at = MONDAY + timedelta(days=after, hours=1)
        retention.retire(by=SYSTEM, at=at)
        assert holds() == {kind for kind, limit in days.items() if limit > after}
        assert retention.retire(by=SYSTEM, at=at) == 0
    assert Matter.objects.get(pk=matter.pk).title == ""
    assert find.text_of(matter.pk) == ""
    assert Entry.objects.filter(matter=matter, verb="retire").count() == len(days)
    assert verify.verify().breaks == []


def test_an_open_matter_keeps_what_it_needs() -> None:
    settle()
    matter = matters.receive(Report(words="路灯不亮", phone="19909900001"), by=RESIDENT, at=MONDAY)
    assert retention.retire(by=SYSTEM, at=MONDAY + timedelta(days=9999)) == 0
    assert Contact.objects.get(matter=matter).phone == "19909900001"
