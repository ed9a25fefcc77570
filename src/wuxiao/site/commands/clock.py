"""The wall clock as the worker sees it: clock status, clock confirm."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    word = kinds.add_parser("clock", help="whether the worker believes this machine's clock, and confirming it")
    doing = word.add_subparsers(dest="doing", required=True, metavar="WHAT")
    doing.add_parser("status", help="exit 1 while nothing ticks because of the clock").set_defaults(run=run_status)
    confirm = doing.add_parser("confirm", help="say that the clock is right now; reminders and erasure go on")
    confirm.add_argument("--by", required=True, help="the name of the person who looked at the clock")
    confirm.set_defaults(run=run_confirm)


def run_status(_args: argparse.Namespace) -> int:
    """Say whether the clock is believed."""
    import django

    django.setup()
    from django.utils import timezone

    from wuxiao.desk.house import beat
    from wuxiao.rules.calendar import SHANGHAI

    now = timezone.now().astimezone(SHANGHAI)
    since = beat.doubted()
    if since is None:
        print(f"系统时钟可信 the clock is believed: {now:%Y-%m-%d %H:%M:%S}")
        return 0
    print(
        f"系统时钟与封存的记录对不上，提醒和清理已停：现在 {now:%Y-%m-%d %H:%M:%S}，发现时 "
        f"{since.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}。核对后运行：wuxiao clock confirm --by 姓名\n"
        "The clock does not follow from what was sealed: reminders and erasure stand still. Check it, then run: "
        "wuxiao clock confirm --by NAME",
        file=sys.stderr,
    )
    return 1


def run_confirm(args: argparse.Namespace) -> int:
    """Confirm the clock."""
    import django

    django.setup()
    from django.utils import timezone

    from wuxiao.desk.base.actor import Actor
    from wuxiao.desk.house import beat
    from wuxiao.rules.calendar import SHANGHAI

    at = timezone.now()
    beat.confirm(by=Actor("system", None, None, "", args.by.strip()[:60]), at=at)
    print(f"已确认 confirmed: {at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}（{args.by}）")
    return 0
