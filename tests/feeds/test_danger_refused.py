"""Certain danger in a report that a machine's door refuses is heard: whom to call stands first, and it is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.desk.people import Town, settle
from tests.feeds.machines import Machine, key
from wuxiao.records.models import Contact, Matter, Words

pytestmark = [pytest.mark.django_db, pytest.mark.either]
FIRE = "我家着火了人出不来"
LAMP = "urban.facility.lamp"


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def centre(town: Town) -> Machine:
    return Machine(key("hotline"))


WRONG: list[dict[str, Any]] = [
    {"phone": "12"},
    {"category": "no.such"},
    {"unheard_of": 1},
    {"email": "not a mail"},
    {"place": "幸" * 300},
    {"items": 5},
    {"lat": 3},
    {"hidden_unit": "zzz"},
    {"files": [{"name": "a.jpg", "content": "?"}]},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: next(iter(one)))
def test_a_new_report_the_api_refuses_is_heard(town: Town, centre: Machine, wrong: dict[str, Any]) -> None:
    quiet = centre.post("matters", {"words": "路灯不亮", **wrong})
    assert (quiet.status_code, "danger" in quiet.json(), Matter.objects.count()) == (422, False, 0)
    refused = centre.post("matters", {"words": FIRE, "phone": "13900000001", "place": "幸福路3号", **wrong})
    assert refused.status_code == 422
    body = refused.json()
    assert next(iter(body)) == "danger"
    assert "119" in body["danger"]["call"]
    assert body["detail_zh"].startswith(body["danger"]["said"]["zh"])
    assert body["detail_en"].startswith(body["danger"]["said"]["en"])
    matter = Matter.objects.get(number=body["danger"]["number"])
    assert (matter.danger_open, matter.holder) == (True, "hotline")
    assert Words.objects.get(matter=matter, turn=1, field="words").text == FIRE
    if "place" not in wrong:
        assert matter.place == "幸福路3号"
    if "phone" not in wrong:
        assert Contact.objects.get(matter=matter).phone == "13900000001"
    # The same once more is kept already.
    centre.post("matters", {"words": FIRE, **wrong})
    assert Matter.objects.count() == 1


def test_what_is_kept_of_a_refused_report_is_kept_from_whom_it_accuses(town: Town, centre: Machine) -> None:
    words = "城管队员拿棍子正在打我爸，流了很多血，救命"
    refused = centre.post("matters", {"words": words, "phone": "12"})
    matter = Matter.objects.get(number=refused.json()["danger"]["number"])
    assert matter.danger_open
    assert (matter.shielded, "urban_mgmt" in matter.hidden) == (True, True)
    centre.post("matters", {"words": FIRE, "phone": "12"})
    assert Matter.objects.get(title__startswith="我家着火").hidden == frozenset()


def test_danger_in_a_field_nobody_knows_and_in_a_step_with_one_is_heard(town: Town, centre: Machine) -> None:
    made = centre.post("matters", {"words": "路灯不亮"}).json()["number"]
    for body in ({"words": FIRE, "unheard_of": 1}, {"words": FIRE, "files": [{"name": "x", "content": "?"}]}):
        Matter.objects.update(danger_open=False)
        refused = centre.post(f"matters/{made}/add", body)
        assert refused.status_code == 422
        assert "119" in refused.json()["danger"]["call"]
        assert Matter.objects.get(number=made).danger_open
    odd = centre.post("matters", {"text": FIRE})
    assert odd.json()["danger"]["number"] != made
    assert Matter.objects.count() == 2


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    "wrong",
    [{"service_code": "no.such"}, {"service_code": ""}, {"description": FIRE * 600}, {"phone": "12"}, {"lat": "x"}],
    ids=lambda one: next(iter(one)),
)
def test_a_new_request_open311_refuses_is_heard(town: Town, form: str, wrong: dict[str, str]) -> None:
    given = {"api_key": key("hotline", "receive"), "service_code": LAMP, "address_string": "幸福路口"}
    answer = Client().post(f"/open311/v2/requests.{form}", {**given, "description": FIRE, **wrong})
    assert answer.status_code == (404 if wrong == {"service_code": "no.such"} else 400)
    matter = Matter.objects.get()
    assert matter.danger_open
    text = answer.content.decode()
    assert text.index("119") < len(text)
    assert "call 119" in text or "call 110, 119" in text or "119" in text.partition("/")[2]
    if form == "json":
        first = answer.json()[0]
        assert "119" in first["call"].split(",")
        assert first["description"].index("拨打") < first["description"].index("call")
