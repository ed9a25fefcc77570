"""What a table of a subject says of itself: that the town's entries vouch for its rows, that open ones hold a unit."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from wuxiao.rules.words import Text


@dataclass(frozen=True, slots=True)
class Vouched:
    """As the class attribute `VOUCHED`: the name in the seal, what a row is called, and the columns that are sealed.

    The order of the columns is part of the seal and never changes. Those that came `later` are sealed where any of them
    holds something, so that rows from before are as they were sealed.
    """

    name: str
    what: Text
    columns: tuple[str, ...]
    later: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """As the class attribute `HELD`: which rows stand on the unit in `unit` until they are done, and what they are."""

    open: Q
    what: Text
