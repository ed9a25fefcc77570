"""Where measured databases live (outside the checkout), and the private PostgreSQL they need."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SQLITE, POSTGRES = "sqlite", "postgres"


def folder() -> Path:
    """Return the folder of this user's measured databases; `WUXIAO_BENCH_DIR` names another."""
    path = Path(os.environ.get("WUXIAO_BENCH_DIR") or Path(tempfile.gettempdir()) / f"wuxiao-bench-{os.getuid()}")
    path.mkdir(parents=True, exist_ok=True)
    return path


def town(engine: str, size: int) -> Path:
    """Return the data folder of one measured town."""
    path = folder() / f"{engine}-{size}"
    path.mkdir(parents=True, exist_ok=True)
    return path


def environment(engine: str, size: int, server: str = "") -> dict[str, str]:
    """Return the environment of a process that works on one measured town."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WUXIAO_") and k != "DATABASE_URL"}
    chosen = {
        "DJANGO_SETTINGS_MODULE": "wuxiao.site.settings",
        "WUXIAO_DATA_DIR": str(town(engine, size)),
        "WUXIAO_BENCH_DIR": str(folder()),
        "PYTHONPATH": str(ROOT),
    }
    if engine == POSTGRES:
        chosen["DATABASE_URL"] = f"postgres://wuxiao@/{database(size)}?host={server}"
    return {**kept, **chosen}


def database(size: int) -> str:
    """Return the name of the PostgreSQL database of a size."""
    return f"town_{size}"


class NoPostgres(Exception):
    """There is no usable PostgreSQL here."""


def _programs() -> Path:
    found = [(int(p.parent.parent.name), p.parent) for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found and (one := shutil.which("initdb")):
        version = re.search(r"(\d+)", subprocess.run([one, "--version"], capture_output=True, text=True).stdout)
        found = [(int(version[1]), Path(one).resolve().parent)] if version else []
    if not found or max(found)[0] < 15:
        raise NoPostgres("PostgreSQL 15 or newer is needed (Debian and Ubuntu: apt-get install postgresql)")
    return max(found)[1]


def _other_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise NoPostgres("PostgreSQL does not run as root, and there is no user 'postgres' here")


#: As a small server of its own would be set; durable, as SQLite is asked to be too.
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "8GB",
    "random_page_cost": "1.1",
    "max_wal_size": "8GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_min_messages": "fatal",
}


@contextlib.contextmanager
def postgres() -> Iterator[tuple[str, int]]:
    """Run the private server over the kept databases; gives its socket folder and its process id."""
    programs, other = _programs(), _other_user()
    home = folder() / "postgres"
    home.mkdir(exist_ok=True)
    sockets = Path(tempfile.mkdtemp(prefix="wuxiao-bench-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    if other:
        for path in (home, sockets):
            os.chown(path, other["user"], other["group"])
    common: dict[str, Any] = {**other, "cwd": "/", "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}}
    data = home / "data"
    if not (data / "PG_VERSION").exists():
        command = [programs / "initdb", "-D", data, "-U", "wuxiao", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        subprocess.run(command, check=True, capture_output=True, **common)
    options = [part for k, v in SETTINGS.items() for part in ("-c", f"{k}={v}")]
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-c", f"unix_socket_directories={sockets}", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **common,
    )
    try:
        until = time.monotonic() + 120
        ready = [programs / "pg_isready", "-q", "-h", sockets, "-U", "wuxiao"]
        while subprocess.run(ready, capture_output=True).returncode:
            if server.poll() is not None or time.monotonic() > until:
                raise NoPostgres("the private PostgreSQL did not start")
            time.sleep(0.1)
        yield str(sockets), server.pid
    finally:
        server.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(60)
        shutil.rmtree(sockets, ignore_errors=True)


def make_database(server: str, size: int) -> None:
    """Make the empty database of a size, dropping an unfinished one."""
    import psycopg

    with psycopg.connect(f"host={server} user=wuxiao dbname=postgres", autocommit=True) as connection:
        name = database(size)
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
        connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'".encode())
