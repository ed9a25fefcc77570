"""`solve`: chains of cases driven out, bounds, HiGHS where the two are apart, then earlier days."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from wuxiao.plan.form import SAME, Head, Progress, Said, Stop, Watch, own_scale, seeded
from wuxiao.plan.match import bound
from wuxiao.plan.match.chain import Chain
from wuxiao.plan.match.options import Options, options, part, rivals
from wuxiao.plan.match.problem import Meeting, Plan, Problem
from wuxiao.plan.store import Ints

VERSION = "1.0"
#: Steps of a chain between two looks at the stop rule, and looks before HiGHS is asked.
CHUNK, LOOKS = 2_000, 12
#: How many rivals of the cases left over are tried together: if even they alone cannot all be heard, that is a bound.
RIVALS = (6, 20, 60)


def solve(
    problem: Problem,
    /,
    *,
    seconds: float,
    seed: int,
    warm: Plan | None = None,
    stop: Stop | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Return a timetable of as much weight as was found, and the bound that was proven.

    A step is one run of the chain or one call of HiGHS; `warm` is an earlier timetable, kept where it still can be.
    """
    watch = Watch(seconds, stop, progress)
    it = options(problem)
    unit = own_scale(float(it.weight.sum()), whole=bool(np.all(it.weight == np.round(it.weight))))
    it.weight = it.weight * unit
    fixed = np.zeros(len(problem.cases), bool)
    place = np.full((len(problem.cases), 2), -1)
    held = _places(it, problem.fixed)
    for c, pair in held.items():
        fixed[c] = True
        place[c] = pair
    if warm is not None:
        _keep(problem, it, place, warm)
    limit = bound.simple(it)
    whole = bool(np.all(it.weight == np.round(it.weight)))
    chain = Chain(it, fixed, place)
    steps, ended = 0, False

    def near(heard: float, limit: float) -> bool:
        return heard >= limit - SAME * abs(limit)

    def told() -> bool:
        nonlocal steps
        steps += 1
        return watch(steps, chain.heard / unit, limit / unit) or near(chain.heard, limit)

    def rounded(value: float) -> float:
        return math.floor(value + 1e-6) if whole and math.isfinite(value) else value

    for _ in range(LOOKS):
        chain.run(CHUNK, seeded(seed, steps))
        if ended := told():
            break
    for size in RIVALS:
        if ended:
            break
        missed = np.flatnonzero((chain.best[:, 0] < 0) & (np.diff(it.begin) > 0))
        some = np.sort(rivals(it, missed)[: len(missed) + size])
        told_ones = {int(np.searchsorted(some, c)): pair for c, pair in held.items() if c in some}
        own = {k: (pair[0] - int(it.begin[some[k]]), pair[1]) for k, pair in told_ones.items()}
        one = part(it, some)
        own = {k: (at + int(one.begin[k]), room) for k, (at, room) in own.items()}
        _, value, _ = bound.highs(one, 0.2 * watch.left, whole=True, fixed=own)
        rest = bound.simple(it) - float(it.weight[some].sum())
        limit = min(limit, max(rounded(rest + value), chain.heard))
        ended = told()
    if not ended:
        limit = min(limit, max(rounded(bound.capacity(it, 0.3 * watch.left)), chain.heard))
        ended = told()
    if not ended:
        _, value, _ = bound.highs(it, 0.4 * watch.left, whole=False, fixed=held)
        limit = min(limit, max(rounded(value), chain.heard))
        ended = told()
    looks = 0
    while not ended and looks < LOOKS * 20 and watch.seconds < 0.4 * watch.limit:
        chain.run(CHUNK, seeded(seed, steps))
        looks += 1
        ended = told()
    if not ended:
        found, value, done = bound.highs(it, 0.85 * watch.left, whole=True, fixed=held)
        limit = min(limit, max(rounded(value), chain.heard))
        if found is not None and it.weight[found[:, 0] >= 0].sum() > chain.heard * (1 + SAME):
            chain.best = found
            chain.place = found.copy()
            limit = max(limit, chain.heard)
        ended = told() or done
    while not ended:
        chain.run(CHUNK, seeded(seed, steps))
        ended = told()
    chain.earlier()
    it.weight = it.weight / unit
    return _plan(problem, it, chain, watch, seed, limit / unit, steps, warm)


