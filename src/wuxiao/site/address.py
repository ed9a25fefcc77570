"""Where a town is served: host and port as they were typed, checked before anything else, and what is then printed."""

from __future__ import annotations

import argparse
import os
import sys

from wuxiao.site import environment

#: The exit code for an address that cannot be had; a data folder that cannot be used has its own (`site.folder`).
WRONG_ADDRESS = 3


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add host and port to a word's own."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default=os.environ.get("PORT") or "8000")


def chosen(args: argparse.Namespace) -> tuple[str, int]:
    """Return host and port, or end with a sentence and exit code 3.

    The public address follows from them where none was set. This machine is named `localhost` there: browsers tie no
    passkey to a bare number.
    """
    typed = str(args.port).strip()
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 8 else 0
    if not 1 <= number <= 65535:
        refuse(
            f"端口 PORT={typed!r} 不行：要写 1 到 65535 的整数，例如 make run PORT=8000。\n"
            f"PORT={typed!r} will not do: a whole number from 1 to 65535 is needed, for example make run PORT=8000."
        )
    host = str(args.host).strip() or "127.0.0.1"
    if not environment.value("BASE_URL"):
        os.environ["WUXIAO_BASE_URL"] = f"http://{name(host)}:{number}"
    return host, number


def refuse(sentence: str) -> None:
    """Say why this address cannot be had, and end."""
    print(sentence, file=sys.stderr)
    raise SystemExit(WRONG_ADDRESS)


def name(host: str) -> str:
    """Return a host as it stands in an address."""
    return "localhost" if host in {"127.0.0.1", "::1"} else f"[{host}]" if ":" in host else host


def say(host: str, port: int, lines: list[str] | None = None) -> None:
    """Print where the town can be looked at, once it answers."""
    base = f"http://{name(host)}:{port}"
    print(f"\n  {base}/          居民入口  residents")
    print(f"  {base}/staff/    工作人员  staff")
    print(f"  {base}/report    公开数据  public figures\n")
    for line in lines or []:
        print(line)
    print("  Ctrl-C 停止 stops.", flush=True)


def close() -> None:
    """Give the database back: from here on the processes of the town have connections of their own."""
    from django.db import connections

    connections.close_all()
