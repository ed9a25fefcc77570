"""What no way of standing by and of sending can beat that does not know the calls to come: a bound on late calls.

After Maxwell, Ni, Tong, Henderson, Hunter and Topaloglu (Operations Research 62, 2014). The next call's place does not
hang on what was before. So with i units idle it is answered in time with at most the chance `V(i)` that i units cover
it, stand they wherever they like; and how far the unit sent has to go is, in law, at least what `n` units standing at
their best would give. Units that are free sooner leave more idle: a line of n servers with these least times of
service, fed with the same calls, has at every moment no fewer idle ones than any policy, and
``late >= mean of 1 - V(idle)``. Cover is bounded by linear programmes, so the bound holds whatever they lose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.replay.problem import Problem
from wuxiao.plan.replay.run import draw_calls
from wuxiao.plan.shared.compiled import compiled
from wuxiao.plan.store import Floats, Ints

#: Steps from nothing to the longest way looked at, in which the least time on the way is measured.
STEPS = 6


@dataclass(frozen=True, slots=True)
class Bound:
    """`late`, the least share of late calls; `cover[i]`, the greatest chance of an answer in time with i units idle."""

    late: float
    cover: Floats


def least_late(problem: Problem, *, seed: int) -> Bound:
    """Return a bound on the share of late calls of every policy that sends an idle unit at once if there is one.

    Calls wait in the order of coming. Units answer from places of the problem (one under way counts as being at some
    place). For calls from a stream, one priority, one unit a call, no shifts, breaks or pre-emption; raises
    `BadProblem` naming what is beyond that.
    """
    stream = problem.stream
    if stream is None:
        raise BadProblem("calls", Said("须用stream给出呼叫", "calls must come from a stream"))
    for name, beyond in (
        ("late", len(problem.late) > 1), ("stream.needs", len(stream.needs) > 1), ("shifts", problem.shifts),
        ("breaks", problem.breaks), ("stream.off", stream.off.size), ("max_waiting", problem.max_waiting >= 0),
    ):  # fmt: skip
        if beyond:
            raise BadProblem(name, Said("界限的理论不含此项", "the theory of the bound does not reach so far"))
    n = len(problem.units)
    near = problem.minutes[np.unique(problem.hourly[:, problem.mode[0]])].min(axis=0)
    weight = stream.per_hour / stream.per_hour.sum()
    promise = float(problem.late[0]) - stream.delay
    cover = np.array([_covered(near, weight, i, promise) for i in range(n + 1)])
    # a call that finds nobody gets the first that is freed, who can be near enough like one that stands by
    cover[0] = cover[1]
    # in law no unit is sooner there than this: with n units at their best at most so many are within each radius
    radius = np.linspace(0.0, 2.0 * promise, STEPS + 1)
    within = np.array([_covered(near, weight, n, float(r)) for r in radius])
    late = []
    for r in range(problem.replications):
        calls = draw_calls(problem, seed, r)
        source = np.random.default_rng([seed, r, 2014])
        # a way that is not within radius[k] is longer than radius[k]
        way = np.concatenate([[0.0], radius])[np.searchsorted(within, source.random(len(calls.at)))]
        missed = 1.0 - cover[_idle(calls.at + calls.delay, way + calls.scene, n)]
        late.append(missed[calls.at >= problem.warm_up].mean())
    return Bound(late=float(np.mean(late)), cover=cover)


def _covered(near: Floats, weight: Floats, units: int, radius: float) -> float:
    """Return no less than the greatest share of calls that so many units cover within a radius."""
    m = len(weight)
    reach = sparse.csr_matrix((near <= radius + 1e-9).T.astype(np.float64))
    found = linprog(
        np.concatenate([np.zeros(m), -weight]),
        A_ub=sparse.vstack([
            sparse.hstack([-reach, sparse.eye(m)]),
            sparse.csr_matrix(np.concatenate([np.ones(m), np.zeros(m)])[None, :]),
        ]).tocsr(),
        b_ub=np.concatenate([np.zeros(m), [float(units)]]), bounds=(0.0, 1.0), method="highs",
    )  # fmt: skip
    return min(1.0, float(-found.fun) + 1e-9)


@compiled
def _idle(at: Floats, service: Floats, servers: int) -> Ints:
    """Return the number of idle servers each call finds; first come, first served."""
    free = np.zeros(servers)
    found = np.zeros(len(at), np.int64)
    for c in range(len(at)):
        first = 0
        for s in range(servers):
            found[c] += free[s] <= at[c]
            if free[s] < free[first]:
                first = s
        free[first] = max(free[first], at[c]) + service[c]
    return found
