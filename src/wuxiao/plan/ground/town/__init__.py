"""A believable county town made from a seed number: nothing in it exists, everything in it fits together."""

from __future__ import annotations

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.ground.town import life, streets
from wuxiao.plan.ground.town.table import Premise, Town, Use

__all__ = ["Premise", "Town", "Use", "make"]


def make(seed: int, *, households: int = 30_000) -> Town:
    """Return the town of a seed with exactly so many households; the same arguments give the same town.

    A block holds about 40 households (0 to 150, more where a small town has no room); a community about 2,000, in one
    piece between main streets and rivers.
    30,000 households take about 0.2 s, 800,000 about 5 s. Raises `BadProblem` below 200 and above 4 million.
    """
    if not 0 <= seed < 2**63:
        raise BadProblem("seed", Said("种子须不小于零", "the seed must not be below zero"))
    if not 200 <= households <= 4_000_000:
        said = Said("户数应在200到400万之间", "households must lie between 200 and 4 million")
        raise BadProblem("households", said)
    plan = streets.draw(seed, max(1, round(households / 480)))
    return life.settle(plan, households)
