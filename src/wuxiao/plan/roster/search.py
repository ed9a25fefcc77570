"""Solving: which way a problem goes (columns where it is made of people's own rules and cover; else CP-SAT)."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

from wuxiao.plan.form import BadProblem, Cancel, Head, NotYet, Progress, Said, Stop, Watch, seeded
from wuxiao.plan.roster.finish import VERSION, finish
from wuxiao.plan.roster.problem import Plan, Problem

#: Search workers of CP-SAT: with fewer it finds no first roster on some problems, also on two cores.
WORKERS = 8
#: Deterministic seconds of one step where a plan must be had again.
STEP = 2.0
#: Literals up to which the whole is minimised at once; above, parts are.
SMALL = 4_000
#: Moves of annealing for a first roster where a plan must be had again.
MOVES = 200_000


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
    """Return a roster that keeps every hard rule and costs as little as could be found, with a proven bound.

    `warm` is a roster to start from (to stay near one, give the problem a `Keep`). With a `stop` rule other than
    `Cancel`, or without a limit of time, the search goes in steps that come out the same each time; else it uses the
    machine as it can. Raises `BadProblem` for what cannot be meant and its kind `Conflict` where no roster keeps all
    hard rules, with a smallest set of rules that cannot hold together.
    """
    watch = Watch(seconds, stop, progress)
    again = not math.isfinite(seconds) or (stop is not None and not isinstance(stop, Cancel))
    if warm is not None:
        _fits(problem, warm.rows)
    from wuxiao.plan.roster import columns

    if not again and columns.suits(problem):
        return columns.solve(problem, watch=watch, seed=seed, warm=warm)
    return _by_cp_sat(problem, watch, seed, warm, again)


def _fits(problem: Problem, rows: Sequence[Sequence[str]]) -> None:
    names = {s.id for s in problem.shifts} | {""}
    if len(rows) != len(problem.people) or any(len(r) != problem.days or not set(r) <= names for r in rows):
        said = Said("旧班表与本题的人、天或班次不合", "the roster to start from has other people, days or shifts")
        raise BadProblem("warm", said)


def _by_cp_sat(problem: Problem, watch: Watch, seed: int, warm: Plan | None, again: bool) -> Plan:
    search = _Search(problem, watch, seed, warm, again)
    search.all()
    return search.plan()


class _Search:
    """One search by CP-SAT and annealing: what is known so far, and the stages that add to it."""

    def __init__(self, problem: Problem, watch: Watch, seed: int, warm: Plan | None, again: bool) -> None:
        from wuxiao.plan.roster.local import Local

        self.problem, self.watch, self.seed, self.again = problem, watch, seed, again
        self.local = Local(problem, watch, seed)
        self.fresh = warm is None and problem.keep is None
        self.steps = 0
        self.bound: float = -math.inf
        self.proved = False
        if warm is not None:
            self.local.take(warm.rows)
        elif problem.keep is not None:
            self.local.take(problem.keep.rows)

    # A search with a limit of time looks for a first roster before the model is built, which takes seconds where there
    # are many people; by steps the order is the other way round, as months that are fair by the bound need no start.

    def all(self) -> None:
        from wuxiao.plan.roster.model import Model

        if not self.again:
            self.local.cool(min(0.5, 0.3 * self.watch.limit), self.local.hot, self.local.cold)
            if self.watch.left <= 0.0:
                # The model alone takes seconds where people are many: what there is now is told.
                self.over()
                return
        self.model = Model(self.problem)
        self.size = sum(map(len, self.model.x.values()))
        if self.model.terms and self.fresh:
            self.ideal()
        if self.again and not self.proved and not math.isfinite(self.local.cost):
            self.local.moves(MOVES, self.local.hot, self.local.cold)
        if not self.again and self.size > SMALL and not self.proved:
            self.large()
        self.whole()

    @property
    def known(self) -> float | None:
        return self.local.cost if math.isfinite(self.local.cost) else None

    def over(self) -> bool:
        return self.watch(self.steps, self.known, self.bound if math.isfinite(self.bound) else None)

    def run(self, cp: Any, seconds: float, work: float, workers: int = WORKERS) -> tuple[Any, int]:
        """Solve within so many seconds, or within `work` deterministic ones where a plan must be had again."""
        from ortools.sat.python import cp_model

        now: dict[str, float | None] = {"objective": self.known, "bound": None}

        class Told(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(self) -> None:
                now.update(objective=float(self.objective_value), bound=float(self.best_objective_bound))

        solver = cp_model.CpSolver()
        solver.parameters.num_workers = workers
        solver.parameters.random_seed = seeded(self.seed, self.steps)
        if self.again or workers == 1:
            solver.parameters.interleave_search = workers > 1
            solver.parameters.max_deterministic_time = work
        if math.isfinite(self.watch.left):
            solver.parameters.max_time_in_seconds = max(0.05, seconds)
        ask = self.watch
        steps = self.steps
        with Poll(lambda: not self.again and ask(steps, now["objective"], now["bound"]), solver.stop_search):
            status = int(solver.solve(cp, Told()))
        return solver, status

    def take(self, solver: Any) -> None:
        self.local.take(read(self.problem, self.model, solver))

    def explain(self) -> BadProblem:
        from wuxiao.plan.roster.conflict import explain

        return explain(self.problem, seconds=min(60.0, max(5.0, self.watch.left)), seed=self.seed)

    def ideal(self) -> None:
        """Ask for a roster as cheap as the bound: where one exists this is far quicker than coming down to it."""
        from ortools.sat.python import cp_model

        good = (cp_model.OPTIMAL, cp_model.FEASIBLE)
        solver, status = self.run(self.model.cp, 0.2 * self.watch.left, max(0.1, self.size / 16_000), workers=1)
        if status == cp_model.INFEASIBLE:
            raise self.explain()
        if status in good:
            self.take(solver)
        bound = max(0, math.ceil(solver.best_objective_bound - 1e-6))
        self.bound, self.proved = bound, status == cp_model.OPTIMAL
        for _ in range(12):
            if self.proved or self.over():
                return
            self.steps += 1
            solver, status = self.run(self.model.at_most(bound), min(20.0, 0.15 * self.watch.left), STEP)
            if status in good:
                self.take(solver)
                self.proved = True
            elif status == cp_model.INFEASIBLE:
                bound += 1
                self.bound = bound
            else:
                return
            self.proved = self.proved or self.local.cost <= bound

    def large(self) -> None:
        """Anneal, then free parts, in what is left of the time: for problems too large to be minimised whole."""
        from wuxiao.plan.roster.neighbours import improve

        local, watch = self.local, self.watch
        local.cool(0.4 * watch.left, local.hot, local.cold, self.bound)
        if math.isfinite(local.cost):
            improve(self.problem, local, watch, self.seed, until=math.inf, bound=self.bound)
        self.proved = local.cost <= self.bound + 1e-9

    def whole(self) -> None:
        """Minimise the whole, in growing steps where a plan must be had again, else until the time is over."""
        from ortools.sat.python import cp_model

        while not (self.proved or self.over()):
            if self.known is not None:
                self.model.hint(self.local.best)
            elif self.problem.keep is not None:
                self.model.hint(self.problem.keep.rows)
            solver, status = self.run(self.model.cp, self.watch.left, STEP * 1.5 ** min(self.steps, 12))
            self.steps += 1
            if status == cp_model.INFEASIBLE:
                raise self.explain()
            if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                self.take(solver)
            self.bound = max(self.bound, solver.best_objective_bound)
            self.proved = status == cp_model.OPTIMAL

    def plan(self) -> Plan:
        if self.known is None:
            said = Said(
                "时限内没有找到一张班表，也没有证明没有；请放宽时限",
                "no roster was found in the time and none was shown impossible: give it more time",
            )
            raise NotYet("seconds", said)
        bound = float(math.ceil(self.bound - 1e-6)) if math.isfinite(self.bound) else None
        head = Head(
            engine="roster",
            version=VERSION,
            seed=self.seed,
            seconds=self.watch.seconds,
            iterations=self.steps,
            objective=float(self.local.cost),
            bound=bound,
            stopped="proved" if self.proved else self.watch.reason or "done",
        )
        return finish(self.problem, head, self.local.best, self.local.by_rule())


class Poll:
    """While it is open, asks now and then whether to end, and ends the search of another thread when told so."""

    def __init__(self, ask: Callable[[], bool], end: Callable[[], None], every: float = 0.2) -> None:
        self._ask, self._end, self._every = ask, end, every
        self._done = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._done.wait(self._every):
            try:
                over = self._ask()
            except BaseException as error:  # what a progress callback raises ends the search in the caller's thread
                self._failed = error
                over = True
            if over:
                self._end()

    def __enter__(self) -> Poll:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        if self._failed is not None:
            raise self._failed


def read(problem: Problem, model: Any, solver: Any) -> tuple[tuple[str, ...], ...]:
    """Return the roster of a solved model."""
    names = [s.id for s in problem.shifts]
    return tuple(
        tuple(
            next((names[k] for k, x in model.x[p, d].items() if solver.boolean_value(x)), "")
            for d in range(problem.days)
        )
        for p in range(len(problem.people))
    )
