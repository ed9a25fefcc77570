"""Pure engines: where grids lie, where to stand, whom to send, which way to walk, who works when.

Every engine is a package with the same face: an immutable ``Problem``, an immutable ``Plan`` and
``solve(problem, *, seconds, seed, warm=None, stop=None, progress=None) -> Plan``; beside it a ``check(problem, plan)``
that shares no code with the solver. Engines know metres, minutes, households, demand and skills; they know no law, no
clock of their own day and no person beyond what a schedule needs.

Import the one you need: ``from wuxiao.plan import cover``.
"""
