"""A burst: real requests sent to a running server at a multiple of the speed at which they happened, and counted.

Each request carries the idempotency key made of the run's name and its own number. One request in `TWICE` is sent a
second time on purpose, and whatever fails on the way is sent again with the same key, as a careful client would.
Afterwards the server is asked for every number one by one: each must be there once. Only this machine is ever
addressed.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx

from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.files.tables import open_table
from wuxiao.feeds.sheets.moments import NoMoment, read_moment
from wuxiao.feeds.sheets.plan import KNOWN
from wuxiao.feeds.sheets.sources import SOURCES
from wuxiao.rules.words import Text

SENDERS = 12
#: Every so many requests one is sent twice, a moment apart.
TWICE = 20
TRIES = 8
MOST_SPEED = 10_000.0
_LOCAL = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Sent:
    """One request to be sent: when it happened, its number, and what is sent."""

    at: float
    number: str
    body: dict[str, Any]


@dataclass(slots=True)
class Burst:
    """What a burst did, measured at the sender, and what the server had afterwards."""

    requests: int = 0
    speed: float = 0.0
    real_seconds: float = 0.0
    seconds: float = 0.0
    posts: int = 0
    sent_twice: int = 0
    retried: int = 0
    status: dict[str, int] = field(default_factory=dict)
    latency_ms: dict[str, float] = field(default_factory=dict)
    late_ms: dict[str, float] = field(default_factory=dict)
    busiest_second: int = 0
    acknowledged: int = 0
    other_answer_on_repeat: int = 0
    found_once: int = 0
    lost: int = 0
    doubled: int = 0

    @property
    def whole(self) -> bool:
        """True when every request was acknowledged and stands on the server exactly once."""
        return self.found_once == self.acknowledged == self.requests and not self.other_answer_on_repeat

    def to_json(self) -> dict[str, Any]:
        """Return every figure."""
        return {**asdict(self), "whole": self.whole, "per_second": round(self.posts / max(self.seconds, 1e-9), 1)}

    def say(self) -> list[str]:
        """Return the figures in a few lines."""
        ms, late = self.latency_ms, self.late_ms
        return [
            f"{self.requests} 件 requests, {self.real_seconds / 3600:.1f} h x{self.speed:g} -> {self.seconds:.0f} s",
            f"POST {self.posts}, 特意发两遍 twice on purpose {self.sent_twice}, 重试 retried {self.retried}, "
            f"最忙一秒 busiest second {self.busiest_second}, {self.status}",
            f"耗时 latency ms: p50 {ms['p50']:.0f}, p95 {ms['p95']:.0f}, p99 {ms['p99']:.0f}, max {ms['max']:.0f}",
            f"晚发 sent late ms: p50 {late['p50']:.0f}, p95 {late['p95']:.0f}, max {late['max']:.0f}",
            f"收下 acknowledged {self.acknowledged}, 各一件 found once {self.found_once}, 丢失 lost {self.lost}, "
            f"重复 doubled {self.doubled}, 重发答复不同 other answer on repeat {self.other_answer_on_repeat}",
        ]


def local(url: str) -> str:
    """Return the address if it is on this machine; raises `Invalid` otherwise."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in _LOCAL:
        text = Text(
            "只能对本机（http://127.0.0.1：端口）重放，不得向别的机器发送",
            "a replay goes only to this machine (http://127.0.0.1:PORT), never to another",
        )
        raise Invalid({"against": text})
    return url.rstrip("/")


def requests_of(files: Sequence[Path], source: str, run: str, limit: int = 0) -> list[Sent]:
    """Return the requests of files in the order in which they happened."""
    found: list[Sent] = []
    seen: set[str] = set()
    for path in files:
        plan = SOURCES[source].plan()
        table = open_table(path, plan.how, KNOWN)
        zone = ZoneInfo(plan.zone)

        def cell(line: dict[str, str], name: str, columns: dict[str, list[str]] = plan.columns) -> str:
            return " ".join(line.get(h, "") for h in columns.get(name, ())).strip()

        for line in table.lines():
            number = cell(line.cells, "external_id")
            try:
                at = read_moment(cell(line.cells, "received_at"), zone, plan.order).timestamp()
            except NoMoment:
                continue
            if number and number not in seen:
                seen.add(number)
                title, words = cell(line.cells, "title"), cell(line.cells, "words")
                place = cell(line.cells, "place")
                text = "\n".join(dict.fromkeys(t for t in (title, words) if t)) or number
                body: dict[str, Any] = {"words": text, "external_id": f"{run}:{number}"[:80]}
                if place:
                    body["place"] = place[:200]
                found.append(Sent(at, number, body))
    found.sort(key=lambda s: (s.at, s.number))
    return found[:limit] if limit else found


