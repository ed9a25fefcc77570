"""Calls from a CSV file: columns `at` (ISO time), `place`, `source`."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path

import numpy as np

from wuxiao.plan.demand.problem import Problem
from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.shared.files import text

#: The clock of the whole country, summer and winter.
CHINA = timezone(timedelta(hours=8))


def read_csv(path: Path, zone: tzinfo = CHINA) -> Problem:
    """Return the calls of a file, the hours on the clock of `zone`; raises `BadProblem` naming column and row."""
    rows = list(csv.DictReader(io.StringIO(text(path))))
    if not rows:
        raise BadProblem(path.name, Said("没有任何呼叫", "there is not one call"))
    for name in ("at", "place", "source"):
        if name not in rows[0]:
            raise BadProblem(name, Said("缺少此列", "this column is missing"))
    times, zoned = [], []
    for k, row in enumerate(rows):
        try:
            if None in row or None in row.values():
                said = Said("这一行的列数与表头不同", "this row has more or fewer cells than the head")
                raise BadProblem("at", said, k)
            told = datetime.fromisoformat(row["at"].strip())
            # The hour that counts is the one on the clock of the town.
            times.append(told.astimezone(zone).replace(tzinfo=None) if told.tzinfo else told)
            zoned.append(told.tzinfo is not None)
        except BadProblem:
            raise
        except (ValueError, TypeError, OverflowError) as error:
            raise BadProblem("at", Said("时间须写作2026-01-31 08:05", "write times as 2026-01-31 08:05"), k) from error
    if any(zoned) and not all(zoned):
        said = Said(
            "有的时间带时区，有的不带，分不清是几点", "some times name their zone and some do not: which hour is meant?"
        )
        raise BadProblem("at", said, zoned.index(not zoned[0]))
    first = min(times)
    if first.year < 1900 or max(times).year > 9990:
        odd = next(k for k, t in enumerate(times) if t.year < 1900 or t.year > 9990)
        raise BadProblem("at", Said("年份不对，请核对", "no year that can be meant: look again"), odd)
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
        first_day=float((datetime(first.year, first.month, first.day) - monday).days),
    )
