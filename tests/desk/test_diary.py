"""The diary holds: whatever is tampered with, `verify` says where; what may lawfully go, goes without a break."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from tests.desk.people import MONDAY, Town, of_unit, settle
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import checkpoints, diary
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Chain, Checkpoint, Entry, Matter, Snapshot, Words

HOUR = timedelta(hours=1)


# ------------------------------------------------------------------------------------------------------- pure: the tree


def _naive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + _naive_root(leaves[:split]) + _naive_root(leaves[split:])).digest()


def _leaves(count: int) -> list[bytes]:
    return [checkpoints.leaf_hash(f"{n:064x}") for n in range(count)]


@given(st.integers(0, 300))
def test_the_root_is_that_of_the_standard(count: int) -> None:
    assert checkpoints.root_of(_leaves(count)) == _naive_root(_leaves(count))


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_a_proof_leads_to_the_root_and_no_other_leaf_or_place_does(place: tuple[int, int]) -> None:
    index, size = place
    leaves = _leaves(size)
    root, path = _naive_root(leaves).hex(), checkpoints.proof(leaves, index)
    assert checkpoints.follow(leaves[index], index, size, path) == root
    assert checkpoints.follow(checkpoints.leaf_hash("ff" * 32), index, size, path) != root
    if size > 1:
        assert checkpoints.follow(leaves[index], (index + 1) % size, size, path) != root
        assert checkpoints.follow(leaves[index], index, size, path[:-1]) != root


# ------------------------------------------------------------------------------------------------------------- stories


@pytest.fixture
def town(db: None) -> Town:
    return settle()


@pytest.fixture
def told(town: Town) -> Matter:
    """Two matters with a handled life, everything under a checkpoint; the first is returned."""
    for n in range(2):
        words = "工地夜里十二点还在打桩,吵得睡不着,请管一管。"
        matter = matters.receive(Report(words=words, division="990101001", phone="13900000001"), by=RESIDENT, at=MONDAY)
        given_ = {"category": "env.noise.construction", "handling_class": "complaint"}
        act(matter.pk, "classify", given_, by=town.operator, at=MONDAY)
        lead = Matter.objects.get(pk=matter.pk).route_why["lead"]
        act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=MONDAY + HOUR)
        act(matter.pk, "accept", {}, by=of_unit(town, lead), at=MONDAY + HOUR)
        act(matter.pk, "note", {"words": f"电话核实{n}"}, by=of_unit(town, lead), at=MONDAY + 2 * HOUR)
    assert checkpoints.grow(at=MONDAY + 3 * HOUR) == Entry.objects.count()
    assert Checkpoint.objects.get().size == Entry.objects.count()
    found = verify()
    assert found.breaks == [], "untouched, it must hold"
    assert (found.matters, found.entries, found.texts, found.checkpoints) == (
        2,
        Entry.objects.count(),
        Words.objects.count(),
        1,
    )
    return Matter.objects.order_by("pk")[0]


def _rebuild(matter: Matter) -> None:
    """What a careful insider would do: give the whole chain new seals that fit."""
    previous = ""
    for entry in Entry.objects.filter(matter=matter).order_by("turn"):
        previous = diary.seal_of(previous, entry)
        Entry.objects.filter(pk=entry.pk).update(seal=previous)
    Matter.objects.filter(pk=matter.pk).update(head=previous)


def _change_fact(matter: Matter) -> None:
    Entry.objects.filter(matter=matter, verb="receive").update(facts={"unit": "hotline", "channel": "phone"})


def _change_moment(matter: Matter) -> None:
    Entry.objects.filter(matter=matter, verb="accept").update(at=F("at") - HOUR)


def _change_person(matter: Matter) -> None:
    other = Entry.objects.filter(matter=matter, verb="classify").values_list("staff", flat=True).get()
    Entry.objects.filter(matter=matter, verb="accept").update(staff=other)


def _change_text(matter: Matter) -> None:
    Words.objects.filter(matter=matter, field="words", turn=1).update(text="没有什么事")


def _remove_text(matter: Matter) -> None:
    Words.objects.filter(matter=matter, turn=1).delete()


def _erase_without_an_entry_of_the_text(matter: Matter) -> None:
    entry = Entry.objects.get(matter=matter, turn=1)
    Entry.objects.filter(pk=entry.pk).update(texts={})


def _add_text(matter: Matter) -> None:
    Words.objects.create(matter=matter, turn=3, field="reason", text="补写的理由", salt="00")


def _remove_entry(matter: Matter) -> None:
    Entry.objects.filter(matter=matter, verb="assign").delete()


def _remove_last(matter: Matter) -> None:
    last = Entry.objects.filter(matter=matter).latest("turn")
    Words.objects.filter(matter=matter, turn=last.turn).delete()
    last.delete()


def _remove_last_and_set_back(matter: Matter) -> None:
    _remove_last(matter)
    last = Entry.objects.filter(matter=matter).latest("turn")
    Matter.objects.filter(pk=matter.pk).update(turn=last.turn, head=last.seal)


def _swap(matter: Matter) -> None:
    two, three = Entry.objects.filter(matter=matter, turn__in=[2, 3]).order_by("turn")
    Entry.objects.filter(pk=two.pk).update(turn=999)
    Entry.objects.filter(pk=three.pk).update(turn=2)
    Entry.objects.filter(pk=two.pk).update(turn=3)


def _swap_between(matter: Matter) -> None:
    other = Matter.objects.exclude(pk=matter.pk).get()
    mine, theirs = (Entry.objects.get(matter=m, turn=2) for m in (matter, other))
    Entry.objects.filter(pk=mine.pk).update(turn=999)
    Entry.objects.filter(pk=theirs.pk).update(matter=matter)
    Entry.objects.filter(pk=mine.pk).update(matter=other, turn=2)


def _rebuild_after_a_change(matter: Matter) -> None:
    _change_fact(matter)
    _rebuild(matter)


def _rebuild_without_an_entry(matter: Matter) -> None:
    Entry.objects.filter(matter=matter, verb="assign").delete()
    for entry in Entry.objects.filter(matter=matter, turn__gt=3).order_by("turn"):
        Words.objects.filter(matter=matter, turn=entry.turn).update(turn=entry.turn - 1)
        Entry.objects.filter(pk=entry.pk).update(turn=entry.turn - 1)
    Matter.objects.filter(pk=matter.pk).update(turn=F("turn") - 1)
    _rebuild(matter)


def _rebuild_chain_and_log(matter: Matter) -> None:
    """Even the log's own helper table is made to fit: the checkpoint still does not."""
    _rebuild_after_a_change(matter)
    Snapshot.objects.filter(name=checkpoints.BLOCKS).delete()


