"""Calendar files: calendar check, calendar notice."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    calendar = kinds.add_parser("calendar", help="read calendar files (iCalendar, .ics)").add_subparsers(
        dest="what", required=True
    )
    check = calendar.add_parser("check", help="say what is in a calendar file, or what is wrong with it")
    check.add_argument("file", type=Path)
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=run_check)
    notice = calendar.add_parser("notice", help="draft a holiday notice from a holiday calendar, for a person to check")
    notice.add_argument("file", type=Path)
    notice.add_argument("--year", type=int, required=True)
    notice.set_defaults(run=run_notice)


def run_check(args: argparse.Namespace) -> int:
    """Print what was read; 1 when something is wrong with the file."""
    from wuxiao.feeds.calendars.check import checked, report, say
    from wuxiao.feeds.calendars.read import not_there

    try:
        data = _bytes(args.file)
    except OSError as error:
        if not args.json:
            print(f"{args.file}: {error.strerror}", file=sys.stderr)
            return 2
        # One object in any case: whoever asked for JSON reads no sentences.
        print(json.dumps(report(not_there(error.strerror or "")), ensure_ascii=False, indent=1))
        return 2
    found = checked(data)
    print(json.dumps(found, ensure_ascii=False, indent=1) if args.json else "\n".join(say(found)))
    return 0 if found["ok"] else 1


def run_notice(args: argparse.Namespace) -> int:
    """Print the draft as `wuxiao notice` reads it; what speaks against it goes beside it, and 1 is returned."""
    from wuxiao.feeds.calendars.check import report, say
    from wuxiao.feeds.calendars.holidays import draft
    from wuxiao.feeds.calendars.read import read
    from wuxiao.rules.notice import FIRST_YEAR, LAST_YEAR

    if not FIRST_YEAR <= args.year <= LAST_YEAR:
        print(f"--year: {FIRST_YEAR}-{LAST_YEAR}", file=sys.stderr)
        return 2
    try:
        found = read(_bytes(args.file))
    except OSError as error:
        print(f"{args.file}: {error.strerror}", file=sys.stderr)
        return 2
    if not found.ok:
        print("\n".join(say(report(found))), file=sys.stderr)
        return 1
    made = draft(found, args.year)
    print(made.csv(), end="")
    print(
        f"既没写“休”也没写“班”、没有用的 left out, marked neither as off nor as worked: {made.left_out}",
        file=sys.stderr,
    )
    problems = made.notice.problems()
    for _, why in problems:
        print(why, file=sys.stderr)
    return 1 if problems else 0


def _bytes(file: Path) -> bytes:
    from wuxiao.feeds.calendars.lines import MOST_BYTES

    with file.open("rb") as stream:
        # One byte more than is read: a file without an end is too large, not endless.
        return stream.read(MOST_BYTES + 1)
