"""Which days a place may be visited on: its patterns, listed where they are few."""

from __future__ import annotations

from wuxiao.plan.rounds.problem import Place

#: Up to so many patterns of a place are listed; above, the search chooses days by dynamic programming over the gaps.
LISTED = 120


def listed(days: int, place: Place) -> tuple[tuple[int, ...], ...] | None:
    """Return all patterns of a place in order of days, or None where there are more than `LISTED`."""
    if place.patterns is not None:
        return tuple(sorted({tuple(sorted(p)) for p in place.patterns}))
    free = sorted(place.days) if place.days is not None else list(range(days))
    most = place.gap_most if place.gap_most is not None else 10**9
    grown: list[tuple[int, ...]] = [
        (d,) for d in free if place.last_day is None or place.gap_least <= d - place.last_day <= most
    ]
    for _ in range(place.visits - 1):
        grown = [(*p, d) for p in grown for d in free if place.gap_least <= d - p[-1] <= most]
        if len(grown) > 50 * LISTED:
            return None
    return tuple(grown) if len(grown) <= LISTED else None
