"""Rosters against brute force, hard rules and their judge, conflicts in words, changes around a sick call."""

from __future__ import annotations

import dataclasses
import importlib.util
import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.plan import cli, register, roster, store
from wuxiao.plan.form import BadProblem, Cancel, Head, after_iterations
from wuxiao.plan.roster import (
    Band,
    Contract,
    Cover,
    Fair,
    Keep,
    Pattern,
    Person,
    Pin,
    Plan,
    Problem,
    Shift,
    Step,
    Wish,
    check,
)
from wuxiao.plan.roster.conflict import Conflict
from wuxiao.plan.roster.tally import carry, changed, spreads, wishes

ROOT = Path(__file__).resolve().parent.parent.parent
DAY = Shift(id="D", start=480, minutes=480)
NIGHT = Shift(id="N", start=1320, minutes=600, night=True)


def priced(problem: Problem, rows: tuple[tuple[str, ...], ...]) -> tuple[int, bool]:
    """What the judge says of rows: their cost, and whether they keep every hard rule."""
    head = Head(engine="roster", version="", seed=0, seconds=0, iterations=0, objective=0, bound=None, stopped="done")
    met, wished = wishes(problem, rows)
    shown = {"spread": spreads(problem, rows), "changed": changed(problem, rows), "met": met, "wished": wished}
    found = check(problem, Plan(head=head, rows=rows, **shown))
    cost = next((int(b.en.split()[2].rstrip(",")) for b in found if b.en.startswith("it costs")), 0)
    return cost, not [b for b in found if not b.en.startswith(("it costs", "the costs by rule"))]


def best_by_hand(problem: Problem) -> int | None:
    names = ["", *(s.id for s in problem.shifts)]
    best = None
    for cells in itertools.product(names, repeat=problem.days * len(problem.people)):
        rows = tuple(tuple(cells[p * problem.days : (p + 1) * problem.days]) for p in range(len(problem.people)))
        cost, good = priced(problem, rows)
        if good and (best is None or cost < best):
            best = cost
    return best


def small(**change: Any) -> Problem:
    base: dict[str, Any] = {
        "days": 3,
        "shifts": (DAY, NIGHT),
        "contracts": (Contract(id="c", rest=660, run=Band(most=2)),),
        "people": (Person(id="甲", contract="c"), Person(id="乙", contract="c")),
        "cover": tuple(Cover(day=d, shift=s, need=1, under=10, over=5) for d in range(3) for s in "DN"),
    }
    return Problem(**{**base, **change})


bands = st.builds(
    lambda least, more, under, over: Band(least=least, most=least + more, under=under, over=over),
    st.integers(0, 2), st.integers(0, 2), st.sampled_from([None, 3]), st.sampled_from([None, 0, 2]),
)  # fmt: skip
what = st.sampled_from(["nights", "weekends", "days"])
maybe = st.one_of(st.just(Band()), bands)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    contract = Contract(
        id="c",
        run=draw(maybe),
        off=draw(maybe),
        shifts=draw(maybe),
        weekends=draw(maybe),
        night_run=draw(st.sampled_from([Band(), Band(least=2, under=4), Band(most=1)])),
        weekend_run=draw(st.sampled_from([Band(), Band(most=1, over=2)])),
        runs_of=draw(st.sampled_from([{}, {"D": Band(least=2, under=1)}])),
        of_shift=draw(st.sampled_from([{}, {"N": Band(most=1)}])),
        rest=draw(st.sampled_from([0, 660, 1500])),
        split_weekend=draw(st.sampled_from([0, 3])),
        mixed_weekend=draw(st.sampled_from([0, 2])),
        night_before_free=draw(st.sampled_from([0, 5])),
        unskilled=draw(st.sampled_from([None, 6])),
        unwanted=draw(st.sampled_from([(), (Pattern(steps=(Step(shift="D"), Step(shift="-")), weight=2),)])),
    )
    night = dataclasses.replace(NIGHT, skills=draw(st.sampled_from([(), ("k",)])))
    before = draw(st.sampled_from([(), ("",), ("D", "D"), ("", "N")]))
    return small(
        first=draw(st.sampled_from([0, 4, 5])),
        edges=draw(st.sampled_from(["open", "shut"])),
        shifts=(dataclasses.replace(DAY, not_before=draw(st.sampled_from([(), ("N",)]))), night),
        contracts=(contract,),
        people=(
            Person(id="甲", contract="c", skills=("k",), before=before, away=draw(st.sampled_from([(), (1,)]))),
            Person(id="乙", contract="c", carried={"nights": draw(st.integers(0, 2))}),
        ),
        wishes=(Wish(person="乙", day=1, wants=draw(st.booleans()), weight=draw(st.sampled_from([None, 4]))),),
        fair=(Fair(what=draw(what), most=draw(st.sampled_from([None, 1])), weight=1),),
    )  # fmt: skip


