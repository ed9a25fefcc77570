"""A PostgreSQL of our own in a temporary folder, for as long as the process that asked for it lives.

A small keeper process stands between: it holds one end of a pipe, and when the other end closes (the tests ended, were
interrupted or killed outright) it stops the server and removes the folder.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

OLDEST = 15
HOW_TO_GET_IT = (
    f"PostgreSQL >= {OLDEST} is needed for these tests. Debian and Ubuntu: apt-get install postgresql; or name a "
    "running one: DATABASE_URL=postgres://user:password@host/name (its user must be allowed to create databases)."
)

_keepers: list[subprocess.Popen[str]] = []


class NoPostgres(Exception):
    """There is no usable PostgreSQL on this machine; the text says how to get one."""


def programs() -> Path:
    """The folder of the newest server programs on this machine; raises NoPostgres if there are none."""
    found = [(int(path.parent.parent.name), path.parent) for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    for name in ("initdb", "/usr/local/bin/initdb", "/opt/homebrew/bin/initdb"):
        if path := shutil.which(name):
            said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
            if version := re.search(r"(\d+)", said):
                found.append((int(version[1]), Path(path).resolve().parent))
                break
    usable = [entry for entry in found if entry[0] >= OLDEST and (entry[1] / "postgres").exists()]
    if not usable:
        raise NoPostgres(HOW_TO_GET_IT)
    return max(usable, key=lambda entry: entry[0])[1]


def start() -> str:
    """Start a private server and return its address as a postgres:// URL; it stops when this process does."""
    programs()
    keeper = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert keeper.stdout is not None
    answer = keeper.stdout.readline().strip()
    if not answer.startswith("postgres://"):
        keeper.wait(10)
        raise NoPostgres(f"The private PostgreSQL did not start: {answer or 'no reason given'}")
    _keepers.append(keeper)
    return answer


def stop() -> None:
    """Stop every server this process started, and wait until it is gone."""
    while _keepers:
        keeper = _keepers.pop()
        assert keeper.stdin is not None
        keeper.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            keeper.wait(20)


def _folder_of(url: str) -> Path:
    return Path(url.rpartition("host=")[2])


def halt(url: str, how: str) -> None:
    """Stop the server of an address that `start` gave: `fast` as an administrator does, `immediate` as a crash."""
    place = _folder_of(url)
    words = [programs() / "pg_ctl", "stop", "-s", "-w", "-D", place / "data", "-m", how]
    subprocess.run(words, cwd=place, env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}, **_as_other_user())


def again(url: str) -> None:
    """Start it again with the settings it had; whoever started it stops it (`halt`) before `stop`."""
    place = _folder_of(url)
    common: dict[str, Any] = {"cwd": place, "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}}
    common |= _as_other_user()
    had = (place / "data" / "postmaster.opts").read_text().strip()
    options = had.partition(" ")[2].replace('"', "'")
    options = options.partition("'-D' ")[2].partition(" ")[2]
    words = [
        programs() / "pg_ctl",
        "start",
        "-s",
        "-w",
        "-D",
        place / "data",
        "-l",
        place / "data" / "log-again",
        "-o",
        options,
    ]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, **common)


def _as_other_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; give it to its own user, or else to nobody."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise NoPostgres("PostgreSQL does not run as root, and there is neither a user 'postgres' nor 'nobody' here.")


def _keep() -> int:
    """The keeper: set up, run, tell the address, wait for the pipe to close, stop, clean up."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = Path(tempfile.mkdtemp(prefix="wuxiao-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    server: subprocess.Popen[bytes] | None = None
    try:
        other, bin_folder = _as_other_user(), programs()
        if other:
            os.chown(folder, other["user"], other["group"])
        # /tmp as home and working folder: the other user may not be allowed to look into ours.
        common: dict[str, Any] = {
            **other,
            "cwd": str(folder),
            "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
        }
        made = subprocess.run(
            [
                bin_folder / "initdb",
                "-D",
                folder / "data",
                "-U",
                "wuxiao",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            **common,
        )
        if made.returncode:
            print(" ".join(made.stderr.split())[-500:], flush=True)
            return 1
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "shared_buffers": "64MB",
            "max_connections": "100",
            "max_wal_size": "256MB",
            "fsync": "on",
            "log_min_messages": "fatal",
            "timezone": "UTC",
        }
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [bin_folder / "postgres", "-D", folder / "data", *arguments], stdout=log, stderr=log, **common
            )
        until = time.monotonic() + 30
        while not _ready(bin_folder, folder):
            if server.poll() is not None or time.monotonic() > until:
                print(" ".join((folder / "log").read_text(errors="replace").split())[-500:], flush=True)
                return 1
            time.sleep(0.05)
        print(f"postgres://wuxiao@/postgres?host={folder}", flush=True)
        sys.stdin.buffer.read()
        return 0
    except NoPostgres as reason:
        print(reason, flush=True)
        return 1
    finally:
        if server is not None and server.poll() is None:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.send_signal(signal.SIGQUIT)
                server.wait(5)
        shutil.rmtree(folder, ignore_errors=True)


def _ready(bin_folder: Path, folder: Path) -> bool:
    asked = subprocess.run([bin_folder / "pg_isready", "-q", "-h", folder, "-U", "wuxiao"], capture_output=True)
    return asked.returncode == 0


if __name__ == "__main__":
    sys.exit(_keep())
