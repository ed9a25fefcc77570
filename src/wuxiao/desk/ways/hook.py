"""Signed notices to other platforms: HMAC-SHA256 over time and body, an id the receiver keeps to recognise copies."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

import httpx

from wuxiao.desk.ways import Later, Never, Result, Sent

TIMEOUT = 15.0
HEADER_ID = "X-Wuxiao-Delivery"
HEADER_TIME = "X-Wuxiao-Time"
HEADER_SIGNATURE = "X-Wuxiao-Signature"


def signature(secret: str, moment: str, body: bytes) -> str:
    """Return `sha256=…` over `moment.body`; the receiver computes the same and refuses old moments."""
    return "sha256=" + hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def send(url: str, secret: str, text: str, key: str, *, at: datetime) -> Result:
    """Send one notice; a copy is harmless, for it carries the same delivery id."""
    body = text.encode()
    moment = str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        HEADER_ID: key,
        HEADER_TIME: moment,
        HEADER_SIGNATURE: signature(secret, moment, body),
    }
    try:
        answer = httpx.post(url, content=body, headers=headers, timeout=TIMEOUT)
    except httpx.HTTPError as error:
        return Later(f"{type(error).__name__}: {error}")
    if answer.is_success:
        return Sent(str(answer.status_code))
    reason = f"{answer.status_code} {answer.text[:300]}"
    return Never(reason) if answer.status_code in {400, 401, 403, 404, 410, 422} else Later(reason)
