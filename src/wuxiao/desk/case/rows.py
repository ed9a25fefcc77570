"""What a list prints of each matter: plain values in one query, no objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery

from wuxiao.desk.case.shown import visible
from wuxiao.records.models import WorkOrder
from wuxiao.rules.access import Viewer
from wuxiao.rules.flow import State

ROW_FIELDS = (
    "id",
    "number",
    "title",
    "place",
    "kind",
    "category",
    "handling_class",
    "state",
    "holder",
    "offered_to",
    "channel",
    "due_at",
    "step_due_at",
    "received_at",
    "answered_at",
    "closed_at",
    "danger_open",
    "unread_since",
    "urged_at",
    "supervised_at",
    "reopened",
    "outcome",
    "satisfied",
    "route_why",
    "division",
    "shielded",
    "refusals",
    "sign_round",
    "decided",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One matter as lists show it; codes are those of the rule book."""

    id: int
    number: str
    title: str
    place: str
    kind: str
    category: str
    handling_class: str
    state: str
    holder: str
    offered_to: str
    channel: str
    due_at: datetime | None
    step_due_at: datetime | None
    received_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    danger_open: bool
    unread_since: datetime | None
    urged_at: datetime | None
    supervised_at: datetime | None
    reopened: int
    outcome: str
    satisfied: int | None
    route_why: dict[str, Any]
    division: str
    shielded: bool
    refusals: int
    sign_round: int
    decided: bool
    #: By when the reader's own unit has to report its part, where it is a co-unit that has not yet.
    co_due: datetime | None = None

    @property
    def closed(self) -> bool:
        """Whether the matter is closed."""
        return self.state == State.CLOSED

    @property
    def next_due(self) -> datetime | None:
        """The nearer of the two clocks that still run: the state's own, and until the answer the promise."""
        marks = [self.step_due_at]
        if self.answered_at is None:
            marks.append(self.due_at)
        return min((m for m in marks if m is not None), default=None)


def rows(ids: Sequence[int], *, viewer: Viewer, co_units: Sequence[str] = ()) -> list[Row]:
    """Return the rows of these matters in the given order (one query).

    One that is gone, and one the viewer may not see, is left out: wherever the ids come from, the two look the same.
    With `co_units` each row says by when one of these units has to report its part.
    """
    if not ids:
        return []
    asked = visible(viewer).filter(pk__in=ids)
    if co_units:
        part = WorkOrder.objects.filter(matter=OuterRef("pk"), role="co", state="accepted", unit__in=co_units)
        due = part.exclude(unit=OuterRef("holder")).order_by("due_at").values("due_at")[:1]
        with_due = asked.annotate(co_due=Subquery(due)).values_list(*ROW_FIELDS, "co_due")
        found = {values[0]: Row(*values) for values in with_due}
    else:
        found = {values[0]: Row(*values) for values in asked.values_list(*ROW_FIELDS)}
    return [found[one] for one in ids if one in found]


def numbered(numbers: Sequence[str], *, viewer: Viewer) -> list[Row]:
    """Return the rows of the matters with these numbers, in the given order; what is not the viewer's is left out."""
    found = {row.number: row for row in map(_row, visible(viewer).filter(number__in=numbers).values_list(*ROW_FIELDS))}
    return [found[one] for one in dict.fromkeys(numbers) if one in found]


def _row(values: Sequence[Any]) -> Row:
    return Row(*values)
