"""Codes and names of cells: earlier codes stay with their cells; new ones run from north-west to south-east."""

from __future__ import annotations

from typing import Any

import numpy as np

from wuxiao.plan.form import Said
from wuxiao.plan.grids.problem import Problem


def name_cells(problem: Problem, label: Any, held: list[str]) -> tuple[list[int], tuple[str, ...], tuple[Said, ...]]:
    """Return the old numbers of cells in their new order, their codes and their names.

    `held[c]` is the code that cell c carries over or was given by hand, "" for a new cell. A code is the community's
    code and three digits or more; numbers once used by the earlier plan are not given again.
    """
    count = int(label.max()) + 1
    homes = np.zeros(count, dtype=np.int64)
    homes[label] = problem.homes
    sizes = np.bincount(label, minlength=count).astype(float)
    if len(problem.place):
        x = np.bincount(label, problem.place[:, 0], count) / np.maximum(1.0, sizes)
        y = np.bincount(label, problem.place[:, 1], count) / np.maximum(1.0, sizes)
    else:
        first = np.full(count, len(label))
        np.minimum.at(first, label, np.arange(len(label)))
        x, y = first.astype(float), np.zeros(count)
    used = [c for c in range(count) if sizes[c] > 0]
    # Rows as high as a cell, read like a page.
    band = max(1e-9, float(np.sqrt(problem.area.sum() / max(1, len(used)))))
    used.sort(key=lambda c: (homes[c], -np.floor(y[c] / band), x[c], c))
    taken = set(problem.before_codes) | {code for code in held if code} | set(problem.fixed)
    digits = max(3, len(str(len(used))))
    codes, names, number = [], [], dict[int, int]()
    for c in used:
        home = int(homes[c])
        stem = problem.community_codes[home] if 0 <= home < len(problem.community_codes) else ""
        if not stem and len(problem.community) and home >= 0:
            stem = f"C{home + 1}-"
        code = held[c]
        while not code:
            number[home] = number.get(home, 0) + 1
            tried = f"{stem}{number[home]:0{digits}d}"
            if tried not in taken:
                code = tried
                taken.add(code)
        codes.append(code)
        place = problem.communities[home] if 0 <= home < len(problem.communities) else ""
        short = code.removeprefix(stem) if stem else code
        names.append(Said(f"{place}第{short}网格", f"{place} grid {short}".strip()))
    return used, tuple(codes), tuple(names)
