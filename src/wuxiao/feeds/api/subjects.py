"""Registers and lives beside matters by the JSON API: whatever is installed and in the rule book, none by name.

A key needs the power `subjects`; with `act` beside it, it writes in the name of its unit. What it sees and may do is
what somebody of that unit sees and may do, and for lives what their tables open to machines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from wuxiao.desk.base.errors import Invalid, NotFound
from wuxiao.desk.case import opening, subject
from wuxiao.desk.case.act import act
from wuxiao.desk.case.keyset import Cursor
from wuxiao.desk.case.subject import Subject
from wuxiao.desk.diary import readings
from wuxiao.desk.look import cases
from wuxiao.desk.register import acts, again, look, shelf
from wuxiao.desk.register.shelf import Shelf
from wuxiao.desk.town import books
from wuxiao.feeds import door, problems
from wuxiao.feeds.api import subject_shapes as shaped
from wuxiao.feeds.api.calls import LIMIT, Call, body_of, both, instant, let_in, once_of, query_of, uploads_of
from wuxiao.records.models import Case, Row
from wuxiao.rules.field import Field
from wuxiao.rules.life import Step
from wuxiao.rules.register import RowState, due_at
from wuxiao.rules.words import Text

#: What is done to a row that is there.
ROW_VERBS = ("change", "confirm", "end", "revive")
_POWER = "subjects"


def _no_next() -> Invalid:
    return problems.wrong({"after": Text("不是上一页给出的 next", "this is not the next of a page before")})


# ------------------------------------------------------------------------------------------------------------ registers


@csrf_exempt
def rows(request: HttpRequest, register: str) -> HttpResponse:
    """List the rows of a register or put one in."""
    if request.method == "POST":
        return _put_in(request, register=register)
    if request.method in {"GET", "HEAD"}:
        return _rows(request, register=register)
    return problems.wrong_method(request, "GET, POST")


@let_in("GET", _POWER)
def _rows(call: Call, register: str) -> HttpResponse:
    kept = shelf.of(register, call.rules.book)
    asked = query_of(call.request, shaped.query_rows(kept.register, call.rules.book))
    wanted = look.Wanted(
        kind=asked.get("kind", ""),
        division=asked.get("division", ""),
        unit=asked.get("unit", ""),
        words=asked.get("q", ""),
        fresh=asked.get("fresh", ""),
        ended=asked.get("state") == RowState.ENDED,
    )
    after, limit = asked.get("after", ""), int(asked.get("limit", LIMIT))
    if after and not look.is_cursor(after):
        raise _no_next()
    found = look.page(register, wanted, by=call.by, at=call.at, after=after, limit=limit)
    values = look.values_of_many(kept, found.rows)
    fields = shaped.in_lists(kept.register, call.rules.book)
    look.note_list(kept, by=call.by, at=call.at)
    body = {
        "rows": [_row(call, kept, row, values[row.pk], _asked(call, kept, row, fields)) for row in found.rows],
        "next": found.next or None,
    }
    return problems.json(body, 200)


def _asked(call: Call, kept: Shelf, row: Row, fields: Iterable[Field]) -> list[Field]:
    names = {one.name for one in kept.asked(call.rules.book, row.kind)}
    return [one for one in fields if one.name in names]


def _row(call: Call, kept: Shelf, row: Row, values: dict[str, Any], fields: Iterable[Field]) -> dict[str, Any]:
    live = row.state == RowState.LIVE and row.checked is not None
    due = due_at(kept.kinds(call.rules.book).get(row.kind), row.checked_at) if live else None
    return {
        "code": row.code,
        "state": row.state,
        "version": row.version,
        "checked_at": instant(row.checked),
        "due_at": instant(due),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "values": {one.name: shaped.told(one, values.get(one.name)) for one in fields},
    }


@let_in("GET", _POWER)
def row(call: Call, register: str, code: str) -> HttpResponse:
    """Give one row as the key's unit sees it; that personal data in it was read is written down first."""
    found = _whole_row(call, register, code)
    look.note_list(shelf.of(register, call.rules.book), by=call.by, at=call.at)
    return problems.json(found, 200)


