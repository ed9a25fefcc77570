"""Beats: fields balanced and whole, every visit that is owed made, rounds that can be walked and not foretold."""

from __future__ import annotations

import itertools
import json
import math
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.plan import beats, cli, register, store
from wuxiao.plan.beats import picture, tours
from wuxiao.plan.beats.problem import RANDOM
from wuxiao.plan.beats.sample import sample
from wuxiao.plan.beats.unforeseen import figures
from wuxiao.plan.form import BadProblem, Cancel, after_iterations


def solved(problem: beats.Problem, steps: int = 1500, seed: int = 1, warm: beats.Plan | None = None) -> beats.Plan:
    return beats.solve(problem, seconds=math.inf, seed=seed, warm=warm, stop=after_iterations(steps))


def line(**given: Any) -> beats.Problem:
    """Four units in a row, a street in each, two fields."""
    base: dict[str, Any] = {
        "units": ("a", "b", "c", "d"),
        "work": [10, 10, 10, 10],
        "area": [1e4] * 4,
        "perimeter": [400.0] * 4,
        "pairs": [[0, 1], [1, 2], [2, 3]],
        "border": [100.0] * 3,
        "fields": 2,
        "streets": ("s0", "s1", "s2", "s3"),
        "ends": [[0, 1], [1, 2], [2, 3], [3, 4]],
        "metres": [100.0] * 4,
        "level": [0, 0, 0, 0],
        "street_unit": [0, 1, 2, 3],
        "visits": [2.0],
        "pace": [60.0],
    }
    return beats.Problem(**{**base, **given})


def test_a_town_gets_balanced_fields_and_rounds_that_keep_every_rule() -> None:
    problem = sample(7, 1, 3, floor=1.0)
    plan = solved(problem)
    assert beats.check(problem, plan) == []
    assert 0.05 <= plan.random_share <= 0.10
    assert plan.entropy > 0.8
    assert plan.foretold < 1.5 * plan.chance
    assert plan.gap_spread > 0.3
    assert plan.head.bound is not None
    assert plan.head.bound <= plan.head.objective
    words = "\n".join(said.en for said in plan.why())
    assert "Nothing about any person was used" in words
    assert all(said.zh for said in plan.why())


@settings(max_examples=lots(3, 8), suppress_health_check=list(HealthCheck))
@given(
    side=st.integers(4, 6), seed=st.integers(0, 10**6), fields=st.integers(1, 3),
    often=st.sampled_from([(2.0, 0.5), (1.0, 0.3), (0.5, 0.0), (3.0, 1.0)]), floor=st.sampled_from([0.0, 2.0]),
)  # fmt: skip
def test_whatever_the_town_the_rules_are_kept(
    side: int, seed: int, fields: int, often: tuple[float, float], floor: float
) -> None:
    problem = sample(side, seed, fields, visits=np.array(often), floor=floor, tolerance=0.25, days=7)
    assert beats.check(problem, solved(problem, 300)) == []


def test_fields_of_a_row_are_the_only_balanced_ones() -> None:
    problem = line(work=[10, 20, 5, 25], tolerance=0.05)
    plan = solved(problem, 100)
    assert beats.check(problem, plan) == []
    assert plan.unit_field[0] == plan.unit_field[1] != plan.unit_field[2] == plan.unit_field[3]
    with pytest.raises(BadProblem) as caught:
        solved(line(work=[10, 10, 10, 40], tolerance=0.05), 100)
    assert caught.value.where in ("work", "tolerance")


