"""The counts of the dashboard: work by state and age, what came in and went out, by unit; never by person.

The numbers are those declared in `rules.measures`, of what the viewer may see and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from wuxiao.desk.case.shown import visible
from wuxiao.desk.figures import count as counter
from wuxiao.rules.access import Viewer
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.flow import WORKING
from wuxiao.rules.measures import CLOSED, LATE, MATTERS, OPEN, RECEIVED

DAYS = 30
BY_AGE = ("state", "age")
_WORKING = [s.value for s in WORKING]


@dataclass(frozen=True, slots=True)
class Board:
    """Counts for one viewer: `states[state]` by age band, `days` (came in, closed), `units[code]` (open, late)."""

    states: dict[str, tuple[int, ...]]
    days: tuple[tuple[date, int, int], ...]
    units: dict[str, tuple[int, int]]

    @property
    def open(self) -> int:
        """All open matters."""
        return sum(sum(counts) for counts in self.states.values())

    @property
    def working(self) -> int:
        """Open matters whose promise runs."""
        return sum(sum(counts) for state, counts in self.states.items() if state in _WORKING)

    @property
    def late(self) -> int:
        """Open matters past their promise."""
        return sum(late for _open, late in self.units.values())


def board(viewer: Viewer, *, now: datetime) -> Board:
    """Count (two queries); a page keeps the result for a minute."""
    found = counter.tables((OPEN, LATE), now, now, rows=visible(viewer))
    bands = range(len(MATTERS.dimension("age").bands) + 1)
    by_age = found.get(BY_AGE, {})
    states = {
        state: tuple(by_age[state, band][OPEN.name] if (state, band) in by_age else 0 for band in bands)
        for state, _ in by_age
    }
    units = {unit: (n[OPEN.name], n[LATE.name]) for (unit,), n in found.get(("unit",), {}).items()}
    return Board(states=states, days=_flow(viewer, now), units=units)


def _flow(viewer: Viewer, now: datetime) -> tuple[tuple[date, int, int], ...]:
    midnight = datetime.combine(now.astimezone(SHANGHAI).date(), time(), SHANGHAI)
    first = midnight - timedelta(days=DAYS - 1)
    spans = counter.spans(first, midnight + timedelta(days=1))
    counted = counter.by_day((RECEIVED, CLOSED), spans, rows=visible(viewer))
    return tuple(
        (start.date(), n[RECEIVED.name], n[CLOSED.name]) for (start, _end), n in zip(spans, counted, strict=True)
    )
