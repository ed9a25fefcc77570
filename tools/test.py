"""All tests: every one on SQLite; on PostgreSQL those whose answer may depend on the database.

    make test                      every test once; what is drawn by lot is a sample
    make test ARGS="-k promise"    pytest's own arguments, in every phase
    make test ARGS="--only sqlite postgres"
    make soak ARGS=tests           every test with a database on both, and all that is drawn (the same as --whole here)

Goes on after a phase that fails, and ends with the exit code of the first one that did.
"""

from __future__ import annotations

import contextlib
import json
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
# What cannot differ between the databases is left out on the second one, unless everything was asked for.
ONCE = " and (both or not either)"
# Each round one after the other; the phases of one round side by side, so that two cores have work.
# name, database, which tests, how
ROUNDS = (
    (("pure", "sqlite", "not database and not browser and not alone", TOGETHER),),
    (("sqlite", "sqlite", "database and not browser and not alone", TOGETHER),),
    (("postgres", "postgres", "database and not browser and not alone" + ONCE, TOGETHER),),
    (("browser", "sqlite", "browser and not alone", TOGETHER),),
    (
        ("alone-sqlite", "sqlite", "alone", []),
        ("alone-postgres", "postgres", "(alone or browser) and database" + ONCE, []),
    ),
)
NOTHING_COLLECTED = 5
# No phase needs a quarter of this on two idle cores. One that hangs outside any test is ended, and the next begins.
LIMIT_SECONDS = 1500
WHOLE_SECONDS = 6 * LIMIT_SECONDS


def main(arguments: list[str]) -> int:
    """Run the phases and add up; the exit code is pytest's."""
    only: list[str] = []
    whole = "--whole" in arguments
    arguments = [word for word in arguments if word != "--whole"]
    if "--only" in arguments:
        at = arguments.index("--only")
        only = [word for word in arguments[at + 1 :] if not word.startswith("-")]
        arguments = arguments[:at]
        if unknown := set(only) - {phase[0] for phases in ROUNDS for phase in phases}:
            print(f"There is no phase {', '.join(sorted(unknown))}.", file=sys.stderr)
            return 4
    os.chdir(ROOT)
    lacking = system.provide()
    if lacking:
        print("\n".join(lacking), file=sys.stderr)
    first_failure = 0
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    times = []
    with tempfile.TemporaryDirectory(prefix="wuxiao-report-") as folder:
        held = Path(folder) / "held.json"
        own = {"WUXIAO_TEST_HELD": str(held)} | ({"WUXIAO_TEST_WHOLE": "1"} if whole else {})
        for phases in ROUNDS:
            running = []
            for name, database, marks, how in phases:
                if only and name not in only:
                    continue
                marks = marks.removesuffix(ONCE) if whole else marks
                report = Path(folder) / f"{name}.xml"
                words = [*how, "-m", marks, f"--junit-xml={report}", *_left_out(held, marks), *arguments]
                # The first of a round speaks at once, what runs beside it when its turn has come.
                spoken = Path(folder) / f"{name}.txt" if running else None
                process = _begin(words, {**own, "WUXIAO_TEST_DB": database}, spoken)
                running.append((name, marks, report, process, spoken, time.monotonic()))
            for name, marks, report, process, spoken, started in running:
                print(f"\n━━ {name}: tests that are {marks} ━━", flush=True)
                code = _ended(process, WHOLE_SECONDS if whole else LIMIT_SECONDS)
                if spoken is not None:
                    print(spoken.read_text(encoding="utf-8", errors="replace"), flush=True)
                times.append(f"{name} {time.monotonic() - started:.0f} s")
                if code == NOTHING_COLLECTED:
                    continue
                _count(report, counts)
                first_failure = first_failure or code
                if code in (2, 130, 143):
                    for _, _, _, other, _, _ in running:
                        _end(other)
                    return code
    print("\ntimes: " + ", ".join(times))
    print(f"tests: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
    if first_failure == 0 and counts["passed"] == 0:
        print("No test was run.", file=sys.stderr)
        return NOTHING_COLLECTED
    return first_failure


def _left_out(held: Path, marks: str) -> list[str]:
    """Words that spare pytest the files of which the first phase saw that they hold nothing for this one."""
    if not held.is_file():
        return []
    files: dict[str, list[list[str]]] = json.loads(held.read_text(encoding="utf-8"))
    code = compile(marks, "marks", "eval")
    names = set(code.co_names)
    return [
        f"--ignore={file}"
        for file, tests in sorted(files.items())
        if not any(eval(code, {"__builtins__": {}}, {name: name in test for name in names}) for test in tests)
    ]


def _begin(arguments: list[str], own: dict[str, str], spoken: Path | None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **own, "PYTHONPATH": ""}
    # Where Python may not keep what it compiled, each of the many processes here would compile everything anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    words = [sys.executable, "-m", "pytest", "-q", *arguments]
    if spoken is None:
        return subprocess.Popen(words, env=environment)
    with spoken.open("wb") as file:
        return subprocess.Popen(words, env=environment, stdout=file, stderr=subprocess.STDOUT)


def _ended(process: subprocess.Popen[bytes], limit: int) -> int:
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        print(f"This phase did not end within {limit} s and is stopped.", file=sys.stderr, flush=True)
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
