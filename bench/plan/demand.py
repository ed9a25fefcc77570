"""Demand: the urn, intervals on later data, San Francisco's calls."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import numpy as np

from bench.plan.figure import Figure
from bench.plan.replay import DATA
from wuxiao.plan import demand
from wuxiao.plan.demand import urn


def the_urn() -> dict[str, Any]:
    told: dict[str, Any] = {}
    for start in (6, 8, 10):
        told[f"found incidents on file, {start} to begin with: runs off by more than 0.10"] = Figure(
            round(urn.drifted(urn.shares(filed=True, start=start)), 3), ">= 0.33", "<= 0.495"
        )
    told["residents' calls only: runs off by more than 0.10"] = Figure(urn.drifted(urn.shares(filed=False)), "<= 0")
    return told


def san_francisco() -> dict[str, Any]:
    try:
        import pandas

        frame = pandas.read_parquet(
            DATA / "calls/sf_fire_2000_2015.parquet", columns=["CallDate", "AvailableDtTm", "StationArea"]
        )
    except (ImportError, OSError) as error:
        return {"skipped": f"needs the calls and a reader of parquet (pyarrow): {str(error)[:60]}"}
    # only the end of a call is on file; it stands for its hour
    when = pandas.to_datetime(frame["AvailableDtTm"], format="%m/%d/%Y %I:%M:%S %p", errors="coerce")
    good = (when.notna() & frame["StationArea"].notna() & (when.dt.year >= 2010)).to_numpy()
    when, area = when[good], frame["StationArea"].astype(str).to_numpy()[good]
    names, place = np.unique(area, return_inverse=True)
    monday = pandas.Timestamp(date(2010, 1, 4))
    at = ((when - monday).dt.total_seconds() / 60.0).to_numpy()
    keep = at >= 0
    problem = demand.Problem(
        places=tuple(names), at=at[keep], place=place[keep], source=("resident",) * int(keep.sum()),
        days=float(int(at.max() // 1440) + 1),
    )  # fmt: skip
    began = time.perf_counter()
    plan = demand.solve(problem, seconds=60, seed=1)
    return {
        "calls": int(keep.sum()),
        "places": len(names),
        "seconds": round(time.perf_counter() - began, 2),
        "model": plan.model,
        "gain of the rich model a day (95 %)": [round(x, 4) for x in (plan.gain, plan.gain_low, plan.gain_high)],
        "held-out counts inside 90 % intervals": Figure(round(plan.covered, 4), ">= 0.88"),
        "breaches": len(demand.check(problem, plan)),
    }


CASES = {"the urn": the_urn, "San Francisco 2010-2015": san_francisco}
