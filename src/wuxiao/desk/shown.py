"""Who may see a matter, stored as rows: the access predicate of `rules.access` as an index that lists scan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from wuxiao.desk.put import put
from wuxiao.records.models import Access, Matter
from wuxiao.rules import access
from wuxiao.rules.access import Viewer
from wuxiao.rules.flow import DESK_TYPES, STANDINGS, Facts, State

#: Queues in which somebody has work to do; the others wait for the requester.
BUSY = ("intake", "sign", "offer", "joint", "handle", "extension", "second_look", "urgent")

#: States in which a co-unit works on its part, whatever the lead waits for.
_PARTED = (State.HANDLING, State.WAITING)
#: States in which nobody but the requester is waited for.
_RESTING = (State.WAITING, State.ANSWERED)
#: Danger that nobody looked at stands before everything that is merely late.
BEFORE_ALL = timedelta(days=36500)


def queue_of(matter: Matter, facts: Facts) -> str:
    """Return the queue a matter stands in; danger nobody looked at is work, also while the requester is waited for."""
    if matter.danger_open and matter.state in _RESTING:
        return "intake" if facts.holder_type in DESK_TYPES else "handle"
    if matter.state == State.HANDLING and matter.extension is not None:
        return "extension"
    return STANDINGS[State(matter.state)].queue


def sort_at(matter: Matter) -> datetime:
    """Return the instant that orders a matter in lists: what is due first; closed ones by their closing."""
    if matter.state == State.CLOSED:
        return matter.closed_at or matter.changed_at
    marks = [m for m in (matter.step_due_at, matter.due_at) if m is not None]
    found = min(marks) if marks else matter.received_at
    return found - BEFORE_ALL if matter.danger_open else found


def access_rows(matter: Matter, facts: Facts) -> list[Access]:
    """Return the rows of the access predicate for a matter as it stands."""
    queue, is_open, sort = queue_of(matter, facts), matter.state != State.CLOSED, sort_at(matter)
    own = access.in_hands(facts)
    late = matter.due_at if is_open and queue in BUSY and matter.state not in _RESTING else None
    # A co-unit has a part and a date of its own: its lists go by that, not by the lead's.
    parts = {} if not is_open else {f"u:{unit}": due for unit, due in facts.co_due if unit != matter.holder}
    return [
        Access(
            matter_id=matter.pk,
            principal=principal,
            hidden=matter.hidden_units,
            queue="handle" if principal in parts and matter.state in _PARTED else queue,
            is_open=is_open,
            sort_at=parts.get(principal, sort),
            own=is_open and principal in own,
            late_at=parts.get(principal, late),
        )
        for principal in sorted(access.principals(facts))
    ]


def not_hidden(units: Iterable[str], field: str = "hidden_units") -> Q:
    """Return the condition that a matter is hidden from none of these units; `field` leads to its packed codes."""
    found = Q()
    for unit in sorted(units):
        found &= ~Q(**{f"{field}__contains": f",{unit},"})
    return found


def visible(viewer: Viewer) -> QuerySet[Matter]:
    """Return the matters a viewer may see, by the stored predicate of `rules.access`: the one way from ids to rows."""
    rows = Matter.objects.all()
    if viewer.units:
        rows = rows.filter(not_hidden(viewer.units))
    if viewer.principals != (access.COUNTY,):
        mine = Access.objects.filter(matter=OuterRef("pk"), principal__in=viewer.principals)
        rows = rows.filter(Exists(mine))
    return rows


def write_access(matter: Matter, facts: Facts) -> None:
    """Rewrite who may see the matter: the list rows are the predicate of `rules.access` stored."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_access WHERE matter_id = %s", [matter.pk])
    put(access_rows(matter, facts))
