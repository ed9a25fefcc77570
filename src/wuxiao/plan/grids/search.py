"""The whole search: begin, anneal over the map, mend what is outside the band, polish, and say what was found."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Head, Progress, Said, Stop, Watch
from wuxiao.plan.grids.mend import mend
from wuxiao.plan.grids.naming import name_cells
from wuxiao.plan.grids.parts import Map, survey
from wuxiao.plan.grids.problem import VERSION, Kind, Outside, Plan, Problem
from wuxiao.plan.grids.start import begin
from wuxiao.plan.grids.state import State
from wuxiao.plan.grids.words import outside_words, reasons

#: Proposals per block of one annealing when nobody limits the time, and proposals between two looks at the clock.
THOROUGH = 1500
CHUNK = 200_000
HOT, COLD = 0.2, 0.02
PENALTY = 6.0


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
    """Divide the blocks into cells that keep every rule, compact and bordered by good streets.

    `warm` is an earlier plan of the same blocks to start from. One iteration is one proposed move. Raises `BadProblem`
    where no plan in the band exists or none was found, unless the problem forgives.
    """
    watch = Watch(seconds, stop, progress)
    land = survey(problem)
    state, codes = begin(problem, land, seed, warm)
    started = warm is not None or bool(len(problem.before))
    best = _search(state, watch, seed, started)
    whole = mend(state, lambda: watch.left <= 0.0 and math.isfinite(watch.limit))
    if not whole and not problem.forgive:
        _refuse(problem, state)
    if problem.moved_share < 1.0 and state.moved[0] > state.most_moved + 1e-6 and not problem.forgive:
        share = float(state.moved[0]) / float(problem.households.sum())
        said = Said(
            f"要让每格都在范围内，至少要调整约{share:.1%}的住户，超过限度",
            f"to have every cell in the band about {share:.1%} of households had to move, more than the limit",
        )
        raise BadProblem("moved_share", said)
    return finish(problem, land, state.label, codes, seed, watch, best)


def _search(state: State, watch: Watch, seed: int, started: bool) -> int:
    """Anneal until the time is used or nothing more is gained; leaves the best division in the state."""
    free = np.flatnonzero(~state.lock)
    if len(free) < 2 or sum(state.land.wanted) < 2:
        watch(0)
        return 0
    done, stale, first = 0, 0, True
    keep: tuple[float, Any] | None = None
    while True:
        # Half of what is left goes into one annealing, the first takes nearly all of it; the rest is for mending.
        hot = HOT if first and not started else HOT / 4.0
        done = _one_annealing(state, watch, free, hot, done, len(free) * THOROUGH)
        mend(state, lambda: watch.left <= 0.0 and math.isfinite(watch.limit), 2)
        off = len(state.off_band())
        state.count()
        value = state.value() + 1e6 * off
        over = state.moved[0] > state.most_moved + 1e-6
        value += 1e9 * over
        if keep is None or value < keep[0] - 1e-9:
            stale = 0 if keep is None or value < keep[0] * (1.0 - 1e-3) else stale + 1
            keep = (value, state.label.copy())
        else:
            stale += 1
            state.label[:] = keep[1]
            state.count()
        first = False
        if watch.reason or stale >= 3 or watch.left < 0.15 * watch.limit and math.isfinite(watch.limit):
            break
    state.label[:] = keep[1]
    state.count()
    if not watch.reason:
        watch(done, keep[0])
    return done


def _one_annealing(state: State, watch: Watch, free: Any, hot: float, done: int, steps: int) -> int:
    """Cool once from `hot`; the pace follows the clock where time is what is limited, else the number of proposals."""
    timed = math.isfinite(watch.limit)
    began, allowed = watch.seconds, watch.left * 0.92 - 0.02 * watch.limit if timed else math.inf
    gone, spent = 0.0, 0
    chunk = min(CHUNK, max(2000, steps // 50))
    while gone < 1.0 and not watch.reason:
        upto = gone + chunk / steps
        if timed and spent:
            by_clock = (watch.seconds - began) / max(1e-9, allowed)
            upto = max(upto, by_clock + by_clock * chunk / spent)
        upto = min(1.0, upto)
        state.anneal(free, hot * (COLD / hot) ** gone, hot * (COLD / hot) ** upto, chunk, PENALTY)
        spent += chunk
        done += chunk
        gone = upto
        watch(done)
    state.anneal(free, COLD / 2.0, COLD / 50.0, min(steps // 10 + 1, 20 * len(free)), PENALTY)
    return done


def _refuse(problem: Problem, state: State) -> None:
    cell = int(state.off_band()[0])
    rows = np.flatnonzero(state.label == cell)
    name, have = problem.blocks[int(rows[0])], float(state.cell[0, cell])
    said = Said(
        f"没有找到每格都在{problem.low:g}–{problem.high:g}户内的划法：地块{name}所在的网格有{have:g}户；"
        "请放宽范围、给更多时间、解除固定，或允许列为例外（forgive）",
        f"no plan with every cell in {problem.low:g}-{problem.high:g} was found: the cell of block {name} has {have:g}; "
        "widen the band, give more time, free what is fixed, or let it be listed as outside (forgive)",
    )
    raise BadProblem("households", said, int(rows[0]))


def finish(problem: Problem, land: Map, label: Any, held: list[str], seed: int, watch: Watch, done: int) -> Plan:
    """Return a division as a plan with its figures, codes and words."""
    used, codes, names = name_cells(problem, label, held)
    new = np.full(max(len(held), int(label.max()) + 1), -1, dtype=np.int64)
    new[used] = np.arange(len(used))
    cell = new[label]
    count = len(used)
    households = np.bincount(cell, problem.households, count)
    area = np.bincount(cell, problem.area, count)
    outline = np.bincount(cell, problem.perimeter, count)
    metres = good = 0.0
    if len(problem.pairs):
        a, b = cell[problem.pairs[:, 0]], cell[problem.pairs[:, 1]]
        cut = a != b
        np.subtract.at(outline, a[~cut], 2.0 * problem.border[~cut])
        metres = float(problem.border[cut].sum())
        good = float((problem.border * problem.street)[cut].sum())
    compact = 4.0 * np.pi * area / outline**2
    moved = 0.0
    if len(problem.before):
        was = problem.before
        rows = np.flatnonzero(was >= 0)
        away = [r for r in rows.tolist() if codes[cell[r]] != problem.before_codes[was[r]]]
        moved = float(problem.households[away].sum()) / max(1e-9, float(problem.households.sum()))
    objective = (
        problem.weigh_compact * (1.0 - float(compact.mean()))
        + (problem.weigh_street * (metres - good) + problem.weigh_length * metres) / problem.scale
        + problem.weigh_moved * moved
    )
    head = Head(
        engine="grids", version=VERSION, seed=seed, seconds=watch.seconds, iterations=done, objective=objective,
        bound=None, stopped=watch.reason or "done",
    )  # fmt: skip
    home = np.zeros(count, dtype=np.int64)
    home[cell] = problem.homes
    part = np.zeros(count, dtype=np.int64)
    part[cell] = land.part
    outside = tuple(_outside(problem, land, households, part))
    plan = Plan(
        head=head, cell=cell, codes=codes, names=names, households=households, compact=compact, community=home,
        street_share=good / metres if metres else 1.0, border_metres=metres, moved=moved, outside=outside,
    )  # fmt: skip
    return _with_reasons(problem, plan)


def _outside(problem: Problem, land: Map, households: Any, part: Any) -> list[Outside]:
    slack = 1e-7 * max(1.0, problem.high)
    found = []
    for c in np.flatnonzero((households < problem.low - slack) | (households > problem.high + slack)).tolist():
        kind: Kind = land.excuse[int(part[c])] or "unfound"
        have = float(households[c])
        found.append(Outside(cell=c, kind=kind, households=have, said=outside_words(problem, kind, have)))
    return found


def _with_reasons(problem: Problem, plan: Plan) -> Plan:
    from dataclasses import replace

    return replace(plan, reasons=reasons(problem, plan))
