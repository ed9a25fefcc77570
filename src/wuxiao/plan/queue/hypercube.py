"""The exact hypercube: all 2^N states of busy and free, solved in place by compiled sweeps.

The balance of a state ``B`` of busy units is ``P(B) d(B) = sum_i P(B xor i) c(B, i)`` with ``c = rate of sending i from
B without i`` where i is busy in B and ``c = service rate of i`` where it is free; ``d`` is all that leaves. Sweeping up
and down through the states in the order of their numbers (a neighbour with fewer busy units always has a smaller one)
is symmetric Gauss-Seidel; after each pair of sweeps the mass of each level (number of busy units) is set by the
birth-death chain of the levels, which takes away the slow part of the error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wuxiao.plan.form import Watch
from wuxiao.plan.shared.compiled import compiled
from wuxiao.plan.store import Floats, Ints


@dataclass(frozen=True, slots=True)
class Solved:
    """Probabilities of all states without the line, sweeps done and the imbalance left (share of the calls' rate)."""

    chance: Floats
    sweeps: int
    residual: float


def solve_states(order: Ints, calls: Floats, rate: Floats, watch: Watch, tolerance: float = 1e-10) -> Solved:
    """Return the probabilities of the 2^N states of a system that loses calls when full.

    `order[group, N]`, `calls[group]` and `rate[N]` are per minute; with a waiting line the states below full keep their
    proportions and the full state carries the line as a geometric tail, so one solution serves both.
    """
    n = len(rate)
    inflow = np.empty((1 << n, n))
    _rates(order, calls, rate, inflow)
    chance = _start(n, float(calls.sum()), rate)
    leaves = np.empty(1 << n)
    _leaving(float(calls.sum()), rate, leaves)
    sweeps, residual = 0, np.inf
    while True:
        residual = float(_sweep_pair(chance, inflow, leaves)) / float(calls.sum())
        _levels(chance, rate, float(calls.sum()))
        sweeps += 2
        if residual < tolerance or watch(sweeps, None, None) or sweeps >= 2000:
            break
    chance /= chance.sum()
    return Solved(chance, sweeps, float(_imbalance(chance, inflow, leaves)) / float(calls.sum()))


def busy_together(chance: Floats) -> Floats:
    """Return for each set of units the probability that all of it is busy (sums over supersets, N 2^N steps)."""
    total = chance.copy()
    _supersets(total)
    return total


@compiled
def _rates(order: Ints, calls: Floats, rate: Floats, inflow: Floats) -> None:
    # Depth-first over "unit d busy or not", carrying for each group its first unit that is not busy in linked lists;
    # only the groups of the unit that turns busy move, so a state costs groups/N steps instead of groups.
    groups, n = order.shape
    size = 1 << n
    for b in range(size):
        for i in range(n):
            inflow[b, i] = rate[i]
    head = np.full(n, -1, np.int64)
    nxt = np.full(groups, -1, np.int64)
    place = np.zeros(groups, np.int64)
    lam = np.zeros(n)
    busy = np.zeros(n, np.bool_)
    for g in range(groups):
        u = order[g, 0]
        nxt[g] = head[u]
        head[u] = g
        lam[u] += calls[g]
    room = groups * n + 1
    moved = np.empty(room, np.int64)
    old_next = np.empty(room, np.int64)
    old_lam = np.empty(room)
    old_place = np.empty(room, np.int64)
    mark = np.zeros(n + 1, np.int64)
    step = np.zeros(n + 1, np.int64)
    top, depth, state = 0, 0, 0
    while depth >= 0:
        if depth == n:
            for u in range(n):
                if not busy[u]:
                    inflow[state | (1 << u), u] = lam[u]
            depth -= 1
            continue
        if step[depth] == 0:
            step[depth] = 1
            step[depth + 1] = 0
            depth += 1
            continue
        if step[depth] == 1:
            step[depth] = 2
            busy[depth] = True
            state |= 1 << depth
            mark[depth] = top
            g = head[depth]
            while g >= 0:
                k = place[g]
                old_place[top] = k
                while k < n and busy[order[g, k]]:
                    k += 1
                following = nxt[g]
                moved[top] = g
                old_next[top] = following
                place[g] = k
                if k < n:
                    v = order[g, k]
                    old_lam[top] = lam[v]
                    lam[v] += calls[g]
                    nxt[g] = head[v]
                    head[v] = g
                top += 1
                g = following
            step[depth + 1] = 0
            depth += 1
            continue
        while top > mark[depth]:
            top -= 1
            g = moved[top]
            if place[g] < n:
                v = order[g, place[g]]
                lam[v] = old_lam[top]
                head[v] = nxt[g]
            nxt[g] = old_next[top]
            place[g] = old_place[top]
        busy[depth] = False
        state &= ~(1 << depth)
        depth -= 1


@compiled
def _leaving(total: float, rate: Floats, leaves: Floats) -> None:
    n = len(rate)
    size = 1 << n
    leaves[0] = 0.0
    for i in range(n):
        for b in range(1 << i):
            leaves[(1 << i) | b] = leaves[b] + rate[i]
    for b in range(size - 1):
        leaves[b] += total


@compiled
def _sweep_pair(chance: Floats, inflow: Floats, leaves: Floats) -> float:
    size, n = inflow.shape
    change = 0.0
    for b in range(size):
        s = 0.0
        for i in range(n):
            s += chance[b ^ (1 << i)] * inflow[b, i]
        chance[b] = s / leaves[b]
    for k in range(size):
        b = size - 1 - k
        s = 0.0
        for i in range(n):
            s += chance[b ^ (1 << i)] * inflow[b, i]
        change += abs(s - chance[b] * leaves[b])
        chance[b] = s / leaves[b]
    return change


@compiled
def _imbalance(chance: Floats, inflow: Floats, leaves: Floats) -> float:
    size, n = inflow.shape
    worst = 0.0
    for b in range(size):
        s = 0.0
        for i in range(n):
            s += chance[b ^ (1 << i)] * inflow[b, i]
        worst += abs(s - chance[b] * leaves[b])
    return worst


@compiled
def _levels(chance: Floats, rate: Floats, total: float) -> None:
    n = len(rate)
    size = 1 << n
    mass = np.zeros(n + 1)
    out = np.zeros(n + 1)
    count = np.zeros(size, np.int8)
    done = np.zeros(size)
    for i in range(n):
        for b in range(1 << i):
            count[(1 << i) | b] = count[b] + 1
            done[(1 << i) | b] = done[b] + rate[i]
    for b in range(size):
        mass[count[b]] += chance[b]
        out[count[b]] += chance[b] * done[b]
    want = np.zeros(n + 1)
    want[0] = 1.0
    whole = 1.0
    for k in range(1, n + 1):
        want[k] = want[k - 1] * total / (out[k] / mass[k])
        whole += want[k]
    for k in range(n + 1):
        want[k] = want[k] / whole / mass[k]
    for b in range(size):
        chance[b] *= want[count[b]]


@compiled
def _supersets(total: Floats) -> None:
    size = len(total)
    bit = 1
    while bit < size:
        for b in range(size):
            if b & bit == 0:
                total[b] += total[b | bit]
        bit <<= 1


def _start(n: int, total: float, rate: Floats) -> Floats:
    # every state of a level alike, levels as in the line of equal servers
    mean = float(rate.mean())
    level = np.cumprod(np.concatenate([[1.0], total / (mean * np.arange(1, n + 1))]))
    size = np.cumprod(np.concatenate([[1.0], (n - np.arange(n)) / np.arange(1, n + 1)]))
    each = level / size / level.sum()
    count = np.zeros(1, dtype=np.int8)
    for _ in range(n):
        count = np.concatenate([count, count + 1]).astype(np.int8)
    start: Floats = each[count]
    return start