@settings(max_examples=lots(4, 12))
@given(problems())
def test_solver_and_judge_agree_with_every_roster_there_is(problem: Problem) -> None:
    best = best_by_hand(problem)
    if best is None:
        with pytest.raises(Conflict) as caught:
            roster.solve(problem, seconds=30, seed=1)
        assert caught.value.rules
        return
    plan = roster.solve(problem, seconds=30, seed=1)
    assert check(problem, plan) == []
    assert plan.head.objective == best
    assert plan.head.stopped == "proved"


def covered(draw: Any, days: int = 6) -> Problem:
    contracts = tuple(
        Contract(
            id=str(n),
            minutes=Band(least=480 * draw(st.integers(0, 2)), most=480 * draw(st.integers(3, 5))),
            run=Band(least=draw(st.integers(1, 2)), most=draw(st.integers(2, 4))),
            off=Band(least=draw(st.integers(1, 2))),
            weekends=Band(most=draw(st.integers(0, 1))),
            of_shift={"L": Band(most=draw(st.integers(0, 2)))},
        )
        for n in range(4)
    )
    cells = st.tuples(st.integers(0, days - 1), st.sampled_from("EL"), st.booleans(), st.integers(1, 3))
    return Problem(
        days=days,
        first=3,
        shifts=(Shift(id="E", start=0), Shift(id="L", start=0, not_before=("E",))),
        contracts=contracts,
        people=tuple(Person(id=str(n), contract=str(n), away=(n,)) for n in range(4)),
        cover=tuple(
            Cover(day=d, shift=s, need=draw(st.integers(0, 2)), under=10, over=1) for d in range(days) for s in "EL"
        ),
        wishes=tuple(
            Wish(person=str(n), day=d, shift=s, wants=w, weight=k)
            for n in range(4)
            for d, s, w, k in draw(st.lists(cells, max_size=3))
        ),
    )


@settings(max_examples=lots(3, 6))
@given(st.data())
def test_columns_and_constraint_programming_find_the_same_cost(data: st.DataObject) -> None:
    from wuxiao.plan.roster import columns

    problem = covered(data.draw)
    assert columns.suits(problem)
    by_columns = roster.solve(problem, seconds=10, seed=1)
    by_days = roster.solve(problem, seconds=60, seed=1, stop=after_iterations(50))
    assert check(problem, by_columns) == []
    assert by_days.head.stopped == "proved"
    assert by_columns.head.objective == by_days.head.objective
    assert by_columns.head.bound is not None
    assert by_columns.head.bound <= by_columns.head.objective


# ------------------------------------------------------------------------------------------------------ rules by name


def test_three_donts_are_hard() -> None:
    shifts = (
        Shift(id="值", duty="station_duty"),
        Shift(id="案", duty="case_work"),
        Shift(id="外", duty="response", area="北"),
        Shift(id="内", duty="response", area="南"),
        Shift(id="社", duty="community", area="南"),
    )
    cover = tuple(Cover(day=d, shift=s.id, need=1, under=100) for d in range(5) for s in shifts)
    one = Person(id="社区民警", contract="c", community="南")
    problem = small(days=5, shifts=shifts, contracts=(Contract(id="c"),), people=(one,), cover=cover)
    plan = roster.solve(problem, seconds=10, seed=1)
    assert set(plan.rows[0]) <= {"内", "社"}
    for barred in ("值", "案", "外"):
        rows = ((barred, *plan.rows[0][1:]),)
        assert any("three don'ts" in b.en for b in check(problem, dataclasses.replace(plan, rows=rows)))
    must = dataclasses.replace(problem, cover=(Cover(day=0, shift="值", need=1),))
    with pytest.raises(Conflict) as caught:
        roster.solve(must, seconds=10, seed=1)
    assert "三不要求" in caught.value.said.zh
    assert len(caught.value.rules) == 2


