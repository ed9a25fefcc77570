"""Timing calls: CPU of this process, CPU of a database server beside it, wall clock; needs nothing but Python."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def server_cpu() -> float:
    """Return the CPU seconds of the PostgreSQL server and its processes, if `BENCH_SERVER_PID` names it."""
    pid = os.environ.get("BENCH_SERVER_PID", "")
    if not pid:
        return 0.0
    total = 0
    for path in Path("/proc").iterdir():
        if not path.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            if path.name == pid:
                total += sum(int(n) for n in fields[11:15])
            elif fields[1] == pid:
                total += sum(int(n) for n in fields[11:13])
    return total / os.sysconf("SC_CLK_TCK")


def timed(calls: Sequence[Callable[[], Any]]) -> dict[str, float]:
    """Run calls one after another: median CPU of this process, mean CPU of the server, wall-clock p50 and p95."""
    cpu, wall = [], []
    before = server_cpu()
    for call in calls:
        w, c = time.perf_counter(), time.process_time()
        call()
        cpu.append(time.process_time() - c)
        wall.append(time.perf_counter() - w)
    server = server_cpu() - before
    ordered, spent = sorted(wall), sorted(cpu)
    return {
        "cpu_ms": round(statistics.median(cpu) * 1000, 3),
        "server_cpu_ms": round(server / len(cpu) * 1000, 3),
        "p50_ms": round(statistics.median(ordered) * 1000, 3),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000, 3),
        "cpu_p95_ms": round(spent[min(len(spent) - 1, int(len(spent) * 0.95))] * 1000, 3),
        "n": len(cpu),
    }


def calibrate() -> float:
    """Return the CPU milliseconds that a fixed piece of work takes now: a busy machine shows in it."""
    rows = [{"n": n, "text": "五小" * 8, "at": "2026-11-22T17:00:00+08:00"} for n in range(200)]
    found = []
    for _ in range(9):
        begun = time.process_time()
        for _ in range(10):
            hashlib.sha256(json.dumps(rows, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
            sorted(rows, key=lambda row: -int(str(row["n"])))
        found.append(time.process_time() - begun)
    return round(statistics.median(found) * 1000, 2)
