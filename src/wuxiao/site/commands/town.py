"""Setting a town up and running it: serve, worker, init, migrate, staff."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from wuxiao.rules.access import ADMINISTRATORS, ROLES, Role
from wuxiao.rules.words import Text
from wuxiao.site import address, folder


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    serve = kinds.add_parser("serve", help="serve the town: web server and worker")
    address.add_to(serve)
    serve.set_defaults(run=run_serve)
    worker = kinds.add_parser("worker", help="the worker loop alone")
    worker.add_argument("--once", action="store_true", help="one round, then stop")
    worker.set_defaults(run=run_worker)
    init = kinds.add_parser("init", help="set up a real, empty town")
    init.add_argument("--book", type=Path, required=True, help="the town's rule book (TOML)")
    init.add_argument("--admin", required=True, help="account name of the first administrator")
    init.add_argument("--name", required=True, help="the administrator's name")
    init.add_argument("--unit", required=True, help="the administrator's unit code in the rule book")
    init.add_argument(
        "--security", nargs=2, metavar=("ACCOUNT", "NAME"), help="who appoints people and guards accounts"
    )
    init.add_argument(
        "--auditor", nargs=2, metavar=("ACCOUNT", "NAME"), help="who reads the record of all that was done"
    )
    secret = init.add_mutually_exclusive_group()
    secret.add_argument("--password-file", type=Path, help="a file with the administrator's password; - reads one line")
    secret.add_argument("--password", help="the password itself: others on this machine can see it; better asked for")
    init.set_defaults(run=run_init)
    person = kinds.add_parser("staff", help="the town's administrators, from the machine itself: when nobody gets in")
    person.add_argument("do", choices=("add", "reset", "list"))
    person.add_argument("account", nargs="?", help="account name")
    person.add_argument("--role", choices=sorted(r.value for r in ADMINISTRATORS))
    person.add_argument("--name")
    person.add_argument("--unit", help="unit code in the rule book")
    person.set_defaults(run=run_staff)
    kinds.add_parser("migrate", help="bring the tables up to this version").set_defaults(run=run_migrate)


def _django() -> None:
    import django

    django.setup()


def prepare(*, own: bool = True, restored: bool = False) -> None:
    """Bring tables and static files up to this version, and check that the database keeps what it acknowledges.

    The data folder is closed to other accounts of the machine; with `own` off a folder open to them stops the start.
    With `restored` the town's own key has just been put back in place of the one this process began with.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.diary import notes, vouched
    from wuxiao.desk.house import order_anew
    from wuxiao.records.sealed import key_lost
    from wuxiao.site import drawer
    from wuxiao.site.durable import assert_durable, assert_not_newer, assert_reachable

    if not restored:
        folder.demand_finished(settings.DATA_DIR)
    for path in drawer.mend(settings.DATA_DIR) if own else drawer.demand(settings.DATA_DIR):
        if path == settings.DATA_DIR:
            print(f"已收紧权限 closed to other accounts: {path}", file=sys.stderr)

    assert_reachable()
    assert_not_newer()
    call_command("migrate", verbosity=0, interactive=False)
    vouched.seal_as_found(by=SYSTEM, at=timezone.now())
    order_anew.settle(by=SYSTEM, at=timezone.now())
    if settings.SECRET_KEY_MADE and not restored:
        _refuse_new_key(settings.DATA_DIR)
    if key_lost():
        path = settings.IDENTITY_KEY_FILE
        raise SystemExit(
            f"数据库里有封存的姓名和电话，但钥匙文件 {path} 不见了；请从备份放回原来的文件，不要新做。\n"
            f"The database holds sealed names and phones, but their key file {path} is gone: put the old one back from "
            "the backup."
        )
    call_command("collectstatic", verbosity=0, interactive=False)
    assert_durable()
    if not notes.key_path().exists():
        notes.own_key()


def _refuse_new_key(folder: Path) -> None:
    from wuxiao.records.models import BookVersion

    if BookVersion.objects.exists():
        (folder / "secret-key").unlink(missing_ok=True)
        raise SystemExit(
            f"数据库里已有城镇，但 {folder} 里没有它的密钥文件 secret-key；请从备份放回，不要新做。\n"
            f"The database holds a town, but {folder} has no secret-key of it: put the old one back from the backup."
        )


def run_migrate(_args: argparse.Namespace) -> int:
    """Migrate."""
    _django()
    prepare()
    return 0


