"""Who may see a matter, stored as rows: the access predicate of `rules.access` as an index that lists scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from wuxiao.desk.base.put import put
from wuxiao.desk.case import subject
from wuxiao.records.models import Access, Case, Matter
from wuxiao.rules import access
from wuxiao.rules.access import Viewer
from wuxiao.rules.flow import DESK_TYPES, STANDINGS, Facts, State
from wuxiao.rules.life import CaseFacts, Life

#: Queues in which somebody has work to do; the others wait for the requester.
BUSY = ("intake", "sign", "offer", "joint", "handle", "extension", "second_look", "urgent")

#: States in which a co-unit works on its part, whatever the lead waits for.
_PARTED = (State.HANDLING, State.WAITING)
#: States in which nobody but the requester is waited for, or nobody at all.
_RESTING = (State.WAITING, State.ANSWERED, State.CLOSED)
#: Danger that nobody looked at stands before everything that is merely late.
BEFORE_ALL = timedelta(days=36500)
#: Words that nobody could read stand after it, and still before everything that is merely late.
BEFORE_LATE = timedelta(days=11000)


def ahead(matter: Case) -> timedelta:
    """Return by how much a matter stands before its date in lists: danger first, then what nobody could read."""
    if matter.danger_open:
        return BEFORE_ALL
    return BEFORE_LATE if matter.unread_since is not None else timedelta()


def queue_of(matter: Matter, facts: Facts) -> str:
    """Return the queue a matter stands in; danger nobody looked at, and words nobody could
    read, are work, also when nothing else is left to do."""
    if ahead(matter) and matter.state in _RESTING:
        return "intake" if facts.holder_type in DESK_TYPES else "handle"
    if matter.state == State.HANDLING and matter.extension is not None:
        return "extension"
    return STANDINGS[State(matter.state)].queue


def sort_at(matter: Matter) -> datetime:
    """Return the instant that orders a matter in lists: what is due first; closed ones by their closing."""
    if matter.state == State.CLOSED:
        closed = matter.closed_at or matter.changed_at
        return closed - ahead(matter)
    marks = [m for m in (matter.step_due_at, matter.due_at) if m is not None]
    found = min(marks) if marks else matter.received_at
    return found - ahead(matter)


def access_rows(matter: Matter, facts: Facts) -> list[Access]:
    """Return the rows of the access predicate for a matter as it stands."""
    queue, sort = queue_of(matter, facts), sort_at(matter)
    # Danger told after the end is open work until somebody settled it, and so is what nobody could read.
    is_open = matter.state != State.CLOSED or bool(ahead(matter))
    own = access.in_hands(facts)
    late = matter.due_at if is_open and queue in BUSY and matter.state not in _RESTING else None
    # A co-unit has a part and a date of its own: its lists go by that, not by the lead's.
    parts = {} if not is_open else {f"u:{unit}": due for unit, due in facts.co_due if unit != matter.holder}
    # Danger stands first with everybody who works on it, whatever the date of their part.
    firsts = {one: due - ahead(matter) for one, due in parts.items()}
    return [
        Access(
            matter_id=matter.pk,
            principal=principal,
            hidden=matter.hidden_units,
            queue="handle" if principal in parts and matter.state in _PARTED else queue,
            is_open=is_open,
            sort_at=firsts.get(principal, sort),
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


def visible_of(life: str, viewer: Viewer) -> QuerySet[Case]:
    """Return the cases of a life beside matters that a viewer may see, by the same stored predicate."""
    return visible_of_lives([life], viewer)


def visible_of_lives(lives: Iterable[str], viewer: Viewer) -> QuerySet[Case]:
    """Return the cases of several lives beside matters that a viewer may see."""
    named = sorted(lives)
    principals = [principal for life in named for principal in principals_of(life, viewer)]
    mine = Access.objects.filter(matter=OuterRef("pk"), principal__in=principals)
    return Case.objects.filter(not_hidden(viewer.units), Exists(mine), life__in=named)


def principals_of(life: str, viewer: Viewer) -> list[str]:
    """Return the principals a viewer holds for cases of a life, as `rows_of_life` writes them."""
    return [f"{life}/{one}" for one in viewer.principals]


def write_access(case: Case, facts: Any) -> None:
    """Rewrite who may see a case: its rows in lists are the predicate of `rules.access` stored."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_access WHERE matter_id = %s", [case.pk])
    put(subject.of(case).rows(case, facts))


#: Stands in lists for the date of what has none.
NO_DAY = datetime(2999, 1, 1, tzinfo=UTC)


def rows_of_life(
    life: Life[Any],
    case: Case,
    facts: CaseFacts,
    also: Iterable[str] = (),
    waits: Callable[[str], str] = lambda principal: "",
) -> list[Access]:
    """Return the access rows of a case of another life than matters'; `also` sees it who is no holder of it.

    It stands in the queue of its state, or in the one that `waits` says for a principal where it waits for them. The
    name of the life stands before every principal: no list of matters, which asks for principals, can meet them.
    """
    is_open = case.state not in life.over
    own = {f"u:{facts.holder}"} if is_open and facts.holder else set()
    # What is promised for a day stands first, what has none comes after it.
    sort = (case.step_due_at or NO_DAY) if is_open else (case.closed_at or case.changed_at)
    queue = next(standing.queue for state, standing in life.standings.items() if state == case.state)
    return [
        Access(
            matter_id=case.pk,
            principal=f"{life.name}/{principal}",
            hidden=case.hidden_units,
            queue=(waits(principal) if is_open else "") or queue,
            is_open=is_open,
            sort_at=sort,
            own=principal in own,
            late_at=case.step_due_at if is_open else None,
        )
        for principal in sorted(access.of_case(facts) | set(also))
    ]
