"""The counts of the dashboard: work by state and age, what came in and went out, by unit; never by person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from wuxiao.desk.case.shown import visible
from wuxiao.desk.look.search import BANDS, age_band
from wuxiao.records.models import Matter
from wuxiao.rules.access import Viewer
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.flow import WORKING, State

DAYS = 30
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
    """Count (three queries); a page keeps the result for a minute."""
    rows = visible(viewer).filter(closed_at__isnull=True).exclude(state=State.CLOSED.value)
    # The same conditions as the list that each number leads to.
    bands: dict[str, Any] = {f"b{n}": Count("pk", filter=Q(**age_band(n, now))) for n in range(len(BANDS) + 1)}
    states = {
        state: tuple(counts)
        for state, *counts in rows.order_by().values("state").annotate(**bands).values_list("state", *bands)
    }
    late = Count("pk", filter=Q(due_at__lt=now, state__in=_WORKING))
    units = {
        row["holder"]: (row["n"], row["late"])
        for row in rows.order_by().values("holder").annotate(n=Count("pk"), late=late)
    }
    return Board(states=states, days=_flow(viewer, now), units=units)


def _flow(viewer: Viewer, now: datetime) -> tuple[tuple[date, int, int], ...]:
    today = now.astimezone(SHANGHAI).date()
    days = [today - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    seen = visible(viewer).order_by()
    parts: list[QuerySet[Matter, Any]] = []
    # One index range per day: grouping by day would compute the local date of every row.
    for day in days:
        start = datetime.combine(day, time(), SHANGHAI)
        end = start + timedelta(days=1)
        parts.append(seen.filter(received_at__gte=start, received_at__lt=end).values_list("pk"))
        parts.append(seen.filter(closed_at__gte=start, closed_at__lt=end).values_list("pk"))
    sql: list[str] = []
    params: list[Any] = []
    for n, part in enumerate(parts):
        text, given = part.query.sql_with_params()
        sql.append(f"SELECT {n} AS n, COUNT(*) AS c FROM ({text}) AS day")
        params += given
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(sql), params)
        counts = dict(cursor.fetchall())
    return tuple((day, counts[2 * n], counts[2 * n + 1]) for n, day in enumerate(days))