def test_visits_and_rounds_counted_by_hand() -> None:
    problem = line(fields=1, visits=[0.5], days=4, shifts=2, random_low=0.0, random_high=0.0)
    plan = solved(problem, 200)
    assert beats.check(problem, plan) == []
    # Two windows of two days; four streets of 100/60 minutes each in each: the bound is known by hand.
    assert plan.head.bound == pytest.approx(2 * 4 * 100 / 60)
    asked = [s for r in plan.rounds for s, k in zip(r.steps.tolist(), r.kind.tolist(), strict=True) if k == 1]
    assert sorted(asked) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_tours_are_near_the_best_of_all_orders_and_directions() -> None:
    draw = np.random.default_rng(5)
    ratios = []
    for _ in range(15):
        spots = draw.uniform(0, 10, (11, 2))
        apart = np.hypot(*np.moveaxis(spots[:, None] - spots[None], -1, 0))
        one, other = np.arange(1, 10, 2), np.arange(2, 11, 2)
        order, turned = np.zeros(5, dtype=np.int64), np.zeros(5, dtype=np.bool_)
        found = tours.tour(np.arange(5), one, other, apart, 0, -1, order, turned)
        best = math.inf
        for way in itertools.permutations(range(5)):
            for flips in itertools.product((False, True), repeat=5):
                at, total = 0, 0.0
                for j, flip in zip(way, flips, strict=True):
                    total += apart[at, other[j] if flip else one[j]]
                    at = int(one[j] if flip else other[j])
                best = min(best, total + apart[at, 0])
        assert found >= best - 1e-9
        assert sorted(order.tolist()) == [0, 1, 2, 3, 4]
        ratios.append(found / best)
    assert float(np.mean(ratios)) < 1.08


def test_same_seed_same_limit_same_plan_and_another_seed_another() -> None:
    problem = sample(5, 2, 2)
    one, same, other = solved(problem), solved(problem), solved(problem, seed=2)
    assert store.same(
        replace(one, head=replace(one.head, seconds=0.0)), replace(same, head=replace(same.head, seconds=0.0))
    )
    assert one.rounds[0].steps.tolist() != other.rounds[0].steps.tolist()


def test_clockwork_is_seen_through_and_lots_are_not() -> None:
    problem = sample(4, 1, 1, days=14)
    plan = solved(problem, 100)
    first = [r for r in plan.rounds if r.day == 0]
    clockwork = tuple(replace(r, day=day, start=10.0) for day in range(14) for r in first)
    entropy, foretold, chance, spread = figures(problem, clockwork)
    assert foretold > 0.5
    assert foretold > 4 * plan.foretold
    assert entropy < plan.entropy
    assert spread < plan.gap_spread
    assert 0.0 < chance < 0.2


def test_few_units_change_field_when_work_changes() -> None:
    problem = sample(7, 3, 3)
    first = solved(problem, 50)
    work = problem.work.copy()
    work[:7] *= 1.3
    later = replace(problem, work=work, before=first.unit_field, moved_share=0.2)
    plan = solved(later, 50)
    assert beats.check(later, plan) == []
    assert plan.moved <= 0.2
    kept = solved(later, 50, warm=plan)
    assert kept.unit_field.tolist() == plan.unit_field.tolist()


def test_shifts_too_short_are_refused_with_what_is_needed() -> None:
    with pytest.raises(BadProblem) as caught:
        solved(sample(6, 1, 1, minutes=30.0, days=2), 10)
    assert caught.value.where == "minutes"
    assert "shift" in caught.value.said.en


@pytest.mark.parametrize(
    ("change", "where", "at"),
    [
        ({"units": ("a", "b", "b", "d")}, "units", 2),
        ({"streets": ("s", "s", "t", "u")}, "streets", 1),
        ({"work": [1, math.nan, 1, 1]}, "work", 1),
        ({"work": [1, -1, 1, 1]}, "work", 1),
        ({"work": [0, 0, 0, 0]}, "work", None),
        ({"pairs": [[0, 1], [1, 9], [2, 3]]}, "pairs", 1),
        ({"ends": [[0, 1], [1, 2], [5, 6], [6, 7]]}, "ends", 2),
        ({"metres": [100, 0, 100, 100]}, "metres", 1),
        ({"metres": [100, 1e6, 100, 100]}, "metres", 1),
        ({"level": [0, 0, 0, 2]}, "level", 3),
        ({"street_unit": [0, 1, 2, 7]}, "street_unit", 3),
        ({"visits": [5.0]}, "visits", 0),
        ({"pace": [0.0]}, "pace", 0),
        ({"pace": [60.0, 60.0]}, "pace", None),
        ({"fields": 9}, "fields", None),
        ({"minutes": 700.0}, "minutes", None),
        ({"random_low": 0.2}, "random_low", None),
        ({"tolerance": 2.0}, "tolerance", None),
        ({"before": [0, 0]}, "before", None),
        ({"border": [1.0, 0.0, 1.0]}, "border", 1),
    ],
)
def test_bad_problems_are_refused_naming_field_and_row(change: dict[str, Any], where: str, at: int | None) -> None:
    with pytest.raises(BadProblem) as caught:
        line(**change)
    assert (caught.value.where, caught.value.row) == (where, at)
    assert caught.value.said.zh
    assert caught.value.said.en


