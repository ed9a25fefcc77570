"""Checking the whole diary: every seal, every chain, every text against its hash, every checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Max

from wuxiao.desk import checkpoints, diary
from wuxiao.records.models import Chain, Checkpoint, Entry, Matter, Words


@dataclass(frozen=True, slots=True)
class Break:
    """Where something does not verify: the matter's number (or `town`), the turn, and what is wrong."""

    where: str
    turn: int
    what: str


@dataclass(slots=True)
class Result:
    """What was checked and where it breaks."""

    matters: int = 0
    entries: int = 0
    texts: int = 0
    checkpoints: int = 0
    breaks: list[Break] | None = None

    def found(self, where: str, turn: int, what: str) -> None:
        """Note a break."""
        assert self.breaks is not None
        self.breaks.append(Break(where, turn, what))


BATCH = 2000


def verify(report: Callable[[int], None] | None = None) -> Result:
    """Check everything and return what was checked, with every break; never writes."""
    result = Result(breaks=[])
    for rows in _matters():
        ids = [pk for pk, *_ in rows]
        chains: dict[int, list[Entry]] = {pk: [] for pk in ids}
        for entry in Entry.objects.filter(matter_id__in=ids).order_by("matter_id", "turn"):
            assert entry.matter_id is not None
            chains[entry.matter_id].append(entry)
        texts: dict[int, dict[tuple[int, str], Words]] = {pk: {} for pk in ids}
        for words in Words.objects.filter(matter_id__in=ids):
            assert words.matter_id is not None
            texts[words.matter_id][(words.turn, words.field)] = words
        for pk, number, turn, head in rows:
            result.matters += 1
            _chain(result, number, chains[pk], turn, head)
            _texts(result, number, chains[pk], texts[pk])
        if report:
            report(result.matters)
    town = list(Entry.objects.filter(matter__isnull=True).order_by("turn"))
    chain = Chain.objects.filter(name=diary.TOWN).first()
    _chain(result, diary.TOWN, town, chain.turn if chain else 0, chain.head if chain else "")
    _checkpoints(result)
    return result


def _matters() -> Iterator[list[tuple[int, str, int, str]]]:
    last = 0
    while rows := list(
        Matter.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "number", "turn", "head")[:BATCH]
    ):
        yield rows
        last = rows[-1][0]


def _chain(result: Result, where: str, entries: list[Entry], turn: int, head: str) -> None:
    previous, expected = "", 0
    for entry in entries:
        expected += 1
        result.entries += 1
        if entry.turn != expected:
            result.found(where, expected, f"an entry is missing: turn {expected} was expected, {entry.turn} found")
            expected = entry.turn
        if entry.seal != diary.seal_of(previous, entry):
            result.found(where, entry.turn, "the seal does not fit: the entry or one before it was changed")
        previous = entry.seal
    if expected != turn or previous != head:
        result.found(where, turn, f"the chain ends at turn {expected}, the matter says {turn}")


def _texts(result: Result, where: str, entries: list[Entry], texts: dict[tuple[int, str], Words]) -> None:
    for entry in entries:
        for field, sealed in entry.texts.items():
            result.texts += 1
            words = texts.pop((entry.turn, field), None)
            if words is None:
                result.found(where, entry.turn, f"the text “{field}” is gone without having been erased")
            elif words.erased_at is None and diary.words_hash(words.salt, words.text) != sealed:
                result.found(where, entry.turn, f"the text “{field}” was changed")
    for turn, field in texts:
        result.found(where, turn, f"a text “{field}” stands that no entry sealed")


def _checkpoints(result: Result) -> None:
    wanted = {c.size: c.root for c in Checkpoint.objects.all()}
    last = Entry.objects.aggregate(last=Max("leaf"))["last"]
    tree = checkpoints.Tree()
    seals = Entry.objects.filter(leaf__isnull=False).order_by("leaf").values_list("leaf", "seal")
    for leaf, seal in seals.iterator(chunk_size=5000):
        if leaf != tree.size:
            result.found("log", tree.size, f"leaf {tree.size} is missing from the log")
            break
        tree.append(checkpoints.leaf_hash(seal))
        if tree.size in wanted:
            result.checkpoints += 1
            if tree.root() != wanted[tree.size]:
                result.found("log", tree.size, "the published checkpoint does not fit: the log was rebuilt")
    for size in wanted:
        if last is None or size > last + 1:
            result.found("log", size, "a checkpoint covers more leaves than there are")
