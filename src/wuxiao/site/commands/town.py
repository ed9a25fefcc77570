"""Setting a town up and running it: run, serve, worker, demo, init, migrate, staff."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

DEFAULT_PASSWORDS = {"admin", "password", "123456", "12345678", "1234567890", "wuxiao", "changeme", "admin123456"}


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    run = kinds.add_parser("run", help="make the demo county if there is none, then serve it")
    _address(run)
    run.add_argument("--seed", type=int, default=5)
    run.add_argument("--small", action="store_true", help="a small demo county, made in seconds")
    run.set_defaults(run=run_demo)
    serve = kinds.add_parser("serve", help="serve the town: web server and worker")
    _address(serve)
    serve.set_defaults(run=run_serve)
    worker = kinds.add_parser("worker", help="the worker loop alone")
    worker.add_argument("--once", action="store_true", help="one round, then stop")
    worker.set_defaults(run=run_worker)
    demo = kinds.add_parser("demo", help="fill an empty database with the fictional county")
    demo.add_argument("--seed", type=int, default=5)
    demo.add_argument("--small", action="store_true")
    demo.add_argument("--now", help="the day the year of matters ends (ISO); today otherwise")
    demo.set_defaults(run=run_make_demo)
    init = kinds.add_parser("init", help="set up a real, empty town")
    init.add_argument("--book", type=Path, required=True, help="the town's rule book (TOML)")
    init.add_argument("--admin", required=True, help="account name of the first administrator")
    init.add_argument("--name", required=True, help="the administrator's name")
    init.add_argument("--unit", required=True, help="the administrator's unit code in the rule book")
    init.add_argument("--password", help="asked for if absent; default passwords are refused")
    init.set_defaults(run=run_init)
    kinds.add_parser("migrate", help="bring the tables up to this version").set_defaults(run=run_migrate)


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))


def _django() -> None:
    import django

    django.setup()


def prepare() -> None:
    """Bring tables and static files up to this version, and check that the database keeps what it acknowledges."""
    from django.core.management import call_command

    from wuxiao.site.durable import assert_durable

    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    assert_durable()


def run_migrate(_args: argparse.Namespace) -> int:
    """Migrate."""
    _django()
    prepare()
    return 0


def run_serve(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    os.environ.setdefault("WUXIAO_BASE_URL", f"http://{args.host}:{args.port}")
    _django()
    prepare()
    from django.conf import settings

    from wuxiao.records.models import BookVersion
    from wuxiao.site.serve import serve

    if not BookVersion.objects.exists():
        print(
            "还没有规则手册:请先运行 wuxiao init(或 wuxiao demo)\nNo rule book yet: run `wuxiao init` first.",
            file=sys.stderr,
        )
        return 1
    _close()
    return serve(args.host, args.port, settings.DATA_DIR, on_ready=lambda: _say(args))


def _close() -> None:
    from django.db import connections

    connections.close_all()


def _say(args: argparse.Namespace, lines: list[str] | None = None) -> None:
    print(f"\n  http://{args.host}:{args.port}/          居民入口  residents")
    print(f"  http://{args.host}:{args.port}/staff/    工作人员  staff")
    print(f"  http://{args.host}:{args.port}/report    公开数据  public figures\n")
    for line in lines or []:
        print(line)
    print("  Ctrl-C 停止 stops.", flush=True)


def run_demo(args: argparse.Namespace) -> int:
    """Make the demo county on first use, then serve it."""
    os.environ["WUXIAO_DEMO"] = "1"
    os.environ.setdefault("WUXIAO_BASE_URL", f"http://{args.host}:{args.port}")
    _django()
    from django.conf import settings

    from wuxiao.records.models import BookVersion
    from wuxiao.site.serve import port_trouble, serve

    if trouble := port_trouble(args.host, args.port):
        print(trouble, file=sys.stderr)
        return 1
    prepare()
    kept = Path(settings.DATA_DIR) / "demo-accounts.txt"
    if not BookVersion.objects.exists():
        kept.write_text("\n".join(_build(args.seed, args.small, None)) + "\n", encoding="utf-8")
        kept.chmod(0o600)
    elif not kept.exists():
        print(
            "这个数据目录里是真实的城镇,不是演示;请用 wuxiao serve。\n"
            "This folder holds a real town: use `wuxiao serve`.",
            file=sys.stderr,
        )
        return 1
    accounts = kept.read_text(encoding="utf-8").splitlines()
    _close()
    return serve(args.host, args.port, settings.DATA_DIR, on_ready=lambda: _say(args, accounts))


def _build(seed: int, small: bool, now: str | None) -> list[str]:
    from django.utils import timezone

    from wuxiao.rules.calendar import SHANGHAI
    from wuxiao.site import demo

    at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI) if now else timezone.now()
    shown = threading.Lock()

    def progress(done: int, total: int) -> None:
        with shown:
            print(f"\r  演示县 demo county: {done}/{total}", end="", file=sys.stderr, flush=True)

    made = demo.build(seed=seed, now=at, small=small, progress=progress)
    print(file=sys.stderr)
    lines = ["  演示账号(一次性口令,仅限演示) Demo accounts (one-time passwords, demo only):"]
    lines += [f"    {a.username:<14} {a.password:<16} {a.name} {a.about.zh} {a.about.en}" for a in made.accounts]
    return lines


def run_make_demo(args: argparse.Namespace) -> int:
    """Fill an empty database with the demo county and print its accounts."""
    os.environ["WUXIAO_DEMO"] = "1"
    _django()
    from django.conf import settings

    from wuxiao.records.models import BookVersion

    prepare()
    if BookVersion.objects.exists():
        print("数据库不是空的\nThe database is not empty.", file=sys.stderr)
        return 1
    lines = _build(args.seed, args.small, args.now)
    kept = Path(settings.DATA_DIR) / "demo-accounts.txt"
    kept.write_text("\n".join(lines) + "\n", encoding="utf-8")
    kept.chmod(0o600)
    print("\n".join(lines))
    return 0


def run_worker(args: argparse.Namespace) -> int:
    """Run the worker loop."""
    _django()
    from wuxiao.site import worker

    worker.run(once=args.once)
    return 0


def run_init(args: argparse.Namespace) -> int:
    """Set up a real, empty town: tables, rule book, first administrator."""
    _django()
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.utils import timezone

    from wuxiao.desk import books, staff
    from wuxiao.desk.actor import SYSTEM
    from wuxiao.records.models import BookVersion
    from wuxiao.rules import book as rulebook
    from wuxiao.rules.access import Role

    try:
        text = args.book.read_text(encoding="utf-8")
        rulebook.loads(text, str(args.book))
    except (OSError, UnicodeDecodeError, rulebook.BookError) as error:
        print(error, file=sys.stderr)
        return 1
    password = args.password or getpass.getpass("管理员口令 administrator's password: ")
    try:
        if password.lower() in DEFAULT_PASSWORDS or args.admin.lower() in password.lower():
            raise ValidationError("default")
        validate_password(password)
    except ValidationError:
        print(
            "口令太弱或是常见的默认口令:至少10位,不含账号名\n"
            "The password is weak or a usual default: at least 10 characters, without the account name.",
            file=sys.stderr,
        )
        return 1
    prepare()
    if BookVersion.objects.exists():
        print("这里已经有一个城镇\nThere is a town here already.", file=sys.stderr)
        return 1
    at = timezone.now()
    books.adopt(text, name=str(args.book), effective_from=at, by=SYSTEM, at=at)
    post = staff.Appointment(Role.ADMIN, args.unit)
    staff.create(args.admin, args.name, [post], by=SYSTEM, at=at, password=password)
    print(f"城镇已建好。The town is set up. 下一步 next: wuxiao serve;  {args.admin} → /staff/")
    return 0
