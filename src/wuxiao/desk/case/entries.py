"""The diary of one matter as somebody may read it: nothing in it tells of another matter that is kept from them.

Matters are joined, taken apart and split, and each says so in its own chain; who reported one of several speaks on the
main one. Where the other is hidden from the reader, an entry that tells of it is not there for them, whatever fact
names it: a number left out, or three dots in its place, would tell that there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from wuxiao.desk.base.actor import Actor
from wuxiao.records.models import Entry, Matter

#: What a matter's number looks like, ours or one another platform brought (`desk.exchange`).
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z-]{5,23}")
_SEPARATOR = "、"
#: Entries that tell that a matter is, or was, kept from somebody; and the facts that say so in others.
_OF_SECRECY = frozenset({"hide", "shield", "unshield", "take_back"})
#: An emergency that went to somebody else, as 110 must not know, and came back from there.
_INSTEAD = frozenset({("bypass", "to_unit"), ("stand_down", "instead")})
_SECRET_FACTS = frozenset({"about", "hidden", "freed", "kept"})


def entries_of(matter: Matter, *, by: Actor) -> list[Entry]:
    """Return the diary of a matter the actor may see (at most two queries)."""
    entries = list(Entry.objects.filter(matter_id=matter.pk).order_by("turn"))
    if by.viewer is None:
        return entries
    hidden = _hidden({n for e in entries for n in _named(e)} - {matter.number}, by.viewer.units)
    # While it was joined with a hidden one, or its requester wished it, it was hidden from these units too: they read
    # nothing of that.
    kept = {unit for e in entries for name in ("hidden", "freed") for unit in _units(e.facts.get(name))}
    if not kept.isdisjoint(by.viewer.units):
        entries = [_without(e) for e in entries if e.verb not in _OF_SECRECY and _INSTEAD.isdisjoint(_went(e))]
    return list(_told(entries, hidden)) if hidden else entries


def _units(value: Any) -> Iterable[str]:
    return value if isinstance(value, list) else ()


def _went(entry: Entry) -> frozenset[tuple[str, str]]:
    return frozenset((entry.verb, fact) for fact in entry.facts)


def _without(entry: Entry) -> Entry:
    """Return an entry without what it says of secrecy."""
    if not _SECRET_FACTS.isdisjoint(entry.facts):
        entry.facts = {name: value for name, value in entry.facts.items() if name not in _SECRET_FACTS}
    return entry


def _named(entry: Entry) -> Iterator[str]:
    for value in entry.facts.values():
        if isinstance(value, str):
            yield from (part for part in value.split(_SEPARATOR) if _NUMBER.fullmatch(part))


def _hidden(numbers: set[str], units: Iterable[str]) -> set[str]:
    if not numbers:
        return set()
    named = Matter.objects.filter(number__in=sorted(numbers)).exclude(hidden_units="")
    return {m.number for m in named.only("number", "hidden_units") if not m.hidden.isdisjoint(units)}


def _told(entries: Iterable[Entry], hidden: set[str]) -> Iterator[Entry]:
    for entry in entries:
        if hidden.isdisjoint(_named(entry)):
            yield entry
            continue
        facts: dict[str, Any] = {}
        for name, value in entry.facts.items():
            parts = value.split(_SEPARATOR) if isinstance(value, str) else []
            if left := [part for part in parts if part not in hidden]:
                facts[name] = _SEPARATOR.join(left)
            elif not parts:
                facts[name] = value
        if entry.verb == "split" and "numbers" in facts:
            facts["count"] = len(facts["numbers"].split(_SEPARATOR))
        elif entry.verb != "receive":
            continue
        entry.facts = facts
        yield entry
