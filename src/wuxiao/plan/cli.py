"""`wuxiao plan <engine> PROBLEM.json --seconds S --seed N --out PLAN.json`, and the readers of published instances."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from wuxiao.plan import store
from wuxiao.plan.engine import NAMES, Engine, engine
from wuxiao.plan.form import (
    COMPILING,
    BadProblem,
    Cancel,
    NotYet,
    Progress,
    Said,
    State,
    Stop,
    after_iterations,
    either,
    seeded,
)

#: What may be asked for: an engine, the streets below them, an invented town, the register.
WORDS = (*NAMES, "ground", "town", "register")
#: Seconds a search takes where neither a limit of time nor of steps is given.
SECONDS = 60.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one engine.

    Exit code 0 done, 1 the plan breaks a rule, 2 the question was wrong, 3 no plan was found yet (more time may find
    one), 4 a fault of this program or this machine, said in one sentence (``WUXIAO_TRACE=1`` shows where).
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] not in WORDS:
        _top().parse_args(words[:1] or ["--help"])
        return 2
    try:
        if words[0] in ("ground", "town"):
            from wuxiao.plan.ground import cli as ground

            return (ground.town if words[0] == "town" else ground.ground)(words[1:])
        if words[0] == "register":
            return _register()
        return _run(engine(words[0]), words[1:])
    except BadProblem as error:
        place = error.where if error.row is None else f"{error.where}[{error.row}]"
        print(f"{place}: {error.said.zh}\n{place}: {error.said.en}", file=sys.stderr)
        return 3 if isinstance(error, NotYet) else 2
    except BrokenPipeError:
        # Whoever reads (``| head``) has seen enough; what Python would still flush at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("WUXIAO_TRACE", "").strip() == "1":
            raise
        print(_fault(error), file=sys.stderr)
        return 4


def _fault(error: Exception) -> Said:
    """Return a fault nobody foresaw as a sentence: what it was and how to see where."""
    what = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    if isinstance(error, MemoryError):
        return Said("内存不够：请把问题分小，或换内存更大的机器",
                    "not enough memory: ask for less at once, or use a larger machine")  # fmt: skip
    if isinstance(error, OSError):
        return Said(f"读写文件出错：{what}", f"a file could not be read or written: {what}")
    return Said(
        f"程序出了错（{what}），不是方案违反规则；设WUXIAO_TRACE=1再运行可看出在哪里",
        f"a fault of this program ({what}), not a plan that breaks a rule; run again with WUXIAO_TRACE=1 to see where",
    )


def _top() -> argparse.ArgumentParser:
    """Return the parser that knows the engines and says what each is for."""
    purposes = [(name, engine(name).entry.purpose) for name in NAMES]
    purposes += [
        (
            "ground",
            Said("读路网，说明其内容，写成表格", "Read a street network, say what it holds, write tables"),
        ),
        ("town", Said("由种子编出一座县城，写成文件", "Invent a county town from a seed number and write it down")),
        ("register", Said("打印算法登记簿", "Print the algorithm register")),
    ]
    lines = [f"  {name:10}{said.en}\n  {'':10}{said.zh}" for name, said in purposes]
    top = argparse.ArgumentParser(
        prog="wuxiao plan",
        description="Plans with proof. `wuxiao plan ENGINE --help` says how to ask each.",
        epilog="engines:\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("engine", choices=WORDS, metavar="ENGINE")
    return top


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
    parser.add_argument("--seconds", type=float, help=f"limit of wall time ({SECONDS:.0f} where none is given)")
    parser.add_argument("--iterations", type=int, help="limit of steps: with a seed the same plan can be had again")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--warm", type=Path, metavar="PLAN.json", help="an earlier plan to start from or stay near")
    parser.add_argument("--out", type=Path, metavar="PLAN.json", help="where to write the plan")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--progress", action="store_true", help="tell on the error stream how the search stands")
    for setting in it.settings:
        how: dict[str, Any] = {"type": setting.kind, "metavar": setting.name.upper()}
        if setting.kind is bool:
            how = {"action": "store_const", "const": True}
        parser.add_argument(f"--{setting.name.replace('_', '-')}", **how, help=setting.help.en)
    args = parser.parse_args(words)
    seeded(args.seed)
    if args.schema:
        both = {"problem": store.schema(it.problem), "plan": store.schema(it.plan)}
        print(json.dumps(both, ensure_ascii=False, indent=1))
        return 0
    if args.out:
        store.may_write(args.out)
    problem = _problem(it, args)
    warm = store.load(it.plan, args.warm) if args.warm else None
    if args.iterations is not None and args.iterations < 1:
        raise BadProblem("iterations", Said("步数须不小于1", "the limit of steps must be at least 1"))
    seconds = args.seconds if args.seconds is not None else math.inf if args.iterations else SECONDS
    cancel = Cancel()
    stop: Stop = either(after_iterations(args.iterations), cancel) if args.iterations else cancel
    tell = _teller() if args.progress else None
    with _interrupt(cancel):
        plan = it.solve(problem, seconds=seconds, seed=args.seed, warm=warm, stop=stop, progress=tell)
    breaches = list(it.check(problem, plan))
    written = _written(plan, args.out) if args.out else True
    if COMPILING.seconds >= 1.0:
        said = Said(
            f"另用{COMPILING.seconds:.1f}秒编译，不计入时限；编译结果留存时下次不再需要",
            f"{COMPILING.seconds:.1f} s more went into compiling, outside the limit; kept, it is not needed again",
        )
        print(said, file=sys.stderr)
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
    return 1 if breaches else 0 if written else 4


def _written(plan: Any, path: Path) -> bool:
    """Write a plan where it was asked for, or, so that a search is not lost, to the temporary folder."""
    try:
        store.save(plan, path)
        return True
    except OSError as error:
        why = error.strerror or str(error)
    folder = Path(tempfile.mkdtemp(prefix="wuxiao-plan-"))
    try:
        store.save(plan, folder / path.name)
    except OSError as error:
        print(Said(f"方案写不进{path}（{why}），也写不进{folder}（{error.strerror}）",
                   f"the plan could be written neither to {path} ({why}) nor to {folder} ({error.strerror})"),
              file=sys.stderr)  # fmt: skip
        return False
    print(Said(f"方案写不进{path}（{why}），存在{folder / path.name}",
               f"the plan could not be written to {path} ({why}); it is in {folder / path.name}"),
          file=sys.stderr)  # fmt: skip
    return False


@contextmanager
def _interrupt(cancel: Cancel) -> Iterator[None]:
    """Let the first interrupt end the search with the best plan it has; the second breaks off."""

    def once(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        said = (
            "正在停止，将给出目前最好的方案；再按一次立即中断\nending with the best plan so far; once more breaks off"
        )
        print(said, file=sys.stderr, flush=True)
        cancel.now()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _teller() -> Progress:
    """Return a progress that prints a line at most once a second."""
    told = -math.inf

    def tell(state: State) -> None:
        nonlocal told
        if state.seconds - told >= 1.0:
            told = state.seconds
            found = "" if state.objective is None else f"  {state.objective:.6g}"
            bound = "" if state.bound is None else f"  ≥≤ {state.bound:.6g}"
            print(f"{state.seconds:8.1f} s  {state.iterations}{found}{bound}", file=sys.stderr, flush=True)

    return tell


def _problem(it: Engine, args: argparse.Namespace) -> Any:
    """Return the problem that was asked about, with the settings that were given beside it."""
    given = {s.name: getattr(args, s.name) for s in it.settings if getattr(args, s.name) is not None}
    for reader in it.readers:
        path = getattr(args, reader.flag.replace("-", "_"))
        if path is not None:
            return reader.load(path, **given)
    for setting in it.settings:
        if setting.reading and setting.name in given:
            flags = "、".join(f"--{reader.flag}" for reader in it.readers)
            said = Said(f"只与{flags}一起用", f"goes only with {flags}")
            raise BadProblem(f"--{setting.name.replace('_', '-')}", said)
    return replace(store.load(it.problem, args.problem), **given)
