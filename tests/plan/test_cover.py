"""Standby points: every kind against all choices there are, promises of a plan, refusals, readers, the command."""

from __future__ import annotations

import itertools
import json
import math
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.plan import cli, register, store
from wuxiao.plan.cover import ENGINE, Level, Plan, Problem, check, solve
from wuxiao.plan.cover.picture import county, svg
from wuxiao.plan.cover.readers import orlib
from wuxiao.plan.form import BadProblem, Cancel, after_iterations


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Compile before the first test that has a limit of time."""
    rng = np.random.default_rng(0)
    times = rng.random((8, 6)) * 10
    for kind in ("covering", "median", "centre", "table"):
        more: dict[str, Any] = {"levels": (Level(name="a", minutes=2.0),)} if kind in ("covering", "table") else {}
        solve(Problem(kind=kind, times=times, demand=np.ones(8), p=2, moves=1, **more), seconds=600, seed=1)


def worth(problem: Problem, sites: tuple[int, ...], owners: tuple[int, ...] = ()) -> float:
    times = problem.times[:, list(sites)]
    if problem.kind == "median":
        return float(sum(d * t for d, t in zip(problem.demand, times.min(axis=1), strict=True) if d > 0))
    if problem.kind == "centre":
        return float(times.min(axis=1)[problem.demand > 0].max())
    total = 0.0
    for k, level in enumerate(problem.levels):
        near = times <= level.minutes
        if owners:
            near = near & (np.array(owners) >= k)[None, :]
        total += level.weight * float(problem.demand @ (1 - np.where(near, problem.busy, 1.0).prod(axis=1)))
    return total


def choices(problem: Problem, units: int) -> list[tuple[int, ...]]:
    slots = [j for j in range(problem.sites) for _ in range(int(problem.rooms[j]))]
    return sorted(set(itertools.combinations(slots, units)))


def best(problem: Problem) -> float | None:
    """Return the best objective over all choices, or None where none keeps the rules."""
    if problem.kind == "table":
        weights = problem.idle_share if len(problem.idle_share) else np.ones(problem.p)
        weights = weights / weights.sum()
        rows = {c: float(weights[0]) * worth(problem, c) for c in choices(problem, 1)}
        for units in range(2, problem.p + 1):
            longer = {}
            for c in choices(problem, units):
                before = [v for b, v in rows.items() if (Counter(b) - Counter(c)).total() <= (problem.moves or 0)]
                if before:
                    longer[c] = max(before) + float(weights[units - 1]) * worth(problem, c)
            rows = longer
        return max(rows.values())
    found = []
    levels = [k for k, level in enumerate(problem.levels) for _ in range(level.units or 0)]
    for c in choices(problem, problem.p):
        if problem.floor_minutes is not None and (problem.times[:, list(c)].min(axis=1) > problem.floor_minutes).any():
            continue
        if (Counter(problem.now.tolist()) & Counter(c)).total() < problem.kept:
            continue
        found += [worth(problem, c, owners) for owners in (set(itertools.permutations(levels)) if levels else [()])]
    found = [value for value in found if math.isfinite(value)]
    if not found:
        return None
    return min(found) if problem.kind in ("median", "centre") else max(found)


def drawn(seed: int) -> Problem | None:
    """Return a small problem of any kind, or None where the draw is refused."""
    rng = np.random.default_rng(seed)
    kind = ("covering", "median", "centre", "table")[seed % 4]
    n, m = int(rng.integers(2, 11)), int(rng.integers(2, 7))
    p = int(rng.integers(1, min(m, 4) + 1))
    times = np.sqrt(((rng.random((n, 1, 2)) - rng.random((1, m, 2))) ** 2).sum(axis=2)) * 10
    if rng.random() < 0.5:
        times = np.round(times)
    if rng.random() < 0.2:
        times[rng.random((n, m)) < 0.1] = np.inf
    more: dict[str, Any] = {}
    if kind in ("covering", "table"):
        names = [str(k) for k in range(int(rng.integers(1, 4)))]
        own = (
            rng.multinomial(p, np.ones(len(names)) / len(names)) if kind == "covering" and rng.random() < 0.25 else None
        )
        more["levels"] = tuple(
            Level(
                name=name,
                minutes=float(rng.integers(2, 8)),
                weight=float(rng.integers(1, 4)),
                units=None if own is None else int(own[k]),
            )
            for k, name in enumerate(names)
        )
        if rng.random() < 0.5:
            more["busy"] = float(rng.random() * 0.8)
        if rng.random() < 0.4:
            more["room"] = rng.integers(0, 4, m)
    own_units = any(level.units is not None for level in more.get("levels", ()))
    if kind == "table":
        more["moves"] = int(rng.integers(0, 3))
        more["idle_share"] = rng.random(p) + 0.01
    elif rng.random() < 0.5 and not own_units:
        more["now"], more["moves"] = rng.choice(m, int(rng.integers(1, m + 1)), replace=False), int(rng.integers(0, 3))
        more["between"] = rng.random((m, m))
    if kind != "table" and rng.random() < 0.3:
        more["floor_minutes"] = float(rng.integers(4, 12))
    try:
        return Problem(kind=kind, times=times, demand=rng.integers(0, 9, n), p=p, **more)  # type: ignore[arg-type]
    except BadProblem:
        return None


@pytest.mark.parametrize("seed", [seed for seed in range(80) if drawn(seed) is not None])
def test_no_choice_is_better_than_the_proven_one(seed: int) -> None:
    problem = drawn(seed)
    assert problem is not None
    wanted = best(problem)
    if wanted is None:
        with pytest.raises(BadProblem):
            solve(problem, seconds=20, seed=1)
        return
    plan = solve(problem, seconds=20, seed=1)
    assert check(problem, plan) == []
    assert plan.head.objective == pytest.approx(wanted, abs=1e-6)
    assert plan.head.stopped == "proved"
    assert plan.head.bound == pytest.approx(wanted, abs=1e-5)
    assert store.same(store.from_json(Plan, json.loads(json.dumps(store.to_json(plan)))), plan)
    assert store.same(store.from_json(Problem, json.loads(json.dumps(store.to_json(problem)))), problem)


def town(n: int = 60, m: int = 25, **more: Any) -> Problem:
    rng = np.random.default_rng(5)
    times = np.sqrt(((rng.random((n, 1, 2)) - rng.random((1, m, 2))) ** 2).sum(axis=2)) * 20
    base: dict[str, Any] = {
        "kind": "covering",
        "times": times,
        "demand": rng.integers(1, 20, n),
        "p": 4,
        "levels": (Level(name="three", minutes=3.0, weight=2.0), Level(name="five", minutes=5.0)),
    }
    return Problem(**{**base, **more})


@settings(max_examples=lots(4, 12))
@given(busy=st.floats(0, 0.9), p=st.integers(1, 8), seed=st.integers(0, 99))
def test_a_bound_is_never_below_what_was_found(busy: float, p: int, seed: int) -> None:
    problem = town(busy=busy, p=p)
    plan = solve(problem, seconds=60, seed=seed, stop=after_iterations(4))
    assert check(problem, plan) == []
    assert plan.head.bound is None or plan.head.bound >= plan.head.objective - 1e-9
    longer = solve(town(busy=busy, p=p + 1), seconds=60, seed=seed, stop=after_iterations(40))
    assert longer.head.bound is not None
    assert longer.head.bound >= plan.head.objective - 1e-9


@pytest.mark.parametrize("kind", ["covering", "median", "centre", "table"])
def test_same_seed_and_steps_same_plan(kind: str) -> None:
    levels = town().levels if kind in ("covering", "table") else ()
    problem = town(kind=kind, levels=levels, moves=1)
    one, other = (solve(problem, seconds=math.inf, seed=7, stop=after_iterations(3)) for _ in range(2))
    first, second = (store.to_json(plan) for plan in (one, other))
    first["head"].pop("seconds")
    second["head"].pop("seconds")
    assert first == second
    assert one.head.iterations <= 4


def test_a_cancel_is_heard_and_progress_is_told() -> None:
    cancel, told = Cancel(), []
    cancel.now()
    plan = solve(town(busy=0.3), seconds=60, seed=1, stop=cancel, progress=lambda state: told.append(state.iterations))
    assert plan.head.stopped == "cancelled"
    assert told == [1]
    assert plan.head.bound is None
    assert "no proven bound" in plan.head.why().en


def test_more_busy_less_served_and_units_gather() -> None:
    calm, busy = (solve(town(busy=b, room=np.full(25, 4)), seconds=20, seed=1) for b in (0.0, 0.6))
    assert busy.level_shares.sum() < calm.level_shares.sum()
    assert len(set(busy.sites.tolist())) <= len(set(calm.sites.tolist()))


def test_relocation_keeps_who_may_not_move_and_sends_the_near_ones() -> None:
    rng = np.random.default_rng(2)
    between = rng.random((25, 25)) * 10
    free = solve(town(now=[0, 1, 2, 3], between=between, moves=4), seconds=20, seed=1)
    tied = solve(town(now=[0, 1, 2, 3], between=between, moves=1), seconds=20, seed=1)
    assert len(set(tied.sites.tolist()) & {0, 1, 2, 3}) >= 3
    assert free.head.objective >= tied.head.objective
    ways = between[np.ix_([m.start for m in free.relocation], [m.end for m in free.relocation])]
    taken = max(m.minutes or 0.0 for m in free.relocation)
    assert min(max(ways[range(4), order]) for order in map(list, itertools.permutations(range(4)))) == pytest.approx(
        taken
    )


def test_under_reporting_is_printed_with_each_plan() -> None:
    plan = solve(town(), seconds=20, seed=1)
    assert [under.share for under in plan.under_reporting] == [0.1, 0.3]
    for under in plan.under_reporting:
        assert under.true <= under.planned + 1e-12
        assert under.again >= under.true
    assert any("under-reported by 30%" in said.en for said in plan.why())


@pytest.mark.parametrize(
    ("change", "where", "row"),
    [
        ({"times": [[1.0, np.nan]] * 2, "demand": [1, 1], "p": 1}, "times", 0),
        ({"times": [[1.0, -2.0]] * 2, "demand": [1, 1], "p": 1}, "times", 0),
        ({"demand": [1.0, 2.0]}, "demand", None),
        ({"demand": np.r_[np.ones(59), -1]}, "demand", 59),
        ({"demand": np.zeros(60)}, "demand", None),
        ({"p": 26}, "p", None),
        ({"levels": (Level(name="a", minutes=3), Level(name="a", minutes=4))}, "levels", 1),
        ({"levels": (Level(name="a", minutes=1e-9),)}, "levels", 0),
        ({"levels": ()}, "levels", None),
        ({"levels": (Level(name="a", minutes=3, units=3),)}, "p", None),
        ({"busy": 1.0}, "busy", None),
        ({"now": [0, 0]}, "now", None),
        ({"now": [25]}, "now", 0),
        ({"site_names": tuple("a" * 25)}, "site_names", 1),
        ({"demand_names": ("a", "b")}, "demand_names", None),
        ({"room": -np.ones(25)}, "room", 0),
        ({"between": np.ones((2, 2))}, "between", None),
        ({"floor_minutes": 0.01}, "times", 0),
        ({"kind": "table"}, "moves", None),
        ({"kind": "median"}, "levels", None),
        ({"idle_share": [1.0]}, "idle_share", None),
        ({"times": np.full((60, 25), 9000.0)}, "times", None),
    ],
)
def test_a_bad_question_is_refused_by_field_and_row(change: dict[str, Any], where: str, row: int | None) -> None:
    with pytest.raises(BadProblem) as caught:
        town(**change)
    assert caught.value.where == where
    assert caught.value.row == row


def test_a_place_without_a_way_is_refused_by_name() -> None:
    times = np.array([[1.0, 2.0], [np.inf, np.inf]])
    with pytest.raises(BadProblem, match="Hillside") as caught:
        Problem(kind="median", times=times, demand=[1, 1], p=1, demand_names=("Market", "Hillside"))
    assert caught.value.row == 1


@pytest.mark.parametrize(
    "change",
    [
        {"sites": [0, 1, 2]},
        {"sites": [0, 1, 2, 99]},
        {"sites": [0, 0, 1, 2]},
        {"kind": "median"},
        {"head.objective": 1.0},
        {"head.bound": 0.5},
        {"head.minimise": True},
        {"relocation": []},
        {"relocation.0.minutes": 99.0},
        {"relocation.0.start": 24},
    ],
)
def test_check_catches_a_broken_plan(change: dict[str, Any]) -> None:
    problem = town(now=[0, 1, 2, 3], moves=4, between=np.random.default_rng(1).random((25, 25)))
    plan = solve(problem, seconds=20, seed=1)
    assert check(problem, plan) == []
    data = store.to_json(plan)
    for name, value in change.items():
        *path, last = name.split(".")
        spot: Any = data
        for part in path:
            spot = spot[int(part)] if part.isdigit() else spot[part]
        spot[last] = value
    assert check(problem, store.from_json(Plan, data))


def test_check_catches_broken_moves_floors_tables_and_levels() -> None:
    problem = town(now=[0, 1, 2, 3], moves=0)
    plan = solve(problem, seconds=20, seed=1)
    free = solve(town(), seconds=20, seed=1)
    other = store.from_json(Plan, {**store.to_json(free), "relocation": store.to_json(plan.relocation)})
    assert any("must stay" in said.en for said in check(problem, other))
    strict = town(floor_minutes=12.0)
    beyond = [j for j in range(25) if (strict.times[:, j] > 12).any()][:1]
    broken = store.from_json(Plan, {**store.to_json(free), "sites": beyond * 4})
    assert any("beyond the floor" in said.en for said in check(strict, broken))
    table = town(kind="table", moves=0, p=3)
    rows = store.to_json(solve(table, seconds=20, seed=1))
    assert check(table, store.from_json(Plan, rows)) == []
    apart = store.from_json(Plan, {**rows, "table": [{**rows["table"][0], "sites": [24]}, *rows["table"][1:]]})
    assert any("differ by more" in said.en for said in check(table, apart))
    short = store.from_json(Plan, {**rows, "table": rows["table"][:2]})
    assert any("one row for each" in said.en for said in check(table, short))
    own = town(levels=(Level(name="a", minutes=3, units=3), Level(name="b", minutes=6, units=1)))
    good = store.to_json(solve(own, seconds=20, seed=1))
    assert check(own, store.from_json(Plan, good)) == []
    assert check(own, store.from_json(Plan, {**good, "unit_levels": [0, 0, 0, 0]}))


def test_a_warm_plan_is_not_made_worse() -> None:
    problem = town(p=6)
    long = solve(problem, seconds=20, seed=1)
    again = solve(problem, seconds=60, seed=3, warm=long, stop=after_iterations(1))
    assert again.head.objective >= long.head.objective - 1e-9


def test_the_register_names_every_input() -> None:
    assert register.faults(ENGINE.entry, Problem) == []


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="ascii")
    return path


def test_the_command_reads_orlib_and_prints_what_was_promised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "four.txt", "4 4 1\n1 2 5\n2 3 1\n3 4 1\n1 2 2\n")
    assert orlib(path).times.tolist() == [[0, 2, 3, 4], [2, 0, 1, 2], [3, 1, 0, 1], [4, 2, 1, 0]]
    out = tmp_path / "plan.json"
    assert cli.main(["cover", "--orlib", str(path), "--seconds", "20", "--seed", "1", "--json", "--out", str(out)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert {"objective", "bound", "gap", "seconds"} <= set(figures)
    assert figures["objective"] == figures["bound"] == 5
    assert figures["breaches"] == []
    assert store.load(Plan, out).sites.tolist() in ([1], [2])
    assert cli.main(["cover", "--orlib-centre", str(path), "--seconds", "20", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["objective"] == 2


@pytest.mark.parametrize(
    ("text", "row"), [("4 2 1\n1 2 5\n", None), ("4 1 1\n1 9 5\n", 1), ("4 1 1\n1 x 5\n", 1), ("4 1\n", 0), ("", None)]
)
def test_a_bad_orlib_file_is_refused(tmp_path: Path, text: str, row: int | None) -> None:
    with pytest.raises(BadProblem) as caught:
        orlib(written(tmp_path / "bad.txt", text))
    assert caught.value.row == row


@pytest.mark.data
@pytest.mark.parametrize(("number", "optimum"), [(1, 5819), (2, 4093), (5, 1355), (9, 2734), (10, 1255)])
def test_orlib_optima(shared_data: Path, number: int, optimum: int) -> None:
    folder = shared_data / "location" / "orlib_pmed"
    problem = orlib(folder / f"pmed{number}.txt")
    plan = solve(problem, seconds=30, seed=1)
    assert (plan.head.objective, plan.head.bound) == (optimum, optimum)
    assert check(problem, plan) == []


def test_the_example_of_the_papers_fills_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    left = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "planning" / "examples" / "cover.py"))
    assert [(row.idle, len(row.sites)) for row in left["rows"].table] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    said = capsys.readouterr().out
    assert "median mean " in said
    assert "centre mean " in said


def test_the_picture_shows_every_unit() -> None:
    problem, points, sites = county(3)
    plan = solve(problem, seconds=20, seed=1, stop=after_iterations(2))
    drawn_ = svg(problem, plan, points, sites)
    assert drawn_.count("<circle") == len(points)
    assert drawn_.count('width="16"') == len(plan.sites)
