"""Proofs are relative to the problem's own size: demand and weights in any unit, against all choices there are."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest

from tests.plan.test_dispatch import desk
from tests.plan.test_match import drawn as hearings
from wuxiao.plan import cover, dispatch, form, match

SCALES = (1e-11, 1e-8, 1e-3, 1.0, 1e9, 1e13)


def _points(seed: int, kind: str, scale: float) -> cover.Problem:
    rng = np.random.default_rng(seed)
    levels = (cover.Level(name="a", minutes=4.0),) if kind == "covering" else ()
    demand = rng.uniform(0.1, 2.0, 7) * scale
    return cover.Problem(kind=kind, times=rng.uniform(1, 10, (7, 4)), demand=demand, p=2, levels=levels)


def _best(problem: cover.Problem) -> float:
    found = []
    for sites in itertools.combinations(range(problem.sites), problem.p):
        near = problem.times[:, list(sites)].min(axis=1)
        if problem.kind == "median":
            found.append(math.fsum(problem.demand * near))
        else:
            found.append(math.fsum(problem.demand[near <= problem.levels[0].minutes]))
    return min(found) if problem.kind == "median" else max(found)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("kind", ["median", "covering"])
def test_standby_points_are_best_in_any_unit_of_demand(kind: str, scale: float) -> None:
    for seed in range(6):
        problem = _points(seed, kind, scale)
        plan = cover.solve(problem, seconds=60, seed=1)
        assert plan.head.stopped == "proved"
        assert plan.head.objective == pytest.approx(_best(problem), rel=1e-9, abs=0)
        assert plan.head.bound == pytest.approx(plan.head.objective, rel=1e-7, abs=0)
        assert cover.check(problem, plan) == []


@pytest.mark.parametrize("scale", SCALES)
def test_hearings_are_best_in_any_unit_of_weight(scale: float) -> None:
    for seed in (3, 4, 5, 6):
        plain = hearings(seed)
        known = match.solve(plain, seconds=60, seed=1)
        assert known.head.stopped == "proved"
        assert known.head.objective > 0
        cases = tuple(dataclasses.replace(case, weight=case.weight * scale) for case in plain.cases)
        problem = dataclasses.replace(plain, cases=cases)
        plan = match.solve(problem, seconds=60, seed=1)
        assert plan.head.objective == pytest.approx(known.head.objective * scale, rel=1e-9, abs=0)
        assert plan.head.gap == 0.0
        assert match.check(problem, plan) == []


@pytest.mark.parametrize("scale", SCALES)
def test_orders_are_the_same_in_any_unit_of_weight(scale: float) -> None:
    for seed in range(4):
        plain = desk(4, 3, seed + 1)
        known = dispatch.solve(plain, seconds=60, seed=1)
        problem = dataclasses.replace(plain, weight=plain.weight * scale, keep=plain.keep * scale)
        plan = dispatch.solve(problem, seconds=60, seed=1)
        assert plan.head.objective == pytest.approx(known.head.objective * scale, rel=1e-9, abs=1e-12 * scale)
        assert dispatch.check(problem, plan) == []


def test_a_plan_twice_as_bad_is_not_best_however_small_its_unit() -> None:
    head = form.Head(
        engine="x", version="1", seed=1, seconds=1.0, iterations=1, stopped="done", objective=1.12e-9, bound=5.6e-10
    )
    assert head.gap == pytest.approx(0.5)
    assert "proven best" not in head.why().en
    assert dataclasses.replace(head, bound=head.objective).gap == 0.0


def test_the_check_sees_a_wrong_objective_however_small() -> None:
    problem = _points(1, "median", 1e-11)
    plan = cover.solve(problem, seconds=60, seed=1)
    worse = dataclasses.replace(plan, head=dataclasses.replace(plan.head, objective=plan.head.objective * 1.01))
    assert cover.check(problem, plan) == []
    assert any("objective" in said.en for said in cover.check(problem, worse))


def test_powers_of_two_and_whole_numbers_left_alone() -> None:
    assert form.own_scale(5.0, whole=True) == 1.0
    assert form.own_scale(0.0) == 1.0
    assert form.own_scale(1e-11) * 1e-11 == pytest.approx(2**20, rel=0.5)
    assert math.log2(form.own_scale(3e17)).is_integer()
