"""An insider with every right on the database and all the time in the world: what he does to a diary, by lot.

He knows the program: he seals anew, renumbers leaves, computes checkpoints again and signs them with the stolen key.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from django.db import models

from wuxiao.desk.diary import checkpoints, diary, notes
from wuxiao.records.models import CallBack, Chain, Checkpoint, Entry, Matter, SignOff, Snapshot, Words

Deed = Callable[[random.Random], None]


def raw(model: type[models.Model]) -> models.QuerySet[models.Model]:
    """Rows as SQL sees them: nothing is noted."""
    return models.QuerySet(model)


def reseal(*, renumber: bool = True) -> None:
    """Close every gap, seal every chain anew, and make log and checkpoints fit, signed with the town's own key."""
    chains: dict[int | None, list[Entry]] = {}
    for entry in Entry.objects.order_by("turn"):
        chains.setdefault(entry.matter_id, []).append(entry)
    raw(Entry).update(turn=models.F("turn") + 100_000)
    for matter, entries in chains.items():
        previous = ""
        for turn, entry in enumerate(entries, 1):
            if entry.turn != turn:
                raw(Words).filter(matter_id=matter, turn=entry.turn).update(turn=turn)
            entry.turn = turn
            previous = entry.seal = diary.seal_of(previous, entry)
            raw(Entry).filter(pk=entry.pk).update(turn=turn, seal=previous)
        if matter is None:
            raw(Chain).update(turn=len(entries), head=previous)
        else:
            raw(Matter).filter(pk=matter).update(turn=len(entries), head=previous)
    relog(renumber=renumber)


def relog(*, renumber: bool = True) -> None:
    """Give leaves without gaps and compute every checkpoint again."""
    if renumber:
        leaves = list(Entry.objects.filter(leaf__isnull=False).order_by("leaf").values_list("pk", flat=True))
        raw(Entry).filter(leaf__isnull=False).update(leaf=models.F("leaf") + 1_000_000)
        for leaf, pk in enumerate(leaves):
            raw(Entry).filter(pk=pk).update(leaf=leaf)
    seals = list(Entry.objects.filter(leaf__isnull=False).order_by("leaf").values_list("seal", flat=True))
    hashes = [checkpoints.leaf_hash(seal) for seal in seals]
    Snapshot.objects.filter(name=checkpoints.BLOCKS).delete()
    for point in Checkpoint.objects.order_by("size"):
        if point.size > len(hashes):
            Checkpoint.objects.filter(pk=point.pk).delete()
            continue
        root = checkpoints.root_of(hashes[: point.size]).hex()
        note = notes.compose(point.size, root, point.at, notes.own_key())
        Checkpoint.objects.filter(pk=point.pk).update(root=root, note=note)


def _some(lot: random.Random, **which: object) -> Entry:
    found = list(Entry.objects.filter(leaf__isnull=False, **which).order_by("pk"))
    return lot.choice(found)


def rewrite_a_fact(lot: random.Random) -> None:
    """Another unit, another class, whatever: one entry says something else."""
    entry = _some(lot)
    raw(Entry).filter(pk=entry.pk).update(facts={**entry.facts, "unit": f"u{lot.randrange(10**6)}"})
    reseal()


def move_a_moment(lot: random.Random) -> None:
    """One act happened earlier than it did."""
    entry = _some(lot)
    raw(Entry).filter(pk=entry.pk).update(at=entry.at - timedelta(minutes=lot.randrange(1, 5000)))
    reseal()


def change_a_rating(lot: random.Random) -> None:
    """The rating is five, in the row and in what the entry sealed of it."""
    entry = _some(lot, verb="rate")
    row = entry.stand["matter"][str(entry.matter_id)]
    row["satisfied"], row["solved"] = 5, True
    raw(Entry).filter(pk=entry.pk).update(stand=entry.stand, facts={**entry.facts, "rating": 5, "solved": True})
    raw(Matter).filter(pk=entry.matter_id).update(satisfied=5, solved=True)
    reseal()


def change_a_date(lot: random.Random) -> None:
    """The promise was never broken."""
    entry = _some(lot, verb="answer")
    row = entry.stand["matter"][str(entry.matter_id)]
    matter = Matter.objects.get(pk=entry.matter_id)
    at = matter.received_at + timedelta(minutes=lot.randrange(1, 300))
    row["answered_at"] = at.astimezone(diary._UTC).isoformat(timespec="microseconds")
    raw(Entry).filter(pk=entry.pk).update(stand=entry.stand, at=at)
    raw(Matter).filter(pk=matter.pk).update(answered_at=at)
    reseal()


def replace_a_text(lot: random.Random) -> None:
    """Another text with a hash that fits it."""
    words = lot.choice(list(Words.objects.filter(erased_at__isnull=True).exclude(text="").order_by("pk")))
    entry = Entry.objects.get(matter_id=words.matter_id, turn=words.turn)
    text = f"没有什么事{lot.randrange(10**6)}"
    raw(Words).filter(pk=words.pk).update(text=text)
    raw(Entry).filter(pk=entry.pk).update(texts={**entry.texts, words.field: diary.words_hash(words.salt, text)})
    reseal()


