"""What all doors for machines share: who knocks, how often, with which key, and reading what was sent."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from wuxiao.desk.base import throttle
from wuxiao.desk.base.errors import DeskError, Invalid
from wuxiao.desk.doors import callers, keys
from wuxiao.desk.town import books
from wuxiao.records.models import ApiKey
from wuxiao.rules.words import Text

MAX_BODY = 12 * 1024 * 1024
MAX_DEPTH = 12
_HALF = re.compile("[\ud800-\udfff]")


class Unauthorised(DeskError):
    """No key, or none that is in use."""

    code = "unauthorised"

    def __init__(self) -> None:
        super().__init__(
            Text(
                "缺少密钥或密钥无效：请向系统管理员申请，并检查是否已停用",
                "The key is missing or not valid: ask the administrator for one, or whether yours was revoked.",
            )
        )


class NotHere(DeskError):
    """The key is good, but ended, or not to be used from this network address."""

    code = "key"


class Powerless(DeskError):
    """The key is good but does not open this."""

    code = "power"

    def __init__(self, power: str) -> None:
        super().__init__(
            Text(f"这个密钥没有“{keys.POWERS[power].zh}”的权限", f"this key has no power to {keys.POWERS[power].en}")
        )


class Unreadable(DeskError):
    """The body cannot be read at all."""

    code = "unreadable"


def lang_of(request: HttpRequest) -> str:
    """Return the language in which this machine wants to read names and errors."""
    return str(getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE))


def caller_of(request: HttpRequest) -> str:
    """Return the caller's network address: the hop that the outermost trusted proxy saw."""
    return callers.address(
        str(request.META.get("REMOTE_ADDR", "")), request.headers.get("X-Forwarded-For"), int(settings.TRUSTED_PROXIES)
    )


def knocking(door: str, caller: str, *, at: datetime) -> throttle.Knock:
    """Return one request at a door, not counted yet, with the limit of the rule book."""
    return throttle.Knock(door, caller, books.current(at).book.throttle.api_per_minute, throttle.MINUTE, at)


def knock(door: str, caller: str, *, at: datetime) -> None:
    """Count one request at a door; raises `Throttled` above the limit of the rule book."""
    knocking(door, caller, at=at).settle()


def key_of(secret: str, request: HttpRequest, *, at: datetime) -> tuple[ApiKey, throttle.Knock]:
    """Return the key that a secret opens with its knock, still to be counted; wrong secrets are counted by address.

    Raises `Unauthorised`, `NotHere` (ended, or from another network: told to whoever keeps the keys) or `Throttled`.
    """
    key, caller = keys.find_key(secret), caller_of(request)
    if key is None:
        knock("key", caller, at=at)
        raise Unauthorised
    why = keys.fits(key, caller, at=at)
    if why is not None:
        knock("key", caller, at=at)
        keys.refused(key, caller, why, at=at)
        raise NotHere(why)
    keys.used(key, at=at)
    return key, knocking("api", str(key.pk), at=at)


def demand(key: ApiKey, power: str | None) -> None:
    """Raise `Powerless` unless the key has the power."""
    if power is not None and power not in key.powers:
        raise Powerless(power)


def clean(value: Any, depth: int = 0) -> Any:
    """Return JSON without what no database can keep: NUL is dropped, half characters are refused (`Unreadable`)."""
    if depth > MAX_DEPTH:
        raise Unreadable(Text("JSON 嵌套太深", "the JSON is nested too deeply"))
    if isinstance(value, str):
        if _HALF.search(value):
            raise Unreadable(Text("文本里有不完整的字符（代理码位）", "a text holds half a character (lone surrogate)"))
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [clean(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {clean(name, depth + 1): clean(item, depth + 1) for name, item in value.items()}
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def read_json(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body; raises `Unreadable` with where it went wrong."""
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise Unreadable(Text("内容应是 UTF-8 编码的 JSON", "the body must be JSON in UTF-8")) from None
    except (ValueError, RecursionError) as problem:
        where = f"{problem}"[:120]
        raise Unreadable(Text(f"不是有效的 JSON:{where}", f"this is not valid JSON: {where}")) from None
    if not isinstance(found, dict):
        raise Unreadable(Text("内容应是一个 JSON 对象 {…}", "the body must be one JSON object {…}"))
    cleaned: dict[str, Any] = clean(found)
    return cleaned


def fields_of(error: DeskError) -> dict[str, Text]:
    """Return what is wrong by field; empty for errors without fields."""
    return dict(error.fields) if isinstance(error, Invalid) else {}
