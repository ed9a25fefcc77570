"""Registers: impact prints the impact sheet of one."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    impact = kinds.add_parser("impact", help="print the impact sheet of a subject from its fields (PIPL art. 55)")
    impact.add_argument("subject")
    impact.add_argument("--lang", choices=["zh", "en"], default="zh")
    impact.add_argument("--json", action="store_true", help="the fields as machines read them")
    impact.set_defaults(run=run_impact)


def run_impact(args: argparse.Namespace) -> int:
    """Print what is kept, for what, on which basis, how long and who sees it; 2 when there is no such subject."""
    import django

    django.setup()
    from wuxiao.rules import book as rulebook
    from wuxiao.rules.register import impact
    from wuxiao.site.subjects import REGISTERS

    known = {one.name: one.register for one in REGISTERS}
    if args.subject not in known:
        listed = ", ".join(known)
        print(f"没有这个主题，有：{listed}\nThere is no such subject; there are: {listed}", file=sys.stderr)
        return 2
    register, book = known[args.subject], rulebook.default()
    if args.json:
        fields = [one.describe() for one in register.all_fields(book)]
        print(json.dumps({"subject": register.name, "fields": fields}, ensure_ascii=False))
    else:
        for line in impact(register, book):
            print(line.say(args.lang))
    return 0
