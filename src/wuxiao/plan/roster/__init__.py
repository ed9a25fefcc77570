"""Who works when: rosters with skills, rest, nights, weekends, fairness over months, wishes, posts and three don'ts."""

from wuxiao.plan.roster.change import sick
from wuxiao.plan.roster.checks import check
from wuxiao.plan.roster.entry import ENGINE
from wuxiao.plan.roster.problem import (
    Band,
    Contract,
    Cover,
    Fair,
    Keep,
    Pattern,
    Person,
    Pin,
    Plan,
    Problem,
    Shift,
    Step,
    Wish,
)
from wuxiao.plan.roster.search import solve

__all__ = [
    "ENGINE",
    "Band",
    "Contract",
    "Cover",
    "Fair",
    "Keep",
    "Pattern",
    "Person",
    "Pin",
    "Plan",
    "Problem",
    "Shift",
    "Step",
    "Wish",
    "check",
    "sick",
    "solve",
]
