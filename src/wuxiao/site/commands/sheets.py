"""Bringing files in and replaying them: import, replay."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wuxiao.site import environment


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    bring = kinds.add_parser("import", help="bring past matters in from a CSV or XLSX file")
    bring.add_argument("file", type=Path)
    bring.add_argument("--source", required=True, help="where the rows come from; a known set brings its own mapping")
    bring.add_argument("--by", default="", help="the name of the person who brings it in (needed unless --look)")
    bring.add_argument("--map", action="append", default=[], metavar="FIELD=HEADING", help="which column holds what")
    bring.add_argument("--plan", type=Path, help="a JSON file with columns and meanings (as --look --json prints it)")
    bring.add_argument("--zone", help="the time zone of the file's times")
    bring.add_argument("--order", choices=["ymd", "mdy", "dmy"], help="how dates are written")
    bring.add_argument(
        "--promise", choices=["own", "given", "given_only"], help="count our promise, or keep the date the file gives"
    )
    bring.add_argument(
        "--crs", choices=["wgs84", "gcj02", "bd09"], help="the coordinate system of the file's positions"
    )
    bring.add_argument("--encoding", help="only if the file is neither UTF-8, GB18030 nor UTF-16 with its mark")
    bring.add_argument("--sheet", help="the sheet of a workbook")
    bring.add_argument("--look", action="store_true", help="show how it would be read; bring nothing in")
    bring.add_argument("--errors", type=Path, help="where to write the refused rows (.csv or .xlsx)")
    bring.add_argument("--queue", action="store_true", help="leave the work to the worker")
    bring.add_argument("--json", action="store_true")
    bring.set_defaults(run=run_import)
    replay = kinds.add_parser("replay", help="replay real requests through promises and figures, or against a server")
    replay.add_argument("file", type=Path, nargs="+")
    replay.add_argument("--source", required=True, help="baltimore, la, chicago, hotline, hot_issues or replies")
    replay.add_argument("--kind", choices=["given", "own"], help=argparse.SUPPRESS)
    replay.add_argument("--profile", default="", help="the promise profile; the default book's own otherwise")
    replay.add_argument("--real-zone", action="store_true", help="read times in the set's own zone, not as local time")
    replay.add_argument("--against", metavar="URL", help="send them to a running server (127.0.0.1 only)")
    replay.add_argument("--speed", type=float, default=100.0, help="how many times faster than they happened")
    replay.add_argument("--limit", type=int, default=0, help="only the first so many requests")
    replay.add_argument("--key", default=environment.value("API_KEY"), help="the API key (or WUXIAO_API_KEY)")
    replay.add_argument(
        "--run", dest="run_name", default="", help="a name for this run; the same name sends nothing twice"
    )
    replay.add_argument("--json", action="store_true")
    replay.set_defaults(run=run_replay)


def _plan(args: argparse.Namespace) -> dict[str, Any]:
    from wuxiao.desk.matters import imports
    from wuxiao.feeds.sheets.plan import Plan
    from wuxiao.feeds.sheets.sources import SOURCES

    data = imports.saved_plan(args.source)
    if args.source in SOURCES:
        data = SOURCES[args.source].plan().to_json()
    if args.plan:
        data |= json.loads(args.plan.read_text(encoding="utf-8"))
    data["source"] = args.source
    for name in ("zone", "order", "promise", "crs", "encoding", "sheet"):
        if getattr(args, name):
            data[name] = getattr(args, name)
    plan = Plan.from_json(data)
    for pair in args.map:
        name, _, heading = pair.partition("=")
        plan.columns.setdefault(name.strip(), [])
        plan.columns[name.strip()] = [h.strip() for h in heading.split("+") if h.strip()]
    plan.check()
    return plan.to_json()


def run_import(args: argparse.Namespace) -> int:
    """Bring a file in, or look at it."""
    import django

    django.setup()
    from django.utils import timezone

    from wuxiao.desk.base import jobs
    from wuxiao.desk.base.actor import Actor
    from wuxiao.desk.matters import imports
    from wuxiao.feeds.sheets import job as handlers

    if not args.look and not args.by:
        print("--by: 请写明由谁导入\n--by: say who brings it in", file=sys.stderr)
        return 2
    try:
        with args.file.open("rb") as stream:
            stored, shown = imports.keep(args.file.name, stream)
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    by = Actor("system", name=args.by)
    start = imports.look if args.look else imports.start
    job = start(stored, shown, _plan(args), by=by, at=timezone.now())
    if args.queue:
        print(job.pk)
        return 0
    # Nothing else waits for this process: longer turns, less reading again.
    handlers.SHARE = 60.0
    shown_at = -1
    while job.state in {"queued", "running"}:
        jobs.run_due(now=timezone.now, job_id=job.pk)
        job.refresh_from_db()
        if sys.stderr.isatty() and job.total and job.progress != shown_at:
            shown_at = job.progress
            print(f"\r  {job.progress}/{job.total}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty() and shown_at >= 0:
        print(file=sys.stderr)
    if job.state == "failed":
        print(job.error, file=sys.stderr)
        return 1
    if args.look:
        _say_look(job.result, as_json=args.json)
        return 0
    return _say_result(job, args)


def _say_look(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    print(f"{found['kind']} {found['encoding']} {found['delimiter']!r} {found['rows']} 行 rows")
    for name, headings in found["plan"]["columns"].items():
        print(f"  {name:<14} <- {' + '.join(headings)}")
    for name, (zh, en) in found["missing"].items():
        print(f"  ! {name}: {zh} / {en}")
    for row in found["sample"]:
        print(row["line"], row.get("read") or " / ".join(row["error"]))
    print(f"前 {found['looked_at']} 行里有问题的 refused among the first: {found['refused_count']}")


def _say_result(job: Any, args: argparse.Namespace) -> int:
    from django.utils import timezone

    from wuxiao.desk.base.actor import Actor
    from wuxiao.desk.matters import imports, mend

    result = job.result
    if args.errors and result["refused"]:
        rows = imports.hand_out_refused(job, by=Actor("system", name=args.by), at=timezone.now())
        write = mend.as_xlsx if args.errors.suffix.lower() == ".xlsx" else mend.as_csv
        args.errors.write_bytes(write(rows, result.get("headings", [])))
    if args.json:
        print(json.dumps({"job": job.pk, **result}, ensure_ascii=False))
    else:
        print(
            f"共 rows {result['rows']} · 新增 made {result['made']} · 已有 known {result['known']} · "
            f"有误 refused {result['refused']}"
        )
    return 0


def run_replay(args: argparse.Namespace) -> int:
    """Replay files through promises and figures in a town of their own, or against a running server."""
    environment.demand()
    if args.against:
        return _against(args)
    # A town of its own for each kind of promise, thrown away afterwards: a replay never touches the real one.
    with tempfile.TemporaryDirectory(prefix="wuxiao-replay-") as folder:
        if args.kind:
            return _replay_here(args, folder)
        os.environ["WUXIAO_DATA_DIR"] = folder
        import django

        django.setup()
        from wuxiao.feeds.replay import figures

        found = figures.Replayed(args.source, figures.zone_of(args.source, args.real_zone))
        for kind in figures.kinds_of(args.source):
            command = [sys.executable, "-m", "wuxiao.site.cli", "replay", *map(str, args.file)]
            command += ["--source", args.source, "--kind", kind, "--profile", args.profile]
            command += ["--real-zone"] if args.real_zone else []
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
            if done.returncode:
                return done.returncode
            found.add_json(json.loads(done.stdout))
    if args.json:
        print(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(found.say()))
    return 0 if all(r.agrees for r in found.rounds) else 1


def _replay_here(args: argparse.Namespace, folder: str) -> int:
    os.environ["WUXIAO_DATA_DIR"] = folder
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    from django.core.management import call_command

    from wuxiao.feeds.replay import figures

    call_command("migrate", verbosity=0, interactive=False)
    found = figures.replay(args.file, args.source, args.kind, profile=args.profile, real_zone=args.real_zone)
    print(json.dumps(asdict(found), ensure_ascii=False))
    return 0


def _against(args: argparse.Namespace) -> int:
    import django

    django.setup()
    from wuxiao.feeds.replay.against import burst

    found = burst(
        args.file, args.source, args.against, speed=args.speed, limit=args.limit, key=args.key, run=args.run_name
    )
    if args.json:
        print(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
    else:
        for line in found.say():
            print(line)
    return 0 if found.whole else 1
