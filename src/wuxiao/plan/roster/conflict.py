"""Where no roster keeps all hard rules: a smallest set of rules that cannot hold together, in words.

Every hard rule hangs on a literal; CP-SAT is asked whether all can be true. Rules are left out one by one as long as
the rest still conflict (deletion filter), then a set of fewest rules is sought by hitting sets: each set of rules whose
removal makes the rest possible must be hit by every conflict, and a least set that hits all and conflicts is smallest.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.roster.model import Key, Model
from wuxiao.plan.roster.problem import Problem


class Conflict(BadProblem):
    """No roster keeps all hard rules; `rules` cannot hold together, and `smallest` says whether fewer is impossible."""

    def __init__(self, rules: tuple[Said, ...], keys: tuple[Key, ...], *, least: bool, irreducible: bool) -> None:
        if least:
            size = Said("没有更小的冲突", "no smaller conflict exists")
        elif irreducible:
            size = Said("去掉其中任何一条就不再冲突", "without any one of them the others can hold")
        else:
            size = Said("限时内未能再缩小", "it could not be made smaller in the time")
        said = Said(
            f"以下{len(rules)}条规则不能同时满足（{size.zh}）：" + "；".join(r.zh for r in rules),
            f"these {len(rules)} rules cannot hold together ({size.en}): " + "; ".join(r.en for r in rules),
        )
        super().__init__("problem", said)
        self.rules = rules
        self.keys = keys
        self.smallest = least
        self.irreducible = irreducible


def explain(problem: Problem, *, seconds: float, seed: int) -> BadProblem:
    """Return the conflict of a problem that has no roster, as an exception to raise.

    Where the problem does have a roster after all, the exception says so.
    """
    from wuxiao.plan.roster.words import rule_words

    found = _Finder(problem, seconds, seed).find()
    if found is None:
        return BadProblem("problem", Said("各规则可以同时满足", "the rules can all hold together"))
    keys, least, irreducible = found
    return Conflict(tuple(rule_words(problem, k) for k in keys), keys, least=least, irreducible=irreducible)


class _Finder:
    def __init__(self, problem: Problem, seconds: float, seed: int) -> None:
        self.model = Model(problem, apart=True)
        self.keys = list(self.model.rules)
        self.place = {lit.index: key for key, lit in self.model.rules.items()}
        self.seed = seed
        self.kept: set[Key] = set()
        self.near: list[int] = []
        self.began = time.perf_counter()
        self.seconds = seconds

    def left(self) -> float:
        return self.seconds - (time.perf_counter() - self.began)

    def can(self, keys: Iterable[Key], limit: float) -> tuple[bool | None, set[Key]]:
        """Return whether rules can hold together (None: not known) and, where not, some that cannot."""
        from ortools.sat.python import cp_model

        chosen = set(keys)
        cp = self.model.cp
        cp.clear_assumptions()
        cp.add_assumptions([self.model.rules[k] for k in self.keys if k in chosen])
        solver = cp_model.CpSolver()
        # Assumptions are honoured by one worker only; its core names the rules it needed.
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self.seed
        solver.parameters.max_time_in_seconds = max(0.1, limit)
        status = solver.solve(cp)
        if status == cp_model.INFEASIBLE:
            core = {self.place[i] for i in solver.sufficient_assumptions_for_infeasibility() if i in self.place}
            return False, core & chosen or chosen
        return (True, set()) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else (None, set())

    def most(self, keys: set[Key], limit: float, *, others: bool = True) -> bool | None:
        """Find a roster that keeps some rules, and (`others`) as many others as can be seen quickly."""
        from ortools.sat.python import cp_model

        self.model.cp.clear_assumptions()
        cp = self.model.cp.clone()
        lits = {k: cp.get_bool_var_from_proto_index(lit.index) for k, lit in self.model.rules.items()}
        for k in keys:
            cp.add(lits[k] == 1)
        if others:
            cp.maximize(cp_model.LinearExpr.sum(list(lits.values())))
        for place, value in enumerate(self.near):
            # The last roster found broke few rules: the next one is looked for beside it.
            cp.add_hint(cp.get_int_var_from_proto_index(place), value)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 8
        solver.parameters.random_seed = self.seed
        solver.parameters.max_time_in_seconds = max(0.5, limit)
        status = solver.solve(cp)
        if status == cp_model.INFEASIBLE:
            return False
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        self.kept = {k for k, lit in lits.items() if solver.boolean_value(lit)}
        self.near = list(solver.response_proto.solution)
        return True

    def find(self) -> tuple[tuple[Key, ...], bool, bool] | None:
        can, core = self.can(self.keys, max(5.0, self.left()))
        if can is True:
            return None
        # Where one worker could not show it in the time, the whole set is all that can be said.
        conflict, irreducible = self.shrink(core) if can is False else (set(self.keys), False)
        least = False
        if irreducible:
            conflict, least = self.smallest(conflict)
        order = {k: i for i, k in enumerate(self.keys)}
        return tuple(sorted(conflict, key=order.__getitem__)), least, irreducible

    def shrink(self, core: set[Key]) -> tuple[set[Key], bool]:
        conflict = set(core)
        for key in sorted(core, key=str):
            if key not in conflict:
                continue
            if self.left() <= 0:
                return conflict, False
            can, smaller = self.can(conflict - {key}, min(self.left(), 10.0))
            if can is False:
                conflict = smaller
            elif can is None:
                return conflict, False
        return conflict, True

    def smallest(self, conflict: set[Key]) -> tuple[set[Key], bool]:
        """Return a conflict of fewest rules, by hitting sets, and whether that was shown in the time."""
        hit: list[set[Key]] = []
        everything = set(self.keys)
        for key in sorted(conflict, key=str):
            # Where all rules but one can hold, every conflict holds that one.
            if self.left() > 0 and self.most(everything - {key}, min(self.left(), 10.0), others=False):
                hit.append({key})
        while self.left() > 0:
            guess = _least_hitting(hit, self.left(), self.seed)
            if guess is None:
                return conflict, False
            if len(guess) >= len(conflict):
                return conflict, True
            can = self.most(guess, min(self.left(), 3.0))
            if can is None:
                can = self.most(guess, min(self.left(), 20.0))
            if can is False:
                return guess, True
            if can is None:
                return conflict, False
            # What stays out of a roster that keeps as many rules as it can is a set that every conflict must hit.
            hit.append(everything - self.kept)
        return conflict, False


def _least_hitting(sets: list[set[Key]], limit: float, seed: int) -> set[Key] | None:
    from ortools.sat.python import cp_model

    cp = cp_model.CpModel()
    names = sorted({k for s in sets for k in s}, key=str)
    lits: dict[Key, Any] = {k: cp.new_bool_var("") for k in names}
    for s in sets:
        cp.add_bool_or([lits[k] for k in sorted(s, key=str)])
    cp.minimize(cp_model.LinearExpr.sum(list(lits.values())) if lits else 0)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = max(0.1, limit)
    if solver.solve(cp) != cp_model.OPTIMAL:
        return None
    return {k for k in names if solver.boolean_value(lits[k])}
