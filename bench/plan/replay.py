"""Replay: speed beside SimPy, heapq and the twin; truth; dynamic standby against static; San Francisco; Auckland."""

from __future__ import annotations

import heapq
import math
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.plan.figure import Figure
from wuxiao.plan import replay
from wuxiao.plan.replay import run, twin
from wuxiao.plan.replay.problem import Calls, Problem, Setting, Stream

DATA = Path(os.environ.get("WUXIAO_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
UNITS = 20


def plain(calls: int, m: int = 400, *, seed: int = 1, use: float = 0.4) -> tuple[Problem, Calls]:
    """Twenty units with one standby point each, nearest idle unit, one line, way home: as the peers do it."""
    source = np.random.default_rng(seed)
    spots = source.uniform(0, 10, (m, 2))
    minutes = np.hypot(*(spots[:, None] - spots).transpose(2, 0, 1)) * 1.3
    per_hour = source.gamma(1, 1, m)
    per_hour *= use * UNITS * 2 / per_hour.sum()
    problem = Problem(
        places=tuple(map(str, range(m))), minutes=minutes, units=tuple(map(str, range(UNITS))),
        settings=(Setting(name="static", home=source.choice(m, UNITS, replace=False)),), late=np.array([8.0]),
        stream=Stream(per_hour=per_hour, days=calls / per_hour.sum() / 24, scene=25.0),
    )  # fmt: skip
    return problem, run.draw_calls(problem, seed, 0)


def by_simpy(problem: Problem, calls: Calls) -> tuple[np.ndarray, int]:
    """The plain rules in SimPy: a process a call, a process a unit's trip; returns responses and events."""
    import simpy

    table = problem.minutes[0].tolist()
    home = problem.settings[0].home.tolist()
    response = np.full(len(calls.at), np.inf)
    at, place, scene = calls.at.tolist(), calls.place.tolist(), calls.scene.tolist()
    env = simpy.Environment()
    idle = [True] * len(home)
    start, goal, left, arrive = list(home), list(home), [0.0] * len(home), [0.0] * len(home)
    line: list[int] = []
    events = [0]

    def minutes(u: int, c: int) -> float:
        if env.now >= arrive[u]:
            return float(table[goal[u]][c])
        p = (env.now - left[u]) / (arrive[u] - left[u])
        a, b, d = table[start[u]][c], table[goal[u]][c], table[start[u]][goal[u]]
        guess = math.sqrt(max(0.0, (1 - p) * a * a + p * b * b - p * (1 - p) * d * d))
        return float(max(min(guess, a + p * d, b + (1 - p) * d), a - p * d, b - (1 - p) * d, 0.0))

    def trip(u: int, c: int) -> Any:
        while True:
            idle[u] = False
            way = minutes(u, place[c])
            start[u], goal[u], left[u], arrive[u] = goal[u], place[c], env.now, env.now + way
            yield env.timeout(way)
            events[0] += 1
            response[c] = env.now - at[c]
            yield env.timeout(scene[c])
            events[0] += 1
            start[u] = goal[u]
            left[u] = arrive[u] = env.now
            if not line:
                break
            c = line.pop(0)
        idle[u] = True
        way = table[goal[u]][home[u]]
        goal[u], left[u], arrive[u] = home[u], env.now, env.now + way
        stamp = env.now
        yield env.timeout(way)
        if left[u] == stamp:
            events[0] += 1

    def source() -> Any:
        for c in range(len(at)):
            yield env.timeout(at[c] - env.now)
            events[0] += 1
            free = [u for u in range(len(home)) if idle[u]]
            if free:
                env.process(trip(min(free, key=lambda u: minutes(u, place[c])), c))
            else:
                line.append(c)

    env.process(source())
    env.run()
    return response, events[0]


def by_simpy_resource(problem: Problem, calls: Calls) -> tuple[np.ndarray, int]:
    """The plain rules as SimPy's manual writes them: units are a resource that calls request; events SimPy stepped."""
    import simpy

    table = problem.minutes[0].tolist()
    at, place, scene = calls.at.tolist(), calls.place.tolist(), calls.scene.tolist()
    response = np.full(len(at), np.inf)
    env = simpy.Environment()

    class Unit:
        def __init__(self, home: int) -> None:
            self.home = self.start = self.goal = home
            self.left = self.arrive = 0.0
            self.idle = True
            self.way_home: Any = None

        def minutes(self, here: int) -> float:
            near = table[self.goal][here]
            if env.now >= self.arrive:
                return float(near)
            p = (env.now - self.left) / (self.arrive - self.left)
            far, way = table[self.start][here], table[self.start][self.goal]
            guess = math.sqrt(max(0.0, (1 - p) * far * far + p * near * near - p * (1 - p) * way * way))
            low = max(far - p * way, near - (1 - p) * way, 0.0)
            return float(max(min(guess, far + p * way, near + (1 - p) * way), low))

        def go(self, goal: int, way: float) -> None:
            self.start, self.goal, self.left, self.arrive = self.goal, goal, env.now, env.now + way

        def return_home(self) -> Any:
            try:
                way = table[self.goal][self.home]
                self.go(self.home, way)
                yield env.timeout(way)
            except simpy.Interrupt:
                pass
            self.way_home = None

    units = [Unit(home) for home in problem.settings[0].home.tolist()]
    pool = simpy.Resource(env, capacity=len(units))

    def call(c: int) -> Any:
        with pool.request() as request:
            yield request
            unit = min((u for u in units if u.idle), key=lambda u: u.minutes(place[c]))
            unit.idle = False
            way = unit.minutes(place[c])
            if unit.way_home is not None and unit.way_home.is_alive:
                unit.way_home.interrupt()
            unit.go(place[c], way)
            yield env.timeout(way)
            response[c] = env.now - at[c]
            yield env.timeout(scene[c])
            unit.idle = True
            unit.way_home = env.process(unit.return_home())

    def source() -> Any:
        for c in range(len(at)):
            yield env.timeout(at[c] - env.now)
            env.process(call(c))

    env.process(source())
    steps = 0
    while env.peek() < math.inf:
        env.step()
        steps += 1
    return response, steps


def by_heapq(problem: Problem, calls: Calls) -> tuple[np.ndarray, int]:
    """The plain rules with a bare heap of events."""
    table = problem.minutes[0].tolist()
    home = problem.settings[0].home.tolist()
    at, place, scene = calls.at.tolist(), calls.place.tolist(), calls.scene.tolist()
    response = np.full(len(at), np.inf)
    n = len(home)
    idle, start, goal, left, arrive = [True] * n, list(home), list(home), [0.0] * n, [0.0] * n
    heap: list[tuple[float, int, int, int]] = [(t, 1, c, -1) for c, t in enumerate(at)]
    line: list[int] = []
    events = 0

    def send(u: int, c: int, now: float, way: float) -> None:
        idle[u] = False
        start[u], goal[u], left[u], arrive[u] = goal[u], place[c], now, now + way
        response[c] = now + way - at[c]
        heapq.heappush(heap, (now + way + scene[c], 0, c, u))

    while heap:
        now, kind, c, u = heapq.heappop(heap)
        events += 1
        if kind == 0:
            events += 1
            start[u], left[u], arrive[u] = goal[u], now, now
            if line:
                d = line.pop(0)
                send(u, d, now, table[goal[u]][place[d]])
            else:
                idle[u] = True
                goal[u], arrive[u] = home[u], now + table[start[u]][home[u]]
                events += 1
            continue
        best, least, here = -1, math.inf, place[c]
        for v in range(n):
            if idle[v]:
                b = table[goal[v]][here]
                if now < arrive[v]:
                    p = (now - left[v]) / (arrive[v] - left[v])
                    a, d = table[start[v]][here], table[start[v]][goal[v]]
                    guess = math.sqrt(max(0.0, (1 - p) * a * a + p * b * b - p * (1 - p) * d * d))
                    b = max(min(guess, a + p * d, b + (1 - p) * d), a - p * d, b - (1 - p) * d, 0.0)
                if b < least:
                    best, least = v, b
        if best >= 0:
            send(best, c, now, least)
        else:
            line.append(c)
    return response, events


def _timed(work: Any, repeats: int, clock: Any = time.process_time) -> tuple[Any, float]:
    """The result and the median of CPU seconds: neighbours on the machine do not count."""
    times = []
    for _ in range(repeats):
        began = clock()
        found = work()
        times.append(clock() - began)
    return found, float(np.median(times))


def speed() -> dict[str, Any]:
    problem, calls = plain(16_400)
    ready = run.Ready.of(problem)
    ready.run(problem.settings[0], calls, 1)
    ours, fast = _timed(lambda: ready.run(problem.settings[0], calls, 1), 25)
    (simpy_response, simpy_events), slow = _timed(lambda: by_simpy(problem, calls), 3)
    (pool_response, pool_events), pool_slow = _timed(lambda: by_simpy_resource(problem, calls), 3)
    (heap_response, heap_events), middle = _timed(lambda: by_heapq(problem, calls), 3)
    twin_answers, oracle = _timed(lambda: twin.run(problem, problem.settings[0], calls, 1), 1)
    year, year_calls = plain(100_000)
    ready_year = run.Ready.of(year)
    _, whole_year = _timed(lambda: ready_year.run(year.settings[0], year_calls, 1), 5)
    return {
        "calls": len(calls.at),
        "events (SimPy's count)": simpy_events,
        "ratio to SimPy (units as a resource, as its manual writes it)": Figure(
            round(pool_slow / fast, 1), ">= 75", ">= 150"
        ),
        "ratio to SimPy stripped to bare timeouts": round(slow / fast, 1),
        "steps SimPy took with a resource": pool_events,
        "calls answered within 1e-6 of SimPy with a resource": round(
            float((np.abs(ours.response - pool_response) < 1e-6).mean()), 6
        ),
        "ratio to heapq": round(middle / fast, 1),
        "events a second: compiled": round(simpy_events / fast),
        "events a second: heapq": round(simpy_events / middle),
        "events a second: SimPy": round(simpy_events / slow),
        "events a second: twin": round(simpy_events / oracle),
        "greatest difference of an answer, SimPy": Figure(
            float(np.abs(ours.response - simpy_response).max()), "<= 1e-6"
        ),
        "greatest difference of an answer, heapq": Figure(
            float(np.abs(ours.response - heap_response).max()), "<= 1e-6"
        ),
        "greatest difference of an answer, twin": Figure(
            float(np.abs(ours.response - twin_answers.response).max()), "<= 1e-6"
        ),
        "a year of 100,000 calls, seconds": Figure(round(whole_year, 4), "<= 0.1"),
        "heapq events": heap_events,
    }


def processes() -> dict[str, Any]:
    """Forty replications of a year: in one process, in two of our own, and on two workers of Dask kept running."""
    problem, _ = plain(100_000)
    problem = replace(problem, replications=40)

    def solved(parts: int, executor: Any = None) -> Any:
        return replay.solve(problem, seconds=600, seed=1, sensitivity=False, processes=parts, executor=executor)

    solved(1)
    one, single = _timed(lambda: solved(1), 1, time.perf_counter)
    two, double = _timed(lambda: solved(2), 1, time.perf_counter)
    told = {
        "replications of a year": 40,
        "seconds, one process": round(single, 2),
        "seconds, two processes (starting them included)": round(double, 2),
        "same means": one.outcomes[0].mean_response == two.outcomes[0].mean_response,
        "load of the machine": round(os.getloadavg()[0], 1),
    }
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        return told | {"Dask": "not installed"}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        pool = client.get_executor()
        solved(2, pool)
        dask, running = _timed(lambda: solved(2, pool), 1, time.perf_counter)
    return told | {
        "seconds, two workers of Dask (running)": round(running, 2),
        "ratio, one process to two workers of Dask": round(single / running, 2),
        "same means on Dask": one.outcomes[0].mean_response == dask.outcomes[0].mean_response,
    }


def truth() -> dict[str, Any]:
    """Erlang C and B, in standard errors."""
    told: dict[str, Any] = {}
    for servers, use, lost in ((1, 0.6, False), (4, 0.8, False), (12, 0.85, False), (5, 0.8, True), (15, 0.9, True)):
        problem = Problem(
            places=("a",), minutes=np.zeros((1, 1)), units=tuple(map(str, range(servers))),
            settings=(Setting(name="s", home=np.zeros(servers)),), late=np.array([5.0]),
            stream=Stream(per_hour=np.array([use * servers * 2]), days=365.0, scene=30.0), warm_up=2880.0,
            max_waiting=0 if lost else -1,
        )  # fmt: skip
        ready = run.Ready.of(problem)
        share, wait = [], []
        for r in range(40):
            calls = run.draw_calls(problem, 11, r)
            a = ready.run(problem.settings[0], calls, 11)
            later = a.response[calls.at >= problem.warm_up]
            share.append(np.isinf(later).mean() if lost else (later > 1e-9).mean())
            wait.append(0.0 if lost else later.mean())
        offered = use * servers
        blocked = (offered**servers / math.factorial(servers)) / sum(
            offered**k / math.factorial(k) for k in range(servers + 1)
        )
        waits = blocked / (1 - use * (1 - blocked))

        def sigma(values: list[float], want: float) -> float:
            return round(float(abs(np.mean(values) - want) / (np.std(values, ddof=1) / math.sqrt(len(values)))), 2)

        name = f"M/M/{servers}{'/' + str(servers) if lost else ''} at {use:.0%}"
        told[f"{name}: {'lost' if lost else 'must wait'}, standard errors off"] = Figure(
            sigma(share, blocked if lost else waits), "<= 3"
        )
        if not lost:
            want = waits * 30 / (servers * (1 - use))
            told[f"{name}: mean wait, standard errors off"] = Figure(sigma(wait, want), "<= 3")
    return told


def auckland() -> dict[str, Any]:
    """JEMSS's rules simulated on every node of Auckland's roads, and the product on the same calls and on its own."""
    folder = DATA / "calls/jemss_auckland/data/cities/auckland/models/1"
    if not folder.is_dir():
        return {"skipped": "no JEMSS data"}
    from bench.plan import jemss_truth
    from wuxiao.plan.replay import jemss

    told: dict[str, Any] = {"reference": "our reading of JEMSS's source, node by node; not a run of JEMSS"}
    began = time.process_time()
    city = jemss.city(folder, replications=40)
    told["places"] = len(city.problem.places)
    told["CPU seconds to read the city"] = round(time.process_time() - began, 1)
    ready, setting = run.Ready.of(city.problem), city.problem.settings[0]
    # JEMSS's two settings of statistics: its example (30 runs of 14 days) and its test (40 runs of 250 days)
    for part, runs in (("train", 30), ("test", 40)):
        truth_ = jemss_truth.City(folder, part)
        told[f"{part}: greatest difference of the reference's minutes from Dijkstra on all nodes"] = Figure(
            truth_.worst_time(), "<= 1e-6"
        )
        theirs, ours = [], []
        for r in range(runs):
            d = truth_.draw(1, r)
            calls = city.calls(d.at, d.xy, d.priority, d.delay, d.scene, d.carried, d.handover)
            theirs.append(truth_.in_time(d, truth_.simulate(d)))
            ours.append(truth_.in_time(d, ready.run(setting, calls, 1).response))
        mean, half = jemss_truth.interval(np.array(theirs))
        found = np.mean(ours, axis=0)
        for k, name in enumerate(("high", "medium", "low")):
            told[f"{part}, {name}: reference, its half width, ours on the same calls"] = [
                round(float(x), 4) for x in (mean[k], half[k], found[k])
            ]
        told[f"{part}: greatest distance of a share from the reference's, in its half widths"] = Figure(
            round(float((np.abs(found - mean) / half)[:3].max()), 2), "<= 1"
        )
    began = time.process_time()
    plan = replay.solve(city.problem, seconds=600, seed=1, sensitivity=False)
    told["CPU seconds of 40 runs of 250 days"] = round(time.process_time() - began, 2)
    one = plan.outcomes[0]
    told["own calls: in time by priority, half widths"] = [
        one.in_time.round(4).tolist(),
        one.in_time_half.round(4).tolist(),
    ]
    told["own calls: distance from the test reference, in half widths of the two together"] = Figure(
        round(float((np.abs(one.in_time - mean[:3]) / np.hypot(one.in_time_half, half[:3])).max()), 2), "<= 1"
    )
    told["own calls: mean response, load"] = [round(one.mean_response, 3), round(float(one.load.mean()), 4)]
    return told


def san_francisco() -> dict[str, Any]:
    """Standby points chosen on the calls of 2000-2012, tried on those of 2013-2015 against the present stations."""
    path = DATA / "calls/sf_fire_2000_2015.parquet"
    try:
        import pandas

        frame = pandas.read_parquet(path, columns=["CallDate", "StationArea", "Location"])
    except (ImportError, OSError) as error:
        return {"skipped": f"needs the calls and a reader of parquet (pyarrow): {str(error)[:60]}"}
    from bench.plan import standby

    where = frame["Location"].str.extract(r"\(([-0-9.]+), ([-0-9.]+)\)").astype(float).to_numpy()
    year = frame["CallDate"].str[-4:].astype(int).to_numpy()
    area = frame["StationArea"].to_numpy()
    good = np.isfinite(where).all(axis=1) & (np.abs(where[:, 0] - 37.76) < 0.08) & (np.abs(where[:, 1] + 122.44) < 0.09)
    where, year, area = where[good], year[good], area[good]
    km = np.stack([(where[:, 0] - 37.76) * 111.2, (where[:, 1] + 122.44) * 87.9], axis=1)
    cell = np.floor(km / 0.6).astype(int)
    _, row = np.unique(cell, axis=0, return_inverse=True)
    row = row.ravel()
    m = int(row.max()) + 1
    middle = np.stack([np.bincount(row, km[:, k], minlength=m) / np.bincount(row, minlength=m) for k in (0, 1)], axis=1)
    # 30 km/h on 1.35 times the straight way
    minutes = np.hypot(*(middle[:, None] - middle).transpose(2, 0, 1)) * 1.35 / 30.0 * 60.0
    early = np.bincount(row[year <= 2012], minlength=m).astype(float)
    late = np.bincount(row[year >= 2013], minlength=m).astype(float)
    units, scene, promise, busy = 16, 30.0, 5.0, 0.35

    def problem(weight: np.ndarray, home: np.ndarray, other: np.ndarray | None) -> Problem:
        per_hour = weight / weight.sum() * busy * units * 60 / (scene + 4)
        more = (Setting(name="chosen on 2000-2012", home=other),) if other is not None else ()
        return Problem(
            places=tuple(map(str, range(m))), minutes=minutes, units=tuple(map(str, range(units))),
            settings=(Setting(name="busiest station areas", home=home), *more), late=np.array([promise]),
            stream=Stream(per_hour=per_hour, days=365.0, scene=scene), replications=10, warm_up=1440.0,
        )  # fmt: skip

    # the plan in force: a unit in the middle of each of the station areas with the most calls
    names, calls = np.unique(area[year <= 2012].astype(str), return_counts=True)
    busiest = names[np.argsort(-calls)][:units]
    centres = np.array([km[(area == name) & (year <= 2012)].mean(axis=0) for name in busiest])
    home = np.argmin(np.hypot(*(centres[:, None] - middle).transpose(2, 0, 1)), axis=1)
    rows = np.argsort(-early)[:120]
    chosen = np.array(standby.expected(problem(early, home, None), rows, units, busy, promise))
    told: dict[str, Any] = {"places": m, "calls 2000-2012": int(early.sum()), "calls 2013-2015": int(late.sum())}
    for name, weight in (("2000-2012", early), ("2013-2015", late)):
        plan = replay.solve(problem(weight, home, chosen), seconds=600, seed=5, sensitivity=False)
        d, base = plan.differences[0], plan.outcomes[0]
        told[f"{name}: late, busiest station areas"] = round(base.late_share, 4)
        told[f"{name}: late calls, chosen less present (95 %)"] = [
            round(x, 4) for x in (d.late, d.late_low, d.late_high)
        ]
        told[f"{name}: minutes, chosen less present (95 %)"] = [
            round(x, 3) for x in (d.response, d.response_low, d.response_high)
        ]
        if name == "2013-2015":
            told["upper end of the difference in minutes, later years"] = Figure(round(d.response_high, 3), "", "<= 0")
    return told


def standby_towns() -> dict[str, Any]:
    from bench.plan import standby

    return standby.towns()


CASES = {
    "speed, 20 units": speed,
    "two processes": processes,
    "truth: closed forms": truth,
    "truth: JEMSS Auckland": auckland,
    "dynamic standby on 12 towns": standby_towns,
    "San Francisco, later years": san_francisco,
}