class _Sender:
    def __init__(self, url: str, key: str, run: str, burst: Burst) -> None:
        self.run, self.burst = run, burst
        limits = httpx.Limits(max_connections=SENDERS, max_keepalive_connections=SENDERS)
        self.client = httpx.Client(
            base_url=url, timeout=30, limits=limits, trust_env=False, headers={"Authorization": f"Bearer {key}"}
        )
        self.lock = threading.Lock()
        self.latency: list[float] = []
        self.late: list[float] = []
        self.status: Counter[str] = Counter()
        self.per_second: Counter[int] = Counter()
        self.numbers: dict[str, str] = {}

    def send(self, sent: Sent, due: float, *, again: bool = False) -> None:
        """Send one request when it is due; what fails on the way is sent again with the same key."""
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        headers = {"Idempotency-Key": f"{self.run}:{sent.number}"}
        with self.lock:
            self.late.append(max(0.0, -wait))
        for attempt in range(TRIES):
            began = time.monotonic()
            answer: httpx.Response | None = None
            try:
                answer = self.client.post("/api/v1/matters", json=sent.body, headers=headers)
                said = str(answer.status_code)
            except httpx.TransportError as error:
                said = type(error).__name__
            took = time.monotonic() - began
            with self.lock:
                self.status[said] += 1
                self.latency.append(took)
                self.per_second[int(began)] += 1
                self.burst.posts += 1
                if answer is not None and answer.is_success:
                    self._keep(sent.number, str(answer.json().get("number", "")))
                    return
                if answer is not None and answer.status_code not in {429, 500, 502, 503, 504}:
                    return
                self.burst.retried += 1
            pause = float(answer.headers.get("Retry-After", 0)) if answer is not None else 0.0
            time.sleep(min(max(pause, 0.2 * 2**attempt), 10))

    def _keep(self, number: str, ours: str) -> None:
        if self.numbers.setdefault(number, ours) != ours:
            self.burst.other_answer_on_repeat += 1

    def count(self, number: str) -> int:
        """Ask the server how many matters bear a number."""
        for attempt in range(TRIES):
            answer = self.client.get("/api/v1/matters", params={"external_id": f"{self.run}:{number}"[:80]})
            if answer.is_success:
                return len(answer.json()["matters"])
            time.sleep(min(max(float(answer.headers.get("Retry-After", 0)), 0.2 * 2**attempt), 10))
        answer.raise_for_status()
        return 0


def burst(
    files: Sequence[Path], source: str, url: str, *, speed: float, limit: int = 0, key: str = "", run: str = ""
) -> Burst:
    """Send the requests of files to the server at `speed` times real time and verify by counting.

    The same `run` name sent again makes nothing new. Raises `Invalid` for an address that is not this machine's.
    """
    url = local(url)
    if not 0 < speed <= MOST_SPEED:
        raise Invalid(
            {"speed": Text(f"速度应在0到{MOST_SPEED:g}之间", f"the speed must be within 0 and {MOST_SPEED:g}")}
        )
    run = re.sub(r"[^\w-]", "", run) or f"replay{int(time.time())}"
    requests = requests_of(files, source, run, limit)
    found = Burst(requests=len(requests), speed=speed)
    if not requests:
        return found
    found.real_seconds = requests[-1].at - requests[0].at
    sender = _Sender(url, key, run, found)
    began = time.monotonic() + 0.5
    with ThreadPoolExecutor(SENDERS) as pool:
        # The queue stays short: a request is handed to a sender only when its time has nearly come.
        for place, sent in enumerate(requests):
            due = began + (sent.at - requests[0].at) / speed
            wait = due - time.monotonic() - 0.05
            if wait > 0:
                time.sleep(wait)
            pool.submit(sender.send, sent, due)
            if place % TWICE == 0:
                found.sent_twice += 1
                pool.submit(sender.send, sent, due, again=True)
    found.seconds = time.monotonic() - began
    found.status = dict(sorted(sender.status.items()))
    found.latency_ms = _spread([t * 1000 for t in sender.latency])
    found.late_ms = _spread([t * 1000 for t in sender.late])
    found.busiest_second = max(sender.per_second.values())
    found.acknowledged = len(sender.numbers)
    with ThreadPoolExecutor(4) as pool:
        counts = Counter(min(n, 2) for n in pool.map(sender.count, [s.number for s in requests]))
    found.found_once, found.lost, found.doubled = counts[1], counts[0], counts[2]
    sender.client.close()
    return found


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

    return {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": round(ordered[-1], 1)}
