"""Pure engines: where grids lie, where to stand, whom to send, which way to walk, who works when.

Every engine is a package with the same face: an immutable ``Problem``, an immutable ``Plan`` and
``solve(problem, *, seconds, seed, warm=None, stop=None, progress=None) -> Plan``; beside it a ``check(problem, plan)``
that shares no code with the solver. Engines know metres, minutes, households, demand and skills; they know no law, no
clock of their own day and no person beyond what a schedule needs.

``from wuxiao import plan`` and ``plan.cover``: an engine is imported when it is first named.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from wuxiao.plan.engine import NAMES

__all__ = [
    "beats", "cover", "demand", "dispatch", "grids", "ground", "match", "order", "queue", "replay", "roster", "rounds",
]  # fmt: skip


def __getattr__(name: str) -> ModuleType:
    if name in NAMES or name == "ground":
        return importlib.import_module(f"wuxiao.plan.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
