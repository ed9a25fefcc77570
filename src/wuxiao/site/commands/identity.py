"""The keys under which reporters' names, phones and mail addresses lie in the database: identity."""

from __future__ import annotations

import argparse
from typing import Any


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    identity = kinds.add_parser("identity", help="the keys that seal who reported: status, rotate, let-go")
    identity.add_argument(
        "what",
        choices=["status", "rotate", "let-go"],
        help="status: keys and what lies under old ones; rotate: seal everything under a fresh key; "
        "let-go: take the old keys out of the file once nothing needs them",
    )
    identity.set_defaults(run=run_identity)


def run_identity(args: argparse.Namespace) -> int:
    """Show, change or clean up the keys; exit code 1 if something still needs an old key."""
    import django

    django.setup()
    from wuxiao.desk.people import identity
    from wuxiao.records.sealed import keyring

    match args.what:
        case "rotate":
            rows = identity.rotate()
            print(f"已用新钥匙重新封存 sealed anew: {rows} 行 rows")
        case "let-go":
            print(f"已去掉旧钥匙 old keys let go: {identity.let_go()}")
    left = identity.under_old_keys()
    ring = keyring()
    print(f"钥匙 keys: {', '.join(ring.ids)} · 仍在旧钥匙下 still under an old key: {left}")
    return 1 if left else 0
