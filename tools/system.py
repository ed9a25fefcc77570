"""What the tests need from the machine beyond Python: PostgreSQL, a browser and its needs. As root, get it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support import browser, postgres  # noqa: E402

TRIES = 3


def _browser() -> bool:
    try:
        return bool(browser.find())
    except browser.NoBrowser:
        return False


def _chinese_font() -> bool:
    if shutil.which("fc-list"):
        return bool(subprocess.run(["fc-list", ":lang=zh", "file"], capture_output=True, text=True).stdout.strip())
    fonts = Path("/usr/share/fonts")
    return fonts.is_dir() and any("CJK" in path.name for path in fonts.rglob("*"))


def _postgres() -> bool:
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return True
    try:
        return bool(postgres.programs())
    except postgres.NoPostgres:
        return False


def _atomics() -> bool:
    """The driver of the browser stories is a program that needs this library, which smallest installations lack."""
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return sys.platform != "linux"
    return True


# (what it is for a person, how to see whether it is there, Debian's package)
NEEDED: tuple[tuple[str, Callable[[], bool], str], ...] = (
    ("PostgreSQL >= 15", _postgres, "postgresql"),
    ("Chromium", _browser, "chromium"),
    ("a Chinese font", _chinese_font, "fonts-noto-cjk"),
    ("libatomic", _atomics, "libatomic1"),
)


def missing() -> list[tuple[str, str]]:
    """What is not there: (what, Debian package)."""
    return [(what, package) for what, there, package in NEEDED if not there()]


def provide() -> list[str]:
    """Install what is missing if we are root on a machine with apt; returns what is missing after that, in words."""
    wanted = missing()
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        names = [package for _, package in wanted]
        print(f"test: installing {', '.join(names)} from the system's packages (once)", flush=True)
        if not _apt(["update"]) or not _apt(["install", "--no-install-recommends", *names]):
            # One that cannot be had must not keep the others away.
            for name in names:
                _apt(["install", "--no-install-recommends", name])
        wanted = missing()
    if not wanted:
        return []
    return [
        f"Not on this machine: {', '.join(what for what, _ in wanted)}.",
        f"  Debian:  apt-get install {' '.join(package for _, package in wanted)}   (`make test` as root does it)",
        "  Ubuntu:  the same, but its chromium is a snap: take any Chrome or Chromium and name it in WUXIAO_BROWSER.",
        "  A PostgreSQL elsewhere: DATABASE_URL=postgres://user:password@host/name",
        "  Without them: WUXIAO_ALLOW_SKIP=1 make test skips the tests that need them.",
    ]


def _apt(arguments: list[str]) -> bool:
    command = ["apt-get", "--yes", "--quiet=2", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=120", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    said = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(3 * attempt)
        result = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL
        )
        if result.returncode == 0:
            return True
        said = (result.stderr or result.stdout)[-1500:]
    print(f"test: apt-get {' '.join(arguments)} failed:\n{said}", file=sys.stderr)
    return False
