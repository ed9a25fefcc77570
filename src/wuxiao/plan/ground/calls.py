"""Single calls drawn from an invented town's expected ones: when, where, how urgent, how long they take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.town import Town
from wuxiao.plan.store import Floats, Ints, frozen

#: Share of calls by urgency (1 at once, 2 soon, 3 today) for homes, for work places and for places of the night.
URGENCY: Floats = np.array([[0.14, 0.40, 0.46], [0.10, 0.35, 0.55], [0.24, 0.46, 0.30]])
#: Median minutes on the scene by urgency; the spread is log-normal with sigma 0.6.
ON_SCENE: Floats = np.array([28.0, 22.0, 18.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls in order of time: `minute` since Monday 0:00, block, place (metres), node, urgency 1-3, minutes there."""

    minute: Floats
    block: Ints
    xy: Floats
    node: Ints
    urgency: Ints
    on_scene: Floats

    def __post_init__(self) -> None:
        for name, dtype, dimensions in (
            ("minute", np.float64, 1), ("block", np.int64, 1), ("xy", np.float64, 2), ("node", np.int64, 1),
            ("urgency", np.int64, 1), ("on_scene", np.float64, 1),
        ):  # fmt: skip
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, name, dimensions=dimensions))


def make(town: Town, *, days: int, seed: int, growth: float = 1.0) -> Calls:
    """Return the calls of so many days from a Monday on: a Poisson stream with the town's rates times `growth`.

    A call comes from a building of its block, where the block has one. The same arguments give the same calls.
    """
    if days < 1:
        raise BadProblem("days", Said("天数须不小于1", "days must be 1 or more"))
    if not growth >= 0:
        raise BadProblem("growth", Said("倍数须不小于零", "growth must not be below zero"))
    rng = np.random.default_rng([town.seed, seed, 20])
    profile = np.zeros((len(town.hours), 168))
    per_rhythm = np.bincount(town.block_rhythm, town.block_calls, len(town.hours)) / 52 * growth
    profile += per_rhythm[:, None] * town.hours
    hours = days * 24
    expected = profile.sum(axis=0)[np.arange(hours) % 168]
    counts = rng.poisson(expected)
    hour = np.repeat(np.arange(hours), counts)
    minute = np.sort(hour * 60.0 + rng.uniform(0, 60, len(hour)))
    hour = (minute // 60).astype(np.int64) % 168
    share = np.cumsum(profile, axis=0)[:, hour]
    rhythm = (rng.random(len(hour)) * share[-1] > share).sum(axis=0)
    block = np.empty(len(hour), dtype=np.int64)
    for k in range(len(town.hours)):
        mine = np.flatnonzero(rhythm == k)
        weight = np.where(town.block_rhythm == k, town.block_calls, 0.0)
        if len(mine):
            block[mine] = rng.choice(town.blocks, len(mine), p=weight / weight.sum())
    odds = np.cumsum(URGENCY, axis=1)[rhythm]
    urgency = 1 + (rng.random(len(hour))[:, None] > odds).sum(axis=1).clip(0, 2)
    return Calls(
        minute=minute,
        block=block,
        xy=_places(town, block, rng),
        node=town.block_node[block],
        urgency=urgency,
        on_scene=ON_SCENE[urgency - 1] * rng.lognormal(0.0, 0.6, len(hour)),
    )


def _places(town: Town, block: Ints, rng: np.random.Generator) -> Floats:
    count = np.bincount(town.building_block, minlength=town.blocks)
    first = np.r_[0, np.cumsum(count)[:-1]]
    pick = first[block] + (rng.random(len(block)) * count[block]).astype(np.int64)
    xy = town.block_centre[block].copy()
    some = count[block] > 0
    xy[some] = town.building_xy[pick[some]]
    return xy
