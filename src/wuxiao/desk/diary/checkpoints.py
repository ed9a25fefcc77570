"""A Merkle log (RFC 9162, section 2.1) over all entries: whoever keeps a checkpoint can tell that nothing was rebuilt.

A chain alone does not stop an insider who rewrites it whole. Entries become leaves in the order the worker meets them;
checkpoints are published, and `inclusion` shows that an entry is under a checkpoint. So that neither a restart nor a
proof reads the whole log, the root of every full block of leaves is kept in a snapshot; `verify` never trusts it.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max

from wuxiao.desk.diary import filling, notes
from wuxiao.records.models import Chain, Checkpoint, Entry, Snapshot

log = logging.getLogger("wuxiao.checkpoints")
BATCH = 2000
#: Batches of one call.
BATCHES = 10
#: Leaves of one block: a power of two, so that a block is a whole subtree.
BLOCK = 1024
BLOCKS = "log-blocks"
EVERY = timedelta(hours=1)


def leaf_hash(seal: str) -> bytes:
    """Return the leaf hash of an entry: SHA-256 over 0x00 and its seal."""
    return hashlib.sha256(b"\x00" + bytes.fromhex(seal)).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The right edge of a growing Merkle tree: appending costs O(log n), and so does the root."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        height, node = 0, leaf
        while self._peaks and self._peaks[-1][0] == height:
            _, left = self._peaks.pop()
            node = _node(left, node)
            height += 1
        self._peaks.append((height, node))
        self.size += 1

    def root(self) -> str:
        """Return the root over all leaves as hex; the empty tree's root is the hash of nothing."""
        if not self._peaks:
            return hashlib.sha256(b"").hexdigest()
        node = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            node = _node(left, node)
        return node.hex()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over some leaf hashes (or over roots of equal, full subtrees and a last, smaller one)."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return bytes.fromhex(tree.root())


def proof(leaves: Sequence[bytes], index: int) -> list[str]:
    """Return the inclusion proof of leaf `index` in the tree over `leaves` (RFC 9162, 2.1.3.1), leaf to root."""
    if len(leaves) <= 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*proof(leaves[:split], index), root_of(leaves[split:]).hex()]
    return [*proof(leaves[split:], index - split), root_of(leaves[:split]).hex()]


