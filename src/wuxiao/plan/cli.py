"""`wuxiao plan <engine> PROBLEM.json --seconds S --seed N --out PLAN.json`, and the readers of published instances."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wuxiao.plan import store
from wuxiao.plan.engine import NAMES, Engine, engine
from wuxiao.plan.form import BadProblem, Stop, after_iterations


def main(argv: Sequence[str] | None = None) -> int:
    """Run one engine; exit code 0 done, 1 the plan breaks a rule, 2 the question was wrong."""
    words = list(sys.argv[1:] if argv is None else argv)
    top = argparse.ArgumentParser(
        prog="wuxiao plan", description="Plans with proof: grids, standby points, patrols, rounds, rosters."
    )
    top.add_argument("engine", choices=(*NAMES, "town", "register"))
    if not words or words[0] not in (*NAMES, "town", "register"):
        top.parse_args(words[:1] or ["--help"])
        return 2
    try:
        if words[0] == "town":
            from wuxiao.plan.ground.cli import main as town

            return town(words[1:])
        if words[0] == "register":
            return _register()
        return _run(engine(words[0]), words[1:])
    except BadProblem as error:
        place = error.where if error.row is None else f"{error.where}[{error.row}]"
        print(f"{place}: {error.said.zh}\n{place}: {error.said.en}", file=sys.stderr)
        return 2


def _register() -> int:
    print(json.dumps([store.to_json(engine(name).entry) for name in NAMES], ensure_ascii=False, indent=1))
    return 0


def _run(it: Engine, words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"wuxiao plan {it.name}", description=it.entry.purpose.en)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("problem", nargs="?", type=Path, help="a problem as JSON (its form: --schema)")
    for reader in it.readers:
        given.add_argument(f"--{reader.flag}", type=Path, metavar="FILE", help=reader.help.en)
    given.add_argument("--schema", action="store_true", help="print the form of problem and plan as JSON Schema")
    parser.add_argument("--seconds", type=float, default=60.0, help="limit of wall time")
    parser.add_argument("--iterations", type=int, help="limit of steps: with a seed the same plan can be had again")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--warm", type=Path, metavar="PLAN.json", help="an earlier plan to start from or stay near")
    parser.add_argument("--out", type=Path, metavar="PLAN.json", help="where to write the plan")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    args = parser.parse_args(words)
    if args.schema:
        both = {"problem": store.schema(it.problem), "plan": store.schema(it.plan)}
        print(json.dumps(both, ensure_ascii=False, indent=1))
        return 0
    problem = _problem(it, args)
    warm = store.load(it.plan, args.warm) if args.warm else None
    stop: Stop | None = after_iterations(args.iterations) if args.iterations else None
    seconds = math.inf if args.iterations and args.seconds == parser.get_default("seconds") else args.seconds
    plan = it.solve(problem, seconds=seconds, seed=args.seed, warm=warm, stop=stop)
    breaches = list(it.check(problem, plan))
    if args.out:
        store.save(plan, args.out)
    head = plan.head
    figures = {
        "engine": head.engine,
        "objective": head.objective,
        "bound": head.bound,
        "gap": head.gap,
        "seconds": round(head.seconds, 3),
        "iterations": head.iterations,
        "seed": head.seed,
        "version": head.version,
        "stopped": head.stopped,
        **it.figures(problem, plan),
        "breaches": [b.en for b in breaches],
    }
    if args.json:
        print(json.dumps(store.to_json(figures), ensure_ascii=False))
    else:
        for said in (head.why(), *plan.why(), *breaches):
            print(f"{said.zh}\n    {said.en}")
    return 1 if breaches else 0


def _problem(it: Engine, args: argparse.Namespace) -> Any:
    for reader in it.readers:
        path = getattr(args, reader.flag.replace("-", "_"))
        if path is not None:
            return reader.load(path)
    return store.load(it.problem, args.problem)
