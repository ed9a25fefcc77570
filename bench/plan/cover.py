"""Figures of `wuxiao.plan.cover`: covering with proof, p-median and p-centre of OR-Library, and beside it HiGHS direct.

spopt builds the same model by PuLP and is measured where it is installed (`pip install spopt`); it is not a dependency.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from bench.plan.figure import Figure
from wuxiao.plan import cover
from wuxiao.plan.cover.readers import orlib, orlib_centre
from wuxiao.plan.store import Floats

DATA = Path(os.environ.get("WUXIAO_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
#: Radii in a square of 100 x 100: at 6 and 8 twenty units reach a third and a half, forty two thirds and nine tenths.
RADII = (6.0, 8.0)


def covering(n: int, m: int, radius: float, p: int, seed: int = 1) -> cover.Problem:
    """Return demand and standby points scattered in a square, demand 1 to 99."""
    rng = np.random.default_rng(seed)
    points = rng.random((n, 2)) * 100
    sites = points if n == m else rng.random((m, 2)) * 100
    demand = rng.integers(1, 100, n).astype(float)
    times = np.sqrt(((points[:, None] - sites[None]) ** 2).sum(axis=2))
    level = cover.Level(name="reach", minutes=radius)
    return cover.Problem(kind="covering", times=times, demand=demand, p=p, levels=(level,))


def beasley(n: int, p: int, seed: int) -> cover.Problem:
    """Return a p-median made as OR-Library's were: a path and random edges, n*n/50 of them, lengths 1 to 100."""
    from scipy.sparse.csgraph import dijkstra

    rng = np.random.default_rng(seed)
    length = np.zeros((n, n))
    for i in range(n - 1):
        length[i, i + 1] = length[i + 1, i] = rng.integers(1, 101)
    edges = n - 1
    while edges < n * n // 50:
        a, b = rng.integers(0, n, 2)
        if a != b and not length[a, b]:
            length[a, b] = length[b, a] = rng.integers(1, 101)
            edges += 1
    times: Floats = dijkstra(sp.csr_matrix(length), directed=False)
    return cover.Problem(kind="median", times=times, demand=np.ones(n), p=p, unit="metres")


def ready() -> None:
    """Compile, or load what was compiled, outside the measured time."""
    cover.solve(covering(60, 60, 15, 3), seconds=600, seed=1)
    cover.solve(beasley(60, 6, 1), seconds=600, seed=1)


