"""Rounds: Cordeau's periodic instances, a county month against pattern + PyVRP, windows against PyVRP, a sick day."""

from __future__ import annotations

import dataclasses
import os
import time
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bench.plan.figure import Figure
from wuxiao.plan import rounds
from wuxiao.plan.rounds.patterns import listed
from wuxiao.plan.rounds.sample import county_month

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = Path(os.environ.get("WUXIAO_DATA") or ROOT.parent / "shared" / "data") / "routing"
#: Shortens or lengthens every limit, for a quick look.
SHARE = float(os.environ.get("WUXIAO_BENCH_SHARE", "1"))
#: PyVRP counts in whole numbers: hundredths of a minute.
FINE = 100


def pvrp() -> dict[str, Any]:
    """p01-p20, 60 s each, one seed; best known is the stated cost of the best solution, recomputed by the tests."""
    folder = DATA / "pvrp_cordeau" / "old"
    if not folder.is_dir():
        return {"skipped": "needs the real data sets (WUXIAO_DATA)"}
    gaps: dict[str, float] = {}
    breaches = 0
    cpu = time.process_time()
    for path in sorted(folder.glob("p??")):
        problem = rounds.load_pvrp(path)
        best = float((folder / "best" / f"{path.name}.res").read_text().split()[0])
        plan = rounds.solve(problem, seconds=60 * SHARE, seed=1)
        breaches += len(rounds.check(problem, plan))
        gaps[path.name] = 100 * (plan.head.objective / best - 1)
    return {
        "mean over best known, %": Figure(round(float(np.mean(list(gaps.values()))), 3), "<= 2", "<= 0.7"),
        "breaches": Figure(breaches, "<= 0"),
        "worst, %": round(max(gaps.values()), 2),
        "each, %": {k: round(v, 2) for k, v in gaps.items()},
        "seconds each": 60 * SHARE,
        "CPU share": round((time.process_time() - cpu) / (60 * SHARE * max(1, len(gaps))), 2),
    }


def county() -> dict[str, Any]:
    """`county_month(1)`: 30 s here, 30 s pattern + PyVRP, 30 s PyVRP that knows no spacing."""
    problem = county_month(1)
    cpu = time.process_time()
    plan = rounds.solve(problem, seconds=30 * SHARE, seed=1)
    cpu = time.process_time() - cpu
    patterned = pattern_pyvrp(problem, 30 * SHARE, seed=1)
    free, days = free_pyvrp(problem, 30 * SHARE, seed=1)
    ours = plan.travel / 60
    return {
        "travel, h": Figure(round(ours, 2), "<= 53.3", "<= 50"),
        "breaches (spacing and all else)": Figure(len(rounds.check(problem, plan)), "<= 0"),
        "pattern + PyVRP plain, h": round(patterned / 60, 2),
        "share of pattern + PyVRP": Figure(round(ours * 60 / patterned, 3), "<= 1", "<= 0.938"),
        "PyVRP without spacing, h": round(free / 60, 2),
        "its spacing breaches": spacing_breaches(problem, days),
        "PyVRP on our days gains, %": round(100 * (1 - _polished(problem, plan, 15 * SHARE) / plan.travel), 3),
        "steps": plan.head.iterations,
        "CPU share": round(cpu / (30 * SHARE), 2),
    }


def county_counties() -> dict[str, Any]:
    """Five other county months, 30 s each, against pattern + PyVRP: the figure is no accident of one seed."""
    shares = []
    for seed in range(2, 7):
        problem = county_month(seed)
        plan = rounds.solve(problem, seconds=30 * SHARE, seed=seed)
        if rounds.check(problem, plan):
            return {"breaches": Figure(1, "<= 0"), "seed": seed}
        shares.append(plan.travel / pattern_pyvrp(problem, 30 * SHARE, seed=seed))
    return {
        "median share of pattern + PyVRP": Figure(round(float(np.median(shares)), 3), "<= 1", "<= 0.938"),
        "worst": round(max(shares), 3),
    }


