"""Who knocks: the caller's network address, behind as many proxies as the town trusts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from wuxiao.desk.doors import callers


def caller_of(request: HttpRequest) -> str:
    """Return the caller's address: the hop the outermost trusted proxy saw, else the socket's own."""
    return callers.address(
        str(request.META.get("REMOTE_ADDR", "")), request.headers.get("X-Forwarded-For"), int(settings.TRUSTED_PROXIES)
    )
