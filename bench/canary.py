"""`python -m bench.soak canary`: the walk of tests/stories/test_canary.py over many histories, on both databases.

Prints, for each database, histories, requests, sightings, and how often a guesser tells a hidden matter from none.

    python -m bench.soak canary --rounds 20 --pairs 1000
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.where import ROOT


def main(argv: Sequence[str]) -> int:
    """Play the histories and print the figures; returns 0 when no canary was seen."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak canary")
    parser.add_argument("--rounds", type=int, default=10, help="random histories, each of four hidden matters")
    parser.add_argument("--pairs", type=int, default=1000, help="pairs of requests: a hidden matter and none")
    parser.add_argument("--databases", default="sqlite,postgres")
    given = parser.parse_args(argv)
    worst = 0
    for database in given.databases.split(","):
        with tempfile.TemporaryDirectory(prefix="wuxiao-canary-") as folder:
            file = Path(folder) / "figures"
            env = {
                **os.environ,
                "WUXIAO_TEST_DB": database,
                "WUXIAO_CANARY_ROUNDS": str(given.rounds),
                "WUXIAO_CANARY_PAIRS": str(given.pairs),
                "WUXIAO_CANARY_FIGURES": str(file),
            }
            command = [sys.executable, "-m", "pytest", "-q", "--timeout=0", "tests/stories/test_canary.py"]
            code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
            worst = max(worst, code)
            rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
        walks = [row for row in rows if row["what"] == "canary"]
        requests, seen = sum(r["requests"] for r in walks), sum(r["sightings"] for r in walks)
        print(f"{database}: {len(walks)} of {given.rounds} histories, {requests} requests, {seen} sightings")
        for row in rows:
            if row["what"] == "pairs":
                print(
                    f"{database}: {row['pairs']} pairs, told apart by the answer {row['told_apart_by_answer']:.1%}, "
                    f"by the time it took {row['told_apart_by_time']:.1%}"
                )
    return worst
