"""Whose wish it is that a case is kept secret: read from the diary, which seals who set it, when, and by what check.

The row says from whom a matter is kept now; who wanted that so stands in its entries alone. A requester reads it on her
page, and it decides who may say that it need not be kept any longer (`unshield`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from wuxiao.records.models import Case, Entry
from wuxiao.rules import hide

#: Entries that can say something of it.
VERBS = ("receive", "classify", "shield", "unshield")


class By(StrEnum):
    """Who wanted it so."""

    HERSELF = "herself"
    #: A desk that wrote it down for her.
    DESK = "desk"
    #: The rule book: nobody was asked.
    DEFAULT = "default"
    #: Another platform, or a machine.
    BROUGHT = "brought"
    #: The file of an earlier system that the matter came from.
    FILE = "file"
    #: The house, with another matter that she reported in the same go.
    ALONG = "along"


#: What nobody but the house set: supervision may open it, once the requester was asked.
OF_THE_HOUSE = frozenset({By.DESK, By.DEFAULT, By.FILE})


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that is kept: `about` is a unit or body it is kept from, or empty for the requester's own name."""

    about: str
    by: By
    at: datetime
    unit: str = ""
    check: str = ""


def of(matter: Case, entries: Sequence[Entry] | None = None) -> list[Wish]:
    """Return what is kept of a matter now, oldest wish first (one query where its entries are not given)."""
    if entries is None:
        entries = list(Entry.objects.filter(matter_id=matter.pk, verb__in=VERBS).order_by("turn"))
    found: dict[str, Wish] = {}
    for entry in entries:
        if entry.verb not in VERBS:
            continue
        about, name = _stands(entry, found)
        for gone in {one for one in found if one} - about:
            del found[gone]
        if not name:
            found.pop("", None)
        for one in sorted(about) + ([""] if name else []):
            if one not in found:
                found[one] = Wish(one, _by(entry), entry.at, entry.unit, str(entry.facts.get("for_caller", "")))
    now = {*hide.unpack(matter.about), *([""] if matter.shielded else [])}
    return [wish for one, wish in found.items() if one in now]


def set_by_house(matter: Case) -> bool:
    """Tell whether something that is kept was asked for by nobody but the house."""
    return any(wish.by in OF_THE_HOUSE for wish in of(matter))


def _stands(entry: Entry, found: Mapping[str, Wish]) -> tuple[set[str], bool]:
    """Return from whom it is kept after an entry, and whether the name is; older entries seal less."""
    row = _row(entry)
    about, name = {one for one in found if one}, "" in found
    if "about" in row:
        about = set(hide.unpack(str(row["about"])))
    elif row_less := _facts_about(entry):
        about |= row_less
    if "shielded" in row:
        name = bool(row["shielded"])
    elif entry.stand is None and (entry.verb == "shield" or _facts_about(entry)):
        name = True
    return about, name


def _row(entry: Entry) -> Mapping[str, Any]:
    rows: Iterable[Any] = (entry.stand or {}).get("matter", {}).values()
    return next((row for row in rows if isinstance(row, dict)), {})


def _facts_about(entry: Entry) -> set[str]:
    return set(entry.facts.get("about", ())) if entry.stand is None and entry.verb in {"receive", "shield"} else set()


def _by(entry: Entry) -> By:
    facts = entry.facts
    if "platform" in facts or entry.actor in {"platform", "machine"}:
        return By.DEFAULT if facts.get("kept") == "default" else By.BROUGHT
    if facts.get("kept") == "default" or entry.verb == "classify":
        return By.DEFAULT
    if "imported" in facts:
        return By.FILE
    if "split_from" in facts:
        return By.ALONG
    match entry.actor:
        case "resident":
            return By.HERSELF
        case "staff":
            return By.DESK
    return By.DESK if entry.unit else By.ALONG
