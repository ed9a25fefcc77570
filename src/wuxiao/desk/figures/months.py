"""The months that figures are told of: those of the town's clock, named as `2026-11`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from wuxiao.rules.calendar import SHANGHAI

#: Months before the present one that are still provisional.
PROVISIONAL = 2


def month_of(at: datetime) -> str:
    """Return the month of an instant in the town, as `2026-11`."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m")


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """Return the first instant of a month and of the next one."""
    year, number = (int(part) for part in month.split("-"))
    first = datetime(year, number, 1, tzinfo=SHANGHAI)
    after = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=SHANGHAI)
    return first, after


def months_between(first: str, last: str) -> Iterator[str]:
    """Yield the months from one to another, both included; none if the first is the later."""
    month = first
    while month <= last:
        yield month
        month = month_of(month_bounds(month)[1])


def earlier(month: str, count: int) -> str:
    """Return the month `count` months before."""
    year, number = (int(part) for part in month.split("-"))
    index = year * 12 + number - 1 - count
    return f"{index // 12:04d}-{index % 12 + 1:02d}"
