"""Keeping a town safe: backup, restore, backup-key, doctor."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wuxiao.site import environment

if TYPE_CHECKING:
    from wuxiao.site.backup import Restored


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    backup = kinds.add_parser("backup", help="write one backup of the whole town, while it works")
    backup.add_argument("folder", type=_place)
    backup.add_argument(
        "--to",
        default=environment.value("BACKUP_TO"),
        help="age recipient (age1…) to encrypt to, or WUXIAO_BACKUP_TO; see wuxiao backup-key",
    )
    backup.add_argument("--plain", action="store_true", help="do not encrypt: whoever holds the file reads it")
    backup.add_argument("--drill", action="store_true", help="bring the backup back in a scratch folder and verify it")
    backup.add_argument("--identity", type=_place, help="the file of the key, for the drill of an encrypted backup")
    backup.add_argument("--json", action="store_true")
    backup.set_defaults(run=run_backup)
    restore = kinds.add_parser("restore", help="bring a backup back into an empty data folder and verify it")
    restore.add_argument("place", type=_place, help="a backup, or a folder of backups (the newest is taken)")
    restore.add_argument("--identity", type=_place, help="the file of the key an encrypted backup was made for")
    restore.add_argument("--erasures", type=_place, help="a later erasures.jsonl, to be carried out anew")
    restore.add_argument("--json", action="store_true")
    restore.set_defaults(run=run_restore)
    moved = kinds.add_parser("restored", help="settle a town whose database PostgreSQL itself brought back to a moment")
    moved.add_argument("moment", help="the moment it was brought back to (ISO, with its zone)")
    moved.add_argument("--erasures", type=_place, help="a later erasures.jsonl, to be carried out anew")
    moved.add_argument("--json", action="store_true")
    moved.set_defaults(run=run_restored)
    key = kinds.add_parser("backup-key", help="make a key for encrypted backups; keep it away from this machine")
    key.set_defaults(run=run_key)
    doctor = kinds.add_parser("doctor", help="look at everything that can go wrong with a running town")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument("--quick", action="store_true", help="leave out the reading of the whole database")
    doctor.set_defaults(run=run_doctor)


def _place(typed: str) -> Path:
    """A file or folder as it was typed; an empty word is a variable nobody set, not the folder one stands in."""
    if not typed.strip() or typed != typed.strip():
        raise argparse.ArgumentTypeError(
            f"路径是空的，或前后有空格 the path is empty, or begins or ends with a blank: {typed!r}"
        )
    return Path(typed)


def _end_in_order() -> None:
    """Have a stop from outside clear away what is half done, as Ctrl-C does."""

    def stop(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _identity(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        text = path.read_text(encoding="utf-8")
        if not text.strip():
            raise OSError("it is empty")
        return text
    except (OSError, UnicodeDecodeError) as error:
        from wuxiao.site.backup import BackupError

        raise BackupError(f"私钥文件读不了 the key cannot be read: {path}: {error}") from error


def run_backup(args: argparse.Namespace) -> int:
    """Back the town up; with --drill also bring it back and verify it. Exit code 1 if anything is not right."""
    import django

    from wuxiao.site import backup, folder

    folder.demand_town()
    django.setup()
    from django.utils import timezone

    _end_in_order()
    try:
        identity = _identity(args.identity)
        own = not args.plain and not args.to
        to = "" if args.plain else args.to or backup.own_recipient()
        made = backup.backup(args.folder, at=timezone.now(), to=to)
        drill = _drill(made.path, identity) if args.drill else None
    except backup.BackupError as error:
        print(error, file=sys.stderr)
        return 1
    said: dict[str, Any] = {
        "path": str(made.path),
        "files": made.files,
        "bytes": made.size,
        "encrypted": made.encrypted,
        "missing": list(made.missing),
    }
    if drill is not None:
        said["drill"] = drill
    if args.json:
        print(json.dumps(said, ensure_ascii=False))
    else:
        print(f"备份完成 done: {made.path} · {made.files} 个文件 files · {made.size:,} 字节 bytes")
        if drill is not None:
            print("演练通过 the drill passed" if drill == "whole" else f"演练没有通过 the drill failed: {drill}")
    if own:
        key = backup.own_key_path()
        print(
            f"已加密给本机的钥匙 {key}：请另存一份，不要和备份放在一起；这台机器坏了，没有它就打不开备份。\n"
            f"Encrypted to this machine's key {key}: keep a copy elsewhere, not beside the backups; without it none "
            "can be opened once this machine is gone.",
            file=sys.stderr,
        )
    elif not made.encrypted:
        print(
            "没有加密：谁拿到文件，谁就能看到群众的信息。Not encrypted: whoever holds the file reads residents' data.",
            file=sys.stderr,
        )
    for digest in made.missing:
        print(f"数据库里有、磁盘上没有的文件 a file the database misses: {digest}", file=sys.stderr)
    return 1 if made.missing or drill not in {None, "whole"} else 0


def _drill(path: Path, identity: str) -> str:
    """Bring a backup back in a scratch folder, by the command itself, and return what `verify` made of it."""
    import subprocess

    from django.conf import settings

    from wuxiao.site import backup

    # Where the town's own data lies already, not in a folder for everybody.
    with backup.scratch(Path(settings.DATA_DIR)) as scratch, backup.scratch_database() as url:
        command = [sys.executable, "-m", "wuxiao.site.cli", "restore", str(path)]
        if identity:
            key = scratch / "identity"
            key.touch(mode=0o600)
            key.write_text(identity, encoding="utf-8")
            command += ["--identity", str(key)]
        given = {**os.environ, "WUXIAO_DATA_DIR": str(scratch / "town")}
        if url:
            given["DATABASE_URL"] = url
        done = subprocess.run(command, env=given, capture_output=True, text=True, errors="replace")
        return "whole" if done.returncode == 0 else (done.stderr.strip() or done.stdout.strip())[-500:]


def run_restore(args: argparse.Namespace) -> int:
    """Bring a backup back and verify it; exit code 1 if it cannot be, or is not whole."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.utils import timezone

    from wuxiao.site import backup
    from wuxiao.site.commands.town import prepare
    from wuxiao.site.durable import assert_server_reachable

    _end_in_order()
    data = Path(settings.DATA_DIR)
    try:
        later = backup.read_erasures(args.erasures) if args.erasures else []
        identity = _identity(args.identity)
        backup.newest(args.place)
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        assert_server_reachable()
        backup.assert_empty(data)
        with backup.opened(args.place, beside=data, identity=identity) as (town, paper):
            if paper["database"] != connection.vendor:
                raise backup.BackupError(
                    f"备份来自 {paper['database']}，这里是 {connection.vendor} / a backup of another kind of database"
                )
            backup.begin(data)
            if later:
                backup.add_erasures(data, later)
            backup.place_files(town, paper, data)
            if paper["database"] == "postgresql":
                backup.place_dump(town)
            prepare(restored=True)
            restored = backup.settle(paper, data, at=timezone.now())
            backup.end(data)
    except backup.BackupError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"没有恢复完（{error.strerror or error}）：腾出空间或改好权限，再运行一次 wuxiao restore\n"
            f"The restore did not come to its end ({error.strerror or error}): make room, or mend the rights, and run "
            "wuxiao restore again.",
            file=sys.stderr,
        )
        return 1
    return _tell_restored(restored, as_json=args.json)


