"""The same replay a second time in plain Python: the oracle of the compiled one, open to policies of one's own.

Events lie in a heap with explicit arrivals, ends of work, ways home; nothing is shared with the kernel but the rules.
A policy is a function; pass your own as `choose` or `settle`.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count as counter

import numpy as np

from wuxiao.plan.replay.problem import Calls, Problem, Setting

_MASK = (1 << 64) - 1


@dataclass(slots=True)
class Unit:
    """One unit as the twin sees it."""

    row: int
    home: int
    state: str = "off"
    start: int = 0
    goal: int = 0
    left: float = 0.0
    arrive: float = 0.0
    sent: float = 0.0
    leave: int = 0
    away: float = 0.0
    table: int = 0
    call: int = -1
    scene_end: float = math.inf
    on_duty: bool = False
    owed_break: float = -1.0
    hops: int = 0
    token: int = 0


@dataclass(slots=True)
class World:
    """Everything that stands at a moment; what policies look at."""

    problem: Problem
    setting: Setting
    calls: Calls
    units: list[Unit]
    seed: int
    now: float = 0.0
    line: list[tuple[int, int]] = field(default_factory=list)

    def table(self, mode: int, at: float) -> int:
        """Return the table of minutes of a trip that begins at a time."""
        hourly = self.problem.hourly
        return int(hourly[int(at // 60) % len(hourly), mode])

    def minutes(self, unit: Unit, place: int, mode: int) -> float:
        """Return minutes for a unit, wherever it is now, to reach a place."""
        k = self.table(mode, self.now)
        table = self.problem.minutes[k]
        if self.now >= unit.arrive:
            return float(table[unit.goal, place])
        if self.problem.via is not None:
            return self.by_road(unit, place, k)[0]
        share = (self.now - unit.left) / (unit.arrive - unit.left)
        far, near = float(table[unit.start, place]), float(table[unit.goal, place])
        way = float(table[unit.start, unit.goal])
        guess = math.sqrt(max(0.0, (1 - share) * far**2 + share * near**2 - share * (1 - share) * way**2))
        least = max(far - share * way, near - (1 - share) * way, 0.0)
        most = min(far + share * way, near + (1 - share) * way)
        return max(min(guess, most), least)

    def to_scene(self, unit: Unit, call: int, mode: int) -> tuple[float, int]:
        """Return minutes for a unit to reach a call's scene, and the place it comes by."""
        calls = self.calls
        ways = [(self.minutes(unit, int(calls.place[call]), mode) + float(calls.off[call, 0]), int(calls.place[call]))]
        if calls.other[call] != calls.place[call]:
            other = int(calls.other[call])
            ways.append((self.minutes(unit, other, mode) + float(calls.other_off[call, 0]), other))
        return min(ways, key=lambda way: way[0])

    def by_road(self, unit: Unit, place: int, k: int) -> tuple[float, float, int]:
        """Return minutes to a place for a unit under way, those to the end of its stretch it leaves by, that end."""
        via, p = self.problem.via, self.problem
        assert via is not None

        def road(table: int, a: int, b: int) -> float:
            return max(0.0, float(p.minutes[table, a, b] - p.aside[table, a] - p.aside[table, b]))

        def beyond(end: int) -> float:
            return float(p.aside[k, place] if end == place else p.minutes[k, end, place] - p.aside[k, end])

        a = b = unit.start
        left = there = unit.left
        while b != unit.goal and self.now >= there:
            a, b = b, int(via[unit.table, b, unit.goal])
            left, there = there, there + road(unit.table, a, b)
        off_road = max(0.0, self.now - there)
        if a == b or self.now <= left:
            wait = max(0.0, left - self.now) + off_road
            return wait + beyond(a), wait, a
        share = min(1.0, (self.now - left) / (there - left))
        ahead = (1 - share) * road(k, a, b) + off_road
        behind = share * road(k, b, a) + off_road + p.turn
        ways = [(ahead + beyond(b), ahead, b), (behind + beyond(a), behind, a)]
        # a street whose other direction is not the way back is a one-way street
        return min(ways if via[unit.table, b, a] == a else ways[:1], key=lambda way: way[0])

    def idle(self) -> list[Unit]:
        """Return the units that can be sent."""
        return [u for u in self.units if u.state == "idle"]

    def cover(self, place: int) -> set[int]:
        """Return the places within the radius of a place."""
        row = self.problem.minutes[self.problem.hourly[0, self.problem.calm]][place]
        return set(np.flatnonzero(row <= self.setting.radius + 1e-9).tolist())


