"""What every operation of the JSON API does before and after its one call of the desk: who knocks, what was sent."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from wuxiao.desk.base import actor, throttle
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import DeskError, Throttled
from wuxiao.desk.files import files
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.feeds import door, problems
from wuxiao.feeds.api import shapes
from wuxiao.records.models import ApiKey
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number

LIMIT = 50
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


def let_in(
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


def query_of(request: HttpRequest, schema: shapes.Schema) -> dict[str, Any]:
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


def body_of(call: Call, schema: shapes.Schema) -> dict[str, Any]:
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


def _whole_number(schema: shapes.Schema, name: str) -> bool:
    kind = schema["properties"].get(name, {}).get("type")
    return kind == "integer" or (isinstance(kind, list) and "integer" in kind and "number" not in kind)


def uploads_of(body: dict[str, Any], rules: Rules) -> tuple[files.Upload, ...]:
    found = []
    for n, item in enumerate(body.pop("files", ())):
        try:
            data = base64.b64decode(item["content"], validate=True)
        except (binascii.Error, ValueError):
            text = Text("不是有效的 base64", "this is not valid base64")
            raise problems.wrong({f"files[{n}].content": text}) from None
        found.append(files.check(item["name"], data, rules.book.uploads))
    return tuple(found)


def once_of(call: Call) -> str | None:
    given = call.request.headers.get("Idempotency-Key")
    if given is None:
        return None
    if not _ONCE.fullmatch(given):
        text = Text("应是1到200个可见的 ASCII 字符", "must be 1 to 200 visible ASCII characters")
        raise problems.wrong({"Idempotency-Key": text})
    return f"api-{call.key.pk}-{hashlib.sha256(given.encode()).hexdigest()}"


def both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def instant(at: datetime | None) -> str | None:
    return at.astimezone(SHANGHAI).isoformat() if at is not None else None
