"""A real town for tests: the web server and the worker as processes on a free port, with data of its own.

Nothing here goes past the doors a person has: commands of `wuxiao`, HTTP, and for looking only, SQL.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg.rows import dict_row

from tests.support.ports import free_port

#: The key of backups lies outside every town's folder, as it does in life; here not in the tester's own home.
BACKUP_KEY = Path(tempfile.gettempdir()) / f"wuxiao-backup-key-{os.getpid()}"
atexit.register(BACKUP_KEY.unlink, missing_ok=True)
PREPARE = (["-m", "wuxiao.site.cli", "migrate"],)
PREPARE_DEMO = (["-m", "wuxiao.site.cli", "demo", "--small"],)


class Town:
    """One town's processes and data. `stop` ends it politely, `kill*` as a power cut would; `start` brings it back."""

    def __init__(self, data_dir: Path, database_url: str, extra: dict[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.database_url = database_url
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.extra = dict(extra or {})
        self.process: subprocess.Popen[bytes] | None = None
        self._log = data_dir.with_suffix(".log")

    @property
    def environment(self) -> dict[str, str]:
        """What the town's processes see."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("WUXIAO_", "DATABASE_URL", "PYTEST"))
        }
        chosen = {"DJANGO_SETTINGS_MODULE": "wuxiao.site.settings", "WUXIAO_DATA_DIR": str(self.data_dir)}
        chosen["WUXIAO_BASE_URL"] = self.base_url
        chosen["WUXIAO_MAIL_URL"] = chosen["WUXIAO_SMS_GATEWAY"] = "file:"
        chosen["WUXIAO_BACKUP_KEY_FILE"] = str(BACKUP_KEY)
        if self.database_url:
            chosen["DATABASE_URL"] = self.database_url
        return {**kept, **chosen, **self.extra}

    def start(self, seconds: float = 300.0, **extra: str) -> Town:
        """Start the processes and return when pages are answered; `extra` adds environment variables for good."""
        self.extra.update(extra)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "wuxiao.site.serve", "--port", str(self.port), "--data-dir", str(self.data_dir)],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(
                    f"the town ended with code {self.process.returncode} while starting:\n{self.log()}"
                )
            with contextlib.suppress(httpx.TransportError):
                httpx.get(self.base_url, timeout=5)
                return self
            time.sleep(0.05)
        raise AssertionError(f"the town did not answer within {seconds} s:\n{self.log()}")

    def stop(self, seconds: float = 90.0) -> int:
        """Ask it to end and return the exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the town did not end within {seconds} s:\n{self.log()}") from None
        self.process = None
        return code

    def kill(self) -> None:
        """Kill every process of the town outright, at once."""
        for pid in [*self.pids(), self.process.pid if self.process else 0]:
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait(10)
        self.process = None

    def pids(self, part: str = "") -> list[int]:
        """The processes under the supervisor whose command line contains `part` (such as "granian"), parents first."""
        return [pid for pid in _below(self.process.pid) if part in _command_line(pid)] if self.process else []

    def kill_web(self) -> None:
        """Kill the web server and its processes; the supervisor starts it again."""
        self._kill(self.pids("granian"))

    def kill_worker(self) -> None:
        """Kill the worker loop; the supervisor starts it again."""
        self._kill(self.pids("wuxiao.site.cli"))

    @staticmethod
    def _kill(pids: Sequence[int]) -> None:
        assert pids, "there is no such process to kill"
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def wuxiao(self, *arguments: str, seconds: float = 120, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `wuxiao ARGUMENTS` as the town's administrator would."""
        return self.python("-m", "wuxiao.site.cli", *arguments, seconds=seconds, check=check)

    def python(self, *arguments: str, seconds: float = 120, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments in the town's environment."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
        )
        if check and done.returncode:
            raise AssertionError(
                f"{' '.join(arguments)} ended with code {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
            )
        return done

    def accounts(self) -> dict[str, str]:
        """The demo county's accounts and their first passwords."""
        kept = (self.data_dir / "demo-accounts.txt").read_text(encoding="utf-8").splitlines()
        return {parts[0]: parts[1] for line in kept if line.startswith("    ") and len(parts := line.split()) >= 3}

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Look into the database directly; placeholders are written ? on both databases."""
        if self.database_url:
            with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
                return list(connection.execute(sql.replace("?", "%s"), parameters).fetchall())  # type: ignore[arg-type]
        with contextlib.closing(sqlite3.connect(self.data_dir / "wuxiao.sqlite3", timeout=20)) as lite:
            lite.row_factory = sqlite3.Row
            return [dict(row) for row in lite.execute(sql, parameters)]

    def forget_knocks(self) -> None:
        """Forget who knocked how often: the next visitor of a test has the same address and is another person."""
        self.write("DELETE FROM records_throttle")

    def write(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Change the database behind the town's back, as a fault or an attacker would; placeholders are written ?."""
        if self.database_url:
            with psycopg.connect(self.database_url) as connection:
                connection.execute(sql.replace("?", "%s"), parameters)  # type: ignore[arg-type]
            return
        plain = [str(one.astimezone(UTC))[:19] if isinstance(one, datetime) else one for one in parameters]
        with contextlib.closing(sqlite3.connect(self.data_dir / "wuxiao.sqlite3", timeout=20)) as lite:
            lite.execute(sql, plain)
            lite.commit()

    def log(self) -> str:
        """What its processes wrote, the last part."""
        return self._log.read_text(errors="replace")[-6000:] if self._log.exists() else ""


class TownMaker:
    """Prepares a town once, then hands out copies: a file copy on SQLite, a template database on PostgreSQL."""

    def __init__(self, folder: Path, which: str) -> None:
        self.folder = folder
        self.server_url = os.environ["DATABASE_URL"] if which == "postgres" else ""
        self.count = 0
        self._prepared: dict[bool, tuple[Path, str]] = {}
        self._databases: list[str] = []

    def served(self, *, demo: bool) -> Iterator[Town]:
        """A fresh copy, running; stopped and removed at the end."""
        town = self.copy(demo=demo)
        try:
            yield town.start()
        finally:
            if town.process is not None:
                town.stop()
            shutil.rmtree(town.data_dir, ignore_errors=True)
            if town.database_url:
                self._drop(_database(town.database_url))

    def still(self, *, demo: bool) -> Iterator[Town]:
        """A fresh copy, not running; removed at the end."""
        town = self.copy(demo=demo)
        try:
            yield town
        finally:
            shutil.rmtree(town.data_dir, ignore_errors=True)
            if town.database_url:
                self._drop(_database(town.database_url))

    def copy(self, *, demo: bool) -> Town:
        """A fresh copy, not running."""
        data_dir, url = self._prepare(demo)
        self.count += 1
        target = self.folder / f"town-{self.count}"
        shutil.copytree(data_dir, target)
        if url:
            name = f"wuxiao_town_{os.getpid()}_{self.count}"
            self._create(name, template=_database(url))
            url = _with_database(url, name)
        return Town(target, url)

    def _prepare(self, demo: bool) -> tuple[Path, str]:
        if demo in self._prepared:
            return self._prepared[demo]
        if self.server_url:
            return self._make(demo, self.folder)
        # Files are prepared by the first process of this run that needs them; the others wait and copy.
        shared = self.folder.parent
        with (shared / f"lock-{demo}").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ready = shared / f"ready-{demo}"
            if not ready.exists():
                self._make(demo, shared)
                ready.touch()
            self._prepared[demo] = (_template(shared, demo), "")
        return self._prepared[demo]

    def _make(self, demo: bool, folder: Path) -> tuple[Path, str]:
        if demo not in self._prepared:
            target = _template(folder, demo)
            url = ""
            if demo:
                bare, url = self._prepare(False)
                shutil.copytree(bare, target)
            else:
                target.mkdir(parents=True)
            if self.server_url:
                name = f"wuxiao_template_{os.getpid()}_{'demo' if demo else 'empty'}"
                self._create(name, template=_database(url) if url else "")
                url = _with_database(self.server_url, name)
            town = Town(target, url)
            for command in PREPARE_DEMO if demo else PREPARE:
                town.python(*command, seconds=300)
            if not url:
                # One file to copy: everything out of the write-ahead log.
                with contextlib.closing(sqlite3.connect(target / "wuxiao.sqlite3")) as lite:
                    lite.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._prepared[demo] = (target, url)
        return self._prepared[demo]

    def _create(self, name: str, *, template: str) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))  # type: ignore[arg-type]
        self._databases.append(name)

    def _drop(self, name: str) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
        self._databases.remove(name)

    def clean(self) -> None:
        """Drop what is left on the server; the folders go with the run's own."""
        for name in list(self._databases):
            self._drop(name)


def _template(folder: Path, demo: bool) -> Path:
    return folder / ("template-demo" if demo else "template-empty")


def _database(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _below(pid: int) -> list[int]:
    """The descendants of a process, parents first."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found, queue = [], [pid]
    while queue:
        children = parents.get(queue.pop(0), [])
        found += children
        queue += children
    return found


def _command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
