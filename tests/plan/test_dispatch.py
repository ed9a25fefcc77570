"""Whom to send: against all assignments there are, by hand, with broken plans and bad questions."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.plan import cli, dispatch, register, store
from wuxiao.plan.dispatch import Call, Problem, Unit
from wuxiao.plan.dispatch.solver import fits, greedy, value
from wuxiao.plan.form import BadProblem


def desk(units: int, calls: int, seed: int = 1, m: int = 12, **more: Any) -> Problem:
    source = np.random.default_rng(seed)
    spots = source.uniform(0, 15, (m, 2))
    skills = [frozenset[str](), frozenset({"mediate"}), frozenset({"mediate", "dialect"})]
    return Problem(
        places=tuple(f"p{k}" for k in range(m)), minutes=np.abs(spots[:, None] - spots).sum(axis=2),
        units=tuple(
            Unit(id=f"u{k}", place=int(source.integers(m)), free_in=float(source.choice([0, 0, 0, 6])),
                 skills=skills[source.integers(3)])
            for k in range(units)
        ),
        calls=tuple(
            Call(id=f"c{k}", place=int(source.integers(m)), priority=int(source.integers(3)),
                 waited=float(source.choice([0, 9])),
                 needs=int(source.choice([1, 1, 2])), skills=skills[int(source.choice([0, 0, 1]))])
            for k in range(calls)
        ),
        demand=source.gamma(1, 1, m), **more,
    )  # fmt: skip


def best_of_all(problem: Problem) -> float:
    """The least objective over every way of sending units, nobody included."""
    choices = [
        [None, *(c for c, call in enumerate(problem.calls) if fits(unit, call))] for unit in problem.units
    ]  # fmt: skip
    least = math.inf
    for sent in itertools.product(*choices):
        if any(sent.count(c) > call.needs for c, call in enumerate(problem.calls)):
            continue
        least = min(least, value(problem, [(u, c) for u, c in enumerate(sent) if c is not None]))
    return least


@settings(max_examples=lots(5, 15))
@given(units=st.integers(1, 5), calls=st.integers(1, 3), seed=st.integers(0, 9999), keep=st.sampled_from([0.0, 10, 60]))
def test_the_best_of_all_assignments(units: int, calls: int, seed: int, keep: float) -> None:
    problem = desk(units, calls, seed, keep=keep)
    plan = dispatch.solve(problem, seconds=30, seed=1)
    assert plan.head.objective == pytest.approx(best_of_all(problem), abs=1e-6)
    assert plan.head.gap == pytest.approx(0.0, abs=1e-6)
    assert dispatch.check(problem, plan) == []


def test_keeps_the_only_unit_of_a_busy_quarter() -> None:
    # near is 3 minutes off and the only cover of the market; far is 5 minutes off and covers nothing
    minutes = np.array([[0, 3, 5, 30], [3, 0, 8, 30], [5, 8, 0, 30], [30, 30, 30, 0]], dtype=float)
    problem = Problem(
        places=("call", "market", "edge", "hills"), minutes=minutes, radius=2.0, demand=np.array([0.0, 10, 0, 1]),
        units=(Unit(id="near", place=1), Unit(id="far", place=2)), calls=(Call(id="c", place=0, priority=1),),
    )  # fmt: skip
    kept = dispatch.solve(problem, seconds=10, seed=1)
    assert [problem.units[o.unit].id for o in kept.orders] == ["far"]
    assert "near is only 2.0 minutes sooner" in kept.why()[0].en
    assert kept.bare == ()
    soonest = dispatch.solve(dataclasses.replace(problem, keep=0.0), seconds=10, seed=1)
    assert [problem.units[o.unit].id for o in soonest.orders] == ["near"]
    assert soonest.bare_names == ("market",)
    assert "market" in " ".join(s.en for s in soonest.why())
    urgent = dataclasses.replace(problem, calls=(Call(id="c", place=0, priority=0),), keep=8.0)
    assert [urgent.units[o.unit].id for o in dispatch.solve(urgent, seconds=10, seed=1).orders] == ["near"]


def test_a_pile_of_calls_is_served_better_together() -> None:
    gained = 0.0
    for seed in range(8):
        problem = desk(14, 9, seed, m=40)
        plan = dispatch.solve(problem, seconds=30, seed=1)
        assert dispatch.check(problem, plan) == []
        pairs = [(u, c) for u, x in enumerate(problem.units) for c, y in enumerate(problem.calls) if fits(x, y)]
        gained += value(problem, greedy(problem, pairs)) - plan.head.objective
        assert value(problem, greedy(problem, pairs)) >= plan.head.objective - 1e-6
    assert gained > 0


def test_the_call_that_has_waited_goes_first() -> None:
    minutes = np.array([[0, 9, 9], [9, 0, 9], [9, 9, 0]], dtype=float)
    calls = (Call(id="new", place=1, priority=1), Call(id="old", place=2, priority=1, waited=12.0))
    problem = Problem(
        places=("a", "b", "c"), minutes=minutes, units=(Unit(id="u", place=0),), calls=calls, demand=np.ones(3)
    )
    plan = dispatch.solve(problem, seconds=10, seed=1)
    assert [problem.calls[o.call].id for o in plan.orders] == ["old"]


def test_nobody_to_send_is_said() -> None:
    problem = desk(1, 3, 5)
    plan = dispatch.solve(problem, seconds=10, seed=1)
    assert sum(plan.waiting) >= 2
    assert "must wait" in " ".join(s.en for s in plan.why())


def test_under_reporting_is_told() -> None:
    problem = desk(6, 3, seed=4)
    plan = dispatch.solve(problem, seconds=30, seed=1)
    stays = {o.unit for o in plan.orders}
    left = [u.place for k, u in enumerate(problem.units) if u.free_in <= 0 and k not in stays]
    free = 1 - problem.busy ** np.minimum(4, (problem.minutes[left] <= problem.radius).sum(axis=0))
    assert 0 < plan.cover < 1
    assert all(v.objective == pytest.approx(plan.cover) for v in plan.under_reporting if v.even)
    assert all(free.min() <= v.objective <= free.max() for v in plan.under_reporting)
    assert any(v.objective != pytest.approx(plan.cover) for v in plan.under_reporting if not v.even)
    assert "not reported" in " ".join(s.en for s in plan.why())


def test_broken_plans_are_caught() -> None:
    problem = desk(8, 4, 3)
    plan = dispatch.solve(problem, seconds=10, seed=1)
    assert dispatch.check(problem, plan) == []
    first, second = plan.orders[:2]
    unskilled = next(
        (u, c) for u, x in enumerate(problem.units) for c, y in enumerate(problem.calls) if not fits(x, y)
    )  # fmt: skip
    for change in (
        {"orders": (first, dataclasses.replace(second, unit=first.unit), *plan.orders[2:])},
        {"orders": (dataclasses.replace(first, unit=unskilled[0], call=unskilled[1]), *plan.orders[1:])},
        {"orders": (dataclasses.replace(first, minutes=first.minutes + 1), *plan.orders[1:])},
        {"orders": (dataclasses.replace(first, unit=99), *plan.orders[1:])},
        {"orders": plan.orders[1:]},
        {"waiting": (1, *plan.waiting)},
        {"cover": plan.cover + 0.01},
        {"cover_before": plan.cover_before - 0.01},
        {"bare": (*plan.bare, 0, 1), "bare_names": (*plan.bare_names, "p0", "p1")},
        {"head": dataclasses.replace(plan.head, objective=plan.head.objective - 1)},
    ):
        assert dispatch.check(problem, dataclasses.replace(plan, **change)), change


def test_same_plan_again_and_json(tmp_path: Path) -> None:
    problem = desk(10, 5)
    one, two = dispatch.solve(problem, seconds=math.inf, seed=1), dispatch.solve(problem, seconds=math.inf, seed=1)
    assert store.same(one, dataclasses.replace(two, head=dataclasses.replace(two.head, seconds=one.head.seconds)))
    assert store.same(store.from_json(Problem, json.loads(json.dumps(store.to_json(problem)))), problem)
    store.save(one, tmp_path / "plan.json")
    assert store.same(store.load(dispatch.Plan, tmp_path / "plan.json"), one)


@pytest.mark.parametrize(
    ("change", "where", "row"),
    [
        ({"units": (Unit(id="a", place=0), Unit(id="a", place=1))}, "units", 1),
        ({"units": (Unit(id="a", place=99),)}, "units.place", 0),
        ({"units": (Unit(id="a", place=0, free_in=math.nan),)}, "units.free_in", 0),
        ({"calls": ()}, "calls", None),
        ({"calls": (Call(id="a", place=0, priority=7),)}, "calls.priority", 0),
        ({"calls": (Call(id="a", place=0, needs=0),)}, "calls.needs", 0),
        ({"demand": [math.nan] * 12}, "demand", 0),
        ({"minutes": np.full((12, 12), -1.0)}, "minutes", 0),
        ({"busy": 1.0}, "busy", None),
        ({"keep": -1.0}, "keep", None),
        ({"keep": math.inf}, "keep", None),
        ({"radius": 0.0}, "radius", None),
    ],
)
def test_bad_questions(change: dict[str, Any], where: str, row: int | None) -> None:
    with pytest.raises(BadProblem) as caught:
        dataclasses.replace(desk(2, 2), **change)
    assert (caught.value.where, caught.value.row) == (where, row)


def test_register_and_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert register.faults(dispatch.ENGINE.entry, Problem) == []
    store.save(desk(6, 3), tmp_path / "problem.json")
    assert cli.main(["dispatch", str(tmp_path / "problem.json"), "--seconds", "10", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["gap"] == pytest.approx(0.0, abs=1e-6)
    assert told["orders"]


# --------------------------------------------------------------------------------------------------- beyond patience


def _alone(minutes: float, **more: Any) -> Problem:
    table = np.array([[0.0, minutes], [minutes, 0.0]])
    unit, call = Unit(id="u", place=0), Call(id="c", place=1, **more)
    return Problem(places=("a", "b"), minutes=table, units=(unit,), calls=(call,), demand=np.array([5.0, 1.0]))


@pytest.mark.parametrize("keep", [0.0, 10.0, 500.0])
@pytest.mark.parametrize("minutes", [29.0, 30.0, 31.0, 300.0])
def test_the_only_free_unit_is_sent_however_far(minutes: float, keep: float) -> None:
    for waited in (0.0, 600.0):
        problem = dataclasses.replace(_alone(minutes, waited=waited), keep=keep if minutes >= 30 else 0.0)
        plan = dispatch.solve(problem, seconds=30, seed=1)
        assert [(o.unit, o.call, o.minutes) for o in plan.orders] == [(0, 0, minutes)]
        assert plan.waiting == (0,)
        assert dispatch.check(problem, plan) == []
        assert ("farther than the 30 minutes" in plan.orders[0].reason.en) == (minutes > 30)


def test_a_way_there_is_not_is_said_and_nobody_is_sent() -> None:
    problem = _alone(math.inf)
    plan = dispatch.solve(problem, seconds=30, seed=1)
    assert plan.orders == ()
    assert plan.waiting == (1,)
    assert [said.en for said in plan.held] == ["c still lacks 1: no unit has the skills it wants and a way there."]
    assert dispatch.check(problem, plan) == []
    assert plan.held[0] in plan.why()


def test_a_far_unit_is_no_reason_to_leave_a_nearer_call() -> None:
    """Two calls, one unit between them near one: the nearer call gets it and the other is told why not."""
    table = np.array([[0.0, 5.0, 60.0], [5.0, 0.0, 60.0], [60.0, 60.0, 0.0]])
    problem = Problem(
        places=("a", "b", "c"), minutes=table, units=(Unit(id="u", place=0), Unit(id="v", place=0)),
        calls=(Call(id="near", place=1), Call(id="far", place=2)), demand=np.ones(3),
    )  # fmt: skip
    plan = dispatch.solve(problem, seconds=30, seed=1)
    assert sorted(o.call for o in plan.orders) == [0, 1]
    assert plan.held == ()
    one = dataclasses.replace(problem, units=problem.units[:1])
    plan = dispatch.solve(one, seconds=30, seed=1)
    assert len(plan.orders) == 1
    assert [said.en.split(":")[1] for said in plan.held] == [" every unit that could go is sent elsewhere or busy."]
    assert dispatch.check(one, plan) == []
