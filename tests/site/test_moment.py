"""Back to a moment on PostgreSQL: its log archived, a base copy, the way back as the paper says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.site.test_running import ERASE, GONE
from tests.support import postgres
from tests.support.ports import free_port
from tests.support.town import Town
from wuxiao.rules import book as rulebook

pytestmark = [
    pytest.mark.alone,
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.skipif("os.environ.get('WUXIAO_TEST_DB') != 'postgres'"),
]


class Server:
    """A PostgreSQL of this test alone, with its log archived; `start` and `stop` as an administrator would."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, postgres.programs()
        self.other: dict[str, Any] = postgres._as_other_user()
        self.port = free_port()
        for name in ("", "wal"):
            (folder / name).mkdir(exist_ok=True)
            if self.other:
                os.chown(folder / name, self.other["user"], self.other["group"])

    def run(self, *command: str | Path) -> None:
        """Run a program of PostgreSQL as its own account."""
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        program, *words = command
        done = subprocess.run(
            [self.bin / program, *words], capture_output=True, text=True, cwd=self.folder, env=environment, **self.other
        )
        log = self.folder / "log"
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else ""
        assert done.returncode == 0, f"{done.stderr}\n{said}"

    def begin(self) -> None:
        """Make the cluster."""
        self.run("initdb", "-D", "data", "-U", "wuxiao", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self.add(
            "data",
            "listen_addresses = ''",
            f"unix_socket_directories = '{self.folder}'",
            f"port = {self.port}",
            "wal_level = replica",
            "archive_mode = on",
            f"archive_command = 'test ! -f {self.folder}/wal/%f && cp %p {self.folder}/wal/%f'",
        )

    def add(self, data: str, *lines: str) -> None:
        """Add lines to the settings."""
        with (self.folder / data / "postgresql.conf").open("a") as file:
            file.write("\n".join(("", *lines, "")))

    def start(self, data: str) -> None:
        """Start on a data folder and wait until it is open, recovery included."""
        self.run("pg_ctl", "-D", data, "-l", "log", "-w", "-t", "120", "start")

    def stop(self, data: str) -> None:
        """Stop at once, as a machine that fails."""
        self.run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")

    def url(self, database: str) -> str:
        """The address of a database on it."""
        return f"postgres://wuxiao@/{database}?host={self.folder}&port={self.port}"

    def ask(self, database: str, question: str, values: Sequence[Any] = ()) -> list[Any]:
        """Ask one question."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            found = connection.execute(question, values)  # type: ignore[arg-type]
            return found.fetchall() if found.description else []


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """One, stopped and removed at the end. Not under `tmp_path`: PostgreSQL's account may not look in there."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="wuxiao-moment-", dir="/tmp"))
    one = Server(folder)
    try:
        yield one
    finally:
        for data in ("data", "back"):
            if (folder / data / "postmaster.pid").exists():
                one.stop(data)
        shutil.rmtree(folder, ignore_errors=True)


def test_a_town_goes_back_to_a_moment_and_what_was_sent_and_erased_since_stays_so(
    server: Server, tmp_path: Path
) -> None:
    server.begin()
    server.start("data")
    server.ask("postgres", "CREATE DATABASE town")
    (tmp_path / "town").mkdir(mode=0o700)
    town = Town(tmp_path / "town", server.url("town"))
    (tmp_path / "password").write_text("柳岸长桥-七月微风\n", encoding="utf-8")
    given = (
        "--admin",
        "li.wen",
        "--name",
        "李文",
        "--unit",
        "data_bureau",
        "--password-file",
        str(tmp_path / "password"),
    )
    town.wuxiao("init", "--book", str(Path(rulebook.__file__).parent / "book.toml"), *given)
    server.run(
        "pg_basebackup",
        "-h",
        server.folder,
        "-p",
        str(server.port),
        "-U",
        "wuxiao",
        "-D",
        "back",
        "-X",
        "none",
        "-c",
        "fast",
    )
    # What the town does after the base copy comes back from the archived log.
    _, number, pk = town.python("-c", ERASE).stdout.split()
    assert server.ask("town", "SELECT count(*) > 0 FROM records_message WHERE state = 'queued'") == [(True,)]
    before = server.ask("town", "SELECT id, number, state, head FROM records_matter ORDER BY id")
    time.sleep(1.1)
    moment = datetime.now(UTC)
    time.sleep(1.1)
    # And after the moment: somebody erases her data, somebody reports, and the messages go out.
    town.python("-c", GONE, pk)
    _, later, _ = town.python("-c", ERASE).stdout.split()
    server.ask("town", "UPDATE records_message SET state = 'sent', sent_at = now() WHERE state = 'queued'")
    [(last,)] = server.ask("town", "SELECT pg_walfile_name(pg_switch_wal())")
    # A machine that fails has archived what was full: without this the moment would not be reached.
    while not (server.folder / "wal" / last).exists():
        time.sleep(0.1)
    server.stop("data")
    # The way back, as the paper says.
    server.add(
        "back",
        f"restore_command = 'cp {server.folder}/wal/%f %p'",
        f"recovery_target_time = '{moment.isoformat()}'",
        "recovery_target_action = 'promote'",
    )
    (server.folder / "back" / "recovery.signal").touch()
    server.start("back")
    while server.ask("postgres", "SELECT pg_is_in_recovery()") == [(True,)]:
        time.sleep(0.2)
    assert server.ask("town", "SELECT id, number, state, head FROM records_matter ORDER BY id") == before
    assert server.ask("town", "SELECT count(*) FROM records_matter WHERE number = %s", [later]) == [(0,)]
    words = "SELECT text FROM records_words WHERE matter_id = %s AND turn = 1 AND field = 'words'"
    assert server.ask("town", words, [pk]) == [("灯不亮，我叫秦九霄",)], "without more, what was erased has risen"
    assert town.wuxiao("restored", "10 o'clock", check=False).returncode == 2
    said = json.loads(town.wuxiao("restored", moment.isoformat(), "--json").stdout)
    assert (said["breaks"], said["erased"], said["held"] >= 1) == ([], 1, True)
    assert server.ask("town", words, [pk]) == [("",)]
    assert server.ask("town", "SELECT count(*) FROM records_message WHERE state = 'queued'") == [(0,)]
    assert json.loads(town.wuxiao("verify", "--json").stdout)["breaks"] == []
    assert number in {row[1] for row in before}
