"""Measures are declarations: what they count of a town made from a seed is what was counted before they were."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.desk import counted_town
from tests.desk.counted_town import MONTHS, NOW
from tests.desk.people import Town, of_unit, settle
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.look.board import board
from wuxiao.desk.matters import figures
from wuxiao.desk.register import look
from wuxiao.desk.town import books
from wuxiao.subjects.inspection.board import ageing

pytestmark = pytest.mark.django_db
GOLDEN = Path(__file__).parent / "golden" / "figures.json"


def plain(value: Any) -> Any:
    """What was counted as JSON, in one order."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=str, sort_keys=True))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def said(town: Town) -> dict[str, Any]:
    """Everything that is told of the town as it stands, for the public and for staff."""
    cache.clear()
    found: dict[str, Any] = {}
    counted = figures.count(*MONTHS, at=NOW)
    figures.refresh(at=NOW)
    kept = figures.published(*MONTHS)
    for name in MONTHS:
        one = counted[name].to_json()
        assert kept[name].to_json() == one | {"final": kept[name].final}
        total = counted[name].total().to_json()
        found[f"month {name}"] = {"total": total, "channels": one["channels"], "whole": digest(json.dumps(one))}
    index = figures.index()
    assert index is not None
    found["open"] = index.open
    client = Client()
    found["page /report/data.csv"] = digest(client.get("/report/data.csv").content.decode())
    cells = client.get("/report/data.json").json()["cells"]
    found["page /report/data.json"] = {"cells": len(cells), "whole": digest(json.dumps(cells, sort_keys=True))}
    for by in (town.chief, of_unit(town, sorted(books.current(NOW).book.units)[1])):
        assert by.viewer is not None
        seen = board(by.viewer, now=NOW)
        days = [[f"{day}", came, gone] for day, came, gone in seen.days]
        found[f"board {by.name}"] = plain({"states": seen.states, "units": seen.units, "days": days})
    found["ageing"] = plain(asdict(ageing(books.current(NOW).book, at=NOW)))
    quality = look.quality("premises", by=SYSTEM, at=NOW)
    rates = {name: getattr(quality, name) for name in ("complete", "accurate", "used", "dormant")}
    found["quality"] = {name: [rate.part, rate.n] for name, rate in rates.items()}
    found["quality"]["fields"] = {one.name: [rate.part, rate.n] for one, rate in quality.fields}
    return found


def test_a_town_is_counted_as_it_was_before_measures_were_declared() -> None:
    """The golden numbers are those of the counting by hand that stood here before (commit 71c9ccc)."""
    town = settle()
    counted_town.fill(7)
    assert said(town) == json.loads(GOLDEN.read_text(encoding="utf-8"))
