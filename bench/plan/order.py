"""Order: the public part of Chicago's food inspections, two months at a time, each learnt from all before it."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.plan.figure import Figure
from bench.plan.replay import DATA
from wuxiao.plan import order
from wuxiao.plan.order import files, judged
from wuxiao.plan.order.files import Read

FILE = DATA / "inspections/chicago_food_train.csv.gz"
#: The first day of each list: two months from it are what is due.
FIRST = np.arange("2012-07", "2014-05", 2, dtype="datetime64[M]").astype("datetime64[D]")


def part(one: Read, rows: np.ndarray) -> Read:
    """Return some rows of a file."""

    def cut(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return value[rows]
        if isinstance(value, dict):
            return {name: column[rows] for name, column in value.items()}
        return tuple(value[r] for r in rows) if isinstance(value, tuple) and len(value) == len(one.day) else value

    return Read(**{f.name: cut(getattr(one, f.name)) for f in dataclasses.fields(Read)})


def windows(one: Read) -> list[tuple[Read, Read]]:
    """Return (what is known, what is due) for every two months."""
    found = []
    for first in FIRST:
        begin = float(first.astype(object).toordinal())
        end = float((first.astype("datetime64[M]") + 2).astype("datetime64[D]").astype(object).toordinal())
        known = np.flatnonzero(one.day < begin)
        found.append((part(one, known), part(one, np.flatnonzero((one.day >= begin) & (one.day < end)))))
    return found


def tried(path: Path, change: Callable[[Read], Read] = lambda one: one) -> dict[str, Any]:
    """Return the share of critical findings in the first half, over all windows, for ours and what it is held against.

    The interval draws the windows' critical findings anew; `expected` against what was found says whether chances are
    chances.
    """
    one = change(files.read(path, findings=True))
    shares: dict[str, list[float]] = {}
    days: dict[str, list[float]] = {}
    number, expected, places = [], 0.0, 0
    for known, due in windows(one):
        problem, _ = files.question(known, due)
        plan = order.solve(problem, seconds=math.inf, seed=1)
        assert due.critical is not None
        critical = due.critical > 0
        number.append(int(critical.sum()))
        expected += float(plan.chance.sum())
        places += len(due.place)
        for name, key in {
            "this order": judged.position(plan), "by chance alone": -plan.chance, "as it was": due.day,
            "by the last result only": judged.last_result(problem),
        }.items():  # fmt: skip
            found = judged.judged(key, due.day, critical)
            assert found is not None
            shares.setdefault(name, []).append(found.share_first_half)
            days.setdefault(name, []).append(found.days_earlier)
    weight = np.array(number, dtype=np.float64)
    told: dict[str, Any] = {"windows": len(number), "places": places, "critical": sum(number), "expected": expected}
    for name, found_shares in shares.items():
        share = float(np.average(found_shares, weights=weight))
        wide = 1.96 * math.sqrt(share * (1.0 - share) / sum(number))
        told[name] = {
            "share": share, "low": share - wide, "high": share + wide, "windows": found_shares,
            "days_earlier": float(np.average(days[name], weights=weight)),
        }  # fmt: skip
    return told


def chicago() -> dict[str, Any]:
    if not FILE.is_file():
        return {"skipped": "needs the public part of Chicago's food inspections"}
    began = time.perf_counter()
    found = tried(FILE)
    without = tried(FILE, lambda one: dataclasses.replace(one, nearby={}))
    told: dict[str, Any] = {
        "windows, places due, with a critical finding": [found["windows"], found["places"], found["critical"]],
        "expected by the chances": round(found["expected"]),
        "critical findings in the first half": Figure(round(found["this order"]["share"], 4), ">= 0.65", ">= 0.68"),
        "days earlier": round(found["this order"]["days_earlier"], 2),
    }
    for name in ("this order", "by chance alone", "as it was", "by the last result only"):
        told[f"{name}: share and 95 %"] = [round(found[name][k], 4) for k in ("share", "low", "high")]
    told["by chance alone, each two months"] = [round(x, 3) for x in found["by chance alone"]["windows"]]
    told["by chance alone, without reports nearby"] = round(without["by chance alone"]["share"], 4)
    told["seconds"] = round(time.perf_counter() - began, 1)
    return told


CASES = {"Chicago's public part by two months": chicago}
