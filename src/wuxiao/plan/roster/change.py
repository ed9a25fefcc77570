"""Around a sick call: the same problem with the person away, near the roster in force, within a limit of changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.roster.problem import Keep, Plan, Problem


def sick(
    problem: Problem, plan: Plan, person: str, days: Iterable[int], *, since: int, most: int | None, weight: int = 1000
) -> Problem:
    """Return the problem to solve when a person reports sick: cells before `since` stay, changes are few.

    `days` are the days (from 0) on which the person is away, `since` the first day that may still change, `most` the
    limit of changed cells of the others and of the person's other days (None: only as few as can be), `weight` the cost
    of each change, to be set above what a wish costs. Pins and binding wishes of the person on those days no longer
    hold. Raises `BadProblem` for a person there is not or a day that has passed.
    """
    gone = frozenset(days)
    place = next((p for p, q in enumerate(problem.people) if q.id == person), None)
    if place is None:
        raise BadProblem("person", Said(f"没有“{person}”这个人", f"there is no person “{person}”"))
    if any(not since <= d < problem.days for d in gone):
        said = Said(
            f"请假须在第{since + 1}天到第{problem.days}天之间", f"days away must lie in {since}..{problem.days - 1}"
        )
        raise BadProblem("days", said)
    one = problem.people[place]
    changed = dataclasses.replace(one, away=tuple(sorted({*one.away, *gone})))
    people = (*problem.people[:place], changed, *problem.people[place + 1 :])
    return dataclasses.replace(
        problem,
        people=people,
        pins=tuple(pin for pin in problem.pins if not (pin.person == person and pin.day in gone)),
        wishes=tuple(
            w for w in problem.wishes if not (w.person == person and w.day in gone and w.wants and w.weight is None)
        ),
        keep=Keep(rows=plan.rows, since=since, most=most, weight=weight),
    )
