"""Rounds: every visit on an allowed day, in time, by one who can; against brute force; by file and by command."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.plan import cli, register, rounds, store
from wuxiao.plan.form import BadProblem, Cancel, State, after_iterations
from wuxiao.plan.rounds import Break, Officer, Place, Plan, Problem, Shift, check, solve
from wuxiao.plan.rounds.patterns import listed
from wuxiao.plan.rounds.readers import length, load_pvrp_solution
from wuxiao.plan.rounds.sample import county_month
from wuxiao.plan.rounds.schedule import round_of

SLOW_FIRST = settings(max_examples=lots(5, 15), suppress_health_check=[HealthCheck.too_slow])


def run(problem: Problem, steps: int = 300, seed: int = 1, warm: Plan | None = None) -> Plan:
    return solve(problem, seconds=math.inf, seed=seed, stop=after_iterations(steps), warm=warm)


def small(
    seed: int, *, places: int = 6, days: int = 3, officers: int = 2, windows: bool = True, breaks: bool = False,
    other: float = 0.0,
) -> Problem:  # fmt: skip
    random = np.random.default_rng(seed)
    xy = random.uniform(0, 20, (places + 1, 2))
    rows = []
    for i in range(places):
        visits = int(random.integers(1, 3))
        opens = float(random.integers(0, 60)) if windows else 0.0
        rows.append(
            Place(
                id=f"p{i}", at=i + 1, minutes=5.0, visits=visits, gap_least=int(random.integers(1, visits + 1)),
                opens=opens, closes=opens + 90 if windows else math.inf, load=1.0,
            )
        )  # fmt: skip
    rest = (Break(first=40, last=80, minutes=15),) if breaks else ()
    shifts = tuple(
        Shift(officer=f"o{o}", day=d, start=0, end=240, capacity=5, breaks=rest)
        for d in range(days)
        for o in range(officers)
    )
    return Problem(
        days=days,
        places=tuple(rows),
        officers=tuple(Officer(id=f"o{o}") for o in range(officers)),
        shifts=shifts,
        minutes={"ride": rounds.euclid(xy)},
        other_officer_minutes=other,
    )


# ------------------------------------------------------------------------------------------------------------- oracle


def best_route(problem: Problem, shift: Shift, places: tuple[Place, ...]) -> float:
    """Return the least travel of one shift over all orders, by simulation of every place of the break."""
    if sum(p.load for p in places) > shift.capacity:
        return math.inf
    table, best = problem.minutes[shift.mode], math.inf
    for order in itertools.permutations(places):
        rows = [shift.base, *(p.at for p in order), shift.base]
        travel = sum(float(table[a, b]) for a, b in itertools.pairwise(rows))
        if travel < best and any(
            _in_time(problem, shift, order, spots)
            for spots in itertools.combinations_with_replacement(range(2 * len(order) + 2), len(shift.breaks))
        ):
            best = travel
    return best


def _in_time(problem: Problem, shift: Shift, order: tuple[Place, ...], spots: tuple[int, ...]) -> bool:
    """Simulate: spot 2i is before leaving for visit i, 2i + 1 on arriving there."""
    table, now, at = problem.minutes[shift.mode], shift.start, shift.base
    for i in range(len(order) + 1):
        for half in (0, 1):
            for k, spot in enumerate(spots):
                if spot == 2 * i + half:
                    now = max(now, shift.breaks[k].first)
                    if now > shift.breaks[k].last:
                        return False
                    now += shift.breaks[k].minutes
            if half == 0:
                goal = order[i].at if i < len(order) else shift.base
                now, at = now + float(table[at, goal]), goal
        if i < len(order):
            now = max(now, order[i].opens)
            if now > order[i].closes:
                return False
            now += order[i].minutes
    return now <= shift.end


def brute(problem: Problem) -> float:
    """Return the least objective over all patterns and all assignments to shifts."""
    shifts = {d: [s for s in problem.shifts if s.day == d] for d in range(problem.days)}
    cost: dict[tuple[Shift, frozenset[str]], float] = {}
    by_id = {p.id: p for p in problem.places}

    def route(shift: Shift, who: frozenset[str]) -> float:
        if (shift, who) not in cost:
            cost[shift, who] = best_route(problem, shift, tuple(by_id[x] for x in sorted(who))) if who else 0.0
        return cost[shift, who]

    best = math.inf
    ways = [
        [tuple(zip(days, who, strict=True)) for days in listed(problem.days, p) or ()
         for who in itertools.product(*(shifts[d] for d in days))]
        for p in problem.places
    ]  # fmt: skip
    for chosen in itertools.product(*ways):
        loads: dict[Shift, set[str]] = {}
        other = 0
        for place, way in zip(problem.places, chosen, strict=True):
            names = [s.officer for _, s in way]
            other += len(names) - max(names.count(x) for x in names)
            for _, shift in way:
                loads.setdefault(shift, set()).add(place.id)
        total = problem.other_officer_minutes * other
        for shift, who in loads.items():
            total += route(shift, frozenset(who))
            if total >= best:
                break
        best = min(best, total)
    return best


@pytest.mark.parametrize(
    ("seed", "breaks", "other"), [(1, False, 0.0), (2, True, 0.0), (3, False, 9.0), (4, True, 9.0)]
)
def test_the_search_finds_what_brute_force_finds(seed: int, breaks: bool, other: float) -> None:
    problem = small(seed, places=4, days=3, breaks=breaks, other=other)
    plan = run(problem, 1500)
    assert check(problem, plan) == []
    assert not plan.left
    assert plan.head.objective == pytest.approx(brute(problem), abs=1e-6)
    assert plan.head.bound is None


@SLOW_FIRST
@given(seed=st.integers(0, 10**6), breaks=st.booleans(), other=st.sampled_from([0.0, 5.0]), windows=st.booleans())
def test_every_visit_is_done_once_or_named_as_left(seed: int, breaks: bool, other: float, windows: bool) -> None:
    problem = small(seed, places=9, days=4, breaks=breaks, other=other, windows=windows)
    plan = run(problem, 150, seed=seed)
    assert [s.en for s in check(problem, plan) if "must-visit" not in s.en] == []
    done = sum(len(r.visits) for r in plan.rounds)
    assert done + len(plan.left) == sum(p.visits for p in problem.places)


@SLOW_FIRST
@given(seed=st.integers(0, 10**6), count=st.integers(0, 2))
def test_times_with_breaks_are_earliest(seed: int, count: int) -> None:
    problem = small(seed, places=4, days=3, breaks=False)
    random = np.random.default_rng(seed)
    rests = tuple(
        Break(first=float(f), last=float(f + random.integers(0, 40)), minutes=10.0)
        for f in np.cumsum(random.integers(20, 60, count))
    )
    shift = dataclasses.replace(problem.shifts[0], breaks=rests)
    problem = dataclasses.replace(problem, shifts=(shift, *problem.shifts[1:]))
    order = problem.places
    possible = any(
        _in_time(problem, shift, order, spots)
        for spots in itertools.combinations_with_replacement(range(2 * len(order) + 2), count)
    )
    assert (round_of(problem, shift, order) is not None) == possible


# -------------------------------------------------------------------------------------------------------- days, people


def test_gaps_fixed_days_last_day_and_long_horizons() -> None:
    xy = np.array([[0, 0], [1, 0], [2, 0], [3, 0]])
    days = 70
    problem = Problem(
        days=days,
        places=(
            Place(id="weekly", at=1, minutes=10, visits=10, gap_least=5, gap_most=9, last_day=-3),
            Place(id="fixed", at=2, minutes=10, visits=3, days=(4, 30, 60)),
            Place(id="either", at=3, minutes=10, visits=2, patterns=((1, 8), (2, 9))),
        ),
        officers=(Officer(id="o"),),
        shifts=tuple(Shift(officer="o", day=d, end=480.0) for d in range(days) if d % 7 < 5 or d == 60),
        minutes={"walk": rounds.euclid(xy), "ride": rounds.euclid(xy, per_minute=4)},
    )
    plan = run(problem, 2000)
    assert check(problem, plan) == []
    visited = {p: [r.day for r in plan.rounds for v in r.visits if v.place == p] for p in ("weekly", "fixed", "either")}
    assert visited["fixed"] == [4, 30, 60]
    assert visited["either"] in ([1, 8], [2, 9])
    row = [-3, *visited["weekly"]]
    assert all(5 <= b - a <= 9 for a, b in itertools.pairwise(row))


def test_skills_people_and_walking_or_riding() -> None:
    xy = np.array([[0, 0], [60, 0], [0, 3]])
    problem = Problem(
        days=1,
        places=(
            Place(id="far", at=1, minutes=10),
            Place(id="two", at=2, minutes=10, people=2, skills=frozenset({"fire"})),
        ),
        officers=(Officer(id="walker", people=2, skills=frozenset({"fire"})), Officer(id="rider")),
        shifts=(
            Shift(officer="walker", day=0, end=200, mode="walk"),
            Shift(officer="rider", day=0, end=200, mode="ride"),
        ),
        minutes={"walk": rounds.euclid(xy, per_minute=0.5), "ride": rounds.euclid(xy, per_minute=2)},
    )
    plan = run(problem)
    assert check(problem, plan) == []
    assert {(r.officer, v.place) for r in plan.rounds for v in r.visits} == {("walker", "two"), ("rider", "far")}


def test_must_visits_come_first_and_what_is_left_says_why() -> None:
    xy = np.column_stack([np.arange(9), np.zeros(9)])
    places = tuple(
        Place(id=f"p{i}", at=i + 1, minutes=30, must=i >= 5, worth=500.0) for i in range(8)
    )  # the must-visits lie farthest
    problem = Problem(
        days=1,
        places=places,
        officers=(Officer(id="o"),),
        shifts=(Shift(officer="o", day=0, end=140.0),),
        minutes={"ride": rounds.euclid(xy)},
    )
    plan = run(problem)
    assert check(problem, plan) == []
    assert {"p5", "p6", "p7"} <= {v.place for r in plan.rounds for v in r.visits}
    assert plan.left
    assert all(not x.must and x.zh and x.en for x in plan.left)
    tight = dataclasses.replace(problem, shifts=(Shift(officer="o", day=0, end=60.0),))
    plan = run(tight)
    assert any("must-visit" in s.en for s in check(tight, plan))
    assert any("必访" in s.zh and "没有排上" in s.zh for s in plan.why())
    nobody = dataclasses.replace(problem, shifts=())
    assert len(run(nobody).left) == 8


def test_the_officer_a_place_knows_goes_where_it_costs_little() -> None:
    problem = small(5, places=8, days=4, windows=False)
    usual = tuple(dataclasses.replace(p, usual="o1", load=0.0) for p in problem.places)
    weighed = dataclasses.replace(problem, places=usual, other_officer_minutes=50.0)
    free = dataclasses.replace(weighed, other_officer_minutes=0.0)
    assert run(weighed, 800).other_officer == 0
    assert run(free, 800).travel <= run(weighed, 800).travel + 1e-6


# ------------------------------------------------------------------------------------------------- again, and re-plans


def test_same_seed_and_steps_same_plan_whatever_the_clock() -> None:
    problem = county_month(3, places=60, visits=90, km=20)
    first, second = run(problem, 2500, seed=7), solve(problem, seconds=500, seed=7, stop=after_iterations(2500))
    still = [dataclasses.replace(p, head=dataclasses.replace(p.head, seconds=0.0)) for p in (first, second)]
    assert store.same(*still)
    assert first.head.iterations == 2500
    assert first.head.stopped == "iterations"


def test_time_limit_cancel_and_progress() -> None:
    problem = county_month(3, places=60, visits=90, km=20)
    told: list[State] = []
    plan = solve(problem, seconds=0.5, seed=1, progress=told.append)
    assert plan.head.stopped == "seconds"
    assert plan.head.seconds < 5
    assert told[-1].iterations == plan.head.iterations
    costs = [s.objective for s in told if s.objective is not None]
    assert costs == sorted(costs, reverse=True)
    cancel = Cancel()
    cancel.now()
    assert solve(problem, seconds=100, seed=1, stop=cancel).head.stopped == "cancelled"


def test_a_sick_day_changes_little_and_the_past_stays() -> None:
    problem = county_month(4, places=100, visits=150, km=20, meals=True)
    first = run(problem, 3000)
    assert check(problem, first) == []
    today = 4
    ill = tuple(s for s in problem.shifts if not (s.officer == "O1" and s.day == today))
    after = dataclasses.replace(problem, shifts=ill, today=today, change_minutes=20.0)
    plan = run(after, 2000, warm=first)
    assert check(after, plan) == []
    past = [r for r in first.rounds if r.day < today]
    assert [r for r in plan.rounds if r.day < today] == past
    lost = sum(len(r.visits) for r in first.rounds if r.officer == "O1" and r.day == today)
    fresh = run(dataclasses.replace(after, change_minutes=0.0), 2000, warm=first)
    assert plan.moved is not None
    assert fresh.moved is not None
    assert lost <= plan.moved <= 3 * lost
    assert plan.moved < fresh.moved
    assert any("原计划" in s.zh for s in plan.why())


def test_a_warm_start_never_ends_worse_and_takes_over_what_still_fits() -> None:
    problem = county_month(5, places=80, visits=110, km=20)
    first = run(problem, 2000)
    again = run(problem, 1, warm=first)
    assert again.head.objective <= first.head.objective + 1e-6
    fewer = dataclasses.replace(problem, places=problem.places[5:])
    assert check(fewer, run(fewer, 200, warm=first)) == []
    # Wider gaps than the earlier plan kept: its days are given up where they no longer fit.
    wider = tuple(dataclasses.replace(p, gap_least=12) if p.visits == 2 else p for p in problem.places)
    other = dataclasses.replace(problem, places=wider)
    assert [s for s in check(other, run(other, 500, warm=first)) if "gaps" in s.en] == []


def test_a_past_without_visits_says_what_can_no_longer_be() -> None:
    xy = np.array([[0, 0], [1, 0]])
    problem = Problem(
        days=10,
        places=(Place(id="a", at=1, minutes=5, visits=4, gap_least=2, gap_most=3),),
        officers=(Officer(id="o"),),
        shifts=tuple(Shift(officer="o", day=d, end=60.0) for d in range(10)),
        minutes={"ride": rounds.euclid(xy)},
        today=6,
    )
    plan = run(problem)
    assert all(r.day >= 6 for r in plan.rounds)
    assert plan.visits + len(plan.left) == 4
    assert plan.visits == 2


# -------------------------------------------------------------------------------------------------- refused and broken


@pytest.mark.parametrize(
    ("change", "where", "row"),
    [
        ({"places": (Place(id="a", at=1, minutes=5), Place(id="a", at=1, minutes=5))}, "places", 1),
        ({"places": (Place(id="a", at=9, minutes=5),)}, "places", 0),
        ({"places": (Place(id="a", at=1, minutes=math.nan),)}, "places", 0),
        ({"places": (Place(id="a", at=1, minutes=5, opens=9, closes=3),)}, "places", 0),
        ({"places": (Place(id="a", at=1, minutes=5, visits=3, gap_least=4),)}, "places", 0),
        ({"places": (Place(id="a", at=1, minutes=5, visits=2, patterns=((0,),)),)}, "places", 0),
        ({"places": (Place(id="a", at=1, minutes=5, days=(7,)),)}, "places", 0),
        ({"places": (Place(id="a", at=1, minutes=5, skills=frozenset({"x"})),)}, "places", 0),
        ({"places": (Place(id="a", at=1, minutes=5, people=3),)}, "places", 0),
        ({"places": (Place(id="a", at=1, minutes=5, usual="nobody"),)}, "places", 0),
        ({"minutes": {"ride": np.array([[0, math.inf], [1, 0]])}}, "places", 0),
        ({"minutes": {"ride": np.array([[0, math.nan], [1, 0]])}}, "minutes.ride", 0),
        ({"minutes": {"ride": np.array([[0, -1], [1, 0]])}}, "minutes.ride", 0),
        ({"minutes": {}}, "minutes", None),
        ({"shifts": (Shift(officer="x", day=0),)}, "shifts", 0),
        ({"shifts": (Shift(officer="o", day=0), Shift(officer="o", day=0))}, "shifts", 1),
        ({"shifts": (Shift(officer="o", day=9),)}, "shifts", 0),
        ({"shifts": (Shift(officer="o", day=0, mode="fly"),)}, "shifts", 0),
        ({"shifts": (Shift(officer="o", day=0, end=60, breaks=(Break(first=50, last=55, minutes=20),)),)}, "shifts", 0),
        ({"officers": (Officer(id="o"), Officer(id="o"))}, "officers", 1),
        ({"days": 0}, "days", None),
        ({"today": 5}, "today", None),
        ({"change_minutes": -1.0}, "change_minutes", None),
    ],
)
def test_bad_questions_are_refused_by_field_and_row(change: dict[str, object], where: str, row: int | None) -> None:
    fine: dict[str, object] = {
        "days": 3,
        "places": (Place(id="a", at=1, minutes=5),),
        "officers": (Officer(id="o"),),
        "shifts": (Shift(officer="o", day=0),),
        "minutes": {"ride": np.array([[0.0, 1.0], [1.0, 0.0]])},
    }
    Problem(**fine)  # type: ignore[arg-type]
    with pytest.raises(BadProblem) as caught:
        Problem(**{**fine, **change})  # type: ignore[arg-type]
    assert (caught.value.where, caught.value.row) == (where, row)
    assert caught.value.said.zh
    assert caught.value.said.en


def test_breaks_are_kept_in_shifts_without_an_end() -> None:
    problem = small(5, places=24, days=3)
    meals = (Break(first=40, last=45, minutes=15), Break(first=100, last=105, minutes=15))
    shifts = tuple(Shift(officer=s.officer, day=s.day, breaks=meals) for s in problem.shifts)
    problem = dataclasses.replace(
        problem, shifts=shifts, places=tuple(dataclasses.replace(p, minutes=30.0) for p in problem.places)
    )
    plan = run(problem, 3)
    assert [said.en for said in check(problem, plan) if "was left" not in said.en] == []


def test_the_check_catches_every_kind_of_broken_plan() -> None:
    problem = small(11, places=8, days=4, breaks=True, other=5.0)
    problem = dataclasses.replace(
        problem, places=(*problem.places[:-1], dataclasses.replace(problem.places[-1], visits=2, gap_least=2))
    )
    plan = run(problem, 400)
    assert check(problem, plan) == []
    r = max(plan.rounds, key=lambda x: len(x.visits))
    i = plan.rounds.index(r)
    v = r.visits[-1]

    def broken(**change: object) -> Plan:
        one = dataclasses.replace(r, **change)  # type: ignore[arg-type]
        return dataclasses.replace(plan, rounds=(*plan.rounds[:i], one, *plan.rounds[i + 1 :]))

    def last(**change: object) -> Plan:
        return broken(visits=(*r.visits[:-1], dataclasses.replace(v, **change)))  # type: ignore[arg-type]

    rest = r.rests[0]
    worse = {
        "a visit lost": broken(visits=r.visits[:-1]),
        "a visit twice": broken(visits=(*r.visits, v)),
        "unknown place": last(place="nowhere"),
        "no such shift": broken(officer="nobody"),
        "another day": broken(day=3 if r.day != 3 else 0),
        "too early there": last(arrive=v.arrive - 30),
        "begins before arriving": last(begin=v.begin - 300, end=v.end - 300),
        "too short": last(end=v.end - 3),
        "home too early": broken(back=v.end),
        "leaves too early": broken(leave=-10.0),
        "no break": broken(rests=()),
        "break too late": broken(rests=(dataclasses.replace(rest, begin=rest.begin + 200, end=rest.end + 200),)),
        "break too short": broken(rests=(dataclasses.replace(rest, end=rest.end - 5),)),
        "travel is wrong": broken(travel=r.travel - 1),
        "objective is wrong": dataclasses.replace(plan, head=dataclasses.replace(plan.head, objective=1.0)),
        "bound above objective": dataclasses.replace(plan, head=dataclasses.replace(plan.head, bound=1e9)),
        "count is wrong": dataclasses.replace(plan, visits=1),
        "other officers wrong": dataclasses.replace(plan, other_officer=plan.other_officer + 1),
        "round twice": dataclasses.replace(plan, rounds=(*plan.rounds, r)),
    }
    for name, bad in worse.items():
        assert check(problem, bad), name

    def under(**change: object) -> Problem:
        places = tuple(dataclasses.replace(p, **change) for p in problem.places)  # type: ignore[arg-type]
        return dataclasses.replace(problem, places=places)

    assert any("gaps" in s.en for s in check(under(gap_least=3, visits=1), plan))
    assert any("capacity" in s.en for s in check(under(load=3.0), plan))
    assert any("may not be" in s.en for s in check(under(days=(1,), visits=1), plan))
    assert any("patterns" in s.en for s in check(under(patterns=((1,),), visits=1), plan))
    shifts = tuple(dataclasses.replace(s, longest=1.0) for s in problem.shifts)
    assert any("limit" in s.en for s in check(dataclasses.replace(problem, shifts=shifts), plan))
    both = tuple(Officer(id=f"o{i}", skills=frozenset({"x"})) for i in range(3))
    kept = tuple(dataclasses.replace(p, skills=frozenset({"x"})) for p in problem.places)
    more = dataclasses.replace(problem, places=kept, officers=both)
    assert check(more, plan) == []
    unskilled = (Officer(id="o0"), Officer(id="o1"), Officer(id="o2", skills=frozenset({"x"})))
    less = dataclasses.replace(more, officers=unskilled)
    assert any("skills" in s.en for s in check(less, plan))


# ------------------------------------------------------------------------------------------- files, register, commands


def test_json_both_ways_and_words() -> None:
    problem = small(2, breaks=True, other=3.0)
    plan = run(problem, 100)
    assert store.same(store.from_json(Problem, json.loads(json.dumps(store.to_json(problem)))), problem)
    assert store.same(store.from_json(Plan, json.loads(json.dumps(store.to_json(plan)))), plan)
    assert all(s.zh and s.en for s in plan.why())
    assert any("not guaranteed" in s.en.lower() for s in plan.why())


def test_register_names_every_input() -> None:
    assert register.faults(rounds.ENGINE.entry, Problem) == []


def test_command_solves_a_file_and_takes_a_warm_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.save(small(2), tmp_path / "problem.json")
    words = ["rounds", str(tmp_path / "problem.json"), "--iterations", "100", "--seed", "3", "--json"]
    assert cli.main([*words, "--out", str(tmp_path / "plan.json")]) == 0
    first = json.loads(capsys.readouterr().out)
    assert {"objective", "bound", "gap", "seconds", "travel_minutes", "visits"} <= set(first)
    assert cli.main([*words, "--warm", str(tmp_path / "plan.json")]) == 0
    assert json.loads(capsys.readouterr().out)["objective"] <= first["objective"] + 1e-9
    (tmp_path / "bad").write_text("1 2\n")
    assert cli.main(["rounds", "--pvrp", str(tmp_path / "bad")]) == 2
    assert cli.main(["rounds", "--solomon", str(tmp_path / "bad")]) == 2
    assert cli.main(["rounds", "--schema"]) == 0


def test_the_county_month_has_the_numbers_it_says() -> None:
    problem = county_month(1)
    assert len(problem.places) == 400
    assert sum(p.visits for p in problem.places) == 629
    assert len(problem.shifts) == 41
    assert store.same(problem, county_month(1))


@pytest.mark.data
def test_published_solutions_recompute_and_keep_the_rules(shared_data: Path) -> None:
    folder = shared_data / "routing" / "pvrp_cordeau" / "old"
    for path in sorted(folder.glob("p??")):
        problem = rounds.load_pvrp(path)
        cost, routes = load_pvrp_solution(folder / "best" / f"{path.name}.res")
        assert length(problem.minutes["straight"], routes) == pytest.approx(cost, abs=0.05), path.name
        days: dict[str, list[int]] = {}
        for day, stops in routes:
            for stop in stops:
                days.setdefault(str(stop), []).append(day)
        for place in problem.places:
            if problem.minutes["straight"][0, place.at] == 0:
                continue  # p01 fills one vehicle with a load at the depot; the routes leave it out
            assert place.patterns is not None
            assert tuple(sorted(days[place.id])) in {tuple(sorted(p)) for p in place.patterns}, (path.name, place.id)


@pytest.mark.data
def test_published_instances_are_read_and_solved(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared_data / "routing"
    path = folder / "pvrp_cordeau" / "old" / "p14"
    assert cli.main(["rounds", "--pvrp", str(path), "--iterations", "3000", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["objective"] <= 954.81 * 1.03
    path = folder / "solomon_100" / "problems" / "c101.txt"
    assert cli.main(["rounds", "--solomon", str(path), "--iterations", "1500", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["objective"] <= 828.94 * 1.05
    big = rounds.load_solomon(folder / "pyvrp_vrptw1000" / "C1_10_1.vrp")
    assert len(big.places) == 1000
    assert len(big.shifts) == 250
    assert big.places[0].minutes == 90


def test_the_example_runs_and_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import runpy

    script = Path(__file__).parents[2] / "docs" / "planning" / "examples" / "rounds.py"
    monkeypatch.setattr("sys.argv", [str(script), str(tmp_path / "week.svg")])
    runpy.run_path(str(script))
    drawn = (tmp_path / "week.svg").read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert drawn.count("<rect") > 100


# ------------------------------------------------------------------------------------------------------- over midnight


def _night(second_starts: float, first_ends: float = 2000) -> Problem:
    places = tuple(Place(id=f"p{k}", at=k + 1, minutes=20, opens=0, closes=math.inf, days=(k,)) for k in range(2))
    shifts = (
        Shift(officer="o", day=0, start=1320, end=first_ends),
        Shift(officer="o", day=1, start=second_starts, end=second_starts + 600),
    )
    table = np.array([[0.0, 200.0, 30.0], [200.0, 0.0, 100.0], [30.0, 100.0, 0.0]])
    return Problem(days=2, places=places, officers=(Officer(id="o"),), shifts=shifts, minutes={"ride": table})


def test_nobody_is_asked_for_two_shifts_over_midnight() -> None:
    """2000 minutes of the first day are 9:20 of the next: a shift from 0:00, or from a minute too early, is refused."""
    for starts in (0.0, 559.0):
        with pytest.raises(BadProblem, match="is not over when that of day 1 begins") as caught:
            _night(starts)
        assert caught.value.where == "shifts"
        assert caught.value.row == 0
    plan = run(_night(560.0))
    assert check(_night(560.0), plan) == []
    assert plan.visits == 2


def test_a_shift_without_an_end_ends_where_the_next_begins() -> None:
    problem = _night(600.0, math.inf)
    assert problem.shifts[0].end == 2040.0
    assert problem.shifts[1].end == 1200.0
    with pytest.raises(BadProblem, match="is not over"):
        dataclasses.replace(problem, shifts=(dataclasses.replace(problem.shifts[0], end=2041.0), problem.shifts[1]))


def test_the_check_sees_an_officer_in_two_places_over_midnight() -> None:
    problem = _night(560.0)
    plan = run(problem)
    assert [r.day for r in plan.rounds] == [0, 1]
    assert check(problem, plan) == []
    late = dataclasses.replace(plan.rounds[0], back=1440.0 + plan.rounds[1].leave + 1.0)
    worse = dataclasses.replace(plan, rounds=(late, plan.rounds[1]))
    assert any("still on the round of day 0 when that of 1 begins" in said.en for said in check(problem, worse))
