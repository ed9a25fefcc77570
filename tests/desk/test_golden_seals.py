"""Two hundred sealed entries as the code of 30 November 2026 (6b4d94e) made them: a seal once given fits for ever.

`golden/seals.json` was written once from a small demo county, every kind of entry in it, twelve of them in the form
from before changes of rows were sealed. It is never made anew: whoever changes what a seal is made of breaks the chains
of every town that stands.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests.desk.people import MONDAY, settle
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.put import put
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.matters.matters import Report, receive
from wuxiao.records.models import Entry, Once

GOLDEN: list[dict[str, Any]] = json.loads((Path(__file__).parent / "golden" / "seals.json").read_text(encoding="utf-8"))


def _entry(row: dict[str, Any]) -> Entry:
    own = {name: row[name] for name in ("turn", "verb", "actor", "unit", "seen", "state", "facts", "texts", "stand")}
    at = datetime.fromisoformat(row["at"])
    return Entry(matter_id=row["matter"], staff_id=row["staff"], at=at, seal=row["seal"], **own)


def _by_hand(row: dict[str, Any]) -> str:
    """The seal as docs/trust.md tells it, without the product's own code."""
    names = ("matter", "turn", "verb", "at", "actor", "staff", "unit", "seen", "state", "facts", "texts")
    body = {name: row[name] for name in names}
    if row["stand"] is not None:
        body["stand"] = row["stand"]
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{row['previous']}\n{text}".encode()).hexdigest()


def test_the_file_holds_what_it_says() -> None:
    assert len(GOLDEN) == 200
    assert len({row["verb"] for row in GOLDEN}) >= 40
    assert {row["actor"] for row in GOLDEN} >= {"staff", "resident", "system"}
    assert [row for row in GOLDEN if row["matter"] is None], "entries of the town's own chain"
    assert [row for row in GOLDEN if row["stand"] is None], "entries of the older form"


def test_every_seal_is_what_it_was() -> None:
    for row in GOLDEN:
        assert _by_hand(row) == row["seal"], row["verb"]
        assert diary.seal_of(row["previous"], _entry(row)) == row["seal"], row["verb"]


@pytest.mark.django_db
def test_every_seal_still_fits_when_it_comes_back_from_the_database() -> None:
    with transaction.atomic():
        # Their matters and people are not there: taken back before anything asks for them.
        put([_entry(row) for row in GOLDEN[:100]])
        put([_entry(row) for row in GOLDEN[100:]])
        found = list(Entry.objects.order_by("pk"))
        assert [diary.seal_of(row["previous"], entry) for row, entry in zip(GOLDEN, found, strict=True)] == [
            row["seal"] for row in GOLDEN
        ]
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_request_tried_again_after_an_upgrade_is_known_by_the_same_digest() -> None:
    town = settle()
    matter = receive(Report(words="路灯不亮", division="990101001", phone="13812345678"), by=RESIDENT, at=MONDAY)
    act(matter.pk, "note", {"words": "已联系"}, by=town.operator, at=MONDAY, once="key-1")
    sent = f'{{"matter": {matter.pk}, "verb": "note", "words": "已联系"}}'
    assert Once.objects.get(key="key-1").digest == hashlib.sha256(sent.encode()).hexdigest()
