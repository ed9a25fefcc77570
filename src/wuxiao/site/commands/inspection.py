"""Inspections of places: inspection order puts those due in order, inspection draw draws a round by lot."""

from __future__ import annotations

import argparse
import json
import math
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wuxiao.desk.base.actor import Actor
    from wuxiao.plan.order.files import Read
    from wuxiao.plan.order.problem import Plan, Problem
    from wuxiao.subjects.inspection.draw import Inspector, Place


def add_to(kinds: Any) -> None:
    """Add this file's words to the parser."""
    word = kinds.add_parser("inspection", help="which of the places that are due to look at first")
    doing = word.add_subparsers(dest="doing", required=True, metavar="WHAT")
    order = doing.add_parser("order", help="put the places of one file in order from the visits of another")
    order.add_argument("--train", type=Path, required=True, metavar="FILE", help="visits of the past with findings")
    order.add_argument("--test", type=Path, required=True, metavar="FILE", help="places that are due; judged if told")
    order.add_argument("--seed", type=int, default=1, help="of the lot; publish it before the list is made")
    order.add_argument("--drawn", type=float, default=0.1, help="share drawn by lot, at least a tenth")
    order.add_argument("--reasons", type=int, default=0, metavar="N", help="print the first N places with reasons")
    order.add_argument("--place", action="append", default=[], metavar="ID", help="print this place with its reasons")
    order.add_argument("--json", action="store_true")
    order.set_defaults(run=run_order)
    lot = doing.add_parser("draw", help="draw a round and who goes, or recompute a published one")
    lot.add_argument("--places", type=Path, metavar="FILE", help="columns code, kind, excluded")
    lot.add_argument("--inspectors", type=Path, metavar="FILE", help="columns code, excluded, aside")
    lot.add_argument("--seed", default="", help="from a source nobody at the desk commands; none: print the digest")
    lot.add_argument("--of", action="append", default=[], metavar="KIND=N", help="draw N places of a kind")
    lot.add_argument("--named", action="append", default=[], metavar="CODE=REASON", help="goes by cycle or complaint")
    lot.add_argument("--against", type=Path, metavar="FILE", help="a published round (JSON): say in what it differs")
    lot.add_argument("--commit", action="store_true", help="fix the lists and publish their commitment; needs --by")
    lot.add_argument("--figure", default="", help="with --commit: ssq, qlc, kl8, dlt (lotteries) or other")
    lot.add_argument("--on", default="", metavar="DAY", help="with --commit: the day on which the figure comes")
    lot.add_argument("--source", default="", help="with --figure other: which figure it is, who publishes it, where")
    lot.add_argument("--number", default="", help="a round that was fixed: with --take its lists are those")
    lot.add_argument("--take", action="store_true", help="draw a fixed round by --result and plan it; needs --by")
    lot.add_argument("--result", default="", help="the figure as it was published")
    lot.add_argument("--seen", default="", help="where you read it")
    lot.add_argument("--check", type=Path, metavar="ROUND", help="recompute a published round.json; needs --lists")
    lot.add_argument("--lists", type=Path, metavar="LIST", help="its list.txt")
    lot.add_argument("--witness", type=Path, metavar="FILE", help="its witness.json")
    lot.add_argument(
        "--by", default="", metavar="ACCOUNT", help="who plans it: a lead or handler of the unit that goes"
    )
    lot.add_argument("--json", action="store_true")
    lot.set_defaults(run=run_draw)


def run_order(args: argparse.Namespace) -> int:
    """Order the places of a file; exit 1 if the order breaks a rule, 2 if a file or number is wrong."""
    from wuxiao.plan import order
    from wuxiao.plan.form import BadProblem
    from wuxiao.plan.order import files

    try:
        train, due = files.read(args.train, findings=True), files.read(args.test, findings=False)
        problem, left_out = files.question(train, due, drawn=args.drawn)
        plan = order.solve(problem, seconds=math.inf, seed=args.seed)
    except BadProblem as error:
        place = error.where if error.row is None else f"{error.where}[{error.row}]"
        print(f"{place}: {error.said.zh}\n{place}: {error.said.en}", file=sys.stderr)
        return 2
    breaches = order.check(problem, plan)
    told = _told(problem, plan, due, left_out)
    told["not_read"] = sorted({*train.not_read, *due.not_read})
    told["breaches"] = [b.en for b in breaches]
    wanted = _wanted(problem, plan, args)
    if wanted:
        told["order"] = wanted
    if args.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        _print(plan, told, breaches)
    return 1 if breaches else 0