def run_serve(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    host, port = address.chosen(args)
    _django()
    prepare(own=False)
    from django.conf import settings

    from wuxiao.records.models import BookVersion
    from wuxiao.site.serve import serve

    if not BookVersion.objects.exists():
        print(
            "还没有规则手册:请先运行 wuxiao init(或 wuxiao demo)\nNo rule book yet: run `wuxiao init` first.",
            file=sys.stderr,
        )
        return 1
    address.close()
    return serve(host, port, settings.DATA_DIR, on_ready=lambda: address.say(host, port))


def run_worker(args: argparse.Namespace) -> int:
    """Run the worker loop."""
    _django()
    from django.conf import settings

    from wuxiao.site import drawer, worker

    folder.demand_finished(settings.DATA_DIR)
    drawer.demand(settings.DATA_DIR)

    worker.run(once=args.once)
    return 0


def run_init(args: argparse.Namespace) -> int:
    """Set up a real, empty town: tables, rule book, and the administrators it begins with."""
    _django()
    from django.utils import timezone

    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.diary import notes
    from wuxiao.desk.doors import passphrases, staff
    from wuxiao.desk.town import books
    from wuxiao.records.models import BookVersion
    from wuxiao.rules import book as rulebook

    try:
        text = args.book.read_text(encoding="utf-8")
        book = rulebook.loads(text, str(args.book))
    except (OSError, UnicodeDecodeError, rulebook.BookError) as error:
        print(error, file=sys.stderr)
        return 1
    password = _typed_password(args)
    own = passphrases.words_of_person(args.admin, args.name)
    if (trouble := passphrases.judge(password, book, own).trouble) is not None:
        print(f"口令不行：{trouble.zh}\nThis password does not do. {trouble.en}", file=sys.stderr)
        return 1
    first: list[tuple[Role, str, str]] = [(Role.ADMIN, args.admin, args.name)]
    first += [(role, given[0], given[1]) for role, given in _others(args) if given]
    if len({account for _, account, _ in first}) < len(first):
        print("三位管理员要用不同的账号\nThe administrators need different accounts.", file=sys.stderr)
        return 1
    prepare()
    if BookVersion.objects.exists():
        print("这里已经有一个城镇\nThere is a town here already.", file=sys.stderr)
        return 1
    errors: dict[str, Text] = {}
    for _role, account, name in first:
        staff.check_account(account, name, "", errors, at=timezone.now())
    if args.unit not in book.units:
        errors["unit"] = Text(f"规则手册里没有单位{args.unit}", f"the rule book has no unit {args.unit}")
    if errors:
        print("\n".join(f"{t.zh}\n{t.en}" for t in errors.values()), file=sys.stderr)
        return 1
    at = timezone.now()
    books.adopt(text, name=str(args.book), effective_from=at, by=SYSTEM, at=at)
    lines = []
    for role, account, name in first:
        own_one = role is Role.ADMIN
        _made, drawn = staff.create(
            account,
            name,
            [staff.Appointment(role, args.unit)],
            by=SYSTEM,
            at=at,
            password=password if own_one else None,
            must_change=not own_one,
        )
        lines.append(f"  {ROLES[role].name.zh} {ROLES[role].name.en}: {account}" + ("" if own_one else f"  {drawn}"))
    print(f"日志检查点的公钥（请抄到别处）the log's public key (keep it elsewhere):\n  {notes.published()}")
    print(f"城镇已建好。The town is set up. 下一步 next: wuxiao serve;  {args.admin} → /staff/")
    print("\n".join(lines))
    if len(first) > 1:
        print("  一次性密码只显示这一次，请当面交给本人。 One-time passwords are shown only now.")
    missing = sorted(ADMINISTRATORS - {r for r, _, _ in first})
    if missing:
        print(
            "  新增账号由安全管理员提出、另一位管理员确认，所以至少要两位：缺的现在就在这台机器上加，最好是两个人。\n"
            "  New accounts are proposed by the security administrator and confirmed by another administrator, so two"
            " are needed: add the missing ones on this machine now, two different persons if you can."
        )
    for role in missing:
        print(
            f"  还缺{ROLES[role].name.zh}：wuxiao staff add ACCOUNT --role {role} --name NAME --unit UNIT"
            f"  (missing: {ROLES[role].name.en})"
        )
    return 0


def _typed_password(args: argparse.Namespace) -> str:
    """The administrator's password: given, from a file or a line of input, else asked for twice."""
    if args.password:
        return str(args.password)
    if args.password_file is not None:
        text = sys.stdin.readline() if str(args.password_file) == "-" else args.password_file.read_text("utf-8")
        return str(text).strip("\r\n")
    typed = getpass.getpass("管理员口令 administrator's password: ")
    if getpass.getpass("再输一遍 once more: ") != typed:
        raise SystemExit("两次输入不一样。 The two differ.")
    return typed


def _others(args: argparse.Namespace) -> list[tuple[Role, list[str]]]:
    """Who else begins the town: as given, asked for at a terminal, else nobody."""
    found = []
    for role, given in ((Role.SECURITY, args.security), (Role.AUDITOR, args.auditor)):
        if given is None and sys.stdin.isatty() and sys.stderr.isatty():
            account = input(f"{role} 账号 account (Enter: later): ").strip()
            given = [account, input("姓名 name: ").strip()] if account else []
        found.append((role, list(given or [])))
    return found


def run_staff(args: argparse.Namespace) -> int:
    """Add an administrator or give one a new one-time password, from the machine itself; the diary says so."""
    _django()
    from django.conf import settings
    from django.utils import timezone

    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.base.errors import Invalid
    from wuxiao.desk.doors import appointments, staff
    from wuxiao.records.models import Post
    from wuxiao.site import drawer

    drawer.demand(settings.DATA_DIR)
    if args.do == "list":
        rows = Post.objects.filter(role__in=[r.value for r in ADMINISTRATORS]).select_related("staff").order_by("role")
        for row in rows:
            print(
                f"{row.role:<10} {row.staff.username:<20} {row.staff.name}{'' if row.staff.is_active else ' (closed)'}"
            )
        return 0
    if not args.account or (args.do == "add" and not (args.role and args.name and args.unit)):
        print(
            "要写明账号；add 还要 --role --name --unit\nName the account; add needs --role --name --unit.",
            file=sys.stderr,
        )
        return 2
    at = timezone.now()
    if args.do == "add":
        post = staff.Appointment(Role(args.role), args.unit)
        try:
            password = appointments.add_from_machine(args.account, args.name, post, by=SYSTEM, at=at)
        except Invalid as wrong:
            print("\n".join(f"{t.zh}\n{t.en}" for t in wrong.fields.values()), file=sys.stderr)
            return 1
    else:
        password = appointments.reset_from_machine(args.account, by=SYSTEM, at=at)
    print(password)
    print("只显示这一次；本人首次登录必须改掉。 Shown only now; to be changed at the first sign-in.", file=sys.stderr)
    return 0
