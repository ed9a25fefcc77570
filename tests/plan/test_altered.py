"""Problems altered at one place by lot: each is solved or refused with its field, none breaks an engine."""

from __future__ import annotations

import copy
import json
import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.plan import (
    test_beats,
    test_cover,
    test_dispatch,
    test_grids,
    test_match,
    test_order,
    test_queue,
    test_replay,
    test_roster,
    test_rounds,
)
from tests.support.lots import lots
from wuxiao.plan import demand, store
from wuxiao.plan.engine import engine
from wuxiao.plan.form import BadProblem, after_iterations

TRIES = lots(40, 200)
VALUES: tuple[Any, ...] = (
    None, "x", True, -1, 0, 1.5, -5, 10**12, 1e308, math.nan, "nan", "inf", [], {}, [[1]],
)  # fmt: skip


def _calls() -> demand.Problem:
    draw = random.Random(4)
    at = [draw.uniform(0, 27 * 1440) for _ in range(60)]
    place = [draw.randrange(2) for _ in at]
    return demand.Problem(places=("a", "b"), at=at, place=place, source=("resident",) * 60, days=28.0)


SMALL: dict[str, Callable[[], Any]] = {
    "grids": lambda: test_grids.row(3, 2, 4, 3, 2, 4, low=4, high=8),
    "cover": lambda: test_cover.town(12, 6),
    "queue": lambda: test_queue.town(4, 6),
    "replay": lambda: test_replay.town(0.2),
    "dispatch": lambda: test_dispatch.desk(4, 3),
    "beats": test_beats.line,
    "rounds": lambda: test_rounds.small(3, breaks=True),
    "roster": test_roster.small,
    "match": test_match.small,
    "demand": _calls,
    "order": lambda: test_order.town(60),
}


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, under in inner:
        yield (*path, key)
        yield from _leaves(under, (*path, key))


def _altered(data: Any, draw: random.Random) -> Any:
    """Return the data with one value changed, left out, doubled or cut short."""
    data = copy.deepcopy(data)
    *way, key = draw.choice(list(_leaves(data)))
    within = data
    for step in way:
        within = within[step]
    match draw.randrange(len(VALUES) + 3) - len(VALUES):
        case 0:
            del within[key]
        case 1 if isinstance(within, list):
            within.append(within[key])
        case 2 if isinstance(within[key], list) and within[key]:
            within[key].pop()
        case which:
            within[key] = VALUES[which % len(VALUES)]
    return data


@pytest.mark.parametrize("name", SMALL)
def test_an_altered_problem_is_solved_or_refused_with_its_field(name: str) -> None:
    it, draw = engine(name), random.Random(20)
    data = json.loads(json.dumps(store.to_json(SMALL[name]())))
    refusals: list[BadProblem] = []
    solved = 0
    for _ in range(TRIES):
        other = _altered(data, draw)
        try:
            problem = store.from_json(it.problem, other)
            plan = it.solve(problem, seconds=math.inf, seed=1, stop=after_iterations(3))
        except BadProblem as error:
            refusals.append(error)
        else:
            solved += 1
            it.check(problem, plan)
            it.figures(problem, plan)
            assert plan.why()
            assert store.same(store.from_json(it.plan, json.loads(json.dumps(store.to_json(plan)))), plan)
    assert len(refusals) >= TRIES / 4
    assert all(error.where and error.said.zh and error.said.en for error in refusals)
    assert solved >= TRIES / 50