def run_draw(args: argparse.Namespace) -> int:
    """Draw a round; exit 1 if a published one differs or a place is short of inspectors, 2 if something is wrong."""
    import django

    django.setup()
    from wuxiao.desk.base.errors import DeskError
    from wuxiao.subjects.inspection import draw, lists

    if args.check is not None:
        return _checked(args)
    if args.take:
        return _taken(args)
    try:
        if args.places is None or args.inspectors is None:
            raise ValueError("--places, --inspectors")
        places, inspectors = lists.places(args.places), lists.inspectors(args.inspectors)
        if args.commit:
            return _committed(places, inspectors, args)
        if not args.seed:
            print(draw.digest(places, inspectors))
            return 0
        of_kind = {kind: int(number) for kind, number in _pairs(args.of)}
        made = draw.draw(places, inspectors, seed=args.seed, of_kind=of_kind, named=dict(_pairs(args.named)))
        published = json.loads(args.against.read_text(encoding="utf-8")) if args.against else None
    except (draw.BadDraw, DeskError) as error:
        print(f"{error.text.zh}\n{error.text.en}", file=sys.stderr)
        return 2
    except (OSError, ValueError) as error:
        print(f"读不了：{error}\nThis cannot be read: {error}", file=sys.stderr)
        return 2
    if published is not None:
        return _compared(lists.differences(published if isinstance(published, dict) else {}, made), args)
    if args.json:
        print(json.dumps(lists.told(made), ensure_ascii=False))
        return 1 if made.short else 0
    print(f"摘要 digest {made.digest}\n种子 seed   {made.seed}")
    for going in made.going:
        why = going.named or "随机 by lot"
        print(f"{going.place}\t{going.kind}\t{' '.join(going.inspectors)}\t{why}")
    for place, text in made.short:
        print(f"{place}\t{text.zh}\n\t{text.en}", file=sys.stderr)
    return 1 if made.short else 0


def _person(args: argparse.Namespace, now: datetime) -> Actor | None:
    from wuxiao.desk.base import actor
    from wuxiao.desk.town import books
    from wuxiao.records.models import Staff

    person = Staff.objects.filter(username=args.by, is_active=True).first()
    if person is None:
        print("--by: 没有这个账号\n--by: there is no such account", file=sys.stderr)
        return None
    return actor.of_staff(person, books.current(now).book)


def _committed(places: Sequence[Place], inspectors: Sequence[Inspector], args: argparse.Namespace) -> int:
    """Fix a round in the name of an account and print its number and commitment."""
    from django.utils import timezone

    from wuxiao.subjects.inspection.acts import commit
    from wuxiao.subjects.inspection.seed import moment

    now = timezone.now()
    if (by := _person(args, now)) is None:
        return 2
    of_kind = {kind: int(number) for kind, number in _pairs(args.of)}
    row = commit(
        places,
        inspectors,
        of_kind=of_kind,
        named=dict(_pairs(args.named)),
        figure=args.figure,
        on=date.fromisoformat(args.on),
        source=args.source,
        by=by,
        at=now,
    )
    assert row.opens_at is not None
    assert row.closes_at is not None
    if args.json:
        print(json.dumps({"number": row.number, "commitment": row.commitment}, ensure_ascii=False))
    else:
        opens, closes = moment(row.opens_at), moment(row.closes_at)
        print(f"从 {opens} 起抽，{closes} 以前不抽作废\nDrawn from {opens} on; void from {closes} on")
        print(f"编号 number      {row.number}\n封条 commitment  {row.commitment}")
        where = f"/report/draws/{row.number}"
        print(f"名单已固定，公布在 {where}\nThe lists are fixed; published at {where}")
    return 0


def _taken(args: argparse.Namespace) -> int:
    """Draw a fixed round and plan its inspections in the name of an account; exit 1 if that is refused."""
    from django.utils import timezone

    from wuxiao.desk.base.errors import DeskError
    from wuxiao.subjects.inspection.acts import draw_round
    from wuxiao.subjects.inspection.draw import BadDraw

    if not args.number or not args.result:
        print(
            "先用 --commit 固定名单、公布封条，公开数出来以后再用 --number、--result、--seen、--take 抽\n"
            "Fix the lists with --commit first; draw with --number, --result, --seen and --take when the figure is out",
            file=sys.stderr,
        )
        return 2
    now = timezone.now()
    if (by := _person(args, now)) is None:
        return 2
    try:
        row, made, cases = draw_round(args.number, args.result, seen=args.seen, by=by, at=now)
    except (BadDraw, DeskError) as error:
        print(f"{error.text.zh}\n{error.text.en}", file=sys.stderr)
        return 1
    numbers = [case.number for case in cases]
    if args.json:
        print(json.dumps({"number": row.number, "draw": row.mark, "inspections": numbers}, ensure_ascii=False))
    else:
        print(f"已列入计划{len(numbers)}次检查\n{len(numbers)} inspections are planned")
        print("\n".join(numbers))
    for place, text in made.short:
        print(f"{place}\t{text.zh}\n\t{text.en}", file=sys.stderr)
    return 0


