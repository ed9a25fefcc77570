"""What to expect: found again from drawn calls, judged on later data, residents only, and the urn that says why."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wuxiao.plan import cli, demand, register, store
from wuxiao.plan.demand import Problem, urn
from wuxiao.plan.form import BadProblem


def drawn(
    days: int = 364, m: int = 12, seed: int = 1, *, own: bool = False, a_day: float = 40.0, **more: Any
) -> tuple[Problem, np.ndarray]:
    """Calls from known rates; with `own`, half of the places wake at night."""
    source = np.random.default_rng(seed)
    place = source.gamma(1.0, 1.0, m)
    hour = np.arange(168)
    wave = 1.0 + 0.8 * np.sin((hour % 24 - 8) / 24 * 2 * np.pi) + 0.3 * (hour // 24 >= 5)
    profile = np.tile(wave, (m, 1))
    if own:
        profile[: m // 2] = np.roll(profile[: m // 2], 12, axis=1)
    rate = place[:, None] * profile
    rate *= a_day * 7 / rate.sum()
    counts = source.poisson(rate * days / 7)
    at, where = [], []
    for p in range(m):
        for h in range(168):
            weeks = source.integers(0, days // 7, counts[p, h])
            at += list(weeks * 10080.0 + h * 60 + source.uniform(0, 60, counts[p, h]))
            where += [p] * counts[p, h]
    order = np.argsort(at)
    problem = Problem(
        places=tuple(f"p{k}" for k in range(m)), at=np.array(at)[order], place=np.array(where)[order],
        source=("resident",) * len(at), days=float(days), **more,
    )  # fmt: skip
    return problem, rate


def test_rates_are_found_again_and_intervals_hold() -> None:
    problem, rate = drawn()
    plan = demand.solve(problem, seconds=30, seed=1)
    assert demand.check(problem, plan) == []
    assert plan.model == "simple"
    assert np.abs(plan.per_hour.sum(axis=1) - rate.sum(axis=1)).max() < 0.1 * rate.sum(axis=1).max()
    assert np.corrcoef(plan.per_hour.ravel(), rate.ravel())[0, 1] > 0.97
    assert plan.covered >= 0.88
    counts = np.random.default_rng(2).poisson(rate * plan.weeks)
    assert 0.88 <= ((counts >= plan.low) & (counts <= plan.high)).mean() <= 1.0


def test_the_richer_model_must_earn_its_place() -> None:
    alike, _ = drawn(seed=3)
    unlike, rate = drawn(seed=3, own=True)
    simple, rich = demand.solve(alike, seconds=30, seed=1), demand.solve(unlike, seconds=30, seed=1)
    assert simple.model == "simple"
    assert rich.model == "rich"
    assert rich.gain_low > 0
    forced = demand.solve(dataclasses.replace(unlike, model="simple"), seconds=30, seed=1)
    assert np.abs(rich.per_hour - rate).sum() < np.abs(forced.per_hour - rate).sum()
    for problem, plan in ((alike, simple), (unlike, rich)):
        assert demand.check(problem, plan) == []


def test_few_calls_are_drawn_to_the_mean() -> None:
    problem, _ = drawn(days=28, m=40, a_day=2.0)
    plan = demand.solve(problem, seconds=30, seed=1)
    seen = np.bincount(problem.place, minlength=40) / 4
    told = plan.per_hour.sum(axis=1)
    assert (told > 0).all()
    assert told.std() < seen.std()


def test_what_patrols_found_cannot_enter() -> None:
    problem, _ = drawn(days=28)
    source = list(problem.source)
    source[17] = "patrol"
    with pytest.raises(BadProblem) as caught:
        dataclasses.replace(problem, source=tuple(source))
    assert (caught.value.where, caught.value.row) == ("source", 17)
    assert "only residents' own calls" in caught.value.said.en
    assert "巡逻" in caught.value.said.zh


def test_the_urn_says_why() -> None:
    for start in (6, 8, 10):
        filed = urn.drifted(urn.shares(filed=True, start=start, runs=1500, days=600))
        assert 0.33 < filed < 0.50
    assert urn.drifted(urn.shares(filed=False, start=8, runs=1500, days=600)) == 0.0


def test_under_reporting_is_told() -> None:
    problem, _ = drawn(days=56)
    plan = demand.solve(problem, seconds=30, seed=1)
    assert all(v.objective == pytest.approx(0.0, abs=1e-12) for v in plan.under_reporting if v.even)
    assert all(v.objective > 0 for v in plan.under_reporting if not v.even)
    assert "Few calls do not mean few needs" in " ".join(s.en for s in plan.why())


def test_broken_plans_are_caught() -> None:
    problem, _ = drawn(days=56)
    plan = demand.solve(problem, seconds=30, seed=1)
    assert demand.check(problem, plan) == []
    for change in (
        {"per_hour": plan.per_hour[:-1]},
        {"per_hour": plan.per_hour * 1.2},
        {"per_hour": plan.per_hour - 1.0},
        {"low": plan.high + 1.0},
        {"high": np.zeros_like(plan.high), "per_hour": plan.per_hour, "low": np.zeros_like(plan.low)},
        {"model": "rich"},
        {"gain_high": plan.gain - 1.0},
        {"covered": 1.4},
        {"weeks": 9.0},
    ):
        assert demand.check(problem, dataclasses.replace(plan, **change)), list(change)


def test_same_plan_again_and_json(tmp_path: Path) -> None:
    problem, _ = drawn(days=28)
    one, two = demand.solve(problem, seconds=math.inf, seed=1), demand.solve(problem, seconds=math.inf, seed=1)
    assert store.same(one, dataclasses.replace(two, head=dataclasses.replace(two.head, seconds=one.head.seconds)))
    assert store.same(store.from_json(Problem, json.loads(json.dumps(store.to_json(problem)))), problem)
    store.save(one, tmp_path / "plan.json")
    assert store.same(store.load(demand.Plan, tmp_path / "plan.json"), one)


@pytest.mark.parametrize(
    ("change", "where", "row"),
    [
        ({"places": ("a", "a")}, "places", 1),
        ({"at": []}, "at", None),
        ({"at": [1.0, math.nan, 2.0]}, "at", 1),
        ({"at": [1.0, 2.0, 1e9]}, "at", 2),
        ({"place": [0, 1, 2]}, "place", 2),
        ({"place": [0, 1]}, "place", None),
        ({"source": ("resident",)}, "source", None),
        ({"days": 3.0}, "days", None),
        ({"days": 1e12}, "days", None),
        ({"level": 1.0}, "level", None),
        ({"weeks": 0.0}, "weeks", None),
        ({"weeks": 1e12}, "weeks", None),
    ],
)
def test_bad_questions(change: dict[str, Any], where: str, row: int | None) -> None:
    good = Problem(places=("a", "b"), at=[1.0, 2.0, 3.0], place=[0, 1, 0], source=("resident",) * 3, days=28.0)
    with pytest.raises(BadProblem) as caught:
        dataclasses.replace(good, **change)
    assert (caught.value.where, caught.value.row) == (where, row)


def test_register_command_and_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert register.faults(demand.ENGINE.entry, Problem) == []
    lines = ["at,place,source"]
    lines += [f"2026-03-{1 + k % 28:02d} {k % 24:02d}:05,{'东街' if k % 3 else '西街'},resident" for k in range(300)]
    (tmp_path / "calls.csv").write_text("\n".join(lines), encoding="utf-8")
    assert cli.main(["demand", "--csv", str(tmp_path / "calls.csv"), "--seconds", "30", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["per_day"]["东街"] > told["per_day"]["西街"]
    (tmp_path / "calls.csv").write_text("\n".join([*lines, "2026-03-02 10:00,东街,patrol"]), encoding="utf-8")
    assert cli.main(["demand", "--csv", str(tmp_path / "calls.csv")]) == 2
    assert "source[300]" in capsys.readouterr().err
    (tmp_path / "calls.csv").write_text("at,place,source\nyesterday,a,resident\n", encoding="utf-8")
    assert cli.main(["demand", "--csv", str(tmp_path / "calls.csv")]) == 2
    assert "at[0]" in capsys.readouterr().err