Choose = Callable[[World, int], int]
Settle = Callable[[World, Unit], int]


@dataclass(slots=True)
class Answers:
    """What became of each call, and of the units."""

    response: np.ndarray
    full: np.ndarray
    first: np.ndarray
    bumped: np.ndarray
    work: np.ndarray
    events: int = 0
    moved: int = 0


def run(
    problem: Problem, setting: Setting, calls: Calls, seed: int, *, choose: Choose | None = None,
    settle: Settle | None = None, weight: np.ndarray | None = None,
) -> Answers:  # fmt: skip
    """Replay calls under a setting, event by event; returns the answers per call in the order of the calls."""
    return _Run(problem, setting, calls, seed, choose or send_by_setting, settle or settle_by_setting, weight).go()


def available(world: World, call: int) -> list[Unit]:
    """Return the units that may be sent to a call: idle ones and those under way to a call that may be left for it."""
    kind = int(world.calls.priority[call])
    may = world.problem.preempt
    return [
        u
        for u in world.units
        if u.state == "idle"
        or (u.state == "out" and world.now < u.arrive and may[int(world.calls.priority[u.call]), kind])
    ]


def send_by_setting(world: World, call: int) -> int:
    """Choose as the setting says; -1 for nobody."""
    setting, place = world.setting, int(world.calls.place[call])
    kind = int(world.calls.priority[call])
    mode = int(world.problem.mode[kind])
    there = available(world, call)
    if setting.dispatch == "order" and setting.order is not None:
        rows = {u.row for u in there}
        for row in setting.order[place].tolist():
            if row in rows:
                return int(row)
    elif there:
        cost = {u.row: world.to_scene(u, call, mode)[0] for u in there}
        if setting.dispatch == "spare":
            known = set(sites_of(setting))
            covers = {u.row: world.cover(u.goal) for u in world.idle() if u.goal in known}
            for row, own in covers.items():
                loss = 0.0
                for i in own:
                    k = sum(i in other for other in covers.values())
                    loss += weights(world)[i] * (1 - setting.busy) * setting.busy ** (k - 1)
                cost[row] += setting.spare * loss
        return min(cost, key=lambda row: (cost[row], row))
    if world.problem.preempt_scene:
        best, least, may = -1, math.inf, world.problem.preempt
        for u in world.units:
            there_now = u.state == "out" and u.arrive <= world.now < u.scene_end
            if there_now and world.calls.needs[u.call] == 1 and may[int(world.calls.priority[u.call]), kind]:
                way = world.to_scene(u, call, mode)[0]
                if way < least:
                    best, least = u.row, way
        return best
    return -1


def sites_of(setting: Setting) -> list[int]:
    """Return all places that a setting lets units stand at."""
    return sorted({*setting.home.tolist(), *setting.sites.tolist(), *(p for line in setting.table for p in line)})


_WEIGHTS: dict[int, np.ndarray] = {}


def weights(world: World) -> np.ndarray:
    """Return the share of demand by place that the expected cover counts."""
    return _WEIGHTS[id(world)]


