"""What is done with tasks: a subject gives one inside its own act, people take steps, the house reminds.

Each step locks the case that gave the task, asks the table (`rules.tasks`), writes the row and one sealed entry of that
case. Everything or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale
from wuxiao.desk.base.once import remember, served
from wuxiao.desk.case import needs, subject, tell
from wuxiao.desk.diary import diary
from wuxiao.desk.tasks import look
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Task
from wuxiao.rules import hide
from wuxiao.rules.codes import new_number
from wuxiao.rules.field import Kind
from wuxiao.rules.tasks import PREFIX, TASK, State
from wuxiao.rules.words import Text, between, day

#: Days ahead to which a task may be dated.
FARTHEST = 366
_GIVEN = Text("有一项任务交给你们，请登录查看", "a task was given to your unit, please sign in")
_REMIND = Text("有任务快到期或者已经到期，请登录查看", "a task of your unit is due soon or was, please sign in")


def give(
    case: Case,
    kind: str,
    unit: str,
    due_on: date,
    *,
    rules: Rules,
    at: datetime,
    about: Case | None = None,
    binds: bool = False,
) -> Task:
    """Give a unit something to do, inside an act on a case that writes its next entry and the words `what` with it.

    Raises `Invalid` for a day that is past or too far, and for a unit the case, or what it is about, is kept from.
    """
    coming(due_on, at, "due")
    hidden = case.hidden | (about.hidden if about is not None else frozenset())
    if hide.barred(rules.book, hidden, unit):
        raise Invalid({"unit": Text("这件事不能交给它", "this may not go to it")})
    turn = case.turn + 1
    task = Task(
        matter=case, about=about, code=new_number(PREFIX, look.today(at)), kind=kind, unit=unit,
        state=State.GIVEN.value, binds=binds, due_on=due_on, given=turn, turn=turn,
    )  # fmt: skip
    task.save()
    _tell(task, case, _GIVEN, rules, at)
    return task


def wake(about: Case, at: datetime) -> None:
    """Have whoever gave tasks about a case look again: it has ended, and they need not be done any more."""
    gave = Task.objects.filter(about_id=about.pk).exclude(state=State.DONE).values("matter_id")
    Case.objects.filter(pk__in=gave, closed_at=None).exclude(pk=about.pk).update(tick_at=at)


def put_off(case: Case, due_on: date) -> None:
    """Move the tasks a case gave that are open to a later day, inside an act that grants it to whoever they are about.

    That act's entry seals it.
    """
    for task in Task.objects.filter(matter_id=case.pk, due_on__lt=due_on).exclude(state=State.DONE):
        task.due_on = due_on
        task.save(update_fields=["due_on"])


def coming(when: date, at: datetime, field: str) -> None:
    """Refuse a day that is past or further away than a year."""
    first, last = look.today(at), look.today(at) + timedelta(days=FARTHEST)
    if not first <= when <= last:
        raise Invalid({field: between(first, last)})


def _tell(task: Task, case: Case, said: Text, rules: Rules, at: datetime) -> None:
    if hide.barred(rules.book, look.hidden_of(task), task.unit):
        return
    key = f"task-{task.code}-{case.turn}-{at:%Y%m%d}"
    tell.queue_units(case, [task.unit], "task", "任务 / Task", said, "/staff/tasks", rules.book, at=at, key=key)


def act(
    code: str,
    verb: str,
    given: Mapping[str, Any] | None = None,
    *,
    by: Actor,
    at: datetime,
    turn: int | None = None,
    once: str | None = None,
) -> Task:
    """Take one step on a task and return it as it then stands.

    `turn` is the last turn of the task that the actor saw. Raises `NotFound`, `Refused`, `Invalid`, `Stale` or
    `Conflict`; then nothing has changed.
    """
    content = {"task": code, "verb": verb, **(given or {})}
    with transaction.atomic():
        found = look.find(code, by=by, at=at)
        if once is not None and served(once, content) is not None:
            return found
        # The case first, then the task again as it stands now: two who press at once do it one after the other.
        case = Case.objects.select_for_update().get(pk=found.matter_id)
        task = look.find(code, by=by, at=at)
        if turn is not None and turn != task.turn:
            raise Stale(turn, task.turn)
        rules = books.of_version(case.book_id)
        facts = look.facts_of(task, by)
        refusal = TASK.check(verb, facts)
        if refusal is not None:
            raise Refused(refusal.text, refusal.code)
        step = TASK.steps[verb]
        fields = look.asks(task, step, rules)
        read = needs.read_fields(step, fields, given or {}, rules.book)
        said = _do(task, verb, read, case, by, at, rules)
        task.state, task.turn = TASK.target(verb, facts).value, case.turn + 1
        task.save(update_fields=["state", "turn", "unit", "owner", "due_on", "done", "done_at", "extended"])
        texts = {one.name: read[one.name] for one in fields if one.kind is Kind.WORDS and one.name in read}
        said |= {"code": task.code, "unit": task.unit, "to_unit": task.unit}
        said |= {"of": task.about_id} if task.about_id is not None else {}
        diary.write(case, verb, by=by, at=at, facts=said, texts=texts)
        if task.state == State.GIVEN:
            _tell(task, case, _GIVEN, rules, at)
        if case.closed_at is None:
            # Whoever gave it may want to go on: the loop looks at the case next.
            Case.objects.filter(pk=case.pk).update(tick_at=at)
        if once is not None:
            remember(once, content, case.pk, at)
    return task


def _do(
    task: Task, verb: str, read: Mapping[str, Any], case: Case, by: Actor, at: datetime, rules: Rules
) -> dict[str, Any]:
    """Change the task as a step does; returns what the entry says beside."""
    match verb:
        case "task_take":
            task.owner_id = by.staff_id
        case "task_name":
            task.owner_id = int(read["person"]) if str(read["person"]).isdigit() else None
            if task.owner_id is None:
                raise Invalid({"person": Text("这个单位没有可以指定的人", "nobody of this unit can be named")})
        case "task_hand_on":
            task.unit, task.owner = read["unit"], None
        case "task_extend" | "task_back":
            coming(read["due"], at, "due")
            if verb == "task_extend" and read["due"] <= task.due_on:
                was = day(task.due_on)
                raise Invalid({"due": Text(f"应在原来的{was.zh}之后", f"must be after the day given before, {was.en}")})
            task.due_on, task.extended = read["due"], task.extended + (verb == "task_extend")
            if verb == "task_back":
                task.owner = task.done = task.done_at = None
            return {"until": task.due_on.isoformat()}
        case "task_done":
            task.done, task.done_at = case.turn + 1, at
            kind = subject.task_kinds(rules.book).get(task.kind)
            if kind is not None and kind.form is not None:
                return {"form": kind.form.name, "version": kind.form.version, "digest": kind.form.digest}
    return {}


def part(*, at: datetime) -> int:
    """Give what is by now kept from the unit that has it to the one that stands in for it; returns how many.

    One sealed entry of the case that gave it, by the house: whoever kept the case secret holds its lock, not that of
    the one that gave the task. Until then the unit neither sees it nor is told of it. What was written on it stays with
    the case.
    """
    book, done = books.current(at).book, 0
    if not subject.task_kinds(book):
        return 0
    for found in look.parted(book):
        with transaction.atomic():
            case = Case.objects.select_for_update().get(pk=found.matter_id)
            rows = look.standing(book).select_related("matter", "about")
            task = rows.select_for_update(of=("self",)).filter(pk=found.pk).first()
            if task is None or (unit := look.instead_of(task, book)) == task.unit:
                continue
            task.unit, task.owner, task.reminded_on = unit, None, None
            task.state, task.turn = State.GIVEN.value, case.turn + 1
            task.save(update_fields=["unit", "owner", "state", "turn", "reminded_on"])
            facts: dict[str, Any] = {"code": task.code, "unit": unit, "to_unit": unit}
            facts |= {"of": task.about_id} if task.about_id is not None else {}
            diary.write(case, "task_part", by=SYSTEM, at=at, facts=facts)
            _tell(task, case, _GIVEN, books.of_version(case.book_id), at)
            done += 1
    return done


def remind(*, at: datetime) -> int:
    """Remind units of what is due soon or was, each once before and once after the date; returns how many."""
    book = books.current(at).book
    if not subject.task_kinds(book):
        return 0
    now, done = look.today(at), 0
    for task in look.due_soon(book, now):
        with transaction.atomic():
            case = Case.objects.select_for_update().get(pk=task.matter_id)
            if not Task.objects.filter(pk=task.pk, turn=task.turn).update(reminded_on=now):
                continue
            rules = books.of_version(case.book_id)
            facts: dict[str, Any] = {"code": task.code, "unit": task.unit, "to_unit": task.unit}
            facts |= {"of": task.about_id} if task.about_id is not None else {}
            diary.write(case, "task_remind", by=SYSTEM, at=at, facts=facts)
            _tell(task, case, _REMIND, rules, at)
            done += 1
    return done


__all__ = ["NotFound", "act", "coming", "give", "part", "put_off", "remind", "wake"]