def _whole_row(call: Call, register: str, code: str) -> dict[str, Any]:
    view = look.view(register, code, by=call.by, at=call.at)
    return _row(call, view.shelf, view.row, dict(view.values), view.fields)


@let_in("POST", _POWER)
def _put_in(call: Call, register: str) -> HttpResponse:
    door.demand(call.key, "act")
    kept = shelf.of(register, call.rules.book)
    given = body_of(call, shaped.new_row(kept.register, call.rules.book))["values"]
    _all_asked(call, kept, given, str(given["kind"]))
    said = {name: shaped.typed(value) for name, value in given.items()}
    made = again.once(
        once_of(call),
        {"verb": "put_in", "register": register, **said},
        lambda: acts.put_in(register, said, by=call.by, at=call.at),
        at=call.at,
    )
    where = {"Location": f"/api/v1/registers/{register}/{made.code}"}
    return problems.json(_whole_row(call, register, made.code), 201, where)


def _all_asked(call: Call, kept: Shelf, given: dict[str, Any], kind: str) -> None:
    """Refuse a value for a field that rows of a kind are not asked for: dropped without a word it would be lost."""
    if kind not in kept.kinds(call.rules.book):
        return
    names = {one.name for one in kept.asked(call.rules.book, kind)}
    said = Text("这种记录不问这一项，请去掉", "rows of this kind are not asked for this: leave it out")
    if strange := {f"values.{name}": said for name, value in given.items() if name not in names and value is not None}:
        raise problems.wrong(strange)


@let_in("POST", _POWER)
def row_act(call: Call, register: str, code: str, verb: str) -> HttpResponse:
    """Change a row, say that it is right, end it or take it up again, as it was seen."""
    if verb not in ROW_VERBS:
        raise NotFound(_no_operation(verb))
    door.demand(call.key, "act")
    kept = shelf.of(register, call.rules.book)
    body = body_of(call, shaped.act_on_row(kept.register, verb, call.rules.book))
    now, _part = shelf.find(kept, code)
    how: dict[str, Any] = {"by": call.by, "at": call.at, "version": body["version"]}

    def do() -> Row:
        match verb:
            case "change":
                said = {name: shaped.typed(value) for name, value in body["values"].items()}
                return acts.change(register, code, said, why=body["why"], **how)
            case "end":
                return acts.end(register, code, day=body["day"], why=body["why"], **how)
            case "confirm":
                return acts.confirm(register, code, **how)
        return acts.revive(register, code, **how)

    if verb == "change":
        _all_asked(call, kept, body["values"], str(body["values"].get("kind") or now.kind))
    done = again.once(once_of(call), {"verb": verb, "register": register, "row": code, **body}, do, at=call.at)
    return problems.json(_whole_row(call, register, done.code), 200)


# ---------------------------------------------------------------------------------------------------------------- lives


@csrf_exempt
def all_cases(request: HttpRequest, life: str) -> HttpResponse:
    """List the cases of a life or open one."""
    if request.method == "POST":
        return _open_case(request, life=life)
    if request.method in {"GET", "HEAD"}:
        return _cases(request, life=life)
    return problems.wrong_method(request, "GET, POST")


@let_in("GET", _POWER)
def _cases(call: Call, life: str) -> HttpResponse:
    one, _pages = cases.of(life, by=call.by, at=call.at)
    asked = query_of(call.request, shaped.query_cases(one.life))
    after = None
    if "after" in asked and (after := Cursor.read(asked["after"])) is None:
        raise _no_next()
    found = cases.page(
        life, by=call.by, at=call.at, queue=asked.get("queue", ""), after=after, limit=int(asked.get("limit", LIMIT))
    )
    readings.note_many([c.pk for c in found.cases], by=call.by, at=call.at, fields=["title"], how="api")
    body = {
        "cases": [_case(case, call.at) for case in found.cases],
        "next": str(found.next) if found.next else None,
    }
    return problems.json(body, 200)


