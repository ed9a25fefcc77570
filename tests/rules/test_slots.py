"""Series of hours that can be booked: which days they fall on."""

from __future__ import annotations

from datetime import date

import pytest

from wuxiao.rules.calendar import Calendar
from wuxiao.rules.slots import Every, series


@pytest.mark.parametrize(
    ("first", "days"),
    [
        # The fourth Thursday; of December and of July 2027 there is a fifth.
        (date(2026, 10, 22), ["10-22", "11-26", "12-24"]),
        # The first Thursday, and the third Wednesday.
        (date(2026, 9, 3), ["09-03", "10-01", "11-05"]),
        (date(2026, 9, 16), ["09-16", "10-21", "11-18"]),
        # From the 29th on the last one of its weekday: not every month has a fifth.
        (date(2026, 9, 29), ["09-29", "10-27", "11-24"]),
        (date(2026, 7, 29), ["07-29", "08-26", "09-30"]),
    ],
)
def test_by_the_month_it_is_the_weekday_in_the_same_week_of_the_month(first: date, days: list[str]) -> None:
    found = series(first, Every.MONTH, 3, Calendar.official())
    assert [f"{day:%m-%d}" for day in sorted((*found.days, *found.skipped))] == days
