"""Hearings: against all timetables there are, rules kept, refusals, the earlier timetable, the command."""

from __future__ import annotations

import json
import math
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.plan import cli, register, store
from wuxiao.plan.form import BadProblem, after_iterations
from wuxiao.plan.match import ENGINE, Case, Mediator, Meeting, Party, Plan, Problem, Room, check, solve
from wuxiao.plan.match.checks import clashes
from wuxiao.plan.match.picture import svg
from wuxiao.plan.match.town import town


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Compile before the first test that has a limit of time."""
    solve(town(8, 1), seconds=600, seed=1)


def drawn(seed: int) -> Problem:
    """Return a few cases on few slots, so tight that some are left over."""
    rng = np.random.default_rng(seed)
    slots = int(rng.integers(2, 6))
    days = np.sort(rng.integers(0, 2, slots))

    def some(things: list[Any], share: float) -> frozenset[Any]:
        return frozenset(thing for thing in things if rng.random() < share)

    parties = tuple(
        Party(name=f"P{k}", languages=some(["a", "b"], 0.4), slots=some(list(range(slots)), 0.7)) for k in range(5)
    )
    mediators = tuple(
        Mediator(
            name=f"M{k}", languages=some(["a", "b"], 0.7), skills=some(["x"], 0.7), most_a_day=int(rng.integers(1, 3))
        )
        for k in range(2)
    )
    rooms = tuple(Room(name=f"R{k}", seats=int(rng.integers(2, 5)), offers=some(["v"], 0.5)) for k in range(2))
    cases = tuple(
        Case(
            name=f"C{k}",
            parties=tuple(f"P{q}" for q in rng.choice(5, 2, replace=False)),
            skills=some(["x"], 0.4),
            length=int(rng.integers(1, 3)),
            seats=int(rng.integers(2, 4)),
            needs=some(["v"], 0.3),
            barred=some(["M0"], 0.2),
            first=int(rng.integers(0, 2)),
            last=slots - 1 if rng.random() < 0.5 else None,
            weight=float(rng.integers(1, 4)),
        )
        for k in range(5)
    )
    return Problem(days=days, cases=cases, parties=parties, mediators=mediators, rooms=rooms)


def best(problem: Problem, chosen: tuple[Meeting, ...] = (), case: int = 0) -> float:
    """Return the most weight over all timetables, tried one meeting after another by the checker's rules alone."""
    if case == len(problem.cases):
        return sum(problem.cases[m.case].weight for m in chosen)
    found = best(problem, chosen, case + 1)
    for mediator in range(len(problem.mediators)):
        for room in range(len(problem.rooms)):
            for start in range(len(problem.days)):
                more = (*chosen, Meeting(case=case, mediator=mediator, room=room, start=start))
                if not clashes(problem, more):
                    found = max(found, best(problem, more, case + 1))
    return found


@pytest.mark.parametrize("seed", range(25))
def test_no_timetable_hears_more(seed: int) -> None:
    problem = drawn(seed)
    plan = solve(problem, seconds=20, seed=1)
    assert check(problem, plan) == []
    assert plan.head.objective == best(problem)
    assert plan.head.stopped == "proved"
    assert plan.head.bound == plan.head.objective
    assert len(plan.reasons) == len(plan.left)
    assert store.same(store.from_json(Plan, json.loads(json.dumps(store.to_json(plan)))), plan)
    assert store.same(store.from_json(Problem, json.loads(json.dumps(store.to_json(problem)))), problem)


@settings(max_examples=lots(4, 15))
@given(cases=st.integers(3, 40), seed=st.integers(0, 999), tight=st.floats(0.5, 2.0))
def test_every_rule_is_kept_at_any_size_and_tightness(cases: int, seed: int, tight: float) -> None:
    problem = town(cases, seed, tight=tight)
    plan = solve(problem, seconds=60, seed=seed, stop=after_iterations(2))
    assert check(problem, plan) == []
    assert len(plan.meetings) + len(plan.left) == cases


