"""Whether this town can be used now, for load balancers and watchdogs: live (the process answers) and ready."""

from __future__ import annotations

from datetime import timedelta

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

#: A worker silent for longer than this is told; pages can still be used, so it does not make a town unready.
SILENT = timedelta(minutes=2)


def live(request: HttpRequest) -> HttpResponse:
    """Answer 200: the process is there. Asks nothing of the database."""
    return JsonResponse({"live": True})


def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 if requests can be served now, else 503 with a word for what is missing; no figure of the town."""
    from wuxiao.records.models import Beat, BookVersion

    found: dict[str, object] = {"database": "ok", "book": "ok", "worker": "ok", "clock": "ok"}
    try:
        if not BookVersion.objects.exists():
            found["book"] = "missing"
        row = Beat.objects.filter(name="worker").first()
        if row is None or row.beat_at is None or timezone.now() - row.beat_at > SILENT:
            found["worker"] = "silent"
        if row is not None and row.doubted_at is not None:
            found["clock"] = "doubted"
    except Error:
        found |= {"database": "away", "worker": "unknown", "clock": "unknown", "book": "unknown"}
    good = found["database"] == "ok" and found["book"] == "ok"
    response = JsonResponse({"ready": good, **found}, status=200 if good else 503)
    if not good:
        response.headers["Retry-After"] = "5"
    return response