def run_restored(args: argparse.Namespace) -> int:
    """Hold what may have been sent since, erase anew what was erased since, and verify; exit code as `restore`."""
    from datetime import datetime

    import django

    try:
        moment = datetime.fromisoformat(args.moment)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        print(
            "时刻要写成 2026-11-30T10:00:00+08:00 这样，带时区\n"
            "Write the moment as 2026-11-30T10:00:00+08:00, with its zone.",
            file=sys.stderr,
        )
        return 2
    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from wuxiao.site import backup
    from wuxiao.site.commands.town import prepare

    data = Path(settings.DATA_DIR)
    prepare()
    try:
        if args.erasures:
            backup.add_erasures(data, backup.read_erasures(args.erasures))
    except backup.BackupError as error:
        print(error, file=sys.stderr)
        return 1
    paper = {"made_at": moment.isoformat(), "missing": []}
    return _tell_restored(backup.settle(paper, data, at=timezone.now()), as_json=args.json)


def _tell_restored(restored: Restored, *, as_json: bool) -> int:
    from django.utils import timezone

    from wuxiao.desk.audit.verify import verify

    breaks = verify(at=timezone.now()).breaks or []
    said = {
        "made_at": restored.made_at.isoformat(),
        "held": restored.held,
        "erased": restored.erased,
        "missing": list(restored.missing),
        "breaks": [{"where": b.where, "turn": b.turn, "what": b.what} for b in breaks],
    }
    if as_json:
        print(json.dumps(said, ensure_ascii=False))
    else:
        print(f"已恢复到 restored to {restored.made_at:%Y-%m-%d %H:%M:%S %Z}")
        print(f"  {restored.held} 条消息等人决定（页面“发件箱”）messages wait for a decision")
        print(f"  重新清除 erased anew: {restored.erased}")
        print("  核验 verify: " + ("完整 whole" if not breaks else f"断裂 breaks {len(breaks)}"))
    return 1 if breaks else 0


def run_key(_args: argparse.Namespace) -> int:
    """Print a new key for backups."""
    from wuxiao.site import backup

    identity, recipient = backup.new_key()
    print("# 私钥：存到别处，丢了就解不开备份 the key: keep it elsewhere; without it no backup can be opened")
    print(identity)
    print("# 公钥：放进 WUXIAO_BACKUP_TO the recipient: for WUXIAO_BACKUP_TO")
    print(f"# {recipient}")
    return 0


def run_doctor(args: argparse.Namespace) -> int:
    """Look at everything; exit code 1 if anything needs a person."""
    from wuxiao.site.watch import doctor

    found = doctor.look(quick=args.quick)
    if args.json:
        print(json.dumps({"ok": all(f.ok for f in found), "checks": [f.to_json() for f in found]}, ensure_ascii=False))
    else:
        for one in found:
            print(f"{'ok ' if one.ok else '!! '} {one.name:<12} {one.text.zh} / {one.text.en}")
            if not one.ok and one.mend:
                print(f"                → {one.mend.zh} / {one.mend.en}")
    return 0 if all(f.ok for f in found) else 1
