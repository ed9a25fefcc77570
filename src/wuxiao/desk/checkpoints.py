"""A Merkle log (RFC 9162, section 2.1) over all entries: whoever keeps a checkpoint can tell that nothing was rebuilt.

A chain alone does not stop an insider who rewrites it whole. Entries become leaves in the order the worker meets them;
checkpoints are published, and `inclusion` shows that an entry is under a checkpoint. So that neither a restart nor a
proof reads the whole log, the root of every full block of leaves is kept in a snapshot; `verify` never trusts it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max

from wuxiao.records.models import Checkpoint, Entry, Snapshot

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
    done = 0
    for _ in range(BATCHES):
        new = _take()
        done += new
        if new < BATCH:
            _publish(at)
            break
    return done


def _take() -> int:
    with transaction.atomic():
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


def _publish(at: datetime) -> None:
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is not None and at - newest.at < EVERY:
        return
    last = Entry.objects.aggregate(last=Max("leaf"))["last"]
    size = 0 if last is None else last + 1
    if not size or (newest is not None and size <= newest.size):
        return
    roots = list(_blocks(size))
    full = [root.hex() for root in roots[: size // BLOCK]]
    with transaction.atomic():
        Checkpoint.objects.get_or_create(size=size, defaults={"root": root_of(roots).hex(), "at": at})
        Snapshot.objects.update_or_create(name=BLOCKS, defaults={"data": full, "at": at})


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


def inclusion(leaf: int) -> Inclusion | None:
    """Return the proof for a leaf under the newest checkpoint, or `None` if it is not under one yet. Three queries.

    The proof holds hashes of hashes and tells nothing to whoever does not already hold the entry's seal.
    """
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None or not 0 <= leaf < newest.size:
        return None
    block = leaf // BLOCK
    inside = _leaves(block * BLOCK, min((block + 1) * BLOCK, newest.size))
    path = [*proof(inside, leaf % BLOCK), *proof(list(_blocks(newest.size)), block)]
    return Inclusion(newest.size, newest.root, newest.at, path)
