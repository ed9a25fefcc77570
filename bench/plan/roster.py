"""Figures of rosters: fair months for 100 and 200 officers, the nine benchmarks, a sick call, a conflict in words."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.plan.figure import Figure
from wuxiao.plan import roster
from wuxiao.plan.roster import Band, Contract, Cover, Fair, Person, Problem, Shift, Wish
from wuxiao.plan.roster.conflict import Conflict

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = Path(os.environ.get("WUXIAO_DATA") or ROOT.parent / "shared" / "data") / "rosters" / "schedulingbenchmarks"
KNOWN = {1: 607, 2: 828, 3: 1001, 4: 1716, 5: 1143, 6: 1950, 7: 1056, 8: 1308, 9: 439}
#: 40 to 50 people over four to eight weeks; the best of the published comparisons of an hour.
LARGER = {10: 4631, 11: 3443, 14: 1279, 15: 3928, 16: 3225, 17: 5750}
LIMIT = float(os.environ.get("WUXIAO_ROSTER_SECONDS", "600"))


def month(officers: int, seed: int, *, days: int = 28) -> Problem:
    """Return a month of a county's duty: three shifts, two skills, leave, wishes, what January left uneven."""
    draw = random.Random(seed)
    people = tuple(
        Person(
            id=f"警{n:03d}",
            contract="c",
            skills=("驾驶",) * (n % 3 == 0) + ("带班",) * (n % 5 == 0),
            away=tuple(sorted(draw.sample(range(days), draw.choice((0, 1, 2, 3, 5))))),
            carried={"nights": draw.randint(0, 1), "weekends": draw.randint(0, 1)},
        )
        for n in range(officers)
    )
    shifts = (
        Shift(id="早", start=480, minutes=480),
        Shift(id="中", start=960, minutes=480),
        Shift(id="夜", start=1320, minutes=600, night=True),
    )
    contract = Contract(id="c", run=Band(most=6), night_run=Band(most=4), off=Band(least=1), rest=660)
    cover = []
    for day in range(days):
        weekend = day % 7 >= 5
        for shift, share in (("早", 0.2 if weekend else 0.28), ("中", 0.18), ("夜", 0.12)):
            cover.append(Cover(day=day, shift=shift, need=round(share * officers), under=None, over=None))
            cover.append(Cover(day=day, shift=shift, need=max(1, officers // 50), skill="带班"))
            cover.append(Cover(day=day, shift=shift, need=max(1, officers // 30), skill="驾驶"))
    wishes = tuple(
        Wish(person=q.id, day=d, wants=False, weight=draw.randint(1, 3))
        for q in people
        for d in draw.sample(range(days), 3)
    ) + tuple(
        Wish(person=q.id, day=d, shift=draw.choice("早中夜"), wants=True, weight=1)
        for q in people
        for d in draw.sample(range(days), 2)
        if d not in q.away
    )
    return Problem(
        days=days,
        shifts=shifts,
        contracts=(contract,),
        people=people,
        cover=tuple(cover),
        wishes=wishes,
        fair=tuple(Fair(what=w, most=1) for w in ("nights", "weekends", "days")),
    )


def _fair(officers: int, seconds: float, **wanted: str) -> Mapping[str, Any]:
    rows: dict[str, Any] = {}
    times, spreads = [], []
    for seed in (1, 2, 3):
        problem = month(officers, seed)
        plan = roster.solve(problem, seconds=seconds, seed=seed)
        assert not roster.check(problem, plan), roster.check(problem, plan)[:3]
        times.append(plan.head.seconds if plan.head.stopped == "proved" else math.inf)
        spreads.append(max(plan.spread.values()))
        rows[f"seed {seed}"] = (
            f"{plan.head.seconds:.1f} s, {plan.head.stopped}, cost {plan.head.objective:g}, bound {plan.head.bound:g}, "
            f"spread {plan.spread}, wishes {plan.met}/{plan.wished}"
        )
    return {
        "spread of nights, weekends, days, worst": Figure(max(spreads), must="<= 1"),
        "seconds to the proof, median of 3": Figure(round(sorted(times)[1], 2), **wanted),
        **rows,
    }


def fair_100() -> Mapping[str, Any]:
    return _fair(100, 120, must="<= 15")


def fair_200() -> Mapping[str, Any]:
    return _fair(200, 180, aim="<= 30")


def _benchmark(number: int) -> Mapping[str, Any]:
    path = _instance(number)
    if path is None:
        return {"skipped": "the instance is not there; name the folder of the data in WUXIAO_DATA"}
    from wuxiao.plan.roster.readers import read_benchmark

    problem = read_benchmark(path)
    log: list[str] = []
    best: list[float] = []

    def told(state: Any) -> None:
        if state.objective is not None and (not best or state.objective < best[-1]):
            best.append(state.objective)
            log.append(f"{state.objective:g} at {state.seconds:.0f} s")

    plan = roster.solve(problem, seconds=LIMIT, seed=1, progress=told)
    assert not roster.check(problem, plan), roster.check(problem, plan)[:3]
    known = KNOWN.get(number) or LARGER[number]
    share = 1.03 if number in KNOWN else 1.05
    aim = f"<= {known}" if number <= 8 else f"<= {1.03 * known:.2f}" if number in LARGER else ""
    return {
        "objective": Figure(plan.head.objective, must=f"<= {share * known:.2f}", aim=aim),
        "ratio to the best known": round(plan.head.objective / known, 4),
        "bound": plan.head.bound,
        "seconds": round(plan.head.seconds, 1),
        "ended": plan.head.stopped,
        "way": ", ".join(log[-8:]),
    }


#: Instances of the two competitions, with the best known where one is published for the whole at once.
COMPETITIONS = {"long01": 197, "n040w4_0_2-0-6-1": None, "n040w4_2_6-1-0-6": None}


def _competition(name: str) -> Mapping[str, Any]:
    """Solve an instance whose rules are mostly soft, of 40 to 50 people."""
    from wuxiao.plan.roster.inrc import read_inrc1, read_inrc2

    first = name.startswith("long")
    folder = DATA.parent / ("inrc1" if first else "inrc2/" + name.partition("_")[0])
    if not folder.is_dir():
        return {"skipped": "the instance is not there; name the folder of the data in WUXIAO_DATA"}
    problem = read_inrc1(folder / f"{name}.xml") if first else read_inrc2(folder / f"{name}.txt")
    plan = roster.solve(problem, seconds=LIMIT, seed=1)
    assert not roster.check(problem, plan), roster.check(problem, plan)[:3]
    known = COMPETITIONS[name]
    wanted = {} if known is None else {"must": f"<= {1.05 * known:.2f}", "aim": f"<= {1.03 * known:.2f}"}
    return {"objective": Figure(plan.head.objective, **wanted), "bound": plan.head.bound, "ended": plan.head.stopped}


def _instance(number: int) -> Path | None:
    """Return the text file of an instance, or the one unpacked from the collection beside it."""
    path = DATA / f"Instance{number}.txt"
    if path.is_file():
        return path
    packed = DATA / "instances_00-24_json.zip"
    if not packed.is_file():
        return None
    import tempfile
    import zipfile

    folder = Path(tempfile.mkdtemp(prefix="rosters-"))
    with zipfile.ZipFile(packed) as inside:
        return Path(inside.extract(f"json/NurseRostering-{number:02d}.json", folder))


def sick_call() -> Mapping[str, Any]:
    """Three days' sickness in a month of 100: how few cells change, and how soon."""
    problem = month(100, 1)
    plan = roster.solve(problem, seconds=120, seed=1)
    one = next(q.id for q, row in zip(problem.people, plan.rows, strict=True) if all(row[10:13]))
    again = roster.sick(problem, plan, one, (10, 11, 12), since=10, most=12)
    found = roster.solve(again, seconds=60, seed=1)
    assert not roster.check(again, found)
    return {
        "changed cells (limit 12)": Figure(found.changed or 0, must="<= 12"),
        "seconds": round(found.head.seconds, 2),
        "ended": found.head.stopped,
    }


def conflict() -> Mapping[str, Any]:
    """A month that cannot be: the night of one day asks for more leaders than are not away."""
    import dataclasses

    problem = month(40, 1)
    leaders = [q for q in problem.people if "带班" in q.skills]
    people = tuple(
        dataclasses.replace(q, away=tuple(sorted({*q.away, 9}))) if q in leaders[1:] else q for q in problem.people
    )
    problem = dataclasses.replace(problem, people=people)
    try:
        roster.solve(problem, seconds=60, seed=1)
    except Conflict as found:
        return {
            "rules in the conflict": len(found.rules),
            "shown smallest": found.smallest,
            "words": [r.en for r in found.rules][:12],
        }
    raise AssertionError("a month that cannot be was rostered")


CASES: dict[str, Callable[[], Mapping[str, Any]]] = {
    "100 officers x 28 days": fair_100,
    "200 officers x 28 days": fair_200,
    "sick call": sick_call,
    "conflict": conflict,
    **{name: (lambda name=name: _competition(name)) for name in COMPETITIONS},
    **{f"benchmark {n}": (lambda n=n: _benchmark(n)) for n in (*KNOWN, *LARGER)},
}
