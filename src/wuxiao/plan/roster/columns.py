"""Rosters by column generation: every person picks one whole row, a linear programme prices what cover is short of.

For problems made only of people's own rules, wishes and cover that may be missed at a cost. The programme over rows is
far tighter than one over days (Dantzig-Wolfe), so its value is a strong bound, and diving in it finds good rosters;
then parts of the roster are freed and solved again the same way, until the bound is met or time is over.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wuxiao.plan.form import BadProblem, Head, NotYet, Said, Watch
from wuxiao.plan.roster import calendar
from wuxiao.plan.roster.local import Local
from wuxiao.plan.roster.problem import Band, Plan, Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Roster = dict[int, Ints]
EPS = 1e-6
#: People above whom settling one after another, each tried beforehand, takes longer than mending a rough roster.
MANY = 36
#: Share of the time in which the bound is sought at first; threads that price rows.
ROOT = 0.25
#: Share of the time that is annealed before, and cells (people x days) up to which it is not: those are soon proved.
ANNEAL = 0.15
EASY = 600
#: Seconds that a first roster may take beyond the limit.
LATE = 5.0
WORKERS = max(1, min(4, os.cpu_count() or 1))


def suits(problem: Problem) -> bool:
    """Return whether a problem is made of nothing that columns cannot hold."""
    if problem.fair or problem.keep is not None or not problem.people:
        return False
    if any(q.before for q in problem.people) or any(c.under is None or c.over is None for c in problem.cover):
        return False
    used = {q.contract for q in problem.people}
    for c in problem.contracts:
        if c.id not in used:
            continue
        if c.nights != Band() or c.night_run != Band() or c.weekend_run != Band() or c.runs_of or c.unwanted:
            return False
        if c.split_weekend or c.mixed_weekend or c.night_before_free or c.weekends.least:
            return False
        soft = (*c.of_shift.values(), c.shifts, c.minutes, c.weekends, c.run, c.off)
        if any((b.least and b.under is not None) or (b.most is not None and b.over is not None) for b in soft):
            return False
        if any(b.least for b in c.of_shift.values()) or any(len(w) > 2 for w in calendar.weekends(problem, c)):
            return False
        far = calendar.reach(problem, c.rest)
        pairs = [(one, other) for one in problem.shifts for other in problem.shifts]
        if any(calendar.follows(a, b, gap, c.rest) for gap in range(2, far + 1) for a, b in pairs):
            return False
        lengths = len(problem.shifts) * (c.run.most or problem.days)
        if 2 * (lengths + max(c.off.least, c.off.most or 0)) + 3 > 255:
            return False
    return True


class Master:
    """The linear programme over rows of some people, the others' rows being settled.

    Rows of the programme: each cover (short and over at their costs), then each person once.
    """

    def __init__(self, town: Columns, people: Sequence[int], need: Floats) -> None:
        self.town, self.people, self.need = town, list(people), need
        self.columns: list[tuple[int, Ints, float, Any]] = []
        self.have: set[tuple[int, bytes]] = set()
        self.settled: dict[int, bytes] = {}
        self.value = math.inf
        self._build()

    def _build(self) -> None:
        from ortools.linear_solver import pywraplp

        self.lp = pywraplp.Solver.CreateSolver("GLOP")
        infinity = self.lp.infinity()
        self.objective = self.lp.Objective()
        self.objective.SetMinimization()
        self.rows = []
        for i, c in enumerate(self.town.problem.cover):
            row = self.lp.Constraint(float(self.need[i]), float(self.need[i]))
            for sign, weight in ((1.0, c.under), (-1.0, c.over)):
                slack = self.lp.NumVar(0.0, infinity, "")
                row.SetCoefficient(slack, sign)
                self.objective.SetCoefficient(slack, float(weight or 0))
            self.rows.append(row)
        self.one = {p: self.lp.Constraint(1.0, 1.0) for p in self.people}
        for p in self.people:
            missing = self.lp.NumVar(0.0, infinity, "")
            self.one[p].SetCoefficient(missing, 1.0)
            self.objective.SetCoefficient(missing, 1e5)
        old, self.columns = self.columns, []
        for p, row_of, cost, _ in old:
            self._put(p, row_of, cost)

    def _put(self, p: int, row: Ints, cost: float) -> None:
        wanted = self.settled.get(p)
        top = self.lp.infinity() if wanted is None or wanted == row.tobytes() else 0.0
        variable = self.lp.NumVar(0.0, top, "")
        self.objective.SetCoefficient(variable, cost)
        self.one[p].SetCoefficient(variable, 1.0)
        for i in self.town.covers(p, row):
            self.rows[i].SetCoefficient(variable, 1.0)
        self.columns.append((p, row, cost, variable))

    def add(self, p: int, row: Ints) -> bool:
        key = (p, row.tobytes())
        if key in self.have:
            return False
        self.have.add(key)
        self._put(p, row, self.town.own_cost(p, row))
        return True

    def solve(self) -> tuple[Floats, dict[int, float]]:
        status = self.lp.Solve()
        if status not in (0, 1):
            # A basis that went bad numerically: forget it and begin from scratch.
            self._build()
            status = self.lp.Solve()
        if status not in (0, 1):
            raise ArithmeticError(f"linear programme ended with status {status}")
        self.value = float(self.objective.Value())
        duals = np.array([row.dual_value() for row in self.rows])
        return duals, {p: c.dual_value() for p, c in self.one.items()}

    def shares(self) -> list[tuple[float, int, Ints]]:
        """Return the rows in use with how much of a person each is."""
        return [(v.solution_value(), p, row) for p, row, _, v in self.columns if v.solution_value() > EPS]

    def settle(self, p: int, row: Ints | None) -> None:
        """Give a person a row, or (None) the choice of all rows again."""
        if row is None:
            self.settled.pop(p, None)
        else:
            self.settled[p] = row.tobytes()
        for q, other, _, variable in self.columns:
            if q == p:
                same = row is None or other.tobytes() == self.settled[p]
                variable.SetBounds(0.0, self.lp.infinity() if same else 0.0)


class Columns:
    """Everything about one problem that stays the same while it is searched."""

    def __init__(self, problem: Problem, watch: Watch, seed: int, late: float = math.inf) -> None:
        from wuxiao.plan.roster.pricing import Rows, Scratch

        self.problem, self.watch = problem, watch
        self.random = np.random.default_rng(seed)
        scratch = Scratch()
        self.rows: list[Rows] = []
        for p in range(len(problem.people)):
            if watch.seconds > late:
                raise _none()
            self.rows.append(Rows(problem, p, scratch))
        self.shape = (problem.days, len(problem.shifts))
        place = {s.id: k for k, s in enumerate(problem.shifts)}
        self.need = np.array([float(c.need) for c in problem.cover])
        self.under = np.array([float(c.under or 0) for c in problem.cover])
        self.over = np.array([float(c.over or 0) for c in problem.cover])
        cells: dict[tuple[int, int], list[int]] = {}
        self.cell = [(c.day, place[c.shift]) for c in problem.cover]
        for i, cell in enumerate(self.cell):
            cells.setdefault(cell, []).append(i)
        self.of = []
        for q in problem.people:
            mine = [not c.skill or c.skill in q.skills for c in problem.cover]
            self.of.append({cell: [i for i in found if mine[i]] for cell, found in cells.items()})
        self.pool: dict[int, dict[bytes, Ints]] = {p: {} for p in range(len(problem.people))}
        self.best: Roster = {}
        self.cost = math.inf
        self.bound = -math.inf
        self.steps = 0

    # ------------------------------------------------------------------------------------------------------- basics

    def covers(self, p: int, row: Ints) -> list[int]:
        of = self.of[p]
        return [i for d, s in enumerate(row) if s >= 0 for i in of.get((d, int(s)), ())]

    def own_cost(self, p: int, row: Ints) -> float:
        return self.rows[p].own_cost(row)

    def count(self, rows: Iterable[tuple[int, Ints]]) -> Floats:
        there = np.zeros(len(self.need))
        for p, row in rows:
            there[self.covers(p, row)] += 1
        return there

    def worth(self, roster: Roster) -> float:
        left = self.need - self.count(roster.items())
        own = sum(self.own_cost(p, row) for p, row in roster.items())
        return float(own + (self.under * np.maximum(left, 0)).sum() + (self.over * np.maximum(-left, 0)).sum())

    def prices(self, p: int, duals: Floats) -> Floats:
        found = np.zeros(self.shape)
        for (d, s), places in self.of[p].items():
            found[d, s] = duals[places].sum()
        return found

    def keep(self, roster: Roster) -> bool:
        worth = self.worth(roster)
        for p, row in roster.items():
            self.pool[p][row.tobytes()] = row
        better = worth < self.cost - EPS
        if worth <= self.cost + EPS:
            # One that costs the same is taken too: rosters of one cost lie side by side, and some lead on.
            self.cost, self.best = min(worth, self.cost), dict(roster)
        return better

    def over_now(self) -> bool:
        self.steps += 1
        known = math.isfinite(self.cost)
        bound = self.bound if math.isfinite(self.bound) else None
        if self.watch(self.steps, self.cost if known else None, bound):
            return True
        return known and self.cost <= self.bound + EPS

    def names(self, roster: Roster) -> tuple[tuple[str, ...], ...]:
        """Return a roster by names of shifts."""
        ids = [s.id for s in self.problem.shifts]
        return tuple(tuple(ids[s] if s >= 0 else "" for s in roster[p]) for p in range(len(self.rows)))

    def of_names(self, rows: Sequence[Sequence[str]]) -> Roster:
        """Return a roster from names of shifts."""
        place = {s.id: k for k, s in enumerate(self.problem.shifts)}
        return {p: np.array([place.get(n, -1) for n in row], dtype=np.int64) for p, row in enumerate(rows)}

    # --------------------------------------------------------------------------------------------- column generation

    def generate(
        self,
        master: Master,
        people: Sequence[int],
        rounds: int,
        *,
        each: int = 3,
        until: float = math.inf,
        by: float = math.inf,
    ) -> float:
        """Add rows until none pays any more or rounds are over; return the best lower bound that was met on the way.

        Prices are drawn towards the best ones so far (Wentges), which saves rounds; ends early when the bound shows
        that a value of `until` cannot be had, and where the watch says `by` seconds.
        """
        bound, centre = -math.inf, None
        for _ in range(rounds):
            duals, ones = master.solve()
            pull = 0.6 if centre is not None else 0.0
            while True:
                used = duals if centre is None else pull * centre + (1 - pull) * duals
                added, lagrange = 0, float(used @ master.need)
                priced = self.priced(people, used, each)
                for p, (least, rows) in zip(people, priced, strict=True):
                    lagrange += least
                    real = self.prices(p, duals)
                    for row in rows:
                        reduced = self.own_cost(p, row) - sum(real[d, s] for d, s in enumerate(row) if s >= 0) - ones[p]
                        if reduced < -1e-7 and master.add(p, row):
                            self.pool[p][row.tobytes()] = row
                            added += 1
                if lagrange > bound:
                    bound, centre = lagrange, used
                if added or pull == 0.0:
                    break
                pull = 0.0
            if not added or bound >= master.value - 1e-4 or math.ceil(bound - 1e-4) > until:
                break
            if self.watch.left <= 0 or self.watch.seconds > by:
                break
        return bound

    def priced(self, people: Sequence[int], duals: Floats, each: int) -> list[tuple[float, list[Ints]]]:
        """Return the least cost and some cheap rows of each of these people; the kernels run beside one another."""
        prices = [self.prices(p, duals) for p in people]
        if len(people) < 4:
            return [self.rows[p].price(prices[i], each) for i, p in enumerate(people)]
        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(lambda i: self.rows[people[i]].price(prices[i], each), range(len(people))))

    def dive(self, master: Master, people: Sequence[int], settled: Roster, *, tries: int = 8) -> None:
        """Settle people one by one, pricing anew between: of rows in use the one that raises the value least."""
        free, found = list(people), dict(settled)
        while free:
            master.solve()
            base = master.value
            shares = [t for t in master.shares() if t[1] in free]
            sure = {p: row for v, p, row in shares if v > 0.999}
            if len(sure) == len(free):
                found.update(sure)
                break
            loose = sorted((t for t in shares if t[0] <= 0.999), key=lambda t: -t[0])[:tries]
            if not loose:
                return
            best: tuple[float, int, Ints] | None = None
            for share, p, row in loose:
                master.settle(p, row)
                master.solve()
                dear = master.value - base - share * self.random.random()
                if best is None or dear < best[0]:
                    best = (dear, p, row)
                master.settle(p, None)
            assert best is not None
            _, p, row = best
            master.settle(p, row)
            free.remove(p)
            found[p] = row
            self.generate(master, free, 6 if len(free) > 12 else 40, each=3)
            if self.watch.left <= 0:
                return
        self.keep(found)

    def plunge(self, master: Master, people: Sequence[int], *, sure: float = 0.85) -> None:
        """Settle people in handfuls by what the programme already gives them most of; rough, and soon at its end.

        Whoever has a row almost whole gets it, else the few with the largest shares; prices are taken anew between.
        """
        free, found = list(people), {}
        handful = max(1, len(free) // 12)
        while free:
            master.solve()
            most: dict[int, tuple[float, Ints]] = {}
            for share, p, row in master.shares():
                if p in free and (p not in most or share > most[p][0]):
                    most[p] = (share, row)
            if not most:
                return
            order = sorted(most, key=lambda p: -most[p][0] * (0.9 + 0.1 * self.random.random()))
            chosen = [p for p in order if most[p][0] >= sure] or order[:handful]
            for p in chosen:
                found[p] = most[p][1]
                master.settle(p, found[p])
                free.remove(p)
            if self.watch.left <= 0:
                return
            self.generate(master, free, 4, each=3, by=self.watch.seconds + 0.01 * self.watch.limit)
        self.keep(found)
        for p in people:
            master.settle(p, None)

    def choose(self, master: Master, settled: Roster, seconds: float) -> None:
        """Pick whole rows among those at hand by CP-SAT."""
        from ortools.sat.python import cp_model

        cp = cp_model.CpModel()
        by_person: dict[int, list[tuple[Any, Ints, float]]] = {p: [] for p in master.people}
        parts: list[list[Any]] = [[] for _ in self.need]
        cost: list[Any] = []
        for p, row, own, variable in master.columns:
            if variable.reduced_cost() > max(0.0, self.cost - master.value) + EPS:
                continue
            lit = cp.new_bool_var("")
            by_person[p].append((lit, row, own))
            cost.append(round(own) * lit)
            for i in self.covers(p, row):
                parts[i].append(lit)
            if p in self.best:
                cp.add_hint(lit, bool(np.array_equal(self.best[p], row)))
        for p in master.people:
            if not by_person[p]:
                return
            cp.add_exactly_one([lit for lit, _, _ in by_person[p]])
        for i, lits in enumerate(parts):
            need = round(master.need[i])
            short, over = cp.new_int_var(0, max(0, need), ""), cp.new_int_var(0, len(self.rows) + max(0, -need), "")
            cp.add(cp_model.LinearExpr.sum(lits) + short - over == need)
            cost += [round(self.under[i]) * short, round(self.over[i]) * over]
        cp.minimize(cp_model.LinearExpr.sum(cost))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 8
        solver.parameters.random_seed = int(self.random.integers(1 << 30))
        solver.parameters.max_time_in_seconds = max(0.1, min(seconds, self.watch.left))
        if solver.solve(cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return
        found = dict(settled)
        for p, choices in by_person.items():
            found[p] = next(row for lit, row, _ in choices if solver.boolean_value(lit))
        self.keep(found)


def solve(problem: Problem, *, watch: Watch, seed: int, warm: Plan | None) -> Plan:
    """Return a roster by annealing, column generation, diving, and solving parts again."""
    from wuxiao.plan.roster.finish import VERSION, finish

    local = Local(problem, watch, seed)
    if warm is not None and not local.take(warm.rows):
        raise BadProblem("warm", Said("这张班表违反硬规则", "this roster breaks a hard rule"))
    local.cool(min(0.5, 0.3 * watch.limit), local.hot, local.cold)
    bound = None
    if watch.left > 0 and not watch.reason:
        bound = _search(problem, watch, seed, local)
    elif not math.isfinite(local.cost):
        found = _town(problem, watch, seed, local)
        if found is None:
            raise _none()
    proved = bound is not None and local.cost <= bound + EPS
    head = Head(
        engine="roster",
        version=VERSION,
        seed=seed,
        seconds=watch.seconds,
        iterations=local.steps,
        objective=float(round(local.cost)),
        bound=bound,
        stopped="proved" if proved else watch.reason or "done",
    )
    return finish(problem, head, local.best, local.by_rule())


def _none() -> NotYet:
    said = Said(
        "时限内没有找到一张班表，也没有证明没有；请放宽时限",
        "no roster was found in the time and none was shown impossible: give it more time",
    )
    return NotYet("seconds", said)


def _town(problem: Problem, watch: Watch, seed: int, local: Local) -> Columns | None:
    """Return what columns need, with a roster in it; None where the time was over before there was one.

    Raises `Conflict` where somebody's own rules cannot hold.
    """
    from wuxiao.plan.roster.conflict import explain

    # One person's rows may take long to look through where there are many days: then the clock decides.
    late = watch.seconds + max(LATE, watch.left)
    try:
        town = Columns(problem, watch, seed, late)
    except NotYet:
        return None
    everyone = list(range(len(problem.people)))
    there = math.isfinite(local.cost)
    if there:
        town.keep(town.of_names(local.best))
    left, found = town.need.copy(), {}
    # Whoever has fewest shifts to choose from comes first, and gets the row that fills most of what is still short, so
    # that there is a roster at once. A roster that keeps all rules shows that everybody has a row.
    for p in sorted(everyone, key=lambda p: (len(town.rows[p].allowed), p)) if not there else ():
        if watch.seconds > late:
            return None
        # What one more there is worth: a cost not paid where somebody is short, else one more to pay.
        gain = np.where(left > EPS, town.under, -town.over)
        least, rows = town.rows[p].price(town.prices(p, gain))
        if not math.isfinite(least):
            raise explain(problem, seconds=min(60.0, max(5.0, watch.left)), seed=seed)
        found[p] = rows[0]
        left[town.covers(p, rows[0])] -= 1
    if not there:
        town.keep(found)
        local.take(town.names(town.best))
    return town


def _search(problem: Problem, watch: Watch, seed: int, local: Local) -> float | None:
    """Improve the roster of `local` until the time is over or it is proved; return the bound."""
    town = _town(problem, watch, seed, local)
    if town is None:
        if not math.isfinite(local.cost):
            raise _none()
        return None
    everyone = list(range(len(problem.people)))
    small = len(everyone) * problem.days <= EASY
    if not small and not town.over_now():
        local.cool(ANNEAL * watch.left, local.hot, local.cold)
        town.keep(town.of_names(local.best))
    if not town.over_now():
        _root(town, everyone)
        _again(town, everyone, local)
    local.take(town.names(town.best))
    local.steps += town.steps
    return float(max(0.0, town.bound)) if math.isfinite(town.bound) else None


def _start(town: Columns, master: Master, people: Sequence[int]) -> None:
    for p in people:
        for row in town.pool[p].values():
            master.add(p, row)


def _root(town: Columns, everyone: list[int]) -> None:
    for p in everyone:
        price = np.zeros(town.shape)
        for _ in range(2):
            for row in town.rows[p].price(price)[1]:
                town.pool[p][row.tobytes()] = row
            price = town.prices(p, town.under * town.random.random(len(town.need)))
    master = Master(town, everyone, town.need)
    _start(town, master, everyone)
    town.bound = float(math.ceil(town.generate(master, everyone, 1000, by=ROOT * town.watch.limit) - 1e-4))
    town.over_now()
    master.solve()
    if not town.over_now():
        town.plunge(master, everyone)
    if not town.over_now():
        master.solve()
        town.choose(master, {}, min(10.0, 0.1 * town.watch.limit))
    if len(everyone) <= MANY and not town.over_now():
        town.dive(master, everyone, {})


def _again(town: Columns, everyone: list[int], local: Local) -> None:
    """Free part of the roster, keep the rest, solve again: some days of all, all days of some, or by columns."""
    from wuxiao.plan.roster.parts import Parts

    parts = Parts(town.problem)
    days, people, some = min(6, town.problem.days), 4, 10
    turn, whole = 0, False
    while not town.over_now():
        kind = ("days", "columns", "days", "people", "days", "anneal")[turn % 6]
        turn += 1
        each = int(town.random.integers(1 << 30))
        rows = town.names(town.best)
        if kind == "anneal":
            local.take(rows)
            local.again()
            local.cool(min(town.watch.left, max(0.5, 0.01 * town.watch.limit)), 0.15 * local.hot, local.cold)
            town.keep(town.of_names(local.best))
            continue
        if kind == "columns":
            count = int(town.random.integers(min(6, some), some + 1))
            _by_columns(town, everyone, min(count, len(everyone)))
            continue
        if kind == "days":
            first = int(town.random.integers(-(days // 2), max(1, town.problem.days - days // 2)))
            free = {(p, d) for p in everyone for d in range(max(0, first), min(town.problem.days, first + days))}
            fresh, exact = parts.cells(rows, free, min(8.0, town.watch.left), each)
            days = max(3, min(town.problem.days, days + (1 if exact else -1)))
            if len(free) == len(everyone) * town.problem.days and exact:
                whole = True
        else:
            who = town.random.choice(everyone, size=min(people, len(everyone)), replace=False)
            fresh, exact = parts.people(rows, [int(p) for p in who], min(8.0, town.watch.left), each)
            whole = exact and len(who) == len(everyone)
            people = max(2, min(len(everyone), people + (1 if exact else -1)))
        if fresh is not None:
            town.keep(town.of_names(fresh))
            if whole:
                town.bound = max(town.bound, town.cost)


def _by_columns(town: Columns, everyone: list[int], size: int) -> None:
    free = sorted(int(p) for p in town.random.choice(everyone, size=size, replace=False))
    settled = {p: town.best[p] for p in everyone if p not in free}
    master = Master(town, free, town.need - town.count(settled.items()))
    for p in free:
        master.add(p, town.best[p])
    fixed = sum(town.own_cost(p, row) for p, row in settled.items())
    bound = town.generate(master, free, 60, until=town.cost - 1 - fixed)
    if fixed + math.ceil(bound - 1e-4) < town.cost - EPS:
        master.solve()
        town.choose(master, settled, 4.0)
        town.dive(master, free, settled)
