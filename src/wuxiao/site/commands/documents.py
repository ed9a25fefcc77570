"""Papers: documents check says whether a DOCX template is fit for use, documents template gives ours."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

#: The kinds of papers, known here without bringing the program in.
KINDS = ("order", "letter", "minutes")


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    words = kinds.add_parser("documents", help="templates of papers that go out").add_subparsers(
        dest="what", required=True
    )
    check = words.add_parser("check", help="say what is wrong with a DOCX template, and fill it with the hardest paper")
    check.add_argument("file", type=Path)
    check.add_argument("--kind", choices=KINDS, default="letter")
    check.add_argument("--preview", type=Path, help="write the template filled with the hardest paper to this file")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=run_check)
    ours = words.add_parser("template", help="write our own DOCX template of a kind to a file, to begin from")
    ours.add_argument("kind", choices=KINDS)
    ours.add_argument("file", type=Path)
    ours.set_defaults(run=run_template)


def run_check(args: argparse.Namespace) -> int:
    """Print what was found; 1 when the template is not fit for use, 2 when the file cannot be read."""
    import django

    django.setup()
    from wuxiao.desk.documents.check import check
    from wuxiao.desk.documents.trial import MOST

    try:
        with args.file.open("rb") as stream:
            data = stream.read(MOST + 1)
    except OSError as error:
        print(f"{args.file}: {error.strerror}", file=sys.stderr)
        return 2
    report = check(data, args.kind)
    if args.preview is not None and report.preview is not None:
        args.preview.write_bytes(report.preview)
    if args.json:
        listed = [{"level": one.level, "zh": one.text.zh, "en": one.text.en, "near": one.near} for one in report.found]
        print(json.dumps({"ok": report.ok, "found": listed, "used": sorted(report.used)}, ensure_ascii=False, indent=1))
    else:
        for one in report.found:
            near = f"（{one.near}）" if one.near else ""
            print(f"{'✗' if one.level == 'error' else '·'} {one.text.zh}{near}\n  {one.text.en}")
        print("可以用 fit for use" if report.ok else "不能用 not fit for use")
    return 0 if report.ok else 1


def run_template(args: argparse.Namespace) -> int:
    """Write our own template of a kind."""
    import django

    django.setup()
    from wuxiao.desk.documents.documents import template_of

    args.file.write_bytes(template_of(args.kind))
    return 0
