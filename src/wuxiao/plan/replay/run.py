"""From problem and setting to the kernel's arrays and back; calls drawn by seed; many runs on several processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wuxiao.plan.replay import kernel
from wuxiao.plan.replay.problem import Calls, Problem, Setting
from wuxiao.plan.store import Floats, Ints

_SEND = {"nearest": kernel.NEAREST, "order": kernel.ORDER, "spare": kernel.SPARE}
_REST = {"home": kernel.HOME, "table": kernel.TABLE, "cover": kernel.COVER, "patrol": kernel.PATROL}


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of each call (minutes from `at`; infinite when nobody came) and of each unit."""

    response: Floats
    full: Floats
    waited: Floats
    first: Ints
    bumped: Ints
    work: Floats
    events: int
    moved: int
    last: float
    trips: tuple[Ints, Floats]


def draw_calls(problem: Problem, seed: int, replication: int) -> Calls:
    """Return the calls of one replication: the same for every setting (common random numbers)."""
    if problem.calls is not None:
        return problem.calls
    stream = problem.stream
    assert stream is not None
    source = [np.random.default_rng(s) for s in np.random.SeedSequence([seed, replication]).spawn(8)]
    total = float(stream.per_hour.sum())
    profile = stream.profile / stream.profile.mean()
    hours = stream.days * 24.0
    peak = float(profile.max())
    # a Poisson stream thinned to the profile of hours
    number = int(source[0].poisson(total * peak * hours))
    at = np.sort(source[0].uniform(0.0, hours, number))
    keep = source[1].random(number) * peak < profile[np.floor(at).astype(int) % len(profile)]
    at = at[keep] * 60.0
    n = len(at)
    place = _pick(source[2], stream.per_hour, n)
    priority = _pick(source[3], stream.priority, n)
    needs = _pick(source[4], stream.needs, n) + 1
    scene = stream.scene * _spread(source[5], stream.spread, n)
    carried = source[6].random(n) < stream.carry
    handover = stream.handover * _spread(source[6], stream.spread, n)
    scenes: dict[str, Any] = {"place": place}
    if stream.off.size:
        which, fast = source[7].integers(0, stream.off.shape[2], n), problem.mode[priority]
        scenes["other"] = stream.other[place, which]
        for name, off in (("off", stream.off), ("other_off", stream.other_off)):
            scenes[name] = np.stack([off[fast, place, which, 0], off[problem.calm, place, which, 1]], axis=1)
    carry = np.full(n, -1)
    if stream.carry > 0:
        carry = np.where(carried, nearest_to(problem, stream.carry_to, at, **scenes), -1)
    return Calls(
        at=at, priority=priority, needs=needs, delay=np.full(n, stream.delay), scene=scene, carry=carry,
        handover=np.where(carried, handover, 0.0), **scenes,
    )  # fmt: skip


def nearest_to(
    problem: Problem, places: Ints, at: Floats, place: Ints, off: Floats | None = None, other: Ints | None = None,
    other_off: Floats | None = None,
) -> Ints:  # fmt: skip
    """Return for each scene (see `Calls`) that of some places it is nearest to at its time."""
    table = problem.hourly[(at / 60.0).astype(int) % len(problem.hourly), problem.calm]
    best, least = np.zeros(len(place), dtype=np.int64), np.full(len(place), np.inf)
    for goal in places.tolist():
        way = problem.minutes[table, place, goal]
        if off is not None and other is not None and other_off is not None:
            way = np.minimum(way + off[:, 1], problem.minutes[table, other, goal] + other_off[:, 1])
        best[way < least] = goal
        least = np.minimum(way, least)
    return best


def _pick(source: np.random.Generator, share: Floats, n: int) -> Ints:
    edges = np.cumsum(share / share.sum())
    found: Ints = np.minimum(np.searchsorted(edges, source.random(n), side="right"), len(share) - 1).astype(np.int64)
    return found


def _spread(source: np.random.Generator, spread: float, n: int) -> Floats:
    if spread == 0:
        return np.ones(n)
    if spread == 1:
        return source.exponential(1.0, n)
    shape = 1.0 / spread**2
    return source.gamma(shape, 1.0 / shape, n)


