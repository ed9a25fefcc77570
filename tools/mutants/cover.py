"""Which test runs through which line: a pytest plugin that writes it down, test file by test file.

    pytest -p tools.mutants.cover tests/desk        with WUXIAO_MUTANTS_MAP=FILE

The file holds {test file: {"tests": {node id: seconds}, "lines": {source file: {line: [test number, ...]}}}};
templates stand in it with line 0. Lines that run when a module is imported belong to no test.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import coverage
import pytest

ROOT = Path(os.environ.get("WUXIAO_MUTANTS_ROOT", Path(__file__).resolve().parents[2]))
STOREYS = ("rules", "desk", "feeds", "web")


class Cover:
    """Coverage with one context a test."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.seconds: dict[str, float] = {}
        self.pages: dict[str, set[str]] = {}
        self.failed: set[str] = set()
        self.now = ""
        self.coverage = coverage.Coverage(
            data_file=None, include=[f"{ROOT}/src/wuxiao/{name}/*" for name in STOREYS], config_file=False
        )
        self.coverage.start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self) -> None:
        """From here on templates can be watched."""
        from jinja2 import Environment

        load = Environment._load_template

        def noting(environment: Any, name: Any, globals: Any) -> Any:
            if self.now and isinstance(name, str):
                self.pages.setdefault(name, set()).add(self.now)
            return load(environment, name, globals)

        Environment._load_template = noting  # type: ignore[method-assign]

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Everything until the next test belongs to this one."""
        self.now = item.nodeid
        self.coverage.switch_context(item.nodeid)
        started = time.process_time()
        yield
        self.seconds[item.nodeid] = round(time.process_time() - started, 3)
        self.coverage.switch_context("")
        self.now = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that fails without any fault can notice none."""
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write it down."""
        self.coverage.stop()
        data = self.coverage.get_data()
        found: dict[str, dict[str, Any]] = {}
        number: dict[str, int] = {}
        for test, seconds in self.seconds.items():
            if test not in self.failed:
                file = found.setdefault(test.split("::")[0], {"tests": {}, "lines": {}})
                number[test] = len(file["tests"])
                file["tests"][test] = seconds
        for source in data.measured_files():
            name = str(Path(source).relative_to(ROOT))
            for line, tests in data.contexts_by_lineno(source).items():
                self._note(found, number, name, line, tests)
        for page, names in self.pages.items():
            self._note(found, number, f"src/wuxiao/web/templates/{page}", 0, names)
        self.out.write_text(json.dumps(found))

    def _note(self, found: dict[str, Any], number: dict[str, int], name: str, line: int, tests: Any) -> None:
        for test in tests:
            if test in number:
                lines = found[test.split("::")[0]]["lines"].setdefault(name, {})
                lines.setdefault(str(line), []).append(number[test])


def pytest_configure(config: pytest.Config) -> None:
    """Begin before anything of ours is imported."""
    config.pluginmanager.register(Cover(Path(os.environ["WUXIAO_MUTANTS_MAP"])), "mutants-cover")
