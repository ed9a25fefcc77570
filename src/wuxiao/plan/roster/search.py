"""Solving: which way a problem goes (columns where it is made of people's own rules and cover; else CP-SAT)."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

from wuxiao.plan.form import BadProblem, Cancel, Head, NotYet, Progress, Said, Stop, Watch, seeded
from wuxiao.plan.roster.finish import VERSION, cost_of, costs, finish
from wuxiao.plan.roster.problem import Plan, Problem

#: Search workers of CP-SAT: with fewer it finds no first roster on some problems, also on two cores.
WORKERS = 8
#: Deterministic seconds of one step where a plan must be had again.
STEP = 2.0


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
    from ortools.sat.python import cp_model

    from wuxiao.plan.roster.conflict import explain
    from wuxiao.plan.roster.model import Model

    model = Model(problem)
    best: dict[str, Any] = {"rows": None, "objective": None, "bound": None}
    steps = 0
    proved = False
    if warm is not None:
        model.hint(warm.rows)
    elif problem.keep is not None:
        model.hint(problem.keep.rows)

    class Told(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            now.update(objective=float(self.objective_value), bound=float(self.best_objective_bound))

    now: dict[str, float | None] = {"objective": None, "bound": None}

    def run(cp: Any, share: float, work: float, workers: int = WORKERS) -> tuple[Any, int]:
        """Solve within a share of the time, or within `work` deterministic seconds where a plan must be had again."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = workers
        solver.parameters.random_seed = seeded(seed, steps)
        if again or workers == 1:
            solver.parameters.interleave_search = workers > 1
            solver.parameters.max_deterministic_time = work
        if math.isfinite(watch.left):
            solver.parameters.max_time_in_seconds = max(0.05, share * watch.left)
        with Poll(lambda: not again and watch(steps, now["objective"], now["bound"]), solver.stop_search):
            status = int(solver.solve(cp, Told()))
        return solver, status

    def take(solver: Any) -> None:
        found = costs(model, solver)
        total = sum(found.values())
        if best["objective"] is None or total < best["objective"]:
            best.update(rows=read(problem, model, solver), objective=total, costs=found)
            model.hint(best["rows"])

    # First ask for a roster as cheap as the bound allows: where one exists this is far quicker than coming down to it.
    if model.terms and warm is None and problem.keep is None:
        size = sum(map(len, model.x.values())) / 8000
        solver, status = run(model.cp, 0.2, 0.5 * max(0.2, size), workers=1)
        if status == cp_model.INFEASIBLE:
            raise explain(problem, seconds=min(60.0, max(5.0, watch.left)), seed=seed)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            take(solver)
        bound = max(0, math.ceil(solver.best_objective_bound - 1e-6))
        best["bound"], proved = bound, status == cp_model.OPTIMAL
        for _ in range(12):
            if proved or watch.reason:
                break
            steps += 1
            solver, status = run(model.at_most(bound), 0.15, STEP)
            if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                take(solver)
                proved = True
            elif status == cp_model.INFEASIBLE:
                bound += 1
                best["bound"] = bound
            else:
                break
            if best["objective"] is not None and best["objective"] <= bound:
                proved = True
    while not (proved or watch(steps, best["objective"], best["bound"])):
        solver, status = run(model.cp, 1.0, STEP * 1.5 ** min(steps, 12))
        steps += 1
        if status == cp_model.INFEASIBLE:
            raise explain(problem, seconds=min(60.0, max(5.0, watch.left)), seed=seed)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            take(solver)
        best["bound"] = max(best["bound"] or 0, solver.best_objective_bound)
        proved = status == cp_model.OPTIMAL
    if best["rows"] is None:
        said = Said(
            "时限内没有找到一张班表，也没有证明没有；请放宽时限",
            "no roster was found in the time and none was shown impossible: give it more time",
        )
        raise NotYet("seconds", said)
    if not proved:
        # A roster that is not proven best may carry slack that nobody needs.
        best["costs"] = cost_of(problem, best["rows"])
        best["objective"] = sum(best["costs"].values())
    head = Head(
        engine="roster",
        version=VERSION,
        seed=seed,
        seconds=watch.seconds,
        iterations=steps,
        objective=float(best["objective"]),
        bound=float(math.ceil(best["bound"] - 1e-6)),
        stopped="proved" if proved else watch.reason or "done",
    )
    return finish(problem, head, best["rows"], best["costs"])


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
