"""The approximate hypercube for many units: one equation a unit, with the correction for units not being independent.

Larson (1975) with Jarvis' (1985) extension to units with service times of their own; the correction is worked out from
the line's own distribution of busy units, sampled without replacement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wuxiao.plan.form import Watch
from wuxiao.plan.store import Floats, Ints


@dataclass(frozen=True, slots=True)
class Loads:
    """Load per unit, share of a group's calls by the k-th unit of its order, chance that all are busy, steps."""

    load: Floats
    sent: Floats
    full: float
    steps: int


def approximate(order: Ints, calls: Floats, minutes: Floats, waits: bool, watch: Watch) -> Loads:
    """Return loads and sending shares; `order[group, N]`, `calls[group]` per minute, `minutes[N]` mean busy time.

    `sent[group, k]` sums over k to 1: the shares among calls that find a unit free.
    """
    groups, n = order.shape
    total = float(calls.sum())
    load = np.full(n, min(0.95, total * float(minutes.mean()) / n))
    steps, mean = 0, float(minutes.mean())
    while True:
        level, full = _busy_levels(n, total * mean, waits)
        factor = _corrections(level)
        ahead = np.concatenate([np.ones((groups, 1)), np.cumprod(load[order][:, :-1], axis=1)], axis=1) * factor
        reach = ahead * (1.0 - load[order])
        reach *= ((1.0 - full) / reach.sum(axis=1))[:, None]
        answered = np.bincount(order.ravel(), (reach * calls[:, None]).ravel(), minlength=n)
        if waits:
            answered += total * full * (1.0 / minutes) / (1.0 / minutes).sum()
        # each unit's load must carry its own share: solved as V / (1 + V) so that it stays below one
        want = answered * minutes
        v = want / np.maximum(1e-12, 1.0 - load)
        fresh = v / (1.0 + v)
        mean = float(want.sum() / answered.sum())
        change = float(np.abs(fresh - load).max())
        load = 0.5 * (load + fresh)
        steps += 1
        if change < 1e-10 or steps >= 5000 or watch(steps):
            break
    return Loads(load, reach / reach.sum(axis=1, keepdims=True), full, steps)


def _busy_levels(n: int, offered: float, waits: bool) -> tuple[Floats, float]:
    """Return the chances of 0..N busy units and the chance that a call finds all busy."""
    steps = np.concatenate([[0.0], np.log(offered / np.arange(1, n + 1))]).cumsum()
    level = np.exp(steps - steps.max())
    if waits:
        level[n] /= max(1e-12, 1.0 - offered / n)
    level /= level.sum()
    return level, float(level[n])


def _corrections(level: Floats) -> Floats:
    """Return for k = 0..N-1 how much likelier than independent it is that k random units are busy and the next free."""
    n = len(level) - 1
    busy = np.arange(n + 1)
    load = float((busy * level).sum()) / n
    found = np.empty(n)
    drawn = level.copy()
    for k in range(n):
        found[k] = float((drawn * (n - busy) / (n - k)).sum()) / (load**k * (1.0 - load))
        drawn = drawn * np.maximum(0, busy - k) / (n - k)
    return found
