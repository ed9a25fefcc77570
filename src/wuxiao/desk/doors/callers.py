"""Which network address somebody knocks from, for the doors of people and of machines alike."""

from __future__ import annotations

import logging

log = logging.getLogger("wuxiao.doors")
_told: list[bool] = []


def address(own: str, forwarded: str | None, trusted: int) -> str:
    """Return the caller's address: the hop the outermost of `trusted` proxies saw, else the socket's `own`.

    A header from an untrusted caller changes nothing: only the last `trusted` hops are believed. A header where no
    proxy is trusted is logged once: then all visitors count as one.
    """
    if trusted <= 0:
        if not _told and forwarded is not None:
            _told.append(True)
            log.warning(
                "有代理转来的请求（X-Forwarded-For），但 WUXIAO_TRUSTED_PROXIES 是 0：所有人会被当成同一个来源限流。"
                " Requests come through a proxy (X-Forwarded-For) while WUXIAO_TRUSTED_PROXIES is 0: all visitors"
                " count as one address. Set it to the number of your proxies."
            )
        return own
    hops = [part.strip() for part in (forwarded or "").split(",") if part.strip()]
    return hops[-trusted] if len(hops) >= trusted else own
