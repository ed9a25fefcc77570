"""The figures the public reads, computed exactly as `rules.measures` defines them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q

from wuxiao.desk import books
from wuxiao.records.models import CallBack, Entry, Matter, Snapshot
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.measures import EXCLUDED, SATISFIED_FROM, Share, share

MONTHS = 13
SNAPSHOT = "public"


@dataclass(slots=True)
class Tally:
    """Plain counts of one cell (a month, a kind, a category); shares are made of them."""

    received: int = 0
    closed: int = 0
    declined: int = 0
    withdrawn: int = 0
    merged: int = 0
    answered: int = 0
    on_time: int = 0
    overdue_open: int = 0
    contacted_k: int = 0
    contacted_n: int = 0
    solved_k: int = 0
    solved_n: int = 0
    satisfied_k: int = 0
    satisfied_n: int = 0
    reopened: int = 0
    drawn: int = 0
    asked: int = 0
    levels: list[int] = field(default_factory=lambda: [0, 0, 0, 0, 0])

    def add(self, other: Tally) -> None:
        """Add another cell's counts."""
        for name, value in asdict(other).items():
            if name == "levels":
                self.levels = [a + b for a, b in zip(self.levels, other.levels, strict=True)]
            else:
                setattr(self, name, getattr(self, name) + value)

    def shares(self, minimum: int) -> dict[str, Share]:
        """Return every published share with its interval, suppressed below the minimum."""
        return {
            "on_time": share(self.on_time, self.answered + self.overdue_open, minimum),
            "contacted": share(self.contacted_k, self.contacted_n, minimum),
            "solved": share(self.solved_k, self.solved_n, minimum),
            "satisfied": share(self.satisfied_k, self.satisfied_n, minimum),
            "asked": share(self.asked, self.drawn, minimum),
            "reopened": share(self.reopened, self.answered, minimum),
        }


Cell = tuple[str, str, str]


