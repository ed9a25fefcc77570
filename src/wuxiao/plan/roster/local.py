"""Annealing over whole rosters of any kind: a first roster within a second, and a good one where parts are many.

Hard rules may be broken on the way, at a weight that rises while one is broken and falls while none is. Only rosters
without a breach are kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from wuxiao.plan.form import Watch
from wuxiao.plan.roster import kernel
from wuxiao.plan.roster.flat import RULES, Flat, Floats, Ints, flatten
from wuxiao.plan.roster.problem import Problem

Names = tuple[tuple[str, ...], ...]
#: Moves before the speed is known, and seconds between two looks at the watch after that.
FIRST = 4_000
LOOK = 0.1


class Local:
    """One problem under annealing: `best` rows (names) and `cost`, infinite until a roster keeps all hard rules."""

    def __init__(self, problem: Problem, watch: Watch, seed: int) -> None:
        self.problem, self.watch = problem, watch
        self.flat = flatten(problem)
        self._names = ("", *(s.id for s in problem.shifts))
        self._place = {name: v for v, name in enumerate(self._names)}
        self._rows: Ints = _opening(self.flat)
        self._best: Ints = self._rows.copy()
        self._random = np.random.default_rng(seed)
        self._speed = 0.0
        self.cost = math.inf
        self.steps = 0
        weights = _weights(self.flat)
        most, least = max(weights, default=1.0), min(weights, default=1.0)
        # So cold that one more unit is taken once in 20,000 moves: at twice that, long01 ended at 223, not 202.
        self.hot, self.cold = 0.4 * most, max(0.1 * least, min(0.02 * most, least))
        # A hard breach weighs little more than the dearest soft one, or the search cannot pass between rosters.
        self._least = 2.0 * most
        self._state: Floats = np.array([math.inf, self._least, 0.0, 0.0, math.inf, math.inf, self._least, self._least])

    @property
    def best(self) -> Names:
        """Return the best roster found, by names of shifts."""
        return self.names(self._best)

    def names(self, rows: Ints) -> Names:
        """Return rows of numbers as names of shifts."""
        return tuple(tuple(self._names[v] for v in row) for row in rows.tolist())

    def take(self, rows: Sequence[Sequence[str]]) -> bool:
        """Go on from a roster; return whether it keeps all hard rules and is better than the best."""
        self._rows = np.array([[self._place[name] for name in row] for row in rows], np.int64)
        cost, breaches, _ = price(self.flat, self._rows)
        better = breaches <= 1e-9 and cost < self.cost - 1e-9
        if better:
            self.cost = self._state[0] = cost
            self._best = self._rows.copy()
        return better

    def again(self) -> None:
        """Go on from the best roster."""
        self._rows = self._best.copy()

    def moves(self, count: int, hot: float, cold: float) -> None:
        """Make so many moves while it cools; the same each time for one seed."""
        seed = int(self._random.integers(1 << 31))
        kernel.anneal(self.flat, self._rows, self._best, self._state, count, hot, cold, seed)
        self.steps += count
        self.cost = float(self._state[0])

    def by_rule(self) -> dict[str, int]:
        """Return what each rule costs in the best roster."""
        return price(self.flat, self._best)[2]

    def by_person(self) -> Floats:
        """Return what each person's own row costs in the best roster."""
        own = np.zeros((len(self._best), 2))
        price(self.flat, self._best, own)
        return own[:, 0]

    def _bind(self, share: float) -> None:
        """Let breaches weigh more towards the end, so that what is left of them goes."""
        self._state[7] = self._least * (1.0 if share < 0.6 and math.isfinite(self.cost) else 20.0)
        self._state[1] = min(self._state[1], self._state[7])

    def cool(self, seconds: float, hot: float, cold: float, bound: float | None = None) -> bool:
        """Cool down over so many seconds; return whether a better roster was found. Ends where the watch says so."""
        if seconds <= 0.0:
            return False
        before = self.cost
        began = self.watch.seconds
        while True:
            share = (self.watch.seconds - began) / seconds
            known = self.cost if math.isfinite(self.cost) else None
            if share >= 1.0 or self.watch(self.steps, known, bound):
                break
            if known is not None and bound is not None and known <= bound + 1e-9:
                break
            count = int(self._speed * LOOK) if self._speed else FIRST
            at = self.watch.seconds
            warm = hot * (cold / hot) ** share
            self._bind(share)
            self.moves(max(FIRST, count), warm, warm)
            took = self.watch.seconds - at
            if took > 0.001:
                self._speed = max(FIRST, count) / took
        return self.cost < before - 1e-9


def price(flat: Flat, rows: Ints, own: Floats | None = None) -> tuple[float, float, dict[str, int]]:
    """Return what a roster costs, its hard breaches, and the costs by rule; `own` takes both of each person's row."""
    by = np.zeros(len(RULES))
    there = np.zeros(len(flat.cover_need), np.int64)
    borne = np.zeros((len(flat.fair_what), len(rows)), np.int64)
    soft, hard, _, _ = kernel.whole(flat, rows, by, there, borne, np.zeros((len(rows), 2)) if own is None else own)
    return soft, hard, {rule: round(cost) for rule, cost in sorted(zip(RULES, by, strict=True)) if round(cost)}


def _opening(flat: Flat) -> Ints:
    """Return a roster to begin from: everybody off, but what a cell is bound to."""
    first: Ints = np.argmin(flat.hard, axis=2).astype(np.int64)
    return first


def _weights(flat: Flat) -> list[float]:
    """Return what single units of soft rules cost."""
    found = np.concatenate(
        [
            flat.soft[flat.soft > 0], flat.cover_under, flat.cover_over, flat.count_band[:, :, 2:4].ravel(),
            flat.run_band[:, :, 2:].ravel(), flat.ends_band[:, :, 2:].ravel(), flat.ends_cost.ravel(),
            flat.step_cost.ravel(), flat.fair_weight,
        ]
    )  # fmt: skip
    return [float(x) for x in found[found > 0]]
