"""What all engines share: two-language words, refusals, the head of a plan, stop rules."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable


@dataclass(frozen=True, slots=True)
class Said:
    """One statement in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh}\n{self.en}"


class BadProblem(ValueError):
    """A problem that cannot be solved as given: names the field, the row where there is one, and how to mend it."""

    def __init__(self, where: str, said: Said, row: int | None = None) -> None:
        place = where if row is None else f"{where}[{row}]"
        super().__init__(f"{place}: {said.zh} / {said.en}")
        self.where = where
        self.row = row
        self.said = said


class NotYet(BadProblem):
    """No plan was found within the limit and none was shown impossible: more time may find one."""


#: Share of the larger of two numbers within which they are the same: what sums of doubles leave open.
SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What every plan says about how it was found.

    `bound` is proven for the objective of the whole problem, or None, which reads "no bound"; `stopped` is the reason
    the search ended (``proved``, ``seconds``, ``iterations``, ``patience``, ``cancelled``, ``done`` for a method that
    ends by itself). `seconds` is wall time and the only part that differs between two runs with one seed and one limit
    of iterations.
    """

    engine: str
    version: str
    seed: int
    seconds: float
    iterations: int
    objective: float
    bound: float | None
    stopped: str
    minimise: bool = True

    @property
    def gap(self) -> float | None:
        """Return how far the bound leaves open, as a share of the objective; None where there is no bound."""
        if self.bound is None:
            return None
        apart = self.objective - self.bound if self.minimise else self.bound - self.objective
        scale = max(abs(self.objective), abs(self.bound))
        # Measured by the problem's own size: what is 1e-9 of nothing may be the whole of a problem in small units.
        if apart <= SAME * scale:
            return 0.0
        return apart / abs(self.objective) if self.objective else math.inf

    def why(self) -> Said:
        """Return how good the plan is known to be, in words."""
        ended = _ENDED.get(self.stopped, Said(self.stopped, self.stopped))
        gap = self.gap
        if gap is None:
            known = Said("没有证明的界限", "no proven bound")
        elif math.isinf(gap):
            known = Said(f"证明的界限是{self.bound:.6g}", f"the proven bound is {self.bound:.6g}")
        elif gap <= SAME:
            known = Said("已证明最优", "proven best")
        else:
            known = Said(f"距证明的界限不超过{gap:.2%}", f"within {gap:.2%} of the proven bound")
        return Said(
            f"{self.engine} {self.version}，种子{self.seed}，{self.iterations}步，{self.seconds:.2f}秒；"
            f"目标值{self.objective:.6g}，{known.zh}；{ended.zh}。",
            f"{self.engine} {self.version}, seed {self.seed}, {self.iterations} steps, {self.seconds:.2f} s; "
            f"objective {self.objective:.6g}, {known.en}; {ended.en}.",
        )


_ENDED = {
    "proved": Said("证明后停止", "stopped when proven"),
    "seconds": Said("到时停止", "stopped at the time limit"),
    "iterations": Said("到步数停止", "stopped at the limit of steps"),
    "patience": Said("久无改进而停止", "stopped after long without a gain"),
    "cancelled": Said("被取消", "cancelled"),
    "done": Said("方法走完", "the method came to its end"),
}


@dataclass(frozen=True, slots=True)
class State:
    """Where a running search stands; `objective` and `bound` are None until there is one."""

    iterations: int
    seconds: float
    objective: float | None = None
    bound: float | None = None


#: A stop rule: looks at the state and returns the reason to stop, or "" to go on.
Stop = Callable[[State], str]
#: Told the state now and then; whatever it raises ends the search.
Progress = Callable[[State], None]


def after_seconds(seconds: float) -> Stop:
    """Return a rule that stops at a wall time."""
    return lambda state: "seconds" if state.seconds >= seconds else ""


def after_iterations(count: int) -> Stop:
    """Return a rule that stops at a number of steps: with it and a seed, a plan can be had again."""
    return lambda state: "iterations" if state.iterations >= count else ""


def when_within(gap: float) -> Stop:
    """Return a rule that stops when objective and bound are within a share of one another."""

    def rule(state: State) -> str:
        if state.objective is None or state.bound is None:
            return ""
        near = abs(state.objective - state.bound) <= gap * abs(state.objective)
        return "proved" if near else ""

    return rule


@dataclass(slots=True)
class Patience:
    """A rule that stops after so many steps without a better objective."""

    steps: int
    _best: float | None = None
    _since: int = 0

    def __call__(self, state: State) -> str:
        if state.objective != self._best:
            self._best, self._since = state.objective, state.iterations
        return "patience" if state.iterations - self._since >= self.steps else ""


@dataclass(slots=True)
class Cancel:
    """A rule that another thread may trip: ``cancel = Cancel(); solve(..., stop=cancel)``, then ``cancel.now()``."""

    _tripped: threading.Event = field(default_factory=threading.Event)

    def now(self) -> None:
        """Ask the search to end with the best plan it has."""
        self._tripped.set()

    def __call__(self, state: State) -> str:
        return "cancelled" if self._tripped.is_set() else ""


def either(*rules: Stop | None) -> Stop:
    """Return a rule that stops as soon as one of several does; None among them is passed over."""
    given = [rule for rule in rules if rule is not None]
    return lambda state: next((reason for rule in given if (reason := rule(state))), "")


class Compiling:
    """How long numba has compiled in this process: `shared.compiled` adds to it, and `Watch` does not count it.

    A first plan in a town would else spend its limit on the compiler and come out without a bound.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.began: float | None = None

    @property
    def so_far(self) -> float:
        """Return the seconds until now, a compilation that is under way included."""
        began = self.began
        return self.seconds + (0.0 if began is None else time.perf_counter() - began)


