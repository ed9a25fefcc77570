"""Connecting 110 and 12345 from the shell: platform list, add, rotate, test, remove."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    word = kinds.add_parser("platform", help="connect another platform (110, 12345), test it, change its secret")
    doing = word.add_subparsers(dest="doing", required=True, metavar="WHAT")
    doing.add_parser("list", help="the connected platforms").set_defaults(run=_run(_list))
    add = doing.add_parser("add", help="connect a platform; its secret is printed once")
    add.add_argument("name", help="small letters, digits, hyphens; it stands in the address their notices come to")
    add.add_argument("--unit", required=True, help="the unit of the rule book that the platform is")
    add.add_argument("--url", required=True, help="where our notices go (https://)")
    add.add_argument("--verbs", default="", help="only these steps, parted by commas (all otherwise)")
    add.add_argument("--secret-from-stdin", action="store_true", help="the other side has made the secret already")
    add.set_defaults(run=_run(_add))
    for name, does, text in (
        ("rotate", _rotate, "make a new secret; the one before holds for seven more days"),
        ("test", _test, "send a test notice now and say what came of it"),
        ("remove", _remove, "disconnect a platform"),
    ):
        one = doing.add_parser(name, help=text)
        one.add_argument("name")
        one.set_defaults(run=_run(does))


def _run(does: Any) -> Any:
    def run(args: argparse.Namespace) -> int:
        import django

        django.setup()
        result: int = does(args)
        return result

    return run


def _find(name: str) -> Any:
    from wuxiao.desk.base.errors import NotFound
    from wuxiao.desk.doors import keys
    from wuxiao.rules.words import Text

    found = next((hook for hook in keys.hooks() if hook.name == name and hook.active), None)
    if found is None:
        raise NotFound(Text(f"没有名为“{name}”的对接平台", f"no connected platform is called “{name}”"))
    return found


def _list(_args: argparse.Namespace) -> int:
    from wuxiao.desk.doors import keys

    for hook in keys.hooks():
        state = "在用 active" if hook.active else "已停用 disconnected"
        print(f"{hook.name:<20} {hook.unit:<16} {state:<18} {hook.url}")
    return 0


def _add(args: argparse.Namespace) -> int:
    from django.conf import settings
    from django.utils import timezone

    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.doors import keys

    secret = sys.stdin.readline().strip() if args.secret_from_stdin else ""
    verbs = [verb.strip() for verb in args.verbs.split(",") if verb.strip()]
    hook, secret = keys.create_hook(args.name, args.unit, args.url, verbs, by=SYSTEM, at=timezone.now(), secret=secret)
    print(f"已对接 connected: {hook.name}\n共享密钥（只显示这一次）secret, shown only now: {secret}")
    print(f"对方通知的收件地址 their notices come to: {settings.BASE_URL}/exchange/v1/{hook.name}/notices")
    return 0


def _rotate(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.doors import keys

    hook, secret = keys.rotate_hook(_find(args.name).pk, by=SYSTEM, at=timezone.now())
    print(f"新密钥（只显示这一次）new secret, shown only now: {secret}")
    print(f"旧密钥有效至 the one before holds until: {hook.secret_before_until:%Y-%m-%d %H:%M} UTC")
    return 0


def _test(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.doors import keys
    from wuxiao.desk.ways import Sent

    result = keys.try_hook(_find(args.name).pk, by=SYSTEM, at=timezone.now())
    if isinstance(result, Sent):
        print("测试通知已送达，对方验签通过。The test notice arrived and its signature was accepted.")
        return 0
    print(f"没有送达 not delivered: {result.reason}", file=sys.stderr)
    return 1


def _remove(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.doors import keys

    keys.revoke_hook(_find(args.name).pk, by=SYSTEM, at=timezone.now())
    print("平台已断开。The platform is disconnected.")
    return 0