def test_same_seed_and_steps_same_timetable() -> None:
    problem = town(120, 3, tight=1.4)
    one, other = (store.to_json(solve(problem, seconds=math.inf, seed=4, stop=after_iterations(4))) for _ in range(2))
    one["head"].pop("seconds")
    other["head"].pop("seconds")
    assert one == other


def small(**more: Any) -> Problem:
    base: dict[str, Any] = {
        "days": [0, 0, 1, 1],
        "cases": (
            Case(name="C0", parties=("P0", "P1")),
            Case(name="C1", parties=("P1", "P2"), skills=frozenset({"x"})),
        ),
        "parties": (Party(name="P0"), Party(name="P1", languages=frozenset({"a"})), Party(name="P2")),
        "mediators": (
            Mediator(name="M0", languages=frozenset({"a"}), skills=frozenset({"x"}), most_a_day=1),
            Mediator(name="M1", languages=frozenset({"b"})),
        ),
        "rooms": (Room(name="R0", seats=4), Room(name="R1", seats=1)),
    }
    return Problem(**{**base, **more})


def test_one_mediator_who_can_and_one_case_a_day_needs_two_days() -> None:
    plan = solve(small(), seconds=20, seed=1)
    assert plan.head.objective == 2
    assert {m.mediator for m in plan.meetings} == {0}
    assert plan.waiting == 1
    assert [int(small().days[m.start]) for m in plan.meetings] == [0, 1]


def test_what_was_told_stays_and_what_cannot_be_says_why() -> None:
    told = Meeting(case=0, mediator=0, room=0, start=3)
    problem = small(fixed=(told,))
    plan = solve(problem, seconds=20, seed=1)
    assert told in plan.meetings
    assert plan.head.objective == 2
    with pytest.raises(BadProblem, match="fixed"):
        small(fixed=(Meeting(case=0, mediator=1, room=0, start=3),))
    nobody = small(cases=(Case(name="C0", parties=("P0",), skills=frozenset({"z"})),))
    left = solve(nobody, seconds=20, seed=1)
    assert left.left.tolist() == [0]
    assert "no mediator" in left.reasons[0].en
    crowded = solve(small(cases=(Case(name="C0", parties=("P0",), seats=9),)), seconds=20, seed=1)
    assert "no room" in crowded.reasons[0].en


def test_an_earlier_timetable_is_kept_where_it_can_be() -> None:
    problem = town(60, 2, tight=0.8)
    before = solve(problem, seconds=20, seed=1)
    data = store.to_json(problem)
    gone = before.meetings[0].mediator
    data["mediators"][gone]["slots"] = [0]
    after = solve(store.from_json(Problem, data), seconds=20, seed=2, warm=before)
    assert check(store.from_json(Problem, data), after) == []
    assert after.moved < len(before.meetings) / 2
    assert all(m.mediator != gone or m.start == 0 for m in after.meetings)


@pytest.mark.parametrize(
    ("change", "where", "row"),
    [
        ({"days": [0, 1, 0, 1]}, "days", 2),
        ({"days": []}, "days", None),
        ({"days": [0, np.nan, 0, 1]}, "days", 1),
        ({"rooms": ()}, "rooms", None),
        ({"parties": (Party(name="P0"), Party(name="P0"), Party(name="P1"))}, "parties", 1),
        ({"cases": (Case(name="C0", parties=("P9",)),)}, "cases.parties", 0),
        ({"cases": (Case(name="C0", parties=("P0", "P0")),)}, "cases.parties", 0),
        ({"cases": (Case(name="C0", parties=("P0",), barred=frozenset({"M9"})),)}, "cases.barred", 0),
        ({"cases": (Case(name="C0", parties=("P0",), length=0),)}, "cases.length", 0),
        ({"cases": (Case(name="C0", parties=("P0",), weight=math.nan),)}, "cases.weight", 0),
        ({"cases": (Case(name="C0", parties=("P0",), first=3, last=1),)}, "cases.first", 0),
        ({"rooms": (Room(name="R0", seats=0),)}, "rooms.seats", 0),
        ({"rooms": (Room(name="R0", seats=2, slots=frozenset({4})),)}, "rooms.slots", 0),
        ({"fixed": (Meeting(case=2, mediator=0, room=0, start=0),)}, "fixed.case", 0),
    ],
)
def test_a_bad_question_is_refused_by_field_and_row(change: dict[str, Any], where: str, row: int | None) -> None:
    with pytest.raises(BadProblem) as caught:
        small(**change)
    assert (caught.value.where, caught.value.row) == (where, row)


