"""Power cuts: web and worker are killed outright at random moments, and nothing acknowledged is lost or doubled."""

from __future__ import annotations

import contextlib
import random
import re
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

SECONDS = 12.0
FORM = {"words": "井盖松动,车一过就响", "lang": "zh-hans"}
SETUP = """
import os, django
django.setup()
from datetime import datetime, timezone
from pathlib import Path
from wuxiao.desk.town import books; from wuxiao.desk.doors import keys
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.rules import book
text = (Path(book.__file__).parent / "book.toml").read_text(encoding="utf-8")
at = datetime(2026, 1, 5, tzinfo=timezone.utc)
books.adopt(text, name="book", effective_from=at, by=SYSTEM, at=at)
made = keys.create_key("kill", "hotline", ["read", "receive", "act"], by=SYSTEM, at=at)
print("KEY", made[1] if isinstance(made, tuple) else made)
"""


def post(town: Any, key: str, number: int, acknowledged: dict[str, str]) -> None:
    """Send one report until it is acknowledged, as a careful client does: same key, same content."""
    name = f"kill-{number}"
    until = time.monotonic() + 240
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.post(
                f"{town.base_url}/api/v1/matters",
                json={"words": f"第{number}件:井盖松动", "phone": f"1990990{number:04d}"},
                headers={"Authorization": f"Bearer {key}", "Idempotency-Key": name},
                timeout=10,
            )
            if answer.status_code in {200, 201}:
                acknowledged[name] = answer.json()["number"]
                return
            if answer.status_code < 500 and answer.status_code != 429:
                raise AssertionError(f"{answer.status_code} {answer.text}")
        time.sleep(0.05)
    raise AssertionError(f"{name} was never acknowledged")


@pytest.mark.alone
@pytest.mark.timeout(1200)
def test_nothing_acknowledged_is_lost_when_web_and_worker_are_killed(
    served_empty: Any, sms_gateway: Any, tmp_path: Path
) -> None:
    town = served_empty
    town.stop()
    file = tmp_path / "gateway.toml"
    file.write_text(
        f'url = "{sms_gateway.url}/messages"\nkey_header = "Idempotency-Key"\n'
        f'status_url = "{sms_gateway.url}/messages/{{key}}"\nstate_field = "status"\n'
        '[taken]\nfield = "status"\nvalues = ["delivered"]\n',
        encoding="utf-8",
    )
    done = town.python("-c", SETUP)
    key = re.search(r"KEY (\S+)", done.stdout)
    assert key, done.stdout + done.stderr
    town.start(WUXIAO_SMS_GATEWAY=str(file))
    acknowledged: dict[str, str] = {}
    faults: list[BaseException] = []

    def client(first: int) -> None:
        try:
            for number in range(first, 60, 3):
                post(town, key.group(1), number, acknowledged)
        except BaseException as fault:
            faults.append(fault)

    clients = [threading.Thread(target=client, args=(n,)) for n in range(3)]
    for thread in clients:
        thread.start()
    dice = random.Random(7)
    killed = 0
    began = time.monotonic()
    while time.monotonic() < began + SECONDS or killed < 3:
        assert time.monotonic() < began + 10 * SECONDS, f"there was nothing left to kill:\n{town.log()}"
        time.sleep(dice.uniform(0.3, 1.5))
        with contextlib.suppress(AssertionError):
            dice.choice([town.kill_web, town.kill_worker])()
            killed += 1
        if killed >= 6:
            break
    for thread in clients:
        thread.join(300)
    assert not faults
    assert len(acknowledged) == 60
    for _ in range(120):
        (waiting,) = town.rows("SELECT count(*) AS n FROM records_message WHERE state IN ('queued', 'sending')")
        if waiting["n"] == 0:
            break
        if waiting["n"]:
            time.sleep(1.0)
            # A killed worker's lease holds its message for two minutes; the test does not wait that long.
            town.python(
                "-c",
                "import django; django.setup(); from django.utils import timezone; "
                "from wuxiao.records.models import Message; "
                "Message.objects.filter(state='sending').update(next_at=timezone.now())",
            )
    numbers = [row["number"] for row in town.rows("SELECT number FROM records_matter")]
    assert sorted(numbers) == sorted(acknowledged.values())
    sent = town.rows("SELECT state, count(*) AS n FROM records_message GROUP BY state")
    assert {row["state"] for row in sent} == {"sent"}
    assert len(sms_gateway.accepted) == sum(row["n"] for row in sent) == 60
    checked = town.wuxiao("verify", "--json")
    assert '"breaks": []' in checked.stdout
