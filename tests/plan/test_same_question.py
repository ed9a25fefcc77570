"""The same question asked otherwise has the same answer: other names, order, units; a map seen in a mirror.

And what can only help does not hurt: one more unit, person, mediator, a wider band. For every engine, on problems that
it solves to their end within a few steps; the oracle is the engine's own answer to the question as first asked.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.plan import (
    test_altered,
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
from wuxiao.plan import order, store
from wuxiao.plan.engine import NAMES, engine
from wuxiao.plan.form import after_iterations

Json = Any
#: A way to values: names of fields, `*` for every element of a list.
Way = tuple[str, ...]


class Axis(NamedTuple):
    """Things that may stand in any order: lists of them (a way and which dimension), and values that point at them."""

    along: tuple[tuple[Way, int], ...]
    points: tuple[Way, ...] = ()


class Spec(NamedTuple):
    """How a question of an engine may be asked otherwise."""

    problem: Callable[[], Any]
    steps: int
    axes: tuple[Axis, ...]
    ids: tuple[Way, ...]  # where ids stand; wherever else the same text stands it is renamed too
    scaled: tuple[tuple[Way, float], ...]  # numbers and their factors
    factor: float  # what the objective is multiplied by
    better: Callable[[Any], Any]  # the same problem with one more unit
    least: bool = True  # a small objective is good


def _w(text: str) -> Way:
    return tuple(text.split("."))


def _axis(*along: str, points: tuple[str, ...] = ()) -> Axis:
    found = []
    for text in along:
        way, _, which = text.partition(":")
        found.append((_w(way), int(which or 0)))
    return Axis(tuple(found), tuple(map(_w, points)))


def _rooms() -> Any:
    return test_match.drawn(5)


def _more_mediators(problem: Any) -> Any:
    return dataclasses.replace(
        problem, mediators=(*problem.mediators, dataclasses.replace(problem.mediators[0], name="Z"))
    )


def _more_officers(problem: Any) -> Any:
    return dataclasses.replace(
        problem,
        officers=(*problem.officers, dataclasses.replace(problem.officers[0], id="z")),
        shifts=(*problem.shifts, *(dataclasses.replace(s, officer="z") for s in problem.shifts if s.officer == "o0")),
    )


def _more_people(problem: Any) -> Any:
    free = dataclasses.replace(problem.contracts[0], id="z", run=test_roster.Band())
    return dataclasses.replace(
        problem,
        contracts=(*problem.contracts, free),
        people=(*problem.people, test_roster.Person(id="z", contract="z")),
    )


def _more_units(problem: Any) -> Any:
    one = dataclasses.replace(problem.units[0], id="z", free_in=0.0)
    return dataclasses.replace(problem, units=(*problem.units, one))


def _queue(units: int = 4) -> Any:
    """Units that are all as near to every place: who is sent makes no difference, how many there are does."""
    return dataclasses.replace(test_queue.town(units, 6), minutes=np.tile(np.arange(1.0, 7.0), (units, 1)))


def _more_servers(problem: Any) -> Any:
    return dataclasses.replace(
        problem, units=(*problem.units, "z"), minutes=np.vstack([problem.minutes, problem.minutes[:1]]),
        busy_minutes=np.append(problem.busy_minutes, problem.busy_minutes[0]),
    )  # fmt: skip


def _replay() -> Any:
    return dataclasses.replace(test_replay.given_calls(which=("home",)), keep_trips=False)


def _more_cars(problem: Any) -> Any:
    (setting,) = problem.settings
    home = np.append(setting.home, setting.home[0])
    return dataclasses.replace(
        problem, units=(*problem.units, "z"), settings=(dataclasses.replace(setting, home=home),)
    )


def _more_calls(problem: Any) -> Any:
    return dataclasses.replace(
        problem, at=np.append(problem.at, problem.at[0]), place=np.append(problem.place, problem.place[0]),
        source=(*problem.source, "resident"),
    )  # fmt: skip


def _line() -> Any:
    return test_beats.line(place=np.column_stack([[1.0, 2.0, 3.0, 4.0], np.zeros(4)]))


def _blocks() -> Any:
    return test_grids.row(
        3, 2, 4, 3, 2, 4, low=4, high=8, target=6.0, place=np.column_stack([np.arange(6.0), np.zeros(6)])
    )


ASKED: dict[str, Spec] = {
    "grids": Spec(
        _blocks, 20_000,
        (_axis("blocks", "households", "area", "perimeter", "place", points=("pairs.*.*",)),
         _axis("pairs", "border", "street")),
        (_w("blocks.*"),),
        ((_w("area.*"), 100.0), (_w("perimeter.*"), 10.0), (_w("border.*"), 10.0), (_w("place.*.*"), 10.0)), 1.0,
        lambda p: dataclasses.replace(p, high=p.high + 1),
    ),
    "cover": Spec(
        lambda: test_cover.town(14, 7, kind="median", levels=(), p=2), 400,
        (_axis("times", "demand"), _axis("times:1")), (), ((_w("times.*.*"), 3.0), (_w("demand.*"), 5.0)), 15.0,
        lambda p: dataclasses.replace(p, p=p.p + 1),
    ),
    "queue": Spec(
        _queue, 200, (_axis("units", "minutes", "busy_minutes"), _axis("places", "calls_per_hour", "minutes:1")),
        (_w("units.*"), _w("places.*")),
        ((_w("minutes.*.*"), 2.0), (_w("busy_minutes.*"), 2.0), (_w("calls_per_hour.*"), 0.5)), 2.0, _more_servers,
    ),
    "replay": Spec(
        _replay, 5,
        (_axis("units", "settings.*.home"),
         _axis("places", "minutes:1", "minutes:2",
               points=("settings.*.home.*", "calls.place.*", "calls.other.*", "calls.carry.*"))),
        (_w("units.*"), _w("places.*")), (), 1.0, _more_cars,
    ),
    "dispatch": Spec(
        lambda: test_dispatch.desk(4, 3), 10_000,
        (_axis("units"), _axis("calls"),
         _axis("places", "minutes", "minutes:1", "demand", points=("units.*.place", "calls.*.place"))),
        (_w("units.*.id"), _w("calls.*.id"), _w("places.*")),
        ((_w("weight.*"), 3.0), (_w("keep"), 3.0)), 3.0, _more_units,
    ),
    "beats": Spec(
        _line, 800,
        (_axis("units", "work", "area", "perimeter", "place", points=("pairs.*.*", "street_unit.*")),
         _axis("pairs", "border")),
        (_w("units.*"), _w("streets.*")), ((_w("work.*"), 7.0),), 1.0,
        lambda p: dataclasses.replace(p, tolerance=0.3),
    ),
    "rounds": Spec(
        lambda: test_rounds.small(3, places=4), 300, (_axis("places"), _axis("officers"), _axis("shifts")),
        (_w("places.*.id"), _w("officers.*.id")),
        ((_w("minutes.ride.*.*"), 2.0), (_w("places.*.minutes"), 2.0), (_w("places.*.opens"), 2.0),
         (_w("places.*.closes"), 2.0), (_w("shifts.*.end"), 2.0), (_w("places.*.worth"), 2.0)), 2.0, _more_officers,
    ),
    "roster": Spec(
        lambda: test_roster.small(wishes=(test_roster.Wish(person="甲", day=1, weight=3),)), 20,
        (_axis("people"), _axis("shifts"), _axis("cover")),
        (_w("people.*.id"), _w("contracts.*.id"), _w("shifts.*.id")),
        ((_w("cover.*.under"), 4.0), (_w("cover.*.over"), 4.0), (_w("wishes.*.weight"), 4.0)), 4.0, _more_people,
    ),
    "match": Spec(
        _rooms, 400, (_axis("cases"), _axis("parties"), _axis("mediators"), _axis("rooms")),
        (_w("cases.*.name"), _w("parties.*.name"), _w("mediators.*.name"), _w("rooms.*.name")),
        ((_w("cases.*.weight"), 8.0),), 8.0, _more_mediators, least=False,
    ),
    "demand": Spec(
        test_altered._calls, 5, (_axis("at", "place"), _axis("places", points=("place.*",))),
        (_w("places.*"),), (), 1.0, _more_calls,
    ),
    "order": Spec(
        lambda: test_order.town(60, drawn=0.5), 60,
        (_axis(*(f"visits.{f.name}" for f in dataclasses.fields(order.Visits))),
         _axis(*(f"listed.{f.name}" for f in dataclasses.fields(order.Listed)))),
        (_w("listed.place.*"),), (), 1.0, lambda p: dataclasses.replace(p, drawn=0.1), least=False,
    ),
}  # fmt: skip


def _data(problem: Any) -> Json:
    return json.loads(json.dumps(store.to_json(problem)))


def _answer(name: str, problem: Any) -> Any:
    it = engine(name)
    plan = it.solve(problem, seconds=math.inf, seed=3, stop=after_iterations(ASKED[name].steps))
    assert not it.check(problem, plan)
    return plan


def _again(name: str, data: Json) -> Any:
    return _answer(name, store.from_json(engine(name).problem, data))


def _places(data: Json, way: Way) -> Iterator[tuple[Any, Any]]:
    """Yield every list or object on a way, with the key of what the way names in it."""
    if len(way) == 1:
        for key in range(len(data)) if way[0] == "*" else [way[0]]:
            yield data, key
        return
    inner = data if way[0] == "*" else [data[way[0]]]
    for one in inner:
        yield from _places(one, way[1:])


def _renamed(data: Json, ids: tuple[Way, ...], seed: int) -> Json:
    """Return the data with all ids changed, so that they sort in another order, wherever they stand."""
    known = sorted({str(within[key]) for way in ids for within, key in _places(data, way)})
    other = [f"名{n:03d}·x" for n in range(len(known))]
    random.Random(seed).shuffle(other)
    names = dict(zip(known, other, strict=True))

    def change(value: Json) -> Json:
        if isinstance(value, dict):
            return {key: change(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [change(inner) for inner in value]
        return names.get(value, value) if isinstance(value, str) else value

    return change(data)


def _shuffled(data: Json, axis: Axis, seed: int) -> Json:
    """Return the data with one kind of things in another order, and all that points at them."""
    data = copy.deepcopy(data)
    order: list[int] = []
    for way, which in axis.along:
        for within, key in _places(data, way):
            values = within[key]
            if which == 0:
                rows = [values]
            elif which == 1:
                rows = values
            else:
                rows = [row for table in values for row in table]
            for row in rows:
                if not row:
                    continue
                if not order:
                    order = list(range(len(row)))
                    random.Random(seed).shuffle(order)
                    if order == sorted(order):
                        order.reverse()
                row[:] = [row[k] for k in order]
    now = {old: new for new, old in enumerate(order)}
    for way in axis.points:
        for within, key in _places(data, way):
            within[key] = now.get(within[key], within[key])
    return data


def _scaled(data: Json, scaled: tuple[tuple[Way, float], ...]) -> Json:
    data = copy.deepcopy(data)
    for way, factor in scaled:
        for within, key in _places(data, way):
            if isinstance(within[key], (int, float)):
                value = within[key] * factor
                within[key] = int(value) if isinstance(within[key], int) and value == int(value) else value
    return data


def test_every_engine_is_asked() -> None:
    assert set(ASKED) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_names_and_order_change_nothing(name: str) -> None:
    spec = ASKED[name]
    problem = spec.problem()
    data, first = _data(problem), _answer(name, problem)
    asked = [_renamed(data, spec.ids, 1)] if spec.ids else []
    asked += [_shuffled(data, axis, seed) for axis in spec.axes for seed in (4, 9)]
    for other in asked:
        assert other != data
        again = _again(name, other)
        assert again.head.objective == pytest.approx(first.head.objective, rel=1e-9, abs=1e-12)
        assert again.head.stopped == first.head.stopped


@pytest.mark.parametrize("name", [name for name in NAMES if ASKED[name].scaled])
def test_other_units_change_the_figures_by_their_factor(name: str) -> None:
    spec = ASKED[name]
    problem = spec.problem()
    first, again = _answer(name, problem), _again(name, _scaled(_data(problem), spec.scaled))
    assert first.head.objective != 0
    assert again.head.objective == pytest.approx(spec.factor * first.head.objective, rel=1e-9)


@pytest.mark.parametrize("name", ["grids", "beats"])
def test_a_map_in_a_mirror_has_the_same_plan(name: str) -> None:
    problem = ASKED[name].problem()
    mirror = dataclasses.replace(problem, place=problem.place * np.array([-1.0, 1.0]) + np.array([50.0, 0.0]))
    assert not np.array_equal(mirror.place, problem.place)
    assert _answer(name, mirror).head.objective == _answer(name, problem).head.objective


@pytest.mark.parametrize("name", NAMES)
def test_one_more_never_hurts(name: str) -> None:
    spec = ASKED[name]
    problem = spec.problem()
    first, more = _answer(name, problem), _answer(name, spec.better(problem))
    if name == "demand":
        # There is no unit: one more call in a place never makes fewer expected there.
        place = int(problem.place[0])
        assert more.per_hour[place].sum() >= first.per_hour[place].sum()
        return
    apart = more.head.objective - first.head.objective
    assert (apart if spec.least else -apart) <= 1e-9 * max(1.0, abs(first.head.objective))
