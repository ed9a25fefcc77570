"""Where the search begins: METIS, an earlier plan, a person's decisions; made whole and brought to the right count."""

from __future__ import annotations

import warnings
from collections import deque
from typing import Any

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.grids.parts import Map
from wuxiao.plan.grids.problem import Plan, Problem
from wuxiao.plan.grids.state import State


def begin(problem: Problem, land: Map, seed: int, warm: Plan | None) -> tuple[State, list[str]]:
    """Return a division whose cells are whole and as many as wanted, and the code that every slot stands for ("")."""
    n = len(problem.blocks)
    codes: list[str] = list(problem.before_codes) if len(problem.before) else []
    label = np.full(n, -1, dtype=np.int64)
    if warm is not None and len(warm.cell) == n:
        slot = {code: i for i, code in enumerate(codes)}
        for code in warm.codes:
            if code not in slot:
                slot[code] = len(codes)
                codes.append(code if len(problem.before) else "")
        label = np.array([slot[code] for code in warm.codes])[warm.cell]
    elif len(problem.before):
        label = problem.before.copy()
    slot = {code: i for i, code in enumerate(codes) if code}
    for row, code in enumerate(problem.fixed):
        if code:
            if code not in slot:
                slot[code] = len(codes)
                codes.append(code)
            label[row] = slot[code]
    lock = np.array([bool(code) for code in problem.fixed] or [False] * n)
    for k, rows in enumerate(land.rows):
        if (label[rows] < 0).all():
            label[rows] = _metis(problem, land, rows, land.wanted[k], seed) + len(codes)
            codes += [""] * land.wanted[k]
        elif warm is None and (label[rows] < 0)[~lock[rows]].all():
            # Only hands have decided here: each decided cell takes the place of the METIS cell its first block fell in.
            drawn = _metis(problem, land, rows, land.wanted[k], seed)
            taken: dict[int, int] = {}
            for place in np.flatnonzero(lock[rows]).tolist():
                taken.setdefault(int(drawn[place]), int(label[rows[place]]))
            number = np.arange(land.wanted[k]) + len(codes)
            for old, new in taken.items():
                number[old] = new
            codes += [""] * land.wanted[k]
            label[rows] = np.where(lock[rows], label[rows], number[drawn])
    label = _one_home(label, land, codes, lock)
    for row in range(n):
        if lock[row] and codes[label[row]] != problem.fixed[row]:
            name = problem.blocks[row]
            said = Said(
                f"地块{name}与同格的固定地块不相连", f"block {name} cannot be joined to the blocks fixed with it"
            )
            raise BadProblem("fixed", said, row)
    sealed_at = {slot[code] for code in problem.sealed}
    _join_fixed(problem, land, label, lock)
    _make_whole(problem, land, label, lock, sealed_at)
    state = State(problem, land, label, len(codes) + sum(land.wanted) + 1, seed)
    codes += [""] * (state.slots - len(codes))
    state.sealed[list(sealed_at)] = True
    if len(problem.before):
        state.before[:] = problem.before
        state.count()
    _right_count(state)
    state.count()
    return state, codes


