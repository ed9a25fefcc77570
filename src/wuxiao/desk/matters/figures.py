"""The figures the public reads, counted exactly as `rules.measures` defines them and kept ready for the pages.

A page never counts. The worker calls `refresh`, which keeps one snapshot per month (`figures:2026-11`) and an index
(`figures`) with the totals of every month. Only what can have changed is counted again: the diary says which matters
changed, a month is provisional while it is the present one or one of the two before, then it is final and stands as it
was printed, unless entries of that time are added later (an import of past matters).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Min

from wuxiao.desk.figures import count as counter
from wuxiao.desk.figures.months import PROVISIONAL as PROVISIONAL
from wuxiao.desk.figures.months import earlier as earlier
from wuxiao.desk.figures.months import month_bounds as month_bounds
from wuxiao.desk.figures.months import month_of as month_of
from wuxiao.desk.figures.months import months_between as months_between
from wuxiao.records.models import Entry, Matter, Snapshot
from wuxiao.rules.measures import (
    ANSWERED,
    BY_KIND,
    BY_UNIT,
    COUNTED,
    LEVELS,
    OVERDUE_OPEN,
    RECEIVED,
    UNANSWERED,
    WAITING,
    Tally,
)

INDEX = "figures"
#: How many of the last entries may still have been in an open transaction when the newest was seen.
MARGIN = 500
#: More changed matters than this are not looked at one by one.
MANY = 20_000
_CHUNK = 500
#: What is counted by its moment in a month.
FLOWS = (*(one for one in COUNTED if one is not OVERDUE_OPEN), *LEVELS)
Ends = Mapping[datetime, Mapping[tuple[str, ...], Counter[tuple[Any, ...]]]]

#: (kind, category)
Cell = tuple[str, str]
#: (unit, handling class)
UnitCell = tuple[str, str]


@dataclass(slots=True)
class Month:
    """Everything counted of one month; `until` is the instant up to which it was counted."""

    name: str
    until: datetime
    final: bool = False
    cells: dict[Cell, Tally] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)
    units: dict[UnitCell, Tally] = field(default_factory=dict)
    received_by_day: list[int] = field(default_factory=list)
    answered_by_day: list[int] = field(default_factory=list)

    def total(self, kind: str | None = None, category: str | None = None) -> Tally:
        """Return the sum over all cells, one kind, or one category with everything beneath it."""
        found = Tally()
        for (one_kind, one_category), cell in self.cells.items():
            if kind is not None and one_kind != kind:
                continue
            if category is not None and one_category != category and not one_category.startswith(f"{category}."):
                continue
            found.add(cell)
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the form kept in a snapshot."""
        return {
            "name": self.name,
            "until": self.until.isoformat(),
            "final": self.final,
            "cells": [[*key, cell.to_json()] for key, cell in sorted(self.cells.items())],
            "channels": self.channels,
            "units": [[*key, cell.to_json()] for key, cell in sorted(self.units.items())],
            "received_by_day": self.received_by_day,
            "answered_by_day": self.answered_by_day,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Month:
        """Read the form kept in a snapshot."""
        return cls(
            name=data["name"],
            until=datetime.fromisoformat(data["until"]),
            final=data["final"],
            cells={(kind, category): Tally(**raw) for kind, category, raw in data["cells"]},
            channels=data["channels"],
            units={(unit, handling_class): Tally(**raw) for unit, handling_class, raw in data["units"]},
            received_by_day=data["received_by_day"],
            answered_by_day=data["answered_by_day"],
        )


@dataclass(frozen=True, slots=True)
class Index:
    """What is known of all months: when it was counted, the totals of each month by kind, and what is open now."""

    at: datetime
    months: dict[str, dict[str, Tally]]
    open: dict[str, int]

    def total(self, month: str) -> Tally:
        """Return the total of a month over all kinds; an unknown month has none."""
        found = Tally()
        for cell in self.months.get(month, {}).values():
            found.add(cell)
        return found


# --------------------------------------------------------------------------------------------------------- counting


def count(*months: str, at: datetime) -> dict[str, Month]:
    """Count months from the tables as they stand; `at` ends a month that is not over yet.

    A handful of queries a month, each along an index. Reads only: pages use `published`.
    """
    bounds = {month: month_bounds(month) for month in sorted(months)}
    overdue = counter.at_ends(OVERDUE_OPEN, [min(after, at) for _, after in bounds.values()])
    made = {}
    for month, (first, after) in bounds.items():
        until = min(after, at)
        made[month] = _count_month(Month(month, until), first, until, overdue)
    return made


def _count_month(made: Month, first: datetime, until: datetime, overdue: Ends) -> Month:
    found = counter.tables(FLOWS, first, until)
    counter.merged(overdue, until, OVERDUE_OPEN.name, found)
    made.cells = {(kind, category): Tally.of(n) for (kind, category), n in found.get(BY_KIND, {}).items()}
    made.units = {(unit, handling): Tally.of(n) for (unit, handling), n in found.get(BY_UNIT, {}).items()}
    channels = found.get(("channel",), {})
    made.channels = {channel: n[RECEIVED.name] for (channel,), n in sorted(channels.items())}
    for day in counter.by_day((RECEIVED, ANSWERED), counter.spans(first, until)):
        made.received_by_day.append(day[RECEIVED.name])
        made.answered_by_day.append(day[ANSWERED.name])
    return made


def _open(at: datetime) -> dict[str, int]:
    found = counter.tables(WAITING.k, at, at)
    bands = {band: n[UNANSWERED.name] for (band,), n in found.get(("waited",), {}).items()}
    named = {name: bands.get(band, 0) for band, name in enumerate(("d5", "d15", "d30", "older"))}
    return {"n": sum(named.values()), **named}


# -------------------------------------------------------------------------------------------------------- preparing


def refresh(*, at: datetime, everything: bool = False) -> list[str]:
    """Bring the prepared figures up to date and return the months that were counted again.

    `everything` counts every month from the tables, also the final ones. Safe to interrupt and to repeat.
    """
    row = Snapshot.objects.filter(name=INDEX).first()
    known: dict[str, Any] = row.data if row is not None and not everything else {}
    newest = Entry.objects.aggregate(last=Max("id"))["last"] or 0
    oldest = Matter.objects.aggregate(first=Min("received_at"))["first"]
    this = month_of(at)
    months: dict[str, Any] = {} if oldest is None else dict(known.get("months", {}))
    wanted = _changed(known["entry"], known["recent"], newest, this) if known else set()
    if oldest is not None:
        wanted |= {m for m in months_between(month_of(oldest), this) if m not in months}
        wanted |= {m for m in months if not months[m]["final"] and (m == this or _ripe(m, this, months[m], at))}
    counted = sorted(wanted)
    for name, made in count(*counted, at=at).items():
        made.final = name < earlier(this, PROVISIONAL)
        months[name] = {
            "final": made.final,
            "until": made.until.isoformat(),
            "kinds": {kind: made.total(kind).to_json() for kind in sorted({k for k, _ in made.cells})},
        }
        Snapshot.objects.update_or_create(name=f"{INDEX}:{name}", defaults={"data": made.to_json(), "at": at})
    with transaction.atomic():
        data = {"at": at.isoformat(), "entry": newest, "recent": _recent(newest), "months": months, "open": _open(at)}
        Snapshot.objects.update_or_create(name=INDEX, defaults={"data": data, "at": at})
        if not months:
            Snapshot.objects.filter(name__startswith=f"{INDEX}:").delete()
    return counted


def _ripe(month: str, this: str, kept: dict[str, Any], at: datetime) -> bool:
    """A provisional month is counted once more when it is over, and once more when it becomes final."""
    unfinished = datetime.fromisoformat(kept["until"]) < min(month_bounds(month)[1], at)
    return unfinished or month < earlier(this, PROVISIONAL)


def _recent(newest: int) -> int:
    return Entry.objects.filter(id__gt=newest - MARGIN, id__lte=newest).count()


def _changed(since: int, recent: int, newest: int, this: str) -> set[str]:
    """Return the months that acts since the last look can have changed.

    Numbers are given before a transaction commits: if there are now more of the `recent` ones than at the last look,
    those are looked at again.
    """
    if _recent(since) != recent:
        since = max(0, since - MARGIN)
    new = Entry.objects.filter(matter__isnull=False, id__gt=since, id__lte=newest)
    settled = earlier(this, PROVISIONAL)
    found: set[str] = set()
    span = new.aggregate(first=Min("at"), n=Count("id"))
    if not span["n"]:
        return found
    if span["n"] > MANY:
        return set(months_between(min(settled, month_of(span["first"])), this))
    late = set(new.filter(at__lt=month_bounds(settled)[0]).values_list("matter_id", flat=True))
    ids = sorted(set(new.values_list("matter_id", flat=True)))
    for start in range(0, len(ids), _CHUNK):
        rows = Matter.objects.filter(pk__in=ids[start : start + _CHUNK])
        for pk, received, answered, closed in rows.values_list("pk", "received_at", "answered_at", "closed_at"):
            first = month_of(received)
            ends = [month_of(moment) for moment in (answered, closed) if moment is not None]
            if pk in late:
                # History was added to a month that was final: everything it touched is counted anew.
                found |= set(months_between(first, max(ends) if ends else this))
            found |= set(months_between(max(first, settled), this))
    return found


# ---------------------------------------------------------------------------------------------------------- reading


def index() -> Index | None:
    """Return the prepared index, or `None` if the worker has not prepared anything yet. One query."""
    row = Snapshot.objects.filter(name=INDEX).first()
    if row is None:
        return None
    months = {
        name: {kind: Tally(**raw) for kind, raw in entry["kinds"].items()} for name, entry in row.data["months"].items()
    }
    return Index(datetime.fromisoformat(row.data["at"]), dict(sorted(months.items())), row.data["open"])


def published(*months: str) -> dict[str, Month]:
    """Return the prepared months that exist among those named. One query."""
    rows = Snapshot.objects.filter(name__in=[f"{INDEX}:{name}" for name in months])
    return {made.name: made for made in (Month.from_json(row.data) for row in rows)}
