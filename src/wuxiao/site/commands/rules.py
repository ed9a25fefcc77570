"""Rule books and holiday notices: rules check, rules rehearse, rules adopt, notice."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wuxiao.rules import book as rulebook
from wuxiao.rules.calendar import SHANGHAI

if TYPE_CHECKING:
    from wuxiao.rules.book.rehearse import PastMatter


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    rules = kinds.add_parser("rules", help="check, rehearse and adopt rule books").add_subparsers(
        dest="what", required=True
    )
    check = rules.add_parser("check", help="print every rule of a book in words, or what is wrong with it")
    check.add_argument("file", type=Path)
    check.add_argument("--lang", choices=["zh", "en"], default="zh")
    check.set_defaults(run=run_check)
    rehearse = rules.add_parser("rehearse", help="replay a changed book on past matters")
    rehearse.add_argument("file", type=Path)
    rehearse.add_argument("--days", type=int, default=90)
    rehearse.add_argument("--lang", choices=["zh", "en"], default="zh")
    rehearse.add_argument("--json", action="store_true")
    rehearse.set_defaults(run=run_rehearse)
    adopt = rules.add_parser("adopt", help="put a book in force from a date")
    adopt.add_argument("file", type=Path)
    adopt.add_argument("--from", dest="since", required=True, help="date (YYYY-MM-DD) or instant it takes effect")
    adopt.add_argument("--by", required=True, help="the name of the person who decided")
    adopt.set_defaults(run=run_adopt)
    notice = kinds.add_parser("notice", help="load the official holiday notice of a year")
    notice.add_argument("file", type=Path)
    notice.add_argument("--by", required=True, help="the name of the person who loads it")
    notice.set_defaults(run=run_notice)


def _load(path: Path) -> rulebook.Book | None:
    try:
        return rulebook.load(path)
    except (OSError, UnicodeDecodeError, rulebook.BookError) as error:
        print(error, file=sys.stderr)
        return None


def run_check(args: argparse.Namespace) -> int:
    """Print the rules in words."""
    book = _load(args.file)
    if book is None:
        return 1
    for line in rulebook.words(book, args.lang):
        print(line)
    return 0


def _past(days: int) -> Iterator[PastMatter]:
    from django.utils import timezone

    from wuxiao.records.models import Matter
    from wuxiao.rules import hide
    from wuxiao.rules.book.rehearse import PastMatter

    since = timezone.now() - timedelta(days=days)
    rows = Matter.objects.filter(received_at__gte=since).exclude(category="")
    for row in rows.values_list(
        "number", "category", "division", "handling_class", "received_at", "hidden_units"
    ).iterator(chunk_size=2000):
        number, category, division, handling_class, received_at, hidden = row
        yield PastMatter(
            category=category,
            division=division,
            handling_class=handling_class,
            received_at=received_at,
            hidden=hide.unpack(hidden),
            id=number,
        )


def run_rehearse(args: argparse.Namespace) -> int:
    """Replay a changed book on the matters of the last days and print what would differ."""
    import json

    import django

    django.setup()
    from django.utils import timezone

    from wuxiao.desk.town import books
    from wuxiao.rules.book.rehearse import rehearse

    new = _load(args.file)
    if new is None:
        return 1
    rules = books.current(timezone.now())
    outcome = rehearse(rules.book, new, _past(args.days), calendar=rules.calendar)
    if args.json:
        print(json.dumps(asdict(outcome), ensure_ascii=False, indent=1, default=str))
    else:
        for line in outcome.say(args.lang):
            print(line)
    return 0


def run_adopt(args: argparse.Namespace) -> int:
    """Adopt a book."""
    import django

    django.setup()
    from django.utils import timezone

    from wuxiao.desk.base.actor import Actor
    from wuxiao.desk.town import books

    if _load(args.file) is None:
        return 1
    try:
        since = datetime.fromisoformat(args.since)
    except ValueError:
        print(f"--from {args.since}: 请写 2026-12-01 这样的日期 / write a date like 2026-12-01", file=sys.stderr)
        return 2
    if since.tzinfo is None:
        since = since.replace(tzinfo=SHANGHAI)
    text = args.file.read_text(encoding="utf-8")
    by = Actor("system", name=args.by)
    rules = books.adopt(text, name=str(args.file), effective_from=since, by=by, at=timezone.now())
    print(f"{rules.book.digest[:12]} {since.isoformat()}")
    return 0


def run_notice(args: argparse.Namespace) -> int:
    """Load a holiday notice and recompute open promises; nothing told to a resident is shortened."""
    import django

    django.setup()
    from django.utils import timezone

    from wuxiao.desk.base.actor import Actor
    from wuxiao.desk.case import notices
    from wuxiao.rules.calendar import CalendarError

    try:
        result = notices.load(args.file, by=Actor("system", name=args.by), at=timezone.now())
    except (OSError, CalendarError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{result.year}: 重算 recomputed {result.looked_at}, 改期 moved {result.moved}")
    return 0
