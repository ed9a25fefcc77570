"""Tasks of my units: what is to be done by when, one task with its steps; no ranking and no count of persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import Conflict, Invalid, NotFound, Refused, Stale
from wuxiao.desk.case import sentences, subject
from wuxiao.desk.look.matter import names as names_of
from wuxiao.desk.matters import matters
from wuxiao.desk.tasks import acts, look
from wuxiao.records.models import Case, Task
from wuxiao.rules.access import Power
from wuxiao.rules.tasks import STANDINGS, TASK, State
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared import fields
from wuxiao.web.shared.dates import day, local, when
from wuxiao.web.shared.nav import Event
from wuxiao.web.shared.shown import verb_icon
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import names


def kept(d: Desk) -> bool:
    """Whether this town has tasks at all, and this person's posts open them."""
    return d.may(Power.INBOX) and bool(subject.task_kinds(d.rules.book))


@desk(Power.INBOX)
def page(d: Desk) -> HttpResponse:
    """List the tasks of my units: what is to be done, first due first, or what is over."""
    if not kept(d):
        raise NotFound
    where = d.request.GET.get("where", "")
    here = reverse("staff:tasks")
    tabs = [
        {"label": _("要办的"), "url": here, "current": where not in {"over", "given"}},
        {"label": _("我们交办的"), "url": f"{here}?where=given", "current": where == "given"},
        {"label": _("办完的"), "url": f"{here}?where=over", "current": where == "over"},
    ]
    found = look.given(by=d.by, at=d.at) if where == "given" else look.mine(by=d.by, at=d.at, done=where == "over")
    context = {"tabs": tabs, "lines": lines(d, found)}
    return show(d, "tasks.html", context, at="tasks")


def _state(task: Task) -> Text:
    if task.state != State.DONE and look.is_over(task):
        return Text("不用办了", "need not be done")
    return STANDINGS[State(task.state)].name


def _tone(d: Desk, task: Task) -> str:
    if look.late(task, d.at):
        return "late"
    return "closed" if task.state == State.DONE or look.is_over(task) else "work"


def lines(d: Desk, found: Sequence[Task]) -> list[dict[str, Any]]:
    """Return tasks as lists show them: what is to be done, for which case, by when, by whom."""
    said = look.words(found)
    return [_line(d, one) | {"what": said[one.pk][:_SHORT], "about": _about(d, one)} for one in found]


#: So much of what a task asks for stands in a list.
_SHORT = 60


def _about(d: Desk, task: Task) -> str:
    """Return the number of the case a task is about, and what that is: the place, or the kind of the matter."""
    if task.about is None:
        return ""
    kind = d.rules.book.categories.get(task.about.category)
    name = task.about.title if task.about.life != "matter" else kind.name.say(d.lang) if kind is not None else ""
    return f"{task.about.number} {name}".strip()


def _line(d: Desk, task: Task) -> dict[str, Any]:
    kind = subject.task_kinds(d.rules.book).get(task.kind)
    owner = task.owner
    return {
        "code": task.code,
        "url": reverse("staff:task", args=[task.code]),
        "kind": kind.name.say(d.lang) if kind else task.kind,
        "state": _state(task).say(d.lang),
        "tone": _tone(d, task),
        "due": day(task.due_on, d.lang),
        "late": look.late(task, d.at),
        "unit": names(d.rules, d.lang)[0].get(task.unit, task.unit),
        "owner": "" if owner is None else (owner.name_en or owner.name) if d.lang == "en" else owner.name,
    }


@desk(Power.INBOX)
def task(d: Desk, code: str) -> HttpResponse:
    """Show one task with what can be done on it now."""
    return _show(d, code, opened=d.request.GET.get("do", ""))