def demand_of(problem: Problem) -> Floats:
    """Return the share of calls by place: what the expected cover weighs."""
    if problem.stream is not None:
        weight = problem.stream.per_hour
    else:
        assert problem.calls is not None
        weight = np.bincount(problem.calls.place, minlength=len(problem.places)).astype(np.float64)
    found: Floats = weight / max(1e-300, float(weight.sum()))
    return found


@dataclass(slots=True)
class Ready:
    """One problem made ready for the kernel; settings are prepared once and run on any calls."""

    problem: Problem
    roads: tuple[Floats, Any, Floats, float]
    plan: tuple[Floats, Ints, Ints, Floats]
    settings: dict[str, tuple[Any, ...]]

    @classmethod
    def of(cls, problem: Problem) -> Ready:
        """Prepare the travel times and ways (by destination) and the shift plan."""
        times = np.ascontiguousarray(problem.minutes.transpose(0, 2, 1))
        via, aside = np.zeros((0, 0, 0), dtype=np.int32), np.zeros((len(times), 0))
        if problem.via is not None:
            via, aside = np.ascontiguousarray(problem.via.transpose(0, 2, 1), dtype=np.int32), problem.aside.copy()
        rows = [(0.0, 0, u, 0.0) for u in sorted(set(range(len(problem.units))) - {s.unit for s in problem.shifts})]
        for s in problem.shifts:
            rows += [(s.begin, 0, s.unit, 0.0), (s.end, 1, s.unit, 0.0)]
        rows += [(s.begin, 2, s.unit, s.end - s.begin) for s in problem.breaks]
        rows.sort(key=lambda r: (r[0], r[1]))
        plan = (
            np.array([r[0] for r in rows], dtype=np.float64),
            np.array([r[2] for r in rows], dtype=np.int64),
            np.array([r[1] for r in rows], dtype=np.int64),
            np.array([r[3] for r in rows], dtype=np.float64),
        )
        return cls(problem, (times, via, aside, problem.turn), plan, {})

    def run(self, setting: Setting, calls: Calls, seed: int, work: Any = None) -> Answers:
        """Replay calls under a setting; `work` is the kernel, or one made with policies of one's own."""
        p = self.problem
        if setting.name not in self.settings:
            self.settings[setting.name] = _prepare(p, setting)
        ready = calls.at + calls.delay
        by_ready = np.argsort(ready, kind="stable").astype(np.int64)
        n = len(calls.at)
        response, full, waited = np.full(n, np.inf), np.full(n, -np.inf), np.full(n, np.inf)
        first, done, bumped = np.full(n, -1), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        spent = np.zeros((len(p.units), 3))
        room = int(calls.needs.sum()) * 2 if p.keep_trips else 0
        trip_whole, trip_clock = np.empty((room, 3), dtype=np.int64), np.empty((room, 3))
        run: Any = work or kernel.replay
        events, moved, trips, last = run(
            calls.at, ready, by_ready, calls.place, calls.priority, calls.needs, calls.scene, calls.carry,
            calls.handover, calls.off, calls.other, calls.other_off, *self.roads, p.hourly, p.mode, p.calm,
            setting.home, *self.plan, p.preempt, p.preempt_scene, p.max_waiting,
            *self.settings[setting.name], seed, response, full, waited, first, done, bumped, spent, trip_whole,
            trip_clock,
        )  # fmt: skip
        full[done < calls.needs] = np.inf
        return Answers(
            response, full, waited, first, bumped, spent, events, moved, last, (trip_whole[:trips], trip_clock[:trips])
        )  # fmt: skip


