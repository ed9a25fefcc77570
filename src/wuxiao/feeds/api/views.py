"""The JSON API's views: check the key, check the shape, one call of the desk, the answer as JSON."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from wuxiao.desk.base import actor, throttle, veiled
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import DeskError, NotFound, Throttled
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
from wuxiao.records.models import Address, ApiKey, Entry, Matter
from wuxiao.rules import flow
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import grouped
from wuxiao.rules.words import Text
from wuxiao.typed import ids
from wuxiao.typed.numbers import whole_number

LIMIT = 50
CHANNEL = "api"
_NUMBER = re.compile(r"[0-9A-Za-z-]{4,24}")
_ONCE = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a key that was let in."""

    request: HttpRequest
    key: ApiKey
    by: Actor
    rules: Rules
    at: datetime
    knock: throttle.Knock


def _bearer(request: HttpRequest) -> str:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _open(
    method: str, power: str | None, *, counts: bool = False
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let in a key with a power for one method; whatever the desk says against it becomes a problem document.

    A view that `counts` has the knock counted with what it writes; if it refuses before that, it is counted here.
    """

    def around(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, **where: str) -> HttpResponse:
            if request.method != method and (request.method, method) != ("HEAD", "GET"):
                return problems.wrong_method(request, method)
            call: Call | None = None
            try:
                call = _enter(request)
                if not counts:
                    call.knock.settle()
                door.demand(call.key, power)
                return view(call, **where)
            except DeskError as error:
                return problems.of(request, _counted(call, error))

        return answered

    return around


def _counted(call: Call | None, error: DeskError) -> DeskError:
    try:
        if call is not None:
            call.knock.settle()
    except Throttled as wait:
        return wait
    return error


def _enter(request: HttpRequest) -> Call:
    at = timezone.now()
    key, knock = door.key_of(_bearer(request), request, at=at)
    rules = books.current(at)
    return Call(request, key, actor.of_key(key, rules.book), rules, at, knock)


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


@_open("GET", "read")
def codes(call: Call) -> HttpResponse:
    """Give the codes of the rule book with their names."""
    lists = paper.code_lists(call.rules.book)
    return problems.json({name: {c: _both(t) for c, t in found.items()} for name, found in lists.items()}, 200)


@csrf_exempt
def matters_(request: HttpRequest) -> HttpResponse:
    """List matters or receive one."""
    if request.method == "POST":
        return _receive(request)
    if request.method in {"GET", "HEAD"}:
        return _list(request)
    return problems.wrong_method(request, "GET, POST")


# ------------------------------------------------------------------------------------------------------------ reading


@_open("GET", "read")
def _list(call: Call) -> HttpResponse:
    asked = _query(call.request, shapes.QUERY_LIST)
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


@_open("GET", "read")
def matter(call: Call, number: str) -> HttpResponse:
    """Give one matter and the steps in reach."""
    found, _, facts = look.find(_number(number), by=call.by, at=call.at)
    readings.note(found, by=call.by, at=call.at, fields=["title"], how="api")
    return problems.json(_whole(found, facts, call.at), 200)


@_open("GET", "read")
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


@_open("GET", "act")
def contact(call: Call, number: str) -> HttpResponse:
    """Give the contact for a stated purpose; the requester sees who looked and why."""
    asked = _query(call.request, shapes.QUERY_CONTACT)
    row = look.show_contact(_number(number), by=call.by, at=call.at, purpose=asked["purpose"], why="other")
    body = {
        "name": row.name,
        "phone": row.phone,
        "email": row.email,
        "by_sms": row.by_sms,
        "visit_consent": row.visit_consent,
    }
    return problems.json(body, 200)


@_open("GET", "read")
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


@_open("POST", "receive", counts=True)
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
    body = _body(call, shapes.REPORT)
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
    own = {"address_code", "files", "items", "lang", "hidden_unit"}
    report = Report(
        channel=CHANNEL,
        lang=body.get("lang", "zh-hans"),
        address_id=address.pk if address else None,
        items=tuple(body.get("items", ())),
        about=(body["hidden_unit"],) if body.get("hidden_unit") else (),
        uploads=_uploads(body, call.rules),
        **{name: value for name, value in body.items() if name not in own},
    )
    report = secrecy.by_default(report, call.rules.book)
    made = matters.receive(report, by=call.by, at=call.at, once=_once(call), knock=call.knock)
    return problems.json(
        {
            "number": made.number,
            "code": grouped(made.code),
            "progress_url": page_of(made),
            "received_at": _instant(made.received_at),
            "due_at": _instant(made.due_at),
            "danger": problems.danger(*heard.told_of(made)),
            "shielded": made.shielded,
        },
        201,
        {"Location": f"/api/v1/matters/{made.number}"},
    )


@_open("POST", None)
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
    body = _body(call, shapes.of_step(table_step))
    found, _, _ = look.find(_number(number), by=call.by, at=call.at)
    version = body.pop("version", None)
    uploads = _uploads(body, books.of_version(found.book_id))
    if uploads:
        # Part of what an idempotency key stands for; the step itself takes the checked files.
        body["files"] = [hashlib.sha256(u.data).hexdigest() for u in uploads]
    done = act(found.pk, verb, body, by=call.by, at=call.at, version=version, once=_once(call), uploads=uploads)
    rules = books.of_version(done.book_id)
    facts = standing.seen_by(standing.facts_of(done, rules.book, rules.calendar, call.at), call.by)
    return problems.json(_whole(done, facts, call.at), 200)


# ------------------------------------------------------------------------------------------------- what was sent to us


def _number(number: str) -> str:
    if not _NUMBER.fullmatch(number):
        raise NotFound
    return number


def _query(request: HttpRequest, schema: shapes.Schema) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for name in request.GET:
        value: Any = request.GET[name].replace("\x00", "")
        wanted = schema["properties"].get(name, {}).get("type")
        if wanted == "integer" and re.fullmatch(r"-?\d{1,9}", value):
            value = int(value)
        asked[name] = value
    wrong = shapes.wrongs(schema, asked)
    if wrong:
        raise problems.wrong(wrong)
    return asked


def _body(call: Call, schema: shapes.Schema) -> dict[str, Any]:
    request = call.request
    if request.content_type != "application/json":
        raise DeskError(Text("请用 Content-Type: application/json", "send Content-Type: application/json"), "media")
    if whole_number(str(request.META.get("CONTENT_LENGTH") or "0"), 0, door.MAX_BODY) is None:
        mega = door.MAX_BODY // 1_000_000
        raise DeskError(Text(f"内容超过{mega}MB", f"the body is over {mega} MB"), "too_large")
    body = door.read_json(request.body)
    wrong = shapes.wrongs(schema, body)
    if wrong:
        raise problems.wrong(wrong)
    # To JSON Schema 5.0 is a whole number; the desk wants it written as one.
    return {n: int(v) if isinstance(v, float) and _whole_number(schema, n) else v for n, v in body.items()}


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


def _whole_number(schema: shapes.Schema, name: str) -> bool:
    kind = schema["properties"].get(name, {}).get("type")
    return kind == "integer" or (isinstance(kind, list) and "integer" in kind and "number" not in kind)


def _uploads(body: dict[str, Any], rules: Rules) -> tuple[files.Upload, ...]:
    found = []
    for n, item in enumerate(body.pop("files", ())):
        try:
            data = base64.b64decode(item["content"], validate=True)
        except (binascii.Error, ValueError):
            text = Text("不是有效的 base64", "this is not valid base64")
            raise problems.wrong({f"files[{n}].content": text}) from None
        found.append(files.check(item["name"], data, rules.book.uploads))
    return tuple(found)


def _once(call: Call) -> str | None:
    given = call.request.headers.get("Idempotency-Key")
    if given is None:
        return None
    if not _ONCE.fullmatch(given):
        text = Text("应是1到200个可见的 ASCII 字符", "must be 1 to 200 visible ASCII characters")
        raise problems.wrong({"Idempotency-Key": text})
    return f"api-{call.key.pk}-{hashlib.sha256(given.encode()).hexdigest()}"


# ------------------------------------------------------------------------------------------------------- what we say


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(SHANGHAI).isoformat() if at is not None else None


def _matter(row: Matter, at: datetime) -> dict[str, Any]:
    plain = ("number", "external_id", "kind", "category", "handling_class", "petition", "title", "division", "place")
    more = ("state", "outcome", "holder", "offered_to", "sender", "danger", "danger_open", "refusals", "reopened")
    instants = ("received_at", "changed_at", "due_at", "step_due_at", "accepted_at", "answered_at", "closed_at")
    return {
        **{name: getattr(row, name) for name in (*plain, *more)},
        **{name: _instant(getattr(row, name)) for name in instants},
        "late": row.due_at is not None and at > row.due_at and row.answered_at is None and row.state != "closed",
        "items": row.items,
        "version": row.version,
    }


def _whole(row: Matter, facts: flow.Facts, at: datetime) -> dict[str, Any]:
    reach = [(s, no) for s, no in flow.within_reach(facts) if s.verb in shapes.OPERATIONS]
    steps = [
        {"verb": s.verb, "name": _both(s.name), "open": no is None, "why_not": _both(no.text) if no else None}
        for s, no in reach
    ]
    return {**_matter(row, at), "steps": steps, "call": list(heard.told_of(row)[2])}


def _entry(entry: Entry, words: Any, rules: Rules) -> dict[str, Any]:
    said = {field: words.get((entry.turn, field)) for field in entry.texts}
    zh, en = (sentences.say(entry, words, rules.book, lang, for_resident=False) for lang in ("zh-hans", "en"))
    return {
        "turn": entry.turn,
        "verb": entry.verb,
        "at": _instant(entry.at),
        "actor": entry.actor,
        "unit": entry.unit,
        "state": entry.state,
        "said": said,
        "sentence": {"zh": zh, "en": en},
        "seal": entry.seal,
    }