def _show(
    d: Desk,
    code: str,
    *,
    opened: str = "",
    given: Mapping[str, Any] | None = None,
    wrong: Mapping[str, Text] | None = None,
    said: Text | None = None,
    status: int = 200,
) -> HttpResponse:
    view = look.view(code, by=d.by, at=d.at)
    one = view.task
    errors = {f"{opened}-{name}": text.say(d.lang) for name, text in (wrong or {}).items()}
    people = names_of({e.staff_id for e in view.entries}, d.lang)
    context = {
        **{name: value for name, value in _line(d, one).items() if name != "url"},
        "what": view.what or view.kind.what.say(d.lang),
        "facts": [(label.say(d.lang), value.say(d.lang)) for label, value in view.shows],
        "gave": _link(view.gave),
        "about": _link(view.about),
        "said": said.say(d.lang) if said else "",
        "errors": errors,
        "plain": STANDINGS[State(one.state)].plain.say(d.lang),
        "panels": [
            {
                "verb": step.verb,
                "label": step.name.say(d.lang),
                "icon": verb_icon(step.verb),
                "url": reverse("staff:task_act", args=[one.code, step.verb]),
                "fields": fields.drawn(
                    look.asks(one, step, view.rules),
                    given or {} if step.verb == opened else {},
                    view.rules.book,
                    d.lang,
                    f"{step.verb}-",
                ),
                "errors": {k: t.say(d.lang) for k, t in (wrong or {}).items()} if step.verb == opened else {},
                "open": step.verb == opened,
            }
            for step, refusal in view.reach
            if refusal is None
        ],
        "shut": [(step.name.say(d.lang), r.text.say(d.lang)) for step, r in view.reach if r is not None],
        "events": [
            Event(
                what=sentences.say(entry, view.words, view.rules.book, d.lang, for_resident=False, people=people),
                at=when(entry.at, d.lang, year=False),
                iso=local(entry.at).isoformat(timespec="seconds"),
                by=sentences.who(entry, view.rules.book, d.lang, people=people),
                icon=verb_icon(entry.verb),
            )
            for entry in reversed(view.entries)
        ],
        "answers": _answers(d, view),
        "turn": one.turn,
        "once": matters.new_key(),
    }
    return show(d, "task.html", context, at="tasks", status=status)


def _answers(d: Desk, view: look.View) -> list[tuple[str, str]]:
    """Return the questions that ended a task, with what was answered."""
    if view.kind.form is None or view.task.done is None:
        return []
    asked = look.asks(view.task, TASK.steps["task_done"], view.rules)
    return [(one.label.say(d.lang), view.words.get((view.task.done, one.name)) or "—") for one in asked]


def _link(case: Case | None) -> tuple[str, str] | None:
    if case is None:
        return None
    if case.life == "matter":
        return case.number, reverse("staff:matter", args=[case.number])
    return case.number, reverse("staff:case", args=[case.life, case.number])


@desk(Power.INBOX)
def act(d: Desk, code: str, verb: str) -> HttpResponse:
    """Take one step on a task; opened by hand it shows the page with that form."""
    if d.request.method != "POST":
        return _show(d, code, opened=verb)
    found = look.find(code, by=d.by, at=d.at)
    step = TASK.steps.get(verb)
    if step is None or not step.sources:
        raise NotFound(Text("没有这一步", "There is no such step."))
    post = d.request.POST
    given = fields.given_of(post, look.asks(found, step, d.rules))
    turn, once = whole_number(post.get("turn"), 0, 2**31 - 1), post.get("once", "")[:80]
    try:
        acts.act(code, verb, given, by=d.by, at=d.at, turn=turn, once=once or None)
    except Invalid as wrong:
        return _show(d, code, opened=verb, given=given, wrong=wrong.fields, status=400)
    except Stale as stale:
        return _show(d, code, opened=verb, given=given, said=stale.text, status=409)
    except (Refused, Conflict) as refused:
        status = 403 if isinstance(refused, Refused) else 409
        return _show(d, code, opened=verb, given=given, said=refused.text, status=status)
    notify(d.request, _("已办：%(step)s（%(number)s）") % {"step": step.name.say(d.lang), "number": code})
    try:
        look.find(code, by=d.by, at=d.at)
    except NotFound:
        # It was handed on to another unit: back to the list.
        return redirect("staff:tasks")
    return redirect("staff:task", code)
