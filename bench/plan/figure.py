"""One measured figure beside what was asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its must and its aim, both as ``>= 0.66`` or ``<= 20``."""

    value: float
    must: str = ""
    aim: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it for the report."""
        return {"value": self.value, "must": self.must, "aim": self.aim}


def met(value: float, wanted: str) -> bool | None:
    """Return whether a value is what was wanted; None where nothing was."""
    if not wanted:
        return None
    sign, number = wanted.split()
    return value >= float(number) if sign == ">=" else value <= float(number)
