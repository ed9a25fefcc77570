"""Two models of calls by place and hour of the week: a simple one, and a richer one that must earn its place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wuxiao.plan.demand.problem import HOURS
from wuxiao.plan.store import Floats

#: Days after which an old call counts half in the rich model.
HALF_LIFE = 365.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """Calls per hour by place and hour of the week, and the relative variance of that estimate."""

    per_hour: Floats
    doubt: Floats


def simple(counts: Floats, weeks: float) -> Fitted:
    """Return place times hour of the week: `counts[place, 168]` over `weeks`.

    Places are drawn towards their mean as far as chance explains their differences (gamma-Poisson, by moments); hours
    of the week towards the product of hour of day and day of week by a week's worth of calls.
    """
    place, place_doubt = _drawn_together(counts.sum(axis=1), weeks)
    profile, hour_doubt = _profile(counts.sum(axis=0))
    rate = place[:, None] * profile[None, :]
    return Fitted(rate, place_doubt[:, None] + hour_doubt[None, :])


def rich(counts: Floats, weeks: float, recent: Floats, recent_weeks: float) -> Fitted:
    """Return profiles of the week for each place, drawn towards the common one, and newer calls weighing more.

    `recent` are counts with older calls weighing less, `recent_weeks` the weeks they stand for.
    """
    base = simple(recent, recent_weeks)
    profile = base.per_hour / base.per_hour.sum(axis=1, keepdims=True)
    # neighbouring hours of the day tell of one another
    week = recent.reshape(len(recent), 7, 24)
    smooth = sum(np.roll(week, k, axis=2) * w for k, w in ((-1, 0.25), (0, 0.5), (1, 0.25)))
    own = np.asarray(smooth).mean(axis=1, keepdims=True).repeat(7, axis=1).reshape(len(recent), HOURS)
    pull = _pull(own, profile)
    mixed = own + pull * profile
    mixed /= mixed.sum(axis=1, keepdims=True)
    # an hour of day at one place, with the days of the week as everywhere
    lift = profile / profile.reshape(-1, 7, 24).mean(axis=1, keepdims=True).repeat(7, axis=1).reshape(-1, HOURS)
    mixed = mixed * lift
    mixed /= mixed.sum(axis=1, keepdims=True)
    rate = base.per_hour.sum(axis=1, keepdims=True) * mixed
    doubt = base.doubt + 1.0 / (own.sum(axis=1, keepdims=True) + pull)
    return Fitted(rate, doubt)


def _drawn_together(total: Floats, weeks: float) -> tuple[Floats, Floats]:
    """Return calls per week by place times 1/168 per hour, drawn to the mean, and their relative variance."""
    rate = total / weeks
    mean = max(1e-12, float(rate.mean()))
    spread = max(1e-9, float(rate.var()) - mean / weeks)
    shape = mean**2 / spread
    drawn = (total + shape) / (weeks + shape / mean)
    drawn *= rate.sum() / max(1e-300, drawn.sum())
    return drawn / HOURS, 1.0 / (total + shape)


def _profile(hours: Floats) -> tuple[Floats, Floats]:
    """Return factors by hour of the week with mean 1, and their relative variance."""
    week = hours.reshape(7, 24) + 0.5
    product = week.sum(axis=1, keepdims=True) * week.sum(axis=0, keepdims=True) / week.sum()
    prior = max(1.0, float(hours.sum()) / 52.0) * product / product.sum()
    mixed = (week + prior).ravel()
    profile: Floats = mixed / mixed.mean()
    return profile, 1.0 / mixed


def _pull(own: Floats, profile: Floats) -> float:
    """Return how many calls the common profile is worth, by the likelihood of a place's hours of day (a small grid)."""
    day = own.reshape(len(own), 7, 24).sum(axis=1)
    common = profile.reshape(len(own), 7, 24).sum(axis=1)
    best, most = 1000.0, -np.inf
    for pull in (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0):
        total = day.sum(axis=1, keepdims=True)
        # leave one call out: what the rest of the place's calls and the pull say of it
        left = (np.maximum(0.0, day - 1.0) + pull * common) / (np.maximum(0.0, total - 1.0) + pull)
        score = float((day * np.log(np.maximum(1e-12, left))).sum())
        if score > most:
            best, most = pull, score
    return best
