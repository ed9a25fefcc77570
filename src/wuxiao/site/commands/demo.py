"""The demo county: run (made while it is served), demo (made before), demo fill, demo codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wuxiao.records import kept
from wuxiao.site import address

if TYPE_CHECKING:
    from wuxiao.desk.diary.filling import Filling
    from wuxiao.site.demo import Account

ACCOUNTS = "demo-accounts.txt"


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    run = kinds.add_parser("run", help="serve the demo county, making it on the way if there is none")
    address.add_to(run)
    _what(run)
    run.set_defaults(run=run_served)
    demo = kinds.add_parser("demo", help="fill an empty database with the fictional county, or go on filling it")
    demo.add_argument(
        "do",
        nargs="?",
        choices=("fill", "codes"),
        help="fill: go on beside people at work; codes: receipt codes to try",
    )
    _what(demo)
    demo.add_argument("--now", help="the day the year of matters ends (ISO); today otherwise")
    demo.set_defaults(run=run_demo)


def _what(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="a small county, made in seconds")


def _django() -> None:
    import django

    django.setup()


def run_served(args: argparse.Namespace) -> int:
    """Serve the demo county; what is not told yet of its year is told meanwhile, by a process of its own."""
    os.environ["WUXIAO_DEMO"] = "1"
    host, port = address.chosen(args)
    _django()
    from django.conf import settings

    from wuxiao.site.commands.town import prepare
    from wuxiao.site.serve import port_trouble, serve

    if trouble := port_trouble(host, port):
        address.refuse(trouble)
    data = Path(settings.DATA_DIR)
    if not (data / ACCOUNTS).exists():
        # Nobody is left before a dark window while the tables are made.
        print("\n  正在准备，头一次要几秒到一分钟… Getting ready; the first time takes up to a minute…", flush=True)
    prepare()
    unfinished = _begun(data, args.seed, args.small, None)
    if unfinished is None:
        return 1
    lines = (data / ACCOUNTS).read_text(encoding="utf-8").splitlines()
    if not unfinished:
        lines += _codes()
    address.close()
    beside = {"demo": [sys.executable, "-m", "wuxiao.site.cli", "demo", "fill"]} if unfinished else {}
    return serve(host, port, data, on_ready=lambda: address.say(host, port, lines), beside=beside)


def _begun(data: Path, seed: int, small: bool, now: str | None) -> bool | None:
    """See to it that the county was begun; returns whether it is still to be filled, `None` in a real town."""
    from django.utils import timezone

    from wuxiao.desk.diary import filling
    from wuxiao.records.models import BookVersion
    from wuxiao.rules.calendar import SHANGHAI
    from wuxiao.site import demo

    listed = data / ACCOUNTS
    if not BookVersion.objects.exists():
        at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI) if now else timezone.now()
        demo.begin(seed=seed, now=at, small=small, keep=lambda accounts: _keep(listed, accounts))
        return True
    stand = filling.find()
    if stand is None and not listed.exists():
        print(
            "这个数据目录里是真实的城镇,不是演示;请用 wuxiao serve。\n"
            "This folder holds a real town: use `wuxiao serve`.",
            file=sys.stderr,
        )
        return None
    if not listed.exists():
        listed.write_text(
            "  演示账号的清单不见了；口令在别处没有。 The list of demo accounts is gone.\n", encoding="utf-8"
        )
    return stand is not None and not stand.finished


def _keep(path: Path, accounts: Sequence[Account]) -> None:
    """Write the accounts down, on the disk before the rows are."""
    lines = ["  演示账号(一次性口令,仅限演示) Demo accounts (one-time passwords, demo only):"]
    lines += [f"    {a.username:<14} {a.password:<16} {a.name} {a.about.zh} {a.about.en}" for a in accounts]
    kept.write(path, ("\n".join(lines) + "\n").encode())


def _codes() -> list[str]:
    from django.utils import timezone

    from wuxiao.rules.codes import grouped
    from wuxiao.site import demo

    found = demo.codes(at=timezone.now())
    if not found:
        return []
    lines = ["  查询码，从居民入口看 Receipt codes for the residents' door (wuxiao demo codes):"]
    return [*lines, *(f"    {grouped(code)}  {said.zh} {said.en}" for said, code in found), ""]


def run_demo(args: argparse.Namespace) -> int:
    """Fill the county without serving it, go on filling it beside people at work, or print codes to try."""
    os.environ["WUXIAO_DEMO"] = "1"
    _django()
    from django.conf import settings

    from wuxiao.site.commands.town import prepare

    if args.do == "codes":
        lines = _codes()
        print("\n".join(lines) or "还没有 none yet")
        return 0 if lines else 1
    if args.do == "fill":
        return _fill(Path(settings.DATA_DIR))
    prepare()
    data = Path(settings.DATA_DIR)
    unfinished = _begun(data, args.seed, args.small, args.now)
    if not unfinished:
        if unfinished is False:
            print("数据库不是空的\nThe database is not empty.", file=sys.stderr)
        return 1
    from wuxiao.site import demo

    demo.go_on(together=demo.BATCH, progress=_show())
    print((data / ACCOUNTS).read_text(encoding="utf-8"), end="")
    print("\n".join(_codes()))
    return 0


def _fill(data: Path) -> int:
    """Go on filling beside people at work: in the back row, telling the terminal how far it is."""
    from wuxiao.site import demo
    from wuxiao.site.watch import alive

    if hasattr(os, "nice"):
        os.nice(5)
    alive.show(data, "demo")
    show = _show()
    printed = False

    def progress(stand: Filling) -> None:
        nonlocal printed
        show(stand)
        if not printed and len(lines := _codes()) == demo.CODES + 2:
            printed = True
            print("\n" + "\n".join(lines), flush=True)

    stand = demo.go_on(beside=True, progress=progress)
    if stand is not None:
        print("\n  演示县填好了。 The demo county is filled.", flush=True)
    return 0


def _show() -> Callable[[Filling], None]:
    """Return what tells the terminal how far it is: a line that moves, or a line each tenth where it is a file."""
    moving = sys.stderr.isatty()
    last = -1

    def show(stand: Filling) -> None:
        nonlocal last
        step = stand.percent if moving else stand.percent // 10
        if step == last:
            return
        last = step
        bar = "█" * (stand.percent // 5) + "·" * (20 - stand.percent // 5)
        left = "" if stand.left is None or stand.finished else f"  还要约 about {max(1, stand.left)} s"
        text = f"  演示县 demo county {bar} {stand.percent} %{left}"
        print(f"\r{text:<70}" if moving else text, end="" if moving else "\n", file=sys.stderr, flush=True)

    return show