def sick_day() -> dict[str, Any]:
    """The county month with meals; on day 9 officer O1 falls ill for two days: few changes, all visits kept."""
    problem = county_month(1, meals=True)
    first = rounds.solve(problem, seconds=30 * SHARE, seed=1)
    ill = tuple(s for s in problem.shifts if not (s.officer == "O1" and s.day in (9, 10)))
    after = dataclasses.replace(problem, shifts=ill, today=9, change_minutes=15.0)
    lost = sum(len(r.visits) for r in first.rounds if r.officer == "O1" and r.day in (9, 10))
    again = rounds.solve(after, seconds=5 * SHARE, seed=1, warm=first)
    fresh = rounds.solve(dataclasses.replace(after, change_minutes=0.0), seconds=5 * SHARE, seed=1, warm=first)
    return {
        "visits of the two sick days": lost,
        "visits moved": Figure(again.moved or 0, f"<= {3 * lost}", f"<= {2 * lost}"),
        "moved without the price on changes": fresh.moved,
        "breaches": Figure(len(rounds.check(after, again)), "<= 0"),
        "travel before, h": round(first.travel / 60, 2),
        "travel after, h": round(again.travel / 60, 2),
        "left": len(again.left),
    }


def windows() -> dict[str, Any]:
    """Solomon r101 r201 c101 rc101 rc201 r112, 20 s each, against PyVRP for as long, distance with the fleet given."""
    folder = DATA / "solomon_100" / "problems"
    if not folder.is_dir():
        return {"skipped": "needs the real data sets (WUXIAO_DATA)"}
    shares = {}
    for name in ("r101", "r201", "c101", "rc101", "rc201", "r112"):
        problem = rounds.load_solomon(folder / f"{name}.txt")
        plan = rounds.solve(problem, seconds=20 * SHARE, seed=1)
        if rounds.check(problem, plan):
            return {"breaches": Figure(1, "<= 0"), "instance": name}
        shares[name] = round(plan.travel / pattern_pyvrp(problem, 20 * SHARE, seed=1), 4)
    return {
        "mean share of PyVRP's distance": Figure(round(float(np.mean(list(shares.values()))), 4), "<= 1.01"),
        **shares,
    }


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "pvrp": pvrp,
    "county": county,
    "counties": county_counties,
    "sick day": sick_day,
    "windows": windows,
}


def pattern_pyvrp(problem: rounds.Problem, seconds: float, *, seed: int) -> float:
    """Return the travel of the plain way, half the time each: PyVRP with a share of the horizon for every visit, its
    days mended to the nearest patterns, then PyVRP day by day with all windows; infinite where one has no room."""
    if problem.days == 1:
        return _pyvrp(problem, {p.id: [(0, 0)] for p in problem.places}, seconds, seed)[0]
    reserved = tuple(dataclasses.replace(s, end=s.start + 0.82 * (s.end - s.start)) for s in problem.shifts)
    _, days = free_pyvrp(dataclasses.replace(problem, shifts=reserved), seconds / 2, seed=seed)
    chosen = _mended(problem, days)
    days = sorted({s.day for s in problem.shifts})
    travel = 0.0
    for day in days:
        shifts = tuple(s for s in problem.shifts if s.day == day)
        spans = {name: [(day, day)] for name, way in chosen.items() if day in way}
        if spans:
            one = _pyvrp(problem, spans, seconds / 2 / len(days), seed, shifts)[0]
            # A day too full for so short a run gets a longer one, so that the peer is not lost for a single day.
            travel += one if np.isfinite(one) else _pyvrp(problem, spans, seconds / 4, seed + 1, shifts)[0]
    return travel


def _polished(problem: rounds.Problem, plan: rounds.Plan, seconds: float) -> float:
    """Return the travel after PyVRP has run on every day of a plan as it stands, the better route of each day kept."""
    days = sorted({r.day for r in plan.rounds})
    total = 0.0
    for day in days:
        now = [r for r in plan.rounds if r.day == day]
        spans = {v.place: [(day, day)] for r in now for v in r.visits}
        shifts = tuple(s for s in problem.shifts if s.day == day)
        total += min(sum(r.travel for r in now), _pyvrp(problem, spans, seconds / len(days), 1, shifts)[0])
    return total


