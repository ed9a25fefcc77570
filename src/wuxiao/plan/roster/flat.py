"""A roster problem as flat arrays, for the compiled search: every rule a table, every weight a number or HARD.

Rows are whole numbers: 0 for a day off, 1 + s for shift s. What is hard is counted apart from what costs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wuxiao.plan.roster import calendar
from wuxiao.plan.roster.problem import Band, Contract, Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Stands for a weight that is None: the rule is hard.
HARD = -1.0
#: Stands for a band without an upper end.
MANY = 1 << 40
#: The rules that cost something, by the place of their sums.
RULES = (
    "shifts", "minutes", "nights", "of_shift", "run", "off", "night_run", "runs_of", "weekends", "weekend_run",
    "split_weekend", "mixed_weekend", "night_before_free", "unwanted", "unskilled", "wishes", "keep", "cover",
    "fair_nights", "fair_weekends", "fair_days", "fair_minutes",
)  # fmt: skip
BURDENS = ("nights", "weekends", "days", "minutes")


class Flat(NamedTuple):
    """All tables; `p` people, `d` days, `v` values (0 off, 1 + shift), `k` contracts."""

    sizes: Ints  # people, days, values, how far a shift bars another
    contract: Ints  # (p)
    soft: Floats  # (p, d, v) what a cell costs by itself
    hard: Floats  # (p, d, v) hard rules a cell breaks by itself
    parts: Floats  # (p, d, v, 3) the same cost told apart: unskilled, wishes, keep
    tail: Ints  # (p, before) values of the days before, at the end
    tails: Ints  # (p) how many of them are known
    bars: Flags  # (k, gap, v, v) a value may not follow another after so many days
    use: Ints  # (k, f, v) what a value adds to a count
    count_rule: Ints  # (k, f) place of the rule, -1 where there is none
    count_band: Floats  # (k, f, 5) least, most, under, over, units of one hard breach
    within: Flags  # (k, r, v) whether a value belongs to a row of days
    run_rule: Ints  # (k, r)
    run_band: Floats  # (k, r, 4)
    ends: Ints  # (k, w, 2) first day and the day after the last of each weekend
    ends_many: Ints  # (k)
    ends_whole: Flags  # (k, w)
    ends_band: Floats  # (k, 2, 4) weekends; weekends in a row
    ends_cost: Floats  # (k, 3) split, mixed, a night before a free one
    night: Flags  # (v)
    kind: Ints  # (v) number of the group
    minutes: Ints  # (v)
    step_in: Flags  # (k, n, i, v)
    step_day: Ints  # (k, n, i) weekday or -1
    steps: Ints  # (k, n) length, 0 where there is none
    step_cost: Floats  # (k, n)
    covers: Ints  # (d, v, 2) from, to in `cover_*`
    cover_need: Floats  # (c)
    cover_under: Floats
    cover_over: Floats
    counts: Flags  # (p, c) whether a person counts for a cover
    fair_what: Ints  # (f) place in BURDENS
    fair_who: Flags  # (f, p)
    fair_most: Floats  # (f) HARD-less: MANY where there is none
    fair_weight: Floats
    carried: Ints  # (p, 4)
    keep_on: Flags  # (p, d) cells whose change is counted
    keep_value: Ints  # (p, d)
    keep_most: Floats  # (1)
    first: Ints  # (1) weekday of the first day
    open_edges: Flags  # (1)
    fixed: Flags  # (p, d) cells that have but one value without breach


def _cost(weight: int | None) -> float:
    return HARD if weight is None else float(weight)


def _band(band: Band) -> list[float]:
    most = MANY if band.most is None else band.most
    return [float(band.least), float(most), _cost(band.under), _cost(band.over)]


def flatten(problem: Problem) -> Flat:
    """Return the tables of a problem."""
    people, days, shifts = problem.people, problem.days, problem.shifts
    count, values = len(people), len(shifts) + 1
    contracts = {c.id: i for i, c in enumerate(problem.contracts)}
    kinds = len(problem.contracts)
    place = {s.id: 1 + i for i, s in enumerate(shifts)}
    far = max(calendar.reach(problem, c.rest) for c in problem.contracts)
    parts, hard = _cells(problem, place)
    longest = max((len(q.before) for q in people), default=0)
    tail = np.zeros((count, max(1, longest)), np.int64)
    for p, q in enumerate(people):
        for i, name in enumerate(q.before):
            tail[p, tail.shape[1] - len(q.before) + i] = place.get(name, 0)
    bars = np.zeros((kinds, far + 1, values, values), np.bool_)
    for k, c in enumerate(problem.contracts):
        for gap in range(1, far + 1):
            for a, one in enumerate(shifts):
                for b, other in enumerate(shifts):
                    bars[k, gap, 1 + a, 1 + b] = bool(calendar.follows(one, other, gap, c.rest))
    counts = [_counts(problem, c) for c in problem.contracts]
    rows = [_rows(problem, c) for c in problem.contracts]
    width = max(1, max(map(len, counts)))
    tall = max(1, max(map(len, rows)))
    use = np.zeros((kinds, width, values), np.int64)
    count_rule, count_band = np.full((kinds, width), -1, np.int64), np.zeros((kinds, width, 5))
    within = np.zeros((kinds, tall, values), np.bool_)
    run_rule, run_band = np.full((kinds, tall), -1, np.int64), np.zeros((kinds, tall, 4))
    for k in range(kinds):
        for f, (rule, each, band, unit) in enumerate(counts[k]):
            use[k, f], count_rule[k, f], count_band[k, f] = each, RULES.index(rule), [*_band(band), unit]
        for r, (rule, inside, band) in enumerate(rows[k]):
            within[k, r], run_rule[k, r], run_band[k, r] = inside, RULES.index(rule), _band(band)
    weekends = [calendar.weekends(problem, c) for c in problem.contracts]
    broad = max(1, max(map(len, weekends)))
    ends, whole = np.zeros((kinds, broad, 2), np.int64), np.zeros((kinds, broad), np.bool_)
    for k, c in enumerate(problem.contracts):
        for w, found in enumerate(weekends[k]):
            ends[k, w] = found[0], found[-1] + 1
            whole[k, w] = len(found) == len(c.weekend_days)
    groups = sorted({s.group or s.id for s in shifts})
    step_in, step_day, steps, step_cost = _patterns(problem)
    covers, cover_table, has = _covers(problem, place)
    fair = problem.fair
    keep_on, keep_value, most = np.zeros((count, days), np.bool_), np.zeros((count, days), np.int64), float(MANY)
    if problem.keep is not None:
        most = float(MANY if problem.keep.most is None else problem.keep.most)
        for p, row in enumerate(problem.keep.rows):
            keep_value[p] = [place.get(name, 0) for name in row]
            keep_on[p] = True
            keep_on[p, list(people[p].away)] = False
    return Flat(
        sizes=np.array([count, days, values, far], np.int64),
        contract=np.array([contracts[q.contract] for q in people], np.int64),
        soft=parts.sum(axis=3),
        hard=hard,
        parts=parts,
        tail=tail,
        tails=np.array([len(q.before) for q in people], np.int64),
        bars=bars,
        use=use,
        count_rule=count_rule,
        count_band=count_band,
        within=within,
        run_rule=run_rule,
        run_band=run_band,
        ends=ends,
        ends_many=np.array([len(w) for w in weekends], np.int64),
        ends_whole=whole,
        ends_band=np.array([[_band(c.weekends), _band(c.weekend_run)] for c in problem.contracts]),
        ends_cost=np.array(
            [[c.split_weekend, c.mixed_weekend, c.night_before_free] for c in problem.contracts], dtype=np.float64
        ),
        night=np.array([False, *(s.night for s in shifts)], np.bool_),
        kind=np.array([-1, *(groups.index(s.group or s.id) for s in shifts)], np.int64),
        minutes=np.array([0, *(s.minutes for s in shifts)], np.int64),
        step_in=step_in,
        step_day=step_day,
        steps=steps,
        step_cost=step_cost,
        covers=covers,
        cover_need=cover_table[:, 0].copy(),
        cover_under=cover_table[:, 1].copy(),
        cover_over=cover_table[:, 2].copy(),
        counts=has,
        fair_what=np.array([BURDENS.index(f.what) for f in fair], np.int64),
        fair_who=np.array([[not f.people or q.id in f.people for q in people] for f in fair], np.bool_).reshape(
            len(fair), count
        ),
        fair_most=np.array([MANY if f.most is None else f.most for f in fair], np.float64),
        fair_weight=np.array([f.weight for f in fair], np.float64),
        carried=np.array([[q.carried.get(b, 0) for b in BURDENS] for q in people], np.int64),
        keep_on=keep_on,
        keep_value=keep_value,
        keep_most=np.array([most]),
        first=np.array([problem.first], np.int64),
        open_edges=np.array([problem.edges == "open"]),
        fixed=(hard <= 0).sum(axis=2) <= 1,
    )


def _cells(problem: Problem, place: dict[str, int]) -> tuple[Floats, Floats]:
    """Return what each cell costs, told apart, and how many hard rules it breaks."""
    days, shifts = problem.days, problem.shifts
    contracts = {c.id: c for c in problem.contracts}
    parts = np.zeros((len(problem.people), days, len(shifts) + 1, 3))
    hard = np.zeros(parts.shape[:3])
    for p, q in enumerate(problem.people):
        contract = contracts[q.contract]
        for s, shift in enumerate(shifts):
            if calendar.bars(problem, q, shift, contract):
                hard[p, :, 1 + s] += 1
            elif contract.unskilled and not set(shift.skills) <= set(q.skills):
                parts[p, :, 1 + s, 0] += contract.unskilled
        hard[p, list(q.away), 1:] += 1
    who = {q.id: p for p, q in enumerate(problem.people)}
    for pin in problem.pins:
        wrong = np.ones(len(shifts) + 1, np.bool_)
        wrong[place.get(pin.shift, 0)] = False
        hard[who[pin.person], pin.day, wrong] += 1
    for w in problem.wishes:
        has = np.zeros(len(shifts) + 1, np.bool_)
        has[slice(1, None) if not w.shift else place[w.shift]] = True
        broken = has != w.wants
        if w.weight is None:
            hard[who[w.person], w.day, broken] += 1
        else:
            parts[who[w.person], w.day, broken, 1] += w.weight
    if problem.keep is not None:
        for p, row in enumerate(problem.keep.rows):
            for d, name in enumerate(row):
                if d in problem.people[p].away:
                    continue
                other = np.ones(len(shifts) + 1, np.bool_)
                other[place.get(name, 0)] = False
                parts[p, d, other, 2] += problem.keep.weight
                if d < problem.keep.since:
                    hard[p, d, other] += 1
    return parts, hard


def _counts(problem: Problem, c: Contract) -> list[tuple[str, Sequence[int], Band, float]]:
    shifts = problem.shifts
    each = math.gcd(*[s.minutes for s in shifts])
    short = min(s.minutes for s in shifts)
    found: list[tuple[str, Sequence[int], Band, float]] = []
    if c.shifts != Band():
        found.append(("shifts", [0] + [1] * len(shifts), c.shifts, 1.0))
    if c.minutes != Band():
        # Soft minutes cost for each minute; hard ones are told in shifts, so that one too many weighs as one.
        found.append(("minutes", [0, *(s.minutes for s in shifts)], c.minutes, float(max(each, short))))
    if c.nights != Band():
        found.append(("nights", [0, *(int(s.night) for s in shifts)], c.nights, 1.0))
    for name, band in c.of_shift.items():
        if band != Band():
            named = calendar.named(problem, name)
            found.append(("of_shift", [0, *(int(s in named) for s in range(len(shifts)))], band, 1.0))
    return found


def _rows(problem: Problem, c: Contract) -> list[tuple[str, Sequence[bool], Band]]:
    shifts = problem.shifts
    many = range(len(shifts))
    found: list[tuple[str, Sequence[bool], Band]] = []
    if c.run != Band():
        found.append(("run", [False, *(True for _ in many)], c.run))
    if c.off != Band():
        found.append(("off", [True, *(False for _ in many)], c.off))
    if c.night_run != Band():
        found.append(("night_run", [False, *(s.night for s in shifts)], c.night_run))
    for name, band in c.runs_of.items():
        if band != Band():
            named = calendar.named(problem, name)
            found.append(("runs_of", [False, *(s in named for s in many)], band))
    return found


def _patterns(problem: Problem) -> tuple[Flags, Ints, Ints, Floats]:
    kinds, values = len(problem.contracts), len(problem.shifts) + 1
    many = max(1, max(len(c.unwanted) for c in problem.contracts))
    long = max([1, *(len(n.steps) for c in problem.contracts for n in c.unwanted)])
    inside = np.zeros((kinds, many, long, values), np.bool_)
    weekday = np.full((kinds, many, long), -1, np.int64)
    length, weight = np.zeros((kinds, many), np.int64), np.zeros((kinds, many))
    for k, c in enumerate(problem.contracts):
        for n, pattern in enumerate(c.unwanted):
            length[k, n], weight[k, n] = len(pattern.steps), _cost(pattern.weight)
            for i, step in enumerate(pattern.steps):
                weekday[k, n, i] = step.weekday
                if step.shift == "-":
                    inside[k, n, i, 0] = True
                elif step.shift == "*":
                    inside[k, n, i, 1:] = True
                else:
                    inside[k, n, i, [1 + s for s in calendar.named(problem, step.shift)]] = True
    return inside, weekday, length, weight


def _covers(problem: Problem, place: dict[str, int]) -> tuple[Ints, Floats, Flags]:
    """Return where the covers of each day and value stand, their need and weights, and who counts for which."""
    order = sorted(problem.cover, key=lambda c: (c.day, place[c.shift]))
    spans = np.zeros((problem.days, len(problem.shifts) + 1, 2), np.int64)
    for i, c in enumerate(order):
        cell = spans[c.day, place[c.shift]]
        if cell[1] == 0:
            cell[0] = i
        cell[1] = i + 1
    table = np.array([[c.need, _cost(c.under), _cost(c.over)] for c in order], np.float64).reshape(len(order), 3)
    has = np.array([[not c.skill or c.skill in q.skills for c in order] for q in problem.people], np.bool_)
    return spans, table, has.reshape(len(problem.people), len(order))
