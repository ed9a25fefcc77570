"""Checking the diary: verify, and the key that signs its checkpoints."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wuxiao.desk.audit.against import Against
    from wuxiao.desk.audit.verify import Result

#: A file of saved checkpoints is small; whatever is larger is something else.
LARGEST = 32_000_000
SECONDS = 20


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    verify = kinds.add_parser("verify", help="check every seal, text, file, row and checkpoint")
    verify.add_argument("--json", action="store_true")
    verify.add_argument(
        "--read-only",
        action="store_true",
        help="write nothing, also not beside the database (by itself where the folder takes nothing)",
    )
    verify.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="FILE|URL",
        help="checkpoints kept outside (signed notes or checkpoints.json); may be given more than once",
    )
    verify.add_argument("--key", action="append", default=[], help="a public key (name+hash+base64) beside our own")
    verify.set_defaults(run=run_verify)
    receipt = kinds.add_parser("receipt", help="check a resident's receipt.txt or data.json; asks no database")
    receipt.add_argument("file", metavar="FILE|URL")
    receipt.add_argument("--key", action="append", default=[], help="the town's public key (name+hash+base64)")
    receipt.add_argument("--against", action="append", default=[], metavar="FILE|URL")
    receipt.add_argument("--json", action="store_true")
    receipt.set_defaults(run=run_receipt)
    key = kinds.add_parser("log-key", help="print the public key of the checkpoints (makes the key if there is none)")
    key.set_defaults(run=run_key)


def run_key(_args: argparse.Namespace) -> int:
    """Print the public key; it is meant to be published and kept by others."""
    import django

    django.setup()
    from wuxiao.desk.diary import notes

    try:
        print(notes.own_key().verifier())
    except (notes.NoteError, OSError) as error:
        print(f"签名密钥读不出来 the signing key cannot be read: {error}", file=sys.stderr)
        return 1
    return 0


def run_receipt(args: argparse.Namespace) -> int:
    """Check a receipt: exit code 0 if it holds, 1 if not (or not yet), 2 if something cannot be read."""
    import django

    django.setup()
    from wuxiao.desk.audit import against
    from wuxiao.desk.diary import notes, receipts

    try:
        receipt = receipts.read(_fetch(args.file))
        saved = [note for source in args.against for note in against.read(_fetch(source))]
        keys = [notes.read_key(line) for line in args.key] or notes.keys()
    except (OSError, ValueError) as error:
        print(f"读不出来 cannot be read: {error}", file=sys.stderr)
        return 2
    found = receipts.check(receipt, keys, saved)
    if args.json:
        parts = {name: [{"zh": t.zh, "en": t.en} for t in getattr(found, name)] for name in ("wrong", "proven", "open")}
        body = {"holds": found.holds, "size": receipt.size, "leaf": receipt.leaf, **parts}
        print(json.dumps(body, ensure_ascii=False))
    else:
        heads = {"wrong": "不对 wrong", "proven": "证明了 proven", "open": "没有证明 not proven"}
        for name, head in heads.items():
            for text in getattr(found, name):
                print(f"{head}: {text.zh} · {text.en}")
    return 0 if found.holds else 1


def _fetch(source: str) -> str:
    """Return the text of a file or of an http(s) address; raises `OSError` or `ValueError` with what is wrong."""
    if source.startswith(("http://", "https://")):
        raw = _fetched(source)
    else:
        with open(Path(source), "rb") as file:
            raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise ValueError(f"more than {LARGEST} bytes")
    return raw.decode("utf-8")


def _fetched(source: str) -> bytes:
    """Return the answer of an address within `SECONDS` in all, however slowly it drips; raises `OSError`.

    A thread asks, for a silent or dripping far end can hold any single call; it ends with this process.
    """
    found: list[bytes] = []
    wrong: list[Exception] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(source, timeout=SECONDS) as answer:
                found.append(answer.read(LARGEST + 1))
        except Exception as error:
            wrong.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(SECONDS)
    if wrong:
        if isinstance(wrong[0], OSError):
            raise wrong[0]
        raise OSError(f"no answer that can be read: {wrong[0]}") from wrong[0]
    if not found:
        raise TimeoutError(f"no whole answer within {SECONDS} seconds")
    return found[0]


def run_verify(args: argparse.Namespace) -> int:
    """Verify everything; exit code 1 if anything breaks, 2 if checkpoints cannot be read, 4 if there is no town."""
    import django

    from wuxiao.site import folder, looking

    looks = looking.begin(os.environ.get("WUXIAO_DATA_DIR", "data"), asked=args.read_only)
    folder.demand_town(only_look=looks)
    django.setup()
    from django.utils import timezone

    from wuxiao.desk.audit import against
    from wuxiao.desk.audit.verify import verify
    from wuxiao.desk.diary import notes
    from wuxiao.site.durable import assert_server_reachable

    # A damaged file of SQLite is a finding; a server that is away is none.
    assert_server_reachable()
    if said := _not_for_us():
        print(said, file=sys.stderr)
        return 2

    saved: list[notes.Note] = []
    for source in args.against:
        try:
            saved += against.read(_fetch(source))
        except (OSError, ValueError) as error:
            print(f"读不出保存的检查点 cannot read saved checkpoints: {source}: {error}", file=sys.stderr)
            return 2
    try:
        keys = [*notes.keys(), *(notes.read_key(line) for line in args.key)]
    except (OSError, ValueError) as error:
        print(f"公钥读不出来 a key cannot be read: {error}", file=sys.stderr)
        return 2
    tell = sys.stderr.isatty()
    result = verify(lambda n: print(f"\r{n}", end="", file=sys.stderr) if tell else None, at=timezone.now())
    found = None
    if saved:
        try:
            found = against.compare(saved, keys)
        except Exception as error:
            if not result.breaks:
                raise
            print(f"检查点没有核对 checkpoints were not compared: {error}", file=sys.stderr)
    if looks and not args.json:
        print("只读：什么也没有写 · read-only: nothing was written")
    print(_as_json(result, found, looks) if args.json else _in_words(result, found))
    return 1 if result.breaks or (found is not None and found.breaks) else 0


def _not_for_us() -> str:
    """Why this program cannot compare what lies there; empty if it can. A database that breaks is a finding."""
    from django.conf import settings
    from django.db import DatabaseError

    from wuxiao.records.sealed import key_lost
    from wuxiao.site.durable import unknown_migrations, waiting_migrations

    try:
        unknown, waiting = unknown_migrations(), waiting_migrations()
        lost = settings.LOOKING and key_lost()
    except DatabaseError:
        return ""
    if unknown or waiting:
        return (
            "数据库是另一个版本的程序建的，请用那个版本核对，或先升级（wuxiao migrate）。\n"
            "The tables are those of another version: verify with that one, or bring them up first (wuxiao migrate)."
        )
    if lost:
        path = settings.IDENTITY_KEY_FILE
        return (
            f"缺封存姓名和电话的钥匙 {path}，联系方式没法核对：请放在旁边，或用 WUXIAO_IDENTITY_KEY_FILE 指明。\n"
            f"The key of sealed names and phones {path} is missing, so contacts cannot be compared: put it there, or "
            "name it in WUXIAO_IDENTITY_KEY_FILE."
        )
    return ""


def _as_json(result: Result, found: Against | None, looks: bool) -> str:
    body: dict[str, Any] = {
        "read_only": looks,
        "left_out": [{"zh": text.zh, "en": text.en} for text in result.left_out],
        "whole": not result.breaks and not (found and found.breaks),
        "matters": result.matters,
        "rows": result.rows,
        "entries": result.entries,
        "texts": result.texts,
        "files": result.files,
        "checkpoints": result.checkpoints,
        "uncovered": result.uncovered,
        "unsealed": result.unsealed,
        "breaks": [
            {"where": b.where, "turn": b.turn, "column": b.column, "what": b.text.en, "zh": b.text.zh}
            for b in result.breaks
        ],
    }
    if found is not None:
        body["against"] = {
            "saved": found.saved,
            "signed": found.signed,
            "matched": found.matched,
            "newest": found.newest,
            "size": found.size,
            "after": found.after,
            **{
                name: [{"zh": text.zh, "en": text.en} for text in getattr(found, name)]
                for name in ("breaks", "proven", "open")
            },
        }
    return json.dumps(body, ensure_ascii=False)


def _in_words(result: Result, found: Against | None) -> str:
    lines = [
        f"事项 matters {result.matters} · 登记 rows {result.rows} · 日志 entries {result.entries} · "
        f"文字 texts {result.texts} · 附件 files {result.files} · 检查点 checkpoints {result.checkpoints}"
    ]
    if result.uncovered:
        lines.append(
            f"{result.uncovered}件事项登记时还没有封住各栏的值，只核对了之后封住的 · "
            f"{result.uncovered} matters began before rows were sealed: only what was sealed since is compared"
        )
    lines += [f"没有核对 not compared: {text.zh} · {text.en}" for text in result.left_out]
    if result.unsealed:
        lines.append(
            f"{result.unsealed}个接口密钥、对接平台或第二因素是以前的，内容没有封存（wuxiao migrate 会封存一次） · "
            f"{result.unsealed} keys, platforms or second factors are from before rows were sealed "
            "(wuxiao migrate seals them once, as they stand)"
        )
    for b in result.breaks:
        lines.append(f"断裂 breaks at {b.where}, turn {b.turn}: {b.text.zh} · {b.text.en}")
    if found is not None:
        lines.append(
            f"外部抄件 outside copies {found.saved} · 签名核对过 signed {found.signed} · 对上 matched {found.matched}"
        )
        lines += [f"断裂 breaks: {text.zh} · {text.en}" for text in found.breaks]
        lines += [f"证明了 proven: {text.zh} · {text.en}" for text in found.proven]
        lines += [f"没有证明 not proven: {text.zh} · {text.en}" for text in found.open]
    else:
        lines.append(
            "没有外面的抄件（--against）：有人把整本日志连同检查点一起重做，这里看不出来 · "
            "no outside copy (--against): "
            "an insider who made the whole diary and its checkpoints anew would not show here"
        )
    count = len(result.breaks) + (len(found.breaks) if found else 0)
    lines.append("完整 whole" if not count else f"断裂 breaks: {count}")
    return "\n".join(lines)
