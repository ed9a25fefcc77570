"""One turn of one case while it is being taken: what the effects of the verbs read and change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.desk.files.drafts import Danger
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Matter
from wuxiao.rules.flow import Facts
from wuxiao.rules.life import F, Step
from wuxiao.rules.words import Text


@dataclass(slots=True)
class TurnOf(Generic[F]):
    """The case (changed in place, saved by `act`), the facts before, what was given, and what the diary will say."""

    matter: Matter
    step: Step[Any]
    before: F
    target: Any
    given: dict[str, Any]
    by: Actor
    at: datetime
    rules: Rules
    facts: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    after: list[Callable[[], None]] = field(default_factory=list)
    #: What is done when the step is sealed, in the same transaction: papers that go out with it.
    then: list[Callable[[], object]] = field(default_factory=list)
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
    #: What was heard of danger in the requester's words, and that the step is noted only: nothing ends over danger.
    heard: Danger | None = None
    told_danger: bool = False
    held: bool = False
    #: The message that tells of this turn, where it is not the verb's own.
    message: str = ""
    #: The report this one is joined to, as it was before the step.
    main_id: int | None = None
    #: The extension that waited for a decision when the main report was withdrawn, as text.
    withdrawn: str = ""

    def refuse(self, zh: str, en: str, code: str = "refused") -> None:
        """Raise `Refused` with a sentence."""
        raise Refused(Text(zh, en), code)

    def wrong(self, field: str, zh: str, en: str) -> None:
        """Raise `Invalid` for one field."""
        raise Invalid({field: Text(zh, en)})


#: A turn of a matter.
Turn = TurnOf[Facts]
Effect = Callable[[TurnOf[Any]], None]


class Effects(dict[str, Effect]):
    """The effects of some verbs by name; a module that does what they say marks each: `@does("accept")`."""

    def __call__(self, verb: str) -> Callable[[Effect], Effect]:
        """Keep the function below as the effect of a verb."""

        def keep(effect: Effect) -> Effect:
            assert verb not in self, verb
            self[verb] = effect
            return effect

        return keep
