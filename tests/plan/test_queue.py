"""The hypercube against a dense solution by states, closed forms, its own conservation laws and broken plans."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.plan import cli, queue, register, store
from wuxiao.plan.form import BadProblem, after_iterations


def town(n: int, m: int, seed: int = 1, *, use: float = 0.5, mixed: bool = False, **more: Any) -> queue.Problem:
    source = np.random.default_rng(seed)
    units, places = source.uniform(0, 10, (n, 2)), source.uniform(0, 10, (m, 2))
    busy = source.uniform(20, 40, n) if mixed else np.full(n, 30.0)
    calls = source.gamma(1, 1, m) + 0.01
    calls *= use * (60 / busy).sum() / calls.sum()
    return queue.Problem(
        units=tuple(f"u{i}" for i in range(n)), places=tuple(f"p{j}" for j in range(m)), calls_per_hour=calls,
        minutes=np.abs(units[:, None] - places).sum(axis=2), busy_minutes=busy, **more,
    )  # fmt: skip


def by_states(problem: queue.Problem) -> tuple[np.ndarray, np.ndarray, float]:
    """Load, shares sent among all answered calls, chance of all busy: a dense chain over states and a long line."""
    n, m = len(problem.units), len(problem.places)
    order, calls = problem.sent_in_order(), problem.calls_per_hour / 60
    rate = 1 / problem.busy_minutes
    line = 400 if problem.full == "waits" else 0
    size = (1 << n) + line
    flow = np.zeros((size, size))
    full = (1 << n) - 1
    for b in range(1 << n):
        for j in range(m):
            free = [u for u in order[j] if not b >> u & 1]
            if free:
                flow[b, b | 1 << free[0]] += calls[j]
        for u in range(n):
            if b >> u & 1:
                flow[b, b & ~(1 << u)] += rate[u]
    for k in range(line):
        here = full if k == 0 else full + k
        flow[here, full + k + 1] += calls.sum()
        flow[full + k + 1, here] += rate.sum()
    np.fill_diagonal(flow, -flow.sum(axis=1))
    system = np.vstack([flow.T, np.ones(size)])
    chance = np.linalg.lstsq(system, np.concatenate([np.zeros(size), [1.0]]), rcond=None)[0]
    all_busy = float(chance[full:].sum())
    load = np.array([sum(chance[b] for b in range(1 << n) if b >> u & 1) for u in range(n)])
    load += chance[full + 1 :].sum()
    sent = np.zeros((n, m))
    for b in range(full):
        for j in range(m):
            sent[next(u for u in order[j] if not b >> u & 1), j] += chance[b]
    if problem.full == "waits":
        sent += all_busy * (rate / rate.sum())[:, None]
    else:
        sent /= 1 - all_busy
    return load, sent, all_busy


@settings(max_examples=lots(4, 12))
@given(
    n=st.integers(1, 4), m=st.integers(1, 6), seed=st.integers(0, 999), use=st.floats(0.1, 0.8), mixed=st.booleans(),
    full=st.sampled_from(["waits", "lost"]),
)  # fmt: skip
def test_exact_is_the_chain_of_states(n: int, m: int, seed: int, use: float, mixed: bool, full: Any) -> None:
    problem = town(n, m, seed, use=use, mixed=mixed, full=full, method="exact")
    plan = queue.solve(problem, seconds=60, seed=1, sensitivity=False)
    load, sent, all_busy = by_states(problem)
    assert plan.load == pytest.approx(load, abs=1e-6)
    assert plan.sent == pytest.approx(sent, abs=1e-6)
    assert plan.all_busy == pytest.approx(all_busy, abs=1e-6)
    assert queue.check(problem, plan) == []


@pytest.mark.parametrize("full", ["lost", "waits"])
@pytest.mark.parametrize("method", ["exact", "approximate"])
def test_erlang(full: Any, method: Any) -> None:
    problem = town(7, 5, use=0.7, full=full, method=method)
    plan = queue.solve(problem, seconds=60, seed=1, sensitivity=False)
    offered = 0.7 * 7
    blocked = (offered**7 / math.factorial(7)) / sum(offered**k / math.factorial(k) for k in range(8))
    waits = blocked / (1 - 0.7 * (1 - blocked))
    assert plan.all_busy == pytest.approx(blocked if full == "lost" else waits, abs=1e-6 if method == "exact" else 2e-3)
    if full == "waits":
        travel = (
            float(problem.calls_per_hour @ (plan.sent * problem.minutes).sum(axis=0)) / problem.calls_per_hour.sum()
        )
        assert plan.mean_response - travel == pytest.approx(plan.all_busy * 30 / (7 * 0.3), rel=1e-3)


@pytest.mark.parametrize("mixed", [False, True])
def test_approximation_is_near(mixed: bool) -> None:
    exact = queue.solve(town(9, 40, mixed=mixed, method="exact"), seconds=60, seed=1, sensitivity=False)
    near_problem = town(9, 40, mixed=mixed, method="approximate")
    near = queue.solve(near_problem, seconds=60, seed=1, sensitivity=False)
    assert np.abs(exact.load - near.load).max() < 0.03
    assert near.mean_response == pytest.approx(exact.mean_response, rel=0.05)
    assert queue.check(near_problem, near) == []


def test_many_units_take_the_approximation() -> None:
    plan = queue.solve(town(60, 80), seconds=60, seed=1)
    assert plan.method == "approximate"
    assert plan.residual is None
    assert plan.load.mean() == pytest.approx(0.5, abs=0.02)


def test_same_steps_same_plan_and_json(tmp_path: Path) -> None:
    problem = town(6, 9, mixed=True, floor=0.9)
    one = queue.solve(problem, seconds=math.inf, seed=4, stop=after_iterations(6))
    two = queue.solve(problem, seconds=math.inf, seed=4, stop=after_iterations(6))
    assert one.head.stopped == "iterations"
    head = dataclasses.replace(two.head, seconds=one.head.seconds)
    assert store.same(one, dataclasses.replace(two, head=head))
    store.save(one, tmp_path / "plan.json")
    assert store.same(store.load(queue.Plan, tmp_path / "plan.json"), one)
    assert store.same(store.from_json(queue.Problem, json.loads(json.dumps(store.to_json(problem)))), problem)


def test_under_reporting_and_floor_are_told() -> None:
    problem = town(5, 12, floor=0.99, late_minutes=3.0)
    plan = queue.solve(problem, seconds=60, seed=1)
    assert plan.under_floor
    assert [v.unreported for v in plan.under_reporting] == [0.1, 0.1, 0.2, 0.2, 0.3, 0.3]
    even = [v.objective for v in plan.under_reporting if v.even]
    assert plan.mean_response < even[0] < even[1] < even[2]
    said = " ".join(s.en for s in plan.why())
    assert "not reported" in said
    assert "floor of service" in said
    assert queue.check(problem, plan) == []


def test_broken_plans_are_caught() -> None:
    problem = town(5, 8, method="exact", floor=0.5)
    plan = queue.solve(problem, seconds=60, seed=1, sensitivity=False)
    assert queue.check(problem, plan) == []
    shifted = plan.load.copy()
    shifted[0] += 0.01
    moved = plan.sent.copy()
    moved[0, 0] += 0.1
    for change in (
        {"load": shifted},
        {"load": plan.load[:-1]},
        {"sent": moved},
        {"response": plan.response + 0.1},
        {"late": np.clip(plan.late + 0.1, 0, 2)},
        {"mean_response": plan.mean_response * 1.01},
        {"late_share": plan.late_share + 0.01},
        {"all_busy": plan.all_busy * 1.5},
        {"all_busy": 1.5},
        {"residual": 0.1},
        {"under_floor": (*plan.under_floor, 0) if 0 not in plan.under_floor else ()},
        {"head": dataclasses.replace(plan.head, objective=1.0)},
    ):
        assert queue.check(problem, dataclasses.replace(plan, **change)), change


@pytest.mark.parametrize(
    ("change", "where", "row"),
    [
        ({"units": ("a", "a", "b")}, "units", 1),
        ({"places": ()}, "places", None),
        ({"calls_per_hour": [1.0, math.nan, 1, 1]}, "calls_per_hour", 1),
        ({"calls_per_hour": [1.0, -1, 1, 1]}, "calls_per_hour", 1),
        ({"calls_per_hour": [0.0, 0, 0, 0]}, "calls_per_hour", None),
        ({"calls_per_hour": [99.0, 0, 0, 0]}, "calls_per_hour", None),
        ({"busy_minutes": [30.0, 0, 30]}, "busy_minutes", 1),
        ({"busy_minutes": [30.0, 30, 1e12]}, "busy_minutes", 2),
        ({"minutes": np.ones((3, 3))}, "minutes", None),
        ({"order": [[0, 1, 2], [0, 1, 1], [0, 1, 2], [0, 1, 2]]}, "order", 1),
        ({"grid": [0, 1, -1, 0]}, "grid", 2),
        ({"floor": 1.2}, "floor", None),
        ({"late_minutes": 0.0}, "late_minutes", None),
    ],
)
def test_bad_questions(change: dict[str, Any], where: str, row: int | None) -> None:
    with pytest.raises(BadProblem) as caught:
        dataclasses.replace(town(3, 4), **change)
    assert caught.value.where == where
    assert caught.value.row == row


def test_too_many_units_for_the_exact_model() -> None:
    with pytest.raises(BadProblem) as caught:
        town(30, 4, method="exact")
    assert caught.value.where == "method"


def test_register_and_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert register.faults(queue.ENGINE.entry, queue.Problem) == []
    store.save(town(4, 6), tmp_path / "problem.json")
    assert cli.main(["queue", str(tmp_path / "problem.json"), "--seconds", "30", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["method"] == "exact"
    assert told["bound"] is None
    assert 0 < told["mean_response"] < 30
    assert cli.main(["queue", str(tmp_path / "problem.json")]) == 0
    assert "单位" in capsys.readouterr().out
