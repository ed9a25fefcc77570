"""The judge of a roster: reads the problem afresh and shares no code with the solver."""

from __future__ import annotations

from itertools import groupby

from wuxiao.plan.form import Said
from wuxiao.plan.roster.problem import Band, Contract, Person, Plan, Problem, Shift


def check(problem: Problem, plan: Plan) -> list[Said]:
    """Return where a roster breaks a hard rule or does not cost what it says; empty when all is well."""
    judge = _Judge(problem, plan)
    judge.all()
    return judge.found


class _Judge:
    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan, self.found = problem, plan, list[Said]()
        self.shifts: dict[str, Shift] = {s.id: s for s in problem.shifts}
        self.contracts: dict[str, Contract] = {c.id: c for c in problem.contracts}
        self.cost: dict[str, int] = {}
        self.spread: dict[str, int] = {}

    def breach(self, zh: str, en: str) -> None:
        self.found.append(Said(zh, en))

    def pay(self, rule: str, weight: int | None, units: int, zh: str, en: str) -> None:
        """Book a soft breach or report a hard one."""
        if units <= 0:
            return
        if weight is None:
            self.breach(zh, en)
        elif weight:
            self.cost[rule] = self.cost.get(rule, 0) + weight * units

    def all(self) -> None:
        problem, rows = self.problem, self.plan.rows
        if len(rows) != len(problem.people) or any(len(row) != problem.days for row in rows):
            self.breach("班表的人数或天数不对", "the roster has another number of people or days")
            return
        unknown = sorted({name for row in rows for name in row if name and name not in self.shifts})
        if unknown:
            self.breach(f"班表里有未知的班次{unknown}", f"the roster holds unknown shifts {unknown}")
            return
        for person, row in zip(problem.people, rows, strict=True):
            self.person(person, row)
        self.cover()
        self.cells()
        self.fair()
        self.keep()
        self.figures()

    # ---------------------------------------------------------------------------------------------------- one person

    def person(self, person: Person, row: tuple[str, ...]) -> None:
        contract = self.contracts[person.contract]
        self.may(person, row, contract)
        self.order(person, row, contract)
        done = [self.shifts[name] for name in row if name]
        self.band(person, "shifts", contract.shifts, len(done))
        self.band(person, "minutes", contract.minutes, sum(s.minutes for s in done))
        self.band(person, "nights", contract.nights, sum(1 for s in done if s.night))
        for name, band in contract.of_shift.items():
            self.band(person, "of_shift", band, sum(1 for s in done if name in (s.id, s.group)))
        all_days = [self.shifts[name] if name else None for name in (*person.before, *row)]
        start = len(person.before)
        self.runs(person, "run", contract.run, [s is not None for s in all_days], start)
        self.runs(person, "off", contract.off, [s is None for s in all_days], start)
        self.runs(person, "night_run", contract.night_run, [s is not None and s.night for s in all_days], start)
        for name, band in contract.runs_of.items():
            same = [s is not None and name in (s.id, s.group) for s in all_days]
            self.runs(person, "runs_of", band, same, start)
        self.weekends(person, row, contract)
        self.patterns(person, row, contract)

    def may(self, person: Person, row: tuple[str, ...], contract: Contract) -> None:
        for d, name in enumerate(row):
            if not name:
                continue
            s, on = self.shifts[name], d + 1
            if d in person.away:
                self.breach(f"{person.id}第{on}天不在岗却排了{name}", f"{person.id} is away on day {on} yet has {name}")
            if person.posts and s.post and s.post not in person.posts:
                self.breach(f"{person.id}不属于{s.post}岗位", f"{person.id} does not belong to post {s.post}")
            if person.community:
                outside = s.duty == "response" and s.area != person.community
                if s.duty == "station_duty" or s.duty == "case_work" or outside:
                    self.breach(
                        f"三不要求：社区民警{person.id}第{on}天被排了{name}",
                        f"three don'ts: community officer {person.id} has {name} on day {on}",
                    )
            if any(k not in person.skills for k in s.skills):
                lack = (f"{person.id}缺{name}的技能", f"{person.id} lacks a skill for {name}")
                self.pay("unskilled", contract.unskilled, 1, *lack)

    def order(self, person: Person, row: tuple[str, ...], contract: Contract) -> None:
        start = len(person.before)
        worked = [(i - start, self.shifts[name]) for i, name in enumerate((*person.before, *row)) if name]
        for (d, one), (e, other) in ((a, b) for i, a in enumerate(worked) for b in worked[i + 1 : i + 20]):
            if e < 0:
                continue
            rest = (e * 1440 + other.start) - (d * 1440 + one.start + one.minutes)
            if rest < contract.rest or rest < 0:
                self.breach(
                    f"{person.id}第{e + 1}天的班前只休息{rest}分钟",
                    f"{person.id} rests only {rest} minutes before the shift of day {e + 1}",
                )
            barred = set(one.not_before)
            if e == d + 1 and (other.id in barred or (other.group != "" and other.group in barred)):
                self.breach(
                    f"{person.id}第{e + 1}天：{one.id}之后不得接{other.id}",
                    f"{person.id}, day {e + 1}: {other.id} may not follow {one.id}",
                )

    def band(self, person: Person, rule: str, band: Band, count: int) -> None:
        if band.most is not None:
            over = (f"{person.id}的{rule}为{count}，多于{band.most}", f"{person.id}: {rule} {count} above {band.most}")
            self.pay(rule, band.over, count - band.most, *over)
        under = (f"{person.id}的{rule}为{count}，少于{band.least}", f"{person.id}: {rule} {count} below {band.least}")
        self.pay(rule, band.under, band.least - count, *under)

    def runs(self, person: Person, rule: str, band: Band, flags: list[bool], start: int) -> None:
        place = 0
        for value, group in groupby(flags):
            length = len(list(group))
            first, place = place, place + length
            if not value or place < start or (place == start and not place < len(flags)):
                continue
            if band.most is not None:
                # Days beyond the limit that lie before the first day were paid for in their own month.
                over = sum(1 for i in range(first, place) if i >= start and i - first >= band.most)
                said = (f"{person.id}连续{length}天（{rule}）", f"{person.id}: {length} in a row ({rule})")
                self.pay(rule, band.over, over, *said)
            beyond = self.problem.edges == "open" and (first == 0 or place == len(flags))
            if not beyond:
                said = (f"{person.id}只连续{length}天（{rule}）", f"{person.id}: only {length} in a row ({rule})")
                self.pay(rule, band.under, band.least - length, *said)

    def weekends(self, person: Person, row: tuple[str, ...], contract: Contract) -> None:
        wanted = set(contract.weekend_days)
        marks = [(d + self.problem.first) % 7 in wanted for d in range(len(row))]
        ends: list[list[int]] = []
        place = 0
        for value, group in groupby(marks):
            length = len(list(group))
            if value:
                ends.append(list(range(place, place + length)))
            place += length
        worked = [any(row[d] for d in days) for days in ends]
        self.band(person, "weekends", contract.weekends, sum(worked))
        self.runs(person, "weekend_run", contract.weekend_run, worked, 0)
        for days, some in zip(ends, worked, strict=True):
            if len(days) != len(wanted):
                continue
            if some and not all(row[d] for d in days):
                self.pay("split_weekend", contract.split_weekend, 1, "", "")
            kinds = {self.shifts[row[d]].group or row[d] for d in days if row[d]}
            if len(kinds) > 1:
                self.pay("mixed_weekend", contract.mixed_weekend, 1, "", "")
            eve = row[days[0] - 1] if days[0] > 0 else ""
            if not some and eve and self.shifts[eve].night:
                self.pay("night_before_free", contract.night_before_free, 1, "", "")

    def patterns(self, person: Person, row: tuple[str, ...], contract: Contract) -> None:
        for pattern in contract.unwanted:
            times = 0
            for d in range(len(row) - len(pattern.steps) + 1):
                fits = True
                for i, step in enumerate(pattern.steps):
                    name = row[d + i]
                    day_fits = step.weekday < 0 or (d + i + self.problem.first) % 7 == step.weekday
                    if step.shift == "*":
                        shift_fits = name != ""
                    elif step.shift == "-":
                        shift_fits = name == ""
                    else:
                        shift_fits = name != "" and step.shift in (name, self.shifts[name].group)
                    fits = fits and day_fits and shift_fits
                times += fits
            self.pay(
                "unwanted", pattern.weight, times, f"{person.id}有禁用的排法", f"{person.id} has a forbidden pattern"
            )

    # ------------------------------------------------------------------------------------------------ across people

    def cover(self) -> None:
        for c in self.problem.cover:
            there = sum(
                1
                for q, row in zip(self.problem.people, self.plan.rows, strict=True)
                if row[c.day] == c.shift and (not c.skill or c.skill in q.skills)
            )
            en = f"day {c.day + 1} {c.shift} {c.skill}: {there} people where {c.need} are needed"
            zh = f"第{c.day + 1}天{c.shift}{c.skill}有{there}人，需{c.need}人"
            self.pay("cover", c.under, c.need - there, zh, en)
            self.pay("cover", c.over, there - c.need, zh, en)

    def cells(self) -> None:
        rows = {q.id: row for q, row in zip(self.problem.people, self.plan.rows, strict=True)}
        for w in self.problem.wishes:
            name = rows[w.person][w.day]
            has = name != "" if not w.shift else name == w.shift
            if has != w.wants:
                zh, en = (
                    f"{w.person}第{w.day + 1}天的约定没有守",
                    f"{w.person}: what binds on day {w.day + 1} is broken",
                )
                self.pay("wishes", w.weight, 1, zh, en)
        for pin in self.problem.pins:
            if rows[pin.person][pin.day] != pin.shift:
                self.breach(
                    f"{pin.person}第{pin.day + 1}天没有照定", f"{pin.person}: day {pin.day + 1} is not as fixed"
                )

    def fair(self) -> None:
        for fair in self.problem.fair:
            values = []
            for q, row in zip(self.problem.people, self.plan.rows, strict=True):
                if fair.people and q.id not in fair.people:
                    continue
                done = [self.shifts[name] for name in row if name]
                if fair.what == "nights":
                    borne = sum(1 for s in done if s.night)
                elif fair.what == "days":
                    borne = len(done)
                elif fair.what == "minutes":
                    borne = sum(s.minutes for s in done)
                else:
                    ends = self.contracts[q.contract].weekend_days
                    # A weekend is known by the day on which its first day falls, also where that lies before day 1.
                    weeks = set()
                    for d, name in enumerate(row):
                        if name and (d + self.problem.first) % 7 in ends:
                            while (d - 1 + self.problem.first) % 7 in ends and d > 0:
                                d -= 1
                            weeks.add(d)
                    borne = len(weeks)
                values.append(borne + q.carried.get(fair.what, 0))
            apart = max(values) - min(values)
            self.spread[fair.what] = max(apart, self.spread.get(fair.what, 0))
            if fair.most is not None and apart > fair.most:
                self.breach(
                    f"{fair.what}相差{apart}，多于{fair.most}", f"{fair.what}: {apart} apart, above {fair.most}"
                )
            self.pay(f"fair_{fair.what}", fair.weight, apart, "", "")

    def keep(self) -> None:
        keep = self.problem.keep
        if keep is None:
            return
        changed = 0
        for q, row, old in zip(self.problem.people, self.plan.rows, keep.rows, strict=True):
            for d, (name, was) in enumerate(zip(row, old, strict=True)):
                if name != was and d not in q.away:
                    changed += 1
                    if d < keep.since:
                        self.breach(f"{q.id}第{d + 1}天不应再改", f"{q.id}: day {d + 1} must not change any more")
        self.pay("keep", keep.weight, changed, "", "")
        if keep.most is not None and changed > keep.most:
            self.breach(f"改动{changed}处，多于{keep.most}", f"{changed} changes, above {keep.most}")
        if self.plan.changed != changed:
            self.breach(f"实改{changed}处，所报不符", f"{changed} cells changed, the plan says {self.plan.changed}")

    def figures(self) -> None:
        plan, head = self.plan, self.plan.head
        total = sum(self.cost.values())
        if abs(head.objective - total) > 1e-6:
            self.breach(
                f"代价应为{total}，所报为{head.objective:g}", f"it costs {total}, the plan says {head.objective:g}"
            )
        if dict(plan.costs) != self.cost:
            self.breach(
                "各规则的代价与所报不符", f"the costs by rule are {self.cost}, the plan says {dict(plan.costs)}"
            )
        if dict(plan.spread) != self.spread:
            self.breach("相差与所报不符", f"the spreads are {self.spread}, the plan says {dict(plan.spread)}")
        if head.bound is not None and head.bound > head.objective + 1e-6:
            self.breach("界限高于代价", "the bound is above the cost")
