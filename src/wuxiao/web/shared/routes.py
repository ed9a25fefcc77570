"""The addresses of a group of pages: beside those of its list, what each of its files says of its own as `PATHS`.

A page that belongs to one subject says its addresses itself, so that nobody else's file must name it.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

from django.urls import URLPattern


def said_by(folder: Iterable[str], package: str) -> list[URLPattern]:
    """Return the addresses that the files of a package say, in the order of their names.

    They stand before those of the list: none of theirs may swallow one that is narrower.
    """
    modules = (import_module(one.name) for one in iter_modules(folder, f"{package}.") if not one.name.endswith(".urls"))
    return [path for module in modules for path in getattr(module, "PATHS", ())]
