"""Checking the diary: verify."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    verify = kinds.add_parser("verify", help="check every seal, text and checkpoint and say where it breaks")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(run=run_verify)


def run_verify(args: argparse.Namespace) -> int:
    """Verify everything; exit code 1 if anything breaks."""
    import django

    django.setup()
    from wuxiao.desk.verify import verify

    result = verify(lambda n: print(f"\r{n}", end="", file=sys.stderr) if sys.stderr.isatty() else None)
    breaks = result.breaks or []
    if args.json:
        print(
            json.dumps(
                {
                    "matters": result.matters,
                    "entries": result.entries,
                    "texts": result.texts,
                    "checkpoints": result.checkpoints,
                    "breaks": [{"where": b.where, "turn": b.turn, "what": b.what} for b in breaks],
                },
                ensure_ascii=False,
            )
        )
    else:
        print(
            f"事项 matters {result.matters} · 日志 entries {result.entries} · "
            f"文字 texts {result.texts} · 检查点 checkpoints {result.checkpoints}"
        )
        for b in breaks:
            print(f"断裂 breaks at {b.where}, turn {b.turn}: {b.what}")
        print("完整 whole" if not breaks else f"断裂 breaks: {len(breaks)}")
    return 1 if breaks else 0
