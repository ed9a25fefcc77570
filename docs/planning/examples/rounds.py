"""A month of visits in a county, a sick officer on the tenth day, and a picture of the first week.

python docs/planning/examples/rounds.py [OUT.svg]
"""

# %% A county month from a seed: 400 places, 629 visits, two officers, lunch and a rest.
import dataclasses
import math
import sys
from pathlib import Path

from wuxiao.plan import rounds
from wuxiao.plan.form import after_iterations
from wuxiao.plan.rounds.picture import week
from wuxiao.plan.rounds.sample import county_month

problem = county_month(1, meals=True)
plan = rounds.solve(problem, seconds=math.inf, seed=1, stop=after_iterations(10_000))
print(plan.head.why())
for said in plan.why():
    print(said)

# %% Whatever the search says, the check knows nothing of it.
assert rounds.check(problem, plan) == []

# %% One round, as an officer reads it.
one = plan.rounds[0]
print(f"{one.officer}, day {one.day + 1}: out {one.leave:.0f}, home {one.back:.0f}, travel {one.travel:.0f} min")
for visit in one.visits:
    print(f"  {int(visit.begin) // 60:02d}:{int(visit.begin) % 60:02d} {visit.place}")

# %% Day 10: O1 is ill for two days. What is past stays; a change costs as much as 15 minutes of travel.
ill = tuple(s for s in problem.shifts if not (s.officer == "O1" and s.day in (9, 10)))
after = dataclasses.replace(problem, shifts=ill, today=9, change_minutes=15.0)
again = rounds.solve(after, seconds=math.inf, seed=1, warm=plan, stop=after_iterations(4_000))
print(f"kept {again.kept}, moved {again.moved}, left {len(again.left)}, breaches {len(rounds.check(after, again))}")

# %% The first week as a picture.
if len(sys.argv) > 1:
    Path(sys.argv[1]).write_text(week(problem, plan), encoding="utf-8")
