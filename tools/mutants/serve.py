"""A pytest process that is ready (everything imported, the database made) and lends a copy of itself to each fault.

    pytest -p tools.mutants.serve tests/…           with WUXIAO_MUTANTS_PLAN=FILE and WUXIAO_MUTANTS_OUT=FILE

The copy (fork) takes the fault on by giving the functions of the file the code they would have with it, runs the tests
named in the plan until one fails, and ends. Nothing is written into the tree. What this cannot show (a value computed
before the copy was made) can only let a fault live; survivors are therefore tried once more in a fresh process by
`tools/mutate.py`.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import resource
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from tools.mutants.place import Fault, place

# A guard against loops that never end, never a verdict about slowness: seconds of processor beside what its tests need.
SPARE_CPU_SECONDS = 40
WALL_SECONDS = 900


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of running the tests: one to warm up, then a copy for each fault."""
    plan = json.loads(Path(os.environ["WUXIAO_MUTANTS_PLAN"]).read_text())
    items = {item.nodeid: item for item in session.items}
    rest = list(items.values())
    _warm(rest)
    ground = Ground()
    gc.collect()
    gc.freeze()
    sound: dict[str, bool] = {}
    with Path(os.environ["WUXIAO_MUTANTS_OUT"]).open("a") as out:
        for row in plan:
            verdict = _verdict(row, items, ground, sound)
            out.write(json.dumps({"id": row["fault"]["id"], "digest": row["digest"], **verdict}) + "\n")
            out.flush()
    return True


def _verdict(
    row: dict[str, Any], items: dict[str, pytest.Item], ground: Ground, sound: dict[str, bool]
) -> dict[str, Any]:
    """Try a fault; the test that failed is run without it too (once), and is left out if it fails even then."""
    last = list(items.values())[-1]
    while True:
        names = [name for name in row["tests"] if sound.get(name, True)]
        ground.restore()
        verdict = _lend(row, [items[name] for name in names if name in items], last)
        test = verdict["test"]
        if verdict["end"] != "died" or sound.get(test):
            return verdict
        ground.restore()
        without = {"fault": {}, "seconds": row["seconds"]}
        sound[test] = test in items and _lend(without, [items[test]], last)["end"] == "survived"
        if sound[test]:
            return verdict


def _warm(items: list[pytest.Item]) -> None:
    """Run one test with a database, so that it stands before the first copy is made."""
    for item in items:
        if item.get_closest_marker("django_db"):
            other = next((one for one in items if one.path != item.path), item)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=other)
            item.session.testsfailed = 0
            return


class Ground:
    """The test database as it was before the first fault."""

    def __init__(self) -> None:
        from django.db import connections

        connections.close_all()
        self.file = Path(str(connections["default"].settings_dict["NAME"]))
        self.kept = self.file.with_suffix(".kept")
        if self.file.is_file():
            shutil.copyfile(self.file, self.kept)

    def restore(self) -> None:
        """Put it back, whatever the last copy left."""
        if self.kept.is_file():
            for end in ("-wal", "-shm", "-journal"):
                Path(f"{self.file}{end}").unlink(missing_ok=True)
            shutil.copyfile(self.kept, self.file)


def _lend(row: dict[str, Any], items: list[pytest.Item], last: pytest.Item) -> dict[str, Any]:
    """Fork, run, say what happened: {"end": died|survived|hung, "test": …, "ran": n, "cpu": s}."""
    readable, writable = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(readable)
        with contextlib.suppress(BaseException):
            _run(row, items, last, writable)
        os._exit(0)
    os.close(writable)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(WALL_SECONDS)
    with os.fdopen(readable) as pipe:
        said = [json.loads(line) for line in pipe]
    _, status, usage = os.wait4(child, 0)
    signal.alarm(0)
    cpu = round(usage.ru_utime + usage.ru_stime, 2)
    ran = [one["test"] for one in said if "end" not in one]
    if said and "end" in said[-1]:
        return {**said[-1], "ran": len(ran), "cpu": cpu}
    # Ended by a limit it hung; ended without a word it could not take the fault on: a fresh process tries it.
    end = "hung" if status else "survived"
    return {"end": end, "test": ran[-1] if ran else "", "ran": len(ran), "cpu": cpu, "status": status}


def _run(row: dict[str, Any], items: list[pytest.Item], last: pytest.Item, writable: int) -> None:
    """In the copy."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    reporter = last.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter._tw._file = os.fdopen(nowhere, "w", closefd=False)
    limit = int(SPARE_CPU_SECONDS + 4 * row["seconds"])
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)

    def say(**words: Any) -> None:
        os.write(writable, (json.dumps(words) + "\n").encode())

    failed: list[str] = []

    class Listener:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                failed.append(report.nodeid)

    last.config.pluginmanager.register(Listener())
    if row["fault"]:
        take_on(Fault(**row["fault"]))
    last.session._setupstate.teardown_exact(items[0] if items else last)
    for number, item in enumerate(items):
        say(test=item.nodeid)
        after = items[number + 1] if number + 1 < len(items) else last  # never None: that would drop the database
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        except BaseException:
            failed.append(item.nodeid)
        if failed:
            break
    say(
        end="died" if failed else "survived",
        test=failed[0] if failed else "",
    )


# ------------------------------------------------------------------------------------------------ taking a fault on


def take_on(fault: Fault) -> None:
    """Give the running process the code it would have with the fault."""
    placed = place(fault)
    gc.unfreeze()
    if fault.module:
        _take_code(placed.before, placed.source, str(Path(sys.modules[fault.module].__file__ or "")))
    else:
        _take_template(fault.file.partition("templates/")[2], placed.source)
    for thing in gc.get_objects():
        if isinstance(thing, functools._lru_cache_wrapper) and str(thing.__module__).startswith("wuxiao"):
            thing.cache_clear()


def _take_code(before: str, source: str, file: str) -> None:
    old = list(_codes(compile(before, file, "exec")))
    new = dict(_codes(compile(source, file, "exec")))
    change = {code: new[key] for key, code in old if key in new and new[key] != code}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename == file:
            better = change.get(thing.__code__)
            if better is not None and len(better.co_freevars) == len(thing.__code__.co_freevars):
                thing.__code__ = better


def _codes(code: CodeType, prefix: str = "") -> Iterator[tuple[str, CodeType]]:
    """Every code object of a module with a name that is the same in both readings of it."""
    seen: dict[str, int] = {}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            seen[const.co_name] = seen.get(const.co_name, -1) + 1
            name = f"{prefix}/{const.co_name}#{seen[const.co_name]}"
            yield name, const
            yield from _codes(const, name)


def _take_template(name: str, source: str) -> None:
    from django.template import engines

    for engine in engines.all():
        environment = getattr(engine, "env", None)
        if environment is None:
            continue
        get = environment.loader.get_source

        def get_source(env: Any, wanted: str, get: Any = get) -> Any:
            text, path, fresh = get(env, wanted)
            return (source if wanted == name else text), path, fresh

        environment.loader.get_source = get_source
        environment.bytecode_cache = None
        if environment.cache is not None:
            environment.cache.clear()