def test_posts_of_24_hours_keep_their_rest() -> None:
    watch = Shift(id="W", start=480, minutes=1440, night=True, post="卡点")
    people = tuple(Person(id=str(n), contract="c", posts=("卡点",)) for n in range(4))
    problem = small(
        days=12, shifts=(watch,), contracts=(Contract(id="c", rest=48 * 60),), people=people,
        cover=tuple(Cover(day=d, shift="W", need=1, over=None) for d in range(12)), fair=(Fair(what="days", most=0),),
    )  # fmt: skip
    plan = roster.solve(problem, seconds=20, seed=1)
    assert check(problem, plan) == []
    assert plan.spread == {"days": 0}
    for row in plan.rows:
        on = [d for d, name in enumerate(row) if name]
        assert len(on) == 3
        assert all(b - a >= 3 for a, b in itertools.pairwise(on))


def test_fairness_is_carried_over_months() -> None:
    problem = small(
        days=7,
        contracts=(Contract(id="c", rest=660),),
        people=tuple(Person(id=str(n), contract="c") for n in range(3)),
        cover=tuple(Cover(day=d, shift="N", need=1, over=None) for d in range(7)),
        fair=(Fair(what="nights", weight=1),),
    )
    total = [0, 0, 0]
    for _ in range(3):
        plan = roster.solve(problem, seconds=10, seed=1)
        assert check(problem, plan) == []
        assert plan.spread["nights"] <= 1
        for p, row in enumerate(plan.rows):
            total[p] += sum(name == "N" for name in row)
        onward = carry(problem, plan.rows)
        people = tuple(dataclasses.replace(q, carried=onward[q.id]) for q in problem.people)
        problem = dataclasses.replace(problem, people=people)
    assert total == [7, 7, 7]


def test_conflict_is_the_smallest_there_is() -> None:
    people = (*tuple(Person(id=n, contract="c", away=(0, 1)) for n in "甲乙"), Person(id="丙", contract="c"))
    cover = (*(Cover(day=d, shift="D", need=1, under=None) for d in (0, 1, 2)), Cover(day=0, shift="N", need=1))
    problem = small(people=people, contracts=(Contract(id="c", run=Band(most=2), rest=660),), cover=cover)
    with pytest.raises(Conflict) as caught:
        roster.solve(problem, seconds=20, seed=1)
    found = caught.value
    assert found.smallest
    assert found.irreducible
    assert {k[0] for k in found.keys} == {"away", "cover"}
    assert len(found.rules) == 4
    assert "甲在第1天（周一）不在岗" in found.said.zh
    assert "甲 is away on day 1 (Mon)" in found.said.en


def test_a_sick_call_changes_little() -> None:
    problem = small(
        days=7,
        people=tuple(Person(id=n, contract="c") for n in "甲乙丙丁"),
        contracts=(Contract(id="c", rest=660, run=Band(most=5)),),
        cover=tuple(Cover(day=d, shift=s, need=1, under=None, over=None) for d in range(7) for s in "DN"),
    )
    plan = roster.solve(problem, seconds=10, seed=1)
    ill = next(q.id for q, row in zip(problem.people, plan.rows, strict=True) if row[3])
    again = roster.sick(problem, plan, ill, [3], since=2, most=3)
    near = roster.solve(again, seconds=10, seed=1, warm=plan)
    assert check(again, near) == []
    assert near.changed is not None
    assert 1 <= near.changed <= 3
    place = [q.id for q in problem.people].index(ill)
    assert near.rows[place][3] == ""
    assert [row[:2] for row in near.rows] == [row[:2] for row in plan.rows]
    with pytest.raises(Conflict) as caught:
        roster.solve(roster.sick(problem, plan, ill, [3], since=2, most=0), seconds=10, seed=1)
    assert any(key == ("keep",) for key in caught.value.keys)
    with pytest.raises(BadProblem):
        roster.sick(problem, plan, ill, [1], since=2, most=3)
    with pytest.raises(BadProblem):
        roster.sick(problem, plan, "无此人", [3], since=2, most=3)


