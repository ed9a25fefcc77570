"""A life: the grammar in which a subject says how its cases go, from the first word to the end.

A subject declares its states and one table of steps; this module reads the table and says what is open to whom now, why
not, and where a step leads. It knows no subject: `rules.flow` is the life of a matter. A guard is a condition with the
sentences that say why it is shut, a target a function in the row where a step may lead to several states. Nothing here
is configured in a database: a life is code, its numbers are the rule book's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

from wuxiao.rules.words import Text


class Promise(StrEnum):
    """What a step does to the promise given to the resident."""

    KEEP = "keep"
    START = "start"
    REGIVE = "regive"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    FRESH = "fresh"
    END = "end"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What every life knows of a case; a subject adds its own. `by` are the relations of whoever asks to this case."""

    state: StrEnum | None = None
    holder: str = ""
    division: str = ""
    hidden: frozenset[str] = frozenset()
    hidden_divisions: frozenset[str] = frozenset()
    by: frozenset[StrEnum] = field(default_factory=frozenset)

    @property
    def hands(self) -> frozenset[str]:
        """The units in whose hands it is."""
        return frozenset({self.holder})


@dataclass(frozen=True, slots=True)
class OwnFacts(CaseFacts):
    """The facts of a life that declares no more than its table: what its own columns hold, by the names of its fields,
    and who of the staff took which step last.
    """

    own: Mapping[str, Any] = field(default_factory=dict)
    did: Mapping[str, int] = field(default_factory=dict)


