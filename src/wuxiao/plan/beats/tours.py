"""Compiled tours over a set of streets: nearest next street from a given or the nearest first one, then 2-opt.

A rural postman problem on an undirected street graph: asked streets in some order and direction, shortest ways between.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wuxiao.plan.grids.anneal import compiled


@compiled
def tour(asked: Any, one: Any, other: Any, apart: Any, base: int, first: int, order: Any, turned: Any) -> float:
    """Fill `order` (places in `asked`) and `turned` (walked from `other` to `one`); returns minutes between.

    `one` and `other` are the end crossings of every asked street as rows of `apart`, the minutes between crossings.
    """
    n = len(asked)
    if n == 0:
        return 0.0
    used = np.zeros(n, np.bool_)
    at = base
    for i in range(n):
        best = math.inf
        pick = -1
        flip = False
        if i == 0 and first >= 0:
            pick = first
            flip = apart[at, other[first]] < apart[at, one[first]]
        else:
            for j in range(n):
                if not used[j]:
                    if apart[at, one[j]] < best:
                        best = apart[at, one[j]]
                        pick = j
                        flip = False
                    if apart[at, other[j]] < best:
                        best = apart[at, other[j]]
                        pick = j
                        flip = True
        used[pick] = True
        order[i] = pick
        turned[i] = flip
        at = one[pick] if flip else other[pick]
    better = True
    rounds = 0
    while better and rounds < 30:
        better = False
        rounds += 1
        for i in range(n):
            before = base if i == 0 else (one[order[i - 1]] if turned[i - 1] else other[order[i - 1]])
            for j in range(i, n):
                after = base if j == n - 1 else (other[order[j + 1]] if turned[j + 1] else one[order[j + 1]])
                head = other[order[i]] if turned[i] else one[order[i]]
                tail = one[order[j]] if turned[j] else other[order[j]]
                gain = apart[before, head] + apart[tail, after] - apart[before, tail] - apart[head, after]
                if gain > 1e-9:
                    a = i
                    b = j
                    while a < b:
                        keep = order[a]
                        order[a] = order[b]
                        order[b] = keep
                        flag = turned[a]
                        turned[a] = not turned[b]
                        turned[b] = not flag
                        a += 1
                        b -= 1
                    if a == b:
                        turned[a] = not turned[a]
                    better = True
    total = 0.0
    at = base
    for i in range(n):
        j = order[i]
        total += apart[at, other[j] if turned[i] else one[j]]
        at = one[j] if turned[i] else other[j]
    return float(total + apart[at, base])
