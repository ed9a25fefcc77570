"""Re-planning in the middle of a period: what is past stays, what is left of the problem is a smaller problem."""

from __future__ import annotations

import dataclasses

from wuxiao.plan.form import BadProblem
from wuxiao.plan.rounds.problem import Left, Place, Plan, Problem, Round


def rest_of(problem: Problem, warm: Plan | None) -> tuple[Problem, tuple[Round, ...], tuple[Left, ...], int]:
    """Return the problem from `today` on, the past rounds of the earlier plan, what can no longer be had, and how many
    places had to give up their longest gap because the past already broke it."""
    if problem.today == 0:
        return problem, (), (), 0
    known = {p.id for p in problem.places}
    past = tuple(r for r in (warm.rounds if warm else ()) if r.day < problem.today)
    past = tuple(r for r in past if all(v.place in known for v in r.visits))
    done: dict[str, list[int]] = {}
    for one in past:
        for visit in one.visits:
            done.setdefault(visit.place, []).append(one.day)
    places: list[Place] = []
    gone: list[Left] = []
    loosened = 0
    for place in problem.places:
        days = sorted(done.get(place.id, ()))
        wanted = place.visits - len(days)
        if wanted <= 0:
            continue
        for count, loose in ((c, x) for c in range(wanted, 0, -1) for x in (False, True)):
            smaller = _smaller(problem, place, days, count, loose=loose)
            if smaller is not None:
                places.append(smaller)
                loosened += loose
                wanted -= count
                break
        gone += [
            Left(
                place=place.id,
                day=problem.today,
                must=place.must,
                zh="余下的日子已排不下这一访次",
                en="the days that remain have no room for this visit",
            )
        ] * wanted
    shifts = tuple(s for s in problem.shifts if s.day >= problem.today)
    return dataclasses.replace(problem, places=tuple(places), shifts=shifts), past, tuple(gone), loosened


def _smaller(problem: Problem, place: Place, done: list[int], count: int, *, loose: bool) -> Place | None:
    ahead = range(problem.today, problem.days)
    change: dict[str, object] = {"visits": count, "last_day": max(done) if done else place.last_day}
    if place.patterns is not None:
        fit = {
            tuple(d for d in pattern if d >= problem.today)
            for pattern in place.patterns
            if set(done) <= set(pattern) or loose
        }
        rests = tuple(sorted(p for p in fit if len(p) == count))
        if not rests:
            return None
        change["patterns"] = rests
    else:
        free = tuple(d for d in (place.days if place.days is not None else ahead) if d >= problem.today)
        change["days"] = free
        if loose:
            change["gap_most"] = None
    try:
        smaller = dataclasses.replace(place, **change)  # type: ignore[arg-type]
        dataclasses.replace(problem, places=(smaller,))
    except BadProblem:
        return None
    return smaller
