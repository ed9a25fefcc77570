# Standby points of a made-up county: who stands where, who moves, what each number of idle units does.
#
# %% Eight units, each busy a quarter of its time; two levels (5 and 8 minutes); two of the units must stay.
import dataclasses

import numpy as np

from wuxiao.plan import cover
from wuxiao.plan.cover.picture import county

problem, points, sites = county(3)
plan = cover.solve(problem, seconds=60, seed=1)
for said in (plan.head.why(), *plan.why()):
    print(said.zh)
    print("   ", said.en)

# %% Every rule, by code that is not the solver's.
assert cover.check(problem, plan) == []

# %% A table: with one to four units idle, where they stand; one unit moves at most between neighbouring rows.
none = np.zeros(0, np.int64)
table = dataclasses.replace(problem, kind="table", p=4, moves=1, now=none)
rows = cover.solve(table, seconds=60, seed=1)
assert cover.check(table, rows) == []
for row in rows.table:
    print(row.idle, row.sites.tolist(), f"{row.objective:.1f}")

# %% The same points for the least mean time, and for the least longest time.
for kind in ("median", "centre"):
    other = dataclasses.replace(problem, kind=kind, levels=(), busy=0.0, now=none, moves=None)
    found = cover.solve(other, seconds=60, seed=1)
    assert cover.check(other, found) == []
    print(kind, f"mean {found.mean_time:.2f}, longest {found.longest_time:.2f}, {found.head.stopped}")
