"""Small faults put into the code one at a time: do the tests of the same storey notice? make mutate

    make mutate                                    every fault of tools/mutants/faults; what is known is not tried again
    make mutate ARGS="--only rules feeds"          these storeys
    make mutate ARGS="--id desk.act-other-1a69c"   these faults, tried anew
    make mutate ARGS="--again"                     forget what earlier runs found
    make mutate ARGS="--check"                     only: does every fault still have its place in the code?

First it measures which test runs through which line (kept in build/mutants until the code or the tests change). Then
each fault is tried with the tests of its storey that run through its lines, the quickest first, until one fails
(`tools/mutants/serve.py`); a test that failed is run once without any fault too, and left out if it fails even then.
What lives is tried once more in a fresh process on a copy of the tree with the fault in it. The work tree is never
touched.
Exit code 0 when nine of ten died in every storey, 1 when not, 2 when a fault has lost its place.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.mutants.place import STOREYS, Fault, Gone, Placed, functions, place, read  # noqa: E402

WORK = ROOT / "build" / "mutants"
# Where the tests of a storey stand. What pages and machines ask of the desk is tested through them.
HOMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("rules/", ("tests/rules",)),
    ("feeds/", ("tests/feeds",)),
    ("web/", ("tests/web",)),
    ("subjects/", ("tests/subjects", "tests/desk", "tests/web")),
    ("desk/look/", ("tests/desk", "tests/web")),
    ("desk/", ("tests/desk", "tests/subjects", "tests/feeds", "tests/web")),
)
MARKS = "not browser and not slow and not alone"
# Tests that read the text of the code: run for these kinds in the fresh process, beside those that run its lines.
READERS = {"language": ("tests/rules/test_languages.py",)}
MOST = 1000
AIM = 0.9
Tests = dict[str, list[tuple[float, str]]]


def main(arguments: list[str]) -> int:
    """Try them and print the table."""
    asked = _asked(arguments)
    os.chdir(ROOT)
    WORK.mkdir(parents=True, exist_ok=True)
    faults = [
        one for one in read() if (not asked.only or one.storey in asked.only) and (not asked.id or one.id in asked.id)
    ]
    placed, gone = [], []
    for fault in faults:
        try:
            placed.append(place(fault))
        except Gone as why:
            gone.append(f"{fault.id}: {why}")
    for line in gone:
        print(f"no place: {line}")
    if asked.check or not placed:
        print(f"{len(placed)} faults have their place in the code, {len(gone)} have lost it")
        return 2 if gone else 0
    nice = os.nice(0)
    if nice < asked.nice:
        os.nice(asked.nice - nice)
    started = time.monotonic()
    folders = {home for one in placed for home in _homes(one.fault)}
    cover = _map(sorted(folders), asked.workers, asked.kept_map)
    known = {} if asked.again or asked.id else _known()
    results = _try([one for one in placed if _key(one) not in known or _outdated(known[_key(one)])], cover, asked)
    results = {**known, **results}
    _print([one for one in placed if _key(one) in results], results, time.monotonic() - started)
    if gone:
        return 2
    return 0 if _reached(placed, results) else 1


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutate", description="Do the tests notice small faults?")
    parser.add_argument("--only", nargs="+", choices=STOREYS, default=[], help="these storeys")
    parser.add_argument("--id", nargs="+", default=[], help="these faults, tried anew")
    parser.add_argument("--again", action="store_true", help="forget what earlier runs found")
    parser.add_argument("--check", action="store_true", help="only look whether each fault has its place")
    parser.add_argument("--workers", type=int, default=2, help="how many at a time (2)")
    parser.add_argument("--nice", type=int, default=10, help="how far to step back for others (10)")
    parser.add_argument(
        "--kept-map", action="store_true", help="trust the lines measured last, where a test file is the same"
    )
    return parser.parse_args(arguments)


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "WUXIAO_TEST_DB": "sqlite", "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", **more}


def _pytest(*words: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", *words]


# --------------------------------------------------------------------------------------------- which test covers what


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return total.hexdigest()[:16]


def _homes(fault: Fault) -> tuple[str, ...]:
    return next(folders for start, folders in HOMES if fault.file.startswith(start))


def _map(folders: list[str], workers: int, trust: bool) -> dict[str, Any]:
    """The map of the test files in these folders, measured anew where code, common ground or file changed."""
    keep = WORK / "map.json"
    old = json.loads(keep.read_text()) if keep.is_file() else {}
    code = _digest(one for one in (ROOT / "src" / "wuxiao").rglob("*") if one.suffix in {".py", ".html", ".toml"})
    ground = _digest([ROOT / "tests" / "conftest.py", *(ROOT / "tests" / "support").glob("*.py")])
    files = sorted(str(one.relative_to(ROOT)) for folder in folders for one in (ROOT / folder).glob("test_*.py"))
    marks = {name: _digest([ROOT / name]) + ("" if trust else code + ground) for name in files}
    found = {name: old[name] for name in files if name in old and _same(old[name]["mark"], marks[name])}
    lacking = [name for name in files if name not in found]
    if lacking:
        print(f"measuring which lines {len(lacking)} test files run through …", flush=True)
    running = []
    for number in range(workers):
        part = lacking[number::workers]
        if part:
            out = WORK / f"map-{number}.json"
            out.unlink(missing_ok=True)
            command = _pytest("-p", "tools.mutants.cover", "-m", MARKS, *part)
            environment = _environment(WUXIAO_MUTANTS_MAP=str(out))
            running.append((out, part, subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)))
    for out, part, process in running:
        process.wait()
        if not out.is_file():
            raise SystemExit("the tests did not run to their end; does make test pass?")
        got = json.loads(out.read_text())
        for name in part:
            found[name] = {"tests": {}, "lines": {}, **got.get(name, {}), "mark": marks[name]}
    keep.write_text(json.dumps({**old, **found}))
    return found


def _same(kept: str, mark: str) -> bool:
    return kept == mark or (len(mark) == 16 and kept.startswith(mark))


def _tests(one: Placed, cover: dict[str, Any]) -> list[tuple[float, str]]:
    """Tests of its storey that run through its lines, at most MOST, the quickest first; files in turn.

    What stands at a module's top under a name is also met by every test of a file that speaks of the name.
    """
    homes, named = _homes(one.fault), _name(one)
    wanted = _wanted(one, named)
    by_file: dict[str, list[tuple[float, str]]] = {}
    for file, row in cover.items():
        if file.startswith(tuple(f"{home}/" for home in homes)):
            numbers = {
                number
                for source, lines in wanted.items()
                for line, tests in row["lines"].get(source, {}).items()
                if int(line) in lines
                for number in tests
            }
            names = list(row["tests"].items())
            if named and re.search(rf"\b{named}\b", (ROOT / file).read_text(encoding="utf-8")):
                numbers = set(range(len(names)))
            by_file[file] = sorted((names[number][1], names[number][0]) for number in numbers)
    taken: list[tuple[float, str]] = []
    while any(by_file.values()) and len(taken) < MOST:
        for rest in by_file.values():
            if rest:
                taken.append(rest.pop(0))
    return sorted(taken[:MOST])


def _name(one: Placed) -> str:
    """The name that the top of a module gives to what the fault changes; empty inside functions and classes."""
    if one.live or not one.fault.module:
        return ""
    for node in ast.parse(one.before).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.lineno <= one.lines.start <= (node.end_lineno or 0):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            return target.id if isinstance(target, ast.Name) else ""
    return ""


def _wanted(one: Placed, named: str) -> dict[str, set[int]]:
    """The lines a test must run through to meet the fault: its own, or at a module's top those that use the name."""
    if one.live:
        return {one.fault.path: set(one.lines)}
    if named:
        using: dict[str, set[int]] = defaultdict(set)
        for path in (ROOT / "src" / "wuxiao").rglob("*.py"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if re.search(rf"\b{named}\b", line):
                    using[str(path.relative_to(ROOT))].add(number)
        return using
    for function in functions(one.before).values():
        first = min([function.lineno, *(mark.lineno for mark in function.decorator_list)])
        if first <= one.lines.start < function.body[0].lineno:
            return {one.fault.path: set(range(function.body[0].lineno, (function.end_lineno or 0) + 1))}
    return {one.fault.path: set(range(1, one.before.count("\n") + 2))}


# ---------------------------------------------------------------------------------------------------------- trying


def _key(one: Placed) -> str:
    return f"{one.fault.id} {one.digest}"


def _known() -> dict[str, dict[str, Any]]:
    file = WORK / "results.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []
    return {f"{row['id']} {row['digest']}": row for row in rows}


def _outdated(row: dict[str, Any]) -> bool:
    """Whether the test files a verdict rests on have changed since."""
    return any(
        not (ROOT / name).is_file() or _digest([ROOT / name]) != mark for name, mark in row.get("files", {}).items()
    )


def _try(todo: list[Placed], cover: dict[str, Any], asked: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Each fault in a lent process; the module's top, and what lived, in a fresh one."""
    results: dict[str, dict[str, Any]] = {}
    tests = {_key(one): _tests(one, cover) for one in todo}
    by_key = {_key(one): one for one in todo}

    def note(key: str, row: dict[str, Any]) -> None:
        one = by_key[key]
        names = [row["test"]] if row["end"] == "died" else [name for _, name in tests[key]]
        files = {name.split("::")[0] for name in names if name}
        if row["end"] != "died":
            files |= {
                str(path.relative_to(ROOT)) for home in _homes(one.fault) for path in (ROOT / home).glob("test_*.py")
            }
        marks = {name: _digest([ROOT / name]) for name in sorted(files) if (ROOT / name).is_file()}
        results[key] = {**row, "id": one.fault.id, "digest": one.digest, "of": len(tests[key]), "files": marks}
        with (WORK / "results.jsonl").open("a") as out:
            out.write(json.dumps(results[key]) + "\n")
        if len(results) % 25 == 0:
            print(f"  {len(results)} of {len(todo)}", flush=True)

    lent = [one for one in todo if one.live and tests[_key(one)]]
    slow = [one for one in todo if not one.live]
    for key, row in _lend(lent, tests, asked.workers):
        if row["end"] == "survived":
            slow.append(by_key[key])
        else:
            note(key, row)
    slow += [one for one in todo if one.live and not tests[_key(one)]]
    for key, row in _fresh(slow, tests, asked.workers):
        note(key, row)
    return results


def _lend(
    todo: list[Placed], tests: dict[str, list[tuple[float, str]]], workers: int
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Through tools/mutants/serve.py, so many processes at a time, each with its share."""
    running = []
    for number in range(workers):
        part = todo[number::workers]
        if not part:
            continue
        plan, out = WORK / f"plan-{number}.json", WORK / f"out-{number}.jsonl"
        rows = [
            {
                "fault": asdict(one.fault),
                "digest": one.digest,
                "tests": [name for _, name in tests[_key(one)]],
                "seconds": sum(seconds for seconds, _ in tests[_key(one)]),
            }
            for one in part
        ]
        plan.write_text(json.dumps(rows))
        out.write_text("")
        files = sorted({name.split("::")[0] for one in part for _, name in tests[_key(one)]})
        environment = _environment(WUXIAO_MUTANTS_PLAN=str(plan), WUXIAO_MUTANTS_OUT=str(out))
        command = _pytest("-p", "tools.mutants.serve", "-m", MARKS, *files)
        log = (WORK / f"serve-{number}.log").open("w")
        running.append((out, subprocess.Popen(command, env=environment, stdout=log, stderr=log)))
    seen: dict[Path, int] = defaultdict(int)
    while True:
        ended = all(process.poll() is not None for _, process in running)
        for out, _ in running:
            lines = out.read_text().splitlines(keepends=True)
            lines = [line for line in lines if line.endswith("\n")]
            for line in lines[seen[out] :]:
                row = json.loads(line)
                yield f"{row['id']} {row['digest']}", row
            seen[out] = len(lines)
        if ended:
            return
        time.sleep(0.5)


def _fresh(
    todo: list[Placed], tests: dict[str, list[tuple[float, str]]], workers: int
) -> Iterable[tuple[str, dict[str, Any]]]:
    """In a process of its own on a copy of the tree with the fault in it."""
    waiting = list(todo)
    running: dict[int, tuple[Placed, subprocess.Popen[bytes], Path]] = {}
    trees = {number: _tree(number) for number in range(min(workers, len(todo)))}
    while waiting or running:
        for number, tree in trees.items():
            if number in running or not waiting:
                continue
            one = waiting.pop(0)
            names = [name for _, name in tests[_key(one)]] + [*READERS.get(one.fault.kind, ())]
            if not names:
                yield _key(one), {"end": "untested", "test": "", "ran": 0, "cpu": 0.0}
                continue
            _swap(tree / one.fault.path, one.source)
            out = tree / "report.txt"
            seconds = int(60 + 4 * sum(seconds for seconds, _ in tests[_key(one)]))
            process = subprocess.Popen(
                [*_pytest("-x", "-rN", "--tb=no", f"--junit-xml={tree / 'report.xml'}", "-m", MARKS), *names],
                cwd=tree,
                env={**_environment(), "PYTHONPATH": f"{tree / 'src'}{os.pathsep}{tree}"},
                stdout=out.open("wb"),
                stderr=subprocess.STDOUT,
                preexec_fn=lambda most=seconds: resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5)),
            )
            running[number] = one, process, tree
        for number, (one, process, tree) in list(running.items()):
            if process.poll() is None:
                continue
            del running[number]
            _swap(tree / one.fault.path, one.before)
            yield _key(one), _told(process.returncode, tree)
        time.sleep(0.1)


def _told(code: int, tree: Path) -> dict[str, Any]:
    import xml.etree.ElementTree as ElementTree

    name, ran = "", 0
    if (tree / "report.xml").is_file():
        cases = list(ElementTree.parse(tree / "report.xml").getroot().iter("testcase"))
        ran = len(cases)
        for case in cases:
            if case.find("failure") is not None or case.find("error") is not None:
                parts = (case.get("classname") or "").split(".")
                name = f"{'/'.join(parts)}.py::{case.get('name')}" if parts != [""] else str(case.get("name"))
        (tree / "report.xml").unlink()
    end = "survived" if code == 0 else "hung" if code < 0 else "died"
    return {"end": end, "test": name, "ran": ran, "cpu": 0.0}


def _tree(number: int) -> Path:
    """A copy of what git keeps and of what setup fetched, fresh."""
    tree = WORK / f"tree-{number}"
    shutil.rmtree(tree, ignore_errors=True)
    leave = shutil.ignore_patterns(
        ".git", ".venv", "build", "node_modules", "data", ".*_cache", ".hypothesis", "screens"
    )
    shutil.copytree(ROOT, tree, ignore=leave)
    return tree


def _swap(path: Path, text: str) -> None:
    """Another text under another time, so that no compiled file of the old one is believed."""
    path.write_text(text, encoding="utf-8")
    _swap.moment += 2  # type: ignore[attr-defined]
    os.utime(path, (_swap.moment, _swap.moment))  # type: ignore[attr-defined]


_swap.moment = int(time.time())  # type: ignore[attr-defined]


# --------------------------------------------------------------------------------------------------------- figures


def _reached(placed: list[Placed], results: dict[str, dict[str, Any]]) -> bool:
    for storey in STOREYS:
        mine = [one for one in placed if one.fault.storey == storey and not one.fault.same and _key(one) in results]
        if mine and sum(results[_key(one)]["end"] in {"died", "hung"} for one in mine) < AIM * len(mine):
            return False
    return True


def _print(placed: list[Placed], results: dict[str, dict[str, Any]], seconds: float) -> None:
    living = []
    print(f"\n{'':8}{'faults':>8}{'died':>8}{'hung':>8}{'lived':>8}{'no test':>9}{'dead':>9}{'judged the same':>18}")
    for storey in (*STOREYS, "all"):
        mine = [one for one in placed if storey in {one.fault.storey, "all"}]
        counted = [one for one in mine if not one.fault.same]
        ends = [results[_key(one)]["end"] for one in counted]
        if not counted:
            continue
        dead = ends.count("died") + ends.count("hung")
        print(
            f"{storey:8}{len(counted):8}{ends.count('died'):8}{ends.count('hung'):8}{ends.count('survived'):8}"
            f"{ends.count('untested'):9}{100 * dead / len(counted):8.1f}%{len(mine) - len(counted):18}"
        )
        if storey != "all":
            living += [one for one in counted if results[_key(one)]["end"] not in {"died", "hung"}]
            for one in mine:
                if one.fault.same and results[_key(one)]["end"] in {"died", "hung"}:
                    print(f"judged the same, yet it dies: {one.fault.id} ({results[_key(one)]['test']})")
    print(f"{seconds / 60:.1f} minutes")
    for one in living:
        row = results[_key(one)]
        print(f"\nlived: {one.fault.id} ({row['ran']} tests) {one.fault.path}:{one.lines.start} {one.fault.where}")
        print(f"  - {one.fault.old}\n  + {one.fault.new}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