COMPILING = Compiling()


def own_scale(size: float, *, whole: bool = False, bits: int = 20) -> float:
    """Return a power of two that brings a problem of such a size to about 2^bits, for solvers of fixed tolerances.

    HiGHS and the searches stop at a millionth of a unit, whatever the unit is. Powers of two change no digit, so what
    is found is divided by it again without a trace. Whole numbers of ordinary size stay as they are: bounds round.
    """
    if not (size > 0.0 and math.isfinite(size)) or (whole and 1.0 <= size <= 2.0**40):
        return 1.0
    return 2.0 ** max(-900, min(900, bits - round(math.log2(size))))


#: The largest seed: numpy, numba, HiGHS and CP-SAT all take so many.
MOST_SEED = 2**31 - 1


def seeded(seed: int, step: int = 0) -> int:
    """Return a seed of its own for a step of a search, within what every random generator takes.

    Raises `BadProblem` for a seed that is none.
    """
    if not 0 <= seed <= MOST_SEED:
        said = Said(f"种子须是0到{MOST_SEED}的整数", f"the seed must be a whole number from 0 to {MOST_SEED}")
        raise BadProblem("seed", said)
    return seed if not step else (seed * 1000 + step) % (MOST_SEED + 1)


class Watch:
    """Keeps time for one search, asks its stop rule and tells its progress; compiling is not counted.

    An engine makes one at the start of `solve`, calls it between chunks of work and ends when `reason` is set:
    ``watch = Watch(seconds, stop, progress)`` … ``if watch(iterations, objective, bound): break``.
    """

    def __init__(self, seconds: float, stop: Stop | None = None, progress: Progress | None = None) -> None:
        if not seconds > 0:
            raise BadProblem("seconds", Said("时限须大于零", "the time limit must be above zero"))
        self.limit = seconds
        self.reason = ""
        self._rule = either(stop, after_seconds(seconds) if math.isfinite(seconds) else None)
        self._progress = progress
        self._began = time.perf_counter()
        self._compiled = COMPILING.so_far

    @property
    def compiled(self) -> float:
        """Return the seconds that were compiled since the search began."""
        return COMPILING.so_far - self._compiled

    @property
    def seconds(self) -> float:
        """Return the seconds since the search began, without those that numba compiled."""
        return max(0.0, time.perf_counter() - self._began - self.compiled)

    @property
    def left(self) -> float:
        """Return the seconds that are left, not below zero; infinite without a limit of time."""
        return max(0.0, self.limit - self.seconds)

    def __call__(self, iterations: int, objective: float | None = None, bound: float | None = None) -> bool:
        """Tell where the search stands; return whether it must end."""
        state = State(iterations, self.seconds, objective, bound)
        if self._progress is not None:
            self._progress(state)
        self.reason = self.reason or self._rule(state)
        return bool(self.reason)


@runtime_checkable
class Explained(Protocol):
    """A plan: says how it was found and why it is as it is."""

    @property
    def head(self) -> Head:
        """Return how the plan was found."""
        ...

    def why(self) -> tuple[Said, ...]:
        """Return the reasons for the plan in plain words, the weightiest first."""
        ...


P = TypeVar("P", contravariant=True)
R = TypeVar("R", covariant=True)


class Solve(Protocol[P, R]):
    """The face of every engine.

    `seconds` is a limit of wall time (``math.inf`` for none, then `stop` must end it); `warm` is an earlier plan to
    start from or to stay near; raises `BadProblem`, never returns a plan that breaks a hard rule.
    """

    def __call__(
        self,
        problem: P,
        /,
        *,
        seconds: float,
        seed: int,
        warm: Any = None,
        stop: Stop | None = None,
        progress: Progress | None = None,
    ) -> R:
        """Solve a problem."""
        ...
