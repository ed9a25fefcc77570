"""How busy is each unit, and where does one wait? Four units, six places, one busy market."""

import numpy as np

from wuxiao.plan import queue

problem = queue.Problem(
    units=("城东", "城西", "城南", "城北"),
    places=("市场", "学校", "车站", "河东", "河西", "工业区"),
    calls_per_hour=np.array([2.0, 0.5, 1.0, 0.4, 0.6, 0.3]),
    minutes=np.array(
        [[3, 5, 8, 4, 12, 10], [8, 6, 4, 12, 3, 9], [6, 9, 5, 11, 7, 3], [5, 3, 9, 6, 10, 13]], dtype=float
    ),
    busy_minutes=np.full(4, 25.0),
    late_minutes=8.0,
    floor=0.6,
)
plan = queue.solve(problem, seconds=10, seed=1)
assert queue.check(problem, plan) == []
for said in (plan.head.why(), *plan.why()):
    print(said.zh)
for unit, load in zip(problem.units, plan.load, strict=True):
    print(f"{unit} {load:.1%}")
