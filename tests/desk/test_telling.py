"""Telling people: a real mail server and a real gateway; never twice, never lost, failures shown to a person."""

from __future__ import annotations

import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.desk.people import MONDAY, Town, settle
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case import outbox
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.ways import Later, Never, Sent, Unknown, far, hook, mail, sms
from wuxiao.records.models import Entry, Matter, Message
from wuxiao.rules.access import Viewer

pytestmark = pytest.mark.django_db(transaction=True)
SOON = MONDAY + timedelta(minutes=1)


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture(autouse=True)
def _far_ends_are_met_anew() -> Iterator[None]:
    outbox.forget_breakers()
    yield
    outbox.forget_breakers()


@pytest.fixture
def gateway(sms_gateway: Any, settings: Any, tmp_path: Path) -> Any:
    """The gateway, and the settings file that describes it, as an administrator writes one."""
    file = tmp_path / "gateway.toml"
    file.write_text(
        f"""url = "{sms_gateway.url}/messages"
key_header = "Idempotency-Key"
status_url = "{sms_gateway.url}/messages/{{key}}"
state_field = "status"

[taken]
field = "status"
values = ["delivered"]
""",
        encoding="utf-8",
    )
    settings.SMS_GATEWAY = str(file)
    return sms_gateway


def report(**more: Any) -> Matter:
    return matters.receive(Report(words="路灯不亮,晚上看不见路", **more), by=RESIDENT, at=MONDAY)


def _admin(town: Town) -> Viewer:
    assert town.admin.viewer is not None
    return town.admin.viewer


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
    assert [m.pk for m in outbox.failures(viewer=_admin(town))] == [only().pk]
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


@pytest.mark.parametrize(
    ("said", "state"), [("499 not now", "queued"), ("500 not wanted", "failed"), ("554 no", "failed")]
)
def test_a_mail_refused_for_good_is_not_tried_again_and_one_refused_for_now_is(
    town: Town, smtp_server: Any, settings: Any, said: str, state: str
) -> None:
    settings.MAIL_URL = smtp_server.url
    report(email="ren@example.invalid")
    smtp_server.mode, smtp_server.refusal = "refuse", said
    outbox.send_due(at=SOON)
    assert (only().state, said[:3] in only().error) == (state, True)


@pytest.mark.parametrize(("status", "away"), [(499, False), (500, True), (503, True)])
def test_a_platform_that_fails_is_away_and_one_that_does_not_understand_is_not(
    sms_gateway: Any, status: int, away: bool
) -> None:
    sms_gateway.says = (status, {"error": "x"})
    found = hook.send(f"{sms_gateway.url}/messages", ["s" * 43], "{}", "d-1", at=SOON)
    assert isinstance(found, Later)
    assert found.away is away


@pytest.mark.parametrize(
    ("more", "again"),
    [
        ("", Unknown),
        ('key_header = "Idempotency-Key"\n', Later),
        ('status_url = "http://127.0.0.1:1/x/{key}"\nstate_field = "status"\n', Later),
    ],
)
def test_a_text_in_doubt_goes_again_only_where_a_second_copy_is_impossible(
    provider: Any, more: str, again: type
) -> None:
    far_end = provider(PROVIDERS["aliyun"][0], more=more)
    far_end.says = (200, b"nobody can read this")
    assert type(sms.send("19909900001", "x", "k")) is again


def test_after_many_tries_it_fails_and_is_shown(town: Town, gateway: Any) -> None:
    report(phone="19909900001")
    gateway.mode = "down"
    at: datetime = SOON
    for _ in range(12):
        outbox.send_due(at=at)
        at += timedelta(days=2)
    assert only().state == "failed"
    assert outbox.counts(viewer=_admin(town))["failed"] == 1
    assert only().attempts == len(outbox.WAITS) + 1


def test_an_erased_address_is_never_written_to(town: Town, gateway: Any) -> None:
    matter = report(phone="19909900001")
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY)
    outbox.send_due(at=SOON)
    assert gateway.attempts == []
    assert only().state == "dropped"


