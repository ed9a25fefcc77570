"""The roster as a model for CP-SAT: one literal for each person, day and shift, rules as clauses and short sums.

Where rules must be told apart (which of them conflict) every hard rule hangs on a literal of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ortools.sat.python import cp_model

from wuxiao.plan.roster import calendar
from wuxiao.plan.roster.problem import Band, Contract, Fair, Person, Problem

#: What a hard rule is called: its kind, then whom or what it concerns.
Key = tuple[Any, ...]


class Model:
    """Builds the model of a problem.

    `x[p, d]` maps shifts (by place) to literals, `work[p][d]` is a literal or None where the person cannot work;
    `terms` are (rule, cost, literal or expression). With `apart`, `rules` maps each hard rule to its literal.
    """

    def __init__(self, problem: Problem, *, apart: bool = False) -> None:
        self.problem = problem
        self.cp: Any = cp_model.CpModel()
        self.rules: dict[Key, Any] = {}
        self.terms: list[tuple[str, int, Any]] = []
        self.x: dict[tuple[int, int], dict[int, Any]] = {}
        self.work: list[list[Any]] = []
        self.spreads: list[Any] = []
        self.changes: Any = None
        self._apart = apart
        self._true = self.cp.new_constant(1)
        self._false = self.cp.new_constant(0)
        self._contracts = {c.id: c for c in problem.contracts}
        self._place = {s.id: k for k, s in enumerate(problem.shifts)}
        self._who = {q.id: p for p, q in enumerate(problem.people)}
        self._weekend_lits: dict[int, list[Any]] = {}
        for p, person in enumerate(problem.people):
            self._cells(p, person)
        for p, person in enumerate(problem.people):
            self._person(p, person)
        self._cover()
        self._wishes()
        self._pins()
        for i, fair in enumerate(problem.fair):
            self._fair(i, fair)
        self._keep()
        if not apart:
            self.cp.minimize(cp_model.LinearExpr.sum([c * t for _, c, t in self.terms]) if self.terms else 0)

    # ------------------------------------------------------------------------------------------------------- helpers

    def _on(self, key: Key) -> list[Any]:
        if not self._apart:
            return []
        if key not in self.rules:
            self.rules[key] = self.cp.new_bool_var("|".join(map(str, key)))
        return [self.rules[key]]

    def _or(self, key: Key, literals: Sequence[Any]) -> None:
        self.cp.add_bool_or([*literals, *(on.Not() for on in self._on(key))])

    def _most_one(self, key: Key, literals: list[Any]) -> None:
        if len(literals) < 2:
            return
        if self._apart:
            self.cp.add(cp_model.LinearExpr.sum(literals) <= 1).only_enforce_if(self._on(key))
        else:
            self.cp.add_at_most_one(literals)

    def _sum(self, key: Key, expression: Any, low: int | None, high: int | None) -> None:
        bounds = (low if low is not None else -(10**9), high if high is not None else 10**9)
        made = self.cp.add_linear_constraint(expression, *bounds)
        if self._apart:
            made.only_enforce_if(self._on(key))

    def _cost(self, rule: str, weight: int, what: Any) -> None:
        if weight:
            self.terms.append((rule, weight, what))

    def _flag(self) -> Any:
        return self.cp.new_bool_var("")

    # --------------------------------------------------------------------------------------------------------- cells

    def _cells(self, p: int, person: Person) -> None:
        problem, contract = self.problem, self._contracts[person.contract]
        away = set(person.away)
        row: list[Any] = []
        free: list[int] = []
        for k, s in enumerate(problem.shifts):
            bar = calendar.bars(problem, person, s, contract)
            if not bar or self._apart:
                free.append(k)
        for d in range(problem.days):
            cell: dict[int, Any] = {}
            if d not in away or self._apart:
                cell = {k: self._flag() for k in free}
            self.x[p, d] = cell
            if not cell:
                row.append(None)
            elif len(cell) == 1:
                row.append(next(iter(cell.values())))
            else:
                w = self._flag()
                self.cp.add_exactly_one([*cell.values(), w.Not()])
                row.append(w)
            if self._apart and d in away and cell:
                self._or(("away", person.id, d), [row[-1].Not()])
            for k, lit in cell.items():
                s = problem.shifts[k]
                if contract.unskilled is not None and not set(s.skills) <= set(person.skills):
                    self._cost("unskilled", contract.unskilled, lit)
                if self._apart and (bar := calendar.bars(problem, person, s, contract)):
                    self._or((bar, person.id, s.post or s.id), [lit.Not()])
        self.work.append(row)

    def _person(self, p: int, person: Person) -> None:
        contract = self._contracts[person.contract]
        days, shifts = self.problem.days, self.problem.shifts
        self._orders(p, person, contract)
        before = [self._true if name else self._false for name in person.before]
        work = before + [self._false if w is None else w for w in self.work[p]]
        nights = [k for k, s in enumerate(shifts) if s.night]
        night_row = [self._any(p, d, nights) for d in range(days)]
        self._count(("shifts", person.id), "shifts", contract.shifts, self.days_of(p))
        self._count(("minutes", person.id), "minutes", contract.minutes, self.minutes_of(p))
        self._count(("nights", person.id), "nights", contract.nights, self.nights_of(p))
        for name, band in contract.of_shift.items():
            wanted = calendar.named(self.problem, name)
            lits = [x for d in range(days) for k, x in self.x[p, d].items() if k in wanted]
            self._count(("of_shift", person.id, name), "of_shift", band, cp_model.LinearExpr.sum(lits))
        start = len(before)
        self._runs(("run", person.id), "run", contract.run, work, start)
        self._runs(("off", person.id), "off", contract.off, [w.Not() for w in work], start)
        night_before = [
            self._true if name and shifts[self._place[name]].night else self._false for name in person.before
        ]
        self._runs(("night_run", person.id), "night_run", contract.night_run, night_before + night_row, start)
        for name, band in contract.runs_of.items():
            wanted = calendar.named(self.problem, name)
            was = [self._true if n and self._place[n] in wanted else self._false for n in person.before]
            row = was + [self._any(p, d, wanted) for d in range(days)]
            self._runs(("runs_of", person.id, name), "runs_of", band, row, start)
        self._weekends(p, person, contract)
        self._unwanted(p, person, contract)

    def _any(self, p: int, d: int, wanted: Sequence[int]) -> Any:
        """Return a literal that says whether a person does one of some shifts on a day."""
        lits = [x for k, x in self.x[p, d].items() if k in wanted]
        if not lits:
            return self._false
        if len(lits) == 1:
            return lits[0]
        if len(lits) == len(self.x[p, d]):
            return self.work[p][d]
        flag = self._flag()
        self.cp.add_exactly_one([*lits, flag.Not()])
        return flag

    def _orders(self, p: int, person: Person, contract: Contract) -> None:
        problem = self.problem
        far = calendar.reach(problem, contract.rest)
        for gap in range(1, far + 1):
            for a, one in enumerate(problem.shifts):
                why = {b: calendar.follows(one, other, gap, contract.rest) for b, other in enumerate(problem.shifts)}
                if not any(why.values()):
                    continue
                for d in range(problem.days - gap):
                    x = self.x[p, d].get(a)
                    if x is None:
                        continue
                    for rule in ("rest", "order"):
                        later = [y for b, y in self.x[p, d + gap].items() if why[b] == rule]
                        if later:
                            self._most_one((rule, person.id), [x, *later])
                for back in range(1, gap + 1):
                    if back <= len(person.before) and person.before[-back] == one.id and gap - back < problem.days:
                        for b, y in self.x[p, gap - back].items():
                            if why[b]:
                                self._or((why[b], person.id), [y.Not()])

    def _count(self, key: Key, rule: str, band: Band, expression: Any) -> None:
        low = band.least if band.least > 0 else None
        if (low is not None and band.under is None) or (band.most is not None and band.over is None):
            hard = (low if band.under is None else None, band.most if band.over is None else None)
            self._sum(key, expression, *hard)
        if low is not None and band.under:
            short = self.cp.new_int_var(0, low, "")
            self.cp.add(expression + short >= low)
            self._cost(rule, band.under, short)
        if band.most is not None and band.over:
            long = self.cp.new_int_var(0, 10**6, "")
            self.cp.add(expression - long <= band.most)
            self._cost(rule, band.over, long)

    def _runs(self, key: Key, rule: str, band: Band, row: list[Any], start: int) -> None:
        """Bound the length of unbroken rows of true literals; `start` is the place of the first day in `row`."""
        end = len(row)
        open_edges = self.problem.edges == "open"
        if band.most is not None:
            for i in range(max(0, start - band.most), end - band.most):
                lits = [v.Not() for v in row[i : i + band.most + 1]]
                if band.over is None:
                    self._or(key, lits)
                elif band.over:
                    flag = self._flag()
                    self.cp.add_bool_or([*lits, flag])
                    self._cost(rule, band.over, flag)
        for length in range(1, band.least):
            for i in range(-1, end - length):
                j = i + length + 1
                if j <= start - 1 or (open_edges and (i < 0 or j >= end)):
                    continue
                lits = [v.Not() for v in row[i + 1 : j]]
                if i >= 0:
                    lits.append(row[i])
                if j < end:
                    lits.append(row[j])
                if band.under is None:
                    self._or(key, lits)
                elif band.under:
                    flag = self._flag()
                    self.cp.add_bool_or([*lits, flag])
                    self._cost(rule, band.under * (band.least - length), flag)

    def weekend_lits(self, p: int) -> list[Any]:
        """Return, for each weekend, whether the person works in it."""
        if p not in self._weekend_lits:
            contract = self._contracts[self.problem.people[p].contract]
            found = []
            for days in calendar.weekends(self.problem, contract):
                lits = [self.work[p][d] for d in days if self.work[p][d] is not None]
                if not lits:
                    found.append(self._false)
                elif len(lits) == 1:
                    found.append(lits[0])
                else:
                    flag = self._flag()
                    for lit in lits:
                        self.cp.add_implication(lit, flag)
                    self.cp.add_bool_or([*lits, flag.Not()])
                    found.append(flag)
            self._weekend_lits[p] = found
        return self._weekend_lits[p]

    def _weekends(self, p: int, person: Person, contract: Contract) -> None:
        problem = self.problem
        if contract.weekends != Band():
            worked = cp_model.LinearExpr.sum(self.weekend_lits(p))
            self._count(("weekends", person.id), "weekends", contract.weekends, worked)
        if contract.weekend_run != Band():
            self._runs(("weekend_run", person.id), "weekend_run", contract.weekend_run, self.weekend_lits(p), 0)
        nights = [k for k, s in enumerate(problem.shifts) if s.night]
        for days in calendar.weekends(problem, contract):
            work = [self._false if self.work[p][d] is None else self.work[p][d] for d in days]
            whole = len(days) == len(contract.weekend_days)
            if contract.split_weekend and whole:
                some = self.weekend_lits(p)[calendar.weekends(problem, contract).index(days)]
                flag = self._flag()
                for w in work:
                    self.cp.add_bool_or([some.Not(), w, flag])
                self._cost("split_weekend", contract.split_weekend, flag)
            if contract.mixed_weekend and whole:
                flag = self._flag()
                groups: dict[str, list[int]] = {}
                for k, s in enumerate(problem.shifts):
                    groups.setdefault(s.group or s.id, []).append(k)
                rows = {g: [self._any(p, d, ks) for d in days] for g, ks in groups.items()}
                for lits in rows.values():
                    for i in range(len(days)):
                        for j in range(len(days)):
                            if i != j:
                                others = [lits[i].Not(), work[j].Not(), lits[j], flag]
                                self.cp.add_bool_or(others)
                self._cost("mixed_weekend", contract.mixed_weekend, flag)
            if contract.night_before_free and whole and days[0] > 0:
                night = self._any(p, days[0] - 1, nights)
                flag = self._flag()
                self.cp.add_bool_or([night.Not(), *work, flag])
                self._cost("night_before_free", contract.night_before_free, flag)

    def _unwanted(self, p: int, person: Person, contract: Contract) -> None:
        problem = self.problem
        for n, pattern in enumerate(contract.unwanted):
            for d in range(problem.days - len(pattern.steps) + 1):
                lits: list[Any] = []
                for i, step in enumerate(pattern.steps):
                    if step.weekday >= 0 and (d + i + problem.first) % 7 != step.weekday:
                        break
                    w = self.work[p][d + i]
                    w = self._false if w is None else w
                    if step.shift == "-":
                        lits.append(w)
                    elif step.shift == "*":
                        lits.append(w.Not())
                    else:
                        lits.append(self._any(p, d + i, calendar.named(problem, step.shift)).Not())
                else:
                    if pattern.weight is None:
                        self._or(("unwanted", person.id, n), lits)
                    elif pattern.weight:
                        flag = self._flag()
                        self.cp.add_bool_or([*lits, flag])
                        self._cost("unwanted", pattern.weight, flag)

    # ------------------------------------------------------------------------------------------------ across people

    def _cover(self) -> None:
        people = self.problem.people
        for c in self.problem.cover:
            k = self._place[c.shift]
            lits = [
                self.x[p, c.day][k]
                for p, q in enumerate(people)
                if k in self.x[p, c.day] and (not c.skill or c.skill in q.skills)
            ]
            self._count(
                ("cover", c.day, c.shift, c.skill),
                "cover",
                Band(least=c.need, most=c.need if c.over is None or c.over else None, under=c.under, over=c.over),
                cp_model.LinearExpr.sum(lits),
            )

    def _wishes(self) -> None:
        for w in self.problem.wishes:
            p = self._who[w.person]
            if w.shift:
                lit = self.x[p, w.day].get(self._place[w.shift], self._false)
            else:
                lit = self._false if self.work[p][w.day] is None else self.work[p][w.day]
            broken = lit.Not() if w.wants else lit
            if w.weight is None:
                self._or(("wish", w.person, w.day, w.shift, w.wants), [broken.Not()])
            else:
                self._cost("wishes", w.weight, broken)

    def _pins(self) -> None:
        for pin in self.problem.pins:
            p = self._who[pin.person]
            if pin.shift:
                lit = self.x[p, pin.day].get(self._place[pin.shift], self._false)
            else:
                w = self.work[p][pin.day]
                lit = self._true if w is None else w.Not()
            self._or(("pin", pin.person, pin.day, pin.shift), [lit])

    def days_of(self, p: int) -> Any:
        """Return how many days a person works."""
        return cp_model.LinearExpr.sum([w for w in self.work[p] if w is not None])

    def nights_of(self, p: int) -> Any:
        """Return how many nights a person works."""
        shifts = self.problem.shifts
        return cp_model.LinearExpr.sum(
            [x for d in range(self.problem.days) for k, x in self.x[p, d].items() if shifts[k].night]
        )

    def minutes_of(self, p: int) -> Any:
        """Return how many minutes a person works."""
        cells = [(x, k) for d in range(self.problem.days) for k, x in self.x[p, d].items()]
        lengths = [self.problem.shifts[k].minutes for _, k in cells]
        return cp_model.LinearExpr.weighted_sum([x for x, _ in cells], lengths)

    def burden(self, what: str, p: int) -> Any:
        """Return what a person bears of something, without what was carried in."""
        if what == "weekends":
            return cp_model.LinearExpr.sum(self.weekend_lits(p))
        return {"nights": self.nights_of, "days": self.days_of, "minutes": self.minutes_of}[what](p)

    def _fair(self, i: int, fair: Fair) -> None:
        who = [self._who[name] for name in fair.people] or list(range(len(self.problem.people)))
        top = 400 * 4320
        low, spread = self.cp.new_int_var(-top, top, ""), self.cp.new_int_var(0, top, "")
        key = ("fair", fair.what, i)
        if fair.most is not None:
            self._sum(key, spread, None, fair.most)
        for p in who:
            carried = self.problem.people[p].carried.get(fair.what, 0)
            value = self.burden(fair.what, p) + carried
            self.cp.add(value - low >= 0)
            self.cp.add(value - low - spread <= 0)
        self._cost(f"fair_{fair.what}", fair.weight, spread)
        self.spreads.append(spread)

    def _keep(self) -> None:
        keep = self.problem.keep
        if keep is None:
            return
        changed: list[Any] = []
        for p, person in enumerate(self.problem.people):
            for d, name in enumerate(keep.rows[p]):
                w = self.work[p][d]
                if name:
                    same = self.x[p, d].get(self._place[name], self._false)
                else:
                    same = self._true if w is None else w.Not()
                if d in person.away:
                    continue
                if d < keep.since:
                    self._or(("since", person.id), [same])
                else:
                    changed.append(same.Not())
        self.changes = cp_model.LinearExpr.sum(changed)
        if keep.most is not None:
            self._sum(("keep",), self.changes, None, keep.most)
        self._cost("keep", keep.weight, self.changes)

    # ------------------------------------------------------------------------------------------------------ reading

    def hint(self, rows: Sequence[Sequence[str]]) -> None:
        """Give an earlier roster as the place to start from."""
        self.cp.clear_hints()
        for (p, d), cell in self.x.items():
            for k, x in cell.items():
                self.cp.add_hint(x, rows[p][d] == self.problem.shifts[k].id)

    def at_most(self, cost: int) -> Any:
        """Return the model without an objective, for rosters that cost no more than an amount."""
        cp: Any = self.cp.clone()
        cp.clear_objective()
        cp.add(cp_model.LinearExpr.sum([c * t for _, c, t in self.terms]) <= cost)
        return cp

    def fix(self, rows: Sequence[Sequence[str]]) -> None:
        """Leave only one roster possible."""
        for (p, d), cell in self.x.items():
            name = rows[p][d]
            chosen = cell.get(self._place[name]) if name else None
            for x in cell.values():
                self.cp.add_bool_and([x if x is chosen else x.Not()])
            if name and chosen is None:
                self.cp.add_bool_or([self._false])
