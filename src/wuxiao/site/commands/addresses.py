"""The town's standard addresses from the address office's list: addresses."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    bring = kinds.add_parser("addresses", help="bring the town's standard addresses in from a CSV or XLSX file")
    bring.add_argument("file", type=Path)
    bring.add_argument("--crs", choices=["wgs84", "gcj02", "bd09"], help="the coordinate system of its positions")
    bring.add_argument("--by", default="", help="the name of the person who brings it in (needed unless --look)")
    bring.add_argument("--look", action="store_true", help="say what it would change; bring nothing in")
    bring.add_argument(
        "--certain", action="store_true", help="the town's own positions were wrong: take these, though they differ"
    )
    bring.add_argument("--json", action="store_true")
    bring.set_defaults(run=run_addresses)


def run_addresses(args: argparse.Namespace) -> int:
    """Bring the list in, or look at it; 1 when something is wrong with it, and then nothing was written."""
    import django

    django.setup()
    from django.utils import timezone

    from wuxiao.desk.base.actor import Actor
    from wuxiao.desk.files.address_file import known_headings, take
    from wuxiao.desk.files.tables import fold_faults, open_table

    if not args.look and not args.by:
        print("--by: 请写明由谁导入\n--by: say who brings it in", file=sys.stderr)
        return 2
    try:
        table = open_table(args.file, known=known_headings())
    except OSError as error:
        print(f"{args.file}: {error.strerror}", file=sys.stderr)
        return 2
    by = Actor("system", name=args.by)
    crs, now = args.crs or "", timezone.now()
    taken = take(table, by=by, at=now, crs=crs, certain=args.certain, write=not args.look)
    faults, more = fold_faults(taken.faults)
    if args.json:
        counts = {"new": taken.new, "changed": taken.changed, "same": taken.same, "compared": taken.compared}
        listed = [{"line": one.line, "column": one.column.zh, "zh": one.text.zh, "en": one.text.en} for one in faults]
        found = {"ok": not taken.faults, **counts, "faults": listed, "more": more, "left_out": taken.left_out}
        print(json.dumps(found, ensure_ascii=False))
        return 1 if taken.faults else 0
    for one in faults:
        print(f"{one.line} {one.column.zh}: {one.text.zh}\n{one.line} {one.column.en}: {one.text.en}", file=sys.stderr)
    if more:
        print(f"… {more}", file=sys.stderr)
    for name in taken.left_out:
        print(f"没有用的列 left out: {name}", file=sys.stderr)
    if taken.doubted:
        print(
            "如果错的是本地原有的坐标，请加 --certain。\n"
            "If it is the town's own positions that are wrong, add --certain.",
            file=sys.stderr,
        )
    if taken.faults:
        return 1
    print(f"新增 new {taken.new} · 更改 changed {taken.changed} · 未变 same {taken.same}")
    if taken.placed and not taken.compared:
        print(
            "坐标没有可以对照的：本地还没有这些街路。\nNothing to compare the positions with: the town knows none of "
            "these streets yet."
        )
    return 0
