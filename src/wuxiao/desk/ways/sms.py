"""SMS through a provider's HTTP interface described in a small TOML file, or into a file where none is set.

```toml
url = "https://sms.example/messages"     # {to} {text} {key} are filled in
format = "json"                          # or "form"
body = { to = "{to}", text = "{text}" }
headers = { Authorization = "Bearer …" }
key_header = "Idempotency-Key"           # the provider takes the same key only once
status_url = "https://sms.example/messages/{key}"   # asked before anything is sent again
sent_when = ["accepted", "sent", "delivered"]       # values of `state` there
id_field = "id"
```
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings

from wuxiao.desk.ways import Later, Never, Result, Sent, Unknown

TIMEOUT = 15.0
_BUSY = {408, 425, 429}


@dataclass(frozen=True, slots=True)
class Gateway:
    """How one provider wants to be asked."""

    url: str
    format: str = "json"
    body: dict[str, Any] = field(default_factory=lambda: {"to": "{to}", "text": "{text}"})
    headers: dict[str, str] = field(default_factory=dict)
    key_header: str = ""
    status_url: str = ""
    state_field: str = "state"
    sent_when: tuple[str, ...] = ("accepted", "sent", "delivered")
    id_field: str = "id"


@lru_cache(maxsize=4)
def _gateway(path: str, stamp: float) -> Gateway:
    raw = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    known = set(Gateway.__dataclass_fields__)
    wrong = sorted(set(raw) - known)
    if wrong or "url" not in raw:
        raise ValueError(f"{path}: " + (f"unknown: {', '.join(wrong)}" if wrong else "url is missing"))
    if "sent_when" in raw:
        raw["sent_when"] = tuple(raw["sent_when"])
    return Gateway(**raw)


def gateway() -> Gateway | None:
    """Return the configured gateway, or `None` for the file and console ways."""
    where = settings.SMS_GATEWAY
    if where.startswith(("file:", "console:")):
        return None
    return _gateway(where, os.stat(where).st_mtime)


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
    """Send one SMS under its key."""
    far = gateway()
    if far is None:
        return _to_file(to, text, key)
    places = {"to": to, "text": text, "key": key}
    headers = dict(far.headers)
    if far.key_header:
        headers[far.key_header] = key
    body = _fill(far.body, places)
    url = _fill(far.url, {k: quote(v, safe="") for k, v in places.items()})
    try:
        answer = httpx.post(
            url, headers=headers, timeout=TIMEOUT, **({"json": body} if far.format == "json" else {"data": body})
        )
    except httpx.ConnectError as error:
        return Later(f"ConnectError: {error}")
    except httpx.HTTPError as error:
        reason = f"{type(error).__name__}: {error}"
        return Later(reason) if far.key_header or far.status_url else Unknown(reason)
    return _judge(far, answer)


def _judge(far: Gateway, answer: httpx.Response) -> Result:
    said = answer.text[:300]
    if answer.is_success:
        try:
            found = answer.json()
            return Sent(str(found.get(far.id_field, ""))[:120] if isinstance(found, dict) else "")
        except ValueError:
            return Sent()
    if answer.status_code >= 500 or answer.status_code in _BUSY:
        wait = answer.headers.get("retry-after", "")
        return Later(f"{answer.status_code} {said}", float(wait) if wait.isdigit() else None)
    return Never(f"{answer.status_code} {said}")


def ask(key: str) -> Result:
    """Ask the gateway what became of a key after a worker died: `Sent`, `Later` (send it, it is safe) or `Unknown`."""
    far = gateway()
    if far is None:
        return Later("file")
    if far.status_url:
        try:
            answer = httpx.get(
                _fill(far.status_url, {"key": quote(key, safe="")}), headers=far.headers, timeout=TIMEOUT
            )
        except httpx.HTTPError as error:
            return Unknown(f"{type(error).__name__}: {error}")
        if answer.status_code == 404:
            return Later("the gateway does not know the key")
        if answer.is_success:
            state = str(answer.json().get(far.state_field, ""))
            return Sent(str(answer.json().get(far.id_field, ""))[:120]) if state in far.sent_when else Later(state)
        return Unknown(f"{answer.status_code} {answer.text[:200]}")
    return Later("the gateway takes a key only once") if far.key_header else Unknown("the gateway cannot be asked")


def _to_file(to: str, text: str, key: str) -> Result:
    if settings.SMS_GATEWAY.startswith("console:"):
        print(f"SMS {to}: {text}")
        return Sent("console")
    folder = Path(settings.DATA_DIR) / "outbox"
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{key}.{os.getpid()}.part"
    part.write_text(f"{to}\n{text}\n", encoding="utf-8")
    os.replace(part, folder / f"{key}.sms")
    return Sent("file")
