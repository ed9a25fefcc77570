"""Which process holds something, and whether it still runs: for leases that should end with their holder.

Linux says when a process began, so a number that was given to another process since is told apart. Where that cannot be
known (another machine, another container, another system) nobody is called gone.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


def mark() -> str:
    """Return a name for something this process holds, at most 40 characters: where, which process, and a part of its
    own."""
    pid = os.getpid()
    return f"{pid}.{_began(pid)}.{_here()}.{secrets.token_hex(4)}"


def gone(name: str) -> bool:
    """Whether the process that made a name (`mark`) is known to run no more; never so where nobody can know."""
    parts = name.split(".")
    if len(parts) != 4 or parts[2] != _here() or not parts[0].isdigit() or not parts[1]:
        return False
    return _began(int(parts[0])) != parts[1]


@cache
def _here() -> str:
    """Where processes are numbered: this machine since it was started, this container."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        numbers = os.readlink(_PROC / "self/ns/pid")
    except OSError:
        return secrets.token_hex(4)
    return hashlib.sha256(f"{socket.gethostname()} {boot} {numbers}".encode()).hexdigest()[:8]


def _began(pid: int) -> str:
    """Return when a process began, in ticks since the machine started; empty for one that has ended."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name of a program stands in brackets and may hold anything.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else fields[19]
