"""What the house knows of the five small matters: the effects of their verbs, and what they want to hear of."""

from __future__ import annotations

from datetime import datetime

from wuxiao.desk.assist import hot
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case import clocks, parted, shown, standing
from wuxiao.desk.case.subject import Subject
from wuxiao.desk.matters import call_backs, exchange, ladder
from wuxiao.desk.matters.matters import erase_waiting, mark_told, of_case
from wuxiao.desk.matters.verbs import answering, handling, handover, secrecy, sorting, together
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Access, CallBack, Case
from wuxiao.rules.book_model import Book
from wuxiao.rules.flow import MATTER, Facts, Who

_FILES = (sorting, handover, handling, answering, secrecy, together)


def _closed(case: Case, rules: Rules, at: datetime) -> None:
    call_backs.draw_all(of_case(case), rules, at=at)


def _withheld(case: Case, by: Actor, at: datetime) -> None:
    hot.leave(case.pk, by=by, at=at)
    parted.keep_parts(case, at=at)


def _told(case: Case, at: datetime) -> None:
    mark_told(of_case(case), at=at)


def _facts(case: Case, rules: Rules, at: datetime, verb: str) -> Facts:
    facts_of = standing.asked_of if verb == "call_back" else standing.facts_of
    return facts_of(of_case(case), rules.book, rules.calendar, at)


def _relations(by: Actor, facts: Facts) -> frozenset[Who]:
    return by.relations(facts)


def _sees(by: Actor, facts: Facts, case: Case) -> bool:
    # Who made the call-back may still pass on the objection they were told on the phone.
    return by.may_see(facts) or (Who.CALLER in facts.by and (facts.call_back_drawn or _called(case, by)))


def _called(case: Case, by: Actor) -> bool:
    return CallBack.objects.filter(matter_id=case.pk, round=case.reopened, caller_id=by.staff_id).exists()


def _row(case: Case, book: Book) -> Facts:
    return standing.of_row(case, book)


def _rows(case: Case, facts: Facts) -> list[Access]:
    return shown.access_rows(of_case(case), facts)


def _clocks(case: Case, rules: Rules, at: datetime, entered: bool) -> None:
    clocks.set_clocks(case, rules, at=at, entered=entered)


def _look(case: Case, rules: Rules, at: datetime) -> None:
    ladder.look(of_case(case), rules, at)


def _settled(case: Case, at: datetime) -> None:
    erase_waiting(case.pk, at=at)


SUBJECT = Subject(
    life=MATTER,
    nothing=Facts(),
    facts=_facts,
    of_row=_row,
    relations=_relations,
    sees=_sees,
    rows=_rows,
    # On these it depends who sees a matter and where it stands in their lists.
    shown=frozenset(
        {"state", "holder", "offered_to", "sender", "supervisor_unit", "hidden_units", "handler_id", "division"}
        | {"extension", "due_at", "step_due_at", "closed_at", "danger_open", "unread_since"}
    ),
    set_clocks=_clocks,
    look=_look,
    effects={verb: effect for file in _FILES for verb, effect in file.does.items()},
    closed=_closed,
    withheld=_withheld,
    told=_told,
    settled=_settled,
    notice=exchange.text_of,
)
assert len(SUBJECT.effects) == sum(len(file.does) for file in _FILES), "a verb is done in two files"
