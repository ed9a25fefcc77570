"""A year of residents' calls: how many to expect where and when; and why patrol-found incidents stay out."""

import numpy as np

from wuxiao.plan import demand
from wuxiao.plan.demand import urn
from wuxiao.plan.form import BadProblem

source = np.random.default_rng(3)
hours = 1.0 + 0.8 * np.sin((np.arange(168) % 24 - 8) / 24 * 2 * np.pi)
at, place = [], []
for row, a_day in enumerate((6.0, 2.5, 1.0, 0.3)):
    number = source.poisson(a_day * 364)
    hour = source.choice(168, number, p=hours / hours.sum())
    at += list(source.integers(0, 52, number) * 10080.0 + hour * 60 + source.uniform(0, 60, number))
    place += [row] * number
problem = demand.Problem(
    places=("市场", "车站", "新村", "河东"),
    at=np.array(at),
    place=np.array(place),
    source=("resident",) * len(at),
    days=364.0,
)
plan = demand.solve(problem, seconds=30, seed=1)
assert demand.check(problem, plan) == []
for said in (plan.head.why(), *plan.why()):
    print(said.zh)
try:
    demand.Problem(places=("市场",), at=np.array([5.0]), place=np.array([0]), source=("patrol",), days=28.0)
except BadProblem as refused:
    print(refused.said.zh)
print(f"巡逻发现入账：{urn.drifted(urn.shares(filed=True, runs=500, days=400)):.0%}的年份走偏")
print(f"只记居民呼叫：{urn.drifted(urn.shares(filed=False, runs=500, days=400)):.0%}")
