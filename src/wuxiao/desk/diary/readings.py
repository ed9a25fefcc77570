"""Who read what: the first time a person (or a machine's key) opens a matter on a day is one entry of its diary.

Later readings of the same day add an entry only if they go further than what is written already. A list that shows
titles is no reading; a page, a file, a likeness shown while somebody reports, an answer of the API is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time

from django.db import transaction

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Stale
from wuxiao.desk.diary import diary
from wuxiao.records.models import Case, Entry
from wuxiao.rules.calendar import SHANGHAI

#: What of a matter is laid open where its page is shown.
PAGE = ("words", "place")
#: What lies inside what: whoever read the words has read the title.
_INSIDE = {"title": {"title", "words"}}
_TRIES = 4


def _by(entry: Entry, by: Actor) -> bool:
    if entry.verb != "read" or entry.actor != by.kind:
        return False
    return entry.staff_id == by.staff_id if by.staff_id is not None else entry.facts.get("who") == by.name


def _missing(fields: Iterable[str], entries: Iterable[Entry], by: Actor, at: datetime) -> list[str]:
    today = at.astimezone(SHANGHAI).date()
    read = {
        f
        for e in entries
        if _by(e, by) and "how" in e.facts and e.at.astimezone(SHANGHAI).date() == today
        for f in e.facts.get("fields", ())
    }
    return [f for f in fields if read.isdisjoint(_INSIDE.get(f, {f}))]


def _of_today(ids: Sequence[int], by: Actor, at: datetime) -> dict[int, list[Entry]]:
    midnight = datetime.combine(at.astimezone(SHANGHAI).date(), time(), SHANGHAI)
    rows = Entry.objects.filter(matter_id__in=ids, verb="read", at__gte=midnight)
    rows = rows.filter(staff_id=by.staff_id) if by.staff_id is not None else rows.filter(actor=by.kind)
    found: dict[int, list[Entry]] = {}
    for entry in rows:
        found.setdefault(entry.matter_id or 0, []).append(entry)
    return found


def note(
    matter: Case,
    *,
    by: Actor,
    at: datetime,
    fields: Sequence[str],
    how: str,
    known: Sequence[Entry] | None = None,
) -> bool:
    """Write down that a matter was read, unless today's entries say so already; returns whether one was written.

    `known` are the matter's entries where the caller has read them: then nothing is looked up. `how` is a key of
    `sentences.HOW`. The matter's row is not locked: an act that comes between only makes this look again.
    """
    if by.viewer is None:
        return False
    entries = known if known is not None else _of_today([matter.pk], by, at).get(matter.pk, [])
    new = _missing(fields, entries, by, at)
    if new:
        _write(matter, by, at, list(fields), how)
    return bool(new)


def note_many(ids: Sequence[int], *, by: Actor, at: datetime, fields: Sequence[str], how: str) -> int:
    """Write down that many matters were read, with one look-up for all; returns how many entries that made."""
    if by.viewer is None or not ids:
        return 0
    today = _of_today(ids, by, at)
    new = sorted({pk for pk in ids if _missing(fields, today.get(pk, ()), by, at)})
    if new:
        facts = {"fields": list(fields), "how": how, "who": by.name}
        for attempt in range(_TRIES):
            try:
                with transaction.atomic():
                    matters = list(Case.objects.filter(pk__in=new).only("turn", "head", "state"))
                    diary.write_same(matters, "read", by=by, at=at, facts=facts)
                break
            except Stale:
                if attempt == _TRIES - 1:
                    raise
    return len(new)


def _write(matter: Case, by: Actor, at: datetime, fields: list[str], how: str) -> None:
    facts = {"fields": fields, "how": how, "who": by.name}
    for attempt in range(_TRIES):
        try:
            with transaction.atomic():
                diary.write(matter, "read", by=by, at=at, facts=facts, seen=True)
            return
        except Stale:
            if attempt == _TRIES - 1:
                raise
            matter.turn, matter.head, matter.state = Case.objects.values_list("turn", "head", "state").get(pk=matter.pk)