def _case(case: Case, at: datetime) -> dict[str, Any]:
    plain = ("number", "title", "place", "division", "state", "holder", "offered_to", "outcome", "version")
    return {
        **{name: getattr(case, name) for name in plain},
        **{name: instant(getattr(case, name)) for name in ("received_at", "changed_at", "step_due_at", "closed_at")},
        "late": case.closed_at is None and case.step_due_at is not None and case.step_due_at < at,
    }


def _with_steps(case: Case, one: Subject[Any], rules: books.Rules, facts: Any, call: Call) -> dict[str, Any]:
    known, steps = subject.operations(one), []
    assert one.pages is not None
    for step, refusal in one.life.within_reach(facts):
        if step.verb in known:
            asked = one.pages.asks(case, step, rules, call.by) if refusal is None else ()
            steps.append(
                {
                    "verb": step.verb,
                    "name": both(step.name),
                    "open": refusal is None,
                    "why_not": both(refusal.text) if refusal is not None else None,
                    "fields": {field.name: shaped.of_field(field, rules.book) for field in asked},
                }
            )
    return {**_case(case, call.at), "steps": steps}


@let_in("GET", _POWER)
def case(call: Call, life: str, number: str) -> HttpResponse:
    """Give one case with what its page shows and the steps open to the key; the reading is an entry of its diary."""
    view = cases.view(life, number, by=call.by, at=call.at, lang="zh-hans", how="api")
    body = {
        **_with_steps(view.case, view.subject, view.rules, view.facts, call),
        "about": [{"label": both(label), "value": both(value)} for label, value in view.about],
        "parent": view.parent,
    }
    return problems.json(body, 200)


@let_in("POST", _POWER)
def _open_case(call: Call, life: str) -> HttpResponse:
    door.demand(call.key, "act")
    one, pages = cases.of(life, by=call.by, at=call.at)
    first = one.life.first
    if first.verb not in subject.operations(one):
        raise NotFound(_no_operation(first.verb))
    given = _given(call, first, pages.asks(None, first, call.rules, call.by))["given"]
    made = opening.plan(life, given, by=call.by, at=call.at, once=once_of(call))
    facts = one.seen_by(one.facts(made, call.rules, call.at, ""), call.by)
    where = {"Location": f"/api/v1/cases/{life}/{made.number}"}
    return problems.json(_with_steps(made, one, call.rules, facts, call), 201, where)


def _no_operation(verb: str) -> Text:
    return Text(f"没有“{verb[:40]}”这个操作", f"there is no operation “{verb[:40]}”")


def _given(call: Call, step: Step[Any], fields: Iterable[Field]) -> dict[str, Any]:
    body = body_of(call, shaped.of_step(step, fields, call.rules.book))
    body["given"] = {name: shaped.typed(value) for name, value in body.get("given", {}).items()}
    return body


@let_in("POST", _POWER)
def case_step(call: Call, life: str, number: str, verb: str) -> HttpResponse:
    """Take one step of the table of a life, in the name of the key's unit."""
    one, pages = cases.of(life, by=call.by, at=call.at)
    step = subject.operations(one).get(verb)
    if step is None or not step.sources:
        raise NotFound(_no_operation(verb))
    door.demand(call.key, "act")
    found, one, rules, _facts = cases.find(life, number, by=call.by, at=call.at)
    body = _given(call, step, pages.asks(found, step, rules, call.by))
    uploads = uploads_of(body, rules)
    given = dict(body["given"])
    if uploads:
        given["files"] = [hashlib.sha256(u.data).hexdigest() for u in uploads]
    done = act(
        found.pk,
        verb,
        given,
        by=call.by,
        at=call.at,
        version=body.get("version"),
        once=once_of(call),
        uploads=uploads,
    )
    facts = one.seen_by(one.facts(done, rules, call.at, ""), call.by)
    return problems.json(_with_steps(done, one, rules, facts, call), 200)
