"""One door for the other platform's notices: genuine or refused, taken once, answered with what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from wuxiao.desk.base.errors import DeskError
from wuxiao.desk.doors import keys
from wuxiao.desk.matters import exchange
from wuxiao.desk.matters.exchange import Notice, Taken
from wuxiao.desk.ways.hook import HEADER_ID, HEADER_SIGNATURE, HEADER_TIME
from wuxiao.feeds import door, problems
from wuxiao.feeds.door import Unreadable
from wuxiao.rules.words import Text
from wuxiao.typed import ids
from wuxiao.typed.numbers import whole_number

MAX_BODY = 512 * 1024


class NotGenuine(DeskError):
    """The signature does not fit, or the notice is too old."""

    code = "signature"

    def __init__(self) -> None:
        minutes = int(exchange.WINDOW.total_seconds() // 60)
        super().__init__(
            Text(
                f"签名不对、平台未登记,或时间相差超过{minutes}分钟:请核对密钥和时钟",
                f"Wrong signature, unknown platform, or over {minutes} minutes off: check secret and clock.",
            )
        )


@csrf_exempt
def notices(request: HttpRequest, name: str) -> HttpResponse:
    """Take one notice: 200 with the result, 401 not genuine, 404/409/422 with the reason."""
    if request.method != "POST":
        return problems.wrong_method(request, "POST")
    at = timezone.now()
    try:
        body = _body(request)
        hook = exchange.genuine(
            name,
            request.headers.get(HEADER_ID, ""),
            request.headers.get(HEADER_TIME, ""),
            request.headers.get(HEADER_SIGNATURE, ""),
            body,
            at=at,
        )
        if hook is None:
            door.knock("exchange-bad", door.caller_of(request), at=at)
            raise NotGenuine
        door.knock("exchange", str(hook.pk), at=at)
        said = door.read_json(body)
        if said.get("verb") == keys.PING:
            # A test of the connection: genuine, and about no matter.
            return problems.json({"result": "pong", "at": at.isoformat()}, 200)
        notice = _read(said, request.headers[HEADER_ID])
        return _answer(exchange.take(notice, hook, at=at))
    except DeskError as error:
        return problems.of(request, error)


def _body(request: HttpRequest) -> bytes:
    if whole_number(str(request.META.get("CONTENT_LENGTH") or "0"), 0, MAX_BODY) is None:
        raise Unreadable(Text("内容太大", "the body is too large"))
    return request.body


def _read(raw: Mapping[str, Any], delivery: str) -> Notice:
    fields: dict[str, Text] = {}
    offer = raw.get("offer")
    # An emergency is taken without what it should say of itself: its offer says what happens.
    urgent = isinstance(offer, Mapping) and offer.get("emergency") is True
    for field in ("verb", "number"):
        if not isinstance(raw.get(field), str) or not raw[field].strip():
            fields[field] = Text(f"缺少 {field}", f"{field} is missing")
    for field in ("facts", "said", "offer"):
        if raw.get(field) is not None and not isinstance(raw[field], Mapping):
            fields[field] = Text(f"{field} 应是一个对象", f"{field} must be an object")
    if raw.get("external_id") is not None and not isinstance(raw["external_id"], str):
        fields["external_id"] = Text("external_id 应是一段文字", "external_id must be a text")
    if len(delivery) > 80 or not delivery.isascii():
        fields["id"] = Text("投递编号最多80个字符", "a delivery id has at most 80 characters")
    if fields and not urgent:
        raise problems.wrong(fields)

    def text(field: str) -> str:
        return raw[field] if isinstance(raw.get(field), str) else ""

    facts, said = ({} if field in fields else raw.get(field) or {} for field in ("facts", "said"))
    return Notice(
        id=delivery,
        verb=text("verb").strip()[:40] or "bypass",
        number=ids.number(text("number")[:200])[:80],
        external_id=ids.number(text("external_id")[:200])[:80],
        facts=facts,
        said={str(k): v for k, v in said.items() if isinstance(v, str)},
        offer=None if "offer" in fields else offer,
    )


def _answer(taken: Taken) -> HttpResponse:
    matter = taken.matter
    body: dict[str, Any] = {"result": taken.result}
    if matter is not None:
        body |= {"number": matter.number, "external_id": matter.external_id, "state": matter.state}
    if taken.why is not None:
        body["why"] = {"zh": taken.why.zh, "en": taken.why.en}
    return problems.json(body, 200)
