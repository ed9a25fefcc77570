"""The one door to numba's compiler: kernels stay typed, their machine code is kept, compiling has its own clock.

Machine code is kept beside the package or in the user's cache (or in ``NUMBA_CACHE_DIR``). Where neither may be
written, as in a container whose disk is read-only, a folder of the temporary directory is taken that nobody else can
write; where even that is refused the code is compiled anew in each process, which is slower and works.
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import event

from wuxiao.plan import form

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return a function compiled to machine code (no Python objects, divisions unchecked), kept on disk."""
    return njit(error_model="numpy")(function)  # type: ignore[no-any-return]


def inlined(function: F) -> F:
    """Return a function that is written into the kernels that call it: measured twice as fast for tiny ones."""
    return cast(F, numba.njit(error_model="numpy", inline="always")(function))


def njit(**options: Any) -> Callable[[Any], Any]:
    """Return numba's ``njit`` with its code kept on disk wherever it may be; see above."""

    def decorate(function: Any) -> Any:
        for place in (None, *_elsewhere()):
            if place is not None:
                numba.config.CACHE_DIR = place  # type: ignore[attr-defined]
            try:
                return numba.njit(cache=True, **options)(function)
            except RuntimeError:
                # "no locator available": none of the folders numba thinks of can be written.
                continue
        return numba.njit(**options)(function)

    return decorate


def _elsewhere() -> list[str]:
    """Return a folder for machine code in the temporary directory, if there can be one that is ours alone.

    Whoever could write there could have this process run their code: a folder of somebody else's is not taken.
    """
    try:
        mine = Path(tempfile.gettempdir()) / f"wuxiao-numba-{os.getuid()}"
        mine.mkdir(mode=0o700, exist_ok=True)
        told = mine.lstat()
        alone = stat.S_ISDIR(told.st_mode) and told.st_uid == os.getuid() and not told.st_mode & 0o022
        return [str(mine)] if alone else []
    except OSError:
        return []


class _Clock(event.Listener):
    """Adds up the time numba compiles, the outermost compilation alone."""

    def __init__(self) -> None:
        self._depth, self._began = 0, 0.0

    def on_start(self, event: Any) -> None:
        if not self._depth:
            self._began = time.perf_counter()
            form.COMPILING.began = self._began
        self._depth += 1

    def on_end(self, event: Any) -> None:
        self._depth -= 1
        if not self._depth:
            form.COMPILING.seconds += time.perf_counter() - self._began
            form.COMPILING.began = None


event.register("numba:compile", _Clock())  # type: ignore[no-untyped-call]
