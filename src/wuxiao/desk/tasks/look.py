"""What is asked of tasks: those of my units, one whole, those of a case; none about what is kept from whoever asks.

A task is over when it is done, when a newer decision on the same case stands, or, for kinds that say so, when the case
that gave it has ended: what is over is worked out here, nowhere stored twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, cast

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.case import sentences, subject
from wuxiao.desk.case.shown import not_hidden, visible, visible_of
from wuxiao.desk.diary import readings
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.desk.town.left import Left
from wuxiao.records.models import Case, Entry, Post, Staff, Task, Words
from wuxiao.rules import hide
from wuxiao.rules import tasks as R
from wuxiao.rules.access import Role
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import same_number
from wuxiao.rules.field import Field
from wuxiao.rules.life import Refusal, Step
from wuxiao.rules.questions.form import Question
from wuxiao.rules.tasks import TASK, Facts, Need, State, Who
from wuxiao.rules.words import Text

#: Posts whose holders do tasks of their unit, and those that name who does them.
DOING = frozenset({Role.HANDLER, Role.LEAD, Role.OPERATOR, Role.CENTRE_LEAD, Role.POLICE_OPERATOR})
NAMING = frozenset({Role.LEAD, Role.CENTRE_LEAD})
LIMIT = 200


def with_over(rows: QuerySet[Task], book: Book) -> QuerySet[Any]:
    """Return tasks each with `over`: a newer decision stands on the same case, or its own has ended with it.

    So has what was decided on a case that is no matter (a hazard at a place) when that case has ended with proof.
    """
    newer = Task.objects.filter(about_id=OuterRef("about_id"), binds=True, pk__gt=OuterRef("pk"))
    ending = [name for name, kind in subject.task_kinds(book).items() if kind.with_case]
    # A part of a decision is younger than what binds in it, so it is over only by the next one.
    ended = Q(about__closed_at__isnull=False) & ~Q(about__life="matter")
    return rows.annotate(over=Exists(newer) | Q(kind__in=ending, matter__closed_at__isnull=False) | ended)


def standing(book: Book) -> QuerySet[Any]:
    """Return the tasks that are to be done still, of all units."""
    return with_over(Task.objects.exclude(state=State.DONE), book).filter(over=False)


def open_of(case: Case, book: Book) -> int:
    """Return how many tasks a case gave that are not over (one query)."""
    return standing(book).filter(matter_id=case.pk).count()


def _seen_by(by: Actor) -> Q:
    assert by.viewer is not None
    units = by.viewer.units
    return not_hidden(units, "matter__hidden_units") & not_hidden(units, "about__hidden_units")


def mine(*, by: Actor, at: datetime, done: bool = False) -> list[Task]:
    """Return the tasks of the viewer's units: what is to be done, first due first; or what is over, last due first."""
    assert by.viewer is not None
    return _listed(Q(unit__in=by.viewer.units), by, at, done)


def waiting(*, by: Actor, at: datetime) -> int:
    """Return how many tasks the viewer's units have still to do (one query)."""
    assert by.viewer is not None
    return standing(books.current(at).book).filter(_seen_by(by), unit__in=by.viewer.units).count()


def given(*, by: Actor, at: datetime) -> list[Task]:
    """Return what the viewer's units gave others to do and is not over, first due first."""
    assert by.viewer is not None
    units = by.viewer.units
    return _listed(Q(matter__holder__in=units) & ~Q(unit__in=units), by, at, done=False)


def around(case: Case, *, by: Actor, at: datetime) -> list[Task]:
    """Return the tasks a case gave and those that are about it, as far as the actor may open them, the newest first."""
    if by.viewer is None or not (kinds := subject.task_kinds(books.current(at).book)):
        return []
    own = Q(matter_id=case.pk)
    mine = Q(about_id=case.pk, unit__in=by.viewer.units)
    others = Task.objects.filter(about_id=case.pk).exclude(matter_id=case.pk).select_related("matter")
    seen = {one.matter_id for one in others if sees(one.matter, by)}
    mine |= Q(about_id=case.pk, matter_id__in=seen)
    rows = with_over(Task.objects.filter(_seen_by(by), own | mine, kind__in=kinds), books.current(at).book)
    return list(rows.select_related("owner", "matter", "about").order_by("-pk")[:LIMIT])


