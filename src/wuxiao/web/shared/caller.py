"""Who knocks: the caller's network address, behind as many proxies as the town trusts."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import HttpRequest

log = logging.getLogger("wuxiao.doors")
_told: list[bool] = []


def caller_of(request: HttpRequest) -> str:
    """Return the caller's address: the hop the outermost trusted proxy saw, else the socket's own.

    A header from an untrusted caller changes nothing: only the last `TRUSTED_PROXIES` hops are believed.
    """
    own = str(request.META.get("REMOTE_ADDR", ""))
    trusted = int(settings.TRUSTED_PROXIES)
    if trusted <= 0:
        if not _told and "X-Forwarded-For" in request.headers:
            _told.append(True)
            log.warning(
                "有代理转来的请求（X-Forwarded-For），但 WUXIAO_TRUSTED_PROXIES 是 0：所有人会被当成同一个来源限流。"
                " Requests come through a proxy (X-Forwarded-For) while WUXIAO_TRUSTED_PROXIES is 0: all visitors"
                " count as one address. Set it to the number of your proxies."
            )
        return own
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return hops[-trusted] if len(hops) >= trusted else own
