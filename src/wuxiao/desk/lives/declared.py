"""A life that declares no more than its table, its fields and its words; everything else of it follows here.

Who stands how to a case follows from `Stands`, what a step asks from the fields its row names, where an answer is kept
from the column of its name, what a page shows from the columns and their labels, who reads what from the rows that are
seen, the clock from the section of the book. What grows beyond that says more: an effect beside a step, or
`dataclasses.replace` of the subject and its pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField

from wuxiao.desk.case.sentences import places
from wuxiao.desk.case.subject import OTHER_SIDE
from wuxiao.desk.case.turn import Effect
from wuxiao.desk.lives.stands import Stands
from wuxiao.records.replayed import OwnColumns
from wuxiao.rules.access import Power, Role
from wuxiao.rules.book.lives import Section
from wuxiao.rules.field import Field, Kind
from wuxiao.rules.life import Life, OwnFacts, Step
from wuxiao.rules.words import Text

FILES = "files"
TITLE, PLACE, DIVISION = "title", "place", "division"
#: What stands in the row of the case itself, whatever its life.
OF_THE_CASE = frozenset({TITLE, PLACE, DIVISION})
#: Kinds of fields whose answers are words: kept outside the seal, with the entry of their step.
WORDS = frozenset({Kind.TEXT, Kind.WORDS})
#: Kinds a life can keep in its columns: codes, numbers and days, sealed as they are.
_KEPT = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.NUMBER, Kind.DATE, Kind.YES, Kind.UNIT, Kind.PLACE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One life as its subject declares it.

    `part` is the table of its own columns, each named as a field. `stands` says of each relation of the table who
    stands so. `rings` names the step that the house takes when the clock of a state has run out (where there is none it
    is late), `owes` what the date of a clock is the date of. `waits` are the states in which a case waits for a role,
    steps of `grave` warn, `effects` are what a step does beside keeping what it was given. `days` is how long what is
    written is kept after the end.
    """

    life: Life[OwnFacts]
    part: type[OwnColumns]
    fields: tuple[Field, ...]
    stands: Mapping[Any, Stands]
    section: Section
    title: Text
    meaning: Text
    icon: str
    prefix: str
    power: Power
    days: int
    party_name: Text = OTHER_SIDE
    rings: Mapping[Any, str] = field(default_factory=dict)
    owes: Mapping[Any, Text] = field(default_factory=dict)
    waits: Mapping[Role, tuple[Any, ...]] = field(default_factory=dict)
    grave: frozenset[str] = frozenset()
    effects: Mapping[str, Effect] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a declaration of which a part leads nowhere, and name every such part."""
        wrong = [*self._of_steps(), *self._of_fields(), *self._of_columns(), *self._of_clocks()]
        if wrong:
            raise ValueError(f"the life {self.life.name!r} as declared: " + "; ".join(wrong))

    @property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their names."""
        return {one.name: one for one in self.fields}

    @property
    def kept(self) -> tuple[Field, ...]:
        """The fields whose answers stand in the columns of the life."""
        return tuple(one for one in self.fields if one.kind not in WORDS and one.name not in OF_THE_CASE)

    def with_way(self, code: bool = False, keys: bool = False) -> frozenset[Any]:
        """Return the relations of whoever holds the code, or in which a key may stand; with neither, of posts."""
        return frozenset(
            name for name, way in self.stands.items() if (way.code if code else way.keys if keys else bool(way.roles))
        )

    def _of_steps(self) -> Iterator[str]:
        used = {who for row in self.life.rows for who in row.who}
        for who in sorted(used ^ set(self.stands), key=str):
            yield f"{who}: who stands so is said nowhere" if who in used else f"{who}: no step is theirs"
        verbs = {row.verb for row in self.life.rows if row.sources}
        named = {*self.effects, *self.grave, *self.rings.values()}
        named |= {verb for way in self.stands.values() for verb in way.apart_from}
        for verb in sorted(named - verbs - {self.life.first.verb}):
            yield f"{verb}: no such step"
        for row in self.life.rows:
            yield from self._of_sentence(row)

    def _of_sentence(self, row: Step[OwnFacts]) -> Iterator[str]:
        asked = {str(need) for need in (*row.needs, *row.may)} - {FILES}
        for name in sorted(asked - {one.name for one in self.fields}):
            yield f"{row.verb}: asks {name!r}, which is no field"
        said = places(row.sentence.zh) | places(row.sentence.en)
        for name in sorted(said - asked - {"unit", "who"}):
            yield f"{row.verb}: its sentence says {name!r}, which it does not ask"
        for one in self.fields:
            if one.name in said and one.kind is Kind.PLACE:
                yield f"{row.verb}: its sentence cannot say {one.name!r}: what divisions are called is the book's"

    def _of_fields(self) -> Iterator[str]:
        asked = {str(need) for row in self.life.rows for need in (*row.needs, *row.may)}
        for one in self.fields:
            if one.name not in asked:
                yield f"{one.name}: no step asks it"
            if one.private or one.kind not in _KEPT | WORDS:
                yield f"{one.name}: a {one.kind} or personal data needs an effect of its own"
        if TITLE not in self.life.first.needs:
            yield "its first step must ask a title"

    def _of_columns(self) -> Iterator[str]:
        columns = {one.name: one for one in self.part._meta.concrete_fields if one.name not in {"id", "matter"}}
        names = {one.name for one in self.kept}
        for name in sorted(names ^ set(columns)):
            yield f"{name}: a field without a column" if name in names else f"{name}: a column without a field"
        for one in self.kept:
            column = columns.get(one.name)
            longest = max(map(len, one.choices), default=0)
            if isinstance(column, CharField) and column.max_length is not None and longest > column.max_length:
                yield f"{one.name}: its column is shorter than an answer"

    def _of_clocks(self) -> Iterator[str]:
        clocks = {str(one.clock) for one in self.life.standings.values() if one.clock is not None}
        for name in sorted(clocks ^ set(self.section.terms)):
            yield f"{name}: a clock, and a term of the book, each need the other"
        for state, verb in self.rings.items():
            step, house = self.life.steps.get(verb), {n for n, way in self.stands.items() if way.house}
            if step is None or state not in step.sources or not step.who & house:
                yield f"{state}: the house cannot take {verb!r} when its clock rings"
