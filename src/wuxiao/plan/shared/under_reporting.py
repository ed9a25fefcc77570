"""What a plan would do if residents reported less than happened: demand scaled up, evenly and unevenly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wuxiao.plan.form import Said
from wuxiao.plan.store import Floats

#: Shares of what happens that may go unreported, as they are tried with every plan.
SHARES = (0.1, 0.2, 0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The objective of a plan if a share of what happens went unreported; `even` alike everywhere, or by place."""

    unreported: float
    even: bool
    objective: float


def variants(demand: Floats, seed: int) -> list[tuple[float, bool, Floats]]:
    """Return (share, even, true demand) for each share: once alike everywhere, once differing by place.

    Unevenly, a place hides between none and twice the share, drawn by seed: quiet places are not taken for safe.
    """
    found: list[tuple[float, bool, Floats]] = []
    hidden = np.random.default_rng([seed, 311]).uniform(0.0, 2.0, size=len(demand))
    for share in SHARES:
        found.append((share, True, demand / (1.0 - share)))
        found.append((share, False, demand / (1.0 - share * hidden)))
    return found


def tried(demand: Floats, seed: int, objective: Callable[[Floats], float]) -> tuple[Variant, ...]:
    """Return the objective of one fixed plan under each variant of demand."""
    return tuple(
        Variant(unreported=share, even=even, objective=float(objective(true)))
        for share, even, true in variants(demand, seed)
    )


def words(found: tuple[Variant, ...], base: float, zh: str, en: str) -> Said:
    """Return the sensitivity as one sentence; `zh` and `en` name the objective with its unit."""
    parts = [f"{v.unreported:.0%}{'均' if v.even else '不均'} {v.objective:.3g}" for v in found]
    parts_en = [f"{v.unreported:.0%} {'evenly' if v.even else 'unevenly'} {v.objective:.3g}" for v in found]
    return Said(
        f"如有人遇事未报：{zh}现为{base:.3g}；未报{'，'.join(parts)}。",
        f"If some of what happens is not reported: {en} is {base:.3g}; unreported {', '.join(parts_en)}.",
    )
