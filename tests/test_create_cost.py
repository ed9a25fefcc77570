"""What one report costs the database, and that nothing is lost by writing it all together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.desk.people import MONDAY, settle
from wuxiao.desk.base import fresh, throttle
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Invalid, Throttled
from wuxiao.desk.doors import keys
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Entry, Matter, Throttle

WORDS = "文庙街路灯不亮，老人晚上出门摔过一次，请派人来看一看。"


@pytest.fixture
def town(transactional_db: Any) -> None:
    settle()


def filled_in() -> tuple[Client, str]:
    client = Client()
    for path, values in (
        ("/new", {"words": WORDS}),
        ("/new/place/other", {"division": "990101001", "words": "文庙街12号"}),
        ("/new/contact", {"name": "王芳", "phone": "13900001234", "by_sms": "1"}),
    ):
        assert client.post(path, values).status_code == 302, path
    page = client.get("/new/check").content.decode()
    return client, page.split('name="key" value="')[1].split('"')[0]


@pytest.fixture
def warm(town: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has just served somebody: what it looks up every three seconds it has looked up."""
    monkeypatch.setattr(fresh, "SECONDS", 3600.0)
    monkeypatch.setattr(fresh, "LONGEST", 3600.0)
    fresh.forget()
    matters.receive(Report(words=WORDS), by=RESIDENT, at=timezone.now())
    yield
    fresh.forget()


def test_a_resident_s_report_is_one_transaction_of_at_most_fifteen_statements(warm: None) -> None:
    client, key = filled_in()
    before = Matter.objects.count()
    with CaptureQueriesContext(connection) as sent:
        answer = client.post("/new/check", {"key": key})
    assert answer.status_code == 302
    assert Matter.objects.count() == before + 1
    said = [q["sql"] for q in sent.captured_queries]
    writes = [s for s in said if s.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert sum(s.startswith("BEGIN") for s in said) == 1, said
    assert not [s for s in said if "SAVEPOINT" in s]
    # The throttle, the matter and the visitor's session: all between one BEGIN and one COMMIT.
    begun = next(n for n, s in enumerate(said) if s.startswith("BEGIN"))
    assert all(said.index(s) > begun for s in writes)
    assert said.index(writes[-1]) < next(n for n, s in enumerate(said) if s.startswith("COMMIT"))
    for table in ("records_throttle", "records_matter", "records_entry", "records_message", "django_session"):
        assert any(table in s for s in writes), table
    assert len([s for s in said if not s.startswith(("BEGIN", "COMMIT"))]) <= 15
    # The draft is gone, and the same button pressed again leads to the same receipt.
    assert client.post("/new/check", {"key": key}).headers["Location"] == answer.headers["Location"]
    assert Matter.objects.count() == before + 1


def test_a_machine_s_report_is_one_transaction_too(warm: None) -> None:
    _, secret = keys.create_key("中台", "hotline", ["receive"], by=SYSTEM, at=timezone.now())
    body = json.dumps({"words": WORDS, "division": "990101001", "place": "文庙街12号", "phone": "13900001234"})
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "one"}
    with CaptureQueriesContext(connection) as sent:
        answer = Client().post("/api/v1/matters", body, content_type="application/json", headers=headers)
    assert answer.status_code == 201
    said = [q["sql"] for q in sent.captured_queries]
    assert sum(s.startswith("BEGIN") for s in said) == 1
    assert len([s for s in said if not s.startswith(("BEGIN", "COMMIT"))]) <= 15


def knock(limit: int = 3) -> throttle.Knock:
    return throttle.Knock("report", "10.0.0.1", limit, throttle.HOUR, MONDAY)


def counted() -> int:
    return sum(Throttle.objects.values_list("count", flat=True))


def test_a_refused_try_counts_and_leaves_nothing_else(town: None) -> None:
    with pytest.raises(Invalid):
        matters.receive(Report(words=""), by=RESIDENT, at=MONDAY, knock=knock())
    with pytest.raises(Invalid):
        matters.receive(Report(words=WORDS, address_id=10**9), by=RESIDENT, at=MONDAY, knock=knock())
    assert counted() == 2
    matters.receive(Report(words=WORDS), by=RESIDENT, at=MONDAY, knock=knock())
    assert counted() == 3
    with pytest.raises(Throttled):
        matters.receive(Report(words=WORDS), by=RESIDENT, at=MONDAY, knock=knock())
    with pytest.raises(Throttled):
        matters.receive(Report(words=""), by=RESIDENT, at=MONDAY, knock=knock())
    assert counted() == 5
    assert Matter.objects.count() == 1


def test_what_is_written_with_a_matter_goes_with_it(town: None) -> None:
    def fails(_: Matter) -> None:
        raise OSError("the power went")

    before = Entry.objects.count()
    with pytest.raises(OSError, match="power"):
        matters.receive(Report(words=WORDS), by=RESIDENT, at=MONDAY, knock=knock(), then=fails)
    assert not Matter.objects.exists()
    assert Entry.objects.count() == before
    assert counted() == 1


def test_a_machine_s_wrong_body_counts_and_then_is_throttled(town: None) -> None:
    _, secret = keys.create_key("中台", "hotline", ["receive"], by=SYSTEM, at=timezone.now())
    headers = {"Authorization": f"Bearer {secret}"}
    answer = Client().post("/api/v1/matters", "{}", content_type="application/json", headers=headers)
    assert answer.status_code == 422
    assert counted() == 1
    Throttle.objects.update(count=10**6)
    for body in ("{}", json.dumps({"words": WORDS})):
        answer = Client().post("/api/v1/matters", body, content_type="application/json", headers=headers)
        assert answer.status_code == 429
    assert counted() == 10**6 + 2
    assert not Matter.objects.exists()
