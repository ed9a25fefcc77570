"""Fit, judge on later data, and say what to expect with intervals."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy import stats

from wuxiao.plan.demand.models import HALF_LIFE, Fitted, rich, simple
from wuxiao.plan.demand.problem import HOURS, Plan, Problem
from wuxiao.plan.form import Head, Progress, Stop, Watch
from wuxiao.plan.shared.under_reporting import tried
from wuxiao.plan.store import Bools, Floats

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
) -> Plan:
    """Return calls per hour by place and hour of the week; `warm` is not needed and passed over.

    Both models learn the first part of the days and are judged on the rest, day by day; ``auto`` takes the rich one
    only if the whole 95 % interval of its gain lies above zero. The model taken then learns all days.
    """
    watch = Watch(seconds, stop, progress)
    cut = math.floor(problem.days * (1.0 - problem.held_out) / 7.0) * 7.0
    cut = max(7.0 if problem.first_day == 0 else 14.0, cut)
    early, late = problem.at < cut * 1440.0, problem.at >= cut * 1440.0
    one, other = _fit(problem, early, cut, "simple"), _fit(problem, early, cut, "rich")
    first, second = _scores(problem, one, late, cut), _scores(problem, other, late, cut)
    watch(1)
    gain = second - first
    half = (
        float(stats.t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / math.sqrt(len(gain)))
        if len(gain) > 1
        else math.inf
    )
    low, high = float(gain.mean()) - half, float(gain.mean()) + half
    model: Literal["simple", "rich"] = "simple"
    if problem.model == "rich" or (problem.model == "auto" and low > 0):
        model = "rich"
    judged = other if model == "rich" else one
    weeks_late = (problem.days - cut) / 7.0
    bounds = _interval(judged, weeks_late, problem.level, _extra(problem, early, cut))
    counts = _counts(problem, late)
    covered = float(((counts >= bounds[0]) & (counts <= bounds[1])).mean())
    everything = np.ones(len(problem.at), dtype=np.bool_)
    final = _fit(problem, everything, problem.days, model)
    least, most = _interval(final, problem.weeks, problem.level, _extra(problem, everything, problem.days))
    watch(2)
    score = float((second if model == "rich" else first).mean())
    head = Head(
        engine="demand", version=VERSION, seed=seed, seconds=watch.seconds, iterations=2, objective=score, bound=None,
        stopped=watch.reason or "done", minimise=False,
    )  # fmt: skip
    reported = final.per_hour.sum(axis=1)
    share = reported / reported.sum()
    return Plan(
        head=head, model=model, per_hour=final.per_hour, low=least, high=most, gain=float(gain.mean()), gain_low=low,
        gain_high=high, covered=covered, level=problem.level, weeks=problem.weeks,
        under_reporting=tried(reported, seed, lambda true: float(np.abs(true / true.sum() - share).max())),
    )  # fmt: skip


def _counts(problem: Problem, which: Bools, weight: Floats | None = None) -> Floats:
    hour = np.floor(problem.at[which] / 60.0).astype(np.int64) % HOURS
    flat = problem.place[which] * HOURS + hour
    found: Floats = np.bincount(flat, weight, minlength=len(problem.places) * HOURS).astype(np.float64)
    return found.reshape(len(problem.places), HOURS)


def _fit(problem: Problem, which: Bools, days: float, model: str) -> Fitted:
    counts = _counts(problem, which)
    seen = days - problem.first_day
    if model == "simple":
        return simple(counts, seen / 7.0)
    before = days - problem.at[which] / 1440.0
    recent = _counts(problem, which, 0.5 ** (before / HALF_LIFE))
    # the days that weighted calls stand for: the integral of the same weight
    stands = HALF_LIFE / math.log(2.0) * (1.0 - 0.5 ** (seen / HALF_LIFE))
    return rich(counts, seen / 7.0, recent, stands / 7.0)


def _scores(problem: Problem, fitted: Fitted, which: Bools, cut: float) -> Floats:
    """Return the Poisson log score of each whole day after the cut."""
    days = math.floor(problem.days - cut)
    day = np.floor(problem.at[which] / 1440.0 - cut).astype(np.int64)
    hour = np.floor(problem.at[which] / 60.0).astype(np.int64) % HOURS
    inside = day < days
    logs = np.log(np.maximum(1e-12, fitted.per_hour[problem.place[which], hour]))
    gained = np.bincount(day[inside], logs[inside], minlength=days)
    by_weekday = fitted.per_hour.sum(axis=0).reshape(7, 24).sum(axis=1)
    weekday = (np.arange(days) + int(cut)) % 7
    found: Floats = gained - by_weekday[weekday]
    return found


def _extra(problem: Problem, which: Bools, days: float) -> float:
    """Return the relative variance of the whole town's calls from week to week beyond chance (0 when there is none)."""
    weeks = math.floor((days - problem.first_day) / 7.0)
    week = np.floor((problem.at[which] - problem.first_day * 1440.0) / 10080.0).astype(np.int64)
    per_week = np.bincount(week[week < weeks], minlength=weeks)
    if weeks < 3 or per_week.mean() <= 0:
        return 0.0
    mean = float(per_week.mean())
    return max(0.0, float(per_week.var(ddof=1)) - mean) / mean**2


def _interval(fitted: Fitted, weeks: float, level: float, extra: float) -> tuple[Floats, Floats]:
    """Return bounds of the count over so many weeks: a Poisson count whose rate is itself uncertain (gamma)."""
    mean = np.maximum(1e-12, fitted.per_hour * weeks)
    shape = 1.0 / np.maximum(1e-9, fitted.doubt + extra)
    share = shape / (shape + mean)
    low: Floats = stats.nbinom.ppf((1.0 - level) / 2.0, shape, share)
    high: Floats = stats.nbinom.ppf(1.0 - (1.0 - level) / 2.0, shape, share)
    return np.maximum(0.0, low), high
