"""Impact sheets: of a register, of a life beside matters, of matters; of one, or of all into a folder."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wuxiao.rules.words import Text


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    impact = kinds.add_parser("impact", help="print the impact sheet of a subject from its fields (PIPL art. 55)")
    impact.add_argument("subject", nargs="?", default="", help="a register, a life, or matter")
    impact.add_argument("--all", action="store_true", help="write the sheets of all subjects, in both languages")
    impact.add_argument("--into", type=Path, default=Path("impact"), metavar="FOLDER", help="where --all writes")
    impact.add_argument("--lang", choices=["zh", "en"], default="zh")
    impact.add_argument("--json", action="store_true", help="the fields as machines read them")
    impact.set_defaults(run=run_impact)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its lines, and its fields as machines read them."""

    lines: Sequence[Text]
    fields: Sequence[dict[str, Any]]


def _sheets() -> dict[str, Sheet]:
    from wuxiao.rules import book as rulebook
    from wuxiao.rules import impact
    from wuxiao.rules.register import impact as of_register
    from wuxiao.site.subjects import REGISTERS, SUBJECTS

    book = rulebook.default()
    parts = [one.describe() for group in impact.parts_of_matters(book).values() for one in group]
    found = {impact.MATTERS: Sheet(impact.of_matters(book), parts)}
    for one in REGISTERS:
        described = [field.describe() for field in one.register.all_fields(book)]
        found[one.name] = Sheet(of_register(one.register, book), described)
    for subject in SUBJECTS:
        if (pages := subject.pages) is not None:
            asks = _asks(pages, book)
            lines = impact.of_life(subject.life, pages.title, pages.meaning, asks, pages.days)
            listed = [part.describe() for part in impact.parts_of_life(subject.life, asks)]
            found[subject.life.name] = Sheet(lines, listed)
    return found


def _asks(pages: Any, book: Any) -> Any:
    return lambda step: pages.fields(step, book)


def run_impact(args: argparse.Namespace) -> int:
    """Print what is kept, for what, on which basis, how long and who sees it; 2 when there is no such subject."""
    import django

    django.setup()
    sheets = _sheets()
    if args.all:
        return _write(sheets, args.into)
    if args.subject not in sheets:
        listed = ", ".join(sheets)
        print(f"没有这个主题，有：{listed}\nThere is no such subject; there are: {listed}", file=sys.stderr)
        return 2
    sheet = sheets[args.subject]
    if args.json:
        print(json.dumps({"subject": args.subject, "fields": list(sheet.fields)}, ensure_ascii=False))
    else:
        for line in sheet.lines:
            print(line.say(args.lang))
    return 0


def _write(sheets: dict[str, Sheet], into: Path) -> int:
    try:
        into.mkdir(parents=True, exist_ok=True)
        for name, sheet in sheets.items():
            for lang in ("zh", "en"):
                text = "\n".join(line.say(lang) for line in sheet.lines) + "\n"
                (into / f"{name}.{lang}.md").write_text(text, encoding="utf-8")
    except OSError as error:
        print(f"写不了：{error}\nThis cannot be written: {error}", file=sys.stderr)
        return 2
    print(f"{into}: {', '.join(sheets)}")
    return 0
