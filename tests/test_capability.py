"""The guide "Add a capability": its commands are run as they stand in a scratch copy, and what comes out is used."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "developers" / "add-a-capability.md"
USED = """
import django; django.setup()
from django.test import Client
from django.utils import timezone
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.doors import keys, staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.register import acts, shelf
from wuxiao.desk.town import books
from wuxiao.records.models import CameraSign, Staff
from wuxiao.rules import book as rulebook
from wuxiao.rules.access import Role
from pathlib import Path
at = timezone.now()
text = (Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8")
books.adopt(text, name="book", effective_from=at, by=SYSTEM, at=at)
assert [one.name for one in shelf.kept(books.current(at).book)] == [
    "camera_signs", "premises", "service_points"
]
person, _ = staff.create("k", "K", [Appointment(Role.HANDLER, "urban_mgmt")], by=SYSTEM, at=at)
Staff.objects.update(must_change_password=False)
client = Client(headers={"host": "localhost"})
client.force_login(Staff.objects.get(pk=person.pk))
given = {"kind": "street", "title": "河滨路口", "unit": "urban_mgmt", "division": "990101001", "address": "河滨路1号",
         "legible": "faded", "cameras": "3", "valid_from": "2026-01-01"}
answer = client.post("/staff/r/camera_signs/new", given)
assert answer.status_code == 302, answer.content.decode()
page = client.get(answer["Location"]).content.decode()
assert "褪色" in page and "S000001" in page and "县城市管理局" in page
assert CameraSign.objects.get().cameras == 3
for path in ("", "/new", "/quality", "/row/S000001/change"):
    assert client.get("/staff/r/camera_signs" + path).status_code == 200, path
assert "/staff/r/camera_signs" in client.get("/staff/").content.decode()
here = "/api/v1/registers/camera_signs"
assert here in client.get("/api/v1/openapi.json").json()["paths"]
secret = keys.create_key("k", "urban_mgmt", ["subjects", "act"], by=SYSTEM, at=at)[1]
machine = Client(headers={"host": "localhost", "authorization": "Bearer " + secret})
sent = {"values": given | {"title": "滨河桥头", "cameras": 4}}
made = machine.post(here, sent, content_type="application/json")
assert made.status_code == 201, made.content.decode()
assert [one["values"]["cameras"] for one in machine.get(here).json()["rows"]] == [3, 4]
assert "S000002" in client.get("/staff/search", {"q": "滨河桥"}).content.decode()
result = verify(at=at)
assert (result.rows, result.breaks) == (2, []), result.breaks
CameraSign.objects.filter(row__code="S000001").update(legible="clear")
assert [one.column for one in verify(at=at).breaks] == ["row.legible"]
print("used")
"""


def commands() -> list[str]:
    """The blocks of commands in the guide, in their order."""
    return re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.S | re.M)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A copy of the product and nothing else."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def ran(folder: Path, *words: str) -> str:
    """Run a command in the copy with the copy's own sources; its output, errors beside it."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(folder / "src"),
        "DJANGO_SETTINGS_MODULE": "wuxiao.site.settings",
        "WUXIAO_DATA_DIR": str(folder / "data"),
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_commands_of_the_guide_make_a_register_that_works(scratch: Path) -> None:
    found = commands()
    assert len(found) == 3
    said = [ran(scratch, "bash", "-e", "-o", "pipefail", "-c", block) for block in found]
    assert "camera_signs" in said[1]
    assert "in the street: looked at every 180 days" in said[2] or "街面：每180天核对一次" in said[2]
    assert "legible" in said[2]
    assert ran(scratch, sys.executable, "-c", USED).strip().endswith("used")


def test_the_guides_promise_about_lines_holds_for_every_register() -> None:
    """At most ninety lines say what a register is; the pilot counts as everybody."""
    declared = sorted((ROOT / "src" / "wuxiao" / "subjects").glob("*/rules.py"))
    assert declared
    for path in declared:
        text = path.read_text(encoding="utf-8")
        if "Register(" in text:
            assert len(text.splitlines()) <= 90, path