def _metis(problem: Problem, land: Map, rows: Any, cells: int, seed: int) -> Any:
    """Divide one part by METIS (Karypis, Kumar 1998): households even, plain borders dear to cut."""
    if cells == 1:
        return np.zeros(len(rows), dtype=np.int64)
    import pymetis

    place = np.full(len(problem.blocks), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    spans = [np.arange(land.xadj[v], land.xadj[v + 1]) for v in rows]
    edges = np.concatenate(spans)
    xadj = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(s) for s in spans], out=xadj[1:])
    mean = float(land.length[edges].mean())
    weight = np.maximum(1, np.rint(land.length[edges] / mean * 10.0 * (1.0 + 7.0 * (1.0 - land.street[edges]))))
    load = np.rint(problem.households[rows] * (1e6 / max(1.0, float(problem.households[rows].sum())) + 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        graph = pymetis.CSRAdjacency(xadj, place[land.adj[edges]])
        _, found = pymetis.part_graph(
            cells, graph, vweights=load.astype(np.int64), eweights=weight.astype(np.int64), recursive=cells < 8,
            options=pymetis.Options(seed=seed % 2**31),
        )  # fmt: skip
    return np.array(found, dtype=np.int64)


def _one_home(label: Any, land: Map, codes: list[str], lock: Any) -> Any:
    """Give blocks a number that lies in one part only: where an earlier cell crosses parts, the larger keeps it."""
    label = label.copy()
    held = np.flatnonzero(label >= 0)
    key = label[held] * len(land.rows) + land.part[held]
    kinds, inverse, sizes = np.unique(key, return_inverse=True, return_counts=True)
    firm = np.bincount(inverse, lock[held])
    best: dict[int, tuple[float, int, int]] = {}
    for i, k in enumerate(kinds.tolist()):
        old = k // len(land.rows)
        best[old] = max(best.get(old, (-1.0, -1, -1)), (float(firm[i] > 0), int(sizes[i]), i))
    for i, k in enumerate(kinds.tolist()):
        if best[k // len(land.rows)][2] != i:
            label[held[inverse == i]] = -1
    return label


def _join_fixed(problem: Problem, land: Map, label: Any, lock: Any) -> None:
    """Join the fixed blocks of a cell, where they are apart, by the shortest way through blocks that are free."""
    groups: dict[int, list[int]] = {}
    for row in np.flatnonzero(lock).tolist():
        groups.setdefault(int(label[row]), []).append(row)
    sealed = set(problem.sealed)
    for cell, rows in groups.items():
        reached = {rows[0]}
        missing = set(rows[1:])
        if problem.fixed[rows[0]] in sealed:
            continue
        while missing:
            came: dict[int, int] = dict.fromkeys(reached, -1)
            todo = deque(sorted(reached))
            met = -1
            while todo and met < 0:
                v = todo.popleft()
                for u in land.adj[land.xadj[v] : land.xadj[v + 1]].tolist():
                    if u not in came and (not lock[u] or label[u] == cell):
                        came[u] = v
                        todo.append(u)
                        if u in missing:
                            met = u
                            break
            if met < 0:
                row = min(missing)
                name = problem.blocks[row]
                said = Said(
                    f"地块{name}与同格的固定地块不相连", f"block {name} cannot be joined to the blocks fixed with it"
                )
                raise BadProblem("fixed", said, row)
            while met >= 0:
                label[met] = cell
                reached.add(met)
                missing.discard(met)
                met = came[met]


def _make_whole(problem: Problem, land: Map, label: Any, lock: Any, sealed: set[int]) -> None:
    """Keep of every cell its firmest, else most peopled piece; loose blocks go to the neighbour they border most."""
    n = len(label)
    piece = np.full(n, -1, dtype=np.int64)
    pieces: list[list[int]] = []
    for v in range(n):
        if piece[v] >= 0 or label[v] < 0:
            continue
        piece[v] = len(pieces)
        stack, mine = [v], [v]
        while stack:
            w = stack.pop()
            for u in land.adj[land.xadj[w] : land.xadj[w + 1]].tolist():
                if piece[u] < 0 and label[u] == label[v]:
                    piece[u] = len(pieces)
                    stack.append(u)
                    mine.append(u)
        pieces.append(mine)
    best: dict[int, tuple[float, float, int]] = {}
    for i, mine in enumerate(pieces):
        rank = (float(lock[mine].any()), float(problem.households[mine].sum()), -i)
        cell = int(label[mine[0]])
        best[cell] = max(best.get(cell, (-1.0, -1.0, -1)), rank)
    for i, mine in enumerate(pieces):
        if -best[int(label[mine[0]])][2] != i:
            label[mine] = -1
    todo = deque(np.flatnonzero(label < 0).tolist())
    idle = 0
    while todo and idle <= len(todo):
        v = todo.popleft()
        span = slice(land.xadj[v], land.xadj[v + 1])
        shares: dict[int, float] = {}
        for u, metres in zip(land.adj[span].tolist(), land.length[span].tolist(), strict=True):
            if label[u] >= 0 and label[u] not in sealed:
                shares[int(label[u])] = shares.get(int(label[u]), 0.0) + metres
        if shares:
            label[v] = max(shares, key=lambda c: (shares[c], -c))
            idle = 0
        else:
            todo.append(v)
            idle += 1
    if todo:
        row = todo[0]
        name = problem.blocks[row]
        said = Said(f"地块{name}被封定的网格围死", f"block {name} is shut in by sealed cells")
        raise BadProblem("sealed", said, int(row))


def _right_count(state: State) -> None:
    """Join the smallest cells or halve the largest until every part has a number of cells it can have."""
    land = state.land
    home = state.home()
    mine: dict[int, list[int]] = {}
    for cell in np.flatnonzero(home >= 0).tolist():
        mine.setdefault(int(home[cell]), []).append(cell)
    for k, cells in mine.items():
        low, high = land.least[k], land.most[k]
        if low <= len(cells) <= high:
            continue
        while len(cells) > high:
            cell = join_smallest(state, cells)
            if cell < 0:
                break
            cells.remove(cell)
        while len(cells) < low:
            cell = halve_largest(state, cells)
            if cell < 0:
                break
            cells.append(cell)


def join_smallest(state: State, cells: list[int]) -> int:
    """Join the least peopled cell that may be joined to its least peopled neighbour; returns the number it gives up."""
    near = state.neighbours()
    firm = set(state.label[state.lock].tolist())
    for cell in sorted(cells, key=lambda c: (state.cell[0, c], c)):
        others = [c for c in near.get(cell, []) if not state.sealed[c] and c in cells]
        if cell in firm or state.sealed[cell] or not others:
            continue
        state.label[state.label == cell] = min(others, key=lambda c: (state.cell[0, c], c))
        state.count()
        return cell
    return -1


def halve_largest(state: State, cells: list[int]) -> int:
    """Halve the most peopled cell that can be halved; returns the number of the new cell, -1 where none can."""
    empty = int(np.flatnonzero(state.cell[3] < 0.5)[-1])
    for cell in sorted(cells, key=lambda c: (-state.cell[0, c], c)):
        if not state.sealed[cell] and state.cell[3, cell] > 1.5 and state.resplit(cell, empty, 20, 0.0, 6.0, even=True):
            state.count()
            return empty
    return -1
