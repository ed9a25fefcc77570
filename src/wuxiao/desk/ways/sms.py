"""SMS through a provider's HTTP interface described in a small TOML file, or into a file where none is set.

Most providers answer HTTP 200 whether they took a text or not, and say which in the body. So the file must say where
that stands: a text counts as sent only if `[taken]` holds for the answer. Worked-out files for known providers, each
with the address of the paper its answers were taken from, are in docs/administrators/sms.md.

```toml
url = "https://sms.example/messages"     # {to} {text} {key} are filled in
format = "json"                          # or "form"
body = { to = "{to}", text = "{text}" }
headers = { Authorization = "Bearer …" }
key_header = "Idempotency-Key"           # the provider takes the same key only once
status_url = "https://sms.example/messages/{key}"   # asked before anything is sent again
state_field = "state"                    # a field of that answer …
sent_when = ["accepted", "sent", "delivered"]       # … and the values that mean it was sent
id_field = "id"                          # the provider's own number of the text

[taken]                                  # what in the answer to a text says that it was taken
field = "Response.SendStatusSet.*.Code"  # names and places, parted by dots; * stands for each of a list
values = ["Ok"]                          # every value found must be one of these, and one must be found

[refused]                                # optional: what says that trying again is useless
field = "Response.SendStatusSet.*.Code"
values = ["InvalidParameterValue.IncorrectPhoneNumber"]
```
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings

from wuxiao.desk.ways import NOT_SET_UP, Later, Never, Result, Sent, Unknown, far, to_file
from wuxiao.late import late

if TYPE_CHECKING:
    import httpx
else:
    # Loaded when something is sent: no page needs it.
    httpx = late("httpx")

_BUSY = {408, 425, 429}


@dataclass(frozen=True, slots=True)
class Rule:
    """What must stand in an answer: every value found at `field` is one of `values`, and at least one is found."""

    field: str
    values: tuple[str, ...]

    def holds(self, answer: object) -> bool:
        """Return whether the rule holds for a parsed answer."""
        found = _at(answer, self.field.split("."))
        return bool(found) and all(one in self.values for one in found)

    def touches(self, answer: object) -> bool:
        """Return whether any value found is one of the rule's."""
        return any(one in self.values for one in _at(answer, self.field.split(".")))


def _at(answer: object, path: list[str]) -> list[str]:
    """Return the plain values at a path, as text: 0 is "0", true is "true"; nothing where the path leads nowhere."""
    if not path:
        if isinstance(answer, bool):
            return ["true" if answer else "false"]
        return [str(answer)] if isinstance(answer, str | int | float) else []
    name, rest = path[0], path[1:]
    if isinstance(answer, Mapping):
        return _at(answer[name], rest) if name in answer else []
    if isinstance(answer, list):
        if name == "*":
            return [value for one in answer for value in _at(one, rest)]
        if name.isascii() and name.isdecimal() and int(name) < len(answer):
            return _at(answer[int(name)], rest)
    return []


@dataclass(frozen=True, slots=True)
class Gateway:
    """How one provider wants to be asked, and how it says what it did."""

    url: str
    taken: Rule
    refused: Rule | None = None
    format: str = "json"
    body: dict[str, Any] = field(default_factory=lambda: {"to": "{to}", "text": "{text}"})
    headers: dict[str, str] = field(default_factory=dict)
    key_header: str = ""
    status_url: str = ""
    state_field: str = "state"
    sent_when: tuple[str, ...] = ("accepted", "sent", "delivered")
    id_field: str = "id"


class GatewayError(ValueError):
    """The gateway's file cannot be used; the text says which line of it and why, in both languages."""


def read(path: str) -> Gateway:
    """Return the gateway that a file describes; raises `GatewayError` with what is wrong and how to mend it."""
    try:
        raw = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GatewayError(f"{path}: 读不了 cannot be read: {error}") from error
    wrong = sorted(set(raw) - set(Gateway.__dataclass_fields__))
    if wrong:
        raise GatewayError(f"{path}: 没有这些设置 unknown settings: {', '.join(wrong)}")
    if not isinstance(raw.get("url"), str):
        raise GatewayError(f"{path}: 缺少 url is missing")
    if "taken" not in raw:
        raise GatewayError(
            f"{path}: 缺少 [taken]：要写明服务商的应答里哪一项表示短信已被接收 / "
            "[taken] is missing: say which field of the provider's answer means that the text was taken, "
            'for example field = "Code", values = ["OK"]'
        )
    for name in ("url", "status_url"):
        if raw.get(name) and not far.safe(raw[name]):
            raise GatewayError(f"{path}: {name}: 本机以外的地址要用 https / any other machine needs https")
    if raw.get("format", "json") not in {"json", "form"}:
        raise GatewayError(f'{path}: format: 只能是 is one of "json", "form"')
    taken = _rule(path, "taken", raw.pop("taken"))
    refused = _rule(path, "refused", raw.pop("refused")) if "refused" in raw else None
    if "sent_when" in raw:
        raw["sent_when"] = tuple(str(one) for one in raw["sent_when"])
    return Gateway(taken=taken, refused=refused, **raw)