def free_pyvrp(problem: rounds.Problem, seconds: float, *, seed: int) -> tuple[float, dict[str, list[int]]]:
    """Return travel and days of PyVRP alone: visit k of a place is due in the k-th share of the horizon."""
    spans = {
        p.id: [(problem.days * k // p.visits, problem.days * (k + 1) // p.visits - 1) for k in range(p.visits)]
        for p in problem.places
    }
    return _pyvrp(problem, spans, seconds, seed)


def _pyvrp(
    problem: rounds.Problem,
    spans: dict[str, list[tuple[int, int]]],
    seconds: float,
    seed: int,
    shifts: tuple[rounds.Shift, ...] = (),
) -> tuple[float, dict[str, list[int]]]:
    """Run PyVRP with the days one after another on its clock: a visit is a client that may lie within some days, a
    shift a vehicle. A visit that may lie on several days keeps no hours, as PyVRP knows one window a client."""
    import pyvrp
    from pyvrp.stop import MaxRuntime

    span = 1_000_000
    shifts = shifts or problem.shifts
    table = next(iter(problem.minutes.values()))
    clients, owners = [], []
    for place in problem.places:
        late = span - 1 if np.isinf(place.closes) else round(place.closes * FINE)
        for first, last in spans.get(place.id, ()):
            early = first * span + (round(place.opens * FINE) if first == last else 0)
            clients.append(
                pyvrp.Client(
                    place.at,
                    delivery=[round(place.load)],
                    service_duration=round(place.minutes * FINE),
                    tw_early=early,
                    tw_late=last * span + (late if first == last else span - 1),
                )
            )
            owners.append(place.id)
    vehicles = [
        pyvrp.VehicleType(
            1,
            capacity=[10**9 if np.isinf(s.capacity) else round(s.capacity)],
            tw_early=s.day * span + round(s.start * FINE),
            tw_late=s.day * span + (span - 1 if np.isinf(s.end) else round(s.end * FINE)),
        )
        for s in shifts
    ]
    matrix = np.round(table * FINE).astype(np.int64)
    rows = [pyvrp.Location(0, 0) for _ in range(len(table))]
    data = pyvrp.ProblemData(rows, clients, [pyvrp.Depot(0)], vehicles, [matrix], [matrix])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = pyvrp.solve(data, MaxRuntime(seconds), seed, False, False)
    days: dict[str, list[int]] = {p.id: [] for p in problem.places}
    travel = 0.0
    for route in result.best.routes():
        shift = shifts[route.vehicle_type()]
        stops = [a.idx for a in route.schedule() if a.is_client()]
        way = [shift.base, *(clients[i].location for i in stops), shift.base]
        travel += sum(float(table[a, b]) for a, b in pairwise(way))
        for i in stops:
            days[owners[i]].append(shift.day)
    return (travel if result.is_feasible() else float("inf")), days


def _mended(problem: rounds.Problem, days: dict[str, list[int]]) -> dict[str, tuple[int, ...]]:
    """Return for each place its days where they keep its gaps, else the allowed set that lies best: where the day's
    nearest place is near and the day has room."""
    table = next(iter(problem.minutes.values()))
    room = np.zeros(problem.days)
    shifts = np.bincount([s.day for s in problem.shifts], minlength=problem.days)
    for s in problem.shifts:
        room[s.day] += 0.78 * (s.end - s.start)
    chosen: dict[str, tuple[int, ...]] = {}
    on: dict[int, list[int]] = {d: [] for d in range(problem.days)}

    def take(place: rounds.Place, way: tuple[int, ...]) -> None:
        chosen[place.id] = way
        for d in way:
            on[d].append(place.at)
            room[d] -= place.minutes + 5.0

    most = [p.gap_most if p.gap_most is not None else 10**6 for p in problem.places]
    broken = []
    for place, longest in zip(problem.places, most, strict=True):
        way = tuple(sorted(days[place.id]))
        if len(way) == place.visits and all(place.gap_least <= b - a <= longest for a, b in pairwise(way)):
            take(place, way)
        else:
            broken.append(place)
    for place in broken:
        ways = [w for w in listed(problem.days, place) or _weekly(place) if all(shifts[d] for d in w)]
        price = {
            d: float(table[place.at, on[d] or [0]].min()) + (300.0 if room[d] < place.minutes + 5.0 else 0.0)
            for d in range(problem.days)
        }
        take(place, min(ways, key=lambda w: sum(price[d] for d in w)))
    return chosen


def _weekly(place: rounds.Place) -> list[tuple[int, ...]]:
    """Return the sets of days that keep about a week between visits (a day more or less)."""
    free = sorted(place.days or ())
    ways: list[tuple[int, ...]] = [(d,) for d in free]
    for _ in range(place.visits - 1):
        ways = [(*w, d) for w in ways for d in free if 6 <= d - w[-1] <= 8]
    return ways


def spacing_breaches(problem: rounds.Problem, days: dict[str, list[int]]) -> int:
    """Return how many pairs of neighbouring visits of a place break its gaps."""
    count = 0
    for place in problem.places:
        most = place.gap_most if place.gap_most is not None else 10**6
        count += sum(not place.gap_least <= b - a <= most for a, b in pairwise(sorted(days.get(place.id, ()))))
    return count
