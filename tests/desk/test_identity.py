"""Who reported lies apart and sealed; there is one door to it, and it asks what for."""

from __future__ import annotations

import ast
import importlib
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from tests.desk.people import ENCODED, MONDAY, Town, of_unit, settle
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.look import callbacks, callers
from wuxiao.desk.look import matter as look
from wuxiao.desk.matters import call_backs, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.people import identity
from wuxiao.desk.people.identity import Use
from wuxiao.desk.town import books
from wuxiao.records import sealed
from wuxiao.records.models import CallBack, Contact, Entry, ImportRow, Job, Matter, Post, Staff
from wuxiao.records.sealed import Keyring, SealError, keyring
from wuxiao.rules.access import ROLES, Role

pytestmark = pytest.mark.django_db

NAME, PHONE, MAIL = "欧阳望舒", "13912345670", "Wangshu.Ouyang@example.org"


@pytest.fixture
def town(settings: Any, tmp_path: Path) -> Town:
    settings.IDENTITY_KEY_FILE = tmp_path / "identity-key"
    return settle()


def received(phone: str = PHONE, **more: Any) -> Matter:
    report = Report(words="路灯不亮", name=NAME, phone=phone, email=MAIL, **more)
    return matters.receive(report, by=RESIDENT, at=MONDAY)


def raw() -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone, email, phone_mark, email_mark FROM records_contact ORDER BY id")
        return [tuple(row) for row in cursor.fetchall()]


def test_the_table_holds_nothing_that_can_be_read_and_the_door_opens_it(town: Town) -> None:
    matter = received()
    (row,) = raw()
    assert all(value for value in row)
    for part in (NAME, PHONE, MAIL, PHONE[-4:], "example.org"):
        assert not any(part in value for value in row), part
    found = identity.of(matter.pk, Use.TELL)
    assert found is not None
    assert (found.name, found.phone, found.email) == (NAME, PHONE, MAIL)
    # The same text twice is sealed differently, and only its mark is equal.
    received()
    first, second = raw()
    assert first[:3] != second[:3]
    assert first[3:] == second[3:]


def test_another_key_or_another_column_opens_nothing(town: Town, tmp_path: Path) -> None:
    received()
    (row,) = raw()
    stranger = Keyring(tmp_path / "another-key")
    with pytest.raises(SealError, match="not in"):
        stranger.open(row[1], "records_contact.phone")
    with pytest.raises(SealError, match="another column"):
        keyring().open(row[1], "records_contact.name")
    with pytest.raises(SealError, match="not sealed"):
        keyring().open(PHONE, "records_contact.phone")
    spoilt = row[1][:-6] + ("AAAA" if row[1][-6:-2] != "AAAA" else "BBBB") + row[1][-2:]
    with pytest.raises(SealError):
        keyring().open(spoilt, "records_contact.phone")
    assert stranger.marks(PHONE) != keyring().marks(PHONE)


def test_the_key_file_is_its_owner_s_alone_and_lies_outside_the_database(town: Town, tmp_path: Path) -> None:
    received()
    path = tmp_path / "identity-key"
    assert path.stat().st_mode & 0o777 == 0o600
    key = path.read_text(encoding="ascii").strip()
    assert len(key) == 44
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert not any(key in str(value) for row in cursor.fetchall() for value in row), table


