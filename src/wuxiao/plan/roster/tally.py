"""Counts over a roster that a plan prints: spreads of burdens, wishes met, cells changed."""

from __future__ import annotations

from collections.abc import Sequence

from wuxiao.plan.roster import calendar
from wuxiao.plan.roster.problem import Problem

Rows = Sequence[Sequence[str]]


def burdens(problem: Problem, rows: Rows, what: str) -> list[int]:
    """Return what each person bears: ``nights``, ``weekends``, ``days`` or ``minutes``."""
    by_id = {s.id: s for s in problem.shifts}
    contracts = {c.id: c for c in problem.contracts}
    found = []
    for person, row in zip(problem.people, rows, strict=True):
        done = [by_id[name] for name in row if name]
        if what == "nights":
            found.append(sum(s.night for s in done))
        elif what == "days":
            found.append(len(done))
        elif what == "minutes":
            found.append(sum(s.minutes for s in done))
        else:
            ends = calendar.weekends(problem, contracts[person.contract])
            found.append(sum(any(row[d] for d in days) for days in ends))
    return found


def spreads(problem: Problem, rows: Rows) -> dict[str, int]:
    """Return the spread of each burden that is to be fair, what was carried in included."""
    place = {q.id: p for p, q in enumerate(problem.people)}
    found: dict[str, int] = {}
    for fair in problem.fair:
        borne = burdens(problem, rows, fair.what)
        who = [place[name] for name in fair.people] or range(len(problem.people))
        values = [borne[p] + problem.people[p].carried.get(fair.what, 0) for p in who]
        found[fair.what] = max(found.get(fair.what, 0), max(values) - min(values))
    return found


def wishes(problem: Problem, rows: Rows) -> tuple[int, int]:
    """Return how many wishes are met, and how many there are."""
    place = {q.id: p for p, q in enumerate(problem.people)}
    met = 0
    for w in problem.wishes:
        name = rows[place[w.person]][w.day]
        met += (name == w.shift if w.shift else bool(name)) == w.wants
    return met, len(problem.wishes)


def changed(problem: Problem, rows: Rows) -> int | None:
    """Return how many cells differ from the roster to be kept, those of people who are away not counted."""
    if problem.keep is None:
        return None
    return sum(
        name != was and d not in person.away
        for person, row, old in zip(problem.people, rows, problem.keep.rows, strict=True)
        for d, (name, was) in enumerate(zip(row, old, strict=True))
    )


def carry(problem: Problem, rows: Rows) -> dict[str, dict[str, int]]:
    """Return what each person takes into the next month: nights, weekends, days and minutes above the lowest.

    The balance of fairness is carried, not a judgement: only burdens that a `Fair` names, within its own people.
    """
    place = {q.id: p for p, q in enumerate(problem.people)}
    found: dict[str, dict[str, int]] = {q.id: dict(q.carried) for q in problem.people}
    for fair in problem.fair:
        borne = burdens(problem, rows, fair.what)
        who = [place[name] for name in fair.people] or list(range(len(problem.people)))
        values = {p: borne[p] + problem.people[p].carried.get(fair.what, 0) for p in who}
        low = min(values.values())
        for p, value in values.items():
            found[problem.people[p].id][fair.what] = value - low
    return found
