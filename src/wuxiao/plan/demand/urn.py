"""Why patrol-found incidents cannot enter demand: two quarters alike in truth, and a patrol that follows the figures.

After Ensign et al. (2018), Runaway feedback loops in predictive policing: each day one patrol goes to a quarter drawn
by the share of past incidents on file. If what it finds there is filed, the file feeds on itself and the share wanders
to wherever it first leaned; if only residents' calls are filed, the share stays near the truth.
"""

from __future__ import annotations

import numpy as np

from wuxiao.plan.store import Floats


def shares(
    *,
    filed: bool,
    runs: int = 2000,
    days: int = 1000,
    start: int = 8,
    found: float = 0.6,
    calls: float = 0.6,
    seed: int = 1,
) -> Floats:
    """Return the first quarter's share on file at the end of each run; the truth is 0.5.

    `start` past incidents are on file for each quarter; a patrol finds one with chance `found` wherever it goes
    (`filed`), or residents of each quarter call `calls` times a day (not `filed`).
    """
    source = np.random.default_rng([seed, int(filed)])
    file = np.full((runs, 2), float(start))
    for _ in range(days):
        if filed:
            there = (source.random(runs) >= file[:, 0] / file.sum(axis=1)).astype(np.int64)
            file[np.arange(runs), there] += source.random(runs) < found
        else:
            file += source.poisson(calls, (runs, 2))
    found_share: Floats = file[:, 0] / file.sum(axis=1)
    return found_share


def drifted(share: Floats, by: float = 0.10) -> float:
    """Return the share of runs that ended further from the truth than `by`."""
    return float((np.abs(share - 0.5) > by).mean())
