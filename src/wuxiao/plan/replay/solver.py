"""Replay every setting on the same calls, many times, and say which is best and how surely."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats

from wuxiao.plan.form import Head, Progress, Stop, Watch
from wuxiao.plan.replay.problem import Calls, Difference, Outcome, Plan, Problem, Setting, Trips
from wuxiao.plan.replay.run import Ready, demand_of, draw_calls, figures, replications
from wuxiao.plan.shared.under_reporting import Variant, tried
from wuxiao.plan.store import Floats

VERSION = "1"


def solve(
    problem: Problem,
    /,
    *,
    seconds: float,
    seed: int,
    warm: Plan | None = None,
    stop: Stop | None = None,
    progress: Progress | None = None,
    processes: int = 1,
    executor: Executor | None = None,
    sensitivity: bool = True,
) -> Plan:
    """Return the outcomes of all settings on the same calls, with intervals on their differences from the first.

    One step is one replication of all settings; a limit ends after the replication it falls in. With `processes` above
    one the replications are spread over so many parts with the same result, run by `executor` (any of
    `concurrent.futures`, such as Dask's `Client.get_executor()`) or by processes of its own. `warm` is not needed and
    passed over.
    """
    watch = Watch(seconds, stop, progress)
    runs: list[dict[str, Any]] = []
    for found in _runs(problem, seed, processes, executor):
        runs.append(found)
        mean = float(np.mean([r["settings"][0]["response"] for r in runs]))
        if watch(len(runs), mean):
            break
    outcomes = tuple(_outcome(problem, k, runs) for k in range(len(problem.settings)))
    differences = tuple(_difference(problem, k, runs) for k in range(1, len(problem.settings)))
    refused = tuple(o.name for o in outcomes if o.under_floor or o.changed > problem.change_cap + 1e-12)
    allowed = [o for o in outcomes if o.name not in refused] or [outcomes[0]]
    best = min(allowed, key=lambda o: o.mean_response)
    setting = next(s for s in problem.settings if s.name == best.name)
    head = Head(
        engine="replay", version=VERSION, seed=seed, seconds=watch.seconds, iterations=len(runs),
        objective=best.mean_response, bound=None, stopped=watch.reason or "done",
    )  # fmt: skip
    return Plan(
        head=head, best=best.name, outcomes=outcomes, differences=differences, refused=refused,
        calls=sum(r["calls"] for r in runs), events=sum(r["events"] for r in runs),
        under_reporting=_under_reporting(problem, setting, seed, best.mean_response) if sensitivity else (),
        trips=_trips(problem, setting, seed) if problem.keep_trips else None,
    )  # fmt: skip


def _runs(problem: Problem, seed: int, processes: int, executor: Executor | None) -> Iterator[dict[str, Any]]:
    number = 1 if problem.calls is not None else problem.replications
    if processes <= 1 or number < 2:
        ready = Ready.of(problem)
        for r in range(number):
            yield figures(problem, ready, seed, r)
        return
    parts = [list(range(number))[k::processes] for k in range(processes)]
    # spawned, not forked: compiled code and threads of libraries do not survive a fork
    own = None if executor else ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
    with own or nullcontext(executor) as pool:
        assert pool is not None
        done = list(pool.map(replications, [problem] * processes, [seed] * processes, parts))
    for r in range(number):
        yield done[r % processes][r // processes]


def _half(values: Floats) -> float:
    """Return the half width of the 95 % interval of a mean of independent values."""
    if len(values) < 2:
        return math.nan
    return float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values)))


def _series(runs: list[dict[str, Any]], setting: int, name: str) -> Floats:
    # one value a replication; a single run is cut into twenty stretches of time instead
    if len(runs) > 1:
        return np.array([r["settings"][setting][name] for r in runs], dtype=np.float64)
    found: Floats = np.asarray(runs[0]["settings"][setting][f"batch_{name}"], dtype=np.float64)
    return found


def _mean(runs: list[dict[str, Any]], setting: int, name: str) -> float:
    return float(np.mean([r["settings"][setting][name] for r in runs]))


def _outcome(problem: Problem, k: int, runs: list[dict[str, Any]]) -> Outcome:
    parts = [r["settings"][k] for r in runs]
    in_time = np.array([p["in_time"] for p in parts], dtype=np.float64)
    calls = np.sum([p["grid_calls"] for p in parts], axis=0)
    late = np.sum([p["grid_late"] for p in parts], axis=0)
    share = np.where(calls > 0, 1.0 - late / np.maximum(1, calls), 1.0)
    # a grid with a handful of calls says nothing: below the floor only when chance alone (3 sigma) cannot explain it
    slack = 3.0 * np.sqrt(np.maximum(problem.floor * (1 - problem.floor), 1e-12) / np.maximum(1, calls))
    under = np.flatnonzero((calls > 0) & (share < problem.floor - slack))
    setting = problem.settings[k]
    return Outcome(
        name=setting.name,
        mean_response=_mean(runs, k, "response"),
        response_half=_half(_series(runs, k, "response")),
        late_share=_mean(runs, k, "late"),
        late_half=_half(_series(runs, k, "late")),
        in_time=in_time.mean(axis=0),
        in_time_half=np.array([_half(in_time[:, j]) for j in range(in_time.shape[1])]),
        load=np.mean([p["work"][:, 0] / p["duty"] for p in parts], axis=0),
        worst_grid=float(share[calls > 0].min()) if (calls > 0).any() else 1.0,
        unanswered=_mean(runs, k, "unanswered"),
        bumped=_mean(runs, k, "bumped"),
        moves_a_day=_mean(runs, k, "moves"),
        changed=float((setting.home != problem.settings[0].home).mean()),
        under_floor=tuple(int(g) for g in under),
    )


def _difference(problem: Problem, k: int, runs: list[dict[str, Any]]) -> Difference:
    apart = {}
    for name in ("response", "late"):
        each = _series(runs, k, name) - _series(runs, 0, name)
        middle, half = _mean(runs, k, name) - _mean(runs, 0, name), _half(each)
        apart[name] = (middle, middle - half, middle + half)
    return Difference(
        name=problem.settings[k].name,
        response=apart["response"][0], response_low=apart["response"][1], response_high=apart["response"][2],
        late=apart["late"][0], late_low=apart["late"][1], late_high=apart["late"][2],
    )  # fmt: skip


def _under_reporting(problem: Problem, setting: Setting, seed: int, base: float) -> tuple[Variant, ...]:
    reported = problem.stream.per_hour if problem.stream is not None else demand_of(problem)
    first: list[float] = []

    def again(true: Floats) -> float:
        if problem.stream is not None:
            other = replace(
                problem,
                stream=replace(problem.stream, per_hour=true),
                settings=(setting,),
                replications=1,
                keep_trips=False,
            )
        else:
            assert problem.calls is not None
            more = _thicken(problem.calls, true / np.maximum(reported, 1e-300), seed)
            other = replace(problem, calls=more, settings=(setting,), keep_trips=False)
        found = figures(other, Ready.of(other), seed, 0)
        return float(found["settings"][0]["response"])

    # the same first replication stands beside the variants, so that chance does not pass for a difference
    first.append(again(reported))
    return tuple(
        Variant(unreported=v.unreported, even=v.even, objective=base + v.objective - first[0])
        for v in tried(reported, seed, again)
    )


def _thicken(calls: Calls, factor: Floats, seed: int) -> Calls:
    """Return the calls with unreported ones added: copies of reported ones within half a day of them."""
    source = np.random.default_rng([seed, 312])
    copies = source.poisson(np.maximum(0.0, factor[calls.place] - 1.0))
    which = np.concatenate([np.arange(len(calls.at)), np.repeat(np.arange(len(calls.at)), copies)])
    shift = np.concatenate([np.zeros(len(calls.at)), source.uniform(-720.0, 720.0, int(copies.sum()))])
    at = np.maximum(0.0, calls.at[which] + shift)
    which, at = which[np.argsort(at, kind="stable")], np.sort(at, kind="stable")
    rest = {
        name: getattr(calls, name)[which]
        for name in ("place", "priority", "needs", "delay", "scene", "carry", "handover", "off", "other", "other_off")
    }
    return Calls(at=at, **rest)


def _trips(problem: Problem, setting: Setting, seed: int) -> Trips:
    calls = draw_calls(problem, seed, 0)
    whole, clock = Ready.of(problem).run(setting, calls, seed).trips
    return Trips(
        call=whole[:, 0],
        unit=whole[:, 1],
        left=clock[:, 0],
        arrived=clock[:, 1],
        free=clock[:, 2],
        done=whole[:, 2] == 1,
    )
