"""`make bench`: fill towns, measure pages against bare statements and against a peer, print ratios.

python -m bench                     10,000, 100,000 and 1,000,000 matters on SQLite and PostgreSQL, and the peer
python -m bench --quick             20,000 matters on SQLite, no peer: about a minute, shows that all of it runs
python -m bench --sizes 100000 --engines sqlite --reps 60 --json figures.json
python -m bench plan [ENGINE …]     the planning engines instead (`bench/plan/`); without a word both, pages first
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import peer, table, where
from bench.load_shape import SHAPE
from bench.plan import __main__ as plan


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _run(arguments: Sequence[str], env: dict[str, str], *, read: bool = False) -> str:
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, env=env, cwd=where.ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout if read else ""


def _loaded(folder: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return bool(json.loads((folder / "loaded.json").read_text())["shape"] == SHAPE)
    return False


def prepare(engine: str, size: int, server: str) -> None:
    """Make sure that a measured town is there; PostgreSQL gets the very rows of the SQLite one."""
    folder = where.town(engine, size)
    if _loaded(folder):
        return
    if engine == where.SQLITE:
        _say(f"Filling SQLite with {size:,} matters in {folder} …")
        shutil.rmtree(folder)
        _run(["bench.load", str(size)], where.environment(engine, size))
        return
    prepare(where.SQLITE, size, server)
    source = where.town(where.SQLITE, size) / "wuxiao.sqlite3"
    # The rows are copied column by column, so the source must have today's columns.
    _run(["django", "migrate", "--verbosity", "0"], where.environment(where.SQLITE, size))
    _say(f"Bringing {size:,} matters to PostgreSQL …")
    where.make_database(server, size)
    _run(["bench.transfer", str(source)], where.environment(engine, size, server))


def machine() -> dict[str, Any]:
    """Describe this machine in what matters for the figures."""
    import sqlite3

    model = ""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": model or platform.processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "load": [round(n, 1) for n in os.getloadavg()],
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


@contextlib.contextmanager
def _server(engines: Sequence[str]) -> Iterator[tuple[str, int]]:
    if where.POSTGRES not in engines:
        yield "", 0
        return
    with where.postgres() as (sockets, pid):
        yield sockets, pid


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["plan"]:
        return plan.main(words[1:])
    code = _pages(words)
    return code if words else code or plan.main([])


def _pages(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="20,000 matters on SQLite, few repetitions, no peer")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--engines", nargs="+", choices=(where.SQLITE, where.POSTGRES), default=None)
    parser.add_argument("--reps", type=int, default=60, help="how often each page is asked (default 60)")
    parser.add_argument(
        "--peer", action=argparse.BooleanOptionalAction, default=None, help="measure django-helpdesk too"
    )
    parser.add_argument("--profile", action=argparse.BooleanOptionalAction, default=True, help="where the time goes")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    given = parser.parse_args(words)
    sizes, engines, reps = given.sizes, given.engines, given.reps
    with_peer = given.peer if given.peer is not None else not given.quick
    if given.quick:
        sizes, engines, reps = [20_000], engines or [where.SQLITE], min(reps, 10)
    engines = engines or [where.SQLITE, where.POSTGRES]
    found: dict[str, Any] = {"machine": machine(), "runs": [], "peer": None}
    with _server(engines) as (server, pid):
        for engine in engines:
            for size in sizes:
                prepare(engine, size, server)
        for engine in engines:
            for size in sizes:
                _say(f"Measuring {engine}, {size:,} matters …")
                env = where.environment(engine, size, server)
                if pid and engine == where.POSTGRES:
                    env["BENCH_SERVER_PID"] = str(pid)
                profile = ["--profile"] if given.profile and size == max(sizes) else []
                found["runs"].append(json.loads(_run(["bench.measure", "--reps", str(reps), *profile], env, read=True)))
    if with_peer:
        _say("Measuring django-helpdesk …")
        found["peer"] = peer.run(where.folder() / "peer", where.ROOT, peer.TICKETS, max(20, reps // 2))
    if given.json:
        given.json.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    print(table.report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
