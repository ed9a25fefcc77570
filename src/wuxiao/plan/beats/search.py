"""The whole search: fields by the engine `grids` with work for households, then rounds field by field."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from wuxiao.plan import grids
from wuxiao.plan.beats.problem import ASKED, RANDOM, VERSION, Plan, Problem
from wuxiao.plan.beats.rounds import Beat, Streets, as_round
from wuxiao.plan.beats.unforeseen import figures
from wuxiao.plan.beats.words import reasons
from wuxiao.plan.form import BadProblem, Head, Progress, Said, Stop, Watch, after_iterations

#: Proposals for the fields, and proposals of moved visits per visit after which the rounds are left as they are.
FIELD_STEPS = 400_000
PER_VISIT = 40


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
    """Make fields and rounds that keep every rule, walk few minutes besides those owed, and cannot be foretold.

    `warm` is an earlier plan whose fields are kept. One iteration is one proposed move of a visit. Raises `BadProblem`
    where fields cannot be balanced or visits do not fit into the shifts.
    """
    _compile()
    watch = Watch(seconds, stop, progress)
    draw = np.random.default_rng(seed)
    unit_field = warm.unit_field if warm is not None else fields(problem, seed, max(0.5, 0.3 * min(seconds, 60.0)))
    net = Streets(problem)
    beats = []
    for number in range(problem.fields):
        mine = np.flatnonzero(unit_field[problem.street_unit] == number)
        if len(mine):
            beats.append(Beat(problem, net, number, mine, draw))
    done = 0
    most = PER_VISIT * sum(len(beat.visits) for beat in beats)
    while done < most:
        for beat in beats:
            beat.improve()
        done += len(beats)
        if watch(done, sum(float(beat.cost.sum()) for beat in beats)):
            break
    return _finish(problem, unit_field, beats, net, seed, watch, done)


@cache
def _compile() -> None:
    """Have the machine code ready before the clock runs: made once on first use, then read from disk."""
    from wuxiao.plan.beats import tours

    one, flags = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.bool_)
    tours.tour(one, one, one, np.zeros((1, 1)), 0, -1, one.copy(), flags)


def fields(problem: Problem, seed: int, seconds: float) -> Any:
    """Return the field of every unit: connected, compact, work balanced, few changes from before."""
    if problem.fields == 1:
        return np.zeros(len(problem.units), dtype=np.int64)
    codes = tuple(str(k) for k in range(problem.fields))
    # Nearer to even than asked for, where that can be had.
    for part in (0.25, 0.5, 1.0):
        asked = _as_grids(problem, problem.tolerance * part, codes)
        try:
            made = grids.solve(asked, seconds=seconds * 20.0, seed=seed, stop=after_iterations(FIELD_STEPS))
            break
        except BadProblem as error:
            if part == 1.0:
                where = {"households": "work", "low": "tolerance", "cells": "tolerance", "blocks": "units"}
                raise BadProblem(where.get(error.where, error.where), error.said, error.row) from error
    if made.outside:
        raise BadProblem(
            "tolerance", Said("有单元单独就超过一个责任区的工作量", "one unit alone has more work than a field may")
        )
    if not len(problem.before):
        return made.cell
    number = {code: k for k, code in enumerate(codes)}
    spare = [k for k in range(problem.fields) if codes[k] not in made.codes]
    given = [number[code] if code in number else spare.pop() for code in made.codes]
    return np.array(given)[made.cell]


def _as_grids(problem: Problem, tolerance: float, codes: tuple[str, ...]) -> grids.Problem:
    mean = float(problem.work.sum()) / problem.fields
    return grids.Problem(
        blocks=problem.units, households=problem.work, area=problem.area, perimeter=problem.perimeter,
        pairs=problem.pairs, border=problem.border, street=np.zeros(len(problem.pairs)), place=problem.place,
        low=mean * (1.0 - min(tolerance, 0.999)), high=mean * (1.0 + tolerance), target=mean,
        cells=problem.fields, before=problem.before, before_codes=codes if len(problem.before) else (),
        moved_share=problem.moved_share, weigh_street=0.0, weigh_moved=0.25,
    )  # fmt: skip


def _finish(
    problem: Problem, unit_field: Any, beats: list[Beat], net: Streets, seed: int, watch: Watch, done: int
) -> Plan:
    written: list[Any] = [[beat, *parts] for beat in beats for parts in beat.write()]
    _detours(problem, written, beats)
    rounds = tuple(as_round(beat, slot, steps, kinds) for beat, slot, steps, kinds in written)
    minutes = net.minutes
    walked = asked = lot = 0.0
    for r in rounds:
        walked += float(minutes[r.steps].sum())
        asked += float(minutes[r.steps[r.kind == ASKED]].sum())
        lot += float(minutes[r.steps[r.kind == RANDOM]].sum())
    bases = np.full(problem.fields, int(problem.ends[0, 0]), dtype=np.int64)
    for beat in beats:
        bases[beat.number] = int(net.crossings[beat.nodes[beat.base]])
    moved = 0.0
    if len(problem.before):
        moved = float(problem.work[unit_field != problem.before].sum() / problem.work.sum())
    entropy, foretold, chance, spread = figures(problem, rounds)
    head = Head(
        engine="beats", version=VERSION, seed=seed, seconds=watch.seconds, iterations=done, objective=walked - lot,
        bound=sum(beat.owed for beat in beats), stopped=watch.reason or "done",
    )  # fmt: skip
    made: dict[str, Any] = {
        "head": head, "unit_field": unit_field, "bases": bases, "rounds": rounds, "moved": moved,
        "work": np.bincount(unit_field, problem.work, problem.fields), "asked_minutes": asked, "walked_minutes": walked,
        "random_share": lot / walked if walked else 0.0, "entropy": entropy, "foretold": foretold, "chance": chance,
        "gap_spread": spread,
    }  # fmt: skip
    return Plan(**made, reasons=reasons(problem, Plan(**made)))


def _detours(problem: Problem, written: list[Any], beats: list[Beat]) -> None:
    """Walk by lot until the middle of the share asked for is reached; rounds take turns in a drawn order."""
    if problem.random_high <= 0.0 or not written:
        return
    minutes = beats[0].net.minutes
    planned = sum(float(minutes[steps].sum()) for _, _, steps, _ in written)
    middle = (problem.random_low + problem.random_high) / 2.0
    wanted, most = planned * middle / (1.0 - middle), planned * problem.random_high / (1.0 - problem.random_high)
    have, draw = 0.0, beats[0].draw
    for _ in range(200):
        for i in draw.permutation(len(written)).tolist():
            beat, _, steps, kinds = written[i]
            spare = problem.minutes - float(minutes[steps].sum())
            have += beat.detour(steps, kinds, min(spare, most - have))
            if have >= wanted:
                return
    if have < planned * problem.random_low / (1.0 - problem.random_low):
        said = Said(
            "班次太满或街段太长，随机巡逻达不到下限；请增加班次或降低频次",
            "shifts are too full or streets too long to reach the least share by lot: add shifts or ask for less",
        )
        raise BadProblem("random_low", said)