GOOD = 'url = "https://sms.example.invalid/x"\n[taken]\nfield = "Code"\nvalues = ["OK"]\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('urll = "http://127.0.0.1"\n', "urll"),
        (GOOD.replace("https:", "http:"), "https"),
        ('url = "https://sms.example.invalid/x"\n', r"\[taken\]"),
        (GOOD.replace('values = ["OK"]', "values = []"), r"\[taken\]"),
        ('format = "xml"\n' + GOOD, "format"),
        ("url = ", "读不了"),
    ],
)
def test_a_gateway_file_with_a_mistake_says_what_and_loses_no_text(
    town: Town, settings: Any, tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(text, encoding="utf-8")
    settings.SMS_GATEWAY = str(file)
    with pytest.raises(sms.GatewayError, match=says):
        sms.gateway()
    report(phone="19909900001")
    assert outbox.send_due(at=SOON) == 1
    assert only().state == "queued"


# ------------------------------------------------------------------------------------ what a provider's answer means

#: Answers as providers' public papers describe them: the rule of the TOML file, an answer that took the text, answers
#: that did not. The papers: help.aliyun.com/document_detail/419273.html · cloud.tencent.com/document/api/382/55981 and
#: /382/59177 · support.huaweicloud.com/intl/en-us/api-msgsms/sms_05_0001.html
#: wenjiangs.com/doc/qqrgzkp3lki5pvs2 (Yunpian)
PROVIDERS: dict[str, tuple[str, dict[str, Any], list[tuple[int, Any]]]] = {
    "aliyun": (
        'field = "Code"\nvalues = ["OK"]\n[refused]\nfield = "Code"\nvalues = ["isv.MOBILE_NUMBER_ILLEGAL"]',
        {"Message": "OK", "RequestId": "9297B722", "Code": "OK", "BizId": "744806"},
        [(200, {"Message": "触发分钟级流控", "RequestId": "1", "Code": "isv.BUSINESS_LIMIT_CONTROL"})],
    ),
    "tencent": (
        'field = "Response.SendStatusSet.*.Code"\nvalues = ["Ok"]\n[refused]\n'
        'field = "Response.SendStatusSet.*.Code"\nvalues = ["InvalidParameterValue.IncorrectPhoneNumber"]',
        {"Response": {"SendStatusSet": [{"SerialNo": "5000", "Code": "Ok", "Message": "send success"}]}},
        [
            (200, {"Response": {"SendStatusSet": [{"Code": "LimitExceeded.PhoneNumberDailyLimit"}]}}),
            (200, {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "…"}}}),
            (200, {"Response": {"SendStatusSet": []}}),
            (200, {"Response": {"SendStatusSet": [{"Code": "Ok"}, {"Code": "FailedOperation.ContainSensitiveWord"}]}}),
        ],
    ),
    "huawei": (
        'field = "result.*.status"\nvalues = ["000000"]',
        {"code": "000000", "description": "Success", "result": [{"smsMsgId": "a", "status": "000000"}]},
        [
            (200, {"code": "000000", "description": "Success", "result": [{"smsMsgId": "a", "status": "E200037"}]}),
            (200, {"code": "E000510", "description": "The SMS fails to be sent."}),
        ],
    ),
    "yunpian": (
        'field = "code"\nvalues = ["0"]\n[refused]\nfield = "code"\nvalues = ["2"]',
        {"code": 0, "msg": "发送成功", "count": 1, "fee": 0.05, "mobile": "13000000000", "sid": 3310228982},
        [(200, {"code": 3, "msg": "账户余额不足"}), (200, {"code": True}), (200, {"code": "00"})],
    ),
}


@pytest.fixture
def provider(sms_gateway: Any, settings: Any, tmp_path: Path) -> Any:
    """A function that writes the settings file of one provider; the gateway then says what it is told to say."""

    def make(rule: str, more: str = "") -> Any:
        file = tmp_path / "provider.toml"
        file.write_text(f'url = "{sms_gateway.url}/messages"\n{more}[taken]\n{rule}\n', encoding="utf-8")
        settings.SMS_GATEWAY = str(file)
        return sms_gateway

    return make


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_text_is_sent_when_the_provider_says_so_and_not_before(town: Town, provider: Any, name: str) -> None:
    rule, good, bad = PROVIDERS[name]
    far_end = provider(rule)
    for status, said in bad:
        far_end.says = (status, said)
        assert isinstance(sms.send("19909900001", "x", "k"), Later), said
    far_end.says = (200, good)
    assert isinstance(sms.send("19909900001", "x", "k"), Sent)


@pytest.mark.parametrize("name", ["aliyun", "tencent"])
def test_a_number_the_provider_calls_wrong_is_not_tried_again(town: Town, provider: Any, name: str) -> None:
    far_end = provider(PROVIDERS[name][0])
    code = "isv.MOBILE_NUMBER_ILLEGAL" if name == "aliyun" else "InvalidParameterValue.IncorrectPhoneNumber"
    said = {"Code": code} if name == "aliyun" else {"Response": {"SendStatusSet": [{"Code": code}]}}
    far_end.says = (200, said)
    refused = sms.send("1", "x", "k")
    assert isinstance(refused, Never)
    assert code in refused.reason


