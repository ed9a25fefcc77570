"""Against one copy kept outside, an insider who rebuilds everything is noticed; without one, this is what is not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import transaction

from tests.desk import insider
from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.support.lots import lots
from wuxiao.desk.audit import against
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import checkpoints, diary, notes
from wuxiao.desk.diary.notes import Note
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Checkpoint, Entry, Matter

HOUR = timedelta(hours=1)


@pytest.fixture
def town(db: None) -> Town:
    return settle()


def handled(town: Town, n: int) -> Matter:
    made = matters.receive(
        Report(words=f"路灯{n}不亮，请修一修。", division="990101001002", phone=f"1390000{n:04}"),
        by=RESIDENT,
        at=MONDAY,
    )
    kind = next(c for c in books.current(MONDAY).book.categories.values() if c.leaf and c.kind == "request")
    act(made.pk, "classify", {"category": kind.code, "handling_class": "request"}, by=town.operator, at=MONDAY)
    act(made.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=MONDAY + HOUR)
    handler = of_unit(town, "urban_mgmt")
    act(made.pk, "accept", {}, by=handler, at=MONDAY + HOUR)
    act(made.pk, "note", {"words": "电话核实"}, by=handler, at=MONDAY + HOUR)
    plain = next(k for k, e in books.current(MONDAY).book.evidence_kinds.items() if not e.file)
    reply = "已换上新的灯泡，今晚起照常亮灯，如有反复请随时联系我们。"
    act(made.pk, "answer", {"evidence": plain, "reply": reply}, by=handler, at=MONDAY + 30 * HOUR)
    act(made.pk, "rate", {"rating": "2", "solved": "no"}, by=RESIDENT, at=MONDAY + 31 * HOUR)
    diary.log_read(Matter.objects.get(pk=made.pk), by=handler, at=MONDAY, fields=["phone"], purpose="联系")
    return Matter.objects.get(pk=made.pk)


def lived(town: Town, count: int = 4) -> list[Note]:
    """A few handled matters under two checkpoints, and the newest as somebody outside has it."""
    for n in range(count):
        handled(town, n)
        if n in {count // 2, count - 1}:
            checkpoints.grow(at=MONDAY + (n + 40) * HOUR)
    assert Checkpoint.objects.count() == 2
    saved = notes.parse_many(Checkpoint.objects.order_by("size").last().note)
    assert verify().breaks == []
    whole = against.compare(saved, notes.keys())
    assert (whole.breaks, whole.matched, whole.signed, whole.after) == ([], 1, 1, 0)
    assert whole.newest == Entry.objects.count()
    return saved


def noticed(deeds: Sequence[insider.Deed], saved: list[Note], seed: int) -> tuple[list[str], list[str]]:
    """Do each deed and undo it; return those noticed against the copy, and those that the town alone would notice."""
    outside, inside = [], []
    for n, deed in enumerate(deeds):
        with transaction.atomic():
            deed(random.Random(f"{seed}-{n}"))
            if against.compare(saved, notes.keys()).breaks:
                outside.append(deed.__name__)
            if verify().breaks:
                inside.append(deed.__name__)
            transaction.set_rollback(True)
    return outside, inside


def test_every_kind_of_rebuilding_is_noticed_against_one_outside_copy(town: Town) -> None:
    saved = lived(town)
    outside, inside = noticed(insider.DEEDS, saved, seed=1)
    assert outside == [deed.__name__ for deed in insider.DEEDS]
    # The reason for keeping a copy: a careful insider leaves nothing that the town itself could find.
    for deed in (insider.rewrite_a_fact, insider.change_a_rating, insider.change_a_date, insider.replace_a_text):
        assert deed.__name__ not in inside
    assert verify().breaks == []
    assert against.compare(saved, notes.keys()).breaks == []


@pytest.mark.slow
def test_of_deeds_drawn_by_lot_every_one_is_noticed(town: Town) -> None:
    saved = lived(town)
    lot = random.Random(50)
    deeds = [lot.choice(insider.DEEDS) for _ in range(lots(15, 50))]
    outside, inside = noticed(deeds, saved, seed=2)
    print(
        f"insider who rebuilds all, against one outside copy: noticed {len(outside)} of {len(deeds)}"
        f" (without one: {len(inside)} of {len(deeds)})"
    )
    assert len(outside) == len(deeds)


def test_going_back_to_an_older_copy_of_the_database_shows_as_shrinkage(town: Town) -> None:
    of_unit(town, "urban_mgmt")
    with transaction.atomic():
        saved = lived(town)
        transaction.set_rollback(True)
    assert Entry.objects.count() < saved[0].size
    found = against.compare(saved, notes.keys())
    assert len(found.breaks) == 1
    assert "shrunk" in found.breaks[0].en
    # Going on from there until the log is as long again does not help.
    handled(town, 7)
    while Entry.objects.count() <= saved[0].size:
        diary.write_town("sign_in", by=town.admin, at=MONDAY, facts={"who": "admin"})
    checkpoints.grow(at=MONDAY + 90 * HOUR)
    found = against.compare(saved, notes.keys())
    assert [("do not fit" in text.en) for text in found.breaks] == [True]


def test_what_is_under_no_copy_is_said_and_not_noticed(town: Town) -> None:
    saved = lived(town)
    matter = handled(town, 9)
    found = against.compare(saved, notes.keys())
    assert found.after == Entry.objects.count() - saved[0].size > 0
    assert any(str(found.after) in text.en for text in found.open)
    entry = Entry.objects.get(matter=matter, verb="note")
    insider.raw(Entry).filter(pk=entry.pk).update(at=MONDAY)
    insider.reseal(renumber=False)
    assert against.compare(saved, notes.keys()).breaks == [], "the paper says so: what no copy covers can be rewritten"


def test_a_signature_that_is_not_ours_is_a_break_and_a_lost_one_is_said(town: Town) -> None:
    saved = lived(town)
    note = saved[0]
    forged = Note(note.size, note.root, note.origin, note.text.replace("at ", "at  "), note.signatures)
    assert len(against.compare([forged], notes.keys()).breaks) == 1
    (name, raw), *_ = note.signatures
    for spoiled in (b"\x00" * 4 + raw[4:], raw[:-1] + bytes([raw[-1] ^ 1])):
        other = Note(note.size, note.root, note.origin, note.text, ((name, spoiled),))
        assert len(against.compare([other], notes.keys()).breaks) == 1
    bare = Note(note.size, note.root)
    found = against.compare([bare], notes.keys())
    assert (found.breaks, found.matched, found.signed) == ([], 1, 0)
    assert any("no signature" in text.en for text in found.open)
    wrong = Note(note.size, "00" * 32)
    assert len(against.compare([note, wrong], notes.keys()).breaks) == 1


def test_every_saved_checkpoint_is_compared_and_json_is_read_too(town: Town) -> None:
    lived(town)
    both = "\n".join(Checkpoint.objects.order_by("size").values_list("note", flat=True))
    assert [n.size for n in against.read(both)] == sorted(Checkpoint.objects.values_list("size", flat=True))
    found = against.compare(against.read(both), notes.keys())
    assert (found.saved, found.matched, found.signed, found.breaks) == (2, 2, 2, [])
    for bad in ("", "hello", "{}", '{"checkpoints": [{"size": -1, "root": "00"}]}', both[:-40]):
        with pytest.raises(ValueError, match=r"."):
            against.read(bad)