def month_of(at: datetime) -> str:
    """Return the month of an instant in the town, as `2026-11`."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m")


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """Return the first instant of a month and of the next one."""
    year, number = (int(part) for part in month.split("-"))
    first = datetime(year, number, 1, tzinfo=SHANGHAI)
    after = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=SHANGHAI)
    return first, after


def tally(since: datetime, until: datetime, *, at: datetime) -> dict[Cell, Tally]:
    """Return the counts of a period by (month, kind, category); `at` is the instant that decides what is overdue."""
    cells: dict[Cell, Tally] = defaultdict(Tally)
    month = _months(since, until)
    for first, after, name in month:
        _count_month(cells, name, first, after, at)
    return dict(cells)


def _months(since: datetime, until: datetime) -> Iterable[tuple[datetime, datetime, str]]:
    first = month_bounds(month_of(since))[0]
    while first < until:
        after = month_bounds(month_of(first))[1]
        yield max(first, since), min(after, until), month_of(first)
        first = after


def _count_month(cells: dict[Cell, Tally], name: str, first: datetime, after: datetime, at: datetime) -> None:
    by = ("kind", "category")
    rows = Matter.objects.filter(received_at__gte=first, received_at__lt=after).values(*by).annotate(n=Count("id"))
    for row in rows:
        cells[(name, row["kind"], row["category"])].received += row["n"]
    counted = ~Q(outcome__in=EXCLUDED)
    closed = (
        Matter.objects.filter(closed_at__gte=first, closed_at__lt=after)
        .values(*by)
        .annotate(n=Count("id"), **{f"n_{out}": Count("id", filter=Q(outcome=out)) for out in EXCLUDED})
    )
    for row in closed:
        cell = cells[(name, row["kind"], row["category"])]
        cell.closed += row["n"]
        for out in EXCLUDED:
            setattr(cell, out, getattr(cell, out) + row[f"n_{out}"])
    good = Q(satisfied__gte=SATISFIED_FROM)
    answered = (
        Matter.objects.filter(counted, answered_at__gte=first, answered_at__lt=after)
        .values(*by)
        .annotate(
            n=Count("id"),
            on_time=Count("id", filter=Q(answered_at__lte=F("due_at"))),
            contacted_k=Count("id", filter=Q(contacted=True)),
            contacted_n=Count("id", filter=Q(contacted__isnull=False)),
            solved_k=Count("id", filter=Q(solved=True)),
            solved_n=Count("id", filter=Q(solved__isnull=False)),
            satisfied_k=Count("id", filter=good),
            satisfied_n=Count("id", filter=Q(satisfied__isnull=False)),
            **{f"level_{level}": Count("id", filter=Q(satisfied=level)) for level in range(1, 6)},
        )
    )
    for row in answered:
        cell = cells[(name, row["kind"], row["category"])]
        cell.answered += row["n"]
        for key in (
            "on_time", "contacted_k", "contacted_n", "solved_k", "solved_n", "satisfied_k", "satisfied_n"
        ):  # fmt: skip
            setattr(cell, key, getattr(cell, key) + row[key])
        for level in range(1, 6):
            cell.levels[level - 1] += row[f"level_{level}"]
    edge = min(after, at)
    late = Matter.objects.filter(due_at__gte=first, due_at__lt=edge, answered_at__isnull=True).exclude(
        state__in=["closed", "waiting"]
    )
    for row in late.values(*by).annotate(n=Count("id")):
        cells[(name, row["kind"], row["category"])].overdue_open += row["n"]
    drawn = CallBack.objects.filter(drawn_at__gte=first, drawn_at__lt=after).exclude(state="dropped")
    for row in drawn.values("matter__kind", "matter__category").annotate(
        n=Count("id"), done=Count("id", filter=Q(state="done"))
    ):
        cell = cells[(name, row["matter__kind"], row["matter__category"])]
        cell.drawn += row["n"]
        cell.asked += row["done"]
    again = Entry.objects.filter(verb__in=["object", "redo"], at__gte=first, at__lt=after)
    for row in again.values("matter__kind", "matter__category").annotate(n=Count("id")):
        cells[(name, row["matter__kind"], row["matter__category"])].reopened += row["n"]


def total(cells: dict[Cell, Tally], **wanted: str) -> Tally:
    """Return the sum of the cells of one month, kind or category subtree (`month=`, `kind=`, `category=`)."""
    found = Tally()
    for (month, kind, category), cell in cells.items():
        if wanted.get("month", month) != month or wanted.get("kind", kind) != kind:
            continue
        tree = wanted.get("category")
        if tree is not None and category != tree and not category.startswith(f"{tree}."):
            continue
        found.add(cell)
    return found


def refresh(*, at: datetime) -> dict[str, Any]:
    """Compute the public figures of the last thirteen months and keep them for the pages."""
    this = month_bounds(month_of(at))[0]
    since = (this - timedelta(days=31 * (MONTHS - 1) - 10)).replace(day=1)
    cells = tally(since, at, at=at)
    data = {
        "at": at.isoformat(),
        "since": since.isoformat(),
        "minimum": books.current(at).book.suppress_below,
        "cells": [[*key, asdict(cell)] for key, cell in sorted(cells.items())],
        "open": _open(at),
    }
    Snapshot.objects.update_or_create(name=SNAPSHOT, defaults={"data": data, "at": at})
    return data


def _open(at: datetime) -> dict[str, int]:
    rows = Matter.objects.exclude(state="closed").aggregate(
        n=Count("id"),
        late=Count("id", filter=Q(due_at__lt=at, answered_at__isnull=True)),
        week=Count("id", filter=Q(received_at__gte=at - timedelta(days=7))),
        month=Count("id", filter=Q(received_at__lt=at - timedelta(days=30))),
    )
    return {name: int(value) for name, value in rows.items()}


def published(*, at: datetime) -> tuple[dict[Cell, Tally], dict[str, Any]]:
    """Return the prepared figures (computing them once if the worker has not yet) as cells and their frame."""
    row = Snapshot.objects.filter(name=SNAPSHOT).first()
    data = row.data if row is not None else refresh(at=at)
    cells = {(m, k, c): Tally(**raw) for m, k, c, raw in data["cells"]}
    return cells, data
