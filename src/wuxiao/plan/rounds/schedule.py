"""The times of one round: earliest ends with breaks, kept as a schedule an officer can follow."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from wuxiao.plan.rounds.problem import Place, Problem, Rest, Round, Shift, Visit


class _State(NamedTuple):
    """The earliest way to be done so far with a number of breaks taken."""

    now: float
    arrived: float
    rests: tuple[Rest, ...]
    visits: tuple[Visit, ...]


def round_of(problem: Problem, shift: Shift, places: Sequence[Place]) -> Round | None:
    """Return the round that makes these visits in this order, or None where they cannot be made in time.

    The earliest end is found for each number of breaks taken, which is exact as being earlier never hurts; a break may
    come before or after any visit, or at the base. Then the start is put as late as the first visit's begin allows.
    """
    table = problem.minutes[shift.mode]
    rows = [shift.base, *(p.at for p in places), shift.base]
    legs = [float(table[a, b]) for a, b in pairwise(rows)]
    states: list[_State | None] = [_State(shift.start, shift.start, (), ()), *(None for _ in shift.breaks)]
    _rest(shift, states, 0)
    for i, place in enumerate(places):
        states = [_go(s, legs[i]) for s in states]
        _rest(shift, states, i)
        states = [_serve(s, place) for s in states]
        _rest(shift, states, i + 1)
    states = [_go(s, legs[-1]) for s in states]
    _rest(shift, states, len(places))
    last = states[-1]
    if last is None or last.now > shift.end + 1e-6:
        return None
    leave, visits = shift.start, last.visits
    if visits and not any(r.after == 0 for r in last.rests):
        leave = max(shift.start, visits[0].begin - legs[0])
        visits = (dataclasses.replace(visits[0], arrive=leave + legs[0]), *visits[1:])
    return Round(
        officer=shift.officer,
        day=shift.day,
        leave=leave,
        back=last.arrived,
        travel=math.fsum(legs),
        visits=visits,
        rests=last.rests,
    )


def _go(state: _State | None, minutes: float) -> _State | None:
    return None if state is None else state._replace(now=state.now + minutes, arrived=state.now + minutes)


def _rest(shift: Shift, states: list[_State | None], after: int) -> None:
    for j, one in enumerate(shift.breaks):
        state, next_ = states[j], states[j + 1]
        if state is None:
            continue
        begin = max(state.now, one.first)
        end = begin + one.minutes
        if begin <= one.last + 1e-9 and (next_ is None or end < next_.now):
            taken = Rest(after=after, begin=begin, end=end)
            states[j + 1] = state._replace(now=end, rests=(*state.rests, taken))


def _serve(state: _State | None, place: Place) -> _State | None:
    if state is None:
        return None
    begin = max(state.now, place.opens)
    if begin > place.closes + 1e-6:
        return None
    visit = Visit(place=place.id, arrive=state.arrived, begin=begin, end=begin + place.minutes)
    return state._replace(now=visit.end, visits=(*state.visits, visit))
