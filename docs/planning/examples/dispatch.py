"""Two calls wait, three units are free, one is nearly done: whom to send?"""

import numpy as np

from wuxiao.plan import dispatch

spots = np.array([[0, 0], [2, 1], [5, 5], [9, 1], [8, 8]], dtype=float)
problem = dispatch.Problem(
    places=("老街", "市场", "学校", "车站", "新村"),
    minutes=np.abs(spots[:, None] - spots).sum(axis=2) * 1.5,
    units=(
        dispatch.Unit(id="1组", place=0),
        dispatch.Unit(id="2组", place=2, skills=frozenset({"调解"})),
        dispatch.Unit(id="3组", place=3),
        dispatch.Unit(id="4组", place=4, free_in=4.0),
    ),
    calls=(
        dispatch.Call(id="噪声", place=1, priority=2, waited=6.0),
        dispatch.Call(id="邻里争吵", place=4, priority=1, skills=frozenset({"调解"})),
    ),
    demand=np.array([3.0, 5.0, 2.0, 4.0, 1.0]),
)
plan = dispatch.solve(problem, seconds=5, seed=1)
assert dispatch.check(problem, plan) == []
for said in (plan.head.why(), *plan.why()):
    print(said.zh)
