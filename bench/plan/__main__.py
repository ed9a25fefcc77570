"""Run the cases of `bench/plan/<engine>.py`, each in its own process, and print figure, must, aim and memory.

A module holds ``CASES``, a mapping of a case's name to a function without parameters that returns a mapping of figures.
A figure that was asked for is a `Figure` with what it must and should be; everything else is printed as it is.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.plan import report
from wuxiao.plan.engine import NAMES

ROOT = Path(__file__).resolve().parent.parent.parent


def main(argv: list[str] | None = None) -> int:
    """Measure the engines that were named, or all of them; the exit code is 0 even where a figure misses."""
    parser = argparse.ArgumentParser(prog="python -m bench plan")
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=", ".join(("ground", *NAMES)))
    parser.add_argument("--case", help="only cases whose name holds this")
    parser.add_argument("--list", action="store_true", help="print the cases and end")
    parser.add_argument("--one", nargs=2, metavar=("ENGINE", "CASE"), help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--markdown", type=Path, help="write the figures that were asked for as a page")
    args = parser.parse_args(argv)
    if args.one:
        return _one(*args.one)
    found: list[dict[str, Any]] = []
    for name in args.engines or ("ground", *NAMES):
        if not (Path(__file__).parent / f"{name}.py").is_file():
            continue
        for case in importlib.import_module(f"bench.plan.{name}").CASES:
            if args.case and args.case.lower() not in case.lower():
                continue
            if args.list:
                print(f"{name}: {case}")
                continue
            command = [sys.executable, "-m", "bench.plan", "--one", name, case]
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
            if done.returncode:
                row: dict[str, Any] = {"engine": name, "case": case, "failed": done.returncode}
            else:
                row = json.loads(done.stdout.splitlines()[-1])
            found.append(row)
            _show(row)
    if args.case and not found and not args.list:
        parser.error(f"no case holds “{args.case}”; --list prints them")
    if args.json:
        args.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if args.markdown:
        args.markdown.write_text(report.page(found), encoding="utf-8")
    return 0


def _one(name: str, case: str) -> int:
    began = time.perf_counter()
    figures = importlib.import_module(f"bench.plan.{name}").CASES[case]()
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    row = {
        "engine": name,
        "case": case,
        "seconds": round(time.perf_counter() - began, 1),
        "memory_mb": round(peak / 1024),
        "figures": {k: v.to_json() if hasattr(v, "to_json") else v for k, v in figures.items()},
    }
    print(json.dumps(row, ensure_ascii=False))
    return 0


def _show(row: dict[str, Any]) -> None:
    if "failed" in row:
        print(f"\n{row['engine']}: {row['case']} FAILED with exit code {row['failed']}", flush=True)
        return
    print(f"\n{row['engine']}: {row['case']} ({row['seconds']} s, {row['memory_mb']} MB)")
    for name, value in row["figures"].items():
        if isinstance(value, dict) and "value" in value:
            wanted = ", ".join(f"{k} {value[k]}" for k in ("must", "aim") if value.get(k))
            print(f"  {name}: {value['value']}  ({wanted}) {report.verdict(value)}")
        else:
            print(f"  {name}: {value}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
