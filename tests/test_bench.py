"""The benchmark runs from filling a town to its table; how fast anything is, is not asserted here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
@pytest.mark.alone
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
