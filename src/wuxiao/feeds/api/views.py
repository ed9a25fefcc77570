"""The JSON API's views: check the key, check the shape, one call of the desk, the answer as JSON."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from wuxiao.desk.base import veiled
from wuxiao.desk.base.errors import DeskError, NotFound
from wuxiao.desk.case import heard, keyset, sentences, standing
from wuxiao.desk.case.act import TEXTS, act
from wuxiao.desk.case.shown import visible
from wuxiao.desk.case.tell import page_of
from wuxiao.desk.diary import readings
from wuxiao.desk.doors import keys
from wuxiao.desk.files import files
from wuxiao.desk.look import matter as look
from wuxiao.desk.matters import despite, matters, secrecy
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.feeds import door, problems
from wuxiao.feeds.api import paper, shapes
from wuxiao.feeds.api.calls import LIMIT, Call, body_of, both, instant, let_in, once_of, query_of, uploads_of
from wuxiao.records.models import Address, Entry, Matter
from wuxiao.rules import flow
from wuxiao.rules.codes import grouped
from wuxiao.rules.words import Text
from wuxiao.typed import crs, ids
from wuxiao.typed.numbers import whole_number

CHANNEL = "api"
_NUMBER = re.compile(r"[0-9A-Za-z-]{4,24}")


@csrf_exempt
def openapi(request: HttpRequest) -> HttpResponse:
    """Give the document; no key is needed to read it."""
    if request.method not in {"GET", "HEAD"}:
        return problems.wrong_method(request, "GET")
    try:
        book = books.current(timezone.now()).book
    except DeskError:
        book = None
    return problems.json(paper.document(book), 200, {"Cache-Control": "public, max-age=60"})


@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    """Say as a problem document that there is nothing here."""
    text = Text("没有这个接口，请看 /api/v1/openapi.json", "there is no such operation; see /api/v1/openapi.json")
    return problems.of(request, NotFound(text))


@let_in("GET", "read")
def codes(call: Call) -> HttpResponse:
    """Give the codes of the rule book with their names."""
    lists = paper.code_lists(call.rules.book)
    return problems.json({name: {c: both(t) for c, t in found.items()} for name, found in lists.items()}, 200)


@csrf_exempt
def matters_(request: HttpRequest) -> HttpResponse:
    """List matters or receive one."""
    if request.method == "POST":
        return _receive(request)
    if request.method in {"GET", "HEAD"}:
        return _list(request)
    return problems.wrong_method(request, "GET, POST")


# ------------------------------------------------------------------------------------------------------------ reading


@let_in("GET", "read")
def _list(call: Call) -> HttpResponse:
    asked = query_of(call.request, shapes.QUERY_LIST)
    limit = int(asked.get("limit", LIMIT))
    viewer = call.by.viewer
    assert viewer is not None
    hidden = sorted(viewer.units)
    if "external_id" in asked:
        rows = list(
            visible(viewer)
            .filter(external_id__in={asked["external_id"], ids.number(asked["external_id"])})
            .order_by("-id")[:limit]
        )
        readings.note_many([row.pk for row in rows], by=call.by, at=call.at, fields=["title"], how="api")
        return problems.json({"matters": [_matter(row, call.at) for row in rows], "next": None}, 200)
    after = None
    if "after" in asked:
        after = keyset.Cursor.read(asked["after"])
        if after is None:
            raise problems.wrong({"after": Text("不是上一页给出的 next", "this is not the next of a page before")})
    ranges = [keyset.Range(p, asked.get("queue", "")) for p in viewer.principals]
    page = keyset.page(ranges, hidden, after=after, limit=limit)
    by_id = visible(viewer).in_bulk(page.ids)
    readings.note_many(sorted(by_id), by=call.by, at=call.at, fields=["title"], how="api")
    body = {
        "matters": [_matter(by_id[pk], call.at) for pk in page.ids if pk in by_id],
        "next": str(page.next) if page.next else None,
    }
    return problems.json(body, 200)


@let_in("GET", "read")
def matter(call: Call, number: str) -> HttpResponse:
    """Give one matter and the steps in reach."""
    found, _, facts = look.find(_number(number), by=call.by, at=call.at)
    readings.note(found, by=call.by, at=call.at, fields=["title"], how="api")
    return problems.json(_whole(found, facts, call.at), 200)


@let_in("GET", "read")
def entries(call: Call, number: str) -> HttpResponse:
    """Give the diary with its words; the first look of a key at a matter each day is itself an entry."""
    found = look.view(_number(number), by=call.by, at=call.at, lang="zh-hans", how="api")
    body = {
        "number": found.matter.number,
        "entries": [_entry(e, found.words, found.rules) for e in found.entries],
        "files": [
            {
                "id": veiled.veil("file", f.pk),
                "turn": f.turn,
                "name": f.name,
                "kind": f.kind,
                "size": f.size,
                "sha256": f.sha256,
                "by_resident": f.by_resident,
            }
            for f in found.files
        ],
    }
    return problems.json(body, 200)


@let_in("GET", "act")
def contact(call: Call, number: str) -> HttpResponse:
    """Give the contact for a stated purpose; the requester sees who looked and why."""
    asked = query_of(call.request, shapes.QUERY_CONTACT)
    row = look.show_contact(_number(number), by=call.by, at=call.at, purpose=asked["purpose"], why="other")
    body = {
        "name": row.name,
        "phone": row.phone,
        "email": row.email,
        "by_sms": row.by_sms,
        "visit_consent": row.visit_consent,
    }
    return problems.json(body, 200)


@let_in("GET", "read")
def file(call: Call, number: str, file_id: str) -> HttpResponse:
    """Give one file as it was stored: redrawn, without what a camera adds."""
    if whole_number(file_id) is None:
        raise NotFound
    row = look.attachment(_number(number), veiled.unveil("file", int(file_id)), by=call.by, at=call.at)
    path = files.path_of(row.sha256)
    if not path.is_file():
        raise NotFound
    response = HttpResponse(path.read_bytes(), content_type=row.kind)
    response["Content-Disposition"] = f'attachment; filename="{row.sha256[:16]}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


# ------------------------------------------------------------------------------------------------------------- acting


@let_in("POST", "receive", counts=True)
def _receive(call: Call) -> HttpResponse:
    try:
        return _received(call)
    except DeskError as error:
        raw = _legible(call.request)
        report = despite.of_raw(
            raw, channel=CHANNEL, lang="en" if raw.get("lang") == "en" else "zh-hans", book=call.rules.book
        )
        despite.hear(error, report, by=call.by, at=call.at, others=_strings(raw))
        raise


def _received(call: Call) -> HttpResponse:
    body = body_of(call, shapes.REPORT)
    fields: dict[str, Text] = {}
    if ("lat" in body) != ("lon" in body):
        fields["lat"] = Text("经纬度要么都给，要么都不给", "give both lat and lon, or neither")
    address = None
    if body.get("address_code"):
        address = Address.objects.filter(code=body["address_code"]).first()
        if address is None:
            fields["address_code"] = Text("没有这个标准地址", "there is no such standard address")
    if fields:
        raise problems.wrong(fields)
    own = {"address_code", "files", "items", "lang", "hidden_unit", "crs"}
    if "lat" in body:
        body["lat"], body["lon"] = crs.to_wgs84((body["lat"], body["lon"]), crs.Crs(body.get("crs", "wgs84")))
    report = Report(
        channel=CHANNEL,
        lang=body.get("lang", "zh-hans"),
        address_id=address.pk if address else None,
        items=tuple(body.get("items", ())),
        about=(body["hidden_unit"],) if body.get("hidden_unit") else (),
        uploads=uploads_of(body, call.rules),
        **{name: value for name, value in body.items() if name not in own},
    )
    report = secrecy.by_default(report, call.rules.book)
    made = matters.receive(report, by=call.by, at=call.at, once=once_of(call), knock=call.knock)
    return problems.json(
        {
            "number": made.number,
            "code": grouped(made.code),
            "progress_url": page_of(made),
            "received_at": instant(made.received_at),
            "due_at": instant(made.due_at),
            "danger": problems.danger(*heard.told_of(made)),
            "shielded": made.shielded,
        },
        201,
        {"Location": f"/api/v1/matters/{made.number}"},
    )


@let_in("POST", None)
def step(call: Call, number: str, verb: str) -> HttpResponse:
    """Take one step of the table."""
    if verb not in shapes.OPERATIONS:
        raise NotFound(Text(f"没有“{verb[:40]}”这个操作", f"there is no operation “{verb[:40]}”"))
    if "act" not in call.key.powers and not ("exchange" in call.key.powers and verb in keys.EXCHANGE_VERBS):
        raise door.Powerless("act")
    try:
        return _taken(call, number, verb)
    except DeskError as error:
        if error.danger is None and error.told is None:
            # Refused for a field: what it tells of danger is heard as where the step itself is refused.
            with suppress(DeskError):
                found, _, _ = look.find(_number(number), by=call.by, at=call.at)
                raw = _legible(call.request)
                texts = {need.value: said for need in TEXTS if isinstance(said := raw.get(need.value), str)}
                heard.despite(error, heard.Told(found.pk, verb, texts, call.by, call.at))
        raise


def _taken(call: Call, number: str, verb: str) -> HttpResponse:
    table_step = shapes.OPERATIONS[verb]
    body = body_of(call, shapes.of_step(table_step))
    found, _, _ = look.find(_number(number), by=call.by, at=call.at)
    version = body.pop("version", None)
    uploads = uploads_of(body, books.of_version(found.book_id))
    if uploads:
        # Part of what an idempotency key stands for; the step itself takes the checked files.
        body["files"] = [hashlib.sha256(u.data).hexdigest() for u in uploads]
    done = act(found.pk, verb, body, by=call.by, at=call.at, version=version, once=once_of(call), uploads=uploads)
    rules = books.of_version(done.book_id)
    facts = standing.seen_by(standing.facts_of(done, rules.book, rules.calendar, call.at), call.by)
    return problems.json(_whole(done, facts, call.at), 200)


# ------------------------------------------------------------------------------------------------- what was sent to us


def _number(number: str) -> str:
    if not _NUMBER.fullmatch(number):
        raise NotFound
    return number


def _legible(request: HttpRequest) -> dict[str, Any]:
    """Return what can be read of a body that was refused; nothing where it is no JSON, or too large."""
    if whole_number(str(request.META.get("CONTENT_LENGTH") or "0"), 0, door.MAX_BODY) is None:
        return {}
    with suppress(DeskError):
        return door.read_json(request.body)
    return {}


def _strings(raw: dict[str, Any]) -> list[str]:
    """Return every text of a body, but its files: danger may stand in a field this interface does not know."""
    return [value[: matters.MAX_WORDS] for name, value in raw.items() if isinstance(value, str) and name != "files"]


# ------------------------------------------------------------------------------------------------------- what we say


def _matter(row: Matter, at: datetime) -> dict[str, Any]:
    plain = ("number", "external_id", "kind", "category", "handling_class", "petition", "title", "division", "place")
    more = ("state", "outcome", "holder", "offered_to", "sender", "danger", "danger_open", "refusals", "reopened")
    instants = ("received_at", "changed_at", "due_at", "step_due_at", "accepted_at", "answered_at", "closed_at")
    return {
        **{name: getattr(row, name) for name in (*plain, *more)},
        **{name: instant(getattr(row, name)) for name in instants},
        "late": row.due_at is not None and at > row.due_at and row.answered_at is None and row.state != "closed",
        "items": row.items,
        "version": row.version,
    }


def _whole(row: Matter, facts: flow.Facts, at: datetime) -> dict[str, Any]:
    reach = [(s, no) for s, no in flow.within_reach(facts) if s.verb in shapes.OPERATIONS]
    steps = [
        {"verb": s.verb, "name": both(s.name), "open": no is None, "why_not": both(no.text) if no else None}
        for s, no in reach
    ]
    return {**_matter(row, at), "steps": steps, "call": list(heard.told_of(row)[2])}


def _entry(entry: Entry, words: Any, rules: Rules) -> dict[str, Any]:
    said = {field: words.get((entry.turn, field)) for field in entry.texts}
    zh, en = (sentences.say(entry, words, rules.book, lang, for_resident=False) for lang in ("zh-hans", "en"))
    return {
        "turn": entry.turn,
        "verb": entry.verb,
        "at": instant(entry.at),
        "actor": entry.actor,
        "unit": entry.unit,
        "state": entry.state,
        "said": said,
        "sentence": {"zh": zh, "en": en},
        "seal": entry.seal,
    }