def delete_the_reads(lot: random.Random) -> None:
    """Nobody ever looked."""
    assert raw(Entry).filter(verb="read", leaf__isnull=False).count()
    raw(Entry).filter(verb="read").delete()
    reseal()


def delete_one_entry(lot: random.Random) -> None:
    """One entry never was."""
    raw(Entry).filter(pk=_some(lot, verb__in=["read", "note", "urge", "sign_in", "create_staff"]).pk).delete()
    reseal()


def delete_a_matter(lot: random.Random) -> None:
    """A matter never was."""
    matter = lot.choice(list(Matter.objects.order_by("pk")))
    for model in (Entry, Words, SignOff, CallBack):
        raw(model).filter(matter_id=matter.pk).delete()
    Matter.objects.filter(pk=matter.pk).delete()
    reseal()


def cut_the_tail(lot: random.Random) -> None:
    """The last entries of the whole log never were."""
    size = Entry.objects.filter(leaf__isnull=False).count()
    last = lot.randrange(size // 2, size - 1)
    gone = raw(Entry).filter(leaf__gt=last)
    for words in Words.objects.all():
        if gone.filter(matter_id=words.matter_id, turn=words.turn).exists():
            raw(Words).filter(pk=words.pk).delete()
    gone.delete()
    for matter in Matter.objects.all():
        if not Entry.objects.filter(matter=matter).exists():
            raw(Words).filter(matter_id=matter.pk).delete()
            Matter.objects.filter(pk=matter.pk).delete()
    reseal(renumber=False)


def swap_two_entries(lot: random.Random) -> None:
    """Two entries of one chain in the other order."""
    entry = _some(lot, turn__gt=1, matter__isnull=False)
    before = Entry.objects.get(matter_id=entry.matter_id, turn=entry.turn - 1)
    raw(Entry).filter(pk=entry.pk).update(turn=999_999)
    raw(Entry).filter(pk=before.pk).update(turn=entry.turn)
    raw(Entry).filter(pk=entry.pk).update(turn=before.turn)
    reseal()


def swap_the_chains_of_two_matters(lot: random.Random) -> None:
    """Each matter gets the other's entries and head."""
    one, two = lot.sample(list(Matter.objects.order_by("pk")), 2)
    mine = list(Entry.objects.filter(matter=one).values_list("pk", flat=True))
    theirs = list(Entry.objects.filter(matter=two).values_list("pk", flat=True))
    raw(Entry).filter(pk__in=mine).update(turn=models.F("turn") + 10_000)
    raw(Entry).filter(pk__in=theirs).update(matter_id=one.pk)
    raw(Entry).filter(pk__in=mine).update(matter_id=two.pk, turn=models.F("turn") - 10_000)
    raw(Matter).filter(pk=one.pk).update(head=two.head, turn=two.turn)
    raw(Matter).filter(pk=two.pk).update(head=one.head, turn=one.turn)
    reseal()


def put_one_in(lot: random.Random) -> None:
    """An entry that nobody made, in the middle of a chain."""
    entry = _some(lot, matter__isnull=False)
    raw(Entry).filter(matter_id=entry.matter_id, turn__gt=entry.turn).update(turn=models.F("turn") + 50_000)
    top = Entry.objects.filter(leaf__isnull=False).count()
    new = Entry.objects.get(pk=entry.pk)
    new.pk, new.turn, new.verb, new.leaf = None, entry.turn + 1, "urge", None
    new.texts, new.stand, new.facts = {}, {}, {"by": "resident"}
    raw(Entry).bulk_create([new])
    raw(Entry).filter(leaf__gt=entry.leaf).update(leaf=models.F("leaf") + 10_000)
    raw(Entry).filter(turn=entry.turn + 1, matter_id=entry.matter_id, leaf__isnull=True).update(leaf=entry.leaf + 1)
    assert top
    reseal()


def blame_another(lot: random.Random) -> None:
    """Somebody else did it."""
    entry = _some(lot, staff__isnull=False)
    other = lot.choice(
        [pk for pk in Entry.objects.filter(staff__isnull=False).values_list("staff", flat=True) if pk != entry.staff_id]
    )
    raw(Entry).filter(pk=entry.pk).update(staff_id=other, stand={**(entry.stand or {}), "who": ""})
    reseal()


DEEDS: tuple[Deed, ...] = (
    rewrite_a_fact, move_a_moment, change_a_rating, change_a_date, replace_a_text, delete_the_reads, delete_one_entry,
    delete_a_matter, cut_the_tail, swap_two_entries, swap_the_chains_of_two_matters, put_one_in, blame_another,
)  # fmt: skip
