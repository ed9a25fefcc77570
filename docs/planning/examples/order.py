"""A town's net cafés and foot baths: which to look at first, with reasons; ``order.py [OUT.svg]`` draws how it did."""

import math
import sys
from pathlib import Path

import numpy as np

from wuxiao.plan import order

PLACES, TODAY = 240, 1200.0
source = np.random.default_rng(7)
bad = source.random(PLACES) < 0.25
kind = ["网吧" if k % 3 else "足浴" for k in range(PLACES)]


def critical(place: int) -> int:
    return int(source.random() < (0.5 if bad[place] else 0.08) + (0.08 if kind[place] == "足浴" else 0.0))


seen = [(p, 100.0 + 200.0 * k + int(source.integers(0, 120)), critical(p)) for k in range(5) for p in range(PLACES)]
n = len(seen)
problem = order.Problem(
    visits=order.Visits(
        place=tuple(f"场所{p}" for p, _, _ in seen),
        day=np.array([d for _, d, _ in seen]),
        kind=tuple(kind[p] for p, _, _ in seen),
        lines=((),) * n,
        licensed=np.full(n, math.nan),
        nearby=np.zeros((n, 0)),
        critical=np.array([c for _, _, c in seen]),
        serious=np.zeros(n),
        minor=np.zeros(n),
        told=np.ones(n, dtype=bool),
    ),
    listed=order.Listed(
        place=tuple(f"场所{p}" for p in range(PLACES)),
        kind=tuple(kind),
        lines=((),) * PLACES,
        licensed=np.full(PLACES, math.nan),
        nearby=np.zeros((PLACES, 0)),
    ),
    today=TODAY,
)
plan = order.solve(problem, seconds=30, seed=20261130)
assert order.check(problem, plan) == []
for said in (plan.head.why(), *plan.why()):
    print(said.zh)
for row in plan.order[:3]:
    reasons = "；".join(s.zh for s in order.of_place(problem, plan, row))
    print(problem.listed.place[row], f"{plan.chance[row]:.0%}", reasons)

if len(sys.argv) > 1:
    found = np.array([critical(p) for p in range(PLACES)])
    curve = np.concatenate([[0.0], np.cumsum(found[plan.order])]) / found.sum()
    line = " ".join(f"{40 + 420 * k / PLACES:.1f},{240 - 200 * y:.1f}" for k, y in enumerate(curve))
    lots = "".join(
        f'<line x1="{40 + 420 * (k + 0.5) / PLACES:.1f}" y1="240" x2="{40 + 420 * (k + 0.5) / PLACES:.1f}" y2="234" '
        'stroke="#b03030"/>'
        for k in np.flatnonzero(plan.drawn)
    )
    Path(sys.argv[1]).write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 280" font-family="sans-serif" font-size="11">'
        '<rect width="480" height="280" fill="#ffffff"/>'
        '<path d="M40 40V240H460" fill="none" stroke="#333333"/>'
        '<line x1="40" y1="240" x2="460" y2="40" stroke="#999999" stroke-dasharray="4 3"/>'
        f'<polyline points="{line}" fill="none" stroke="#2f6f9f" stroke-width="2"/>{lots}'
        '<line x1="250" y1="240" x2="250" y2="40" stroke="#cccccc"/>'
        '<text x="40" y="30" fill="#333333">critical findings found</text>'
        '<text x="460" y="258" text-anchor="end" fill="#333333">places seen, in order</text>'
        '<text x="254" y="258" fill="#333333">half</text>'
        f'<text x="244" y="{232 - 200 * curve[PLACES // 2]:.0f}" text-anchor="end" fill="#2f6f9f">'
        f"this order {curve[PLACES // 2]:.0%}</text>"
        '<text x="300" y="140" fill="#777777">at random</text>'
        '<text x="46" y="272" fill="#b03030">drawn by lot</text></svg>\n',
        encoding="utf-8",
    )
