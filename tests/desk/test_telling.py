"""Telling people: a real mail server and a real gateway; never twice, never lost, failures shown to a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.desk.people import MONDAY, Town, settle
from wuxiao.desk import matters, outbox
from wuxiao.desk.actor import RESIDENT
from wuxiao.desk.errors import Refused
from wuxiao.desk.matters import Report
from wuxiao.records.models import Entry, Matter, Message

pytestmark = pytest.mark.django_db(transaction=True)
SOON = MONDAY + timedelta(minutes=1)


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def gateway(sms_gateway: Any, settings: Any, tmp_path: Path) -> Any:
    """The gateway, and the settings file that describes it, as an administrator writes one."""
    file = tmp_path / "gateway.toml"
    file.write_text(
        f"""url = "{sms_gateway.url}/messages"
key_header = "Idempotency-Key"
status_url = "{sms_gateway.url}/messages/{{key}}"
state_field = "status"
""",
        encoding="utf-8",
    )
    settings.SMS_GATEWAY = str(file)
    return sms_gateway


def report(**more: Any) -> Matter:
    return matters.receive(Report(words="路灯不亮,晚上看不见路", **more), by=RESIDENT, at=MONDAY)


def only() -> Message:
    return Message.objects.get()


def test_an_sms_goes_out_once_with_the_code_and_without_the_words(town: Town, gateway: Any) -> None:
    matter = report(phone="19909900001")
    assert outbox.send_due(at=SOON) == 1
    assert outbox.send_due(at=SOON + timedelta(days=1)) == 0
    (text,) = gateway.texts_to("19909900001")
    assert matter.number in text
    assert "路灯" not in text
    assert only().state == "sent"


def test_a_mail_goes_out_once_and_carries_its_key(town: Town, smtp_server: Any, settings: Any) -> None:
    settings.MAIL_URL = smtp_server.url
    report(email="ren@example.invalid", lang="en")
    assert outbox.send_due(at=SOON) == 1
    (mail,) = smtp_server.to("ren@example.invalid")
    assert only().key in mail["Message-ID"]
    assert "promise an answer" in mail.get_content()
    assert smtp_server.times(mail["Message-ID"]) == 1


@pytest.mark.parametrize("mode", ["down", "busy"])
def test_a_far_end_that_is_away_is_tried_again_and_gets_it_once(town: Town, gateway: Any, mode: str) -> None:
    report(phone="19909900001")
    gateway.mode = mode
    outbox.send_due(at=SOON)
    waiting = only()
    assert (waiting.state, waiting.attempts) == ("queued", 1)
    assert waiting.error
    gateway.mode = "ok"
    outbox.send_due(at=SOON + timedelta(minutes=10))
    assert len(gateway.texts_to("19909900001")) == 1
    assert only().state == "sent"


def test_a_text_taken_without_an_answer_is_not_doubled(town: Town, gateway: Any) -> None:
    report(phone="19909900001")
    gateway.mode = "take_and_drop"
    outbox.send_due(at=SOON)
    assert only().state == "queued"
    gateway.mode = "ok"
    outbox.send_due(at=SOON + timedelta(minutes=10))
    assert len(gateway.texts_to("19909900001")) == 1
    assert only().state == "sent"


def test_a_worker_that_died_while_sending_asks_before_it_sends_again(town: Town, gateway: Any) -> None:
    report(phone="19909900001")
    message = only()
    gateway.accepted[message.key] = {"to": "19909900001", "text": message.text, "id": "sms-9", "status": "delivered"}
    Message.objects.update(state="sending", lease="dead", next_at=SOON, attempts=1)
    outbox.send_due(at=SOON)
    assert gateway.attempts == []
    assert (only().state, only().provider_id) == ("sent", "sms-9")


def test_a_worker_that_died_before_the_gateway_knew_sends_it(town: Town, gateway: Any) -> None:
    report(phone="19909900001")
    Message.objects.update(state="sending", lease="dead", next_at=SOON, attempts=1)
    outbox.send_due(at=SOON)
    assert len(gateway.texts_to("19909900001")) == 1


def test_a_mail_in_doubt_waits_for_a_person(town: Town, smtp_server: Any, settings: Any) -> None:
    settings.MAIL_URL = smtp_server.url
    report(email="ren@example.invalid")
    Message.objects.update(state="sending", lease="dead", next_at=SOON, attempts=1)
    outbox.send_due(at=SOON)
    assert only().state == "doubt"
    assert smtp_server.deliveries == []
    assert [m.pk for m in outbox.failures()] == [only().pk]
    outbox.decide(only().pk, "again", by=town.admin, at=SOON)
    outbox.send_due(at=SOON)
    assert len(smtp_server.to("ren@example.invalid")) == 1
    with pytest.raises(Refused):
        outbox.decide(only().pk, "again", by=town.admin, at=SOON)
    assert Entry.objects.filter(verb="message_decided").count() == 1


def test_a_mail_whose_answer_was_lost_is_in_doubt_not_doubled(town: Town, smtp_server: Any, settings: Any) -> None:
    settings.MAIL_URL = smtp_server.url
    report(email="ren@example.invalid")
    smtp_server.mode = "take_and_drop"
    outbox.send_due(at=SOON)
    assert only().state == "doubt"
    smtp_server.mode = "ok"
    outbox.send_due(at=SOON + timedelta(days=3))
    assert len(smtp_server.deliveries) == 1


@pytest.mark.parametrize("mode", ["refuse", "refuse_recipient"])
def test_a_refused_mail_fails_visibly_and_undoes_nothing(
    town: Town, smtp_server: Any, settings: Any, mode: str
) -> None:
    settings.MAIL_URL = smtp_server.url
    matter = report(email="ren@example.invalid")
    smtp_server.mode = mode
    outbox.send_due(at=SOON)
    assert only().state == "failed"
    assert "550" in only().error
    assert Matter.objects.get(pk=matter.pk).state == "intake"


def test_after_many_tries_it_fails_and_is_shown(town: Town, gateway: Any) -> None:
    report(phone="19909900001")
    gateway.mode = "down"
    at: datetime = SOON
    for _ in range(12):
        outbox.send_due(at=at)
        at += timedelta(days=2)
    assert only().state == "failed"
    assert outbox.counts()["failed"] == 1
    assert only().attempts == len(outbox.WAITS) + 1


def test_an_erased_address_is_never_written_to(town: Town, gateway: Any) -> None:
    matter = report(phone="19909900001")
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY)
    outbox.send_due(at=SOON)
    assert gateway.attempts == []
    assert only().state == "dropped"


def test_a_gateway_file_with_a_mistake_says_what(settings: Any, tmp_path: Path) -> None:
    from wuxiao.desk.ways import sms

    file = tmp_path / "gateway.toml"
    file.write_text('urll = "http://127.0.0.1"\n', encoding="utf-8")
    settings.SMS_GATEWAY = str(file)
    with pytest.raises(ValueError, match="urll"):
        sms.send("1", "x", "k")
