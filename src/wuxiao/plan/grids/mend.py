"""Bring the last cells into the band: anneal growing rings around them, with a cell more or fewer where that helps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from wuxiao.plan.grids.start import halve_largest, join_smallest
from wuxiao.plan.grids.state import State

#: What being outside the band costs while mending: far above every gain of shape.
STERN = 40.0


def mend(state: State, ended: Callable[[], bool], rounds: int = 6) -> bool:
    """Return whether every cell that can be in the band is; changes only what lies around cells that are not."""
    least, idle = np.inf, 0
    for wave in range(rounds):
        bad = state.off_band()
        if not len(bad):
            return True
        far = _off(state, bad.tolist())
        idle = 0 if far < least - 1e-9 else idle + 1
        least = min(least, far)
        if idle >= 3:
            return False
        near = state.neighbours()
        for cell in bad.tolist():
            if ended():
                return not len(state.off_band())
            if state.cell[3, cell] > 0.5 and _off(state, [cell]) > 0:
                _around(state, cell, near, wave, ended)
                near = state.neighbours()
    return not len(state.off_band())


def _off(state: State, cells: list[int]) -> float:
    h = state.cell[0, cells][state.cell[3, cells] > 0.5]
    slack = 1e-7 * max(1.0, state.problem.high)
    off = np.maximum(0.0, np.maximum(state.problem.low - h, h - state.problem.high))
    return float(off[off > slack].sum())


def _around(state: State, cell: int, near: dict[int, list[int]], wave: int, ended: Callable[[], bool]) -> None:
    p = state.problem
    part = int(state.land.part[np.flatnonzero(state.label == cell)[0]])
    ring = [cell]
    known = {cell}
    for width in range(1, 4 + 2 * wave):
        if ended():
            return
        ring = sorted({c for r in ring for c in near.get(r, []) if c not in known and not state.sealed[c]})
        known |= set(ring)
        cells = sorted(known)
        total = float(state.cell[0, cells].sum())
        spare = min(len(cells) * p.high - total, total - len(cells) * p.low)
        if spare >= 0 and width > wave // 2:
            if _settle(state, cells, wave):
                return
        elif not ring or width > 2:
            more = math.ceil(total / p.high - 1e-9) > len(cells)
            if _change_count(state, cells, part, more) and _settle(state, sorted(known), wave):
                return
            cells = sorted(set(state.label[np.isin(state.label, cells)].tolist()))
        if not ring:
            break
    if not ended():
        _change_and_settle(state, sorted(known), part, wave)


def _settle(state: State, cells: list[int], wave: int) -> bool:
    """Anneal these cells alone; keeps the result only where it is nearer to the band."""
    old_label, old_cell, old_moved = state.label.copy(), state.cell.copy(), state.moved.copy()
    before = _off(state, cells)
    inside = np.isin(state.label, cells)
    free = np.flatnonzero(inside & ~state.lock)
    frozen = np.ones(state.slots, dtype=np.bool_)
    frozen[cells] = False
    frozen |= state.sealed
    steps = min(400_000, 300 * 3**wave * max(1, len(free)))
    state.anneal(free, 0.6 + 0.4 * wave, 0.005, steps, STERN, frozen)
    after = _off(state, cells)
    if after > 0.0 and after >= before:
        state.label[:], state.cell[:], state.moved[:] = old_label, old_cell, old_moved
    return after <= 0.0


def _change_count(state: State, cells: list[int], part: int, more: bool) -> bool:
    """Halve a cell or join two among these, where the part's count allows it; `cells` is kept up to date."""
    have = len(np.unique(state.label[state.land.rows[part]]))
    if more and have < state.land.most[part]:
        new = halve_largest(state, cells)
        if new >= 0:
            cells.append(new)
        return new >= 0
    if not more and have > state.land.least[part]:
        old = join_smallest(state, cells)
        if old >= 0:
            cells.remove(old)
        return old >= 0
    return False


def _change_and_settle(state: State, cells: list[int], part: int, wave: int) -> None:
    """Last of all, try one cell more and one fewer in the widest ring; keeps what is nearer to the band."""
    for more in (True, False):
        old: tuple[Any, Any, Any] = state.label.copy(), state.cell.copy(), state.moved.copy()
        was = _off(state, cells)
        mine = list(cells)
        if _change_count(state, mine, part, more):
            if _settle(state, mine, wave):
                return
            if _off(state, mine) < was:
                return
        state.label[:], state.cell[:], state.moved[:] = old
