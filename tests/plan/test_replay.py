"""The compiled replay against its twin in plain Python, closed forms, trips looked at one by one, broken plans."""

from __future__ import annotations

import dataclasses
import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csgraph

from wuxiao.plan import cli, register, replay, store
from wuxiao.plan.form import BadProblem, after_iterations
from wuxiao.plan.replay import run, twin
from wuxiao.plan.replay.problem import Calls, Problem, Setting, Span, Stream

UNITS, PLACES = 12, 60


def settings(minutes: np.ndarray, home: np.ndarray) -> tuple[Setting, ...]:
    source = np.random.default_rng(3)
    sites = source.choice(PLACES, 15, replace=False)
    table = tuple(tuple(int(x) for x in source.choice(sites, k + 1)) for k in range(UNITS))
    patrol = source.integers(0, PLACES, (UNITS, 5))
    patrol[5, 3:] = -1
    return (
        Setting(name="home", home=home),
        Setting(name="order", home=home, dispatch="order", order=np.argsort(minutes[home].T, axis=1)),
        Setting(name="spare", home=home, dispatch="spare", spare=20.0, radius=5.0),
        Setting(name="table", home=home, idle="table", table=table, moves=2),
        Setting(name="cover", home=home, idle="cover", sites=sites, radius=5.0, moves=1, gain=0.005),
        Setting(name="patrol", home=home, idle="patrol", patrol=patrol, random_share=0.1),
    )


def town(days: float = 0.5, *, use: float = 0.5, seed: int = 1, which: tuple[str, ...] = (), **more: Any) -> Problem:
    source = np.random.default_rng(seed)
    spots = source.uniform(0, 10, (PLACES, 2))
    minutes = np.hypot(*(spots[:, None] - spots).transpose(2, 0, 1)) * source.uniform(1.0, 1.3, (PLACES, PLACES))
    np.fill_diagonal(minutes, 0.0)
    per_hour = source.gamma(1, 1, PLACES)
    per_hour *= use * UNITS * 2 / per_hour.sum()
    home = source.choice(PLACES, UNITS, replace=False)
    tried = tuple(s for s in settings(minutes, home) if not which or s.name in which)
    stream = Stream(
        per_hour=per_hour, days=days, scene=25.0, priority=np.array([0.3, 0.3, 0.4]), needs=np.array([0.8, 0.15, 0.05]),
        delay=1.0, carry=0.3, carry_to=np.array([0, 1]), handover=10.0,
    )  # fmt: skip
    return Problem(
        places=tuple(map(str, range(PLACES))), minutes=np.stack([minutes, minutes * 1.4]),
        units=tuple(f"u{i}" for i in range(UNITS)), settings=tried, late=np.array([6.0, 8.0, 12.0]),
        mode=np.array([0, 0, 1]), calm=1, stream=stream, **more,
    )  # fmt: skip


PREEMPT = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0]], dtype=bool)
SHIFTS = tuple(
    Span(unit=u, begin=b * 720.0 + (u % 2) * 360, end=b * 720.0 + 560 + (u % 2) * 360)
    for u in range(8)
    for b in range(2)
)
BREAKS = tuple(Span(unit=u, begin=200.0 + 300 * b + u, end=245.0 + 300 * b + u) for u in range(UNITS) for b in range(4))


def on_roads(problem: Problem, *, ways: bool = True) -> Problem:
    """The same town on a network of one- and two-way streets, slower by hours, scenes between two places."""
    source = np.random.default_rng(4)
    spots = source.uniform(0, 10, (PLACES, 2))
    far = np.hypot(*(spots[:, None] - spots).transpose(2, 0, 1))
    street = np.where(np.argsort(np.argsort(far, axis=1), axis=1) < 5, far * source.uniform(1.0, 1.4, far.shape), 0.0)
    two_way = source.random(far.shape) < 0.8
    street = np.where((street == 0) & two_way, street.T, street)
    minutes, via, aside = [], [], source.uniform(0.0, 0.5, (3, PLACES))
    for slower, off in zip((1.0, 1.4, 1.9), aside, strict=True):
        back, before = csgraph.dijkstra((street * slower).T, return_predecessors=True)
        assert np.isfinite(back).all()
        np.fill_diagonal(before, np.arange(PLACES))
        minutes.append((back.T + off[:, None] + off[None, :]) * (1 - np.eye(PLACES)))
        via.append(before.T)
    assert problem.stream is not None
    scenes = {
        "off": source.uniform(0.0, 1.0, (2, PLACES, 3, 2)),
        "other": source.integers(0, PLACES, (PLACES, 3)),
        "other_off": source.uniform(0.0, 9.0, (2, PLACES, 3, 2)),
    }
    by_hour = np.array([[0, 1] if hour % 4 < 2 else [1, 2] for hour in range(24)])
    known = {"via": np.array(via), "aside": aside, "turn": 0.1} if ways else {}
    return dataclasses.replace(
        problem,
        minutes=np.array(minutes),
        hourly=by_hour,
        stream=dataclasses.replace(problem.stream, **scenes),
        **known,
    )


