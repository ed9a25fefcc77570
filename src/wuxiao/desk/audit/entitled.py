"""Whether the rows that decide who sees what are those that the diary leads to: access rows of matters, posts of staff.

Both are read on every page and neither is sealed itself. Who sees a matter follows from its own sealed columns, so its
access rows are worked out anew; the posts somebody holds are those that the newest entry about the account names. An
insider who writes such a row by hand lets somebody in for an hour, and nothing else would tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wuxiao.desk.case import standing, subject
from wuxiao.desk.doors import staff as accounts
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.town import books
from wuxiao.records.models import Access, Case, Entry, Matter, Proposal, Staff, WorkOrder
from wuxiao.rules.access import Role, Scope
from wuxiao.rules.words import Text

_APPOINTS = ("create_staff", "change_staff")
_Row = tuple[str, str, bool, bool]


def _row(one: Access) -> _Row:
    """What lets somebody in. Queue and order are left out: a newer program may order anew."""
    return (one.principal, one.hidden, one.is_open, one.own)


def access(ids: Sequence[int]) -> Iterator[tuple[str, Text]]:
    """Yield the number of each of these matters whose access rows are not those its own columns lead to.

    Three queries. A matter whose columns make no sense is passed over: the replay tells of those.
    """
    stored: dict[int, set[_Row]] = {pk: set() for pk in ids}
    for one in Access.objects.filter(matter_id__in=ids):
        stored[one.matter_id].add(_row(one))
    orders: dict[int, list[WorkOrder]] = {pk: [] for pk in ids}
    for order in WorkOrder.objects.filter(matter_id__in=ids, role="co").order_by("id"):
        orders[order.matter_id].append(order)
    for matter in Case.objects.filter(pk__in=ids).order_by("pk"):
        try:
            book = books.of_version(matter.book_id).book
            of = subject.of(matter)
            # Those who help with a matter are told by its orders; they are read here for many at once.
            is_matter = isinstance(matter, Matter)
            facts = standing.of_row(matter, book, orders[matter.pk]) if is_matter else of.of_row(matter, book)
            wanted = {_row(one) for one in of.rows(matter, facts)}
        except (KeyError, ValueError, TypeError):
            continue
        if wanted == stored[matter.pk]:
            continue
        added = sorted({row[0] for row in stored[matter.pk]} - {row[0] for row in wanted})
        lost = sorted({row[0] for row in wanted} - {row[0] for row in stored[matter.pk]})
        yield (
            matter.number,
            Text(
                f"谁能看到它，被改过：多了{'、'.join(added) or '—'}，少了{'、'.join(lost) or '—'}",
                f"who sees it was changed by hand: added {', '.join(added) or '—'}, missing {', '.join(lost) or '—'}",
            ),
        )


def posts(town: Sequence[Entry]) -> Iterator[tuple[str, Text]]:
    """Yield each account whose posts, or whose being open, are not what the town's entries say of it last."""
    told: dict[str, Mapping[str, Any]] = {}
    for entry in town:
        if entry.verb in _APPOINTS and (name := entry.facts.get("name")):
            told[name] = {**told.get(name, {}), "active": True, **entry.facts}
    waiting = set(Proposal.objects.values_list("staff_id", flat=True))
    for person in Staff.objects.order_by("pk").prefetch_related("posts"):
        last = told.get(person.username)
        try:
            held = [Appointment(Role(p.role), p.unit, Scope(p.scope), p.level) for p in person.posts.all()]
        except ValueError:
            yield person.username, Text("有一个岗位读不懂", "one of the posts makes no sense")
            continue
        if last is None:
            if held or (person.is_active and person.pk not in waiting):
                yield person.username, Text("这个账号日志里没有", "no entry tells of this account")
            continue
        # Before how far a post sees stood there, only role, unit and level can be compared.
        named = [str(one) for one in last.get("posts", ())]
        now = accounts.shown(held)
        if not last.get("scopes"):
            named, now = ([one.split(":")[0] for one in some] for some in (named, now))
        if sorted(now) != sorted(named):
            yield (
                person.username,
                Text(
                    f"岗位被改动：日志里是{'、'.join(sorted(named)) or '—'}，现在是{'、'.join(sorted(now)) or '—'}",
                    f"the posts were changed: the diary says {', '.join(sorted(named)) or '—'},"
                    f" now they are {', '.join(sorted(now)) or '—'}",
                ),
            )
        elif bool(last["active"]) != person.is_active:
            yield person.username, Text("账号被启用或停用，日志里没有", "it was opened or closed and no entry says so")
