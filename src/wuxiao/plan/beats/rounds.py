"""Rounds of one field: slots drawn by lot, tours, detours by lot; improved without becoming regular."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from wuxiao.plan.beats import tours
from wuxiao.plan.beats.problem import ASKED, PASSED, RANDOM, Problem, Round
from wuxiao.plan.form import BadProblem, Said


class Streets:
    """The street graph of the whole problem: crossings as rows, the quickest street between two of them."""

    def __init__(self, problem: Problem) -> None:
        crossings, ends = np.unique(problem.ends, return_inverse=True)
        self.crossings = crossings
        self.ends = ends.reshape(-1, 2)
        self.minutes = problem.minutes_of
        self.between: dict[tuple[int, int], int] = {}
        for street in np.argsort(-self.minutes, kind="stable").tolist():
            a, b = self.ends[street].tolist()
            self.between[a, b] = self.between[b, a] = street
        keys = [(a, b) for a, b in self.between if a < b]
        quick = np.array([self.minutes[self.between[key]] for key in keys])
        a, b = np.array(keys).reshape(-1, 2).T
        size = len(crossings)
        self.graph = coo_array((quick, (a, b)), shape=(size, size)).tocsr()


@dataclass(slots=True)
class Visit:
    """One visit that is owed: a street, the first slot and the number of slots it may lie in, and the slot drawn."""

    street: int
    first: int
    slots: int
    slot: int


class Beat:
    """All rounds of one field while they are being drawn; slots are numbered day x shifts + shift."""

    def __init__(self, problem: Problem, net: Streets, number: int, mine: Any, draw: Any) -> None:
        self.problem, self.net, self.number, self.draw = problem, net, number, draw
        self.mine = mine
        self.slots = problem.days * problem.shifts
        self.nodes = np.unique(net.ends[mine])
        self.row = {int(node): i for i, node in enumerate(self.nodes)}
        apart, self.came = dijkstra(net.graph, directed=False, indices=self.nodes, return_predecessors=True)
        self.apart = np.ascontiguousarray(apart[:, self.nodes])
        self.base = int(self.apart.mean(axis=1).argmin())
        self.limit = problem.minutes * (1.0 - problem.random_high)
        self.visits: list[Visit] = []
        self.by: dict[int, list[Visit]] = {}
        self.at: list[list[Visit]] = [[] for _ in range(self.slots)]
        self.owed = 0.0
        self._draw_slots()
        self.cost = np.zeros(self.slots)
        for slot in range(self.slots):
            self.cost[slot] = self.tour(self.at[slot])[0]
        self._fit()

    def _draw_slots(self) -> None:
        p, draw = self.problem, self.draw
        per_unit: dict[int, float] = {}
        for street in self.mine.tolist():
            length, owed = p.window(int(p.level[street]))
            for first in range(0, p.days if length else 0, max(1, length)):
                days = min(length, p.days - first)
                if days < length and draw.random() >= days / length:
                    continue
                span = days * p.shifts
                for slot in draw.choice(span, size=owed, replace=False).tolist():
                    self._add(Visit(street, first * p.shifts, span, first * p.shifts + slot))
                if days == length:
                    self.owed += owed * float(self.net.minutes[street])
                    unit = int(p.street_unit[street])
                    per_unit[unit] = per_unit.get(unit, 0.0) + owed
        for unit in sorted({int(u) for u in p.street_unit[self.mine]}):
            short = math.ceil(p.floor * p.days - per_unit.get(unit, 0.0) - 1e-9)
            streets = self.mine[p.street_unit[self.mine] == unit]
            for _ in range(max(0, short)):
                street = int(draw.choice(streets))
                held = {v.slot for v in self.by.get(street, [])}
                free = [slot for slot in range(self.slots) if slot not in held]
                if not free:
                    said = Said("服务下限高于班次所能", "the floor of service is more than the shifts can give")
                    raise BadProblem("floor", said)
                self._add(Visit(street, 0, self.slots, int(draw.choice(free))))

    def _add(self, visit: Visit) -> None:
        self.visits.append(visit)
        self.at[visit.slot].append(visit)
        self.by.setdefault(visit.street, []).append(visit)

    def tour(self, visits: list[Visit]) -> tuple[float, Any, Any]:
        """Return the minutes of a round through visits, the order and the directions."""
        streets = np.array([v.street for v in visits], dtype=np.int64)
        order, turned = np.zeros(len(streets), dtype=np.int64), np.zeros(len(streets), dtype=np.bool_)
        if not len(streets):
            return 0.0, order, turned
        ends = np.searchsorted(self.nodes, self.net.ends[streets])
        one, other = np.ascontiguousarray(ends[:, 0]), np.ascontiguousarray(ends[:, 1])
        between = tours.tour(streets, one, other, self.apart, self.base, -1, order, turned)
        return float(between) + float(self.net.minutes[streets].sum()), order, turned

    def _fit(self) -> None:
        """Move visits out of rounds that are too long into others of their windows; refuses where they cannot fit."""
        for _ in range(40 * self.slots):
            slot = int(self.cost.argmax())
            if self.cost[slot] <= self.limit:
                return
            best: tuple[float, Visit, int] | None = None
            for visit in self.at[slot]:
                for to in self._others(visit):
                    if best is None or self.cost[to] < best[0]:
                        best = (float(self.cost[to]), visit, to)
            if best is None or not self.move(best[1], best[2], self.limit, worse=True):
                break
        slot = int(self.cost.argmax())
        if self.cost[slot] > self.limit:
            have, most = float(self.cost[slot]), self.limit
            said = Said(
                f"责任区{self.number}有一轮需{have:.0f}分钟，一班除随机巡逻外只有{most:.0f}分钟；请增加班次、责任区或降低频次",
                f"a round of field {self.number} needs {have:.0f} minutes, a shift without its share by lot has "
                f"{most:.0f}: add shifts or fields, or ask for fewer visits",
            )
            raise BadProblem("minutes", said)

    def _others(self, visit: Visit) -> list[int]:
        held = {v.slot for v in self.by[visit.street]}
        return [s for s in range(visit.first, visit.first + visit.slots) if s not in held]

    def move(self, visit: Visit, to: int, limit: float, *, worse: bool = False) -> bool:
        """Move a visit to another slot if that walks fewer minutes (or `worse`), and no round becomes too long."""
        old = visit.slot
        left = [v for v in self.at[old] if v is not visit]
        more = [*self.at[to], visit]
        here, there = self.tour(left)[0], self.tour(more)[0]
        if there > limit and not (worse and there < self.cost[old]):
            return False
        if not worse and here + there >= self.cost[old] + self.cost[to] - 1e-9:
            return False
        self.at[old], self.at[to] = left, more
        self.cost[old], self.cost[to] = here, there
        visit.slot = to
        return True

    def improve(self) -> bool:
        """Propose one move of a drawn visit; refuses moves that would make a street regular in its shift."""
        if not self.visits:
            return False
        visit = self.visits[int(self.draw.integers(len(self.visits)))]
        others = self._others(visit)
        if not others:
            return False
        to = others[int(self.draw.integers(len(others)))]
        shifts = self.problem.shifts
        mine = self.by[visit.street]
        same = sum(1 for v in mine if v is not visit and v.slot % shifts == to % shifts)
        if to % shifts != visit.slot % shifts and same + 1 > max(1.0, 1.25 * len(mine) / shifts):
            return False
        return self.move(visit, to, self.limit)

    def write(self) -> list[tuple[int, list[int], list[int]]]:
        """Return (slot, steps, kinds) of every round that has a visit, in a drawn direction."""
        out = []
        for slot in range(self.slots):
            visits = self.at[slot]
            if not visits:
                continue
            _, order, turned = self.tour(visits)
            steps: list[int] = []
            kinds: list[int] = []
            at = self.base
            for i, j in enumerate(order.tolist()):
                street = visits[j].street
                a, b = (self.row[int(x)] for x in self.net.ends[street])
                start, end = (b, a) if turned[i] else (a, b)
                way = self.way(at, start)
                steps += [*way, street]
                kinds += [PASSED] * len(way) + [ASKED]
                at = end
            way = self.way(at, self.base)
            steps, kinds = steps + way, kinds + [PASSED] * len(way)
            if self.draw.random() < 0.5:
                steps, kinds = steps[::-1], kinds[::-1]
            out.append((slot, steps, kinds))
        return out

    def way(self, start: int, end: int) -> list[int]:
        """Return the streets of the quickest way between two of the field's crossings."""
        steps = []
        node = int(self.nodes[end])
        goal = int(self.nodes[start])
        while node != goal:
            before = int(self.came[start, node])
            steps.append(self.net.between[before, node])
            node = before
        return steps[::-1]

    def detour(self, steps: list[int], kinds: list[int], most: float) -> float:
        """Put one walk by lot into a round: out along drawn streets, back the same way; returns minutes."""
        at = [int(self.nodes[self.base])]
        for street in steps:
            a, b = self.net.ends[street].tolist()
            at.append(b if at[-1] == a else a)
        place = int(self.draw.integers(len(at)))
        node, out, spent = at[place], list[int](), 0.0
        for _ in range(int(self.draw.integers(1, 5))):
            near = [s for s in self.mine.tolist() if node in self.net.ends[s] and s not in out]
            if not near:
                break
            street = near[int(self.draw.integers(len(near)))]
            if 2.0 * (spent + float(self.net.minutes[street])) > most:
                break
            out.append(street)
            spent += float(self.net.minutes[street])
            a, b = self.net.ends[street].tolist()
            node = b if node == a else a
        loop = [*out, *out[::-1]]
        steps[place:place] = loop
        kinds[place:place] = [RANDOM] * len(loop)
        return 2.0 * spent


def as_round(beat: Beat, slot: int, steps: list[int], kinds: list[int]) -> Round:
    """Return a written round with a drawn moment of leaving."""
    minutes = float(beat.net.minutes[steps].sum())
    slack = max(0.0, beat.problem.minutes - minutes - 1e-9)
    return Round(
        day=slot // beat.problem.shifts, shift=slot % beat.problem.shifts, field=beat.number,
        start=float(beat.draw.random()) * slack, minutes=minutes, steps=np.array(steps), kind=np.array(kinds),
    )  # fmt: skip