# ------------------------------------------------------------------------------------------------------- the judge


def judged() -> tuple[Problem, Plan]:
    shifts = (DAY, dataclasses.replace(NIGHT, not_before=("D",)), Shift(id="X", post="甲岗", skills=("k",)))
    problem = Problem(
        days=7,
        shifts=shifts,
        contracts=(
            Contract(
                id="c", rest=660, run=Band(least=2, most=3), off=Band(least=1), weekends=Band(most=1),
                nights=Band(most=3), shifts=Band(least=2, most=5), minutes=Band(most=2700),
                of_shift={"D": Band(most=4)}, night_run=Band(most=2),
                unwanted=(Pattern(steps=(Step(shift="N", weekday=6),)),),
            ),
        ),
        people=(
            *(Person(id=str(n), contract="c", posts=("乙岗",), away=(n,)) for n in range(4)),
            Person(id="4", contract="c", before=("N",)),
        ),
        cover=tuple(Cover(day=d, shift="D", need=1, under=20, over=7) for d in range(7)),
        wishes=(Wish(person="0", day=3, wants=False, weight=None), Wish(person="1", day=4, shift="D", wants=True)),
        pins=(Pin(person="2", day=5),),
        fair=(Fair(what="days", most=2),),
    )  # fmt: skip
    return problem, roster.solve(problem, seconds=20, seed=1)


@pytest.fixture(scope="module")
def told() -> tuple[Problem, Plan]:
    return judged()


MUTATIONS: list[tuple[int, int, str]] = [
    (0, 0, "D"),  # away
    (0, 3, "D"),  # a wish that binds
    (2, 5, "D"),  # a pin
    (1, 2, "X"),  # skill and post
    (4, 0, "D"),  # rest after the last night before
    (3, 6, "N"),  # a forbidden pattern
    (2, 6, "Q"),  # no such shift
]


def test_the_judge_finds_nothing_in_a_good_plan(told: tuple[Problem, Plan]) -> None:
    assert check(*told) == []


@pytest.mark.parametrize(("person", "day", "shift"), MUTATIONS)
def test_the_judge_catches_a_changed_cell(told: tuple[Problem, Plan], person: int, day: int, shift: str) -> None:
    problem, plan = told
    rows = [list(row) for row in plan.rows]
    assert rows[person][day] != shift
    rows[person][day] = shift
    hard = [b.en for b in check(problem, dataclasses.replace(plan, rows=tuple(map(tuple, rows)))) if "cost" not in b.en]
    assert hard


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("DD-DD-D", "weekends"),
        ("-DDDD--", "run"),
        ("D------", "shifts"),
        ("NNN----", "night_run"),
        ("ND-----", "rests only"),
        ("-D-DD--", "only 1 in a row"),
        ("DDD-DD-", "of_shift"),
        ("NNN-NN-", "minutes"),
    ],
)
def test_the_judge_knows_each_rule_of_a_row(told: tuple[Problem, Plan], row: str, words: str) -> None:
    problem, plan = told
    free = dataclasses.replace(problem.people[3], away=())
    two = dataclasses.replace(problem.contracts[0], weekends=Band(most=0))
    problem = dataclasses.replace(problem, people=(*problem.people[:3], free, problem.people[4]), contracts=(two,))
    rows = (*plan.rows[:3], tuple("" if c == "-" else c for c in row), plan.rows[4])
    assert any(words in b.en for b in check(problem, dataclasses.replace(plan, rows=rows)))


def test_the_judge_checks_what_a_plan_says_of_itself(told: tuple[Problem, Plan]) -> None:
    problem, plan = told
    for wrong in (
        dataclasses.replace(plan, head=dataclasses.replace(plan.head, objective=plan.head.objective + 1)),
        dataclasses.replace(plan, head=dataclasses.replace(plan.head, bound=plan.head.objective + 5)),
        dataclasses.replace(plan, spread={"days": 9}),
        dataclasses.replace(plan, costs={**plan.costs, "wishes": 99}),
        dataclasses.replace(plan, rows=plan.rows[1:]),
    ):
        assert check(problem, wrong)
    keep = dataclasses.replace(problem, keep=Keep(rows=plan.rows, since=7, most=0))
    kept = dataclasses.replace(plan, changed=0)
    assert check(keep, kept) == []
    rows = [list(row) for row in plan.rows]
    rows[3] = ["" if name else "D" for name in rows[3]]
    assert any("changes, above" in b.en for b in check(keep, dataclasses.replace(kept, rows=tuple(map(tuple, rows)))))


