"""One turn of one matter while it is being taken: what the effects of the verbs read and change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wuxiao.desk.actor import Actor
from wuxiao.desk.books import Rules
from wuxiao.desk.errors import Invalid, Refused
from wuxiao.records.models import Matter
from wuxiao.rules.flow import Facts, State, Step
from wuxiao.rules.words import Text


@dataclass(slots=True)
class Turn:
    """The matter (changed in place, saved by `act`), the facts before, what was given, and what the diary will say."""

    matter: Matter
    step: Step
    before: Facts
    target: State
    given: dict[str, Any]
    by: Actor
    at: datetime
    rules: Rules
    facts: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    after: list[Callable[[], None]] = field(default_factory=list)
    #: Steps the house takes by itself right after this one, in the same transaction: matter, verb, what is given.
    follow: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    pause_reason: str = ""
    #: The columns as they were before the effect, and whether a co-unit was added or taken away.
    was: dict[str, Any] = field(default_factory=dict)
    co_changed: bool = False
    #: The joined report whose reporter speaks on the main one; the report that takes a withdrawn main one's place;
    #: and, in the turn of that heir, the main one it follows.
    speaker: Matter | None = None
    heir: Matter | None = None
    follows: Matter | None = None
    #: The extension that waited for a decision when the main report was withdrawn, as text.
    withdrawn: str = ""

    def refuse(self, zh: str, en: str, code: str = "refused") -> None:
        """Raise `Refused` with a sentence."""
        raise Refused(Text(zh, en), code)

    def wrong(self, field: str, zh: str, en: str) -> None:
        """Raise `Invalid` for one field."""
        raise Invalid({field: Text(zh, en)})


Effect = Callable[[Turn], None]
EFFECTS: dict[str, Effect] = {}


def does(verb: str) -> Callable[[Effect], Effect]:
    """Register the effect of a verb of the step table."""

    def keep(effect: Effect) -> Effect:
        assert verb not in EFFECTS, verb
        EFFECTS[verb] = effect
        return effect

    return keep
