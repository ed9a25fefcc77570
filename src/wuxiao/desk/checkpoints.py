"""A Merkle log (RFC 9162, section 2.1) over all entries: whoever keeps a checkpoint can tell that nothing was rebuilt.

A chain alone does not stop an insider who rewrites it whole. Entries become leaves in the order the worker meets them;
checkpoints are published, and `prove` shows that an entry is under a checkpoint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from wuxiao.records.models import Checkpoint, Entry

BATCH = 500
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


def proof(leaves: Sequence[bytes], index: int) -> list[str]:
    """Return the inclusion proof of leaf `index` in the tree over `leaves` (RFC 9162, 2.1.3.1), leaf to root."""
    if len(leaves) <= 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*proof(leaves[:split], index), _root(leaves[split:]).hex()]
    return [*proof(leaves[split:], index - split), _root(leaves[:split]).hex()]


def _root(leaves: Sequence[bytes]) -> bytes:
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return bytes.fromhex(tree.root())


_tree = Tree()


def _load(upto: int) -> Tree:
    """Return the tree over the first `upto` leaves, reusing what this process already added."""
    global _tree
    if _tree.size > upto:
        _tree = Tree()
    for seal in _seals(_tree.size, upto):
        _tree.append(leaf_hash(seal))
    return _tree


def _seals(first: int, upto: int) -> Iterator[str]:
    rows = Entry.objects.filter(leaf__gte=first, leaf__lt=upto).order_by("leaf").values_list("seal", flat=True)
    return rows.iterator(chunk_size=5000)


def grow(*, at: datetime) -> int:
    """Give leaves to entries that have none and publish a checkpoint when one is due; returns how many leaves."""
    with transaction.atomic():
        new = list(Entry.objects.filter(leaf__isnull=True).order_by("id").only("id")[:BATCH])
        if new:
            last = Entry.objects.aggregate(last=Max("leaf"))["last"]
            first = 0 if last is None else last + 1
            for number, entry in enumerate(new):
                entry.leaf = first + number
            Entry.objects.bulk_update(new, ["leaf"])
    if len(new) < BATCH:
        _publish(at)
    return len(new)


def _publish(at: datetime) -> None:
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is not None and at - newest.at < EVERY:
        return
    last = Entry.objects.aggregate(last=Max("leaf"))["last"]
    size = 0 if last is None else last + 1
    if size and (newest is None or size > newest.size):
        Checkpoint.objects.get_or_create(size=size, defaults={"root": _load(size).root(), "at": at})


def latest(limit: int = 30) -> list[Checkpoint]:
    """Return the newest published checkpoints."""
    return list(Checkpoint.objects.order_by("-size")[:limit])
