"""The guide "Add a capability": its commands are run as they stand in a scratch copy, and what comes out is used.

What it cost is counted there: lines of its own, and lines in files that were there before.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
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
LIVED = """
import django; django.setup()
from datetime import timedelta
from django.test import Client
from django.utils import timezone
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.case import clock
from wuxiao.desk.doors import keys, staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.house import house
from wuxiao.desk.town import books
from wuxiao.records.models import Case, Entry, FoundThing, Staff, Words
from wuxiao.rules import book as rulebook
from wuxiao.rules.access import Role
from pathlib import Path
at = timezone.now()
text = (Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8")
books.adopt(text, name="book", effective_from=at, by=SYSTEM, at=at)
def at_a_desk(name, unit, role=Role.HANDLER):
    person, _ = staff.create(name, name, [Appointment(role, unit)], by=SYSTEM, at=at)
    Staff.objects.update(must_change_password=False)
    client = Client(headers={"host": "localhost"})
    client.force_login(Staff.objects.get(pk=person.pk))
    return client
first, second, other = at_a_desk("one", "ps_qingping"), at_a_desk("two", "ps_qingping"), at_a_desk("far", "eco")
here = "/staff/c/found_things"
assert here in first.get("/staff/").content.decode()
given = {"title": "黑色长柄雨伞", "sort": "other", "found_on": "2026-01-05", "place": "河滨路公交站"}
wrong = first.post(here + "/new", given | {"sort": "umbrella"})
assert wrong.status_code == 400 and "没有这个种类" in wrong.content.decode()
assert not Case.objects.exists()
answer = first.post(here + "/new", given)
assert answer.status_code == 302, answer.content.decode()
page = first.get(answer["Location"]).content.decode()
for said in ("黑色长柄雨伞", "其他", "河滨路公交站", "保管中", "应发布招领公告", "收下：黑色长柄雨伞"):
    assert said in page, said
case = Case.objects.get(life="found_things")
english = Client(headers={"host": "localhost", "accept-language": "en"})
english.force_login(Staff.objects.get(username="one"))
page = english.get(answer["Location"]).content.decode()
for said in ("something else", "Taken in", "to be announced", "We keep it"):
    assert said.lower() in page.lower(), said
# Whom it must not reach: another unit, and whoever has no code.
assert other.get(answer["Location"]).status_code == 404
assert case.number not in other.get(here).content.decode()
assert case.number in second.get(here).content.decode()
def step(client, verb, **given):
    return client.post(f"{here}/{case.number}/{verb}", given)
# Who took it in does not give it back alone.
assert step(first, "give_back", proof="described").status_code == 403
assert step(first, "announce").status_code == 400
assert step(first, "announce", posted="派出所门口").status_code == 302
assert step(second, "note", words="ZZINSIDE").status_code == 302
# Its other side reads what is seen, by its code, and says more.
finder = Client(headers={"host": "localhost"})
page = finder.get(f"/o/{case.code}").content.decode()
assert "招领中" in page and "派出所门口" in page and "ZZINSIDE" not in page
assert finder.post(f"/o/{case.code}/do/say", {"words": "伞柄上有划痕"}).status_code == 302
assert "伞柄上有划痕" in second.get(f"{here}/{case.number}").content.decode()
copy = finder.get(f"/o/{case.code}/data.json").json()
assert [one["what"] for one in copy["steps"]][0] == "收下：黑色长柄雨伞", copy
# Found by words, said to machines, written down.
assert case.number in first.get("/staff/search", {"q": "长柄雨伞"}).content.decode()
assert case.number not in other.get("/staff/search", {"q": "长柄雨伞"}).content.decode()
secret = keys.create_key("k", "ps_qingping", ["subjects", "act"], by=SYSTEM, at=at)[1]
machine = Client(headers={"host": "localhost", "authorization": "Bearer " + secret})
paper = machine.get("/api/v1/openapi.json").json()["paths"]
assert "/api/v1/cases/found_things" in paper
listed = machine.get("/api/v1/cases/found_things").json()["cases"]
assert [one["number"] for one in listed] == [case.number]
sent = {"given": given | {"title": "一串钥匙"}}
made = machine.post("/api/v1/cases/found_things", sent, content_type="application/json")
assert made.status_code == 201, made.content.decode()
told = machine.get(f"/api/v1/cases/found_things/{case.number}").json()
assert {"label": {"zh": "种类", "en": "sort"}, "value": {"zh": "其他", "en": "something else"}} in told["about"]
# Its clock: not a moment before the year is over, once after it.
year = at + timedelta(days=367)
assert Case.objects.get(pk=case.pk).state == "announced"
clock.tick(at=at + timedelta(days=364)); assert Case.objects.get(pk=case.pk).state == "announced"
clock.tick(at=year); assert Case.objects.get(pk=case.pk).state == "unclaimed"
clock.tick(at=year); assert Entry.objects.filter(matter_id=case.pk, verb="lapse").count() == 1
assert step(second, "hand_in", words="县财政局收据").status_code == 302
ended = Case.objects.get(pk=case.pk)
assert (ended.state, ended.outcome, ended.tick_at) == ("passed_on", "hand_in", None)
assert step(second, "note", words="later").status_code == 403
# It follows from its chain; a changed answer is found; words go when their days are over.
assert verify(at=at).breaks == [], verify(at=at).breaks
FoundThing.objects.filter(matter_id=case.pk)._update([(FoundThing._meta.get_field("sort"), None, "money")])
assert [one.column for one in verify(at=at).breaks] == ["found_thing.sort"], verify(at=at).breaks
house.keep(at=ended.closed_at + timedelta(days=1096))
assert Words.objects.filter(matter_id=case.pk, text="伞柄上有划痕").count() == 0
assert Case.objects.get(pk=case.pk).title == ""
print("lived")
"""


REFUSED = """
import django; django.setup()
from dataclasses import replace
from wuxiao.rules.field import Field, Kind
from wuxiao.rules.words import Text
from wuxiao.subjects.found_things.face import FOUND_THINGS as whole
from wuxiao.subjects.found_things.rules import FIELDS, SECTION, State, Who
def named(kind):
    return Field("more", kind, Text("x", "x"), FIELDS[0].why)
without = tuple(one for one in FIELDS if one.name != "proof")
shorter = replace(whole.by_name["sort"], choices={"a" * 13: Text("x", "x")})
untrue = replace(whole.life.steps["note"], sentence=Text("{nobody}", "{nobody}"))
halves = [
    ({"fields": without}, "give_back: asks 'proof', which is no field", "proof: a column without a field"),
    ({"life": replace(whole.life, rows=tuple(untrue if one.verb == "note" else one for one in whole.life.rows))},
     "note: its sentence says 'nobody', which it does not ask"),
    ({"fields": (*FIELDS, named(Kind.NUMBER))}, "more: no step asks it", "more: a field without a column"),
    ({"fields": (*FIELDS, named(Kind.PHONE))}, "more: a phone or personal data needs an effect of its own"),
    ({"fields": tuple(shorter if one.name == "sort" else one for one in FIELDS)},
     "sort: its column is shorter than an answer"),
    ({"stands": {k: v for k, v in whole.stands.items() if k != Who.OTHER}}, "other: who stands so is said nowhere"),
    ({"stands": {**whole.stands, "guest": whole.stands[Who.KEEPER]}}, "guest: no step is theirs"),
    ({"rings": {State.KEPT: "announce"}}, "kept: the house cannot take 'announce' when its clock rings"),
    ({"grave": frozenset({"burn"})}, "burn: no such step"),
    ({"section": replace(SECTION, terms={})}, "claim: a clock, and a term of the book, each need the other"),
]
assert replace(whole) == whole
for change, *words in halves:
    try:
        replace(whole, **change)
    except ValueError as error:
        for word in words:
            assert word in str(error), (word, str(error))
    else:
        raise AssertionError(change)
print("refused")
"""


def commands() -> list[str]:
    """The blocks of commands in the guide, in their order."""
    return re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.S | re.M)


@dataclass(frozen=True, slots=True)
class Made:
    """A copy of the product in which the commands of the guide were run: what they said, and the sources between."""

    folder: Path
    said: list[str]
    between: dict[str, str]


def sources(folder: Path) -> dict[str, str]:
    """Every source of a copy by its name, the rule book among them."""
    found = [one for one in (folder / "src").rglob("*") if one.suffix in {".py", ".toml"}]
    return {str(one.relative_to(folder)): one.read_text(encoding="utf-8") for one in sorted(found)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A copy of the product and nothing else, with the register of the guide and then its life."""
    folder = tmp_path_factory.mktemp("scratch")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    found = commands()
    assert len(found) == 6
    said = [ran(folder, "bash", "-e", "-o", "pipefail", "-c", block) for block in found[:3]]
    between = sources(folder)
    said += [ran(folder, "bash", "-e", "-o", "pipefail", "-c", block) for block in found[3:]]
    return Made(folder, said, between)


def ran(folder: Path, *words: str, data: str = "data") -> str:
    """Run a command in the copy with the copy's own sources; its output, errors beside it."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(folder / "src"),
        "DJANGO_SETTINGS_MODULE": "wuxiao.site.settings",
        "WUXIAO_DATA_DIR": str(folder / data),
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def used(made: Made, script: str) -> str:
    """Run a script in the copy on data of its own: a town in which nothing has happened yet."""
    data = f"data-{hashlib.sha256(script.encode()).hexdigest()[:8]}"
    shutil.copytree(made.folder / "data", made.folder / data)
    return ran(made.folder, sys.executable, "-c", script, data=data).strip()


def test_the_commands_of_the_guide_make_a_register_that_works(made: Made) -> None:
    assert "camera_signs" in made.said[1]
    assert "in the street: looked at every 180 days" in made.said[2] or "街面：每180天核对一次" in made.said[2]
    assert "legible" in made.said[2]
    own, others = written(sources(ROOT), made.between)
    assert own["src/wuxiao/subjects/camera_signs/rules.py"] <= 90, own
    assert sum(others.values()) <= 6, others
    assert used(made, USED).endswith("used")


def written(before: dict[str, str], after: dict[str, str]) -> tuple[dict[str, int], dict[str, int]]:
    """Count what sources hold more than others: lines of files of their own, and lines in files that were there.

    A section of its own in the rule book is its own; a line that was changed counts as one.
    """
    own: dict[str, int] = {}
    others: dict[str, int] = {}
    for name, text in after.items():
        if name not in before:
            own[name] = len(text.splitlines())
        elif before[name] != text:
            fresh = [one for one in difflib.ndiff(before[name].splitlines(), text.splitlines()) if one[:2] == "+ "]
            (own if name.endswith(".toml") else others)[name] = len(fresh)
    return own, others


def test_the_commands_of_the_guide_make_a_life_that_walks_and_is_not_dear(made: Made) -> None:
    """It opens, walks and closes, is seen by two sides, has a clock, is searched, exported and verified.

    At most four hundred lines are its own, as the formatter and the linter want them; at most six stand in files of
    others.
    """
    assert "so that its owner gets it back" in made.said[5]
    own, others = written(made.between, sources(made.folder))
    assert sum(own.values()) <= 400, own
    assert sum(others.values()) <= 6, others
    assert {name.split("/")[2] for name in own} == {"subjects", "records", "rules"}
    mine = [name for name in own if name.endswith(".py") and "migrations" not in name]
    # Short by what it need not say, never by dense lines: the formatter laid out every one of them.
    assert not [name for name in mine if "fmt:" in (made.folder / name).read_text(encoding="utf-8")]
    ruff, config = str(Path(sys.executable).parent / "ruff"), ("--config", str(ROOT / "pyproject.toml"))
    ran(made.folder, ruff, "format", "--check", *config, *mine)
    ran(made.folder, ruff, "check", *config, *mine)
    assert used(made, LIVED).endswith("lived")


def test_a_half_of_the_guides_life_is_refused_by_name(made: Made) -> None:
    assert used(made, REFUSED).endswith("refused")


def test_the_guides_promise_about_lines_holds_for_every_register() -> None:
    """At most ninety lines say what a register is; the pilot counts as everybody."""
    declared = sorted((ROOT / "src" / "wuxiao" / "subjects").glob("*/rules.py"))
    assert declared
    for path in declared:
        text = path.read_text(encoding="utf-8")
        if "Register(" in text:
            assert len(text.splitlines()) <= 90, path
