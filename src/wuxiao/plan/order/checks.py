"""Look at an order from outside: everybody once, the lot as published, the likelier before the less likely between."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256

from wuxiao.plan.form import Said
from wuxiao.plan.order.problem import Plan, Problem


def check(problem: Problem, plan: Plan) -> list[Said]:
    """Return where an order breaks what must hold."""
    n = len(problem.listed.place)
    if sorted(plan.order.tolist()) != list(range(n)):
        return [Said("名单须把每处场所恰列一次", "the list must name every place exactly once")]
    if len(plan.drawn) != n or len(plan.chance) != n or plan.weighed.shape != (n, len(plan.groups)):
        return [Said(f"各栏应有{n}行", f"every column must have {n} rows")]
    tell: list[Said] = []
    if any(not 0.0 <= x <= 1.0 for x in plan.chance.tolist()):
        tell.append(Said("有可能性不在0与1之间", "a chance lies outside 0 to 1"))
    share = Fraction(problem.drawn).limit_denominator(10**6)
    lots = 0
    for k, by_lot in enumerate(plan.drawn.tolist(), start=1):
        lots += by_lot
        if lots < share * k:
            said = Said(f"前{k}处中随机抽取的不足{problem.drawn:.0%}", f"of the first {k} too few were drawn by lot")
            tell.append(said)
            break
    wanted = _by_rule(plan, n)
    if plan.order.tolist() != wanted:
        where = next(k for k in range(n) if plan.order[k] != wanted[k])
        said = Said(
            f"第{where + 1}位不合规则（可能性大的在前，随机的按种子）",
            f"position {where + 1} is not by the rule (the likelier first, the lot by its seed)",
        )
        tell.append(said)
    straight = _first_half(plan.chance.tolist(), sorted(range(n), key=lambda r: -plan.chance[r]))
    mixed = _first_half(plan.chance.tolist(), plan.order.tolist())
    if abs(plan.head.objective - mixed) > 1e-9 or plan.head.bound is None or abs(plan.head.bound - straight) > 1e-9:
        tell.append(Said("目标值或界限与可能性不符", "the objective or the bound is not what the chances make it"))
    if plan.trial is not None and not (
        0.0 <= plan.trial.low <= plan.trial.share <= plan.trial.high <= 1.0
        and 0 < plan.trial.critical <= plan.trial.visits < plan.visits
    ):
        tell.append(Said("试排的数字自相矛盾", "the figures of the trial contradict one another"))
    if plan.visits != int(problem.visits.told.sum()):
        tell.append(Said("所依据的检查次数不符", "the number of visits is not that of the question"))
    return tell


def _by_rule(plan: Plan, n: int) -> list[int]:
    """Return the list as anybody would write it with the chances, the seed and SHA-256."""

    def lot(what: str, number: int) -> int:
        return int(sha256(f"{plan.head.seed}:{what}:{number}".encode()).hexdigest()[:16], 16)

    rest = sorted(range(n), key=lambda r: (-round(float(plan.chance[r]), 12), lot("tie", r)))
    place, gone, told, number = list(rest), set[int](), [], 0
    for by_lot in plan.drawn.tolist():
        if by_lot:
            while (row := place[lot("draw", number) % n]) in gone:
                number += 1
            number += 1
        else:
            row = next(r for r in rest if r not in gone)
        gone.add(row)
        told.append(row)
        while rest and rest[0] in gone:
            rest.pop(0)
    return told


def _first_half(worth: Sequence[float], order: Sequence[int]) -> float:
    twice = sum(worth[row] * (2 if 2 * (k + 1) <= len(order) else 1 if 2 * k < len(order) else 0)
                for k, row in enumerate(order))  # fmt: skip
    whole = sum(worth)
    return twice / whole / 2.0 if whole > 0 else 0.0
