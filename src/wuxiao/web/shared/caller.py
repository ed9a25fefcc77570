"""Who knocks: the caller's network address, behind as many proxies as the town trusts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def caller_of(request: HttpRequest) -> str:
    """Return the caller's address: the hop the outermost trusted proxy saw, else the socket's own.

    A header from an untrusted caller changes nothing: only the last `TRUSTED_PROXIES` hops are believed.
    """
    own = str(request.META.get("REMOTE_ADDR", ""))
    trusted = int(settings.TRUSTED_PROXIES)
    if trusted <= 0:
        return own
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return hops[-trusted] if len(hops) >= trusted else own