def _prepare(p: Problem, s: Setting) -> tuple[Any, ...]:
    n, m = len(p.units), len(p.places)
    table = np.zeros((n, n), dtype=np.int64)
    for k, line in enumerate(s.table):
        table[k, : len(line)] = line
    stands = np.unique(np.concatenate([s.home, s.sites, table[: len(s.table)].ravel()[: n * len(s.table)]]))
    if s.table:
        stands = np.unique(np.concatenate([s.home, s.sites, [q for line in s.table for q in line]]).astype(np.int64))
    site_of = np.full(m, -1, dtype=np.int64)
    needs_cover = s.dispatch == "spare" or s.idle == "cover"
    start, inside = np.zeros(len(stands) + 1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    if needs_cover:
        site_of[stands] = np.arange(len(stands))
        near = [np.flatnonzero(p.minutes[p.hourly[0, p.calm]][q] <= s.radius + 1e-9) for q in stands]
        start[1:] = np.cumsum([len(x) for x in near])
        inside = np.concatenate(near).astype(np.int64) if near else inside
    power = (1.0 - s.busy) * s.busy ** np.arange(n + 1, dtype=np.float64)
    order = s.order if s.order is not None else np.zeros((1, 1), dtype=np.int64)
    patrol = s.patrol if s.patrol is not None else np.zeros((1, 1), dtype=np.int64)
    return (
        _SEND[s.dispatch], order, s.spare, _REST[s.idle], table, s.sites, site_of, start, inside,
        np.ascontiguousarray(demand_of(p)), power, s.moves, s.gain, patrol, s.stay, s.random_share,
    )  # fmt: skip


def replications(problem: Problem, seed: int, which: Sequence[int]) -> list[dict[str, Any]]:
    """Run all settings on some replications; return plain figures, so that it can run in another process."""
    ready = Ready.of(problem)
    return [figures(problem, ready, seed, r) for r in which]


def figures(problem: Problem, ready: Ready, seed: int, replication: int) -> dict[str, Any]:
    """Return the figures of one replication: for each setting sums by batch, priority, grid and unit."""
    calls = draw_calls(problem, seed, replication)
    late_after = problem.late[calls.priority]
    counted = calls.at >= problem.warm_up
    found: dict[str, Any] = {"calls": int(counted.sum()), "events": 0, "settings": []}
    grid = problem.grid if problem.grid is not None else np.arange(len(problem.places))
    cell = grid[calls.place]
    span = float(calls.at[-1]) if len(calls.at) else 1.0
    batch = np.minimum(19, (calls.at - problem.warm_up) / max(1e-9, span - problem.warm_up) * 20).astype(int)
    for setting in problem.settings:
        a = ready.run(setting, calls, seed)
        found["events"] += a.events
        late = a.response > late_after + 1e-9
        ok = counted & np.isfinite(a.response)
        found["settings"].append(
            {
                "response": float(a.response[ok].mean()) if ok.any() else 0.0,
                "late": float(late[counted].mean()) if counted.any() else 0.0,
                "batch_response": _means(batch[ok], a.response[ok]),
                "batch_late": _means(batch[counted], late[counted].astype(float)),
                "in_time": [
                    float(1.0 - late[counted & (calls.priority == k)].mean())
                    if (counted & (calls.priority == k)).any() else 1.0
                    for k in range(len(problem.late))
                ],
                "grid_calls": np.bincount(cell[counted], minlength=int(grid.max()) + 1),
                "grid_late": np.bincount(cell[counted], late[counted], minlength=int(grid.max()) + 1),
                "work": a.work,
                "duty": _duty(problem, a.last),
                "unanswered": float((~np.isfinite(a.response[counted])).mean()) if counted.any() else 0.0,
                "bumped": float(a.bumped[counted].mean()) if counted.any() else 0.0,
                "moves": a.moved / max(1e-9, a.last / 1440.0),
            }
        )  # fmt: skip
    return found


def _means(batch: Ints, values: Floats) -> Floats:
    count = np.bincount(batch, minlength=20)
    found: Floats = np.bincount(batch, values, minlength=20) / np.maximum(1, count)
    return found


def _duty(problem: Problem, last: float) -> Floats:
    found = np.full(len(problem.units), max(last, 1e-9))
    for u in {s.unit for s in problem.shifts}:
        found[u] = max(1e-9, sum(min(s.end, last) - s.begin for s in problem.shifts if s.unit == u and s.begin < last))
    for s in problem.breaks:
        if s.begin < last:
            found[s.unit] = max(1e-9, found[s.unit] - (min(s.end, last) - s.begin))
    return found
