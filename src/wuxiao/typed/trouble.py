"""Why something typed cannot be taken, in the two languages of the product."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a field: `code` for programs, a sentence in each language for the person who typed."""

    code: str
    zh: str
    en: str
