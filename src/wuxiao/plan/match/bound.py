"""What no timetable can exceed: cases that have an option at all, then HiGHS on the whole problem where it fits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from wuxiao.plan.match.options import Options
from wuxiao.plan.store import Ints

#: Variables above which the whole model is not built.
FITS = 150_000
#: Nodes HiGHS may open where there is no limit of time.
NODES = 1_000


def simple(it: Options) -> float:
    """Return the weight of the cases that have an option and a room at all."""
    some = np.diff(it.begin) > 0
    return float(it.weight[some].sum())


def capacity(it: Options, seconds: float) -> float:
    """Return a bound from slots alone: what mediators and rooms could hear if every slot suited everyone."""
    n, mediators, rooms = len(it.length), len(it.most), it.room_free.shape[0]
    pairs = np.unique(np.repeat(np.arange(n), np.diff(it.begin)) * mediators + it.mediator)
    by, who = pairs // mediators, pairs % mediators
    at = np.repeat(np.arange(n), np.diff(it.room_begin))
    a, b = len(by), len(at)
    if not a or not b:
        return math.inf
    used = np.zeros((mediators, len(it.days)), bool)
    for length in np.unique(it.length):
        mine = it.length[np.repeat(np.arange(n), np.diff(it.begin))] == length
        for more in range(int(length)):
            used[it.mediator[mine], it.start[mine] + more] = True
    days = np.array([[used[m][it.days == d].any() for d in range(int(it.days[-1]) + 1)] for m in range(mediators)])
    ones = np.ones(a)
    blocks = [
        sp.csr_matrix((it.length[by].astype(float), (who, np.arange(a))), shape=(mediators, a + b)),
        sp.csr_matrix((ones, (who, np.arange(a))), shape=(mediators, a + b)),
        sp.csr_matrix((it.length[at].astype(float), (it.room, a + np.arange(b))), shape=(rooms, a + b)),
        sp.csr_matrix((ones, (by, np.arange(a))), shape=(n, a + b)),
        sp.csr_matrix((np.r_[ones, -np.ones(b)], (np.r_[by, at], np.arange(a + b))), shape=(n, a + b)),
    ]
    limits = (used.sum(axis=1), days.sum(axis=1) * it.most, it.room_free.sum(axis=1), np.ones(n), np.zeros(n))
    options: dict[str, Any] = {"time_limit": max(0.05, seconds)} if math.isfinite(seconds) else {}
    answer = milp(
        np.concatenate((-it.weight[by], np.zeros(b))),
        constraints=LinearConstraint(sp.vstack(blocks, format="csr"), -np.inf, np.concatenate(limits).astype(float)),
        bounds=Bounds(0.0, 1.0), options=options,
    )  # fmt: skip
    return -float(answer.fun) if answer.status == 0 else math.inf


def highs(
    it: Options, seconds: float, *, whole: bool, fixed: dict[int, tuple[int, int]]
) -> tuple[Ints | None, float, bool]:
    """Return a timetable or None, a bound on the weight heard and whether it is the best; `whole` False: relaxed.

    One variable for each option of a case and one for each room and start it could have; rows: each case once, nobody
    twice, the day's limit, each room once, and a case has as many rooms at a start as mediators.
    """
    n, slots = len(it.length), len(it.days)
    of = np.repeat(np.arange(n), np.diff(it.begin))
    room_case, room_of, room_start = _rooms(it)
    a, b = len(of), len(room_case)
    if a + b > FITS or a == 0:
        return None, math.inf, False
    blocks: list[Any] = []
    highs_: list[Any] = []

    def rows(row: Ints, column: Ints, value: Any, limit: Any) -> None:
        used, place = np.unique(row, return_inverse=True)
        blocks.append(sp.csr_matrix((value, (place.ravel(), column)), shape=(len(used), a + b)))
        highs_.append(limit[used] if isinstance(limit, np.ndarray) else np.full(len(used), float(limit)))

    rows(of, np.arange(a), np.ones(a), 1.0)
    option, slot = _spread(it.start, it.length[of])
    rows(it.mediator[option] * slots + slot, option, np.ones(len(option)), 1.0)
    width = int(it.days[-1]) + 1
    rows(it.mediator * width + it.days[it.start], np.arange(a), np.ones(a), np.repeat(it.most, width).astype(float))
    counts = np.diff(it.party_begin)[of[option]]
    who = np.repeat(np.arange(len(option)), counts)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(counts) - counts, counts)
    party = it.party[it.party_begin[of[option[who]]] + nth]
    shared = np.bincount(it.party, minlength=it.parties) > 1
    twice = shared[party]
    rows((party * slots + slot[who])[twice], option[who][twice], np.ones(int(twice.sum())), 1.0)
    choice, slot = _spread(room_start, it.length[room_case])
    rows(room_of[choice] * slots + slot, a + choice, np.ones(len(choice)), 1.0)
    rows(
        np.concatenate((of * slots + it.start, room_case * slots + room_start)),
        np.arange(a + b),
        np.concatenate((np.ones(a), -np.ones(b))),
        0.0,
    )
    lower = np.zeros(a + b)
    for case, (option_, r) in fixed.items():
        lower[option_] = 1.0
        mine = (room_case == case) & (room_of == r) & (room_start == it.start[option_])
        lower[a + np.flatnonzero(mine)] = 1.0
    options: dict[str, Any] = {"mip_rel_gap": 0.0}
    options |= {"time_limit": max(0.05, seconds)} if math.isfinite(seconds) else {"node_limit": NODES}
    answer = milp(
        np.concatenate((-it.weight[of], np.zeros(b))),
        constraints=LinearConstraint(sp.vstack(blocks, format="csr"), -np.inf, np.concatenate(highs_)),
        integrality=np.full(a + b, int(whole)), bounds=Bounds(lower, 1.0), options=options,
    )  # fmt: skip
    if not whole:
        return None, -float(answer.fun) if answer.status == 0 else math.inf, False
    limit = math.inf
    if answer.mip_dual_bound is not None and math.isfinite(answer.mip_dual_bound):
        limit = -float(answer.mip_dual_bound)
    if answer.x is None:
        return None, limit, False
    place = np.full((n, 2), -1)
    for k in np.flatnonzero(answer.x[:a] > 0.5).tolist():
        place[of[k], 0] = k
    for k in np.flatnonzero(answer.x[a:] > 0.5).tolist():
        c = room_case[k]
        if place[c, 0] >= 0 and it.start[place[c, 0]] == room_start[k]:
            place[c, 1] = room_of[k]
    place[(place < 0).any(axis=1)] = -1
    return place, limit, answer.status == 0


def _rooms(it: Options) -> tuple[Ints, Ints, Ints]:
    cases, rooms, starts = [], [], []
    for c in range(len(it.length)):
        for start in np.unique(it.start[it.begin[c] : it.begin[c + 1]]):
            for r in it.room[it.room_begin[c] : it.room_begin[c + 1]]:
                if it.room_free[r, start : start + it.length[c]].all():
                    cases.append(c)
                    rooms.append(r)
                    starts.append(start)
    return np.array(cases, np.int64), np.array(rooms, np.int64), np.array(starts, np.int64)


def _spread(start: Ints, length: Ints) -> tuple[Ints, Ints]:
    """Return each row once for every slot it lasts, and the slot."""
    row = np.repeat(np.arange(len(start)), length)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    return row, start[row] + nth
