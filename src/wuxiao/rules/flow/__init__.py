"""The life of a matter: ONE table of steps (`flow.table`), read by the grammar of lives (`life`).

Every button, URL, diary entry, message and report uses the verbs of this table; `desk.act` is its only interpreter.
The table knows shapes (who may do what, from where to where, what must be given, what happens to the promise); the
numbers (days, levels, chances) are in the rule book. Sources: seed S1.43-S1.50, rules R1.3-R1.12, R2.7-R2.17, and the
Petition Regulations art. 22-36.
"""

from __future__ import annotations

from typing import Any

from wuxiao.rules.flow.parts import (
    DESK_TYPES,
    NOTHING,
    OPEN,
    STANDINGS,
    WORKING,
    Clock,
    Facts,
    Need,
    State,
    Step,
    Who,
)
from wuxiao.rules.flow.table import GUARDS, RECORDS, ROWS, STEPS
from wuxiao.rules.life import Life, Promise, Refusal, Standing
from wuxiao.rules.life import Step as AnyStep
from wuxiao.rules.words import Text

__all__ = [
    "DESK_TYPES",
    "GUARDS",
    "HELD",
    "MATTER",
    "NOTHING",
    "OPEN",
    "RECORDS",
    "ROWS",
    "SAID",
    "SPOKEN",
    "STANDINGS",
    "STEPS",
    "THEIRS",
    "VOICES",
    "WORKING",
    "Clock",
    "Facts",
    "Need",
    "Promise",
    "Refusal",
    "Standing",
    "State",
    "Step",
    "Who",
    "allowed",
    "check",
    "diagram",
    "for_caller_only",
    "guard",
    "target",
    "within_reach",
]


#: Steps by which somebody whose report was joined to another speaks: on the main report, in her own name.
VOICES: frozenset[str] = frozenset({"add", "urge", "object", "appeal", "rate", "withdraw"})
#: Steps that only a requester decides: staff who take them say that they do it for the caller, and how they knew them.
SPOKEN: frozenset[str] = frozenset({"withdraw", "object", "rate", "unshield"})
#: Steps whose words are a requester's own, whoever enters them: only she has something to add, to reply, to appeal.
THEIRS: frozenset[str] = frozenset({"add", "reply", "appeal", "call_back"})
#: Steps whose words another platform passes on as a requester's own.
SAID: frozenset[str] = frozenset({"urge", "shield", *VOICES, *THEIRS})
#: Steps by which a requester ends her matter: with danger nobody settled they are noted, and it stays where it stands.
HELD: frozenset[str] = frozenset({"withdraw", "rate"})

#: The life of a matter: what the interpreter of the desk reads.
MATTER: Life[Facts] = Life(
    "matter",
    Text("事项", "the matter"),
    State,
    STANDINGS,
    ROWS,
    frozenset({State.CLOSED}),
    theirs=THEIRS,
    voices=VOICES,
    own=frozenset({"rate", "withdraw"}),
    held=HELD,
    spoken=SPOKEN,
    anew=frozenset({"sign", "escalate"}),
    unsaid=frozenset({"call_back", "rate"}),
)


def for_caller_only(step: AnyStep[Any], by: frozenset[Who]) -> bool:
    """Return whether somebody standing in `by` takes this step for a caller alone, never for themselves.

    Whoever works on a matter could hide it from those who look at the work: secrecy too is a caller's wish alone.
    """
    if step.verb == "shield" and not by & {Who.CENTRE, Who.CENTRE_LEAD}:
        return True
    # An emergency is passed on by whoever hears of it.
    return step.verb in SPOKEN or (by & step.who == {Who.PHONE} and Need.FOR_CALLER in step.may)


def guard(name: str, facts: Facts) -> bool:
    """Return whether the named guard of the table holds for these facts; an unknown name raises `KeyError`."""
    return GUARDS[name].holds(facts)


def check(verb: str, facts: Facts) -> Refusal | None:
    """Return `None` if the step may be taken, else the first reason why not.

    The order of the reasons is: unknown verb, wrong state, wrong person, guard.
    """
    return MATTER.check(verb, facts)


def allowed(facts: Facts) -> tuple[Step, ...]:
    """Return the steps open now to somebody standing in `facts.by`, in the order of the table."""
    return tuple(STEPS[step.verb] for step in MATTER.allowed(facts))


def within_reach(facts: Facts) -> tuple[tuple[Step, Refusal | None], ...]:
    """Return the steps that somebody in `facts.by` could take in this state, each open (`None`) or with its reason."""
    return tuple((STEPS[step.verb], refusal) for step, refusal in MATTER.within_reach(facts))


def target(verb: str, facts: Facts) -> State:
    """Return the one state the step leads to from these facts; the caller has checked that it is open."""
    return State(MATTER.target(verb, facts))


def diagram(lang: str = "zh") -> str:
    """Return the table as a Mermaid state diagram; the page under `docs/` is this text."""
    return MATTER.diagram(lang)
