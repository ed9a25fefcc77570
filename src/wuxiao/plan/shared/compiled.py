"""One typed door to numba's compiler, so that the kernels stay typed and their machine code is kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return a function compiled to machine code (no Python objects, divisions unchecked), kept on disk."""
    return cast(F, numba.njit(cache=True, error_model="numpy")(function))


def inlined(function: F) -> F:
    """Return a function that is written into the kernels that call it: measured twice as fast for tiny ones."""
    return cast(F, numba.njit(error_model="numpy", inline="always")(function))