@pytest.mark.parametrize(
    ("meetings", "said"),
    [
        ([(0, 0, 0, 0), (1, 0, 0, 0)], "has C0 and C1 in slot 0"),
        ([(0, 0, 0, 0), (1, 0, 0, 1)], "most 1"),
        ([(0, 1, 0, 0)], "no language in common"),
        ([(1, 1, 0, 0)], "lacks a skill"),
        ([(0, 0, 1, 0)], "does not fit"),
        ([(0, 0, 0, 0), (0, 0, 0, 2)], "there twice"),
        ([(0, 0, 0, 9)], "names what the problem has not"),
    ],
)
def test_check_catches_a_broken_timetable(meetings: list[tuple[int, int, int, int]], said: str) -> None:
    problem = small()
    data = store.to_json(solve(problem, seconds=20, seed=1))
    data["meetings"] = [{"case": c, "mediator": m, "room": r, "start": s} for c, m, r, s in meetings]
    assert any(said in breach.en for breach in check(problem, store.from_json(Plan, data)))


@pytest.mark.parametrize("change", [("waiting", 7.0), ("left", [0]), ("objective", 9.0), ("bound", 1.0)])
def test_check_catches_wrong_sums(change: tuple[str, Any]) -> None:
    problem = small()
    data = store.to_json(solve(problem, seconds=20, seed=1))
    (data if change[0] in data else data["head"])[change[0]] = change[1]
    assert check(problem, store.from_json(Plan, data))


def test_check_catches_barred_late_overnight_and_absent() -> None:
    parts = {"parties": ("P0",)}
    case = Case(name="C0", barred=frozenset({"M0"}), length=2, first=1, last=2, **parts)  # type: ignore[arg-type]
    absent = Party(name="P0", slots=frozenset({0}))
    problem = small(cases=(case,), parties=(absent,))
    said = " ".join(s.en for s in clashes(problem, (Meeting(case=0, mediator=0, room=0, start=1),)))
    assert "barred" in said
    assert "two days" in said
    assert "not free" in said
    assert "outside its slots" in " ".join(
        s.en for s in clashes(problem, (Meeting(case=0, mediator=1, room=0, start=2),))
    )


def test_the_register_names_every_input_and_the_command_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert register.faults(ENGINE.entry, Problem) == []
    store.save(small(), tmp_path / "p.json")
    words = ["match", str(tmp_path / "p.json"), "--seconds", "20", "--seed", "1", "--json"]
    assert cli.main([*words, "--out", str(tmp_path / "plan.json")]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["objective"] == figures["bound"] == figures["heard"] == 2
    assert check(small(), store.load(Plan, tmp_path / "plan.json")) == []
    assert cli.main(["match", str(tmp_path / "p.json"), "--warm", str(tmp_path / "plan.json"), "--seconds", "20"]) == 0
    assert "排定2件" in capsys.readouterr().out


def test_the_example_of_the_papers_keeps_who_is_ill_at_home(capsys: pytest.CaptureFixture[str]) -> None:
    left = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "planning" / "examples" / "match.py"))
    problem, again = left["problem"], left["again"]
    assert left["plan"].meetings
    assert again.meetings
    assert not [m for m in again.meetings if m.mediator == left["ill"] and problem.days[m.start] <= 1]
    assert f"{len(again.meetings)} heard, {again.moved} moved" in capsys.readouterr().out


def test_the_picture_shows_every_meeting() -> None:
    problem = town(20, 1)
    plan = solve(problem, seconds=20, seed=1)
    drawn_ = svg(problem, plan)
    assert all(f">{problem.cases[m.case].name}</text>" in drawn_ for m in plan.meetings)
    assert drawn_.count('rx="3"') == len(plan.meetings)
