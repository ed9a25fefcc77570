"""Heavy libraries, imported when they are first asked for: a web process that reads no text need not carry them.

`scipy`, `scikit-learn` and `numba` cost a second of work and 200 MB before they do anything; most pages never use them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar, cast

_F = TypeVar("_F", bound=Callable[..., Any])


class Late:
    """A module by name: `late("scipy.sparse").csr_matrix` imports it then and not before."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        module = self.__dict__["_module"]
        if module is None:
            module = self.__dict__["_module"] = import_module(self._name)
        return getattr(module, name)


def late(name: str) -> Any:
    """Return the module of this name, imported at its first use."""
    return Late(name)


_lock = threading.Lock()
#: The functions of each module that are compiled together, for they call one another.
_waiting: dict[str, list[Callable[..., Any]]] = {}


def compiled(function: _F) -> _F:
    """Compile a loop with numba, without Python's objects and kept on disk, when any of its module is first called."""
    where = function.__globals__["__name__"]
    _waiting.setdefault(where, []).append(function)
    name = function.__name__

    def first(*arguments: Any) -> Any:
        with _lock:
            if functions := _waiting.pop(where, None):
                import numba

                for one in functions:
                    made = numba.njit(cache=True, nogil=True, error_model="numpy")(one)
                    one.__globals__[one.__name__] = made
        return function.__globals__[name](*arguments)

    first.__name__, first.__doc__ = name, function.__doc__
    return cast(_F, first)
