"""The town's own diary for the auditor, accounts for the administrator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from wuxiao.desk.case.shown import not_hidden
from wuxiao.desk.slots import kinds
from wuxiao.records.models import BookVersion, Entry, Staff
from wuxiao.rules.access import Viewer

READS = ("read", "print", "export")
_OF_HOURS = ("publish_slots", "change_slot", "close_slot")


@dataclass(frozen=True, slots=True)
class Entries:
    """A page of entries, the newest first, and the key of the next page if there is one."""

    rows: Sequence[Entry]
    next: int | None


def town_entries(*, before: int | None = None, verb: str = "", limit: int = 50) -> Entries:
    """Return a page of the town's chain: sign-ins, accounts, exports, rule changes (one query)."""
    rows = Entry.objects.filter(matter__isnull=True, row__isnull=True)
    # Hours of cases were entries of the town once, which told of cases that are kept from whoever reads.
    own = [kind.title.zh for kind in kinds.every() if kind.held is not None]
    rows = rows.exclude(verb__in=_OF_HOURS, facts__slot__zh__in=own)
    if verb:
        rows = rows.filter(verb=verb)
    if before is not None:
        rows = rows.filter(turn__lt=before)
    found = list(rows.select_related("staff").order_by("-turn")[: limit + 1])
    return Entries(found[:limit], found[limit - 1].turn if len(found) > limit else None)


def reads_of(username: str, *, viewer: Viewer, before: int | None = None, limit: int = 50) -> Entries:
    """Return what one person read, printed and exported of residents' data, the newest first (two queries)."""
    person = Staff.objects.filter(username=username.strip().lower()).first()
    if person is None:
        return Entries((), None)
    rows = Entry.objects.filter(staff=person, verb__in=(*READS, "export_rows"))
    rows = rows.filter(Q(matter__isnull=True) | not_hidden(viewer.units, "matter__hidden_units"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("staff", "matter").order_by("-at", "-pk")[: limit + 1])
    return Entries(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def people(words: str = "", *, after: str = "", limit: int = 50) -> tuple[list[Staff], str]:
    """Return a page of accounts by sign-in name with their posts, and the name the next page starts after."""
    rows = Staff.objects.all()
    if words := words.strip():
        rows = rows.filter(name__contains=words) | rows.filter(username__contains=words.lower())
    if after:
        rows = rows.filter(username__gt=after)
    found = list(rows.order_by("username").prefetch_related("posts")[: limit + 1])
    return found[:limit], found[limit - 1].username if len(found) > limit else ""


def person(staff_id: int) -> Staff | None:
    """Return one account with its posts."""
    return Staff.objects.filter(pk=staff_id).prefetch_related("posts").first()


def versions() -> list[BookVersion]:
    """Return the adopted rule books, the newest first, without their text."""
    return list(BookVersion.objects.defer("text").order_by("-effective_from", "-id"))
