"""Forms as workbooks: forms check of others, forms write of ours."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wuxiao.feeds.forms.found import Read


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    forms = kinds.add_parser("forms", help="check forms (XLSForm workbooks)").add_subparsers(dest="what", required=True)
    check = forms.add_parser("check", help="say whether a form can be used, and what is wrong with it, row by row")
    check.add_argument("file", type=Path)
    check.add_argument("--lang", choices=["zh", "en"], default="zh")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=run_check)
    write = forms.add_parser("write", help="write one of our question sets as an XLSForm workbook")
    write.add_argument("name", nargs="?", default="", help="which set; without it the sets there are")
    write.add_argument("out", nargs="?", type=Path)
    write.set_defaults(run=run_write)


def run_check(args: argparse.Namespace) -> int:
    """Read a form and print what it is; 0 when it can be used, 1 when not, 2 when there is no such file."""
    from wuxiao.feeds.forms.read import read_form

    try:
        found = read_form(args.file)
    except OSError as error:
        # One object in any case: whoever asked for JSON reads no sentences.
        if args.json:
            words = {"zh": f"文件打不开：{error.strerror}", "en": f"The file cannot be opened: {error.strerror}"}
            gone = {"sheet": "", "row": 0, "column": "", "code": "file", **words}
            print(json.dumps({"ok": False, "loads": False, "unsupported": [], "errors": [gone]}, ensure_ascii=False))
        else:
            print(error, file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        for line in _said(found, args.lang):
            print(line)
    return 0 if found.form is not None else 1


def run_write(args: argparse.Namespace) -> int:
    """Write a set into a file that is not there yet; without a name list the sets. 0 when done, 2 when it cannot be."""
    from wuxiao.feeds.forms.sets import known
    from wuxiao.feeds.forms.write import as_xlsx
    from wuxiao.rules import book as rulebook

    there = known(rulebook.default())
    if not args.name:
        for name, one in there.items():
            print(f"{name} {one.version} {one.digest[:12]} {one.title.say('zh')} · {one.title.say('en')}")
        return 0
    form = there.get(args.name)
    if form is None:
        print(f"没有叫“{args.name}”的题集；有：{'、'.join(there)} · There is no set of this name.", file=sys.stderr)
        return 2
    out = args.out or Path(f"{args.name}.xlsx")
    try:
        with out.open("xb") as file:
            file.write(as_xlsx(form))
    except FileExistsError:
        print(f"{out} 已经有了，不覆盖 · {out} is there already and is not overwritten.", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{out} 写不了 · {out} cannot be written: {error.strerror}", file=sys.stderr)
        return 2
    print(f"{out} {form.version} {form.digest[:12]}")
    return 0


def _said(found: Read, lang: str) -> list[str]:
    from wuxiao.rules.questions.faults import Level
    from wuxiao.rules.words import Text

    heads = {
        Level.ERROR: Text("要改的", "To be mended"),
        Level.UNSUPPORTED: Text("本系统不支持的", "Not supported here"),
        Level.NOTE: Text("请留意的", "To look at"),
    }
    if found.form is not None:
        verdict = Text("这份表单可以使用。", "This form can be used.")
    elif found.ok:
        verdict = Text(
            "表单没有写错，但用到了本系统没有的功能。", "The form is well made but needs what is not to be had here."
        )
    else:
        verdict = Text("这份表单要先改好才能用。", "This form must be mended before it can be used.")
    lines = [verdict.say(lang)]
    if found.form is not None:
        lines.append(f"{found.form.name} {found.form.version} {found.form.digest[:12]}".replace("  ", " "))
    if found.types:
        lines.append(" · ".join(f"{name} {count}" for name, count in found.types.items()))
    for level, head in heads.items():
        if several := found.of(level):
            lines.append(f"{head.say(lang)} ({len(several)})")
            for one in several:
                row = Text(f"第{one.row}行", f"row {one.row}").say(lang) if one.row else ""
                place = " ".join(part for part in (one.sheet, row, one.column) if part)
                lines.append(f"  {place}: {one.text.say(lang)}" if place else f"  {one.text.say(lang)}")
    return lines