# ------------------------------------------------------------------------------------------------------- the face


@pytest.mark.parametrize(
    ("change", "where", "row"),
    [
        ({"days": 0}, "days", None),
        ({"people": (Person(id="甲", contract="c"), Person(id="甲", contract="c"))}, "people", 1),
        ({"people": (Person(id="甲", contract="x"),)}, "people.contract", 0),
        ({"people": (Person(id="甲", contract="c", away=(3,)),)}, "people.away", 0),
        ({"shifts": ()}, "shifts", None),
        ({"shifts": (DAY, dataclasses.replace(NIGHT, minutes=0))}, "shifts.minutes", 1),
        ({"cover": (Cover(day=9, shift="D", need=1),)}, "cover.day", 0),
        ({"cover": (Cover(day=1, shift="Z", need=1),)}, "cover.shift", 0),
        ({"cover": (Cover(day=1, shift="D", need=math.nan),)}, "cover.need", 0),  # type: ignore[arg-type]
        ({"contracts": (Contract(id="c", run=Band(least=3, most=2)),)}, "contracts.run", 0),
        ({"wishes": (Wish(person="丙", day=0),)}, "wishes.person", 0),
        ({"fair": (Fair(what="nights", people=("丙",)),)}, "fair.people", 0),
        ({"keep": Keep(rows=((),))}, "keep.rows", None),
    ],
)
def test_bad_problems_are_refused_by_field_and_row(change: dict[str, Any], where: str, row: int | None) -> None:
    with pytest.raises(BadProblem) as caught:
        small(**change)
    assert caught.value.where == where
    assert caught.value.row == row


def test_the_same_seed_and_steps_give_the_same_plan() -> None:
    problem = small(fair=(Fair(what="nights", weight=1),))
    plans = [roster.solve(problem, seconds=math.inf, seed=7, stop=after_iterations(2)) for _ in range(2)]
    one, two = (dataclasses.replace(p, head=dataclasses.replace(p.head, seconds=0.0)) for p in plans)
    assert store.same(one, two)
    with pytest.raises(BadProblem):
        roster.solve(problem, seconds=5, seed=1, warm=dataclasses.replace(one, rows=one.rows[1:]))


def test_cancel_and_progress() -> None:
    cancel, seen = Cancel(), []
    cancel.now()
    problem = small(days=14, cover=tuple(Cover(day=d, shift="D", need=1, under=3) for d in range(14)))
    plan = roster.solve(problem, seconds=30, seed=1, stop=cancel, progress=seen.append)
    assert check(problem, plan) == []
    assert seen


def test_json_both_ways_and_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = small(fair=(Fair(what="nights", weight=1),), wishes=(Wish(person="甲", day=0, weight=2),))
    assert store.same(store.from_json(Problem, store.to_json(problem)), problem)
    store.save(problem, tmp_path / "p.json")
    words = ["roster", str(tmp_path / "p.json"), "--seconds", "10", "--out", str(tmp_path / "o.json"), "--json"]
    assert cli.main(words) == 0
    said = json.loads(capsys.readouterr().out)
    plan = store.load(Plan, tmp_path / "o.json")
    assert said["objective"] == plan.head.objective == said["bound"]
    assert check(problem, plan) == []
    assert store.same(store.from_json(Plan, store.to_json(plan)), plan)
    assert all(s.zh and s.en for s in plan.why())
    (tmp_path / "bad.json").write_text(json.dumps({**store.to_json(problem), "days": "seven"}))
    assert cli.main(["roster", str(tmp_path / "bad.json")]) == 2
    assert "days" in capsys.readouterr().err


def test_the_register_says_what_the_problem_holds() -> None:
    assert register.faults(roster.ENGINE.entry, Problem) == []


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("example", ROOT / "docs" / "planning" / "examples" / "roster.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main()
    said = capsys.readouterr().out
    assert "is ill" in said
    assert "不能同时满足" in said
