"""The cheapest row of one person for given prices of cover: a compiled dynamic programme over days.

A state is how the row stands (free for so many days, or on a shift in the n-th day of work) and how much of each
limit is used up: minutes, weekends, counts of shifts. Counts of shifts are left out until a row breaks them, then
tracked for that person; without them the result is still a lower bound.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from wuxiao.plan.roster import calendar
from wuxiao.plan.roster.problem import Problem
from wuxiao.plan.shared.compiled import njit

#: What may be used up, in steps, above which a count is priced and not tracked.
TRACKED = 4_000
F = TypeVar("F", bound=Callable[..., Any])
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def compiled(function: F) -> F:
    """Return a function compiled by numba, kept on disk."""
    return njit(nogil=True)(function)  # type: ignore[no-any-return]


@compiled
def _forward(
    days: int, price: Floats, off_price: Floats, to: Ints, shift_of: Ints, fits: NDArray[np.bool_], step: Ints,
    ends: Ints, best: Floats, back: NDArray[np.uint8],
) -> None:  # fmt: skip
    """Fill `best[d + 1, state, used]`, the cost of the cheapest beginning, and where it came from.

    `to[state, move]` is the next state or -1 (move 0: off, 1 + s: shift s); state 0 is before the first day.
    `fits[s, w, used]` says whether a shift (w: opening a weekend) still fits, `step[s, w]` how far it moves
    `used`; `ends[d]` is 1
    on a day that opens a weekend, 2 on one whose day before belongs to it, else 0.
    """
    states, moves = to.shape
    best[:] = np.inf
    best[0, 0, 0] = 0.0
    size = best.shape[2]
    for d in range(days):
        for a in range(states):
            if d > 0 and a == 0:
                continue
            if d == 0 and a > 0:
                break
            for move in range(moves):
                b = to[a, move]
                if b < 0:
                    continue
                if move == 0:
                    cost = off_price[d]
                    if cost == np.inf:
                        continue
                    for u in range(size):
                        value = best[d, a, u] + cost
                        if value < best[d + 1, b, u]:
                            best[d + 1, b, u] = value
                            back[d + 1, b, u] = a
                    continue
                s = move - 1
                cost = price[d, s]
                if cost == np.inf:
                    continue
                w = 1 if ends[d] == 1 or (ends[d] == 2 and shift_of[a] < 0) else 0
                far = step[s, w]
                for u in range(size - far):
                    if fits[s, w, u]:
                        value = best[d, a, u] + cost
                        if value < best[d + 1, b, u + far]:
                            best[d + 1, b, u + far] = value
                            back[d + 1, b, u + far] = a


@compiled
def _trace(
    days: int, shift_of: Ints, step: Ints, ends: Ints, back: NDArray[np.uint8], state: int, used: int, row: Ints
) -> None:
    for d in range(days, 0, -1):
        s = shift_of[state]
        before = int(back[d, state, used])
        row[d - 1] = s
        if s >= 0:
            w = 1 if ends[d - 1] == 1 or (ends[d - 1] == 2 and shift_of[before] < 0) else 0
            used -= step[s, w]
        state = before


class Scratch(threading.local):
    """The working arrays of the programme, of one thread, shared by all people: each is done before the next begins."""

    def __init__(self) -> None:
        self._best: Floats = np.empty(0)
        self._back: NDArray[np.uint8] = np.empty(0, dtype=np.uint8)

    def of(self, shape: tuple[int, int, int]) -> tuple[Floats, NDArray[np.uint8]]:
        """Return both arrays in a shape; what they held is lost."""
        size = math.prod(shape)
        if len(self._best) < size:
            self._best, self._back = np.empty(size), np.zeros(size, dtype=np.uint8)
        return self._best[:size].reshape(shape), self._back[:size].reshape(shape)


class Rows:
    """Prices the rows of one person; `cost[d, s]` and `off_cost[d]` are what is paid, infinite where not allowed."""

    def __init__(self, problem: Problem, place: int, scratch: Scratch | None = None) -> None:
        self.scratch = scratch or Scratch()
        person = problem.people[place]
        contract = next(c for c in problem.contracts if c.id == person.contract)
        self.days, shifts = problem.days, problem.shifts
        self.allowed = [k for k, s in enumerate(shifts) if not calendar.bars(problem, person, s, contract)]
        self.allowed = [
            k
            for k in self.allowed
            if not any(b.most == 0 and k in calendar.named(problem, name) for name, b in contract.of_shift.items())
        ]
        count = len(self.allowed)
        may = np.ones((self.days, count), dtype=np.bool_)
        may_off = np.ones(self.days, dtype=np.bool_)
        may[list(person.away)] = False
        cost = np.zeros((self.days, count))
        off_cost = np.zeros(self.days)
        index = {shifts[k].id: i for i, k in enumerate(self.allowed)}
        for pin in problem.pins:
            if pin.person == person.id:
                keep = may[pin.day, index[pin.shift]] if pin.shift in index else False
                may[pin.day] = False
                may_off[pin.day] = not pin.shift and may_off[pin.day]
                if pin.shift in index:
                    may[pin.day, index[pin.shift]] = keep
        for i, k in enumerate(self.allowed):
            if contract.unskilled and not set(shifts[k].skills) <= set(person.skills):
                cost[:, i] += contract.unskilled
        for w in problem.wishes:
            if w.person != person.id:
                continue
            granted = np.array([shifts[k].id == w.shift or not w.shift for k in self.allowed], dtype=np.bool_)
            broken = granted != w.wants
            if w.weight is None:
                may[w.day, broken] = False
                may_off[w.day] &= not w.wants
            else:
                cost[w.day, broken] += w.weight
                off_cost[w.day] += w.weight if w.wants else 0
        self.cost = np.where(may, cost, np.inf)
        self.off_cost = np.where(may_off, off_cost, np.inf)
        self._states(problem, contract)
        unit = math.gcd(*[shifts[k].minutes for k in self.allowed]) if self.allowed else 1
        self.unit = unit
        most_minutes = min(contract.minutes.most or 10**9, self.days * max((s.minutes for s in shifts), default=1))
        self.limits: list[tuple[list[int], int, int]] = []  # what each shift uses, least, most
        lengths = [shifts[k].minutes // unit for k in self.allowed]
        self.limits.append((lengths, -(-contract.minutes.least // unit), most_minutes // unit))
        marks = np.zeros(self.days, dtype=np.int64)
        for days in calendar.weekends(problem, contract):
            marks[days[0]] = 1
            marks[days[1:]] = 2
        self.ends = marks
        self.weekend_most = contract.weekends.most if contract.weekends.most is not None else 10**6
        ends = len(calendar.weekends(problem, contract))
        if self.weekend_most >= ends:
            self.ends = np.zeros(self.days, dtype=np.int64)
            self.weekend_most = 0
        if contract.shifts.least or contract.shifts.most is not None:
            equal = len({shifts[k].minutes for k in self.allowed}) <= 1
            top = min(contract.shifts.most if contract.shifts.most is not None else self.days, self.days)
            if equal:
                # Shifts of one length: a number of shifts is a number of minutes.
                each = lengths[0] if lengths else 0
                uses, least, most = self.limits[0]
                self.limits[0] = (uses, max(least, contract.shifts.least * each), min(most, top * each))
            else:
                self.limits.append(([1] * count, contract.shifts.least, top))
        self.lazy: list[tuple[list[int], int, int]] = []
        for name, band in contract.of_shift.items():
            wanted = calendar.named(problem, name)
            uses = [int(k in wanted) for k in self.allowed]
            if band.most is not None and band.most > 0 and any(uses) and band.most < self.days:
                limit = (uses, 0, band.most)
                # Few are cheap to track from the start; many seldom bind.
                (self.limits if band.most <= 6 else self.lazy).append(limit)
        self._layout()

    def _states(self, problem: Problem, contract: Any) -> None:
        """Lay out how a row may stand; state 0 is before the first day."""
        shifts = [problem.shifts[k] for k in self.allowed]
        run_most = min(contract.run.most if contract.run.most is not None else self.days, self.days)
        run_least, off_least = max(1, contract.run.least), max(1, contract.off.least)
        off_most = contract.off.most
        # With an upper end of free days every length is a state; else lengths past the least are one.
        off_top = min(off_most, self.days) if off_most is not None else off_least
        run_top = run_most if contract.run.most is not None else run_least
        open_edge = problem.edges == "open"
        names: list[tuple[Any, ...]] = [("start",)]
        names += [("off", n, edge) for edge in (False, True) for n in range(1, off_top + 1)]
        names += [
            ("on", s, n, edge) for edge in (False, True) for s in range(len(shifts)) for n in range(1, run_top + 1)
        ]
        place = {name: i for i, name in enumerate(names)}
        to = np.full((len(names), len(shifts) + 1), -1, dtype=np.int64)
        shift_of = np.full(len(names), -1, dtype=np.int64)
        may_end = np.zeros(len(names), dtype=np.bool_)
        for name, i in place.items():
            if name[0] == "start":
                to[i, 0] = place["off", 1, True]
                for s in range(len(shifts)):
                    to[i, 1 + s] = place["on", s, 1, True]
                continue
            if name[0] == "off":
                _, n, edge = name
                if n < off_top or off_most is None:
                    to[i, 0] = place["off", min(n + 1, off_top), edge]
                done = n >= off_least or (edge and open_edge)
                may_end[i] = open_edge or done
                for s in range(len(shifts)):
                    if done:
                        to[i, 1 + s] = place["on", s, 1, False]
                continue
            _, was, n, edge = name
            shift_of[i] = was
            done = n >= run_least or (edge and open_edge)
            may_end[i] = open_edge or done
            if done:
                to[i, 0] = place["off", 1, False]
            for s in range(len(shifts)):
                if calendar.follows(shifts[was], shifts[s], 1, contract.rest):
                    continue
                if n < run_top or contract.run.most is None:
                    to[i, 1 + s] = place["on", s, min(n + 1, run_top), edge]
        self.to, self.shift_of, self.may_end = to, shift_of, may_end
        assert len(names) <= 255, "too many states"

    def _layout(self) -> None:
        """Lay out what may be used up, as one number of mixed radix."""
        tops = [most for _, _, most in self.limits]
        sizes = [top + 1 for top in tops]
        weekend_size = self.weekend_most + 1
        self.size = int(np.prod(sizes)) * weekend_size
        used = np.arange(self.size)
        parts, rest = [], used
        for size in (weekend_size, *sizes):
            parts.append(rest % size)
            rest = rest // size
        count = len(self.allowed)
        self.step = np.zeros((count, 2), dtype=np.int64)
        self.fits = np.ones((count, 2, self.size), dtype=np.bool_)
        radix = np.cumprod([1, weekend_size, *sizes])
        for s in range(count):
            for w in range(2):
                weekend = w if self.ends.any() else 0
                self.step[s, w] = weekend
                self.fits[s, w] &= parts[0] + weekend <= self.weekend_most
                for i, (uses, _, most) in enumerate(self.limits):
                    self.step[s, w] += uses[s] * int(radix[i + 1])
                    self.fits[s, w] &= parts[i + 1] + uses[s] <= most
        enough = np.ones(self.size, dtype=np.bool_)
        for i, (_, least, _) in enumerate(self.limits):
            enough &= parts[i + 1] >= least
        self.enough = enough
        self.shape = (self.days + 1, len(self.to), self.size)
        self.dear = np.zeros(len(self.lazy))

    def price(self, prices: Floats, count: int = 1) -> tuple[float, list[Ints]]:
        """Return the least cost of any row for prices `[day, shift]` paid to work, and up to `count` cheap rows.

        Rows are shift numbers of the problem, -1 for off. The cost is a lower bound; infinite where there is no row.
        """
        while True:
            cost = self.cost - prices[:, self.allowed]
            if self.dear.any():
                return self._dearer(cost, count)
            lowest, found, broken = self._cheapest(cost, count)
            if not broken:
                return lowest, found
            # The cheapest row breaks a count that was not tracked. A few states more: track it from now on. Many: make
            # what is counted dearer instead, from now on, until a row keeps the counts.
            if self.size * (self.lazy[broken[0]][2] + 1) > TRACKED:
                return self._dearer(cost, count)
            self.limits.append(self.lazy.pop(broken[0]))
            self._layout()

    def _cheapest(self, cost: Floats, count: int) -> tuple[float, list[Ints], list[int]]:
        """Return the least cost, up to `count` rows that keep all counts, and the counts the cheapest row breaks."""
        best, back = self.scratch.of(self.shape)
        _forward(
            self.days, cost, self.off_cost, self.to, self.shift_of, self.fits, self.step, self.ends, best, back
        )  # fmt: skip
        last = np.where(self.may_end[:, None] & self.enough[None, :], best[self.days], np.inf)
        flat = last.ravel()
        lowest = float(flat.min())
        if not math.isfinite(lowest):
            return math.inf, [], []
        few = min(len(flat), max(1, 3 * count))
        order = np.argpartition(flat, few - 1)[:few]
        order = order[np.argsort(flat[order], kind="stable")]
        found: list[Ints] = []
        broken: list[int] = []
        for place in order:
            if not math.isfinite(flat[place]) or len(found) >= count:
                break
            row = np.empty(self.days, dtype=np.int64)
            state, used = divmod(int(place), self.size)
            _trace(self.days, self.shift_of, self.step, self.ends, back, state, used, row)
            over = [i for i, (uses, _, most) in enumerate(self.lazy) if sum(uses[s] for s in row if s >= 0) > most]
            if over:
                if not found and not broken:
                    broken = over
                continue
            found.append(np.array([self.allowed[s] if s >= 0 else -1 for s in row], dtype=np.int64))
        return lowest, found, broken

    def _dearer(self, cost: Floats, count: int) -> tuple[float, list[Ints]]:
        """Return a lower bound and rows that keep the counts, by Lagrangian prices on what is counted but not tracked.

        The prices are kept for the next time: what was dear enough for one set of prices nearly is for the next.
        """
        least = -math.inf
        first = 0.05 * float(np.abs(cost[np.isfinite(cost)]).max(initial=0.0)) + 1e-3
        while True:
            more = np.zeros(len(self.allowed))
            for dear, (uses, _, _) in zip(self.dear, self.lazy, strict=True):
                more += dear * np.array(uses, dtype=np.float64)
            value, rows, broken = self._cheapest(cost + more, count)
            if not math.isfinite(value):
                return value, []
            value -= float(sum(dear * most for dear, (_, _, most) in zip(self.dear, self.lazy, strict=True)))
            least = max(least, value)
            if not broken or (rows and self.dear[broken].min() > 20.0 * first):
                break
            self.dear[broken] = np.maximum(first, 1.6 * self.dear[broken])
        self.dear *= 0.8
        self.dear[self.dear < 0.01 * first] = 0.0
        return least, rows

    def own_cost(self, row: Ints) -> float:
        """Return what a row costs by itself, without cover."""
        place = {k: i for i, k in enumerate(self.allowed)}
        return float(sum(self.off_cost[d] if s < 0 else self.cost[d, place[int(s)]] for d, s in enumerate(row)))
