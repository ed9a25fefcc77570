"""The bound on late calls: no table of standby points, no order of sending, beats it in tiny towns; what it refuses."""

from __future__ import annotations

import dataclasses
from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from wuxiao.plan.form import BadProblem
from wuxiao.plan.replay import Problem, Setting, Stream, bound, run


def town(seed: int, use: float) -> Problem:
    source = np.random.default_rng(seed)
    spots = source.uniform(0, 10, (5, 2))
    minutes = np.hypot(*(spots[:, None] - spots).transpose(2, 0, 1))
    per_hour = source.gamma(1.0, 1.0, 5)
    per_hour *= use * 2 * 60 / 33 / per_hour.sum()
    return Problem(
        places=tuple("abcde"), minutes=minutes, units=("u", "v"), settings=(Setting(name="s", home=[0, 0]),),
        late=[float(np.quantile(minutes, 0.4))], stream=Stream(per_hour=per_hour, days=400.0, scene=30.0),
        warm_up=1440.0, replications=2,
    )  # fmt: skip


@pytest.mark.parametrize(("seed", "use"), [(1, 0.2), (2, 0.5), (3, 0.8)])
def test_no_policy_is_better(seed: int, use: float) -> None:
    problem = town(seed, use)
    least = bound.least_late(problem, seed=7).late
    tried = []
    for one, two in product(range(5), combinations_with_replacement(range(5), 2)):
        for moves in (0, 2):
            tried.append(Setting(name=f"{one}{two}{moves}", home=two, idle="table", table=((one,), two), moves=moves))
    for first in product((0, 1), repeat=5):
        order = [[u, 1 - u] for u in first]
        tried.append(Setting(name=f"order{first}", home=[0, 1], dispatch="order", order=order))
    ready = run.Ready.of(dataclasses.replace(problem, settings=tuple(tried)))
    late = []
    for setting in tried:
        shares = []
        for r in range(2):
            calls = run.draw_calls(problem, 7, r)
            response = ready.run(setting, calls, 7).response
            shares.append((response > problem.late[0] + 1e-9)[calls.at >= problem.warm_up].mean())
        late.append(float(np.mean(shares)))
    calls_counted = 800 * 24 * float(problem.stream.per_hour.sum()) if problem.stream else 1.0
    assert min(late) >= least - 3 * 0.5 / np.sqrt(calls_counted)
    # it is not an empty bound either
    assert least > 0.4 * min(late)


def test_cover_is_that_of_all_choices() -> None:
    problem = town(4, 0.3)
    assert problem.stream is not None
    weight = problem.stream.per_hour / problem.stream.per_hour.sum()
    near = problem.minutes[0] <= problem.late[0]
    told = bound.least_late(problem, seed=1).cover
    for i in (1, 2):
        best = max(weight[near[list(c)].any(axis=0)].sum() for c in combinations_with_replacement(range(5), i))
        assert told[i] >= best - 1e-9
    assert told[0] == told[1]


def test_what_is_beyond_the_theory_is_refused() -> None:
    problem = town(1, 0.2)
    assert problem.stream is not None
    for change, where in (
        ({"max_waiting": 0}, "max_waiting"),
        ({"stream": dataclasses.replace(problem.stream, needs=[0.5, 0.5])}, "stream.needs"),
        ({"stream": None, "calls": run.draw_calls(problem, 1, 0)}, "calls"),
    ):
        with pytest.raises(BadProblem) as caught:
            bound.least_late(dataclasses.replace(problem, **change), seed=1)
        assert caught.value.where == where
