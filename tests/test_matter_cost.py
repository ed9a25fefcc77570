"""How many statements the page of a matter asks, however much belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from tests.desk.people import Town, of_unit, settle
from wuxiao.desk.assist import similar
from wuxiao.desk.base import fresh
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.files import files
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Address, Attachment, CallBack, Matter, Message, SignOff, Staff, Street, WorkOrder
from wuxiao.rules.access import Role

pytestmark = [pytest.mark.django_db, pytest.mark.either]
WORDS = "文庙街12号楼下夜间施工，影响休息，希望早点停工。"


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    town = settle()
    # What a process looks at every three seconds it has just looked at.
    monkeypatch.setattr(fresh, "SECONDS", 3600.0)
    monkeypatch.setattr(fresh, "LONGEST", 3600.0)
    fresh.forget()
    similar.forget()
    cache.clear()
    yield town
    fresh.forget()
    similar.forget()
    cache.clear()


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG")
    return out.getvalue()


def received(**more: Any) -> Matter:
    street = Street.objects.get_or_create(name="文庙街", division="990101001")[0]
    address = Address.objects.get_or_create(
        code="A1",
        defaults={
            "division": "990101001",
            "street": street,
            "door": "12号",
            "full": "文庙街12号",
            "lat": 30.0,
            "lon": 104.0,
        },
    )[0]
    report = Report(
        words=WORDS, address_id=address.pk, name="陈女士", phone="13900000001", email="a@example.org", **more
    )
    return matters.receive(report, by=RESIDENT, at=timezone.now())


def lived(town: Town) -> Matter:
    """A matter that 110 handed over, with helpers, photos, readings, notes, urgings, others like it at its address."""
    for _ in range(3):
        received()
    limits = books.current(timezone.now()).book.uploads
    matter = matters.receive(
        Report(
            words=WORDS,
            channel="call_110",
            address_id=Address.objects.get().pk,
            phone="13900000002",
            uploads=(files.check("a.jpg", photo(), limits), files.check("b.jpg", photo(), limits)),
        ),
        by=town.police,
        at=timezone.now(),
    )
    joined = received()
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不是警情"}
    act(matter.pk, "divert", given, by=town.police, at=timezone.now())
    for level in range(1, 5):
        act(matter.pk, "sign", {"reason": "同意"}, by=town.people[f"reviewer{level}"], at=timezone.now())
    act(matter.pk, "accept", {}, by=town.operator, at=timezone.now())
    noise = next(c for c in books.current(timezone.now()).book.categories.values() if c.leaf and c.kind == "request")
    act(
        matter.pk,
        "classify",
        {"category": noise.code, "handling_class": "request"},
        by=town.operator,
        at=timezone.now(),
    )
    act(joined.pk, "merge", {"matter": matter.number}, by=town.operator, at=timezone.now())
    act(matter.pk, "assign", {"unit": "urban_mgmt", "co_units": "housing"}, by=town.operator, at=timezone.now())
    handler = of_unit(town, "urban_mgmt")
    act(matter.pk, "accept", {}, by=handler, at=timezone.now())
    for n in range(3):
        act(matter.pk, "note", {"words": f"第{n + 1}次现场查看"}, by=handler, at=timezone.now())
    act(matter.pk, "add", {"words": "希望早点答复。"}, by=RESIDENT, at=timezone.now())
    diary.log_read(matter, by=handler, at=timezone.now(), fields=["phone"], purpose="联系")
    return Matter.objects.get(pk=matter.pk)


def asked(town: Town, who: str, matter: Matter) -> list[str]:
    person = town.staff(who)
    Staff.objects.filter(pk=person.pk).update(must_change_password=False)
    client = Client()
    client.force_login(person)
    url = f"/staff/m/{matter.number}"
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as sent:
        page = client.get(url)
    assert page.status_code == 200
    return [q["sql"] for q in sent.captured_queries]


@pytest.mark.parametrize("who", ["operator", "shift_lead", "supervisor", "handler_urban_mgmt", "chief"])
def test_a_matter_that_has_everything_costs_at_most_fifteen_statements(town: Town, who: str) -> None:
    matter = lived(town)
    of_unit(town, "urban_mgmt", Role.LEAD)
    assert WorkOrder.objects.filter(matter=matter).count() >= 2
    assert SignOff.objects.filter(matter=matter).count() == 4
    assert Attachment.objects.filter(matter=matter).count() == 2
    assert Message.objects.filter(matter=matter).exists()
    found = asked(town, who, matter)
    assert len(found) <= 15, "\n".join(s[:160] for s in found)
    # What makes it costly is really asked for: texts like it, and its neighbours.
    assert sum("records_words" in s for s in found) >= 3
    assert any("records_signoff" in s for s in found)


def test_an_answered_matter_with_a_call_back_too(town: Town) -> None:
    matter = lived(town)
    handler = of_unit(town, "urban_mgmt")
    act(matter.pk, "part", {"words": "已查看"}, by=of_unit(town, "housing"), at=timezone.now())
    evidence = next(code for code, kind in books.current(timezone.now()).book.evidence_kinds.items() if not kind.file)
    reply = "已到现场查看，责令夜间停工，今后二十二点以后不再施工，如有反复请随时联系。"
    act(matter.pk, "answer", {"evidence": evidence, "reply": reply}, by=handler, at=timezone.now())
    act(matter.pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=timezone.now())
    CallBack.objects.get_or_create(
        matter=matter,
        round=0,
        defaults={"state": "drawn", "drawn_at": timezone.now(), "due_at": timezone.now(), "chance": 1.0, "token": "t",
                  "next_at": timezone.now()},
    )  # fmt: skip
    for who in ("operator", "supervisor"):
        found = asked(town, who, matter)
        assert len(found) <= 15, "\n".join(s[:160] for s in found)
