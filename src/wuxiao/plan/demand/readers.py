"""Calls from a CSV file: columns `at` (ISO time), `place`, `source`."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from wuxiao.plan.demand.problem import Problem
from wuxiao.plan.form import BadProblem, Said


def read_csv(path: Path) -> Problem:
    """Return the calls of a file; raises `BadProblem` naming column and row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise BadProblem(path.name, Said(f"打不开文件：{error}", f"the file cannot be opened: {error}")) from error
    if not rows:
        raise BadProblem(path.name, Said("没有任何呼叫", "there is not one call"))
    for name in ("at", "place", "source"):
        if name not in rows[0]:
            raise BadProblem(name, Said("缺少此列", "this column is missing"))
    times = []
    for k, row in enumerate(rows):
        try:
            times.append(datetime.fromisoformat(row["at"]).replace(tzinfo=None))
        except (ValueError, TypeError) as error:
            raise BadProblem("at", Said("时间须写作2026-01-31 08:05", "write times as 2026-01-31 08:05"), k) from error
    first = min(times)
    monday = datetime(first.year, first.month, first.day) - timedelta(days=first.weekday())
    places = sorted({row["place"] for row in rows})
    number = {name: k for k, name in enumerate(places)}
    at = [(t - monday).total_seconds() / 60.0 for t in times]
    return Problem(
        places=tuple(places),
        at=np.array(at, dtype=np.float64),
        place=np.array([number[row["place"]] for row in rows], dtype=np.int64),
        source=tuple(row["source"].strip() for row in rows),
        days=float(int(max(at) // 1440) + 1),
    )