def _rule(path: str, name: str, raw: object) -> Rule:
    if (
        isinstance(raw, Mapping)
        and set(raw) == {"field", "values"}
        and raw["field"]
        and isinstance(raw["values"], list)
    ):
        values = tuple(("true" if one else "false") if isinstance(one, bool) else str(one) for one in raw["values"])
        if values:
            return Rule(str(raw["field"]), values)
    raise GatewayError(f'{path}: [{name}]: 要有 needs: field = "…", values = ["…"]')


@lru_cache(maxsize=4)
def _gateway(path: str, stamp: float) -> Gateway:
    return read(path)


def gateway() -> Gateway | None:
    """Return the configured gateway, or `None` for the file and console ways; raises `GatewayError`."""
    where = settings.SMS_GATEWAY
    if not where:
        raise GatewayError(NOT_SET_UP.format("WUXIAO_SMS_GATEWAY"))
    if where.startswith(("file:", "console:")):
        return None
    try:
        stamp = os.stat(where).st_mtime
    except OSError as error:
        raise GatewayError(f"{where}: 读不了 cannot be read: {error}") from error
    return _gateway(where, stamp)


def _fill(value: Any, places: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in places.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, dict):
        return {k: _fill(v, places) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(v, places) for v in value]
    return value


def send(to: str, text: str, key: str) -> Result:
    """Send one SMS under its key; it is `Sent` only if the provider's answer says so."""
    try:
        here = gateway()
    except GatewayError as error:
        # Nothing is lost: the messages wait until the gateway is set up, or its file is mended.
        return Later(str(error), away=True)
    if here is None:
        return _to_file(to, text, key)
    places = {"to": to, "text": text, "key": key}
    headers = dict(here.headers)
    if here.key_header:
        headers[here.key_header] = key
    body = _fill(here.body, places)
    url = _fill(here.url, {k: quote(v, safe="") for k, v in places.items()})
    kind = "json" if here.format == "json" else "data"
    try:
        answer = far.request("POST", url, headers=headers, **{kind: body})
    except httpx.ConnectError as error:
        return Later(f"ConnectError: {error}", away=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return _unsure(here, f"{type(error).__name__}: {error}", away=True)
    return _judge(here, answer)


def _unsure(here: Gateway, reason: str, *, away: bool = False) -> Result:
    # Sent again only where a second copy is impossible.
    again = here.key_header or here.status_url
    return Later(reason, away=away) if again else Unknown(reason, away=away)


def _judge(here: Gateway, answer: far.Answer) -> Result:
    said = _parsed(answer)
    if said is not None and here.refused is not None and here.refused.touches(said):
        return Never(answer.words)
    if answer.good:
        if said is None:
            return _unsure(here, f"应答读不懂 the answer cannot be read: {answer.words}")
        if here.taken.holds(said):
            return Sent("".join(_at(said, here.id_field.split("."))[:1])[:120])
        return Later(answer.words)
    if answer.status >= 500 or answer.status in _BUSY:
        wait = answer.retry_after
        seconds = float(wait) if wait.isascii() and wait.isdecimal() and len(wait) < 6 else None
        return Later(answer.words, seconds, away=True)
    return Never(answer.words)


def _parsed(answer: far.Answer) -> object | None:
    if answer.cut:
        return None
    try:
        found: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def ask(key: str) -> Result:
    """Ask the gateway what became of a key after a worker died: `Sent`, `Later` (send it, it is safe) or `Unknown`."""
    try:
        here = gateway()
    except GatewayError as error:
        return Later(str(error), away=True)
    if here is None:
        return Later("file")
    if not here.status_url:
        once = here.key_header
        return Later("the gateway takes a key only once") if once else Unknown("the gateway cannot be asked")
    try:
        answer = far.request("GET", _fill(here.status_url, {"key": quote(key, safe="")}), headers=here.headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Unknown(f"{type(error).__name__}: {error}", away=True)
    if answer.status == 404:
        return Later("the gateway does not know the key")
    said = _parsed(answer)
    if not answer.good or said is None:
        return Unknown(answer.words)
    state = _at(said, here.state_field.split("."))
    if state and all(one in here.sent_when for one in state):
        return Sent("".join(_at(said, here.id_field.split("."))[:1])[:120])
    return Later(", ".join(state) or answer.words)


def _to_file(to: str, text: str, key: str) -> Result:
    if settings.SMS_GATEWAY.startswith("console:"):
        print(f"SMS {to}: {text}")
        return Sent("console")
    to_file(f"{key}.sms", f"{to}\n{text}\n".encode())
    return Sent("file")