def settle_by_setting(world: World, unit: Unit) -> int:
    """Where a unit goes that has just become idle, as the setting says."""
    setting = world.setting
    if setting.idle == "table":
        free = world.idle()
        slots = list(setting.table[len(free) - 1])
        for u in free:
            if u is not unit and u.goal in slots:
                slots.remove(u.goal)
        best, least = unit.home, math.inf
        for p in slots:
            way = world.minutes(unit, p, world.problem.calm)
            if way < least:
                best, least = p, way
        return best
    if setting.idle == "cover":
        known = set(sites_of(setting))
        have = np.zeros(len(world.problem.places), dtype=int)
        for u in world.idle():
            if u is not unit and u.goal in known:
                have[sorted(world.cover(u.goal))] += 1
        best, most, least = unit.home, -1.0, math.inf
        for p in setting.sites.tolist():
            own = sorted(world.cover(p))
            more = float(sum(weights(world)[i] * (1 - setting.busy) * setting.busy ** have[i] for i in own))
            way = world.minutes(unit, p, world.problem.calm)
            if more > most + 1e-12 or (more > most - 1e-12 and way < least):
                best, most, least = p, more, way
        return best
    if setting.idle == "patrol" and setting.patrol is not None:
        hop, unit.hops = unit.hops, unit.hops + 1
        if draw(world.seed, unit.row, 2 * hop) < setting.random_share:
            return int(draw(world.seed, unit.row, 2 * hop + 1) * len(world.problem.places))
        beat = [p for p in setting.patrol[unit.row].tolist() if p >= 0]
        return int(beat[hop % len(beat)])
    return unit.home


def draw(seed: int, unit: int, count: int) -> float:
    """Return the same number in [0, 1) as the kernel for the same three arguments."""
    x = (seed * 0x9E3779B97F4A7C15 + unit * 0xBF58476D1CE4E5B9 + count * 0x94D049BB133111EB) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((x ^ (x >> 31)) >> 11) / 9007199254740992.0


