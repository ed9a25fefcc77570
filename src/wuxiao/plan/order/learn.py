"""The chance of a critical finding: a logistic line over a place's past, drawn to the mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wuxiao.plan.form import Watch
from wuxiao.plan.order import past
from wuxiao.plan.order.problem import Listed, Problem, Visits
from wuxiao.plan.store import Floats, Ints

#: How strongly weights are drawn to none: chosen by months on the public part of one city; see docs/planning/order.md.
RIDGE = 33.0
#: Fewer visits than this, or fewer with (or without) a critical finding: nothing is learnt.
LEAST_VISITS, LEAST_CRITICAL = 200, 20
#: Reports nearby are told in shares of their median and count no more than so many medians.
MOST_MEDIANS = 5.0
STEPS = 60

GROUPS = ("found", "seen", "licence", "kind", "nearby")


@dataclass(frozen=True, slots=True)
class Line:
    """What was learnt: which kinds and lines count, the middle of each column, its spread, its weight."""

    columns: tuple[tuple[str, str], ...]
    median: Floats
    middle: Floats
    spread: Floats
    weight: Floats
    base: float
    steps: int
    group: Ints

    def table(self, own: Floats, kind: tuple[str, ...], lines: tuple[tuple[str, ...], ...], nearby: Floats) -> Floats:
        """Return the columns of some rows, measured from the middle in spreads."""
        return (_table(self.columns, self.median, own, kind, lines, nearby) - self.middle) / self.spread

    def odds(self, table: Floats) -> Floats:
        """Return the log odds of a critical finding."""
        found: Floats = self.base + table @ self.weight
        return found


def _table(
    columns: tuple[tuple[str, str], ...], median: Floats, own: Floats, kind: tuple[str, ...],
    lines: tuple[tuple[str, ...], ...], nearby: Floats,
) -> Floats:  # fmt: skip
    near = np.minimum(nearby / median, MOST_MEDIANS)
    return np.hstack([own, past.sorts(kind, lines, columns), near, np.log1p(near)])


def enough(critical: Ints) -> bool:
    """Return whether so many visits can teach anything."""
    found = int((critical > 0).sum())
    return len(critical) >= LEAST_VISITS and min(found, len(critical) - found) >= LEAST_CRITICAL


def fit(visits: Visits, seen: dict[str, past.Seen], rows: Ints, watch: Watch) -> Line:
    """Return the line that some rows of the visits teach, each with what was known on its own morning."""
    kind = tuple(visits.kind[r] for r in rows)
    lines = tuple(visits.lines[r] for r in rows)
    columns = past.known_sorts(visits, rows.astype(np.float64))
    nearby = visits.nearby[rows] if visits.nearby.shape[1] else np.zeros((len(rows), 0))
    median = np.median(nearby, axis=0) if nearby.size else np.ones(nearby.shape[1])
    median = np.where(median > 0, median, 1.0)
    own = past.own(seen, [visits.place[r] for r in rows], visits.day[rows], visits.licensed[rows])
    raw = _table(columns, median, own, kind, lines, nearby)
    middle, spread = raw.mean(axis=0), raw.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    weight, base, steps = _newton((raw - middle) / spread, (visits.critical[rows] > 0).astype(np.float64), watch)
    names = [g for _, g in past.OWN] + ["kind"] * len(columns) + ["nearby"] * (2 * nearby.shape[1])
    group = np.array([GROUPS.index(g) for g in names], dtype=np.int64)
    return Line(columns, median, middle, spread, weight, base, steps, group)


def _newton(table: Floats, critical: Floats, watch: Watch) -> tuple[Floats, float, int]:
    """Return weights and base of the ridge logistic line: the loss is convex, a step is halved until it falls."""
    n, m = table.shape
    whole = np.hstack([table, np.ones((n, 1))])
    ridge = np.append(np.full(m, RIDGE), 0.0)
    share = float(critical.mean())
    weight = np.append(np.zeros(m), np.log(share / (1.0 - share)))

    def loss(w: Floats) -> float:
        odds = whole @ w
        return float(np.logaddexp(0.0, odds).sum() - critical @ odds + 0.5 * (ridge * w * w).sum())

    now, steps = loss(weight), 0
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(whole @ weight, -40.0, 40.0)))
        slope = whole.T @ (chance - critical) + ridge * weight
        bend = (whole * (chance * (1.0 - chance))[:, None]).T @ whole + np.diag(ridge + 1e-9)
        step, part = np.linalg.solve(bend, slope), 1.0
        while part > 1e-6 and (then := loss(weight - part * step)) > now:
            part /= 2.0
        steps += 1
        if part <= 1e-6:
            break
        weight, gain, now = weight - part * step, now - then, then
        if gain < 1e-9 * max(1.0, abs(now)) or watch(steps):
            break
    return weight[:-1], float(weight[-1]), steps


def listed(line: Line, problem: Problem, seen: dict[str, past.Seen]) -> Floats:
    """Return the columns of the places that are due, as they are known on the morning of the list."""
    those: Listed = problem.listed
    n = len(those.place)
    own = past.own(seen, those.place, np.full(n, problem.today), those.licensed)
    return line.table(own, those.kind, those.lines, those.nearby.reshape(n, len(problem.reports)))
