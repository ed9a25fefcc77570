"""What the pages of all lives beside matters ask: a list by where things stand, one case whole, one by its code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from wuxiao.desk.base.actor import RESIDENT, Actor
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.case import keyset, sentences, subject
from wuxiao.desk.case.keyset import Cursor, Range
from wuxiao.desk.case.shown import not_hidden, principals_of, visible, visible_of
from wuxiao.desk.case.subject import Pages, Subject
from wuxiao.desk.diary import readings
from wuxiao.desk.look import papers
from wuxiao.desk.look.matter import names
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.reading import redact
from wuxiao.records.models import Access, Attachment, Case, Document, DocumentFile, Entry
from wuxiao.rules.access import Role
from wuxiao.rules.codes import read_code, same_number
from wuxiao.rules.life import Refusal, Step
from wuxiao.rules.words import Text

LIMIT = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, what is due first at its head, and where the next begins."""

    cases: Sequence[Case]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class View:
    """One case as somebody sees it; `reach` are the steps in their reach, each open or with the reason why not.

    `people` names staff by their id; for whoever holds the code it is `None`, and only what is seen is among `entries`.
    """

    case: Case
    subject: Subject[Any]
    pages: Pages
    rules: Rules
    facts: Any
    reach: Sequence[tuple[Step[Any], Refusal | None]]
    entries: Sequence[Entry]
    words: Mapping[tuple[int, str], str | None]
    people: Mapping[int, str] | None
    files: Sequence[Attachment]
    about: Sequence[tuple[Text, Text]]
    told: Sequence[tuple[Text, Text]]
    #: The number of the report it comes from, where whoever looks may see that one too.
    parent: str = ""


def of(name: str, *, by: Actor, at: datetime) -> tuple[Subject[Any], Pages]:
    """Return a subject this town keeps, and its pages; `NotFound` for any other, `Refused` where no post opens it."""
    found = subject.with_pages(name, books.current(at).book)
    assert found.pages is not None
    if by.viewer is None or found.pages.power not in by.viewer.powers:
        raise Refused(Text("您的岗位没有这个页面。", "Your post does not have this page."), "power")
    return found, found.pages


