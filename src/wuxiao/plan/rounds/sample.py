"""A believable county month from a seed number, for examples, tests and measurements."""

from __future__ import annotations

import numpy as np

from wuxiao.plan.rounds.problem import Break, Officer, Place, Problem, Shift, euclid

#: Working days of four weeks and a day, as days of the calendar: Saturdays and Sundays are no working days.
WORKDAYS = tuple(d for d in range(29) if d % 7 < 5)


def county_month(
    seed: int, *, places: int = 400, visits: int = 629, officer_days: int = 41, km: float = 44.0, meals: bool = False
) -> Problem:
    """Return a month of visits in a county: a town and villages, two officers on motor scooters, windows, spacing.

    About 11 % of the places are visited weekly (4 visits, 4 to 10 days apart), some twice (10 to 18 days apart), the
    rest once; the numbers of places, visits and officer-days are met exactly. A tenth can be visited only in the
    morning or only in the afternoon. `km` is the width of the county; travel is 25 km/h at 1.3 times the straight way.
    With `meals` every shift has 45 minutes of lunch between 11:30 and 13:15 and a rest in the afternoon.
    """
    random = np.random.default_rng(seed)
    villages = random.uniform(0.06, 0.94, (24, 2)) * [km, km * 0.7]
    town = np.array([km * 0.5, km * 0.35])
    xy = [town]
    for _ in range(places):
        if random.random() < 0.4:
            xy.append(town + random.normal(0.0, 1.3, 2))
        else:
            xy.append(villages[random.integers(len(villages))] + random.normal(0.0, 0.45, 2))
    weekly = round(places * 0.11)
    twice = visits - places - 3 * weekly
    order = random.permutation(places)
    count = np.ones(places, int)
    count[order[:weekly]] = 4
    count[order[weekly : weekly + twice]] = 2
    gaps = {1: (1, None), 2: (10, 18), 4: (4, 10)}
    rows = []
    for i in range(places):
        half = random.random()
        opens, closes = (510.0, 660.0) if half < 0.05 else (810.0, 970.0) if half < 0.1 else (510.0, 970.0)
        rows.append(
            Place(
                id=f"P{i + 1:03d}",
                at=i + 1,
                minutes=float(random.choice([15, 20, 25])),
                visits=int(count[i]),
                gap_least=gaps[int(count[i])][0],
                gap_most=gaps[int(count[i])][1],
                days=WORKDAYS,
                opens=opens,
                closes=closes,
            )
        )
    breaks = (Break(first=690, last=750, minutes=45), Break(first=900, last=960, minutes=15)) if meals else ()
    shifts = tuple(
        Shift(officer=f"O{k % 2 + 1}", day=WORKDAYS[k // 2], start=510.0, end=1020.0, breaks=breaks)
        for k in range(officer_days)
    )
    return Problem(
        days=29,
        places=tuple(rows),
        officers=(Officer(id="O1"), Officer(id="O2")),
        shifts=shifts,
        minutes={"ride": np.round(euclid(np.array(xy), per_minute=25 / 60, detour=1.3), 2)},
    )
