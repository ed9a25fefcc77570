"""Keys of machines: until when, from where, when they were last used, and what is told when one is tried in vain."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.desk.people import MONDAY, Town, settle
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.doors import keys
from wuxiao.records.models import ApiKey, Entry, Matter, Message, Staff
from wuxiao.rules.calendar import SHANGHAI

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def town() -> Town:
    return settle()


def made(town: Town, at: datetime, **limits: str) -> tuple[ApiKey, str]:
    return keys.create_key(
        f"line {ApiKey.objects.count()}", "hotline", ["read", "receive"], by=town.admin, at=at, **limits
    )


def test_a_key_opens_to_the_last_second_of_its_last_day_and_not_one_longer(town: Town) -> None:
    key, secret = made(town, MONDAY, expires="2026-09-08")
    midnight = datetime(2026, 9, 9, tzinfo=SHANGHAI)
    assert key.expires_at == midnight
    found = keys.find_key(secret)
    assert found is not None
    assert keys.fits(found, "10.0.0.1", at=midnight - SECOND) is None
    ended = keys.fits(found, "10.0.0.1", at=midnight)
    assert ended is not None
    assert "2026-09-08" in ended.zh
    assert keys.fits(made(town, MONDAY)[0], "10.0.0.1", at=midnight + timedelta(days=9000)) is None, "none said: no end"
    today, _ = made(town, MONDAY, expires="2026-09-07")
    assert keys.fits(today, "", at=MONDAY) is None
    for wrong in ("2026-09-06", "tomorrow", "2099-01-01", "9999-12-31", "0000-00-00"):
        with pytest.raises(Invalid) as said:
            made(town, MONDAY, expires=wrong)
        assert set(said.value.fields) == {"expires"}


def test_the_auditors_are_told_of_every_door_one_administrator_opens_alone(town: Town) -> None:
    """A key of the hotline reads the whole county: nobody makes one without somebody else hearing of it."""
    Staff.objects.filter(username="auditor").update(email="audit@town.example")
    made(town, MONDAY)
    hook, _ = keys.create_hook("water", "hotline", "https://water.example/n", by=town.admin, at=MONDAY)
    keys.rotate_hook(hook.pk, by=town.admin, at=MONDAY)
    told = list(Message.objects.filter(verb="account_alarm").order_by("id"))
    assert [m.address for m in told] == ["audit@town.example"] * 3
    for message, words in zip(
        told, ("line 0（hotline：read, receive）", "water.example", "water换了密钥"), strict=True
    ):
        assert words in message.text
        assert town.admin.name in message.text


def test_the_end_is_told_a_fortnight_before_and_the_administrator_can_move_it(town: Town) -> None:
    key, _ = made(town, MONDAY, expires="2026-10-07")
    assert key.expires_at is not None
    assert keys.ending(at=key.expires_at - keys.SOON - SECOND) == []
    assert keys.ending(at=key.expires_at - keys.SOON) == [key]
    with pytest.raises(Refused):
        keys.limit_key(key.pk, by=town.security, at=MONDAY, expires="2027-10-07")
    moved = keys.limit_key(key.pk, by=town.admin, at=MONDAY, expires="2027-10-07", addresses="10.1.2.3")
    assert keys.ending(at=key.expires_at) == []
    told = Entry.objects.get(matter=None, verb="limit_key")
    assert told.facts == {
        "name": key.name, "key": key.pk, "addresses": ["10.1.2.3/32"],
        "until": datetime(2027, 10, 8, tzinfo=SHANGHAI).isoformat(),
    }  # fmt: skip
    assert moved.addresses == ["10.1.2.3/32"]
    keys.revoke_key(key.pk, by=town.admin, at=MONDAY)
    with pytest.raises(NotFound):
        keys.limit_key(key.pk, by=town.admin, at=MONDAY)
    assert keys.ending(at=MONDAY + timedelta(days=4000)) == [], "nobody needs to exchange a key that was revoked"


@pytest.mark.parametrize(
    ("addresses", "caller", "may"),
    [
        ("", "203.0.113.9", True),
        ("10.1.0.0/16", "10.1.255.255", True),
        ("10.1.0.0/16", "10.2.0.0", False),
        ("10.1.2.3，10.1.2.4", "10.1.2.4", True),
        ("10.1.2.3", "10.1.2.30", False),
        ("10.1.2.3", "::ffff:10.1.2.3", True),
        ("2001:db8::/32", "2001:db8:1::7", True),
        ("2001:db8::/32", "10.1.2.3", False),
        ("10.1.2.3", "", False),
    ],
)
def test_a_key_opens_from_its_networks_only(town: Town, addresses: str, caller: str, may: bool) -> None:
    key, _ = made(town, MONDAY, addresses=addresses)
    assert (keys.fits(key, caller, at=MONDAY) is None) is may
    for wrong in ("10.1.2.300", "example.org", " ".join(f"10.0.0.{n}" for n in range(keys.MOST_ADDRESSES + 1))):
        with pytest.raises(Invalid) as said:
            made(town, MONDAY, addresses=wrong)
        assert set(said.value.fields) == {"addresses"}


def test_both_doors_of_machines_ask_it_and_a_try_in_vain_is_told_once_a_day(town: Town) -> None:
    now = timezone.now()
    key, secret = made(town, now, addresses="10.1.2.3")
    given = {"api_key": secret, "service_code": "urban.facility.lamp", "address_string": "幸福路口"}
    given["description"] = "路灯坏了"
    api = {"Authorization": f"Bearer {secret}"}
    for _ in range(2):
        stranger = Client(REMOTE_ADDR="203.0.113.9")
        answer = stranger.get("/api/v1/matters", headers=api)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:wuxiao:problem:key")
        assert stranger.post("/open311/v2/requests.json", given).status_code == 403
    assert Matter.objects.count() == 0
    assert ApiKey.objects.get(pk=key.pk).used_at is None
    told = Entry.objects.filter(matter=None, verb="key_refused")
    assert [(e.facts["name"], e.facts["from"]) for e in told] == [(key.name, "203.0.113.9")]
    friend = Client(REMOTE_ADDR="10.1.2.3")
    assert friend.get("/api/v1/matters", headers=api).status_code == 200
    used = ApiKey.objects.get(pk=key.pk).used_at
    assert used is not None
    assert now <= used <= timezone.now()
    assert secret not in json.dumps([e.facts for e in Entry.objects.all()])
    ApiKey.objects.filter(pk=key.pk).update(expires_at=now)
    assert friend.get("/api/v1/matters", headers=api).status_code == 403
    assert told.all().count() == 2, "another reason from another address is another entry"


def test_use_is_written_down_to_the_hour(town: Town) -> None:
    key, _ = made(town, MONDAY)
    keys.used(key, at=MONDAY)
    keys.used(key, at=MONDAY + timedelta(minutes=59, seconds=59))
    assert ApiKey.objects.get(pk=key.pk).used_at == MONDAY
    keys.used(key, at=MONDAY + timedelta(hours=1))
    assert ApiKey.objects.get(pk=key.pk).used_at == MONDAY + timedelta(hours=1)
