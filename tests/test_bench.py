"""The benchmark runs from filling a town to its table; how fast anything is, is not asserted here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bench import soak_troubles
from bench.soak import Load, Town
from tests.support.gateway import Gateway

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_a_small_town_is_filled_measured_and_verifies(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("WUXIAO_", "DATABASE_URL", "DJANGO_"))}
    env["WUXIAO_BENCH_DIR"] = str(tmp_path)
    command = [sys.executable, "-m", "bench", "--sizes", "1500", "--engines", "sqlite", "--reps", "4", "--no-peer"]
    done = subprocess.run(
        [*command, "--json", str(tmp_path / "figures.json")], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert "| search, two characters" in done.stdout
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    (run,) = figures["runs"]
    assert run["matters"] == 1500, "what the measuring made was taken back"
    assert {"create, JSON API", "inbox, operator", "matter page", "progress page"} <= set(run["pages"])
    for name, page in run["pages"].items():
        assert page["queries"] > 0, name
        assert page["bare"]["n"] > 0, name
    env |= {"WUXIAO_DATA_DIR": str(tmp_path / "sqlite-1500"), "DJANGO_SETTINGS_MODULE": "wuxiao.site.settings"}
    verified = subprocess.run(
        [sys.executable, "-m", "wuxiao.site.cli", "verify", "--json"], cwd=ROOT, env=env, capture_output=True, text=True
    )
    found = json.loads(verified.stdout)
    assert found["breaks"] == []
    assert found["matters"] == 1500


def test_what_is_left_half_written_and_who_was_told_nothing_are_found(tmp_path: Path) -> None:
    for name in ("files/ab/cd.part", "run/probe.part", "files/ab/whole"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert soak_troubles._half_written(tmp_path) == ["left half-written: files/ab/cd.part"]
    with Gateway() as gateway:
        load = Load(Town(tmp_path), "", 1.0)
        load.town.url = gateway.url
        with httpx.Client() as session:
            for says, trouble, faults in ((500, True, 1), (503, False, 2), (503, True, 3)):
                gateway.says, load.trouble = (says, {}), trouble
                load.ask(session, "POST", "/messages", json={})
                assert len(load.faults) == faults, "503 without the time to wait is a fault even then"