@pytest.mark.parametrize("roads", [None, False, True])
@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"preempt": PREEMPT},
        {"preempt": PREEMPT, "preempt_scene": True, "shifts": SHIFTS, "breaks": BREAKS},
        {"max_waiting": 0, "shifts": SHIFTS},
        {"max_waiting": 2, "preempt": PREEMPT, "breaks": BREAKS},
    ],
)
def test_each_call_has_the_answer_of_the_twin(rules: dict[str, Any], roads: bool | None) -> None:
    problem = town(0.25, use=0.55, **rules)
    if roads is not None:
        problem = on_roads(problem, ways=roads)
    ready, calls = run.Ready.of(problem), run.draw_calls(problem, 7, 0)
    for setting in problem.settings:
        fast = ready.run(setting, calls, 7)
        slow = twin.run(problem, setting, calls, 7, weight=run.demand_of(problem))
        assert np.allclose(fast.response, slow.response, rtol=0, atol=1e-6), setting.name
        assert np.allclose(fast.full, slow.full, rtol=0, atol=1e-6), setting.name
        assert np.array_equal(fast.first, slow.first), setting.name
        assert np.array_equal(fast.bumped, slow.bumped), setting.name
        assert np.allclose(fast.work, slow.work, rtol=0, atol=1e-6), setting.name
        assert fast.moved == slow.moved
        if "preempt" in rules:
            assert fast.bumped.sum() > 0
        if "max_waiting" in rules:
            assert np.isinf(fast.response).any()
        else:
            assert np.isfinite(fast.response).all()


def test_a_trip_takes_the_table_of_the_hour_it_begins_in() -> None:
    # ten minutes by day, thirty in the second hour; the unit goes home at 70 and is called on half way
    table = np.array([[[0.0, 10.0], [10.0, 0.0]], [[0.0, 30.0], [30.0, 0.0]]])
    calls = Calls(
        at=[55.0, 85.0], place=[1, 1], priority=[0, 0], needs=[1, 1], delay=[0.0] * 2, scene=[5.0] * 2,
        carry=[-1] * 2, handover=[0.0] * 2,
    )  # fmt: skip
    problem = Problem(
        places=("a", "b"), minutes=table, units=("u",), settings=(Setting(name="s", home=[0]),), late=[30.0],
        hourly=[[0]] + [[1]] + [[0]] * 22, calls=calls, keep_trips=True,
    )  # fmt: skip
    plan = replay.solve(problem, seconds=60, seed=1, sensitivity=False)
    assert replay.check(problem, plan) == []
    told = run.Ready.of(problem).run(problem.settings[0], calls, 1)
    assert told.response == pytest.approx([10.0, 15.0])


def test_scenes_between_two_places_and_ways_by_hand() -> None:
    # a street a - b - c of 10 and 10 minutes; the unit comes home from c to a, and is called to a scene past b
    far = np.array([[0.0, 10, 20], [10, 0, 10], [20, 10, 0]])
    via = np.array([[[0, 1, 1], [0, 1, 2], [1, 1, 2]]])
    calls = Calls(
        at=[0.0, 29.0, 30.0], place=[2, 1, 1], priority=[0] * 3, needs=[1] * 3, delay=[0.0] * 3, scene=[5.0] * 3,
        carry=[-1] * 3, handover=[0.0] * 3, off=[[0, 0], [4, 4], [1, 1]], other=[2, 2, 1],
        other_off=[[0, 0], [6, 6], [1, 1]],
    )  # fmt: skip
    problem = Problem(
        places=("a", "b", "c"), minutes=far, via=via, turn=0.5, units=("u",), settings=(Setting(name="s", home=[0]),),
        late=[30.0], calls=calls, keep_trips=True,
    )  # fmt: skip
    told = run.Ready.of(problem).run(problem.settings[0], calls, 1)
    # free at 25 at c, 4 on the way at 29: on to b and 4 beyond is 10, back to c and 6 beyond is 4 + 0.5 + 6 = 10.5;
    # at 39 five of work, back on the road 4, out again 1
    assert told.response == pytest.approx([20.0, 10.0, 19.0])
    plan = replay.solve(problem, seconds=60, seed=1, sensitivity=False)
    assert replay.check(problem, plan) == []