class _Run:
    def __init__(
        self, problem: Problem, setting: Setting, calls: Calls, seed: int, choose: Choose, settle: Settle,
        weight: np.ndarray | None,
    ) -> None:  # fmt: skip
        units = [Unit(row=k, home=int(h), start=int(h), goal=int(h)) for k, h in enumerate(setting.home)]
        self.world = World(problem, setting, calls, units, seed)
        if weight is None:
            weight = np.bincount(calls.place, minlength=len(problem.places)).astype(float)
            weight = weight / max(1.0, weight.sum())
        _WEIGHTS[id(self.world)] = weight
        self.choose, self.settle = choose, settle
        n = len(calls.at)
        self.answers = Answers(
            np.full(n, math.inf),
            np.full(n, -math.inf),
            np.full(n, -1),
            np.zeros(n, dtype=int),
            np.zeros((len(units), 3)),
        )
        self.left = calls.needs.tolist()
        self.lead = [-1] * n
        self.remain = calls.scene.tolist()
        self.done = [0] * n
        self.events: list[tuple[float, int, int, int, str, int, int]] = []
        self.number = counter()

    def put(self, at: float, rank: int, low: int, what: str, who: int, token: int = 0) -> None:
        heapq.heappush(self.events, (at, rank, low, next(self.number), what, who, token))

    def go(self) -> Answers:
        world, problem, calls = self.world, self.world.problem, self.world.calls
        on = {s.unit for s in problem.shifts}
        for k in range(len(world.units)):
            if k not in on:
                self.put(0.0, 0, 0, "on", k)
        for s in problem.shifts:
            self.put(s.begin, 0, 0, "on", s.unit)
            self.put(s.end, 0, 1, "off", s.unit)
        self.breaks = {}
        for s in problem.breaks:
            self.breaks[(s.unit, s.begin)] = s.end - s.begin
            self.put(s.begin, 0, 2, "break", s.unit)
        for c in range(len(calls.at)):
            self.put(float(calls.at[c] + calls.delay[c]), 2, c, "ready", c)
        todo = len(calls.at)
        while self.events:
            at, _, _, _, what, who, token = heapq.heappop(self.events)
            if what in ("clear", "arrive", "rested", "hop") and world.units[who].token != token:
                continue
            over = todo == 0 and not any(u.state == "out" for u in world.units)
            if over and (not world.line or what == "hop"):
                break
            world.now = at
            if what == "ready":
                todo -= 1
            getattr(self, f"_{what}")(who)
        for c, done in enumerate(self.done):
            if done < calls.needs[c]:
                self.answers.full[c] = math.inf
        _WEIGHTS.pop(id(world))
        return self.answers

    def _on(self, k: int) -> None:
        u = self.world.units[k]
        u.on_duty = True
        if u.state == "off":
            u.start = u.goal = u.home
            u.left = u.arrive = self.world.now
            self.free(u)

    def _off(self, k: int) -> None:
        u = self.world.units[k]
        u.on_duty, u.owed_break = False, -1.0
        if u.state != "out":
            u.state = "off"
            u.token += 1

    def _break(self, k: int) -> None:
        u, long = self.world.units[k], self.breaks[(k, self.world.now)]
        if not u.on_duty:
            return
        if u.state == "idle":
            self.pause(u, long)
        else:
            u.owed_break = long

    def pause(self, u: Unit, long: float) -> None:
        u.state = "off"
        u.token += 1
        self.put(self.world.now + long, 1, u.row, "rested", u.row, u.token)

    def _rested(self, k: int) -> None:
        self.free(self.world.units[k])

    def _ready(self, c: int) -> None:
        self.answers.events += 1
        self.serve(c, None)

    def _arrive(self, k: int) -> None:
        pass

    def _hop(self, k: int) -> None:
        u = self.world.units[k]
        p = self.settle(self.world, u)
        way = self.start_trip(u, p, self.world.problem.calm)
        u.token += 1
        self.put(self.world.now + way + self.world.setting.stay, 1, k, "hop", k, u.token)

    def _clear(self, k: int) -> None:
        world, u = self.world, self.world.units[k]
        c, now = u.call, self.world.now
        self.arrived(u, c)
        reply = u.arrive - float(world.calls.at[c])
        self.answers.full[c] = max(self.answers.full[c], reply)
        self.done[c] += 1
        self.answers.work[k] += (now - u.sent, u.arrive - u.sent, 1)
        if self.lead[c] == k and world.calls.carry[c] >= 0:
            u.goal = int(world.calls.carry[c])
        on_road = now
        if u.leave >= 0 and world.problem.via is not None:
            u.goal = u.leave
            on_road += u.away + float(world.problem.aside[world.table(world.problem.calm, now), u.goal])
        u.start, u.left, u.arrive, u.call = u.goal, on_road, on_road, -1
        self.free(u)

    def arrived(self, u: Unit, c: int) -> None:
        reply = u.arrive - float(self.world.calls.at[c])
        if reply < self.answers.response[c]:
            self.answers.response[c], self.answers.first[c] = reply, u.row

    def free(self, u: Unit) -> None:
        world = self.world
        if not u.on_duty:
            u.state = "off"
            u.token += 1
            return
        if u.owed_break >= 0:
            long, u.owed_break = u.owed_break, -1.0
            self.pause(u, long)
            return
        u.state = "idle"
        u.token += 1
        if world.line:
            self.serve(world.line[0][1], u)
            return
        p = self.settle(world, u)
        if p != u.goal:
            self.start_trip(u, p, world.problem.calm)
        if world.setting.idle == "patrol":
            self.put(max(world.now, u.arrive) + world.setting.stay, 1, u.row, "hop", u.row, u.token)
        self.mend()

    def start_trip(self, u: Unit, place: int, mode: int) -> float:
        world, now = self.world, self.world.now
        way = world.minutes(u, place, mode)
        u.sent = now
        if world.problem.via is not None:
            k = world.table(mode, now)
            first, end = float(world.problem.aside[k, u.goal]), u.goal
            if now < u.arrive:
                _, first, end = world.by_road(u, place, k)
            u.start, u.goal, u.left, u.arrive, u.table = end, place, now + first, now + way, k
            return way
        if now >= u.arrive or now - u.left >= 0.5 * (u.arrive - u.left):
            u.start = u.goal
        u.goal, u.left, u.arrive = place, now, now + way
        return way

    def serve(self, c: int, freed: Unit | None) -> None:
        world, calls = self.world, self.world.calls
        changed, todo = False, [c]
        while todo:
            c = todo.pop(0)
            kind = int(calls.priority[c])
            queued = any(x == c for _, x in world.line)
            while self.left[c] > 0:
                row = self.choose(world, c)
                if row < 0:
                    break
                u = world.units[row]
                if u.state == "out":
                    b = u.call
                    self.bump(u, b)
                    if not any(x == b for _, x in world.line):
                        todo.append(b)
                else:
                    changed = True
                mode = int(world.problem.mode[kind])
                door = world.to_scene(u, c, mode)[1]
                self.start_trip(u, door, mode)
                u.arrive += float((calls.off if door == calls.place[c] else calls.other_off)[c, 0])
                u.state, u.call, u.token = "out", c, u.token + 1
                self.left[c] -= 1
                u.scene_end = u.arrive + self.remain[c]
                free = u.scene_end
                if self.lead[c] < 0:
                    self.lead[c] = row
                carried = self.lead[c] == row and calls.carry[c] >= 0
                goal = int(calls.carry[c]) if carried else u.home
                slow = world.problem.minutes[world.table(world.problem.calm, free)][:, goal]
                ways = [(float(calls.off[c, 1]), int(calls.place[c]))]
                if calls.other[c] != calls.place[c]:
                    ways.append((float(calls.other_off[c, 1]), int(calls.other[c])))
                u.away, u.leave = min(ways, key=lambda way: way[0] + float(slow[way[1]]))
                if carried:
                    free += u.away + float(slow[u.leave]) + float(calls.handover[c])
                    u.leave = -1
                self.put(u.arrive, 1, row, "arrive", row, u.token)
                self.put(free, 1, row, "clear", row, u.token)
            if self.left[c] > 0:
                if not queued:
                    room = world.problem.max_waiting
                    if room < 0 or len(world.line) < room or self.answers.bumped[c] > 0:
                        heapq.heappush(world.line, (kind, c))
                    else:
                        self.left[c] = 0
            elif queued:
                world.line = [x for x in world.line if x[1] != c]
                heapq.heapify(world.line)
        if changed:
            self.mend()

    def bump(self, u: Unit, b: int) -> None:
        now = self.world.now
        self.answers.bumped[b] += 1
        self.left[b] += 1
        if self.lead[b] == u.row:
            self.lead[b] = -1
        if now >= u.arrive:
            self.arrived(u, b)
            self.remain[b] = u.scene_end - now
        self.answers.work[u.row, 0] += now - u.sent
        self.answers.work[u.row, 1] += min(now, u.arrive) - u.sent

    def mend(self) -> None:
        """Move idle units after a change, as often as the setting lets them."""
        world, setting = self.world, self.world.setting
        if world.line or setting.moves == 0 or setting.idle not in ("table", "cover"):
            return
        for _ in range(setting.moves):
            move = self._table_move() if setting.idle == "table" else self._cover_move()
            if move is None:
                return
            self.start_trip(move[0], move[1], world.problem.calm)
            self.answers.moved += 1

    def _table_move(self) -> tuple[Unit, int] | None:
        world = self.world
        free = world.idle()
        if not free:
            return None
        slots = list(world.setting.table[len(free) - 1])
        loose = []
        for u in free:
            if u.goal in slots:
                slots.remove(u.goal)
            else:
                loose.append(u)
        best, least = None, math.inf
        for u in loose:
            for p in slots:
                way = world.minutes(u, p, world.problem.calm)
                if way < least:
                    best, least = (u, p), way
        return best

    def _cover_move(self) -> tuple[Unit, int] | None:
        world, setting = self.world, self.world.setting
        known = set(sites_of(setting))
        have = np.zeros(len(world.problem.places), dtype=int)
        for u in world.idle():
            if u.goal in known:
                have[sorted(world.cover(u.goal))] += 1

        def value(p: int) -> float:
            return float(
                sum(weights(world)[i] * (1 - setting.busy) * setting.busy ** have[i] for i in sorted(world.cover(p)))
            )

        best, most = None, setting.gain
        for u in world.idle():
            own = sorted(world.cover(u.goal)) if u.goal in known else []
            have[own] -= 1
            now = value(u.goal) if u.goal in known else 0.0
            for p in setting.sites.tolist():
                if value(p) - now > most + 1e-12:
                    best, most = (u, p), value(p) - now
            have[own] += 1
        return best