def direct(problem: cover.Problem, seconds: float) -> tuple[float, float]:
    """Return gap in percent and seconds of HiGHS on the plain model, written without a modelling layer."""
    n, m = problem.times.shape
    near = sp.csr_matrix(problem.times <= problem.levels[0].minutes, dtype=float)
    count = sp.csr_matrix(np.r_[np.ones(m), np.zeros(n)][None, :])
    matrix = sp.vstack([sp.hstack([-near, sp.eye(n)]), count], format="csr")
    began = time.perf_counter()
    answer = milp(
        -np.r_[np.zeros(m), problem.demand],
        constraints=LinearConstraint(matrix, -np.inf, np.r_[np.zeros(n), problem.p]),
        integrality=np.r_[np.ones(m), np.zeros(n)],
        bounds=Bounds(0, 1),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    spent = time.perf_counter() - began
    if answer.x is None:
        return float("inf"), spent
    return 100 * (answer.fun - answer.mip_dual_bound) / abs(answer.fun), spent


def spopt(problem: cover.Problem) -> Mapping[str, Any]:
    """Return what spopt needs for the same covering where it is installed."""
    if importlib.util.find_spec("spopt") is None:
        return {"spopt": "not installed, passed over"}
    import pulp
    from spopt.locate import MCLP

    began = time.perf_counter()
    model = MCLP.from_cost_matrix(
        problem.times, problem.demand, service_radius=problem.levels[0].minutes, p_facilities=problem.p
    )
    built = time.perf_counter() - began
    model.solve(pulp.HiGHS(msg=False, timeLimit=100))
    return {"spopt built s": round(built, 1), "spopt s": round(time.perf_counter() - began, 1)}


def small(p: int, limit: float) -> Callable[[], Mapping[str, Any]]:
    """Return the case of 1,000 x 1,000 with p units."""

    def case() -> Mapping[str, Any]:
        ready()
        rows: dict[str, Any] = {}
        gaps, spent = [], []
        for radius in RADII:
            for seed in (1, 2):
                problem = covering(1000, 1000, radius, p, seed)
                plan = cover.solve(problem, seconds=limit, seed=1)
                gap, took = direct(problem, limit)
                gaps.append(100 * (plan.head.gap or 0.0))
                spent.append(plan.head.seconds)
                rows[f"radius {radius:g} seed {seed}"] = (
                    f"{plan.head.seconds:.2f} s gap {gaps[-1]:.3f} %; HiGHS direct {took:.2f} s gap {gap:.3f} %"
                )
        if p == 20:
            rows["median s to proof"] = Figure(round(float(np.median(spent)), 2), must="<= 1.5")
            rows["largest gap %"] = Figure(round(max(gaps), 4), must="<= 0")
        else:
            rows["largest gap % in 40 s"] = Figure(round(max(gaps), 3), must="<= 0.3")
            rows["median s"] = Figure(round(float(np.median(spent)), 2), aim="<= 30")
        return {**rows, **(spopt(covering(1000, 1000, RADII[1], p)) if p == 20 else {})}

    return case


def large() -> Mapping[str, Any]:
    """Return 10,000 x 1,000 in 60 s."""
    ready()
    rows: dict[str, Any] = {}
    for radius, p in ((6.0, 20), (8.0, 20), (6.0, 40), (8.0, 40)):
        plan = cover.solve(covering(10_000, 1000, radius, p), seconds=60, seed=1)
        value = round(100 * (plan.head.gap or 0.0), 3)
        rows[f"gap % radius {radius:g} p {p} ({plan.head.seconds:.1f} s)"] = Figure(value, aim="<= 0.5")
    return rows


def medians() -> Mapping[str, Any]:
    """Return pmed1-20 with proof."""
    folder = DATA / "location" / "orlib_pmed"
    if not folder.is_dir():
        return {"passed over": "the OR-Library files are not there; name their folder's parent in WUXIAO_DATA"}
    ready()
    rows: dict[str, Any] = {}
    proved, slowest = 0, 0.0
    for number in range(1, 21):
        plan = cover.solve(orlib(folder / f"pmed{number}.txt"), seconds=60, seed=1)
        proved += plan.head.stopped == "proved"
        slowest = max(slowest, plan.head.seconds)
        rows[f"pmed{number}"] = f"{plan.head.objective:g} {plan.head.stopped} {plan.head.seconds:.2f} s"
        if number == 16:
            rows["pmed16 s"] = Figure(round(plan.head.seconds, 2), must="<= 30")
    rows["proved"] = Figure(proved, must=">= 20")
    rows["slowest s"] = Figure(round(slowest, 2), aim="<= 5")
    return rows


def large_medians() -> Mapping[str, Any]:
    """Return p-medians made like OR-Library's up to 900 x 90."""
    ready()
    rows: dict[str, Any] = {}
    for n, p, aim in ((600, 5, 5), (600, 60, 5), (600, 200, 5), (900, 90, 30)):
        for seed in (1, 2):
            plan = cover.solve(beasley(n, p, seed), seconds=60, seed=1)
            rows[f"{n} x {p} seed {seed} {plan.head.stopped} s"] = Figure(round(plan.head.seconds, 2), aim=f"<= {aim}")
    return rows


def centres() -> Mapping[str, Any]:
    """Return the p-centre of pmed1-20 against the published optima."""
    folder = DATA / "location" / "orlib_pmed"
    if not folder.is_dir():
        return {"passed over": "the OR-Library files are not there; name their folder's parent in WUXIAO_DATA"}
    ready()
    known = dict(line.split() for line in (folder / "pcenter_optima.txt").read_text().splitlines() if line.strip())
    same, proved, slowest = 0, 0, 0.0
    for number in range(1, 21):
        plan = cover.solve(orlib_centre(folder / f"pmed{number}.txt"), seconds=60, seed=1)
        same += plan.head.objective == float(known[f"pmed{number}"])
        proved += plan.head.stopped == "proved"
        slowest = max(slowest, plan.head.seconds)
    return {"equal to published of 20": Figure(same, must=">= 20"), "proved": proved, "slowest s": round(slowest, 2)}


def others() -> Mapping[str, Any]:
    """Return expected covering, own units by level, a table and a relocation at the size of a county."""
    rng = np.random.default_rng(4)
    points, sites = rng.random((400, 2)) * 30, rng.random((60, 2)) * 30
    times = np.abs(points[:, None] - sites[None]).sum(axis=2)
    base: dict[str, Any] = {
        "times": times,
        "demand": rng.integers(1, 50, 400),
        "levels": (cover.Level(name="three", minutes=3.0, weight=2.0), cover.Level(name="five", minutes=5.0)),
    }
    ready()
    own = tuple(cover.Level(name=k, minutes=t, units=u) for k, t, u in (("near", 3.0, 8), ("far", 6.0, 4)))
    cases = {
        "expected, busy 0.3": cover.Problem(kind="covering", p=12, busy=0.3, room=np.full(60, 3), **base),
        "own units by level": cover.Problem(kind="covering", p=12, **{**base, "levels": own}),
        "relocation, 3 may move": cover.Problem(kind="covering", p=12, now=range(12), moves=3, busy=0.3, **base),
        "table of 8, 1 move": cover.Problem(kind="table", p=8, moves=1, busy=0.3, **base),
    }
    rows = {}
    for name, problem in cases.items():
        head = cover.solve(problem, seconds=30, seed=1).head
        rows[name] = f"gap {100 * (head.gap or 0):.3f} % {head.stopped} {head.seconds:.2f} s"
    return rows


CASES: dict[str, Callable[[], Mapping[str, Any]]] = {
    "covering 1,000 x 1,000, p 20": small(20, 20),
    "covering 1,000 x 1,000, p 40": small(40, 40),
    "covering 10,000 x 1,000": large,
    "p-median pmed1-20": medians,
    "p-median to 900 x 90": large_medians,
    "p-centre pmed1-20": centres,
    "expected, levels, relocation, table": others,
}