def queue_town(servers: int, use: float, days: float, **more: Any) -> Problem:
    return Problem(
        places=("a",), minutes=np.zeros((1, 1)), units=tuple(map(str, range(servers))),
        settings=(Setting(name="s", home=np.zeros(servers)),), late=np.array([5.0]),
        stream=Stream(per_hour=np.array([use * servers * 2]), days=days, scene=30.0), warm_up=1440.0, **more,
    )  # fmt: skip


@pytest.mark.parametrize(("servers", "use"), [(1, 0.6), (3, 0.7), (8, 0.8)])
def test_erlang_c_to_three_sigma(servers: int, use: float) -> None:
    problem = queue_town(servers, use, 150.0, replications=30)
    ready = run.Ready.of(problem)
    share, wait = [], []
    for r in range(problem.replications):
        calls = run.draw_calls(problem, 5, r)
        told = ready.run(problem.settings[0], calls, 5)
        later = calls.at >= problem.warm_up
        share.append((told.response[later] > 1e-9).mean())
        wait.append(told.response[later].mean())
    offered = use * servers
    blocked = (offered**servers / math.factorial(servers)) / sum(
        offered**k / math.factorial(k) for k in range(servers + 1)
    )
    waits = blocked / (1 - use * (1 - blocked))
    for values, want in ((share, waits), (wait, waits * 30 / (servers * (1 - use)))):
        error = np.std(values, ddof=1) / math.sqrt(len(values))
        assert abs(np.mean(values) - want) < 3 * error


def test_erlang_b_to_three_sigma() -> None:
    problem = queue_town(5, 0.8, 150.0, replications=20, max_waiting=0)
    ready = run.Ready.of(problem)
    lost = []
    for r in range(problem.replications):
        calls = run.draw_calls(problem, 9, r)
        told = ready.run(problem.settings[0], calls, 9)
        lost.append(np.isinf(told.response[calls.at >= problem.warm_up]).mean())
    blocked = (4.0**5 / math.factorial(5)) / sum(4.0**k / math.factorial(k) for k in range(6))
    assert abs(np.mean(lost) - blocked) < 3 * np.std(lost, ddof=1) / math.sqrt(len(lost))


def test_two_stretches_of_road_by_hand() -> None:
    # a line of three places ten minutes apart; the unit is called back on its way home from c to a
    minutes = np.array([[0, 10, 20], [10, 0, 10], [20, 10, 0]], dtype=float)
    calls = Calls(
        at=[0.0, 30.0, 31.0], place=[2, 1, 0], priority=[0, 0, 0], needs=[1, 1, 1], delay=[0.0] * 3, scene=[5.0] * 3,
        carry=[-1] * 3, handover=[0.0] * 3,
    )  # fmt: skip
    problem = Problem(
        places=("a", "b", "c"), minutes=minutes, units=("u",), settings=(Setting(name="s", home=[0]),),
        late=[30.0], calls=calls, keep_trips=True,
    )  # fmt: skip
    told = run.Ready.of(problem).run(problem.settings[0], calls, 1)
    # arrives 20, free 25, five minutes of the way home gone at 30: five to b (35), free 40, then ten to a: 50 - 31
    assert told.response == pytest.approx([20.0, 5.0, 19.0])
    plan = replay.solve(problem, seconds=60, seed=1)
    assert replay.check(problem, plan) == []
    assert plan.trips is not None
    assert plan.trips.left == pytest.approx([0.0, 30.0, 40.0])


def given_calls(which: tuple[str, ...] = ("home", "cover"), **more: Any) -> Problem:
    drawn = town(1.0, which=which, keep_trips=True, **more)
    calls = run.draw_calls(drawn, 3, 0)
    return dataclasses.replace(drawn, calls=calls, stream=None)