def page(
    name: str,
    *,
    by: Actor,
    at: datetime,
    queue: str = "",
    mine: bool = False,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page:
    """Return a page of a list: one queue, or all that is open (two queries); of what is over, the last one first.

    With `mine` only what waits for whoever asks, which is what `waiting` counts.
    """
    one, _pages = of(name, by=by, at=at)
    assert by.viewer is not None
    wanted = _waits_for(one, by) if mine else [Range(one, queue) for one in principals_of(name, by.viewer)]
    newest = bool(queue) and queue in {one.life.standings[state].queue for state in one.life.over}
    found = keyset.page(wanted, sorted(by.viewer.units), after=after, limit=limit, newest=newest)
    rows = visible_of(name, by.viewer).in_bulk(found.ids)
    return Page([rows[pk] for pk in found.ids if pk in rows], found.next)


def counts(name: str, *, by: Actor, at: datetime) -> dict[str, int]:
    """Return how many cases stand in each queue, for whoever asks (one query)."""
    of(name, by=by, at=at)
    assert by.viewer is not None
    rows = Access.objects.filter(
        not_hidden(by.viewer.units, "hidden"), principal__in=principals_of(name, by.viewer)
    ).values("queue")
    return {row["queue"]: row["n"] for row in rows.annotate(n=Count("matter", distinct=True))}


def waiting(*, by: Actor, at: datetime) -> dict[str, int]:
    """Return for each life that the actor's posts open how many cases wait for them (one query a life).

    What waits for somebody's unit is counted for its posts; supervision counts what waits anywhere it sees.
    """
    found: dict[str, int] = {}
    for one in subject.kept(books.current(at).book):
        pages = one.pages
        if pages is None or by.viewer is None or pages.power not in by.viewer.powers:
            continue
        wanted = Q()
        for part in _waits_for(one, by):
            wanted |= Q(principal=part.principal, queue=part.queue)
        if wanted:
            rows = Access.objects.filter(wanted, not_hidden(by.viewer.units, "hidden"))
            found[one.life.name] = rows.values("matter").distinct().count()
    return found


def _waits_for(one: Subject[Any], by: Actor) -> list[Range]:
    """Return the stretches of the access index in which cases of a life wait for somebody, by their posts."""
    assert by.viewer is not None
    if one.pages is None:
        return []
    wide, found = principals_of(one.life.name, by.viewer), []
    for post in by.viewer.posts:
        own = wide if post.role is Role.SUPERVISOR else [f"{one.life.name}/u:{post.unit}"]
        found += [Range(who, queue) for queue in sorted(one.pages.waits.get(post.role, ())) for who in own]
    return list(dict.fromkeys(found))


def dates(name: str, found: Sequence[Case], *, by: Actor, at: datetime) -> Mapping[int, Text]:
    """Return what the date of each open case is the date of, by its id."""
    _one, pages = of(name, by=by, at=at)
    open_ones = [case for case in found if case.closed_at is None]
    return pages.dates(open_ones, {case.pk: books.of_version(case.book_id) for case in open_ones})


def at_row(row_id: int, *, by: Actor, at: datetime) -> list[tuple[Pages, Case]]:
    """Return the cases at a row of a register that the actor may see, the newest first: of each life at most ten."""
    found: list[tuple[Pages, Case]] = []
    for one in subject.kept(books.current(at).book):
        pages = one.pages
        if pages is None or pages.at_row is None or by.viewer is None or pages.power not in by.viewer.powers:
            continue
        rows = (
            visible_of(one.life.name, by.viewer)
            .filter(pk__in=pages.at_row(row_id))
            .order_by("-received_at", "-pk")[:10]
        )
        found += [(pages, case) for case in rows]
    return found


def from_reports(*, by: Actor, at: datetime, report: Case | None = None) -> list[tuple[str, Text]]:
    """Return the lives that a report (any, or this one) may lead to and the actor may open, each with what that is
    called."""
    found = []
    for one in subject.kept(books.current(at).book):
        first = one.life.first
        if (
            one.pages is not None
            and one.pages.from_report
            and (report is None or one.pages.fits(report))
            and one.life.check(first.verb, one.seen_by(one.nothing, by)) is None
        ):
            found.append((one.life.name, one.pages.from_report))
    return found


def life_of(number: str, *, by: Actor, at: datetime) -> str | None:
    """Return of which life beside matters a number is, if the actor may see that case; no query for other words."""
    typed = same_number(number)
    for one in subject.kept(books.current(at).book):
        pages = one.pages
        if pages is None or by.viewer is None or pages.power not in by.viewer.powers:
            continue
        if typed.startswith(pages.prefix) and visible_of(one.life.name, by.viewer).filter(number=typed).exists():
            return one.life.name
    return None


def find(name: str, number: str, *, by: Actor, at: datetime) -> tuple[Case, Subject[Any], Rules, Any]:
    """Return a case by its number with its rules and facts as they stand for the actor; `NotFound` if not theirs."""
    one, _pages = of(name, by=by, at=at)
    assert by.viewer is not None
    case = visible_of(name, by.viewer).filter(number=same_number(number)).first()
    if case is None:
        raise NotFound
    rules = books.of_version(case.book_id)
    facts = one.seen_by(one.facts(case, rules, at, ""), by)
    if not one.sees(by, facts, case):
        raise NotFound
    return case, one, rules, facts


def view(name: str, number: str, *, by: Actor, at: datetime, lang: str, how: str = "page") -> View:
    """Return the whole page of a case; that somebody read it is written down, once a day, and `how`."""
    case, one, rules, facts = find(name, number, by=by, at=at)
    entries = list(Entry.objects.filter(matter_id=case.pk).order_by("turn"))
    files = _files(case)
    laid_open = (*readings.PAGE, *(["files"] if files else []))
    readings.note(case, by=by, at=at, fields=laid_open, how=how, known=entries)
    withheld = one.pages.withheld(case, entries, by) if one.pages is not None else frozenset()
    entries = [e for e in entries if "how" not in e.facts and e.turn not in withheld]
    files = [f for f in files if f.turn not in withheld]
    ids = {e.staff_id for e in entries} | {pk for e in entries for pk in _persons(e)}
    view = _view(case, one, rules, facts, entries, files, names(ids, lang), by)
    assert by.viewer is not None
    if case.parent_id is None:
        return view
    return replace(
        view, parent=visible(by.viewer).filter(pk=case.parent_id).values_list("number", flat=True).first() or ""
    )


def _persons(entry: Entry) -> list[int]:
    return [pk for value in entry.facts.values() if isinstance(value, list) for pk in value if isinstance(pk, int)]


def attachment(name: str, number: str, file_id: int, *, by: Actor, at: datetime) -> Attachment:
    """Return a file of a case the actor may see; that it was opened is written down. `NotFound` for any other."""
    case, _one, _rules, _facts = find(name, number, by=by, at=at)
    found = Attachment.objects.filter(pk=file_id, matter_id=case.pk, erased_at__isnull=True).first()
    if found is None:
        raise NotFound
    readings.note(case, by=by, at=at, fields=("files",), how="file")
    return found


def paper(name: str, number: str, code: str, form: str, *, by: Actor, at: datetime) -> tuple[Document, DocumentFile]:
    """Return a file of a paper of a case the actor may see; that it was opened is written down.

    `NotFound` for any other, and where what gave it out is kept from whoever asks.
    """
    case, one, _rules, _facts = find(name, number, by=by, at=at)
    entries = list(Entry.objects.filter(matter_id=case.pk).order_by("turn"))
    withheld = one.pages.withheld(case, entries, by) if one.pages is not None else frozenset()
    return papers.file_of(case, code, form, by=by, at=at, turns={e.turn for e in entries} - withheld)


def by_code(code: str, *, at: datetime) -> View:
    """Return a case by its code as whoever holds it sees it; `NotFound` for a code that opens nothing here."""
    case = Case.objects.filter(code=read_code(code) or "").first()
    one = subject.of(case) if case is not None else None
    if case is None or one is None or one.pages is None or one.pages.party is None:
        raise NotFound
    rules = books.of_version(case.book_id)
    if one.life.name not in books.current(at).book.lives:
        raise NotFound
    facts = one.seen_by(one.facts(case, rules, at, ""), RESIDENT)
    entries = list(Entry.objects.filter(matter_id=case.pk, seen=True).exclude(verb="read").order_by("turn"))
    if not entries:
        # Nothing has happened yet that its other side may read: that something is planned is not told by its code.
        raise NotFound
    turns = {entry.turn for entry in entries}
    files = [one for one in _files(case) if one.turn in turns]
    return _view(case, one, rules, facts, entries, files, None, RESIDENT)


def _files(case: Case) -> list[Attachment]:
    return list(Attachment.objects.filter(matter_id=case.pk, erased_at__isnull=True).order_by("id"))


def _words(case: Case, rules: Rules) -> sentences.Said:
    """Return the words of a case as its other side reads them: no number of a person, whoever wrote it down."""
    phones = [unit.phone for unit in rules.book.units.values() if unit.phone]
    read = sentences.read_words(case.pk)
    return {at: redact.without_numbers(text, known=phones) if text else text for at, text in read.items()}


def _view(
    case: Case,
    one: Subject[Any],
    rules: Rules,
    facts: Any,
    entries: Sequence[Entry],
    files: Sequence[Attachment],
    people: Mapping[int, str] | None,
    by: Actor,
) -> View:
    assert one.pages is not None
    return View(
        case=case,
        subject=one,
        pages=one.pages,
        rules=rules,
        facts=facts,
        reach=one.life.within_reach(facts),
        entries=entries,
        words=_words(case, rules) if people is None else sentences.read_words(case.pk),
        people=people,
        files=files,
        about=one.pages.about(case, rules, by) if people is not None else (),
        told=one.pages.told(case, rules) if people is None else (),
    )
