"""All tests: the pure ones once, those with a database on SQLite and on PostgreSQL, the browser's stories on both.

    make test                      everything
    make test ARGS="-k promise"    pytest's own arguments, in every phase
    make test ARGS="--only sqlite browser-sqlite"

Goes on after a phase that fails, and ends with the exit code of the first one that did.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import system  # noqa: E402

TOGETHER = ["-n", "2", "--dist", "worksteal"]
# name, database, which tests, how
PHASES = (
    ("pure", "sqlite", "not database and not browser and not alone", TOGETHER),
    ("sqlite", "sqlite", "database and not browser and not alone", TOGETHER),
    ("postgres", "postgres", "database and not browser and not alone", TOGETHER),
    ("alone-sqlite", "sqlite", "alone and not browser", []),
    ("alone-postgres", "postgres", "alone and database and not browser", []),
    ("browser-sqlite", "sqlite", "browser", []),
    ("browser-postgres", "postgres", "browser and database", []),
)
NOTHING_COLLECTED = 5
# No phase needs a quarter of this on two idle cores. One that hangs outside any test is ended, and the next begins.
LIMIT_SECONDS = 1500


def main(arguments: list[str]) -> int:
    """Run the phases and add up; the exit code is pytest's."""
    only: list[str] = []
    if "--only" in arguments:
        at = arguments.index("--only")
        only = [word for word in arguments[at + 1 :] if not word.startswith("-")]
        arguments = arguments[:at]
    os.chdir(ROOT)
    lacking = system.provide()
    if lacking:
        print("\n".join(lacking), file=sys.stderr)
    first_failure = 0
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    times = []
    for name, database, marks, how in PHASES:
        if only and name not in only:
            continue
        print(f"\n━━ {name}: tests that are {marks} ━━", flush=True)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="wuxiao-report-") as folder:
            report = Path(folder) / "report.xml"
            code = _pytest([*how, "-m", marks, f"--junit-xml={report}", *arguments], database)
            _count(report, counts)
        times.append(f"{name} {time.monotonic() - started:.0f} s")
        if code == NOTHING_COLLECTED:
            continue
        first_failure = first_failure or code
        if code in (2, 130, 143):
            return code
    print("\ntimes: " + ", ".join(times))
    print(f"tests: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
    if first_failure == 0 and counts["passed"] == 0:
        print("No test was run.", file=sys.stderr)
        return NOTHING_COLLECTED
    return first_failure


def _pytest(arguments: list[str], database: str) -> int:
    environment = {**os.environ, "WUXIAO_TEST_DB": database, "PYTHONPATH": ""}
    # Where Python may not keep what it compiled, each of the many processes here would compile everything anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen([sys.executable, "-m", "pytest", "-q", *arguments], env=environment)
    while True:
        try:
            return process.wait(LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"This phase did not end within {LIMIT_SECONDS} s and is stopped.", file=sys.stderr, flush=True)
            _end(process)
            return 124
        except KeyboardInterrupt:
            # pytest got the same Ctrl-C; let it stop its database and its processes, then end here too.
            with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
                process.wait(30)
            _end(process)
            return 130


def _end(process: subprocess.Popen[bytes]) -> None:
    for stop in (process.terminate, process.kill):
        stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return


def _count(report: Path, counts: dict[str, int]) -> None:
    if not report.is_file():
        counts["failed"] += 1
        return
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        number = {name: int(suite.get(name) or 0) for name in ("tests", "failures", "errors", "skipped")}
        bad = number["failures"] + number["errors"]
        counts["failed"] += bad
        counts["skipped"] += number["skipped"]
        counts["passed"] += max(0, number["tests"] - bad - number["skipped"])


if __name__ == "__main__":
    sys.exit(main([part for part in sys.argv[1:] if not re.fullmatch(r"\s*", part)]))