def test_a_lost_key_is_never_made_anew_while_something_is_sealed(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    received()
    path = tmp_path / "identity-key"
    assert not sealed.key_lost()
    kept = path.rename(tmp_path / "kept")
    assert sealed.key_lost()
    # A process that works on, and one that begins: neither makes a new one.
    with pytest.raises(SealError, match="gone"):
        keyring().again()
    monkeypatch.setattr(sealed, "_rings", {})
    with pytest.raises(SealError, match="backup"):
        keyring()
    assert not path.exists()
    kept.rename(path)
    assert keyring().open(raw()[0][1], "records_contact.phone") == PHONE


def test_a_number_is_found_and_counted_by_its_mark(town: Town) -> None:
    mine, again, other = received(), received(), received("13912345671")
    rows = callers.of_phone(f"+86 {PHONE[:3]} {PHONE[3:]}", by=town.operator, at=MONDAY)
    assert {row.id for row in rows} == {mine.pk, again.pk}
    marks = identity.phone_marks([mine.pk, again.pk, other.pk])
    assert marks[mine.pk] == marks[again.pk] != marks[other.pk]
    assert callers.of_phone("13912345679", by=town.operator, at=MONDAY) == []
    with pytest.raises(SealError):
        Contact.objects.filter(phone=PHONE).exists()


def test_reading_needs_a_purpose_of_the_list_and_is_written_down(town: Town) -> None:
    matter = received()
    for why, purpose in (("", ""), ("other", " "), ("curious", "看看是谁")):
        with pytest.raises(Refused) as refused:
            look.show_contact(matter.number, by=town.operator, at=MONDAY, why=why, purpose=purpose)
        assert refused.value.code == "purpose"
    assert not Entry.objects.filter(matter=matter, verb="read").exists()
    assert look.show_contact(matter.number, by=town.operator, at=MONDAY, why="ask", purpose="").phone == PHONE
    assert Entry.objects.filter(matter=matter, verb="read").count() == 1
    identity.erase([matter.pk], at=MONDAY)
    with pytest.raises(NotFound):
        look.show_contact(matter.number, by=town.operator, at=MONDAY + timedelta(days=2), why="ask", purpose="")
    assert raw() == [("", "", "", "", "")]


def test_the_page_of_a_matter_says_that_a_contact_is_there_and_opens_none(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    matter = received()
    opened: list[str] = []
    really = Keyring.open
    monkeypatch.setattr(
        Keyring, "open", lambda ring, value, place: (opened.append(place), really(ring, value, place))[1]
    )
    seen = look.view(matter.number, by=town.operator, at=MONDAY, lang="zh").contact
    assert seen is not None
    assert (seen.name, seen.phone, seen.email, seen.erased) == (True, True, True, False)
    assert opened == []
    look.show_contact(matter.number, by=town.operator, at=MONDAY, why="ask", purpose="")
    assert sorted(opened) == [f"records_contact.{name}" for name in ("email", "name", "phone", "salt")]


def test_rotation_seals_everything_anew_and_the_old_key_can_go(town: Town, tmp_path: Path) -> None:
    matter = received()
    job = Job.objects.create(
        kind="sheet_look", created_at=MONDAY, next_at=MONDAY, result={"sample": [{"phone": PHONE}], "rows": 1}
    )
    row = ImportRow.objects.create(job=job, source="a", key="1", line=2, error=f"电话{PHONE}", cells={"电话": PHONE})
    old = (tmp_path / "identity-key").read_text(encoding="ascii").strip()
    before = raw()
    _a_value_under_an_old_key(tmp_path)
    with pytest.raises(Refused) as refused:
        identity.let_go()
    assert refused.value.code == "keys"
    assert identity.rotate() >= 3
    assert identity.under_old_keys() == 0
    assert identity.let_go() == 2
    kept = (tmp_path / "identity-key").read_text(encoding="ascii").split()
    assert len(kept) == 1, "the one in use is left, no older one whatever its age"
    assert old not in kept
    assert all(a != b for a, b in zip(before[0], raw()[0], strict=True))
    found = identity.of(matter.pk, Use.OWN)
    assert found is not None
    assert (found.name, found.phone, found.email) == (NAME, PHONE, MAIL)
    assert [r.id for r in callers.of_phone(PHONE, by=town.operator, at=MONDAY)] == [matter.pk]
    job.refresh_from_db()
    row.refresh_from_db()
    assert job.result == {"sample": [{"phone": PHONE}], "rows": 1}
    assert (row.error, row.cells) == (f"电话{PHONE}", {"电话": PHONE})
    assert (tmp_path / "identity-key").stat().st_mode & 0o777 == 0o600


def test_more_contacts_than_one_turn_takes_are_all_sealed_anew(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_MANY", 2)
    for _ in range(5):
        received()
    assert identity.rotate() == 5
    assert identity.under_old_keys() == 0


def _a_value_under_an_old_key(folder: Path) -> None:
    lines = (folder / "identity-key").read_text(encoding="ascii").split()
    sealed.write_keys(folder / "identity-key", [sealed.new_key(), *lines])


def test_a_process_that_knows_only_the_old_key_reads_and_finds_what_the_new_one_sealed(
    town: Town, tmp_path: Path
) -> None:
    received()
    another = Keyring(tmp_path / "identity-key")
    _a_value_under_an_old_key(tmp_path)
    keyring().again()
    second = received()
    (_, new) = raw()
    assert another.open(new[1], "records_contact.phone") == PHONE
    # And what it writes from now on is under the new key.
    assert another.seal("x", "a.b").split(".")[1] == keyring().ids[0]
    # Both are found while the change lasts, though their marks differ.
    assert len({row[3] for row in raw()}) == 2
    assert len(callers.of_phone(PHONE, by=town.operator, at=MONDAY)) == 2
    assert second.pk


def test_refused_rows_and_looks_of_imports_are_sealed_too(town: Town) -> None:
    job = Job.objects.create(kind="sheet_look", created_at=MONDAY, next_at=MONDAY, result={"sample": [PHONE, NAME]})
    ImportRow.objects.create(job=job, source="a", key="1", line=2, error=f"电话{PHONE}", cells={"称呼": NAME})
    with connection.cursor() as cursor:
        cursor.execute("SELECT result FROM records_job UNION ALL SELECT cells FROM records_importrow "
                       "UNION ALL SELECT error FROM records_importrow")  # fmt: skip
        values = [row[0] for row in cursor.fetchall()]
    assert len(values) == 3
    assert all(value.startswith("v1.") and PHONE not in value and NAME not in value for value in values)
    assert ImportRow.objects.exclude(cells={}).count() == 1
    ImportRow.objects.update(cells={})
    assert ImportRow.objects.exclude(cells={}).count() == 0
    assert ImportRow.objects.get().cells == {}


def test_the_database_file_alone_tells_no_name_no_phone_no_mail(
    transactional_db: Any, settings: Any, tmp_path: Path
) -> None:
    settings.IDENTITY_KEY_FILE = tmp_path / "identity-key"
    town = settle()
    # Nobody else's: what other tests wrote in clear text may lie in freed pages of the same file.
    name, phone, mail = "独孤寒江", "13700004321", "Hanjiang.Dugu@example.org"
    with transaction.atomic():
        matters.receive(Report(words="路灯不亮", name=name, phone=phone, email=mail), by=RESIDENT, at=MONDAY)
    of_unit(town, "urban_mgmt")
    if connection.vendor != "sqlite":
        return
    path = Path(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(FULL)")
    whole = b"".join(p.read_bytes() for p in sorted(path.parent.glob(path.name + "*")))
    # What lies there in clear text is found by this very search.
    assert "路灯不亮".encode() in whole
    for secret in (name, phone, mail):
        assert secret.encode() not in whole, secret


def test_what_stood_in_clear_text_is_sealed_by_the_migration_and_can_be_opened_again(town: Town) -> None:
    migration = importlib.import_module("wuxiao.records.migrations.0015_sealed")
    editor = SimpleNamespace(connection=connection)
    matter, other = received(), received("")
    job = Job.objects.create(kind="sheet_look", created_at=MONDAY, next_at=MONDAY)
    ImportRow.objects.create(job=job, source="a", key="1", line=2)
    clear = [(NAME, PHONE, MAIL), ("", "", "")]
    with connection.cursor() as cursor:
        for pk, values in zip((matter.pk, other.pk), clear, strict=True):
            cursor.execute(
                "UPDATE records_contact SET name = %s, phone = %s, email = %s, phone_mark = '', email_mark = ''"
                " WHERE matter_id = %s",
                [*values, pk],
            )
        cursor.execute("UPDATE records_job SET result = %s", ['{"phone": "' + PHONE + '"}'])
        cursor.execute("UPDATE records_importrow SET error = %s, cells = '{}'", [f"电话{PHONE}"])
    migration.seal(None, editor)
    sealed_row, empty = raw()
    assert empty == ("", "", "", "", "")
    assert not any(part in value for value in sealed_row for part in (NAME, PHONE, MAIL))
    assert sealed_row[3:] == (keyring().marks(PHONE)[0], keyring().marks(MAIL.lower())[0])
    found = identity.of(matter.pk, Use.OWN)
    assert found is not None
    assert (found.name, found.phone, found.email) == (NAME, PHONE, MAIL)
    assert Job.objects.get().result == {"phone": PHONE}
    row = ImportRow.objects.get()
    assert (row.error, row.cells) == (f"电话{PHONE}", {})
    migration.unseal(None, editor)
    assert [values[:3] for values in raw()] == clear


@pytest.mark.either
def test_nothing_but_the_door_touches_the_table_of_contacts() -> None:
    source = Path(matters.__file__).parents[2]
    allowed = {source / "desk" / "people" / "identity.py", source / "records" / "models" / "__init__.py"}
    looked = 0
    for path in source.rglob("*.py"):
        if "migrations" in path.parts or path in allowed:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wuxiao.records"):
                looked += 1
                assert "Contact" not in {alias.name for alias in node.names}, path
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert "records_contact" not in node.value, path
    assert looked > 50


def closed_by_urban_mgmt(town: Town) -> Matter:
    """A matter handled by one unit with the help of another, answered, closed, and drawn for a call-back."""
    matter = received()
    at = MONDAY
    act(
        matter.pk, "classify", {"category": "urban.facility.lamp", "handling_class": "request"}, by=town.operator, at=at
    )
    act(matter.pk, "assign", {"unit": "urban_mgmt", "co_units": "housing"}, by=town.operator, at=at)
    handler = of_unit(town, "urban_mgmt")
    act(matter.pk, "accept", {}, by=handler, at=at)
    act(matter.pk, "part", {"words": "已查看"}, by=of_unit(town, "housing"), at=at)
    evidence = next(k for k, kind in books.current(at).book.evidence_kinds.items() if not kind.file)
    reply = "路灯已经修好，今后每周巡查一次，如有问题请随时联系。"
    act(matter.pk, "answer", {"evidence": evidence, "reply": reply}, by=handler, at=at)
    act(matter.pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=at)
    CallBack.objects.get_or_create(
        matter_id=matter.pk,
        round=0,
        defaults={"state": "drawn", "drawn_at": at, "due_at": at, "chance": 1.0, "token": "t", "next_at": at},
    )
    return Matter.objects.get(pk=matter.pk)


def appointed(name: str, *posts: Appointment) -> Actor:
    """Somebody with posts that are refused together today but were given before that was so."""
    person, _ = staff.create(name, name, list(posts[:1]), by=SYSTEM, at=MONDAY, encoded=ENCODED)
    for post in posts[1:]:
        scope = post.scope or ROLES[post.role].scope
        Post.objects.create(staff=person, role=post.role.value, unit=post.unit, scope=scope.value, level=post.level)
    return actor.of_staff(person, books.current(MONDAY).book)


@pytest.mark.parametrize("unit", ["urban_mgmt", "housing"])
def test_nobody_of_a_unit_that_handled_it_does_its_call_back_whatever_their_other_post(town: Town, unit: str) -> None:
    matter = closed_by_urban_mgmt(town)
    at = MONDAY + timedelta(hours=1)
    given = {"way": "phone", "contacted": "yes", "solved": "yes", "rating": "5"}
    lead = appointed("two_posts", Appointment(Role.CALLER, unit), Appointment(Role.CALLER, "hotline"))
    # Somebody of another unit with the very same second post may call: it is the unit that decides.
    other = appointed("elsewhere", Appointment(Role.CALLER, "water_bureau"), Appointment(Role.CALLER, "hotline"))
    assert lead.viewer is not None
    assert other.viewer is not None
    assert [w.row.id for w in callbacks.queue(other.viewer, at=at)[0]] == [matter.pk]
    assert callbacks.call(matter.number, by=other, at=at).has_phone
    assert callbacks.queue(lead.viewer, at=at)[0] == []
    assert callbacks.waiting(lead.viewer, at=at) == 0
    with pytest.raises(NotFound):
        callbacks.call(matter.number, by=lead, at=at)
    with pytest.raises(NotFound):
        callbacks.show_phone(matter.number, by=lead, at=at)
    with pytest.raises(Refused):
        call_backs.try_again(matter.pk, by=lead, at=at)
    with pytest.raises(NotFound):
        act(matter.pk, "call_back", given, by=lead, at=at)
    assert CallBack.objects.get(matter=matter).state == "drawn"
    act(matter.pk, "call_back", given, by=other, at=at)
    assert CallBack.objects.get(matter=matter).state == "done"


def test_a_unit_that_once_led_it_and_a_person_who_answered_it_stand_apart_no_more(town: Town) -> None:
    matter = closed_by_urban_mgmt(town)
    at = MONDAY + timedelta(hours=1)
    caller = town.caller
    assert caller.viewer is not None
    assert [w.row.id for w in callbacks.queue(caller.viewer, at=at)[0]] == [matter.pk]
    # The caller once answered it, in a unit they have left since.
    entry = Entry.objects.get(matter=matter, verb="answer")
    Entry.objects.filter(pk=entry.pk).update(staff_id=caller.staff_id)
    assert callbacks.queue(caller.viewer, at=at)[0] == []
    assert not call_backs.stands_apart(matter, caller)
    Entry.objects.filter(pk=entry.pk).update(staff_id=entry.staff_id)
    # It went on to another unit: the one that led it before still handled it.
    Matter.objects.filter(pk=matter.pk).update(holder="water_bureau", handler=None)
    matter.refresh_from_db()
    before = appointed("before", Appointment(Role.CALLER, "urban_mgmt"), Appointment(Role.CALLER, "hotline"))
    assert before.viewer is not None
    assert callbacks.queue(before.viewer, at=at)[0] == []
    assert not call_backs.stands_apart(matter, before)
    assert call_backs.stands_apart(matter, caller)


@pytest.mark.either
def test_every_staff_page_bears_who_looks_at_it_and_nothing_of_it_is_read_out_or_copied(town: Town) -> None:
    matter = received()
    person = town.staff("operator")
    Staff.objects.filter(pk=person.pk).update(must_change_password=False, name="赵敏")
    client = Client()
    client.force_login(person)
    for url in (f"/staff/m/{matter.number}", "/staff/search?q=路灯"):
        page = client.get(url).content.decode()
        mark = page.split('class="seen-by" aria-hidden="true"')[1].split("</div>")[0]
        assert mark.count('data-who="赵敏 ') == 24
        assert re.sub(r"<[^>]*>", "", mark).strip(" >") == ""