@pytest.mark.parametrize("said", [b"not json", b"[]", b"null", b"", b"[" * 5000, b"\xff\xfe", b'"OK"'])
def test_an_answer_nobody_can_read_is_no_success(town: Town, provider: Any, said: bytes) -> None:
    far_end = provider(PROVIDERS["aliyun"][0])
    far_end.says = (200, said)
    assert not isinstance(sms.send("19909900001", "x", "k"), Sent)
    report(phone="19909900001")
    outbox.send_due(at=SOON)
    # Whether it was taken nobody knows, and this provider cannot be asked: a person decides.
    assert only().state in ({"queued"} if said == b"[]" else {"doubt"})
    assert Matter.objects.get().told_at is None


def test_a_provider_that_tells_nonsense_of_a_key_leaves_it_in_doubt(town: Town, provider: Any) -> None:
    far_end = provider(PROVIDERS["aliyun"][0], more='status_url = "http://127.0.0.1:1/x/{key}"\n')
    far_end.says = (200, b"")
    assert isinstance(sms.ask("k"), Unknown)


# ------------------------------------------------------------------------------------------ far ends that misbehave


def test_a_far_end_that_drips_is_cut_off_at_the_deadline_of_the_whole_message(monkeypatch: Any) -> None:
    monkeypatch.setattr(far, "DEADLINE", 0.5)
    with Dripper() as dripper:
        with pytest.raises(httpx.ReadTimeout):
            far.request("POST", f"http://127.0.0.1:{dripper.port}/x", content=b"x", seconds=0.5)
        # The far end itself was still talking when it was left.
        assert dripper.left.wait(30)
        assert not dripper.ended


def test_a_mail_server_that_drips_is_cut_off_too(monkeypatch: Any, settings: Any) -> None:
    monkeypatch.setattr(mail, "DEADLINE", 0.5)
    with Dripper(line=b"220-wait\r\n") as dripper:
        settings.MAIL_URL = f"smtp://127.0.0.1:{dripper.port}"
        result = mail.send("ren@example.cn", "x", "y", "k")
        assert isinstance(result, Later)
        assert result.away
        assert dripper.left.wait(30)


def test_an_endless_answer_is_read_up_to_the_cap_and_no_further() -> None:
    with Dripper(head=b"HTTP/1.1 200 OK\r\nContent-Length: 1500000000\r\n\r\n", line=b"x" * 65536, pause=0) as flood:
        answer = far.request("POST", f"http://127.0.0.1:{flood.port}/x", content=b"x")
        assert (len(answer.body), answer.cut) == (far.CAP, True)
        assert flood.left.wait(30)
        assert flood.sent < 50_000_000


def test_personal_words_never_go_to_another_machine_in_clear() -> None:
    with pytest.raises(httpx.ConnectError, match="https"):
        far.request("POST", "http://platform.example/x", content=b"x")
    assert far.safe("http://127.0.0.1:8000/x")
    assert far.safe("http://[::1]/x")
    assert not far.safe("http://127.0.0.1.example.com/x")
    assert not far.safe("ftp://localhost/x")


def test_a_silent_far_end_is_left_alone_and_holds_up_nobody_else(
    town: Town, gateway: Any, smtp_server: Any, settings: Any
) -> None:
    settings.MAIL_URL = smtp_server.url
    gateway.mode = "down"
    for n in range(outbox.SILENT + 3):
        report(phone=f"1990990000{n}")
    report(email="ren@example.cn")
    outbox.send_due(at=SOON)
    assert len(gateway.attempts) == outbox.SILENT
    assert len(smtp_server.to("ren@example.cn")) == 1
    rested = outbox.resting()["sms"]
    assert rested == SOON + outbox.RESTS[0]
    waiting = Message.objects.filter(way="sms", attempts=0)
    assert waiting.count() == 3
    assert {m.next_at for m in waiting} == {rested}
    outbox.send_due(at=rested - timedelta(seconds=1))
    assert len(gateway.attempts) == outbox.SILENT
    gateway.mode = "ok"
    outbox.send_due(at=rested + timedelta(minutes=2))
    assert Message.objects.filter(way="sms", state="sent").count() == outbox.SILENT + 3
    assert outbox.resting() == {}