def _change_the_town(matter: Matter) -> None:
    Entry.objects.filter(matter__isnull=True, verb="adopt_book").update(facts={"digest": "0" * 12})


def _cut_the_town(matter: Matter) -> None:
    Entry.objects.filter(matter__isnull=True).latest("turn").delete()


def _remove_a_checkpoints_leaves(matter: Matter) -> None:
    Entry.objects.filter(leaf__gte=5).update(leaf=None)


def _invent_a_checkpoint(matter: Matter) -> None:
    Checkpoint.objects.create(size=10_000, root="0" * 64, at=MONDAY)


@pytest.mark.parametrize(
    "tamper",
    [
        _change_fact, _change_moment, _change_person, _change_text, _remove_text, _add_text,
        _erase_without_an_entry_of_the_text, _remove_entry, _remove_last, _remove_last_and_set_back, _swap,
        _swap_between, _rebuild_after_a_change, _rebuild_without_an_entry, _rebuild_chain_and_log, _change_the_town,
        _cut_the_town, _remove_a_checkpoints_leaves, _invent_a_checkpoint,
    ],
)  # fmt: skip
def test_tampering_is_noticed(told: Matter, tamper: Callable[[Matter], None]) -> None:
    tamper(told)
    found = verify()
    assert found.breaks, f"{tamper.__name__} went unnoticed"
    # Accounts too: without their entries in the town's chain nobody knows their posts.
    where = {b.where for b in found.breaks if not b.where.startswith("staff:")}
    assert where <= {told.number, diary.TOWN, "log", *Matter.objects.values_list("number", flat=True)}


def test_a_rebuilt_chain_is_caught_by_the_checkpoint_alone(told: Matter) -> None:
    _rebuild_after_a_change(told)
    found = verify()
    assert found.breaks is not None
    assert {b.where for b in found.breaks} == {"log"}, "the chain itself fits; only the published root does not"


def test_a_break_names_the_matter_and_the_turn(told: Matter) -> None:
    _change_text(told)
    assert [(b.where, b.turn) for b in verify().breaks or ()] == [(told.number, 1)]


