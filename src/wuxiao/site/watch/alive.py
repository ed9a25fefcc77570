"""Signs of life of the processes of a town, read by the supervisor: a file a process, written by a thread of its own.

A process that is stopped or starved writes nothing; one whose work hangs goes on writing, but says for how long what it
has in hand has lasted. Either way it is ended and started again, and what it had in hand is asked for again by its
sender. Times are of the machine's steady clock, which no change of the wall clock moves.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wuxiao.site import environment

FOLDER = "run"
EVERY_SECONDS = 2.0
#: How long a sign is, in characters.
WIDTH = 48
#: A process that wrote nothing for this long has stopped; generous, for a machine may be very busy.
SILENT_SECONDS = 30.0
#: Work that lasts longer than this hangs: no page and no round of the worker needs a tenth of it.
HANGING_SECONDS = 300.0


class InHand:
    """What a process has in hand now, by thread; `oldest` says for how long the longest has lasted, in seconds."""

    def __init__(self) -> None:
        self._begun: dict[int, float] = {}

    def begin(self) -> None:
        """This thread takes something in hand."""
        self._begun[threading.get_ident()] = time.monotonic()

    def end(self) -> None:
        """This thread has nothing in hand any more."""
        self._begun.pop(threading.get_ident(), None)

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """One piece of work, from beginning to end."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    def oldest(self) -> float:
        """For how long the longest piece of work has lasted."""
        now = time.monotonic()
        return max((now - begun for begun in list(self._begun.values())), default=0.0)


IN_HAND = InHand()


def show(data_dir: Path, name: str) -> None:
    """Begin to write this process's sign of life; called once, after the process was made."""
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}-{os.getpid()}"

    def write() -> None:
        handle = -1
        while True:
            # Always the same bytes of one file: that takes no room, so a full disk makes nobody look silent.
            with contextlib.suppress(OSError):
                if handle < 0:
                    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
                os.pwrite(handle, f"{time.monotonic():.3f} {IN_HAND.oldest():.3f}".ljust(WIDTH).encode(), 0)
            time.sleep(EVERY_SECONDS)

    threading.Thread(target=write, name="alive", daemon=True).start()


@dataclass(frozen=True, slots=True)
class Sign:
    """What one process wrote last: its number, how long ago, and for how long its work had lasted then."""

    name: str
    pid: int
    silent: float
    hanging: float


def signs(data_dir: Path) -> list[Sign]:
    """Return the last sign of every process that still exists; files of processes that ended are removed."""
    found = []
    for path in (data_dir / FOLDER).glob("*-*"):
        name, _, number = path.name.rpartition("-")
        if path.suffix or not number.isdecimal():
            continue
        if not _exists(int(number)):
            path.unlink(missing_ok=True)
            continue
        with contextlib.suppress(OSError, ValueError):
            wrote, hanging = (float(word) for word in path.read_text().split())
            found.append(Sign(name, int(number), time.monotonic() - wrote, hanging))
    return found


def patience() -> float:
    """How long a process may write nothing before it is taken for stopped: `WUXIAO_HUNG_SECONDS`, else 30."""
    return float(environment.value("HUNG_SECONDS", str(SILENT_SECONDS)))


def hung(data_dir: Path, *, silent: float = SILENT_SECONDS, hanging: float = HANGING_SECONDS) -> list[Sign]:
    """Return the processes that are to be ended: silent for too long, or with work in hand that does not end.

    While the disk takes nothing, none is called silent: it could not write, whatever it did.
    """
    all_of = signs(data_dir)
    quiet = [s for s in all_of if s.silent > silent]
    if quiet and not _can_write(data_dir):
        quiet = []
    return [s for s in all_of if s in quiet or s.hanging > hanging]


def _can_write(data_dir: Path) -> bool:
    probe = data_dir / FOLDER / f"probe.{os.getpid()}"
    try:
        probe.write_text("x" * 4096)
        return True
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
