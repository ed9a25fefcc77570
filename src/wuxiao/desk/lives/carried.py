"""From what a life declares to the subject the house carries: facts, rows, clock, steps and pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case import clock, clocks, shown
from wuxiao.desk.case.act import act
from wuxiao.desk.case.opening import New, open_case
from wuxiao.desk.case.subject import Pages, Subject
from wuxiao.desk.case.turn import Effect, TurnOf
from wuxiao.desk.lives import stands
from wuxiao.desk.lives.declared import DIVISION, FILES, PLACE, TITLE, WORDS, Declared
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Entry
from wuxiao.records.replayed import OwnColumns, plain
from wuxiao.rules import hide
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import new_code, new_number
from wuxiao.rules.field import BETWEEN, YES_NO, Field, Kind
from wuxiao.rules.life import OwnFacts, Step
from wuxiao.rules.promise import Term
from wuxiao.rules.words import Text


def subject_of(said: Declared) -> Subject[OwnFacts]:
    """Return the subject of a declared life; `dataclasses.replace` of it (or of its pages) says what is special."""
    carried = _Carried(said)
    return Subject(
        life=said.life,
        nothing=OwnFacts(),
        facts=carried.facts,
        of_row=carried.of_row,
        relations=lambda by, facts: stands.relations(by, facts, said.stands),
        sees=stands.sees,
        rows=lambda case, facts: shown.rows_of_life(said.life, case, facts),
        set_clocks=clocks.of_states(said.life.over, carried.term),
        look=carried.look,
        effects={row.verb: carried.effect(row) for row in said.life.rows if row.sources},
        promises=False,
        ends_as="done",
        listens=False,
        pages=_pages(said, carried),
    )


def _pages(said: Declared, carried: _Carried) -> Pages:
    queues = {state: one.queue for state, one in said.life.standings.items()}
    return Pages(
        title=said.title,
        meaning=said.meaning,
        icon=said.icon,
        prefix=said.prefix,
        power=said.power,
        asks=lambda case, step, rules, by: carried.asked(step),
        fields=lambda step, book: carried.asked(step),
        begin=carried.begin,
        about=lambda case, rules, by: carried.about(case, rules.book, said.fields),
        told=lambda case, rules: carried.about(case, rules.book, carried.seen()),
        values={one.name: YES_NO if one.kind is Kind.YES else one.choices for one in said.fields},
        section=said.section,
        days=said.days,
        machines=said.with_way(keys=True),
        party=next(iter(said.with_way(code=True)), None),
        party_name=said.party_name,
        waits={role: frozenset(queues[state] for state in states) for role, states in said.waits.items()},
        dates=carried.dates,
        hands=said.with_way() if said.with_way(code=True) else frozenset(),
        grave=said.grave,
    )


@dataclass(frozen=True, slots=True)
class _Carried:
    """What follows from one declaration, as the mechanisms of the house ask it."""

    said: Declared

    def part_of(self, case: Case) -> OwnColumns | None:
        """Return the row of its own columns; `None` before it is written."""
        rows: QuerySet[Any] = self.said.part._default_manager.all()
        return rows.filter(matter_id=case.pk).first()

    # ------------------------------------------------------------------------------------------------------- facts

    def of_row(self, case: Case, book: Book) -> OwnFacts:
        """Return the facts on which it hangs who sees a case (no query)."""
        return OwnFacts(
            state=self.said.life.states(case.state),
            holder=case.holder,
            division=case.division,
            hidden=case.hidden,
            hidden_divisions=hide.divisions_of(book, case.hidden) if case.hidden_units else frozenset(),
        )

    def facts(self, case: Case, rules: Rules, at: datetime, verb: str) -> OwnFacts:
        """Return all facts of a case (two queries at most)."""
        part = self.part_of(case)
        own = {one.name: getattr(part, one.name) for one in self.said.kept} if part is not None else {}
        return replace(self.of_row(case, rules.book), own=own, did=self._did(case))

    def _did(self, case: Case) -> Mapping[str, int]:
        verbs = {verb for way in self.said.stands.values() for verb in way.apart_from}
        if not verbs:
            return {}
        rows = Entry.objects.filter(matter_id=case.pk, verb__in=verbs, staff_id__isnull=False).order_by("turn")
        return {verb: staff for verb, staff in rows.values_list("verb", "staff_id") if staff is not None}

    # ------------------------------------------------------------------------------------------------------- clock

    def _clock(self, case: Case) -> Any:
        return next(one.clock for state, one in self.said.life.standings.items() if state == case.state)

    def term(self, case: Case, rules: Rules) -> Term | None:
        """Return how long the state of a case may last by the book."""
        now = self._clock(case)
        return rules.book.lives[self.said.life.name].terms[now] if now is not None else None

    def look(self, case: Case, rules: Rules, at: datetime) -> None:
        """Take the step of the house for which the clock of a state rings, or look again."""
        verb = self.said.rings.get(self.said.life.states(case.state))
        if verb is not None and case.step_due_at is not None and case.step_due_at <= at:
            act(case.pk, verb, by=SYSTEM, at=at, turn=case.turn)
        else:
            clock.look_again(case, rules, at)

    def dates(self, cases: Any, rules: Any) -> Mapping[int, Text]:
        """Return what the date of each open case is the date of."""
        return {case.pk: self.said.owes[now] for case in cases if (now := self._clock(case)) in self.said.owes}

    # ------------------------------------------------------------------------------------------------------- fields

    def asked(self, step: Step[OwnFacts]) -> tuple[Field, ...]:
        """Return the fields of a step, each required where its row needs it."""
        needed, known = set(map(str, step.needs)), self.said.by_name
        names = [str(need) for need in (*step.needs, *step.may) if need != FILES]
        return tuple(replace(known[name], required=name in needed) for name in names)

    def seen(self) -> tuple[Field, ...]:
        """Return the fields of steps the other side reads."""
        names = {str(need) for row in self.said.life.rows if row.seen for need in (*row.needs, *row.may)}
        return tuple(one for one in self.said.fields if one.name in names)

    def about(self, case: Case, book: Book, fields: tuple[Field, ...]) -> list[tuple[Text, Text]]:
        """Return what some fields hold now, each with its label; words stand in the diary."""
        part = self.part_of(case)
        own = {one.name for one in self.said.kept} if part is not None else set()
        values = {one.name: getattr(part, one.name) for one in fields if one.name in own}
        values |= {PLACE: case.place, DIVISION: case.division}
        rows = [(one.label, one.say(values[one.name], book)) for one in fields if one.name in values]
        return [(label, value) for label, value in rows if value.zh]

    # ------------------------------------------------------------------------------------------------------- steps

    def begin(self, given: Mapping[str, Any], rules: Rules, by: Actor, at: datetime) -> Case:
        """Open a case in the hands of the unit of whoever opens it; inside the caller's transaction.

        Raises `Refused` for somebody without a unit.
        """
        life, first = self.said.life, self.said.life.first
        case = Case(
            life=life.name,
            code=new_code(),
            number=new_number(self.said.prefix, at.astimezone(SHANGHAI).date()),
            title=given[TITLE],
            place=given.get(PLACE, ""),
            division=given.get(DIVISION, ""),
            holder=self._holder(first, by),
            holder_since=at,
            received_at=at,
            changed_at=at,
            book_id=rules.id,
            version=1,
        )
        part = self.said.part(**{one.name: given[one.name] for one in self.said.kept if one.name in given})
        texts = {one.name: given[one.name] for one in self.said.fields if one.kind in WORDS and one.name in given}
        searched = " ".join([life.noun.zh, case.number, *texts.values()])
        facts = {"unit": case.holder, **self._facts(given)}
        new = New(case, rules, facts, texts, searched, uploads=given.get(FILES, ()), parts=(part,))
        open_case(new, by=by, at=at)
        return case

    def _holder(self, first: Step[OwnFacts], by: Actor) -> str:
        roles = frozenset(role for who in first.who for role in self.said.stands[who].roles)
        units = stands.units_of(by, roles) or ((by.unit,) if by.kind == "machine" else ())
        if not units:
            raise Refused(Text("要由一个单位来登记", "a unit must take this in"), "unit")
        return units[0]

    def _facts(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the seal says of answers: codes, numbers and days, as the diary reads them."""
        known = self.said.by_name
        return {
            name: _fact(known[name], value)
            for name, value in given.items()
            if name in known and known[name].kind not in WORDS
        }

    def effect(self, row: Step[OwnFacts]) -> Effect:
        """Return what a step does: it keeps each answer in the column of its name, and then what is declared beside."""
        more: Callable[[TurnOf[Any]], None] | None = self.said.effects.get(row.verb)
        names = {one.name for one in self.said.kept}

        def done(turn: TurnOf[Any]) -> None:
            turn.facts |= self._facts(turn.given)
            given = {name: turn.given[name] for name in sorted(names & turn.given.keys())}
            part = self.part_of(turn.matter) if given else None
            if part is not None:
                for name, value in given.items():
                    setattr(part, name, value)
                part.save(update_fields=list(given))
            for name in {PLACE, DIVISION, TITLE} & turn.given.keys():
                setattr(turn.matter, name, turn.given[name])
            if turn.target in self.said.life.over and row.verb in self.said.grave:
                turn.matter.outcome = row.verb
            if more is not None:
                more(turn)

        return done


def _fact(one: Field, value: Any) -> Any:
    match one.kind:
        case Kind.YES:
            return "yes" if value else "no"
        case Kind.UNIT:
            return [value]
        case Kind.CHOICES:
            return str(value).split(BETWEEN)
        case _:
            return plain(value)
