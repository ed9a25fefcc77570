"""Figures for Prometheus: what this town's web processes answered, and how its queues stand when somebody asks.

Counters are shared by the processes in a folder of small files (`PROMETHEUS_MULTIPROC_DIR`, emptied by the supervisor);
ages of queues are read from the database at the moment of asking, so no process that ended leaves a wrong one behind.
Nothing about a person, a unit or a matter is in them.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

_ANSWERED = Counter("wuxiao_requests_total", "Answers given, by method and class of status.", ["method", "status"])
_TOOK = Histogram(
    "wuxiao_request_seconds", "How long answers took.", buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
)
_AWAY = Counter("wuxiao_database_away_total", "Requests the database did not answer.")


def answered(method: str, status: int, seconds: float) -> None:
    """Count one answer."""
    known = method if method in {"GET", "HEAD", "POST"} else "other"
    _ANSWERED.labels(known, f"{status // 100}xx").inc()
    _TOOK.observe(seconds)


def database_away() -> None:
    """Count one request that the database did not answer."""
    _AWAY.inc()


class Queues(Collector):
    """How the queues stand at the moment of asking."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each gauge."""
        from wuxiao.desk import beat, clock, outbox
        from wuxiao.records.models import Beat, Job, Message

        def age(moment: datetime | None) -> float:
            return max(0.0, (self.at - moment).total_seconds()) if moment else 0.0

        counts = outbox.counts(viewer=None)
        states = GaugeMetricFamily("wuxiao_outbox_messages", "Messages by state.", labels=["state"])
        for name, count in counts.items():
            states.add_metric([name], count)
        yield states
        due = Message.objects.filter(state__in=["queued", "sending"], next_at__lte=self.at).order_by("next_at")
        yield GaugeMetricFamily(
            "wuxiao_outbox_oldest_seconds",
            "How long the oldest message due has waited.",
            value=age(due.values_list("next_at", flat=True).first()),
        )
        yield GaugeMetricFamily(
            "wuxiao_clock_lag_seconds", "How long ago the next tick of a matter was due.", value=age(clock.next_tick())
        )
        row = Beat.objects.filter(name=beat.WORKER).first()
        yield GaugeMetricFamily(
            "wuxiao_worker_silent_seconds", "How long ago the worker beat.", value=age(row.beat_at if row else None)
        )
        yield GaugeMetricFamily(
            "wuxiao_clock_doubted", "1 while the wall clock is not believed.", value=int(beat.doubted() is not None)
        )
        jobs = Job.objects.filter(state__in=["queued", "running"]).count()
        yield GaugeMetricFamily("wuxiao_jobs_waiting", "Jobs of the worker not done yet.", value=jobs)


def page(request: HttpRequest) -> HttpResponse:
    """Tell the figures to this machine itself, or to whoever has the token of `WUXIAO_METRICS_TOKEN`; 404 to others."""
    token = os.environ.get("WUXIAO_METRICS_TOKEN", "")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    local = request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"} and "X-Forwarded-For" not in request.headers
    if not (hmac.compare_digest(given.encode(), token.encode()) if token else local):
        return HttpResponseNotFound()
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        text = generate_latest(registry)
    else:
        text = generate_latest(REGISTRY)
    queues = CollectorRegistry()
    queues.register(Queues(timezone.now()))
    return HttpResponse(text + generate_latest(queues), content_type="text/plain; version=0.0.4; charset=utf-8")
