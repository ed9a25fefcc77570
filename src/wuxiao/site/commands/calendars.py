"""Calendar files: calendar check, calendar notice, calendar terms."""

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
    terms = calendar.add_parser("terms", help="bring in the school terms and examinations of a calendar")
    terms.add_argument("file", type=Path, help="iCalendar, or CSV with first,last,kind,zh,en")
    terms.add_argument("--calendar", required=True, help="the calendar of the rule book, [terms.NAME]")
    terms.add_argument("--by", default="", help="the name of the person who adopts them (needed unless --look)")
    terms.add_argument("--look", action="store_true", help="say what would change; adopt nothing")
    terms.set_defaults(run=run_terms)


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


def run_terms(args: argparse.Namespace) -> int:
    """Adopt the terms of a calendar, or say what they would change; 1 when the file or the calendar is wrong."""
    import django

    django.setup()
    from django.utils import timezone

    from wuxiao.desk.base.actor import Actor
    from wuxiao.desk.base.errors import Invalid
    from wuxiao.desk.register.terms import preview
    from wuxiao.desk.town import terms

    if not args.look and not args.by:
        print("--by: 请写明由谁启用\n--by: say who adopts them", file=sys.stderr)
        return 2
    try:
        found = terms.read(_bytes(args.file))
    except OSError as error:
        print(f"{args.file}: {error.strerror}", file=sys.stderr)
        return 2
    for line, text in found.faults:
        print(f"{line}: {text.zh}\n{line}: {text.en}", file=sys.stderr)
    if found.left_out:
        print(f"没有用的 left out, neither terms nor examinations: {found.left_out}", file=sys.stderr)
    if found.faults:
        return 1
    for one in found.spans:
        print(f"{one.first} {one.last} {one.kind} {one.zh}")
    now = timezone.now()
    would = preview(args.calendar, found.spans, now)
    print(f"按这个校历的 rows that go by it: {would.of} · 改期 moved: {would.moved}")
    for move in would.shown:
        print(f"  {move.code}: {move.old} → {move.new}")
    if args.look:
        return 0
    try:
        terms.propose(args.calendar, found.spans, args.file.name, by=Actor("system", name=args.by), at=now)
    except Invalid as wrong:
        print("\n".join(f"{text.zh}\n{text.en}" for text in wrong.fields.values()), file=sys.stderr)
        return 1
    print("已启用 adopted")
    return 0


def _bytes(file: Path) -> bytes:
    from wuxiao.feeds.calendars.lines import MOST_BYTES

    with file.open("rb") as stream:
        # One byte more than is read: a file without an end is too large, not endless.
        return stream.read(MOST_BYTES + 1)
