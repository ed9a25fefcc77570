"""What each case could have: mediators and starts, rooms; as flat arrays for the search and the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wuxiao.plan.match.problem import Case, Problem
from wuxiao.plan.store import Bools, Floats, Ints


@dataclass(slots=True)
class Options:
    """Options of case c are ``begin[c]:begin[c+1]`` of `mediator` and `start`, earliest first."""

    begin: Ints
    mediator: Ints
    start: Ints
    room_begin: Ints
    room: Ints
    party_begin: Ints
    party: Ints
    length: Ints
    weight: Floats
    room_free: Bools
    days: Ints
    most: Ints
    parties: int


def options(problem: Problem) -> Options:
    """Return all that the rules about single meetings leave."""
    slots = len(problem.days)
    _, days = np.unique(problem.days, return_inverse=True)
    party_at = {party.name: k for k, party in enumerate(problem.parties)}
    party_free = _free([party.slots for party in problem.parties], slots)
    mediator_free = _free([mediator.slots for mediator in problem.mediators], slots)
    room_free = _free([room.slots for room in problem.rooms], slots)
    lengths = sorted({case.length for case in problem.cases})
    runs = {length: _runs(mediator_free, days, length) for length in lengths}
    room_runs = {length: _runs(room_free, days, length) for length in lengths}
    begin, room_begin, party_begin = [0], [0], [0]
    mediators: list[Ints] = []
    starts: list[Ints] = []
    rooms: list[int] = []
    parties: list[int] = []
    languages = {party.name: party.languages for party in problem.parties}
    for case in problem.cases:
        mine = [party_at[name] for name in case.parties]
        able = _able(problem, case, languages)
        fits = [k for k, room in enumerate(problem.rooms) if room.seats >= case.seats and case.needs <= room.offers]
        together: Bools = np.asarray(party_free[mine].all(axis=0, keepdims=True), bool)
        when = _runs(together, days, case.length)[0]
        when &= room_runs[case.length][fits].any(axis=0)
        when[: case.first] = False
        if case.last is not None:
            when[max(0, case.last - case.length + 2) :] = False
        at, who = np.nonzero((runs[case.length][able] & when[None, :]).T)
        mediators.append(able[who])
        starts.append(at)
        rooms += fits
        parties += mine
        begin.append(begin[-1] + len(at))
        room_begin.append(len(rooms))
        party_begin.append(len(parties))
    return Options(
        begin=np.array(begin, np.int64),
        mediator=np.concatenate(mediators).astype(np.int64),
        start=np.concatenate(starts).astype(np.int64),
        room_begin=np.array(room_begin, np.int64),
        room=np.array(rooms, np.int64),
        party_begin=np.array(party_begin, np.int64),
        party=np.array(parties, np.int64),
        length=np.array([case.length for case in problem.cases], np.int64),
        weight=np.array([case.weight for case in problem.cases]),
        room_free=room_free,
        days=days.ravel().astype(np.int64),
        most=np.array([mediator.most_a_day for mediator in problem.mediators], np.int64),
        parties=len(problem.parties),
    )


def part(it: Options, cases: Ints) -> Options:
    """Return the options of some cases alone, all resources kept."""

    def cut(begin: Ints) -> tuple[Ints, Ints]:
        sizes = np.diff(begin)[cases]
        start = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        at = np.arange(int(start[-1])) - np.repeat(start[:-1], sizes) + np.repeat(begin[cases], sizes)
        return start, at

    begin, at = cut(it.begin)
    room_begin, rooms = cut(it.room_begin)
    party_begin, parties = cut(it.party_begin)
    return Options(
        begin=begin,
        mediator=it.mediator[at],
        start=it.start[at],
        room_begin=room_begin,
        room=it.room[rooms],
        party_begin=party_begin,
        party=it.party[parties],
        length=it.length[cases],
        weight=it.weight[cases],
        room_free=it.room_free,
        days=it.days,
        most=it.most,
        parties=it.parties,
    )


def rivals(it: Options, left: Ints) -> Ints:
    """Return the cases with options, the likeliest reason that `left` are left over first.

    Those left, then cases that share a party with them, then cases that want a mediator in a slot they want, the ones
    with the fewest options first.
    """
    n, slots = len(it.length), len(it.days)
    count = np.diff(it.begin)
    of = np.repeat(np.arange(n), count)
    key = it.mediator * slots + it.start
    wanted = np.isin(key, key[np.isin(of, left)])
    shares = np.bincount(of, wanted, minlength=n) / np.maximum(1, count)
    party_of = np.repeat(np.arange(n), np.diff(it.party_begin))
    close = np.isin(np.arange(n), party_of[np.isin(it.party, it.party[np.isin(party_of, left)])])
    order = np.lexsort((count, -shares, ~close, ~np.isin(np.arange(n), left)))
    return order[count[order] > 0].astype(np.int64)


def _free(sets: list[frozenset[int]], slots: int) -> Bools:
    free = np.ones((len(sets), slots), bool)
    for k, some in enumerate(sets):
        if some:
            free[k] = False
            free[k, sorted(some)] = True
    return free


def _runs(free: Bools, days: Ints, length: int) -> Bools:
    """Return where so many free slots of one day begin."""
    slots = free.shape[1]
    runs = np.zeros_like(free)
    if length > slots:
        return runs
    ok = np.lib.stride_tricks.sliding_window_view(free, length, axis=1).all(axis=2)
    one_day = days[: slots - length + 1] == days[length - 1 :]
    runs[:, : slots - length + 1] = ok & one_day[None, :]
    return runs


def _able(problem: Problem, case: Case, languages: dict[str, frozenset[str]]) -> Ints:
    spoken = [languages[name] for name in case.parties if languages[name]]
    able = [
        k
        for k, mediator in enumerate(problem.mediators)
        if case.skills <= mediator.skills
        and mediator.name not in case.barred
        and all(some & mediator.languages for some in spoken)
    ]
    return np.array(able, np.int64)