def follow(leaf: bytes, index: int, size: int, path: Sequence[str]) -> str | None:
    """Return the root that a proof leads to (RFC 9162, 2.1.3.2), or `None` if it cannot be a proof for this place."""
    if not 0 <= index < size:
        return None
    place, last, node = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        other = bytes.fromhex(step)
        if place & 1 or place == last:
            node = _node(other, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = _node(node, other)
        place, last = place >> 1, last >> 1
    return node.hex() if last == 0 else None


def _leaves(first: int, upto: int) -> list[bytes]:
    rows = Entry.objects.filter(leaf__gte=first, leaf__lt=upto).order_by("leaf").values_list("seal", flat=True)
    return [leaf_hash(seal) for seal in rows]


def _kept() -> list[bytes]:
    row = Snapshot.objects.filter(name=BLOCKS).first()
    return [bytes.fromhex(root) for root in row.data] if row is not None else []


def _blocks(upto: int) -> Iterator[bytes]:
    """Yield the root of every block of the log's first `upto` leaves; the last one may not be full."""
    kept = _kept()[: upto // BLOCK]
    yield from kept
    for first in range(len(kept) * BLOCK, upto, BLOCK):
        yield root_of(_leaves(first, min(first + BLOCK, upto)))


def grow(*, at: datetime) -> int:
    """Give leaves to entries that have none and publish a checkpoint when one is due; returns how many leaves.

    A backlog (an import) is taken in short transactions, so that nobody waits for the log.
    """
    done = take()
    if done < BATCH * BATCHES:
        publish(at=at)
    return done


def take() -> int:
    """Give leaves to entries that have none, whatever the clock shows; returns how many."""
    done = 0
    for _ in range(BATCHES):
        new = _take()
        done += new
        if new < BATCH:
            break
    return done


def _take() -> int:
    with transaction.atomic():
        # One at a time: the worker, and whoever wants a checkpoint over what they just wrote.
        list(Chain.objects.select_for_update())
        new = list(Entry.objects.filter(leaf__isnull=True).order_by("id").values_list("id", flat=True)[:BATCH])
        if new:
            last = Entry.objects.aggregate(last=Max("leaf"))["last"]
            leaf = 0 if last is None else last + 1
            # Numbers run without gaps nearly always: one statement for each run instead of one value for each row.
            for first, upto in _runs(new):
                run = Entry.objects.filter(id__gte=first, id__lte=upto, leaf__isnull=True)
                run.update(leaf=F("id") + (leaf - first))
                leaf += upto - first + 1
    return len(new)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last


def log_size() -> int:
    """Return how many leaves the log has (one query)."""
    last = Entry.objects.aggregate(last=Max("leaf"))["last"]
    return 0 if last is None else int(last) + 1


def _range(first: int, upto: int, blocks: Sequence[bytes]) -> bytes:
    """Return the root over a run of leaves that is a node of the tree (its start is a multiple of its width)."""
    if upto - first >= BLOCK:
        return root_of(blocks[first // BLOCK : -(-upto // BLOCK)])
    return root_of(_leaves(first, upto))


def consistency(first: int, second: int) -> list[str] | None:
    """Return the proof that the log of `second` leaves begins with that of `first` (RFC 9162, 2.1.4.1).

    `None` if there is no such pair of sizes in the log.
    """
    if not 0 < first <= second or second > log_size():
        return None
    blocks = list(_blocks(second))

    def sub(count: int, low: int, high: int, whole: bool) -> list[str]:
        if count == high - low:
            return [] if whole else [_range(low, high, blocks).hex()]
        split = 1 << (high - low - 1).bit_length() - 1
        if count <= split:
            return [*sub(count, low, low + split, whole), _range(low + split, high, blocks).hex()]
        return [*sub(count - split, low + split, high, False), _range(low, low + split, blocks).hex()]

    return sub(first, 0, second, True)


def consistent(first: int, root: str, second: int, second_root: str, path: Sequence[str]) -> bool:
    """Whether a proof shows that the log under one root grew into that under another (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return root == second_root and not path
    steps = [bytes.fromhex(step) for step in path]
    if first & (first - 1) == 0:
        steps.insert(0, bytes.fromhex(root))
    if not steps:
        return False
    low, high = first - 1, second - 1
    while low & 1:
        low, high = low >> 1, high >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if high == 0:
            return False
        if low & 1 or low == high:
            old, new = _node(step, old), _node(step, new)
            while not low & 1 and low:
                low, high = low >> 1, high >> 1
        else:
            new = _node(new, step)
        low, high = low >> 1, high >> 1
    return old.hex() == root and new.hex() == second_root and high == 0


def publish(*, at: datetime, now: bool = False) -> None:
    """Sign a checkpoint over all leaves and hand it out, where one is due or with `now` at once."""
    newest = Checkpoint.objects.order_by("-size").first()
    # One signed by a clock that stood ahead must not keep the next one back until then.
    early = newest is not None and timedelta() <= at - newest.at < EVERY
    if early and not now and not _filled_since(newest):
        return
    size = log_size()
    if not size or (newest is not None and size <= newest.size):
        return
    roots = list(_blocks(size))
    full = [root.hex() for root in roots[: size // BLOCK]]
    root = root_of(roots).hex()
    note = notes.compose(size, root, at, notes.own_key())
    with transaction.atomic():
        Checkpoint.objects.get_or_create(size=size, defaults={"root": root, "at": at, "note": note})
        Snapshot.objects.update_or_create(name=BLOCKS, defaults={"data": full, "at": at})
    _hand_out(note)


def _filled_since(newest: Checkpoint | None) -> bool:
    """Whether a demo county was filled to its end after this checkpoint: its year is signed then, not an hour later."""
    stand = filling.find() if settings.DEMO and newest is not None else None
    if newest is None or stand is None or not stand.finished or stand.at <= newest.at:
        return False
    return not Entry.objects.filter(leaf__isnull=True, at__lte=stand.at).exists()


def notes_path() -> Path:
    """Return the file every note is added to, to be copied elsewhere: `WUXIAO_CHECKPOINTS`, or in the data folder."""
    return Path(os.environ.get("WUXIAO_CHECKPOINTS", "").strip() or Path(settings.DATA_DIR) / "checkpoints.txt")


def _hand_out(note: str) -> None:
    try:
        path = notes_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{note}\n")
    except OSError as error:
        # A full disk elsewhere must not stop the log; the note is in the database and on the page.
        log.warning("the note of a checkpoint could not be added to its file: %s", error)


def latest(limit: int = 30) -> list[Checkpoint]:
    """Return the newest published checkpoints."""
    return list(Checkpoint.objects.order_by("-size")[:limit])


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A proof that a leaf is under a checkpoint: the checkpoint, and the hashes from the leaf up to its root."""

    size: int
    root: str
    at: datetime
    path: list[str]
    note: str


def inclusion(leaf: int, size: int | None = None) -> Inclusion | None:
    """Return the proof for a leaf under the newest checkpoint, or that of `size`; `None` if it is not under it.

    Three queries.

    The proof holds hashes of hashes and tells nothing to whoever does not already hold the entry's seal.
    """
    newest = (Checkpoint.objects.filter(size=size) if size else Checkpoint.objects.order_by("-size")).first()
    if newest is None or not 0 <= leaf < newest.size:
        return None
    block = leaf // BLOCK
    inside = _leaves(block * BLOCK, min((block + 1) * BLOCK, newest.size))
    path = [*proof(inside, leaf % BLOCK), *proof(list(_blocks(newest.size)), block)]
    return Inclusion(newest.size, newest.root, newest.at, path, newest.note)
