"""The whole search: begin, anneal over the map, mend what is outside the band; on small maps choose and prove."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Head, Progress, Said, Stop, Watch
from wuxiao.plan.grids import anneal
from wuxiao.plan.grids.choice import choose, list_cells
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
#: No annealing is shorter than this: on small maps it costs nothing.
SMALL = 150_000
HOT, WARM, COLD = 0.2, 0.05, 0.02
PENALTY = 6.0
#: Blocks in a cell up to which these temperatures are right.
FIT = 20.0


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
    _compile()
    watch = Watch(seconds, stop, progress)
    land = survey(problem)
    state, codes = begin(problem, land, seed, warm)
    started = warm is not None or bool(len(problem.before))
    # Choosing takes about a second for a hundred blocks: where there is less time, the search has all of it.
    listed = list_cells(state) if watch.limit >= len(state.label) / 100.0 else None
    steps = _search(state, watch, seed, started, listed is not None)
    whole = mend(state, lambda: watch.left <= 0.0 and math.isfinite(watch.limit))
    if problem.moved_share < 1.0 and (state.moved[0] > state.most_moved + 1e-6 or not whole):
        share = problem.moved_share
        said = Said(
            f"只调整{share:.1%}的住户，没有找到每格都在范围内的划法；请放宽调整限度",
            f"moving {share:.1%} of households, no plan with every cell in the band was found; raise the limit",
        )
        raise BadProblem("moved_share", said)
    if not whole and not problem.forgive:
        _refuse(problem, state)
    open_ = None
    if listed is not None and whole and watch.reason != "cancelled":
        bound = choose(state, listed, watch)
        if len(np.unique(state.label)) == sum(land.wanted):
            open_ = (state.value() - bound) / state.cells
    return finish(problem, land, state.label, codes, seed, watch, steps, open_)


@cache
def _compile() -> None:
    """Have the machine code ready before the clock runs: made once on first use, then read from disk."""
    side = np.arange(4.0)
    pairs = np.array([[0, 1], [1, 2], [2, 3]])
    toy = Problem(
        blocks=("a", "b", "c", "d"), households=np.ones(4), area=np.ones(4), perimeter=np.full(4, 4.0), pairs=pairs,
        border=np.ones(3), street=np.zeros(3), place=np.column_stack([side, side]), low=1.0, high=3.0,
    )  # fmt: skip
    state = State(toy, survey(toy), np.array([0, 0, 1, 1]), 3, 1)
    state.anneal(np.arange(4), 0.1, 0.05, 4, 1.0)
    state.resplit(0, 1, 1, 0.1, 1.0)
    listed = list_cells(state)
    if listed is not None:
        choose(state, listed, Watch(math.inf))


def _search(state: State, watch: Watch, seed: int, started: bool, listed: bool) -> int:
    """Anneal until the time is used or nothing more is gained; leaves the best division in the state.

    Where all possible cells are `listed` most of the time is left for choosing among them.
    """
    free = np.flatnonzero(~state.lock)
    if len(free) < 2 or sum(state.land.wanted) < 2:
        watch(0)
        return 0
    p = state.problem
    # One block changes the shape of a large cell the less: the heat that fits 20 blocks would melt it.
    scale = max(1e-6, p.weigh_compact + p.weigh_street + p.weigh_length) / 1.25
    warmth, pen = scale * min(1.0, FIT * sum(state.land.wanted) / len(free)), PENALTY * scale
    steps = max(len(free) * THOROUGH, SMALL)
    small = steps <= SMALL
    patience = 2 if listed else 40 if small else 6
    reserve = 0.7 if listed else 0.1
    done, stale, round_ = 0, 0, 0
    keep: tuple[tuple[int, int, float], Any] | None = None
    while True:
        # The first annealing is hot unless an earlier plan is the start; later ones warm the best up.
        heat = (WARM if started else HOT) if round_ == 0 else (WARM, HOT, 2.0 * WARM)[round_ % 3]
        share = 0.1 if small or listed else 0.92
        if small and not started and round_ % 3 == 1 and not state.lock.any():
            state.label[:] = begin(p, state.land, seed + round_, None)[0].label
            state.count()
        elif small and round_:
            _shake(state, 0.3 * scale, pen)
        done = _one_annealing(state, watch, free, heat * warmth, COLD * warmth, pen, done, steps, share)
        mend(state, lambda: watch.left <= 0.0 and math.isfinite(watch.limit), 2)
        state.count()
        over = bool(state.moved[0] > state.most_moved + 1e-6)
        value = (int(over), len(state.off_band()), state.value())
        if keep is None or value < keep[0]:
            gained = keep is None or value[:2] < keep[0][:2] or value[2] < keep[0][2] * (1.0 - 1e-3)
            stale = 0 if gained else stale + 1
            keep = (value, state.label.copy())
        else:
            stale += 1
            state.label[:] = keep[1]
            state.count()
        round_ += 1
        if watch.reason or stale >= patience or (watch.left < reserve * watch.limit and math.isfinite(watch.limit)):
            break
    state.label[:] = keep[1]
    state.count()
    return done


def _shake(state: State, heat: float, pen: float) -> None:
    """Divide random pairs of neighbouring cells anew by trees: ways that single blocks cannot go on a small map."""
    near = state.neighbours()
    pairs = [(a, b) for a, others in sorted(near.items()) for b in others if a < b and not state.sealed[[a, b]].any()]
    for _ in range(len(pairs) // 2):
        a, b = pairs[int(anneal.below(state.random, len(pairs)))]
        state.resplit(a, b, 3, heat, pen)


def _one_annealing(
    state: State, watch: Watch, free: Any, hot: float, cold: float, pen: float, done: int, steps: int, share: float
) -> int:
    """Cool once from `hot`; the pace follows the clock where time is what is limited, else the number of proposals."""
    timed = math.isfinite(watch.limit)
    began, allowed = watch.seconds, watch.left * share - 0.02 * watch.limit if timed else math.inf
    gone, spent = 0.0, 0
    chunk = min(CHUNK, max(2000, steps // 50))
    while gone < 1.0 and not watch.reason:
        upto = gone + chunk / steps
        if timed and spent:
            by_clock = (watch.seconds - began) / max(1e-9, allowed)
            upto = max(upto, by_clock + by_clock * chunk / spent)
        upto = min(1.0, upto)
        state.anneal(free, hot * (cold / hot) ** gone, hot * (cold / hot) ** upto, chunk, pen)
        spent += chunk
        done += chunk
        gone = upto
        watch(done)
    state.anneal(free, cold / 2.0, cold / 50.0, min(steps // 10 + 1, 20 * len(free) + 1000), pen)
    return done


def _refuse(problem: Problem, state: State) -> None:
    cell = int(state.off_band()[0])
    rows = np.flatnonzero(state.label == cell)
    name, have = problem.blocks[int(rows[0])], float(state.cell[0, cell])
    said = Said(
        f"没有找到每格都在{problem.low:g}–{problem.high:g}户内的划法：地块{name}所在的网格有{have:g}户；"
        "请放宽范围、给更多时间、解除固定，或允许列为例外（forgive）",
        f"no plan with every cell in {problem.low:g}-{problem.high:g} was found: that of block {name} has {have:g}; "
        "widen the band, give more time, free what is fixed, or let it be listed as outside (forgive)",
    )
    raise BadProblem("households", said, int(rows[0]))


def finish(
    problem: Problem, land: Map, label: Any, held: list[str], seed: int, watch: Watch, done: int, open_: float | None
) -> Plan:
    """Return a division as a plan with its figures, codes, words; `open_` is how much better it may be, where known."""
    used, codes, names = name_cells(problem, label, held)
    new = np.full(max(len(held), int(label.max()) + 1), -1, dtype=np.int64)
    new[used] = np.arange(len(used))
    cell = new[label]
    count = len(used)
    households = np.bincount(cell, problem.households, count).astype(np.float64)
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
        bound=None if open_ is None else objective if open_ < 1e-7 else objective - open_,
        stopped="proved" if open_ is not None and open_ < 1e-7 else watch.reason or "done",
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