def test_trips_hold_and_broken_plans_are_caught() -> None:
    problem = given_calls(which=("home", "order"), preempt=PREEMPT)
    plan = replay.solve(problem, seconds=60, seed=1, sensitivity=False)
    assert replay.check(problem, plan) == []
    trips, first, apart = plan.trips, plan.outcomes[0], plan.differences[0]
    assert trips is not None
    assert not trips.done.all()

    def with_trips(**change: Any) -> dict[str, Any]:
        return {"trips": dataclasses.replace(trips, **change)}

    fewer = {name: getattr(trips, name)[:-1] for name in ("call", "unit", "left", "arrived", "free", "done")}
    for change in (
        with_trips(unit=np.zeros_like(trips.unit)),
        with_trips(left=trips.left - 2.0),
        with_trips(free=trips.arrived),
        with_trips(arrived=trips.left),
        with_trips(**fewer),
        with_trips(done=np.ones_like(trips.done)),
        {"outcomes": (dataclasses.replace(first, late_share=1.2), *plan.outcomes[1:])},
        {"outcomes": (dataclasses.replace(first, mean_response=first.mean_response + 1), *plan.outcomes[1:])},
        {"outcomes": (dataclasses.replace(first, changed=0.5), *plan.outcomes[1:])},
        {"outcomes": plan.outcomes[:1]},
        {"differences": (dataclasses.replace(apart, response_low=apart.response + 1),)},
        {"best": "nobody"},
        {"refused": ("home",)},
    ):
        assert replay.check(problem, dataclasses.replace(plan, **change)), change


@pytest.mark.parametrize("ways", [False, True])
def test_trips_hold_on_roads_by_hours(ways: bool) -> None:
    drawn = on_roads(town(0.5, which=("home",), keep_trips=True, preempt=PREEMPT), ways=ways)
    problem = dataclasses.replace(drawn, calls=run.draw_calls(drawn, 3, 0), stream=None)
    plan = replay.solve(problem, seconds=60, seed=1, sensitivity=False)
    assert plan.trips is not None
    assert replay.check(problem, plan) == []
    quick = dataclasses.replace(plan.trips, arrived=plan.trips.left)
    assert replay.check(problem, dataclasses.replace(plan, trips=quick))


def test_replications_processes_and_steps_agree() -> None:
    problem = town(1.0, which=("home", "cover"), replications=4)
    one = replay.solve(problem, seconds=math.inf, seed=2, sensitivity=False)
    two = replay.solve(problem, seconds=math.inf, seed=2, sensitivity=False, processes=2)
    assert store.same(one, dataclasses.replace(two, head=dataclasses.replace(two.head, seconds=one.head.seconds)))
    short = replay.solve(problem, seconds=math.inf, seed=2, stop=after_iterations(2), sensitivity=False)
    assert short.head.iterations == 2
    assert short.head.stopped == "iterations"
    assert replay.check(problem, short) == []


def test_any_executor_gives_the_same_plan() -> None:
    problem = town(1.0, which=("home", "cover"), replications=4)
    one = replay.solve(problem, seconds=math.inf, seed=2, sensitivity=False)
    with ThreadPoolExecutor(2) as pool:
        two = replay.solve(problem, seconds=math.inf, seed=2, sensitivity=False, processes=3, executor=pool)
    assert store.same(one, dataclasses.replace(two, head=dataclasses.replace(two.head, seconds=one.head.seconds)))


def test_dask_gives_the_same_plan() -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    problem = town(1.0, which=("home", "cover"), replications=4)
    one = replay.solve(problem, seconds=math.inf, seed=2, sensitivity=False)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        pool = client.get_executor()
        two = replay.solve(problem, seconds=math.inf, seed=2, sensitivity=False, processes=2, executor=pool)
    assert store.same(one, dataclasses.replace(two, head=dataclasses.replace(two.head, seconds=one.head.seconds)))


def test_common_calls_narrow_the_interval() -> None:
    problem = town(4.0, which=("home", "order"), replications=8)
    plan = replay.solve(problem, seconds=60, seed=2, sensitivity=False)
    d = plan.differences[0]
    alone = math.hypot(plan.outcomes[0].response_half, plan.outcomes[1].response_half)
    assert (d.response_high - d.response_low) / 2 < alone


