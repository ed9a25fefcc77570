"""Is it better that idle units follow the calls? Two ways of standing by meet the same thirty weeks of calls."""

import numpy as np

from wuxiao.plan import replay

source = np.random.default_rng(7)
spots = source.uniform(0, 12, (60, 2))
minutes = np.abs(spots[:, None] - spots).sum(axis=2)
home = np.array([3, 11, 19, 27, 35, 43])
same = {"home": home, "sites": np.arange(0, 60, 4), "radius": 6.0, "busy": 0.4}
problem = replay.Problem(
    places=tuple(f"点{k}" for k in range(60)),
    minutes=minutes,
    units=tuple(f"组{k}" for k in range(6)),
    settings=(
        replay.Setting(name="各回驻点", home=home),
        replay.Setting(name="回最缺人处", idle="cover", **same),
        replay.Setting(name="回最缺人处并补位", idle="cover", moves=1, gain=0.02, **same),
    ),
    late=np.array([6.0, 10.0]),
    stream=replay.Stream(
        per_hour=source.gamma(1.0, 0.07, 60), days=21.0, scene=25.0, priority=np.array([0.3, 0.7]), delay=1.0,
        needs=np.array([0.9, 0.1]),
    ),
    preempt=np.array([[False, False], [True, False]]),
    replications=10,
    warm_up=720.0,
)  # fmt: skip
plan = replay.solve(problem, seconds=60, seed=1)
assert replay.check(problem, plan) == []
for said in (plan.head.why(), *plan.why()):
    print(said.zh)