F = TypeVar("F", bound=CaseFacts)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a table says of one state: its name, a plain sentence for the resident, its clock and its queue.

    `at_desk` and `desk_plain` are the same for staff, where the words for the resident would speak to the wrong person.
    """

    name: Text
    plain: Text
    clock: StrEnum | None
    queue: str
    at_desk: Text | None = None
    desk_plain: Text | None = None

    @property
    def staff_name(self) -> Text:
        """The name of the state on staff pages."""
        return self.at_desk or self.name

    @property
    def staff_plain(self) -> Text:
        """What the state means, said to staff."""
        return self.desk_plain or self.plain


def _first(facts: Any) -> int:
    return 0


def _nothing(facts: Any) -> Mapping[str, Text]:
    return {}


@dataclass(frozen=True, slots=True)
class Guard(Generic[F]):
    """A condition of a step: `name` is the code of its refusal, `says` the sentences that tell why it is shut.

    Of several sentences `which` chooses the one that holds, and `fill` gives the numbers and names in it.
    """

    name: str
    holds: Callable[[F], bool]
    says: tuple[Text, ...]
    which: Callable[[F], int] = _first
    fill: Callable[[F], Mapping[str, Text]] = _nothing

    def why(self, facts: F) -> Text:
        """Return why it is shut for these facts."""
        words, places = self.says[self.which(facts)], self.fill(facts)
        return Text(
            words.zh.format(**{name: text.zh for name, text in places.items()}),
            words.en.format(**{name: text.en for name, text in places.items()}),
        )


@dataclass(frozen=True, slots=True)
class Step(Generic[F]):
    """One row of a table.

    `sources` are the states it may start from, `to` the states it may lead to (none: it stays) and `leads` which of
    several; `who` the relations that may take it, `needs` what must be given and `may` what can be added, `seen`
    whether the resident's page shows it, `tells` whether the requesters are told, `sentence` what the diary and the
    progress page say.
    """

    verb: str
    name: Text
    sentence: Text
    sources: frozenset[Any]
    to: tuple[Any, ...]
    who: frozenset[Any]
    needs: tuple[Any, ...] = ()
    may: tuple[Any, ...] = ()
    promise: Promise = Promise.KEEP
    seen: bool = True
    tells: bool = False
    guards: tuple[Guard[F], ...] = ()
    leads: Callable[[F], Any] | None = None

    @classmethod
    def of(
        cls,
        verb: str,
        name: tuple[str, str],
        sentence: tuple[str, str],
        sources: Iterable[Any],
        to: Iterable[Any],
        who: Iterable[Any],
        *needs: Any,
        may: tuple[Any, ...] = (),
        promise: Promise = Promise.KEEP,
        guards: tuple[Guard[F], ...] = (),
        leads: Callable[[F], Any] | None = None,
        seen: bool = True,
        tells: bool = False,
    ) -> Self:
        """Return one row as a table of a life writes it: words as pairs, Chinese first, what it needs behind."""
        return cls(
            verb, Text(*name), Text(*sentence), frozenset(sources), tuple(to), frozenset(who), needs, may, promise,
            seen=seen, tells=tells, guards=guards, leads=leads,
        )  # fmt: skip

    @property
    def stays(self) -> bool:
        """True when the step never changes the state."""
        return not self.to


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a step is not open now, in words that say how to mend it."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Life(Generic[F]):
    """The states of a subject's cases and the one table of what may be done with them.

    `noun` is what a case is called in sentences, `over` the states in which it has ended; the name stands in the row of
    the case. A table that does not close
    (a source, target or standing that is no state, a step twice, two targets and no way to choose) raises
    `ValueError` when it is declared.
    """

    name: str
    noun: Text
    states: type[StrEnum]
    standings: Mapping[Any, Standing]
    rows: tuple[Step[F], ...]
    over: frozenset[Any]
    #: Verbs of which more holds. `theirs`: their words are a requester's own, whoever enters them; `voices`: by them
    #: somebody speaks whose case was joined to another; `own`: of these, those about her own case alone; `held`: by
    #: them a requester ends hers, which open danger holds up; `spoken`: staff take them for a caller only; `anew`: the
    #: clock of the state begins anew although the state stays; `unsaid`: their words are not looked for.
    theirs: frozenset[str] = frozenset()
    voices: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    spoken: frozenset[str] = frozenset()
    anew: frozenset[str] = frozenset()
    unsaid: frozenset[str] = frozenset()
    steps: Mapping[str, Step[F]] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse a table that does not close."""
        known, wrong = set(self.states), []
        if missing := known ^ set(self.standings):
            wrong.append(f"states and standings differ: {sorted(map(str, missing))}")
        if not self.over or self.over - known:
            wrong.append("it has no end among its states")
        seen: set[str] = set()
        for row in self.rows:
            if row.verb in seen:
                wrong.append(f"{row.verb} stands twice")
            seen.add(row.verb)
            if strange := (set(row.sources) | set(row.to)) - known:
                wrong.append(f"{row.verb}: no such state: {sorted(map(str, strange))}")
            if not row.who:
                wrong.append(f"{row.verb}: nobody may take it")
            if (row.leads is not None) != (len(row.to) > 1):
                wrong.append(f"{row.verb}: what chooses among several states stands where there are several")
        if sum(1 for row in self.rows if not row.sources) != 1:
            wrong.append("exactly one step begins a life")
        reached = {state for row in self.rows for state in row.to}
        if lost := known - reached:
            wrong.append(f"no step leads to: {sorted(map(str, lost))}")
        special = self.theirs | self.voices | self.own | self.held | self.spoken | self.anew | self.unsaid
        if strangers := special - seen:
            wrong.append(f"no such step: {sorted(strangers)}")
        if wrong:
            raise ValueError(f"the life of {self.name!r}: " + "; ".join(wrong))
        object.__setattr__(self, "steps", {row.verb: row for row in self.rows})

    @property
    def first(self) -> Step[F]:
        """The step by which a case comes in."""
        return next(row for row in self.rows if not row.sources)

    def check(self, verb: str, facts: F) -> Refusal | None:
        """Return `None` if the step may be taken, else the first reason why not.

        The order of the reasons is: unknown verb, wrong state, wrong person, guard.
        """
        step = self.steps.get(verb)
        if step is None:
            return Refusal("unknown", Text(f"没有“{verb}”这一步", f"there is no step “{verb}”"))
        if facts.state is None:
            if step.sources:
                return Refusal("state", Text(f"{self.noun.zh}尚未登记", f"{self.noun.en} has not been received yet"))
        elif facts.state not in step.sources:
            now = self.standings[facts.state].name
            return Refusal(
                "state",
                Text(
                    f"{self.noun.zh}现在是“{now.zh}”，不能“{step.name.zh}”",
                    f"{self.noun.en} is “{now.en}”: “{step.name.en}” is not open",
                ),
            )
        if not step.who & facts.by:
            return Refusal(
                "who", Text(f"您在这件事上不能“{step.name.zh}”", f"“{step.name.en}” is not yours to do here")
            )
        for guard in step.guards:
            if not guard.holds(facts):
                return Refusal(guard.name, guard.why(facts))
        return None

    def allowed(self, facts: F) -> tuple[Step[F], ...]:
        """Return the steps open now to somebody standing in `facts.by`, in the order of the table."""
        return tuple(step for step in self.rows if self.check(step.verb, facts) is None)

    def within_reach(self, facts: F) -> tuple[tuple[Step[F], Refusal | None], ...]:
        """Return the steps somebody in `facts.by` could take in this state, each open (`None`) or with its reason."""
        return tuple(
            (step, self.check(step.verb, facts))
            for step in self.rows
            if facts.state in step.sources and step.who & facts.by
        )

    def target(self, verb: str, facts: F) -> Any:
        """Return the one state the step leads to from these facts; the caller has checked that it is open."""
        step = self.steps[verb]
        if step.stays:
            assert facts.state is not None
            return facts.state
        if step.leads is None:
            return step.to[0]
        found = step.leads(facts)
        assert found in step.to, (verb, found)
        return found

    def diagram(self, lang: str = "zh") -> str:
        """Return the table as a Mermaid state diagram; the page under `docs/` is this text."""
        lines = ["stateDiagram-v2"]
        lines += [f"    {state.value}: {self.standings[state].name.say(lang)}" for state in self.states]
        arrows: dict[tuple[str, str], list[str]] = {}
        for step in self.rows:
            if not step.sources:
                arrows.setdefault(("[*]", str(step.to[0])), []).append(step.name.say(lang))
            for source in sorted(step.sources):
                for to in step.to:
                    if to != source:
                        arrows.setdefault((str(source), str(to)), []).append(step.name.say(lang))
        lines += [f"    {a} --> {b}: {' / '.join(names)}" for (a, b), names in arrows.items()]
        lines += [f"    {state.value} --> [*]" for state in self.states if state in self.over]
        return "\n".join(lines) + "\n"
