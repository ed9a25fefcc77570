"""A withdrawal or an erasure that waits: asked for while danger stood open, carried out once somebody settled it.

What she herself says later takes a withdrawal back; what others do in between (the ladder of the house, an operator,
110, somebody joined to her report) does not. An erasure waits until she takes it back in so many words: to tell more is
no wish that it be kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from wuxiao.desk.case.turn import Turn
from wuxiao.records.models import Entry
from wuxiao.rules import flow

#: Her steps after which she goes on with the matter.
TAKES_BACK = frozenset({"add", "reply", "urge", "object", "appeal"})
#: Steps that settle the danger: nothing waits after them.
_SETTLES = frozenset({"look", "stand_down"})

#: Entries that say how it stands with the erasure of a report.
_ERASE = frozenset({"ask_erase", "keep_data", "erase"})


def _hers(entry: Entry) -> bool:
    """Tell whether an entry of her own report is a step of hers: not the house's, not somebody's joined to it."""
    if "voice" in entry.facts:
        return False
    return entry.actor == "resident" or "for_caller" in entry.facts or entry.verb in flow.THEIRS


def waits(entries: Sequence[Entry]) -> bool:
    """Return whether, by the entries of a report in their order, its requester's withdrawal waits."""
    for entry in reversed(entries):
        if entry.verb == "withdraw":
            return "held" in entry.facts
        if entry.verb in _SETTLES or (entry.verb in TAKES_BACK and _hers(entry)):
            return False
    return False


def withdrawal(matter_id: int) -> bool:
    """Return whether the withdrawal of a report waits (one query)."""
    found = Entry.objects.filter(matter_id=matter_id, verb__in=["withdraw", *TAKES_BACK, *_SETTLES]).order_by("turn")
    return waits(list(found))


def erases(entries: Sequence[Entry]) -> bool:
    """Return whether, by the entries of a report in their order, the erasure its requester asked for waits."""
    last = next((one.verb for one in reversed(entries) if one.verb in _ERASE), "")
    return last == "ask_erase"


def erasure(matter_id: int) -> bool:
    """Return whether the erasure of a report waits (one query)."""
    return erases(list(Entry.objects.filter(matter_id=matter_id, verb__in=_ERASE).order_by("turn")))


def takes_back(turn: Turn) -> bool:
    """Return whether a step now taken takes back the withdrawal of who takes it (at most one query)."""
    matter, verb = turn.speaker or turn.matter, turn.step.verb
    if verb not in TAKES_BACK or not (turn.matter.danger_open or turn.before.state is flow.State.URGENT):
        return False
    hers = turn.by.kind == "resident" or "for_caller" in turn.facts or verb in flow.THEIRS
    return hers and withdrawal(matter.pk)
