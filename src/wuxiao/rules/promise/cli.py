"""The work behind `wuxiao promise`: one date by `--at`, or a CSV of many, with the reason of each.

Pure: the rule book comes in as a mapping of profile and class to term, the calendar as an argument. The command
itself is wired elsewhere.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TextIO

from wuxiao.rules.calendar import SHANGHAI, Calendar
from wuxiao.rules.promise import Promise, Term, promise
from wuxiao.rules.promise.words import say
from wuxiao.rules.words import Text

Terms = Mapping[str, Mapping[str, Term]]
"""Profile code to class code to term."""

_COLUMNS = ("at", "profile", "class")
_NAIVE = Text(
    "时间没有写时区，按北京时间（Asia/Shanghai）理解",
    "the time names no zone and was read as Asia/Shanghai",
)


class _Refused(ValueError):
    """A question that cannot be answered; the message says what is wrong and what is allowed."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Refused(f"{message}\n{self.format_usage().strip()}")


def run(
    argv: Sequence[str],
    book: Terms,
    *,
    calendar: Calendar | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Answer `--at TIME --profile P --class C [--json] [--lang zh|en]` or `--batch FILE.csv` on `out`: the exit code.

    `--batch` reads UTF-8 or GB18030 with the columns at, profile, class (others are ignored; `-` is standard input)
    and prints a JSON list in the order of the rows, each with `due` and `why`. A row that cannot be answered stands
    in its place as `{"row": n, "error": reason}` and is told on `err` as well; row 1 is the heading, as a spreadsheet
    shows it. A time without a zone is read as Asia/Shanghai and the answer says so in `note`. Exit codes: 0 all
    answered, 1 some rows were not, 2 the question itself is wrong.
    """
    out = out or sys.stdout
    err = err or sys.stderr
    calendar = calendar or Calendar.official()
    parser = _Parser(prog="wuxiao promise", description="by when a matter must be answered, and why")
    parser.add_argument("--at", help="when it was received, as 2026-02-12T10:00 (Asia/Shanghai) or with a zone")
    parser.add_argument("--profile", help="promise profile of the rule book")
    parser.add_argument("--class", dest="handling_class", help="handling class, such as complaint")
    parser.add_argument(
        "--batch", metavar="FILE.csv", help="a CSV with the columns at,profile,class; - for standard input"
    )
    parser.add_argument("--json", action="store_true", help="print JSON (always so with --batch)")
    parser.add_argument("--lang", choices=("zh", "en"), help="language of the plain answer; both when unsaid")
    try:
        args = parser.parse_args(list(argv))
        if args.batch is not None:
            if args.at or args.profile or args.handling_class:
                raise _Refused("--batch takes at, profile and class from the file: leave the other options out")
            return _batch(args.batch, book, calendar, out, err)
        missing = [
            name
            for name, value in (("--at", args.at), ("--profile", args.profile), ("--class", args.handling_class))
            if not value
        ]
        if missing:
            raise _Refused(f"missing: {', '.join(missing)} (or give --batch FILE.csv)")
        made, note = _answer(args.at, args.profile, args.handling_class, book, calendar)
    except (ValueError, OSError) as error:
        print(f"wuxiao promise: {error}", file=err)
        return 2
    if args.json:
        print(
            json.dumps(_record(args.at, args.profile, args.handling_class, made, note), ensure_ascii=False, indent=2),
            file=out,
        )
        return 0
    print(made.due.isoformat(), file=out)
    for lang in (args.lang,) if args.lang else ("zh", "en"):
        print(say(made.why, lang), file=out)
        if note:
            print(f"（{note.zh}。）" if lang == "zh" else f"({note.en[0].upper()}{note.en[1:]}.)", file=out)
    return 0


def _answer(at: str, profile: str, handling_class: str, book: Terms, calendar: Calendar) -> tuple[Promise, Text | None]:
    if profile not in book:
        raise _Refused(f'no profile "{profile}" in the rule book; it has {", ".join(sorted(book))}')
    terms = book[profile]
    if handling_class not in terms:
        raise _Refused(
            f'profile "{profile}" promises nothing for class "{handling_class}"; it has {", ".join(sorted(terms))}'
        )
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise _Refused(f'"{at}" is not a date and time such as 2026-02-12T10:00 ({error})') from error
    note = None
    if moment.tzinfo is None:
        moment, note = moment.replace(tzinfo=SHANGHAI), _NAIVE
    return promise(moment, terms[handling_class], calendar), note


def _record(at: str, profile: str, handling_class: str, made: Promise, note: Text | None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "at": made.start.isoformat(),
        "profile": profile,
        "class": handling_class,
        "term": str(made.term),
        "due": made.due.isoformat(),
        "provisional": bool(made.why.provisional),
        "why": {"zh": say(made.why, "zh"), "en": say(made.why, "en"), **made.why.to_json()},
    }
    if note is not None:
        record["note"] = {"zh": note.zh, "en": note.en, "given": at}
    return record


def _read(name: str) -> str:
    raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _Refused(f"{name} is neither UTF-8 nor GB18030 text: save the sheet as CSV")


def _batch(name: str, book: Terms, calendar: Calendar, out: TextIO, err: TextIO) -> int:
    rows = csv.reader(io.StringIO(_read(name), newline=""))
    heading = [cell.strip().lower() for cell in next(rows, [])]
    missing = [column for column in _COLUMNS if column not in heading]
    if missing:
        raise _Refused(f"{name}: row 1 must name the columns at,profile,class; missing: {', '.join(missing)}")
    places = [heading.index(column) for column in _COLUMNS]
    bad = 0
    answers: list[dict[str, Any]] = []
    try:
        for number, cells in enumerate(rows, 2):
            if not any(cell.strip() for cell in cells):
                continue
            try:
                at, profile, handling_class = _cells(cells, places)
                made, note = _answer(at, profile, handling_class, book, calendar)
                answers.append(_record(at, profile, handling_class, made, note))
            except ValueError as error:
                bad += 1
                answers.append({"row": number, "error": str(error)})
                print(f"{name}: row {number}: {error}", file=err)
    except csv.Error as error:
        raise _Refused(f"{name}: line {rows.line_num}: not readable as CSV ({error})") from error
    json.dump(answers, out, ensure_ascii=False, indent=2)
    out.write("\n")
    return 1 if bad else 0


def _cells(cells: list[str], places: list[int]) -> tuple[str, str, str]:
    values = [cells[place].strip() if place < len(cells) else "" for place in places]
    empty = [column for column, value in zip(_COLUMNS, values, strict=True) if not value]
    if empty:
        raise _Refused(f"{', '.join(empty)}: nothing is given")
    at, profile, handling_class = values
    return at, profile, handling_class
