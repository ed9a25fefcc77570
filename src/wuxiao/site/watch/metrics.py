"""Figures for Prometheus: what this town's web processes answered, and how its queues stand when somebody asks.

Each process counts in its own memory and writes its counts down now and then in the folder the supervisor empties; who
is asked adds them up. (Counters in files mapped into memory end their process where the disk is full.) Ages of queues
are read from the database at the moment of asking, so no process that ended leaves a wrong one behind.
Nothing about a person, a unit or a matter is in them.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from wuxiao.site import environment
from wuxiao.site.watch import alive

FOLDER = "metrics"
_OWN = CollectorRegistry()
_ANSWERED = Counter(
    "wuxiao_requests_total", "Answers given, by method and class of status.", ["method", "status"], registry=_OWN
)
# From the first moment each is there as 0: a figure that appears with its first count has no rate before it.
for _method in ("GET", "HEAD", "POST", "other"):
    for _status in ("1xx", "2xx", "3xx", "4xx", "5xx"):
        _ANSWERED.labels(_method, _status)
_TOOK = Histogram(
    "wuxiao_request_seconds",
    "How long answers took.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=_OWN,
)
_AWAY = Counter("wuxiao_database_away_total", "Requests the database did not answer.", registry=_OWN)
#: One count: the name of its figure, of the sample, its labels.
Sample = tuple[str, str, tuple[tuple[str, str], ...]]


def answered(method: str, status: int, seconds: float) -> None:
    """Count one answer."""
    known = method if method in {"GET", "HEAD", "POST"} else "other"
    _ANSWERED.labels(known, f"{status // 100}xx").inc()
    _TOOK.observe(seconds)


def database_away() -> None:
    """Count one request that the database did not answer."""
    _AWAY.inc()


def _folder() -> Path:
    return Path(settings.DATA_DIR) / alive.FOLDER / FOLDER


def counted() -> dict[Sample, float]:
    """Return what this process counted so far."""
    return {
        (family.name, sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in _OWN.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def share() -> None:
    """Begin to write down what this process counts; called once, after the process was made."""

    def write() -> None:
        path, last = _folder() / f"{os.getpid()}.json", dict[Sample, float]()
        while True:
            now = counted()
            # A full disk makes figures old and ends nothing.
            with contextlib.suppress(OSError):
                if now != last:
                    part = path.with_suffix(".part")
                    part.write_text(json.dumps([[*key, value] for key, value in now.items()]))
                    os.replace(part, path)
                    last = now
            time.sleep(alive.EVERY_SECONDS)

    threading.Thread(target=write, name="metrics", daemon=True).start()


class Counts(Collector):
    """What all web processes of this start counted, those that ended included."""

    def collect(self) -> Iterator[Metric]:
        """Yield each figure."""
        sums: dict[Sample, float] = defaultdict(float, counted())
        for path in _folder().glob("*.json"):
            if path.stem == str(os.getpid()):
                continue
            with contextlib.suppress(OSError, ValueError):
                for family, name, labels, value in json.loads(path.read_text()):
                    sums[family, name, tuple((k, v) for k, v in labels)] += value
        for family in _OWN.collect():
            told = Metric(family.name, family.documentation, family.type)
            for (of, name, labels), value in sums.items():
                if of == family.name:
                    told.add_sample(name, dict(labels), value)
            yield told


class Queues(Collector):
    """How the queues stand at the moment of asking."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each gauge."""
        from wuxiao.desk.case import clock, heard, outbox
        from wuxiao.desk.house import beat
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
        count, oldest = heard.waiting()
        yield GaugeMetricFamily("wuxiao_danger_open", "Matters with danger nobody has looked at.", value=count)
        yield GaugeMetricFamily(
            "wuxiao_danger_oldest_seconds", "How long the oldest danger has waited for a look.", value=age(oldest)
        )
        count, oldest = heard.unread_waiting()
        yield GaugeMetricFamily("wuxiao_unread_open", "Matters with words nobody could read yet.", value=count)
        yield GaugeMetricFamily("wuxiao_unread_oldest_seconds", "How long the oldest wait.", value=age(oldest))
        jobs = Job.objects.filter(state__in=["queued", "running"]).count()
        yield GaugeMetricFamily("wuxiao_jobs_waiting", "Jobs of the worker not done yet.", value=jobs)
        yield from self._waiting()

    def _waiting(self) -> Iterator[GaugeMetricFamily]:
        """What waits for somebody beside matters."""
        from wuxiao.records.models import Case, PaperTemplate, Publication, Task
        from wuxiao.rules.calendar import SHANGHAI
        from wuxiao.rules.flow import MATTER
        from wuxiao.rules.publication import Stage
        from wuxiao.rules.tasks import State

        day = self.at.astimezone(SHANGHAI).date()
        tasks = Task.objects.filter(state__in=[State.GIVEN.value, State.DOING.value], due_on__lt=day)
        late = Case.objects.exclude(life=MATTER.name).filter(closed_at=None, step_due_at__lt=self.at)
        texts = Publication.objects.exclude(stage=Stage.WITHDRAWN.value)
        for name, says, count in (
            ("tasks_overdue", "Tasks not done whose day is over.", tasks.count()),
            ("cases_late", "Open cases of other lives whose step is late.", late.count()),
            ("texts_waiting", "Texts that wait for release.", texts.filter(stage=Stage.WAITING.value).count()),
            ("texts_review", "Released texts whose review is due.",
             texts.filter(stage=Stage.RELEASED.value, review_on__lte=day).count()),
            ("templates_waiting", "Templates of papers that wait for a decision.",
             PaperTemplate.objects.filter(outcome="").count()),
        ):  # fmt: skip
            yield GaugeMetricFamily(f"wuxiao_{name}", says, value=count)


def page(request: HttpRequest) -> HttpResponse:
    """Tell the figures to this machine itself, or to whoever has the token of `WUXIAO_METRICS_TOKEN`; 404 to others."""
    token = environment.value("METRICS_TOKEN")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    local = request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"} and "X-Forwarded-For" not in request.headers
    if not (hmac.compare_digest(given.encode(), token.encode()) if token else local):
        return HttpResponseNotFound()
    counts = CollectorRegistry()
    counts.register(Counts())
    queues = CollectorRegistry()
    queues.register(Queues(timezone.now()))
    return HttpResponse(
        generate_latest(counts) + generate_latest(queues), content_type="text/plain; version=0.0.4; charset=utf-8"
    )
