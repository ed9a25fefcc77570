"""Signed notices to other platforms: HMAC-SHA256 over delivery id, time and body, so that none of them can be changed.

While a shared secret is being exchanged for a new one both are in force: a notice then carries two signatures, and one
that fits is enough for the receiver, whichever secret it has.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from wuxiao.desk.ways import Later, Never, Result, Sent, far
from wuxiao.late import late

if TYPE_CHECKING:
    import httpx
else:
    # Loaded when something is sent: no page needs it.
    httpx = late("httpx")

HEADER_ID = "X-Wuxiao-Delivery"
HEADER_TIME = "X-Wuxiao-Time"
HEADER_SIGNATURE = "X-Wuxiao-Signature"
#: Answers that no second try will change. 401 is not among them: a clock or a secret may still be put right.
_FINAL = {400, 403, 404, 410, 422}


def signature(secret: str, delivery: str, moment: str, body: bytes) -> str:
    """Return `sha256=…` over `delivery.moment.body`; the receiver computes the same and refuses old moments."""
    said = f"{delivery}.{moment}.".encode() + body
    return "sha256=" + hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


def fits(signed: str, secrets: Sequence[str], delivery: str, moment: str, body: bytes) -> bool:
    """Return whether one of the signatures in a header, parted by commas, fits one of the secrets in force."""
    given = [part.strip().encode() for part in signed.split(",")[:4]]
    good = [signature(secret, delivery, moment, body).encode() for secret in secrets]
    # All are compared, so that the time taken tells nothing.
    found = [hmac.compare_digest(one, other) for one in given for other in good]
    return any(found)


def send(url: str, secrets: Sequence[str], text: str, key: str, *, at: datetime) -> Result:
    """Send one notice at this moment; a copy is harmless, for it carries the same delivery id."""
    body = text.encode()
    moment = str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        HEADER_ID: key,
        HEADER_TIME: moment,
        HEADER_SIGNATURE: ",".join(signature(secret, key, moment, body) for secret in secrets),
    }
    try:
        answer = far.request("POST", url, headers=headers, content=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Later(f"{type(error).__name__}: {error}", away=True)
    if answer.good:
        return Sent(str(answer.status))
    return Never(answer.words) if answer.status in _FINAL else Later(answer.words, away=answer.status >= 500)
