"""Which positions of a list go by lot, and to whom: a rule anybody can follow with the seed and a hash function."""

from __future__ import annotations

import hashlib
import math

import numpy as np

from wuxiao.plan.store import Bools, Floats, Ints


def positions(size: int, share: float) -> Bools:
    """Return which positions go by lot: the first, and then so often that every beginning of the list has its share."""
    before = [math.ceil(share * k - 1e-9) for k in range(size + 1)]
    return np.array([before[k + 1] > before[k] for k in range(size)], dtype=np.bool_)


def ticket(seed: int, what: str, number: int) -> int:
    """Return a lot: the first eight bytes of the SHA-256 of ``seed:what:number``."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{what}:{number}".encode()).digest()[:8])


def by_chance(chance: Floats, seed: int) -> Ints:
    """Return the rows, the likeliest first; those that are as likely in the order of their lots."""
    tie = np.array([ticket(seed, "tie", row) for row in range(len(chance))], dtype=np.uint64)
    return np.lexsort((tie, -np.round(chance, 12))).astype(np.int64)


def mixed(ranked: Ints, share: float, seed: int) -> tuple[Ints, Bools]:
    """Return the list with its share by lot, and which positions those are.

    A position by lot takes the ticket's remainder by the number of places as a place in the order by chance; a place
    that is on the list already is passed over and the next ticket taken: all that remain are as likely.
    """
    size = len(ranked)
    drawn = positions(size, share)
    taken = np.zeros(size, dtype=np.bool_)
    order, next_, number = np.zeros(size, dtype=np.int64), 0, 0
    for position in range(size):
        if drawn[position]:
            while taken[at := ticket(seed, "draw", number) % size]:
                number += 1
            number += 1
        else:
            while taken[next_]:
                next_ += 1
            at = next_
        taken[at] = True
        order[position] = ranked[at]
    return order, drawn
