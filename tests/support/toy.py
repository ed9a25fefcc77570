"""A second life, for tests alone: what must hold for every life beside matters is tried with it.

Its cases have no promise to a resident, a clock of their own, and a code nobody was given. Every text in them is one
marker, so that whatever reaches a page, a list, a file or a search is seen there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case import clock, clocks, shown, subject
from wuxiao.desk.case.act import act
from wuxiao.desk.case.opening import New, open_case
from wuxiao.desk.case.subject import Subject
from wuxiao.desk.case.turn import Effects
from wuxiao.desk.files import files
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Access, Case
from wuxiao.rules import access, hide
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import new_code, new_number
from wuxiao.rules.flow import Need
from wuxiao.rules.life import CaseFacts, Life, Promise, Standing, Step
from wuxiao.rules.promise import Term
from wuxiao.rules.words import Text

MARK = "ZZLEAK"


class State(StrEnum):
    GOING = "going"
    STANDING = "standing_still"
    DONE = "done"


class Who(StrEnum):
    KEEPER = "keeper"
    HOUSE = "house"


def _text(word: str) -> Text:
    return Text(word, word)


def _row(verb: str, sources: set[State], to: tuple[State, ...], who: set[Who], **more: Any) -> Step[CaseFacts]:
    return Step(verb, _text(verb), _text(f"{MARK} {verb}"), frozenset(sources), to, frozenset(who), **more)


LIFE: Life[CaseFacts] = Life(
    "toy",
    Text("玩具", "the toy"),
    State,
    {
        State.GOING: Standing(_text("going"), _text("going"), None, "going.toy"),
        State.STANDING: Standing(_text("standing"), _text("standing"), None, "standing.toy"),
        State.DONE: Standing(_text("done"), _text("done"), None, "done.toy"),
    },
    (
        _row("begin", set(), (State.GOING,), {Who.KEEPER, Who.HOUSE}, promise=Promise.START),
        _row("stop", {State.GOING}, (State.STANDING,), {Who.HOUSE}),
        _row("say", {State.GOING, State.STANDING}, (), {Who.KEEPER}, needs=(Need.WORDS,), may=(Need.FILES,)),
        # Verbs that matters have too, with another meaning.
        _row("object", {State.GOING}, (State.STANDING,), {Who.KEEPER}, needs=(Need.REASON,)),
        _row("answer", {State.GOING, State.STANDING}, (State.DONE,), {Who.KEEPER}, promise=Promise.END),
    ),
    frozenset({State.DONE}),
)
does = Effects()


@does("stop")
@does("say")
@does("object")
@does("answer")
def _nothing(turn: Any) -> None:
    """The row says it all."""


def _facts(case: Case, book: Book) -> CaseFacts:
    return CaseFacts(
        state=State(case.state),
        holder=case.holder,
        division=case.division,
        hidden=case.hidden,
        hidden_divisions=hide.divisions_of(book, case.hidden) if case.hidden_units else frozenset(),
    )


def _relations(by: Actor, facts: CaseFacts) -> frozenset[Who]:
    if by.kind == "system":
        return frozenset({Who.HOUSE})
    units = by.viewer.units if by.viewer is not None else frozenset()
    return frozenset({Who.KEEPER} if facts.state is None or facts.holder in units else ())


def _sees(by: Actor, facts: CaseFacts, case: Case) -> bool:
    return by.viewer is None or bool(access.of_case(facts) & set(by.viewer.principals))


def _look(case: Case, rules: Rules, at: datetime) -> None:
    if case.state == State.GOING and case.step_due_at is not None and case.step_due_at <= at:
        act(case.pk, "stop", by=clock.SYSTEM, at=at, turn=case.turn)
    else:
        clock.look_again(case, rules, at)


def _term(case: Case, rules: Rules) -> Term | None:
    return Term.parse("2 working_days") if case.state == State.GOING else None


SUBJECT: Subject[CaseFacts] = Subject(
    life=LIFE,
    nothing=CaseFacts(),
    facts=lambda case, rules, at, verb: _facts(case, rules.book),
    of_row=_facts,
    relations=_relations,
    sees=_sees,
    rows=lambda case, facts: shown.rows_of_life(LIFE, case, facts),
    set_clocks=clocks.of_states(LIFE.over, _term),
    look=_look,
    effects=does,
    promises=False,
    ends_as="done",
)


@contextmanager
def playing() -> Iterator[None]:
    """Carry toys inside this block."""
    with subject.beside(SUBJECT):
        yield


def row_of(case: Case) -> list[Access]:
    """Return its rows in lists."""
    return list(Access.objects.filter(matter_id=case.pk).order_by("principal"))


def begin(*, by: Actor, at: datetime, uploads: tuple[files.Upload, ...] = (), **columns: Any) -> Case:
    """Open a toy in which every text is the marker."""
    rules = books.current(at)
    case = Case(
        life=LIFE.name,
        code=new_code(),
        number=new_number("TY", at.astimezone(SHANGHAI).date()),
        **{
            "title": f"{MARK} 路灯不亮",
            "place": f"{MARK} 文庙街12号",
            "kind": MARK.lower(),
            "category": MARK.lower(),
            "channel": MARK.lower(),
            "external_id": MARK,
            "division": "990101001",
            "holder": "urban_mgmt",
            "holder_since": at,
            "received_at": at,
            "changed_at": at,
            "book_id": rules.id,
            "version": 1,
            **columns,
        },
    )
    new = New(
        case,
        rules,
        facts={"unit": case.holder, "said": MARK},
        texts={"words": f"{MARK} 文庙街路灯不亮，老人晚上出门摔过一次。"},
        searched=f"{MARK} 文庙街路灯不亮 {case.number}",
        uploads=uploads,
    )
    open_case(new, by=by, at=at)
    return case
