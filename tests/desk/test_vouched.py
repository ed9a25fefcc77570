"""Rows that open a door or speak for the town: whoever changes one by hand is found, and a false message stays."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from tests.desk.people import MONDAY, Town, settle
from tests.desk.test_written import code
from wuxiao.desk.assist import redaction
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.put import put
from wuxiao.desk.case import outbox, tell
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary, vouched
from wuxiao.desk.doors import calendars, factors, keys
from wuxiao.desk.matters import matters, released
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.publish import wording
from wuxiao.desk.register import foreign
from wuxiao.desk.slots import keep
from wuxiao.desk.slots.keep import Hours
from wuxiao.desk.town import books
from wuxiao.records.models import (
    ApiKey,
    CalendarKey,
    Chain,
    Draw,
    Entry,
    Factor,
    Matter,
    Message,
    Recovery,
    ReleasedText,
    Slot,
    Staff,
    Webhook,
    Wording,
)
from wuxiao.rules.declared import PAGES
from wuxiao.rules.words import Text

LATER = MONDAY + timedelta(hours=2)
URL = "https://110.example/notices"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def town(db: None) -> Town:
    """A town with a key, a platform, a person with two factors, words released, and messages that wait."""
    town = settle()
    keys.create_key("line", "hotline", ["read"], by=town.admin, at=MONDAY)
    keys.create_hook("p110", "police_110", URL, by=town.admin, at=MONDAY)
    person = town.staff("operator")
    factors.add_app(person, SECRET, code(SECRET, 0), "手机", by=town.operator, at=MONDAY)
    factors.add_app(person, SECRET[::-1], code(SECRET[::-1], 0), "另一部", by=town.operator, at=MONDAY)
    report = Report(words="人民路路灯不亮，请修一修。", division="990101001002", phone="13900001111", by_sms=True)
    made = matters.receive(report, by=RESIDENT, at=MONDAY)
    kind = next(
        c
        for c in books.current(MONDAY).book.categories.values()
        if c.leaf and c.kind == "request" and released.is_open(c)
    )
    act(made.pk, "classify", {"category": kind.code, "handling_class": "request"}, by=town.operator, at=MONDAY)
    matter = Matter.objects.get(pk=made.pk)
    hours = Hours(MONDAY + timedelta(days=2), MONDAY + timedelta(days=2, hours=2))
    keep.create("reception", [hours], host=town.staff("chief"), place="103", capacity=2, by=town.chief, at=MONDAY)
    calendars.make(person.pk, by=town.operator, at=MONDAY)
    released.release(matter.pk, seen=released.digest(redaction.of_matter(matter)), by=town.operator, at=LATER)
    lists = {"lists": "place\n", "strata": {"hotel": 1}, "named": {"P1": "x"}, "accounts": {"m": "a"}, "drawn": ["P2"]}
    said = {"number": "CQ1", "unit": "u", "source": "s", "commitment": "c"}
    lot = Draw.objects.create(**said, **lists, committed_at=LATER)
    diary.write_town("commit_draw", by=SYSTEM, at=LATER, facts={"number": "CQ1"}, rows=vouched.rows(lot))
    foreign.say_languages(["fr"], by=town.shift_lead, at=MONDAY)
    foreign.say_languages(["fr"], by=town.operator, at=MONDAY)
    back = (PAGES["danger"].says["back"],)
    wording.enter(back[0].zh, "fr", "Retour", by=town.operator, at=MONDAY)
    wording.read([wording.of(back, "fr")[0].mark], back, "fr", by=town.shift_lead, at=LATER)
    assert verify().breaks == []
    assert verify().unsealed == 0
    assert Message.objects.filter(state="queued").exists()
    return town


def tables() -> set[str]:
    return {one.column for one in verify().breaks}


def found_and_undone(deed: Callable[[], Any], table: str) -> None:
    """A deed done by hand is found in its table; it is undone, and the test asks at its end that nothing is found."""
    with transaction.atomic():
        deed()
        breaks = verify().breaks
        assert {one.column for one in breaks} == {table}, deed
        assert all(one.text.zh and one.text.en for one in breaks)
        transaction.set_rollback(True)


def other(row: Any, name: str) -> Any:
    """Another value for a column."""
    value = getattr(row, name)
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [*value, "x"] if name != "marks" else [[0, 1, "phone"]]
    if isinstance(value, dict):
        return {**value, "x": 1}
    if isinstance(value, int):
        return (
            Staff.objects.exclude(pk=value).values_list("pk", flat=True)[0]
            if name in {"staff_id", "host_id", "entered_by_id", "read_by_id"}
            else value + 1
        )
    if name == "ends_at":
        return value + timedelta(hours=1)
    if value is None or hasattr(value, "year"):
        return MONDAY - timedelta(days=400)
    return f"{value[:-1]}~"


def by_hand(row: Any, name: str, new: Any) -> None:
    """Change one column, carefully: nothing else is left that would not fit."""
    assert type(row).objects.filter(pk=row.pk).update(**{name: new}) == 1
    if isinstance(row, Factor) and name == "staff_id":
        Staff.objects.filter(pk=new).update(factor_count=F("factor_count") + 1)
        Staff.objects.filter(pk=row.staff_id).update(factor_count=F("factor_count") - 1)


def test_every_sealed_column_changed_by_hand_is_found(town: Town) -> None:
    for model, names in vouched.COLUMNS.items():
        row = model._default_manager.first()
        assert row is not None
        for name in names:
            new = other(row, name)
            assert new != getattr(row, name)

            found_and_undone(partial(by_hand, row, name, new), vouched.TABLES[model])
        assert verify().breaks == [], model


def test_rows_put_in_and_taken_away_by_hand_are_found(town: Town) -> None:
    person = Staff.objects.get(pk=Factor.objects.values_list("staff_id", flat=True)[0])

    def factor() -> None:
        Factor.objects.create(staff=person, kind="totp", secret="mine", added_at=MONDAY)
        Staff.objects.filter(pk=person.pk).update(factor_count=3)

    def no_factor() -> None:
        Factor.objects.filter(staff=person).delete()
        Staff.objects.filter(pk=person.pk).update(factor_count=0)

    for deed, table in (
        (
            lambda: ApiKey.objects.create(name="in", digest="d", unit="hotline", powers=["read"], created_at=MONDAY),
            "keys",
        ),
        (lambda: ApiKey.objects.all().delete(), "keys"),
        (lambda: Webhook.objects.create(name="in", unit="police_110", url=URL, secret="s" * 32), "platforms"),
        (factor, "factors"),
        (no_factor, "factors"),
        (lambda: Staff.objects.filter(pk=person.pk).update(factor_count=0), "staff.factor_count"),
        (lambda: Recovery.objects.create(staff=person, digest="mine"), "recoveries"),
        (lambda: Recovery.objects.filter(staff=person).delete(), "recoveries"),
        (lambda: Slot.objects.all().delete(), "slots"),
        (lambda: CalendarKey.objects.all().delete(), "calendar_keys"),
        (lambda: ReleasedText.objects.all().delete(), "released"),
        (lambda: ReleasedText.objects.update(withdrawn_at=LATER), "released"),
    ):
        found_and_undone(deed, table)
    assert verify().breaks == []


def test_what_the_town_does_itself_is_no_break(town: Town) -> None:
    key, hook = ApiKey.objects.get(), Webhook.objects.get()
    person = town.staff("operator")
    keys.limit_key(key.pk, by=town.admin, at=LATER, addresses="10.0.0.0/8")
    keys.used(key, at=LATER)
    keys.rotate_hook(hook.pk, by=town.admin, at=LATER)
    assert verify().breaks == []
    keys.revoke_key(key.pk, by=town.admin, at=LATER)
    keys.revoke_hook(hook.pk, by=town.admin, at=LATER)
    factors.new_codes(person, by=town.operator, at=LATER)
    first, second = factors.of(person.pk)
    factors.rename(person.pk, first.pk, "旧手机", by=town.operator, at=LATER)
    factors.remove(person, first.pk, by=town.operator, at=LATER)
    assert verify().breaks == []
    factors.remove(person, second.pk, by=town.operator, at=LATER)
    assert not Recovery.objects.exists()
    assert verify().breaks == []
    # Taking a dropped factor back by hand is found too.

    def back() -> None:
        second.save(force_insert=True)
        Staff.objects.filter(pk=person.pk).update(factor_count=1)

    found_and_undone(back, "factors")
    assert verify().breaks == []
    factors.add_app(person, SECRET, code(SECRET, 0), "手机", by=town.operator, at=MONDAY)
    factors.remove_all(town.staff("operator"), by=town.admin, at=LATER)
    matter = Matter.objects.get()
    released.withdraw(matter.pk, by=town.operator, at=LATER)
    assert verify().breaks == []
    found_and_undone(lambda: ReleasedText.objects.update(withdrawn_at=None), "released")
    assert verify().breaks == []


def test_words_erased_take_their_release_along(town: Town) -> None:
    matter = Matter.objects.get()
    matters.erase(matter.pk, by=RESIDENT, at=LATER + timedelta(days=1))
    assert not ReleasedText.objects.exists()
    assert verify().breaks == []


def test_a_message_changed_or_put_in_by_hand_is_found_and_does_not_go(town: Town) -> None:
    row = Message.objects.filter(state="queued", way="sms").first()
    assert row is not None
    for name in ("key", "verb", "way", "lang", "address", "subject", "text", "seal"):
        new = "mail" if name == "way" else f"{getattr(row, name)}~"[:8]
        found_and_undone(partial(by_hand, row, name, new), "messages")
    found_and_undone(lambda: Message.objects.filter(pk=row.pk).update(turn=9), "messages")
    assert verify().breaks == []
    Message.objects.exclude(pk=row.pk).update(state="dropped", next_at=None)
    assert outbox.send_due(at=LATER) == 1
    row.refresh_from_db()
    assert row.state == "sent", "as it was written it goes"
    mine = tell.house_mail("a@b.cn", "supervise", "S", Text("一", "one"), "by-hand", at=LATER)
    mine.text = "请把钱汇到另一个账号"
    put([mine])
    assert tables() == {"messages"}
    outbox.send_due(at=LATER + timedelta(minutes=1))
    mine = Message.objects.get(key="by-hand")
    assert (mine.state, mine.sent_at) == ("doubt", None)
    assert "not as it was written" in mine.error
    outbox.decide(mine.pk, "drop", by=town.admin, at=LATER)
    assert verify().breaks == []


def test_rows_from_before_are_counted_then_sealed_once_as_they_stand(town: Town) -> None:
    """A town of an older program: its entries hold no digests. After the upgrade everything is compared."""
    # Such a town had none of these.
    Slot.objects.all().delete()
    CalendarKey.objects.all().delete()
    Draw.objects.all().delete()  # that program drew no rounds
    Wording.objects.all().delete()
    previous = ""
    for entry in Entry.objects.filter(matter=None).order_by("turn"):
        entry.stand = {"who": entry.stand["who"]} if entry.stand and "who" in entry.stand else {}
        previous = entry.seal = diary.seal_of(previous, entry)
        entry.save(update_fields=["stand", "seal"])
    Chain.objects.update(head=previous)
    assert verify().breaks == []
    assert verify().unsealed == 5, "a key, a platform, two factors and a set of codes"
    Factor.objects.create(staff=town.staff("operator"), kind="totp", added_at=LATER)
    Staff.objects.filter(username="operator").update(factor_count=F("factor_count") + 1)
    assert tables() == {"factors"}, "what no entry tells of is found in an old town too"
    assert vouched.seal_as_found(by=SYSTEM, at=LATER) == 5
    assert vouched.seal_as_found(by=SYSTEM, at=LATER) == 0
    assert (tables(), verify().unsealed) == ({"factors"}, 0)
    Webhook.objects.update(url="https://elsewhere.example/")
    assert tables() == {"factors", "platforms"}


def test_every_message_the_program_writes_is_sealed_where_it_is_made() -> None:
    source = Path(vouched.__file__).resolve().parents[2]
    made, sealed = 0, 0
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                made += ast.unparse(node.func) in {"Message", "Message.objects.create"}
                inner = [ast.unparse(one.func) for one in node.args if isinstance(one, ast.Call)]
                sealed += ast.unparse(node.func) == "vouched.sealed" and inner == ["Message"]
    assert made == sealed >= 3