def test_a_slow_round_counts_each_message_from_its_own_moment(town: Town, gateway: Any) -> None:
    for n in range(4):
        report(phone=f"1990990000{n}")
    moments = iter(SOON + timedelta(seconds=7 * n) for n in range(100))
    outbox.send_due(at=SOON, now=lambda: next(moments))
    sent = sorted(Message.objects.filter(state="sent").values_list("sent_at", flat=True))
    assert len(set(sent)) == len(sent) == 2, "the round ends when its budget is spent"
    assert sent[0] > SOON
    later = SOON + timedelta(hours=1)
    outbox.send_due(at=later)
    assert Message.objects.filter(state="sent").count() == 4


def test_a_message_that_kills_its_worker_each_time_stops_coming_back(town: Town, gateway: Any) -> None:
    report(phone="19909900001")
    Message.objects.update(state="sending", lease="dead", next_at=SOON, attempts=len(outbox.WAITS) + 1)
    outbox.send_due(at=SOON)
    assert only().state == "doubt"
    assert gateway.attempts == []


def test_a_mail_leaves_as_the_strictest_server_wants_it(town: Town, smtp_server: Any, settings: Any) -> None:
    settings.MAIL_URL = smtp_server.url
    long_line = "一句没有停顿的长话" * 400
    sent = mail.send("ren@例子.中国", "长" * 90 + "\n标题", f"第一行\n\n.\n..点\n{long_line}\n", "k1")
    assert smtp_server.unlawful == []
    assert isinstance(sent, Sent)
    (taken,) = smtp_server.mails.values()
    assert taken["To"] == "ren@xn--fsqu00a.xn--fiqs8s"
    assert taken["Subject"] == "长" * 90 + " 标题"
    assert taken.get_content().splitlines() == ["第一行", "", ".", "..点", long_line]


@pytest.mark.parametrize(
    "address", ["张三@example.cn", "a b@example.cn", "a@例 子.cn", "no-at", "a@exa\r\nmple.cn", "@x.cn"]
)
def test_an_address_that_cannot_be_written_is_refused_in_words(smtp_server: Any, settings: Any, address: str) -> None:
    settings.MAIL_URL = smtp_server.url
    refused = mail.send(address, "x", "y", "k")
    assert isinstance(refused, Never)
    assert "地址无法书写" in refused.reason
    assert smtp_server.deliveries == []


class Dripper:
    """A far end that answers a piece at a time, for ever; `left` is set when the other side has gone."""

    def __init__(self, head: bytes = b"", line: bytes = b"H", pause: float = 0.1) -> None:
        self.head, self.line, self.pause = head, line, pause
        self.left = threading.Event()
        self.ended = False
        self.sent = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._talk, daemon=True)

    def _talk(self) -> None:
        connection, _ = self._server.accept()
        try:
            connection.sendall(self.head)
            for _ in range(1_000_000):
                self.sent += len(self.line)
                connection.sendall(self.line)
                time.sleep(self.pause)
            self.ended = True
        except OSError:
            pass
        self.left.set()

    def __enter__(self) -> Dripper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()


@pytest.mark.parametrize("way", ["sms", "mail"])
def test_where_nobody_said_how_messages_leave_they_wait_and_are_never_written_to_files(
    town: Town, settings: Any, tmp_path: Path, way: str
) -> None:
    settings.DATA_DIR = tmp_path
    settings.MAIL_URL = settings.SMS_GATEWAY = ""
    report(**({"phone": "13912345670"} if way == "sms" else {"phone": "", "email": "a@wangchuan.example"}))
    at = MONDAY
    # Far more rounds than a message that fails gets: nothing failed here, so it goes on waiting.
    for _ in range(len(outbox.WAITS) + 5):
        at = max(at, only().next_at or at)
        outbox.send_due(at=at)
        outbox.forget_breakers()
    row = only()
    assert (row.way, row.state, row.sent_at) == (way, "queued", None)
    assert row.attempts > len(outbox.WAITS)
    assert {"sms": "WUXIAO_SMS_GATEWAY", "mail": "WUXIAO_MAIL_URL"}[way] in row.error
    assert not (tmp_path / "outbox").exists()
    # Somebody says how: the message leaves at its next turn, into a file that only this account reads.
    settings.MAIL_URL = settings.SMS_GATEWAY = "file:"
    mask = os.umask(0)
    try:
        outbox.send_due(at=only().next_at or at)
    finally:
        os.umask(mask)
    assert only().state == "sent"
    (file,) = (tmp_path / "outbox").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