def test_safeguards() -> None:
    base = town(1.0, which=("home",))
    other = dataclasses.replace(base.settings[0], name="elsewhere", home=(base.settings[0].home + 1) % PLACES)
    problem = dataclasses.replace(base, settings=(base.settings[0], other), change_cap=0.2)
    plan = replay.solve(problem, seconds=60, seed=1)
    assert plan.best == "home"
    assert plan.refused == ("elsewhere",)
    assert replay.check(problem, plan) == []
    assert len(plan.under_reporting) == 6
    assert "not reported" in " ".join(s.en for s in plan.why())
    floor = replay.solve(dataclasses.replace(base, floor=0.999), seconds=60, seed=1, sensitivity=False)
    assert floor.outcomes[0].under_floor
    with pytest.raises(BadProblem) as caught:
        Setting(name="p", home=[0], idle="patrol", patrol=[[0]], random_share=0.0)
    assert caught.value.where == "settings.random_share"


def test_random_patrol_has_its_share() -> None:
    share = np.mean([twin.draw(5, u, 2 * k) < 0.08 for u in range(20) for k in range(500)])
    assert 0.07 < share < 0.09


def test_own_policies() -> None:
    problem = given_calls(which=("home",))
    calls = problem.calls
    assert calls is not None

    def lowest(world: twin.World, call: int) -> int:
        return min((u.row for u in twin.available(world, call)), default=-1)

    plain = twin.run(problem, problem.settings[0], calls, 1)
    mine = twin.run(problem, problem.settings[0], calls, 1, choose=lowest, settle=lambda world, unit: unit.goal)
    assert np.isfinite(mine.response).all()
    assert mine.response.mean() > plain.response.mean()


def test_json_both_ways(tmp_path: Path) -> None:
    problem = given_calls()
    plan = replay.solve(problem, seconds=60, seed=1, sensitivity=False)
    assert store.same(store.from_json(Problem, json.loads(json.dumps(store.to_json(problem)))), problem)
    store.save(plan, tmp_path / "plan.json")
    assert store.same(store.load(replay.Plan, tmp_path / "plan.json"), plan)


@pytest.mark.parametrize(
    ("change", "where", "row"),
    [
        ({"units": ("u",) * UNITS}, "units", 1),
        ({"minutes": np.full((PLACES, PLACES), math.inf)}, "minutes", 0),
        ({"minutes": np.ones((2, 2))}, "minutes", None),
        ({"late": []}, "late", None),
        ({"mode": [0, 0, 7]}, "mode", 2),
        ({"preempt": PREEMPT.T}, "preempt", None),
        ({"stream": None}, "calls", None),
        ({"replications": 0}, "replications", None),
        ({"shifts": (Span(unit=0, begin=0, end=9), Span(unit=0, begin=5, end=20))}, "shifts.begin", 1),
        ({"shifts": (Span(unit=99, begin=0, end=9),)}, "shifts.unit", 0),
        ({"breaks": (Span(unit=0, begin=9, end=9),)}, "breaks.end", 0),
        ({"settings": (Setting(name="s", home=[0]),)}, "settings.home", 0),
        ({"settings": (Setting(name="s", home=[99] * UNITS),)}, "settings", 0),
        ({"hourly": np.zeros((7, 2))}, "hourly", None),
        ({"hourly": np.full((24, 2), 5)}, "hourly", 0),
        ({"hourly": np.zeros((24, 1))}, "mode", 2),
        ({"via": np.zeros((2, PLACES, PLACES))}, "via", 0),
        ({"via": np.zeros((1, PLACES, PLACES))}, "via", None),
        ({"aside": np.full((2, PLACES), -1.0)}, "aside", 0),
        ({"turn": -1.0}, "turn", None),
    ],
)
def test_bad_questions(change: dict[str, Any], where: str, row: int | None) -> None:
    with pytest.raises(BadProblem) as caught:
        dataclasses.replace(town(which=("home",)), **change)
    assert caught.value.where == where
    assert caught.value.row == row


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"days": math.inf}, "stream.days"),
        ({"days": 1e9}, "stream.days"),
        ({"spread": math.inf}, "stream.spread"),
        ({"scene": math.inf}, "stream.scene"),
        ({"delay": -1.0}, "stream.delay"),
        ({"per_hour": [0.0, 0.0]}, "stream.per_hour"),
    ],
)
def test_bad_streams(change: dict[str, Any], where: str) -> None:
    good = Stream(per_hour=[1.0, 2.0], days=30.0, scene=20.0)
    with pytest.raises(BadProblem) as caught:
        dataclasses.replace(good, **change)
    assert caught.value.where == where


