"""Places in lists, worked out anew once after an upgrade that orders them otherwise.

An act writes the access rows of its matter, and with them its place in every list. A matter that stood there before
the upgrade would keep its old place until its next step: one with danger nobody has looked at might wait far down.
Who may see a matter is not touched here: rows that let in others than its columns do are for `verify` to tell of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case import shown, standing, subject
from wuxiao.desk.town import books
from wuxiao.records.models import Access, Case, Matter, Snapshot, WorkOrder
from wuxiao.rules.flow import State

NAME = "order"
#: Goes up by one with every change of `shown.access_rows` that gives matters standing there another place.
ORDER = 3
BATCH = 500


def settle(*, by: Actor, at: datetime, batch: int = BATCH) -> int:
    """Give matters their places by the order of this program, if it was another one before; returns how many moved.

    In short transactions, beside people at work; killed on the way it begins anew and finds less to do.
    """
    known: dict[str, Any] = Snapshot.objects.filter(name=NAME).values_list("data", flat=True).first() or {}
    if known.get("order") == ORDER:
        return 0
    moved, last = 0, 0
    while ids := list(_in_lists().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:batch]):
        moved += _place(ids)
        last = ids[-1]
    moved += _of_other_lives()
    Snapshot.objects.update_or_create(name=NAME, defaults={"data": {"order": ORDER}, "at": at})
    return moved


def _of_other_lives() -> int:
    """Place anew the open cases of other lives: what has no day comes last, each in the queue it waits in."""
    moved = 0
    for pk in Case.objects.exclude(life="matter").filter(closed_at=None).values_list("pk", flat=True):
        with transaction.atomic():
            case = Case.objects.select_for_update().get(pk=pk)
            one, book = subject.of(case), books.of_version(case.book_id).book
            try:
                facts = one.of_row(case, book)
                wanted = one.rows(case, facts)
            except (KeyError, ValueError, TypeError):
                continue
            stored = list(Access.objects.filter(matter_id=pk))
            if _seen_by(wanted) == _seen_by(stored) and _places(wanted) != _places(stored):
                shown.write_access(case, facts)
                moved += 1
    return moved


def _in_lists() -> Any:
    return Matter.objects.filter(~Q(state=State.CLOSED.value) | Q(danger_open=True) | Q(unread_since__isnull=False))


def _place(ids: Sequence[int]) -> int:
    moved = 0
    with transaction.atomic():
        matters = list(Matter.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        orders: dict[int, list[WorkOrder]] = {pk: [] for pk in ids}
        for order in WorkOrder.objects.filter(matter_id__in=ids, role="co").order_by("id"):
            orders[order.matter_id].append(order)
        stored: dict[int, list[Access]] = {pk: [] for pk in ids}
        for one in Access.objects.filter(matter_id__in=ids):
            stored[one.matter_id].append(one)
        for matter in matters:
            try:
                facts = standing.of_row(matter, books.of_version(matter.book_id).book, orders[matter.pk])
                wanted = shown.access_rows(matter, facts)
            except (KeyError, ValueError, TypeError):
                # Columns that make no sense: the replay of the diary tells of those.
                continue
            same_people = _seen_by(wanted) == _seen_by(stored[matter.pk])
            if same_people and _places(wanted) != _places(stored[matter.pk]):
                shown.write_access(matter, facts)
                moved += 1
    return moved


def _seen_by(rows: Iterable[Access]) -> set[tuple[str, str]]:
    return {(row.principal, row.hidden) for row in rows}


def _places(rows: Iterable[Access]) -> set[tuple[Any, ...]]:
    return {(row.principal, row.queue, row.is_open, row.own, row.sort_at, row.late_at) for row in rows}