def test_check_catches_every_kind_of_broken_plan() -> None:
    problem = sample(5, 1, 2, floor=0.5)
    plan = solved(problem, 200)
    assert beats.check(problem, plan) == []

    def caught(word: str, broken: beats.Plan, asked: beats.Problem = problem) -> None:
        said = [s.en for s in beats.check(asked, broken)]
        assert any(word in text for text in said), said

    one = plan.rounds[0]

    def first(**change: Any) -> beats.Plan:
        return replace(plan, rounds=(replace(one, **change), *plan.rounds[1:]))

    away = plan.unit_field.copy()
    away[[0, 24]] = 1 - away[[0, 24]]
    caught("pieces", replace(plan, unit_field=np.where(np.arange(25) % 2, 0, 1)))
    caught("wrong amount", replace(plan, unit_field=away))
    caught("off the mean", plan, replace(problem, tolerance=0.0))
    caught("in no field", replace(plan, unit_field=plan.unit_field + 5))
    caught("number of units", replace(plan, unit_field=plan.unit_field[:-1]))
    caught("jumps", first(steps=one.steps[::-1][np.r_[1, 0, 2 : len(one.steps)]]))
    caught("return to its base", first(steps=one.steps[:-1], kind=one.kind[:-1]))
    caught("wrong minutes", first(minutes=one.minutes + 1))
    caught("fit into its shift", first(start=problem.minutes))
    caught("at the time of another", replace(plan, rounds=(*plan.rounds, one)))
    caught("on no day", first(day=99))
    caught("are owed", replace(plan, rounds=plan.rounds[3:]))
    caught("one kind for each", first(kind=one.kind[:-1]))
    caught("floor", plan, replace(problem, floor=900.0))
    caught("by lot", plan, replace(problem, random_low=0.2, random_high=0.3))
    lot = first(kind=np.full(len(one.kind), RANDOM))
    caught("minutes or shares", lot)
    caught("objective", replace(plan, head=replace(plan.head, objective=1.0)))
    caught("bound", replace(plan, head=replace(plan.head, bound=1e9)))
    caught("more than", plan, replace(problem, before=1 - plan.unit_field, moved_share=0.1))


def test_json_register_cancel_and_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = sample(4, 1, 2, days=4)
    cancel = Cancel()
    cancel.now()
    plan = beats.solve(problem, seconds=60.0, seed=1, stop=cancel)
    assert plan.head.stopped == "cancelled"
    assert beats.check(problem, plan) == []
    for thing in (problem, plan):
        assert store.same(store.from_json(type(thing), json.loads(json.dumps(store.to_json(thing)))), thing)
    assert register.faults(beats.ENGINE.entry, beats.Problem) == []
    store.save(problem, tmp_path / "p.json")
    assert cli.main(["beats", str(tmp_path / "p.json"), "--iterations", "50", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["breaches"] == []
    assert {"entropy", "foretold", "chance", "random_share", "bound", "gap"} <= set(told)


def test_the_example_of_the_papers_runs(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(Path(__file__).parents[2] / "docs" / "planning" / "examples" / "beats.py"))
    assert "leave after" in capsys.readouterr().out


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    assert picture.main([str(tmp_path / "x.svg")]) == 0
    made = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert made.startswith("<svg")
    assert made.count("<path") > 5
    assert len(made) < 100_000