def test_erasing_and_retention_leave_it_whole(told: Matter) -> None:
    matters.erase(told.pk, by=RESIDENT, at=MONDAY + 4 * HOUR)
    other = Matter.objects.exclude(pk=told.pk).get()
    matters.erase(other.pk, by=SYSTEM, at=MONDAY + 4 * HOUR, verb="retire")
    assert Words.objects.filter(erased_at__isnull=False).exists()
    assert not Words.objects.filter(turn=1).exclude(text="").exists(), "the words are gone"
    assert verify().breaks == []
    checkpoints.grow(at=MONDAY + 6 * HOUR)
    assert Checkpoint.objects.count() == 2
    assert verify().breaks == []


def test_reads_lengthen_the_chain_and_verify_only_reads(told: Matter) -> None:
    diary.log_read(told, by=SYSTEM, at=MONDAY + 4 * HOUR, fields=["phone"], purpose="回访")
    before = list(Entry.objects.values_list("seal", flat=True)), list(Chain.objects.values_list("head", flat=True))
    assert verify().breaks == []
    assert before == (
        list(Entry.objects.values_list("seal", flat=True)),
        list(Chain.objects.values_list("head", flat=True)),
    )


# ----------------------------------------------------------------------------------------------------- log and proofs


def test_every_entry_has_a_proof_under_the_newest_checkpoint(told: Matter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "BLOCK", 4)
    for entry in Entry.objects.order_by("leaf"):
        assert entry.leaf is not None
        found = checkpoints.inclusion(entry.leaf)
        assert found is not None
        leaf = checkpoints.leaf_hash(entry.seal)
        assert (
            checkpoints.follow(leaf, entry.leaf, found.size, found.path) == found.root == Checkpoint.objects.get().root
        )
    assert checkpoints.inclusion(Entry.objects.count()) is None
    assert checkpoints.inclusion(-1) is None


def test_a_restart_and_kept_blocks_change_no_root(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "BLOCK", 8)
    monkeypatch.setattr(checkpoints, "BATCH", 3)
    monkeypatch.setattr(checkpoints, "BATCHES", 2)
    for n in range(6):
        for k in range(5):
            diary.write_town("sign_in", by=SYSTEM, at=MONDAY, facts={"who": f"{n}-{k}"})
        while checkpoints.grow(at=MONDAY + n * 2 * HOUR):
            pass
        newest = checkpoints.latest(1)[0]
        seals = Entry.objects.order_by("leaf").values_list("seal", flat=True)
        assert newest.size == len(seals)
        assert newest.root == _naive_root([checkpoints.leaf_hash(seal) for seal in seals]).hex()
        assert len(Snapshot.objects.get(name=checkpoints.BLOCKS).data) == newest.size // 8
    assert list(Entry.objects.order_by("leaf").values_list("leaf", flat=True)) == list(range(Entry.objects.count()))
    found = verify()
    assert (found.breaks, found.checkpoints) == ([], 6)


def test_gaps_in_the_numbers_make_no_gaps_in_the_log(town: Town) -> None:
    for n in range(9):
        diary.write_town("sign_in", by=SYSTEM, at=MONDAY, facts={"who": str(n)})
    for one in list(Entry.objects.order_by("-id")[1:8:3]):
        Entry.objects.filter(pk=one.pk).update(id=one.pk + 1000)
    checkpoints.grow(at=MONDAY)
    assert sorted(Entry.objects.values_list("leaf", flat=True)) == list(range(Entry.objects.count()))
    by_number = list(Entry.objects.order_by("id").values_list("leaf", flat=True))
    assert by_number == sorted(by_number)


def test_checkpoints_are_published_once_an_hour_and_only_when_something_came(told: Matter) -> None:
    checkpoints.grow(at=MONDAY + 3 * HOUR + timedelta(minutes=59))
    checkpoints.grow(at=MONDAY + 9 * HOUR)
    assert Checkpoint.objects.count() == 1
    diary.write_town("sign_in", by=SYSTEM, at=MONDAY, facts={"who": "x"})
    checkpoints.grow(at=MONDAY + 3 * HOUR + timedelta(minutes=30))
    assert Checkpoint.objects.count() == 1, "the hour is not over"
    checkpoints.grow(at=MONDAY + 9 * HOUR)
    assert [c.size for c in checkpoints.latest()] == [Entry.objects.count(), Entry.objects.count() - 1]
