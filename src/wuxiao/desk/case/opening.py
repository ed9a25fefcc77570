"""The one way a case comes in: the row of its table that begins a life is read like every other.

Whatever door it came by (a resident's page, an operator, a machine, another platform, a part split off, a file of past
cases), the table is asked whether it may come in from there, the promise is given, the clocks are set, who may see it
is written, one sealed entry says that it came, its words can be found, and who brought it is told. Everything or
nothing, in the transaction of the caller. What belongs to a subject (how a report becomes a row) it has done before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from wuxiao.desk.base import bulk, find
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.base.once import remember, served
from wuxiao.desk.base.put import put
from wuxiao.desk.case import clocks, needs, subject, tell
from wuxiao.desk.diary import diary
from wuxiao.desk.files import files
from wuxiao.desk.people import identity
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records import replayed
from wuxiao.records.models import Access, Case, Entry, Matter, Words
from wuxiao.rules.life import Step


@dataclass(frozen=True, slots=True)
class Since:
    """One entry of a case's past, before it came here; `by` is nobody of this house, or who brought it."""

    verb: str
    at: datetime
    state: str
    facts: Mapping[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict)
    by: Actor = SYSTEM


@dataclass(slots=True)
class New:
    """A case on its way in: its row, and what came with it; nothing of it is in the database yet.

    `facts` and `texts` are what its first entry says (the date promised is added), `searched` the words by which it is
    found, `contact` who brought it (of this case or of none), `parts` the rows beside it that its subject keeps,
    `since` what became of it before it came here.
    """

    case: Case
    rules: Rules
    facts: dict[str, Any]
    texts: dict[str, str]
    searched: str
    contact: identity.Person | None = None
    uploads: Sequence[files.Upload] = ()
    parts: Sequence[Any] = ()
    since: Sequence[Since] = ()


def begin(case: Case, rules: Rules, *, by: Actor, at: datetime, asked: bool = True) -> Step[Any]:
    """Read the first row of the table: raises `Refused` where it is shut, else sets the state and gives the promise.

    With `asked` false an act of the house leads here, in which it was asked who may.
    """
    of = subject.of(case)
    life, step = of.life, of.life.first
    before = of.seen_by(of.nothing, by) if asked else replace(of.nothing, by=step.who)
    refusal = life.check(step.verb, before)
    if refusal is not None:
        raise Refused(refusal.text, refusal.code)
    case.state = life.target(step.verb, before).value
    if of.promises:
        clocks.apply(step.promise, case, rules, at=at)
    return step


def open_case(new: New, *, by: Actor, at: datetime, quiet: bool = False, asked: bool = True) -> Entry:
    """Open a case that begins now, and return the entry that says so; `quiet` tells nobody.

    Raises `Refused` and whatever the files say; `IntegrityError` if a drawn number met another.
    """
    case, rules = new.case, new.rules
    step = begin(case, rules, by=by, at=at, asked=asked)
    of = subject.of(case)
    of.set_clocks(case, rules, at, True)
    put([case])
    if new.contact is not None:
        new.contact.matter = case
        put([new.contact])
    for part in new.parts:
        part.matter = case
        put([part])
    files.keep(case, new.uploads, turn=case.turn + 1, by_resident=by.kind == "resident", at=at)
    entry = diary.write(case, step.verb, by=by, at=at, facts=_said(new), texts=new.texts, seen=step.seen)
    put(of.rows(case, of.of_row(case, rules.book)))
    find.index(case.pk, new.searched)
    if not quiet:
        if step.tells and new.contact is not None:
            tell.queue(case, step.verb, rules, at=at, turn=entry.turn, contacts=[new.contact])
        if of.notice is not None:
            tell.queue_hooks(case, entry, {case.holder}, at=at)
    return entry


def plan(name: str, given: Mapping[str, Any], *, by: Actor, at: datetime, once: str | None = None) -> Case:
    """Open a case of a subject with pages, from what its first step was given as people typed it.

    With `once`, a key of one form, the same sent again opens nothing a second time.

    Raises `NotFound` for a subject this town does not keep, `Invalid` naming every wrong field, and `Refused`.
    """
    rules = books.current(at)
    of = subject.with_pages(name, rules.book)
    assert of.pages is not None
    step = of.life.first
    refusal = of.life.check(step.verb, of.seen_by(of.nothing, by))
    if refusal is not None:
        raise Refused(refusal.text, refusal.code)
    read = needs.read_fields(step, of.pages.asks(None, step, rules, by), given, rules.book)
    content = {"verb": step.verb, "life": name, **given}
    with transaction.atomic():
        if once is not None and (done := served(once, content)):
            return Case.objects.get(pk=done)
        case = of.pages.begin(read, rules, by, at)
        if once is not None:
            remember(once, content, case.pk, at)
    return case


def open_past(batch: Sequence[New]) -> None:
    """Open many cases that began before they came here (`begin` was asked of each), and fill in their ids.

    Nobody is told, and each is written once: the ids are drawn first, so that the head of every chain is known before
    its row is. Raises `IntegrityError` if a drawn number or code met another.
    """
    if not batch:
        return
    for new, pk in zip(batch, bulk.new_ids(Case, len(batch)), strict=True):
        new.case.pk = pk
        if new.contact is not None:
            new.contact.matter_id = pk
    entries: list[Entry] = []
    words: list[Words] = []
    access: list[Access] = []
    for new in batch:
        for entry, said in _history(new):
            entries.append(entry)
            words += said
        of = subject.of(new.case)
        access += of.rows(new.case, of.of_row(new.case, new.rules.book))
    bulk.insert(Case, [new.case for new in batch])
    bulk.insert(Entry, entries)
    bulk.insert(Words, words)
    bulk.insert(Access, access)
    identity.insert([new.contact for new in batch if new.contact is not None])
    find.index_many((new.case.pk, new.searched) for new in batch)


def _said(new: New) -> dict[str, Any]:
    case = new.case
    said = {**new.facts, "due": case.due_at.isoformat() if case.due_at else ""}
    if case.life != Matter.ONLY["life"]:
        # Sealed, so that nobody makes it a case of another life unseen; of matters it goes without saying.
        said["life"] = case.life
        if case.parent is not None:
            said["parent"] = case.parent.number
    return said


def _history(new: New) -> list[tuple[Entry, list[Words]]]:
    case = new.case
    life = subject.of(case).life
    step = life.first
    first = Since(step.verb, case.received_at, step.to[0].value, _said(new), new.texts)
    stand = _born(new)
    found = []
    for one in (first, *new.since):
        who = {"who": one.by.name} if one.by.staff_id is not None and one.by.name else {}
        entry, said = diary.chained(
            case,
            one.verb,
            by=one.by,
            at=one.at,
            facts=one.facts,
            texts=one.texts,
            seen=True,
            state=one.state,
            stand={**(stand if one is first else {}), **who},
        )
        case.turn, case.head = entry.turn, entry.seal
        found.append((entry, said))
    return found


def _born(new: New) -> dict[str, Any]:
    """What the first entry of a past case seals: its rows as they are about to be written by statements of our own."""
    case, contact = new.case, new.contact
    found = {"matter": {str(case.pk): diary.hashed(Case, replayed.of_row(case), case.code, case.salt)}}
    if contact is not None:
        found["contact"] = {"1": diary.hashed(type(contact), replayed.of_row(contact), contact.salt)}
    return found
