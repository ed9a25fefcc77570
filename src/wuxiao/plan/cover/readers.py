"""Published instance formats: OR-Library p-median (Beasley 1985), for p-median and p-centre."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from wuxiao.plan.cover.problem import Kind, Problem
from wuxiao.plan.form import BadProblem, Said


def orlib(path: Path) -> Problem:
    """Return the p-median of a file ``n edges p`` and lines ``i j cost`` (undirected; a later line replaces)."""
    return _read(path, "median")


def orlib_centre(path: Path) -> Problem:
    """Return the p-centre of the same file."""
    return _read(path, "centre")


def _read(path: Path, kind: Kind) -> Problem:
    try:
        lines = [line.split() for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadProblem(path.name, Said(f"打不开：{error}", f"cannot be opened: {error}")) from error
    numbers: list[list[int]] = []
    for k, line in enumerate(lines):
        try:
            numbers.append([int(word) for word in line])
        except ValueError as error:
            raise BadProblem(path.name, Said("应是三个整数", "three whole numbers wanted"), k) from error
        if len(numbers[k]) != 3:
            raise BadProblem(path.name, Said("应是三个整数", "three whole numbers wanted"), k)
    if not numbers:
        raise BadProblem(path.name, Said("文件是空的", "the file is empty"))
    n, edges, p = numbers[0]
    if len(numbers) - 1 != edges:
        said = Said(f"首行写{edges}条边，实有{len(numbers) - 1}", f"{edges} edges announced, {len(numbers) - 1} found")
        raise BadProblem(path.name, said)
    cost: dict[tuple[int, int], int] = {}
    for k, (i, j, length) in enumerate(numbers[1:], start=1):
        if not (1 <= i <= n and 1 <= j <= n) or length < 0:
            raise BadProblem(
                path.name, Said(f"点应在1到{n}，长度不小于零", f"points are 1 to {n}, lengths not below 0"), k
            )
        cost[min(i, j) - 1, max(i, j) - 1] = length
    # The matrix has no place for a way of length nought, so all lengths are lifted a little and rounded back.
    ends = np.array(list(cost), np.int64).reshape(-1, 2)
    lengths = np.array(list(cost.values()), float) + 1e-7
    graph = csr_matrix((lengths, (ends[:, 0], ends[:, 1])), shape=(n, n))
    times = np.round(dijkstra(graph, directed=False), 3)
    return Problem(kind=kind, times=times, demand=np.ones(n), p=p, unit="metres")
