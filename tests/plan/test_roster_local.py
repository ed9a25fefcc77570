"""Annealing over rosters: its costs against the judge's on rosters by lot, a first roster of fifty, exact parts."""

from __future__ import annotations

import dataclasses
import random
from contextlib import suppress

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plan.test_roster import best_by_hand, priced, problems, small
from tests.plan.test_running import large
from tests.support.lots import lots
from wuxiao.plan import roster
from wuxiao.plan.form import NotYet, Watch
from wuxiao.plan.roster import Band, Contract, Cover, Keep, Person, Problem, Shift, Wish
from wuxiao.plan.roster.flat import flatten
from wuxiao.plan.roster.local import Local, price
from wuxiao.plan.roster.parts import Parts


@settings(max_examples=lots(15, 60))
@given(problems(), st.integers(0, 10**6))
def test_costs_are_those_of_the_judge(problem: Problem, seed: int) -> None:
    draw = random.Random(seed)
    if seed % 3 == 0:
        kept = tuple(tuple(draw.choice(("", "D", "N")) for _ in range(problem.days)) for _ in problem.people)
        keep = Keep(rows=kept, since=draw.randrange(2), most=draw.choice((None, 3)), weight=7)
        problem = dataclasses.replace(problem, keep=keep)
    flat = flatten(problem)
    for _ in range(8):
        rows = np.array([[draw.randrange(3) for _ in range(problem.days)] for _ in problem.people])
        soft, hard, by_rule = price(flat, rows)
        cost, good = priced(problem, tuple(tuple(("", "D", "N")[v] for v in row) for row in rows.tolist()))
        assert soft == cost
        assert (hard <= 1e-9) == good
        assert sum(by_rule.values()) == cost


def ward(people: int, days: int, seed: int) -> Problem:
    """Return a month as in the second competition: groups and skills, hard and wished cover, all else at a cost."""
    draw = random.Random(seed)
    skills = ("head", "plain", "young")
    groups = {"E": ("E",), "D": ("E", "D"), "N": ("E", "D", "N")}
    shifts = tuple(
        Shift(id=f"{g}/{k}", group=g, minutes=480, start=0, night=g == "N", skills=(k,),
              not_before=tuple(x for x in "ED" if x not in ("ED" if g == "E" else "D" if g == "D" else "")))
        for g in groups for k in skills
    )  # fmt: skip
    contract = Contract(
        id="c", shifts=Band(least=days // 3, most=days * 3 // 5, under=20, over=20),
        run=Band(least=3, most=5, under=30, over=30), off=Band(least=2, most=5, under=30, over=30),
        weekends=Band(most=days // 14, over=30), runs_of={g: Band(least=2, most=4, under=15, over=15) for g in groups},
        split_weekend=30,
    )  # fmt: skip
    who = tuple(
        Person(id=f"p{n}", contract="c", skills=tuple(k for i, k in enumerate(skills) if n % 3 <= i),
               before=draw.choice((("",), ("", "D/plain"), ("N/plain",))) if n % 3 <= 1 else ("",))
        for n in range(people)
    )  # fmt: skip
    cover = []
    for d in range(days):
        for s in shifts:
            least = draw.randrange(1, 1 + max(1, people // 24))
            cover.append(Cover(day=d, shift=s.id, need=least))
            cover.append(Cover(day=d, shift=s.id, need=least + 1, under=30))
    wishes = tuple(Wish(person=q.id, day=draw.randrange(days), weight=10) for q in who for _ in range(2))
    return Problem(days=days, shifts=shifts, contracts=(contract,), people=who, cover=tuple(cover), wishes=wishes)


def test_a_first_roster_of_fifty_keeps_every_hard_rule_and_comes_again() -> None:
    problem = ward(50, 28, 3)
    found = []
    for _ in range(2):
        local = Local(problem, Watch(600.0), 5)
        local.moves(150_000, local.hot, local.cold)
        found.append(local.best)
    assert found[0] == found[1]
    assert priced(problem, found[0]) == (local.cost, True)
    longer = Local(problem, Watch(600.0), 5)
    longer.moves(600_000, longer.hot, longer.cold)
    assert longer.cost < local.cost


@settings(max_examples=lots(4, 10))
@given(problems())
def test_a_part_that_is_the_whole_is_best(problem: Problem) -> None:
    best = best_by_hand(problem)
    if best is None:
        return
    local = Local(problem, Watch(600.0), 1)
    local.moves(20_000, local.hot, local.cold)
    assert local.cost >= best
    free = {(p, d) for p in range(2) for d in range(problem.days)}
    fresh, exact = Parts(problem).cells(local.best, free, 60.0, 1)
    assert exact
    assert fresh is not None
    assert priced(problem, fresh) == (best, True)


def test_people_are_rostered_beside_what_the_others_do() -> None:
    """One of two is free: the best there is for that one, found by trying all of their rows."""
    problem = small(people=(Person(id="甲", contract="c"), Person(id="乙", contract="c", away=(1,))),
                    wishes=(Wish(person="甲", day=2, weight=4),))  # fmt: skip
    for kept in (("D", "", "N"), ("N", "", ""), ("", "", "")):
        fresh, exact = Parts(problem).people((("", "", ""), kept), [0], 60.0, 1)
        assert exact
        assert fresh is not None
        assert fresh[1] == kept
        names = ("", "D", "N")
        tried = [priced(problem, ((a, b, c), kept)) for a in names for b in names for c in names]
        assert priced(problem, fresh) == (min(cost for cost, good in tried if good), True)


def test_where_there_is_no_time_there_is_a_roster_or_a_sentence() -> None:
    """A hundredth of a second for fifty people of either kind: what is found is whole, else it says that none was."""
    for problem in (ward(50, 28, 3), large(50, 28, 1)):
        with suppress(NotYet):
            assert roster.check(problem, roster.solve(problem, seconds=0.01, seed=1)) == []