def words(found: Sequence[Task]) -> Mapping[int, str]:
    """Return what each of some tasks asks for, as it was written, by its id (one query); none for what was erased."""
    turns = {(one.matter_id, one.given): one.pk for one in found}
    rows = Words.objects.filter(matter_id__in={one.matter_id for one in found}, field="what", erased_at=None)
    written = {(row.matter_id, row.turn): row.text.strip() for row in rows if row.matter_id is not None}
    return {one.pk: written.get((one.matter_id, one.given), "") for one in found} if turns else {}


def _listed(whose: Q, by: Actor, at: datetime, done: bool) -> list[Task]:
    book = books.current(at).book
    rows = with_over(Task.objects.filter(_seen_by(by), whose), book).select_related("owner", "about")
    ended = Q(state=State.DONE) | Q(over=True)
    return list(rows.filter(ended if done else ~ended).order_by("-due_on" if done else "due_on", "code")[:LIMIT])


def find(code: str, *, by: Actor, at: datetime) -> Task:
    """Return a task by its code, if the viewer's unit has it or the viewer sees the case that gave it; `NotFound`."""
    if by.viewer is None or not (kinds := subject.task_kinds(books.current(at).book)):
        raise NotFound
    rows = with_over(Task.objects.filter(_seen_by(by), kind__in=kinds), books.current(at).book)
    found: Any = rows.filter(code=code.strip().upper()).select_related("matter", "about", "owner").first()
    if found is None or not (found.unit in by.viewer.units or sees(found.matter, by)):
        raise NotFound
    return cast(Task, found)


def code_of(typed: str, *, by: Actor, at: datetime) -> str:
    """Return the code of the task that was typed, if the actor may open it; "" for anything else, without a query."""
    code = same_number(typed)
    if not code.startswith(R.PREFIX):
        return ""
    try:
        return find(code, by=by, at=at).code
    except NotFound:
        return ""


def sees(case: Case, by: Actor) -> bool:
    """Whether somebody sees a case of any life, by the stored predicate (one query)."""
    assert by.viewer is not None
    rows: QuerySet[Any] = visible(by.viewer) if case.life == "matter" else visible_of(case.life, by.viewer)
    return rows.filter(pk=case.pk).exists()


def facts_of(task: Task, by: Actor) -> Facts:
    """Return the facts of a task found by `with_over`, with how somebody stands to it."""
    return Facts(
        state=State(task.state),
        holder=task.unit,
        binds=task.binds,
        over=is_over(task),
        owner_id=task.owner_id,
        by=_relations(task, by),
    )


def _relations(task: Task, by: Actor) -> frozenset[Who]:
    if by.kind == "system":
        return frozenset({Who.SYSTEM})
    if by.viewer is None or by.staff_id is None:
        return frozenset()
    found: set[Who] = set()
    for post in by.viewer.posts:
        if post.unit == task.unit and post.role in DOING:
            found.add(Who.MEMBER)
            found |= {Who.OWNER} if by.staff_id == task.owner_id else set()
            found |= {Who.LEAD} if post.role in NAMING else set()
        if post.role is Role.SUPERVISOR:
            found.add(Who.SUPERVISOR)
        # Nobody grants more time to the unit they lead themselves.
        if post.role in NAMING and post.unit == task.matter.holder and task.unit not in by.viewer.units:
            found.add(Who.GIVER)
    return frozenset(found)


def colleagues(unit: str) -> Mapping[str, Text]:
    """Return who of a unit may be named, by their id as text (one query)."""
    ids = Post.objects.filter(unit=unit, role__in=[role.value for role in DOING]).values("staff_id")
    people = Staff.objects.filter(pk__in=ids, is_active=True).order_by("name", "pk")
    return {str(one.pk): Text(one.name, one.name_en or one.name) for one in people}


def asks(task: Task, step: Step[Any], rules: Rules) -> tuple[Field, ...]:
    """Return the fields of a step on a task."""
    found: list[Field] = []
    kind = subject.task_kinds(rules.book).get(task.kind)
    for need in step.needs:
        match need:
            case Need.PERSON:
                found.append(R.person(colleagues(task.unit)))
            case Need.UNIT:
                found.append(R.unit(_others(task, rules.book)))
            case Need.PROOF if kind is not None and kind.form is not None:
                found += [
                    R.question(q.name, q.label.text(), q.hint.text())
                    for q in kind.form.items
                    if isinstance(q, Question)
                ]
            case _:
                found.append(R.PLAIN[need])
    return tuple(found)


def hidden_of(task: Task) -> frozenset[str]:
    """Return the units a task is kept from: those of the case that gave it, and of the one it is about."""
    return task.matter.hidden | (task.about.hidden if task.about is not None else frozenset())


