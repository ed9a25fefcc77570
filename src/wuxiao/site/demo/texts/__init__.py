"""The texts of the demo county: plain files, so that anybody can add a situation without touching code."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def read(name: str) -> str:
    """Return a text file of this folder."""
    return (files(__name__) / f"{name}.txt").read_text(encoding="utf-8")


@cache
def sections(name: str) -> dict[str, list[str]]:
    """Return the lines of a file by the [section] they stand under; a line of one hyphen is an empty text."""
    found: dict[str, list[str]] = {}
    for line in read(name).splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            found[next(reversed(found))].append("" if line == "-" else line)
    return found