def test_bad_calls() -> None:
    good = {
        "at": [0.0, 1.0], "place": [0, 0], "priority": [0, 0], "needs": [1, 1], "delay": [0.0, 0.0],
        "scene": [1.0, 1.0],
        "carry": [-1, -1], "handover": [0.0, 0.0],
    }  # fmt: skip
    for change, where, row in (
        ({"at": [2.0, 1.0]}, "calls.at", 1),
        ({"scene": [1.0, math.nan]}, "calls.scene", 1),
        ({"needs": [1, 0]}, "calls.needs", 1),
        ({"place": [0]}, "calls.place", None),
    ):
        with pytest.raises(BadProblem) as caught:
            Calls(**{**good, **change})
        assert (caught.value.where, caught.value.row) == (where, row)
    far = Calls(**{**good, "place": [0, PLACES]})
    with pytest.raises(BadProblem) as caught:
        dataclasses.replace(town(which=("home",)), calls=far, stream=None)
    assert (caught.value.where, caught.value.row) == ("calls.place", 1)


def test_register_and_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert register.faults(replay.ENGINE.entry, Problem) == []
    store.save(town(0.5, which=("home", "order"), replications=2), tmp_path / "problem.json")
    out = tmp_path / "plan.json"
    assert cli.main(["replay", str(tmp_path / "problem.json"), "--seconds", "30", "--json", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["best"] in ("home", "order")
    assert out.exists()
    assert cli.main(["replay", "--jemss", str(tmp_path / "none")]) == 2


@pytest.mark.data
def test_jemss_reads_auckland(shared_data: Path) -> None:
    from wuxiao.plan.replay import jemss

    folder = shared_data / "calls/jemss_auckland/data/cities/auckland/models/1"
    city = jemss.city(folder, days=30.0, replications=2)
    problem = city.problem
    assert len(problem.units) == 16
    assert problem.late == pytest.approx([8.0, 8.0, 20.0])
    assert problem.stream is not None
    assert problem.stream.per_hour.sum() * 24 == pytest.approx(280.0)
    assert problem.stream.delay == pytest.approx(50 / 60)
    # a location at a junction is at its place, and one of the stations is where its unit stands
    node = int(np.argmax(city.streets.by[:, 0] == city.streets.by[:, 1]))
    found = city.streets.join(city.streets.nodes.data[[node]] / city.streets.km)
    assert found.off == pytest.approx(0.0)
    assert found.place == found.other
    plan = replay.solve(problem, seconds=60, seed=1, sensitivity=False)
    assert replay.check(problem, plan) == []
    assert plan.outcomes[0].in_time == pytest.approx([0.5455, 0.4689, 0.7576], abs=0.03)


def test_junctions_keep_the_times_of_the_whole_network() -> None:
    from wuxiao.plan.replay import junctions

    source = np.random.default_rng(6)
    size, arcs = 40, []
    for a, b in [(k, (k + 1) % size) for k in range(size)] + [(0, 13), (13, 29), (5, 34)]:
        arcs.append((a, b, *source.uniform(0.2, 1.0, 2)))
        # stretches of the ring between 20 and 25 are one-way
        if not 20 <= a < 25:
            arcs.append((b, a, *source.uniform(0.2, 1.0, 2)))
    rows = np.array(arcs)
    net = junctions.join(size, rows, np.array([3]), calm=1, step=3.0)
    assert len(net.spots) < 25
    for mode in range(2):
        whole = np.zeros((size, size))
        whole[rows[:, 0].astype(int), rows[:, 1].astype(int)] = rows[:, 2 + mode]
        far = csgraph.dijkstra(whole)
        spots = net.spots
        assert net.minutes[mode] == pytest.approx(far[np.ix_(spots, spots)])
        into = (far[np.ix_(spots, spots)][:, net.by] + net.into[mode]).min(axis=2)
        aside = np.setdiff1d(np.arange(size), spots)
        assert into[:, aside] == pytest.approx(far[np.ix_(spots, aside)])
        leave = (net.back[mode][aside][:, :, None] + net.minutes[mode][net.by[aside]]).min(axis=1)
        assert leave == pytest.approx(far[np.ix_(aside, spots)])
        for a, b in source.integers(0, len(spots), (50, 2)):
            step = net.next[mode, a, b]
            assert net.minutes[mode, a, step] + net.minutes[mode, step, b] == pytest.approx(net.minutes[mode, a, b])
