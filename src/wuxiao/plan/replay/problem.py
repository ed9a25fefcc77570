"""The question and the answer of a replay: calls, units, shifts and the settings (plans) that are compared on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from wuxiao.plan.form import BadProblem, Head, Said
from wuxiao.plan.shared.under_reporting import Variant, words
from wuxiao.plan.store import Bools, Floats, Ints, frozen


def _shape(name: str, have: tuple[int, ...], want: tuple[int, ...]) -> None:
    if have != want:
        raise BadProblem(name, Said(f"大小应为{want}，实为{have}", f"expected size {want}, found {have}"))


def _within(name: str, values: Any, low: float, high: float, zh: str, en: str) -> None:
    bad = np.argwhere((values < low) | (values > high))
    if len(bad):
        raise BadProblem(name, Said(zh, en), int(bad[0][0]))


#: Most calls one replication may draw (about 2 GB), and the widest spread of durations.
MOST_CALLS, MOST_SPREAD = 2e7, 100.0
#: Longest mean delay, scene and handover in minutes.
WEEK = 10_080.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls of one run, a row each; times in minutes from the start.

    `at` when it came, `place`, `priority` (0 is the most urgent), `needs` units, `delay` until someone can be sent,
    `scene` minutes of work for each unit, `carry` the place the first unit goes on to (-1: none), `handover` minutes
    there. Where a scene is not at its place: `off[call]` minutes from the place to it and back; and if it lies between
    two places, `other` is the second one and `other_off[call]` the minutes from there.
    """

    at: Floats
    place: Ints
    priority: Ints
    needs: Ints
    delay: Floats
    scene: Floats
    carry: Ints
    handover: Floats
    off: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    other: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    other_off: Floats = field(default_factory=lambda: np.zeros((0, 2)))

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "off", frozen(self.off if np.size(self.off) else np.zeros((len(self.at), 2)), np.float64,
                                 "calls.off", dimensions=2))  # fmt: skip
        if not np.size(self.other):
            set_(self, "other", self.place)
            set_(self, "other_off", self.off)
        set_(self, "other_off", frozen(self.other_off, np.float64, "calls.other_off", dimensions=2))
        for name in ("at", "delay", "scene", "handover"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, f"calls.{name}"))
        for name in ("place", "priority", "needs", "carry", "other"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int64, f"calls.{name}"))
        n = len(self.at)
        for name in ("place", "priority", "needs", "delay", "scene", "carry", "handover", "other"):
            _shape(f"calls.{name}", getattr(self, name).shape, (n,))
        for name in ("off", "other_off"):
            _shape(f"calls.{name}", getattr(self, name).shape, (n, 2))
        for name in ("at", "delay", "scene", "handover", "off", "other_off"):
            _within(
                f"calls.{name}", getattr(self, name), 0.0, np.inf, "不可为负（分钟）", "must not be negative (minutes)"
            )
        bad = np.flatnonzero(np.diff(self.at) < 0)
        if len(bad):
            raise BadProblem("calls.at", Said("须按时间先后排列", "must be in order of time"), int(bad[0]) + 1)
        _within("calls.needs", self.needs, 1, np.inf, "至少要一个单位", "at least one unit is needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """How calls come, for replications drawn by seed.

    `per_hour[place]`; `profile[hour]` multiplies it through a cycle (24 or 168 hours; its mean is made 1); `priority`,
    `needs` are shares of 0, 1, 2 … and of 1, 2, 3 … units; `scene` and `handover` are mean minutes, exponential when
    `spread` is 1, constant when 0, gamma with that coefficient of variation otherwise; `carry` is the share that goes
    on to the nearest of `carry_to`; `off[way, place, k]`, `other[place, k]` and `other_off[way, place, k]`
    are the scenes k of a place (see `Calls`; to and back), all equally likely, for every way of travel.
    """

    per_hour: Floats
    days: float
    scene: float
    profile: Floats = field(default_factory=lambda: np.ones(1))
    priority: Floats = field(default_factory=lambda: np.ones(1))
    needs: Floats = field(default_factory=lambda: np.ones(1))
    delay: float = 0.0
    spread: float = 1.0
    carry: float = 0.0
    carry_to: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    handover: float = 0.0
    off: Floats = field(default_factory=lambda: np.zeros((0, 0, 0, 2)))
    other: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    other_off: Floats = field(default_factory=lambda: np.zeros((0, 0, 0, 2)))

    def __post_init__(self) -> None:
        for name in ("off", "other_off"):
            values = frozen(getattr(self, name), np.float64, f"stream.{name}", dimensions=4)
            object.__setattr__(self, name, values)
            _within(f"stream.{name}", values, 0.0, np.inf, "不可为负（分钟）", "must not be negative (minutes)")
        object.__setattr__(self, "other", frozen(self.other, np.int64, "stream.other", dimensions=2))
        if self.off.size:
            _shape("stream.off", self.off.shape[3:], (2,))
            _shape("stream.other", self.other.shape, self.off.shape[1:3])
            _shape("stream.other_off", self.other_off.shape, self.off.shape)
        for name in ("per_hour", "profile", "priority", "needs"):
            values = frozen(getattr(self, name), np.float64, f"stream.{name}")
            object.__setattr__(self, name, values)
            _within(f"stream.{name}", values, 0.0, np.inf, "不可为负", "must not be negative")
            if not values.sum() > 0:
                raise BadProblem(f"stream.{name}", Said("至少要有一个大于零", "at least one must be above zero"))
        object.__setattr__(self, "carry_to", frozen(self.carry_to, np.int64, "stream.carry_to"))
        for name in ("days", "scene"):
            if not getattr(self, name) > 0:
                raise BadProblem(f"stream.{name}", Said("须大于零", "must be above zero"))
        for name, most in (("delay", WEEK), ("scene", WEEK), ("handover", WEEK), ("spread", MOST_SPREAD)):
            if not 0 <= getattr(self, name) <= most:
                said = Said(f"须在0与{most:g}之间", f"must lie between 0 and {most:g}")
                raise BadProblem(f"stream.{name}", said)
        drawn = float(self.per_hour.sum()) * 24.0 * self.days
        if not drawn <= MOST_CALLS:
            said = Said(
                f"一次要抽{drawn:.3g}个呼叫，上限{MOST_CALLS:.0e}；请核对每小时次数和天数",
                f"{drawn:.3g} calls would be drawn at once, at most {MOST_CALLS:.0e}: look at calls per hour and days",
            )
            raise BadProblem("stream.days", said)
        if not 0 <= self.carry <= 1:
            raise BadProblem("stream.carry", Said("须在0与1之间", "must lie between 0 and 1"))
        if self.carry > 0 and not len(self.carry_to):
            raise BadProblem("stream.carry_to", Said("要送往的地点没有给出", "no place to carry to is given"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A shift or a break of one unit (row in `units`), minutes from the start of the run."""

    unit: int
    begin: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One plan that is tried: where units stand, who is sent, what idle units do.

    `home[unit]` is a place. `dispatch`: ``nearest`` by time from where units are now; ``order`` by `order[place, k]`;
    ``spare`` adds `spare` minutes for each unit (1.0) of expected cover a unit's leaving would take away. `idle`:
    ``home``; ``table`` (`table[n-1]` holds the n places for n idle units); ``cover`` (the freed unit goes where it adds
    the most expected cover among `sites`); ``patrol`` (units go round `patrol[unit, k]`, -1 at the end of a row,
    staying `stay` minutes, and with chance `random_share` to a place drawn at random instead). `moves` idle units at
    most move when the number of idle units changes, besides the freed one, for ``cover`` only where the expected cover
    grows by `gain`. `radius` (minutes) and `busy` (chance that a unit is busy) define the expected cover.
    """

    name: str
    home: Ints
    dispatch: Literal["nearest", "order", "spare"] = "nearest"
    order: Ints | None = None
    spare: float = 0.0
    idle: Literal["home", "table", "cover", "patrol"] = "home"
    table: tuple[tuple[int, ...], ...] = ()
    sites: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    moves: int = 0
    gain: float = 0.01
    radius: float = 8.0
    busy: float = 0.3
    patrol: Ints | None = None
    stay: float = 10.0
    random_share: float = 0.05

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", frozen(self.home, np.int64, "settings.home"))
        object.__setattr__(self, "sites", frozen(self.sites, np.int64, "settings.sites"))
        if self.order is not None:
            object.__setattr__(self, "order", frozen(self.order, np.int64, "settings.order", dimensions=2))
        if self.patrol is not None:
            object.__setattr__(self, "patrol", frozen(self.patrol, np.int64, "settings.patrol", dimensions=2))
        for name, needed in (("dispatch", "order"), ("idle", "patrol")):
            if getattr(self, name) == needed and getattr(self, needed) is None:
                raise BadProblem(f"settings.{needed}", Said("用到而没有给出", "is used and not given"))
        if self.idle == "patrol" and not 0.05 <= self.random_share <= 0.10:
            raise BadProblem(
                "settings.random_share",
                Said(
                    "随机巡逻须占5%至10%，以免巡逻可被预知",
                    "random patrol must be 5 % to 10 %, so that it cannot be foretold",
                ),
            )
        if self.idle == "cover" and not len(self.sites):
            raise BadProblem("settings.sites", Said("没有给出可选驻点", "no standby points are given"))
        if self.idle == "patrol" and not self.stay > 0:
            raise BadProblem("settings.stay", Said("须大于零（分钟）", "must be above zero (minutes)"))
        if not 0.0 <= self.busy < 1.0:
            raise BadProblem("settings.busy", Said("须在0与1之间", "must lie between 0 and 1"))
        if self.moves < 0:
            raise BadProblem("settings.moves", Said("不可为负", "must not be negative"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Calls, units and the settings that are compared on the same calls; the first setting is the plan in force.

    `minutes[table, from, to]` (or `minutes[from, to]`) between places, door to door. `mode[priority]` is the way of
    travel to a call of a priority, `calm` that of all other trips; `hourly[hour, mode]` names the table a trip that
    begins in that hour of the cycle (24 or 168 hours) takes, by default table k for way k at all hours; expected cover
    goes by the first hour. `late[priority]` are the minutes that were promised.
    A unit under way: with `via[table, from, to]`, the place passed next on the way, it is where it is on that stretch
    and may turn round at the cost of `turn` minutes unless the way back is another (`aside[table, place]` minutes of a
    trip are off the road at that end); without, its place is estimated.
    Either `calls` or `stream` with a number of `replications`. `preempt[from, to]`: a unit on its way to a call of
    priority `from` may be sent to one of priority `to` instead; with `preempt_scene` also from the scene when nobody
    else is there to send.
    `max_waiting` is the longest line (-1 endless, 0 calls are lost). Calls before `warm_up` minutes are not counted.
    `grid[place]`, `floor` (least share in time in every grid) and `change_cap` (greatest share of units whose home may
    differ from the first setting) are safeguards: a setting that breaks one cannot be the best.
    """

    places: tuple[str, ...]
    minutes: Floats
    units: tuple[str, ...]
    settings: tuple[Setting, ...]
    late: Floats
    mode: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    calm: int = 0
    hourly: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    via: Ints | None = None
    aside: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    turn: float = 0.0
    calls: Calls | None = None
    stream: Stream | None = None
    replications: int = 1
    shifts: tuple[Span, ...] = ()
    breaks: tuple[Span, ...] = ()
    preempt: Bools = field(default_factory=lambda: np.zeros((0, 0), dtype=np.bool_))
    preempt_scene: bool = False
    max_waiting: int = -1
    warm_up: float = 0.0
    grid: Ints | None = None
    floor: float = 0.0
    change_cap: float = 1.0
    keep_trips: bool = False

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        m, n = len(self.places), len(self.units)
        for name, ids in (
            ("places", self.places),
            ("units", self.units),
            ("settings", tuple(s.name for s in self.settings)),
        ):
            if not ids:
                raise BadProblem(name, Said("至少要有一个", "at least one is needed"))
            seen: set[str] = set()
            for row, one in enumerate(ids):
                if one in seen:
                    raise BadProblem(name, Said(f"编号重复：{one}", f"the id {one} appears twice"), row)
                seen.add(one)
        dimensions = 2 if np.ndim(self.minutes) == 2 else 3
        minutes = frozen(self.minutes, np.float64, "minutes", dimensions=dimensions)
        if dimensions == 2:
            minutes = minutes[None, :, :]
            minutes.flags.writeable = False
        set_(self, "minutes", minutes)
        _shape("minutes", minutes.shape[1:], (m, m))
        _within("minutes", minutes, 0.0, np.inf, "行车时间不可为负", "travel times must not be negative")
        set_(self, "late", frozen(self.late, np.float64, "late"))
        kinds = len(self.late)
        if not kinds:
            raise BadProblem("late", Said("每个级别都要有承诺的分钟数", "each priority needs its promised minutes"))
        set_(self, "mode", frozen(self.mode if len(self.mode) else np.zeros(kinds), np.int64, "mode"))
        _shape("mode", self.mode.shape, (kinds,))
        set_(self, "hourly", _hourly(self.hourly, len(minutes)))
        ways = self.hourly.shape[1]
        _within("mode", self.mode, 0, ways - 1, "没有这种走法", "there is no such way of travel")
        if not 0 <= self.calm < ways:
            raise BadProblem("calm", Said("没有这种走法", "there is no such way of travel"))
        _on_roads(self, len(minutes), m)
        preempt = np.asarray(self.preempt, dtype=np.bool_)
        if preempt.size == 0:
            preempt = np.zeros((kinds, kinds), dtype=np.bool_)
        _shape("preempt", preempt.shape, (kinds, kinds))
        if np.any(np.tril(preempt.T)):
            raise BadProblem("preempt", Said("只能为更急的呼叫调走", "only a more urgent call may take a unit away"))
        preempt = preempt.copy()
        preempt.flags.writeable = False
        set_(self, "preempt", preempt)
        if (self.calls is None) == (self.stream is None):
            raise BadProblem("calls", Said("calls与stream须给且只给一个", "give calls or stream, one of the two"))
        if self.calls is not None:
            _within("calls.place", self.calls.place, 0, m - 1, "地点不在图上", "the place is off the map")
            _within("calls.other", self.calls.other, 0, m - 1, "地点不在图上", "the place is off the map")
            _within("calls.carry", self.calls.carry, -1, m - 1, "地点不在图上", "the place is off the map")
            _within("calls.priority", self.calls.priority, 0, kinds - 1, "没有这个级别", "there is no such priority")
            _within("calls.needs", self.calls.needs, 1, n, "要的单位多于全部单位", "needs more units than there are")
        if self.stream is not None:
            _shape("stream.per_hour", self.stream.per_hour.shape, (m,))
            if self.stream.off.size:
                _shape("stream.off", self.stream.off.shape[:2], (ways, m))
                _within("stream.other", self.stream.other, 0, m - 1, "地点不在图上", "the place is off the map")
            _shape("stream.priority", self.stream.priority.shape, (kinds,))
            _within("stream.carry_to", self.stream.carry_to, 0, m - 1, "地点不在图上", "the place is off the map")
            if len(self.stream.needs) > n:
                raise BadProblem("stream.needs", Said("要的单位多于全部单位", "needs more units than there are"))
        if self.replications < 1:
            raise BadProblem("replications", Said("至少一次", "at least one"))
        for name, spans in (("shifts", self.shifts), ("breaks", self.breaks)):
            _spans(name, spans, n)
        if self.grid is not None:
            set_(self, "grid", frozen(self.grid, np.int64, "grid"))
            _shape("grid", self.grid.shape, (m,))
            _within("grid", self.grid, 0, np.inf, "不可为负", "must not be negative")
        for row, setting in enumerate(self.settings):
            _setting(row, setting, m, n)


def _hourly(given: Any, tables: int) -> Ints:
    rows = np.asarray(given)
    hourly: Ints = frozen(rows if rows.size else np.arange(tables)[None, :], np.int64, "hourly", dimensions=2)
    _within("hourly", hourly, 0, tables - 1, "没有这张时间表", "there is no such table of minutes")
    if len(hourly) not in (1, 24, 168):
        raise BadProblem("hourly", Said("须有1、24或168行", "there must be 1, 24 or 168 rows"))
    return hourly


def _on_roads(problem: Problem, tables: int, m: int) -> None:
    """Check the ways between places: each step of a way leads on, and the stretches add up to the whole."""
    if not problem.turn >= 0:
        raise BadProblem("turn", Said("不可为负（分钟）", "must not be negative (minutes)"))
    aside = frozen(problem.aside, np.float64, "aside", dimensions=2)
    _within("aside", aside, 0.0, np.inf, "不可为负（分钟）", "must not be negative (minutes)")
    object.__setattr__(problem, "aside", aside)
    if problem.via is None:
        return
    via = frozen(problem.via, np.int64, "via", dimensions=3)
    _shape("via", via.shape, (tables, m, m))
    _within("via", via, 0, m - 1, "地点不在图上", "the place is off the map")
    object.__setattr__(problem, "via", via)
    if not aside.size:
        aside = frozen(np.zeros((tables, m)), np.float64, "aside", dimensions=2)
        object.__setattr__(problem, "aside", aside)
    _shape("aside", aside.shape, (tables, m))
    for table in range(tables):
        road = problem.minutes[table] - aside[table][:, None] - aside[table][None, :]
        np.fill_diagonal(road, 0.0)
        for start in range(m):
            step = via[table, start]
            # a step of no length could lead round and round
            stuck = (road[start, step] <= 0) & (step != np.arange(m)) & (np.arange(m) != start)
            rest = road[start, step] + road[step, np.arange(m)] - road[start]
            if stuck.any() or (np.abs(rest) > 1e-6 * (1.0 + road[start])).any():
                raise BadProblem(
                    "via", Said("各段相加须等于全程", "the stretches of a way must add up to the whole"), start
                )


def _spans(name: str, spans: tuple[Span, ...], n: int) -> None:
    last: dict[int, float] = {}
    for row in sorted(range(len(spans)), key=lambda r: (spans[r].unit, spans[r].begin)):
        span = spans[row]
        if not 0 <= span.unit < n:
            raise BadProblem(f"{name}.unit", Said("没有这个单位", "there is no such unit"), row)
        if not (np.isfinite(span.begin) and np.isfinite(span.end) and 0 <= span.begin < span.end):
            raise BadProblem(f"{name}.end", Said("结束须晚于开始", "the end must come after the begin"), row)
        if span.begin < last.get(span.unit, -1.0):
            raise BadProblem(f"{name}.begin", Said("与前一段重叠", "overlaps with the one before"), row)
        last[span.unit] = span.end


def _setting(row: int, one: Setting, m: int, n: int) -> None:
    if one.home.shape != (n,):
        raise BadProblem("settings.home", Said(f"须有{n}个", f"there must be {n}"), row)
    places = [*one.home.tolist(), *one.sites.tolist(), *(p for line in one.table for p in line)]
    if any(not 0 <= p < m for p in places):
        raise BadProblem("settings", Said("驻点不在图上", "a standby point is off the map"), row)
    if one.order is not None:
        if one.order.shape != (m, n):
            raise BadProblem("settings.order", Said(f"大小应为{(m, n)}", f"expected size {(m, n)}"), row)
        if (np.sort(one.order, axis=1) != np.arange(n)).any():
            raise BadProblem(
                "settings.order", Said("每行须把每个单位列一次", "each row must list every unit once"), row
            )
    beat = one.patrol
    if beat is not None and (beat.shape[0] != n or (beat >= m).any() or (beat[:, 0] < 0).any()):
        raise BadProblem(
            "settings.patrol", Said("每个单位要有一行图上的地点", "each unit needs a row of places on the map"), row
        )
    whole = len(one.table) == n and all(len(line) == k + 1 for k, line in enumerate(one.table))
    if one.idle == "table" and not whole:
        raise BadProblem(
            "settings.table",
            Said("第n行须有n个驻点，直到全部单位", "row n must hold n points, up to all units"),
            row,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one setting gave, means over replications with the half width of the 95 % interval (NaN where unknown).

    `in_time[priority]` are shares within the promise; `load[unit]` the share of time on duty that is spent on calls;
    `changed` the share of units whose home differs from the first setting; `under_floor` grids below the floor.
    """

    name: str
    mean_response: float
    response_half: float
    late_share: float
    late_half: float
    in_time: Floats
    in_time_half: Floats
    load: Floats
    worst_grid: float
    unanswered: float
    bumped: float
    moves_a_day: float
    changed: float
    under_floor: tuple[int, ...]

    def __post_init__(self) -> None:
        for name in ("in_time", "in_time_half", "load"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, name, finite=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A setting less the first one on the same calls, with 95 % intervals: minutes of response and share late."""

    name: str
    response: float
    response_low: float
    response_high: float
    late: float
    late_low: float
    late_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trips:
    """Every trip of the first replication under the best setting: who left for which call when, arrived, was free.

    `done` is False for a trip that was cut short by pre-emption.
    """

    call: Ints
    unit: Ints
    left: Floats
    arrived: Floats
    free: Floats
    done: Bools

    def __post_init__(self) -> None:
        for name in ("call", "unit"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int64, name))
        for name in ("left", "arrived", "free"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64, name))
        done = np.array(self.done, dtype=np.bool_)
        done.flags.writeable = False
        object.__setattr__(self, "done", done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The settings' outcomes, their differences from the first on the same calls, and the one that did best."""

    head: Head
    best: str
    outcomes: tuple[Outcome, ...]
    differences: tuple[Difference, ...]
    calls: int
    events: int
    refused: tuple[str, ...] = ()
    under_reporting: tuple[Variant, ...] = ()
    trips: Trips | None = None

    def why(self) -> tuple[Said, ...]:
        """Return which setting did best, by how much and how surely, and what a replay does not promise."""
        best = next(o for o in self.outcomes if o.name == self.best)
        said = [
            Said(
                f"“{best.name}”最好：平均{best.mean_response:.2f}±{best.response_half:.2f}分钟到场，"
                f"{best.late_share:.2%}±{best.late_half:.2%}超时，最差的网格按时{best.worst_grid:.1%}。",
                f"“{best.name}” is best: arrival after {best.mean_response:.2f} ± {best.response_half:.2f} minutes, "
                f"{best.late_share:.2%} ± {best.late_half:.2%} late, the worst grid {best.worst_grid:.1%} in time.",
            )
        ]
        for d in self.differences:
            sure = d.response_high < 0 or d.response_low > 0
            said.append(
                Said(
                    f"“{d.name}”与现行“{self.outcomes[0].name}”相比：到场{d.response:+.2f}分钟"
                    f"（{d.response_low:+.2f}至{d.response_high:+.2f}），超时{d.late:+.2%}（{d.late_low:+.2%}至{d.late_high:+.2%}），"
                    + ("差别可信。" if sure else "差别可能出于偶然。"),
                    f"“{d.name}” against “{self.outcomes[0].name}”: response {d.response:+.2f} minutes "
                    f"({d.response_low:+.2f} to {d.response_high:+.2f}), late {d.late:+.2%} ({d.late_low:+.2%} to "
                    f"{d.late_high:+.2%}), " + ("a true difference." if sure else "perhaps by chance."),
                )
            )
        if self.refused:
            listed = "、".join(self.refused)
            said.append(
                Said(f"因低于服务底线或改动过大而不选：{listed}。",
                     f"Not taken, below the floor of service or changing too much: {listed}.")
            )  # fmt: skip
        if self.under_reporting:
            said.append(words(self.under_reporting, best.mean_response, "平均到场分钟数", "mean minutes to arrival"))
        said.append(
            Said(
                "同一批呼叫重放每个方案，区间只含随机波动，不含路况、规程与人的变化；最好只指这里试过的方案。",
                "Every setting met the same calls; the intervals hold chance alone, not changes of roads, rules or "
                "people; best means of those tried here.",
            )
        )
        return tuple(said)