def _others(task: Task, book: Book) -> dict[str, Text]:
    hidden = hidden_of(task)
    return {
        u.code: u.name for u in book.units.values() if u.code != task.unit and not hide.barred(book, hidden, u.code)
    }


def parted(book: Book) -> list[Task]:
    """Return the tasks to be done of units that by now they are kept from, where another unit may have them instead."""
    hidden = Q(matter__hidden_units__gt="") | Q(about__hidden_units__gt="")
    rows = standing(book).filter(hidden).select_related("matter", "about").order_by("pk")
    return [one for one in rows.iterator() if instead_of(one, book) != one.unit]


def instead_of(task: Task, book: Book) -> str:
    """Return the unit itself, or the one that has a task in its place, for it must stand aside.

    Where everybody who could take its place must stand aside too, the unit itself: nobody is told of it then.
    """
    hidden = hidden_of(task)
    unit = hide.instead(book, hidden, task.unit)
    return task.unit if hide.barred(book, hidden, unit) else unit


@dataclass(frozen=True, slots=True)
class View:
    """One task as somebody sees it: what is to be done, for what, its steps, and what was written on it.

    `gave` and `about` are the case that gave it and the one it is about where whoever looks may see them.
    """

    task: Task
    kind: subject.TaskKind
    rules: Rules
    what: str
    shows: Sequence[tuple[Text, Text]]
    reach: Sequence[tuple[Step[Facts], Refusal | None]]
    entries: Sequence[Entry]
    words: Mapping[tuple[int, str], str | None]
    gave: Case | None
    about: Case | None


def view(code: str, *, by: Actor, at: datetime) -> View:
    """Return the page of a task; that its words were read is written down with its case, once a day."""
    task = find(code, by=by, at=at)
    case, rules = task.matter, books.of_version(task.matter.book_id)
    kind = subject.task_kinds(books.current(at).book)[task.kind]
    entries = [e for e in Entry.objects.filter(matter_id=case.pk).order_by("turn") if _of(e, task)]
    readings.note(case, by=by, at=at, fields=("words",), how="page")
    words = sentences.read_words(case.pk)
    about = task.about if task.about is not None and sees(task.about, by) else None
    return View(
        task=task,
        kind=kind,
        rules=rules,
        what=words.get((task.given, "what")) or "",
        shows=kind.shows(case, rules),
        reach=TASK.within_reach(facts_of(task, by)),
        entries=entries,
        words={key: text for key, text in words.items() if key[0] in {e.turn for e in entries}},
        gave=case if sees(case, by) else None,
        about=about,
    )


def _of(entry: Entry, task: Task) -> bool:
    return entry.verb in TASK.steps and entry.facts.get("code") == task.code


def is_over(task: Task) -> bool:
    """Whether a task that was read by `with_over` need not be done any more."""
    return bool(getattr(task, "over", False))


def late(task: Task, at: datetime) -> bool:
    """Whether the date of a task that is to be done has passed."""
    return task.state != State.DONE and not is_over(task) and task.due_on < today(at)


def today(at: datetime) -> date:
    """Return the day it is in the town."""
    return at.astimezone(SHANGHAI).date()


def due_soon(book: Book, day: date) -> list[Task]:
    """Return the tasks whose unit is to be reminded on a day, those that are due first at most `LIMIT`.

    What need not be reminded of takes nobody's place: all are asked until so many are found.
    """
    rows = standing(book).filter(due_on__lte=day + timedelta(days=R.REMINDS))
    # What was reminded of on a day to come was so by a clock that stood ahead.
    over = Q(reminded_on__gt=F("due_on"), reminded_on__lt=day)
    rows = rows.exclude(reminded_on=day).exclude(over).order_by("due_on", "pk")
    found = (
        one
        for one in rows.select_related("matter", "about").iterator()
        if R.remind_due(one.due_on, one.reminded_on, day) and not hide.barred(book, hidden_of(one), one.unit)
    )
    return list(islice(found, LIMIT))


def left(book: Book, now: Book, at: datetime) -> list[Left]:
    """Return the tasks to be done whose kinds a book leaves out: their units would neither see nor end them."""
    found = []
    for one in subject.kept(now):
        if one.life.name in book.lives or not one.tasks:
            continue
        if count := standing(now).filter(kind__in=list(one.tasks)).count():
            what = Text(f"没办完的任务{count}项", f"tasks not done: {count}")
            ends = Text("请任务的单位先办完", "their units finish them first")
            found.append(Left(f"lives.{one.life.name}", what, ends))
    return found
