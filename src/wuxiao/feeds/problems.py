"""What went wrong, for machines: RFC 9457 problem documents with the sentence in both languages."""

from __future__ import annotations

import json as _json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from wuxiao.desk.base.errors import Conflict, DeskError, Invalid, NotFound, Refused, Stale, Throttled
from wuxiao.desk.case import heard
from wuxiao.feeds import door
from wuxiao.rules.words import Text

TITLES: Mapping[int, Text] = {
    400: Text("请求读不懂", "The request cannot be read"),
    401: Text("需要密钥", "A key is needed"),
    403: Text("没有权限", "Not allowed"),
    404: Text("没有找到", "Not found"),
    405: Text("不支持这种方法", "Method not allowed"),
    409: Text("与现状冲突", "In conflict with the present state"),
    413: Text("内容太大", "Too large"),
    415: Text("不支持这种格式", "Unsupported format"),
    422: Text("有内容需要改正", "Something needs mending"),
    429: Text("请求太频繁", "Too many requests"),
    500: Text("系统故障", "A fault on our side"),
    503: Text("系统正忙", "Busy"),
}


_NOT_YOURS = frozenset({"who", "contact", "keys", "keep", "registers", "power", "unit"})


def json(
    body: Any, status: int, headers: Mapping[str, str] | None = None, kind: str = "application/json"
) -> HttpResponse:
    """Return a JSON answer in UTF-8."""
    text = _json.dumps(body, ensure_ascii=False)
    response = HttpResponse(text, status=status, content_type=f"{kind}; charset=utf-8")
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def status_of(error: DeskError) -> int:
    """Return the HTTP status of what the desk said."""
    match error:
        case door.Unreadable():
            return 400
        case door.Unauthorised():
            return 401
        case door.Powerless() | door.NotHere():
            return 403
        case NotFound():
            return 404
        case Stale():
            return 409
        case Conflict() | Invalid():
            return 422
        case Throttled():
            return 429
        case Refused():
            return 403 if error.code in _NOT_YOURS else 422 if error.code == "purpose" else 409
    return {"signature": 401, "too_large": 413, "media": 415}.get(error.code, 400)


def danger_of(error: DeskError) -> dict[str, Any] | None:
    """Return what was heard of danger in what was refused, and the number it is kept under; `None` for nothing."""
    if error.danger is None:
        return None
    found = danger(error.danger.tier, error.danger.kinds, error.danger.numbers)
    return found | ({"number": error.kept} if error.kept else {})


def danger(tier: str, kinds: Sequence[str], numbers: Sequence[str]) -> dict[str, Any]:
    """Return what was heard of danger, as a machine is told it: whom the person should call stands in it first."""
    zh, en = "、".join(numbers), ", ".join(numbers)
    said = {
        "zh": f"可能正有危险：请马上让当事人拨打{zh}",
        "en": f"There may be danger now: tell them to call {en} at once",
    }
    if heard.not_read(tier, kinds):
        said = {
            "zh": f"有的话是我们读不懂的语言，没有查过有没有危险：如果现在有危险，请让当事人马上拨打{zh}",
            "en": "Some words are in a language we do not read and were not looked at for danger: if there is danger "
            f"now, tell them to call {en} at once",
        }
    return {"tier": tier, "kinds": list(kinds), "call": list(numbers), "said": said if numbers else None}


def of(request: HttpRequest, error: DeskError) -> HttpResponse:
    """Return the problem document of an error."""
    status = status_of(error)
    headers: dict[str, str] = {}
    more: dict[str, Any] = {}
    if isinstance(error, Throttled):
        headers["Retry-After"] = str(error.seconds)
    if isinstance(error, door.Unauthorised):
        headers["WWW-Authenticate"] = 'Bearer realm="wuxiao"'
    if isinstance(error, Stale):
        more["version"] = error.version
    if (told := danger_of(error)) is not None:
        # Not taken, but heard: it stands first on the list of whoever has the matter.
        more["danger"] = told
    if isinstance(error, Invalid):
        more["errors"] = [{"field": name, "zh": t.zh, "en": t.en} for name, t in error.fields.items()]
    return _problem(request, status, error.code, error.text, headers, more)


def answer(request: HttpRequest, status: int, code: str, text: Text) -> HttpResponse:
    """Return a problem document that no error of the desk stands behind."""
    return _problem(request, status, code, text, {}, {})


def wrong(fields: Mapping[str, Text]) -> Invalid:
    """Return the error for fields that are missing or make no sense."""
    return Invalid(fields)


def wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """Answer 405 with the methods that work here."""
    text = Text(f"这里可以用 {allowed}", f"what works here is {allowed}")
    return _problem(request, 405, "method", text, {"Allow": allowed}, {})


def _problem(
    request: HttpRequest, status: int, code: str, text: Text, headers: Mapping[str, str], more: Mapping[str, Any]
) -> HttpResponse:
    lang = door.lang_of(request)
    more = dict(more)
    told = more.pop("danger", None)
    if told is not None and told["said"]:
        # Whom to call stands before what is wrong with a field.
        text = Text(f"{told['said']['zh']}。{text.zh}", f"{told['said']['en']}. {text.en}")
    body = {
        **({"danger": told} if told is not None else {}),
        "type": f"urn:wuxiao:problem:{code}",
        "title": TITLES[status].say(lang),
        "status": status,
        "detail": text.say(lang),
        "detail_zh": text.zh,
        "detail_en": text.en,
        **more,
    }
    return json(body, status, headers, "application/problem+json")