def _checked(args: argparse.Namespace) -> int:
    """Recompute a published round from its files; exit 1 if anything does not fit, 2 if they cannot be read."""
    from wuxiao.subjects.inspection import recomputed

    try:
        if args.lists is None:
            raise ValueError("--lists")
        round_ = json.loads(args.check.read_text(encoding="utf-8"))
        witness = json.loads(args.witness.read_text(encoding="utf-8")) if args.witness is not None else None
        found = recomputed.judge(round_, args.lists.read_bytes(), args.result, witness)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"读不了：{error}\nThis cannot be read: {error}", file=sys.stderr)
        return 2
    wrong = [one.code for one in found if not one.good]
    if args.json:
        parts = [{"part": one.code, "good": one.good, "said": one.said.zh, "said_en": one.said.en} for one in found]
        print(json.dumps({"same": not wrong, "differs": wrong, "parts": parts}, ensure_ascii=False))
        return 1 if wrong else 0
    for one in found:
        mark = "✓" if one.good else "✗"
        print(f"{mark} {one.said.zh}\n  {one.said.en}")
    return 1 if wrong else 0


def _pairs(given: list[str]) -> list[tuple[str, str]]:
    found = []
    for one in given:
        name, equals, value = one.partition("=")
        if not (name and equals and value):
            raise ValueError(f"{one!r}: 写成 NAME=VALUE, write NAME=VALUE")
        found.append((name.strip(), value.strip()))
    return found


def _compared(found: list[str], args: argparse.Namespace) -> int:
    if args.json:
        print(json.dumps({"same": not found, "differs": found}, ensure_ascii=False))
    elif found:
        print(f"与公布的不同：{'、'.join(found)}\nIt differs from what was published: {', '.join(found)}")
    else:
        print("与公布的一致。\nIt is what was published.")
    return 1 if found else 0


def _told(problem: Problem, plan: Plan, due: Read, left_out: int) -> dict[str, Any]:
    """Return the figures: ours first, then what they are to be measured by, where the file tells what was found."""
    import numpy as np

    from wuxiao.plan import store
    from wuxiao.plan.order import judged

    n, at = len(due.place), judged.position(plan)
    told: dict[str, Any] = {
        "n": n,
        "today": date.fromordinal(int(problem.today)).isoformat(),
        "visits": plan.visits,
        "visits_left_out": left_out,
        "seed": plan.head.seed,
        "drawn": int(plan.drawn.sum()),
        "expected": float(plan.chance.sum()),
        "fitted": plan.fitted,
        "trial": store.to_json(plan.trial),
    }
    if due.critical is None:
        return told
    critical = due.critical > 0
    keys = {
        "": at,
        "by_chance_alone": -plan.chance,
        "as_it_was": due.day,
        "random": np.zeros(n),
        "last_result_only": judged.last_result(problem),
    }
    if due.score is not None and not np.isnan(due.score).any():
        keys["score_in_file"] = -due.score
    told["critical"] = int(critical.sum())
    for name, key in keys.items():
        found = judged.judged(key, due.day, critical)
        told |= {name: store.to_json(found)} if name else (store.to_json(found) if found else {})
    return told


def _wanted(problem: Problem, plan: Plan, args: argparse.Namespace) -> list[dict[str, Any]]:
    from wuxiao.plan import order, store

    rows = [int(r) for r in plan.order[: max(0, args.reasons)]]
    rows += [r for r, place in enumerate(problem.listed.place) if place in args.place and r not in rows]
    where = {int(row): k + 1 for k, row in enumerate(plan.order)}
    return [
        {
            "position": where[row],
            "place": problem.listed.place[row],
            "chance": round(float(plan.chance[row]), 4),
            "drawn": bool(plan.drawn[where[row] - 1]),
            "reasons": [store.to_json(said) for said in order.of_place(problem, plan, row)],
        }
        for row in rows
    ]


_LINES = (
    ("as_it_was", "原来的先后", "the order as it was"),
    ("random", "随机", "at random"),
    ("last_result_only", "只看上次结果", "by the last result only"),
    ("score_in_file", "文件中的评分", "by the score in the file"),
    ("by_chance_alone", "只按可能性", "by chance alone, nothing by lot"),
)


def _print(plan: Plan, told: dict[str, Any], breaches: list[Any]) -> None:
    for said in (*plan.why(), *breaches):
        print(f"{said.zh}\n    {said.en}")
    if "share_first_half" in told:
        print(f"前一半找到的严重发现 critical findings in the first half, n={told['n']}, {told['critical']}:")
        for name, zh, en in (("", "本排序", "this order"), *_LINES):
            one = told if not name else told.get(name)
            if one:
                print(
                    f"  {one['share_first_half']:6.1%} ({one['share_low']:.1%}–{one['share_high']:.1%})  "
                    f"{one['days_earlier']:+5.1f}天 days  {zh} {en}"
                )
    for one in told.get("order", ()):
        by_lot = " 随机 by lot" if one["drawn"] else ""
        print(f"{one['position']:5}  {one['place']}  {one['chance']:.1%}{by_lot}")
        for said in one["reasons"]:
            print(f"       {said['zh']}\n       {said['en']}")