def _places(it: Options, meetings: tuple[Meeting, ...]) -> dict[int, tuple[int, int]]:
    """Return option and room of meetings; those that are no option any more are left out."""
    found = {}
    for m in meetings:
        mine = slice(int(it.begin[m.case]), int(it.begin[m.case + 1]))
        at = np.flatnonzero((it.mediator[mine] == m.mediator) & (it.start[mine] == m.start))
        rooms = it.room[it.room_begin[m.case] : it.room_begin[m.case + 1]]
        free = it.room_free[m.room, m.start : m.start + it.length[m.case]].all()
        if len(at) and m.room in rooms and free:
            found[m.case] = (int(at[0]) + mine.start, m.room)
    return found


def _keep(problem: Problem, it: Options, place: Ints, warm: Plan) -> None:
    busy: set[tuple[str, int | str, int]] = set()
    daily: Counter[tuple[int, int]] = Counter()
    for meeting in problem.fixed:
        busy |= _takes(problem, meeting)
        daily[meeting.mediator, int(problem.days[meeting.start])] += 1
    at = {case.name: k for k, case in enumerate(problem.cases)}
    for m, name in zip(warm.meetings, warm.names, strict=False):
        if name not in at or place[at[name], 0] >= 0:
            continue
        if m.mediator >= len(problem.mediators) or m.room >= len(problem.rooms) or m.start >= len(problem.days):
            continue
        meeting = Meeting(case=at[name], mediator=m.mediator, room=m.room, start=m.start)
        spot = _places(it, (meeting,))
        taken, day = _takes(problem, meeting), (meeting.mediator, int(problem.days[meeting.start]))
        if spot and not taken & busy and daily[day] < problem.mediators[meeting.mediator].most_a_day:
            busy |= taken
            daily[day] += 1
            place[meeting.case] = spot[meeting.case]


def _takes(problem: Problem, m: Meeting) -> set[tuple[str, int | str, int]]:
    """Return whose time a meeting takes: mediator, room and parties in each of its slots."""
    case = problem.cases[m.case]
    whose: list[tuple[str, int | str]] = [("mediator", m.mediator), ("room", m.room)]
    whose += [("party", name) for name in case.parties]
    return {(kind, who, slot) for kind, who in whose for slot in range(m.start, m.start + case.length)}


def _plan(
    problem: Problem, it: Options, chain: Chain, watch: Watch, seed: int, limit: float, steps: int, warm: Plan | None
) -> Plan:
    heard = [c for c in range(len(problem.cases)) if chain.best[c, 0] >= 0]
    meetings = [
        Meeting(
            case=c,
            mediator=int(it.mediator[chain.best[c, 0]]),
            room=int(chain.best[c, 1]),
            start=int(it.start[chain.best[c, 0]]),
        )
        for c in heard
    ]
    meetings.sort(key=lambda m: (m.start, m.case))
    left = np.array([c for c in range(len(problem.cases)) if chain.best[c, 0] < 0], np.int64)
    day = problem.days[0]
    waiting = sum(problem.cases[m.case].weight * int(problem.days[m.start] - day) for m in meetings)
    before = {n: (m.mediator, m.room, m.start) for n, m in zip(warm.names, warm.meetings, strict=True)} if warm else {}
    names = tuple(problem.cases[m.case].name for m in meetings)
    moved = sum(
        n in before and before[n] != (m.mediator, m.room, m.start) for n, m in zip(names, meetings, strict=True)
    )
    proved = chain.heard >= limit - SAME * abs(limit)
    return Plan(
        head=Head(
            engine="match", version=VERSION, seed=seed, seconds=watch.seconds, iterations=steps, objective=chain.heard,
            bound=max(limit, chain.heard), stopped="proved" if proved else watch.reason or "done", minimise=False,
        ),
        meetings=tuple(meetings), left=left, reasons=tuple(_reason(problem, it, int(c)) for c in left),
        waiting=float(waiting), moved=moved, names=names,
    )  # fmt: skip


def _reason(problem: Problem, it: Options, c: int) -> Said:
    case = problem.cases[c]
    if it.begin[c + 1] > it.begin[c]:
        count = int(it.begin[c + 1] - it.begin[c])
        return Said(
            f"{case.name}：{count}种排法都被其他案件占用",
            f"{case.name}: all of its {count} options are taken by other cases",
        )
    if it.room_begin[c + 1] == it.room_begin[c]:
        return Said(f"{case.name}：没有合适的房间", f"{case.name}: no room fits")
    return Said(
        f"{case.name}：没有语言、专长、时间都合适的调解员与时段",
        f"{case.name}: no mediator and slot fit its languages, skills and times",
    )
